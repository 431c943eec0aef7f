"""Which reports tell how often a repository was pulled, and how each of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from insights_nb.rollup import Count, Sum


@dataclass(frozen=True)
class Source:
    """A report that tells how often repositories were pulled.

    Parameters
    ----------
    kind
        The report.
    definition
        What it calls a pull. Only sources of one definition may share a series.
    repository
        Its repository column.
    publisher
        Whose repository it is; also completes a bare name (``web``) to the full one
        (``acme/web``).
    measures
        How its columns make up each measure; a measure that it does not have stays missing.
    where, view
        Which rows, or which files, hold one row per repository and no other level.
    absent_is_zero
        Whether a held period that does not name a repository means that nobody pulled it.
    """

    kind: str
    definition: str
    repository: str
    publisher: str
    measures: Mapping[str, Sum | Count]
    where: Mapping[str, str] = field(default_factory=dict)
    view: str | None = None
    absent_is_zero: bool = True


_DVP = {"data_downloads": Sum(("data_downloads",)), "version_checks": Sum(("version_checks",))}
_LEGACY = {
    "pulls": Sum(("pull_by_tag", "pull_by_digest")),
    "version_checks": Sum(("version_check",)),
}

# In the order in which they are preferred.
SOURCES: tuple[Source, ...] = (
    Source(
        kind="summary",
        definition="events",
        repository="reference",
        publisher="publisher_name",
        measures={"pulls": Sum(("event_count",)), **_DVP},
        # Summaries restate the same events at several levels: take one, never the sum.
        where={"level": "repository"},
    ),
    Source(
        kind="trends",
        definition="events",
        repository="image_repository",
        publisher="publisher_name",
        measures={"pulls": Sum(("pulls",)), **_DVP},
    ),
    Source(
        kind="image_pulls_summary",
        definition="actions",
        repository="repository",
        publisher="namespace",
        measures=_LEGACY,
        view="repository",
    ),
    Source(
        kind="image_pulls_summary",
        definition="actions",
        repository="repository",
        publisher="namespace",
        measures=_LEGACY,
        view="reference",
    ),
    Source(
        kind="image_pulls_raw",
        definition="actions",
        repository="repository",
        publisher="namespace",
        measures={
            "pulls": Count("action", ("pull_by_tag", "pull_by_digest")),
            "version_checks": Count("action", ("version_check",)),
        },
    ),
    Source(
        kind="pulls",
        definition="API",
        repository="repository",
        publisher="namespace",
        measures={"pulls": Sum(("pull_count",))},
        # The API's points come in late, one repository at a time.
        absent_is_zero=False,
    ),
)

DEFINITIONS: Mapping[str, str] = {
    "events": "data downloads and version checks, as the Summary and Trends reports count them",
    "actions": "pulls by tag and by digest, no version checks, as the legacy reports count them",
    "API": "pulls as Docker's pull-data API counts them, which need not equal the reports",
}
"""What a pull is, by definition."""

ASIDES: Mapping[str, str] = {"events": "", "actions": "legacy", "API": "API"}
"""What is said in brackets of pulls by each definition; nothing of those by the usual one."""

DEFINITION_OF: Mapping[str, str] = {source.kind: source.definition for source in SOURCES}
"""Report kind → its definition of a pull."""
