"""Asking each source what it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from insights_nb.archive.offers import Offer
from insights_nb.errors import (
    HubError,
    HubNotFoundError,
    HubRefusedError,
    SignInError,
)
from insights_nb.hub.catalogue import Catalogue
from insights_nb.hub.exports import Exports, own_namespaces
from insights_nb.hub.needs import Holdings
from insights_nb.hub.outcome import ReportOutcome, SourceOutcome
from insights_nb.hub.pulls import Question, requests_for

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.hub.offered import Listing, Offered, SourceName
    from insights_nb.hub.transport import Hub
    from insights_nb.periods import Granularity

_SPANS = {"week": "weeks", "month": "months"}


@dataclass(frozen=True)
class Wish:
    """What is to be fetched.

    Parameters
    ----------
    sources
        Which sources to ask, in this order.
    namespace
        Whose reports; empty where the account or the repositories decide.
    repositories
        Whose pull data; empty for all of the namespace.
    granularities
        Weeks, months or both.
    recheck
        How many of the newest periods of each series to read again.
    today
        The date in UTC.
    """

    sources: tuple[SourceName, ...]
    namespace: str
    repositories: tuple[str, ...]
    granularities: tuple[Granularity, ...]
    recheck: int
    today: dt.date


@dataclass
class Survey:
    """What the sources have, and what of it is wanted.

    Parameters
    ----------
    sources
        What each source had.
    listed
        Everything that was offered.
    wanted
        What is to be fetched, in order.
    reports
        What need not be fetched, or cannot.
    """

    sources: list[SourceOutcome] = field(default_factory=list)
    listed: list[Offered] = field(default_factory=list)
    wanted: list[Offered] = field(default_factory=list)
    reports: list[ReportOutcome] = field(default_factory=list)


def namespaces(hub: Hub, wish: Wish) -> list[str]:
    """Return whose reports are wanted.

    Raises
    ------
    HubError
        If that is unknown.
    """
    if wish.namespace:
        return [wish.namespace]
    if wish.repositories:
        return sorted({name.partition("/")[0] for name in wish.repositories})
    try:
        found = own_namespaces(hub)
    except (HubNotFoundError, HubRefusedError) as error:
        raise _no_namespace("the account's namespaces cannot be listed") from error
    if not found:
        raise _no_namespace("the account has no namespace with analytics")
    return found


def _no_namespace(why: str) -> HubError:
    return HubError(
        f"No organisation was named, and {why}. Name it with --namespace, as in --namespace acme."
    )


def survey(hub: Hub, wish: Wish, archive: Archive, found: Survey) -> None:
    """Ask each source what it has; fills `found` as the answers come.

    Raises
    ------
    SignInError
        If the credentials are not accepted, so that nothing can be asked.
    """
    holdings = Holdings(archive, wish.today)
    owners = namespaces(hub, wish)
    for owner in owners:
        for source in wish.sources:
            if source != "pulls":
                _ask(hub, wish, holdings, owner, source, found)
    found.wanted = holdings.wanted(found.listed, wish.recheck)
    chosen = {id(item) for item in found.wanted}
    found.reports += [
        _unchanged(item)
        for item in found.listed
        if id(item) not in chosen and holdings.closed(item)
    ]
    if "pulls" in wish.sources:
        _plan_pulls(hub, wish, holdings, owners, found)


def offers(listed: Sequence[Offered], archive: Archive, asked: str) -> list[Offer]:
    """Return which periods the sources list now, for each series of the archive.

    Parameters
    ----------
    listed
        What they offer.
    archive
        Knows publishers by the name in their reports, which need not be the one asked for.
    asked
        When, as an ISO time in UTC.
    """
    names: dict[str, set[str]] = {}
    for entry in archive.entries():
        names.setdefault(entry.source, set()).update(entry.namespaces)
    series: dict[tuple[str, str, Granularity], set[str]] = {}
    came: dict[tuple[str, str, Granularity], tuple[str, str]] = {}
    for item in listed:
        if item.kind is None or item.period is None:
            continue
        called = {name for address in item.addresses for name in names.get(address, ())}
        owner = called.pop() if len(called) == 1 else item.namespace
        key = (owner, item.kind, item.period.granularity)
        series.setdefault(key, set()).add(item.period.label)
        came[key] = (item.source, item.namespace)
    # Labels of one granularity sort as their periods do.
    return [Offer(*key, asked, tuple(sorted(labels)), *came[key]) for key, labels in series.items()]


def _ask(
    hub: Hub, wish: Wish, holdings: Holdings, owner: str, source: SourceName, found: Survey
) -> None:
    place = (
        Catalogue(hub, owner) if source == "reports" else Exports(hub, owner, wish.granularities)
    )
    try:
        listing = place.listing()
    except SignInError:
        raise
    except (HubNotFoundError, HubRefusedError) as error:
        found.sources.append(_none(owner, source, f"{error.seen}: {error.asked}", holdings))
        return
    except HubError as error:
        found.sources.append(SourceOutcome((owner,), source, "failed", f"failed: {error}"))
        return
    items = [
        item
        for item in listing.items
        if item.granularity is None or item.granularity in wish.granularities
    ]
    found.listed += items
    found.sources.append(_had(owner, source, listing, items, holdings))
    found.reports += [
        ReportOutcome("failed", source, owner, name, reason=why) for name, why in listing.problems
    ]


def _had(
    owner: str,
    source: SourceName,
    listing: Listing,
    items: Sequence[Offered],
    holdings: Holdings,
) -> SourceOutcome:
    if not listing.items and not listing.problems:
        return _none(owner, source, "its list is empty", holdings)
    closed = [item for item in items if holdings.closed(item)]
    lacking = sum(not holdings.has(item) for item in closed)
    words = f"{len(items):,} reports, {lacking:,} not in the archive"
    if running := len(items) - len(closed):
        words += f", {running:,} for periods that are not over"
    if left := len(listing.items) - len(items):
        words += f" ({left:,} by another granularity left out)"
    return SourceOutcome((owner,), source, "had", words)


def _none(owner: str, source: SourceName, seen: str, holdings: Holdings) -> SourceOutcome:
    """Return the outcome of a source that has nothing: a failure where it had something before."""
    before = holdings.listed(source, owner)
    if not before:
        return SourceOutcome((owner,), source, "none", f"none ({seen})")
    count = sum(len(offer.periods) for offer in before)
    day = max(offer.asked_on for offer in before).isoformat()
    words = (
        f"failed: none ({seen}), though it listed {count:,} reports on {day}. Check that the "
        "account is still an owner and that the token may still read. If both are, ask Docker "
        "soon: each report is listed for a few periods only."
    )
    return SourceOutcome((owner,), source, "failed", words)


def _unchanged(item: Offered) -> ReportOutcome:
    return ReportOutcome(
        "unchanged",
        item.source,
        item.namespace,
        item.name,
        kind=item.kind or "",
        granularity=item.granularity,
        periods=(item.period.label,) if item.period else (),
    )


def _plan_pulls(
    hub: Hub, wish: Wish, holdings: Holdings, owners: Sequence[str], found: Survey
) -> None:
    # Repositories share requests, whosever they are; without them a namespace is a request.
    groups = [tuple(owners)] if wish.repositories else [(owner,) for owner in owners]
    for group in groups:
        asked = [Question(each, group[0], wish.repositories) for each in wish.granularities]
        questions = holdings.questions(asked, wish.recheck)
        items = list(requests_for(hub, questions))
        found.wanted += items
        chosen = {question.granularity for question in questions}
        found.reports += [
            ReportOutcome("unchanged", "pulls", group[0], f"pull data by {each}", "pulls", each)
            for each in wish.granularities
            if each not in chosen
        ]
        found.sources.append(SourceOutcome(group, "pulls", "had", _pulls_words(questions, items)))


def _pulls_words(questions: Sequence[Question], items: Sequence[Offered]) -> str:
    if not questions:
        return "everything due is in the archive"
    spans = " and ".join(_SPANS[question.granularity] for question in questions)
    many = "1 request" if len(items) == 1 else f"{len(items):,} requests"
    return f"{spans} of the last 12 months, {many}"
