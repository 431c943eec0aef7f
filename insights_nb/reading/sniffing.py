"""From a file's bytes to UTF-8 text: what it is, whatever its name says."""

from __future__ import annotations

import codecs
import difflib
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights_nb.errors import (
    ApiAnswerError,
    ArchiveFileError,
    BinaryFileError,
    CutFileError,
    DamagedGzipError,
    EmptyFileError,
    EncodingError,
    IsFolderError,
    ReportAccessError,
    ReportNotFoundError,
    SignInPageError,
    SpreadsheetError,
)

_GZIP = b"\x1f\x8b"
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
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--")


@dataclass(frozen=True)
class Content:
    """What a file holds: UTF-8 text without byte order mark, or decoded JSON."""

    name: str
    text: bytes
    answer: Any
    is_json: bool
    gzipped: bool


def load(path: str | Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    ReadError
        If there is no such file, or it cannot be read.
    """
    place = Path(path)
    try:
        return place.read_bytes()
    except FileNotFoundError as error:
        raise ReportNotFoundError(str(path), _similar(place)) from error
    except IsADirectoryError as error:
        raise IsFolderError(str(path)) from error
    except OSError as error:
        # Windows says "permission denied" of a folder.
        if place.is_dir():
            raise IsFolderError(str(path)) from error
        raise ReportAccessError(str(path), error.strerror or str(error)) from error
    except ValueError as error:  # A NUL in the name.
        raise ReportNotFoundError(repr(str(path)), ()) from error


def sniff(data: bytes, name: str) -> Content:
    """Unpack, decode and recognise a file's bytes.

    Raises
    ------
    ReadError
        One class per thing that is no report: web page, archive, binary, wrong encoding, …
    """
    if not data:
        raise EmptyFileError(name)
    gzipped = data.startswith(_GZIP)
    if gzipped:
        data = _unpack(data, name)
    _refuse_container(data, name)
    for magic, what in _WIDE.items():
        if data.startswith(magic):
            raise EncodingError(name, f"the text is {what}", line=1)
    text = data.removeprefix(codecs.BOM_UTF8)
    if not _SOMETHING.search(text):
        raise EmptyFileError(name)
    _refuse_binary(text, name)
    start = text[:512].lstrip()
    if start.lower().startswith(_MARKUP):
        raise SignInPageError(name, _title(text))
    _check_utf8(text, name)
    if start[:1] in (b"{", b"["):
        return Content(name, text, _decode_json(text, name), is_json=True, gzipped=gzipped)
    return Content(name, text, None, is_json=False, gzipped=gzipped)


def line_at(text: bytes, offset: int) -> int:
    """Return the line, as a text editor counts, that a byte stands in."""
    return 1 + sum(1 for _ in _LINE_END.finditer(text, 0, offset))


def _unpack(data: bytes, name: str) -> bytes:
    try:
        unpacked = gzip.decompress(data)
    except EOFError as error:
        raise CutFileError(name, "its gzip compression ends before its content does") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DamagedGzipError(name, str(error)) from error
    if not unpacked:
        raise EmptyFileError(name)
    if unpacked.startswith(_GZIP):
        # Some servers compress what is compressed already.
        return _unpack(unpacked, name)
    return unpacked


def _refuse_container(data: bytes, name: str) -> None:
    for magic, what in _CONTAINERS.items():
        if data.startswith(magic):
            if _is_spreadsheet(data):
                raise SpreadsheetError(name)
            raise ArchiveFileError(name, what)


def _is_spreadsheet(data: bytes) -> bool:
    """Tell Excel's and LibreOffice's files, which are zip archives inside, from other ones."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as inside:
            names = set(inside.namelist())
    except (zipfile.BadZipFile, NotImplementedError):
        return False
    return "xl/workbook.xml" in names or _OPEN_DOCUMENT in data[:128]


def _refuse_binary(text: bytes, name: str) -> None:
    where = text.find(b"\0")
    if where < 0:
        return
    if text[1:200:2].count(0) > len(text[1:200:2]) // 2 or (
        text[0:200:2].count(0) > len(text[0:200:2]) // 2
    ):
        raise EncodingError(name, "the text looks like UTF-16", line=1)
    line = line_at(text, where)
    raise BinaryFileError(name, "there is a NUL byte", line=line)


def _check_utf8(text: bytes, name: str) -> None:
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            last = line_at(text, len(text))
            raise CutFileError(name, "it ends inside a character", line=last) from error
        before = text[: error.start]
        if sum(byte < 32 and byte not in b"\t\r\n\f\v\x1b" for byte in text[:1024]) > 16:
            raise BinaryFileError(name, "most of it is control characters") from error
        line = line_at(text, error.start)
        ends = list(_LINE_END.finditer(before))
        in_line = before[ends[-1].end() if ends else 0 :].decode()
        byte = text[error.start]
        seen = f"byte 0x{byte:02x} at character {len(in_line) + 1} is no UTF-8"
        latin = bytes([byte]).decode("cp1252", errors="replace")
        if latin.isprintable() and latin != "\N{REPLACEMENT CHARACTER}":
            seen += f" (in Windows-1252 it is {latin!r})"
        raise EncodingError(name, seen, line=line, column=_column(text, in_line)) from error


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
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.decode().rstrip()) - 1 or "Unterminated" in error.msg:
            raise CutFileError(name, "its JSON ends too early", line=error.lineno) from error
        raise ApiAnswerError(name, f"{error.msg} in line {error.lineno}") from error
    except RecursionError as error:
        raise ApiAnswerError(name, "it is nested too deeply") from error


def _similar(path: Path) -> list[str]:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return []
    return difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
