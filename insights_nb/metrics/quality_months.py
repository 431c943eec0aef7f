"""What the weeks say of a month: a range, since a week can lie in two months."""

from __future__ import annotations

import datetime as dt

import polars as pl

from insights_nb.counts.sides import KEYS, Side
from insights_nb.periods import Period, between

_KEYS = ["publisher", "month", "series"]


def months_against_weeks(month: Side, week: Side) -> pl.DataFrame:
    """Compare each month with the weeks that lie in it, and with those that touch it.

    Returns
    -------
    polars.DataFrame
        `KEYS` of the month, ``measure``, ``left`` (the month's count), ``right_at_least`` (the
        whole weeks' in it, as far as available), ``right_at_most`` (all that touch it; missing
        where one is missing), ``unknown`` (rows that lack a count) and ``about``, why it is a
        range. Only months of which some week is available.
    """
    weeks, months = _calendar(month, week)
    names = [*month.measures, "unknown"]
    touching = week.table.join(weeks, on=["publisher", "period"], how="inner")
    sums = touching.group_by(_KEYS).agg(
        *(pl.col(name).filter(pl.col("whole")).sum().alias(f"{name}_inside") for name in names),
        *(pl.col(name).sum().alias(f"{name}_touching") for name in names),
    )
    own = month.table.rename({"period": "month"})
    counts = own.join(sums, on=_KEYS, how="full", coalesce=True, nulls_equal=True)
    table = counts.with_columns(
        pl.col(name).fill_null(0) for name in counts.columns if name not in _KEYS
    ).join(months, on=["publisher", "month"], how="inner")
    return pl.concat(
        table.select(
            "publisher",
            "series",
            "about",
            period="month",
            measure=pl.lit(name),
            left=name,
            right_at_least=f"{name}_inside",
            right_at_most=pl.when("complete").then(f"{name}_touching"),
            unknown=pl.col("unknown") + pl.col("unknown_touching"),
        )
        for name in month.measures
    ).select(*KEYS, pl.exclude(KEYS))


def _calendar(month: Side, week: Side) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Say which weeks touch which month, and what is available of each month's weeks."""
    available: dict[str, set[dt.date]] = {}
    for publisher, start in week.available.iter_rows():
        available.setdefault(publisher, set()).add(start)
    weeks, months = [], []
    for publisher, first in month.available.iter_rows():
        span = Period("month", first)
        every = list(
            between(Period.containing(first, "week"), Period.containing(span.last_day, "week"))
        )
        missing = [one.label for one in every if one.start not in available.get(publisher, ())]
        if len(missing) == len(every):
            continue
        whole = [one for one in every if first <= one.start and one.end <= span.end]
        weeks += [(publisher, first, one.start, one in whole) for one in every]
        about = _about(len(whole), len(every) - len(whole), missing)
        months.append((publisher, first, not missing, about))
    key = {"publisher": pl.String, "month": pl.Date}
    return (
        pl.DataFrame(weeks, {**key, "period": pl.Date, "whole": pl.Boolean}, orient="row"),
        pl.DataFrame(months, {**key, "complete": pl.Boolean, "about": pl.String}, orient="row"),
    )


def _about(whole: int, crossing: int, missing: list[str]) -> str:
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return (
            f"{', '.join(missing)} {verb} missing, so the weeks do not say how many there are "
            "at most."
        )
    if not crossing:
        return f"The {whole} weeks are exactly the month's."
    reach = "1 reaches" if crossing == 1 else f"{crossing} reach"
    return (
        f"{whole} weeks lie in the month and {reach} beyond it: the month has at least what the "
        "former count, and at most what all count."
    )
