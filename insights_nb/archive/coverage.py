"""Which reports are available, missing, expected or overdue, and which will soon be gone for good.

Docker publishes a period's report on the day after its end; weekly data came up to four days later
than that. A source lists the last few reports only, and nothing brings an older one back.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import pandas as pd

from insights_nb.archive.counting import without_rows
from insights_nb.archive.ledger import Entry
from insights_nb.archive.offers import SILENCE, Offer, Series
from insights_nb.periods import Granularity, Period, between
from insights_nb.schema import REPORTS

Status = Literal["available", "revised", "missing", "expected", "overdue"]

GRACE = dt.timedelta(days=4)
"""How long after its due date a report is expected rather than overdue."""

_PERIOD_DTYPES = {
    "kind": "str",
    "namespace": "str",
    "granularity": "str",
    "period": "datetime64[s]",
    "label": "str",
    "status": "str",
    "files": "Int64",
    "revisions": "Int64",
    "empty": "bool",
    "due": "datetime64[s]",
    "newest": "str",
    "age": "Int64",
    "ages_out": "datetime64[s]",
    "at_risk": "bool",
    "gone": "bool",
    "ended": "bool",
}
_SERIES_DTYPES = {
    "kind": "str",
    "namespace": "str",
    "granularity": "str",
    "first": "str",
    "newest": "str",
    "age": "Int64",
    "available": "Int64",
    "revised": "Int64",
    "missing": "Int64",
    "expected": "Int64",
    "overdue": "Int64",
    "at_risk": "Int64",
    "gone": "Int64",
    "ended": "bool",
    "next_due": "datetime64[s]",
}


class _Row(NamedTuple):
    """One period of a series; the fields are the columns of `coverage`."""

    kind: str
    namespace: str
    granularity: Granularity
    period: dt.date
    label: str
    status: Status
    files: int
    revisions: int
    empty: bool
    due: dt.date
    newest: str
    age: int
    ages_out: dt.date | None
    at_risk: bool
    gone: bool
    ended: bool


def coverage(
    entries: Iterable[Entry],
    offers: Iterable[Offer],
    today: dt.date,
    next_run: int = 7,
    since: dt.date | None = None,
) -> pd.DataFrame:
    """Return which periods' reports are in the archive, and until when the others can be had.

    Parameters
    ----------
    entries
        The archive's files. Those without a period are left out.
    offers
        What the sources listed when they were last asked.
    today
        The day as of which periods are closed, late or about to be gone; in UTC.
    next_run
        In how many days the source will be asked again.
    since
        Leave out the periods that begin before this day: what is gone for good is no news.

    Returns
    -------
    pandas.DataFrame
        One row per kind, namespace, granularity and period, sorted so. A series runs from its
        first available period (or the first still listed by its source) to the last one closed;
        one that has ended, to its newest. An archive without reports gives no rows.

        ``period`` is the first day, ``label`` its name (``2026-W47``). ``status`` is
        ``"available"``; ``"revised"``, available in more than one revision; ``"missing"``, though a
        later one is available; ``"expected"``, closed at most four days ago; or ``"overdue"``.
        ``files`` counts originals, revisions and parts included, ``revisions`` how often the
        report was revised after it first came. ``empty``: available, but without a row:
        nothing happened, or the download broke off. ``due`` is the day on which it is published.
        ``newest`` is the newest available period of the series, ``age`` the days since that one
        was due. ``ages_out`` is the day from which its source lists the period no more; missing
        where the report is available, where the source was never asked, and where it passes the
        period over. ``at_risk``: not available, and gone before the next run. ``gone``: not
        available, and listed no more. ``ended``: nothing came for more than 26 weeks or 6 months.

    Notes
    -----
    A source is taken to keep as many reports as it listed last. What it will list tomorrow follows
    from the days on which newer periods are due, so a day may come too early, never too late.

    A series has ended only where its source listed nothing newer either, and where other series
    went on; else an archive that nobody fills any more would look complete. The legacy reports need
    no such sign. Either of the legacy summary's two views makes a period available.
    """
    rows = [
        row for one in _series(entries, offers, today) for row in one.rows(today, next_run, since)
    ]
    return pd.DataFrame(rows, columns=[*_PERIOD_DTYPES]).astype(_PERIOD_DTYPES)


def status(
    entries: Iterable[Entry],
    offers: Iterable[Offer],
    today: dt.date,
    next_run: int = 7,
    since: dt.date | None = None,
) -> pd.DataFrame:
    """Return how many reports of each series are available, missing, expected and overdue.

    Parameters
    ----------
    entries, offers, today, next_run, since
        As for `coverage`.

    Returns
    -------
    pandas.DataFrame
        One row per kind, namespace and granularity: the ``first`` and ``newest`` available period
        by label, ``age`` in days since the newest was due, then how many periods are ``available``
        (``revised`` ones included), ``missing``, ``expected`` and ``overdue``, and how many of
        these are ``at_risk`` or ``gone``; all as in `coverage`. ``next_due`` is the day on which
        the next report is published, missing where the series has ``ended``. With `since`, only
        periods from then on are counted, and a series that has none is left out.
    """
    rows = [
        (
            *one.name,
            one.first.label,
            one.newest.label,
            one.age(today),
            *_counts(periods),
            one.ended,
            one.next_due,
        )
        for one in _series(entries, offers, today)
        if (periods := list(one.rows(today, next_run, since))) or since is None
    ]
    return pd.DataFrame(rows, columns=[*_SERIES_DTYPES]).astype(_SERIES_DTYPES)


def complete(frame: pd.DataFrame) -> bool:
    """Return whether nothing of a `coverage` or `status` frame is missing or overdue."""
    if "status" in frame:
        return not frame["status"].isin(["missing", "overdue"]).any()
    return not frame[["missing", "overdue"]].to_numpy().any()


@dataclass
class _Series:
    """What has one report in each period, and which of these are available."""

    name: Series
    current: Period
    offered: Sequence[Period]
    asked_on: dt.date | None
    # By first day, which is quicker looked up than a period.
    files: dict[dt.date, int] = field(default_factory=dict)
    revisions: dict[dt.date, int] = field(default_factory=dict)
    empty: set[dt.date] = field(default_factory=set)
    ended: bool = False

    # Asked for once all files are known, and then of each period.
    @cached_property
    def first(self) -> Period:
        return Period(self.name[2], min(self.files))

    @cached_property
    def newest(self) -> Period:
        return Period(self.name[2], max(self.files))

    @property
    def silent(self) -> bool:
        """Whether nothing came for longer than a source is ever late."""
        last = max([self.newest, *self.offered])
        return last.shift(SILENCE[last.granularity] + 1) < self.current

    @property
    def regular(self) -> bool:
        """Whether a report is expected in each period; nobody knows that of an unknown kind."""
        return self.name[0] in REPORTS

    @property
    def next_due(self) -> dt.date | None:
        if self.ended or not self.regular:
            return None
        return max(self.newest.shift(1), self.current).end

    def age(self, today: dt.date) -> int:
        return (today - self.newest.end).days

    def rows(self, today: dt.date, next_run: int, since: dt.date | None) -> Iterator[_Row]:
        newest, age = self.newest, self.age(today)
        last = newest if self.ended else max(newest, self.current.shift(-1))
        for period in between(min([self.first, *self.offered]), last):
            files = self.files.get(period.start, 0)
            if not files and (period >= self.current or not self.regular):
                continue
            if since is not None and period.start < since:
                continue
            out = None if files else self._ages_out(period)
            gone = out is not None and out <= today
            soon = out is not None and out <= today + dt.timedelta(days=next_run)
            yield _Row(
                *self.name,
                period=period.start,
                label=period.label,
                status=self._status(period, today),
                files=files,
                revisions=self.revisions.get(period.start, 0),
                empty=period.start in self.empty,
                due=period.end,
                newest=newest.label,
                age=age,
                ages_out=out,
                at_risk=soon and not gone,
                gone=gone,
                ended=self.ended,
            )

    def _status(self, period: Period, today: dt.date) -> Status:
        if period.start in self.files:
            return "revised" if self.revisions[period.start] else "available"
        if period < self.newest:
            return "missing"
        return "expected" if today <= period.end + GRACE else "overdue"

    def _ages_out(self, period: Period) -> dt.date | None:
        """Return the day from which the source, which keeps so many reports, lists it no more.

        Each newer report that is published pushes the oldest one out.
        """
        if not self.offered or self.asked_on is None:
            return None
        oldest, newest = self.offered[0], self.offered[-1]
        if period < oldest:
            before = oldest.steps_to(period)
        elif period > newest:
            before = len(self.offered) - 1 + newest.steps_to(period)
        elif period in self.offered:
            before = self.offered.index(period)
        else:
            # It was passed over: nobody knows whether it ever comes.
            return None
        out = newest.shift(before + 1).end
        if period < oldest:
            return out
        # What was listed that day was there that day, however late its successor is; and what was
        # not published yet was not pushed out either.
        return max(out, self.asked_on + dt.timedelta(days=1))


def _series(entries: Iterable[Entry], offers: Iterable[Offer], today: dt.date) -> list[_Series]:
    offered = {offer.series: offer for offer in sorted(offers, key=lambda one: one.asked)}
    found: dict[Series, _Series] = {}
    every = [*entries]
    for entry in every:
        if entry.granularity is None:
            continue
        for namespace in entry.namespaces or ("",):
            name = (entry.kind, namespace, entry.granularity)
            if name not in found:
                found[name] = _empty(name, offered.get(name), today)
            one = found[name]
            # An entry without periods has one number of revisions all the same.
            for period, revision in zip(entry.starts(), entry.revisions, strict=False):
                day = period.start
                one.files[day] = one.files.get(day, 0) + 1
                one.revisions[day] = max(one.revisions.get(day, 0), revision)
    for kind, namespace, granularity, label in without_rows(every):
        found[kind, namespace, granularity].empty.add(Period.parse(label).start)
    available = [found[name] for name in sorted(found) if found[name].files]
    # Where nothing at all came, it is the archive that nobody fills any more.
    goes_on = any(not one.silent for one in available)
    for one in available:
        report = REPORTS.get(one.name[0])
        one.ended = one.silent and (goes_on or (report is not None and report.ended))
    return available


def _empty(name: Series, offer: Offer | None, today: dt.date) -> _Series:
    current = Period.containing(today, name[2])
    if offer is None:
        return _Series(name, current, (), None)
    return _Series(name, current, offer.starts(), offer.asked_on)


def _counts(rows: Sequence[_Row]) -> tuple[int, ...]:
    counts = Counter(row.status for row in rows)
    return (
        counts["available"] + counts["revised"],
        counts["revised"],
        counts["missing"],
        counts["expected"],
        counts["overdue"],
        sum(row.at_risk for row in rows),
        sum(row.gone for row in rows),
    )
