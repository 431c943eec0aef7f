"""A folder of reviews: every month that is held, and a page that lists them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Unpack

from insights_nb.archive import Archive
from insights_nb.files import write_atomically
from insights_nb.opening import open_archive
from insights_nb.periods import Period
from insights_nb.publish.page import unwritable
from insights_nb.publish.review import inputs
from insights_nb.publish.review.index import Common, Listed, index, listed_in
from insights_nb.publish.review.months import held_months
from insights_nb.publish.review.printing import print_to_pdf
from insights_nb.publish.review.reviewing import Asked, Reviewed, ReviewOptions, review
from insights_nb.publish.review.subject import subject

INDEX = "index.html"


def reviews(
    archive: Archive | str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] = "reviews",
    *,
    renew: bool = False,
    **options: Unpack[ReviewOptions],
) -> tuple[list[Reviewed], Path]:
    """Write the review of every month that is held and has none yet, and a page that lists all.

    One that was made with other parameters is never written over: the list says so.

    Parameters
    ----------
    archive, repositories, compare, events
        As for `insights_nb.review`.
    folder
        Where they are written, as ``review-2026-10.html`` and ``index.html``. It is made if it is
        not there.
    renew
        Also write those again whose reports have come or been revised since.
    pdf
        Print each page to a PDF beside it, those too that are there and have none.
    progress
        Draw a progress bar on standard error.

    Returns
    -------
    tuple
        Those that were written or printed, oldest first, and the page that lists all.

    Raises
    ------
    InsightsError
        As for `insights_nb.review`. What was written before stays, and is listed the next time.
    """
    from tqdm import tqdm

    opened = archive if isinstance(archive, Archive) else open_archive(archive)
    if (names := options.get("repositories")) is not None:
        # It may give them once.
        names = options["repositories"] = list(names)
    chosen = Asked(**options)
    # What can be refused is refused before a folder is made.
    of = chosen.subject(opened)
    common = Common.of(of.repositories, chosen.compare)
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(place, error) from error

    def current(month: Period) -> str:
        return inputs.digest(subject(opened, month, repositories=names))

    there = {one.month: one for one in listed_in(place, current)}
    wanted = []
    for month in sorted(held_months(opened)):
        one = there.get(month)
        again = one and renew and one.outdated and not one.is_other(common)
        if not one or again or (chosen.pdf and _unprinted(one)):
            wanted.append((month, None if again else one))
    written = []
    for month, one in tqdm(wanted, desc="Reviews", unit="month", disable=not chosen.progress):
        if one:
            written.append(Reviewed(one.path, print_to_pdf(one.path), month, one.lacking))
            continue
        asked: ReviewOptions = {**options, "progress": False}
        written.append(review(opened, place / f"review-{month.label}.html", month=month, **asked))
    path = place / INDEX
    content = index(list(listed_in(place, current)), common).encode()
    try:
        write_atomically(path, lambda file: file.write(content))
    except OSError as error:
        raise unwritable(path, error) from error
    return written, path


def partial(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Return what the months of a folder's reviews lack, newest first, of those that lack any."""
    return {one.path: one.lacking for one in listed_in(folder, lambda _: "") if one.lacking}


def _unprinted(one: Listed) -> bool:
    """Tell whether a page has no PDF beside it, or that of an older page."""
    printed = one.path.with_suffix(".pdf")
    return not printed.is_file() or printed.stat().st_mtime < one.path.stat().st_mtime
