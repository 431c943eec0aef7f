"""How large a file may be: each limit of `insights_nb.limits` is checked before it is needed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Any

from insights_nb.errors import ReadError
from insights_nb.limits import (
    JSON_DEPTH,
    JSON_KEYS,
    LINE,
    MEMBERS,
    RATIO,
    RATIO_FROM,
    UNPACKED,
    Limit,
)

GZIP = b"\x1f\x8b"
# A server may compress what is compressed already, and a proxy do it once more.
_LAYERS = 3
# A member of a gzip file is fed in pieces that grow: many small ones cost little each.
_PIECE = 4 << 10
_LARGEST_PIECE = 4 << 20
_LINE_ENDS = (b"\n", b"\r")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
ANOTHER_COPY = "Take another copy of the file, from Docker Hub if it is still listed there."
"""The remedy for a file that is damaged: Docker Hub lists only the newest reports."""
_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))


class OverLimitError(ReadError):
    """Something of a file is larger than is read, unless somebody sets the limit higher."""

    def __init__(
        self,
        file: str,
        seen: str,
        limit: Limit,
        *,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        self.limit = limit
        super().__init__(
            file, f"{seen}, more than is read. {limit.remedy}", line=line, column=column
        )


class NestedGzipError(ReadError):
    """What unpacks to a gzip file again and again."""

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            f"unpacked {_LAYERS} times, it is still a gzip file. Unpack it by hand, and look what "
            "is inside.",
        )


class DamageError(ValueError):
    """Bytes that are no gzip; `cut` is whether only their end is missing."""

    def __init__(self, reason: str, *, cut: bool = False) -> None:
        self.cut = cut
        super().__init__(reason)


def empty_file(name: str) -> ReadError:
    """Return the error for an empty file, without even a header."""
    return ReadError(
        name,
        f"the file is empty; a report of an empty period still has a header line. {ANOTHER_COPY}",
    )


def cut_file(name: str, seen: str, *, line: int | None = None) -> ReadError:
    """Return the error for a file that ends before its content does."""
    return ReadError(name, f"{seen}: the file was cut short. {ANOTHER_COPY}", line=line)


def in_words(size: int) -> str:
    """Write a number of bytes for people: ``"6.8 MB"``."""
    for unit, one in _UNITS:
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size:,} bytes"


def unpack(data: bytes, name: str) -> bytes:
    """Unpack gzip, as far as its size is fit.

    Raises
    ------
    DamageError
        If it is damaged or cut short.
    OverLimitError
        If it unpacks to more than is read; it is not unpacked further than that.
    NestedGzipError
        If gzip is in it, with gzip in it, and so on.
    """
    size, text = len(data), data
    for _ in range(_LAYERS):
        text = _unpack(text, name, size)
        if not text.startswith(GZIP):
            return text
    raise NestedGzipError(name)


def _unpack(data: bytes, name: str, size: int) -> bytes:
    """Unpack one layer; `size` is what the outermost one has."""
    ratio = max(size * RATIO.value, RATIO_FROM.value)
    limit, most = (RATIO, ratio) if ratio < UNPACKED.value else (UNPACKED, UNPACKED.value)
    view = memoryview(data)
    pieces: list[bytes] = []
    total = at = 0
    members = 0
    while at < len(view):
        members += 1
        if members > MEMBERS.value:
            raise OverLimitError(name, f"it has over {MEMBERS.value:,} gzip members", MEMBERS)
        # Mostly there is one member, which is fed whole.
        at, member = _member(view, at, most + 1 - total, _PIECE if at else len(view))
        for piece in member:
            pieces.append(piece)
            total += len(piece)
        if total > most:
            times = f", {RATIO.value} times its size" if limit is RATIO else ""
            raise OverLimitError(
                name, f"its {in_words(size)} unpack to over {in_words(most)}{times}", limit
            )
        # Members may be padded with zeros, as tapes were.
        while at < len(view) and not view[at]:
            at += 1
    return b"".join(pieces)


def _member(view: memoryview, at: int, room: int, step: int) -> tuple[int, list[bytes]]:
    """Unpack one member, or as much of it as there is room for; return where the next begins."""
    if view[at : at + 2] != GZIP:
        raise DamageError(f"after its content stands {bytes(view[at : at + 2])!r}")
    unpacker, pieces = zlib.decompressobj(31), []
    while not unpacker.eof:
        fed = unpacker.unconsumed_tail or view[at : at + step]
        if not unpacker.unconsumed_tail:
            at += len(fed)
            step = min(step * 2, _LARGEST_PIECE)
        if not len(fed):
            raise DamageError("it ends before its content does", cut=True)
        try:
            piece = unpacker.decompress(fed, room)
        except zlib.error as error:
            raise DamageError(str(error)) from error
        pieces.append(piece)
        room -= len(piece)
        if room <= 0:
            break
    return at - len(unpacker.unused_data), pieces


def check_lines(text: bytes, name: str) -> None:
    """Refuse a text with a line that is longer than is read.

    Raises
    ------
    OverLimitError
        If there is one, naming the first.
    """
    longest, start = LINE.value, 0
    # From a line's start to the last one that begins within reach: few steps, however many lines.
    while start + longest < len(text):
        reach = start + longest + 1
        end = max(text.rfind(one, start, reach) for one in _LINE_ENDS)
        if end < 0:
            stops = [found for one in _LINE_ENDS if (found := text.find(one, reach)) >= 0]
            size = min(stops, default=len(text)) - start
            seen = f"the line is {in_words(size)} long"
            raise OverLimitError(name, seen, LINE, line=line_at(text, start))
        start = end + 1


def line_at(text: bytes, offset: int) -> int:
    """Return the line, as a text editor counts, that a byte stands in."""
    ends, returns, pairs = (text.count(one, 0, offset) for one in (b"\n", b"\r", b"\r\n"))
    return 1 + ends + returns - pairs


def check_answer(answer: Any, text: bytes, name: str) -> str:  # noqa: ANN401 - any JSON
    """Refuse JSON that is nested too deeply, or has too many or too long parts.

    Returns
    -------
    str
        Half of a character, if one is in it: no file can hold it, and no frame.

    Raises
    ------
    OverLimitError
        If a limit is reached.
    """
    # The escapes of whole characters beyond the first 65,536 look the same, but are joined by now.
    suspicious = _HALF.search(text) is not None
    keys, level = 0, [answer]
    for _ in range(JSON_DEPTH.value + 1):
        leaves: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                leaves += one.keys()
                leaves += one.values()
            else:
                leaves += one if isinstance(one, list) else [one]
        keys += len(leaves)
        if keys > JSON_KEYS.value:
            raise OverLimitError(
                name, f"this JSON has over {JSON_KEYS.value:,} keys and entries", JSON_KEYS
            )
        if half := _look_at(leaves, name, suspicious=suspicious):
            return half
        level = [leaf for leaf in leaves if isinstance(leaf, dict | list)]
        if not level:
            return ""
    raise OverLimitError(
        name, f"this JSON is nested over {JSON_DEPTH.value} levels deep", JSON_DEPTH
    )


def _look_at(leaves: Iterable[Any], name: str, *, suspicious: bool) -> str:
    longest = LINE.value
    for leaf in leaves:
        if not isinstance(leaf, str):
            continue
        if len(leaf) > longest:
            seen = f"a text of this JSON, {leaf[:40]!r}…, has {len(leaf):,} characters"
            raise OverLimitError(name, seen, LINE)
        if suspicious and (half := next((one for one in leaf if "\ud800" <= one <= "\udfff"), "")):
            return half
    return ""
