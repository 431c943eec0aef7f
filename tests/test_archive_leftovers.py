"""Nothing is left behind, and nothing that is only unfinished is called wrong."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from insights_nb import Archive
from insights_nb.archive.commits import has_writer, writing
from insights_nb.archive.offers import Offer
from tests.processes import context, run, start
from tests.reports import trends_row, write_trends

pytestmark = pytest.mark.system

OFFER = Offer("acme", "trends", "week", "2026-09-22T06:00:00+00:00", ("2026-W37",), "reports")
# As earlier versions called what they wrote offers to, and as it is called now.
LEFT = [".a1b2_c3d.part", ".offers.json.0123456789abcdef.part"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    return [
        write_trends(folder, day, [trends_row(day)])
        for day in ("2026-09-07", "2026-09-14", "2026-09-21")
    ]


@pytest.fixture
def archive(tmp_path: Path, reports: list[Path]) -> Archive:
    archive = Archive(tmp_path / "archive")
    archive.add(reports[:1], quiet=True)
    return archive


def record(folder: Path) -> None:
    Archive(folder).record_offers([OFFER])


_TOUCHING = {"open", "os.rename", "os.remove", "os.mkdir"}


def _die(number: int, part: str, act: Callable[..., object], *arguments: object) -> None:
    """Do something, and die at the n-th time that a file is touched whose path has a part."""
    touched = itertools.count(1)

    def hook(event: str, values: tuple[object, ...]) -> None:
        if event in _TOUCHING and part in str(values[0]) and next(touched) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    act(*arguments)


def add(folder: Path, files: list[Path]) -> None:
    Archive(folder).add(files, quiet=True)


def test_offers_that_a_kill_broke_off_are_swept_by_the_next_writer(archive: Archive) -> None:
    left = set()
    for number in itertools.count(1):
        code = run(_die, number, "offers.json", record, archive.folder)
        parts = {path.name for path in archive.folder.glob(".*.part")}
        left |= parts
        # Nobody is writing any more: what lies there is left over, and named.
        assert {one.path for one in archive.verify()} == parts
        assert all("next add or fetch removes it" in str(one) for one in archive.verify())
        with writing(archive.folder):
            assert list(archive.folder.glob(".*.part")) == []
        assert archive.verify().clean
        if code == 0:
            break
    assert left
    assert archive.offers() == [OFFER]


def test_what_earlier_versions_left_is_swept_and_what_is_somebody_s_own_is_not(
    archive: Archive,
) -> None:
    for name in (*LEFT, ".mine.part", "mine.part", ".a1b2_c3d.part.csv"):
        (archive.folder / name).write_text("half")
    assert {one.path for one in archive.verify()} == {*LEFT, "mine.part"}
    with writing(archive.folder):
        # A writer is there: they may be its own.
        assert {one.path for one in archive.verify()} == {"mine.part"}
    assert {path.name for path in archive.folder.glob("*.part*")} == {
        "mine.part", ".mine.part", ".a1b2_c3d.part.csv",
    }  # fmt: skip


def test_a_writer_is_known_without_a_right_to_write(archive: Archive, tmp_path: Path) -> None:
    assert has_writer(tmp_path) is False
    assert has_writer(archive.folder) is False
    with writing(archive.folder):
        assert has_writer(archive.folder) is True
    assert has_writer(archive.folder) is False
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("before", [".lock\n.incoming/\n", "# Ours\n.incoming/\n*.tmp"])
def test_the_gitignore_of_an_earlier_version_gets_what_it_lacks(
    archive: Archive, before: str
) -> None:
    path = archive.folder / ".gitignore"
    assert {".lock", ".incoming/", ".*.part"} <= {*path.read_text().splitlines()}
    path.write_text(before)
    record(archive.folder)
    lines = path.read_text().splitlines()
    assert lines[: len(before.splitlines())] == before.splitlines()
    assert {".lock", ".incoming/", ".*.part"} <= {*lines}
    once = path.stat().st_mtime_ns
    record(archive.folder)
    assert path.stat().st_mtime_ns == once


@pytest.mark.parametrize("own", ["*.pyc\n", ""])
def test_a_gitignore_that_is_not_ours_is_left_alone(archive: Archive, own: str) -> None:
    path = archive.folder / ".gitignore"
    path.write_text(own)
    record(archive.folder)
    assert path.read_text() == own
    path.unlink()
    record(archive.folder)
    assert not path.exists()


def _stop_at(event: str, ends: str, there: Event, go: Event, act: Callable[..., object]) -> None:
    """Do something; where a path that ends so is first touched so, let others look and go on."""
    stops = itertools.count()

    def hook(name: str, values: tuple[object, ...]) -> None:
        if name == event and any(str(one).endswith(ends) for one in values) and not next(stops):
            there.set()
            go.wait(30)

    sys.addaudithook(hook)
    act()


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        ("open", "0.part"),
        ("open", ".part"),
        ("os.rename", "journal.json"),
        ("os.rename", "14.csv"),
        ("open", "ledger.jsonl"),
        ("os.remove", "journal.json"),
    ],
)
def test_verify_beside_a_writer_at_every_stage_finds_nothing_wrong(
    archive: Archive, reports: list[Path], event: str, ends: str
) -> None:
    folder = archive.folder
    there, go = context.Event(), context.Event()
    writer = start(_stop_at, event, ends, there, go, partial(add, folder, reports[1:]))
    try:
        assert there.wait(30)
        (folder / "stray.csv").write_text("a true stray")
        found = Archive(folder).verify()
        assert [one.path for one in found] == ["stray.csv"]
        assert not found.unfinished
    finally:
        go.set()
        writer.join(30)
    (folder / "stray.csv").unlink()
    assert Archive(folder).verify().clean


def _keep_writing(folder: Path, files: list[Path], began: Event, stop: Event) -> None:
    archive = Archive(folder)
    for number in itertools.count():
        archive.add(files[number % 3], again=True, quiet=True)
        archive.record_offers([OFFER])
        for entry in archive.entries()[:1]:
            # What somebody lost is put back and made again.
            (folder / entry.parquet).unlink()
            archive.repair()
        began.set()
        if stop.is_set():
            return


def test_verify_in_a_loop_beside_a_writer_in_a_loop_names_only_what_is_wrong(
    archive: Archive, reports: list[Path]
) -> None:
    stray = archive.folder / "originals" / "stray.csv"
    stray.write_text("a true stray")
    began, stop = context.Event(), context.Event()
    writer = start(_keep_writing, archive.folder, reports, began, stop)
    try:
        assert began.wait(30)
        for _ in range(60):
            found = archive.verify()
            # The writer takes one Parquet file away between its own steps.
            wrong = {one.path for one in found if one.problem != "missing Parquet"}
            assert wrong == {"originals/stray.csv"}
            assert not found.unfinished
    finally:
        stop.set()
        writer.join(30)
    assert writer.exitcode == 0
    stray.unlink()
    assert archive.verify().clean


def test_a_killed_commit_is_said_to_be_unfinished_and_nothing_of_it_wrong(
    archive: Archive, reports: list[Path]
) -> None:
    states = set()
    # Every tenth step: that each leaves the old state or the new is asked elsewhere.
    for number in itertools.count(2, 10):
        code = run(_die, number, str(archive.folder), add, archive.folder, reports[1:])
        found = archive.verify()
        assert found.clean, found
        states.add(found.unfinished)
        if code == 0:
            break
    assert states == {True, False}
