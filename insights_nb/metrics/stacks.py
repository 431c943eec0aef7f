"""Which other images companies run beside the publisher's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl

from insights_nb.counts.companies import PAIRED, STACKS, check_company
from insights_nb.counts.spans import chosen_rows, span_of
from insights_nb.frames import RATIO, Column, frame
from insights_nb.metrics.report_rows import as_frame
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive


@frame(
    "a company, one of your images and another one that it runs",
    (PAIRED,),
    "domain repository paired_image first_seen last_seen periods periods_available current",
    Column(
        "periods_available", "How many periods are available; the others say nothing.", "periods"
    ),
)
def stacks(
    archive: Archive,
    selection: Selection | None = None,
    company: str | None = None,
    *,
    paired_image: str | None = None,
) -> pd.DataFrame:
    """Say which images each company runs beside which of the publisher's, over the time range.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    company
        Only this domain.
    paired_image
        Only companies that run this image, such as ``"library/postgres"``.

    Returns
    -------
    pandas.DataFrame
        One row per company, own image and paired image, sorted by them: ``domain``, ``repository``,
        ``paired_image``, ``first_seen`` and ``last_seen`` (first days of the first and last period
        that names them), ``periods`` (how many of the time range's do), ``periods_available`` (how
        many are available; the others say nothing), ``current`` (whether the newest report names
        them). ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If no Technographic companies report of that granularity is in the archive.
    UnknownNameError
        If no report in the archive of companies names the company.

    Notes
    -----
    Source: Technographic companies, ``DOMAIN``, ``DVPP_IMAGE``, ``PAIRED_IMAGE``. Docker leaves
    out personal, disposable and university domains.
    """
    chosen = selection or Selection()
    span = span_of(archive, [PAIRED], chosen, "the images that companies run")
    table = STACKS.rows(archive, chosen.granularity)
    if company is not None:
        check_company(archive, company, chosen.granularity)
    rows = span.within(chosen_rows(archive, table, chosen))
    if company is not None:
        rows = rows.filter(pl.col("domain") == company)
    if paired_image is not None:
        rows = rows.filter(pl.col("paired_image") == paired_image)
    keys = ["domain", "repository", "paired_image"]
    publishers = rows["publisher"].unique()
    holds = span.holds(publishers.to_list())
    days = np.array([period.start for period in span.periods], "datetime64[D]")
    available = pl.DataFrame(
        {
            "publisher": publishers,
            "periods_available": holds.sum(axis=1),
            "newest": np.where(holds, days, days[0]).max(axis=1),
        }
    )
    last = pl.col("period").max()
    result = (
        rows.join(available, on="publisher")
        .group_by(keys)
        .agg(
            pl.col("period").min().alias("first_seen"),
            last.alias("last_seen"),
            pl.col("period").n_unique().cast(pl.Int64).alias("periods"),
            pl.col("periods_available").max(),
            current=last >= pl.col("newest").max(),
        )
        .sort(keys, nulls_last=True)
    )
    return as_frame(result, chosen.granularity)


@frame(
    "another image that companies run beside yours",
    (PAIRED,),
    "paired_image companies current share",
    Column("companies", "Companies that run it, each counted once.", "companies"),
    Column("current", "Companies that the newest report names.", "companies"),
    Column("share", "Its share of all companies.", RATIO),
)
def popular_pairs(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the companies that run each image beside any of the publisher's.

    Parameters
    ----------
    frame
        As `stacks` gives it for all companies.

    Returns
    -------
    pandas.DataFrame
        One row per paired image, most companies first: ``paired_image``, ``companies``
        (``Int64``; each counts once, whichever of the publisher's images it pairs), ``current``
        (those that the newest report names, ``Int64``), ``share`` of the frame's companies
        (``Float64``, a ratio).
    """
    every = frame["domain"].nunique(dropna=False)
    grouped = frame.groupby("paired_image", dropna=False, sort=True)["domain"]
    now = frame[frame["current"]].groupby("paired_image", dropna=False)["domain"]
    result = pd.DataFrame({"companies": grouped.nunique(dropna=False)}).astype("Int64")
    result["current"] = now.nunique(dropna=False).reindex(result.index, fill_value=0)
    result["share"] = (result["companies"] / every).astype("Float64")
    result = result.astype({"current": "Int64"})
    return result.sort_values("companies", ascending=False, kind="stable").reset_index()
