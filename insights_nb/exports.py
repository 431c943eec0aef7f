"""Frames as CSV text that a spreadsheet opens and does not run."""

from __future__ import annotations

import pandas as pd

# What a spreadsheet takes for the start of a formula, a tab or line end before it included.
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(frame: pd.DataFrame, *, raw: bool = False) -> str:
    """Write a frame as CSV text.

    Parameters
    ----------
    frame
        Any frame of this package.
    raw
        For machines: leave text as it is. Otherwise a text that a spreadsheet would run as a
        formula gets an apostrophe in front.

    Returns
    -------
    str
        A header line and one line per row, ISO dates, missing values empty; lines end with CRLF
        (RFC 4180).
    """
    out = frame.copy()
    for name in out.columns:
        column = out[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            out[name] = column.dt.strftime("%Y-%m-%d")
        elif not raw and isinstance(column.dtype, pd.StringDtype):
            risky = column.str.startswith(_FORMULA_START).fillna(value=False).astype(bool)
            out[name] = column.where(~risky, "'" + column)
    return out.to_csv(index=False, lineterminator="\r\n")
