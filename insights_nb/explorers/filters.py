"""Facets that filter each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from insights_nb.explorers import links, words
from insights_nb.explorers.call import Call
from insights_nb.explorers.quiet import Quiet
from insights_nb.widgets import Facet, Item

Rows = TypeVar("Rows", pd.DataFrame, Call)
"""A frame, or the call that computes it."""

# More values than these nobody scrolls through; the search and the table have the others.
_MOST = 250


class Filters:
    """One facet for each dimension, and what is chosen of them.

    Parameters
    ----------
    labels
        Dimension → what its facet is called.
    changed
        Called back when the viewer chooses something else.
    shown
        How many values are listed at first.

    Attributes
    ----------
    facets : dict of str to Facet
    chosen : dict of str to list of (str or None)
        What is chosen of each dimension; one of which nothing is chosen is left out.
    """

    def __init__(
        self, labels: Mapping[str, str], changed: Callable[[], None], *, shown: int = 5
    ) -> None:
        self.facets = {name: Facet(label=label, shown=shown) for name, label in labels.items()}
        self.chosen: dict[str, list[str | None]] = {}
        self._changed = changed
        self._quiet = Quiet()
        for facet in self.facets.values():
            facet.observe(self._quiet.observer(self._choose), names="value")

    def without(self, name: str) -> dict[str, list[str | None]]:
        """Return what filters a dimension: what is chosen of the others."""
        return {one: values for one, values in self.chosen.items() if one != name}

    def keep(self, frame: Rows, name: str) -> Rows:
        """Keep the rows of a dimension's frame whose values are chosen; all where none is."""
        values = self.chosen.get(name)
        if not values:
            return frame
        found = frame[name].isin([value for value in values if value is not None])
        if None in values:
            found = found | frame[name].isna()
        kept = frame[found].reset_index(drop=True)
        return kept.named(frame.name) if isinstance(frame, Call) else kept

    def fill(
        self,
        name: str,
        frame: pd.DataFrame,
        says: Callable[[str | None], str],
        *,
        measure: str = "pulls",
        order: Sequence[str] = (),
    ) -> None:
        """List a dimension's values, most first.

        Parameters
        ----------
        name
            The dimension.
        frame
            With its values and a count, rows of one value to be added up.
        says
            What a value is called; it gets None for the missing.
        measure
            The count.
        order
            Values that are listed first, in this order, whatever there is of them.
        """
        sums = frame.groupby(name, dropna=False, sort=False)[measure].sum(min_count=1)
        counts = {
            None if pd.isna(value) else str(value): None if pd.isna(count) else int(count)
            for value, count in zip(sums.index.tolist(), sums.tolist(), strict=True)
        }
        whole = sum(count or 0 for count in counts.values())
        place = {value: index for index, value in enumerate(order)}
        ranked = sorted(
            counts, key=lambda value: (place.get(value or "", len(place)), -(counts[value] or 0))
        )
        chosen = self.chosen.get(name, [])
        # What is chosen stays in sight, though the other filters leave nothing of it.
        listed = ranked[:_MOST] + [value for value in chosen if value not in ranked[:_MOST]]
        items: list[Item] = [
            {
                "value": value,
                "label": says(value),
                "count": counts.get(value, 0),
                "share": (counts.get(value) or 0) / whole if whole else None,
            }
            for value in listed
        ]
        self.put(name, items)

    def put(self, name: str, items: Sequence[Item]) -> None:
        """List a dimension's values as they are given; what is chosen has to be among them.

        Parameters
        ----------
        name
            The dimension.
        items
            As `insights_nb.widgets.Facet` takes them.
        """
        with self._quiet.changes():
            self.facets[name].fill(items, self.chosen.get(name, []))

    def parameters(self) -> dict[str, str]:
        """Return what a link says of what is chosen."""
        return {name: links.join(values) for name, values in self.chosen.items()}

    def restore(
        self, given: Mapping[str, str], offered: Callable[[str], Sequence[str | None]]
    ) -> list[str]:
        """Take what a link says; return a sentence for each value that is not offered.

        Parameters
        ----------
        given
            The link's parameters.
        offered
            Gives a dimension's values; asked only for those that the link names.
        """
        sentences = []
        self.chosen = {}
        for name, facet in self.facets.items():
            asked = links.split(given.get(name, ""))
            if not asked:
                continue
            known = set(offered(name))
            gone = [value for value in asked if value not in known]
            if gone:
                verb = "is" if len(gone) == 1 else "are"
                named = words.some(["not named" if one is None else one for one in gone])
                sentences.append(f"{facet.label}: {named} {verb} not in the archive.")
            if kept := [value for value in asked if value in known]:
                self.chosen[name] = kept
        return sentences

    def _choose(self, change: dict[str, Any]) -> None:
        name = next(one for one, facet in self.facets.items() if facet is change["owner"])
        if change["new"]:
            self.chosen[name] = list(change["new"])
        else:
            self.chosen.pop(name, None)
        self._changed()


def values_of(frame: pd.DataFrame, name: str) -> list[str | None]:
    """Return a column's values as a link names them."""
    return [None if pd.isna(value) else str(value) for value in frame[name].unique()]
