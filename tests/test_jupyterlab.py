"""The same explorer in a real JupyterLab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import insights_nb as inb
from insights_nb import assets
from insights_nb.selection import Selection
from tests.servers import process_wait
from tests.test_dashboard import POINTS, choose, download, drawn, promised, top5

pytestmark = [pytest.mark.browser, pytest.mark.system]

_URL = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")


@pytest.fixture(scope="module")
def lab(samples: inb.Archive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab as the command line does; its URL with the token."""
    home = tmp_path_factory.mktemp("lab")
    command = [Path(sys.executable).parent / "insights-nb", "lab", "--no-open", "--port", "0"]
    command += ["--dir", home / "notebooks", "--archive", samples.folder]
    log_path = home / "log.txt"
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(home / "config")}
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        deadline = time.monotonic() + 120
        while not (match := _URL.search(log_path.read_text())):
            assert process.poll() is None, log_path.read_text()
            assert time.monotonic() < deadline, log_path.read_text()
            process_wait(process, 0.1)
        yield match[0]
        os.killpg(process.pid, 15)
        process.wait(120)


def opened(context: BrowserContext, lab: str, name: str) -> Page:
    """Open a notebook and run all of its cells."""
    page = context.new_page()
    page.goto(lab.replace("/lab?", f"/lab/tree/{name}.ipynb?"))
    # The kernel has to be there before cells can run. Where it is not, JupyterLab asks for one,
    # once for every cell; the sign of an idle kernel alone comes before there is any.
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    kernel = shown.locator(".jp-Toolbar-kernelName")
    expect(kernel).to_have_text("Python 3 (ipykernel)", timeout=120_000)
    shown.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=120_000)
    sessions = lab.replace("/lab?", "/api/sessions?")
    deadline = time.monotonic() + 120
    while not any(
        session["path"] == f"{name}.ipynb" and session["kernel"]["execution_state"] == "idle"
        for session in context.request.get(sessions).json()
    ):
        assert time.monotonic() < deadline, context.request.get(sessions).text()
        page.wait_for_timeout(200)
    # JupyterLab shows a notebook cell by cell.
    count = len(nbformat.read(assets.notebooks() / f"{name}.ipynb", as_version=4).cells)
    # The workspace remembers what was open before, behind it.
    cells = shown.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(count, timeout=120_000)
    # One command for all cells: of several clicks in a row a busy page can lose some.
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").click()
    started = shown.locator(".jp-CodeCell .jp-InputPrompt").first.filter(has_not_text="[ ]:")
    started.wait_for(timeout=120_000)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, lab: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, accept_downloads=True)
    page = opened(context, lab, "pulls")
    page.locator(POINTS).first.wait_for(timeout=120_000)
    yield page
    context.close()


def test_the_notebook_shows_the_explorer(page: Page, samples: inb.Archive) -> None:
    assert drawn(page) == promised(samples, Selection(repositories=top5(samples)))


def test_a_choice_draws_its_numbers(page: Page, samples: inb.Archive) -> None:
    choose(page, "Granularity", "Monthly")
    choose(page, "Time range", "12 months")
    names = top5(samples)
    assert drawn(page) == promised(samples, Selection("month", 12, names))
    choose(page, "Time range", "6 months")
    choose(page, "Granularity", "Weekly")


def test_it_asks_nobody_for_news(page: Page) -> None:
    host = page.url.partition("/lab")[0]
    config = json.loads(page.locator("#jupyter-config-data").text_content() or "")
    assert config["news"] == {"disabled": True}
    token = {"Authorization": f"token {config['token']}"}
    answer = page.request.get(f"{host}/lab/api/update", headers=token)
    # A newer version would be told in a notification.
    assert answer.json()["notification"] is None


def test_downloads_arrive(page: Page) -> None:
    name, svg = download(page, "SVG")
    assert name.endswith(".svg")
    assert b"Pulls per week" in svg
    name, content = download(page, "CSV")
    assert content.decode("utf-8-sig").startswith("period,repository,pulls")


def test_it_offers_the_code_instead_of_a_link(page: Page) -> None:
    expect(page.get_by_role("button", name="Copy code")).to_be_visible()
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)


def test_it_follows_the_dark_theme(page: Page) -> None:
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    colour = page.locator(".inb-picker").evaluate("e => getComputedStyle(e).colorScheme")
    assert "dark" in colour
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")


def test_a_notebook_of_charts_needs_no_other_host(browser: Browser, lab: str) -> None:
    # High enough for every cell: JupyterLab draws what is in sight.
    context = browser.new_context(viewport={"width": 1400, "height": 9000})
    host = lab.partition("/lab")[0]
    asked: list[str] = []
    context.route(
        lambda url: not url.startswith((host, "blob:", "data:")),
        lambda route: asked.append(route.request.url),
    )
    page = opened(context, lab, "audience")
    charts = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .inb-chart[data-redraws]").filter(
        has=page.locator("svg")
    )
    # Six charts of their own cells, and the explorer's three.
    expect(charts).to_have_count(9, timeout=120_000)
    expect(
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")
    ).to_have_count(0)
    assert asked == []
    context.close()
