"""The line charts' Vega-Lite specification, built with Altair: the same for every frame.

Dashboards do not import this module: Altair takes longer to load than the chart to draw. They
read the same specification from ``specs``, where ``scripts/build_specs.py`` writes it.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import events_spec, parts, theme
from insights_nb.charts.parts import Width

HEIGHT = 300

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (theme.SLOTS + len(theme.OTHER_SLOTS)),
    "shown": [],
    "periods": [],
    "monthly": False,
    "percent": False,
    "point_size": 44,
    "column_width": 48,
    "ceiling": None,
    "titles": {},
    "room": 700,
    **events_spec.PARAMETERS,
}

_SLOTS = list(range(theme.SLOTS + len(theme.OTHER_SLOTS)))

# The ceiling is set where all is zero, which would else lie in the middle.
_Y_SCALE = alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling"))


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = HEIGHT,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data rows, gaps and events, without their values."""
    given = PARAMETERS | (values or {})
    x_scale = alt.Scale(type="utc", nice=False, padding=12)
    x_axis = parts.time_axis()
    x = alt.X("period:T", scale=x_scale, axis=x_axis)
    y = alt.Y("value:Q", scale=_Y_SCALE, axis=parts.number_axis())
    colour_scale = alt.Scale(domain=_SLOTS, range=theme.colours(paint))

    gaps = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=alt.X("start:T", scale=x_scale, axis=x_axis),
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    event = alt.X("at:T", scale=x_scale, axis=x_axis)
    lines = (
        alt.Chart(parts.named("rows"))
        .mark_line(strokeWidth=2, strokeJoin="round", strokeCap="round", aria=False)
        .encode(
            x=x,
            y=y,
            color=alt.Color("slot:N", scale=colour_scale, legend=None),
            strokeDash=alt.StrokeDash(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.dashes()), legend=None
            ),
        )
    )
    points = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(
            text="datum.name + ', ' + datum.dates + ': ' + datum.count"
            " + (datum.change === '–' ? '' : ', ' + datum.change)"
        )
        # The invisible rim makes a small point easy to hit; a wider one would have holes.
        .mark_point(
            filled=True,
            size=alt.ExprRef("point_size"),
            opacity=1,
            stroke="transparent",
            strokeWidth=alt.ExprRef("1.5 * sqrt(point_size)"),
            strokeJoin="round",
        )
        .encode(
            x=x,
            y=y,
            color=alt.Color("slot:N", scale=colour_scale, legend=None),
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.shapes()), legend=None
            ),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title=parts.row_title(given, "Series")),
                alt.Tooltip("count:N", title=parts.row_title(given, "Count")),
                alt.Tooltip("change:N", title="Change"),
            ],
            description=alt.Description("text:N"),
        )
    )
    legend = line_legend(paint, offset=events_spec.above(10))
    chart: alt.LayerChart = alt.layer(
        gaps,
        events_spec.rules(paint, event),
        lines,
        points,
        *events_spec.numbers(paint, event),
        legend,
    ).resolve_scale(shape="independent", fill="independent", stroke="independent")
    return parts.finished(chart, paint, given, width=width, height=height)


def line_legend(paint: theme.Paint, *, offset: float | alt.ExprRef = 10) -> alt.Chart:
    """Return a layer without rows whose legend shows each line's colour, dash and marker.

    Parameters
    ----------
    paint
        Gives each colour.
    offset
        How far above the plot it is, in pixels.
    """
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(44),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=484,
        symbolStrokeWidth=2,
        labelOffset=6,
        offset=offset,
        aria=False,
    )
    colour = theme.colours(paint)
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            shape=alt.Shape(
                "slot:N",
                scale=alt.Scale(domain=_SLOTS, range=theme.legend_shapes()),
                legend=legend,
            ),
            fill=alt.Fill("slot:N", scale=alt.Scale(domain=_SLOTS, range=colour), legend=legend),
            stroke=alt.Stroke(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=colour), legend=legend
            ),
        )
    )
    return chart
