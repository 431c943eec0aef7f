"""Extensions: installed, uninstalled, updated and opened how often, and by how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.extensions import (
    FLOW,
    MEASURES,
    PEOPLE,
    extension_chart,
    extension_drawing,
    extension_people_chart,
    extension_people_drawing,
)
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.marks.ranges import RANGES
from insights_nb.charts.texts import Unit, counted
from insights_nb.counts.extensions import CORE, PREMIUM
from insights_nb.explorers import words
from insights_nb.explorers.call import Call, Chart, call
from insights_nb.explorers.filters import Filters, values_of
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.extensions import extension_totals, extensions
from insights_nb.widgets import box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

_EVENTS = (
    ("flow", "Installed, uninstalled"),
    ("updates", "Updated"),
    ("usage", "Opened"),
    ("totals", "Of all times"),
)
# What is drawn for each; installs, uninstalls and net are what the chart draws by itself.
_MEASURES = {
    "updates": "updates",
    "usage": "usage",
    "totals": ["total_installs", "total_uninstalls", "total_net"],
}
_UNNAMED = "not named"
_PERIOD: Unit = ("period", "periods")
_AGAIN = (
    "One person can come in several periods, and for several extensions: over them, people are "
    "between the largest count and the sum."
)
# What only one of the two reports counts.
_ONLY = {
    "updates": (CORE, "updates of extensions"),
    "totals": (CORE, "installs of all times"),
    "usage": (PREMIUM, "openings of extensions"),
    "people": (PREMIUM, "the people behind extensions"),
}
_LABELS = {
    **MEASURES,
    **{name: f"People {what}" for name, what in PEOPLE.items()},
    "missing": "Periods missing",
}


class ExtensionsPage(Page):
    """Events over time, the people behind them, and each extension's totals."""

    slug = "extensions"
    title = "Extensions"
    uses = frozenset({"granularity", "months"})
    names = ("events", "people", "extension")
    filters: Filters

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, what to count, and the charts."""
        self._events = self.control("events", "Count", _EVENTS)
        # The most first: who opens it uses it.
        people = [(name, PEOPLE[name]) for name in reversed([*PEOPLE])]
        self._who = self.control("people", "People", people)
        self.filters = Filters({"extension": "Extension"}, self.redraw)
        self._facets = box([*self.filters.facets.values()], name="facets")
        self._whose = box([self._who], name="controls")
        self._over_time = self.panel(Panel("events", LINES, labels=_LABELS))
        self._people = self.panel(Panel("people", RANGES, text=_AGAIN, labels=_LABELS))
        self._totals = self.panel(
            Panel("totals", heading="Each extension over the time range", labels=_LABELS)
        )
        for facet in self.filters.facets.values():
            facet.unit = "installs"
        return [
            self.figures,
            self.coverage,
            self._facets,
            box([self._events], name="controls"),
            self._over_time,
            self._whose,
            self._people,
            self._totals,
        ]

    def draw(self, selection: Selection) -> None:
        """Show events over time, users and totals."""
        # Extensions are no repositories.
        every = self.ask(extensions, selection.replace(repositories=None)).named("frame")
        kept = self.filters.keep(every, "extension")
        with self._over_time.guard():
            self._draw_events(selection, kept)
        with self._people.guard():
            self._draw_people(selection, kept)
        totals = call(extension_totals, kept)
        self._totals.tell(
            totals,
            stem="extension-totals",
            caption="One row is an extension.",
            # What no available report counts is said above.
            rows=lambda: _named(totals.frame).dropna(axis="columns", how="all"),
        )
        self._fill(every.frame)
        self.tell_gaps(selection, [CORE, PREMIUM])
        self.figures.items = _figures(totals.frame)

    def offered(self, name: str, selection: Selection) -> list[str | None]:
        """Return the extensions."""
        return values_of(extensions(self.archive, selection), name)

    # --- drawing ------------------------------------------------------------------------------

    def _draw_events(self, selection: Selection, kept: Call) -> None:
        events = self._events.value
        self._need(selection, events)
        # Of these alone: the chart draws installs and uninstalls by itself.
        measures = [_MEASURES[events]] if events in _MEASURES else []
        self._over_time.tell(
            Chart(kept, extension_drawing, extension_chart, *measures),
            stem=self.stem("extensions", kept.frame, selection),
            caption="One row is an extension in one period.",
            rows=lambda: _named(kept.frame),
        )

    def _draw_people(self, selection: Selection, kept: Call) -> None:
        self._need(selection, "people")
        frame = kept.frame
        # One extension has room for all three.
        several = len(frame[["publisher", "extension"]].drop_duplicates()) > 1
        show(self._whose, shown=several)
        who = [self._who.value] if several else []
        columns = [name for name in frame if str(name).startswith("unique_")]
        self._people.tell(
            Chart(kept, extension_people_drawing, extension_people_chart, *who),
            stem=self.stem("extension-people", frame, selection),
            caption="One row is an extension in one period.",
            rows=lambda: _named(frame)[["period", "publisher", "extension", *columns]],
        )

    def _fill(self, frame: pd.DataFrame) -> None:
        """List the extensions, where there are several."""
        self.filters.fill(
            "extension",
            frame,
            lambda name: _UNNAMED if name is None else str(name),
            measure="installs",
        )
        show(self._facets, shown=len(self.filters.facets["extension"].items) > 1)

    def _need(self, selection: Selection, what: str) -> None:
        """Say which report it takes, if none that counts this is available."""
        if what in _ONLY:
            kind, text = _ONLY[what]
            granularity = selection.granularity
            if not any(self.archive.available(kind, granularity).values()):
                raise self.archive.needed(text, granularity, [kind])


class ExtensionsExplorer(Explorer):
    """How often Docker extensions are installed and used, and by how many.

    Parameters
    ----------
    archive, selection, today
        As for every explorer; extensions are no repositories, so those do not matter here.
    """

    pages = (ExtensionsPage,)


def _figures(totals: pd.DataFrame) -> list[dict[str, Any]]:
    """Say what the extensions come to: events are added up, people are bounded."""
    unknown = int(totals["missing"].max()) if len(totals) else 0
    note = {"note": f"{counted(unknown, _PERIOD)} missing"} if unknown else {}
    items: list[dict[str, Any]] = [
        {"label": MEASURES[name], "value": _whole(totals[name]), **note} for name in FLOW
    ]
    items.append({"label": MEASURES["total_installs"], "value": _whole(totals["total_installs"])})
    least = totals["unique_users_at_least"].max()
    # A sum that lacks an extension's people bounds nothing.
    most = totals["unique_users_at_most"].sum(skipna=False)
    items.append(
        {
            "label": f"People {PEOPLE['unique_users']}",
            "value": words.bounds(least, most),
            "note": "from the largest count to the sum",
        }
    )
    return items


def _whole(column: pd.Series) -> int | None:
    total = column.sum(min_count=1)
    return None if pd.isna(total) else int(total)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Say that an extension is not named: files need not."""
    return frame.assign(extension=frame["extension"].fillna(_UNNAMED))
