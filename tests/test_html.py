"""HTML comes from templates that escape what they are given, never from texts put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from insights_nb.publish.rendering import render, render_macro
from insights_nb.publish.review.pieces import Words
from tests.conftest import ROOT
from tests.hostile import QUOTED, TEXTS

PACKAGE = ROOT / "insights_nb"
SOURCES = [*PACKAGE.rglob("*.py")]
TEMPLATES = sorted(PACKAGE.rglob("*.j2"))

ELEMENTS = (
    "a abbr address area article aside audio b base bdi bdo blockquote body br button canvas "
    "caption circle cite code col colgroup data datalist dd defs del desc details dfn dialog "
    "div dl dt em embed fieldset figcaption figure footer form g h1 h2 h3 h4 h5 h6 head "
    "header hgroup hr html i iframe image img input ins kbd label legend li line link main "
    "map mark marker math menu meta meter nav noscript object ol optgroup option output p "
    "path picture polygon polyline pre progress q rect rp rt ruby s samp script search "
    "section select slot small source span strong style sub summary sup svg symbol table "
    "tbody td template text textarea tfoot th thead time title tr track tspan tt u ul use var "
    "video wbr"
)
# A tag as far as its name; what stands between the parts of an f-string is not seen.
TAG = re.compile(
    rf"(?<!\?P)</?(?:{'|'.join(ELEMENTS.split())})(?=[\s/>]|\Z)|<!--|<!doctype\b", re.I
)
# Of an f-string, a tag whose name is put in.
OPEN = re.compile(r"</?\Z")
# What looks for a text in another.
SEEKING = {"partition", "rpartition", "split", "startswith", "endswith", "find", "index", "count"}


def html_in(source: str) -> list[int]:
    """The lines that hold HTML, or escape it themselves."""
    tree = ast.parse(source)
    passed = {id(part) for node in ast.walk(tree) for part in _no_html(node)}
    found = (node for node in ast.walk(tree) if id(node) not in passed and _is_html(node))
    return sorted({node.lineno for node in found})


def _is_html(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return TAG.search(text) is not None
        case ast.JoinedStr(values=parts):
            texts = [part.value for part in parts[:-1] if isinstance(part, ast.Constant)]
            return any(OPEN.search(str(text)) for text in texts)
        case ast.Attribute(value=ast.Name("html"), attr="escape"):
            return True
        case ast.ImportFrom(module="html", names=names):
            return any(name.name == "escape" for name in names)
    return False


def _no_html(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts that a node is about and that no page is made of."""
    match node:
        case ast.Expr(value=ast.Constant() as documentation):
            yield documentation
        case ast.Call(func=ast.Attribute(value=ast.Name("re")), args=[pattern, *_]):
            yield from ast.walk(pattern)
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant() as sought, *_]):
            if name in SEEKING:
                yield sought
        case ast.Call(func=ast.Name("Markup"), args=[ast.Constant() as markup]):
            # Whatever is put into it is escaped; ruff (S704) refuses any other argument.
            yield markup


def test_no_source_puts_html_together() -> None:
    found = {path.relative_to(PACKAGE): html_in(path.read_text("utf-8")) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        'f"<p>{text}</p>"',
        """f'<p{kind} class="inb-note">'""",
        'f"<{name}>{text}"',
        'f"{text}</{name}>"',
        '"<td>%s</td>" % text',
        '"<td>{}</td>".format(text)',
        '"<b>" + text',
        '"<br>".join(texts)',
        r'"\n".join(["<body>", body, "</body>"])',
        'BODY = "<main>{}</main>"',
        'pattern.sub(r"<b>\\1</b>", text)',
        're.sub("a", "<b>", text)',
        'f"<!doctype html>{text}"',
        'Markup(f"<p>{text}</p>")',
        'Markup("<p>" + text)',
        "html.escape(text)",
        "from html import escape",
    ],
)
def test_html_is_found_in_code(code: str) -> None:
    assert html_in(f"first = 1\n{code}\n") == [2]


@pytest.mark.parametrize(
    "code",
    [
        'f"insights-nb add <FILE> {text}"',
        'f"insights-nb fetch <repository> {text}"',
        'f"<Fetched: {text}>"',
        'f"{one} < {other}"',
        're.compile(r"<h2>(.*?)</h2>")',
        're.compile("(?P<title>a)(?<!b)")',
        'ROUTE = r"/(?P<data>\\\\w+)"',
        'text.partition("<style>")',
        'Markup("<figure>{}</figure>").format(drawing)',
        "html.unescape(text)",
        'def paragraph():\n    """Return a ``<p>``."""',
    ],
)
def test_what_is_no_html_is_not_found(code: str) -> None:
    assert html_in(code) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_leave_nothing_unescaped_but_styles_and_scripts(path: Path) -> None:
    text = re.sub(r"<(style|script)\b[^>]*>.*?</\1>", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"\|\s*safe\b|\bautoescape\b", text)


@pytest.mark.parametrize("text", [*TEXTS, "a & b"])
def test_texts_are_escaped_and_html_is_not(text: str) -> None:
    shown = render_macro("pieces.html.j2", "Words", Words(text))
    assert not re.search("<(?!/?p>)|&(?!amp;|lt;|gt;|#34;|#39;)", shown)
    assert render("section.html.j2", pieces=[Words(text)], style="").count(shown) == 1


def test_a_quote_ends_no_attribute() -> None:
    shown = render_macro("pieces.html.j2", "Words", Words("", role=QUOTED))
    assert re.fullmatch(r'<p class="[^"]*"></p>', shown)
