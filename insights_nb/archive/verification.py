"""Whether an archive is still as it was filled, and how its Parquet is rebuilt."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from insights_nb.archive import ledger
from insights_nb.archive.additions import parquet_bytes, sha256
from insights_nb.archive.commits import INCOMING, LEDGER, Writer, has_writer, is_part, read_journal
from insights_nb.archive.history import History, history
from insights_nb.archive.ledger import Entry, Ledger, Lost, NewerLedgerError, Rebuilt
from insights_nb.archive.withdrawals import SHORT
from insights_nb.errors import InsightsError, LedgerError, NoArchiveError
from insights_nb.files import FileSizeError, OutsideError, inside, require_regular

Problem = Literal[
    "damaged original", "missing original", "unreadable original",
    "damaged Parquet", "missing Parquet", "unreadable Parquet",
    "damaged ledger line", "missing ledger line", "newer ledger line", "missing ledger",
    "implausible period", "damaged journal", "unreadable folder", "stray file",
]  # fmt: skip

_ORIGINALS = "originals"
_KEPT = (_ORIGINALS, "parquet")
# Without a ledger too, one of these tells an archive from any other folder.
_SIGNS = (LEDGER, _ORIGINALS, INCOMING, "offers.json")
_OURS = {LEDGER, "offers.json", "events.csv", "clients.csv", "tags.csv", "README.md"}
Progress = Callable[[Sequence[Entry]], Iterable[Entry]]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in an archive.

    Parameters
    ----------
    problem
        What is wrong.
    path
        The file, below the archive's folder.
    line
        The line, where the file is the ledger.
    detail
        What was seen and what was expected.
    remedy
        What to do.
    """

    problem: Problem
    path: str
    line: int | None
    detail: str
    remedy: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}, line {self.line}"
        return f"{self.problem}: {place}: {self.detail}. {self.remedy}"


class Findings(list[Finding]):
    """What `Archive.verify` found; prints as a list and a summary.

    Parameters
    ----------
    originals, parquets
        How many files were read and hashed.
    unfinished
        Whether a killed process left work that the next one finishes.
    notes
        What is unusual and not wrong.
    """

    def __init__(
        self,
        found: Sequence[Finding],
        originals: int,
        parquets: int,
        *,
        unfinished: bool,
        notes: Sequence[str] = (),
    ) -> None:
        super().__init__(found)
        self.originals = originals
        self.parquets = parquets
        self.unfinished = unfinished
        self.notes = tuple(notes)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self

    @property
    def summary(self) -> str:
        """One line."""
        read = f"{self.originals:,} originals and {self.parquets:,} Parquet files checked"
        noun = "problem" if len(self) == 1 else "problems"
        verdict = "nothing is wrong" if self.clean else f"{len(self)} {noun}"
        left = (
            " A process was killed while it added files; the next add or fetch finishes its work."
            if self.unfinished
            else ""
        )
        return f"{read}: {verdict}.{left}"

    def __str__(self) -> str:
        notes = (f"note: {note}" for note in self.notes)
        return "\n".join([*(str(one) for one in self), *notes, self.summary])


def verify(folder: Path, progress: Progress | None = None) -> Findings:
    """Hash every file that the ledger names, also what no longer counts: `Archive.verify`."""
    require(folder)
    state = ledger.inspect(inside(folder, LEDGER))
    listed = progress(state.entries) if progress else state.entries
    suspects = [one for one in listed if _verify_entry(folder, one, {})]
    # A writer beside brings files first, then the ledger's lines, and removes its journal last:
    # in this order nothing that it is about to finish is missed.
    walk = _Walk(folder)
    targets, journal = _about_to_come(folder)
    unfinished = _unfinished(folder)
    # A killed process may have brought the first files, and the ledger comes last.
    lost = (folder / _ORIGINALS).is_dir() and not unfinished and not (folder / LEDGER).exists()
    now = ledger.inspect(inside(folder, LEDGER)) if suspects or walk.files else state
    found = [
        Finding(
            "damaged ledger line", LEDGER, number, why,
            "Restore the line from a copy of the archive; or remove it and add the original, which "
            "is then listed as a stray file.",
        )
        for number, why in now.damaged.items()
    ]  # fmt: skip
    if lost:
        found.append(_lost_ledger(folder))
    hashes: dict[str, str | OSError] = {}
    again = {(one.original, one.parquet) for one in suspects}
    for entry in now.entries if suspects else ():
        if (entry.original, entry.parquet) in again and not targets & {
            entry.original,
            entry.parquet,
        }:
            found += _verify_entry(folder, entry, hashes)
    named = {path for one in now.entries for path in (one.original, one.parquet)}
    found += journal
    found += walk.findings(named | targets, _KEPT if lost else ())
    come_to = history(now)
    found = [*_ledger_findings(folder, now, come_to), *_otherwise(found, now, hashes)]
    return Findings(
        list(dict.fromkeys(found)),
        len({entry.original for entry in state.entries}),
        len({entry.parquet for entry in state.entries}),
        unfinished=bool(unfinished and _left_over(folder, (folder / INCOMING).iterdir)),
        notes=_notes(now, come_to),
    )


def _about_to_come(folder: Path) -> tuple[set[str], list[Finding]]:
    """Return what a commit is bringing or was killed at, or what is wrong with its journal."""
    try:
        journal = read_journal(folder)
    except (LedgerError, OutsideError, FileSizeError) as error:
        path = f"{INCOMING}/journal.json"
        remedy = "Remove its folder, and add or fetch again what was being brought in."
        return set(), [Finding("damaged journal", path, None, str(error).rstrip("."), remedy)]
    except OSError:
        return set(), []
    return (set() if journal is None else journal.targets), []


def _ledger_findings(folder: Path, state: Ledger, come_to: History) -> list[Finding]:
    """Return what is wrong with the ledger itself."""
    here = shlex.quote(str(folder))
    found = [
        Finding(
            "newer ledger line", LEDGER, state.newer[0],
            f"a newer version of insights_nb wrote {_lines(len(state.newer))}",
            "Update insights_nb: this version neither reads nor changes the archive.",
        )
    ] if state.newer else []  # fmt: skip
    found += [
        Finding(
            "missing ledger line", LEDGER, number,
            f"it was written after a line that is missing (check sum {check})",
            f"Restore that line from a copy: insights-nb merge COPY --archive {here}. Without a "
            "copy, add the originals that are listed as stray files; then insights-nb repair notes "
            "that the line is lost.",
        )
        for check, number in state.cut.items()
    ]  # fmt: skip
    return found + [
        Finding(
            "implausible period", entry.original, None,
            f"it is for {', '.join(labels[:3])}, when Docker Hub cannot have counted anything, so "
            "its rows do not count",
            f"Withdraw it: insights-nb withdraw {entry.sha256[:SHORT]} --why TEXT --archive {here}",
        )
        for entry, labels in come_to.implausible
        if len(labels) == len(entry.periods)
    ]  # fmt: skip


def _notes(state: Ledger, come_to: History) -> list[str]:
    """Return what is not wrong, and worth knowing."""
    partly = [
        f"{entry.original} is also for {', '.join(labels[:3])}, when Docker Hub cannot have "
        "counted anything; these rows do not count."
        for entry, labels in come_to.implausible
        if len(labels) < len(entry.periods)
    ]
    repeats = "repeats another and counts" if state.doubled == 1 else "repeat others and count"
    doubled = f"{_lines(state.doubled)} of the ledger {repeats} once."
    gone = len(come_to.withdrawn)
    noun = "file is" if gone == 1 else "files are"
    return [
        *([doubled] if state.doubled else []),
        *([f"{gone:,} {noun} withdrawn; insights-nb status shows why."] if gone else []),
        *partly,
    ]


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _otherwise(
    found: Sequence[Finding], state: Ledger, hashes: Mapping[str, str | OSError]
) -> list[Finding]:
    """Leave out what only seems wrong.

    Two copies of an archive may have typed one original with two versions of the package, and
    either's Parquet is right. Files that a newer version's lines name are no strays.
    """
    right = state.hashes() if any(one.problem == "damaged Parquet" for one in found) else {}
    return [
        one
        for one in found
        if not (one.problem == "damaged Parquet" and hashes.get(one.path) in right[one.path])
        and not (one.problem == "stray file" and state.newer)
    ]


def require(folder: Path) -> None:
    """Check that a folder has something of an archive.

    Raises
    ------
    NoArchiveError
        If it has not: it must not pass for whole.
    """
    try:
        known = any((folder / name).exists() for name in _SIGNS)
    except OSError as error:
        raise ledger.no_access(folder / LEDGER, error.strerror or str(error)) from error
    if not known:
        raise NoArchiveError(
            f"{folder} is no archive: it has no ledger.jsonl and no originals. Check the folder, "
            "or name the archive's with --archive."
        )


def _unfinished(folder: Path) -> bool:
    try:
        return any((folder / INCOMING).iterdir())
    except OSError:
        return False


def _left_over(folder: Path, paths: Callable[[], Iterable[Path]]) -> set[str]:
    """Return the names of the files that nobody is writing: there before and after no writer was.

    Parameters
    ----------
    folder
        The archive's.
    paths
        Finds the files.
    """
    before = _seen(paths)
    if not before or has_writer(folder):
        return set()
    return {name for name, _, _ in before & _seen(paths)}


def _seen(paths: Callable[[], Iterable[Path]]) -> set[tuple[str, int, int]]:
    seen = set()
    with suppress(OSError):
        for path in paths():
            with suppress(OSError):
                found = path.lstat()
                seen.add((path.name, found.st_ino, found.st_mtime_ns))
    return seen


def rebuild(folder: Path, entry: Entry) -> bytes:
    """Return an entry's Parquet, made again from its original.

    Raises
    ------
    ReadError
        If the original can no longer be read as what it was taken for.
    """
    from insights_nb.reading import read_bytes

    original = inside(folder, entry.original)
    require_regular(original)
    result = read_bytes(
        original.read_bytes(),
        original.name.partition("-")[2],
        kind=entry.kind,
        # Where the periods stand in the file, there may be several.
        period=entry.periods[0] if len(entry.periods) == 1 else None,
        namespace=entry.namespaces[0] if len(entry.namespaces) == 1 else None,
        repository=entry.view if entry.kind == "pulls" and entry.view else None,
    )
    return parquet_bytes(result)


def repair(writer: Writer, findings: Sequence[Finding]) -> None:
    """Make each damaged or missing Parquet again, and note what the ledger lost for good.

    What cannot be made again is left out: its original is lost, or is read differently now.

    Raises
    ------
    NewerLedgerError
        If a newer version wrote to the archive.
    """
    path = inside(writer.folder, LEDGER)
    state = ledger.inspect(path)
    for number in state.newer:
        raise NewerLedgerError(path, number)
    if state.cut:
        writer.commit({}, ledger.lines([Lost(check) for check in state.cut], state.last))
    broken = {one.path for one in findings if one.problem.endswith("Parquet")}
    lost = {one.path for one in findings if one.problem.endswith("original")}
    for entry in state.entries:
        if entry.parquet not in broken or entry.original in lost:
            continue
        broken.discard(entry.parquet)
        with suppress(InsightsError):
            data = rebuild(writer.folder, entry)
            digest = sha256(data)
            # Another version of the package may write other bytes for the same rows.
            lines = [] if digest == entry.parquet_sha256 else [Rebuilt(entry.parquet, digest)]
            # Read again only where a line follows: a repair of thousands is no matter of squares.
            text = ledger.lines(lines, ledger.inspect(path).last) if lines else b""
            writer.commit({entry.parquet: data}, text)


def _verify_entry(folder: Path, entry: Entry, hashes: dict[str, str | OSError]) -> list[Finding]:
    return [*_verify_original(folder, entry, hashes), *_verify_parquet(folder, entry, hashes)]


def _verify_original(folder: Path, entry: Entry, hashes: dict[str, str | OSError]) -> list[Finding]:
    digest = _digest(folder, entry.original, hashes)
    if digest == entry.sha256:
        return []
    again = f"add {Path(entry.source).name} again."
    remedy = f"Restore it from a copy, or {again}"
    if isinstance(digest, OSError):
        if _absent(digest):
            detail = f"the ledger names it for {_called(entry)}"
            return [Finding("missing original", entry.original, None, detail, remedy)]
        return [
            Finding(
                "unreadable original", entry.original, None, _reason(digest),
                f"Make it readable, or {again}",
            )
        ]  # fmt: skip
    size = (folder / entry.original).stat().st_size
    detail = (
        f"{size:,} bytes instead of {entry.size:,}"
        if size != entry.size
        else "it does not match its hash in the ledger"
    )
    return [Finding("damaged original", entry.original, None, detail, remedy)]


def _verify_parquet(folder: Path, entry: Entry, hashes: dict[str, str | OSError]) -> list[Finding]:
    digest = _digest(folder, entry.parquet, hashes)
    if digest == entry.parquet_sha256:
        return []
    problem: Problem = "damaged Parquet"
    detail = f"it has the rows of {entry.original}"
    remedy = "Run 'insights-nb repair', which rebuilds it."
    if isinstance(digest, OSError) and _absent(digest):
        problem = "missing Parquet"
    elif isinstance(digest, OSError):
        problem = "unreadable Parquet"
        detail += f": {_reason(digest)}"
        remedy = f"Make it readable, or r{remedy[1:]}"
    return [Finding(problem, entry.parquet, None, detail, remedy)]


def _lost_ledger(folder: Path) -> Finding:
    pattern = shlex.quote(f"{glob.escape(str(folder))}/{_ORIGINALS}/**/*")
    return Finding(
        "missing ledger", LEDGER, None,
        "without it none of the originals counts",
        "Restore it from a copy of the archive. Without a copy, add the originals again: "
        f"insights-nb add {pattern} --archive {shlex.quote(str(folder))}; docs/archive.md "
        "lists what to check afterwards.",
    )  # fmt: skip


class _Walk:
    """Every file below an archive's folder at one time, and what could not be looked into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[str] = []
        self._closed: list[OSError] = []
        for place, folders, files in os.walk(folder, onerror=self._closed.append):
            inside = Path(place).relative_to(folder)
            if not inside.parts:
                # Hidden at the top: the lock, what is being written, a version control's own.
                folders[:] = [name for name in folders if not name.startswith(".")]
                files = [name for name in files if not name.startswith(".") or is_part(name)]
            self.files += [(inside / name).as_posix() for name in files]

    def findings(self, named: Collection[str], skipped: Sequence[str]) -> list[Finding]:
        """Return the files that nothing names, and the folders that could not be read."""
        strays = [
            path
            for path in self.files
            if path not in named and path not in _OURS and path.partition("/")[0] not in skipped
        ]
        parts = {path for path in strays if is_part(path)}
        if parts:
            left = _left_over(self.folder, lambda: [self.folder / path for path in parts])
            strays = [path for path in strays if path not in parts or path in left]
        # What is gone by now was taken back.
        strays = [path for path in strays if os.path.lexists(self.folder / path)]
        return [
            *(
                Finding(
                    "unreadable folder", Path(error.filename).relative_to(self.folder).as_posix(),
                    None, _reason(error), "Give yourself read permission, then verify again.",
                )
                for error in self._closed
                if not _absent(error)
            ),
            *(_stray(path) for path in sorted(strays)),
        ]  # fmt: skip


def _stray(path: str) -> Finding:
    if is_part(path):
        detail, remedy = "a killed process left it", "The next add or fetch removes it."
    else:
        detail, remedy = "it is not in the ledger", "Move it away; if it is a report, add it."
    return Finding("stray file", path, None, detail, remedy)


def _digest(folder: Path, name: str, hashes: dict[str, str | OSError]) -> str | OSError:
    if name not in hashes:
        try:
            path = inside(folder, name)
            require_regular(path)
            with path.open("rb") as file:
                hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            hashes[name] = error
        except OutsideError:
            hashes[name] = OSError(errno.ELOOP, "a link leads out of the archive's folder")
    return hashes[name]


def _absent(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError | NotADirectoryError)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _called(entry: Entry) -> str:
    return " ".join([entry.kind, *entry.periods[:1]])
