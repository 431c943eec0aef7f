"""The sample reports read with nothing but the csv module, to check answers against."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import re
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from insights_nb import assets

Row = dict[str, str]

# Of the samples, what the intervals of 12 and 6 months begin with.
YEAR = {"week": "2025-11-03", "month": "2025-11-01"}
HALF_YEAR = {"week": "2026-05-04", "month": "2026-05-01"}
NEWEST = {"week": "2026-10-26", "month": "2026-10-01"}
GAP = "2026-05-11"


@lru_cache
def sample_rows(kind: str, granularity: str) -> tuple[Row, ...]:
    """Read every row of a report; `START` is its period's first day, from the column or name."""
    found = []
    for path in sorted((assets.samples() / kind).glob("*.csv*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                span, start = (
                    (row["DATE_GRANULARITY"], row["DATE_REFERENCE"])
                    if "DATE_REFERENCE" in row
                    else _from_name(path.name)
                )
                if span == granularity:
                    found.append(row | {"START": start})
    assert found
    return tuple(found)


def since(rows: Iterable[Row], first: str) -> list[Row]:
    """Keep the rows from a day on; days of one form compare as text."""
    return [row for row in rows if row["START"] >= first]


def starts(granularity: str, first: str) -> list[str]:
    """List the first days of the periods from one through the newest of the samples."""
    unit = "W-MON" if granularity == "week" else "MS"
    return [f"{day:%Y-%m-%d}" for day in pd.date_range(first, NEWEST[granularity], freq=unit)]


def plain(value: object) -> object:
    """Return a frame's value as text, number or None, whatever pandas wraps it in."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return a frame's rows as dictionaries of plain values."""
    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _from_name(name: str) -> tuple[str, str]:
    if week := re.search(r"(\d{4})-W(\d{2})", name):
        return "week", dt.date.fromisocalendar(int(week[1]), int(week[2]), 1).isoformat()
    month = re.search(r"(\d{4}-\d{2})", name)
    assert month
    return "month", f"{month[1]}-01"
