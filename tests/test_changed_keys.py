"""A report that comes again with other keys, or as no report at all, counts nothing untold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import insights_nb as inb
from insights_nb import errors
from insights_nb.archive.additions import Download
from insights_nb.archive.changed_keys import ChangedKeysError
from tests.commands import command
from tests.reading_files import report
from tests.reports import trends_row, write_trends

WEEK = "2026-09-07"
RESAVED = {"1.10": "1.1", "007": "7", "2.0": "2", "3-2": "03-Feb", "1e5": "1.00E+05"}
KEPT = ["1.9", "latest", "\\\\N"]


@pytest.fixture
def archive(tmp_path: Path) -> inb.Archive:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(tags(tmp_path, "docker.csv", [*RESAVED, *KEPT]), quiet=True)
    return archive


def tags(folder: Path, name: str, names: list[str], **more: int) -> Path:
    rows = [trends_row(WEEK, tag=tag, downloads=10 + more.get(tag, 0)) for tag in names]
    return write_trends(folder, WEEK, rows, name=name)


def counted(archive: inb.Archive) -> set[str | None]:
    found = archive.read("trends")["tag"].astype(object)
    return {*found.where(found.notna(), None)}


def test_a_spreadsheets_copy_does_not_count_until_told(
    archive: inb.Archive, tmp_path: Path
) -> None:
    before = counted(archive)
    copy = tags(tmp_path, "copy.csv", [*RESAVED.values(), *KEPT])
    (done,) = archive.add(copy, quiet=True)
    assert done.status == "refused"
    assert isinstance(done.error, ChangedKeysError)
    told = str(done)
    assert "Of its rows 5 are gone and 5 are new: TAG looks saved again by a spreadsheet" in told
    for old, new in RESAVED.items():
        assert f"'{old}' is now '{new}'" in told
    for part in ("docker.csv", "--again", "--parts"):
        assert part in told
    assert counted(archive) == before
    assert len(archive.entries()) == 1
    (done,) = archive.add(copy, again=True, quiet=True)
    assert (done.status, done.beside) == ("revised", ("docker.csv",))
    assert counted(archive) == {*RESAVED.values(), "1.9", "latest", None}
    keys = archive.revisions().set_index("measure").loc["keys"]
    assert keys[["before", "after", "change"]].tolist() == [5, 5, 0]
    assert "'1.10' is now '1.1'" in keys["keys"]


@pytest.mark.parametrize(
    ("names", "seen"),
    [
        ([*RESAVED], "Of its rows 3 are gone and 0 are new: TAG lacks '1.9', 'latest'."),
        (
            [*RESAVED, "1.9", "newest", "\\\\N"],
            "Of its rows 1 are gone and 1 are new: TAG lacks 'latest'; TAG has the new 'newest'.",
        ),
        ([], "Of its rows 8 are gone and 0 are new: "),
    ],
)
def test_keys_that_vanish_are_named(
    archive: inb.Archive, tmp_path: Path, names: list[str], seen: str
) -> None:
    path = tags(tmp_path, "other_weekly_2026_09_07.csv", names)
    (done,) = archive.add(path, namespace="acme", quiet=True)
    assert done.status == "refused"
    assert seen in str(done)


def test_new_counts_and_further_keys_are_a_revision(archive: inb.Archive, tmp_path: Path) -> None:
    late = tags(tmp_path, "late.csv", [*RESAVED, *KEPT, "2.1"], latest=5)
    assert archive.add(late, quiet=True)[0].status == "revised"
    assert archive.read("trends")["data_downloads"].sum() == 9 * 10 + 5


def test_a_revision_in_the_same_run_is_compared_too(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    both = [tags(tmp_path, name, names) for name, names in (("a.csv", KEPT), ("b.csv", KEPT[1:]))]
    assert [one.status for one in archive.add(both, quiet=True)] == ["added", "refused"]


def test_a_source_decides_itself_what_its_report_has(archive: inb.Archive, tmp_path: Path) -> None:
    path = tags(tmp_path, "newer.csv", ["2.1"])
    download = Download(path.read_bytes(), path.name, "https://hub.test/newer.csv")
    assert archive.add_downloads([download])[0].status == "revised"
    assert counted(archive) == {"2.1"}


def test_companies_that_vanish_are_named(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    rows = [{"domain": f"company-{n}.example"} for n in range(9)]
    for name, kept in (("a.csv", rows), ("b.csv", rows[:2])):
        (tmp_path / name).write_text(report("technographic_companies", *kept))
    archive.add(tmp_path / "a.csv", quiet=True)
    told = str(archive.add(tmp_path / "b.csv", quiet=True)[0])
    assert "DOMAIN lacks 'company-2.example'" in told
    assert "and 2 more" in told


def test_a_repository_that_is_gone_is_named_by_the_command(
    archive: inb.Archive, tmp_path: Path
) -> None:
    rows = [trends_row(WEEK, "acme/api", tag=tag) for tag in [*RESAVED, *KEPT]]
    path = write_trends(tmp_path, WEEK, rows, name="api.csv")
    done = command("add", path, "--archive", archive.folder)
    assert done.returncode == 1
    assert "IMAGE_REPOSITORY lacks 'acme/web'" in done.stdout


# -- Raw pulls in parts -----------------------------------------------------------------------


def raw(folder: Path, name: str, *days: int) -> Path:
    path = folder / name
    rows = [
        {"action_day": f"2026-09-{day:02d}", "timestamp": f"2026-09-{day:02d} 00:00:00"}
        for day in days
    ]
    path.write_text(report("image_pulls_raw", *rows))
    return path


def test_parts_whose_names_tell_no_period_are_asked_for_it(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    parts = [raw(tmp_path, "part-00000.csv", 1, 2, 3), raw(tmp_path, "part-00001.csv", 15, 30)]
    done = archive.add(parts, quiet=True)
    assert [one.status for one in done] == ["refused", "added"]
    assert "all of the week 2026-W36 and of the month 2026-09" in str(done[0])
    assert "--period 2026-09" in str(done[0])
    archive.add(parts, period="2026-09", parts=True, quiet=True)
    rows = archive.read("image_pulls_raw")
    assert len(rows) == 5
    assert set(rows["period"].astype("str")) == {"2026-09-01"}


def test_days_of_a_week_across_months_are_of_that_week(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    path = tmp_path / "raw.csv"
    path.write_text(
        report("image_pulls_raw", {"action_day": "2026-08-31"}, {"action_day": "2026-09-01"})
    )
    assert archive.add(path, quiet=True)[0].periods == ("2026-W36",)


# -- What is no archive, and reports without rows or names ------------------------------------


@pytest.mark.parametrize("name", ["snapshot", "review", "status"])
def test_a_folder_of_downloads_says_how_to_make_an_archive(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "Downloads"
    for number in range(2):
        tags(folder, f"{number}.csv", KEPT)
    done = command(name, "--archive", folder)
    assert done.returncode == 1
    assert f"{folder} has 2 files that may be reports" in done.stderr
    assert f"insights-nb add '{folder}' --archive ARCHIVE" in done.stderr


def test_an_archive_of_reports_without_rows_says_so(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_trends(tmp_path, WEEK, []), namespace="acme", quiet=True)
    done = command("snapshot", "--archive", archive.folder, "--out", tmp_path / "pulls.html")
    assert done.returncode == 1
    assert "No report of pulls in the archive has a row" in done.stderr
    with pytest.raises(errors.MissingReportError, match="Available: Trends by week"):
        inb.snapshot(archive, tmp_path / "pulls.html")
    assert inb.pulls(archive).empty


def test_a_report_that_is_not_known_is_never_overdue(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    for month in ("03", "05"):
        path = tmp_path / f"acme_benchmark_monthly_2026_{month}_01.csv"
        path.write_text("Rank,Score\n1,2\n")
        archive.add(path, quiet=True)
    coverage = archive.coverage()
    assert coverage["label"].tolist() == ["2026-03", "2026-05"]
    assert set(coverage["status"]) == {"available"}
    assert coverage["newest"].tolist() == ["2026-05", "2026-05"]
    done = command("status", "--archive", archive.folder)
    assert done.returncode == 0
    assert "overdue" not in done.stdout.lower().replace("missing or overdue", "")
    saved = tmp_path / "points.json"
    saved.write_text(json.dumps([{"start": "2026-09-07", "end": "2026-09-13", "pullCount": 3}]))
    assert command("add", saved, "--archive", archive.folder).returncode == 1


@pytest.mark.system
def test_a_review_lists_a_report_that_is_not_known(samples: inb.Archive, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(samples.folder, folder)
    path = tmp_path / "acme_benchmark_monthly_2026_10_01.csv"
    path.write_text("Rank,Score\n1,2\n")
    inb.Archive(folder).add(path, quiet=True)
    done = command(
        "review", "--archive", folder, "--month", "2026-10", "--out", tmp_path / "r.html"
    )
    assert done.returncode == 0, done.stderr
    assert "unknown report" in (tmp_path / "r.html").read_text()
