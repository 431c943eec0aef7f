"""The archive's ledger: one JSON line for each original that was added, never rewritten.

The ledger is the truth of an archive: a file that it does not name is not held. An entry is
appended last, after the files it names are safely on disk, so that a process killed at any
instant leaves either the old state or the new.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from insights_nb.errors import LedgerError
from insights_nb.periods import Granularity, Period


@dataclass(frozen=True)
class Entry:
    """One original file of the archive.

    Parameters
    ----------
    added
        When, as an ISO time in UTC.
    source
        Where it came from: the path as it was given.
    sha256
        Hash of the original bytes: the same bytes twice are one report.
    size
        Length of the original in bytes.
    original, parquet
        Paths below the archive's folder.
    kind
        Report kind as in `insights_nb.schema.REPORTS`, or ``"unknown"``.
    namespaces
        Publishers whose reports it holds.
    granularity, periods
        Which weeks or months, by label; empty where the file tells none.
    view
        What separates several reports of one kind and period that do not replace each other:
        ``"repository"`` and ``"reference"`` for the legacy summary, else empty.
    rows
        Rows read.
    notes
        What was odd about the file.
    """

    added: str
    source: str
    sha256: str
    size: int
    original: str
    parquet: str
    kind: str
    namespaces: tuple[str, ...]
    granularity: Granularity | None
    periods: tuple[str, ...]
    view: str
    rows: int
    notes: tuple[str, ...]

    def starts(self) -> list[Period]:
        """Return its periods."""
        return [Period.parse(label) for label in self.periods]


def read(path: Path) -> list[Entry]:
    """Read every entry, oldest first; a last line without its line end was never finished.

    Raises
    ------
    LedgerError
        If a finished line is no entry.
    """
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    finished, _, _ = text.rpartition(b"\n")
    lines = finished.split(b"\n") if finished else []
    return [_parse(line, path, number) for number, line in enumerate(lines, start=1) if line]


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Append entries in one write, and wait until they are on disk."""
    lines = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries)
    with path.open("ab+") as file:
        _cut_unfinished(file)
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def _cut_unfinished(file: Any) -> None:  # noqa: ANN401 - a binary file object
    # A line that a killed process left unfinished was never part of the archive.
    file.seek(0)
    content = file.read()
    if content and not content.endswith(b"\n"):
        file.truncate(content.rfind(b"\n") + 1)
    file.seek(0, os.SEEK_END)


_TUPLES = {"namespaces", "periods", "notes"}
_NAMES = {field.name for field in fields(Entry)}


def _parse(line: bytes, path: Path, number: int) -> Entry:
    values: dict[str, Any]
    try:
        values = json.loads(line)
        # A newer version's extra fields are not ours to judge.
        known = {name: values[name] for name in _NAMES}
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(path, number, f"{type(error).__name__}: {error}") from error
    values = {k: tuple(v) if k in _TUPLES else v for k, v in known.items()}
    return Entry(**values)
