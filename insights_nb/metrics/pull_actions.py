"""How legacy programs' images were asked for: by tag, by digest, or only checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd
import polars as pl

from insights_nb.caching import kept
from insights_nb.metrics.pull_sources import SOURCES, Source
from insights_nb.metrics.report_rows import (
    as_frame,
    bounds,
    chosen_rows,
    largest_and_sum,
    span_of,
)
from insights_nb.periods import Granularity
from insights_nb.rollup import full_name
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive

WHAT = "pulls by tag and by digest"
SUMMARY, RAW = LEGACY_KINDS = ("image_pulls_summary", "image_pulls_raw")
ADDRESSES = "unique_ip_addresses"
ACTIONS: Mapping[str, str] = {
    "pulls_by_tag": "pull_by_tag",
    "pulls_by_digest": "pull_by_digest",
    "version_checks": "version_check",
}
"""Our name of each kind of action, and Docker's: a column of the summary, an action in raw data."""

_PARTS = tuple(f"{ADDRESSES}_{part}" for part in ("largest", "sum", "unknown"))


# Only the first of them tells a repository's addresses exactly.
_SOURCES = tuple(source for source in SOURCES if source.definition == "actions")


def pull_actions(archive: Archive, selection: Selection | None = None) -> pd.DataFrame:
    """Tell pulls by tag, pulls by digest and version checks apart, in the legacy programs' data.

    Per publisher and period the summary by repository counts, else the summary by reference, else
    the raw data.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.

    Returns
    -------
    pandas.DataFrame
        One row per period of the interval and repository that a legacy report of the interval
        names, in that order: ``period`` (first day), ``repository``, ``pulls_by_tag``,
        ``pulls_by_digest``, ``pulls`` (both), ``version_checks``, ``unique_ip_addresses_at_least``
        and ``_at_most``, ``source`` (report kind, missing where none is held). Counts are
        ``Int64``: 0 where a report is held and names no such repository, missing where none is
        held or it has no such count. ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If no legacy report of that granularity is held.

    Notes
    -----
    Source: legacy summary ``Pull by tag``, ``Pull by digest``, ``Version check`` and ``Unique IP
    address``; legacy raw ``Action``. The summary by repository has one row per repository, so that
    the two bounds of its addresses are equal. By reference an address counts once per tag and
    digest: at least the largest row, at most the sum. Raw data has no addresses. The reports of DVP
    do not tell by tag from by digest so: there, `insights_nb.tag_pulls` gives pulls by digest the
    missing tag.
    """
    chosen = selection or Selection()
    span = span_of(archive, [SUMMARY, RAW], chosen, WHAT)
    by = chosen.granularity
    held = kept(archive, ("pull actions held", by), partial(_held, archive, by))
    table = kept(archive, ("pull actions", by), partial(_build, archive, by, held))
    rows = span.within(chosen_rows(archive, table, chosen))
    known = rows.select("publisher", "repository").unique()
    days = pl.DataFrame({"period": [period.start for period in span.periods]})
    zero = pl.col("source").is_not_null() & pl.col("named").is_null()
    # What a repository without pulls is known to have none of is what its report counts.
    addresses = zero & (pl.col("source") == SUMMARY)
    grid = (
        known.join(days, how="cross")
        .join(held, on=["publisher", "period"], how="left")
        .join(rows.drop("rank").with_columns(named=True), on=[*known.columns, "period"], how="left")
        .with_columns(
            *(pl.when(zero).then(0).otherwise(pl.col(n)).alias(n) for n in ACTIONS),
            *(pl.when(addresses).then(0).otherwise(pl.col(n)).alias(n) for n in _PARTS),
        )
        .with_columns(pulls=pl.col("pulls_by_tag") + pl.col("pulls_by_digest"))
        .sort("period", "repository")
    )
    columns = ["pulls_by_tag", "pulls_by_digest", "pulls", "version_checks"]
    result = grid.select("period", "repository", *columns, *bounds(ADDRESSES), "source")
    return as_frame(result, chosen.granularity)


def _held(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    """Return the best source that is held of each publisher and period."""
    found = []
    for rank, source in enumerate(_SOURCES):
        by_name = archive.available(source.kind, granularity, source.view)
        # A row that names no publisher is as held as the file that it came in.
        by_name.setdefault("", set().union(*by_name.values()))
        found += [
            (name, period.start, rank, source.kind)
            for name, periods in by_name.items()
            for period in periods
        ]
    schema = {"publisher": pl.String, "period": pl.Date, "rank": pl.Int64, "source": pl.String}
    table = pl.DataFrame(found, schema=schema, orient="row")
    return table.unique(["publisher", "period"], keep="first", maintain_order=True)


def _build(archive: Archive, granularity: Granularity, held: pl.DataFrame) -> pl.DataFrame:
    """Return each repository's counts in each period, from the best source of its publisher."""
    frames = []
    for rank, source in enumerate(_SOURCES):
        rows = archive.scan(source.kind, granularity, view=source.view)
        if rows is not None:
            best = held.filter(pl.col("rank") == rank).select("publisher", "period", "rank")
            # Not before it is added up: a join of many raw rows costs more than their sum.
            frames.append(_counted(source, rows).join(best, on=["publisher", "period"]))
    return pl.concat(frames, how="diagonal")


def _counted(source: Source, rows: pl.LazyFrame) -> pl.DataFrame:
    counts = []
    for name, column in ACTIONS.items():
        if source.kind == RAW:
            counts.append((nw.col("action") == column).sum().cast(nw.Int64).alias(name))
        else:
            # A count that a file leaves out is unknown, not none.
            stated = nw.col(column).count() > 0
            counts.append(nw.when(stated).then(nw.col(column).sum()).alias(name))
    named = nw.from_native(rows).with_columns(
        full_name("repository", "namespace"), nw.col("namespace").fill_null("").alias("publisher")
    )
    if source.kind == SUMMARY:
        named = named.with_columns(nw.col("unique_ip_address").alias(ADDRESSES))
        counts += largest_and_sum(ADDRESSES)
    table: pl.DataFrame = (
        named.group_by("period", "publisher", "repository")
        .agg(*counts)
        .to_native()
        .collect(engine="streaming")
    )
    # Raw data has no addresses.
    return table.with_columns(pl.lit(None, pl.Int64).alias(n) for n in _PARTS if n not in table)
