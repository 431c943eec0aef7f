"""What was damaged is named, and what can be made again is."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pytest

from insights_nb import Archive, assets, cli
from insights_nb.archive.ledger import Entry
from insights_nb.errors import (
    ArchiveFolderError,
    InsightsError,
    LedgerError,
    NoArchiveError,
)
from insights_nb.schema import REPORTS
from tests.processes import context, run
from tests.reports import trends_row, write_csv, write_trends

STARTS = ["2026-09-07", "2026-09-14", "2026-09-21"]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    files = [
        write_trends(
            tmp_path, start, [trends_row(start, tag=str(n), downloads=n) for n in range(50)]
        )
        for start in STARTS
    ]
    archive.add(files, quiet=True)
    return archive


def originals(archive: Archive) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((archive.folder / "originals").rglob("*"))
        if path.is_file()
    }


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable harm, no secret


def flip_a_bit(path: Path, luck: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    path.write_bytes(data)


def cut(path: Path, luck: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: luck.randrange(path.stat().st_size)])


def delete(path: Path, _: random.Random) -> None:
    path.unlink()


def test_an_untouched_archive_is_clean(archive: Archive) -> None:
    found = archive.verify()
    assert found.clean
    assert found.summary == "3 originals and 3 Parquet files checked: nothing is wrong."


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("harm", "problem"), [(flip_a_bit, "damaged"), (cut, "damaged"), (delete, "missing")]
)
def test_harmed_parquet_is_named_and_made_again(
    archive: Archive, harm: Callable[[Path, random.Random], None], problem: str, seed: int
) -> None:
    before, kept = archive.read("trends"), originals(archive)
    entry = archive.entries()[1]
    harm(archive.folder / entry.parquet, chance(seed))
    assert [(one.problem, one.path) for one in archive.verify()] == [
        (f"{problem} Parquet", entry.parquet)
    ]
    assert archive.repair().clean
    assert archive.read("trends").equals(before)
    assert originals(archive) == kept


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("harm", "problem"), [(flip_a_bit, "damaged"), (cut, "damaged"), (delete, "missing")]
)
def test_harmed_originals_are_named_and_never_touched(
    archive: Archive, harm: Callable[[Path, random.Random], None], problem: str, seed: int
) -> None:
    entry = archive.entries()[1]
    harm(archive.folder / entry.original, chance(seed))
    kept = originals(archive)
    (found,) = archive.verify()
    assert (found.problem, found.path) == (f"{problem} original", entry.original)
    assert not archive.repair().clean
    assert originals(archive) == kept


def test_adding_the_file_again_puts_a_harmed_original_right(archive: Archive) -> None:
    entry = archive.entries()[1]
    flip_a_bit(archive.folder / entry.original, chance(0))
    (done,) = archive.add(entry.source, quiet=True)
    assert done.status == "unchanged"
    assert "put back" in str(done)
    assert archive.verify().clean


def test_a_lost_original_leaves_its_parquet_in_use(archive: Archive) -> None:
    entry = archive.entries()[0]
    (archive.folder / entry.original).unlink()
    assert len(archive.read("trends")) == 150


def edited(archive: Archive, edit: Callable[[list[str]], list[str]]) -> None:
    path = archive.folder / "ledger.jsonl"
    path.write_text("\n".join(edit(path.read_text().split("\n"))), encoding="utf-8")


def test_an_edited_ledger_line_is_named(archive: Archive) -> None:
    edited(archive, lambda lines: [lines[0], lines[1].replace("2026-W38", "2026-W36"), *lines[2:]])
    found = Archive(archive.folder).verify()
    assert ("damaged ledger line", "ledger.jsonl", 2) in [
        (one.problem, one.path, one.line) for one in found
    ]
    with pytest.raises(LedgerError, match="line 2 is no ledger entry: it does not match its check"):
        Archive(archive.folder).entries()


def test_a_ledger_line_that_went_missing_leaves_a_stray_original(archive: Archive) -> None:
    lost = archive.entries()[1]
    edited(archive, lambda lines: [lines[0], *lines[2:]])
    opened = Archive(archive.folder)
    assert {(one.problem, one.path) for one in opened.verify()} == {
        ("missing ledger line", "ledger.jsonl"),
        ("stray file", lost.original),
        ("stray file", lost.parquet),
    }
    # Its remedy: the original is there, and is added where it lies.
    opened.add(archive.folder / lost.original, quiet=True)
    assert [one.problem for one in opened.verify()] == ["missing ledger line"]
    assert opened.repair().clean
    assert opened.verify().clean
    assert len(opened.read("trends")) == 150


def test_a_folder_that_is_no_archive_is_not_called_whole(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for act in (Archive(folder).verify, Archive(folder).repair):
        with pytest.raises(NoArchiveError, match="photos is no archive"):
            act()
    assert list(folder.iterdir()) == []


def test_a_lost_ledger_is_named_and_its_remedy_works(archive: Archive) -> None:
    by = ["period", "tag"]
    before = archive.read("trends").sort_values(by, ignore_index=True)
    (archive.folder / "ledger.jsonl").unlink()
    opened = Archive(archive.folder)
    (found,) = opened.verify()
    assert (found.problem, found.path) == ("missing ledger", "ledger.jsonl")
    assert list(opened.repair()) == [found]
    (command,) = re.findall(r"insights-nb (add .*);", str(found))
    with pytest.raises(SystemExit) as ended:
        cli.main(shlex.split(command))
    assert ended.value.code == 0
    assert opened.verify().clean
    after = Archive(archive.folder).read("trends").sort_values(by, ignore_index=True)
    assert after.equals(before)


def _as_nobody(act: Callable[[Path], object], folder: Path, said: SimpleQueue[str]) -> None:
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        said.put(str(act(folder)))
    except InsightsError as error:
        said.put(f"{type(error).__name__}: {error}")


def _verify(folder: Path) -> object:
    return Archive(folder).verify()


def _entries(folder: Path) -> object:
    return Archive(folder).entries()


@pytest.fixture
def public(archive: Archive) -> Iterator[Path]:
    """A copy of the archive that every user may read and write."""
    above = Path(tempfile.mkdtemp())
    above.chmod(0o755)
    folder = above / "archive"
    shutil.copytree(archive.folder, folder)

    def open_all() -> None:
        # From the top: a closed folder hides what is in it.
        folder.chmod(0o777)
        for place, folders, files in os.walk(folder):
            for name in folders:
                (Path(place) / name).chmod(0o777)
            for name in files:
                (Path(place) / name).chmod(0o666)

    open_all()
    yield folder
    open_all()
    shutil.rmtree(above)


def answer_as_nobody(act: Callable[[Path], object], folder: Path) -> str:
    said = context.SimpleQueue()
    assert run(_as_nobody, act, folder, said) == 0
    return str(said.get())


@pytest.mark.system
@pytest.mark.parametrize("what", ["original", "parquet"])
def test_a_file_that_may_not_be_read_is_named_and_the_others_are_verified(
    archive: Archive, public: Path, what: str
) -> None:
    first, second, _ = archive.entries()
    path = getattr(first, what)
    (public / path).chmod(0)
    flip_a_bit(public / second.original, chance(0))
    said = answer_as_nobody(_verify, public)
    word = {"original": "original", "parquet": "Parquet"}[what]
    assert f"unreadable {word}: {path}: " in said
    assert "Permission denied" in said
    assert f"damaged original: {second.original}: " in said
    assert "2 problems" in said


@pytest.mark.system
def test_a_folder_that_may_not_be_read_is_named(public: Path) -> None:
    (public / "originals" / "trends").chmod(0)
    said = answer_as_nobody(_verify, public)
    assert "unreadable folder: originals/trends: Permission denied" in said
    assert said.count("unreadable original: ") == 3


@pytest.mark.system
@pytest.mark.parametrize("closed", ["ledger.jsonl", "."])
@pytest.mark.parametrize("act", [_verify, _entries])
def test_a_ledger_that_may_not_be_read_is_named(
    public: Path, closed: str, act: Callable[[Path], object]
) -> None:
    (public / closed).chmod(0)
    said = answer_as_nobody(act, public)
    assert said.startswith("LedgerAccessError: ")
    assert f"{public / 'ledger.jsonl'}, the archive's ledger, cannot be opened" in said


def test_a_line_end_that_an_editor_cut_off_loses_nothing(archive: Archive, tmp_path: Path) -> None:
    path = archive.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert len(Archive(archive.folder).entries()) == 3
    start = "2026-09-28"
    archive.add(write_trends(tmp_path, start, [trends_row(start)]), quiet=True)
    assert len(Archive(archive.folder).entries()) == 4
    assert archive.verify().clean


def test_stray_files_are_named_and_left(archive: Archive) -> None:
    strays = [
        archive.folder / "originals" / "trends" / "week" / "mine.csv",
        archive.folder / "parquet" / "x.parquet",
        archive.folder / "todo.txt",
    ]
    for path in strays:
        path.write_text("mine")
    found = archive.repair()
    assert {(one.problem, archive.folder / one.path) for one in found} == {
        ("stray file", path) for path in strays
    }
    assert all(path.read_text() == "mine" for path in strays)


def test_version_control_of_the_archive_is_no_stray(archive: Archive) -> None:
    (archive.folder / ".git").mkdir()
    (archive.folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    assert archive.verify().clean
    assert ".incoming" in (archive.folder / ".gitignore").read_text()


def test_reading_harmed_parquet_says_how_to_repair_it(archive: Archive) -> None:
    path = archive.folder / archive.entries()[1].parquet
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ArchiveFolderError, match=f"{path.name} cannot be read.*insights-nb repair"):
        archive.read("trends")
    path.unlink()
    with pytest.raises(ArchiveFolderError, match=f"{path.name} is missing.*insights-nb repair"):
        archive.read("trends")


def test_parquet_made_again_with_other_bytes_is_believed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a later version of Polars does: the same rows, otherwise compressed.
    entry = archive.entries()[0]
    (archive.folder / entry.parquet).unlink()
    monkeypatch.setattr("insights_nb.archive.additions._COMPRESSION_LEVEL", 9)
    assert archive.repair().clean
    assert len(archive.entries()) == 3
    assert archive.entries()[0].parquet_sha256 != entry.parquet_sha256
    assert Archive(archive.folder).verify().clean


def test_every_kind_of_report_can_be_made_again(tmp_path: Path) -> None:
    import shutil

    copy = Archive(tmp_path / "copy")
    folders = sorted(path for path in assets.samples().iterdir() if path.is_dir())
    copy.add([sorted(folder.iterdir())[-1] for folder in folders], quiet=True)
    before = copy.entries()
    assert {entry.kind for entry in before} == {*REPORTS}
    shutil.rmtree(copy.folder / "parquet")
    assert copy.repair().clean
    # To the byte, or the ledger would tell.
    assert copy.entries() == before


def test_a_period_given_by_hand_survives_a_repair(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    header = ["Namespace", "Repository", "Unique IP address", "Pull by tag", "Pull by digest",
              "Version check", "Owner"]  # fmt: skip
    path = write_csv(tmp_path / "download.csv", header, [["acme", "web", 3, 5, 0, 1, "acme"]])
    archive.add(path, kind="image_pulls_summary", period="2024-W07", quiet=True)
    before = archive.read("image_pulls_summary")
    (archive.folder / archive.entries()[0].parquet).unlink()
    assert archive.repair().clean
    assert archive.read("image_pulls_summary").equals(before)


def test_the_ledger_can_be_read_without_this_package(archive: Archive) -> None:
    lines = (archive.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        values = json.loads(line)
        data = (archive.folder / values["original"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == values["sha256"]
        assert set(Entry.__dataclass_fields__) <= set(values)
