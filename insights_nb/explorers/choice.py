"""The selectors that every page shares: granularity, interval, measure and repositories."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

from insights_nb.charts.pulls import TITLES
from insights_nb.errors import MissingReportError
from insights_nb.explorers import words
from insights_nb.explorers.quiet import Quiet
from insights_nb.metrics.pulls import MOST_LINES, pulls, repositories, top_repositories
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.selection import MEASURES, MONTHS, Selection
from insights_nb.widgets import RepositoryPicker, Segmented, box, show

if TYPE_CHECKING:
    from insights_nb.archive import Archive

TOP = 5
LIMIT = f"Only the {MOST_LINES - 1} largest are drawn by themselves; the smaller ones are “Other”."
LABELS = {"granularity": "Granularity", "months": "Time range", "measure": "Measure"}
OPTIONS: dict[str, list[tuple[Any, str]]] = {
    "granularity": [*words.GRANULARITY_LABELS.items()],
    "months": [(months, f"{months} months") for months in MONTHS],
    "measure": [(name, TITLES[name]) for name in MEASURES],
}
"""What each control but the picker offers, and what it calls that."""


class Choice:
    """What the viewer has chosen, and the controls to choose it with.

    Parameters
    ----------
    archive
        Whose repositories are offered.

    Attributes
    ----------
    granularity, months, measure : Segmented
    picker : RepositoryPicker
        Without options where no report of pulls is available: then every repository is meant.
    boxes : dict of str to ipywidgets.Box
        What each is placed by, and hidden by, under the selection's names.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._quiet = Quiet()
        self.granularity, self.months, self.measure = (
            Segmented(label=label, options=OPTIONS[name]) for name, label in LABELS.items()
        )
        self.picker = RepositoryPicker(options=[], limit_note=LIMIT)
        self.boxes = {
            "granularity": box([self.granularity], name="field"),
            "months": box([self.months], name="field"),
            "measure": box([self.measure], name="field"),
            "repositories": box([self.picker], name="aside"),
        }

    @property
    def selection(self) -> Selection:
        """What is chosen."""
        return Selection(
            cast(Granularity, self.granularity.value),
            self.months.value,
            self.picker.value if self.picker.options else None,
            self.measure.value,
        )

    def set(self, selection: Selection) -> None:
        """Choose something else, without telling the observers.

        Repositories that no report names are left out; None chooses the top five.

        Raises
        ------
        MissingReportError
            If no report of that granularity is available. Nothing has changed then.
        """
        self._names(selection.granularity)
        with self.hold():
            self.granularity.value = selection.granularity
            self.months.value = selection.months
            self.measure.value = selection.measure
            self.offer()
            offered = set(self.picker.options)
            if selection.repositories is None:
                self.picker.value = self.picker.top
            else:
                self.picker.value = [name for name in selection.repositories if name in offered]

    def usual(self) -> Selection:
        """Return what a page opens on: half a year of the finest available granularity."""
        available = {entry.granularity for entry in self._archive.entries()}
        return Selection(next((one for one in GRANULARITIES if one in available), GRANULARITIES[0]))

    def offer(self) -> list[str]:
        """Offer what the granularity's reports name; return the chosen ones that it does not."""
        names = self._names(self.selection.granularity)
        chosen = list(self.picker.value)
        if names != self.picker.options:
            self.picker.options = names
        self.rank()
        return [name for name in chosen if name not in set(names)]

    def rank(self) -> None:
        """Let "Top 5" mean the interval and the measure that are shown."""
        if not self.picker.options:
            self.picker.top = []
            return
        selection = self.selection
        every = pulls(self._archive, selection.replace(repositories=None))
        self.picker.top = top_repositories(every, TOP, selection.measure)

    def observe(self, changed: Callable[[dict[str, Any]], None]) -> None:
        """Call back when the viewer changes one of the controls."""
        for control in (self.granularity, self.months, self.measure, self.picker):
            control.observe(self._quiet.observer(changed), names="value")

    def fit(self, uses: Collection[str]) -> None:
        """Show the controls that a page heeds, by the selection's names, and hide the others."""
        for name, where in self.boxes.items():
            offered = name != "repositories" or bool(self.picker.options)
            show(where, shown=name in uses and offered)

    def hold(self) -> AbstractContextManager[None]:
        """Change several controls without telling the observers."""
        return self._quiet.changes()

    def _names(self, granularity: Granularity) -> list[str]:
        try:
            return repositories(self._archive, granularity)
        except MissingReportError:
            # Companies, pairs and extensions can be all that an archive has of it.
            if any(entry.granularity == granularity for entry in self._archive.entries()):
                return []
            raise
