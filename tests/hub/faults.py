"""What can go wrong between a client and the Hub, made to happen on demand."""

from __future__ import annotations

import gzip
import json
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape
from typing import Any

HTML = (
    b"<!DOCTYPE html><html><head><title>Docker Hub is down for maintenance</title></head>"
    b"<body><h1>We will be back soon</h1></body></html>"
)
_NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_WORDS = {
    401: "access token is expired or invalid",
    403: "forbidden",
    404: "object not found or no permission to see it",
    429: "Rate limit exceeded",
    500: "internal error",
}

KINDS = (
    "slow", "cut", "drop", "401", "403", "404", "429", "429-old", "429-date", "429-limit",
    "429-bare", "500", "502", "503", "html", "not-json", "wrong-json", "gzip", "encoded",
    "null-pulls", "redirect", "empty", "echo",
)  # fmt: skip


@dataclass
class Answer:
    """A whole HTTP answer, before anything happens to it on the wire."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens to the next requests whose path contains a text.

    Parameters
    ----------
    kind
        One of `KINDS`. ``"gzip"`` is a gzip file whatever its name says, ``"encoded"`` a
        ``Content-Encoding``; ``"429"`` says ``Retry-After`` in seconds, ``"429-date"`` as an
        HTTP date, ``"429-old"`` in ``X-Retry-After`` (Unix time) and ``X-RateLimit-*``,
        ``"429-limit"`` in ``X-RateLimit-*`` alone, ``"429-bare"`` nowhere; ``"redirect"`` sends
        on to the port of the files; ``"echo"`` is a 400 that repeats the whole request, as a
        careless proxy does.
    match
        Part of the path, without the query; the end of it where it ends in ``$``; empty for any.
    times
        How many requests; None for all.
    seconds
        How long ``"slow"`` waits: before the answer, or in it where `after` is given.
    after
        How many bytes of the body come before ``"cut"`` (half of it unless given) or ``"slow"``.
    retry_after
        Seconds until a 429 (or 503) says to come back.
    chunked
        Send a body that is cut in chunks, without a length.
    body
        What ``"wrong-json"`` or ``"html"`` answers instead of its own text.
    """

    kind: str
    match: str = ""
    times: int | None = 1
    seconds: float = 30
    after: int | None = None
    retry_after: int | None = None
    chunked: bool = False
    body: bytes | None = None
    hits: int = field(default=0, init=False)
    """How many requests met it."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault: {', '.join(KINDS)}")

    @property
    def left(self) -> bool:
        """Whether it still waits for a request."""
        return self.times is None or self.hits < self.times

    def meets(self, path: str) -> bool:
        """Tell whether a path is one that it is for."""
        end = self.match.removesuffix("$")
        return path.endswith(end) if end != self.match else self.match in path


class Faults:
    """The faults that wait for their requests, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def meet(self, path: str) -> Fault | None:
        """Return the fault that this request gets, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.left and fault.meets(path):
                    fault.hits += 1
                    return fault
        return None


def instead(fault: Fault, *, files: bool, onward: str, request: str) -> Answer | None:
    """Return what a request gets in place of its answer, or None where it gets its own."""
    kind = fault.kind
    if kind.startswith("429"):
        return Answer(429, _said(429), _JSON | _waits(fault))
    if kind in ("502", "503"):
        words = {"502": "502 Bad Gateway", "503": "503 Service Temporarily Unavailable"}[kind]
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return Answer(int(kind), _NGINX.format(words).encode(), _HTML | wait)
    if kind.isdigit():
        return (
            denied(int(kind), "AccessDenied")
            if files
            else Answer(int(kind), _said(int(kind)), dict(_JSON))
        )
    answers = {
        "html": Answer(200, fault.body or HTML, dict(_HTML)),
        "not-json": Answer(200, b'{"reports": [{"type": "tre', dict(_JSON)),
        "wrong-json": Answer(200, fault.body or b'{"status": "ok", "items": [1, 2]}', dict(_JSON)),
        "redirect": Answer(302, b"", {"Location": onward}),
        "echo": _echo(request, page=files),
        "empty": Answer(200, b"", {"Content-Type": "application/octet-stream"}),
    }
    return answers.get(kind)


def altered(fault: Fault, answer: Answer) -> Answer:
    """Return a request's own answer in another form."""
    if answer.status not in (200, 206):
        return answer
    if fault.kind == "gzip":
        return Answer(answer.status, gzip.compress(answer.body, mtime=0), answer.headers)
    if fault.kind == "encoded":
        packed = gzip.compress(answer.body, mtime=0)
        return Answer(answer.status, packed, answer.headers | {"Content-Encoding": "gzip"})
    if fault.kind == "null-pulls":
        return Answer(
            200, json.dumps(_without_pulls(json.loads(answer.body))).encode(), dict(_JSON)
        )
    return answer


def denied(status: int, code: str, words: str = "Request has expired") -> Answer:
    """Return an error as the files' host words it."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>{words}</Message><RequestId>7B4F0E2A</RequestId></Error>"
    )
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})


_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


def _echo(request: str, *, page: bool) -> Answer:
    words = f"cannot be understood: {request}"
    if page:
        return Answer(400, f"<html><title>{escape(words)}</title></html>".encode(), dict(_HTML))
    return Answer(400, json.dumps({"message": words}).encode(), dict(_JSON))


def _said(status: int) -> bytes:
    return json.dumps({"message": _WORDS[status], "errinfo": {}}).encode()


def _waits(fault: Fault) -> dict[str, str]:
    seconds = fault.retry_after or 0
    then = int(time.time()) + seconds
    limit = {
        "X-RateLimit-Limit": "180", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(then),
    }  # fmt: skip
    return {
        "429": {"Retry-After": str(seconds)},
        "429-date": {"Retry-After": formatdate(then, usegmt=True)},
        "429-old": {"X-Retry-After": str(then)} | limit,
        "429-limit": limit,
        "429-bare": {},
    }[fault.kind]


def _without_pulls(answer: dict[str, Any]) -> dict[str, Any]:
    if isinstance(answer.get("repos"), dict):
        return {"repos": {name: {"pulls": None} for name in answer["repos"]}}
    return {"pulls": None}
