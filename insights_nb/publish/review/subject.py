"""What a review is of: the month, what it is compared with, whose pulls, and what is wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from insights_nb.archive import Archive
from insights_nb.archive.coverage import GRACE
from insights_nb.charts.events import event_text, shown_events
from insights_nb.counts.pulls import pull_table, unknown_repositories
from insights_nb.counts.sources import DEFINITION_OF, PULLS
from insights_nb.errors import MissingReportError, UnknownNameError
from insights_nb.metrics.adoption import cohorts, tag_pulls
from insights_nb.metrics.events import first_seen_events
from insights_nb.metrics.movers import counts_in
from insights_nb.metrics.pulls import (
    definitions_of,
    fold_other,
    in_order,
    pulls,
    top_repositories,
)
from insights_nb.metrics.quality import reconcile
from insights_nb.metrics.versions import FLOATING, LATEST, PRERELEASE
from insights_nb.opening import events_of, open_archive, tag_rules_of
from insights_nb.periods import Period
from insights_nb.publish.review.numbers import counted, listed
from insights_nb.reading.tags import TagRules
from insights_nb.schema import title_of
from insights_nb.selection import YEAR, Selection, not_offered

Compare = Literal["month", "year"]

COMPARE: tuple[Compare, ...] = get_args(Compare)
"""What a review compares with: the month before, or the same month a year ago."""

LINES = 8
"""How many lines the chart of pulls has."""

_NAMED = 3
_REPOSITORIES = ("repository", "repositories")


@dataclass(frozen=True)
class Subject:
    """What a review is of.

    Parameters
    ----------
    archive
        As of `month`: later reports are left out.
    month
        The month reviewed.
    compare
        What movers, adoption, companies and pairs are compared with.
    repositories
        Full names, or None for all.
    events
        As `insights_nb.read_events` gives them, or None.
    rules
        As `insights_nb.tag_rules_of` gives them.
    """

    archive: Archive
    month: Period
    compare: Compare
    repositories: tuple[str, ...] | None
    events: pd.DataFrame | None
    rules: TagRules | None

    @property
    def before(self) -> Period:
        """The month before."""
        return self.month.shift(-1)

    @property
    def year_before(self) -> Period:
        """The same month a year ago."""
        return self.month.shift(-YEAR)

    @property
    def base(self) -> Period:
        """The month that it is compared with."""
        return self.before if self.compare == "month" else self.year_before

    @property
    def selection(self) -> Selection:
        """Twelve months, of the repositories reviewed."""
        return Selection("month", YEAR, self.repositories)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Each repository's pulls in the month, the one before and a year ago."""
        periods = [self.month, self.before, self.year_before]
        return counts_in(self.archive, periods, self.repositories)

    @cached_property
    def tags(self) -> pd.DataFrame:
        """Twelve months of each repository's tags.

        Raises
        ------
        ReportNeededError
            If no monthly report counts tags.
        """
        return tag_pulls(self.archive, self.selection, tags=self.rules)

    @cached_property
    def marks(self) -> pd.DataFrame | None:
        """What the charts mark: the events given, and the month in which a version first counts."""
        found = [] if self.events is None else [self.events]
        with contextlib.suppress(MissingReportError, UnknownNameError):
            seen = first_seen_events(cohorts(self.tags, by="minor"))
            # A tag that moves to the newest release by itself is none, nor is a pre-release.
            moves = seen["cohort"].str.endswith((FLOATING, PRERELEASE)) | seen["cohort"].eq(LATEST)
            named = seen["repository"].isin(self.lines["repository"])
            found.append(seen[named & ~moves.astype(bool)])
        found = [rows[["date", "label", "repository", "url"]] for rows in found if len(rows)]
        return pd.concat(found, ignore_index=True) if found else None

    @cached_property
    def pulls(self) -> pd.DataFrame:
        """Twelve months of each repository's pulls."""
        return pulls(self.archive, self.selection)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Twelve months of pulls, the smallest repositories folded."""
        frame = self.pulls
        ordered = in_order(frame, top_repositories(frame, LINES))
        return fold_other(ordered, lines=LINES)

    @cached_property
    def marked(self) -> pd.DataFrame:
        """The events of the twelve months, numbered, as `insights_nb.shown_events` gives them.

        Those given are of any repository, those that the reports show only of one with a line of
        its own: a large portfolio has more releases than a chart has room.
        """
        return shown_events(self.pulls, self.marks)

    @cached_property
    def pinned(self) -> pd.DataFrame:
        """The same events for any chart, also one whose lines do not name their repositories."""
        texts = zip(self.marked["label"], self.marked["repository"], strict=True)
        labels = [event_text(label, None if pd.isna(of) else of) for label, of in texts]
        return self.marked.assign(label=pd.array(labels, "str"), repository=None)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Which monthly reports are available, as of when the month's last one was overdue."""
        day = self.month.end + GRACE + dt.timedelta(days=1)
        rows = self.archive.coverage(day)
        rows = rows[rows["granularity"] == "month"]
        return rows[~replaced(rows)].reset_index(drop=True)

    @cached_property
    def reconciled(self) -> pd.DataFrame:
        """What compares reports of the month, of the repositories reviewed and of all together."""
        rows = reconcile(self.archive, "month")
        rows = rows[rows["period"] == pd.Timestamp(self.month.start)]
        if self.repositories is not None:
            # A publisher's own sums, and rows of the Summary's levels, are everybody's.
            others = {*self.counts_of_all} - {*self.repositories}
            rows = rows[~rows["series"].isin(others)]
        return rows.reset_index(drop=True)

    @property
    def counts_of_all(self) -> list[str]:
        """All repositories that the archive names."""
        return counts_in(self.archive, [self.month])["repository"].tolist()

    @cached_property
    def _otherwise(self) -> dict[Period, dict[str, str]]:
        """The repositories that only another definition counts, in the months compared with."""
        definitions = dict(zip(self.counts["repository"], self.counts["definition"], strict=True))
        return counted_otherwise(self.archive, definitions, [self.before, self.year_before])

    @cached_property
    def otherwise(self) -> dict[Period, dict[str, str]]:
        """The same of the twelve months of `pulls`."""
        months = [Period("month", day.date()) for day in self.pulls["period"].unique()]
        return counted_otherwise(self.archive, definitions_of(self.pulls), months)

    @property
    def available(self) -> bool:
        """Whether any pulls of the month are known."""
        return bool(self.counts[self.month.label].notna().any())

    @cached_property
    def lacking(self) -> list[str]:
        """What the month lacks, in sentences; empty where it is whole."""
        if not self.available:
            # The archive is as of this month; later ones may be available.
            newest = max(available_months(self.archive), default=None)
            text = f" The newest month before it is {newest.dates}." if newest else ""
            return [f"{self.month.dates} is missing: no monthly report counts its pulls.{text}"]
        return [*self._unknown(), *self._early(), *self._reports()]

    @cached_property
    def doubts(self) -> list[str]:
        """What else casts doubt on the numbers, in sentences."""
        sentences = []
        known = self.counts[self.counts[self.month.label].notna()]
        for period, words in (
            (self.before, "the month before"),
            (self.year_before, "the same month a year ago"),
        ):
            unknown = known.loc[known[period.label].isna(), "repository"].tolist()
            other = {name: by for name, by in self._otherwise[period].items() if name in unknown}
            if other:
                whose = "" if len(other) == len(known) else f" for {_some([*other])}"
                sentences.append(
                    f"{period.dates}, {words}, is counted differently{whose} "
                    f"({programs([*other.values()])}): no change since is given."
                )
            unknown = [name for name in unknown if name not in other]
            if unknown and not other and self.counts[period.label].isna().all():
                sentences.append(f"{period.dates}, {words}, is missing: changes since are unknown.")
            elif unknown:
                sentences.append(
                    f"{period.dates}, {words}, is partial: the pulls of {_some(unknown)} are "
                    "unknown."
                )
        for period in (self.month, self.before, self.year_before):
            sentences += self._empty(period)
        differing = int(self.reconciled["verdict"].eq("differs").sum())
        if differing:
            noun, what = ("check", "a mismatch") if differing == 1 else ("checks", "mismatches")
            sentences.append(f"{differing:,} {noun} found {what}: see Inputs.")
        return sentences

    def _unknown(self) -> list[str]:
        """Say of whom nothing is known."""
        unknown = self.counts.loc[self.counts[self.month.label].isna(), "repository"].tolist()
        if not unknown:
            return []
        return [f"{self.month.dates} is partial: the pulls of {_some(unknown)} are unknown."]

    def _early(self) -> list[str]:
        """Say which reports came before the month was over."""
        early = {
            (entry.kind, entry.added[:10])
            for entry in self.archive.entries()
            if self.month.label in entry.periods
            and dt.date.fromisoformat(entry.added[:10]) < self.month.end
        }
        return [
            f"{self.month.dates} is partial: its {title_of(kind)} report came on {day}, "
            "before the month was over."
            for kind, day in sorted(early)
        ]

    def _reports(self) -> list[str]:
        """Say which other reports of the month are missing."""
        rows = self.coverage
        own = rows[
            (rows["period"] == pd.Timestamp(self.month.start))
            & rows["status"].isin(["missing", "overdue"])
        ]
        sentences = []
        for namespace, part in own.groupby("namespace", sort=True):
            titles = [title_of(kind) for kind in part["kind"]]
            of = f" of {namespace!s}" if namespace else ""
            one = len(titles) == 1
            noun, are = ("report", "is") if one else ("reports", "are")
            sentences.append(
                f"The {listed(titles)} {noun}{of} for {self.month.dates} {are} missing. What only "
                f"{'it counts' if one else 'they count'} is unknown."
            )
        return sentences

    def _empty(self, period: Period) -> list[str]:
        """Say which reports of a month count as zero since they have no rows."""
        rows = self.coverage
        own = rows[(rows["period"] == pd.Timestamp(period.start)) & rows["empty"]]
        sentences = []
        for namespace, part in own.groupby("namespace", sort=True):
            titles = [title_of(kind) for kind in part["kind"]]
            of = f" of {namespace!s}" if namespace else ""
            one = len(titles) == 1
            noun, have = ("report", "has") if one else ("reports", "have")
            sentences.append(
                f"The {listed(titles)} {noun}{of} for {period.dates} {have} no rows. "
                f"{'It counts' if one else 'They count'} as zero: nothing happened, or the "
                "download broke off. Docker Hub shows which, as long as it lists "
                f"{'it' if one else 'them'}."
            )
        return sentences


def _some(names: list[str]) -> str:
    """Name a few, and count many."""
    return listed(names) if len(names) <= _NAMED else counted(len(names), *_REPOSITORIES)


def subject(
    archive: Archive | str | os.PathLike[str] | None = None,
    month: str | Period | None = None,
    *,
    repositories: Iterable[str] | None = None,
    compare: Compare = "month",
    events: pd.DataFrame | str | Path | None = None,
) -> Subject:
    """Find out what a review is of; parameters and errors as for `MonthlyReview`."""
    if compare not in COMPARE:
        raise not_offered("compare", compare, " or ".join(map(repr, COMPARE)))
    opened = archive if isinstance(archive, Archive) else open_archive(archive)
    chosen = chosen_month(opened, month)
    names = Selection("month", YEAR, repositories).repositories
    if names is not None and not names:
        raise not_offered("repositories", [], "at least one name, or leave it out for all")
    view = opened.until(chosen)
    if not available_months(view):
        # Nothing is available up to that month: the oldest is the least that can be asked for.
        oldest = min(available_months(opened.whole))
        raise not_offered("month", chosen.label, f"{oldest.label} or later")
    known = counts_in(view, [chosen])["repository"].tolist()
    if unknown := [name for name in names or () if name not in known]:
        raise unknown_repositories(unknown, known)
    own = events if isinstance(events, pd.DataFrame) else events_of(opened, events)
    return Subject(view, chosen, compare, names, own, tag_rules_of(opened))


PROGRAMS = {"events": "Summary", "actions": "legacy", "API": "API"}
"""What the counts of a definition are called in a few letters."""

_AVAILABLE = ("available", "revised")


def counted_otherwise(
    archive: Archive, definitions: Mapping[str, str], periods: Sequence[Period]
) -> dict[Period, dict[str, str]]:
    """Tell which repositories only another definition counts.

    Parameters
    ----------
    archive
        Where the reports are.
    definitions
        Full names, each with the definition of its series.
    periods
        Months.

    Returns
    -------
    dict
        For each month the repositories that their own definition does not count yet, with the one
        that does.
    """
    table = pull_table(archive, "month")
    row_of = {period: row for row, period in enumerate(table.periods)}
    column_of = {name: column for column, name in enumerate(table.repositories)}
    known = {by: counts.known["pulls"] for by, counts in table.counts.items()}
    found: dict[Period, dict[str, str]] = {}
    for period in periods:
        part = found[period] = {}
        if (row := row_of.get(period)) is None:
            continue
        for name, own in definitions.items():
            column = column_of[name]
            # Later on, a report of its own program is missing, whatever else counts.
            began = own in known and known[own][: row + 1, column].any()
            by = next((by for by, its_own in known.items() if its_own[row, column]), None)
            if by and not began:
                part[name] = by
    return found


def replaced(coverage: pd.DataFrame) -> pd.Series:
    """Tell which rows of coverage lack a legacy report whose month another program's counts.

    A publisher has one program at a time: no legacy report is to come of such a month.
    """
    counted = coverage["kind"].map(DEFINITION_OF)
    available = coverage["status"].isin(_AVAILABLE)
    place = pd.MultiIndex.from_frame(coverage[["namespace", "period"]])
    counted_elsewhere = place[(counted.eq("events") & available).to_numpy()]
    return counted.eq("actions") & ~available & place.isin(counted_elsewhere)


def programs(definitions: Sequence[str]) -> str:
    """Name what counts otherwise: ``legacy``."""
    return " and ".join(PROGRAMS[one] for one in dict.fromkeys(definitions))


def chosen_month(archive: Archive, month: str | Period | None) -> Period:
    """Return the month that is meant: the one named, else the last complete one.

    Raises
    ------
    MissingReportError
        If no month is available at all.
    PeriodError, SelectionError
        If the text names no month.
    """
    if not available_months(archive.whole):
        raise archive.require().missing("report of pulls by month")
    if month is None:
        return last_complete_month(archive)
    chosen = month if isinstance(month, Period) else Period.parse(month)
    if chosen.granularity != "month":
        raise not_offered("month", str(month), "a month such as '2026-10'")
    return chosen


def last_complete_month(archive: Archive) -> Period:
    """Return the newest month whose pulls are available and did not come before it was over.

    Raises
    ------
    MissingReportError
        If there is none.
    """
    early = {
        label
        for entry in archive.entries()
        for label in entry.periods
        if entry.granularity == "month"
        and dt.date.fromisoformat(entry.added[:10]) < Period.parse(label).end
    }
    found = [period for period in available_months(archive) if period.label not in early]
    if not found:
        raise archive.missing("report of pulls by month")
    return max(found)


def available_months(archive: Archive) -> set[Period]:
    """Return the months of which any report counts pulls."""
    found: set[Period] = set()
    for source in PULLS:
        for periods in archive.available(source.kind, "month", source.view).values():
            found |= periods
    return found
