"""Lines over time, a point per period: what to draw, as rows and signals, and the chart itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import events, parts, texts, theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.events import event_sentences, mark_events, shown_events
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width
from insights_nb.charts.series import METRICS, Naming, known_or_raise, slots_of
from insights_nb.charts.texts import Sentence, Unit, percent
from insights_nb.charts.timeline import gaps, milliseconds, placed, span
from insights_nb.metrics.pulls import MOST_LINES, granularity_of
from insights_nb.periods import Granularity, Period

_SLOT_COUNT = theme.SLOTS + len(theme.OTHER_SLOTS)
_MANY_POINTS = 30
_KEY_WIDTH = 48


@dataclass(frozen=True, kw_only=True)
class LineLook(Naming):
    """What lines look like, and what they are called.

    Parameters
    ----------
    heading, title, unit, noun, labels, missing_label
        As for `insights_nb.charts.series.Naming`. The time range is added to the heading; rows
        whose value is missing and has no label are passed over.
    neutral
        Tells by its name whether a line is drawn in grey: one that adds up others.
    percent
        Whether ratios are drawn (0.12 is 12 %).
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
    """

    neutral: Callable[[str], bool] | None = None
    percent: bool = False
    most: int = MOST_LINES
    granularity: Granularity | None = None
    events: pd.DataFrame | None = None


def line_chart(
    frame: pd.DataFrame,
    series: str,
    value: str = "pulls",
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    **look: Any,  # noqa: ANN401 - the parameters of LineLook
) -> alt.LayerChart:
    """Draw a count or share of each value of a column as a line with a point per period.

    A period of which nothing is known breaks the lines and shows as a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame, series, value
        As for `line_drawing`.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    **look
        ``heading``, ``title``, ``unit``, ``noun``, ``labels``, ``missing_label``, ``neutral``,
        ``percent``, ``most``, ``granularity``, ``events``: as for
        `insights_nb.charts.marks.lines.LineLook`.
    """
    drawing = line_drawing(frame, series, value, LineLook(**look))
    return drawing.chart(width=width, height=height, paint=paint)


def line_drawing(frame: pd.DataFrame, series: str, value: str, look: LineLook) -> Drawing:
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
        The column with the count, or with the ratio.
    look
        How they are drawn and called.

    Returns
    -------
    Drawing
        Datasets: ``rows``, one per line and period: ``period`` (first day, UTC milliseconds),
        ``dates`` (the period in words), ``name``, ``slot`` (its colour, dash and shape), ``value``
        (``None`` where unknown), ``count`` (the value in words), ``change`` (since the period
        before; ``–`` where unknown). ``gaps``, one per run of periods of which nothing is known:
        ``start``, ``end``, ``text``. ``events``, one per mark, as
        `insights_nb.charts.events.mark_events` gives them. By column; a column of repeated texts is
        ``{"categories": [...], "codes": [...]}``.
        Signals: ``heading``, ``notes`` (lines below it), ``names`` by slot, ``shown`` (slots in
        use), ``periods`` (UTC milliseconds), ``monthly``, ``percent``, ``point_size``,
        ``column_width`` (a legend entry's, in pixels), ``ceiling`` (of the axis where all is zero),
        ``titles`` (of the tooltip's rows), ``event_rows`` (of numbers above the plot, by its
        width).
    """
    known_or_raise(frame, ["period", series, value], "The line chart", METRICS)
    if look.missing_label is None:
        frame = frame.dropna(subset=[series])
    codes, found = pd.factorize(frame[series], use_na_sentinel=False)
    names = [look.label_of(each) for each in found]
    neutral = look.neutral or (lambda _: False)
    lines = Lines(codes, names, [neutral(name) for name in names])
    shown = None if look.events is None else shown_events(frame, look.events)
    return lines_of(frame, lines, value, replace(look, title=look.title_of(series)), shown)


@dataclass(frozen=True)
class Lines:
    """Which lines a frame's rows are of.

    Parameters
    ----------
    codes
        Each row's line.
    names
        Each line's name.
    grey
        Whether each line adds up others; by default none does.
    uncounted
        Periods of which a report is there that no line counts: where nothing else is known of
        them, it is not said that their report is missing.
    """

    codes: npt.NDArray[np.intp]
    names: list[str]
    grey: Sequence[bool] = ()
    uncounted: Sequence[Period] = ()


def lines_of(
    frame: pd.DataFrame,
    lines: Lines,
    value: str,
    look: LineLook,
    shown: pd.DataFrame | None = None,
) -> Drawing:
    """Return what `line_drawing` does, of rows whose lines are known.

    Parameters
    ----------
    lines
        Which they are.
    shown
        The events that are marked, as `insights_nb.charts.events.shown_events` gives them.
    frame, value, look
        As for `line_drawing`.
    """
    percent = look.percent
    titles = {"Series": look.title_of("series"), "Count": "Share" if percent else "Count"}
    if frame.empty:
        return _nothing(look.heading, titles)
    names, grey = lines.names, [*lines.grey] or [False] * len(lines.names)
    granularity = look.granularity or granularity_of(frame)
    periods, rows_of = placed(frame["period"], granularity)
    grid = np.full((len(names), len(periods)), np.nan)
    grid[lines.codes, rows_of] = frame[value].to_numpy(dtype=np.float64, na_value=np.nan)
    heading = Sentence.HEADING.format(
        heading=look.heading, unit=granularity, span=span(periods[0], periods[-1])
    )
    if np.isnan(grid).all():
        return _nothing(heading, titles)
    if len(names) > look.most:
        grid, names, grey = _folded(grid, names, grey, look)
    slots = slots_of(grey)
    order = sorted(range(len(names)), key=slots.__getitem__)
    by_slot = [""] * _SLOT_COUNT
    for name, slot in zip(names, slots, strict=True):
        by_slot[slot] = name
    available = np.zeros(len(periods), np.bool_)
    if "source" in frame:
        available[rows_of[frame["source"].notna().to_numpy()]] = True
    available |= np.array([period in lines.uncounted for period in periods])
    unknown = np.asarray(np.isnan(grid).all(axis=0))
    bands, gap_notes = gaps(unknown, available, periods, Sentence.NO_COUNT, points=True)
    starts = [milliseconds(period.start) for period in periods]
    ahead = _not_over(frame, rows_of, len(periods))
    marks, event_rows = mark_events(shown, periods, lambda period: milliseconds(period.start))
    signals = {
        "names": by_slot,
        "shown": [slots[line] for line in order],
        "heading": heading,
        "notes": gap_notes
        + [
            Sentence.NOT_OVER.format(dates=period.dates)
            for period, lacks in zip(periods, unknown | ~ahead, strict=True)
            if not lacks
        ]
        + [Sentence.SMALLEST.format(name=n) for n, g in zip(names, grey, strict=True) if g],
        "periods": starts,
        "monthly": granularity == "month",
        "percent": percent,
        "point_size": 18 if len(periods) > _MANY_POINTS else 44,
        "column_width": parts.legend_column(_KEY_WIDTH, names),
        "ceiling": None if np.nanmax(grid) > 0 else 1,
        "titles": titles,
        "event_rows": event_rows,
    }
    grid = grid[order]
    words = shares(grid) if percent else counts(grid, look.unit)
    if ahead.any():
        words |= _unfinished(words, np.tile(ahead, len(names)))
    each = [place for place in range(len(names)) for _ in periods]
    dates = [period.dates for period in periods]
    rows: Columns = {
        "period": starts * len(names),
        "name": repeated([names[line] for line in order], each),
        "dates": repeated(dates, [*range(len(dates))] * len(names)),
        "slot": [slots[line] for line in order for _ in periods],
        **words,
    }
    return Drawing(LINES, {"rows": rows, "gaps": bands, "events": marks}, signals)


def _not_over(
    frame: pd.DataFrame, rows_of: npt.NDArray[np.intp], count: int
) -> npt.NDArray[np.bool_]:
    """Tell which periods are not over, where the frame says so."""
    found = np.zeros(count, np.bool_)
    if "finished" in frame:
        found[rows_of[~frame["finished"].to_numpy(np.bool_)]] = True
    return found


def _unfinished(words: Columns, unfinished: npt.NDArray[np.bool_]) -> Columns:
    """Say of the counts of what is not over that they are so far, and mark what leads to them."""
    texts = [
        Sentence.SO_FAR.format(count=count) if ends and count is not None else count
        for count, ends in zip(words["count"], unfinished, strict=True)
    ]
    changes = [
        UNKNOWN_CHANGE if ends else change
        for change, ends in zip(words["change"], unfinished, strict=True)
    ]
    known = np.array([value is not None for value in words["value"]])
    # The dashed line begins at the last point before, and ends with the line.
    leads = unfinished | (np.append(unfinished[1:], False) & known)
    return {
        "count": texts,
        "change": changes,
        "unfinished": unfinished.tolist(),
        "leads": leads.tolist(),
    }


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what a line chart shows, for those who do not see it."""
    rows = datasets["rows"]
    if not rows.get("value"):
        return Sentence.NOTHING.format(heading=signals["heading"])
    sentences = [f"{signals['heading']}.", *signals["notes"]]
    length = len(signals["periods"])
    unfinished = rows.get("unfinished", [])
    dates = rows["dates"]["categories"]
    for line, name in enumerate(rows["name"]["categories"]):
        own = rows["count"][line * length : (line + 1) * length]
        ends = unfinished[line * length : (line + 1) * length] or [False] * length
        known = [i for i, count in enumerate(own) if count is not None and not ends[i]]
        last: str = Sentence.UNKNOWN
        if known:
            last = Sentence.LAST.format(count=own[known[-1]], dates=dates[known[-1]])
        sentences.append(f"{name}: {last}.")
    return " ".join([*sentences, *event_sentences(datasets)])


def _nothing(heading: str, titles: dict[str, str]) -> Drawing:
    rows: Columns = {"period": [], "value": []}
    marks, event_rows = mark_events(None, [], lambda _: 0)
    signals = PARAMETERS | {
        "heading": heading,
        "ceiling": 1,
        "titles": titles,
        "event_rows": event_rows,
    }
    del signals["room"]
    nowhere: Columns = {"start": [], "end": [], "text": []}
    return Drawing(LINES, {"rows": rows, "gaps": nowhere, "events": marks}, signals)


def _folded(
    grid: Grid, names: list[str], grey: list[bool], look: LineLook
) -> tuple[Grid, list[str], list[bool]]:
    """Add the smallest lines up; a sum that lacks one of them is unknown, not smaller."""
    ranked = np.argsort(-np.nansum(grid, axis=1), kind="stable")
    keep, rest = np.sort(ranked[: look.most - 1]), ranked[look.most - 1 :]
    other = f"Other ({texts.counted(len(rest), look.noun)})"
    return (
        np.vstack([grid[keep], grid[rest].sum(axis=0)]),
        [*(names[line] for line in keep), other],
        [*(grey[line] for line in keep), True],
    )


# --- the specification ---

HEIGHT = 300

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (theme.SLOTS + len(theme.OTHER_SLOTS)),
    "shown": [],
    "periods": [],
    "monthly": False,
    "percent": False,
    "point_size": 44,
    "column_width": 48,
    "ceiling": None,
    "titles": {},
    "room": 700,
    **events.PARAMETERS,
}

_SLOTS = list(range(theme.SLOTS + len(theme.OTHER_SLOTS)))


def _build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = HEIGHT,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data rows, gaps and events, without their values."""
    given = PARAMETERS | (values or {})
    x_scale = alt.Scale(type="utc", nice=False, padding=12)
    x_axis = parts.time_axis()
    x = alt.X("period:T", scale=x_scale, axis=x_axis)
    # The ceiling is set where all is zero, which would else lie in the middle.
    y_scale = alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling"))
    y = alt.Y("value:Q", scale=y_scale, axis=parts.number_axis())
    colour_scale = alt.Scale(domain=_SLOTS, range=theme.colours(paint))

    gaps = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=alt.X("start:T", scale=x_scale, axis=x_axis),
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    event = alt.X("at:T", scale=x_scale, axis=x_axis)
    # What is not over is dashed and hollow; most charts have no such rows.
    lines = (
        alt.Chart(parts.named("rows"))
        .transform_filter("!datum.unfinished")
        .mark_line(strokeWidth=2, strokeJoin="round", strokeCap="round", aria=False)
        .encode(
            x=x,
            y=y,
            color=alt.Color("slot:N", scale=colour_scale, legend=None),
            strokeDash=alt.StrokeDash(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.dashes()), legend=None
            ),
        )
    )
    ahead = (
        alt.Chart(parts.named("rows"))
        .transform_filter("datum.leads")
        .mark_line(strokeWidth=1.5, strokeDash=[2, 4], aria=False)
        .encode(x=x, y=y, color=alt.Color("slot:N", scale=colour_scale, legend=None))
    )
    told = alt.Chart(parts.named("rows")).transform_calculate(
        text="datum.name + ', ' + datum.dates + ': ' + datum.count"
        " + (datum.change === '–' ? '' : ', ' + datum.change)"
    )
    shown = {
        "x": x,
        "y": y,
        "color": alt.Color("slot:N", scale=colour_scale, legend=None),
        "shape": alt.Shape(
            "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.shapes()), legend=None
        ),
        "tooltip": [
            alt.Tooltip("dates:N", title="Period"),
            alt.Tooltip("name:N", title=parts.row_title(given, "Series")),
            alt.Tooltip("count:N", title=parts.row_title(given, "Count")),
            alt.Tooltip("change:N", title="Change"),
        ],
        "description": alt.Description("text:N"),
    }
    hollow = (
        told.transform_filter("datum.unfinished")
        .mark_point(
            filled=False,
            size=alt.ExprRef("1.6 * point_size"),
            opacity=1,
            fill=paint("surface"),
            strokeWidth=1.75,
        )
        .encode(**shown)
    )
    points = (
        told.transform_filter("!datum.unfinished")
        # The invisible rim makes a small point easy to hit; a wider one would have holes.
        .mark_point(
            filled=True,
            size=alt.ExprRef("point_size"),
            opacity=1,
            stroke="transparent",
            strokeWidth=alt.ExprRef("1.5 * sqrt(point_size)"),
            strokeJoin="round",
        )
        .encode(**shown)
    )
    legend = line_legend(paint, offset=events.above(10))
    chart: alt.LayerChart = alt.layer(
        gaps,
        events.rules(paint, event),
        lines,
        ahead,
        points,
        hollow,
        *events.numbers(paint, event),
        legend,
    ).resolve_scale(shape="independent", fill="independent", stroke="independent")
    return parts.finished(chart, paint, given, width=width, height=height)


def line_legend(paint: theme.Paint, *, offset: float | alt.ExprRef = 10) -> alt.Chart:
    """Return a layer without rows whose legend shows each line's colour, dash and marker.

    Parameters
    ----------
    paint
        Gives each colour.
    offset
        How far above the plot it is, in pixels.
    """
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(44),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=484,
        symbolStrokeWidth=2,
        labelOffset=6,
        offset=offset,
        aria=False,
    )
    colour = theme.colours(paint)
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            shape=alt.Shape(
                "slot:N",
                scale=alt.Scale(domain=_SLOTS, range=theme.legend_shapes()),
                legend=legend,
            ),
            fill=alt.Fill("slot:N", scale=alt.Scale(domain=_SLOTS, range=colour), legend=legend),
            stroke=alt.Stroke(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=colour), legend=legend
            ),
        )
    )
    return chart


LINES = Mark("lines", _build, _describe)


Grid = npt.NDArray[np.float64]
"""A row per line and a column per period; unknown is NaN."""

UNKNOWN_CHANGE = "–"
"""What stands for a change that is not known."""


def counts(grid: Grid, unit: Unit) -> Columns:
    """Return ``value``, ``count`` and ``change`` of counts, line by line."""
    one, many = unit
    values = [None if value != value else int(value) for value in grid.ravel().tolist()]
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = (100 * (grid / _before(grid) - 1)).round(1)
    return {
        "value": values,
        "count": [
            None if value is None else f"{value:,} {one if value == 1 else many}"
            for value in values
        ],
        "change": [_change(value) for value in changes.ravel().tolist()],
    }


def shares(grid: Grid) -> Columns:
    """Return ``value``, ``count`` and ``change`` of ratios, line by line."""
    values = [None if value != value else value for value in grid.ravel().tolist()]
    points = (100 * (grid - _before(grid))).round(1).ravel().tolist()
    return {
        "value": values,
        "count": [None if value is None else percent(value) for value in values],
        "change": [_points(value) for value in points],
    }


def _before(grid: Grid) -> Grid:
    """Return each value's predecessor; as `metrics.pulls.growth`, on a full grid."""
    before = np.full_like(grid, np.nan)
    before[:, 1:] = grid[:, :-1]
    return before


def _change(change: float) -> str:
    if change != change:
        return UNKNOWN_CHANGE
    if change == float("inf"):
        return Sentence.NEW
    return f"{change:+,.1f} %".replace("-", "−") if change else "0.0 %"


def _points(difference: float) -> str:
    if difference != difference:
        return UNKNOWN_CHANGE
    return f"{difference:+.1f} points".replace("-", "−") if difference else "0.0 points"
