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
    """An environment variable for a limit is no number."""

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
        The limit where nothing is set.
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
        """The limit now.

        Raises
        ------
        LimitError
            If the variable is no number.
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
        """How to change it, in words."""
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


# -- One file ---------------------------------------------------------------------------------

FILE = _declare(
    "file",
    16 << 30,
    "bytes",
    "One file, on disk or as downloaded; a download that announces more is not begun.",
)
UNPACKED = _declare("unpacked", 16 << 30, "bytes", "What one compressed file unpacks to.")
# Measured with gzip: made-up raw pulls 23 times, the same row over and over 260 to 510 times, one
# byte over and over 1,030 times.
RATIO = _declare(
    "ratio",
    200,
    "times",
    "How many times its own size a file or answer unpacks to, beyond the next line's bytes.",
)
RATIO_FROM = _declare("ratio_from", 256 << 20, "bytes", "What it may unpack to at any ratio.")
MEMBERS = _declare("members", 1_000_000, "members", "The members that one gzip file is made of.")
ZIP_FILES = _declare("zip_files", 10_000, "files", "The files of one zip archive.")
COLUMNS = _declare(
    "columns", 2000, "columns", "The columns of one file, and the fields of an answer's points."
)
# As many as the csv module takes by itself.
LINE = _declare("line", 128 << 10, "bytes", "One line of a CSV file, and one value of any file.")
PUBLISHERS = _declare("publishers", 1000, "publishers", "The publishers that one file is of.")
JSON = _declare("json", 128 << 20, "bytes", "One JSON answer, unpacked.")
JSON_DEPTH = _declare("json_depth", 32, "levels", "How deeply a JSON answer is nested.")
JSON_KEYS = _declare("json_keys", 5_000_000, "keys", "The keys and entries of one JSON answer.")

# -- What comes from a server -----------------------------------------------------------------

# 16 GB within it take 0.8 MB a second, which a slow office has.
DOWNLOAD_SECONDS = _declare(
    "download_seconds", 6 * 3600, "seconds", "One download, with every time that it is tried."
)
# 1.7 KB a second: a modem.
DOWNLOAD_PACE = _declare(
    "download_pace", 600, "seconds", "Each MB of a download, on average from its beginning."
)
ANSWER_SECONDS = _declare(
    "answer_seconds", 600, "seconds", "One JSON answer, and the head of any answer."
)

# -- An archive -------------------------------------------------------------------------------

# The first three are refused when larger, the last gives a warning.
LEDGER_BYTES = _declare(
    "ledger_bytes", 2 << 30, "bytes", "An archive's ledger, about 800 bytes a report."
)
JOURNAL_BYTES = _declare(
    "journal_bytes", 256 << 20, "bytes", "The journal that a killed process left."
)
OFFERS_BYTES = _declare(
    "offers_bytes", 16 << 20, "bytes", "What the sources listed last, `offers.json`."
)
REPORTS = _declare(
    "reports", 100_000, "reports", "One archive; with more, `add` and `status` warn."
)

# -- Serving -----------------------------------------------------------------------------------

OPEN_FILES = _declare(
    "open_files",
    8192,
    "open files",
    "How far the dashboard raises its own limit of open files, where the system lets it.",
)
CONNECTIONS = _declare(
    "connections",
    1000,
    "connections",
    "All viewers' connections; never more than half of the open files.",
)
CONNECTIONS_PER_ADDRESS = _declare(
    "connections_per_address",
    500,
    "connections",
    "Of them from one address or IPv6 network; without bound behind `--allow-host`.",
)
WEBSOCKETS = _declare("websockets", 400, "websockets", "All viewers' websockets; a page has one.")
WEBSOCKETS_PER_VIEWER = _declare(
    "websockets_per_viewer", 50, "websockets", "Of them one browser's."
)
WEBSOCKETS_PER_SESSION = _declare(
    "websockets_per_session", 4, "websockets", "Of them one session's."
)
REQUEST_SECONDS = _declare(
    "request_seconds", 20, "seconds", "How long a request's header lines may take."
)
BODY_SECONDS = _declare("body_seconds", 30, "seconds", "How long a request's body may take.")
IDLE_SECONDS = _declare(
    "idle_seconds", 75, "seconds", "How long a connection is kept for its next request."
)
STALLED_SECONDS = _declare(
    "stalled_seconds", 30, "seconds", "How long a viewer may take nothing of what is sent."
)
SENDING_SECONDS = _declare(
    "sending_seconds", 300, "seconds", "How long a viewer may take over what is sent."
)
UNSENT = _declare("unsent", 32 << 20, "bytes", "What waits for one viewer's websocket to take it.")
GUESSES = _declare(
    "guesses", 120, "wrong tokens a minute", "How many are looked at, from everywhere together."
)
