"""What the legacy programs' reports answer alone, and what they say they cannot."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb import Archive, Selection, assets, pull_actions
from insights_nb.errors import ReportNeededError, SelectionError, UnknownNameError
from tests.reports import LEGACY, write_csv
from tests.sample_csv import Row, plain, records
from tests.test_pulls import WEEK1, WEEK2, WEEK3, archive_of

SUMMARY, RAW = "image_pulls_summary", "image_pulls_raw"
NAMES = ("anvil", "bellows", "tongs")
YEAR = "2025-11-03"
# What raw data, and the summary by reference, reach back to.
RECENT = "2026-08-03"
NEWEST = "2026-10-26"
DIGEST = re.compile(r"sha256:[0-9a-f]+")


def rows_of(kind: str, view: str) -> Iterator[Row]:
    """Read the weekly legacy samples with nothing but the csv module."""
    for path in sorted((assets.samples() / kind).glob(f"oldbarrow_{view}_20*")):
        if not (week := re.search(r"(\d{4})-W(\d{2})", path.name)):
            continue
        start = dt.date.fromisocalendar(int(week[1]), int(week[2]), 1)
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield row | {"START": start.isoformat()}


def by_repository() -> Iterator[Row]:
    return (row for row in rows_of(SUMMARY, "image_pulls_repo_summary") if row["START"] >= YEAR)


def by_reference() -> Iterator[Row]:
    return rows_of(SUMMARY, "image_pulls_summary")


def raw() -> Iterator[Row]:
    return rows_of(RAW, "image_pulls_raw")


def weeks(first: str) -> list[str]:
    start, last = dt.date.fromisoformat(first), dt.date.fromisoformat(NEWEST)
    return [str(start + dt.timedelta(weeks=n)) for n in range((last - start).days // 7 + 1)]


def add_samples(folder: Path, *patterns: str) -> Archive:
    archive = Archive(folder)
    files = [path for one in patterns for path in sorted(assets.samples().glob(one))]
    outcome = archive.add(files, quiet=True)
    assert files
    assert not outcome.refused
    return archive


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive of a publisher that is in the legacy program only."""
    folder = tmp_path_factory.mktemp("legacy")
    return add_samples(folder, f"{SUMMARY}/*", f"{RAW}/*")


@pytest.fixture(scope="module")
def raw_only(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return add_samples(tmp_path_factory.mktemp("raw"), f"{RAW}/*-W*")


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive of the summary by reference alone."""
    return add_samples(
        tmp_path_factory.mktemp("references"), f"{SUMMARY}/oldbarrow_image_pulls_summary_*-W*"
    )


YEAR_VIEW = Selection("week", 12)
ACTIONS = ("Pull by tag", "Pull by digest", "Version check")


def cell(frame: pd.DataFrame, *names: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return (period, repository) → some columns of a frame without repetition."""
    found = {
        (row["period"], row["repository"]): tuple(row[name] for name in names)
        for row in records(frame)
    }
    assert len(found) == len(frame)
    return found


# --- by tag, by digest, only checked ----------------------------------------------------------


def test_actions_are_those_of_the_summary_by_repository(legacy: Archive) -> None:
    frame = pull_actions(legacy, YEAR_VIEW)
    told = {(row["START"], row["Repository"]): row for row in by_repository()}
    expected = []
    for week in weeks(YEAR):
        for name in NAMES:
            row = told.get((week, name), dict.fromkeys([*ACTIONS, "Unique IP address"], "0"))
            tag, digest, checks = (int(row[action]) for action in ACTIONS)
            addresses = int(row["Unique IP address"])
            expected.append(
                {
                    "period": week, "repository": f"oldbarrow/{name}", "pulls_by_tag": tag,
                    "pulls_by_digest": digest, "pulls": tag + digest, "version_checks": checks,
                    "unique_ip_addresses_at_least": addresses,
                    "unique_ip_addresses_at_most": addresses, "source": SUMMARY,
                }
            )  # fmt: skip
    assert records(frame) == expected


def test_actions_are_those_of_the_summary_by_reference_where_only_it_is_held(
    references: Archive,
) -> None:
    sums: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    for row in by_reference():
        key = row["START"], f"oldbarrow/{row['Repository']}"
        sums[key].append([int(row[name]) for name in (*ACTIONS, "Unique IP address")])
    expected = {}
    for key, rows in sums.items():
        tag, digest, checks, most = (sum(part) for part in zip(*rows, strict=True))
        expected[key] = (tag, digest, checks, max(row[3] for row in rows), most)
    least, most = ("unique_ip_addresses_at_least", "unique_ip_addresses_at_most")
    found = cell(
        pull_actions(references, YEAR_VIEW),
        "pulls_by_tag", "pulls_by_digest", "version_checks", least, most,
    )  # fmt: skip
    assert found == expected
    assert any(row[3] < row[4] for row in found.values())


def test_the_true_number_of_addresses_lies_between_the_bounds_by_reference(
    references: Archive,
) -> None:
    truth = {
        (row["START"], f"oldbarrow/{row['Repository']}"): int(row["Unique IP address"])
        for row in by_repository()
    }
    least, most = "unique_ip_addresses_at_least", "unique_ip_addresses_at_most"
    found = cell(pull_actions(references, YEAR_VIEW), least, most)
    assert found
    for key, (low, high) in found.items():
        assert low <= truth[key] <= high


def test_actions_are_counted_in_raw_data_where_no_summary_is_held(raw_only: Archive) -> None:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    kinds = ["pull_by_tag", "pull_by_digest", "version_check"]
    for row in raw():
        sums[row["START"], f"oldbarrow/{row['Repository']}"][kinds.index(row["Action"])] += 1
    frame = pull_actions(raw_only, YEAR_VIEW)
    found = cell(frame, "pulls_by_tag", "pulls_by_digest", "version_checks")
    assert found == {key: tuple(count) for key, count in sums.items()}
    assert frame.filter(like="unique_ip").isna().all(axis=None)
    assert set(frame["source"]) == {RAW}


def summary(folder: Path, week: str, *rows: list[Any], reference: bool = False) -> Path:
    header = LEGACY if reference else [name for name in LEGACY if name != "Reference"]
    view = "summary" if reference else "repo_summary"
    return write_csv(folder / f"acme_image_pulls_{view}_{week}.csv", header, [*rows])


def raw_file(folder: Path, week: str, start: str, *actions: tuple[str, str]) -> Path:
    header = ["Action", "Action day", "Namespace", "Repository"]
    rows = [[action, start, "acme", name] for name, action in actions]
    return write_csv(folder / f"acme_image_pulls_raw_{week}.csv", header, rows)


def test_each_week_has_the_best_source_that_is_held_of_it(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        summary(tmp_path, "2026-W37", ["acme", "web", 5, 4, 3, 2, "acme"]),
        summary(tmp_path, "2026-W37", ["acme", "web", "1", 5, 9, 9, 9, "acme"], reference=True),
        raw_file(tmp_path, "2026-W37", WEEK1, ("web", "pull_by_tag")),
        summary(tmp_path, "2026-W38", ["acme", "web", "1", 2, 7, 0, 0, "acme"],
                ["acme", "web", "2", 3, 1, 1, 0, "acme"], reference=True),
        raw_file(tmp_path, "2026-W38", WEEK2, ("web", "pull_by_tag")),
        raw_file(tmp_path, "2026-W39", WEEK3, ("web", "pull_by_digest"), ("api", "version_check")),
    )  # fmt: skip
    frame = pull_actions(archive)
    web = records(frame[frame["repository"] == "acme/web"])
    names = ["pulls_by_tag", "pulls_by_digest", "version_checks", "source"]
    assert [[row[name] for name in names] for row in web] == [
        [4, 3, 2, SUMMARY], [8, 1, 0, SUMMARY], [0, 1, 0, RAW],
    ]  # fmt: skip
    bounds = ["unique_ip_addresses_at_least", "unique_ip_addresses_at_most"]
    assert [[row[name] for name in bounds] for row in web] == [[5, 5], [3, 5], [None, None]]
    # A held report without the repository counts none; raw data never tells of addresses.
    api = records(frame[frame["repository"] == "acme/api"])
    assert [row["pulls"] for row in api] == [0, 0, 0]
    assert [row["version_checks"] for row in api] == [0, 0, 1]
    assert [row[bounds[1]] for row in api] == [0, 0, None]


def test_a_week_that_is_not_held_is_missing(tmp_path: Path) -> None:
    row = ["acme", "web", 5, 4, 3, 2, "acme"]
    archive = archive_of(
        tmp_path, summary(tmp_path, "2026-W37", row), summary(tmp_path, "2026-W39", row)
    )
    frame = pull_actions(archive)
    assert [plain(value) for value in frame["pulls"]] == [7, None, 7]
    assert frame.iloc[1, 2:].isna().all()


def test_a_count_that_the_summary_leaves_empty_is_unknown_and_not_none(tmp_path: Path) -> None:
    path = summary(tmp_path, "2026-W37", ["acme", "web", "", 4, 3, "", "acme"])
    (row,) = records(pull_actions(archive_of(tmp_path, path)))
    assert (row["pulls"], row["version_checks"]) == (7, None)
    assert row["unique_ip_addresses_at_least"] is None
    assert row["unique_ip_addresses_at_most"] is None


def test_a_publishers_gap_is_not_filled_by_anothers_report(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        summary(tmp_path, "2026-W37", ["acme", "web", 1, 1, 1, 1, "acme"],
                ["zeta", "web", 2, 2, 2, 2, "zeta"]),
        summary(tmp_path, "2026-W38", ["acme", "web", 1, 1, 1, 1, "acme"]),
    )  # fmt: skip
    frame = pull_actions(archive)
    assert [plain(v) for v in frame.loc[frame["repository"] == "zeta/web", "pulls"]] == [4, None]
    assert [plain(v) for v in frame.loc[frame["repository"] == "acme/web", "pulls"]] == [2, 2]


def test_selected_repositories_alone_have_actions(legacy: Archive) -> None:
    frame = pull_actions(legacy, Selection(repositories=["oldbarrow/tongs"]))
    assert set(frame["repository"]) == {"oldbarrow/tongs"}
    with pytest.raises(UnknownNameError, match="oldbarrow/anvil"):
        pull_actions(legacy, Selection(repositories=["oldbarrow/anvik"]))


def test_new_reports_are_seen_by_the_next_call(tmp_path: Path) -> None:
    row = ["acme", "web", 5, 4, 3, 2, "acme"]
    archive = archive_of(tmp_path, summary(tmp_path, "2026-W37", row))
    assert len(pull_actions(archive)) == 1
    archive.add(summary(tmp_path, "2026-W38", row), quiet=True)
    assert len(pull_actions(archive)) == 2


def test_without_legacy_reports_they_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReportNeededError, match=r"by tag and by digest.*Image pulls"):
        pull_actions(Archive(tmp_path))


# --- the same calls as for the reports of DVP -------------------------------------------------


def test_pulls_leave_out_version_checks_and_know_no_downloads(legacy: Archive) -> None:
    frame = inb.pulls(legacy, YEAR_VIEW)
    told = {(row["START"], row["Repository"]): row for row in by_repository()}
    expected: dict[tuple[Any, ...], tuple[Any, ...]] = {
        (week, f"oldbarrow/{name}"): (0, 0, None) for week in weeks(YEAR) for name in NAMES
    }
    for (week, name), row in told.items():
        tag, digest, checks = (int(row[action]) for action in ACTIONS)
        expected[week, f"oldbarrow/{name}"] = tag + digest, checks, None
    assert cell(frame, "pulls", "version_checks", "data_downloads") == expected
    assert set(inb.repository_totals(frame)["definition"]) == {"actions"}


def references_by_name() -> dict[tuple[str, str, str | None], int]:
    sums: dict[tuple[str, str, str | None], int] = defaultdict(int)
    for row in by_reference():
        tag = None if DIGEST.fullmatch(row["Reference"]) else row["Reference"]
        sums[row["START"], f"oldbarrow/{row['Repository']}", tag] += sum(
            int(row[action]) for action in ACTIONS[:2]
        )
    return sums


def test_tags_are_those_of_the_summary_by_reference(legacy: Archive) -> None:
    expected = references_by_name()
    frame = inb.tag_pulls(legacy, YEAR_VIEW)
    found = {
        (row["period"], row["repository"], row["tag"]): row["pulls"]
        for row in records(frame)
        if row["pulls"]
    }
    assert found == {key: count for key, count in expected.items() if count}


def test_raw_data_names_tags_where_no_summary_does(raw_only: Archive) -> None:
    expected: dict[tuple[str, str, str | None], int] = defaultdict(int)
    for row in raw():
        key = row["START"], f"oldbarrow/{row['Repository']}", row["Tag"] or None
        expected[key] += row["Action"] != "version_check"
    found = {
        (row["period"], row["repository"], row["tag"]): row["pulls"]
        for row in records(inb.tag_pulls(raw_only, YEAR_VIEW))
        if row["pulls"]
    }
    assert found == {key: count for key, count in expected.items() if count}


def test_versions_are_followed_by_the_same_calls(legacy: Archive) -> None:
    tags = inb.tag_pulls(legacy, YEAR_VIEW)
    cohorts = inb.cohorts(tags)
    expected: dict[tuple[str, str, str], int] = defaultdict(int)
    for (week, name, tag), count in references_by_name().items():
        major = re.match(r"\d+(?![-\d])", tag or "")  # a date names no version
        named = "latest" if tag == "latest" else "other"
        cohort = "by digest" if tag is None else major[0] if major else named
        expected[week, name, cohort] += count
    found = {
        (row["period"], row["repository"], row["cohort"]): row["pulls"]
        for row in records(cohorts)
        if row["pulls"]
    }
    assert found == {key: count for key, count in expected.items() if count}
    assert set(inb.gaining(cohorts)["cohort"]) == {key[2] for key in expected}
    assert len(inb.release_adoption(tags))
    assert inb.still_used(tags, "1")["pulls"].sum() == sum(
        count for (_, _, cohort), count in expected.items() if cohort == "1"
    )


def test_digests_are_those_that_were_asked_for(legacy: Archive) -> None:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in by_reference():
        if DIGEST.fullmatch(row["Reference"]):
            key = f"oldbarrow/{row['Repository']}", row["Reference"]
            sums[key] += sum(int(row[action]) for action in ACTIONS[:2])
    frame = inb.top_digests(legacy, YEAR_VIEW, count=1000)
    found = {(row["repository"], row["digest"]): row["pulls"] for row in records(frame)}
    assert found == {key: count for key, count in sums.items() if count}
    assert frame["data_downloads"].isna().all()


@pytest.mark.parametrize(
    ("by", "column"),
    [
        ("country", "Country"), ("cloud", "Host"), ("client", "User agent tool"), ("tag", "Tag"),
        ("industry", "Type"), ("domain", "Domain"), ("repository", "Repository"),
    ],
)  # fmt: skip
def test_raw_data_tells_where_pulls_come_from(legacy: Archive, by: str, column: str) -> None:
    sums: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for row in raw():
        text = row[column] or None
        value = f"oldbarrow/{text}" if by == "repository" else text
        sums[row["START"], value][row["Action"] == "version_check"] += 1
    frame = inb.audience(legacy, YEAR_VIEW, by)
    found = {
        (row["period"], row[by]): (row["pulls"], row["version_checks"])
        for row in records(frame)
        if row["pulls"] or row["version_checks"]
    }
    assert found == {key: tuple(count) for key, count in sums.items()}
    assert frame["data_downloads"].isna().all()
    assert {f"{day:%Y-%m-%d}" for day in frame["period"]} == set(weeks(RECENT))


def test_raw_data_tells_the_use_case_by_the_same_rule(legacy: Archive) -> None:
    cases = {"docker": "Local Dev", "containerd": "CI/CD", "kubelet": "Prod"}
    on_clouds = {"Local Dev": "CI/CD", "CI/CD": "Prod", "Prod": "Prod"}
    expected: dict[str, int] = defaultdict(int)
    for row in raw():
        if (case := cases.get(row["User agent tool"])) and row["Action"] != "version_check":
            expected[case if row["Host"] == "no csp" else on_clouds[case]] += 1
    where = {"client": list(cases)}
    frame = inb.audience(legacy, YEAR_VIEW, "use_case", where=where)
    found = frame.groupby("use_case")["pulls"].sum()
    assert {case: count for case, count in found.items() if count} == expected


def test_raw_dimensions_filter_each_other(legacy: Archive) -> None:
    expected: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in raw():
        if row["Type"] == "business" and row["Action"] != "version_check":
            expected[row["START"], row["Domain"] or None] += 1
    frame = inb.audience(legacy, YEAR_VIEW, "domain", where={"industry": "business"})
    found = {(r["period"], r["domain"]): r["pulls"] for r in records(frame) if r["pulls"]}
    assert found == expected


def test_the_summary_is_compared_with_the_raw_data(legacy: Archive) -> None:
    frame = inb.reconcile(legacy, "week")
    assert len(frame)
    assert set(frame["verdict"]) == {"equal"}


# --- what they cannot show --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        (lambda archive: inb.signed_in(archive), r"Trends"),
        (lambda archive: inb.downloads_and_checks(archive), r"Summary .*Trends"),
        (lambda archive: inb.companies(archive), r"Tracked companies"),
        (lambda archive: inb.deployment_pattern(archive), r"Tracked companies"),
        (lambda archive: inb.company_profiles(archive), r"Tracked companies"),
        (lambda archive: inb.stacks(archive), r"Technographic companies"),
        (lambda archive: inb.paired_images(archive), r"Technographic"),
        (lambda archive: inb.check_shares(archive), r"Technographic"),
        (lambda archive: inb.extensions(archive), r"Extension core"),
    ],
)
def test_what_legacy_reports_do_not_tell_names_the_report_that_does(
    legacy: Archive, call: Callable[[Archive], object], needed: str
) -> None:
    with pytest.raises(ReportNeededError, match=f"{needed}.*Docker Hub"):
        call(legacy)


def test_a_dimension_that_only_legacy_data_has_is_refused_of_trends(legacy: Archive) -> None:
    with pytest.raises(SelectionError, match="by='industry' is not offered"):
        inb.audience(legacy, None, "industry", source="trends")


def test_where_raw_data_is_not_held_the_summary_does_not_stand_in(references: Archive) -> None:
    with pytest.raises(ReportNeededError, match=r"Image pulls raw data"):
        inb.audience(references, None, "industry")


@pytest.mark.parametrize("share", [False, True])
def test_the_chart_of_actions_draws_the_frames_sums(samples: inb.Archive, share: bool) -> None:
    frame = inb.pull_actions(samples, inb.Selection("month", 3))
    chart = inb.pull_actions_chart(frame, share=share).to_dict()
    drawn = {(row["name"], row["dates"]): row["count"] for row in chart["datasets"]["rows"]}
    newest = frame[frame["period"] == frame["period"].max()]
    dates = inb.Period("month", newest["period"].iloc[0].date()).dates
    for column, name in {
        "pulls_by_tag": "Pulls by tag",
        "pulls_by_digest": "Pulls by digest",
        "version_checks": "Version checks",
    }.items():
        count = int(newest[column].sum())
        assert drawn[name, dates].startswith(f"{count:,} ")
