"""What a section of the review is made of: data, which templates show as text, tables and SVG."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from insights_nb.charts import theme
from insights_nb.charts.svg import STATIC, inline_svg
from insights_nb.publish import page
from insights_nb.publish.rendering import render, render_macro

if TYPE_CHECKING:
    import altair as alt


FACTS = "application/vnd.insights-nb.review+json"
"""The MIME type by which a cell hands facts to whoever makes the page."""


class Piece:
    """Anything that a section shows; the macro of its class's name makes HTML of it."""

    def __html__(self) -> Markup:
        return render_macro("pieces.html.j2", type(self).__name__, self)


@dataclass(frozen=True)
class Words(Piece):
    """A paragraph.

    Parameters
    ----------
    text
        Plain text.
    role
        ``""``, ``"note"`` (smaller) or ``"nothing"`` (what is said where there is nothing).
    """

    text: str
    role: str = ""


def note(text: str) -> Words:
    """Return a paragraph in smaller type."""
    return Words(text, "note")


@dataclass(frozen=True)
class Heading(Piece):
    """A heading below the section's own."""

    text: str
    name: str = ""
    """A text from data that the heading begins with."""


@dataclass(frozen=True)
class Warnings(Piece):
    """What casts doubt on the numbers, before them."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Figures(Piece):
    """Numbers in large type: what each counts, how many, and what to say below it."""

    items: Sequence[tuple[str, str, Sequence[str]]]


@dataclass(frozen=True)
class Definitions(Piece):
    """Words and what they mean."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Picture(Piece):
    """A chart.

    Parameters
    ----------
    name
        What tells it from the page's other charts.
    draw
        Makes it, of `insights_nb.charts.svg.WIDTH` and with the paint that it is given.
    """

    name: str
    draw: Callable[[theme.Paint], alt.LayerChart]

    def drawing(self) -> Markup:
        """Return the chart as SVG, with what it shows in words."""
        return inline_svg(self.draw(theme.themed).to_dict(), self.name)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title
        Its heading, plain text.
    number
        Whether its cells are numbers, which stand to the right.
    tags
        Whether its cells are tags, whose digests are cut.
    """

    title: str
    number: bool = True
    tags: bool = False


def texts(*titles: str) -> list[Column]:
    """Return columns of texts."""
    return [Column(title, number=False) for title in titles]


def numbers(*titles: str) -> list[Column]:
    """Return columns of numbers."""
    return [Column(title) for title in titles]


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Parameters
    ----------
    cells
        Plain text, one per column; the first is the row's heading.
    role
        ``""``, ``"group"`` (a heading over the rows that follow) or ``"total"``.
    """

    cells: Sequence[str]
    role: str = ""


@dataclass(frozen=True)
class Table(Piece):
    """A table.

    Parameters
    ----------
    name
        What tells it from the page's other tables.
    caption
        What a row is, and of what; plain text.
    columns, rows
        Its content.
    of
        What the heading above names and the caption leaves out, for those who do not see it.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    of: str = ""

    @property
    def label(self) -> str:
        """The caption for those who do not see the heading above."""
        return f"{self.of} {self.caption}" if self.of else self.caption

    def cells(self, row: Row) -> list[tuple[Column, str]]:
        """Return a row's cells, each with its column."""
        return list(zip(self.columns, row.cells, strict=True))


@dataclass(frozen=True)
class Side(Piece):
    """Tables that stand side by side where there is room."""

    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Folded(Piece):
    """What is shown on demand.

    Parameters
    ----------
    summary
        What it is, plain text.
    pieces
        What it shows.
    paper
        Whether paper shows it always, or never.
    """

    summary: str
    pieces: Sequence[Piece]
    paper: bool = True


@dataclass(frozen=True)
class Section:
    """A part of the review: what a notebook's cell shows of it, and the frames it was made from.

    Parameters
    ----------
    pieces
        What it shows, in order.
    frames
        The numbers by name, each as the metric of the package gives it.
    facts
        What the page says of itself.
    """

    pieces: Sequence[Piece]
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        # A notebook keeps it beside the HTML: the frames' rows would be there twice.
        return f"Section(frames={list(self.frames)})"

    def _repr_html_(self) -> str:
        # The page has the style once, at its top.
        style = "" if os.environ.get(STATIC) else notebook_style()
        return render("section.html.j2", pieces=self.pieces, style=style)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        bundle: dict[str, object] = {"text/html": self._repr_html_()}
        return bundle | ({FACTS: dict(self.facts)} if self.facts else {})


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
