"""Signing in: credentials for a short-lived token, which lives in memory only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from insights_nb.errors import HubAnswerError, HubError, SignInError
from insights_nb.hub.credentials import Credentials, second_factor

_EXCHANGE = "/v2/auth/token"
_LOGIN = "/v2/users/login"
_SECOND_FACTOR = "/v2/users/2fa-login"
_OK = 200
_REFUSED = (400, 401, 403, 422)
_UNAUTHORISED = 401
_NOT_THERE = (404, 405)


@dataclass(frozen=True, repr=False)
class Token:
    """A token and its place in the order of tokens."""

    value: str
    number: int

    def __repr__(self) -> str:
        return f"Token(…, number={self.number})"

    def __reduce__(self) -> str:
        raise TypeError("A token is not written down.")


@dataclass(frozen=True, repr=False)
class Reply:
    """What a sign-in address answered: status, decoded JSON (or None) and that in words."""

    status: int
    data: Any
    seen: str

    def text(self, name: str) -> str:
        """Return a field's text, or nothing."""
        value = self.data.get(name) if isinstance(self.data, Mapping) else None
        return value if isinstance(value, str) else ""


class Tokens:
    """Gives every thread the token that is good now.

    Parameters
    ----------
    credentials
        What to exchange for it.
    post
        Sends JSON to a path of the API.
    ask_code
        Asks the person for the second factor's code.
    """

    def __init__(
        self,
        credentials: Credentials,
        post: Callable[[str, Mapping[str, str]], Reply],
        ask_code: Callable[[], str | None] = second_factor,
    ) -> None:
        self._credentials = credentials
        self._post = post
        self._ask_code = ask_code
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refusal: HubError | None = None

    def __repr__(self) -> str:
        return "Tokens(…)"

    def current(self) -> Token:
        """Return the token, signing in where there is none yet.

        Raises
        ------
        SignInError
            If the credentials are not accepted; asked again, it says so without asking the server.
        HubError
            If the server does not answer as a server of this kind does.
        """
        with self._lock:
            return self._token or self._renew()

    def renew(self, used: Token) -> Token:
        """Return a newer token than the one that was refused: one thread asks, the others wait."""
        with self._lock:
            if self._token is not None and self._token.number > used.number:
                return self._token
            return self._renew()

    def secrets(self) -> tuple[str, ...]:
        """Return what must not show in a message."""
        token = self._token
        return (self._credentials.secret, *((token.value,) if token else ()))

    def _renew(self) -> Token:
        # Every further try would be another failed sign-in, and lock the account.
        if self._refusal is not None:
            raise self._refusal
        number = self._token.number + 1 if self._token else 1
        self._token = None
        try:
            self._token = Token(self._sign_in(), number)
        except SignInError as error:
            self._refusal = error
            raise
        except HubError as error:
            # It was tried as often as is sensible, and everything else waits for it.
            self._refusal = error if number == 1 else None
            raise
        return self._token

    def _sign_in(self) -> str:
        who = self._credentials
        reply = self._post(_EXCHANGE, {"identifier": who.username, "secret": who.secret})
        if reply.status == _OK:
            return _token(_EXCHANGE, reply, "access_token")
        older = reply.status in _NOT_THERE
        if reply.status == _UNAUTHORISED and not who.is_access_token:
            # This address takes no account's password on every server; the older one does.
            older = True
        if not older:
            raise _refusal(_EXCHANGE, reply)
        reply = self._post(_LOGIN, {"username": who.username, "password": who.secret})
        if reply.status == _OK:
            return _token(_LOGIN, reply, "token")
        pending = reply.text("login_2fa_token")
        if reply.status == _UNAUTHORISED and pending:
            return self._with_second_factor(pending)
        raise _refusal(_LOGIN, reply)

    def _with_second_factor(self, pending: str) -> str:
        code = self._ask_code()
        if not code:
            raise SignInError(
                f"POST {_LOGIN}: the account has a second factor, and there is no terminal to ask "
                "for its code: use a personal access token, which needs none, or run the command "
                "in a terminal."
            )
        reply = self._post(_SECOND_FACTOR, {"login_2fa_token": pending, "code": code})
        if reply.status == _OK:
            return _token(_SECOND_FACTOR, reply, "token")
        if reply.status in _REFUSED:
            raise SignInError(
                f"POST {_SECOND_FACTOR}: the account has a second factor, and the code was not "
                "accepted: run the command again with a fresh one."
            )
        raise _refusal(_SECOND_FACTOR, reply)


def _token(path: str, reply: Reply, name: str) -> str:
    value = reply.text(name)
    # Anything else cannot stand in a header.
    if value.isascii() and value.isprintable() and value.strip():
        return value
    raise HubAnswerError(
        f"POST {path}",
        f"{reply.seen} without {name}",
        "Check that the address (--hub-url) is Docker Hub's.",
        status=reply.status,
    )


def _refusal(path: str, reply: Reply) -> HubError:
    if reply.status in _REFUSED:
        return SignInError(
            f"POST {path} was answered {reply.seen}: the username or the secret is not accepted. "
            "Check both, or create a new access token at Docker Hub > Account settings."
        )
    return HubAnswerError(
        f"POST {path}",
        reply.seen,
        "Check that the address (--hub-url) is Docker Hub's, and run the command again later.",
        status=reply.status,
    )
