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
import struct
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights_nb.errors import IsFolderError, MissingFileError, ReadError
from insights_nb.files import no_access
from insights_nb.limits import FILE, JSON
from insights_nb.reading.answers import no_pull_data
from insights_nb.reading.sizes import (
    GZIP,
    DamageError,
    OverLimitError,
    check_answer,
    cut_file,
    empty_file,
    in_words,
    line_at,
    unpack,
)
from insights_nb.texts import did_you_mean

_CONTAINERS = {
    b"PK\x03\x04": "zip archive",
    b"PK\x05\x06": "zip archive",
    b"PAR1": "Parquet file",
    b"\x28\xb5\x2f\xfd": "zstd archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\x00": "xz archive",
    b"%PDF": "PDF file",
}
# The first member of such a file says what it is, and is not compressed.
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_WIDE = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_LINE_END = re.compile(rb"\r\n|\r|\n")
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
    """A file's content: UTF-8 text without byte order mark, or decoded JSON."""

    name: str
    text: bytes
    answer: Any
    is_json: bool
    gzipped: bool


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
    gzipped = data.startswith(GZIP)
    if gzipped:
        data = _unpack(data, name)
    _refuse_container(data, name)
    for magic, what in _WIDE.items():
        if data.startswith(magic):
            raise _not_utf8(name, f"the text is {what}", line=1)
    text = data.removeprefix(codecs.BOM_UTF8)
    if not _SOMETHING.search(text):
        raise empty_file(name)
    _refuse_binary(text, name)
    start = text[:512].lstrip()
    if start.lower().startswith(_MARKUP):
        title = _title(text)
        named = f" ({title!r})" if title else ""
        raise ReadError(
            name,
            f"this is a web page{named}, not a report; you were probably signed out when it was "
            "downloaded. Sign in to Docker Hub and download it again.",
        )
    _check_utf8(text, name)
    if start[:1] in (b"{", b"["):
        return Content(name, text, _decode_json(text, name), is_json=True, gzipped=gzipped)
    return Content(name, text, None, is_json=False, gzipped=gzipped)


def _unpack(data: bytes, name: str) -> bytes:
    try:
        unpacked = unpack(data, name)
    except DamageError as error:
        if error.cut:
            raise cut_file(name, "its gzip compression ends before its content does") from error
        raise ReadError(
            name, f"its gzip compression is damaged ({error}). Download it again."
        ) from error
    if not unpacked:
        raise empty_file(name)
    return unpacked


def _refuse_container(data: bytes, name: str) -> None:
    for magic, what in _CONTAINERS.items():
        if data.startswith(magic):
            if _is_spreadsheet(data):
                raise ReadError(
                    name,
                    "this is a spreadsheet. Save it as CSV, or better download the report again: a "
                    "spreadsheet may have changed its dates and numbers.",
                )
            raise ReadError(name, f"this is a {what}. Unpack it and read the CSV files inside.")


def _is_spreadsheet(data: bytes) -> bool:
    """Tell Excel's and LibreOffice's files, which are zip archives inside, from other ones."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as inside:
            names = set(inside.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
        return False  # Damaged in one of many ways.
    return "xl/workbook.xml" in names or _OPEN_DOCUMENT in data[:128]


def _refuse_binary(text: bytes, name: str) -> None:
    where = text.find(b"\0")
    if where < 0:
        return
    if text[1:200:2].count(0) > len(text[1:200:2]) // 2 or (
        text[0:200:2].count(0) > len(text[0:200:2]) // 2
    ):
        raise _not_utf8(name, "the text looks like UTF-16", line=1)
    raise _no_text(name, "there is a NUL byte", line=line_at(text, where))


def _no_text(name: str, seen: str, *, line: int | None = None) -> ReadError:
    return ReadError(
        name,
        f"{seen}, so this is no text. A report is a CSV file, plain or gzip: download it again.",
        line=line,
    )


def _not_utf8(name: str, seen: str, *, line: int, column: str | None = None) -> ReadError:
    return ReadError(
        name,
        f"{seen}; a report is UTF-8. Download it again, or save it as UTF-8.",
        line=line,
        column=column,
    )


def _check_utf8(text: bytes, name: str) -> None:
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            last = line_at(text, len(text))
            raise cut_file(name, "it ends inside a character", line=last) from error
        if sum(byte < 32 and byte not in b"\t\r\n\f\v\x1b" for byte in text[:1024]) > 16:
            raise _no_text(name, "most of it is control characters") from error
        line = line_at(text, error.start)
        begin = 1 + max(text.rfind(one, 0, error.start) for one in (b"\n", b"\r"))
        in_line = text[begin : error.start].decode()
        byte = text[error.start]
        seen = f"byte 0x{byte:02x} at character {len(in_line) + 1} is no UTF-8"
        latin = bytes([byte]).decode("cp1252", errors="replace")
        if latin.isprintable() and latin != "\N{REPLACEMENT CHARACTER}":
            seen += f" (in Windows-1252 it is {latin!r})"
        raise _not_utf8(name, seen, line=line, column=_column(text, in_line)) from error


def _column(text: bytes, in_line: str) -> str | None:
    """Name the column of a spot, where the line's fields so far are plain."""
    header = _LINE_END.split(text, maxsplit=1)[0]
    if '"' in in_line or b'"' in header:
        return None
    names = header.decode(errors="replace").split(",")
    index = in_line.count(",")
    return names[index] if index < len(names) else None


def _title(text: bytes) -> str:
    found = _TITLE.search(text[:20_000].decode(errors="replace"))
    return " ".join(html.unescape(found[1]).split())[:80] if found else ""


def _decode_json(text: bytes, name: str) -> Any:  # noqa: ANN401 - JSON is what it is
    if len(text) > JSON.value:
        raise OverLimitError(name, f"this JSON has {in_words(len(text))}", JSON)
    try:
        answer = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.decode().rstrip()) - 1 or "Unterminated" in error.msg:
            raise cut_file(name, "its JSON ends too early", line=error.lineno) from error
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


def _similar(path: Path) -> list[str]:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return []
    return difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
