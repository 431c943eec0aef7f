"""A page with the chart widget's own JavaScript and no kernel, served to a real browser."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights_nb.widgets.chart_view import STATIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HARNESS = Path(__file__).parent / "browser_chart"


@contextmanager
def served(policy: str = "") -> Iterator[str]:
    """Give the page's address, with this Content-Security-Policy."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            name = path.split("?")[0].rsplit("/", 1)[-1]
            return str((HARNESS if name == "index.html" else STATIC) / name)

        def end_headers(self) -> None:
            if policy:
                self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def opened(browser: Browser, address: str, **options: object) -> Page:
    chosen: dict[str, Any] = {"viewport": {"width": 1000, "height": 700}} | options
    page = browser.new_context(**chosen).new_page()
    page.goto(address)
    page.wait_for_function("() => window.ready")
    return page


def show(page: Page, given: dict[str, Any]) -> None:
    """Draw a chart of this state, and wait until it is there."""
    page.evaluate("state => show(state)", given)
    page.wait_for_selector(f".inb-chart[data-chart={given['chart_id']}]:not([data-redraws='0'])")


def receive(page: Page, given: dict[str, Any]) -> None:
    """Send the chart "one" new state as one message and wait until it is drawn."""
    page.evaluate(
        """async (state) => {
            const drawn = new Promise((resolve) =>
                document.addEventListener("insights-nb:drawn", resolve, { once: true }));
            charts.one.model.receive(state);
            await drawn;
        }""",
        given,
    )
