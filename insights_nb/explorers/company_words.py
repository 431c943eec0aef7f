"""What the page of companies says: pure text from frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts.bounds import between
from insights_nb.charts.texts import harmless, percent
from insights_nb.explorers.panel import ONE_PERIOD
from insights_nb.metrics.company_table import USERS

if TYPE_CHECKING:
    from insights_nb.explorers.company_frames import CompanyFrames, Sides
    from insights_nb.selection import Selection

TRACKING = (
    "How many companies are tracked is a setting of your account: one that appears may only have "
    "been tracked from then on, and one that is gone may pull as before."
)
INFERRED = "Docker infers the use case from client and cloud."
LEFT_OUT = "Docker leaves out personal, disposable and university domains."
_NO_PULLS = "Nothing is known of what it pulls: it is not tracked, or pulled nothing then."
HEAVY = "Pulls by company"
PATTERN = "Pulls by cloud and country"
IMAGES = "Companies that run each image beside yours"
LIST = (
    "As searched and filtered above, and so is its CSV. What a company pulls that is not tracked "
    "is unknown: it may be much."
)
LABELS = {
    "tracked": "Tracked",
    "status": "Change",
    "use_case": "Mostly for",
    "country": "Mostly from",
    "related": "Other images",
    "repositories": "Your images",
    "current": "In the newest report",
    "periods": "Periods named",
    "periods_available": "Periods available",
    "repository": "Your image",
}
COLUMNS = (
    "domain", "pulls", "share", "status", "country", "use_case", "related", "repositories",
    "current", "tracked",
)  # fmt: skip
"""The list's, what tells most first."""
_TOP = 10
_SIDES = 2


def whose(company: str | None, *, narrowed: bool) -> str:
    """Say whose deployment pattern is shown."""
    if company is not None:
        return INFERRED
    also = ", whatever is searched or filtered" if narrowed else ""
    return f"{INFERRED} All companies together{also}: choose one above to see it alone."


def pulls_none(company: str | None) -> str:
    """Say why no pulls of the chosen company are drawn."""
    return "" if company is None else _NO_PULLS


def compared(sides: Sides, unit: str) -> str:
    """Say what is before and what is after, for the table's caption."""
    if sides is not None:
        return f"before is {sides[0]}, after is {sides[1]}"
    return f"pulls per {unit} held in the first half of the interval, and in the second"


def unchanged(known: CompanyFrames, sides: Sides, left: int) -> str:
    """Say why no change is drawn.

    Parameters
    ----------
    known, sides
        What is compared.
    left
        How many companies the search and the filters leave.
    """
    if len(known.periods) < _SIDES:
        return ONE_PERIOD
    if left:
        return f"Of each company one side is not held: {_sides(sides)}."
    return "No company is left of the search and the filters."


def figures(known: CompanyFrames, sides: Sides, selection: Selection) -> list[dict[str, Any]]:
    """Say how many companies there are, come and go, and how much the largest pull."""
    if not known.tracked:
        return [
            {
                "label": "Companies named",
                "value": len(known.everyone),
                "note": "by the Technographic companies report",
            }
        ]
    heavy, changes = known.heavy, known.changes(sides)
    pulling = int(heavy.dropna(subset=["domain"])["pulls"].gt(0).sum())
    changed = changes.dropna(subset=["domain"])["status"]
    counts = changed.value_counts()
    told = len(known.periods) >= _SIDES and (changed.empty or changed.notna().any())
    compared = _sides(sides) if told else _unknown(known)
    if told and (unsure := int(changed.isna().sum())):
        compared += f"; {unsure:,} not known"
    missing = int(heavy["missing"].max()) if len(heavy) else 0
    unit = selection.granularity
    note = f"at least: {missing} {unit}{'' if missing == 1 else 's'} not held" if missing else ""
    items: list[dict[str, Any]] = [
        {"label": "Companies that pulled", "value": pulling, "note": note or "of those tracked"},
        *(
            {
                "label": status.capitalize(),
                "value": int(counts.get(status, 0)) if told else None,
                "note": compared,
            }
            for status in ("new", "lapsed")
        ),
    ]
    top = heavy.dropna(subset=["domain", "share"]).head(_TOP if pulling > _TOP else 1)
    if len(top):
        label = f"Top {_TOP}'s share" if len(top) > 1 else "Largest one's share"
        said = (
            f"of {pulling:,} companies' pulls" if len(top) > 1 else harmless(top["domain"].iloc[0])
        )
        items.append({"label": label, "value": percent(top["share"].sum()), "note": said})
    return items


def figures_of(company: str, known: CompanyFrames, sides: Sides) -> list[dict[str, Any]]:
    """Say of one company what it pulls, its place, its change, its people and its images."""
    items: list[dict[str, Any]] = []
    if known.tracked:
        items += _pulling(company, known, sides)
    if known.paired:
        its = known.stacks[known.stacks["domain"] == company]
        now = its[its["current"]]["paired_image"].nunique()
        items.append(
            {
                "label": "Other images it runs",
                "value": its["paired_image"].nunique(),
                "note": f"{now} by the newest report",
            }
        )
    return items


def _sides(sides: Sides) -> str:
    return f"{sides[1]} against {sides[0]}" if sides else "second half against the first"


def _unknown(known: CompanyFrames) -> str:
    """Say why nothing is known of a change."""
    return "one period held" if len(known.periods) < _SIDES else "one side is not held"


def _pulling(company: str, known: CompanyFrames, sides: Sides) -> list[dict[str, Any]]:
    places = known.heavy.dropna(subset=["domain"]).reset_index(drop=True)
    row = places[places["domain"] == company]
    if row.empty:
        return [{"label": "Pulls", "value": None, "note": f"{harmless(company)}: not tracked"}]
    its = row.iloc[0]
    least, most = (
        None if pd.isna(bound) else int(bound)
        for bound in (its[f"{USERS}_at_least"], its[f"{USERS}_at_most"])
    )
    share = None if pd.isna(its["share"]) else percent(its["share"])
    items: list[dict[str, Any]] = [
        {
            "label": "Pulls",
            "value": None if pd.isna(its["pulls"]) else int(its["pulls"]),
            "note": f"{harmless(company)}: number {row.index[0] + 1:,} of {len(places):,}",
        },
        {"label": "Share of all companies' pulls", "value": share},
    ]
    changed = known.changes(sides)
    changed = changed[changed["domain"] == company]
    if len(changed):
        one = changed.iloc[0]
        known_sides = not pd.isna(one["before"]) and not pd.isna(one["after"])
        item: dict[str, Any] = {
            "label": "Change",
            "value": None if pd.isna(one["status"]) else str(one["status"]).capitalize(),
            "note": f"{one['before']:,.0f} → {one['after']:,.0f} per period"
            if known_sides
            else _unknown(known),
        }
        if not pd.isna(one["change"]):
            item["change"] = float(one["change"])
        items.append(item)
    items.append(
        {
            "label": "Signed-in users",
            "value": None if least is None else between(least, most),
            "note": "one user can be in many rows",
        }
    )
    return items
