"""The wire: two HTTP servers, whose answers can be cut, delayed, dropped and asked for in part."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from requests.structures import CaseInsensitiveDict

from tests.hub.answers import Query
from tests.hub.faults import Answer, Fault, altered, denied, instead

if TYPE_CHECKING:
    from tests.hub.server import Hub

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass
class Seen:
    """One request as it came, and when (as `time.time`).

    `status` is 0 where the connection was dropped without an answer.
    """

    method: str
    host_port: str
    path: str
    query: Query
    headers: CaseInsensitiveDict[str] = field(repr=False)
    status: int = 0
    at: float = field(default_factory=time.time)


class Server(ThreadingHTTPServer):
    """One port; joins its threads at the end, so that nothing outlives a test."""

    request_queue_size = 128
    daemon_threads = False
    # A port that was just left can be taken again; 0 never collides.
    allow_reuse_address = True

    def __init__(self, port: int, handler: type[Handler], hub: Hub) -> None:
        self.hub = hub
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        error = sys.exc_info()[1]
        # Clients may hang up whenever they like.
        if error is not None and not isinstance(error, ConnectionError):
            self.hub.trouble(error)


class Handler(BaseHTTPRequestHandler):
    """What both ports have in common."""

    protocol_version = "HTTP/1.1"
    server_version = "stand-in-hub"
    disable_nagle_algorithm = True
    server: Server
    files = False

    def log_message(self, *arguments: object) -> None:
        """Stay silent: `Hub.log` says what was asked."""

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_HEAD(self) -> None:
        self._handle(b"")

    def _handle(self, body: bytes) -> None:
        hub, url = self.server.hub, urlsplit(self.path)
        seen = Seen(
            self.command,
            self.server.url.removeprefix("http://"),
            unquote(url.path),
            parse_qs(url.query, keep_blank_values=True),
            CaseInsensitiveDict(self.headers.items()),
        )
        hub.note(seen)
        with hub.downloading() if self.files else contextlib.nullcontext():
            fault = hub.meet(seen.path)
            if fault is not None and fault.kind == "drop":
                hub.log(seen)
                self._drop()
                return
            if fault is not None and fault.kind == "slow" and fault.after is None:
                hub.closing.wait(fault.seconds)
            onward = f"{hub.files_url}{self.path}"
            # First what is secret: messages are cut to a length.
            request = f"{body.decode()} {seen.headers.get('Authorization')} {self.path}"
            request = " ".join(seen.query.get("X-Amz-Signature", [])) + request
            other = None
            if fault is not None:
                other = instead(fault, files=self.files, onward=onward, request=request)
            answer = other or self._part(self.answer(seen, body))
            if fault is not None:
                answer = altered(fault, answer)
            seen.status = answer.status
            hub.log(seen)
            self._send(answer, fault)

    def answer(self, seen: Seen, body: bytes) -> Answer:
        raise NotImplementedError

    def _part(self, answer: Answer) -> Answer:
        """Answer with the part of a file that was asked for, where it is still the same file."""
        if answer.status != 200 or answer.headers["Content-Type"] == "application/json":
            return answer
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        headers = answer.headers | {"ETag": tag}
        if not self.server.hub.ranges:
            return Answer(200, answer.body, headers)
        headers["Accept-Ranges"] = "bytes"
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        if match is None or self.headers.get("If-Range", tag) != tag:
            return Answer(200, answer.body, headers)
        size, first = len(answer.body), int(match[1])
        if first >= size:
            return Answer(416, b"", headers | {"Content-Range": f"bytes */{size}"})
        last = min(int(match[2] or size), size - 1)
        told = {"Content-Range": f"bytes {first}-{last}/{size}"}
        return Answer(206, answer.body[first : last + 1], headers | told)

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        after, cut = len(answer.body), False
        if fault is not None and fault.kind in ("cut", "slow"):
            cut = fault.kind == "cut"
            after = fault.after if fault.after is not None else after // 2 if cut else after
        chunked = cut and fault is not None and fault.chunked
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        first, rest = answer.body[:after], answer.body[after:]
        self.wfile.write(b"%x\r\n%s\r\n" % (len(first), first) if chunked and first else first)
        if cut:
            self.close_connection = True
        elif rest:
            self.server.hub.closing.wait(fault.seconds if fault else 0)
            self.wfile.write(rest)

    def _drop(self) -> None:
        # Closing at once, without lingering, resets the connection as a failing proxy does.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


class ApiHandler(Handler):
    """The API's port."""

    def answer(self, seen: Seen, body: bytes) -> Answer:
        api = self.server.hub.api
        if seen.method == "POST":
            return api.post(seen.path, body)
        if seen.method != "GET":
            return Answer(
                405, b'{"message": "method not allowed"}', {"Content-Type": "application/json"}
            )
        return api.get(seen.path, seen.query, seen.headers.get("Authorization"))


class FileHandler(Handler):
    """The files' port, where a signature opens and credentials do not belong."""

    files = True

    def answer(self, seen: Seen, body: bytes) -> Answer:  # noqa: ARG002 - as the API has it.
        if "Authorization" in seen.headers or "Cookie" in seen.headers:
            self.server.hub.leaked(seen)
            words = "Only one auth mechanism allowed"
            return denied(400, "InvalidArgument", words)
        if seen.method not in ("GET", "HEAD"):
            return denied(405, "MethodNotAllowed", "The method is not allowed")
        return self.server.hub.api.signed_file(seen.path, seen.query)
