"""A choice of one among few, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from insights_nb.widgets._base import Control, static


class Segmented(Control):
    """Choose one of a few values: a group of radio buttons that looks like one bar.

    Parameters
    ----------
    label
        The group's accessible name, shown above it: ``"Granularity"``.
    options
        Pairs of value and label: ``[("week", "Weekly"), ("month", "Monthly")]``. A value is text
        or a whole number.
    value
        The chosen value; the first one by default.

    Attributes
    ----------
    label : str, default ""
    options : list of (str or int, str), default []
    value : str or int
        Observe it. A value that is not among the options raises in Python, and is ignored and
        logged where the browser sends it.

    Raises
    ------
    traitlets.TraitError
        If the value is not among the options.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"value"})
    _esm = static("segmented.js")

    label = traitlets.Unicode(help="Accessible name.").tag(sync=True)
    options = traitlets.List(
        traitlets.Tuple(
            traitlets.Union([traitlets.Unicode(), traitlets.Int()]), traitlets.Unicode()
        )
    ).tag(sync=True)
    value = traitlets.Union([traitlets.Unicode(), traitlets.Int()], allow_none=True).tag(sync=True)

    def __init__(
        self,
        *,
        label: str,
        options: Sequence[tuple[str | int, str]],
        value: str | int | None = None,
    ) -> None:
        chosen = options[0][0] if value is None and options else value
        super().__init__(label=label, options=list(options), value=chosen)

    @traitlets.validate("value")
    def _offered(self, proposal: dict[str, Any]) -> str | int:
        value: str | int = proposal["value"]
        offered = [one for one, _ in self.options]
        # `in` alone would take True for 1.
        if not any(value == one and type(value) is type(one) for one in offered):
            raise traitlets.TraitError(
                f"{self.label}: {value!r} is not offered. Use one of {offered!r}."
            )
        return value

    @traitlets.observe("options")
    def _keep_offered(self, change: dict[str, Any]) -> None:
        offered = [one for one, _ in change["new"]]
        if offered and self.value not in offered:
            self.value = offered[0]
