"""One HTML file out of many pieces, with a policy that allows no others."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from insights_nb.errors import SelectionError, WriteError
from insights_nb.widgets.chart_view import STATIC as WIDGETS

STATIC = Path(__file__).parent / "static"
PIECES = "insights_nb_pieces"
"""The page's global that has each widget's module by its name."""

_ENDINGS = (".html", ".htm")
_DEFAULT = re.compile(r"^export default (\{[^{}]*\});\s*\Z", re.MULTILINE)
_NAMED = re.compile(r"\bexport\s*\{([^{}]*)\};?\s*\Z")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |class |const )", re.MULTILINE)
# What would end a script, or change how its end is found.
_ENDS = re.compile(r"</script|<!--|<script", re.IGNORECASE)


def target(out: str | os.PathLike[str], more: str = "") -> Path:
    """Return where a page is to be written, if that can be a page at all.

    Parameters
    ----------
    out
        The file.
    more
        What to say of a name that ends with ``.pdf``.

    Raises
    ------
    SelectionError
        If the name does not end with ``.html`` or ``.htm``.
    WriteError
        If it is a folder, or in none that exists.
    """
    path = Path(out)
    if path.is_dir():
        raise unwritable(path, IsADirectoryError("it is a folder"))
    ending = path.suffix.casefold()
    if ending not in _ENDINGS:
        # Written all the same, the page would stand in a PDF's or a report's place.
        better = path.with_name(f"{path.stem or 'page'}{_ENDINGS[0]}")
        instead = f" {more}" if more and ending == ".pdf" else ""
        raise SelectionError(
            f"{path} is no name for a page, which is HTML. Give it a name that ends with .html, "
            f"such as {better}.{instead} Nothing was written."
        )
    if not path.parent.is_dir():
        raise unwritable(path, FileNotFoundError(f"there is no folder {path.parent}"))
    return path


def unwritable(path: Path, cause: OSError) -> WriteError:
    """Return the error for a page that cannot be written; one that was there is unchanged."""
    return WriteError(
        f"{path} cannot be written: {cause.strerror or cause}. A file that was there is "
        "unchanged. Free space, or name a file in a folder that exists and that you may write "
        "to: --out FILE."
    )


def widget(name: str) -> str:
    """Return a widget's module as a script of its own, which a page from a file can have.

    A file's page may import nothing, not even its neighbours, so what a module exports goes into
    the global `PIECES`.
    """
    text = (WIDGETS / f"{name}.js").read_text(encoding="utf-8")
    made, count = _DEFAULT.subn(lambda found: _kept(name, found[1]), text)
    if count:
        return made
    made, count = _NAMED.subn(lambda found: _kept(name, _members(found[1])), text)
    if not count:
        raise ValueError(f"{name}.js does not end with what it exports.")
    return made


def joined(names: Iterable[str]) -> str:
    """Return the page's own modules as one script; each comes after those that it imports."""
    texts = [(STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def style(name: str) -> str:
    """Return one of the page's own style sheets."""
    return (STATIC / f"{name}.css").read_text(encoding="utf-8")


def data(value: object) -> str:
    """Write a value as JSON that is harmless inside a script element, whatever texts it holds."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def whole(
    *, title: str, styles: Iterable[str], body: str, given: object, scripts: Iterable[str]
) -> str:
    """Return the page.

    Parameters
    ----------
    title
        Plain text.
    styles
        Style sheets.
    body
        HTML.
    given
        What the scripts read from the element of id ``given``: anything that JSON holds.
    scripts
        Modules, in the order in which they run.
    """
    modules = [*scripts]
    if any(_ENDS.search(module) for module in modules):
        raise ValueError("A script holds the text of a script's end.")
    policy = [
        "script-src " + " ".join(_hash(module) for module in modules),
        # Vega styles what it draws, element by element.
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
    ]
    lines = [
        *_head(title, policy, styles),
        body,
        f'<script id="given" type="application/json">{data(given)}</script>',
        *(f'<script type="module">{module}</script>' for module in modules),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def still(*, title: str, meta: Mapping[str, str], styles: Iterable[str], body: str) -> str:
    """Return a page without any script.

    Parameters
    ----------
    title
        Plain text.
    meta
        Names and contents of ``meta`` elements, plain text.
    styles
        Style sheets.
    body
        HTML, without the ``body`` element.
    """
    lines = [
        *_head(title, ["style-src 'unsafe-inline'", "img-src data:"], styles, meta),
        "<body>",
        body,
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def _head(
    title: str, policy: Iterable[str], styles: Iterable[str], meta: Mapping[str, str] | None = None
) -> list[str]:
    allowed = "; ".join(["default-src 'none'", *policy, "base-uri 'none'", "form-action 'none'"])
    return [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(allowed)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        *(
            f'<meta name="{html.escape(name)}" content="{html.escape(content)}">'
            for name, content in (meta or {}).items()
        ),
        f"<title>{html.escape(title)}</title>",
        '<link rel="icon" href="data:,">',
        "<style>",
        *styles,
        "</style>",
        "</head>",
    ]


def _kept(name: str, exported: str) -> str:
    return f"(globalThis.{PIECES} ??= {{}}).{name} = {exported};\n"


def _members(named: str) -> str:
    """Turn ``a as b, c`` into ``{b: a, c: c}``."""
    pairs = [one.strip().partition(" as ") for one in named.split(",")]
    return "{" + ", ".join(f"{new or old}: {old}" for old, _, new in pairs) + "}"


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
