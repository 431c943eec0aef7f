"""Data downloads vs version checks, stacked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from insights_nb.charts import texts, theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.stack import Stack, nothing, summed
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import placed, span
from insights_nb.metrics.pulls import granularity_of

_PARTS: Mapping[str, Unit] = {
    "data_downloads": ("data download", "data downloads"),
    "version_checks": ("version check", "version checks"),
}


def downloads_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw data downloads with version checks on top, a column per period.

    Repositories are added up; those whose reports never tell one from the other are left out. A
    period of which neither is known is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.downloads_and_checks` gives it.
    share
        Draw shares of both together instead of counts.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return downloads_drawing(frame, share=share).chart(width=width, height=height, paint=paint)


def downloads_drawing(frame: pd.DataFrame, *, share: bool = False) -> Drawing:
    """Turn a frame into what the chart of downloads and checks draws."""
    heading = f"{'Share of data downloads' if share else 'Data downloads'} and version checks"
    source = "insights_nb.downloads_and_checks"
    return part_drawing(frame, _PARTS, heading=heading, source=source, share=share)


def part_drawing(
    frame: pd.DataFrame, parts: Mapping[str, Unit], *, heading: str, source: str, share: bool
) -> Drawing:
    """Turn columns that are parts of one whole into stacked columns over time.

    Parameters
    ----------
    frame
        One row per period and repository, with a column of counts for each part.
    parts
        Column → one and several of what it counts, lowest first.
    heading
        What is drawn.
    source
        Who makes such a frame.
    share
        Draw shares of all parts together instead of counts.
    """
    known_or_raise(frame, ["period", "repository", *parts], f"The chart “{heading}”", source)
    # Unknown are all or none: who has one of them alone cannot be set against the others.
    known = frame[[*parts]].notna().all(axis=1).to_numpy()
    if not known.any():
        return nothing(heading, "Kind")
    periods, places = placed(frame["period"], granularity_of(frame))
    owners, repositories = pd.factorize(frame["repository"])
    size = (len(repositories), len(periods))
    there = summed(owners, places, known.astype("float64"), size) > 0
    shown = np.asarray(there.any(axis=1))
    values = np.vstack(
        [
            summed(
                np.zeros_like(owners),
                places,
                np.where(known, frame[name].to_numpy("float64", na_value=np.nan), np.nan),
                (1, len(periods)),
            )
            for name in parts
        ]
    )
    some, every = there.any(axis=0), there[shown].all(axis=0)
    names = [texts.harmless(str(name)) for name in np.asarray(repositories)[shown]]
    made = Stack(
        values=values,
        whole=np.where(some, values.sum(axis=0), np.nan),
        periods=periods,
        slots=[*range(len(parts))],
        names=[several.capitalize() for _, several in parts.values()],
        units=[*parts.values()],
        before=[
            names[0] if len(names) == 1 else f"{len(names)} repositories",
            span(periods[0], periods[-1]),
        ],
        after=_notes(int((some & ~every).sum()), periods[0].granularity, int((~shown).sum())),
    )
    return made.drawing(heading, "Kind", share=share)


def _notes(partly: int, granularity: str, untold: int) -> list[str]:
    notes = []
    if partly:
        verb = " lacks" if partly == 1 else "s lack"
        notes.append(f"{partly} {granularity}{verb} some repository's counts.")
    if untold:
        noun = texts.counted(untold, ("repository", "repositories"))
        notes.append(f"Left out: {noun} whose reports do not tell them apart.")
    return notes
