"""A viewer's kernel ends with its viewer, whenever that one leaves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import nbformat
import psutil
import pytest
from traitlets.config import Config

from insights_nb.serving.sessions import DashboardKernels, OwnKernelSpec, Sessions
from tests.viewers import aside

pytestmark = pytest.mark.system


# Turns of the event loop, over all of which a kernel starts.
LEAVES_AFTER = (1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 60)


def kernels_of_this_process() -> list[int]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("ipykernel" in part for part in child.cmdline()):
                found.append(child.pid)
    return found


def test_who_leaves_while_the_kernel_starts_leaves_none_behind(tmp_path: Path) -> None:
    connections = tmp_path / "connections"
    path = tmp_path / "book.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)

    async def leave_each_time() -> tuple[int, list[str]]:
        kernels = DashboardKernels(
            kernel_spec_manager=OwnKernelSpec(), connection_dir=str(connections)
        )
        sessions = Sessions(
            path, kernels=kernels, environment={}, preheat=0, log=logging.getLogger("sessions")
        )
        left = 0
        for turns in LEAVES_AFTER:
            viewer = asyncio.create_task(sessions.take("somebody"))
            for _ in range(turns):
                await asyncio.sleep(0)
            left += not viewer.done()
            viewer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await viewer
        known = list(kernels.list_kernel_ids())
        # Where a kernel were half known, this would fail.
        await sessions.close()
        return left, known

    connections.mkdir()
    before = kernels_of_this_process()
    left, known = aside(leave_each_time)
    assert left == len(LEAVES_AFTER)
    assert known == []
    assert kernels_of_this_process() == before
    assert list(connections.glob("*")) == []


def test_a_kernel_that_dies_in_a_cell_ends_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    cells = [nbformat.v4.new_code_cell("import os; os._exit(1)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    # Jupyter would look so often that it is quicker than whoever waits for the cell.
    config = Config({"KernelRestarter": {"time_to_dead": 0.02}})

    async def take() -> list[dict[str, object]]:
        kernels = DashboardKernels(
            kernel_spec_manager=OwnKernelSpec(), connection_dir=str(tmp_path), config=config
        )
        sessions = Sessions(
            path, kernels=kernels, environment={}, preheat=0, log=logging.getLogger("sessions")
        )
        async with asyncio.timeout(120):
            taken = await sessions.take("somebody")
        assert not await kernels.runs(taken.kernel_id)
        await sessions.close()
        return taken.cells

    (cell,) = aside(take)
    assert list(cell) == ["error"]
