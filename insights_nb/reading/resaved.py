"""CSV as other programs save it: their separators, `sep=` lines, empty rows, repeated headers.

What Docker writes is read as it is. Only what cannot be read so comes here, and is written again as
commas separate it, line by line, so that messages name the lines of the file that people see.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from insights_nb.errors import ReadError
from insights_nb.reading.sniffing import Content
from insights_nb.reading.table import records
from insights_nb.schema import match_key

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate fields, each with its name."""

_SEP_LINE = re.compile(rb"\A\s*\"?sep=(.)\"?[ ;,\t|]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE | re.DOTALL)
_EMPTY_ROW = re.compile(rb"(?:\A|[\r\n])[ \t\"]*[,;\t|][,;\t| \"]*(?=[\r\n]|\Z)")
# So many records show whether a separator splits them alike.
_PROBED = 50
_SHOWN = 3
_LINE_END = "\r\n"


def resaved(content: Content, known: Collection[str]) -> Content | None:
    """Return a file as commas would separate it, noting what was understood; None for nothing.

    Parameters
    ----------
    content
        A CSV file that cannot be read as it is.
    known
        What columns of a header may be called, as `insights_nb.schema.match_key` gives it.
    """
    found = _SEP_LINE.match(content.text)
    try:
        separator = _stated(found) or _separator(content, known)
        if found is None and separator == "," and not _may_have_junk(content.text):
            return None
        text, notes = _rewritten(content, separator, skip=found is not None)
    except (ReadError, csv.Error):
        # What is wrong with it is better said of the file as it is.
        return None
    if separator != ",":
        notes.insert(0, f"Its fields are separated by {SEPARATORS[separator]}, not by commas.")
    if found is not None:
        notes.insert(0, f"Left out: the first line, which names the separator (sep={separator}).")
    elif not notes:
        return None
    return replace(content, text=text, notes=(*content.notes, *notes))


def _stated(found: re.Match[bytes] | None) -> str:
    separator = found[1].decode("latin-1") if found else ""
    return separator if separator in SEPARATORS else ""


def _separator(content: Content, known: Collection[str]) -> str:
    """Return what separates the header's fields: what gives most columns that are known."""
    scores: dict[str, tuple[int, int]] = {}
    for separator in SEPARATORS:
        try:
            header, *rows = islice(_fields(content, separator), _PROBED)
        except (ReadError, ValueError):
            continue
        fit = sum(match_key(field) in known for field in header)
        # Of a report that is not known, only that its rows are as wide as its header.
        alike = bool(rows) and all(len(row) == len(header) for row in rows)
        scores[separator] = (fit if fit > 1 else 0, len(header) if alike else 1)
    best = max(scores, key=scores.__getitem__, default=",")
    return best if scores.get(best, (0, 1)) > (0, 1) else ","


def _fields(content: Content, separator: str) -> Iterator[list[str]]:
    skip = _SEP_LINE.match(content.text) is not None
    return (row for _, _, row in islice(records(content.name, content.text, separator), skip, None))


def _may_have_junk(text: bytes) -> bool:
    """Return whether a row may be empty, or the header come again."""
    if _EMPTY_ROW.search(text):
        return True
    start = text.lstrip()
    # Enough of the header to look for: most of it is in quotes, or none.
    first = re.split(rb"[,;\t|\r\n]", start, maxsplit=1)[0].strip(b'" ')
    return len(first) > 1 and text.count(first) > 1


def _rewritten(content: Content, separator: str, *, skip: bool) -> tuple[bytes, list[str]]:
    """Write every record again where it stood, leaving out those that are no rows."""
    out = io.StringIO(newline="")
    # With both characters of a line end a value that has either of them is quoted.
    writer = csv.writer(out, lineterminator=_LINE_END)
    header: list[str] = []
    written = 0
    empty: list[int] = []
    repeated: list[int] = []
    for number, (first, last, fields) in enumerate(
        records(content.name, content.text, separator), start=0 if skip else 1
    ):
        if number == 0:
            continue
        if not header:
            header = [field.strip() for field in fields]
        elif not any(field.strip() for field in fields):
            empty.append(first)
            continue
        elif [field.strip() for field in fields] == header:
            repeated.append(first)
            continue
        out.write(_LINE_END * (first - written - 1))
        writer.writerow(fields)
        written = last
    notes = [
        f"{what} ({_lines(lines)})."
        for lines, what in (
            (empty, f"Left out: {_many(empty, 'row')} with nothing but separators"),
            (repeated, f"Left out: {_many(repeated, 'repeated header')}"),
        )
        if lines
    ]
    return out.getvalue().encode(), notes


def _many(lines: Sequence[int], what: str) -> str:
    return f"{len(lines):,} {what}" + ("" if len(lines) == 1 else "s")


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}"
