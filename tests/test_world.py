"""The map and the country names: whole, and the same on every build."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert
from babel import Locale

import insights_nb as inb
from insights_nb.geography import NOT_NAMED, countries, country_name
from tests.conftest import ROOT

MAP = ROOT / "insights_nb" / "charts" / "world.json"
SMALL = ("SG", "HK", "MT", "BH", "LU", "MO", "LI", "MC", "GI", "BM", "MU")


def drawn() -> list[dict[str, Any]]:
    """Return everything that is on the map."""
    world = json.loads(MAP.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = world["objects"]["countries"]["geometries"]
    return found


def points(area: dict[str, Any]) -> list[tuple[float, float]]:
    """Return where an outline or a circle lies, in the globe's radii right and down."""
    world = json.loads(MAP.read_text(encoding="utf-8"))
    if area["type"] == "Point":
        return [tuple(each / 1000 for each in area["coordinates"])]
    found = []
    for polygon in area["arcs"]:
        for arc in (arc for ring in polygon for arc in ring):
            x = y = 0
            for step_x, step_y in world["arcs"][max(arc, ~arc)]:
                x, y = x + step_x, y + step_y
                found.append((x / 1000, y / 1000))
    return found


def where(code: str) -> list[tuple[float, float]]:
    (area,) = [area for area in drawn() if area.get("id") == code]
    return points(area)


def official() -> set[str]:
    """Return the ISO 3166-1 alpha-2 codes, which are those that have a number."""
    return set(import_module("build_countries").by_number().values()) - {"EU", "ZZ"}


@pytest.mark.parametrize("name", ["countries", "world"])
def test_what_is_shipped_is_what_the_script_makes(name: str) -> None:
    script = import_module(f"build_{name}")
    assert script.TARGET.read_text(encoding="utf-8") == script.text()


@pytest.mark.parametrize("name", ["countries-110m.json", "countries-50m.json"])
def test_the_sources_are_those_that_the_readme_names(name: str) -> None:
    folder = ROOT / "scripts" / "geography"
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert f"{digest}  {name}" in (folder / "README.md").read_text(encoding="utf-8")


def test_every_country_has_a_name() -> None:
    territories = Locale("en").territories
    assert len(official()) == 250
    for code in official():
        assert country_name(code) == territories[code] != code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("NA", "Namibia"),
        ("DE", "Germany"),
        ("TR", "Türkiye"),
        ("XK", "Kosovo"),
        ("Q9", "Q9"),
        ("=cmd()", "=cmd()"),
        ("", ""),
        (None, NOT_NAMED),
        (float("nan"), NOT_NAMED),
        (pd.NA, NOT_NAMED),
    ],
)
def test_a_code_is_named_or_stands_for_itself(code: object, name: str) -> None:
    assert country_name(code) == name


def test_nobody_can_rename_a_country() -> None:
    with pytest.raises(TypeError):
        countries()["NA"] = "missing"  # type: ignore[index]


@pytest.mark.system
def test_names_come_without_pandas_or_babel() -> None:
    code = (
        "import sys; from insights_nb.geography import country_name; country_name('DE');"
        "sys.exit(bool({'pandas', 'numpy', 'babel'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_country_but_antarctica_is_on_the_map_once() -> None:
    codes = [area["id"] for area in drawn() if "id" in area]
    assert len(codes) == len(set(codes))
    assert set(codes) == official() - {"AQ"}


def test_every_country_of_the_samples_is_on_the_map(samples: inb.Archive) -> None:
    frame = inb.audience(samples, inb.Selection(months=12), "country")
    assert set(frame["country"].dropna()) <= {area.get("id") for area in drawn()}


@pytest.mark.parametrize("code", SMALL)
def test_what_is_too_small_to_be_seen_is_a_circle(code: str) -> None:
    (area,) = [area for area in drawn() if area.get("id") == code]
    assert area["type"] == "Point"


def test_what_has_no_code_stays_land() -> None:
    # Northern Cyprus and Somaliland, and the outlines of what is drawn as a circle.
    circles = {area["id"] for area in drawn() if area["type"] == "Point"}
    nameless = [area for area in drawn() if "id" not in area]
    assert 2 < len(nameless) < len(circles)
    assert all(area["type"] == "MultiPolygon" for area in nameless)


def test_a_country_lies_where_vega_would_project_it_to() -> None:
    places = {"SG": (103.8, 1.35), "MT": (14.4, 35.9), "HK": (114.15, 22.35), "LU": (6.1, 49.8),
              "BM": (-64.75, 32.3), "MU": (57.55, -20.3), "FK": (-59.0, -51.7)}  # fmt: skip
    spec = {
        "width": 0,
        "height": 0,
        "padding": 0,
        "projection": {"type": "equalEarth", "scale": 1000, "translate": [0, 0]},
        "data": {"values": [{"x": x, "y": y} for x, y in places.values()]},
        "mark": "circle",
        "encoding": {"longitude": {"field": "x"}, "latitude": {"field": "y"}},
    }
    svg = vl_convert.vegalite_to_svg(json.dumps(spec))
    marks = svg.partition("mark-symbol")[2]
    found = re.findall(r"translate\((-?[\d.]+),(-?[\d.]+)\)", marks)
    assert len(found) == len(places)
    for code, (x, y) in zip(places, found, strict=True):
        assert where(code)[0] == pytest.approx((float(x) / 1000, float(y) / 1000), abs=0.006), code


def test_overseas_parts_are_not_drawn_as_their_motherland() -> None:
    assert min(x for x, _ in where("FR")) > -0.1
    assert min(y for _, y in where("NO")) > -1.24


def test_the_date_line_does_not_tear_russia_apart() -> None:
    xs = sorted(x for x, _ in where("RU"))
    assert xs[0] > 0
    assert max(right - left for left, right in pairwise(xs)) < 0.2


def test_the_map_fits_the_width_and_height_that_the_chart_gives_it() -> None:
    xs, ys = zip(*(point for area in drawn() for point in points(area)), strict=True)
    assert -2.71 < min(xs) < max(xs) < 2.71
    assert -1.33 < min(ys) < max(ys) < 1.05


def test_the_map_is_small() -> None:
    assert MAP.stat().st_size < 100_000


def test_borders_have_no_points_that_do_not_move() -> None:
    world = json.loads(MAP.read_text(encoding="utf-8"))
    assert not [arc for arc in world["arcs"] if len(arc) > 2 and [0, 0] in arc[1:]]


def test_the_licence_of_the_outlines_is_said_where_they_are() -> None:
    world = json.loads(MAP.read_text(encoding="utf-8"))
    licence = (Path(import_module("build_world").SOURCES) / "LICENSE").read_text(encoding="utf-8")
    assert "Michael Bostock" in licence
    assert "Michael Bostock" in world["source"]
    assert "Natural Earth" in world["source"]
