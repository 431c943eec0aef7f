"""The explorer as Python sees it; what a viewer sees is tested in the dashboard."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from traitlets.log import get_logger

import insights_nb as inb
from insights_nb.errors import InsightsError, MissingReportError
from insights_nb.explorers import words
from insights_nb.explorers.boundary import boundary
from insights_nb.widgets import ChartView, Figures, Notice, RepositoryPicker, Segmented
from tests.pages import assert_code_draws_charts, assert_code_gives_frames
from tests.reports import summary_row, write_api, write_summary


def widgets_of(explorer: object, kind: type) -> list[Any]:
    found: list[Any] = []
    queue: list[Any] = [explorer]
    while queue:
        widget = queue.pop(0)
        found += [widget] if isinstance(widget, kind) else []
        queue += getattr(widget, "children", ())
    return found


def notices(explorer: object) -> str:
    return " ".join(widget.text for widget in widgets_of(explorer, Notice))


def test_it_opens_on_the_top_five(samples: inb.Archive) -> None:
    explorer = inb.PullExplorer(samples)
    view = explorer.selection
    assert list(view.repositories or ()) == inb.top_repositories(inb.pulls(samples))
    assert (view.granularity, view.months, view.measure) == ("week", 6, "pulls")


def test_its_frame_is_the_one_that_the_documented_call_gives(samples: inb.Archive) -> None:
    view = inb.Selection("month", 12, ["moonbarrow/kiln", "moonbarrow/cairn"], "data_downloads")
    explorer = inb.PullExplorer(samples, selection=view)
    assert explorer.selection == view
    assert explorer.frame.equals(inb.pulls(samples, view))


def test_setting_the_selection_shows_it(samples: inb.Archive) -> None:
    explorer = inb.PullExplorer(samples)
    explorer.selection = inb.Selection("month", 3, ["moonbarrow/osier"])
    assert explorer.frame["repository"].unique().tolist() == ["moonbarrow/osier"]
    assert len(explorer.frame) == 3


def test_its_chart_is_an_altair_chart_of_its_frame(samples: inb.Archive) -> None:
    view = inb.Selection("month", 3, ["moonbarrow/osier"])
    chart = inb.PullExplorer(samples, selection=view).chart
    assert "Pulls per month" in str(chart.to_dict())


def test_an_archive_that_is_not_there_is_said_and_not_raised(tmp_path: Path) -> None:
    explorer = inb.PullExplorer(tmp_path / "nothing")
    assert "does not exist" in notices(explorer)


def test_an_archive_of_months_opens_on_months(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    row = summary_row("2026-09-01", granularity="month")
    archive.add(write_summary(tmp_path, "2026-09-01", [row]), quiet=True)
    explorer = inb.PullExplorer(archive)
    assert explorer.selection.granularity == "month"
    with pytest.raises(MissingReportError):
        explorer.selection = inb.Selection("week")
    assert explorer.selection.granularity == "month"


def test_a_granularity_that_is_not_held_shows_no_other_in_its_place(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    row = summary_row("2026-09-01", granularity="month")
    archive.add(write_summary(tmp_path, "2026-09-01", [row]), quiet=True)
    explorer = inb.PullExplorer(archive)
    (view,) = widgets_of(explorer, ChartView)
    assert view.datasets["rows"]["value"] == [1]
    widgets_of(explorer, Segmented)[0].value = "week"
    assert "by week" in notices(explorer)
    assert not view.datasets["rows"].get("value")


def test_mixed_definitions_are_said(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(
        [
            write_summary(tmp_path, "2026-09-07", [summary_row("2026-09-07")]),
            write_api(tmp_path / "pulls.json", "zeta/x", [("2026-09-07", "2026-09-13", 5)]),
        ],
        quiet=True,
    )
    assert "not all counted in the same way" in notices(inb.PullExplorer(archive))


def test_periods_that_only_another_definition_counts_are_said(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    points = [("2026-09-07", "2026-09-13", 900), ("2026-09-14", "2026-09-20", 910)]
    archive.add(
        [
            write_summary(tmp_path, "2026-09-14", [summary_row("2026-09-14")]),
            write_api(tmp_path / "pulls.json", "acme/web", points),
        ],
        quiet=True,
    )
    # It is not missing: it is there, and counted in another way.
    text = notices(inb.PullExplorer(archive))
    assert "1 week of 2 is available as pulls as Docker's pull-data API counts them" in text
    assert "missing" not in text


def test_an_interval_longer_than_the_archive_is_said(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, "2026-09-07", [summary_row("2026-09-07")]), quiet=True)
    assert "so only 1 week of the 6 months' 26 can be shown" in notices(inb.PullExplorer(archive))


SATURDAY = dt.date(2026, 11, 28)
LATE = "2026-W47 (16 – 22 Nov 2026), due since 23 Nov 2026, is missing"


def weekly(folder: Path, *starts: str) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    rows = {start: [summary_row(start)] for start in starts}
    archive.add([write_summary(folder, start, its) for start, its in rows.items()], quiet=True)
    return archive


def warned(explorer: object) -> Notice:
    (notice,) = (each for each in widgets_of(explorer, Notice) if each.kind == "warning")
    return notice


def test_an_overdue_report_is_said_with_where_the_charts_end(tmp_path: Path) -> None:
    explorer = inb.PullExplorer(weekly(tmp_path, "2026-11-09"), today=SATURDAY)
    notice = warned(explorer)
    assert f"{LATE}: these charts end with 9 – 15 Nov 2026." in notice.text
    assert any("insights-nb fetch" in detail for detail in notice.details)


def test_a_report_that_is_only_expected_is_not_warned_of(tmp_path: Path) -> None:
    archive = weekly(tmp_path, "2026-11-09")
    explorer = inb.PullExplorer(archive, today=SATURDAY - dt.timedelta(days=1))
    assert "2026-W47" not in notices(explorer)


def test_several_overdue_reports_are_one_sentence(tmp_path: Path) -> None:
    explorer = inb.PullExplorer(weekly(tmp_path, "2026-11-02"), today=SATURDAY)
    said = warned(explorer)
    late = "2 weeks are overdue, the first 2026-W46 (9 – 15 Nov 2026), due since 16 Nov 2026: these"
    assert late in said.text
    assert "Missing: 2026-W46 to 2026-W47 (due since 23 Nov 2026)." in said.details


def test_a_gap_and_an_overdue_report_share_one_remedy(tmp_path: Path) -> None:
    archive = weekly(tmp_path, "2026-10-26", "2026-11-09")
    said = warned(inb.PullExplorer(archive, today=SATURDAY))
    assert LATE in said.text
    assert "1 week of 3 is missing: 2 – 8 Nov 2026." in said.text
    assert said.details.count(words.REMEDY) == 1


def test_what_another_report_of_pulls_brings_is_not_overdue(tmp_path: Path) -> None:
    archive = weekly(tmp_path, "2026-11-09")
    points = [("2026-11-16", "2026-11-22", 5)]
    archive.add(write_api(tmp_path / "pulls.json", "acme/web", points), quiet=True)
    assert "due since" not in notices(inb.PullExplorer(archive, today=SATURDAY))


def test_sample_data_are_never_overdue(samples: inb.Archive) -> None:
    explorer = inb.PullExplorer(samples, today=dt.date(2027, 6, 1))
    assert "overdue" not in notices(explorer)


def test_the_warning_goes_when_the_report_comes(tmp_path: Path) -> None:
    archive = weekly(tmp_path, "2026-11-09")
    explorer = inb.PullExplorer(archive, today=SATURDAY)
    archive.add(write_summary(tmp_path, "2026-11-16", [summary_row("2026-11-16")]), quiet=True)
    explorer.selection = inb.Selection("week", 3)
    assert LATE not in notices(explorer)
    assert len(explorer.frame) == 2


def test_a_total_over_a_gap_says_at_least_and_gives_no_change(samples: inb.Archive) -> None:
    view = inb.Selection("week", 6, ["moonbarrow/osier"])
    figures = words.figures(inb.pulls(samples, view), inb.pulls_before(samples, view), "pulls")
    assert figures[0]["note"] == "at least (1 week missing)"
    assert "change" not in figures[0]


def test_a_change_compares_complete_intervals(samples: inb.Archive) -> None:
    view = inb.Selection("month", 3, ["moonbarrow/osier"])
    now, before = inb.pulls(samples, view), inb.pulls_before(samples, view)
    figures = words.figures(now, before, "pulls")
    expected = now["pulls"].sum() / before["pulls"].sum() - 1
    assert figures[0]["change"] == pytest.approx(expected)


def test_the_picker_takes_only_what_is_offered(samples: inb.Archive) -> None:
    explorer = inb.PullExplorer(samples)
    (picker,) = widgets_of(explorer, RepositoryPicker)
    before = list(picker.value)
    picker.set_state({"value": ["../../etc/passwd"]})
    assert picker.value == before


def test_the_top_five_are_those_of_what_is_shown(samples: inb.Archive) -> None:
    explorer = inb.PullExplorer(samples)
    (picker,) = widgets_of(explorer, RepositoryPicker)
    (measure,) = (w for w in widgets_of(explorer, Segmented) if w.label == "Measure")
    (interval,) = (w for w in widgets_of(explorer, Segmented) if w.label == "Time range")
    measure.value, interval.value = "version_checks", 12
    frame = inb.pulls(samples, inb.Selection("week", 12))
    assert picker.top == inb.top_repositories(frame, measure="version_checks")


def test_an_unexpected_error_shows_a_number_and_logs_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    log = get_logger()
    log.addHandler(caplog.handler)
    with caplog.at_level(logging.ERROR), boundary(told.append):
        raise RuntimeError("the secret detail")
    log.removeHandler(caplog.handler)
    (sentence,) = told
    number = sentence.partition("(error ")[2][:8]
    assert "secret" not in sentence
    assert number in caplog.text
    assert "the secret detail" in caplog.text


def test_an_error_that_the_user_can_mend_shows_its_own_words() -> None:
    told: list[str] = []
    with boundary(told.append):
        raise InsightsError("Add a report.")
    assert told == ["Add a report."]


def test_its_code_gives_its_rows_and_draws_its_chart(samples: inb.Archive) -> None:
    chosen = ["moonbarrow/lantern", "moonbarrow/beacon", "moonbarrow/kiln"]
    explorer = inb.PullExplorer(samples, selection=inb.Selection(repositories=chosen))
    assert explorer.frames["pulls"]["repository"].drop_duplicates().tolist() == chosen
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)
    pd.testing.assert_frame_equal(explorer.frame, explorer.frames["pulls"])


def test_the_figures_are_those_of_the_code_below_them(samples: inb.Archive) -> None:
    view = inb.Selection("month", 6, ["moonbarrow/kiln", "moonbarrow/cairn"], "data_downloads")
    explorer = inb.PullExplorer(samples, selection=view)
    names: dict[str, Any] = {}
    exec(compile(explorer.page.numbers.code, "cell", "exec"), names)  # noqa: S102 - the page's own
    (figures,) = widgets_of(explorer, Figures)
    total, latest, average = (item["value"] for item in figures.items)
    assert total == names["frame"]["total"].iloc[0]
    assert latest == names["latest"]
    assert average == round(names["average"])
    assert figures.items[0]["change"] == pytest.approx(total / names["before"]["total"].iloc[0] - 1)
