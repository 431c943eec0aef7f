"""How tags, versions and digests are adopted, against the text of the reports."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import Archive, Selection, assets
from insights_nb.errors import (
    MissingReportError,
    ReportNeededError,
    SelectionError,
    UnknownNameError,
)
from insights_nb.metrics.adoption import cohorts, gaining, tag_pulls
from insights_nb.metrics.downloads import downloads_and_checks, top_digests
from insights_nb.metrics.release_curves import adoption_curves
from insights_nb.metrics.releases import cohort_pulls, release_adoption, still_used
from insights_nb.metrics.versions import in_version_order, read_tag
from tests.reports import (
    LEGACY,
    summary_row,
    trends_row,
    write_api,
    write_csv,
    write_summary,
    write_trends,
)
from tests.test_pulls import WEEK1, WEEK2, WEEK3, WEEK4, archive_of

Row = dict[str, str]
# Every twelve months of the samples: of weeks those that start within them.
FIRST = {"week": "2025-11-03", "month": "2025-11-01"}
FERRY = Selection("week", 12, ["moonbarrow/ferry"])


def csv_rows(kind: str, word: str) -> Iterator[Row]:
    """Read the samples' text with nothing but the csv module."""
    for path in sorted((assets.samples() / kind).glob(f"*{word}*.csv*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield row | {"file": path.name}


def trends(granularity: str = "week") -> Iterator[Row]:
    word = {"week": "_weekly_", "month": "_monthly_"}[granularity]
    for row in csv_rows("trends", word):
        if row["DATE_REFERENCE"] >= FIRST[granularity]:
            yield row


def tag_of(row: Row) -> str | None:
    return None if row["TAG"] == "\\\\N" else row["TAG"]


def total(rows: Iterator[Row], *fields: str) -> dict[str, int]:
    """Add up pulls by repository, tag and period, as fields say."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums["|".join(str(tag_of(row)) if f == "TAG" else row[f] for f in fields)] += int(
            row["PULLS"]
        )
    return dict(sums)


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    for name, value in where.items():
        frame = frame[frame[name].isna() if value is None else frame[name] == value]
    assert len(frame) == 1, frame
    return frame.iloc[0]


def of(frame: pd.DataFrame, column: str = "pulls", **where: object) -> list[object]:
    for name, value in where.items():
        frame = frame[frame[name].isna() if value is None else frame[name] == value]
    return [None if pd.isna(value) else value for value in frame[column]]


# --- the samples, against their text --------------------------------------------------------


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_every_tags_pulls_are_those_in_the_csv_text(samples: Archive, granularity: str) -> None:
    frame = tag_pulls(samples, Selection(granularity, 12))
    frame = frame[(frame["source"] == "trends") & (frame["pulls"] > 0)]
    found = {
        (f"{row.period:%Y-%m-%d}", row.repository, None if pd.isna(row.tag) else row.tag): (
            row.data_downloads,
            row.version_checks,
            row.pulls,
        )
        for row in frame.itertuples()
    }
    expected: dict[tuple[str, str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in trends(granularity):
        cell = expected[row["DATE_REFERENCE"], row["IMAGE_REPOSITORY"], tag_of(row)]
        for place, name in enumerate(("DATA_DOWNLOADS", "VERSION_CHECKS", "PULLS")):
            cell[place] += int(row[name])
    assert found == {key: tuple(cell) for key, cell in expected.items() if cell[2]}


def test_tags_that_look_like_numbers_dates_or_nothing_stay_text(samples: Archive) -> None:
    frame = tag_pulls(samples, Selection("week", 12, ["moonbarrow/oddments"]))
    expected = {tag_of(r) for r in trends() if r["IMAGE_REPOSITORY"] == "moonbarrow/oddments"}
    assert {"1.10", "007", "NA", "null", "nan", "None", "N/A", "1e5", "2024-01-01"} < expected
    assert {None if pd.isna(tag) else tag for tag in frame["tag"]} == expected


def test_a_share_is_of_all_pulls_of_the_repository_by_digest_included(samples: Archive) -> None:
    frame = tag_pulls(samples, FERRY)
    by_tag = total(trends(), "IMAGE_REPOSITORY", "DATE_REFERENCE", "TAG")
    whole = total(trends(), "IMAGE_REPOSITORY", "DATE_REFERENCE")
    row = one(frame, period="2026-10-26", tag="2.0")
    expected = by_tag["moonbarrow/ferry|2026-10-26|2.0"] / whole["moonbarrow/ferry|2026-10-26"]
    assert row["share"] == pytest.approx(expected, rel=1e-12)


def test_the_missing_week_is_missing_and_a_zero_week_is_zero(samples: Archive) -> None:
    frame = tag_pulls(samples, Selection("week", 12, ["moonbarrow/spindle"]))
    missing = frame[frame["period"] == "2026-05-11"]
    assert len(missing)
    assert missing[["pulls", "share", "source"]].isna().all(axis=None)
    zero = frame[frame["period"] == "2026-02-16"]
    assert zero["pulls"].tolist() == [0] * 5
    assert zero["share"].isna().all()


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_cohorts_are_the_sums_of_their_tags_in_the_text(samples: Archive, granularity: str) -> None:
    view = Selection(granularity, 12, ["moonbarrow/ferry", "moonbarrow/lantern"])
    frame = cohorts(tag_pulls(samples, view))
    names = {None: "by digest", "latest": "latest", "1": "1", "1.9": "1", "2": "2", "2.0": "2"}
    names |= {"3": "3", "3.4": "3", "3.5": "3"}
    expected: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in trends(granularity):
        if row["IMAGE_REPOSITORY"] in (view.repositories or ()):
            key = row["IMAGE_REPOSITORY"], names[tag_of(row)], row["DATE_REFERENCE"]
            expected[key] += int(row["PULLS"])
    pulled = frame[frame["pulls"] > 0]
    found = {(r.repository, r.cohort, f"{r.period:%Y-%m-%d}"): r.pulls for r in pulled.itertuples()}
    assert found == expected


def test_gaining_compares_the_halves_of_the_held_weeks_in_the_text(samples: Archive) -> None:
    frame = gaining(tag_pulls(samples, FERRY))
    mine = [row for row in trends() if row["IMAGE_REPOSITORY"] == "moonbarrow/ferry"]
    weeks = sorted({row["DATE_REFERENCE"] for row in mine})
    half = len(weeks) // 2
    shares = []
    for some in (weeks[:half], weeks[-half:]):
        part = [row for row in mine if row["DATE_REFERENCE"] in some]
        whole = sum(int(row["PULLS"]) for row in part)
        shares.append(sum(int(row["PULLS"]) for row in part if tag_of(row) == "2") / whole)
    row = one(frame, tag="2")
    assert row[["share_before", "share_after"]].tolist() == pytest.approx(shares, rel=1e-12)
    assert row["change"] == pytest.approx(shares[1] - shares[0], rel=1e-9)
    assert of(frame, "tag")[0] == "2"
    assert of(frame, "tag")[-1] == "1"


def test_a_releases_days_to_half_are_those_in_the_text(samples: Archive) -> None:
    frame = release_adoption(tag_pulls(samples, Selection("week", 12)))
    weekly = total(trends(), "IMAGE_REPOSITORY", "TAG", "DATE_REFERENCE")
    new, old = (
        {key.rpartition("|")[2]: n for key, n in weekly.items() if key.startswith(f"{name}|")}
        for name in ("moonbarrow/lantern|3.5", "moonbarrow/lantern|3.4")
    )
    first = dt.date.fromisoformat(min(new))
    days = {
        share: (dt.date.fromisoformat(week) - first).days
        for share in (0.5, 0.1)
        for week in sorted(new, reverse=True)
        if new[week] / (new[week] + old.get(week, 0)) >= share
    }
    row = one(frame, repository="moonbarrow/lantern", release="3.5")
    assert row["first_seen"].date() == first
    assert (row["days_to_10"], row["days_to_50"]) == (days[0.1], days[0.5])
    assert row["periods_to_50"] * 7 == row["days_to_50"]
    assert not row["censored"]


def test_what_was_there_before_the_first_report_has_no_days(samples: Archive) -> None:
    frame = release_adoption(tag_pulls(samples, Selection("week", 12)))
    row = one(frame, repository="moonbarrow/lantern", release="3.4")
    assert row["censored"]
    assert row[["last_absent", "days_to_10", "days_to_50"]].isna().all()


def test_still_used_is_what_the_text_says_of_version_1(samples: Archive) -> None:
    row = one(still_used(tag_pulls(samples, FERRY), "1.x"))
    mine = [row for row in trends() if row["IMAGE_REPOSITORY"] == "moonbarrow/ferry"]
    old = [r for r in mine if (tag_of(r) or "").split(".")[0] == "1"]
    weeks = sorted({r["DATE_REFERENCE"] for r in mine})
    assert row["pulls"] == sum(int(r["PULLS"]) for r in old)
    assert row["data_downloads"] == sum(int(r["DATA_DOWNLOADS"]) for r in old)
    assert row["share"] == pytest.approx(row["pulls"] / sum(int(r["PULLS"]) for r in mine))
    assert f"{row['last_period']:%Y-%m-%d}" == max(r["DATE_REFERENCE"] for r in old)
    last = sum(int(r["PULLS"]) for r in old if r["DATE_REFERENCE"] == weeks[-1])
    assert (row["pulls_last"], row["quiet_periods"]) == (last, 0)
    half = len(weeks) // 2
    early, late = (
        sum(int(r["PULLS"]) for r in old if r["DATE_REFERENCE"] in some)
        for some in (weeks[:half], weeks[-half:])
    )
    assert row["change"] == pytest.approx(late / early - 1)


def test_the_top_digests_are_those_in_the_text(samples: Archive) -> None:
    frame = top_digests(samples, Selection("week", 12), count=10)
    sums: dict[str, int] = defaultdict(int)
    for row in csv_rows("summary", "_weekly_"):
        if row["LEVEL"] == "digest" and row["DATE_REFERENCE"] >= FIRST["week"]:
            sums[row["REFERENCE"]] += int(row["EVENT_COUNT"])
    best = sorted(sums.items(), key=lambda pair: -pair[1])[:10]
    assert list(zip(frame["digest"], frame["pulls"], strict=True)) == best
    assert set(frame["repository"]) == {"moonbarrow/*"}
    assert frame["share"].iloc[0] == pytest.approx(best[0][1] / sum(sums.values()))


def test_legacy_digests_are_those_asked_for_by_digest(samples: Archive) -> None:
    frame = top_digests(samples, Selection("week", 12, ["oldbarrow/anvil"]), count=3)
    sums: dict[str, int] = defaultdict(int)
    for row in csv_rows("image_pulls_summary", "pulls_summary_2026-W"):
        if row["Repository"] == "anvil" and row["Reference"].startswith("sha256:"):
            sums[row["Reference"]] += int(row["Pull by tag"]) + int(row["Pull by digest"])
    best = sorted(sums.items(), key=lambda pair: -pair[1])[:3]
    assert list(zip(frame["digest"], frame["pulls"], strict=True)) == best
    assert frame["data_downloads"].isna().all()


def test_legacy_tags_are_those_in_the_text(samples: Archive) -> None:
    frame = tag_pulls(samples, Selection("week", 12, ["oldbarrow/anvil"]))
    sums: dict[str | None, int] = defaultdict(int)
    for row in csv_rows("image_pulls_summary", "pulls_summary_2026-W"):
        if row["Repository"] == "anvil":
            tag = None if row["Reference"].startswith("sha256:") else row["Reference"]
            sums[tag] += int(row["Pull by tag"]) + int(row["Pull by digest"])
    found = frame.groupby("tag", dropna=False)["pulls"].sum()
    assert {None if pd.isna(tag) else tag: n for tag, n in found.items()} == sums
    assert set(frame["source"].dropna()) == {"image_pulls_summary"}
    assert frame["data_downloads"].isna().all()


def test_downloads_against_checks_are_those_in_the_text(samples: Archive) -> None:
    rows = [
        row
        for row in csv_rows("summary", "_weekly_")
        if row["LEVEL"] == "repository" and row["DATE_REFERENCE"] == "2026-10-26"
    ]
    frame = downloads_and_checks(samples)
    row = one(frame, repository="moonbarrow/kiln", period="2026-10-26")
    (kiln,) = (r for r in rows if r["REFERENCE"] == "moonbarrow/kiln")
    downloads, checks = int(kiln["DATA_DOWNLOADS"]), int(kiln["VERSION_CHECKS"])
    assert row["ratio"] == pytest.approx(downloads / checks)
    assert row["download_share"] == pytest.approx(downloads / (downloads + checks))
    whole = one(downloads_and_checks(samples, together=True), period="2026-10-26")
    assert whole["data_downloads"] == sum(int(r["DATA_DOWNLOADS"]) for r in rows)
    assert whole["version_checks"] == sum(int(r["VERSION_CHECKS"]) for r in rows)


# --- how tags are read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "major", "minor", "variant"),
    [
        ("1", "1", "1 (floating tag)", ""),
        ("1.27.3", "1", "1.27", ""),
        ("v1.2.3", "1", "1.2", ""),
        ("1.10", "1", "1.10", ""),
        ("0", "0", "0 (floating tag)", ""),
        ("1.27-alpine", "1", "1.27", "alpine"),
        ("2.0.0-rc.1", "2 (pre-release)", "2.0 (pre-release)", ""),
        ("3.14rc1", "3 (pre-release)", "3.14 (pre-release)", ""),
        ("1.2.3.4", "1", "1.2", ""),
        ("24.04", "24", "24.04", ""),
        ("2026.1", "2026", "2026.1", ""),
        ("latest", "latest", "latest", ""),
        ("latest-slim", "latest", "latest", "slim"),
        (None, "by digest", "by digest", ""),
        (float("nan"), "by digest", "by digest", ""),
    ],
)
def test_a_tag_is_read_as_its_version(tag: object, major: str, minor: str, variant: str) -> None:
    version = read_tag(tag)
    assert (version.cohort("major"), version.cohort("minor"), version.variant) == (
        major,
        minor,
        variant,
    )


@pytest.mark.parametrize(
    "tag",
    [
        "2024-01-01", "2024-01", "20240101", "007", "1e5", "nan", "NA", "stable", "Latest", "1.",
        "1\n", "", "by digest", "1.0,\"quoted\"", "\u200f1.0-rtl", "</script>", "v", "3f2a91c",
        "١.٢", "1.٢", "1.2 (no patch)",
    ],
)  # fmt: skip
def test_a_tag_that_is_no_version_is_other(tag: str) -> None:
    assert read_tag(tag).cohort("minor") == "other"


def test_versions_are_ordered_by_number_newest_first() -> None:
    names = ["by digest", "1.9", "other", "1 (floating tag)", "1.10", "latest", "2.0"]
    assert in_version_order(names) == [
        "2.0", "1.10", "1.9", "1 (floating tag)", "latest", "other", "by digest",
    ]  # fmt: skip


@given(st.text(max_size=12))
def test_any_text_is_read_and_ordered(tag: str) -> None:
    names = [read_tag(tag).cohort(by) for by in ("major", "minor", "patch")]
    assert set(in_version_order(names)) == set(names)


# --- small archives -------------------------------------------------------------------------


def week_of(folder: Path, start: str, counts: dict[str, int], repository: str = "acme/web") -> Path:
    rows = [trends_row(start, repository, tag=tag, downloads=n) for tag, n in counts.items()]
    return write_trends(folder, start, rows)


def test_the_frame_has_the_promised_columns_and_types(tmp_path: Path) -> None:
    frame = tag_pulls(archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1.0": 3})))
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "period": "datetime64[s]", "repository": "str", "tag": "str", "pulls": "Int64",
        "data_downloads": "Int64", "version_checks": "Int64", "share": "Float64", "source": "str",
    }  # fmt: skip
    assert frame.attrs == {"granularity": "week", "made_by": "tag_pulls"}


def test_a_week_that_is_not_held_is_missing_and_a_tag_not_named_zero(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        week_of(tmp_path, WEEK1, {"1.0": 3, "\\\\N": 1}),
        week_of(tmp_path, WEEK2, {"1.0": 5}),
        week_of(tmp_path, WEEK4, {"2.0": 7}),
    )
    frame = tag_pulls(archive)
    assert of(frame, tag="1.0") == [3, 5, None, 0]
    assert of(frame, tag="2.0") == [0, 0, None, 7]
    assert of(frame, tag=None) == [1, 0, None, 0]
    assert of(frame, "share", tag="1.0") == [0.75, 1.0, None, 0.0]
    assert of(frame, "source", tag="1.0") == ["trends", "trends", None, "trends"]
    assert f"{frame['period'].iloc[-1]:%Y-%m-%d}" == WEEK4


def test_a_tag_not_seen_in_the_interval_has_no_rows(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path, week_of(tmp_path, "2026-01-05", {"0.1": 3}), week_of(tmp_path, WEEK1, {"1.0": 3})
    )
    assert set(tag_pulls(archive, Selection(months=3))["tag"]) == {"1.0"}


def test_one_publishers_missing_week_is_not_zero_because_another_has_it(tmp_path: Path) -> None:
    zeta = [trends_row(WEEK2, "zeta/x", publisher="zeta", tag="1")]
    archive = archive_of(
        tmp_path,
        week_of(tmp_path, WEEK1, {"1": 1}),
        write_trends(tmp_path, WEEK2, zeta, name="zeta_trends.csv"),
    )
    frame = tag_pulls(archive)
    assert of(frame, repository="acme/web") == [1, None]
    assert of(frame, repository="zeta/x") == [None, 1]


def test_a_report_without_rows_is_a_week_of_zeros(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path, week_of(tmp_path, WEEK1, {"1": 1}), write_trends(tmp_path, WEEK2, [])
    )
    assert of(tag_pulls(archive)) == [1, 0]


def summary_week(
    folder: Path, start: str, *, named: bool = False, others: Sequence[str] = ("acme/api",)
) -> Path:
    """Write a week of acme/web and others, which nobody pulls."""
    tags = {"1.0": 2, "latest": 3}
    rows = [
        summary_row(start, "acme/web", downloads=9),
        *(summary_row(start, name, downloads=0) for name in others),
        summary_row(start, "acme", level="namespace", downloads=9),
    ]
    rows += [
        summary_row(start, f"acme/web:{tag}" if named else tag, level="tag", downloads=n)
        for tag, n in tags.items()
    ]
    rows.append(summary_row(start, "sha256:" + "0" * 64, level="digest", downloads=9))
    return write_summary(folder, start, rows)


def test_a_summarys_tags_are_of_all_repositories_and_the_rest_is_by_digest(tmp_path: Path) -> None:
    frame = tag_pulls(archive_of(tmp_path, summary_week(tmp_path, WEEK1)))
    assert frame["repository"].unique().tolist() == ["acme/*"]
    assert of(frame) == [2, 3, 4]
    assert of(frame, "tag") == ["1.0", "latest", None]
    assert of(frame, "share") == pytest.approx([2 / 9, 3 / 9, 4 / 9])
    assert set(frame["source"]) == {"summary"}


def test_a_summary_of_one_repository_has_that_ones_tags(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, summary_week(tmp_path, WEEK1, others=()))
    frame = tag_pulls(archive)
    assert frame["repository"].unique().tolist() == ["acme/web"]
    assert of(frame) == [2, 3, 4]
    assert set(tag_pulls(archive, Selection(repositories=["acme/web"]))["tag"].dropna()) == {
        "1.0", "latest",
    }  # fmt: skip
    assert release_adoption(frame)["release"].tolist() == ["1.0"]
    assert top_digests(archive)["repository"].tolist() == ["acme/web"]


def test_a_number_of_all_repositories_together_is_no_release(tmp_path: Path) -> None:
    weeks = [summary_week(tmp_path, week) for week in (WEEK1, WEEK2)]
    frame = tag_pulls(archive_of(tmp_path, *weeks))
    assert adoption_curves(frame).empty
    assert release_adoption(frame).empty


def test_a_summary_that_names_repositories_with_its_tags_keeps_them(tmp_path: Path) -> None:
    frame = tag_pulls(archive_of(tmp_path, summary_week(tmp_path, WEEK1, named=True)))
    assert frame["repository"].unique().tolist() == ["acme/web"]
    assert of(frame) == [2, 3, 4]


def test_trends_and_summary_never_share_a_series(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        week_of(tmp_path, WEEK1, {"1.0": 30}),
        summary_week(tmp_path, WEEK1),
        summary_week(tmp_path, WEEK2),
    )
    frame = tag_pulls(archive)
    assert frame["repository"].unique().tolist() == ["acme/web"]
    assert of(frame, tag="1.0") == [30, None]


def test_each_publisher_has_the_best_report_held_of_it(tmp_path: Path) -> None:
    zeta = [summary_row(WEEK1, "2", level="tag", publisher="zeta", downloads=8)]
    archive = archive_of(
        tmp_path,
        week_of(tmp_path, WEEK1, {"1.0": 30}),
        summary_week(tmp_path, WEEK1),
        write_summary(tmp_path, WEEK1, zeta, name="zeta_summary.csv"),
    )
    frame = tag_pulls(archive)
    assert of(frame, "repository") == ["acme/web", "zeta/*"]
    assert of(frame, "source") == ["trends", "summary"]


def test_what_is_by_digest_is_never_negative(tmp_path: Path) -> None:
    rows = [
        summary_row(WEEK1, "acme/web", downloads=9),
        summary_row(WEEK1, "1.0", level="tag", downloads=2, checks=1),
    ]
    frame = tag_pulls(archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows)))
    assert of(frame, "version_checks", tag=None) == [0]
    assert of(frame, "data_downloads", tag=None) == [7]


def test_a_summary_without_the_tag_level_is_no_zero(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        summary_week(tmp_path, WEEK1),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2)]),
        summary_week(tmp_path, WEEK3),
    )
    assert of(tag_pulls(archive), tag="1.0") == [2, None, 2]
    alone = archive_of(tmp_path / "b", write_summary(tmp_path, WEEK2, [summary_row(WEEK2)]))
    with pytest.raises(ReportNeededError, match="the tags that were pulled"):
        tag_pulls(alone)


def test_selected_repositories_get_their_publishers_summary(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, summary_week(tmp_path, WEEK1))
    frame = tag_pulls(archive, Selection(repositories=["acme/web"]))
    assert set(frame["repository"]) == {"acme/*"}


def test_weeks_and_months_never_share_a_series(tmp_path: Path) -> None:
    month = [trends_row("2026-09-01", tag="1", downloads=40, granularity="month")]
    archive = archive_of(
        tmp_path, week_of(tmp_path, WEEK1, {"1": 4}), write_trends(tmp_path, "2026-09-01", month)
    )
    assert of(tag_pulls(archive, Selection("week"))) == [4]
    assert of(tag_pulls(archive, Selection("month"))) == [40]


def test_an_archive_without_tags_says_which_report_to_get_and_where(tmp_path: Path) -> None:
    path = write_api(tmp_path / "pulls.json", "acme/web", [(WEEK1, "2026-09-13", 9)])
    archive = archive_of(tmp_path, path)
    with pytest.raises(
        MissingReportError, match=r"Trends \(on Docker Hub: Analytics > Trends\)"
    ) as info:
        tag_pulls(archive)
    assert "Pull data (API) by week" in str(info.value)
    with pytest.raises(
        MissingReportError, match=r"digests .*Summary \(on Docker Hub: .*Overview\)"
    ):
        top_digests(archive)
    with pytest.raises(MissingReportError, match="downloads and version checks"):
        downloads_and_checks(archive)


def test_a_repository_that_no_report_names_is_refused_with_the_nearest(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1": 1}))
    with pytest.raises(UnknownNameError, match=r"acme/wbe.*Did you mean acme/web"):
        tag_pulls(archive, Selection(repositories=["acme/wbe"]))


def test_a_repository_whose_tags_no_report_names_has_no_rows(tmp_path: Path) -> None:
    path = write_api(tmp_path / "pulls.json", "acme/api", [(WEEK1, "2026-09-13", 9)])
    archive = archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1": 1}), path)
    frame = tag_pulls(archive, Selection(repositories=["acme/api"]))
    assert frame.empty
    assert cohorts(frame).empty
    assert gaining(frame).empty
    assert release_adoption(frame).empty


def test_what_was_added_meanwhile_counts_at_once(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1": 1}))
    assert of(tag_pulls(archive)) == [1]
    Archive(archive.folder).add(week_of(tmp_path, WEEK2, {"1": 2}), quiet=True)
    assert of(tag_pulls(archive)) == [1, 2]


def test_counts_beyond_32_bits_stay_exact(tmp_path: Path) -> None:
    big = 2**53 + 1
    frame = tag_pulls(archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1": big, "1.0": 2})))
    assert of(cohorts(frame)) == [big + 2]


def test_legacy_raw_data_names_tags_too(tmp_path: Path) -> None:
    header = ["Action", "Action day", "Namespace", "Repository", "Tag", "Digest", "HTTP method"]
    actions = [("pull_by_tag", "1.0"), ("version_check", "1.0"), ("pull_by_digest", "")]
    rows = [[action, WEEK1, "acme", "web", tag, "", "GET"] for action, tag in actions]
    path = write_csv(tmp_path / "image_pulls_raw_2026-W37.csv", header, rows)
    frame = tag_pulls(archive_of(tmp_path, path))
    assert of(frame) == [1, 1]
    assert of(frame, "version_checks") == [1, 0]
    assert of(frame, "tag") == ["1.0", None]


def test_a_repository_has_one_source_though_its_publisher_is_spelt_otherwise(
    tmp_path: Path,
) -> None:
    rows = [trends_row(WEEK1, tag="1", downloads=5, publisher="Acme Inc")]
    legacy = write_csv(
        tmp_path / "image_pulls_summary_2026-W38.csv",
        LEGACY,
        [["acme", "web", "1", 3, 20, 0, 4, "acme"]],
    )
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows), legacy)
    frame = tag_pulls(archive)
    assert of(frame) == [5, None]


# --- what is made of it ---------------------------------------------------------------------


def frame_of(values: dict[str | None, list[int | None]], start: str = WEEK1) -> pd.DataFrame:
    """Make what `tag_pulls` gives for one repository."""
    periods = pd.date_range(start, periods=len(next(iter(values.values()))), freq="7D")
    frame = pd.DataFrame(
        [
            (p, "acme/web", tag, counts[i])
            for i, p in enumerate(periods)
            for tag, counts in values.items()
        ],
        columns=["period", "repository", "tag", "pulls"],
    ).astype({"repository": "str", "tag": "str", "pulls": "Int64"})
    frame["data_downloads"] = frame["version_checks"] = frame["pulls"]
    whole = frame.groupby("period")["pulls"].transform("sum")
    frame["share"] = frame["pulls"].astype("Float64") / whole.where(whole > 0).astype("Float64")
    frame["source"] = pd.Series("trends", frame.index, dtype="str").where(frame["pulls"].notna())
    frame.attrs["granularity"] = "week"
    return frame


def test_variants_belong_to_their_version_unless_asked_apart() -> None:
    frame = frame_of({"1.2": [1], "1.2-alpine": [2], "1.2.3-alpine": [4], "1.20": [8]})
    folded = cohorts(frame, by="minor")
    assert of(folded, "cohort") == ["1.20", "1.2"]
    assert of(folded) == [8, 7]
    assert of(folded, "tags") == [1, 3]
    apart = cohorts(frame, by="minor", variants=True)
    assert of(apart, "variant") == ["", "", "alpine"]
    assert of(apart) == [8, 1, 6]


def test_a_cohort_is_missing_where_no_report_is_held() -> None:
    frame = cohorts(frame_of({"1.2": [1, None, 0], "1.3": [2, None, 0]}))
    assert of(frame) == [3, None, 0]
    assert of(frame, "tags") == [2, None, 0]
    assert of(frame, "share") == [1.0, None, None]


@pytest.mark.parametrize("function", [cohorts, release_adoption])
def test_a_part_that_versions_do_not_have_is_refused(function) -> None:  # noqa: ANN001 - either
    with pytest.raises(SelectionError, match="'major' or 'minor' or 'patch'"):
        function(frame_of({"1": [1]}), by="build")


def test_gaining_leaves_out_gaps_and_the_odd_week_between_the_halves() -> None:
    frame = gaining(frame_of({"1": [8, 6, None, 100, 3, 1], None: [2, 4, None, 0, 7, 9]}))
    assert of(frame, "tag") == [None, "1"]
    assert of(frame, "pulls_before", tag="1") == [14]
    assert of(frame, "pulls_after", tag="1") == [4]
    assert of(frame, "change") == pytest.approx([0.5, -0.5])


def test_gaining_can_compare_the_last_week_with_all_before() -> None:
    frame = gaining(frame_of({"1": [8, 6, 1], "2": [2, 4, 9]}), compare="last")
    assert of(frame, "share_before", tag="2") == pytest.approx([0.3])
    assert of(frame, "share_after", tag="2") == pytest.approx([0.9])
    with pytest.raises(SelectionError, match="'halves' or 'last'"):
        gaining(frame_of({"1": [1]}), compare="first")


def test_one_week_gains_and_loses_nothing() -> None:
    assert of(gaining(frame_of({"1": [8], "2": [2]})), "change") == [None, None]


def test_a_release_that_stays_small_never_reaches_half() -> None:
    tags = {"1.0": [9, 8, 7, 8], "1.1": [0, 0, 1, 2], "1": [99, 99, 99, 99]}
    row = one(release_adoption(frame_of(tags)), release="1.1")
    assert (row["days_to_10"], row["periods_to_10"]) == (0, 0)
    assert pd.isna(row["days_to_50"])
    assert row["share"] == pytest.approx(0.2)


def test_a_release_seen_after_a_gap_may_be_as_old_as_the_gap() -> None:
    frame = frame_of({"1.0": [9, None, 5, 1], "1.1": [0, None, 1, 9]})
    row = one(release_adoption(frame), release="1.1")
    assert f"{row['last_absent']:%Y-%m-%d}" == WEEK1
    assert f"{row['first_seen']:%Y-%m-%d}" == WEEK3
    assert (row["days_to_10"], row["days_to_50"], row["periods_to_50"]) == (0, 7, 1)


def test_a_month_to_half_is_one_period_and_its_own_days(tmp_path: Path) -> None:
    months = {"2026-07-01": (9, 0), "2026-08-01": (9, 1), "2026-09-01": (1, 9)}
    files = [
        write_trends(
            tmp_path,
            start,
            [
                trends_row(start, tag=tag, downloads=n, granularity="month")
                for tag, n in zip(("1.0", "1.1"), counts, strict=True)
                if n
            ],
        )
        for start, counts in months.items()
    ]
    frame = release_adoption(tag_pulls(archive_of(tmp_path, *files), Selection("month")))
    row = one(frame, release="1.1")
    assert (row["periods_to_50"], row["days_to_50"]) == (1, 31)


def test_majors_are_compared_with_each_other() -> None:
    frame = release_adoption(frame_of({"1": [9, 6], "2": [0, 2], "2.0": [0, 2]}), by="major")
    assert of(frame, "release") == ["2", "1"]
    assert of(frame, "cohort") == ["all versions", "all versions"]
    assert of(frame, "share") == pytest.approx([0.4, 0.6])


@pytest.mark.parametrize(
    ("cohort", "pulls"),
    [
        ("2", 7), ("2.x", 7), ("v2", 7), ("2.1", 6), ("2.1.x", 6), ("2.1-alpine", 4), ("20", 8),
        ("latest", 16), ("by digest", 32), ("other", 64),
    ],
)  # fmt: skip
def test_a_cohort_is_named_as_people_name_it(cohort: str, pulls: int) -> None:
    tags = {"2": [1], "2.1": [2], "2.1-alpine": [4], "20": [8], "latest": [16], None: [32]}
    frame = frame_of({**tags, "edge": [64]})
    assert of(still_used(frame, cohort)) == [pulls]
    assert of(cohort_pulls(frame, cohort)) == [pulls]


@pytest.mark.parametrize("cohort", ["3", "2-alpine", "", "nightly.x"])
def test_an_unknown_cohort_is_refused_with_those_there_are(cohort: str) -> None:
    with pytest.raises(UnknownNameError, match="it has 2, latest, other"):
        still_used(frame_of({"2": [1], "edge": [1], "latest": [2]}), cohort)


def test_a_cohort_that_went_quiet_says_since_when() -> None:
    row = one(still_used(frame_of({"1": [5, 3, None, 0, 0], "2": [1, 2, None, 3, 4]}), "1"))
    assert f"{row['last_period']:%Y-%m-%d}" == WEEK2
    assert (row["quiet_periods"], row["pulls_last"], row["share_last"]) == (2, 0, 0.0)
    assert row["change"] == -1.0


def test_no_pulls_at_all_is_no_last_period() -> None:
    row = one(still_used(frame_of({"1": [0, 0], "2": [1, 2]}), "1"))
    assert pd.isna(row["last_period"])
    assert row["quiet_periods"] == 2
    assert pd.isna(row["change"])


def test_a_ratio_without_checks_is_missing(tmp_path: Path) -> None:
    rows = [summary_row(WEEK1, downloads=6, checks=3), summary_row(WEEK1, "acme/api", downloads=2)]
    rows.append(summary_row(WEEK1, "acme/old", downloads=0))
    frame = downloads_and_checks(archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows)))
    assert of(frame, "ratio") == [None, None, 2.0]
    assert of(frame, "download_share") == [1.0, None, 6 / 9]


def test_what_is_unknown_of_one_repository_is_unknown_of_all(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, checks=2)], name="a1.csv"),
        write_summary(
            tmp_path, WEEK1, [summary_row(WEEK1, "zeta/x", publisher="zeta")], name="z1.csv"
        ),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2, checks=2)], name="a2.csv"),
        write_api(tmp_path / "pulls.json", "acme/api", [(WEEK1, "2026-09-13", 9)]),
    )
    frame = downloads_and_checks(archive, together=True)
    assert of(frame, "data_downloads") == [2, None]
    assert of(frame, "version_checks") == [2, None]


def test_digests_of_one_week_name_first_and_last_week(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        summary_week(tmp_path, WEEK1),
        summary_week(tmp_path, WEEK3),
    )
    row = one(top_digests(archive))
    assert (row["pulls"], row["periods"], row["share"]) == (18, 2, 1.0)
    assert f"{row['first_period']:%Y-%m-%d} {row['last_period']:%Y-%m-%d}" == f"{WEEK1} {WEEK3}"


def test_a_digest_that_nobody_pulled_is_not_ranked(tmp_path: Path) -> None:
    rows = [summary_row(WEEK1, f"sha256:{n}", level="digest", downloads=n) for n in (0, 3)]
    frame = top_digests(archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows)))
    assert of(frame, "digest") == ["sha256:3"]


def test_no_function_gives_unique_people(samples: Archive) -> None:
    view = Selection("month", 3)
    frames = [tag_pulls(samples, view), top_digests(samples, view)]
    names = [name for frame in frames for name in frame.columns]
    assert not [name for name in names if "unique" in name or "user" in name]


# --- always ---------------------------------------------------------------------------------

TAGS = st.sampled_from(["1", "1.0", "1.10", "2.0-alpine", "latest", "edge", "\\\\N", "NA"])


@settings(max_examples=12)
@given(
    counts=st.dictionaries(
        st.tuples(st.sampled_from([WEEK1, WEEK2, WEEK4]), st.sampled_from("ab"), TAGS),
        st.integers(0, 10**12),
        min_size=1,
    )
)
def test_shares_of_a_repository_and_week_add_up_to_one(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[tuple[str, str, str], int]
) -> None:
    folder = tmp_path_factory.mktemp("shares")
    weeks: dict[str, list] = defaultdict(list)
    for (week, name, tag), n in counts.items():
        weeks[week].append(trends_row(week, f"acme/{name}", tag=tag, downloads=n))
    archive = archive_of(
        folder, *(write_trends(folder, week, rows) for week, rows in weeks.items())
    )
    frame = tag_pulls(archive)
    assert frame["pulls"].sum() == sum(counts.values())
    for given_frame in (frame, cohorts(frame), cohorts(frame, by="minor", variants=True)):
        assert given_frame["pulls"].sum() == sum(counts.values())
        sums = given_frame.groupby(["period", "repository"])[["share", "pulls"]].sum(min_count=1)
        pulled = sums[sums["pulls"] > 0]
        assert pulled["share"].tolist() == pytest.approx([1.0] * len(pulled))
        assert sums.loc[~(sums["pulls"] > 0).fillna(value=False), "share"].isna().all()
    change = gaining(frame).groupby("repository")["change"].sum(min_count=1).dropna()
    assert change.tolist() == pytest.approx([0.0] * len(change), abs=1e-12)
