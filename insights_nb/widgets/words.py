"""A few words of the page's own, beside its charts."""

from __future__ import annotations

import traitlets

from insights_nb.widgets._base import Control, static


class Words(Control):
    """Say something quietly: a heading, a sentence, or both.

    Parameters
    ----------
    heading
        What follows is about; empty leaves it out.
    text
        A sentence or two; empty leaves it out.

    Attributes
    ----------
    heading : str, default ""
    text : str, default ""
    """

    _esm = static("words.js")

    heading = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, heading: str = "", text: str = "") -> None:
        super().__init__(heading=heading, text=text)
