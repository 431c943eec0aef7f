"""What becomes of a file that is to be added, decided from what is held."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from insights_nb.additions import Added, Prepared, Status, sha256
from insights_nb.errors import InsightsError, NamespaceError, PartsError
from insights_nb.files import plain_name
from insights_nb.holdings import Key, keys
from insights_nb.ledger import Entry

if TYPE_CHECKING:
    from insights_nb.reading import ReadResult

_OWN_NAME = 13


@dataclass
class Plan:
    """What is to be brought into the archive: files by their place, and ledger entries.

    Parameters
    ----------
    entries
        What is held already; grows with what is planned.
    intact
        Tells whether a file of the archive still holds some bytes.
    """

    entries: Sequence[Entry]
    intact: Callable[[str, bytes], bool]
    files: dict[str, bytes] = field(default_factory=dict)
    new: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_hash: dict[str, list[Entry]] = {}
        self._by_answer: dict[str, list[Entry]] = {}
        self._current: dict[Key, str] = {}
        self._revisions: dict[Key, int] = {}
        self._names: dict[str, str] = {}
        for entry in self.entries:
            self._remember(entry)

    def add(self, prepared: Prepared, *, parts: bool = False) -> Added:
        """Decide on one file by itself, or as a further part of what is held."""
        if prepared.result is None:
            return self._refused(prepared)
        try:
            entry = self._describe(prepared, self._owners(prepared))
            if parts:
                return self._join(prepared, entry)
        except InsightsError as error:
            return Added(prepared.path, "refused", error=error)
        if held := self._same(entry):
            return self._held(prepared, held)
        return self._bring([prepared], [entry])[0]

    def answer(self, parts: Sequence[Prepared]) -> list[Added]:
        """Decide on the parts of one answer, together."""
        if failed := next((one for one in parts if one.error is not None), None):
            return [Added(one.path, "refused", error=failed.error) for one in parts]
        try:
            owners = sorted({name for one in parts for name in self._owners(one)})
        except NamespaceError as error:
            return [Added(one.path, "refused", error=error) for one in parts]
        # The same file listed twice would count twice.
        parts = list({one.digest: one for one in reversed(parts)}.values())[::-1]
        entries = [self._describe(one, tuple(owners)) for one in parts]
        held = self._answer_of(entries)
        if held is not None:
            by_hash = {entry.sha256: entry for entry in held}
            return [
                self._held(one, by_hash[entry.sha256])
                for one, entry in zip(parts, entries, strict=True)
            ]
        return self._bring(parts, entries)

    def _refused(self, prepared: Prepared) -> Added:
        # A renamed copy may have lost what its name said; its bytes are known all the same.
        if not prepared.told and (held := self._by_hash.get(prepared.digest)):
            return self._held(prepared, held[0])
        return Added(prepared.path, "refused", error=prepared.error)

    def _same(self, entry: Entry) -> Entry | None:
        """Return the entry of the same bytes taken for the same report."""
        candidates = self._by_hash.get(entry.sha256, ())
        return next((one for one in candidates if keys(one) == keys(entry)), None)

    def _answer_of(self, entries: Sequence[Entry]) -> list[Entry] | None:
        """Return the answer that counts, if it has just these bytes."""
        wanted = {key for entry in entries for key in keys(entry)}
        answers = {self._current.get(key) for key in wanted}
        if len(answers) != 1 or (name := answers.pop()) is None:
            return None
        held = self._by_answer[name]
        same = {one.sha256 for one in held} == {one.sha256 for one in entries}
        return held if same and {key for one in held for key in keys(one)} == wanted else None

    def _held(self, prepared: Prepared, entry: Entry) -> Added:
        done = _outcome(prepared, "held", entry)
        if self.intact(entry.original, prepared.download.data):
            return done
        # The same bytes came again: what was damaged or lost is whole again.
        self.files[entry.original] = prepared.download.data
        notes = (*done.notes, "Its original in the archive was damaged or missing: put back.")
        return _outcome(prepared, "held", entry, notes=notes)

    def _join(self, prepared: Prepared, entry: Entry) -> Added:
        answers = {self._current[key] for key in keys(entry) if key in self._current}
        if not answers:
            return self._bring([prepared], [entry])[0]
        if len(answers) > 1:
            raise PartsError(prepared.path.name, entry.periods)
        name = answers.pop()
        others = self._by_answer[name]
        if held := next((one for one in others if one.sha256 == entry.sha256), None):
            return self._held(prepared, held)
        number = len(others) + 1
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
        replaced = tuple(_plain(one) for name in before for one in self._by_answer[name])
        numbers = [self._numbers(entry, again=True) for entry in entries]
        hashes = "".join(entry.sha256 for entry in entries)
        count = len(self.entries) + len(self.new)
        name = hashlib.sha256(f"{count}:{hashes}".encode()).hexdigest()[:_OWN_NAME]
        done = []
        for part, (prepared, entry) in enumerate(zip(parts, entries, strict=True), start=1):
            self._plan(prepared, entry, name, part, len(parts), numbers[part - 1])
            status: Status = "revised" if replaced else "added"
            done.append(_outcome(prepared, status, self.new[-1], beside=replaced))
        return done

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
        if not self.intact(entry.original, prepared.download.data):
            self.files[entry.original] = prepared.download.data
        if twin is None:
            self.files[entry.parquet] = prepared.parquet
        self.new.append(entry)
        self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._by_hash.setdefault(entry.sha256, []).append(entry)
        self._by_answer.setdefault(entry.answer, []).append(entry)
        for name in entry.namespaces:
            self._names.setdefault(name.casefold(), name)
        numbers = dict(zip(entry.periods or ("",), entry.revisions, strict=True))
        for key in keys(entry):
            self._current[key] = entry.answer
            self._revisions[key] = numbers[key.period]

    def _owners(self, prepared: Prepared) -> tuple[str, ...]:
        """Return whose report it is, also where it has no rows to tell."""
        from insights_nb.reading.naming import publisher_in_name

        result = prepared.result
        if result is not None and result.namespaces:
            return result.namespaces
        name = prepared.path.name
        if named := publisher_in_name(name):
            return (self._names.get(named.casefold(), named),)
        if len(self._names) > 1:
            raise NamespaceError(name, sorted(self._names.values()))
        return tuple(self._names.values())

    def _describe(self, prepared: Prepared, owners: tuple[str, ...]) -> Entry:
        result, download = prepared.result, prepared.download
        assert result is not None  # noqa: S101 - callers sort out what could not be read
        folder = Path(result.kind) / (result.granularity or "any")
        # Without rows, the same bytes stand for different periods.
        start = result.periods[0].label if result.periods else "any"
        short = result.sha256[:12]
        name = plain_name(prepared.path.name).removeprefix(f"{short}-")
        return Entry(
            added=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            source=download.source,
            sha256=result.sha256,
            size=len(download.data),
            compression="gzip" if result.gzipped else "",
            original=(Path("originals") / folder / f"{short}-{name}").as_posix(),
            parquet=(Path("parquet") / folder / f"{start}-{result.sha256[:16]}.parquet").as_posix(),
            parquet_sha256=sha256(prepared.parquet),
            kind=result.kind,
            namespaces=owners,
            granularity=result.granularity,
            periods=tuple(period.label for period in result.periods),
            view=_view(result),
            answer="",
            part=1,
            parts=1,
            revisions=(),
            rows=result.rows,
            notes=result.notes,
        )


def _view(result: ReadResult) -> str:
    if result.kind != "image_pulls_summary":
        return ""
    named = result.frame.get_column("reference").is_not_null().any()
    return "reference" if named else "repository"


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
