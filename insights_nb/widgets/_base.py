"""What every control shares: its look, who may set which trait, and the page's boxes."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from insights_nb.charts import theme

_DRAWN = [name for name in theme.LIGHT if name == "other" or name.startswith("series-")]
_STATIC = Path(__file__).parent / "static"


def static(name: str) -> str:
    """Read one of the widgets' own JavaScript or CSS files."""
    # The text and not the path: anywidget would keep every instance alive to hot-reload a file.
    return (_STATIC / name).read_text(encoding="utf-8")


def _series() -> str:
    """Return the chart's colours as CSS variables, for the swatches beside the names."""
    lines = [
        f"--inb-{name}: light-dark({theme.LIGHT[name]}, {theme.DARK[name]});" for name in _DRAWN
    ]
    return f".inb {{ {' '.join(lines)} }}\n"


class Look(anywidget.AnyWidget):
    """Bring the controls' style sheet to the page, once, whatever the number of controls.

    A model without a view: the browser loads its style sheet as soon as the model exists.
    """

    _esm = "export default {};\n"
    _css = static("controls.css") + _series()


_looks: dict[int, Look] = {}


def _look() -> Look:
    # By process, since a kernel that is forked from a warmed one has no page in common with it.
    look = _looks.get(os.getpid())
    if look is None or look.comm is None:
        _looks.clear()
        look = _looks[os.getpid()] = Look()
    return look


class Control(anywidget.AnyWidget):
    """A control whose browser side may set only what its class names.

    Whoever opens a dashboard can send any value for any trait. A control takes those in
    `browser_sets`, checks each on its own, and answers a refused one with the value it keeps.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset()

    _style_sheet = traitlets.Instance(Look, help="Keeps the style sheet on the page.").tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(self, **traits: Any) -> None:  # noqa: ANN401 - each trait has its own type
        # Made before the control, so that the page has the style before it draws.
        super().__init__(_style_sheet=_look(), **traits)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take the browser's values, one by one; called by ipywidgets."""
        for name, value in sync_data.items():
            if name not in self.browser_sets:
                self.log.warning("%s: the browser may not set %.100r", type(self).__name__, name)
                continue
            try:
                super().set_state({name: value})
            except traitlets.TraitError as error:
                # The value is somebody else's text: its representation keeps the log to one line.
                self.log.warning("%s: refused from the browser: %.300r", name, str(error))
                self.send_state(name)


def box(children: Sequence[ipywidgets.Widget], *, name: str) -> ipywidgets.Box:
    """Put widgets into one of the page's boxes, which the style sheet lays out.

    Parameters
    ----------
    children
        The widgets, in reading order.
    name
        ``"explorer"`` (the sidebar, then the main part; one column where it is narrow),
        ``"main"`` and ``"page"`` (one below the other), ``"columns"`` (side by side where there
        is room), ``"facets"`` (lists side by side), ``"controls"`` (a wrapping row), ``"bar"`` (a
        row of actions), ``"told"`` (a part of a page), ``"field"`` (one control of a row),
        ``"aside"`` (the list of repositories), ``"plot"`` (a chart), ``"panel"`` (a framed
        surface, for a chart and what belongs to it) or ``"foot"`` (what lies behind a chart).
    """
    found = ipywidgets.Box(list(children))
    found.add_class("inb-box").add_class(f"inb-{name}")
    return found


def show(where: ipywidgets.Box, *, shown: bool) -> None:
    """Show or hide a box and what is in it.

    A control alone cannot be hidden so: anywidget's views pass over the classes of their models.
    """
    (where.remove_class if shown else where.add_class)("inb-none")


def plain(value: object) -> object:
    """Turn a cell into what JSON can hold: missing values into ``None``, dates into ISO text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date):
        # A period starts at no hour.
        return value.isoformat().removesuffix("T00:00:00")
    item = getattr(value, "item", None)  # numpy's numbers
    return plain(item()) if callable(item) else str(value)


def check_keys(what: str, items: Iterable[Mapping[str, object]], allowed: frozenset[str]) -> None:
    """Refuse a misspelt key, which would otherwise just show nothing.

    Raises
    ------
    traitlets.TraitError
        If an item has a key that is not allowed.
    """
    for item in items:
        if unknown := sorted(set(item) - allowed):
            expected = ", ".join(sorted(allowed))
            raise traitlets.TraitError(
                f"{what} has the unknown key {unknown[0]!r}. Use {expected}."
            )
