"""What a chart tells apart: the values of a frame's column, their names and their slots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from insights_nb.charts.texts import Unit, harmless
from insights_nb.charts.theme import OTHER_SLOTS, SLOTS
from insights_nb.errors import FrameError

Labels = Mapping[str, str] | Callable[[str], str] | None

METRICS = "one of the metrics (insights_nb.audience, insights_nb.pulls, …)"
"""Who makes the frames of charts that take any."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a chart calls what it draws of any frame.

    Parameters
    ----------
    heading
        What is drawn: ``"Pulls by country"``.
    title
        What the tooltip calls one of what is drawn, ``"Country"``; by default the column's name.
    unit
        One and several of what is counted.
    noun
        One and several of what is drawn, for those that are folded: ``("country", "countries")``.
    labels
        Names of the values, as a mapping or a function; by default the values themselves.
    missing_label
        What a missing value is called.
    """

    heading: str = "Pulls"
    title: str | None = None
    unit: Unit = ("pull", "pulls")
    noun: Unit = ("value", "values")
    labels: Labels = None
    missing_label: str | None = None

    def title_of(self, column: str) -> str:
        """Return what the tooltip calls a value of a column."""
        return self.title or column.replace("_", " ").capitalize()

    def label_of(self, value: object) -> str:
        """Return what a value is called."""
        return label_of(value, self.labels, self.missing_label)


def known_or_raise(frame: pd.DataFrame, columns: Iterable[str], chart: str, source: str) -> None:
    """Check that a frame has what a chart draws.

    Raises
    ------
    FrameError
        If it lacks a column.
    """
    if missing := [name for name in columns if name not in frame]:
        raise lacks(chart, missing, source)


def lacks(chart: str, missing: Sequence[str], source: str) -> FrameError:
    """Return the error for a frame without the columns that a chart draws."""
    return FrameError(
        f"{chart} needs the columns {', '.join(missing)}, which this frame lacks. "
        f"Give it a frame as {source} makes it."
    )


def label_of(value: object, labels: Labels, missing_label: str | None) -> str:
    """Return what a value is called; one without a label is called as it is."""
    if missing_label is not None and pd.isna(value):  # type: ignore[call-overload]
        return missing_label
    name = str(value)
    if callable(labels):
        name = labels(name)
    elif labels is not None:
        name = labels.get(name, name)
    return harmless(name)


def slots_of(grey: Sequence[bool]) -> list[int]:
    """Give each line its slot: by order, and a grey one a neutral one."""
    neutral = iter(OTHER_SLOTS)
    coloured = iter(range(SLOTS))
    return [next(neutral if each else coloured) for each in grey]


def short_names(repositories: Iterable[str]) -> dict[str, str]:
    """Return what to call each repository: without its publisher, where they have one in common."""
    names = [*dict.fromkeys(repositories)]
    if len({name.rpartition("/")[0] for name in names}) > 1:
        return {name: harmless(name) for name in names}
    return {name: harmless(name.rpartition("/")[2]) for name in names}
