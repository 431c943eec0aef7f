"""What is downloaded: the most pulled digests, and downloads against mere version checks."""

from __future__ import annotations

import pandas as pd
import polars as pl

from insights_nb.archive import Archive
from insights_nb.counts.sources import DIGEST, DIGESTS, PULLS, kinds
from insights_nb.counts.tags import choose
from insights_nb.frames import NEVER, RATIO, UNKNOWN, Column, frame
from insights_nb.metrics.pulls import pulls
from insights_nb.selection import MEASURES, Selection

TOGETHER = "all repositories"
"""What the rows of all repositories together are called."""


@frame(
    "a repository's digest over the time range",
    kinds(DIGESTS),
    "repository digest pulls data_downloads version_checks share periods first_period "
    "last_period source",
    Column(
        "share",
        "Its share of the pulls of all digests of the repository.",
        RATIO,
        UNKNOWN,
    ),
    Column(
        "first_period",
        "The first day of the first period with pulls.",
        "",
        NEVER,
    ),
)
def top_digests(
    archive: Archive, selection: Selection | None = None, *, count: int = 20
) -> pd.DataFrame:
    """Rank the digests that were pulled most in the time range.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    count
        How many at the most.

    Returns
    -------
    pandas.DataFrame
        One row per repository and digest, most pulled first: ``repository``, ``digest``, ``pulls``,
        ``data_downloads``, ``version_checks`` (``Int64``, over the available periods; missing where
        the report has no such count), ``share`` (of all digests' pulls of that repository; a
        ratio), ``periods`` (how many with pulls), ``first_period``, ``last_period`` (first days of
        the first and the last of them), ``source`` (report kind). The summary names digests without
        their repository: ``acme/*`` is all of a publisher's, whichever are selected.

    Raises
    ------
    ReportNeededError
        If no report of that granularity names digests.

    Notes
    -----
    Source: Summary ``EVENT_COUNT`` at level ``digest``, which counts pulls by tag under the digest
    that the tag led to; else the legacy summary's ``Reference``, which counts only what was asked
    for by digest. Such counts should not be compared: `source` tells them apart.
    """
    chosen = selection or Selection()
    _, parts = choose(archive, chosen, DIGESTS, "the digests that were pulled")
    frames = []
    for table, rows in parts:
        measures = list(table.source.roles.measures)
        reference = pl.col("reference")
        day = pl.col("period").filter(pl.col("pulls") > 0)
        # A legacy reference is a tag or a digest.
        digests = rows if table.source.level else rows.filter(reference.str.contains(DIGEST))
        found = (
            digests.group_by("repository", digest="reference")
            .agg(
                pl.col(measures).sum(),
                periods=day.n_unique().cast(pl.Int64),
                first_period=day.min(),
                last_period=day.max(),
            )
            .with_columns(
                share=pl.col("pulls") / pl.col("pulls").sum().over("repository"),
                source=pl.lit(table.source.kind),
                **{m: pl.lit(None, pl.Int64) for m in MEASURES if m not in measures},
            )
            .filter(pl.col("pulls") > 0)
        )
        frames.append(found)
    columns = [
        "repository", "digest", *MEASURES, "share", "periods", "first_period", "last_period",
        "source",
    ]  # fmt: skip
    ranked = (
        pl.concat([found.select(columns) for found in frames])
        .sort("pulls", "repository", "digest", descending=[True, False, False])
        .head(count)
    )
    frame = pd.DataFrame({name: ranked[name].to_list() for name in columns})
    texts = dict.fromkeys(["repository", "digest", "source"], "str")
    days = dict.fromkeys(["first_period", "last_period"], "datetime64[s]")
    counts = dict.fromkeys([*MEASURES, "periods"], "Int64")
    frame = frame.astype({**texts, **counts, **days, "share": "Float64"})
    frame.attrs["granularity"] = chosen.granularity
    return frame


@frame(
    "a repository in one period",
    kinds(PULLS),
    "period repository data_downloads version_checks ratio download_share source",
    Column(
        "ratio",
        "Downloads per version check.",
        "times",
        "Where there were no checks, or one is unknown.",
    ),
    Column(
        "download_share",
        "Downloads among downloads and version checks together.",
        RATIO,
        "Where both are 0 or one is unknown.",
    ),
)
def downloads_and_checks(
    archive: Archive, selection: Selection | None = None, *, together: bool = False
) -> pd.DataFrame:
    """Set data downloads against version checks, per repository or over all of them.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    together
        Add the repositories up: one row per period, called ``all repositories``. Those whose
        reports never tell downloads from checks are left out; a period in which one of the
        others is unknown is missing.

    Returns
    -------
    pandas.DataFrame
        One row per period and repository: ``period`` (first day), ``repository``,
        ``data_downloads``, ``version_checks`` (``Int64``; missing where no report is available or
        it has no such count, as legacy reports and the pull-data API have none of downloads),
        ``ratio`` (downloads per check; ``Float64``, missing where there were no checks) and
        ``download_share`` (downloads of both together, 0 to 1; missing where both are 0),
        ``source`` (report kind; missing where none is available or several are added up).

    Raises
    ------
    ReportNeededError
        If no report of that granularity tells downloads from checks.

    Notes
    -----
    Source: ``DATA_DOWNLOADS`` and ``VERSION_CHECKS`` of Summary or Trends, as in
    `insights_nb.pulls`. A version check is a HEAD request that downloads nothing.
    """
    chosen = selection or Selection()
    kinds = ("summary", "trends")
    if not any(archive.available(kind, chosen.granularity) for kind in kinds):
        raise archive.needed("downloads and version checks", chosen.granularity, kinds)
    counts = ["data_downloads", "version_checks"]
    frame = pulls(archive, chosen)
    attrs = frame.attrs
    if together:
        apart = frame.groupby("repository")[counts].transform("count").gt(0).all(axis=1)
        grouped = frame[apart].groupby("period")
        # min_count: a sum that lacks a repository is unknown, not smaller.
        sums = grouped[counts].sum(min_count=frame.loc[apart, "repository"].nunique())
        lowest, highest = grouped["source"].min(), grouped["source"].max()
        frame = sums.assign(source=lowest.where(lowest == highest)).reset_index()
        frame["repository"] = pd.array([TOGETHER] * len(frame), dtype="str")
    downloads, checks = (frame[name].astype("Float64") for name in counts)
    frame["ratio"] = downloads / checks.where(checks > 0)
    both = downloads + checks
    frame["download_share"] = downloads / both.where(both > 0)
    frame.attrs = attrs
    return frame[["period", "repository", *counts, "ratio", "download_share", "source"]]
