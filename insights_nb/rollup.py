"""Big frames to small ones: the group-bys, written once for any engine that narwhals knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from insights_nb.schema import Count, Sum


def measured(measure: Sum | Count) -> nw.Expr:
    """Return what a report's rows make up a measure to; a missing count adds nothing."""
    if isinstance(measure, Sum):
        return nw.sum_horizontal(*(nw.col(column).sum() for column in measure.columns))
    return nw.col(measure.column).is_in(measure.values).sum().cast(nw.Int64)


def full_name(repository: str, publisher: str) -> nw.Expr:
    """Complete a bare repository name (``web``) by its publisher (``acme/web``).

    Parameters
    ----------
    repository, publisher
        The columns; a row whose publisher is missing or empty keeps its name.
    """
    name, owner = nw.col(repository), nw.col(publisher)
    whole = name.str.contains("/", literal=True) | owner.is_null() | (owner == "")
    return nw.when(whole).then(name).otherwise(nw.concat_str([owner, name], separator="/"))


def with_full_name(
    frame: Any,  # noqa: ANN401 - any engine's frame
    repository: str,
    publisher: str,
    name: str = "repository",
) -> Any:  # noqa: ANN401
    """Return a frame with the `full_name` of its repositories as a column of that name."""
    named = full_name(repository, publisher).alias(name)
    return nw.from_native(frame).with_columns(named).to_native()


def largest_and_sum(column: str) -> list[nw.Expr]:
    """Aggregate a unique count: its largest row, their sum, and how many rows lack it.

    One person can be in many rows, so that there are at least the largest and at most the sum.
    """
    people = nw.col(column)
    return [
        people.max().alias(f"{column}_largest"),
        people.sum().alias(f"{column}_sum"),
        people.null_count().cast(nw.Int64).alias(f"{column}_unknown"),
    ]


def total(
    frame: Any,  # noqa: ANN401 - any engine's lazy frame
    by: Sequence[str],
    measures: Mapping[str, Sum | Count],
    *,
    where: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401
    """Add up counts by group.

    Parameters
    ----------
    frame
        A lazy frame: Polars, or another engine that narwhals knows.
    by
        Columns to group by; a row without a value in one of them is in a group of its own, never
        dropped.
    measures
        New column → what it adds up or counts.
    where
        Column → the value, in any letter case, that a row must have to count.

    Returns
    -------
    The same kind of lazy frame
        One row per group: `by`, then the measures.
    """
    rows = nw.from_native(frame)
    for column, value in (where or {}).items():
        rows = rows.filter(nw.col(column).str.to_lowercase() == value.casefold())
    sums = [measured(measure).alias(name) for name, measure in measures.items()]
    return rows.group_by(*by).agg(*sums).to_native()
