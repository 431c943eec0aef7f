"""One page of several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from insights_nb.widgets._base import Control, static


class Tabs(Control):
    """A row of tabs; what each of them shows is a box of its own on the same page.

    Parameters
    ----------
    options
        Pairs of value and label. The panel of ``"pulls"`` is the box of class
        ``inb-page-pulls`` in the same explorer; the browser tells assistive technology so.
    value
        The chosen one; the first by default.

    Attributes
    ----------
    options : list of (str, str), default []
    value : str
        Observe it. A value that is not among the options raises in Python, and is ignored and
        logged where the browser sends it.

    Raises
    ------
    traitlets.TraitError
        If the value is not among the options.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"value"})
    _esm = static("tabs.js")

    options = traitlets.List(traitlets.Tuple(traitlets.Unicode(), traitlets.Unicode())).tag(
        sync=True
    )
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, options: Sequence[tuple[str, str]], value: str | None = None) -> None:
        super().__init__(options=list(options), value=options[0][0] if value is None else value)

    @traitlets.validate("value")
    def _offered(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        offered = [one for one, _ in self.options]
        if value not in offered:
            raise traitlets.TraitError(f"Tab: {value!r} is not offered. Use one of {offered!r}.")
        return value
