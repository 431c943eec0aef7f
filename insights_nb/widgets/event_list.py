"""The events that a chart marks, and whether it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NotRequired, TypedDict

import traitlets

from insights_nb.widgets._base import Control, check_keys, static


class Event(TypedDict):
    """One event: its mark's number, when, what, and where to read more of it."""

    number: int
    dates: str
    text: str
    url: NotRequired[str]


class EventList(Control):
    """List what the numbers of a chart's marks stand for, with a switch for the marks.

    Parameters
    ----------
    items
        Dictionaries with ``number``, ``dates``, ``text`` and, where it is a link, ``url``, which
        begins with http:// or https://; anything else is not made a link. Without any, the control
        is hidden.
    shown
        Whether the chart marks them.

    Attributes
    ----------
    items : list of dict, default []
    shown : bool, default True
        Observe it.

    Raises
    ------
    traitlets.TraitError
        If an item has an unknown key.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"shown"})
    _esm = static("event_list.js")

    items = traitlets.List(traitlets.Dict()).tag(sync=True)
    shown = traitlets.Bool(True).tag(sync=True)

    def __init__(self, *, items: Sequence[Event] = (), shown: bool = True) -> None:
        super().__init__(items=[*items], shown=shown)

    @traitlets.validate("items")
    def _known(self, proposal: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
        check_keys("An event", proposal["value"], frozenset(Event.__annotations__))
        return proposal["value"]
