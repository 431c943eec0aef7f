"""A publisher's own clients: the file, where it comes from, and what it acts on."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import insights_nb as inb
from insights_nb import errors
from insights_nb.explorers.shell import Explorer
from insights_nb.exports import sidecar
from insights_nb.opening import CLIENTS_VARIABLE
from tests.commands import command as run
from tests.hostile import SCRIPT, TEXTS
from tests.pages import (
    assert_code_draws_charts,
    assert_code_gives_frames,
    chart,
    control,
    said,
)
from tests.reports import trends_row, write_trends
from tests.servers import dashboard

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WEEK = "2026-10-26"
PULLS = {"docker": 10, "acme-agent/2.1": 400, "Acme Desktop": 70, "ci-bot": 30, "cron": 5, "": 3}
"""What the archive's clients pulled; of them only the first is on the package's list."""


@pytest.fixture(autouse=True)
def _no_clients_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CLIENTS_VARIABLE, raising=False)


def archive_of(folder: Path, pulls: dict[str, int]) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    rows = [trends_row(WEEK, client=name, downloads=count) for name, count in pulls.items()]
    archive.add(write_trends(folder, WEEK, rows), quiet=True)
    return archive


@pytest.fixture
def archive(tmp_path: Path) -> inb.Archive:
    return archive_of(tmp_path, PULLS)


def write(folder: Path, *lines: str, name: str = "clients.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["client,use_case", *lines, ""]), encoding="utf-8")
    return path


def use_cases(explorer: Explorer) -> dict[str, int]:
    """Return what is shown of each use case, the list and the chart's rows being the same."""
    frame = explorer.frames["over time"]
    sums = frame.groupby("use_case")["pulls"].sum()
    listed = {item["value"]: item["count"] for item in control(explorer, "Use case").items}
    found = {str(name): int(count) for name, count in sums.items()}
    assert {name: count for name, count in listed.items() if count} == found
    return found


# --- the file ------------------------------------------------------------------------------------


def test_clients_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(
        'Use_Case, CLIENT\r\nci_cd,acme-agent\r\n\r\n,\r\nLocal Dev, "a ""b"", c"\r\n'.replace(
            ', "', ',"'
        ),
        encoding="utf-8-sig",
    )
    assert inb.read_clients(path) == {"acme-agent": "CI/CD", 'a "b", c': "Local Dev"}


def test_a_gzip_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv.gz"
    path.write_bytes(gzip.compress(b"client,use_case\ncron,Prod\n"))
    assert inb.read_clients(path) == {"cron": "Prod"}


def test_a_client_may_be_said_to_be_unknown(archive: inb.Archive, tmp_path: Path) -> None:
    clients = inb.read_clients(write(tmp_path, "docker,Unknown"))
    frame = inb.audience(archive, None, "use_case", clients=clients)
    assert frame.set_index("use_case")["pulls"].to_dict() == {"Unknown": sum(PULLS.values())}


WRONG = [
    ("is no use case", "cron,staging", "use_case", "'staging'", "Local Dev, CI/CD, Prod"),
    ("is no use case", "cron,", "use_case", "'cron'", "outside of a cloud"),
    ("has no name", ",Prod", "client", "no name", "acme-agent"),
    ("is Prod here and", "CRON ,Prod", None, "'CRON'", "CI/CD in line 2. Keep one"),
    ("double the quotes", "a,b,Prod", None, "3 fields", "in quotes"),
    ("double the quotes", '"a,Prod', None, "quotes of the client", "in quotes"),
]


@pytest.mark.parametrize(("words", "row", "column", "seen", "remedy"), WRONG)
def test_a_wrong_line_is_named_with_its_value_and_a_remedy(
    tmp_path: Path,
    words: str,
    row: str,
    column: str | None,
    seen: str,
    remedy: str,
) -> None:
    path = write(tmp_path, "cron,CI/CD", row)
    with pytest.raises(errors.ReadError, match=words) as caught:
        inb.read_clients(path)
    assert (caught.value.line, caught.value.column) == (3, column)
    for part in (str(path), "line 3", seen, remedy):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", "the file is empty"),
        ("client;kind\n", "no column client and no column use_case"),
        ("acme-agent,CI/CD\n", "no column client and no column use_case"),
        ("client,use_case,cases\n", "'cases' is none that clients have, perhaps meant as use"),
        ("client,use_case,Use Case\n", "the column use_case is there twice"),
    ],
)
def test_a_wrong_header_is_told_with_the_right_one(tmp_path: Path, text: str, seen: str) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(text)
    with pytest.raises(errors.ReadError, match="line client,use_case") as caught:
        inb.read_clients(path)
    assert seen in str(caught.value)


def test_one_client_may_be_listed_twice_for_one_use_case(tmp_path: Path) -> None:
    path = write(tmp_path, "cron,CI/CD", "Cron,ci_cd")
    assert set(inb.read_clients(path).values()) == {"CI/CD"}


# --- where it comes from -------------------------------------------------------------------------


def test_an_archives_clients_are_those_in_its_folder(archive: inb.Archive) -> None:
    assert inb.clients_of(archive) is None
    write(archive.folder, "cron,CI/CD")
    assert inb.clients_of(archive) == {"cron": "CI/CD"}


def test_a_file_that_is_named_comes_before_the_environments_and_that_before_the_archives(
    archive: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive.folder, "archive,Prod")
    named = write(tmp_path, "named,Prod", name="named.csv")
    monkeypatch.setenv(CLIENTS_VARIABLE, str(write(tmp_path, "told,Prod", name="told.csv")))
    assert inb.clients_of(archive) == {"told": "Prod"}
    assert inb.clients_of(archive, named) == {"named": "Prod"}


def test_an_archive_takes_its_clients_for_no_report_and_for_no_stray_file(
    archive: inb.Archive,
) -> None:
    before = archive.entries()
    write(archive.folder, "cron,CI/CD")
    assert archive.entries() == before
    assert archive.verify().clean
    assert archive.repair().clean


# --- the explorers -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["archive", "path", "mapping"])
def test_own_clients_are_counted_for_what_they_are_for(
    archive: inb.Archive, tmp_path: Path, kind: str
) -> None:
    assert use_cases(inb.AudienceExplorer(archive)) == {"Local Dev": 10, "Unknown": 508}
    lines = ["acme-agent,CI/CD", "acme desktop,local_development", "ci-bot,CI/CD"]
    if kind == "archive":
        write(archive.folder, *lines)
    given = {
        "archive": None,
        "path": write(tmp_path, *lines, name="it's.csv"),
        "mapping": dict(line.split(",") for line in lines),
    }[kind]
    explorer = inb.AudienceExplorer(archive, clients=given)
    assert use_cases(explorer) == {"CI/CD": 430, "Local Dev": 80, "Unknown": 8}
    assert "clients=clients" in explorer.code["over time"]
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


def test_a_filter_by_use_case_acts_on_every_chart_with_own_clients(archive: inb.Archive) -> None:
    write(archive.folder, "acme-agent,CI/CD")
    explorer = inb.AudienceExplorer(archive)
    control(explorer, "Use case").value = ["CI/CD"]
    for by in ("use_case", "client", "tag"):
        control(explorer, "Over time by").value = by
        assert explorer.frames["over time"]["pulls"].sum() == 400
        assert explorer.frames["countries"]["pulls"].sum() == 400
        assert_code_gives_frames(explorer)
    numbers: dict[str, object] = {}
    exec(compile(explorer.page.numbers.code, "cell", "exec"), numbers)  # noqa: S102 - the page's
    assert numbers["client"]["client"].tolist() == ["acme-agent/2.1"]  # type: ignore[index]


def test_code_without_a_use_case_names_no_clients(archive: inb.Archive) -> None:
    write(archive.folder, "acme-agent,CI/CD")
    explorer = inb.AudienceExplorer(archive)
    control(explorer, "Over time by").value = "cloud"
    assert "clients" not in "".join(explorer.code.values())
    assert_code_gives_frames(explorer)


def test_a_link_restores_a_use_case_that_only_own_clients_have(archive: inb.Archive) -> None:
    write(archive.folder, "acme-agent,Prod")
    explorer = inb.AudienceExplorer(archive)
    assert explorer.page.restore({"use_case": "Prod"}, explorer.selection) == []
    explorer.page.draw(explorer.selection)
    assert explorer.frames["countries"]["pulls"].sum() == 400


def test_a_page_takes_in_what_was_written_since_it_was_prepared(archive: inb.Archive) -> None:
    explorer = inb.Dashboard(archive)
    explorer._link.set_state({"query": "tab=audience"})
    assert "CI/CD" not in use_cases(explorer)
    write(archive.folder, "acme-agent,CI/CD")
    explorer._refresh()
    assert use_cases(explorer)["CI/CD"] == 400


def test_a_file_that_is_wrong_is_said_and_the_page_is_drawn_without_it(
    archive: inb.Archive,
) -> None:
    path = write(archive.folder, "cron,staging")
    explorer = inb.AudienceExplorer(archive)
    assert "clients.csv, line 2, column use_case: 'staging'" in said(explorer)
    assert "inferred without this file" in said(explorer)
    assert use_cases(explorer) == {"Local Dev": 10, "Unknown": 508}
    assert chart(explorer.page.panels["over time"]).datasets["rows"]
    assert_code_gives_frames(explorer)
    path.unlink()
    explorer._refresh()
    assert "staging" not in said(explorer)


def test_a_download_tells_of_which_clients_its_use_cases_are(archive: inb.Archive) -> None:
    clients = {"acme-agent": "CI/CD"}
    frame = inb.audience(archive, None, "use_case", clients=clients)
    told = {
        one["schema:name"]: one["schema:value"]
        for one in json.loads(sidecar(frame, "x.csv"))["schema:additionalProperty"]
    }
    assert told["clients"] == clients
    assert "clients" not in inb.audience(archive, None, "cloud", clients=clients).attrs


# --- clients whose use is unknown ----------------------------------------------------------------


def unknown(explorer: Explorer) -> str:
    sentence = said(explorer.page.panels["over time"])
    return sentence[sentence.index("Unknown are") :] if "Unknown are" in sentence else ""


def test_the_unknown_clients_with_the_most_pulls_are_named_with_how_to_tell(
    archive: inb.Archive,
) -> None:
    assert unknown(inb.AudienceExplorer(archive)) == (
        "Unknown are pulls by acme-agent/2.1 (400), Acme Desktop (70), ci-bot (30) and 1 other "
        "client (5). Say what these clients are for in clients.csv in the archive's folder: a "
        "line each, such as “acme-agent,CI/CD”, below the header “client,use_case”."
    )


def test_only_those_that_are_shown_and_not_told_are_named(archive: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(archive, clients={"acme-agent": "CI/CD"})
    control(explorer, "Client").value = ["acme-agent/2.1", "ci-bot", "docker"]
    assert unknown(explorer) == (
        "Unknown are pulls by ci-bot (30). Say what that client is for with clients=."
    )
    control(explorer, "Over time by").value = "cloud"
    assert unknown(explorer) == ""
    control(explorer, "Over time by").value = "use_case"
    control(explorer, "Client").value = ["docker"]
    assert unknown(explorer) == ""


def test_nobody_is_asked_what_pulls_without_a_client_were_for(tmp_path: Path) -> None:
    explorer = inb.AudienceExplorer(archive_of(tmp_path, {"docker": 1, "": 9}))
    assert use_cases(explorer) == {"Local Dev": 1, "Unknown": 9}
    assert unknown(explorer) == ""


@pytest.mark.parametrize("text", [*TEXTS, "x" * 500])
def test_a_hostile_client_is_named_harmlessly(tmp_path: Path, text: str) -> None:
    sentence = unknown(inb.AudienceExplorer(archive_of(tmp_path, {text: 2})))
    assert "(2). Say what that client is for" in sentence
    assert "<" not in sentence
    assert sentence.isprintable()
    assert len(sentence) < 300


def test_a_hostile_client_can_be_told(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, {SCRIPT: 2})
    write(archive.folder, f'"{SCRIPT}",Prod')
    explorer = inb.AudienceExplorer(archive)
    assert use_cases(explorer) == {"Prod": 2}
    assert_code_gives_frames(explorer)


# --- the commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "of"),
    [*itertools.product(["dashboard", "lab"], ["option", "environment"]), ("dashboard", "archive")],
)
def test_a_command_says_what_is_wrong_with_the_clients_and_ends(
    archive: inb.Archive, tmp_path: Path, command: str, of: str
) -> None:
    path = write(archive.folder if of == "archive" else tmp_path, "cron,staging")
    options = [
        "--archive",
        str(archive.folder),
        *(["--clients", str(path)] if of == "option" else []),
    ]
    environment = {CLIENTS_VARIABLE: str(path)} if of == "environment" else {}
    done = run(command, *options, cwd=tmp_path, environment=environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "clients.csv, line 2, column use_case" in line
    assert done.stdout == ""


@pytest.mark.browser
def test_the_dashboard_counts_own_clients_and_names_the_others(
    browser: Browser, tmp_path: Path
) -> None:
    archive = archive_of(tmp_path, PULLS | {SCRIPT: 50})
    path = write(tmp_path, "acme-agent,CI/CD", name="told.csv")
    with (
        dashboard("--archive", str(archive.folder), "--clients", str(path)) as running,
        browser.new_context(viewport={"width": 1280, "height": 1000}) as context,
    ):
        page = context.new_page()
        page.add_init_script("window.ran = false")
        page.goto(f"{running.url}?tab=audience", wait_until="commit")
        panel = page.get_by_role("tabpanel", name="Audience")
        box = panel.get_by_role("checkbox", name="CI/CD, 400 pulls")
        expect(box).to_be_visible(timeout=60_000)
        sentence = panel.get_by_text("Unknown are pulls by Acme Desktop (70), ‹script>")
        expect(sentence).to_contain_text("Say what these clients are for in told.csv")
        box.check()
        # What the filter leaves is of known use.
        expect(panel.get_by_text("Unknown are")).to_have_count(0)
        expect(
            panel.locator('[aria-label*="CI/CD"][aria-label*="400 pulls"]').first
        ).to_be_visible()
        assert page.evaluate("() => window.ran") is False
