"""Where companies pull from, and what for: use case, cloud, country, client and repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.companies import (
    COMPANIES,
    DIMENSIONS,
    TRACKED,
    USERS,
    WHAT,
    check_company,
    patterns,
)
from insights_nb.counts.spans import chosen_rows, span_of
from insights_nb.counts.tables import bounds
from insights_nb.frames import RATIO, UNKNOWN, Column, frame
from insights_nb.metrics.report_rows import as_frame
from insights_nb.selection import MEASURES, Selection, not_offered

if TYPE_CHECKING:
    from insights_nb.archive import Archive


@frame(
    "a combination of use case, cloud, country, company and repository over the time range",
    (TRACKED,),
    "pulls data_downloads version_checks share unique_authenticated_users_at_least "
    "unique_authenticated_users_at_most",
    Column("share", "Its share of the whole.", RATIO, UNKNOWN),
    may="use_case cloud country client repository domain",
)
def deployment_pattern(
    archive: Archive,
    selection: Selection | None = None,
    company: str | None = None,
    *,
    by: Sequence[str] = ("use_case", "cloud", "country"),
) -> pd.DataFrame:
    """Say where a company pulls from, and what for, over the time range.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        As for `companies`.
    company
        Its domain; all tracked companies together unless given.
    by
        What to tell apart: any of ``"use_case"`` (``Local Dev``, ``CI/CD``, ``Prod`` or
        ``Unknown``), ``"cloud"``, ``"country"``, ``"client"``, ``"repository"`` and ``"domain"``,
        the company itself.

    Returns
    -------
    pandas.DataFrame
        One row per combination, most pulls first: the columns of `by` (missing where the report
        names none; Namibia is ``NA``), ``pulls``, ``data_downloads``, ``version_checks``
        (``Int64``, over the available periods), ``share`` of the pulls (``Float64``, a ratio),
        ``unique_authenticated_users_at_least`` and ``_at_most`` as in `companies`. Without rows
        where the company pulled nothing in the time range. ``attrs["missing"]`` lists the
        time range's periods that are missing.

    Raises
    ------
    ReportNeededError
        If no Tracked companies report of that granularity is in the archive.
    UnknownNameError
        If no report in the archive of companies names the company.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If `by` names anything else.

    Notes
    -----
    Source: Tracked companies, ``INFERRED_USE_CASE``, ``CLOUD_SERVICE_PROVIDER``, ``IP_COUNTRY``,
    ``USER_AGENT``, ``IMAGE_REPOSITORY``. The use case is Docker's inference from client and cloud.
    """
    chosen = selection or Selection()
    by = [by] if isinstance(by, str) else list(by)
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown or not by:
        raise not_offered("by", unknown, "some of " + ", ".join(map(repr, DIMENSIONS)))
    span = span_of(archive, [TRACKED], chosen, WHAT)
    if company is not None:
        check_company(archive, company, chosen.granularity)
    table = span.within(
        chosen_rows(archive, COMPANIES.rows(archive, chosen.granularity), chosen)
    ).filter(True if company is None else pl.col("domain") == company)
    found = patterns(archive, chosen, span.periods, company, by)
    every = pl.col("pulls").sum()
    result = found.with_columns(share=pl.when(every > 0).then(pl.col("pulls") / every)).sort(
        "pulls", *by, descending=[True, *[False] * len(by)], nulls_last=True
    )
    frame = as_frame(result.select(*by, *MEASURES, "share", *bounds(USERS)), chosen.granularity)
    frame.attrs["missing"] = span.missing(table.get_column("publisher").unique().to_list())
    return frame
