"""Commands that open pages: dashboard and lab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from insights_nb._signals import interruptible
from insights_nb.cli._common import (
    ArchiveOrSamples,
    ClientsFile,
    EventsFile,
    TagsFile,
    state,
    taking,
)
from insights_nb.texts import printable


@dataclass(frozen=True)
class Dashboard:
    """What is served, and where."""

    archive: ArchiveOrSamples = None
    events: EventsFile = None
    clients: ClientsFile = None
    tags: TagsFile = None
    notebook: Annotated[
        str, typer.Option(help="Which notebook to serve; the dashboard has all of them as tabs.")
    ] = "dashboard"
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 8866
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no browser.")
    ] = False
    ip: Annotated[
        str,
        typer.Option(help="Address to listen on. Anything but this machine's own needs a token."),
    ] = "127.0.0.1"
    token: Annotated[
        str | None,
        typer.Option(
            envvar="INSIGHTS_TOKEN",
            help="What viewers have to bring; made up where one is needed and none is given. "
            "Rather set INSIGHTS_TOKEN: others on this machine can read a command line.",
            show_default=False,
        ),
    ] = None
    base_url: Annotated[str, typer.Option(help="Path under which a proxy shows the dashboard.")] = (
        "/"
    )
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Host name under which a proxy shows the dashboard; can be repeated.",
            show_default=False,
        ),
    ] = None
    preheat: Annotated[
        int, typer.Option(min=0, max=50, help="Kernels kept ready, so that pages open sooner.")
    ] = 0
    cull_after: Annotated[
        int,
        typer.Option(
            min=1, envvar="INSIGHTS_CULL_AFTER", hidden=True, help="Seconds until an idle end."
        ),
    ] = 1200


@taking(Dashboard)
def dashboard(asked: Dashboard) -> None:
    """Serve a notebook as a dashboard, on this machine or for a team.

    Every viewer has a session of their own, which ends with the tab, or after twenty idle minutes.
    """
    from insights_nb.serving.app import serve
    from insights_nb.serving.settings import DashboardSettings

    path = asked.base_url.strip("/")
    settings = DashboardSettings(
        notebook=asked.notebook,
        archive=asked.archive,
        events=asked.events,
        clients=asked.clients,
        tags=asked.tags,
        ip=asked.ip,
        port=asked.port,
        token=asked.token,
        base_url=f"/{path}/" if path else "/",
        allow_hosts=tuple(asked.allow_host or ()),
        cull_after=asked.cull_after,
        preheat=asked.preheat,
        open_browser=not asked.no_open,
        verbose=state["debug"],
    )
    with interruptible():
        serve(settings)


def lab(
    archive: ArchiveOrSamples = None,
    events: EventsFile = None,
    clients: ClientsFile = None,
    tags: TagsFile = None,
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

    environment = dict(os.environ) | _told(archive, events, clients, tags)
    if folder is None and assets.in_checkout():
        place = assets.notebooks()
    else:
        place = (folder or Path("insights-notebooks")).resolve()
        place.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(assets.notebooks().glob("*.ipynb")):
            if not (place / notebook.name).exists():
                shutil.copyfile(notebook, place / notebook.name)
    typer.echo(f"Notebooks: {printable(str(place))}")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={place}",
        f"--port={port}",
        # Else it asks whether to fetch news, and asks the internet for newer versions of itself.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if no_open:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root, and Jupyter would refuse to start.
        command.append("--allow-root")
    with interruptible():
        process = subprocess.Popen(command, env=environment)  # noqa: S603 -- our own Python
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # Ctrl-C has come to it, too, and it asks back; what else ends this ends it.
            process.terminate()
            process.wait()
            return
    raise typer.Exit(code)


def _told(
    archive: Path | None, events: Path | None, clients: Path | None, tags: Path | None
) -> dict[str, str]:
    """Return what notebooks are told by the environment; what is wrong with it is said here."""
    from insights_nb.archive.lacking import of_downloads
    from insights_nb.files import require_folder
    from insights_nb.reading.clients import read_clients
    from insights_nb.reading.events import read_events
    from insights_nb.reading.tags import read_tag_rules

    if archive is not None:
        require_folder(archive)
        if downloads := of_downloads(archive):
            typer.echo(printable(downloads), err=True)
    if events is not None:
        read_events(events)
    if clients is not None:
        read_clients(clients)
    if tags is not None:
        read_tag_rules(tags)
    given = {
        "INSIGHTS_ARCHIVE": archive,
        "INSIGHTS_EVENTS": events,
        "INSIGHTS_CLIENTS": clients,
        "INSIGHTS_TAGS": tags,
    }
    return {name: str(path.resolve()) for name, path in given.items() if path is not None}
