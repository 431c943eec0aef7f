"""Whether a version may be dropped: which ones are offered, and what is said of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from insights_nb.charts.adoption import adoption_drawing, cohort_chart
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.series import short_names
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.counts.sources import ALL
from insights_nb.explorers.call import Call, Chart, call
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.quiet import Quiet
from insights_nb.metrics.pulls import granularity_of
from insights_nb.metrics.releases import cohort_pulls, still_used
from insights_nb.metrics.versions import PARTS, Part, in_version_order, read_tags, rules_of
from insights_nb.periods import Granularity, Period
from insights_nb.widgets import Facet, Figures, Item, Words, box

OFFERED: tuple[Part, ...] = ("major", "minor")
"""How far versions are told apart."""

_COLUMNS = ["value", "repository", "cohort", "part", "pulls", "share", "used", "newest"]
_MOST = 250
_SHOWN = 10
_QUESTION = "Can we drop a version?"
_NONE = "No tag of these repositories names a version."
_ONLY_NEWEST = (
    "Only the newest version of each repository was pulled. Choose one in the list to ask about it."
)


def versions(tags: pd.DataFrame) -> pd.DataFrame:
    """List the versions that somebody pulled by tag.

    Parameters
    ----------
    tags
        As `insights_nb.tag_pulls` gives it. Rows about all of a publisher's repositories are left
        out: a number there stands for several products.

    Returns
    -------
    pandas.DataFrame
        One row per repository and version, majors before minors, the oldest first: ``value``
        (``acme/web:2.x``), ``repository``, ``cohort`` (``2.x``, ``2.7``), ``part``, ``pulls``,
        ``share`` (of the repository's pulls; a ratio), ``used`` (whether it was pulled in the
        newest available period, too), ``newest`` (no later one of that repository was pulled, or
        none that is released).
    """
    rules = rules_of(tags)
    tags = tags[~tags["repository"].str.endswith(ALL)]
    available = tags.dropna(subset=["pulls"])
    last = available["period"] == available.groupby("repository")["period"].transform("max")
    counts = available.assign(last=available["pulls"].where(last, 0))
    by_tag = counts.groupby(["repository", "tag"], sort=False, as_index=False)
    sums = by_tag[["pulls", "last"]].sum()
    whole = tags.groupby("repository", sort=False)["pulls"].sum()
    order = {name: place for place, name in enumerate(whole.index)}
    codes, read = read_tags(sums["tag"], rules)
    early = np.array([bool(version.prerelease) for version in read])[codes]
    found = []
    for part in OFFERED:
        exact = [len(version.parts) > PARTS.index(part) for version in read]
        length = PARTS.index(part) + 1
        named = [".".join(read[code].parts[:length]) if exact[code] else None for code in codes]
        sums["cohort"] = pd.array(named, dtype="str")
        sums["released"] = sums["pulls"].where(~early, 0)
        grouped = sums.groupby(["repository", "cohort"], as_index=False)
        rows = grouped[["pulls", "last", "released"]].sum()
        rows = rows[rows["pulls"] > 0].assign(used=rows["last"] > 0)
        rank = {name: -place for place, name in enumerate(in_version_order(rows["cohort"]))}
        rows["rank"] = rows["cohort"].map(rank)
        # Of a version that has only pre-releases nobody asks whether it can be dropped.
        released = rows["rank"].where(rows["released"] > 0)
        newest = released.groupby(rows["repository"]).transform("max")
        rows["newest"] = ~(rows["rank"] < newest)
        rows = rows.assign(part=part, place=rows["repository"].map(order))
        found.append(rows.sort_values(["place", "rank"]))
    listed: pd.DataFrame = pd.concat(found, ignore_index=True)
    majors = listed["part"] == "major"
    listed["cohort"] = listed["cohort"].where(~majors, listed["cohort"] + ".x")
    listed["value"] = listed["repository"] + ":" + listed["cohort"]
    listed["share"] = listed["pulls"] / listed["repository"].map(whole).astype(whole.dtype)
    return pd.DataFrame(listed, columns=_COLUMNS)


def suggested(offered: pd.DataFrame) -> str | None:
    """Return the version that one would ask of first: the oldest that is still pulled.

    That is a major where there is an older one, else a minor; of several repositories', the most
    pulled. Where none is still pulled, the oldest that was; None where only the newest were.

    Parameters
    ----------
    offered
        As `versions` gives it.
    """
    old = offered[~offered["newest"]]
    if old.empty:
        return None
    if old["used"].any():
        old = old[old["used"]]
    # Majors come before minors, and the oldest first.
    first = old.drop_duplicates("repository")
    ranked = first.sort_values(["part", "pulls"], ascending=[True, False], kind="stable")
    return str(ranked["value"].iloc[0])


def answer(used: Mapping[Any, Any], by_digest: float | None, last: Period) -> str:
    """Say in a few words whether a version is still pulled.

    Parameters
    ----------
    used
        A row of `insights_nb.still_used`, of a version that was pulled in the interval.
    by_digest
        The share of the repository's pulls that name no tag, in the newest available period; None
        where it is not known.
    last
        The newest available period.
    """
    name, unit = harmless(used["cohort"]), last.granularity
    quiet = int(used["quiet_periods"])
    digest = "" if not by_digest else _share(by_digest)
    if quiet:
        dates = Period(unit, used["last_period"].date()).dates
        available = counted(quiet, (f"available {unit}", f"available {unit}s"))
        text = f"No tag of {name} was pulled in the {available} after {dates}."
    else:
        whose = harmless(used["repository"])
        share = _share(used["share_last"])
        text = f"{name} still accounts for {share} of {whose}’s pulls in {last.dates}."
        digest = digest and f"Another {digest}"
    if digest:
        text += (
            f" {digest} of pulls are by digest and name no version: some of these may be "
            f"{name}, too."
        )
    return text


def figures(used: Mapping[Any, Any], last: Period) -> list[dict[str, Any]]:
    """Return the numbers behind `answer`, with the same arguments."""
    share = used["share_last"]
    return [
        {
            "label": f"Share of pulls, {last.dates}",
            "value": None if pd.isna(share) else _share(share),
            "note": counted(used["pulls_last"], ("pull", "pulls")),
        },
        {"label": "Last pulled by tag", **_last_pulled(used, last.granularity)},
        _compared(used),
    ]


class Dropping:
    """A list of versions, one of which is asked of, and the answer.

    Parameters
    ----------
    changed
        Called back when the viewer asks of another.

    Attributes
    ----------
    panel : Panel
        The chosen version's pulls.
    box : ipywidgets.Box
        What is shown.
    chosen : str or None
        What the viewer asked of (``acme/web:2.x``); None leaves it to `suggested`.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.chosen: str | None = None
        self._changed = changed
        self._quiet = Quiet()
        self._words = Words(heading=_QUESTION)
        self._figures = Figures()
        self._facet = Facet(label="Version", single=True, shown=_SHOWN, empty=_NONE)
        self._facet.observe(self._quiet.observer(self._choose), names="value")
        self.panel = Panel("version", STACK)
        columns = box([self._facet, self.panel], name="columns")
        self.box = box([self._words, self._figures, columns], name="told")

    def draw(self, tags: Call, stem: Callable[..., str]) -> None:
        """List the versions, and answer for the chosen one.

        Parameters
        ----------
        tags
            Of `insights_nb.tag_pulls`.
        stem
            Names a download.
        """
        offered = versions(tags.frame)
        if self.chosen not in set(offered["value"]):
            self.chosen = None
        value = self.chosen or suggested(offered)
        if value is None:
            self.clear()
            self._fill(offered, None)
            self._words.text = _NONE if offered.empty else _ONLY_NEWEST
            return
        repository, _, cohort = value.rpartition(":")
        kept = tags[tags["repository"] == repository].named(tags.name)
        counted = call(cohort_pulls, kept, cohort)
        used = call(still_used, kept, cohort).named("used")
        self.panel.tell(
            Chart(counted, partial(adoption_drawing, by="cohort"), cohort_chart),
            stem=stem(f"pulls-of-{cohort}", counted.frame),
            caption=f"One row is one {granularity_of(kept.frame)}.",
            beside=[used],
        )
        self._fill(offered, value)
        self._answer(kept.frame, used.frame.to_dict("records")[0])

    def clear(self) -> None:
        """Show nothing."""
        self._words.heading, self._words.text = _QUESTION, ""
        self._figures.items = []
        self._list([], None)
        self.panel.clear()

    def _answer(self, tags: pd.DataFrame, used: Mapping[Any, Any]) -> None:
        available = tags.dropna(subset=["pulls"])
        newest = available[available["period"] == available["period"].max()]
        last = Period(granularity_of(tags), newest["period"].iloc[0].date())
        digest = newest.loc[newest["tag"].isna(), "share"].sum(min_count=1)
        by_digest = None if pd.isna(digest) else float(digest)
        self._words.heading = (
            f"Can we drop {harmless(used['repository'])} {harmless(used['cohort'])}?"
        )
        self._words.text = answer(used, by_digest, last)
        self._figures.items = figures(used, last)

    def _fill(self, offered: pd.DataFrame, value: str | None) -> None:
        names = short_names(offered["repository"])
        kept = offered.nlargest(_MOST, "pulls").index
        listed = offered[offered.index.isin(kept) | (offered["value"] == value)]
        items: list[Item] = [
            {
                "value": row["value"],
                "label": f"{names[row['repository']]} {row['cohort']}"
                if len(names) > 1
                else row["cohort"],
                "count": int(row["pulls"]),
                "share": float(row["share"]),
            }
            for row in cast("list[dict[str, Any]]", listed.to_dict("records"))
        ]
        self._list(items, value)

    def _list(self, items: list[Item], value: str | None) -> None:
        with self._quiet.changes():
            self._facet.fill(items, [value] if value else [])

    def _choose(self, change: dict[str, Any]) -> None:
        self.chosen = change["new"][0] if change["new"] else None
        self._changed()


def _last_pulled(used: Mapping[Any, Any], unit: Granularity) -> dict[str, str]:
    day, quiet = used["last_period"], int(used["quiet_periods"])
    dates = Period(unit, day.date()).dates
    if not quiet:
        return {"value": f"Latest {unit}", "note": dates}
    text = counted(quiet, (f"quiet {unit}", f"quiet {unit}s"))
    return {"value": text, "note": f"since {dates}"}


def _compared(used: Mapping[Any, Any]) -> dict[str, Any]:
    change = used["change"]
    if pd.isna(change) or used["quiet_periods"]:
        # Up to when it went quiet, it may well have grown.
        note = f"{_share(used['share'])} of the repository’s"
        return {"label": "Pulls over the time range", "value": int(used["pulls"]), "note": note}
    return {
        "label": "Second half of the time range",
        "value": f"{100 * change:+,.1f} %".replace("-", "−"),
        "note": "pulls, vs first half",
    }


def _share(ratio: float) -> str:
    return "less than 0.1 %" if 0 < ratio < 0.001 else percent(ratio)
