"""How much each repository's pulls changed between two periods, and whose changed most."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights_nb.errors import PeriodNotHeldError, SelectionError, UnknownRepositoryError
from insights_nb.metrics.contributions import two_periods
from insights_nb.metrics.pull_table import NO_SOURCE, PullTable, pull_table
from insights_nb.selection import MEASURES, Measure

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.periods import Period


def changes(
    archive: Archive,
    period: str | Period,
    repositories: Iterable[str] | None = None,
    *,
    before: str | Period | None = None,
    measure: Measure = "pulls",
) -> pd.DataFrame:
    """Compare each repository's pulls in two periods.

    Parameters
    ----------
    archive
        Where the reports are.
    period, before
        As for `insights_nb.contributions`.
    repositories
        Full names; all of them unless given.
    measure
        What to count.

    Returns
    -------
    pandas.DataFrame
        One row per repository, by name (in the order given, where names are given):
        ``repository``, ``before``, ``after``, ``change`` (``Int64``; missing where a count is
        unknown), ``ratio`` (``Float64``, of the change to what was before: 0.12 is +12 %; missing
        where that was 0 or is unknown), ``definition`` (what is called a pull, a key of
        `insights_nb.DEFINITIONS`: counts of different ones do not compare or add up).

        ``attrs``: ``granularity``, ``before`` and ``after`` (labels), ``measure``.

    Raises
    ------
    PeriodNotHeldError
        If one of the periods is unknown for every repository.
    NotHeldError
        If no report of that granularity tells of pulls.
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `measure` is not offered, or `before` is not earlier.
    UnknownRepositoryError
        If no report names a repository.

    Notes
    -----
    Source: as for `insights_nb.pulls`: per repository one definition of a pull for both periods,
    the first that counts it in either.
    """
    if measure not in MEASURES:
        raise SelectionError("measure", measure, " or ".join(map(repr, MEASURES)))
    earlier, later = two_periods(period, before)
    table = pull_table(archive, later.granularity)
    held = _held(table)
    if not {earlier, later} <= set(held):
        labels = [one.label for one in (earlier, later)]
        raise PeriodNotHeldError("pulls", labels, [one.label for one in held])
    names = table.repositories if repositories is None else list(dict.fromkeys(repositories))
    place = {name: column for column, name in enumerate(table.repositories)}
    if unknown := [name for name in names if name not in place]:
        raise UnknownRepositoryError(unknown, difflib.get_close_matches(unknown[0], place, n=2))
    result = _compared(table, [place[name] for name in names], (earlier, later), measure)
    result.attrs = {
        "granularity": later.granularity,
        "before": earlier.label,
        "after": later.label,
        "measure": measure,
    }
    return result


def movers(
    archive: Archive,
    period: str | Period,
    repositories: Iterable[str] | None = None,
    *,
    before: str | Period | None = None,
    measure: Measure = "pulls",
    count: int = 5,
) -> pd.DataFrame:
    """Tell which repositories went up and down most between two periods.

    Parameters
    ----------
    archive, period, repositories, before, measure
        As for `changes`.
    count
        How many each way at the most.

    Returns
    -------
    pandas.DataFrame
        One row per repository, those that went up, largest change first, then those that went
        down, likewise: ``repository``, ``direction`` (``"up"`` or ``"down"``), then ``before``,
        ``after``, ``change``, ``ratio`` and ``definition`` as `changes` gives them.

        ``attrs``: those of `changes`, ``unknown`` (repositories whose count is missing on one
        side, so that nobody can say), ``unchanged`` (how many stayed as they were).

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
    UnknownRepositoryError
        If no report names a repository.

    Notes
    -----
    Source: as for `changes`.
    """
    if count < 1:
        raise SelectionError("count", count, "a whole number from 1 up")
    frame = changes(archive, period, repositories, before=before, measure=measure)
    result = _ranked(frame, count)
    result.attrs = frame.attrs | {
        "unknown": frame.loc[frame["change"].isna(), "repository"].tolist(),
        "unchanged": int(frame["change"].eq(0).sum()),
    }
    return result


def _held(table: PullTable) -> list[Period]:
    """Return the periods in which some report counts some repository."""
    held = np.any([(c.source != NO_SOURCE).any(axis=1) for c in table.counts.values()], axis=0)
    return [period for period, its in zip(table.periods, held, strict=True) if its]


def _compared(
    table: PullTable, columns: Sequence[int], compared: tuple[Period, Period], measure: Measure
) -> pd.DataFrame:
    """Return each repository's counts in two periods, under one definition."""
    first, last = (table.periods.index(period) for period in compared)
    # These two rows and no other, as a slice.
    both = slice(first, last + 1, last - first)
    definitions = [table.definition_of(column, both) for column in columns]
    values = np.zeros((2, len(columns)), np.int64)
    known = np.zeros(values.shape, np.bool_)
    for place, (column, definition) in enumerate(zip(columns, definitions, strict=True)):
        counts = table.counts[definition]
        values[:, place] = counts.counted[measure][both, column]
        known[:, place] = counts.known[measure][both, column]
    names = [table.repositories[column] for column in columns]
    frame = pd.DataFrame({"repository": pd.array(names, dtype="str")})
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
