"""Lists of values as parameters of a link."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

# As the reports write what is missing; no value is read as this text.
_MISSING = "\\N"


def join(values: Iterable[str | None]) -> str:
    """Write values as one parameter, before URL encoding; None is a value that is missing."""
    return ",".join(_MISSING if value is None else _escape(value) for value in values)


def split(text: str) -> list[str | None]:
    """Read what `join` wrote; empty values and repetitions are left out."""
    parts = [part for part in text.split(",") if part]
    values = [None if part == _MISSING else unquote(part) for part in parts]
    return list(dict.fromkeys(values))


def _escape(value: str) -> str:
    return value.replace("%", "%25").replace(",", "%2C")
