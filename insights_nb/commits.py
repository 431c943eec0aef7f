"""How an archive changes: by one writer at a time, and whole or not at all.

A commit brings files and the ledger lines that name them. Everything is first written beside its
place and flushed to disk; then a journal says what is to be done; then the files take their names
and the ledger its lines. A process that is killed before the journal was there has changed nothing,
and one that is killed later has its commit finished by the next writer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from insights_nb.errors import ArchiveBusyError, ArchiveWriteError, JournalError
from insights_nb.files import flush_folder, write_atomically
from insights_nb.ledger import is_line

LEDGER = "ledger.jsonl"
INCOMING = ".incoming"
"""Folder of what is being written; empty when nobody writes."""

_JOURNAL = "journal.json"
_LOCK = ".lock"
_PATIENCE = 60.0
# Flushes of different files overlap in the kernel.
_FLUSHING = 8
# Starting threads takes longer than flushing as many small files.
_FEW = 4


@dataclass(frozen=True)
class _Step:
    staged: str
    target: str


class Writer:
    """The one process that may change an archive; made by `writing`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / INCOMING

    def commit(self, files: Mapping[str, bytes], lines: bytes) -> None:
        """Bring files to their places below the folder, and append lines to the ledger.

        Raises
        ------
        ArchiveWriteError
            If anything cannot be written; then nothing is changed.
        """
        try:
            self._incoming.mkdir(exist_ok=True)
            steps = self._stage(files)
            size = _size(self.folder / LEDGER)
            journal = {
                "files": [[step.staged, step.target] for step in steps],
                "ledger_size": size,
                "lines": lines.decode(),
            }
            text = json.dumps(journal, ensure_ascii=False).encode()
            write_atomically(self._incoming / _JOURNAL, lambda file: file.write(text))
        except OSError as error:
            self._sweep()
            raise ArchiveWriteError(self.folder, error) from error
        try:
            self._apply(steps, size, lines)
        except OSError as error:
            self._undo(steps, size)
            raise ArchiveWriteError(self.folder, error) from error
        self._sweep()

    def replace(self, write: Callable[[], None]) -> None:
        """Replace a file that is not part of a commit.

        Raises
        ------
        ArchiveWriteError
            If it cannot be written; then it is as it was.
        """
        try:
            write()
        except OSError as error:
            raise ArchiveWriteError(self.folder, error) from error

    def recover(self) -> None:
        """Finish the commit of a process that was killed, and clear away what it left.

        Raises
        ------
        ArchiveWriteError
            If the folder cannot be written.
        """
        try:
            left = self._incoming.exists() and any(self._incoming.iterdir())
            if left and (self._incoming / _JOURNAL).exists():
                journal = json.loads((self._incoming / _JOURNAL).read_bytes())
                steps = [_Step(*pair) for pair in journal["files"]]
                self._apply(steps, journal["ledger_size"], journal["lines"].encode())
            else:
                _finish_last_line(self.folder / LEDGER)
        except OSError as error:
            raise ArchiveWriteError(self.folder, error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(self._incoming / _JOURNAL) from error
        if left:
            self._sweep()

    def _stage(self, files: Mapping[str, bytes]) -> list[_Step]:
        steps = [_Step(f"{number}.part", target) for number, target in enumerate(files)]
        paths = [self._incoming / step.staged for step in steps]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        _in_parallel(_flush, paths)
        return steps

    def _apply(self, steps: Sequence[_Step], size: int, lines: bytes) -> None:
        """Do what the journal says; done twice, it is done once."""
        folders = {(self.folder / step.target).parent for step in steps}
        new = [folder for folder in folders if not folder.exists()]
        for folder in new:
            folder.mkdir(parents=True, exist_ok=True)
        for step in steps:
            staged = self._incoming / step.staged
            if staged.exists():
                staged.replace(self.folder / step.target)
        above = {parent for folder in new for parent in folder.relative_to(self.folder).parents}
        _in_parallel(flush_folder, [*folders, *(self.folder / parent for parent in above)])
        _append(self.folder / LEDGER, size, lines)
        flush_folder(self.folder)

    def _undo(self, steps: Sequence[_Step], size: int) -> None:
        # Where even this fails, the journal stays, and the next writer finishes the commit.
        with suppress(OSError):
            path = self.folder / LEDGER
            if path.exists() and _size(path) > size:
                os.truncate(path, size)
            if size == 0:
                path.unlink(missing_ok=True)
            for step in steps:
                if not (self._incoming / step.staged).exists():
                    (self.folder / step.target).unlink(missing_ok=True)
            self._sweep()

    def _sweep(self) -> None:
        # The journal goes first: without it, whatever else is left means nothing.
        with suppress(OSError):
            (self._incoming / _JOURNAL).unlink(missing_ok=True)
            for path in self._incoming.iterdir():
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
    ArchiveWriteError
        If the folder cannot be written.
    """
    lock = FileLock(folder / _LOCK, timeout=patience)
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            # An archive may be kept under version control; what is only there while writing is not.
            (folder / ".gitignore").write_text(f"{_LOCK}\n{INCOMING}/\n", encoding="utf-8")
        lock.acquire()
    except Timeout as error:
        raise ArchiveBusyError(folder, patience) from error
    except OSError as error:
        raise ArchiveWriteError(folder, error) from error
    try:
        writer = Writer(folder)
        writer.recover()
        yield writer
    finally:
        lock.release()


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
        content = path.read_bytes()
    except FileNotFoundError:
        return
    start = content.rfind(b"\n") + 1
    if start == len(content):
        return
    if is_line(content[start:]):
        _append(path, len(content), b"\n")
    else:
        os.truncate(path, start)


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
