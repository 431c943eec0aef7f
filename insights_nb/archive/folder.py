"""The archive as Python sees it; the modules beside it do the work."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import polars as pl

from insights_nb import limits
from insights_nb.archive import (
    history,
    lacking,
    ledger,
    merging,
    offers,
    verification,
    withdrawals,
)
from insights_nb.archive import revisions as revised
from insights_nb.archive.additions import (
    Added,
    Additions,
    Download,
    Prepared,
    batches,
    prepare,
    prepare_files,
)
from insights_nb.archive.commits import LEDGER, writing
from insights_nb.archive.counting import counting, damaged_parquet, finished, until
from insights_nb.archive.history import History, Withdrawn
from insights_nb.archive.ledger import Entry
from insights_nb.archive.merging import OFFERS, Merged
from insights_nb.archive.offers import Offer
from insights_nb.archive.planning import Plan
from insights_nb.archive.verification import Findings
from insights_nb.archive.withdrawals import Decision
from insights_nb.errors import (
    InsightsError,
    LedgerError,
    MissingReportError,
    ReportNeededError,
)
from insights_nb.files import OutsideError, expand, inside, require_folder, require_regular
from insights_nb.frames import KEPT, UNNAMED, Column, frame
from insights_nb.periods import Granularity, Period, mixed_granularities, utc_day
from insights_nb.schema import REPORTS, title_of
from insights_nb.texts import printable_lines

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.reading.results import Stated

# The version of an archive without a ledger.
_NOTHING = (0, 0)

# Fewer files than this are added before a progress bar would be read.
_BAR_FROM = 20


class Archive:
    """A folder of reports that were once downloaded, and stay.

    Parameters
    ----------
    folder
        Where it is. Opening makes nothing: the folder appears with the first `add`.
    today
        By which day a period is over or not; where None, today in UTC.

    Examples
    --------
    >>> archive = Archive("data/archive")
    >>> archive.add("Downloads/*.csv*")  # doctest: +SKIP
    """

    def __init__(self, folder: str | os.PathLike[str], *, today: dt.date | None = None) -> None:
        self.folder = Path(folder)
        self.last: Period | None = None
        self._clock = today
        self._finished: tuple[object, list[Entry]] | None = None
        self._history: tuple[tuple[int, int], History] | None = None

    def __repr__(self) -> str:
        until = f".until({self.last.label!r})" if self.last else ""
        return f"Archive({str(self.folder)!r}){until}"

    def until(self, period: str | Period) -> Archive:
        """Return the same archive without anything later than a period.

        Time ranges then end with that period, so that last year's review can be made again.

        Parameters
        ----------
        period
            The last one, such as ``"2026-10"``; a week that begins in it still counts. It counts
            itself, also where it is not over yet.

        Raises
        ------
        PeriodError
            If the text names no period.
        """
        last = period if isinstance(period, Period) else Period.parse(period)
        view = Archive(self.folder, today=max(self.today, last.end))
        view.last = last
        return view

    def as_of(self, today: dt.date) -> Archive:
        """Return the same archive as of another day, which decides which periods are over."""
        view = Archive(self.folder, today=today)
        view.last = self.last
        return view

    @cached_property
    def whole(self) -> Archive:
        """The same archive with what is not over as if it were."""
        # One object, for what is computed of it is remembered with it.
        return self.as_of(dt.date.max)

    @property
    def today(self) -> dt.date:
        """The day that decides which periods are over."""
        return self._clock or utc_day()

    @cached_property
    def _ledger(self) -> Path:
        return inside(self.folder, LEDGER)

    @property
    def exists(self) -> bool:
        """Whether anything was ever added."""
        return self.version != _NOTHING

    def require(self) -> Archive:
        """Return the archive itself, if its folder is there.

        Raises
        ------
        NoArchiveError
            If there is no such folder.
        """
        require_folder(self.folder)
        return self

    @property
    def version(self) -> tuple[int, int]:
        """A value that changes whenever something is added, by any process."""
        try:
            stat = self._ledger.stat()
        except (FileNotFoundError, NotADirectoryError):
            return _NOTHING
        except OSError as error:
            raise ledger.no_access(self._ledger, error.strerror or str(error)) from error
        return (stat.st_size, stat.st_mtime_ns)

    def entries(self) -> list[Entry]:
        """Return the files that are not withdrawn, oldest first.

        Doubles from a merged copy are not among them, nor are impossible periods (see `verify`).
        """
        return self.history().entries

    def finished(self) -> list[Entry]:
        """Return `entries` without what is not over: what every count is made of."""
        key = (self.version, self.today)
        if self._finished is None or self._finished[0] != key:
            parts = (finished(entry, self.today) for entry in self.entries())
            self._finished = (key, [part for part in parts if part])
        return self._finished[1]

    def unfinished(self) -> list[Period]:
        """Return the periods of which a report is there though they are not over, oldest first."""
        periods = {period for entry in self.entries() for period in entry.starts()}
        return sorted(period for period in periods if not period.is_over(self.today))

    def history(self) -> History:
        """Return the ledger replayed: also what was withdrawn, and what is implausible.

        Raises
        ------
        LedgerError
            If a line of it is damaged.
        NewerLedgerError
            If a newer version of the package wrote to it.
        LedgerAccessError
            If it may not be read.
        """
        version = self.version
        if self._history is None or self._history[0] != version:
            found = history.read(self._ledger)
            if self.last is not None:
                shown = [part for entry in found.entries if (part := until(entry, self.last))]
                found = replace(found, entries=shown)
            self._history = (version, found)
        return self._history[1]

    # --- adding -----------------------------------------------------------------------------

    def add(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        parts: bool = False,
        again: bool = False,
        quiet: bool = False,
        **stated: Unpack[Stated],
    ) -> Additions:
        """Copy reports into the archive, and write each one's rows as Parquet beside it.

        Parameters
        ----------
        paths
            Files, folders or patterns (``Downloads/*.csv*``). A zip archive gives each report in
            it. A folder gives the CSV and JSON files directly in it; zip archives, spreadsheets
            and folders in it are left out and named.
        parts
            Take files for the same period as parts of one report. Without it, a further file for
            a period is a revision: both are kept, and the newer counts.
        again
            Let files of the archive count again that a later one replaced.
        quiet
            Return the outcome without printing it.
        **stated
            ``kind``, ``period``, ``namespace`` and ``repository``: what every one of them is,
            where that does not stand in the files. See `read_report`.

        Returns
        -------
        Additions
            One outcome per file. A refused file does not stop the others. What was added before
            an interrupt stays.

        Raises
        ------
        MissingFileError
            If a path or pattern matches no file at all.
        ArchiveFolderError
            If the folder cannot be written; the archive is unchanged.
        ArchiveBusyError
            If another process keeps writing to it.
        """
        # Loads ipywidgets in a notebook, which reading an archive does not need.
        from tqdm.auto import tqdm

        given = expand(paths)
        files = given.files
        done = Additions(left_out=given.left_out)
        # None: drawn in a terminal or a notebook, left out of a log.
        hidden = None if len(files) >= _BAR_FROM else True

        read = prepare_files(files, stated)
        bar = tqdm(read, total=len(files), desc="Adding reports", unit="file", disable=hidden)
        try:
            for batch in batches(iter(bar)):
                done.extend(self._bring(partial(_each, batch=batch, parts=parts, again=again)))
        finally:
            # After an interrupt or a full disk too: what was added stays.
            bar.close()
            if done and not quiet:
                print(printable_lines(str(done)))  # noqa: T201 - the outcome of each file is its promise
        return done

    def add_downloads(
        self,
        parts: Sequence[Download],
        **stated: Unpack[Stated],
    ) -> list[Added]:
        """Keep one answer of a source: its parts together are one report, or revise it together.

        Parameters
        ----------
        parts
            Every file of the answer.
        **stated
            What they are, where that does not stand in them, as for `add`.

        Returns
        -------
        list of Added
            One outcome per file. Where one cannot be read, all are refused and none is kept.

        Raises
        ------
        ArchiveFolderError
            If the folder cannot be written; the archive is unchanged.
        ArchiveBusyError
            If another process keeps writing to it.
        """
        read = [prepare(part, stated) for part in parts]
        return self._bring(lambda plan: plan.answer(read))

    def record_offers(self, listed: Sequence[Offer]) -> None:
        """Remember which periods a source lists now, for `coverage` to find what ages out."""
        # A newer version's archive is left alone.
        self.history()
        with writing(self.folder) as writer:
            known = self.known_offers()
            renewed = {(one.namespace, one.kind, one.granularity): one for one in known}
            renewed |= {(one.namespace, one.kind, one.granularity): one for one in listed}
            writer.replace(lambda: offers.write(self.folder / OFFERS, list(renewed.values())))

    def _bring(self, decide: Callable[[Plan], list[Added]]) -> list[Added]:
        """Decide what is to be done in view of what is in the archive now, and do it."""
        if self.last is not None:
            # What is later than `until` is there all the same.
            return Archive(self.folder)._bring(decide)
        with writing(self.folder) as writer:
            plan = Plan(self.history(), self._intact, self.folder)
            done = decide(plan)
            if plan.files or plan.new:
                writer.commit(plan.files, ledger.lines(plan.new, plan.history.last))
        return done

    def _intact(self, entry: Entry) -> bool:
        try:
            path = inside(self.folder, entry.original)
            require_regular(path)
            if path.stat().st_size != entry.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
        except (OSError, OutsideError):
            # What cannot be read is as good as lost: the same bytes again put it right.
            return False

    # --- merging, withdrawing ---------------------------------------------------------------

    def merge(self, other: str | os.PathLike[str] | Archive, *, quiet: bool = False) -> Merged:
        """Bring what another copy of an archive has: originals, Parquet and ledger lines.

        The same as uniting the two ledgers line by line and the folders file by file. It does not
        matter which is merged into which, or how often.

        Parameters
        ----------
        other
            The archive, or its folder; it is only read.
        quiet
            Return the outcome without printing it.

        Returns
        -------
        Merged
            One outcome per file of the other archive. What is damaged there is refused, and stops
            nothing else; offers are the newest of each series.

        Raises
        ------
        NoArchiveError
            If there is no other archive.
        NewerLedgerError
            If a newer version of the package wrote to one of them.
        ArchiveFolderError
            If the folder cannot be written; what was brought before is whole.
        ArchiveBusyError
            If another process keeps writing to it.
        """
        there = Archive(other.folder if isinstance(other, Archive) else other).require().folder
        merged = Merged()
        try:
            merging.merge(self.folder, there, merged)
        finally:
            # After an interrupt or a full disk too: what was brought stays.
            if not quiet:
                print(merged)  # noqa: T201 - the outcome of each file is its promise
        return merged

    def withdraw(
        self,
        what: str | os.PathLike[str],
        *,
        why: str = "",
        undo: bool = False,
        quiet: bool = False,
    ) -> Decision:
        """Take a report out of every count, or bring it back; its bytes and ledger lines stay.

        What it had taken the place of counts again.

        Parameters
        ----------
        what
            The file itself, its name as it came or in the archive, the beginning of its hash, or
            a period, if only one file is meant by it.
        why
            For whoever finds it later.
        undo
            Bring it back.
        quiet
            Return the outcome without printing it.

        Raises
        ------
        WithdrawError
            If no file is meant, or several; these are named.
        NoReasonError
            If `why` is empty.
        ArchiveFolderError
            If the folder cannot be written; the archive is unchanged.
        """
        # Before anything is made in a folder that is no archive.
        verification.require(self.require().folder)
        decided = withdrawals.withdraw(self.folder, os.fspath(what), why, undo=undo)
        if not quiet:
            print(decided)  # noqa: T201 - what counts now is its promise
        return decided

    def withdrawn(self) -> list[Withdrawn]:
        """Return what was taken out of every count, with when and why."""
        return self.history().withdrawn

    # --- verifying --------------------------------------------------------------------------

    def verify(self, *, quiet: bool = True) -> Findings:
        """Hash every original and every Parquet file, and name each that is not as it was.

        Damaged and missing files, edited ledger lines, and files that the ledger does not name.
        Nothing is changed.

        Parameters
        ----------
        quiet
            Draw no progress bar.

        Returns
        -------
        Findings
            Empty where nothing is wrong; ``clean`` and ``summary`` sum it up.

        Raises
        ------
        NoArchiveError
            If there is no such folder, or nothing of an archive is in it.
        LedgerAccessError
            If the ledger may not be read.
        """
        return verification.verify(self.require().folder, None if quiet else _bar("Verifying"))

    def repair(self) -> Findings:
        """Make damaged and missing Parquet again from the originals, which are only read.

        Returns
        -------
        Findings
            What is still wrong afterwards: lost originals, edited ledger lines and stray files
            are beyond it.

        Raises
        ------
        NoArchiveError
            If there is no such folder, or nothing of an archive is in it.
        ArchiveFolderError
            If the folder cannot be written; the archive is unchanged.
        """
        verification.require(self.require().folder)
        with writing(self.folder) as writer:
            verification.repair(writer, self.verify())
        return self.verify()

    @frame(
        "a number that a revised report changed",
        REPORTS,
        "kind namespace granularity period label revision added repository measure before "
        "after change.count keys",
        Column("revision", "Which revision it is, 1 for the first.", "revisions"),
        Column("added", "When it came, in UTC."),
        Column(
            "repository",
            "The repository; an extension or image where the report has no repositories.",
            "",
            UNNAMED,
        ),
        Column(
            "keys",
            "What tells rows apart and differs, in words.",
            "",
            "In the rows of counts.",
        ),
    )
    def revisions(self) -> pd.DataFrame:
        """Return what changed whenever a report came again with other bytes.

        Returns
        -------
        pandas.DataFrame
            One row per revision, repository and measure that differs: ``kind``, ``namespace``,
            ``granularity``, ``period`` (first day), ``label`` (``2026-W44``), ``revision`` (1 for
            the first), ``added`` (when, ISO time in UTC), ``repository`` (the extension or image
            where the report has no repositories; missing where it has none of them),
            ``measure`` (a count of the report that may be added up, or ``"rows"``), ``before``,
            ``after`` and ``change``. A repository that one of the two does not name counts 0 there.
            Where texts that tell rows apart differ, one more row, of ``measure`` ``"keys"``: how
            many rows only the former has (`before`) and only the latter (`after`), and in ``keys``
            which tags, countries, … these are; missing elsewhere.
        """
        self.require()
        return revised.revisions(self.folder, self.entries())

    # --- reading ----------------------------------------------------------------------------

    def scan(
        self,
        kind: str,
        granularity: Granularity | None,
        *,
        view: str | None = None,
        periods: Sequence[Period] | None = None,
    ) -> pl.LazyFrame | None:
        """Return the rows of a kind that count, lazily, or None where there are none.

        Of several answers for one report, the newest counts. The frame leads with ``granularity``
        and ``period``.
        """
        chosen = counting(self.finished(), kind, granularity, view=view, periods=periods)
        frames = [one.scan(self.folder) for one in chosen]
        if not frames:
            return None
        rows = pl.concat(frames, how="diagonal_relaxed")
        if kind == "pulls":
            # API answers for other repositories add to a period; for the same ones they renew it.
            key = ["granularity", "period", "repository", "country"]
            rows = rows.unique(subset=key, keep="last", maintain_order=True)
        return rows

    def read(
        self,
        kind: str,
        *,
        granularity: Granularity | None = None,
        periods: Iterable[str | Period] | None = None,
    ) -> pd.DataFrame:
        """Read every row of one report, over all its periods.

        Parameters
        ----------
        kind
            Report kind, as in ``insights_nb.REPORTS``.
        granularity
            ``"week"`` or ``"month"``; needed where the archive has both.
        periods
            Only these, such as ``["2026-W40", "2026-W41"]``.

        Returns
        -------
        pandas.DataFrame
            ``granularity`` and ``period`` (first day), then the report's own columns as
            `read_report` gives them.

        Raises
        ------
        MissingReportError
            If the archive has nothing of that.
        MixedGranularityError
            If the archive has weeks and months and none was chosen.
        ArchiveFolderError
            If a file's Parquet is missing or damaged; its original is not.
        """
        from insights_nb.reading import to_pandas

        self.require()
        available = {entry.granularity for entry in self.entries() if entry.kind == kind}
        if granularity is None:
            if len(available) > 1:
                raise mixed_granularities(f"The archive's {kind}")
            granularity = next(iter(available), None)
        wanted = None if periods is None else [_as_period(one, granularity) for one in periods]
        # Also of what is not over: these are the reports' rows, and nothing is made of them yet.
        every = self.whole
        rows = every.scan(kind, granularity, periods=wanted) if granularity in available else None
        if rows is None:
            span = f" by {granularity}" if granularity else ""
            raise self.missing(f"{kind}{span}{' for these periods' if wanted else ''}")
        try:
            made = to_pandas(rows.collect())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self._damage(error) from error
        made.attrs["kind"] = kind
        return made

    def _damage(self, error: Exception) -> InsightsError:
        """Find the Parquet file that cannot be read."""
        broken = (f for f in self.verify() if f.problem.endswith("Parquet"))
        found = next(broken, None)
        path = self.folder / (found.path if found else "parquet")
        return damaged_parquet(path, f"cannot be read ({type(error).__name__})")

    def describe(self) -> str:
        """Return what is available in a few words: ``Summary by month, Summary by week``."""
        pairs = sorted({(e.kind, e.granularity or "") for e in self.entries()})
        return ", ".join(
            f"{title_of(kind)} " + (f"by {granularity}" if granularity else "without a period")
            for kind, granularity in pairs
        )

    def needed(
        self, what: str, granularity: Granularity, kinds: Sequence[str]
    ) -> ReportNeededError:
        """Return the error for a question that needs another report.

        Parameters
        ----------
        what
            What no report in the archive shows, in words.
        granularity
            By which it was asked.
        kinds
            The reports that show it.
        """
        other = {e.kind for e in self.finished() if e.granularity not in (granularity, None)}
        elsewhere = [kind for kind in kinds if kind in other]
        return lacking.report_needed(what, granularity, kinds, self.describe(), elsewhere)

    def missing(self, what: str) -> MissingReportError:
        """Return the error for `what`, of which the archive has nothing."""
        return lacking.missing(what, self.describe(), self._downloads())

    def empty(self, what: str) -> MissingReportError:
        """Return the error for `what`, of which no report has a row."""
        return lacking.without_rows(what, self.describe())

    def _downloads(self) -> str:
        return lacking.of_downloads(self.folder)

    def available(
        self, kind: str, granularity: Granularity, view: str | None = None
    ) -> dict[str, set[Period]]:
        """Return, for each publisher, the periods that are over and whose report is there."""
        found: dict[str, set[Period]] = {}
        for entry in self.finished():
            matches = entry.kind == kind and entry.granularity == granularity
            if matches and (view is None or entry.view == view):
                for name in entry.namespaces or ("",):
                    found.setdefault(name, set()).update(entry.starts())
        return found

    def held(
        self, kind: str, granularity: Granularity, view: str | None = None
    ) -> dict[str, set[Period]]:
        """Return the same as `available`, which took its place."""
        warnings.warn("Archive.held is now Archive.available.", DeprecationWarning, stacklevel=2)
        return self.available(kind, granularity, view)

    def offers(self) -> list[Offer]:
        """Return which periods each source listed when it was last asked."""
        return offers.read(inside(self.folder, OFFERS))

    def known_offers(self) -> list[Offer]:
        """Return the same; none where their file cannot be read, since no report depends on it."""
        try:
            return self.offers()
        except (LedgerError, OutsideError):
            return []

    def notices(self) -> list[str]:
        """Return what is odd about the archive itself, though every question is answered.

        Returns
        -------
        list of str
            One text for each: the folder has files that may be reports, and no archive; the list
            of what the sources offer cannot be read, so that nothing is known to age out; or there
            are more reports than an archive should have.
        """
        downloads = self._downloads()
        found = [downloads] if downloads else []
        try:
            self.offers()
        except (LedgerError, OutsideError) as error:
            found.append(str(error))
        count, most = len(self.entries()), limits.REPORTS
        if count > most.value:
            found.append(
                f"{self.folder} has {count:,} reports. With more than {most.value:,}, every "
                "command takes seconds to open it. Split it: add the originals of one publisher or "
                "of earlier years to an archive of their own (insights-nb add FILES --archive "
                f"OTHER), and fetch into a new one. To be warned later, set {most.variable}."
            )
        return found

    @frame(
        "a report that is available, missing or awaited",
        REPORTS,
        "kind namespace granularity period label status files revisions empty due newest age "
        "ages_out at_risk gone ended",
        Column(
            "status",
            'Whether the report is "available", "revised", "missing", "expected" or "overdue".',
        ),
        Column("files", "Original files, revisions and parts included.", "files"),
        Column("revisions", "How often the report was revised after it first came.", "revisions"),
        Column(
            "empty",
            "Whether it is available and has no row: nothing happened, or a broken download.",
        ),
        Column("due", "The day on which Docker publishes the report."),
        Column(
            "ages_out",
            "The day from which its source lists it no more.",
            "",
            KEPT,
        ),
        Column("at_risk", "Whether it is missing, and gone before the next run."),
        Column("gone", "Whether it is missing, and listed no more."),
    )
    def coverage(
        self,
        today: dt.date | None = None,
        *,
        next_run: int = 7,
        since: dt.date | None = None,
    ) -> pd.DataFrame:
        """Return which periods are available, missing, expected and overdue.

        The columns are those of `insights_nb.archive.coverage.coverage`.

        Parameters
        ----------
        today
            As of when; the current date in UTC unless given.
        next_run
            In how many days reports are fetched or added again.
        since
            Leave out the periods that begin before this day.
        """
        from insights_nb.archive import coverage

        day = today or self.today
        entries = self.as_of(day).finished()
        return coverage.coverage(entries, self.known_offers(), day, next_run, since)

    @frame(
        "a series of reports",
        REPORTS,
        "kind namespace granularity first newest age available revised missing expected overdue "
        "at_risk gone ended next_due",
        Column("first", "The first available period of the series, by label."),
        Column("available", "How many periods are available.", "periods"),
        Column("revised", "How many of these were revised.", "periods"),
        Column("missing", "How many periods in between are missing.", "periods"),
        Column("expected", "How many were closed a few days ago and may still come.", "periods"),
        Column("overdue", "How many should be there and are not.", "periods"),
        Column("at_risk", "How many are gone before the next run.", "periods"),
        Column("gone", "How many are listed no more.", "periods"),
        Column("next_due", "When the next report is published.", "", "Where the series has ended."),
    )
    def status(
        self,
        today: dt.date | None = None,
        *,
        next_run: int = 7,
        since: dt.date | None = None,
    ) -> pd.DataFrame:
        """Sum up each series of reports; the parameters are those of `coverage`.

        The columns are those of `insights_nb.archive.coverage.status`.
        """
        from insights_nb.archive import coverage

        day = today or self.today
        entries = self.as_of(day).finished()
        return coverage.status(entries, self.known_offers(), day, next_run, since)


def _each(plan: Plan, *, batch: Sequence[Prepared], parts: bool, again: bool) -> list[Added]:
    return [plan.add(one, parts=parts, again=again) for one in batch]


def _bar(words: str) -> verification.Progress:
    from tqdm.auto import tqdm

    return lambda entries: tqdm(entries, desc=words, unit="file", disable=None)


def _as_period(value: str | Period, granularity: Granularity | None) -> Period:
    return value if isinstance(value, Period) else Period.parse(value, granularity)
