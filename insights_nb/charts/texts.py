"""Words of charts: names that come from data, counts and shares."""

from __future__ import annotations

from enum import StrEnum

from insights_nb.texts import printable

Unit = tuple[str, str]
"""What is counted: one of it, and several."""


class Sentence(StrEnum):
    """What charts say, with places to fill in: here, and in a snapshot's browser."""

    HEADING = "{heading} per {unit}, {span}"
    NOTHING = "{heading}: nothing to show."
    SMALLEST = "{name}: the smaller ones, in one line."
    LAST = "{count} in {dates}"
    SO_FAR = "{count} so far"
    NOT_OVER = "{dates} is not over: hollow, and in no total."
    UNKNOWN = "unknown"
    NO_COUNT = "No count for {span}."
    NO_REPORT = "No report for {span}."
    UNCOUNTED = "Not counted in the reports of {span}."
    SHADED = "{unknown} {unit}s are unknown (shaded)."
    NEW = "new"
    EVENT = "Event {number}, {events}"


def harmless(name: str) -> str:
    """Return a name from data as every renderer may show it."""
    # Altair's own HTML page has the rows inside a script, which such a name would end; and a mark
    # for right-to-left writing would turn round the words around it.
    return printable(name).replace("<", "‹")


def counted(value: float, unit: Unit) -> str:
    """Say how many of something there are: ``1,234 pulls``."""
    return f"{value:,.0f} {unit[0] if value == 1 else unit[1]}"


def percent(ratio: float, digits: int = 1) -> str:
    """Say a ratio as a share: ``12.3 %``."""
    return f"{100 * ratio:,.{digits}f} %"


def bounded(least: float, most: float | None, unit: Unit) -> str:
    """Say between what a count lies: ``between 1,200 and 3,400 users``.

    Parameters
    ----------
    least, most
        The bounds; where they are equal the count is exact, and without the upper one only the
        lower is known.
    unit
        What is counted.
    """
    if most is None:
        return f"at least {counted(least, unit)}"
    if least == most:
        return counted(least, unit)
    return f"between {least:,.0f} and {counted(most, unit)}"


def between(least: float, most: float | None) -> str:
    """Write bounds as a number, where there is little room: ``1,200 – 3,400``."""
    if most is None:
        return f"≥ {least:,.0f}"
    return f"{least:,.0f}" if least == most else f"{least:,.0f} – {most:,.0f}"
