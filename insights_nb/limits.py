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


# An archive: its ledger, journal and offers, and how many reports it holds. The first three are
# refused when larger, the last is only said.
LEDGER_BYTES = _declare(
    "ledger_bytes", 2 << 30, "bytes", "size of an archive's ledger, about 800 bytes a report"
)
JOURNAL_BYTES = _declare(
    "journal_bytes", 256 << 20, "bytes", "size of the journal that a killed process left"
)
OFFERS_BYTES = _declare(
    "offers_bytes", 16 << 20, "bytes", "size of offers.json, what the sources listed last"
)
REPORTS = _declare(
    "reports", 100_000, "reports", "reports of one archive; with more, `add` and `status` say so"
)
