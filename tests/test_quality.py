"""Whether reports of the same pulls agree, against the text of the reports."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from insights_nb import Archive, assets
from insights_nb.metrics.quality import CHECKS, VERDICTS, reconcile
from tests.reports import (
    LEGACY,
    SUMMARY,
    TRENDS,
    summary_row,
    trends_row,
    write_csv,
    write_summary,
    write_trends,
)
from tests.test_audience import Row, csv_rows, raw_report, raw_row
from tests.test_pulls import WEEK1, WEEK2, archive_of

TRENDS_AND_SUMMARY, LEVELS, PULLS, MONTHS, RAW, LEGACY_LEVELS, COMPANIES = CHECKS
COMPANIES_HEADER = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "DOMAIN", "IP_COUNTRY",
    "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "INFERRED_USE_CASE", "IMAGE_REPOSITORY",
    "DATA_DOWNLOADS", "VERSION_CHECKS", "PULLS", "UNIQUE_AUTHENTICATED_USERS",
]  # fmt: skip
COUNTS = {"pulls": "PULLS", "data_downloads": "DATA_DOWNLOADS", "version_checks": "VERSION_CHECKS"}
ACTIONS = {
    "pull_by_tag": "Pull by tag",
    "pull_by_digest": "Pull by digest",
    "version_check": "Version check",
}
NOT_HELD = "2026-05-11"

Sums = dict[tuple[str, str, str], int]


@pytest.fixture(scope="module")
def found(samples: Archive) -> pd.DataFrame:
    return reconcile(samples)


def sums(rows: Iterator[Row], repository: Callable[[Row], str], columns: dict[str, str]) -> Sums:
    """Add up (period, repository, measure) with plain integers."""
    added: Sums = defaultdict(int)
    for row in rows:
        for measure, header in columns.items():
            added[row["DATE_REFERENCE"], repository(row), measure] += int(row[header])
    return dict(added)


def events(kind: str, word: str) -> Sums:
    return sums(csv_rows(kind, word), lambda row: row["IMAGE_REPOSITORY"], COUNTS)


def summary(word: str, level: str) -> Sums:
    rows = (row for row in csv_rows("summary", word) if row["LEVEL"] == level)
    # Other levels than this name no repository: theirs are all of the publisher's.
    name = "REFERENCE" if level == "repository" else "PUBLISHER_NAME"
    return sums(rows, lambda row: row[name], COUNTS | {"pulls": "EVENT_COUNT"})


def legacy(word: str) -> Sums:
    """Read legacy summaries, whose period is in the file's name only."""
    added: Sums = defaultdict(int)
    for row in csv_rows("image_pulls_summary", word):
        day = start_of(row["file"])
        for measure, header in ACTIONS.items():
            added[day, f"{row['Namespace']}/{row['Repository']}", measure] += int(row[header])
    return dict(added)


def start_of(file: str) -> str:
    label = file.partition(".")[0].rpartition("_")[2]
    if "W" in label:
        return str(dt.date.fromisocalendar(int(label[:4]), int(label[-2:]), 1))
    return f"{label}-01"


def raw(word: str) -> Sums:
    added: Sums = defaultdict(int)
    for row in csv_rows("image_pulls_raw", word):
        added[start_of(row["file"]), f"{row['Namespace']}/{row['Repository']}", row["Action"]] += 1
    return dict(added)


def side(frame: pd.DataFrame, column: str = "left") -> Sums:
    """Return what a frame says of each period, series and measure, but for zeros."""
    cells = zip(frame["period"], frame["series"], frame["measure"], frame[column], strict=True)
    return {(f"{day:%Y-%m-%d}", name, what): int(n) for day, name, what, n in cells if n}


def nonzero(given: Sums) -> Sums:
    return {key: count for key, count in given.items() if count}


def of(frame: pd.DataFrame, check: str, **where: object) -> pd.DataFrame:
    frame = frame[frame["check"] == check]
    for name, wanted in where.items():
        if name == "compared":
            frame = frame[frame[name].str.contains(str(wanted), regex=False)]
        else:
            frame = frame[frame[name] == wanted]
    return frame


def one(frame: pd.DataFrame, check: str, **where: object) -> pd.Series:
    rows = of(frame, check, **where)
    assert len(rows) == 1, rows.to_string()
    return rows.iloc[0]


# --- the samples, against their text --------------------------------------------------------


def test_the_samples_differ_nowhere(found: pd.DataFrame) -> None:
    assert set(found["check"]) == set(CHECKS)
    assert set(found["verdict"]) == set(VERDICTS) - {"differs"}
    known = found[found["verdict"] != "cannot be checked"]
    assert (known["difference"] == 0).all()


def test_only_equal_counts_need_no_reason(found: pd.DataFrame) -> None:
    assert (found["reason"].isna() == (found["verdict"] == "equal")).all()


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_trends_and_summary_are_added_up_as_their_text_says(
    found: pd.DataFrame, granularity: str
) -> None:
    rows = of(found, TRENDS_AND_SUMMARY, granularity=granularity)
    assert side(rows) == nonzero(events("trends", f"_{granularity}ly_"))
    right = nonzero(summary(f"_{granularity}ly_", "repository"))
    assert side(rows, "right_at_least") == side(rows, "right_at_most") == right
    assert set(rows["verdict"]) == {"equal"}


@pytest.mark.parametrize("level", ["publisher", "namespace", "tag", "digest"])
def test_each_level_is_compared_with_the_repositories(found: pd.DataFrame, level: str) -> None:
    rows = of(found, LEVELS, granularity="week", compared=f"level {level} ")
    assert side(rows) == nonzero(summary("_weekly_", level))
    whole: Sums = defaultdict(int)
    for (day, _, measure), count in summary("_weekly_", "repository").items():
        whole[day, "moonbarrow", measure] += count
    assert side(rows, "right_at_most") == dict(whole)
    exact = level in {"publisher", "namespace"}
    assert set(rows["verdict"]) == {"equal" if exact else "within range"}
    assert (rows["right_at_least"] == (rows["right_at_most"] if exact else 0)).all()


def test_companies_are_compared_with_everybody(found: pd.DataFrame) -> None:
    rows = of(found, COMPANIES, granularity="month")
    assert side(rows) == nonzero(events("tracked_companies", "_monthly_"))
    assert side(rows, "right_at_most") == nonzero(events("trends", "_monthly_"))
    assert "tracked companies" in rows["reason"].iloc[0]


@pytest.mark.parametrize(("word", "granularity"), [("2026-W", "week"), ("2026-[01]", "month")])
def test_legacy_summaries_and_raw_data_are_added_up_as_their_text_says(
    found: pd.DataFrame, word: str, granularity: str
) -> None:
    actions = nonzero(raw(f"_raw_{word}"))
    by_reference = nonzero(legacy(f"pulls_summary_{word}"))
    by_repository = nonzero(legacy(f"repo_summary_{word}"))
    days = {day for day, *_ in actions}
    held = {key: count for key, count in by_repository.items() if key[0] in days}
    rows = of(found, RAW, granularity=granularity, compared="by repository")
    assert (side(rows), side(rows, "right_at_most")) == (actions, held)
    rows = of(found, RAW, granularity=granularity, compared="by reference")
    assert (side(rows), side(rows, "right_at_most")) == (actions, by_reference)
    rows = of(found, LEGACY_LEVELS, granularity=granularity)
    assert (side(rows), side(rows, "right_at_most")) == (by_reference, held)


@pytest.mark.parametrize(
    ("kind", "total"),
    [("summary", "EVENT_COUNT"), ("trends", "PULLS"), ("tracked_companies", "PULLS")],
)
def test_totals_and_parts_are_added_up_as_their_text_says(
    found: pd.DataFrame, kind: str, total: str
) -> None:
    totals: Sums = defaultdict(int)
    parts: Sums = defaultdict(int)
    for row in csv_rows(kind, "_monthly_"):
        name = row.get("IMAGE_REPOSITORY") or f"moonbarrow at level {row['LEVEL']}"
        totals[row["DATE_REFERENCE"], name, "pulls"] += int(row[total])
        parts[row["DATE_REFERENCE"], name, "pulls"] += sum(
            int(row[header]) for header in ("DATA_DOWNLOADS", "VERSION_CHECKS")
        )
    title = kind.replace("_", " ").capitalize()
    rows = of(found, PULLS, granularity="month", compared=f"{title}, {total} = ")
    assert side(rows) == dict(totals)
    assert side(rows, "right_at_most") == dict(parts)


@pytest.mark.parametrize("kind", ["trends", "tracked_companies"])
def test_a_month_is_between_the_weeks_in_it_and_those_that_touch_it(
    found: pd.DataFrame, kind: str
) -> None:
    name = kind.replace("_", " ").capitalize()
    rows = of(found, MONTHS, compared=f"{name}, added up")
    weeks, months = events(kind, "_weekly_"), events(kind, "_monthly_")
    assert side(rows) == nonzero(months)
    series: dict[tuple[str, str], list[tuple[dt.date, int]]] = defaultdict(list)
    for (day, repository, measure), count in weeks.items():
        series[repository, measure].append((dt.date.fromisoformat(day), count))
    for row in rows.itertuples():
        first = row.period.date()
        after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        inside = touching = 0
        for start, count in series[row.series, row.measure]:
            end = start + dt.timedelta(weeks=1)
            inside += count if start >= first and end <= after else 0
            touching += count if start < after and end > first else 0
        assert row.right_at_least == inside
        if row.verdict == "cannot be checked":
            assert pd.isna(row.right_at_most)
        else:
            assert row.right_at_most == touching


def test_a_month_with_a_week_that_is_not_held_cannot_be_checked_and_says_which(
    found: pd.DataFrame,
) -> None:
    rows = of(found, MONTHS, compared="Trends", verdict="cannot be checked")
    reasons = dict(zip(rows["period"].dt.strftime("%Y-%m"), rows["reason"], strict=True))
    assert set(reasons) == {"2025-08", "2026-05"}
    assert reasons["2026-05"].startswith("2026-W20 is missing")


# --- one number is off ----------------------------------------------------------------------


def doctored(folder: Path, changes: dict[str, Callable[[str], str]]) -> pd.DataFrame:
    """Reconcile copies of some sample reports, each with its text changed."""
    for name, change in changes.items():
        path = next(assets.samples().rglob(name))
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            text = file.read()
        (folder / name.removesuffix(".gz")).write_text(change(text), "utf-8", newline="")
    archive = Archive(folder / "archive")
    outcome = archive.add(folder / "*.csv", quiet=True)
    assert not outcome.refused, outcome
    return reconcile(archive)


def same(text: str) -> str:
    return text


def more(header: str, by: int = 1, **where: str) -> Callable[[str], str]:
    """Add to one count of the first row that has these values, in the text."""

    def change(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        row = next(row for row in rows if where.items() <= row.items())
        row[header] = str(int(row[header]) + by)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return change


TREND = "moonbarrow_trend_weekly_2026_10_26.csv.gz"
SUMS = "moonbarrow_summary_weekly_2026_10_26.csv.gz"


def test_one_download_too_many_in_trends_is_found_and_named(tmp_path: Path) -> None:
    change = more("DATA_DOWNLOADS", IMAGE_REPOSITORY="moonbarrow/ferry", IP_COUNTRY="DE")
    frame = doctored(tmp_path, {TREND: change, SUMS: same})
    off = frame[frame["verdict"] == "differs"]
    assert list(
        zip(off["check"], off["series"], off["measure"], off["difference"], strict=True)
    ) == [
        (TRENDS_AND_SUMMARY, "moonbarrow/ferry", "data_downloads", 1),
        (PULLS, "moonbarrow/ferry", "pulls", -1),
    ]
    assert list(off["period"].dt.strftime("%Y-%m-%d")) == ["2026-10-26"] * 2
    assert "should be equal" in off["reason"].iloc[0]
    assert off["reason"].iloc[1].startswith("1 of ")


@pytest.mark.parametrize("level", ["publisher", "namespace"])
def test_a_level_that_counts_otherwise_is_found(tmp_path: Path, level: str) -> None:
    change = more("VERSION_CHECKS", -2, LEVEL=level)
    frame = doctored(tmp_path, {SUMS: change})
    row = one(frame, LEVELS, verdict="differs")
    assert (row["compared"], row["measure"], row["difference"]) == (
        f"Summary, level {level} = Summary, level repository",
        "version_checks",
        -2,
    )


@pytest.mark.parametrize("level", ["tag", "digest"])
def test_a_level_that_counts_more_than_there_is_is_found(tmp_path: Path, level: str) -> None:
    change = more("EVENT_COUNT", 10**6, LEVEL=level)
    row = one(doctored(tmp_path, {SUMS: change}), LEVELS, verdict="differs")
    assert row["compared"] == f"Summary, level {level} ≤ Summary, level repository"
    assert row["difference"] == row["left"] - row["right_at_most"] > 0


def test_a_company_that_pulls_more_than_everybody_is_found(tmp_path: Path) -> None:
    name = "moonbarrow_tracked_company_weekly_2026_10_26.csv"
    change = more("PULLS", 10**6, IMAGE_REPOSITORY="moonbarrow/kiln")
    frame = doctored(tmp_path, {name: change, TREND: same})
    row = one(frame, COMPANIES, verdict="differs")
    assert (row["series"], row["measure"]) == ("moonbarrow/kiln", "pulls")
    assert row["difference"] == row["left"] - row["right_at_most"] > 0


def test_a_legacy_count_that_raw_data_does_not_give_is_found(tmp_path: Path) -> None:
    change = more("Pull by digest", 1, Repository="bellows")
    files = {
        "oldbarrow_image_pulls_repo_summary_2026-W44.csv": change,
        "oldbarrow_image_pulls_summary_2026-W44.csv": same,
        "oldbarrow_image_pulls_raw_2026-W44.csv.gz": same,
    }
    frame = doctored(tmp_path, files)
    off = frame[frame["verdict"] == "differs"]
    assert list(off["check"]) == [RAW, LEGACY_LEVELS]
    assert set(off["series"]) == {"oldbarrow/bellows"}
    assert list(off["difference"]) == [-1, -1]


def test_a_month_out_of_its_weeks_range_is_found(tmp_path: Path) -> None:
    weeks = [f"moonbarrow_summary_weekly_2026_{day}.csv.gz" for day in _october()]
    files = dict.fromkeys(weeks, same)
    where = {"LEVEL": "repository", "REFERENCE": "moonbarrow/kiln"}
    month = "moonbarrow_summary_monthly_2026_10_01.csv.gz"
    frame = doctored(tmp_path, files | {month: more("EVENT_COUNT", 10**7, **where)})
    row = one(frame, MONTHS, verdict="differs")
    assert (row["series"], row["measure"]) == ("moonbarrow/kiln", "pulls")
    assert row["difference"] == row["left"] - row["right_at_most"] > 0
    assert "lie in the month and 2 reach beyond it" in row["reason"]


def _october() -> list[str]:
    return ["09_28", "10_05", "10_12", "10_19", "10_26"]


def test_errors_that_cancel_out_are_found_row_by_row(tmp_path: Path) -> None:
    rows = [summary_row(WEEK1, level="tag", reference=tag, downloads=5) for tag in ("1", "2")]
    rows[0][SUMMARY.index("EVENT_COUNT")] += 3
    rows[1][SUMMARY.index("EVENT_COUNT")] -= 3
    frame = reconcile(archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows)))
    row = one(frame, PULLS)
    assert (row["verdict"], row["difference"]) == ("differs", 0)
    assert row["reason"].startswith("2 of 2 rows differ, the first of ")


# --- what can be compared -------------------------------------------------------------------


def companies(folder: Path, start: str, pulls: int, granularity: str = "week") -> Path:
    row = [
        granularity, start, "acme", "a.example", "US", "aws", "docker", "CI/CD", "acme/web",
        pulls, 0, pulls, 1,
    ]  # fmt: skip
    span = {"week": "weekly", "month": "monthly"}[granularity]
    name = f"acme_tracked_company_{span}_{start.replace('-', '_')}.csv"
    return write_csv(folder / name, COMPANIES_HEADER, [row])


def test_an_empty_archive_has_nothing_to_compare(tmp_path: Path) -> None:
    frame = reconcile(Archive(tmp_path / "none"))
    assert frame.empty
    assert {"check", "verdict", "difference"} <= set(frame.columns)


def test_only_periods_of_which_both_sides_are_held_are_compared(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
        write_trends(tmp_path, WEEK2, [trends_row(WEEK2)]),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2)]),
        companies(tmp_path, WEEK1, 1),
    )
    frame = reconcile(archive)
    assert set(of(frame, TRENDS_AND_SUMMARY)["period"]) == {pd.Timestamp(WEEK2)}
    assert set(of(frame, COMPANIES)["period"]) == {pd.Timestamp(WEEK1)}


def test_a_repository_that_one_held_report_lacks_differs(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1), summary_row(WEEK1, "acme/old")]),
    )
    row = one(reconcile(archive), TRENDS_AND_SUMMARY, verdict="differs", measure="pulls")
    assert (row["series"], row["left"], row["right_at_least"]) == ("acme/old", 0, 1)


def test_an_empty_report_is_held_and_says_zero(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    archive.add(write_trends(tmp_path, WEEK1, []), quiet=True, namespace="acme")
    row = one(reconcile(archive), TRENDS_AND_SUMMARY, measure="pulls")
    assert (row["left"], row["right_at_least"], row["verdict"]) == (0, 1, "differs")


def test_a_summary_without_the_level_is_not_compared(tmp_path: Path) -> None:
    rows = [summary_row(WEEK1, "1.0", level="tag"), summary_row(WEEK1, "acme", level="publisher")]
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
        write_summary(tmp_path, WEEK1, rows),
    )
    assert set(reconcile(archive)["check"]) == {PULLS}


def test_levels_are_read_in_any_case_and_never_added_up(tmp_path: Path) -> None:
    rows = [
        summary_row(WEEK1, downloads=5, level="REPOSITORY"),
        summary_row(WEEK1, "acme", downloads=5, level="Publisher"),
    ]
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=5)]),
        write_summary(tmp_path, WEEK1, rows),
    )
    frame = reconcile(archive)
    assert set(frame["verdict"]) == {"equal"}
    assert one(frame, LEVELS, measure="pulls")["left"] == 5


def test_bare_and_full_names_are_one_repository(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1), trends_row(WEEK1, "web")]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, "web", downloads=2)]),
    )
    rows = of(reconcile(archive), TRENDS_AND_SUMMARY)
    assert set(rows["series"]) == {"acme/web"}
    assert set(rows["verdict"]) == {"equal"}


def test_publishers_are_told_apart(tmp_path: Path) -> None:
    other = summary_row(WEEK1, "beta/api", publisher="beta")
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]),
        write_summary(tmp_path / "b", WEEK1, [other], name="beta_summary.csv"),
    )
    assert set(of(reconcile(archive), TRENDS_AND_SUMMARY)["series"]) == {"acme/web"}


def test_a_count_that_is_missing_cannot_be_checked(tmp_path: Path) -> None:
    row = trends_row(WEEK1)
    row[TRENDS.index("PULLS")] = ""
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row, trends_row(WEEK1, country="DE")]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=2)]),
    )
    frame = reconcile(archive)
    both = one(frame, TRENDS_AND_SUMMARY, measure="pulls")
    assert (both["verdict"], both["reason"]) == (
        "cannot be checked",
        "Rows that lack a count: 1.",
    )
    assert pd.isna(both["difference"])
    assert one(frame, PULLS, compared="Trends")["verdict"] == "cannot be checked"


# --- weeks and months -----------------------------------------------------------------------


def monthly(folder: Path, start: str, downloads: int) -> Path:
    row = trends_row(start, downloads=downloads, granularity="month")
    return write_trends(folder, start, [row])


def weekly(folder: Path, start: str, downloads: int) -> Path:
    return write_trends(folder, start, [trends_row(start, downloads=downloads)])


def test_weeks_and_months_that_start_on_one_day_are_not_mixed(tmp_path: Path) -> None:
    start = "2026-06-01"
    archive = archive_of(
        tmp_path,
        weekly(tmp_path, start, 3),
        monthly(tmp_path, start, 40),
        write_summary(tmp_path, start, [summary_row(start, downloads=3)]),
        write_summary(tmp_path, start, [summary_row(start, downloads=40, granularity="month")]),
    )
    rows = of(reconcile(archive), TRENDS_AND_SUMMARY, measure="pulls")
    assert dict(zip(rows["granularity"], rows["left"], strict=True)) == {"month": 40, "week": 3}
    assert set(rows["verdict"]) == {"equal"}


def test_a_month_of_whole_weeks_is_exactly_their_sum(tmp_path: Path) -> None:
    weeks = ["2021-02-01", "2021-02-08", "2021-02-15", "2021-02-22"]
    files = [weekly(tmp_path, start, 10) for start in weeks]
    archive = archive_of(tmp_path, *files, monthly(tmp_path, "2021-02-01", 41))
    row = one(reconcile(archive), MONTHS, measure="pulls")
    assert (row["right_at_least"], row["right_at_most"]) == (40, 40)
    assert (row["verdict"], row["difference"]) == ("differs", 1)
    assert row["reason"].startswith("The 4 weeks are exactly the month's.")


def test_a_month_below_its_whole_weeks_differs_though_others_are_not_held(tmp_path: Path) -> None:
    files = [weekly(tmp_path, start, 10) for start in ("2026-09-07", "2026-09-14")]
    low = archive_of(tmp_path / "low", *files, monthly(tmp_path, "2026-09-01", 15))
    row = one(reconcile(low), MONTHS, measure="pulls")
    assert (row["verdict"], row["difference"]) == ("differs", -5)
    fine = archive_of(tmp_path / "fine", *files, monthly(tmp_path, "2026-09-01", 500))
    row = one(reconcile(fine), MONTHS, measure="pulls")
    assert row["verdict"] == "cannot be checked"
    assert row["reason"].startswith("2026-W36, 2026-W39, 2026-W40 are missing")


def test_a_month_without_any_week_is_not_compared(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path, monthly(tmp_path, "2026-09-01", 15), weekly(tmp_path, "2026-06-01", 3)
    )
    assert of(reconcile(archive), MONTHS).empty


def test_one_granularity_leaves_out_the_other(samples: Archive, found: pd.DataFrame) -> None:
    weeks, months = (reconcile(samples, granularity) for granularity in ("week", "month"))
    assert set(weeks["granularity"]) == {"week"}
    assert MONTHS not in set(weeks["check"])
    assert MONTHS in set(months["check"])
    assert len(weeks) + len(months) == len(found)


def test_checks_come_in_their_order(found: pd.DataFrame) -> None:
    assert list(dict.fromkeys(found["check"])) == list(CHECKS)


# --- legacy ---------------------------------------------------------------------------------


def test_raw_data_is_compared_with_a_summary_by_reference_alone(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "acme_image_pulls_summary_2026-W37.csv",
        LEGACY,
        [["acme", "web", "1", 3, 2, 0, 1, "acme"], ["acme", "web", "2", 3, 1, 0, 0, "acme"]],
    )
    actions = ["pull_by_tag", "pull_by_tag", "pull_by_tag", "version_check"]
    raws = raw_report(tmp_path, "2026-W37", [raw_row(action) for action in actions])
    rows = of(reconcile(archive_of(tmp_path, path, raws)), RAW)
    assert dict(zip(rows["measure"], rows["left"], strict=True)) == {
        "pull_by_digest": 0,
        "pull_by_tag": 3,
        "version_check": 1,
    }
    assert set(rows["verdict"]) == {"equal"}


def test_a_report_that_came_again_counts_as_revised(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=4)]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=5)]),
    )
    before: Any = one(reconcile(archive), TRENDS_AND_SUMMARY, measure="pulls")
    archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=5)]), quiet=True)
    after = one(reconcile(archive), TRENDS_AND_SUMMARY, measure="pulls")
    assert (before["verdict"], after["verdict"]) == ("differs", "equal")
