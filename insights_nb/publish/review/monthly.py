"""The review in a notebook: one method for each of its sections."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from insights_nb.archive import Archive
from insights_nb.counts.sources import DEFINITION_OF
from insights_nb.errors import InsightsError, ReportNeededError
from insights_nb.opening import is_samples
from insights_nb.periods import Period
from insights_nb.publish.review import companies, headline, inputs, movers, twelve_months, versions
from insights_nb.publish.review.numbers import counted, listed
from insights_nb.publish.review.pieces import Section, Warnings, Words
from insights_nb.publish.review.subject import Compare, Subject, subject
from insights_nb.schema import REPORTS

_SAMPLES = "These are sample data that ship with the package: nothing in them is real."


class MonthlyReview:
    """What a month's reports say, as sections that a notebook shows and a page holds.

    Parameters
    ----------
    archive
        An `Archive` or its folder; None is what `insights_nb.open_archive` finds.
    month
        Such as ``"2026-10"``; None is the last complete one.
    repositories
        Full names; None is all.
    compare
        With what movers, adoption, companies and pairs are compared: ``"month"``, the one before,
        or ``"year"``, the same month a year ago. The headline has both.
    events
        A file as `insights_nb.read_events` reads it, or its frame; None is the ``events.csv`` in
        the archive's folder, if there is one.

    Raises
    ------
    NoArchiveError
        If the archive's folder does not exist.
    MissingReportError
        If no monthly report counts pulls.
    UnknownNameError
        If no monthly report names one of the repositories.
    SelectionError
        If a value is not offered, or nothing is available up to that month.
    ReadError
        If the file of events cannot be read.

    Examples
    --------
    >>> review = MonthlyReview(inb.samples(), "2026-10")  # doctest: +SKIP
    >>> review.movers().frames["movers"]  # doctest: +SKIP
    """

    def __init__(
        self,
        archive: Archive | str | os.PathLike[str] | None = None,
        month: str | Period | None = None,
        *,
        repositories: Iterable[str] | None = None,
        compare: Compare = "month",
        events: pd.DataFrame | str | Path | None = None,
    ) -> None:
        self._subject: Subject = subject(
            archive, month, repositories=repositories, compare=compare, events=events
        )

    @property
    def month(self) -> Period:
        """The month reviewed."""
        return self._subject.month

    @property
    def lacking(self) -> list[str]:
        """What the month lacks, in sentences; empty where it is whole."""
        return list(self._subject.lacking)

    def summary(self) -> Section:
        """Say what the review is of, and what casts doubt on its numbers."""
        of = self._subject
        names = of.counts["repository"].tolist()
        owners = sorted({name.rpartition("/")[0] for name in names} - {""})
        text = counted(len(names), "repository", "repositories")
        whose = f" of {listed(owners)}" if 0 < len(owners) <= 3 else ""
        base = "the month before" if of.compare == "month" else "the same month a year ago"
        warnings = [*([_SAMPLES] if is_samples(of.archive) else []), *of.lacking, *of.doubts]
        month = of.counts[of.month.label]
        return Section(
            [
                Words(f"{text}{whose}. Compared with {of.base.dates}, {base}."),
                Warnings(warnings),
            ],
            facts={
                "month": of.month.label,
                "title": f"Docker Hub pulls in {of.month.start:%B %Y}",
                "of": text + whose,
                "lacking": of.lacking,
                "repositories": of.repositories,
                "compare": of.compare,
                "pulls": headline.sums(of, of.month),
                "before": headline.sums(of, of.before),
                "known": int(month.notna().sum()),
                "inputs": inputs.digest(of),
            },
        )

    def headline(self) -> Section:
        """Say how often everything was pulled, and how that compares."""
        return self._shown(headline.section)

    def twelve_months(self) -> Section:
        """Draw the pulls of twelve months, up to the month reviewed."""
        return self._shown(twelve_months.section)

    def movers(self) -> Section:
        """Say what went up and down most, and which parts account for it."""
        return self._shown(movers.section)

    def adoption(self) -> Section:
        """Say which versions were pulled."""
        return self._shown(versions.section)

    def companies(self) -> Section:
        """Say which companies are new, and which stopped pulling."""
        return self._shown(companies.companies)

    def pairs(self) -> Section:
        """Say which image pairings are new."""
        return self._shown(companies.pairs)

    def inputs(self) -> Section:
        """Say which reports are available, and whether they agree."""
        return self._shown(inputs.section)

    def definitions(self) -> Section:
        """Say what the numbers mean."""
        return self._shown(inputs.definitions)

    def provenance(self) -> Section:
        """Say which files the numbers come from, and what made them."""
        return self._shown(inputs.provenance)

    def _shown(self, section: Callable[[Subject], Section]) -> Section:
        # A missing report is named in its place; the other sections stand.
        try:
            return section(self._subject)
        except ReportNeededError as error:
            return nothing(self._subject.archive, error)
        except InsightsError as error:
            return Section([Words(str(error), "nothing")])


ADVICE = "advice: "
"""What the names of facts begin with that are for who runs the command, and not on the page."""

_LEGACY = ("image_pulls_summary", "image_pulls_raw")
# Of these it is not enough that some file is available.
_LEVELS = {"summary": "tag level", "image_pulls_summary": "tag or digest level"}


def nothing(archive: Archive, error: ReportNeededError) -> Section:
    """Say on the page that no report covers something, and hand on what to do about it."""
    own = [kind for kind in error.kinds if _may_come(archive, kind)]
    text = f"No monthly report in the archive covers {error.what}"
    if not own:
        return Section([Words(f"{text}; the publisher's program has none that does.", "nothing")])
    coarse = [kind for kind in own if archive.available(kind, "month")]
    if coarse:
        levels = [f"{REPORTS[kind].title} at {_LEVELS[kind]}" for kind in coarse]
        text += f": {listed(levels)} {'is' if len(levels) == 1 else 'are'} missing"
    titles = [
        f"{REPORTS[kind].title}{f' at {_LEVELS[kind]}' if kind in coarse else ''}" for kind in own
    ]
    advice = (
        f"To have {error.what} in the review, download {' or '.join(titles)} by month from Docker "
        "Hub and add it: insights-nb add FILES, or run insights-nb fetch."
    )
    return Section([Words(f"{text}.", "nothing")], facts={f"{ADVICE}{error.what}": advice})


def _may_come(archive: Archive, kind: str) -> bool:
    """Tell whether a publisher whose reports these are can have one of a kind at all."""
    available = {entry.kind for entry in archive.entries()}
    legacy, other = available & {*_LEGACY}, available - {*_LEGACY}
    if kind in _LEGACY:
        return bool(legacy) or not other
    # The API answers to publishers of either program.
    return not legacy or any(DEFINITION_OF.get(one) != "API" for one in other)
