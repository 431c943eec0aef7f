"""Adoption: tags and versions over time, releases, what may be dropped, and digests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import ipywidgets
import pandas as pd

from insights_nb.charts.adoption import adoption_drawing, cohort_chart, tag_chart
from insights_nb.charts.digests import digest_chart, digest_drawing
from insights_nb.charts.downloads import downloads_chart, downloads_drawing
from insights_nb.charts.gaining import gaining_chart, gaining_drawing, names_of
from insights_nb.charts.marks.bars import BARS
from insights_nb.charts.marks.stack import STACK
from insights_nb.charts.pull_actions import pull_actions_chart, pull_actions_drawing
from insights_nb.charts.releases import RELEASES, release_chart, release_drawing
from insights_nb.charts.series import short_names
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.counts.sources import ALL
from insights_nb.counts.spans import span_of
from insights_nb.errors import InsightsError, ReportNeededError
from insights_nb.explorers import links, words
from insights_nb.explorers.call import Call, Chart, call
from insights_nb.explorers.dropping import Dropping, versions
from insights_nb.explorers.marks import Marks
from insights_nb.explorers.page import Page
from insights_nb.explorers.panel import ONE_PERIOD, Panel
from insights_nb.explorers.shell import Explorer
from insights_nb.metrics.adoption import cohorts, gaining, tag_pulls
from insights_nb.metrics.downloads import downloads_and_checks, top_digests
from insights_nb.metrics.events import first_seen_events
from insights_nb.metrics.pull_actions import LEGACY_KINDS, pull_actions
from insights_nb.metrics.release_curves import adoption_curves
from insights_nb.metrics.releases import release_adoption
from insights_nb.metrics.versions import BY_DIGEST, OTHER, Part
from insights_nb.periods import Granularity, Period
from insights_nb.selection import YEAR
from insights_nb.widgets import Notice, box, show

if TYPE_CHECKING:
    from insights_nb.selection import Selection

_Level = Literal["tag", "major", "minor"]

_KINDS = ("trends", "summary", "image_pulls_summary", "image_pulls_raw")
_LEVELS = (("tag", "Tags"), ("major", "Major versions"), ("minor", "Minor versions"))
_AS = (("pulls", "Pulls"), ("share", "Share"))
_CALLED = {"tag": "tag", "major": "major version", "minor": "minor version"}
_DIGESTS = 10
_CURVES = "How fast releases are adopted"
_UNNAMED = "No tag of these repositories names a {} version."
_OLDER = "Every release was in the first report already, so that it may be older: none has a start."
_ALONE = (
    "No release can be followed: each was in the first report already, or has no other to compare "
    "it with."
)
_HALVES = (
    "Second half of the time range vs the first. Shares are compared rather than counts: "
    "where a repository grows, each of its tags does."
)
_RELEASES_OF_A_YEAR = (
    "Of the last 12 months, whatever the time range; days are exact to one week or month. “Or "
    "earlier”: it was in the first report already, so that its days are not known. A release with "
    "none to compare it with has the whole share from its first day."
)
_CHECK = "A version check asks whether there is something new, and downloads nothing."
_NO_TAGS = (
    "No report in the archive names tags of these repositories; Trends does, and so do the legacy "
    "reports."
)
_MIXED = (
    "The Summary names tags without their repository, and the same number can be the release of "
    "several products. How fast releases are adopted and which versions may be dropped is shown by "
    "the Trends report (on Docker Hub: Analytics > Trends)."
)
_NO_DOWNLOADS = (
    "The reports that count these repositories do not tell data downloads from version checks; "
    "the Summary and Trends do."
)
_ACTIONS = (
    "The legacy reports do not count downloads. A pull by tag or by digest may have downloaded "
    "nothing; a version check is a HEAD request by tag that no GET followed."
)
_RELEASE_LABELS = {
    "release": "Release",
    "first": "First seen",
    "days_to_10": "Days to 10 %",
    "days_to_50": "Days to 50 %",
    "share": "Share now",
}
_TAGGED_TOO = "The Summary counts a pull by tag under the digest that the tag led to"
_SIDES = 2
_ASKED_FOR = "legacy reports count only what was asked for by digest"


class AdoptionPage(Page):
    """Tags and versions, what they gain and lose, releases, old versions, digests, downloads."""

    slug = "adoption"
    title = "Adoption"
    names = ("level", "as", "drop", "marks")

    def build(self) -> Sequence[ipywidgets.Widget]:
        """Return figures, the page's own controls, and the panels."""
        self._level = self.control("level", "Show", _LEVELS)
        self._as = self.control("as", "As", _AS)
        self._time = self.panel(Panel("over time", STACK, title="Pulls by tag"))
        self._marks = Marks(self.events, self.redraw)
        self._marks.below(self._time)
        self._moves = self.panel(Panel("gaining", BARS, text=_HALVES, title="Gaining and losing"))
        self._curves = self.panel(Panel("release curves", RELEASES, title=_CURVES))
        self._releases = self.panel(
            Panel(
                "releases",
                heading="When releases were first seen, and how long they took",
                text=_RELEASES_OF_A_YEAR,
                labels=_RELEASE_LABELS,
            )
        )
        self._dropping = Dropping(self.redraw)
        self.panel(self._dropping.panel)
        self._digests = self.panel(Panel("digests", BARS, title="Most pulled digests"))
        self._downloads = self.panel(Panel("downloads", STACK))
        # What needs a report of tags.
        self._refused = Notice()
        self._told = [self._moves, self._curves, self._releases, self._dropping.box]
        return [
            self.figures,
            self.coverage,
            self._refused,
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
            # A report may be available, and name no tag of these repositories.
            named = not frames.tags.frame.empty
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
            self._draw_downloads(selection)

    def clear(self) -> None:
        """Show nothing."""
        super().clear()
        self._refused.say("")
        self._marks.clear()
        self._dropping.clear()

    def parameters(self) -> dict[str, str]:
        """Return what the page's own controls say."""
        asked = self._dropping.chosen
        return {
            **super().parameters(),
            **({"drop": links.join([asked])} if asked else {}),
            **self._marks.parameters("marks"),
        }

    def restore(self, given: Mapping[str, str], selection: Selection) -> list[str]:
        """Take a link's level, way to show it, marks, and the version that it asks of."""
        sentences = super().restore(given, selection)
        sentences += self._marks.restore(given, "marks")
        self._dropping.chosen = None
        asked = links.split(given.get("drop", ""))
        if not asked:
            return sentences
        offered: set[str] = set()
        # What is missing is said where it is drawn.
        with contextlib.suppress(InsightsError):
            offered = set(versions(self._count(selection).tags.frame)["value"])
        if asked[0] in offered:
            self._dropping.chosen = asked[0]
        else:
            sentences.append(f"drop={asked[0]!r} is no version that was pulled in the time range.")
        return sentences

    # --- tags and versions --------------------------------------------------------------------

    def _count(self, selection: Selection) -> _Frames:
        """Return the selection's frames: those of before, where only the look of them changed."""
        level = cast(_Level, self._level.value)
        rules = self._rules()
        asked = (self.archive.version, self.tags.version, selection, level)
        return self.once("frames", asked, lambda: _Frames(self, selection, level, rules))

    def _rules(self) -> Call | None:
        """Return the publisher's own rules for reading tags, where there are any."""
        try:
            own = self.tags.read()
            self._refused.say("")
        except InsightsError as error:
            # The counts are right without them, and so are most versions.
            own = None
            text = f"{error} Until then, tags are read without this file."
            self._refused.say(text, kind="warning")
        written = self.tags.call(self.source) if own else None
        return None if written is None else written.named("rules").known(own)

    def _draw_time(self, selection: Selection, frames: _Frames) -> None:
        tags = frames.tags.frame
        if tags.empty:
            self._time.clear(_NO_TAGS)
            return
        rows, called = frames.rows.frame, _CALLED[frames.level]
        by: Literal["tag", "cohort"] = "tag" if frames.level == "tag" else "cohort"
        events = self._marks.find(rows, frames.events.frame)
        chart = Chart(
            frames.rows,
            partial(adoption_drawing, by=by),
            tag_chart if by == "tag" else cohort_chart,
            share=self._as.value == "share",
            events=self._marks.call(events, self.source, frames.events),
        )
        self._time.tell(
            chart,
            stem=self.stem(f"pulls-by-{called.replace(' ', '-')}", rows, selection),
            caption=f"One row is a {called} of a repository in one {selection.granularity}.",
            text=_whole_publishers(tags["repository"].unique()),
        )
        self._marks.tell(events)

    def _draw_told(self, selection: Selection, frames: _Frames) -> None:
        with self._moves.guard():
            self._draw_moves(selection, frames)
        with self._curves.guard():
            self._draw_releases(selection, frames)
        tags = frames.tags.frame
        show(self._dropping.box, shown=not _every_mixed(tags["repository"]))
        with self._dropping.panel.guard():
            self._dropping.draw(frames.tags, lambda what, frame: self.stem(what, frame, selection))
        self.figures.items = _figures(
            tags, frames.moves.frame, frames.adopted.frame, selection.granularity
        )
        self._tell_lacking(selection, tags)

    def _clear_told(self, periods: Sequence[Period]) -> None:
        for panel in (self._moves, self._curves, self._releases):
            panel.clear()
        self._dropping.clear()
        self.figures.items = []
        self._tell_held(periods)

    def _draw_moves(self, selection: Selection, frames: _Frames) -> None:
        called, moves = _CALLED[frames.level], frames.moves.frame
        self._moves.tell(
            Chart(frames.moves, gaining_drawing, gaining_chart),
            stem=self.stem(f"{called.replace(' ', '-')}s-gaining", moves, selection),
            caption=f"One row is a {called} of a repository.",
            empty=_unmoved(frames.tags.frame, moves),
        )

    def _draw_releases(self, selection: Selection, frames: _Frames) -> None:
        mixed = _every_mixed(frames.year.frame["repository"])
        show(self._releases, shown=not mixed)
        if mixed:
            self._releases.clear()
            self._curves.clear(_MIXED)
            return
        unit, curves, adopted = selection.granularity, frames.curves.frame, frames.adopted.frame
        self._curves.tell(
            Chart(frames.curves, release_drawing, release_chart),
            stem=self.stem("release-curves", curves, selection),
            caption=f"One row is a release in one {unit} since its first.",
            empty=_unfollowed(curves, frames.by),
        )
        self._releases.tell(
            frames.adopted,
            stem=self.stem("releases", adopted, selection),
            caption="One row is a release, the newest version first.",
            rows=lambda: _releases_shown(adopted, unit),
        )

    def _tell_lacking(self, selection: Selection, tags: pd.DataFrame) -> None:
        """Say which periods the tags' reports lack, and which repositories have no tags."""
        unit = selection.granularity
        periods = [Period(unit, day.date()) for day in tags["period"].drop_duplicates()]
        lacking = tags.loc[tags["source"].isna(), "period"].drop_duplicates()
        missing = [Period(unit, day.date()).label for day in lacking]
        without = _left_out(selection.repositories, tags["repository"].unique())
        self._tell_held(
            periods,
            words.gaps(periods, missing, selection),
            [_tagless(without)] if without else [],
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
        counted = self.ask(top_digests, selection, count=_DIGESTS)
        frame = counted.frame
        span = span_of(self.archive, [*frame["source"].unique()] or _KINDS, selection, "digests")
        self._digests.tell(
            Chart(counted, digest_drawing, digest_chart),
            stem=self.stem("digests", frame, selection),
            caption="One row is a digest over the time range.",
            text=_digests_say(frame, span.periods, len(span.missing([]))),
        )

    def _draw_downloads(self, selection: Selection) -> None:
        """Show data downloads against version checks; of legacy repositories, how they were pulled.

        Raises
        ------
        ReportNeededError
            If no report of that granularity tells of either.
        """
        legacy = any(self.archive.available(kind, selection.granularity) for kind in LEGACY_KINDS)
        share = self._as.value == "share"
        counted = self.ask(downloads_and_checks, selection)
        try:
            known = counted.frame[["data_downloads", "version_checks"]].notna()
            both = bool(known.all(axis=1).any())
        except ReportNeededError:
            if not legacy:
                raise
            both = False
        if both:
            chart = Chart(counted, downloads_drawing, downloads_chart, share=share)
            what, text = "downloads-and-checks", _downloads_say(counted.frame)
        else:
            # The legacy reports do not count downloads, and tell pulls apart in another way.
            counted = self.ask(pull_actions, selection)
            if not legacy or counted.frame.empty:
                self._downloads.clear(_NO_DOWNLOADS)
                return
            chart = Chart(counted, pull_actions_drawing, pull_actions_chart, share=share)
            what, text = "pull-actions", _ACTIONS
        self._downloads.tell(
            chart,
            stem=self.stem(what, counted.frame, selection),
            caption=f"One row is a repository in one {selection.granularity}.",
            text=text,
        )


class AdoptionExplorer(Explorer):
    """How tags, versions and releases are adopted, what may be dropped, and which digests lead.

    Parameters
    ----------
    archive, selection, today, events, tags
        As for every explorer.
    """

    pages = (AdoptionPage,)


class _Frames:
    """What the page is drawn from, for one selection and level: each computed when it is needed.

    Parameters
    ----------
    page, selection
        Whose archive, and what to count.
    level
        Whether tags are shown, or versions told apart by major or minor.
    rules
        The publisher's own for reading tags, or None.
    """

    def __init__(self, page: Page, selection: Selection, level: _Level, rules: Call | None) -> None:
        self.level = level
        self.by: Part = "major" if level == "major" else "minor"
        """How far releases are told apart."""
        counted = page.ask(tag_pulls, selection, tags=rules)
        self.tags = counted.named("tags")
        rows = counted if level == "tag" else call(cohorts, self.tags, by=level)
        self.rows = rows.named("frame")
        """The tags, or the cohorts that they add up to."""
        self.events = call(first_seen_events, self.rows)
        self.moves = call(gaining, self.tags if level == "tag" else rows)
        longer = page.view(selection).replace(months=YEAR).named("year")
        known = selection.months == YEAR
        whole = call(tag_pulls, page.source, longer, tags=rules).named("tags")
        self.year = self.tags if known else whole
        self.curves = call(adoption_curves, self.year, by=self.by)
        self.adopted = call(release_adoption, self.year, by=self.by)


def _left_out(selected: Iterable[str] | None, known: Iterable[str]) -> list[str]:
    """Return the selected repositories that no row is about; ``acme/*`` is about all of acme's."""
    names = set(known)
    wholes = {name.removesuffix(ALL) for name in names if name.endswith(ALL)}
    return [
        name
        for name in selected or ()
        if name not in names and name.rpartition("/")[0] not in wholes
    ]


def _tagless(names: list[str]) -> str:
    """Say of which repositories no available report names tags."""
    return f"No report of the time range names tags of {words.some(names)}."


def _whole_publishers(known: Iterable[str]) -> str:
    """Say where rows are about all of a publisher's repositories."""
    names = set(known)
    wholes = sorted(name for name in names if name.endswith(ALL))
    if not wholes:
        return ""
    text = (
        f"{', '.join(map(harmless, wholes))}: the Summary names tags without their repository, so "
        "that this is about all of the publisher’s, whichever are chosen."
    )
    if _every_mixed(names):
        # What is left out says so itself.
        return text
    return f"{text} Below, its releases are left out: a number would stand for several products."


def _unmoved(tags: pd.DataFrame, moves: pd.DataFrame) -> str:
    """Say why nothing is drawn that gains or loses.

    Parameters
    ----------
    tags, moves
        As `figures` takes them.
    """
    if moves["change"].notna().any():
        return "No share changed by 0.05 points or more."
    if tags.dropna(subset=["pulls"])["period"].nunique() < _SIDES:
        return ONE_PERIOD
    return "Of each repository one half of the time range has no report, or no pulls."


def _unfollowed(curves: pd.DataFrame, by: Part) -> str:
    """Say why no release's curve is drawn.

    Parameters
    ----------
    curves
        As `insights_nb.adoption_curves` gives it.
    by
        How far its releases are told apart.
    """
    if curves.empty:
        return _UNNAMED.format(by)
    return _OLDER if curves["censored"].astype(bool).all() else _ALONE


def _every_mixed(known: Iterable[str]) -> bool:
    """Tell whether no row is about a single repository, whose numbers are its releases."""
    return all(name.endswith(ALL) for name in known)


def _digests_say(frame: pd.DataFrame, periods: Sequence[Period], missing: int) -> str:
    """Say what a ranking of digests counts.

    Parameters
    ----------
    frame
        As `insights_nb.top_digests` gives it.
    periods
        The interval.
    missing
        How many of these are missing.
    """
    sources = set(frame["source"])
    sentences = [_TAGGED_TOO] if "summary" in sources else []
    if "image_pulls_summary" in sources:
        sentences.append(_ASKED_FOR if sentences else _ASKED_FOR.capitalize())
    text = f"{'; '.join(sentences)}." if sentences else ""
    if any(name.endswith(ALL) for name in frame["repository"]):
        text += " It does not name the repository: these are of all, whichever are chosen."
    if missing:
        unit, verb = periods[0].granularity, "is" if missing == 1 else "are"
        text += f" {missing} of {counted(len(periods), (unit, f'{unit}s'))} {verb} missing."
    return text.strip()


def _downloads_say(frame: pd.DataFrame) -> str:
    """Say how downloads compare with version checks.

    Parameters
    ----------
    frame
        As `insights_nb.downloads_and_checks` gives it.
    """
    known = frame.dropna(subset=["data_downloads", "version_checks"])
    loads, checks = (int(known[name].sum()) for name in ("data_downloads", "version_checks"))
    if not checks:
        return _CHECK
    return f"{loads / checks:,.2f} downloads for each version check over the time range. {_CHECK}"


def _releases_shown(frame: pd.DataFrame, unit: Granularity) -> pd.DataFrame:
    """Return what is shown of releases: when first seen, in words, and how fast."""
    owners = short_names(frame["repository"])
    names = [
        f"{owners[repository]} {release}" if len(owners) > 1 else release
        for repository, release in zip(frame["repository"], frame["release"], strict=True)
    ]
    seen = [
        f"{_dates(day, unit)}{' or earlier' if older else ''}"
        for day, older in zip(frame["first_seen"], frame["censored"], strict=True)
    ]
    columns = ["days_to_10", "days_to_50", "share", "pulls"]
    return frame[columns].assign(release=names, first=seen)[["release", "first", *columns]]


def _figures(
    tags: pd.DataFrame, moves: pd.DataFrame, adopted: pd.DataFrame, unit: Granularity
) -> list[dict[str, Any]]:
    """Say the few numbers that the page is about.

    Parameters
    ----------
    tags
        As `insights_nb.tag_pulls` gives it.
    moves
        As `insights_nb.gaining` gives it, of tags or versions.
    adopted
        As `insights_nb.release_adoption` gives it.
    unit
        ``"week"`` or ``"month"``.
    """
    text = (
        _named(tags),
        _moved(moves, most=True),
        _moved(moves, most=False),
        _newest(adopted, unit),
    )
    return [item for item in text if item is not None]


def _named(tags: pd.DataFrame) -> dict[str, Any] | None:
    counts = tags["pulls"].groupby(tags["tag"].notna()).sum()
    whole = int(counts.sum())
    if not whole:
        return None
    share = int(counts.get(True, 0)) / whole
    return {
        "label": "Pulls by tag",
        "value": percent(share),
        "note": f"{percent(1 - share)} are by digest",
    }


def _moved(moves: pd.DataFrame, *, most: bool) -> dict[str, Any] | None:
    """Name the tag or version that gained or lost most; what is none cannot gain traction."""
    by = "cohort" if "cohort" in moves else "tag"
    rows = moves[moves[by].notna() & ~moves[by].isin([BY_DIGEST, OTHER])]
    rows = rows[rows["change"] > 0] if most else rows[rows["change"] < 0]
    if rows.empty:
        return None
    row = rows.sort_values("change", ascending=not most, kind="stable").head(1)
    change = float(row["change"].iloc[0])
    after = float(row["share_after"].iloc[0])
    points = f"{100 * change:+.1f} points".replace("-", "−")
    return {
        "label": "Gained most" if most else "Lost most",
        "value": names_of(row, short_names(moves["repository"]))[0],
        "note": f"{points}, to {percent(after)}",
    }


def _newest(adopted: pd.DataFrame, unit: Granularity) -> dict[str, Any] | None:
    known = adopted[~adopted["censored"].astype(bool)]
    if known.empty:
        return None
    row = known.sort_values("first_seen", ascending=False, kind="stable").iloc[0]
    names = short_names(adopted["repository"])
    release = harmless(row["release"])
    return {
        "label": "Newest release",
        "value": f"{names[row['repository']]} {release}" if len(names) > 1 else release,
        "note": f"first seen {_dates(row['first_seen'], unit)}",
    }


def _dates(day: pd.Timestamp, unit: Granularity) -> str:
    return Period(unit, day.date()).dates
