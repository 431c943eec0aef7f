"""Which requests make one action: the classification table's "followed by"."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD, GET_TAG, GET_DIGEST = 0, 1, 2
UNKNOWN = -1
"""The code of a digest that is not known."""


@dataclass(frozen=True)
class Requests:
    """Requests by group, time, type and digest; codes stand for texts.

    A group is a client and repository; the types are `HEAD`, `GET_TAG` and `GET_DIGEST`.
    """

    group: NDArray[np.int64]
    time: NDArray[np.int64]
    type: NDArray[np.int64]
    digest: NDArray[np.int64]


@dataclass(frozen=True)
class Actions:
    """Each request's action, and each action's first request; both count from 0, in order."""

    of_request: NDArray[np.int64]
    first: NDArray[np.int64]


def group_requests(requests: Requests, limit: int) -> Actions:
    """Give each request to an action that began at most `limit` ticks before, or to a new one."""
    group, time, is_get = requests.group, requests.time, requests.type == GET_DIGEST
    # After such a pause no earlier action can go on.
    fresh = np.ones(len(group), np.bool_)
    fresh[1:] = (np.diff(group) != 0) | (np.diff(time) > limit)
    # The GETs by digest of the same time are one run, any other request is a run of its own.
    begins = fresh.copy()
    begins[1:] |= (np.diff(time) != 0) | ~is_get[1:] | ~is_get[:-1]
    starts = np.flatnonzero(begins)
    ends = np.append(starts, len(group))[1:]
    matching = _Matching(time.tolist(), requests.digest.tolist(), limit)
    for start, end, is_fresh, kind in zip(
        starts.tolist(),
        ends.tolist(),
        fresh[starts].tolist(),
        requests.type[starts].tolist(),
        strict=True,
    ):
        if is_fresh:
            matching.forget()
        if kind == HEAD:
            matching.head(start)
        elif kind == GET_TAG:
            matching.get_tag(start)
        else:
            matching.get_digests(range(start, end))
    return Actions(np.array(matching.of_request, np.int64), np.array(matching.first, np.int64))


@dataclass
class _Matching:
    """The actions so far, and those of the present group that may still go on."""

    times: list[int]
    digests: list[int]
    limit: int
    first: list[int] = field(default_factory=list)
    began: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.of_request = [0] * len(self.times)
        self.forget()

    def forget(self) -> None:
        """Leave the actions so far as they are."""
        # HEADs that wait for a GET by their digest.
        self.waiting: dict[int, list[int]] = {}
        # Actions whose GET one by another digest may follow, in runs of the same digest. Since
        # neighbouring runs differ, the latest of another digest is in one of the last two.
        self.fetched: list[tuple[int, deque[int]]] = []

    def head(self, request: int) -> None:
        action, digest = self._start(request), self.digests[request]
        if digest != UNKNOWN:
            self.waiting.setdefault(digest, []).append(action)

    def get_tag(self, request: int) -> None:
        action, digest = self._start(request), self.digests[request]
        if digest != UNKNOWN:
            self._fetch(action, digest)

    def get_digests(self, requests: range) -> None:
        """Take GETs by digest of the same time: first those that a HEAD waits for."""
        for request in [request for request in requests if not self._is_waited_for(request)]:
            digest = self.digests[request]
            action = self._latest_other(digest, self.times[request] - self.limit)
            if action is None:
                self._fetch(self._start(request), digest)
            else:
                self.of_request[request] = action

    def _start(self, request: int) -> int:
        action = len(self.first)
        self.of_request[request] = action
        self.first.append(request)
        self.began.append(self.times[request])
        return action

    def _fetch(self, action: int, digest: int) -> None:
        if self.fetched and self.fetched[-1][0] == digest:
            self.fetched[-1][1].append(action)
        else:
            self.fetched.append((digest, deque([action])))

    def _is_waited_for(self, request: int) -> bool:
        digest = self.digests[request]
        waiting = self.waiting.get(digest)
        if not waiting:
            return False
        action = waiting.pop()
        if self.began[action] < self.times[request] - self.limit:
            waiting.clear()  # The others began earlier still.
            return False
        self.of_request[request] = action
        self._fetch(action, digest)
        return True

    def _latest_other(self, digest: int, oldest: int) -> int | None:
        while self.fetched:
            run = len(self.fetched) - 1
            if self.fetched[run][0] == digest:
                run -= 1
            if run < 0:
                return None
            action = self.fetched[run][1].pop()
            if not self.fetched[run][1]:
                self._remove(run)
            if self.began[action] >= oldest:
                return action
        return None

    def _remove(self, run: int) -> None:
        """Remove an empty run; its neighbours become one if they have the same digest."""
        del self.fetched[run]
        if not 0 < run < len(self.fetched) or self.fetched[run - 1][0] != self.fetched[run][0]:
            return
        earlier, later = self.fetched[run - 1][1], self.fetched.pop(run)[1]
        # The shorter one moves, or the cost would be the square of a busy client's requests.
        if len(earlier) >= len(later):
            earlier.extend(later)
        else:
            later.extendleft(reversed(earlier))
            self.fetched[run - 1] = (self.fetched[run - 1][0], later)
