"""A publisher's own events: releases, campaigns, outages, written down in a CSV file."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import unquote_plus

import pandas as pd
import polars as pl

from insights_nb.errors import ReadError
from insights_nb.reading import day_orders
from insights_nb.reading.day_orders import Days
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
    aliases={
        "day": "date",
        "event": "label",
        "title": "label",
        "name": "label",
        "repo": "repository",
        "link": "url",
    },
)
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
        A CSV file. Its first line names the columns, in any order and
        letter case: ``date`` (as 2026-11-16) and ``label`` (a few words); where wanted
        ``repository`` (NAMESPACE/REPOSITORY, empty for an event about all of them) and ``url``
        (where to read more). Blank lines are passed over, and spaces around a value. A file that
        a spreadsheet saved is read as a report is (`insights_nb.read_report`), other orders of
        day and month too where only one fits every date.

    Returns
    -------
    pandas.DataFrame
        One row per event, oldest first and in the file's order on one day: ``date``
        (``datetime64[s]``), ``label``, ``repository``, ``url`` (text; the last two missing where
        the file has none). Texts are kept as they are written and mean nothing but text; a `url`
        begins with http:// or https://, and has no user name, password, token or signature. What
        was understood how stands in `insights_nb.notes`.

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
    notes: list[str] = []
    lines = [*_EVENTS.lines(path, notes)]
    days = _days(str(path), lines, notes)
    events = [
        _event(str(path), line) | {"date": day} for line, day in zip(lines, days, strict=True)
    ]
    columns = [*_EVENTS.columns]
    frame = pd.DataFrame(events, columns=columns)
    frame = frame.astype({"date": "datetime64[s]"} | dict.fromkeys(columns[1:], "str"))
    frame = frame.sort_values("date", kind="stable", ignore_index=True)
    frame.attrs["notes"] = tuple(notes)
    return frame


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
    return {**given}


def _secret(url: str) -> str:
    """Return in words which credential an address contains; empty where it has none."""
    if _WHO.search(url):
        return "a user name or password (before the @)"
    for part in re.split(r"[?&;#]", url)[1:]:
        parameter = unquote_plus(part.partition("=")[0]).strip()
        if _SECRET.fullmatch(parameter.casefold()):
            return f"what looks like a credential ({parameter}=…)"
    return ""


def _days(name: str, lines: list[Line], notes: list[str]) -> list[dt.date]:
    """Return each event's day: all of them are written in one order.

    Raises
    ------
    ReadError
        If one is no date, or may be two.
    """
    texts = pl.Series([line.texts["date"] or "" for line in lines], dtype=pl.String)
    found = day_orders.understand({"date": texts.unique()}, [], []) if lines else Days({})
    if len(found.readings) > 1:
        for line, text in zip(lines, texts, strict=True):
            if len(readings := found.in_words("date", text)) > 1:
                raise ReadError(
                    name,
                    f"{quoted(text)} is {' or '.join(readings)}, and no other date of the file "
                    "decides which. Write year, month and day, as in 2026-11-16.",
                    line=line.number,
                    column=line.headers["date"],
                )
    for order, moments in found.readings.items():
        days = texts.replace_strict(moments["date"]["text"], moments["date"]["moment"].dt.date())
        if order != day_orders.YEAR_FIRST.name:
            notes.append(f"Its dates are written as {order}: {quoted(texts[0])} is {days[0]}.")
        return days.to_list()
    for line, text in zip(lines, texts, strict=True):
        if not day_orders.understand({"date": pl.Series([text])}, [], []).readings:
            raise ReadError(
                name,
                f"{quoted(text)} is no date. Write year, month and day, as in 2026-11-16.",
                line=line.number,
                column=line.headers["date"],
            )
    if lines:
        raise ReadError(
            name,
            f"its dates are not all in one order of day and month ({quoted(texts[0])}). Write "
            "year, month and day, as in 2026-11-16.",
            line=lines[0].number,
            column=lines[0].headers["date"],
        )
    return []
