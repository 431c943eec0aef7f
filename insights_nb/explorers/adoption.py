"""Adoption: tags and versions over time, releases, what may be dropped, and digests."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast

import ipywidgets
import pandas as pd

from insights_nb.charts.adoption import adoption_drawing
from insights_nb.charts.digests import digest_drawing
from insights_nb.charts.gaining import gaining_drawing
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.releases import RELEASES, release_drawing
from insights_nb.counts.spans import span_of
from insights_nb.errors import InsightsError
from insights_nb.explorers import adoption_words, links, tables, words
from insights_nb.explorers.adoption_frames import Frames, Level
from insights_nb.explorers.downloads import draw_downloads
from insights_nb.explorers.dropping import Dropping, versions
from insights_nb.explorers.marks import Marks
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.adoption import tag_pulls
from insights_nb.metrics.downloads import top_digests
from insights_nb.periods import Period
from insights_nb.widgets import Figures, Segmented, box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

_KINDS = ("trends", "summary", "image_pulls_summary", "image_pulls_raw")
_LEVELS = (("tag", "Tags"), ("major", "Major versions"), ("minor", "Minor versions"))
_AS = (("pulls", "Pulls"), ("share", "Share"))
_CALLED = {"tag": "tag", "major": "major version", "minor": "minor version"}
_DIGESTS = 10
_TAGS = "tags = inb.tag_pulls(archive, view)"
_YEAR = ("year = view.replace(months=12)", "tags = inb.tag_pulls(archive, year)")


class AdoptionPage(Page):
    """Tags and versions, what they gain and lose, releases, old versions, digests, downloads."""

    slug = "adoption"
    title = "Adoption"
    names = ("level", "as", "drop", "marks")

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the page's own controls, and the panels."""
        self._counted: tuple[object, Frames] | None = None
        self._level = Segmented(label="Show", options=list(_LEVELS))
        self._as = Segmented(label="As", options=list(_AS))
        for control in (self._level, self._as):
            control.observe(self.redraw, names="value")
        self._figures = Figures()
        self._time = self.panel(Panel("over time", STACK, title="Pulls by tag"))
        self._marks = Marks(self.events, self.redraw)
        self._marks.below(self._time)
        self._moves = self.panel(
            Panel("gaining", BARS, text=adoption_words.HALVES, title="Gaining and losing")
        )
        self._curves = self.panel(Panel("release curves", RELEASES, title=adoption_words.CURVES))
        self._releases = self.panel(
            Panel(
                "releases",
                heading="When releases were first seen, and how long they took",
                text=adoption_words.YEAR,
            )
        )
        self._dropping = Dropping(self.redraw)
        self.panel(self._dropping.panel)
        self._digests = self.panel(Panel("digests", BARS, title="Most pulled digests"))
        self._downloads = self.panel(Panel("downloads", STACK))
        # What needs a report of tags.
        self._told = [self._moves, self._curves, self._releases, self._dropping.box]
        return [
            self._figures,
            self.coverage,
            box([self._level, self._as], name="controls"),
            self._time,
            *self._told,
            box([self._digests, self._downloads], name="columns"),
        ]

    def draw(self, selection: Selection) -> None:
        """Show the tags or versions over time, then what else is to be said of them."""
        # Raises where there is nothing at all to show.
        span = span_of(self.archive, _KINDS, selection, "tags, versions and digests")
        frames = self._count(selection)
        named = False
        with self._time.guard():
            self._draw_time(selection, frames)
            # A report may be held, and name no tag of these repositories.
            named = not frames.tags.empty
        if self._time.frame is None:
            self._marks.clear()
        for part in self._told:
            show(part, shown=named)
        if named:
            self._draw_told(selection, frames)
        else:
            self._clear_told(span.periods)
        with self._digests.guard():
            self._draw_digests(selection)
        with self._downloads.guard():
            draw_downloads(self, self._downloads, selection, share=self._as.value == "share")

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._marks.clear()
        self._figures.items = []
        self._dropping.clear()

    def parameters(self) -> dict[str, str]:
        """Return what the page's own controls say."""
        asked = self._dropping.chosen
        return {
            "level": self._level.value,
            "as": self._as.value,
            **({"drop": links.join([asked])} if asked else {}),
            **self._marks.parameters("marks"),
        }

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's level, way to show it, marks, and the version that it asks of."""
        said = self.take(given, {"level": self._level, "as": self._as})
        said += self._marks.restore(given, "marks")
        self._dropping.chosen = None
        asked = links.split(given.get("drop", ""))
        if not asked:
            return said
        offered: set[str] = set()
        # What is not held is said where it is drawn.
        with contextlib.suppress(InsightsError):
            offered = set(versions(tag_pulls(self.archive, selection))["value"])
        if asked[0] in offered:
            self._dropping.chosen = asked[0]
        else:
            said.append(f"drop={asked[0]!r} is no version that was pulled in the interval.")
        return said

    # --- tags and versions --------------------------------------------------------------------

    def _count(self, selection: Selection) -> Frames:
        """Return the selection's frames: those of before, where only the look of them changed."""
        world = (self.archive.version, selection, self._level.value)
        if self._counted is None or self._counted[0] != world:
            frames = Frames(self.archive, selection, cast(Level, self._level.value))
            self._counted = (world, frames)
        return self._counted[1]

    def _draw_time(self, selection: Selection, frames: Frames) -> None:
        if frames.tags.empty:
            self._time.clear(adoption_words.NO_TAGS)
            return
        level, rows, share = frames.level, frames.rows, self._as.value == "share"
        by: Literal["tag", "cohort"] = "tag" if level == "tag" else "cohort"
        events = self._marks.find(rows, frames.events)
        marked = self._marks.marked(events)
        self._time.draw(adoption_drawing(rows, by, share=share, events=marked))
        self._marks.tell(events)
        made, keyword = self._marks.code(events, "inb.first_seen_events(frame)")
        called = _CALLED[level]
        self._time.tell(
            rows,
            self.cell(
                selection,
                *(
                    ["frame = inb.tag_pulls(archive, view)"]
                    if level == "tag"
                    else [_TAGS, f"frame = inb.cohorts(tags, by={level!r})"]
                ),
                *made,
                f"inb.{by}_chart(frame{', share=True' if share else ''}{keyword})",
            ),
            stem=self.stem(f"pulls-by-{called.replace(' ', '-')}", rows, selection),
            caption=f"One row is a {called} of a repository in one {selection.granularity}.",
            text=adoption_words.whole_publishers(frames.tags["repository"].unique()),
        )

    def _draw_told(self, selection: Selection, frames: Frames) -> None:
        with self._moves.guard():
            self._draw_moves(selection, frames)
        with self._curves.guard():
            self._draw_releases(selection, frames)
        show(self._dropping.box, shown=not adoption_words.every_mixed(frames.tags["repository"]))
        with self._dropping.panel.guard():
            self._dropping.draw(
                frames.tags,
                lambda *lines: self.cell(selection, _TAGS, *lines),
                lambda what, frame: self.stem(what, frame, selection),
            )
        self._figures.items = adoption_words.figures(
            frames.tags, frames.moves, frames.adopted, selection.granularity
        )
        self._tell_lacking(selection, frames.tags)

    def _clear_told(self, periods: Sequence[Period]) -> None:
        for panel in (self._moves, self._curves, self._releases):
            panel.clear()
        self._dropping.clear()
        self._figures.items = []
        self._tell_held(periods)

    def _draw_moves(self, selection: Selection, frames: Frames) -> None:
        level, called = frames.level, _CALLED[frames.level]
        compared = "tags" if level == "tag" else f"inb.cohorts(tags, by={level!r})"
        drawing = gaining_drawing(frames.moves)
        empty = adoption_words.unmoved(frames.tags, frames.moves)
        self._moves.draw(drawing, empty=empty)
        self._moves.tell(
            frames.moves,
            self.cell(
                selection, _TAGS, f"frame = inb.gaining({compared})", "inb.gaining_chart(frame)"
            ),
            stem=self.stem(f"{called.replace(' ', '-')}s-gaining", frames.moves, selection),
            caption=f"One row is a {called} of a repository.",
        )

    def _draw_releases(self, selection: Selection, frames: Frames) -> None:
        mixed = adoption_words.every_mixed(frames.year["repository"])
        show(self._releases, shown=not mixed)
        if mixed:
            self._releases.clear()
            self._curves.clear(adoption_words.MIXED)
            return
        unit, curves, adopted = selection.granularity, frames.curves, frames.adopted
        drawing = release_drawing(curves)
        empty = adoption_words.unfollowed(curves, frames.by)
        self._curves.draw(drawing, empty=empty)
        self._curves.tell(
            curves,
            self.cell(
                selection,
                *_YEAR,
                f"frame = inb.adoption_curves(tags, by={frames.by!r})",
                "inb.release_chart(frame)",
            ),
            stem=self.stem("release-curves", curves, selection),
            caption=f"One row is a release in one {unit} since its first.",
            asked=selection.replace(months=12),
        )
        self._releases.tell(
            adopted,
            self.cell(selection, *_YEAR, f"frame = inb.release_adoption(tags, by={frames.by!r})"),
            stem=self.stem("releases", adopted, selection),
            table=lambda: tables.table(
                adoption_words.releases(adopted, unit),
                "One row is a release, the newest version first.",
                labels=adoption_words.RELEASE_LABELS,
            ),
            asked=selection.replace(months=12),
        )

    def _tell_lacking(self, selection: Selection, tags: pd.DataFrame) -> None:
        """Say which periods the tags' reports lack, and which repositories have no tags."""
        unit = selection.granularity
        periods = [Period(unit, day.date()) for day in tags["period"].drop_duplicates()]
        lacking = tags.loc[tags["source"].isna(), "period"].drop_duplicates()
        missing = [Period(unit, day.date()).label for day in lacking]
        without = adoption_words.left_out(selection.repositories, tags["repository"].unique())
        self._tell_held(
            periods,
            words.gaps(periods, missing, selection),
            [adoption_words.tagless(without)] if without else [],
        )

    def _tell_held(
        self,
        periods: Sequence[Period],
        gaps: tuple[str, list[str]] = ("", []),
        others: Sequence[str] = (),
    ) -> None:
        reports = [(kind, one) for kind in _KINDS for one in periods]
        self.tell_coverage(gaps, _KINDS, periods[-1], reports, others)

    # --- digests and downloads ----------------------------------------------------------------

    def _draw_digests(self, selection: Selection) -> None:
        frame = top_digests(self.archive, selection, count=_DIGESTS)
        self._digests.draw(digest_drawing(frame))
        span = span_of(self.archive, [*frame["source"].unique()] or _KINDS, selection, "digests")
        self._digests.tell(
            frame,
            self.cell(
                selection,
                f"frame = inb.top_digests(archive, view, count={_DIGESTS})",
                "inb.digest_chart(frame)",
            ),
            stem=self.stem("digests", frame, selection),
            caption="One row is a digest over the interval.",
            text=adoption_words.digests(frame, span.periods, len(span.missing([]))),
        )


class AdoptionExplorer(Explorer):
    """How tags, versions and releases are adopted, what may be dropped, and which digests lead.

    Parameters
    ----------
    archive, selection, today, events
        As for every explorer.
    """

    pages = (AdoptionPage,)
