"""Connections: one per thread and server, without cookies, without a netrc file's passwords."""

from __future__ import annotations

import logging
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import requests
import urllib3

from insights_nb.hub.addresses import bare, keep_queries_out_of_logs, path_of
from insights_nb.hub.answers import lost
from insights_nb.hub.patience import Failed, Patience

_log = logging.getLogger(__name__)
_CONNECT_TIMEOUT = 15.0


class Connections:
    """Sends single requests; safe to use from several threads.

    Parameters
    ----------
    patience
        Whose time limit holds.
    """

    def __init__(self, patience: Patience) -> None:
        keep_queries_out_of_logs()
        self._patience = patience
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()

    def send(
        self,
        method: str,
        url: str,
        **sent: Any,  # noqa: ANN401 - requests' own arguments
    ) -> requests.Response | Failed:
        """Send one request, and follow nothing.

        Returns
        -------
        requests.Response or Failed
            The answer, its body still to be read; or why none came.

        Raises
        ------
        HubUnreachableError
            If trying again would not help.
        """
        timeout = self._patience.timeout
        began = time.monotonic()
        failed = None
        try:
            response = self._session().request(
                method,
                url,
                allow_redirects=False,
                stream=True,
                timeout=(min(timeout, _CONNECT_TIMEOUT), timeout),
                **sent,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            host = bare(url).removesuffix(path_of(url))
            failed = lost(error, f"{method} {path_of(url)}", host, self._patience)
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
            session = requests.Session()
            session.auth = _NoAuthentication()
            # A cookie knows no ports, and may hold the token.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers["User-Agent"] = _user_agent()
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


class _NoAuthentication(requests.auth.AuthBase):
    """Keeps requests from adding a netrc line's password to any request."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _user_agent() -> str:
    try:
        return f"insights-nb/{version('insights-nb')}"
    except PackageNotFoundError:
        # Run from its sources, without being installed.
        return "insights-nb"
