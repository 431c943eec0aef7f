"""Frames as CSV that a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, overload

from insights_nb.errors import WriteError
from insights_nb.exports.cells import Cells, cells_of
from insights_nb.exports.guard import guard
from insights_nb.exports.sidecar import SIDECAR, sidecar
from insights_nb.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.archive import Archive
    from insights_nb.selection import Selection

_AS_THEY_ARE = frozenset({"integer", "number", "boolean"})

BOM = b"\xef\xbb\xbf"
"""Without it Excel guesses the encoding."""


@overload
def to_csv(frame: pd.DataFrame, path: None = None, *, raw: bool = False) -> str: ...


@overload
def to_csv(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    raw: bool = False,
    archive: Archive | None = None,
    selection: Selection | None = None,
    reports: Iterable[str] | None = None,
) -> Path: ...


def to_csv(
    frame: pd.DataFrame,
    path: str | os.PathLike[str] | None = None,
    *,
    raw: bool = False,
    archive: Archive | None = None,
    selection: Selection | None = None,
    reports: Iterable[str] | None = None,
) -> str | Path:
    """Write a frame as CSV, and beside it what its numbers mean and where they come from.

    Parameters
    ----------
    frame
        Any frame; of this package's, each column's meaning is known. An index that has a name
        becomes the first columns.
    path
        The file to write; one that is there is replaced when the new one is complete. Without it
        the text is returned and no file written.
    raw
        For machines: leave text as it is, and write no byte order mark. Otherwise a text, or a
        header, that a spreadsheet would run as a formula gets an apostrophe in front.
    archive
        Where the numbers come from: the files that count are listed with their hashes.
    selection
        What was asked for; also tells the time range of a frame without periods.
    reports
        Which report kinds the numbers come from, where the frame is not one of this package's.

    Returns
    -------
    str or pathlib.Path
        The text, or the file. A header line and one line per row, ISO dates, missing values
        empty; UTF-8, lines end with CRLF (RFC 4180). The second file has the same name with
        ``-metadata.json`` after it (W3C, Metadata Vocabulary for Tabular Data). The same frame and
        archive give the same bytes.

    Raises
    ------
    FrameError
        If an archive is given and nobody says of which reports the frame is.
    WriteError
        If a file cannot be written; one that was there is unchanged.

    Examples
    --------
    >>> archive = inb.samples()  # doctest: +SKIP
    >>> view = inb.Selection(granularity="month", months=12)  # doctest: +SKIP
    >>> inb.to_csv(
    ...     inb.pulls(archive, view), "pulls.csv", archive=archive, selection=view
    ... )  # doctest: +SKIP
    PosixPath('pulls.csv')
    """
    text = _text(cells_of(frame), raw=raw)
    if path is None:
        return text
    target = Path(path)
    content = to_bytes(text, raw=raw)
    sentence = sidecar(
        frame, target.name, content, raw=raw, archive=archive, selection=selection, reports=reports
    )
    # First what explains the numbers: they are never there without it.
    save(target.with_name(target.name + SIDECAR), sentence.encode())
    save(target, content)
    return target


def to_bytes(text: str, *, raw: bool = False) -> bytes:
    """Return a CSV text as it stands in a file."""
    content = text.encode("utf-8", "replace")
    return content if raw else BOM + content


def save(path: Path, content: bytes) -> None:
    """Write a file whole.

    Raises
    ------
    WriteError
        If that is not possible.
    """
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent}")
        write_atomically(path, lambda file: file.write(content))
    except OSError as error:
        raise WriteError(
            f"{path} cannot be written: {error.strerror or error}. A file that was there is "
            "unchanged. Free space, or name a file in a folder that exists and that you may write "
            "to."
        ) from error


def _text(columns: list[Cells], *, raw: bool) -> str:
    # Names recur in every period, and so do days. Of other types: 1 is True, too.
    made = lru_cache(maxsize=4096, typed=True)(partial(_written, raw=raw))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([made(column.name) for column in columns])
    listed = [
        column.data if column.kind in _AS_THEY_ARE else map(made, column.data) for column in columns
    ]
    writer.writerows(zip(*listed, strict=True))
    return out.getvalue()


def _written(value: object, *, raw: bool) -> object:
    if isinstance(value, str):
        return value if raw else guard(value)
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else value
