"""What a page to hand on is made of: its name, styles, scripts and what its policy allows."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable
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


def hashes(scripts: Iterable[str]) -> list[str]:
    """Return what a page's policy allows its scripts by.

    Raises
    ------
    ValueError
        If one holds the text of a script's end.
    """
    found = []
    for script in scripts:
        if _ENDS.search(script):
            raise ValueError("A script holds the text of a script's end.")
        digest = hashlib.sha256(script.encode()).digest()
        found.append(f"'sha256-{base64.b64encode(digest).decode()}'")
    return found


def _kept(name: str, exported: str) -> str:
    return f"(globalThis.{PIECES} ??= {{}}).{name} = {exported};\n"


def _members(named: str) -> str:
    """Turn ``a as b, c`` into ``{b: a, c: c}``."""
    pairs = [one.strip().partition(" as ") for one in named.split(",")]
    return "{" + ", ".join(f"{new or old}: {old}" for old, _, new in pairs) + "}"
