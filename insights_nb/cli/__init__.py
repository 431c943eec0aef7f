"""The command line: says what the library does, and catches what it raises."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from typing import Annotated, Any, NoReturn

import typer

from insights_nb import __version__
from insights_nb._signals import is_gone
from insights_nb.cli._common import state
from insights_nb.cli.fetch import fetch
from insights_nb.cli.pages import dashboard, lab
from insights_nb.cli.publish import snapshot
from insights_nb.cli.reports import add, merge, read, repair, verify, withdraw
from insights_nb.cli.review import review
from insights_nb.cli.status import status
from insights_nb.errors import InsightsError
from insights_nb.logs import tamed
from insights_nb.texts import printable_lines

HELP = """Docker Hub pull analytics: exports in, dashboards out.

Start with [bold]insights-nb dashboard[/bold], which shows the sample data; then
[bold]insights-nb add Downloads/*.csv* --archive FOLDER[/bold] and
[bold]insights-nb dashboard --archive FOLDER[/bold] show your own.
"""


class _Commands(typer.core.TyperGroup):
    """Tell what is wrong with an argument without obeying it: it can be a file's name."""

    def make_context(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 -- as the class above
        """Read the arguments before the command's name."""
        with _harmless_usage():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- as the class above
        """Read the arguments after it, and run the command."""
        with _harmless_usage():
            return super().invoke(ctx)


@contextlib.contextmanager
def _harmless_usage() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Typer's own class for it is private.
        describe = getattr(error, "format_message", None)
        if describe is not None:
            error.format_message = lambda: printable_lines(describe())  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="insights-nb",
    cls=_Commands,
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

    Ends with 0, with 1 after an error that the user can put right (one line on standard error) or
    where nobody reads on, or with 70 after one that they cannot.
    """
    state["debug"] = False
    try:
        with tamed():
            app(args=arguments)
    except InsightsError as error:
        _fail(error, f"Error: {error}", 1)
    except Exception as error:  # noqa: BLE001 -- the boundary: it is reported, as a fault of ours
        if isinstance(error, OSError) and is_gone(error):
            sys.exit(1)
        _fail(
            error,
            f"Error: {type(error).__name__}: {error}\nThis is a fault in insights-nb. Run it again "
            "as 'insights-nb --debug …' and report what it prints.",
            70,
        )


def _fail(error: Exception, sentence: str, code: int) -> NoReturn:
    if state["debug"]:
        # What is in it can be anybody's text, and a terminal obeys it.
        sentence, code = "".join(traceback.format_exception(error)).rstrip("\n"), 1
    with contextlib.suppress(OSError):
        typer.echo(printable_lines(sentence), err=True)
    sys.exit(code)
