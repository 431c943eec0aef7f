"""What a report's values mean that are not written as Docker writes them, and how that is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from insights_nb.errors import PeriodError, ReadError
from insights_nb.periods import GRANULARITIES, Granularity, Period, parse_granularity
from insights_nb.reading import day_orders, numerals
from insights_nb.reading.day_orders import Days, Moments, Rule
from insights_nb.reading.numerals import Numbers, Texts
from insights_nb.reading.table import Origin
from insights_nb.schema import Column
from insights_nb.texts import quoted

_DAYS = ("date", "timestamp")
_ENDS = "end"
_FEW = 3


class Field(NamedTuple):
    """A column of which a value is not as Docker writes it.

    Parameters
    ----------
    column
        What the schema knows of it.
    header
        Its name in the file.
    texts
        Its values.
    missing
        Which of them are missing.
    row
        Of the first value that could not be read.
    """

    column: Column
    header: str
    texts: pl.Series
    missing: pl.Series
    row: int


@dataclass(frozen=True)
class Understood:
    """What became of such columns.

    Parameters
    ----------
    typed
        Those whose values are now known, by name.
    notes
        How they were understood, one sentence each.
    refused
        Of those whose values have two readings, the row and the error.
    """

    typed: Mapping[str, pl.Series]
    notes: tuple[str, ...]
    refused: tuple[tuple[int, Callable[[], ReadError]], ...]


def understand(
    fields: Sequence[Field],
    granularities: pl.Series | None,
    origin: Origin,
    period: Period | None,
) -> Understood:
    """Read what has one reading, and say so.

    Parameters
    ----------
    fields
        Columns of one file.
    granularities
        Each row's granularity as it is written, where the report has such a column.
    origin
        The file.
    period
        The one that was asked for, or that its name shows.
    """
    # What a reader took for numbers, as -1, is no text to be understood otherwise.
    texts = [each for each in fields if each.texts.dtype == pl.String]
    days = [each for each in texts if each.column.dtype in _DAYS]
    numbers = [each for each in texts if each.column.dtype not in _DAYS]
    parts = [_numbers(numbers, origin), _days(days, granularities, origin, period)]
    return Understood(
        {name: series for part in parts for name, series in part.typed.items()},
        tuple(note for part in parts for note in part.notes),
        tuple(one for part in parts for one in part.refused),
    )


def _numbers(fields: Sequence[Field], origin: Origin) -> Understood:
    columns = {
        each.column.name: Texts(each.texts, each.missing, each.column.dtype) for each in fields
    }
    typed: dict[str, pl.Series] = {}
    refused: list[tuple[int, Callable[[], ReadError]]] = []
    headers: dict[str, list[str]] = {}
    examples: dict[str, str] = {}
    found = numerals.understand(columns) if columns else {}
    for each in fields:
        numbers = found[each.column.name]
        if len(numbers.styles) == 1:
            typed[each.column.name] = numerals.typed(columns[each.column.name], numbers)
            (style,) = numbers.styles
            words = str(style) or "a sign"
            if numbers.percent:
                words = " and ".join(filter(None, (str(style), "a percent sign")))
            headers.setdefault(words, []).append(each.header)
            value = typed[each.column.name][_row_of(each, numbers.odd)]
            examples.setdefault(words, f"{quoted(numbers.odd)} is {value}")
        elif numbers.styles:
            refused.append((each.row, _two_numbers(each, numbers, origin)))
    notes = [
        f"{_listed(names)} written with {words}: {examples[words]}."
        for words, names in headers.items()
    ]
    return Understood(typed, tuple(notes), tuple(refused))


def _row_of(field: Field, text: str) -> int:
    return (numerals.plain(field.texts) == text).arg_max() or 0


def _two_numbers(field: Field, numbers: Numbers, origin: Origin) -> Callable[[], ReadError]:
    def build() -> ReadError:
        text = numbers.odd
        readings = [f"{numbers.value_of(text, style):,} with {style}" for style in numbers.styles]
        return ReadError(
            origin.name,
            f"{quoted(text)} is {' or '.join(readings)}, and no other value decides. Write the "
            "numbers without separators.",
            **origin.place(_row_of(field, text), field.header),
        )

    return build


def _days(
    fields: Sequence[Field],
    granularities: pl.Series | None,
    origin: Origin,
    period: Period | None,
) -> Understood:
    present = [each for each in fields if not each.missing[each.row]]
    if not fields or len(present) < len(fields):
        return Understood({}, (), ())
    texts = {each.column.name: each.texts.filter(~each.missing).unique() for each in fields}
    needed, hints = _rules(fields, granularities, period)
    days = day_orders.understand(texts, needed, hints)
    if not days.readings:
        return Understood({}, (), ())
    if len(days.readings) > 1:
        error = _two_days(fields[0], days, needed, origin)
        return Understood({}, (), ((fields[0].row, error),))
    ((order, moments),) = days.readings.items()
    typed = {each.column.name: _typed(each, moments[each.column.name]) for each in fields}
    text = str(fields[0].texts[fields[0].row])
    (shown,) = days.in_words(fields[0].column.name, text)
    note = f"{_listed([each.header for each in fields])} written as {order}: {quoted(text)} is "
    note += f"{shown}" + (f", since {days.decided}." if days.decided else ".")
    return Understood(typed, (note,), ())


def _typed(field: Field, table: pl.DataFrame) -> pl.Series:
    moments = field.texts.replace_strict(
        table["text"], table["moment"], default=None, return_dtype=pl.Datetime("us")
    )
    return moments.dt.date() if field.column.dtype == "date" else moments


def _two_days(
    field: Field, days: Days, needed: Sequence[Rule], origin: Origin
) -> Callable[[], ReadError]:
    def build() -> ReadError:
        text = str(field.texts[field.row])
        readings = " or ".join(days.in_words(field.column.name, text))
        if days.unfit:
            why = f"and neither can be: {needed[-1].words}"
        else:
            why = "and nothing in the file or its name decides which"
        return ReadError(
            origin.name,
            f"{quoted(text)} is {readings}, {why}. Write dates as YYYY-MM-DD, or name the period, "
            "as in --period 2026-W47 (period= in Python).",
            **origin.place(field.row, field.header),
        )

    return build


def _rules(
    fields: Sequence[Field],
    granularities: pl.Series | None,
    period: Period | None,
) -> tuple[list[Rule], list[Rule]]:
    names = [each.column.name for each in fields if each.column.name != _ENDS]
    needed = [day_orders.plausible(names)]
    whole = [each.column.name for each in fields if each.column.dtype == "date"]
    if whole:
        needed.append(Rule("a day has no time", lambda found: _are_days(found, whole)))
    start = next((each for each in fields if each.column.name in ("date_reference", "start")), None)
    if start is not None:
        pairs = pl.DataFrame(
            {
                "text": start.texts,
                "granularity": granularities
                if granularities is not None
                else pl.repeat("", len(start.texts), eager=True),
            }
        ).unique()
        needed.append(
            Rule(
                "a week starts on a Monday, a month on the 1st",
                lambda found: _are_starts(found[start.column.name], pairs),
            )
        )
    hints = []
    if period is not None:
        name = names[0] if names else _ENDS
        hints.append(
            Rule(
                f"the period is {period}",
                lambda found: _are_of(found[name]["moment"], period, starts=start is not None),
            )
        )
    if start is None and names:
        hints.append(
            Rule(
                "all its days are then of one week or month",
                lambda found: all(_are_of_one(found[name]["moment"]) for name in names),
            )
        )
    return needed, hints


def _are_days(found: Moments, names: Iterable[str]) -> bool:
    return all((found[name]["moment"].dt.time() == dt.time()).all() for name in names)


def _are_starts(table: pl.DataFrame, pairs: pl.DataFrame) -> bool:
    rows = pairs.join(table, on="text").select("granularity", "moment").unique().rows()
    return all(_is_start(granularity, moment.date()) for granularity, moment in rows)


def _is_start(text: str | None, day: object) -> bool:
    try:
        wanted: tuple[Granularity, ...] = (parse_granularity(text),) if text else GRANULARITIES
    except PeriodError:
        wanted = GRANULARITIES
    for granularity in wanted:
        try:
            Period(granularity, day)  # type: ignore[arg-type]
        except PeriodError:
            continue
        return True
    return False


def _are_of(moments: pl.Series, period: Period, *, starts: bool) -> bool:
    days = moments.dt.date()
    if starts:
        return bool((days == period.start).any())
    return bool(days.is_between(period.start, period.last_day).all())


def _are_of_one(moments: pl.Series) -> bool:
    days = moments.dt.date().unique().to_list()
    return any(
        len({Period.containing(day, granularity) for day in days}) == 1
        for granularity in GRANULARITIES
    )


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(headers[:_FEW])
    if len(headers) > _FEW:
        shown += f" and {len(headers) - _FEW} more columns"
    return f"{shown} {'is' if len(headers) == 1 else 'are'}"
