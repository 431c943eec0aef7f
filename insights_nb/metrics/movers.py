"""Which repositories went up and down most between two periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights_nb.errors import PeriodNotHeldError, SelectionError
from insights_nb.metrics.contributions import two_periods
from insights_nb.metrics.pull_table import NO_SOURCE, PullTable, pull_table
from insights_nb.selection import MEASURES, Measure

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.periods import Period


def movers(
    archive: Archive,
    period: str | Period,
    *,
    before: str | Period | None = None,
    measure: Measure = "pulls",
    count: int = 5,
) -> pd.DataFrame:
    """Tell which repositories went up and down most between two periods.

    Parameters
    ----------
    archive
        Where the reports are.
    period, before
        As for `insights_nb.contributions`.
    measure
        What to count.
    count
        How many each way at the most.

    Returns
    -------
    pandas.DataFrame
        One row per repository, those that went up, largest change first, then those that went
        down, likewise: ``repository``, ``direction`` (``"up"`` or ``"down"``), ``before``,
        ``after``, ``change`` (``Int64``), ``ratio`` (``Float64``, of the change to what was
        before: 0.12 is +12 %; missing where that was 0), ``definition`` (what is called a pull, a
        key of `insights_nb.DEFINITIONS`: changes of different ones do not compare).

        ``attrs``: ``granularity``, ``before`` and ``after`` (labels), ``measure``, ``unknown``
        (repositories whose count is missing on one side, so that nobody can say), ``unchanged``
        (how many stayed as they were).

    Raises
    ------
    PeriodNotHeldError
        If one of the periods is unknown for every repository.
    NotHeldError
        If no report of that granularity tells of pulls.
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `measure` or `count` is not offered, or `before` is not earlier.

    Notes
    -----
    Source: as for `insights_nb.pulls`: per repository one definition of a pull for both periods,
    the first that counts it in either.
    """
    if measure not in MEASURES:
        raise SelectionError("measure", measure, " or ".join(map(repr, MEASURES)))
    if count < 1:
        raise SelectionError("count", count, "a whole number from 1 up")
    earlier, later = two_periods(period, before)
    table = pull_table(archive, later.granularity)
    held = _held(table)
    if not {earlier, later} <= set(held):
        labels = [one.label for one in (earlier, later)]
        raise PeriodNotHeldError("pulls", labels, [one.label for one in held])
    frame = _compared(table, earlier, later, measure)
    result = _ranked(frame, count)
    result.attrs = {
        "granularity": later.granularity,
        "before": earlier.label,
        "after": later.label,
        "measure": measure,
        "unknown": frame.loc[frame["change"].isna(), "repository"].tolist(),
        "unchanged": int(frame["change"].eq(0).sum()),
    }
    return result


def _held(table: PullTable) -> list[Period]:
    """Return the periods in which some report counts some repository."""
    held = np.any([(c.source != NO_SOURCE).any(axis=1) for c in table.counts.values()], axis=0)
    return [period for period, its in zip(table.periods, held, strict=True) if its]


def _compared(table: PullTable, earlier: Period, later: Period, measure: Measure) -> pd.DataFrame:
    """Return each repository's counts in two periods, under one definition."""
    first, last = table.periods.index(earlier), table.periods.index(later)
    # These two rows and no other, as a slice.
    both = slice(first, last + 1, last - first)
    columns = range(len(table.repositories))
    definitions = [table.definition_of(column, both) for column in columns]
    values = np.zeros((2, len(columns)), np.int64)
    known = np.zeros(values.shape, np.bool_)
    for column, definition in enumerate(definitions):
        counts = table.counts[definition]
        values[:, column] = counts.counted[measure][both, column]
        known[:, column] = counts.known[measure][both, column]
    frame = pd.DataFrame({"repository": pd.array(table.repositories, dtype="str")})
    for row, side in enumerate(["before", "after"]):
        frame[side] = pd.arrays.IntegerArray(values[row], ~known[row])
    frame["change"] = frame["after"] - frame["before"]
    base = frame["before"].where(frame["before"] > 0).astype("Float64")
    frame["ratio"] = frame["change"].astype("Float64") / base
    frame["definition"] = pd.array(definitions, dtype="str")
    return frame


def _ranked(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Keep the largest changes each way."""
    sides = []
    for direction, sign in (("up", 1), ("down", -1)):
        moved = frame[(frame["change"] * sign > 0).fillna(value=False)]
        ordered = moved.sort_values(["change", "repository"], ascending=[sign < 0, True])
        sides.append(ordered.head(count).assign(direction=direction))
    result = pd.concat(sides, ignore_index=True).astype({"direction": "str"})
    columns = ["repository", "direction", "before", "after", "change", "ratio", "definition"]
    return result[columns]
