"""The review in a notebook: one method for each of its sections."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from insights_nb.archive import Archive
from insights_nb.errors import InsightsError, ReportNeededError
from insights_nb.opening import is_samples
from insights_nb.periods import Period
from insights_nb.publish.review import adopted, headline, inputs, moved, told, year
from insights_nb.publish.review.needed import nothing
from insights_nb.publish.review.numbers import counted, listed
from insights_nb.publish.review.pieces import Section, Warnings, Words
from insights_nb.publish.review.subject import Compare, Subject, subject

_SAMPLES = "These are sample data that ship with the package: nothing in them is real."


class MonthlyReview:
    """What a month's reports tell, as sections that a notebook shows and a page holds.

    Parameters
    ----------
    archive
        An `Archive` or its folder; None is what `insights_nb.open_archive` finds.
    month
        Such as ``"2026-10"``; None is the last one that is held whole.
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
        If no monthly report tells of pulls.
    UnknownNameError
        If no monthly report names one of the repositories.
    SelectionError
        If a value is not offered, or nothing is held up to that month.
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
        said = counted(len(names), "repository", "repositories")
        whose = f" of {listed(owners)}" if 0 < len(owners) <= 3 else ""
        base = "the month before" if of.compare == "month" else "the same month a year ago"
        warnings = [*([_SAMPLES] if is_samples(of.archive) else []), *of.lacking, *of.doubts]
        month = of.counts[of.month.label]
        return Section(
            [
                Words(f"{said}{whose}. Compared with {of.base.dates}, {base}."),
                Warnings(warnings),
            ],
            facts={
                "month": of.month.label,
                "title": f"Docker Hub pulls in {of.month.start:%B %Y}",
                "of": said + whose,
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
        return self._told(headline.section)

    def twelve_months(self) -> Section:
        """Draw the pulls of twelve months, up to the month reviewed."""
        return self._told(year.section)

    def movers(self) -> Section:
        """Say what went up and down most, and which parts account for it."""
        return self._told(moved.section)

    def adoption(self) -> Section:
        """Say which versions were pulled."""
        return self._told(adopted.section)

    def companies(self) -> Section:
        """Say which companies are new, and which have lapsed."""
        return self._told(told.companies)

    def pairs(self) -> Section:
        """Say with which other images the own ones are pulled for the first time."""
        return self._told(told.pairs)

    def inputs(self) -> Section:
        """Say which reports are held, and whether they tell the same."""
        return self._told(inputs.section)

    def definitions(self) -> Section:
        """Say what the numbers mean."""
        return self._told(inputs.definitions)

    def provenance(self) -> Section:
        """Say which files the numbers come from, and what made them."""
        return self._told(inputs.provenance)

    def _told(self, section: Callable[[Subject], Section]) -> Section:
        # A report that is not held is told in its place; the other sections stand.
        try:
            return section(self._subject)
        except ReportNeededError as error:
            return nothing(self._subject.archive, error)
        except InsightsError as error:
            return Section([Words(str(error), "nothing")])
