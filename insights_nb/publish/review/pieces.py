"""What a section of the review is made of, as HTML that holds nothing but text, tables and SVG."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from insights_nb.charts.svg import STATIC
from insights_nb.charts.texts import harmless
from insights_nb.publish.review.look import notebook_style

FACTS = "application/vnd.insights-nb.review+json"
"""The MIME type by which a cell hands facts to whoever makes the page."""


_BREAKS = re.compile(r"[/@]|(?<=[^\d\s])[-.](?=[^\d\s])")
# A commit's or an image's, as in the tag of a signature: sha256-….sig.
_DIGEST = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{28,}(?![0-9a-f])")


class Piece(Protocol):
    """Anything that a section shows."""

    def html(self) -> str:
        """Return it as HTML."""
        ...


def text(value: str) -> str:
    """Return a text from data as HTML that means nothing but text.

    A long name may break after its slash, dash or dot, a date or version may not; signs of
    right-to-left writing turn nothing round that is not their own.
    """
    broken = _BREAKS.sub(r"\g<0><wbr>", html.escape(harmless(value)))
    return f"<bdi>{broken}</bdi>"


def short(value: str) -> str:
    """Return a text from data as `text` does, its digests cut to the twelve digits of Docker's own.

    The whole is what a pointer at rest on it shows.
    """
    cut = _DIGEST.sub(r"\1…", value)
    if cut == value:
        return text(value)
    return f'<span title="{html.escape(harmless(value))}">{text(cut)}</span>'


@dataclass(frozen=True)
class Words:
    """A paragraph.

    Parameters
    ----------
    said
        Plain text.
    role
        ``""``, ``"note"`` (smaller) or ``"nothing"`` (what is said where there is nothing).
    """

    said: str
    role: str = ""

    def html(self) -> str:
        """Return it as HTML."""
        kind = f' class="inb-{self.role}"' if self.role else ""
        return f"<p{kind}>{html.escape(self.said)}</p>"


@dataclass(frozen=True)
class Heading:
    """A heading below the section's own."""

    said: str
    of: str = ""
    """A text from data that the heading begins with."""

    def html(self) -> str:
        """Return it as HTML."""
        return f"<h3>{text(self.of) if self.of else ''}{html.escape(self.said)}</h3>"


@dataclass(frozen=True)
class Warnings:
    """What casts doubt on the numbers, before them."""

    said: Sequence[str]

    def html(self) -> str:
        """Return it as HTML."""
        if not self.said:
            return ""
        items = "".join(f"<li>{html.escape(one)}</li>" for one in self.said)
        return f'<ul class="inb-warnings" role="note" aria-label="Warnings">{items}</ul>'


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

    def shown(self, cell: str) -> str:
        """Return a cell's text as HTML."""
        if self.number:
            return html.escape(cell)
        return short(cell) if self.tags else text(cell)


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
class Table:
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

    def html(self) -> str:
        """Return it as HTML."""
        head = "".join(
            f'<th scope="col"{_number(column)}>{text(column.title)}</th>' for column in self.columns
        )
        body = "".join(self._row(row) for row in self.rows)
        caption = html.escape(self.caption)
        label = html.escape(harmless(f"{self.of} {self.caption}" if self.of else self.caption))
        return (
            f'<div class="inb-scroll" tabindex="0" role="region" aria-label="{label}">'
            f'<table data-name="{html.escape(self.name)}"><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _row(self, row: Row) -> str:
        if row.role == "group":
            span = len(self.columns)
            return (
                f'<tr class="inb-group"><th scope="rowgroup" colspan="{span}">'
                f"{text(row.cells[0])}</th></tr>"
            )
        kind = ' class="inb-total"' if row.role else ""
        head = self.columns[0]
        first = f'<th scope="row"{_number(head)}>{head.shown(row.cells[0])}</th>'
        rest = "".join(
            f"<td{_number(column)}>{column.shown(cell)}</td>"
            for column, cell in zip(self.columns[1:], row.cells[1:], strict=True)
        )
        return f"<tr{kind}>{first}{rest}</tr>"


@dataclass(frozen=True)
class Side:
    """Tables that stand side by side where there is room."""

    pieces: Sequence[Piece]

    def html(self) -> str:
        """Return them as HTML."""
        return f'<div class="inb-side">{"".join(piece.html() for piece in self.pieces)}</div>'


@dataclass(frozen=True)
class Figures:
    """Numbers in large type: what each counts, how many, and what to say below it."""

    items: Sequence[tuple[str, str, Sequence[str]]]

    def html(self) -> str:
        """Return them as HTML."""
        cells = "".join(
            f"<div><dt>{html.escape(title)}</dt><dd>{html.escape(number)}</dd>"
            + "".join(f'<dd class="inb-note">{html.escape(note)}</dd>' for note in notes)
            + "</div>"
            for title, number, notes in self.items
        )
        return f'<dl class="inb-figures">{cells}</dl>'


@dataclass(frozen=True)
class Definitions:
    """Words and what they mean."""

    items: Sequence[tuple[str, str]]

    def html(self) -> str:
        """Return them as HTML."""
        cells = "".join(
            f"<dt>{html.escape(word)}</dt><dd>{html.escape(meaning)}</dd>"
            for word, meaning in self.items
        )
        return f'<dl class="inb-words">{cells}</dl>'


@dataclass(frozen=True)
class Folded:
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

    def html(self) -> str:
        """Return it as HTML."""
        inner = "".join(piece.html() for piece in self.pieces)
        kind = "" if self.paper else ' class="inb-screen"'
        return f"<details{kind}><summary>{html.escape(self.summary)}</summary>{inner}</details>"


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
        inner = "\n".join(piece.html() for piece in self.pieces)
        # The page has the style once, at its top.
        style = "" if os.environ.get(STATIC) else f"<style>{notebook_style()}</style>"
        return f'<div class="inb-review">{style}{inner}</div>'

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        said: dict[str, object] = {"text/html": self._repr_html_()}
        return said | ({FACTS: dict(self.facts)} if self.facts else {})


def _number(column: Column) -> str:
    return ' class="inb-n"' if column.number else ""
