"""Which reports tell how often a repository was pulled, and how each of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from insights_nb.schema import REPORTS, Count, Sum


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


def _source(kind: str, *, level: str = "", view: str | None = None) -> Source:
    roles = REPORTS[kind].roles
    if roles.repository is None or roles.definition is None:
        raise ValueError(f"{kind} does not tell how often repositories were pulled.")
    return Source(
        kind=kind,
        definition=roles.definition,
        repository=roles.repository,
        publisher=roles.publisher,
        measures=roles.measures,
        where={"level": level} if level else {},
        view=view,
        absent_is_zero=roles.absent_is_zero,
    )


# In the order in which they are preferred.
SOURCES: tuple[Source, ...] = (
    # Summaries restate the same events at several levels: take one, never the sum.
    _source("summary", level="repository"),
    _source("trends"),
    _source("image_pulls_summary", view="repository"),
    _source("image_pulls_summary", view="reference"),
    _source("image_pulls_raw"),
    _source("pulls"),
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
