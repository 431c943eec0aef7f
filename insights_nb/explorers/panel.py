"""One finding: a chart, a sentence on it, and behind it the rows, the code and the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets

from insights_nb.charts.drawing import Drawing, Mark
from insights_nb.explorers import tables
from insights_nb.explorers.boundary import boundary
from insights_nb.explorers.call import Call, Chart, cell
from insights_nb.exports import SIDECAR, sidecar, to_bytes, to_csv
from insights_nb.widgets import Actions, ChartView, Code, DataTable, Notice, Words, box, show

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.selection import Selection

# As the browser names a file, so that both files and what one says of the other agree.
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)

NOTHING = "There is nothing to show for this choice."
ONE_PERIOD = "A change needs two periods; one is available."


class Panel(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets is untyped
    """A chart and what belongs to it, or a table alone.

    Parameters
    ----------
    name
        What code and downloads call its rows: ``"countries"``.
    mark
        What kind of chart it has; None for a table alone.
    heading
        What it is about; a chart says so itself.
    text
        A sentence on how to read it.
    empty
        The sentence that stands in the chart's place while there are no rows.
    title
        What it is called where it cannot say so itself; by default its name. A chart that is not
        drawn has no heading.
    labels
        Column → what the table calls it, as for `insights_nb.explorers.tables.table`.

    Attributes
    ----------
    frame : pandas.DataFrame or None
        The rows behind what is shown; None while there is nothing.
    code : str
        The cell that gives the same rows, as ``frame``.
    origin : callable
        Returns what `insights_nb.exports.sidecar` is told of the rows: ``archive`` and
        ``parameters``, as keywords. The panel's page sets it.
    """

    def __init__(
        self,
        name: str,
        mark: Mark | None = None,
        *,
        heading: str = "",
        text: str = "",
        empty: str = NOTHING,
        title: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.add_class("inb-box").add_class("inb-panel")
        self.name = name
        self.frame: pd.DataFrame | None = None
        self._text = text
        self._empty = empty
        self._heading = heading
        self._called = heading or title or f"{name[:1].upper()}{name[1:]}"
        self._stem = name
        self._labels = labels or {}
        self._selection: Selection | None = None
        self.origin: Callable[[], dict[str, Any]] = dict
        self._rows: Callable[[], dict[str, Any]] | None = None
        self._words = Words(heading=heading, text=text)
        self._notice = Notice()
        self._code = Code()
        self._table = DataTable(columns=[], rows={})
        self._table.observe(self._fill, names="opened")
        self._view = (
            None if mark is None else ChartView(mark.specification, empty=empty, pending=True)
        )
        pictures = ("png", "svg") if self._view is not None else ()
        self._actions = Actions(
            buttons=("csv", "sources", *pictures), chart=self._view.model_id if self._view else ""
        )
        self._actions.on_csv(self._send_csv)
        self._actions.on_sources(self._send_sources)
        self._foot = box([self._table, self._code, self._actions], name="foot")
        self._plot = box([self._view] if self._view is not None else [], name="plot")
        # A heading stands above, by the style sheet where it comes later; a sentence on a chart,
        # below it.
        self.children = (
            [self._words, self._notice, self._plot, self._foot]
            if heading
            else [self._notice, self._plot, self._words, self._foot]
        )
        if self._view is None:
            self._table.opened = True

    @property
    def code(self) -> str:
        """The cell that gives the same rows."""
        return str(self._code.code)

    def tell(
        self,
        chain: Call | Chart,
        *,
        stem: str = "",
        caption: str = "",
        rows: Callable[[], pd.DataFrame | dict[str, Any]] | None = None,
        text: str | None = None,
        empty: str = "",
        beside: Sequence[Call] = (),
    ) -> None:
        """Show a frame: its chart first, since that is what the viewer waits for.

        Parameters
        ----------
        chain
            What computes the rows; of a panel with a mark, with its chart.
        stem
            A download's name, without its ending.
        caption
            What one row is.
        rows
            Makes what the table shows, where it is not the frame itself: another frame, or what
            `insights_nb.explorers.tables.table` returns.
        text
            Another sentence than the panel's own.
        empty
            Why there are no rows, where the panel's own sentence does not say it.
        beside
            What the code computes, too.
        """
        if isinstance(chain, Chart):
            self._draw(chain.drawing, empty or self._empty)
            chain, last = chain.frame, chain.call
        else:
            chain = last = chain.named("frame")
        frame = chain.frame
        self._notice.say("")
        self._words.heading = self._heading
        self.frame = frame
        self._stem = _UNSAFE.sub("_", stem or self.name)
        self._selection = chain.selection
        self._rows = lambda: _table(rows() if rows else frame, caption, self._labels)
        if self._view is not None:
            self._view.filename = self._stem
        self._code.code = cell(chain, *beside, last)
        self._words.text = self._text if text is None else text
        self._actions.disabled = [
            *(("csv", "sources") if frame.empty else ()),
            *(("png", "svg") if self._view is not None and self._view.blank else ()),
        ]
        self._show(shown=True)
        self._fill()

    def remark(self, text: str) -> None:
        """Say one more sentence on the rows that it was told of."""
        self._words.text = f"{self._words.text} {text}".strip()

    def clear(self, text: str = "") -> None:
        """Show nothing but a sentence: the old rows would belong to another choice."""
        self._notice.say(text)
        # A chart that is hidden takes its heading with it.
        self._words.heading = self._called if text else self._heading
        self.frame = None
        self._code.code = ""
        self._words.text = ""
        self._rows = None
        if self._view is not None:
            # Every chart's rows are in one of these, and none has others without them.
            self._view.update(datasets={name: {} for name in self._view.datasets})
        self._show(shown=False)
        self._fill()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let what goes wrong inside be said in this panel's place, and no other's."""
        with boundary(self.clear):
            yield

    def _draw(self, drawing: Drawing, empty: str) -> None:
        if self._view is None:
            raise TypeError(f"The panel {self.name!r} has no chart.")
        self._view.update(drawing.datasets, drawing.signals, drawing.description, empty)

    def _show(self, *, shown: bool) -> None:
        """Hide chart and foot while there is nothing behind them."""
        show(self._plot, shown=shown and self._view is not None)
        show(self._foot, shown=shown)

    def _fill(self, _: object = None) -> None:
        if not self._table.opened:
            return
        content = self._rows() if self._rows else tables.NOTHING
        with self._table.hold_sync():
            # Neither may be without the other: rows have to fit the columns.
            self._table.columns = []
            self._table.rows = {}
            self._table.columns = content["columns"]
            self._table.rows = content["rows"]
            self._table.caption = content["caption"]

    def _send_csv(self) -> None:
        with boundary(self._actions.fail):
            if self.frame is not None:
                self._actions.send_csv(to_csv(self.frame), f"{self._stem}.csv")

    def _send_sources(self) -> None:
        with boundary(self._actions.fail):
            if self.frame is not None:
                name = f"{self._stem}.csv"
                content = to_bytes(to_csv(self.frame))
                text = sidecar(
                    self.frame, name, content, selection=self._selection, **self.origin()
                )
                self._actions.send_sources(text, name + SIDECAR)


def _table(
    rows: pd.DataFrame | dict[str, Any], caption: str, labels: Mapping[str, str]
) -> dict[str, Any]:
    return rows if isinstance(rows, dict) else tables.table(rows, caption, labels=labels)
