"""Charts as SVG for a page of many: no script, and no font or file to load."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
"""What is everywhere: a drawing's words lie where one machine measured them."""

STATIC = "INSIGHTS_STATIC"
"""Environment variable by which a kernel knows that its charts are shown without a script."""

WIDTH = 860
"""How wide a chart is that would else fill its place, in pixels."""

_APART = 36

_ID = re.compile(r'(\bid="|url\(#|href="#)([\w-]+)')
_SVG = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\bviewBox="0 0 ([\d.]+) ([\d.]+)"')
_START = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'width="{width}" height="{height}" role="img" aria-label="{label}">'
)


def inline_svg(spec: dict[str, Any], name: str) -> Markup:
    """Draw a chart as an SVG element that can stand in an HTML page beside others.

    Parameters
    ----------
    spec
        The chart as Vega-Lite, with its rows and a width in pixels; its ``description`` is what
        those hear who do not see it.
    name
        What tells it from the page's other charts: letters, digits and dashes.
    """
    import altair as alt
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    config = spec.get("config", {}) | {"font": FONT}
    spaced = _spaced(spec) | {"config": config}
    if spaced.get("width") == "container":
        spaced["width"] = WIDTH
    drawing = vl_convert.vegalite_to_svg(spaced, vl_version=version)
    size = _SIZE.search(drawing)
    if size is None:
        raise ValueError("The chart's SVG has no viewBox.")
    label = str(spec.get("description", "Chart"))
    start = _START.format(width=size[1], height=size[2], label=label)
    # Several drawings share the page, and each numbers its parts from 0.
    drawing = _ID.sub(rf"\g<1>{name}-\g<2>", drawing)
    # What vl-convert draws has all texts escaped.
    return Markup(_SVG.sub(lambda _: start, drawing, count=1))  # noqa: S704


def _spaced(value: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """Put the entries of legends farther apart: another machine's letters may be wider."""
    if isinstance(value, dict):
        return {
            key: _APART if key == "columnPadding" else _spaced(each) for key, each in value.items()
        }
    return [_spaced(each) for each in value] if isinstance(value, list) else value
