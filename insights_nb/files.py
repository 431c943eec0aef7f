"""Files: which ones are meant, what they may be called, and how they are written whole."""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from insights_nb.errors import InsightsError, MissingFileError, NoArchiveError, ReportAccessError
from insights_nb.limits import Limit, written

# Browsers number copies in the middle: "report.csv (1).gz".
_REPORT = re.compile(r"\.(csv|json)(?![a-z])|\.gz$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.\- ()+]+")
_LONGEST_NAME = 120
# A name has 255 bytes on most file systems, of which the archive needs some for its own.
_MOST_BYTES = 240
_UNPACK = "unpack it"
_SAVE_AS_CSV = "save its sheet as CSV"
_REMEDIES = {
    ".zip": "add it by itself",
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst"), _UNPACK),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers"), _SAVE_AS_CSV),
}
# So many of them are named, and the others counted.
_FEW = 6


def is_report_name(name: str) -> bool:
    """Return whether a file of this name may be a report: CSV, JSON or gzip."""
    return _REPORT.search(name) is not None


# A path below a folder as every system reads it: no drive, no backslash, nothing that steps up.
_BELOW = re.compile(
    r"(?:(?!\.{1,2}(?:/|\Z))[^\x00-\x1f\x7f/\\:]+/)*(?!\.{1,2}\Z)[^\x00-\x1f\x7f/\\:]+"
)
# Where the files of an archive are that its ledger names and a commit brings.
_KEPT = ("originals/", "parquet/")
_LONGEST_STEM = 40


class OutsideError(InsightsError, ValueError):
    """What an archive names leads out of its folder; nothing was read or written there."""

    def __init__(self, folder: object, path: object) -> None:
        self.path = path
        super().__init__(
            f"{str(path)!r} leads out of {folder}, and nothing there was read or written. An "
            "archive's files lie in its own folder: put the file or folder itself in the place "
            "of a link. An archive from somebody else that names such a path is not to be trusted."
        )


def is_below(relative: object) -> bool:
    """Return whether a text is a path that stays below whatever folder it is put in.

    Steps up, absolute paths, Windows drives and backslashes, and control characters do not. Links
    are not looked at: `inside` does that.
    """
    return isinstance(relative, str) and _BELOW.fullmatch(relative) is not None


def is_kept(relative: object) -> bool:
    """Return whether a text is the path of one of an archive's originals or Parquet files."""
    return isinstance(relative, str) and relative.startswith(_KEPT) and is_below(relative)


def inside(folder: Path, relative: str) -> Path:
    """Return the path of something in a folder that neither its name nor a link leads out of.

    Raises
    ------
    OutsideError
        If it leads out.
    """
    if not is_below(relative):
        raise OutsideError(folder, relative)
    path = f"{folder}{os.sep}{relative}"
    steps = [path, *(path[: -len(rest)] for rest in _rests(relative))]
    if any(map(os.path.islink, steps)):
        real, root = os.path.realpath(path), os.path.realpath(folder)
        if os.path.commonpath([real, root]) != root or real == root:
            raise OutsideError(folder, relative)
    return Path(path)


def _rests(relative: str) -> list[str]:
    """Return the ends of a path, each from a slash on."""
    return [relative[place:] for place, letter in enumerate(relative) if letter == "/"]


class FileSizeError(InsightsError, ValueError):
    """A file of an archive is larger than its limit."""

    def __init__(self, path: object, limit: Limit) -> None:
        self.path = path
        super().__init__(
            f"{path} is larger than the {written(limit.value, limit.unit)} that are read of it. "
            f"Nothing was changed. {limit.remedy}"
        )


def require_folder(folder: Path) -> None:
    """Check that an archive's folder is there.

    Raises
    ------
    NoArchiveError
        If it is not.
    """
    if not folder.is_dir():
        raise NoArchiveError(
            f"{folder} does not exist, so there is no archive to open. "
            "Add reports to make one: insights-nb add Downloads/*.csv* --archive FOLDER."
        )


def read_whole(path: Path, limit: Limit) -> bytes:
    """Read a file of which it is known that it ends, and is not larger than its limit.

    Raises
    ------
    FileSizeError
        If it is larger.
    OSError
        If it is not there, may not be read, or is no regular file: a pipe or a device would be
        waited for without end.
    """
    require_regular(path)
    with path.open("rb") as file:
        most = limit.value
        if os.fstat(file.fileno()).st_size > most:
            raise FileSizeError(path, limit)
        # It may grow meanwhile.
        content = file.read(most + 1)
    if len(content) > most:
        raise FileSizeError(path, limit)
    return content


def require_regular(path: Path) -> None:
    """Check that a path is that of a regular file.

    Raises
    ------
    OSError
        If it is not there, or something else.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that it is seen whole or not at all, whatever happens meanwhile.

    The content goes to a new file in the same folder, is flushed to disk, and takes the name in
    one step. The file follows the umask from its first byte on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Who sweeps knows by the name what was being written.
    part = path.with_name(f".{path.name[:_LONGEST_STEM]}.{secrets.token_hex(8)}.part")
    try:
        # Not by tempfile, whose files are their owner's alone; and to ask for the umask is to
        # change it for a moment, in which another thread may make a file that anybody can write.
        with part.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        flush_folder(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
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
        What else in the folders reports could be in, each with what to do about it.
    """

    files: list[Path]
    left_out: list[str]


def expand(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Expanded:
    """Find each file that paths, folders and patterns name.

    Raises
    ------
    MissingFileError
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
            raise MissingFileError(
                None, f"{one} matches no file. Check the folder and the spelling."
            )
        files |= dict.fromkeys(found)
    return Expanded(list(files), list(left_out))


def no_access(name: str, error: OSError) -> ReportAccessError:
    """Return the error for what the system does not let be read."""
    return ReportAccessError(
        name,
        f"it cannot be opened ({error.strerror or error}). Make it readable, or copy it elsewhere.",
    )


def _inside(folder: Path) -> tuple[list[Path], list[str]]:
    try:
        inside = sorted(folder.iterdir())
        found = [path for path in inside if is_report_name(path.name) and path.is_file()]
    except OSError as error:
        raise no_access(str(folder), error) from error
    left = [words for path in sorted({*inside} - {*found}) if (words := _left_out(path))]
    if len(left) > _FEW:
        left[_FEW:] = [f"{len(left) - _FEW} more"]
    if not found:
        rest = f"It has {', '.join(left)}." if left else "Check the folder."
        raise MissingFileError(None, f"{folder} has no CSV or JSON file directly in it. {rest}")
    return found, left


def _left_out(path: Path) -> str:
    """Return what to do with something that reports could be in; empty for anything else."""
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
