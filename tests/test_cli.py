"""The command line, run as people run it."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from insights_nb import Archive, __version__, assets, cli
from insights_nb.serving import app as serving
from tests.commands import command
from tests.reports import trends_row, write_trends

if TYPE_CHECKING:
    from collections.abc import Iterator

CSV = """\
DATE_GRANULARITY,DATE_REFERENCE,PUBLISHER_NAME,LEVEL,REFERENCE,DATA_DOWNLOADS,VERSION_CHECKS,\
EVENT_COUNT
week,2026-11-09,acme,repository,acme/web,10,5,15
week,2026-11-09,acme,repository,acme/worker,4,3,7
"""


def run(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return command(*arguments, cwd=cwd, environment=environment)


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as people do, where something stays open until its process ends."""
    return subprocess.run(
        [sys.executable, "-m", "insights_nb", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
        timeout=90,
    )


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "summary_weekly_2026_11_09.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.system
def test_help_and_version_come_at_once() -> None:
    # The processor's time for the command alone, which does not wait for what else runs.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run("--help").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
    assert run("--version").stdout.strip() == f"insights-nb {__version__}"


@pytest.mark.system
def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import sys, insights_nb.cli\n"
        "heavy = {'pandas', 'polars', 'altair', 'voila', 'ipywidgets'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def commands() -> list[str]:
    group = typer.main.get_command(cli.app)
    return sorted(group.commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage: " in done.stdout
    parameters = typer.main.get_command(cli.app).commands[command].params  # type: ignore[attr-defined]
    unexplained = [each.name for each in parameters if not getattr(each, "help", None)]
    assert unexplained == []


def test_read_prints_what_a_file_is_and_its_first_rows(report: Path) -> None:
    done = run("read", str(report), "--rows", "1")
    assert done.returncode == 0, done.stderr
    assert "Kind:        summary" in done.stdout
    assert "Rows:        2" in done.stdout
    assert "acme/web" in done.stdout
    assert "acme/worker" not in done.stdout


def test_read_lets_no_control_character_through_to_the_terminal(report: Path) -> None:
    report.write_text(CSV.replace("acme/web", "acme/\x1b[31mred"))
    done = run("read", str(report))
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert r"acme/\x1b[31mred" in done.stdout


def test_read_of_no_report_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    page = tmp_path / "report.csv"
    page.write_text("<!DOCTYPE html><html><title>Sign in</title></html>")
    done = run("read", str(page))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: {page}: this is a web page")
    assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run("--debug", "read", str(tmp_path / "missing.csv"))
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_add_fills_an_archive_and_says_what_each_file_was(report: Path) -> None:
    done = run("add", report.name, "--archive", "kept", cwd=report.parent)
    assert done.returncode == 0, done.stderr
    assert "summary" in done.stdout
    assert (report.parent / "kept" / "ledger.jsonl").is_file()


def test_add_fails_where_a_file_is_refused_though_the_others_are_kept(report: Path) -> None:
    (report.parent / "broken.csv").write_text("")
    done = run("add", "*.csv", "--archive", "kept", cwd=report.parent)
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert (report.parent / "kept" / "ledger.jsonl").is_file()


def test_an_unknown_notebook_is_answered_with_those_that_there_are() -> None:
    done = run("dashboard", "--no-open", "--notebook", "pluls")
    assert done.returncode == 1
    assert "There is no notebook 'pluls'" in done.stderr
    assert "pulls" in done.stderr.split("one of:")[1]


def test_a_missing_archive_is_said_before_anything_starts(tmp_path: Path) -> None:
    done = run("dashboard", "--no-open", "--archive", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "nowhere does not exist" in done.stderr


@pytest.mark.system
def test_a_busy_port_is_named_with_another_that_is_free(taken: int) -> None:
    done = process("dashboard", "--no-open", "--port", str(taken))
    assert done.returncode == 1
    assert f"Port {taken} is taken" in done.stderr
    assert "Use --port " in done.stderr


@pytest.mark.system
def test_an_address_of_another_machine_is_refused_in_words() -> None:
    done = process("dashboard", "--no-open", "--port", "0", "--ip", "192.0.2.1")
    assert done.returncode == 1
    assert "Cannot listen on 192.0.2.1" in done.stderr


def test_a_token_that_can_be_guessed_is_refused() -> None:
    done = run("dashboard", "--no-open", INSIGHTS_TOKEN="secret")
    assert done.returncode == 1
    assert "6 characters" in done.stderr
    assert "secret" not in done.stderr


def test_a_fault_of_ours_says_how_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(serving, "serve", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main(["dashboard", "--no-open"])
    assert ended.value.code == 70
    said = capsys.readouterr().err
    assert "RuntimeError: boom" in said
    assert "report what it prints" in said


@pytest.mark.parametrize("variable", ["CI", "SSH_CONNECTION"])
def test_no_browser_opens_where_nobody_sits(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", "firefox")
    monkeypatch.setenv(variable, "1")
    assert not serving.has_browser()


def test_a_browser_that_draws_in_the_terminal_is_never_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Lynx:
        name = "/usr/bin/lynx"

    for variable in ("CI", "SSH_CONNECTION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.get", Lynx)
    assert not serving.has_browser()


def test_lab_copies_the_notebooks_once_installed_and_overwrites_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []

    class Started:
        def __init__(self, command: list[str], **_: object) -> None:
            started.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Started)
    monkeypatch.setattr(assets, "in_checkout", lambda: False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "insights-notebooks").mkdir()
    mine = tmp_path / "insights-notebooks" / "pulls.ipynb"
    mine.write_text("mine")
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            cli.main(["lab", "--no-open"])
        assert ended.value.code == 0
    assert mine.read_text() == "mine"
    assert f"--ServerApp.root_dir={tmp_path / 'insights-notebooks'}" in started[0]


def test_an_option_that_no_file_could_bear_is_refused_once_before_any_is_read(
    report: Path,
) -> None:
    for given, words in (
        (["--kind", "trend-ish"], "is no kind of report"),
        (["--period", "2026-W60"], "names no period"),
    ):
        done = run("add", str(report), str(report), *given, cwd=report.parent)
        assert done.returncode == 2
        assert words in " ".join(done.stderr.replace("│", " ").split())
        assert run("read", str(report), *given).returncode == 2
    assert not (report.parent / "archive").exists()
    done = run("fetch", "--source", "pulls", "--repository", "lantern")
    assert done.returncode == 2
    assert "NAMESPACE/REPOSITORY" in done.stderr


@pytest.mark.system
def test_ctrl_c_while_the_command_line_loads_is_no_fault() -> None:
    code = (
        "import signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from insights_nb.__main__ import main\n"
        "main(['status'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


@pytest.mark.system
def test_ctrl_c_keeps_what_was_added_and_says_so(tmp_path: Path) -> None:
    files = [
        write_trends(tmp_path, start, [trends_row(start)])
        for start in ("2026-09-07", "2026-09-14", "2026-09-21")
    ]
    # A file that comes as slowly as the test wants, as over a network: it waits for the gate.
    slow = write_trends(tmp_path, "2026-09-28", [trends_row("2026-09-28")], name="slow.csv")
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from insights_nb import reading\n"
        "from insights_nb.__main__ import main\n"
        "load = reading.load\n"
        "def slowly(path):\n"
        f"    if Path(path).name == 'slow.csv': Path({str(gate)!r}).read_bytes()\n"
        "    return load(path)\n"
        "reading.load = slowly\n"
        "main()"
    )
    given = [*files[:2], slow, files[2], "--archive", tmp_path / "archive"]
    command = [sys.executable, "-c", code, "add", *given]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        with gate.open("wb"):
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    archive = Archive(tmp_path / "archive")
    held = [Path(entry.source).name for entry in archive.entries()]
    assert held == [file.name for file in files[: len(held)]]
    assert len(held) < 3
    assert all(f"added    {name}" in said for name in held)
    # The interrupt may come before anything was read.
    assert not archive.exists or archive.verify().clean
