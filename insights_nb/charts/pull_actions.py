"""How legacy programs' images were asked for, stacked: by tag, by digest, only checked.

Importing this module does not load Altair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts import stack, theme
from insights_nb.charts.columns import Datasets, Signals
from insights_nb.charts.downloads import part_datasets
from insights_nb.charts.texts import Unit

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

_PARTS: Mapping[str, Unit] = {
    "pulls_by_tag": ("pull by tag", "pulls by tag"),
    "pulls_by_digest": ("pull by digest", "pulls by digest"),
    "version_checks": ("version check", "version checks"),
}


def pull_actions_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw pulls by tag, pulls by digest and version checks, a column per period.

    Repositories are added up. A period whose report is not held is a light band.

    Parameters
    ----------
    frame
        As `insights_nb.pull_actions` gives it.
    share
        Draw shares of all three together instead of counts.
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
        Its rows are in it, however many.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    made = pull_actions_datasets(frame, share=share)
    return stack.chart(made, width=width, height=height, paint=paint)


def pull_actions_datasets(frame: pd.DataFrame, *, share: bool = False) -> tuple[Datasets, Signals]:
    """Turn a frame into what the chart of actions draws.

    Parameters
    ----------
    frame, share
        As for `pull_actions_chart`.

    Returns
    -------
    tuple of dict
        Datasets and signals as `insights_nb.charts.bands.band_datasets` gives them.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    heading = f"{'Share of pulls' if share else 'Pulls'} by tag, by digest and version checks"
    source = "insights_nb.pull_actions"
    return part_datasets(frame, _PARTS, heading=heading, source=source, share=share)
