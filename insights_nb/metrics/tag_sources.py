"""Which reports name the tags and digests that were pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from insights_nb.schema import REPORTS, Count, Sum

ALL = "/*"
"""Ends the name of a row that is about all of a publisher's repositories: ``acme/*``."""

DIGEST = r"^[a-z0-9]+:[0-9a-fA-F]{32,}$"
"""What a reference looks like that is a digest and no tag."""


@dataclass(frozen=True)
class TagSource:
    """A report that tells what its pulls named.

    Parameters
    ----------
    kind
        The report.
    repository, publisher
        Its columns; the second completes a bare repository (``web``) to ``acme/web``. A report
        without repositories has none.
    reference
        The column with the tag or digest.
    measures
        How its columns make up each measure; one that it does not have stays missing.
    level
        Which of its rows name tags, or digests, where it restates the same events at several
        levels.
    view
        Which of its files do.
    """

    kind: str
    repository: str | None
    publisher: str
    reference: str
    measures: Mapping[str, Sum | Count] = field(default_factory=dict)
    level: str | None = None
    view: str | None = None


def _source(kind: str, *, level: str | None = None, view: str | None = None) -> TagSource:
    roles = REPORTS[kind].roles
    if roles.reference is None:
        raise ValueError(f"{kind} does not tell what its pulls named.")
    # At the levels of tags and digests no column names the repository.
    repository = roles.repository if level is None else None
    return TagSource(
        kind, repository, roles.publisher, roles.reference, roles.measures, level, view
    )


# In the order in which they are preferred.
TAG_SOURCES = (
    _source("trends"),
    _source("summary", level="tag"),
    _source("image_pulls_summary", view="reference"),
    _source("image_pulls_raw"),
)
DIGEST_SOURCES = (
    _source("summary", level="digest"),
    _source("image_pulls_summary", view="reference"),
)
