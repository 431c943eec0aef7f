"""Stacked columns over time, a band for each value of a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import texts, theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.events import shown_events
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.stack import NAMED, REST, UNNAMED, Grid, Stack, nothing, summed
from insights_nb.charts.parts import Width
from insights_nb.charts.series import METRICS, Naming, known_or_raise
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import placed, span
from insights_nb.metrics.pulls import granularity_of

Order = Literal["most", "given"] | Sequence[str]


@dataclass(frozen=True, kw_only=True)
class BandLook(Naming):
    """What stacked columns look like, and what they are called.

    Parameters
    ----------
    heading, title, unit, noun, labels, missing_label
        As for `insights_nb.charts.series.Naming`. A missing value has a hollow band on top.
    share
        Draw shares instead of counts: of what the frame's ``share`` is of, where it has one and
        pulls are counted, else of all its rows in the period.
    order
        ``"most"``: the values with the most come first, and lowest. ``"given"``: the same values,
        as the frame orders them. Or the values themselves: each has its own colour then,
        whichever are there, and others are folded.
    most
        How many values have a band of their own, 7 at the most; the rest is folded into one grey
        band.
    notes
        Lines below the heading, before those on the time range and on what is missing.
    events
        What is marked, as for `insights_nb.charts.marks.lines.LineLook`: in the middle of the
        column of the period that contains the day.
    """

    missing_label: str | None = "none named"
    share: bool = False
    order: Order = "most"
    most: int = NAMED
    notes: Sequence[str] = ()
    events: pd.DataFrame | None = None


def band_chart(
    frame: pd.DataFrame,
    series: str,
    *,
    value: str = "pulls",
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    **look: Any,  # noqa: ANN401 - the parameters of BandLook
) -> alt.LayerChart:
    """Draw the counts of a column's values, stacked, a column per period.

    A period of which nothing is known is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame, series, value
        As for `band_drawing`.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    **look
        ``heading``, ``title``, ``unit``, ``noun``, ``labels``, ``missing_label``, ``share``,
        ``order``, ``most``, ``notes``, ``events``: as for `insights_nb.charts.bands.BandLook`.
    """
    drawing = band_drawing(frame, series, BandLook(**look), value=value)
    return drawing.chart(width=width, height=height, paint=paint)


def band_drawing(
    frame: pd.DataFrame, series: str, look: BandLook, *, value: str = "pulls"
) -> Drawing:
    """Turn a frame into what the stacked columns draw.

    Parameters
    ----------
    frame
        Rows of ``period`` (first day) and value of `series`, added up where several are of the
        same; a missing count is unknown, not zero.
    series
        The column whose values have a band each.
    look
        How they are drawn and called.
    value
        The column with the count.

    Returns
    -------
    Drawing
        Datasets: ``rows``, one per period and band with a count: ``start``, ``end`` (UTC
        milliseconds), ``lower``, ``upper``, ``slot`` (its colour), and in words ``name``,
        ``dates``, ``count``, ``share``. ``gaps``, one per run of periods of which nothing is known:
        ``start``, ``end``, ``text``. ``events``, one per mark, as
        `insights_nb.charts.events.mark_events` gives them. By column; a column of repeated texts is
        ``{"categories": [...], "codes": [...]}``.
        Signals: the specification's parameters (`insights_nb.charts.marks.stack.PARAMETERS`).
    """
    known_or_raise(frame, ["period", series, value], "The chart of stacked columns", METRICS)
    title, noun, heading = look.title_of(series), look.noun, look.heading
    heading = f"Share of {heading[0].lower()}{heading[1:]}" if look.share else heading
    counts = frame[value].to_numpy("float64", na_value=np.nan)
    known = ~np.isnan(counts)
    if not known.any():
        return nothing(heading, title)
    periods, places = placed(frame["period"], granularity_of(frame))
    codes, found = pd.factorize(frame[series], use_na_sentinel=False)
    grid = summed(codes, places, counts, (len(found), len(periods)))
    named = ~np.asarray(pd.isna(found))
    kept = _kept(grid.sum(axis=1), found, named, look.order, min(look.most, NAMED))
    bands = [(slot, look.label_of(found[code]), grid[[code]]) for code, slot in kept]
    folded = named & (grid > 0).any(axis=1)
    folded[[code for code, _ in kept]] = False
    if folded.any():
        bands.append((REST, f"Other ({texts.counted(folded.sum(), noun)})", grid[folded]))
    if (grid[~named] > 0).any():
        bands.append((UNNAMED, str(look.missing_label), grid[~named]))
    shares = frame["share"] if value == "pulls" and "share" in frame else None
    whole = _whole(grid.sum(axis=0), places, known, shares)
    made = Stack(
        values=np.vstack([grid[:0], *(rows.sum(axis=0) for _, _, rows in bands)]),
        whole=whole,
        periods=periods,
        slots=[slot for slot, _, _ in bands],
        names=[name for _, name, _ in bands],
        units=[look.unit] * len(bands),
        before=[*look.notes, span(periods[0], periods[-1]), *_unnamed(grid[~named], whole, noun)],
        after=_partly(places, known, periods[0].granularity),
        events=None if look.events is None else shown_events(frame, look.events),
    )
    return made.drawing(heading, title, share=look.share)


def _kept(
    totals: Grid, found: pd.Index, named: npt.NDArray[np.bool_], order: Order, most: int
) -> list[tuple[int, int]]:
    """Return which values have a band, lowest first, and each one's slot."""
    some = named & (totals > 0)
    if not isinstance(order, str):
        place = {name: slot for slot, name in enumerate(order)}
        slots = [place.get(str(value), most) for value in found]
        fixed = [(slot, code) for code, slot in enumerate(slots) if some[code] and slot < most]
        return [(code, slot) for slot, code in sorted(fixed)]
    ranked = np.argsort(-np.where(some, totals, -1), kind="stable")[: min(most, int(some.sum()))]
    codes = sorted(ranked.tolist()) if order == "given" else ranked.tolist()
    return [(code, slot) for slot, code in enumerate(codes)]


def _whole(
    sums: Grid,
    places: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
    shares: pd.Series | None,
) -> Grid:
    """Return what shares are of, though the frame be a part of it; NaN where nothing is known."""
    whole = sums
    if shares is not None:
        of = np.nan_to_num(shares.to_numpy("float64", na_value=np.nan))
        parts = np.bincount(places, weights=of, minlength=len(sums))
        whole = np.divide(sums, parts, out=np.zeros_like(sums), where=parts > 0).round()
    shown = np.bincount(places[known], minlength=len(sums)) > 0
    return np.where(shown, whole, np.nan)


def _unnamed(rows: Grid, whole: Grid, noun: Unit) -> list[str]:
    if not rows.sum():
        return []
    ratio = rows.sum() / np.nansum(whole)
    text = texts.percent(ratio, 0) if ratio >= 0.01 else "Less than 1 %"
    return [f"{text} name no {noun[0]}."]


def _partly(
    places: npt.NDArray[np.int64], known: npt.NDArray[np.bool_], granularity: str
) -> list[str]:
    unknown = np.bincount(places[~known], minlength=1) > 0
    shown = np.bincount(places[known], minlength=len(unknown))[: len(unknown)] > 0
    count = int((unknown & shown).sum())
    verb = " lacks" if count == 1 else "s lack"
    return [f"{count} {granularity}{verb} some counts."] if count else []
