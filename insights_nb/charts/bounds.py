"""Bounds in words: numbers of which only is known between what they lie."""

from __future__ import annotations

from insights_nb.charts.texts import Unit, counted


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
