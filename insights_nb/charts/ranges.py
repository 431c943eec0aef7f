"""Bounds over time: between what numbers people lie who cannot be added up.

Importing this module does not load Altair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.bounds import bounded
from insights_nb.charts.columns import Columns, Datasets, Signals, as_rows, repeated
from insights_nb.charts.series import METRICS, known_or_raise
from insights_nb.charts.texts import Unit, harmless, percent
from insights_nb.charts.timeline import column_end, gaps, milliseconds, placed, span
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Granularity, Period

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

USERS: Unit = ("user", "users")
ONE_IN_MANY_ROWS = "Bounds: one person can be in many rows."
"""Why a number of people is a range."""

MOST = 3
"""More series than these side by side are not told apart."""

# Which part of a period its ranges fill together, and which part of its share each of them.
_FILLED = 0.86
_APART = 0.84
# From where to where the body of each series reaches, of the width that its ends have.
BODIES = ((0.0, 1.0), (0.38, 0.62), (0.0, 1.0))
_KEY_WIDTH = 56


def bounds_of(frame: pd.DataFrame, name: str, *, source: str = METRICS) -> pd.DataFrame:
    """Return a frame's bounds of one thing: ``period``, ``at_least`` and ``at_most``.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    """
    columns = {f"{name}_at_least": "at_least", f"{name}_at_most": "at_most"}
    known_or_raise(frame, ["period", *columns], "The chart of bounds", source)
    found = frame[["period", *columns]].rename(columns=columns)
    found.attrs = dict(frame.attrs)
    return found


def range_datasets(
    series: Mapping[str, pd.DataFrame],
    *,
    heading: str,
    notes: Sequence[str] = (),
    unit: Unit = USERS,
    share: bool = False,
    granularity: Granularity | None = None,
) -> tuple[Datasets, Signals]:
    """Turn bounds into what the chart of bounds draws.

    Parameters
    ----------
    series
        One to three, by name, side by side in this order: ``period`` (first day), ``at_least``
        and ``at_most`` as `bounds_of` gives them. A missing ``at_least`` is unknown; where only
        ``at_most`` is missing, nothing is known above.
    heading
        What is drawn, without the interval: ``"Users"``.
    notes
        Lines below it, before those that tell of gaps.
    unit
        One and several of what is counted.
    share
        Whether the bounds are ratios (0.12 is 12 %).
    granularity
        Whether periods are weeks or months; by default what the frames say.

    Returns
    -------
    datasets : dict
        By column: ``rows``, one per series and period with a bound, with ``start`` and ``stop``
        (of its ends, UTC milliseconds), ``begin`` and ``end`` (of its body), ``lower``, ``upper``,
        ``exact`` (the two are equal), ``open`` (no upper bound), ``slot``, and in words ``name``,
        ``dates`` and ``count``.
        ``gaps``, one per run of periods of which nothing is known: ``start``, ``end``, ``text``.
    signals : dict
        The specification's parameters (`insights_nb.charts.ranges_spec.PARAMETERS`).

    Raises
    ------
    MixedGranularityError
        If weeks and months share the frames.
    """
    names = [harmless(name) for name in series]
    frame = pd.concat(series.values(), ignore_index=True)
    said = granularity or granularity_of(frame)
    signals: Signals = {
        "heading": heading,
        "notes": [*notes],
        "names": [*names, *[""] * (MOST - len(names))],
        "shown": [*range(len(names))],
        "periods": [],
        "monthly": said == "month",
        "percent": share,
        "column_width": _KEY_WIDTH + 7 * max(map(len, names)),
        "ceiling": 1,
    }
    if not frame["at_least"].notna().any():
        empty: Datasets = {"rows": {"lower": []}, "gaps": {"text": []}}
        return empty, signals | {"notes": [*notes, "Nothing to show."]}
    periods, rows_of = placed(frame["period"], said)
    slots = np.repeat(np.arange(len(names)), [len(one) for one in series.values()])
    bounds = np.full((2, len(periods), len(names)), np.nan)
    for place, name in enumerate(("at_least", "at_most")):
        bounds[place, rows_of, slots] = frame[name].to_numpy(np.float64, na_value=np.nan)
    unknown = np.isnan(bounds[0]).all(axis=1)
    bands, told = gaps(unknown, np.zeros_like(unknown), periods, "No count held for", points=False)
    signals |= {
        "heading": f"{heading} per {said}, {span(periods[0], periods[-1])}",
        "notes": [*notes, *told],
        "periods": [milliseconds(period.start) for period in periods],
        "ceiling": None if np.nanmax(bounds) > 0 else 1,
    }
    return {"rows": _rows(bounds, names, periods, None if share else unit), "gaps": bands}, signals


def range_chart(
    made: tuple[Datasets, Signals],
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw bounds as bars with an end at each, side by side in every period.

    Parameters
    ----------
    made
        Data and signals as `range_datasets` gives them.
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
    """
    from insights_nb.charts.ranges_spec import build

    datasets, signals = made
    chart = build(paint, width=width, height=height, values=signals)
    chart.description = range_description(datasets, signals)
    chart.datasets = {name: as_rows(columns) for name, columns in datasets.items()}
    return chart


def range_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what bounds a chart shows, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `range_datasets` gives them.
    """
    rows = datasets["rows"]
    sentences = [f"{signals['heading']}.", *signals["notes"]]
    for slot in signals["shown"] if rows["lower"] else []:
        name = signals["names"][slot]
        places = [place for place, each in enumerate(rows["slot"]) if each == slot]
        if places:
            dates = rows["dates"]["categories"][rows["dates"]["codes"][places[-1]]]
            sentences.append(f"{name}: {rows['count'][places[-1]]} in {dates}.")
        else:
            sentences.append(f"{name}: unknown.")
    return " ".join(sentences)


def _rows(
    bounds: npt.NDArray[np.float64], names: list[str], periods: list[Period], unit: Unit | None
) -> Columns:
    """Return one row per series and period that has a lower bound."""
    slots, places = np.nonzero(~np.isnan(bounds[0].T))
    lower, most = bounds[0][places, slots], bounds[1][places, slots]
    edges = np.array([[milliseconds(p.start), column_end(p)] for p in periods])
    # Exact counts have no width that others could hide.
    beside = 1 if (lower == most).all() else len(names)
    share = (edges[:, 1] - edges[:, 0])[places] * _FILLED / beside
    start = edges[:, 0][places] + share * (slots if beside > 1 else 0)
    wide = share * _APART
    first, last = np.array(BODIES)[slots].T
    known = [None if value != value else value for value in most.tolist()]
    return {
        "start": start.tolist(),
        "stop": (start + wide).tolist(),
        "begin": (start + first * wide).tolist(),
        "end": (start + last * wide).tolist(),
        "lower": lower.tolist(),
        "upper": np.where(np.isnan(most), lower, most).tolist(),
        "exact": (lower == most).tolist(),
        "open": np.isnan(most).tolist(),
        "slot": slots.tolist(),
        "name": repeated(names, slots.tolist()),
        "dates": repeated([period.dates for period in periods], places.tolist()),
        "count": [
            _share(least, upper) if unit is None else bounded(least, upper, unit)
            for least, upper in zip(lower.tolist(), known, strict=True)
        ],
    }


def _share(least: float, most: float | None) -> str:
    if most is None:
        return f"at least {percent(least)}"
    return percent(least) if least == most else f"between {percent(least)} and {percent(most)}"
