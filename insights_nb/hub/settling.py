"""What became of each report, once it arrived or did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from insights_nb.errors import HubAnswerError, HubError, HubNotFoundError, HubRefusedError
from insights_nb.hub.outcome import ReportOutcome, SourceOutcome, Status

if TYPE_CHECKING:
    from insights_nb.archive.additions import Added
    from insights_nb.hub.offered import Offered

_STATUSES: dict[str, Status] = {
    "added": "new",
    "revised": "revised",
    "unchanged": "unchanged",
    "refused": "failed",
}


def failed(item: Offered, error: HubError) -> ReportOutcome:
    """Return the outcome of a report that could not be had."""
    absent = isinstance(error, HubNotFoundError | HubRefusedError)
    seen = f"{error.seen}: {error.asked}" if absent and isinstance(error, HubAnswerError) else ""
    return replace(_blank(item, "failed"), reason=str(error), absent=seen)


def faulty(item: Offered, error: Exception) -> ReportOutcome:
    """Return the outcome of a report that could not be had for an unforeseen reason."""
    if isinstance(error, MemoryError):
        why = "there is not enough memory for it. Fetch fewer at once, or on a larger machine."
    else:
        why = (
            f"a bug in insights-nb ({type(error).__name__}). Run it again as 'insights-nb --debug "
            "fetch …' and report the output; it contains no secrets."
        )
    return replace(_blank(item, "failed"), reason=why)


def empty(item: Offered, notes: tuple[str, ...]) -> ReportOutcome:
    """Return the outcome of a report without data."""
    return replace(_blank(item, "empty"), notes=notes)


def unknown(repository: str) -> ReportOutcome:
    """Return the outcome for a named repository of which nothing came and nothing is there."""
    return ReportOutcome(
        "failed",
        "pulls",
        repository.partition("/")[0],
        repository,
        kind="pulls",
        reason="Docker Hub gave no pulls, and the archive has none. Check the spelling, and that "
        "the repository is public or the account may see it.",
    )


def kept(item: Offered, added: Sequence[Added], notes: tuple[str, ...]) -> ReportOutcome:
    """Return the outcome of a report whose files the archive took."""
    blank = _blank(item, "unchanged")
    refused = next((one.error for one in added if one.error is not None), None)
    if refused is not None:
        return replace(blank, status="failed", reason=str(refused))
    changed = [one.status for one in added if one.status not in {"unchanged", "withdrawn"}]
    odd = dict.fromkeys([*notes, *(note for one in added for note in one.notes)])
    return replace(
        blank,
        status=_STATUSES[changed[0]] if changed else "unchanged",
        kind=added[0].kind,
        granularity=added[0].granularity,
        periods=tuple(dict.fromkeys(label for one in added for label in one.periods)),
        rows=sum(one.rows for one in added),
        notes=tuple(odd),
    )


def settle_pulls(
    sources: Iterable[SourceOutcome], came: Sequence[ReportOutcome], *, together: bool
) -> tuple[list[SourceOutcome], list[ReportOutcome]]:
    """Add what pull data had, which only its answers show; return sources and reports to show.

    Where pull data is not there at all, that is the source's outcome and no failure of a report.
    `together` is whether the repositories of all namespaces shared requests.
    """
    settled, reports = [], list(came)
    for source in sources:
        own = [
            one
            for one in reports
            if one.source == "pulls" and (together or one.namespace in source.namespaces)
        ]
        if source.source != "pulls" or not own or any(one.status != "failed" for one in own):
            settled.append(source)
        elif all(one.absent for one in own):
            settled.append(replace(source, status="none", words=f"none ({own[0].absent})"))
            reports = [one for one in reports if one not in own]
        else:
            settled.append(replace(source, status="failed", words="failed, see below"))
    return settled, reports


def _blank(item: Offered, status: Status) -> ReportOutcome:
    return ReportOutcome(
        status,
        item.source,
        item.namespace,
        item.name,
        kind=item.kind or "",
        granularity=item.granularity,
        periods=(item.period.label,) if item.period else (),
    )
