"""The executed review as one HTML file: no script, nothing to load, good on screen and paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import nbformat
from markupsafe import Markup

from insights_nb.publish import page
from insights_nb.publish.rendering import render
from insights_nb.publish.review.pieces import FACTS, page_styles

META = "insights-nb:"
"""What the names of the page's own ``meta`` elements begin with."""

HIDDEN = ("parameters", "injected-parameters", "notebook-only")
"""Cells with one of these tags are no part of the page."""

_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)


def facts_of(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Return what the cells of a review say of it, for programs; empty where none does."""
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found |= output.get("data", {}).get(FACTS, {})
    return found


def document(notebook: nbformat.NotebookNode, facts: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    notebook
        With outputs.
    facts
        As `facts_of` gives them: ``title`` heads the page, all of them go into ``meta`` elements.
    """
    opening, *rest = (Markup(part) for part in _HEADING.split(_body(notebook)))  # noqa: S704
    return render(
        "review.html.j2",
        title=str(facts.get("title") or notebook.metadata.get("title") or "Review"),
        meta={META + name: _plain(value) for name, value in facts.items() if name != "title"},
        styles=page_styles(),
        opening=opening,
        sections=list(zip(rest[::2], rest[1::2], strict=True)),
    )


def _body(notebook: nbformat.NotebookNode) -> str:
    """Return the cells' outputs as HTML, by nbconvert's own templates."""
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    settings = Config()
    settings.TagRemovePreprocessor.remove_cell_tags = set(HIDDEN)
    settings.TagRemovePreprocessor.enabled = True
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        config=settings,
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    written, _ = exporter.from_notebook_node(notebook)
    return str(written)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else page.data(value)
