"""Frames as tables that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.periods import Granularity, Period

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: dict[str, Any] = {"columns": [], "rows": {}, "caption": ""}

LABELS: dict[str, str] = {
    "paired_image": "Paired image",
    "ip_country": "Country",
    "use_case": "Use case",
    "data_downloads": "Data downloads",
    "version_checks": "Version checks",
    "pct_users": "Share of users",
    "pct_domains": "Share of companies",
    "unique_authenticated_users": "Signed-in users",
    "unique_unauthenticated_users": "Anonymous users",
    "domain": "Company",
    "domains": "Companies",
    "total_domains": "All companies",
    "total_pullers": "All users",
}
"""Column → what a table calls it; other names are written with spaces."""

_BOUNDS = {"_at_least": "at least", "_at_most": "at most"}
_DAYS = ("first_seen", "last_seen", "first_period", "last_period", "last_absent")


def table(
    frame: pd.DataFrame, caption: str = "", *, labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Turn a frame into a table: one row per row, in the frame's order.

    Parameters
    ----------
    frame
        As any metric gives it. Ratios (``Float64``) are shown as percent, changes with their sign.
    caption
        What one row is.
    labels
        Column → heading, where `LABELS` does not say it.

    Returns
    -------
    dict
        ``columns``, ``rows`` and ``caption``, as `insights_nb.widgets.DataTable` takes them.
    """
    granularity = frame.attrs.get("granularity")
    named = {**LABELS, **(labels or {})}
    columns = [
        {"key": str(name), "label": label(str(name), named), **_format(frame[name], str(name))}
        for name in frame.columns
    ]
    rows = {str(name): _cells(frame[name], str(name), granularity) for name in frame.columns}
    return {"columns": columns, "rows": rows, "caption": caption}


def label(name: str, named: Mapping[str, str] = LABELS) -> str:
    """Return what a table calls a column."""
    for ending, words in _BOUNDS.items():
        if name.endswith(ending):
            return f"{label(name.removesuffix(ending), named)}, {words}"
    if name in named:
        return named[name]
    return name.replace("_", " ").capitalize()


def _format(column: pd.Series, name: str) -> dict[str, str]:
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        return {}
    if not pd.api.types.is_float_dtype(column.dtype):
        return {"align": "right"}
    signed = "change" in name or "difference" in name
    shared = "share" in name or name.startswith("pct_")
    kind = {"format": "percent"} if signed else {"format": "share"} if shared else {}
    return {"align": "right", **kind}


def _cells(column: pd.Series, name: str, granularity: Granularity | None) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        if granularity is None or (name != "period" and name not in _DAYS):
            return [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in column]
        dates = {
            day: Period(granularity, day.date()).dates for day in column.dropna().drop_duplicates()
        }
        return [dates.get(day) for day in column]
    if pd.api.types.is_bool_dtype(column.dtype):
        return [None if pd.isna(one) else "yes" if one else "no" for one in column]
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return values
