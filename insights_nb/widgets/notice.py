"""A sentence that the viewer has to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import traitlets

from insights_nb.widgets._base import Control, static

Kind = Literal["info", "warning", "error"]


class Notice(Control):
    """Say something in one sentence; show nothing while there is nothing to say.

    Parameters
    ----------
    kind
        ``"info"``, ``"warning"`` or ``"error"`` (read out at once).
    text
        The sentence; empty hides the notice.
    details
        More, one line each, behind "Details".

    Attributes
    ----------
    kind : {"info", "warning", "error"}, default "info"
    text : str, default ""
    details : list of str, default []
    """

    _esm = static("notice.js")

    kind = traitlets.Enum(["info", "warning", "error"], default_value="info").tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    details = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, *, kind: Kind = "info", text: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(kind=kind, text=text, details=list(details))

    def say(self, text: str, *, kind: Kind = "info", details: Sequence[str] = ()) -> None:
        """Show a sentence in place of the one before; an empty one hides the notice."""
        with self.hold_sync():
            self.kind, self.text, self.details = kind, text, list(details)
