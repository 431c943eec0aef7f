"""What every command shares."""

from __future__ import annotations

ARCHIVE_HELP = "Folder of reports, made by 'insights-nb add' or 'insights-nb fetch'."
"""Help of every option that names an archive."""

state = {"debug": False}
"""What the options before the command's name say."""


def printable(text: str) -> str:
    """Make a text from data harmless in a terminal."""
    # A tag is other people's text, and a terminal obeys control characters.
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def printable_lines(text: str) -> str:
    """Make a text of several lines harmless in a terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))
