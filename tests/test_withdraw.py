"""A report that was added by mistake is taken out of every count, and can be brought back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from insights_nb import Archive, cli
from insights_nb.archive.additions import Download
from insights_nb.archive.withdrawals import NoReasonError, WithdrawError
from insights_nb.errors import MissingReportError, NoArchiveError
from insights_nb.hub.needs import Holdings
from tests.reports import trends_row, write_trends

WEEK1, WEEK2 = "2026-09-07", "2026-09-14"
DAY = dt.date(2026, 9, 22)


def report(folder: Path, name: str, *counts: int, start: str = WEEK1) -> Path:
    rows = [trends_row(start, downloads=n, tag=f"v{place}") for place, n in enumerate(counts)]
    return write_trends(folder, start, rows, name=f"{name}.csv")


def download(path: Path) -> Download:
    return Download(path.read_bytes(), path.name, f"https://hub.test/{path.name}")


def pulls(archive: Archive) -> list[int]:
    return sorted(archive.read("trends")["pulls"])


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with a good report, a wrong revision of it, and a report of another week."""
    archive = Archive(tmp_path / "archive")
    archive.add([report(tmp_path, "good", 5), report(tmp_path, "wrong", 900)], quiet=True)
    archive.add(report(tmp_path, "other", 1, start=WEEK2), quiet=True)
    return archive


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments])
    return int(ended.value.code or 0)


def test_what_it_took_the_place_of_counts_again_and_undo_brings_it_back(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(archive.folder)
    wrong = tmp_path / "wrong.csv"
    before = (archive.folder / "ledger.jsonl").read_bytes()
    why = "counted our own tests"
    assert run("withdraw", str(wrong), "--why", why, "--archive", folder) == 0
    said = capsys.readouterr().out
    short = archive.withdrawn()[0].entry.sha256[:12]
    assert said == (
        f"withdrawn: {short} trends 2026-W37 wrong.csv: counted our own tests\n"
        "  good.csv counts for 2026-W37\n"
        f"  To bring it back: insights-nb withdraw {short} --undo\n"
    )
    assert pulls(archive) == [1, 5]
    assert archive.revisions().empty
    assert archive.coverage(DAY)["revisions"].tolist() == [0, 0]
    # Its bytes and its line stay.
    found = archive.verify()
    assert found.clean
    assert found.originals == 3
    assert found.notes == ("1 file is withdrawn; insights-nb status shows why.",)
    assert (archive.folder / "ledger.jsonl").read_bytes().startswith(before)
    assert run("withdraw", short, "--undo", "--archive", folder) == 0
    assert "wrong.csv counts for 2026-W37" in capsys.readouterr().out
    assert pulls(archive) == [1, 900]
    assert archive.withdrawn() == []


def test_a_period_of_which_nothing_is_left_is_missing(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good.csv", "wrong.csv"):
        decided = archive.withdraw(name, why="of another account", quiet=True)
    assert decided.counting == {"2026-W37": []}
    archive.add(report(archive.folder.parent, "first", 2, start="2026-08-31"), quiet=True)
    coverage = archive.coverage(DAY).set_index("label")["status"]
    assert coverage["2026-W37"] == "missing"
    assert run("status", "--archive", str(archive.folder), "--today", DAY.isoformat()) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "Withdrawn, so not counted:" in said
    assert "good.csv, withdrawn on" in said
    assert ": of another account" in said
    assert run("status", "--json", "--archive", str(archive.folder)) == 3
    assert '"why": "of another account"' in capsys.readouterr().out


def test_adding_it_again_says_when_and_why_it_was_withdrawn(
    archive: Archive, tmp_path: Path
) -> None:
    archive.withdraw("wrong.csv", why="of a test account", quiet=True)
    before = (archive.folder / "ledger.jsonl").read_bytes()
    for again in (False, True):
        (done,) = archive.add(tmp_path / "wrong.csv", again=again, quiet=True)
        assert done.status == "withdrawn"
        assert "Withdrawn on 20" in str(done)
        assert ": of a test account. To bring it back: insights-nb withdraw " in str(done)
    # So are the same rows in other bytes.
    other = tmp_path / "windows.csv"
    other.write_bytes((tmp_path / "wrong.csv").read_bytes().replace(b"\n", b"\r\n"))
    assert [one.status for one in archive.add(other, quiet=True)] == ["withdrawn"]
    assert (archive.folder / "ledger.jsonl").read_bytes() == before
    assert archive.add(other, quiet=True).summary == "1 file: 1 withdrawn."


def test_a_lost_original_of_a_withdrawn_report_is_put_back(
    archive: Archive, tmp_path: Path
) -> None:
    archive.withdraw("wrong.csv", why="of a test account", quiet=True)
    (archive.folder / archive.withdrawn()[0].entry.original).unlink()
    (done,) = archive.add(tmp_path / "wrong.csv", quiet=True)
    assert "put back" in str(done)
    assert archive.verify().clean


def test_a_source_that_still_lists_it_brings_nothing(archive: Archive, tmp_path: Path) -> None:
    path = report(tmp_path, "listed", 70, start="2026-09-21")
    archive.add_downloads([download(path)])
    archive.withdraw("listed.csv", why="half a report", quiet=True)
    assert [one.status for one in archive.add_downloads([download(path)])] == ["withdrawn"]
    assert pulls(archive) == [1, 900]
    # And it is not asked for again.
    holdings = Holdings(archive, DAY)
    assert "https://hub.test/listed.csv" in holdings._sources
    # What comes for the period in other rows counts.
    archive.add_downloads([download(report(tmp_path, "whole", 70, 71, start="2026-09-21"))])
    assert pulls(archive) == [1, 70, 71, 900]


def test_a_part_is_withdrawn_alone(archive: Archive, tmp_path: Path) -> None:
    parts = [report(tmp_path, name, n, start="2026-09-21") for name, n in (("x", 7), ("y", 8))]
    archive.add_downloads([download(path) for path in parts])
    archive.withdraw("y.csv", why="twice the same", quiet=True)
    assert pulls(archive) == [1, 7, 900]
    done = archive.add_downloads([download(path) for path in parts])
    assert {one.status for one in done} == {"unchanged", "withdrawn"}
    assert pulls(archive) == [1, 7, 900]
    archive.withdraw("y.csv", undo=True, quiet=True)
    assert pulls(archive) == [1, 7, 8, 900]


@pytest.mark.parametrize("by", ["hash", "name", "place", "original", "path", "period"])
def test_a_file_is_named_in_any_way_that_means_one(
    archive: Archive, tmp_path: Path, by: str
) -> None:
    entry = archive.entries()[2]
    what = {
        "hash": entry.sha256[:6],
        "name": "other.csv",
        "place": Path(entry.original).name,
        "original": entry.original,
        "path": str(tmp_path / "other.csv"),
        "period": "2026-W38",
    }[by]
    archive.withdraw(what, why="a mistake", quiet=True)
    assert [one.entry.sha256 for one in archive.withdrawn()] == [entry.sha256]


def test_what_may_mean_several_is_refused_with_each(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (archive.folder / "ledger.jsonl").read_bytes()
    folder = str(archive.folder)
    assert run("withdraw", "2026-W37", "--why", "a mistake", "--archive", folder) == 1
    said = capsys.readouterr().err
    assert "2026-W37 matches several files. Name one by the digits in front of it:" in said
    for entry in archive.entries()[:2]:
        assert f"  {entry.sha256[:12]} trends 2026-W37 " in said
    with pytest.raises(WithdrawError, match="matches no file in the archive"):
        archive.withdraw("nothing.csv", why="a mistake", quiet=True)
    with pytest.raises(NoReasonError, match="--why"):
        archive.withdraw("other.csv", why=" ", quiet=True)
    assert (archive.folder / "ledger.jsonl").read_bytes() == before


def test_twice_is_once(archive: Archive) -> None:
    assert archive.withdraw("other.csv", why="first", quiet=True).changed
    before = (archive.folder / "ledger.jsonl").read_bytes()
    again = archive.withdraw("other.csv", why="second", quiet=True)
    assert not again.changed
    assert str(again).startswith("already withdrawn: ")
    assert ": first" in str(again)
    assert archive.withdraw("good.csv", undo=True, quiet=True).changed is False
    assert (archive.folder / "ledger.jsonl").read_bytes() == before


def test_the_only_report_withdrawn_leaves_an_archive_that_holds_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.add(report(tmp_path, "only", 1), quiet=True)
    archive.withdraw("only.csv", why="a mistake", quiet=True)
    with pytest.raises(MissingReportError):
        archive.read("trends")
    assert archive.verify().clean
    assert archive.status(DAY).empty


def test_nothing_is_made_in_a_folder_that_is_no_archive(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    with pytest.raises(NoArchiveError, match="photos is no archive"):
        Archive(folder).withdraw("a.csv", why="a mistake", quiet=True)
    assert list(folder.iterdir()) == []
