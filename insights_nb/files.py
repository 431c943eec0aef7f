"""Files: which ones are meant, what they may be called, and how they are written whole."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from insights_nb.errors import NoReportInFolderError, NothingToAddError, ReportAccessError

# Browsers number copies in the middle: "report.csv (1).gz".
_REPORT = re.compile(r"\.(csv|json)(?![a-z])|\.gz$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.\- ()+]+")
_LONGEST_NAME = 120
# A name has 255 bytes on most file systems, of which the archive needs some for its own.
_MOST_BYTES = 240
_UNPACK = "unpack it"
_SAVE_AS_CSV = "save it as CSV, or better download it again"
_REMEDIES = {
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst"), _UNPACK),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers"), _SAVE_AS_CSV),
}
# So many of them are named, and the others counted.
_FEW = 6


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


@dataclass(frozen=True)
class Expanded:
    """The files that paths, folders and patterns name.

    Parameters
    ----------
    files
        Each once, in a stable order.
    left_out
        What else folders hold that reports could be in, each with what to do about it.
    """

    files: list[Path]
    left_out: list[str]


def expand(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Expanded:
    """Find each file that paths, folders and patterns name.

    Raises
    ------
    NothingToAddError
        If one of them names no file.
    """
    several = [paths] if isinstance(paths, str) or not isinstance(paths, Iterable) else paths
    files: dict[Path, None] = {}
    left_out: dict[str, None] = {}
    for one in several:
        path = Path(one).expanduser()
        if path.is_dir():
            found, other = _inside(path)
            left_out |= dict.fromkeys(other)
        else:
            found = [path] if path.exists() else _matches(path)
        if not found:
            raise NothingToAddError(one)
        files |= dict.fromkeys(found)
    return Expanded(list(files), list(left_out))


def _inside(folder: Path) -> tuple[list[Path], list[str]]:
    try:
        inside = sorted(folder.iterdir())
        found = [path for path in inside if _REPORT.search(path.name) and path.is_file()]
    except OSError as error:
        raise ReportAccessError(str(folder), error.strerror or str(error)) from error
    told = [words for path in sorted({*inside} - {*found}) if (words := _left_out(path))]
    if len(told) > _FEW:
        told[_FEW:] = [f"{len(told) - _FEW} more"]
    if not found:
        raise NoReportInFolderError(folder, told)
    return found, told


def _left_out(path: Path) -> str:
    """Say what to do with something that reports could be in; nothing of anything else."""
    if path.name.startswith("."):
        return ""
    name = plain_name(path.name)
    if path.is_dir():
        # An archive beside the downloads is where they go.
        return "" if any(path.glob("ledger.jsonl")) else f"folder {name} (add it by itself)"
    remedy = _REMEDIES.get(path.suffix.lower())
    return f"{name} ({remedy})" if remedy else ""


def _matches(pattern: Path) -> list[Path]:
    # `glob.glob`, since a pattern may be absolute; "**" reaches into folders.
    found = map(Path, glob.glob(str(pattern), recursive=True))  # noqa: PTH207
    return sorted(path for path in found if not path.is_dir())


def plain_name(name: str) -> str:
    """Keep a file name readable and harmless on every file system: its end, where it is long."""
    encoded = _UNSAFE.sub("_", name)[-_LONGEST_NAME:].encode()
    # A character that is cut in two is left out.
    return encoded[-_MOST_BYTES:].decode(errors="ignore")
