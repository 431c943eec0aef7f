"""What metrics have in common: small tables as frames, and the periods of a frame."""

from __future__ import annotations

import pandas as pd
import polars as pl

from insights_nb.counts.coding import as_text
from insights_nb.errors import UnknownNameError
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Granularity, Period, between
from insights_nb.reading import to_pandas


def as_frame(table: pl.DataFrame, granularity: Granularity) -> pd.DataFrame:
    """Turn a small table into pandas, its days as ``datetime64[s]``."""
    frame = to_pandas(as_text(table))
    days = [name for name, dtype in table.schema.items() if dtype == pl.Date]
    frame = frame.astype(
        dict.fromkeys(days, "datetime64[s]")
        | {name: "boolean" for name, dtype in table.schema.items() if dtype == pl.Boolean}
    )
    frame.attrs["granularity"] = granularity
    return frame


def periods_of(frame: pd.DataFrame) -> list[Period]:
    """Return a frame's periods from the first through the last, those without rows too."""
    if frame.empty:
        return []
    granularity = granularity_of(frame)
    days = frame["period"]
    return list(
        between(
            Period(granularity, days.min().date()),
            Period(granularity, days.max().date()),
        )
    )


def period_in(frame: pd.DataFrame, period: str | Period) -> Period:
    """Return the frame's period of that name.

    Raises
    ------
    PeriodError
        If the text names none of the frame's granularity.
    UnknownNameError
        If the frame does not reach there.
    """
    known = periods_of(frame)
    found = Period.parse(str(period), known[0].granularity if known else None)
    if found not in known:
        span = f"from {known[0].label} through {known[-1].label}" if known else "empty"
        raise UnknownNameError(
            f"{found.label} is not in the frame, which is {span}. Name a period of it, or make the "
            "frame with a longer time range: Selection(months=12)."
        )
    return found
