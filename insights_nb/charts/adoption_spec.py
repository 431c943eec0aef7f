"""The adoption charts' Vega-Lite specification, built with Altair: the same for every frame.

A band per period, as wide as the period is, stacked: an area between points would draw counts for
days that no report tells of, and would hide a period that stands alone between two gaps.
"""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

from insights_nb.charts import theme

# Slots 0 to 6 for what is named, then one for what is folded and one for pulls by digest.
NAMED = theme.COLOURS
REST = NAMED
DIGEST = NAMED + 1

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (DIGEST + 1),
    "shown": [],
    "periods": [],
    "monthly": False,
    "percent": False,
    "column_width": 48,
    "ceiling": None,
    "room": 700,
}

_SLOTS = list(range(DIGEST + 1))
# Vega formats 10⁹ as "1G", which nobody reads as a billion.
_COUNT = "datum.value % 1 ? '' : replace(format(datum.value, '~s'), 'G', 'B')"
_NUMBER = f"percent ? format(100 * datum.value, '.0f') + ' %' : {_COUNT}"
_DATE = "utcFormat(datum.value, monthly ? '%b %Y' : '%-d %b')"
_COLUMNS = "max(length(shown) > 6 ? 2 : 1, floor((room - 60) / min(column_width, 260)))"
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def colours(paint: theme.Paint) -> list[str]:
    """Return each slot's colour."""
    return [*(paint(f"series-{slot}") for slot in range(NAMED)), paint("other"), paint("axis")]


def build(
    paint: theme.Paint,
    *,
    width: int | Literal["container"] = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``gaps``, without their values."""
    given = PARAMETERS | (values or {})
    if width != "container":
        given["room"] = width
    x_scale = alt.Scale(type="utc", nice=False)
    x_axis = alt.Axis(
        title=None,
        values=alt.ExprRef("periods"),
        labelExpr=_DATE,
        labelOverlap="parity",
        labelSeparation=14,
        labelFlush=20,
        grid=False,
        tickSize=4,
        aria=False,
    )
    y_axis = alt.Axis(
        title=None,
        labelExpr=_NUMBER,
        tickCount=5,
        domain=False,
        ticks=False,
        aria=False,
    )
    x = alt.X("start:T", scale=x_scale, axis=x_axis)
    scale = alt.Scale(domain=_SLOTS, range=colours(paint))
    gaps = (
        alt.Chart(_named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=x,
            x2=alt.X2("stop"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    bands = (
        alt.Chart(_named("rows"))
        .transform_calculate(
            text="datum.name + ', ' + datum.dates + ': ' + datum.count + ', ' + datum.share"
        )
        .mark_rect(opacity=1)
        .encode(
            x=x,
            x2=alt.X2("stop"),
            y=alt.Y(
                "lower:Q",
                scale=alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling")),
                axis=y_axis,
            ),
            y2=alt.Y2("upper"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title="Named"),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("share:N", title="Share"),
            ],
            description=alt.Description("text:N"),
        )
    )
    chart: alt.LayerChart = (
        alt.layer(gaps, bands, _legend(scale))
        .resolve_scale(fill="independent")
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


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend names what is shown, as it is stacked."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        labelExpr="names[datum.value]",
        labelLimit=alt.ExprRef(f"(room - 60) / {_COLUMNS} - 40"),
        columns=alt.ExprRef(_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=150,
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=10,
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(fill=alt.Fill("slot:N", scale=scale, legend=legend))
    )
    return chart


def _named(name: str) -> alt.NamedData:
    # Dates come as UTC milliseconds: parsing them again would only cost time.
    return alt.NamedData(name=name, format=alt.JsonDataFormat(type="json", parse=None))
