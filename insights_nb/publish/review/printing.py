"""A page printed to PDF by the system's browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from insights_nb.errors import NotebookError
from insights_nb.files import write_atomically
from insights_nb.publish.page import unwritable
from insights_nb.work import work_folder

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""Programs that can print, in the order in which they are looked for."""

VARIABLE = "INSIGHTS_BROWSER"
"""Environment variable that names another one."""

_SECONDS = 120
# Nothing that a browser would else do on its own reaches a network.
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-pdf-header-footer",
)


def print_to_pdf(page: Path) -> Path:
    """Print a page to a PDF of the same name.

    Raises
    ------
    NotebookError
        If there is no Chromium or Chrome, or it prints nothing.
    WriteError
        If the PDF cannot be written; one that was there is unchanged.
    """
    browser = _browser()
    if browser is None:
        raise NotebookError(
            "No Chromium or Chrome was found to make the PDF. Install one, name its program in "
            f"{VARIABLE}, or open {page} in any browser and print it."
        )
    path = page.with_suffix(".pdf")
    with work_folder() as folder:
        printed = folder / "page.pdf"
        command = [
            browser,
            *_QUIET,
            # Chromium refuses to run as root with its sandbox.
            *(["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={printed}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - a browser, and a page of our own
                command, capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unprinted(browser, page, str(error)) from error
        if not printed.is_file() or not printed.stat().st_size:
            raise _unprinted(browser, page, done.stderr.decode(errors="replace").strip())
        try:
            write_atomically(path, lambda file: file.write(printed.read_bytes()))
        except OSError as error:
            raise unwritable(path, error) from error
    return path


def _unprinted(browser: str, page: Path, words: str) -> NotebookError:
    return NotebookError(
        f"{browser} could not make a PDF of {page}: {words[-300:] or 'it said nothing'}. Open "
        "the page in any browser and print it."
    )


def _browser() -> str | None:
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)
