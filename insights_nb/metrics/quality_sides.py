"""What reports are compared by: the same counts, added up to the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.periods import Granularity
from insights_nb.rollup import measured, with_full_name
from insights_nb.schema import REPORTS, Count, Roles, Sum

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
    kind, view
        The report, and which of its files.
    publisher
        The column that tells whose it is.
    series
        The column with the repository; None adds up all of a publisher.
    measures
        What it counts, and how its columns make that up.
    level
        Which of its rows, where it restates the same events at several levels.
    """

    name: str
    kind: str
    publisher: str
    series: str | None
    measures: Mapping[str, Sum | Count]
    level: str = ""
    view: str | None = None

    @property
    def columns(self) -> list[str]:
        """Its columns that count."""
        found: list[str] = []
        for measure in self.measures.values():
            found += measure.columns if isinstance(measure, Sum) else [measure.column]
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    name
        What it is.
    table
        `KEYS`, a column for each measure, and ``unknown``: how many rows lack a count.
    held
        ``publisher`` and ``period``: of which it can tell, be it that there was nothing.
    measures
        What it counts.
    """

    name: str
    table: pl.DataFrame
    held: pl.DataFrame
    measures: list[str]

    def per_publisher(self) -> Side:
        """Return the sums over each publisher's repositories."""
        sums = self.table.group_by(_PAIR).agg(pl.col(*self.measures, "unknown").sum())
        table = sums.with_columns(series="publisher").select(self.table.columns)
        return Side(self.name, table, self.held, self.measures)


def _counted(name: str, kind: str, *, level: str = "", view: str | None = None) -> Counted:
    roles = REPORTS[kind].roles
    # Of the levels that restate the same events, that of repositories alone names one.
    series = roles.repository if level in ("", "repository") else None
    return Counted(name, kind, roles.publisher, series, _apart(roles), level, view)


def _apart(roles: Roles) -> Mapping[str, Sum | Count]:
    """Return what a report counts: of the legacy ones each action by itself."""
    if roles.definition != "actions":
        return roles.measures
    return {
        name: each
        for measure in roles.measures.values()
        for name, each in (
            [(column, Sum((column,))) for column in measure.columns]
            if isinstance(measure, Sum)
            else [(value, Count(measure.column, (value,))) for value in measure.values]
        )
    }


TRENDS = _counted("Trends, added up", "trends")
COMPANIES = _counted("Tracked companies, added up", "tracked_companies")
SUMMARY = _counted("Summary, level repository", "summary", level="repository")
LEVELS = {
    level: _counted(f"Summary, level {level}", "summary", level=level)
    for level in ("publisher", "namespace", "tag", "digest")
}
LEGACY = _counted("Image pulls summary by repository", "image_pulls_summary", view="repository")
REFERENCES = _counted(
    "Image pulls summary by reference, added up", "image_pulls_summary", view="reference"
)
RAW = _counted("Image pulls raw data, added up", "image_pulls_raw")


def side(archive: Archive, granularity: Granularity, counted: Counted) -> Side:
    """Add up a report; computed once until something is added to the archive."""
    key = ("quality", counted.name, granularity)
    table = kept(archive, key, partial(_table, archive, granularity, counted))
    held = kept(archive, (*key, "held"), partial(_held, archive, granularity, counted, table))
    return Side(counted.name, table, held, list(counted.measures))


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
    if kind == SUMMARY.kind:
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
    both = counts.join(left.held, on=_PAIR, how="semi").join(right.held, on=_PAIR, how="semi")
    return both.with_columns(unknown=pl.col("unknown") + pl.col("unknown_right")).select(
        *KEYS, *names, *(f"{name}_right" for name in left.measures)
    )


def _table(archive: Archive, granularity: Granularity, counted: Counted) -> pl.DataFrame:
    scan = archive.scan(counted.kind, granularity, view=counted.view)
    if scan is None:
        counts = dict.fromkeys([*counted.measures, "unknown"], pl.Int64)
        return pl.DataFrame(schema={**_TEXT, "series": pl.String, **counts})
    rows: nw.LazyFrame[Any] = nw.from_native(scan)
    if counted.level:
        rows = rows.filter(nw.col("level").str.to_lowercase() == counted.level)
    lacks = nw.any_horizontal(
        *(nw.col(column).is_null() for column in counted.columns), ignore_nulls=False
    )
    columns = [] if counted.series is None else [counted.series]
    small: pl.DataFrame = (
        rows.with_columns(lacks.cast(nw.Int64).alias("unknown"))
        .group_by("period", counted.publisher, *columns)
        .agg(
            *(measured(measure).alias(name) for name, measure in counted.measures.items()),
            nw.col("unknown").sum(),
        )
        .to_native()
        .collect(engine="streaming")
    )
    publisher = pl.col(counted.publisher).fill_null("")
    series = publisher
    if counted.series is not None:
        small = with_full_name(small, counted.series, counted.publisher, "series")
        series = pl.col("series")
    named = small.group_by(publisher=publisher, period="period", series=series)
    return named.agg(pl.col(*counted.measures, "unknown").sum())


def _held(
    archive: Archive, granularity: Granularity, counted: Counted, table: pl.DataFrame
) -> pl.DataFrame:
    """Return the periods that it tells of: not those whose report has other levels only."""
    by_name = archive.available(counted.kind, granularity, counted.view)
    starts = [(name, period.start) for name, its in by_name.items() for period in its]
    held = pl.DataFrame(starts, schema=_TEXT, orient="row")
    scan = archive.scan(counted.kind, granularity) if counted.level else None
    if scan is not None:
        publisher = pl.col("publisher_name").fill_null("")
        some = scan.select("period", publisher=publisher).unique().collect(engine="streaming")
        silent = some.join(table, on=_PAIR, how="anti")
        held = held.join(silent, on=_PAIR, how="anti")
    # Rows that name no publisher, or another than their file: they are held.
    return pl.concat([held, table.select(_PAIR)]).unique()
