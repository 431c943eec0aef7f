"""What an archive's ledger comes to: which of its lines count, as which revision, and which not.

A ledger may be united with another copy's, line by line. It is read as if everything had been added
to one archive, in the order of `added`: a report that two copies each added is there once, a file
that one of them withdrew is withdrawn, and the revisions are numbered anew. The same lines in any
order, and any number of times, give the same answers.
"""

from __future__ import annotations

import datetime as dt
import gc
import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from insights_nb import periods
from insights_nb.archive import ledger
from insights_nb.archive.counting import Key, Part, keys
from insights_nb.archive.ledger import NOTHING, Entry, Last, Ledger, Withdrawal
from insights_nb.errors import PeriodError
from insights_nb.periods import Period


@dataclass(frozen=True)
class Withdrawn:
    """A file that was taken out of every count.

    Parameters
    ----------
    entry
        The file.
    on
        When, as an ISO time in UTC.
    why
        In the words of who did it.
    """

    entry: Entry
    on: str
    why: str

    def __str__(self) -> str:
        return f"withdrawn on {self.on[:10]}: {self.why}"


@dataclass(frozen=True)
class History:
    """What a ledger comes to.

    Parameters
    ----------
    entries
        The files that are not withdrawn, oldest first: revisions and what they replace.
    withdrawn
        What was taken out of every count.
    implausible
        The files of which a period cannot be one, with these periods; they are in no entry.
    parts
        The highest number of a part of each answer that has several.
    last
        The ledger's latest line.
    """

    entries: list[Entry] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    implausible: list[tuple[Entry, tuple[str, ...]]] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    last: Last = NOTHING


def read(path: Path) -> History:
    """Read a ledger and replay it.

    Raises
    ------
    LedgerError, NewerLedgerError, LedgerAccessError
        As of `insights_nb.archive.ledger.read`.
    """
    with _uncollected():
        return history(ledger.read(path))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make many objects that stay, without having them looked through for garbage again and again.

    Half of the time to read a ledger of thousands of lines went there.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def history(written: Ledger) -> History:
    """Replay a ledger."""
    entries, parts = _complete(_settled(written.entries))
    entries, withdrawn = _without_withdrawn(entries, written.withdrawals)
    entries, implausible = _plausible(entries)
    return History(_Replay().of(entries), withdrawn, implausible, parts, written.last)


def reports(entry: Entry) -> frozenset[Key]:
    """Return a file's reports, also where its bytes are what tells them apart."""
    if entry.kind == "pulls":
        # An earlier answer that comes again in any form is the newest for its points.
        return keys(entry)
    return frozenset(key._replace(own="") for key in keys(entry))


def alike(one: Entry, other: Entry) -> bool:
    """Return whether two files are the same bytes, or the same rows, for the same reports."""
    if one.sha256 == other.sha256:
        return keys(one) == keys(other)
    return one.parquet_sha256 == other.parquet_sha256 and reports(one) == reports(other)


# --- in which order -------------------------------------------------------------------------------


def _settled(entries: Sequence[Entry]) -> list[Entry]:
    """Order what an earlier version wrote within one second by the revisions' numbers.

    Elsewhere the ledger has put the lines in order already. Where nothing speaks against it, they
    stay as they stand.
    """
    found: list[Entry] = []
    group: list[Entry] = []
    for entry in entries:
        if group and (entry.after is not None or entry.added != group[0].added):
            found += _sorted(group)
            group = []
        if entry.after is None:
            group.append(entry)
        else:
            found.append(entry)
    return found + _sorted(group)


def _sorted(group: list[Entry]) -> list[Entry]:
    if len(group) < 2 or not _contradicts(group):
        return group
    numbered: dict[Key, list[tuple[int, int]]] = {}
    for number, entry in enumerate(group):
        for key, revision in _numbered(entry):
            numbered.setdefault(key, []).append((revision, number))
    # By report, the lower number first; what no report ties together, by what it is.
    later: dict[int, set[int]] = {number: set() for number in range(len(group))}
    for each in numbered.values():
        for revision, number in each:
            later[number] |= {other for higher, other in each if higher > revision}
    waits = [sum(number in after for after in later.values()) for number in later]
    ready = [(_what(group[number]), number) for number, count in enumerate(waits) if not count]
    heapq.heapify(ready)
    found = []
    while ready:
        _, number = heapq.heappop(ready)
        found.append(number)
        for other in later[number]:
            waits[other] -= 1
            if not waits[other]:
                heapq.heappush(ready, (_what(group[other]), other))
    # Only an edited ledger goes round in circles.
    rest = sorted({*later} - {*found}, key=lambda number: _what(group[number]))
    return [group[number] for number in (*found, *rest)]


def _contradicts(group: Sequence[Entry]) -> bool:
    """Return whether entries stand in another order than their revisions, or in none."""
    latest: dict[Key, tuple[int, str]] = {}
    for entry in group:
        for key, revision in _numbered(entry):
            before = latest.get(key)
            if before is not None and before[1] != entry.answer and revision <= before[0]:
                return True
            latest[key] = (revision, entry.answer)
    return False


def _numbered(entry: Entry) -> list[tuple[Key, int]]:
    if len(entry.revisions) == 1:
        return [(key, entry.revisions[0]) for key in keys(entry)]
    numbers = dict(zip(entry.periods or ("",), entry.revisions, strict=True))
    return [(key, numbers[key.period]) for key in keys(entry)]


def _what(entry: Entry) -> tuple[object, ...]:
    return (max(entry.revisions), *entry.identity[1:3], entry.periods, entry.answer, entry.part,
            entry.sha256, entry.original, entry.source)  # fmt: skip


# --- what counts at all ---------------------------------------------------------------------------


def _complete(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Leave out the parts of which an earlier one is not there: no reader sees half an answer.

    Returns
    -------
    tuple
        The others; and the highest part of each answer.
    """
    several = {entry.answer for entry in entries if entry.parts > 1}
    if not several:
        return [*entries], {}
    there: dict[str, set[int]] = {}
    for entry in entries:
        if entry.answer in several:
            there.setdefault(entry.answer, set()).add(entry.part)
    unbroken = {name: _unbroken(parts) for name, parts in there.items()}
    return (
        [entry for entry in entries if entry.parts <= unbroken.get(entry.answer, entry.parts)],
        {name: max(parts) for name, parts in there.items()},
    )


def _unbroken(parts: set[int]) -> int:
    number = 0
    while number + 1 in parts:
        number += 1
    return number


def _without_withdrawn(
    entries: list[Entry], withdrawals: Iterable[Withdrawal]
) -> tuple[list[Entry], list[Withdrawn]]:
    newest = {one.identity: one for one in withdrawals}
    gone = {identity: one for identity, one in newest.items() if not one.back}
    if not gone:
        return entries, []
    # The same rows in other bytes are the same report.
    rows: dict[tuple[str, frozenset[Key]], Withdrawal] = {}
    for entry in entries:
        if entry.rows and entry.identity in gone:
            rows[_rows(entry)] = gone[entry.identity]
    left, withdrawn = [], []
    for entry in entries:
        one = gone.get(entry.identity) or (rows.get(_rows(entry)) if entry.rows else None)
        if one is None:
            left.append(entry)
        else:
            withdrawn.append(Withdrawn(entry, one.added, one.why))
    return left, withdrawn


def _rows(entry: Entry) -> tuple[str, frozenset[Key]]:
    return (entry.parquet_sha256, reports(entry))


def _plausible(
    entries: list[Entry],
) -> tuple[list[Entry], list[tuple[Entry, tuple[str, ...]]]]:
    """Leave out periods in which Docker Hub can have counted nothing.

    Earlier versions took them: a report of the year 9999 would be the newest for good.
    """
    now = periods.latest_day()
    known: dict[tuple[str, str | None], bool] = {}
    left, implausible = [], []
    for entry in entries:
        odd = []
        for label in entry.periods:
            pair = (label, entry.granularity)
            if pair not in known:
                known[pair] = _is_plausible(label, entry, now)
            # A machine whose clock stands in the past must not call everything implausible.
            if not known[pair] and not _is_plausible(label, entry, max(now, _came(entry))):
                odd.append(label)
        if odd:
            implausible.append((entry, tuple(odd)))
            if len(odd) == len(entry.periods):
                continue
            entry = _without(entry, odd)
        left.append(entry)
    return left, implausible


def _came(entry: Entry) -> dt.date:
    return periods.latest_day(dt.datetime.fromisoformat(entry.added))


def _is_plausible(label: str, entry: Entry, now: dt.date) -> bool:
    try:
        period = Period.parse(label)
    except PeriodError:
        return False
    same = entry.granularity in {period.granularity, None} and period.label == label
    return same and period.is_plausible(now)


def _without(entry: Entry, odd: Sequence[str]) -> Part:
    kept = [number for number, label in enumerate(entry.periods) if label not in odd]
    values = {one.name: getattr(entry, one.name) for one in fields(Entry)} | {
        "periods": tuple(entry.periods[number] for number in kept),
        "revisions": tuple(entry.revisions[number] for number in kept),
    }
    return Part(**values, whole=entry)


# --- as if all had been added to one archive ------------------------------------------------------


class _Replay:
    """Goes through entries in their order, and keeps what a writer that saw all would have kept."""

    def __init__(self) -> None:
        self._kept: list[Entry] = []
        # The answer that counts for each report, and how often it had been revised with it.
        self._current: dict[Key, tuple[str, int]] = {}
        self._answers: dict[str, list[Entry]] = {}
        self._lines: dict[str, list[Entry]] = {}
        self._by_hash: dict[str, list[Entry]] = {}
        self._by_rows: dict[str, list[Entry]] = {}
        # An answer that brought nothing, and the one that was there before it.
        self._same_as: dict[str, str] = {}

    def of(self, entries: Sequence[Entry]) -> list[Entry]:
        units: dict[tuple[str, int], list[Entry]] = {}
        for entry in entries:
            if entry.parts > 1:
                units.setdefault((entry.answer, entry.parts), []).append(entry)
        for entry in entries:
            if entry.answer in self._lines:
                # A line that another copy wrote for the same commit says nothing new.
                if not any(_same_line(entry, one) for one in self._lines[entry.answer]):
                    self._lines[entry.answer].append(entry)
                    self._join(entry)
                continue
            unit = [entry]
            for one in units[entry.answer, entry.parts] if entry.parts > 1 else ():
                if not any(_same_line(one, other) for other in unit):
                    unit.append(one)
            self._lines[entry.answer] = unit
            self._bring(sorted(unit, key=lambda one: one.part) if len(unit) > 1 else unit)
        return self._kept

    def _bring(self, unit: Sequence[Entry]) -> None:
        """Take files that came together for the first of their reports, or a revision."""
        name = unit[0].answer
        before = {
            self._current[key][0] for entry in unit for key in keys(entry) if key in self._current
        }
        # What its bytes identify may be there in other bytes.
        first = unit[0]
        if before or first.parquet_sha256 in self._by_rows or first.sha256 in self._by_hash:
            twin = self._twin(unit, before)
            if twin is not None:
                self._same_as[name] = twin
                return
        if before:
            # All before any is kept: parts of one answer have one number.
            numbers = [self._revisions(entry, further=1) for entry in unit]
        else:
            numbers = [(0,) * len(entry.revisions) for entry in unit]
        for entry, each in zip(unit, numbers, strict=True):
            # Each file without a period is a report of its own, also where it came with others.
            if len(unit) == 1 or not self._counts_already(entry):
                self._keep(entry, name, each)
        self._answers.setdefault(name, [])

    def _counts_already(self, entry: Entry) -> bool:
        return (
            not entry.periods
            and entry.kind != "pulls"
            and any(
                self._counts(one) and alike(one, entry)
                for one in self._by_rows.get(entry.parquet_sha256, ())
            )
        )

    def _join(self, entry: Entry) -> None:
        """Take a further part into what counts for its reports."""
        name = self._same_as.get(entry.answer, entry.answer)
        counting = {self._current[key][0] for key in keys(entry) if key in self._current}
        if len(counting) == 1:
            name = counting.pop()
        if not any(alike(one, entry) for one in self._answers[name]):
            self._keep(entry, name, self._revisions(entry, further=0))

    def _twin(self, unit: Sequence[Entry], before: set[str]) -> str | None:
        """Return the answer that brought the same before, if its writer did not mean it again."""
        if before and self._knew(unit, before):
            (same,) = before if len(before) == 1 else (None,)
            if same is None or len(self._answers[same]) != len(unit):
                return None
            there = {one.identity for one in self._answers[same]}
            return same if there == {one.identity for one in unit} else None
        first = unit[0]
        bytewise = [one for one in self._by_hash.get(first.sha256, ()) if keys(one) == keys(first)]
        rowwise = [
            one
            for one in self._by_rows.get(first.parquet_sha256, ())
            if self._counts(one) and alike(one, first)
        ]
        # What counts goes before what a later one took the place of.
        for one in sorted([*bytewise, *rowwise], key=self._counts, reverse=True):
            kept = self._answers[one.answer]
            if all(any(alike(each, other) for each in kept) for other in unit):
                return one.answer
        return None

    def _knew(self, unit: Sequence[Entry], before: set[str]) -> bool:
        """Return whether the writer of an answer saw what counts, and brought it all the same."""
        if unit[0].over is None:
            # An earlier version numbered a revision after what it saw.
            return all(
                number > self._number(key) for entry in unit for key, number in _numbered(entry)
            )
        return before <= {self._same_as.get(name, name) for one in unit for name in one.over or ()}

    def _counts(self, entry: Entry) -> bool:
        return all(self._current[key][0] == entry.answer for key in keys(entry))

    def _number(self, key: Key) -> int:
        return self._current[key][1] if key in self._current else -1

    def _revisions(self, entry: Entry, *, further: int) -> tuple[int, ...]:
        latest: dict[str, int] = {}
        for key in keys(entry):
            latest[key.period] = max(latest.get(key.period, -1), self._number(key))
        return tuple(max(0, latest[label] + further) for label in entry.periods or ("",))

    def _keep(self, entry: Entry, name: str, revisions: tuple[int, ...]) -> None:
        # Thousands of times: most files are of one period, and come with nothing else.
        if entry.answer != name or entry.revisions != revisions:
            entry = replace(entry, answer=name, revisions=revisions)
        self._kept.append(entry)
        self._answers.setdefault(name, []).append(entry)
        self._by_hash.setdefault(entry.sha256, []).append(entry)
        self._by_rows.setdefault(entry.parquet_sha256, []).append(entry)
        if len(revisions) == 1:
            now = (name, revisions[0])
            for key in keys(entry):
                self._current[key] = now
            return
        for key, number in _numbered(entry):
            self._current[key] = (name, number)


def _same_line(one: Entry, other: Entry) -> bool:
    return (
        one.sha256 == other.sha256
        and (one.part, one.parts) == (other.part, other.parts)
        and keys(one) == keys(other)
    )
