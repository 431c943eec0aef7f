"""A log that cannot be flooded: what repeats is written once, then counted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

from tornado import web

from insights_nb.serving.sessions import new_error_number

# How long repetitions are counted before their number is written.
WINDOW = 60.0
# Different words from one place of the code in that time; a stranger may have a say in the words.
_WORDINGS = 20
_PLACES = 1000
_LONGEST = 2000
_NUMBERED = "Error "
_TRACEBACK = "Traceback (most recent call last)"


@dataclass
class _Seen:
    """What came from one place of the code within a window."""

    began: float
    logger: str
    level: int
    sample: str
    wordings: set[str] = field(default_factory=set)
    left_out: int = 0


class Repeats(logging.Filter):
    """Lets a fault through once a minute, and counts how often it came.

    Two records are the same fault if the same line of code logs the same words or, with a
    traceback, if the exception comes from the same line. Every traceback gets a number.

    Parameters
    ----------
    clock
        Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: OrderedDict[tuple[object, ...], _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        # Below a warning nothing is written unless every request is asked for.
        if record.levelno < logging.WARNING or getattr(record, "sums_up", False):
            return True
        with self._lock:
            return self._is_written(record)

    def _is_written(self, record: logging.LogRecord) -> bool:
        place, wording = _identity(record)
        now = self._clock()
        seen = self._seen.get(place)
        if seen is None or now - seen.began >= WINDOW:
            if seen is not None:
                self._sum_up(seen, now)
            seen = _Seen(now, record.name, record.levelno, _short(record))
            self._seen[place] = seen
            self._seen.move_to_end(place)
            if len(self._seen) > _PLACES:
                self._sum_up(self._seen.popitem(last=False)[1], now)
        if record.exc_info:
            return self._traceback(record, seen)
        if wording in seen.wordings or len(seen.wordings) >= _WORDINGS:
            seen.left_out += 1
            return False
        seen.wordings.add(wording)
        if not wording.startswith(_NUMBERED):
            if len(wording) > _LONGEST:
                # Of a traceback the end says most.
                half = _LONGEST // 2
                record.msg, record.args = f"{wording[:half]}\n…\n{wording[-half:]}", ()
            if _TRACEBACK in wording:
                record.msg = f"{_NUMBERED}{new_error_number()}: {record.getMessage()}"
                record.args = ()
        return True

    def sum_up(self, *, everything: bool = False) -> None:
        """Write what was counted in windows that are over, or in all."""
        now = self._clock()
        with self._lock:
            over = [
                place
                for place, seen in self._seen.items()
                if everything or now - seen.began >= WINDOW
            ]
            for place in over:
                self._sum_up(self._seen.pop(place), now)

    async def sum_up_regularly(self) -> None:
        """Sum up until cancelled."""
        while True:
            await asyncio.sleep(WINDOW / 4)
            self.sum_up()

    @staticmethod
    def _traceback(record: logging.LogRecord, seen: _Seen) -> bool:
        message = record.getMessage()
        if not message.startswith(_NUMBERED):
            # Whoever finds it can name it.
            message = f"{_NUMBERED}{new_error_number()}: {message}"
        record.msg, record.args = message[:_LONGEST], ()
        if not seen.wordings:
            seen.wordings.add(message)
            return True
        if len(seen.wordings) < _WORDINGS:
            # A viewer may name this number: it is found, though without the same traceback again.
            seen.wordings.add(message)
            record.msg = f"{record.msg} (the same fault as before: {seen.sample})"
            record.exc_info = record.exc_text = None
            return True
        seen.left_out += 1
        return False

    @staticmethod
    def _sum_up(seen: _Seen, now: float) -> None:
        if seen.left_out:
            logging.getLogger(seen.logger).log(
                seen.level,
                "%s more in the last %.0f s of: %s",
                f"{seen.left_out:,}",
                now - seen.began,
                seen.sample,
                extra={"sums_up": True},
            )


def hold_back_repeats(log: logging.Logger) -> Repeats:
    """Make a server's log, and those of the libraries below it, write what repeats once."""
    repeats = Repeats()
    handlers = {*log.handlers, *logging.getLogger().handlers}
    if logging.lastResort is not None:
        # What Tornado and asyncio write through, where nobody else listens.
        handlers.add(logging.lastResort)
    for handler in handlers:
        handler.addFilter(repeats)
    return repeats


class KernelOutput:
    """Takes what kernels write on standard error into the server's log, which has its limits.

    Parameters
    ----------
    log
        The server's.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._reading, self.writing = os.pipe()
        threading.Thread(target=self._read, name="kernel-output", daemon=True).start()

    def close(self) -> None:
        """End, once the kernels have."""
        os.close(self.writing)

    def _read(self) -> None:
        with contextlib.closing(os.fdopen(self._reading, "rb", buffering=0)) as reading:
            while chunk := reading.read(1 << 16):
                text = chunk.decode(errors="replace").strip()
                if text:
                    self._log.warning("A kernel wrote: %s", text)


class _Handler(Protocol):
    log: logging.Logger
    fault: str


def log_exception(
    self: _Handler,
    typ: type[BaseException] | None,
    value: BaseException | None,
    tb: TracebackType | None,
) -> None:
    """Log what a handler raised, under a number and without its address, which may hold a token."""
    if isinstance(value, web.HTTPError):
        return
    self.fault = new_error_number()
    self.log.error("Error %s", self.fault, exc_info=(typ, value, tb))  # type: ignore[arg-type]


def _identity(record: logging.LogRecord) -> tuple[tuple[object, ...], str]:
    if record.exc_info and record.exc_info[1] is not None:
        kind, _, traceback = record.exc_info
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        where = None if traceback is None else (traceback.tb_frame.f_code, traceback.tb_lineno)
        return (record.pathname, record.lineno, kind, where), ""
    return (record.pathname, record.lineno), record.getMessage()


def _short(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        text = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
    else:
        text = record.getMessage()
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= 200 else f"{first[:199]}…"
