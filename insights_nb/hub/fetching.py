"""Everything that the sources have and an archive has not, into the archive."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack, get_args

from insights_nb.archive import Archive
from insights_nb.errors import HubError
from insights_nb.hub import settling
from insights_nb.hub.addresses import hub_address, is_safe, origin
from insights_nb.hub.credentials import Credentials, find_credentials, no_credentials
from insights_nb.hub.needs import Holdings
from insights_nb.hub.offered import Collected, Offered, SourceName
from insights_nb.hub.outcome import Fetched, ReportOutcome
from insights_nb.hub.patience import Patience
from insights_nb.hub.pulls import repository_names
from insights_nb.hub.surveying import Survey, Wish, offers, survey
from insights_nb.hub.transport import Hub, StoppedError
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.selection import not_offered
from insights_nb.texts import printable_lines

if TYPE_CHECKING:
    import os

_log = logging.getLogger(__name__)

SOURCES: tuple[SourceName, ...] = get_args(SourceName)
"""Where reports can come from, in the order in which they are asked."""

# What was downloaded waits in memory until it is written: not more than this for each download.
_AHEAD = 2


class FetchOptions(TypedDict, total=False):
    """How reports are fetched, whichever they are; `fetch` says what each is."""

    hub_url: str | None
    credentials: Credentials | None
    today: dt.date | None
    downloads: int
    quiet: bool
    timeout: float | None
    patience: Patience | None


def fetch(
    archive: Archive | str | os.PathLike[str],
    namespace: str | None = None,
    *,
    source: str = "auto",
    repositories: Sequence[str] = (),
    granularity: str = "both",
    recheck: int = 0,
    **manner: Unpack[FetchOptions],
) -> Fetched:
    """Fetch from Docker Hub what is not in an archive yet.

    Newest closed periods first. One report that cannot be had does not stop the others, and after
    an interrupt what arrived stays.

    Parameters
    ----------
    archive
        The archive, or its folder, which is made where it does not exist.
    namespace
        Whose reports: a Docker Hub organisation or user. Without it, the repositories' or all
        those of the account.
    source
        ``"reports"`` is the catalogue of the current publisher program, ``"exports"`` those of the
        legacy programs, ``"pulls"`` pull data; ``"auto"`` asks all three.
    repositories
        Whose pull data, as ``"acme/web"``; without them, that of the whole namespace.
    granularity
        ``"week"``, ``"month"`` or ``"both"``.
    recheck
        How many of the newest periods of each series to read again for revisions.
    hub_url
        Another server than Docker Hub.
    credentials
        The account. Without them, ``DOCKERHUB_USERNAME`` and ``DOCKERHUB_TOKEN``, ``~/.netrc`` or
        a prompt. Public pull data, ``source="pulls"`` with `repositories`, needs none.
    today
        The date in UTC; periods that end later are left for later.
    downloads
        How many at once.
    quiet
        Draw no progress bar, and return the outcome without printing it.
    timeout
        Seconds to wait for a connection and between two pieces of an answer; 60 by default.
    patience
        How often and how long to try again.

    Returns
    -------
    Fetched
        What each source had, and what became of each report; see its ``exit_code``.

    Raises
    ------
    HubError
        If nothing could be asked: no credentials, or not accepted; an address that cannot be used.
    ArchiveFolderError
        If the archive cannot be written; what arrived before is kept.
    ArchiveBusyError
        If another process keeps writing to it.
    SelectionError
        If an argument has a value that is not offered.

    Examples
    --------
    >>> fetch("archive", "acme")  # doctest: +SKIP
    """
    how = _Manner(**manner)
    wish = _wish(namespace, source, repositories, granularity, recheck, how.today)
    if how.downloads < 1:
        raise not_offered("downloads", how.downloads, "a number from 1 up")
    patience = how.patience or Patience()
    if how.timeout is not None:
        patience = replace(patience, timeout=how.timeout)
    place = archive if isinstance(archive, Archive) else Archive(Path(archive).expanduser())
    address, account = _account(wish, how.hub_url, how.credentials)
    with Hub(address, account, patience=patience) as hub:
        done = _Run(hub, place, wish, how.downloads, how.quiet).run()
    if not how.quiet:
        print(printable_lines(str(done)))  # noqa: T201 - saying what became of each report is the promise of `fetch`
    return done


@dataclass(frozen=True)
class _Manner:
    """`FetchOptions`, each with what it is where it is not given; others are refused."""

    hub_url: str | None = None
    credentials: Credentials | None = None
    today: dt.date | None = None
    downloads: int = 4
    quiet: bool = False
    timeout: float | None = None
    patience: Patience | None = None


def _wish(
    namespace: str | None,
    source: str,
    repositories: Sequence[str],
    granularity: str,
    recheck: int,
    today: dt.date | None,
) -> Wish:
    sources = {name: (name,) for name in SOURCES} | {"auto": SOURCES}
    spans: dict[str, tuple[Granularity, ...]] = {each: (each,) for each in GRANULARITIES}
    spans["both"] = GRANULARITIES
    if source not in sources:
        raise not_offered("source", source, ", ".join(sorted(sources)))
    if granularity not in spans:
        raise not_offered("granularity", granularity, ", ".join(spans))
    if recheck < 0:
        raise not_offered("recheck", recheck, "a number from 0 up")
    named = [repositories] if isinstance(repositories, str) else repositories
    return Wish(
        sources=sources[source],
        namespace=(namespace or "").strip(),
        repositories=repository_names(named),
        granularities=spans[granularity],
        recheck=recheck,
        today=today or dt.datetime.now(dt.UTC).date(),
    )


def _account(
    wish: Wish, hub_url: str | None, given: Credentials | None
) -> tuple[str, Credentials | None]:
    """Return whom to ask, and as whom; what is public needs nobody."""
    public = wish.sources == ("pulls",) and bool(wish.repositories)
    address = hub_address(hub_url, signing_in=not public or given is not None)
    account = find_credentials(address, given, ask=not public)
    if public:
        return address, account if is_safe(address) else None
    if account is None:
        # As a line of the netrc file names it: without a port.
        raise no_credentials((origin(address) or ("", "", 0))[1])
    return address, account


class _Run:
    """One fetch: the sources are asked, reports are downloaded, and kept as they arrive."""

    def __init__(self, hub: Hub, archive: Archive, wish: Wish, downloads: int, quiet: bool) -> None:
        self._hub = hub
        self._archive = archive
        self._wish = wish
        self._downloads = downloads
        self._quiet = quiet
        self._found = Survey()
        self._came: list[ReportOutcome] = []
        self._lacking: set[str] = set()
        # What is under way, and then what arrived and is not kept yet.
        self._waiting: dict[Future[Collected], Offered] = {}

    def run(self) -> Fetched:
        interrupted = False
        try:
            survey(self._hub, self._wish, self._archive, self._found)
            if self._found.wanted:
                self._download()
        except KeyboardInterrupt:
            interrupted = True
            self._hub.stop()
            self._keep_what_arrived()
        self._record_offers()
        return self._outcome(interrupted)

    def _download(self) -> None:
        # Loads ipywidgets in a notebook, which nothing before needs.
        from tqdm.auto import tqdm

        # None: drawn in a terminal or a notebook, left out of a log.
        hidden = True if self._quiet else None
        pool = ThreadPoolExecutor(self._downloads, thread_name_prefix="fetch")
        items = iter(self._found.wanted)
        finished = False
        try:
            with tqdm(
                total=len(self._found.wanted),
                desc="Fetching reports",
                unit="report",
                disable=hidden,
            ) as bar:
                for item, future in self._arriving(pool, items):
                    self._keep(item, future)
                    del self._waiting[future]
                    bar.update()
            finished = True
        finally:
            # After an interrupt nobody waits for a server that does not answer.
            if not finished:
                self._hub.stop()
            pool.shutdown(wait=finished, cancel_futures=True)

    def _arriving(
        self, pool: ThreadPoolExecutor, items: Iterator[Offered]
    ) -> Iterator[tuple[Offered, Future[Collected]]]:
        """Yield reports as they arrive, with a bounded number under way."""
        bound = self._downloads * _AHEAD
        while True:
            for item in islice(items, bound - len(self._waiting)):
                self._waiting[pool.submit(item.collect)] = item
            if not self._waiting:
                return
            done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
            for future in [each for each in self._waiting if each in done]:
                yield self._waiting[future], future

    def _keep(self, item: Offered, future: Future[Collected]) -> None:
        try:
            collected = future.result()
        except HubError as error:
            self._came.append(settling.failed(item, error))
            return
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others still come
            # Where it happened, without the words of the exception, which may hold an address.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.debug("%s while %s was fetched:\n%s", type(error).__name__, item.name, where)
            self._came.append(settling.faulty(item, error))
            return
        self._lacking |= {*collected.lacking}
        if not collected.files:
            self._came.append(settling.empty(item, collected.notes))
            return
        added = self._archive.add_downloads(
            collected.files,
            kind=item.stated_kind,
            period=item.stated_period,
            namespace=item.namespace or None,
        )
        self._came.append(settling.kept(item, added, collected.notes))

    def _keep_what_arrived(self) -> None:
        settled = {(one.source, one.namespace, one.name) for one in self._came}
        for future, item in self._waiting.items():
            if not future.done() or future.cancelled():
                continue
            if (item.source, item.namespace, item.name) in settled:
                # The interrupt came between keeping it and striking it off.
                continue
            if not isinstance(future.exception(), StoppedError):
                self._keep(item, future)

    def _unknown(self, interrupted: bool) -> list[ReportOutcome]:
        """Name the repositories that were asked for by name, and of which nothing ever came."""
        lacking = self._lacking & {*self._wish.repositories}
        if interrupted or not lacking:
            return []
        known = Holdings(self._archive, self._wish.today).repositories()
        return [
            settling.unknown(name) for name in self._wish.repositories if name in lacking - known
        ]

    def _record_offers(self) -> None:
        if not self._archive.exists:
            return
        now = dt.datetime.now(dt.UTC)
        asked = dt.datetime.combine(self._wish.today, now.time(), dt.UTC)
        # The exports' tree names periods that not every view has.
        empty = {one.name for one in self._came if one.status == "empty"}
        there = [item for item in self._found.listed if item.name not in empty]
        listed = offers(there, self._archive, asked.isoformat(timespec="seconds"))
        if listed:
            self._archive.record_offers(listed)

    def _outcome(self, interrupted: bool) -> Fetched:
        together = bool(self._wish.repositories)
        sources, came = settling.settle_pulls(self._found.sources, self._came, together=together)
        return Fetched(
            archive=str(self._archive.folder),
            sources=tuple(sources),
            reports=(*self._found.reports, *came, *self._unknown(interrupted)),
            interrupted=interrupted,
            unfetched=len(self._found.wanted) - len(self._came),
        )
