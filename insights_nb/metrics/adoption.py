"""How tags and versions are adopted: what gains, what a release reaches, what may be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import polars as pl

from insights_nb.counts.sources import ALL, DIGEST, TAGS, kinds
from insights_nb.counts.tags import TagTable, choose
from insights_nb.frames import MISSING, RATIO, UNKNOWN, Column, frame
from insights_nb.metrics.versions import (
    PARTS,
    RULES,
    Part,
    in_version_order,
    read_tags,
    rules_of,
)
from insights_nb.reading.tags import TagRules, check_rules
from insights_nb.selection import MEASURES, Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from insights_nb.archive import Archive
    from insights_nb.periods import Period


@frame(
    "a repository's tag in one period",
    kinds(TAGS),
    "period repository tag pulls data_downloads version_checks share.repository source",
)
def tag_pulls(
    archive: Archive, selection: Selection | None = None, *, tags: TagRules | None = None
) -> pd.DataFrame:
    """Count the pulls of each tag in each period of the time range.

    Per publisher the trends report counts. Only where none of it is available in the time range
    does the summary's tag level, else the legacy summary by reference, else legacy raw data; one
    repository never has two of them. The summary names tags without their repository, so that its
    rows are about all of a publisher's repositories (``acme/*``), whichever of them are selected,
    unless it names only one; its pulls by digest are what the repositories' own rows have beyond
    the tags'.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    tags
        The publisher's own rules for reading tags, as `insights_nb.tag_rules_of` gives them:
        pattern → rule. They change no row here, only which version a tag names in what is made of
        the frame, such as `cohorts`.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range, repository and tag seen in it, in that order:
        ``period`` (first day), ``repository``, ``tag`` (missing for pulls by digest, which are
        most), ``pulls``, ``data_downloads``, ``version_checks`` (``Int64``; 0 where a report is
        available and does not name the tag, missing where no report is available or its definition
        has no such count), ``share`` (of the repository's pulls in that period, by digest included;
        a ratio, missing where these are unknown or 0), ``source`` (report kind, missing where none
        is available). ``attrs["granularity"]`` is the selection's; ``attrs["tags"]`` has the rules,
        where any were given. A selected repository that no report names tags of has no rows.

    Raises
    ------
    ReportNeededError
        If no report of that granularity names tags.
    SelectionError
        If a rule says nothing, two things at once or what cannot be.

    Notes
    -----
    Source: Trends ``TAG`` and ``PULLS``; Summary ``EVENT_COUNT`` at level ``tag``; legacy
    ``Reference`` or ``Tag``. Pulls are events (downloads and version checks) in the first two,
    actions without version checks in the legacy ones. The time range ends with the newest period
    available from any of them.

    Examples
    --------
    >>> import insights_nb as inb
    >>> tags = inb.tag_pulls(inb.samples(), tags={"stable": {"alias": "2.x"}})  # doctest: +SKIP
    """
    check_rules(tags or {})
    chosen = selection or Selection()
    span, parts = choose(archive, chosen, TAGS, "the tags that were pulled")
    frames = [_dense(table, rows, span) for table, rows in parts]
    frame = frames[0]
    if len(frames) > 1:
        frame = pd.concat(frames, ignore_index=True)
        frame = frame.sort_values(["period", "repository"], kind="stable", ignore_index=True)
    frame.attrs["granularity"] = chosen.granularity
    if tags:
        frame.attrs[RULES] = {pattern: dict(rule) for pattern, rule in tags.items()}
    return frame


@frame(
    "a repository's version in one period",
    kinds(TAGS),
    "period repository cohort tags pulls data_downloads version_checks share.repository source",
    may="variant",
)
def cohorts(frame: pd.DataFrame, *, by: Part = "major", variants: bool = False) -> pd.DataFrame:
    """Add up tags by the version that they name.

    Parameters
    ----------
    frame
        As `tag_pulls` gives it.
    by
        How far to tell versions apart: ``"major"``, ``"minor"`` or ``"patch"``.
        ``docs/tags.md`` has how a tag is read.
    variants
        Keep variants (``alpine`` in ``1.27-alpine``, ``amd64`` in ``amd64-1.27``) apart, in a
        column ``variant``, empty where a tag names none.

    Returns
    -------
    pandas.DataFrame
        One row per period, repository and cohort (and variant): ``period``, ``repository``,
        ``cohort``, ``tags`` (how many of them had pulls), ``pulls``, ``data_downloads``,
        ``version_checks``, ``share`` and ``source`` as in `tag_pulls`. A cohort is a version
        (``1``, ``1.27``), ``1 (floating tag)`` for tags that leave the minor open and move with
        each release (``1``, ``1.x``), ``1.28 (pre-release)`` for release candidates and the like,
        ``latest``, ``by digest``, or ``other`` for tags that are no version. Rebuilds
        (``1.27.3-r31``) belong to their version and variant. Versions come newest first.

    Raises
    ------
    SelectionError
        If `by` is not offered.

    Notes
    -----
    Source: the tags' text alone. Which image a tag points to is in no report.
    """
    if by not in PARTS:
        raise not_offered("by", by, " or ".join(map(repr, PARTS)))
    codes, versions = read_tags(frame["tag"], rules_of(frame))
    names = np.array([version.cohort(by) for version in versions], object)
    given = frame.assign(
        cohort=pd.array(names[codes], dtype="str"),
        variant=pd.array(np.array([v.variant for v in versions], object)[codes], dtype="str"),
        tags=(frame["pulls"] > 0).astype("Int64"),
    )
    keys = ["period", "repository", "cohort", *(["variant"] if variants else [])]
    grouped = given.groupby(keys, sort=False)
    # min_count: all of a repository's tags are unknown in a period, or none.
    result = grouped[["tags", *MEASURES, "share"]].sum(min_count=1)
    result["source"] = grouped["source"].first()
    result = result.reset_index()
    rank = {name: place for place, name in enumerate(in_version_order(names))}
    result = result.sort_values(
        keys, key=lambda column: column.map(rank) if column.name == "cohort" else column
    ).reset_index(drop=True)
    result.attrs = dict(frame.attrs)
    return result


@frame(
    "a repository's tag or version, before and after",
    kinds(TAGS),
    "repository pulls_before pulls_after share_before share_after change",
    Column("pulls_before", "Pulls in the earlier periods.", "pulls", MISSING),
    Column("pulls_after", "Pulls in the later periods.", "pulls", MISSING),
    Column(
        "share_before",
        "Its share in the earlier periods.",
        RATIO,
        UNKNOWN,
    ),
    Column(
        "share_after",
        "Its share in the later periods.",
        RATIO,
        UNKNOWN,
    ),
    Column(
        "change",
        "The difference of the shares: 0.05 is five points more.",
        RATIO,
        UNKNOWN,
    ),
    may="tag cohort variant",
)
def gaining(frame: pd.DataFrame, *, compare: Literal["halves", "last"] = "halves") -> pd.DataFrame:
    """Tell which tags or cohorts gain traction, and which lose it.

    Shares are compared rather than counts: a repository that grows makes every tag grow.

    Parameters
    ----------
    frame
        As `tag_pulls` or `cohorts` gives it.
    compare
        ``"halves"``: the second half of each repository's available periods against the first;
        where they are odd, the middle one is left out. ``"last"``: the newest available period
        against all before it.

    Returns
    -------
    pandas.DataFrame
        One row per repository and tag (or cohort), gaining most first: ``repository``, ``tag``,
        ``pulls_before``, ``pulls_after`` (``Int64``), ``share_before``, ``share_after`` (of the
        repository's pulls in these periods together) and ``change``, their difference (``Float64``;
        0.05 is five points more). Missing where one of the two has no available period or no pulls.

    Raises
    ------
    SelectionError
        If `compare` is not offered.

    Notes
    -----
    Source: Trends ``PULLS`` per ``TAG``, as in `tag_pulls`.
    """
    if compare not in {"halves", "last"}:
        raise not_offered("compare", compare, "'halves' or 'last'")
    keys = [name for name in ("repository", "tag", "cohort", "variant") if name in frame]
    known = frame.dropna(subset=["pulls"])
    sides = compared(known, compare)
    known = known.merge(sides, on=["repository", "period"], how="left")
    counts = {
        f"pulls_{side}": known["pulls"].where(known["side"] == side, 0)
        for side in ("before", "after")
    }
    sums = known.assign(**counts).groupby(keys, dropna=False)[list(counts)].sum().reset_index()
    for side in ("before", "after"):
        whole = sums.groupby("repository")[f"pulls_{side}"].transform("sum")
        share = sums[f"pulls_{side}"].astype("Float64") / whole.where(whole > 0).astype("Float64")
        sums[f"share_{side}"] = share
    sums["change"] = sums["share_after"] - sums["share_before"]
    return sums.sort_values("change", ascending=False, kind="stable", ignore_index=True)


def compared(known: pd.DataFrame, compare: str = "halves") -> pd.DataFrame:
    """Tell on which side of a comparison each available period is.

    Returns
    -------
    pandas.DataFrame
        One row per repository and period: ``repository``, ``period``, ``side`` (``"before"``,
        ``"after"``, or missing where it is on neither).
    """
    sides = known[["repository", "period"]].drop_duplicates().sort_values(["repository", "period"])
    grouped = sides.groupby("repository")["period"]
    place, count = grouped.cumcount(), grouped.transform("size")
    after = count // 2 if compare == "halves" else 1
    before = count // 2 if compare == "halves" else count - 1
    named = np.select([place < before, place >= count - after], ["before", "after"], "neither")
    return sides.assign(side=pd.Series(named, sides.index, "str").replace("neither", None))


def _dense(table: TagTable, rows: pl.DataFrame, span: Sequence[Period]) -> pd.DataFrame:
    """Write a row for every period and tag seen: zero where available, missing where not."""
    by = ["repository", "tag"]
    measures = list(table.source.roles.measures)
    reference = pl.col("reference")
    # A legacy reference is a tag or a digest.
    tag = pl.when(reference.str.contains(DIGEST)).then(None).otherwise(reference)
    small = rows.group_by("period", "repository", tag=tag).agg(pl.col(measures).sum())
    series = small.select(by).unique().sort(by, nulls_last=True).with_row_index("series")
    placed = small.join(series, on=by, nulls_equal=True)
    starts = np.array([period.start for period in span], "datetime64[s]")
    days = starts.searchsorted(placed["period"].to_numpy().astype("datetime64[s]"))
    lines = placed["series"].to_numpy()
    codes, names = pd.factorize(np.array(series["repository"].to_list(), object))
    available = _available(table, list(names), span)
    available[days, codes[lines]] = True
    available = available[:, codes]
    repeat = np.tile(np.arange(len(series)), len(span))
    data: dict[str, object] = {
        "period": np.repeat(starts, len(series)),
        "repository": pd.array(series["repository"].to_list(), dtype="str").take(repeat),
        "tag": pd.array(series["tag"].to_list(), dtype="str").take(repeat),
    }
    counts = {measure: np.zeros(available.shape, np.int64) for measure in MEASURES}
    for measure, counted in counts.items():
        known = available if measure in measures else np.zeros_like(available)
        if measure in measures:
            counted[days, lines] = placed[measure].to_numpy()
        data[measure] = pd.arrays.IntegerArray(counted.ravel(), ~known.ravel())
    data["share"] = _shares(counts["pulls"], codes, len(names))
    kinds = pd.array([table.source.kind, None], dtype="str")
    data["source"] = kinds.take(np.where(available, 0, 1).ravel())
    return pd.DataFrame(data)


def _available(table: TagTable, names: Sequence[str], span: Sequence[Period]) -> NDArray[np.bool_]:
    """Tell for each period whether a report is available that would name each repository."""
    available = np.zeros((len(span), len(names)), np.bool_)
    for column, name in enumerate(names):
        for publisher, named in table.repositories.items():
            if name in named or name == publisher + ALL:
                periods = table.available.get(publisher, set())
                available[:, column] |= [period in periods for period in span]
    return available


def _shares(
    counts: NDArray[np.int64], codes: NDArray[np.intp], repositories: int
) -> pd.arrays.FloatingArray:
    whole = np.zeros((repositories, len(counts)), np.int64)
    np.add.at(whole, codes, counts.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / whole.T[:, codes]
    # Without pulls there is nothing to have a share of.
    unknown = np.isnan(share)
    return pd.arrays.FloatingArray(share.ravel(), unknown.ravel())
