"""Stacked columns over time, a band for each value of a column.

Importing this module does not load Altair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import stack, texts, theme
from insights_nb.charts.columns import Datasets, Signals
from insights_nb.charts.events import shown_events
from insights_nb.charts.series import METRICS, Labels, known_or_raise, label_of
from insights_nb.charts.stack import NAMED, REST, UNNAMED, Grid, Stack, summed
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import placed, span
from insights_nb.metrics.pulls import granularity_of

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

Order = Literal["most", "given"] | Sequence[str]


def band_chart(
    frame: pd.DataFrame,
    series: str,
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    **options: Any,  # noqa: ANN401 - those of band_datasets
) -> alt.LayerChart:
    """Draw the counts of a column's values, stacked, a column per period.

    A period of which nothing is known is a light band.

    Parameters
    ----------
    frame, series
        As for `band_datasets`, and so are all further keywords: ``value``, ``share``, ``heading``,
        ``title``, ``unit``, ``noun``, ``order``, ``labels``, ``missing_label``, ``most``,
        ``notes``, ``events``.
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
    made = band_datasets(frame, series, **options)
    return stack.chart(made, width=width, height=height, paint=paint)


def band_datasets(
    frame: pd.DataFrame,
    series: str,
    *,
    value: str = "pulls",
    share: bool = False,
    heading: str = "Pulls",
    title: str | None = None,
    unit: Unit = ("pull", "pulls"),
    noun: Unit = ("value", "values"),
    order: Order = "most",
    labels: Labels = None,
    missing_label: str = "none named",
    most: int = NAMED,
    notes: Sequence[str] = (),
    events: pd.DataFrame | None = None,
) -> tuple[Datasets, Signals]:
    """Turn a frame into what the stacked columns draw.

    Parameters
    ----------
    frame
        Rows of ``period`` (first day) and value of `series`, added up where several are of the
        same; a missing count is unknown, not zero.
    series
        The column whose values have a band each. Rows that miss it are a hollow band on top.
    value
        The column with the count.
    share
        Draw shares instead of counts: of what the frame's ``share`` is of, where it has one and
        `value` is ``"pulls"``, else of all its rows in the period.
    heading
        What is drawn: ``"Pulls by country"``.
    title
        What the tooltip calls a band, ``"Country"``; by default the column's name.
    unit
        One and several of what is counted.
    noun
        One and several of what the bands are: ``("country", "countries")``.
    order
        ``"most"``: the values with the most come first, and lowest. ``"given"``: the same values,
        as the frame orders them. Or the values themselves: each has its own colour then,
        whichever are there, and others are folded.
    labels
        Names of the values, as a mapping or a function; by default the values themselves.
    missing_label
        What the rows without a value are called.
    most
        How many values have a band of their own, 7 at the most; the rest is folded into one grey
        band.
    notes
        Lines below the heading, before those on the interval and on what is missing.
    events
        What is marked, as for `insights_nb.charts.lines.line_datasets`: in the middle of the column
        of the period that contains the day.

    Returns
    -------
    datasets : dict
        ``rows``, one per period and band with a count: ``start``, ``end`` (UTC milliseconds),
        ``lower``, ``upper``, ``slot`` (its colour), and in words ``name``, ``dates``, ``count``,
        ``share``. ``gaps``, one per run of periods of which nothing is known: ``start``, ``end``,
        ``text``. ``events``, one per mark, as `insights_nb.charts.events.mark_events` gives them.
        By column; a column of repeated texts is ``{"categories": [...], "codes": [...]}``.
    signals : dict
        The specification's parameters (`insights_nb.charts.bands_spec.PARAMETERS`).

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    known_or_raise(frame, ["period", series, value], "The chart of stacked columns", METRICS)
    title = title or series.replace("_", " ").capitalize()
    heading = f"Share of {heading[0].lower()}{heading[1:]}" if share else heading
    counts = frame[value].to_numpy("float64", na_value=np.nan)
    known = ~np.isnan(counts)
    if not known.any():
        return stack.nothing(heading, title)
    periods, places = placed(frame["period"], granularity_of(frame))
    codes, found = pd.factorize(frame[series], use_na_sentinel=False)
    grid = summed(codes, places, counts, (len(found), len(periods)))
    named = ~np.asarray(pd.isna(found))
    kept = _kept(grid.sum(axis=1), found, named, order, min(most, NAMED))
    bands = [(slot, label_of(found[code], labels, None), grid[[code]]) for code, slot in kept]
    folded = named & (grid > 0).any(axis=1)
    folded[[code for code, _ in kept]] = False
    if folded.any():
        bands.append((REST, f"Other ({texts.counted(folded.sum(), noun)})", grid[folded]))
    if (grid[~named] > 0).any():
        bands.append((UNNAMED, missing_label, grid[~named]))
    shares = frame["share"] if value == "pulls" and "share" in frame else None
    whole = _whole(grid.sum(axis=0), places, known, shares)
    made = Stack(
        values=np.vstack([grid[:0], *(rows.sum(axis=0) for _, _, rows in bands)]),
        whole=whole,
        periods=periods,
        slots=[slot for slot, _, _ in bands],
        names=[name for _, name, _ in bands],
        units=[unit] * len(bands),
        before=[*notes, span(periods[0], periods[-1]), *_unnamed(grid[~named], whole, noun)],
        after=_partly(places, known, periods[0].granularity),
        events=None if events is None else shown_events(frame, events),
    )
    return made.drawing(heading, title, share=share)


def band_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what stacked columns show, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `band_datasets` gives them.
    """
    return stack.description(datasets, signals)


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
    told = np.bincount(places[known], minlength=len(sums)) > 0
    return np.where(told, whole, np.nan)


def _unnamed(rows: Grid, whole: Grid, noun: Unit) -> list[str]:
    if not rows.sum():
        return []
    ratio = rows.sum() / np.nansum(whole)
    said = texts.percent(ratio, 0) if ratio >= 0.01 else "Less than 1 %"
    return [f"{said} name no {noun[0]}."]


def _partly(
    places: npt.NDArray[np.int64], known: npt.NDArray[np.bool_], granularity: str
) -> list[str]:
    unknown = np.bincount(places[~known], minlength=1) > 0
    told = np.bincount(places[known], minlength=len(unknown))[: len(unknown)] > 0
    count = int((unknown & told).sum())
    verb = " lacks" if count == 1 else "s lack"
    return [f"{count} {granularity}{verb} some counts."] if count else []
