"""From a file's bytes to UTF-8: what its text is written in, whatever wrote it."""

from __future__ import annotations

import codecs
import re

from insights_nb.errors import ReadError
from insights_nb.reading.sizes import ANOTHER_COPY, cut_file, line_at
from insights_nb.texts import quoted

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_LINE_ENDS = (b"\n", b"\r")
_FIELD_ENDS = re.compile('[,;|\t"\r\n]')
_PROBED = 200
_CONTROLS_IN = 1024
_MOST_CONTROLS = 16


def to_utf8(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a text as UTF-8 without byte order mark, and a note where it was something else.

    UTF-16 and UTF-32 are told by their marks, UTF-16 also by its many zeros. What is no UTF-8 is
    Windows-1252, which Excel writes as "CSV", unless UTF-8 stands in it too.

    Raises
    ------
    ReadError
        If it is no text, is cut short, or is partly UTF-8.
    """
    for mark, codec, called in _MARKS:
        if data.startswith(mark):
            return _wide(data[len(mark) :], codec, called, name)
    if codec := _zeros(data):
        return _wide(data, codec, "UTF-16", name)
    text = data.removeprefix(codecs.BOM_UTF8)
    where = text.find(b"\0")
    if where >= 0:
        raise no_text(name, "there is a NUL byte", line=line_at(text, where))
    if text.isascii():
        return text, ()
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return _windows(text, error, name)
    return text, ()


def no_text(name: str, seen: str, *, line: int | None = None) -> ReadError:
    """Return the error for a file that is no text at all."""
    return ReadError(
        name,
        f"{seen}, so this is no text. A report is a CSV file, plain or gzip. {ANOTHER_COPY}",
        line=line,
    )


def _zeros(data: bytes) -> str:
    """Return which UTF-16 a text without mark looks like; empty for none."""
    for start, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = data[start:_PROBED:2]
        if half.count(0) > len(half) // 2:
            return codec
    return ""


def _wide(data: bytes, codec: str, called: str, name: str) -> tuple[bytes, tuple[str, ...]]:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        if error.end >= len(data) or "truncated" in error.reason:
            raise cut_file(name, f"it ends inside a character of {called}") from error
        raise no_text(name, f"the text looks like {called} and is not ({error.reason})") from error
    if "\0" in text:
        where = text.index("\0")
        raise no_text(name, "there is a NUL byte", line=text.count("\n", 0, where) + 1)
    return text.removeprefix("\ufeff").encode(), (
        f"Its text is {called}, not UTF-8; read as that.",
    )


def _windows(text: bytes, error: UnicodeDecodeError, name: str) -> tuple[bytes, tuple[str, ...]]:
    line = line_at(text, error.start)
    if error.reason == "unexpected end of data":
        raise cut_file(name, "it ends inside a character", line=line_at(text, len(text))) from error
    controls = sum(byte < 32 and byte not in b"\t\r\n\f\v\x1b" for byte in text[:_CONTROLS_IN])
    if controls > _MOST_CONTROLS:
        raise no_text(name, "most of it is control characters") from error
    begin = 1 + max(text.rfind(one, 0, error.start) for one in _LINE_ENDS)
    at = f"byte 0x{text[error.start]:02x}"
    if (begin_of := text[begin : error.start]).isascii():
        at += f" at character {len(begin_of) + 1}"
    if other := _utf8_within(text):
        raise ReadError(
            name,
            f"{at} is no UTF-8, but {quoted(other)} is: the text is in two encodings, or was "
            f"damaged. Save it as UTF-8. {ANOTHER_COPY}",
            line=line,
        ) from error
    try:
        decoded = text.decode("cp1252")
    except UnicodeDecodeError as undefined:
        byte = text[undefined.start]
        raise ReadError(
            name,
            f"{at} is no UTF-8, and 0x{byte:02x} in line {line_at(text, undefined.start)} is no "
            f"Windows-1252 either. Save it as UTF-8. {ANOTHER_COPY}",
            line=line,
        ) from error
    # Every byte is one character in Windows-1252.
    before, after = _FIELD_ENDS.split(decoded[begin : error.start]), decoded[error.start :]
    shown = before[-1] + _FIELD_ENDS.split(after, maxsplit=1)[0]
    note = f"Its text is no UTF-8; read as Windows-1252, in which line {line} has {quoted(shown)}."
    return decoded.encode(), (note,)


def _utf8_within(text: bytes) -> str:
    """Return a character of UTF-8 in a text that is not all UTF-8; empty where there is none."""
    for found in _MULTIBYTE.finditer(text):
        try:
            return found[0].decode()
        except UnicodeDecodeError:
            continue
    return ""
