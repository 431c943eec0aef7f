"""Rows of charts by column, as they cross the wire to a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Columns = dict[str, Any]
"""Rows by column: a list each, or for repeated texts ``{"categories": [...], "codes": [...]}``."""

Datasets = dict[str, Columns]
"""A chart's named data."""

Signals = dict[str, Any]
"""What a chart's parameters are set to."""


def repeated(categories: Sequence[str], codes: Iterable[int]) -> dict[str, list[Any]]:
    """Return a column of few texts that come often."""
    return {"categories": [*categories], "codes": [*codes]}


def as_rows(columns: Columns) -> list[dict[str, Any]]:
    """Return the rows, which Altair takes one by one."""
    plain = {
        name: [column["categories"][code] for code in column["codes"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
