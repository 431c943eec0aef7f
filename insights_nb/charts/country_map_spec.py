"""The country map's Vega-Lite specification, built with Altair: the same for every frame.

The map itself, ``world.json``, is the named data ``world``, and projected already. What is shown
looks up its outline there, so that new rows draw again only the countries that they name.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import theme
from insights_nb.charts.parts import LEGEND_COLUMNS, Width, finished, legend_labels, named

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * theme.LEVELS,
    "shown": [],
    "column_width": 48,
    "room": 700,
}

# How wide the world is, and how far north and south it goes from the equator, in the unit of
# ``world.json``; with a rim for the circles at its edges.
_ACROSS, _NORTH, _SOUTH = 5.42, 1.33, 1.05
# In pixels; on a phone smaller, so that Europe is not hidden under its smallest countries.
_RADIUS = "max(2.5, width / 260)"
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``world``, without their values."""
    scale = alt.Scale(domain=[*range(theme.LEVELS)], range=theme.levels(paint))
    projection: dict[str, Any] = {
        "type": "identity",
        "scale": alt.ExprRef(f"width / {_ACROSS}"),
        "translate": alt.ExprRef(f"[width / 2, {_NORTH} * width / {_ACROSS}]"),
        "pointRadius": alt.ExprRef(_RADIUS),
    }
    land = (
        alt.Chart(_world())
        .transform_filter("datum.geometry.type !== 'Point'")
        .mark_geoshape(fill=paint("grid"), stroke=paint("surface"), strokeWidth=0.5, aria=False)
        .project(**projection)
    )
    countries = (
        alt.Chart(named("rows"))
        .transform_lookup(lookup="id", from_=alt.LookupData(data=_world(), key="id"), as_="outline")
        .mark_geoshape(stroke=paint("surface"), strokeWidth=0.5)
        .project(**projection)
        .encode(
            shape=alt.Shape("outline", type="geojson"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("name:N", title="Country"),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("share:N", title="Share"),
            ],
            description=alt.Description("text:N"),
        )
    )
    layers = alt.layer(land, countries, _legend(scale)).resolve_scale(fill="independent")
    given = PARAMETERS | (values or {})
    chart = finished(layers, paint, given, width=width, height=1)
    # Vega's own height is a signal too, and takes its value from the parameter of that name.
    made: alt.LayerChart = chart.add_params(
        alt.param(name="height", expr=f"{_NORTH + _SOUTH} * width / {_ACROSS}")
    )
    return made


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend says which counts a colour stands for."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **legend_labels(40),
        columns=alt.ExprRef(LEGEND_COLUMNS),
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


def _world() -> alt.NamedData:
    return alt.NamedData(
        name="world", format=alt.TopoDataFormat(type="topojson", feature="countries")
    )
