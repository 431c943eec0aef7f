"""Addresses: what may be asked, what may be sent there, and how they are written down.

A download's address can carry its own credentials in its query, so that no address is ever written
down with one.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from insights_nb.errors import HubAddressError, InsecureHubError

DEFAULT_HUB = "https://hub.docker.com"
"""Where Docker Hub answers."""

HUB_VARIABLE = "INSIGHTS_HUB_URL"
"""Environment variable that names another server."""

_PORTS = {"http": 80, "https": 443}
# S3 and Google write X-…-Signature, CloudFront Signature, Azure sig.
_SIGNATURE = re.compile(r"signature$|^sig$", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s\"']+")
_SECRET_LENGTH = 16
_QUIETED = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")

Origin = tuple[str, str, int]
"""Scheme, host and port: what a token is good for."""


def hub_address(given: str | None = None, *, signing_in: bool = False) -> str:
    """Return the server to ask: the one given, the environment's, or Docker Hub.

    Parameters
    ----------
    given
        Its address, such as ``"https://hub.docker.com"``.
    signing_in
        Whether credentials would be sent there.

    Raises
    ------
    HubAddressError
        If it is no address of a server.
    InsecureHubError
        If credentials would travel unencrypted to another machine.
    """
    text = (given or os.environ.get(HUB_VARIABLE) or DEFAULT_HUB).strip()
    parts = _split(text)
    plain = parts and parts.scheme in _PORTS and parts.hostname
    if not parts or not plain or "@" in parts.netloc or parts.query or parts.fragment:
        raise HubAddressError(bare(text))
    if signing_in and not is_safe(text):
        raise InsecureHubError(bare(text))
    return text.rstrip("/")


def bare(url: str) -> str:
    """Return an address without credentials, query and fragment: what may be written down."""
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path


def path_of(url: str) -> str:
    """Return an address's path alone."""
    parts = _split(url)
    return (parts.path or "/") if parts else "an address that cannot be read"


def origin(url: str) -> Origin | None:
    """Return whom an address belongs to, or None where it names nobody."""
    parts = _split(url)
    if parts is None or parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def is_signed(url: str) -> bool:
    """Tell whether an address carries its own credentials."""
    parts = _split(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)] if parts else []
    return any(_SIGNATURE.search(name) for name in names)


def credentials_in(url: str) -> tuple[str, ...]:
    """Return what a signed address carries in its query, for an answer may repeat it."""
    told = parse_qsl(urlsplit(url).query) if is_signed(url) else []
    # Shorter values are versions and lengths of time, and words of other sentences.
    return tuple(value for _, value in told if len(value) >= _SECRET_LENGTH)


def is_safe(url: str) -> bool:
    """Tell whether nobody on the way can read what is sent: encrypted, or this very machine."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


class _WithoutQueries(logging.Filter):
    """Cuts queries from a library's log, which writes down whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _QUERY.sub("?…", record.getMessage())
        record.args = ()
        # A parse error's traceback would bring the address back.
        record.exc_info = None
        return True


_WITHOUT_QUERIES = _WithoutQueries()


def keep_queries_out_of_logs() -> None:
    """Cut the queries of addresses from what the HTTP library logs; twice is once."""
    for name in _QUIETED:
        logging.getLogger(name).addFilter(_WITHOUT_QUERIES)
