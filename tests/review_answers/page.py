"""The page of a review as what it says: its sections, and in each its pieces in their order.

A piece is plain text in tuples and lists, so that a comparison shows what differs. Whatever is read
into a piece is claimed; what is left over is nobody's, and `Page.unclaimed` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# They have no end tag.
_VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}
_DIGIT = re.compile(r"\d")
_MONTH = re.compile(r"[A-Z][a-z][a-z] \d{4}")
_GAPS = ("No report for", "No count for", "Not counted")
_NUMBER = r"[-+\d.e]+"
_PLACE = re.compile(rf"translate\(({_NUMBER}),({_NUMBER})\)")
_BAR = re.compile(rf"M{_NUMBER},{_NUMBER}h{_NUMBER}v({_NUMBER})h")

Piece = tuple[Any, ...]


@dataclass
class Element:
    """An element, its children and texts in order."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)
    claimed: bool = False
    """Whether a piece has its text, and that of all in it."""
    named: bool = False
    """Whether a piece has its `aria-label`."""

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def elements(self) -> list[Element]:
        return [each for each in self.children if isinstance(each, Element)]

    def walk(self) -> Iterator[Element]:
        yield self
        for each in self.elements:
            yield from each.walk()

    def all(self, tag: str, name: str = "") -> list[Element]:
        """Return the elements below of a tag and, where one is given, a class."""
        found = (each for each in self.walk() if each is not self and each.tag == tag)
        return [each for each in found if not name or name in each.classes]

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.children)

    def claim(self) -> str:
        """Take the text, and return it."""
        self.claimed = True
        return self.text

    def label(self) -> str:
        """Take the words for those who do not see, and return them."""
        self.named = True
        return self.attributes["aria-label"]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class Page:
    """A review, read.

    Parameters
    ----------
    text
        HTML: a whole page, or a ``<main>`` of sections.
    """

    def __init__(self, text: str) -> None:
        builder = _Builder()
        builder.feed(text)
        self.root = builder.root
        (self.main,) = self.root.all("main")
        self.sections: dict[str, list[Piece]] = {"": []}
        """Heading → pieces; those before the first heading are under none."""
        self.charts: dict[str, Chart] = {}
        self._now = self._of = ""
        self._read(self.main)
        self.heading = "".join(each.claim() for each in self.root.all("h1"))
        self.links = [
            (each.attributes["href"], each.claim())
            for top in self.root.all("header")
            for each in top.all("a")
        ]

    @property
    def facts(self) -> dict[str, str]:
        """What the page says of itself to programs."""
        return {
            each.attributes["name"].removeprefix("insights-nb:"): each.attributes["content"]
            for each in self.root.all("meta")
            if each.attributes.get("name", "").startswith("insights-nb:")
        }

    @property
    def names(self) -> list[tuple[str, str]]:
        """What a link to each section refers to, and the section's heading."""
        return [("#" + each.attributes["id"], each.text) for each in self.main.all("h2")]

    def unclaimed(self) -> list[str]:
        """Return what holds a digit and is in no piece."""
        tops = [*self.root.all("header"), self.main]
        return [text for top in tops for text in _left(top) if _DIGIT.search(text)]

    def _read(self, element: Element) -> None:
        if element.tag == "h2":
            self._now, self._of = element.claim(), ""
            assert self._now not in self.sections
            self.sections[self._now] = []
            return
        reads = _READS.get(element.tag)
        if reads is None:
            if element.attributes.get("role") == "region":
                # A table that is wider than the window is scrolled by its caption's name.
                # One of the parts of a change says only by what; the heading above names whose.
                caption = element.all("caption")[0].text
                whose = f"{self._of} " if caption.startswith("by ") else ""
                assert element.label() == f"{whose}{caption}"
            for each in element.elements:
                self._read(each)
            return
        piece = reads(element)
        if element.tag == "h3":
            self._of = piece[1].rpartition(": ")[0]
        if isinstance(piece, Chart):
            self.charts[self._now] = piece
            piece = ("chart", piece.words)
        if element.tag == "details":
            self.sections[self._now].append(piece)
            for each in element.elements:
                if each.tag != "summary":
                    self._read(each)
            return
        self.sections[self._now].append(piece)


@dataclass
class Chart:
    """A drawing.

    Parameters
    ----------
    words
        What it says: ``description``, ``title``, ``notes`` below that, ``legend``, ``months``
        below its axis, ``marks`` (of each what it counts), ``gaps`` and ``events`` (the number
        above each, and what happened).
    places
        How far down the point of each mark is drawn, or how high its bar is, in pixels.
    """

    words: dict[str, Any]
    places: list[float]


def _chart(figure: Element) -> Chart:
    (drawing,) = figure.all("svg")
    title, notes = (_heading_of(drawing, kind) for kind in ("title", "subtitle"))
    words: dict[str, Any] = {
        "description": drawing.label(), "title": title, "notes": notes,
        "legend": _texts(drawing, "role-legend-label"),
        "months": [], "marks": [], "gaps": [],
    }  # fmt: skip
    for axis in drawing.all("g", "role-axis-label"):
        labels = [each.claim() for each in axis.all("text")]
        if _MONTH.fullmatch(labels[0]):
            words["months"] = labels
        # The other axis has round numbers of the drawing's choice: they are nobody's counts, and
        # where points and bars lie between them is compared instead (`places`).
    places = []
    for each in drawing.all("path"):
        if "aria-label" not in each.attributes:
            continue
        said = each.label()
        if said.startswith(_GAPS):
            words["gaps"].append(said)
            continue
        words["marks"].append(said)
        point = _PLACE.search(each.attributes.get("transform", ""))
        bar = _BAR.match(each.attributes["d"])
        places.append(float(point[2] if point else bar[1] if bar else "nan"))
    found = [each for each in drawing.all("text") if "aria-label" in each.attributes]
    words["events"] = [(each.claim(), each.label()) for each in found]
    return Chart(words, places)


def _heading_of(drawing: Element, kind: str) -> list[str]:
    """Return the lines of a title, which its words for those who do not see repeat."""
    lines = []
    for each in drawing.walk():
        if each.attributes.get("aria-roledescription") == kind:
            (text,) = each.all("text")
            lines = [line.text for line in text.all("tspan")] or [text.text]
            text.claim()
            assert each.label() == f"{kind.capitalize()} text '{' '.join(lines)}'"
    return [line for line in lines if line]


def _texts(drawing: Element, name: str) -> list[str]:
    return [text.claim() for each in drawing.all("g", name) for text in each.all("text")]


def _table(table: Element) -> Piece:
    (caption,) = table.all("caption")
    (head,) = table.all("thead")
    (body,) = table.all("tbody")
    rows = []
    for row in body.all("tr"):
        kind = next((name.removeprefix("inb-") for name in row.classes), "")
        rows.append((kind, [cell.claim() for cell in row.elements]))
    columns = [cell.claim() for cell in head.all("th")]
    return ("table", table.attributes["data-name"], caption.claim(), columns, rows)


def _list(element: Element) -> Piece:
    return ("warnings", [each.claim() for each in element.all("li")])


def _paragraph(element: Element) -> Piece:
    return ("p", "".join(element.classes).removeprefix("inb-"), element.claim())


def _terms(element: Element) -> Piece:
    if "inb-figures" in element.classes:
        return (
            "figures",
            [[part.claim() for part in each.elements] for each in element.elements],
        )
    parts = [each.claim() for each in element.elements]
    return ("terms", list(zip(parts[::2], parts[1::2], strict=True)))


def _heading(element: Element) -> Piece:
    return ("h3", element.claim())


def _folded(element: Element) -> Piece:
    (summary,) = element.all("summary")
    return ("folded", summary.claim())


_READS: dict[str, Any] = {
    "table": _table,
    "ul": _list,
    "p": _paragraph,
    "dl": _terms,
    "h3": _heading,
    "details": _folded,
    "figure": _chart,
}


def _left(element: Element) -> Iterator[str]:
    """Yield the texts and words of an element that nobody has claimed."""
    if "aria-label" in element.attributes and not element.named:
        yield element.attributes["aria-label"]
    for each in element.children:
        if isinstance(each, Element):
            if each.tag == "style":
                # How it looks in a notebook.
                continue
            if not each.claimed:
                yield from _left(each)
            else:
                yield from _labels(each)
        elif each.strip():
            yield each


def _labels(element: Element) -> Iterator[str]:
    for each in element.walk():
        if "aria-label" in each.attributes and not each.named:
            yield each.attributes["aria-label"]
