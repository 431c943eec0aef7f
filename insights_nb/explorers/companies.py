"""Companies: which ones pull, how that changes, where from, and what else they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from insights_nb.charts.companies import (
    company_changes_drawing,
    company_drawing,
    heavy_users_drawing,
)
from insights_nb.charts.deployments import deployment_drawing
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.stacks import stacks_drawing
from insights_nb.charts.texts import harmless
from insights_nb.counts.companies import PAIRED, TRACKED
from insights_nb.errors import ReportNeededError
from insights_nb.explorers import company_filters, company_words, tables
from insights_nb.explorers.company_filters import CompanyFilters
from insights_nb.explorers.company_frames import CompanyFrames
from insights_nb.explorers.comparison import Comparison
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.stacks import popular_pairs
from insights_nb.widgets import Figures, box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# More lines than these nobody tells apart; the bars beside them have more.
_LINES = 6


class CompaniesPage(Page):
    """Heavy users, changes, deployment patterns and stacks, of all companies or of one."""

    slug = "companies"
    title = "Companies"
    names = (*company_filters.NAMES, "compare")

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the lists to find companies with, and the charts."""
        self._found: tuple[object, CompanyFrames] | None = None
        self.filters = CompanyFilters(self.redraw)
        self.comparison = Comparison(self.redraw)
        self._figures = Figures()
        words = company_words
        self._heavy = self.panel(Panel("heavy users", BARS, title=words.HEAVY))
        self._trend = self.panel(Panel("trend", LINES))
        self._changes = self.panel(Panel("changes", BARS, text=words.TRACKING))
        self._pattern = self.panel(Panel("deployment", BARS, title=words.PATTERN))
        self._images = self.panel(Panel("images", BARS, title=words.IMAGES))
        self._stack = self.panel(Panel("stack", heading="What it runs beside yours"))
        self._list = self.panel(Panel("list", heading="Every company", text=words.LIST))
        self._statuses, self._running = (
            box([facet], name="field") for facet in (self.filters.statuses, self.filters.images)
        )
        return [
            self._figures,
            self.coverage,
            box([self.filters.companies, self._statuses, self._running], name="facets"),
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
        for part in (self._trend, self._changes, self._pattern, self._statuses):
            show(part, shown=known.tracked)
        show(self._running, shown=known.paired)
        with self._heavy.guard():
            # Says which report is needed, once for all that is hidden without it.
            self._draw_heavy(selection, known)
        if known.tracked:
            self._draw_trend(selection, known)
            self._draw_changes(selection, known)
        self.filters.fill(known, self.comparison.sides)
        self._tell(selection, known)
        if known.tracked:
            with self._pattern.guard():
                self._draw_pattern(selection, known)
        with self._images.guard():
            self._draw_images(selection, known)
        self._draw_list(selection, known)

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._figures.items = []

    def parameters(self) -> dict[str, str]:
        """Return what is searched for, filtered, chosen and compared."""
        return {**self.filters.parameters(), **self.comparison.parameters()}

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's filters, company and periods."""
        try:
            known = self._know(selection)
        except ReportNeededError:
            # Drawing says so; what a link wants of it cannot be told.
            return []
        said = self.comparison.restore(given.get("compare", ""), known.periods)
        return said + self.filters.restore(given, known)

    # --- counting -----------------------------------------------------------------------------

    def _know(self, selection: Selection) -> CompanyFrames:
        """Count once for an archive and a selection: a search must not count again."""
        asked = (self.archive.version, selection.replace(measure="pulls"))
        if self._found is None or self._found[0] != asked:
            self._found = (asked, CompanyFrames(self.archive, selection))
        return self._found[1]

    def _keep(self, frame: pd.DataFrame, known: CompanyFrames) -> pd.DataFrame:
        return self.filters.keep(frame, known, self.comparison.sides)

    def _company(self, known: CompanyFrames) -> str | None:
        """Return whom the page is about: all, where the filters leave out the chosen one."""
        return self.filters.looked_at(known, self.comparison.sides)

    def _code(
        self,
        selection: Selection,
        first: str,
        *then: str,
        counted: bool = False,
        changes: bool = False,
    ) -> str:
        """Write a cell whose first frame the filters narrow.

        Parameters
        ----------
        selection
            What is shown.
        first, then
            What makes ``frame``, and what follows.
        counted, changes
            Whether the lines need ``counted`` and ``changes``.
        """
        changes = changes or bool(self.filters.status)
        head = []
        if counted or changes:
            head.append("counted = inb.companies(archive, view)")
        if changes:
            head.append(f"changes = inb.company_changes(counted{self._sides_code()})")
        return self.cell(selection, *head, first, *self.filters.code(), *then)

    def _sides_code(self) -> str:
        sides = self.comparison.sides
        return "" if sides is None else f", {sides[0]!r}, {sides[1]!r}"

    # --- drawing ------------------------------------------------------------------------------

    def _draw_heavy(self, selection: Selection, known: CompanyFrames) -> None:
        frame = self._keep(known.heavy, known)
        self._heavy.draw(heavy_users_drawing(frame))
        self._heavy.tell(
            frame,
            self._code(
                selection,
                "frame = inb.heavy_users(counted)",
                "inb.heavy_users_chart(frame)",
                counted=True,
            ),
            stem=self.stem("heavy-users", known.counted, selection),
            caption="One row is a company over the interval.",
        )

    def _draw_trend(self, selection: Selection, known: CompanyFrames) -> None:
        """Show the chosen company's line, or those of the heaviest that are listed."""
        counted, company = known.counted, self._company(known)
        if company is None:
            top = self._keep(known.heavy, known)["domain"].head(_LINES)
            frame = counted[counted["domain"].isin(top)].reset_index(drop=True)
            code = self._code(
                selection,
                "frame = inb.heavy_users(counted)",
                f'top = frame["domain"].head({_LINES})',
                'frame = counted[counted["domain"].isin(top)].reset_index(drop=True)',
                "inb.company_chart(frame)",
                counted=True,
            )
        else:
            frame = counted[counted["domain"] == company].reset_index(drop=True)
            code = self.cell(
                selection,
                "frame = inb.companies(archive, view)",
                f'frame = frame[frame["domain"] == {company!r}].reset_index(drop=True)',
                "inb.company_chart(frame)",
            )
        drawing = company_drawing(frame)
        empty = company_words.pulls_none(company)
        self._trend.draw(drawing, empty=empty)
        self._trend.tell(
            frame,
            code,
            stem=self.stem("companies", counted, selection),
            caption="One row is a company in one period.",
        )

    def _draw_changes(self, selection: Selection, known: CompanyFrames) -> None:
        frame = self._keep(known.changes(self.comparison.sides), known)
        drawing = company_changes_drawing(frame)
        said = company_words.compared(self.comparison.sides, selection.granularity)
        self._changes.draw(
            drawing,
            empty=company_words.unchanged(known, self.comparison.sides, len(frame)),
        )
        self._changes.tell(
            frame,
            self._code(
                selection, "frame = changes", "inb.company_changes_chart(frame)", changes=True
            ),
            stem=self.stem("company-changes", known.counted, selection),
            table=lambda: tables.table(frame, f"One row is a company; {said}."),
        )

    def _draw_pattern(self, selection: Selection, known: CompanyFrames) -> None:
        company = self._company(known)
        frame = known.pattern(company)
        # A picture taken out of the page has to say whose it is.
        drawing = deployment_drawing(frame, company=company)
        empty = company_words.pulls_none(company)
        self._pattern.draw(drawing, empty=empty)
        given, named = "", ""
        if company is not None:
            given, named = f", {company!r}", f", company={company!r}"
        self._pattern.tell(
            frame,
            self.cell(
                selection,
                f"frame = inb.deployment_pattern(archive, view{given})",
                f"inb.deployment_chart(frame{named})",
            ),
            stem=self.stem("deployment", known.counted, selection),
            caption="One row is a use case, cloud and country over the interval.",
            text=company_words.whose(company, narrowed=self.filters.narrowed),
        )

    def _draw_images(self, selection: Selection, known: CompanyFrames) -> None:
        """Show what the chosen company runs, or what those listed do."""
        company = self._company(known)
        shown, hidden = self._stack, self._images
        if company is None or not known.paired:
            shown, hidden = hidden, shown
        show(shown, shown=True)
        show(hidden, shown=False)
        hidden.clear()
        if shown is self._images:
            self._draw_popular(selection, known)
        else:
            self._draw_stack(selection, known, str(company))

    def _draw_popular(self, selection: Selection, known: CompanyFrames) -> None:
        frame = popular_pairs(self._keep(known.stacks, known))
        self._images.draw(stacks_drawing(frame))
        self._images.tell(
            frame,
            self._code(
                selection,
                "frame = inb.stacks(archive, view)",
                "frame = inb.popular_pairs(frame)",
                "inb.stacks_chart(frame)",
            ),
            stem="images-beside",
            caption="One row is another image, and how many companies run it beside yours.",
            text=company_words.LEFT_OUT,
        )

    def _draw_stack(self, selection: Selection, known: CompanyFrames, company: str) -> None:
        frame = known.stacks[known.stacks["domain"] == company].reset_index(drop=True)
        self._stack.tell(
            frame,
            self.cell(selection, f"frame = inb.stacks(archive, view, {company!r})", "frame"),
            stem="stack",
            table=lambda: tables.table(
                frame.drop(columns="domain"),
                "One row is one of your images with another one that the company runs.",
                labels=company_words.LABELS,
            ),
            text=f"{harmless(company)}. {company_words.LEFT_OUT}",
        )

    def _draw_list(self, selection: Selection, known: CompanyFrames) -> None:
        """Show every company that is left of search and filters, with all that is known of it."""
        frame = known.profiles
        lines = ["frame = inb.company_profiles(archive, view)"]
        if two := known.tracked and self.comparison.sides is not None:
            changes = known.changes(self.comparison.sides)[["domain", "status"]]
            frame = frame.drop(columns="status").merge(changes, on="domain", how="left")
            lines += [
                'statuses = changes[["domain", "status"]]',
                'frame = frame.drop(columns="status").merge(statuses, on="domain", how="left")',
            ]
        frame = self._keep(frame, known)
        self._list.tell(
            frame,
            self._code(selection, "\n".join(lines), "frame", changes=two),
            stem="company-list",
            table=lambda: tables.table(
                frame[[*company_words.COLUMNS]],
                f"{len(frame):,} of {len(known.profiles):,} companies; one row is a company.",
                labels=company_words.LABELS,
            ),
        )

    def _tell(self, selection: Selection, known: CompanyFrames) -> None:
        beside = [PAIRED] if known.tracked and known.paired else []
        self.tell_gaps(selection, [TRACKED if known.tracked else PAIRED], beside=beside)
        sides, company = self.comparison.sides, self._company(known)
        if company is None:
            self._figures.items = company_words.figures(known, sides, selection)
        else:
            self._figures.items = company_words.figures_of(company, known, sides)


class CompaniesExplorer(Explorer):
    """Which companies pull, how that changes, where from and what for, and what else they run.

    Parameters
    ----------
    archive, selection, today
        As for every explorer.
    """

    pages = (CompaniesPage,)
