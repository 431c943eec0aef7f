"""Where pulls come from: the rows that a question means, of the one report that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.counts.coding import ReportRows, as_text
from insights_nb.counts.sources import AUDIENCE, REPOSITORY, USE_CASE, Source
from insights_nb.counts.spans import Span, chosen_rows, periods_missing, span_of
from insights_nb.counts.use_cases import infer_use_case
from insights_nb.errors import MissingReportError
from insights_nb.periods import Granularity, Period, interval
from insights_nb.reading import to_pandas
from insights_nb.rollup import largest_and_sum, total, with_full_name
from insights_nb.schema import Count, Sum
from insights_nb.selection import Selection, not_offered

if TYPE_CHECKING:
    from insights_nb.archive import Archive

Where = Mapping[str, str | Iterable[str | None] | None]

WHAT = "where pulls come from"

# Dimensions by which a report that was added up already is added up beforehand, the fewest sums
# first: an answer that tells apart no others needs no single row.
_TOGETHER = (("tag",), ("country",), ("client", "cloud"))


@dataclass(frozen=True)
class Question:
    """What is asked about where pulls come from.

    Parameters
    ----------
    selection
        Granularity, time range and repositories.
    by
        What is told apart; None is single rows, for counts of people.
    where
        Which rows count: dimension → its values.
    clients
        Client → use case, where the publisher knows better than what is inferred.
    periods
        These, in order of time, in place of the selection's time range.
    what
        What it is about, in words.
    """

    selection: Selection
    by: str | None = None
    where: Where | None = None
    clients: Mapping[str, str] | None = None
    periods: Sequence[Period] = ()
    what: str = WHAT

    @property
    def dimensions(self) -> list[str]:
        """What is told apart or filtered by."""
        return [*([self.by] if self.by else []), *(self.where or {})]


@dataclass(frozen=True)
class Audience:
    """The rows of one report that a question means, and what is missing of them.

    Parameters
    ----------
    question
        What was asked.
    source
        The report.
    span
        The time range.
    repositories
        Whose rows they are: ``publisher``, ``bare`` (a name as the report writes it),
        ``repository`` (the name in full).
    left_out
        Repositories that are meant, and that only another report counts.
    """

    archive: Archive
    question: Question
    source: Source
    span: Span
    repositories: pl.DataFrame
    left_out: tuple[str, ...]

    @property
    def clients(self) -> Mapping[str, str] | None:
        """The clients that were given, where a use case was inferred from them."""
        return self.question.clients if USE_CASE in self.question.dimensions else None

    @property
    def publishers(self) -> list[str]:
        """Whose reports must be there for a period to be known."""
        named: list[str] = self.repositories.get_column("publisher").unique().to_list()
        periods = set(self.span.periods)
        # One whose last report is older than the time range has no part in it.
        return [name for name in named if self.span.available.get(name, set()) & periods] or named

    @property
    def missing(self) -> list[str]:
        """The labels of the periods in which some publisher's report is missing."""
        return self.span.missing(self.publishers)

    def counts(self) -> pl.DataFrame:
        """Return what each value of ``question.by`` counts: ``period``, the value, the measures."""
        by = self.question.by or ""
        keys, values = self._keys(by)
        measures = self.source.roles.measures
        rows = self._rows().to_native()
        small = as_text(total(rows, ["period", *keys], measures).collect(engine="streaming"))
        value = pl.col(keys[0])
        if values is not None:
            small = small.join(values, on=keys, how="left", nulls_equal=True)
            value = pl.col("value")
        # One repository may come under two spellings.
        return small.group_by("period", value.alias(by)).agg(pl.col(list(measures)).sum())

    def people(self, columns: Sequence[str]) -> pl.DataFrame:
        """Return the bounds of unique counts: ``period``, and `largest_and_sum` of each."""
        bounds = [part for column in columns for part in largest_and_sum(column)]
        counts: pl.DataFrame = (
            self._rows().group_by("period").agg(*bounds).to_native().collect(engine="streaming")
        )
        return counts

    def _keys(self, by: str) -> tuple[list[str], pl.DataFrame | None]:
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
            return _pair(source), self._use_cases().rename({USE_CASE: "value"})
        if by != REPOSITORY:
            return [source.columns[by]], None
        keys = {"bare": source.columns[REPOSITORY], "publisher": source.roles.publisher}
        # A second key doubles the work: take it only where it tells two repositories apart.
        if not self.repositories.get_column("bare").is_duplicated().any():
            del keys["publisher"]
        unknown = pl.col("publisher") == ""
        named = self.repositories.with_columns(publisher=pl.when(~unknown).then("publisher"))
        return list(keys.values()), named.select(*keys, value="repository").rename(keys)

    def _use_cases(self) -> pl.DataFrame:
        clients = self.question.clients
        return use_case_table(self.archive, self.span.granularity, self.source, clients)

    def _rows(self) -> nw.LazyFrame[Any]:
        """Return the rows, or sums of them, lazily; their texts may be coded."""
        question, source, periods = self.question, self.source, self.span.periods
        granularity = self.span.granularity
        rows = _scan(self.archive, granularity, source, question, periods)
        if rows is None:
            # Another process may have taken the archive away since the time range was counted.
            raise self.archive.needed(question.what, granularity, [source.kind])
        wanted = {name: _values(value) for name, value in (question.where or {}).items()}
        wanted.pop(REPOSITORY, None)
        if (inferred := wanted.pop(USE_CASE, None)) is not None:
            cases = self._use_cases()
            those = cases.filter(pl.col(USE_CASE).is_in([name for name in inferred if name]))
            types, pair = rows.collect_schema(), _pair(source)
            pairs = those.select(pl.col(name).cast(types[name]) for name in pair)
            rows = rows.join(pairs.lazy(), on=pair, how="semi", nulls_equal=True)
        found = nw.from_native(rows)
        if question.periods:
            # A cache gives those in between too.
            found = found.filter(nw.col("period").is_in([period.start for period in periods]))
        for name, values in wanted.items():
            found = found.filter(_among(source.columns[name], values))
        every = repository_table(self.archive, granularity, source)
        if len(self.repositories) < len(every):
            found = found.filter(_named(source, self.repositories, every))
        return found


def ask(archive: Archive, question: Question, sources: Sequence[Source] = AUDIENCE) -> Audience:
    """Choose one report, and its rows.

    Two reports never share a frame: they call different things a pull. The first that has all the
    dimensions, and names a selected repository, is taken.

    Raises
    ------
    ReportNeededError
        If none of them is available by that granularity.
    MissingPeriodError
        If none of them is available of all the question's periods.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If they have no such dimension, or the clients name a use case that there is not.
    """
    selection = question.selection
    granularity = selection.granularity
    available = {source.kind: archive.available(source.kind, granularity) for source in AUDIENCE}
    able = _able(sources, question)
    candidates = _there(able, available, question)
    if not candidates:
        raise _lacking(archive, question, able, available)
    tables = {
        source.kind: repository_table(archive, granularity, source)
        for source in [*candidates, *_there(AUDIENCE, available, question)]
    }
    names = {kind: set(table.get_column(REPOSITORY)) for kind, table in tables.items()}
    chosen = selection.repositories
    asked = set().union(*names.values()) if chosen is None else set(chosen)
    source = next((one for one in candidates if names[one.kind] & asked), candidates[0])
    table = chosen_rows(archive, tables[source.kind], selection)
    if REPOSITORY in (question.where or {}):
        only = _values((question.where or {})[REPOSITORY])
        table = table.filter(pl.col(REPOSITORY).is_in([name for name in only if name]))
    span = span_of(archive, [source.kind], selection, question.what)
    if question.periods:
        span = replace(span, periods=list(question.periods))
    left_out = tuple(sorted(asked - names[source.kind]))
    return Audience(archive, question, source, span, table, left_out)


def report_rows(source: Source) -> ReportRows:
    """Return what is read of a report's rows."""
    texts = [source.roles.publisher, *(n for n in source.columns.values() if n != USE_CASE)]
    counted = [m.column for m in source.roles.measures.values() if isinstance(m, Count)]
    numbers = [*_summed(source), *source.roles.people]
    return ReportRows(source.kind, [*dict.fromkeys([*texts, *counted])], numbers)


def together(source: Source) -> list[tuple[str, ...]]:
    """Return the dimensions by which a report is added up beforehand."""
    able = len(_summed(source)) > 0
    return [group for group in _TOGETHER if able and set(group) <= source.columns.keys()]


def sums(
    archive: Archive,
    granularity: Granularity,
    source: Source,
    group: Sequence[str],
    periods: Sequence[Period] | None = None,
) -> pl.LazyFrame | None:
    """Return the sums of one of `together`, or None if they are not there."""
    by = [source.roles.publisher, *(source.columns[name] for name in (REPOSITORY, *group))]
    return report_rows(source).sums(archive, granularity, by, _summed(source), periods)


def repository_table(archive: Archive, granularity: Granularity, source: Source) -> pl.DataFrame:
    """Return whose repositories a report names: ``publisher``, ``bare``, ``repository``."""
    key = ("audience", source.kind, granularity)
    return kept(archive, key, partial(_repositories, archive, granularity, source))


def use_case_table(
    archive: Archive,
    granularity: Granularity,
    source: Source,
    clients: Mapping[str, str] | None,
) -> pl.DataFrame:
    """Return the use case of each client on each cloud: their columns, ``use_case``.

    Raises
    ------
    SelectionError
        If `clients` names a use case that there is not.
    """
    key = ("audience pairs", source.kind, granularity)
    client, cloud = pair = _pair(source)
    pairs = kept(archive, key, partial(_distinct, archive, granularity, source.kind, pair))
    inferred = infer_use_case(to_pandas(pairs), client=client, cloud=cloud, clients=clients)
    return pairs.with_columns(pl.Series(USE_CASE, inferred.to_list(), pl.String))


def known_periods(
    archive: Archive, granularity: Granularity, repositories: Sequence[str], by: str
) -> set[Period]:
    """Return the periods of which some report with a dimension counts these repositories."""
    known: set[Period] = set()
    for source in AUDIENCE:
        if by in source.columns:
            table = repository_table(archive, granularity, source)
            own = table.filter(pl.col(REPOSITORY).is_in(list(repositories)))
            available = archive.available(source.kind, granularity)
            known.update(
                *(available.get(name, ()) for name in own.get_column("publisher").unique())
            )
    return known


def _scan(
    archive: Archive,
    granularity: Granularity,
    source: Source,
    question: Question,
    periods: Sequence[Period],
) -> pl.LazyFrame | None:
    """Return rows, or sums of them by what is asked for and more, or None if none are there."""
    if question.by is not None:
        of = {USE_CASE: ("client", "cloud")}
        used = {name for one in question.dimensions for name in of.get(one, (one,))}
        for group in together(source):
            if used <= {REPOSITORY, *group}:
                found = sums(archive, granularity, source, group, periods)
                if found is not None:
                    return found
    return report_rows(source).scan(archive, granularity, periods)


def _summed(source: Source) -> list[str]:
    measures = source.roles.measures.values()
    return [name for m in measures if isinstance(m, Sum) for name in m.columns]


def _pair(source: Source) -> list[str]:
    """Return the columns of client and cloud, from which the use case is inferred."""
    return [source.columns["client"], source.columns["cloud"]]


def _distinct(
    archive: Archive, granularity: Granularity, kind: str, columns: Sequence[str]
) -> pl.DataFrame:
    rows = archive.scan(kind, granularity)
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    found: pl.DataFrame = (
        nw.from_native(rows).select(*columns).unique().to_native().collect(engine="streaming")
    )
    return found


def _repositories(archive: Archive, granularity: Granularity, source: Source) -> pl.DataFrame:
    columns = {source.roles.publisher: "publisher", source.columns[REPOSITORY]: "bare"}
    found = _distinct(archive, granularity, source.kind, list(columns)).rename(columns)
    named: pl.DataFrame = with_full_name(
        found.filter(pl.col("bare").is_not_null()), "bare", "publisher"
    )
    return named.with_columns(pl.col("publisher").fill_null(""))


Held = Mapping[str, Mapping[str, set[Period]]]


def _able(sources: Sequence[Source], question: Question) -> list[Source]:
    """Return the sources that have all of the dimensions."""
    offered = dict.fromkeys(name for source in sources for name in source.columns)
    asked = [("by", question.by)] if question.by else []
    for argument, name in asked + [("where", name) for name in question.where or ()]:
        if name not in offered:
            raise not_offered(argument, name, "one of " + ", ".join(map(repr, offered)))
    return [source for source in sources if source.columns.keys() >= {*question.dimensions}]


def _there(sources: Sequence[Source], available: Held, question: Question) -> list[Source]:
    """Return the sources that are available of all periods.

    Without periods, those that are available in the time range before the newest of any.
    """
    periods = {source.kind: _every([source], available) for source in sources}
    if question.periods:
        return [one for one in sources if periods[one.kind].issuperset(question.periods)]
    every = set().union(*periods.values())
    recent = interval(max(every), question.selection.months) if every else []
    return [source for source in sources if periods[source.kind].intersection(recent)]


def _lacking(
    archive: Archive, question: Question, sources: Sequence[Source], available: Held
) -> MissingReportError:
    """Say which of the sources is needed, or for which periods."""
    known = sorted(_every(sources, available))
    if question.periods and known:
        labels = [period.label for period in question.periods]
        return periods_missing(question.what, labels, [period.label for period in known])
    kinds = [source.kind for source in sources]
    return archive.needed(question.what, question.selection.granularity, kinds)


def _every(sources: Sequence[Source], available: Held) -> set[Period]:
    """Return the periods that any of the sources is available of."""
    return {p for source in sources for own in available[source.kind].values() for p in own}


def _values(value: str | Iterable[str | None] | None) -> tuple[str | None, ...]:
    # A text alone is one value, not its letters.
    return (value,) if value is None or isinstance(value, str) else tuple(value)


def _among(column: str, values: Sequence[str | None]) -> nw.Expr:
    among = nw.col(column).is_in([value for value in values if value is not None])
    return among | nw.col(column).is_null() if None in values else among


def _named(source: Source, chosen: pl.DataFrame, every: pl.DataFrame) -> nw.Expr:
    """Return whether a row is of one of these repositories, without completing its name."""
    column = nw.col(source.columns[REPOSITORY])
    names = chosen.get_column("bare").unique().to_list()
    found = column.is_in(names)
    if every.get_column("bare").is_in(names).sum() == len(chosen):
        return found
    # Two publishers have a repository of that name, and one of them is not meant.
    pairs = chosen.group_by("publisher").agg("bare").iter_rows()
    return nw.any_horizontal(
        # Of rows without a publisher the name is empty.
        *(
            _among(source.roles.publisher, [name or None, name]) & column.is_in(own)
            for name, own in pairs
        ),
        ignore_nulls=True,
    )
