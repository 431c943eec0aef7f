"""Which files of an archive count: of each report its newest answer, with all its parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import polars as pl

from insights_nb.archive.ledger import Entry
from insights_nb.errors import ArchiveFolderError
from insights_nb.files import inside
from insights_nb.periods import Granularity, Period
from insights_nb.schema import OWNERS


class Key(NamedTuple):
    """What a report is known by: another answer for it is its revision."""

    kind: str
    namespace: str
    granularity: str
    view: str
    own: str
    period: str


def keys(entry: Entry) -> frozenset[Key]:
    """Return the reports that a file brings."""
    # Asked for many times of each of thousands of entries.
    known: frozenset[Key] | None = entry.__dict__.get("_keys")
    if known is None:
        known = entry.__dict__["_keys"] = _keys(entry)
    return known


def _keys(entry: Entry) -> frozenset[Key]:
    # API answers are told apart row by row, files without a period by their bytes.
    own = entry.sha256 if entry.kind in {"pulls", "unknown"} or not entry.periods else ""
    granularity = entry.granularity or ""
    return frozenset(
        Key(entry.kind, name, granularity, entry.view, own, label)
        for name in entry.namespaces or ("",)
        for label in entry.periods or ("",)
    )


@dataclass(frozen=True, kw_only=True)
class Part(Entry):
    """A file of which only some periods are looked at."""

    whole: Entry


def whole(entry: Entry) -> Entry:
    """Return a file with all its periods."""
    while isinstance(entry, Part):
        entry = entry.whole
    return entry


def until(entry: Entry, last: Period) -> Entry | None:
    """Return a file without the periods that begin after another's end, or None if none is left.

    A file without a period stays.
    """
    return _only(entry, [period.start < last.end for period in entry.starts()])


def finished(entry: Entry, today: dt.date) -> Entry | None:
    """Return a file without the periods that are not over, or None if none is left.

    A file without a period stays.
    """
    return _only(entry, [period.is_over(today) for period in entry.starts()])


def _only(entry: Entry, wanted: Sequence[bool]) -> Entry | None:
    """Return a file with some of its periods; one that has none stays."""
    if not entry.periods:
        return entry
    kept = [number for number, keeps in enumerate(wanted) if keeps]
    if len(kept) == len(entry.periods):
        return entry
    if not kept:
        return None
    values = {field.name: getattr(entry, field.name) for field in fields(Entry)} | {
        "periods": tuple(entry.periods[number] for number in kept),
        "revisions": tuple(entry.revisions[number] for number in kept),
    }
    return Part(**values, whole=entry)


def damaged_parquet(path: Path, why: str) -> ArchiveFolderError:
    """Return the error for a Parquet file that is missing or cannot be read."""
    return ArchiveFolderError(
        f"{path} {why}. Its original is untouched: rebuild it with 'insights-nb repair', or "
        "archive.repair()."
    )


@dataclass(frozen=True)
class Counting:
    """A file, and which of its reports count."""

    entry: Entry
    keys: frozenset[Key]

    def scan(self, folder: Path) -> pl.LazyFrame:
        """Return its rows that count, lazily.

        Raises
        ------
        ArchiveFolderError
            If its Parquet is not there.
        OutsideError
            If a link leads out of the archive's folder.
        """
        path = inside(folder, self.entry.parquet)
        if not path.is_file():
            raise damaged_parquet(path, "is missing")
        return self.of(pl.scan_parquet(path))

    def of(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Choose, of the file's rows, those that count."""
        everything = keys(whole(self.entry))
        if self.keys == everything:
            return frame
        if {key.period for key in self.keys} != {key.period for key in everything}:
            frame = frame.filter(pl.col("period").is_in(_starts(self.keys)))
        if len(self.entry.namespaces) > 1:
            columns = frame.collect_schema().names()
            if owner := next((name for name in OWNERS if name in columns), None):
                chosen = [
                    (pl.col(owner) == name)
                    & pl.col("period").is_in(_starts(k for k in self.keys if k.namespace == name))
                    for name in sorted({key.namespace for key in self.keys})
                ]
                frame = frame.filter(pl.any_horizontal(chosen))
        return frame


def counting(
    entries: Sequence[Entry],
    kind: str,
    granularity: Granularity | None,
    *,
    view: str | None = None,
    periods: Iterable[Period] | None = None,
) -> list[Counting]:
    """Choose, for each report of a kind, the files of its newest answer; oldest first."""
    wanted = None if periods is None else {period.label for period in periods}
    relevant = [
        entry
        for entry in entries
        if entry.kind == kind
        and entry.granularity == granularity
        and (view is None or entry.view == view)
    ]
    newest = {key: entry.answer for entry in relevant for key in keys(entry)}
    chosen = []
    for entry in relevant:
        counted = frozenset(
            key
            for key in keys(entry)
            if newest[key] == entry.answer and (wanted is None or key.period in wanted)
        )
        if counted:
            chosen.append(Counting(entry, counted))
    return chosen


def without_rows(entries: Sequence[Entry]) -> set[tuple[str, str, Granularity, str]]:
    """Return the reports of which no file that counts has a row.

    A period in which nothing happened looks like a download that broke off after its header.

    Returns
    -------
    set of tuple
        Kind, publisher, granularity and the period's label.
    """
    found: set[tuple[str, str, Granularity, str]] = set()
    suspects = {(entry.kind, entry.granularity) for entry in entries if not entry.rows}
    for kind, granularity in suspects:
        if granularity is None:
            continue
        rows: dict[tuple[str, str], int] = {}
        for one in counting(entries, kind, granularity):
            for name, label in {(key.namespace, key.period) for key in one.keys}:
                rows[name, label] = rows.get((name, label), 0) + one.entry.rows
        found |= {(kind, name, granularity, label) for (name, label), n in rows.items() if not n}
    return found


def _starts(chosen: Iterable[Key]) -> list[object]:
    labels = {key.period for key in chosen if key.period}
    return [Period.parse(label).start for label in sorted(labels)]
