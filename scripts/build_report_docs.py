"""Write docs/reports.md from the schema, so that the two never differ."""

from __future__ import annotations

import sys
from pathlib import Path

from insights_nb.schema import REPORTS, Column, Report

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reports.md"
HEAD = """# The reports

Generated from `insights_nb/schema.py` by `scripts/build_report_docs.py`.

Headers are matched by name in any letter case and with any separators, never by position. A column
that is not listed here is kept as text and noted. **Adds up** says whether a count may be summed:
unique people are counted once per row, so that a sum counts some of them twice.
"""


def build() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_report(report) for report in REPORTS.values())])


def _report(report: Report) -> str:
    lines = [
        f"## `{report.kind}`: {report.title}",
        "",
        f"One row is {report.row}.",
        "",
        "| column | header | type | adds up | since | meaning |",
        "|---|---|---|---|---|---|",
        *(_column(column) for column in report.columns),
        "",
    ]
    return "\n".join(lines)


def _column(column: Column) -> str:
    adds = "" if column.dtype != "count" else "yes" if column.additive else "**no**"
    meaning = " ".join(part for part in (column.meaning, column.note) if part)
    cells = [
        f"`{column.name}`",
        f"`{column.header}`",
        column.dtype,
        adds,
        str(column.since or ""),
        meaning.replace("|", "\\|"),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    TARGET.write_text(build(), encoding="utf-8")
    print(f"Wrote {TARGET}", file=sys.stderr)
