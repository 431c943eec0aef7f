"""Keeping a large archive's tables computed, so that no viewer waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from logging import Logger

from insights_nb.archive import Archive
from insights_nb.metrics.warming import warm_aside

# How soon after a report has come its tables are computed; until then they are, once, by each
# viewer's kernel.
_LOOK_EVERY = 5.0


async def keep_warm(archive: Archive, log: Logger) -> None:
    """Compute an archive's tables now, and again whenever a report comes, until cancelled.

    Parameters
    ----------
    archive
        What is served.
    log
        Is told where tables cannot be kept, once.
    """
    told = False
    seen: tuple[int, int] | None = None
    while True:
        if archive.version != seen:
            seen = archive.version
            kept = await _warm(archive)
            if not kept and not told:
                told = True
                log.warning(
                    "The tables of %s cannot be kept in the cache folder: pages open slower.",
                    archive.folder,
                )
        await asyncio.sleep(_LOOK_EVERY)


async def _warm(archive: Archive) -> bool:
    """Compute the tables in a process of their own, which is ended with this one's task."""
    process = warm_aside(archive)
    try:
        return await asyncio.to_thread(process.wait) == 0
    except asyncio.CancelledError:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        raise
