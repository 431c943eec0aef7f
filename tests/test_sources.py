"""Which files count: of each report and period the newest, the same list on every machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from insights_nb import Archive, Period
from insights_nb.archive.sources import file_record, used_files
from tests.reports import summary_row, trends_row, write_summary, write_trends

WEEKS = ["2026-10-05", "2026-10-12", "2026-10-19"]
OCTOBER = "2026-10-01"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    weekly = [write_trends(tmp_path / "in", week, [trends_row(week)]) for week in WEEKS]
    monthly = write_trends(tmp_path / "in", OCTOBER, [trends_row(OCTOBER, granularity="month")])
    return [*weekly, monthly, write_summary(tmp_path / "in", WEEKS[0], [summary_row(WEEKS[0])])]


def held(folder: Path, files: list[Path]) -> Archive:
    archive = Archive(folder)
    for path in files:
        assert not archive.add(path, quiet=True).refused
    return archive


def labels(archive: Archive, *asked: object) -> list[tuple[str, ...]]:
    return [(entry.kind, *entry.periods) for entry in used_files(archive, *asked)]  # type: ignore[arg-type]


def test_every_report_asked_for_is_listed_weeks_before_months(
    tmp_path: Path, files: list[Path]
) -> None:
    archive = held(tmp_path / "archive", files)
    assert labels(archive, ["trends", "summary"]) == [
        ("trends", "2026-W41"),
        ("trends", "2026-W42"),
        ("trends", "2026-W43"),
        ("trends", "2026-10"),
        ("summary", "2026-W41"),
    ]


def test_only_the_periods_asked_for_are_listed(tmp_path: Path, files: list[Path]) -> None:
    archive = held(tmp_path / "archive", files)
    asked = [Period.parse("2026-10"), Period.parse("2026-W42")]
    assert labels(archive, ["trends"], asked) == [("trends", "2026-W42"), ("trends", "2026-10")]
    assert labels(archive, ["trends"], []) == []


def test_the_order_of_adding_does_not_matter(tmp_path: Path, files: list[Path]) -> None:
    asked = ["summary", "trends"]
    one, other = held(tmp_path / "one", files), held(tmp_path / "other", files[::-1])
    records = [[file_record(entry) for entry in used_files(a, asked)] for a in (one, other)]
    assert records[0] == records[1]


def test_of_a_revised_report_only_the_newest_counts(tmp_path: Path, files: list[Path]) -> None:
    archive = held(tmp_path / "archive", files[:1])
    newer = write_trends(tmp_path / "newer", WEEKS[0], [trends_row(WEEKS[0], downloads=5)])
    archive.add(newer, quiet=True)
    (entry,) = used_files(archive, ["trends"])
    assert entry.sha256 == hashlib.sha256(newer.read_bytes()).hexdigest()


def test_a_file_is_known_by_its_bytes_and_not_by_the_machine(
    tmp_path: Path, files: list[Path]
) -> None:
    archive = held(tmp_path / "archive", files[:1])
    record = file_record(*used_files(archive, ["trends"]))
    assert record["sha256"] == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert record["bytes"] == files[0].stat().st_size
    assert (record["report"], record["periods"]) == ("trends", ["2026-W41"])
    assert str(tmp_path) not in str(record)


def test_the_sample_data_has_its_files_once(samples: Archive) -> None:
    found = used_files(samples, ["summary", "trends", "summary"])
    assert len(found) == len(set(found)) > 0
