"""Fixtures that more than one module needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser, BrowserContext

    from insights_nb import Archive
    from tests.controls_page import ControlsPage, Site
    from tests.servers import Server

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

# Milliseconds in which a page does what it is asked, and in which it comes to show something,
# also where everything shares one busy core. Nobody waits this long but for a failure.
PATIENCE = 60_000
SHOWN_WITHIN = 30_000

# What a test asks for that a browser, or a server in another process, is behind.
SYSTEM_FIXTURES = {"browser", "server"}
# What only a test of such a kind does: it starts a process, or a server.
GUARDED = frozenset({"subprocess.Popen", "socket.bind"})

# Modules that build whole pages, draw pictures or try many examples: seconds a test, and minutes
# together. `make check` leaves them out.
SLOW = {
    "test_actions", "test_adoption", "test_adoption_charts", "test_adoption_page",
    "test_archive_damage", "test_audience", "test_audience_charts", "test_audience_page",
    "test_bounds", "test_caching", "test_clients", "test_companies", "test_companies_page",
    "test_company_charts", "test_contributions", "test_country_map", "test_coverage_chart",
    "test_documents", "test_ecosystem_charts", "test_ecosystem_page", "test_effect",
    "test_event_marks", "test_event_pages", "test_excel", "test_explorer", "test_extension_charts",
    "test_extensions_page", "test_health_page", "test_long_names", "test_opening",
    "test_page_coverage", "test_pull_chart", "test_pulls", "test_quality", "test_quality_chart",
    "test_questions", "test_release_charts", "test_samples_generated", "test_sidecars",
    "test_sources", "test_until", "test_withdraw", "test_world",
}  # fmt: skip

# How long an example takes hangs on what else runs; a failure prints what repeats it.
settings.register_profile("ours", deadline=None, print_blob=True)
settings.register_profile("quick", settings.get_profile("ours"), max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ours"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs more than this process, and let it go first."""
    for item in items:
        if SYSTEM_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.system)
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
    # The longest come first, module by module, so that no worker ends long after the other.
    long = {item.path for item in items if item.get_closest_marker("system")}
    items.sort(key=lambda item: item.path not in long)


_asks: list[pytest.Item] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Know which test runs, for the guard below."""
    _asks.append(item)
    try:
        return (yield)
    finally:
        _asks.pop()


def _guard(event: str, _: tuple[object, ...], names: frozenset[str] = GUARDED) -> None:
    # Called until the very end, when this module's own names are gone.
    if event in names and _asks and not _asks[-1].get_closest_marker("system"):
        raise AssertionError(f"{event}: mark this test with pytest.mark.system")


# What `make check` leaves out is what is marked; so nothing else may start a process.
sys.addaudithook(_guard)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real Chromium for the whole run; a missing one is a failure, never a skip."""
    from ensure_browser import CHROMIUM_ARGUMENTS, playwright_browser, system_browser
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=SHOWN_WITHIN)
    path = system_browser() or playwright_browser()
    if path is None:
        pytest.fail("No browser: run scripts/ensure_browser.py")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        chromium.on("context", lambda made: made.set_default_timeout(PATIENCE))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def whole_browser(browser: Browser) -> Iterator[Browser]:
    """A Chromium with windows and tabs, for what hangs on their being closed."""
    from ensure_browser import CHROMIUM_ARGUMENTS, whole

    path = whole()
    if path is None:
        yield browser
        return
    chromium = browser.browser_type.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def samples() -> Archive:
    import insights_nb as inb

    return inb.samples()


@pytest.fixture(scope="module")
def server(samples: Archive) -> Iterator[Server]:
    """The dashboard of the samples, for all tests of a module."""
    from tests.servers import dashboard

    with dashboard("--archive", str(samples.folder)) as running:
        yield running


def leave(context: BrowserContext) -> None:
    """Close a viewer's pages as one who goes elsewhere: their kernels end with them."""
    for page in context.pages:
        page.goto("about:blank")
    context.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A viewer with a wide window, who can copy and paste."""
    made = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    leave(made)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """What draws controls without a kernel, for all tests of a module."""
    from tests.controls_page import serve

    with serve() as found:
        yield found


@pytest.fixture
def shown(browser: Browser, site: Site) -> Iterator[ControlsPage]:
    """A page for controls, not opened yet, on which nothing may fail."""
    from tests.controls_page import ControlsPage

    site.kernel_status = 200
    site.asked.clear()
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        found = ControlsPage(context.new_page(), site)
        yield found
        assert found.errors == []
