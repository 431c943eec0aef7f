"""The monthly review as one HTML file: run, put together, and written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from insights_nb import assets
from insights_nb.archive import Archive
from insights_nb.errors import SelectionError
from insights_nb.files import write_atomically
from insights_nb.opening import open_archive
from insights_nb.periods import Period
from insights_nb.publish import page
from insights_nb.publish.review.document import document, facts_of
from insights_nb.publish.review.monthly import ADVICE
from insights_nb.publish.review.printing import print_to_pdf
from insights_nb.publish.review.running import run
from insights_nb.publish.review.subject import Compare, Subject, subject

NOTEBOOK = "monthly_review.ipynb"

# What the review itself asks for; the file's name and what is refused go by these.
_OWN = ("archive", "month", "repositories", "compare", "events")


@dataclass(frozen=True)
class Reviewed:
    """A review that was written.

    Parameters
    ----------
    path
        The HTML file.
    pdf
        The PDF, where one was asked for.
    month
        The month reviewed.
    lacking
        What the month lacks, in sentences; empty where it is whole.
    advice
        How to have what no available report covers, in sentences.
    """

    path: Path
    pdf: Path | None
    month: Period
    lacking: tuple[str, ...]
    advice: tuple[str, ...] = ()


class ReviewOptions(TypedDict, total=False):
    """What one review and all of them are asked for alike; `review` says what each is."""

    repositories: Iterable[str] | None
    compare: Compare
    events: str | os.PathLike[str] | None
    pdf: bool
    progress: bool


@dataclass(frozen=True)
class Asked:
    """`ReviewOptions`, each with what it is where it is not given; others are refused."""

    repositories: Iterable[str] | None = None
    compare: Compare = "month"
    events: str | os.PathLike[str] | None = None
    pdf: bool = False
    progress: bool = False

    def subject(self, archive: Archive, month: str | Period | None = None) -> Subject:
        """Find out what the review of a month is of; what can be refused is."""
        return subject(
            archive,
            month,
            repositories=self.repositories,
            compare=self.compare,
            events=None if self.events is None else Path(self.events),
        )


def review(
    archive: Archive | str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    month: str | Period | None = None,
    notebook: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    **options: Unpack[ReviewOptions],
) -> Reviewed:
    """Run the review of a month and write it as one HTML file that needs no connection.

    The same archive, month, parameters and package give the same bytes.

    Parameters
    ----------
    archive, month, repositories, compare
        As for `insights_nb.MonthlyReview`.
    out
        The file to write, by default ``review-2026-10.html`` in the current folder. One that is
        there is replaced when the new one is complete.
    events
        A file as `insights_nb.read_events` reads it.
    notebook
        What is run, by default the package's ``monthly_review.ipynb``. Another one has the
        parameters that are given here in its cell tagged ``parameters``.
    parameters
        More of its parameters. Those that have a keyword here are given by that.
    pdf
        Print the page to a PDF beside it, with the system's Chromium.
    progress
        Draw a progress bar on standard error.

    Returns
    -------
    Reviewed
        What was written, and what the month lacks.

    Raises
    ------
    NoArchiveError, MissingReportError, UnknownNameError, SelectionError, ReadError
        As for `insights_nb.MonthlyReview`; nothing was run.
    SelectionError
        If the notebook has no parameter of that name, a parameter has a keyword of its own, or the
        file's name does not end with ``.html``; nothing was run.
    NotebookError
        If a cell fails: what came of the notebook is kept beside `out`, the error marked. If the
        process that runs it ends before it is done, or the page is written but cannot be printed.
    WriteError
        If the file cannot be written; one that was there is unchanged.
    """
    chosen = Asked(**options)
    for name in parameters or {}:
        if name in _OWN:
            raise SelectionError(
                f"{name!r} is no further parameter of the notebook: the review chooses by it. Use "
                f"--{name}, in Python the keyword {name}. Nothing was run."
            )
    opened = archive if isinstance(archive, Archive) else open_archive(archive)
    # What can be refused is refused before anything is run.
    of = chosen.subject(opened, month)
    path = page.target(
        out if out is not None else f"review-{of.month.label}.html",
        "--pdf (in Python pdf=True) prints a PDF beside it.",
    )
    failed = path.with_name(f"{path.stem}.failed.ipynb")
    asked: dict[str, Any] = {"archive": str(opened.folder.resolve()), "month": of.month.label}
    # Those that are as usual need not be known to somebody's own notebook.
    asked |= {} if of.repositories is None else {"repositories": list(of.repositories)}
    asked |= {} if chosen.compare == "month" else {"compare": chosen.compare}
    asked |= {} if chosen.events is None else {"events": str(Path(chosen.events).resolve())}
    source = Path(notebook) if notebook is not None else assets.notebooks() / NOTEBOOK
    done = run(source, asked | dict(parameters or {}), failed=failed, progress=chosen.progress)
    facts = {"month": of.month.label, "lacking": of.lacking} | facts_of(done)
    advice = [facts.pop(name) for name in [*facts] if name.startswith(ADVICE)]
    content = document(done, facts).encode()
    try:
        write_atomically(path, lambda file: file.write(content))
    except OSError as error:
        raise page.unwritable(path, error) from error
    # What an earlier run left is no longer true.
    failed.unlink(missing_ok=True)
    printed = print_to_pdf(path) if chosen.pdf else None
    return Reviewed(path, printed, of.month, tuple(facts["lacking"]), tuple(advice))
