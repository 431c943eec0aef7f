"""One file from one address, whole: resumed where it broke off, checked against its length."""

from __future__ import annotations

import contextlib
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
import urllib3

from insights_nb.hub.addresses import path_of
from insights_nb.hub.answers import broken, broken_off, in_words, is_page, not_as_expected
from insights_nb.hub.patience import Failed
from insights_nb.hub.receiving import Allowance, pieces, stated_length, surplus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insights_nb.hub.transport import Hub

_CHUNK = 1 << 16
_PARTIAL = 206
_NOT_SATISFIABLE = 416
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_UNPACKED_AT_ONCE = 4 << 20
# A proxy may compress what the server compressed.
_MOST_ENCODINGS = 2
# zlib's window, with a gzip or a zlib header recognised by itself.
_ANY_HEADER = zlib.MAX_WBITS | 32


@dataclass(frozen=True, repr=False)
class Body:
    """A downloaded file.

    Parameters
    ----------
    data
        Its bytes; a gzip file stays one, a transfer's own compression is undone.
    notes
        What was odd, one sentence each.
    """

    data: bytes
    notes: tuple[str, ...] = ()


def download(hub: Hub, url: str, size: int | None = None) -> Body:
    """Download a file, from a signed address or the API's own.

    `size` is its length in the listing, in bytes. Where the answer announces another and keeps its
    word, that is a note and no failure.

    Raises
    ------
    HubError
        If it cannot be had.
    """
    transfer = _Transfer(hub, url, size)
    return hub.get(url, transfer.receive, headers=transfer.headers, also=(_NOT_SATISFIABLE,))


@dataclass
class _Transfer:
    """What arrived so far, kept from one attempt to the next."""

    hub: Hub
    url: str = field(repr=False)  # perhaps signed
    size: int | None
    data: bytearray = field(default_factory=bytearray)
    validator: str = ""
    encoding: str = ""
    allowance: Allowance = field(init=False)

    def __post_init__(self) -> None:
        self.allowance = Allowance.of_download(self.asked)

    @property
    def asked(self) -> str:
        return f"GET {path_of(self.url)}"

    def headers(self) -> Mapping[str, str]:
        # A transfer's compression gains little on what is compressed, and hides the true length.
        wanted = {"Accept-Encoding": "identity"}
        if self.data and self.validator:
            wanted |= {"Range": f"bytes={len(self.data)}-", "If-Range": self.validator}
        else:
            self.data.clear()
        return wanted

    def receive(self, response: requests.Response) -> Body | Failed:
        if response.status_code == _NOT_SATISFIABLE or not self._fits(response):
            self._forget()
            why = "the server could not take it up where it stopped"
            return Failed(broken_off(self.asked, why))
        expected = self._expected(response)
        if expected is not None:
            self.allowance.check(expected)
        failed = self._read(response)
        if failed is not None:
            return failed
        if surplus(response):
            return self._goes_on()
        if expected is not None and len(self.data) != expected:
            return self._short(expected)
        if expected is None and self._listed_otherwise() and not _chunked(response):
            # Only the listing has its length.
            return self._short(self.size or 0)
        return self._finished(response)

    def _fits(self, response: requests.Response) -> bool:
        """Return whether an answer goes on where the last one stopped, or starts anew."""
        if response.status_code != _PARTIAL:
            self._forget()
            self.encoding = response.headers.get("Content-Encoding", "").strip().casefold()
            tag = response.headers.get("ETag", "")
            # A weak tag promises the same meaning, not the same bytes.
            strong = "" if tag.startswith("W/") else tag
            self.validator = strong or response.headers.get("Last-Modified", "")
            return True
        match = _RANGE.match(response.headers.get("Content-Range", ""))
        return match is not None and int(match[1]) == len(self.data) > 0

    def _expected(self, response: requests.Response) -> int | None:
        match = _RANGE.match(response.headers.get("Content-Range", ""))
        if response.status_code == _PARTIAL and match and match[3] != "*":
            return int(match[3])
        length = stated_length(response)
        return None if length is None else len(self.data) + length

    def _read(self, response: requests.Response) -> Failed | None:
        try:
            with contextlib.closing(pieces(response, self.allowance, decode=False)) as coming:
                for piece in coming:
                    self.hub.check_running()
                    self.data += piece
                    self.allowance.check(len(self.data), came=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return broken(error, self.asked, self.hub.patience)
        return None

    def _finished(self, response: requests.Response) -> Body | Failed:
        raw = bytes(self.data)
        try:
            data = _decoded(raw, self.encoding, self.allowance)
        except zlib.error:
            self._forget()
            return Failed(broken_off(self.asked, "its compression does not unpack"))
        if data is None:
            seen = f"in the encoding {self.encoding[:40]!r}"
            raise not_as_expected(self.asked, seen, "gzip or none")
        if is_page(data[:_CHUNK], response.headers.get("Content-Type", "")):
            raise not_as_expected(self.asked, in_words(response, data), "a report")
        notes: tuple[str, ...] = ()
        if self.size is not None and self.size not in (len(raw), len(data)):
            notes = (
                f"{len(raw):,} bytes came, as the answer announced; the listing has {self.size:,}.",
            )
        return Body(data, notes)

    def _listed_otherwise(self) -> bool:
        return self.size is not None and len(self.data) != self.size

    def _short(self, expected: int) -> Failed:
        came = len(self.data)
        if came > expected:
            self._forget()
        why = f"{came:,} of {expected:,} bytes came"
        return Failed(broken_off(self.asked, why))

    def _goes_on(self) -> Failed:
        """Return the failure of an answer longer than announced: nobody knows where to cut it."""
        seen = f"more than the {len(self.data):,} bytes that the answer announced"
        self._forget()
        return Failed(not_as_expected(self.asked, seen, "as many"))

    def _forget(self) -> None:
        self.data.clear()
        self.validator = ""


def _chunked(response: requests.Response) -> bool:
    # Its end is marked, so that a cut is noticed.
    return "chunked" in response.headers.get("Transfer-Encoding", "").casefold()


def _decoded(raw: bytes, encoding: str, allowance: Allowance) -> bytes | None:
    """Undo a transfer's compression; None where it is one that nobody asked for."""
    names = [name.strip() for name in encoding.split(",") if name.strip() not in ("", "identity")]
    if len(names) > _MOST_ENCODINGS:
        return None
    for name in reversed(names):
        if name not in ("gzip", "x-gzip", "deflate"):
            return None
        raw = _inflated(raw, allowance)
    return raw


def _inflated(raw: bytes, allowance: Allowance) -> bytes:
    data, view, at = bytearray(), memoryview(raw), 0
    # A gzip file may be several, one after the other.
    while at < len(view):
        unpacking = zlib.decompressobj(_ANY_HEADER)
        while not unpacking.eof:
            fed = unpacking.unconsumed_tail or view[at : at + _CHUNK]
            at += 0 if unpacking.unconsumed_tail else len(fed)
            # In pieces: little can unpack to more than there is memory for.
            data += unpacking.decompress(fed, _UNPACKED_AT_ONCE) if fed else unpacking.flush()
            allowance.check_unpacked(len(raw), len(data))
            if not fed and not unpacking.eof:
                raise zlib.error
        at -= len(unpacking.unused_data)
    return bytes(data)
