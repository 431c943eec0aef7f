"""An archive as it tells up to a period, so that an older month can be reviewed again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb import Archive, Period, Selection
from insights_nb.errors import PeriodError
from insights_nb.metrics import warming
from insights_nb.metrics.warming import warm
from tests.reports import TRENDS, trends_row, write_csv, write_trends


@pytest.fixture(scope="module")
def march(samples: Archive) -> Archive:
    return samples.until("2026-03")


def test_intervals_end_with_the_period(march: Archive) -> None:
    assert inb.pulls(march, Selection("month", 3))["period"].max() == pd.Timestamp("2026-03-01")
    assert inb.companies(march, Selection("month", 3))["period"].max() == pd.Timestamp("2026-03-01")
    assert inb.tag_pulls(march, Selection("month", 3))["period"].max() == pd.Timestamp("2026-03-01")


def test_the_numbers_are_the_whole_archives(samples: Archive, march: Archive) -> None:
    whole = inb.pulls(samples, Selection("month", 12))
    part = inb.pulls(march, Selection("month", 12))
    both = whole.merge(part, on=["period", "repository"], suffixes=("", "_until"))
    assert both["period"].nunique() == 5
    pd.testing.assert_series_equal(both["pulls"], both["pulls_until"], check_names=False)


def test_a_week_that_begins_in_it_counts(march: Archive) -> None:
    assert inb.pulls(march)["period"].max() == pd.Timestamp("2026-03-30")


def test_it_says_what_it_is(samples: Archive, march: Archive) -> None:
    assert repr(march) == f"Archive({str(samples.folder)!r}).until('2026-03')"
    assert samples.until(Period.parse("2026-03")).last == march.last
    with pytest.raises(PeriodError):
        samples.until("March")


def test_later_periods_of_one_file_are_left_out(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "trends.csv",
        TRENDS,
        [
            trends_row("2026-09-07", "acme/web", downloads=1),
            trends_row("2026-09-14", "acme/web", downloads=10),
            trends_row("2026-10-05", "acme/web", downloads=100),
        ],
    )
    archive = Archive(tmp_path / "archive")
    archive.add(path, quiet=True)
    early = archive.until("2026-09")
    assert early.read("trends")["data_downloads"].tolist() == [1, 10]
    assert early.available("trends", "week") == {
        "acme": {Period.parse("2026-W37"), Period.parse("2026-W38")}
    }
    assert archive.read("trends")["data_downloads"].sum() == 111


def test_what_is_added_through_it_is_a_revision_of_what_is_held(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    for downloads in (1, 2):
        row = trends_row("2026-10-05", "acme/web", downloads=downloads)
        archive.until("2026-09").add(
            write_trends(tmp_path / str(downloads), "2026-10-05", [row]), quiet=True
        )
    assert [entry.revisions for entry in archive.entries()] == [(0,), (1,)]


def test_shared_tables_of_the_whole_archive_are_not_taken_for_it(
    samples: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(warming, "LEAST_ROWS", 1)
    archive = Archive(samples.folder)
    assert warm(archive)
    assert "moonbarrow/beacon" not in inb.repositories(archive.until("2025-10"), "month")
    assert "moonbarrow/beacon" in inb.repositories(archive, "month")
