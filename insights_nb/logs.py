"""Lines of a log: harmless in a terminal, and without what lets somebody in."""

from __future__ import annotations

import contextlib
import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

from insights_nb.texts import printable_lines

_TOKEN = re.compile(r"((?:^|[?&;\s'\"])token=)[^&;\s'\"<>)]+", re.IGNORECASE)
_HEADER = re.compile(r"(\b(?:token|bearer|basic)\s+)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Leave a secret out of every line from now on."""
    if secret:
        _secrets.add(secret)


def harmless(text: str) -> str:
    """Return a text as a log may contain it: names and addresses in it are other people's."""
    for secret in _secrets:
        text = text.replace(secret, "…")
    return printable_lines(_HEADER.sub(r"\1…", _TOKEN.sub(r"\1…", text)))


def tame() -> None:
    """Make every line harmless that this process logs, whichever library it comes from.

    Where a record is made, and not where a handler writes it: what has no handler reaches standard
    error, too.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "tame", False):
        return

    def record(*given: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401 -- as it is called
        made = make(*given, **more)
        # What a library logs wrongly, logging tells itself when it writes it.
        with contextlib.suppress(Exception):
            made.msg, made.args = harmless(made.getMessage()), ()
            if made.exc_info and made.exc_info[1] is not None:
                lines = traceback.format_exception(*made.exc_info)
                made.exc_text = harmless("".join(lines).rstrip("\n"))
        return made

    record.tame = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)


@contextlib.contextmanager
def tamed() -> Iterator[None]:
    """Do as `tame` until the block ends."""
    before = logging.getLogRecordFactory()
    tame()
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)
