"""The command that fetches: fetch."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from insights_nb._signals import interruptible
from insights_nb.cli._common import state, taking
from insights_nb.texts import printable, printable_lines


@dataclass(frozen=True)
class Fetch:
    """What a fetch is asked for, and how."""

    namespace: Annotated[
        str | None,
        typer.Option(
            help="Whose reports: an organisation or user. Without it, all those of the account.",
            show_default=False,
        ),
    ] = None
    source: Annotated[
        Literal["auto", "reports", "exports", "pulls"],
        typer.Option(
            help="The report catalogue, the exports of legacy programs, pull data, or all three."
        ),
    ] = "auto"
    repository: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NS/REPO",
            help="Whose pull data; can be repeated. Without it, that of the whole namespace.",
            show_default=False,
        ),
    ] = None
    granularity: Annotated[
        Literal["week", "month", "both"], typer.Option(help="Which periods.")
    ] = "both"
    archive: Annotated[
        Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help="Folder to keep the reports in.")
    ] = Path("archive")
    recheck: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Read the last N periods again, to find what Docker revised."
        ),
    ] = 0
    hub_url: Annotated[
        str | None,
        typer.Option(
            envvar="INSIGHTS_HUB_URL", help="Another server than Docker Hub.", show_default=False
        ),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what failed, and the last line.")
    ] = False
    today: Annotated[
        str | None, typer.Option(hidden=True, help="Another date than today's, as 2026-11-24.")
    ] = None
    timeout: Annotated[
        float, typer.Option(hidden=True, min=0.1, help="Seconds to wait for an answer.")
    ] = 60.0


@taking(Fetch)
def fetch(asked: Fetch) -> None:
    """Fetch from Docker Hub every report that the archive does not hold yet.

    Credentials come from DOCKERHUB_USERNAME and DOCKERHUB_TOKEN (a personal access token), from
    ~/.netrc, or from a prompt. Public pull data (--source pulls --repository NS/REPO) needs none.

    Ends with 0 where all is well, with 3 where something failed, with 1 where nothing could be had.
    """
    from insights_nb import hub
    from insights_nb.errors import HubSettingError
    from insights_nb.hub.pulls import repository_names

    if state["debug"]:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s: %(message)s")
    try:
        repository_names(asked.repository or ())
    except HubSettingError as error:
        raise typer.BadParameter(str(error), param_hint="--repository") from error
    with interruptible():
        done = hub.fetch(
            asked.archive,
            asked.namespace,
            source=asked.source,
            repositories=asked.repository or (),
            granularity=asked.granularity,
            recheck=asked.recheck,
            hub_url=asked.hub_url,
            today=_date(asked.today),
            quiet=asked.quiet,
            timeout=asked.timeout,
        )
    if asked.quiet:
        for problem in done.problems:
            typer.echo(printable(problem), err=True)
        typer.echo(printable_lines(done.summary))
    if done.interrupted:
        # Python would wait for the downloads under way, which a silent server can keep for a
        # minute. The archive is at rest, and nothing else is open.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(done.exit_code)
    raise typer.Exit(done.exit_code)


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date such as 2026-11-24.") from error
