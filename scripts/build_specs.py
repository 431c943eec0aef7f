"""Write the charts' specifications, which dashboards read instead of importing Altair.

Run it after changing a chart or raising Altair (a test compares)::

    python scripts/build_specs.py          # all of them
    python scripts/build_specs.py lines    # one
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt

from insights_nb.charts import (
    bands_spec,
    bars_spec,
    country_map_spec,
    coverage_spec,
    lines_spec,
    pairs_spec,
    parts,
    quality_spec,
    ranges_spec,
    releases_spec,
    specs,
    theme,
)

FOLDER = Path(specs.__file__).with_name("specs")

# A narrow chart has no room for the heading on one line, nor for every note.
_HEADING = parts.wrapped("room < 420 ? join(split(heading, ', '), '\\n') : heading", letter=9)
_NOTES = parts.wrapped("join(notes, '\\n')", letter=6.5)


def themed(build: Callable[[theme.Paint], alt.TopLevelMixin]) -> dict[str, Any]:
    """Return what `build` makes for a page, with its parameters heading and notes as its title."""
    spec: dict[str, Any] = build(theme.themed).to_dict()
    # Altair's schema takes only literal texts for a subtitle, Vega-Lite takes expressions.
    spec["title"] = {
        "text": {"expr": _HEADING},
        "subtitle": {"expr": _NOTES},
        # Vega would make the plot narrower by what a line is too long, again on each drawing.
        "limit": {"expr": "room - 8"},
    }
    return spec


CHARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "bands": lambda: themed(bands_spec.build),
    "bars": lambda: themed(bars_spec.build),
    "country_map": lambda: themed(country_map_spec.build),
    "coverage": lambda: themed(coverage_spec.build),
    "lines": lambda: themed(lines_spec.build),
    "pairs": lambda: themed(pairs_spec.build),
    "ranges": lambda: themed(ranges_spec.build),
    "reconcile": lambda: themed(quality_spec.build),
    "releases": lambda: themed(releases_spec.build),
}
"""Every chart that a dashboard shows, by its file's name."""


def target(name: str) -> Path:
    """Return where a chart's specification lies."""
    return FOLDER / f"{name}{specs.ENDING}"


def specification(name: str) -> str:
    """Return a chart's specification as JSON; the same text on every run."""
    return json.dumps(CHARTS[name](), ensure_ascii=False, indent=1) + "\n"


def main(names: list[str]) -> None:
    """Write the named charts' files, or all."""
    for name in names or CHARTS:
        path = target(name)
        path.write_text(specification(name), encoding="utf-8", newline="\n")
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
