"""Which two periods are compared: the halves of the interval, or two of the viewer's choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from insights_nb.explorers import links
from insights_nb.explorers.quiet import Quiet
from insights_nb.periods import Period
from insights_nb.widgets import Segmented, Select, box, show

_HALVES, _TWO = "halves", "two"
_SIDES = 2
_NOTHING = [("", "–")]


class Comparison:
    """Controls that choose an earlier and a later period.

    Parameters
    ----------
    changed
        Called back when the viewer chooses others.

    Attributes
    ----------
    box : ipywidgets.Box
        The controls.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._kind = Segmented(label="Compare", options=_kinds("period"))
        self._before = Select(label="Before", options=_NOTHING)
        self._after = Select(label="After", options=_NOTHING)
        self._periods: Sequence[Period] = ()
        self._changed = changed
        self._quiet = Quiet()
        self._two = [box([control], name="field") for control in (self._before, self._after)]
        self.box = box([self._kind, *self._two], name="controls")
        for control in (self._kind, self._before, self._after):
            control.observe(self._quiet.observer(self._choose), names="value")

    @property
    def sides(self) -> tuple[str, str] | None:
        """The two periods' labels, the earlier one first; None for the halves of the interval."""
        if self._kind.value == _HALVES or len(self._periods) < _SIDES:
            return None
        return str(self._before.value), str(self._after.value)

    def offer(self, periods: Sequence[Period]) -> None:
        """Offer periods, oldest first; what is chosen stays chosen where it is among them."""
        self._periods = periods
        self._show(str(self._before.value), str(self._after.value))

    def parameters(self) -> dict[str, str]:
        """Return what a link says of it."""
        return {} if self.sides is None else {"compare": links.join(self.sides)}

    def restore(self, text: str, periods: Sequence[Period]) -> list[str]:
        """Take what a link says, empty for the halves; return a sentence if it is not offered."""
        asked = links.split(text)
        labels = [period.label for period in periods]
        fits = len(asked) == _SIDES and set(asked) <= set(labels)
        self._periods = periods
        with self._quiet.changes():
            self._kind.value = _TWO if fits else _HALVES
        self._show(*(label for label in labels if fits and label in asked))
        if fits or not text:
            return []
        return [f"compare={text!r} is not offered. Name two periods that are held."]

    def _show(self, before: str = "", after: str = "") -> None:
        """Set the controls; by default the oldest period is compared with the newest."""
        known = [(period.label, period.dates) for period in self._periods]
        labels = [label for label, _ in known]
        few = len(known) < _SIDES
        # The later period is one that comes after the earlier one.
        at = labels.index(before) if before in labels[:-1] else 0
        with self._quiet.changes():
            # The choice stays where only the words change.
            self._kind.options = _kinds(self._periods[0].granularity if known else "period")
            self._before.options = known[:-1][::-1] or _NOTHING
            self._after.options = known[at + 1 :][::-1] or _NOTHING
            if not few:
                self._before.value = labels[at]
                self._after.value = after if after in labels[at + 1 :] else labels[-1]
        show(self.box, shown=not few)
        for where in self._two:
            show(where, shown=self._kind.value == _TWO)

    def _choose(self, _: object) -> None:
        self._show(str(self._before.value), str(self._after.value))
        self._changed()


def _kinds(unit: str) -> list[tuple[str, str]]:
    return [(_HALVES, "Halves of the interval"), (_TWO, f"Two {unit}s")]
