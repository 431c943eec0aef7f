"""How much is taken in at most: each limit once, with its meaning and the variable that moves it.

Nothing is read whole before its size is known to be fit. What is refused by a limit is refused in a
sentence that names the limit, so that whoever has a larger file knows what to set.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from insights_nb.errors import InsightsError

_NUMBER = re.compile(r"([1-9]\d*)([KMGT]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class LimitError(InsightsError, ValueError):
    """An environment variable that should hold a limit holds something else."""

    def __init__(self, variable: str, value: str) -> None:
        self.variable = variable
        super().__init__(
            f"{variable}={value!r} is no limit. Write a whole number above 0, such as 500, 64M "
            "or 20G, or unset it."
        )


@dataclass(frozen=True)
class Limit:
    """One limit.

    Parameters
    ----------
    name
        In lower case, such as ``"columns"``; ``INSIGHTS_MAX_COLUMNS`` moves it.
    default
        What holds where nothing is set.
    unit
        What it counts: ``"bytes"``, ``"seconds"``, ``"columns"``, …
    meaning
        What it bounds, for the documentation.
    """

    name: str
    default: int
    unit: str
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"INSIGHTS_MAX_{self.name.upper()}"

    @property
    def value(self) -> int:
        """What holds now.

        Raises
        ------
        LimitError
            If the variable holds no number.
        """
        text = os.environ.get(self.variable, "").strip()
        if not text:
            return self.default
        number = _NUMBER.fullmatch(text.upper()) if text.isascii() else None
        if number is None or len(number[1]) > 15:
            raise LimitError(self.variable, text)
        return int(number[1]) * _UNITS[number[2]]

    @property
    def remedy(self) -> str:
        """The words that tell how to move it."""
        return f"To allow more, set {self.variable} (now {written(self.value, self.unit)})."


def written(value: int, unit: str) -> str:
    """Return a limit as people write it: ``"20 GB"``, ``"2,000 columns"``."""
    if unit == "bytes":
        for suffix, size in (("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
            if value >= size and value % size == 0:
                return f"{value // size:,} {suffix}"
    return f"{value:,} {unit}"


# Each limit is declared here and used where its check is; docs/security.md lists them all.
LIMITS: dict[str, Limit] = {}


def _declare(name: str, default: int, unit: str, meaning: str) -> Limit:
    LIMITS[name] = Limit(name, default, unit, meaning)
    return LIMITS[name]


# -- Serving -----------------------------------------------------------------------------------

OPEN_FILES = _declare(
    "open_files", 8192, "open files", "how far the server raises its own limit of open files"
)
CONNECTIONS = _declare(
    "connections", 1000, "connections", "connections at once, of all viewers together"
)
CONNECTIONS_PER_ADDRESS = _declare(
    "connections_per_address", 500, "connections", "connections at once from one address"
)
WEBSOCKETS = _declare(
    "websockets", 400, "websockets", "websockets at once, of all viewers together"
)
WEBSOCKETS_PER_VIEWER = _declare(
    "websockets_per_viewer", 50, "websockets", "websockets at once of one signed-in viewer"
)
WEBSOCKETS_PER_SESSION = _declare(
    "websockets_per_session", 4, "websockets", "websockets at once to one session"
)
REQUEST_SECONDS = _declare(
    "request_seconds", 20, "seconds", "until a request's header lines have come"
)
BODY_SECONDS = _declare("body_seconds", 30, "seconds", "until a request's body has come")
IDLE_SECONDS = _declare(
    "idle_seconds", 75, "seconds", "that a connection is kept for its next request"
)
STALLED_SECONDS = _declare(
    "stalled_seconds", 30, "seconds", "in which a viewer takes nothing of what is sent"
)
SENDING_SECONDS = _declare(
    "sending_seconds", 300, "seconds", "until a viewer has taken what is sent"
)
UNSENT = _declare("unsent", 32 << 20, "bytes", "that wait for one viewer's websocket to take them")
GUESSES = _declare(
    "guesses", 120, "wrong tokens a minute", "wrong tokens that are looked at, from everywhere"
)
