"""Parts of one answer count together, and a revision takes the place of all of them."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
from pathlib import Path

import pytest

from insights_nb import Archive
from insights_nb.archive.additions import Download
from tests.reports import (
    LEGACY,
    summary_row,
    trends_row,
    write_api,
    write_csv,
    write_summary,
    write_trends,
)

WEEK1, WEEK2 = "2026-09-07", "2026-09-14"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def report(
    folder: Path, name: str, *counts: int, start: str = WEEK1, publisher: str = "acme"
) -> Path:
    rows = [
        trends_row(start, f"{publisher}/web", downloads=n, tag=f"v{place}", publisher=publisher)
        for place, n in enumerate(counts)
    ]
    return write_trends(folder, start, rows, name=f"{name}.csv")


def download(path: Path) -> Download:
    return Download(path.read_bytes(), path.name, f"https://hub.test/{path.name}")


def pulls(archive: Archive) -> list[int]:
    return archive.read("trends")["pulls"].tolist()


def test_files_of_one_answer_count_together(archive: Archive, tmp_path: Path) -> None:
    parts = [report(tmp_path, "a", 1), report(tmp_path, "b", 2)]
    done = archive.add_downloads([download(path) for path in parts])
    assert [one.status for one in done] == ["added", "added"]
    assert pulls(archive) == [1, 2]
    assert [(e.part, e.parts, e.revisions) for e in archive.entries()] == [
        (1, 2, (0,)),
        (2, 2, (0,)),
    ]


def test_the_same_answer_again_is_held(archive: Archive, tmp_path: Path) -> None:
    parts = [download(report(tmp_path, "a", 1)), download(report(tmp_path, "b", 2))]
    archive.add_downloads(parts)
    assert [one.status for one in archive.add_downloads(parts[::-1])] == ["unchanged", "unchanged"]
    assert len(archive.entries()) == 2


def test_an_answer_with_one_other_part_revises_them_all(archive: Archive, tmp_path: Path) -> None:
    first, second = download(report(tmp_path, "a", 1)), download(report(tmp_path, "b", 2))
    archive.add_downloads([first, second])
    done = archive.add_downloads([first, download(report(tmp_path, "c", 30))])
    assert [(one.status, one.revision) for one in done] == [("revised", 1), ("revised", 1)]
    assert pulls(archive) == [1, 30]
    # What came twice is kept once.
    assert len({entry.original for entry in archive.entries()}) == 3


def test_a_source_that_goes_back_to_an_earlier_answer_is_believed(
    archive: Archive, tmp_path: Path
) -> None:
    first, second = download(report(tmp_path, "a", 1)), download(report(tmp_path, "b", 2))
    for answer in (first, second, first):
        archive.add_downloads([answer])
    assert pulls(archive) == [1]
    assert [entry.revisions for entry in archive.entries()] == [(0,), (1,), (2,)]
    assert archive.verify().clean


def test_a_part_listed_twice_counts_once(archive: Archive, tmp_path: Path) -> None:
    part = download(report(tmp_path, "a", 1))
    archive.add_downloads([part, part])
    assert pulls(archive) == [1]


def test_one_unreadable_part_keeps_the_answer_out(archive: Archive, tmp_path: Path) -> None:
    page = Download(b"<!DOCTYPE html><html>Sign in</html>", "b.csv", "https://hub.test/b.csv")
    done = archive.add_downloads([download(report(tmp_path, "a", 1)), page])
    assert [one.status for one in done] == ["refused", "refused"]
    assert archive.entries() == []


def test_files_by_hand_are_revisions_and_say_so(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.add([report(tmp_path, "a", 1), report(tmp_path, "b", 2)])
    said = capsys.readouterr().out
    assert "revised  b.csv: trends, 2026-W37, 1 row; counts instead of a.csv, which is kept" in said
    assert "add them again with --parts" in said
    assert pulls(archive) == [2]


def test_files_by_hand_are_parts_where_told(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.add([report(tmp_path, "a", 1), report(tmp_path, "b", 2)], parts=True)
    said = capsys.readouterr().out
    assert "added    b.csv: trends, 2026-W37, 1 row; part of one report with a.csv\n" in said
    assert sorted(pulls(archive)) == [1, 2]


def test_parts_taken_for_revisions_can_be_put_right(archive: Archive, tmp_path: Path) -> None:
    files = [report(tmp_path, "a", 1), report(tmp_path, "b", 2)]
    archive.add(files, quiet=True)
    archive.add(files, parts=True, quiet=True)
    assert sorted(pulls(archive)) == [1, 2]
    assert [one.status for one in archive.add(files, parts=True, quiet=True)] == [
        "unchanged",
        "unchanged",
    ]
    assert archive.verify().clean


def forms(path: Path) -> dict[str, bytes]:
    """Return a report as other programs would write the same rows."""
    data = path.read_bytes()
    return {
        "packed.csv.gz": gzip.compress(data),
        "windows.csv": data.replace(b"\n", b"\r\n"),
        "marked.csv": codecs.BOM_UTF8 + data,
        "blank.csv": data + b"\n\n",
    }


FORMS = ("packed.csv.gz", "windows.csv", "marked.csv", "blank.csv")


def other_form(folder: Path, path: Path, form: str) -> Path:
    copy = folder / form
    copy.write_bytes(forms(path)[form])
    return copy


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("parts", [False, True])
def test_the_same_rows_in_other_bytes_count_once(
    archive: Archive, tmp_path: Path, form: str, *, parts: bool
) -> None:
    path = report(tmp_path, "a", 1, 2)
    copy = other_form(tmp_path, path, form)
    done = archive.add([path, copy], parts=parts, quiet=True)
    assert [one.status for one in done] == ["added", "unchanged"]
    assert done[1].notes[-1] == "The same rows as a.csv, in other bytes: nothing changed."
    assert pulls(archive) == [1, 2]
    assert archive.revisions().empty
    assert archive.coverage(dt.date(2026, 9, 14))["revisions"].tolist() == [0]
    assert archive.verify().clean


@pytest.mark.parametrize("form", FORMS)
def test_a_source_that_writes_the_same_rows_otherwise_revises_nothing(
    archive: Archive, tmp_path: Path, form: str
) -> None:
    first, second = report(tmp_path, "a", 1), report(tmp_path, "b", 2)
    archive.add_downloads([download(first), download(second)])
    again = [download(other_form(tmp_path, first, form)), download(second)]
    assert [one.status for one in archive.add_downloads(again)] == ["unchanged", "unchanged"]
    assert len(archive.entries()) == 2


def test_a_report_that_a_source_lists_plain_and_packed_counts_once(
    archive: Archive, tmp_path: Path
) -> None:
    path = report(tmp_path, "a", 1)
    packed = other_form(tmp_path, path, "packed.csv.gz")
    archive.add_downloads([download(path), download(packed), download(report(tmp_path, "b", 2))])
    assert pulls(archive) == [1, 2]


def test_an_undated_file_in_other_bytes_counts_once(archive: Archive, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "acme_benchmark.csv", ["SCORE", "RANK"], [["9.5", 1]])
    done = archive.add([path, other_form(tmp_path, path, "packed.csv.gz")], quiet=True)
    assert [one.status for one in done] == ["added", "unchanged"]
    assert len(archive.read("unknown")) == 1


def test_the_other_form_of_a_lost_original_is_kept(archive: Archive, tmp_path: Path) -> None:
    path = report(tmp_path, "a", 1)
    archive.add(path, quiet=True)
    (archive.folder / archive.entries()[0].original).unlink()
    packed = other_form(tmp_path, path, "packed.csv.gz")
    assert [one.status for one in archive.add(packed, quiet=True)] == ["revised"]
    kept = archive.folder / archive.entries()[-1].original
    assert kept.read_bytes() == packed.read_bytes()


def test_a_revision_with_far_fewer_rows_says_so(archive: Archive, tmp_path: Path) -> None:
    whole, cut = report(tmp_path, "whole", *range(1, 21)), report(tmp_path, "cut", *range(1, 9))
    done = [archive.add(one, again=True, quiet=True)[0] for one in (whole, cut)]
    assert (
        "note: It had 20 rows before and has 8 now. If it is cut short, withdraw it: the one "
        "before counts again then." in str(done[1])
    )


def test_a_revision_with_a_few_rows_less_says_nothing(archive: Archive, tmp_path: Path) -> None:
    whole, later = report(tmp_path, "whole", *range(20)), report(tmp_path, "later", *range(1, 20))
    assert archive.add([whole, later], quiet=True)[1].notes == ()


def test_a_file_of_fewer_periods_is_not_taken_for_a_cut_one(
    archive: Archive, tmp_path: Path
) -> None:
    rows = [
        trends_row(start, downloads=n, tag=f"v{n}") for start in (WEEK1, WEEK2) for n in range(8)
    ]
    archive.add(write_trends(tmp_path, WEEK1, rows, name="both.csv"), quiet=True)
    (done,) = archive.add(report(tmp_path, "one", *range(1, 9)), quiet=True)
    assert (done.status, done.notes) == ("revised", ())


def test_a_wrong_revision_is_taken_back_where_told(archive: Archive, tmp_path: Path) -> None:
    good, cut = report(tmp_path, "good", 1, 2, 3), report(tmp_path, "cut", 1)
    archive.add(good, quiet=True)
    archive.add(cut, again=True, quiet=True)
    (done,) = archive.add(good, quiet=True)
    assert done.status == "unchanged"
    assert "cut.csv counts instead, added later. To let this file count again, add it with" in (
        str(done)
    )
    assert pulls(archive) == [1]
    (done,) = archive.add(good, again=True, quiet=True)
    assert (done.status, done.revision, done.beside) == ("revised", 2, ("cut.csv",))
    assert pulls(archive) == [1, 2, 3]
    assert [one.status for one in archive.add(good, again=True, quiet=True)] == ["unchanged"]
    # Its bytes are kept once, and both changes can be looked up.
    assert len({entry.original for entry in archive.entries()}) == 2
    assert set(archive.revisions()["revision"]) == {1, 2}
    assert archive.verify().clean


def test_a_folder_added_again_and_again_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "Downloads"
    # Its name comes first in the folder, but it came last.
    archive.add(report(folder, "b", 1), quiet=True)
    archive.add(report(folder, "a", 2), quiet=True)
    for _ in range(2):
        assert [one.status for one in archive.add(folder, quiet=True)] == ["unchanged", "unchanged"]
        assert pulls(archive) == [2]


def test_a_file_that_counts_for_one_of_its_periods_says_for_which_not(
    archive: Archive, tmp_path: Path
) -> None:
    rows = [trends_row(start, downloads=1, tag="v0") for start in (WEEK1, WEEK2)]
    both = write_trends(tmp_path, WEEK1, rows, name="both.csv")
    archive.add([both, report(tmp_path, "new", 5, start=WEEK2)], quiet=True)
    (done,) = archive.add(both, quiet=True)
    assert "new.csv counts instead for 2026-W38, added later" in str(done)


def test_a_renamed_copy_that_no_longer_counts_is_told_what_it_lacks(
    archive: Archive, tmp_path: Path
) -> None:
    empty = write_trends(tmp_path, WEEK1, [])
    archive.add([empty, report(tmp_path, "a", 1)], namespace="acme", quiet=True)
    copy = tmp_path / "download.csv"
    copy.write_bytes(empty.read_bytes())
    (done,) = archive.add(copy, quiet=True)
    assert "a.csv counts instead" in str(done)
    assert "under the name that it came with" in str(done)


def test_a_part_of_reports_with_different_histories_is_refused(
    archive: Archive, tmp_path: Path
) -> None:
    archive.add([report(tmp_path, "one", 1), report(tmp_path, "two", 2, start=WEEK2)], quiet=True)
    rows = [trends_row(WEEK1, downloads=5), trends_row(WEEK2, downloads=6)]
    both = write_trends(tmp_path, WEEK1, rows, name="both.csv")
    (done,) = archive.add(both, parts=True, quiet=True)
    assert "both.csv covers 2026-W37, 2026-W38, which came in different downloads" in str(done)


def test_a_file_of_one_publisher_revises_only_its_rows(archive: Archive, tmp_path: Path) -> None:
    rows = [
        trends_row(WEEK1, "acme/web", downloads=1, tag="v0"),
        trends_row(WEEK1, "zeta/web", downloads=10, tag="v0", publisher="zeta"),
    ]
    archive.add(write_trends(tmp_path, WEEK1, rows, name="both.csv"), quiet=True)
    archive.add(report(tmp_path, "acme", 5), quiet=True)
    assert sorted(pulls(archive)) == [5, 10]


def test_revisions_say_what_changed_per_repository(archive: Archive, tmp_path: Path) -> None:
    before = [summary_row(WEEK1, "acme/web", downloads=5), summary_row(WEEK1, "acme/old")]
    after = [
        summary_row(WEEK1, "acme/web", downloads=7),
        summary_row(WEEK1, "acme/new", downloads=2),
        summary_row(WEEK1, "acme/web:1.0", level="tag", downloads=99),
    ]
    archive.add(write_summary(tmp_path, WEEK1, before, name="a.csv"), quiet=True)
    archive.add(write_summary(tmp_path, WEEK1, after, name="b.csv"), again=True, quiet=True)
    found = archive.revisions()
    assert set(found["kind"]) == {"summary"}
    assert set(found["label"]) == {"2026-W37"}
    assert set(found["revision"]) == {1}
    changed = found[found["measure"] == "event_count"].set_index("repository")
    assert changed[["before", "after", "change"]].to_dict("index") == {
        "acme/new": {"before": 0, "after": 2, "change": 2},
        "acme/old": {"before": 1, "after": 0, "change": -1},
        "acme/web": {"before": 5, "after": 7, "change": 2},
    }


def test_revisions_of_a_report_in_parts_compare_the_whole(archive: Archive, tmp_path: Path) -> None:
    archive.add_downloads([download(report(tmp_path, "a", 1)), download(report(tmp_path, "b", 2))])
    archive.add_downloads([download(report(tmp_path, "c", 1, 2, 4))])
    found = archive.revisions().set_index("measure")
    assert found.loc["pulls", ["before", "after", "change"]].tolist() == [3, 7, 4]
    assert found.loc["rows", ["before", "after"]].tolist() == [2, 3]


def test_revisions_of_api_answers_compare_point_by_point(archive: Archive, tmp_path: Path) -> None:
    week1, week2 = (WEEK1, "2026-09-13", 10), (WEEK2, "2026-09-20", 20)
    late = (WEEK1, "2026-09-13", 12)
    archive.add(write_api(tmp_path / "one.json", "acme/web", [week1]), quiet=True)
    archive.add(write_api(tmp_path / "two.json", "acme/web", [late, week2]), quiet=True)
    archive.add(
        write_api(
            tmp_path / "three.json",
            "acme/web",
            [
                late,
                week2,
            ],
        ),
        quiet=True,
    )
    found = archive.revisions()
    assert found[["label", "repository", "measure", "before", "after"]].to_numpy().tolist() == [
        ["2026-W37", "acme/web", "pull_count", 10, 12]
    ]


def test_legacy_levels_are_no_revisions_of_each_other(archive: Archive, tmp_path: Path) -> None:
    whole = [["acme", "web", 3, 5, 0, 1, "acme"]]
    by_tag = [["acme", "web", "1.0", 3, 5, 0, 1, "acme"]]
    level = [name for name in LEGACY if name != "Reference"]
    archive.add(write_csv(tmp_path / "summary_2024-03.csv", level, whole), quiet=True)
    archive.add(write_csv(tmp_path / "tags_summary_2024-03.csv", LEGACY, by_tag), quiet=True)
    assert archive.revisions().empty


def test_without_revisions_the_frame_keeps_its_columns(archive: Archive, tmp_path: Path) -> None:
    archive.add(report(tmp_path, "a", 1), quiet=True)
    found = archive.revisions()
    assert found.empty
    assert list(found)[:3] == ["kind", "namespace", "granularity"]
    assert str(found["period"].dtype).startswith("datetime64")


def test_the_ledger_tells_what_came_and_when(archive: Archive, tmp_path: Path) -> None:
    archive.add_downloads([download(report(tmp_path, "a", 1))])
    (entry,) = archive.entries()
    assert entry.source == "https://hub.test/a.csv"
    assert entry.compression == ""
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(entry.added)
    assert age < dt.timedelta(minutes=1)
