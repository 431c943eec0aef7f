"""docs/scheduling.md: its examples, copied from the page and run as cron runs them."""

from __future__ import annotations

import fcntl
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from insights_nb import Archive
from insights_nb.archive.coverage import GRACE
from tests.hub import Fault, Hub
from tests.scheduled import PAGE, Job, Machine, example, examples, jobs, last, offer

pytestmark = pytest.mark.system


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub() as server:
        for back in (1, 2, 3):
            offer(server, tmp_path, last("week", back))
        for back in (1, 2):
            offer(server, tmp_path, last("month", back))
        yield server


@pytest.fixture
def machine(hub: Hub, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home", hub.environment)


@pytest.fixture
def crontab() -> dict[str, Job]:
    """The page's lines by the word that the script is called with."""
    found = [job for text in examples("crontab") for job in jobs(text)]
    return {re.findall(r"insights\.sh (\w+)", job.command)[0]: job for job in found}


# --- cron --------------------------------------------------------------------------------------


def test_the_daily_line_fills_the_archive_and_mails_nothing(
    machine: Machine, crontab: dict[str, Job]
) -> None:
    assert machine.cron(crontab["daily"]) == ""
    archive = Archive(machine.archive)
    assert len(archive.entries()) == 10
    assert archive.verify().clean
    assert "10 new" in machine.log.read_text()
    assert "fetch ended with 0" in machine.log.read_text()


def test_the_weekly_line_logs_the_status_and_mails_nothing(
    machine: Machine, crontab: dict[str, Job]
) -> None:
    assert machine.cron(crontab["weekly"]) == ""
    assert "Complete: nothing is missing or overdue." in machine.log.read_text()


# Each review starts a kernel; two of them on a busy machine take minutes.
def test_the_monthly_line_mails_the_status_and_where_the_review_is(
    machine: Machine, crontab: dict[str, Job]
) -> None:
    mail = machine.cron(crontab["monthly"])
    page = f"review-{last('month').label}.html"
    assert [path.name for path in machine.reviews.iterdir()] == [page]
    for said in ("10 new", "Complete: nothing is missing", page):
        assert said in mail
    assert re.findall(r"(\w+) ended with (\d+)", mail) == [
        ("fetch", "0"), ("status", "0"), ("review", "0"),
    ]  # fmt: skip
    # No progress bar and no colour in a mail.
    assert "\x1b" not in mail
    assert "\r" not in mail
    assert machine.log.read_text() == mail
    before = (machine.reviews / page).read_bytes()
    again = machine.run("monthly")
    assert again.returncode == 0
    assert (machine.reviews / page).read_bytes() == before


def test_a_report_that_cannot_be_had_does_not_hide_the_review(hub: Hub, machine: Machine) -> None:
    newest = f"{last('month').start}".replace("-", "_")
    hub.fault(Fault("404", f"monthly_{newest}", times=None))
    done = machine.run("monthly")
    assert done.returncode == 3
    assert "fetch ended with 3" in done.stdout
    assert "review ended with 3" in done.stdout
    assert (
        f"{last('month').dates} is over, but its monthly report of pulls is missing" in done.stdout
    )
    assert (machine.reviews / f"review-{last('month', 2).label}.html").is_file()


def test_a_wrong_token_is_mailed_and_not_shown(
    hub: Hub, machine: Machine, crontab: dict[str, Job]
) -> None:
    machine.write_credentials(**hub.environment | {"DOCKERHUB_TOKEN": "dckr_pat_withdrawn"})
    mail = machine.cron(crontab["daily"])
    assert "was answered 401 Unauthorized" in mail
    assert "fetch ended with 1" in mail
    assert "withdrawn" not in mail
    assert machine.run("daily").returncode == 1


def test_a_run_waits_for_one_that_is_still_going_and_then_says_so(
    hub: Hub, machine: Machine
) -> None:
    machine.write_script(PATIENCE="0")
    with (machine.script.parent / ".running").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = machine.run("daily")
    assert done.returncode == 75
    assert "another run was still going" in done.stdout
    assert hub.requests == []
    assert machine.run("daily").returncode == 0


@pytest.mark.parametrize(
    ("codes", "ended", "steps"),
    [
        ((0, 0, 0), 0, 3),
        ((3, 0, 0), 3, 3),
        ((1, 3, 3), 1, 3),
        ((0, 3, 1), 3, 3),
        ((0, 0, 70), 70, 3),
        ((130, 0, 0), 130, 1),
    ],
)
def test_the_first_trouble_is_handed_on_and_only_an_interrupt_ends_a_run(
    machine: Machine, codes: tuple[int, ...], ended: int, steps: int
) -> None:
    stub = machine.home / "stub"
    named = zip(("fetch", "status", "review"), codes, strict=True)
    cases = "".join(f"{name}) exit {code} ;;\n" for name, code in named)
    stub.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}esac\n')
    stub.chmod(0o755)
    machine.write_script(INSIGHTS=str(stub))
    done = machine.run("monthly")
    assert (done.returncode, done.stdout.count("ended with")) == (ended, steps)


def test_only_fetch_knows_the_token(machine: Machine) -> None:
    stub = machine.home / "stub"
    stub.write_text('#!/bin/sh\necho "$1 ${DOCKERHUB_TOKEN:+knows it}"\n')
    stub.chmod(0o755)
    machine.write_script(INSIGHTS=str(stub))
    said = machine.run("monthly").stdout.splitlines()
    assert [line.strip() for line in said if "ended" not in line] == [
        "fetch knows it", "status", "review",
    ]  # fmt: skip


def test_a_misspelt_argument_is_told(machine: Machine) -> None:
    done = machine.run("monthyl")
    assert (done.returncode, done.stdout) == (2, "Usage: insights.sh daily|weekly|monthly\n")


def test_the_days_follow_from_how_late_a_report_may_be(crontab: dict[str, Job]) -> None:
    # Due on the first day after the period, overdue on the first after the days of grace.
    assert crontab["monthly"].days == [2, 1 + GRACE.days + 1]
    # cron's Monday is 1.
    assert crontab["weekly"].weekdays == [1 + GRACE.days + 1]
    assert len(crontab["daily"].days) == 31
    # No percent sign that cron would take for the command's end.
    assert not [job for job in crontab.values() if job.given]


def test_no_example_holds_a_secret() -> None:
    for text in (example("script"), *examples("crontab"), example("insights@.service")):
        assert "dckr_pat" not in text
        assert "DOCKERHUB_TOKEN" not in text


# --- what the page says ------------------------------------------------------------------------


def command_lines() -> list[str]:
    """Every command of ours in the page, in examples and in the text."""
    joined = PAGE.replace('"$INSIGHTS"', "insights-nb")
    found = re.findall(r"insights-nb ((?:--debug )?[a-z]+ [^\n`|]*?)(?=`|$)", joined, re.MULTILINE)
    return [f"insights-nb {line}" for line in found]


def accept(line: str) -> None:
    """Parse a command line with the real parser, and run nothing."""
    from typer.main import get_command

    from insights_nb.cli import app

    name, *arguments = shlex.split(line, comments=True)[1:]
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    with command.make_context(name, arguments):
        pass


def test_every_command_line_is_one_that_the_commands_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = command_lines()
    assert {shlex.split(line)[1] for line in lines} == {"fetch", "status", "review", "add"}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILES").touch()
    for line in lines:
        if not line.endswith("--help"):
            accept(line)


def test_every_exit_code_that_a_command_tells_of_is_in_the_table() -> None:
    from typer.main import get_command

    from insights_nb.cli import app

    table = PAGE.partition("## What to do on each exit code")[2].partition("\n## ")[0]
    said: dict[str, set[str]] = {}
    names: list[str] = []
    for first, codes in re.findall(r"^\|([^|]*)\|([^|]*)\|", table, re.MULTILINE):
        names = re.findall(r"[\w.]+", first) or names
        for name in names:
            said.setdefault(name, set()).update(re.findall(r"\d+", codes))
    for name in ("fetch", "status", "review"):
        told = get_command(app).commands[name].help or ""  # type: ignore[attr-defined]
        codes = set(re.findall(r"\bwith (\d+)", told))
        assert {"0", "1", "3"} <= codes <= said[name], name
