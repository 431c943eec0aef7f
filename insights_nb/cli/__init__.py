"""The command line: says what the library does, and catches what it raises."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from insights_nb import __version__
from insights_nb.cli._common import state
from insights_nb.cli.fetch import fetch
from insights_nb.cli.pages import dashboard, lab
from insights_nb.cli.publish import snapshot
from insights_nb.cli.reports import add, merge, read, repair, verify, withdraw
from insights_nb.cli.review import review
from insights_nb.cli.status import status
from insights_nb.errors import InsightsError

HELP = """Docker Hub pull analytics: exports in, dashboards out.

Start with [bold]insights-nb dashboard[/bold], which shows the sample data; then
[bold]insights-nb add Downloads/*.csv* --archive FOLDER[/bold] and
[bold]insights-nb dashboard --archive FOLDER[/bold] show your own.
"""

app = typer.Typer(
    name="insights-nb",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"insights-nb {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[  # noqa: ARG001 -- acts through its callback
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks, and log every request.")
    ] = False,
) -> None:
    state["debug"] = debug


COMMANDS = (
    dashboard, lab, review, snapshot, fetch, add, merge, withdraw, status, read, verify, repair,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Ends with 0, with 1 after an error that the user can put right (one line on standard error), or
    with 70 after one that they cannot.
    """
    state["debug"] = False
    try:
        app(args=arguments)
    except InsightsError as error:
        if state["debug"]:
            raise
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if state["debug"]:
            raise
        typer.echo(
            f"Error: {type(error).__name__}: {error}\nThis is a fault in insights-nb. Run it again "
            "as 'insights-nb --debug …' and report what it prints.",
            err=True,
        )
        sys.exit(70)
