"""A publisher's own events: releases, campaigns, outages, written down in a CSV file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import unquote_plus

import pandas as pd

from insights_nb.errors import (
    EventDateError,
    EventLabelError,
    EventRepositoryError,
    EventsHeaderError,
    EventsRowError,
    EventUrlError,
    ReadError,
)
from insights_nb.reading.lists import HandWritten, Line

_EVENTS = HandWritten(
    "event", "events", ("date", "label"), EventsHeaderError, EventsRowError, ("repository", "url")
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
    """An event's URL holds what lets somebody in; every page with the event would show it."""

    def __init__(self, file: str, what: str, *, line: int, column: str) -> None:
        # The address itself is left out: this sentence is shown to whoever looks at the page.
        super().__init__(
            file,
            f"the web address holds {what}, and every page with this event shows it to its "
            "readers. Write the address without, or leave it empty.",
            line=line,
            column=column,
        )


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
        begins with http:// or https://, and holds no user name, password, token or signature.

    Raises
    ------
    ReadError
        If the file cannot be read. `EventsHeaderError`, `EventsRowError`, `EventDateError`,
        `EventLabelError`, `EventRepositoryError`, `EventUrlError` and `EventSecretError` name the
        line, and the
        column where it is one value.

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
        raise EventLabelError(name, line=number, column=headers["label"])
    repository, url = given.get("repository"), given.get("url")
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise EventRepositoryError(name, repository, line=number, column=headers["repository"])
    secret = _secret(url or "")
    if secret:
        raise EventSecretError(name, secret, line=number, column=headers["url"])
    if url is not None and not (_URL.fullmatch(url) and url.isprintable()):
        raise EventUrlError(name, url, line=number, column=headers["url"])
    day = _day(given["date"] or "")
    if day is None:
        raise EventDateError(name, given["date"] or "", line=number, column=headers["date"])
    return given | {"date": day}


def _secret(url: str) -> str:
    """Say in words which credential an address holds; empty where it holds none."""
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
