"""The executed review as one HTML file: no script, nothing to load, good on screen and paper."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import nbformat

from insights_nb.publish import page
from insights_nb.publish.review.look import page_styles
from insights_nb.publish.review.pieces import FACTS

META = "insights-nb:"
"""What the names of the page's own ``meta`` elements begin with."""

HIDDEN = ("parameters", "injected-parameters", "notebook-only")
"""Cells with one of these tags are no part of the page."""

_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


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
    body, links = _numbered(_body(notebook))
    title = str(facts.get("title") or notebook.metadata.get("title") or "Review")
    contents = f'<nav aria-label="Sections"><ul>{links}</ul></nav>' if links else ""
    return page.still(
        title=title,
        meta={META + name: _plain(value) for name, value in facts.items() if name != "title"},
        styles=page_styles(),
        body=(
            f'<header class="inb-top"><h1>{html.escape(title)}</h1>{contents}</header>\n'
            f"<main>{body}</main>"
        ),
    )


def _body(notebook: nbformat.NotebookNode) -> str:
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


def _numbered(body: str) -> tuple[str, str]:
    """Give each section's heading a name, and return the links to them beside the page."""
    links: list[str] = []

    def name(heading: re.Match[str]) -> str:
        identity = f"section-{len(links) + 1}"
        words = _TAG.sub("", heading[1])
        links.append(f'<li><a href="#{identity}">{words}</a></li>')
        return f'<h2 id="{identity}">{heading[1]}</h2>'

    return _HEADING.sub(name, body), "".join(links)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else page.data(value)
