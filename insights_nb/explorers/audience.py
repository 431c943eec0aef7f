"""Audience: who pulls, from where, with what, and what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.audience import WORDS, audience_drawing
from insights_nb.charts.country_map import (
    COUNTRY_MAP,
    country_map_drawing,
)
from insights_nb.charts.marks.ranges import RANGES
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.signed_in import signed_in_drawing
from insights_nb.charts.texts import percent
from insights_nb.counts.clients import USE_CASES
from insights_nb.counts.sources import AUDIENCE, DIMENSIONS
from insights_nb.errors import InsightsError
from insights_nb.explorers import words
from insights_nb.explorers.client_words import unknown_clients
from insights_nb.explorers.filters import Filters
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.audience import audience, signed_in
from insights_nb.widgets import Code, Figures, Notice, Segmented, box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# Of a tag or a repository there are too many, and the repositories have a list of their own.
_FACETS = tuple(name for name in AUDIENCE[0].columns if name not in {"tag", "repository"})
_LEGACY_FACETS = tuple(name for name in DIMENSIONS if name not in AUDIENCE[0].columns)
_KINDS = tuple(source.kind for source in AUDIENCE)
_BY = ("use_case", "cloud", "country", "client", "tag")
_SHOW = (("pulls", "Pulls"), ("share", "Share"))
_USERS_OF_ALL = "No report that counts users tells of industries or domains, which are filtered by."
_USE_CASE = (
    "Use cases are inferred: a client made for local development counts as CI/CD in a cloud, and "
    "one made for CI/CD as production."
)


class AudiencePage(Page):
    """A map, what pulls come from over time, and facets that filter both."""

    slug = "audience"
    title = "Audience"
    names = ("by", "show", *_FACETS, *_LEGACY_FACETS)

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return the page's own controls, figures, facets and charts."""
        self._by = Segmented(
            label="Over time by", options=[(name, WORDS[name].title) for name in _BY]
        )
        self._show = Segmented(label="Show as", options=list(_SHOW))
        labels = {name: WORDS[name].title for name in (*_FACETS, *_LEGACY_FACETS)}
        self.filters = Filters(labels, self.redraw)
        self._own: Mapping[str, str] | None = None
        self._refused = Notice()
        self._figures = Figures()
        self.numbers = Code()
        self._map = self.panel(Panel("countries", COUNTRY_MAP))
        self._time = self.panel(Panel("over time", STACK))
        self._people = self.panel(
            Panel(
                "signed in",
                RANGES,
                title="Signed-in users",
                text="Reports count users row by row, and one user can be in many rows: between "
                "the largest row and the sum of all. “Show the data” has the bounds as numbers.",
            )
        )
        for control in (self._by, self._show):
            control.observe(self.redraw, names="value")
        facets = self.filters.facets
        self._legacy = box([facets[name] for name in _LEGACY_FACETS], name="facets")
        return [
            self._figures,
            self.coverage,
            self._refused,
            self._map,
            box([facets[name] for name in _FACETS], name="facets"),
            self._legacy,
            self.numbers,
            box([box([one], name="field") for one in (self._by, self._show)], name="controls"),
            self._time,
            self._people,
        ]

    def draw(self, selection: Selection) -> None:
        """Show the map, the pulls over time, and the facets."""
        by = self._by.value
        self._learn()
        frames = {"country": self._count(selection, "country")}
        self._draw_map(selection, frames["country"])
        if by not in frames:
            frames[by] = self._count(selection, by)
        self._draw_time(selection, frames[by])
        self._fill(selection, frames)
        if by == "use_case":
            clients = self.filters.keep(frames["client"], "client")
            self._time.remark(unknown_clients(clients, self._own, self.clients.file))
        self._tell(selection, frames["country"])
        with self._people.guard():
            self._draw_people(selection)

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._refused.say("")
        self._figures.items = []
        self.numbers.code = ""

    def parameters(self) -> dict[str, str]:
        """Return what the page's own controls say."""
        return {"by": self._by.value, "show": self._show.value, **self.filters.parameters()}

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's dimension, way to show it, and filters."""
        said = self.take(given, {"by": self._by, "show": self._show})
        self._learn()
        return said + self.filters.restore(
            given,
            lambda name: _values(audience(self.archive, selection, name, clients=self._own), name),
        )

    # --- counting -----------------------------------------------------------------------------

    def _learn(self) -> None:
        """Take in what the publisher's own clients are for."""
        try:
            self._own = self.clients.read()
            self._refused.say("")
        except InsightsError as error:
            # The page is right without them, but for what they are for.
            self._own = None
            said = f"{error} Until then, use cases are inferred without this file."
            self._refused.say(said, kind="warning")

    def _count(self, selection: Selection, by: str) -> pd.DataFrame:
        where = self.filters.without(by)
        return audience(self.archive, selection, by, where=where, clients=self._own)

    def _code(self, selection: Selection, by: str, *lines: str) -> str:
        call = f"frame = {self._call(by)}"
        own = self._own_code(by, *self.filters.without(by))
        return self.cell(selection, *own, call, *self.filters.keep_code(by), *lines)

    def _call(self, by: str) -> str:
        where = self.filters.where_code(by)
        given = ", clients=clients" if self._own_code(by, *self.filters.without(by)) else ""
        return f"inb.audience(archive, view, {by!r}{where}{given})"

    def _own_code(self, *dimensions: str) -> list[str]:
        """Return the line that makes ``clients``, where a dimension depends on it."""
        return [f"clients = {self.clients.call}"] if self._own and "use_case" in dimensions else []

    # --- drawing ------------------------------------------------------------------------------

    def _draw_map(self, selection: Selection, counted: pd.DataFrame) -> None:
        frame = self.filters.keep(counted, "country")
        self._map.draw(country_map_drawing(frame))
        self._map.tell(
            frame,
            self._code(selection, "country", "inb.country_map(frame)"),
            stem=self.stem("pulls-by-country", frame, selection),
            caption="One row is a country in one period.",
        )

    def _draw_time(self, selection: Selection, counted: pd.DataFrame) -> None:
        by, share = self._by.value, self._show.value == "share"
        frame = self.filters.keep(counted, by)
        self._time.draw(audience_drawing(frame, share=share))
        chart = f"inb.audience_chart(frame{', share=True' if share else ''})"
        self._time.tell(
            frame,
            self._code(selection, by, chart),
            stem=self.stem(f"pulls-by-{by.replace('_', '-')}", frame, selection),
            caption=f"One row is one {WORDS[by].noun[0]} in one period.",
            text=_USE_CASE if by == "use_case" else "",
        )

    def _draw_people(self, selection: Selection) -> None:
        where = dict(self.filters.chosen)
        if not where.keys().isdisjoint(_LEGACY_FACETS):
            self._people.clear(_USERS_OF_ALL)
            return
        frame = signed_in(self.archive, selection, where=where, clients=self._own)
        self._people.draw(signed_in_drawing(frame))
        given = f", where={where!r}" if where else ""
        own = self._own_code(*where)
        given += ", clients=clients" if own else ""
        self._people.tell(
            frame,
            self.cell(
                selection,
                *own,
                f"frame = inb.signed_in(archive, view{given})",
                "inb.signed_in_chart(frame)",
            ),
            stem=self.stem("signed-in", frame, selection),
            caption="One row is one period: bounds, since one user can be in many rows.",
        )

    def _fill(self, selection: Selection, frames: dict[str, pd.DataFrame]) -> None:
        """List each dimension's values as the other filters leave them."""
        legacy = frames["country"].attrs["source"] != "trends"
        show(self._legacy, shown=legacy)
        names = (*_FACETS, *(_LEGACY_FACETS if legacy else ()))
        self.numbers.code = self.cell(
            selection,
            *self._own_code(*names),
            *(f"{name} = {self._call(name)}" for name in names),
            f'{_FACETS[0]}.groupby({_FACETS[0]!r}, dropna=False)["pulls"].sum()  # and so on',
        )
        for name in names:
            if name not in frames:
                frames[name] = self._count(selection, name)
            order = USE_CASES if name == "use_case" else ()
            self.filters.fill(name, frames[name], partial(_says, name), order=order)

    def _tell(self, selection: Selection, counted: pd.DataFrame) -> None:
        frame = self.filters.keep(counted, "country")
        kind = counted.attrs["source"]
        self.tell_gaps(selection, [kind], counted.attrs["left_out"])
        total = frame["pulls"].sum(min_count=1)
        missing = len(counted.attrs["missing"])
        item: dict[str, Any] = {
            "label": "Pulls, as filtered" if self.filters.chosen else "Pulls",
            "value": None if pd.isna(total) else int(total),
        }
        if missing:
            item["note"] = f"at least: {words.counted(missing, selection.granularity)} not held"
        items = [item]
        for name, facet in self.filters.facets.items():
            if name in _FACETS and facet.items:
                top = facet.items[0] if name != "use_case" else _largest(facet.items)
                share = top.get("share")
                items.append(
                    {
                        "label": f"Top {facet.label.lower()}",
                        "value": top["label"],
                        **({"note": f"{percent(share)} of pulls"} if share is not None else {}),
                    }
                )
        self._figures.items = items


class AudienceExplorer(Explorer):
    """Who pulls: by country, cloud, client and use case, and signed in or not.

    Parameters
    ----------
    archive, selection, today, clients
        As for every explorer.
    """

    pages = (AudiencePage,)


def _says(name: str, value: str | None) -> str:
    its = WORDS[name]
    return its.missing if value is None else its.label(value)


def _largest(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(items, key=lambda item: item.get("count") or 0)


def _values(frame: pd.DataFrame, name: str) -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in frame[name].unique()]
