"""Peers: which machines may be asked, decided on the one that a connection really leads to.

A catalogue names the servers of its files. A name that leads into this machine or its network would
let whoever wrote the catalogue reach what only this machine can.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Literal

from insights_nb.errors import HubError
from insights_nb.hub.addresses import Origin, literal

Place = Literal["public", "loopback", "link-local", "private"]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_WORDS: dict[Place, str] = {
    "loopback": "this very machine",
    "link-local": "this machine's own link, where clouds keep their secrets",
    "private": "a private network",
    "public": "the internet",
}
# Networks that carry IPv4 inside: whoever asks them asks that address.
_CARRIER = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddressError(HubError):
    """An answer sends to a machine that only this network reaches."""

    def __init__(self, host: str, address: str, place: Place) -> None:
        which = host if host == address else f"{host} ({address})"
        super().__init__(
            f"{which} is {_WORDS[place]}, and the hub is not there, so nothing was asked of it. "
            "Expected a public server of files. Report the address to Docker; where the files "
            "really are there, give the hub's own address on that network (--hub-url)."
        )


class Peers:
    """Decides with whom a connection may be made.

    The API's own server may be anywhere: the user named it. Others may be public, or where that is.

    Parameters
    ----------
    hub
        The API's own scheme, host and port.
    """

    def __init__(self, hub: Origin | None) -> None:
        self._hub = hub[1:] if hub else None
        number = literal(hub[1]) if hub else None
        # A name's place is learnt when it was connected to; until then others must be public.
        self._places: set[Place] = {"public"}
        if number is not None:
            self._places.add(place(number))

    def check(self, host: str, port: int) -> None:
        """Refuse a host that is given as a number, before anything is connected to.

        Behind a proxy this is all: the proxy looks names up, by its own rules.
        """
        number = literal(host)
        if number is not None and (host, port) != self._hub:
            self._check(host, number)

    def look_up(self, host: str, port: int) -> None:
        """Refuse a name that leads to such a machine, without knocking at it."""
        if (host, port) == self._hub:
            return
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return  # Connecting fails too, and says why.
        for *_, address in found:
            self._check(host, _number(str(address[0])))

    def met(self, host: str, port: int, line: socket.socket) -> None:
        """Look at whom a connection was made to, before anything is sent.

        Names can lead elsewhere each time that they are looked up, so only this is certain.
        """
        address = _number(str(line.getpeername()[0]))
        if (host, port) == self._hub:
            self._places.add(place(address))
        else:
            self._check(host, address)

    def _check(self, host: str, address: _Address) -> None:
        if (where := place(address)) not in self._places:
            raise PrivateAddressError(host, str(address), where)


def place(address: _Address) -> Place:
    """Return where an address is, from this machine."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _CARRIER:
            carried = ipaddress.IPv4Address(address.packed[-4:])
        if carried is not None:
            return place(carried)
        if address.is_site_local:
            return "private"
    # To connect to no address in particular is to connect to this machine.
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return "public" if address.is_global and not address.is_multicast else "private"


def _number(text: str) -> _Address:
    return ipaddress.ip_address(text.partition("%")[0])
