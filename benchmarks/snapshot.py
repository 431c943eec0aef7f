"""The page that needs no server: writing it, its size, and opening it to the first chart.

52 weeks of 500 repositories, 300,000 trend rows, by the command as a whole process; then the file
in a real Chromium, each time in a new context.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

import insights_nb as inb
from benchmarks.trends import write_weeks

REPEATS = 5
WRITE_WANTED, SIZE_WANTED, OPEN_WANTED = 5.0, 3.0, 1_000
# From the start of the navigation to the frame after the chart was drawn.
_FIRST = """
document.addEventListener("insights-nb:drawn", () => {
  requestAnimationFrame(() => { window.__first ??= performance.now(); });
});
"""


def write(archive: Path, out: Path) -> float:
    """Return how long the command takes, in seconds."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "insights_nb", "snapshot"]
    subprocess.run(
        [*command, "--archive", archive, "--out", out], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def opened(page: Path) -> list[float]:
    """Return how long each opening takes to the first chart, in milliseconds."""
    from ensure_browser import CHROMIUM_ARGUMENTS, playwright_browser, system_browser

    taken = []
    with sync_playwright() as playwright:
        path = system_browser() or playwright_browser()
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        for _ in range(REPEATS + 1):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            tab = context.new_page()
            tab.add_init_script(_FIRST)
            tab.goto(page.as_uri())
            tab.wait_for_function("() => window.__first")
            taken.append(float(tab.evaluate("() => window.__first")))
            context.close()
        browser.close()
    return taken[1:]  # The first one starts the browser's processes.


def main() -> None:
    """Print the medians."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "archive", Path(name) / "pulls.html"
        weeks = write_weeks(Path(name) / "weeks", weeks=52, rows=300_000, repositories=500)
        inb.Archive(folder).add(weeks, quiet=True)
        took = statistics.median(write(folder, out) for _ in range(REPEATS))
        size = out.stat().st_size / 1e6
        first = statistics.median(opened(out))
    print(
        f"Snapshot of 52 weeks and 500 repositories: written in {took:.1f} s (wanted: at most "
        f"{WRITE_WANTED:.0f}), {size:.1f} MB (wanted: under {SIZE_WANTED:.0f}), open to the first "
        f"chart in {first:.0f} ms (wanted: under {OPEN_WANTED})"
    )


if __name__ == "__main__":
    main()
