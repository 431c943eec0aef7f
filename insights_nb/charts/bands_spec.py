"""The stacked columns' Vega-Lite specification, built with Altair: the same for every frame.

A column per period, as wide as the period is: an area between points would draw counts for days
that no report tells of, and would hide a period that stands alone between two gaps.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import events_spec, parts, theme
from insights_nb.charts.parts import Width

# Slots 0 to 6 for what is named, then one for what is folded and one for what names nothing.
NAMED = theme.COLOURS
REST = NAMED
UNNAMED = NAMED + 1

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (UNNAMED + 1),
    "shown": [],
    "periods": [],
    "until": None,
    "monthly": False,
    "percent": False,
    "column_width": 48,
    "ceiling": None,
    "titles": {},
    "room": 700,
    **events_spec.PARAMETERS,
}

_SLOTS = list(range(UNNAMED + 1))
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def colours(paint: theme.Paint) -> list[str]:
    """Return each slot's colour; what names nothing is hollow, with an outline."""
    return [*(paint(f"series-{slot}") for slot in range(NAMED)), paint("other"), paint("gap")]


def outlines(paint: theme.Paint) -> list[str]:
    """Return each slot's outline."""
    return ["transparent"] * (NAMED + 1) + [paint("other")]


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data rows, gaps and events, without their values."""
    given = PARAMETERS | (values or {})
    # A period in which nothing was pulled has no column, and is on the axis all the same.
    scale = alt.Scale(
        type="utc", nice=False, domainMin=alt.ExprRef("periods[0]"), domainMax=alt.ExprRef("until")
    )
    axis = parts.time_axis()
    x = alt.X("start:T", scale=scale, axis=axis)
    event = alt.X("at:T", scale=scale, axis=axis)
    fills = alt.Scale(domain=_SLOTS, range=colours(paint))
    strokes = alt.Scale(domain=_SLOTS, range=outlines(paint))
    gaps = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=x,
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    bands = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(
            text="datum.name + ', ' + datum.dates + ': ' + datum.count + ', ' + datum.share"
        )
        .mark_rect(opacity=1, strokeWidth=1)
        .encode(
            x=x,
            x2=alt.X2("end"),
            y=alt.Y(
                "lower:Q",
                scale=alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling")),
                axis=parts.number_axis(),
            ),
            y2=alt.Y2("upper"),
            fill=alt.Fill("slot:N", scale=fills, legend=None),
            stroke=alt.Stroke("slot:N", scale=strokes, legend=None),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title=parts.row_title(given, "Series")),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("share:N", title="Share"),
            ],
            description=alt.Description("text:N"),
        )
    )
    chart: alt.LayerChart = alt.layer(
        gaps,
        bands,
        events_spec.rules(paint, event),
        *events_spec.numbers(paint, event),
        _legend(fills, strokes),
    ).resolve_scale(fill="independent", stroke="independent")
    return parts.finished(chart, paint, given, width=width, height=height)


def _legend(fills: alt.Scale, strokes: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend names what is shown, as it is stacked."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(40),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=150,
        symbolStrokeWidth=1,
        labelOffset=6,
        offset=events_spec.above(10),
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            fill=alt.Fill("slot:N", scale=fills, legend=legend),
            stroke=alt.Stroke("slot:N", scale=strokes, legend=legend),
        )
    )
    return chart
