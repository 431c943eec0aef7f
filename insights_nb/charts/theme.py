"""How charts look: colours, marker shapes, dashes and fonts, for light, dark and paper.

A line is told apart by its *slot*: slots 0 to 11 for repositories, 12 to 14 for what is folded
into "Other", one for each definition of a pull. A slot's colour repeats with another dash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Paint = Callable[[str], str]

LIGHT: Mapping[str, str] = {
    "text": "#1f2328",
    "muted": "#57606a",
    "grid": "#e6e8eb",
    "axis": "#b4bac2",
    "gap": "#e4e8ee",
    "other": "#6e7781",
    "series-0": "#1e40c4",
    "series-1": "#d9480f",
    "series-2": "#058a73",
    "series-3": "#862e67",
    "series-4": "#1d98d6",
    "series-5": "#4a3c00",
    "series-6": "#7f55e6",
    "level-0": "#c3daf7",
    "level-1": "#94bbf0",
    "level-2": "#6397e4",
    "level-3": "#3b70cf",
    "level-4": "#2149a8",
    "level-5": "#12276b",
    "surface": "#ffffff",
}
DARK: Mapping[str, str] = {
    "text": "#e6edf3",
    "muted": "#9aa4af",
    "grid": "#2b3036",
    "axis": "#4b535d",
    "gap": "#2f363f",
    "other": "#8b949e",
    "series-0": "#4a78f0",
    "series-1": "#d9772b",
    "series-2": "#b8f5cf",
    "series-3": "#c9447a",
    "series-4": "#7cc8e6",
    "series-5": "#f7c61a",
    "series-6": "#a996ff",
    "level-0": "#23406f",
    "level-1": "#2c5aa3",
    "level-2": "#3f7ad6",
    "level-3": "#6ea1ee",
    "level-4": "#a3c6f7",
    "level-5": "#dcebff",
    "surface": "#16191d",
}
COLOURS = 7
SLOTS = 12
OTHER_SLOTS = (12, 13, 14)
LEVELS = 6
"""Of one hue, from least to most."""

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SOLID = [1, 0]
DASHED = [5, 4]
DOTTED = [1, 4]

# Each shape is drawn from -1 to 1, as Vega scales it.
_SHAPES = {
    "circle": "M.9,0A.9,.9 0 1 1 -.9,0A.9,.9 0 1 1 .9,0Z",
    "square": "M-.8,-.8H.8V.8H-.8Z",
    "triangle": "M0,-1L1,.8H-1Z",
    "diamond": "M0,-1.15L1.15,0L0,1.15L-1.15,0Z",
    "wedge": "M0,1L1,-.8H-1Z",
    "cross": "M-.35,-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z",
    "star": "M0,-1.25L.35,-.4L1.2,-.4L.52,.15L.75,1.05L0,.5L-.75,1.05L-.52,.15L-1.2,-.4L-.35,-.4Z",
    "bar": "M-.4,-1.1H.4V1.1H-.4Z",
    "plank": "M-1.1,-.4H1.1V.4H-1.1Z",
    "arrow": "M1,0L-.8,-1V1Z",
    "back": "M-1,0L.8,-1V1Z",
    "saltire": "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
}
_SHAPE_OF = [*_SHAPES, "circle", "square", "triangle"]
_DASHED_SLOTS = {*range(COLOURS, SLOTS), OTHER_SLOTS[1]}
_DOTTED_SLOTS = {OTHER_SLOTS[2]}


def literal(name: str) -> str:
    """Paint with the light theme's colour, for paper and for renderers without CSS."""
    return LIGHT[name]


def themed(name: str) -> str:
    """Paint with a CSS variable, so that a page's theme decides; the fallback is the light one."""
    return f"var(--inb-{name}, {LIGHT[name]})"


def colours(paint: Paint) -> list[str]:
    """Return each slot's colour."""
    series = [paint(f"series-{slot % COLOURS}") for slot in range(SLOTS)]
    return series + [paint("other")] * len(OTHER_SLOTS)


def levels(paint: Paint) -> list[str]:
    """Return each level's colour, the farther from the page's the more."""
    return [paint(f"level-{level}") for level in range(LEVELS)]


def shapes() -> list[str]:
    """Return each slot's marker as an SVG path."""
    return [_SHAPES[name] for name in _SHAPE_OF]


def dashes() -> list[list[int]]:
    """Return each slot's dash pattern."""
    return [
        DASHED if slot in _DASHED_SLOTS else DOTTED if slot in _DOTTED_SLOTS else SOLID
        for slot in range(len(_SHAPE_OF))
    ]


def swatch(slot: int) -> dict[str, Any]:
    """Return how a slot's line looks, for a key outside the chart."""
    return {
        "color": colours(themed)[slot],
        "dash": dashes()[slot],
        "shape": shapes()[slot],
    }


def legend_shapes() -> list[str]:
    """Return each slot's key: its marker on a piece of its line, as one SVG path."""
    keys = []
    for slot, marker in enumerate(shapes()):
        line = "M-1,0H1"
        if slot in _DASHED_SLOTS:
            line = "M-1,0H-.74M-.56,0H-.3M.3,0H.56M.74,0H1"
        elif slot in _DOTTED_SLOTS:
            line = "M-1,0H-.92M-.72,0H-.64M-.44,0H-.36M.36,0H.44M.64,0H.72M.92,0H1"
        keys.append(line + _shrink(marker, 0.36))
    return keys


def config(paint: Paint) -> dict[str, Any]:
    """Return the Vega-Lite configuration that all charts share."""
    return {
        "font": FONT,
        "background": "transparent" if paint is themed else "#ffffff",
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": paint("text"),
            "fontSize": 16,
            "fontWeight": 600,
            "subtitleColor": paint("muted"),
            "subtitleFontSize": 12.5,
            "subtitlePadding": 4,
            "offset": 14,
        },
        "axis": {
            "labelColor": paint("muted"),
            "labelFontSize": 12,
            "titleColor": paint("muted"),
            "gridColor": paint("grid"),
            "domainColor": paint("axis"),
            "tickColor": paint("axis"),
            "labelPadding": 6,
        },
        "legend": {
            "labelColor": paint("text"),
            "labelFontSize": 12.5,
            "titleColor": paint("muted"),
        },
    }


def _shrink(path: str, factor: float) -> str:
    parts: list[str] = []
    number = ""
    flags = 0
    for character in path + " ":
        if character.isdigit() or character in ".-":
            if character == "-" and number:
                parts.append(_scaled(number, factor))
                number = ""
            number += character
            continue
        if number:
            # An arc's rotation and two flags are no lengths.
            keep = flags in {3, 4, 5}
            parts.append(number if keep else _scaled(number, factor))
            flags += flags > 0
            number = ""
        if character.isalpha():
            flags = 1 if character == "A" else 0
        parts.append(character)
    return "".join(parts).strip()


def _scaled(number: str, factor: float) -> str:
    return f"{float(number) * factor:.3g}"
