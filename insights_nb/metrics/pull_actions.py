"""How legacy programs' images were asked for: by tag, by digest, or only checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.caching import kept
from insights_nb.counts.coding import as_text
from insights_nb.counts.sources import ACTIONS as PULLS
from insights_nb.counts.sources import kinds
from insights_nb.counts.spans import chosen_rows, span_of
from insights_nb.counts.tables import PARTS, Table, bounds
from insights_nb.frames import UNCOUNTED, Column, frame, pair
from insights_nb.metrics.report_rows import as_frame
from insights_nb.periods import Granularity
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

_ADDRESS = "unique_ip_address"
# Only the first source tells a repository's addresses exactly.
_TABLES = tuple(
    Table(one, (), one.apart, people=() if one.kind == RAW else (_ADDRESS,), stated=one.kind != RAW)
    for one in PULLS
)


@frame(
    "a repository in one period",
    kinds(PULLS),
    "period repository pulls_by_tag pulls_by_digest pulls version_checks "
    "unique_ip_addresses_at_least unique_ip_addresses_at_most source",
    Column(
        "pulls_by_tag",
        "Pulls that asked for a tag.",
        "pulls",
        UNCOUNTED,
    ),
    Column(
        "pulls_by_digest",
        "Pulls that asked for a digest.",
        "pulls",
        UNCOUNTED,
    ),
    *pair("unique_ip_addresses", "IP addresses", "addresses"),
)
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
        One row per period of the time range and repository that a legacy report of the time range
        names, in that order: ``period`` (first day), ``repository``, ``pulls_by_tag``,
        ``pulls_by_digest``, ``pulls`` (both), ``version_checks``, ``unique_ip_addresses_at_least``
        and ``_at_most``, ``source`` (report kind, missing where none is available). Counts are
        ``Int64``: 0 where a report is available and names no such repository, missing where none is
        available or it has no such count. ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If no legacy report of that granularity is in the archive.

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
    available = kept(archive, ("pull actions available", by), partial(_available, archive, by))
    table = kept(archive, ("pull actions", by), partial(_build, archive, by, available))
    rows = span.within(chosen_rows(archive, table, chosen))
    known = rows.select("publisher", "repository").unique()
    zero = pl.col("source").is_not_null() & ~pl.col("named")
    # What a repository without pulls is known to have none of is what its report counts.
    addresses = zero & (pl.col("source") == SUMMARY)
    parts = [f"{ADDRESSES}_{part}" for part in PARTS]
    grid = (
        span.grid(known, known.columns, rows.drop("rank"))
        .join(available, on=["publisher", "period"], how="left")
        .with_columns(
            *(pl.when(zero).then(0).otherwise(pl.col(n)).alias(n) for n in ACTIONS),
            *(pl.when(addresses).then(0).otherwise(pl.col(n)).alias(n) for n in parts),
        )
        .with_columns(pulls=pl.col("pulls_by_tag") + pl.col("pulls_by_digest"))
        .sort("period", "repository")
    )
    columns = ["pulls_by_tag", "pulls_by_digest", "pulls", "version_checks"]
    result = grid.select("period", "repository", *columns, *bounds(ADDRESSES), "source")
    return as_frame(result, chosen.granularity)


def _available(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    """Return the best source that is available of each publisher and period."""
    found = []
    for rank, source in enumerate(PULLS):
        by_name = archive.available(source.kind, granularity, source.view)
        # A row that names no publisher is as available as the file that it came in.
        by_name.setdefault("", set().union(*by_name.values()))
        found += [
            (name, period.start, rank, source.kind)
            for name, periods in by_name.items()
            for period in periods
        ]
    schema = {"publisher": pl.String, "period": pl.Date, "rank": pl.Int64, "source": pl.String}
    table = pl.DataFrame(found, schema=schema, orient="row")
    return table.unique(["publisher", "period"], keep="first", maintain_order=True)


def _build(archive: Archive, granularity: Granularity, available: pl.DataFrame) -> pl.DataFrame:
    """Return each repository's counts in each period, from the best source of its publisher."""
    names = {docker: ours for ours, docker in ACTIONS.items()}
    names |= {f"{_ADDRESS}_{part}": f"{ADDRESSES}_{part}" for part in PARTS}
    frames = []
    for rank, table in enumerate(_TABLES):
        rows = as_text(table.rows(archive, granularity)).rename(names, strict=False)
        best = available.filter(pl.col("rank") == rank).select("publisher", "period", "rank")
        frames.append(rows.join(best, on=["publisher", "period"]))
    # Raw data has no addresses.
    return pl.concat(frames, how="diagonal")
