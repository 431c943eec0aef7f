"""Grids of periods: a row per line with its name above it, a cell per week or month.

A cell is told apart by its form as well as by its colour: one of four pixels' width has no room
for more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts.columns import Columns, Datasets, Signals
from insights_nb.charts.timeline import DAY, milliseconds
from insights_nb.periods import Granularity, Period, between, date_range

Form = tuple[tuple[float, float], ...]
"""Which parts of its height a cell fills, from the top (0) to the bottom (1)."""

GROUPS: Mapping[Granularity, str] = {"week": "Weeks", "month": "Months"}
"""What the grid's parts are called, in their order."""

# In pixels, from the top: a group's heading, and a row with its name above its cells.
HEADING = 26
NAME = 17
CELL = 15
ROW = NAME + CELL + 7
# In days: about four months, in which the labels of an axis name days.
_SHORT = 124
# So that neighbours stay apart in every width.
_APART = int(0.9 * DAY)


@dataclass(frozen=True)
class Line:
    """A row of the grid.

    Parameters
    ----------
    granularity
        Of its periods, which decides the group it is in.
    name
        What stands above its cells.
    """

    granularity: Granularity
    name: str


def laid_out(
    lines: Sequence[Line],
    line_of: Sequence[int],
    cells: Columns,
    statuses: Sequence[str],
    forms: Mapping[str, Form],
) -> tuple[Datasets, int]:
    """Return the grid's data, and how high it is in pixels.

    Parameters
    ----------
    lines
        The rows, those of one group in their order.
    line_of
        Each cell's row, by its place among `lines`.
    cells
        The cells' columns, ``start`` and ``stop`` among them, to which ``top`` and ``bottom`` are
        added.
    statuses
        Each cell's status, which decides its form.
    forms
        The form of each status; one without is not drawn.
    """
    tops = [0] * len(lines)
    headings: Columns = {"text": [], "y": []}
    height = 0
    for granularity, heading in GROUPS.items():
        inside = [place for place, line in enumerate(lines) if line.granularity == granularity]
        if not inside:
            continue
        headings["text"].append(heading)
        headings["y"].append(height + HEADING - 9)
        height += HEADING
        for place in inside:
            tops[place] = height + NAME
            height += ROW
    top_of = [tops[line] for line in line_of]
    pieces = [
        (cell, top + upper * CELL, top + lower * CELL)
        for cell, (status, top) in enumerate(zip(statuses, top_of, strict=True))
        for upper, lower in forms.get(status, ())
    ]
    datasets: Datasets = {
        "cells": cells | {"top": top_of, "bottom": [top + CELL for top in top_of]},
        "pieces": {
            "start": [cells["start"][cell] for cell, _, _ in pieces],
            "stop": [cells["stop"][cell] for cell, _, _ in pieces],
            "top": [top for _, top, _ in pieces],
            "bottom": [bottom for _, _, bottom in pieces],
            "status": [statuses[cell] for cell, _, _ in pieces],
        },
        "names": {"text": [line.name for line in lines], "y": [top - 5 for top in tops]},
        "headings": headings,
    }
    return datasets, max(height, ROW)


def distinct(
    granularity: pd.Series[Any], period: pd.Series[Any]
) -> tuple[list[Period], npt.NDArray[np.intp]]:
    """Return the periods that occur, and each row's place among them.

    Parameters
    ----------
    granularity, period
        Of each row; ``period`` is its first day.
    """
    days = period.to_numpy().astype("datetime64[D]").astype(np.int64)
    weekly = (granularity == "week").to_numpy(np.bool_)
    found, first, codes = np.unique(2 * days + weekly, return_index=True, return_inverse=True)
    periods = [
        Period("week" if number % 2 else "month", period.iloc[place].date())
        for number, place in zip(found.tolist(), first.tolist(), strict=True)
    ]
    return periods, codes


def extent(period: Period) -> tuple[int, int]:
    """Return where a period's cell starts and stops, in UTC milliseconds."""
    return milliseconds(period.start), milliseconds(period.end) - _APART


def axis_of(periods: Sequence[Period]) -> Signals:
    """Return where the axis of time has its labels, and whether they name months.

    A short grid's are the days on which its weeks begin: a month would be named again and again.
    """
    days = {day for period in periods for day in (period.start, period.end)}
    if not days:
        return {"periods": [], "monthly": False}
    weeks = {period.start for period in periods if period.granularity == "week"}
    if weeks and (max(days) - min(days)).days <= _SHORT:
        return {"periods": [milliseconds(day) for day in sorted(weeks)], "monthly": False}
    months = between(Period.containing(min(days), "month"), Period.containing(max(days), "month"))
    starts = [month.start for month in months if min(days) <= month.start < max(days)]
    return {"periods": [milliseconds(day) for day in starts], "monthly": True}


def spread(periods: Sequence[Period]) -> str:
    """Say from when to when periods reach, weeks and months together."""
    first, last = min(one.start for one in periods), max(one.last_day for one in periods)
    return date_range(first, last)
