"""The status command, as a person and as a monitor read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from insights_nb import Archive, cli
from insights_nb.archive.offers import Offer
from tests.reports import summary_row, write_summary

WEEKS = {"2026-W43": "2026-10-19", "2026-W44": "2026-10-26", "2026-W46": "2026-11-09"}


class Said:
    """How the command ended, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Run = Callable[..., Said]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "kept")


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> Run:
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main(["status", "--archive", str(archive.folder), *arguments])
        printed = capsys.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    return call


def fill(archive: Archive, *labels: str, publisher: str = "acme") -> None:
    folder = archive.folder.parent
    for label in labels:
        start = WEEKS[label]
        rows = [summary_row(start, f"{publisher}/web", publisher=publisher)]
        archive.add(write_summary(folder, start, rows), quiet=True)


def test_a_complete_archive_ends_with_0_and_says_when_to_come_again(
    archive: Archive, run: Run
) -> None:
    fill(archive, "2026-W43", "2026-W44")
    said = run("--today", "2026-11-03")
    assert said.code == 0
    assert "summary  week  2026-W44  1 d          2  complete" in said.out
    assert "Complete: nothing is missing or overdue. The next report is due on 2026-11-09" in (
        said.out
    )


def test_expected_reports_are_named_and_no_alarm(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W46")
    said = run("--today", "2026-11-24")
    assert said.code == 0
    assert "2026-W47 (due 2026-11-23): summary of acme" in said.out


def test_reports_without_rows_are_named_and_no_alarm(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W43", "2026-W44")
    name = "acme_summary_weekly_2026_11_02.csv"
    archive.add(write_summary(archive.folder.parent, "2026-11-02", [], name=name), quiet=True)
    said = run("--today", "2026-11-10")
    assert said.code == 0
    assert (
        "Without rows (nothing happened, or the download broke off):\n  2026-W45: summary of acme\n"
    ) in said.out
    document = json.loads(run("--today", "2026-11-10", "--json").out)
    assert [(one["label"], one["status"], one["empty"]) for one in document["periods"]] == [
        ("2026-W45", "available", True)
    ]


def test_missing_and_overdue_end_with_3_and_are_named(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46")
    said = run("--today", "2026-11-28")
    assert said.code == 3
    _, missing, overdue, *_ = said.out.split("\n\n")[1:]
    assert missing == "Gaps between reports:\n  2026-W45: summary of acme"
    assert overdue == "Overdue:\n  2026-W47 (due 2026-11-23): summary of acme"
    assert f"insights-nb fetch --namespace acme --archive {archive.folder}\n" in said.out


def test_periods_in_a_row_are_one_range(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44")
    said = run("--today", "2026-11-28")
    assert "2026-W45 to 2026-W47 (the first due 2026-11-09): summary of acme" in said.out


def test_what_is_at_risk_is_named_with_the_last_moment(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46")
    listed = ("2026-W45", "2026-W46", "2026-W47")
    archive.record_offers([Offer("acme", "summary", "week", "2026-11-24T06:00:00Z", listed)])
    said = run("--today", "2026-11-24")
    assert "At risk, no longer listed by the source within 7 days:" in said.out
    assert "2026-W45 (fetch before 2026-11-30): summary of acme" in said.out
    assert "At risk" not in run("--today", "2026-11-24", "--next-run", "5").out


def test_what_is_gone_is_not_asked_to_be_fetched(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46")
    archive.record_offers([Offer("acme", "summary", "week", "2026-11-24T06:00:00Z", ("2026-W47",))])
    said = run("--today", "2026-11-24")
    assert said.code == 3
    assert "Gone, no longer listed by the source:\n  2026-W45 (since " in said.out
    assert "insights-nb fetch" not in said.out


def test_what_is_gone_for_good_can_be_left_out(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46")
    archive.record_offers([Offer("acme", "summary", "week", "2026-11-17T06:00:00Z", ("2026-W46",))])
    said = run("--today", "2026-11-17")
    assert said.code == 3
    # The command that it offers is the one that helps.
    offered = next(line for line in said.out.splitlines() if "--since" in line)
    assert offered.split()[:4] == ["insights-nb", "status", "--since", "2026-11-09"]
    later = run("--today", "2026-11-17", "--since", "2026-11-09")
    assert later.code == 0, later.out
    assert "as of 2026-11-17, from 2026-11-09 on" in later.out
    assert "2026-W45" not in later.out
    document = json.loads(run("--today", "2026-11-17", "--since", "2026-11-09", "--json").out)
    assert document["since"] == "2026-11-09"
    assert (document["complete"], document["series"][0]["available"]) == (True, 1)


def test_what_is_overdue_since_then_is_still_an_alarm(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W43", "2026-W44")
    said = run("--today", "2026-11-24", "--since", "2026-11")
    assert said.code == 3
    assert "2026-W45 to 2026-W46 (the first due 2026-11-09)" in said.out
    assert "0 missing" not in said.out


def test_a_day_after_everything_says_so(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W43", "2026-W44")
    said = run("--today", "2026-11-03", "--since", "2027-01-01")
    assert said.code == 1
    assert "no report that states its period since 2027-01-01" in said.err


def test_a_folder_that_is_not_there_ends_with_1(run: Run) -> None:
    said = run()
    assert said.code == 1
    assert "does not exist" in said.err
    assert said.out == ""


def test_a_folder_without_reports_is_no_complete_archive(archive: Archive, run: Run) -> None:
    archive.folder.mkdir()
    said = run("--json")
    assert said.code == 1
    assert "Available: nothing yet" in said.err


def test_json_has_the_documented_names_and_iso_dates(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46")
    said = run("--today", "2026-11-24", "--json")
    assert said.code == 3
    document = json.loads(said.out)
    names = ["today", "since", "complete", "series", "periods", "withdrawn", "implausible"]
    assert list(document) == names
    assert (document["today"], document["since"]) == ("2026-11-24", None)
    assert document["complete"] is False
    assert document["series"] == [
        {
            "kind": "summary",
            "namespace": "acme",
            "granularity": "week",
            "first": "2026-W44",
            "newest": "2026-W46",
            "age": 8,
            "available": 2,
            "revised": 0,
            "missing": 1,
            "expected": 1,
            "overdue": 0,
            "at_risk": 0,
            "gone": 0,
            "ended": False,
            "next_due": "2026-11-30",
        }
    ]
    assert [one["label"] for one in document["periods"]] == ["2026-W45", "2026-W47"]
    assert document["periods"][0] == {
        "kind": "summary",
        "namespace": "acme",
        "granularity": "week",
        "period": "2026-11-02",
        "label": "2026-W45",
        "status": "missing",
        "files": 0,
        "revisions": 0,
        "empty": False,
        "due": "2026-11-09",
        "newest": "2026-W46",
        "age": 8,
        "ages_out": None,
        "at_risk": False,
        "gone": False,
        "ended": False,
    }


def test_no_control_character_of_a_name_reaches_the_terminal(archive: Archive, run: Run) -> None:
    fill(archive, "2026-W44", "2026-W46", publisher="ac\x1b[31mme\u202e; rm x")
    said = run("--today", "2026-11-28")
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert r"--namespace 'ac\x1b[31mme\u202e; rm x' --archive" in said.out
    assert "\x1b" not in run("--today", "2026-11-28", "--json").out


@pytest.mark.parametrize("columns", ["80", "60"])
def test_a_narrow_terminal_breaks_only_commands(
    archive: Archive, run: Run, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(archive, "2026-W43", "2026-W46")
    fill(archive, "2026-W44", publisher="a-publisher-with-a-very-long-name-indeed")
    monkeypatch.setenv("COLUMNS", columns)
    lines = run("--today", "2026-11-28").out.splitlines()
    wide = [line for line in lines[1:] if len(line) > int(columns)]
    assert all(line.startswith("  insights-nb ") for line in wide)


def test_a_day_that_is_none_is_a_usage_error(run: Run) -> None:
    assert run("--today", "24.11.2026").code == 2
