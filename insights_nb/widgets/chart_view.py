"""A chart that is drawn once and then only takes new rows.

The page gets Vega from the server's template where there is one, else from the first chart's
kernel, and keeps it for every other chart. No other host is asked for anything.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import anywidget
import traitlets

from insights_nb.errors import FrameTypeError

STATIC = Path(__file__).parent / "static"
VEGA_FILE = STATIC / "vega.js"
VEGA_URL_VARIABLE = "INSIGHTS_NB_VEGA_URL"
"""The environment variable that tells kernels where their server has the bundle."""


@runtime_checkable
class _Chart(Protocol):
    """An Altair chart, without importing Altair."""

    def to_dict(self) -> dict[str, Any]: ...


class ChartView(anywidget.AnyWidget):
    """Shows a Vega-Lite chart whose rows can be exchanged without drawing it anew.

    Parameters
    ----------
    chart
        An Altair chart, or a Vega-Lite specification as a dictionary. Data that are to change
        are named sources in it, and signals are its top-level parameters. A colour may be a CSS
        variable with its light value as fallback, ``var(--inb-text, #1f2328)``: pictures use the
        fallback.
    datasets
        The named sources' rows by column, ``{"rows": {"x": [1, 2], "y": [3, 4]}}``. A column of
        repeated texts can be ``{"categories": [...], "codes": [...]}``. Missing is ``None``.
    signals
        Values of the parameters; those that the chart does not have are passed over.
    description
        What the chart shows, for those who do not see it.
    filename
        The saved pictures' name without its ending.
    empty
        The sentence that stands in the chart's place, below its heading, while there are no rows.
    pending
        Whether rows are still to come: nothing is drawn before the first `update`.

    Attributes
    ----------
    vega_url : str
        Where the server has the bundle, relative to its base URL, as the environment variable
        ``INSIGHTS_NB_VEGA_URL`` says. Without one the kernel sends it.

    Notes
    -----
    On the page, ``insights-nb:export`` on the document with the detail
    ``{chart: model_id, format: "png" | "svg"}`` saves a picture; ``insights-nb:exported`` follows,
    with ``error`` where that failed. After each drawing comes ``insights-nb:drawn``, and
    ``data-redraws`` counts up on the element of class ``inb-chart``.
    """

    # Read, not named: anywidget watches files that it is only told the path of.
    _esm = (STATIC / "chart_view.js").read_text(encoding="utf-8")
    _css = (STATIC / "chart_view.css").read_text(encoding="utf-8")

    spec = traitlets.Dict().tag(sync=True)
    datasets = traitlets.Dict().tag(sync=True)
    signals = traitlets.Dict().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    filename = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    pending = traitlets.Bool(False).tag(sync=True)
    vega_url = traitlets.Unicode().tag(sync=True)
    # The page's code is not told its model's id.
    chart_id = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        chart: _Chart | Mapping[str, Any],
        *,
        datasets: Mapping[str, Mapping[str, Any]] | None = None,
        signals: Mapping[str, Any] | None = None,
        description: str = "Chart",
        filename: str = "chart",
        empty: str = "There is nothing to show.",
        pending: bool = False,
    ) -> None:
        identifier = uuid.uuid4().hex
        super().__init__(
            model_id=identifier,
            chart_id=identifier,
            spec=_specification(chart),
            datasets=dict(datasets or {}),
            signals=dict(signals or {}),
            description=description,
            filename=filename,
            empty=empty,
            pending=pending,
            vega_url=os.environ.get(VEGA_URL_VARIABLE, ""),
        )
        self.on_msg(_answer)

    @property
    def blank(self) -> bool:
        """Whether there are no rows: `empty` is shown then, and there is no chart to save."""
        return bool(self.datasets) and not any(map(_length, self.datasets.values()))

    def update(
        self,
        datasets: Mapping[str, Mapping[str, Any]] | None = None,
        signals: Mapping[str, Any] | None = None,
        description: str | None = None,
        empty: str | None = None,
    ) -> None:
        """Exchange rows, signals, description and `empty`, in one message and one drawing.

        Data sets and signals that are not named stay as they are.
        """
        with self.hold_sync():
            if datasets is not None:
                self.datasets = {**self.datasets, **datasets}
            if signals is not None:
                self.signals = {**self.signals, **signals}
            if description is not None:
                self.description = description
            if empty is not None:
                self.empty = empty
            self.pending = False

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take no state from the page: a viewer can send anything, and the chart sends none."""


def vega_version() -> str:
    """Return eight digits that change with the bundle, for URLs that are cached for good."""
    return hashlib.sha256(VEGA_FILE.read_bytes()).hexdigest()[:8]


@cache
def _vega_bundle() -> bytes:
    return VEGA_FILE.read_bytes()


def _length(columns: Mapping[str, Any]) -> int:
    first = next(iter(columns.values()), ())
    return len(first["codes"] if isinstance(first, Mapping) else first)


def _answer(widget: ChartView, content: object, _buffers: object) -> None:
    if isinstance(content, dict) and content.get("type") == "vega":
        widget.send({"type": "vega"}, buffers=[_vega_bundle()])


def _specification(chart: object) -> dict[str, Any]:
    if isinstance(chart, Mapping):
        return dict(chart)
    if isinstance(chart, _Chart):
        return chart.to_dict()
    raise FrameTypeError(
        f"A {type(chart).__name__} is no chart. Give an Altair chart or the dictionary of "
        "a Vega-Lite specification."
    )
