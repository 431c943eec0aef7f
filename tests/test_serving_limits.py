"""The server keeps answering: strangers' connections, websockets and guesses have their limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import selectors
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
import requests
import websocket
from tornado import web

from insights_nb import limits
from insights_nb.serving.connections import ConnectionLimits, Websockets, counted_address
from insights_nb.serving.guesses import Guesses
from insights_nb.serving.logs import WINDOW, Repeats
from tests.servers import Server, dashboard
from tests.viewers import aside

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.system

TOKEN = "a-token-that-is-long-enough"
PATIENCE = 30
SILENT = logging.getLogger("silent")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


@dataclass
class Viewer:
    """One who has signed in."""

    server: Server
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.http.get(f"{self.server.url}?token={TOKEN}", timeout=PATIENCE).raise_for_status()

    def open_session(self) -> str:
        answer = self.http.post(
            f"{self.server.url}session",
            headers={"X-XSRFToken": self.http.cookies["_xsrf"]},
            timeout=2 * PATIENCE,
        )
        answer.raise_for_status()
        return str(answer.json()["kernel"]["id"])

    @property
    def cookies(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.http.cookies)

    def websocket(self, kernel: str, name: str) -> websocket.WebSocket:
        url = self.server.url.replace("http", "ws", 1)
        return websocket.create_connection(
            f"{url}api/kernels/{kernel}/channels?session_id={name}",
            cookie=self.cookies,
            timeout=PATIENCE,
        )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may have 1,024 open files, as usual, and has little patience."""
    folder = tmp_path_factory.mktemp("crowded")
    cell = nbformat.v4.new_code_cell("import ipywidgets\nipywidgets.Button()")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "book.ipynb")
    starter = folder / "insights-nb"
    command = Path(sys.executable).parent / "insights-nb"
    starter.write_text(f'#!/bin/sh\nulimit -n 1024\nexec "{command}" "$@"\n')
    starter.chmod(0o700)
    environment = {
        "INSIGHTS_TOKEN": TOKEN,
        "INSIGHTS_MAX_REQUEST_SECONDS": "2",
        "INSIGHTS_MAX_BODY_SECONDS": "2",
        "INSIGHTS_MAX_STALLED_SECONDS": "2",
        "INSIGHTS_MAX_UNSENT": "64K",
    }
    with dashboard(
        "--notebook", str(folder / "book.ipynb"), executable=starter, environment=environment
    ) as server:
        yield server


@pytest.fixture(scope="module")
def viewer(crowded: Server) -> Viewer:
    return Viewer(crowded)


@pytest.fixture(scope="module")
def kernel(viewer: Viewer) -> str:
    return viewer.open_session()


def place(server: Server) -> tuple[str, int]:
    host, port = re.findall(r"//([^:/]+):(\d+)", server.url)[0]
    return host, int(port)


def request_head(server: Server, line: str) -> bytes:
    host, port = place(server)
    return f"{line} HTTP/1.1\r\nHost: {host}:{port}\r\n".encode()


# -- Connections -------------------------------------------------------------------------------


def test_1100_idle_connections_keep_nobody_out(crowded: Server) -> None:
    before = crowded.log_path.stat().st_size
    began = time.monotonic()
    with contextlib.ExitStack() as opened:
        links = []
        for number in range(1100):
            # From five addresses: each has its limit, and all have theirs.
            source = (f"127.0.0.{1 + number % 5}", 0)
            link = socket.create_connection(place(crowded), PATIENCE, source_address=source)
            links.append(opened.enter_context(link))
        asked = time.monotonic()
        newcomer = Viewer(crowded)
        assert newcomer.http.get(crowded.url, timeout=PATIENCE).status_code == 200
        kernel = newcomer.open_session()
        with contextlib.closing(newcomer.websocket(kernel, "newcomer")):
            pass
        assert time.monotonic() - asked < PATIENCE
        # Those that were not closed for want of room are closed since they ask nothing.
        with selectors.DefaultSelector() as waiting:
            for link in links:
                waiting.register(link, selectors.EVENT_READ)
            while waiting.get_map() and time.monotonic() - asked < PATIENCE:
                for key, _ in waiting.select(1):
                    waiting.unregister(key.fileobj)
            assert len(waiting.get_map()) == 0
    grown = crowded.log_path.stat().st_size - before
    assert grown < 10_000, crowded.log()[-2000:]
    assert "no room for more than 464 connections" in crowded.log()
    assert time.monotonic() - began < 2 * PATIENCE


def test_one_addresss_connections_leave_room_for_anothers(crowded: Server) -> None:
    """Even those that are being answered, and so are not closed for want of room."""
    with contextlib.ExitStack() as opened:
        links = []
        for _ in range(260):
            link = socket.create_connection(
                place(crowded), PATIENCE, source_address=("127.0.0.9", 0)
            )
            links.append(opened.enter_context(link))
        assert requests.get(f"{crowded.url}login", timeout=PATIENCE).status_code == 200
        assert sum(closed(link, 0.001) for link in links) >= 260 - 232
    assert "127.0.0.9 has 232 connections, as many as one address may." in crowded.log()


def closed(link: socket.socket, seconds: float) -> bool:
    """Tell whether the other end closes a connection, which it does not answer."""
    link.settimeout(seconds)
    try:
        while link.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def dribble(link: socket.socket, start: bytes) -> None:
    """Send a byte every fifth of a second until the other end has had enough."""
    link.sendall(start)
    began = time.monotonic()
    while not closed(link, 0.2):
        assert time.monotonic() - began < PATIENCE, "still connected"
        with contextlib.suppress(OSError):
            link.sendall(b"x")


def take_nothing(server: Server, viewer: Viewer, link: socket.socket) -> None:
    """Ask for the largest file there is, and read none of it."""
    page = viewer.http.get(server.url, timeout=PATIENCE).text
    largest = max(
        re.findall(r'(?:href|src)="(/static/[^"]+\.js)"', page),
        key=lambda path: len(viewer.http.get(server.url.rstrip("/") + path).content),
    )
    for _ in range(8):
        link.sendall(request_head(server, f"GET {largest}") + b"\r\n")
    pause = threading.Event()
    began = time.monotonic()
    while "took nothing" not in server.log():
        assert time.monotonic() - began < PATIENCE, "still connected"
        pause.wait(0.1)


def test_slow_ones_are_closed(crowded: Server, viewer: Viewer) -> None:
    with ThreadPoolExecutor(3) as threads, contextlib.ExitStack() as opened:
        links = [opened.enter_context(socket.socket()) for _ in range(3)]
        # What is sent to it waits at the server, not in this end's buffer.
        links[2].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for link in links:
            link.settimeout(PATIENCE)
            link.connect(place(crowded))
        body = request_head(crowded, "POST /login") + b"Content-Length: 500000\r\n\r\n"
        jobs = [
            threads.submit(dribble, links[0], request_head(crowded, "GET /")),
            threads.submit(dribble, links[1], body),
            threads.submit(take_nothing, crowded, viewer, links[2]),
        ]
        for job in jobs:
            job.result()
    said = crowded.log()
    assert "sent no whole request within 2 s" in said
    assert "sent no whole body within 2 s" in said
    assert "took nothing of its answer for 2 s" in said


def test_a_sentence_says_what_allows_more_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ConnectionLimits(100, 40, 20, 1, 1, 1, 1, 1)
    assert "INSIGHTS_MAX_OPEN_FILES" in told.remedy(limits.CONNECTIONS)
    monkeypatch.setenv("INSIGHTS_MAX_CONNECTIONS", "40")
    assert "INSIGHTS_MAX_CONNECTIONS (" in told.remedy(limits.CONNECTIONS)
    assert "INSIGHTS_MAX_CONNECTIONS (" in told.remedy(limits.CONNECTIONS_PER_ADDRESS)
    monkeypatch.setenv("INSIGHTS_MAX_CONNECTIONS_PER_ADDRESS", "20")
    assert "PER_ADDRESS" in told.remedy(limits.CONNECTIONS_PER_ADDRESS)


def test_behind_a_proxy_its_address_is_everybodys() -> None:
    alone = ConnectionLimits.now(behind_proxy=False)
    assert alone.per_address < alone.connections <= alone.files / 2
    behind = ConnectionLimits.now(behind_proxy=True)
    assert behind.per_address == behind.connections


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        (("192.0.2.7", 5), "192.0.2.7"),
        (("::ffff:192.0.2.7", 5, 0, 0), "192.0.2.7"),
        (("2001:db8:1:2:3::4", 5, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::/64"),
        (("::1", 5, 0, 0), "::1"),
        ("", ""),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: object, counted: str) -> None:
    assert counted_address(address) == counted


# -- Websockets --------------------------------------------------------------------------------


def test_300_websockets_of_one_viewer_keep_nobody_out(
    crowded: Server, viewer: Viewer, kernel: str
) -> None:
    answers: Counter[int] = Counter()
    held: list[websocket.WebSocket] = []
    began = time.monotonic()

    def one(number: int) -> None:
        try:
            held.append(viewer.websocket(kernel, f"s{number}"))
            answers[101] += 1
        except websocket.WebSocketBadStatusException as error:
            answers[error.status_code] += 1

    with ThreadPoolExecutor(20) as threads, ThreadPoolExecutor(1) as another:
        other = another.submit(lambda: Viewer(crowded).open_session())
        list(threads.map(one, range(300)))
        assert other.result()
    try:
        assert answers == {101: 4, 429: 296}
        assert time.monotonic() - began < 2 * PATIENCE
        assert crowded.log().count("one session has 4 already") <= 2
        # A place that is given back can be taken: what a reload does.
        held.pop().close()
        until(lambda: opens(viewer, kernel, held))
    finally:
        for each in held:
            each.close()


def opens(viewer: Viewer, kernel: str, held: list[websocket.WebSocket]) -> bool:
    with contextlib.suppress(websocket.WebSocketBadStatusException):
        held.append(viewer.websocket(kernel, "again"))
        return True
    return False


def until(true: object) -> None:
    pause = threading.Event()
    began = time.monotonic()
    while not true():  # type: ignore[operator]
        assert time.monotonic() - began < PATIENCE, "not so"
        pause.wait(0.05)


def test_a_viewer_who_takes_no_messages_is_let_go(crowded: Server, viewer: Viewer) -> None:
    kernel = viewer.open_session()
    link = viewer.websocket(kernel, "deaf")
    link.settimeout(0.5)
    asks = {
        "header": {
            "msg_type": "kernel_info_request",
            "username": "",
            "session": "deaf",
            "date": "2026-11-23T00:00:00Z",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {},
        "content": {},
        "buffers": [],
        "channel": "shell",
    }
    with contextlib.suppress(OSError, websocket.WebSocketException):
        for number in range(20_000):
            link.send(json.dumps(asks | {"header": {**asks["header"], "msg_id": str(number)}}))  # type: ignore[dict-item]
    until(lambda: "had not taken 64 KB" in crowded.log() or "took nothing" in crowded.log())
    link.shutdown()
    assert "Traceback" not in crowded.log()
    assert viewer.http.get(f"{crowded.url}api/kernels/{kernel}", timeout=PATIENCE).ok


def test_a_websocket_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from insights_nb.serving.connections import Files, FullError

    monkeypatch.setenv("INSIGHTS_MAX_WEBSOCKETS", "3")
    monkeypatch.setenv("INSIGHTS_MAX_WEBSOCKETS_PER_VIEWER", "2")
    monkeypatch.setenv("INSIGHTS_MAX_WEBSOCKETS_PER_SESSION", "1")
    sockets = Websockets(Files(100_000))
    with sockets.place(session="a", viewer="x"):
        with pytest.raises(FullError, match="one session has 1 already"):
            sockets.place(session="a", viewer="x").__enter__()
        with sockets.place(session="b", viewer="x"):
            with pytest.raises(FullError, match="one viewer has 2 already"):
                sockets.place(session="c", viewer="x").__enter__()
            with sockets.place(session="c", viewer="y"), pytest.raises(FullError, match="3 alr"):
                sockets.place(session="d", viewer="z").__enter__()
    with sockets.place(session="a", viewer="x"):
        pass
    with pytest.raises(FullError, match="INSIGHTS_MAX_OPEN_FILES"):
        Websockets(Files(8)).place(session="a", viewer="x").__enter__()


# -- Wrong tokens ------------------------------------------------------------------------------


def test_guessing_is_slow_and_the_token_is_answered_meanwhile(crowded: Server) -> None:
    before = crowded.log_path.stat().st_size
    ended = threading.Event()
    answered: Counter[int] = Counter()

    def guess(number: int) -> None:
        with requests.Session() as http:
            http.get(f"{crowded.url}login", timeout=PATIENCE)
            cookie = http.cookies.get("_xsrf", "")
            while not ended.is_set():
                wrong = os.urandom(12).hex()
                if number % 3 == 0:
                    form = {"password": wrong, "_xsrf": cookie}
                    said = http.post(f"{crowded.url}login", data=form, timeout=PATIENCE)
                elif number % 3 == 1:
                    said = http.get(f"{crowded.url}nothing?token={wrong}", timeout=PATIENCE)
                else:
                    said = http.get(
                        f"{crowded.url}session",
                        headers={"Authorization": f"Bearer {wrong}"},
                        timeout=PATIENCE,
                    )
                answered[said.status_code] += 1

    # Set also where something fails, or the guessers would go on for ever.
    with ThreadPoolExecutor(6) as threads, contextlib.ExitStack() as stack:
        stack.callback(ended.set)
        began = time.monotonic()
        guessers = [threads.submit(guess, number) for number in range(6)]
        until(lambda: answered.total() >= 20)
        asked = answered.total()
        for way in ("address", "form"):
            with requests.Session() as http:
                if way == "address":
                    said = http.get(f"{crowded.url}?token={TOKEN}", timeout=PATIENCE)
                else:
                    http.get(f"{crowded.url}login", timeout=PATIENCE)
                    form = {"password": TOKEN, "_xsrf": http.cookies["_xsrf"]}
                    said = http.post(f"{crowded.url}login", data=form, timeout=PATIENCE)
                assert "kernelId" in said.text
        # Ten seconds' worth of guesses, however long a busy machine takes for them.
        assert answered.total() - asked <= 20
        ended.set()
        for guesser in guessers:
            guesser.result()
        seconds = time.monotonic() - began
    # 20 at once, and two a second from then on; the turns of those who had the token not counted.
    assert answered.total() <= 20 + 2 * seconds + 4
    log = crowded.log()
    assert log.count("A wrong token was tried from 127.0.0.1.") <= 2
    assert crowded.log_path.stat().st_size - before < 5_000
    assert TOKEN not in log


def test_another_addresss_token_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_GUESSES", "6000")

    async def attack() -> list[str]:
        guesses = Guesses(places=100, log=SILENT)
        looked_at: list[str] = []

        async def one(address: str) -> None:
            await guesses.turn(address)
            looked_at.append(address)
            guesses.wrong(address)

        for _ in range(20):
            await one("guesser")
        waiting = [asyncio.create_task(one("guesser")) for _ in range(50)]
        await asyncio.sleep(0)
        await asyncio.create_task(one("another"))
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return looked_at[20:]

    assert aside(attack) == ["another"]


def test_too_many_tokens_at_once_are_refused_unseen() -> None:
    async def attack() -> list[object]:
        guesses = Guesses(places=2, log=SILENT)
        for _ in range(20):
            await guesses.turn("guesser")
        waiting = [asyncio.create_task(guesses.turn("guesser", lambda: False)) for _ in range(5)]
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in rest:
            each.cancel()
        return [each.exception() for each in done]

    refused = aside(attack)
    assert len(refused) == 3
    assert {error.status_code for error in refused if isinstance(error, web.HTTPError)} == {429}


def test_a_right_token_costs_nothing() -> None:
    async def sign_in() -> None:
        guesses = Guesses(places=1, log=SILENT)
        for _ in range(200):
            await guesses.turn("viewer")
            guesses.right("viewer")

    # Half a second each would be more than this.
    aside(lambda: asyncio.wait_for(sign_in(), 30))


# -- The log -----------------------------------------------------------------------------------


@dataclass
class Log:
    """A log with the filter, a clock that is set by hand, and what was written."""

    now: float = 0.0
    written: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.repeats = Repeats(lambda: self.now)
        self.logger = logging.Logger("test")  # noqa: LOG001 -- a fresh one for each test
        handler = logging.Handler()
        form = logging.Formatter("%(message)s")
        handler.emit = lambda record: self.written.append(form.format(record))  # type: ignore[method-assign]
        handler.addFilter(self.repeats)
        self.logger.addHandler(handler)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()
    monkeypatch.setattr(logging, "getLogger", lambda _=None: made.logger)
    return made


def test_what_repeats_is_written_once_and_counted(log: Log) -> None:
    for _ in range(1000):
        log.logger.warning("No room")
    assert log.written == ["No room"]
    log.now = WINDOW
    log.repeats.sum_up()
    assert log.written[1:] == ["999 more in the last 60 s of: No room"]
    log.logger.warning("No room")
    assert log.written[2:] == ["No room"]


def test_a_strangers_words_do_not_fill_the_log(log: Log) -> None:
    for number in range(1000):
        log.logger.warning("Not here: %s", f"{number}" + "x" * 10_000)
    assert len(log.written) == 20
    assert sum(map(len, log.written)) < 45_000


def test_every_traceback_has_a_number_and_a_repeated_one_is_short(log: Log) -> None:
    for _ in range(100):
        try:
            Path("no\0file").stat()
        except ValueError:
            log.logger.exception("Exception in callback")
    assert len(log.written) == 20
    assert all(re.match(r"Error [0-9a-f]{8}: Exception in callback", one) for one in log.written)
    assert ["Traceback" in one for one in log.written] == [True] + [False] * 19
    log.repeats.sum_up(everything=True)
    assert "80 more" in log.written[-1]
    assert "ValueError: " in log.written[-1]


def test_details_are_left_alone(log: Log) -> None:
    for _ in range(30):
        log.logger.info("200 GET /")
    assert len(log.written) == 30
