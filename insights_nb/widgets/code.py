"""The cell that gives the same numbers."""

from __future__ import annotations

import traitlets

from insights_nb.widgets._base import Control, static


class Code(Control):
    """Show Python code behind "Show code", with a button that copies it.

    Parameters
    ----------
    code
        A whole cell.

    Attributes
    ----------
    code : str, default ""
        Empty hides the control.
    """

    _esm = static("code.js")

    code = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, code: str = "") -> None:
        super().__init__(code=code)
