"""The chart of bounds over time, built with Altair: the same for every frame."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import parts, theme
from insights_nb.charts.parts import Width
from insights_nb.charts.ranges import MOST

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * MOST,
    "shown": [],
    "periods": [],
    "monthly": False,
    "percent": False,
    "column_width": 48,
    "ceiling": None,
    "room": 700,
}

# A series is told by its body too: a light bar, a stem, and an outline.
_FILLING = "[0.3, 0.8, 0][datum.slot]"
_OUTLINE = "datum.slot === 2 ? 1 : 0"
_KEYS = (
    "M-.7,-1H.7V1H-.7Z",
    "M-.7,-1H.7V-.7H.2V.7H.7V1H-.7V.7H-.2V-.7H-.7Z",
    "M-.7,-1H.7V1H-.7ZM-.45,-.75V.75H.45V-.75Z",
)
_SLOTS = [*range(MOST)]
# What answers to the pointer is no thinner than this many pixels, though the bounds be equal.
_RIM = 8


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``gaps``, without their values."""
    scale = alt.Scale(domain=_SLOTS, range=[paint(f"series-{slot}") for slot in _SLOTS])
    layers = alt.layer(
        _gaps(paint),
        _bodies(scale),
        *_ends(scale),
        _exact(scale),
        _open(scale),
        _hits(),
        _legend(scale),
    ).resolve_scale(shape="independent", fill="independent")
    given = PARAMETERS | (values or {})
    return parts.finished(layers, paint, given, width=width, height=height)


def _gaps(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=_x("start"),
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    return chart


def _bodies(scale: alt.Scale) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .mark_rect(
            fillOpacity=alt.ExprRef(_FILLING),
            stroke=alt.ExprRef("scale('color', datum.slot)"),
            strokeWidth=alt.ExprRef(_OUTLINE),
            aria=False,
        )
        .encode(
            x=_x("begin"),
            x2=alt.X2("end"),
            y=_y("lower"),
            y2=alt.Y2("upper"),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
    )
    return chart


def _ends(scale: alt.Scale) -> list[alt.Chart]:
    return [
        alt.Chart(parts.named("rows"))
        .mark_rule(strokeWidth=2.5, aria=False)
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y(bound),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
        for bound in ("lower", "upper")
    ]


def _exact(scale: alt.Scale) -> alt.Chart:
    """Return markers on counts without a range, each series' of its own shape."""
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_filter("datum.exact")
        .transform_calculate(middle="(datum.start + datum.stop) / 2")
        .mark_point(filled=True, opacity=1, size=26, aria=False)
        .encode(
            x=_x("middle"),
            y=_y("lower"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.shapes()[:MOST]), legend=None
            ),
        )
    )
    return chart


def _open(scale: alt.Scale) -> alt.Chart:
    """Return arrows on lower bounds that no upper one is known of."""
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_filter("datum.open")
        .transform_calculate(middle="(datum.start + datum.stop) / 2")
        .mark_text(text="↑", baseline="bottom", dy=-1, fontSize=13, aria=False)
        .encode(
            x=_x("middle"),
            y=_y("lower"),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
    )
    return chart


def _hits() -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(text="datum.name + ', ' + datum.dates + ': ' + datum.count")
        .mark_rect(color="transparent", stroke="transparent", strokeWidth=_RIM)
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y("lower"),
            y2=alt.Y2("upper"),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title="Who"),
                alt.Tooltip("count:N", title="Count"),
            ],
            description=alt.Description("text:N"),
        )
    )
    return chart


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend shows each series as its ranges look."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(40),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=180,
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=10,
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=[*_KEYS]), legend=legend
            ),
            fill=alt.Fill("slot:N", scale=scale, legend=legend),
        )
    )
    return chart


def _x(field: str) -> alt.X:
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc", nice=False), axis=parts.time_axis())


def _y(field: str) -> alt.Y:
    scale = alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling"))
    return alt.Y(f"{field}:Q", scale=scale, axis=parts.number_axis())
