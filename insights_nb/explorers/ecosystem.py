"""Ecosystem: which other images the users of the publisher's images pull, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.ecosystem import pair_changes_drawing, pair_trend_drawing
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pairs import PAIRS, pair_drawing
from insights_nb.counts.pairs import TECHNOGRAPHIC
from insights_nb.explorers import tables, words
from insights_nb.explorers.ecosystem_words import (
    CROSSED,
    compared,
    figures,
    stated,
    summed_up,
)
from insights_nb.explorers.filters import Filters
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
from insights_nb.metrics.share_checks import check_shares
from insights_nb.widgets import Figures, Segmented, box

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# More images than these nobody scrolls through; the table has the others.
_MOST = 1000
_CHANGES = (("every", "All changes"), ("listed", "Appeared or vanished"))
_THRESHOLD = (
    f"Docker leaves out a pair with fewer than {LEAST_USERS} users, and personal, disposable and "
    "university domains."
)
_CROSSED = f"A pair that is not listed has {UNLISTED}: it may only have crossed that threshold."
_NO_CHANGE = "No pair did so over the interval."
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


class EcosystemPage(Page):
    """Pairs by share of users and of companies, over time, and how they changed."""

    slug = "ecosystem"
    title = "Ecosystem"
    uses = frozenset({"granularity", "months", "repositories"})
    names = ("paired_image", "changes")

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the pairs, the paired images to choose from, and what changed."""
        self._counted: tuple[object, pd.DataFrame] | None = None
        self._checked: tuple[object, ...] | None = None
        self._change = Segmented(label="Changes", options=list(_CHANGES))
        self.filters = Filters({"paired_image": "Paired image"}, self.redraw)
        self._figures = Figures()
        self._pairs = self.panel(Panel("pairs", PAIRS, text=_THRESHOLD))
        self._trend = self.panel(Panel("trend", LINES))
        self._changes = self.panel(Panel("changes", BARS, text=_CROSSED, empty=_NO_CHANGE))
        self._stack = self.panel(
            Panel(
                "stack",
                heading="What runs beside all of them",
                text="One user may pull several of your images: at least the largest pair's users, "
                "at most the sum.",
            )
        )
        self._checks = self.panel(Panel("shares", heading="Are the shares what they say?"))
        self._change.observe(self.redraw, names="value")
        return [
            self._figures,
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
        frame = self.filters.keep(every, "paired_image")
        newest = newest_pairs(frame)
        self._draw_pairs(selection, newest)
        self._draw_trend(selection, frame)
        changes = pair_changes(frame)
        self._draw_changes(selection, changes)
        stack = popular_stack(every)
        self._draw_stack(selection, stack)
        self._fill(stack)
        self._tell(selection, frame, newest, changes)
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
        self._figures.items = []

    def parameters(self) -> dict[str, str]:
        """Return what the page's own controls say."""
        return {"changes": self._change.value, **self.filters.parameters()}

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's changes and paired images."""
        said = self.take(given, {"changes": self._change})
        return said + self.filters.restore(given, lambda _: _images(self._count(selection)))

    # --- counting -----------------------------------------------------------------------------

    def _count(self, selection: Selection) -> pd.DataFrame:
        """Count the pairs once for an archive and a selection."""
        asked = (self.archive.version, selection.replace(measure="pulls"))
        if self._counted is None or self._counted[0] != asked:
            self._counted = (asked, paired_images(self.archive, selection))
        return self._counted[1]

    def _code(self, selection: Selection, *lines: str, kept: bool = True) -> str:
        keep = self.filters.keep_code("paired_image") if kept else []
        return self.cell(selection, "frame = inb.paired_images(archive, view)", *keep, *lines)

    # --- drawing ------------------------------------------------------------------------------

    def _draw_pairs(self, selection: Selection, frame: pd.DataFrame) -> None:
        self._pairs.draw(pair_drawing(frame))
        self._pairs.tell(
            frame,
            self._code(selection, "frame = inb.newest_pairs(frame)", "inb.pair_chart(frame)"),
            stem=self.stem("pairs", frame, selection),
            table=lambda: tables.table(
                frame.drop(columns="listed"),
                "One row is one of your images with another one, in the newest period held.",
            ),
        )

    def _draw_trend(self, selection: Selection, frame: pd.DataFrame) -> None:
        self._trend.draw(pair_trend_drawing(frame))
        self._trend.tell(
            frame,
            self._code(selection, "inb.pair_trend_chart(frame)"),
            stem=self.stem("pairs-over-time", frame, selection),
            caption="One row is one of your images with another one, in one period.",
        )

    def _draw_changes(self, selection: Selection, changes: pd.DataFrame) -> None:
        frame, keep = changes, []
        if self._change.value == "listed":
            frame = changes[changes["status"].isin(CROSSED)].reset_index(drop=True)
            keep = [f"frame = frame[frame['status'].isin({CROSSED!r})].reset_index(drop=True)"]
        drawing = pair_changes_drawing(frame)
        self._changes.draw(
            drawing,
            empty="" if changes.empty or "before" in changes.attrs else ONE_PERIOD,
        )
        code = self._code(
            selection,
            "frame = inb.pair_changes(frame)",
            *keep,
            "inb.pair_changes_chart(frame)",
        )
        dates = compared(changes)
        self._changes.tell(
            frame,
            code,
            stem="pair-changes",
            table=lambda: tables.table(
                frame.drop(columns="note"),
                f"One row is a pair, before and after: {dates}."
                if "before" in changes.attrs
                else f"One row is a pair. {ONE_PERIOD}",
                labels=_CHANGE_LABELS,
            ),
        )

    def _draw_stack(self, selection: Selection, frame: pd.DataFrame) -> None:
        self._stack.tell(
            frame,
            self._code(selection, "frame = inb.popular_stack(frame)", "frame", kept=False),
            stem="paired-images",
            table=lambda: tables.table(
                frame,
                "One row is a paired image, in the newest period held.",
                labels={"repositories": "Of your images"},
            ),
        )

    def _draw_checks(self, selection: Selection) -> None:
        frame = check_shares(self.archive, selection)
        self._checks.tell(
            frame,
            self.cell(selection, "frame = inb.check_shares(archive, view)", "frame"),
            stem=self.stem("share-checks", frame, selection),
            table=lambda: tables.table(
                summed_up(frame), "One row is a check, over all periods held of the interval."
            ),
            text=stated(frame),
        )

    def _fill(self, stack: pd.DataFrame) -> None:
        """List the paired images, those with the most users first."""
        items: list[dict[str, Any]] = [
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

    def _tell(
        self,
        selection: Selection,
        frame: pd.DataFrame,
        newest: pd.DataFrame,
        changes: pd.DataFrame,
    ) -> None:
        named = set(self._count(selection)["repository"].unique())
        absent = [name for name in selection.repositories or () if name not in named]
        self.tell_gaps(selection, [TECHNOGRAPHIC], absent)
        self._figures.items = figures(frame, newest, changes)


class EcosystemExplorer(Explorer):
    """What else the users of the publisher's images pull.

    Parameters
    ----------
    archive, selection, today
        As for every explorer.
    """

    pages = (EcosystemPage,)


def _images(frame: pd.DataFrame) -> list[str | None]:
    return [None if pd.isna(image) else str(image) for image in frame["paired_image"].unique()]
