"""How fast releases are adopted, and downloads against checks: what is drawn and left out."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
import vl_convert

import insights_nb as inb
from insights_nb.charts.downloads import (
    downloads_chart,
    downloads_drawing,
)
from insights_nb.charts.marks.stack import PARAMETERS as BANDS
from insights_nb.charts.releases import PARAMETERS, release_chart, release_drawing
from insights_nb.errors import FrameError, SelectionError
from insights_nb.metrics.release_curves import adoption_curves
from insights_nb.metrics.releases import release_adoption
from tests.test_adoption import frame_of
from tests.test_lines_chart import HOSTILE

# 1.0 was there before the first report; 1.1 came in the second week, 1.2 in the fourth.
TAGS: dict[str | None, list[int | None]] = {
    "1.0": [10, 90, 60, 20, 10],
    "1.1": [0, 10, 40, 60, 30],
    "1.2": [0, 0, 0, 20, 60],
    "1": [7, 7, 7, 7, 7],
    None: [9, 9, 9, 9, 9],
}


def plain(columns: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [column["categories"][code] for code in column["codes"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }


def drawn(curves: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(plain(release_drawing(curves).datasets["rows"]))


def several(*frames: pd.DataFrame) -> pd.DataFrame:
    names = ["acme/web", "acme/api", "zeta/web"]
    made = pd.concat(
        [frame.assign(repository=name) for name, frame in zip(names, frames, strict=False)],
        ignore_index=True,
    ).astype({"repository": "str"})
    made.attrs["granularity"] = "week"
    return made


# --- the metric -----------------------------------------------------------------------------


def test_a_curve_starts_with_the_first_pulls_and_is_a_share_of_the_major() -> None:
    curves = adoption_curves(frame_of(TAGS))
    its = curves[curves["release"] == "1.1"]
    assert its["days"].tolist() == [0, 7, 14, 21]
    assert its["share"].tolist() == [0.1, 0.4, 0.6, 0.3]
    assert its["pulls"].tolist() == [10, 40, 60, 30]
    assert curves["release"].drop_duplicates().tolist() == ["1.2", "1.1", "1.0"]
    assert curves.groupby("release")["censored"].first().to_dict() == {
        "1.0": True,
        "1.1": False,
        "1.2": False,
    }


def test_a_week_without_report_is_unknown_in_a_curve() -> None:
    curves = adoption_curves(frame_of({"1.0": [9, 8, None, 6], "1.1": [0, 2, None, 4]}))
    its = curves[curves["release"] == "1.1"]
    assert its["share"].isna().tolist() == [False, True, False]
    assert its["pulls"].isna().tolist() == [False, True, False]


def test_curves_reach_10_and_50_percent_when_release_adoption_says(samples: inb.Archive) -> None:
    tags = inb.tag_pulls(samples, inb.Selection("week", 12))
    curves = adoption_curves(tags)
    told = release_adoption(tags)
    for wanted, name in ((0.1, "days_to_10"), (0.5, "days_to_50")):
        there = curves[(curves["share"] >= wanted) & ~curves["censored"]]
        days = there.groupby(["repository", "release"])["days"].min()
        expected = told.set_index(["repository", "release"])[name].dropna()
        assert days.sort_index().to_dict() == expected.sort_index().to_dict()
        assert len(days) > 5


def test_a_part_that_is_not_offered_is_refused() -> None:
    with pytest.raises(SelectionError, match="patch"):
        adoption_curves(frame_of(TAGS), by="build")  # type: ignore[arg-type]


def test_a_frame_without_versions_gives_no_curves() -> None:
    curves = adoption_curves(frame_of({"edge": [1, 2]}))
    assert curves.empty
    assert "Nothing to show." in release_drawing(curves).signals["notes"]


# --- the release chart ----------------------------------------------------------------------


def test_a_point_says_release_days_period_share_and_count() -> None:
    rows = drawn(adoption_curves(frame_of(TAGS)))
    last = rows[rows["name"] == "1.1"].iloc[1]
    assert last[["since", "dates", "said", "count", "reached"]].tolist() == [
        "7 days", "21 – 27 Sep 2026", "40.0 %", "40 pulls", "–",
    ]  # fmt: skip


def test_the_points_at_10_and_50_percent_are_told() -> None:
    rows = drawn(adoption_curves(frame_of(TAGS)))
    assert rows.loc[rows["name"] == "1.1", "reached"].tolist() == ["10 %", "–", "50 %", "–"]
    # It was above 10 % at once.
    assert rows.loc[rows["name"] == "1.2", "reached"].tolist() == ["10 %", "50 %"]


def test_releases_that_may_be_older_are_left_out_and_said() -> None:
    curves = adoption_curves(frame_of(TAGS))
    signals = release_drawing(curves).signals
    assert signals["names"][:3] == ["1.2", "1.1", ""]
    assert "Left out: 1 that may be older than the first report." in signals["notes"]


def test_a_release_that_was_always_alone_is_left_out_and_said() -> None:
    curves = adoption_curves(frame_of({**TAGS, "2.0": [0, 5, 6, 7, 8]}))
    signals = release_drawing(curves).signals
    assert "2.0" not in signals["names"]
    assert "1 without any other of the major" in signals["notes"][-1]


def test_the_seven_newest_are_drawn() -> None:
    tags: dict[str | None, list[int | None]] = {
        f"1.{n}": [0] * n + [5] * (12 - n) for n in range(12)
    }
    signals = release_drawing(adoption_curves(frame_of(tags))).signals
    assert signals["names"][:8] == [*(f"1.{n}" for n in range(11, 4, -1)), ""]
    assert "4 first seen earlier than these" in signals["notes"][-1]


def test_a_gap_breaks_a_curve() -> None:
    rows = drawn(adoption_curves(frame_of({"1.0": [9, 8, None, 6], "1.1": [0, 2, None, 4]})))
    assert rows["said"].tolist() == ["20.0 %", "not known", "40.0 %"]
    assert rows["share"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("count", "names"), [(2, ["api 1.1", "web 1.1"]), (3, ["acme/api 1.1", "acme/web 1.1"])]
)
def test_releases_of_several_repositories_are_named_as_short_as_they_can_be(
    count: int, names: list[str]
) -> None:
    frame = frame_of({"1.0": [9, 8], "1.1": [0, 2]})
    signals = release_drawing(adoption_curves(several(*[frame] * count))).signals
    assert signals["names"][:2] == names
    assert signals["notes"][0] == f"{count} repositories"


def test_the_description_tells_when_each_release_was_there() -> None:
    said = release_drawing(adoption_curves(frame_of(TAGS))).description
    assert "1.1: 10 % after 0 days, 50 % after 14 days, now 30.0 % after 21 days." in said


def test_the_release_chart_draws_both_marks_and_names_its_axis() -> None:
    chart = release_chart(adoption_curves(frame_of(TAGS)), width=600)
    svg = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
    assert ">Days since the release was first seen<" in svg
    assert svg.count(">10 %<") == 1
    assert svg.count(">50 %<") == 1
    assert "1.1, 14 days: 60.0 %, reached 50 %" in svg


def test_the_release_charts_signals_are_its_parameters() -> None:
    signals = release_drawing(adoption_curves(frame_of(TAGS))).signals
    assert set(signals) == set(PARAMETERS) - {"room"}


def test_a_release_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"censored.*insights_nb\.adoption_curves"):
        release_chart(adoption_curves(frame_of(TAGS)).drop(columns="censored"))


def test_names_of_releases_stay_text() -> None:
    frame = frame_of({"1.0": [9, 8], "1.1": [0, 2]})
    both = several(frame, frame).replace({"repository": {"acme/api": f"acme/{HOSTILE}"}})
    chart = release_chart(adoption_curves(both), width=600)
    assert "<script>alert" not in chart.to_html()
    assert "script>alert(1)" in chart.to_html()


# --- downloads against checks ---------------------------------------------------------------


def counts(
    downloads: list[int | None], checks: list[int | None], name: str = "acme/web"
) -> pd.DataFrame:
    """Make what `downloads_and_checks` gives for one repository."""
    frame = pd.DataFrame(
        {
            "period": pd.date_range("2026-09-07", periods=len(downloads), freq="7D"),
            "repository": name,
            "data_downloads": pd.array(downloads, dtype="Int64"),
            "version_checks": pd.array(checks, dtype="Int64"),
        }
    )
    frame.attrs["granularity"] = "week"
    return frame


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    made = pd.concat(frames, ignore_index=True)
    made.attrs["granularity"] = "week"
    return made


def test_checks_lie_on_downloads_each_in_its_own_unit() -> None:
    rows = plain(downloads_drawing(counts([1, 30], [3, 10])).datasets["rows"])
    assert rows["name"] == ["Data downloads"] * 2 + ["Version checks"] * 2
    assert rows["count"] == [
        "1 data download", "30 data downloads", "3 version checks", "10 version checks",
    ]  # fmt: skip
    assert rows["lower"] == [0, 0, 1, 30]
    assert rows["share"] == ["25.0 %", "75.0 %", "75.0 %", "25.0 %"]


def test_shares_of_downloads_stack_to_one() -> None:
    drawing = downloads_drawing(counts([1, 30], [3, 10]), share=True)
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["rows"]["upper"] == pytest.approx([0.25, 0.75, 1, 1])
    assert signals["heading"] == "Share of data downloads and version checks per week"


def test_repositories_are_added_up_and_a_week_that_one_lacks_is_said() -> None:
    frame = together(counts([1, 2], [3, 4]), counts([10, None], [30, None], "acme/api"))
    drawing = downloads_drawing(frame)
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["rows"]["upper"] == [11, 2, 44, 6]
    assert datasets["gaps"]["text"] == []
    assert signals["notes"][0] == "2 repositories"
    assert "1 week lacks some repository's counts." in signals["notes"]


def test_a_repository_that_never_tells_them_apart_is_left_out_and_said() -> None:
    frame = together(counts([1, 2], [3, 4]), counts([None, None], [30, 40], "acme/old"))
    drawing = downloads_drawing(frame)
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["rows"]["upper"] == [1, 2, 4, 6]
    assert signals["notes"] == [
        "acme/web",
        "7 – 20 Sep 2026",
        "Left out: 1 repository whose reports do not tell them apart.",
    ]


def test_a_week_without_counts_is_a_gap() -> None:
    datasets = downloads_drawing(counts([1, None, 2], [3, None, 4])).datasets
    assert datasets["gaps"]["text"] == ["No report for 14 – 20 Sep 2026."]


def test_the_description_of_downloads_tells_the_newest_column() -> None:
    said = downloads_drawing(counts([1, 30], [3, 10])).description
    assert "In 14 – 20 Sep 2026: Data downloads: 30 data downloads (75.0 %); " in said


def test_downloads_of_which_nothing_is_known_say_so() -> None:
    made = downloads_drawing(counts([None], [None]))
    assert "nothing to show" in made.description
    assert set(made.signals) == set(BANDS) - {"room"}


def test_the_chart_of_downloads_is_drawn_on_the_samples(samples: inb.Archive) -> None:
    frame = inb.downloads_and_checks(samples, inb.Selection("week", 3))
    chart = downloads_chart(frame, width=600)
    total = frame[["data_downloads", "version_checks"]].dropna().sum().sum()
    rows = chart.to_dict()["datasets"]["rows"]
    assert sum(row["upper"] - row["lower"] for row in rows) == total


def test_a_frame_of_downloads_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"version_checks.*downloads_and_checks"):
        downloads_chart(counts([1], [1]).drop(columns="version_checks"))
