"""Answers as they come: piece by piece, up to the limits of size and time, and JSON from them."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import requests
import urllib3

from insights_nb.errors import HubError
from insights_nb.limits import (
    ANSWER_SECONDS,
    DOWNLOAD_PACE,
    DOWNLOAD_SECONDS,
    FILE,
    JSON,
    JSON_DEPTH,
    RATIO,
    RATIO_FROM,
    Limit,
    written,
)

_ALL = (
    ANSWER_SECONDS,
    DOWNLOAD_PACE,
    DOWNLOAD_SECONDS,
    FILE,
    JSON,
    JSON_DEPTH,
    RATIO,
    RATIO_FROM,
)
_PIECE = 1 << 16
_MEGABYTE = 1 << 20
# A lock waits for some centuries at most, and a limit may be set to more.
_LONGEST_WAIT = 3600.0
_LENGTH = re.compile(r"[0-9]{1,18}")
# Strings first, for brackets in them do not count; possessive, so that nothing is tried twice.
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


def check_limits() -> None:
    """Read every limit once: a variable that is none ends the run before it begins.

    Raises
    ------
    LimitError
        If one of them is something else.
    """
    for limit in _ALL:
        _ = limit.value


class AnswerLimitError(HubError):
    """An answer is larger, slower or deeper than what is taken in."""

    def __init__(self, asked: str, seen: str, limit: Limit) -> None:
        super().__init__(f"{asked} was given up: {seen}. {limit.remedy}")


class Wall(threading.Thread):
    """Ends what takes too long, though it goes on a byte at a time; a ``with`` block.

    Parameters
    ----------
    seconds
        From now.
    end
        Wakes the thread that waits, in whatever it waits for.
    """

    def __init__(self, seconds: float, end: Callable[[], object]) -> None:
        super().__init__(daemon=True, name="wall")
        self.until = time.monotonic() + seconds
        self.fell = False
        self._end = end
        self._over = threading.Event()

    def run(self) -> None:
        """Wait for the end, or for the time that may be moved meanwhile."""
        while not self._over.wait(min(max(0.0, self.until - time.monotonic()), _LONGEST_WAIT)):
            if time.monotonic() >= self.until:
                self.fell = True
                # It may be over in this very moment.
                with contextlib.suppress(OSError, ValueError, RuntimeError):
                    self._end()
                return

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()


@dataclass
class Allowance:
    """How much and how long an answer may be, and how much of that is used.

    Parameters
    ----------
    asked
        What was asked, for messages.
    size, seconds
        The limits.
    pace
        The limit of seconds for each MB, where size and seconds leave much room.
    came, spent
        Bytes and the seconds that they took, in all attempts so far; waits between them, which a
        server may ask for, are no slowness.
    began
        When the first attempt began.
    """

    asked: str
    size: Limit
    seconds: Limit
    pace: Limit | None = None
    came: int = 0
    spent: float = 0.0
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of_answer(cls, asked: str) -> Self:
        """Return what an answer of the API may be."""
        return cls(asked, JSON, ANSWER_SECONDS)

    @classmethod
    def of_download(cls, asked: str) -> Self:
        """Return what a downloaded file may be, over all attempts."""
        return cls(asked, FILE, DOWNLOAD_SECONDS, DOWNLOAD_PACE)

    def check(self, size: int, *, came: bool = False) -> None:
        """Refuse a size: the announced one, before an answer is read, or what came."""
        if size > self.size.value:
            most = written(self.size.value, self.size.unit)
            seen = f"more than {most} came" if came else f"its {size:,} bytes are over {most}"
            raise AnswerLimitError(self.asked, seen, self.size)

    def check_unpacked(self, packed: int, size: int) -> None:
        """Refuse what a transfer's own compression unpacks to."""
        most = max(packed * RATIO.value, RATIO_FROM.value)
        if size > most:
            seen = f"its {packed:,} bytes unpack to more than {most:,}"
            raise AnswerLimitError(self.asked, seen, RATIO)

    def until(self, started: float) -> tuple[float, Limit]:
        """Return when the time of an attempt is over, and by which limit."""
        ends = [(self.began + self.seconds.value, self.seconds)]
        if self.pace:
            allowed = self.pace.value * (1 + self.came / _MEGABYTE)
            ends.append((started - self.spent + allowed, self.pace))
        return min(ends, key=lambda end: end[0])

    def over(self, limit: Limit, started: float) -> AnswerLimitError:
        """Return the error for an answer whose time is over."""
        now = time.monotonic()
        took = now - self.began if limit is self.seconds else now - started + self.spent
        seen = f"{self.came:,} bytes had come after {took:,.0f} seconds"
        return AnswerLimitError(self.asked, seen, limit)


def slow_head(asked: str) -> AnswerLimitError:
    """Return the error for an answer whose head goes on and on."""
    seen = f"the head of its answer was not whole after {ANSWER_SECONDS.value:,} seconds"
    return AnswerLimitError(asked, seen, ANSWER_SECONDS)


def pieces(response: requests.Response, allowance: Allowance, *, decode: bool) -> Generator[bytes]:
    """Yield an answer as it comes, a piece at a time; close it where it is not read to its end.

    Parameters
    ----------
    response
        The answer, not read yet.
    allowance
        What it may be.
    decode
        Whether to undo a transfer's compression.

    Raises
    ------
    AnswerLimitError
        If its time is over.
    urllib3.exceptions.HTTPError, OSError
        If it breaks off.
    """
    raw, started = response.raw, time.monotonic()
    until, limit = allowance.until(started)
    try:
        with Wall(until - started, raw.shutdown) as wall:
            while True:
                try:
                    piece: bytes = raw.read1(_PIECE, decode_content=decode)
                except (urllib3.exceptions.HTTPError, OSError):
                    if not wall.fell:
                        raise
                if wall.fell:
                    raise allowance.over(limit, started)
                if not piece:
                    return
                allowance.came += len(piece)
                wall.until, limit = allowance.until(started)
                yield piece
    finally:
        allowance.spent += time.monotonic() - started


def whole(response: requests.Response, allowance: Allowance, running: Callable[[], None]) -> bytes:
    """Return an answer's content; as `pieces`, and `running` raises where the run was interrupted.

    Raises
    ------
    AnswerLimitError
        If it is too large or too slow.
    """
    if (length := stated_length(response)) is not None:
        allowance.check(length)
    body = bytearray()
    with contextlib.closing(pieces(response, allowance, decode=True)) as coming:
        for piece in coming:
            running()
            body += piece
            allowance.check(len(body), came=True)
    return bytes(body)


def first_bytes(response: requests.Response, count: int) -> bytes:
    """Return the beginning of an answer that is a complaint; what there is, where it breaks off."""
    body = bytearray()
    coming = pieces(response, Allowance.of_answer(""), decode=True)
    try:
        for piece in coming:
            body += piece
            if len(body) >= count:
                break
    except (urllib3.exceptions.HTTPError, OSError, AnswerLimitError):
        pass
    finally:
        coming.close()
    return bytes(body[:count])


def stated_length(response: requests.Response) -> int | None:
    """Return the number of bytes that an answer announces, or None where it announces none."""
    match = _LENGTH.fullmatch(response.headers.get("Content-Length", "").strip())
    return int(match[0]) if match else None


def surplus(response: requests.Response) -> bool:
    """Return whether more came than the answer announced, after all of it was read."""
    # Ours: see `insights_nb.hub.connections`.
    answer = getattr(response.raw, "_original_response", None)
    return bool(getattr(answer, "surplus", False))


def decoded(body: bytes, asked: str) -> Any:  # noqa: ANN401 - any JSON
    """Decode JSON; `asked` is what was asked, for messages.

    Raises
    ------
    ValueError
        If it is none.
    AnswerLimitError
        If it is nested deeper than the limit.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    most = JSON_DEPTH.value
    try:
        if text.count("[") + text.count("{") > most and _deeper(text, most):
            raise RecursionError  # noqa: TRY301 - as Python says it where the limit is set too high
        return json.loads(text)
    except RecursionError:
        pass
    raise AnswerLimitError(asked, f"its JSON is nested more than {most:,} levels deep", JSON_DEPTH)


def _deeper(text: str, most: int) -> bool:
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            if depth > most:
                return True
        elif match[2]:
            depth -= 1
    return False
