"""HTML, made by the templates beside this module of what they are given: text, unless marked up."""

from __future__ import annotations

import re
from functools import cache

import jinja2
from markupsafe import Markup

from insights_nb.charts.texts import harmless

# A long name may break after its slash, dash or dot; a date or version may not.
_BREAK = re.compile(r"(?<=[/@])|(?<=[^\d\s][-.])(?=[^\d\s])")
# A commit's or an image's, as in the tag of a signature: sha256-….sig.
_DIGEST = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{28,}(?![0-9a-f])")


def render(template: str, **values: object) -> str:
    """Return what a template makes of values."""
    return _templates().get_template(template).render(values)


def render_macro(template: str, macro: str, value: object) -> Markup:
    """Return what one of a template's macros makes of a value."""
    made: Markup = getattr(_templates().get_template(template).module, macro)(value)
    return made


@cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("insights_nb.publish"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {
        "harmless": harmless,
        "breakable": _BREAK.split,
        "shortened": _shortened,
    }
    return templates


def _shortened(tag: str) -> str:
    """Cut a tag's digests to the twelve digits that Docker itself shows."""
    return _DIGEST.sub(r"\1…", tag)
