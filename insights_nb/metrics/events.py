"""Events that the reports show by themselves: the first period in which a tag counts."""

from __future__ import annotations

import pandas as pd

from insights_nb.counts.sources import TAGS, kinds
from insights_nb.frames import Column, frame
from insights_nb.metrics.pulls import granularity_of
from insights_nb.metrics.versions import BY_DIGEST, OTHER
from insights_nb.periods import Period
from insights_nb.selection import not_offered


@frame(
    "a repository's tag or version that became used",
    kinds(TAGS),
    "date label.event repository url share.repository after_gap",
    Column("url", "Where to read on.", "", "Without one."),
    Column("after_gap", "Whether the period before is missing, so it may be older."),
    may="tag cohort",
)
def first_seen_events(frame: pd.DataFrame, *, share: float = 0.05) -> pd.DataFrame:
    """Tell in which period each tag first reached a share of its repository's pulls.

    Parameters
    ----------
    frame
        As `insights_nb.tag_pulls` or `insights_nb.cohorts` gives it.
    share
        Which share, a ratio above 0 and at most 1.

    Returns
    -------
    pandas.DataFrame
        One row per repository and tag (or cohort) that reached it, oldest first, and with these
        columns first, as `insights_nb.read_events` gives them: ``date`` (the period's first day),
        ``label`` (``2.7 reaches 5 % of acme/web``), ``repository``, ``url`` (missing); then
        ``tag`` (or ``cohort``, and ``variant`` where the frame has it), ``share`` (``Float64``, in
        that period), ``after_gap`` (``boolean``; whether the period before is missing, so that it
        may have been earlier). ``attrs["granularity"]`` is the frame's.

        What has that share in its repository's first available period has no row: nobody knows
        since when. Nor have pulls by digest and tags that are no version (cohort ``other``), which
        are no release.

    Raises
    ------
    SelectionError
        If `share` is not above 0 and at most 1.
    MixedGranularityError
        If weeks and months share the frame.

    Notes
    -----
    Source: as for `insights_nb.tag_pulls`. A period is when a tag was pulled, not when it was
    pushed: no report says that.
    """
    if not 0 < share <= 1:
        raise not_offered("share", share, "a ratio above 0 and at most 1, such as 0.05")
    granularity = granularity_of(frame)
    keys = [name for name in ("tag", "cohort", "variant") if name in frame]
    available = frame.dropna(subset=["pulls"])
    named = available.dropna(subset=keys)
    if "cohort" in keys:
        named = named[~named["cohort"].isin([BY_DIGEST, OTHER])]
    reached = named[(named["share"] >= share).fillna(value=False)]
    ordered = reached.sort_values(["period", "repository", *keys], kind="stable")
    first = ordered.drop_duplicates(["repository", *keys])
    since = first["repository"].map(available.groupby("repository")["period"].min())
    first = first[first["period"] > since].reset_index(drop=True)
    # A variant is empty where a tag names none.
    names = ["-".join(filter(None, row)) for row in first[keys].itertuples(index=False)]
    known = set(zip(available["repository"], available["period"], strict=True))
    previous = [
        pd.Timestamp(Period(granularity, day.date()).shift(-1).start) for day in first["period"]
    ]
    before = zip(first["repository"], previous, strict=True)
    result = pd.DataFrame(
        {
            "date": first["period"],
            "label": [
                f"{name} reaches {share * 100:g} % of {repository}"
                for name, repository in zip(names, first["repository"], strict=True)
            ],
            "repository": first["repository"],
            "url": pd.array([None] * len(first), "str"),
            **{key: first[key] for key in keys},
            "share": first["share"],
            "after_gap": pd.array([one not in known for one in before], "boolean"),
        }
    ).astype({"label": "str"})
    result.attrs["granularity"] = granularity
    return result
