"""One writer at a time, readers meanwhile, and a disk that does not do what it should."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest
from filelock import FileLock

from insights_nb import Archive
from insights_nb.archive.additions import Download
from insights_nb.archive.commits import writing
from insights_nb.errors import ArchiveBusyError, ArchiveFolderError, LedgerError
from tests.processes import context, run, start
from tests.reports import trends_row, write_trends

STARTS = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"]
WEEKS = len(STARTS)


def state(folder: Path) -> dict[str, bytes]:
    """Return every file of an archive but the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def reports(folder: Path, number: int = WEEKS, rows: int = 200) -> list[Path]:
    return [
        write_trends(folder, start, [trends_row(start, tag=str(n)) for n in range(rows)])
        for start in STARTS[:number]
    ]


# --- a disk that is full, a folder that is not ours ---------------------------------------------


def _add_with_little_room(
    folder: Path, files: list[Path], room: int, said: SimpleQueue[str]
) -> None:
    # The kernel refuses to let any file grow beyond this, as a full disk would: in mid-write.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        Archive(folder).add(files, quiet=True)
    except ArchiveFolderError as error:
        said.put(str(error))


@pytest.mark.system
@pytest.mark.parametrize("room", [0, 1, 100, 700, 1_500, 3_000])
def test_a_disk_without_room_leaves_the_archive_as_it_was(tmp_path: Path, room: int) -> None:
    archive = Archive(tmp_path / "archive")
    files = reports(tmp_path)
    archive.add(files[:2], quiet=True)
    before = state(archive.folder)
    said = context.SimpleQueue()
    assert run(_add_with_little_room, archive.folder, files, room, said) == 0
    assert "cannot be written: File too large. The archive is unchanged." in said.get()
    assert state(archive.folder) == before
    archive.add(files, quiet=True)
    assert len(archive.entries()) == WEEKS
    assert archive.verify().clean


def test_a_ledger_that_cannot_grow_takes_the_commit_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "archive")
    files = reports(tmp_path)
    archive.add(files[:1], quiet=True)
    before = state(archive.folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    # The last step, when the files have their names already.
    with monkeypatch.context() as patch:
        patch.setattr("insights_nb.archive.commits._append", full)
        with pytest.raises(ArchiveFolderError, match="No space left on device"):
            archive.add(files, quiet=True)
    assert state(archive.folder) == before
    archive.add(files, quiet=True)
    assert archive.verify().clean


def _add_as_nobody(folder: Path, files: list[Path], warm: Path, said: SimpleQueue[str]) -> None:
    # What is imported on the way must be there before the rights to read it are gone.
    Archive(warm).add(files, quiet=True)
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        Archive(folder).add(files, quiet=True)
    except ArchiveFolderError as error:
        said.put(str(error))
    else:
        said.put("added")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.system
@pytest.mark.parametrize(
    "closed", [".", "originals/trends/week", ".incoming", "parquet/trends/week"]
)
def test_a_folder_without_permission_is_said_and_left(public: Path, closed: str) -> None:
    archive = Archive(public / "archive")
    files = reports(public)
    archive.add(files[:2], quiet=True)
    os.umask(0o022)
    for path in [archive.folder, *archive.folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    (archive.folder / closed).chmod(0o555)
    if closed == ".":
        (archive.folder / ".lock").chmod(0o444)
    before = state(archive.folder)
    said = context.SimpleQueue()
    assert run(_add_as_nobody, archive.folder, files, public / "warm", said) == 0
    assert "cannot be written: Permission denied. The archive is unchanged." in said.get()
    (archive.folder / closed).chmod(0o777)
    assert state(archive.folder) == before
    assert len(archive.read("trends")) == 400


# --- several at once --------------------------------------------------------------------------


def _write(folder: Path, files: list[Path], done: SimpleQueue[str]) -> None:
    """Bring each pair of files as one answer, over and over with another client."""
    archive = Archive(folder)
    for turn in range(8):
        for first, second in zip(files[::2], files[1::2], strict=True):
            client = f",docker-{turn},".encode()
            parts = [path.read_bytes().replace(b",docker,", client) for path in (first, second)]
            archive.add_downloads(
                [
                    Download(data, first.name, f"https://hub.test/{n}")
                    for n, data in enumerate(parts)
                ]
            )
    done.put("done")


@pytest.mark.system
def test_two_writers_and_a_reader_never_see_half_a_report(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    halves = [
        [
            write_trends(
                tmp_path / f"{writer}{side}",
                start,
                [trends_row(start, tag=f"{writer}{side}{n}") for n in range(9)],
            )
            for start in STARTS
            for side in "xy"
        ]
        for writer in ("one", "two")
    ]
    done = context.SimpleQueue()
    writers = [start(_write, folder, files, done) for files in halves]
    reader = Archive(folder)
    seen = set()
    while any(writer.is_alive() for writer in writers):
        for entry in reader.entries():
            assert (folder / entry.original).stat().st_size == entry.size
        if reader.entries():
            frame = reader.read("trends")
            # Both parts of nine rows of one writer's answer, or nothing of it.
            sizes = frame.groupby("period").size()
            assert set(sizes) == {18}
            writers_seen = frame.assign(by=frame["tag"].str[:3]).groupby("period")["by"].nunique()
            assert set(writers_seen) == {1}
            seen.add(len(reader.entries()))
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len(seen) > 3
    archive = Archive(folder)
    assert archive.verify().clean
    assert len(archive.entries()) == 2 * 2 * WEEKS * 8
    newest = {entry.periods: entry.revisions for entry in archive.entries()}
    assert set(newest.values()) == {(15,)}


@pytest.mark.system
def test_adding_the_same_files_at_once_holds_them_once(tmp_path: Path) -> None:
    files = reports(tmp_path, rows=20)
    folder = tmp_path / "archive"
    writers = [start(_add, folder, files) for _ in range(3)]
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len(Archive(folder).entries()) == WEEKS
    assert Archive(folder).verify().clean


def _add(folder: Path, files: list[Path]) -> None:
    Archive(folder).add(files, quiet=True)


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    Archive(folder).add(reports(tmp_path, 1), quiet=True)
    with (
        FileLock(folder / ".lock"),
        pytest.raises(ArchiveBusyError, match=r"Try again when it has ended\. Nothing was"),
        writing(folder, patience=0.01),
    ):
        pass


def test_readers_need_no_right_to_write(public: Path) -> None:
    archive = Archive(public / "archive")
    archive.add(reports(public, 2), quiet=True)
    archive.folder.chmod(0o555)
    (archive.folder / ".lock").unlink()
    before = state(archive.folder)
    assert len(Archive(archive.folder).read("trends")) == 400
    assert Archive(archive.folder).verify().clean
    assert state(archive.folder) == before
    assert not (archive.folder / ".lock").exists()


# --- what others leave -------------------------------------------------------------------------


def test_a_damaged_journal_is_said(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.add(reports(tmp_path, 1), quiet=True)
    (archive.folder / ".incoming" / "journal.json").write_text("{")
    with pytest.raises(LedgerError, match=r"journal.json is damaged.*The archive is unchanged"):
        archive.add(reports(tmp_path, 2), quiet=True)


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.add(reports(tmp_path, 1), quiet=True)
    (archive.folder / ".incoming" / "0.part").write_bytes(b"half a rep")
    assert archive.verify().unfinished
    archive.add(reports(tmp_path, 2), quiet=True)
    assert not archive.verify().unfinished
    assert list((archive.folder / ".incoming").iterdir()) == []


def test_an_interrupt_keeps_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = reports(tmp_path)
    archive = Archive(tmp_path / "archive")
    load = __import__("insights_nb.reading", fromlist=["load"]).load

    def interrupted(path: Path) -> bytes:
        if path == files[3]:
            raise KeyboardInterrupt
        return bytes(load(path))

    monkeypatch.setattr("insights_nb.reading.load", interrupted)
    with pytest.raises(KeyboardInterrupt):
        archive.add(files, quiet=True)
    assert len(archive.entries()) == 3
    assert archive.verify().clean
