"""The command that reviews a month, from a prompt or from cron."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from insights_nb._signals import interruptible
from insights_nb.cli._common import (
    ArchiveOrSamples,
    EventsFile,
    size_in_words,
    taking,
)
from insights_nb.texts import printable

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.periods import Period
    from insights_nb.publish.review.reviewing import ReviewOptions
    from insights_nb.publish.review.subject import Compare

_INCOMPLETE = 3


@dataclass(frozen=True)
class Review:
    """What a review, or all of them, are asked for."""

    month: Annotated[
        str | None,
        typer.Option(
            metavar="MONTH",
            help="Such as 2026-10. Without it, the last complete month.",
            show_default=False,
        ),
    ] = None
    archive: ArchiveOrSamples = None
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write, or with --all the folder. Without it, review-MONTH.html, or "
            "reviews.",
            show_default=False,
        ),
    ] = None
    repositories: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NS/REPO",
            help="Which repositories; can be repeated. Without it, all.",
            show_default=False,
        ),
    ] = None
    compare: Annotated[
        str,
        typer.Option(
            metavar="month|year",
            help="Compare what moved with the month before, or with the same month a year ago.",
        ),
    ] = "month"
    events: EventsFile = None
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print it to a PDF too, with the system's Chromium.")
    ] = False
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="End with 3 where the month is missing or partial, or a newer one is due.",
        ),
    ] = False
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Write the missing review of every available month, and a page that lists all.",
        ),
    ] = False
    renew: Annotated[
        bool,
        typer.Option("--renew", help="With --all, also those whose reports were revised since."),
    ] = False
    notebook: Annotated[
        Path | None,
        typer.Option(help="Run this copy of monthly_review.ipynb.", show_default=False),
    ] = None
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUE",
            help="One more parameter of it, as JSON or plain text; can be repeated.",
            show_default=False,
        ),
    ] = None


@taking(Review)
def review(asked: Review) -> None:
    """Review a month: what was pulled, what moved and why, as one HTML file.

    Ends with 0, with 3 under --strict where the month is missing or partial (the file is written
    all the same), and with 1 after an error.
    """
    from insights_nb.opening import open_archive

    _check(asked)
    with interruptible():
        opened = open_archive(asked.archive)
        shared: ReviewOptions = {
            "repositories": asked.repositories or None,
            "compare": cast("Compare", asked.compare),
            "events": asked.events,
            "pdf": asked.pdf,
            "progress": sys.stderr.isatty(),
        }
        complete = (_all if asked.every else _one)(opened, asked, shared)
    if asked.strict and not complete:
        raise typer.Exit(_INCOMPLETE)


def _one(archive: Archive, asked: Review, shared: ReviewOptions) -> bool:
    """Review one month; tell whether it is whole, and the newest that could be."""
    from insights_nb.publish.review.reviewing import review as write

    month, parameters = asked.month, _parameters(asked.parameter or [])
    if month is not None:
        _check_over(archive, month)
    done = write(
        archive, asked.out, month=month, notebook=asked.notebook, parameters=parameters, **shared
    )
    size = size_in_words(done.path)
    typer.echo(printable(f"{done.path}: {done.month.dates}, {size}, opens in any browser."))
    if done.pdf:
        typer.echo(printable(f"{done.pdf}: the same on paper."))
    late = _late(archive, done.month) if month is None else []
    for sentence in [*done.lacking, *late, *done.advice]:
        typer.echo(printable(sentence), err=True)
    return not done.lacking and not late


def _all(archive: Archive, asked: Review, shared: ReviewOptions) -> bool:
    """Review every month; tell whether all reviews are of whole months, and no newer one is due."""
    from insights_nb.publish.review.folder import partial, reviews
    from insights_nb.publish.review.subject import available_months

    folder = asked.out or Path("reviews")
    written, index = reviews(archive, folder, renew=asked.renew, **shared)
    for done in written:
        typer.echo(printable(f"{done.path}: {done.month.dates}"))
        if done.pdf:
            typer.echo(printable(f"{done.pdf}: the same on paper."))
        for sentence in done.lacking:
            typer.echo(printable(f"  {sentence}"), err=True)
    if not written:
        typer.echo("Every available month has its review already.")
    typer.echo(printable(f"{index}: lists them all."))
    lacking, late = partial(folder), _late(archive, max(available_months(archive.whole)))
    # What is known from an earlier run explains how this one ends, and is no news else.
    new = {done.path for done in written}
    old = [
        f"{path}: {' '.join(sentences)}" for path, sentences in lacking.items() if path not in new
    ]
    if old:
        old.append("Where what they lack has come since, --renew writes them again.")
    for sentence in [*(old if asked.strict else []), *late]:
        typer.echo(printable(sentence), err=True)
    return not lacking and not late


def _check_over(archive: Archive, month: str) -> None:
    """Refuse a month that is not over, unless something of it is available already."""
    from insights_nb.errors import SelectionError
    from insights_nb.periods import day_in_words
    from insights_nb.publish.review.subject import available_months, chosen_month

    chosen = chosen_month(archive, month)
    if not chosen.is_over() and chosen not in available_months(archive.until(chosen)):
        raise SelectionError(
            f"{chosen.dates} is not over yet, and none of its reports is available: they come "
            f"from {day_in_words(chosen.end)} on. Name an earlier month, or leave it out for the "
            "last complete one."
        )


def _late(archive: Archive, month: Period) -> list[str]:
    """Say that a newer month is over, though its reports are missing."""
    from insights_nb.opening import is_samples
    from insights_nb.periods import Period

    last = Period.containing(dt.datetime.now(dt.UTC).date(), "month").shift(-1)
    if is_samples(archive) or last <= month:
        return []
    return [
        f"{last.dates} is over, but its monthly report of pulls is missing: the newest review is "
        f"of {month.dates}. Fetch or add newer reports."
    ]


def _check(asked: Review) -> None:
    if asked.every and (asked.month or asked.notebook or asked.parameter):
        raise typer.BadParameter("--all reviews every month: leave out --month, --notebook and -p.")
    if asked.renew and not asked.every:
        raise typer.BadParameter("--renew needs --all.")


def _parameters(given: list[str]) -> dict[str, Any]:
    """Read names and values; a value that is no JSON is text."""
    found: dict[str, Any] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(f"{one!r} is no NAME=VALUE.", param_hint="--parameter")
        try:
            found[name.strip()] = json.loads(text)
        except ValueError:
            found[name.strip()] = text
    return found
