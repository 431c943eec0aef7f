"""Big frames to small ones: the group-bys, written once for any engine that narwhals knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw


@dataclass(frozen=True)
class Sum:
    """Add up one or several count columns; only those that may be added (`Column.additive`)."""

    columns: tuple[str, ...]

    def expression(self) -> nw.Expr:
        """Return the sum; a missing count adds nothing."""
        return nw.sum_horizontal(*(nw.col(column).sum() for column in self.columns))


@dataclass(frozen=True)
class Count:
    """Count the rows whose column holds one of some values."""

    column: str
    values: tuple[str, ...]

    def expression(self) -> nw.Expr:
        """Return the count."""
        return nw.col(self.column).is_in(self.values).sum().cast(nw.Int64)


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
    sums = [measure.expression().alias(name) for name, measure in measures.items()]
    return rows.group_by(*by).agg(*sums).to_native()
