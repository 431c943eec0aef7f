"""Which reports name the tags and digests that were pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from insights_nb.rollup import Count, Sum

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


_DVP = {"data_downloads": Sum(("data_downloads",)), "version_checks": Sum(("version_checks",))}
_EVENTS = {"pulls": Sum(("event_count",)), **_DVP}
_LEGACY = TagSource(
    "image_pulls_summary",
    "repository",
    "namespace",
    "reference",
    {
        "pulls": Sum(("pull_by_tag", "pull_by_digest")),
        "version_checks": Sum(("version_check",)),
    },
    view="reference",
)

# In the order in which they are preferred.
TAG_SOURCES: tuple[TagSource, ...] = (
    TagSource(
        "trends",
        "image_repository",
        "publisher_name",
        "tag",
        {"pulls": Sum(("pulls",)), **_DVP},
    ),
    TagSource("summary", None, "publisher_name", "reference", _EVENTS, level="tag"),
    _LEGACY,
    TagSource(
        "image_pulls_raw",
        "repository",
        "namespace",
        "tag",
        {
            "pulls": Count("action", ("pull_by_tag", "pull_by_digest")),
            "version_checks": Count("action", ("version_check",)),
        },
    ),
)
DIGEST_SOURCES: tuple[TagSource, ...] = (
    TagSource("summary", None, "publisher_name", "reference", _EVENTS, level="digest"),
    _LEGACY,
)
