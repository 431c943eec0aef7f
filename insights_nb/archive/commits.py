"""How an archive changes: by one writer at a time, and whole or not at all.

A commit brings files and the ledger lines that name them. Everything is first written beside its
place and flushed to disk; then a journal says what is to be done; then the files take their names
and the ledger its lines. A process that is killed before the journal was there has changed nothing,
and one that is killed later has its commit finished by the next writer.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from insights_nb.archive.ledger import is_line
from insights_nb.errors import ArchiveBusyError, ArchiveFolderError, InsightsError, LedgerError
from insights_nb.files import (
    OutsideError,
    flush_folder,
    inside,
    is_kept,
    read_whole,
    require_regular,
    write_atomically,
)
from insights_nb.limits import JOURNAL_BYTES

LEDGER = "ledger.jsonl"
INCOMING = ".incoming"
"""Folder of what is being written; empty when nobody writes."""

_JOURNAL = "journal.json"
_LOCK = ".lock"
# Beside its place, what is not part of a commit is written to: now by its name, once by chance.
_PART = re.compile(r"\.(?:(?:offers\.json|\.gitignore)\.[0-9a-f]{16}|[a-z0-9_]{8})\.part")
_STAGED = re.compile(r"\d{1,9}\.part")
# Longer than a ledger line mostly is, and than a `.gitignore` of ours.
_LONG = 1 << 16
_IGNORED = (_LOCK, f"{INCOMING}/", ".*.part")
_PATIENCE = 60.0
# Flushes of different files overlap in the kernel.
_FLUSHING = 8
# Starting threads takes longer than flushing as many small files.
_FEW = 4


@dataclass(frozen=True)
class _Step:
    staged: str
    target: str


@dataclass(frozen=True)
class Journal:
    """What a commit is about to do: which files take which names, and what the ledger gets."""

    steps: Sequence[_Step]
    size: int
    lines: bytes

    @property
    def targets(self) -> set[str]:
        """The files that it brings, below the archive's folder."""
        return {step.target for step in self.steps}


def read_journal(folder: Path) -> Journal | None:
    """Read what a commit is about to do; None where there is none.

    Raises
    ------
    LedgerError
        If it is damaged, or names what no commit brings.
    OutsideError
        If its folder leads out of the archive's.
    FileSizeError
        If it is larger than the limit.
    """
    if (folder / INCOMING).is_symlink():
        # Everything in it is ours to remove.
        raise OutsideError(folder, INCOMING)
    path = inside(folder, f"{INCOMING}/{_JOURNAL}")
    try:
        # Looked at once: a writer may take it away between two looks.
        if not stat.S_ISREG(path.stat().st_mode):
            raise _damaged(path)
        values = json.loads(read_whole(path, JOURNAL_BYTES))
        steps = [_Step(*pair) for pair in values["files"]]
        found = Journal(steps, values["ledger_size"], values["lines"].encode())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except InsightsError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    if type(found.size) is not int or found.size < 0 or not all(map(_is_step, steps)):
        raise _damaged(path)
    return found


def is_part(name: str) -> bool:
    """Return whether a file at an archive's top is being written, or left by a killed process."""
    return _PART.fullmatch(name) is not None


def has_writer(folder: Path) -> bool | None:
    """Return whether some process is the archive's writer now; None where that cannot be known.

    Nothing is made or waited for: a reader needs no right to write.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        handle = os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        # Lets go of the lock too.
        os.close(handle)
    return False


def _is_step(step: _Step) -> bool:
    return (
        isinstance(step.staged, str)
        and _STAGED.fullmatch(step.staged) is not None
        and is_kept(step.target)
    )


class Writer:
    """The one process that may change an archive; made by `writing`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / INCOMING

    def commit(self, files: Mapping[str, bytes], lines: bytes) -> None:
        """Bring files to their places below the folder, and append lines to the ledger.

        Raises
        ------
        ArchiveFolderError
            If anything cannot be written; then nothing is changed.
        OutsideError
            If one of them would lie elsewhere; then nothing is changed either.
        """
        for target in files:
            self._place(target)
        try:
            self._incoming.mkdir(exist_ok=True)
            steps = self._stage(files)
            size = _size(self._ledger)
            journal = {
                "files": [[step.staged, step.target] for step in steps],
                "ledger_size": size,
                "lines": lines.decode(),
            }
            text = json.dumps(journal, ensure_ascii=False).encode()
            write_atomically(self._incoming / _JOURNAL, lambda file: file.write(text))
        except OSError as error:
            self._sweep()
            raise _unwritable(self.folder, error) from error
        try:
            self._apply(steps, size, lines)
        except OSError as error:
            self._undo(steps, size)
            raise _unwritable(self.folder, error) from error
        self._sweep()

    def replace(self, write: Callable[[], None]) -> None:
        """Replace a file that is not part of a commit.

        Raises
        ------
        ArchiveFolderError
            If it cannot be written; then it is as it was.
        """
        try:
            write()
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def recover(self) -> None:
        """Finish the commit of a process that was killed, and clear away what it left.

        Raises
        ------
        ArchiveFolderError
            If the folder cannot be written.
        LedgerError
            If it is damaged.
        """
        try:
            journal = read_journal(self.folder)
            left = self._incoming.exists() and any(self._incoming.iterdir())
            if journal is not None:
                self._apply(journal.steps, journal.size, journal.lines)
            else:
                _finish_last_line(self._ledger)
            for path in self.folder.iterdir():
                if is_part(path.name) and not path.is_dir():
                    path.unlink()
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        if left:
            self._sweep()

    def _place(self, target: str) -> Path:
        """Return where a file of a commit goes; a link in its place is replaced, not followed."""
        if not is_kept(target):
            raise OutsideError(self.folder, target)
        parent, _, name = target.rpartition("/")
        return inside(self.folder, parent) / name

    @property
    def _ledger(self) -> Path:
        return inside(self.folder, LEDGER)

    def _stage(self, files: Mapping[str, bytes]) -> list[_Step]:
        steps = [_Step(f"{number}.part", target) for number, target in enumerate(files)]
        paths = [self._incoming / step.staged for step in steps]
        for path, data in zip(paths, files.values(), strict=True):
            # What lies there under that name, a link even, is not written to.
            path.unlink(missing_ok=True)
            with path.open("xb") as file:
                file.write(data)
        _in_parallel(_flush, paths)
        return steps

    def _apply(self, steps: Sequence[_Step], size: int, lines: bytes) -> None:
        """Carry out the journal; done twice, it is done once."""
        places = {step.staged: self._place(step.target) for step in steps}
        folders = {place.parent for place in places.values()}
        new = [folder for folder in folders if not folder.exists()]
        for folder in new:
            folder.mkdir(parents=True, exist_ok=True)
        for step in steps:
            staged = self._incoming / step.staged
            if staged.exists():
                staged.replace(places[step.staged])
        above = {parent for folder in new for parent in folder.relative_to(self.folder).parents}
        _in_parallel(flush_folder, [*folders, *(self.folder / parent for parent in above)])
        _append(self._ledger, size, lines)
        flush_folder(self.folder)

    def _undo(self, steps: Sequence[_Step], size: int) -> None:
        # Where even this fails, the journal stays, and the next writer finishes the commit.
        with suppress(OSError):
            path = self._ledger
            if path.exists() and _size(path) > size:
                os.truncate(path, size)
            if size == 0:
                path.unlink(missing_ok=True)
            for step in steps:
                if not (self._incoming / step.staged).exists():
                    self._place(step.target).unlink(missing_ok=True)
            self._sweep()

    def _sweep(self) -> None:
        # The journal goes first: without it, whatever else is left means nothing.
        with suppress(OSError):
            (self._incoming / _JOURNAL).unlink(missing_ok=True)
            for path in self._incoming.iterdir():
                with suppress(OSError):
                    path.unlink()


@contextmanager
def writing(folder: Path, *, patience: float = _PATIENCE) -> Iterator[Writer]:
    """Become the one writer of an archive, after finishing what a killed one had begun.

    Parameters
    ----------
    folder
        The archive's; made where it does not exist.
    patience
        Seconds to wait for another writer, which needs less than a second for its commit.

    Raises
    ------
    ArchiveBusyError
        If another writer does not end.
    ArchiveFolderError
        If the folder cannot be written.
    """
    lock = FileLock(folder / _LOCK, timeout=patience)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise ArchiveBusyError(
            f"Another process has been writing to {folder} for {patience:.0f} seconds. Try again "
            "when it has ended. Nothing was changed."
        ) from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        writer = Writer(folder)
        writer.recover()
        _ignore(folder)
        yield writer
    finally:
        lock.release()


def _ignore(folder: Path) -> None:
    """Keep what is only there while writing out of version control.

    In an archive of an earlier version some lines are added; a `.gitignore` that is not ours is
    left alone.
    """
    path = folder / ".gitignore"
    # Nothing depends on it.
    with suppress(OSError, ValueError):
        new = not os.path.lexists(path) and not (folder / LEDGER).exists()
        lines = [] if new else _plain_lines(path)
        if new or (INCOMING in {line.rstrip("/") for line in lines} and {*_IGNORED} - {*lines}):
            text = "".join(f"{line}\n" for line in dict.fromkeys([*lines, *_IGNORED]))
            write_atomically(path, lambda file: file.write(text.encode()))


def _plain_lines(path: Path) -> list[str]:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONG:
        return []
    return path.read_text(encoding="utf-8").splitlines()


def _append(path: Path, size: int, lines: bytes) -> None:
    """Append to a ledger that had a size before; what is there of the lines already stays."""
    with path.open("ab+") as file:
        file.seek(size)
        there = file.read()
        if lines.startswith(there):
            lines = lines[len(there) :]
        elif lines in there:
            return
        # Else the ledger was changed by hand meanwhile, and the lines come last.
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _finish_last_line(path: Path) -> None:
    # An editor's missing line end, or a copy that broke off: ours are finished by the journal.
    try:
        require_regular(path)
    except FileNotFoundError:
        return
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        # Only the end of it is looked at, however long it is.
        last = b""
        while len(last) < size and b"\n" not in last:
            start = max(0, size - 2 * len(last) - _LONG)
            file.seek(start)
            last = file.read(size - start)
    last = last[last.rfind(b"\n") + 1 :]
    if not last:
        return
    if is_line(last):
        _append(path, size, b"\n")
    else:
        os.truncate(path, size - len(last))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _in_parallel(act: Callable[[Path], None], paths: Sequence[Path]) -> None:
    if len(paths) <= _FEW:
        for path in paths:
            act(path)
        return
    with ThreadPoolExecutor(_FLUSHING) as pool:
        for _ in pool.map(act, paths):
            pass


def _unwritable(folder: Path, cause: OSError) -> ArchiveFolderError:
    return ArchiveFolderError(
        f"{folder} cannot be written: {cause.strerror or cause}. The archive is unchanged. Free "
        "space or give yourself write permission, then add the files again."
    )


def _damaged(journal: Path) -> LedgerError:
    return LedgerError(
        f"{journal} is damaged: it should list the files that a killed process was about to add. "
        "Remove its folder and add or fetch those files again. The archive is unchanged."
    )
