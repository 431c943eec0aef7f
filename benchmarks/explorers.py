"""The dashboard's tabs on a year of a large publisher's reports: opening them, clicking in them.

5.2 million weekly trend rows and six other reports (`benchmarks.large`), warmed as a server has
them that has run since the last report. In a real Chromium: the time from a click on a tab to its
first chart, on a page and a kernel that were just started; then, in the page, the time from a click
on an interval to the first redrawn chart, and to the last one.

``python -m benchmarks.explorers FOLDER`` takes an archive that `benchmarks.large` made before.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import large
from benchmarks.dashboard import own_memory, serving

TABS = {
    "pulls": "Pulls",
    "adoption": "Adoption",
    "audience": "Audience",
    "companies": "Companies",
    "ecosystem": "Ecosystem",
    "extensions": "Extensions",
    "health": "Data health",
}
FIRST = "pulls"
"""The tab that the page opens with, as soon as its kernel runs."""
INTERVALS = ["3 months", "12 months", "6 months"]
OPENINGS = 3
CLICKS = 15
OPENED_WANTED, CLICK_WANTED = 2_000, 150
_PATIENCE = 120_000
# As long without a further chart, and all that a click changes has been redrawn.
_QUIET = 400

# Notes when each chart was drawn, as it is on the screen: in the frame after.
_WATCH = """
() => {
  window.__log = [];
  window.__clicked = undefined;
  document.addEventListener("click", () => {
    window.__clicked ??= performance.now();
  }, {capture: true});
  document.addEventListener("insights-nb:drawn", (event) => {
    requestAnimationFrame(() => {
      if (window.__clicked !== undefined) window.__log.push(performance.now() - window.__clicked);
    });
  });
}
"""
_SETTLED = """
(quiet) => {
  const last = window.__log.at(-1);
  return last !== undefined && performance.now() - window.__clicked - last > quiet;
}
"""


@dataclass
class Tab:
    """What one tab took, in milliseconds."""

    opened: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)


def drawn(page: Page, slug: str) -> None:
    """Wait until a page's charts are all there."""
    waiting = f".inb-page-{slug} .inb-chart[data-redraws='0']"
    page.locator(f".inb-page-{slug} .inb-chart:not([data-redraws='0'])").first.wait_for(
        timeout=_PATIENCE
    )
    page.wait_for_function(
        "(waiting) => [...document.querySelectorAll(waiting)].every((one) => !one.offsetParent)",
        arg=waiting,
        timeout=_PATIENCE,
    )
    page.wait_for_timeout(_QUIET)


def after(page: Page, element: Locator) -> list[float]:
    """Click, and return when each chart was drawn after it."""
    page.evaluate("() => { window.__log = []; window.__clicked = undefined; }")
    element.click(force=True)
    page.wait_for_function(_SETTLED, arg=_QUIET, timeout=_PATIENCE)
    found: list[float] = page.evaluate("() => window.__log")
    return found


def visit(browser: Browser, url: str, slug: str, tab: Tab, clicks: int) -> None:
    """Open the page and a tab of it, and click through the intervals."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    drawn(page, FIRST)
    page.evaluate(_WATCH)
    if slug != FIRST:
        tab.opened.append(after(page, page.get_by_role("tab", name=TABS[slug], exact=True))[0])
        drawn(page, slug)
    for number in range(clicks):
        label = INTERVALS[number % len(INTERVALS)]
        radio = page.get_by_role("radio", name=label, exact=True)
        if not radio.is_visible():
            break
        times = after(page, radio)
        tab.first.append(times[0])
        tab.last.append(times[-1])
    context.close()


def stay(browser: Browser, url: str) -> Page:
    """Open every tab once, and leave the page open."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url, wait_until="commit")
    for slug, name in TABS.items():
        page.get_by_role("tab", name=name, exact=True).click(timeout=_PATIENCE)
        drawn(page, slug)
    return page


def measure(folder: Path) -> tuple[dict[str, Tab], float]:
    """Return what each tab took, and the memory in MB of a viewer who opened all of them."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
    from ensure_browser import CHROMIUM_ARGUMENTS, playwright_browser, system_browser

    script = str(Path(sys.executable).parent / "insights-nb")
    command = [script, "dashboard", "--archive", str(folder), "--no-open", "--port", "{port}"]
    tabs = {slug: Tab() for slug in TABS}
    with sync_playwright() as playwright, serving("insights_nb", command, {}) as (url, server):
        path = system_browser() or playwright_browser()
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        for opening in range(OPENINGS):
            for slug, tab in tabs.items():
                if slug == FIRST and opening:
                    continue
                visit(browser, url, slug, tab, CLICKS if opening == 0 else 0)
        # Another viewer stays: what kernels share is nobody's own memory.
        stay(browser, url)
        stay(browser, url)
        memory = own_memory(server)
        browser.close()
    return tabs, memory


def table(tabs: dict[str, Tab]) -> str:
    """Return the figures as plain text."""
    lines = [f"{'':14}{'first opening':>22}{'click to first redrawn':>26}{'to last':>10}"]
    lines.append(f"{'':14}{'median':>11}{'worst':>11}{'median':>15}{'worst':>11}{'median':>10}")
    for slug, tab in tabs.items():
        opened, first, last = tab.opened, tab.first, tab.last
        cells = [_middle(opened), _worst(opened), _middle(first), _worst(first), _middle(last)]
        widths = (11, 11, 15, 11, 10)
        row = "".join(f"{text:>{width}}" for text, width in zip(cells, widths, strict=True))
        lines.append(f"{TABS[slug]:14}{row}")
    return "\n".join(lines)


def _middle(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms" if times else "–"


def _worst(times: list[float]) -> str:
    return f"{max(times):.0f} ms" if times else "–"


def main(folder: Path | None = None) -> None:
    """Make the archive unless one is given, and print the figures."""
    from insights_nb.archive import Archive
    from insights_nb.metrics.warming import warm_aside

    with tempfile.TemporaryDirectory() as work:
        # A cache of its own: nothing of a made-up publisher stays behind.
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        try:
            archive = Archive(folder) if folder else large.build(Path(work) / "archive")
            began = time.perf_counter()
            assert warm_aside(archive).wait() == 0
            warmed = time.perf_counter() - began
            tabs, memory = measure(archive.folder)
        finally:
            if before is None:
                del os.environ["XDG_CACHE_HOME"]
            else:
                os.environ["XDG_CACHE_HOME"] = before
    rows = large.TRENDS_ROWS * large.PERIODS["week"]
    print(f"\nThe dashboard's tabs, {rows:,} weekly trend rows; warmed in {warmed:.1f} s")
    print(table(tabs))
    clicks = [one for tab in tabs.values() for one in tab.first]
    print(
        f"All clicks: median {statistics.median(clicks):.0f} ms (wanted: at most {CLICK_WANTED}); "
        f"slowest first opening {max(one for tab in tabs.values() for one in tab.opened):.0f} ms "
        f"(wanted: at most {OPENED_WANTED}); memory of a viewer's own, all tabs opened: "
        f"{memory:.0f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
