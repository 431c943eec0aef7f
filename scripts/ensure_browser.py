"""Find the browser that the tests drive, or install one.

The system's Chromium or Chrome serves best, and of these the headless shell: the same engine
without the windows' own pages, so that a new context costs a third of the time. Where there is
none: Debian's packages when running as root on Debian or Ubuntu, else Playwright's own download.
In continuous integration a missing browser is a failure; elsewhere it is said, and the browser
tests then fail one by one.
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
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NAMES = (*SHELLS, *WHOLE)
PACKAGES = ("chromium-headless-shell", "chromium")


def system_browser() -> str | None:
    """Return the path of the browser named by INSIGHTS_BROWSER, or of the system's own."""
    named = os.environ.get("INSIGHTS_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def whole() -> str | None:
    """Return the path of the system's own browser with windows, if there is one."""
    return next((path for name in WHOLE if (path := shutil.which(name))), None)


def playwright_browser() -> str | None:
    """Return the path of the browser that Playwright has downloaded, if it has."""
    from pathlib import Path

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def install_packages() -> bool:
    """Install Debian's packages where that is allowed, and tell whether one is there."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing Debian's {' and '.join(PACKAGES)} ...")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    # Each by itself: older releases have no package of the shell.
    done = [subprocess.run([*command, name], check=False, env=environment) for name in PACKAGES]
    return any(one.returncode == 0 for one in done)


def download() -> None:
    """Ask Playwright for its own browser."""
    print("No browser found; asking Playwright for its own ...")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Make sure that there is a browser, and print which."""
    found = system_browser() or playwright_browser()
    quick = any(map(shutil.which, SHELLS)) or "INSIGHTS_BROWSER" in os.environ
    if found is None or (os.environ.get("CI") and not quick):
        if not install_packages() and found is None:
            download()
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
