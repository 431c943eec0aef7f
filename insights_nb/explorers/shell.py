"""An explorer: the shared selectors, one page or several as tabs, and the link to what is shown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

import ipywidgets

from insights_nb.archive import Archive
from insights_nb.explorers import words
from insights_nb.explorers.boundary import boundary
from insights_nb.explorers.choice import Choice
from insights_nb.explorers.marks import Events, Given
from insights_nb.explorers.own_files import Clients, GivenClients, GivenTags, Tags
from insights_nb.explorers.page import Page
from insights_nb.explorers.quiet import Quiet
from insights_nb.opening import is_samples, open_archive
from insights_nb.selection import PARAMETERS, Selection
from insights_nb.widgets import Actions, Notice, SessionGuard, Tabs, box

if TYPE_CHECKING:
    import os

    import pandas as pd

NOTHING_CHOSEN = "No repository is chosen. Tick one in the list, or press “Top 5”."
SAMPLES = "This is sample data of a made-up publisher."
NOT_HERE = "Part of this link could not be applied."
UNNAMED = "No report in the archive names {names}."
UNNAMED_BY = "No {reports} report names {names}."
_TAB = "tab"


class Explorer(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """Selectors and pages, in JupyterLab and in a dashboard.

    Parameters
    ----------
    archive
        An `Archive` or its folder; None is what `open_archive` finds.
    selection
        What to show first. By default half a year of weeks of the top five repositories.
    today
        As of which day a report is overdue; by default the current date in UTC.
    events
        What is marked on the charts of pulls and of tags over time: a file as
        `insights_nb.read_events` takes it, or its rows; None is what `insights_nb.events_of` finds.
    clients
        What clients are for that the package does not know, wherever a use case is inferred: a file
        as `insights_nb.read_clients` takes it, or client → use case; None is what
        `insights_nb.clients_of` finds.
    tags
        How tags are read that the package reads otherwise, wherever versions are told apart: a file
        as `insights_nb.read_tag_rules` takes it, or pattern → rule; None is what
        `insights_nb.tag_rules_of` finds.

    Attributes
    ----------
    selection : Selection
        What is shown; set it to show something else.
    frames : dict of str to pandas.DataFrame
        The rows behind what the open page shows, by panel.
    code : dict of str to str
        The cell that gives each of these frames.
    """

    pages: ClassVar[tuple[type[Page], ...]] = ()

    def __init__(
        self,
        archive: Archive | str | os.PathLike[str] | None = None,
        *,
        selection: Selection | None = None,
        today: dt.date | None = None,
        events: Given = None,
        clients: GivenClients = None,
        tags: GivenTags = None,
    ) -> None:
        super().__init__()
        self._today = today
        self.add_class("inb-box").add_class("inb-explorer")
        self._notice = Notice()
        # An explorer that cannot show anything still shows why.
        self.children = [self._notice]
        with boundary(self._fail):
            self._archive = archive if isinstance(archive, Archive) else open_archive(archive)
            if today is not None:
                self._archive = self._archive.as_of(today)
            self._events = Events(self._archive, events)
            self._clients = Clients(self._archive, clients)
            self._tags = Tags(self._archive, tags)
            self._build(selection)

    # --- what it shows ----------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What is shown."""
        return self._choice.selection

    @selection.setter
    def selection(self, selection: Selection) -> None:
        self._choice.set(selection)
        self._notice.say("")
        self._draw()

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self._opened[self._tabs.value]

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The rows behind what the open page shows, by panel."""
        found = {name: panel.frame for name, panel in self.page.panels.items()}
        return {name: frame for name, frame in found.items() if frame is not None}

    @property
    def code(self) -> dict[str, str]:
        """The cell that gives each of these frames, as ``frame``."""
        return {name: self.page.panels[name].code for name in self.frames}

    # --- building ---------------------------------------------------------------------------

    def _build(self, first: Selection | None) -> None:
        self._choice = Choice(self._archive)
        self._kinds = {page.slug: page for page in self.pages}
        self._opened: dict[str, Page] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._quiet = Quiet()
        self._tabs = Tabs(options=[(page.slug, page.title) for page in self.pages])
        own = [name for page in self.pages for name in page.names]
        tab = [_TAB] if len(self.pages) > 1 else []
        self._link = Actions(buttons=("link",), whitelist=[*tab, *PARAMETERS, *own])
        self._guard = SessionGuard()
        choice = self._choice
        fields = [choice.boxes[name] for name in ("granularity", "months", "measure")]
        self._controls = box([*fields, self._link], name="controls")
        source = Notice(text=SAMPLES if is_samples(self._archive) else "")
        self._main = box([self._controls, self._notice, source], name="main")
        self._seen = self._world
        choice.set(first or choice.usual())
        self._open()
        choice.observe(self._choose)
        self._tabs.observe(self._quiet.observer(self._turn), names="value")
        self._link.observe(self._restore, names="query")
        self._link.on_hello(self._refresh)
        tabs = [self._tabs] if len(self.pages) > 1 else []
        self.children = [*tabs, choice.boxes["repositories"], self._main, self._guard]

    @property
    def _world(self) -> tuple[object, dt.date]:
        """What, besides the choices, decides what is shown."""
        own = (self._events.version, self._clients.version, self._tags.version)
        return (self._archive.version, own), self._today or dt.datetime.now(dt.UTC).date()

    # --- reacting ---------------------------------------------------------------------------

    def _choose(self, change: dict[str, Any]) -> None:
        self._notice.say("")
        with boundary(self._fail_empty):
            if change["owner"] is self._choice.granularity:
                with self._choice.hold():
                    gone = self._choice.offer()
                if gone:
                    span = words.GRANULARITY_LABELS[self.selection.granularity].lower()
                    self._notice.say(UNNAMED_BY.format(reports=span, names=words.some(gone)))
            self._show()

    def _turn(self, _: object) -> None:
        self._notice.say("")
        self._open()

    def _restore(self, change: dict[str, Any]) -> None:
        """Show what a link says, and say what of it is not offered."""
        given = dict(parse_qsl(change["new"], keep_blank_values=True))
        with boundary(self._fail):
            selection, refused = Selection.read_query(change["new"], self.selection)
            sentences = [str(error) for error in refused]
            asked = selection.repositories
            self._choice.set(selection)
            gone = [name for name in asked or () if name not in self._choice.picker.options]
            if gone:
                sentences.append(UNNAMED.format(names=words.some(gone)))
                if not self._choice.picker.value:
                    with self._choice.hold():
                        self._choice.picker.value = self._choice.picker.top
            tab = given.get(_TAB, self._tabs.value)
            if tab in self._kinds:
                with self._quiet.changes():
                    self._tabs.value = tab
            else:
                offered = " or ".join(map(repr, self._kinds))
                sentences.append(f"{_TAB}={tab!r} is not offered. Use {offered}.")
            self._open({name: given[name] for name in self._own if name in given}, sentences)
            if sentences:
                self._notice.say(NOT_HERE, details=sentences)

    @property
    def _own(self) -> tuple[str, ...]:
        return self._kinds[self._tabs.value].names

    def _refresh(self) -> None:
        """Take in what was added to the archive since the page was prepared."""
        # A page that was prepared yesterday knows nothing of what is overdue since.
        if self._world != self._seen:
            with boundary(self._fail), self._choice.hold():
                self._choice.offer()
            self._draw()

    # --- drawing ----------------------------------------------------------------------------

    def _open(
        self, given: dict[str, str] | None = None, sentences: list[str] | None = None
    ) -> None:
        """Bring the chosen tab's page to the front; build it when it is first opened."""
        slug = self._tabs.value
        kind = self._kinds[slug]
        first = slug not in self._opened
        opening = f"Opening {kind.title} …"
        with boundary(self._fail):
            if first:
                if self._opened:
                    # The rows of a year can take a second to count.
                    self._notice.say(opening)
                for other in self._opened.values():
                    other.remove_class("inb-shown")
                page = kind(
                    self._archive,
                    today=self._today,
                    events=self._events,
                    clients=self._clients,
                    tags=self._tags,
                )
                page.on_change(self._quiet.observer(self._redraw))
                page.link = lambda: self._link.parameters
                self._opened[slug] = page
            page = self._opened[slug]
            for name, other in self._opened.items():
                (other.add_class if name == slug else other.remove_class)("inb-shown")
            self._choice.fit(kind.uses)
            if first:
                # Before it is drawn: the browser builds its controls while the rows are counted.
                # The order of the tabs, whatever the order of opening: a reader goes down the page.
                order = [self._opened[name] for name in self._kinds if name in self._opened]
                *_, source = self._main.children
                self._main.children = [self._controls, self._notice, *order, source]
            if given is not None:
                # Drawn once, below, and not at each control that is set.
                with self._quiet.changes():
                    refused = page.restore(given, self.selection)
                if sentences is not None:
                    sentences += refused
                self._drawn.pop(slug, None)
            if first or self._drawn.get(slug) != self._state:
                self._draw()
                if self._notice.text == opening:
                    self._notice.say("")
            else:
                self._say_link()

    @property
    def _state(self) -> tuple[object, ...]:
        uses = self._kinds[self._tabs.value].uses
        return (self._world, *(getattr(self.selection, name) for name in sorted(uses)))

    def _redraw(self) -> None:
        """Draw the open page again, since one of its own controls changed."""
        self._notice.say("")
        self._draw()

    def _draw(self) -> None:
        """Draw the open page again."""
        with boundary(self._fail_empty):
            self._show()

    def _show(self) -> None:
        page = self.page
        self._seen = self._world
        self._drawn[page.slug] = self._state
        selection = self.selection
        # Before the charts: who sees them may copy the link at once.
        self._say_link()
        if "repositories" in page.uses and selection.repositories == ():
            page.clear()
            page.add_class("inb-blank")
            self._notice.say(NOTHING_CHOSEN)
        else:
            if self._notice.text == NOTHING_CHOSEN or self._notice.kind == "error":
                # What kept an earlier choice from being shown says nothing of this one.
                self._notice.say("")
            page.remove_class("inb-blank")
            # The charts first: they are what the viewer waits for.
            page.draw(selection)
        self._choice.rank()
        offered = set(self._choice.picker.options)
        self._choice.picker.swatches = {
            name: swatch for name, swatch in page.swatches.items() if name in offered
        }
        # Again: what the reports do not offer, a page may have taken back.
        self._say_link()
        self._link.code = "\n\n".join(self.code.values())

    def _say_link(self) -> None:
        shared = self.selection.to_parameters()
        page = self.page
        tab = {_TAB: page.slug} if len(self.pages) > 1 else {}
        used = {
            name: value for name, value in shared.items() if name in page.uses or name != "measure"
        }
        self._link.parameters = {**tab, **used, **page.parameters()}

    def _fail(self, text: str) -> None:
        self._notice.say(text, kind="error")

    def _fail_empty(self, text: str) -> None:
        """Say what went wrong and show nothing: the old charts would belong to another choice."""
        self._fail(text)
        self._drawn.pop(self.page.slug, None)
        self.page.clear()
        self.page.add_class("inb-blank")
        self._link.code = ""
