"""The pull dashboard against a plain Voilà + pandas + JupyterChart notebook, side by side.

Both serve the same trends rows, each from Parquet. Measured in a real Chromium, in turns: the
time from opening the page to the first chart, the time in the page from a click to the redrawn
chart, and the memory of its own that a viewer's kernel takes.
"""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.trends import write_weeks

ROWS, WEEKS, REPOSITORIES = 300_000, 52, 12
VISITS = 5
CLICKS = 12
SHOWN = 5
HERE = Path(__file__).parent
_WEEKS_SHOWN = {"3 months": 13, "6 months": 26, "12 months": 52}

# Counts, after each change of the page, the points drawn; says when they are as many as expected.
_WATCH = """
([selector, expected]) => {
  window.__drawn = new Promise((done) => {
    let began;
    const check = () => {
      const points = document.querySelectorAll(selector).length;
      if (began !== undefined && points === expected) {
        observer.disconnect();
        // The next frame: what was changed is then on the screen.
        requestAnimationFrame(() => done(performance.now() - began));
      }
    };
    const observer = new MutationObserver(check);
    document.addEventListener("click", () => { began = performance.now(); },
                              {capture: true, once: true});
    observer.observe(document.body, {childList: true, subtree: true, attributes: true});
  });
}
"""


@dataclass(frozen=True)
class Rival:
    """One of the two dashboards: how it is started, and what it draws."""

    name: str
    command: list[str]
    environment: dict[str, str]
    points: str
    click: Callable[[Page, str], None]
    first: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(
    name: str, command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    """Run a server until the block ends; ``{port}`` in its command is a free one."""
    import requests

    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [part.format(port=port) for part in command],
            env=os.environ | dict(environment),
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}/"
        try:
            deadline = time.monotonic() + 60
            while True:
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    sys.exit(f"{name} did not start:\n{log.read().decode()}")
                try:
                    # Not the page itself, which would start a kernel.
                    requests.get(f"{url}voila/static/nothing", timeout=5)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def own_memory(server: psutil.Process) -> float:
    """Return the unshared memory of the newest kernel below a server, in MB."""
    kernels = [
        p
        for p in server.children(recursive=True)
        if "ipykernel" in " ".join(p.cmdline()) or "kernel-" in " ".join(p.cmdline())
    ]
    newest = max(kernels, key=lambda process: process.create_time())
    return float(newest.memory_full_info().uss) / 1e6


def open_page(browser: Browser, rival: Rival, url: str) -> tuple[Page, float]:
    """Open the page in a browser of its own; with the milliseconds until the first chart."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    count = _WEEKS_SHOWN["6 months"] * SHOWN
    drawn = "([points, count]) => document.querySelectorAll(points).length === count"
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(drawn, arg=[rival.points, count], timeout=120_000)
    return page, (time.perf_counter() - began) * 1000


def visit(browser: Browser, rival: Rival, url: str, server: psutil.Process) -> None:
    """Open the page once, click through the intervals, and note what it took."""
    page, took = open_page(browser, rival, url)
    rival.first.append(took)
    labels = list(_WEEKS_SHOWN)
    for index in range(CLICKS):
        label = labels[(index + 2) % len(labels)]
        # A person looks before the next click, and what follows the chart gets done meanwhile.
        page.wait_for_timeout(300)
        page.evaluate(_WATCH, [rival.points, _WEEKS_SHOWN[label] * SHOWN])
        rival.click(page, label)
        redrawn = float(page.evaluate("window.__drawn"))
        # The first click of a page warms both sides up and is not counted.
        if index:
            rival.clicks.append(redrawn)
    rival.memory.append(own_memory(server))
    page.context.close()


def rivals(work: Path) -> tuple[Rival, Rival]:
    """Make the data and describe both sides."""
    from insights_nb import Archive
    from insights_nb.reading import read_file

    files = write_weeks(work / "exports", weeks=WEEKS, rows=ROWS, repositories=REPOSITORIES)
    Archive(work / "archive").add(files, quiet=True)
    # The rival's best: one file, already typed and joined.
    plain = work / "trends.parquet"
    rows = pl.concat([read_file(path).frame for path in files])
    rows.with_columns(pl.col("date_reference").cast(pl.Datetime("ms"))).write_parquet(plain)
    scripts = Path(sys.executable).parent
    ours = Rival(
        "insights_nb",
        [
            str(scripts / "insights-nb"),
            "dashboard",
            "--notebook",
            "pulls",
            "--archive",
            str(work / "archive"),
            "--no-open",
            "--port",
            "{port}",
        ],
        {},
        ".inb-chart [aria-roledescription='point']",
        lambda page, label: page.get_by_role("radio", name=label, exact=True).check(force=True),
    )
    theirs = Rival(
        "plain notebook",
        [
            str(scripts / "voila"),
            str(HERE / "plain_dashboard.ipynb"),
            "--no-browser",
            "--port={port}",
        ],
        {"PLAIN_TRENDS": str(plain)},
        ".vega-embed .mark-symbol.role-mark path",
        lambda page, label: page.get_by_role("button", name=re.compile(f"^{label}$")).click(),
    )
    return ours, theirs


def main() -> None:
    """Run both sides in turns and print the medians."""
    sys.path.insert(0, str(HERE.parent / "scripts"))
    from ensure_browser import CHROMIUM_ARGUMENTS, playwright_browser, system_browser

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, theirs = rivals(Path(folder))
        path = system_browser() or playwright_browser()
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        with (
            serving(ours.name, ours.command, ours.environment) as mine,
            serving(theirs.name, theirs.command, theirs.environment) as plain,
        ):
            # Another viewer of each stays: what kernels share is nobody's own memory.
            for rival, (url, _) in ((ours, mine), (theirs, plain)):
                open_page(browser, rival, url)
            for _ in range(VISITS):
                visit(browser, ours, *mine)
                visit(browser, theirs, *plain)
        browser.close()
    print(f"\nPull dashboard, {ROWS:,} trend rows, medians of {VISITS} visits")
    print(f"{'':28}{ours.name:>16}{theirs.name:>16}{'ratio':>8}")
    for title, unit, name in (
        ("first chart", "ms", "first"),
        ("click to redrawn chart", "ms", "clicks"),
        ("memory of its own", "MB", "memory"),
    ):
        a, b = (statistics.median(getattr(rival, name)) for rival in (ours, theirs))
        print(f"{f'{title} ({unit})':28}{a:>16.1f}{b:>16.1f}{a / b:>8.2f}")


if __name__ == "__main__":
    main()
