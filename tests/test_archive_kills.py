"""Killed at any instant, an archive is in its old state or its new one, and finishes by itself."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from insights_nb import Archive
from insights_nb.archive.additions import Download
from tests.archives import assert_complete, assert_whole, weekly_reports
from tests.processes import Instants, run

pytestmark = pytest.mark.system

KILLS = 25


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return weekly_reports(tmp_path_factory.mktemp("reports"))


def add(folder: Path, files: list[Path]) -> None:
    Archive(folder).add(files, quiet=True)


def add_in_parts(folder: Path, files: list[Path]) -> None:
    """Add pairs of files as the two parts of one answer each."""
    for pair in itertools.batched(files, 2) if sys.version_info >= (3, 12) else _pairs(files):
        Archive(folder).add_downloads(
            [
                Download(path.read_bytes(), path.name, f"https://hub.test/{path.name}")
                for path in pair
            ]
        )


def _pairs(files: list[Path]) -> Iterator[tuple[Path, ...]]:
    return zip(files[::2], files[1::2], strict=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_add_killed_at_random_instants_is_completed_by_the_next(
    reports: list[Path], tmp_path: Path, seed: int
) -> None:
    assert run(add, tmp_path / "warm", reports) == 0
    start = time.monotonic()
    assert run(add, tmp_path / "timed", reports) == 0
    lasted = time.monotonic() - start
    instants = Instants(KILLS, seed, lasted)
    for number in instants:
        folder = tmp_path / str(number)
        instants.run(add, folder, reports)
        assert_whole(folder)
        add(folder, reports)
        assert_complete(folder, reports)


def _kill_at(number: int, folder: Path, act: Callable[..., None], *arguments: object) -> None:
    """Do something, and die at the n-th time that it touches a file below a folder."""
    touched = itertools.count(1)

    def hook(event: str, values: tuple[object, ...]) -> None:
        if event not in {"open", "os.rename", "os.remove", "os.truncate", "os.mkdir"}:
            return
        if str(values[0]).startswith(str(folder)) and next(touched) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    act(*arguments)


@pytest.mark.parametrize("act", [add, add_in_parts])
def test_a_kill_at_every_single_step_leaves_the_old_state_or_the_new(
    act: Callable[..., None], reports: list[Path], tmp_path: Path
) -> None:
    few = reports[:4]
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        add(folder, reports[4:6])
        before = Archive(folder).entries()
        code = run(_kill_at, number, folder, act, folder, few)
        assert_whole(folder)
        held = Archive(folder).entries()
        assert held[: len(before)] == before
        assert {entry.part for entry in held if entry.parts > 1} in ({1, 2}, set())
        act(folder, few)
        assert_complete(folder, reports[:6])
        if code == 0:
            break
    assert number > 30


def test_a_kill_while_recovering_is_recovered_from(reports: list[Path], tmp_path: Path) -> None:
    few = reports[:3]
    # Dies while the files take their names: the journal is there, the ledger lacks the lines.
    trial = tmp_path / "trial"
    steps = next(n for n in itertools.count(1) if _left_a_journal(n, trial / str(n), few))
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        assert _left_a_journal(steps, folder, few)
        code = run(_kill_at, number, folder, add, folder, few)
        assert_whole(folder)
        add(folder, few)
        assert_complete(folder, few)
        if code == 0:
            break
    assert number > 10


def _left_a_journal(step: int, folder: Path, files: list[Path]) -> bool:
    run(_kill_at, step, folder, add, folder, files)
    return (folder / ".incoming" / "journal.json").exists()
