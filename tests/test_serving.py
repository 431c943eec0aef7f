"""The dashboard's server, over real HTTP and in a real browser."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import psutil
import pytest
import requests

import insights_nb as inb
from insights_nb.metrics.warming import LEAST_ROWS
from insights_nb.serving import settings as told
from insights_nb.serving.settings import DashboardSettings, strip_credentials
from tests.reports import trends_row, write_trends
from tests.servers import dashboard
from tests.viewers import aside, leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.system

get = functools.partial(requests.get, timeout=120)
head = functools.partial(requests.head, timeout=120)
post = functools.partial(requests.post, timeout=120)

TOKEN = "a-token-that-is-long-enough"
WIDGETS = """
import ipywidgets
button = ipywidgets.Button(description="Count")
label = ipywidgets.Label("0")
button.on_click(lambda _: setattr(label, "value", str(int(label.value) + 1)))
ipywidgets.VBox([button, label])
"""


@dataclass
class Server:
    """A dashboard in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    printed: list[str]
    log: Path

    def kernels(self) -> int:
        count = 0
        for each in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                count += "ipykernel_launcher" in " ".join(each.cmdline())
        return count

    def logged(self) -> str:
        return self.log.read_text("utf-8")

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=120)
        return rest


def until(true: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something to become true, and say what did not."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not so within {seconds} s")
        time.sleep(0.05)


@contextlib.contextmanager
def running(
    cache: Path, folder: Path, cells: list[str] | str, *arguments: str, **environment: str
) -> Iterator[Server]:
    """Serve a notebook of these cells until the block ends."""
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(cell[3:])
            if cell.startswith("md:")
            else nbformat.v4.new_code_cell(cell)
            for cell in ([cells] if isinstance(cells, str) else cells)
        ]
    )
    nbformat.write(book, folder / "book.ipynb")
    (folder / "beside.png").write_bytes(b"not to be seen")
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "insights_nb", "--debug", "dashboard", "--no-open"),
                *("--notebook", str(folder / "book.ipynb"), "--port", "0", *arguments),
            ],
            cwd=folder,
            # Its own home, but not the samples written anew for each.
            env=os.environ | {"HOME": str(folder), "XDG_CACHE_HOME": str(cache)} | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip())
            if line.startswith("Stop with"):
                break
        else:
            pytest.fail(log.read_text())
        found = re.search(r"http://\S+?/(?=[\s?]|$)", "\n".join(printed))
        assert found
        yield Server(process, found[0], printed, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=120)
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., contextlib.AbstractContextManager[Server]]:
    cache = tmp_path_factory.mktemp("cache")

    def serve(
        cells: list[str] | str, *arguments: str, **environment: str
    ) -> contextlib.AbstractContextManager[Server]:
        folder = tmp_path_factory.mktemp("server")
        return running(cache, folder, cells, *arguments, **environment)

    return serve


@pytest.fixture
def start(
    run: Callable[..., contextlib.AbstractContextManager[Server]],
) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test."""
    with contextlib.ExitStack() as started:
        yield lambda *given, **more: started.enter_context(run(*given, **more))


@pytest.fixture(scope="module")
def plain(run: Callable[..., contextlib.AbstractContextManager[Server]]) -> Iterator[Server]:
    with run(["md:# A heading\n\nSome words.", WIDGETS]) as server:
        yield server


@pytest.fixture(scope="module")
def locked(run: Callable[..., contextlib.AbstractContextManager[Server]]) -> Iterator[Server]:
    with run(WIDGETS, INSIGHTS_TOKEN=TOKEN) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def as_visitor(session: requests.Response) -> dict[str, str]:
    """Return the headers of further requests by whoever opened a session: a kernel is theirs."""
    return {"Cookie": str(session.request.headers["Cookie"])}


def open_session(server: Server, **headers: str) -> requests.Response:
    """Start a kernel as the page's script does."""
    with requests.Session() as viewer:
        viewer.get(server.url, headers=headers)
        return viewer.post(
            f"{server.url}session",
            headers={"X-XSRFToken": viewer.cookies.get("_xsrf", ""), **headers},
        )


# -- What is served ----------------------------------------------------------------------------


def test_the_page_itself_starts_no_kernel(plain: Server) -> None:
    before = plain.kernels()
    assert get(plain.url).status_code == 200
    assert head(plain.url).status_code in {200, 405}
    assert plain.kernels() == before


@pytest.mark.browser
def test_a_widget_shows_and_answers(plain: Server, page: Page) -> None:
    page.goto(plain.url)
    page.get_by_role("button", name="Count").click()
    page.get_by_text("1", exact=True).wait_for()
    assert page.get_by_role("heading", name="A heading").is_visible()
    assert page.title() == "A heading · insights_nb"
    assert page.locator("#inb-waiting").count() == 0


@pytest.mark.browser
def test_no_request_leaves_the_host_and_the_console_stays_quiet(plain: Server, page: Page) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.goto(plain.url)
    page.get_by_role("button", name="Count").wait_for()
    assert [url for url in asked if not url.startswith((plain.url, "blob:", "data:"))] == []
    assert [line for line in said if line.startswith("error")] == []
    # Stock Voilà asks for some ninety scripts, one after the other.
    assert len([url for url in asked if url.endswith(".js")]) < 16, asked


@pytest.mark.browser
def test_closing_the_tab_ends_its_kernel(
    start: Callable[..., Server], whole_browser: Browser
) -> None:
    server = start(WIDGETS)
    page = whole_browser.new_page()
    page.goto(server.url)
    page.get_by_role("button", name="Count").wait_for()
    assert server.kernels() == 1
    page.close(run_before_unload=True)
    until(lambda: server.kernels() == 0)


@pytest.mark.browser
def test_leaving_before_the_kernel_is_ready_ends_it(
    start: Callable[..., Server], browser: Browser
) -> None:
    server = start("import time; time.sleep(600)")
    page = browser.new_page()
    page.goto(server.url)
    until(lambda: server.kernels() == 1)
    page.close()
    until(lambda: server.kernels() == 0)


@pytest.mark.browser
def test_an_idle_kernel_is_ended_though_its_tab_is_open(
    start: Callable[..., Server], page: Page
) -> None:
    server = start(WIDGETS, "--cull-after", "15")
    page.goto(server.url)
    page.get_by_role("button", name="Count").wait_for()
    until(lambda: server.kernels() == 0)
    kernel = page.evaluate("document.body.dataset.kernel")
    # What the session guard asks for.
    until(lambda: page.request.get(f"{server.url}api/kernels/{kernel}").status == 404)


@pytest.mark.browser
def test_the_page_follows_the_system_theme(plain: Server, browser: Browser) -> None:
    def background(scheme: str) -> str:
        context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(plain.url)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
        return str(colour)

    assert background("light") != background("dark")


@pytest.mark.browser
def test_the_page_fits_a_phone(plain: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(plain.url)
    page.get_by_role("button", name="Count").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@pytest.mark.browser
def test_without_javascript_the_page_says_so(plain: Server, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(plain.url)
    assert page.locator("noscript p").is_visible()
    assert not page.locator("#inb-waiting").is_visible()
    context.close()


def test_files_are_cached_for_good_and_travel_compressed(plain: Server) -> None:
    address = re.search(r'src="/(static/\w+/app/frontend.js)"', get(plain.url).text)
    assert address
    answer = get(plain.url + address[1])
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < len(answer.content) / 2


def test_kernels_kept_ready_are_handed_out_and_replaced(start: Callable[..., Server]) -> None:
    server = start(WIDGETS, "--preheat", "1", "--cull-after", "1")
    until(lambda: server.kernels() == 1)
    first = open_session(server).json()["kernel"]["id"]
    second = open_session(server).json()["kernel"]["id"]
    assert first != second
    until(lambda: server.kernels() >= 1)


def test_a_kernel_sees_the_archive_and_no_credentials(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    cell = "import os, json\nprint(json.dumps(dict(os.environ)))"
    server = start(
        cell,
        "--archive",
        str(tmp_path),
        DOCKERHUB_USERNAME="somebody",
        DOCKERHUB_TOKEN="dckr_pat_x",
        INSIGHTS_TOKEN=TOKEN,
        AWS_SECRET_ACCESS_KEY="y",
    )
    answer = open_session(server, Authorization=f"token {TOKEN}").json()
    environment = json.loads(answer["cells"][0]["outputs"][0]["data"]["text/plain"])
    assert environment["INSIGHTS_ARCHIVE"] == str(tmp_path)
    assert {name for name in environment if "TOKEN" in name or "SECRET" in name} == set()
    assert "DOCKERHUB_USERNAME" not in environment
    assert TOKEN not in json.dumps(environment)


@pytest.mark.parametrize(
    ("what", "text"), [("events", "date,label\n2026-09-08,2.0\n"), ("clients", "client,use_case\n")]
)
def test_a_kernel_sees_the_publishers_own_files(
    start: Callable[..., Server], tmp_path: Path, what: str, text: str
) -> None:
    path = tmp_path / f"{what}.csv"
    path.write_text(text)
    code = f"import os\nprint(os.environ['INSIGHTS_{what.upper()}'])"
    server = start(code, f"--{what}", str(path))
    answer = open_session(server).json()
    assert answer["cells"][0]["outputs"][0]["data"]["text/plain"].strip() == str(path)


def test_a_kernel_knows_where_the_charts_script_is(start: Callable[..., Server]) -> None:
    from insights_nb.widgets.chart_view import VEGA_URL_VARIABLE

    server = start(f"import os\nprint(os.environ['{VEGA_URL_VARIABLE}'])")
    path = open_session(server).json()["cells"][0]["outputs"][0]["data"]["text/plain"]
    answer = get(server.url.rstrip("/") + path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_under_a_path_everything_is_below_it(start: Callable[..., Server]) -> None:
    server = start(WIDGETS, "--base-url", "/team/insights")
    assert server.url.endswith("/team/insights/")
    text = get(server.url).text
    addresses = re.findall(r'(?:href|src)="([^"]+)"', text)
    assert addresses
    assert all(each.startswith("/team/insights/") for each in addresses)
    assert open_session(server).status_code == 200


# -- Errors ------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_failing_cell_shows_one_sentence_and_its_number_finds_the_traceback(
    start: Callable[..., Server], page: Page
) -> None:
    server = start(["md:Words before.", "secret = 'hunter2'\nraise ValueError(secret)", "print(7)"])
    page.goto(server.url)
    shown = page.get_by_role("alert")
    shown.wait_for()
    said = shown.inner_text()
    number = re.search(r"error ([0-9a-f]{8})", said)
    assert number
    assert "Something went wrong on our side" in said
    assert page.get_by_text("Words before.").is_visible()
    body = page.locator("body").inner_text()
    assert "hunter2" not in body
    assert "ValueError" not in body
    until(lambda: f"Error {number[1]}" in server.logged())
    assert "ValueError: hunter2" in server.logged()


def test_a_kernel_that_dies_is_reported_the_same_way(start: Callable[..., Server]) -> None:
    server = start("import os; os._exit(1)")
    cells = open_session(server).json()["cells"]
    assert re.fullmatch("[0-9a-f]{8}", cells[0]["error"])
    assert cells[0]["error"] in server.logged()


def test_a_viewer_whose_kernel_died_is_told_that_there_is_none(
    start: Callable[..., Server],
) -> None:
    server = start("import os; os.getpid()")
    session = open_session(server)
    said = session.json()
    kernel, pid = said["kernel"]["id"], int(said["cells"][0]["outputs"][0]["data"]["text/plain"])
    mine = as_visitor(session)
    assert get(f"{server.url}api/kernels/{kernel}", headers=mine).status_code == 200
    os.kill(pid, signal.SIGKILL)
    # What the session guard asks for; nothing empty takes the dead one's place.
    until(lambda: get(f"{server.url}api/kernels/{kernel}", headers=mine).status_code == 404)
    until(lambda: server.kernels() == 0)


def test_an_unknown_address_gets_our_own_page_without_outside_hosts(plain: Server) -> None:
    answer = get(f"{plain.url}no/such/page")
    assert answer.status_code == 404
    assert "There is no such page here." in answer.text
    assert re.findall(r"https?://", answer.text) == []


# -- Who gets in, and to what ------------------------------------------------------------------


def test_headers_forbid_what_the_page_does_without(plain: Server) -> None:
    headers = get(plain.url).headers
    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["theme", "template", "token", "x"])
def test_a_query_runs_no_script(plain: Server, page: Page, name: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{plain.url}?{name}=%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E")
    page.get_by_role("button", name="Count").wait_for()
    assert dialogs == []
    assert "alert(1)" not in page.content()


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize(
    "path",
    [
        "voila/files/book.ipynb",
        "voila/files/beside.png",
        "voila/files/../../etc/passwd",
        "files/book.ipynb",
        "book.ipynb",
        "voila/api/contents/",
        "api/contents/",
        "api/kernelspecs",
        "api/sessions",
        "api/terminals",
        "api/kernels",
        "voila/render/book.ipynb",
        "voila/tree",
        "static/x/app/frontend.js",
        "metrics",
    ],
)
def test_nothing_else_of_jupyter_is_reachable(locked: Server, path: str, token: str) -> None:
    headers = {"Authorization": f"token {token}"} if token else {}
    answer = get(locked.url + path, headers=headers)
    assert answer.status_code in {403, 404}
    assert "not to be seen" not in answer.text


@pytest.mark.parametrize("path", ["../settings.py", "..%2fsettings.py", "app/../../settings.py"])
def test_files_beside_the_page_are_out_of_reach(plain: Server, path: str) -> None:
    version = re.search(r"/static/(\w+)/", get(plain.url).text)
    assert version
    host, port = re.findall(r"//([^:/]+):(\d+)", plain.url)[0]
    with socket.create_connection((host, int(port))) as link:
        # By hand: libraries tidy such paths before they send them.
        link.sendall(
            f"GET /static/{version[1]}/app/{path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    assert b" 404 " in answer.splitlines()[0]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_kernels_cannot_be_started_or_ended_through_jupyters_interface(
    plain: Server, method: str
) -> None:
    session = open_session(plain)
    kernel = session.json()["kernel"]["id"]
    assert requests.request(method, timeout=120, url=f"{plain.url}api/kernels").status_code in {
        403,
        404,
        405,
    }
    mine = as_visitor(session)
    address = f"{plain.url}api/kernels/{kernel}"
    answer = requests.request(method, timeout=120, url=address, headers=mine)
    assert answer.status_code in {403, 404, 405}
    assert get(address, headers=mine).status_code == 200


def test_another_sites_page_starts_and_ends_no_kernel(plain: Server) -> None:
    kernel = open_session(plain).json()["kernel"]["id"]
    before = plain.kernels()
    for path in ("session", f"voila/api/shutdown/{kernel}"):
        answer = post(plain.url + path, headers={"Origin": "http://evil.example"})
        assert answer.status_code in {403, 404}
    assert plain.kernels() == before


def test_a_name_that_points_here_is_not_answered(plain: Server) -> None:
    answer = get(plain.url, headers={"Host": "rebound.example:8866"})
    assert answer.status_code == 403
    assert "kernelId" not in answer.text


def test_a_name_that_was_allowed_is_answered_and_needs_a_token(
    start: Callable[..., Server],
) -> None:
    server = start(WIDGETS, "--allow-host", "insights.example")
    host = {"Host": "insights.example"}
    assert "?token=" in "\n".join(server.printed)
    assert "Sign in" in get(server.url, headers=host).text
    assert get(server.url, headers={"Host": "other.example"}).status_code == 403


def test_without_the_token_nobody_gets_further_than_the_sign_in(locked: Server) -> None:
    page = get(locked.url)
    assert "Sign in to this dashboard" in page.text
    assert "kernelId" not in page.text
    assert post(f"{locked.url}session").status_code == 403
    kernel = open_session(locked, Authorization=f"token {TOKEN}").json()["kernel"]["id"]
    assert get(f"{locked.url}api/kernels/{kernel}").status_code == 403
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = get(f"{locked.url}api/kernels/{kernel}/channels", headers=upgrade)
    assert answer.status_code == 403


@pytest.mark.browser
def test_the_token_leaves_the_address_and_the_selection_stays(locked: Server, page: Page) -> None:
    page.goto(f"{locked.url}?granularity=month&token={TOKEN}&repositories=a%2Fb,c%2Fd")
    page.get_by_role("button", name="Count").wait_for()
    assert page.url == f"{locked.url}?granularity=month&repositories=a%2Fb%2Cc%2Fd"
    assert TOKEN not in page.content()
    assert TOKEN not in locked.logged()
    assert TOKEN not in "\n".join(locked.printed)


@pytest.mark.browser
def test_signing_in_with_the_token_opens_the_page(locked: Server, page: Page) -> None:
    page.goto(f"{locked.url}?granularity=month")
    page.get_by_label("Token").fill("not the token")
    page.get_by_role("button", name="Open the dashboard").click()
    page.get_by_text("That is not the token.").wait_for()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open the dashboard").click()
    page.get_by_role("button", name="Count").wait_for()
    assert page.url == f"{locked.url}?granularity=month"


def test_viewers_cannot_run_code_over_the_websocket(plain: Server, tmp_path: Path) -> None:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    session = open_session(plain)
    kernel = session.json()["kernel"]["id"]
    mark = tmp_path / "ran"

    def message(kind: str, content: dict[str, object]) -> str:
        header = {
            "msg_id": kind,
            "msg_type": kind,
            "username": "",
            "session": "s",
            "date": "2026-11-23T00:00:00Z",
            "version": "5.3",
        }
        return json.dumps(
            {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "buffers": [],
                "channel": "shell",
            }
        )

    async def talk() -> None:
        url = plain.url.replace("http", "ws", 1) + f"api/kernels/{kernel}/channels?session_id=s"
        link = await websocket_connect(HTTPRequest(url, headers=as_visitor(session)))
        code = f"open({str(mark)!r}, 'w').close()"
        await link.write_message(
            message("execute_request", {"code": code, "silent": False, "store_history": False})
        )
        # Answered after whatever came before it.
        await link.write_message(message("kernel_info_request", {}))
        while True:
            said = await link.read_message()
            assert said is not None
            if isinstance(said, str) and json.loads(said)["msg_type"] == "kernel_info_reply":
                break
        await leave(link)

    aside(talk)
    assert not mark.exists()


def test_ctrl_c_ends_every_kernel_and_says_one_line(start: Callable[..., Server]) -> None:
    server = start(WIDGETS)
    open_session(server)
    kernels = psutil.Process(server.process.pid).children(recursive=True)
    assert kernels
    assert server.stop().strip() == "Stopped."
    assert server.process.returncode == 0
    gone, alive = psutil.wait_procs(kernels)
    assert alive == []
    assert gone
    assert "Traceback" not in server.logged()


# -- What is told ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ip", "hosts", "needed"),
    [
        ("127.0.0.1", (), False),
        ("localhost", (), False),
        ("::1", (), False),
        ("0.0.0.0", (), True),  # noqa: S104 -- nothing listens
        ("192.168.1.5", (), True),
        ("127.0.0.1", ("insights.example",), True),
    ],
)
def test_a_token_is_made_where_others_can_reach_the_page(
    ip: str, hosts: tuple[str, ...], needed: bool
) -> None:
    token, made = DashboardSettings(ip=ip, allow_hosts=hosts).chosen_token()
    assert bool(token) is needed
    assert made is needed


def test_a_token_never_shows_in_a_representation() -> None:
    assert TOKEN not in repr(DashboardSettings(token=TOKEN))


def test_credentials_are_removed_and_the_rest_stays() -> None:
    environment = {"HOME": "/h", "DOCKERHUB_TOKEN": "x", "MY_API_KEY": "y", "PATH": "/bin"}
    assert strip_credentials(environment) == ["DOCKERHUB_TOKEN", "MY_API_KEY"]
    assert environment == {"HOME": "/h", "PATH": "/bin"}


def test_the_names_of_environment_variables_are_those_that_their_readers_use() -> None:
    from insights_nb.opening import (
        ARCHIVE_VARIABLE,
        CLIENTS_VARIABLE,
        EVENTS_VARIABLE,
        TAGS_VARIABLE,
    )
    from insights_nb.widgets.chart_view import VEGA_URL_VARIABLE

    assert told.ARCHIVE_VARIABLE == ARCHIVE_VARIABLE
    assert told.EVENTS_VARIABLE == EVENTS_VARIABLE
    assert told.CLIENTS_VARIABLE == CLIENTS_VARIABLE
    assert told.TAGS_VARIABLE == TAGS_VARIABLE
    assert told.VEGA_VARIABLE == VEGA_URL_VARIABLE


def test_a_large_archives_tables_are_computed_before_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    archive = inb.Archive(tmp_path / "archive")
    rows = [
        trends_row("2026-10-26", f"acme/image-{n % 50}", downloads=1, tag=f"{n // 50}")
        for n in range(LEAST_ROWS)
    ]
    archive.add(write_trends(tmp_path, "2026-10-26", rows), quiet=True)
    tables = tmp_path / "cache" / "insights_nb" / "tables"

    def filled() -> set[Path]:
        while True:
            # The server removes what nobody reads any more, also while this looks through it.
            with contextlib.suppress(FileNotFoundError):
                return {path.parent for path in tables.rglob("*.arrow")}

    with dashboard("--archive", str(archive.folder)):
        until(lambda: bool(filled()))
        before = filled()
        # And again when a report comes, for the archive as it is then.
        archive.add(
            write_trends(tmp_path, "2026-11-02", [trends_row("2026-11-02", "acme/image-1")]),
            quiet=True,
        )
        until(lambda: bool(filled() - before))
