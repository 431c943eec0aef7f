"""Child processes for tests that kill, starve or race the archive's writers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

# Children start from a process that has imported everything and run nothing: a start takes
# milliseconds, and Polars' threads are never forked.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(
    [
        "insights_nb.archive",
        "insights_nb.reading",
        "insights_nb.planning",
        "insights_nb.hub.fetching",
        "tqdm.auto",
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
