"""The coverage chart's Vega-Lite specification, built with Altair."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import grid_spec, theme
from insights_nb.charts.coverage import FORMS
from insights_nb.charts.parts import Width

COLOURS = {
    "held": "series-0",
    "revised": "series-4",
    "without rows": "series-2",
    "missing": "series-1",
    "overdue": "series-3",
    "expected": "other",
}
CALM = ("held",)
TOOLTIP = (
    ("report", "Report"),
    ("dates", "Period"),
    ("status", "Status"),
    ("files", "Held"),
    ("due", "Due"),
    ("offered", "Listed"),
)


def build(
    paint: theme.Paint, *, width: Width = "container", values: dict[str, Any] | None = None
) -> alt.LayerChart:
    """Return the chart over its named data, without their values."""
    return grid_spec.build(
        paint, forms=FORMS, colours=COLOURS, calm=CALM, tooltip=TOOLTIP, width=width, values=values
    )
