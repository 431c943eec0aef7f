"""Signed-in and anonymous users over time, as bounds.

Importing this module does not load Altair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.columns import Datasets, Signals
from insights_nb.charts.ranges import (
    ONE_IN_MANY_ROWS,
    bounds_of,
    range_chart,
    range_datasets,
    range_description,
)
from insights_nb.metrics.audience_sources import ANONYMOUS, SIGNED_IN

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

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

    A period whose report is not held is a light band.

    Parameters
    ----------
    frame
        As `insights_nb.signed_in` gives it.
    share
        Draw the share of the signed-in among all users instead.
    width
        In pixels, or ``"container"`` to fill the cell.
    height
        Of the plot without title, legend and axis, in pixels.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    return range_chart(
        signed_in_datasets(frame, share=share), width=width, height=height, paint=paint
    )


def signed_in_datasets(frame: pd.DataFrame, *, share: bool = False) -> tuple[Datasets, Signals]:
    """Turn users into bounds; as `insights_nb.charts.ranges.range_datasets`."""
    if share:
        series = {"Signed in": bounds_of(frame, "share", source=_SOURCE)}
        heading = "Share of users signed in"
    else:
        series = {
            "Signed in": bounds_of(frame, SIGNED_IN, source=_SOURCE),
            "Anonymous": bounds_of(frame, ANONYMOUS, source=_SOURCE),
        }
        heading = "Users"
    return range_datasets(series, heading=heading, notes=[ONE_IN_MANY_ROWS], share=share)


def signed_in_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the chart shows, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `signed_in_datasets` gives them.
    """
    return range_description(datasets, signals)
