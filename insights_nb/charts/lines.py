"""Lines over time, a point per period: what to draw, as rows and signals, and the chart itself.

Importing this module does not load Altair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import texts, theme
from insights_nb.charts.changes import Grid, counts, shares
from insights_nb.charts.columns import Columns, Datasets, Signals, as_rows, repeated
from insights_nb.charts.events import mark_events, shown_events, told_events
from insights_nb.charts.series import METRICS, Labels, known_or_raise, label_of, slots_of
from insights_nb.charts.texts import Unit
from insights_nb.charts.timeline import gaps, milliseconds, placed, span
from insights_nb.metrics.pulls import MOST_LINES, granularity_of
from insights_nb.periods import Granularity

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

_SLOTS = theme.SLOTS + len(theme.OTHER_SLOTS)
_MANY_POINTS = 30
# A legend column's width: the line's key, and about this much for a letter.
_KEY_WIDTH = 48
_LETTER_WIDTH = 7


def line_chart(
    frame: pd.DataFrame,
    series: str,
    value: str = "pulls",
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    **options: Any,  # noqa: ANN401 - those of line_datasets
) -> alt.LayerChart:
    """Draw a count or share of each value of a column as a line with a point per period.

    A period of which nothing is known breaks the lines and shows as a light band.

    Parameters
    ----------
    frame, series, value
        As for `line_datasets`, and so are all further keywords: ``heading``, ``title``, ``unit``,
        ``noun``, ``labels``, ``missing_label``, ``neutral``, ``percent``, ``most``,
        ``granularity``, ``events``.
    width
        In pixels, or ``"container"`` to fill the cell.
    height
        Of the plot without title, legend and axis, in pixels.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it, however many.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    made = line_datasets(frame, series, value, **options)
    return drawn(made, width=width, height=height, paint=paint)


def line_datasets(
    frame: pd.DataFrame,
    series: str,
    value: str = "pulls",
    *,
    heading: str = "Pulls",
    title: str | None = None,
    unit: Unit = ("pull", "pulls"),
    noun: Unit | None = None,
    labels: Labels = None,
    missing_label: str | None = None,
    neutral: Callable[[str], bool] | None = None,
    percent: bool = False,
    most: int = MOST_LINES,
    granularity: Granularity | None = None,
    events: pd.DataFrame | None = None,
) -> tuple[Datasets, Signals]:
    """Turn a frame into what the line chart draws.

    Parameters
    ----------
    frame
        One row per ``period`` (first day) and value of `series`; a missing count is unknown, not
        zero. Where it has a column ``source``, a period is told to lack its report only if that
        is missing too.
    series
        The column whose values have a line each, in the order in which the frame names them.
    value
        The column with the count, or with the ratio (0.12 is 12 %) where `percent` is set.
    heading
        What is drawn, without the interval: ``"Pulls by country"``.
    title
        What the tooltip calls a line, ``"Country"``; by default the column's name.
    unit
        One and several of what is counted.
    noun
        One and several of what the lines are, for those that are folded; by default ``"value"``.
    labels
        Names of the values, as a mapping or a function; by default the values themselves.
    missing_label
        What a missing value of `series` is called; such rows are passed over by default.
    neutral
        Tells by its name whether a line is drawn in grey: one that adds up others.
    percent
        Whether `value` is a ratio.
    most
        Beyond so many lines the smallest are added up as ``Other (9 countries)``.
    granularity
        Whether periods are weeks or months; by default what the frame says.
    events
        What is marked, as `insights_nb.read_events` or `insights_nb.first_seen_events` gives it:
        of it what lies within the frame's periods and, where it has a column ``repository``, is of
        those or of none. A mark stands on the point of the period that contains the day, since
        that period's count is the first that the event can have changed; several events of a
        period share their mark.

    Returns
    -------
    datasets : dict
        ``rows``, one per line and period: ``period`` (first day, UTC milliseconds), ``dates`` (the
        period in words), ``name``, ``slot`` (its colour, dash and shape), ``value`` (``None`` where
        unknown), ``count`` (the value in words), ``change`` (since the period before; ``–`` where
        unknown). ``gaps``, one per run of periods of which nothing is known: ``start``, ``end``,
        ``text``. ``events``, one per mark, as `insights_nb.charts.events.mark_events` gives them.
        By column; a column of repeated texts is ``{"categories": [...], "codes": [...]}``.
    signals : dict
        ``heading``, ``notes`` (lines below it), ``names`` by slot, ``shown`` (slots in use),
        ``periods`` (UTC milliseconds), ``monthly``, ``percent``, ``point_size``, ``column_width``
        (a legend entry's, in pixels), ``ceiling`` (of the axis where all is zero), ``titles`` (of
        the tooltip's rows), ``event_rows`` (of numbers above the plot, by its width).

    Raises
    ------
    FrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    known_or_raise(frame, ["period", series, value], "The line chart", METRICS)
    if missing_label is None:
        frame = frame.dropna(subset=[series])
    codes, found = pd.factorize(frame[series], use_na_sentinel=False)
    names = [label_of(each, labels, missing_label) for each in found]
    return lines_of(
        frame,
        (codes, names),
        value,
        heading=heading,
        title=title or series.replace("_", " ").capitalize(),
        unit=unit,
        noun=noun,
        grey=[neutral is not None and neutral(name) for name in names],
        percent=percent,
        most=most,
        granularity=granularity,
        shown=None if events is None else shown_events(frame, events),
    )


def lines_of(
    frame: pd.DataFrame,
    lines: tuple[npt.NDArray[np.intp], list[str]],
    value: str,
    *,
    heading: str,
    title: str,
    unit: Unit,
    grey: list[bool],
    noun: Unit | None = None,
    percent: bool = False,
    most: int = MOST_LINES,
    granularity: Granularity | None = None,
    shown: pd.DataFrame | None = None,
) -> tuple[Datasets, Signals]:
    """Return what `line_datasets` does, of rows whose lines are known.

    Parameters
    ----------
    lines
        Each row's line, and each line's name.
    grey
        Whether each line adds up others.
    shown
        The events that are marked, as `insights_nb.charts.events.shown_events` gives them.
    frame, value, heading, title, unit, noun, percent, most, granularity
        As for `line_datasets`.
    """
    titles = {"Series": title, "Count": "Share" if percent else "Count"}
    if frame.empty:
        return _nothing(heading, titles)
    codes, names = lines
    said = granularity or granularity_of(frame)
    periods, rows_of = placed(frame["period"], said)
    grid = np.full((len(names), len(periods)), np.nan)
    grid[codes, rows_of] = frame[value].to_numpy(dtype=np.float64, na_value=np.nan)
    heading = f"{heading} per {said}, {span(periods[0], periods[-1])}"
    if np.isnan(grid).all():
        return _nothing(heading, titles)
    if len(names) > most:
        grid, names, grey = _folded(grid, names, grey, most, noun or ("value", "values"))
    slots = slots_of(grey)
    order = sorted(range(len(names)), key=slots.__getitem__)
    by_slot = [""] * _SLOTS
    for name, slot in zip(names, slots, strict=True):
        by_slot[slot] = name
    held = np.zeros(len(periods), np.bool_)
    if "source" in frame:
        held[rows_of[frame["source"].notna().to_numpy()]] = True
    unknown = np.asarray(np.isnan(grid).all(axis=0))
    bands, gap_notes = gaps(unknown, held, periods, "No count held for", points=True)
    starts = [milliseconds(period.start) for period in periods]
    marks, event_rows = mark_events(shown, periods, lambda period: milliseconds(period.start))
    signals = {
        "names": by_slot,
        "shown": [slots[line] for line in order],
        "heading": heading,
        "notes": gap_notes
        + [f"{n}: the smallest, added up." for n, g in zip(names, grey, strict=True) if g],
        "periods": starts,
        "monthly": said == "month",
        "percent": percent,
        "point_size": 18 if len(periods) > _MANY_POINTS else 44,
        "column_width": _KEY_WIDTH + _LETTER_WIDTH * max(map(len, names)),
        "ceiling": None if np.nanmax(grid) > 0 else 1,
        "titles": titles,
        "event_rows": event_rows,
    }
    grid = grid[order]
    words = shares(grid) if percent else counts(grid, unit)
    each = [place for place in range(len(names)) for _ in periods]
    dates = [period.dates for period in periods]
    rows: Columns = {
        "period": starts * len(names),
        "name": repeated([names[line] for line in order], each),
        "dates": repeated(dates, [*range(len(dates))] * len(names)),
        "slot": [slots[line] for line in order for _ in periods],
        **words,
    }
    return {"rows": rows, "gaps": bands, "events": marks}, signals


def line_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what a line chart shows, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `line_datasets` gives them.
    """
    rows = datasets["rows"]
    if not rows.get("value"):
        return f"{signals['heading']}: nothing to show."
    sentences = [f"{signals['heading']}.", *signals["notes"]]
    length = len(signals["periods"])
    dates = rows["dates"]["categories"]
    for line, name in enumerate(rows["name"]["categories"]):
        its = rows["count"][line * length : (line + 1) * length]
        known = [index for index, count in enumerate(its) if count is not None]
        last = f"{its[known[-1]]} in {dates[known[-1]]}" if known else "unknown"
        sentences.append(f"{name}: {last}.")
    return " ".join([*sentences, *told_events(datasets)])


def drawn(
    made: tuple[Datasets, Signals], *, width: Width, height: int, paint: theme.Paint
) -> alt.LayerChart:
    """Return the chart of what `line_datasets` gave."""
    from insights_nb.charts.lines_spec import build

    datasets, signals = made
    chart = build(paint, width=width, height=height, values=signals)
    # Not as data of the layers: Altair refuses more than 5,000 rows there.
    chart.datasets = {name: as_rows(columns) for name, columns in datasets.items()}
    chart.description = line_description(datasets, signals)
    return chart


def _nothing(heading: str, titles: dict[str, str]) -> tuple[Datasets, Signals]:
    rows: Columns = {"period": [], "value": []}
    marks, event_rows = mark_events(None, [], lambda _: 0)
    signals = {
        "heading": heading,
        "notes": [],
        "names": [""] * _SLOTS,
        "shown": [],
        "periods": [],
        "monthly": False,
        "percent": False,
        "point_size": 44,
        "column_width": _KEY_WIDTH,
        "ceiling": 1,
        "titles": titles,
        "event_rows": event_rows,
    }
    nowhere: Columns = {"start": [], "end": [], "text": []}
    return {"rows": rows, "gaps": nowhere, "events": marks}, signals


def _folded(
    grid: Grid, names: list[str], grey: list[bool], most: int, noun: Unit
) -> tuple[Grid, list[str], list[bool]]:
    """Add the smallest lines up; a sum that lacks one of them is unknown, not smaller."""
    ranked = np.argsort(-np.nansum(grid, axis=1), kind="stable")
    keep, rest = np.sort(ranked[: most - 1]), ranked[most - 1 :]
    other = f"Other ({texts.counted(len(rest), noun)})"
    return (
        np.vstack([grid[keep], grid[rest].sum(axis=0)]),
        [*(names[line] for line in keep), other],
        [*(grey[line] for line in keep), True],
    )
