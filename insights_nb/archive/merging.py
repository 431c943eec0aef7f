"""Bringing what another copy of an archive has into this one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from insights_nb.archive import history, ledger, offers
from insights_nb.archive.additions import Added, Additions, Status, sha256
from insights_nb.archive.commits import LEDGER, writing
from insights_nb.archive.counting import keys
from insights_nb.archive.history import History
from insights_nb.archive.ledger import Entry, Ledger, NewerLedgerError, Rebuilt, Record
from insights_nb.archive.offers import Offer
from insights_nb.archive.verification import rebuild, require
from insights_nb.archive.withdrawals import of_file, plain
from insights_nb.errors import InsightsError
from insights_nb.files import inside, is_kept, require_regular

# So much is brought by one commit: an interrupt or a kill costs no more than that.
_BATCH_BYTES = 32 << 20
_BATCH_LINES = 1_000
OFFERS = "offers.json"
# Fewer lines than this are brought before a progress bar would be read.
_BAR_FROM = 20
_OWN = ("events.csv", "clients.csv", "tags.csv")


class MergeError(InsightsError, ValueError):
    """A file of the other archive does not match its ledger, and is not brought."""

    def __init__(self, path: object, why: str) -> None:
        self.path = path
        super().__init__(
            f"{path} {why}, so it was not merged. Repair it there (insights-nb verify), then merge "
            "again."
        )


class Merged(Additions):
    """The outcome of each file of `Archive.merge`; prints those that are new here or refused."""

    def __str__(self) -> str:
        news = [str(one) for one in self if one.status != "unchanged"]
        left = [f"Left out: {', '.join(self.left_out)}."] if self.left_out else []
        return "\n".join([*news, self.summary, *left])


@dataclass
class Batch:
    """What one commit brings.

    Parameters
    ----------
    files
        By their place in the archive.
    lines
        As they stand in the other ledger.
    rebuilt
        Parquet that had to be made again, with other bytes.
    brought, refused
        What became of it.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[bytes] = field(default_factory=list)
    rebuilt: list[Rebuilt] = field(default_factory=list)
    brought: list[Entry] = field(default_factory=list)
    refused: list[Added] = field(default_factory=list)

    def text(self, last: ledger.Last) -> bytes:
        """Return what is appended to the ledger."""
        theirs = b"".join(line + b"\n" for line in self.lines)
        if not self.rebuilt:
            return theirs
        # Later than what it is about, which may have been written by a clock that is ahead.
        latest = max(last, ledger.parse(self.lines).last)
        return theirs + ledger.lines(self.rebuilt, latest)


def merge(folder: Path, other: Path, merged: Merged) -> None:
    """Bring what another archive has: `Archive.merge`.

    `merged` gets the outcome, also after an error.
    """
    # Loads ipywidgets in a notebook, which reading an archive does not need.
    from tqdm.auto import tqdm

    theirs = opened(other)
    before = history.read(inside(folder, LEDGER))
    listed, refused = _offers(other)
    refused += _damaged(other, theirs)
    brought: list[Entry] = []
    lost: list[Added] = []
    # None: drawn in a terminal or a notebook, left out of a log.
    hidden = None if len(theirs.texts) >= _BAR_FROM else True
    bar = tqdm(total=len(theirs.texts), desc="Merging", unit="line", disable=hidden)
    try:
        for portion in _portions(theirs, other):
            with writing(folder) as writer:
                ours = ledger.read(inside(folder, LEDGER))
                batch = _gather(folder, ours, other, theirs, portion)
                if batch.lines:
                    writer.commit(batch.files, batch.text(ours.last))
            brought += batch.brought
            lost += batch.refused
            bar.update(len(portion))
        with writing(folder) as writer:
            # What was broken is made whole by it.
            now, _ = _offers(folder)
            kept = _renewed(now, listed)
            if {*kept} != {*now}:
                writer.replace(lambda: offers.write(folder / OFFERS, kept))
    finally:
        bar.close()
        after = history.read(inside(folder, LEDGER))
        merged += [*_outcomes(before, after, theirs, brought, len(lost)), *lost, *refused]
        merged.left_out = tuple(_own_files(folder, other))


def opened(folder: Path) -> Ledger:
    """Read the other archive's ledger; its damaged lines are reported later.

    Raises
    ------
    NoArchiveError
        If there is none.
    NewerLedgerError
        If a newer version wrote to it: who does not understand it all cannot bring it.
    LedgerAccessError
        If it may not be read, or is missing.
    """
    require(folder)
    path = inside(folder, LEDGER)
    found = ledger.inspect(path)
    for number in found.newer:
        raise NewerLedgerError(path, number)
    if not path.exists():
        raise ledger.no_access(path, "it is missing: see insights-nb verify")
    return found


def _portions(theirs: Ledger, other: Path) -> Iterator[list[tuple[Record, bytes]]]:
    """Yield what one commit may bring: the parts of an answer are not torn apart."""
    portion: list[tuple[Record, bytes]] = []
    size = 0
    for record, line in theirs.texts:
        portion.append((record, line))
        size += len(line)
        if isinstance(record, Entry):
            size += record.size + _size(other, record.parquet)
            if record.part < record.parts:
                continue
        if size >= _BATCH_BYTES or len(portion) >= _BATCH_LINES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _gather(
    folder: Path, ours: Ledger, other: Path, theirs: Ledger, portion: Sequence[tuple[Record, bytes]]
) -> Batch:
    """Return what of a portion is not here, checked against its hashes."""
    here = {line for _, line in ours.texts}
    batch = Batch()
    copying = _Copying(folder, ours, other, theirs)
    for record, line in portion:
        if line in here:
            continue
        if isinstance(record, Entry):
            try:
                files, rebuilt = copying.files(record, batch.files)
            except InsightsError as error:
                batch.refused.append(Added(Path(plain(record)), "refused", error=error))
                continue
            batch.files |= files
            batch.rebuilt += rebuilt
            batch.brought.append(record)
        batch.lines.append(line)
    return batch


def _damaged(other: Path, theirs: Ledger) -> list[Added]:
    """Return each line of the other ledger that cannot be read as refused."""
    path = inside(other, LEDGER)
    return [
        Added(Path(LEDGER), "refused", error=ledger.no_entry(path, number, why))
        for number, why in theirs.damaged.items()
    ]


def _outcomes(
    before: History, after: History, theirs: Ledger, brought: Iterable[Entry], refused: int
) -> list[Added]:
    """Return what became of each file of the other archive."""
    known = {one.sha256 for one in before.entries} | {one.entry.sha256 for one in before.withdrawn}
    reports = {key for one in before.entries for key in keys(one)}
    done = []
    count = 0
    for entry in brought:
        count += 1
        gone = of_file(after.withdrawn, entry) if after.withdrawn else None
        status: Status = (
            "unchanged"
            if entry.sha256 in known
            else "withdrawn"
            if gone
            else "revised"
            if keys(entry) & reports
            else "added"
        )
        notes = (f"{str(gone)[0].upper()}{str(gone)[1:]}",) if gone else ()
        done.append(_added(entry, status, notes))
    same = len(theirs.entries) - count - refused
    done += [_added(entry, "unchanged", ()) for entry in theirs.entries[: max(0, same)]]
    return done


def _renewed(ours: Sequence[Offer], theirs: Sequence[Offer]) -> list[Offer]:
    """Return the newest offer of each series that either has."""
    newest = {}
    for offer in sorted([*ours, *theirs], key=lambda one: (one.asked, one.periods, one.source)):
        newest[offer.series] = offer
    return list(newest.values())


def _offers(folder: Path) -> tuple[list[Offer], list[Added]]:
    """Return an archive's offers, or why they cannot be read."""
    try:
        return offers.read(inside(folder, OFFERS)), []
    except InsightsError as error:
        return [], [Added(Path(OFFERS), "refused", error=error)]


def _own_files(folder: Path, other: Path) -> list[str]:
    """Name the publisher's own files that differ: nobody but the publisher can unite them."""
    return [
        f"{name} (your own file: copy what you need from it)"
        for name in _OWN
        if (theirs := _bytes(other, name)) is not None and theirs != _bytes(folder, name)
    ]


class _Copying:
    """Reads the files of entries from another archive, and checks them."""

    def __init__(self, folder: Path, ours: Ledger, other: Path, theirs: Ledger) -> None:
        self._folder = folder
        self._other = other
        # Whatever version wrote it, it is the rows of the same original.
        self._hashes: dict[str, set[str]] = {}
        for one in (ours, theirs):
            for path, hashes in one.hashes().items():
                self._hashes.setdefault(path, set()).update(hashes)

    def files(
        self, entry: Entry, coming: dict[str, bytes]
    ) -> tuple[dict[str, bytes], list[Rebuilt]]:
        """Return the files of an entry that are not here.

        Raises
        ------
        MergeError
            If its original is missing or damaged on both sides.
        """
        for path in (entry.original, entry.parquet):
            if not is_kept(path):
                raise MergeError(path, "leads out of the archive's folder")
        files: dict[str, bytes] = {}
        rebuilt: list[Rebuilt] = []
        if entry.original not in coming and not self._has(entry.original, {entry.sha256}):
            data = _bytes(self._other, entry.original)
            place = self._other / entry.original
            if data is None:
                raise MergeError(place, "is missing or cannot be read")
            if sha256(data) != entry.sha256:
                raise MergeError(place, "is damaged: it does not match its hash in the ledger")
            files[entry.original] = data
        if entry.parquet not in coming and not self._has(
            entry.parquet, self._hashes[entry.parquet]
        ):
            data = _bytes(self._other, entry.parquet)
            if data is None or sha256(data) not in self._hashes[entry.parquet]:
                data = self._again(entry)
                if sha256(data) not in self._hashes[entry.parquet]:
                    rebuilt.append(Rebuilt(entry.parquet, sha256(data)))
            files[entry.parquet] = data
        return files, rebuilt

    def _again(self, entry: Entry) -> bytes:
        for folder in (self._other, self._folder):
            if _digest(folder, entry.original) == entry.sha256:
                try:
                    return rebuild(folder, entry)
                except (InsightsError, OSError):
                    break
        raise MergeError(self._other / entry.parquet, "is damaged or missing and cannot be rebuilt")

    def _has(self, path: str, hashes: set[str]) -> bool:
        return _digest(self._folder, path) in hashes


def _added(entry: Entry, status: Status, notes: tuple[str, ...]) -> Added:
    return Added(
        Path(plain(entry)), status, entry.kind, entry.granularity, entry.periods, entry.rows, notes
    )


def _bytes(folder: Path, name: str) -> bytes | None:
    try:
        path = inside(folder, name)
        require_regular(path)
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _digest(folder: Path, name: str) -> str | None:
    try:
        path = inside(folder, name)
        require_regular(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def _size(folder: Path, name: str) -> int:
    try:
        return inside(folder, name).stat().st_size
    except (OSError, ValueError):
        return 0
