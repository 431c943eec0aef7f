"""Which week or month a report's rows belong to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from insights_nb.errors import MixedFileError, PeriodError, ReadError
from insights_nb.periods import (
    FIRST_DAY,
    GRANULARITIES,
    Granularity,
    ImplausiblePeriodError,
    Period,
    implausibility,
    latest_day,
    parse_granularity,
)
from insights_nb.reading.naming import period_in_name
from insights_nb.reading.table import Origin, is_constant
from insights_nb.schema import Report, match_key
from insights_nb.texts import quoted

_PERIOD_COLUMNS = ["date_granularity", "date_reference"]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ImplausibleDateError(ReadError):
    """A date on which Docker Hub cannot have counted."""

    def __init__(self, file: str, day: dt.date, *, line: int | None, column: str) -> None:
        self.value = day.isoformat()
        remedy = f"Reports are of days from {FIRST_DAY.year} until now: correct the date"
        if day > FIRST_DAY:
            remedy += ", or the clock if that is wrong"
        super().__init__(
            file, f"{day.isoformat()} {implausibility(day)}. {remedy}.", line=line, column=column
        )


@dataclass(frozen=True)
class Dated:
    """A report's periods: one per row, or one for all.

    Parameters
    ----------
    granularity
        ``"week"`` or ``"month"``; None where that is unknown.
    periods
        Every period, oldest first.
    starts
        Each row's first day.
    notes
        What was odd.
    instead
        Another period that the rows may be of as well; None mostly.
    """

    granularity: Granularity | None
    periods: tuple[Period, ...]
    starts: pl.Expr
    notes: tuple[str, ...] = ()
    instead: Period | None = None


def as_period(period: str | Period | None) -> Period | None:
    """Read the period that was asked for.

    Raises
    ------
    PeriodError
        If the text names none, or one in which Docker Hub cannot have counted.
    """
    found = Period.parse(period) if isinstance(period, str) else period
    if found is not None and not found.is_plausible():
        raise ImplausiblePeriodError(found)
    return found


def date_rows(
    frame: pl.DataFrame,
    report: Report,
    headers: dict[str, str],
    origin: Origin,
    asked: Period | None,
) -> Dated:
    """Find the periods of a known report's rows.

    Columns that disagree with the period `asked` for are an error; a file name that disagrees with
    the columns is a note.

    Raises
    ------
    ReadError
        If a row has no period, weeks and months mix, or the period is unknown.
    """
    if report.period == "columns" and frame.height:
        return _from_columns(frame, headers, origin, asked)
    if report.period == "fields":
        return _from_fields(frame, origin, asked)
    if report.period == "days" and frame.height:
        return _from_days(frame, report, headers, origin, asked)
    return _from_name(report, origin, asked)


def date_unknown(frame: pl.DataFrame, origin: Origin, asked: Period | None) -> Dated:
    """Find the period of an unknown report, which may have none.

    Raises
    ------
    ReadError
        If it has no rows either.
    """
    if asked is None and (dated := _from_unknown_columns(frame, origin)):
        return dated
    named = period_in_name(origin.name)
    found = asked or named.period
    if found is None and not frame.height:
        raise _undated(origin, "unknown", _reason(named.reason, empty=True))
    if found is None:
        return Dated(None, (), pl.lit(None, pl.Date), (f"Its period is unknown: {named.reason}.",))
    return _one(found)


def _from_columns(
    frame: pl.DataFrame, headers: dict[str, str], origin: Origin, asked: Period | None
) -> Dated:
    found: dict[Period, int] = {}
    for row in _first_rows(frame):
        text, start = frame["date_granularity"][row] or "", frame["date_reference"][row]
        try:
            granularity = parse_granularity(text)
        except PeriodError as error:
            place = origin.place(row, headers["date_granularity"])
            raise ReadError(
                origin.name,
                f"{quoted(text)} is no granularity. Expected week, weekly, month or monthly.",
                **place,
            ) from error
        _refuse_implausible(start, row, headers["date_reference"], origin)
        try:
            period = Period(granularity, start)
        except PeriodError as error:
            place = origin.place(row, headers["date_reference"])
            first = "a Monday" if granularity == "week" else "the first of a month"
            raise ReadError(
                origin.name,
                f"{start} starts no {granularity}, since that is {first}. Check that the row's "
                "granularity and date are right.",
                **place,
            ) from error
        if asked is not None and asked != period:
            raise _other_period(origin, asked, str(period), row, headers["date_reference"])
        found.setdefault(period, row)
    return _several(found, "date_reference", origin)


def _refuse_implausible(day: dt.date, row: int, header: str, origin: Origin) -> None:
    if implausibility(day):
        raise ImplausibleDateError(origin.name, day, **origin.place(row, header))


def _first_rows(frame: pl.DataFrame) -> list[int]:
    """Return the first row of each granularity and date."""
    # Nearly every file has one of each, and to see that is quicker than to group.
    keys = [name for name in _PERIOD_COLUMNS if not is_constant(frame[name])]
    if not keys:
        return [0]
    rows = frame.select(keys).with_row_index("row").group_by(keys).agg(pl.col("row").min())
    return rows["row"].sort().to_list()


def _from_fields(frame: pl.DataFrame, origin: Origin, asked: Period | None) -> Dated:
    found: dict[Period, int] = {}
    pairs = frame.select("start", "end").with_row_index("row").group_by("start", "end")
    for start, end, row in pairs.agg(pl.col("row").min()).sort("row").rows():
        _refuse_implausible(start, row, "start", origin)
        period = _spanning(start, end)
        if period is None:
            place = origin.place(row, "start")
            where = place["column"].removesuffix(".start")
            where = where if place["line"] is None else f"line {place['line']}"
            raise ReadError(
                origin.name,
                f"{where} runs from {start.isoformat()} to {end.isoformat()}, which is neither "
                "Monday through Sunday nor a calendar month. Ask for timespan=weeks or "
                "timespan=months.",
            )
        if asked is not None and asked != period:
            raise _other_period(origin, asked, str(period), row, "start")
        found.setdefault(period, row)
    if not found:
        notes = ("The answer has no pulls.",)
        periods = (asked,) if asked else ()
        granularity = asked.granularity if asked else None
        return Dated(granularity, periods, pl.col("start"), notes)
    return _several(found, "start", origin)


def _spanning(start: dt.date, end: dt.date) -> Period | None:
    for granularity in GRANULARITIES:
        try:
            period = Period(granularity, start)
        except PeriodError:
            continue
        # The API's end is the last day; the day after it means the same period.
        if end in (period.last_day, period.end):
            return period
    return None


def _from_days(
    frame: pl.DataFrame,
    report: Report,
    headers: dict[str, str],
    origin: Origin,
    asked: Period | None,
) -> Dated:
    days = frame["action_day"]
    for column in ("action_day", "timestamp"):
        if column in headers:
            _refuse_implausible_days(frame[column], headers[column], origin)
    named = period_in_name(origin.name)
    expected = asked or named.period
    enclosing = _enclosing(days.unique())
    inferred = enclosing[0] if enclosing else None
    if expected is None:
        if inferred is None:
            reason = f"{named.reason}, and its days are not those of one week or one month"
            raise _undated(origin, report.title, reason)
        note = f"Taken for the {inferred.granularity} {inferred}, inferred from its days."
        return replace(_one(inferred, note), instead=enclosing[1] if enclosing[1:] else None)
    outside = (days < expected.start) | (days >= expected.end)
    if not outside.any():
        return _one(expected)
    if asked is None and inferred is not None:
        return _one(inferred, _believed(expected, (inferred,)))
    row = outside.arg_max() or 0
    raise _other_period(origin, expected, days[row].isoformat(), row, headers["action_day"])


def _refuse_implausible_days(moments: pl.Series, header: str, origin: Origin) -> None:
    days = moments.dt.date() if moments.dtype != pl.Date else moments
    odd = (days < FIRST_DAY) | (days > latest_day())
    if odd.any():
        row = odd.arg_max() or 0
        _refuse_implausible(days[row], row, header, origin)


def _enclosing(days: pl.Series) -> list[Period]:
    """Return the week and the month that all of some days are in, as far as there are."""
    found = [{Period.containing(day, granularity) for day in days} for granularity in GRANULARITIES]
    return [periods.pop() for periods in found if len(periods) == 1]


def _from_name(report: Report, origin: Origin, asked: Period | None) -> Dated:
    named = period_in_name(origin.name)
    found = asked or named.period
    if found is None:
        reason = _reason(named.reason, empty=report.period in ("columns", "days"))
        raise _undated(origin, report.title, reason)
    if named.period not in (None, found):
        note = f"Its name has {named.period}; read as {found}, as asked."
        return _one(found, note)
    return _one(found)


def _from_unknown_columns(frame: pl.DataFrame, origin: Origin) -> Dated | None:
    """Date an unknown report by columns of the usual names, if every row's fit.

    Raises
    ------
    ImplausibleDateError
        If they are dates on which Docker Hub cannot have counted.
    """
    keys = {match_key(name): name for name in frame.columns}
    if not {"dategranularity", "datereference"} <= set(keys) or not frame.height:
        return None
    names = [keys["dategranularity"], keys["datereference"]]
    first = frame.select(names).with_row_index("row").group_by(names).agg(pl.col("row").min())
    found: dict[Period, int] = {}
    for text, start, row in first.sort("row").rows():
        try:
            if not _DAY.fullmatch(start):
                return None
            found[Period(parse_granularity(text), dt.date.fromisoformat(start))] = row
        except ValueError:
            return None
    granularities = {period.granularity for period in found}
    if len(granularities) > 1:
        return None
    for period, row in found.items():
        _refuse_implausible(period.start, row, names[1], origin)
    starts = pl.col(names[1]).str.to_date("%Y-%m-%d")
    return Dated(granularities.pop(), tuple(sorted(found)), starts)


def _several(found: dict[Period, int], column: str, origin: Origin) -> Dated:
    first = next(iter(found))
    for period, row in found.items():
        if period.granularity != first.granularity:
            raise MixedFileError(
                origin.name,
                "weeks and months share this file, which restate each other. Split it by "
                "granularity and read the parts.",
                line=origin.line(row),
            )
    periods = tuple(sorted(found))
    in_name = period_in_name(origin.name)
    named = in_name.period or in_name.implausible
    disagrees = named is not None and (
        # A file of several periods may be named after its first or its last.
        named.granularity != first.granularity or named not in periods
    )
    notes = (_believed(named, periods),) if named and disagrees else ()
    return Dated(first.granularity, periods, pl.col(column), notes)


def _one(period: Period, *notes: str) -> Dated:
    return Dated(period.granularity, (period,), pl.lit(period.start, pl.Date), notes)


def _believed(named: Period, rows: Sequence[Period]) -> str:
    return f"Its name has {named}, but its rows {_span(rows)}: the rows count."


def _span(periods: Iterable[Period]) -> str:
    labels = [str(period) for period in periods]
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def _reason(reason: str, *, empty: bool) -> str:
    return f"it has no rows, and {reason}" if empty else reason


def _undated(origin: Origin, title: str, reason: str) -> ReadError:
    return ReadError(
        origin.name,
        f"it is not known which period this {title} report covers: {reason}. Name it, as in "
        "--period 2024-W07 or --period 2024-03 (period= in Python), or in the file's name "
        "(…_weekly_2024_02_12.csv).",
    )


def _other_period(origin: Origin, asked: Period, seen: str, row: int, header: str) -> ReadError:
    return ReadError(
        origin.name,
        f"it was to be read as {asked}, but is for {seen}. Leave the period out, or name the right "
        "one.",
        **origin.place(row, header),
    )
