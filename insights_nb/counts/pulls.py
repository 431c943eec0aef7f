"""Everything that an archive holds on pulls of one granularity, as small matrices.

Selecting from it costs microseconds per repository, however large the reports were: an explorer
asks at every click.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from insights_nb.caching import remembered
from insights_nb.counts.sources import PULLS, Source
from insights_nb.counts.tables import Table
from insights_nb.errors import UnknownNameError
from insights_nb.periods import Granularity, Period, between
from insights_nb.selection import MEASURES
from insights_nb.texts import did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from insights_nb.archive import Archive

NO_SOURCE = -1


@dataclass(frozen=True)
class Counts:
    """Counts of one definition: each array has a row per period and a column per repository.

    `counted` and `known` go by measure; `source` is an index of `PULLS`, or `NO_SOURCE`.
    """

    counted: dict[str, NDArray[np.int64]]
    known: dict[str, NDArray[np.bool_]]
    source: NDArray[np.int8]


@dataclass(frozen=True)
class PullTable:
    """All pulls of one granularity.

    Parameters
    ----------
    granularity
        Of all periods.
    periods
        From the first to the last available from any source, without a hole.
    repositories
        Full names, sorted.
    counts
        By definition, in order of preference.
    """

    granularity: Granularity
    periods: list[Period]
    repositories: list[str]
    counts: dict[str, Counts]

    def definition_of(self, column: int, rows: slice | list[int]) -> str:
        """Choose the definition of one repository's series: the first with a count in these rows.

        Two definitions never share a series: a step between them would read as growth.
        """
        for name, counts in self.counts.items():
            if (counts.source[rows, column] != NO_SOURCE).any():
                return name
        return next(iter(self.counts))


def pull_table(archive: Archive, granularity: Granularity, source: str | None = None) -> PullTable:
    """Return the archive's pulls, computed once until something is added to it.

    Raises
    ------
    MissingReportError
        If it holds no report of pulls of that granularity.
    """
    build = partial(_build, archive, granularity, source)
    return remembered(archive, ("pulls", granularity, source), build)


def unknown_repositories(names: Sequence[str], known: Iterable[str]) -> UnknownNameError:
    """Return the error for repositories that no report names; `known` are those it may be."""
    close = difflib.get_close_matches(names[0], list(known), n=2)
    sentences = [f"No report in the archive names {', '.join(names)}.", did_you_mean(close)]
    return UnknownNameError(" ".join(filter(None, sentences)))


def _build(archive: Archive, granularity: Granularity, kind: str | None) -> PullTable:
    sources = [source for source in PULLS if kind is None or source.kind == kind]
    available = [archive.available(source.kind, granularity, source.view) for source in sources]
    starts = {period for by_name in available for periods in by_name.values() for period in periods}
    if not starts:
        asked = kind or "summary, trends, legacy or API report of pulls"
        raise archive.missing(f"{asked} by {granularity}")
    periods = list(between(min(starts), max(starts)))
    frames = _totals(archive, granularity, sources, available)
    names = sorted({name for frame in frames for name in frame.get_column("repository").unique()})
    publishers = _publishers(frames)
    counts: dict[str, Counts] = {}
    # The best source writes last, over what lesser ones wrote.
    for index in reversed(range(len(sources))):
        definition = _definition(sources[index])
        if definition not in counts:
            counts[definition] = _empty(len(periods), len(names))
        _fill(
            counts[definition],
            sources[index],
            frames[index],
            available[index],
            periods,
            names,
            publishers,
        )
    order = dict.fromkeys(map(_definition, sources))
    used = {name: counts[name] for name in order if (counts[name].source != NO_SOURCE).any()}
    return PullTable(
        granularity, periods, names, used or {next(iter(order)): counts[next(iter(order))]}
    )


def _totals(
    archive: Archive,
    granularity: Granularity,
    sources: Sequence[Source],
    available: Sequence[dict[str, set[Period]]],
) -> list[pl.DataFrame]:
    """Add up each source over the periods that no better one of its definition holds."""
    frames = []
    better: dict[str, dict[str, set[Period]]] = {}
    for source, by_name in zip(sources, available, strict=True):
        above = better.setdefault(_definition(source), {})
        wanted = {p for name, periods in by_name.items() for p in periods - above.get(name, set())}
        for name, periods in by_name.items():
            above[name] = above.get(name, set()) | periods
        rows = Table(source).rows(archive, granularity, wanted)
        frames.append(rows.filter(pl.col("repository").is_not_null()))
    return frames


def _definition(source: Source) -> str:
    return source.roles.definition or ""


def _publishers(frames: Iterable[pl.DataFrame]) -> dict[str, set[str]]:
    """Return whose reports name each repository."""
    found: dict[str, set[str]] = {}
    for frame in frames:
        for name, publisher in frame.select("repository", "publisher").unique().iter_rows():
            found.setdefault(name, set()).add(publisher)
    return found


def _empty(periods: int, repositories: int) -> Counts:
    shape = (periods, repositories)
    return Counts(
        {measure: np.zeros(shape, np.int64) for measure in MEASURES},
        {measure: np.zeros(shape, np.bool_) for measure in MEASURES},
        np.full(shape, NO_SOURCE, np.int8),
    )


def _fill(
    counts: Counts,
    source: Source,
    frame: pl.DataFrame,
    available: dict[str, set[Period]],
    periods: list[Period],
    names: list[str],
    publishers: dict[str, set[str]],
) -> None:
    index, measures = PULLS.index(source), source.roles.measures
    row_of = {period.start: row for row, period in enumerate(periods)}
    column_of = {name: column for column, name in enumerate(names)}
    if source.roles.absent_is_zero:
        # A report in the archive that names no such repository says zero; no report says nothing.
        for publisher, covered in available.items():
            own = [column_of[n] for n in names if publisher in publishers.get(n, ())]
            for period in covered:
                row = row_of[period.start]
                counts.source[row, own] = index
                for measure in MEASURES:
                    counts.counted[measure][row, own] = 0
                    counts.known[measure][row, own] = measure in measures
    rows = np.array([row_of[day] for day in frame.get_column("period")], np.intp)
    columns = np.array([column_of[name] for name in frame.get_column("repository")], np.intp)
    counts.source[rows, columns] = index
    for measure in MEASURES:
        known = measure in measures
        values = counts.counted[measure]
        values[rows, columns] = 0
        counts.known[measure][rows, columns] = known
        if known:
            # One repository may come under two spellings of its publisher: add, do not overwrite.
            np.add.at(values, (rows, columns), frame.get_column(measure).fill_null(0).to_numpy())
