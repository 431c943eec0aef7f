"""Connections: one per thread and server, without cookies, without a netrc file's passwords."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from insights_nb.hub.addresses import Origin, bare, keep_queries_out_of_logs, path_of, reached
from insights_nb.hub.answers import lost
from insights_nb.hub.patience import Failed, Patience
from insights_nb.hub.peers import Peers
from insights_nb.hub.receiving import Wall, slow_head
from insights_nb.limits import ANSWER_SECONDS

_log = logging.getLogger(__name__)
_CONNECT_TIMEOUT = 15.0


class Connections:
    """Sends single requests; safe to use from several threads.

    Parameters
    ----------
    patience
        Whose time limit applies.
    hub
        The API's own scheme, host and port; other servers have to be public, or where that is.
    """

    def __init__(self, patience: Patience, hub: Origin | None) -> None:
        keep_queries_out_of_logs()
        self._patience = patience
        self._peers = Peers(hub)
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()

    def prepare(
        self,
        method: str,
        url: str,
        **sent: Any,  # noqa: ANN401 - requests' own arguments
    ) -> requests.PreparedRequest:
        """Return a request as it would be sent: what is decided, is decided on this.

        Raises
        ------
        HubError
            If it could not be sent anywhere.
        """
        failed = None
        try:
            prepared = self._session().prepare_request(requests.Request(method, url, **sent))
        except (requests.RequestException, ValueError) as error:
            failed = _lost(error, method, url, self._patience)
        if failed is None:
            return prepared
        raise failed.error if isinstance(failed, Failed) else failed

    def send(self, request: requests.PreparedRequest) -> requests.Response | Failed:
        """Send one request, and follow nothing.

        Returns
        -------
        requests.Response or Failed
            The answer, its body still to be read; or why none came.

        Raises
        ------
        HubError
            If trying again would not help.
        PrivateAddressError
            If it would go to a machine that only this network reaches.
        AnswerLimitError
            If the head of the answer takes too long.
        """
        method, url = str(request.method), str(request.url)
        if place := reached(request):
            self._peers.check(*place[1:])
        session, timeout = self._session(), self._patience.timeout
        began = time.monotonic()
        failed = None
        try:
            response = session.send(
                request,
                allow_redirects=False,
                timeout=(min(timeout, _CONNECT_TIMEOUT), timeout),
                # Proxies and certificates; the body is read by whoever knows how much it may be.
                **session.merge_environment_settings(url, {}, True, None, None),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            failed = _lost(error, method, url, self._patience)
        except _SlowHeadError:
            failed = slow_head(f"{method} {path_of(url)}")
        if failed is None:
            took = time.monotonic() - began
            _log.debug("%s %s: %s, %.2f s", method, bare(url), response.status_code, took)
            return response
        _log.debug("%s %s: no answer", method, bare(url))
        if isinstance(failed, Failed):
            return failed
        raise failed

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.auth = _NoAuthentication()
            # A cookie knows no ports, and may hold the token.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers["User-Agent"] = _user_agent()
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter(self._peers))
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


def _lost(error: Exception, method: str, url: str, patience: Patience) -> Failed | Exception:
    host = bare(url).removesuffix(path_of(url))
    return lost(error, f"{method} {path_of(url)}", host, patience)


class _Session(requests.Session):
    """A session that leaves redirects to whoever decides about the token."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        # Also where it follows none, it would take them apart, and read their answers whole.
        return None


class _NoAuthentication(requests.auth.AuthBase):
    """Keeps requests from adding a netrc line's password to any request."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Answer(http.client.HTTPResponse):
    """An answer without cookies, which notices when more comes than it announced."""

    surplus = False

    def __init__(self, line: socket.socket, *given: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(line, *given, **named)
        self._line = line

    def begin(self) -> None:
        super().begin()
        # None is kept, and an odd one is a warning on the terminal.
        for name in ("Set-Cookie", "Set-Cookie2"):
            del self.msg[name]

    def _close_conn(self) -> None:
        # What follows in the same breath is lost with the buffer; a later piece nobody can notice.
        if self.length == 0 and not self.chunked and self.fp is not None:
            before = self._line.gettimeout()
            try:
                self._line.settimeout(0)
                self.surplus = bool(self.fp.peek(1))
                self._line.settimeout(before)
            except (OSError, ValueError):
                pass
        super()._close_conn()  # type: ignore[misc]


class _SlowHeadError(Exception):
    """The head of an answer takes too long."""


class _Line(HTTPConnection):
    """A connection whose answers have a time limit from their first byte, not only for each."""

    response_class = _Answer

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        line = self.sock

        def hang_up() -> None:
            # The plain socket's own: a TLS socket would be taken apart while another thread reads.
            (socket.socket.shutdown if isinstance(line, socket.socket) else type(line).shutdown)(
                line, socket.SHUT_RDWR
            )

        try:
            with Wall(ANSWER_SECONDS.value, hang_up) as wall:
                response = super().getresponse()
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError):
            if not wall.fell:
                raise
        if wall.fell:
            raise _SlowHeadError
        return response


class _SecureLine(_Line, HTTPSConnection):
    """The same, encrypted."""


def _guarded(peers: Peers, line: type[HTTPConnection]) -> type[HTTPConnection]:
    class Guarded(line):  # type: ignore[misc,valid-type]
        """A connection to nobody but whom it may be made to."""

        def _new_conn(self) -> socket.socket:
            peers.look_up(self.host, self.port)
            made: socket.socket = super()._new_conn()
            try:
                peers.met(self.host, self.port, made)
            except BaseException:
                made.close()
                raise
            return made

    return Guarded


def _pools(
    plain: type[HTTPConnection], secure: type[HTTPConnection]
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class Plain(urllib3.HTTPConnectionPool):
        ConnectionCls = plain

    class Secure(urllib3.HTTPSConnectionPool):
        ConnectionCls = secure  # type: ignore[assignment]

    return {"http": Plain, "https": Secure}


class _Adapter(HTTPAdapter):
    """Opens connections that keep to the limits, and direct ones to those who may be asked."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = _pools(
            _guarded(self._peers, _Line), _guarded(self._peers, _SecureLine)
        )

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(proxy, **named)
        # A proxy may be anywhere; one for SOCKS has connections of its own.
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _pools(_Line, _SecureLine)
        return manager


def _user_agent() -> str:
    try:
        return f"insights-nb/{version('insights-nb')}"
    except PackageNotFoundError:
        # Run from its sources, without being installed.
        return "insights-nb"
