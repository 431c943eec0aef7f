"""Fixtures that more than one module needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from insights_nb import Archive

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real Chromium for the whole run; a missing one is a failure, never a skip."""
    from ensure_browser import CHROMIUM_ARGUMENTS, playwright_browser, system_browser
    from playwright.sync_api import sync_playwright

    path = system_browser() or playwright_browser()
    if path is None:
        pytest.fail("No browser: run scripts/ensure_browser.py")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def samples() -> Archive:
    import insights_nb as inb

    return inb.samples()
