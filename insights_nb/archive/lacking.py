"""The errors for a question that no report in the archive answers, and how to get one that does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from insights_nb.archive.commits import LEDGER
from insights_nb.errors import MissingReportError, ReportNeededError
from insights_nb.files import is_report_name
from insights_nb.periods import Granularity
from insights_nb.schema import REPORTS

# The other granularity, and what its button is called.
_OTHER: dict[Granularity, tuple[Granularity, str]] = {
    "week": ("month", "Monthly"),
    "month": ("week", "Weekly"),
}


def missing(what: str, contents: str, downloads: str = "") -> MissingReportError:
    """Return the error for what is not in the archive.

    `contents` is what is in it, in words; `downloads` what `of_downloads` says of its folder.
    """
    remedy = downloads or (
        "Download reports from Docker Hub (Analytics) and add them: insights-nb add FILES, or run "
        "insights-nb fetch."
    )
    return MissingReportError(
        f"The archive has no {what}. Available: {contents or 'nothing yet'}. {remedy}"
    )


def without_rows(what: str, contents: str) -> MissingReportError:
    """Return the error for reports of which none has a row; `contents` is what is there."""
    return MissingReportError(
        f"No report of {what} in the archive has a row: nothing happened, or the downloads broke "
        f"off after their headers. Available: {contents}."
    )


def of_downloads(folder: Path) -> str:
    """Return what to do with a folder of reports that is no archive; empty where it has none.

    Whoever names the folder of their downloads as the archive means these files.
    """
    if (folder / LEDGER).exists():
        return ""
    try:
        count = sum(is_report_name(one.name) and one.is_file() for one in folder.iterdir())
    except OSError:
        return ""
    if not count:
        return ""
    files = "1 file that may be a report" if count == 1 else f"{count:,} files that may be reports"
    return (
        f"{folder} has {files}, which are not in an archive yet: insights-nb add '{folder}' "
        "--archive ARCHIVE makes one of them. Name that folder then."
    )


def report_needed(
    what: str,
    granularity: Granularity,
    kinds: Sequence[str],
    contents: str,
    elsewhere: Sequence[str],
) -> ReportNeededError:
    """Return the error for a question that no report answers; see `Archive.needed`.

    `contents` is what is in the archive, in words; `elsewhere` are those of `kinds` that are
    available by the other granularity.
    """
    # Whose months come, its weeks do.
    places = [(REPORTS[kind].title, REPORTS[kind].place) for kind in elsewhere or kinds]
    reports = " or ".join(f"{title} (on Docker Hub: {place})" for title, place in places)
    seen = f"No report by {granularity} in the archive shows {what}"
    get = f"ownload {reports} by {granularity} and add it: insights-nb add FILES, or run "
    get += "insights-nb fetch."
    if elsewhere:
        other, label = _OTHER[granularity]
        *first, last = [title for title, _ in places]
        titles = f"{', '.join(first)} and {last}" if first else last
        verb = "is" if len(places) == 1 else "are"
        text = (
            f"{seen}. {titles} {verb} available by {other}: choose {label} (in code: "
            f"Selection({other!r})). To see it by {granularity}, d{get}"
        )
    else:
        text = f"{seen}. Available: {contents or 'nothing yet'}. D{get}"
    return ReportNeededError(text, what=what, kinds=kinds)
