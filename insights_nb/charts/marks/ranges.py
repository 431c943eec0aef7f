"""Ranges over time: between what numbers people lie who cannot be added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import parts, theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width
from insights_nb.charts.series import METRICS, known_or_raise
from insights_nb.charts.texts import Sentence, Unit, bounded, harmless, percent
from insights_nb.charts.timeline import column_end, gaps, milliseconds, placed, span
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Granularity, Period

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


def range_drawing(
    series: Mapping[str, pd.DataFrame],
    *,
    heading: str,
    notes: Sequence[str] = (),
    unit: Unit = USERS,
    share: bool = False,
    granularity: Granularity | None = None,
) -> Drawing:
    """Turn bounds into what the chart of bounds draws.

    Parameters
    ----------
    series
        One to three, by name, side by side in this order: ``period`` (first day), ``at_least``
        and ``at_most`` as `bounds_of` gives them. A missing ``at_least`` is unknown; where only
        ``at_most`` is missing, nothing is known above.
    heading
        What is drawn, without the time range: ``"Users"``.
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
    Drawing
        Datasets: by column: ``rows``, one per series and period with a bound, with ``start`` and
        ``stop`` (of its ends, UTC milliseconds), ``begin`` and ``end`` (of its body), ``lower``,
        ``upper``, ``exact`` (the two are equal), ``open`` (no upper bound), ``slot``, and in words
        ``name``, ``dates`` and ``count``. ``gaps``, one per run of periods of which nothing is
        known: ``start``, ``end``, ``text``.
        Signals: the specification's parameters (`PARAMETERS`).
    """
    names = [harmless(name) for name in series]
    frame = pd.concat(series.values(), ignore_index=True)
    granularity = granularity or granularity_of(frame)
    signals: Signals = {
        "heading": heading,
        "notes": [*notes],
        "names": [*names, *[""] * (MOST - len(names))],
        "shown": [*range(len(names))],
        "periods": [],
        "monthly": granularity == "month",
        "percent": share,
        "column_width": parts.legend_column(_KEY_WIDTH, names),
        "ceiling": 1,
    }
    if not frame["at_least"].notna().any():
        empty: Datasets = {"rows": {"lower": []}, "gaps": {"text": []}}
        return Drawing(RANGES, empty, signals | {"notes": [*notes, "Nothing to show."]})
    periods, rows_of = placed(frame["period"], granularity)
    slots = np.repeat(np.arange(len(names)), [len(one) for one in series.values()])
    bounds = np.full((2, len(periods), len(names)), np.nan)
    for place, name in enumerate(("at_least", "at_most")):
        bounds[place, rows_of, slots] = frame[name].to_numpy(np.float64, na_value=np.nan)
    unknown = np.isnan(bounds[0]).all(axis=1)
    bands, known = gaps(unknown, np.zeros_like(unknown), periods, Sentence.NO_COUNT, points=False)
    signals |= {
        "heading": Sentence.HEADING.format(
            heading=heading, unit=granularity, span=span(periods[0], periods[-1])
        ),
        "notes": [*notes, *known],
        "periods": [milliseconds(period.start) for period in periods],
        "ceiling": None if np.nanmax(bounds) > 0 else 1,
    }
    rows = _rows(bounds, names, periods, None if share else unit)
    return Drawing(RANGES, {"rows": rows, "gaps": bands}, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what ranges a chart shows, for those who do not see it."""
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


# --- the specification ---

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * MOST,
    "shown": [],
    "periods": [],
    "monthly": False,
    "percent": False,
    "column_width": 48,
    "ceiling": None,
    "room": 700,
}

# A series is told by its body too: a light bar, a stem, and an outline.
_FILLING = "[0.3, 0.8, 0][datum.slot]"
_OUTLINE = "datum.slot === 2 ? 1 : 0"
_KEYS = (
    "M-.7,-1H.7V1H-.7Z",
    "M-.7,-1H.7V-.7H.2V.7H.7V1H-.7V.7H-.2V-.7H-.7Z",
    "M-.7,-1H.7V1H-.7ZM-.45,-.75V.75H.45V-.75Z",
)
_SLOTS = [*range(MOST)]
# What answers to the pointer is no thinner than this many pixels, though the bounds be equal.
_RIM = 8


def _build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``gaps``, without their values."""
    scale = alt.Scale(domain=_SLOTS, range=[paint(f"series-{slot}") for slot in _SLOTS])
    layers = alt.layer(
        _gaps(paint),
        _bodies(scale),
        *_ends(scale),
        _exact(scale),
        _open(scale),
        _hits(),
        _legend(scale),
    ).resolve_scale(shape="independent", fill="independent")
    given = PARAMETERS | (values or {})
    return parts.finished(layers, paint, given, width=width, height=height)


def _gaps(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("gaps"))
        .mark_rect(color=paint("gap"), opacity=1)
        .encode(
            x=_x("start"),
            x2=alt.X2("end"),
            tooltip=alt.Tooltip("text:N"),
            description=alt.Description("text:N"),
        )
    )
    return chart


def _bodies(scale: alt.Scale) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .mark_rect(
            fillOpacity=alt.ExprRef(_FILLING),
            stroke=alt.ExprRef("scale('color', datum.slot)"),
            strokeWidth=alt.ExprRef(_OUTLINE),
            aria=False,
        )
        .encode(
            x=_x("begin"),
            x2=alt.X2("end"),
            y=_y("lower"),
            y2=alt.Y2("upper"),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
    )
    return chart


def _ends(scale: alt.Scale) -> list[alt.Chart]:
    return [
        alt.Chart(parts.named("rows"))
        .mark_rule(strokeWidth=2.5, aria=False)
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y(bound),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
        for bound in ("lower", "upper")
    ]


def _exact(scale: alt.Scale) -> alt.Chart:
    """Return markers on counts without a range, each series' of its own shape."""
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_filter("datum.exact")
        .transform_calculate(middle="(datum.start + datum.stop) / 2")
        .mark_point(filled=True, opacity=1, size=26, aria=False)
        .encode(
            x=_x("middle"),
            y=_y("lower"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.shapes()[:MOST]), legend=None
            ),
        )
    )
    return chart


def _open(scale: alt.Scale) -> alt.Chart:
    """Return arrows on lower bounds that no upper one is known of."""
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_filter("datum.open")
        .transform_calculate(middle="(datum.start + datum.stop) / 2")
        .mark_text(text="↑", baseline="bottom", dy=-1, fontSize=13, aria=False)
        .encode(
            x=_x("middle"),
            y=_y("lower"),
            color=alt.Color("slot:N", scale=scale, legend=None),
        )
    )
    return chart


def _hits() -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(text="datum.name + ', ' + datum.dates + ': ' + datum.count")
        .mark_rect(color="transparent", stroke="transparent", strokeWidth=_RIM)
        .encode(
            x=_x("start"),
            x2=alt.X2("stop"),
            y=_y("lower"),
            y2=alt.Y2("upper"),
            tooltip=[
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("name:N", title="Who"),
                alt.Tooltip("count:N", title="Count"),
            ],
            description=alt.Description("text:N"),
        )
    )
    return chart


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend shows each series as its ranges look."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **parts.legend_labels(40),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=180,
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=10,
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=[*_KEYS]), legend=legend
            ),
            fill=alt.Fill("slot:N", scale=scale, legend=legend),
        )
    )
    return chart


def _x(field: str) -> alt.X:
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc", nice=False), axis=parts.time_axis())


def _y(field: str) -> alt.Y:
    scale = alt.Scale(zero=True, nice=True, domainMax=alt.ExprRef("ceiling"))
    return alt.Y(f"{field}:Q", scale=scale, axis=parts.number_axis())


RANGES = Mark("ranges", _build, _describe)
