"""What a page's widgets take from the browser: what a viewer may change, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import ipywidgets
from traitlets import HasTraits

# Stock widgets with a value that shows something, and asks for nothing.
_SHOWN = (
    ipywidgets.HTML,
    ipywidgets.HTMLMath,
    ipywidgets.Label,
    ipywidgets.Valid,
    ipywidgets.IntProgress,
    ipywidgets.FloatProgress,
    ipywidgets.Image,
    ipywidgets.Audio,
    ipywidgets.Video,
)
_INPUTS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (ipywidgets.ValueWidget, ("value",)),
    (ipywidgets.widget_selection._Selection, ("index",)),
    (ipywidgets.widget_selection._MultipleSelection, ("index",)),
    (ipywidgets.widget_selectioncontainer._SelectionContainer, ("selected_index",)),
    (ipywidgets.FileUpload, ("error",)),
    (ipywidgets.Play, ("playing", "repeat")),
    (ipywidgets.Controller, ("name", "mapping", "connected", "timestamp")),
)


@cache
def inputs(kind: type) -> frozenset[str]:
    """Return the traits of a widget that a viewer may set.

    A class says so itself in ``browser_sets``; none of this package's does without. A stock control
    takes its value; a box, a layout or a text takes nothing. Another package's widget takes what it
    adds to those, but for what is private: its author synced it for this.
    """
    declared = getattr(kind, "browser_sets", None)
    if declared is not None:
        return frozenset(declared)
    if _package(kind) == "insights_nb":
        return frozenset()
    names: set[str] = set()
    if not issubclass(kind, _SHOWN):
        names.update(*(taken for stock, taken in _INPUTS if issubclass(kind, stock)))
    known: set[str] = set()
    for each in kind.__mro__:
        if issubclass(each, HasTraits) and _package(each) in {"ipywidgets", "anywidget"}:
            known.update(_synced(each))
    own = set(_synced(kind)) - known
    return frozenset(names | {name for name in own if not name.startswith("_")})


def _synced(kind: Any) -> list[str]:  # noqa: ANN401 -- a class with traits
    names: list[str] = kind.class_trait_names(sync=True)
    return names


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def taken(
    widget: ipywidgets.Widget, data: Mapping[str, Any], buffers: Sequence[Any]
) -> tuple[Mapping[str, Any], list[Any]] | None:
    """Return what a widget is to be given of a ``comm_msg``; None is nothing.

    Parameters
    ----------
    widget
        Which the message is for.
    data, buffers
        What it says.
    """
    method = data.get("method")
    if method == "request_state":
        return {"method": method}, []
    if method == "custom":
        # What is sent by hand is always one.
        return (data, list(buffers)) if isinstance(data.get("content"), dict) else None
    state = data.get("state")
    if method != "update" or not isinstance(state, dict):
        return None
    allowed = inputs(cast("Hashable", type(widget)))
    kept = {name: value for name, value in state.items() if name in allowed}
    if not kept:
        return None
    paths = data.get("buffer_paths")
    # The buffers of what is kept; a path that leads nowhere is left out.
    pairs = [
        (path, buffer)
        for path, buffer in zip(paths if isinstance(paths, list) else [], buffers, strict=False)
        if _leads(kept, path)
    ]
    update = {"method": method, "state": kept, "buffer_paths": [path for path, _ in pairs]}
    return update, [buffer for _, buffer in pairs]


def _leads(state: Any, path: Any) -> bool:  # noqa: ANN401 -- JSON
    """Return whether a buffer has a place in a state, as ipywidgets would put it there."""
    if not isinstance(path, list) or not path:
        return False
    here = state
    for step in path[:-1]:
        if not (_has(here, step) and (isinstance(here, list) or step in here)):
            return False
        here = here[step]
    return _has(here, path[-1])


def _has(here: Any, step: Any) -> bool:  # noqa: ANN401 -- JSON
    if isinstance(here, dict):
        return isinstance(step, str)
    return isinstance(here, list) and type(step) is int and 0 <= step < len(here)
