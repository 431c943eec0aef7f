"""The pull-data API's JSON answers, as the fields of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from insights_nb.errors import ReadError
from insights_nb.limits import COLUMNS
from insights_nb.reading.sizes import OverLimitError
from insights_nb.reading.table import Place

_FIELDS = ("start", "end", "repo", "namespace", "pullCount", "ipCount", "country", "repository")
_COMPLAINTS = ("detail", "message", "error", "errinfo", "title")


@dataclass(frozen=True)
class Answer:
    """An answer's entries, and which of them a row was."""

    name: str
    header: tuple[str, ...]
    entries: tuple[str, ...]
    frame: pl.DataFrame

    def line(self, row: int) -> None:
        """Return nothing: JSON has no lines worth naming."""

    def place(self, row: int, header: str) -> Place:
        """Return where a value stands: ``pulls[3].pullCount``."""
        return {"line": None, "column": f"{self.entries[row]}.{header}"}


def read_answer(answer: Any, name: str, namespace: str | None) -> Answer:  # noqa: ANN401 - any JSON
    """Spread ``{"pulls": […]}`` or ``{"repos": {"a/b": {"pulls": […]}}}`` out into fields.

    `namespace` is the one that was asked for, where the entries lack theirs.

    Raises
    ------
    ReadError
        If it is another kind of answer.
    """
    rows: list[Mapping[str, Any]] = []
    entries: list[str] = []
    for place, outer, entry in _entries(answer, name):
        entries.append(place)
        rows.append(entry | {"repository": _full_name(entry, outer, namespace)})
    # Every field that any entry has, so that an unknown one is kept.
    header = tuple(dict.fromkeys([*_FIELDS, *(key for row in rows for key in row)]))
    if len(header) > COLUMNS.value:
        raise OverLimitError(name, f"its entries have {len(header):,} fields", COLUMNS)
    columns = {
        str(index): pl.Series([_text(row.get(field)) for row in rows], dtype=pl.String)
        for index, field in enumerate(header)
    }
    return Answer(name, header, tuple(entries), pl.DataFrame(columns))


def no_pull_data(name: str, seen: str) -> ReadError:
    """Return the error for JSON without pull data."""
    return ReadError(
        name,
        f'this JSON has no pull data: {seen}. Expected {{"pulls": […]}} or '
        '{"repos": {"a/b": {"pulls": […]}}}. Ask the API again, or download the report.',
    )


def _entries(answer: Any, name: str) -> Iterator[tuple[str, str | None, dict[str, Any]]]:  # noqa: ANN401
    if not isinstance(answer, dict):
        raise no_pull_data(name, f"it is {_called(answer)}")
    if "repos" in answer:
        yield from _by_repository(answer["repos"], name)
    elif "pulls" in answer:
        for index, entry in _listed(answer["pulls"], name):
            yield f"pulls[{index}]", None, entry
    else:
        for key in _COMPLAINTS:
            if isinstance(answer.get(key), str):
                raise no_pull_data(name, f"it says {answer[key][:200]!r}")
        raise no_pull_data(name, f"its fields are {', '.join(answer) or 'none'}"[:200])


def _by_repository(repos: Any, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:  # noqa: ANN401
    if not isinstance(repos, dict | None):
        raise no_pull_data(name, f"its repos are {_called(repos)}")
    for repository, inner in (repos or {}).items():
        if inner is None:
            continue
        if not isinstance(inner, dict) or "pulls" not in inner:
            raise no_pull_data(name, f"repos[{repository[:80]!r}] has no pulls")
        for index, entry in _listed(inner["pulls"], name):
            yield f"repos[{repository!r}].pulls[{index}]", repository, entry


def _listed(pulls: Any, name: str) -> Iterator[tuple[int, dict[str, Any]]]:  # noqa: ANN401
    # The API writes null where nothing was pulled.
    if not isinstance(pulls, list | None):
        raise no_pull_data(name, f"its pulls are {_called(pulls)}")
    for index, entry in enumerate(pulls or []):
        if not isinstance(entry, dict):
            raise no_pull_data(name, f"entry {index} of its pulls is {_called(entry)}")
        yield index, entry


def _full_name(entry: Mapping[str, Any], outer: str | None, namespace: str | None) -> object:
    if outer:
        return outer
    repo, owner = entry.get("repo"), entry.get("namespace") or namespace
    if entry.get("repository") or not isinstance(repo, str) or not repo:
        return entry.get("repository")
    return repo if "/" in repo or not owner else f"{owner}/{repo}"


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
