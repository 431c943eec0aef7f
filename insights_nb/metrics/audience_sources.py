"""Which reports tell where pulls come from, and what each of them names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.metrics.coding import ReportRows
from insights_nb.metrics.use_cases import infer_use_case
from insights_nb.periods import Granularity, Period
from insights_nb.reading import to_pandas
from insights_nb.rollup import with_full_name
from insights_nb.schema import REPORTS, Count, Sum

if TYPE_CHECKING:
    from insights_nb.archive import Archive

REPOSITORY = "repository"
USE_CASE = "use_case"
SIGNED_IN = "unique_authenticated_users"
ANONYMOUS = "unique_unauthenticated_users"


@dataclass(frozen=True)
class AudienceSource:
    """A report that tells where pulls come from.

    Parameters
    ----------
    kind
        The report.
    publisher
        Whose repository it is; also completes a bare name (``web``) to ``acme/web``.
    columns
        Dimension → its column; no report but that of tracked companies has the use case, which
        is inferred.
    measures
        How its columns make up each measure; one that it does not have stays missing.
    people
        Its columns that count people.
    together
        Dimensions by which it is added up beforehand, the fewest sums first: an answer that tells
        apart no others needs no single row.
    """

    kind: str
    publisher: str
    columns: Mapping[str, str]
    measures: Mapping[str, Sum | Count]
    people: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def rows(self) -> ReportRows:
        """What is read of the report."""
        texts = [self.publisher, *(name for name in self.columns.values() if name != USE_CASE)]
        counted = [m.column for m in self.measures.values() if isinstance(m, Count)]
        return ReportRows(
            self.kind, [*dict.fromkeys([*texts, *counted])], [*self._counts, *self.people]
        )

    @property
    def _counts(self) -> list[str]:
        return [name for m in self.measures.values() if isinstance(m, Sum) for name in m.columns]

    def scan(
        self,
        archive: Archive,
        granularity: Granularity,
        dimensions: Iterable[str],
        periods: Sequence[Period],
    ) -> pl.LazyFrame | None:
        """Return rows, or sums of them by these dimensions and others, or None if none are held.

        Parameters
        ----------
        archive, granularity
            Of what.
        dimensions
            What is filtered by or told apart.
        periods
            Only these, which follow on each other.
        """
        of = {USE_CASE: ("client", "cloud")}
        told = {name for one in dimensions for name in of.get(one, (one,))}
        for group in self.together:
            if told <= {REPOSITORY, *group}:
                sums = self.sums(archive, granularity, group, periods)
                if sums is not None:
                    return sums
        return self.rows.scan(archive, granularity, periods)

    def sums(
        self,
        archive: Archive,
        granularity: Granularity,
        group: Sequence[str],
        periods: Sequence[Period] | None = None,
    ) -> pl.LazyFrame | None:
        """Return the sums of one of `together`, or None if they are not there."""
        by = [self.publisher, *(self.columns[name] for name in (REPOSITORY, *group))]
        return self.rows.sums(archive, granularity, by, self._counts, periods)

    @property
    def pair(self) -> list[str]:
        """The columns of client and cloud, from which the use case is inferred."""
        return [self.columns["client"], self.columns["cloud"]]


def _source(kind: str, together: tuple[tuple[str, ...], ...] = ()) -> AudienceSource:
    roles = REPORTS[kind].roles
    if roles.repository is None:
        raise ValueError(f"{kind} names no repositories.")
    columns = {**roles.dimensions, USE_CASE: USE_CASE, REPOSITORY: roles.repository}
    return AudienceSource(kind, roles.publisher, columns, roles.measures, roles.people, together)


TRENDS = _source("trends", (("tag",), ("country",), ("client", "cloud")))
RAW = _source("image_pulls_raw")

# In the order in which they are preferred.
AUDIENCE_SOURCES = (TRENDS, RAW)

DIMENSIONS = tuple(dict.fromkeys(name for source in AUDIENCE_SOURCES for name in source.columns))
"""What pulls are told apart by; industry and domain are in the legacy raw data only."""


def repository_table(
    archive: Archive, granularity: Granularity, source: AudienceSource
) -> pl.DataFrame:
    """Return whose repositories a report names: ``publisher``, ``bare``, ``repository``."""
    key = ("audience", source.kind, granularity)
    return kept(archive, key, partial(_repositories, archive, granularity, source))


def use_case_table(
    archive: Archive,
    granularity: Granularity,
    source: AudienceSource,
    clients: Mapping[str, str] | None,
) -> pl.DataFrame:
    """Return the use case of each client on each cloud: `AudienceSource.pair`, ``use_case``.

    Raises
    ------
    SelectionError
        If `clients` names a use case that there is not.
    """
    key = ("audience pairs", source.kind, granularity)
    pairs = kept(archive, key, partial(_pairs, archive, granularity, source))
    client, cloud = source.pair
    frame = to_pandas(pairs)
    inferred = infer_use_case(frame, client=client, cloud=cloud, clients=clients)
    return pairs.with_columns(pl.Series(USE_CASE, inferred.to_list(), pl.String))


def _repositories(
    archive: Archive, granularity: Granularity, source: AudienceSource
) -> pl.DataFrame:
    rows = archive.scan(source.kind, granularity)
    bare, publisher = pl.col("bare"), pl.col("publisher")
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(["publisher", "bare", "repository"], pl.String))
    found: pl.DataFrame = (
        nw.from_native(rows)
        .select(
            nw.col(source.publisher).alias("publisher"),
            nw.col(source.columns[REPOSITORY]).alias("bare"),
        )
        .unique()
        .to_native()
        .collect(engine="streaming")
    )
    named: pl.DataFrame = with_full_name(found.filter(bare.is_not_null()), "bare", "publisher")
    return named.with_columns(publisher.fill_null(""))


def _pairs(archive: Archive, granularity: Granularity, source: AudienceSource) -> pl.DataFrame:
    rows = archive.scan(source.kind, granularity)
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(source.pair, pl.String))
    found: pl.DataFrame = (
        nw.from_native(rows).select(*source.pair).unique().to_native().collect(engine="streaming")
    )
    return found
