"""The adoption charts: a band for each tag or version, a column for each period."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from insights_nb.charts import theme
from insights_nb.charts.adoption import adoption_drawing, cohort_chart, tag_chart
from insights_nb.charts.marks.stack import PARAMETERS, STACK, colours
from insights_nb.errors import FrameError, MixedGranularityError
from insights_nb.metrics.adoption import cohorts
from tests.test_adoption import frame_of

HOSTILE = "</script><script>alert(1)</script>\u202e"
TAGS: dict[str | None, list[int | None]] = {
    "1.10": [10, 20, None, 40],
    "1.9": [30, 20, None, 0],
    None: [60, 60, None, 60],
}


def rows(chart: alt.LayerChart, name: str = "rows") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chart.to_dict()["datasets"][name]
    return found


def params(chart: alt.LayerChart) -> dict[str, Any]:
    return {param["name"]: param.get("value") for param in chart.to_dict()["params"]}


def names(chart: alt.LayerChart) -> list[str]:
    """Return what the legend names, lowest band first."""
    given = params(chart)
    return [given["names"][slot] for slot in given["shown"]]


def svg(chart: alt.LayerChart) -> str:
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
    return drawn


def several(**frames: pd.DataFrame) -> pd.DataFrame:
    made = pd.concat(
        [frame.assign(repository=f"acme/{name}") for name, frame in frames.items()],
        ignore_index=True,
    ).astype({"repository": "str", "source": "str"})
    made.attrs["granularity"] = "week"
    return made


def test_newer_versions_lie_lower_and_pulls_by_digest_on_top() -> None:
    first = [row for row in rows(tag_chart(frame_of(TAGS))) if row["dates"] == "7 – 13 Sep 2026"]
    assert [(row["name"], row["lower"], row["upper"]) for row in first] == [
        ("1.10", 0, 10),
        ("1.9", 10, 40),
        ("by digest", 40, 100),
    ]
    assert names(tag_chart(frame_of(TAGS))) == ["1.10", "1.9", "by digest"]


def test_a_band_says_period_count_and_share_exactly() -> None:
    frame = frame_of({"1.0": [1, 1234], None: [2, 2000]})
    bands = [row for row in rows(tag_chart(frame)) if row["name"] == "1.0"]
    assert [(row["dates"], row["count"], row["share"]) for row in bands] == [
        ("7 – 13 Sep 2026", "1 pull", "33.3 %"),
        ("14 – 20 Sep 2026", "1,234 pulls", "38.2 %"),
    ]


def test_shares_stack_to_one_on_an_axis_of_percent() -> None:
    chart = tag_chart(frame_of(TAGS), share=True)
    tops = [row["upper"] for row in rows(chart) if row["name"] == "by digest"]
    assert tops == pytest.approx([1, 1, 1])
    assert (params(chart)["percent"], params(chart)["ceiling"]) == (True, 1)
    assert ">80 %<" in svg(tag_chart(frame_of(TAGS), share=True, width=600))


def test_a_share_stays_one_of_all_pulls_where_digests_are_left_out() -> None:
    chart = tag_chart(frame_of(TAGS).dropna(subset=["tag"]), share=True)
    assert [row["upper"] for row in rows(chart) if row["name"] == "1.10"] == pytest.approx(
        [0.1, 0.2, 0.4]
    )


def test_a_week_without_report_is_marked_and_draws_nothing() -> None:
    chart = tag_chart(frame_of(TAGS))
    (gap,) = rows(chart, "gaps")
    assert gap["text"] == "No report for 21 – 27 Sep 2026."
    assert gap["text"] in params(chart)["notes"]
    assert gap["start"] == pd.Timestamp("2026-09-21", tz="UTC").timestamp() * 1000
    assert "21 – 27 Sep 2026" not in {row["dates"] for row in rows(chart)}


def test_a_week_that_the_frame_leaves_out_is_a_gap_too() -> None:
    frame = frame_of({"1": [1, 2, 3]})
    (gap,) = rows(tag_chart(frame[frame["pulls"] != 2]), "gaps")
    assert gap["text"] == "No report for 14 – 20 Sep 2026."


def test_a_held_week_without_pulls_is_no_gap() -> None:
    assert rows(tag_chart(frame_of({"1": [1, 0, 3]})), "gaps") == []


def test_several_gaps_are_counted() -> None:
    chart = tag_chart(frame_of({"1": [1, None, 3, None, None, 2]}))
    assert [gap["text"] for gap in rows(chart, "gaps")] == [
        "No report for 14 – 20 Sep 2026.",
        "No report for 28 Sep – 11 Oct 2026.",
    ]
    assert "3 weeks are unknown (shaded)." in params(chart)["notes"]


def test_a_column_is_as_wide_as_its_period() -> None:
    (week,) = rows(tag_chart(frame_of({"1": [1]})))
    assert (week["end"] - week["start"]) / 86_400_000 == 6.5
    month = frame_of({"1": [1]}, "2026-09-01")
    month.attrs["granularity"] = "month"
    (row,) = rows(tag_chart(month))
    assert (row["end"] - row["start"]) / 86_400_000 == 28
    assert row["dates"] == "Sep 2026"


def test_the_title_says_what_and_the_notes_whose_when_and_how_much_is_by_digest() -> None:
    chart = tag_chart(frame_of({"1": [1, 2], None: [3, 4]}), share=True)
    spec = chart.to_dict()
    assert spec["title"]["text"] == "Share of pulls by tag per week"
    assert spec["title"]["subtitle"] == [
        "acme/web",
        "7 – 20 Sep 2026",
        "70 % pulled by digest (no tag).",
    ]
    title = cohort_chart(cohorts(frame_of({"1": [1]}))).to_dict()["title"]["text"]
    assert title == "Pulls by version per week"


def test_beyond_seven_tags_the_rest_is_folded_into_one() -> None:
    frame = frame_of({**{f"1.{n}": [100 - n] for n in range(10)}, None: [5]})
    chart = tag_chart(frame)
    assert names(chart)[0] == "1.6"
    assert names(chart)[-2:] == ["Other (3 tags)", "by digest"]
    assert [r["count"] for r in rows(chart) if r["name"].startswith("Other")] == ["276 pulls"]
    assert len(set(colours(theme.literal))) == len(names(chart)) == 9


def test_a_tag_without_pulls_is_not_named() -> None:
    assert names(tag_chart(frame_of({"1": [3, 4], "2": [0, 0]}))) == ["1"]


def test_a_tag_that_is_spelt_like_a_band_is_kept_apart_from_it() -> None:
    chart = tag_chart(frame_of({"by digest": [3], None: [5]}))
    assert [(row["name"], row["count"]) for row in rows(chart)] == [
        ("by digest", "3 pulls"),
        ("by digest", "5 pulls"),
    ]
    assert len({row["slot"] for row in rows(chart)}) == 2


def test_cohorts_are_stacked_newest_lowest_with_other_tags_apart() -> None:
    tags = {"1.9": [1], "1.10": [2], "1": [3], "latest": [4], "edge": [5], None: [6]}
    assert names(cohort_chart(cohorts(frame_of(tags), by="minor"))) == [
        "1.10", "1.9", "1 (floating tag)", "latest", "other tags", "by digest",
    ]  # fmt: skip


def test_variants_of_a_cohort_are_one_band() -> None:
    frame = cohorts(frame_of({"1.9": [1], "1.9-alpine": [2]}), variants=True)
    assert [row["count"] for row in rows(cohort_chart(frame))] == ["3 pulls"]


def test_tags_of_several_repositories_are_told_apart() -> None:
    frame = several(a=frame_of({"1": [1]}), b=frame_of({"1": [3], None: [4]}))
    chart = tag_chart(frame, share=True)
    assert names(chart) == ["a:1", "b:1", "by digest"]
    assert [row["share"] for row in rows(chart)] == ["12.5 %", "37.5 %", "50.0 %"]
    assert params(chart)["notes"][0] == "2 repositories"
    assert names(cohort_chart(cohorts(frame)))[0] == "a 1"


def test_a_week_that_one_repository_lacks_is_said() -> None:
    chart = tag_chart(several(a=frame_of({"1": [1, 2]}), b=frame_of({"1": [3, None]})))
    assert "1 week lacks some repository's report." in params(chart)["notes"]


def test_pulls_of_two_definitions_are_not_added_up() -> None:
    legacy = frame_of({"1": [3]}).assign(source="image_pulls_summary")
    chart = tag_chart(several(a=frame_of({"1": [9]}), b=legacy))
    assert [row["count"] for row in rows(chart)] == ["9 pulls"]
    assert params(chart)["notes"][-1] == "Left out: 1 repository whose reports count otherwise."


@pytest.mark.parametrize("values", [[None, None], []])
def test_a_frame_without_counts_says_so(values: list[None]) -> None:
    frame = frame_of({"1": values})
    assert "Nothing to show." in svg(tag_chart(frame, width=400))


def test_zeros_alone_are_drawn_as_zero() -> None:
    chart = tag_chart(frame_of({"1": [0, 0]}), width=400)
    assert (rows(chart), rows(chart, "gaps"), params(chart)["ceiling"]) == ([], [], 1)
    assert "Nothing to show." not in svg(chart)


@pytest.mark.parametrize(("chart", "made"), [(tag_chart, "tag_pulls"), (cohort_chart, "cohorts")])
def test_a_frame_without_its_columns_says_which_are_missing(chart: Any, made: str) -> None:  # noqa: ANN401 - either chart
    with pytest.raises(FrameError, match=rf"share.*insights_nb\.{made}"):
        chart(cohorts(frame_of({"1": [1]})).assign(tag="1").drop(columns="share"))


def test_weeks_and_months_never_share_a_chart() -> None:
    mixed = pd.concat([frame_of({"1": [1]}), frame_of({"1": [1]}, "2026-10-01")])
    with pytest.raises(MixedGranularityError):
        tag_chart(mixed)


def test_the_specification_is_the_same_whatever_is_shown() -> None:
    one, other = (
        tag_chart(frame, share=share).to_dict()
        for frame, share in ((frame_of(TAGS), True), (frame_of({"9": [1]}), False))
    )
    for spec in (one, other):
        for part in ("datasets", "params", "title", "description"):
            spec.pop(part)
    assert one == other
    drawing = adoption_drawing(frame_of(TAGS), "tag")
    datasets, signals = drawing.datasets, drawing.signals
    assert set(datasets) == {"rows", "gaps", "events"}
    assert set(signals) == set(PARAMETERS) - {"room"}


def test_a_dark_page_paints_it_with_its_own_colours() -> None:
    text = json.dumps(STACK.build(theme.themed).to_dict())
    assert "var(--inb-series-1, " in text
    bare = text.replace("transparent", "")
    for colour in theme.LIGHT.values():
        assert bare.count(colour) == bare.count(f", {colour})")


def test_names_from_data_stay_text() -> None:
    frame = frame_of({HOSTILE: [5], "=cmd()": [3], '1.0,"quoted"\n': [2], None: [4]})
    frame["repository"] = f"acme/{HOSTILE}"
    chart = tag_chart(frame, width=600)
    for shown in (svg(chart), chart.to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "script>alert(1)" in shown.replace("&gt;", ">")


def test_more_rows_than_altair_takes_are_drawn() -> None:
    frame = frame_of({f"1.{n}": [1] * 800 for n in range(7)}, "2010-01-04")
    assert len(rows(tag_chart(frame))) == 5_600
