"""The whole collection of images: which are used most, and how all of them together develop."""

from __future__ import annotations

import pandas as pd

from insights_nb.counts.sources import DEFINITIONS, PULLS, kinds
from insights_nb.frames import RATIO, UNKNOWN, Column, frame
from insights_nb.metrics.pulls import definitions_of, growth, sum_members
from insights_nb.selection import MEASURES, Measure


@frame(
    "a repository over the time range",
    kinds(PULLS),
    "repository pulls data_downloads version_checks share definition missing",
    Column(
        "share",
        "Its share of the measure of all repositories of its definition.",
        RATIO,
        UNKNOWN,
    ),
)
def repository_totals(frame: pd.DataFrame, measure: Measure = "pulls") -> pd.DataFrame:
    """Rank repositories by what they add up to over a frame's periods.

    Parameters
    ----------
    frame
        As `insights_nb.pulls` gives it.
    measure
        What to rank by, and what the share is of.

    Returns
    -------
    pandas.DataFrame
        One row per repository, most first, and those of another definition after them, for they
        cannot be compared: ``repository``, ``pulls``, ``data_downloads``, ``version_checks``
        (``Int64``, over the periods that are known; missing where none is), ``share`` of the
        measure among the repositories of its definition (``Float64``, a ratio; missing where
        these have none), ``definition`` (a key of `insights_nb.DEFINITIONS`), ``missing`` (periods
        that are not known, ``Int64``).

    Notes
    -----
    Source: as for `insights_nb.pulls`.
    """
    groups = _by_definition(frame)
    definition_of = {name: definition for definition, names in groups.items() for name in names}
    grouped = frame.assign(missing=frame[measure].isna()).groupby("repository", sort=True)
    result = grouped[list(MEASURES)].sum(min_count=1)
    result["missing"] = grouped["missing"].sum().astype("Int64")
    result["definition"] = pd.array([definition_of[name] for name in result.index], dtype="str")
    whole = result.groupby("definition")[measure].transform("sum")
    result["share"] = result[measure].astype("Float64") / whole.where(whole > 0).astype("Float64")
    result["order"] = result["definition"].map(list(groups).index)
    ranked = result.reset_index().sort_values(
        ["order", measure, "repository"], ascending=[True, False, True]
    )
    columns = ["repository", *MEASURES, "share", "definition", "missing"]
    return ranked[columns].reset_index(drop=True)


@frame(
    "all repositories of one definition in one period",
    kinds(PULLS),
    "period repository pulls data_downloads version_checks source repositories change.ratio",
)
def collection_pulls(frame: pd.DataFrame, measure: Measure = "pulls") -> pd.DataFrame:
    """Add up all of a frame's repositories in each period, and say how that changes.

    Parameters
    ----------
    frame
        As `insights_nb.pulls` gives it.
    measure
        What the change is of.

    Returns
    -------
    pandas.DataFrame
        One row per period and definition of a pull: ``period`` (first day), ``repository`` (``all
        repositories (events)``: they, and their definition, a key of `insights_nb.DEFINITIONS`),
        ``pulls``, ``data_downloads``, ``version_checks`` (``Int64``; missing where that of one of
        the repositories is), ``source`` (report kind, missing where none is available or several
        are), ``repositories`` (how many are added up), ``change`` since the period before
        (``Float64``, a ratio as `insights_nb.growth` gives it). What `insights_nb.pull_chart`
        draws. ``attrs["granularity"]`` is the frame's.

    Raises
    ------
    MixedGranularityError
        If weeks and months share the frame.

    Notes
    -----
    Source: as for `insights_nb.pulls`.
    """
    sums = {}
    for definition, names in _by_definition(frame).items():
        members = frame[frame["repository"].isin(names)]
        together = sum_members(members, f"all repositories ({definition})")
        sums[definition] = together.assign(repositories=pd.array([len(names)] * len(together)))
    empty = frame.iloc[:0].assign(repositories=pd.array([], "Int64"))
    result = pd.concat(sums.values(), ignore_index=True) if sums else empty
    result.attrs = dict(frame.attrs)
    return growth(result.sort_values("period", kind="stable", ignore_index=True), measure)


def _by_definition(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the repositories of each definition of a pull, in the order of preference."""
    definitions = definitions_of(frame)
    named = {
        definition: [n for n, d in definitions.items() if d == definition]
        for definition in DEFINITIONS
    }
    return {definition: names for definition, names in named.items() if names}
