"""docs/scheduling.md: its systemd units and GitHub Actions workflow, as those would read them."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from insights_nb import Archive
from tests.hub import Hub
from tests.scheduled import INSIGHTS, Machine, example, examples, jobs, last, offer

pytestmark = pytest.mark.system

UNITS = (
    "insights@.service",
    "insights@daily.timer",
    "insights@monthly.timer",
    "mail-failure@.service",
)


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(example(name))
    return parser


# --- systemd -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_each_unit(tmp_path: Path, name: str) -> None:
    if not shutil.which("systemd-analyze"):
        # Elsewhere, at least what every unit needs is there.
        assert {"Unit", "Service" if name.endswith("service") else "Timer"} <= {*unit(name)}
        return
    for one in UNITS:
        # The commands above the units put it there.
        text = example(one).replace("/opt/insights/insights.sh", shutil.which("true") or "")
        (tmp_path / one).write_text(text)
    chosen = name.replace("@.", "@daily.")
    if name.endswith("@.service"):
        (tmp_path / chosen).write_text((tmp_path / name).read_text())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / chosen)],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    # What else is installed on this machine may be wrong in its own ways.
    ours = [line for line in done.stderr.splitlines() if "insights" in line or "mail-" in line]
    assert ours == []


def test_the_timers_start_the_script_with_words_that_it_knows() -> None:
    for name in ("insights@daily.timer", "insights@monthly.timer"):
        word = name.partition("@")[2].partition(".")[0]
        assert re.search(rf"^    {word}\) ", example("script"), re.MULTILINE)
    assert unit("insights@.service")["Service"]["ExecStart"].endswith("/insights.sh %i")


def test_the_timers_keep_crons_hours_in_utc_and_make_up_for_missed_runs() -> None:
    (daily, monthly) = jobs(examples("crontab")[0])
    for job, name in ((daily, "daily"), (monthly, "monthly")):
        timer = unit(f"insights@{name}.timer")["Timer"]
        days = ",".join(f"{day:02}" for day in job.days) if name == "monthly" else "*"
        clock = f"{job.hours[0]:02}:{job.minutes[0]:02}:00"
        assert timer["OnCalendar"] == f"*-*-{days} {clock} UTC"
        assert timer["Persistent"] == "true"


def test_the_service_writes_to_its_own_folder_only_and_never_as_root() -> None:
    service = unit("insights@.service")["Service"]
    assert service["User"] not in {"", "root"}
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "true"
    assert service["StateDirectory"] == "insights"
    # Charts are drawn by a JavaScript engine, which compiles.
    assert "MemoryDenyWriteExecute" not in service


def test_a_failed_service_is_mailed() -> None:
    template, _, instance = unit("insights@.service")["Unit"]["OnFailure"].partition("@")
    assert f"{template}@.service" in UNITS
    assert instance == "%n.service"


# --- GitHub Actions ----------------------------------------------------------------------------


@pytest.fixture
def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(example("workflow"))
    # YAML 1.1 takes the word "on" for true.
    found["on"] = found.pop(True)
    return found


@pytest.fixture
def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub() as server:
        offer(server, tmp_path, last("week"))
        offer(server, tmp_path, last("month"))
        yield server


def test_the_workflow_keeps_crons_hours_and_reviews_on_one_of_them(
    workflow: dict[Any, Any],
) -> None:
    times = [one["cron"] for one in workflow["on"]["schedule"]]
    lines = jobs(examples("crontab")[0])
    read = jobs("\n".join(f"{text} true" for text in times))
    assert [(one.minutes, one.hours, one.days) for one in read] == [
        (one.minutes, one.hours, one.days) for one in lines
    ]
    (job,) = workflow["jobs"].values()
    assert re.findall(r"event\.schedule == '([^']+)'", job["env"]["REVIEW"]) == times[1:]
    assert "workflow_dispatch" in workflow["on"]


def test_the_workflow_may_do_no_more_than_it_needs(
    workflow: dict[Any, Any], steps: list[dict[str, Any]]
) -> None:
    (job,) = workflow["jobs"].values()
    assert (workflow["permissions"], job["permissions"]) == ({}, {"contents": "write"})
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", s["uses"]) for s in steps if "uses" in s)
    # Only fetch is given the secrets, and none is pasted into a command.
    assert [s["name"] for s in steps if "secrets." in str(s)] == ["Fetch"]
    assert not [s for s in steps if "${{" in s.get("run", "")]


# The review starts a kernel, which on a busy machine takes its time.
def test_the_workflows_steps_commit_the_archive_and_write_the_review(
    hub: Hub, steps: list[dict[str, Any]], tmp_path: Path
) -> None:
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{INSIGHTS.parent}:/usr/bin:/bin",
        "GIT_CONFIG_NOSYSTEM": "1",
    }

    def run(command: list[str], **more: str) -> None:
        subprocess.run(command, check=True, cwd=tmp_path, env=environment | more)

    def bash(script: str, **more: str) -> int:
        # As Actions calls it where no shell is named.
        command = ["bash", "-e", "-c", script]
        return subprocess.run(command, check=False, cwd=clone, env=environment | more).returncode

    run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)])
    run(["git", "clone", "--quiet", str(remote), str(clone)])
    first = "git -c user.name=a -c user.email=a@b commit --quiet --allow-empty -m Start"
    assert bash(f"git checkout -q -b main && {first} && git push -q -u origin main") == 0
    ended = {}
    for step in steps:
        if "run" in step and not step["run"].startswith("pip "):
            given = hub.environment if "secrets." in str(step) else {}
            ended[step["name"]] = bash(step["run"], **given)
    assert [*ended.values()] == [0, 0, 0, 0, 1]
    assert len([*clone.glob("review-*.html")]) == 1
    # What the next run checks out is the archive, whole.
    run(["git", "clone", "--quiet", str(remote), str(tmp_path / "next")])
    archive = Archive(tmp_path / "next" / "archive")
    assert len(archive.entries()) == 4
    assert archive.verify().clean


def test_the_workflow_hands_on_the_review_also_where_a_step_before_failed(
    steps: list[dict[str, Any]],
) -> None:
    places = {step.get("name", step.get("uses")): step for step in steps}
    assert places["Fetch"]["continue-on-error"] is True
    upload = places["actions/upload-artifact@v4"]
    assert upload["with"]["path"] == "review-*"
    for name in ("Review", "actions/upload-artifact@v4"):
        assert "!cancelled()" in places[name]["if"]
    assert places["Fetch"]["id"] in steps[-1]["if"]


def test_the_script_in_the_unit_runs_without_a_file_of_credentials(
    hub: Hub, tmp_path: Path
) -> None:
    machine = Machine(tmp_path / "home", hub.environment)
    (tmp_path / "home" / ".config" / "insights.env").unlink()
    script = shutil.copy(machine.script, tmp_path / "insights.sh")
    done = subprocess.run(
        [script, "daily"],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        # systemd gives what EnvironmentFile holds.
        env={"HOME": str(machine.home), "PATH": "/usr/bin:/bin", **hub.environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert Archive(machine.archive).exists
