"""Lines of pulls over time: what to draw, as rows and signals, and the chart itself.

A dashboard takes `pull_spec` once and sends what `pull_datasets` makes of each frame; a notebook
calls `pull_chart`. Importing this module does not load Altair.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts.theme import OTHER_SLOTS, SLOTS, literal
from insights_nb.errors import ChartFrameError, SelectionError
from insights_nb.metrics.pulls import MOST_LINES, fold_other, granularity_of
from insights_nb.periods import Granularity, Period, date_range
from insights_nb.selection import MEASURES, Measure

if TYPE_CHECKING:
    import altair as alt

Columns = dict[str, Any]
Grid = npt.NDArray[np.float64]

TITLES: dict[str, str] = {
    "pulls": "Pulls",
    "data_downloads": "Data downloads",
    "version_checks": "Version checks",
}
UNKNOWN_CHANGE = "–"

_UNITS = {
    "pulls": ("pull", "pulls"),
    "data_downloads": ("data download", "data downloads"),
    "version_checks": ("version check", "version checks"),
}
_OTHER = re.compile(r"Other \(\d+ repositor(?:y|ies)(?:, \w+)?\)")
_MANY_POINTS = 30
# A legend column's width: the line's key, and about this much for a letter.
_KEY_WIDTH = 48
_LETTER_WIDTH = 7


def pull_chart(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    granularity: Granularity | None = None,
    width: int | Literal["container"] = "container",
    height: int = 300,
) -> alt.LayerChart:
    """Draw each repository's pulls as a line with a point per period.

    A period whose report is not held breaks the lines and shows as a light band. Beyond 12
    repositories the smallest are folded into one grey line called Other.

    Parameters
    ----------
    frame
        As `insights_nb.pulls` gives it: ``period``, ``repository`` and the measure; missing
        counts are unknown, not zero.
    measure
        Which count to draw.
    granularity
        Whether periods are weeks or months; by default what the frame says.
    width
        In pixels, or ``"container"`` to fill the cell.
    height
        Of the plot without title, legend and axis, in pixels.

    Returns
    -------
    altair.LayerChart
        Its rows are in it, however many.

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    SelectionError
        If the measure is not offered.
    """
    from insights_nb.charts.pull_spec import build

    datasets, signals = pull_datasets(frame, measure, granularity)
    chart = build(literal, width=width, height=height, values=signals)
    # Not as data of the layers: Altair refuses more than 5,000 rows there.
    chart.datasets = {name: _rows(columns) for name, columns in datasets.items()}
    return chart


def pull_spec() -> dict[str, Any]:
    """Return the pull chart's Vega-Lite specification, the same for every frame.

    Its data are the named sources ``rows`` and ``gaps``; its parameters are the signals that
    `pull_datasets` gives. Colours are CSS variables with the light theme's as a fallback.
    """
    specification: dict[str, Any] = json.loads(_spec_text())
    return specification


def pull_datasets(
    frame: pd.DataFrame, measure: Measure = "pulls", granularity: Granularity | None = None
) -> tuple[dict[str, Columns], dict[str, Any]]:
    """Turn a frame of pulls into what the pull chart draws.

    Parameters
    ----------
    frame, measure, granularity
        As for `pull_chart`.

    Returns
    -------
    datasets : dict
        ``rows``, one per repository and period: ``period`` (first day, UTC milliseconds),
        ``dates`` (the period in words), ``repository``, ``slot`` (its colour, dash and shape),
        ``value`` (``None`` where unknown), ``count`` (the value in words), ``change`` (since the
        period before; ``–`` where unknown). ``gaps``, one per run of periods that nobody's count
        is known of: ``start``, ``end``, ``text``. By column; a column of repeated texts is
        ``{"categories": [...], "codes": [...]}``.
    signals : dict
        ``heading``, ``notes`` (lines below it), ``names`` by slot, ``shown`` (slots in use),
        ``periods`` (UTC milliseconds), ``monthly``, ``point_size``, ``column_width`` (a legend
        entry's, in pixels), ``ceiling`` (of the axis where all is zero).

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    SelectionError
        If the measure is not offered.
    """
    if measure not in MEASURES:
        raise SelectionError("measure", measure, " or ".join(map(repr, MEASURES)))
    missing = [name for name in ("period", "repository", measure) if name not in frame]
    if missing:
        raise ChartFrameError("The pull chart", missing, "insights_nb.pulls")
    codes, found = pd.factorize(frame["repository"])
    if len(found) > MOST_LINES:
        frame = fold_other(frame, measure)
        codes, found = pd.factorize(frame["repository"])
    names = [str(name) for name in found]
    slots = _slots(names)
    if frame.empty:
        return _nothing(TITLES[measure])
    said = granularity or granularity_of(frame)
    periods, rows_of = _periods(frame["period"], said)
    grid = np.full((len(names), len(periods)), np.nan)
    grid[codes, rows_of] = frame[measure].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(grid).all():
        return _nothing(_heading(measure, said, periods))
    starts = [_milliseconds(period.start) for period in periods]
    gaps, gap_notes = _gaps(frame, rows_of, grid, periods)
    order = sorted(range(len(names)), key=slots.__getitem__)
    by_slot = [""] * (SLOTS + len(OTHER_SLOTS))
    for name, slot in zip(names, slots, strict=True):
        by_slot[slot] = name
    signals = {
        "names": by_slot,
        "shown": [slots[line] for line in order],
        "heading": _heading(measure, said, periods),
        "notes": gap_notes + _other_notes(names),
        "periods": starts,
        "monthly": said == "month",
        "point_size": 18 if len(periods) > _MANY_POINTS else 44,
        "column_width": _KEY_WIDTH + _LETTER_WIDTH * max(map(len, names)),
        "ceiling": None if np.nanmax(grid) > 0 else 1,
    }
    dates = [period.dates for period in periods]
    rows = _columns(grid[order], [names[line] for line in order], dates, measure)
    rows["period"] = starts * len(names)
    rows["slot"] = [slots[line] for line in order for _ in periods]
    return {"rows": rows, "gaps": gaps}, signals


def pull_description(datasets: dict[str, Columns], signals: dict[str, Any]) -> str:
    """Say in words what a pull chart shows, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `pull_datasets` gives them.
    """
    rows = datasets["rows"]
    if not rows.get("value"):
        return f"{signals['heading']}: nothing to show."
    sentences = [f"{signals['heading']}.", *signals["notes"]]
    length = len(signals["periods"])
    dates = rows["dates"]["categories"]
    for line, name in enumerate(rows["repository"]["categories"]):
        counts = rows["count"][line * length : (line + 1) * length]
        known = [index for index, count in enumerate(counts) if count is not None]
        last = f"{counts[known[-1]]} in {dates[known[-1]]}" if known else "unknown"
        sentences.append(f"{name}: {last}.")
    return " ".join(sentences)


@cache
def _spec_text() -> str:
    return (files(__package__) / "pull_chart.vl.json").read_text(encoding="utf-8")


def _nothing(heading: str) -> tuple[dict[str, Columns], dict[str, Any]]:
    rows: Columns = {"period": [], "value": []}
    signals = {
        "heading": heading,
        "notes": [],
        "names": [""] * (SLOTS + len(OTHER_SLOTS)),
        "shown": [],
        "periods": [],
        "monthly": False,
        "point_size": 44,
        "column_width": _KEY_WIDTH,
        "ceiling": 1,
    }
    return {"rows": rows, "gaps": {"start": [], "end": [], "text": []}}, signals


def _slots(names: Sequence[str]) -> list[int]:
    """Give each line its slot: by order, and what is folded the neutral ones."""
    neutral = iter(OTHER_SLOTS)
    coloured = iter(range(SLOTS))
    return [next(neutral if _OTHER.fullmatch(name) else coloured) for name in names]


def _periods(
    column: pd.Series, granularity: Granularity
) -> tuple[list[Period], npt.NDArray[np.int64]]:
    """Return every period from the first to the last, and each row's place among them.

    A period that the frame leaves out is among them: a line must not run over it.
    """
    days = column.to_numpy().astype("datetime64[D]")
    if granularity == "week":
        place = days.astype(np.int64)
        step = 7
    else:
        place = days.astype("datetime64[M]").astype(np.int64)
        step = 1
    rows_of = (place - place.min()) // step
    first = Period(granularity, days.min().item())
    return [first.shift(count) for count in range(int(rows_of.max()) + 1)], rows_of


def _columns(grid: Grid, names: list[str], dates: list[str], measure: Measure) -> Columns:
    one, many = _UNITS[measure]
    values = [None if value != value else int(value) for value in grid.ravel().tolist()]
    return {
        "repository": {
            "categories": names,
            "codes": [line for line in range(len(names)) for _ in dates],
        },
        "dates": {"categories": dates, "codes": [*range(len(dates))] * len(names)},
        "value": values,
        "count": [
            None if value is None else f"{value:,} {one if value == 1 else many}"
            for value in values
        ],
        "change": _changes(grid),
    }


def _changes(grid: Grid) -> list[str]:
    """Write each change since the period before; as `metrics.pulls.growth`, on a full grid."""
    before = np.full_like(grid, np.nan)
    before[:, 1:] = grid[:, :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = (100 * (grid / before - 1)).round(1)
    return [_change(value) for value in percent.ravel().tolist()]


def _change(percent: float) -> str:
    if percent != percent:
        return UNKNOWN_CHANGE
    if percent == float("inf"):
        return "new"
    return f"{percent:+,.1f} %".replace("-", "−") if percent else "0.0 %"


def _gaps(
    frame: pd.DataFrame,
    rows_of: npt.NDArray[np.int64],
    grid: Grid,
    periods: list[Period],
) -> tuple[Columns, list[str]]:
    unknown = [bool(np.isnan(column).all()) for column in grid.T]
    held = np.zeros(len(periods), np.bool_)
    if "source" in frame:
        held[rows_of[frame["source"].notna().to_numpy()]] = True
    gaps: Columns = {"start": [], "end": [], "text": []}
    index = 0
    while index < len(periods):
        stop = index + 1
        if unknown[index]:
            while stop < len(periods) and unknown[stop] and held[stop] == held[index]:
                stop += 1
            said = _span(periods[index], periods[stop - 1])
            words = "Not counted in the reports of" if held[index] else "No count held for"
            gaps["start"].append(_half_way(periods[index].shift(-1), periods[index]))
            gaps["end"].append(_half_way(periods[stop - 1], periods[stop - 1].shift(1)))
            gaps["text"].append(f"{words} {said}.")
        index = stop
    texts: list[str] = gaps["text"]
    if len(texts) <= 1:
        return gaps, list(texts)
    noun = "weeks" if periods[0].granularity == "week" else "months"
    return gaps, [f"{sum(unknown)} {noun} are unknown (shaded)."]


def _other_notes(names: Sequence[str]) -> list[str]:
    folded = [name for name in names if _OTHER.fullmatch(name)]
    return [f"{name}: the smallest, added up." for name in folded]


def _heading(measure: Measure, granularity: Granularity, periods: list[Period]) -> str:
    return f"{TITLES[measure]} per {granularity}, {_span(periods[0], periods[-1])}"


def _span(first: Period, last: Period) -> str:
    if first == last:
        return first.dates
    if first.granularity == "week":
        return date_range(first.start, last.last_day)
    month = first.dates
    if first.start.year == last.start.year:
        month = month.split()[0]
    return f"{month} – {last.dates}"


def _half_way(first: Period, second: Period) -> int:
    return (_milliseconds(first.start) + _milliseconds(second.start)) // 2


def _milliseconds(day: dt.date) -> int:
    """Return a day's start in UTC: as a time of its own a bare date shifts with the viewer."""
    return (day - dt.date(1970, 1, 1)).days * 86_400_000


def _rows(columns: Columns) -> list[dict[str, Any]]:
    plain = {
        name: [column["categories"][code] for code in column["codes"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
