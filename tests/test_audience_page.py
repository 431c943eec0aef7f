"""The audience page as Python sees it; what a viewer sees is tested in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb import assets
from insights_nb.explorers.shell import Explorer
from insights_nb.widgets import ChartView, Facet, Figures, Notice, Words
from tests.hostile import SCRIPT, TURNED, hostile_archive
from tests.pages import assert_code_gives_frames, control, said, widgets_of
from tests.reports import summary_row, trends_row, write_summary, write_trends


def facet(explorer: Explorer, label: str) -> Facet:
    found = control(explorer, label)
    assert isinstance(found, Facet)
    return found


def shares(one: Facet) -> dict[str | None, int]:
    return {item["value"]: item["count"] for item in one.items}


def test_each_facet_adds_up_to_all_pulls(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    total = inb.audience(samples, explorer.selection, "country")["pulls"].sum()
    for label in ("Country", "Cloud provider", "Client", "Use case"):
        assert sum(shares(facet(explorer, label)).values()) == total, label


def test_a_filter_acts_on_the_others_and_not_on_itself(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    clouds = shares(facet(explorer, "Cloud provider"))
    facet(explorer, "Cloud provider").value = ["aws"]
    assert shares(facet(explorer, "Cloud provider")) == clouds
    view = explorer.selection
    country = inb.audience(samples, view, "country", where={"cloud": ["aws"]})
    assert sum(shares(facet(explorer, "Country")).values()) == country["pulls"].sum()
    pd.testing.assert_frame_equal(explorer.frames["countries"], country)
    people = inb.signed_in(samples, view, where={"cloud": ["aws"]})
    pd.testing.assert_frame_equal(explorer.frames["signed in"], people)


def test_namibia_can_be_chosen(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    (item,) = (one for one in facet(explorer, "Country").items if one["value"] == "NA")
    assert item["label"] == "Namibia"
    facet(explorer, "Country").value = ["NA"]
    (figures,) = widgets_of(explorer, Figures)
    assert figures.items[0]["value"] == item["count"]


@pytest.mark.parametrize(
    ("by", "filtered"),
    [
        *(("use_case", False), ("cloud", True), ("country", False)),
        *(("client", True), ("tag", False), ("use_case", True)),
    ],
)
def test_the_code_of_every_panel_gives_its_rows(
    samples: inb.Archive, by: str, filtered: bool
) -> None:
    explorer = inb.AudienceExplorer(samples)
    control(explorer, "Over time by").value = by
    if filtered:
        facet(explorer, "Cloud provider").value = ["aws", "gcp"]
        facet(explorer, "Country").value = ["DE", "NA"]
        control(explorer, "Show as").value = "share"
    assert set(explorer.code) == {"countries", "over time", "signed in"}
    assert_code_gives_frames(explorer)


def test_the_lists_numbers_are_those_of_the_code_below_them(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    facet(explorer, "Country").value = ["DE"]
    names: dict[str, Any] = {}
    exec(compile(explorer.page.numbers.code, "cell", "exec"), names)  # noqa: S102 - the page's own
    for label, by in {
        "Country": "country",
        "Cloud provider": "cloud",
        "Client": "client",
        "Use case": "use_case",
    }.items():
        sums = names[by].groupby(by, dropna=False)["pulls"].sum()
        assert shares(facet(explorer, label)) == sums.to_dict(), label


def test_what_names_no_value_can_be_chosen_and_linked(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    rows = [
        trends_row("2026-10-26", client="", downloads=3),
        trends_row("2026-10-26", client="a,b%", downloads=4),
        trends_row("2026-10-26", client="docker", downloads=5),
    ]
    archive.add(write_trends(tmp_path, "2026-10-26", rows), quiet=True)
    explorer = inb.AudienceExplorer(archive)
    facet(explorer, "Client").value = [None, "a,b%"]
    assert explorer.frames["countries"]["pulls"].sum() == 7
    given = explorer.page.parameters()
    other = inb.AudienceExplorer(archive)
    assert other.page.restore(given, other.selection) == []
    other.page.draw(other.selection)
    assert facet(other, "Client").value == [None, "a,b%"]


def test_what_a_link_asks_for_and_no_report_has_is_said(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    refused = explorer.page.restore(
        {"by": "planet", "cloud": "aws,acme", "country": "../etc"}, explorer.selection
    )
    assert any("by='planet' is not offered" in one for one in refused)
    assert any("acme is not in the archive" in one for one in refused)
    assert any("../etc" in one for one in refused)
    explorer.page.draw(explorer.selection)
    assert facet(explorer, "Cloud provider").value == ["aws"]
    assert facet(explorer, "Country").value == []


def test_a_browser_can_choose_only_what_is_listed(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    before = explorer.frames["countries"]
    facet(explorer, "Country").set_state({"value": ["DE'; drop table"]})
    assert facet(explorer, "Country").value == []
    pd.testing.assert_frame_equal(explorer.frames["countries"], before)


def test_legacy_raw_data_has_two_facets_more(samples: inb.Archive) -> None:
    view = inb.Selection(repositories=["oldbarrow/anvil"])
    explorer = inb.AudienceExplorer(samples, selection=view)
    facet(explorer, "Industry").value = ["business"]
    frame = inb.audience(samples, view, "country", where={"industry": ["business"]})
    pd.testing.assert_frame_equal(explorer.frames["countries"], frame)
    assert "signed in" not in explorer.frames
    assert "No report that counts users knows" in said(explorer.page.panels["signed in"])


def test_legacy_raw_data_is_not_said_to_tell_nothing_of_where_pulls_come_from(
    tmp_path: Path,
) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add([*(assets.samples() / "image_pulls_raw").glob("*-W*")], quiet=True)
    explorer = inb.AudienceExplorer(archive)
    assert "shows where pulls come from" not in said(explorer)
    panel = explorer.page.panels["signed in"]
    assert "No report by week in the archive shows how many users are signed in" in said(panel)
    assert [one.heading for one in widgets_of(panel, Words)] == ["Signed-in users"]


def test_shares_are_written_alike(samples: inb.Archive) -> None:
    (tiles,) = widgets_of(inb.AudienceExplorer(samples), Figures)
    notes = [item["note"] for item in tiles.items if item["label"].startswith("Top ")]
    assert notes
    assert all(note.endswith(" % of pulls") for note in notes)


def test_an_archive_without_trends_says_which_report_it_needs(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, "2026-10-26", [summary_row("2026-10-26")]), quiet=True)
    explorer = inb.AudienceExplorer(archive)
    assert "Trends" in said(explorer)
    assert explorer.frames == {}


def test_without_a_repository_there_is_nothing_and_a_word_on_it(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples, selection=inb.Selection(repositories=[]))
    assert "No repository is chosen" in said(explorer)
    assert explorer.frames == {}
    assert not any(view.datasets.get("rows") for view in widgets_of(explorer, ChartView))
    explorer.selection = inb.Selection(repositories=["moonbarrow/kiln"])
    assert "No repository is chosen" not in said(explorer)
    assert "countries" in explorer.frames


def test_a_missing_week_is_said(samples: inb.Archive) -> None:
    explorer = inb.AudienceExplorer(samples)
    (warning,) = (one for one in widgets_of(explorer, Notice) if one.kind == "warning")
    assert "1 week of 26 is missing: 11 – 17 May 2026." in warning.text


def test_hostile_values_are_listed_as_charts_show_them(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    view = inb.Selection(repositories=inb.repositories(archive, "week"))
    explorer = inb.AudienceExplorer(archive, selection=view)
    labels = {item["value"]: item["label"] for item in facet(explorer, "Client").items}
    assert labels[SCRIPT] == SCRIPT.replace("<", "‹")
    assert labels[TURNED] == TURNED.replace("\u202e", "\\u202e")
    facet(explorer, "Client").value = [SCRIPT]
    assert_code_gives_frames(explorer)
