"""What came back, in words and as the error or the second try that it means."""

from __future__ import annotations

import datetime as dt
import http.client
import re
from collections.abc import Iterator, Sequence
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING

import requests
import urllib3

from insights_nb.errors import (
    HubAnswerError,
    HubError,
    HubNotFoundError,
    HubRefusedError,
)
from insights_nb.hub.addresses import credentials_in
from insights_nb.hub.patience import TOO_MANY, Failed, asked_wait
from insights_nb.hub.receiving import AnswerLimitError, decoded, first_bytes
from insights_nb.texts import printable

if TYPE_CHECKING:
    from insights_nb.hub.patience import Patience

_COMPLAINTS = ("message", "detail", "error", "errinfo", "errorinfo", "title")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head)\b", re.IGNORECASE | re.DOTALL
)
_QUERY = re.compile(r"\?[^\s\"']+")
_LOOKED_AT = 65_536
_LONGEST = 160
_NOT_FOUND = (404, 410)
_REFUSED = (401, 403)
_TIMED_OUT = 408
_SERVER = 500


def is_page(body: bytes, content_type: str = "") -> bool:
    """Return whether an answer is a web page."""
    return "text/html" in content_type.casefold() or _PAGE.match(body[:_LOOKED_AT]) is not None


def in_words(response: requests.Response, body: bytes, secrets: Sequence[str] = ()) -> str:
    """Describe an answer: ``404 Not Found ('no such namespace')``, ``an HTML page titled …``.

    Parameters
    ----------
    response
        The answer.
    body
        Its first bytes.
    secrets
        What must not show, should the answer repeat it.
    """
    status = response.status_code
    secrets = (*secrets, *credentials_in(response.url or ""))
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip()[:_LONGEST]
    if is_page(body, content_type):
        match = _TITLE.search(body)
        title = _text(unescape(match[1].decode("utf-8", "replace")), secrets) if match else ""
        return f"{phrase} with an HTML page" + (f" titled {title}" if title else "")
    complaint = _complaint(body)
    if complaint:
        return f"{phrase} ({_text(complaint, secrets)})"
    return f"{phrase} with {printable(content_type) or 'an unnamed type'}" if body else phrase


def judged(
    response: requests.Response,
    asked: str,
    patience: Patience,
    secrets: Sequence[str] = (),
) -> Failed:
    """Return what an answer that is no success means; a final error is raised.

    Raises
    ------
    HubAnswerError
        If asking again would not help.
    """
    status = response.status_code
    seen = in_words(response, first_bytes(response, _LOOKED_AT), secrets)
    now = dt.datetime.now(dt.UTC)
    after = asked_wait(status, response.headers, now)
    if status == TOO_MANY:
        until = ""
        if after is not None:
            until = f"{now + dt.timedelta(seconds=min(after, 1e9)):%Y-%m-%d %H:%M} UTC"
        when = f"after {until}" if until else "in an hour"
        remedy = f"Run the command again {when}: what arrived is kept."
        error = HubAnswerError(asked, seen, remedy, status=status)
        if after is not None and after > patience.asked:
            raise error
        return Failed(error, after)
    if status >= _SERVER or status == _TIMED_OUT:
        remedy = "The server has a problem of its own: run the command again later."
        soon = after if after is not None and after <= patience.asked else None
        return Failed(HubAnswerError(asked, seen, remedy, status=status), soon)
    if status in _NOT_FOUND:
        remedy = (
            "It does not exist, or the account may not see it: check the name's spelling, and that "
            "the account is an owner of the organisation."
        )
        raise HubNotFoundError(asked, seen, remedy, status=status)
    if status in _REFUSED:
        remedy = (
            "The account may not see it, or the access token was withdrawn or lacks a permission: "
            "use an owner's account and a token that may read."
        )
        raise HubRefusedError(asked, seen, remedy, status=status)
    remedy = "Expected 200 OK. Check the address (--hub-url), and run the command again later."
    raise HubAnswerError(asked, seen, remedy, status=status)


def not_as_expected(asked: str, seen: str, expected: str) -> HubAnswerError:
    """Return the error for an answer of another shape."""
    remedy = f"Expected {expected}. Check the address (--hub-url) and proxy, and run it again."
    return HubAnswerError(asked, seen, remedy)


def lost(error: Exception, asked: str, host: str, patience: Patience) -> Failed | HubError:
    """Return what a failed connection means, without the words of the exception.

    Those hold the whole address, with its query.
    """
    certificate = isinstance(error, requests.exceptions.SSLError)
    if certificate:
        return _no_answer(asked, host, "the certificate of the server is not trusted")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return _no_answer(asked, host, "the address cannot be used")
    if isinstance(error, requests.exceptions.ProxyError):
        why = "the proxy did not let it through"
    elif isinstance(error, requests.exceptions.ConnectTimeout):
        why = f"no connection within {patience.timeout:g} seconds"
    elif isinstance(error, requests.exceptions.Timeout):
        why = f"nothing came for {patience.timeout:g} seconds"
    elif isinstance(error, requests.exceptions.InvalidHeader) or _is_garbled(error):
        why = "what came is no HTTP answer"
    else:
        why = _system_words(error) or "the connection was closed without an answer"
    return Failed(_no_answer(asked, host, why))


def _no_answer(asked: str, host: str, why: str) -> HubError:
    return HubError(
        f"{asked} got no answer from {host}: {why}. Check the network, the address and the "
        "proxy settings (HTTPS_PROXY), then run the command again."
    )


def broken_off(asked: str, why: str) -> HubError:
    """Return the error for an answer that broke off, every time it was tried."""
    return HubError(f"{asked} broke off: {why}. Nothing was kept. Run the command again.")


def broken(error: Exception, asked: str, patience: Patience) -> Failed:
    """Return what an answer that broke off means."""
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError) or (
        "timed out" in str(error)
    ):
        why = f"nothing more came for {patience.timeout:g} seconds"
    else:
        why = _system_words(error) or f"the connection was closed half-way{_how_far(error)}"
    return Failed(broken_off(asked, why))


def _complaint(body: bytes) -> str:
    try:
        data = decoded(body, "")
    except (ValueError, AnswerLimitError):
        return ""
    if not isinstance(data, dict):
        return ""
    return next((data[key] for key in _COMPLAINTS if isinstance(data.get(key), str)), "")


def _text(words: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        words = words.replace(secret, "…")
    words = _QUERY.sub("?…", " ".join(words.split()))
    # repr: a terminal obeys control characters, and these are somebody else's words.
    return repr(words if len(words) <= _LONGEST else words[:_LONGEST] + "…") if words else ""


def _system_words(error: BaseException) -> str:
    """Return the operating system's words for what happened, such as ``Connection refused``."""
    for one in _causes(error):
        if isinstance(one, OSError) and one.strerror and isinstance(one.errno, int):
            return one.strerror[0].lower() + one.strerror[1:]
    return ""


def _how_far(error: BaseException) -> str:
    """Return how much came, where the answer had announced how much it has."""
    for one in _causes(error):
        if isinstance(one, urllib3.exceptions.IncompleteRead):
            came, left = one.partial, one.expected
            if isinstance(came, int) and isinstance(left, int):
                return f", after {came:,} of {came + left:,} bytes"
    return ""


def _is_garbled(error: BaseException) -> bool:
    """Return whether something came that no HTTP answer begins with."""
    return any(
        isinstance(one, http.client.HTTPException)
        and not isinstance(one, http.client.RemoteDisconnected | http.client.IncompleteRead)
        for one in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it came from, which libraries keep in several places."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        queue += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
