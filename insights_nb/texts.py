"""Texts of others: names, addresses and answers, as a terminal and a log may show them."""

from __future__ import annotations

from collections.abc import Sequence


def printable(text: str) -> str:
    r"""Make a text from data harmless in a terminal, a log and a sentence: one line of what shows.

    A terminal obeys control characters, a mark for right-to-left writing turns round the words
    around it, and a line break forges another line: each is written as its escape, ``\x1b``.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def printable_lines(text: str) -> str:
    """Make a text of several lines harmless in a terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))


def shortened(text: str, longest: int = 60) -> str:
    """Cut a text off that may be of any length."""
    return text if len(text) <= longest else text[:longest] + "…"


def quoted(text: str) -> str:
    """Quote the beginning of a value for a sentence about it."""
    return repr(shortened(text))


def did_you_mean(close: Sequence[str]) -> str:
    """Return the sentence that offers similar names; empty where there is none."""
    return f"Did you mean {' or '.join(close)}?" if close else ""
