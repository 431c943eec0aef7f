"""Which other images the users of each of the publisher's images also pull.

Docker's report leaves out a pair with fewer than ten users. A pair that it does not name may
therefore still have up to nine: `UNLISTED` says so wherever it matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.pairs import SHARES, TECHNOGRAPHIC, WHAT, pair_table
from insights_nb.counts.spans import chosen_rows, span_of
from insights_nb.frames import MISSING, NOT_LISTED, RATIO, UNKNOWN, UNNAMED, Column, frame, pair
from insights_nb.metrics.report_rows import as_frame, period_in, periods_of
from insights_nb.periods import Period
from insights_nb.selection import Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights_nb.archive import Archive

LEAST_USERS = 10
"""A pair with fewer users is left out of the report."""

UNLISTED = f"fewer than {LEAST_USERS} users, or none"
"""What is known of a pair that a report does not name."""

PAIR_STATUSES = ("appeared", "growing", "steady", "shrinking", "vanished")
"""What `pair_changes` calls a pair, in the order of its rows."""

_PAIR = ("repository", "paired_image")


@frame(
    "one of your images and another one that the same people pulled, in one period",
    (TECHNOGRAPHIC,),
    "period repository paired_image listed users total_pullers pct_users domains "
    "total_domains pct_domains",
    Column("listed", "Whether the period's report names the pair.", "", MISSING),
    Column("users", "People who pulled both images.", "users", "Where the pair is not listed."),
    Column(
        "total_pullers",
        "People who pulled your image at all.",
        "users",
        UNNAMED,
    ),
    Column("pct_users", "The pair's users among the image's.", RATIO, NOT_LISTED),
    Column("domains", "Companies that pulled both.", "companies", "Where the pair is not listed."),
    Column(
        "total_domains",
        "Companies that pulled your image at all.",
        "companies",
        UNNAMED,
    ),
    Column("pct_domains", "The pair's companies among the image's.", RATIO, "Where not listed."),
)
def paired_images(
    archive: Archive,
    selection: Selection | None = None,
    *,
    periods: Sequence[Period] | None = None,
) -> pd.DataFrame:
    """Say how many of each image's users and companies pull each other image too.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    periods
        Only these, available or not, instead of the selection's time range.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range, own image and paired image that a report of the
        time range names together: ``period`` (first day), ``repository``, ``paired_image``,
        ``listed`` (whether the period's report names the pair; missing where none is available),
        ``users``, ``total_pullers``, ``domains``, ``total_domains`` (``Int64``), ``pct_users``,
        ``pct_domains`` (``Float64``, ratios as the report states them: 0.12 is 12 %).
        The pair's own numbers are missing where it is not listed, for it may have fewer than 10
        users; the image's totals only where the report does not name the image.
        ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If no Technographic report of that granularity is in the archive.

    Notes
    -----
    Source: Technographic, ``DVPP_IMAGE``, ``PAIRED_IMAGE``, ``USERS``, ``TOTAL_PULLERS``,
    ``PCT_USERS``, ``DOMAINS``, ``TOTAL_DOMAINS``, ``PCT_DOMAINS``. Totals repeat on every row of
    an image and are taken once. People are counted once per row and never added: not over
    paired images, nor over periods. `insights_nb.check_shares` compares the shares with their
    definition. Docker leaves out personal, disposable and university domains.
    """
    chosen = selection or Selection()
    span = span_of(archive, [TECHNOGRAPHIC], chosen, WHAT, periods)
    table = pair_table(archive, chosen.granularity)
    rows = span.within(chosen_rows(archive, table, chosen))
    totals = rows.group_by("period", "repository").agg(
        pl.col("total_pullers", "total_domains").max()
    )
    pairs = rows.select("period", *_PAIR, "users", "domains", *SHARES)
    result = (
        span.grid(rows, _PAIR, pairs)
        .join(
            totals, on=["period", "repository"], how="left", nulls_equal=True, maintain_order="left"
        )
        .with_columns(listed=pl.when("available").then("named"))
    )
    columns = ["users", "total_pullers", "pct_users", "domains", "total_domains", "pct_domains"]
    return as_frame(result.select("period", *_PAIR, "listed", *columns), chosen.granularity)


def newest_pairs(frame: pd.DataFrame, period: str | Period | None = None) -> pd.DataFrame:
    """Rank the pairs of one period by the share of the image's users.

    Parameters
    ----------
    frame
        As `paired_images` gives it.
    period
        Which; the newest that is available unless given.

    Returns
    -------
    pandas.DataFrame
        The period's listed pairs, the largest ``pct_users`` of each repository first.

    Raises
    ------
    UnknownNameError
        If the frame does not reach to `period`.
    """
    listed = frame[frame["listed"].fillna(value=False).astype("bool")]
    available = periods_of(frame[frame["listed"].notna()])
    chosen = available[-1] if period is None and available else period
    day = pd.NaT if chosen is None else pd.Timestamp(period_in(frame, chosen).start)
    rows = listed[listed["period"] == day]
    ranked = rows.sort_values(
        ["repository", "pct_users", "paired_image"], ascending=[True, False, True]
    )
    return ranked.reset_index(drop=True)


@frame(
    "another image that people pull beside yours, in one period",
    (TECHNOGRAPHIC,),
    "paired_image repositories users_at_least users_at_most domains_at_least domains_at_most",
    *pair("users", "People who pulled both images", "users", "Where the report does not say."),
    *pair("domains", "Companies that pulled both", "companies", "Where the report does not say."),
)
def popular_stack(frame: pd.DataFrame, period: str | Period | None = None) -> pd.DataFrame:
    """Rank paired images over all of the publisher's images, in one period.

    Parameters
    ----------
    frame
        As `paired_images` gives it.
    period
        Which; the newest that is available unless given.

    Returns
    -------
    pandas.DataFrame
        One row per paired image, most users first: ``paired_image``, ``repositories`` (how many of
        the publisher's it pairs), ``users_at_least`` and ``_at_most``, ``domains_at_least`` and
        ``_at_most`` (``Int64``; one person may pull several of the publisher's images: at least
        the largest pair's, at most the sum; pairs with fewer than 10 users are in neither).

    Raises
    ------
    UnknownNameError
        If the frame does not reach to `period`.
    """
    pairs = newest_pairs(frame, period)
    unknown = {f"no_{name}": pairs[name].isna() for name in ("users", "domains")}
    grouped = pairs.assign(**unknown).groupby("paired_image", dropna=False, sort=True)
    result = pd.DataFrame({"repositories": grouped["repository"].nunique().astype("Int64")})
    for name in ("users", "domains"):
        result[f"{name}_at_least"] = grouped[name].max()
        # A sum that lacks a pair's people bounds nothing.
        complete = ~grouped[f"no_{name}"].any()
        result[f"{name}_at_most"] = grouped[name].sum(min_count=1).where(complete)
    ranked = result.sort_values("users_at_least", ascending=False, kind="stable")
    return ranked.reset_index()


@frame(
    "one of your images and another one, before and after",
    (TECHNOGRAPHIC,),
    "repository paired_image status users_before users_after pct_users_before "
    "pct_users_after pct_users_change pct_domains_before pct_domains_after "
    "pct_domains_change note",
    Column("users_before", "People who pulled both, before.", "users", NOT_LISTED),
    Column("users_after", "People who pulled both, after.", "users", NOT_LISTED),
    Column("pct_users_before", "The share of users, before.", RATIO, NOT_LISTED),
    Column("pct_users_after", "The share of users, after.", RATIO, NOT_LISTED),
    Column(
        "pct_users_change",
        "The difference of the shares of users.",
        RATIO,
        UNKNOWN,
    ),
    Column("pct_domains_before", "The share of companies, before.", RATIO, "Where not listed."),
    Column("pct_domains_after", "The share of companies, after.", RATIO, "Where not listed."),
    Column(
        "pct_domains_change",
        "The difference of the shares of companies.",
        RATIO,
        UNKNOWN,
    ),
    Column("note", "What to bear in mind of the row.", "", "Where there is nothing."),
)
def pair_changes(
    frame: pd.DataFrame,
    before: str | Period | None = None,
    after: str | Period | None = None,
    *,
    steady: float = 0.01,
) -> pd.DataFrame:
    """Say which pairs appeared, grew, shrank and vanished between two periods.

    Parameters
    ----------
    frame
        As `paired_images` gives it.
    before, after
        The two periods, such as ``"2026-W10"`` and ``"2026-W40"``; the oldest and the newest of the
        frame that are available unless given. Where only one is available, nothing is known before
        it.
    steady
        Up to this change of ``pct_users``, a difference of ratios (0.01 is one percentage point),
        a pair is steady.

    Returns
    -------
    pandas.DataFrame
        One row per pair that is listed in either, by status in the order of `PAIR_STATUSES` and
        within it by the size of the change: ``repository``, ``paired_image``, ``status`` (missing
        where one of the two is missing), ``users_before``, ``users_after`` (``Int64``),
        ``pct_users_before``, ``pct_users_after``, ``pct_domains_before``, ``pct_domains_after``
        (``Float64``, ratios), ``pct_users_change`` and ``pct_domains_change`` (``Float64``,
        differences of the ratios; missing where the pair is not listed on both sides), ``note``
        (`UNLISTED` for a pair that appeared or vanished: it may only have crossed the threshold
        of 10 users). ``attrs["before"]`` and ``attrs["after"]`` are the periods' labels; one that
        there is none of is not among them.

    Raises
    ------
    UnknownNameError
        If the frame does not reach to `before` or `after`.
    SelectionError
        If only one of them is given.
    MixedGranularityError
        If weeks and months share the frame.
    """
    if (before is None) != (after is None):
        raise not_offered("before, after", (before, after), "both, or neither")
    available = periods_of(frame[frame["listed"].notna()])
    sides: dict[str, Period | None] = {"before": None, "after": None}
    if before is not None and after is not None:
        sides = {"before": period_in(frame, before), "after": period_in(frame, after)}
    elif available:
        # A period compared with itself would be no change, which is not known.
        sides = {"before": available[0] if len(available) > 1 else None, "after": available[-1]}
    parts = []
    for name, period in sides.items():
        day = pd.NaT if period is None else pd.Timestamp(period.start)
        part = frame.loc[frame["period"] == day, [*_PAIR, "listed", "users", *SHARES]]
        parts.append(part.set_index(list(_PAIR)).add_suffix(f"_{name}"))
    result = parts[0].join(parts[1], how="outer").reset_index()
    return _with_changes(result, steady, {n: p.label for n, p in sides.items() if p is not None})


def _with_changes(result: pd.DataFrame, steady: float, labels: dict[str, str]) -> pd.DataFrame:
    was, now = result["listed_before"], result["listed_after"]
    either = was.fillna(value=False) | now.fillna(value=False)
    for name in SHARES:
        result[f"{name}_change"] = result[f"{name}_after"] - result[f"{name}_before"]
    change = result["pct_users_change"]
    status = pd.Series("steady", index=result.index, dtype="str")
    for name, rule in {
        "growing": change > steady,
        "shrinking": change < -steady,
        "appeared": now & ~was,
        "vanished": was & ~now,
    }.items():
        status = status.mask(rule.fillna(value=False).astype(bool), name)
    status = status.mask(was.isna() | now.isna())
    order = status.map({name: rank for rank, name in enumerate(PAIR_STATUSES)})
    crossed = status.isin(["appeared", "vanished"])
    size = -change.abs().fillna(result["pct_users_after"]).fillna(result["pct_users_before"])
    result = result.assign(
        status=status,
        note=pd.Series(UNLISTED, index=result.index, dtype="str").where(crossed),
        rank=order.fillna(len(PAIR_STATUSES)),
        size=size,
    )
    columns = [
        *_PAIR, "status", "users_before", "users_after", "pct_users_before", "pct_users_after",
        "pct_users_change", "pct_domains_before", "pct_domains_after", "pct_domains_change", "note",
    ]  # fmt: skip
    sorted_rows = result[either.astype(bool)].sort_values(["rank", "size", *_PAIR])
    final = sorted_rows[columns].reset_index(drop=True)
    final.attrs.update(labels)
    return final
