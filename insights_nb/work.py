"""Temporary folders that are gone afterwards, however the process ends that made them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "insights-nb-"
_LOCK = ".lock"


@contextlib.contextmanager
def work_folder(parent: Path | None = None, prefix: str = _PREFIX) -> Iterator[Path]:
    """Make a temporary folder for as long as the block runs, and remove those of dead processes.

    Beside each folder lies a file that its process keeps locked: the system lets go of it when the
    process ends, be it killed. Whoever gets the lock may remove the folder.

    Parameters
    ----------
    parent
        Where; by default among the system's temporary files.
    prefix
        How its name begins.

    Raises
    ------
    OSError
        If no folder can be made there.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    remove_left_over(place, prefix)
    folder = place / f"{prefix}{secrets.token_hex(6)}"
    lock = _lock(folder)
    # Locked before there is a folder: one that is there and not locked is nobody's any more.
    lock.acquire()
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        _remove(folder, lock)


def remove_left_over(place: Path, prefix: str = _PREFIX) -> None:
    """Remove the folders of this user's processes that ended without doing so."""
    with contextlib.suppress(OSError):
        for path in place.glob(f"{prefix}*{_LOCK}"):
            # Another's file, or what somebody put a link to in its place, is left alone.
            with contextlib.suppress(OSError, Timeout):
                status = path.lstat()
                own = os.name == "nt" or status.st_uid == os.geteuid()
                if own and stat.S_ISREG(status.st_mode):
                    folder = path.with_name(path.name.removesuffix(_LOCK))
                    lock = _lock(folder)
                    lock.acquire(timeout=0)
                    _remove(folder, lock)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder.with_name(folder.name + _LOCK))


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    # While it is still locked: a process that waits for it sees that it is gone.
    if os.name != "nt" and not folder.exists():
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
