"""What the charts of the audience call what they show, and what they say of their frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from insights_nb.charts.pulls import TITLES, UNITS
from insights_nb.charts.series import known_or_raise, lacks
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import span
from insights_nb.counts.use_cases import NO_CLOUD
from insights_nb.geography import country_name
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Period
from insights_nb.schema import DIMENSIONS, REPORTS
from insights_nb.selection import MEASURES, not_offered

AUDIENCE = "insights_nb.audience"
"""Who makes the frames."""

NO_CLOUD_PROVIDER = "no cloud provider"


def cloud_name(cloud: str) -> str:
    """Return what a cloud is called; no cloud is not a cloud that is not named."""
    return NO_CLOUD_PROVIDER if cloud.casefold() in NO_CLOUD else cloud


_LABELS: Mapping[str, Callable[[str], str]] = {"country": country_name, "cloud": cloud_name}


@dataclass(frozen=True)
class Words:
    """What a dimension (`insights_nb.schema.DIMENSIONS`) and its values are called on a page."""

    noun: Unit
    label: Callable[[str], str]
    missing: str
    note: str

    @property
    def title(self) -> str:
        """What a tooltip calls a value."""
        return self.noun[0].capitalize()


WORDS: Mapping[str, Words] = {
    name: Words((one.one, one.several), _LABELS.get(name, str), one.missing, one.note)
    for name, one in DIMENSIONS.items()
}
"""Dimension of `insights_nb.audience` → words."""


def dimension_of(frame: pd.DataFrame, chart: str) -> str:
    """Return by what a frame tells pulls apart.

    Raises
    ------
    FrameError
        If it has no column of a dimension, or several.
    """
    found = [name for name in WORDS if name in frame]
    if len(found) != 1:
        raise lacks(chart, ["one of " + ", ".join(WORDS)], AUDIENCE)
    return found[0]


def unit_of(frame: pd.DataFrame, chart: str, by: str, measure: str) -> Unit:
    """Check that a frame has what a chart draws, and return what it counts.

    Raises
    ------
    FrameError
        If it lacks a column.
    SelectionError
        If the measure is not offered.
    """
    if measure not in MEASURES:
        raise not_offered("measure", measure, " or ".join(map(repr, MEASURES)))
    known_or_raise(frame, ["period", by, measure], chart, AUDIENCE)
    return UNITS[measure]


def headed(measure: str, by: str) -> str:
    """Return what is drawn: ``Pulls by cloud provider``."""
    return f"{TITLES[measure]} by {WORDS[by].noun[0]}"


def dated(heading: str, frame: pd.DataFrame) -> str:
    """Add the frame's interval: ``Pulls by country, 7 Sep – 4 Oct 2026``."""
    if frame.empty:
        return heading
    granularity = granularity_of(frame)
    days = (frame["period"].min().date(), frame["period"].max().date())
    return f"{heading}, {span(*(Period(granularity, day) for day in days))}"


def sources(frame: pd.DataFrame, by: str) -> list[str]:
    """Say which report counts, what is inferred, and which repositories are left out.

    One short line each: a phone has no room for more.
    """
    known = REPORTS.get(frame.attrs.get("source", ""))
    parts = [f"Source: {known.title}"] if known else []
    if note := WORDS[by].note:
        parts.append(note)
    said = ["; ".join(parts)] if parts else []
    if left_out := len(frame.attrs.get("left_out", ())):
        noun = WORDS["repository"].noun[left_out != 1]
        said.append(f"Left out: {left_out} {noun} of other reports.")
    return said


def not_held(frame: pd.DataFrame) -> list[str]:
    """Say which periods a sum over the interval lacks."""
    missing = [Period.parse(label) for label in frame.attrs.get("missing", ())]
    if not missing:
        return []
    first = missing[0]
    said = first.dates if len(missing) == 1 else f"{len(missing)} {first.granularity}s"
    return [f"Not held, not counted: {said}."]
