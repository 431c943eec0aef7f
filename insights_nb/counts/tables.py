"""A report's rows, added up per period, publisher, repository and whatever else is told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.counts.coding import coded
from insights_nb.counts.sources import EVERY_LEVEL, REPOSITORY, Source
from insights_nb.periods import Granularity, Period
from insights_nb.rollup import largest_and_sum, measured, with_full_name
from insights_nb.schema import Count, Sum

if TYPE_CHECKING:
    from insights_nb.archive import Archive

KEYS = ("period", "publisher")
PARTS = ("largest", "sum", "unknown")
"""What is kept of a unique count; see `bounds`."""


@dataclass(frozen=True)
class Table:
    """What a source's rows are added up to.

    Parameters
    ----------
    source
        Which rows count.
    by
        What is told apart besides the repository: dimensions of the source, its ``"reference"``
        (the tag or digest), or columns of the report.
    measures
        What is added up; by default what the source counts.
    people
        Columns of unique counts: their bounds are kept, as `insights_nb.rollup.largest_and_sum`
        gives them.
    unknown
        Also count, in a column ``unknown``, the rows that lack a count.
    stated
        A measure that no row states is missing; otherwise it is 0.
    """

    source: Source
    by: tuple[str, ...] = ()
    measures: Mapping[str, Sum | Count] | None = None
    people: tuple[str, ...] = ()
    unknown: bool = False
    stated: bool = False

    @property
    def counted(self) -> Mapping[str, Sum | Count]:
        """What is added up."""
        return self.source.roles.measures if self.measures is None else self.measures

    @property
    def keys(self) -> list[str]:
        """The columns that tell its rows apart."""
        repository = [] if self.source.repository is None else [REPOSITORY]
        return [*KEYS, *repository, *self.by]

    def rows(
        self, archive: Archive, granularity: Granularity, periods: Iterable[Period] | None = None
    ) -> pl.DataFrame:
        """Return the table, computed once until something is added to the archive.

        Parameters
        ----------
        archive, granularity
            Of what.
        periods
            Only these; all of them unless given.

        Returns
        -------
        polars.DataFrame
            One row per combination of `keys` that the report names: ``period`` (first day),
            ``publisher`` (empty where the rows name none), ``repository`` (in full; missing where
            the row names none), those of `by`, the measures, ``unknown``, and the bounds of
            `people`. Texts are `insights_nb.counts.coding.coded`. Without rows where no report is
            there.
        """
        labels = None if periods is None else sorted(period.label for period in periods)
        source = self.source
        key = (
            "counts", source.kind, source.level, source.view or "", granularity,
            *self.by, "measures", *self.counted, "people", *self.people,
            f"{self.unknown} {self.stated}", "all" if labels is None else " ".join(labels),
        )  # fmt: skip
        return kept(archive, key, partial(self._add_up, archive, granularity, periods))

    def _add_up(
        self, archive: Archive, granularity: Granularity, periods: Iterable[Period] | None
    ) -> pl.DataFrame:
        source = self.source
        wanted = None if periods is None else sorted(periods)
        scan = archive.scan(source.kind, granularity, view=source.view, periods=wanted)
        if scan is None:
            return pl.DataFrame(schema=self._schema())
        rows: nw.LazyFrame[Any] = nw.from_native(scan)
        if source.level not in {"", EVERY_LEVEL}:
            rows = rows.filter(nw.col("level").str.to_lowercase() == source.level)
        columns = self._columns()
        named = [nw.col(column).alias(name) for name, column in columns.items()]
        small: pl.DataFrame = (
            rows.with_columns(*named)
            .group_by("period", *columns)
            .agg(*self._sums())
            .to_native()
            .collect(engine="streaming")
        )
        return coded(self._named(small).select(*self._schema()))

    def _columns(self) -> dict[str, str]:
        """Return the names of the keys but the period → the report's columns."""
        source, roles = self.source, self.source.roles
        own = {"reference": roles.reference or "", "publisher": roles.publisher}
        own |= {**roles.dimensions, REPOSITORY: source.repository or ""}
        return {name: own.get(name, name) for name in self.keys if name != "period"}

    def _sums(self) -> list[nw.Expr]:
        sums = [measured(measure).alias(name) for name, measure in self.counted.items()]
        columns = {
            name: measure.columns if isinstance(measure, Sum) else (measure.column,)
            for name, measure in self.counted.items()
        }
        if self.stated:
            sums += [
                nw.sum_horizontal(*(nw.col(column).count() for column in summed)).alias(_of(name))
                for name, summed in columns.items()
            ]
        if self.unknown:
            every = dict.fromkeys(column for summed in columns.values() for column in summed)
            lacks = nw.any_horizontal(*(nw.col(c).is_null() for c in every), ignore_nulls=False)
            sums.append(lacks.cast(nw.Int64).sum().alias("unknown"))
        return sums + [part for column in self.people for part in largest_and_sum(column)]

    def _named(self, small: pl.DataFrame) -> pl.DataFrame:
        """Complete the names; two spellings of one repository or publisher become one row."""
        publisher = pl.col("publisher").fill_null("")
        named = small.with_columns(publisher)
        if REPOSITORY in self.keys:
            named = with_full_name(named, REPOSITORY, "publisher")
        spelt = [name for name in ("publisher", REPOSITORY) if name in self.keys]
        if named.select(spelt).n_unique() < small.select(spelt).n_unique():
            counts = [*self.counted, *(["unknown"] if self.unknown else [])]
            counts += [_of(name) for name in self.counted if self.stated]
            named = named.group_by(self.keys).agg(
                pl.col(counts).sum(), *(part for name in self.people for part in merge_bounds(name))
            )
        if self.stated:
            named = named.with_columns(pl.when(pl.col(_of(n)) > 0).then(n) for n in self.counted)
        return named

    def _schema(self) -> dict[str, Any]:
        people = [f"{name}_{part}" for name in self.people for part in PARTS]
        counts = [*self.counted, *(["unknown"] if self.unknown else []), *people]
        types = dict.fromkeys(self.keys, pl.String()) | {"period": pl.Date()}
        return types | dict.fromkeys(counts, pl.Int64())


def merge_bounds(column: str) -> list[pl.Expr]:
    """Aggregate what `insights_nb.rollup.largest_and_sum` gave once more."""
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


def _of(measure: str) -> str:
    return f"{measure} stated"
