"""Find the browser that the tests drive, or install one.

The system's Chromium or Chrome serves best. Where there is none: Debian's package when running
as root on Debian or Ubuntu, else Playwright's own download. In continuous integration a missing
browser is a failure; elsewhere it is said, and the browser tests then fail one by one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# Nothing that a browser would otherwise do on its own reaches a network.
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def system_browser() -> str | None:
    """Return the path of the browser named by INSIGHTS_BROWSER, or of the system's own."""
    named = os.environ.get("INSIGHTS_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def playwright_browser() -> str | None:
    """Return the path of the browser that Playwright has downloaded, if it has."""
    from pathlib import Path

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def install() -> None:
    """Install a browser in the way that this machine allows."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No browser found; installing Debian's chromium ...")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if subprocess.run(command, check=False, env=environment).returncode == 0:
            return
    print("No browser found; asking Playwright for its own ...")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Make sure that there is a browser, and print which."""
    found = system_browser() or playwright_browser()
    if found is None:
        install()
        found = system_browser() or playwright_browser()
    if found is None:
        print(
            "No browser for the browser tests. Install Chromium or Chrome, or name one in "
            "INSIGHTS_BROWSER.",
            file=sys.stderr,
        )
        return 1
    print(f"Browser tests use {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
