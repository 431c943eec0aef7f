"""Audience: who pulls, from where, with what, and what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.charts.audience import WORDS, audience_chart, audience_drawing
from insights_nb.charts.country_map import (
    COUNTRY_MAP,
    country_map,
    country_map_drawing,
)
from insights_nb.charts.marks.ranges import RANGES
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.signed_in import signed_in_chart, signed_in_drawing
from insights_nb.charts.texts import harmless, percent
from insights_nb.counts.clients import USE_CASES
from insights_nb.counts.sources import AUDIENCE, DIMENSIONS
from insights_nb.counts.use_cases import infer_use_case
from insights_nb.errors import InsightsError
from insights_nb.explorers import words
from insights_nb.explorers.call import Call, Chart, cell
from insights_nb.explorers.filters import Filters, values_of
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.audience import audience, signed_in
from insights_nb.widgets import Code, Notice, box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

# Of a tag or a repository there are too many, and the repositories have a list of their own.
_FACETS = tuple(name for name in AUDIENCE[0].columns if name not in {"tag", "repository"})
_LEGACY_FACETS = tuple(name for name in DIMENSIONS if name not in AUDIENCE[0].columns)
_KINDS = tuple(source.kind for source in AUDIENCE)
_BY = ("use_case", "cloud", "country", "client", "tag")
_NAMED = 3
_LONGEST = 60
_SHOW = (("pulls", "Pulls"), ("share", "Share"))
_USERS_OF_ALL = "No report that counts users knows industries or domains, which are filtered by."
_USE_CASE = (
    "Use cases are inferred: a client made for local development counts as CI/CD in a cloud, and "
    "one made for CI/CD as production."
)


class AudiencePage(Page):
    """A map, what pulls come from over time, and facets that filter both."""

    slug = "audience"
    title = "Audience"
    names = ("by", "show", *_FACETS, *_LEGACY_FACETS)
    filters: Filters

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return the page's own controls, figures, facets and charts."""
        by = [(name, WORDS[name].title) for name in _BY]
        self._by = self.control("by", "Over time by", by)
        self._show = self.control("show", "Show as", _SHOW)
        labels = {name: WORDS[name].title for name in (*_FACETS, *_LEGACY_FACETS)}
        self.filters = Filters(labels, self.redraw)
        self._own: Mapping[str, str] | None = None
        self._refused = Notice()
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
        facets = self.filters.facets
        self._legacy = box([facets[name] for name in _LEGACY_FACETS], name="facets")
        return [
            self.figures,
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
        counts = {"country": self._count(selection, "country")}
        self._draw_map(selection, counts["country"])
        if by not in counts:
            counts[by] = self._count(selection, by)
        self._draw_time(selection, counts[by])
        self._fill(selection, counts)
        if by == "use_case":
            clients = self.filters.keep(counts["client"].frame, "client")
            self._time.remark(unknown_clients(clients, self._own, self.clients.file))
        self._tell(selection, counts["country"].frame)
        with self._people.guard():
            self._draw_people(selection)

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._refused.say("")
        self.numbers.code = ""

    def offered(self, name: str, selection: Selection) -> list[str | None]:
        """Return a dimension's values, whatever is chosen of the others."""
        self._learn()
        counted = self.ask(audience, selection, name, clients=self._clients(name))
        return values_of(counted.frame, name)

    # --- counting -----------------------------------------------------------------------------

    def _learn(self) -> None:
        """Take in what the publisher's own clients are for."""
        try:
            self._own = self.clients.read()
            self._refused.say("")
        except InsightsError as error:
            # The page is right without them, but for what they are for.
            self._own = None
            text = f"{error} Until then, use cases are inferred without this file."
            self._refused.say(text, kind="warning")

    def _count(self, selection: Selection, by: str) -> Call:
        where = self.filters.without(by)
        clients = self._clients(by, *where)
        return self.ask(audience, selection, by, where=where or None, clients=clients)

    def _clients(self, *dimensions: str) -> Call | None:
        """Return the publisher's own clients, where a dimension depends on them."""
        own = self.clients.call(self.source) if "use_case" in dimensions else None
        return own.named("clients").known(self._own) if own is not None and self._own else None

    # --- drawing ------------------------------------------------------------------------------

    def _draw_map(self, selection: Selection, counted: Call) -> None:
        kept = self.filters.keep(counted.named("frame"), "country")
        self._map.tell(
            Chart(kept, country_map_drawing, country_map),
            stem=self.stem("pulls-by-country", kept.frame, selection),
            caption="One row is a country in one period.",
        )

    def _draw_time(self, selection: Selection, counted: Call) -> None:
        by = self._by.value
        kept = self.filters.keep(counted.named("frame"), by)
        self._time.tell(
            Chart(kept, audience_drawing, audience_chart, share=self._show.value == "share"),
            stem=self.stem(f"pulls-by-{by.replace('_', '-')}", kept.frame, selection),
            caption=f"One row is one {WORDS[by].noun[0]} in one period.",
            text=_USE_CASE if by == "use_case" else "",
        )

    def _draw_people(self, selection: Selection) -> None:
        where = dict(self.filters.chosen)
        if not where.keys().isdisjoint(_LEGACY_FACETS):
            self._people.clear(_USERS_OF_ALL)
            return
        counted = self.ask(signed_in, selection, where=where or None, clients=self._clients(*where))
        self._people.tell(
            Chart(counted, signed_in_drawing, signed_in_chart),
            stem=self.stem("signed-in", counted.frame, selection),
            caption="One row is one period: bounds, since one user can be in many rows.",
        )

    def _fill(self, selection: Selection, counts: dict[str, Call]) -> None:
        """List each dimension's values as the other filters leave them."""
        legacy = counts["country"].frame.attrs["source"] != "trends"
        show(self._legacy, shown=legacy)
        names = (*_FACETS, *(_LEGACY_FACETS if legacy else ()))
        for name in names:
            if name not in counts:
                counts[name] = self._count(selection, name)
            order = USE_CASES if name == "use_case" else ()
            self.filters.fill(name, counts[name].frame, partial(_says, name), order=order)
        first, *_ = listed = [counts[name].named(name) for name in names]
        last = first.groupby(first.name, dropna=False)["pulls"].sum()
        self.numbers.code = f"{cell(*listed, last)}  # and so on"

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
            item["note"] = f"at least ({words.counted(missing, selection.granularity)} missing)"
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
        self.figures.items = items


class AudienceExplorer(Explorer):
    """Who pulls: by country, cloud, client and use case, and signed in or not.

    Parameters
    ----------
    archive, selection, today, clients
        As for every explorer.
    """

    pages = (AudiencePage,)


def _says(name: str, value: str | None) -> str:
    own = WORDS[name]
    return own.missing if value is None else own.label(value)


def _largest(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(items, key=lambda item: item.get("count") or 0)


def unknown_clients(frame: pd.DataFrame, clients: Mapping[str, str] | None, file: str) -> str:
    """Name the clients with the most pulls whose use is unknown, and say how to tell it.

    Parameters
    ----------
    frame
        As `insights_nb.audience` gives it by client.
    clients
        Client → use case, those that the publisher has told.
    file
        What further ones are written to; nothing where these are no file's.

    Returns
    -------
    str
        Nothing where every client that has a name is known: of what names none, nobody can tell.
    """
    sums = frame.dropna(subset="client").groupby("client", sort=False)["pulls"].sum()
    # What is unknown on somebody's own machine is so in any cloud.
    made_for = infer_use_case(
        pd.DataFrame({"client": sums.index, "cloud": ""}),
        client="client",
        cloud="cloud",
        clients=clients,
    )
    unknown = sums[(made_for == "Unknown").to_numpy() & (sums > 0).to_numpy(bool)]
    if unknown.empty:
        return ""
    unknown = unknown.sort_values(ascending=False, kind="stable")
    parts = [f"{_short(name)} ({count:,})" for name, count in unknown.head(_NAMED).items()]
    if (rest := len(unknown) - _NAMED) > 0:
        whom = "1 other client" if rest == 1 else f"{rest:,} other clients"
        parts.append(f"{whom} ({unknown.iloc[_NAMED:].sum():,})")
    named = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    them = "that client is" if len(unknown) == 1 else "these clients are"
    lines = "a line each, such as “acme-agent,CI/CD”, below the header “client,use_case”"
    where = f"in {harmless(file)}: {lines}" if file else "with clients="
    return f"Unknown are pulls by {named}. Say what {them} for {where}."


def _short(name: object) -> str:
    text = harmless(str(name))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
