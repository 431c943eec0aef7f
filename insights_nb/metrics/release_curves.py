"""How much of its cohort each release is, period by period since it was first pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from insights_nb.counts.sources import ALL, TAGS, kinds
from insights_nb.frames import Column, frame
from insights_nb.metrics.versions import PARTS, Part, in_version_order, read_tags, rules_of
from insights_nb.selection import not_offered


@frame(
    "a repository's release in one period since its first",
    kinds(TAGS),
    "repository cohort.release release period days pulls share.release censored",
    Column("days", "Days since the first day of the release's first period.", "days"),
)
def adoption_curves(frame: pd.DataFrame, *, by: Part = "minor") -> pd.DataFrame:
    """Follow each release's share of its cohort from when it was first pulled.

    Releases, cohorts and shares are those of `release_adoption`; rows about all of a publisher's
    repositories are left out as there.

    Parameters
    ----------
    frame
        As `tag_pulls` gives it. Take 12 months: what was there before them has no first period.
    by
        ``"major"``, ``"minor"`` or ``"patch"``.

    Returns
    -------
    pandas.DataFrame
        One row per repository, release and period from its first with pulls to the frame's last,
        newest version first: ``repository``, ``cohort`` (its major, or ``"all versions"``),
        ``release``, ``period`` (first day), ``days`` (``Int64``, since the first day of its first
        period), ``pulls`` (``Int64``), ``share`` (of its cohort's pulls in that period; a ratio;
        both missing where no report is available), ``censored`` (no available period without it
        comes before, so that it may be older than its first day here).

    Raises
    ------
    MixedGranularityError
        If weeks and months share the frame.
    SelectionError
        If `by` is not offered.

    Notes
    -----
    Source: Trends ``PULLS`` per ``TAG``, as in `tag_pulls`. Reports are of whole weeks or months:
    a release is up to one period older than its first day says, or younger.
    """
    grid = release_grid(frame, by)
    rows, columns = np.nonzero(grid.place >= grid.first[:, None])
    result = grid.releases.iloc[rows].reset_index(drop=True)
    result["period"] = grid.days[columns]
    since = grid.days[columns] - grid.days[grid.first[rows]]
    result["days"] = pd.array(since.astype("timedelta64[D]").astype(np.int64), dtype="Int64")
    pulls, share = grid.pulls[rows, columns], grid.share[rows, columns]
    unknown = np.isnan(pulls)
    counts = np.nan_to_num(pulls).astype(np.int64)
    result["pulls"] = pd.arrays.IntegerArray(counts, np.asarray(unknown))
    result["share"] = pd.arrays.FloatingArray(share, np.asarray(np.isnan(share)))
    result["censored"] = grid.censored[rows]
    result.attrs = dict(frame.attrs)
    return result


@dataclass(frozen=True)
class ReleaseGrid:
    """Releases by period.

    Parameters
    ----------
    releases
        ``repository``, ``cohort`` and ``release`` of each row, newest version first.
    days
        First day of each column's period.
    pulls
        Of the release in the period; NaN where no report is available.
    share
        Of the cohort's pulls.
    """

    releases: pd.DataFrame
    days: NDArray[np.datetime64]
    pulls: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def place(self) -> NDArray[np.intp]:
        """Each column's number."""
        return np.arange(self.pulls.shape[1])

    @property
    def first(self) -> NDArray[np.intp]:
        """The column in which each release was first pulled."""
        return cast("NDArray[np.intp]", (self.pulls > 0).argmax(axis=1))

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Where a release is known not to be there yet."""
        before = self.place < self.first[:, None]
        return cast("NDArray[np.bool_]", (self.pulls == 0) & before)

    @property
    def censored(self) -> NDArray[np.bool_]:
        """Whether a release may be older than its first pulls here."""
        return cast("NDArray[np.bool_]", ~self.absent.any(axis=1))


def release_grid(frame: pd.DataFrame, by: Part) -> ReleaseGrid:
    """Add up pulls by repository, cohort, release and period.

    One number stands for several products where a row is about all of a publisher's repositories:
    such rows have no releases.

    Raises
    ------
    SelectionError
        If `by` is not offered.
    """
    if by not in PARTS:
        raise not_offered("by", by, " or ".join(map(repr, PARTS)))
    frame = frame[~frame["repository"].str.endswith(ALL)]
    codes, versions = read_tags(frame["tag"], rules_of(frame))
    # Whoever pulls a candidate does not take up the release: it starts no clock, in no share.
    exact = np.array([len(v.parts) > PARTS.index(by) and not v.prerelease for v in versions])
    release = np.array([version.cohort(by) for version in versions], object)
    major = "all versions" if by == "major" else None
    cohort = np.array([major or version.cohort("major") for version in versions], object)
    rows = frame.assign(cohort=cohort[codes], release=release[codes])[exact[codes]]
    keys = ["repository", "cohort", "release", "period"]
    # min_count: a period without a report is unknown, not zero.
    sums = rows.groupby(keys)["pulls"].sum(min_count=1)
    grid = sums.unstack("period")  # noqa: PD010 - pivot_table would add up once more
    grid = grid[(grid > 0).any(axis=1)]
    if grid.empty:
        # Without a single column there would be no first one to look for.
        grid = grid.reindex(columns=pd.DatetimeIndex(["1970-01-01"]))
    whole = grid.groupby(level=["repository", "cohort"]).transform("sum")
    pulls = grid.to_numpy("float64", na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = pulls / whole.to_numpy("float64", na_value=np.nan)
    releases = grid.index.to_frame(index=False)
    rank = {name: place for place, name in enumerate(in_version_order(releases["release"]))}
    order = np.lexsort((releases["release"].map(rank), releases["repository"]))
    days = grid.columns.to_numpy().astype("datetime64[s]")
    return ReleaseGrid(
        releases.iloc[order].reset_index(drop=True), days, pulls[order], share[order]
    )


def last(marked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the last marked place of each row."""
    return cast("NDArray[np.intp]", marked.shape[1] - 1 - marked[:, ::-1].argmax(axis=1))
