"""What an archive holds on companies, as tables that are kept until something is added."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.counts.coding import ReportRows, as_text
from insights_nb.counts.sources import Source
from insights_nb.counts.tables import Table
from insights_nb.errors import UnknownNameError
from insights_nb.periods import Granularity, Period
from insights_nb.rollup import full_name, largest_and_sum
from insights_nb.schema import REPORTS
from insights_nb.selection import MEASURES, Selection
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


COMPANIES = Table(Source(TRACKED), ("domain",), people=(USERS,))
"""What each company pulled of each repository."""
STACKS = Table(Source(PAIRED), ("domain", "paired_image"), {})
"""Which images each company pulled together."""

_COLUMNS = REPORTS[TRACKED].roles.dimensions
DIMENSIONS = {
    **{name: _COLUMNS[name] for name in ("use_case", "cloud", "country", "client")},
    "repository": "repository",
    "domain": _COLUMNS["domain"],
}
"""What companies' pulls are told apart by, and the Tracked companies report's column for it."""


def check_company(archive: Archive, company: str, granularity: Granularity) -> None:
    """Make sure that some report of that granularity names a company.

    Raises
    ------
    UnknownNameError
        If none does.
    """
    known = {
        name
        for table in (COMPANIES, STACKS)
        for name in table.rows(archive, granularity).get_column("domain").drop_nulls().unique()
    }
    if company not in known:
        close = difflib.get_close_matches(company, sorted(known), n=2)
        hint = did_you_mean(close) or "Name it by its domain."
        raise UnknownNameError(
            "No Tracked companies or Technographic companies report in the archive names "
            f"{company!r}. {hint}"
        )


def patterns(
    archive: Archive,
    selection: Selection,
    periods: Sequence[Period],
    company: str | None,
    by: Sequence[str],
) -> pl.DataFrame:
    """Return what `by` tells apart in these periods: its names, the measures, bounds of users.

    Raises
    ------
    ReportNeededError
        If the report is not there.
    """
    native = COMPANY_ROWS.scan(archive, selection.granularity, periods)
    if native is None:
        # Another process may have taken the archive away since the time range was counted.
        raise archive.needed(WHAT, selection.granularity, [TRACKED])
    rows = nw.from_native(native)
    if company is not None:
        rows = rows.filter(nw.col("domain") == company)
    if selection.repositories is not None:
        rows = rows.filter(nw.col("repository").is_in(list(selection.repositories)))
    found: pl.DataFrame = (
        rows.with_columns(nw.col(DIMENSIONS[name]).alias(name) for name in by)
        .group_by(*by)
        .agg(*(nw.col(measure).sum() for measure in MEASURES), *largest_and_sum(USERS))
        .to_native()
        .collect(engine="streaming")
    )
    return as_text(found)
