"""Files: which ones are meant, what they may be called, and how they are written whole."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from insights_nb.errors import NothingToAddError

# Browsers number copies in the middle: "report.csv (1).gz".
_REPORT = re.compile(r"\.(csv|json)(?![a-z])|\.gz$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.\- ()+]+")
_LONGEST_NAME = 120


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that it is seen whole or not at all, whatever happens meanwhile.

    The content goes to a temporary file in the same folder, is flushed to disk, and takes the
    name in one step.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp gives 0600; a shared archive follows the folder owner's umask instead.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
        flush_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk: a file's new name is the folder's content."""
    if os.name == "nt":
        return  # Windows flushes names by itself, and cannot open a folder.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def expand(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Iterator[Path]:
    """Yield each file that paths, folders and patterns name, once, in a stable order.

    Raises
    ------
    NothingToAddError
        If one of them names no file.
    """
    several = [paths] if isinstance(paths, str) or not isinstance(paths, Iterable) else paths
    seen: set[Path] = set()
    for one in several:
        for path in _matches(one):
            if path not in seen:
                seen.add(path)
                yield path


def _matches(one: str | os.PathLike[str]) -> list[Path]:
    path = Path(one).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.is_file() and _REPORT.search(p.name))
    elif path.exists():
        found = [path]
    else:
        # `glob.glob`, since a pattern may be absolute; "**" reaches into folders.
        found = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207
    if not found:
        raise NothingToAddError(one)
    return found


def plain_name(name: str) -> str:
    """Keep a file name readable and harmless on every file system."""
    return _UNSAFE.sub("_", name)[-_LONGEST_NAME:]
