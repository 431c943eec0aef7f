"""Rows with numbers in place of texts: a group-by over millions of them takes milliseconds.

A column of few different texts becomes a `polars.Enum`, which filters, groups and sorts like the
texts themselves. What comes of it is turned back where it is small (`as_text`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from insights_nb.caching import Key, shared
from insights_nb.periods import Granularity, Period
from insights_nb.rollup import total
from insights_nb.schema import Sum

if TYPE_CHECKING:
    from insights_nb.archive import Archive


def _as_they_are(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows


@dataclass(frozen=True)
class ReportRows:
    """The rows of a large report, as far as they are used.

    They come from the cache, and then `coded`, if they are there. To code them takes longer than
    to read them a few times, so that it is not done for one who asks.

    Parameters
    ----------
    kind
        The report.
    texts, counts
        Its columns.
    named
        Adds to the report's own columns what `texts` names besides.
    """

    kind: str
    texts: Sequence[str]
    counts: Sequence[str]
    named: Callable[[pl.LazyFrame], pl.LazyFrame] = _as_they_are

    def scan(
        self, archive: Archive, granularity: Granularity, periods: Sequence[Period] | None = None
    ) -> pl.LazyFrame | None:
        """Return the rows that count, as `Archive.scan` does, or None where nothing is available.

        Parameters
        ----------
        archive, granularity
            Of what.
        periods
            Only these, which follow on each other.
        """

        def build() -> pl.DataFrame:
            rows = archive.scan(self.kind, granularity)
            return pl.DataFrame() if rows is None else self._coded(self.named(rows))

        known = _shared(archive, ("rows", self.kind, granularity), build, self.counts, periods)
        if known is None:
            rows = archive.scan(self.kind, granularity, periods=periods)
            return None if rows is None else self.named(rows)
        return known

    def sums(
        self,
        archive: Archive,
        granularity: Granularity,
        by: Sequence[str],
        counts: Sequence[str],
        periods: Sequence[Period] | None = None,
    ) -> pl.LazyFrame | None:
        """Return counts added up by period and some texts, or None where that is not there.

        Parameters
        ----------
        archive, granularity, periods
            As for `scan`.
        by, counts
            Columns to group by and to add up; they keep their names, as if they were rows.
        """

        def build() -> pl.DataFrame:
            rows = self.scan(archive, granularity)
            if rows is None:
                return pl.DataFrame()
            sums = {name: Sum((name,)) for name in counts}
            small = total(rows, ["period", *by], sums).collect(engine="streaming")
            return coded(small).with_columns(_narrow(small, counts))

        key = ("sums", self.kind, granularity, *by)
        return _shared(archive, key, build, counts, periods)

    def _coded(self, rows: pl.LazyFrame) -> pl.DataFrame:
        names = [pl.col(name).unique().drop_nulls().sort().implode() for name in self.texts]
        most = [pl.col(name).max() for name in self.counts]
        found = rows.select(*names, *most).collect(engine="streaming")
        return rows.select(
            "period",
            *(pl.col(name).cast(pl.Enum(found[name].item())) for name in self.texts),
            *_narrow(found, self.counts),
        ).collect(engine="streaming")


def coded(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts are numbers."""
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String]
    return table.with_columns(
        table[name].cast(pl.Enum(table[name].unique().drop_nulls().sort())) for name in texts
    )


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its texts as texts."""
    return table.with_columns(
        pl.col(name).cast(pl.String)
        for name, dtype in table.schema.items()
        if isinstance(dtype, pl.Enum)
    )


def _shared(
    archive: Archive,
    key: Key,
    build: Callable[[], pl.DataFrame],
    counts: Sequence[str],
    periods: Sequence[Period] | None,
) -> pl.LazyFrame | None:
    known = shared(archive, key, build)
    if known is None or known.is_empty():
        return None
    # As wide as sums of them may become.
    rows = known.lazy().with_columns(pl.col(name).cast(pl.Int64) for name in counts)
    if periods is None:
        return rows
    return rows.filter(pl.col("period").is_between(periods[0].start, periods[-1].start))


def _narrow(table: pl.DataFrame, counts: Sequence[str]) -> list[pl.Expr]:
    """Return the counts no wider than what there is of them in a table needs."""
    return [pl.col(name).cast(_wide_enough(table[name].max())) for name in counts]


def _wide_enough(most: object) -> pl.DataType:
    for dtype, end in ((pl.UInt8(), 2**8), (pl.UInt16(), 2**16), (pl.UInt32(), 2**32)):
        if not isinstance(most, int) or most < end:
            return dtype
    return pl.Int64()
