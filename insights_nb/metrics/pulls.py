"""How often each repository was pulled, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from insights_nb.counts.pulls import NO_SOURCE, PullTable, pull_table, unknown_repositories
from insights_nb.counts.sources import ASIDES, DEFINITION_OF, PULLS, kinds
from insights_nb.frames import MISSING, Column, frame
from insights_nb.periods import Granularity, infer_granularity, interval, mixed_granularities
from insights_nb.selection import MEASURES, Measure, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from insights_nb.archive import Archive

MOST_LINES = 12
OTHER = "Other ({members}{aside})"
"""What a line is called that adds up others: ``Other (9 repositories)``."""
MEMBERS = ("repository", "repositories")
"""More lines than this in one chart are not told apart any more."""


@frame(
    "a repository in one period",
    kinds(PULLS),
    "period repository pulls data_downloads version_checks source",
)
def pulls(
    archive: Archive,
    selection: Selection | None = None,
    *,
    source: str | None = None,
    unfinished: bool = False,
) -> pd.DataFrame:
    """Count each repository's pulls in each period of the time range.

    Per repository and period the summary report counts (its repository level only), else the trends
    report, else the legacy reports, else the pull-data API. These call different things a pull
    (`insights_nb.DEFINITIONS`), so a repository whose time range has reports of two definitions
    keeps the first of them, and the other's periods are missing.

    Parameters
    ----------
    archive, selection
        As for every metric: see `insights_nb.metrics`; the measure does not matter here.
    source
        Take only this report kind, such as ``"pulls"`` for the API.
    unfinished
        Add what is not over yet and has a report, below the time range, and a column ``finished``.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range and repository, in that order, repositories in the
        selection's, or by name where it names none: ``period`` (first day), ``repository``,
        ``pulls``, ``data_downloads``, ``version_checks`` (``Int64``; 0 where a report is available
        and names no such repository, missing where no report is available or its definition has no
        such count), ``source`` (report kind, missing where none is available), and ``finished``
        (whether the period is over) where it was asked for. ``attrs["granularity"]`` is the
        selection's.

    Raises
    ------
    MissingReportError
        If no report of that granularity counts pulls.

    Notes
    -----
    Source: Summary ``EVENT_COUNT``, Trends ``PULLS``, legacy ``Pull by tag`` and ``Pull by
    digest``, API ``pullCount``. The time range ends with the newest available period by any of
    them.
    """
    chosen = selection or Selection()
    table = pull_table(archive, chosen.granularity, source)
    counted = _frame(table, _rows(table, chosen.months), _columns(table, chosen))
    return _with_unfinished(archive, chosen, source, counted) if unfinished else counted


@frame(
    "a repository in one period",
    kinds(PULLS),
    "period repository pulls data_downloads version_checks source",
)
def pulls_before(
    archive: Archive, selection: Selection, *, source: str | None = None
) -> pd.DataFrame:
    """Count pulls in the time range of the same length before the selection's.

    Returns and raises as `pulls`; without rows where the archive does not reach back that far.
    """
    table = pull_table(archive, selection.granularity, source)
    now = _rows(table, selection.months)
    length = len(interval(table.periods[-1], selection.months))
    before = slice(max(0, now.stop - 2 * length), max(0, now.stop - length))
    if before.stop - before.start < length:
        before = slice(0, 0)
    return _frame(table, before, _columns(table, selection), chosen_by=now)


def left_out(archive: Archive, selection: Selection) -> dict[str, int]:
    """Count the periods that are missing from `pulls` though another definition counts them.

    Returns
    -------
    dict
        Definition (a key of `insights_nb.DEFINITIONS`) → how many periods of the time range it
        knows for a selected repository whose own series has none there.
    """
    table = pull_table(archive, selection.granularity)
    rows = _rows(table, selection.months)
    columns = _columns(table, selection)
    used = [table.definition_of(column, rows) for column in columns]
    found: dict[str, int] = {}
    for name, counts in table.counts.items():
        others = [column for column, own in zip(columns, used, strict=True) if own != name]
        members = [
            table.counts[own].source[rows, column]
            for column, own in zip(columns, used, strict=True)
            if own != name
        ]
        if others:
            known = counts.source[rows][:, others] != NO_SOURCE
            missing = np.stack(members, axis=1) == NO_SOURCE
            if periods := int((known & missing).any(axis=1).sum()):
                found[name] = periods
    return found


def repositories(archive: Archive, granularity: Granularity) -> list[str]:
    """Return the full names that the archive's reports of pulls know, sorted."""
    return list(pull_table(archive, granularity).repositories)


def finished_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame's rows without those of what is not over, where it has such."""
    return frame[frame["finished"]] if "finished" in frame else frame


def top_repositories(frame: pd.DataFrame, count: int = 5, measure: Measure = "pulls") -> list[str]:
    """Return the repositories with the most pulls over a frame's periods, most first.

    Parameters
    ----------
    frame
        As `pulls` gives it.
    count
        How many at the most.
    measure
        What to rank by. Where it is missing throughout, a repository ranks last; equal ones rank
        by name.
    """
    over = finished_rows(frame)
    sums = over.groupby("repository")[measure].sum(min_count=1).astype("float64").fillna(-1.0)
    ranked = sums.sort_index().sort_values(ascending=False, kind="stable")
    return [str(name) for name in ranked.index[:count]]


def in_order(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a frame's rows by period, and within each period in the order of these names.

    A chart gives its colours in that order: appending a name leaves the others' as they are.
    """
    place = {name: index for index, name in enumerate(names)}
    rank = frame["repository"].map(place).to_numpy("float64", na_value=len(place))
    return frame.iloc[np.lexsort((rank, frame["period"].to_numpy()))].reset_index(drop=True)


def fold_other(
    frame: pd.DataFrame, measure: Measure = "pulls", lines: int = MOST_LINES
) -> pd.DataFrame:
    """Fold the smallest repositories into one line called Other.

    Parameters
    ----------
    frame
        As `pulls` gives it.
    measure
        What decides which are smallest.
    lines
        How many there may be, Other included; a frame with no more comes back as it is.

    Returns
    -------
    pandas.DataFrame
        The same columns; the last line's repository is ``Other (9 repositories)``. Its counts
        are missing where one of its members' is, and ``source`` where its members' differ.
        Members of different definitions are folded apart, since they must not be added:
        ``Other (2 repositories, API)``, ``Other (3 repositories, legacy)``.
    """
    names = list(dict.fromkeys(frame["repository"]))
    if len(names) <= lines:
        return frame
    definitions = definitions_of(frame)
    keep = top_repositories(frame, lines - max(1, len(set(definitions.values()))), measure)
    kept = frame[frame["repository"].isin(keep)]
    folded = [kept]
    rest = [name for name in names if name not in set(keep)]
    for definition in dict.fromkeys(definitions.get(name) for name in rest):
        members = [name for name in rest if definitions.get(name) == definition]
        noun = MEMBERS[len(members) > 1]
        several = len({definitions.get(name) for name in rest}) > 1
        aside = ASIDES.get(definition or "", "")
        apart = f", {aside}" if several and aside else ""
        called = OTHER.format(members=f"{len(members)} {noun}", aside=apart)
        folded.append(sum_members(frame[frame["repository"].isin(members)], called))
    result = pd.concat(folded, ignore_index=True)
    result.attrs = dict(frame.attrs)
    return result.sort_values("period", kind="stable", ignore_index=True)


@frame(
    "a repository in one period",
    kinds(PULLS),
    "period repository pulls data_downloads version_checks source change.ratio",
)
def growth(frame: pd.DataFrame, measure: Measure = "pulls") -> pd.DataFrame:
    """Add each repository's change since the period before.

    Parameters
    ----------
    frame
        As `pulls` gives it, in any order.
    measure
        Which count.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``change``, a ratio (``Float64``; 0.12 is +12 %); missing in a
        repository's first period, after a gap, after a zero, and where the period is not over.

    Raises
    ------
    MixedGranularityError
        If weeks and months share the frame.
    """
    step = _steps(frame["period"], granularity_of(frame))
    codes, _ = pd.factorize(frame["repository"])
    values = frame[measure].to_numpy("float64", na_value=np.nan)
    order = np.lexsort((step, codes))
    before = np.roll(values[order], 1)
    # Compare with the period right before only: not across a gap, nor with another repository.
    comparable = (np.diff(step[order], prepend=-1) == 1) & (np.diff(codes[order], prepend=-1) == 0)
    change = np.full(len(frame), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values[order] / before - 1
    change[order] = np.where(comparable & (before > 0), ratio, np.nan)
    if "finished" in frame:
        change[~frame["finished"].to_numpy(np.bool_)] = np.nan
    return frame.assign(change=pd.arrays.FloatingArray(change, np.isnan(change)))


@frame(
    "all repositories of one definition over the time range",
    kinds(PULLS),
    "definition repositories total missing",
    Column(
        "total",
        "The measure over the counts that are known.",
        "as measured",
        MISSING,
    ),
)
def totals(frame: pd.DataFrame, measure: Measure = "pulls") -> pd.DataFrame:
    """Add up a frame's periods per definition.

    Returns
    -------
    pandas.DataFrame
        One row per definition: ``definition``, ``repositories``, ``total`` (``Int64``, over the
        counts that are known), ``missing`` (periods without a count for some repository).
    """
    frame = finished_rows(frame)
    definitions = definitions_of(frame)
    rows = []
    for name in dict.fromkeys(definitions.values()):
        members = [repository for repository, own in definitions.items() if own == name]
        part = (
            frame if len(members) == len(definitions) else frame[frame["repository"].isin(members)]
        )
        counts = part[measure]
        missing = part.loc[counts.isna(), "period"].nunique()
        rows.append((name, len(members), counts.sum(min_count=1), missing))
    result = pd.DataFrame(rows, columns=["definition", "repositories", "total", "missing"])
    return result.astype(
        {"definition": "str", "repositories": "Int64", "total": "Int64", "missing": "Int64"}
    )


def definitions_of(frame: pd.DataFrame) -> dict[str, str]:
    """Return what each repository's series calls a pull: a key of `insights_nb.DEFINITIONS`."""
    named = frame.dropna(subset=["source"]).drop_duplicates("repository")
    found = {
        str(name): DEFINITION_OF[str(kind)]
        for name, kind in zip(named["repository"], named["source"], strict=True)
    }
    # A series that is missing throughout could be any.
    usual = next(iter(found.values()), next(iter(DEFINITION_OF.values())))
    return {str(name): found.get(str(name), usual) for name in frame["repository"].unique()}


def granularity_of(frame: pd.DataFrame) -> Granularity:
    """Tell whether a frame's periods are weeks or months.

    Raises
    ------
    MixedGranularityError
        If both share it.
    """
    days = pd.DatetimeIndex(frame["period"].unique())
    inferred = infer_granularity(day.date() for day in days)
    declared = frame.attrs.get("granularity")
    if declared is None or len(days) == 0:
        return cast(Granularity, declared or inferred)
    if declared == "week" and not (days.day_of_week == 0).all():
        raise mixed_granularities("The frame")
    if declared == "month" and not (days.day == 1).all():
        raise mixed_granularities("The frame")
    return cast(Granularity, declared)


def _steps(period: pd.Series, granularity: Granularity) -> NDArray[np.int64]:
    """Return a number per period: one period follows another exactly when its number does."""
    unit = "M" if granularity == "month" else "D"
    number = period.to_numpy(f"datetime64[{unit}]").astype(np.int64)
    return number if granularity == "month" else number // 7


def sum_members(members: pd.DataFrame, name: str) -> pd.DataFrame:
    """Add repositories up period by period; a sum that lacks one of them is missing."""
    count = members["repository"].nunique()
    grouped = members.groupby("period", sort=True)
    # min_count: a sum that lacks a member is unknown, not smaller.
    sums = grouped[list(MEASURES)].sum(min_count=count)
    lowest, highest = grouped["source"].min(), grouped["source"].max()
    sources = lowest.where(lowest == highest)
    folded = sums.assign(source=sources, repository=name)
    if "finished" in members:
        folded = folded.assign(finished=grouped["finished"].all())
    return folded.reset_index()[list(members.columns)]


def _with_unfinished(
    archive: Archive, selection: Selection, source: str | None, counted: pd.DataFrame
) -> pd.DataFrame:
    """Add the rows of what is not over, of the same repositories and definitions."""
    counted = counted.assign(finished=True)
    periods = [one for one in archive.unfinished() if one.granularity == selection.granularity]
    if not periods or counted.empty:
        return counted
    table = pull_table(archive.whole, selection.granularity, source)
    names = {name: column for column, name in enumerate(table.repositories)}
    columns = [names[name] for name in counted["repository"].unique()]
    # The series keep the definition that they have before.
    length = counted["period"].nunique()
    places = [row for row, period in enumerate(table.periods) if not period.is_over(archive.today)]
    if not places:
        return counted
    before = slice(max(0, places[0] - length), places[0])
    added = _frame(table, slice(places[0], len(table.periods)), columns, chosen_by=before)
    result = pd.concat([counted, added.assign(finished=False)], ignore_index=True)
    result.attrs = dict(counted.attrs)
    return result


def _rows(table: PullTable, months: int) -> slice:
    periods = interval(table.periods[-1], months)
    return slice(max(0, len(table.periods) - len(periods)), len(table.periods))


def _columns(table: PullTable, selection: Selection) -> list[int]:
    if selection.repositories is None:
        return list(range(len(table.repositories)))
    column_of = {name: column for column, name in enumerate(table.repositories)}
    unknown = [name for name in selection.repositories if name not in column_of]
    if unknown:
        raise unknown_repositories(unknown, table.repositories)
    # In the order of the choice, in which a chart gives its colours: appending a name leaves the
    # others' as they are.
    return [column_of[name] for name in selection.repositories]


def _frame(
    table: PullTable, rows: slice, columns: Sequence[int], *, chosen_by: slice | None = None
) -> pd.DataFrame:
    definitions = [table.definition_of(column, chosen_by or rows) for column in columns]
    periods = np.array([period.start for period in table.periods[rows]], "datetime64[s]")
    shape = (len(periods), len(columns))
    names = np.array([table.repositories[column] for column in columns], object)
    kinds = np.array([source.kind for source in PULLS] + [None], object)
    codes = np.full(shape, NO_SOURCE, np.int8)
    values = {measure: np.zeros(shape, np.int64) for measure in MEASURES}
    known = {measure: np.zeros(shape, np.bool_) for measure in MEASURES}
    for definition, counts in table.counts.items():
        members = [i for i, name in enumerate(definitions) if name == definition]
        theirs = [columns[i] for i in members]
        codes[:, members] = counts.source[rows][:, theirs]
        for measure in MEASURES:
            values[measure][:, members] = counts.counted[measure][rows][:, theirs]
            known[measure][:, members] = counts.known[measure][rows][:, theirs]
    data: dict[str, object] = {
        "period": np.repeat(periods, len(columns)),
        "repository": pd.array(np.tile(names, len(periods)), dtype="str"),
    }
    for measure in MEASURES:
        data[measure] = pd.arrays.IntegerArray(values[measure].ravel(), ~known[measure].ravel())
    data["source"] = pd.array(kinds[codes.ravel()], dtype="str")
    frame = pd.DataFrame(data)
    frame.attrs["granularity"] = table.granularity
    return frame
