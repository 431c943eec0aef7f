"""The errors for a question that no report in the archive answers, and how to get one that does."""

from __future__ import annotations

from collections.abc import Sequence

from insights_nb.errors import MissingReportError, ReportNeededError
from insights_nb.periods import Granularity
from insights_nb.schema import REPORTS

# The other granularity, and what its button is called.
_OTHER: dict[Granularity, tuple[Granularity, str]] = {
    "week": ("month", "Monthly"),
    "month": ("week", "Weekly"),
}


def missing(what: str, contents: str) -> MissingReportError:
    """Return the error for what is not in the archive; `contents` says what is."""
    return MissingReportError(
        f"The archive has no {what}. Available: {contents or 'nothing yet'}. Download reports from "
        "Docker Hub (Analytics) and add them: insights-nb add FILES, or run insights-nb fetch."
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
