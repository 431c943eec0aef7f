"""Signed-in and anonymous users over time, as bounds."""

from __future__ import annotations

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.ranges import (
    ONE_IN_MANY_ROWS,
    bounds_of,
    range_drawing,
)
from insights_nb.charts.parts import Width
from insights_nb.metrics.audience import ANONYMOUS, SIGNED_IN

_SOURCE = "insights_nb.signed_in"


def signed_in_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw between what numbers the signed-in and the anonymous users lie, side by side.

    A period whose report is missing is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.signed_in` gives it.
    share
        Draw the share of the signed-in among all users instead.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return signed_in_drawing(frame, share=share).chart(width=width, height=height, paint=paint)


def signed_in_drawing(frame: pd.DataFrame, *, share: bool = False) -> Drawing:
    """Turn users into bounds; as `insights_nb.charts.marks.ranges.range_drawing`."""
    if share:
        series = {"Signed in": bounds_of(frame, "share", source=_SOURCE)}
        heading = "Share of users signed in"
    else:
        series = {
            "Signed in": bounds_of(frame, SIGNED_IN, source=_SOURCE),
            "Anonymous": bounds_of(frame, ANONYMOUS, source=_SOURCE),
        }
        heading = "Users"
    return range_drawing(series, heading=heading, notes=[ONE_IN_MANY_ROWS], share=share)
