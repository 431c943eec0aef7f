"""Who may read and write an archive is what the umask says, at every moment of its writing."""

from __future__ import annotations

import os
import stat
import sys
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest

from insights_nb import Archive
from insights_nb.archive.offers import Offer
from insights_nb.files import write_atomically
from tests.processes import context, start
from tests.reports import trends_row, write_trends

pytestmark = pytest.mark.system

OFFER = Offer("acme", "trends", "week", "2026-09-22T06:00:00+00:00", ("2026-W37",), "reports")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_trends(tmp_path_factory.mktemp("report"), "2026-09-07", [trends_row("2026-09-07")])


def modes(folder: Path) -> dict[str, int]:
    """Return the rights of everything below a folder, and of itself."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        try:
            found[str(path)] = path.lstat().st_mode
        except FileNotFoundError:
            continue
    return found


def _make(folder: Path, report: Path, umask: int, say: SimpleQueue[list[tuple[str, int]]]) -> None:
    """Make an archive under a umask, and look at everybody's rights at every step of it."""
    os.umask(umask)
    seen: set[tuple[str, int]] = set()
    looking = False

    def hook(event: str, _: tuple[object, ...]) -> None:
        nonlocal looking
        if looking or event not in {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod"}:
            return
        looking = True
        seen.update(modes(folder).items())
        looking = False

    sys.addaudithook(hook)
    archive = Archive(folder)
    archive.add(report, quiet=True)
    archive.record_offers([OFFER])
    looking = True
    seen.update(modes(folder).items())
    say.put(sorted(seen))


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o022, 0o002])
def test_every_file_and_folder_follows_the_umask_at_every_step(
    tmp_path: Path, report: Path, umask: int
) -> None:
    say = context.SimpleQueue()
    process = start(_make, tmp_path / "archive", report, umask, say)
    seen = say.get()
    process.join(30)
    names = {Path(path).name.rpartition(".")[2] for path, _ in seen}
    assert {"csv", "parquet", "jsonl", "json", "part", "lock", "gitignore"} <= names
    for path, mode in seen:
        whole = 0o777 if stat.S_ISDIR(mode) else 0o666
        assert oct(stat.S_IMODE(mode)) == oct(whole & ~umask), path


def test_files_and_folders_take_the_group_of_a_shared_folder(tmp_path: Path, report: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    groups = [one for one in os.getgroups() if one != os.getegid()]
    group = groups[0] if groups else os.getegid() + (1 if os.geteuid() == 0 else 0)
    os.chown(folder, -1, group)
    folder.chmod(0o2770)
    archive = Archive(folder)
    archive.add(report, quiet=True)
    archive.record_offers([OFFER])
    assert {path.stat().st_gid for path in folder.rglob("*")} == {group}


def test_the_umask_is_not_asked_for_since_that_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(mask: int) -> int:
        raise AssertionError(f"another thread's file would be made under umask {mask:o}")

    monkeypatch.setattr(os, "umask", asked)
    write_atomically(tmp_path / "file", lambda file: file.write(b"content"))
    assert (tmp_path / "file").read_bytes() == b"content"


def test_what_breaks_off_leaves_nothing_and_a_long_name_is_written_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"before")
    with pytest.raises(ZeroDivisionError):
        write_atomically(tmp_path / "file", lambda _: 1 / 0)
    long = tmp_path / ("ü" * 127)
    write_atomically(long, lambda file: file.write(b"content"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", long.name]
    assert (tmp_path / "file").read_bytes() == b"before"
