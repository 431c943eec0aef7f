"""A folder of reviews: every month that is held, and a page that lists them."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from insights_nb.archive import Archive
from insights_nb.errors import PageWriteError
from insights_nb.files import write_atomically
from insights_nb.opening import open_archive
from insights_nb.periods import Period
from insights_nb.publish import page
from insights_nb.publish.review import inputs
from insights_nb.publish.review.document import META
from insights_nb.publish.review.look import page_styles
from insights_nb.publish.review.months import held_months
from insights_nb.publish.review.numbers import growth, ratio_of, whole
from insights_nb.publish.review.reviewing import Reviewed, review
from insights_nb.publish.review.subject import Compare, subject

INDEX = "index.html"


@dataclass(frozen=True)
class Listed:
    """A review that lies in the folder.

    Parameters
    ----------
    path
        The file.
    facts
        What the page says of itself.
    outdated
        Whether reports of its months have come or been revised since.
    """

    path: Path
    facts: dict[str, Any]
    outdated: bool

    @property
    def month(self) -> Period:
        """The month reviewed."""
        return Period.parse(self.facts["month"], "month")


def reviews(
    archive: Archive | str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] = "reviews",
    *,
    repositories: Iterable[str] | None = None,
    compare: Compare = "month",
    events: str | os.PathLike[str] | None = None,
    pdf: bool = False,
    renew: bool = False,
    progress: bool = False,
) -> tuple[list[Reviewed], Path]:
    """Write the review of every month that is held and has none yet, and a page that lists all.

    Parameters
    ----------
    archive, repositories, compare, events, pdf
        As for `insights_nb.review`.
    folder
        Where they are written, as ``review-2026-10.html`` and ``index.html``. It is made if it is
        not there.
    renew
        Also write those again whose reports have come or been revised since.
    progress
        Draw a progress bar on standard error.

    Returns
    -------
    tuple
        Those that were written, oldest first, and the page that lists all.

    Raises
    ------
    InsightsError
        As for `insights_nb.review`. What was written before stays, and is listed the next time.
    """
    from tqdm import tqdm

    opened = archive if isinstance(archive, Archive) else open_archive(archive)
    names = None if repositories is None else list(repositories)
    # What can be refused is refused before a folder is made.
    subject(
        opened, repositories=names, compare=compare, events=None if events is None else Path(events)
    )
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PageWriteError(place, error) from error

    def current(month: Period) -> str:
        return inputs.digest(subject(opened, month, repositories=names))

    there = {one.month: one for one in _listed(place, current)}
    wanted = [
        month
        for month in sorted(held_months(opened))
        if month not in there or (renew and there[month].outdated)
    ]
    written = []
    for month in tqdm(wanted, desc="Reviews", unit="month", disable=not progress):
        written.append(
            review(
                opened,
                place / f"review-{month.label}.html",
                month=month,
                repositories=names,
                compare=compare,
                events=events,
                pdf=pdf,
            )
        )
    index = place / INDEX
    content = _index(list(_listed(place, current))).encode()
    try:
        write_atomically(index, lambda file: file.write(content))
    except OSError as error:
        raise PageWriteError(index, error) from error
    return written, index


class _Meta(HTMLParser):
    """Reads what a review says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up one element."""
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "meta" and name.startswith(META):
            text = said.get("content") or ""
            try:
                self.facts[name.removeprefix(META)] = json.loads(text)
            except ValueError:
                self.facts[name.removeprefix(META)] = text


def _listed(folder: Path, current: Callable[[Period], str]) -> Iterator[Listed]:
    """Yield the folder's reviews, newest first; what else lies there is passed over."""
    for path in sorted(folder.glob("review-????-??.html"), reverse=True):
        reader = _Meta()
        reader.feed(path.read_text(encoding="utf-8", errors="replace").partition("<style>")[0])
        facts = reader.facts
        if path.name != f"review-{facts.get('month')}.html":
            continue
        month = Period.parse(facts["month"], "month")
        outdated = "inputs" in facts and facts["inputs"] != current(month)
        yield Listed(path, facts, outdated)


def _index(found: list[Listed]) -> str:
    rows = "".join(_row(one, found) for one in found)
    head = "".join(
        f"<th scope=col{kind}>{title}</th>"
        for title, kind in (
            ("Month", ""),
            ("Pulls", ' class="inb-n"'),
            ("in %", ' class="inb-n"'),
            ("Notes", ""),
        )
    )
    table = (
        '<div class="inb-scroll" tabindex="0" role="region" aria-label="Reviews"><table>'
        "<caption>Pulls of all repositories reviewed, and the change against the month before"
        f"</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    empty = '<p class="inb-nothing">No month is held yet.</p>'
    return page.still(
        title="Monthly reviews",
        meta={},
        styles=page_styles(),
        body=(
            '<header class="inb-top"><h1>Monthly reviews</h1></header>\n'
            f'<main class="inb-review">{table if found else empty}</main>'
        ),
    )


def _row(one: Listed, found: list[Listed]) -> str:
    before = next((each for each in found if each.month == one.month.shift(-1)), None)
    now, then = _pulls(one), _pulls(before)
    change = growth(ratio_of(None if now is None or then is None else now - then, then))
    notes = [str(said) for said in one.facts.get("lacking", [])]
    if one.outdated:
        notes.append("Reports have come or been revised since: write it again with --renew.")
    name = html.escape(one.path.name)
    return (
        f'<tr><th scope="row"><a href="{name}">{html.escape(one.month.dates)}</a></th>'
        f'<td class="inb-n">{whole(now)}</td><td class="inb-n">{change}</td>'
        f"<td>{html.escape(' '.join(notes))}</td></tr>"
    )


def _pulls(one: Listed | None) -> int | None:
    """Return the pulls of the definition that most are counted by."""
    counts = one.facts.get("pulls", {}) if one else {}
    known = [count for count in counts.values() if count is not None]
    return max(known, default=None)
