"""Who pulls: by country, cloud, client, use case or tag, over time and over the time range.

A dashboard takes the specifications of stacked columns and of bars (`insights_nb.charts.specs`)
and sends what is made of each frame here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.bands import BandLook, band_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import BarLook, bar_drawing
from insights_nb.charts.parts import Width
from insights_nb.charts.pulls import TITLES, UNITS
from insights_nb.charts.series import known_or_raise, lacks
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import span
from insights_nb.counts.clients import USE_CASES
from insights_nb.counts.use_cases import NO_CLOUD
from insights_nb.geography import country_name
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Period
from insights_nb.schema import DIMENSIONS, REPORTS
from insights_nb.selection import MEASURES, Measure, not_offered

AUDIENCE = "insights_nb.audience"
"""Who makes the frames."""

NO_CLOUD_PROVIDER = "no cloud provider"


def cloud_name(cloud: str) -> str:
    """Return what a cloud is called; no cloud is not a cloud that is not named."""
    return NO_CLOUD_PROVIDER if cloud.casefold() in NO_CLOUD else cloud


_LABELS: Mapping[str, Callable[[str], str]] = {"country": country_name, "cloud": cloud_name}


@dataclass(frozen=True)
class Words:
    """What a dimension (`insights_nb.schema.DIMENSIONS`) and its values are called on a page."""

    noun: Unit
    label: Callable[[str], str]
    missing: str
    note: str

    @property
    def title(self) -> str:
        """What a tooltip calls a value."""
        return self.noun[0].capitalize()


WORDS: Mapping[str, Words] = {
    name: Words((one.one, one.several), _LABELS.get(name, str), one.missing, one.note)
    for name, one in DIMENSIONS.items()
}
"""Dimension of `insights_nb.audience` → words."""


def dimension_of(frame: pd.DataFrame, chart: str) -> str:
    """Return by what a frame tells pulls apart.

    Raises
    ------
    FrameError
        If it has no column of a dimension, or several.
    """
    found = [name for name in WORDS if name in frame]
    if len(found) != 1:
        raise lacks(chart, ["one of " + ", ".join(WORDS)], AUDIENCE)
    return found[0]


def unit_of(frame: pd.DataFrame, chart: str, by: str, measure: str) -> Unit:
    """Check that a frame has what a chart draws, and return what it counts.

    Raises
    ------
    FrameError
        If it lacks a column.
    SelectionError
        If the measure is not offered.
    """
    if measure not in MEASURES:
        raise not_offered("measure", measure, " or ".join(map(repr, MEASURES)))
    known_or_raise(frame, ["period", by, measure], chart, AUDIENCE)
    return UNITS[measure]


def headed(measure: str, by: str) -> str:
    """Return what is drawn: ``Pulls by cloud provider``."""
    return f"{TITLES[measure]} by {WORDS[by].noun[0]}"


def dated(heading: str, frame: pd.DataFrame) -> str:
    """Add the frame's time range: ``Pulls by country, 7 Sep – 4 Oct 2026``."""
    if frame.empty:
        return heading
    granularity = granularity_of(frame)
    days = (frame["period"].min().date(), frame["period"].max().date())
    return f"{heading}, {span(*(Period(granularity, day) for day in days))}"


def sources(frame: pd.DataFrame, by: str) -> list[str]:
    """Say which report counts, what is inferred, and which repositories are left out.

    One short line each: a phone has no room for more.
    """
    known = REPORTS.get(frame.attrs.get("source", ""))
    parts = [f"Source: {known.title}"] if known else []
    if note := WORDS[by].note:
        parts.append(note)
    sentences = ["; ".join(parts)] if parts else []
    if left_out := len(frame.attrs.get("left_out", ())):
        noun = WORDS["repository"].noun[left_out != 1]
        sentences.append(f"Left out: {left_out} {noun} of other reports.")
    return sentences


def missing_periods(frame: pd.DataFrame) -> list[str]:
    """Say which periods a sum over the time range lacks."""
    missing = [Period.parse(label) for label in frame.attrs.get("missing", ())]
    if not missing:
        return []
    first = missing[0]
    text = first.dates if len(missing) == 1 else f"{len(missing)} {first.granularity}s"
    return [f"Missing, not counted: {text}."]


_CHART, _BARS = "The audience chart", "The audience bars"


def audience_chart(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw where pulls come from, stacked, a column per period.

    The seven countries, clouds, clients or tags with the most pulls have a band each, the rest
    is folded into one, and pulls that name none are a hollow band on top. Use cases keep their
    order and colours, whichever are there. A period whose report is missing is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.audience` gives it, by any dimension, or some of its rows.
    measure
        Which count to draw.
    share
        Draw shares instead of counts.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.

    Raises
    ------
    SelectionError
        If the measure is not offered.
    """
    return audience_drawing(frame, measure=measure, share=share).chart(
        width=width, height=height, paint=paint
    )


def audience_drawing(
    frame: pd.DataFrame, *, measure: Measure = "pulls", share: bool = False
) -> Drawing:
    """Turn a frame into what the stacked columns draw.

    Returns
    -------
    Drawing
        Datasets: ``rows`` and ``gaps``, as `insights_nb.charts.bands.band_drawing` gives them.
        Signals: the parameters of the specification ``bands``.
    """
    by = dimension_of(frame, _CHART)
    words = WORDS[by]
    unit = unit_of(frame, _CHART, by, measure)
    look = BandLook(
        heading=headed(measure, by),
        title=words.title,
        unit=unit,
        noun=words.noun,
        labels=words.label,
        missing_label=words.missing,
        share=share,
        order=USE_CASES if by == "use_case" else "most",
        notes=sources(frame, by),
    )
    return band_drawing(frame, by, look, value=measure)


def audience_bars(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    most: int = 15,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw where the pulls of the whole time range come from, as bars, most pulls first.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.audience` gives it, by any dimension, or some of its rows.
    measure
        Which count to draw.
    most
        How many bars there may be; the smallest are folded into the last one.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.

    Raises
    ------
    SelectionError
        If the measure is not offered.
    """
    return audience_bar_drawing(frame, measure=measure, most=most).chart(width=width, paint=paint)


def audience_bar_drawing(
    frame: pd.DataFrame, *, measure: Measure = "pulls", most: int = 15
) -> Drawing:
    """Turn a frame into ranked bars.

    Returns
    -------
    Drawing
        Datasets: ``rows`` and ``bars``, as `insights_nb.charts.marks.bars.bar_drawing` gives them;
        a share is one of all that the frame counts.
        Signals: the parameters of the specification ``bars``.
    """
    by = dimension_of(frame, _BARS)
    words = WORDS[by]
    unit = unit_of(frame, _BARS, by, measure)
    sums = frame.groupby(by, dropna=False)[measure].sum()
    sums = sums[sums > 0]
    ranked = sums.rename_axis(by).reset_index()
    ranked["share"] = ranked[measure] / ranked[measure].sum()
    look = BarLook(
        heading=dated(headed(measure, by), frame),
        title=words.title,
        unit=unit,
        noun=words.noun,
        labels=words.label,
        missing_label=words.missing,
        notes=[*sources(frame, by), *missing_periods(frame)],
        most=most,
    )
    return bar_drawing(ranked, by, measure, look, share="share", source=AUDIENCE)
