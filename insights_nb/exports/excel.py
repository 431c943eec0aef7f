"""Frames as Excel files: typed cells, no formulas, and a sheet that says what they mean."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights_nb._version import __version__
from insights_nb.errors import FrameError, MissingPackageError
from insights_nb.exports.cells import Cells
from insights_nb.exports.csv import save
from insights_nb.exports.guard import guard
from insights_nb.exports.sidecar import Description, described, known_of
from insights_nb.frames import RATIO, Column

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from insights_nb.archive import Archive
    from insights_nb.selection import Selection

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384

# What XML, and so a sheet, cannot hold.
_UNHOLDABLE = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
# Excel reads this as the character of that number, wherever it stands.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST_TEXT = 32_767
# Excel keeps fifteen digits of a number.
_LARGEST = 10**15
_FORMATS = {
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "integer": "#,##0",
    "number": "#,##0.0##",
    RATIO: "0.0%",
}
_WIDEST, _LOOKED_AT = 60, 1_000
# Zip's first day: the same frame gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def to_excel(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    archive: Archive | None = None,
    selection: Selection | None = None,
    reports: Iterable[str] | None = None,
) -> Path:
    """Write a frame as an Excel file, with a second sheet on what it means and comes from.

    Needs openpyxl: ``python -m pip install 'insights-nb[excel]'``.

    Parameters
    ----------
    frame
        Any frame; of this package's, each column's meaning is known. An index that has a name
        becomes the first columns.
    path
        The file to write; one that is there is replaced when the new one is complete.
    archive, selection, reports
        As for `insights_nb.to_csv`.

    Returns
    -------
    pathlib.Path
        The file. Sheet ``Rows`` has a header and one row per row: dates are dates, counts numbers,
        ratios percent, missing cells empty, and no text is ever a formula. Sheet ``Sources`` has
        the columns' meanings, what was asked for, and the files with their hashes. The same frame
        and archive give the same bytes.

    Raises
    ------
    MissingPackageError
        If openpyxl is not installed.
    FrameError
        If the frame has more rows or columns than a sheet holds, or an archive is given and nobody
        says of which reports the frame is.
    WriteError
        If the file cannot be written; one that was there is unchanged.

    Examples
    --------
    >>> archive = inb.samples()  # doctest: +SKIP
    >>> inb.to_excel(inb.companies(archive), "companies.xlsx", archive=archive)  # doctest: +SKIP
    PosixPath('companies.xlsx')
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingPackageError(
            "An Excel file needs openpyxl, which is not installed. Install it with: python -m pip "
            "install 'insights-nb[excel]'. Without it, to_csv writes what every spreadsheet opens."
        ) from error
    if len(frame) >= MOST_ROWS:
        raise _too_large("rows", len(frame), MOST_ROWS - 1)
    about = known_of(frame, archive=archive, selection=selection, reports=reports)
    if len(about.columns) > MOST_COLUMNS:
        raise _too_large("columns", len(about.columns), MOST_COLUMNS)
    target = Path(path)
    book = Workbook(write_only=True)
    changed = _rows(book, about)
    _sources(book, about, changed)
    save(target, _bytes(book))
    return target


def _too_large(what: str, count: int, most: int) -> FrameError:
    return FrameError(
        f"The frame has {count:,} {what}, and an Excel sheet holds {most:,}. Write it with "
        "to_csv, or add it up or filter it first."
    )


def _rows(book: Workbook, about: Description) -> int:
    """Fill the first sheet; return how many texts it could not hold as they were."""
    sheet = _sheet(book, "Rows")
    width = len(about.columns)
    for place, (cells, column) in enumerate(about.columns):
        sheet.column_dimensions[_letters(place)].width = _width(cells, column)
    sheet.freeze_panes = "A2"
    count = len(about.columns[0][0].data) if about.columns else 0
    if width:
        sheet.auto_filter.ref = f"A1:{_letters(width - 1)}{count + 1}"
    writer = _Writer(sheet)
    sheet.append([writer.header(cells.name) for cells, _ in about.columns])
    formats = [_format(cells, column) for cells, column in about.columns]
    for values in zip(*(cells.data for cells, _ in about.columns), strict=True):
        sheet.append([writer.cell(*pair) for pair in zip(values, formats, strict=True)])
    return writer.changed


def _sources(book: Workbook, about: Description, changed: int) -> None:
    """Fill the second sheet."""
    sheet = _sheet(book, "Sources")
    for letter, width in zip("ABCDE", (32, 60, 16, 14, 66), strict=True):
        sheet.column_dimensions[letter].width = width
    writer = _Writer(sheet)
    for number, (heading, lines) in enumerate(_tables(about, changed)):
        if number:
            sheet.append([])
        sheet.append([writer.header(text) for text in heading])
        for line in lines:
            sheet.append([writer.cell(value, "") for value in line])


def _tables(about: Description, changed: int) -> Iterator[tuple[list[str], list[list[object]]]]:
    """Yield the second sheet's tables, each with its header."""
    yield ["What the rows are"], [list(pair) for pair in _whole(about, changed).items()]
    yield (
        ["Column", "Meaning", "Unit", "Type"],
        [
            [cells.name, described(column), column.unit, cells.kind]
            if column
            else [cells.name, "", "", cells.kind]
            for cells, column in about.columns
        ],
    )
    if about.files is not None:
        yield (
            ["File", "Report", "First period", "Last period", "SHA-256"],
            [
                [one["name"], one["title"], *_ends(one["periods"]), one["sha256"]]
                for one in about.files
            ],
        )


def _whole(about: Description, changed: int) -> dict[str, object]:
    made: dict[str, object] = {}
    if about.title:
        made |= {"Function": f"insights_nb.{about.title}", "One row is": about.row}
    made["Made by"] = f"insights_nb {__version__}"
    if about.query:
        made["Asked for"] = about.query
    for name, value in about.attributes.items():
        made[name] = value if isinstance(value, str | int | float) else json.dumps(value)
    if changed:
        noun = "text holds" if changed == 1 else "texts hold"
        made["Changed"] = (
            f"{changed} {noun} what a sheet cannot: control characters are \ufffd, and what is too "
            "long is cut. to_csv keeps both."
        )
    return made


def _ends(periods: list[str]) -> tuple[str, str]:
    return (periods[0], periods[-1]) if periods else ("", "")


class _Writer:
    """Makes a sheet's cells, and counts the texts that it has to change."""

    def __init__(self, sheet: WriteOnlyWorksheet) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        self._cell, self._bold = WriteOnlyCell, Font(bold=True)
        self._sheet = sheet
        self.changed = 0

    def header(self, text: str) -> Cell:
        cell = self._text(text)
        cell.font = self._bold
        return cell

    def cell(self, value: Any, style: str) -> Cell | None:  # noqa: ANN401 - what a frame holds
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return None
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.replace(tzinfo=None)
        if isinstance(value, int) and abs(value) >= _LARGEST:
            return self._text(str(value))
        cell = self._cell(self._sheet, value)
        if style:
            cell.number_format = style
        return cell

    def _text(self, text: str) -> Cell:
        plain = _UNHOLDABLE.sub("\ufffd", text.replace("\r\n", "\n"))
        if len(plain) > _LONGEST_TEXT:
            plain = plain[: _LONGEST_TEXT - 1] + "\ufffd"
        self.changed += plain != text
        cell = self._cell(self._sheet, _ESCAPE.sub("_x005F_", plain))
        # Set by hand: openpyxl takes what begins with "=" for a formula, "#N/A" for an error.
        cell.data_type = "s"
        if guard(text) != text:
            # Or Excel would make it one as soon as somebody edits the cell.
            cell.quotePrefix = True
        return cell


def _sheet(book: Workbook, title: str) -> Any:  # noqa: ANN401 - the stubs say it is any sheet
    return book.create_sheet(title)


def _format(cells: Cells, column: Column | None) -> str:
    if cells.kind == "number" and column is not None and column.unit == RATIO:
        return _FORMATS[RATIO]
    return _FORMATS.get(cells.kind, "")


def _width(cells: Cells, column: Column | None) -> float:
    style = _format(cells, column)
    shown = 12 if style else 8
    if cells.kind == "text":
        shown = max((len(str(value)) for value in cells.data[:_LOOKED_AT] if value), default=0)
    # Beside the header stands the filter's button.
    return float(min(_WIDEST, max(shown, len(cells.name) + 3) + 2))


def _letters(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(place + 1)


def _bytes(book: Workbook) -> bytes:
    """Save a workbook without the time at which that was."""
    first, second = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(second, "w") as kept:
        for name in made.namelist():
            data = made.read(name)
            if name == "docProps/core.xml":
                data = _TIMES.sub(rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, data)
    return second.getvalue()
