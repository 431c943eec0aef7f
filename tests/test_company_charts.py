"""The charts of companies: what they draw is what the frames say."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts.companies import (
    NO_COMPANY,
    company_changes_drawing,
    company_drawing,
    company_users_drawing,
    heavy_users_drawing,
)
from insights_nb.charts.deployments import deployment_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.bars import FOLDED, MOST
from insights_nb.charts.stacks import stacks_drawing
from insights_nb.errors import FrameError
from tests.drawing import HOSTILE, WIDTHS, shipped, svg, texts


def companies(counts: dict[str | None, list[int | None]]) -> pd.DataFrame:
    """Make what `insights_nb.companies` gives: None is a week that is not held."""
    weeks = pd.date_range("2026-09-07", periods=len(next(iter(counts.values()))), freq="7D")
    rows = [(week, name, counts[name][i]) for i, week in enumerate(weeks) for name in counts]
    made = pd.DataFrame(rows, columns=["period", "domain", "pulls"]).astype({"domain": "str"})
    for measure in ("pulls", "data_downloads", "version_checks"):
        made[measure] = pd.array(made["pulls"], dtype="Int64")
    for bound, factor in (("at_least", 1), ("at_most", 2)):
        made[f"unique_authenticated_users_{bound}"] = made["pulls"] * factor
    made.attrs["granularity"] = "week"
    return made


def column(made: Drawing, name: str, dataset: str = "rows") -> list[Any]:
    found = made.datasets[dataset][name]
    if isinstance(found, dict):
        return [found["categories"][code] for code in found["codes"]]
    return list(found)


# -- Heavy users ------------------------------------------------------------------------------


def test_heavy_users_are_the_frames(samples: inb.Archive) -> None:
    frame = inb.heavy_users(inb.companies(samples))
    made = heavy_users_drawing(frame)
    assert column(made, "label") == [*frame["domain"]]
    assert column(made, "stop", "bars") == [*frame["pulls"]]
    assert made.signals["notes"] == ["1 period missing."]
    assert "brambleworks.example: 203,776 pulls, 51.5 %." in made.description


def test_heavy_users_by_another_measure_count_that() -> None:
    frame = inb.heavy_users(companies({"a.example": [3, 4]}), measure="version_checks")
    made = heavy_users_drawing(frame, "version_checks")
    assert made.signals["heading"] == "Version checks by company"
    assert column(made, "tip")[0] == {
        "Company": "a.example",
        "Count": "7 version checks",
        "Share": "100.0 %",
    }


def test_five_hundred_companies_are_fifteen_bars_whose_sum_is_theirs() -> None:
    frame = inb.heavy_users(companies({f"c{n}.example": [n, n] for n in range(500)}))
    made = heavy_users_drawing(frame)
    assert len(column(made, "label")) == MOST
    assert column(made, "label")[-1] == "Other (486 companies)"
    assert sum(column(made, "stop", "bars")) == frame["pulls"].sum()


def test_pulls_that_name_no_company_are_called_so() -> None:
    frame = companies({"a.example": [1], None: [5]})
    assert column(heavy_users_drawing(inb.heavy_users(frame)), "label") == [
        NO_COMPANY,
        "a.example",
    ]
    assert company_drawing(frame).signals["names"][:2] == [NO_COMPANY, "a.example"]


# -- Over time --------------------------------------------------------------------------------


def test_the_largest_company_has_the_first_line() -> None:
    made = company_drawing(companies({"a": [1, 2], "b": [10, 20], "c": [5, 5]}))
    assert made.signals["names"][:3] == ["b", "c", "a"]
    assert column(made, "value") == [10, 20, 5, 5, 1, 2]


def test_a_week_that_is_not_held_breaks_the_lines_and_is_not_zero() -> None:
    made = company_drawing(companies({"a": [1, None, 3]}))
    assert column(made, "value") == [1, None, 3]
    assert column(made, "text", "gaps") == ["No count for 14 – 20 Sep 2026."]


def test_small_companies_are_added_up_in_one_line() -> None:
    made = company_drawing(companies({f"c{n:02}": [n] for n in range(1, 21)}))
    assert sum(column(made, "value")) == 210
    assert "Other (9 companies)" in made.signals["names"]


def test_users_of_the_three_largest_companies_are_ranges() -> None:
    made = company_users_drawing(companies({"a": [1, 2], "b": [9, None], "c": [5, 5], "d": [3, 3]}))
    assert made.signals["names"] == ["c", "b", "d"]
    assert column(made, "count")[:2] == ["between 5 and 10 users", "between 5 and 10 users"]
    assert "1 company with fewer not drawn." in made.signals["notes"]


# -- Changes ----------------------------------------------------------------------------------


def test_changes_are_the_frames_with_their_status_in_words() -> None:
    frame = companies(
        {"new": [0, 9], "grow": [10, 20], "calm": [100, 101], "less": [50, 20], "gone": [4, 0]}
    )
    made = company_changes_drawing(inb.company_changes(frame))
    assert column(made, "label") == ["grow", "new", "calm", "gone", "less"]
    assert column(made, "number") == [
        "growing +10 (+100.0 %)",
        "new +9",
        "steady +1 (+1.0 %)",
        "stopped pulling −4",
        "shrinking −30 (−60.0 %)",
    ]
    bars = [*zip(*(column(made, n, "bars") for n in ("start", "stop", "slot")), strict=True)]
    assert bars == [(0, 10, 0), (0, 9, 0), (0, 1, FOLDED), (-4, 0, 1), (-30, 0, 1)]
    assert made.signals["names"][0] == "more"
    assert column(made, "text")[0] == "grow: growing, 10 → 20 pulls"


def test_a_company_of_which_one_side_is_not_held_is_left_out_and_counted() -> None:
    frame = inb.company_changes(companies({"a": [1, 9], "b": [1, 9]}))
    frame.loc[0, ["status", "before"]] = None
    made = company_changes_drawing(frame)
    assert column(made, "label") == ["b"]
    assert "1 company left out: one side is missing." in made.signals["notes"]


def test_of_many_changes_the_largest_of_both_sides_are_drawn() -> None:
    counts: dict[str | None, list[int | None]] = {f"g{n}": [100, 200 + n] for n in range(30)}
    counts |= {f"l{n}": [50, 10 + n] for n in range(30)}
    made = company_changes_drawing(inb.company_changes(companies(counts)))
    assert len(column(made, "label")) == MOST
    assert column(made, "label")[0] == "g29"
    assert column(made, "label")[-1] == "l0"
    assert "45 companies with smaller changes not drawn." in made.signals["notes"]


# -- Deployments ------------------------------------------------------------------------------


def test_a_place_is_one_bar_with_its_use_cases_in_their_order(samples: inb.Archive) -> None:
    frame = inb.deployment_pattern(samples)
    made = deployment_drawing(frame)
    assert made.signals["names"][:4] == ["Local Dev", "CI/CD", "Prod", "Unknown"]
    aws = frame[(frame["cloud"] == "aws") & (frame["country"] == "US")]
    assert column(made, "label")[0] == "aws · United States"
    first = [row == 0 for row in column(made, "row", "bars")]
    stops = [stop for stop, here in zip(column(made, "stop", "bars"), first, strict=True) if here]
    assert stops[-1] == aws["pulls"].sum()
    lengths = [
        stop - start
        for start, stop in zip(
            column(made, "start", "bars"), column(made, "stop", "bars"), strict=True
        )
    ]
    assert sum(lengths) == frame["pulls"].sum()


def test_each_part_says_what_it_is() -> None:
    frame = pd.DataFrame(
        {
            "use_case": ["CI/CD", "Prod", None],
            "cloud": ["aws", "aws", "no csp"],
            "country": ["NA", "NA", None],
            "pulls": pd.array([1, 3, 4], dtype="Int64"),
        }
    ).astype({"use_case": "str", "cloud": "str", "country": "str"})
    made = deployment_drawing(frame)
    assert column(made, "label") == ["aws · Namibia", "no cloud provider · not named"]
    assert column(made, "text", "bars") == [
        "aws · Namibia, CI/CD: 1 pull, 12.5 %",
        "aws · Namibia, Prod: 3 pulls, 37.5 %",
        "no cloud provider · not named, Unknown: 4 pulls, 50.0 %",
    ]


def test_a_pattern_by_cloud_alone_is_drawn_by_cloud(samples: inb.Archive) -> None:
    frame = inb.deployment_pattern(samples, by=("use_case", "cloud"))
    made = deployment_drawing(frame)
    assert made.signals["heading"] == "Pulls by cloud"
    assert {*column(made, "label")} == {"aws", "azure", "gcp", "no cloud provider"}


def test_a_company_without_pulls_draws_nothing_and_says_so(samples: inb.Archive) -> None:
    made = deployment_drawing(inb.deployment_pattern(samples).iloc[:0])
    assert "Nothing to show." in made.signals["notes"]


# -- Stacks -----------------------------------------------------------------------------------


def test_popular_images_are_the_frames_and_those_of_earlier_reports_apart(
    samples: inb.Archive,
) -> None:
    frame = inb.popular_pairs(inb.stacks(samples))
    made = stacks_drawing(frame)
    assert column(made, "label")[0] == frame["paired_image"].iloc[0]
    assert column(made, "number")[0] == "14 · 56.0 %"
    stops = dict(zip(column(made, "row", "bars"), column(made, "stop", "bars"), strict=True))
    assert [*stops.values()] == [*frame["companies"]]
    current = [
        stop
        for stop, slot in zip(
            column(made, "stop", "bars"), column(made, "slot", "bars"), strict=True
        )
        if slot == 0
    ]
    assert current == [*frame["current"]]
    assert made.signals["names"][FOLDED] == "in earlier ones only"


# -- All of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_draws_the_samples(samples: inb.Archive, width: int) -> None:
    frame = inb.companies(samples)
    drawings = [
        heavy_users_drawing(inb.heavy_users(frame)),
        company_changes_drawing(inb.company_changes(frame)),
        deployment_drawing(inb.deployment_pattern(samples)),
        stacks_drawing(inb.popular_pairs(inb.stacks(samples))),
        company_drawing(frame),
        company_users_drawing(frame),
    ]
    for made in drawings:
        drawn = texts(shipped(made, width))
        assert made.signals["heading"].split(", ")[0] in " ".join(drawn)


@pytest.mark.parametrize(
    ("chart", "metric"),
    [
        ("heavy_users_chart", lambda frame: inb.heavy_users(frame)),
        ("company_chart", lambda frame: frame),
        ("company_users_chart", lambda frame: frame),
        ("company_changes_chart", lambda frame: inb.company_changes(frame)),
    ],
)
def test_names_from_data_stay_text_and_missing_columns_are_named(chart: str, metric: Any) -> None:  # noqa: ANN401 - a metric
    frame = metric(companies({HOSTILE: [3, 4], "=cmd()": [1, 2]}))
    draw = getattr(inb, chart)
    shown = svg(draw(frame, width=700))
    assert "<script>alert" not in draw(frame).to_html()
    assert "\u202e" not in shown
    assert "=cmd()" in shown
    with pytest.raises(FrameError, match=r"domain.*insights_nb\."):
        draw(frame.drop(columns="domain"))
