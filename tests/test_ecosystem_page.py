"""The page of paired images as Python sees it; what a viewer sees is tested in the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import insights_nb as inb
from insights_nb.explorers.ecosystem import EcosystemPage
from insights_nb.metrics.ecosystem import UNLISTED
from insights_nb.widgets import Actions
from tests.hostile import hostile_archive
from tests.pages import (
    assert_code_draws_charts,
    assert_code_gives_frames,
    chart,
    control,
    figures,
    said,
    table,
    widgets_of,
)
from tests.reports import summary_row, write_csv, write_summary

HEADER = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_ID", "PUBLISHER_NAME", "DVPP_IMAGE",
    "PAIRED_IMAGE", "USERS", "TOTAL_PULLERS", "PCT_USERS", "DOMAINS", "TOTAL_DOMAINS",
    "PCT_DOMAINS",
]  # fmt: skip
FIRST, SECOND, THIRD = "2026-09-07", "2026-09-14", "2026-09-21"


def pair(
    start: str, other: str, users: int, *, image: str = "acme/web", scale: int = 1, off: float = 0
) -> list[Any]:
    share = (users / 100 + off) * scale
    return ["week", start, "id", "acme", image, other, users, 100, share, 1, 4, 0.25 * scale]


def archive_of(folder: Path, *weeks: list[list[Any]]) -> inb.Archive:
    """Make an archive of one file per week."""
    archive = inb.Archive(folder / "archive")
    files = [
        write_csv(folder / f"acme_technographic_{number}.csv", HEADER, rows)
        for number, rows in enumerate(weeks)
    ]
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


@pytest.fixture
def small(tmp_path: Path) -> inb.Archive:
    """Three weeks: redis vanishes, valkey appears, nginx grows."""
    return archive_of(
        tmp_path,
        [pair(FIRST, "library/redis", 30), pair(FIRST, "library/nginx", 40)],
        [pair(SECOND, "library/redis", 12), pair(SECOND, "library/nginx", 41)],
        [pair(THIRD, "library/valkey", 22), pair(THIRD, "library/nginx", 60)],
    )


def test_every_panel_shows_the_code_of_its_rows(samples: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(samples)
    assert set(explorer.frames) == {"pairs", "trend", "changes", "stack", "shares"}
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


def test_the_code_repeats_what_is_chosen(samples: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(samples, selection=inb.Selection("month", 12))
    control(explorer, "Paired image").value = ["library/redis", "library/valkey"]
    control(explorer, "Changes").value = "listed"
    assert_code_gives_frames(explorer)


def test_a_chosen_paired_image_filters_every_chart_but_not_the_list_of_them(
    samples: inb.Archive,
) -> None:
    explorer = inb.EcosystemExplorer(samples)
    listed = control(explorer, "Paired image").items
    control(explorer, "Paired image").value = ["library/valkey"]
    for name in ("pairs", "trend", "changes"):
        assert set(explorer.frames[name]["paired_image"]) <= {"library/valkey"}
    assert set(explorer.frames["pairs"]["paired_image"]) == {"library/valkey"}
    assert explorer.frames["stack"]["paired_image"].nunique() == len(listed)
    assert control(explorer, "Paired image").items == listed


def test_many_pairs_are_all_in_the_table_and_the_largest_in_the_chart(tmp_path: Path) -> None:
    week = [pair(FIRST, f"library/image-{number}", 10 + number % 80) for number in range(430)]
    panel = inb.EcosystemExplorer(archive_of(tmp_path, week)).page.panels["pairs"]
    assert len(table(panel)["Paired image"]) == 430
    assert len(chart(panel).datasets["rows"]["x"]) == 400
    assert min(chart(panel).datasets["rows"]["users"]) > 10
    assert "30 pairs with fewer users not drawn." in chart(panel).signals["notes"]


def test_users_beside_all_images_are_bounds(tmp_path: Path) -> None:
    week = [
        pair(FIRST, "library/nginx", 40),
        pair(FIRST, "library/nginx", 25, image="acme/worker"),
    ]
    explorer = inb.EcosystemExplorer(archive_of(tmp_path, week))
    (item,) = control(explorer, "Paired image").items
    assert item["note"] == "40 – 65 users"


def test_changes_are_told_pair_by_pair(small: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(small)
    changes = table(explorer.page.panels["changes"])
    assert changes["Paired image"] == ["library/valkey", "library/nginx", "library/redis"]
    assert changes["Status"] == ["appeared", "growing", "vanished"]
    assert figures(explorer)["Appeared"]["value"] == 1
    assert figures(explorer)["Vanished"]["value"] == 1
    assert UNLISTED in said(explorer.page.panels["changes"])


def test_one_period_is_compared_with_nothing(tmp_path: Path) -> None:
    explorer = inb.EcosystemExplorer(archive_of(tmp_path, [pair(FIRST, "library/redis", 30)]))
    for label in ("Appeared", "Vanished"):
        figure = figures(explorer)[label]
        assert (figure["value"], figure["note"]) == (None, "one period available")
    panel = explorer.page.panels["changes"]
    assert chart(panel).blank
    assert chart(panel).empty == "A change needs two periods; one is available."
    (actions,) = widgets_of(panel, Actions)
    assert actions.disabled == ["png", "svg"]
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


def test_pairs_that_appeared_or_vanished_are_one_button_away(small: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(small)
    control(explorer, "Changes").value = "listed"
    changes = table(explorer.page.panels["changes"])
    assert changes["Paired image"] == ["library/valkey", "library/redis"]
    assert len(chart(explorer.page.panels["changes"]).datasets["rows"]["label"]) == 2
    assert_code_gives_frames(explorer)


def test_the_threshold_of_ten_users_is_stated(samples: inb.Archive) -> None:
    page = inb.EcosystemExplorer(samples).page
    assert "fewer than 10 users" in said(page.panels["pairs"])


@pytest.mark.parametrize(
    ("scales", "sentence"),
    [
        ((1, 1), "The files state shares from 0 to 1."),
        ((100, 100), "The files state shares from 0 to 100."),
        ((1, 100), "Some files state shares from 0 to 1, others from 0 to 100"),
    ],
)
def test_the_scale_of_the_shares_is_stated(
    tmp_path: Path, scales: tuple[int, int], sentence: str
) -> None:
    weeks = [
        [pair(start, "library/nginx", 40, scale=scale)]
        for start, scale in zip((FIRST, SECOND), scales, strict=True)
    ]
    explorer = inb.EcosystemExplorer(archive_of(tmp_path, *weeks))
    assert sentence in said(explorer.page.panels["shares"])


def test_shares_that_are_not_their_quotient_are_counted(tmp_path: Path) -> None:
    weeks = [
        [pair(FIRST, "library/nginx", 40), pair(FIRST, "library/redis", 40, off=0.2)],
        [pair(SECOND, "library/nginx", 40)],
    ]
    explorer = inb.EcosystemExplorer(archive_of(tmp_path, *weeks))
    checks = table(explorer.page.panels["shares"])
    users = checks["Check"].index("PCT_USERS = USERS / TOTAL_PULLERS")
    assert checks["Compared"][users] == 3
    assert checks["Differ"][users] == 1
    assert checks["Largest difference"][users] == "20 percentage points"
    assert_code_gives_frames(explorer)


def test_a_link_brings_the_choices_back(samples: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(samples)
    control(explorer, "Paired image").value = ["library/redis", "library/valkey"]
    control(explorer, "Changes").value = "listed"
    given = explorer.page.parameters()
    assert set(given) == set(EcosystemPage.names)
    page = EcosystemPage(samples)
    assert page.restore(given, explorer.selection) == []
    page.draw(explorer.selection)
    assert page.parameters() == given


def test_what_a_link_asks_in_vain_is_said(samples: inb.Archive) -> None:
    page = EcosystemPage(samples)
    given = {"paired_image": "library/nothing", "changes": "pets"}
    sentences = " ".join(page.restore(given, inb.Selection()))
    assert "library/nothing" in sentences
    assert "changes='pets' is not offered. Use every or listed." in sentences
    page.draw(inb.Selection())
    assert page.parameters() == {"changes": "every"}


def test_a_chosen_image_that_another_selection_does_not_pair_stays_chosen(
    small: inb.Archive,
) -> None:
    page = EcosystemPage(small)
    page.restore({"paired_image": "library/redis"}, inb.Selection())
    page.draw(inb.Selection())
    # The newest week does not list it.
    assert page.parameters()["paired_image"] == "library/redis"
    (item,) = [
        i for i in page.filters.facets["paired_image"].items if i["value"] == "library/redis"
    ]
    assert item["note"] == UNLISTED
    assert page.panels["pairs"].frame is not None
    assert page.panels["pairs"].frame.empty


def test_an_archive_without_technographic_says_what_it_needs(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, FIRST, [summary_row(FIRST)]), quiet=True)
    explorer = inb.EcosystemExplorer(archive)
    assert "Technographic" in said(explorer)
    assert not explorer.frames


def test_a_repository_that_only_another_report_counts_is_said(
    tmp_path: Path, small: inb.Archive
) -> None:
    row = summary_row(THIRD, "acme/other")
    small.add(write_summary(tmp_path, THIRD, [row]), quiet=True)
    view = inb.Selection(repositories=["acme/other"])
    explorer = inb.EcosystemExplorer(small, selection=view)
    assert "acme/other is left out" in said(explorer)
    assert_code_gives_frames(explorer)


def test_a_week_that_is_not_held_is_said(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path, [pair(FIRST, "library/nginx", 40)], [pair(THIRD, "library/nginx", 41)]
    )
    assert "1 week of 3 is missing: 14 – 20 Sep 2026" in said(inb.EcosystemExplorer(archive))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    explorer = inb.EcosystemExplorer(archive)
    images = {item["value"] for item in control(explorer, "Paired image").items}
    assert any("<script>" in image for image in images)
    for panel in ("pairs", "trend"):
        assert "<" not in str(chart(explorer.page.panels[panel]).datasets)
    assert_code_gives_frames(explorer)
    for image in images:
        control(explorer, "Paired image").value = [image]
        assert_code_gives_frames(explorer)
        given = explorer.page.parameters()
        page = EcosystemPage(archive)
        assert page.restore(given, explorer.selection) == []
        page.draw(explorer.selection)
        assert page.parameters() == given


def test_clearing_shows_nothing(samples: inb.Archive) -> None:
    explorer = inb.EcosystemExplorer(samples)
    explorer.selection = inb.Selection(repositories=[])
    assert not explorer.frames
    assert not figures(explorer)
    assert "No repository is chosen" in said(explorer)
