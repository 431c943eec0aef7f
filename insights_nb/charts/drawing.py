"""A chart of a frame before it is drawn: whichever way, a page's or a notebook's.

A dashboard takes a mark's specification once and sends each frame's data and signals; a notebook
has Altair build a chart with the same data in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from insights_nb.charts import specs, theme

if TYPE_CHECKING:
    import altair as alt

    from insights_nb.charts.parts import Width


Columns = dict[str, Any]
"""Rows by column: a list each, or for repeated texts ``{"categories": [...], "codes": [...]}``."""

Datasets = dict[str, Columns]
"""A chart's named data."""

Signals = dict[str, Any]
"""What a chart's parameters are set to."""


def repeated(categories: Sequence[str], codes: Iterable[int]) -> dict[str, list[Any]]:
    """Return a column of few texts that come often."""
    return {"categories": [*categories], "codes": [*codes]}


def as_rows(columns: Columns) -> list[dict[str, Any]]:
    """Return the rows, which Altair takes one by one."""
    plain = {
        name: [column["categories"][code] for code in column["codes"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Mark:
    """A kind of chart: what is the same for every frame.

    Parameters
    ----------
    name
        Of its specification (see `insights_nb.charts.specs`).
    build
        Builds the specification with Altair, from a paint and the keywords ``width``, ``values``
        (of the parameters) and, where the height does not follow from the rows, ``height``.
    describe
        Says in words what data and signals show, for those who do not see it.
    constant
        Returns named data that are the same for every frame.
    """

    name: str
    build: Callable[..., alt.LayerChart]
    describe: Callable[[Datasets, Signals], str]
    constant: Callable[[], Mapping[str, Any]] = _nothing

    @property
    def specification(self) -> dict[str, Any]:
        """Its Vega-Lite, with its constant data: a new one on every call.

        All other data are named sources, and its parameters the signals. Colours are CSS variables
        with the light theme's as a fallback.
        """
        constant = self.constant()
        return specs.load(self.name) | ({"datasets": dict(constant)} if constant else {})


@dataclass(frozen=True)
class Drawing:
    """A chart of a frame, before it is drawn.

    Parameters
    ----------
    mark
        What kind of chart it is.
    datasets
        The named data of its specification, by column; a column of repeated texts is
        ``{"categories": [...], "codes": [...]}``.
    signals
        Values of its specification's parameters.
    """

    mark: Mark
    datasets: Mapping[str, Columns]
    signals: Signals

    @property
    def description(self) -> str:
        """What it shows in words, for those who do not see it."""
        return self.mark.describe(dict(self.datasets), self.signals)

    def noted(self, *, before: Iterable[str] = (), after: Iterable[str] = ()) -> Drawing:
        """Return the same with further notes before and after those below its heading."""
        notes = [*before, *self.signals["notes"], *after]
        return replace(self, signals=self.signals | {"notes": notes})

    def chart(
        self,
        *,
        width: Width = "container",
        height: int | None = None,
        paint: theme.Paint = theme.literal,
    ) -> alt.LayerChart:
        """Build it with Altair.

        Parameters
        ----------
        width
            In pixels, or ``"container"`` to fill the cell.
        height
            Of the plot without title, legend and axis, in pixels; not where the height follows
            from the rows.
        paint
            Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides
            between light and dark, else the light colours on white.

        Returns
        -------
        altair.LayerChart
            Its rows are in it, however many, and it asks no other host for anything.
        """
        size = {} if height is None else {"height": height}
        chart = self.mark.build(paint, width=width, values=self.signals, **size)
        # Not as data of the layers: Altair refuses more than 5,000 rows there.
        chart.datasets = {name: as_rows(each) for name, each in self.datasets.items()} | dict(
            self.mark.constant()
        )
        chart.description = self.description
        return chart
