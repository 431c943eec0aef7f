"""The time range of an answer, whose reports are there of it, and what is 0 or missing for that."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from insights_nb.counts.pulls import pull_table, unknown_repositories
from insights_nb.errors import MissingPeriodError, MissingReportError
from insights_nb.periods import Granularity, Period, interval
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from insights_nb.archive import Archive


@dataclass(frozen=True)
class Span:
    """The time range of a report, and who holds what of it.

    Parameters
    ----------
    granularity
        Of all periods.
    periods
        The time range without a hole, from the first available period at the earliest; or those
        that were asked for.
    available
        Publisher → periods whose report is available, also those outside the time range.
    """

    granularity: Granularity
    periods: list[Period]
    available: Mapping[str, set[Period]]

    def within(self, table: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows of the time range."""
        return table.filter(pl.col("period").is_in([period.start for period in self.periods]))

    def missing(self, publishers: Sequence[str]) -> list[str]:
        """Return the labels of the periods that some of these publishers' reports lack."""
        holds = [self.available.get(name, set()) for name in publishers or self.available]
        return [p.label for p in self.periods if not all(p in periods for periods in holds)]

    def holds(self, publishers: Sequence[str]) -> NDArray[np.bool_]:
        """Tell for each publisher and period whether the report is available."""
        available = [
            [p in self.available.get(name, set()) for p in self.periods] for name in publishers
        ]
        return np.array(available, np.bool_).reshape(len(publishers), len(self.periods))

    def grid(self, rows: pl.DataFrame, keys: Sequence[str], counts: pl.DataFrame) -> pl.DataFrame:
        """Return every key of the rows in every period, in order, with its counts.

        Parameters
        ----------
        rows
            With the keys and ``publisher``. Where several publishers' reports name a key, a
            period is available only where all of them are.
        keys
            Columns.
        counts
            At most one row per period and key.

        Returns
        -------
        polars.DataFrame
            ``period``, the keys, ``available``, ``named`` (whether `counts` has a row) and the
            counts (missing where it has none), sorted by period and keys.
        """
        # Rows are put where they belong by number: to join and sort a large grid takes seconds.
        ordered = rows.select(keys).unique().sort(keys, nulls_last=True).with_row_index("key")
        days = pl.DataFrame({"period": [period.start for period in self.periods]})
        members = rows.select(*dict.fromkeys([*keys, "publisher"])).unique()
        known = self._known(members.join(ordered, on=keys, nulls_equal=True), ordered.height)
        placed = counts.join(ordered, on=keys, nulls_equal=True).join(
            days.with_row_index("day"), on="period"
        )
        place = (placed["day"].cast(pl.Int64) * ordered.height + placed["key"]).to_numpy()
        number = np.full(ordered.height * days.height, -1, np.int64)
        number[place] = np.arange(len(place))
        index = pl.Series(number).set(pl.Series(number < 0), None)
        values = placed.drop("period", *keys, "key", "day").select(pl.all().gather(index))
        each = np.repeat(np.arange(days.height), ordered.height)
        return pl.concat(
            [
                days.select(pl.col("period").gather(each)),
                pl.concat([ordered.drop("key")] * days.height),
                pl.DataFrame({"available": known.T.ravel(), "named": number >= 0}),
                values,
            ],
            how="horizontal",
        )

    def filled(
        self, rows: pl.DataFrame, keys: Sequence[str], counts: pl.DataFrame, names: Sequence[str]
    ) -> pl.DataFrame:
        """Return `grid` with these of the counts 0 where the report is there and names no key.

        No row is nobody then; a count that a row of it lacks stays missing, and so does every
        count where the report is missing.
        """
        absent = pl.when("named").then(pl.col(*names)).otherwise(0)
        return self.grid(rows, keys, counts).with_columns(pl.when("available").then(absent))

    def _known(self, members: pl.DataFrame, keys: int) -> NDArray[np.bool_]:
        """Tell for each key and period whether all publishers that name the key hold it."""
        publishers = members["publisher"].unique().to_list()
        column = {name: number for number, name in enumerate(publishers)}
        belongs = np.zeros((keys, len(publishers)), np.intp)
        belongs[members["key"].to_numpy(), [column[name] for name in members["publisher"]]] = 1
        lacking = belongs @ ~self.holds(publishers)
        return np.equal(lacking, 0)


def span_of(
    archive: Archive,
    kinds: Sequence[str],
    selection: Selection,
    what: str,
    wanted: Iterable[Period] | None = None,
) -> Span:
    """Count the time range back from the newest available period of these reports.

    Where periods are wanted, they are the time range, available or not.

    Raises
    ------
    ReportNeededError
        If none of them is available by that granularity.
    """
    available: dict[str, set[Period]] = {}
    for kind in kinds:
        for name, covered in archive.available(kind, selection.granularity).items():
            available.setdefault(name, set()).update(covered)
    every = {period for periods in available.values() for period in periods}
    if not every:
        raise archive.needed(what, selection.granularity, kinds)
    # A row that names no publisher is as available as the file that it came in.
    available.setdefault("", every)
    first = min(every)
    periods = [p for p in interval(max(every), selection.months) if p >= first]
    if wanted is not None:
        periods = sorted(wanted)
    return Span(selection.granularity, periods, available)


def chosen_rows(
    archive: Archive, table: pl.DataFrame, selection: Selection, *, column: str = "repository"
) -> pl.DataFrame:
    """Keep the selection's repositories.

    Raises
    ------
    UnknownNameError
        If it names one that neither this report nor any report of pulls does.
    """
    if selection.repositories is None:
        return table
    chosen = table.filter(pl.col(column).is_in(list(selection.repositories)))
    found = set(chosen.get_column(column).unique())
    if absent := [name for name in selection.repositories if name not in found]:
        others: list[str] = []
        with contextlib.suppress(MissingReportError):
            others = pull_table(archive, selection.granularity).repositories
        if unknown := [name for name in absent if name not in set(others)]:
            named = {*table.get_column(column).drop_nulls().unique(), *others}
            raise unknown_repositories(unknown, sorted(named))
    return chosen


def periods_missing(what: str, labels: Sequence[str], known: Sequence[str]) -> MissingPeriodError:
    """Return the error for periods that no one report covers; `known` are the available ones."""
    # Within that range there may be gaps.
    span = f"them from {known[0]} through {known[-1]}" if known else "none"
    absent = [label for label in labels if label not in set(known)]
    seen = f" ({' and '.join(absent)}: missing altogether)" if absent else ""
    return MissingPeriodError(
        f"No one report about {what} covers {' and '.join(labels)}{seen}; the archive has {span}. "
        "Name other periods, or add the report: insights-nb add FILES, or run insights-nb "
        "fetch."
    )
