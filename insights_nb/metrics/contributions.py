"""What accounts for a change between two periods: values whose changes add up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.counts.audience import known_periods
from insights_nb.counts.sources import AUDIENCE, DIMENSIONS, kinds
from insights_nb.counts.spans import periods_missing
from insights_nb.errors import MissingPeriodError
from insights_nb.frames import Column, frame
from insights_nb.metrics.audience import audience
from insights_nb.periods import Granularity, Period
from insights_nb.selection import YEAR, Measure, Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from insights_nb.archive import Archive

_A_YEAR_AGO = "year"
# A week's number may not exist a year ago; 52 weeks earlier is the same season.
_A_YEAR: dict[Granularity, int] = {"week": 52, "month": 12}
_COUNTS = ["before", "after", "change"]


@frame(
    "a value (country, cloud, client, tag, use case, repository), before and after",
    kinds(AUDIENCE),
    "before after change.count share_of_change",
    may=" ".join(DIMENSIONS),
)
def contributions(
    archive: Archive,
    period: str | Period,
    repositories: str | Iterable[str] | None = None,
    *,
    by: str = "country",
    before: str | Period | None = None,
    measure: Measure = "pulls",
    clients: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Tell what accounts for the change of pulls between two periods.

    Every pull is of exactly one value, so that the values' changes add up to the total's. They
    say where it happened, not why.

    Parameters
    ----------
    archive
        Where the reports are.
    period
        The later one, such as ``"2026-10"`` or ``"2026-W44"``.
    repositories
        One full name or several; None is all of them together.
    by
        A dimension of `insights_nb.audience`.
    before
        The earlier one, of the same length; None is the period right before, ``"year"`` the same
        one a year ago (the month of that name, or 52 weeks earlier).
    measure
        What to count.
    clients
        Client → use case, for `insights_nb.infer_use_case`.

    Returns
    -------
    pandas.DataFrame
        One row per value that the report of one of the two periods names (by repository, per one
        that is selected), the largest changes first whichever way they go: the value in a column
        called as `by` says (text; missing for rows that name none, such as pulls by digest),
        ``before``, ``after`` and ``change`` (``Int64``; 0 where a report is available and names no
        such value, missing where one of the publishers' reports is missing or the report has no
        such count), ``share_of_change`` (``Float64``, a ratio; negative for a value that went the
        other way; missing where the total's change is unknown or 0).

        ``attrs``: ``before`` and ``after`` (labels), ``total_before``, ``total_after`` and
        ``change`` (whole numbers, or None where a count is missing), ``by``, ``measure``, and
        ``granularity``, ``source``, ``missing`` and ``left_out`` as `insights_nb.audience` gives
        them.

    Raises
    ------
    MissingPeriodError
        If no one report is available of both periods, or none that is names one of `repositories`:
        what is missing is unknown, not zero.
    ReportNeededError
        If no report of that granularity answers.
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `by` or `measure` is not offered, `before` is not earlier, or `clients` names a use case
        that there is not.
    UnknownNameError
        If no report names a repository.

    Notes
    -----
    Source: as for `insights_nb.audience`: Trends, or legacy raw data where no Trends report names
    a selected repository or has the dimension; one of them for both periods.
    """
    if by not in DIMENSIONS:
        raise not_offered("by", by, "one of " + ", ".join(map(repr, DIMENSIONS)))
    earlier, later = two_periods(period, before)
    names = [repositories] if isinstance(repositories, str) else repositories
    selection = Selection(later.granularity, YEAR, names, measure)
    counted = audience(archive, selection, by, clients=clients, periods=[earlier, later])
    chosen = selection.repositories
    if chosen and set(chosen) <= set(counted.attrs["left_out"]):
        # The report that covers both periods does not count them; nor does it say zero.
        raise _not_told(archive, chosen, by, [earlier, later])
    sides = [
        counted.loc[counted["period"] == pd.Timestamp(one.start), [by, measure]].reset_index(
            drop=True
        )
        for one in (earlier, later)
    ]
    # Each period has a row for every value, in the same order.
    frame = sides[0].rename(columns={measure: "before"}).assign(after=sides[1][measure])
    frame["change"] = frame["after"] - frame["before"]
    missing = set(counted.attrs["missing"])
    totals = [
        _total(frame[side], known=one.label not in missing)
        for side, one in (("before", earlier), ("after", later))
    ]
    frame.attrs = dict(counted.attrs) | {
        "before": earlier.label,
        "after": later.label,
        "total_before": totals[0],
        "total_after": totals[1],
        "change": None if None in totals else _total(frame["change"], known=True),
        "by": by,
        "measure": measure,
    }
    return _by_size(_with_shares(frame), by)


@frame(
    "a value (country, cloud, client, tag, use case, repository), before and after",
    kinds(AUDIENCE),
    "before after change.count share_of_change values",
    Column("values", "How many values are added up in this row.", "values"),
    may=" ".join(DIMENSIONS),
)
def fold_contributions(frame: pd.DataFrame, rows: int = 10) -> pd.DataFrame:
    """Fold the values with the smallest changes into one row, which keeps the sum.

    Parameters
    ----------
    frame
        As `contributions` gives it.
    rows
        How many there may be, at least 1, that of the others included; a frame with no more keeps
        its rows.

    Returns
    -------
    pandas.DataFrame
        The same columns and ``attrs``, and ``values`` (``Int64``): how many values a row is of,
        1 for each but the last, whose name is ``other (12 values)``. What it adds up is missing
        where it is for one of them.

    Raises
    ------
    SelectionError
        If `rows` is below 1.
    """
    if rows < 1:
        raise not_offered("rows", rows, "a whole number from 1 up")
    result = frame.assign(values=pd.array([1] * len(frame), "Int64"))
    if len(frame) > rows:
        kept, rest = result.iloc[: rows - 1], result.iloc[rows - 1 :]
        # min_count: a sum that lacks a member is unknown, not smaller.
        sums = rest[[*_COUNTS, "values"]].sum(min_count=len(rest))
        name = f"other ({len(rest)} values)"
        other = pd.DataFrame([{frame.attrs["by"]: name, **sums}]).astype(
            dict.fromkeys([*_COUNTS, "values"], "Int64")
        )
        result = pd.concat([kept.drop(columns="share_of_change"), other], ignore_index=True)
        result = result.astype({frame.attrs["by"]: "str"})
    result.attrs = dict(frame.attrs)
    return _with_shares(result)[[*frame.columns, "values"]]


def two_periods(period: str | Period, before: str | Period | None) -> tuple[Period, Period]:
    """Read two periods to compare, as `contributions` takes them; the earlier one comes first.

    Raises
    ------
    PeriodError
        If a text names no period, or the two are of different lengths.
    SelectionError
        If `before` is not earlier.
    """
    later = Period.parse(str(period))
    if before is None:
        return later.shift(-1), later
    if before == _A_YEAR_AGO:
        return later.shift(-_A_YEAR[later.granularity]), later
    earlier = Period.parse(str(before), later.granularity)
    if earlier >= later:
        raise not_offered("before", str(before), f"a {later.granularity} before {later.label}")
    return earlier, later


def _total(counts: pd.Series, *, known: bool) -> int | None:
    """Add up, nothing to 0; a sum that lacks one is unknown, not smaller."""
    return int(counts.sum()) if known and counts.notna().all() else None


def _not_told(
    archive: Archive, repositories: Sequence[str], by: str, periods: Sequence[Period]
) -> MissingPeriodError:
    """Say that no report counts these repositories in both periods."""
    known = known_periods(archive, periods[0].granularity, repositories, by)
    return periods_missing(
        f"where pulls of {', '.join(repositories)} come from",
        [period.label for period in periods],
        [period.label for period in sorted(known)],
    )


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    # An unknown change, and one of 0, has no parts.
    whole = frame.attrs["change"] or pd.NA
    shares = frame["change"].astype("Float64") / pd.Series(whole, frame.index, "Float64")
    return frame.assign(share_of_change=shares)


def _by_size(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sort by the size of the change, then of the counts, then by name."""
    size, counted = frame["change"].abs(), frame["before"] + frame["after"]
    order = frame.assign(size=size, counted=counted).sort_values(
        ["size", "counted", by], ascending=[False, False, True]
    )
    return frame.loc[order.index].reset_index(drop=True)
