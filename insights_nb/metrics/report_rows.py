"""What companies, ecosystem and extensions have in common: held periods, gaps, bounds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl

from insights_nb.errors import (
    MissingPeriodError,
    MissingReportError,
    UnknownNameError,
)
from insights_nb.metrics.coding import as_text
from insights_nb.metrics.pull_table import unknown_repositories
from insights_nb.metrics.pulls import granularity_of, repositories
from insights_nb.periods import Granularity, Period, between, interval
from insights_nb.reading import to_pandas
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from insights_nb.archive import Archive


@dataclass(frozen=True)
class Span:
    """The interval of a report, and who holds what of it.

    Parameters
    ----------
    granularity
        Of all periods.
    periods
        The interval without a hole, from the first period held at the earliest; or those that
        were asked for.
    held
        Publisher → periods whose report is held, also those outside the interval.
    """

    granularity: Granularity
    periods: list[Period]
    held: Mapping[str, set[Period]]

    def within(self, table: pl.DataFrame) -> pl.DataFrame:
        """Keep the rows of the interval."""
        return table.filter(pl.col("period").is_in([period.start for period in self.periods]))

    def missing(self, publishers: Sequence[str]) -> list[str]:
        """Return the labels of the periods that some of these publishers' reports lack."""
        holds = [self.held.get(name, set()) for name in publishers or self.held]
        return [p.label for p in self.periods if not all(p in periods for periods in holds)]

    def holds(self, publishers: Sequence[str]) -> NDArray[np.bool_]:
        """Tell for each publisher and period whether the report is held."""
        held = [[p in self.held.get(name, set()) for p in self.periods] for name in publishers]
        return np.array(held, np.bool_).reshape(len(publishers), len(self.periods))

    def grid(self, rows: pl.DataFrame, keys: Sequence[str], counts: pl.DataFrame) -> pl.DataFrame:
        """Return every key of the rows in every period, in order, with its counts.

        Parameters
        ----------
        rows
            With the keys and ``publisher``. Where several publishers' reports name a key, a
            period is held only where all of them are.
        keys
            Columns.
        counts
            At most one row per period and key.

        Returns
        -------
        polars.DataFrame
            ``period``, the keys, ``held``, ``named`` (whether `counts` has a row) and the counts
            (missing where it has none), sorted by period and keys.
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
                pl.DataFrame({"held": known.T.ravel(), "named": number >= 0}),
                values,
            ],
            how="horizontal",
        )

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
    """Count the interval back from the newest period held of these reports.

    Where periods are wanted, they are the interval, held or not.

    Raises
    ------
    ReportNeededError
        If none of them is held by that granularity.
    """
    held: dict[str, set[Period]] = {}
    for kind in kinds:
        for name, its in archive.available(kind, selection.granularity).items():
            held.setdefault(name, set()).update(its)
    every = {period for periods in held.values() for period in periods}
    if not every:
        raise archive.needed(what, selection.granularity, kinds)
    # A row that names no publisher is as held as the file that it came in.
    held.setdefault("", every)
    first = min(every)
    periods = [p for p in interval(max(every), selection.months) if p >= first]
    if wanted is not None:
        periods = sorted(wanted)
    return Span(selection.granularity, periods, held)


def largest_and_sum(column: str) -> list[nw.Expr]:
    """Aggregate a unique count to its bounds; `bounds` makes the pair of columns of them."""
    people = nw.col(column)
    return [
        people.max().alias(f"{column}_largest"),
        people.sum().alias(f"{column}_sum"),
        people.null_count().cast(nw.Int64).alias(f"{column}_unknown"),
    ]


def merge_bounds(column: str) -> list[pl.Expr]:
    """Aggregate what `largest_and_sum` gave once more."""
    return [
        pl.col(f"{column}_largest").max(),
        pl.col(f"{column}_sum").sum(),
        pl.col(f"{column}_unknown").sum(),
    ]


def bounds(column: str) -> list[pl.Expr]:
    """Return at least the largest row, and at most the sum, unknown where a row's count is."""
    return [
        pl.col(f"{column}_largest").alias(f"{column}_at_least"),
        pl.when(pl.col(f"{column}_unknown") == 0)
        .then(pl.col(f"{column}_sum"))
        .alias(f"{column}_at_most"),
    ]


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
    mine = table.filter(pl.col(column).is_in(list(selection.repositories)))
    found = set(mine.get_column(column).unique())
    if absent := [name for name in selection.repositories if name not in found]:
        others: list[str] = []
        with contextlib.suppress(MissingReportError):
            others = repositories(archive, selection.granularity)
        if unknown := [name for name in absent if name not in set(others)]:
            named = {*table.get_column(column).drop_nulls().unique(), *others}
            raise unknown_repositories(unknown, sorted(named))
    return mine


def periods_not_held(what: str, labels: Sequence[str], known: Sequence[str]) -> MissingPeriodError:
    """Return the error for periods that no one report covers; `known` are those that are held."""
    # Within that range there may be gaps.
    found = f"they are held from {known[0]} through {known[-1]}" if known else "none is held"
    absent = [label for label in labels if label not in set(known)]
    seen = f" ({' and '.join(absent)}: not held at all)" if absent else ""
    return MissingPeriodError(
        f"No one report that tells of {what} covers {' and '.join(labels)}{seen}; {found}. "
        "Name other periods, or add the report: insights-nb add FILES, or run insights-nb "
        "fetch."
    )


def as_frame(table: pl.DataFrame, granularity: Granularity) -> pd.DataFrame:
    """Turn a small table into pandas, its days as ``datetime64[s]``."""
    frame = to_pandas(as_text(table))
    days = [name for name, dtype in table.schema.items() if dtype == pl.Date]
    frame = frame.astype(
        dict.fromkeys(days, "datetime64[s]")
        | {name: "boolean" for name, dtype in table.schema.items() if dtype == pl.Boolean}
    )
    frame.attrs["granularity"] = granularity
    return frame


def periods_of(frame: pd.DataFrame) -> list[Period]:
    """Return a frame's periods from the first through the last, those without rows too."""
    if frame.empty:
        return []
    granularity = granularity_of(frame)
    days = frame["period"]
    return list(
        between(
            Period(granularity, days.min().date()),
            Period(granularity, days.max().date()),
        )
    )


def period_in(frame: pd.DataFrame, period: str | Period) -> Period:
    """Return the frame's period of that name.

    Raises
    ------
    PeriodError
        If the text names none of the frame's granularity.
    UnknownNameError
        If the frame does not reach there.
    """
    known = periods_of(frame)
    found = Period.parse(str(period), known[0].granularity if known else None)
    if found not in known:
        span = f"from {known[0].label} through {known[-1].label}" if known else "empty"
        raise UnknownNameError(
            f"{found.label} is not in the frame, which is {span}. Name a period of it, or make the "
            "frame with a longer interval: Selection(months=12)."
        )
    return found
