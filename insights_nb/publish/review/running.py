"""A notebook run without anybody watching: its parameters checked, its failure kept."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop

from insights_nb.charts.svg import STATIC
from insights_nb.errors import NotebookError, ReadError, SelectionError, WriteError
from insights_nb.files import write_atomically
from insights_nb.texts import did_you_mean
from insights_nb.work import work_folder


def run(
    notebook: Path,
    parameters: Mapping[str, Any],
    *,
    failed: Path,
    progress: bool = False,
) -> nbformat.NotebookNode:
    """Run a notebook in a process of its own.

    Parameters
    ----------
    notebook
        A file, which stays as it is. Of its cells one is tagged ``parameters``.
    parameters
        Values for names that this cell assigns: texts, numbers, lists of them, None.
    failed
        Where the notebook is kept, as far as it came, if a cell fails.
    progress
        Whether to draw a progress bar on standard error.

    Returns
    -------
    nbformat.NotebookNode
        With outputs.

    Raises
    ------
    ReadError
        If the file is no notebook.
    SelectionError
        If the notebook does not assign one of the names; nothing was run.
    NotebookError
        If a cell fails, or the process that runs it ends before it is done.
    WriteError
        If the folder for temporary files cannot be used.
    """
    try:
        node = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    except _NO_NOTEBOOK as error:
        seen = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ReadError(
            None,
            f"{notebook} cannot be read as a notebook: {seen[:200]}. Name an .ipynb file, such as "
            "a copy of monthly_review.ipynb that 'insights-nb lab' makes.",
        ) from error
    known = _assigned(notebook)
    for name in parameters:
        if name not in known:
            raise _no_parameter(notebook, name, known)
    try:
        with work_folder() as folder:
            return _executed(node, notebook, dict(parameters), folder, failed, progress)
    except OSError as error:
        raise WriteError(
            f"{tempfile.gettempdir()} cannot be used for temporary files: "
            f"{error.strerror or error}. Nothing was written or changed. Free some megabytes "
            "there, or name another folder in TMPDIR."
        ) from error


def _no_parameter(notebook: Path, name: str, known: Sequence[str]) -> SelectionError:
    has = f"it has {', '.join(known)}" if known else "no cell of it is tagged 'parameters'"
    sentences = [
        f"{notebook} has no parameter {name!r}: {has}.",
        did_you_mean(difflib.get_close_matches(name, known, n=1)),
        "Nothing was run. A parameter is a name that its cell tagged 'parameters' assigns.",
    ]
    return SelectionError(" ".join(filter(None, sentences)))


def _executed(
    node: nbformat.NotebookNode,
    notebook: Path,
    parameters: dict[str, Any],
    work: Path,
    failed: Path,
    progress: bool,
) -> nbformat.NotebookNode:
    import papermill

    kernels: list[_Kernel] = []
    done = work / "executed.ipynb"
    kernel = type("Kernel", (_Kernel,), {"work": work, "started": kernels})

    def execute() -> Any:  # noqa: ANN401 - papermill has no types
        return papermill.execute_notebook(
            node,
            done,
            parameters,
            kernel_name="python3",
            language="python",
            progress_bar=progress,
            cwd=notebook.resolve().parent,
            kernel_manager_class=kernel,
            # A busy machine may take longer than the few seconds that these would else be.
            start_timeout=_PATIENCE,
            iopub_timeout=_PATIENCE,
        )

    try:
        ran: nbformat.NotebookNode = _aside(execute, kernels)
    except papermill.PapermillExecutionError as error:
        kept = _keep(done, failed)
        place = _place(node, error)
        raise _failed(kept, *place, f"{error.ename}: {error.evalue}") from error
    except RuntimeError as error:
        # DeadKernelError is one; of a kernel that does not come up, jupyter_client says no more.
        raise NotebookError(
            f"The process that ran {notebook} was ended from outside before it was done, most "
            "likely for want of memory. Nothing was written or changed. Run it again where more is "
            "free, or for fewer repositories."
        ) from error
    return ran


def _failed(kept: Path | None, number: int, heading: str, words: str) -> NotebookError:
    """Return the error for a cell that failed; what came of the others is kept."""
    where = f" under {heading!r}" if heading else ""
    shown = " ".join(words.split())[:300].rstrip(".")
    where_kept = "The notebook could not be kept."
    if kept is not None:
        where_kept = (
            f"The notebook is kept as far as it came, with the error marked: {kept}. Nothing "
            "else was written or changed."
        )
    return NotebookError(f"Code cell {number}{where} failed with {shown}. {where_kept}")


# nbformat looks into what it reads before it checks it.
_NO_NOTEBOOK = (
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    nbformat.ValidationError,
)

# Below a notebook's cell, deep in the stack, Python 3.11 can take four times as long to load
# Altair: each call and return at the end of a piece of its stack asks the system for the next.
_START = "import altair; from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"

# Seconds for a kernel to come up, and for the outputs of a cell that is done.
_PATIENCE = 600

# A socket's path may have a hundred letters or so.
_LONGEST = 80


class _Kernel(AsyncKernelManager):
    """The Python that runs now, whatever kernels are installed, without a user's own start-up."""

    work: Path
    started: list[_Kernel]

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - traits
        super().__init__(**given)
        self.connection_file = str(self.work / "kernel.json")
        if os.name != "nt" and len(str(self.work)) < _LONGEST:
            # No other user of the machine can listen or connect.
            self.transport = "ipc"
            self.ip = str(self.work / "kernel")
        self.started.append(self)

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started."""
        return KernelSpec(
            argv=[
                sys.executable,
                "-P",
                "-c",
                _START,
                "-f",
                "{connection_file}",
                "--HistoryManager.enabled=False",
            ],
            display_name="Python",
            language="python",
            # Names in sets come in the same order each time.
            env={"IPYTHONDIR": str(self.work / "ipython"), "PYTHONHASHSEED": "0", STATIC: "1"},
        )

    async def _async_interrupt_kernel(self) -> None:
        """Send no SIGINT before the request to shut down, which finds the last cell done.

        Where the kernel had answered but not yet come back from that cell, it wrote a line about
        the interrupt among what the command says.
        """
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    def kill(self) -> None:
        """End its process at once."""
        process = getattr(self.provisioner, "process", None)
        if process is not None and process.poll() is None:
            process.kill()


def _aside(execute: Callable[[], Any], kernels: list[_Kernel]) -> Any:  # noqa: ANN401
    """Run in a thread: an interrupt comes to the main one, which nbclient would else not hear."""
    outcome: dict[str, Any] = {}

    def work() -> None:
        loop = ensure_event_loop()
        try:
            outcome["notebook"] = execute()
        except BaseException as error:  # noqa: BLE001 - raised again below
            outcome["error"] = error
        finally:
            loop.close()

    thread = threading.Thread(target=work, name="notebook", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            # Without a limit, the wait would hold back Ctrl-C on some systems.
            thread.join(0.1)
    except BaseException:
        for kernel in kernels:
            kernel.kill()
        thread.join(10)
        raise
    if "error" in outcome:
        raise outcome["error"]
    return outcome["notebook"]


def _assigned(notebook: Path) -> list[str]:
    """Return the names that the cell of parameters assigns; nothing is run for it."""
    import papermill

    # papermill takes braces in a path for places to fill in.
    path = str(notebook).replace("{", "{{").replace("}", "}}")
    return list(papermill.inspect_notebook(path))


def _place(node: nbformat.NotebookNode, error: Any) -> tuple[int, str]:  # noqa: ANN401
    """Return the number of the code cell that failed, and the heading that it stands under."""
    heading, number = "", 0
    for cell in node.cells:
        if cell.cell_type == "markdown":
            first = cell.source.lstrip().splitlines()[:1]
            heading = first[0].lstrip("# ") if first and first[0].startswith("#") else heading
        elif cell.cell_type == "code":
            number += 1
            if cell.source == error.source:
                return number, heading
    return number, heading


def _keep(done: Path, failed: Path) -> Path | None:
    """Keep a notebook as far as it came, if that can be done."""
    try:
        with done.open("rb") as file:
            write_atomically(failed, lambda out: shutil.copyfileobj(file, out))
    except OSError:
        # What failed in the cell is what has to be told.
        return None
    return failed
