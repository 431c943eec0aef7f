"""The adoption page as Python sees it; what a viewer sees is tested in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb import assets
from insights_nb.explorers.dropping import suggested, versions
from insights_nb.explorers.shell import Explorer
from insights_nb.widgets import Actions, ChartView, Facet, Words
from tests.hostile import SCRIPT, hostile_archive
from tests.pages import (
    assert_code_gives_frames,
    chart,
    control,
    figures,
    said,
    shown,
    table,
    widgets_of,
)
from tests.reports import summary_row, trends_row, write_summary, write_trends
from tests.test_adoption import frame_of

WEEK1, WEEK2 = "2026-10-19", "2026-10-26"
PANELS = {
    "over time", "gaining", "release curves", "releases", "version", "digests", "downloads",
}  # fmt: skip


def facet(explorer: Explorer) -> Facet:
    found = control(explorer, "Version")
    assert isinstance(found, Facet)
    return found


def headings(explorer: Explorer) -> list[str]:
    return [words.heading for words in widgets_of(explorer, Words) if words.heading]


def archive_of(folder: Path, *files: Path) -> inb.Archive:
    archive = inb.Archive(folder / "archive")
    archive.add(list(files), quiet=True)
    return archive


def week_of(folder: Path, start: str, counts: dict[str, int], repository: str = "acme/web") -> Path:
    rows = [trends_row(start, repository, tag=tag, downloads=n) for tag, n in counts.items()]
    return write_trends(folder, start, rows)


def summary_week(folder: Path, start: str, names: Sequence[str] = ("acme/web", "acme/api")) -> Path:
    rows = [
        *(summary_row(start, name, downloads=9, checks=3) for name in names),
        summary_row(start, "1.0", level="tag", downloads=2),
        summary_row(start, "sha256:" + "0" * 64, level="digest", downloads=9, checks=3),
    ]
    return write_summary(folder, start, rows)


# --- what it shows --------------------------------------------------------------------------


def test_every_panel_opens_on_the_samples(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    assert set(explorer.frames) == PANELS
    for name in PANELS - {"releases"}:
        assert any(chart(explorer.page.panels[name]).datasets.values()), name


@pytest.mark.parametrize(
    ("level", "granularity", "shown_as"),
    [("tag", "week", "pulls"), ("major", "month", "share"), ("minor", "week", "share")],
)
def test_the_code_of_every_panel_gives_its_rows(
    samples: inb.Archive, level: str, granularity: str, shown_as: str
) -> None:
    names = ["moonbarrow/ferry", "moonbarrow/beacon"]
    view = inb.Selection(granularity=granularity, months=3, repositories=names)  # type: ignore[arg-type]
    explorer = inb.AdoptionExplorer(samples, selection=view)
    control(explorer, "Show").value = level
    control(explorer, "As").value = shown_as
    assert set(explorer.code) == PANELS
    assert_code_gives_frames(explorer)


def test_tags_or_versions_are_shown_and_compared_as_chosen(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    tags = inb.tag_pulls(samples, explorer.selection)
    pd.testing.assert_frame_equal(explorer.frames["over time"], tags)
    pd.testing.assert_frame_equal(explorer.frames["gaining"], inb.gaining(tags))
    control(explorer, "Show").value = "minor"
    minors = inb.cohorts(tags, by="minor")
    pd.testing.assert_frame_equal(explorer.frames["over time"], minors)
    pd.testing.assert_frame_equal(explorer.frames["gaining"], inb.gaining(minors))
    control(explorer, "Show").value = "major"
    assert set(explorer.frames["releases"]["cohort"]) == {"all versions"}


def test_shares_are_drawn_as_shares(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    control(explorer, "As").value = "share"
    for name in ("over time", "downloads"):
        view = chart(explorer.page.panels[name])
        assert view.signals["percent"], name
        assert max(view.datasets["rows"]["upper"]) == pytest.approx(1), name


def test_releases_are_followed_for_a_year_whatever_the_interval(samples: inb.Archive) -> None:
    view = inb.Selection(months=3, repositories=["moonbarrow/lantern"])
    explorer = inb.AdoptionExplorer(samples, selection=view)
    year = inb.tag_pulls(samples, view.replace(months=12))
    pd.testing.assert_frame_equal(explorer.frames["releases"], inb.release_adoption(year))
    shown_table = table(explorer.page.panels["releases"])
    assert shown_table["Release"] == ["3.5", "3.4"]
    assert shown_table["First seen"] == ["2 – 8 Feb 2026", "3 – 9 Nov 2025 or earlier"]
    assert shown_table["Days to 50 %"] == [63, None]


def test_the_headline_numbers_name_what_gained_and_lost_most(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    tags = explorer.frames["over time"]
    named = tags.loc[tags["tag"].notna(), "pulls"].sum() / tags["pulls"].sum()
    found = figures(explorer)
    assert found["Pulls by tag"]["value"] == f"{100 * named:.1f} %"
    # By digest gained more, which is no tag.
    assert found["Gained most"]["value"] == "beacon:1.0"
    assert found["Lost most"]["value"] == "kiln:latest"
    assert found["Newest release"]["value"] == "beacon 1.0"
    assert found["Newest release"]["note"] == "first seen 15 – 21 Jun 2026"


def test_downloads_for_each_check_are_those_of_the_frame(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    frame = explorer.frames["downloads"]
    ratio = frame["data_downloads"].sum() / frame["version_checks"].sum()
    assert f"{ratio:.2f} downloads for each version check" in said(explorer)


# --- may we drop it? ------------------------------------------------------------------------


def test_the_oldest_major_that_is_still_pulled_is_asked_of_first(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    assert facet(explorer).value == ["moonbarrow/ferry:1.x"]
    assert "Can we drop moonbarrow/ferry 1.x?" in headings(explorer)
    tags = inb.tag_pulls(samples, explorer.selection)
    its = tags[tags["repository"] == "moonbarrow/ferry"]
    pd.testing.assert_frame_equal(explorer.frames["version"], inb.cohort_pulls(its, "1.x"))


def test_a_version_that_is_still_pulled_says_how_much_and_what_is_not_known(
    samples: inb.Archive,
) -> None:
    explorer = inb.AdoptionExplorer(samples)
    tags = inb.tag_pulls(samples, explorer.selection)
    newest = tags[
        (tags["repository"] == "moonbarrow/ferry") & (tags["period"] == tags["period"].max())
    ]
    old = newest.loc[newest["tag"].isin(["1", "1.9"]), "pulls"].sum() / newest["pulls"].sum()
    digest = newest.loc[newest["tag"].isna(), "pulls"].sum() / newest["pulls"].sum()
    text = said(explorer)
    assert f"1.x still accounts for {100 * old:.1f} % of moonbarrow/ferry’s pulls" in text
    assert f"Another {100 * digest:.1f} % of pulls are by digest and name no version" in text
    assert figures(explorer)["Last pulled by tag"]["value"] == "Latest week"


def test_a_quiet_version_says_since_when(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    facet(explorer).value = ["moonbarrow/beacon:0.x"]
    frame = explorer.frames["version"]
    last = frame.loc[frame["pulls"] > 0, "period"].max()
    quiet = int((frame["period"] > last).sum())
    dates = inb.Period("week", last.date()).dates
    assert f"No tag of 0.x was pulled in the {quiet} available weeks after {dates}." in said(
        explorer
    )
    assert figures(explorer)["Last pulled by tag"] == {
        "label": "Last pulled by tag",
        "value": f"{quiet} quiet weeks",
        "note": f"since {dates}",
    }
    # It grew before it went quiet, which would read as if it still did.
    assert "Second half of the time range" not in figures(explorer)
    assert figures(explorer)["Pulls over the time range"]["value"] == frame["pulls"].sum()


def test_what_is_asked_of_goes_with_its_repository(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    facet(explorer).value = ["moonbarrow/beacon:0.1"]
    explorer.selection = explorer.selection.replace(months=12)
    assert facet(explorer).value == ["moonbarrow/beacon:0.1"]
    explorer.selection = inb.Selection(repositories=["moonbarrow/lantern"])
    assert facet(explorer).value == ["moonbarrow/lantern:3.4"]
    assert [item["label"] for item in facet(explorer).items] == ["3.x", "3.4", "3.5"]
    assert "drop" not in explorer.page.parameters()


def test_asking_of_none_asks_of_the_first_again(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    facet(explorer).value = ["moonbarrow/beacon:0.1"]
    facet(explorer).value = []
    assert facet(explorer).value == ["moonbarrow/ferry:1.x"]


def test_a_browser_can_ask_only_of_what_is_listed(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    before = explorer.frames["version"]
    facet(explorer).set_state({"value": ["moonbarrow/ferry:9.x"]})
    assert facet(explorer).value == ["moonbarrow/ferry:1.x"]
    pd.testing.assert_frame_equal(explorer.frames["version"], before)


def test_versions_are_listed_majors_first_and_oldest_first() -> None:
    listed = versions(
        frame_of({"2.10": [1], "2.9": [1], "1": [5], "10.1-alpine": [4], "0.1": [0], "edge": [9]})
    )
    assert listed["cohort"].tolist() == ["1.x", "2.x", "10.x", "2.9", "2.10", "10.1"]
    assert listed["pulls"].tolist() == [5, 2, 4, 1, 1, 4]
    assert listed["share"].tolist() == pytest.approx([count / 20 for count in [5, 2, 4, 1, 1, 4]])
    assert listed.loc[listed["newest"], "cohort"].tolist() == ["10.x", "10.1"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["3.0", "2.1", "2.0", "1.0"], "1.x"),
        (["3.2", "3.1", "3.0"], "3.0"),
        (["3.2"], None),
        (["3.2", "4.0-rc1"], None),
        (["3.2", "4.0.0-rc1", "2.9-beta"], "2.x"),
        (["4.0-rc1"], None),
        (["latest", "edge"], None),
    ],
)
def test_the_oldest_is_suggested_and_never_the_newest(
    tags: list[str], expected: str | None
) -> None:
    counts: dict[str | None, list[int | None]] = {
        tag: [10 - place] for place, tag in enumerate(tags)
    }
    found = suggested(versions(frame_of(counts)))
    assert found == (expected and f"acme/web:{expected}")


def test_what_went_quiet_is_suggested_only_where_nothing_old_is_still_pulled() -> None:
    quiet = {"1.0": [9, 0], "2.0": [8, 1], "3.0": [1, 9]}
    assert suggested(versions(frame_of(quiet))) == "acme/web:2.x"
    assert suggested(versions(frame_of(quiet | {"2.0": [8, 0]}))) == "acme/web:1.x"


def test_without_versions_that_is_said_and_the_rest_is_shown(tmp_path: Path) -> None:
    files = [week_of(tmp_path, week, {"latest": 3, "\\\\N": 1}) for week in (WEEK1, WEEK2)]
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, *files))
    assert "No tag of these repositories names a version." in said(explorer)
    assert facet(explorer).items == []
    assert {"over time", "gaining"} <= set(explorer.frames)
    assert "version" not in explorer.frames


# --- links ----------------------------------------------------------------------------------


def test_a_link_brings_back_level_look_and_version(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    control(explorer, "Show").value = "minor"
    control(explorer, "As").value = "share"
    facet(explorer).value = ["moonbarrow/beacon:0.x"]
    given = explorer.page.parameters()
    assert given == {"level": "minor", "as": "share", "drop": "moonbarrow/beacon:0.x"}
    other = inb.AdoptionExplorer(samples)
    assert other.page.restore(given, other.selection) == []
    other.page.draw(other.selection)
    assert other.page.parameters() == given
    assert other.code == explorer.code


def test_what_a_link_asks_for_and_is_not_offered_is_said(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    refused = explorer.page.restore(
        {"level": "patch", "as": "%00", "drop": "moonbarrow/ferry:9.x"}, explorer.selection
    )
    assert [one.split(" is ")[0] for one in refused] == [
        "level='patch'", "as='%00'", "drop='moonbarrow/ferry:9.x'",
    ]  # fmt: skip
    explorer.page.draw(explorer.selection)
    assert explorer.page.parameters() == {"level": "tag", "as": "pulls"}


def test_a_link_on_an_archive_without_tags_is_refused_and_not_raised(tmp_path: Path) -> None:
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, summary_only(tmp_path)))
    (refused,) = explorer.page.restore({"drop": "acme/web:1.x"}, explorer.selection)
    assert "is no version" in refused


# --- what is not held -----------------------------------------------------------------------


def summary_only(folder: Path) -> Path:
    return write_summary(folder, WEEK1, [summary_row(WEEK1, downloads=3, checks=1)])


def test_an_archive_without_any_of_it_says_which_reports_to_get(tmp_path: Path) -> None:
    folder = assets.samples() / "extension_core"
    archive = archive_of(tmp_path, folder / "moonbarrow_extension_core_2026-W44.csv")
    explorer = inb.AdoptionExplorer(archive)
    assert "Trends (on Docker Hub: Analytics > Trends)" in said(explorer)
    assert explorer.frames == {}
    assert not shown(explorer.page) or "inb-blank" in explorer.page._dom_classes


def test_without_tags_their_report_is_named_and_downloads_are_shown(tmp_path: Path) -> None:
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, summary_only(tmp_path)))
    assert "shows the tags that were pulled" in said(explorer)
    assert explorer.frames["downloads"]["data_downloads"].tolist() == [3]
    assert "over time" not in explorer.frames
    assert not shown(explorer.page.panels["gaining"])
    assert not shown(explorer.page.panels["releases"])


def test_without_digests_only_their_panel_says_so(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1.0": 3}))
    explorer = inb.AdoptionExplorer(archive)
    assert "shows the digests that were pulled" in said(explorer.page.panels["digests"])
    assert set(explorer.frames) == PANELS - {"digests", "version"}


def test_the_panels_come_back_with_their_report(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, summary_only(tmp_path))
    explorer = inb.AdoptionExplorer(archive)
    archive.add([week_of(tmp_path, WEEK1, {"1.0": 3})], quiet=True)
    explorer.selection = explorer.selection
    assert explorer.frames["over time"]["pulls"].tolist() == [3]
    assert shown(explorer.page.panels["gaining"])


def test_the_tags_of_a_summary_are_said_to_be_of_all_repositories(tmp_path: Path) -> None:
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, summary_week(tmp_path, WEEK1)))
    assert explorer.frames["over time"]["repository"].unique().tolist() == ["acme/*"]
    assert "acme/*: the Summary names tags without their repository" in said(explorer)
    assert "counts a pull by tag under the digest" in said(explorer.page.panels["digests"])
    assert "names tags of acme/web" not in said(explorer)
    assert_code_gives_frames(explorer)


def test_numbers_that_several_products_share_are_no_releases(tmp_path: Path) -> None:
    files = [summary_week(tmp_path, week) for week in (WEEK1, WEEK2)]
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, *files))
    panels = explorer.page.panels
    assert set(explorer.frames) == {"over time", "gaining", "digests", "downloads"}
    assert not shown(panels["releases"])
    assert not any(heading.startswith("Can we drop acme") for heading in headings(explorer))
    assert "Newest release" not in figures(explorer)
    assert "Analytics > Trends" in said(panels["release curves"])
    assert "How fast releases are adopted" in headings(explorer)
    assert "Something went wrong" not in said(explorer)


def test_a_summary_of_one_repository_tells_of_its_releases(tmp_path: Path) -> None:
    files = [summary_week(tmp_path, week, ["acme/web"]) for week in (WEEK1, WEEK2)]
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, *files))
    # It has one version: none is older.
    assert set(explorer.frames) == PANELS - {"version"}
    assert "Only the newest version of each repository was pulled." in said(explorer)
    facet(explorer).value = ["acme/web:1.x"]
    assert "Can we drop acme/web 1.x?" in headings(explorer)
    assert "without their repository" not in said(explorer)
    assert_code_gives_frames(explorer)


def test_publishers_whose_tags_name_repositories_keep_their_releases(tmp_path: Path) -> None:
    zeta = [
        *(summary_row(WEEK1, f"zeta/{name}", downloads=9, publisher="zeta") for name in "ab"),
        summary_row(WEEK1, "7.0", level="tag", downloads=2, publisher="zeta"),
    ]
    explorer = inb.AdoptionExplorer(
        archive_of(
            tmp_path,
            week_of(tmp_path, WEEK1, {"1.0": 30}),
            write_summary(tmp_path, WEEK1, zeta, name="zeta_summary.csv"),
        )
    )
    assert set(explorer.frames["over time"]["repository"]) == {"acme/web", "zeta/*"}
    assert explorer.frames["releases"]["repository"].tolist() == ["acme/web"]
    assert [item["value"] for item in facet(explorer).items] == ["acme/web:1.x", "acme/web:1.0"]
    assert "Below, its releases are left out" in said(explorer.page.panels["over time"])
    assert_code_gives_frames(explorer)


def test_one_week_says_why_nothing_gains_and_no_release_is_followed(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, week_of(tmp_path, WEEK1, {"1.0": 3, "1.1": 4}))
    panels = inb.AdoptionExplorer(archive).page.panels
    assert chart(panels["gaining"]).empty == "A change needs two periods; one is available."
    assert "in the first report already" in chart(panels["release curves"]).empty
    for name in ("gaining", "release curves"):
        assert chart(panels[name]).blank
        (actions,) = widgets_of(panels[name], Actions)
        assert actions.disabled == ["png", "svg"]


def test_without_releases_or_moves_that_is_said_in_their_place(tmp_path: Path) -> None:
    files = [week_of(tmp_path, week, {"latest": 3}) for week in (WEEK1, WEEK2)]
    panels = inb.AdoptionExplorer(archive_of(tmp_path, *files)).page.panels
    assert chart(panels["gaining"]).empty == "No share changed by 0.05 points or more."
    assert chart(panels["release curves"]).empty == (
        "No tag of these repositories names a minor version."
    )


def test_legacy_reports_show_tags_and_say_what_they_do_not_tell(samples: inb.Archive) -> None:
    view = inb.Selection(repositories=["oldbarrow/anvil", "oldbarrow/tongs"])
    explorer = inb.AdoptionExplorer(samples, selection=view)
    frame = explorer.frames["over time"]
    assert set(frame["source"].dropna()) == {"image_pulls_summary"}
    assert "Legacy reports count only what was asked for by digest." in said(explorer)
    assert "The legacy reports do not count downloads." in said(explorer)
    assert set(explorer.frames) == PANELS
    assert_code_gives_frames(explorer)


def test_a_week_that_is_not_held_is_said(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples)
    assert "1 week of 26 is missing: 11 – 17 May 2026." in said(explorer)
    assert "1 of 26 weeks is missing." in said(explorer.page.panels["digests"])


def test_a_repository_whose_tags_no_report_names_is_said(tmp_path: Path) -> None:
    files = [
        week_of(tmp_path, WEEK1, {"1.0": 3}),
        write_summary(
            tmp_path, WEEK1, [summary_row(WEEK1, "acme/web"), summary_row(WEEK1, "acme/x")]
        ),
    ]
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, *files))
    assert "No report of the time range names tags of acme/x." in said(explorer)
    explorer.selection = inb.Selection(repositories=["acme/x"])
    assert "No report in the archive names tags of these repositories" in said(explorer)
    assert set(explorer.frames) == {"downloads"}


def test_without_a_repository_there_is_nothing_and_a_word_on_it(samples: inb.Archive) -> None:
    explorer = inb.AdoptionExplorer(samples, selection=inb.Selection(repositories=[]))
    assert "No repository is chosen" in said(explorer)
    assert explorer.frames == {}
    assert facet(explorer).items == []
    assert not any(view.datasets.get("rows") for view in widgets_of(explorer, ChartView))
    explorer.selection = inb.Selection(repositories=["moonbarrow/kiln"])
    assert set(explorer.frames) == PANELS


def test_hostile_tags_stay_text(tmp_path: Path) -> None:
    explorer = inb.AdoptionExplorer(hostile_archive(tmp_path))
    assert SCRIPT in set(explorer.frames["over time"]["tag"])
    for view in widgets_of(explorer, ChartView):
        assert "<script" not in str(view.datasets) + str(view.signals) + view.description
    assert_code_gives_frames(explorer)


def test_a_version_of_a_hostile_repository_can_be_asked_of(tmp_path: Path) -> None:
    name = "acme/a:1,b%"
    files = [week_of(tmp_path, week, {"1.0": 3, "2.0": 9}, name) for week in (WEEK1, WEEK2)]
    explorer = inb.AdoptionExplorer(archive_of(tmp_path, *files))
    facet(explorer).value = [f"{name}:1.0"]
    assert explorer.frames["version"]["pulls"].tolist() == [3, 3]
    given = explorer.page.parameters()
    other = inb.AdoptionExplorer(explorer.page.archive)
    assert other.page.restore(given, other.selection) == []
    other.page.draw(other.selection)
    assert facet(other).value == [f"{name}:1.0"]
    assert_code_gives_frames(other)


def test_legacy_repositories_show_how_they_were_pulled(samples: inb.Archive) -> None:
    view = inb.Selection(repositories=["oldbarrow/anvil"])
    explorer = inb.AdoptionExplorer(samples, selection=view)
    pd.testing.assert_frame_equal(explorer.frames["downloads"], inb.pull_actions(samples, view))
    assert "do not count downloads" in said(explorer)
    assert_code_gives_frames(explorer)
