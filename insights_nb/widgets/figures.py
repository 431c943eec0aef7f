"""The few numbers that answer the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import traitlets

from insights_nb.charts.texts import harmless
from insights_nb.widgets._base import Control, check_keys, plain, static


class Figure(TypedDict):
    """One number: what it counts, and how it changed."""

    label: str
    value: int | float | str | None
    change: NotRequired[float | None]
    note: NotRequired[str]


class Figures(Control):
    """Show a few numbers, each with its change.

    Parameters
    ----------
    items
        One entry per number. `value` is a number (shown with thousands separators), a text, or
        ``None`` (shown as a dash that reads "not known"). `change` is a ratio (0.123 is +12.3 %),
        ``None`` where there is nothing to compare with. `note` is a line of small print.

    Attributes
    ----------
    items : list of dict, default []

    Raises
    ------
    traitlets.TraitError
        If an item has an unknown key.
    """

    _esm = static("figures.js")

    items = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, *, items: Sequence[Figure] = ()) -> None:
        super().__init__(items=list(items))

    @traitlets.validate("items")
    def _clean(self, proposal: dict[str, Any]) -> list[dict[str, object]]:
        items: list[dict[str, object]] = proposal["value"]
        check_keys("A figure", items, frozenset(Figure.__annotations__))
        return [{key: _shown(plain(value)) for key, value in item.items()} for item in items]


def _shown(value: object) -> object:
    # Names from data stand in it, which a chart shows in the same way.
    return harmless(value) if isinstance(value, str) else value
