"""Viewers of a dashboard without a browser: their cookies, their kernel, their websocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

T = TypeVar("T")


@dataclass
class Viewer:
    """Somebody who opens a dashboard."""

    url: str
    token: str = ""
    http: requests.Session = field(default_factory=requests.Session)

    def close(self) -> None:
        """Leave without a word."""
        self.http.close()

    def open(self, **headers: str) -> requests.Response:
        """Load the page, and keep the cookies that it gives."""
        told = {"Authorization": f"token {self.token}"} if self.token else {}
        return self.http.get(self.url, headers=told | headers, timeout=120)

    def post(self, path: str) -> requests.Response:
        """Do what the page's script does."""
        told = {"X-XSRFToken": self.http.cookies.get("_xsrf", "")}
        return self.http.post(self.url + path, headers=told, timeout=120)

    def start(self) -> dict[str, Any]:
        """Start a kernel; return what the page shows."""
        self.open()
        answer = self.post("session")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def asks(self, kernel: str) -> int:
        """Ask for a kernel; return the status."""
        return self.http.get(f"{self.url}api/kernels/{kernel}", timeout=120).status_code

    @contextlib.asynccontextmanager
    async def attached(self, kernel: str) -> AsyncIterator[WebSocketClientConnection]:
        """Be connected to a kernel as the page is."""
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.http.cookies)
        url = self.url.replace("http", "ws", 1)
        session = uuid.uuid4().hex
        request = HTTPRequest(
            f"{url}api/kernels/{kernel}/channels?session_id={session}", headers={"Cookie": cookies}
        )
        link = await websocket_connect(request)
        try:
            yield link
        finally:
            await leave(link)


def message(kind: str, **content: object) -> dict[str, Any]:
    """Make a message as a page sends it."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "username": "",
        "session": "s",
        "date": "2026-11-23T00:00:00Z",
        "version": "5.3",
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {"version": "1.0.0"},
        "content": content,
        "buffers": [],
        "channel": "shell",
    }


async def answered(link: WebSocketClientConnection) -> list[dict[str, Any]]:
    """Ask for the kernel's name; return all that it has said until it had answered."""
    asked = message("kernel_info_request")
    await link.write_message(json.dumps(asked))
    found = []
    while True:
        said = await link.read_message()
        assert said is not None, "the connection was closed"
        if isinstance(said, str):
            found.append(json.loads(said))
            # What it says to everybody comes in order; its answer itself by another way.
            if found[-1]["parent_header"].get("msg_id") == asked["header"]["msg_id"] and (
                found[-1]["content"].get("execution_state") == "idle"
            ):
                return found


async def leave(link: WebSocketClientConnection) -> None:
    """Close a connection, and wait until it is: one that the loop leaves open is never closed."""
    link.close()
    while await link.read_message() is not None:
        pass


def aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it in a thread: where a browser runs too, this one has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(work(), 120))).result()
