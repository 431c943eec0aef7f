"""What became of a fetch: what each source had, what is new, what failed and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from insights_nb.periods import Period
from insights_nb.texts import printable

if TYPE_CHECKING:
    from insights_nb.hub.offered import SourceName
    from insights_nb.periods import Granularity

Status = Literal["new", "revised", "unchanged", "empty", "failed"]
SourceStatus = Literal["had", "none", "failed"]

COMPLETE, NOTHING, SOME_FAILED, INTERRUPTED = 0, 1, 3, 130
_TITLES = {"reports": "catalogue", "exports": "exports", "pulls": "pull data"}
_PLURALS = {"week": "weeks", "month": "months"}
_COUNTED: tuple[Status, ...] = ("new", "revised", "unchanged", "empty", "failed")


@dataclass(frozen=True)
class SourceOutcome:
    """What one source had for one namespace.

    Parameters
    ----------
    namespaces
        Whose reports were asked for.
    source
        ``"reports"``, ``"exports"`` or ``"pulls"``.
    status
        ``"had"`` something, ``"none"`` where it has nothing for this namespace, or ``"failed"``.
    words
        That in words.
    """

    namespaces: tuple[str, ...]
    source: SourceName
    status: SourceStatus
    words: str

    @property
    def title(self) -> str:
        """Whose reports, and from where."""
        return f"{', '.join(self.namespaces)}, {_TITLES[self.source]}"

    def __str__(self) -> str:
        return f"{self.title}: {self.words}"


@dataclass(frozen=True)
class ReportOutcome:
    """What became of one report.

    Parameters
    ----------
    status
        ``"new"``; ``"revised"`` where other bytes came for a report that was there, and both are
        kept; ``"unchanged"``; ``"empty"`` where the source answered and had no data; ``"failed"``.
    source, namespace
        Where it was to come from.
    name
        Its file name, or what else identifies it.
    kind, granularity, periods, rows
        What it was taken for; empty where that is not known.
    reason
        Why it failed.
    notes
        What was odd about it.
    absent
        What was answered, where it failed because it is not there, or not for this account.
    """

    status: Status
    source: SourceName
    namespace: str
    name: str
    kind: str = ""
    granularity: Granularity | None = None
    periods: tuple[str, ...] = ()
    rows: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()
    absent: str = ""


@dataclass(frozen=True)
class Fetched:
    """What became of a fetch; prints as a summary.

    Parameters
    ----------
    archive
        The archive's folder.
    sources
        What each source had.
    reports
        What became of each report.
    interrupted
        Whether it was ended before it was done; what arrived stays.
    unfetched
        How many reports were then still to come.
    """

    archive: str
    sources: tuple[SourceOutcome, ...] = ()
    reports: tuple[ReportOutcome, ...] = ()
    interrupted: bool = False
    unfetched: int = 0

    @property
    def new(self) -> list[ReportOutcome]:
        """Reports that were not in the archive before."""
        return self._with("new")

    @property
    def revised(self) -> list[ReportOutcome]:
        """Reports that came with other bytes than before."""
        return self._with("revised")

    @property
    def unchanged(self) -> list[ReportOutcome]:
        """Reports that were in the archive already, asked for again or not."""
        return self._with("unchanged")

    @property
    def failed(self) -> list[ReportOutcome]:
        """Reports that could not be had, or not be read."""
        return self._with("failed")

    @property
    def exit_code(self) -> int:
        """How the command ends.

        0 where all is well, 3 where something failed, 1 where no source had anything at all, 130
        after an interrupt.
        """
        if self.interrupted:
            return INTERRUPTED
        served = {name for s in self.sources if s.status == "had" for name in s.namespaces}
        if not served:
            return NOTHING
        unserved = {name for source in self.sources for name in source.namespaces} - served
        troubled = self.failed or any(one.status == "failed" for one in self.sources)
        return SOME_FAILED if troubled or unserved else COMPLETE

    @property
    def summary(self) -> str:
        """One line of counts."""
        counts = [(len(self._with(status)), status) for status in _COUNTED]
        named = ", ".join(f"{count:,} {word}" for count, word in counts if count)
        line = f"{self.archive}: {named or 'nothing to fetch'}."
        if self.interrupted:
            line += f" Interrupted with {self.unfetched:,} reports still to fetch; what arrived "
            line += "stays. Run the command again for the rest."
        elif self.exit_code == SOME_FAILED:
            line += f" {self._trouble}; what arrived is kept. Run the command again."
        elif cause := self._unasked:
            line += f" No source could be asked: {cause}"
        elif self.exit_code == NOTHING:
            line += " No source had anything: check the namespace and the account's rights."
        return printable(line)

    @property
    def _unasked(self) -> str:
        """Why nothing could be had, where that is not for want of rights."""
        causes = [one.words for one in self.sources if one.status == "failed"]
        return causes[0].removeprefix("failed: ") if causes and self.exit_code == NOTHING else ""

    @property
    def _trouble(self) -> str:
        """Name what did not go well."""
        failed = [_TITLES[one.source] for one in self.sources if one.status == "failed"]
        troubles = [", ".join(dict.fromkeys(failed)) + " failed"] if failed else []
        if count := len(self.failed):
            troubles.append("1 report failed" if count == 1 else f"{count:,} reports failed")
        if not troubles:
            troubles.append("One of the namespaces had nothing")
        text = " and ".join(troubles)
        return text[0].upper() + text[1:]

    @property
    def problems(self) -> list[str]:
        """One line for each source and report that failed; those of one cause share it."""
        shown = ("failed", "none") if self.exit_code == NOTHING else ("failed",)
        sources = _by_cause((one.title, one.words) for one in self.sources if one.status in shown)
        reports = _by_cause((one.name, one.reason) for one in self.failed)
        return [printable(line) for line in (*sources, *(f"failed   {line}" for line in reports))]

    def __str__(self) -> str:
        lines = [str(one) for one in self.sources]
        for status in ("new", "revised", "empty"):
            lines += _by_series(status, self._with(status))
        # Reports that were asked for again and had not changed have nothing more to say.
        lines += [f"failed   {one.name}: {one.reason}" for one in self.failed]
        # Names, notes and reasons are others' words: each line stays one, and harmless.
        return "\n".join(printable(line) for line in [*lines, self.summary])

    def __repr__(self) -> str:
        # In a notebook, where `fetch` has printed itself, the list would only repeat it.
        return f"<Fetched: {self.summary}>"

    def _with(self, status: Status) -> list[ReportOutcome]:
        return [one for one in self.reports if one.status == status]


def _by_cause(shown: Iterable[tuple[str, str]]) -> list[str]:
    names: dict[str, list[str]] = {}
    for name, cause in shown:
        names.setdefault(cause, []).append(name)
    return [f"{'; '.join(alike)}: {cause}" for cause, alike in names.items()]


def _by_series(status: str, reports: Sequence[ReportOutcome]) -> list[str]:
    """Return what became of many reports, a line for each series: years fit on a screen."""
    series: dict[tuple[str, str, str], list[ReportOutcome]] = {}
    for one in reports:
        key = (one.namespace, one.kind or one.name, one.granularity or "")
        series.setdefault(key, []).append(one)
    lines = []
    for (namespace, kind, granularity), found in sorted(series.items()):
        labels = _sorted({label for one in found for label in one.periods})
        count = "" if len(found) == 1 else f"{len(found):,} reports, "
        rows = f"{count}{sum(one.rows for one in found):,} rows"
        span = _span(labels, granularity)
        whose = f"{namespace} " if namespace else ""
        tail = "no data" if status == "empty" else rows
        lines.append(f"{status:<8} {whose}{kind}{span}: {tail}")
        lines += [f"           note: {note}" for note in _notes(found)]
    return lines


def _span(labels: Sequence[str], granularity: str) -> str:
    if not labels:
        return f", {_PLURALS[granularity]}" if granularity else ""
    if len(labels) == 1:
        return f" {labels[0]}"
    return f", {len(labels)} {_PLURALS.get(granularity, 'periods')} {labels[0]} to {labels[-1]}"


def _notes(reports: Iterable[ReportOutcome]) -> list[str]:
    by_note: dict[str, list[str]] = {}
    for one in reports:
        for note in one.notes:
            by_note.setdefault(note, []).append(one.name)
    lines = []
    for note, names in by_note.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        lines.append(f"{note} ({names[0]}{others})")
    return lines


def _sorted(labels: Iterable[str]) -> list[str]:
    return sorted(labels, key=lambda label: Period.parse(label).start)
