"""What tests of the dashboard's pages have in common: finding what is shown, running its code."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ipywidgets
import pandas as pd

from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.widgets import ChartView, DataTable, Facet, Figures, Notice, Segmented, Words


def widgets_of(widget: object, kind: type) -> list[Any]:
    """Return the widgets of a kind, top to bottom."""
    found: list[Any] = [widget] if isinstance(widget, kind) else []
    return found + [
        one for child in getattr(widget, "children", ()) for one in widgets_of(child, kind)
    ]


def control(explorer: Explorer, label: str) -> Segmented | Facet:
    """Return the buttons or the list of that label."""
    every: list[Segmented | Facet] = [
        *widgets_of(explorer, Segmented),
        *widgets_of(explorer, Facet),
    ]
    (found,) = [one for one in every if one.label == label]
    return found


def figures(explorer: Explorer) -> dict[str, dict[str, Any]]:
    """Return the headline numbers by their labels."""
    return {item["label"]: item for one in widgets_of(explorer, Figures) for item in one.items}


def said(widget: object) -> str:
    """Return all that notices and sentences say."""
    notices = [text for one in widgets_of(widget, Notice) for text in (one.text, *one.details)]
    return " ".join([*notices, *(one.text for one in widgets_of(widget, Words))])


def table(panel: Panel) -> dict[str, list[Any]]:
    """Open a panel's table and return its columns by their headings."""
    (found,) = widgets_of(panel, DataTable)
    found.opened = True
    return {column["label"]: [*found.rows[column["key"]]] for column in found.columns}


def chart(panel: Panel) -> ChartView:
    """Return a panel's chart."""
    (found,) = widgets_of(panel, ChartView)
    assert isinstance(found, ChartView)
    return found


def shown(widget: ipywidgets.DOMWidget) -> bool:
    """Tell whether a widget is not hidden."""
    return "inb-none" not in widget._dom_classes


@lru_cache(maxsize=256)
def _frame_of(code: str) -> pd.DataFrame:
    """Run what a page shows as its code, once for the same text."""
    given: dict[str, Any] = {}
    exec(compile(code, "code", "exec"), given)  # noqa: S102 - what the page shows
    frame = given["frame"]
    assert isinstance(frame, pd.DataFrame)
    return frame


def assert_code_gives_frames(explorer: Explorer) -> None:
    """Run what the page shows as its code; every cell gives its panel's rows."""
    assert explorer.frames
    for name, code in explorer.code.items():
        pd.testing.assert_frame_equal(_frame_of(code), explorer.frames[name])


def assert_code_draws_charts(explorer: Explorer) -> None:
    """Run what the page shows as its code; every cell ends with a chart like its panel's."""
    for name, code in explorer.code.items():
        for view in widgets_of(explorer.page.panels[name], ChartView):
            *lines, last = code.splitlines()
            given: dict[str, Any] = {}
            cell = "\n".join([*lines, f"drawn = {last}.to_dict()"])
            exec(compile(cell, name, "exec"), given)  # noqa: S102 - what the page shows
            parameters = {one["name"]: one.get("value") for one in given["drawn"]["params"]}
            assert parameters["heading"] == view.signals["heading"]
            assert parameters["notes"] == view.signals["notes"]
