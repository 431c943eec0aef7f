"""What a chart draws, read from its SVG, without a browser."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import altair as alt
import vl_convert

from insights_nb.charts.drawing import Drawing, as_rows

HOSTILE = "</script><script>alert(1)</script>\u202e"
"""A name that would end a script and turn the words around it."""

WIDTHS = (340, 700, 1000)
"""A phone's, a notebook's and a dashboard's."""


def svg(chart: alt.LayerChart) -> str:
    """Return the chart as a notebook draws it."""
    return _drawn(chart.to_dict())


def shipped(drawing: Drawing, width: int) -> str:
    """Return the chart as a dashboard draws it: the shipped specification with these rows."""
    spec = drawing.mark.specification
    given = {**drawing.signals, "room": width}
    spec["params"] = [
        param | {"value": given[param["name"]]} if param["name"] in given else param
        for param in spec["params"]
    ]
    spec["datasets"] = {key: as_rows(columns) for key, columns in drawing.datasets.items()}
    return _drawn(spec | {"width": width})


def texts(drawn: str) -> list[str]:
    """Return what is written in a drawing; a text of several lines is one."""
    found = re.findall(r"<text[^>]*[^/]>(.*?)</text>", drawn)
    lines = [re.findall(r"<tspan[^>]*>([^<]*)</tspan>", each) or [each] for each in found]
    return [html.unescape(" ".join(each)) for each in lines]


def described(drawn: str) -> list[str]:
    """Return what a drawing's marks say of themselves, in their order."""
    found = [html.unescape(each) for each in re.findall(r' aria-label="([^"]*)"', drawn)]
    return [each for each in found if not each.startswith(("Title text", "Subtitle text"))]


def size(drawn: str) -> tuple[float, float]:
    """Return a drawing's width and height."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    assert found, drawn[:200]
    return float(found[1]), float(found[2])


def _drawn(spec: dict[str, Any]) -> str:
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version="6.4")
    assert "NaN" not in drawn
    assert "Infinity" not in drawn
    return drawn
