"""Who may stay connected, and for how long: no stranger's connections keep the viewers out.

A connection *waits* until its next request has come in full. What waits is closed after seconds,
and sooner where there is no room for another; what is being answered stays. So whoever opens
connections without asking anything only ever displaces connections of that kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate
from tornado.iostream import IOStream

from insights_nb import limits

if TYPE_CHECKING:
    from logging import Logger

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

# Of the open files, what stays free whatever comes: for files, pipes and sockets of kernels.
_SPARE_FILES = 96
# What one more session or websocket opens at most, with its kernel's sockets.
_FILES_FOR_A_SESSION = 24
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# How long nothing is accepted where the machine has no room for it; the backlog waits.
_PAUSE = 0.5
_SWEEP = 1.0
_AT_ONCE = 64
# More than this of a request is not read ahead of who reads it.
_READ_AHEAD = 4_000_000


@dataclass(frozen=True)
class ConnectionLimits:
    """What the limits were when the server started.

    Parameters
    ----------
    files
        Open files this process may have.
    connections
        Connections in all.
    per_address
        Connections from one address.
    request, body, idle, stalled, sending
        Seconds, as ``insights_nb.limits`` describes them.
    """

    files: int
    connections: int
    per_address: int
    request: float
    body: float
    idle: float
    stalled: float
    sending: float

    @classmethod
    def now(cls, *, behind_proxy: bool) -> ConnectionLimits:
        """Read them, once as many files may be open as the system lets this process have."""
        files = _raise_open_files(limits.OPEN_FILES.value)
        # The other half is for what serves those connections.
        connections = min(limits.CONNECTIONS.value, max(8, (files - _SPARE_FILES) // 2))
        # Half of them for one address; but a proxy's address is everybody's.
        half = connections if behind_proxy else max(4, connections // 2)
        return cls(
            files=files,
            connections=connections,
            per_address=half if behind_proxy else min(half, limits.CONNECTIONS_PER_ADDRESS.value),
            request=limits.REQUEST_SECONDS.value,
            body=limits.BODY_SECONDS.value,
            idle=limits.IDLE_SECONDS.value,
            stalled=limits.STALLED_SECONDS.value,
            sending=limits.SENDING_SECONDS.value,
        )

    def remedy(self, limit: limits.Limit) -> str:
        """Return what allows more: a limit of ours, or more open files."""
        allowed = self.per_address if limit is limits.CONNECTIONS_PER_ADDRESS else self.connections
        if allowed >= limit.value:
            return limit.remedy
        if self.connections >= limits.CONNECTIONS.value:
            return limits.CONNECTIONS.remedy
        return (
            f"To allow more, let this process open more files than {self.files:,} (ulimit -n, and "
            f"{limits.OPEN_FILES.variable})."
        )


class Files:
    """How many files this process may still open.

    Parameters
    ----------
    limit
        How many may be open in all.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._counted = -1.0
        self._open = 0

    def has_room(self, needed: int = 1) -> bool:
        """Return whether as many can be opened without touching what stays free."""
        now = time.monotonic()
        if now - self._counted > 0.05:
            self._open, self._counted = _open_files(), now
        return self._open + needed <= self.limit - _SPARE_FILES

    def has_room_for_session(self) -> bool:
        """Return whether there is room for another viewer's kernel and its sockets."""
        return self.has_room(_FILES_FOR_A_SESSION)


class _Phase(Enum):
    """What a connection does."""

    WAITING = auto()
    HEADERS = auto()
    BODY = auto()
    ANSWERED = auto()


class Link(IOStream):
    """One connection, and when it last got anywhere.

    Parameters
    ----------
    connection
        Its socket.
    door
        Is told when it closes.
    address
        The other end's address, as it is counted.
    """

    def __init__(self, connection: socket.socket, door: Door, address: str) -> None:
        self.address = address
        self.phase = _Phase.WAITING
        self.since = time.monotonic()
        self.is_new = True
        self.sent = self.since
        self.writing_since: float | None = None
        self._door = door
        super().__init__(connection, max_buffer_size=_READ_AHEAD)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Read, and see the first bytes of a request come."""
        count = super().read_from_fd(buf)
        if count and self.phase is _Phase.WAITING:
            self.phase = _Phase.HEADERS
            if not self.is_new:
                self.since = time.monotonic()
        return count

    def write_to_fd(self, data: memoryview) -> int:
        """Write, and see the other end take something."""
        count = super().write_to_fd(data)
        if count:
            self.sent = time.monotonic()
        return count

    def close_fd(self) -> None:
        """Close, and make room."""
        self._door.left(self)
        super().close_fd()

    def enter(self, phase: _Phase) -> None:
        """Begin to do something else."""
        self.phase, self.since = phase, time.monotonic()
        self._door.moved(self)

    def overdue(self, most: ConnectionLimits, now: float) -> str | None:
        """Return why it is to be closed, if it is."""
        if self.writing():
            if self.writing_since is None:
                self.writing_since = now
            if now - max(self.sent, self.writing_since) > most.stalled:
                return f"took nothing of its answer for {most.stalled:.0f} s"
            if now - self.writing_since > most.sending:
                return f"had not taken its answer after {most.sending:.0f} s"
        else:
            self.writing_since = None
        spent = now - self.since
        if self.phase is _Phase.WAITING and not self.is_new:
            return "asked nothing more" if spent > most.idle else None
        if self.phase in (_Phase.WAITING, _Phase.HEADERS) and spent > most.request:
            return f"sent no whole request within {most.request:.0f} s"
        if self.phase is _Phase.BODY and spent > most.body:
            return f"sent no whole body within {most.body:.0f} s"
        return None


class _Told(HTTPMessageDelegate):
    """Passes a request on, and tells its connection how far it has come."""

    def __init__(self, inner: HTTPMessageDelegate, link: Link) -> None:
        self._inner = inner
        self._link = link

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Awaitable[None] | None:  # noqa: ANN401 -- as the class above
        self._link.enter(_Phase.BODY)
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._link.enter(_Phase.ANSWERED)
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()


class WatchedServer(HTTPServer):
    """Tornado's server, which tells each connection when it waits for a request."""

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Begin to wait for a request."""
        inner = super().start_request(server_conn, request_conn)
        link = cast("Any", server_conn).stream
        if not isinstance(link, Link):
            return inner
        if link.phase is not _Phase.WAITING:
            link.is_new = False
            link.enter(_Phase.WAITING)
        return _Told(inner, link)


class Door:
    """Accepts connections while there is room, and makes room.

    Parameters
    ----------
    server
        Serves them.
    most
        How many, and for how long.
    files
        How many files may still be opened.
    log
        Gets what was closed.
    """

    def __init__(
        self, server: WatchedServer, *, most: ConnectionLimits, files: Files, log: Logger
    ) -> None:
        self._server = server
        self._most = most
        self._files = files
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._pause: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._links: dict[Link, None] = {}
        self._from: Counter[str] = Counter()
        # In the order in which they began to wait: of all, and of each address.
        self._waiting: dict[Link, None] = {}
        self._waiting_from: dict[str, dict[Link, None]] = {}

    def open(self, sockets: list[socket.socket]) -> None:
        """Begin to accept."""
        self._sockets = sockets
        self._listen()
        self._sweep = self._loop.call_later(_SWEEP, self._close_overdue)

    def close(self) -> None:
        """Accept no more."""
        for timer in (self._pause, self._sweep):
            if timer is not None:
                timer.cancel()
        for one in self._sockets:
            self._loop.remove_reader(one)
            one.close()
        self._sockets = []

    def moved(self, link: Link) -> None:
        """Note that a connection does something else."""
        self._forget(link)
        if link in self._links and link.phase is not _Phase.ANSWERED:
            self._waiting[link] = None
            self._waiting_from.setdefault(link.address, {})[link] = None

    def left(self, link: Link) -> None:
        """Note that a connection has closed."""
        self._forget(link)
        if link in self._links:
            del self._links[link]
            self._from[link.address] -= 1
            if not self._from[link.address]:
                del self._from[link.address]

    def _forget(self, link: Link) -> None:
        self._waiting.pop(link, None)
        of_address = self._waiting_from.get(link.address)
        if of_address is not None:
            of_address.pop(link, None)
            if not of_address:
                del self._waiting_from[link.address]

    def _listen(self) -> None:
        self._pause = None
        for one in self._sockets:
            self._loop.add_reader(one, self._accept, one)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._wait_for_room(error)
                    return
                raise
            self._welcome(connection, address)

    def _wait_for_room(self, error: OSError) -> None:
        """Close what waits, and leave the next ones in the backlog for a moment."""
        self._log.warning(
            "No connection can be accepted: %s. %s", error.strerror, limits.OPEN_FILES.remedy
        )
        for link in list(self._waiting)[:_AT_ONCE]:
            link.close()
        for one in self._sockets:
            self._loop.remove_reader(one)
        self._pause = self._loop.call_later(_PAUSE, self._listen)

    def _welcome(self, connection: socket.socket, address: Any) -> None:  # noqa: ANN401 -- as accept returns it
        source = counted_address(address)
        if not self._make_room(source):
            connection.close()
            return
        try:
            connection.setblocking(False)
            link = Link(connection, self, source)
        except OSError:
            connection.close()
            return
        self._links[link] = None
        self._from[source] += 1
        self.moved(link)
        self._server.handle_stream(link, address)

    def _make_room(self, source: str) -> bool:
        """Close the connection that has waited longest, if there is no room for one more."""
        if self._from[source] >= self._most.per_address:
            self._log.warning(
                "%s has %s connections, as many as one address may. %s",
                source,
                self._most.per_address,
                self._most.remedy(limits.CONNECTIONS_PER_ADDRESS),
            )
            waiting = self._waiting_from.get(source, {})
        elif len(self._links) >= self._most.connections or not self._files.has_room():
            self._log.warning(
                "There is no room for more than %s connections. %s",
                len(self._links),
                self._most.remedy(limits.CONNECTIONS),
            )
            waiting = self._waiting
        else:
            return True
        if not waiting:
            return False
        next(iter(waiting)).close()
        return True

    def _close_overdue(self) -> None:
        now = time.monotonic()
        for link in list(self._links):
            why = link.overdue(self._most, now)
            if why is not None:
                # A browser that connects ahead of time and then needs nothing is no fault.
                quiet = link.phase is _Phase.WAITING
                (self._log.info if quiet else self._log.warning)(
                    "A connection from %s was closed: it %s.", link.address, why
                )
                link.close()
        self._sweep = self._loop.call_later(_SWEEP, self._close_overdue)


class FullError(Exception):
    """There is no room for one more websocket."""


class Websockets:
    """Counts websockets, so that nobody's take the room of all.

    Parameters
    ----------
    files
        How many files may still be opened.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._counts: Counter[tuple[str, str]] = Counter()

    @contextlib.contextmanager
    def place(self, *, session: str, viewer: str) -> Iterator[None]:
        """Take a place for as long as the block runs.

        Raises
        ------
        FullError
            If there is none.
        """
        places = {
            # Another viewer who tries takes none of its viewer's places.
            ("session", f"{viewer} {session}"): limits.WEBSOCKETS_PER_SESSION,
            ("viewer", viewer): limits.WEBSOCKETS_PER_VIEWER,
            ("all", ""): limits.WEBSOCKETS,
        }
        for key, limit in places.items():
            if self._counts[key] >= limit.value:
                whose = {"all": "all viewers together have", "viewer": "one viewer has"}
                raise FullError(
                    f"A websocket was refused: {whose.get(key[0], 'one session has')} "
                    f"{limit.value} already. {limit.remedy}"
                )
        if not self._files.has_room_for_session():
            raise FullError(
                "A websocket was refused: this process may open no more files. "
                f"{limits.OPEN_FILES.remedy}"
            )
        self._counts.update(places.keys())
        try:
            yield
        finally:
            self._counts.subtract(places.keys())
            for key in places:
                if self._counts[key] <= 0:
                    del self._counts[key]


def counted_address(address: object) -> str:
    """Return the address under which a peer is counted: of IPv6 the network, which is one's own."""
    host = str(address[0]) if isinstance(address, tuple) and address else str(address)
    with contextlib.suppress(ValueError):
        known = ipaddress.ip_address(host.partition("%")[0])
        if known.version == 6 and known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        if known.version == 6 and not known.is_loopback:
            return str(ipaddress.ip_network((known, 64), strict=False))
    return host


def _raise_open_files(wanted: int) -> int:
    """Raise this process's limit of open files as far as wanted and allowed; return the new one."""
    if resource is None:
        return 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else min(soft, max(wanted, 64))


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            with contextlib.suppress(OSError):
                return sum(1 for _ in os.scandir(folder))
            # It could not be opened: there is no room at all.
            return 1 << 30
    return 0
