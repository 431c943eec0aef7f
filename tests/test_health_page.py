"""The page of data health as Python sees it; what a viewer sees is tested in the dashboard."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import insights_nb as inb
from insights_nb.explorers.health import HealthPage
from insights_nb.explorers.page import Page
from insights_nb.metrics.quality import CHECKS, TRENDS_AND_SUMMARY
from tests.hostile import hostile_archive
from tests.pages import (
    assert_code_draws_charts,
    assert_code_gives_frames,
    chart,
    control,
    figures,
    said,
    table,
)
from tests.reports import summary_row, trends_row, write_summary, write_trends

FIRST, SECOND, THIRD = "2026-09-07", "2026-09-14", "2026-09-21"
DAY = dt.date(2026, 9, 28)


def archive_of(folder: Path, *files: Path) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


@pytest.fixture
def uneven(tmp_path: Path) -> inb.Archive:
    """Summary and trends of two weeks, the second of which they count differently."""
    files = []
    for start, pulls in ((FIRST, 5), (THIRD, 7)):
        files.append(write_summary(tmp_path, start, [summary_row(start, downloads=5)]))
        files.append(write_trends(tmp_path, start, [trends_row(start, downloads=pulls)]))
    return archive_of(tmp_path, *files)


def cells(page: Page) -> list[str]:
    return list(chart(page.panels["reconciliation"]).datasets["cells"]["text"])


def test_every_panel_shows_the_code_of_its_rows(samples: inb.Archive) -> None:
    explorer = inb.HealthExplorer(samples)
    assert set(explorer.frames) == {"coverage", "status", "reconciliation", "revisions"}
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


def test_sample_data_are_never_late(samples: inb.Archive) -> None:
    explorer = inb.HealthExplorer(samples, today=dt.date(2030, 1, 1))
    assert figures(explorer)["Overdue"]["value"] == 0
    assert set(explorer.frames["coverage"]["status"]) == {"available", "missing"}
    assert "dt.date(2026, 11, 2)" in explorer.code["coverage"]


def test_late_reports_are_counted_as_of_the_day(uneven: inb.Archive) -> None:
    on_time = inb.HealthExplorer(uneven, today=DAY)
    assert figures(on_time)["Overdue"]["value"] == 0
    later = inb.HealthExplorer(uneven, today=DAY + dt.timedelta(days=30))
    assert figures(later)["Overdue"]["value"] > 0
    assert "dt.date(2026, 10, 28)" in later.code["coverage"]
    assert_code_gives_frames(later)


def test_figures_tell_what_is_held_missing_and_newest(uneven: inb.Archive) -> None:
    found = figures(inb.HealthExplorer(uneven, today=DAY))
    assert found["Reports available"]["value"] == 4
    assert found["Missing"]["value"] == 2
    assert found["Newest"]["value"] == "2026-W39"
    assert found["Newest"]["note"] == "21 – 27 Sep 2026"


def test_what_differs_is_counted_and_comes_first(uneven: inb.Archive) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    differing = figures(explorer)["Failed checks"]
    assert differing["value"] == 2
    shown = table(explorer.page.panels["reconciliation"])
    assert shown["Verdict"][:2] == ["differs", "differs"]
    assert "differs" not in shown["Verdict"][2:]
    assert shown["Period"][0] == "21 – 27 Sep 2026"
    assert shown["Difference"][0] == 2
    assert "should be equal" in shown["Reason"][0]


def test_checks_and_verdicts_filter_chart_and_table(uneven: inb.Archive) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    control(explorer, "Verdict").value = ["differs"]
    assert set(explorer.frames["reconciliation"]["verdict"]) == {"differs"}
    assert_code_gives_frames(explorer)
    control(explorer, "Check").value = [TRENDS_AND_SUMMARY]
    control(explorer, "Verdict").value = []
    assert set(explorer.frames["reconciliation"]["check"]) == {TRENDS_AND_SUMMARY}
    assert cells(explorer.page)
    assert_code_gives_frames(explorer)
    control(explorer, "Verdict").value = ["equal"]
    # The headline is of all that was compared, however it is filtered.
    assert figures(explorer)["Failed checks"]["value"] == 2


def test_checks_and_verdicts_are_counted_as_the_other_filter_leaves_them(
    uneven: inb.Archive,
) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    control(explorer, "Verdict").value = ["differs"]
    counts = {item["value"]: item["count"] for item in control(explorer, "Check").items}
    assert counts == {TRENDS_AND_SUMMARY: 2}
    verdicts = [item["value"] for item in control(explorer, "Verdict").items]
    assert verdicts[0] == "differs"
    assert "equal" in verdicts


def test_filters_leave_what_is_held_as_it_is(uneven: inb.Archive) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    before = {name: explorer.frames[name] for name in ("coverage", "status", "revisions")}
    control(explorer, "Verdict").value = ["equal"]
    assert all(explorer.frames[name] is frame for name, frame in before.items())


def test_a_report_that_came_again_is_told(tmp_path: Path, uneven: inb.Archive) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    assert "No report came again" in said(explorer.page.panels["revisions"])
    again = tmp_path / "again"
    again.mkdir()
    uneven.add(write_summary(again, THIRD, [summary_row(THIRD, downloads=7)]), quiet=True)
    later = inb.HealthExplorer(uneven, today=DAY)
    changes = table(later.page.panels["revisions"])
    assert changes["Period"][0] == "2026-W39"
    assert (changes["Before"][0], changes["After"][0]) == (5, 7)
    assert "newer one is counted" in said(later.page.panels["revisions"])
    assert "1 of them revised" in figures(later)["Reports available"]["note"]
    assert figures(later)["Failed checks"]["value"] == 0
    assert_code_gives_frames(later)


def test_freshness_is_told_by_the_reports_names(uneven: inb.Archive) -> None:
    explorer = inb.HealthExplorer(uneven, today=DAY)
    fresh = table(explorer.page.panels["status"])
    assert fresh["Report"] == ["Summary", "Trends"]
    assert fresh["Newest"] == ["2026-W39", "2026-W39"]
    assert fresh["Age, days"] == [0, 0]


def test_an_archive_of_one_report_has_nothing_to_compare_but_its_own_rows(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, FIRST, [summary_row(FIRST)]))
    explorer = inb.HealthExplorer(archive, today=DAY)
    assert set(explorer.frames["reconciliation"]["check"]) <= set(CHECKS)
    assert_code_gives_frames(explorer)


def test_a_link_brings_the_filters_back(samples: inb.Archive) -> None:
    page = HealthPage(samples)
    given = {"check": ",".join(CHECKS[:2]), "verdict": "within range"}
    assert page.restore(given, inb.Selection()) == []
    page.draw(inb.Selection())
    assert page.parameters() == given
    frame = page.panels["reconciliation"].frame
    assert frame is not None
    assert set(frame["verdict"]) == {"within range"}
    assert set(frame["check"]) <= set(CHECKS[:2])


def test_what_a_link_asks_in_vain_is_said(samples: inb.Archive) -> None:
    page = HealthPage(samples)
    sentences = page.restore({"check": "nonsense", "verdict": "differs"}, inb.Selection())
    assert len(sentences) == 1
    assert "nonsense" in sentences[0]
    assert page.parameters() == {"verdict": "differs"}


def test_that_nothing_differs_is_listed(samples: inb.Archive) -> None:
    explorer = inb.HealthExplorer(samples)
    first = control(explorer, "Verdict").items[0]
    assert (first["value"], first["count"]) == ("differs", 0)


def test_the_day_that_decides_what_is_late_is_said(uneven: inb.Archive) -> None:
    page = inb.HealthExplorer(uneven, today=DAY).page
    assert "As of 28 Sep 2026." in said(page.panels["coverage"])


def test_what_is_not_held_comes_with_what_to_do(tmp_path: Path, uneven: inb.Archive) -> None:
    page = inb.HealthExplorer(uneven, today=DAY).page
    assert "insights-nb fetch" in said(page.panels["coverage"])
    rest = [
        write_summary(tmp_path, SECOND, [summary_row(SECOND)]),
        write_trends(tmp_path, SECOND, [trends_row(SECOND)]),
    ]
    uneven.add(rest, quiet=True)
    page = inb.HealthExplorer(uneven, today=DAY).page
    assert "insights-nb fetch" not in said(page.panels["coverage"])


def test_a_report_without_rows_is_counted_and_told(tmp_path: Path, uneven: inb.Archive) -> None:
    before = inb.HealthExplorer(uneven, today=DAY)
    assert "without rows" not in figures(before)["Reports available"]["note"]
    broken = f"acme_summary_weekly_{SECOND.replace('-', '_')}.csv"
    uneven.add(write_summary(tmp_path, SECOND, [], name=broken), quiet=True)
    explorer = inb.HealthExplorer(uneven, today=DAY)
    assert figures(explorer)["Reports available"]["note"].endswith(", 1 without rows")
    panel = explorer.page.panels["coverage"]
    assert "A report without rows counts as zero" in said(panel)
    assert any("available, without rows" in text for text in chart(panel).datasets["cells"]["text"])


def test_nothing_that_differs_leaves_an_empty_chart_and_a_reason(samples: inb.Archive) -> None:
    explorer = inb.HealthExplorer(samples)
    page = explorer.page
    page.restore({"verdict": "differs"}, explorer.selection)
    page.draw(explorer.selection)
    assert not cells(page)
    assert "the filters leave none" in chart(page.panels["reconciliation"]).empty


def test_what_is_shown_does_not_depend_on_the_selection(samples: inb.Archive) -> None:
    one = inb.HealthExplorer(samples, selection=inb.Selection("month", 3, ["moonbarrow/kiln"]))
    other = inb.HealthExplorer(samples, selection=inb.Selection(repositories=[]))
    assert one.code == other.code
    assert_code_gives_frames(one)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    explorer = inb.HealthExplorer(hostile_archive(tmp_path))
    for panel in ("coverage", "reconciliation"):
        view = chart(explorer.page.panels[panel])
        assert "<" not in f"{view.datasets}{view.signals}"
    assert_code_gives_frames(explorer)
