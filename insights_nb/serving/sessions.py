"""Kernels and what their notebook shows: started, run, kept ready, ended."""

from __future__ import annotations

import asyncio
import copy
import hmac
import logging
import re
import secrets
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from nbclient.exceptions import CellExecutionError
from nbconvert.filters import markdown2html, strip_ansi
from traitlets.config import Config
from voila.execute import VoilaExecutor

from insights_nb.serving.settings import KERNEL_VARIABLE

if TYPE_CHECKING:
    from logging import Logger

# Another kernel starts only when the page that took one has had the processors for its own start.
_REFILL_AFTER = 1.5
# What a kept kernel has read grows old with the archive.
_KEPT_FOR = 900.0
_KERNEL = "python3"


class OwnKernelSpec(KernelSpecManager):  # type: ignore[misc, unused-ignore]
    """The one kernel there is: this very Python, whatever else is installed on the machine.

    A kernel named ``python3`` in the user's home would otherwise come first, from another
    environment.
    """

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one kernel."""
        return {_KERNEL: ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 -- one fits all
        """Return the one kernel."""
        return KernelSpec(
            argv=[
                sys.executable,
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
                # Nobody types into a dashboard: no history file to open and lock.
                "--HistoryManager.enabled=False",
                "--HistoryManager.hist_file=:memory:",
                # Errors only: each start would warn of loopback connections without encryption.
                f"--IPKernelApp.log_level={logging.ERROR}",
                "--IPKernelApp.kernel_class=insights_nb.serving.kernel.DashboardKernel",
            ],
            display_name="Python 3",
            language="python",
        )


class DashboardKernels(AsyncMappingKernelManager):  # type: ignore[misc, unused-ignore]
    """Kernels of viewers: one that dies stays dead, one that waits for a viewer is never culled."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- traitlets' own signature
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        # One started in a dead one's place is empty, and would pass for the viewer's own.
        self.update_config(Config({"KernelManager": {"autorestart": False}}))
        self.waiting: set[str] = set()
        # Where what they write on standard error goes, as a file descriptor.
        self.stderr: int | None = None
        # Whose each kernel is that was handed out: the visitor's session that asked for it.
        self.owners: dict[str, str] = {}

    def remove_kernel(self, kernel_id: str) -> Any:  # noqa: ANN401 -- as the class above
        """Forget a kernel that has ended, however that came."""
        self.owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    async def runs(self, kernel_id: str) -> bool:
        """Return whether there is such a kernel, and its process has not ended."""
        if kernel_id not in self:
            return False
        kernel: Any = self.get_kernel(kernel_id)
        return bool(await kernel.is_alive())

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Cull a viewer's kernel if nothing happened in it for long."""
        if kernel_id not in self.waiting:
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Session:
    """A kernel whose notebook has run.

    Parameters
    ----------
    kernel_id
        The kernel's.
    cells
        What the page shows, in order: each is ``{"html"}``, ``{"outputs"}`` or ``{"error"}``.
    started
        When, on the monotonic clock.
    """

    kernel_id: str
    cells: list[dict[str, object]]
    started: float = field(default_factory=time.monotonic)


class Sessions:
    """Runs one notebook in a kernel of its own for every viewer.

    Parameters
    ----------
    notebook
        The notebook's file, read once: every viewer gets the same cells.
    kernels
        Where kernels are started.
    environment
        The kernels' environment variables.
    preheat
        How many kernels are kept ready.
    log
        Where tracebacks go.
    """

    def __init__(
        self,
        notebook: Path,
        *,
        kernels: DashboardKernels,
        environment: Mapping[str, str],
        preheat: int,
        log: Logger,
    ) -> None:
        self._notebook = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
        self._folder = notebook.parent
        self._kernels = kernels
        self._environment = dict(environment)
        self._preheat = preheat
        self._log = log
        self._ready: list[asyncio.Task[Session]] = []
        self._refill: asyncio.TimerHandle | None = None
        self._ending: set[str] = set()

    @property
    def title(self) -> str:
        """The notebook's own title, or its first heading."""
        named = self._notebook.metadata.get("title")
        if named:
            return str(named)
        for cell in self._notebook.cells:
            if cell.cell_type == "markdown":
                for line in cell.source.splitlines():
                    if line.startswith("# "):
                        return str(line[2:].strip())
        return "Dashboard"

    def fill(self) -> None:
        """Start as many kernels as are to be kept ready."""
        while len(self._ready) < self._preheat:
            self._ready.append(asyncio.create_task(self._start(waiting=True)))

    async def take(self, visitor: str) -> Session:
        """Return a session for a viewer: one that is ready, else a new one.

        Parameters
        ----------
        visitor
            Who alone may then reach its kernel.
        """
        session = await self._take()
        self._kernels.owners[session.kernel_id] = visitor
        return session

    def owns(self, visitor: str | None, kernel_id: str) -> bool:
        """Return whether a kernel was handed out to this visitor, and is still known."""
        owner = self._kernels.owners.get(kernel_id)
        return bool(visitor and owner) and hmac.compare_digest(str(visitor), str(owner))

    async def _take(self) -> Session:
        while self._ready:
            task = self._ready.pop(0)
            self._fill_later()
            try:
                session = await task
            except Exception:  # noqa: BLE001 -- whatever it was, a fresh kernel may do better
                self._log.exception("A kernel that was to be kept ready did not start")
                continue
            self._kernels.waiting.discard(session.kernel_id)
            fresh = time.monotonic() - session.started < _KEPT_FOR
            if fresh and await self._kernels.runs(session.kernel_id):
                return session
            await self.end(session.kernel_id)
        return await self._start()

    async def runs(self, kernel_id: str) -> bool:
        """Return whether there is such a kernel, and its process has not ended."""
        return await self._kernels.runs(kernel_id)

    async def end(self, kernel_id: str) -> None:
        """End a kernel, if it still runs."""
        self._kernels.waiting.discard(kernel_id)
        # A page says twice that it closes: Voilà's script and our own.
        if kernel_id not in self._kernels or kernel_id in self._ending:
            return
        self._ending.add(kernel_id)
        try:
            await self._kernels.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
        finally:
            self._ending.discard(kernel_id)

    async def close(self) -> None:
        """End every kernel."""
        if self._refill is not None:
            self._refill.cancel()
        for task in self._ready:
            task.cancel()
        await asyncio.gather(*self._ready, return_exceptions=True)
        await self._kernels.shutdown_all(now=True)

    def _fill_later(self) -> None:
        if self._refill is not None:
            self._refill.cancel()
        self._refill = asyncio.get_running_loop().call_later(_REFILL_AFTER, self.fill)

    async def _start(self, *, waiting: bool = False) -> Session:
        kernel_id = str(uuid.uuid4())
        if waiting:
            self._kernels.waiting.add(kernel_id)
        starting = asyncio.ensure_future(
            self._kernels.start_kernel(
                kernel_id=kernel_id,
                kernel_name=_KERNEL,
                cwd=str(self._folder),
                env=self._environment | {KERNEL_VARIABLE: kernel_id},
                stderr=self._kernels.stderr,
            )
        )
        try:
            # Half started, a kernel is in nobody's list, and could not be ended.
            await asyncio.shield(starting)
            cells = await self._run(kernel_id)
        except BaseException:
            # A viewer who left meanwhile cancels this: the kernel goes, too.
            await asyncio.shield(self._end_once_started(kernel_id, starting))
            raise
        return Session(kernel_id, cells)

    async def _end_once_started(self, kernel_id: str, starting: asyncio.Future[Any]) -> None:
        await asyncio.wait([starting])
        await self.end(kernel_id)

    async def _run(self, kernel_id: str) -> list[dict[str, object]]:
        notebook = copy.deepcopy(self._notebook)
        executor = VoilaExecutor(notebook, km=self._kernels.get_kernel(kernel_id))
        executor.kc = await executor.async_start_new_kernel_client()
        try:
            cells: list[dict[str, object]] = []
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "markdown":
                    cells.append({"html": markdown2html(cell.source)})
                elif cell.cell_type == "code" and cell.source.strip():
                    shown = await self._run_cell(executor, index)
                    cells.append(shown)
                    if "error" in shown:
                        break
            return cells
        finally:
            executor.kc.stop_channels()

    async def _run_cell(self, executor: VoilaExecutor, index: int) -> dict[str, object]:
        cell = executor.nb.cells[index]
        cell.outputs = []
        try:
            await executor.async_execute_cell(cell, index, store_history=False)
        except Exception as error:  # noqa: BLE001 -- the boundary: whatever a cell does ends here
            number = new_error_number()
            trace = repr(error)
            if isinstance(error, CellExecutionError):
                trace = strip_ansi(str(error))  # type: ignore[no-untyped-call]
            self._log.error("Error %s in cell %s of the notebook\n%s", number, index + 1, trace)
            return {"error": number}
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                self._log.warning("Cell %s wrote: %s", index + 1, output.text.rstrip())
        return {"outputs": [_shown(output) for output in cell.outputs if _is_shown(output)]}


def new_error_number() -> str:
    """Return what connects the sentence that a viewer sees with the log's traceback."""
    return secrets.token_hex(4)


def _is_shown(output: Mapping[str, Any]) -> bool:
    # Warnings are for whoever runs the dashboard: they go to the log.
    return not (output["output_type"] == "stream" and output["name"] == "stderr")


def _shown(output: Mapping[str, Any]) -> dict[str, object]:
    if output["output_type"] == "stream":
        data: dict[str, object] = {"text/plain": re.sub(r"\n\Z", "", output["text"])}
    else:
        data = dict(output["data"])
    # Voilà's page draws what is marked as trusted; the notebook is our own.
    return {
        "output_type": "display_data",
        "data": data,
        "metadata": dict(output.get("metadata", {})),
        "trusted": True,
    }
