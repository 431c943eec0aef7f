"""A ranked list that is a filter, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NotRequired, TypedDict, Unpack

import traitlets

from insights_nb.charts.texts import harmless
from insights_nb.widgets._base import Control, check_keys, plain, static

MOST_LETTERS = 200
"""Of a query; the rest is cut off."""


class Item(TypedDict):
    """One value of a facet: what it is called, and how much there is of it."""

    value: str | None
    label: str
    count: NotRequired[int | None]
    share: NotRequired[float | None]
    note: NotRequired[str]


class Listing(TypedDict, total=False):
    """How a facet lists its items; `Facet` says what each is."""

    shown: int
    unit: str
    empty: str


class Facet(Control):
    """Rank values by how much there is of each, as bars, and let some of them be chosen.

    Parameters
    ----------
    label
        The list's name: ``"Country"``.
    items
        In the order to list them. `value` is what is chosen (``None`` stands for what names
        none), `label` what is shown (as charts show names), `count` and `share` (a ratio) how much
        there is; `note` replaces the count where words say it better.
    value
        The chosen ones.
    single
        At most one can be chosen.
    shown
        How many are listed before "Show all" is pressed; chosen ones are always listed.
    unit
        What is counted, in the plural: ``"pulls"``.
    empty
        The sentence that stands in the list's place while there are no items.
    asks
        There may be more values than items: what is typed into the search comes as `query`, and
        whoever observes it calls `fill`.

    Attributes
    ----------
    items : list of dict, default []
    value : list of (str or None), default []
        Observe it. What is not among the items raises in Python, and is ignored and logged where
        the browser sends it. Where an item goes, it leaves `value` too.
    label, unit, empty : str
    single, asks : bool, default False
    shown : int, default 8
    query : str, default ""
        What is searched for, at most `MOST_LETTERS` of it; the browser sets it if the list asks.

    Raises
    ------
    traitlets.TraitError
        If a chosen value is not among the items, or an item has an unknown key.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"value", "query"})
    _esm = static("facet.js")

    label = traitlets.Unicode().tag(sync=True)
    items = traitlets.List(traitlets.Dict()).tag(sync=True)
    value = traitlets.List(traitlets.Unicode(allow_none=True)).tag(sync=True)
    single = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Int(8, min=1).tag(sync=True)
    unit = traitlets.Unicode("pulls").tag(sync=True)
    empty = traitlets.Unicode("There is nothing to choose from.").tag(sync=True)
    asks = traitlets.Bool(False).tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    _answered = traitlets.Unicode(help="The query that the items answer.").tag(sync=True)
    _total = traitlets.Int(0, help="How many values the query finds.").tag(sync=True)

    def __init__(
        self,
        *,
        label: str,
        items: Sequence[Item] = (),
        value: Sequence[str | None] = (),
        single: bool = False,
        asks: bool = False,
        **listing: Unpack[Listing],
    ) -> None:
        if unknown := listing.keys() - Listing.__annotations__:
            raise TypeError(f"A facet takes no {', '.join(sorted(unknown))}.")
        super().__init__(label=label, items=list(items), single=single, asks=asks, **listing)
        self.value = list(value)

    def fill(
        self, items: Sequence[Item], value: Sequence[str | None], *, total: int | None = None
    ) -> None:
        """List other items and choose some of them, at one go.

        Parameters
        ----------
        items
            Of a list that asks, those that hold every word of the query, as many as anybody
            reads, and the chosen ones.
        value
            The chosen ones.
        total
            How many there are, if not all are among the items.
        """
        with self.hold_sync():
            self.set_trait("items", list(items))
            self.value = list(value)
            self.set_trait("_total", len(items) if total is None else total)
            self.set_trait("_answered", self.query)

    @traitlets.validate("items")
    def _clean(self, proposal: dict[str, Any]) -> list[dict[str, object]]:
        items: list[dict[str, object]] = proposal["value"]
        check_keys("An item", items, frozenset(Item.__annotations__))
        cleaned = [{key: plain(value) for key, value in item.items()} for item in items]
        return [item | {"label": harmless(str(item["label"]))} for item in cleaned]

    @traitlets.validate("query")
    def _short(self, proposal: dict[str, Any]) -> str:
        # Other people's links can hold any length of it, which goes into code and links again.
        query: str = proposal["value"]
        return query.strip()[:MOST_LETTERS]

    @traitlets.validate("value")
    def _offered(self, proposal: dict[str, Any]) -> list[str | None]:
        chosen: list[str | None] = list(dict.fromkeys(proposal["value"]))
        offered = {item["value"] for item in self.items}
        for one in chosen:
            if one not in offered:
                raise traitlets.TraitError(
                    f"{self.label}: {one!r} is not among the {len(offered)} offered."
                )
        if self.single and len(chosen) > 1:
            raise traitlets.TraitError(f"{self.label}: only one can be chosen, not {chosen!r}.")
        return chosen

    @traitlets.observe("items")
    def _keep_offered(self, change: dict[str, Any]) -> None:
        offered = {item["value"] for item in change["new"]}
        kept = [one for one in self.value if one in offered]
        if kept != self.value:
            self.value = kept
