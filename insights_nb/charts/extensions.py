"""Extensions: how often they are installed, removed, updated and opened, and by how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.lines import LineLook, Lines, lines_of
from insights_nb.charts.marks.ranges import (
    MOST,
    ONE_IN_MANY_ROWS,
    bounds_of,
    range_drawing,
)
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import Unit, counted, harmless
from insights_nb.metrics.pulls import MOST_LINES
from insights_nb.selection import not_offered

EXTENSION: Unit = ("extension", "extensions")
PERSON: Unit = ("person", "people")

MEASURES: Mapping[str, str] = {
    "installs": "Installs",
    "uninstalls": "Uninstalls",
    "net": "Net installs",
    "updates": "Updates",
    "usage": "Openings",
    "total_installs": "Installs of all times",
    "total_uninstalls": "Uninstalls of all times",
    "total_net": "Net installs of all times",
}
"""What can be drawn of extensions, and what it is called."""

PEOPLE: Mapping[str, str] = {
    "unique_installs": "who installed",
    "unique_uninstalls": "who uninstalled",
    "unique_users": "who opened it",
}
"""Whom bounds are known of, and what they did."""

FLOW = ("installs", "uninstalls", "net")
"""What is drawn unless something else is asked for."""

_SOURCE = "insights_nb.extensions"
_KEY = ["publisher", "extension"]


def extension_chart(
    frame: pd.DataFrame,
    measures: str | Sequence[str] = FLOW,
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw counts of extensions as lines with a point per period.

    A period whose report is missing breaks the lines and shows as a light band. Of one measure
    the smallest extensions beyond 12 lines are added up; of several, as many of the largest are
    drawn as 12 lines allow, and a note tells how many are not.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.extensions` gives it, or some of its rows.
    measures
        One of `MEASURES` or several; each extension has a line for each.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.

    Raises
    ------
    SelectionError
        If a measure is not offered.
    """
    return extension_drawing(frame, measures).chart(width=width, height=height, paint=paint)


def extension_drawing(frame: pd.DataFrame, measures: str | Sequence[str] = FLOW) -> Drawing:
    """Turn extensions into lines; as `insights_nb.charts.marks.lines.line_drawing`."""
    chosen = [measures] if isinstance(measures, str) else [*measures]
    for name in chosen:
        if name not in MEASURES:
            raise not_offered("measure", name, " or ".join(map(repr, MEASURES)))
    known_or_raise(frame, ["period", *_KEY, *chosen], "The extension chart", _SOURCE)
    codes, names = _coded(frame)
    notes = []
    ranked = _ranked(frame, codes, len(names), chosen[0])
    if len(chosen) > 1 and len(names) * len(chosen) > MOST_LINES:
        ranked = ranked[: MOST_LINES // len(chosen)]
        rest = counted(len(names) - len(ranked), EXTENSION)
        notes = [f"{rest} with fewer not drawn."]
    place = np.full(len(names), -1)
    place[ranked] = np.arange(len(ranked))
    kept = place[codes] >= 0
    several = len(ranked) > 1
    labels = [
        f"{names[extension]}: {MEASURES[name].lower()}" if several else MEASURES[name]
        for extension in ranked
        for name in chosen
    ]
    part = frame[kept]
    rows = pd.concat(
        [part[["period", name]].set_axis(["period", "value"], axis=1) for name in chosen],
        ignore_index=True,
    )
    rows.attrs = dict(frame.attrs)
    line_of = [place[codes[kept]] * len(chosen) + number for number in range(len(chosen))]
    if len(chosen) == 1 and several:
        labels = [names[extension] for extension in ranked]
    look = LineLook(
        heading=" · ".join([MEASURES[chosen[0]], *(MEASURES[name].lower() for name in chosen[1:])]),
        title="Extension" if several else "Count of",
        unit=("", ""),
        noun=EXTENSION,
    )
    drawing = lines_of(rows, Lines(np.concatenate(line_of), labels), "value", look)
    if count := drawing.datasets["rows"].get("count"):
        # The lines' names say what is counted.
        drawing.datasets["rows"]["count"] = [
            None if text is None else text.strip() for text in count
        ]
    only = [] if several or not names else [f"Extension: {names[0]}."]
    return drawing.noted(before=only, after=notes)


def extension_people_chart(
    frame: pd.DataFrame,
    who: str = "unique_users",
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw between what numbers the people lie who install, remove and open extensions.

    Of one extension all three are drawn side by side; of several, `who` of the three largest.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.extensions` gives it, or some of its rows.
    who
        One of `PEOPLE`.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.

    Raises
    ------
    SelectionError
        If `who` is not offered.
    """
    return extension_people_drawing(frame, who).chart(width=width, height=height, paint=paint)


def extension_people_drawing(frame: pd.DataFrame, who: str = "unique_users") -> Drawing:
    """Turn people into bounds; as `insights_nb.charts.marks.ranges.range_drawing`."""
    if who not in PEOPLE:
        raise not_offered("who", who, " or ".join(map(repr, PEOPLE)))
    known_or_raise(frame, ["period", *_KEY], "The chart of people", _SOURCE)
    codes, names = _coded(frame)
    if len(names) <= 1:
        series = {
            text.capitalize(): bounds_of(frame, name, source=_SOURCE)
            for name, text in PEOPLE.items()
        }
        only = [f"Extension: {name}." for name in names]
        return range_drawing(series, heading="People", notes=only, unit=PERSON)
    bounds = bounds_of(frame, who, source=_SOURCE)
    ranked = _ranked(bounds, codes, len(names), "at_most")[:MOST]
    notes = [ONE_IN_MANY_ROWS]
    if rest := len(names) - len(ranked):
        notes.append(f"{counted(rest, EXTENSION)} with fewer not drawn.")
    series = {names[extension]: bounds[codes == extension] for extension in ranked}
    return range_drawing(series, heading=f"People {PEOPLE[who]}", notes=notes, unit=PERSON)


def _coded(frame: pd.DataFrame) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return each row's extension, and what the extensions are called."""
    publishers, owners = pd.factorize(frame["publisher"], use_na_sentinel=False)
    extensions, found = pd.factorize(frame["extension"], use_na_sentinel=False)
    _, first, codes = np.unique(
        publishers * max(1, len(found)) + extensions, return_index=True, return_inverse=True
    )
    names = []
    known = (owners.tolist(), found.tolist())
    for publisher, extension in zip(publishers[first], extensions[first], strict=True):
        owner, name = known[0][publisher], known[1][extension]
        named = f"of {owner}, not named" if pd.isna(name) else str(name)
        names.append(
            harmless(f"{owner}/{name}" if len(owners) > 1 and not pd.isna(name) else named)
        )
    return codes, names


def _ranked(
    frame: pd.DataFrame, codes: npt.NDArray[np.intp], extensions: int, measure: str
) -> npt.NDArray[np.intp]:
    """Return the extensions by their sum, the largest first."""
    totals = np.zeros(extensions)
    np.add.at(totals, codes, frame[measure].to_numpy(np.float64, na_value=0))
    return np.argsort(-totals, kind="stable")
