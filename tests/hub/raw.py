"""A server that says whatever bytes it is told to, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

TOKEN = "eyJ0b2tlbiI6.made-up-by-the-raw-server.4711"
SIGN_IN = "/v2/auth/token"

Said = bytes | Iterable[bytes]


def http(body: bytes = b"", status: str = "200 OK", **headers: object) -> bytes:
    """Return an answer's bytes; `Content_Length=None` leaves that header out."""
    told: dict[str, object] = {"Content_Length": len(body), "Content_Type": "text/csv"} | headers
    lines = [
        f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value is not None
    ]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", "", ""])
    return head.encode("latin-1") + body


def in_json(data: object, **headers: object) -> bytes:
    """Return an answer of JSON."""
    return http(json.dumps(data).encode(), **{"Content_Type": "application/json"} | headers)


def signed_in() -> bytes:
    """Return the answer to a sign-in."""
    return in_json({"access_token": TOKEN})


class Raw:
    """A server on a free port of 127.0.0.1; runs inside a ``with`` block.

    Parameters
    ----------
    answer
        Takes a path with its query; returns the bytes to send, whole or in pieces. Sign-in is
        answered without it, as `sign_in` says.
    """

    def __init__(self, answer: Callable[[str], Said]) -> None:
        self.answer = answer
        self.sign_in: Callable[[], Said] | None = None
        self.requests: list[str] = []
        """Everything that came, each request's head and body as text."""
        self.closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        # Wakes the thread that accepts.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()
        with self._lock:
            for line in self._open:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(line)
            thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        # Clients may hang up whenever they like.
        with line, contextlib.suppress(OSError):
            request = _request(line)
            if request:
                self.requests.append(request)
                path = request.split(" ", 2)[1]
                said = self.answer(path) if path != SIGN_IN else (self.sign_in or signed_in)()
                for piece in (said,) if isinstance(said, bytes) else said:
                    line.sendall(piece)
        with self._lock:
            self._open.discard(line)

    def dribble(self, head: bytes, piece: bytes, seconds: float) -> Any:  # noqa: ANN401
        """Say a head, and then a piece again and again until the client has had enough."""
        yield head
        while not self.closing.wait(seconds):
            yield piece


def _request(line: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        # Nothing, or a TLS greeting.
        if not more or (not data and more[0] == 22):
            return ""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    for name in head.split(b"\r\n")[1:]:
        key, _, value = name.partition(b":")
        if key.strip().lower() == b"content-length":
            while len(body) < int(value):
                body += line.recv(65536)
    return (head + b"\n" + body).decode("latin-1")
