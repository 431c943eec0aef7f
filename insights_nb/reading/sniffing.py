"""From a file's bytes to UTF-8 text: what it is, whatever its name."""

from __future__ import annotations

import codecs
import difflib
import html
import io
import json
import os
import re
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from insights_nb.errors import IsFolderError, MissingFileError, ReadError
from insights_nb.files import no_access
from insights_nb.limits import FILE, JSON
from insights_nb.reading.answers import no_pull_data
from insights_nb.reading.encodings import to_utf8
from insights_nb.reading.sizes import (
    ANOTHER_COPY,
    GZIP,
    DamageError,
    OverLimitError,
    check_answer,
    cut_file,
    empty_file,
    in_words,
    unpack,
)
from insights_nb.reading.zips import is_zip, only_member
from insights_nb.texts import did_you_mean

_CONTAINERS = {
    b"PAR1": "Parquet file",
    b"\x28\xb5\x2f\xfd": "zstd archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\x00": "xz archive",
    b"%PDF": "PDF file",
}
_SOMETHING = re.compile(rb"\S")
# One call of the system reads no more than 2 GB.
_ONE_CALL = 1 << 30
_PROBE = 1 << 16
# In the order in which they are looked for.
_SPECIAL = (
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--")


@dataclass(frozen=True)
class Content:
    """A file's content: UTF-8 text without byte order mark, or decoded JSON.

    In a zip archive `name` is that of the file within; `notes` are on what the text was written in.
    """

    name: str
    text: bytes
    answer: Any
    is_json: bool
    gzipped: bool
    notes: tuple[str, ...] = ()


class SpecialFileError(ReadError):
    """A pipe, a socket or a device: nobody knows how much there is to read."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(
            file,
            f"this is a {what}, and its size cannot be known before it is read. Save what it gives "
            "as a file, and read that.",
        )


class AnswerValueError(ReadError):
    """JSON with a value that no report has."""

    def __init__(self, file: str, seen: str) -> None:
        super().__init__(
            file,
            f"{seen}, so another program has written or changed it. Ask the API again, or read "
            "the report of the same period.",
        )


def load(path: str | Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    ReadError
        If there is no such file, it cannot be read, or is larger than is read.
    """
    place, name = Path(path), str(path)
    try:
        # Before it is opened: a pipe would wait for a writer, a device do what devices do.
        _refuse_special(place.stat(), name)
        with open(place, "rb", buffering=0, opener=_at_once) as file:
            facts = os.fstat(file.fileno())
            _refuse_special(facts, name)
            return _read_whole(file, facts.st_size, name)
    except FileNotFoundError as error:
        raise _not_found(name, _similar(place)) from error
    except IsADirectoryError as error:
        raise _is_folder(name) from error
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        # Windows says "permission denied" of a folder.
        if place.is_dir():
            raise _is_folder(name) from error
        raise no_access(name, error) from error
    except ValueError as error:
        if isinstance(error, ReadError):
            raise
        raise _not_found(repr(name), ()) from error  # A NUL in the name.


def _not_found(name: str, close: Sequence[str]) -> MissingFileError:
    hint = did_you_mean(close) or "Check the path."
    return MissingFileError(name, f"there is no such file. {hint}")


def _is_folder(name: str) -> IsFolderError:
    return IsFolderError(
        name, f"this is a folder, not a report. Name one file, or add '{name}/*.csv*'."
    )


def _at_once(path: str, flags: int) -> int:
    """Open without waiting, should a pipe have taken the file's place meanwhile."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_special(facts: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise _is_folder(name)
    for test, what in _SPECIAL:
        if test(facts.st_mode):
            raise SpecialFileError(name, what)
    if facts.st_size > FILE.value:
        raise OverLimitError(name, f"the file has {in_words(facts.st_size)}", FILE)


def _read_whole(file: io.FileIO, size: int, name: str) -> bytes:
    if size >= _ONE_CALL:
        return file.readall()
    data = file.read(size)
    # What the system makes up, as in /proc, has no size until it is read.
    pieces, total = [data], len(data)
    while piece := file.read(_PROBE):
        pieces.append(piece)
        total += len(piece)
        if total > FILE.value:
            raise OverLimitError(name, "the file grows without end", FILE)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def sniff(data: bytes, name: str) -> Content:
    """Unpack, decode and recognise a file's bytes.

    Raises
    ------
    ReadError
        If it is no report but a web page, an archive, a binary, of another encoding, …
    """
    if not data:
        raise empty_file(name)
    zipped = is_zip(data)
    if zipped:
        name, data = only_member(data, name)
    gzipped = data.startswith(GZIP)
    if gzipped:
        data = _unpack(data, name)
    _refuse_container(data, name)
    if not _SOMETHING.search(data.removeprefix(codecs.BOM_UTF8)):
        raise empty_file(name)
    text, notes = to_utf8(data, name)
    if zipped:
        notes = (f"Read from a zip archive: {PurePath(name).name}.", *notes)
    if not _SOMETHING.search(text):
        raise empty_file(name)
    start = text[:512].lstrip()
    if start.lower().startswith(_MARKUP):
        title = _title(text)
        named = f" ({title!r})" if title else ""
        raise ReadError(
            name,
            f"this is a web page{named}, not a report; you were probably signed out when it was "
            "downloaded. Sign in to Docker Hub, and download the report itself.",
        )
    is_json = start[:1] in (b"{", b"[")
    answer = _decode_json(text, name) if is_json else None
    return Content(name, text, answer, is_json=is_json, gzipped=gzipped, notes=notes)


def _unpack(data: bytes, name: str) -> bytes:
    try:
        unpacked = unpack(data, name)
    except DamageError as error:
        if error.cut:
            raise cut_file(name, "its gzip compression ends before its content does") from error
        raise ReadError(
            name, f"its gzip compression is damaged ({error}). {ANOTHER_COPY}"
        ) from error
    if not unpacked:
        raise empty_file(name)
    return unpacked


def _refuse_container(data: bytes, name: str) -> None:
    for magic, what in _CONTAINERS.items():
        if data.startswith(magic):
            raise ReadError(name, f"this is a {what}. Unpack it and read the CSV files inside.")


def _title(text: bytes) -> str:
    found = _TITLE.search(text[:20_000].decode(errors="replace"))
    return " ".join(html.unescape(found[1]).split())[:80] if found else ""


def _decode_json(text: bytes, name: str) -> Any:  # noqa: ANN401 - JSON is what it is
    if len(text) > JSON.value:
        raise OverLimitError(name, f"this JSON has {in_words(len(text))}", JSON)
    try:
        answer = json.loads(text)
    except json.JSONDecodeError as error:
        answer = _by_line(text, name) if error.msg == "Extra data" else None
        if answer is None and (
            error.pos >= len(text.decode().rstrip()) - 1 or "Unterminated" in error.msg
        ):
            raise cut_file(name, "its JSON ends too early", line=error.lineno) from error
        if answer is None:
            raise no_pull_data(name, f"{error.msg} in line {error.lineno}") from error
    except RecursionError as error:
        raise no_pull_data(name, "it is nested too deeply") from error
    except ValueError as error:
        most = sys.get_int_max_str_digits()
        seen = f"this JSON has a number of more than {most:,} digits"
        raise AnswerValueError(name, seen) from error
    if half := check_answer(answer, text, name):
        raise AnswerValueError(name, f"this JSON has half of a character ({half!r}) in a text")
    return answer


def _by_line(text: bytes, name: str) -> list[Any] | None:
    """Read newline-separated JSON; None where a line is none.

    Raises
    ------
    ReadError
        If only the last line is none: the file was cut short.
    """
    found: list[Any] = []
    lines = text.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError as error:
            if found and not any(map(bytes.strip, lines[number:])):
                raise cut_file(name, "its last line ends too early", line=number) from error
            return None
    return found


def _similar(path: Path) -> list[str]:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return []
    return difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
