"""A frame as typed columns of plain values, which every kind of file is written from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Kind = Literal["text", "integer", "number", "boolean", "date", "datetime"]


@dataclass(frozen=True)
class Cells:
    """One column.

    Parameters
    ----------
    name
        Its header; levels of a header that has several are joined by a slash.
    kind
        What its values are.
    data
        Missing ones as None. Numbers in a column of text stay numbers.
    """

    name: str
    kind: Kind
    data: list[Any]


def cells_of(frame: pd.DataFrame) -> list[Cells]:
    """Take a frame's columns apart; an index that has a name comes before them."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return [_cells(_name(frame.columns[n]), frame.iloc[:, n]) for n in range(frame.shape[1])]


def _name(label: object) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " / ".join(str(_plain(part)) for part in parts if part not in {"", None})


def _cells(name: str, column: pd.Series) -> Cells:
    kind = _kind(column)
    if kind == "datetime" and column.dt.tz is not None:
        column = column.dt.tz_convert("UTC")
    if kind == "date":
        column = column.dt.date
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    if kind == "text":
        values = [_plain(value) for value in values]
    return Cells(name, kind, values)


def _kind(column: pd.Series) -> Kind:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_float_dtype(column):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column):
        days = column.dropna()
        whole = column.dt.tz is None and bool((days == days.dt.normalize()).all())
        return "date" if whole else "datetime"
    return "text"


def _plain(value: object) -> object:
    """Turn what an object column may hold into text or a number."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        listed = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return json.dumps(listed, default=str, ensure_ascii=False)
    return str(value)
