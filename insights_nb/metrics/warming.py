"""Computing a large archive's tables before anybody waits for them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from insights_nb.archive import Archive
from insights_nb.caching import filling
from insights_nb.counts.audience import (
    report_rows,
    repository_table,
    sums,
    together,
    use_case_table,
)
from insights_nb.counts.companies import COMPANIES, COMPANY_ROWS, STACKS
from insights_nb.counts.extensions import CORE, PREMIUM, extension_table
from insights_nb.counts.pairs import pair_table
from insights_nb.counts.pulls import pull_table
from insights_nb.counts.sources import AUDIENCE, DIGESTS, TAGS
from insights_nb.counts.tags import tag_table
from insights_nb.errors import InsightsError
from insights_nb.metrics.pull_actions import pull_actions
from insights_nb.metrics.quality import reconcile
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.selection import Selection

LEAST_ROWS = 200_000
"""An archive with fewer is answered from as quickly without a cache."""

_PROGRAM = """
import sys
from insights_nb.archive import Archive
from insights_nb.metrics.warming import warm
sys.exit(not warm(Archive(sys.argv[1])))
"""


def warm(archive: Archive) -> bool:
    """Write what answers about an archive are made of to the user's cache folder.

    Every process that asks about the same archive afterwards, such as the kernels of a dashboard,
    maps these tables into memory instead of computing them. What is there is not computed again.
    It takes seconds and some hundred megabytes of memory; see `warm_aside`.

    Parameters
    ----------
    archive
        Any; one of fewer than `LEAST_ROWS` rows is quick without, and nothing is written of it.

    Returns
    -------
    bool
        Whether all is there that can be. False where the cache folder cannot be written; answers
        are the same then, and slower.
    """
    if sum(entry.rows for entry in archive.entries()) < LEAST_ROWS:
        return True
    with filling(archive) as failures:
        for compute in _everything(archive):
            # What cannot be computed is explained to whoever asks for it.
            with contextlib.suppress(InsightsError, pl.exceptions.PolarsError):
                compute()
            if failures:
                break
    return not failures


def warm_aside(archive: Archive) -> subprocess.Popen[bytes]:
    """Start `warm` in a process of its own, which takes its memory with it when it ends.

    Returns
    -------
    subprocess.Popen
        Its return code is 0 where `warm` returned True.
    """
    command = [sys.executable, "-P", "-c", _PROGRAM, os.fspath(archive.folder.resolve())]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - this package itself


def _everything(archive: Archive) -> Iterator[Callable[[], object]]:
    """Yield what computes the tables, those first that a viewer sees first."""
    for granularity in GRANULARITIES:
        if not any(entry.granularity == granularity for entry in archive.entries()):
            continue
        yield partial(pull_table, archive, granularity)
        yield from _of(archive, granularity)
    yield partial(reconcile, archive)


def _of(archive: Archive, granularity: Granularity) -> Iterator[Callable[[], object]]:
    for tags in (*TAGS, *DIGESTS):
        yield partial(tag_table, archive, granularity, tags)
    for source in AUDIENCE:
        # The rows before what is added up from them.
        yield partial(report_rows(source).scan, archive, granularity)
        for group in together(source):
            yield partial(sums, archive, granularity, source, group)
        yield partial(repository_table, archive, granularity, source)
        yield partial(use_case_table, archive, granularity, source, None)
    yield partial(COMPANY_ROWS.scan, archive, granularity)
    yield partial(COMPANIES.rows, archive, granularity)
    yield partial(STACKS.rows, archive, granularity)
    yield partial(pair_table, archive, granularity)
    for kind in (CORE, PREMIUM):
        yield partial(extension_table, archive, granularity, kind)
    yield partial(pull_actions, archive, Selection(granularity))
