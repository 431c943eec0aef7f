"""Lines of pulls over time: what to draw, as rows and signals, and the chart itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.events import shown_events
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.lines import LineLook, Lines, lines_of
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import harmless
from insights_nb.metrics.pulls import MOST_LINES, fold_other
from insights_nb.periods import Granularity, Period
from insights_nb.selection import MEASURES, Measure, not_offered

TITLES: dict[str, str] = {
    "pulls": "Pulls",
    "data_downloads": "Data downloads",
    "version_checks": "Version checks",
}

UNITS = {
    "pulls": ("pull", "pulls"),
    "data_downloads": ("data download", "data downloads"),
    "version_checks": ("version check", "version checks"),
}
FOLDED = re.compile(r"Other \(\d+ repositor(?:y|ies)(?:, \w+)?\)")
"""What lines are called that `fold_other` adds up."""


def pull_chart(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    granularity: Granularity | None = None,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    events: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw each repository's pulls as a line with a point per period.

    A period whose report is missing breaks the lines and shows as a light band. Beyond 12
    repositories the smallest are folded into one grey line called Other.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.pulls` gives it: ``period``, ``repository`` and the measure; missing
        counts are unknown, not zero.
    measure
        Which count to draw.
    granularity
        Whether periods are weeks or months; by default what the frame says.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    events
        What is marked, with a number above the plot: as `insights_nb.read_events` or
        `insights_nb.first_seen_events` gives it, or both below each other. Of it what lies within
        the time range and is of the frame's repositories or of none; `insights_nb.event_notes` says
        what the numbers stand for. A mark stands on the point of the period that contains the day,
        which is partly before and partly after it; several events of a period share their mark.

    Raises
    ------
    SelectionError
        If the measure is not offered.
    """
    return pull_drawing(frame, measure, granularity, events).chart(
        width=width, height=height, paint=paint
    )


def pull_drawing(
    frame: pd.DataFrame,
    measure: Measure = "pulls",
    granularity: Granularity | None = None,
    events: pd.DataFrame | None = None,
    uncounted: Sequence[Period] = (),
) -> Drawing:
    """Turn a frame of pulls into what the pull chart draws.

    Parameters
    ----------
    frame, measure, granularity, events
        As for `pull_chart`.
    uncounted
        As for `insights_nb.charts.marks.lines.Lines`.
    """
    if measure not in MEASURES:
        raise not_offered("measure", measure, " or ".join(map(repr, MEASURES)))
    known_or_raise(frame, ["period", "repository", measure], "The pull chart", "insights_nb.pulls")
    shown = None if events is None else shown_events(frame, events)
    codes, found = pd.factorize(frame["repository"])
    if len(found) > MOST_LINES:
        frame = fold_other(frame, measure)
        codes, found = pd.factorize(frame["repository"])
    names = [harmless(str(name)) for name in found]
    grey = [FOLDED.fullmatch(name) is not None for name in names]
    lines = Lines(codes, names, grey, uncounted)
    look = LineLook(
        heading=TITLES[measure], title="Repository", unit=UNITS[measure], granularity=granularity
    )
    return lines_of(frame, lines, measure, look, shown)
