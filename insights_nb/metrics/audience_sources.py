"""Which reports tell where pulls come from, and what each of them names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from insights_nb.metrics.report_rows import kept
from insights_nb.metrics.use_cases import infer_use_case
from insights_nb.periods import Granularity
from insights_nb.reading import to_pandas
from insights_nb.rollup import Count, Sum

if TYPE_CHECKING:
    from insights_nb.archive import Archive

REPOSITORY = "repository"
USE_CASE = "use_case"


@dataclass(frozen=True)
class AudienceSource:
    """A report that tells where pulls come from.

    Parameters
    ----------
    kind
        The report.
    publisher
        Whose repository it is; also completes a bare name (``web``) to ``acme/web``.
    columns
        Dimension → its column; no report but that of tracked companies has the use case, which
        is inferred.
    measures
        How its columns make up each measure; one that it does not have stays missing.
    """

    kind: str
    publisher: str
    columns: Mapping[str, str]
    measures: Mapping[str, Sum | Count]

    @property
    def pair(self) -> list[str]:
        """The columns of client and cloud, from which the use case is inferred."""
        return [self.columns["client"], self.columns["cloud"]]


TRENDS = AudienceSource(
    "trends",
    "publisher_name",
    {
        "country": "ip_country",
        "cloud": "cloud_service_provider",
        "client": "user_agent",
        "tag": "tag",
        USE_CASE: USE_CASE,
        REPOSITORY: "image_repository",
    },
    {
        "pulls": Sum(("pulls",)),
        "data_downloads": Sum(("data_downloads",)),
        "version_checks": Sum(("version_checks",)),
    },
)
RAW = AudienceSource(
    "image_pulls_raw",
    "namespace",
    {
        "country": "country",
        "cloud": "host",
        "client": "user_agent_tool",
        "tag": "tag",
        USE_CASE: USE_CASE,
        REPOSITORY: "repository",
        "industry": "type",
        "domain": "domain",
    },
    {
        "pulls": Count("action", ("pull_by_tag", "pull_by_digest")),
        "version_checks": Count("action", ("version_check",)),
    },
)

# In the order in which they are preferred.
AUDIENCE_SOURCES = (TRENDS, RAW)

DIMENSIONS = tuple(dict.fromkeys(name for source in AUDIENCE_SOURCES for name in source.columns))
"""What pulls are told apart by; industry and domain are in the legacy raw data only."""


def repository_table(
    archive: Archive, granularity: Granularity, source: AudienceSource
) -> pl.DataFrame:
    """Return whose repositories a report names: ``publisher``, ``bare``, ``repository``."""
    key = ("audience", source.kind, granularity)
    return kept(archive, key, partial(_repositories, archive, granularity, source))


def use_case_table(
    archive: Archive,
    granularity: Granularity,
    source: AudienceSource,
    clients: Mapping[str, str] | None,
) -> pl.DataFrame:
    """Return the use case of each client on each cloud: `AudienceSource.pair`, ``use_case``.

    Raises
    ------
    UseCaseError
        If `clients` names a use case that there is not.
    """
    key = ("audience pairs", source.kind, granularity)
    pairs = kept(archive, key, partial(_pairs, archive, granularity, source))
    client, cloud = source.pair
    frame = to_pandas(pairs)
    inferred = infer_use_case(frame, client=client, cloud=cloud, clients=clients)
    return pairs.with_columns(pl.Series(USE_CASE, inferred.to_list(), pl.String))


def _repositories(
    archive: Archive, granularity: Granularity, source: AudienceSource
) -> pl.DataFrame:
    rows = archive.scan(source.kind, granularity)
    bare, publisher = pl.col("bare"), pl.col("publisher")
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(["publisher", "bare", "repository"], pl.String))
    found: pl.DataFrame = (
        nw.from_native(rows)
        .select(
            nw.col(source.publisher).alias("publisher"),
            nw.col(source.columns[REPOSITORY]).alias("bare"),
        )
        .unique()
        .to_native()
        .collect(engine="streaming")
    )
    whole = bare.str.contains("/", literal=True) | publisher.is_null()
    return found.filter(bare.is_not_null()).with_columns(
        publisher.fill_null(""),
        repository=pl.when(whole).then(bare).otherwise(publisher + "/" + bare),
    )


def _pairs(archive: Archive, granularity: Granularity, source: AudienceSource) -> pl.DataFrame:
    rows = archive.scan(source.kind, granularity)
    if rows is None:
        return pl.DataFrame(schema=dict.fromkeys(source.pair, pl.String))
    found: pl.DataFrame = (
        nw.from_native(rows).select(*source.pair).unique().to_native().collect(engine="streaming")
    )
    return found
