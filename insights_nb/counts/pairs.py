"""Which images the same people pulled: the Technographic report, a row per period and pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.counts.coding import coded
from insights_nb.periods import Granularity
from insights_nb.rollup import full_name

if TYPE_CHECKING:
    from insights_nb.archive import Archive

TECHNOGRAPHIC = "technographic"
WHAT = "paired images"
COUNTS = ("users", "total_pullers", "domains", "total_domains")
SHARES = ("pct_users", "pct_domains")


def pair_table(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    """Return the Technographic report's rows, one per period and pair.

    Where a report names a pair more than once, the largest of each number is kept: people are
    never added up. Texts are `coded`.
    """

    def build() -> pl.DataFrame:
        by = ["period", "repository", "paired_image"]
        rows = archive.scan(TECHNOGRAPHIC, granularity)
        if rows is None:
            raise archive.needed(WHAT, granularity, [TECHNOGRAPHIC])
        publisher = nw.col("publisher_name").fill_null("").alias("publisher")
        table: pl.DataFrame = (
            nw.from_native(rows)
            .with_columns(publisher, full_name("dvpp_image", "publisher_name").alias("repository"))
            .group_by(*by)
            .agg(*(nw.col(name).max() for name in ("publisher", *COUNTS, *SHARES)))
            .to_native()
            .collect(engine="streaming")
        )
        return coded(table)

    return kept(archive, (TECHNOGRAPHIC, granularity), build)
