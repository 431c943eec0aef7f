"""The page that lists a folder's reviews, from what each of them says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from insights_nb.metrics.pull_sources import DEFINITIONS
from insights_nb.periods import Period
from insights_nb.publish.rendering import render
from insights_nb.publish.review.document import META
from insights_nb.publish.review.look import page_styles
from insights_nb.publish.review.numbers import MARKS, UNKNOWN, grown, listed, whole

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
        return tuple(str(said) for said in self.facts.get("lacking", []))

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
        """How each of `pulls` changed, as the review itself tells it.

        Another page's count may be of other repositories, or of the same counted otherwise.
        """
        counts, before = self._counts
        return [grown(counts[name], before.get(name)) for name in counts] or [UNKNOWN]

    @property
    def _counts(self) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """The month's pulls by definition, and those of the month before."""
        now, before = (self.facts.get(name) or {} for name in ("pulls", "before"))
        # What nobody counts by is told only where nobody counts at all.
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
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "meta" and name.startswith(META):
            text = said.get("content") or ""
            try:
                self.facts[name.removeprefix(META)] = json.loads(text)
            except ValueError:
                self.facts[name.removeprefix(META)] = text
