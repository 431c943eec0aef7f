"""What was once added stays, and everybody can see what is held."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from insights_nb import Archive
from insights_nb.errors import (
    ArchiveFolderError,
    LedgerError,
    MissingFileError,
    MissingReportError,
    MixedGranularityError,
    NoArchiveError,
)
from insights_nb.opening import open_archive
from tests.reports import summary_row, trends_row, write_csv, write_summary, write_trends

WEEK1, WEEK2, WEEK3 = "2026-09-07", "2026-09-14", "2026-09-21"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def originals(archive: Archive) -> list[bytes]:
    folder = archive.folder / "originals"
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_originals_stay_byte_for_byte(archive: Archive, tmp_path: Path) -> None:
    plain = write_trends(tmp_path, WEEK1, [trends_row(WEEK1)])
    packed = tmp_path / "packed_weekly_2026_09_14.csv.gz"
    text = write_trends(tmp_path, WEEK2, [trends_row(WEEK2)]).read_bytes()
    packed.write_bytes(gzip.compress(text))
    archive.add([plain, packed], quiet=True)
    assert originals(archive) == sorted([plain.read_bytes(), packed.read_bytes()])
    assert plain.exists()


def test_parquet_holds_the_rows_of_the_original(archive: Archive, tmp_path: Path) -> None:
    archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1, country="NA")] * 3), quiet=True)
    (path,) = (archive.folder / "parquet").rglob("*.parquet")
    assert pl.read_parquet(path).get_column("ip_country").to_list() == ["NA"] * 3


def test_the_same_bytes_twice_are_one_report(archive: Archive, tmp_path: Path) -> None:
    first = write_trends(tmp_path, WEEK1, [trends_row(WEEK1)])
    copy = tmp_path / "download (1).csv"
    copy.write_bytes(first.read_bytes())
    assert [one.status for one in archive.add([first, copy], quiet=True)] == ["added", "unchanged"]
    assert [one.status for one in archive.add(first, quiet=True)] == ["unchanged"]
    assert len(archive.entries()) == 1
    assert len(archive.read("trends")) == 1


def test_two_copies_in_one_folder_are_no_damage(archive: Archive, tmp_path: Path) -> None:
    first = write_trends(tmp_path / "Downloads", WEEK1, [trends_row(WEEK1)])
    first.with_name("z.csv").write_bytes(first.read_bytes())
    done = archive.add(first.parent, quiet=True)
    assert [one.status for one in done] == ["added", "unchanged"]
    assert done[1].notes == done[0].notes


def test_a_revision_keeps_both_and_says_so(archive: Archive, tmp_path: Path) -> None:
    one = write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=1)])
    two = write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=2)], name="two.csv")
    assert [a.status for a in archive.add([one, two], quiet=True)] == ["added", "revised"]
    assert archive.read("trends")["pulls"].tolist() == [2]
    assert len(originals(archive)) == 2


def test_a_file_of_several_periods_yields_to_newer_files_period_by_period(
    archive: Archive, tmp_path: Path
) -> None:
    rows = [trends_row(WEEK1, downloads=1), trends_row(WEEK2, downloads=1)]
    archive.add(write_trends(tmp_path, WEEK1, rows, name="both.csv"), quiet=True)
    archive.add(write_trends(tmp_path, WEEK2, [trends_row(WEEK2, downloads=5)]), quiet=True)
    assert archive.read("trends")["pulls"].tolist() == [1, 5]


def test_one_file_is_no_files(archive: Archive, tmp_path: Path) -> None:
    outcome = archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]), quiet=True)
    assert outcome.summary == "1 file: 1 added."


def test_refused_files_do_not_stop_the_others(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write_trends(tmp_path, WEEK1, [trends_row(WEEK1)])
    page = tmp_path / "a.csv"
    page.write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    outcome = archive.add([page, good])
    assert [one.status for one in outcome] == ["refused", "added"]
    said = capsys.readouterr().out
    assert "refused  a.csv: " in said
    assert f"added    {good.name}: trends, 2026-W37, 1 row" in said
    assert "2 files: 1 added, 1 refused." in said


def test_folders_and_patterns_are_expanded(archive: Archive, tmp_path: Path) -> None:
    downloads = tmp_path / "Downloads"
    write_trends(downloads, WEEK1, [trends_row(WEEK1)])
    write_trends(downloads, WEEK2, [trends_row(WEEK2)])
    (downloads / "photo.png").write_bytes(b"\x89PNG")
    copy = downloads / "acme_trends_weekly_2026_09_14.csv (1).gz"
    copy.write_bytes(gzip.compress((downloads / "acme_trends_weekly_2026_09_14.csv").read_bytes()))
    assert len(archive.add(downloads, quiet=True)) == 3
    again = archive.add(str(downloads / "*.csv*"), quiet=True)
    assert [one.status for one in again] == ["unchanged"] * 3


def test_a_pattern_without_a_file_is_an_error(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="matches no file"):
        archive.add(tmp_path / "*.csv")
    assert not archive.folder.exists()


def test_what_a_folder_holds_in_other_forms_is_named(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    downloads = tmp_path / "Downloads"
    write_trends(downloads, WEEK1, [trends_row(WEEK1)])
    for name in ("rep.zip", "report.xlsx", "photo.png", ".hidden.zip"):
        (downloads / name).write_bytes(b"PK")
    (downloads / "sub").mkdir()
    Archive(downloads / "archive").add(downloads)
    archive.add(downloads)
    left = "Left out: rep.zip (add it by itself), report.xlsx (save its sheet as CSV), "
    left += "folder sub (add it by itself).\n"
    # The archive in it is none of it.
    assert capsys.readouterr().out.count(left) == 2


def test_a_folder_of_many_other_forms_is_said_in_a_line(archive: Archive, tmp_path: Path) -> None:
    downloads = tmp_path / "Downloads"
    write_trends(downloads, WEEK1, [trends_row(WEEK1)])
    for number in range(40):
        (downloads / f"{number:02}.zip").write_bytes(b"PK")
    said = str(archive.add(downloads, quiet=True)).splitlines()[-1]
    assert said.endswith("05.zip (add it by itself), 34 more.")


def test_a_folder_without_a_report_says_what_it_holds(archive: Archive, tmp_path: Path) -> None:
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    with pytest.raises(MissingFileError, match=r"has no CSV or JSON file directly in it\. Check"):
        archive.add(downloads)
    (downloads / "rep.zip").write_bytes(b"PK")
    with pytest.raises(
        MissingFileError, match=r"directly in it\. It has rep.zip \(add it by itself\)\."
    ):
        archive.add(downloads)


def test_a_pattern_into_folders_gives_files_only(archive: Archive, tmp_path: Path) -> None:
    write_trends(tmp_path / "all" / "2026", WEEK1, [trends_row(WEEK1)])
    done = archive.add(str(tmp_path / "all" / "**" / "*"), quiet=True)
    assert [one.status for one in done] == ["added"]


def test_coverage_runs_from_the_first_to_the_last_held(archive: Archive, tmp_path: Path) -> None:
    archive.add(
        [
            write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
            write_trends(tmp_path, WEEK3, [trends_row(WEEK3)]),
            write_summary(tmp_path, "2026-09-01", [summary_row("2026-09-01", granularity="month")]),
        ],
        quiet=True,
    )
    coverage = archive.coverage(dt.date(2026, 10, 1))
    columns = ["kind", "namespace", "granularity", "label", "status"]
    assert coverage[columns].to_numpy().tolist() == [
        ["summary", "acme", "month", "2026-09", "available"],
        ["trends", "acme", "week", "2026-W37", "available"],
        ["trends", "acme", "week", "2026-W38", "missing"],
        ["trends", "acme", "week", "2026-W39", "available"],
    ]


def test_coverage_of_an_empty_archive_has_its_columns(archive: Archive) -> None:
    assert archive.coverage().empty
    assert "status" in archive.coverage().columns


def test_weeks_and_months_are_not_read_together(archive: Archive, tmp_path: Path) -> None:
    month = trends_row("2026-09-01", granularity="month")
    archive.add(
        [
            write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
            write_trends(tmp_path, "2026-09-01", [month]),
        ],
        quiet=True,
    )
    with pytest.raises(MixedGranularityError, match="granularity='week'"):
        archive.read("trends")
    assert len(archive.read("trends", granularity="week")) == 1


def test_reading_what_is_not_held_says_what_is(archive: Archive, tmp_path: Path) -> None:
    archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]), quiet=True)
    with pytest.raises(MissingReportError, match=r"no summary. Available: Trends by week"):
        archive.read("summary")
    with pytest.raises(MissingReportError, match="for these periods"):
        archive.read("trends", periods=["2026-W01"])
    assert len(archive.read("trends", periods=["2026-W37"])) == 1


def test_an_empty_report_needs_to_be_told_whose_it_is(archive: Archive, tmp_path: Path) -> None:
    acme = write_trends(tmp_path, WEEK1, [trends_row(WEEK1)])
    zeta = write_trends(tmp_path, WEEK1, [trends_row(WEEK1, publisher="zeta")], name="z.csv")
    empty = write_trends(tmp_path, WEEK2, [], name="trends_weekly_2026_09_14.csv")
    archive.add([acme, zeta], quiet=True)
    (outcome,) = archive.add(empty, quiet=True)
    assert "(in the archive: acme, zeta). Name it: --namespace NAME" in str(outcome.error)
    (outcome,) = archive.add(empty, namespace="zeta", quiet=True)
    assert outcome.status == "added"
    assert archive.entries()[-1].namespaces == ("zeta",)


def test_an_empty_reports_name_tells_whose_it_is(archive: Archive, tmp_path: Path) -> None:
    archive.add(
        [
            write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
            write_trends(tmp_path, WEEK1, [trends_row(WEEK1, publisher="Zeta")], name="z.csv"),
            write_trends(tmp_path, WEEK2, [], name="zeta_trends_weekly_2026_09_14.csv"),
        ],
        quiet=True,
    )
    assert archive.entries()[-1].namespaces == ("Zeta",)


def test_the_same_bytes_of_two_periods_are_two_reports(archive: Archive, tmp_path: Path) -> None:
    empty = [write_trends(tmp_path, start, []) for start in (WEEK1, WEEK2)]
    assert [one.status for one in archive.add(empty, quiet=True)] == ["added", "added"]
    assert archive.coverage(dt.date(2026, 9, 21))["status"].tolist() == ["available", "available"]


def test_a_renamed_copy_is_known_by_its_bytes(archive: Archive, tmp_path: Path) -> None:
    path = write_trends(tmp_path, WEEK1, [])
    copy = tmp_path / "download.csv"
    copy.write_bytes(path.read_bytes())
    archive.add(path, quiet=True)
    (outcome,) = archive.add(copy, quiet=True)
    assert outcome.status == "unchanged"


def test_a_ledger_line_that_was_never_finished_does_not_count(
    archive: Archive, tmp_path: Path
) -> None:
    first = write_trends(tmp_path, WEEK1, [trends_row(WEEK1)])
    archive.add(first, quiet=True)
    ledger = archive.folder / "ledger.jsonl"
    whole = ledger.read_text()
    ledger.write_text(whole + whole[: len(whole) // 2])
    assert len(Archive(archive.folder).entries()) == 1
    archive.add(write_trends(tmp_path, WEEK2, [trends_row(WEEK2)]), quiet=True)
    assert [json.loads(line)["periods"] for line in ledger.read_text().splitlines()] == [
        ["2026-W37"],
        ["2026-W38"],
    ]


def test_a_damaged_ledger_line_is_named(archive: Archive, tmp_path: Path) -> None:
    archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]), quiet=True)
    ledger = archive.folder / "ledger.jsonl"
    ledger.write_text("{oops}\n" + ledger.read_text())
    with pytest.raises(LedgerError, match="line 1 is no ledger entry"):
        Archive(archive.folder).entries()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "archive"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(ArchiveFolderError, match=r"cannot be written: .*The archive is unchanged"):
        Archive(blocked).add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]), quiet=True)
    assert blocked.read_text() == "a file where the folder should be"


def test_hostile_file_names_stay_inside_the_archive(archive: Archive, tmp_path: Path) -> None:
    name = "..\u202ecsv.<script>alert(1)<%2fscript>.csv"
    archive.add(write_trends(tmp_path, WEEK1, [trends_row(WEEK1)], name=name), quiet=True)
    (path,) = (p for p in (archive.folder / "originals").rglob("*") if p.is_file())
    assert archive.folder in path.resolve().parents
    assert not set(path.name) & set("<>\u202e%")


def test_an_unknown_report_is_kept_whole(archive: Archive, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "acme_benchmark.csv", ["SCORE", "RANK", "PEERS"], [["9.5", 1, 40]])
    (outcome,) = archive.add(path, quiet=True)
    assert (outcome.status, outcome.kind) == ("added", "unknown")
    assert originals(archive) == [path.read_bytes()]


def test_opening_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoArchiveError, match="insights-nb add"):
        open_archive(tmp_path / "nothing")


def test_the_former_name_of_available_still_answers(archive: Archive) -> None:
    with pytest.warns(DeprecationWarning, match=r"Archive\.available"):
        assert archive.held("trends", "week") == archive.available("trends", "week")
