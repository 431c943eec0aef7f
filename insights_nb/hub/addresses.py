"""Addresses: what may be asked, what may be sent there, and how they are written down.

A download's address can carry its own credentials in its query, so that no address is ever written
down with one.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from insights_nb.errors import HubSettingError
from insights_nb.texts import printable

DEFAULT_HUB = "https://hub.docker.com"
"""Where Docker Hub answers."""

HUB_VARIABLE = "INSIGHTS_HUB_URL"
"""Environment variable that names another server."""

_PORTS = {"http": 80, "https": 443}
# S3 and Google write X-…-Signature, CloudFront Signature, Azure sig.
_SIGNATURE = re.compile(r"signature$|^sig$", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s\"']+")
_SECRET_LENGTH = 16
_QUIETED = (
    "urllib3.connectionpool",
    "urllib3.connection",
    "urllib3.response",
    "urllib3.util.retry",
)
# Alone it opens no connection: it tells how an address is understood where one is opened.
_CONNECTS = HTTPAdapter()

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
    HubSettingError
        If it is no address of a server, or credentials would travel unencrypted to another machine.
    """
    text = (given or os.environ.get(HUB_VARIABLE) or DEFAULT_HUB).strip()
    parts = _split(text)
    plain = parts and origin(text) and text.isprintable() and "\\" not in text
    if not parts or not plain or "@" in parts.netloc or parts.query or parts.fragment:
        raise HubSettingError(
            f"{bare(text)!r} is no address of a server. Give one such as https://hub.docker.com, "
            "without user, query or fragment, with --hub-url or INSIGHTS_HUB_URL."
        )
    if signing_in and not is_safe(text):
        raise HubSettingError(
            f"{bare(text)} is not encrypted, so everybody on the way could read the credentials. "
            "Use https:// (http:// is for a server on this very machine)."
        )
    return text.rstrip("/")


def joined(base: str, url: str) -> str | None:
    """Return where an address that may be relative leads, or None where nothing could be asked."""
    try:
        whole = urljoin(base, url)
    except ValueError:
        return None
    return whole if origin(whole) else None


def bare(url: str) -> str:
    """Return an address without credentials, query and fragment: what may be written down."""
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return printable(f"{parts.scheme}://{host}{parts.path}" if host else parts.path)


def path_of(url: str) -> str:
    """Return an address's path alone."""
    parts = _split(url)
    return printable(parts.path or "/") if parts else "an address that cannot be read"


def origin(url: str) -> Origin | None:
    """Return whom an address belongs to, or None where it leads nowhere."""
    request = requests.PreparedRequest()
    request.url = _prepared(url)
    return reached(request) if request.url else None


def reached(request: requests.PreparedRequest) -> Origin | None:
    """Return to whom a request would be sent, as the library that sends it understands it.

    No second parser: where two of them disagree about an odd address, one decides who may see the
    token and the other who gets it.
    """
    try:
        parts, _ = _CONNECTS.build_connection_pool_key_attributes(request, verify=True)
    except ValueError:
        return None
    scheme, host, port = parts["scheme"], parts["host"], parts["port"]
    if scheme not in _PORTS or not host:
        return None
    return scheme, host, port or _PORTS[scheme]


def is_signed(url: str) -> bool:
    """Return whether an address carries its own credentials."""
    parts = _split(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)] if parts else []
    return any(_SIGNATURE.search(name) for name in names)


def credentials_in(url: str) -> tuple[str, ...]:
    """Return what a signed address carries in its query, for an answer may repeat it."""
    parts = _split(url) if is_signed(url) else None
    carried = parse_qsl(parts.query) if parts else []
    # Shorter values are versions and lengths of time, and words of other sentences.
    return tuple(value for _, value in carried if len(value) >= _SECRET_LENGTH)


def is_safe(url: str) -> bool:
    """Return whether nobody on the way can read what is sent: encrypted, or this very machine."""
    found = origin(url)
    if found is None:
        return False
    address = literal(found[1])
    return found[0] == "https" or (address is not None and address.is_loopback)


def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the number that a host is given as, or None for a name that has to be looked up."""
    if host.rstrip(".").casefold() == "localhost":
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        # Systems also take 127.1, 0x7f000001 and 2130706433 for numbers.
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _split(url: str) -> SplitResult | None:
    """Take an address apart as it would be asked; one that leads nowhere, as it stands."""
    try:
        parts = urlsplit(_prepared(url) or url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _prepared(url: str) -> str | None:
    request = requests.PreparedRequest()
    try:
        request.prepare_url(url, None)
    except (requests.RequestException, ValueError):
        return None
    return request.url


class _WithoutQueries(logging.Filter):
    """Cuts queries from a library's log, which writes down whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        # An answer's headers stand there too.
        record.msg = printable(_QUERY.sub("?…", record.getMessage()))
        record.args = ()
        # A parse error's traceback would bring the address back.
        record.exc_info = None
        return True


_WITHOUT_QUERIES = _WithoutQueries()


def keep_queries_out_of_logs() -> None:
    """Cut the queries of addresses from what the HTTP library logs; twice is once."""
    for name in _QUIETED:
        logging.getLogger(name).addFilter(_WITHOUT_QUERIES)
