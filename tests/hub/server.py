"""The stand-in Hub's two servers: the API, and the files behind signed addresses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType

from tests.hub.answers import Api, Keys
from tests.hub.data import Store
from tests.hub.faults import Fault, Faults
from tests.hub.wire import ApiHandler, FileHandler, Seen, Server


class Hub(Store):
    """A stand-in Hub on two free ports of 127.0.0.1; runs inside a ``with`` block.

    Parameters
    ----------
    user, secret
        Who may sign in. A secret that starts with ``dckr_`` is an access token, any other a
        password.
    second_factor
        The code that an account password needs besides.
    lifetimes
        How many seconds a JWT and a signed address are good for.
    files
        Where listings point: ``"signed"`` addresses on the other port, the API itself
        (``"api"``), or the API, which sends on to a signed address (``"redirect"``).
    ranges
        Whether a part of a file can be asked for.
    ports
        Where the API and the files listen; 0 for any free port.
    """

    def __init__(
        self,
        user: str = "ada",
        secret: str = "dckr_pat_made_up_for_tests_4711",  # noqa: S107 - made up.
        second_factor: str | None = None,
        *,
        lifetimes: tuple[float, float] = (600, 300),
        files: str = "signed",
        ranges: bool = True,
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.user, self.secret, self.second_factor = user, secret, second_factor
        self.ranges = ranges
        self.requests: list[Seen] = []
        self.leaks: list[Seen] = []
        self.most_at_once = 0
        """How many downloads ran at the same time, at most."""
        self.closing = threading.Event()
        self._troubles: list[BaseException] = []
        self._running = 0
        self._count = threading.Lock()
        self._faults = Faults()
        self._keys = Keys()
        self.api = Api(
            self, self._keys, user, secret, second_factor, *lifetimes,
            files, lambda: self.url, lambda: self.files_url,
        )  # fmt: skip
        self._servers = [
            Server(port, handler, self)
            for port, handler in zip(ports, (ApiHandler, FileHandler), strict=True)
        ]
        self._threads = [
            threading.Thread(target=one.serve_forever, args=(0.02,)) for one in self._servers
        ]

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._servers[0].url

    @property
    def files_url(self) -> str:
        """Where the files are."""
        return self._servers[1].url

    @property
    def secrets(self) -> set[str]:
        """Everything that must never show: the secret, codes, JWTs and signatures given out."""
        given = {*self._keys.tokens, *self._keys.second_steps, *self._keys.signatures}
        return given | {self.secret} | ({self.second_factor} if self.second_factor else set())

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs in its environment to use it."""
        return {
            "DOCKERHUB_USERNAME": self.user,
            "DOCKERHUB_TOKEN": self.secret,
            "INSIGHTS_HUB_URL": self.url,
        }

    @property
    def downloads(self) -> list[Seen]:
        """The requests for files."""
        place = self.files_url.removeprefix("http://")
        return [one for one in self.requests if one.host_port == place]

    def fault(self, fault: Fault) -> Fault:
        """Let something go wrong; returns it, so that its hits can be looked at."""
        self._faults.add(fault)
        return fault

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def expire_tokens(self) -> None:
        """Refuse every JWT given out so far."""
        for token in list(self._keys.tokens):
            self._keys.tokens[token] = 0

    def expire_signatures(self) -> None:
        """Refuse every signed address given out so far."""
        for signature, (path, _) in list(self._keys.signatures.items()):
            self._keys.signatures[signature] = (path, 0)

    def log(self, seen: Seen) -> None:
        """Say what was asked; replaced where someone watches."""

    def __enter__(self) -> Hub:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.hang_up()
            server.server_close()
        # A mistake of the stand-in must not pass for one of the client.
        if self._troubles and error is None:
            raise self._troubles[0]

    # --- called by the handlers -------------------------------------------------------------

    def note(self, seen: Seen) -> None:
        with self._count:
            self.requests.append(seen)

    def leaked(self, seen: Seen) -> None:
        with self._count:
            self.leaks.append(seen)

    def trouble(self, error: BaseException) -> None:
        self._troubles.append(error)

    def meet(self, path: str) -> Fault | None:
        return self._faults.meet(path)

    @contextlib.contextmanager
    def downloading(self) -> Iterator[None]:
        with self._count:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        try:
            yield
        finally:
            with self._count:
                self._running -= 1
