"""What each function's frame is: what one row is, and which reports it is counted from.

A frame is known by its columns, since what a user did to it meanwhile may have lost anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from insights_nb.metrics.audience_sources import AUDIENCE_SOURCES
from insights_nb.metrics.pull_sources import SOURCES
from insights_nb.metrics.tag_sources import DIGEST_SOURCES, TAG_SOURCES
from insights_nb.schema import REPORTS

_PULLS = tuple(dict.fromkeys(source.kind for source in SOURCES))
_TAGS = tuple(dict.fromkeys(source.kind for source in TAG_SOURCES))
_DIGESTS = tuple(dict.fromkeys(source.kind for source in DIGEST_SOURCES))
_AUDIENCE = tuple(dict.fromkeys(source.kind for source in AUDIENCE_SOURCES))
_LEGACY = ("image_pulls_summary", "image_pulls_raw")
_TRACKED = ("tracked_companies",)
_PAIRS = ("technographic",)
_PAIRED = ("technographic_companies",)
_EXTENSIONS = ("extension_core", "extension_premium")
_EVERY = tuple(REPORTS)
_METHODS = frozenset({"coverage", "revisions", "status"})


@dataclass(frozen=True)
class Frame:
    """One function's frame.

    Parameters
    ----------
    name
        The function.
    row
        What one row is.
    reports
        The report kinds that may be behind its numbers.
    columns
        Those that it always has.
    kind
        The report whose own columns it has, where it is one as it was read.
    """

    name: str
    row: str
    reports: tuple[str, ...]
    columns: frozenset[str]
    kind: str = ""

    @property
    def call(self) -> str:
        """What a user types to get it, but for the arguments."""
        return f"Archive.{self.name}" if self.name in _METHODS else self.name


def frame_of(columns: Iterable[str]) -> Frame | None:
    """Return the frame that has these columns, and the most of them, or None."""
    names = set(columns)
    known = [frame for frame in (*FRAMES.values(), *_READ) if frame.columns <= names]
    return max(known, key=lambda frame: len(frame.columns), default=None)


def _frame(name: str, row: str, reports: tuple[str, ...], columns: str) -> Frame:
    return Frame(name, row, reports, frozenset(columns.split()))


_COUNTED = "pulls data_downloads version_checks"
_USERS = "unique_authenticated_users_at_least unique_authenticated_users_at_most"
_PAIR = "repository paired_image users total_pullers pct_users domains total_domains pct_domains"
_INSTALLED = (
    "publisher extension installs uninstalls net updates usage total_installs total_uninstalls "
    "total_net unique_installs_at_least unique_users_at_least"
)

FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        _frame(
            "pulls",
            "a repository in one period",
            _PULLS,
            f"period repository {_COUNTED} source",
        ),
        _frame(
            "growth",
            "a repository in one period",
            _PULLS,
            f"period repository {_COUNTED} source change",
        ),
        _frame(
            "collection_pulls",
            "all repositories of one definition in one period",
            _PULLS,
            f"period repository {_COUNTED} source repositories change",
        ),
        _frame(
            "repository_totals",
            "a repository over the interval",
            _PULLS,
            f"repository {_COUNTED} share definition missing",
        ),
        _frame(
            "totals",
            "all repositories of one definition over the interval",
            _PULLS,
            "definition repositories total missing",
        ),
        _frame(
            "changes",
            "a repository, before and after",
            _PULLS,
            "repository before after change ratio definition",
        ),
        _frame(
            "movers",
            "a repository that changed, before and after",
            _PULLS,
            "repository direction before after change ratio definition",
        ),
        _frame(
            "effect",
            "an event and a repository, the periods before it and after it",
            _PULLS,
            "date label period before after difference ratio verdict",
        ),
        _frame(
            "downloads_and_checks",
            "a repository in one period",
            _PULLS,
            "period repository data_downloads version_checks ratio download_share source",
        ),
        _frame(
            "pull_actions",
            "a repository in one period",
            _LEGACY,
            "period repository pulls_by_tag pulls_by_digest pulls version_checks source",
        ),
        _frame(
            "classify_actions",
            "one pull or version check, of one request or several",
            ("image_pulls_raw",),
            "kind client repository start end event_count events",
        ),
        _frame(
            "tag_pulls",
            "a repository's tag in one period",
            _TAGS,
            f"period repository tag {_COUNTED} share source",
        ),
        _frame(
            "cohorts",
            "a repository's version in one period",
            _TAGS,
            f"period repository cohort tags {_COUNTED} share source",
        ),
        _frame(
            "gaining",
            "a repository's tag or version, before and after",
            _TAGS,
            "repository pulls_before pulls_after share_before share_after change",
        ),
        _frame(
            "adoption_curves",
            "a repository's release in one period since its first",
            _TAGS,
            "repository cohort release period days pulls share censored",
        ),
        _frame(
            "release_adoption",
            "a repository's release",
            _TAGS,
            "repository cohort release pulls first_seen last_absent censored periods_to_10 share",
        ),
        _frame(
            "still_used",
            "a repository's version over the interval",
            _TAGS,
            f"repository cohort {_COUNTED} share last_period quiet_periods change",
        ),
        _frame(
            "first_seen_events",
            "a repository's tag or version that became used",
            _TAGS,
            "date label repository url share after_gap",
        ),
        _frame(
            "top_digests",
            "a repository's digest over the interval",
            _DIGESTS,
            f"repository digest {_COUNTED} share periods first_period last_period source",
        ),
        _frame(
            "audience",
            "a value (country, cloud, client, tag, use case, repository) in one period",
            _AUDIENCE,
            f"period {_COUNTED} share",
        ),
        _frame(
            "signed_in",
            "one period",
            _AUDIENCE,
            f"period {_USERS} share_at_least share_at_most",
        ),
        _frame(
            "contributions",
            "a value (country, cloud, client, tag, use case, repository), before and after",
            _AUDIENCE,
            "before after change share_of_change",
        ),
        _frame(
            "companies",
            "a company in one period",
            _TRACKED,
            f"period domain {_COUNTED} repositories {_USERS}",
        ),
        _frame(
            "heavy_users",
            "a company over the interval",
            _TRACKED,
            f"domain {_COUNTED} share {_USERS} missing",
        ),
        _frame(
            "company_changes",
            "a company, before and after",
            _TRACKED,
            "domain status before after change periods_before periods_after",
        ),
        _frame(
            "deployment_pattern",
            "a combination of use case, cloud, country, company and repository over the interval",
            _TRACKED,
            f"{_COUNTED} share {_USERS}",
        ),
        _frame(
            "company_profiles",
            "a company over the interval",
            (*_TRACKED, *_PAIRED),
            "domain tracked pulls share status country use_case related repositories current",
        ),
        _frame(
            "stacks",
            "a company, one of your images and another one that it runs",
            _PAIRED,
            "domain repository paired_image first_seen last_seen periods periods_available current",
        ),
        _frame(
            "popular_pairs",
            "another image that companies run beside yours",
            _PAIRED,
            "paired_image companies current share",
        ),
        _frame(
            "paired_images",
            "one of your images and another one that the same people pulled, in one period",
            _PAIRS,
            f"period listed {_PAIR}",
        ),
        _frame(
            "pair_changes",
            "one of your images and another one, before and after",
            _PAIRS,
            "repository paired_image status users_before users_after pct_users_change note",
        ),
        _frame(
            "popular_stack",
            "another image that people pull beside yours, in one period",
            _PAIRS,
            "paired_image repositories users_at_least users_at_most domains_at_least",
        ),
        _frame(
            "check_shares",
            "a check of one period's Technographic report",
            _PAIRS,
            "period check scale rows differ largest_difference verdict",
        ),
        _frame(
            "extensions",
            "an extension in one period",
            _EXTENSIONS,
            f"period {_INSTALLED}",
        ),
        _frame(
            "extension_totals",
            "an extension over the interval",
            _EXTENSIONS,
            f"{_INSTALLED} missing",
        ),
        _frame(
            "reconcile",
            "two reports' numbers for the same thing, compared",
            ("summary", "trends", *_TRACKED, *_LEGACY),
            "check compared granularity period series measure left difference verdict reason",
        ),
        _frame(
            "coverage",
            "a report that is held, missing or awaited",
            _EVERY,
            "kind namespace granularity period label status files revisions due at_risk",
        ),
        _frame(
            "status",
            "a series of reports",
            _EVERY,
            "kind namespace granularity first newest age held missing expected overdue",
        ),
        _frame(
            "revisions",
            "a number that a revised report changed",
            _EVERY,
            "kind namespace granularity period label revision added measure before after change",
        ),
    )
}
"""By the function, or the archive's method, that makes them."""

# Reports as they are read: known by all of their columns that no other report's row needs.
_READ = tuple(
    Frame(
        "read_report",
        report.row,
        (report.kind,),
        frozenset(column.name for column in report.typical if column.required),
        report.kind,
    )
    for report in REPORTS.values()
)
