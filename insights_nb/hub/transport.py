"""HTTP to Docker Hub: who may see the token, what is tried again, what an answer must be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import requests
import urllib3

from insights_nb.errors import HubError
from insights_nb.hub.addresses import (
    bare,
    hub_address,
    is_safe,
    is_signed,
    joined,
    origin,
    path_of,
    reached,
)
from insights_nb.hub.answers import broken, in_words, is_page, judged, not_as_expected
from insights_nb.hub.connections import Connections
from insights_nb.hub.credentials import Credentials, no_credentials
from insights_nb.hub.patience import TOO_MANY, Failed, Patience, persist
from insights_nb.hub.receiving import Allowance, check_limits, decoded, surplus, whole
from insights_nb.hub.tokens import Reply, Token, Tokens

T = TypeVar("T")
Receive = Callable[[requests.Response], "T | Failed"]

_UNAUTHORISED = 401
_SERVER = 500
_MOVED = (301, 302, 303, 307, 308)
_MOST_MOVES = 5


class StoppedError(Exception):
    """The run was interrupted while this thread waited or downloaded; never seen by a user."""


@dataclass(frozen=True, repr=False)
class Json:
    """A JSON answer.

    Parameters
    ----------
    data
        Decoded.
    body
        Its bytes, as they came.
    asked
        What was asked, for messages: ``GET /api/…``.
    """

    data: Any
    body: bytes
    asked: str

    def __repr__(self) -> str:
        # Its addresses can be signed.
        return f"Json({self.asked!r}, {len(self.body)} bytes)"


class Hub:
    """Docker Hub, or a server that speaks like it.

    Safe to use from several threads: each has its own connections, all share one token. Signs in
    with the first request that needs it.

    Parameters
    ----------
    url
        Its address; `INSIGHTS_HUB_URL` or ``https://hub.docker.com`` where None.
    credentials
        The account, or None for what is public.
    patience
        How often and how long things are tried.
    sleep
        Waits some seconds; for tests.

    Raises
    ------
    HubSettingError
        If the address cannot be used, or not with credentials.
    """

    def __init__(
        self,
        url: str | None = None,
        credentials: Credentials | None = None,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        check_limits()
        self.url = hub_address(url, signing_in=credentials is not None)
        self.patience = patience or Patience()
        self._origin = origin(self.url)
        self._tokens = Tokens(credentials, self._post) if credentials else None
        self._stopping = threading.Event()
        self._sleep = sleep or self._wait
        self._connections = Connections(self.patience, self._origin)
        self._lock = threading.Lock()
        self._not_before = 0.0

    def __repr__(self) -> str:
        return f"Hub({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def signs_in(self) -> bool:
        """Whether there is an account to sign in with."""
        return self._tokens is not None

    def stop(self) -> None:
        """Let no thread wait, ask or download any longer."""
        self._stopping.set()

    def close(self) -> None:
        """Stop, and close every connection that is not in use."""
        self.stop()
        self._connections.close()

    def check_running(self) -> None:
        """Raise `StoppedError` if the run was interrupted."""
        if self._stopping.is_set():
            raise StoppedError

    def get_json(
        self,
        path: str,
        parameters: Mapping[str, str | list[str]] | None = None,
        *,
        signed_in: bool = True,
    ) -> Json:
        """Ask the API for the JSON at a path, such as ``/v2/orgs``; otherwise as `get`.

        Raises
        ------
        HubError
            If the answer is none that was expected.
        """
        url = self.url + path
        asked = f"GET {path_of(url)}"

        def receive(response: requests.Response) -> Json | Failed:
            try:
                body = whole(response, Allowance.of_answer(asked), self.check_running)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                return broken(error, asked, self.patience)
            try:
                return Json(decoded(body, asked), body, asked)
            except ValueError:
                seen = in_words(response, body, self._secrets())
            if surplus(response):
                seen += f" that goes on after the {len(body):,} bytes that it announced"
            elif not is_page(body):
                seen += " that is not JSON"
            raise not_as_expected(asked, seen, "JSON")

        return self.get(url, receive, parameters=parameters, signed_in=signed_in)

    def get(
        self,
        url: str,
        receive: Receive[T],
        *,
        headers: Callable[[], Mapping[str, str]] = dict,
        parameters: Mapping[str, str | list[str]] | None = None,
        signed_in: bool = True,
        also: tuple[int, ...] = (),
    ) -> T:
        """Ask for an address until an answer is received whole.

        Parameters
        ----------
        url
            The address. The token goes along only to the API's own scheme, host and port.
        receive
            Takes the answer; returns `Failed` where it broke off.
        headers
            Returns the headers of the next attempt.
        parameters
            The query to add.
        signed_in
            Whether the token goes along where it may.
        also
            Statuses that `receive` takes beside success.

        Raises
        ------
        HubError
            If it cannot be had.
        """
        asked = f"GET {path_of(url)}"
        to_hub = origin(url) == self._origin and not is_signed(url)
        if signed_in and to_hub and self._tokens is None:
            raise no_credentials(bare(self.url).rpartition("//")[2])

        def attempt() -> T | Failed:
            self.check_running()
            response = self._authorised(url, asked, headers(), parameters, signed_in)
            if isinstance(response, Failed):
                return response
            with response:
                if response.ok or response.status_code in also:
                    return receive(response)
                failed = judged(response, asked, self.patience, self._secrets())
                if response.status_code == TOO_MANY and failed.after:
                    self._hold_others(failed.after)
                return failed

        self._wait_for_others()
        return persist(attempt, self.patience, self._sleep)

    def _authorised(
        self,
        url: str,
        asked: str,
        headers: Mapping[str, str],
        parameters: Mapping[str, str | list[str]] | None,
        signed_in: bool,
    ) -> requests.Response | Failed:
        """Send a request with the token where that may go, once more after a renewal."""
        to_hub = origin(url) == self._origin and not is_signed(url)
        if self._tokens is None or not signed_in or not to_hub:
            return self._send(url, asked, headers, parameters, None)
        token = self._tokens.current()
        response = self._send(url, asked, headers, parameters, token)
        if isinstance(response, Failed) or response.status_code != _UNAUTHORISED:
            return response
        response.close()
        token = self._tokens.renew(token)
        return self._send(url, asked, headers, parameters, token)

    def _send(
        self,
        url: str,
        asked: str,
        headers: Mapping[str, str],
        parameters: Mapping[str, str | list[str]] | None,
        token: Token | None,
    ) -> requests.Response | Failed:
        """Send one GET, and follow where it points to without taking the token elsewhere."""
        for _ in range(_MOST_MOVES + 1):
            request = self._connections.prepare("GET", url, headers=headers, params=parameters)
            there = str(request.url)
            if not is_safe(there) and reached(request) != self._origin:
                raise HubError(
                    f"The download at {bare(there)} is not encrypted, so it was not followed. "
                    "Expected an https:// address. Report it to Docker, or download the report by "
                    "hand."
                )
            if token and self._is_to_hub(request):
                request.headers["Authorization"] = f"Bearer {token.value}"
            response = self._connections.send(request)
            if isinstance(response, Failed):
                return response
            target = response.headers.get("Location")
            if response.status_code not in _MOVED or not target:
                return response
            response.close()
            # The address that it points to is whole.
            onward, parameters = joined(there, target), None
            if onward is None:
                seen = f"a redirect to an address that cannot be used ({bare(target)})"
                raise not_as_expected(asked, seen, "an https:// address")
            url = onward
        raise not_as_expected(asked, f"more than {_MOST_MOVES} redirects", "an answer")

    def _is_to_hub(self, request: requests.PreparedRequest) -> bool:
        """Return whether a request goes to the API itself, which alone may see the token."""
        return reached(request) == self._origin and not is_signed(str(request.url))

    def _post(self, path: str, body: Mapping[str, str]) -> Reply:
        """Send JSON to a sign-in address; it is never sent on elsewhere."""
        url = self.url + path
        asked = f"POST {path_of(url)}"

        def attempt() -> Reply | Failed:
            self.check_running()
            response = self._connections.send(self._connections.prepare("POST", url, json=body))
            if isinstance(response, Failed):
                return response
            secrets = (*self._secrets(), *body.values())
            with response:
                if response.status_code == TOO_MANY or response.status_code >= _SERVER:
                    return judged(response, asked, self.patience, secrets)
                try:
                    content = whole(response, Allowance.of_answer(asked), self.check_running)
                except (urllib3.exceptions.HTTPError, OSError) as error:
                    return broken(error, asked, self.patience)
                seen = in_words(response, b"" if response.ok else content, secrets)
                if response.ok and is_page(content):
                    seen = in_words(response, content, secrets)
                try:
                    data = decoded(content, asked)
                except ValueError:
                    data = None
                return Reply(response.status_code, data, seen)

        return persist(attempt, self.patience, self._sleep)

    def _secrets(self) -> tuple[str, ...]:
        return self._tokens.secrets() if self._tokens else ()

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise StoppedError

    def _hold_others(self, seconds: float) -> None:
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def _wait_for_others(self) -> None:
        # What one thread was told to wait, the others would be told too, one request each.
        with self._lock:
            left = self._not_before - time.monotonic()
        if left > 0:
            self._sleep(left)
