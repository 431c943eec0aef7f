"""How fast a release is taken up, and whether an old one is still in use."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from insights_nb.counts.sources import TAGS, kinds
from insights_nb.errors import UnknownNameError
from insights_nb.frames import MISSING, NEVER, RATIO, UNKNOWN, Column, frame
from insights_nb.metrics.adoption import compared
from insights_nb.metrics.pulls import granularity_of
from insights_nb.metrics.release_curves import last, release_grid
from insights_nb.metrics.versions import (
    BY_DIGEST,
    FLOATING,
    OTHER,
    PARTS,
    PRERELEASE,
    Part,
    Version,
    in_version_order,
    read_tag,
    read_tags,
    rules_of,
)
from insights_nb.selection import MEASURES
from insights_nb.texts import did_you_mean

REACHED = {"10": 0.1, "50": 0.5}
"""The shares of its cohort whose reaching `release_adoption` dates."""
# So many cohorts are named of those that there are.
_FEW = 12
# And with so many names is one compared that there is not.
_COMPARED = 500


@frame(
    "a repository's release",
    kinds(TAGS),
    "repository cohort.release release pulls first_seen last_absent censored "
    "periods_to_10 days_to_10 periods_to_50 days_to_50 share.release",
    Column(
        "last_absent",
        "The first day of the last available period before it had pulls.",
        "",
        "Where no available period without it comes before.",
    ),
    Column(
        "periods_to_10",
        "Periods until its share was 10 %.",
        "periods",
        "Where it never was, or may be older.",
    ),
    Column(
        "days_to_10",
        "Days until its share was 10 %.",
        "days",
        "Where it never was, or may be older.",
    ),
    Column(
        "periods_to_50",
        "Periods until its share was 50 %.",
        "periods",
        "Where it never was, or may be older.",
    ),
    Column(
        "days_to_50",
        "Days until its share was 50 %.",
        "days",
        "Where it never was, or may be older.",
    ),
)
def release_adoption(frame: pd.DataFrame, *, by: Part = "minor") -> pd.DataFrame:
    """Tell when each release was first pulled, and how long it took to 10 % and 50 %.

    A release is a version told apart by minor (``1.27``, with ``1.27.3`` in it), or as `by` says.
    Its share is of its cohort: the pulls of its major (of all the repository's versions where
    `by` is ``"major"``) by tags that name a version as exactly. A tag that does not, such as ``1``
    where minors are compared, moves to the newest release by itself and says nothing of who
    chose it; `cohorts` counts it as ``1 (floating tag)``. A pre-release (``1.28.0-rc1``) starts no
    release's clock and is in no share; `cohorts` counts it as ``1.28 (pre-release)``. Rows about
    all of a publisher's repositories (``acme/*``) are left out: a number there stands for several
    products.

    Parameters
    ----------
    frame
        As `tag_pulls` gives it. Take 12 months: what was there before them has no first period.
    by
        ``"major"``, ``"minor"`` or ``"patch"``.

    Returns
    -------
    pandas.DataFrame
        One row per repository and release, newest version first: ``repository``, ``cohort`` (its
        major, or ``"all versions"``), ``release``, ``pulls`` (over all periods), ``first_seen``
        (first day of the first period with pulls), ``last_absent`` (first day of the last available
        period before without any; further back than one period where reports in between are not
        available), ``censored`` (no available period without it comes before, so that it may be
        older), ``periods_to_10``, ``days_to_10``, ``periods_to_50``, ``days_to_50`` (``Int64``;
        from the first day of the first period to that of the first one in which its share was as
        high, 0 where it is the same; missing where it never was, or where `censored`), ``share``
        (in the newest available period).

    Raises
    ------
    MixedGranularityError
        If weeks and months share the frame.
    SelectionError
        If `by` is not offered.

    Notes
    -----
    Source: Trends ``PULLS`` per ``TAG``, as in `tag_pulls`. Reports are of whole weeks or months,
    so a day is exact to one period at the best.
    """
    grid = release_grid(frame, by)
    days, first, share = grid.days, grid.first, grid.share
    result = grid.releases.copy()
    result["pulls"] = np.nansum(grid.pulls, axis=1).astype(np.int64)
    result["pulls"] = result["pulls"].astype("Int64")
    result["first_seen"] = days[first]
    last_absent = days[last(grid.absent)]
    result["last_absent"] = pd.Series(last_absent).where(~grid.censored)
    result["censored"] = grid.censored
    granularity = granularity_of(frame)
    for name, wanted in REACHED.items():
        there = (share >= wanted) & (grid.place >= first[:, None])
        reached = days[there.argmax(axis=1)]
        missing = grid.censored | ~there.any(axis=1)
        took = (reached - days[first]).astype("timedelta64[D]").astype(np.int64)
        unit = "datetime64[M]" if granularity == "month" else "datetime64[W]"
        steps = (reached.astype(unit) - days[first].astype(unit)).astype(np.int64)
        result[f"periods_to_{name}"] = pd.arrays.IntegerArray(steps, missing)
        result[f"days_to_{name}"] = pd.arrays.IntegerArray(took, missing)
    newest = share[np.arange(len(share)), last(~np.isnan(grid.pulls))]
    result["share"] = pd.arrays.FloatingArray(newest, np.isnan(newest))
    return result.reset_index(drop=True)


@frame(
    "a repository's version in one period",
    kinds(TAGS),
    "period repository cohort tags pulls data_downloads version_checks share.repository source",
)
def cohort_pulls(frame: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Follow one cohort through the time range.

    Parameters
    ----------
    frame
        As `tag_pulls` gives it.
    cohort
        A version (``"2"`` or ``"2.x"`` is every tag of major 2; ``"2.7"``, ``"2.7.1"``), with
        its variant, pre-release or rebuild where only that is meant (``"2.7-alpine"``,
        ``"3.4.6-debian-11"``); a variant of any version (``"alpine"``); a moving tag (``"latest"``,
        ``"lts"``, with all its variants); any other tag by its name (``"20240115"``); a cohort as
        `cohorts` names it (``"1.28 (pre-release)"``), so ``"by digest"`` or ``"other"``, too.

    Returns
    -------
    pandas.DataFrame
        One row per period and repository that has such tags: ``period``, ``repository``,
        ``cohort`` (as given), ``tags`` (how many had pulls), ``pulls``, ``data_downloads``,
        ``version_checks``, ``share`` and ``source`` as in `tag_pulls`.

    Raises
    ------
    UnknownNameError
        If no tag of the frame belongs to it.

    Notes
    -----
    Source: Trends ``PULLS`` per ``TAG``, as in `tag_pulls`.
    """
    codes, versions = read_tags(frame["tag"], rules_of(frame))
    rows = frame[_named(frame["tag"], codes, versions, cohort)]
    if rows.empty:
        raise _unknown(frame, versions, cohort)
    given = rows.assign(tags=(rows["pulls"] > 0).astype("Int64"))
    grouped = given.groupby(["period", "repository"])
    result = grouped[["tags", *MEASURES, "share"]].sum(min_count=1)
    result["source"] = grouped["source"].first()
    result = result.reset_index().assign(cohort=cohort).astype({"cohort": "str"})
    result.attrs = dict(frame.attrs)
    return result[["period", "repository", "cohort", "tags", *MEASURES, "share", "source"]]


@frame(
    "a repository's version over the time range",
    kinds(TAGS),
    "repository cohort pulls data_downloads version_checks share.repository last_period "
    "quiet_periods pulls_last share_last change",
    Column(
        "quiet_periods",
        "Held periods since the last with pulls.",
        "periods",
        NEVER,
    ),
    Column("pulls_last", "Pulls in the newest available period.", "pulls", MISSING),
    Column(
        "share_last",
        "Its share in the newest available period.",
        RATIO,
        UNKNOWN,
    ),
    Column(
        "change",
        "The second half of the available periods against the first: -0.4 is 40 % less.",
        RATIO,
        "Where the first half has none.",
    ),
    may="variant",
)
def still_used(frame: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Tell whether a cohort is still pulled, before it is dropped.

    Parameters
    ----------
    frame, cohort
        As for `cohort_pulls`, which gives the same by period.

    Returns
    -------
    pandas.DataFrame
        One row per repository that has such tags: ``repository``, ``cohort``, ``pulls``,
        ``data_downloads``, ``version_checks`` (``Int64``, over the available periods), ``share``
        (of the repository's pulls in these), ``last_period`` (first day of the newest period with
        pulls; missing where there is none), ``quiet_periods`` (available periods since),
        ``pulls_last``, ``share_last`` (in the newest available period) and ``change`` (pulls of the
        second half of the available periods against the first, a ratio: -0.4 is 40 % less; missing
        where the first half has none).

    Raises
    ------
    UnknownNameError
        If no tag of the frame belongs to it.

    Notes
    -----
    Source: Trends ``PULLS`` per ``TAG``, as in `tag_pulls`. Pulls by digest name no version: who
    pinned one of the cohort's images is not among them.
    """
    known = cohort_pulls(frame, cohort).dropna(subset=["pulls"])
    known = known.merge(compared(known), on=["repository", "period"])
    whole = frame.groupby("repository")["pulls"].sum()
    rows = [
        {
            "repository": name,
            "cohort": cohort,
            **part[list(MEASURES)].sum(min_count=1),
            "share": _ratio(int(part["pulls"].sum()), int(whole[name])),
            **_latest(part),
            "change": _ratio(*(_half(part, side) for side in ("after", "before"))) - 1,
        }
        for name, part in known.groupby("repository")
    ]
    counts = dict.fromkeys([*MEASURES, "quiet_periods", "pulls_last"], "Int64")
    shares = dict.fromkeys(["share", "share_last", "change"], "Float64")
    columns = [
        "repository", "cohort", *MEASURES, "share", "last_period", "quiet_periods", "pulls_last",
        "share_last", "change",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype(
        {"repository": "str", "cohort": "str", "last_period": "datetime64[s]", **counts, **shares}
    )


def _named(
    tags: pd.Series, codes: NDArray[np.intp], versions: Sequence[Version], cohort: str
) -> NDArray[np.bool_]:
    """Tell which rows a question names."""
    asked = read_tag(cohort)
    if cohort in {BY_DIGEST, OTHER}:
        found = [version.family == cohort for version in versions]
    elif cohort.endswith((PRERELEASE, FLOATING)):
        found = [cohort in map(version.cohort, PARTS) for version in versions]
    else:
        found = [version.within(asked) for version in versions]
    # Whatever a rule makes of a tag, it can be asked for by its name.
    named = np.array(found)[codes] | (tags == cohort).to_numpy(np.bool_)
    if cohort and not named.any():
        named = np.array([version.variant == cohort for version in versions])[codes]
    return named


def _unknown(frame: pd.DataFrame, versions: Sequence[Version], cohort: str) -> UnknownNameError:
    """Return the error for what no tag belongs to."""
    majors = {version.parts[0] if version.parts else version.family for version in versions[:-1]}
    known = in_version_order(majors)
    shown = ", ".join(known[:_FEW]) + (", …" if len(known) > _FEW else "")
    # Comparing spellings takes its time, and what hardly anybody pulls is not meant.
    sums = frame.groupby("tag")["pulls"].sum().nlargest(_COMPARED)
    names = [*known, *sums.index, *{version.variant for version in versions[:_COMPARED]} - {""}]
    close = difflib.get_close_matches(cohort, dict.fromkeys(map(str, names)), n=2)
    sentences = [
        f"No tag of the frame belongs to the cohort {cohort!r}; it has {shown or 'none'}.",
        did_you_mean(close),
        "Name a version (2, 2.x, 2.7, 2.7.1), one with its variant (2.7-alpine), any tag, "
        "'by digest' or 'other'.",
    ]
    return UnknownNameError(" ".join(filter(None, sentences)))


def _latest(part: pd.DataFrame) -> dict[str, object]:
    pulled = part.loc[part["pulls"] > 0, "period"]
    newest = part.iloc[-1]
    return {
        "last_period": pulled.max() if len(pulled) else pd.NaT,
        "quiet_periods": int((part["period"] > pulled.max()).sum()) if len(pulled) else len(part),
        "pulls_last": newest["pulls"],
        "share_last": newest["share"],
    }


def _half(part: pd.DataFrame, side: str) -> int:
    return int(part.loc[part["side"] == side, "pulls"].sum())


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
