"""How a command ends when it is told to, or when nobody reads what it says any more."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

INTERRUPTED = 130
"""What a command ends with that Ctrl-C or a signal ended."""

_NUMBERS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# Nobody is there to read: a pipe was closed, or a terminal.
_GONE = {errno.EPIPE, errno.EIO}


def end_at_once() -> None:
    """Let a signal end the process while it loads: nothing is open yet, nothing to be told.

    Raised in the middle of an import, an exception would be taken for that module's own fault.
    """
    _handle(_end)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C, and a timer's or system's request to stop, interrupt what is long.

    So does a terminal that was closed. What the process was told to pass over, by nohup or as a job
    in the background, it passes over. Call it after Polars was imported: that catches Ctrl-C while
    it computes, and an interrupt that comes in another moment can be lost. Python's own handler
    takes its place again.
    """
    before = _handle(signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_gone(error: OSError) -> bool:
    """Return whether an error means that nobody reads the output any more."""
    return error.errno in _GONE


def leave_output() -> None:
    """Write out what is left, and let nothing be said when the process ends."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except (OSError, ValueError):
            # Python would try again at the very end, and report that it failed.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _handle(handler: Any) -> dict[int, Any]:  # noqa: ANN401 -- as signal has them
    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    taken = {number: one for number, one in before.items() if one not in (signal.SIG_IGN, None)}
    for number in taken:
        signal.signal(number, handler)
    return taken


def _end(_: int, __: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)
