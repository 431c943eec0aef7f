"""The digests that were pulled most, a bar each."""

from __future__ import annotations

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import BarLook, bar_drawing
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise

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

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.top_digests` gives it.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return digest_drawing(frame).chart(width=width, paint=paint)


def digest_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn ranked digests into bars; as `insights_nb.charts.marks.bars.bar_drawing`."""
    known_or_raise(frame, ["repository", "digest"], "The chart of digests", _METRIC)
    whose = frame["repository"].unique()
    several = len(whose) > 1
    names = frame["digest"].map(short)
    return bar_drawing(
        frame.assign(name=frame["repository"] + " " + names if several else names),
        "name",
        "pulls",
        BarLook(
            heading="Most pulled digests",
            title="Digest",
            noun=("digest", "digests"),
            notes=[*whose] if len(whose) == 1 else [],
            most=MOST,
        ),
        share="share",
        source=_METRIC,
    )


def short(digest: str) -> str:
    """Return a digest's first twelve digits, ``3f5a9c0e1b2d``."""
    return digest.rpartition(":")[2][:_SHORT]
