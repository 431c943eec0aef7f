"""Killed at any step, merge and withdraw leave the old state or the new, and are finished."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from insights_nb import Archive
from tests.processes import Instants, kill_at_change, run
from tests.reports import trends_row, write_trends

pytestmark = pytest.mark.system

KILLS = 5
WEEKS = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two copies that went on by themselves, and what they come to together."""
    folder = tmp_path_factory.mktemp("copies")
    reports = [
        write_trends(folder, week, [trends_row(week, tag=str(n)) for n in range(3)])
        for week in WEEKS
    ]
    one, two = Archive(folder / "one"), Archive(folder / "two")
    one.add(reports[:2], quiet=True)
    two.add(reports[1:], quiet=True)
    two.withdraw(reports[3].name, why="a mistake", quiet=True)
    both = Archive(folder / "both")
    both.merge(one, quiet=True)
    both.merge(two, quiet=True)
    assert len(both.entries()) == 3
    return folder


def merge(folder: Path, other: Path) -> None:
    Archive(folder).merge(other, quiet=True)


def withdraw(folder: Path, what: str) -> None:
    Archive(folder).withdraw(what, why="a mistake", quiet=True)


def bring_back(folder: Path, what: str) -> None:
    Archive(folder).withdraw(what, undo=True, quiet=True)


def counted(folder: Path) -> set[tuple[object, ...]]:
    """Return what counts; that the files are whole, `verify` tells."""
    return {(one.periods, one.sha256, one.revisions) for one in Archive(folder).entries()}


def assert_readable(folder: Path, *, of: Path) -> None:
    """What counts is a part of what counts in another archive, and nothing counts twice."""
    found = Archive(folder).verify()
    assert found.clean or found.unfinished, found
    assert {one.problem for one in found} <= {"stray file"}, found
    assert counted(folder) <= counted(of)


def test_merge_killed_at_every_step_is_completed_by_the_next(copies: Path, tmp_path: Path) -> None:
    before = counted(copies / "one")
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        shutil.copytree(copies / "one", folder)
        code = run(kill_at_change, number, folder, merge, folder, copies / "two")
        assert_readable(folder, of=copies / "both")
        assert counted(folder) in (before, counted(copies / "both"))
        merge(folder, copies / "two")
        assert Archive(folder).verify().clean
        assert Archive(folder).entries() == Archive(copies / "both").entries()
        if code == 0:
            break
        shutil.rmtree(folder)
    assert number > 10


@pytest.mark.parametrize(("act", "undone"), [(withdraw, bring_back), (bring_back, withdraw)])
def test_withdraw_killed_at_every_step_leaves_the_old_state_or_the_new(
    act: Callable[..., None], undone: Callable[..., None], copies: Path, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    shutil.copytree(copies / "one", start)
    what = Path(Archive(start).entries()[1].original).name
    if act is bring_back:
        undone(start, what)
    end = tmp_path / "end"
    shutil.copytree(start, end)
    act(end, what)
    states = (counted(start), counted(end))
    assert states[0] != states[1]
    for number in itertools.count(1):
        folder = tmp_path / str(number)
        shutil.copytree(start, folder)
        code = run(kill_at_change, number, folder, act, folder, what)
        assert counted(folder) in states
        act(folder, what)
        assert counted(folder) == states[1]
        assert Archive(folder).verify().clean
        if code == 0:
            break
        shutil.rmtree(folder)
    assert number > 4


def test_merge_killed_at_random_instants_is_completed_by_the_next(
    copies: Path, tmp_path: Path
) -> None:
    began = time.monotonic()
    assert run(merge, tmp_path / "warm", copies / "two") == 0
    instants = Instants(KILLS, 7, time.monotonic() - began)
    for number in instants:
        folder = tmp_path / str(number)
        shutil.copytree(copies / "one", folder)
        instants.run(merge, folder, copies / "two")
        assert_readable(folder, of=copies / "both")
        merge(folder, copies / "two")
        assert Archive(folder).entries() == Archive(copies / "both").entries()
        shutil.rmtree(folder)
