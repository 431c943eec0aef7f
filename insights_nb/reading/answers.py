"""The pull-data API's JSON answers, as the fields of a table."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from insights_nb.errors import ReadError, SelectionError
from insights_nb.limits import COLUMNS
from insights_nb.periods import GRANULARITIES, Period
from insights_nb.reading.sizes import OverLimitError
from insights_nb.reading.table import Place

_FIELDS = ("start", "end", "repo", "namespace", "pullCount", "ipCount", "country", "repository")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=T|\Z)")
_REPOSITORY = re.compile(r"[^\s/]+/[^\s/]+")
_COMPLAINTS = ("detail", "message", "error", "errinfo", "title")


@dataclass(frozen=True)
class Answer:
    """An answer's entries, and which of them a row was.

    `stated` is the repository that was named because some of them name none.
    """

    name: str
    header: tuple[str, ...]
    entries: tuple[str, ...]
    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    stated: str = ""

    def line(self, row: int) -> None:
        """Return nothing: JSON has no lines worth naming."""

    def place(self, row: int, header: str) -> Place:
        """Return where a value stands: ``pulls[3].pullCount``."""
        return {"line": None, "column": f"{self.entries[row]}.{header}"}


def read_answer(
    answer: Any,  # noqa: ANN401 - any JSON
    name: str,
    namespace: str | None,
    repository: str | None = None,
) -> Answer:
    """Spread points out into fields, however they are packed.

    ``{"pulls": […]}`` and ``{"repos": {"a/b": {"pulls": […]}}}`` are answers of the API; a list of
    points, one point or answer a line, and points by the date of their period (``{"2026-09-13":
    {"pullCount": 1000}}``) are what people save of them.

    Parameters
    ----------
    answer
        The JSON.
    name
        What to call it in messages.
    namespace, repository
        What was asked for, where the points do not say.

    Raises
    ------
    ReadError
        If it is another kind of answer, or its points are of no repository.
    """
    points = [*_points(answer, name)]
    rows = [
        {**point.fields} | {"repository": _full_name(point, namespace, repository)}
        for point in points
    ]
    whole = _check_names(rows, points, name)
    # Every field that any entry has, so that an unknown one is kept.
    header = tuple(dict.fromkeys([*_FIELDS, *(key for row in rows for key in row)]))
    if len(header) > COLUMNS.value:
        raise OverLimitError(name, f"its entries have {len(header):,} fields", COLUMNS)
    columns = {
        str(index): pl.Series([_text(row.get(field)) for row in rows], dtype=pl.String)
        for index, field in enumerate(header)
    }
    entries = tuple(point.place for point in points)
    notes = dict.fromkeys([*(point.note for point in points), whole])
    stated = ""
    if repository and any(_full_name(point, namespace, None) is None for point in points):
        stated = repository
        notes[f"Its points name no repository; read as those of {repository}, as stated."] = None
    return Answer(name, header, entries, pl.DataFrame(columns), tuple(filter(None, notes)), stated)


def check_repository(repository: str | None) -> None:
    """Refuse what names no repository.

    Raises
    ------
    SelectionError
        If it is not of the form ``acme/web``.
    """
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise SelectionError(
            f"{repository!r} names no repository. Write NAMESPACE/REPOSITORY, such as acme/web."
        )


def no_pull_data(name: str, seen: str) -> ReadError:
    """Return the error for JSON without pull data."""
    return ReadError(
        name,
        f'this JSON has no pull data: {seen}. Expected {{"pulls": […]}} or '
        '{"repos": {"a/b": {"pulls": […]}}}, a list of points with start and pullCount, or points '
        "by the date of their week or month.",
    )


class _Point(NamedTuple):
    """One period's counts: where they stand, whose they are if that stands outside, and a note."""

    place: str
    outer: str | None
    fields: Mapping[str, Any]
    note: str = ""


def _points(answer: Any, name: str) -> Iterator[_Point]:  # noqa: ANN401
    if isinstance(answer, list) and answer:
        yield from _of_list(answer, name)
    elif not isinstance(answer, dict):
        raise no_pull_data(name, f"it is {_called(answer)}")
    elif "repos" in answer:
        yield from _by_repository(answer["repos"], name)
    elif "pulls" in answer:
        yield from _of_list(answer["pulls"] or [], name, "pulls")
    elif answer and all(map(_DAY.match, answer)):
        yield from _by_date(answer, name)
    else:
        for key in _COMPLAINTS:
            if isinstance(answer.get(key), str):
                raise no_pull_data(name, f"it says {answer[key][:200]!r}")
        raise no_pull_data(name, f"its fields are {', '.join(answer) or 'none'}"[:200])


def _of_list(answer: Any, name: str, place: str = "") -> Iterator[_Point]:  # noqa: ANN401
    """Yield the points of a list, or of the answers in it."""
    if not isinstance(answer, list):
        raise no_pull_data(name, f"its {place} are {_called(answer)}")
    for index, entry in enumerate(answer):
        if not isinstance(entry, dict):
            within = f" of its {place}" if place else ""
            raise no_pull_data(name, f"entry {index}{within} is {_called(entry)}")
        where = f"{place}[{index}]"
        if place or not {"repos", "pulls"} & entry.keys():
            yield _Point(where, None, entry)
            continue
        for point in _points(entry, name):
            yield point._replace(place=f"{where}.{point.place}")


def _by_repository(repos: Any, name: str) -> Iterator[_Point]:  # noqa: ANN401
    if not isinstance(repos, dict | None):
        raise no_pull_data(name, f"its repos are {_called(repos)}")
    for repository, inner in (repos or {}).items():
        if inner is None:
            continue
        if not isinstance(inner, dict) or "pulls" not in inner:
            raise no_pull_data(name, f"repos[{repository[:80]!r}] has no pulls")
        for point in _of_list(inner["pulls"] or [], name, "pulls"):
            yield point._replace(place=f"repos[{repository!r}].{point.place}", outer=repository)


def _by_date(answer: Mapping[str, Any], name: str) -> Iterator[_Point]:
    """Yield points that are kept by a day of their period: its first, or as the API ends it.

    Raises
    ------
    ReadError
        If the days are those of no periods, or of several kinds.
    """
    days = {key: _day(key, name) for key in answer}
    readings: dict[str, dict[str, Period]] = {}
    for granularity in GRANULARITIES:
        periods = {key: Period.containing(day, granularity) for key, day in days.items()}
        if all(periods[key].start == day for key, day in days.items()):
            readings[f"by the first day of their {granularity}s"] = periods
        if all(periods[key].last_day == day for key, day in days.items()):
            readings[f"by the last day of their {granularity}s"] = periods
    if len(readings) != 1:
        first = next(iter(answer))
        seen = f"its points are kept by dates such as {first[:40]!r}, which are "
        seen += " or ".join(readings) if readings else "neither weeks nor months"
        raise no_pull_data(name, seen)
    ((how, periods),) = readings.items()
    for key, period in periods.items():
        entry = answer[key]
        # A bare number is a count of pulls, as somebody noted it down.
        fields = entry if isinstance(entry, dict) else {"pullCount": entry}
        dates = {"start": period.start.isoformat(), "end": period.last_day.isoformat()}
        note = f"Its points are kept {how}: {next(iter(answer))[:40]} is {_first(periods)}."
        yield _Point(f"[{key!r}]", None, fields | dates, note)


def _first(periods: Mapping[str, Period]) -> str:
    return next(iter(periods.values())).label


def _day(text: str, name: str) -> dt.date:
    found = _DAY.match(text)
    try:
        return dt.date.fromisoformat(found[0] if found else text)
    except ValueError as error:
        raise no_pull_data(name, f"{text[:40]!r} is no date") from error


def _full_name(point: _Point, namespace: str | None, repository: str | None) -> object:
    entry = point.fields
    if point.outer:
        return point.outer
    repo, owner = entry.get("repo"), entry.get("namespace") or namespace
    if entry.get("repository") or not isinstance(repo, str) or not repo:
        return entry.get("repository") or repository
    return repo if "/" in repo or not owner else f"{owner}/{repo}"


def _check_names(rows: Sequence[Mapping[str, Any]], points: Sequence[_Point], name: str) -> str:
    """Return a note on points of a whole namespace.

    Raises
    ------
    ReadError
        If a point names neither a repository nor a namespace.
    """
    whole = False
    for row, point in zip(rows, points, strict=True):
        if row["repository"]:
            continue
        if not row.get("namespace"):
            raise ReadError(
                name,
                "its points name no repository. Name it, as in --repository acme/web "
                "(repository= in Python).",
                column=point.place,
            )
        whole = True
    return "Its points are of a whole namespace: no page shows them." if whole else ""


def _text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    # Numbers come as they are written; true, lists and objects are refused where a count stands.
    return json.dumps(value, ensure_ascii=False)


def _called(value: Any) -> str:  # noqa: ANN401
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "an object")
