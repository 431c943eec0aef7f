"""The page of companies as Python sees it; what a viewer sees is tested in the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import insights_nb as inb
from insights_nb.explorers.companies import CompaniesPage
from insights_nb.explorers.panel import ONE_PERIOD
from insights_nb.periods import Granularity
from insights_nb.widgets import Actions, Words
from tests.hostile import FORMULA, SCRIPT, hostile_archive
from tests.pages import (
    assert_code_draws_charts,
    assert_code_gives_frames,
    chart,
    control,
    figures,
    said,
    shown,
    table,
    widgets_of,
)
from tests.reports import summary_row, write_csv, write_summary
from tests.test_companies import PAIRED, TRACKED, WEEK1, WEEK2, WEEK3, WEEK4, held_files, pulled

OF_ALL = {"heavy users", "trend", "changes", "deployment", "images", "list"}


def tracked(folder: Path, *rows: list[Any]) -> Path:
    return write_csv(folder / "acme_tracked_company.csv", TRACKED, [*rows])


def paired(folder: Path, *rows: tuple[str, str], start: str = WEEK4) -> Path:
    """Write a report of (company, other image), all beside one of the publisher's."""
    lines = [["week", start, "acme", domain, "acme/web", image] for domain, image in rows]
    return write_csv(folder / f"acme_technographic_company_{start}.csv", PAIRED, lines)


@pytest.fixture
def small(tmp_path: Path) -> inb.Archive:
    """Four weeks: old lapses, fresh is new, grown grows, even stays; far is not tracked."""
    counts = {
        "old.example": [9, 8, 0, 0],
        "even.example": [50, 50, 50, 51],
        "grown.example": [10, 10, 30, 20],
        "fresh.example": [0, 0, 0, 5],
    }
    rows = [
        pulled(week, domain, pulls, users=2)
        for domain, its in counts.items()
        for week, pulls in zip((WEEK1, WEEK2, WEEK3, WEEK4), its, strict=True)
        if pulls
    ]
    runs = [
        ("grown.example", "library/redis"),
        ("far.example", "library/redis"),
        ("far.example", "library/nginx"),
    ]
    return held_files(tmp_path, [tracked(tmp_path, *rows), paired(tmp_path, *runs)])


@pytest.fixture
def explorer(small: inb.Archive) -> inb.CompaniesExplorer:
    return inb.CompaniesExplorer(small)


def listed(explorer: inb.CompaniesExplorer, panel: str = "list") -> list[str]:
    return explorer.frames[panel]["domain"].drop_duplicates().tolist()


def search(explorer: inb.CompaniesExplorer, text: str) -> None:
    """Type into the search of the companies, as the browser tells it."""
    control(explorer, "Company").set_state({"query": text})


def offered(explorer: inb.CompaniesExplorer) -> dict[str | None, dict[str, Any]]:
    return {item["value"]: item for item in control(explorer, "Company").items}


# --- what is shown ------------------------------------------------------------------------------


def test_every_panel_shows_the_code_of_its_rows(samples: inb.Archive) -> None:
    found = inb.CompaniesExplorer(samples)
    assert set(found.frames) == OF_ALL
    assert_code_gives_frames(found)
    assert_code_draws_charts(found)
    control(found, "Company").value = ["brambleworks.example"]
    assert_code_draws_charts(found)


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_the_code_repeats_what_is_searched_filtered_compared_and_chosen(
    samples: inb.Archive, granularity: Granularity
) -> None:
    found = inb.CompaniesExplorer(samples, selection=inb.Selection(granularity, 12))
    search(found, "example B")
    assert_code_gives_frames(found)
    control(found, "Change").value = ["growing", "steady", "shrinking"]
    control(found, "Also uses").value = ["library/postgres"]
    control(found, "Compare").value = "two"
    assert_code_gives_frames(found)
    control(found, "Company").value = ["brambleworks.example"]
    assert set(found.frames) == OF_ALL - {"images"} | {"stack"}
    assert_code_gives_frames(found)


def test_figures_count_who_pulls_comes_and_goes(explorer: inb.CompaniesExplorer) -> None:
    found = figures(explorer)
    assert found["Companies that pulled"]["value"] == 4
    assert (found["New"]["value"], found["Stopped pulling"]["value"]) == (1, 1)
    assert found["Largest one's share"]["note"] == "even.example"


def test_beyond_ten_companies_the_top_tens_share_is_told(tmp_path: Path) -> None:
    rows = [pulled(WEEK1, f"c{n:02}.example", 10 if n < 10 else 1) for n in range(20)]
    found = figures(inb.CompaniesExplorer(held_files(tmp_path, [tracked(tmp_path, *rows)])))
    assert found["Top 10's share"]["value"] == "90.9 %"


def test_the_lines_are_those_of_the_heaviest(explorer: inb.CompaniesExplorer) -> None:
    assert chart(explorer.page.panels["trend"]).signals["names"][:4] == [
        "even.example", "grown.example", "old.example", "fresh.example",
    ]  # fmt: skip


def test_a_company_that_appears_may_only_have_been_tracked_since(
    explorer: inb.CompaniesExplorer,
) -> None:
    assert "may only have been tracked from then on" in said(explorer.page.panels["changes"])
    assert "university domains" in said(explorer.page.panels["images"])


def test_an_untracked_company_is_listed_without_pulls(explorer: inb.CompaniesExplorer) -> None:
    item = offered(explorer)["far.example"]
    assert item["note"] == "not tracked"
    assert "count" not in item
    rows = table(explorer.page.panels["list"])
    assert rows["Pulls"][rows["Company"].index("far.example")] is None


# --- finding ------------------------------------------------------------------------------------


def test_a_search_narrows_list_charts_and_their_rows(explorer: inb.CompaniesExplorer) -> None:
    search(explorer, " EXAMPLE fr ")
    for panel in ("list", "heavy users", "changes", "trend"):
        assert listed(explorer, panel) == ["fresh.example"]
    assert [*offered(explorer)] == ["fresh.example"]
    assert_code_gives_frames(explorer)
    search(explorer, "")
    assert len(listed(explorer)) == 5


def test_a_search_is_text_and_no_pattern(explorer: inb.CompaniesExplorer) -> None:
    search(explorer, ".*(")
    assert listed(explorer) == []
    assert_code_gives_frames(explorer)


def test_a_search_finds_any_of_thousands(tmp_path: Path) -> None:
    rows = [pulled(WEEK1, f"c{n:04}.example", 5000 - n) for n in range(3000)]
    found = inb.CompaniesExplorer(held_files(tmp_path, [tracked(tmp_path, *rows)]))
    assert "c2987.example" not in offered(found)
    assert len(offered(found)) < 300
    search(found, "2987")
    assert [*offered(found)] == ["c2987.example"]
    control(found, "Company").set_state({"value": ["c2987.example"]})
    assert figures(found)["Pulls"]["value"] == 5000 - 2987
    assert figures(found)["Pulls"]["note"] == "c2987.example: number 2,988 of 3,000"


def test_a_status_filters_the_list_and_its_csv(explorer: inb.CompaniesExplorer) -> None:
    assert {item["value"]: item["count"] for item in control(explorer, "Change").items} == {
        "new": 1, "growing": 1, "steady": 1, "shrinking": 0, "lapsed": 1,
    }  # fmt: skip
    control(explorer, "Change").value = ["new", "lapsed"]
    assert set(listed(explorer)) == {"old.example", "fresh.example"}
    assert_code_gives_frames(explorer)
    sent: list[dict[str, Any]] = []
    (actions,) = widgets_of(explorer.page.panels["list"], Actions)
    actions.send = lambda content, buffers=None: sent.append(content)  # noqa: ARG005
    message = {"method": "custom", "content": {"type": "csv"}}
    actions._handle_msg({"content": {"data": message}, "buffers": []})
    lines = sent[-1]["text"].splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["fresh.example", "old.example"]


def test_companies_are_found_by_what_they_run(explorer: inb.CompaniesExplorer) -> None:
    items = control(explorer, "Also uses").items
    assert [(item["value"], item["count"], item["share"]) for item in items] == [
        ("library/redis", 2, 1.0),
        ("library/nginx", 1, 0.5),
    ]
    control(explorer, "Also uses").value = ["library/redis"]
    assert listed(explorer) == ["grown.example", "far.example"]
    assert listed(explorer, "heavy users") == ["grown.example"]
    assert_code_gives_frames(explorer)


def test_each_list_counts_as_the_others_leave_it(explorer: inb.CompaniesExplorer) -> None:
    control(explorer, "Change").value = ["growing"]
    counts = {item["value"]: item["count"] for item in control(explorer, "Change").items}
    assert counts["lapsed"] == 1
    assert [item["value"] for item in control(explorer, "Also uses").items] == ["library/redis"]
    assert [*offered(explorer)] == ["grown.example"]


# --- comparing ----------------------------------------------------------------------------------


def test_two_periods_can_be_compared(explorer: inb.CompaniesExplorer) -> None:
    control(explorer, "Compare").value = "two"
    # The oldest with the newest, at first.
    assert (control(explorer, "Before").value, control(explorer, "After").value) == (
        "2026-W37",
        "2026-W40",
    )
    control(explorer, "Before").value = "2026-W39"
    changes = explorer.frames["changes"].set_index("domain")["status"].to_dict()
    assert changes == {
        "fresh.example": "new", "even.example": "steady", "grown.example": "shrinking",
    }  # fmt: skip
    rows = explorer.frames["list"].set_index("domain")["status"]
    assert rows["grown.example"] == "shrinking"
    assert figures(explorer)["New"]["note"] == "2026-W40 vs 2026-W39"
    assert_code_gives_frames(explorer)


def test_the_later_period_comes_after_the_earlier_one(explorer: inb.CompaniesExplorer) -> None:
    control(explorer, "Compare").value = "two"
    control(explorer, "After").value = "2026-W38"
    control(explorer, "Before").value = "2026-W39"
    assert [value for value, _ in control(explorer, "After").options] == ["2026-W40"]
    assert control(explorer, "After").value == "2026-W40"


def test_a_period_that_is_not_held_cannot_be_compared(tmp_path: Path) -> None:
    rows = [pulled(week, pulls=5) for week in (WEEK1, WEEK2, WEEK4)]
    found = inb.CompaniesExplorer(held_files(tmp_path, [tracked(tmp_path, *rows)]))
    control(found, "Compare").value = "two"
    assert "2026-W39" not in dict(control(found, "Before").options)
    assert "1 week of 4 is missing" in said(found)


def test_a_company_of_which_one_side_is_not_held_has_no_known_change(tmp_path: Path) -> None:
    files = [
        tracked(tmp_path, *(pulled(week, pulls=5) for week in (WEEK1, WEEK2, WEEK3, WEEK4))),
        write_csv(
            tmp_path / "beta_tracked_company.csv",
            TRACKED,
            [
                pulled(week, "late.example", repository="beta/web", publisher="beta")
                for week in (WEEK3, WEEK4)
            ],
        ),
    ]
    found = inb.CompaniesExplorer(held_files(tmp_path, files))
    item = control(found, "Change").items[-1]
    assert (item["value"], item["label"], item["count"]) == (None, "Not known", 1)
    control(found, "Change").value = [None]
    assert listed(found) == ["late.example"]
    assert_code_gives_frames(found)
    page = CompaniesPage(found.page.archive)
    assert page.restore(found.page.parameters(), found.selection) == []
    assert page.parameters() == found.page.parameters()


def test_one_period_is_compared_with_nothing(tmp_path: Path) -> None:
    found = inb.CompaniesExplorer(held_files(tmp_path, [tracked(tmp_path, pulled(WEEK1))]))
    assert not shown(found.page.comparison.box)
    assert set(found.frames) == OF_ALL - {"images"}
    assert_code_gives_frames(found)
    assert chart(found.page.panels["changes"]).empty == ONE_PERIOD
    for label in ("New", "Stopped pulling"):
        figure = figures(found)[label]
        assert (figure["value"], figure["note"]) == (None, "one period available")
    control(found, "Company").value = ["one.example"]
    assert figures(found)["Change"] == {
        "label": "Change", "value": None, "note": "one period available",
    }  # fmt: skip


def test_companies_of_unknown_change_are_counted_beside_the_others(tmp_path: Path) -> None:
    weeks = (WEEK1, WEEK2, WEEK3, WEEK4)
    late = [
        pulled(week, "late.example", repository="beta/web", publisher="beta")
        for week in (WEEK3, WEEK4)
    ]
    files = [
        tracked(tmp_path, *(pulled(week, pulls=5) for week in weeks)),
        write_csv(tmp_path / "beta_tracked_company.csv", TRACKED, late),
    ]
    figure = figures(inb.CompaniesExplorer(held_files(tmp_path, files)))["New"]
    assert (figure["value"], figure["note"]) == (
        0, "second half vs first half; 1 not known",
    )  # fmt: skip


def test_filters_that_leave_no_company_say_so_in_place_of_its_change(
    explorer: inb.CompaniesExplorer,
) -> None:
    search(explorer, "nobody")
    panel = explorer.page.panels["changes"]
    assert chart(panel).empty == "No company is left of the search and the filters."
    (actions,) = widgets_of(panel, Actions)
    assert actions.disabled == ["csv", "sources", "png", "svg"]
    search(explorer, "")
    assert actions.disabled == []


# --- one company --------------------------------------------------------------------------------


def test_a_chosen_company_is_looked_at_alone(explorer: inb.CompaniesExplorer) -> None:
    control(explorer, "Company").value = ["grown.example"]
    assert listed(explorer, "trend") == ["grown.example"]
    assert explorer.frames["deployment"]["pulls"].sum() == 70
    assert explorer.frames["stack"]["paired_image"].tolist() == ["library/redis"]
    heading = chart(explorer.page.panels["deployment"]).signals["heading"]
    assert heading == "Pulls of grown.example by cloud and country"
    found = figures(explorer)
    assert found["Pulls"] == {"label": "Pulls", "value": 70, "note": "grown.example: number 2 of 4"}
    assert (found["Change"]["value"], found["Change"]["change"]) == ("Growing", 1.5)
    assert found["Signed-in users"]["value"] == "2 – 8"
    # The others stay in sight, to be chosen next.
    assert len(listed(explorer)) == 5
    assert_code_gives_frames(explorer)
    control(explorer, "Company").value = []
    assert set(explorer.frames) == OF_ALL


def test_a_company_that_is_not_tracked_has_a_stack_and_unknown_pulls(
    explorer: inb.CompaniesExplorer,
) -> None:
    control(explorer, "Company").value = ["far.example"]
    assert len(explorer.frames["stack"]) == 2
    assert explorer.frames["trend"].empty
    assert explorer.frames["deployment"].empty
    assert figures(explorer)["Pulls"]["value"] is None
    assert figures(explorer)["Pulls"]["note"] == "far.example: not tracked"
    assert_code_gives_frames(explorer)


def test_a_chosen_company_stays_chosen_whatever_the_search_leaves(
    explorer: inb.CompaniesExplorer,
) -> None:
    control(explorer, "Company").value = ["even.example"]
    search(explorer, "fresh")
    assert control(explorer, "Company").value == ["even.example"]
    assert offered(explorer)["even.example"]["note"] == "left out"
    search(explorer, "even")
    assert listed(explorer, "trend") == ["even.example"]
    assert "note" not in offered(explorer)["even.example"]


def test_where_the_filters_leave_out_the_chosen_company_all_is_about_the_others(
    explorer: inb.CompaniesExplorer,
) -> None:
    control(explorer, "Company").value = ["even.example"]
    control(explorer, "Change").value = ["new", "growing"]
    others = ["fresh.example", "grown.example"]
    for panel in ("list", "heavy users", "changes", "trend"):
        assert sorted(listed(explorer, panel)) == others
    assert set(explorer.frames) == OF_ALL
    assert "Companies that pulled" in figures(explorer)
    assert chart(explorer.page.panels["deployment"]).signals["heading"].startswith("Pulls by")
    assert explorer.page.parameters()["company"] == "even.example"
    assert_code_gives_frames(explorer)
    control(explorer, "Change").value = ["steady"]
    assert listed(explorer, "trend") == ["even.example"]
    assert "Pulls" in figures(explorer)


def test_a_browser_cannot_choose_what_no_report_names(explorer: inb.CompaniesExplorer) -> None:
    control(explorer, "Company").set_state({"value": ["nobody.example"]})
    assert control(explorer, "Company").value == []
    assert set(explorer.frames) == OF_ALL


# --- links --------------------------------------------------------------------------------------


def test_a_link_brings_everything_back(small: inb.Archive) -> None:
    found = inb.CompaniesExplorer(small)
    search(found, "example")
    control(found, "Change").value = ["growing", "lapsed"]
    control(found, "Also uses").value = ["library/redis"]
    control(found, "Compare").value = "two"
    control(found, "Before").value = "2026-W38"
    control(found, "Company").value = ["grown.example"]
    given = found.page.parameters()
    assert set(given) == set(CompaniesPage.names)
    page = CompaniesPage(small)
    assert page.restore(given, found.selection) == []
    page.draw(found.selection)
    assert page.parameters() == given
    assert page.panels["list"].frame is not None
    assert page.panels["list"].frame.equals(found.frames["list"])
    assert page.restore({}, found.selection) == []
    page.draw(found.selection)
    assert page.parameters() == {}


def test_what_a_link_asks_in_vain_is_said(small: inb.Archive) -> None:
    page = CompaniesPage(small)
    given = {
        "company": "nobody.example",
        "status": "new,rich",
        "runs": "library/nothing",
        "compare": "2026-W38,2019-W01",
        "search": "x" * 5000,
    }
    sentences = " ".join(page.restore(given, inb.Selection()))
    for word in ("nobody.example", "rich", "library/nothing", "2019-W01"):
        assert word in sentences
    page.draw(inb.Selection())
    assert page.parameters() == {"search": "x" * 200, "status": "new"}


# --- what is not there --------------------------------------------------------------------------


def test_an_archive_without_companies_says_what_it_needs(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]), quiet=True)
    found = inb.CompaniesExplorer(archive)
    assert "Tracked companies" in said(found)
    assert "Technographic companies" in said(found)
    assert found.frames == {}
    assert found.page.restore({"company": "one.example"}, found.selection) == []


def test_stacks_alone_are_shown_and_the_rest_is_asked_for_once(tmp_path: Path) -> None:
    file = paired(tmp_path, ("one.example", "library/redis"), ("two.example", "library/nginx"))
    found = inb.CompaniesExplorer(held_files(tmp_path, [file]))
    assert set(found.frames) == {"images", "list"}
    assert said(found).count("shows the companies that pull") == 1
    assert not shown(found.page.panels["changes"])
    assert figures(found)["Companies named"]["value"] == 2
    assert_code_gives_frames(found)
    control(found, "Company").value = ["two.example"]
    assert set(found.frames) == {"stack", "list"}
    assert_code_gives_frames(found)
    sentences = found.page.restore({"status": "new", "compare": "a,b"}, found.selection)
    assert len(sentences) == 2


def test_pulls_alone_are_shown_and_stacks_asked_for(tmp_path: Path) -> None:
    rows = [pulled(WEEK1), pulled(WEEK2, "two.example")]
    found = inb.CompaniesExplorer(held_files(tmp_path, [tracked(tmp_path, *rows)]))
    control(found, "Company").value = ["two.example"]
    assert set(found.frames) == OF_ALL - {"images"}
    images = found.page.panels["images"]
    assert "Technographic companies" in said(images)
    (words,) = widgets_of(images, Words)
    assert words.heading == "Other images your companies run"
    assert_code_gives_frames(found)


def test_hostile_texts_are_data(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    found = inb.CompaniesExplorer(archive)
    assert_code_gives_frames(found)
    assert SCRIPT in offered(found)
    for domain in (FORMULA, SCRIPT):
        search(found, "")
        control(found, "Also uses").value = []
        control(found, "Company").value = [domain]
        control(found, "Also uses").value = [domain]
        search(found, domain)
        assert listed(found) == [domain]
        assert_code_gives_frames(found)
    assert "<" not in chart(found.page.panels["deployment"]).signals["heading"]
    page = CompaniesPage(archive)
    assert page.restore(found.page.parameters(), found.selection) == []


def test_nothing_chosen_shows_nothing(samples: inb.Archive) -> None:
    found = inb.CompaniesExplorer(samples)
    found.selection = found.selection.replace(repositories=())
    assert found.frames == {}
    assert figures(found) == {}
    found.selection = found.selection.replace(repositories=None)
    assert set(found.frames) == OF_ALL
