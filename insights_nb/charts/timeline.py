"""Periods on an axis of time: where they lie, and which of them are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts.drawing import Columns
from insights_nb.charts.texts import Sentence
from insights_nb.periods import Granularity, Period, date_range

DAY = 86_400_000
Marks = npt.NDArray[np.bool_]


def milliseconds(day: dt.date) -> int:
    """Return a day's start in UTC: as a time of its own a bare date shifts with the viewer."""
    return (day - dt.date(1970, 1, 1)).days * DAY


def placed(
    column: pd.Series[Any], granularity: Granularity
) -> tuple[list[Period], npt.NDArray[np.int64]]:
    """Return every period from the first to the last, and each row's place among them.

    A period that the column leaves out is among them: nothing must be drawn over it.
    """
    days = column.to_numpy().astype("datetime64[D]")
    if granularity == "week":
        place = days.astype(np.int64)
        step = 7
    else:
        place = days.astype("datetime64[M]").astype(np.int64)
        step = 1
    rows_of = (place - place.min()) // step
    first = Period(granularity, days.min().item())
    return [first.shift(count) for count in range(int(rows_of.max()) + 1)], rows_of


def span(first: Period, last: Period) -> str:
    """Say from when to when: ``7 – 27 Sep 2026``, ``Apr – Jun 2026``."""
    if first == last:
        return first.dates
    if first.granularity == "week":
        return date_range(first.start, last.last_day)
    month = first.dates
    if first.start.year == last.start.year:
        month = month.split()[0]
    return f"{month} – {last.dates}"


def gaps(
    unknown: Marks, available: Marks, periods: Sequence[Period], sentence: str, *, points: bool
) -> tuple[Columns, list[str]]:
    """Return a band for each run of periods of which nothing is known, and the notes on them.

    Parameters
    ----------
    unknown
        Whether nothing is known of a period.
    available
        Whether a report of it is available nevertheless, which then does not count.
    periods
        All of them.
    sentence
        What to say of periods without report: ``"No report for {span}."``.
    points
        Whether a period is drawn as a point, from which the band reaches half-way to the next,
        or else as a column.
    """
    bands: Columns = {"start": [], "end": [], "text": []}
    for first, last in _runs(unknown, available):
        text = Sentence.UNCOUNTED if available[first] else sentence
        if points:
            start = half_way(periods[first].shift(-1), periods[first])
            end = half_way(periods[last], periods[last].shift(1))
        else:
            start, end = milliseconds(periods[first].start), column_end(periods[last])
        bands["start"].append(start)
        bands["end"].append(end)
        bands["text"].append(text.format(span=span(periods[first], periods[last])))
    texts: list[str] = bands["text"]
    if len(texts) <= 1:
        return bands, [*texts]
    unit = periods[0].granularity
    return bands, [Sentence.SHADED.format(unknown=int(unknown.sum()), unit=unit)]


def half_way(first: Period, second: Period) -> int:
    """Return the time between two periods' starts, in UTC milliseconds."""
    return (milliseconds(first.start) + milliseconds(second.start)) // 2


def column_end(period: Period) -> int:
    """Return where a period's column ends: apart from the next, in every width."""
    return milliseconds(period.end) - (DAY // 2 if period.granularity == "week" else 2 * DAY)


def _runs(marked: Marks, kinds: Marks) -> list[tuple[int, int]]:
    """Return first and last place of each run of marked ones of one kind."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(marked).tolist():
        if found and found[-1][1] == place - 1 and kinds[place - 1] == kinds[place]:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found
