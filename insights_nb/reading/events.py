"""A publisher's own events: releases, campaigns, outages, written down in a CSV file."""

from __future__ import annotations

import codecs
import datetime as dt
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from insights_nb.errors import (
    CutFileError,
    EventDateError,
    EventLabelError,
    EventRepositoryError,
    EventsHeaderError,
    EventsRowError,
    EventUrlError,
    QuoteError,
)
from insights_nb.reading.sniffing import load, sniff
from insights_nb.reading.table import records

_NEEDED = ("date", "label")
_COLUMNS = (*_NEEDED, "repository", "url")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# Python's own parser also takes 20261116 and 2026-W47-1, and digits of any script.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REPOSITORY = re.compile(r"[^\s/]+/[^\s/]+")
_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


def read_events(path: str | Path) -> pd.DataFrame:
    """Read a file of events: what happened when, to be held against the pulls.

    Parameters
    ----------
    path
        A CSV file in UTF-8, plain or gzip. Its first line names the columns, in any order and
        letter case: ``date`` (as 2026-11-16) and ``label`` (a few words); where wanted
        ``repository`` (NAMESPACE/REPOSITORY, empty for an event about all of them) and ``url``
        (where to read more). Blank lines are passed over, and spaces around a value.

    Returns
    -------
    pandas.DataFrame
        One row per event, oldest first and in the file's order on one day: ``date``
        (``datetime64[s]``), ``label``, ``repository``, ``url`` (text; the last two missing where
        the file has none). Texts are kept as they are written and mean nothing but text; a `url`
        begins with http:// or https://.

    Raises
    ------
    ReadError
        If the file cannot be read. `EventsHeaderError`, `EventsRowError`, `EventDateError`,
        `EventLabelError`, `EventRepositoryError` and `EventUrlError` name the line, and the
        column where it is one value.

    Examples
    --------
    >>> read_events("events.csv")  # doctest: +SKIP
            date        label repository                      url
    0 2026-09-08  2.0 is out   acme/web  https://acme.example/2.0
    """
    name = str(path)
    (_, header), *lines = _table(name, load(path))
    columns = _columns(name, header)
    events = [_event(name, line, fields, header, columns) for line, fields in lines]
    frame = pd.DataFrame(events, columns=list(_COLUMNS))
    frame = frame.astype({"date": "datetime64[s]"} | dict.fromkeys(_COLUMNS[1:], "str"))
    return frame.sort_values("date", kind="stable", ignore_index=True)


def _table(name: str, data: bytes) -> list[tuple[int, list[str]]]:
    """Return each line's number and its fields; the first is the header."""
    plain = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if not plain:
        raise EventsHeaderError(name, "the file is empty")
    if plain[:1] in (b"{", b"["):
        raise EventsHeaderError(name, "the file is JSON, not CSV")
    text = sniff(data, name).text
    try:
        found = [
            (line, [field.strip() for field in fields]) for line, _, fields in records(name, text)
        ]
    except (CutFileError, QuoteError) as error:
        # Those speak of reports, which are downloaded again; events are written by hand.
        seen = "the quotes of the event that starts here are misplaced or do not close"
        raise EventsRowError(name, seen, line=error.line or 1) from error
    # A spreadsheet saves an empty row as commas.
    return [(line, fields) for line, fields in found if any(fields)]


def _columns(name: str, header: Sequence[str]) -> list[str]:
    """Tell which column each field is."""
    columns = [field.casefold() for field in header]
    line = ",".join(header)
    for separator, words in _SEPARATORS.items():
        if separator in line and not {*_NEEDED} <= {*columns}:
            raise EventsHeaderError(name, f"the fields are separated by {words}, not by commas")
    if missing := [column for column in _NEEDED if column not in columns]:
        seen = f"the first line has no column {' and no column '.join(missing)}"
        raise EventsHeaderError(name, seen)
    for field, column in zip(header, columns, strict=True):
        if column not in _COLUMNS:
            close = difflib.get_close_matches(column, _COLUMNS, n=1, cutoff=0.5)
            hint = f", perhaps meant as {close[0]}" if close else ""
            seen = f"the column {field[:60]!r} is none that events have{hint}"
            raise EventsHeaderError(name, seen)
        if columns.count(column) > 1:
            raise EventsHeaderError(name, f"the column {column} is there twice")
    return columns


def _event(
    name: str, line: int, fields: Sequence[str], header: Sequence[str], columns: Sequence[str]
) -> dict[str, object]:
    if len(fields) != len(header):
        seen = f"the line has {len(fields)} fields, the header {len(header)}"
        raise EventsRowError(name, seen, line=line)
    headers = dict(zip(columns, header, strict=True))
    # Optional columns may be left out or empty.
    given: dict[str, str | None] = {
        column: field or None for column, field in zip(columns, fields, strict=True)
    }
    if given["label"] is None:
        raise EventLabelError(name, line=line, column=headers["label"])
    repository, url = given.get("repository"), given.get("url")
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise EventRepositoryError(name, repository, line=line, column=headers["repository"])
    if url is not None and not _URL.fullmatch(url):
        raise EventUrlError(name, url, line=line, column=headers["url"])
    day = _day(given["date"] or "")
    if day is None:
        raise EventDateError(name, given["date"] or "", line=line, column=headers["date"])
    return given | {"date": day}


def _day(text: str) -> dt.date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
