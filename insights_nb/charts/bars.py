"""Ranked horizontal bars: counts with their shares, bounds, changes and parts.

Importing this module does not load Altair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.bounds import between, bounded
from insights_nb.charts.columns import Datasets, Signals, as_rows
from insights_nb.charts.series import METRICS, Labels, known_or_raise, label_of
from insights_nb.charts.texts import Unit, counted, percent

if TYPE_CHECKING:
    import altair as alt

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


def bar_chart(
    made: tuple[Datasets, Signals],
    *,
    width: int | Literal["container"] = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw bars.

    Parameters
    ----------
    made
        Data and signals as `bar_datasets` or `drawn` gives them.
    width
        In pixels, or ``"container"`` to fill the cell; the height follows from the rows.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it.
    """
    from insights_nb.charts.bars_spec import build

    datasets, signals = made
    chart = build(paint, width=width, values=signals)
    chart.description = bar_description(datasets, signals)
    chart.datasets = {name: as_rows(columns) for name, columns in datasets.items()}
    return chart


def bar_datasets(
    frame: pd.DataFrame,
    label: str,
    value: str,
    *,
    heading: str,
    notes: Sequence[str] = (),
    share: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    unit: Unit = PULLS,
    labels: Labels = None,
    missing_label: str = "not named",
    most: int = MOST,
    title: str = "Name",
    noun: Unit = ("other", "others"),
    source: str = METRICS,
) -> tuple[Datasets, Signals]:
    """Turn a frame into ranked bars.

    Parameters
    ----------
    frame
        One row per bar, in any order.
    label, value
        The columns of a bar's name and of what it is ranked by and as long as; rows whose value
        is missing are unknown and left out, which a note says.
    heading, notes
        The title, and the lines below it.
    share
        The column of ratios written beside the values.
    lower, upper
        The columns of bounds, instead of one value: solid to the lower one, lighter to the upper.
        A missing upper bound is said, not drawn.
    unit, title
        What is counted, and what the label is called in the tooltip.
    labels
        What to write for the labels, as a mapping or a function, where not the labels themselves.
    missing_label
        What to write where the label is missing.
    most
        How many bars there may be; the smallest are folded into the last one. Of bounds, at
        least the largest lower one are in it and at most the sum.
    noun
        What is folded, one and several: ``("country", "countries")``.
    source
        What makes such a frame, for the error.

    Returns
    -------
    datasets : dict
        By column: ``rows``, one per bar, with ``row``, ``label``, ``number``, ``end`` (where that
        stands), ``text`` and ``tip``; ``bars``, one per drawn piece, with ``row``, ``start``,
        ``stop``, ``slot``, ``faint``, ``text`` and ``tip``.
    signals : dict
        The specification's parameters (`insights_nb.charts.bars_spec.PARAMETERS`).

    Raises
    ------
    FrameError
        If the frame lacks a column.
    """
    lower, upper = lower or value, upper or value
    columns = [label, lower, upper, value, *([share] if share else [])]
    known_or_raise(frame, dict.fromkeys(columns), "The bar chart", source)
    known = frame[frame[value].notna()]
    order = np.argsort(-known[value].to_numpy(np.float64), kind="stable")
    known = known.iloc[order]
    cut = len(known) if len(known) <= most else most - 1
    head, tail = known.iloc[:cut], known.iloc[cut:]
    rows = (head[name].tolist() for name in (label, lower, upper, *([share] if share else [])))
    made = [
        _bar(label_of(name, labels, missing_label), 0, (unit, title), *numbers)
        for name, *numbers in zip(*rows, strict=True)
    ]
    if len(tail):
        # People in several rows may be the same ones: at least the largest row's.
        least = tail[lower].sum() if lower == upper else tail[lower].max()
        part = [tail[share].sum(min_count=1)] if share else []
        said = f"Other ({counted(len(tail), noun)})"
        whole = tail[upper].sum(skipna=False)
        made.append(_bar(said, FOLDED, (unit, title), least, whole, *part))
    left_out = len(frame) - len(known)
    unknown = [f"{counted(left_out, noun)} left out: not known."] if left_out else []
    ranged = any(part.faint for bar in made for part in bar.parts)
    key = ["Solid: at least so many. Light: at most."] if ranged else []
    return drawn(made, heading=heading, notes=[*notes, *unknown, *key])


def drawn(
    bars: Sequence[Bar], *, heading: str, notes: Sequence[str] = (), names: Sequence[str] = ()
) -> tuple[Datasets, Signals]:
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
    return datasets, signals


def both_ends(change: npt.NDArray[np.float64], most: int = MOST) -> npt.NDArray[np.intp]:
    """Return the rows of the largest gains and losses, most gained first.

    Each side has half of the bars, and what the other leaves.
    """
    order = np.argsort(-change, kind="stable")
    gained = int((change > 0).sum())
    lost = len(change) - gained
    gains = min(gained, max(most - most // 2, most - lost))
    return np.concatenate([order[:gains], order[len(order) - min(lost, most - gains) :]])


def bar_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what bars show, for those who do not see them.

    Parameters
    ----------
    datasets, signals
        As `bar_datasets` or `drawn` gives them.
    """
    head = [f"{signals['heading']}.", *(f"{note.rstrip('.')}." for note in signals["notes"])]
    return " ".join([*head, *(f"{text}." for text in datasets["rows"]["text"])])


def _bar(
    label: str,
    slot: int,
    words: tuple[Unit, str],
    lower: float,
    upper: float,
    share: float = math.nan,
) -> Bar:
    unit, title = words
    least = float(lower)
    most = None if pd.isna(upper) else float(upper)
    portion = [] if pd.isna(share) else [percent(share)]
    count = bounded(least, most, unit)
    tip = {title: label, "Count": count} | ({"Share": portion[0]} if portion else {})
    parts = [Part(min(0.0, least), max(0.0, least), slot)]
    if most is not None and most > least:
        parts.append(Part(least, most, slot, faint=True))
    number = " · ".join([between(least, most), *portion])
    return Bar(label, number, ", ".join([f"{label}: {count}", *portion]), tip, parts)


def _wide(texts: Iterable[str]) -> float:
    return 12 + LETTER_WIDTH * max(map(len, texts), default=1)
