"""From fields to typed columns, with a note for whatever was odd."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import polars as pl

from insights_nb.errors import ReadError
from insights_nb.periods import Period
from insights_nb.reading.recognising import Match
from insights_nb.reading.sizes import ANOTHER_COPY
from insights_nb.reading.table import Origin, is_constant
from insights_nb.reading.understanding import Field, understand
from insights_nb.schema import Column, Dtype, Report
from insights_nb.texts import quoted

_TYPES: dict[Dtype, pl.DataType] = {
    "text": pl.String(),
    "count": pl.Int64(),
    "share": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}
_DOCUMENTED_NULL = "\\\\N"
_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?(Z|\+00:00| ?UTC)?$"
_UTC = r"(Z|\+00:?00| ?UTC)$"
# So many columns are named in a note, and the others counted.
_FEW = 30
# A share is rounded, so percents are told from ratios with some room.
# How a note says it; the second as former versions wrote it into ledgers.
_IN_PERCENT = ("is in percent", "holds percents")
_PERCENT = (50.0, 200.0)
# Of the largest count there can be.
_MOST_DIGITS = 19
_CORRECT = f"Correct it. {ANOTHER_COPY}"


def type_columns(
    raw: pl.DataFrame,
    header: Sequence[str],
    match: Match,
    origin: Origin,
    period: Period | None = None,
) -> tuple[pl.DataFrame, list[str]]:
    """Give a known report's columns their types, in the schema's order, then the unknown ones.

    `raw` has the fields in columns ``"0"``, ``"1"``, …; `period` is the one that was asked for, or
    that the file's name shows.

    Raises
    ------
    ReadError
        At the first value, in the file's order, that does not fit its column.
    """
    if match.report is None:
        names = [match.extra[i] for i in range(len(header))]
        return raw.select(_field(i).alias(name) for i, name in enumerate(names)), []
    where = {column.name: index for index, column in match.columns.items()}
    notes: list[str] = []
    texts = _texts(raw, match)
    parts: dict[str, pl.Series] = {}
    unread: list[Field] = []
    for column in match.report.columns:
        index = where.get(column.name)
        if index is None:
            empty = pl.repeat(None, raw.height, dtype=_TYPES[column.dtype], eager=True)
            parts[column.name] = empty
            continue
        series = raw[str(index)]
        typed = texts[index] if index in texts else _CONVERTERS[column.dtype](series)
        bad = _first_bad(series, typed, column)
        parts[column.name] = typed
        if bad is not None:
            missing = _missing(series, column)
            unread.append(Field(column, header[index], series, missing, bad))
        notes += _missing_notes(series, typed, column, header[index], origin)
    if unread:
        granularities = where.get("date_granularity")
        found = understand(
            unread,
            None if granularities is None else raw[str(granularities)],
            origin,
            period,
        )
        refused = [*found.refused]
        for each in unread:
            if each.column.name not in found.typed:
                refused.append((each.row, _error(each, origin)))
        if refused:
            # Of one value, that it has two readings says more than that it has none.
            raise min(refused, key=lambda item: item[0])[1]()
        parts |= found.typed
        notes += found.notes
    extra = raw.select(_field(index).alias(name) for index, name in match.extra.items())
    frame = pl.DataFrame([*(series.alias(name) for name, series in parts.items()), *extra])
    absent = [c for c in match.report.columns if c.name not in where and not c.optional]
    notes = _absence_notes(absent) + _extra_notes(match, header) + notes
    frame, more = _as_ratios(frame, match.report)
    return frame, notes + more + _total_notes(frame, match.report, origin)


def _field(index: int) -> pl.Expr:
    # What the schema does not know is kept as it is: empty is empty, not missing.
    return pl.col(str(index)).cast(pl.String).fill_null("")


def _texts(raw: pl.DataFrame, match: Match) -> dict[int, pl.Series]:
    """Make the marks of a missing text missing."""
    marks = {
        index: pl.any_horizontal(pl.col(str(index)) == mark for mark in column.missing)
        for index, column in match.columns.items()
        if column.dtype == "text"
    }
    # Most columns have none, and to look is several times as quick as to rewrite them.
    looked = raw.select(mark.any().alias(str(index)) for index, mark in marks.items())
    found = [int(column.name) for column in looked if column.item()]
    changed = raw.select(
        pl.when(marks[index]).then(None).otherwise(pl.col(str(index))).alias(str(index))
        for index in found
    )
    return {index: (changed if index in found else raw)[str(index)] for index in marks}


# -- One converter per dtype: what does not fit becomes null, and `_first_bad` finds it --------


def _count(series: pl.Series) -> pl.Series:
    if series.dtype != pl.String:
        return series.set(series < 0, None) if (series < 0).any() else series
    # As the fast reader does: "+8" is 8.
    digits = series.str.strip_chars().str.strip_prefix("+")
    plain = digits.str.contains(r"^[0-9]+$")
    return digits.set(~plain, None).cast(pl.Int64, strict=False)


def _share(series: pl.Series) -> pl.Series:
    numbers = series
    if series.dtype == pl.String:
        digits = series.str.strip_chars()
        plain = digits.str.contains(r"^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$")
        numbers = digits.set(~plain, None).cast(pl.Float64, strict=False)
    fits = numbers.is_finite() & (numbers >= 0)
    return numbers if fits.all() else numbers.set(~fits, None)


def _date(series: pl.Series) -> pl.Series:
    # A report has few dates and many rows, mostly one.
    distinct = series.head(1) if is_constant(series) else series.unique()
    plain = distinct.str.strip_chars().str.replace(_MIDNIGHT, "")
    shaped = plain.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    # Polars has a year 0, Python and the calendar have none.
    shaped &= ~plain.str.starts_with("0000")
    dates = plain.set(~shaped, None).str.to_date("%Y-%m-%d", strict=False)
    if not len(distinct):
        return dates
    if len(distinct) == 1:
        return pl.repeat(dates.item(), len(series), dtype=pl.Date, eager=True)
    return series.replace_strict(distinct, dates, return_dtype=pl.Date)


def _timestamp(series: pl.Series) -> pl.Series:
    plain = series.str.strip_chars().str.replace(_UTC, "").str.replace("T", " ", literal=True)
    whole = plain.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    plain = plain.zip_with(~whole, plain + " 00:00:00")
    shaped = plain.str.contains(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$"
    )
    shaped &= ~plain.str.starts_with("0000")
    return plain.set(~shaped, None).str.to_datetime(
        "%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False
    )


_CONVERTERS: dict[Dtype, Callable[[pl.Series], pl.Series]] = {
    "count": _count,
    "share": _share,
    "date": _date,
    "timestamp": _timestamp,
}


def _missing(series: pl.Series, column: Column) -> pl.Series:
    """Return which fields stand for a missing value."""
    if series.dtype != pl.String:
        return series.is_null()
    return series.str.strip_chars().is_in(list(column.missing)) | series.is_null()


def _first_bad(series: pl.Series, typed: pl.Series, column: Column) -> int | None:
    if column.dtype == "text" or not typed.null_count():
        return None
    bad = typed.is_null()
    if not (column.dtype == "date" and column.required):
        # Without its date a row belongs to no period; a missing count is a missing count.
        bad &= ~_missing(series, column)
    return bad.arg_max() if bad.any() else None


def _error(field: Field, origin: Origin) -> Callable[[], ReadError]:
    def build() -> ReadError:
        value = field.texts[field.row]
        value = "" if value is None else str(value)
        place = origin.place(field.row, field.header)
        objection = _objection(field.column.dtype, value)
        return ReadError(origin.name, f"{quoted(value)} {objection}", **place)

    return build


def _objection(dtype: Dtype, value: str) -> str:
    """Return what a value is not, and what to do about it."""
    if dtype == "count":
        return f"is no count, a whole number from 0 up. {_remedy_of_count(value)}"
    if dtype == "share":
        return f"is no share, a number such as 0.12. {_CORRECT}"
    form = "YYYY-MM-DD" if dtype == "date" else "YYYY-MM-DD HH:MM:SS"
    remedy = _CORRECT
    if any(each.isdecimal() and not each.isascii() for each in value):
        remedy = f"Its digits are none of 0 to 9. {_rewritten(value.strip())}"
    return f"is no date of the form {form}. {remedy}"


def _remedy_of_count(value: str) -> str:
    digits = value.strip().replace(",", "").replace("'", "").replace("\u202f", "")
    if digits.isdecimal() and not digits.isascii():
        return f"Its digits are none of 0 to 9. {_rewritten(digits)}"
    if digits.isdecimal() and len(digits) >= _MOST_DIGITS:
        return f"It is larger than any count can be. {_CORRECT}"
    return _CORRECT


def _rewritten(value: str) -> str:
    """Return how to write digits of another script."""
    if len(value) > _MOST_DIGITS:
        return "Write them so."
    plain = "".join(str(int(each)) if each.isdecimal() else each for each in value)
    return f"Write {plain!r}." if plain.isascii() else "Write them so."


# -- Notes ------------------------------------------------------------------------------------


def _missing_notes(
    series: pl.Series, typed: pl.Series, column: Column, header: str, origin: Origin
) -> list[str]:
    if not typed.null_count():
        return []
    if column.dtype == "text":
        # The documented mark is ordinary; another one is odd where the column matters.
        odd = series.ne_missing(_DOCUMENTED_NULL) & typed.is_null()
        seen = "empty or \\N"
    else:
        odd, seen = _missing(series, column), "empty"
    count = int(odd.sum())
    if not count or (column.dtype == "text" and not column.required):
        return []
    row = odd.arg_max()
    at = _at(origin, row) if row is not None else ""
    return [f"{header}: {_many(count, 'value')} {seen}, read as missing{at}."]


def _absence_notes(absent: Sequence[Column]) -> list[str]:
    notes = [
        f"{column.header} is absent: the file is older than the column (since "
        f"{column.since.isoformat()}); its values are missing."
        for column in absent
        if column.since
    ]
    plain = [column.header for column in absent if not column.since]
    if plain:
        verb = "is" if len(plain) == 1 else "are"
        notes.append(f"{', '.join(plain)} {verb} absent; the values are missing.")
    return notes


def _extra_notes(match: Match, header: Sequence[str]) -> list[str]:
    if not match.extra:
        return []
    shown = list(match.extra.items())[:_FEW]
    named = ", ".join(f"{header[i][:60] or '(no name)'} as {name[:60]}" for i, name in shown)
    if len(match.extra) > _FEW:
        named += f", and {len(match.extra) - _FEW:,} more"
    return [f"Columns that the schema does not know, kept as text: {named}."]


def _total_notes(frame: pl.DataFrame, report: Report, origin: Origin) -> list[str]:
    if report.total is None:
        return []
    total, parts = report.total
    if not {total, *parts} <= set(frame.columns):
        return []
    first, *others = (frame[part] for part in parts)
    differs = frame[total] != sum(others, start=first)
    if not differs.any():
        return []
    row = differs.fill_null(value=False).arg_max() or 0
    count = int(differs.sum())
    names = " + ".join(report.column(part).header for part in parts)
    return [
        f"{report.column(total).header} is not {names} in {_many(count, 'row')}"
        f"{_at(origin, row)}; every number is kept as it is."
    ]


def _as_ratios(frame: pl.DataFrame, report: Report) -> tuple[pl.DataFrame, list[str]]:
    """Read percents as ratios, where the counts beside them show which they are."""
    notes: list[str] = []
    for column in report.columns:
        if column.ratio is None:
            continue
        part, whole = column.ratio
        factor: Any = frame.select(
            (pl.col(column.name) * pl.col(whole) / pl.col(part))
            .filter((pl.col(part) > 0) & (pl.col(whole) > 0))
            .median()
        ).item()
        if factor is not None and _PERCENT[0] < factor < _PERCENT[1]:
            frame = frame.with_columns(pl.col(column.name) / 100)
            notes.append(f"{column.header} {_IN_PERCENT[0]}; read as ratios (12 % is 0.12).")
    return frame, notes


def in_percent(header: str, notes: Iterable[str]) -> bool:
    """Return whether reading noted that a file states a share in percent."""
    return any(note.startswith(tuple(f"{header} {how}" for how in _IN_PERCENT)) for note in notes)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _at(origin: Origin, row: int) -> str:
    line = origin.line(row)
    return f", first in line {line}" if line is not None else ""
