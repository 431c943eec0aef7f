"""What becomes of each file that is added to an archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from insights_nb.errors import InsightsError
from insights_nb.ledger import Entry
from insights_nb.periods import Granularity

Status = Literal["added", "revised", "held", "refused"]


@dataclass(frozen=True)
class Added:
    """What became of one file given to `Archive.add`.

    Parameters
    ----------
    path
        The file.
    status
        ``"added"``; ``"revised"`` where it takes the place of an earlier file of the same report
        (both are kept); ``"held"`` where the same bytes were there already; ``"refused"``.
    kind, granularity, periods, rows
        What it was taken for; empty where refused.
    notes
        What was odd about it.
    error
        Why it was refused.
    """

    path: Path
    status: Status
    kind: str = ""
    granularity: Granularity | None = None
    periods: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    error: InsightsError | None = None

    def __str__(self) -> str:
        if self.error is not None:
            return f"refused  {self.path.name}: {self.error}"
        span = self.periods[0] if self.periods else "no period"
        if len(self.periods) > 1:
            span += f" … {self.periods[-1]}"
        line = f"{self.status:<8} {self.path.name}: {self.kind}, {span}, {self.rows:,} rows"
        return "\n".join([line, *(f"           note: {note}" for note in self.notes)])


class Additions(list[Added]):
    """The outcome of each file of one `Archive.add`, in order; prints as a list and a summary."""

    @property
    def refused(self) -> list[Added]:
        """The files that were refused."""
        return [one for one in self if one.status == "refused"]

    @property
    def summary(self) -> str:
        """One line of counts."""
        counts = {
            name: sum(one.status == name for one in self)
            for name in ("added", "revised", "held", "refused")
        }
        words = {"held": "already held"}
        said = [f"{count} {words.get(name, name)}" for name, count in counts.items() if count]
        return f"{len(self)} files: {', '.join(said)}." if self else "No files."

    def __str__(self) -> str:
        return "\n".join([*(str(one) for one in self), self.summary])

    def __repr__(self) -> str:
        # In a notebook, where `add` has printed itself, the list would only repeat it.
        return f"<Additions: {self.summary}>"


def outcome(path: Path, status: Status, entry: Entry) -> Added:
    """Say what became of a file that is held under an entry."""
    return Added(
        path, status, entry.kind, entry.granularity, entry.periods, entry.rows, entry.notes
    )


class Known:
    """What is held while files are being added."""

    def __init__(self) -> None:
        self._by_hash: dict[str, list[Entry]] = {}
        self._keys: set[tuple[object, ...]] = set()

    def remember(self, entry: Entry) -> None:
        """Take note of an entry."""
        self._by_hash.setdefault(entry.sha256, []).append(entry)
        self._keys |= keys(entry)

    def same(self, entry: Entry) -> Entry | None:
        """Return the entry of the same bytes taken for the same report."""
        candidates = self._by_hash.get(entry.sha256, ())
        return next((one for one in candidates if keys(one) == keys(entry)), None)

    def revised_by(self, entry: Entry) -> bool:
        """Tell whether a file brings a report that is held already."""
        return not self._keys.isdisjoint(keys(entry))

    def with_bytes_of(self, path: Path) -> Entry | None:
        """Return an entry of a file's very bytes, whatever they were taken for."""
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return None
        return next(iter(self._by_hash.get(digest, ())), None)


def keys(entry: Entry) -> set[tuple[object, ...]]:
    """Return what identifies each report that a file brings: another such file revises it."""
    # API answers are told apart row by row, raw files without a period by their bytes.
    own = entry.sha256 if entry.kind in {"pulls", "unknown"} or not entry.periods else ""
    return {
        (entry.kind, entry.namespaces, entry.granularity, entry.view, own, label)
        for label in entry.periods or ("",)
    }
