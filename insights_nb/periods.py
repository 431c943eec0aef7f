"""Weeks and months: parse them, step through them, name them, count a time range back.

A weekly period runs from Monday through Sunday, a monthly one is a calendar month. A period is
known by its granularity and the date of its first day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, get_args

from insights_nb.errors import MixedGranularityError, PeriodError

Granularity = Literal["week", "month"]
GRANULARITIES: tuple[Granularity, ...] = get_args(Granularity)

_SPELLINGS: dict[str, Granularity] = {
    "week": "week",
    "weekly": "week",
    "weeks": "week",
    "month": "month",
    "monthly": "month",
    "months": "month",
}
# Digits of other scripts are no dates elsewhere either.
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE | re.ASCII)
_MONTH = re.compile(r"(\d{4})[-_](\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4})[-_](\d{2})[-_](\d{2})", re.ASCII)
# A start date.
_LONGEST = 10
_MONTHS_A_YEAR = 12
# Docker Hub opened later in that year.
FIRST_DAY = dt.date(2013, 1, 1)
"""No report begins before it."""
_EARLIEST_ZONE = dt.timedelta(hours=14)
_MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class ImplausiblePeriodError(PeriodError):
    """A period was named in which Docker Hub cannot have counted."""

    def __init__(self, period: Period) -> None:
        super().__init__(
            f"{period} {implausibility(period.start)}. Name a week or month from "
            f"{FIRST_DAY.year} on that has begun, such as 2026-W47 or 2026-11."
        )


def parse_granularity(text: str) -> Granularity:
    """Read Docker's spellings (``week``, ``Weekly``, ``MONTH``, ``months``).

    Raises
    ------
    PeriodError
        If the text is none of them.
    """
    try:
        return _SPELLINGS[text.strip().casefold()]
    except KeyError:
        raise _no_period(text) from None


def add_months(day: dt.date, months: int) -> dt.date:
    """Move the first of a month by whole months; a later day is cut to the month's last."""
    index = day.year * _MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, _MONTHS_A_YEAR)
    first = dt.date(year, month + 1, 1)
    following = dt.date(year + month // 11, (month + 1) % _MONTHS_A_YEAR + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


@dataclass(frozen=True, order=True)
class Period:
    """One week or one calendar month.

    Parameters
    ----------
    granularity
        ``"week"`` or ``"month"``.
    start
        Its first day: a Monday, or the first of a month.

    Raises
    ------
    PeriodError
        If the granularity's periods do not start on that day.
    """

    granularity: Granularity
    start: dt.date

    def __post_init__(self) -> None:
        if self.granularity == "week":
            ok = self.start.weekday() == 0
        else:
            ok = self.granularity == "month" and self.start.day == 1
        if not ok:
            raise _no_period(f"{self.start.isoformat()} as the start of a {self.granularity}")

    @classmethod
    def parse(cls, text: str, granularity: Granularity | None = None) -> Period:
        """Read ``2026-W47``, ``2026-11`` or a start date such as ``2026-11-16``.

        A start date that is both a Monday and a first of the month needs `granularity`.

        Raises
        ------
        PeriodError
            If the text names no period, or one of another granularity.
        """
        value = str(text).strip()
        if len(value) > _LONGEST:
            raise _no_period(text)
        return _parsed(value, granularity)

    @classmethod
    def _read(cls, value: str, granularity: Granularity | None) -> Period:
        try:
            if match := _WEEK.fullmatch(value):
                found = cls("week", dt.date.fromisocalendar(int(match[1]), int(match[2]), 1))
            elif match := _DAY.fullmatch(value):
                day = dt.date(int(match[1]), int(match[2]), int(match[3]))
                found = cls(granularity or _granularity_of_start(day), day)
            elif match := _MONTH.fullmatch(value):
                found = cls("month", dt.date(int(match[1]), int(match[2]), 1))
            else:
                raise _no_period(value)
        except ValueError as error:
            raise _no_period(value) from error
        if granularity is not None and found.granularity != granularity:
            raise _no_period(f"{value} as a {granularity}")
        return found

    @classmethod
    def containing(cls, day: dt.date, granularity: Granularity) -> Period:
        """Return the week or month that a day belongs to."""
        if granularity == "week":
            return cls("week", day - dt.timedelta(days=day.weekday()))
        return cls("month", day.replace(day=1))

    @cached_property
    def end(self) -> dt.date:
        """The day after its last day."""
        return self.shift(1).start

    @property
    def last_day(self) -> dt.date:
        """Its last day: a Sunday, or the last of the month."""
        return self.end - dt.timedelta(days=1)

    @cached_property
    def label(self) -> str:
        """Its short name, ``2026-W47`` or ``2026-11``, as `parse` reads it."""
        if self.granularity == "week":
            year, week, _ = self.start.isocalendar()
            return f"{year:04d}-W{week:02d}"
        return f"{self.start.year:04d}-{self.start.month:02d}"

    @property
    def dates(self) -> str:
        """Its days in words: ``16 – 22 Nov 2026``, ``28 Dec 2026 – 3 Jan 2027``, ``Nov 2026``."""
        first, last = self.start, self.last_day
        if self.granularity == "month":
            return f"{_MONTH_NAMES[first.month - 1]} {first.year}"
        return date_range(first, last)

    def shift(self, count: int) -> Period:
        """Return the period `count` steps later (earlier when negative)."""
        return _shifted(self.granularity, self.start, count)

    def steps_to(self, other: Period) -> int:
        """Return how many periods later another of the same granularity is."""
        if self.granularity == "week":
            return (other.start - self.start).days // 7
        years, months = other.start.year - self.start.year, other.start.month - self.start.month
        return years * _MONTHS_A_YEAR + months

    def is_over(self, today: dt.date | None = None) -> bool:
        """Return whether its last day has passed: before, a report of it is half a report.

        What is not over is shown as unfinished, and enters no change, average, rank, share or
        total.

        Parameters
        ----------
        today
            The clock's day; where None, today in UTC, by which Docker Hub counts.
        """
        return self.end <= (today or utc_day())

    def is_plausible(self, today: dt.date | None = None) -> bool:
        """Return whether Docker Hub can have counted in it: since 2013, and begun by now.

        Parameters
        ----------
        today
            The clock's day; where None, the latest that any place on Earth has now.
        """
        return FIRST_DAY <= self.start <= (today or latest_day())

    def __str__(self) -> str:
        return self.label


# An archive names the same few hundred periods thousands of times.
@lru_cache(maxsize=1 << 14)
def _parsed(text: str, granularity: Granularity | None) -> Period:
    return Period._read(text, granularity)


@lru_cache(maxsize=1 << 14)
def _shifted(granularity: Granularity, start: dt.date, count: int) -> Period:
    if granularity == "week":
        return Period("week", start + dt.timedelta(weeks=count))
    return Period("month", add_months(start, count))


def utc_day() -> dt.date:
    """Return today in UTC."""
    return dt.datetime.now(dt.UTC).date()


def latest_day(moment: dt.datetime | None = None) -> dt.date:
    """Return the latest day that any place on Earth has now, or had at a moment."""
    return ((moment or dt.datetime.now(dt.UTC)) + _EARLIEST_ZONE).date()


def implausibility(day: dt.date) -> str:
    """Return why Docker Hub cannot have counted on a day; empty where it can."""
    if day < FIRST_DAY:
        return f"is before {FIRST_DAY.year}, when Docker Hub opened"
    if day > latest_day():
        now = day_in_words(dt.datetime.now(dt.UTC).date())
        return f"has not begun: it is {now} by this computer's clock"
    return ""


def day_in_words(day: dt.date) -> str:
    """Write a day in words: ``8 Sep 2026``."""
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def date_range(first: dt.date, last: dt.date) -> str:
    """Write two days as a range in words, saying month and year no oftener than needed."""
    start = f"{first.day}"
    if first.month != last.month or first.year != last.year:
        start += f" {_MONTH_NAMES[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} – {last.day} {_MONTH_NAMES[last.month - 1]} {last.year}"


def interval(newest: Period, months: int) -> list[Period]:
    """Return the periods of the last 3, 6 or 12 months, oldest first.

    It counts back from the end of the newest available period, not from today: three months
    of months are three points; three months of weeks are the weeks that start within the three
    months before that end.
    """
    begin = add_months(newest.end, -months)
    found = [newest]
    while (earlier := found[-1].shift(-1)).start >= begin:
        found.append(earlier)
    return found[::-1]


def between(first: Period, last: Period) -> Iterator[Period]:
    """Yield every period from the first through the last."""
    while first <= last:
        yield first
        first = first.shift(1)


def infer_granularity(starts: Iterable[dt.date]) -> Granularity:
    """Return whether start dates are those of weeks or of months.

    Raises
    ------
    MixedGranularityError
        If some can only be weeks and others only months.
    PeriodError
        If a date starts neither.
    """
    found: set[Granularity] = set()
    for day in set(starts):
        monday, first = day.weekday() == 0, day.day == 1
        if not monday and not first:
            raise _no_period(day.isoformat())
        if monday != first:
            found.add("week" if monday else "month")
    if len(found) > 1:
        raise mixed_granularities("The frame")
    # A lone date that starts both is read as the month: one week is rarely a chart.
    return found.pop() if found else "month"


def mixed_granularities(what: str) -> MixedGranularityError:
    """Return the error for weeks and months that would share one frame."""
    return MixedGranularityError(
        f"{what} has weekly and monthly data, which restate each other. "
        "Choose one: granularity='week' or granularity='month'."
    )


def _no_period(text: object) -> PeriodError:
    return PeriodError(
        f"{text!r} names no period. Write a week as 2026-W47, a month as 2026-11, "
        "or a start date (a Monday or a first of the month) as 2026-11-16."
    )


def _granularity_of_start(day: dt.date) -> Granularity:
    monday, first = day.weekday() == 0, day.day == 1
    if monday == first:
        raise _no_period(day.isoformat())
    return "week" if monday else "month"
