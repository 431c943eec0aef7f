"""What is held and what is not: a row per series of reports, a cell per week or month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.coverage_spec import FORMS, build
from insights_nb.errors import ChartFrameError
from insights_nb.periods import Granularity, Period, date_range
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    import altair as alt

_COLUMNS = (
    "kind", "namespace", "granularity", "period", "label", "status", "files", "revisions", "due",
    "ages_out", "at_risk", "gone", "ended",
)  # fmt: skip

_WORDS = {
    "held": "held",
    "revised": "held, revised",
    "missing": "missing, though a later one is held",
    "overdue": "overdue",
    "expected": "expected any day",
}
_GROUPS: Mapping[Granularity, str] = {"week": "Weeks", "month": "Months"}

# In pixels, from the top: a group's heading, and a row with its name above its cells.
_HEADING = 26
_NAME = 17
_CELL = 15
_ROW = _NAME + _CELL + 7
_DAY = 86_400_000
# So that neighbours stay apart in every width.
_APART = int(0.9 * _DAY)

Rows = list[dict[str, Any]]


@dataclass
class _Drawing:
    """What is drawn: rows of each layer, and how high they are together."""

    cells: Rows = field(default_factory=list)
    pieces: Rows = field(default_factory=list)
    names: Rows = field(default_factory=list)
    headings: Rows = field(default_factory=list)
    height: int = 0


def coverage_chart(
    coverage: pd.DataFrame,
    *,
    width: int | Literal["container"] = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw which reports are held, missing, expected and overdue.

    Weeks come first, then months, on one axis of time. A status has a form as well as a colour: a
    full cell is held, one with a stripe was revised, an empty one is missing, a half one overdue.
    A wedge above a cell says that its source will list it no more before the next run.

    Parameters
    ----------
    coverage
        As `Archive.coverage` gives it, or some of its rows.
    width
        In pixels, or ``"container"`` to fill the cell.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it, however many.

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    """
    missing = [name for name in _COLUMNS if name not in coverage]
    if missing:
        raise ChartFrameError("The coverage chart", missing, "Archive.coverage")
    drawing = _draw(coverage)
    # Dates come as UTC milliseconds: a bare date would shift with the viewer.
    span = [cell[end] for cell in drawing.cells for end in ("start", "stop")] or [0, _DAY]
    chart = build(
        paint,
        statuses=[name for name in FORMS if (coverage["status"] == name).any()],
        span=(min(span), max(span)),
        width=width,
        height=max(drawing.height, _ROW),
        heading=_heading(coverage),
        notes=_notes(coverage),
    )
    # Not as data of the layers: Altair refuses more than 5,000 rows there.
    chart.datasets = {
        "cells": drawing.cells,
        "pieces": drawing.pieces,
        "names": drawing.names,
        "headings": drawing.headings,
    }
    return chart


def _draw(coverage: pd.DataFrame) -> _Drawing:
    drawing = _Drawing()
    several = len(coverage["namespace"].unique()) > 1
    for granularity, heading in _GROUPS.items():
        group = coverage[coverage["granularity"] == granularity]
        if group.empty:
            continue
        drawing.headings.append({"text": heading, "y": drawing.height + _HEADING - 9})
        drawing.height += _HEADING
        series = {
            cast(tuple[str, str], name): rows
            for name, rows in group.groupby(["kind", "namespace"], sort=False)
        }
        for name in sorted(series, key=_place):
            _draw_row(drawing, name, series[name], several=several)
    return drawing


def _draw_row(
    drawing: _Drawing, name: tuple[str, str], rows: pd.DataFrame, *, several: bool
) -> None:
    kind, namespace = (_harmless(part) for part in name)
    title = REPORTS[kind].title if kind in REPORTS else kind
    said = f"{title} · {namespace or 'no publisher'}" if several else title
    if rows["ended"].any():
        said += f", ended with {rows['label'].iloc[-1]}"
    drawing.names.append({"text": said, "y": drawing.height + _NAME - 5})
    top = drawing.height + _NAME
    for row in rows.to_dict("records"):
        cell = _cell(row, f"{title} of {namespace}" if namespace else title)
        drawing.cells.append(cell | {"top": top, "bottom": top + _CELL})
        for upper, lower in FORMS.get(str(row["status"]), ()):
            drawing.pieces.append(
                {
                    "start": cell["start"],
                    "stop": cell["stop"],
                    "top": top + upper * _CELL,
                    "bottom": top + lower * _CELL,
                    "status": row["status"],
                }
            )
    drawing.height += _ROW


def _cell(row: Mapping[Any, Any], report: str) -> dict[str, Any]:
    period = Period(row["granularity"], row["period"].date())
    status = _WORDS.get(str(row["status"]), str(row["status"]))
    return {
        "start": _milliseconds(period.start),
        "stop": _milliseconds(period.end) - _APART,
        "report": report,
        "dates": f"{period.dates} ({row['label']})",
        "status": status,
        "files": _files(int(row["files"]), int(row["revisions"])),
        "due": _day(row["due"].date()),
        "offered": _offered(row),
        "text": f"{report}, {period.dates}: {status}",
        "at_risk": bool(row["at_risk"]),
    }


def _files(files: int, revisions: int) -> str:
    if not files:
        return "none"
    said = f"{files} file{'' if files == 1 else 's'}"
    times = "once" if revisions == 1 else f"{revisions} times"
    return f"{said}, revised {times}" if revisions else said


def _offered(row: Mapping[Any, Any]) -> str:
    if row["files"]:
        return "held, whatever the source lists"
    if pd.isna(row["ages_out"]):
        return "not known"
    day = row["ages_out"].date()
    if row["gone"]:
        return f"no more since {_day(day)}"
    return f"until {_day(day - dt.timedelta(days=1))}"


def _heading(coverage: pd.DataFrame) -> str:
    if coverage.empty:
        return "No report is held yet"
    periods = [
        Period(cast(Granularity, unit), day.date())
        for unit, days in coverage.groupby("granularity")["period"]
        for day in (days.min(), days.max())
    ]
    first, last = min(one.start for one in periods), max(one.last_day for one in periods)
    return f"Reports held, {date_range(first, last)}"


def _notes(coverage: pd.DataFrame) -> list[str]:
    if coverage.empty:
        return []
    counts = coverage["status"].value_counts()
    open_ones = [name for name in ("missing", "overdue", "expected") if counts.get(name)]
    # One line each: a phone has no room for them side by side.
    said = [", ".join(f"{counts[name]} {name}" for name in open_ones)] if open_ones else []
    if not {"missing", "overdue"} & {*open_ones}:
        said.insert(0, "Nothing is missing.")
    if risky := int(coverage["at_risk"].sum()):
        said.append(f"▼ {risky} soon listed no more: fetch now")
    if gone := int(coverage["gone"].sum()):
        said.append(f"{gone} listed by the source no more")
    return said


def _place(name: tuple[str, str]) -> tuple[int, str, str]:
    kind, namespace = name
    kinds = [*REPORTS]
    return (kinds.index(kind) if kind in kinds else len(kinds), kind, namespace)


def _harmless(name: str) -> str:
    # Altair's own HTML page has the rows inside a script, which such a name would end; and a mark
    # for right-to-left writing would turn round the words around it.
    shown = (each if each.isprintable() else repr(each)[1:-1] for each in name)
    return "".join(shown).replace("<", "‹")


def _day(day: dt.date) -> str:
    # A range of one day says it twice.
    return date_range(day, day).partition(" – ")[2]


def _milliseconds(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY
