"""A folder of reviews: every available month, and a page that lists them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Unpack

from insights_nb.archive import Archive
from insights_nb.counts.sources import DEFINITIONS
from insights_nb.files import write_atomically
from insights_nb.opening import open_archive
from insights_nb.periods import Period
from insights_nb.publish.page import unwritable
from insights_nb.publish.rendering import render
from insights_nb.publish.review import inputs
from insights_nb.publish.review.document import META
from insights_nb.publish.review.numbers import MARKS, UNKNOWN, grown, listed, whole
from insights_nb.publish.review.pieces import page_styles
from insights_nb.publish.review.printing import print_to_pdf
from insights_nb.publish.review.reviewing import Asked, Reviewed, ReviewOptions, review
from insights_nb.publish.review.subject import available_months, subject

INDEX = "index.html"


def reviews(
    archive: Archive | str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] = "reviews",
    *,
    renew: bool = False,
    **options: Unpack[ReviewOptions],
) -> tuple[list[Reviewed], Path]:
    """Write the review of every available month that has none yet, and a page that lists all.

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
    for month in sorted(available_months(opened.whole)):
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


_REVISED = "Reports have come or been revised since: write it again with --renew."
_SHORT = "An earlier version wrote it, without its change: write it again with --renew."
_NAMED = 3


@dataclass(frozen=True)
class Common:
    """What the reviews of a folder have in common.

    Parameters
    ----------
    repositories
        Full names in alphabetical order, or None for all.
    compare
        ``"month"`` or ``"year"``.
    """

    repositories: tuple[str, ...] | None
    compare: str

    @classmethod
    def of(cls, repositories: Iterable[str] | None, compare: str) -> Common:
        """Return the same for any order of the names."""
        return cls(None if repositories is None else tuple(sorted(repositories)), compare)

    @property
    def whose(self) -> str:
        """Whose pulls are reviewed, in words."""
        names = self.repositories
        if names is None:
            return "all repositories"
        return listed([*names]) if len(names) <= _NAMED else f"{len(names)} repositories"

    @property
    def words(self) -> str:
        """All of it in words."""
        return f"{self.whose}, compared with {_COMPARED.get(self.compare, self.compare)}"


_COMPARED = {"month": "the month before", "year": "the same month a year ago"}


@dataclass(frozen=True)
class Listed:
    """A review that lies in the folder.

    Parameters
    ----------
    path
        The file.
    facts
        What the page says of itself.
    inputs
        What tells the reports that it would be made from now from others.
    """

    path: Path
    facts: Mapping[str, Any]
    inputs: str

    @property
    def month(self) -> Period:
        """The month reviewed."""
        return Period.parse(self.facts["month"], "month")

    @property
    def lacking(self) -> tuple[str, ...]:
        """What the month lacks, in sentences."""
        return tuple(str(text) for text in self.facts.get("lacking", []))

    @property
    def asked(self) -> Common | None:
        """With what it was made; None where it does not say so."""
        if not {"repositories", "compare"} <= {*self.facts}:
            return None
        return Common.of(self.facts["repositories"], self.facts["compare"])

    @property
    def outdated(self) -> str:
        """Why it is to be written again, or nothing where it is not."""
        if "inputs" in self.facts and self.facts["inputs"] != self.inputs:
            return _REVISED
        return "" if self.asked else _SHORT

    @property
    def pulls(self) -> list[str]:
        """The pulls of each definition."""
        counts, _ = self._counts
        return [f"{whole(counts[name])}{MARKS[name]}" for name in counts] or [UNKNOWN]

    @property
    def changes(self) -> list[str]:
        """How each of `pulls` changed, as the review itself says it.

        Another page's count may be of other repositories, or of the same counted otherwise.
        """
        counts, before = self._counts
        return [grown(counts[name], before.get(name)) for name in counts] or [UNKNOWN]

    @property
    def _counts(self) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """The month's pulls by definition, and those of the month before."""
        now, before = (self.facts.get(name) or {} for name in ("pulls", "before"))
        # What nobody counts by is shown only where nobody counts at all.
        return {name: now[name] for name in DEFINITIONS if now.get(name) is not None}, before

    def notes(self, asked: Common) -> list[str]:
        """Return what to know of it, in sentences, in a list of reviews that were asked for."""
        notes = [*self.lacking, *([self.outdated] if self.outdated else [])]
        if self.asked and self.is_other(asked):
            notes.append(
                f"Made with other parameters: {self.asked.words}. It is left as it is; move it "
                "elsewhere to have one made with these."
            )
        return notes

    def is_other(self, asked: Common) -> bool:
        """Tell whether it was made with other parameters: it is none of these reviews."""
        return self.asked is not None and self.asked != asked


def listed_in(folder: Path, current: Callable[[Period], str]) -> Iterator[Listed]:
    """Yield the folder's reviews, newest first; what else lies there is passed over.

    Parameters
    ----------
    folder
        Where they are.
    current
        Tells what `Listed.inputs` is of a month.
    """
    for path in sorted(folder.glob("review-????-??.html"), reverse=True):
        reader = _Meta()
        reader.feed(path.read_text(encoding="utf-8", errors="replace").partition("<style>")[0])
        facts = reader.facts
        if path.name != f"review-{facts.get('month')}.html":
            continue
        yield Listed(path, facts, current(Period.parse(facts["month"], "month")))


def index(found: Sequence[Listed], asked: Common) -> str:
    """Return the page that lists reviews.

    Parameters
    ----------
    found
        Newest first.
    asked
        What those have in common that are not marked as others.
    """
    return render("index.html.j2", styles=page_styles(), reviews=found, asked=asked)


class _Meta(HTMLParser):
    """Reads what a review says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up one element."""
        sentence = dict(attrs)
        name = sentence.get("name") or ""
        if tag == "meta" and name.startswith(META):
            text = sentence.get("content") or ""
            try:
                self.facts[name.removeprefix(META)] = json.loads(text)
            except ValueError:
                self.facts[name.removeprefix(META)] = text
