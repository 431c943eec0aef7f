"""Pulls: how often each repository was pulled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pulls import pull_chart, pull_drawing
from insights_nb.charts.texts import harmless
from insights_nb.charts.theme import swatch
from insights_nb.counts.sources import DEFINITION_OF
from insights_nb.explorers import words
from insights_nb.explorers.call import Call, Chart, call, cell
from insights_nb.explorers.marks import Marks
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.pulls import fold_other, left_out, pulls, pulls_before, totals
from insights_nb.periods import Period, interval
from insights_nb.widgets import Code

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from insights_nb.periods import Granularity
    from insights_nb.selection import Selection


class PullPage(Page):
    """Totals, and a line for each repository."""

    slug = "pulls"
    title = "Pulls"
    uses = frozenset({"granularity", "months", "measure", "repositories"})
    names = ("events",)

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, warnings and the chart."""
        self.numbers = Code()
        self._lines = self.panel(Panel("pulls", LINES))
        self._marks = Marks(self.events, self.redraw)
        self._marks.below(self._lines)
        return [self.figures, self.numbers, self.coverage, self._lines]

    def draw(self, selection: Selection) -> None:
        """Show the lines, then what is to be said of them."""
        measure = selection.measure
        counted = self.ask(pulls, selection)
        frame = counted.frame
        # Before the smallest are folded: an event of one of those is on the chart, too.
        events = self._marks.find(frame)
        ahead = any(one.granularity == selection.granularity for one in self.archive.unfinished())
        chart = Chart(
            self.ask(pulls, selection, unfinished=True) if ahead else counted,
            partial(pull_drawing, granularity=selection.granularity),
            pull_chart,
            measure=measure,
            events=self._marks.call(events, self.source),
        )
        self._lines.tell(
            chart,
            stem=self.stem(measure.replace("_", "-"), frame, selection),
            rows=lambda: words.table(fold_other(frame, measure), measure),
        )
        places = {name: slot for slot, name in enumerate(chart.drawing.signals["names"]) if name}
        self.swatches = {
            name: swatch(places[harmless(name)])
            for name in frame["repository"].unique()
            if harmless(name) in places
        }
        self._marks.tell(events)
        self._tell(counted, selection)

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._marks.clear()
        self.numbers.code = ""

    def parameters(self) -> dict[str, str]:
        """Return whether events are marked."""
        return self._marks.parameters("events")

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:  # noqa: ARG002
        """Take whether events are marked from a link."""
        return self._marks.restore(given, "events")

    def _tell(self, counted: Call, selection: Selection) -> None:
        """Update everything around the chart."""
        frame, measure = counted.frame, selection.measure
        if frame.empty:
            self.figures.items = []
            self.numbers.code = ""
            self._tell_nothing(selection)
            return
        before = self.ask(pulls_before, selection)
        self.figures.items = words.figures(frame, before.frame, measure)
        self.numbers.code = cell(
            call(totals, counted.named("pulls"), measure).named("frame"),
            call(totals, before, measure).named("before"),
            then=(
                "# A period that lacks a repository's count is unknown, not smaller.",
                "every = pulls['repository'].nunique()",
                f"by_period = pulls.groupby('period')[{measure!r}].sum(min_count=every)",
                "begun = by_period[(by_period.cumsum() > 0).fillna(False)]",
                "latest, average = by_period.iloc[-1], begun.mean()",
            ),
        )
        newest = Period(selection.granularity, frame["period"].iloc[-1].date())
        expected = len(interval(newest, selection.months))
        otherwise = left_out(self.archive, selection)
        self.tell_coverage(
            words.coverage(frame, selection, expected, otherwise),
            DEFINITION_OF,
            newest,
            _reports(frame, selection.granularity),
            words.definitions(frame, selection.measure),
        )

    def _tell_nothing(self, selection: Selection) -> None:
        """Say that the reports name nothing at all, where that is why nothing is shown."""
        unit = selection.granularity
        available = {
            (kind, one)
            for kind in DEFINITION_OF
            for periods in self.archive.available(kind, unit).values()
            for one in periods
        }
        newest = max(one for _, one in available)
        self.tell_coverage(("", []), DEFINITION_OF, newest, available)


class PullExplorer(Explorer):
    """Selectors, chart, totals and table of pulls, in JupyterLab and in a dashboard.

    Parameters
    ----------
    archive, selection, today, events
        As for every explorer.

    Attributes
    ----------
    selection : Selection
        What is shown; set it to show something else.
    frame : pandas.DataFrame
        The rows behind what is shown, as `insights_nb.pulls` gives them.
    chart : altair.LayerChart
        What is shown, as a chart of its own.
    """

    pages = (PullPage,)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows behind what is shown."""
        return pulls(self._archive, self.selection)

    @property
    def chart(self) -> alt.LayerChart:
        """What is shown, as a chart of its own."""
        return pull_chart(self.frame, measure=self.selection.measure, events=self._events.read())


def _reports(frame: pd.DataFrame, granularity: Granularity) -> set[tuple[str, Period]]:
    """Return the kind and period of each report that the rows of a frame come from."""
    pairs = frame[["source", "period"]].dropna().drop_duplicates()
    return {(kind, Period(granularity, day.date())) for kind, day in pairs.itertuples(index=False)}
