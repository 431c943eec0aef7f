"""Write the charts' specifications, which dashboards read instead of importing Altair.

Run it after changing a chart or raising Altair (a test compares)::

    python scripts/build_specs.py          # all of them
    python scripts/build_specs.py lines    # one
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from insights_nb.charts import parts, specs, theme
from insights_nb.charts.country_map import COUNTRY_MAP
from insights_nb.charts.coverage import COVERAGE
from insights_nb.charts.drawing import Mark
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.marks.ranges import RANGES
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.pairs import PAIRS
from insights_nb.charts.quality import RECONCILE
from insights_nb.charts.releases import RELEASES

FOLDER = Path(specs.__file__).with_name("specs")

# A narrow chart has no room for the heading on one line, nor for every note.
_HEADING = parts.wrapped("room < 420 ? join(split(heading, ', '), '\\n') : heading", letter=9)
_NOTES = parts.wrapped("join(notes, '\\n')", letter=6.5)


def themed(mark: Mark) -> dict[str, Any]:
    """Return a mark's specification for a page, with its heading and notes as its title."""
    spec: dict[str, Any] = mark.build(theme.themed).to_dict()
    # Altair's schema takes only literal texts for a subtitle, Vega-Lite takes expressions.
    spec["title"] = {
        "text": {"expr": _HEADING},
        "subtitle": {"expr": _NOTES},
        # Vega would make the plot narrower by what a line is too long, again on each drawing.
        "limit": {"expr": "room - 8"},
    }
    return spec


MARKS = {
    mark.name: mark
    for mark in (
        BARS, COUNTRY_MAP, COVERAGE, LINES, PAIRS, RANGES, RECONCILE, RELEASES, STACK,
    )
}  # fmt: skip
"""Every kind of chart that a dashboard shows, by its file's name."""


def target(name: str) -> Path:
    """Return where a chart's specification lies."""
    return FOLDER / f"{name}{specs.ENDING}"


def specification(name: str) -> str:
    """Return a chart's specification as JSON; the same text on every run."""
    return json.dumps(themed(MARKS[name]), ensure_ascii=False, indent=1) + "\n"


def main(names: list[str]) -> None:
    """Write the named charts' files, or all."""
    for name in names or MARKS:
        path = target(name)
        path.write_text(specification(name), encoding="utf-8", newline="\n")
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
