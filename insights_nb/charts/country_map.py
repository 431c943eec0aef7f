"""The map of the world: how many pulls came from each country, and the map itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.audience import dated, headed, missing_periods, sources, unit_of
from insights_nb.charts.drawing import Datasets, Drawing, Mark, Signals
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import (
    LEGEND_COLUMNS,
    Width,
    finished,
    legend_column,
    legend_labels,
    named,
)
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.geography import country_name
from insights_nb.selection import Measure

# Which numbers may bound the classes within each power of ten, from the finest.
_STEPS = ((1, 2, 5), (1, 3), (1,))
_SHORT = {10**9: "B", 10**6: "M", 10**3: "k"}
_KEY_WIDTH = 48
_MOST_NAMED = 3


def country_map(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw a map of the world that shows from which countries how many pulls came.

    Counts are of the frame's whole time range, in at most six classes whose bounds lie evenly
    apart in orders of magnitude. A country too small to be seen is a circle where it lies. What
    has no pulls, or no ISO 3166-1 code, is plain land.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As ``insights_nb.audience(archive, selection, "country")`` gives it, or some of its rows.
    measure
        Which count to draw.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.

    Raises
    ------
    SelectionError
        If the measure is not offered.

    Notes
    -----
    Outlines: Natural Earth, in the public domain, in the Equal Earth projection, which keeps
    areas comparable. Country names: Unicode CLDR.
    """
    return country_map_drawing(frame, measure=measure).chart(width=width, paint=paint)


def country_map_drawing(frame: pd.DataFrame, *, measure: Measure = "pulls") -> Drawing:
    """Turn a frame into what the map draws.

    Returns
    -------
    Drawing
        Datasets: ``rows``, one per country with pulls that is on the map, by column: ``id`` (its
        code), ``slot`` (its class), ``value``, and in words ``name``, ``count``, ``share`` (of all
        that the frame counts), ``text``. Those drawn as outlines come first, then those drawn as
        circles, each by their counts.
        Signals: the specification's parameters (`insights_nb.charts.country_map.PARAMETERS`).
    """
    unit = unit_of(frame, "The country map", "country", measure)
    sums = frame.groupby("country", dropna=False)[measure].sum()
    sums = sums[sums > 0].sort_values(ascending=False, kind="stable")
    counts = {code: int(count) for code, count in sums.items() if isinstance(code, str)}
    whole = int(sums.sum())
    circles = _circles()
    shown = sorted(circles.keys() & counts, key=lambda code: (circles[code], -counts[code], code))
    values = [counts[code] for code in shown]
    names, slots = _classes(values)
    sentences = [country_name(code) for code in shown]
    texts = [counted(count, unit) for count in values]
    shares = [percent(count / whole) for count in values]
    rows = {
        "id": shown,
        "slot": slots,
        "value": values,
        "name": sentences,
        "count": texts,
        "share": shares,
        "text": [
            f"{name}: {count}, {share}"
            for name, count, share in zip(sentences, texts, shares, strict=True)
        ],
    }
    notes = [*sources(frame, "country"), *missing_periods(frame)]
    if unnamed := whole - sum(counts.values()):
        verb = "names" if unnamed == 1 else "name"
        notes.append(f"{counted(unnamed, unit)} ({percent(unnamed / whole)}) {verb} no country.")
    if elsewhere := [code for code in counts if code not in circles]:
        part = percent(sum(counts[code] for code in elsewhere) / whole)
        notes.append(f"{part} not on the map: {_listed(elsewhere)}.")
    signals = {
        "heading": dated(headed(measure, "country"), frame),
        "notes": notes if shown else [*notes, "Nothing to show."],
        "names": names,
        "shown": sorted(set(slots)),
        "column_width": legend_column(_KEY_WIDTH, names),
    }
    return Drawing(COUNTRY_MAP, {"rows": rows}, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the map shows, for those who do not see it."""
    rows = datasets["rows"]
    most = sorted(zip(rows["value"], rows["text"], strict=True), key=lambda one: -one[0])
    head = [f"{signals['heading']}.", *(f"{note.rstrip('.')}." for note in signals["notes"])]
    return " ".join([*head, *(f"{text}." for _, text in most)])


@cache
def _outlines() -> dict[str, Any]:
    text = (files(__package__) / "world.json").read_text(encoding="utf-8")
    world: dict[str, Any] = json.loads(text)
    return world


@cache
def _circles() -> dict[str, bool]:
    """Return whether each country on the map is a circle."""
    drawn = _outlines()["objects"]["countries"]["geometries"]
    return {one["id"]: one["type"] == "Point" for one in drawn if "id" in one}


def _classes(values: Sequence[int]) -> tuple[list[str], list[int]]:
    """Return what each level stands for, and each value's level."""
    names = [""] * theme.LEVELS
    if not values:
        return names, []
    bounds = _bounds(min(values), max(values))
    # Few classes are of the middle levels, which stand out from the land and are not alarming.
    first = (theme.LEVELS - len(bounds)) // 2
    names[first : first + len(bounds) + 1] = _ranges(bounds, min(values), max(values))
    return names, [first + sum(value >= bound for bound in bounds) for value in values]


def _bounds(low: int, high: int) -> list[int]:
    """Return where a class ends and the next one begins: round numbers, evenly apart."""
    found: list[int] = []
    for steps in _STEPS:
        powers = [10**digits for digits in range(len(str(high)))]
        found = [step * power for power in powers for step in steps if low < step * power <= high]
        if len(found) < theme.LEVELS:
            break
    return found[-(theme.LEVELS - 1) :]


def _ranges(bounds: Sequence[int], low: int, high: int) -> list[str]:
    if not bounds:
        return [f"{low:,}" if low == high else f"{low:,} – {high:,}"]
    between = [f"{_short(one)} – {_short(next_)}" for one, next_ in pairwise(bounds)]
    return [f"under {_short(bounds[0])}", *between, f"{_short(bounds[-1])} or more"]


def _short(number: int) -> str:
    for size, letter in _SHORT.items():
        if number >= size:
            return f"{number // size}{letter}"
    return str(number)


def _listed(codes: Sequence[str]) -> str:
    named = [harmless(code) for code in codes[:_MOST_NAMED]]
    more = len(codes) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


# --- the specification ---

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * theme.LEVELS,
    "shown": [],
    "column_width": 48,
    "room": 700,
}

# How wide the world is, and how far north and south it goes from the equator, in the unit of
# ``world.json``; with a rim for the circles at its edges.
_ACROSS, _NORTH, _SOUTH = 5.42, 1.33, 1.05
# In pixels; on a phone smaller, so that Europe is not hidden under its smallest countries.
_RADIUS = "max(2.5, width / 260)"
_SYMBOL = "M-.8,-.8H.8V.8H-.8Z"


def _build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``world``, without their values."""
    scale = alt.Scale(domain=[*range(theme.LEVELS)], range=theme.levels(paint))
    projection: dict[str, Any] = {
        "type": "identity",
        "scale": alt.ExprRef(f"width / {_ACROSS}"),
        "translate": alt.ExprRef(f"[width / 2, {_NORTH} * width / {_ACROSS}]"),
        "pointRadius": alt.ExprRef(_RADIUS),
    }
    land = (
        alt.Chart(_world())
        .transform_filter("datum.geometry.type !== 'Point'")
        .mark_geoshape(fill=paint("grid"), stroke=paint("surface"), strokeWidth=0.5, aria=False)
        .project(**projection)
    )
    countries = (
        alt.Chart(named("rows"))
        .transform_lookup(lookup="id", from_=alt.LookupData(data=_world(), key="id"), as_="outline")
        .mark_geoshape(stroke=paint("surface"), strokeWidth=0.5)
        .project(**projection)
        .encode(
            shape=alt.Shape("outline", type="geojson"),
            color=alt.Color("slot:N", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("name:N", title="Country"),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("share:N", title="Share"),
            ],
            description=alt.Description("text:N"),
        )
    )
    layers = alt.layer(land, countries, _legend(scale)).resolve_scale(fill="independent")
    given = PARAMETERS | (values or {})
    chart = finished(layers, paint, given, width=width, height=1)
    # Vega's own height is a signal too, and takes its value from the parameter of that name.
    made: alt.LayerChart = chart.add_params(
        alt.param(name="height", expr=f"{_NORTH + _SOUTH} * width / {_ACROSS}")
    )
    return made


def _legend(scale: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend says which counts a colour stands for."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=alt.ExprRef("shown"),
        **legend_labels(40),
        columns=alt.ExprRef(LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolType=_SYMBOL,
        symbolSize=150,
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=10,
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(fill=alt.Fill("slot:N", scale=scale, legend=legend))
    )
    return chart


def _world() -> alt.NamedData:
    return alt.NamedData(
        name="world", format=alt.TopoDataFormat(type="topojson", feature="countries")
    )


COUNTRY_MAP = Mark("country_map", _build, _describe, lambda: {"world": _outlines()})
