"""Events on an axis of time: which of them a chart marks, where, and what is said of them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from insights_nb.charts import parts, theme
from insights_nb.charts.drawing import Columns, Datasets
from insights_nb.charts.lazy import alt
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import Sentence, harmless
from insights_nb.counts.sources import ALL
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Granularity, Period, day_in_words

ROOMS = (520, 760)
"""From these widths of the whole chart on, numbers of marks need fewer rows; in pixels."""

# The narrowest plot below each of these widths and above; what a number takes of it.
PLOTS = (230, 440, 680)
NUMBER = 18
# With more, the numbers would be taller than the plot is; the list below a chart has them all.
MOST_ROWS = 3
_NO_NUMBER = -1

_WEB = re.compile(r"https?://", re.IGNORECASE)
_TEXTS = ["label", "repository", "url"]


def shown_events(frame: pd.DataFrame, events: pd.DataFrame | None) -> pd.DataFrame:
    """Tell which events a chart of a frame marks, and by which number.

    Parameters
    ----------
    frame
        What the chart is drawn of: a column ``period`` (first day), and ``repository`` where it
        has one.
    events
        As `insights_nb.read_events` or `insights_nb.first_seen_events` gives them, or both below
        each other (`pandas.concat`); None is none.

    Returns
    -------
    pandas.DataFrame
        One row per event within the frame's periods, of one of its repositories or of none, oldest
        first: ``number`` (of its mark: the oldest has 1, and the events of one period
        share theirs), ``date``, ``period`` (first day of the one that contains the date;
        ``datetime64[s]``), ``dates`` (in words: the day; of what a period told, the period),
        ``label``, ``repository``, ``url`` (text; the last two are missing where there is none, and
        so is a `url` that is no web address).

    Raises
    ------
    FrameError
        If a frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    known_or_raise(frame, ["period"], "The list of events", "insights_nb.pulls")
    if events is None or frame.empty:
        return _numbered([])
    unit = granularity_of(frame)
    days = pd.DatetimeIndex(frame["period"].unique())
    first, last = (Period(unit, day.date()) for day in (days.min(), days.max()))
    return events_within(events, first, last, frame.get("repository"))


def events_within(
    events: pd.DataFrame | None, first: Period, last: Period, repositories: Iterable[str] | None
) -> pd.DataFrame:
    """Return what `shown_events` does, of a chart whose periods and repositories are known.

    Parameters
    ----------
    events
        As for `shown_events`.
    first, last
        The periods at the chart's ends.
    repositories
        Full names, ``acme/*`` for all of acme's; None is every repository.
    """
    if events is None:
        return _numbered([])
    known_or_raise(events, ["date", "label"], "A chart with events", "insights_nb.read_events")
    names = None if repositories is None else {*repositories}
    found = [
        event
        for event in _read(events, first.granularity)
        if first.start <= event.day < last.end and _is_shown(event.repository, names)
    ]
    return _numbered(sorted(found, key=attrgetter("day")))


def event_notes(shown: pd.DataFrame) -> list[str]:
    """Say what the numbers of a chart's marks stand for, an event a line.

    Parameters
    ----------
    shown
        As `shown_events` gives it.

    Returns
    -------
    list of str
        ``1  2026-09-08  2.0 is out (acme/web)``, oldest first. Plain text, not HTML.
    """
    return [
        f"{number}  {date:%Y-%m-%d}  {text}"
        for number, date, text in zip(shown["number"], shown["date"], _said(shown), strict=True)
    ]


def event_text(label: str | None, repository: str | None) -> str:
    """Say in plain text what an event is, and whose: ``2.0 is out (acme/web)``."""
    text = harmless(label or "")
    if repository is None or repository in (label or ""):
        return text
    return f"{text} ({harmless(repository)})"


def mark_events(
    shown: pd.DataFrame | None, periods: Sequence[Period], place: Callable[[Period], int]
) -> tuple[Columns, list[int]]:
    """Return the marks of events, one for each period that has any, and the room above the plot.

    Parameters
    ----------
    shown
        As `shown_events` gives it; None is none.
    periods
        The chart's, without a hole.
    place
        Where on the axis a period is drawn, in UTC milliseconds.

    Returns
    -------
    marks : dict
        By column: ``at`` (UTC milliseconds), ``number`` (text), ``row`` (in which row above the
        plot the number stands, the lowest is 0, by the chart's width (`ROOMS`); -1 where there is
        no room for it), ``tip`` (the events as names with values), ``text`` (in a sentence).
    rows : list of int
        How many rows of numbers there are, by the chart's width.
    """
    if shown is None or shown.empty:
        return {"at": [], "number": [], "row": [], "tip": [], "text": []}, [0] * len(PLOTS)
    of: dict[int, list[tuple[str, str]]] = {}
    for number, dates, text in zip(shown["number"], shown["dates"], _said(shown), strict=True):
        of.setdefault(number, []).append((dates, text))
    unit, first, last = periods[0].granularity, place(periods[0]), place(periods[-1])
    starts = shown["period"].drop_duplicates()
    at = [place(Period(unit, start.date())) for start in starts]
    parts = [(time - first) / max(1, last - first) for time in at]
    rows = [_stacked([part * plot for part in parts]) for plot in PLOTS]
    marks: Columns = {
        "at": at,
        "number": [str(number) for number in of],
        "row": [[*each] for each in zip(*rows, strict=True)],
        "tip": [_tip(events) for events in of.values()],
        "text": [
            Sentence.EVENT.format(
                number=number, events="; ".join(f"{day}: {text}" for day, text in events)
            )
            for number, events in of.items()
        ],
    }
    return marks, [max(each) + 1 for each in rows]


def event_sentences(datasets: Datasets) -> list[str]:
    """Return a sentence for each mark, for those who do not see the chart."""
    return [f"{text.removesuffix('.')}." for text in datasets["events"]["text"]]


def _tip(events: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Join what happened on one day: a tooltip has one row for each name."""
    days: dict[str, list[str]] = {}
    for day, text in events:
        days.setdefault(day, []).append(text)
    return {day: "; ".join(texts) for day, texts in days.items()}


def _stacked(places: Sequence[float]) -> list[int]:
    """Return in which row each number stands, so that none covers another of its row."""
    ends = [-math.inf] * MOST_ROWS
    found = []
    for place in places:
        free = (row for row, end in enumerate(ends) if place - end >= NUMBER)
        row = next(free, _NO_NUMBER)
        if row != _NO_NUMBER:
            ends[row] = place
        found.append(row)
    return found


def _texts(events: pd.DataFrame, name: str) -> list[str | None]:
    if name not in events:
        return [None] * len(events)
    return [None if pd.isna(value) else str(value) for value in events[name]]


def _said(shown: pd.DataFrame) -> list[str]:
    return [*map(event_text, _texts(shown, "label"), _texts(shown, "repository"))]


def _is_shown(repository: str | None, names: set[str] | None) -> bool:
    if repository is None or names is None:
        return True
    return repository in names or f"{repository.rpartition('/')[0]}{ALL}" in names


class _Event(NamedTuple):
    day: dt.date
    start: dt.date
    dates: str
    label: str | None
    repository: str | None
    url: str | None


def _read(events: pd.DataFrame, unit: Granularity) -> Iterator[_Event]:
    # What the reports tell by themselves has a share, and its period's first day as its date.
    whole = events["share"].notna() if "share" in events else [False] * len(events)
    # These words stay when what is shown is asked about again.
    text = _texts(events, "dates")
    texts = (_texts(events, name) for name in _TEXTS)
    columns = (pd.DatetimeIndex(events["date"]), whole, text, *texts)
    for time, of_period, dates, label, repository, url in zip(*columns, strict=True):
        if pd.isna(time):
            continue
        day = time.date()
        period = Period.containing(day, unit)
        words = period.dates if of_period and day == period.start else day_in_words(day)
        address = url if _WEB.match(url or "") else None
        yield _Event(day, period.start, dates or words, label, repository, address)


def _numbered(events: Sequence[_Event]) -> pd.DataFrame:
    # By column: a redrawn page waits for it, and pandas takes thrice as long to sort out rows.
    starts = np.array([event.start for event in events], "datetime64[s]")
    texts = {
        name: pd.array([getattr(event, name) for event in events], "str")
        for name in ("dates", *_TEXTS)
    }
    return pd.DataFrame(
        {
            "number": np.unique(starts, return_inverse=True)[1].astype("int64") + 1,
            "date": np.array([event.day for event in events], "datetime64[s]"),
            "period": starts,
            **texts,
        }
    )


# --- the specification ---

PARAMETERS: dict[str, Any] = {"event_rows": [0] * (len(ROOMS) + 1)}
"""What a chart with marks has besides its own: how many rows of numbers there are, by width."""

# In pixels, and from the plot's top upwards.
_ROW = 18
_LOWEST = 11
_RADIUS = 8
_BY_ROOM = "{}[" + "".join(f"room < {room} ? {place} : " for place, room in enumerate(ROOMS))
_BY_ROOM += f"{len(ROOMS)}]"
_HEIGHT = f"({_BY_ROOM.format('event_rows')} * {_ROW})"


def above(offset: int) -> alt.ExprRef:
    """Return how far above the plot a legend is: as much farther as the numbers are high."""
    return alt.ExprRef(f"{offset} + {_HEIGHT}")


def rules(paint: theme.Paint, x: alt.X) -> alt.Chart:
    """Return a line for each mark, which belongs below what is counted."""
    # One without a number is as high as the plot.
    top = f"datum.at_row < 0 ? 0 : -{_LOWEST - _RADIUS} - {_ROW} * datum.at_row"
    chart: alt.Chart = (
        _marks()
        .mark_rule(strokeWidth=1, strokeDash=[3, 3], color=paint("muted"), aria=False)
        .encode(x=x, y=alt.value(alt.ExprRef(top)), y2=alt.value(alt.ExprRef("height")))
    )
    return chart


def numbers(paint: theme.Paint, x: alt.X) -> list[alt.Chart]:
    """Return each mark's number in a circle above the plot, which belong above all else."""
    # An object of the row, whose names are the events' dates.
    tip: Any = alt.value(alt.ExprRef("datum.tip"))
    base = (
        _marks()
        .transform_filter("datum.at_row >= 0")
        .encode(x=x, y=alt.value(alt.ExprRef(f"-{_LOWEST} - {_ROW} * datum.at_row")), tooltip=tip)
    )
    circles = base.mark_point(
        shape="circle",
        size=(2 * _RADIUS) ** 2,
        filled=False,
        fill=paint("surface"),
        fillOpacity=1,
        stroke=paint("muted"),
        strokeWidth=1,
        opacity=1,
        aria=False,
    )
    texts = base.mark_text(
        fontSize=alt.ExprRef("length(datum.number) > 1 ? 9.5 : 11"),
        fontWeight=600,
        color=paint("text"),
        align="center",
        baseline="middle",
    ).encode(text=alt.Text("number:N"), description=alt.Description("text:N"))
    return [circles, texts]


def _marks() -> alt.Chart:
    chart: alt.Chart = alt.Chart(parts.named("events")).transform_calculate(
        at_row=_BY_ROOM.format("datum.row")
    )
    return chart
