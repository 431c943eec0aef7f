"""A report and a dimension that nobody knows but the schema are read, kept, counted and drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# In a process of its own: what counts is decided when it is imported.
PROGRAM = """
import sys
from pathlib import Path

from insights_nb.schema import DIMENSIONS, REPORTS, Column, Dimension, Report, Roles, Sum, declare

shared = {name: REPORTS["trends"].column(name) for name in (
    "date_granularity", "date_reference", "publisher_name", "image_repository",
    "data_downloads", "version_checks", "pulls")}
*first, downloads, checks, pulls = shared.values()
DIMENSIONS["region"] = Dimension("region", "regions", "The mirror's region.", "no region")
declare(Report(
    "mirrors", "Mirrors", "repository × region in one period",
    (*first, Column("region", "MIRROR_REGION", meaning="The mirror's region.", required=True),
     downloads, checks, pulls),
    "columns",
    roles=Roles(
        repository="image_repository", definition="events",
        measures={name: Sum((name,)) for name in ("pulls", "data_downloads", "version_checks")},
        dimensions={"region": "region"},
    ),
    place="Analytics > Mirrors",
))

import insights_nb as inb
import pandas as pd

folder = Path(sys.argv[1])
head = ",".join(column.header for column in REPORTS["mirrors"].columns)
weeks = ("2026-10-05", "2026-10-19")
lines = [f"WEEK,{day},acme,web,{region},{n},1,{n + 1}"
         for day in weeks for region, n in (("north", 10), ("south", 4))]
file = folder / "export.csv"
file.write_text("\\n".join([head, *lines]) + "\\n")

# Read: recognised by its columns, each of its type.
frame = inb.read_report(file)
assert frame.attrs["kind"] == "mirrors", frame.attrs
assert frame["pulls"].sum() == 32 and frame["region"].tolist()[:2] == ["north", "south"]

# Kept, and covered: the week in between is missing.
archive = inb.Archive(folder / "archive")
archive.add(file)
coverage = archive.coverage(pd.Timestamp("2026-11-02").date())
assert set(coverage["kind"]) == {"mirrors"}
assert (coverage["status"] == "missing").sum() == 1

# Counted, by the metric that everybody asks.
view = inb.Selection("week", 3)
counted = inb.pulls(archive, view)
assert set(counted["repository"]) == {"acme/web"} and set(counted["source"].dropna()) == {"mirrors"}
assert counted["pulls"].tolist()[0] == 16 and counted["pulls"].isna().sum() == 1
regions = inb.audience(archive, view, "region")
assert regions.groupby("region")["pulls"].sum().to_dict() == {"north": 22, "south": 10}

# Drawn, and called what it is called.
drawn = inb.audience_chart(regions).to_dict()
assert "region" in str(drawn["title"]).lower(), drawn["title"]
from insights_nb.explorers.audience import AudiencePage
assert "region" in AudiencePage.names

# Documented, and asked for by name where it would help.
sys.path.insert(0, sys.argv[2])
from scripts.build_report_docs import build
assert "MIRROR_REGION" in build()
try:
    inb.audience(inb.Archive(folder / "empty"), view, "region")
except inb.InsightsError as error:
    assert "Mirrors (on Docker Hub: Analytics > Mirrors)" in str(error), error
else:
    raise AssertionError("an archive without it answers")
print("all seen")
"""


@pytest.mark.system
def test_a_declared_report_is_read_kept_covered_counted_drawn_and_documented(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout.endswith("all seen\n"), done.stderr[-3000:]
