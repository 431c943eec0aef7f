"""Events on charts over time: which are marked, where, and what is said of them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from typing import Any

import pandas as pd
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb.charts.adoption import adoption_drawing
from insights_nb.charts.marks.lines import LineLook, line_drawing
from insights_nb.charts.pulls import pull_drawing
from insights_nb.errors import FrameError
from tests.conftest import ROOT
from tests.hostile import TEXTS
from tests.test_adoption import frame_of
from tests.test_pull_chart import frame

DAY = 86_400_000
WEEKS = {"acme/web": [10, 20, 30], "acme/api": [1, 2, 3]}
"""The weeks from 7, 14 and 21 September 2026."""


def events(*rows: tuple[str, str] | tuple[str, str, str | None], url: str | None = None) -> Any:  # noqa: ANN401
    """Make what `read_events` gives: day, label and repository."""
    full = [(*row, None)[:3] for row in rows]
    made = pd.DataFrame(
        [(*row, url) for row in full], columns=["date", "label", "repository", "url"]
    )
    return made.astype({"date": "datetime64[s]", "label": "str", "repository": "str", "url": "str"})


def marks(given: pd.DataFrame, told: pd.DataFrame | None) -> dict[str, list[Any]]:
    return pull_drawing(given, events=told).datasets["events"]


def day(text: str) -> int:
    return int(pd.Timestamp(text, tz="UTC").timestamp() * 1000)


# --- which ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "shown"),
    [("2026-09-06", 0), ("2026-09-07", 1), ("2026-09-27", 1), ("2026-09-28", 0)],
)
def test_events_from_the_first_day_through_the_last_are_marked(date: str, shown: int) -> None:
    assert len(marks(frame(WEEKS), events((date, "2.0 is out")))["at"]) == shown


def test_events_of_other_repositories_are_left_out_and_those_of_none_are_not() -> None:
    told = events(
        ("2026-09-08", "ours", "acme/web"),
        ("2026-09-09", "theirs", "acme/cli"),
        ("2026-09-10", "everybody's", None),
    )
    assert inb.shown_events(frame(WEEKS), told)["label"].tolist() == ["ours", "everybody's"]


def test_a_frame_without_repositories_leaves_no_event_out() -> None:
    given = frame(WEEKS).rename(columns={"repository": "country"})
    told = events(("2026-09-08", "2.0 is out", "acme/cli"))
    assert (
        len(line_drawing(given, "country", "pulls", LineLook(events=told)).datasets["events"]["at"])
        == 1
    )


def test_an_event_of_a_repository_that_is_folded_is_on_the_chart() -> None:
    counts = {f"acme/r{n:02}": [100 - n, 100 - n] for n in range(20)}
    given = frame(counts).assign(data_downloads=0, version_checks=0)
    assert len(marks(given, events(("2026-09-08", "small", "acme/r19")))["at"]) == 1


def test_a_publishers_whole_stands_for_each_of_its_repositories() -> None:
    given = frame({"acme/*": [1, 2]})
    assert len(marks(given, events(("2026-09-08", "x", "acme/web")))["at"]) == 1
    assert marks(given, events(("2026-09-08", "x", "acmeter/web")))["at"] == []


def test_an_event_without_a_date_is_passed_over() -> None:
    told = events(("2026-09-08", "dated"), ("NaT", "some day"))
    assert inb.shown_events(frame(WEEKS), told)["label"].tolist() == ["dated"]


def test_events_of_two_sources_are_marked_together_oldest_first() -> None:
    told = pd.concat([events(("2026-09-22", "late")), events(("2026-09-08", "early"))])
    assert inb.shown_events(frame(WEEKS), told)["label"].tolist() == ["early", "late"]


def test_what_is_shown_can_be_asked_about_again() -> None:
    tags = frame_of({"1.0": [90, 90, 90], "2.0": [None, 1, 30]})
    shown = inb.shown_events(tags, inb.first_seen_events(tags))
    pd.testing.assert_frame_equal(inb.shown_events(tags, shown), shown)


def test_without_events_a_frame_has_its_columns_and_no_rows() -> None:
    for told in (None, events()):
        shown = inb.shown_events(frame(WEEKS), told)
        assert list(shown) == ["number", "date", "period", "dates", "label", "repository", "url"]
        assert shown.empty
        types = [str(one) for one in shown.dtypes]
        assert types == ["int64", "datetime64[s]", "datetime64[s]", *["str"] * 4]


def test_an_address_that_is_no_web_page_is_missing() -> None:
    told = events(("2026-09-08", "x"), url="javascript:alert(1)")
    assert inb.shown_events(frame(WEEKS), told)["url"].isna().all()
    told = events(("2026-09-08", "x"), url="HTTPS://acme.example")
    assert inb.shown_events(frame(WEEKS), told)["url"].tolist() == ["HTTPS://acme.example"]


def test_a_frame_that_holds_no_events_says_what_it_lacks() -> None:
    with pytest.raises(FrameError, match=r"date.*insights_nb\.read_events"):
        inb.pull_chart(frame(WEEKS), events=frame(WEEKS))


# --- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2026-09-14", "2026-09-17", "2026-09-20"])
def test_a_lines_mark_stands_on_the_point_of_the_week_that_has_the_day(date: str) -> None:
    assert marks(frame(WEEKS), events((date, "x")))["at"] == [day("2026-09-14")]


def test_a_months_mark_stands_on_the_point_of_that_month() -> None:
    given = frame({"acme/web": [1, 2, 3]}, "2026-08-01", "MS")
    assert marks(given, events(("2026-09-30", "x")))["at"] == [day("2026-09-01")]


def test_a_stacks_mark_stands_in_the_middle_of_its_column() -> None:
    datasets = adoption_drawing(
        frame_of({"1.0": [1, 2, 3]}), "tag", events=events(("2026-09-20", "x"))
    ).datasets
    second = {name: datasets["rows"][name][1] for name in ("start", "end")}
    assert second["start"] == day("2026-09-14")
    assert datasets["events"]["at"] == [(second["start"] + second["end"]) // 2]


def test_an_event_of_a_gap_is_marked_in_it() -> None:
    given = frame({"acme/web": [1, None, 3]})
    assert marks(given, events(("2026-09-15", "x")))["at"] == [day("2026-09-14")]


def test_events_of_one_period_share_a_mark_and_its_number() -> None:
    told = events(
        ("2026-09-13", "b"), ("2026-09-08", "a"), ("2026-09-08", "c"), ("2026-09-21", "d")
    )
    found = marks(frame(WEEKS), told)
    assert found["number"] == ["1", "2"]
    assert found["tip"][0] == {"8 Sep 2026": "a; c", "13 Sep 2026": "b"}
    assert inb.shown_events(frame(WEEKS), told)["number"].tolist() == [1, 1, 1, 2]


@given(st.sets(st.integers(0, 103), min_size=1), st.sampled_from([12, 52, 104]))
def test_no_number_covers_another_in_any_width(places: set[int], length: int) -> None:
    first = dt.date(2024, 11, 4)
    days = [(first + dt.timedelta(weeks=n % length)).isoformat() for n in sorted(places)]
    told = events(*((date, "x") for date in days))
    drawing = pull_drawing(frame({"a/b": [1] * length}, first.isoformat()), events=told)
    datasets, signals = drawing.datasets, drawing.signals
    found = datasets["events"]
    week = 7 * DAY
    for width, plot in enumerate((230, 440, 680)):
        rows: dict[int, list[float]] = {}
        for at, row in zip(found["at"], found["row"], strict=True):
            rows.setdefault(row[width], []).append((at - day(first.isoformat())) / week)
        rows.pop(-1, None)
        assert len(rows) <= signals["event_rows"][width] <= 3
        assert all(row < signals["event_rows"][width] for row in rows)
        for its in rows.values():
            gaps = [b - a for a, b in itertools.pairwise(its)]
            assert all(gap * plot / (length - 1) >= 18 for gap in gaps)


def test_a_mark_has_a_number_wherever_there_is_room() -> None:
    weeks = [dt.date(2025, 11, 3) + dt.timedelta(weeks=n) for n in (0, 20, 21, 22, 51)]
    told = events(*((date.isoformat(), "x") for date in weeks))
    given = frame({"a/b": [1] * 52}, "2025-11-03")
    assert [row[0] for row in marks(given, told)["row"]] == [0, 0, 1, 2, 0]


# --- what is said --------------------------------------------------------------------------------


def test_the_notes_say_each_number_day_event_and_repository() -> None:
    told = events(
        ("2026-09-08", "2.0 is out", "acme/web"),
        ("2026-09-10", "Outage"),
        ("2026-09-22", "1.0 reaches 5 % of acme/api", "acme/api"),
    )
    assert inb.event_notes(inb.shown_events(frame(WEEKS), told)) == [
        "1  2026-09-08  2.0 is out (acme/web)",
        "1  2026-09-10  Outage",
        "2  2026-09-22  1.0 reaches 5 % of acme/api",
    ]


def test_what_a_period_told_is_dated_by_the_period() -> None:
    tags = frame_of({"1.0": [90, 90, 90], "2.0": [None, 1, 30]})
    told = pd.concat([events(("2026-09-14", "by hand")), inb.first_seen_events(tags)])
    shown = inb.shown_events(tags, told)
    assert shown["dates"].tolist() == ["14 Sep 2026", "21 – 27 Sep 2026"]


def test_the_description_names_the_events() -> None:
    told = events(("2026-09-08", "2.0 is out", "acme/web"), ("2026-09-22", "Outage."))
    said = pull_drawing(frame(WEEKS), events=told).description
    assert said.endswith(
        "Event 1, 8 Sep 2026: 2.0 is out (acme/web). Event 2, 22 Sep 2026: Outage."
    )
    stacked = adoption_drawing(frame_of({"1.0": [1, 2]}), "tag", events=told)
    assert "Event 1, 8 Sep 2026: 2.0 is out" in stacked.description


def test_without_events_a_chart_is_as_it_was() -> None:
    drawing = pull_drawing(frame(WEEKS))
    datasets, signals = drawing.datasets, drawing.signals
    drawing = pull_drawing(frame(WEEKS), events=events(("2026-09-08", "x")))
    marked, told = drawing.datasets, drawing.signals
    assert datasets["events"]["at"] == []
    assert signals["event_rows"] == [0, 0, 0]
    assert {**marked, "events": None} == {**datasets, "events": None}
    assert told | {"event_rows": None} == signals | {"event_rows": None}


def test_a_chart_of_nothing_marks_nothing() -> None:
    told = events(("2026-09-08", "x"))
    for empty in (frame({"acme/web": [None, None]}), frame(WEEKS).iloc[:0]):
        assert marks(empty, told)["at"] == []
    assert (
        adoption_drawing(frame_of({"1": [None]}), "tag", events=told).datasets["events"]["at"] == []
    )


# --- drawn ---------------------------------------------------------------------------------------


def charts(told: pd.DataFrame, width: int = 600) -> dict[str, Any]:
    tags = frame_of({"1.0": [10, 20, 30]})
    given = frame(WEEKS)
    return {
        "pulls": inb.pull_chart(given, events=told, width=width),
        "lines": inb.line_chart(given, "repository", events=told, width=width),
        "bands": inb.band_chart(given, "repository", events=told, width=width),
        "tags": inb.tag_chart(tags, events=told, width=width),
        "cohorts": inb.cohort_chart(inb.cohorts(tags), events=told, width=width),
    }


@pytest.mark.parametrize("name", ["pulls", "lines", "bands", "tags", "cohorts"])
@pytest.mark.parametrize("width", [330, 600, 1000])
def test_a_mark_is_drawn_with_its_number_and_says_its_event(name: str, width: int) -> None:
    told = events(("2026-09-08", "2.0 is out"), ("2026-09-15", "Outage"))
    svg = vl_convert.vegalite_to_svg(json.dumps(charts(told, width)[name].to_dict()))
    assert svg.count('aria-label="Event 1, 8 Sep 2026: 2.0 is out"') == 1
    assert svg.count('aria-label="Event 2, 15 Sep 2026: Outage"') == 1
    assert ">2</text>" in svg
    assert svg.count('stroke-dasharray="3,3"') == 2


@pytest.mark.parametrize("text", [*TEXTS, "</script><script>alert(1)</script>"])
def test_a_label_from_a_file_stays_text(text: str) -> None:
    told = events(("2026-09-08", text, None))
    for chart in charts(told).values():
        html = chart.to_html()
        assert "<script>window.ran" not in html
        assert "<script>alert" not in html
        assert "\u202e" not in html
    (note,) = inb.event_notes(inb.shown_events(frame(WEEKS), told))
    assert "<" not in note
    assert note.isprintable()


def test_the_documents_example_says_what_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "events.md").read_text()
    code, effect = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "events.md", "exec"), names)  # noqa: S102 - our own document
    assert capsys.readouterr().out == said
    exec(compile(effect, "events.md", "exec"), names)  # noqa: S102
    rows = names["effects"].set_index("label")
    assert rows.loc["1.0 is out", "verdict"] == "higher"
    assert f"{rows.loc['1.0 is out', 'before']:,.0f} pulls a week before" in page
    numbers = rows.loc["Tag 2 moves to a new build", ["difference_low", "difference_high"]]
    assert "{:,.0f} and {:,.0f}".format(*numbers) in page
