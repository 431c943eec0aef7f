"""What every page says of the reports behind it: what is late, what is empty, what is elsewhere."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from pathlib import Path

import pytest

import insights_nb as inb
from insights_nb import assets
from insights_nb.explorers import words
from insights_nb.periods import day_in_words
from tests.pages import said
from tests.reports import (
    TRENDS,
    summary_row,
    trends_row,
    write_api,
    write_csv,
    write_summary,
    write_trends,
)

KINDS = {
    "pulls": "trends",
    "adoption": "trends",
    "audience": "trends",
    "companies": "tracked_companies",
    "ecosystem": "technographic",
    "extensions": "extension_core",
}
"""Each page, and a report that it can be drawn of."""
TITLES = {
    "trends": "Trends",
    "tracked_companies": "Tracked companies",
    "technographic": "Technographic",
    "extension_core": "Extension core summary",
}
SURE = "zero, or a broken download. Docker Hub shows which, as long as it lists it."
MONDAY = dt.date(2026, 11, 2)
WEEKS = ("2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28", "2026-10-05", "2026-10-12")


def weekly(kind: str) -> list[Path]:
    """Return the samples' reports of the last three weeks, W42 to W44."""
    files = sorted(assets.samples().joinpath(kind).glob("moonbarrow_*"))
    return [one for one in files if re.search(r"_weekly_|-W\d\d", one.name)][-3:]


def header_of(path: Path, folder: Path) -> Path:
    """Write what arrives of a report where the download breaks off after its header."""
    content = path.read_bytes()
    whole = gzip.decompress(content) if path.suffix == ".gz" else content
    folder.mkdir(exist_ok=True)
    broken = folder / path.name.removesuffix(".gz")
    broken.write_bytes(whole.splitlines(keepends=True)[0])
    return broken


def archive_of(folder: Path, *files: Path) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    assert not archive.add(files, quiet=True).refused
    return archive


def opened(archive: inb.Archive, tab: str, today: dt.date = MONDAY) -> inb.Dashboard:
    dashboard = inb.Dashboard(archive, today=today)
    dashboard._tabs.value = tab
    return dashboard


def warning(dashboard: inb.Dashboard) -> str:
    return " ".join([dashboard.page.coverage.text, *dashboard.page.coverage.details])


# --- reports without rows -------------------------------------------------------------------------


@pytest.mark.parametrize("tab", KINDS)
def test_a_page_says_that_a_report_behind_it_names_nothing(tmp_path: Path, tab: str) -> None:
    kind = KINDS[tab]
    *whole, last = weekly(kind)
    archive = archive_of(tmp_path, *whole, header_of(last, tmp_path / "in"))
    expected = (
        f"{TITLES[kind]} 2026-W44 (26 Oct – 1 Nov 2026) is available and names nothing: {SURE}"
    )
    assert expected in opened(archive, tab).page.coverage.text


def test_the_samples_week_in_which_no_company_pulled_is_said(samples: inb.Archive) -> None:
    text = opened(samples, "companies").page.coverage.text
    assert "Tracked companies 2026-W30 (20 – 26 Jul 2026) is available and names nothing" in text
    assert "names nothing" not in warning(opened(samples, "audience"))


def test_an_interval_without_that_report_says_nothing_of_it(samples: inb.Archive) -> None:
    dashboard = opened(samples, "companies")
    dashboard.selection = inb.Selection("week", 3)
    assert "names nothing" not in warning(dashboard)


def trends_without_rows(folder: Path, *starts: str, publisher: str = "acme") -> list[Path]:
    names = [f"{publisher}_trends_weekly_{start.replace('-', '_')}.csv" for start in starts]
    return [write_csv(folder / "empty" / name, TRENDS, []) for name in names]


def test_a_report_is_not_said_to_be_empty_where_another_one_counts(tmp_path: Path) -> None:
    first, second = WEEKS[:2]
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, first, [trends_row(first)]),
        *trends_without_rows(tmp_path, second),
        write_summary(tmp_path, second, [summary_row(second)]),
    )
    assert "names nothing" not in warning(opened(archive, "pulls"))
    assert "names nothing" in warning(opened(archive, "audience"))


def test_whose_report_it_is_is_said_where_there_are_several(tmp_path: Path) -> None:
    first, second = WEEKS[:2]
    rows = [trends_row(first), trends_row(first, "zeta/api", publisher="zeta")]
    more = write_trends(tmp_path, second, [trends_row(second, "zeta/api", publisher="zeta")])
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, first, rows),
        more,
        *trends_without_rows(tmp_path, second),
    )
    text = warning(opened(archive, "audience"))
    assert "Trends 2026-W38 (14 – 20 Sep 2026) of acme is available and names nothing" in text


def test_many_are_counted_and_named_in_the_details(tmp_path: Path) -> None:
    first, *rest = WEEKS
    full = write_trends(tmp_path, first, [trends_row(first)])
    archive = archive_of(tmp_path, full, *trends_without_rows(tmp_path, *rest))
    page = opened(archive, "pulls").page
    assert "and 1 more are available and name nothing: zero, or a broken download. Docker Hub " in (
        page.coverage.text
    )
    assert "Trends 2026-W42 (12 – 18 Oct 2026)" in page.coverage.details


def test_a_whole_report_ends_the_warning(tmp_path: Path) -> None:
    first, second = WEEKS[:2]
    full = write_trends(tmp_path, first, [trends_row(first)])
    archive = archive_of(tmp_path, full, *trends_without_rows(tmp_path, second))
    dashboard = opened(archive, "pulls")
    assert "names nothing" in warning(dashboard)
    archive.add(write_trends(tmp_path, second, [trends_row(second)]), quiet=True)
    dashboard.selection = inb.Selection("week", 3)
    assert "names nothing" not in warning(dashboard)


def test_a_broken_report_that_takes_a_whole_ones_place_is_said(tmp_path: Path) -> None:
    full = write_trends(tmp_path, WEEKS[0], [trends_row(WEEKS[0])])
    archive = archive_of(tmp_path, full)
    archive.add(trends_without_rows(tmp_path, WEEKS[0]), again=True, quiet=True)
    assert f"is available and names nothing: {SURE}" in warning(opened(archive, "pulls"))


def test_reports_that_all_name_nothing_are_why_nothing_is_shown(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, *trends_without_rows(tmp_path, *WEEKS[:2]))
    for tab in ("pulls", "adoption"):
        assert "are available and name nothing" in warning(opened(archive, tab))


# --- what is late ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", KINDS)
def test_every_page_says_which_of_its_own_reports_is_overdue(tmp_path: Path, tab: str) -> None:
    archive = archive_of(tmp_path, *weekly(KINDS[tab])[:-1])
    late = (
        "2026-W44 (26 Oct – 1 Nov 2026), due since 2 Nov 2026, is missing: these charts end with "
        "19 – 25 Oct 2026."
    )
    page = opened(archive, tab, MONDAY + dt.timedelta(days=5)).page
    assert late in page.coverage.text
    assert page.coverage.details.count(words.REMEDY) == 1
    assert late not in warning(opened(archive, tab, MONDAY + dt.timedelta(days=4)))


def test_a_page_says_nothing_of_what_only_others_show(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, *weekly("trends")[:-1], *weekly("tracked_companies"))
    today = MONDAY + dt.timedelta(days=5)
    assert "due since" in warning(opened(archive, "audience", today))
    assert "due since" not in warning(opened(archive, "companies", today))


def test_the_sentence_and_data_health_name_one_day(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, *weekly("trends")[:-1])
    today = MONDAY + dt.timedelta(days=5)
    coverage = archive.coverage(today)
    (due,) = coverage.loc[coverage["status"] == "overdue", "due"]
    assert f"due since {day_in_words(due.date())}" in warning(opened(archive, "pulls", today))


@pytest.mark.parametrize("tab", KINDS)
def test_samples_are_never_late_on_any_page(samples: inb.Archive, tab: str) -> None:
    assert "due since" not in warning(opened(samples, tab, dt.date(2027, 6, 1)))


# --- what is held by the other granularity --------------------------------------------------------


@pytest.fixture
def months(tmp_path: Path) -> inb.Archive:
    """Trends by month, and pull data by week."""
    rows = [trends_row("2026-09-01", granularity="month", tag="1.0")]
    points = [("2026-09-07", "2026-09-13", 5)]
    api = write_api(tmp_path / "pulls.json", "acme/web", points)
    return archive_of(tmp_path, write_trends(tmp_path, "2026-09-01", rows), api)


@pytest.mark.parametrize("tab", ["adoption", "audience"])
def test_what_is_held_by_month_is_a_press_away_and_said_so(months: inb.Archive, tab: str) -> None:
    dashboard = opened(months, tab)
    assert dashboard.selection.granularity == "week"
    text = dashboard._notice.text
    assert "Trends is available by month: choose Monthly" in text
    assert "Download" not in text
    dashboard._choice.granularity.value = "month"
    assert dashboard._notice.text == ""
    assert dashboard.frames


def test_what_is_held_by_week_is_said_of_months(tmp_path: Path) -> None:
    rows = [trends_row("2026-09-07")]
    archive = archive_of(tmp_path, write_trends(tmp_path, "2026-09-07", rows))
    with pytest.raises(
        inb.errors.ReportNeededError, match="Trends is available by week: choose Weekly"
    ):
        inb.audience(archive, inb.Selection("month"), "country")


def test_reports_held_go_by_dockers_names(months: inb.Archive) -> None:
    assert months.describe() == "Pull data (API) by week, Trends by month"
    with pytest.raises(inb.errors.ReportNeededError, match=r"Available: Pull data \(API\) by week"):
        inb.companies(months)


def test_a_selection_set_in_code_takes_the_error_away(months: inb.Archive) -> None:
    dashboard = opened(months, "adoption")
    assert dashboard._notice.kind == "error"
    dashboard.selection = dashboard.selection.replace(granularity="month")
    assert dashboard._notice.text == ""
    assert "inb-blank" not in dashboard.page._dom_classes
    assert dashboard.frames


def test_a_report_that_comes_takes_the_error_away(months: inb.Archive, tmp_path: Path) -> None:
    dashboard = opened(months, "audience")
    assert dashboard._notice.kind == "error"
    months.add(write_trends(tmp_path, "2026-09-07", [trends_row("2026-09-07")]), quiet=True)
    dashboard._refresh()
    assert dashboard._notice.text == ""
    assert "Trends is available" not in said(dashboard)
