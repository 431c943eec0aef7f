"""Ranked horizontal bars: counts with their shares, bounds, changes and parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Datasets, Drawing, Mark, Signals
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width, finished, if_shown, legend_labels, named, shortened
from insights_nb.charts.series import METRICS, Naming, known_or_raise
from insights_nb.charts.texts import Unit, between, bounded, counted, percent

PULLS: Unit = ("pull", "pulls")
MOST = 15
"""How many bars there are at most."""

FOLDED = theme.COLOURS
"""The slot of what is folded."""

LETTER_WIDTH = 6.9
"""About this much for a letter of a bar's label and number, in pixels."""

_KEY_WIDTH = 56


@dataclass(frozen=True)
class Part:
    """A piece of a bar.

    Parameters
    ----------
    start, stop
        From where to where it reaches, the lower one first.
    slot
        Its colour.
    text, tip
        What it says of itself, in one sentence and as names with values; a piece of a bar that
        has only one says what its bar does.
    faint
        Whether it tells how far the bar may reach, not what is known.
    """

    start: float
    stop: float
    slot: int = 0
    text: str = ""
    tip: Mapping[str, str] = field(default_factory=dict)
    faint: bool = False


@dataclass(frozen=True)
class Bar:
    """One row: a label, a bar of one part or several, and the number at its end.

    Parameters
    ----------
    label, number
        What stands before and behind the bar.
    text
        The row in one sentence, for those who do not see it.
    tip
        The row as names with values, for the tooltip.
    parts
        What is drawn.
    """

    label: str
    number: str
    text: str
    tip: Mapping[str, str]
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class BarLook(Naming):
    """What ranked bars look like, and what they are called.

    Parameters
    ----------
    heading, title, unit, noun, labels, missing_label
        As for `insights_nb.charts.series.Naming`.
    notes
        Lines below the heading.
    most
        How many bars there may be; the smallest are folded into the last one. Of bounds, at
        least the largest lower one are in it and at most the sum.
    """

    title: str = "Name"
    noun: Unit = ("other", "others")
    missing_label: str | None = "not named"
    notes: Sequence[str] = ()
    most: int = MOST


def bar_drawing(
    frame: pd.DataFrame,
    label: str,
    value: str,
    look: BarLook,
    *,
    share: str | None = None,
    upper: str | None = None,
    source: str = METRICS,
) -> Drawing:
    """Turn a frame into ranked bars.

    Parameters
    ----------
    frame
        One row per bar, in any order.
    label, value
        The columns of a bar's name and of what it is ranked by and as long as; rows whose value
        is missing are unknown and left out, which a note says.
    look
        How they are drawn and called.
    share
        The column of ratios written beside the values.
    upper
        The column of upper bounds, where the values are lower ones: bars are solid to those,
        lighter to these. A missing upper bound is said, not drawn.
    source
        What makes such a frame, for the error.

    Returns
    -------
    Drawing
        Datasets: by column: ``rows``, one per bar, with ``row``, ``label``, ``number``, ``end``
        (where that stands), ``text`` and ``tip``; ``bars``, one per drawn piece, with ``row``,
        ``start``, ``stop``, ``slot``, ``faint``, ``text`` and ``tip``.
        Signals: the specification's parameters (`PARAMETERS`).
    """
    upper = upper or value
    columns = [label, value, upper, *([share] if share else [])]
    known_or_raise(frame, dict.fromkeys(columns), "The bar chart", source)
    known = frame[frame[value].notna()]
    order = np.argsort(-known[value].to_numpy(np.float64), kind="stable")
    known = known.iloc[order]
    cut = len(known) if len(known) <= look.most else look.most - 1
    head, tail = known.iloc[:cut], known.iloc[cut:]
    rows = (head[name].tolist() for name in columns)
    made = [
        _bar(look.label_of(name), 0, look, *numbers) for name, *numbers in zip(*rows, strict=True)
    ]
    if len(tail):
        # People in several rows may be the same ones: at least the largest row's.
        least = tail[value].sum() if value == upper else tail[value].max()
        part = [tail[share].sum(min_count=1)] if share else []
        text = f"Other ({counted(len(tail), look.noun)})"
        whole = tail[upper].sum(skipna=False)
        made.append(_bar(text, FOLDED, look, least, whole, *part))
    left_out = len(frame) - len(known)
    unknown = [f"{counted(left_out, look.noun)} left out: not known."] if left_out else []
    ranged = any(part.faint for bar in made for part in bar.parts)
    key = ["Solid: at least so many. Light: at most."] if ranged else []
    return drawing_of(made, heading=look.heading, notes=[*look.notes, *unknown, *key])


def drawing_of(
    bars: Sequence[Bar], *, heading: str, notes: Sequence[str] = (), names: Sequence[str] = ()
) -> Drawing:
    """Return data and signals of bars in the order given.

    Parameters
    ----------
    bars
        From the top.
    heading, notes
        The title, and the lines below it.
    names
        What the legend calls each slot, from the first; empty texts are passed over, and without
        any there is no legend.
    """
    parts = [(row, part, bar) for row, bar in enumerate(bars) for part in bar.parts]
    shown = [slot for slot, name in enumerate(names) if name]
    # Numbers from frames may be NumPy's, which cannot cross the wire.
    edges = [float(edge) for _, part, _ in parts for edge in (part.start, part.stop)]
    low, high = min([0.0, *edges]), max([0.0, *edges])
    datasets: Datasets = {
        "rows": {
            "row": [*range(len(bars))],
            "label": [bar.label for bar in bars],
            "number": [bar.number for bar in bars],
            "end": [float(max((part.stop for part in bar.parts), default=0)) for bar in bars],
            "text": [bar.text for bar in bars],
            "tip": [dict(bar.tip) for bar in bars],
        },
        "bars": {
            "row": [row for row, _, _ in parts],
            "start": edges[::2],
            "stop": edges[1::2],
            "slot": [part.slot for _, part, _ in parts],
            "faint": [part.faint for _, part, _ in parts],
            "text": [part.text or bar.text for _, part, bar in parts],
            "tip": [dict(part.tip or bar.tip) for _, part, bar in parts],
        },
    }
    signals = {
        "heading": heading,
        "notes": [*notes] if bars else [*notes, "Nothing to show."],
        "names": [*names, *[""] * (FOLDED + 1 - len(names))],
        "shown": shown,
        "count": len(bars),
        "low": low,
        "high": high if high > low else 1,
        "label_width": _wide(bar.label for bar in bars),
        "text_width": _wide(bar.number for bar in bars),
        "column_width": _KEY_WIDTH + 7 * max((len(name) for name in names), default=1),
    }
    return Drawing(BARS, datasets, signals)


def both_ends(change: npt.NDArray[np.float64], most: int = MOST) -> npt.NDArray[np.intp]:
    """Return the rows of the largest gains and losses, most gained first.

    Each side has half of the bars, and what the other leaves.
    """
    order = np.argsort(-change, kind="stable")
    gained = int((change > 0).sum())
    lost = len(change) - gained
    gains = min(gained, max(most - most // 2, most - lost))
    return np.concatenate([order[:gains], order[len(order) - min(lost, most - gains) :]])


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what bars show, for those who do not see them."""
    head = [f"{signals['heading']}.", *(f"{note.rstrip('.')}." for note in signals["notes"])]
    return " ".join([*head, *(f"{text}." for text in datasets["rows"]["text"])])


def _bar(
    label: str,
    slot: int,
    look: BarLook,
    lower: float,
    upper: float,
    share: float = math.nan,
) -> Bar:
    least = float(lower)
    most = None if pd.isna(upper) else float(upper)
    portion = [] if pd.isna(share) else [percent(share)]
    count = bounded(least, most, look.unit)
    tip = {look.title: label, "Count": count} | ({"Share": portion[0]} if portion else {})
    parts = [Part(min(0.0, least), max(0.0, least), slot)]
    if most is not None and most > least:
        parts.append(Part(least, most, slot, faint=True))
    number = " · ".join([between(least, most), *portion])
    return Bar(label, number, ", ".join([f"{label}: {count}", *portion]), tip, parts)


def _wide(texts: Iterable[str]) -> float:
    return 12 + LETTER_WIDTH * max(map(len, texts), default=1)


# --- the specification ---

PARTS = FOLDED + 1
"""Slots of a bar's parts: the series' colours, and a neutral one for what is folded."""

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * PARTS,
    "shown": [],
    "count": 0,
    "low": 0,
    "high": 1,
    "label_width": 60,
    "text_width": 60,
    "column_width": 48,
    "room": 700,
}

_COLUMNS = "max(1, floor((room - 60) / min(column_width, 260)))"
_LEAST_HEIGHT = 28
# In pixels. A bar is drawn from `left` to `right`. Where there is room, labels stand in a column
# before that and numbers at the bars' ends; where any bar is negative, numbers have a column too.
_DERIVED = {
    "narrow": "room < 520",
    "step": "narrow ? 42 : 28",
    "height": "max(1, count) * step",
    "labels": "narrow ? 0 : min(label_width, 0.36 * room)",
    "left": "labels",
    "aside": "narrow || low < 0",
    "right": "max(left + 20, width - (narrow ? 0 : text_width))",
}
_AT = "left + (right - left) * ({} - low) / (high - low)"
_TOP = "datum.row * step + (narrow ? 25 : 5)"
_BOTTOM = "datum.row * step + (narrow ? 35 : 23)"
_MIDDLE = "datum.row * step + (narrow ? 12 : 14)"
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def colours(paint: theme.Paint) -> list[str]:
    """Return each slot's colour."""
    return [*(paint(f"series-{slot}") for slot in range(theme.COLOURS)), paint("other")]


def _build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``bars``, without their values."""
    scale = alt.Scale(domain=[*range(PARTS)], range=colours(paint))
    layers = alt.layer(
        _rows(),
        *_bars(scale),
        _zero(paint),
        _labels(paint),
        _numbers(paint),
        _legend(scale),
    ).resolve_scale(fill="independent")
    given = PARAMETERS | (values or {})
    chart = finished(layers, paint, given, width=width, height=_LEAST_HEIGHT)
    # Vega's own height is a signal too, and takes its value from the parameter of that name.
    made: alt.LayerChart = chart.add_params(
        *(alt.param(name=name, expr=expr) for name, expr in _DERIVED.items())
    )
    return made


def _rows() -> alt.Chart:
    """Return what answers to the pointer beside the bars: the whole row."""
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(top="datum.row * step", bottom="(datum.row + 1) * step")
        .mark_rect(color="transparent", aria=False)
        .encode(
            x=alt.value(0),
            x2=alt.value("width"),
            y=_pixels(alt.Y, "top"),
            y2=alt.Y2("bottom"),
            tooltip=_tip(),
        )
    )
    return chart


def _bars(scale: alt.Scale) -> list[alt.Chart]:
    base = (
        alt.Chart(named("bars"))
        .transform_calculate(begin=_AT.format("datum.start"), until=_AT.format("datum.stop"))
        .transform_calculate(
            # What is there is seen, however small it is; neighbours of a stack stay apart.
            end="datum.stop > datum.start"
            " ? max(datum.until - (length(shown) ? 1 : 0), datum.begin + 1) : datum.until",
            top=_TOP,
            bottom=_BOTTOM,
        )
        .encode(
            x=_pixels(alt.X, "begin"),
            x2=alt.X2("end"),
            y=_pixels(alt.Y, "top"),
            y2=alt.Y2("bottom"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            tooltip=_tip(),
        )
    )
    known = base.transform_filter("!datum.faint").mark_rect(opacity=1)
    reach = base.transform_filter("datum.faint").mark_rect(
        fillOpacity=0.25, stroke=alt.ExprRef("scale('color', datum.slot)"), aria=False
    )
    return [reach, known.encode(description=alt.Description("text:N"))]


def _zero(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(
            zero=_AT.format("0"),
            # One line through all rows, but not through the labels of a phone.
            top=f"narrow ? {_TOP} - 2 : datum.row * step",
            bottom=f"narrow ? {_BOTTOM} + 2 : (datum.row + 1) * step",
        )
        .mark_rule(color=paint("axis"), aria=False)
        .encode(x=_pixels(alt.X, "zero"), y=_pixels(alt.Y, "top"), y2=alt.Y2("bottom"))
    )
    return chart


def _labels(paint: theme.Paint) -> alt.Chart:
    room = f"narrow ? max(60, width - 12 - {LETTER_WIDTH} * length(datum.number)) : labels - 8"
    text = shortened("datum.label", "pluck(data('rows'), 'label')", room)
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(middle=_MIDDLE)
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=12.5,
            color=paint("text"),
            limit=alt.ExprRef(room),
            aria=False,
        )
        .encode(
            x=alt.value(0),
            y=_pixels(alt.Y, "middle"),
            text=alt.value(alt.ExprRef(text)),
            tooltip=_tip(),
        )
    )
    return chart


def _numbers(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(named("rows"))
        .transform_calculate(
            middle=_MIDDLE,
            at=f"aside ? width : {_AT.format('datum.end')} + 6",
        )
        .mark_text(
            align=alt.ExprRef("aside ? 'right' : 'left'"),
            baseline="middle",
            fontSize=12.5,
            color=paint("muted"),
            aria=False,
        )
        .encode(
            x=_pixels(alt.X, "at"),
            y=_pixels(alt.Y, "middle"),
            text=alt.Text("number:N"),
            tooltip=_tip(),
        )
    )
    return chart


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend names a bar's parts, in their order."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=if_shown("shown", "[-1]"),
        **legend_labels(40, _COLUMNS, empty=True),
        columns=alt.ExprRef(_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=if_shown("150", "0"),
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=if_shown("10", "-13"),
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(fill=alt.Fill("slot:N", scale=scale, legend=legend))
    )
    return chart


def _pixels(channel: type[alt.X] | type[alt.Y], field: str) -> Any:  # noqa: ANN401 - X or Y
    return channel(f"{field}:Q", scale=None, axis=None)


def _tip() -> Any:  # noqa: ANN401 - Altair's value definitions are dictionaries
    # An object of the row, whose names differ from chart to chart.
    return alt.value(alt.ExprRef("datum.tip"))


BARS = Mark("bars", _build, _describe)
