"""Data health: what the archive holds, how fresh it is, and whether its reports agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd

from insights_nb.archive.coverage import GRACE
from insights_nb.charts.coverage import COVERAGE, coverage_chart, coverage_drawing
from insights_nb.charts.marks.grid import distinct
from insights_nb.charts.quality import RECONCILE, reconcile_chart, reconcile_drawing
from insights_nb.explorers import words
from insights_nb.explorers.call import Chart, call
from insights_nb.explorers.filters import Filters
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.quality import CHECKS, VERDICTS, reconcile
from insights_nb.opening import is_samples
from insights_nb.periods import Period, day_in_words
from insights_nb.schema import title_of
from insights_nb.widgets import box

if TYPE_CHECKING:
    from insights_nb.selection import Selection

_OFFERED = {"check": CHECKS, "verdict": VERDICTS}
# What has to be looked at comes first.
_WORST = ("differs", "cannot be checked", "within range", "equal")
_DUE = (
    "Docker publishes a report on the day after its period's end; "
    f"{GRACE.days} days later it is overdue."
)
_WITHIN = (
    "A cell shows the worst of its checks. Within range is as it must be: a month lies "
    "between the weeks inside it and all that touch it, and a part is no more than the whole. "
    "The data say which, and why."
)
_EMPTY = (
    "A report without rows counts as zero: nothing happened, or the download broke off. Download "
    "it again to be sure."
)
_NOTHING = (
    "There is no such check: the filters leave none, or no two reports in the archive count the "
    "same pulls."
)
_REVISED = (
    "Docker sometimes corrects a report. Both versions are kept, and the newer one is counted."
)
_NEVER = "No report came again with other numbers."
_LABELS = {
    "kind": "Report",
    "namespace": "Publisher",
    "first": "Oldest",
    "age": "Age, days",
    "next_due": "Next due",
    "label": "Period",
    "compared": "Sides",
    "left": "Left",
    "right_at_least": "Right, at least",
    "right_at_most": "Right, at most",
    "added": "Came again",
}
_FRESHNESS = (
    "kind", "namespace", "granularity", "newest", "age", "next_due", "missing", "overdue",
    "expected", "available", "revised", "first",
)  # fmt: skip
_CHANGED = (
    "kind", "namespace", "label", "repository", "measure", "before", "after", "change", "revision",
    "added",
)  # fmt: skip


class HealthPage(Page):
    """Coverage, freshness, reconciliation and revisions of all reports, weeks and months alike."""

    slug = "health"
    title = "Data health"
    uses = frozenset()
    names = tuple(_OFFERED)
    filters: Filters

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the map of what is available, and the checks with their filters."""
        self._told: tuple[object, ...] | None = None
        self._held: list[dict[str, Any]] = []
        self.filters = Filters({"check": "Check", "verdict": "Verdict"}, self.redraw, shown=7)
        for facet in self.filters.facets.values():
            facet.unit = "checks"
        self._coverage = self.panel(Panel("coverage", COVERAGE, labels=_LABELS))
        self._status = self.panel(
            Panel("status", heading="How fresh each report is", labels=_LABELS)
        )
        self._checks = self.panel(
            Panel("reconciliation", RECONCILE, text=_WITHIN, empty=_NOTHING, labels=_LABELS)
        )
        self._revisions = self.panel(
            Panel("revisions", heading="Reports that came again", labels=_LABELS)
        )
        return [
            self.figures,
            self._coverage,
            self._status,
            box([*self.filters.facets.values()], name="facets"),
            self._checks,
            self._revisions,
        ]

    def draw(self, selection: Selection) -> None:  # noqa: ARG002 - all that is available is shown
        """Show what is available, then what became of the checks."""
        day = self._as_of()
        world = (self.archive.version, day)
        # A filter of the checks says nothing new of what is available.
        fresh = self._told != world
        if fresh:
            self._draw_held(day)
        with self._checks.guard():
            self._draw_checks()
        if fresh:
            with self._revisions.guard():
                self._draw_revisions()
            self._told = world

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._told = None

    def offered(self, name: str, selection: Selection) -> Sequence[str]:  # noqa: ARG002
        """Return every check, or every verdict."""
        return _OFFERED[name]

    # --- drawing ------------------------------------------------------------------------------

    def _as_of(self) -> dt.date:
        """Return as of which day reports are late; sample data never are."""
        if not is_samples(self.archive):
            return self.day
        labels = {label for entry in self.archive.entries() for label in entry.periods}
        return max(Period.parse(label).end for label in labels)

    def _draw_held(self, day: dt.date) -> None:
        coverage, status = self.source.coverage(day), self.source.status(day)
        frame = coverage.frame
        remedy = [words.REMEDY] if frame["status"].isin(["missing", "overdue"]).any() else []
        remedy += [_EMPTY] if frame["empty"].any() else []
        self._coverage.tell(
            Chart(coverage, coverage_drawing, coverage_chart),
            stem=self.stem("coverage", frame),
            caption="One row is a report of one week or month.",
            rows=lambda: _titled(frame),
            text=" ".join([f"As of {day_in_words(day)}. {_DUE}", *remedy]),
        )
        self._held = _held(frame)
        self.figures.items = self._held
        self._status.tell(
            status,
            stem="freshness",
            caption="One row is a report of one publisher, by week or month; its age counts from "
            "when its newest period was due.",
            rows=lambda: _titled(status.frame)[[*_FRESHNESS]],
        )

    def _draw_checks(self) -> None:
        every = self.once(
            "checks",
            self.archive.version,
            lambda: call(reconcile, self.source).named("frame"),
        )
        kept = self.filters.keep(self.filters.keep(every, "check"), "verdict")
        self._checks.tell(
            Chart(kept, reconcile_drawing, reconcile_chart),
            stem=self.stem("reconciliation", kept.frame),
            caption="One row is a comparison of two reports, those that differ first.",
            rows=lambda: _worst_first(kept.frame),
        )
        self._fill(every.frame)
        self.figures.items = [*self._held, _differing(every.frame)]

    def _fill(self, every: pd.DataFrame) -> None:
        """List checks and verdicts as the other filter leaves them."""
        counted = every[["check", "verdict"]].assign(comparisons=1)
        left = self.filters.keep(counted, "verdict")
        self.filters.fill("check", left, str, measure="comparisons", order=CHECKS)
        # That nothing differs is worth a line.
        none = pd.DataFrame({"verdict": [*_WORST], "comparisons": 0})
        left = pd.concat([self.filters.keep(counted, "check"), none])
        self.filters.fill("verdict", left, str, measure="comparisons", order=_WORST)

    def _draw_revisions(self) -> None:
        revisions = self.source.revisions()
        frame = revisions.frame
        self._revisions.tell(
            revisions,
            stem=self.stem("revisions", frame),
            caption="One row is a count that differs from the version before.",
            rows=lambda: _titled(frame)[[*_CHANGED]],
            text=_NEVER if frame.empty else _REVISED,
        )


class HealthExplorer(Explorer):
    """Whether the numbers can be trusted: what is there, how fresh it is, and whether it agrees.

    Parameters
    ----------
    archive, selection, today
        As for every explorer; what is shown does not depend on the selection.
    """

    pages = (HealthPage,)


def _held(coverage: pd.DataFrame) -> list[dict[str, Any]]:
    """Say how much is available, how much is not, and how new it is."""
    counts = coverage["status"].value_counts()
    available = coverage[coverage["files"] > 0]
    series = available.groupby(["kind", "namespace", "granularity"], sort=False).ngroups
    revised, expected = (int(counts.get(name, 0)) for name in ("revised", "expected"))
    sentences = [f"in {series} series"]
    sentences += [f"{revised} of them revised"] if revised else []
    sentences += [f"{empty} without rows"] if (empty := int(available["empty"].sum())) else []
    items: list[dict[str, Any]] = [
        {
            "label": "Reports available",
            "value": len(available),
            "note": ", ".join(sentences),
        },
        {
            "label": "Missing",
            "value": int(counts.get("missing", 0)),
            "note": "gaps between reports",
        },
        {
            "label": "Overdue",
            "value": int(counts.get("overdue", 0)),
            "note": f"{expected} more expected any day" if expected else "none expected any day",
        },
    ]
    if not available.empty:
        newest = available.iloc[int(available["due"].argmax())]
        period = Period(newest["granularity"], newest["period"].date())
        items.append({"label": "Newest", "value": period.label, "note": period.dates})
    return items


def _differing(compared: pd.DataFrame) -> dict[str, Any]:
    """Say how many comparisons differ."""
    if compared.empty:
        return {
            "label": "Failed checks",
            "value": "–",
            "note": "no two reports count the same pulls",
        }
    counts = compared["verdict"].value_counts()
    unknown = int(counts.get("cannot be checked", 0))
    checked = len(compared) - unknown
    note = f"of {checked:,}"
    if unknown:
        note += f"; {unknown:,} more cannot be checked"
    return {
        "label": "Failed checks",
        "value": int(counts.get("differs", 0)) if checked else None,
        "note": note,
    }


def _titled(frame: pd.DataFrame) -> pd.DataFrame:
    """Call reports by their titles."""
    return frame.assign(kind=[*map(title_of, frame["kind"])])


def _worst_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Put what differs first, and call periods by their dates."""
    periods, placed = distinct(frame["granularity"], frame["period"])
    dates = [period.dates for period in periods]
    place = {verdict: rank for rank, verdict in enumerate(_WORST)}
    shown = frame.assign(period=[dates[one] for one in placed], rank=frame["verdict"].map(place))
    return shown.sort_values("rank", kind="stable").drop(columns="rank")
