"""What happened to each extension, as the two extension summaries count it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.archive.counting import counting
from insights_nb.caching import kept
from insights_nb.periods import Granularity
from insights_nb.rollup import largest_and_sum
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    from insights_nb.archive import Archive

CORE = "extension_core"
PREMIUM = "extension_premium"
KEY = ("publisher", "extension")
PEOPLE = ("unique_installs", "unique_uninstalls", "unique_users")


def extension_table(archive: Archive, granularity: Granularity, kind: str) -> pl.DataFrame:
    """Return a report's counts per period, publisher and extension."""

    def build() -> pl.DataFrame:
        # No column says whose an extension is: the ledger does, file by file.
        files = [
            one.scan(archive.folder).with_columns(
                publisher=pl.lit("".join(one.entry.namespaces[:1]))
            )
            for one in counting(archive.finished(), kind, granularity)
        ]
        report = REPORTS[kind]
        counts = [column.name for column in report.columns if column.dtype == "count"]
        types = {"period": pl.Date(), "publisher": pl.String(), "extension": pl.String()}
        nothing = pl.LazyFrame(schema=types | dict.fromkeys(counts, pl.Int64()))
        rows = nw.from_native(pl.concat([nothing, *files], how="diagonal_relaxed"))
        people = [name for name in counts if name in PEOPLE]
        events = [name for name in counts if name not in PEOPLE]
        table: pl.DataFrame = (
            rows.group_by("period", *KEY)
            .agg(
                *(nw.col(name).sum() for name in events),
                *(nw.col(name).count().alias(f"{name}_stated") for name in events),
                *(part for name in people for part in largest_and_sum(name)),
            )
            # An older file lacks a column: that is missing, not zero.
            .with_columns(nw.when(nw.col(f"{name}_stated") > 0).then(name) for name in events)
            .drop(f"{name}_stated" for name in events)
            .to_native()
            .collect()
        )
        return table

    return kept(archive, (kind, granularity), build)
