"""Tell the viewer when the session has ended."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from insights_nb.widgets._base import Control, static


class SessionGuard(Control):
    """In a dashboard, notice that the kernel is gone and offer to reload; elsewhere do nothing.

    The browser asks the server for the kernel every so often, and at once when the page comes back
    into view or the kernel's connection changes. It works whether or not the widget is displayed.

    Parameters
    ----------
    every
        Seconds between two questions.

    Attributes
    ----------
    every : float, default 30.0
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset()
    _esm = static("guard.js")

    every = traitlets.Float(30.0, min=0.01).tag(sync=True)

    def __init__(self, *, every: float = 30.0) -> None:
        super().__init__(every=every)
