"""Which companies are listed and compared: what is known of them, and the controls to find them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts.companies import STATUS_LABELS
from insights_nb.counts.companies import PAIRED, TRACKED
from insights_nb.explorers import links, words
from insights_nb.explorers.call import Call, call, spelled
from insights_nb.explorers.quiet import Quiet
from insights_nb.metrics.companies import STATUSES, companies, company_changes, heavy_users
from insights_nb.metrics.deployments import deployment_pattern
from insights_nb.metrics.profiles import WHAT, company_profiles
from insights_nb.metrics.stacks import popular_pairs, stacks
from insights_nb.periods import Period
from insights_nb.widgets import Facet, Item, Segmented, Select, box, show

if TYPE_CHECKING:
    from insights_nb.explorers.page import Page
    from insights_nb.selection import Selection

Sides = tuple[str, str] | None
"""The two periods to compare; None for the halves of the interval."""

NAMES = ("search", "status", "runs", "company")
"""The parameters of a link."""

# More nobody scrolls through: the search finds the others.
_MOST = 250
_UNKNOWN = "not known"
_LEFT_OUT = "left out"
_HALVES, _TWO = "halves", "two"
_SIDES = 2
_NOTHING = [("", "–")]


class CompanyFrames:
    """What the reports tell of companies for one selection, each frame counted once.

    Parameters
    ----------
    page, selection
        Whose archive, and what to count.

    Attributes
    ----------
    tracked, paired : bool
        Whether Tracked companies and Technographic companies are available.
    counted, heavy, stacks, profiles : Call
        Of `insights_nb.companies`, `insights_nb.heavy_users`, `insights_nb.stacks` and
        `insights_nb.company_profiles`.
    sides : (str, str) or None
        The two periods to compare; None for the halves of the interval.

    Raises
    ------
    ReportNeededError
        If neither is available by that granularity.
    """

    def __init__(self, page: Page, selection: Selection) -> None:
        archive = page.archive
        self.tracked, self.paired = (
            bool(archive.available(kind, selection.granularity)) for kind in (TRACKED, PAIRED)
        )
        if not self.tracked and not self.paired:
            raise archive.needed(WHAT, selection.granularity, [TRACKED, PAIRED])
        self.sides: Sides = None
        self.counted = page.ask(companies, selection).named("counted")
        self.heavy = call(heavy_users, self.counted)
        self.stacks = page.ask(stacks, selection)
        self.profiles = page.ask(company_profiles, selection)
        self._changes: dict[Sides, Call] = {}
        self._patterns: dict[str | None, Call] = {}
        self._running: dict[str, Call] = {}
        self._page, self._selection = page, selection

    @property
    def changes(self) -> Call:
        """Of `insights_nb.company_changes`, between the two periods or the halves."""
        if self.sides not in self._changes:
            made = call(company_changes, self.counted, *(self.sides or ()))
            self._changes[self.sides] = made.named("changes")
        return self._changes[self.sides]

    def pattern(self, company: str | None) -> Call:
        """Return the call of `insights_nb.deployment_pattern` for one company or all."""
        if company not in self._patterns:
            whose = [] if company is None else [company]
            self._patterns[company] = self._page.ask(deployment_pattern, self._selection, *whose)
        return self._patterns[company]

    def stack_of(self, company: str) -> Call:
        """Return the call of what one company runs."""
        every = self.stacks.named("frame")
        return every[every["domain"] == company].reset_index(drop=True)

    def running(self, image: str) -> Call:
        """Return the call of the rows of the companies that run an image beside the publisher's."""
        if image not in self._running:
            every = self.stacks.named("stacks")
            self._running[image] = every[every["paired_image"] == image].named("running")
        return self._running[image]

    @cached_property
    def images(self) -> list[str]:
        """The images that companies run beside the publisher's, most companies first."""
        return (
            popular_pairs(self.stacks.frame)["paired_image"].dropna().tolist()
            if self.paired
            else []
        )

    @cached_property
    def everyone(self) -> pd.DataFrame:
        """Every company that a report names: ``domain``, ``pulls`` and ``share``, most first.

        Untracked ones come last, their pulls missing.
        """
        parts = [self.heavy.frame[["domain", "pulls", "share"]]] if self.tracked else []
        if self.paired:
            named = self.stacks.frame["domain"].drop_duplicates()
            parts.append(pd.DataFrame({"domain": named}))
        frame = pd.concat(parts, ignore_index=True).dropna(subset=["domain"])
        columns = ["domain", "pulls", "share"]
        return frame.drop_duplicates("domain", ignore_index=True).reindex(columns=columns)

    @cached_property
    def periods(self) -> list[Period]:
        """The periods that can be compared, oldest first: those of which something is available."""
        if not self.tracked:
            return []
        known = self.counted.frame.dropna(subset=["pulls"])["period"].drop_duplicates()
        return [Period(self._selection.granularity, day.date()) for day in known]


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
        self.images = Facet(label="Also uses", single=True, shown=6, unit="companies")
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

    def looked_at(self, known: CompanyFrames) -> str | None:
        """Return the chosen company, where the search and the filters leave it."""
        if self.company is None:
            return None
        every = known.everyone
        found = spelled(every[every["domain"] == self.company])
        return self.company if len(self.keep(found, known).frame) else None

    # --- filtering ----------------------------------------------------------------------------

    def keep(self, frame: Call, known: CompanyFrames, *, but: str = "") -> Call:
        """Keep the rows of the companies that the filters leave, but for one filter."""
        kept = frame
        for word in self.words:
            found = kept["domain"].str.contains(word, case=False, regex=False, na=False)
            kept = kept[found].named(frame.name)
        if self.status and but != "status":
            changes = known.changes
            wanted = changes["status"].isin([one for one in self.status if one is not None])
            if None in self.status:
                wanted = wanted | changes["status"].isna()
            wanted = changes[wanted].named("wanted")
            kept = kept[kept["domain"].isin(wanted["domain"])].named(frame.name)
        if self.runs is not None and but != "runs":
            running = known.running(self.runs)["domain"]
            kept = kept[kept["domain"].isin(running)].named(frame.name)
        return frame if kept is frame else kept.reset_index(drop=True).named(frame.name)

    # --- the lists ----------------------------------------------------------------------------

    def fill(self, known: CompanyFrames) -> None:
        """List companies, changes and images, each as the other filters leave them."""
        with self._quiet.changes():
            found = self.keep(spelled(known.everyone), known).frame
            items = [_company(*row) for row in found.head(_MOST).itertuples(index=False, name=None)]
            chosen = [] if self.company is None else [self.company]
            listed = {item["value"] for item in items}
            for domain in chosen:
                # What is chosen stays in sight, whatever the search and the filters leave.
                if domain not in listed:
                    row = known.everyone[known.everyone["domain"] == domain]
                    own = row.iloc[0].tolist() if len(row) else [domain, pd.NA, pd.NA]
                    item = _company(*own)
                    if self.looked_at(known) is None and len(row):
                        item["note"] = _LEFT_OUT
                    items.append(item)
            self.companies.fill(items, chosen, total=len(found))
            self._fill_statuses(known)
            self._fill_images(known)

    def _fill_statuses(self, known: CompanyFrames) -> None:
        if not known.tracked:
            self.statuses.fill([], [])
            return
        changes = self.keep(known.changes, known, but="status").frame
        text: dict[str | None, int] = {
            name: int((changes["status"] == name).sum()) for name in STATUSES
        }
        if (unknown := int(changes["status"].isna().sum())) or None in self.status:
            text[None] = unknown
        items: list[Item] = [
            {
                "value": name,
                "label": (STATUS_LABELS[name] if name else _UNKNOWN).capitalize(),
                "count": count,
                "share": count / len(changes) if len(changes) else None,
            }
            for name, count in text.items()
        ]
        self.statuses.fill(items, self.status)

    def _fill_images(self, known: CompanyFrames) -> None:
        if not known.paired:
            self.images.fill([], [])
            return
        found = popular_pairs(self.keep(known.stacks, known, but="runs").frame)
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
        sentence = {
            "search": self.companies.query,
            "status": links.join(self.status),
            "runs": links.join([self.runs] if self.runs else []),
            "company": links.join([self.company] if self.company else []),
        }
        return {name: text for name, text in sentence.items() if text}

    def restore(self, given: Mapping[str, str], known: CompanyFrames) -> list[str]:
        """Take what a link says; return a sentence for each value that is not offered."""
        with self._quiet.changes():
            self.companies.query = given.get("search", "")
        lines_said = []
        asked = links.split(given.get("status", ""))
        offered = {*STATUSES, None} if known.tracked else set()
        self.status = [one for one in asked if one in offered]
        if gone := [one or _UNKNOWN for one in asked if one not in offered]:
            lines_said.append(
                f"status: {words.some(gone)} is not offered. Use {' or '.join(STATUSES)}."
            )
        self.runs, sentences = _one(given, "runs", known.images, "No company runs")
        lines_said += sentences
        domains = known.everyone["domain"].tolist()
        self.company, sentences = _one(
            given, "company", domains, "No report of the time range names"
        )
        return lines_said + sentences

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
        return [f"compare={text!r} is not offered. Name two periods that are available."]

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


def _kinds(unit: str) -> list[tuple[str, str]]:
    return [(_HALVES, "First half vs second half"), (_TWO, f"Two {unit}s")]
