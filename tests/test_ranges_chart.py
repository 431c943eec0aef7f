"""Bounds over time: ranges that are never one number, gaps that are never zero."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from insights_nb.charts import specs
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.ranges import bounds_of, range_drawing
from insights_nb.charts.signed_in import (
    signed_in_chart,
    signed_in_drawing,
)
from insights_nb.errors import FrameError, MixedGranularityError
from insights_nb.metrics.audience import signed_in
from insights_nb.opening import samples
from tests.drawing import HOSTILE, WIDTHS, described, shipped, svg, texts

Pairs = list[tuple[int | None, int | None]]
DAY = 86_400_000


def series(pairs: Pairs, first: str = "2026-09-07", freq: str = "7D") -> pd.DataFrame:
    made = pd.DataFrame(
        {
            "period": pd.date_range(first, periods=len(pairs), freq=freq),
            "users_at_least": pd.array([least for least, _ in pairs], dtype="Int64"),
            "users_at_most": pd.array([most for _, most in pairs], dtype="Int64"),
        }
    )
    made.attrs["granularity"] = "month" if freq == "MS" else "week"
    return bounds_of(made, "users")


def ranges(**pairs: Pairs) -> Drawing:
    return range_drawing({name: series(each) for name, each in pairs.items()}, heading="Users")


def column(made: Drawing, name: str, dataset: str = "rows") -> list[Any]:
    found = made.datasets[dataset][name]
    if isinstance(found, dict):
        return [found["categories"][code] for code in found["codes"]]
    return list(found)


def test_a_range_is_told_as_one() -> None:
    made = ranges(a=[(1200, 3400), (5, 5)])
    assert column(made, "count") == ["between 1,200 and 3,400 users", "5 users"]
    assert column(made, "lower") == [1200, 5]
    assert column(made, "upper") == [3400, 5]
    assert column(made, "exact") == [False, True]


def test_a_range_without_upper_bound_has_an_arrow_instead() -> None:
    made = ranges(a=[(1200, None), (5, 9)])
    assert column(made, "open") == [True, False]
    assert column(made, "count")[0] == "at least 1,200 users"
    assert texts(shipped(made, 700)).count("↑") == 1


def test_a_period_that_nobody_is_counted_in_is_a_gap_not_zero() -> None:
    made = ranges(a=[(1, 2), (None, None), (3, 4)], b=[(1, 2), (None, None), (0, 0)])
    assert column(made, "dates") == ["7 – 13 Sep 2026", "21 – 27 Sep 2026"] * 2
    assert column(made, "text", "gaps") == ["No count for 14 – 20 Sep 2026."]
    assert made.signals["notes"] == ["No count for 14 – 20 Sep 2026."]


def test_one_series_unknown_alone_is_not_drawn_and_marks_no_gap() -> None:
    made = ranges(a=[(1, 2), (3, 4)], b=[(1, 2), (None, None)])
    assert column(made, "name") == ["a", "a", "b"]
    assert column(made, "text", "gaps") == []


def test_series_stand_side_by_side_within_their_period() -> None:
    made = ranges(a=[(1, 2)], b=[(1, 3)], c=[(1, 4)])
    starts, stops = column(made, "start"), column(made, "stop")
    monday = pd.Timestamp("2026-09-07", tz="UTC").timestamp() * 1000
    assert starts == sorted(starts)
    assert all(stop < start for stop, start in zip(stops, starts[1:], strict=False))
    assert starts[0] == monday
    assert stops[-1] < monday + 7 * DAY
    inside = zip(starts, column(made, "begin"), column(made, "end"), stops, strict=True)
    assert all(start <= begin < end <= stop for start, begin, end, stop in inside)


def test_exact_counts_take_the_whole_period() -> None:
    made = ranges(a=[(1, 1)], b=[(2, 2)])
    assert len(set(column(made, "start"))) == 1


def test_no_two_series_have_one_body() -> None:
    made = ranges(a=[(1, 2)], b=[(1, 2)], c=[(1, 2)])
    drawn = shipped(made, 700)
    shapes = specs.load("ranges")["layer"][-1]["encoding"]["shape"]["scale"]["range"]
    assert len(set(shapes)) == 3
    assert all(name in texts(drawn) for name in "abc")


@pytest.mark.parametrize(
    ("first", "freq", "heading"),
    [
        ("2026-04-06", "7D", "Users per week, 6 – 19 Apr 2026"),
        ("2026-04-01", "MS", "Users per month, Apr – May 2026"),
    ],
)
def test_the_heading_states_what_is_shown(first: str, freq: str, heading: str) -> None:
    made = range_drawing({"a": series([(1, 2), (3, 4)], first, freq)}, heading="Users")
    assert made.signals["heading"] == heading


def test_weeks_and_months_do_not_share_a_chart() -> None:
    both = {"a": series([(1, 2)] * 2), "b": series([(1, 2)] * 2, "2026-10-01", "MS")}
    with pytest.raises(MixedGranularityError):
        range_drawing(both, heading="Users")


def test_the_description_says_each_series_newest_bounds() -> None:
    made = ranges(a=[(1, 2), (3, 4)], b=[(1, 2), (None, None)])
    assert made.description == (
        "Users per week, 7 – 20 Sep 2026. a: between 3 and 4 users in 14 – 20 Sep 2026."
        " b: between 1 and 2 users in 7 – 13 Sep 2026."
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_every_range_and_gap_is_read_out_once(width: int) -> None:
    made = ranges(a=[(1, 2), (None, None), (3, 4)], b=[(5, 5), (None, None), (7, 8)])
    assert sorted(described(shipped(made, width))) == sorted(
        [
            *(f"a, {each}" for each in _said(made, "a")),
            *(f"b, {each}" for each in _said(made, "b")),
            "No count for 14 – 20 Sep 2026.",
        ]
    )


def _said(made: Drawing, name: str) -> list[str]:
    rows = zip(*(column(made, each) for each in ("name", "dates", "count")), strict=True)
    return [f"{dates}: {count}" for each, dates, count in rows if each == name]


def test_nothing_to_show_says_so() -> None:
    for made in (ranges(a=[(None, None)]), ranges(a=[])):
        assert "Nothing to show." in texts(shipped(made, 700))
        assert "Nothing to show." in made.description


def test_all_zero_is_drawn() -> None:
    assert "a, 7 – 13 Sep 2026: 0 users" in described(shipped(ranges(a=[(0, 0)]), 700))


def test_names_from_data_stay_text() -> None:
    chart = range_drawing({HOSTILE: series([(1, 2)])}, heading="Users").chart()
    for shown in (svg(chart), chart.to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown


def test_a_frame_without_its_bounds_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"users_at_most.*some\.metric"):
        bounds_of(pd.DataFrame({"period": [], "users_at_least": []}), "users", source="some.metric")


def test_the_signals_are_the_specifications_parameters() -> None:
    names = {param["name"] for param in specs.load("ranges")["params"]}
    assert set(ranges(a=[(1, 2)]).signals) == names - {"room"}
    assert set(ranges(a=[]).signals) == names - {"room"}


# -- Signed in and not ------------------------------------------------------------------------


def test_signed_in_and_anonymous_users_are_the_frames() -> None:
    frame = signed_in(samples())
    made = signed_in_drawing(frame)
    held = frame.dropna(subset=["unique_authenticated_users_at_least"])
    half = len(held)
    assert made.signals["names"] == ["Signed in", "Anonymous", ""]
    assert column(made, "lower") == [
        *held["unique_authenticated_users_at_least"],
        *held["unique_unauthenticated_users_at_least"],
    ]
    assert column(made, "upper")[:half] == [*held["unique_authenticated_users_at_most"]]
    assert "No count for 11 – 17 May 2026." in made.signals["notes"]
    assert "Signed in: between 1,020 and 16,432 users" in made.description


def test_the_share_of_the_signed_in_is_a_range_too() -> None:
    made = signed_in_drawing(signed_in(samples()), share=True)
    assert column(made, "count")[-1] == "between 2.7 % and 91.6 %"
    assert "100 %" in texts(shipped(made, 700))


def test_a_notebook_and_a_dashboard_draw_the_same() -> None:
    frame = signed_in(samples())
    drawn = [
        svg(signed_in_chart(frame, width=700)),
        shipped(signed_in_drawing(frame), 700),
    ]
    assert texts(drawn[0]) == texts(drawn[1])
