"""What a source offers: reports that can be had, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from insights_nb.archive.additions import Download
from insights_nb.errors import HubAnswerError
from insights_nb.hub.addresses import is_signed
from insights_nb.hub.downloads import download

if TYPE_CHECKING:
    from insights_nb.hub.transport import Hub
    from insights_nb.periods import Granularity, Period

SourceName = Literal["reports", "exports", "pulls"]
# What servers of signed files answer where the signature is too old.
_EXPIRED = (400, 401, 403)


@dataclass(frozen=True)
class Part:
    """One file of a report.

    Parameters
    ----------
    url
        Where it is, perhaps signed: never to be written down.
    name
        What it is to be called.
    source
        Where it came from, as the ledger records it.
    size
        Its length in bytes as listed, where the listing has it.
    """

    url: str = field(repr=False)
    name: str
    source: str
    size: int | None = None


@dataclass(frozen=True)
class Collected:
    """What a worker brought: the files of one report.

    Parameters
    ----------
    files
        As they came; none where the source had an empty answer.
    notes
        What was odd, one sentence each.
    lacking
        The repositories, named as they were asked for, of which the answer has nothing.
    """

    files: tuple[Download, ...]
    notes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offered:
    """One report that a source offers.

    Parameters
    ----------
    source
        ``"reports"``, ``"exports"`` or ``"pulls"``.
    namespace
        Whose it is, as it was asked for.
    name
        A file name, or what else identifies it to a person.
    kind
        Report kind, or None where only the file shows it.
    view
        ``"reference"`` or ``"repository"`` for the legacy summary, else empty.
    granularity, period
        Which week or month, or None where only the file shows it.
    addresses
        What the ledger records as the source of its parts.
    collect
        Downloads it; called in a thread of its own.
    stated_kind, stated_period
        What the archive needs to know, because it is not in the file.
    """

    source: SourceName
    namespace: str
    name: str
    kind: str | None
    view: str
    granularity: Granularity | None
    period: Period | None
    addresses: frozenset[str]
    collect: Callable[[], Collected] = field(repr=False, compare=False)
    stated_kind: str | None = None
    stated_period: Period | None = None

    @property
    def series(self) -> tuple[object, ...]:
        """What it is one period of."""
        return (self.source, self.namespace, self.kind, self.view, self.granularity)


@dataclass(frozen=True)
class Listing:
    """What one source has for one namespace.

    Parameters
    ----------
    items
        What it offers.
    problems
        Entries that cannot be fetched, each with the reason.
    """

    items: tuple[Offered, ...]
    problems: tuple[tuple[str, str], ...] = ()


def collect_parts(hub: Hub, locate: Callable[[bool], Sequence[Part]]) -> Collected:
    """Download every part of a report.

    Parameters
    ----------
    hub
        Who asks.
    locate
        Returns the parts; called with True for addresses that were signed just now.

    Raises
    ------
    HubError
        If one of them cannot be had.
    """
    parts = locate(False)
    try:
        return _collected(hub, parts)
    except HubAnswerError as error:
        if error.status not in _EXPIRED or not any(is_signed(part.url) for part in parts):
            raise
    # Signed addresses are good for minutes; a long queue or a long wait outlives them.
    return _collected(hub, locate(True))


def _collected(hub: Hub, parts: Sequence[Part]) -> Collected:
    files: list[Download] = []
    notes: list[str] = []
    for part in parts:
        body = download(hub, part.url, part.size)
        files.append(Download(body.data, part.name, part.source))
        notes += body.notes
    return Collected(tuple(files), tuple(notes))
