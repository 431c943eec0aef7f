"""Two copies of an archive become one, whichever is merged into which, and however."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from insights_nb import Archive, cli
from insights_nb.archive.additions import Download
from insights_nb.archive.offers import Offer
from insights_nb.errors import NoArchiveError
from tests.reports import trends_row, write_trends
from tests.test_ledger import signed

WEEK1, WEEK2, WEEK3 = "2026-09-07", "2026-09-14", "2026-09-21"


def report(folder: Path, name: str, *counts: int, start: str = WEEK1) -> Path:
    rows = [trends_row(start, downloads=n, tag=f"v{place}") for place, n in enumerate(counts)]
    return write_trends(folder, start, rows, name=f"{name}.csv")


def download(path: Path) -> Download:
    return Download(path.read_bytes(), path.name, f"https://hub.test/{path.name}")


def copy(archive: Archive, folder: Path) -> Archive:
    shutil.copytree(archive.folder, folder)
    return Archive(folder)


def pulls(archive: Archive) -> list[int]:
    return sorted(archive.read("trends")["pulls"])


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Archive, Archive]:
    """Two copies that went on by themselves: the same, a revision, parts, something withdrawn."""
    one = Archive(tmp_path / "one")
    one.add([report(tmp_path, "a", 1), report(tmp_path, "b", 10, start=WEEK2)], quiet=True)
    two = copy(one, tmp_path / "two")
    one.add(report(tmp_path, "both", 100, start=WEEK3), quiet=True)
    two.add(report(tmp_path, "both", 100, start=WEEK3), quiet=True)
    one.add(report(tmp_path, "later", 2), quiet=True)
    two.add_downloads(
        [
            download(report(tmp_path, name, n, start="2026-09-28"))
            for name, n in (("x", 7), ("y", 8))
        ]
    )
    two.withdraw("b.csv", why="of a test account", quiet=True)
    return one, two


COUNTED = [2, 7, 8, 100]


def test_either_way_and_again_the_same_counts(
    copies: tuple[Archive, Archive], tmp_path: Path
) -> None:
    one, two = copies
    there = copy(one, tmp_path / "there")
    back = copy(two, tmp_path / "back")
    done = there.merge(two, quiet=True)
    assert done.summary == "5 files: 2 added, 3 already in the archive."
    back.merge(one.folder, quiet=True)
    assert pulls(there) == pulls(back) == COUNTED
    assert there.entries() == back.entries()
    assert [one.why for one in there.withdrawn()] == ["of a test account"]
    assert there.verify().clean
    assert back.verify().clean
    before = (there.folder / "ledger.jsonl").read_bytes()
    assert [*{each.status for each in there.merge(two, quiet=True)}] == ["unchanged"]
    assert (there.folder / "ledger.jsonl").read_bytes() == before
    # What was merged into another is merged back without anything new.
    there.merge(back, quiet=True)
    assert (there.folder / "ledger.jsonl").read_bytes() == before


def test_a_union_line_by_line_is_the_same_as_a_merge(
    copies: tuple[Archive, Archive], tmp_path: Path
) -> None:
    one, two = copies
    merged = copy(one, tmp_path / "merged")
    merged.merge(two, quiet=True)
    for first, second in ((one, two), (two, one)):
        folder = tmp_path / f"united-{first.folder.name}"
        shutil.copytree(second.folder, folder)
        shutil.copytree(first.folder, folder, dirs_exist_ok=True)
        texts = [(each.folder / "ledger.jsonl").read_bytes() for each in (first, second)]
        (folder / "ledger.jsonl").write_bytes(b"".join(texts))
        united = Archive(folder)
        assert united.entries() == merged.entries()
        assert pulls(united) == COUNTED
        assert united.verify().clean


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.mark.system
def test_git_unites_two_copies(copies: tuple[Archive, Archive], tmp_path: Path) -> None:
    one, two = copies
    merged = copy(one, tmp_path / "merged")
    merged.merge(two, quiet=True)
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    # As docs/archive.md says.
    (repository / ".gitattributes").write_text("archive/** -text\nledger.jsonl merge=union\n")
    archive = repository / "archive"
    # What both began with, as of the first lines of either.
    shutil.copytree(one.folder, archive)
    lines = (archive / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (archive / "ledger.jsonl").write_bytes(b"".join(lines[:2]))
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "base")
    for name, its in (("left", one), ("right", two)):
        git(repository, "checkout", "-q", "-b", name, "main")
        shutil.copytree(its.folder, archive, dirs_exist_ok=True)
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", name)
    git(repository, "merge", "-q", "left", "-m", "both")
    united = Archive(archive)
    assert united.entries() == merged.entries()
    assert pulls(united) == COUNTED
    assert united.verify().clean


def test_into_a_new_folder_it_is_a_copy(copies: tuple[Archive, Archive], tmp_path: Path) -> None:
    new = Archive(tmp_path / "new")
    new.merge(copies[0], quiet=True)
    assert new.entries() == copies[0].entries()
    assert new.verify().clean


def test_damaged_things_are_refused_by_name_and_the_rest_is_brought(
    copies: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = copies
    x, y = (each for each in two.entries() if each.parts == 2)
    (two.folder / y.original).write_bytes(b"something else")
    with (two.folder / "ledger.jsonl").open("ab") as ledger:
        ledger.write(b"{not json\n")
    with pytest.raises(SystemExit) as ended:
        cli.main(["merge", str(two.folder), "--archive", str(one.folder)])
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert f"refused  y.csv: {two.folder / y.original} is damaged: it does not match" in said
    assert "ledger.jsonl, line 7 is no ledger entry: it is not JSON" in said
    # Half of an answer counts nowhere, until the other half comes.
    assert pulls(one) == [2, 100]
    (two.folder / y.original).write_bytes((Path(two.folder).parent / "y.csv").read_bytes())
    lines = (two.folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (two.folder / "ledger.jsonl").write_bytes(b"".join(lines[:-1]))
    assert one.merge(two, quiet=True).summary == "5 files: 1 added, 4 already in the archive."
    assert pulls(one) == COUNTED
    assert one.verify().clean
    assert x in one.entries()


def test_parquet_that_is_damaged_there_is_made_again(
    copies: tuple[Archive, Archive],
) -> None:
    one, two = copies
    for each in two.entries():
        if each.parts == 2:
            (two.folder / each.parquet).write_bytes(b"no parquet")
    assert not one.merge(two, quiet=True).refused
    assert pulls(one) == COUNTED
    assert one.verify().clean


def test_what_is_damaged_here_is_put_right_by_a_copy_that_still_has_it(tmp_path: Path) -> None:
    one, two = Archive(tmp_path / "one"), Archive(tmp_path / "two")
    for archive in (one, two):
        archive.add(report(tmp_path, "a", 1), quiet=True)
    (one.folder / one.entries()[0].original).write_bytes(b"harmed")
    one.merge(two, quiet=True)
    assert one.verify().clean
    assert pulls(one) == [1]


def test_rows_that_two_versions_typed_are_right_in_either_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Archive(tmp_path / "one"), Archive(tmp_path / "two")
    one.add(report(tmp_path, "a", *range(30)), quiet=True)
    monkeypatch.setattr("insights_nb.archive.additions._COMPRESSION_LEVEL", 9)
    two.add(report(tmp_path, "a", *range(30)), quiet=True)
    assert one.entries()[0].parquet_sha256 != two.entries()[0].parquet_sha256
    one.merge(two, quiet=True)
    assert one.verify().clean
    assert pulls(one) == [*range(30)]
    shutil.copytree(two.folder / "parquet", one.folder / "parquet", dirs_exist_ok=True)
    assert one.verify().clean


def test_offers_are_the_newest_of_each_series_and_own_files_are_left(tmp_path: Path) -> None:
    one, two = Archive(tmp_path / "one"), Archive(tmp_path / "two")
    for archive, day, label in ((one, "02", "2026-W44"), (two, "01", "2026-W43")):
        archive.add(report(tmp_path, "a", 1), quiet=True)
        asked = f"2026-11-{day}T00:00:00+00:00"
        archive.record_offers([Offer("acme", "trends", "week", asked, (label,))])
    two.record_offers(
        [Offer("acme", "summary", "week", "2026-11-01T00:00:00+00:00", ("2026-W43",))]
    )
    (two.folder / "events.csv").write_text("date,label\n2026-09-01,Release\n")
    back = copy(two, tmp_path / "back")
    done = one.merge(two, quiet=True)
    assert "Left out: events.csv (your own file: copy what you need from it)." in str(done)
    assert not (one.folder / "events.csv").exists()
    back.merge(one, quiet=True)
    assert one.offers() == back.offers()
    assert {(each.kind, each.periods) for each in one.offers()} == {
        ("trends", ("2026-W44",)),
        ("summary", ("2026-W43",)),
    }


def test_a_folder_that_is_no_archive_is_said(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.add(report(tmp_path, "a", 1), quiet=True)
    with pytest.raises(NoArchiveError, match="nothing does not exist"):
        archive.merge(tmp_path / "nothing", quiet=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoArchiveError, match="empty is no archive"):
        archive.merge(tmp_path / "empty", quiet=True)


def test_a_strangers_paths_stay_outside(tmp_path: Path) -> None:
    one, two = Archive(tmp_path / "one"), Archive(tmp_path / "two")
    for archive, name in ((one, "a"), (two, "b")):
        archive.add(report(tmp_path, name, 1, start=WEEK1 if name == "a" else WEEK2), quiet=True)
    values = json.loads((two.folder / "ledger.jsonl").read_text())
    target = tmp_path / "stolen.csv"
    shutil.copyfile(two.folder / values["original"], target)
    for path in ("../stolen.csv", str(target), "originals/../../stolen.csv"):
        (two.folder / "ledger.jsonl").write_bytes(signed(values | {"original": path}))
        done = one.merge(two, quiet=True)
        assert done.refused
        assert pulls(one) == [1]
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == [
        "a.csv", "b.csv", "stolen.csv",
    ]  # fmt: skip
