"""Write the map that charts draw, from the outlines in ``scripts/geography``.

Run it after changing what is on the map (a test compares)::

    python scripts/build_world.py
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, NamedTuple

from build_countries import by_number

from insights_nb import charts

SOURCES = Path(__file__).with_name("geography")
TARGET = Path(charts.__file__).with_name("world.json")

STEPS = 1000
"""To which part of the globe's radius points are rounded: a fifth of a pixel of a wide map."""

# Of Equal Earth: Šavrič, Patterson, Jenny, "The Equal Earth map projection", 2018.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796

# A circle on a map of a thousand pixels' width is three times as large.
SMALL = 2.0
"""Countries of fewer square degrees (as wide as they are at the equator) become circles."""

LEFT_OUT = {"AQ"}

# What Natural Earth draws and ISO 3166-1 does not list, but what reports have a code for.
BY_NAME = {"Kosovo": "XK"}

# Parts of other countries that have a code of their own: west, south, east, north.
PARTS = {
    "GF": (-55.0, 1.0, -51.0, 7.0),
    "SJ": (5.0, 74.0, 36.0, 82.0),
}

# Not in the source, or there a part of another country: longitude and latitude.
PLACES = {
    "BQ": (-68.3, 12.2),
    "BV": (3.4, -54.4),
    "CC": (96.8, -12.2),
    "CX": (105.7, -10.5),
    "GI": (-5.4, 36.1),
    "GP": (-61.6, 16.2),
    "MQ": (-61.0, 14.6),
    "RE": (55.5, -21.1),
    "TK": (-171.9, -9.2),
    "TV": (179.2, -8.5),
    "UM": (166.6, 19.3),
    "YT": (45.2, -12.8),
}

SOURCE = (
    "Made of world-atlas 2.0.2 (copyright 2013-2019 Michael Bostock, ISC licence) and so of "
    "Natural Earth 4.1.0 (public domain)."
)

_HALF = 180.0

Point = tuple[float, float]
Ring = list[int]


class Part(NamedTuple):
    """A country's mainland, or one of its islands."""

    rings: list[Ring]
    outer: list[Point]
    area: float
    centre: Point

    def within(self, box: tuple[float, float, float, float]) -> bool:
        """Tell whether all of it is in a box."""
        west, south, east, north = box
        return all(west < x < east and south < y < north for x, y in self.outer)


class Outlines:
    """The countries of one TopoJSON file.

    Parameters
    ----------
    path
        The file. Each arc in it is a line that one ring, or two neighbours' rings, have.
    """

    def __init__(self, path: Path) -> None:
        topology = json.loads(path.read_text(encoding="utf-8"))
        scale, origin = topology["transform"]["scale"], topology["transform"]["translate"]
        self.arcs = [
            [(x * scale[0] + origin[0], y * scale[1] + origin[1]) for x, y in _summed(arc)]
            for arc in topology["arcs"]
        ]
        self.countries = list(self._countries(topology["objects"]["countries"]["geometries"]))

    def _countries(
        self, geometries: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[str | None, list[Part]]]:
        codes = by_number()
        for geometry in geometries:
            parts = list(self._parts(geometry))
            for code, box in PARTS.items():
                taken = [part for part in parts if part.within(box)]
                if taken:
                    yield code, taken
                    parts = [part for part in parts if not part.within(box)]
            name = geometry["properties"]["name"]
            yield codes.get(geometry.get("id", "")) or BY_NAME.get(name), parts

    def _parts(self, geometry: dict[str, Any]) -> Iterator[Part]:
        arcs = geometry["arcs"]
        for rings in arcs if geometry["type"] == "MultiPolygon" else [arcs]:
            outer = self._points(rings[0])
            if any(abs(x2 - x1) > _HALF for (x1, _), (x2, _) in pairwise(outer)):
                # Over the date line: the Far East stays with Russia, to the right of it.
                self._unwrap(rings[0])
                outer = self._points(rings[0])
            area, x, y = _moments(outer)
            # Rounding has left some islands as a point or a line.
            if area:
                centre = (x / area, y / area)
                yield Part(rings, outer, abs(area) * cos(radians(centre[1])), centre)

    def _unwrap(self, ring: Ring) -> None:
        for arc in ring:
            place = max(arc, ~arc)
            self.arcs[place] = [(x + 2 * _HALF if x < 0 else x, y) for x, y in self.arcs[place]]

    def _points(self, ring: Ring) -> list[Point]:
        """Return a ring's points; an arc of the number ~n is n from its end."""
        points: list[Point] = []
        for arc in ring:
            line = self.arcs[arc] if arc >= 0 else self.arcs[~arc][::-1]
            points += line[1:] if points else line
        return points


def world() -> dict[str, Any]:
    """Return the map as TopoJSON: outlines and circles, each with its country's code as id.

    It is projected already: coordinates are multiples of the globe's radius, from where the
    equator meets the prime meridian to the right and down. An outline has no id where the country
    is drawn as a circle, or where there is no code.
    """
    outlines = Outlines(SOURCES / "countries-110m.json")
    areas: list[dict[str, Any]] = []
    middles = dict(PLACES)
    for code, parts in outlines.countries:
        if code in LEFT_OUT:
            continue
        area: dict[str, Any] = {"type": "MultiPolygon", "arcs": [part.rings for part in parts]}
        if code and sum(part.area for part in parts) < SMALL:
            middles[code] = _largest(parts).centre
        elif code:
            area["id"] = code
        areas.append(area)
    drawn = {area.get("id") for area in areas} | LEFT_OUT
    others = Outlines(SOURCES / "countries-50m.json").countries
    # Largest first: the source has a reef under its country's number.
    for code, parts in sorted(others, key=lambda one: -_largest(one[1]).area):
        if code and code not in drawn:
            middles.setdefault(code, _largest(parts).centre)
    circles = [
        {"type": "Point", "id": code, "coordinates": [*_projected(middle)]}
        for code, middle in sorted(middles.items())
    ]
    arcs = _renumbered(areas)
    return {
        "type": "Topology",
        "source": SOURCE,
        "transform": {"scale": [1 / STEPS, 1 / STEPS], "translate": [0, 0]},
        "objects": {"countries": {"type": "GeometryCollection", "geometries": areas + circles}},
        "arcs": [_rounded(outlines.arcs[arc]) for arc in arcs],
    }


def text() -> str:
    """Return the file's text; the same on every run."""
    return json.dumps(world(), separators=(",", ":")) + "\n"


def main() -> None:
    """Write the file beside the chart's module."""
    TARGET.write_text(text(), encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


def _summed(arc: Iterable[Iterable[int]]) -> Iterator[tuple[int, int]]:
    x = y = 0
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        yield x, y


def _largest(parts: list[Part]) -> Part:
    return max(parts, key=lambda part: part.area)


def _moments(ring: list[Point]) -> tuple[float, float, float]:
    """Return a ring's area, and its sums of longitude and latitude over it, by Gauss."""
    area = x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        area += cross / 2
        x += (x1 + x2) * cross / 6
        y += (y1 + y2) * cross / 6
    return area, x, y


def _projected(point: Point) -> tuple[int, int]:
    """Return where the Equal Earth projection places a longitude and latitude, in steps.

    Here and not in the page, which would take twice as long to draw the map. The second
    number grows southwards, as the page's does.
    """
    along, up = radians(point[0]), asin(sqrt(3) / 2 * sin(radians(point[1])))
    stretch = 9 * _A4 * up**8 + 7 * _A3 * up**6 + 3 * _A2 * up**2 + _A1
    x = 2 * sqrt(3) * along * cos(up) / (3 * stretch)
    y = up * (_A4 * up**8 + _A3 * up**6 + _A2 * up**2 + _A1)
    return round(x * STEPS), round(-y * STEPS)


def _rounded(line: list[Point]) -> list[list[int]]:
    """Return a line's points in steps from the one before, without those that do not move."""
    points = [_projected(point) for point in line]
    steps = [[x - x0, y - y0] for (x0, y0), (x, y) in pairwise(points)]
    moves = [step for step in steps if step != [0, 0]]
    # A line needs an end, though it be where it began.
    return [[*points[0]], *(moves or [[0, 0]])]


def _renumbered(areas: list[dict[str, Any]]) -> list[int]:
    """Give the arcs that are still needed new numbers, and return their old ones."""
    places: dict[int, int] = {}
    for area in areas:
        for polygon in area["arcs"]:
            for ring in polygon:
                for index, arc in enumerate(ring):
                    place = places.setdefault(max(arc, ~arc), len(places))
                    ring[index] = place if arc >= 0 else ~place
    return list(places)


if __name__ == "__main__":
    main()
