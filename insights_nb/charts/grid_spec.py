"""The specification of grids of periods, built with Altair: the same for every frame.

A chart of this family gives its statuses, what they look like and its tooltip; positions from the
top come in pixels with the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from insights_nb.charts import theme
from insights_nb.charts.grid import ROW, Form
from insights_nb.charts.parts import Width, finished, if_shown, named, time_axis

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
