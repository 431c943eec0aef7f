"""Small CSV files that a publisher writes by hand: their header, and each line's values."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from insights_nb.errors import ReadError
from insights_nb.reading.resaved import resaved
from insights_nb.reading.sniffing import load, sniff
from insights_nb.reading.table import QuoteError, records
from insights_nb.schema import match_key

# Each line's number and its fields.
_Table: TypeAlias = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Line:
    """One line of such a file.

    Parameters
    ----------
    number
        Which it is, from 1.
    texts
        Column → what is written there; None where that is nothing.
    headers
        Column → how the file spells it.
    """

    number: int
    texts: dict[str, str | None]
    headers: dict[str, str]


@dataclass(frozen=True)
class HandWritten:
    """What such a file may say.

    Parameters
    ----------
    one, several
        What a line is about.
    needed
        Columns that have to be there.
    header_remedy, quotes_remedy
        How to write the header, and a value with a comma, in sentences.
    optional
        Further columns.
    aliases
        What else a column may be called → the column.
    """

    one: str
    several: str
    needed: tuple[str, ...]
    header_remedy: str
    quotes_remedy: str
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.optional)

    def lines(self, path: str | Path, notes: list[str] | None = None) -> Iterator[Line]:
        """Yield the lines below the header, blank ones left out.

        Parameters
        ----------
        path
            The file, as people have such files: other separators and encodings are understood.
        notes
            A list to add to what was understood how.

        Raises
        ------
        ReadError
            If the file cannot be read, or a line of it not be split.
        """
        name = str(path)
        (_, header), *lines = _without_empty(self._table(name, load(path), notes))
        columns = self._columns(name, header)
        headers = dict(zip(columns, header, strict=True))
        for number, fields in lines:
            if len(fields) != len(header):
                seen = f"the line has {len(fields)} fields, the header {len(header)}"
                raise self._row_error(name, seen, line=number)
            # Optional columns may be left out or empty.
            texts = {column: field or None for column, field in zip(columns, fields, strict=True)}
            yield Line(number, texts, headers)

    def _table(self, name: str, data: bytes, notes: list[str] | None) -> _Table:
        """Return each line's number and its fields; the first is the header."""
        plain = data.removeprefix(codecs.BOM_UTF8).lstrip()
        if not plain:
            raise self._header_error(name, "the file is empty")
        if plain[:1] in (b"{", b"["):
            raise self._header_error(name, "the file is JSON, not CSV")
        content = sniff(data, name)
        known = {match_key(each) for each in (*self.columns, *(self.aliases or {}))}
        content = resaved(content, known) or content
        if notes is not None:
            notes += content.notes
        try:
            found = [
                (line, [field.strip() for field in fields])
                for line, _, fields in records(name, content.text)
            ]
        except QuoteError as error:
            # It speaks of reports, which are downloaded again; this file is written by hand.
            seen = f"the quotes of the {self.one} that starts here are misplaced or do not close"
            raise self._row_error(name, seen, line=error.line or 1) from error
        # A spreadsheet saves an empty row as commas.
        return [(line, fields) for line, fields in found if any(fields)]

    def _columns(self, name: str, header: Sequence[str]) -> list[str]:
        """Return which column each field is."""
        called = {match_key(alias): column for alias, column in (self.aliases or {}).items()}
        called |= {match_key(column): column for column in self.columns}
        columns = [called.get(match_key(field), field.casefold()) for field in header]
        if missing := [column for column in self.needed if column not in columns]:
            seen = f"the first line has no column {' and no column '.join(missing)}"
            raise self._header_error(name, seen)
        for name, column in zip(header, columns, strict=True):
            if column not in self.columns:
                close = difflib.get_close_matches(column, self.columns, n=1, cutoff=0.5)
                hint = f", perhaps meant as {close[0]}" if close else ""
                seen = f"the column {name[:60]!r} is none that {self.several} have{hint}"
                raise self._header_error(name, seen)
            if columns.count(column) > 1:
                raise self._header_error(name, f"the column {column} is there twice")
        return columns

    def _header_error(self, name: str, seen: str) -> ReadError:
        return ReadError(name, f"{seen}. {self.header_remedy}", line=1)

    def _row_error(self, name: str, seen: str, *, line: int) -> ReadError:
        return ReadError(name, f"{seen}. {self.quotes_remedy}", line=line)


def _without_empty(table: _Table) -> _Table:
    """Leave out columns that have neither name nor values, as spreadsheets add them."""
    header = table[0][1]
    kept = [
        place
        for place, name in enumerate(header)
        if name or any(len(fields) > place and fields[place] for _, fields in table)
    ]
    if len(kept) == len(header):
        return table
    # A line of another width keeps it, to be refused.
    return [
        (line, [fields[place] for place in kept] if len(fields) == len(header) else fields)
        for line, fields in table
    ]
