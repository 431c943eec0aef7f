"""What is not over is shown as that, and enters nothing, wherever it is asked."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.archive import Archive
from insights_nb.charts.pulls import pull_drawing
from insights_nb.explorers.pulls import PullExplorer
from insights_nb.periods import Period
from insights_nb.publish.review.subject import last_complete_month
from insights_nb.publish.series import available_series
from tests.commands import command
from tests.reports import summary_row, write_summary

MONDAYS = [dt.date(2026, 9, 7) + dt.timedelta(weeks=n) for n in range(8)]
COUNTS = [700, 720, 690, 710, 705, 715, 730, 20]
# A Tuesday of the last week, which began the day before.
TODAY = MONDAYS[-1] + dt.timedelta(1)
VIEW = inb.Selection("week", 3, ["acme/web"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archive = Archive(tmp_path / "archive")
    for monday, count in zip(MONDAYS, COUNTS, strict=True):
        start = monday.isoformat()
        rows = [
            summary_row(start, name, downloads=n)
            for name, n in (("acme/web", count), ("acme/api", count // 2))
        ]
        archive.add(write_summary(tmp_path, start, rows), quiet=True)
    for start, count in (("2026-08-01", 3000), ("2026-09-01", 3100), ("2026-10-01", 2700)):
        row = summary_row(start, "acme/web", downloads=count, granularity="month")
        archive.add(write_summary(tmp_path, start, [row]), quiet=True)
    return archive.folder


@pytest.fixture
def archive(folder: Path) -> Archive:
    return Archive(folder, today=TODAY)


@pytest.mark.parametrize(
    ("label", "today", "over"),
    [
        ("2026-W44", "2026-11-01", False),
        ("2026-W44", "2026-11-02", True),
        ("2026-10", "2026-10-31", False),
        ("2026-10", "2026-11-01", True),
        ("2026-02", "2026-02-28", False),
    ],
)
def test_a_period_is_over_once_its_last_day_has_passed(label: str, today: str, over: bool) -> None:
    assert Period.parse(label).is_over(dt.date.fromisoformat(today)) is over


def test_a_frame_has_it_only_where_asked_and_says_so(archive: Archive) -> None:
    frame = inb.pulls(archive, VIEW)
    assert frame["pulls"].tolist() == COUNTS[:-1]
    assert "finished" not in frame
    every = inb.pulls(archive, VIEW, unfinished=True)
    assert every["pulls"].tolist() == COUNTS
    assert every["finished"].tolist() == [True] * 7 + [False]
    assert inb.pulls(archive.as_of(MONDAYS[-1] + dt.timedelta(7)), VIEW)["pulls"].tolist() == COUNTS


def test_what_is_made_of_a_frame_leaves_it_out(archive: Archive) -> None:
    frame = inb.pulls(archive, inb.Selection("week", 3), unfinished=True)
    known = inb.pulls(archive, inb.Selection("week", 3))
    assert pd.isna(inb.growth(frame)["change"].iloc[-1])
    assert inb.totals(frame).equals(inb.totals(known))
    assert inb.top_repositories(frame) == inb.top_repositories(known) == ["acme/web", "acme/api"]
    assert inb.fold_other(frame, lines=1)["finished"].tolist() == [True] * 7 + [False]


def test_page_snapshot_status_and_review_agree(archive: Archive, folder: Path) -> None:
    total = sum(COUNTS[:-1])
    assert inb.totals(inb.pulls(archive, VIEW))["total"].tolist() == [total]
    explorer = PullExplorer(folder, selection=VIEW, today=TODAY)
    assert {item["label"]: item["value"] for item in explorer.page.figures.items} == {
        "Pulls, 7 Sep – 25 Oct 2026": total,
        "Latest week, 19 – 25 Oct 2026": 730,
        "Average per week": round(total / 7),
    }
    series = available_series(archive)["week"]
    assert [one["label"] for one in series["periods"]][-1] == "2026-W43"
    done = command("status", "--archive", folder, "--today", TODAY.isoformat())
    assert "Not over yet, so in no total" in done.stdout
    assert "2026-W44 (26 Oct – 1 Nov 2026): summary" in done.stdout
    newest = archive.status(TODAY).set_index("granularity")["newest"].to_dict()
    assert newest == {"week": "2026-W43", "month": "2026-09"}
    assert last_complete_month(archive) == Period.parse("2026-09")


def test_the_chart_draws_it_hollow_and_dashed(archive: Archive) -> None:
    drawing = pull_drawing(inb.pulls(archive, VIEW, unfinished=True))
    rows = drawing.datasets["rows"]
    assert rows["unfinished"] == [False] * 7 + [True]
    assert rows["leads"] == [False] * 6 + [True, True]
    assert rows["count"][-2:] == ["730 pulls", "20 pulls so far"]
    assert rows["change"][-1] == "–"
    assert "26 Oct – 1 Nov 2026 is not over: hollow, and in no total." in drawing.signals["notes"]
    assert "acme/web: 730 pulls in 19 – 25 Oct 2026." in drawing.description
    finished = pull_drawing(inb.pulls(archive, VIEW))
    assert "unfinished" not in finished.datasets["rows"]


def test_a_month_that_is_asked_for_is_reviewed_as_partial(archive: Archive) -> None:
    frame = inb.pulls(archive.until("2026-10"), inb.Selection("month", 3))
    assert frame["pulls"].tolist() == [3000, 3100, 2700]


def test_the_rows_of_a_report_are_read_whole(archive: Archive) -> None:
    rows = archive.read("summary", granularity="week")
    assert rows["period"].max() == pd.Timestamp(MONDAYS[-1])


def test_what_was_computed_yesterday_is_not_todays(folder: Path) -> None:
    archive = Archive(folder, today=TODAY)
    assert len(inb.pulls(archive, VIEW)) == 7
    archive._clock = TODAY + dt.timedelta(6)
    assert len(inb.pulls(archive, VIEW)) == 8


def test_the_json_of_status_is_as_before(folder: Path) -> None:
    done = command("status", "--archive", folder, "--today", TODAY.isoformat(), "--json")
    document = json.loads(done.stdout)
    assert {one["newest"] for one in document["series"]} == {"2026-W43", "2026-09"}


def test_an_average_counts_from_the_first_week_that_had_any(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", today=TODAY)
    for number, monday in enumerate(MONDAYS[:-1]):
        start = monday.isoformat()
        rows = [summary_row(start, "acme/old", downloads=900)]
        rows += [summary_row(start, "acme/new", downloads=100 + number)] if number > 3 else []
        archive.add(write_summary(tmp_path, start, rows), quiet=True)
    view = inb.Selection("week", 3, ["acme/new"])
    page = PullExplorer(archive, selection=view, today=TODAY).page
    total, _, average = page.figures.items
    assert total["value"] == 104 + 105 + 106
    assert average["value"] == 105
    assert average["note"] == "over 3 weeks available since 5 – 11 Oct 2026, the first above zero"
    both = PullExplorer(archive, selection=view.replace(repositories=["acme/old"]), today=TODAY)
    assert both.page.figures.items[2]["note"] == "over 7 weeks available"
