"""Who pulls: by country, cloud, client, use case or tag, over time and over the interval.

A dashboard takes the specifications of stacked columns and of bars (`insights_nb.charts.specs`)
and sends what is made of each frame here.
"""

from __future__ import annotations

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.audience_words import (
    AUDIENCE,
    WORDS,
    dated,
    dimension_of,
    headed,
    not_held,
    sources,
    unit_of,
)
from insights_nb.charts.bands import BandLook, band_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import BarLook, bar_drawing
from insights_nb.charts.parts import Width
from insights_nb.metrics.clients import USE_CASES
from insights_nb.selection import Measure

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
    order and colours, whichever are there. A period whose report is not held is a light band.

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
    """Draw where the pulls of the whole interval come from, as bars, most pulls first.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.audience` gives it, by any dimension, or some of its rows.
    measure
        Which count to draw.
    most
        How many bars there may be; the smallest are folded into the last one.
    width
        In pixels, or ``"container"`` to fill the cell; the height follows from the rows.
    paint
        As for `audience_chart`.

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
        notes=[*sources(frame, by), *not_held(frame)],
        most=most,
    )
    return bar_drawing(ranked, by, measure, look, share="share", source=AUDIENCE)
