"""Take away what is shown: as a link, as rows, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import traitlets

from insights_nb.selection import PARAMETERS
from insights_nb.widgets._base import Control, static

BUTTONS = ("link", "csv", "sources", "png", "svg")

# Five hundred long names fit; a server would refuse a longer request line anyway.
_LONGEST_QUERY = 65_536


class Actions(Control):
    """Buttons "Copy link" (in JupyterLab "Copy code"), "CSV", "Sources", "PNG" and "SVG", or some.

    In a dashboard those with a link also read the page's own query once, and keep the address bar
    true. A page has them once, and further ones without for each of its charts.

    Parameters
    ----------
    buttons
        Which of `BUTTONS`.
    parameters
        What a link says, before URL encoding: ``{"granularity": "month", …}``.
    chart
        The `model_id` of the `ChartView` that "PNG" and "SVG" save.
    disabled
        Which of the buttons cannot be pressed, as there is nothing to save.
    code
        The Python text that "Copy code" copies.
    whitelist
        The parameters that may be in a link, or be read from one.

    Attributes
    ----------
    buttons : list of str, default all of `BUTTONS`
    parameters : dict of str to str, default {}
    chart : str, default ""
    disabled : list of str, default []
    code : str, default ""
    whitelist : list of str, default `insights_nb.selection.PARAMETERS`
    query : str, default ""
        Set by the browser, once a page and only in a dashboard: the whitelisted part of the page's
        query. It is a stranger's text.

    Raises
    ------
    traitlets.TraitError
        If the whitelist names ``token``.

    Notes
    -----
    After `query` the browser says hello (also where the query is empty, and in JupyterLab); the
    answer, sent once all observers of both have run, lets it write the address bar.
    """

    browser_sets: ClassVar[frozenset[str]] = frozenset({"query"})
    _esm = static("actions.js")

    parameters = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(
        sync=True
    )
    whitelist = traitlets.List(traitlets.Unicode(), default_value=list(PARAMETERS)).tag(sync=True)
    buttons = traitlets.List(traitlets.Enum(BUTTONS), default_value=list(BUTTONS)).tag(sync=True)
    chart = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.List(traitlets.Enum(BUTTONS)).tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        *,
        buttons: Sequence[str] = BUTTONS,
        parameters: Mapping[str, str] | None = None,
        chart: str = "",
        disabled: Sequence[str] = (),
        code: str = "",
        whitelist: Sequence[str] = PARAMETERS,
    ) -> None:
        self._hello: list[Callable[[], None]] = []
        self._asked: dict[str, list[Callable[[], None]]] = {"csv": [], "sources": []}
        super().__init__(
            buttons=list(buttons),
            parameters=dict(parameters or {}),
            chart=chart,
            disabled=list(disabled),
            code=code,
            whitelist=list(whitelist),
        )
        self.on_msg(self._receive)

    def on_hello(self, callback: Callable[[], None]) -> None:
        """Call back when a page has opened and its query, if any, has been set."""
        self._hello.append(callback)

    def on_csv(self, callback: Callable[[], None]) -> None:
        """Call back when "CSV" is pressed; answer with `send_csv` or `fail`."""
        self._asked["csv"].append(callback)

    def on_sources(self, callback: Callable[[], None]) -> None:
        """Call back when "Sources" is pressed; answer with `send_sources` or `fail`.

        A button of its own, since browsers block a second file at one click.
        """
        self._asked["sources"].append(callback)

    def send_csv(self, text: str, filename: str) -> None:
        """Let the browser save a CSV file.

        It is saved as UTF-8 with a byte order mark, without which Excel guesses the encoding.
        """
        self.send({"type": "csv", "text": text, "filename": filename})

    def send_sources(self, text: str, filename: str) -> None:
        """Let the browser save what explains the CSV file: JSON, as UTF-8."""
        self.send({"type": "sources", "text": text, "filename": filename})

    def fail(self, text: str) -> None:
        """Say beside the buttons why what was asked for does not come."""
        self.send({"type": "failed", "text": text})

    @traitlets.validate("whitelist")
    def _no_token(self, proposal: dict[str, Any]) -> list[str]:
        names: list[str] = proposal["value"]
        if "token" in names:
            raise traitlets.TraitError("token is a secret and never part of a link.")
        return names

    @traitlets.validate("query")
    def _short(self, proposal: dict[str, Any]) -> str:
        query: str = proposal["value"]
        if len(query) > _LONGEST_QUERY:
            raise traitlets.TraitError(f"a query of {len(query)} characters")
        return query

    def _receive(self, _: object, content: object, __: object) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "hello":
            for callback in self._hello:
                callback()
            self.send({"type": "ready"})
        elif kind in self._asked:
            for callback in self._asked[kind]:
                callback()
        else:
            self.log.warning("Actions: unknown message from the browser: %.100r", content)
