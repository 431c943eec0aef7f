"""Dates as spreadsheets write them: in which order day, month and year stand.

``29/09/2025`` is a day in one order only; ``9/8/2026`` is one in two. What decides between them:
that a week starts on a Monday and a month on its first, that no report is of the future, the period
in the file's name, and the other rows. Where two readings remain, both are named.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from insights_nb.periods import FIRST_DAY, day_in_words, latest_day

MONTHS_FILE = Path(__file__).with_name("months.json")

_TIME = (
    r"(?:[T ,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?P<part>\.[0-9]+)?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]00:?00))?)?$"
)
_DAY, _MONTH = "(?P<day>[0-9]{1,2})", "(?P<month>[0-9]{1,2})"
_YEAR, _SHORT_YEAR = "(?P<year>[0-9]{4})", "(?P<year>[0-9]{2})"
_NAMED = r"(?P<named>\p{L}+)\.?"
_GAP = r"[ .,/\-]{0,2}"
_ISO = f"{_YEAR}-{_MONTH}-{_DAY}"
# The days that spreadsheets count from, which call the first of them 0 or 1.
_FIRST_DAYS = {"1900": dt.datetime(1899, 12, 30), "1904": dt.datetime(1904, 1, 1)}  # noqa: DTZ001


class Order(NamedTuple):
    """How dates are written: its name, and what they look like."""

    name: str
    patterns: tuple[str, ...]

    def read(self, texts: pl.Series) -> pl.Series:
        """Return moments; null where a text is none in this order."""
        moments = pl.Series([None] * len(texts), dtype=pl.Datetime("us"))
        for pattern in (_ISO, *self.patterns):
            found = texts.str.extract_groups(f"^(?:{pattern}){_TIME}").struct.unnest()
            moments = moments.zip_with(moments.is_not_null(), _moments(found))
        return moments


class Count(NamedTuple):
    """Days as a spreadsheet counts them, once they are formatted as numbers."""

    name: str
    first: dt.datetime

    def read(self, texts: pl.Series) -> pl.Series:
        """Return moments; null where a text is no such number."""
        days = texts.set(~texts.str.contains("^[0-9]{5}(?:[.]0+)?$"), None)
        whole = days.cast(pl.Float64).cast(pl.Int64)
        return pl.select(pl.lit(self.first) + pl.duration(days=pl.lit(whole))).to_series()


YEAR_FIRST = Order(
    "year, month, day",
    (
        rf"{_YEAR}[/. ]{_MONTH}[/. ]{_DAY}",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        f"{_YEAR}{_GAP}{_NAMED}{_GAP}{_DAY}",
        rf"{_SHORT_YEAR}[/.\-]{_MONTH}[/.\-]{_DAY}",
        f"{_SHORT_YEAR}{_GAP}{_NAMED}{_GAP}{_DAY}",
    ),
)
DAY_FIRST = Order(
    "day, month, year",
    tuple(
        pattern
        for year in (_YEAR, _SHORT_YEAR)
        for pattern in (
            rf"{_DAY}[/\-]{_MONTH}[/\-]{year}",
            rf"{_DAY}\. ?{_MONTH}\. ?{year}\.?",
            f"{_DAY}{_GAP}{_NAMED}{_GAP}{year}",
        )
    ),
)
# Nobody writes points after a month that comes first.
MONTH_FIRST = Order(
    "month, day, year",
    (
        rf"{_MONTH}[/\-]{_DAY}[/\-]{_YEAR}",
        rf"{_MONTH}[/\-]{_DAY}[/\-]{_SHORT_YEAR}",
        f"{_NAMED}{_GAP}{_DAY}{_GAP}{_YEAR}",
    ),
)
ORDERS: tuple[Order | Count, ...] = (
    YEAR_FIRST,
    DAY_FIRST,
    MONTH_FIRST,
    *(Count(f"days since {year}", first) for year, first in _FIRST_DAYS.items()),
)


def _moments(found: pl.DataFrame) -> pl.Series:
    """Put the parts of dates together; null where they are no day or no time."""
    # Polars has a year 0, Python and the calendar have none.
    year = found["year"].str.replace("^([0-9]{2})$", "20$1").str.replace("^0000$", "")
    month = found["month"] if "month" in found.columns else _months(found["named"])
    hour = found["hour"].cast(pl.Int64).fill_null(0)
    afternoon = found["half"].str.contains("(?i)^p").cast(pl.Int64)
    # By the clock of twelve hours 12 is 0.
    halves = afternoon.is_not_null()
    hour = (hour % 12 + afternoon * 12).zip_with(halves & hour.is_between(1, 12), hour)
    return pl.select(
        pl.concat_str(
            pl.concat_str(year, month.str.zfill(2), found["day"].str.zfill(2), separator="-"),
            pl.concat_str(
                hour.cast(pl.String).str.zfill(2),
                found["minute"].fill_null("00"),
                found["second"].fill_null("00") + found["part"].fill_null(""),
                separator=":",
            ),
            separator=" ",
        ).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    ).to_series()


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = json.loads(MONTHS_FILE.read_text(encoding="utf-8"))
    return names


def _months(named: pl.Series) -> pl.Series:
    return named.str.to_lowercase().replace_strict(_names(), default=None, return_dtype=pl.String)


Moments = Mapping[str, pl.DataFrame]
"""For each column, its different texts (``text``) and what they are (``moment``)."""


class Rule(NamedTuple):
    """What decides between orders.

    Parameters
    ----------
    words
        Why an order is right that holds it, to follow "since".
    holds
        Whether the moments are as they have to be.
    """

    words: str
    holds: Callable[[Moments], bool]


@dataclass(frozen=True)
class Days:
    """What a file's dates are.

    Parameters
    ----------
    readings
        Each order that gives other days than the others; mostly one, none where a text is no date.
    decided
        Why it is this one; empty where there was no other.
    unfit
        Whether each of several readings breaks a rule that dates have to hold.
    """

    readings: Mapping[str, Moments]
    decided: str = ""
    unfit: bool = False

    def in_words(self, column: str, text: str) -> list[str]:
        """Return what a text may be, in words: ``["8 Sep 2026", "9 Aug 2026"]``."""
        days = [_moment(one[column], text) for one in self.readings.values()]
        return [day_in_words(day.date()) for day in dict.fromkeys(days)]


def understand(
    columns: Mapping[str, pl.Series], needed: Sequence[Rule], hints: Sequence[Rule]
) -> Days:
    """Find the order that the dates of a file's columns are in.

    Parameters
    ----------
    columns
        Each column's different texts, without missing ones.
    needed
        What dates have to hold.
    hints
        What decides, in turn, between orders that hold it all.
    """
    readings: dict[str, Moments] = {}
    for order in ORDERS:
        found = {
            name: pl.DataFrame({"text": texts, "moment": order.read(texts.str.strip_chars())})
            for name, texts in columns.items()
        }
        if any(each["moment"].null_count() for each in found.values()):
            continue
        if not any(_same(found, each) for each in readings.values()):
            readings[order.name] = found
    decided = ""
    for rules, must in ((needed, True), (hints, False)):
        for rule in rules:
            if len(readings) < 2:
                break
            kept = {name: each for name, each in readings.items() if rule.holds(each)}
            if not kept and must:
                return Days(readings, unfit=True)
            if len(kept) == 1:
                decided = rule.words
            readings = kept or readings
    return Days(readings, decided)


def _same(left: Moments, right: Moments) -> bool:
    return all(left[name].equals(right[name]) for name in left)


def _moment(table: pl.DataFrame, text: str) -> dt.datetime:
    moment: dt.datetime = table.filter(pl.col("text") == text)["moment"][0]
    return moment


def plausible(names: Sequence[str]) -> Rule:
    """Return the rule that no date is before Docker Hub opened or after today."""

    def holds(found: Moments) -> bool:
        return all(
            found[name]["moment"].dt.date().is_between(FIRST_DAY, latest_day()).all()
            for name in names
            if name in found
        )

    return Rule(f"reports are of {FIRST_DAY.year} until now", holds)
