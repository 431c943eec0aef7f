"""Child processes for tests that kill, starve or race the archive's writers."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Children start from a process that has imported everything and run nothing: a start takes
# milliseconds, and Polars' threads are never forked.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(
    [
        "insights_nb.archive",
        "insights_nb.reading",
        "insights_nb.hub.fetching",
        "tqdm.auto",
        # What the modules import that hold what the children do.
        "pytest",
        "tests.archives",
        "tests.hub",
    ]
)


def start(act: Callable[..., None], *arguments: object) -> Any:  # noqa: ANN401 - typed as private
    """Start something in a process of its own."""
    process = context.Process(target=act, args=arguments)
    process.start()
    return process


def run(act: Callable[..., None], *arguments: object, kill_after: float | None = None) -> int:
    """Run something in a process of its own, and kill it after some seconds; return its exit."""
    process = start(act, *arguments)
    process.join(kill_after)
    if process.is_alive():
        process.kill()
        process.join()
    code: int = process.exitcode
    process.close()
    return code


_CHANGES = {"os.rename", "os.remove", "os.truncate", "os.mkdir", "os.rmdir"}


def kill_at_change(number: int, folder: Path, act: Callable[..., None], *arguments: object) -> None:
    """Do something, and die just before the n-th time that it changes a file below a folder."""
    changed = itertools.count(1)

    def hook(event: str, values: tuple[object, ...]) -> None:
        writes = event == "open" and bool(int(str(values[2] or 0)) & (os.O_WRONLY | os.O_RDWR))
        if (
            (writes or event in _CHANGES)
            and str(values[0]).startswith(str(folder))
            and next(changed) == number
        ):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    act(*arguments)


class Instants:
    """Random instants at which to kill something, until that many kills have hit it.

    Parameters
    ----------
    kills
        How many have to.
    seed
        Of the instants.
    lasted
        How many seconds it takes when nobody kills it.
    """

    def __init__(self, kills: int, seed: int, lasted: float) -> None:
        self._kills = kills
        self._chance = random.Random(seed)  # noqa: S311 - repeatable instants
        self._lasted = lasted

    def __iter__(self) -> Iterator[int]:
        """Number the attempts; each has to call `run` once."""
        for number in range(4 * self._kills):
            if not self._kills:
                return
            yield number
        raise AssertionError(f"{self._kills} kills never hit it: the instants lay behind its end")

    def run(self, act: Callable[..., None], *arguments: object) -> None:
        """Run something, and kill it at the next instant."""
        began = time.monotonic()
        code = run(act, *arguments, kill_after=self._chance.uniform(0, self._lasted))
        if code == -signal.SIGKILL:
            self._kills -= 1
        else:
            # It was timed while the machine was slower.
            self._lasted = min(self._lasted, time.monotonic() - began)
