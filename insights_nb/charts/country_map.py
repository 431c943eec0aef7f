"""The map of the world: how many pulls came from each country, and the map itself.

A dashboard takes `country_map_spec` once and sends what `country_map_datasets` makes of each
frame; a notebook calls `country_map`. Importing this module does not load Altair.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.audience_words import dated, headed, not_held, sources, unit_of
from insights_nb.charts.columns import Datasets, Signals, as_rows
from insights_nb.charts.specs import load
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.geography import country_name
from insights_nb.selection import Measure

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width

# Which numbers may bound the classes within each power of ten, from the finest.
_STEPS = ((1, 2, 5), (1, 3), (1,))
_SHORT = {10**9: "B", 10**6: "M", 10**3: "k"}
# A legend column's width: its symbol, and about this much for a letter.
_KEY_WIDTH = 48
_LETTER_WIDTH = 7
_MOST_NAMED = 3


def country_map(
    frame: pd.DataFrame,
    *,
    measure: Measure = "pulls",
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw a map of the world that shows from which countries how many pulls came.

    Counts are of the frame's whole interval, in at most six classes whose bounds lie evenly
    apart in orders of magnitude. A country too small to be seen is a circle where it lies. What
    has no pulls, or no ISO 3166-1 code, is plain land.

    Parameters
    ----------
    frame
        As ``insights_nb.audience(archive, selection, "country")`` gives it, or some of its rows.
    measure
        Which count to draw.
    width
        In pixels, or ``"container"`` to fill the cell; the height follows from it.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows and the map are in it; it asks no other host for anything.

    Raises
    ------
    FrameError
        If the frame lacks a column.
    SelectionError
        If the measure is not offered.

    Notes
    -----
    Outlines: Natural Earth, in the public domain, in the Equal Earth projection, which keeps
    areas comparable. Country names: Unicode CLDR.
    """
    from insights_nb.charts.country_map_spec import build

    datasets, signals = country_map_datasets(frame, measure=measure)
    chart = build(paint, width=width, values=signals)
    chart.datasets = {"rows": as_rows(datasets["rows"]), "world": _world()}
    chart.description = country_map_description(datasets, signals)
    return chart


def country_map_spec() -> dict[str, Any]:
    """Return the map's constant specification, with the map as its data ``world``.

    Its other data is the named source ``rows``; its parameters are the signals that
    `country_map_datasets` gives.
    """
    # Not in the file: written as readable JSON the outlines would be six times as large.
    return load("country_map") | {"datasets": {"world": _world()}}


def country_map_datasets(
    frame: pd.DataFrame, *, measure: Measure = "pulls"
) -> tuple[Datasets, Signals]:
    """Turn a frame into what the map draws.

    Parameters
    ----------
    frame, measure
        As for `country_map`.

    Returns
    -------
    datasets : dict
        ``rows``, one per country with pulls that is on the map, by column: ``id`` (its code),
        ``slot`` (its class), ``value``, and in words ``name``, ``count``, ``share`` (of all that
        the frame counts), ``text``. Those drawn as outlines come first, then those drawn as
        circles, each by their counts.
    signals : dict
        The specification's parameters (`insights_nb.charts.country_map_spec.PARAMETERS`).

    Raises
    ------
    FrameError
        If the frame lacks a column.
    SelectionError
        If the measure is not offered.
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
    said = [country_name(code) for code in shown]
    texts = [counted(count, unit) for count in values]
    shares = [percent(count / whole) for count in values]
    rows = {
        "id": shown,
        "slot": slots,
        "value": values,
        "name": said,
        "count": texts,
        "share": shares,
        "text": [
            f"{name}: {count}, {share}"
            for name, count, share in zip(said, texts, shares, strict=True)
        ],
    }
    notes = [*sources(frame, "country"), *not_held(frame)]
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
        "column_width": _KEY_WIDTH + _LETTER_WIDTH * max(map(len, names)),
    }
    return {"rows": rows}, signals


def country_map_description(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the map shows, for those who do not see it.

    Parameters
    ----------
    datasets, signals
        As `country_map_datasets` gives them.
    """
    rows = datasets["rows"]
    most = sorted(zip(rows["value"], rows["text"], strict=True), key=lambda one: -one[0])
    head = [f"{signals['heading']}.", *(f"{note.rstrip('.')}." for note in signals["notes"])]
    return " ".join([*head, *(f"{text}." for _, text in most)])


@cache
def _world() -> dict[str, Any]:
    text = (files(__package__) / "world.json").read_text(encoding="utf-8")
    world: dict[str, Any] = json.loads(text)
    return world


@cache
def _circles() -> dict[str, bool]:
    """Return whether each country on the map is a circle."""
    drawn = _world()["objects"]["countries"]["geometries"]
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
