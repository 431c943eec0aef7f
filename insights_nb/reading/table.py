"""CSV text to columns: fast where every reader agrees, careful elsewhere.

Polars' reader is the fastest, but fills a short row up, and counts lines its own way where quotes
hold line ends. Its answer counts only where each line is a row and no last field is empty. Else
Arrow's reader, which refuses a short row; and what Arrow refuses, or reads more loosely than it
should, is read again with Python's csv module, which either finds the damaged line or hands back
the whole table.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypedDict

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from insights_nb.errors import ReadError
from insights_nb.limits import COLUMNS, LINE, written
from insights_nb.reading.sizes import (
    ANOTHER_COPY,
    OverLimitError,
    check_lines,
    cut_file,
    empty_file,
)
from insights_nb.schema import NULLS, Dtype

_LINE_END = re.compile(rb"\r\n|\r|\n")
_SOMETHING = re.compile(rb"[^\r\n]")
_TYPES: dict[Dtype, pa.DataType] = {"count": pa.int64(), "share": pa.float64()}
_POLARS: dict[Dtype, type[pl.DataType]] = {"count": pl.Int64, "share": pl.Float64}
_PIECE = 1 << 18
_AT_ONCE = 50_000
_LINE = np.frombuffer(b"\n", dtype=np.uint8)
_Bytes = npt.NDArray[np.uint8]
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


class Place(TypedDict):
    """Where a value stands in its file; an API answer has no lines."""

    line: int | None
    column: str


class Origin(Protocol):
    """What values came from, to name it in errors and notes."""

    @property
    def name(self) -> str:
        """The file's name."""

    def line(self, row: int) -> int | None:
        """Return the line that a row starts in, where there are lines."""

    def place(self, row: int, header: str) -> Place:
        """Return where a value stands."""


class QuoteError(ReadError):
    """Quotes that open and close nothing; files written by hand get another message."""


@dataclass(frozen=True)
class Source:
    """A CSV file's text and header, and which line a row stands in."""

    name: str
    text: bytes
    header: tuple[str, ...]
    header_line: int
    body: int
    _lines: dict[int, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, name: str, text: bytes) -> Source:
        """Find the header.

        Raises
        ------
        ReadError
            If there is none, or lines or columns are more than are read.
        """
        check_lines(text, name)
        for line, end_line, record in records(name, text):
            if len(record) > COLUMNS.value:
                raise OverLimitError(name, f"there are {len(record):,} columns", COLUMNS, line=line)
            return cls(name, text, tuple(record), line, _offset_after(text, end_line))
        raise empty_file(name)

    def line(self, row: int) -> int:
        """Return the line, as a text editor counts, where a row starts (rows count from 0)."""
        if row not in self._lines:
            for index, (line, _, _) in enumerate(records(self.name, self.text)):
                if index == row + 1:
                    self._lines[row] = line
                    break
        return self._lines.get(row, self.header_line)

    def place(self, row: int, header: str) -> Place:
        """Return where a value stands, as errors take it."""
        return {"line": self.line(row), "column": header}

    @property
    def ends_with_line(self) -> bool:
        """Whether the last line is finished."""
        return self.text.endswith((b"\n", b"\r"))


def read_columns(source: Source, dtypes: Mapping[int, Dtype]) -> pl.DataFrame:
    """Read a table's columns, named ``"0"``, ``"1"``, … in the file's order.

    Parameters
    ----------
    source
        The file.
    dtypes
        Which fields to read as counts and shares. Where a value does not fit, every such column
        comes as text, for the caller to find the value. An empty text may come as null.

    Raises
    ------
    ReadError
        If rows are cut, too long or quoted wrongly; the error names the line.
    """
    width = len(source.header)
    names = [str(index) for index in range(width)]
    if not _SOMETHING.search(source.text, source.body):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    # First of all: Polars' reader panics at some misplaced quotes.
    if not _quotes_are_plain(source.text):
        return _read_carefully(source, names)
    if (frame := _read_lines(source, names, dtypes)) is not None:
        return frame
    # Arrow would drop it: its reader begins here, and the value with it.
    if source.text.startswith(codecs.BOM_UTF8, source.body):
        return _read_carefully(source, names)
    # Arrow reads 0x1F as 31.
    numeric = not (b"0x" in source.text or b"0X" in source.text)
    for wanted in (dtypes, {}) if dtypes and numeric else ({},):
        try:
            frame = _read_arrow(source, names, wanted)
        except pa.ArrowInvalid:
            continue
        if not _values_fit(frame):
            break
        return frame
    return _read_carefully(source, names)


def is_constant(series: pl.Series) -> bool:
    """Return whether a column has one value throughout, as a period's columns mostly do."""
    # `all` passes over nulls, and comparing with a null compares nothing.
    return bool(len(series)) and not series.null_count() and (series == series[0]).all()


def _read_lines(
    source: Source, names: list[str], dtypes: Mapping[int, Dtype]
) -> pl.DataFrame | None:
    """Read a file whose every line is a row; None where that does not hold."""
    # Polars passes over a comma too many at the very end, where no line end follows.
    text = source.text if source.text.endswith(b"\n") else source.text + b"\n"
    lines = _count_lines(text)
    if lines is None or len(set(source.header)) < len(names):
        return None
    types = {
        field: _POLARS.get(dtypes.get(index, "text"), pl.String)
        for index, field in enumerate(source.header)
    }
    try:
        frame = pl.read_csv(text, schema=types)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    frame.columns = names
    if frame.height != lines - 1 or frame[names[-1]].null_count():
        return None
    # Only an empty field makes a text null here.
    return frame


def _read_arrow(source: Source, names: list[str], dtypes: Mapping[int, Dtype]) -> pl.DataFrame:
    body = pa.py_buffer(source.text).slice(source.body)
    types = {
        name: _TYPES.get(dtypes.get(index, "text"), pa.large_string())
        for index, name in enumerate(names)
    }
    table = pa_csv.read_csv(
        pa.BufferReader(body),
        read_options=pa_csv.ReadOptions(column_names=names),
        parse_options=pa_csv.ParseOptions(newlines_in_values=b'"' in source.text),
        convert_options=pa_csv.ConvertOptions(
            column_types=types,
            # Arrow's own list would make Namibia's NA, and a tag "null", missing.
            null_values=list(NULLS),
            strings_can_be_null=False,
            quoted_strings_can_be_null=True,
        ),
    )
    frame = pl.from_arrow(table)
    if isinstance(frame, pl.Series):
        return frame.to_frame()
    return frame


def _values_fit(frame: pl.DataFrame) -> bool:
    """Return whether no value of several lines is longer than is read."""
    longest = LINE.value
    return not any(
        (column.str.len_chars() > longest).any() for column in frame if column.dtype == pl.String
    )


def _read_carefully(source: Source, names: list[str]) -> pl.DataFrame:
    width = len(names)
    schema = dict.fromkeys(names, pl.String)
    # Python's own texts take ten times the room of a frame's.
    frames: list[pl.DataFrame] = []
    rows: list[list[str]] = []
    short: tuple[int, int] | None = None
    for index, (line, _, record) in enumerate(records(source.name, source.text)):
        if index == 0:
            continue
        if short is not None:
            raise _row_width(source.name, short[1], width, line=short[0])
        if len(record) > width:
            raise _row_width(source.name, len(record), width, line=line)
        if len(record) < width:
            # Whether it is the last row, a cut file, shows with the next one.
            short = (line, len(record))
            continue
        rows.append(record)
        if len(rows) >= _AT_ONCE:
            frames.append(pl.DataFrame(rows, schema=schema, orient="row"))
            rows = []
    if short is not None:
        line, seen = short
        raise cut_file(source.name, f"the last row has {seen} of {width} fields", line=line)
    return pl.concat([*frames, pl.DataFrame(rows, schema=schema, orient="row")], rechunk=True)


def _row_width(name: str, seen: int, expected: int, *, line: int) -> ReadError:
    return ReadError(
        name,
        f"the row has {seen} fields, the header {expected}. A value with a comma needs quotes. "
        f"{ANOTHER_COPY}",
        line=line,
    )


def records(name: str, text: bytes, separator: str = ",") -> Iterator[tuple[int, int, list[str]]]:
    """Yield each record with its first and last line; blank lines are none."""
    if csv.field_size_limit() < LINE.value:
        csv.field_size_limit(LINE.value)
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    reader = csv.reader(lines, strict=True, delimiter=separator)
    while True:
        first = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                seen = f"a value has over {written(LINE.value, 'bytes')}"
                raise OverLimitError(name, seen, LINE, line=first) from error
            if "end of data" in str(error):
                seen = "a quote opens here and never closes: the file was cut short"
                raise QuoteError(name, f"{seen}. {ANOTHER_COPY}", line=first) from error
            raise QuoteError(
                name,
                f"the row that starts here has misplaced quotes ({error}). {ANOTHER_COPY}",
                line=first,
            ) from error
        several = reader.line_num > first
        if several and any(len(value) > LINE.value for value in record):
            seen = f"a value has over {written(LINE.value, 'bytes')}"
            raise OverLimitError(name, seen, LINE, line=first)
        if record:
            yield first, reader.line_num, record


def _offset_after(text: bytes, line: int) -> int:
    """Return where the line after this one begins."""
    for number, end in enumerate(_LINE_END.finditer(text), start=1):
        if number == line:
            return end.end()
    return len(text)


def _count_lines(text: bytes) -> int | None:
    """Count line ends; None where carriage returns stand anywhere but before them."""
    lines = returns = pairs = 0
    for piece, _, after in _pieces(text):
        ends = piece == _NEWLINE
        lines += int(np.count_nonzero(ends))
        before = piece == _RETURN
        if before.any():
            returns += int(np.count_nonzero(before))
            pairs += int(np.count_nonzero(before & (after == _NEWLINE)))
    return lines if returns == pairs else None


def _quotes_are_plain(text: bytes) -> bool:
    """Return whether every quote opens, closes or doubles, so that all readers agree."""
    if b'"' not in text:
        return True
    # Within a well-formed file quotes alternate: the odd ones stand after a separator or after
    # the quote that they double, the even ones before one.
    edge = np.zeros(256, dtype=bool)
    edge[list(b',\r\n"')] = True
    opens = 0
    for piece, before, after in _pieces(text):
        places = np.flatnonzero(piece == _QUOTE)
        opening, closing = places[opens::2], places[1 - opens :: 2]
        if not (edge[before[opening]].all() and edge[after[closing]].all()):
            return False
        opens ^= len(places) % 2
    return not opens


def _pieces(text: bytes) -> Iterator[tuple[_Bytes, _Bytes, _Bytes]]:
    """Yield pieces that stay in the processor's cache, with the byte before and after each byte."""
    data = np.frombuffer(text, dtype=np.uint8)
    for start in range(0, len(data), _PIECE):
        stop = min(start + _PIECE, len(data))
        # The text's ends count as line ends.
        first = data[start - 1 : start] if start else _LINE
        last = data[stop : stop + 1] if stop < len(data) else _LINE
        around = np.concatenate((first, data[start:stop], last))
        yield around[1:-1], around[:-2], around[2:]
