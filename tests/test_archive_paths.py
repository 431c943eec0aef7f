"""A stranger's archive reads and writes nothing outside of its folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from insights_nb import Archive
from insights_nb.archive.commits import writing
from insights_nb.errors import InsightsError, LedgerError
from insights_nb.files import OutsideError, inside, is_below
from tests.reports import trends_row, write_trends

# A path from the root is one of the test's own: were it red, it would write there.
OUTSIDE = [
    "{root}/outside.txt",
    "../outside.txt",
    "originals/../../outside.txt",
    "originals/trends/week/../../../../outside.txt",
    "originals/./x.csv",
    "originals//x.csv",
    "C:\\outside.txt",
    "originals/C:outside.txt",
    "originals\\..\\..\\outside.txt",
    "originals/x\x00.csv",
    "originals/x\n.csv",
    "originals/..",
    "originals/",
    "..",
    "",
]
# Inside of the folder, but not where originals and Parquet are: a version control's hooks, say.
ELSEWHERE = [".git/hooks/post-checkout", "ledger.jsonl", "offers.json", "x.csv", "originalsx/y"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two reports, and the files that they came from."""
    place = tmp_path_factory.mktemp("kept")
    for start in ("2026-09-07", "2026-09-14"):
        path = write_trends(place / "files", start, [trends_row(start)])
        Archive(place / "archive").add(path, quiet=True)
    return place


class Place:
    """A copy of the archive, with something outside of it that must stay as it is."""

    def __init__(self, kept: Path, folder: Path) -> None:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        self.folder = folder / "archive"
        self.files = sorted((folder / "files").iterdir())
        self.outside = folder / "outside.txt"
        self.outside.write_text("not yours")
        (folder / "elsewhere" / "week").mkdir(parents=True)
        (folder / "elsewhere" / "kept.csv").write_text("not yours either")
        self.elsewhere = folder / "elsewhere"
        self.before = self._outside()

    @property
    def archive(self) -> Archive:
        return Archive(self.folder)

    def _outside(self) -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in self.folder.parent.rglob("*")
            if path.is_file() and self.folder not in path.parents
        }

    def assert_untouched(self) -> None:
        assert self._outside() == self.before

    def edit(self, number: int, **changes: object) -> None:
        """Change a line of the ledger as somebody does who knows how it is checked."""
        path = self.folder / "ledger.jsonl"
        lines = path.read_bytes().splitlines()
        values = json.loads(lines[number]) | changes
        values.pop("check")
        body = json.dumps(values, ensure_ascii=False).encode()[:-1]
        check = hashlib.sha256(body).hexdigest()[:16].encode()
        lines[number] = body + b', "check": "' + check + b'"}'
        path.write_bytes(b"\n".join(lines) + b"\n")

    def leave_journal(self, **changes: object) -> None:
        """Leave what a killed process might have left."""
        incoming = self.folder / ".incoming"
        (incoming / "0.part").write_text("brought from elsewhere")
        size = (self.folder / "ledger.jsonl").stat().st_size
        journal = {"files": [], "ledger_size": size, "lines": ""} | changes
        (incoming / "journal.json").write_text(json.dumps(journal))


@pytest.fixture
def place(kept: Path, tmp_path: Path) -> Place:
    return Place(kept, tmp_path)


def attempts(place: Place) -> list[InsightsError]:
    """Do everything that reads or writes; return the refusals."""
    refusals = []
    acts: list[Callable[[], object]] = [
        lambda: place.archive.entries(),
        lambda: place.archive.read("trends"),
        lambda: place.archive.revisions(),
        lambda: place.archive.repair(),
        lambda: place.archive.add(place.files, quiet=True),
        lambda: place.archive.add(place.files, again=True, quiet=True),
        lambda: place.archive.repair(),
        lambda: place.archive.record_offers([]),
    ]
    for act in acts:
        try:
            act()
        except InsightsError as error:
            refusals.append(error)
    return refusals


@pytest.mark.parametrize("relative", [*OUTSIDE, "/etc/passwd", "//server/share/x.csv"])
def test_a_path_that_leads_out_is_none(tmp_path: Path, relative: str) -> None:
    relative = relative.format(root=tmp_path)
    assert not is_below(relative)
    with pytest.raises(OutsideError, match="leads out of"):
        inside(tmp_path, relative)


@pytest.mark.parametrize(
    "relative", ["a", "originals/trends/week/0a1b-a b (1).csv.gz", "..a/...", "übung/x..y", "a/.b"]
)
def test_an_ordinary_path_is_below(tmp_path: Path, relative: str) -> None:
    assert inside(tmp_path, relative) == tmp_path / relative


def test_links_are_followed_within_a_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "to-a").symlink_to("a")
    (folder / "out").symlink_to("..")
    (folder / "self").symlink_to(".")
    (folder / "loop").symlink_to("loop")
    assert inside(folder, "to-a/x") == folder / "to-a" / "x"
    for name in ("out", "out/x", "out/folder/../x", "self"):
        with pytest.raises(OutsideError):
            inside(folder, name)
    # The folder itself may be reached by a link.
    (tmp_path / "link").symlink_to("folder")
    assert inside(tmp_path / "link", "a/x") == tmp_path / "link" / "a" / "x"


@pytest.mark.parametrize("field", ["original", "parquet"])
@pytest.mark.parametrize("relative", [*OUTSIDE, *ELSEWHERE])
def test_a_ledger_line_that_names_a_file_elsewhere_is_damaged(
    place: Place, field: str, relative: str
) -> None:
    place.edit(0, **{field: relative.format(root=place.folder.parent)})
    with pytest.raises(LedgerError, match=r"line 1 .* names a file outside the archive"):
        place.archive.entries()
    named = [(one.problem, one.line) for one in place.archive.verify()]
    assert ("damaged ledger line", 1) in named


@pytest.mark.parametrize("field", ["original", "parquet"])
def test_nothing_elsewhere_is_read_or_written_for_a_ledger_line(place: Place, field: str) -> None:
    place.edit(0, **{field: "originals/../../outside.txt"})
    assert attempts(place)
    place.assert_untouched()
    target = "../made.txt"
    place.edit(0, **{field: target})
    assert attempts(place)
    place.assert_untouched()


def test_a_line_on_rebuilt_parquet_names_no_file_elsewhere_either(place: Place) -> None:
    path = place.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes() + b'{"rebuilt": "", "check": ""}\n')
    place.edit(2, rebuilt="../outside.txt", parquet_sha256="0", added="2026-09-01T00:00:00+00:00")
    with pytest.raises(LedgerError, match="line 3"):
        place.archive.entries()


@pytest.mark.parametrize("target", [*OUTSIDE, *ELSEWHERE])
def test_a_journal_brings_nothing_elsewhere(place: Place, target: str) -> None:
    place.leave_journal(files=[["0.part", target.format(root=place.folder.parent)]])
    assert "damaged journal" in {one.problem for one in place.archive.verify()}
    with pytest.raises(LedgerError, match="Remove its folder"):
        place.archive.add(place.files, quiet=True)
    attempts(place)
    place.assert_untouched()


@pytest.mark.parametrize(
    "staged", ["../../outside.txt", "{root}/outside.txt", "..", "", "journal.json"]
)
def test_a_journal_takes_nothing_from_elsewhere(place: Place, staged: str) -> None:
    place.leave_journal(
        files=[[staged.format(root=place.folder.parent), "originals/trends/week/mine.csv"]]
    )
    with pytest.raises(LedgerError, match=r"journal\.json is damaged"):
        place.archive.add(place.files, quiet=True)
    place.assert_untouched()
    assert not (place.folder / "originals/trends/week/mine.csv").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"ledger_size": -5},
        {"ledger_size": "9"},
        {"ledger_size": 1.5},
        {"files": [["0.part"]]},
        {"files": [[0, 1]]},
        {"files": 7},
        {"lines": None},
        {"lines": "\ud800"},
    ],
)
def test_an_odd_journal_is_damaged(place: Place, changes: dict[str, Any]) -> None:
    place.leave_journal(**changes)
    before = (place.folder / "ledger.jsonl").read_bytes()
    with pytest.raises(LedgerError, match=r"journal\.json is damaged"):
        place.archive.add(place.files, quiet=True)
    assert (place.folder / "ledger.jsonl").read_bytes() == before


def test_no_file_is_committed_elsewhere(place: Place) -> None:
    for each in (*OUTSIDE, *ELSEWHERE):
        target = each.format(root=place.folder.parent)
        with pytest.raises(OutsideError), writing(place.folder) as writer:
            writer.commit({target: b"x"}, b"")
    place.assert_untouched()


def _link(place: Place, name: str, to: Path) -> None:
    path = place.folder / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(to)


@pytest.mark.parametrize("name", ["originals", "parquet", "originals/trends", "parquet/trends"])
def test_a_folder_that_is_a_link_out_is_not_used(place: Place, name: str) -> None:
    _link(place, name, place.elsewhere)
    assert any(isinstance(error, OutsideError) for error in attempts(place))
    place.assert_untouched()
    found = [one for one in place.archive.verify() if one.path.startswith(name)]
    assert found
    assert all("leads out of the archive's folder" in str(one) for one in found if one.line is None)


def test_what_is_being_written_is_no_link(place: Place) -> None:
    _link(place, ".incoming", place.elsewhere)
    assert all(isinstance(error, OutsideError) for error in attempts(place)[-3:])
    place.assert_untouched()
    # Nor one to the originals: what is in it is removed.
    (place.folder / ".incoming").unlink()
    (place.folder / ".incoming").symlink_to("originals/trends/week")
    attempts(place)
    assert len(list((place.folder / "originals/trends/week").iterdir())) == 2


def test_a_file_that_is_a_link_out_is_not_read_and_replaced_when_it_comes_again(
    place: Place,
) -> None:
    entry = place.archive.entries()[0]
    _link(place, entry.original, place.outside)
    _link(place, entry.parquet, place.outside)
    assert {one.problem for one in place.archive.verify()} == {
        "unreadable original", "unreadable Parquet",
    }  # fmt: skip
    with pytest.raises(OutsideError):
        place.archive.read("trends")
    place.archive.add(place.files, quiet=True)
    assert place.archive.repair().clean
    assert not (place.folder / entry.original).is_symlink()
    assert not (place.folder / entry.parquet).is_symlink()
    place.assert_untouched()


@pytest.mark.parametrize("name", ["ledger.jsonl", "offers.json"])
def test_the_archive_s_own_lists_are_no_links_out(place: Place, name: str) -> None:
    shutil.copy(place.folder / "ledger.jsonl", place.elsewhere / "ledger.jsonl")
    (place.elsewhere / "offers.json").write_text('{"offers": []}')
    place.before = place._outside()
    _link(place, name, place.elsewhere / name)
    attempts(place)
    place.assert_untouched()
    if name == "ledger.jsonl":
        with pytest.raises(OutsideError):
            place.archive.entries()
        with pytest.raises(OutsideError):
            place.archive.verify()


def test_staged_names_that_are_links_are_not_written_through(place: Place) -> None:
    incoming = place.folder / ".incoming"
    # A folder stops whoever clears away file by file.
    (incoming / "a").mkdir()
    for number in range(4):
        (incoming / f"{number}.part").symlink_to(place.outside)
    new = write_trends(place.folder.parent, "2026-09-21", [trends_row("2026-09-21")])
    place.before = place._outside()
    assert [one.status for one in place.archive.add(new, quiet=True)] == ["added"]
    place.assert_untouched()


def test_a_journal_that_is_a_folder_is_damaged(place: Place) -> None:
    (place.folder / ".incoming" / "journal.json").mkdir()
    with pytest.raises(LedgerError, match=r"journal\.json is damaged"):
        place.archive.repair()
    assert {one.problem for one in place.archive.verify()} == {"damaged journal"}


@pytest.mark.parametrize("which", ["original", "parquet", "ledger.jsonl", "offers.json"])
def test_a_pipe_in_place_of_a_file_is_waited_for_by_nobody(place: Place, which: str) -> None:
    entry = place.archive.entries()[0]
    path = place.folder / getattr(entry, which, which)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    attempts(place)
    if which in {"original", "parquet"}:
        assert place.archive.repair().clean
    elif which == "ledger.jsonl":
        with pytest.raises(InsightsError, match=r"ledger\.jsonl.*no regular file"):
            place.archive.status()
    else:
        # It is written anew with the next offers.
        assert place.archive.notices() == []


def test_nothing_is_read_whole_that_is_larger_than_its_limit(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.leave_journal()
    (place.folder / "offers.json").write_text('{"offers": []}' + " " * 5000)
    monkeypatch.setenv("INSIGHTS_MAX_JOURNAL_BYTES", "10")
    with pytest.raises(InsightsError, match=r"journal\.json is larger than the 10 bytes"):
        place.archive.add(place.files, quiet=True)
    monkeypatch.delenv("INSIGHTS_MAX_JOURNAL_BYTES")
    monkeypatch.setenv("INSIGHTS_MAX_LEDGER_BYTES", "1K")
    with pytest.raises(InsightsError, match=r"ledger\.jsonl is larger than the 1 KB .*now 1 KB"):
        place.archive.entries()
    monkeypatch.delenv("INSIGHTS_MAX_LEDGER_BYTES")
    monkeypatch.setenv("INSIGHTS_MAX_OFFERS_BYTES", "1K")
    with pytest.raises(InsightsError, match=r"offers\.json .*set INSIGHTS_MAX_OFFERS_BYTES"):
        place.archive.offers()
