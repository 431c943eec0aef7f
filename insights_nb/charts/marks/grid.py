"""Grids of periods: a row per line with its name above it, a cell per week or month.

A cell is told apart by its form as well as by its colour: one of four pixels' width has no room
for more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Columns, Datasets, Signals
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width, finished, if_shown, named, time_axis
from insights_nb.charts.timeline import DAY, milliseconds
from insights_nb.periods import Granularity, Period, between, date_range

Form = tuple[tuple[float, float], ...]
"""Which parts of its height a cell fills, from the top (0) to the bottom (1)."""

GROUPS: Mapping[Granularity, str] = {"week": "Weeks", "month": "Months"}
"""What the grid's parts are called, in their order."""

# In pixels, from the top: a group's heading, and a row with its name above its cells.
HEADING = 26
NAME = 17
CELL = 15
ROW = NAME + CELL + 7
# In days: about four months, in which the labels of an axis name days.
_SHORT = 124
# So that neighbours stay apart in every width.
_APART = int(0.9 * DAY)


@dataclass(frozen=True)
class Line:
    """A row of the grid.

    Parameters
    ----------
    granularity
        Of its periods, which decides the group it is in.
    name
        What stands above its cells.
    """

    granularity: Granularity
    name: str


def laid_out(
    lines: Sequence[Line],
    line_of: Sequence[int],
    cells: Columns,
    statuses: Sequence[str],
    forms: Mapping[str, Form],
) -> tuple[Datasets, int]:
    """Return the grid's data, and how high it is in pixels.

    Parameters
    ----------
    lines
        The rows, those of one group in their order.
    line_of
        Each cell's row, by its place among `lines`.
    cells
        The cells' columns, ``start`` and ``stop`` among them, to which ``top`` and ``bottom`` are
        added.
    statuses
        Each cell's status, which decides its form.
    forms
        The form of each status; one without is not drawn.
    """
    tops = [0] * len(lines)
    headings: Columns = {"text": [], "y": []}
    height = 0
    for granularity, heading in GROUPS.items():
        inside = [place for place, line in enumerate(lines) if line.granularity == granularity]
        if not inside:
            continue
        headings["text"].append(heading)
        headings["y"].append(height + HEADING - 9)
        height += HEADING
        for place in inside:
            tops[place] = height + NAME
            height += ROW
    top_of = [tops[line] for line in line_of]
    pieces = [
        (cell, top + upper * CELL, top + lower * CELL)
        for cell, (status, top) in enumerate(zip(statuses, top_of, strict=True))
        for upper, lower in forms.get(status, ())
    ]
    datasets: Datasets = {
        "cells": cells | {"top": top_of, "bottom": [top + CELL for top in top_of]},
        "pieces": {
            "start": [cells["start"][cell] for cell, _, _ in pieces],
            "stop": [cells["stop"][cell] for cell, _, _ in pieces],
            "top": [top for _, top, _ in pieces],
            "bottom": [bottom for _, _, bottom in pieces],
            "status": [statuses[cell] for cell, _, _ in pieces],
        },
        "names": {"text": [line.name for line in lines], "y": [top - 5 for top in tops]},
        "headings": headings,
    }
    return datasets, max(height, ROW)


def distinct(
    granularity: pd.Series[Any], period: pd.Series[Any]
) -> tuple[list[Period], npt.NDArray[np.intp]]:
    """Return the periods that occur, and each row's place among them.

    Parameters
    ----------
    granularity, period
        Of each row; ``period`` is its first day.
    """
    days = period.to_numpy().astype("datetime64[D]").astype(np.int64)
    weekly = (granularity == "week").to_numpy(np.bool_)
    found, first, codes = np.unique(2 * days + weekly, return_index=True, return_inverse=True)
    periods = [
        Period("week" if number % 2 else "month", period.iloc[place].date())
        for number, place in zip(found.tolist(), first.tolist(), strict=True)
    ]
    return periods, codes


def extent(period: Period) -> tuple[int, int]:
    """Return where a period's cell starts and stops, in UTC milliseconds."""
    return milliseconds(period.start), milliseconds(period.end) - _APART


def axis_of(periods: Sequence[Period]) -> Signals:
    """Return where the axis of time has its labels, and whether they name months.

    A short grid's are the days on which its weeks begin: a month would be named again and again.
    """
    days = {day for period in periods for day in (period.start, period.end)}
    if not days:
        return {"periods": [], "monthly": False}
    weeks = {period.start for period in periods if period.granularity == "week"}
    if weeks and (max(days) - min(days)).days <= _SHORT:
        return {"periods": [milliseconds(day) for day in sorted(weeks)], "monthly": False}
    months = between(Period.containing(min(days), "month"), Period.containing(max(days), "month"))
    starts = [month.start for month in months if min(days) <= month.start < max(days)]
    return {"periods": [milliseconds(day) for day in starts], "monthly": True}


def spread(periods: Sequence[Period]) -> str:
    """Say from when to when periods reach, weeks and months together."""
    first, last = min(one.start for one in periods), max(one.last_day for one in periods)
    return date_range(first, last)


# --- the specification ---

# What is shown comes in by these, so that the specification itself never changes. Vega's own
# height is a signal too, and takes its value from the parameter of that name.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "shown": [],
    "height": ROW,
    "periods": [],
    "monthly": False,
    "room": 700,
}

# What is as it should be is the calm ground on which the rest stands out.
_OPACITY = "indexof({}, {}) < 0 ? 1 : 0.5"
# Below this many pixels a cell has no room for a sign.
_LEAST_FOR_SIGN = 13


def build(
    paint: theme.Paint,
    *,
    forms: Mapping[str, Form],
    colours: Mapping[str, str],
    calm: Sequence[str],
    tooltip: Sequence[tuple[str, str]],
    width: Width,
    values: dict[str, Any] | None,
) -> alt.LayerChart:
    """Return the chart over its named data, without their values.

    Parameters
    ----------
    paint
        Gives each colour.
    forms, colours
        Of each status, by its name.
    calm
        The statuses that are as they should be, which are drawn lighter.
    tooltip
        The cells' columns and what the tooltip calls them.
    width
        In pixels, or ``"container"``.
    values
        Of the parameters.
    """
    given = PARAMETERS | (values or {})
    colour = alt.Scale(domain=[*forms], range=[paint(colours[name]) for name in forms])
    layers = alt.layer(
        _texts("headings", fontSize=12.5, fontWeight=600, color=paint("muted")),
        _texts("names", fontSize=12, color=paint("text")),
        _pieces(colour, calm),
        _cells(tooltip),
        _signs(paint),
        _wedges(paint),
        _legend(colour, forms, calm),
    ).resolve_scale(shape="independent", fill="independent")
    return finished(layers, paint, given, width=width, height=ROW)


def _pieces(colour: alt.Scale, calm: Sequence[str]) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("pieces"))
        .mark_rect(aria=False)
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y("top"),
            y2=alt.Y2("bottom"),
            color=alt.Color("status:N", scale=colour, legend=None),
            # Not through a scale: the legend's symbols would all look alike.
            opacity=alt.OpacityValue(alt.ExprRef(_OPACITY.format([*calm], "datum.status"))),
        )
    )
    return chart


def _cells(tooltip: Sequence[tuple[str, str]]) -> alt.Chart:
    """Return what answers to the pointer: the whole cell, however little of it is filled."""
    chart: alt.Chart = (
        alt.Chart(named("cells"))
        .mark_rect(color="transparent")
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y("top"),
            y2=alt.Y2("bottom"),
            tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in tooltip],
            description=alt.Description("text:N"),
        )
    )
    return chart


def _signs(paint: theme.Paint) -> alt.Chart:
    """Return the letter of each cell that has one, where there is room for it."""
    long_enough = f"scale('x', datum.stop) - scale('x', datum.start) >= {_LEAST_FOR_SIGN}"
    chart: alt.Chart = (
        alt.Chart(named("cells"))
        .transform_filter("isValid(datum.sign)")
        .transform_calculate(
            middle="(datum.start + datum.stop) / 2", centre="(datum.top + datum.bottom) / 2"
        )
        .mark_text(
            fontSize=12,
            fontWeight=600,
            baseline="middle",
            color=paint("text"),
            opacity=alt.ExprRef(f"{long_enough} ? 1 : 0"),
            aria=False,
        )
        .encode(x=_x("middle"), y=_y("centre"), text=alt.Text("sign:N"))
    )
    return chart


def _wedges(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("cells"))
        .transform_filter("datum.at_risk")
        .transform_calculate(middle="(datum.start + datum.stop) / 2", above="datum.top - 5")
        .mark_text(text="▼", fontSize=9, baseline="middle", color=paint("text"), aria=False)
        .encode(x=_x("middle"), y=_y("above"))
    )
    return chart


def _texts(name: str, **mark: Any) -> alt.Chart:  # noqa: ANN401 - mark options
    chart: alt.Chart = (
        alt.Chart(named(name))
        .mark_text(
            align="left", baseline="alphabetic", limit=alt.ExprRef("width"), aria=False, **mark
        )
        .encode(x=alt.value(0), y=_y("y"), text=alt.Text("text:N"))
    )
    return chart


def _legend(colour: alt.Scale, forms: Mapping[str, Form], calm: Sequence[str]) -> alt.Chart:
    """Return a layer without rows whose legend shows each status as its cells look."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=if_shown("shown", "['']"),
        columns=alt.ExprRef("max(2, floor(room / 130))"),
        columnPadding=14,
        symbolSize=if_shown("200", "0"),
        symbolStrokeWidth=0,
        symbolOpacity=alt.ExprRef(_OPACITY.format([*calm], "datum.value")),
        offset=if_shown("8", "-13"),
        aria=False,
    )
    shapes = ["".join(_bar(*part) for part in parts) for parts in forms.values()]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(strokeWidth=0, opacity=1)
        .encode(
            shape=alt.Shape(
                "status:N", scale=alt.Scale(domain=[*forms], range=shapes), legend=legend
            ),
            fill=alt.Fill("status:N", scale=colour, legend=legend),
        )
    )
    return chart


def _bar(upper: float, lower: float) -> str:
    return f"M-.7,{2 * upper - 1:.2g}H.7V{2 * lower - 1:.2g}H-.7Z"


def _x(field: str) -> alt.X:
    scale = alt.Scale(type="utc", nice=False)
    return alt.X(f"{field}:T", scale=scale, axis=time_axis("top"))


def _y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=None, axis=None)
