"""Columns of bands, one on the other: from numbers to the rows and signals that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import events, parts, texts, theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.events import event_sentences, mark_events
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width
from insights_nb.charts.texts import Sentence, Unit
from insights_nb.charts.timeline import column_end, gaps, milliseconds
from insights_nb.periods import Period

Grid = npt.NDArray[np.float64]

NAMED = theme.COLOURS
"""More colours than these are not told apart."""
REST, UNNAMED = NAMED, NAMED + 1
"""The slots of what is folded, and of what names nothing."""

_KEY_WIDTH = 44


@dataclass(frozen=True)
class Stack:
    """What is stacked.

    Parameters
    ----------
    values
        A row per band, lowest first, and a column per period.
    whole
        What shares are of, per period; NaN where nothing is known of it.
    periods
        All, without a hole.
    slots
        Each band's.
    names
        What each band is called.
    units
        One and several of what each band counts.
    before, after
        Notes that come before those on gaps, and after them.
    events
        What is marked in the middle of its period's column, as
        `insights_nb.charts.events.shown_events` gives it; None is nothing.
    """

    values: Grid
    whole: Grid
    periods: Sequence[Period]
    slots: Sequence[int]
    names: Sequence[str]
    units: Sequence[Unit]
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    events: pd.DataFrame | None = None

    def drawing(self, heading: str, title: str, *, share: bool) -> Drawing:
        """Return what is drawn.

        Parameters
        ----------
        heading
            What is stacked: ``"Pulls by country"``.
        title
            What the tooltip calls a band: ``"Country"``.
        share
            Draw shares of the whole instead of counts.
        """
        periods = self.periods
        values = np.nan_to_num(self.values)
        total = np.nan_to_num(self.whole)
        shares = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
        shown = shares if share else values
        upper = shown.cumsum(axis=0)
        unknown = np.asarray(np.isnan(self.whole))
        available = np.zeros(len(periods), np.bool_)
        bands, text = gaps(unknown, available, periods, Sentence.NO_REPORT, points=False)
        names = [""] * (UNNAMED + 1)
        for slot, name in zip(self.slots, self.names, strict=True):
            names[slot] = name
        starts = [milliseconds(period.start) for period in periods]
        marks, event_rows = mark_events(self.events, periods, _middle)
        signals = {
            "heading": f"{heading} per {periods[0].granularity}",
            # One line each: a phone has no room for them side by side.
            "notes": [*self.before, *text, *self.after],
            "names": names,
            "shown": [*self.slots],
            "periods": starts,
            "until": column_end(periods[-1]),
            "monthly": periods[0].granularity == "month",
            "percent": share,
            "column_width": parts.legend_column(_KEY_WIDTH, names),
            "ceiling": 1 if share or not values.any() else None,
            "titles": {"Series": title},
            "event_rows": event_rows,
        }
        rows = self._rows(values, shares, upper - shown, upper)
        return Drawing(STACK, {"rows": rows, "gaps": bands, "events": marks}, signals)

    def _rows(self, values: Grid, shares: Grid, lower: Grid, upper: Grid) -> Columns:
        drawn = values > 0
        lines, places = np.nonzero(drawn)
        starts = np.array([milliseconds(period.start) for period in self.periods])
        ends = np.array([column_end(period) for period in self.periods])
        of = lines.tolist()
        return {
            "start": starts[places].tolist(),
            "end": ends[places].tolist(),
            "lower": lower[drawn].tolist(),
            "upper": upper[drawn].tolist(),
            "slot": np.array(self.slots, np.intp)[lines].tolist(),
            "name": repeated(self.names, of),
            "dates": repeated([period.dates for period in self.periods], places.tolist()),
            "count": [
                texts.counted(value, self.units[line])
                for value, line in zip(values[drawn].tolist(), of, strict=True)
            ],
            "share": [texts.percent(value) for value in shares[drawn].tolist()],
        }


def nothing(heading: str, title: str) -> Drawing:
    """Return the drawing of a frame without counts."""
    rows: Columns = {"start": [], "end": []}
    marks, event_rows = mark_events(None, [], _middle)
    signals = PARAMETERS | {
        "heading": heading,
        "notes": ["Nothing to show."],
        "column_width": _KEY_WIDTH,
        "ceiling": 1,
        "titles": {"Series": title},
        "event_rows": event_rows,
    }
    del signals["room"]
    nowhere: Columns = {"start": [], "end": [], "text": []}
    return Drawing(STACK, {"rows": rows, "gaps": nowhere, "events": marks}, signals)


def summed(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], values: Grid, shape: tuple[int, int]
) -> Grid:
    """Add values up by row and column; unknown ones are left out, and 0 where there are none."""
    flat = np.zeros(shape[0] * shape[1])
    np.add.at(flat, rows * shape[1] + columns, np.nan_to_num(values))
    return flat.reshape(shape)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what stacked columns show, for those who do not see it."""
    rows = datasets["rows"]
    if not rows["start"]:
        return Sentence.NOTHING.format(heading=signals["heading"])
    newest = max(rows["start"])
    dates = rows["dates"]
    sentences = [
        f"{signals['heading']}.",
        *(f"{note.removesuffix('.')}." for note in signals["notes"]),
    ]
    last = [row for row, start in enumerate(rows["start"]) if start == newest]
    sentences.append(f"In {dates['categories'][dates['codes'][last[0]]]}:")
    names = rows["name"]
    lines_said = [
        f"{names['categories'][names['codes'][row]]}: {rows['count'][row]} ({rows['share'][row]})"
        for row in last
    ]
    return " ".join([*sentences, "; ".join(lines_said) + ".", *event_sentences(datasets)])


def _middle(period: Period) -> int:
    return (milliseconds(period.start) + column_end(period)) // 2


# --- the specification ---

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (UNNAMED + 1),
    "shown": [],
    "periods": [],
    "until": None,
    "monthly": False,
    "percent": False,
    "column_width": 48,
    "ceiling": None,
    "titles": {},
    "room": 700,
    **events.PARAMETERS,
}

_SLOTS = list(range(UNNAMED + 1))
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def colours(paint: theme.Paint) -> list[str]:
    """Return each slot's colour; what names nothing is hollow, with an outline."""
    return [*(paint(f"series-{slot}") for slot in range(NAMED)), paint("other"), paint("gap")]


def outlines(paint: theme.Paint) -> list[str]:
    """Return each slot's outline."""
    return ["transparent"] * (NAMED + 1) + [paint("other")]


def _build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data rows, gaps and events, without their values."""
    given = PARAMETERS | (values or {})
    # A period in which nothing was pulled has no column, and is on the axis all the same.
    scale = alt.Scale(
        type="utc", nice=False, domainMin=alt.ExprRef("periods[0]"), domainMax=alt.ExprRef("until")
    )
    axis = parts.time_axis()
    x = alt.X("start:T", scale=scale, axis=axis)
    event = alt.X("at:T", scale=scale, axis=axis)
    fills = alt.Scale(domain=_SLOTS, range=colours(paint))
    strokes = alt.Scale(domain=_SLOTS, range=outlines(paint))
    gaps = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=x,
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    bands = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(
            text="datum.name + ', ' + datum.dates + ': ' + datum.count + ', ' + datum.share"
        )
        .mark_rect(opacity=1, strokeWidth=1)
        .encode(
            x=x,
            x2=alt.X2("end"),
            y=alt.Y(
                "lower:Q",
                scale=alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling")),
                axis=parts.number_axis(),
            ),
            y2=alt.Y2("upper"),
            fill=alt.Fill("slot:N", scale=fills, legend=None),
            stroke=alt.Stroke("slot:N", scale=strokes, legend=None),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title=parts.row_title(given, "Series")),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("share:N", title="Share"),
            ],
            description=alt.Description("text:N"),
        )
    )
    chart: alt.LayerChart = alt.layer(
        gaps,
        bands,
        events.rules(paint, event),
        *events.numbers(paint, event),
        _legend(fills, strokes),
    ).resolve_scale(fill="independent", stroke="independent")
    return parts.finished(chart, paint, given, width=width, height=height)


def _legend(fills: alt.Scale, strokes: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend names what is shown, as it is stacked."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(40),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=150,
        symbolStrokeWidth=1,
        labelOffset=6,
        offset=events.above(10),
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            fill=alt.Fill("slot:N", scale=fills, legend=legend),
            stroke=alt.Stroke("slot:N", scale=strokes, legend=legend),
        )
    )
    return chart


STACK = Mark("bands", _build, _describe)
