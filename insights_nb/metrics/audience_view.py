"""The rows that a selection and its filters mean, of the one report that tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from insights_nb.errors import (
    MissingReportError,
)
from insights_nb.metrics.audience_sources import (
    AUDIENCE_SOURCES,
    REPOSITORY,
    USE_CASE,
    AudienceSource,
    repository_table,
    use_case_table,
)
from insights_nb.metrics.report_rows import Span, chosen_rows, periods_not_held, span_of
from insights_nb.periods import Period, interval
from insights_nb.selection import Selection, not_offered

if TYPE_CHECKING:
    from insights_nb.archive import Archive

Where = Mapping[str, str | Iterable[str | None] | None]

WHAT = "where pulls come from"


@dataclass(frozen=True)
class View:
    """The rows of one report that a selection and its filters mean.

    Parameters
    ----------
    source
        The report.
    span
        The interval.
    rows
        They, lazily, with the report's own columns; their texts may be coded.
    repositories
        Whose they are: ``publisher``, ``bare`` (a name as the report writes it), ``repository``
        (the name in full).
    use_cases
        Infers the use case of each client on each cloud.
    left_out
        Repositories that are meant, and that only another report counts.
    clients
        Those that were given, where a use case was inferred.
    """

    source: AudienceSource
    span: Span
    rows: nw.LazyFrame[Any]
    repositories: pl.DataFrame
    use_cases: Callable[[], pl.DataFrame]
    left_out: tuple[str, ...]
    clients: Mapping[str, str] | None

    def keys(self, by: str) -> tuple[list[str], pl.DataFrame | None]:
        """Return the columns that tell a dimension's values apart, and what makes these of them.

        Returns
        -------
        keys : list of str
            Columns of the report.
        values : polars.DataFrame or None
            The keys and ``value``, where the value is not simply what the one key says.
        """
        source = self.source
        if by == USE_CASE:
            return source.pair, self.use_cases().rename({USE_CASE: "value"})
        if by != REPOSITORY:
            return [source.columns[by]], None
        keys = {"bare": source.columns[REPOSITORY], "publisher": source.publisher}
        # A second key doubles the work: take it only where it tells two repositories apart.
        if not self.repositories.get_column("bare").is_duplicated().any():
            del keys["publisher"]
        unknown = pl.col("publisher") == ""
        named = self.repositories.with_columns(publisher=pl.when(~unknown).then("publisher"))
        return list(keys.values()), named.select(*keys, value="repository").rename(keys)

    def publishers(self) -> list[str]:
        """Return whose reports must be held for a period to be known."""
        named: list[str] = self.repositories.get_column("publisher").unique().to_list()
        periods = set(self.span.periods)
        # One whose last report is older than the interval has no part in it.
        return [name for name in named if self.span.held.get(name, set()) & periods] or named

    def missing(self) -> list[str]:
        """Return the labels of the periods in which some publisher's report is not held."""
        return self.span.missing(self.publishers())


def view_of(
    archive: Archive,
    selection: Selection,
    sources: Sequence[AudienceSource],
    by: str | None = None,
    where: Where | None = None,
    clients: Mapping[str, str] | None = None,
    periods: Sequence[Period] | None = None,
    *,
    what: str = WHAT,
) -> View:
    """Choose one report, and its rows.

    Two reports never share a frame: they call different things a pull. The first that has all the
    dimensions, and names a selected repository, is taken. Its rows may be sums of such that `by`
    and `where` do not tell apart; without `by` each is as the report has it. With `periods` they
    are of these, in order of time, in place of the selection's interval. Errors say that no report
    tells of `what`.

    Raises
    ------
    ReportNeededError
        If none of them is held by that granularity.
    MissingPeriodError
        If none of them is held of all `periods`.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If they have no such dimension, or `clients` names a use case that there is not.
    """
    wanted = {name: _values(value) for name, value in (where or {}).items()}
    granularity = selection.granularity
    able = _able(sources, [by] if by else [], wanted)
    candidates = _held(archive, selection, able, periods)
    if not candidates:
        raise _lacking(archive, selection, able, periods, what)
    tables = {
        source.kind: repository_table(archive, granularity, source)
        for source in [*candidates, *_held(archive, selection, AUDIENCE_SOURCES, periods)]
    }
    names = {kind: set(table.get_column("repository")) for kind, table in tables.items()}
    chosen = selection.repositories
    asked = set().union(*names.values()) if chosen is None else set(chosen)
    source = next((one for one in candidates if names[one.kind] & asked), candidates[0])
    known = tables[source.kind]
    table = chosen_rows(archive, known, selection)
    if (only := wanted.pop(REPOSITORY, None)) is not None:
        table = table.filter(pl.col("repository").is_in([name for name in only if name]))
    span = span_of(archive, [source.kind], selection, what)
    if periods:
        span = replace(span, periods=list(periods))
    if by is None:
        rows = source.rows.scan(archive, granularity, span.periods)
    else:
        rows = source.scan(archive, granularity, [by, *(where or {})], span.periods)
    if rows is None:
        # Another process may have taken the archive away since the interval was counted.
        raise archive.needed(what, granularity, [source.kind])
    cases = partial(use_case_table, archive, granularity, source, clients)
    if (inferred := wanted.pop(USE_CASE, None)) is not None:
        those = cases().filter(pl.col(USE_CASE).is_in([name for name in inferred if name]))
        types = rows.collect_schema()
        pairs = those.select(pl.col(name).cast(types[name]) for name in source.pair)
        rows = rows.join(pairs.lazy(), on=source.pair, how="semi", nulls_equal=True)
    found = nw.from_native(rows)
    if periods:
        # A cache gives those in between too.
        found = found.filter(nw.col("period").is_in([period.start for period in periods]))
    for name, values in wanted.items():
        found = found.filter(_among(source.columns[name], values))
    if len(table) < len(known):
        found = found.filter(_named(source, table, known))
    left_out = tuple(sorted(asked - names[source.kind]))
    told = clients if USE_CASE in {by, *(where or {})} else None
    return View(source, span, found, table, cases, left_out, told)


def _able(
    sources: Sequence[AudienceSource], dimensions: Iterable[str], where: Iterable[str]
) -> list[AudienceSource]:
    """Return the sources that have all of the dimensions."""
    offered = dict.fromkeys(name for source in sources for name in source.columns)
    asked = [("by", name) for name in dimensions] + [("where", name) for name in where]
    for argument, name in asked:
        if name not in offered:
            raise not_offered(argument, name, "one of " + ", ".join(map(repr, offered)))
    needed = {name for _, name in asked}
    return [source for source in sources if needed <= source.columns.keys()]


def _held(
    archive: Archive,
    selection: Selection,
    sources: Sequence[AudienceSource],
    periods: Sequence[Period] | None,
) -> list[AudienceSource]:
    """Return the sources that are held of all periods.

    Without periods, those that are held in the interval before the newest of any.
    """
    held = {source.kind: _every(archive, selection, [source]) for source in sources}
    if periods:
        return [source for source in sources if held[source.kind].issuperset(periods)]
    every = set().union(*held.values())
    recent = interval(max(every), selection.months) if every else []
    return [source for source in sources if held[source.kind].intersection(recent)]


def _lacking(
    archive: Archive,
    selection: Selection,
    sources: Sequence[AudienceSource],
    periods: Sequence[Period] | None,
    what: str,
) -> MissingReportError:
    """Say which of the sources is needed, or for which periods."""
    known = sorted(_every(archive, selection, sources))
    if periods and known:
        labels = [period.label for period in periods]
        return periods_not_held(what, labels, [period.label for period in known])
    kinds = [source.kind for source in sources]
    return archive.needed(what, selection.granularity, kinds)


def _every(
    archive: Archive, selection: Selection, sources: Sequence[AudienceSource]
) -> set[Period]:
    """Return the periods that any of the sources is held of."""
    held = [archive.available(source.kind, selection.granularity) for source in sources]
    return {period for by_name in held for its in by_name.values() for period in its}


def _values(value: str | Iterable[str | None] | None) -> tuple[str | None, ...]:
    # A text alone is one value, not its letters.
    return (value,) if value is None or isinstance(value, str) else tuple(value)


def _among(column: str, values: Sequence[str | None]) -> nw.Expr:
    among = nw.col(column).is_in([value for value in values if value is not None])
    return among | nw.col(column).is_null() if None in values else among


def _named(source: AudienceSource, mine: pl.DataFrame, every: pl.DataFrame) -> nw.Expr:
    """Return whether a row is of one of these repositories, without completing its name."""
    column = nw.col(source.columns[REPOSITORY])
    names = mine.get_column("bare").unique().to_list()
    found = column.is_in(names)
    if every.get_column("bare").is_in(names).sum() == len(mine):
        return found
    # Two publishers have a repository of that name, and one of them is not meant.
    pairs = mine.group_by("publisher").agg("bare").iter_rows()
    return nw.any_horizontal(
        # Of rows without a publisher the name is empty.
        *(
            _among(source.publisher, [name or None, name]) & column.is_in(its)
            for name, its in pairs
        ),
        ignore_nulls=True,
    )
