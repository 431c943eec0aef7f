"""Which companies pull, how much, and how that changes.

A report of companies names those that the publisher's account tracks, and how many these may be is
a setting of the account: a company that appears may have been tracked only from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.companies import COMPANIES, TRACKED, USERS, WHAT
from insights_nb.counts.spans import chosen_rows, span_of
from insights_nb.counts.tables import bounds, merge_bounds
from insights_nb.frames import RATIO, Column, frame
from insights_nb.metrics.report_rows import as_frame, period_in, periods_of
from insights_nb.periods import Period
from insights_nb.selection import MEASURES, Measure, Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights_nb.archive import Archive

STATUSES = ("new", "growing", "steady", "shrinking", "lapsed")
"""What `company_changes` calls a company, in the order of its rows."""


@frame(
    "a company in one period",
    (TRACKED,),
    "period domain pulls data_downloads version_checks repositories "
    "unique_authenticated_users_at_least unique_authenticated_users_at_most",
)
def companies(
    archive: Archive,
    selection: Selection | None = None,
    *,
    periods: Sequence[Period] | None = None,
) -> pd.DataFrame:
    """Count each company's pulls in each period of the time range.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    periods
        Only these, available or not, instead of the selection's time range.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range and company that a report of the time range names, in
        that order: ``period`` (first day), ``domain`` (missing for pulls that name none),
        ``pulls``, ``data_downloads``, ``version_checks``, ``repositories`` (how many of the
        selected it pulled), ``unique_authenticated_users_at_least`` and ``_at_most``. Counts are
        ``Int64``: 0 where a report is available and names no such company, missing where the report
        of a publisher that the company pulls from is missing. ``attrs["granularity"]`` is the
        selection's.

    Raises
    ------
    ReportNeededError
        If no Tracked companies report of that granularity is in the archive.

    Notes
    -----
    Source: Tracked companies, ``PULLS``, ``DATA_DOWNLOADS``, ``VERSION_CHECKS``,
    ``IMAGE_REPOSITORY`` and ``UNIQUE_AUTHENTICATED_USERS``. Users are counted once per row of the
    report, and one user can be in many rows: at least the largest row, at most the sum. The two
    are equal where the company has one row. The time range ends with the newest available period of
    this report.
    """
    chosen = selection or Selection()
    span = span_of(archive, [TRACKED], chosen, WHAT, periods)
    table = COMPANIES.rows(archive, chosen.granularity)
    rows = span.within(chosen_rows(archive, table, chosen))
    counts = rows.group_by("period", "domain").agg(
        pl.col(*MEASURES).sum(),
        pl.col("repository").n_unique().cast(pl.Int64).alias("repositories"),
        *merge_bounds(USERS),
    )
    names = [name for name in counts.columns if name not in {"period", "domain"}]
    filled = span.filled(rows, ["domain"], counts, names)
    return as_frame(
        filled.select("period", "domain", *MEASURES, "repositories", *bounds(USERS)),
        chosen.granularity,
    )


@frame(
    "a company over the time range",
    (TRACKED,),
    "domain pulls data_downloads version_checks share.company "
    "unique_authenticated_users_at_least unique_authenticated_users_at_most missing",
)
def heavy_users(
    frame: pd.DataFrame, count: int | None = None, measure: Measure = "pulls"
) -> pd.DataFrame:
    """Rank companies by what they pulled over a frame's periods.

    Parameters
    ----------
    frame
        As `companies` gives it.
    count
        How many at the most; all unless given.
    measure
        What to rank by.

    Returns
    -------
    pandas.DataFrame
        One row per company, most first, equal ones by name: ``domain``, ``pulls``,
        ``data_downloads``, ``version_checks`` (``Int64``, over the periods that are known; missing
        where none is), ``share`` of all companies' measure (``Float64``, a ratio; missing where
        nobody has any), ``unique_authenticated_users_at_least`` and ``_at_most`` (at least the
        largest period's, at most the sum), ``missing`` (periods that are missing).
    """
    least, most = f"{USERS}_at_least", f"{USERS}_at_most"
    not_held = frame["pulls"].isna()
    marked = frame.assign(missing=not_held, unbounded=frame[most].isna() & ~not_held)
    grouped = marked.groupby("domain", dropna=False, sort=True)
    ranked = grouped[list(MEASURES)].sum(min_count=1)
    every = ranked[measure].sum()
    share = (ranked[measure] / every if every else ranked[measure] * pd.NA).astype("Float64")
    # A sum that lacks a available period's users bounds nothing.
    at_most = grouped[most].sum(min_count=1).where(~grouped["unbounded"].any())
    ranked = ranked.assign(
        share=share,
        **{least: grouped[least].max(), most: at_most},
        missing=grouped["missing"].sum().astype("Int64"),
    )
    ranked = ranked.sort_values(measure, ascending=False, kind="stable", na_position="last")
    return ranked.reset_index().iloc[:count]


@frame(
    "a company, before and after",
    (TRACKED,),
    "domain status before.level after.level change periods_before periods_after "
    "first_seen last_seen",
    Column(
        "change",
        "The change from before to after: 0.12 is 12 % more.",
        RATIO,
        "For a new company, and where a side is unknown.",
    ),
)
def company_changes(
    frame: pd.DataFrame,
    before: str | Period | None = None,
    after: str | Period | None = None,
    *,
    measure: Measure = "pulls",
    steady: float = 0.1,
) -> pd.DataFrame:
    """Say which companies are new, growing, steady, shrinking and lapsed.

    Parameters
    ----------
    frame
        As `companies` gives it.
    before, after
        The two periods to compare, such as ``"2026-W10"`` and ``"2026-W40"``. Without them, the
        first half of the frame's periods is compared with the second; of an odd number the one
        in the middle belongs to neither.
    measure
        What to compare.
    steady
        Up to this change, a ratio, a company is steady.

    Returns
    -------
    pandas.DataFrame
        One row per company, by status in the order of `STATUSES` and within it by the size of the
        difference: ``domain``, ``status`` (missing where one side is missing altogether),
        ``before`` and ``after`` (``Float64``: the measure per available period, so that a period
        that is missing makes neither side smaller), ``change`` (``Float64``, a ratio: 0.12 is +12
        %; missing for a new company), ``periods_before`` and ``periods_after`` (how many are
        available), ``first_seen`` and ``last_seen`` (first day of the first and last of the frame's
        periods with any). Companies known to have none on both sides are left out.

    Raises
    ------
    UnknownNameError
        If the frame does not reach to `before` or `after`.
    MixedGranularityError
        If weeks and months share the frame.

    Notes
    -----
    New and lapsed speak of the periods that are available: ``first_seen`` cannot be earlier than
    the frame, and a period that is missing is never taken for one without pulls.
    """
    if before is not None and after is not None:
        earlier, later = [period_in(frame, before)], [period_in(frame, after)]
    elif before is not None or after is not None:
        raise not_offered("before, after", (before, after), "both, or neither")
    else:
        periods = periods_of(frame)
        half = len(periods) // 2
        earlier, later = periods[:half], periods[len(periods) - half :]
    values = frame[["period", "domain", measure]].dropna(subset=[measure])
    result = pd.DataFrame(index=pd.Index(frame["domain"].unique(), name="domain"))
    for side, periods in (("before", earlier), ("after", later)):
        part = values[values["period"].isin([pd.Timestamp(p.start) for p in periods])]
        grouped = part.groupby("domain", dropna=False)[measure]
        result[side] = grouped.mean().astype("Float64").reindex(result.index)
        result[f"periods_{side}"] = grouped.size().reindex(result.index, fill_value=0)
    seen = values[values[measure] > 0].groupby("domain", dropna=False)["period"]
    result["first_seen"], result["last_seen"] = seen.min(), seen.max()
    some = (result["before"] != 0) | (result["after"] != 0)
    result = result[some.fillna(value=True).astype(bool)].reset_index()
    old, new = result["before"], result["after"]
    change = (new / old.where(old > 0) - 1).astype("Float64")
    status = pd.Series("steady", index=result.index, dtype="str")
    # The later rule wins: what is missing decides before what it would look like.
    for name, rule in {
        "growing": change > steady,
        "shrinking": change < -steady,
        "lapsed": new == 0,
        "new": old == 0,
    }.items():
        status = status.mask(rule.fillna(value=False).astype(bool), name)
    status = status.mask(old.isna() | new.isna())
    order = status.map({name: rank for rank, name in enumerate(STATUSES)}).fillna(len(STATUSES))
    result = result.assign(status=status, change=change, rank=order, size=-(new - old).abs())
    result = result.sort_values(["rank", "size", "domain"], ignore_index=True)
    result = result.astype({"periods_before": "Int64", "periods_after": "Int64"})
    columns = [
        "domain", "status", "before", "after", "change", "periods_before", "periods_after",
        "first_seen", "last_seen",
    ]  # fmt: skip
    return result[columns]
