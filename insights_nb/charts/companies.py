"""Companies: who pulls most, and how that changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import (
    FOLDED,
    Bar,
    BarLook,
    Part,
    bar_drawing,
    both_ends,
    drawing_of,
)
from insights_nb.charts.marks.lines import LineLook, line_drawing
from insights_nb.charts.marks.ranges import MOST as MOST_RANGES
from insights_nb.charts.marks.ranges import ONE_IN_MANY_ROWS, bounds_of, range_drawing
from insights_nb.charts.parts import Width
from insights_nb.charts.pulls import TITLES, UNITS
from insights_nb.charts.series import known_or_raise, label_of
from insights_nb.charts.texts import Unit, counted
from insights_nb.counts.companies import USERS
from insights_nb.metrics.companies import STATUSES
from insights_nb.selection import Measure

COMPANY: Unit = ("company", "companies")
NO_COMPANY = "no company named"
"""What pulls that name no company are called."""

STATUS_LABELS = {name: name for name in STATUSES} | {"lapsed": "stopped pulling"}
"""What the statuses of `insights_nb.company_changes` are called."""

_SOURCE = "insights_nb.companies"


def heavy_users_chart(
    frame: pd.DataFrame,
    measure: Measure = "pulls",
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw the companies that pull most, a bar each, with count and share.

    The smallest beyond 15 bars are added up.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.heavy_users` gives it, ranked by the same measure.
    measure
        Which count to draw.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return heavy_users_drawing(frame, measure).chart(width=width, paint=paint)


def heavy_users_drawing(frame: pd.DataFrame, measure: Measure = "pulls") -> Drawing:
    """Turn heavy users into bars; as `insights_nb.charts.marks.bars.bar_drawing`."""
    missing = int(frame["missing"].max()) if "missing" in frame and len(frame) else 0
    periods = f"{counted(missing, ('period', 'periods'))} missing."
    return bar_drawing(
        frame,
        "domain",
        measure,
        BarLook(
            heading=f"{TITLES[measure]} by company",
            title="Company",
            unit=UNITS[measure],
            noun=COMPANY,
            missing_label=NO_COMPANY,
            notes=[periods] if missing else [],
        ),
        share="share",
        source="insights_nb.heavy_users",
    )


def company_chart(
    frame: pd.DataFrame,
    measure: Measure = "pulls",
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw each company's pulls as a line with a point per period.

    A period whose report is missing breaks the lines and shows as a light band. Beyond 12
    companies the smallest are added up in one grey line.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.companies` gives it, or some of its rows.
    measure
        Which count to draw.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return company_drawing(frame, measure).chart(width=width, height=height, paint=paint)


def company_drawing(frame: pd.DataFrame, measure: Measure = "pulls") -> Drawing:
    """Turn companies into lines, the largest first.

    As `insights_nb.charts.marks.lines.line_drawing`.
    """
    known_or_raise(frame, ["period", "domain", measure], "The company chart", _SOURCE)
    codes, _, ranked = _ranked(frame, measure)
    place = np.empty(len(ranked), np.int64)
    place[ranked] = np.arange(len(ranked))
    return line_drawing(
        frame.iloc[np.argsort(place[codes], kind="stable")],
        "domain",
        measure,
        LineLook(
            heading=f"{TITLES[measure]} by company",
            title="Company",
            unit=UNITS[measure],
            noun=COMPANY,
            missing_label=NO_COMPANY,
        ),
    )


def company_users_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw between what numbers the signed-in users of the three largest companies lie.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.companies` gives it, or some of its rows.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return company_users_drawing(frame).chart(width=width, height=height, paint=paint)


def company_users_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn companies into bounds; as `insights_nb.charts.marks.ranges.range_drawing`."""
    known_or_raise(frame, ["domain"], "The chart of users", _SOURCE)
    bounds = bounds_of(frame, USERS, source=_SOURCE)
    codes, found, ranked = _ranked(frame, f"{USERS}_at_most")
    chosen = [company for company in ranked.tolist() if not pd.isna(found[company])][:MOST_RANGES]
    notes = [ONE_IN_MANY_ROWS]
    if rest := len(found) - len(chosen):
        notes.append(f"{counted(rest, COMPANY)} with fewer not drawn.")
    series = {str(found[company]): bounds[codes == company] for company in chosen}
    return range_drawing(series or {"": bounds}, heading="Signed-in users", notes=notes)


def company_changes_chart(
    frame: pd.DataFrame,
    measure: Measure = "pulls",
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw by how much each company pulls more or less than before, most gained first.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.company_changes` gives it.
    measure
        What the frame compares.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return company_changes_drawing(frame, measure).chart(width=width, paint=paint)


def company_changes_drawing(frame: pd.DataFrame, measure: Measure = "pulls") -> Drawing:
    """Turn changes into bars to the left and right of zero.

    The largest gains and losses are drawing_of, 15 in all; a note tells how many are not. As
    `insights_nb.charts.marks.bars.bar_drawing`.
    """
    columns = ["domain", "status", "before", "after", "change"]
    known_or_raise(frame, columns, "The chart of changes", "insights_nb.company_changes")
    known = frame[frame["status"].notna()][columns]
    known = known.assign(difference=(known["after"] - known["before"]).astype("float64"))
    chosen = known.iloc[both_ends(known["difference"].to_numpy(np.float64))]
    bars = [_change(each, UNITS[measure]) for each in chosen.itertuples(index=False, name=None)]
    notes = [f"{TITLES[measure]} per available period, after minus before."]
    if rest := len(known) - len(chosen):
        notes.append(f"{counted(rest, COMPANY)} with smaller changes not drawn.")
    if unknown := len(frame) - len(known):
        notes.append(f"{counted(unknown, COMPANY)} left out: one side is missing.")
    statuses = set(chosen["status"])
    named = {0: {"new", "growing"}, 1: {"shrinking", "lapsed"}, FOLDED: {"steady"}}
    names = ["", *[""] * FOLDED]
    for slot, word in zip(named, ("more", "less", "steady"), strict=True):
        names[slot] = word if statuses & named[slot] else ""
    return drawing_of(
        bars, heading=f"Change of {TITLES[measure].lower()} by company", notes=notes, names=names
    )


def _change(row: tuple[Any, ...], unit: Unit) -> Bar:
    name, status, before, after, change, difference = row
    label = label_of(name, None, NO_COMPANY)
    slot = FOLDED if status == "steady" else int(difference < 0)
    gained = f"{difference:+,.0f}".replace("-", "−")
    ratio = "" if pd.isna(change) else f"{100 * change:+,.1f} %".replace("-", "−")
    words = f"{before:,.0f} → {counted(after, unit)}"
    shown = [f"({ratio})"] if ratio and status != "lapsed" else []
    number = " ".join([STATUS_LABELS[status], gained, *shown])
    tip = {"Company": label, "Status": status, "Per period": words}
    if ratio:
        tip["Change"] = ratio
    return Bar(
        label,
        number,
        f"{label}: {status}, {words}",
        tip,
        [Part(min(0.0, difference), max(0.0, difference), slot)],
    )


def _ranked(
    frame: pd.DataFrame, measure: str
) -> tuple[npt.NDArray[np.intp], pd.Index[Any], npt.NDArray[np.intp]]:
    """Return each row's company, the companies, and those by their sum, the largest first."""
    codes, found = pd.factorize(frame["domain"], use_na_sentinel=False)
    totals = np.zeros(len(found))
    np.add.at(totals, codes, frame[measure].to_numpy(np.float64, na_value=0))
    return codes, found, np.argsort(-totals, kind="stable")
