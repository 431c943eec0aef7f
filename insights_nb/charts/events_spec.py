"""The marks of events in a Vega-Lite specification, built with Altair: the same for every frame."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import parts, theme
from insights_nb.charts.events import ROOMS

PARAMETERS: dict[str, Any] = {"event_rows": [0] * (len(ROOMS) + 1)}
"""What a chart with marks has besides its own: how many rows of numbers there are, by width."""

# In pixels, and from the plot's top upwards.
_ROW = 18
_LOWEST = 11
_RADIUS = 8
_BY_ROOM = "{}[" + "".join(f"room < {room} ? {place} : " for place, room in enumerate(ROOMS))
_BY_ROOM += f"{len(ROOMS)}]"
_HEIGHT = f"({_BY_ROOM.format('event_rows')} * {_ROW})"


def above(offset: int) -> alt.ExprRef:
    """Return how far above the plot a legend is: as much farther as the numbers are high."""
    return alt.ExprRef(f"{offset} + {_HEIGHT}")


def rules(paint: theme.Paint, x: alt.X) -> alt.Chart:
    """Return a line for each mark, which belongs below what is counted."""
    # One without a number is as high as the plot.
    top = f"datum.at_row < 0 ? 0 : -{_LOWEST - _RADIUS} - {_ROW} * datum.at_row"
    chart: alt.Chart = (
        _marks()
        .mark_rule(strokeWidth=1, strokeDash=[3, 3], color=paint("muted"), aria=False)
        .encode(x=x, y=alt.value(alt.ExprRef(top)), y2=alt.value(alt.ExprRef("height")))
    )
    return chart


def numbers(paint: theme.Paint, x: alt.X) -> list[alt.Chart]:
    """Return each mark's number in a circle above the plot, which belong above all else."""
    # An object of the row, whose names are the events' dates.
    tip: Any = alt.value(alt.ExprRef("datum.tip"))
    base = (
        _marks()
        .transform_filter("datum.at_row >= 0")
        .encode(x=x, y=alt.value(alt.ExprRef(f"-{_LOWEST} - {_ROW} * datum.at_row")), tooltip=tip)
    )
    circles = base.mark_point(
        shape="circle",
        size=(2 * _RADIUS) ** 2,
        filled=False,
        fill=paint("surface"),
        fillOpacity=1,
        stroke=paint("muted"),
        strokeWidth=1,
        opacity=1,
        aria=False,
    )
    texts = base.mark_text(
        fontSize=alt.ExprRef("length(datum.number) > 1 ? 9.5 : 11"),
        fontWeight=600,
        color=paint("text"),
        align="center",
        baseline="middle",
    ).encode(text=alt.Text("number:N"), description=alt.Description("text:N"))
    return [circles, texts]


def _marks() -> alt.Chart:
    chart: alt.Chart = alt.Chart(parts.named("events")).transform_calculate(
        at_row=_BY_ROOM.format("datum.row")
    )
    return chart
