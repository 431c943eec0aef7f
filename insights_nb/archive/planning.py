"""What becomes of a file that is to be added, decided from what is in the archive."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from insights_nb.archive.additions import Added, Prepared, Status, describe
from insights_nb.archive.changed_keys import ChangedKeysError, changed_keys
from insights_nb.archive.counting import Counting, Key, keys
from insights_nb.archive.history import History, Withdrawn, alike, reports
from insights_nb.archive.ledger import Entry
from insights_nb.archive.withdrawals import of_file, undo
from insights_nb.errors import InsightsError, ReadError
from insights_nb.periods import Period

_OWN_NAME = 13
_PUT_BACK = "Its original in the archive was damaged or missing: put back."
# A later count adds what came late; one that takes away so much has more likely lost it.
_SHRUNK = 0.9


@dataclass
class Plan:
    """What is to be brought into the archive: files by their place, and ledger entries.

    Parameters
    ----------
    history
        What is there already.
    intact
        Returns whether an entry's original is still as it came.
    folder
        The archive's, for the rows of what is there.
    """

    history: History
    intact: Callable[[Entry], bool]
    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    new: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_hash: dict[str, list[Entry]] = {}
        self._by_rows: dict[str, list[Entry]] = {}
        self._by_answer: dict[str, list[Entry]] = {}
        self._current: dict[Key, str] = {}
        self._revisions: dict[Key, int] = {}
        self._names: dict[str, str] = {}
        self._parts = dict(self.history.parts)
        for entry in self.history.entries:
            self._remember(entry)

    def add(self, prepared: Prepared, *, parts: bool = False, again: bool = False) -> Added:
        """Decide on one file by itself, or as a further part of its periods' reports.

        `parts` and `again` are those of `Archive.add`.
        """
        if prepared.result is None:
            return self._refused(prepared)
        try:
            entry = describe(prepared, self._owners(prepared))
            _refuse_undecided(prepared)
            if gone := of_file(self.history.withdrawn, entry):
                return self._withdrawn(prepared, gone)
            if parts:
                return self._join(prepared, entry)
        except InsightsError as error:
            return Added(prepared.path, "refused", error=error)
        same = self._same(entry)
        if same is None and not again and (changed := self._changed_keys(prepared, entry)):
            return changed
        if same is None or (again and not self._counts(same)):
            return self._bring([prepared], [entry])[0]
        return self._known(prepared, same)

    def answer(self, parts: Sequence[Prepared]) -> list[Added]:
        """Decide on the parts of one answer, together."""
        if failed := next((one for one in parts if one.error is not None), None):
            return [Added(one.path, "refused", error=failed.error) for one in parts]
        try:
            owners = sorted({name for one in parts for name in self._owners(one)})
        except ReadError as error:
            return [Added(one.path, "refused", error=error) for one in parts]
        described = [(one, describe(one, tuple(owners))) for one in parts]
        # What was withdrawn does not come back because a source still lists it.
        gone = [(one, out) for one, it in described if (out := of_file(self.history.withdrawn, it))]
        left = [pair for pair in described if not of_file(self.history.withdrawn, pair[1])]
        return [
            *(self._withdrawn(one, out) for one, out in gone),
            *(self._answer(left) if left else ()),
        ]

    def _answer(self, described: Sequence[tuple[Prepared, Entry]]) -> list[Added]:
        # The same file listed twice would count twice, and so would its compressed copy.
        once = {_rows_of(entry): (one, entry) for one, entry in reversed(described)}
        parts = [one for one, _ in reversed(once.values())]
        entries = [entry for _, entry in reversed(once.values())]
        same = self._answer_of(entries)
        if same is not None:
            return [self._known(one, entry) for one, entry in zip(parts, same, strict=True)]
        return self._bring(parts, entries)

    def _refused(self, prepared: Prepared) -> Added:
        # A renamed copy may have lost its period; its bytes are known all the same.
        if not prepared.stated and (same := self._by_hash.get(prepared.digest)):
            return self._known(prepared, same[0])
        for one in self.history.withdrawn:
            if not prepared.stated and one.entry.sha256 == prepared.digest:
                return self._withdrawn(prepared, one)
        return Added(prepared.path, "refused", error=prepared.error)

    def _withdrawn(self, prepared: Prepared, gone: Withdrawn) -> Added:
        text = str(gone)
        notes = [f"{text[0].upper()}{text[1:]}. To bring it back: {undo(gone.entry)}"]
        if gone.entry.sha256 == prepared.digest and not self._whole(gone.entry):
            self.files[gone.entry.original] = prepared.download.data
            notes.append(_PUT_BACK)
        return _outcome(prepared, "withdrawn", gone.entry, notes=tuple(notes))

    def _same(self, entry: Entry) -> Entry | None:
        """Return the entry of the same bytes or rows taken for the same report.

        One that counts goes before one that a later file took the place of. The same rows in other
        bytes are the same only as what counts: else they are the newest that came.
        """
        bytewise = [one for one in self._by_hash.get(entry.sha256, ()) if keys(one) == keys(entry)]
        rowwise = self._by_rows.get(entry.parquet_sha256, ())
        counting = (one for one in (*bytewise, *rowwise) if self._counts(one))
        twin = next((one for one in counting if self._alike(one, entry)), None)
        return twin or (bytewise[-1] if bytewise else None)

    def _alike(self, known: Entry, entry: Entry) -> bool:
        """Return whether a file brings no bytes and no rows that another does not have."""
        # Where the known original is lost, the other form of it is the only one.
        return alike(known, entry) and (known.sha256 == entry.sha256 or self._whole(known))

    def _counts(self, entry: Entry) -> bool:
        return all(self._current[key] == entry.answer for key in keys(entry))

    def _whole(self, entry: Entry) -> bool:
        """Return whether an original is there, or about to be."""
        return entry.original in self.files or self.intact(entry)

    def _answer_of(self, entries: Sequence[Entry]) -> list[Entry] | None:
        """Return the files of the answer that counts, if they are just these, in their order."""
        wanted = {key for entry in entries for key in keys(entry)}
        answers = {self._current.get(key) for key in wanted}
        if len(answers) != 1 or (name := answers.pop()) is None:
            return None
        rest = list(self._by_answer[name])
        if {key for one in rest for key in keys(one)} != wanted:
            return None
        found = []
        for entry in entries:
            alike = [one for one in rest if self._alike(one, entry)]
            if not alike:
                return None
            found.append(max(alike, key=lambda one: one.sha256 == entry.sha256))
            rest.remove(found[-1])
        return None if rest else found

    def _known(self, prepared: Prepared, entry: Entry) -> Added:
        notes = list(entry.notes)
        if entry.sha256 != prepared.digest:
            notes.append(f"The same rows as {_plain(entry)}, in other bytes: nothing changed.")
        elif not self._whole(entry):
            # The same bytes came again: what was damaged or lost is whole again.
            self.files[entry.original] = prepared.download.data
            notes.append(_PUT_BACK)
        if not self._counts(entry):
            # A renamed copy needs its own name back to count.
            name = "" if prepared.result else ", under the name that it came with"
            remedy = f"To let this file count again, add it with --again (again=True){name}."
            notes.append(f"{self._rivals(entry)}. {remedy}")
        return _outcome(prepared, "unchanged", entry, notes=tuple(notes))

    def _rivals(self, entry: Entry) -> str:
        """Return which files count instead of another."""
        lost = {key for key in keys(entry) if self._current[key] != entry.answer}
        names = dict.fromkeys(
            _plain(one) for key in sorted(lost) for one in self._by_answer[self._current[key]]
        )
        labels = sorted({key.period for key in lost})
        span = "" if len(labels) == len(entry.periods or ("",)) else f" for {', '.join(labels)}"
        verb = "counts" if len(names) == 1 else "count"
        return f"{', '.join(names)} {verb} instead{span}, added later"

    def _join(self, prepared: Prepared, entry: Entry) -> Added:
        answers = {self._current[key] for key in keys(entry) if key in self._current}
        if not answers:
            return self._bring([prepared], [entry])[0]
        if len(answers) > 1:
            raise ReadError(
                None,
                f"{prepared.path.name} covers {', '.join(entry.periods)}, which came in different "
                "downloads, so it cannot be a part of all of them. Split it by period, or add it "
                "without --parts.",
            )
        name = answers.pop()
        others = list(self._by_answer[name])
        if same := next((one for one in others if self._alike(one, entry)), None):
            return self._known(prepared, same)
        number = self._parts.get(name, 1) + 1
        self._plan(prepared, entry, name, number, number, self._numbers(entry, again=False))
        beside = tuple(_plain(other) for other in others)
        return _outcome(prepared, "added", self.new[-1], beside=beside)

    def _bring(self, parts: Sequence[Prepared], entries: Sequence[Entry]) -> list[Added]:
        """Bring a new answer: the first for its reports, or a revision of them."""
        before = {
            name: None
            for entry in entries
            for key in sorted(keys(entry))
            if (name := self._current.get(key))
        }
        old = [one for name in before for one in self._by_answer[name]]
        replaced = tuple(dict.fromkeys(map(_plain, old)))
        shrunk = self._shrunk(old, entries)
        numbers = [self._numbers(entry, again=True) for entry in entries]
        hashes = "".join(entry.sha256 for entry in entries)
        # The same files after the same line are the same answer, whoever writes it.
        seed = f"{self.history.last.check}:{len(self.new)}:{hashes}"
        name = hashlib.sha256(seed.encode()).hexdigest()[:_OWN_NAME]
        entries = [replace(entry, over=tuple(before)) for entry in entries]
        done = []
        for part, (prepared, entry) in enumerate(zip(parts, entries, strict=True), start=1):
            self._plan(prepared, entry, name, part, len(parts), numbers[part - 1])
            status: Status = "revised" if replaced else "added"
            notes = (*entry.notes, *shrunk) if part == 1 else None
            done.append(_outcome(prepared, status, self.new[-1], notes=notes, beside=replaced))
        return done

    def _changed_keys(self, prepared: Prepared, entry: Entry) -> Added | None:
        """Return the outcome of a file that lacks rows of the report whose place it would take."""
        wanted = {key for key in keys(entry) if key in self._current}
        if not wanted:
            return None
        names = dict.fromkeys(self._current[key] for key in sorted(wanted))
        old = [one for name in names for one in self._by_answer[name]]
        rows = [frame for one in old if (frame := self._rows(one, wanted)) is not None]
        if len(rows) < len(old):
            # A damaged one is mended by what comes.
            return None
        starts = [Period.parse(key.period).start for key in wanted if key.period]
        now = pl.scan_parquet(io.BytesIO(prepared.parquet))
        if starts:
            now = now.filter(pl.col("period").is_in(starts))
        changed = changed_keys(entry.kind, pl.concat(rows, how="diagonal_relaxed"), now)
        if changed is None or not changed.vanished:
            return None
        seen = f"It would take the place of {', '.join(map(_plain, old))}. {changed}"
        error = ChangedKeysError(str(prepared.path), seen)
        return Added(prepared.path, "refused", error=error)

    def _rows(self, entry: Entry, wanted: set[Key]) -> pl.LazyFrame | None:
        """Return a file's rows for some reports, also while they are about to be written."""
        chosen = Counting(entry, frozenset(wanted & keys(entry)))
        if (waiting := self.files.get(entry.parquet)) is not None:
            return chosen.of(pl.scan_parquet(io.BytesIO(waiting)))
        try:
            return chosen.scan(self.folder)
        except InsightsError:
            return None

    def _shrunk(self, old: Sequence[Entry], entries: Sequence[Entry]) -> tuple[str, ...]:
        """Return a note where a revision has far fewer rows than what it replaces."""
        wanted = {key for entry in entries for key in keys(entry)}
        # The ledger does not count a file's rows by period.
        if not all(self._counts(one) and keys(one) <= wanted for one in old):
            return ()
        before, now = sum(one.rows for one in old), sum(one.rows for one in entries)
        if now >= before * _SHRUNK:
            return ()
        seen = f"It had {before:,} rows before and has {now:,} now."
        return (f"{seen} If it is cut short, withdraw it: the one before counts again then.",)

    def _numbers(self, entry: Entry, *, again: bool) -> tuple[int, ...]:
        """Return the revision that each period has with an entry."""
        latest: dict[str, int] = {}
        for key in keys(entry):
            latest[key.period] = max(latest.get(key.period, -1), self._revisions.get(key, -1))
        return tuple(latest[label] + again for label in entry.periods or ("",))

    def _plan(
        self,
        prepared: Prepared,
        entry: Entry,
        answer: str,
        part: int,
        parts: int,
        revisions: tuple[int, ...],
    ) -> None:
        known = self._by_hash.get(entry.sha256, ())
        twin = next((one for one in known if one.parquet == entry.parquet), None)
        if twin is not None:
            # The same bytes are kept once, however often they count.
            entry = replace(entry, original=twin.original, parquet_sha256=twin.parquet_sha256)
        entry = replace(entry, answer=answer, part=part, parts=parts, revisions=revisions)
        if parts > 1:
            self._parts[answer] = max(self._parts.get(answer, 1), part)
        if not self._whole(entry):
            self.files[entry.original] = prepared.download.data
        if twin is None:
            self.files[entry.parquet] = prepared.parquet
        self.new.append(entry)
        self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._by_hash.setdefault(entry.sha256, []).append(entry)
        self._by_rows.setdefault(entry.parquet_sha256, []).append(entry)
        self._by_answer.setdefault(entry.answer, []).append(entry)
        for name in entry.namespaces:
            self._names.setdefault(name.casefold(), name)
        numbers = dict(zip(entry.periods or ("",), entry.revisions, strict=True))
        for key in keys(entry):
            self._current[key] = entry.answer
            self._revisions[key] = numbers[key.period]

    def _owners(self, prepared: Prepared) -> tuple[str, ...]:
        """Return whose report it is, also where it has no rows."""
        from insights_nb.reading.naming import publisher_in_name

        result = prepared.result
        if result is not None and result.namespaces:
            return result.namespaces
        name = prepared.path.name
        if named := publisher_in_name(name):
            return (self._names.get(named.casefold(), named),)
        if len(self._names) > 1:
            known = ", ".join(sorted(self._names.values()))
            raise ReadError(
                None,
                f"{name} has no rows, so nothing in it names its publisher (in the archive: "
                f"{known}). Name it: --namespace NAME (namespace= in Python).",
            )
        return tuple(self._names.values())


def _refuse_undecided(prepared: Prepared) -> None:
    """Refuse a file whose rows may be of a week or of a month: a part of one is neither."""
    result = prepared.result
    if result is not None and result.instead is not None:
        week, month = result.periods[0], result.instead
        raise ReadError(
            str(prepared.path),
            f"its days are all of the week {week} and of the month {month}, and its name has "
            f"neither. Name the period, as in --period {month} (period= in Python), with --parts "
            "where several files make it up.",
        )


def _rows_of(entry: Entry) -> object:
    # A part without rows counts nothing, and is expected beside the others.
    return (entry.parquet_sha256, frozenset(reports(entry))) if entry.rows else entry.sha256


def _plain(entry: Entry) -> str:
    return Path(entry.original).name.partition("-")[2]


def _outcome(
    prepared: Prepared,
    status: Status,
    entry: Entry,
    *,
    notes: tuple[str, ...] | None = None,
    beside: tuple[str, ...] = (),
) -> Added:
    return Added(
        prepared.path,
        status,
        entry.kind,
        entry.granularity,
        entry.periods,
        entry.rows,
        entry.notes if notes is None else notes,
        revision=max(entry.revisions),
        beside=beside,
    )
