"""Write the pull chart's specification, which dashboards read instead of importing Altair.

Run it after changing the chart or raising Altair (a test compares)::

    python scripts/build_pull_spec.py
"""

from __future__ import annotations

import json
from pathlib import Path

from insights_nb.charts import pull_spec, theme

TARGET = Path(pull_spec.__file__).with_name("pull_chart.vl.json")

# A narrow chart has no room for the heading on one line.
_HEADING = "room < 420 ? split(heading, ', ') : heading"


def specification() -> str:
    """Return the specification as JSON; the same text on every run."""
    spec = pull_spec.build(theme.themed).to_dict()
    # Altair's schema takes only literal texts for a subtitle, Vega-Lite takes expressions.
    spec["title"] = {"text": {"expr": _HEADING}, "subtitle": {"expr": "notes"}}
    return json.dumps(spec, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the file beside the chart's module."""
    TARGET.write_text(specification(), encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
