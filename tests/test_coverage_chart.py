"""The coverage chart: a cell for each period, told apart by form as well as by colour."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from insights_nb.archive.coverage import coverage
from insights_nb.archive.offers import Offer
from insights_nb.charts import theme
from insights_nb.charts.coverage import FORMS, coverage_chart
from insights_nb.errors import FrameError
from tests.test_coverage import TUESDAY, entry


def frame(**changed: object) -> pd.DataFrame:
    held = [
        entry("2026-W42", **changed),
        entry("2026-W44", revisions=(1,), **changed),
        entry("2026-W45", **changed),
        entry("2026-10", kind="trends", **changed),
    ]
    return coverage(held, [], TUESDAY)


def rows(chart: alt.LayerChart, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chart.to_dict()["datasets"][name]
    return found


def svg(chart: alt.LayerChart) -> str:
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
    return drawn


def test_every_period_is_one_cell_with_its_status_in_words() -> None:
    cells = rows(coverage_chart(frame()), "cells")
    assert [(cell["dates"], cell["status"]) for cell in cells] == [
        ("12 – 18 Oct 2026 (2026-W42)", "available"),
        ("19 – 25 Oct 2026 (2026-W43)", "missing, a gap between reports"),
        ("26 Oct – 1 Nov 2026 (2026-W44)", "available, revised"),
        ("2 – 8 Nov 2026 (2026-W45)", "available"),
        ("9 – 15 Nov 2026 (2026-W46)", "overdue"),
        ("16 – 22 Nov 2026 (2026-W47)", "expected any day"),
        ("Oct 2026 (2026-10)", "available"),
    ]


def test_the_tooltip_tells_files_and_dates() -> None:
    listed = [Offer("acme", "summary", "week", "2026-11-24T06:00:00Z", ("2026-W43", "2026-W44"))]
    held = [entry("2026-W42"), entry("2026-W44", revisions=(2,))]
    cells = rows(coverage_chart(coverage(held, listed, TUESDAY)), "cells")
    assert [cell["files"] for cell in cells[:3]] == ["1 file", "none", "1 file, revised 2 times"]
    assert cells[1]["due"] == "26 Oct 2026"
    assert cells[1]["offered"] == "until 24 Nov 2026"


def test_what_is_held_without_rows_is_told_apart() -> None:
    held = [entry("2026-W45"), entry("2026-W46", rows=0), entry("2026-W47", rows=0)]
    chart = coverage_chart(coverage(held, [], TUESDAY))
    said = "available, without rows: zero, or a broken download"
    assert [cell["status"] for cell in rows(chart, "cells")] == ["available", said, said]
    assert {piece["status"] for piece in rows(chart, "pieces")} == {"available", "without rows"}
    spec = chart.to_dict()
    assert "2 without rows: zero, or a broken download" in spec["title"]["subtitle"]
    assert f"9 – 15 Nov 2026: {said}." in spec["description"]


def test_what_is_at_risk_has_a_wedge_and_a_line() -> None:
    labels = ("2026-W43", "2026-W44", "2026-W45", "2026-W46", "2026-W47")
    listed = [Offer("acme", "summary", "week", "2026-11-24T06:00:00Z", labels)]
    drawn = svg(coverage_chart(coverage([entry("2026-W44")], listed, TUESDAY), width=600))
    assert drawn.count(">▼</text>") == 1
    assert "▼ 1 soon no longer listed: fetch now" in drawn
    assert "▼" not in svg(coverage_chart(frame(), width=600))


def test_no_two_statuses_have_one_form() -> None:
    assert len(set(FORMS.values())) == len(FORMS)


def test_weeks_and_months_are_drawn_as_wide_as_they_are() -> None:
    cells = rows(coverage_chart(frame()), "cells")
    lengths = [round((cell["stop"] - cell["start"]) / 86_400_000) for cell in (cells[0], cells[-1])]
    assert lengths == [6, 30]


def test_dates_are_utc_times_that_no_time_zone_shifts() -> None:
    (first, *_) = rows(coverage_chart(frame()), "cells")
    assert first["start"] == pd.Timestamp("2026-10-12", tz="UTC").timestamp() * 1000


def test_rows_name_the_publisher_only_where_there_are_several() -> None:
    one = rows(coverage_chart(frame()), "names")
    assert [row["text"] for row in one] == ["Summary", "Trends"]
    both = pd.concat([frame(), frame(namespaces=("zeta",))], ignore_index=True)
    several = rows(coverage_chart(both), "names")
    assert "Summary · zeta" in [row["text"] for row in several]


def test_a_series_that_ended_says_so() -> None:
    held = [entry("2026-W47"), entry("2025-W10", kind="image_pulls_raw")]
    names = rows(coverage_chart(coverage(held, [], TUESDAY)), "names")
    assert names[-1]["text"] == "Image pulls raw data, ended with 2025-W10"


def test_the_title_and_the_description_say_what_is_wrong() -> None:
    spec = coverage_chart(frame()).to_dict()
    assert spec["title"]["text"] == "Reports available, 1 Oct – 22 Nov 2026"
    assert spec["title"]["subtitle"] == ["1 missing, 1 overdue, 1 expected"]
    assert "1 missing" in spec["description"]


def test_a_complete_archive_is_said_to_be_complete() -> None:
    spec = coverage_chart(coverage([entry("2026-W47")], [], TUESDAY)).to_dict()
    assert spec["title"]["subtitle"] == ["Nothing is missing."]


def test_an_empty_archive_gives_a_chart_that_says_so() -> None:
    chart = coverage_chart(coverage([], [], TUESDAY), width=400)
    assert "No report available yet" in svg(chart)


def test_a_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"due.*Archive\.coverage"):
        coverage_chart(frame().drop(columns="due"))


def test_a_dark_page_paints_it_with_its_own_colours() -> None:
    text = json.dumps(coverage_chart(frame(), paint=theme.themed).to_dict())
    assert "var(--inb-series-1, " in text
    bare = text.replace("transparent", "")
    for colour in theme.LIGHT.values():
        assert bare.count(colour) == bare.count(f", {colour})")


def test_names_from_data_stay_text() -> None:
    hostile = "</script><script>alert(1)</script>\u202e"
    chart = coverage_chart(pd.concat([frame(), frame(namespaces=(hostile,))]), width=600)
    for shown in (svg(chart), chart.to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "script>alert(1)" in shown.replace("&gt;", ">")


def test_more_rows_than_altair_takes_are_drawn() -> None:
    last = dt.date(2026, 11, 24)
    names = tuple(f"p{number}" for number in range(60))
    held = [entry(label, namespaces=names) for label in ("2024-W40", "2026-W47")]
    chart = coverage_chart(coverage(held, [], last))
    assert len(rows(chart, "cells")) > 5_000
