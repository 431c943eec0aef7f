"""Values of lines in words, and their change since the period before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from insights_nb.charts.columns import Columns
from insights_nb.charts.texts import Sentence, Unit, percent

Grid = npt.NDArray[np.float64]
"""A row per line and a column per period; unknown is NaN."""

UNKNOWN_CHANGE = "–"
"""What stands for a change that is not known."""


def counts(grid: Grid, unit: Unit) -> Columns:
    """Return ``value``, ``count`` and ``change`` of counts, line by line."""
    one, many = unit
    values = [None if value != value else int(value) for value in grid.ravel().tolist()]
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = (100 * (grid / _before(grid) - 1)).round(1)
    return {
        "value": values,
        "count": [
            None if value is None else f"{value:,} {one if value == 1 else many}"
            for value in values
        ],
        "change": [_change(value) for value in changes.ravel().tolist()],
    }


def shares(grid: Grid) -> Columns:
    """Return ``value``, ``count`` and ``change`` of ratios, line by line."""
    values = [None if value != value else value for value in grid.ravel().tolist()]
    points = (100 * (grid - _before(grid))).round(1).ravel().tolist()
    return {
        "value": values,
        "count": [None if value is None else percent(value) for value in values],
        "change": [_points(value) for value in points],
    }


def _before(grid: Grid) -> Grid:
    """Return each value's predecessor; as `metrics.pulls.growth`, on a full grid."""
    before = np.full_like(grid, np.nan)
    before[:, 1:] = grid[:, :-1]
    return before


def _change(change: float) -> str:
    if change != change:
        return UNKNOWN_CHANGE
    if change == float("inf"):
        return Sentence.NEW
    return f"{change:+,.1f} %".replace("-", "−") if change else "0.0 %"


def _points(difference: float) -> str:
    if difference != difference:
        return UNKNOWN_CHANGE
    return f"{difference:+.1f} points".replace("-", "−") if difference else "0.0 points"
