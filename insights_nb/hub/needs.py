"""What is still wanted, in view of what an archive has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from insights_nb.files import inside
from insights_nb.hub.pulls import Question
from insights_nb.periods import Granularity, Period

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.archive.ledger import Entry
    from insights_nb.archive.offers import Offer
    from insights_nb.hub.offered import Offered, SourceName

_Key = tuple[str | None, str | None, str, str, str]

# Points come up to four days late, and once two were filled in after later ones.
_LOOK_BACK: dict[Granularity, int] = {"week": 5, "month": 2}
# A file without a period in its name may be another one next week.
_UNDATED_FOR = dt.timedelta(days=6)


class Holdings:
    """What an archive has, to be looked up by what a source offers.

    Parameters
    ----------
    archive
        The archive.
    today
        A period that ends later is not closed, and not wanted yet.
    """

    def __init__(self, archive: Archive, today: dt.date) -> None:
        self._archive = archive
        self._today = today
        self._offers = archive.known_offers()
        self._parts: dict[_Key, int] = {}
        self._sources: dict[str, str] = {}
        # What was withdrawn is not fetched again: it is there, and is not to count.
        self._entries = [*archive.entries(), *(one.entry for one in archive.withdrawn())]
        for entry in self._entries:
            self._sources[entry.source] = entry.added
            for key in _keys(entry):
                self._parts[key] = max(self._parts.get(key, 0), entry.parts)

    def closed(self, item: Offered) -> bool:
        """Return whether a report's period is over: before, it would be half a report."""
        return item.period is None or item.period.is_over(self._today)

    def has(self, item: Offered) -> bool:
        """Return whether a report is in the archive, by what it is or where it comes from."""
        if item.period is None:
            return all(self._recent(address) for address in item.addresses)
        if item.addresses <= self._sources.keys():
            return True
        key = (
            item.kind,
            item.granularity,
            item.period.label,
            item.view,
            item.namespace.casefold(),
        )
        # A report that was listed before all its parts were there is fetched again.
        return self._parts.get(key, 0) >= len(item.addresses)

    def listed(self, source: SourceName, namespace: str) -> list[Offer]:
        """Return what a source listed when it last had something, of series that go on."""
        return [
            offer
            for offer in self._offers
            if offer.source == source
            and offer.asked_for.casefold() == namespace.casefold()
            and not offer.silent(self._today)
        ]

    def repositories(self) -> set[str]:
        """Return the repositories, in lower case, with any pull data in the archive."""
        pulls = [entry for entry in self._entries if entry.kind == "pulls"]
        return {name.casefold() for entry in pulls for name, _ in self._rows(entry)}

    def wanted(self, items: Iterable[Offered], recheck: int = 0) -> list[Offered]:
        """Return what is to be fetched, newest periods first.

        Parameters
        ----------
        items
            What is offered.
        recheck
            How many of the newest periods of each series are wanted though they are there.
        """
        closed = [item for item in items if self.closed(item)]
        again = self._newest(closed, recheck)
        chosen = [item for item in closed if id(item) in again or not self.has(item)]
        return sorted(chosen, key=self._age)

    def questions(self, asked: Sequence[Question], recheck: int = 0) -> list[Question]:
        """Return the questions on pull data that can bring something.

        A question is asked if a repository lacks the newest closed period, or one of the last
        five weeks or two months. A period counts as available only if it came after its end.
        """
        found = []
        for question in asked:
            if recheck:
                found.append(question)
                continue
            last = Period.containing(self._today, question.granularity)
            due = {last.shift(-n) for n in range(1, _LOOK_BACK[question.granularity] + 1)}
            available = self._points(question.granularity, due)
            if question.repositories:
                lacking = tuple(r for r in question.repositories if _lacks(available.get(r), due))
                if lacking:
                    found.append(Question(question.granularity, question.namespace, lacking))
                continue
            prefix = f"{question.namespace.casefold()}/"
            known = [periods for name, periods in available.items() if name.startswith(prefix)]
            if not known or any(_lacks(periods, due) for periods in known):
                found.append(question)
        return found

    def _recent(self, address: str) -> bool:
        added = self._sources.get(address)
        if added is None:
            return False
        return dt.datetime.now(dt.UTC) - _moment(added) < _UNDATED_FOR

    def _newest(self, items: Sequence[Offered], count: int) -> set[int]:
        series: dict[tuple[object, ...], list[Offered]] = {}
        for item in items:
            series.setdefault(item.series, []).append(item)
        return {
            id(item) for found in series.values() for item in sorted(found, key=self._age)[:count]
        }

    def _age(self, item: Offered) -> int:
        return (self._today - (item.period.end if item.period else self._today)).days

    def _points(self, granularity: Granularity, due: set[Period]) -> dict[str, set[Period]]:
        """Return which of some periods each repository has, and has for good."""
        found: dict[str, set[Period]] = {}
        for entry in self._entries:
            if entry.kind != "pulls" or entry.granularity != granularity:
                continue
            came = _moment(entry.added).date()
            settled = {one for one in due & set(entry.starts()) if came >= one.end}
            if not settled:
                continue
            for name, start in self._rows(entry):
                period = Period(granularity, start)
                if period in settled:
                    found.setdefault(name.casefold(), set()).add(period)
        return found

    def _rows(self, entry: Entry) -> list[tuple[str, dt.date]]:
        columns = ["repository", "period"]
        try:
            frame = pl.scan_parquet(inside(self._archive.folder, entry.parquet)).select(columns)
            return frame.drop_nulls().unique().collect().rows()
        except (OSError, pl.exceptions.PolarsError):
            # Damaged or lost: asking again brings it back.
            return []


def _lacks(known: set[Period] | None, due: set[Period]) -> bool:
    """Return whether the newest of some periods is missing, or one after the first available."""
    # What comes before a repository's first period is no gap: it may be new.
    return not known or any(period not in known for period in due if period > min(known))


def _keys(entry: Entry) -> list[_Key]:
    return [
        (entry.kind, entry.granularity, label, entry.view, name.casefold())
        for label in entry.periods
        for name in entry.namespaces
    ]


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
