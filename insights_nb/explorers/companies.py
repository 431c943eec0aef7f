"""Companies: which ones pull, how that changes, where from, and what else they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.companies import (
    STATUS_LABELS,
    company_changes_chart,
    company_changes_drawing,
    company_chart,
    company_drawing,
    heavy_users_chart,
    heavy_users_drawing,
)
from insights_nb.charts.deployments import deployment_chart, deployment_drawing
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.stacks import stacks_chart, stacks_drawing
from insights_nb.charts.texts import between, harmless, percent
from insights_nb.counts.companies import PAIRED, TRACKED, USERS
from insights_nb.errors import ReportNeededError
from insights_nb.explorers import company_filters
from insights_nb.explorers.call import Chart, call
from insights_nb.explorers.company_filters import CompanyFilters, CompanyFrames, Comparison, Sides
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import ONE_PERIOD, Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.stacks import popular_pairs
from insights_nb.widgets import box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# More lines than these nobody tells apart; the bars beside them have more.
_LINES = 6
_TRACKING = (
    "How many companies are tracked is a setting of your account: one that appears may only have "
    "been tracked from then on, and one that is gone may pull as before."
)
_INFERRED = "Docker infers the use case from client and cloud."
_LEFT_OUT = "Docker leaves out personal, disposable and university domains."
_NO_PULLS = "Nothing is known of what it pulls: it is not tracked, or pulled nothing then."
_HEAVY = "Pulls by company"
_PATTERN = "Pulls by cloud and country"
_IMAGES = "Other images your companies run"
_LIST = (
    "As searched and filtered above, and so is its CSV. What a company pulls that is not tracked "
    "is unknown: it may be much."
)
_LABELS = {
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
_COLUMNS = (
    "domain", "pulls", "share", "status", "country", "use_case", "related", "repositories",
    "current", "tracked",
)  # fmt: skip
"""The list's, what tells most first."""
_TOP = 10
_SIDES = 2


class CompaniesPage(Page):
    """Heavy users, changes, deployment patterns and stacks, of all companies or of one."""

    slug = "companies"
    title = "Companies"
    names = (*company_filters.NAMES, "compare")

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the lists to find companies with, and the charts."""
        self._filters = CompanyFilters(self.redraw)
        self.comparison = Comparison(self.redraw)
        self._heavy = self.panel(Panel("heavy users", BARS, title=_HEAVY))
        self._trend = self.panel(Panel("trend", LINES))
        self._changes = self.panel(Panel("changes", BARS, text=_TRACKING))
        self._pattern = self.panel(Panel("deployment", BARS, title=_PATTERN))
        self._images = self.panel(Panel("images", BARS, title=_IMAGES))
        self._stack = self.panel(Panel("stack", heading="Other images it uses", labels=_LABELS))
        self._list = self.panel(Panel("list", heading="Every company", text=_LIST, labels=_LABELS))
        self._statuses, self._running = (
            box([facet], name="field") for facet in (self._filters.statuses, self._filters.images)
        )
        return [
            self.figures,
            self.coverage,
            box([self._filters.companies, self._statuses, self._running], name="facets"),
            box([self._heavy, self._trend], name="columns"),
            self.comparison.box,
            self._changes,
            box([self._pattern, self._images, self._stack], name="columns"),
            self._list,
        ]

    def draw(self, selection: Selection) -> None:
        """Show the heavy users, then what follows from them."""
        known = self._know(selection)
        self.comparison.offer(known.periods)
        known.sides = self.comparison.sides
        for part in (self._trend, self._changes, self._pattern, self._statuses):
            show(part, shown=known.tracked)
        show(self._running, shown=known.paired)
        # Whom the page is about: all, where the filters leave out the chosen one.
        company = self._filters.looked_at(known)
        with self._heavy.guard():
            # Says which report is needed, once for all that is hidden without it.
            self._draw_heavy(selection, known)
        if known.tracked:
            self._draw_trend(selection, known, company)
            self._draw_changes(selection, known)
        self._filters.fill(known)
        beside = [PAIRED] if known.tracked and known.paired else []
        self.tell_gaps(selection, [TRACKED if known.tracked else PAIRED], beside=beside)
        self.figures.items = (
            _figures(known, selection) if company is None else _figures_of(company, known)
        )
        if known.tracked:
            with self._pattern.guard():
                self._draw_pattern(selection, known, company)
        with self._images.guard():
            self._draw_images(known, company)
        self._draw_list(known)

    def parameters(self) -> dict[str, str]:
        """Return what is searched for, filtered, chosen and compared."""
        return {**self._filters.parameters(), **self.comparison.parameters()}

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's filters, company and periods."""
        try:
            known = self._know(selection)
        except ReportNeededError:
            # Drawing says so; what a link wants of it cannot be told.
            return []
        refused = self.comparison.restore(given.get("compare", ""), known.periods)
        return refused + self._filters.restore(given, known)

    def _know(self, selection: Selection) -> CompanyFrames:
        """Count once for an archive and a selection: a search must not count again."""
        asked = (self.archive.version, selection.replace(measure="pulls"))
        return self.once("companies", asked, lambda: CompanyFrames(self, selection))

    # --- drawing ------------------------------------------------------------------------------

    def _draw_heavy(self, selection: Selection, known: CompanyFrames) -> None:
        kept = self._filters.keep(known.heavy.named("frame"), known)
        self._heavy.tell(
            Chart(kept, heavy_users_drawing, heavy_users_chart),
            stem=self.stem("heavy-users", known.counted.frame, selection),
            caption="One row is a company over the time range.",
        )

    def _draw_trend(self, selection: Selection, known: CompanyFrames, company: str | None) -> None:
        """Show the chosen company's line, or those of the heaviest that are listed."""
        if company is None:
            counted = known.counted
            heavy = self._filters.keep(known.heavy.named("frame"), known)
            top = heavy["domain"].head(_LINES).named("top")
            kept = counted[counted["domain"].isin(top)]
        else:
            counted = known.counted.named("frame")
            kept = counted[counted["domain"] == company]
        self._trend.tell(
            Chart(kept.reset_index(drop=True), company_drawing, company_chart),
            stem=self.stem("companies", known.counted.frame, selection),
            caption="One row is a company in one period.",
            empty=_pulls_none(company),
        )

    def _draw_changes(self, selection: Selection, known: CompanyFrames) -> None:
        kept = self._filters.keep(known.changes.named("frame"), known)
        compared = _compared(known.sides, selection.granularity)
        self._changes.tell(
            Chart(kept, company_changes_drawing, company_changes_chart),
            stem=self.stem("company-changes", known.counted.frame, selection),
            caption=f"One row is a company; {compared}.",
            empty=_unchanged(known, len(kept.frame)),
        )

    def _draw_pattern(
        self, selection: Selection, known: CompanyFrames, company: str | None
    ) -> None:
        self._pattern.tell(
            # A picture taken out of the page has to say whose it is.
            Chart(known.pattern(company), deployment_drawing, deployment_chart, company=company),
            stem=self.stem("deployment", known.counted.frame, selection),
            caption="One row is a use case, cloud and country over the time range.",
            text=_whose(company, narrowed=self._filters.narrowed),
            empty=_pulls_none(company),
        )

    def _draw_images(self, known: CompanyFrames, company: str | None) -> None:
        """Show what the chosen company runs, or what those listed do."""
        alone = company is not None and known.paired
        show(self._stack, shown=alone)
        show(self._images, shown=not alone)
        if company is not None and known.paired:
            self._images.clear()
            self._draw_stack(known, company)
        else:
            self._stack.clear()
            kept = self._filters.keep(known.stacks.named("frame"), known)
            self._images.tell(
                Chart(call(popular_pairs, kept), stacks_drawing, stacks_chart),
                stem="images-beside",
                caption="One row is another image, and how many of your companies use it.",
                text=_LEFT_OUT,
            )

    def _draw_stack(self, known: CompanyFrames, company: str) -> None:
        running = known.stack_of(company)
        self._stack.tell(
            running,
            stem="stack",
            caption="One row is one of your images with another one that the company runs.",
            rows=lambda: running.frame.drop(columns="domain"),
            text=f"{harmless(company)}. {_LEFT_OUT}",
        )

    def _draw_list(self, known: CompanyFrames) -> None:
        """Show every company that is left of search and filters, with all that is known of it."""
        every = known.profiles.named("frame")
        if known.tracked and known.sides is not None:
            statuses = known.changes[["domain", "status"]].named("statuses")
            merged = every.drop(columns="status").merge(statuses, on="domain", how="left")
            every = merged.named("frame")
        kept = self._filters.keep(every, known)
        self._list.tell(
            kept,
            stem="company-list",
            caption=f"{len(kept.frame):,} of {len(known.profiles.frame):,} companies; one row is a "
            "company.",
            rows=lambda: kept.frame[[*_COLUMNS]],
        )


class CompaniesExplorer(Explorer):
    """Which companies pull, how that changes, where from and what for, and what else they run.

    Parameters
    ----------
    archive, selection, today
        As for every explorer.
    """

    pages = (CompaniesPage,)


def _whose(company: str | None, *, narrowed: bool) -> str:
    """Say whose deployment pattern is shown."""
    if company is not None:
        return _INFERRED
    also = ", whatever is searched or filtered" if narrowed else ""
    return f"{_INFERRED} All companies together{also}: choose one above to see it alone."


def _pulls_none(company: str | None) -> str:
    """Say why no pulls of the chosen company are drawn."""
    return "" if company is None else _NO_PULLS


def _compared(sides: Sides, unit: str) -> str:
    """Say what is before and what is after, for the table's caption."""
    if sides is not None:
        return f"before is {sides[0]}, after is {sides[1]}"
    return f"pulls per available {unit} in the first half of the time range, and in the second"


def _unchanged(known: CompanyFrames, left: int) -> str:
    """Say why no change is drawn.

    Parameters
    ----------
    known
        What is compared.
    left
        How many companies the search and the filters leave.
    """
    if len(known.periods) < _SIDES:
        return ONE_PERIOD
    if left:
        return f"Of each company one side is missing: {_sides(known.sides)}."
    return "No company is left of the search and the filters."


def _figures(known: CompanyFrames, selection: Selection) -> list[dict[str, Any]]:
    """Say how many companies there are, come and go, and how much the largest pull."""
    if not known.tracked:
        return [
            {
                "label": "Companies named",
                "value": len(known.everyone),
                "note": "by the Technographic companies report",
            }
        ]
    heavy, changes = known.heavy.frame, known.changes.frame
    pulling = int(heavy.dropna(subset=["domain"])["pulls"].gt(0).sum())
    changed = changes.dropna(subset=["domain"])["status"]
    counts = changed.value_counts()
    shown = len(known.periods) >= _SIDES and (changed.empty or changed.notna().any())
    compared = _sides(known.sides) if shown else _unknown(known)
    if shown and (unsure := int(changed.isna().sum())):
        compared += f"; {unsure:,} not known"
    missing = int(heavy["missing"].max()) if len(heavy) else 0
    unit = selection.granularity
    note = f"at least ({missing} {unit}{'' if missing == 1 else 's'} missing)" if missing else ""
    items: list[dict[str, Any]] = [
        {"label": "Companies that pulled", "value": pulling, "note": note or "of those tracked"},
        *(
            {
                "label": STATUS_LABELS[status].capitalize(),
                "value": int(counts.get(status, 0)) if shown else None,
                "note": compared,
            }
            for status in ("new", "lapsed")
        ),
    ]
    top = heavy.dropna(subset=["domain", "share"]).head(_TOP if pulling > _TOP else 1)
    if len(top):
        label = f"Top {_TOP}'s share" if len(top) > 1 else "Largest one's share"
        text = (
            f"of {pulling:,} companies' pulls" if len(top) > 1 else harmless(top["domain"].iloc[0])
        )
        items.append({"label": label, "value": percent(top["share"].sum()), "note": text})
    return items


def _figures_of(company: str, known: CompanyFrames) -> list[dict[str, Any]]:
    """Say of one company what it pulls, its place, its change, its people and its images."""
    items: list[dict[str, Any]] = []
    if known.tracked:
        items += _pulling(company, known)
    if known.paired:
        own = known.stacks.frame[known.stacks.frame["domain"] == company]
        now = own[own["current"]]["paired_image"].nunique()
        items.append(
            {
                "label": "Other images it runs",
                "value": own["paired_image"].nunique(),
                "note": f"{now} by the newest report",
            }
        )
    return items


def _sides(sides: Sides) -> str:
    return f"{sides[1]} vs {sides[0]}" if sides else "second half vs first half"


def _unknown(known: CompanyFrames) -> str:
    """Say why nothing is known of a change."""
    return "one period available" if len(known.periods) < _SIDES else "one side is missing"


def _pulling(company: str, known: CompanyFrames) -> list[dict[str, Any]]:
    places = known.heavy.frame.dropna(subset=["domain"]).reset_index(drop=True)
    row = places[places["domain"] == company]
    if row.empty:
        return [{"label": "Pulls", "value": None, "note": f"{harmless(company)}: not tracked"}]
    own = row.iloc[0]
    least, most = (
        None if pd.isna(bound) else int(bound)
        for bound in (own[f"{USERS}_at_least"], own[f"{USERS}_at_most"])
    )
    share = None if pd.isna(own["share"]) else percent(own["share"])
    items: list[dict[str, Any]] = [
        {
            "label": "Pulls",
            "value": None if pd.isna(own["pulls"]) else int(own["pulls"]),
            "note": f"{harmless(company)}: number {row.index[0] + 1:,} of {len(places):,}",
        },
        {"label": "Share of all companies' pulls", "value": share},
    ]
    changed = known.changes.frame
    changed = changed[changed["domain"] == company]
    if len(changed):
        one = changed.iloc[0]
        known_sides = not pd.isna(one["before"]) and not pd.isna(one["after"])
        item: dict[str, Any] = {
            "label": "Change",
            "value": STATUS_LABELS.get(one["status"], "").capitalize() or None,
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
