"""Which companies are listed: what a search, a change and an image leave, and the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.explorers import links, words
from insights_nb.explorers.quiet import Quiet
from insights_nb.metrics.companies import STATUSES
from insights_nb.metrics.stacks import popular_pairs
from insights_nb.widgets import Facet, Item

if TYPE_CHECKING:
    from insights_nb.explorers.company_frames import CompanyFrames, Sides

NAMES = ("search", "status", "runs", "company")
"""The parameters of a link."""

# More nobody scrolls through: the search finds the others.
_MOST = 250
_UNKNOWN = "not known"
_LEFT_OUT = "left out"


class CompanyFilters:
    """Three lists to find companies with.

    Parameters
    ----------
    changed
        Called back when the viewer chooses or searches something else.

    Attributes
    ----------
    companies, statuses, images : Facet
        The search of the first one filters, too.
    company : str or None
        The one that is looked at more closely, while the filters leave it; the others stay listed.
    status : list of (str or None)
        As `insights_nb.company_changes` calls those that are kept; all if empty.
    runs : str or None
        The image that those kept run beside the publisher's.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.companies = Facet(
            label="Company",
            single=True,
            shown=6,
            asks=True,
            empty="No company is left of these filters.",
        )
        self.statuses = Facet(label="Change", shown=6, unit="companies")
        self.images = Facet(label="Runs beside yours", single=True, shown=6, unit="companies")
        self.company: str | None = None
        self.status: list[str | None] = []
        self.runs: str | None = None
        self._changed = changed
        self._quiet = Quiet()
        choose = self._quiet.observer(self._choose)
        for facet in (self.companies, self.statuses, self.images):
            facet.observe(choose, names="value")
        self.companies.observe(choose, names="query")

    @property
    def words(self) -> list[str]:
        """What is searched for; a company's domain has all of them in it."""
        return self.companies.query.lower().split()

    @property
    def narrowed(self) -> bool:
        """Whether some companies are left out."""
        return bool(self.words or self.status or self.runs)

    def looked_at(self, known: CompanyFrames, sides: Sides) -> str | None:
        """Return the chosen company, where the search and the filters leave it."""
        its = known.everyone[known.everyone["domain"] == self.company]
        return self.company if self.company and len(self.keep(its, known, sides)) else None

    # --- filtering ----------------------------------------------------------------------------

    def keep(
        self, frame: pd.DataFrame, known: CompanyFrames, sides: Sides, *, but: str = ""
    ) -> pd.DataFrame:
        """Keep the rows of the companies that the filters leave, but for one filter."""
        kept = frame
        for word in self.words:
            found = kept["domain"].str.contains(word, case=False, regex=False, na=False)
            kept = kept[found]
        if self.status and but != "status":
            changes = known.changes(sides)
            named = changes["status"].isin([one for one in self.status if one is not None])
            if None in self.status:
                named |= changes["status"].isna()
            kept = kept[kept["domain"].isin(changes[named]["domain"])]
        if self.runs is not None and but != "runs":
            kept = kept[kept["domain"].isin(known.running(self.runs))]
        return frame if kept is frame else kept.reset_index(drop=True)

    def code(self) -> list[str]:
        """Write what `keep` does to ``frame``, as lines of a cell.

        They need ``changes`` where a status is chosen.
        """
        lines = [
            f'frame = frame[frame["domain"].str.contains({word!r}, case=False, regex=False, '
            "na=False)]"
            for word in self.words
        ]
        if self.status:
            condition = f'changes["status"].isin({[s for s in self.status if s is not None]!r})'
            if None in self.status:
                condition += ' | changes["status"].isna()'
            lines += [
                f"wanted = changes[{condition}]",
                'frame = frame[frame["domain"].isin(wanted["domain"])]',
            ]
        if self.runs is not None:
            lines += [
                f"running = inb.stacks(archive, view, paired_image={self.runs!r})",
                'frame = frame[frame["domain"].isin(running["domain"])]',
            ]
        return [*lines, "frame = frame.reset_index(drop=True)"] if lines else []

    # --- the lists ----------------------------------------------------------------------------

    def fill(self, known: CompanyFrames, sides: Sides) -> None:
        """List companies, changes and images, each as the other filters leave them."""
        with self._quiet.changes():
            found = self.keep(known.everyone, known, sides)
            items = [_company(*row) for row in found.head(_MOST).itertuples(index=False, name=None)]
            chosen = [] if self.company is None else [self.company]
            listed = {item["value"] for item in items}
            for domain in chosen:
                # What is chosen stays in sight, whatever the search and the filters leave.
                if domain not in listed:
                    row = known.everyone[known.everyone["domain"] == domain]
                    its = row.iloc[0].tolist() if len(row) else [domain, pd.NA, pd.NA]
                    item = _company(*its)
                    if self.looked_at(known, sides) is None and len(row):
                        item["note"] = _LEFT_OUT
                    items.append(item)
            self.companies.fill(items, chosen, total=len(found))
            self._fill_statuses(known, sides)
            self._fill_images(known, sides)

    def _fill_statuses(self, known: CompanyFrames, sides: Sides) -> None:
        if not known.tracked:
            self.statuses.fill([], [])
            return
        changes = self.keep(known.changes(sides), known, sides, but="status")
        said: dict[str | None, int] = {
            name: int((changes["status"] == name).sum()) for name in STATUSES
        }
        if (unknown := int(changes["status"].isna().sum())) or None in self.status:
            said[None] = unknown
        items: list[Item] = [
            {
                "value": name,
                "label": (name or _UNKNOWN).capitalize(),
                "count": count,
                "share": count / len(changes) if len(changes) else None,
            }
            for name, count in said.items()
        ]
        self.statuses.fill(items, self.status)

    def _fill_images(self, known: CompanyFrames, sides: Sides) -> None:
        if not known.paired:
            self.images.fill([], [])
            return
        found = popular_pairs(self.keep(known.stacks, known, sides, but="runs"))
        found = found.dropna(subset=["paired_image"]).head(_MOST)
        items: list[Item] = [
            {"value": image, "label": image, "count": int(count), "share": float(share)}
            for image, count, share in found[["paired_image", "companies", "share"]].itertuples(
                index=False, name=None
            )
        ]
        chosen = [] if self.runs is None else [self.runs]
        listed = {item["value"] for item in items}
        items += [
            {"value": image, "label": image, "count": 0} for image in chosen if image not in listed
        ]
        self.images.fill(items, chosen)

    # --- links --------------------------------------------------------------------------------

    def parameters(self) -> dict[str, str]:
        """Return what a link says of it."""
        said = {
            "search": self.companies.query,
            "status": links.join(self.status),
            "runs": links.join([self.runs] if self.runs else []),
            "company": links.join([self.company] if self.company else []),
        }
        return {name: text for name, text in said.items() if text}

    def restore(self, given: Mapping[str, str], known: CompanyFrames) -> list[str]:
        """Take what a link says; return a sentence for each value that is not offered."""
        with self._quiet.changes():
            self.companies.query = given.get("search", "")
        said = []
        asked = links.split(given.get("status", ""))
        offered = {*STATUSES, None} if known.tracked else set()
        self.status = [one for one in asked if one in offered]
        if gone := [one or _UNKNOWN for one in asked if one not in offered]:
            said.append(f"status: {words.some(gone)} is not offered. Use {' or '.join(STATUSES)}.")
        self.runs, sentences = _one(given, "runs", known.images, "No company runs")
        said += sentences
        domains = known.everyone["domain"].tolist()
        self.company, sentences = _one(given, "company", domains, "No report of the interval names")
        return said + sentences

    # --- reacting -----------------------------------------------------------------------------

    def _choose(self, change: dict[str, Any]) -> None:
        facet = change["owner"]
        if change["name"] == "value":
            first = next(iter(facet.value), None)
            if facet is self.companies:
                self.company = first
            elif facet is self.images:
                self.runs = first
            else:
                self.status = list(facet.value)
        self._changed()


def _company(domain: str, pulls: Any, share: Any) -> Item:  # noqa: ANN401 - NA has no type
    item: Item = {"value": domain, "label": domain}
    if pd.isna(pulls):
        item["note"] = "not tracked"
        return item
    item["count"] = int(pulls)
    if not pd.isna(share):
        item["share"] = float(share)
    return item


def _one(
    given: Mapping[str, str], name: str, offered: list[str], refusal: str
) -> tuple[str | None, list[str]]:
    """Return a link's one value of a list, and what to say of one that is not offered."""
    asked = [one for one in links.split(given.get(name, "")) if one is not None][:1]
    known = set(offered)
    kept = [one for one in asked if one in known]
    return next(iter(kept), None), [f"{refusal} {one!r}." for one in asked if one not in known]
