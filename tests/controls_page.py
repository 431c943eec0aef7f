"""A page that draws controls from what Python would send, without a kernel between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

import insights_nb.widgets as inbw
from insights_nb.widgets._base import Control, Look

HERE = Path(__file__).parent / "browser_controls"
STATIC = Path(inbw.__file__).parent / "static"
NOT_THE_PAGES = {"_esm", "_css", "layout", "tabbable", "tooltip", "_style_sheet"}
MODULES = {
    "Segmented": "segmented",
    "RepositoryPicker": "picker",
    "Figures": "figures",
    "DataTable": "table",
    "Actions": "actions",
    "Notice": "notice",
    "SessionGuard": "guard",
    "Facet": "facet",
    "Select": "select",
    "Tabs": "tabs",
    "Code": "code",
    "Words": "words",
    "EventList": "event_list",
}


@dataclass
class Site:
    """The harness's address, and what its stand-in for the kernels' API answers."""

    origin: str
    kernel_status: int = 200
    asked: list[str] = field(default_factory=list)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: list[Site], *args: Any) -> None:  # noqa: ANN401 - http.server's own
        self._site = site
        super().__init__(*args, directory=str(HERE))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/base/api/kernels/"):
            self._site[0].asked.append(path)
            self.send_response(self._site[0].kernel_status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/look.css":
            self._give(Look._css.encode(), "text/css")
        elif path.startswith("/static/"):
            self._give((STATIC / Path(path).name).read_bytes(), "text/javascript")
        else:
            super().do_GET()

    def _give(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serve() -> Iterator[Site]:
    site: list[Site] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site))
    site.append(Site(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class ControlsPage:
    """A browser page, and the controls on it by name."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, query: str = "", *, voila: bool = False, kernel: str = "k-1") -> None:
        """Open the empty page; as a dashboard if `voila`."""
        setup = ""
        if voila:
            config = json.dumps({"baseUrl": "/base/", "kernelId": kernel})
            setup = f"""
              document.body.dataset.voila = "voila";
              const config = document.createElement("script");
              config.id = "jupyter-config-data";
              config.type = "application/json";
              config.textContent = {json.dumps(config)};
              document.body.append(config);"""
        self.page.goto(f"{self.site.origin}/index.html{query}")
        self.page.wait_for_function("() => window.ready")
        self.page.evaluate(f"() => {{{setup}}}")

    def boxes(self, into: str, *names: str) -> None:
        self.page.evaluate("([into, names]) => boxes(into, ...names)", [into, list(names)])

    def mount(self, control: Control, *, name: str = "one", into: str = "#rendered_cells") -> None:
        """Draw a control in the state that Python would send."""
        state = {k: v for k, v in control.get_state().items() if k not in NOT_THE_PAGES}
        # As it goes over the wire; a value that is no JSON fails here.
        state = json.loads(json.dumps(state, allow_nan=False))
        module = MODULES[type(control).__name__]
        self.page.evaluate("(args) => mount(...args)", [name, module, state, into])

    def small_targets(self) -> list[str]:
        """Return the texts of what a finger would miss: lower than 44 pixels."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll(
                "button, summary, select, .inb-row, .inb-segments label, input[type=search]")]
              .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 44)
              .map((node) => node.textContent)"""
        )
        return found

    def receive(self, state: dict[str, Any], *, name: str = "one") -> None:
        self.page.evaluate("([name, state]) => models[name].receive(state)", [name, state])

    def message(self, content: dict[str, Any], *, name: str = "one") -> None:
        self.page.evaluate("([n, c]) => models[n].fire('msg:custom', c)", [name, content])

    def saved(self, *, name: str = "one") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("(name) => models[name].saved", name)
        return found

    def sent(self, *, name: str = "one") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("(name) => models[name].sent", name)
        return found
