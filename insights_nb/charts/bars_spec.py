"""The ranked bars' Vega-Lite specification, built with Altair: the same for every frame.

Every position is computed in pixels from the parameters, so that the rows' number, the labels'
column and a phone's other layout (the label above its bar) need no other specification.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import theme
from insights_nb.charts.bars import FOLDED, LETTER_WIDTH
from insights_nb.charts.parts import Width, finished, if_shown, legend_labels, named, shortened

PARTS = FOLDED + 1
"""Slots of a bar's parts: the series' colours, and a neutral one for what is folded."""

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * PARTS,
    "shown": [],
    "count": 0,
    "low": 0,
    "high": 1,
    "label_width": 60,
    "text_width": 60,
    "column_width": 48,
    "room": 700,
}

_COLUMNS = "max(1, floor((room - 60) / min(column_width, 260)))"
_LEAST_HEIGHT = 28
# In pixels. A bar is drawn from `left` to `right`. Where there is room, labels stand in a column
# before that and numbers at the bars' ends; where any bar is negative, numbers have a column too.
_DERIVED = {
    "narrow": "room < 520",
    "step": "narrow ? 42 : 28",
    "height": "max(1, count) * step",
    "labels": "narrow ? 0 : min(label_width, 0.36 * room)",
    "left": "labels",
    "aside": "narrow || low < 0",
    "right": "max(left + 20, width - (narrow ? 0 : text_width))",
}
_AT = "left + (right - left) * ({} - low) / (high - low)"
_TOP = "datum.row * step + (narrow ? 25 : 5)"
_BOTTOM = "datum.row * step + (narrow ? 35 : 23)"
_MIDDLE = "datum.row * step + (narrow ? 12 : 14)"
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def colours(paint: theme.Paint) -> list[str]:
    """Return each slot's colour."""
    return [*(paint(f"series-{slot}") for slot in range(theme.COLOURS)), paint("other")]


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``bars``, without their values."""
    scale = alt.Scale(domain=[*range(PARTS)], range=colours(paint))
    layers = alt.layer(
        _rows(),
        *_bars(scale),
        _zero(paint),
        _labels(paint),
        _numbers(paint),
        _legend(scale),
    ).resolve_scale(fill="independent")
    given = PARAMETERS | (values or {})
    chart = finished(layers, paint, given, width=width, height=_LEAST_HEIGHT)
    # Vega's own height is a signal too, and takes its value from the parameter of that name.
    made: alt.LayerChart = chart.add_params(
        *(alt.param(name=name, expr=expr) for name, expr in _DERIVED.items())
    )
    return made


def _rows() -> alt.Chart:
    """Return what answers to the pointer beside the bars: the whole row."""
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(top="datum.row * step", bottom="(datum.row + 1) * step")
        .mark_rect(color="transparent", aria=False)
        .encode(
            x=alt.value(0),
            x2=alt.value("width"),
            y=_pixels(alt.Y, "top"),
            y2=alt.Y2("bottom"),
            tooltip=_tip(),
        )
    )
    return chart


def _bars(scale: alt.Scale) -> list[alt.Chart]:
    base = (
        alt.Chart(named("bars"))
        .transform_calculate(begin=_AT.format("datum.start"), until=_AT.format("datum.stop"))
        .transform_calculate(
            # What is there is seen, however small it is; neighbours of a stack stay apart.
            end="datum.stop > datum.start"
            " ? max(datum.until - (length(shown) ? 1 : 0), datum.begin + 1) : datum.until",
            top=_TOP,
            bottom=_BOTTOM,
        )
        .encode(
            x=_pixels(alt.X, "begin"),
            x2=alt.X2("end"),
            y=_pixels(alt.Y, "top"),
            y2=alt.Y2("bottom"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            tooltip=_tip(),
        )
    )
    known = base.transform_filter("!datum.faint").mark_rect(opacity=1)
    reach = base.transform_filter("datum.faint").mark_rect(
        fillOpacity=0.25, stroke=alt.ExprRef("scale('color', datum.slot)"), aria=False
    )
    return [reach, known.encode(description=alt.Description("text:N"))]


def _zero(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(
            zero=_AT.format("0"),
            # One line through all rows, but not through the labels of a phone.
            top=f"narrow ? {_TOP} - 2 : datum.row * step",
            bottom=f"narrow ? {_BOTTOM} + 2 : (datum.row + 1) * step",
        )
        .mark_rule(color=paint("axis"), aria=False)
        .encode(x=_pixels(alt.X, "zero"), y=_pixels(alt.Y, "top"), y2=alt.Y2("bottom"))
    )
    return chart


def _labels(paint: theme.Paint) -> alt.Chart:
    room = f"narrow ? max(60, width - 12 - {LETTER_WIDTH} * length(datum.number)) : labels - 8"
    text = shortened("datum.label", "pluck(data('rows'), 'label')", room)
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(middle=_MIDDLE)
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=12.5,
            color=paint("text"),
            limit=alt.ExprRef(room),
            aria=False,
        )
        .encode(
            x=alt.value(0),
            y=_pixels(alt.Y, "middle"),
            text=alt.value(alt.ExprRef(text)),
            tooltip=_tip(),
        )
    )
    return chart


def _numbers(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(
            middle=_MIDDLE,
            at=f"aside ? width : {_AT.format('datum.end')} + 6",
        )
        .mark_text(
            align=alt.ExprRef("aside ? 'right' : 'left'"),
            baseline="middle",
            fontSize=12.5,
            color=paint("muted"),
            aria=False,
        )
        .encode(
            x=_pixels(alt.X, "at"),
            y=_pixels(alt.Y, "middle"),
            text=alt.Text("number:N"),
            tooltip=_tip(),
        )
    )
    return chart


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend names a bar's parts, in their order."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=if_shown("shown", "[-1]"),
        **legend_labels(40, _COLUMNS, empty=True),
        columns=alt.ExprRef(_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=if_shown("150", "0"),
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=if_shown("10", "-13"),
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(fill=alt.Fill("slot:N", scale=scale, legend=legend))
    )
    return chart


def _pixels(channel: type[alt.X] | type[alt.Y], field: str) -> Any:  # noqa: ANN401 - X or Y
    return channel(f"{field}:Q", scale=None, axis=None)


def _tip() -> Any:  # noqa: ANN401 - Altair's value definitions are dictionaries
    # An object of the row, whose names differ from chart to chart.
    return alt.value(alt.ExprRef("datum.tip"))
