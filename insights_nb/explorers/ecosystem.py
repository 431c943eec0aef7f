"""Ecosystem: which other images the users of the publisher's images pull, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.ecosystem import (
    pair_changes_chart,
    pair_changes_drawing,
    pair_trend_chart,
    pair_trend_drawing,
)
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pairs import PAIRS, pair_chart, pair_drawing
from insights_nb.charts.texts import Unit, counted, percent
from insights_nb.counts.pairs import TECHNOGRAPHIC
from insights_nb.explorers import words
from insights_nb.explorers.call import Call, Chart, call
from insights_nb.explorers.filters import Filters, values_of
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import ONE_PERIOD, Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.ecosystem import (
    LEAST_USERS,
    UNLISTED,
    newest_pairs,
    pair_changes,
    paired_images,
    popular_stack,
)
from insights_nb.metrics.share_checks import TOLERANCE, check_shares
from insights_nb.periods import Period
from insights_nb.widgets import Item, box

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# More images than these nobody scrolls through; the table has the others.
_MOST = 1000
_CHANGES = (("every", "All changes"), ("listed", "Appeared or vanished"))
_THRESHOLD = (
    f"Docker leaves out a pair with fewer than {LEAST_USERS} users, and personal, disposable and "
    "university domains."
)
_ONLY_CROSSED = (
    f"A pair that is not listed has {UNLISTED}: it may only have crossed that threshold."
)
_NO_CHANGE = "No pair did so over the time range."
_CHANGE_LABELS = {
    "users_before": "Users before",
    "users_after": "Users after",
    "pct_users_before": "Share of users before",
    "pct_users_after": "Share of users after",
    "pct_users_change": "Change in share of users",
    "pct_domains_before": "Share of companies before",
    "pct_domains_after": "Share of companies after",
    "pct_domains_change": "Change in share of companies",
}
# What became of pairs that only one of two periods lists.
_CROSSED = ("appeared", "vanished")
_IMAGE: Unit = ("image", "images")
_OTHER: Unit = ("other", "others")
_STATED = {
    "0–1": "The files state shares from 0 to 1.",
    "0–100": "The files state shares from 0 to 100.",
}
_BOTH = "Some files state shares from 0 to 1, others from 0 to 100; each is recognised by itself."


class EcosystemPage(Page):
    """Pairs by share of users and of companies, over time, and how they changed."""

    slug = "ecosystem"
    title = "Ecosystem"
    names = ("paired_image", "changes")
    filters: Filters

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the pairs, the paired images to choose from, and what changed."""
        self._checked: tuple[object, ...] | None = None
        self._change = self.control("changes", "Changes", _CHANGES)
        self.filters = Filters({"paired_image": "Paired image"}, self.redraw)
        self._pairs = self.panel(Panel("pairs", PAIRS, text=_THRESHOLD))
        self._trend = self.panel(Panel("trend", LINES))
        self._changes = self.panel(
            Panel("changes", BARS, text=_ONLY_CROSSED, empty=_NO_CHANGE, labels=_CHANGE_LABELS)
        )
        self._stack = self.panel(
            Panel(
                "stack",
                heading="Other images that their users pull",
                text="One user may pull several of your images: at least the largest pair's users, "
                "at most the sum.",
                labels={"repositories": "Of your images"},
            )
        )
        self._checks = self.panel(Panel("shares", heading="Are the shares what they say?"))
        return [
            self.figures,
            self.coverage,
            self._pairs,
            box([*self.filters.facets.values()], name="facets"),
            self._trend,
            box([self._change], name="controls"),
            self._changes,
            self._stack,
            self._checks,
        ]

    def draw(self, selection: Selection) -> None:
        """Show the newest pairs, their shares over time, and what changed."""
        every = self._count(selection)
        kept = self.filters.keep(every, "paired_image")
        newest, changes = call(newest_pairs, kept), call(pair_changes, kept).named("frame")
        self._pairs.tell(
            Chart(newest, pair_drawing, pair_chart),
            stem=self.stem("pairs", newest.frame, selection),
            caption="One row is one of your images with another, in the newest available period.",
            rows=lambda: newest.frame.drop(columns="listed"),
        )
        self._trend.tell(
            Chart(kept, pair_trend_drawing, pair_trend_chart),
            stem=self.stem("pairs-over-time", kept.frame, selection),
            caption="One row is one of your images with another one, in one period.",
        )
        self._draw_changes(changes)
        stack = call(popular_stack, every)
        self._stack.tell(
            stack,
            stem="paired-images",
            caption="One row is a paired image, in the newest available period.",
        )
        self._fill(stack.frame)
        absent = set(selection.repositories or ()).difference(every.frame["repository"])
        names = [name for name in selection.repositories or () if name in absent]
        self.tell_gaps(selection, [TECHNOGRAPHIC], names)
        self.figures.items = _figures(kept.frame, newest.frame, changes.frame)
        checked = (self.archive.version, selection.granularity, selection.months)
        # All repositories are checked, whichever are chosen.
        if self._checked != checked:
            with self._checks.guard():
                self._draw_checks(selection.replace(repositories=None))
                self._checked = checked

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._checked = None

    def offered(self, name: str, selection: Selection) -> list[str | None]:
        """Return the paired images."""
        return values_of(self._count(selection).frame, name)

    # --- counting -----------------------------------------------------------------------------

    def _count(self, selection: Selection) -> Call:
        """Count the pairs once for an archive and a selection."""
        asked = (self.archive.version, selection.replace(measure="pulls"))
        return self.once("pairs", asked, lambda: self.ask(paired_images, selection).named("frame"))

    # --- drawing ------------------------------------------------------------------------------

    def _draw_changes(self, changes: Call) -> None:
        every, kept = changes.frame, changes
        if self._change.value == "listed":
            kept = changes[changes["status"].isin(_CROSSED)].reset_index(drop=True)
        several = "before" in every.attrs
        self._changes.tell(
            Chart(kept, pair_changes_drawing, pair_changes_chart),
            stem="pair-changes",
            caption=f"One row is a pair, before and after: {_compared(every)}."
            if several
            else f"One row is a pair. {ONE_PERIOD}",
            rows=lambda: kept.frame.drop(columns="note"),
            empty="" if every.empty or several else ONE_PERIOD,
        )

    def _draw_checks(self, selection: Selection) -> None:
        checks = self.ask(check_shares, selection)
        self._checks.tell(
            checks,
            stem=self.stem("share-checks", checks.frame, selection),
            caption="One row is a check, over all available periods of the time range.",
            rows=lambda: _summed_up(checks.frame),
            text=_stated(checks.frame),
        )

    def _fill(self, stack: pd.DataFrame) -> None:
        """List the paired images, those with the most users first."""
        items: list[Item] = [
            {
                "value": None if pd.isna(image) else image,
                "label": "not named" if pd.isna(image) else image,
                "note": f"{words.bounds(least, most) or 'unknown'} users",
            }
            for image, least, most in stack.head(_MOST)[
                ["paired_image", "users_at_least", "users_at_most"]
            ].itertuples(index=False, name=None)
        ]
        listed = {item["value"] for item in items}
        items += [
            {"value": image, "label": image or "not named", "note": UNLISTED}
            for image in self.filters.chosen.get("paired_image", [])
            if image not in listed
        ]
        self.filters.put("paired_image", items)


class EcosystemExplorer(Explorer):
    """What else the users of the publisher's images pull.

    Parameters
    ----------
    archive, selection, today
        As for every explorer.
    """

    pages = (EcosystemPage,)


def _figures(
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
    known = "before" in changes.attrs and (statuses.empty or statuses.notna().any())
    note = f"since {_compared(changes).partition(' and ')[0]}" if known else _unknown(changes)
    items += [
        {
            "label": status.capitalize(),
            "value": int(statuses.eq(status).sum()) if known else None,
            "note": note,
        }
        for status in _CROSSED
    ]
    return items


def _summed_up(checks: pd.DataFrame) -> pd.DataFrame:
    """Sum up each check over the periods."""
    columns = ["check", "periods", "compared", "differ", "largest_difference"]
    rows = []
    for name, own in checks.groupby("check", sort=False):
        largest = own["largest_difference"].max()
        text = None if pd.isna(largest) else _difference(largest, str(name))
        rows.append((name, len(own), int(own["rows"].sum()), int(own["differ"].sum()), text))
    return pd.DataFrame(rows, columns=columns)


def _stated(checks: pd.DataFrame) -> str:
    """Say in which scale the files state shares, and that they are compared."""
    scales = set(checks["scale"].dropna())
    if not scales:
        return "No file states a share that could be compared with its definition."
    text = _STATED.get(scales.pop(), _BOTH) if len(scales) == 1 else _BOTH
    return (
        f"{text} Here all are percent. A share differs from its definition where it is more than "
        f"{percent(TOLERANCE)} of all users or companies away."
    )


def _difference(value: float, check: str) -> str:
    """Write a difference of shares, or of a total's people or companies."""
    return f"{value * 100:.3g} percentage points" if check.startswith("PCT") else f"{value:,.0f}"


def _unknown(changes: pd.DataFrame) -> str:
    """Say why nothing is known of a change."""
    return "one side is missing" if "before" in changes.attrs else "one period available"


def _compared(changes: pd.DataFrame) -> str:
    """Name the two periods that are compared; the one, where no other is available."""
    labels = [changes.attrs[side] for side in ("before", "after") if side in changes.attrs]
    return " and ".join(Period.parse(label).dates for label in labels)
