"""Which versions were pulled, and how far the newest releases have come."""

from __future__ import annotations

import contextlib
from typing import Any

import pandas as pd

from insights_nb.charts.adoption import cohort_chart
from insights_nb.charts.events import shown_events
from insights_nb.charts.svg import WIDTH
from insights_nb.errors import MissingReportError, UnknownNameError
from insights_nb.metrics.adoption import cohorts, tag_pulls
from insights_nb.metrics.releases import release_adoption
from insights_nb.metrics.versions import BY_DIGEST, OTHER
from insights_nb.periods import Period
from insights_nb.publish.review.numbers import UNKNOWN, counted, percent, points, whole
from insights_nb.publish.review.pieces import (
    Picture,
    Piece,
    Row,
    Section,
    Table,
    Words,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject
from insights_nb.publish.review.twelve_months import events_table
from insights_nb.selection import Selection

_REPOSITORIES = 12
_VERSIONS = 4
_NO_VERSION = (BY_DIGEST, OTHER)


def section(of: Subject) -> Section:
    """Say which versions were pulled, and how far the newest releases have come."""
    tags = of.tags
    frame = cohorts(tags, by="minor")
    now = _shares(frame, of.month)
    if now.empty:
        return Section([Words(f"No report counts the tags of {of.month.dates}.", "nothing")])
    then = _shares(cohorts(_tags_of(of, of.base), by="minor"), of.base)
    names = now.groupby("repository")["pulls"].sum().sort_values(ascending=False, kind="stable")
    shown = [str(name) for name in names.index[:_REPOSITORIES]]
    releases = release_adoption(tags)
    pieces: list[Piece] = [
        Picture(
            "versions",
            lambda paint: cohort_chart(
                frame, share=True, width=WIDTH, height=260, paint=paint, events=of.pinned
            ),
        ),
        note(
            "Each column is one month, each band a version's share of all pulls. Pulls by digest "
            "have no tag. A light band is a month whose report is missing."
        ),
        *_marks(of, frame),
        *_newest(of, releases, shown),
        _versions(of, now, then, shown),
        *_unknown(of, frame, now),
    ]
    if left := len(names) - len(shown):
        pieces.append(
            note(f"{counted(left, 'smaller repository', 'smaller repositories')} left out.")
        )
    return Section(pieces, {"cohorts": frame, "releases": releases})


def _marks(of: Subject, frame: pd.DataFrame) -> list[Piece]:
    """Say what the marks are: those of the chart of pulls, unless this one begins later."""
    shown = shown_events(frame, of.pinned)
    if shown.empty:
        return []
    if len(shown) == len(of.pinned):
        return [note("The marks are those of the chart of pulls.")]
    return events_table("versions", shown)


def _tags_of(of: Subject, month: Period) -> pd.DataFrame:
    if month >= of.month.shift(-11):
        return of.tags
    # What was missing or not there yet a year ago leaves this month as it is.
    with contextlib.suppress(MissingReportError, UnknownNameError):
        selection = Selection("month", 3, of.repositories)
        return tag_pulls(of.archive.until(month), selection, tags=of.rules)
    return of.tags.iloc[:0]


def _unknown(of: Subject, frame: pd.DataFrame, now: pd.DataFrame) -> list[Piece]:
    """Say of how many repositories no report names the tags of this month."""
    if not (number := len({*frame["repository"]} - {*now["repository"]})):
        return []
    whom = counted(number, "repository", "repositories")
    return [note(f"The tags of {whom} are unknown in {of.month.dates}.")]


def _shares(frame: pd.DataFrame, month: Period) -> pd.DataFrame:
    """Return what is known of one month."""
    own = frame[frame["period"] == pd.Timestamp(month.start)].dropna(subset=["pulls"])
    return own[["repository", "cohort", "pulls", "share"]]


def _newest(of: Subject, releases: pd.DataFrame, shown: list[str]) -> list[Piece]:
    """Say of each repository's newest release since when it is pulled, and how far it has come."""
    first = releases.drop_duplicates("repository").set_index("repository")
    rows = [Row(_release(name, first.loc[name].to_dict())) for name in shown if name in first.index]
    if not rows:
        return []
    columns = [
        *texts("Repository", "Newest release", "First pulled"),
        *numbers("Share of its major", "Months to 50 %"),
    ]
    caption = f"The newest release of each repository as of {of.month.dates}"
    return [Table("releases", caption, columns, rows)]


def _release(name: str, row: dict[Any, Any]) -> list[str]:
    seen = Period("month", row["first_seen"].date()).dates
    return [
        name,
        str(row["release"]),
        f"{seen} or earlier" if row["censored"] else seen,
        percent(row["share"]),
        whole(row["periods_to_50"]),
    ]


def _versions(of: Subject, now: pd.DataFrame, then: pd.DataFrame, shown: list[str]) -> Piece:
    """Compare the shares of each repository's versions with those of the base month."""
    available = {str(name) for name in then["repository"]}
    before = {
        (str(row["repository"]), str(row["cohort"])): row["share"]
        for row in then.to_dict("records")
    }
    rows = []
    for name in shown:
        own = now[(now["repository"] == name) & ~now["cohort"].isin(_NO_VERSION)]
        own = own[own["pulls"] > 0].sort_values(["pulls", "cohort"], ascending=[False, True])
        if own.empty:
            continue
        rows.append(Row([name], "group"))
        for row in own.head(_VERSIONS).to_dict("records"):
            # What an available report does not name had no pulls.
            was = before.get((name, str(row["cohort"])), 0.0 if name in available else pd.NA)
            rows.append(
                Row(
                    [
                        str(row["cohort"]),
                        whole(row["pulls"]),
                        percent(row["share"]),
                        percent(was),
                        points(row["share"] - was) if not pd.isna(was) else UNKNOWN,
                    ]
                )
            )
    columns = [
        *texts("Version"),
        *numbers("Pulls", f"Share in {of.month.dates}", f"in {of.base.dates}", "Change, points"),
    ]
    caption = f"Versions by their pulls in {of.month.dates}, shares of all of a repository's pulls"
    return Table("versions", caption, columns, rows)
