"""What every command shares."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

ARCHIVE_HELP = "Folder of reports, made by 'insights-nb add' or 'insights-nb fetch'."
"""Help of every option that names an archive."""

EVENTS_HELP = (
    "File of events (date,label,repository,url) that the charts mark. Without it, events.csv in "
    "the archive, where there is one."
)
"""Help of every option that names events."""

CLIENTS_HELP = (
    "File of clients (client,use_case) from which use cases are inferred too. Without it, "
    "clients.csv in the archive, where there is one."
)
"""Help of every option that names clients."""

TAGS_HELP = (
    "File of rules for tags (pattern,version,variant,ignore,alias) by which versions are told "
    "apart. Without it, tags.csv in the archive, where there is one."
)
"""Help of every option that names rules for tags."""

ArchiveOrSamples = Annotated[
    Path | None,
    typer.Option(
        envvar="INSIGHTS_ARCHIVE",
        help=f"{ARCHIVE_HELP} Without it, the sample data.",
        show_default=False,
    ),
]
"""The option that names the archive which a page is made of."""

EventsFile = Annotated[
    Path | None, typer.Option(envvar="INSIGHTS_EVENTS", help=EVENTS_HELP, show_default=False)
]
"""The option that names events."""

ClientsFile = Annotated[
    Path | None, typer.Option(envvar="INSIGHTS_CLIENTS", help=CLIENTS_HELP, show_default=False)
]
"""The option that names clients."""

TagsFile = Annotated[
    Path | None, typer.Option(envvar="INSIGHTS_TAGS", help=TAGS_HELP, show_default=False)
]
"""The option that names rules for tags."""

# Below it, a size in MB would round to less than 0.1.
_MEGABYTES = 95_000

state = {"debug": False}
"""What the options before the command's name say."""

Options = TypeVar("Options")


def taking(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function of one object: its class's fields are the options.

    Typer reads them from a signature, which a function of a dozen parameters would else have.
    """

    def command(function: Callable[[Options], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
            function(options(**given))

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = get_type_hints(options, include_extras=True)
        run.__signature__ = inspect.signature(options, eval_str=True)  # type: ignore[attr-defined]
        return run

    return command


def size_in_words(path: Path) -> str:
    """Write a file's size: ``0.2 MB``, ``31 kB``."""
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= _MEGABYTES else f"{size / 1e3:.0f} kB"
