"""Random websocket messages and requests at one real dashboard; another viewer notices nothing."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import string
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
import websocket

from tests.fuzz import Attack
from tests.servers import Server, dashboard

# What a try may take of the log, on the whole: repetitions are counted, not written.
_LOG_A_TRY = 4_000
_LOG = 400_000
_PATIENCE = 20.0
_KINDS = (
    "comm_msg",
    "comm_open",
    "comm_close",
    "comm_info_request",
    "kernel_info_request",
    "execute_request",
    "shutdown_request",
    "input_reply",
    "debug_request",
    "",
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get", "")


@dataclass
class Viewer:
    """One browser: its cookies, its kernel and its widgets."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)
    kernel: str = ""
    link: websocket.WebSocket | None = None
    widgets: list[str] = field(default_factory=list)

    def open(self) -> None:
        self.http.get(self.url, timeout=_PATIENCE).raise_for_status()
        token = self.http.cookies["_xsrf"]
        said = self.http.post(f"{self.url}session", headers={"X-XSRFToken": token}, timeout=120)
        said.raise_for_status()
        self.kernel = said.json()["kernel"]["id"]
        self.connect()
        self.widgets = sorted(self.ask("comm_info_request", {}, "comm_info_reply")["comms"])

    def connect(self) -> websocket.WebSocket:
        if self.link is None or not self.link.connected:
            cookie = "; ".join(f"{one.name}={one.value}" for one in self.http.cookies)
            name = uuid.uuid4().hex
            self.link = websocket.create_connection(
                f"{self.url.replace('http', 'ws', 1)}api/kernels/{self.kernel}/channels"
                f"?session_id={name}",
                cookie=cookie,
                timeout=_PATIENCE,
            )
        return self.link

    def ask(self, kind: str, content: dict[str, Any], reply: str) -> dict[str, Any]:
        """Return what a kernel answers; it has then read whatever came before."""
        link = self.connect()
        message = envelope(kind, content)
        link.send(json.dumps(message))
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            said = link.recv()
            if isinstance(said, str) and said:
                found = json.loads(said)
                parent = found.get("parent_header", {}).get("msg_id")
                if found.get("msg_type") == reply and parent == message["header"]["msg_id"]:
                    return dict(found["content"])
        raise AssertionError(f"No {reply} within {_PATIENCE} s")


@dataclass
class Target:
    """The dashboard, who attacks it, and who uses it."""

    server: Server
    attacker: Viewer
    bystander: Viewer
    tries: int = 0


def envelope(kind: str, content: object) -> dict[str, Any]:
    """Return a message as a page sends it."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "username": "",
        "session": "fuzz",
        "date": "2026-11-23T00:00:00Z",
        "version": "5.3",
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "buffers": [],
        "channel": "shell",
    }


@contextlib.contextmanager
def _prepare() -> Iterator[Target]:
    with dashboard() as server:
        viewers = [Viewer(server.url), Viewer(server.url)]
        for viewer in viewers:
            viewer.open()
        yield Target(server, *viewers)
        for viewer in viewers:
            if viewer.link is not None:
                viewer.link.shutdown()


# -- What is sent ------------------------------------------------------------------------------


def anything(chance: random.Random, depth: int = 0) -> Any:  # noqa: ANN401 -- JSON
    """Return a random value that JSON can say."""
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice([0, -1, 1e308, -0.0, 2**63, 10**400, 3.5])
    if kind in {2, 3, 4, 5}:
        return words(chance)
    if kind == 6:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {words(chance): anything(chance, depth + 1) for _ in range(chance.randrange(4))}


def words(chance: random.Random) -> str:
    """Return a random text, now and then one that means something."""
    known = (
        "",
        "value",
        "index",
        "method",
        "update",
        "state",
        "__class__",
        "\0",
        "\x1b[2J",
        "../..",
    )
    if chance.random() < 0.5:
        return chance.choice([*known, "\ud800", "😀" * 50, "x" * 5000])
    return "".join(chance.choices(string.printable, k=chance.randrange(12)))


def state(chance: random.Random) -> dict[str, Any]:
    """Return a widget's new state, as odd as can be."""
    names = ("value", "index", "selected_index", "spec", "rows", "children", "layout", "options")
    names += ("description", "_dom_classes", "_model_name", "_view_name", "_esm", "_css", "comm")
    return {
        chance.choice(names) if chance.random() < 0.8 else words(chance): anything(chance)
        for _ in range(chance.randrange(1, 4))
    }


def no_message(chance: random.Random) -> str | bytes:
    """Return what is hardly a message at all."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(["{}", "[]", "", "null", "{", '"', "1", '{"header":{}}'])
    if kind == 1:
        return chance.randbytes(chance.randrange(200))
    if kind == 2:
        return json.dumps(anything(chance))
    deep = chance.choice([50, 3000])
    return chance.choice(["[" * deep + "]" * deep, '{"a":' * deep + "1" + "}" * deep])


def message(chance: random.Random, widgets: list[str]) -> str | bytes:
    """Return what a websocket is sent."""
    kind = chance.randrange(10)
    if kind < 4:
        return no_message(chance)
    if kind == 4:
        said = envelope(chance.choice(_KINDS), anything(chance))
        if chance.random() < 0.5:
            del said[chance.choice(sorted(said))]
        said["channel"] = chance.choice(["shell", "control", "iopub", "stdin", "nothing", None, 7])
        return json.dumps(said)
    if kind == 5:
        return json.dumps(envelope("comm_msg", {"comm_id": words(chance), "data": "x" * 200_000}))
    data: dict[str, Any] = {"method": "update", "state": state(chance), "buffer_paths": []}
    if chance.random() < 0.3:
        data["buffer_paths"] = anything(chance)
    if chance.random() < 0.2:
        data = {"method": "custom", "content": anything(chance)}
    if chance.random() < 0.1:
        data["method"] = words(chance)
    return json.dumps(envelope("comm_msg", {"comm_id": chance.choice(widgets), "data": data}))


def _send_messages(chance: random.Random, target: Target) -> str:
    attacker = target.attacker
    for _ in range(chance.randrange(1, 4)):
        said = message(chance, attacker.widgets)
        with contextlib.suppress(OSError, websocket.WebSocketException):
            link = attacker.connect()
            link.send(said, 2 if isinstance(said, bytes) else 1)
    try:
        # The server may hang up on what was no message; the kernel is then still the viewer's.
        attacker.ask("kernel_info_request", {}, "kernel_info_reply")
    except (OSError, websocket.WebSocketException):
        attacker.link = None
        attacker.ask("kernel_info_request", {}, "kernel_info_reply")
        return "hung up on"
    return "answered on"


def _send_request(chance: random.Random, target: Target) -> str:
    host, port = re.findall(r"//([^:/]+):(\d+)", target.server.url)[0]
    kernel = chance.choice([target.attacker.kernel, str(uuid.UUID(int=0)), "x"])
    path = chance.choice(
        [
            *("/", "/session", "/login", "/static/x/y", f"/api/kernels/{kernel}", "*", "", "//"),
            *("/%00", "/static/%00/%00", "/..%2f..%2fetc/passwd", "/static/" + "a/" * 2000),
            *(f"/api/kernels/{kernel}/channels?session_id=%00", "/?token=%ff", "/?" + "a=b&" * 999),
            *("http://elsewhere.example/", "/login?next=//elsewhere.example", "/metrics"),
            "/" + words(chance).encode("ascii", "ignore").decode(),
        ]
    )
    lines = [f"{chance.choice(_METHODS)} {path} HTTP/{chance.choice(['1.1', '1.0', '2.0', 'x'])}"]
    if chance.random() < 0.9:
        lines.append(f"Host: {chance.choice([f'{host}:{port}', 'elsewhere.example', ''])}")
    odd = [
        *("Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999", "X: \x00\x01"),
        *("Transfer-Encoding: chunked", "Upgrade: websocket", "Connection: Upgrade", "Cookie: a"),
        *(
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: x",
            "Authorization: token x",
            "no colon",
        ),
        *("Origin: null", "Cookie: _xsrf=2|a|b|c", "Content-Encoding: gzip", "Range: bytes=9-1"),
        *("X-Forwarded-For: nobody", "Expect: 100-continue", "A" * 9000 + ": b"),
        "Content-Type: multipart/form-data; boundary=",
    ]
    lines += chance.sample(odd, chance.randrange(5))
    body = chance.choice(["", "hello", "0\r\n\r\n", "ffffffffff\r\n", "password=x&_xsrf=y"])
    said = ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogatepass")
    with (
        contextlib.suppress(OSError),
        socket.create_connection((host, int(port)), _PATIENCE) as link,
    ):
        link.sendall(said)
        # What is not whole is waited for; this end says that there is no more.
        link.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: link.recv(65536), b""))
        status = answer[9:12].decode("latin-1")
        assert not status.startswith("5") or status == "503", (said[:500], answer[:500])
        return status or "closed"
    return "closed"


# -- What is to hold ---------------------------------------------------------------------------


def _check(target: Target) -> None:
    bystander = target.bystander
    assert requests.get(target.server.url, timeout=_PATIENCE).status_code == 200
    bystander.ask("kernel_info_request", {}, "kernel_info_reply")
    log = target.server.log()
    assert len(log) < _LOG + _LOG_A_TRY * target.tries, log[-3000:]
    for found in re.finditer(r"Traceback \(most recent call last\)", log):
        before = log[max(0, found.start() - 8000) : found.start()]
        assert re.search(r"Error [0-9a-f]{8}", before), log[
            found.start() - 500 : found.end() + 3000
        ]


def _attempt(chance: random.Random, target: Target) -> str:
    target.tries += 1
    ways: list[Callable[[random.Random, Target], str]] = [_send_messages, _send_request]
    outcome = chance.choices(ways, [3, 2])[0](chance, target)
    _check(target)
    return outcome


ATTACKS = [Attack("server", _attempt, tries=2_000, few=15, prepare=_prepare)]
