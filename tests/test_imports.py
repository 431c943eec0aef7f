"""What a dashboard's kernel loads: everything that its pages are made of, and never Altair."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.system

CODE = """
import importlib, pkgutil, sys

for name in ("charts", "metrics", "widgets", "explorers", "exports"):
    package = importlib.import_module(f"insights_nb.{name}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # What shows charts in a notebook.
        if module.name.endswith("widgets.renderer"):
            continue
        importlib.import_module(module.name)
        if "altair" in sys.modules:
            sys.exit(f"{module.name} loads Altair")

from insights_nb.charts.marks.lines import LINES
LINES.specification
if "altair" in sys.modules:
    sys.exit("a specification loads Altair")
"""


def test_nothing_that_a_page_is_made_of_loads_altair() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
