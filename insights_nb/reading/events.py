"""A publisher's own events: releases, campaigns, outages, written down in a CSV file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import unquote_plus

import pandas as pd

from insights_nb.errors import ReadError
from insights_nb.reading.lists import HandWritten, Line
from insights_nb.texts import quoted

_EVENTS = HandWritten(
    one="event",
    several="events",
    needed=("date", "label"),
    optional=("repository", "url"),
    header_remedy="Begin a file of events with the line date,label or date,label,repository,url, "
    "separated by commas.",
    quotes_remedy="Put a text with a comma or a quote in quotes, and double the quotes "
    'inside it: "1.0, ""final""".',
)
# Python's own parser also takes 20261116 and 2026-W47-1, and digits of any script.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REPOSITORY = re.compile(r"[^\s/]+/[^\s/]+")
_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
# Browsers take a backslash for a slash.
_WHO = re.compile(r"//[^/\\?#]*@")
# Names of parameters by which addresses are signed, or let somebody in; not such as key or code,
# which are about anything.
_SECRET = re.compile(
    r".*(token|secret|signature|passw(or)?d|credentials?|jwt)|sig|sign|pass|pwd|pw|auth|authorization"
    r"|(api|access|auth|private|subscription)[_-]?key|(x-(amz|goog)-).*|awsaccesskeyid|sas|s(ess(ion)?)?id"
    r"|session",
)


class EventSecretError(ReadError):
    """An event's URL contains a credential; every page with the event would show it."""

    def __init__(self, file: str, what: str, *, line: int, column: str) -> None:
        # The address itself is left out: this sentence is shown to whoever looks at the page.
        super().__init__(
            file,
            f"the web address contains {what}, and every page with this event shows it to its "
            "readers. Write the address without, or leave it empty.",
            line=line,
            column=column,
        )


def read_events(path: str | Path) -> pd.DataFrame:
    """Read a file of events: what happened when.

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
        begins with http:// or https://, and has no user name, password, token or signature.

    Raises
    ------
    ReadError
        If the file cannot be read, or a value of it is wrong; it names the line, and the
        column where it is one value. `EventSecretError` if a URL would let somebody in.

    Examples
    --------
    >>> read_events("events.csv")  # doctest: +SKIP
            date        label repository                      url
    0 2026-09-08  2.0 is out   acme/web  https://acme.example/2.0
    """
    events = [_event(str(path), line) for line in _EVENTS.lines(path)]
    columns = [*_EVENTS.columns]
    frame = pd.DataFrame(events, columns=columns)
    frame = frame.astype({"date": "datetime64[s]"} | dict.fromkeys(columns[1:], "str"))
    return frame.sort_values("date", kind="stable", ignore_index=True)


def _event(name: str, line: Line) -> dict[str, object]:
    given, headers, number = line.texts, line.headers, line.number
    if given["label"] is None:
        raise ReadError(
            name,
            "the event has no label. Write in a few words what it was.",
            line=number,
            column=headers["label"],
        )
    repository, url = given.get("repository"), given.get("url")
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise ReadError(
            name,
            f"{quoted(repository)} names no repository. Write NAMESPACE/REPOSITORY, such as "
            "acme/web, or leave it empty where the event is about all of them.",
            line=number,
            column=headers["repository"],
        )
    secret = _secret(url or "")
    if secret:
        raise EventSecretError(name, secret, line=number, column=headers["url"])
    if url is not None and not (_URL.fullmatch(url) and url.isprintable()):
        raise ReadError(
            name,
            f"{quoted(url)} is no web address. Write it in full, beginning with https:// or "
            "http://, or leave it empty.",
            line=number,
            column=headers["url"],
        )
    day = _day(given["date"] or "")
    if day is None:
        raise ReadError(
            name,
            f"{quoted(given['date'] or '')} is no date. Write year, month and day, as in "
            "2026-11-16; in a spreadsheet, format the column as text first.",
            line=number,
            column=headers["date"],
        )
    return given | {"date": day}


def _secret(url: str) -> str:
    """Return in words which credential an address contains; empty where it has none."""
    if _WHO.search(url):
        return "a user name or password (before the @)"
    for part in re.split(r"[?&;#]", url)[1:]:
        parameter = unquote_plus(part.partition("=")[0]).strip()
        if _SECRET.fullmatch(parameter.casefold()):
            return f"what looks like a credential ({parameter}=…)"
    return ""


def _day(text: str) -> dt.date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
