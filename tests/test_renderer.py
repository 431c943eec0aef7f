"""Charts in notebooks: shown without internet, and nobody else's charts touched."""

from __future__ import annotations

from typing import Any

import altair as alt
import nbformat
import pytest
from nbclient import NotebookClient

import insights_nb as inb

WIDGET = "application/vnd.jupyter.widget-view+json"


def shown(chart: alt.TopLevelMixin) -> dict[str, Any]:
    bundle: Any = chart._repr_mimebundle_()
    return dict(bundle[0] if isinstance(bundle, tuple) else bundle)


def outputs_of(*cells: str) -> list[dict[str, Any]]:
    """Run cells in a kernel of their own; return what each of them shows."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [
        {kind: text for out in cell.outputs for kind, text in out.get("data", {}).items()}
        for cell in notebook.cells
    ]


@pytest.fixture
def chart(samples: inb.Archive) -> alt.LayerChart:
    return inb.pull_chart(inb.pulls(samples, inb.Selection("month", 3)))


def test_our_charts_are_shown_by_the_chart_widget(chart: alt.LayerChart) -> None:
    with alt.renderers.enable("insights_nb"):
        assert WIDGET in shown(chart)
        assert "http" not in str(shown(chart))


def test_other_charts_are_shown_as_altair_shows_them() -> None:
    plain = alt.Chart(alt.InlineData(values=[{"a": 1}])).mark_bar().encode(x="a:Q")
    with alt.renderers.enable("insights_nb"):
        ours = shown(plain)
    with alt.renderers.enable("default"):
        theirs = shown(plain)
    assert ours.keys() == theirs.keys()


def test_outside_of_a_notebook_nothing_is_enabled(chart: alt.LayerChart) -> None:
    assert chart is not None
    assert alt.renderers.active == "default"


SETUP = "import altair as alt\nimport insights_nb as inb\npulls = inb.pulls(inb.samples())"


@pytest.mark.system
def test_a_notebook_shows_them_so_unless_its_author_chose_otherwise() -> None:
    *_, ours = outputs_of(SETUP, "inb.pull_chart(pulls)")
    assert WIDGET in ours
    *_, chosen = outputs_of(f"{SETUP}\nalt.renderers.enable('json')", "inb.pull_chart(pulls)")
    assert WIDGET not in chosen
