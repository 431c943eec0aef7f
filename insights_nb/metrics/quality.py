"""Whether reports of the same pulls agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.sides import (
    COMPANIES,
    KEYS,
    LEGACY,
    LEVELS,
    RAW,
    REFERENCES,
    SUMMARY,
    TRENDS,
    Counted,
    Side,
    joined,
    row_totals,
    side,
)
from insights_nb.counts.sources import ACTIONS, kinds
from insights_nb.frames import UNKNOWN, Column, frame
from insights_nb.metrics.quality_months import months_against_weeks
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.reading import to_pandas
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    from insights_nb.archive import Archive

VERDICTS = ("equal", "within range", "differs", "cannot be checked")
"""What `reconcile` says of a pair of counts."""

TRENDS_AND_SUMMARY = "Trends add up to the Summary"
SUMMARY_LEVELS = "Summary levels agree"
PULLS = "Pulls are downloads and checks"
MONTHS = "Months agree with their weeks"
LEGACY_AND_RAW = "Legacy summary agrees with raw data"
LEGACY_LEVELS = "Legacy summary levels agree"
COMPANIES_AND_TRENDS = "Companies pull no more than everybody"

CHECKS = (
    TRENDS_AND_SUMMARY,
    SUMMARY_LEVELS,
    PULLS,
    MONTHS,
    LEGACY_AND_RAW,
    LEGACY_LEVELS,
    COMPANIES_AND_TRENDS,
)
"""What `reconcile` checks, in the order of its rows."""

_SOME_TRACKED = "Not all who pull are tracked companies, so these may pull less, but not more."
_SOME_OF_IT = {
    "tag": "Pulls by digest name no tag, so tags may have fewer, but not more.",
    "digest": "Requests may name no digest, so digests may have fewer, but not more.",
}

COLUMNS = [
    "check", "compared", "granularity", "period", "series", "measure", "left", "right_at_least",
    "right_at_most", "difference", "verdict", "reason",
]  # fmt: skip


@frame(
    "two reports' numbers for the same thing, compared",
    ("summary", "trends", "tracked_companies", *kinds(ACTIONS)),
    "check compared granularity period series measure left right_at_least right_at_most "
    "difference verdict reason",
    Column("compared", "The two sides, in words."),
    Column("series", "The repository, publisher or level that is compared."),
    Column("left", "The left side's number.", "as measured"),
    Column(
        "right_at_least",
        "The right side's number, at least.",
        "as measured",
        UNKNOWN,
    ),
    Column(
        "right_at_most",
        "The right side's number, at most.",
        "as measured",
        UNKNOWN,
    ),
    Column(
        "difference",
        "By how much the left side is out.",
        "as measured",
        UNKNOWN,
    ),
    Column("reason", "Why the sides are not equal.", "", "Where they are."),
)
def reconcile(archive: Archive, granularity: Granularity | None = None) -> pd.DataFrame:
    """Compare reports of the same pulls.

    Parameters
    ----------
    archive
        Where the reports are.
    granularity
        Compare only reports by ``"week"`` or by ``"month"``. Months are compared with their weeks
        unless it is ``"week"``.

    Returns
    -------
    pandas.DataFrame
        One row per comparison that both sides are available for:

        - ``check``, one of `CHECKS`, in that order, and ``compared``, the two sides in words;
        - ``granularity``, ``period`` (first day), ``series`` (a repository; a publisher where all
          its repositories are compared together; ``acme at level tag`` for the Summary's own rows)
          and ``measure``, what is counted;
        - ``left``, and ``right_at_least`` and ``right_at_most`` between which it must be
          (``Int64``); the two are equal where only one number is right, and the upper one is
          missing where weeks are missing;
        - ``difference`` (``Int64``), by which ``left`` is out: 0 where it is not, missing where
          that cannot be told;
        - ``verdict``, one of `VERDICTS`, and ``reason``, missing where the two are equal.

        Within a check by granularity, period, series and measure. Without rows where nothing can
        be compared. A row that one of two reports in the archive lacks counts 0 there.

    Notes
    -----
    Source: Summary ``EVENT_COUNT``, Trends and Tracked companies ``PULLS``, each with
    ``DATA_DOWNLOADS`` and ``VERSION_CHECKS``; legacy summary and raw data. The pull-data API counts
    otherwise and is not compared. Unique users do not add up and are not compared either.
    """
    spans = GRANULARITIES if granularity is None else (granularity,)
    found = [table for span in spans for table in _within(archive, span)]
    if "month" in spans:
        found += [_months(archive, counted) for counted in (SUMMARY, TRENDS, COMPANIES, LEGACY)]
    place = {name: number for number, name in enumerate(CHECKS)}
    table = _judged(pl.concat(found, how="diagonal")).sort(
        pl.col("check").replace_strict(place, return_dtype=pl.Int8),
        *("granularity", "compared", "period", "series", "measure"),
        nulls_last=True,
    )
    return to_pandas(table.select(COLUMNS)).astype({"period": "datetime64[s]"})


def _within(archive: Archive, granularity: Granularity) -> list[pl.DataFrame]:
    """Compare reports of the same period."""
    trends, summary, companies, legacy, references, raw = (
        side(archive, granularity, counted)
        for counted in (TRENDS, SUMMARY, COMPANIES, LEGACY, REFERENCES, RAW)
    )
    tables = [
        _equal(TRENDS_AND_SUMMARY, trends, summary),
        _at_most(COMPANIES_AND_TRENDS, companies, trends, _SOME_TRACKED),
        _equal(LEGACY_AND_RAW, raw, legacy),
        _equal(LEGACY_AND_RAW, raw, references),
        _equal(LEGACY_LEVELS, references, legacy),
    ]
    whole = summary.per_publisher()
    for level, counted in LEVELS.items():
        part = side(archive, granularity, counted)
        if level in _SOME_OF_IT:
            tables.append(_at_most(SUMMARY_LEVELS, part, whole, _SOME_OF_IT[level]))
        else:
            tables.append(_equal(SUMMARY_LEVELS, part, whole))
    tables += [
        _rows(archive, granularity, kind) for kind in ("summary", "trends", COMPANIES.source.kind)
    ]
    return [table.with_columns(granularity=pl.lit(granularity)) for table in tables]


def _equal(check: str, left: Side, right: Side) -> pl.DataFrame:
    return _compared(check, left, right, "=").with_columns(right_at_least="right_at_most")


def _at_most(check: str, left: Side, right: Side, about: str) -> pl.DataFrame:
    return _compared(check, left, right, "≤").with_columns(
        right_at_least=pl.lit(0, pl.Int64), about=pl.lit(about)
    )


def _compared(check: str, left: Side, right: Side, sign: str) -> pl.DataFrame:
    table = joined(left, right)
    return pl.concat(
        table.select(
            *KEYS,
            "unknown",
            check=pl.lit(check),
            compared=pl.lit(f"{left.name} {sign} {right.name}"),
            measure=pl.lit(measure),
            left=measure,
            right_at_most=f"{measure}_right",
        )
        for measure in left.measures
    )


def _rows(archive: Archive, granularity: Granularity, kind: str) -> pl.DataFrame:
    """Compare each row's total with its parts, and sum up the rows of a repository or level."""
    report = REPORTS[kind]
    total, parts = report.total or ("", ())
    header, *headers = (report.column(name).header for name in (total, *parts))
    table = row_totals(archive, granularity, kind)
    return table.with_columns(
        check=pl.lit(PULLS),
        compared=pl.lit(f"{report.title}, {header} = {' + '.join(headers)} in each row"),
        measure=pl.lit("pulls"),
        right_at_least="right",
        right_at_most="right",
    )


def _months(archive: Archive, counted: Counted) -> pl.DataFrame:
    month, week = (side(archive, span, counted) for span in ("month", "week"))
    return months_against_weeks(month, week).with_columns(
        check=pl.lit(MONTHS),
        compared=pl.lit(
            f"{counted.name}: months between the weeks in them and all that touch them"
        ),
        granularity=pl.lit("month"),
    )


def _judged(table: pl.DataFrame) -> pl.DataFrame:
    """Add difference, verdict and reason."""
    left, least, most = pl.col("left"), pl.col("right_at_least"), pl.col("right_at_most")
    out = pl.when(left < least).then(left - least).when(left > most).then(left - most).otherwise(0)
    off = (out != 0) | (pl.col("off") > 0)
    verdict = (
        pl.when(pl.col("unknown") > 0)
        .then(pl.lit("cannot be checked"))
        .when(off)
        .then(pl.lit("differs"))
        .when(most.is_null())
        .then(pl.lit("cannot be checked"))
        .when(least == most)
        .then(pl.lit("equal"))
        .otherwise(pl.lit("within range"))
    )
    again = pl.lit(
        "One of them may have been revised since: take both again if Docker Hub still lists them."
    )
    reason = (
        pl.when(pl.col("unknown") > 0)
        .then(pl.format("Rows that lack a count: {}.", "unknown"))
        .when(pl.col("off") > 0)
        .then(
            pl.format("{} of {} rows differ", "off", "rows")
            + pl.format(", the first of {}", "example").fill_null("")
            + pl.lit(". Take the report again if Docker Hub still lists it.")
        )
        .when((verdict == "differs") & pl.col("about").is_not_null())
        .then(pl.format("{} {}", "about", again))
        .when(verdict == "differs")
        .then(pl.format("The two should be equal. {}", again))
        .when(verdict != "equal")
        .then("about")
    )
    known = verdict != "cannot be checked"
    return table.with_columns(difference=pl.when(known).then(out), verdict=verdict, reason=reason)
