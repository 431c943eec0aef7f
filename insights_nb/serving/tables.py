"""Keeping a large archive's tables computed, so that no viewer waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from logging import Logger

from insights_nb.archive import Archive

# How soon after a report has come its tables are computed; until then each viewer's kernel
# computes them for itself.
_LOOK_EVERY = 5.0


async def keep_warm(archive: Archive, log: Logger) -> None:
    """Compute an archive's tables now, and again whenever a report comes, until cancelled.

    Parameters
    ----------
    archive
        What is served.
    log
        Gets a warning where tables cannot be kept, once.
    """
    warned = False
    seen: tuple[int, int] | None = None
    while True:
        if archive.version != seen:
            seen = archive.version
            if not await _warm(archive) and not warned:
                warned = True
                log.warning(
                    "The tables of %s cannot be kept in the cache folder: pages open slower.",
                    archive.folder,
                )
        await asyncio.sleep(_LOOK_EVERY)


async def _warm(archive: Archive) -> bool:
    """Compute the tables in a process of their own, which ends with this task."""
    process = await asyncio.to_thread(_start, archive)
    if process is None:
        return True
    try:
        return await asyncio.to_thread(process.wait) == 0
    except asyncio.CancelledError:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        raise


def _start(archive: Archive) -> subprocess.Popen[bytes] | None:
    # Loaded here, in a thread: the first viewer's page is not kept waiting for it.
    from insights_nb.metrics.warming import LEAST_ROWS, warm_aside

    if sum(entry.rows for entry in archive.entries()) < LEAST_ROWS:
        return None
    return warm_aside(archive)
