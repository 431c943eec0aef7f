"""How the review looks: on a page of its own, and in a notebook's cells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from insights_nb.charts import theme
from insights_nb.publish import page


def page_styles() -> list[str]:
    """Return the style sheets of a page, which follows the reader's light or dark, and paper."""
    colours = (
        f":root{{{_variables(theme.LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme: dark){{:root{{{_variables(theme.DARK)}}}}}"
    )
    return [colours, page.style("sections"), page.style("review")]


@cache
def notebook_style() -> str:
    """Return the style sheet of a cell's output, which follows JupyterLab's theme."""
    dark = '[data-jp-theme-light="false"] .inb-review'
    return (
        f".inb-review{{{_variables(theme.LIGHT)}}}\n{dark}{{{_variables(theme.DARK)}}}\n"
        f"{page.style('sections')}"
    )


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--inb-{name}:{value}" for name, value in colours.items())
