"""What reports are compared by: the same counts, added up to the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from insights_nb.caching import kept, remembered
from insights_nb.counts.coding import as_text
from insights_nb.counts.sources import EVERY_LEVEL, REPOSITORY, Source
from insights_nb.counts.tables import Table
from insights_nb.periods import Granularity
from insights_nb.rollup import with_full_name
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    from insights_nb.archive import Archive

KEYS = ["publisher", "period", "series"]
_PAIR = ["publisher", "period"]
_TEXT = {"publisher": pl.String, "period": pl.Date}


@dataclass(frozen=True)
class Counted:
    """A report, or one level of it, that counts something per repository or publisher.

    Parameters
    ----------
    name
        What it is, in Docker's words.
    source
        Its rows; those that name no repository are added up to their publisher.
    """

    name: str
    source: Source

    @property
    def table(self) -> Table:
        """What it is added up to: each of its counts, and how many rows lack one."""
        return Table(self.source, measures=self.source.apart, unknown=True)


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    name
        What it is.
    table
        `KEYS`, a column for each measure, and ``unknown``: how many rows lack a count.
    available
        ``publisher`` and ``period``: of which it can tell, be it that there was nothing.
    measures
        What it counts.
    """

    name: str
    table: pl.DataFrame
    available: pl.DataFrame
    measures: list[str]

    def per_publisher(self) -> Side:
        """Return the sums over each publisher's repositories."""
        sums = self.table.group_by(_PAIR).agg(pl.col(*self.measures, "unknown").sum())
        table = sums.with_columns(series="publisher").select(self.table.columns)
        return Side(self.name, table, self.available, self.measures)


TRENDS = Counted("Trends, added up", Source("trends"))
COMPANIES = Counted("Tracked companies, added up", Source("tracked_companies"))
SUMMARY = Counted("Summary, level repository", Source("summary", REPOSITORY))
LEVELS = {
    level: Counted(f"Summary, level {level}", Source("summary", level))
    for level in ("publisher", "namespace", "tag", "digest")
}
LEGACY = Counted(
    "Image pulls summary by repository", Source("image_pulls_summary", view="repository")
)
REFERENCES = Counted(
    "Image pulls summary by reference, added up", Source("image_pulls_summary", view="reference")
)
RAW = Counted("Image pulls raw data, added up", Source("image_pulls_raw"))


def side(archive: Archive, granularity: Granularity, counted: Counted) -> Side:
    """Add up a report; computed once until something is added to the archive."""
    key = ("side", counted.name, granularity)
    return remembered(archive, key, partial(_side, archive, granularity, counted))


def _side(archive: Archive, granularity: Granularity, counted: Counted) -> Side:
    table = as_text(counted.table.rows(archive, granularity))
    name = REPOSITORY if REPOSITORY in table.columns else "publisher"
    measures = list(counted.table.counted)
    table = table.select(*_PAIR, pl.col(name).alias("series"), *measures, "unknown")
    available = _available(archive, granularity, counted.source, table)
    return Side(counted.name, table, available, measures)


def row_totals(archive: Archive, granularity: Granularity, kind: str) -> pl.DataFrame:
    """Compare in each row a total with its parts.

    Returns
    -------
    polars.DataFrame
        `KEYS`, ``left`` (the totals' sum), ``right`` (the parts'), ``rows``, ``off`` (how many
        rows differ), ``unknown`` (how many lack a count) and ``example`` (what the first one that
        differs is about). The series is a repository, or ``acme at level tag``.
    """
    key = ("quality rows", kind, granularity)
    return kept(archive, key, partial(_row_totals, archive, granularity, kind))


def _row_totals(archive: Archive, granularity: Granularity, kind: str) -> pl.DataFrame:
    rows = archive.scan(kind, granularity)
    total, parts = REPORTS[kind].total or ("", ())
    if rows is None:
        counts = dict.fromkeys(["left", "right", "rows", "off", "unknown"], pl.Int64)
        texts = {"series": pl.String, "example": pl.String}
        return pl.DataFrame(schema={**_TEXT, **texts, **counts})
    publisher, example = pl.col("publisher_name").fill_null(""), pl.lit(None, pl.String)
    apart = pl.col(total) != pl.sum_horizontal(parts, ignore_nulls=False)
    if kind == SUMMARY.source.kind:
        series = pl.format("{} at level {}", publisher, pl.col("level").str.to_lowercase())
        example = pl.col("reference").filter(apart).first()
    else:
        rows = with_full_name(rows, "image_repository", "publisher_name", "series")
        series = pl.col("series")
    table: pl.DataFrame = (
        rows.group_by(publisher=publisher, period="period", series=series)
        .agg(
            left=pl.col(total).sum(),
            right=pl.sum_horizontal(pl.col(part).sum() for part in parts),
            rows=pl.len().cast(pl.Int64),
            off=apart.sum().cast(pl.Int64),
            unknown=apart.is_null().sum().cast(pl.Int64),
            example=example,
        )
        .collect(engine="streaming")
    )
    return table


def joined(left: Side, right: Side) -> pl.DataFrame:
    """Return both sides' counts where both can tell; a row that one lacks counts 0 there.

    Columns: `KEYS`, each measure as it is and with ``_right``, ``unknown`` of both together.
    """
    names = [*left.measures, "unknown"]
    table = left.table.join(right.table, on=KEYS, how="full", coalesce=True, nulls_equal=True)
    counts = table.with_columns(
        pl.col(name).fill_null(0) for name in table.columns if name not in KEYS
    )
    both = counts.join(left.available, on=_PAIR, how="semi").join(
        right.available, on=_PAIR, how="semi"
    )
    return both.with_columns(unknown=pl.col("unknown") + pl.col("unknown_right")).select(
        *KEYS, *names, *(f"{name}_right" for name in left.measures)
    )


def _available(
    archive: Archive, granularity: Granularity, source: Source, table: pl.DataFrame
) -> pl.DataFrame:
    """Return the periods that it covers: not those whose report has other levels only."""
    by_name = archive.available(source.kind, granularity, source.view)
    starts = [(name, period.start) for name, covered in by_name.items() for period in covered]
    available = pl.DataFrame(starts, schema=_TEXT, orient="row")
    if source.level:
        every = Table(Source(source.kind, EVERY_LEVEL), ("level", "reference"))
        some = as_text(every.rows(archive, granularity)).select(_PAIR).unique()
        silent = some.join(table, on=_PAIR, how="anti")
        available = available.join(silent, on=_PAIR, how="anti")
    # Rows that name no publisher, or another than their file: they are available.
    return pl.concat([available, table.select(_PAIR)]).unique()
