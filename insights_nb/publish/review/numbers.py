"""How the review writes numbers: whole, with their sign where they are changes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.counts.sources import ASIDES

UNKNOWN = "–"
"""What stands for a number that nobody knows; never for 0."""

NEW = "new"
"""What stands for the ratio of a change from nothing."""

MARKS = {name: f" ({aside})" if aside else "" for name, aside in ASIDES.items()}
"""What is said of pulls that another definition counts than the usual one."""

_MINUS = "\u2212"
_SPACE = "\u00a0"
# Below it a change is more plainly told in per cent than as so many times.
_TIMES = 10


def whole(value: Any) -> str:  # noqa: ANN401 - a cell of any frame
    """Write a count: ``1,234``."""
    return UNKNOWN if pd.isna(value) else f"{int(value):,}".replace("-", _MINUS)


def signed(value: Any) -> str:  # noqa: ANN401
    """Write a change of a count: ``+1,234``."""
    if pd.isna(value):
        return UNKNOWN
    return f"{int(value):+,}".replace("-", _MINUS) if value else "0"


def percent(ratio: Any, digits: int = 1) -> str:  # noqa: ANN401
    """Write a share: ``12.3 %``."""
    if pd.isna(ratio):
        return UNKNOWN
    written = f"{100 * float(ratio):,.{digits}f}"
    # A share too small to show is not a negative one.
    written = written if written.strip("-0.") else written.removeprefix("-")
    return f"{written}{_SPACE}%".replace("-", _MINUS)


def growth(ratio: Any) -> str:  # noqa: ANN401
    """Write a change as a ratio: ``+12.3 %``, or ``×12`` where that is plainer."""
    if pd.isna(ratio):
        return UNKNOWN
    if float(ratio) >= _TIMES - 1:
        return f"×{float(ratio) + 1:,.0f}"
    written = f"{100 * float(ratio):+.1f}"
    # A change too small to show is not a fall.
    return f"{written.replace('-0.0', '0.0').replace('+0.0', '0.0')}{_SPACE}%".replace("-", _MINUS)


def grown(now: Any, then: Any) -> str:  # noqa: ANN401
    """Write from what to what a count changed, as a ratio: ``+12.3 %``, ``new``."""
    if pd.isna(now) or pd.isna(then):
        return UNKNOWN
    if not then:
        return NEW if now else growth(0)
    return growth((now - then) / then)


def points(difference: Any) -> str:  # noqa: ANN401
    """Write a change of a share, in percentage points: ``+1.2``."""
    if pd.isna(difference):
        return UNKNOWN
    written = f"{100 * float(difference):+.1f}"
    return written.replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", _MINUS)


def change_of(now: Any, then: Any) -> Any:  # noqa: ANN401
    """Return by how much a count changed, or missing where one of the two is unknown."""
    # A frame's row as a dictionary has None for what is missing, which no number is taken from.
    return pd.NA if pd.isna(now) or pd.isna(then) else now - then


def listed(names: list[str]) -> str:
    """Join names to a phrase: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, one: str, several: str = "") -> str:
    """Say how many of something there are: ``1 month``, ``3 months``."""
    return f"{number:,}{_SPACE}{one if number == 1 else several or one + 's'}"
