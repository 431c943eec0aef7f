"""Who pulls, over time and over the interval: readable names, fixed orders, honest notes."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
import vl_convert

import insights_nb as inb
from insights_nb.charts.audience import (
    WORDS,
    audience_bar_drawing,
    audience_bars,
    audience_chart,
    audience_drawing,
)
from insights_nb.charts.drawing import as_rows
from insights_nb.counts.clients import USE_CASES
from insights_nb.counts.sources import DIMENSIONS
from insights_nb.errors import FrameError, SelectionError

Counts = dict[str | None, list[int | None]]


def frame_of(by: str, counts: Counts, **attrs: object) -> pd.DataFrame:
    """Return a frame as `insights_nb.audience` gives it, a list of weeks per value."""
    weeks = pd.date_range("2026-09-07", periods=len(next(iter(counts.values()))), freq="7D")
    rows = [
        (day, value, pulls[place])
        for place, day in enumerate(weeks)
        for value, pulls in counts.items()
    ]
    frame = pd.DataFrame(rows, columns=["period", by, "pulls"])
    frame[by] = frame[by].astype("str")
    frame["pulls"] = frame["pulls"].astype("Int64")
    frame["version_checks"] = frame["pulls"] // 10
    whole = frame.groupby("period")["pulls"].transform("sum")
    frame["share"] = (frame["pulls"] / whole.where(whole > 0)).astype("Float64")
    frame.attrs |= {"granularity": "week", "source": "trends", "missing": [], "left_out": []}
    frame.attrs |= attrs
    return frame


def names(frame: pd.DataFrame) -> list[str]:
    """Return what the legend names, lowest band first."""
    signals = audience_drawing(frame).signals
    return [signals["names"][slot] for slot in signals["shown"]]


def bars(frame: pd.DataFrame, **options: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - the chart's
    """Return each bar's label and number, from the top."""
    rows = audience_bar_drawing(frame, **options).datasets["rows"]
    return list(zip(rows["label"], rows["number"], strict=True))


def notes(frame: pd.DataFrame) -> list[str]:
    found: list[str] = audience_drawing(frame).signals["notes"]
    return found


def test_every_dimension_that_can_be_asked_for_has_words() -> None:
    assert set(WORDS) == set(DIMENSIONS)


def test_countries_are_called_by_their_names() -> None:
    frame = frame_of("country", {"NA": [9], "DE": [3], "Q9": [2], None: [1]})
    assert names(frame) == ["Namibia", "Germany", "Q9", "not named"]
    assert [label for label, _ in bars(frame)] == ["Namibia", "Germany", "Q9", "not named"]


def test_no_cloud_is_told_from_a_cloud_that_is_not_named() -> None:
    frame = frame_of("cloud", {"no csp": [9], "aws": [3], None: [1]})
    assert names(frame) == ["no cloud provider", "aws", "not named"]
    assert [label for label, _ in bars(frame)] == ["no cloud provider", "aws", "not named"]


def test_pulls_that_name_no_tag_are_by_digest() -> None:
    frame = frame_of("tag", {"latest": [9], None: [3]})
    assert names(frame) == ["latest", "by digest"]
    assert [label for label, _ in bars(frame)] == ["latest", "by digest"]


def test_use_cases_keep_their_order_and_colours_whichever_are_there() -> None:
    every = frame_of("use_case", {name: [count] for count, name in enumerate(USE_CASES, 1)})
    assert names(every) == ["Local Dev", "CI/CD", "Prod", "Unknown"]
    some = audience_drawing(frame_of("use_case", {"Prod": [9], "Local Dev": [1]})).signals
    assert [some["names"][slot] for slot in some["shown"]] == ["Local Dev", "Prod"]
    assert some["shown"] == [0, 2]


def test_the_notes_say_which_report_counts_and_what_is_inferred() -> None:
    assert notes(frame_of("country", {"DE": [1]}))[0] == "Source: Trends"
    frame = frame_of("use_case", {"Prod": [1]}, left_out=["acme/old"])
    assert notes(frame)[:2] == [
        "Source: Trends; use cases are inferred",
        "Left out: 1 repository of other reports.",
    ]
    legacy = frame_of("industry", {"Bank": [1]}, source="image_pulls_raw")
    assert notes(legacy)[0].startswith("Source: ")
    assert notes(legacy)[0] != "Source: Trends"


def test_a_frame_that_lost_its_notes_is_drawn_without_them() -> None:
    frame = frame_of("country", {"DE": [1]})
    frame.attrs = {"granularity": "week"}
    assert notes(frame) == ["7 – 13 Sep 2026"]


def test_a_week_that_is_not_held_is_a_gap_and_no_zero() -> None:
    frame = frame_of("cloud", {"aws": [5, None, 7]}, missing=["2026-W38"])
    drawing = audience_drawing(frame)
    datasets, signals = drawing.datasets, drawing.signals
    assert [row["text"] for row in as_rows(datasets["gaps"])] == ["No report for 14 – 20 Sep 2026."]
    assert len(as_rows(datasets["rows"])) == 2
    assert "No report for 14 – 20 Sep 2026." in signals["notes"]


def test_bars_say_which_weeks_they_lack() -> None:
    frame = frame_of("cloud", {"aws": [5, None, 7]}, missing=["2026-W38"])
    assert bars(frame) == [("aws", "12 · 100.0 %")]
    assert "Missing, not counted: 14 – 20 Sep 2026." in audience_bar_drawing(frame).signals["notes"]
    frame = frame_of("cloud", {"aws": [5, None, None]}, missing=["2026-W38", "2026-W39"])
    assert "Missing, not counted: 2 weeks." in audience_bar_drawing(frame).signals["notes"]


def test_shares_stack_to_one() -> None:
    frame = frame_of("client", {"docker": [3], "podman": [1]})
    drawing = audience_drawing(frame, share=True)
    datasets, signals = drawing.datasets, drawing.signals
    assert max(datasets["rows"]["upper"]) == pytest.approx(1)
    assert signals["heading"] == "Share of pulls by client per week"


def test_another_measure_is_counted_and_named() -> None:
    frame = frame_of("client", {"docker": [30], "podman": [10]})
    drawing = audience_drawing(frame, measure="version_checks")
    datasets, signals = drawing.datasets, drawing.signals
    assert [row["count"] for row in as_rows(datasets["rows"])] == [
        "3 version checks",
        "1 version check",
    ]
    assert signals["heading"] == "Version checks by client per week"
    assert bars(frame, measure="version_checks") == [
        ("docker", "3 · 75.0 %"),
        ("podman", "1 · 25.0 %"),
    ]


def test_bars_add_the_interval_up_most_pulls_first() -> None:
    frame = frame_of("country", {"DE": [1, 2], "US": [10, 20], "FR": [0, 0], None: [3, 4]})
    assert bars(frame) == [
        ("United States", "30 · 75.0 %"),
        ("not named", "7 · 17.5 %"),
        ("Germany", "3 · 7.5 %"),
    ]


def test_beyond_fifteen_bars_the_smallest_are_one() -> None:
    frame = frame_of("tag", {f"1.{number}": [100 - number] for number in range(20)})
    assert len(bars(frame)) == 15
    assert bars(frame)[-1][0] == "Other (6 tags)"
    assert len(bars(frame, most=5)) == 5


def test_the_titles_say_what_and_when() -> None:
    frame = frame_of("cloud", {"aws": [5, 6]})
    assert audience_chart(frame).to_dict()["title"]["text"] == "Pulls by cloud provider per week"
    title = audience_bars(frame).to_dict()["title"]["text"]
    assert title == "Pulls by cloud provider, 7 – 20 Sep 2026"


def test_the_words_say_what_is_drawn() -> None:
    frame = frame_of("country", {"NA": [3], "DE": [1]})
    said = audience_drawing(frame).description
    assert said.startswith("Pulls by country per week. Source: Trends. 7 – 13 Sep 2026.")
    assert "Namibia: 3 pulls (75.0 %)" in said
    said = audience_bar_drawing(frame).description
    assert said == (
        "Pulls by country, 7 – 13 Sep 2026. Source: Trends. "
        "Namibia: 3 pulls, 75.0 %. Germany: 1 pull, 25.0 %."
    )


@pytest.mark.parametrize("values", [[None, None], []])
def test_a_frame_without_counts_says_so(values: list[None]) -> None:
    frame = frame_of("country", {"DE": values})
    for chart in (audience_chart(frame, width=400), audience_bars(frame, width=400)):
        assert "Nothing to show." in vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))


@pytest.mark.parametrize("chart", [audience_chart, audience_bars])
def test_a_frame_of_no_or_two_dimensions_is_refused(chart: Any) -> None:  # noqa: ANN401 - either
    frame = frame_of("country", {"DE": [1]})
    with pytest.raises(FrameError, match=r"one of country, .*insights_nb\.audience"):
        chart(frame.drop(columns="country"))
    with pytest.raises(FrameError, match="one of country"):
        chart(frame.assign(tag="latest"))
    with pytest.raises(FrameError, match="pulls"):
        chart(frame.drop(columns="pulls"))
    with pytest.raises(SelectionError, match="measure"):
        chart(frame, measure="stars")


@pytest.mark.parametrize("by", ["country", "cloud", "client", "use_case", "tag", "repository"])
def test_every_dimension_of_the_samples_draws(samples: inb.Archive, by: str) -> None:
    frame = inb.audience(samples, None, by)
    for chart in (audience_chart(frame, width=600), audience_bars(frame, width=600)):
        drawn = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
        assert drawn.count("aria-label=") > 4


def test_names_from_data_stay_text() -> None:
    hostile = "</script><script>window.ran=1</script>\u202e"
    frame = frame_of("client", {hostile: [5], "=cmd()": [3]})
    for chart in (audience_chart(frame, width=600), audience_bars(frame, width=600)):
        html = chart.to_html()
        assert "<script>window.ran" not in html
        assert "\u202e" not in html
