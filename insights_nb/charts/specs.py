"""The charts' Vega-Lite specifications as shipped, so that dashboards need no Altair.

``scripts/build_specs.py`` writes them. A chart's data are named sources and its parameters the
signals, both as the chart's module gives them; colours are CSS variables with the light theme's
as a fallback.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

ENDING = ".vl.json"


def load(name: str) -> dict[str, Any]:
    """Return a chart's specification, the same for every frame.

    Parameters
    ----------
    name
        The chart's: ``"lines"``, ``"bands"``, ….

    Returns
    -------
    dict
        A new one on every call.
    """
    specification: dict[str, Any] = json.loads(_text(name))
    return specification


@cache
def _text(name: str) -> str:
    return (files(__package__) / "specs" / f"{name}{ENDING}").read_text(encoding="utf-8")
