"""How legacy programs' images were asked for, stacked: by tag, by digest, only checked."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.downloads import part_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width
from insights_nb.charts.texts import Unit

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

    Repositories are added up. A period whose report is missing is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.pull_actions` gives it.
    share
        Draw shares of all three together instead of counts.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return pull_actions_drawing(frame, share=share).chart(width=width, height=height, paint=paint)


def pull_actions_drawing(frame: pd.DataFrame, *, share: bool = False) -> Drawing:
    """Turn a frame into what the chart of actions draws."""
    heading = f"{'Share of pulls' if share else 'Pulls'} by tag, by digest and version checks"
    source = "insights_nb.pull_actions"
    return part_drawing(frame, _PARTS, heading=heading, source=source, share=share)
