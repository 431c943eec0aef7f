"""Text that a spreadsheet would run as a formula, made harmless."""

from __future__ import annotations

import re

# What starts a formula, in the wide and small forms too that some input methods give.
_FORMULA = "[=+\\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]"
# What a spreadsheet may skip before it: blanks, quotes, and characters that nobody sees.
_SKIPPED = (
    "[\\u0000-\\u0020\"'\\u007f-\\u00a0\\u00ad\\u1680\\u180e\\u2000-\\u200f\\u2018-\\u201f"
    "\\u2028-\\u202f\\u205f-\\u2064\\u3000\\ufeff\\uff02\\uff07]*"
)
START = re.compile(f"^(?=[\\0\\t\\r\\n]|{_SKIPPED}{_FORMULA})")
# Where the separator is not the comma, a cell may begin in the middle of a text.
INSIDE = re.compile(f"(?<=[,;|\\t\\r\\n])(?={_SKIPPED}{_FORMULA})")


def guard(text: str) -> str:
    """Put an apostrophe wherever a spreadsheet would begin to read a formula.

    Parameters
    ----------
    text
        One cell's text, or a header's.

    Returns
    -------
    str
        The text; with an apostrophe before it where it begins as a formula does (``=``, ``+``,
        ``-``, ``@``, also behind blanks and quotes) or with a tab, a line end or a null
        character; and one after each comma, semicolon, tab, bar or line end in it that such a
        beginning follows, for there a spreadsheet of another country begins a new cell.
    """
    return INSIDE.sub("'", START.sub("'", text))
