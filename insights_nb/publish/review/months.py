"""Which months an archive tells of."""

from __future__ import annotations

import datetime as dt

from insights_nb.archive import Archive
from insights_nb.metrics.pull_sources import SOURCES
from insights_nb.periods import Period
from insights_nb.selection import not_offered


def chosen_month(archive: Archive, month: str | Period | None) -> Period:
    """Return the month that is meant: the one named, else the last complete one.

    Raises
    ------
    MissingReportError
        If no month is held at all.
    PeriodError, SelectionError
        If the text names no month.
    """
    if not held_months(archive):
        raise archive.require().missing("report of pulls by month")
    if month is None:
        return last_complete_month(archive)
    chosen = month if isinstance(month, Period) else Period.parse(month)
    if chosen.granularity != "month":
        raise not_offered("month", str(month), "a month such as '2026-10'")
    return chosen


def last_complete_month(archive: Archive) -> Period:
    """Return the newest month whose pulls are held and did not come before it was over.

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
    held = [period for period in held_months(archive) if period.label not in early]
    if not held:
        raise archive.missing("report of pulls by month")
    return max(held)


def held_months(archive: Archive) -> set[Period]:
    """Return the months of which any report tells pulls."""
    found: set[Period] = set()
    for source in SOURCES:
        for periods in archive.available(source.kind, "month", source.view).values():
            found |= periods
    return found
