"""What the page of paired images says about its numbers: pure text from frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.charts.texts import Unit, counted, percent
from insights_nb.metrics.share_checks import TOLERANCE
from insights_nb.periods import Period

CROSSED = ("appeared", "vanished")
"""What became of pairs that only one of two periods lists."""

_IMAGE: Unit = ("image", "images")
_OTHER: Unit = ("other", "others")
_STATED = {
    "0–1": "The files state shares from 0 to 1.",
    "0–100": "The files state shares from 0 to 100.",
}
_BOTH = "Some files state shares from 0 to 1, others from 0 to 100; each is recognised by itself."


def figures(
    frame: pd.DataFrame, newest: pd.DataFrame, changes: pd.DataFrame
) -> list[dict[str, Any]]:
    """Say how many pairs there are, which is the closest, and how many came and went."""
    if newest.empty:
        return [{"label": "Pairs listed", "value": 0}]
    period = Period(frame.attrs["granularity"], newest["period"].iloc[0].date())
    images = newest["repository"].nunique()
    items: list[dict[str, Any]] = [
        {
            "label": "Pairs listed",
            "value": len(newest),
            "note": f"{period.dates}: {counted(images, _IMAGE)} with "
            f"{counted(newest['paired_image'].nunique(), _OTHER)}",
        }
    ]
    if newest["pct_users"].notna().any():
        closest = newest.iloc[int(newest["pct_users"].argmax())]
        items.append(
            {
                "label": "Largest share of users",
                "value": percent(closest["pct_users"]),
                "note": f"{closest['repository']} with {closest['paired_image']}",
            }
        )
    statuses = changes["status"]
    told = "before" in changes.attrs and (statuses.empty or statuses.notna().any())
    note = f"since {compared(changes).partition(' and ')[0]}" if told else _unknown(changes)
    items += [
        {
            "label": status.capitalize(),
            "value": int(statuses.eq(status).sum()) if told else None,
            "note": note,
        }
        for status in CROSSED
    ]
    return items


def summed_up(checks: pd.DataFrame) -> pd.DataFrame:
    """Sum up each check over the periods."""
    columns = ["check", "periods", "compared", "differ", "largest_difference"]
    rows = []
    for name, its in checks.groupby("check", sort=False):
        largest = its["largest_difference"].max()
        said = None if pd.isna(largest) else _difference(largest, str(name))
        rows.append((name, len(its), int(its["rows"].sum()), int(its["differ"].sum()), said))
    return pd.DataFrame(rows, columns=columns)


def stated(checks: pd.DataFrame) -> str:
    """Say in which scale the files state shares, and that they are compared."""
    scales = set(checks["scale"].dropna())
    if not scales:
        return "No file states a share that could be compared with its definition."
    said = _STATED.get(scales.pop(), _BOTH) if len(scales) == 1 else _BOTH
    return (
        f"{said} Here all are percent. A share differs from its definition where it is more than "
        f"{percent(TOLERANCE)} of all users or companies away."
    )


def _difference(value: float, check: str) -> str:
    """Write a difference of shares, or of a total's people or companies."""
    return f"{value * 100:.3g} percentage points" if check.startswith("PCT") else f"{value:,.0f}"


def _unknown(changes: pd.DataFrame) -> str:
    """Say why nothing is known of a change."""
    return "one side is not held" if "before" in changes.attrs else "one period held"


def compared(changes: pd.DataFrame) -> str:
    """Name the two periods that are compared; the one, where no other is held."""
    labels = [changes.attrs[side] for side in ("before", "after") if side in changes.attrs]
    return " and ".join(Period.parse(label).dates for label in labels)
