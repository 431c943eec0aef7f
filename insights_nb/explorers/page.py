"""What one question's page has in common with every other's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import ipywidgets

from insights_nb.archive import Archive
from insights_nb.counts.spans import span_of
from insights_nb.explorers import words
from insights_nb.explorers.call import Call, call
from insights_nb.explorers.filters import Filters
from insights_nb.explorers.marks import Events
from insights_nb.explorers.own_files import Clients, Tags
from insights_nb.explorers.panel import Panel
from insights_nb.opening import is_samples, samples
from insights_nb.selection import Selection
from insights_nb.widgets import Figures, Notice, Segmented

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.periods import Period

Made = TypeVar("Made")


class Page(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """Charts and numbers that answer one question, without the selectors that all pages share.

    A subclass names itself, builds its panels in `build` and fills them in `draw`. What it lets
    the viewer choose besides the shared selection it puts into links (`parameters`) and takes from
    them (`restore`).

    Parameters
    ----------
    archive
        Where the reports are.
    today
        As of which day a report is overdue; by default the current date in UTC.
    events
        The publisher's own events, for pages that mark them; by default the archive's.
    clients
        What the publisher's own clients are for, for pages that infer use cases; likewise.
    tags
        The publisher's own rules for reading tags, for pages that tell versions apart; likewise.
    """

    slug: ClassVar[str]
    """Its name in links and classes: ``"audience"``."""
    title: ClassVar[str]
    """Its name on its tab."""
    uses: ClassVar[frozenset[str]] = frozenset({"granularity", "months", "repositories"})
    """Which of the shared selectors it heeds; the others are hidden with it."""
    names: ClassVar[tuple[str, ...]] = ()
    """The link's parameters that are its own; no two pages share one."""

    def __init__(
        self,
        archive: Archive,
        *,
        today: dt.date | None = None,
        events: Events | None = None,
        clients: Clients | None = None,
        tags: Tags | None = None,
    ) -> None:
        super().__init__()
        self.add_class("inb-box").add_class("inb-page").add_class(f"inb-page-{self.slug}")
        self.archive = archive
        opened = call(samples) if is_samples(archive) else call(Archive, str(archive.folder))
        self.source = opened.known(archive).named("archive")
        self.today = today
        self.events = events or Events(archive)
        self.clients = clients or Clients(archive)
        self.tags = tags or Tags(archive)
        self.panels: dict[str, Panel] = {}
        self.swatches: dict[str, dict[str, Any]] = {}
        """How each repository's line looks, by name, for the list of repositories."""
        self.link: Callable[[], Mapping[str, str]] = self.parameters
        self.figures = Figures()
        self.coverage = Notice(kind="warning")
        self.controls: dict[str, Segmented] = {}
        self.filters: Filters | None = None
        self._changed: Callable[[], None] = lambda: None
        self._kept: dict[str, tuple[object, Any]] = {}
        self.children = self.build()

    @property
    def day(self) -> dt.date:
        """As of which day a report is overdue."""
        return self.today or dt.datetime.now(dt.UTC).date()

    # --- for subclasses -----------------------------------------------------------------------

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return the page's widgets, top to bottom; called once."""
        raise NotImplementedError

    def draw(self, selection: Selection) -> None:
        """Show a selection, the first chart first.

        Raises
        ------
        InsightsError
            If none of it can be shown; what concerns one panel stays in its `Panel.guard`.
        """
        raise NotImplementedError

    def parameters(self) -> dict[str, str]:
        """Return what a link has to say of the page's own choices, by `names`."""
        chosen = {name: control.value for name, control in self.controls.items()}
        return chosen | (self.filters.parameters() if self.filters else {})

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's values of `names`; return a sentence for each that is not offered.

        Called before `draw`, with the selection that will be drawn. What a link does not name is
        as on a new page.
        """
        refused = self._take(given)
        if self.filters:
            refused += self.filters.restore(given, lambda name: self.offered(name, selection))
        return refused

    def offered(self, name: str, selection: Selection) -> Sequence[str | None]:
        """Return the values that one of the filters offers."""
        raise NotImplementedError

    def control(self, name: str, label: str, options: Sequence[tuple[str, str]]) -> Segmented:
        """Make buttons that draw the page again, under their name in links."""
        made = self.controls[name] = Segmented(label=label, options=list(options))
        made.observe(self.redraw, names="value")
        return made

    def panel(self, panel: Panel) -> Panel:
        """Keep a panel under its name, to be cleared with the page."""
        self.panels[panel.name] = panel
        panel.origin = lambda: {"archive": self.archive, "parameters": self.link()}
        return panel

    def redraw(self, _: object = None) -> None:
        """Draw the page again: what observes one of its own controls."""
        self._changed()

    # --- for the explorer ---------------------------------------------------------------------

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back when the page is to be drawn again."""
        self._changed = callback

    def clear(self) -> None:
        """Show nothing."""
        self.figures.items = []
        self.coverage.say("")
        self.swatches = {}
        for panel in self.panels.values():
            panel.clear()

    # --- helpers ------------------------------------------------------------------------------

    def _take(self, given: Mapping[str, str]) -> list[str]:
        """Set the controls to a link's values; those that it does not name, to their first."""
        refused = []
        for name, control in self.controls.items():
            offered = {str(value): value for value, _ in control.options}
            text = given.get(name, next(iter(offered)))
            if text in offered:
                control.value = offered[text]
            else:
                refused.append(f"{name}={text!r} is not offered. Use {' or '.join(offered)}.")
        return refused

    def ask(
        self,
        function: Callable[..., Any],
        selection: Selection,
        *given: object,
        **keywords: object,
    ) -> Call:
        """Return the call of a metric on the page's archive, for a selection."""
        return call(function, self.source, self.view(selection), *given, **keywords)

    def view(self, selection: Selection) -> Call:
        """Return a selection as code names it: the same one, as long as it is."""

        def write() -> Call:
            names = [] if selection.repositories is None else [[*selection.repositories]]
            measure = None if selection.measure == "pulls" else selection.measure
            made = call(Selection, selection.granularity, selection.months, *names, measure=measure)
            return made.known(selection).named("view")

        return self.once("view", selection, write)

    def once(self, name: str, asked: object, make: Callable[[], Made]) -> Made:
        """Return what was made for the same question before, else make and keep it."""
        if name not in self._kept or self._kept[name][0] != asked:
            self._kept[name] = (asked, make())
        found: Made = self._kept[name][1]
        return found

    def stem(self, what: str, frame: pd.DataFrame, selection: Selection | None = None) -> str:
        """Name a download after what it holds."""
        parts = [what]
        if selection is not None:
            parts += ["by", selection.granularity]
        if "period" in frame and not frame.empty:
            parts += [f"{frame['period'].min():%Y-%m-%d}", f"{frame['period'].max():%Y-%m-%d}"]
        return "-".join(parts)

    def tell_gaps(
        self,
        selection: Selection,
        kinds: Sequence[str],
        left_out: Sequence[str] = (),
        *,
        beside: Sequence[str] = (),
    ) -> None:
        """Say which periods of the page's reports are missing, and who is left out.

        Reports that the page shows `beside` those are only told of where they hold no rows.

        Raises
        ------
        ReportNeededError
            If none of the reports is available by that granularity.
        """
        span = span_of(self.archive, kinds, selection, self.title.lower())
        gaps = words.gaps(span.periods, span.missing([]), selection)
        others = [words.only_elsewhere(left_out)] if left_out else []
        reports = [(kind, one) for kind in (*kinds, *beside) for one in span.periods]
        self.tell_coverage(gaps, kinds, span.periods[-1], reports, others)

    def tell_coverage(
        self,
        gaps: tuple[str, list[str]],
        kinds: Collection[str],
        newest: Period,
        reports: Collection[tuple[str, Period]],
        others: Sequence[str] = (),
    ) -> None:
        """Say what the page's reports cover: what is late, what is a gap, what is empty.

        Parameters
        ----------
        gaps
            A sentence and details, as `words.gaps` and `words.coverage` give them.
        kinds
            The reports that tell of what is shown.
        newest
            The newest period shown.
        reports
            The kind and period of each report that is behind it.
        others
            Sentences that come last; those after the first are details.
        """
        text, details = gaps
        world = (self.archive.version, self.day)
        coverage = self.once("coverage", world, lambda: self.archive.coverage(self.day))
        late, remedies = words.overdue(coverage, kinds, newest)
        if is_samples(self.archive):
            # They end where they end.
            late, remedies = "", []
        empty, named = words.without_rows(coverage, reports)
        # First what makes a number wrong, then what is not there.
        sentences = [sentence for sentence in (empty, late, text, *others[:1]) if sentence]
        # What to do is the same for a gap and what is late, and said once.
        every = [*dict.fromkeys([*details, *remedies]), *named, *others[1:]]
        self.coverage.say(" ".join(sentences), kind="warning", details=every)
