"""All repositories together, and which of them are used most."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from insights_nb import Archive, Selection, collection_pulls, pull_chart, pulls, repository_totals
from tests.reports import LEGACY, summary_row, write_csv, write_summary
from tests.sample_csv import plain, records
from tests.test_pulls import WEEK1, WEEK2, WEEK3, archive_of


def legacy(folder: Path, week: str, **counts: int) -> Path:
    header = [name for name in LEGACY if name != "Reference"]
    rows = [["old", name, 1, count, 0, 9, "old"] for name, count in counts.items()]
    return write_csv(folder / f"old_image_pulls_repo_summary_{week}.csv", header, rows)


def mixed(tmp_path: Path) -> Archive:
    """Two repositories of one definition and one of another; a week is not held."""
    first = [
        summary_row(WEEK1, "acme/web", downloads=30, checks=10),
        summary_row(WEEK1, "acme/api", downloads=9, checks=1),
    ]
    return archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, first),
        write_summary(tmp_path, WEEK3, [summary_row(WEEK3, "acme/web", downloads=50)]),
        legacy(tmp_path, "2026-W37", app=1000),
        legacy(tmp_path, "2026-W38", app=2000),
    )


def column(frame: pd.DataFrame, name: str, repository: str) -> list[object]:
    return [plain(value) for value in frame.loc[frame["repository"] == repository, name]]


def test_repositories_of_another_definition_rank_after_the_others(tmp_path: Path) -> None:
    frame = repository_totals(pulls(mixed(tmp_path), Selection("week", 3)))
    assert [(r["repository"], r["pulls"], r["definition"]) for r in records(frame)] == [
        ("acme/web", 90, "events"), ("acme/api", 10, "events"), ("old/app", 3000, "actions"),
    ]  # fmt: skip
    assert frame["share"].tolist() == [0.9, 0.1, 1.0]


def test_a_repositorys_missing_periods_are_counted_and_in_no_sum(tmp_path: Path) -> None:
    frame = repository_totals(pulls(mixed(tmp_path), Selection("week", 3)))
    assert dict(zip(frame["repository"], frame["missing"], strict=True)) == {
        "acme/web": 1, "acme/api": 1, "old/app": 1,
    }  # fmt: skip


def test_repositories_can_be_ranked_by_another_measure(tmp_path: Path) -> None:
    rows = [
        summary_row(WEEK1, "acme/web", downloads=30, checks=1),
        summary_row(WEEK1, "acme/api", downloads=1, checks=3),
    ]
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows))
    frame = repository_totals(pulls(archive), "version_checks")
    assert frame["repository"].tolist() == ["acme/api", "acme/web"]
    assert frame["share"].tolist() == [0.75, 0.25]


def test_what_a_definition_does_not_count_has_no_total_and_no_share(tmp_path: Path) -> None:
    frame = repository_totals(pulls(mixed(tmp_path), Selection("week", 3)), "data_downloads")
    old = records(frame)[-1]
    assert (old["repository"], old["data_downloads"], old["share"]) == ("old/app", None, None)


def test_a_collection_is_never_added_up_over_definitions(tmp_path: Path) -> None:
    frame = collection_pulls(pulls(mixed(tmp_path), Selection("week", 3)))
    assert column(frame, "pulls", "all repositories (events)") == [50, None, 50]
    assert column(frame, "pulls", "all repositories (actions)") == [1000, 2000, None]
    assert column(frame, "repositories", "all repositories (events)") == [2, 2, 2]


def test_no_change_is_told_across_a_gap(tmp_path: Path) -> None:
    frame = collection_pulls(pulls(mixed(tmp_path), Selection("week", 3)))
    assert column(frame, "change", "all repositories (events)") == [None, None, None]
    assert column(frame, "change", "all repositories (actions)") == [None, 1.0, None]


def test_a_collection_that_lacks_one_publishers_report_is_unknown(tmp_path: Path) -> None:
    other = summary_row(WEEK1, "zeta/db", publisher="zeta")
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1), other]),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2)]),
    )
    frame = collection_pulls(pulls(archive))
    assert [plain(value) for value in frame["pulls"]] == [2, None]


def test_the_pull_chart_draws_a_collection(tmp_path: Path) -> None:
    frame = collection_pulls(pulls(mixed(tmp_path), Selection("week", 3)))
    names = {row["name"] for row in pull_chart(frame).to_dict()["datasets"]["rows"]}
    assert names == {"all repositories (events)", "all repositories (actions)"}


def test_no_repositories_have_no_totals(tmp_path: Path) -> None:
    frame = pulls(mixed(tmp_path), Selection("week", 3, []))
    assert repository_totals(frame).empty
    assert collection_pulls(frame).empty
