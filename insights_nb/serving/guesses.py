"""Wrong tokens cost time: whoever guesses waits, and whoever has the token hardly does."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tornado import web

from insights_nb import limits

if TYPE_CHECKING:
    from logging import Logger

# Wrong ones that are looked at without a wait; a team mistypes.
_FREE = 20
# Addresses whose wrong tokens are remembered.
_REMEMBERED = 10_000


@dataclass(eq=False)
class _Waiting:
    """A token that waits to be looked at."""

    turn: asyncio.Future[None]
    has_left: Callable[[], bool]
    came: float = field(default_factory=time.monotonic)


class Guesses:
    """Decides when a token is looked at.

    The first wrong ones are looked at when they come; from then on as many a minute as the limit
    says, from wherever they come. Addresses with fewer wrong ones go first; of one address, the
    newest and the second newest take turns, since the newest is often the guesser whose turn has
    just been. So a guesser's many connections wait long, and a viewer with the right token waits
    for three turns at most, also at the guesser's own address. A right token costs nothing.

    Parameters
    ----------
    places
        How many may wait at once; of the address with most of them, the oldest is refused.
    log
        Gets wrong tokens.
    """

    def __init__(self, *, places: int, log: Logger) -> None:
        self._places = places
        self._log = log
        self._pause = 60 / limits.GUESSES.value
        self._credit = float(_FREE)
        self._credited = time.monotonic()
        self._wrong: OrderedDict[str, int] = OrderedDict()
        self._waiting: dict[str, list[_Waiting]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._newest = True

    async def turn(self, address: str, has_left: Callable[[], bool] = lambda: False) -> None:
        """Wait until a token from this address may be looked at.

        Parameters
        ----------
        address
            Where it comes from.
        has_left
            Tells whether nobody waits for the answer any more.

        Raises
        ------
        tornado.web.HTTPError
            429, if too many wait.
        """
        now = time.monotonic()
        self._credit = min(_FREE, self._credit + (now - self._credited) / self._pause)
        self._credited = now
        if not self._waiting and self._credit >= 1:
            self._credit -= 1
            return
        self._credit = min(self._credit, 0)
        loop = asyncio.get_running_loop()
        one = _Waiting(loop.create_future(), has_left)
        self._waiting.setdefault(address, []).append(one)
        self._keep_places()
        if self._timer is None:
            self._timer = loop.call_later(self._pause, self._next)
        await one.turn

    def wrong(self, address: str) -> None:
        """Note that a token was wrong."""
        self._wrong[address] = self._wrong.pop(address, 0) + 1
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)
        self._log.warning("A wrong token was tried from %s.", address)

    def right(self, address: str) -> None:
        """Note that a token was right: it is no guess, and its address no guesser's alone."""
        self._credit = min(_FREE, self._credit + 1)
        if address in self._wrong:
            self._wrong[address] //= 2

    def _next(self) -> None:
        """Let the next one be looked at."""
        self._timer = None
        self._drop_those_who_left()
        if not self._waiting:
            return
        address = min(self._waiting, key=lambda each: self._wrong.get(each, 0))
        line = self._waiting[address]
        one = line.pop(-1 if self._newest or len(line) == 1 else -2)
        self._newest = not self._newest
        if not line:
            del self._waiting[address]
        if not one.turn.done():
            one.turn.set_result(None)
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._next)

    def _keep_places(self) -> None:
        if sum(map(len, self._waiting.values())) <= self._places:
            return
        self._drop_those_who_left()
        if sum(map(len, self._waiting.values())) <= self._places:
            return
        address = max(self._waiting, key=lambda each: len(self._waiting[each]))
        line = self._waiting[address]
        oldest = line.pop(0)
        if not line:
            del self._waiting[address]
        self._refuse(oldest)
        self._log.warning(
            "Tokens from %s are refused unseen: %s wait already.", address, self._places
        )

    def _drop_those_who_left(self) -> None:
        for address, line in list(self._waiting.items()):
            gone = [one for one in line if one.turn.done() or one.has_left()]
            for one in gone:
                line.remove(one)
                self._refuse(one)
            if not line:
                del self._waiting[address]

    @staticmethod
    def _refuse(one: _Waiting) -> None:
        if not one.turn.done():
            one.turn.set_exception(web.HTTPError(429))
