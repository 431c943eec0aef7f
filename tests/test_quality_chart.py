"""The grid of checks: the worst verdict of each cell, told by form and sign too."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts import specs
from insights_nb.charts.coverage import coverage_chart, coverage_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.quality import (
    FORMS,
    SIGNS,
    reconcile_chart,
    reconcile_drawing,
)
from insights_nb.errors import FrameError
from insights_nb.metrics.quality import VERDICTS
from tests.drawing import HOSTILE, WIDTHS, described, shipped, size, svg, texts

Comparison = tuple[str, str, str, str, int | None]


def compared(
    *rows: Comparison, granularity: str = "week", series: str = "acme/web"
) -> pd.DataFrame:
    """Make what `insights_nb.reconcile` gives: check, period, measure, verdict, difference."""
    made = pd.DataFrame(rows, columns=["check", "period", "measure", "verdict", "difference"])
    made["period"] = pd.to_datetime(made["period"])
    made["difference"] = pd.array(made["difference"], dtype="Int64")
    made["granularity"], made["series"] = granularity, series
    text = ["check", "measure", "verdict", "granularity", "series"]
    return made.astype(dict.fromkeys(text, "str"))


def column(made: Drawing, name: str, dataset: str = "cells") -> list[Any]:
    found = made.datasets[dataset][name]
    if isinstance(found, dict):
        return [found["categories"][code] for code in found["codes"]]
    return list(found)


def test_the_samples_cells_are_the_frames(samples: inb.Archive) -> None:
    frame = inb.reconcile(samples)
    made = reconcile_drawing(frame)
    keys = ["check", "granularity", "period"]
    assert len(column(made, "verdict")) == len(frame.drop_duplicates(keys))
    assert made.signals["notes"] == [
        "9,817 checks found no mismatch.",
        "189 more could not be done.",
    ]
    worst = frame[frame["verdict"] == "cannot be checked"].drop_duplicates(keys)
    assert column(made, "verdict").count("cannot be checked") == len(worst)


def test_where_nothing_can_be_checked_nothing_is_said_to_agree() -> None:
    row = ("sums", "2026-09-07", "pulls", "cannot be checked", None)
    assert reconcile_drawing(compared(row)).signals["notes"] == ["None of 1 check could be done."]


def test_a_cell_shows_the_worst_of_its_comparisons() -> None:
    day = "2026-09-07"
    made = reconcile_drawing(
        compared(
            ("sums", day, "pulls", "equal", 0),
            ("sums", day, "data_downloads", "differs", -1234),
            ("sums", day, "version_checks", "cannot be checked", None),
            ("levels", day, "pulls", "equal", 0),
            ("levels", day, "pulls", "within range", 0),
            ("months", day, "pulls", "within range", 0),
            ("months", day, "pulls", "cannot be checked", None),
        )
    )
    assert column(made, "verdict") == ["differs", "within range", "cannot be checked"]
    assert column(made, "sign") == ["≠", "~", "?"]
    assert column(made, "compared")[0] == "1 differs, 1 cannot be checked, 1 equal"
    assert column(made, "text")[0] == "sums, 7 – 13 Sep 2026: differs, 3 checks"


def test_the_largest_difference_is_named_with_its_place() -> None:
    frame = compared(
        ("sums", "2026-09-07", "pulls", "differs", 7),
        ("sums", "2026-09-07", "data_downloads", "differs", -1234),
        ("sums", "2026-09-14", "pulls", "equal", 0),
    )
    made = reconcile_drawing(frame)
    assert column(made, "largest") == ["−1,234 (acme/web, data downloads)", "none"]
    assert made.description == (
        "Reports compared, 7 – 20 Sep 2026. 2 of 3 checks found mismatches. sums, 7 – 13 Sep 2026:"
        " differs, 2 checks, largest difference −1,234 (acme/web, data downloads)."
    )


def test_a_period_that_was_not_compared_has_no_cell() -> None:
    made = reconcile_drawing(
        compared(
            ("sums", "2026-09-07", "pulls", "equal", 0), ("sums", "2026-09-21", "pulls", "equal", 0)
        )
    )
    assert column(made, "dates") == ["7 – 13 Sep 2026", "21 – 27 Sep 2026"]


def test_weeks_come_before_months_and_checks_keep_their_order() -> None:
    weeks = compared(
        ("b", "2026-09-07", "pulls", "equal", 0), ("a", "2026-09-07", "pulls", "equal", 0)
    )
    months = compared(("b", "2026-09-01", "pulls", "equal", 0), granularity="month")
    made = reconcile_drawing(pd.concat([months, weeks], ignore_index=True))
    assert column(made, "text", "headings") == ["Weeks", "Months"]
    assert column(made, "text", "names") == ["b", "a", "b"]
    below = [*zip(column(made, "y", "headings"), column(made, "y", "names")[::2], strict=True)]
    assert below == sorted(below)


def test_no_two_verdicts_have_one_form_or_one_sign() -> None:
    assert {*FORMS} == {*SIGNS} == {*VERDICTS}
    assert len({*FORMS.values()}) == len({*SIGNS.values()}) == len(VERDICTS)


def test_a_sign_is_written_where_there_is_room() -> None:
    frame = compared(
        *(
            ("sums", str(day.date()), "pulls", "equal", 0)
            for day in pd.date_range("2026-01-05", periods=40, freq="7D")
        )
    )
    made = reconcile_drawing(frame)
    signs = r'<text[^>]* opacity="([01])"[^>]*>=</text>'
    wide, narrow = (re.findall(signs, shipped(made, width)) for width in (1000, 340))
    assert wide == ["1"] * 40
    assert narrow == ["0"] * 40


@pytest.mark.parametrize("width", WIDTHS)
def test_the_samples_are_drawn_as_high_as_they_have_rows(samples: inb.Archive, width: int) -> None:
    frame = inb.reconcile(samples)
    one = reconcile_drawing(frame[frame["check"] == frame["check"].iloc[0]])
    every = reconcile_drawing(frame)
    low, high = (size(shipped(made, width)) for made in (one, every))
    assert low[0] == high[0] == width
    assert high[1] - low[1] >= 39 * (len(column(every, "text", "names")) - 2)
    assert len(described(shipped(every, width))) == len(column(every, "text"))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_short_axis_names_the_days_on_which_its_weeks_begin(width: int) -> None:
    days = ("2026-10-19", "2026-10-26")
    made = reconcile_drawing(compared(*(("sums", day, "pulls", "equal", 0) for day in days)))
    assert texts(shipped(made, width))[:2] == ["19 Oct", "26 Oct"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("weeks", [17, 19, 60, 300])
def test_an_axis_names_no_day_and_no_month_twice(width: int, weeks: int) -> None:
    days = [str(day.date()) for day in pd.date_range("2020-10-19", periods=weeks, freq="7D")]
    made = reconcile_drawing(compared(*(("sums", day, "pulls", "equal", 0) for day in days)))
    drawn = texts(shipped(made, width))
    named = [each for each in drawn if re.fullmatch(r"\d* ?[A-Z][a-z]{2}( \d{4})?", each)]
    assert len(set(named)) == len(named) > 1


def test_nothing_to_compare_says_so() -> None:
    made = reconcile_drawing(compared().assign(check=pd.Series(dtype="str")))
    assert "Nothing to compare" in texts(shipped(made, 700))
    assert made.description == "Nothing to compare."


def test_names_from_data_stay_text_and_missing_columns_are_named() -> None:
    frame = compared((HOSTILE, "2026-09-07", "pulls", "differs", 5), series=HOSTILE)
    for shown in (svg(reconcile_chart(frame)), reconcile_chart(frame).to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
    with pytest.raises(FrameError, match=r"verdict.*insights_nb\.reconcile"):
        reconcile_chart(frame.drop(columns="verdict"))


# -- The other grid ---------------------------------------------------------------------------


def test_a_dashboard_draws_the_same_coverage_as_a_notebook(samples: inb.Archive) -> None:
    frame = samples.coverage()
    made = coverage_drawing(frame)
    assert texts(svg(coverage_chart(frame, width=700))) == texts(shipped(made, 700))
    empty = frame["empty"]
    assert (
        column(made, "status").count("available")
        == (frame["status"].eq("available") & ~empty).sum()
    )
    without = [one for one in column(made, "status") if one.startswith("available, without rows")]
    assert len(without) == empty.sum() > 0


def test_the_description_of_coverage_tells_what_is_not_held(samples: inb.Archive) -> None:
    frame = samples.coverage()
    said = coverage_drawing(frame).description
    assert "11 – 17 May 2026: missing, a gap between reports." in said
    told = ~frame["status"].isin(["available", "revised"]) | frame["empty"]
    assert said.endswith(f"And {told.sum() - 12} more.")


@pytest.mark.parametrize("name", ["coverage", "reconcile"])
def test_the_signals_are_the_specifications_parameters(samples: inb.Archive, name: str) -> None:
    made = {
        "coverage": coverage_drawing(samples.coverage()),
        "reconcile": reconcile_drawing(inb.reconcile(samples)),
    }[name]
    assert set(made.signals) == {p["name"] for p in specs.load(name)["params"]} - {"room"}
