"""Whether the Technographic report's shares are what Docker says they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.archive.counting import counting
from insights_nb.counts.pairs import TECHNOGRAPHIC, WHAT
from insights_nb.counts.spans import span_of
from insights_nb.frames import Column, frame
from insights_nb.metrics.report_rows import as_frame
from insights_nb.periods import Granularity, Period
from insights_nb.reading.values import in_percent
from insights_nb.schema import REPORTS
from insights_nb.schema import Column as ReportColumn
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive

TOLERANCE = 0.005
"""A share may be rounded to a whole percent."""


@frame(
    "a check of one period's Technographic report",
    (TECHNOGRAPHIC,),
    "period check scale rows differ largest_difference verdict",
    Column("scale", "How the files state the share: 0–1, 0–100 or both.", "", "For totals."),
    Column("rows", "How many rows were compared.", "rows"),
    Column("differ", "How many of them differ by more than rounding.", "rows"),
    Column("largest_difference", "The largest difference.", "as checked", "Without any row."),
)
def check_shares(
    archive: Archive, selection: Selection | None = None, *, tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """Compare the Technographic report's shares with their definition, and its totals.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        Granularity and time range. Every repository is checked.
    tolerance
        How far a share may be from the quotient, as a ratio (0.005 is half a percentage point).

    Returns
    -------
    pandas.DataFrame
        Four rows per available period, oldest first: ``period`` (first day), ``check`` (``PCT_USERS
        = USERS / TOTAL_PULLERS``, the same for domains, and ``TOTAL_PULLERS is the same on every
        row of an image``, the same for domains), ``scale`` (``"0–1"`` or ``"0–100"``, in which the
        files state the share; ``"both"`` where they differ; missing for totals and where nothing
        can be checked), ``rows`` (compared: pairs for shares, images for totals), ``differ`` (how
        many are further apart than the tolerance), ``largest_difference`` (``Float64``; for shares
        as a ratio, for totals in people or companies), ``verdict`` (``"agrees"``, ``"differs"`` or
        ``"cannot be checked"``). Without a row where no report is available.

    Raises
    ------
    ReportNeededError
        If no Technographic report of that granularity is in the archive.

    Notes
    -----
    Source: Technographic. Docker calls the columns percentages and defines them as quotients.
    Reading recognises which they are, file by file, and every frame has ratios.
    """
    chosen = selection or Selection()
    span = span_of(archive, [TECHNOGRAPHIC], chosen, WHAT)
    rows = archive.scan(TECHNOGRAPHIC, chosen.granularity, periods=span.periods)
    if rows is None:
        raise archive.needed(WHAT, chosen.granularity, [TECHNOGRAPHIC])
    checks = []
    for column in REPORTS[TECHNOGRAPHIC].columns:
        if column.ratio is not None:
            checks += [_share_check(rows, column, tolerance), _total_check(rows, column)]
    stated = _scales(archive, chosen.granularity, span.periods)
    available = pl.DataFrame({"period": stated.get_column("period").unique()}).join(
        pl.DataFrame({"check": [name for name, _ in checks]}), how="cross"
    )
    results = pl.concat(found.with_columns(check=pl.lit(name)) for name, found in checks).collect()
    compared = pl.col("rows") > 0
    table = (
        available.join(results, on=["period", "check"], how="left")
        .join(stated, on=["period", "check"], how="left")
        .with_columns(pl.col("rows", "differ").fill_null(0))
        .with_columns(
            scale=pl.when(compared).then(pl.col("scale")),
            verdict=pl.when(~compared)
            .then(pl.lit("cannot be checked"))
            .when(pl.col("differ") > 0)
            .then(pl.lit("differs"))
            .otherwise(pl.lit("agrees")),
        )
        .sort("period", maintain_order=True)
    )
    columns = ["period", "check", "scale", "rows", "differ", "largest_difference", "verdict"]
    return as_frame(table.select(columns), chosen.granularity)


def _share_check(
    rows: pl.LazyFrame, column: ReportColumn, tolerance: float
) -> tuple[str, pl.LazyFrame]:
    part, whole = column.ratio or ("", "")
    apart = (pl.col(column.name) - pl.col(part) / pl.col(whole)).abs()
    found = rows.filter(pl.col(whole) > 0).group_by("period").agg(_compared(apart, tolerance))
    return _share_name(column), found


def _total_check(rows: pl.LazyFrame, column: ReportColumn) -> tuple[str, pl.LazyFrame]:
    _, whole = column.ratio or ("", "")
    spread = (pl.col(whole).max() - pl.col(whole).min()).cast(pl.Float64)
    images = rows.group_by("period", "publisher_name", "dvpp_image").agg(apart=spread)
    found = images.group_by("period").agg(_compared(pl.col("apart"), 0))
    return f"{_header(whole)} is the same on every row of an image", found


def _compared(apart: pl.Expr, tolerance: float) -> list[pl.Expr]:
    known = apart.drop_nulls()
    return [
        known.len().cast(pl.Int64).alias("rows"),
        # Binary fractions: 0.255 - 0.25 is a hair more than 0.005.
        (known > tolerance + 1e-9).sum().cast(pl.Int64).alias("differ"),
        known.max().alias("largest_difference"),
    ]


def _scales(archive: Archive, granularity: Granularity, periods: Sequence[Period]) -> pl.DataFrame:
    """Tell from what reading noted in which scale the files of each period state each share."""
    shares = [column for column in REPORTS[TECHNOGRAPHIC].columns if column.ratio]
    found: dict[tuple[Period, str], set[str]] = {}
    for one in counting(archive.finished(), TECHNOGRAPHIC, granularity, periods=periods):
        for column in shares:
            percents = in_percent(column.header, one.entry.notes)
            for key in one.keys:
                place = (Period.parse(key.period), _share_name(column))
                found.setdefault(place, set()).add("0–100" if percents else "0–1")
    stated = [
        (period.start, check, scales.pop() if len(scales) == 1 else "both")
        for (period, check), scales in found.items()
    ]
    types = {"period": pl.Date, "check": pl.String, "scale": pl.String}
    return pl.DataFrame(stated, schema=types, orient="row")


def _share_name(column: ReportColumn) -> str:
    part, whole = column.ratio or ("", "")
    return f"{column.header} = {_header(part)} / {_header(whole)}"


def _header(name: str) -> str:
    return REPORTS[TECHNOGRAPHIC].column(name).header
