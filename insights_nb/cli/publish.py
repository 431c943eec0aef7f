"""The command that writes a page to hand on: snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from insights_nb._signals import interruptible
from insights_nb.cli._common import (
    ArchiveOrSamples,
    EventsFile,
    size_in_words,
)
from insights_nb.texts import printable


def snapshot(
    archive: ArchiveOrSamples = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("pulls.html"),
    events: EventsFile = None,
    repositories: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NS/REPO",
            help="Which repositories the page offers; can be repeated. Without it, all.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the pull explorer as one HTML file, which needs no server and no connection.

    It holds two years of pulls, and the names and hashes of the files that they come from. A file
    that is there already is replaced when the new one is complete.
    """
    from insights_nb.publish.snapshot import snapshot as write

    with interruptible():
        path = write(archive, out, repositories=repositories or None, events=events)
    typer.echo(printable(f"{path}: {size_in_words(path)}, opens in any browser."))
