"""The pull explorer: choose, see, share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import ipywidgets

from insights_nb.archive import Archive
from insights_nb.charts.pulls import TITLES, pull_datasets, pull_description, pull_spec
from insights_nb.charts.theme import swatch
from insights_nb.explorers import words
from insights_nb.explorers.boundary import boundary
from insights_nb.exports import to_csv
from insights_nb.metrics.pulls import (
    MOST_LINES,
    fold_other,
    in_order,
    left_out,
    pulls,
    pulls_before,
    repositories,
    top_repositories,
)
from insights_nb.opening import is_samples, open_archive
from insights_nb.periods import GRANULARITIES, Granularity, Period, interval
from insights_nb.selection import MEASURES, MONTHS, Selection
from insights_nb.widgets import (
    Actions,
    ChartView,
    DataTable,
    Figures,
    Notice,
    RepositoryPicker,
    Segmented,
    SessionGuard,
    box,
)

if TYPE_CHECKING:
    import os

    import altair as alt
    import pandas as pd

TOP = 5
_LIMIT = f"Beyond {MOST_LINES} lines the smallest are added up as “Other”."
_NOTHING_CHOSEN = "No repository is chosen. Tick one in the list, or press “Top 5”."
_SAMPLES = "This is sample data of a made-up publisher."


class PullExplorer(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """Selectors, chart, totals and table of pulls, in JupyterLab and in a dashboard.

    Parameters
    ----------
    archive
        An `Archive` or its folder; None is what `open_archive` finds.
    selection
        What to show first. By default half a year of weeks of the top five repositories.
    today
        As of which day a report is overdue; by default the current date in UTC.

    Attributes
    ----------
    selection : Selection
        What is shown; set it to show something else.
    frame : pandas.DataFrame
        The rows behind what is shown, as `insights_nb.pulls` gives them.
    chart : altair.LayerChart
        What is shown, as a chart of its own.
    """

    def __init__(
        self,
        archive: Archive | str | os.PathLike[str] | None = None,
        *,
        selection: Selection | None = None,
        today: dt.date | None = None,
    ) -> None:
        super().__init__()
        self._today = today
        self.add_class("inb-box").add_class("inb-explorer")
        self._held = False
        self._covered: tuple[object, pd.DataFrame] | None = None
        self._notice = Notice()
        # An explorer that cannot show anything still shows why.
        self.children = [self._notice]
        with boundary(self._fail):
            self._archive = archive if isinstance(archive, Archive) else open_archive(archive)
            self._build(selection or Selection(self._usual_granularity()))

    # --- what it shows ----------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What is shown."""
        return Selection(
            cast(Granularity, self._granularity.value),
            self._months.value,
            self._picker.value,
            self._measure.value,
        )

    @selection.setter
    def selection(self, selection: Selection) -> None:
        # Raises where nothing of that granularity is held, before anything has changed.
        repositories(self._archive, selection.granularity)
        with self._hold():
            self._granularity.value = selection.granularity
            self._months.value = selection.months
            self._measure.value = selection.measure
            self._offer_repositories()
            if selection.repositories is None:
                self._picker.value = self._picker.top
            else:
                offered = set(self._picker.options)
                known = [name for name in selection.repositories if name in offered]
                self._picker.value = known
        self._update()

    @property
    def frame(self) -> pd.DataFrame:
        """The rows behind what is shown."""
        return pulls(self._archive, self.selection)

    @property
    def chart(self) -> alt.LayerChart:
        """What is shown, as a chart of its own."""
        from insights_nb.charts.pulls import pull_chart

        return pull_chart(self.frame, measure=self.selection.measure)

    # --- building ---------------------------------------------------------------------------

    def _build(self, first: Selection) -> None:
        self._granularity = Segmented(
            label="Granularity", options=list(words.GRANULARITY_LABELS.items())
        )
        self._months = Segmented(
            label="Interval", options=[(months, f"{months} months") for months in MONTHS]
        )
        self._measure = Segmented(
            label="Measure", options=[(name, TITLES[name]) for name in MEASURES]
        )
        self._picker = RepositoryPicker(options=[], limit_note=_LIMIT)
        self._figures = Figures()
        self._coverage = Notice(kind="warning")
        self._view = ChartView(pull_spec(), empty=_NOTHING_CHOSEN)
        self._table = DataTable(columns=[], rows={})
        self._actions = Actions(chart=self._view.model_id)
        self._guard = SessionGuard()
        self.selection = first
        for control in (self._granularity, self._months, self._measure, self._picker):
            control.observe(self._changed, names="value")
        self._table.observe(self._open_table, names="opened")
        self._actions.observe(self._restore, names="query")
        self._actions.on_hello(self._refresh)
        self._actions.on_csv(self._send_csv)
        controls = box([self._granularity, self._months, self._measure], name="controls")
        source = Notice(text=_SAMPLES if is_samples(self._archive) else "")
        main = box(
            [
                controls,
                self._notice,
                self._figures,
                self._coverage,
                box([self._view], name="panel"),
                box([self._actions], name="bar"),
                self._table,
                source,
            ],
            name="main",
        )
        self.children = [self._picker, main, self._guard]

    def _usual_granularity(self) -> Granularity:
        held = {entry.granularity for entry in self._archive.entries()}
        return next((one for one in GRANULARITIES if one in held), GRANULARITIES[0])

    # --- reacting ---------------------------------------------------------------------------

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Change several controls and redraw once."""
        held, self._held = self._held, True
        try:
            yield
        finally:
            self._held = held

    def _changed(self, change: dict[str, Any]) -> None:
        if self._held:
            return
        self._notice.say("")
        with boundary(self._fail_empty):
            if change["owner"] is self._granularity:
                with self._hold():
                    gone = self._offer_repositories()
                if gone:
                    span = words.GRANULARITY_LABELS[self.selection.granularity].lower()
                    self._notice.say(f"No {span} report names {words.some(gone)}.")
            self._draw()

    def _restore(self, change: dict[str, Any]) -> None:
        """Show what a link says, and say what of it is not offered."""
        with boundary(self._fail):
            selection, refused = Selection.read_query(change["new"], self.selection)
            said = [str(error) for error in refused]
            self.selection = selection
            gone = [n for n in selection.repositories or () if n not in self._picker.options]
            if gone:
                said.append(f"No held report names {words.some(gone)}.")
                if not self._picker.value:
                    with self._hold():
                        self._picker.value = self._picker.top
                    self._update()
            if said:
                self._notice.say("The link asked for something that is not here.", details=said)

    def _refresh(self) -> None:
        """Take in what was added to the archive since the page was prepared."""
        # A page that was prepared yesterday knows nothing of what is overdue since.
        if self._state != self._shown:
            with boundary(self._fail), self._hold():
                self._offer_repositories()
            self._update()

    def _offer_repositories(self) -> list[str]:
        """Offer what the granularity's reports name; return the chosen ones that it does not."""
        selection = self.selection
        names = repositories(self._archive, selection.granularity)
        chosen = list(self._picker.value)
        if names != self._picker.options:
            self._picker.options = names
        self._rank()
        return [name for name in chosen if name not in set(names)]

    def _rank(self) -> None:
        """Let "Top 5" mean the interval and the measure that are shown."""
        selection = self.selection
        every = pulls(self._archive, selection.replace(repositories=None))
        self._picker.top = top_repositories(every, TOP, selection.measure)

    def _update(self) -> None:
        """Draw the selection again, unless a change is still under way."""
        if not self._held:
            with boundary(self._fail_empty):
                self._draw()

    def _draw(self) -> None:
        self._shown = self._state
        frame = in_order(pulls(self._archive, self.selection), self._picker.value)
        lines = fold_other(frame, self.selection.measure)
        # The chart first: it is what the viewer waits for.
        signals = self._draw_lines(lines)
        self._view.filename = self._stem(frame)
        self._tell(frame, lines, signals)

    @property
    def _state(self) -> tuple[object, dt.date]:
        """What of the world, besides the selection, decides what is shown."""
        return self._archive.version, self._today or dt.datetime.now(dt.UTC).date()

    def _overdue(self, newest: Period) -> tuple[str, list[str]]:
        """Say what is overdue; computed once until a report or a day comes."""
        if is_samples(self._archive):
            return "", []
        if self._covered is None or self._covered[0] != self._shown:
            self._covered = (self._shown, self._archive.coverage(self._shown[1]))
        return words.overdue(self._covered[1], newest)

    def _draw_lines(self, lines: pd.DataFrame) -> dict[str, Any]:
        selection = self.selection
        datasets, signals = pull_datasets(lines, selection.measure, selection.granularity)
        description = pull_description(datasets, signals)
        self._view.update(datasets=datasets, signals=signals, description=description)
        return signals

    def _tell(self, frame: pd.DataFrame, lines: pd.DataFrame, signals: dict[str, Any]) -> None:
        """Update everything around the chart."""
        selection = self.selection
        measure = selection.measure
        self._rank()
        named = {name: slot for slot, name in enumerate(signals["names"]) if name}
        self._picker.swatches = {
            name: swatch(slot) for name, slot in named.items() if name in self._picker.options
        }
        self._actions.parameters = selection.to_parameters()
        self._actions.code = self._code(selection)
        if frame.empty:
            self._figures.items = []
            self._coverage.say("")
            self._fill_table(lines)
            return
        before = pulls_before(self._archive, selection)
        self._figures.items = words.figures(frame, before, measure)
        newest = Period(selection.granularity, frame["period"].iloc[-1].date())
        expected = len(interval(newest, selection.months))
        otherwise = left_out(self._archive, selection)
        text, details = words.coverage(frame, selection, expected, otherwise)
        late, remedies = self._overdue(newest)
        others = words.definitions(frame, measure)
        said = [sentence for sentence in (late, text, *others[:1]) if sentence]
        # What to do is the same for both, and said once.
        every = [*dict.fromkeys([*details, *remedies]), *others[1:]]
        self._coverage.say(" ".join(said), kind="warning", details=every)
        self._fill_table(lines)

    def _fill_table(self, lines: pd.DataFrame) -> None:
        self._lines = lines
        if not self._table.opened:
            return
        content = words.table(lines, self.selection.measure)
        with self._table.hold_sync():
            self._table.columns = content["columns"]
            self._table.rows = content["rows"]
            self._table.caption = content["caption"]

    def _open_table(self, _: object) -> None:
        with boundary(self._fail):
            self._fill_table(self._lines)

    def _send_csv(self) -> None:
        with boundary(self._actions.fail):
            frame = self.frame
            self._actions.send_csv(to_csv(frame), f"{self._stem(frame)}.csv")

    def _fail(self, text: str) -> None:
        self._notice.say(text, kind="error")

    def _fail_empty(self, text: str) -> None:
        """Say what went wrong and show nothing: the old chart would belong to another choice."""
        self._fail(text)
        nothing = self._lines.iloc[:0]
        self._draw_lines(nothing)
        self._figures.items = []
        self._coverage.say("")
        self._fill_table(nothing)

    def _stem(self, frame: pd.DataFrame) -> str:
        """Name a download after what it holds."""
        selection = self.selection
        parts = [selection.measure.replace("_", "-"), "by", selection.granularity]
        if not frame.empty:
            parts += [f"{frame['period'].min():%Y-%m-%d}", f"{frame['period'].max():%Y-%m-%d}"]
        return "-".join(parts)

    def _code(self, selection: Selection) -> str:
        """Return the cell that gives the same frame."""
        where = (
            "inb.samples()"
            if is_samples(self._archive)
            else (f"inb.Archive({str(self._archive.folder)!r})")
        )
        names = list(selection.repositories or ())
        return (
            "import insights_nb as inb\n\n"
            f"view = inb.Selection({selection.granularity!r}, {selection.months}, {names!r}, "
            f"{selection.measure!r})\n"
            f"pulls = inb.pulls({where}, view)\n"
            f"inb.pull_chart(pulls, measure={selection.measure!r})"
        )
