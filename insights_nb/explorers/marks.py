"""Events on a page's charts: where they come from, which are marked, and the list below."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.events import event_text, shown_events
from insights_nb.errors import InsightsError
from insights_nb.explorers.call import Call, call, unprinted
from insights_nb.explorers.own_files import OwnFile
from insights_nb.opening import EVENTS, events_file, events_of
from insights_nb.widgets import EventList, Notice, show

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.explorers.panel import Panel

Given = pd.DataFrame | str | os.PathLike[str] | None
"""Events as an explorer takes them: rows, a file, or None for what `events_of` finds."""

_OPTIONAL = ("repository", "url")
SHOWN, HIDDEN = "shown", "hidden"


class Events(OwnFile[pd.DataFrame]):
    """A publisher's own events.

    Parameters
    ----------
    archive
        Whose.
    given
        Rows or a file; None is what `insights_nb.events_of` finds.
    """

    def __init__(self, archive: Archive, given: Given = None) -> None:
        super().__init__(archive, given, EVENTS, events_file, events_of)


class Marks(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """The events of one chart: a list of them, and a switch for their marks.

    Parameters
    ----------
    events
        The publisher's own.
    redraw
        Called when the switch is turned.
    """

    def __init__(self, events: Events, redraw: Callable[[object], None]) -> None:
        super().__init__()
        self.add_class("inb-box").add_class("inb-marks")
        self._events = events
        self._refused = ""
        self._notice = Notice()
        self._list = EventList()
        self._list.observe(redraw, names="shown")
        self.children = [self._notice, self._list]
        self.clear()

    def below(self, panel: Panel) -> None:
        """Put the list below a panel's chart."""
        notice, plot, *rest = panel.children
        panel.children = [notice, plot, self, *rest]

    def find(self, frame: pd.DataFrame, known: pd.DataFrame | None = None) -> pd.DataFrame | None:
        """Return the events of a chart, as `insights_nb.shown_events` does, or None without any.

        Parameters
        ----------
        frame
            What the chart is drawn of.
        told
            Further events, which the reports tell themselves.
        """
        self._refused = ""
        own = None
        try:
            own = self._events.read()
        except InsightsError as error:
            # The charts are right without them.
            self._refused = str(error)
        every = [one for one in (own, known) if one is not None and not one.empty]
        if not every:
            return None
        found = shown_events(frame, every[0] if len(every) == 1 else pd.concat(every))
        return None if found.empty else found

    def marked(self, found: pd.DataFrame | None) -> pd.DataFrame | None:
        """Return of what `find` gave what the chart marks."""
        return found if self._list.shown else None

    def tell(self, found: pd.DataFrame | None) -> None:
        """List what `find` gave, and say what is wrong with the file."""
        items = [] if found is None else [*map(_item, found.to_dict("records"))]
        self._list.items = items
        self._notice.say(self._refused, kind="warning" if self._refused else "info")
        show(self, shown=bool(items or self._refused))

    def clear(self) -> None:
        """Show nothing."""
        self._refused = ""
        self.tell(None)

    def call(
        self, found: pd.DataFrame | None, source: Call, reported: Call | None = None
    ) -> Call | None:
        """Return how a chart takes the events that it marks, None without any.

        Parameters
        ----------
        found
            As `find` gave it.
        source
            The archive.
        reported
            What gives further events.
        """
        if self.marked(found) is None:
            return None
        calls = [one for one in (self._events.call(source), reported) if one is not None]
        if not calls:
            return unprinted(found)
        made = calls[0] if len(calls) == 1 else call(pd.concat, calls)
        return made.named("events").known(found)

    def parameters(self, name: str) -> dict[str, str]:
        """Return what a link has to say: nothing, while the marks are shown."""
        return {} if self._list.shown else {name: HIDDEN}

    def restore(self, given: Mapping[str, str], name: str) -> list[str]:
        """Take a link's value; return a sentence where it is not offered."""
        text = given.get(name, SHOWN)
        if text in (SHOWN, HIDDEN):
            self._list.shown = text == SHOWN
            return []
        return [f"{name}={text!r} is not offered. Use {SHOWN!r} or {HIDDEN!r}."]


def _item(row: Mapping[Hashable, Any]) -> dict[str, object]:
    repository, url = (row[name] if isinstance(row[name], str) else None for name in _OPTIONAL)
    text = event_text(row["label"], repository)
    item = {"number": row["number"], "dates": row["dates"], "text": text}
    return item | ({"url": url} if url else {})
