"""Sixty reports, and what must hold of an archive of them whatever happened to it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from insights_nb import Archive
from insights_nb.archive.commits import is_part
from tests.reports import trends_row, write_trends

REPORTS = 30


def starts() -> list[dt.date]:
    return [dt.date(2025, 9, 1) + dt.timedelta(weeks=n) for n in range(REPORTS)]


def weekly_reports(folder: Path) -> list[Path]:
    """Write thirty weekly reports of 300 rows."""
    return [
        write_trends(
            folder,
            start.isoformat(),
            [
                trends_row(start.isoformat(), f"acme/image-{n % 7}", downloads=n, tag=str(n))
                for n in range(300)
            ],
        )
        for start in starts()
    ]


def assert_whole(folder: Path) -> None:
    """What is held is held whole, whatever else was going on."""
    archive = Archive(folder)
    if any((folder / name).exists() for name in ("ledger.jsonl", "originals", ".incoming")):
        found = archive.verify()
        # What a kill broke off is named, and is swept by the next writer.
        wrong = [one for one in found if not (one.problem == "stray file" and is_part(one.path))]
        assert not wrong or found.unfinished, found
        assert {one.problem for one in found} <= {"stray file"}, found
    if archive.entries():
        assert len(archive.read("trends")) == sum(entry.rows for entry in archive.entries())


def assert_complete(folder: Path, files: list[Path]) -> None:
    """Everything is held, once, byte for byte."""
    archive = Archive(folder)
    found = archive.verify()
    assert found.clean, found
    assert not found.unfinished
    assert sorted(entry.rows for entry in archive.entries()) == sorted(
        path.read_bytes().count(b"\n") - 1 for path in files
    )
    originals = (folder / entry.original for entry in archive.entries())
    assert sorted(path.read_bytes() for path in originals) == sorted(
        path.read_bytes() for path in files
    )
    assert len(archive.read("trends")) == sum(entry.rows for entry in archive.entries())
