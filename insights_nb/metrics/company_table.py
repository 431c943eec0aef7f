"""What an archive holds on companies, as tables that are kept until something is added."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.caching import kept
from insights_nb.errors import UnknownNameError
from insights_nb.metrics.coding import ReportRows, coded
from insights_nb.metrics.report_rows import largest_and_sum
from insights_nb.periods import Granularity
from insights_nb.rollup import full_name
from insights_nb.selection import MEASURES
from insights_nb.texts import did_you_mean

if TYPE_CHECKING:
    from insights_nb.archive import Archive

TRACKED = "tracked_companies"
PAIRED = "technographic_companies"
WHAT = "the companies that pull"
USERS = "unique_authenticated_users"


def _named(rows: pl.LazyFrame) -> pl.LazyFrame:
    publisher = nw.col("publisher_name").fill_null("").alias("publisher")
    repository = full_name("image_repository", "publisher_name").alias("repository")
    named: pl.LazyFrame = nw.from_native(rows).with_columns(publisher, repository).to_native()
    return named


COMPANY_ROWS = ReportRows(
    TRACKED,
    [
        "publisher", "domain", "repository", "inferred_use_case", "cloud_service_provider",
        "ip_country", "user_agent",
    ],
    [*MEASURES, USERS],
    _named,
)  # fmt: skip
"""What is read of Tracked companies, with ``publisher`` and ``repository`` (full name)."""


def company_table(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    """Return the counts of each period, publisher, company and repository.

    Columns: ``period``, ``publisher``, ``domain``, ``repository`` (full name), the measures, and
    the users as `largest_and_sum` gives them. Texts are `coded`. Source: Tracked companies.
    """
    return kept(archive, (TRACKED, granularity), partial(_companies, archive, granularity))


def stack_table(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    """Return the distinct rows of the Technographic companies report.

    Columns: ``period``, ``publisher``, ``domain``, ``repository`` (full name), ``paired_image``,
    `coded`.
    """
    return kept(archive, (PAIRED, granularity), partial(_stacks, archive, granularity))


def check_company(archive: Archive, company: str, granularity: Granularity) -> None:
    """Make sure that some report of that granularity names a company.

    Raises
    ------
    UnknownNameError
        If none does.
    """
    known = {
        name
        for table in (company_table(archive, granularity), stack_table(archive, granularity))
        for name in table.get_column("domain").drop_nulls().unique()
    }
    if company not in known:
        close = difflib.get_close_matches(company, sorted(known), n=2)
        hint = did_you_mean(close) or "Name it by its domain."
        raise UnknownNameError(
            "No Tracked companies or Technographic companies report that is held names "
            f"{company!r}. {hint}"
        )


def _companies(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    by = ["period", "publisher", "domain", "repository"]
    rows = COMPANY_ROWS.scan(archive, granularity)
    if rows is None:
        users = [f"{USERS}_{what}" for what in ("largest", "sum", "unknown")]
        return _empty(by, [*MEASURES, *users])
    sums = [nw.col(measure).sum() for measure in MEASURES]
    table: pl.DataFrame = (
        nw.from_native(rows)
        .group_by(*by)
        .agg(*sums, *largest_and_sum(USERS))
        .to_native()
        .collect(engine="streaming")
    )
    return coded(table)


def _stacks(archive: Archive, granularity: Granularity) -> pl.DataFrame:
    by = ["period", "publisher", "domain", "repository", "paired_image"]
    rows = archive.scan(PAIRED, granularity)
    if rows is None:
        return _empty(by, [])
    table: pl.DataFrame = (
        nw.from_native(rows)
        .with_columns(
            nw.col("publisher_name").fill_null("").alias("publisher"),
            full_name("dvpp_image", "publisher_name").alias("repository"),
        )
        .select(*by)
        .unique()
        .to_native()
        .collect(engine="streaming")
    )
    return coded(table)


def _empty(by: list[str], counts: list[str]) -> pl.DataFrame:
    types = dict.fromkeys(by, pl.String) | {"period": pl.Date} | dict.fromkeys(counts, pl.Int64)
    return pl.DataFrame(schema=types)
