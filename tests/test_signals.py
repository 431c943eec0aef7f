"""Whatever ends a command: it ends quietly, and what it leaves behind the next one removes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from insights_nb import Archive
from insights_nb.work import remove_left_over, work_folder
from tests import processes
from tests.reports import trends_row, write_trends
from tests.servers import dashboard
from tests.viewers import Viewer

pytestmark = pytest.mark.system

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not so within {seconds} s")
        time.sleep(0.02)


@dataclass
class Halted:
    """A command that waits as it opens a file."""

    process: Any
    said: Path

    def end(self, number: int) -> int:
        """Send a signal; return what it ended with."""
        os.kill(self.process.pid, number)
        # What waits in another thread than the main one goes on.
        (self.said.parent / "go").write_text("")
        self.process.join(60)
        code: int = self.process.exitcode
        return code


def _command(arguments: list[str], opens: str, here: Path, ignored: list[int]) -> None:
    """Run a command in this process, which waits for a signal as it opens a file of that name."""
    with (here / "said").open("wb") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.chdir(here)
    os.environ["TMPDIR"] = str(here / "tmp")
    tempfile.tempdir = None
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler if number == 2 else signal.SIG_DFL)
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)

    def halt(event: str, given: tuple[object, ...]) -> None:
        halted = here / "halted"
        if event == "open" and str(given[0]).endswith(opens) and not halted.exists():
            halted.write_text("")
            while not (here / "go").exists():
                time.sleep(0.02)

    sys.addaudithook(halt)
    from insights_nb.__main__ import main

    main(arguments)


@pytest.fixture
def halted(tmp_path: Path) -> Iterator[Callable[..., Halted]]:
    started = []

    def start(*arguments: str, opens: str, ignored: tuple[int, ...] = ()) -> Halted:
        (tmp_path / "tmp").mkdir(exist_ok=True)
        (tmp_path / "halted").unlink(missing_ok=True)
        process = processes.start(_command, list(arguments), opens, tmp_path, list(ignored))
        started.append(process)
        said = tmp_path / "said"
        until(lambda: (tmp_path / "halted").exists() or not process.is_alive())
        assert process.is_alive(), said.read_text()
        return Halted(process, said)

    yield start
    for process in started:
        process.kill()
        process.join()


@pytest.fixture
def kept(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    files = [write_trends(tmp_path, day, [trends_row(day)]) for day in ("2026-09-07", "2026-09-14")]
    archive.add(files, quiet=True)
    (tmp_path / "events.csv").write_text("date,label\n2026-09-08,2.0\n")
    return archive


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


COMMANDS: dict[str, tuple[str, ...]] = {
    "ledger.jsonl": ("status", "verify", "fetch --source pulls --repository a/b"),
    "events.csv": (
        "snapshot --events events.csv",
        "review --events events.csv",
        "dashboard --events events.csv --no-open",
        "lab --events events.csv --no-open",
    ),
    "trends.csv": ("add trends.csv", "read trends.csv"),
}
EACH = [
    (command, opens, STOPPING[number % 3])
    for number, (command, opens) in enumerate(
        (command, opens) for opens, commands in COMMANDS.items() for command in commands
    )
] + [("add trends.csv", "trends.csv", signal.SIGINT), ("status", "ledger.jsonl", signal.SIGTERM)]


@pytest.mark.parametrize(("command", "opens", "number"), EACH)
def test_a_signal_ends_a_command_without_a_traceback(
    tmp_path: Path,
    kept: Archive,
    halted: Callable[..., Halted],
    command: str,
    opens: str,
    number: int,
) -> None:
    write_trends(tmp_path, "2026-09-21", [trends_row("2026-09-21")]).rename(tmp_path / "trends.csv")
    # A review needs a month, which the samples have.
    archive = [] if command.startswith(("read", "review")) else ["--archive", "archive"]
    running = halted(*command.split(), *archive, opens=opens)
    assert running.end(number) == 130
    said = running.said.read_text()
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2, said
    assert left_in(tmp_path / "tmp") == []
    assert Archive(kept.folder).verify().clean
    assert [each.name for each in kept.folder.rglob("*.part")] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_command_line_loads_is_no_fault(number: int) -> None:
    code = (
        "import signal, sys\n"
        # Whoever runs the tests may have ignored it.
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"
        "class Ends:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == 'typer': signal.raise_signal({int(number)})\n"
        "sys.meta_path.insert(0, Ends())\n"
        "from insights_nb.__main__ import main\n"
        "main(['status'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_what_nohup_started_outlives_its_terminal(
    kept: Archive, halted: Callable[..., Halted]
) -> None:
    running = halted(
        *("verify", "--archive", str(kept.folder)),
        opens="ledger.jsonl",
        ignored=(signal.SIGHUP,),
    )
    assert running.end(signal.SIGHUP) == 0, running.said.read_text()


@pytest.mark.parametrize("command", ["status --since 2026-01", "add more.csv", "read more.csv"])
def test_a_reader_who_leaves_ends_it_quietly(tmp_path: Path, kept: Archive, command: str) -> None:
    write_trends(tmp_path, "2026-09-21", [trends_row("2026-09-21")]).rename(tmp_path / "more.csv")
    archive = [] if command.startswith("read") else ["--archive", str(kept.folder)]
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "insights_nb", *command.split(), *archive],
        cwd=tmp_path,
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writes)
    assert done.stderr == ""
    assert done.returncode in {0, 1}
    assert Archive(kept.folder).verify().clean


# -- What a kill leaves behind -----------------------------------------------------------------


def test_the_next_run_removes_what_a_killed_review_left(
    tmp_path: Path, halted: Callable[..., Halted]
) -> None:
    running = halted("review", opens="kernel.json")
    (folder,) = (each for each in (tmp_path / "tmp").iterdir() if each.is_dir())
    remove_left_over(tmp_path / "tmp")
    assert folder.is_dir(), "it was still at work"
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    assert folder.is_dir()
    remove_left_over(tmp_path / "tmp")
    assert left_in(tmp_path / "tmp") == []


def test_nobody_elses_folder_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("x")
    # Of an older version, of another program, and a link that somebody put there.
    (tmp_path / "insights-nb-old").mkdir()
    (tmp_path / "other.lock").write_text("")
    (tmp_path / "insights-nb-link").symlink_to(target)
    (tmp_path / "insights-nb-link.lock").symlink_to(target / "file")
    before = left_in(tmp_path)
    with work_folder(tmp_path) as folder:
        (folder / "file").write_text("x")
        remove_left_over(tmp_path)
        assert (folder / "file").exists()
        # Killed before it had made the folder that it locked.
        (tmp_path / "insights-nb-early.lock").write_text("")
        with work_folder(tmp_path) as other:
            assert folder.is_dir()
            assert other.is_dir()
    assert left_in(tmp_path) == before


def test_a_dashboard_that_is_killed_leaves_no_kernel_and_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    told = ["--notebook", str(path)]
    with dashboard(*told, environment={"TMPDIR": str(temporary)}) as first:
        viewer = Viewer(first.url)
        viewer.start()
        viewer.http.close()
        kernels = first.kernels()
        assert kernels
        (folder,) = (each for each in temporary.iterdir() if each.is_dir())
        first.process.kill()
        # They look once a second whether their server is there.
        gone, alive = psutil.wait_procs(kernels, 30)
        assert gone
        assert alive == []
    assert folder.is_dir()
    with dashboard(*told, environment={"TMPDIR": str(temporary)}) as second:
        assert not folder.exists()
        viewer = Viewer(second.url)
        viewer.start()
        viewer.http.close()
        kernels = second.kernels()
        # Its terminal is closed.
        second.process.send_signal(signal.SIGHUP)
        assert second.process.wait(60) == 0
        assert psutil.wait_procs(kernels, 30)[1] == []
        log = second.log()
    assert log.endswith("Stopped.\n")
    assert "Traceback" not in log
    with contextlib.suppress(FileNotFoundError):
        assert left_in(temporary) == []
