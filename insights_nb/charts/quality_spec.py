"""The chart of checks' Vega-Lite specification, built with Altair."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import grid_spec, theme
from insights_nb.charts.parts import Width
from insights_nb.charts.quality import FORMS

COLOURS = {
    "equal": "series-0",
    "within range": "series-2",
    "differs": "series-1",
    "cannot be checked": "other",
}
CALM = ("equal", "within range")
TOOLTIP = (
    ("check", "Check"),
    ("dates", "Period"),
    ("verdict", "Worst"),
    ("compared", "Compared"),
    ("largest", "Largest difference"),
)


def build(
    paint: theme.Paint, *, width: Width = "container", values: dict[str, Any] | None = None
) -> alt.LayerChart:
    """Return the chart over its named data, without their values."""
    return grid_spec.build(
        paint, forms=FORMS, colours=COLOURS, calm=CALM, tooltip=TOOLTIP, width=width, values=values
    )
