"""The archive's ledger: one JSON line for each original that was added, never rewritten.

The ledger is the truth of an archive: a file that it does not name is not held. Lines are appended
last, after the files they name are safely on disk. Each ends with a check sum of itself, so that an
edited line is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from insights_nb.errors import LedgerAccessError, LedgerError
from insights_nb.files import is_kept, read_whole
from insights_nb.limits import LEDGER_BYTES
from insights_nb.periods import Granularity, Period

_CHECK = b', "check": "'
_DIGITS = 16


@dataclass(frozen=True)
class Entry:
    """One original file of the archive.

    Parameters
    ----------
    added
        When, as an ISO time in UTC.
    source
        Where it came from: the path as it was given, or the address without its query.
    sha256
        Hash of the original bytes: the same bytes twice are one report.
    size
        Length of the original in bytes.
    compression
        ``"gzip"`` where the original is compressed, else empty. It is kept as it came.
    original, parquet
        Paths below the archive's folder.
    parquet_sha256
        Hash of the Parquet file.
    kind
        Report kind as in `insights_nb.schema.REPORTS`, or ``"unknown"``.
    namespaces
        Publishers whose reports it holds.
    granularity, periods
        Which weeks or months, by label; empty where the file tells none.
    view
        What separates several reports of one kind and period that do not replace each other:
        ``"repository"`` and ``"reference"`` for the legacy summary, else empty.
    answer
        What the parts of one answer share. Of a report the newest answer counts.
    part, parts
        Which part of its answer it is, and how many there are.
    revisions
        How often the report had been revised, for each of `periods`: 0 for the first that came.
        One number where there are no periods.
    rows
        Rows read.
    notes
        What was odd about the file.
    """

    added: str
    source: str
    sha256: str
    size: int
    compression: str
    original: str
    parquet: str
    parquet_sha256: str
    kind: str
    namespaces: tuple[str, ...]
    granularity: Granularity | None
    periods: tuple[str, ...]
    view: str
    answer: str
    part: int
    parts: int
    revisions: tuple[int, ...]
    rows: int
    notes: tuple[str, ...]

    def starts(self) -> list[Period]:
        """Return its periods."""
        return [Period.parse(label) for label in self.periods]


@dataclass(frozen=True)
class Rebuilt:
    """A Parquet file that was written again from its original."""

    rebuilt: str
    parquet_sha256: str
    added: str


@dataclass(frozen=True)
class Ledger:
    """What a ledger says.

    Parameters
    ----------
    entries
        Oldest first.
    damaged
        Lines that are no entry, by line number, with the reason.
    """

    entries: list[Entry]
    damaged: dict[int, str]


def read(path: Path) -> list[Entry]:
    """Read every entry, oldest first; what a process had not finished writing is left out.

    Raises
    ------
    LedgerError
        If a finished line is no entry, or was edited.
    LedgerAccessError
        If the system does not let it be read.
    FileSizeError
        If it is larger than the limit.
    """
    found = inspect(path)
    for number, why in found.damaged.items():
        raise LedgerError(path, number, why)
    return found.entries


def inspect(path: Path) -> Ledger:
    """Read every entry that can be read, and say which lines cannot."""
    try:
        content = read_whole(path, LEDGER_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return Ledger([], {})
    except OSError as error:
        raise LedgerAccessError(path, error.strerror or str(error)) from error
    finished, _, rest = content.rpartition(b"\n")
    # A last line without its line end may be half written; an editor may also have cut the end off.
    found = [*finished.split(b"\n"), *([rest] if is_line(rest) else [])]
    entries: list[Entry] = []
    rebuilt: dict[str, str] = {}
    damaged: dict[int, str] = {}
    for number, line in enumerate(found, start=1):
        if not line.strip():
            continue
        try:
            value = _parse(line)
        except (ValueError, KeyError, TypeError) as error:
            damaged[number] = _reason(error)
            continue
        if isinstance(value, Rebuilt):
            rebuilt[value.rebuilt] = value.parquet_sha256
        else:
            entries.append(value)
    # An answer of several parts is there with its last part: no reader sees half of it.
    while entries and entries[-1].part < entries[-1].parts:
        entries.pop()
    return Ledger([_with_rebuilt(entry, rebuilt) for entry in entries], damaged)


def lines(entries: Iterable[Entry | Rebuilt]) -> bytes:
    """Return entries as they stand in the ledger."""
    return b"".join(_line(entry) for entry in entries)


def is_line(line: bytes) -> bool:
    """Tell whether a line is whole, though it may lack its line end."""
    body, mark, check = line.rpartition(_CHECK)
    return bool(mark) and check.rstrip() == _check(body) + b'"}'


def _line(entry: Entry | Rebuilt) -> bytes:
    body = json.dumps(asdict(entry), ensure_ascii=False).encode()[:-1]
    return body + _CHECK + _check(body) + b'"}\n'


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_DIGITS].encode()


_FIELDS: dict[type, Sequence[str]] = {
    each: tuple(field.name for field in fields(each)) for each in (Entry, Rebuilt)
}


_PATHS: dict[type, Sequence[str]] = {Entry: ("original", "parquet"), Rebuilt: ("rebuilt",)}


class _OutsideError(ValueError):
    """A line names a file that is none of the archive's."""


def _parse(line: bytes) -> Entry | Rebuilt:
    values: dict[str, Any] = json.loads(line)
    what: type[Entry | Rebuilt] = Rebuilt if "rebuilt" in values else Entry
    # A newer version's extra fields are not ours to judge.
    known = {name: _frozen(values[name]) for name in _FIELDS[what]}
    if not is_line(line):
        raise ValueError
    if not all(is_kept(values[name]) for name in _PATHS[what]):
        raise _OutsideError
    return what(**known)


def _frozen(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    return tuple(value) if isinstance(value, list) else value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"it is not JSON ({error})"
    if isinstance(error, _OutsideError):
        return "it names a file outside of the archive's originals and Parquet"
    if isinstance(error, KeyError):
        return f"its field {error} is missing"
    if isinstance(error, TypeError):
        return "it is no JSON object"
    return "it does not match its check sum, so it was edited or damaged"


def _with_rebuilt(entry: Entry, rebuilt: dict[str, str]) -> Entry:
    if entry.parquet not in rebuilt:
        return entry
    return replace(entry, parquet_sha256=rebuilt[entry.parquet])
