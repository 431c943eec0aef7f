"""The digests that were pulled most, a bar each.

Importing this module does not load Altair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.bars import bar_chart, bar_datasets
from insights_nb.charts.columns import Datasets, Signals
from insights_nb.charts.series import known_or_raise

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

MOST = 15
"""How many bars there are at most."""

# As Docker's own command line shortens one.
_SHORT = 12
_METRIC = "insights_nb.top_digests"


def digest_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw the most pulled digests, each with its pulls and its share of all digests' pulls.

    A digest is written as its first twelve digits. Beyond 15 bars the smallest are added up.

    Parameters
    ----------
    frame
        As `insights_nb.top_digests` gives it.
    width
        In pixels, or ``"container"`` to fill the cell; the height follows from the rows.
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
    """
    return bar_chart(digest_datasets(frame), width=width, paint=paint)


def digest_datasets(frame: pd.DataFrame) -> tuple[Datasets, Signals]:
    """Turn ranked digests into bars; as `insights_nb.charts.bars.bar_datasets`.

    Parameters
    ----------
    frame
        As for `digest_chart`.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    """
    known_or_raise(frame, ["repository", "digest"], "The chart of digests", _METRIC)
    whose = frame["repository"].unique()
    several = len(whose) > 1
    names = frame["digest"].map(short)
    return bar_datasets(
        frame.assign(name=frame["repository"] + " " + names if several else names),
        "name",
        "pulls",
        share="share",
        heading="Most pulled digests",
        notes=[*whose] if len(whose) == 1 else [],
        most=MOST,
        title="Digest",
        noun=("digest", "digests"),
        source=_METRIC,
    )


def short(digest: str) -> str:
    """Return a digest's first twelve digits, ``3f5a9c0e1b2d``."""
    return digest.rpartition(":")[2][:_SHORT]
