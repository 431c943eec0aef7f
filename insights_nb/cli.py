"""The command line: says what the library does, and catches what it raises."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from insights_nb import __version__
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

_ARCHIVE_HELP = "Folder of reports, made by 'insights-nb add'."
_state = {"debug": False}


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
    _state["debug"] = debug


@app.command()
def dashboard(
    archive: Annotated[
        Path | None,
        typer.Option(
            envvar="INSIGHTS_ARCHIVE",
            help=f"{_ARCHIVE_HELP} Without it, the sample data.",
            show_default=False,
        ),
    ] = None,
    notebook: Annotated[str, typer.Option(help="Which notebook to serve.")] = "pulls",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 8866,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no browser.")
    ] = False,
    ip: Annotated[
        str,
        typer.Option(help="Address to listen on. Anything but this machine's own needs a token."),
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="INSIGHTS_TOKEN",
            help="What viewers have to bring; made up where one is needed and none is given. "
            "Rather set INSIGHTS_TOKEN: others on this machine can read a command line.",
            show_default=False,
        ),
    ] = None,
    base_url: Annotated[
        str, typer.Option(help="Path under which a proxy shows the dashboard.")
    ] = "/",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Host name under which a proxy shows the dashboard; can be repeated.",
            show_default=False,
        ),
    ] = None,
    preheat: Annotated[
        int, typer.Option(min=0, max=50, help="Kernels kept ready, so that pages open sooner.")
    ] = 0,
    cull_after: Annotated[
        int,
        typer.Option(
            min=1, envvar="INSIGHTS_CULL_AFTER", hidden=True, help="Seconds until an idle end."
        ),
    ] = 1200,
) -> None:
    """Serve a notebook as a dashboard, on this machine or for a team.

    Every viewer has a session of their own, which ends with the tab, or after twenty idle minutes.
    """
    from insights_nb.serving.app import serve
    from insights_nb.serving.settings import DashboardSettings

    serve(
        DashboardSettings(
            notebook=notebook,
            archive=archive,
            ip=ip,
            port=port,
            token=token,
            base_url=f"/{base_url.strip('/')}/" if base_url.strip("/") else "/",
            allow_hosts=tuple(allow_host or ()),
            cull_after=cull_after,
            preheat=preheat,
            open_browser=not no_open,
            verbose=_state["debug"],
        )
    )


@app.command()
def lab(
    archive: Annotated[
        Path | None,
        typer.Option(
            envvar="INSIGHTS_ARCHIVE",
            help=f"{_ARCHIVE_HELP} Without it, the sample data.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            help="Where your copies of the notebooks are. Without it, ./insights-notebooks; in a "
            "checkout, the notebooks themselves.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8888,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no browser.")
    ] = False,
) -> None:
    """Open JupyterLab on the notebooks, to read, change and extend them.

    Copies that are there already are never overwritten.
    """
    from insights_nb import assets
    from insights_nb.errors import NoArchiveError

    environment = dict(os.environ)
    if archive is not None:
        if not archive.is_dir():
            raise NoArchiveError(archive)
        environment["INSIGHTS_ARCHIVE"] = str(archive.resolve())
    if folder is None and assets.in_checkout():
        place = assets.notebooks()
    else:
        place = (folder or Path("insights-notebooks")).resolve()
        place.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(assets.notebooks().glob("*.ipynb")):
            if not (place / notebook.name).exists():
                shutil.copyfile(notebook, place / notebook.name)
    typer.echo(f"Notebooks: {place}")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={place}",
        f"--port={port}",
    ]
    if no_open:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root, and Jupyter would refuse to start.
        command.append("--allow-root")
    try:
        done = subprocess.run(command, env=environment, check=False)  # noqa: S603 -- our own Python
    except KeyboardInterrupt:
        return
    raise typer.Exit(done.returncode)


@app.command()
def read(
    file: Annotated[Path, typer.Argument(help="A report, plain or gzip, or an API answer.")],
    kind: Annotated[
        str | None, typer.Option(help="What it is, where its header cannot tell.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Which week or month it covers, as 2026-W47 or 2026-11.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many of the first rows to print.")] = 5,
) -> None:
    """Print what a file is, what was odd about it, and its first rows."""
    from insights_nb.reading import read_file

    result = read_file(file, kind=kind, period=period)
    span = [str(each) for each in result.periods]
    facts = {
        "File": str(file) + (" (gzip)" if result.gzipped else ""),
        "Kind": result.kind,
        "Granularity": result.granularity or "not said",
        "Period": "not said"
        if not span
        else span[0]
        if len(span) == 1
        else f"{span[0]} to {span[-1]} ({len(span)} periods)",
        "Publisher": ", ".join(result.namespaces) or "not said",
        "Rows": f"{result.rows:,}",
        "SHA-256": result.sha256,
    }
    for name, value in facts.items():
        typer.echo(f"{name + ':':<13}{_printable(value)}")
    for note in result.notes:
        typer.echo(f"{'Note:':<13}{_printable(note)}")
    if rows and result.rows:
        width = shutil.get_terminal_size((100, 24)).columns
        typer.echo("\nFirst rows, a column each:")
        typer.echo(_sideways(result.frame.head(rows).to_dict(as_series=False), width))


@app.command()
def add(
    files: Annotated[
        list[str], typer.Argument(help="Reports, folders of reports, or patterns in quotes.")
    ],
    archive: Annotated[
        Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help="Folder to keep them in.")
    ] = Path("archive"),
    kind: Annotated[
        str | None, typer.Option(help="What they all are, where their headers cannot tell.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(help="Which week or month they all cover, as 2026-W47 or 2026-11."),
    ] = None,
) -> None:
    """Copy reports into an archive: the originals untouched, typed rows beside them.

    What each file was taken for is printed; one that is refused does not stop the others.
    """
    from insights_nb.archive import Archive

    done = Archive(archive).add(files, kind=kind, period=period)
    if done.refused:
        raise typer.Exit(1)


def _sideways(columns: dict[str, list[object]], width: int) -> str:
    # Reports have up to fourteen columns, and a terminal is not that wide: rows become columns.
    shown = {
        name: ["-" if value is None else _printable(str(value)) for value in values]
        for name, values in columns.items()
    }
    label = max(len(name) for name in shown)
    count = max(len(values) for values in shown.values())
    room = max(8, (width - label) // count - 2)
    lines = []
    for name, values in shown.items():
        cells = [value if len(value) <= room else value[: room - 1] + "…" for value in values]
        lines.append("  ".join([name.ljust(label), *(cell.ljust(room) for cell in cells)]).rstrip())
    return "\n".join(lines)


def _printable(text: str) -> str:
    # A tag is other people's text, and a terminal obeys control characters.
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the console script's entry.

    Ends with 0, with 1 after an error that the user can put right (one line on standard error), or
    with 70 after one that they cannot.
    """
    _state["debug"] = False
    try:
        app(args=arguments)
    except InsightsError as error:
        if _state["debug"]:
            raise
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if _state["debug"]:
            raise
        typer.echo(
            f"Error: {type(error).__name__}: {error}\nThis is a fault in insights-nb. Run it again "
            "as 'insights-nb --debug …' and report what it prints.",
            err=True,
        )
        sys.exit(70)
