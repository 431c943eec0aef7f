"""The page of extensions as Python sees it; what a viewer sees is tested in the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import insights_nb as inb
from insights_nb.explorers.extensions import ExtensionsPage
from tests.hostile import hostile_archive
from tests.pages import (
    assert_code_draws_charts,
    assert_code_gives_frames,
    chart,
    control,
    figures,
    said,
    table,
)
from tests.reports import summary_row, write_csv, write_summary

CORE = ["Installs", "TotalInstalls", "Uninstalls", "TotalUninstalls", "Updates"]
PREMIUM = ["Installs", "UniqueInstalls", "Uninstalls", "UniqueUninstalls", "Usage", "UniqueUsers"]
WEEK, NEXT = "2026-W37", "2026-W38"


def held(folder: Path, *files: Path) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


def core(folder: Path, week: str, *rows: list[Any], named: bool = False) -> Path:
    header = ["Extension", *CORE] if named else CORE
    return write_csv(folder / f"acme_extension_core_{week}.csv", header, [*rows])


def premium(folder: Path, week: str, *rows: list[Any], named: bool = False) -> Path:
    header = ["Extension", *PREMIUM] if named else PREMIUM
    return write_csv(folder / f"acme_extension_premium_{week}.csv", header, [*rows])


@pytest.fixture
def two(tmp_path: Path) -> inb.Archive:
    """Two named extensions and one that the files do not name, for two weeks."""
    files = []
    for week, more in ((WEEK, 0), (NEXT, 10)):
        rows = [["alpha", 5 + more, 50, 2, 20, 7], ["beta", 9 + more, 90, 1, 10, 3]]
        files.append(core(tmp_path, week, *rows, ["", 1, 1, 0, 0, 0], named=True))
        people = [["alpha", 5 + more, 4, 2, 2, 40, 30], ["beta", 9 + more, 8, 1, 1, 60, 50]]
        files.append(premium(tmp_path, week, *people, named=True))
    return held(tmp_path, *files)


def lines(explorer: inb.ExtensionsExplorer) -> list[str]:
    signals = chart(explorer.page.panels["events"]).signals
    return [name for name in signals["names"] if name]


def test_every_panel_shows_the_code_of_its_rows(samples: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(samples, selection=inb.Selection("month", 12))
    assert set(explorer.frames) == {"events", "people", "totals"}
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


@pytest.mark.parametrize(
    ("events", "drawn"),
    [
        ("flow", ["Installs", "Uninstalls", "Net installs"]),
        ("updates", ["Updates"]),
        ("usage", ["Openings"]),
        ("totals", ["Installs of all times", "Uninstalls of all times"]),
    ],
)
def test_what_is_counted_can_be_chosen(samples: inb.Archive, events: str, drawn: list[str]) -> None:
    explorer = inb.ExtensionsExplorer(samples)
    control(explorer, "Count").value = events
    assert lines(explorer)[: len(drawn)] == drawn
    assert_code_draws_charts(explorer)


def test_figures_add_up_events_and_bound_people(two: inb.Archive) -> None:
    found = figures(inb.ExtensionsExplorer(two))
    assert found["Installs"]["value"] == 5 + 9 + 1 + 15 + 19 + 1
    assert found["Installs of all times"]["value"] == 50 + 90 + 1
    # No report counts the people of the one without a name: no sum bounds them.
    assert found["People who opened it"]["value"] == "≥ 50"


def test_people_of_several_extensions_are_between_the_largest_count_and_the_sum(
    two: inb.Archive,
) -> None:
    explorer = inb.ExtensionsExplorer(two)
    control(explorer, "Extension").value = ["alpha", "beta"]
    assert figures(explorer)["People who opened it"]["value"] == "50 – 160"


def test_a_chosen_extension_filters_charts_and_table(two: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(two)
    control(explorer, "Extension").value = ["beta"]
    for frame in explorer.frames.values():
        assert set(frame["extension"]) == {"beta"}
    assert figures(explorer)["Installs"]["value"] == 9 + 19
    assert_code_gives_frames(explorer)


def test_an_extension_without_a_name_is_said_and_can_be_chosen(two: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(two)
    assert "not named" in table(explorer.page.panels["totals"])["Extension"]
    labels = {item["value"]: item["label"] for item in control(explorer, "Extension").items}
    assert labels[None] == "not named"
    control(explorer, "Extension").value = [None]
    assert figures(explorer)["Installs"]["value"] == 2
    assert_code_gives_frames(explorer)


def test_people_of_several_extensions_are_drawn_one_question_at_a_time(two: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(two)
    assert "who opened it" in chart(explorer.page.panels["people"]).signals["heading"]
    control(explorer, "People").value = "unique_installs"
    assert "who installed" in chart(explorer.page.panels["people"]).signals["heading"]
    assert_code_draws_charts(explorer)


def test_people_that_no_report_held_counts_are_said_in_their_place(tmp_path: Path) -> None:
    explorer = inb.ExtensionsExplorer(held(tmp_path, core(tmp_path, WEEK, [5, 50, 2, 20, 7])))
    assert "Extension premium summary" in said(explorer.page.panels["people"])
    assert set(explorer.frames) == {"events", "totals"}
    assert figures(explorer)["People who opened it"]["value"] is None
    control(explorer, "Count").value = "usage"
    assert "Extension premium summary" in said(explorer.page.panels["events"])
    control(explorer, "Count").value = "updates"
    assert set(explorer.frames) == {"events", "totals"}
    assert "People who opened it, at least" not in table(explorer.page.panels["totals"])
    assert_code_gives_frames(explorer)


@pytest.mark.parametrize("events", ["updates", "totals"])
def test_what_only_the_core_summary_counts_says_that_it_is_needed(
    tmp_path: Path, events: str
) -> None:
    explorer = inb.ExtensionsExplorer(held(tmp_path, premium(tmp_path, WEEK, [6, 4, 3, 1, 9, 8])))
    assert figures(explorer)["Installs"]["value"] == 6
    assert figures(explorer)["Installs of all times"]["value"] is None
    control(explorer, "Count").value = events
    assert "Extension core summary" in said(explorer.page.panels["events"])
    assert set(explorer.frames) == {"people", "totals"}
    assert_code_gives_frames(explorer)


def test_a_week_that_is_not_held_is_said(tmp_path: Path) -> None:
    row = [5, 50, 2, 20, 7]
    archive = held(tmp_path, core(tmp_path, WEEK, row), core(tmp_path, "2026-W39", row))
    explorer = inb.ExtensionsExplorer(archive)
    assert "1 week of 3 is missing: 14 – 20 Sep 2026" in said(explorer)
    assert figures(explorer)["Installs"]["note"] == "1 period missing"


def test_a_link_brings_the_choices_back(two: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(two)
    control(explorer, "Count").value = "usage"
    control(explorer, "People").value = "unique_uninstalls"
    control(explorer, "Extension").value = ["alpha", None]
    given = explorer.page.parameters()
    assert set(given) == set(ExtensionsPage.names)
    page = ExtensionsPage(two)
    assert page.restore(given, explorer.selection) == []
    page.draw(explorer.selection)
    assert page.parameters() == given


def test_what_a_link_asks_in_vain_is_said(two: inb.Archive) -> None:
    page = ExtensionsPage(two)
    given = {"extension": "gamma,alpha", "events": "tears", "people": "unique_users"}
    sentences = " ".join(page.restore(given, inb.Selection()))
    assert "gamma" in sentences
    assert "events='tears' is not offered. Use flow or updates or usage or totals." in sentences
    page.draw(inb.Selection())
    assert page.parameters()["extension"] == "alpha"


def test_an_archive_without_extensions_says_what_it_needs(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    start = "2026-09-07"
    archive.add(write_summary(tmp_path, start, [summary_row(start)]), quiet=True)
    explorer = inb.ExtensionsExplorer(archive)
    assert "Extension core summary" in said(explorer)
    assert not explorer.frames


def test_extensions_are_no_repositories(samples: inb.Archive) -> None:
    explorer = inb.ExtensionsExplorer(samples, selection=inb.Selection(repositories=[]))
    assert_code_gives_frames(explorer)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    explorer = inb.ExtensionsExplorer(archive)
    names = {item["value"] for item in control(explorer, "Extension").items}
    assert any("<script>" in name for name in names)
    for panel in ("events", "people"):
        view = chart(explorer.page.panels[panel])
        assert "<" not in f"{view.datasets}{view.signals}"
    control(explorer, "Extension").value = sorted(names)
    assert_code_gives_frames(explorer)
    given = explorer.page.parameters()
    page = ExtensionsPage(archive)
    assert page.restore(given, explorer.selection) == []
    page.draw(explorer.selection)
    assert page.parameters() == given
