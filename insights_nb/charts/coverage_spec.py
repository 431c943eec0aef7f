"""The coverage chart's Vega-Lite specification, built with Altair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt

from insights_nb.charts import theme

# Which parts of its height a status fills, from the top: a cell of four pixels' width is told by
# its form too, not by its colour alone.
FORMS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "held": ((0, 1),),
    "revised": ((0, 0.4), (0.6, 1)),
    "missing": ((0, 0.18), (0.82, 1)),
    "overdue": ((0.5, 1),),
    "expected": ((0.8, 1),),
}
COLOURS = {
    "held": "series-0",
    "revised": "series-4",
    "missing": "series-1",
    "overdue": "series-3",
    "expected": "other",
}
# What is held is the calm ground on which the rest stands out.
_OPACITY = "{} === 'held' ? 0.5 : 1"


def build(
    paint: theme.Paint,
    *,
    statuses: Sequence[str],
    span: tuple[int, int],
    width: int | Literal["container"],
    height: int,
    heading: str,
    notes: Sequence[str],
) -> alt.LayerChart:
    """Return the chart over its named data, without their values.

    Parameters
    ----------
    paint
        Gives each colour.
    statuses
        Those that the legend explains.
    span
        Where time begins and ends, in UTC milliseconds.
    width, height
        Of the plot, in pixels; positions in the data are pixels from its top.
    heading, notes
        The title and the lines below it.
    """
    x_scale = alt.Scale(type="utc", nice=False, domain=[*span])
    y_scale = alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False)
    chart: alt.LayerChart = (
        alt.layer(
            _headings(paint, y_scale),
            _names(paint, y_scale),
            _pieces(paint, x_scale, y_scale),
            _cells(x_scale, y_scale),
            _wedges(paint, x_scale, y_scale),
            _legend(paint, statuses),
        )
        .resolve_scale(shape="independent", fill="independent")
        .properties(
            width=width,
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=4,
            title=alt.TitleParams(text=heading, subtitle=[*notes]),
            description=" ".join([f"{heading}.", *notes]),
        )
        .configure(**theme.config(paint))
    )
    return chart


def _pieces(paint: theme.Paint, x_scale: alt.Scale, y_scale: alt.Scale) -> alt.Chart:
    colours = alt.Scale(domain=[*FORMS], range=[paint(COLOURS[name]) for name in FORMS])
    chart: alt.Chart = (
        alt.Chart(_named("pieces"))
        .mark_rect(aria=False)
        .encode(
            x=alt.X("start:T", scale=x_scale, axis=_axis()),
            x2=alt.X2("stop"),
            y=alt.Y("top:Q", scale=y_scale, axis=None),
            y2=alt.Y2("bottom"),
            color=alt.Color("status:N", scale=colours, legend=None),
            # Not through a scale: the legend's symbols would all look alike.
            opacity=alt.OpacityValue(alt.ExprRef(_OPACITY.format("datum.status"))),
        )
    )
    return chart


def _cells(x_scale: alt.Scale, y_scale: alt.Scale) -> alt.Chart:
    """Return what answers to the pointer: the whole cell, however little of it is filled."""
    chart: alt.Chart = (
        alt.Chart(_named("cells"))
        .mark_rect(color="transparent")
        .encode(
            x=alt.X("start:T", scale=x_scale, axis=_axis()),
            x2=alt.X2("stop"),
            y=alt.Y("top:Q", scale=y_scale, axis=None),
            y2=alt.Y2("bottom"),
            tooltip=[
                alt.Tooltip("report:N", title="Report"),
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("status:N", title="Status"),
                alt.Tooltip("files:N", title="Held"),
                alt.Tooltip("due:N", title="Due"),
                alt.Tooltip("offered:N", title="Listed"),
            ],
            description=alt.Description("text:N"),
        )
    )
    return chart


def _wedges(paint: theme.Paint, x_scale: alt.Scale, y_scale: alt.Scale) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(_named("cells"))
        .transform_filter("datum.at_risk")
        .transform_calculate(middle="(datum.start + datum.stop) / 2", above="datum.top - 5")
        .mark_text(text="▼", fontSize=9, baseline="middle", color=paint("text"), aria=False)
        .encode(
            x=alt.X("middle:T", scale=x_scale, axis=_axis()),
            y=alt.Y("above:Q", scale=y_scale, axis=None),
        )
    )
    return chart


def _names(paint: theme.Paint, y_scale: alt.Scale) -> alt.Chart:
    return _texts("names", y_scale, fontSize=12, color=paint("text"))


def _headings(paint: theme.Paint, y_scale: alt.Scale) -> alt.Chart:
    return _texts("headings", y_scale, fontSize=12.5, fontWeight=600, color=paint("muted"))


def _texts(name: str, y_scale: alt.Scale, **mark: Any) -> alt.Chart:  # noqa: ANN401 - mark options
    chart: alt.Chart = (
        alt.Chart(_named(name))
        .mark_text(align="left", baseline="alphabetic", limit=alt.ExprRef("width"), **mark)
        .encode(x=alt.value(0), y=alt.Y("y:Q", scale=y_scale, axis=None), text=alt.Text("text:N"))
    )
    return chart


def _legend(paint: theme.Paint, statuses: Sequence[str]) -> alt.Chart:
    """Return a layer without rows whose legend shows each status as its cells look."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=[*statuses],
        columnPadding=14,
        symbolSize=200,
        symbolStrokeWidth=0,
        symbolOpacity=alt.ExprRef(_OPACITY.format("datum.value")),
        offset=8,
        aria=False,
    )
    colours = [paint(COLOURS[name]) for name in FORMS]
    forms = ["".join(_bar(*part) for part in parts) for parts in FORMS.values()]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(strokeWidth=0, opacity=1)
        .encode(
            shape=alt.Shape(
                "status:N", scale=alt.Scale(domain=[*FORMS], range=forms), legend=legend
            ),
            fill=alt.Fill(
                "status:N", scale=alt.Scale(domain=[*FORMS], range=colours), legend=legend
            ),
        )
    )
    return chart


def _bar(upper: float, lower: float) -> str:
    return f"M-.7,{2 * upper - 1:.2g}H.7V{2 * lower - 1:.2g}H-.7Z"


def _axis() -> alt.Axis:
    return alt.Axis(
        title=None,
        orient="top",
        format="%b %Y",
        tickCount=alt.ExprRef("width / 90"),
        labelOverlap="parity",
        labelSeparation=12,
        labelFlush=20,
        grid=False,
        tickSize=4,
        aria=False,
    )


def _named(name: str) -> alt.NamedData:
    return alt.NamedData(name=name, format=alt.JsonDataFormat(type="json", parse=None))
