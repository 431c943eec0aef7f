"""The pull chart's Vega-Lite specification, built with Altair.

Dashboards do not import this module: Altair takes longer to load than the chart to draw. They
read the same specification from ``pull_chart.vl.json``, which ``scripts/build_pull_spec.py``
writes.
"""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

from insights_nb.charts import theme

HEIGHT = 300

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (theme.SLOTS + len(theme.OTHER_SLOTS)),
    "shown": [],
    "periods": [],
    "monthly": False,
    "point_size": 44,
    "column_width": 48,
    "ceiling": None,
    "room": 700,
}

_SLOTS = list(range(theme.SLOTS + len(theme.OTHER_SLOTS)))
# Vega formats 10⁹ as "1G", which nobody reads as a billion.
_SHORT_NUMBER = "datum.value % 1 ? '' : replace(format(datum.value, '~s'), 'G', 'B')"
_SHORT_DATE = "utcFormat(datum.value, monthly ? '%b %Y' : '%-d %b')"
# By the room for the whole chart: the plot's own width follows from the legend's.
# Two columns on a phone once one would push the lines off the screen.
_COLUMNS = "max(length(shown) > 6 ? 2 : 1, floor((room - 60) / min(column_width, 260)))"

# The ceiling is set where all is zero, which would else lie in the middle.
_Y_SCALE = alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling"))


def build(
    paint: theme.Paint,
    *,
    width: int | Literal["container"] = "container",
    height: int = HEIGHT,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``gaps``, without their values."""
    given = PARAMETERS | (values or {})
    if width != "container":
        given["room"] = width
    x_scale = alt.Scale(type="utc", nice=False, padding=12)
    x_axis = alt.Axis(
        title=None,
        values=alt.ExprRef("periods"),
        labelExpr=_SHORT_DATE,
        labelOverlap="parity",
        labelSeparation=14,
        # The last label would otherwise end outside the picture.
        labelFlush=20,
        grid=False,
        tickSize=4,
        aria=False,
    )
    y_axis = alt.Axis(
        title=None,
        labelExpr=_SHORT_NUMBER,
        tickCount=5,
        tickMinStep=1,
        domain=False,
        ticks=False,
        aria=False,
    )
    x = alt.X("period:T", scale=x_scale, axis=x_axis)
    y = alt.Y("value:Q", scale=_Y_SCALE, axis=y_axis)
    colour_scale = alt.Scale(domain=_SLOTS, range=theme.colours(paint))

    gaps = (
        alt.Chart(_named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=alt.X("start:T", scale=x_scale, axis=x_axis),
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    lines = (
        alt.Chart(_named("rows"))
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
        alt.Chart(_named("rows"))
        .transform_calculate(
            text="datum.repository + ', ' + datum.dates + ': ' + datum.count"
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
                alt.Tooltip("repository:N", title="Repository"),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("change:N", title="Change"),
            ],
            description=alt.Description("text:N"),
        )
    )
    chart: alt.LayerChart = (
        alt.layer(gaps, lines, points, _legend(paint))
        .resolve_scale(shape="independent", fill="independent", stroke="independent")
        .add_params(*(alt.param(name=name, value=value) for name, value in given.items()))
        .properties(
            width=width,
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=4,
            title=alt.TitleParams(text=given["heading"], subtitle=given["notes"]),
        )
        .configure(**theme.config(paint))
    )
    return chart


def _legend(paint: theme.Paint) -> alt.Chart:
    """Return a layer without rows whose legend shows each line's colour, dash and marker."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        labelExpr="names[datum.value]",
        labelLimit=alt.ExprRef(f"(room - 60) / {_COLUMNS} - 44"),
        columns=alt.ExprRef(_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=484,
        symbolStrokeWidth=2,
        labelOffset=6,
        offset=10,
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


def _named(name: str) -> alt.NamedData:
    # Dates come as UTC milliseconds: parsing them again would only cost time.
    return alt.NamedData(name=name, format=alt.JsonDataFormat(type="json", parse=None))
