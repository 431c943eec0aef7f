"""How much each repository's pulls changed between two periods, and whose changed most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights_nb.counts.pulls import NO_SOURCE, PullTable, pull_table, unknown_repositories
from insights_nb.counts.sources import PULLS, kinds
from insights_nb.counts.spans import periods_missing
from insights_nb.frames import Column, frame
from insights_nb.metrics.contributions import two_periods
from insights_nb.selection import MEASURES, Measure, not_offered

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.periods import Period


@frame(
    "a repository, before and after",
    kinds(PULLS),
    "repository before after change.count ratio definition",
)
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
    MissingPeriodError
        If one of the periods is unknown for every repository.
    MissingReportError
        If no report of that granularity counts pulls.
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `measure` is not offered, or `before` is not earlier.
    UnknownNameError
        If no report names a repository.

    Notes
    -----
    Source: as for `insights_nb.pulls`: per repository one definition of a pull for both periods,
    the first that counts it in either.
    """
    if measure not in MEASURES:
        raise not_offered("measure", measure, " or ".join(map(repr, MEASURES)))
    earlier, later = two_periods(period, before)
    table = pull_table(archive, later.granularity)
    available = _available(table)
    if not {earlier, later} <= set(available):
        labels = [one.label for one in (earlier, later)]
        raise periods_missing("pulls", labels, [one.label for one in available])
    result = counts_in(archive, [earlier, later], repositories, measure)
    result = result.rename(columns={earlier.label: "before", later.label: "after"})
    result["change"] = result["after"] - result["before"]
    base = result["before"].where(result["before"] > 0).astype("Float64")
    result["ratio"] = result["change"].astype("Float64") / base
    result = result[["repository", "before", "after", "change", "ratio", "definition"]]
    result.attrs = {
        "granularity": later.granularity,
        "before": earlier.label,
        "after": later.label,
        "measure": measure,
    }
    return result


@frame(
    "a repository that changed, before and after",
    kinds(PULLS),
    "repository direction before after change.count ratio definition",
    Column("direction", 'Whether it went "up" or "down".'),
)
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
    MissingPeriodError
        If one of the periods is unknown for every repository.
    MissingReportError
        If no report of that granularity counts pulls.
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `measure` or `count` is not offered, or `before` is not earlier.
    UnknownNameError
        If no report names a repository.

    Notes
    -----
    Source: as for `changes`.
    """
    if count < 1:
        raise not_offered("count", count, "a whole number from 1 up")
    frame = changes(archive, period, repositories, before=before, measure=measure)
    result = _ranked(frame, count)
    result.attrs = frame.attrs | {
        "unknown": frame.loc[frame["change"].isna(), "repository"].tolist(),
        "unchanged": int(frame["change"].eq(0).sum()),
    }
    return result


def _available(table: PullTable) -> list[Period]:
    """Return the periods in which some report counts some repository."""
    available = np.any([(c.source != NO_SOURCE).any(axis=1) for c in table.counts.values()], axis=0)
    return [period for period, there in zip(table.periods, available, strict=True) if there]


def counts_in(
    archive: Archive,
    periods: Sequence[Period],
    repositories: Iterable[str] | None = None,
    measure: Measure = "pulls",
) -> pd.DataFrame:
    """Return each repository's counts in any periods of one length, under one definition each.

    Parameters
    ----------
    archive, repositories, measure
        As for `changes`.
    periods
        In any order; one that is missing is unknown.

    Returns
    -------
    pandas.DataFrame
        One row per repository: ``repository``, ``definition``, and for each period a column of its
        label (``Int64``).
    """
    table = pull_table(archive, periods[0].granularity)
    names = table.repositories if repositories is None else list(dict.fromkeys(repositories))
    place = {name: column for column, name in enumerate(table.repositories)}
    if unknown := [name for name in names if name not in place]:
        raise unknown_repositories(unknown, place)
    rows = [table.periods.index(period) for period in periods if period in table.periods]
    definitions = [table.definition_of(place[name], rows) for name in names]
    frame = pd.DataFrame(
        {"repository": pd.array(names, "str"), "definition": pd.array(definitions, "str")}
    )
    for period in periods:
        values = np.zeros(len(names), np.int64)
        known = np.zeros(len(names), np.bool_)
        if period in table.periods:
            row = table.periods.index(period)
            for number, (name, definition) in enumerate(zip(names, definitions, strict=True)):
                counts = table.counts[definition]
                values[number] = counts.counted[measure][row, place[name]]
                known[number] = counts.known[measure][row, place[name]]
        frame[period.label] = pd.arrays.IntegerArray(values, ~known)
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
