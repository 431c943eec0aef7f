"""What another program counts: months of a publisher that moved from one to the other.

Counts of two definitions do not compare, so such a month gives no change. It is held nevertheless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from insights_nb.archive import Archive
from insights_nb.metrics.pull_sources import DEFINITION_OF
from insights_nb.metrics.pull_table import pull_table
from insights_nb.periods import Period

PROGRAMS = {"events": "Summary", "actions": "legacy", "API": "API"}
"""What the counts of a definition are called in a few letters."""

_AVAILABLE = ("available", "revised")


def counted_otherwise(
    archive: Archive, definitions: Mapping[str, str], periods: Sequence[Period]
) -> dict[Period, dict[str, str]]:
    """Tell which repositories only another definition counts.

    Parameters
    ----------
    archive
        Where the reports are.
    definitions
        Full names, each with the definition of its series.
    periods
        Months.

    Returns
    -------
    dict
        For each month the repositories that their own definition does not count yet, with the one
        that does.
    """
    table = pull_table(archive, "month")
    row_of = {period: row for row, period in enumerate(table.periods)}
    column_of = {name: column for column, name in enumerate(table.repositories)}
    known = {by: counts.known["pulls"] for by, counts in table.counts.items()}
    found: dict[Period, dict[str, str]] = {}
    for period in periods:
        its = found[period] = {}
        if (row := row_of.get(period)) is None:
            continue
        for name, own in definitions.items():
            column = column_of[name]
            # Later on, a report of its own program is missing, whatever else counts.
            began = own in known and known[own][: row + 1, column].any()
            by = next((by for by, its_own in known.items() if its_own[row, column]), None)
            if by and not began:
                its[name] = by
    return found


def replaced(coverage: pd.DataFrame) -> pd.Series:
    """Tell which rows of coverage lack a legacy report whose month another program's tells.

    A publisher has one program at a time: no legacy report is to come of such a month.
    """
    counted = coverage["kind"].map(DEFINITION_OF)
    held = coverage["status"].isin(_AVAILABLE)
    place = pd.MultiIndex.from_frame(coverage[["namespace", "period"]])
    told = place[(counted.eq("events") & held).to_numpy()]
    return counted.eq("actions") & ~held & place.isin(told)


def told_otherwise(frame: pd.DataFrame, months: Sequence[Period]) -> pd.DataFrame:
    """Have a chart of pulls say of such months that its lines do not count them.

    It else says of every month that is unknown that no report of it is held.
    """
    silent = frame["source"].isna() & frame["period"].isin(
        [pd.Timestamp(one.start) for one in months]
    )
    return frame.assign(source=frame["source"].mask(silent, "another program's"))


def programs(definitions: Sequence[str]) -> str:
    """Name what counts otherwise: ``legacy``."""
    return " and ".join(PROGRAMS[one] for one in dict.fromkeys(definitions))
