"""Stacked columns of any column's values: which have a band, in what order, and of what."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

from insights_nb.charts import theme
from insights_nb.charts.bands import BandLook, band_chart, band_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.stack import PARAMETERS, REST, UNNAMED, colours, outlines
from insights_nb.errors import FrameError, MixedGranularityError
from tests.drawing import svg, texts
from tests.test_lines_chart import HOSTILE, frame
from tests.test_pull_chart import luminance

NOUN = ("country", "countries")


def drawn(given: pd.DataFrame, series: str, *, value: str = "pulls", **look: Any) -> Drawing:  # noqa: ANN401 - those of BandLook
    return band_drawing(given, series, BandLook(**look), value=value)


def bands(made: Drawing) -> list[str]:
    """Return what is stacked, lowest first."""
    signals = made.signals
    return [signals["names"][slot] for slot in signals["shown"]]


def test_the_value_with_the_most_is_lowest() -> None:
    given = frame({"DE": [1, 1], "FR": [5, 5], "NA": [3, 3]})
    made = drawn(given, "country")
    assert bands(made) == ["FR", "NA", "DE"]
    rows = made.datasets["rows"]
    assert rows["lower"] == [0, 0, 5, 5, 8, 8]
    assert rows["upper"] == [5, 5, 8, 8, 9, 9]
    assert rows["count"][-1] == "1 pull"
    assert rows["share"] == ["55.6 %", "55.6 %", "33.3 %", "33.3 %", "11.1 %", "11.1 %"]


def test_the_frames_own_order_can_be_kept() -> None:
    given = frame({"DE": [1], "FR": [5], "NA": [3], "US": [9]})
    assert bands(drawn(given, "country", order="given", most=3, noun=NOUN)) == [
        "FR", "NA", "US", "Other (1 country)",
    ]  # fmt: skip


def test_a_named_order_gives_each_value_its_colour_whatever_is_there() -> None:
    order = ["production", "ci_cd", "local"]
    both, one = (
        drawn(frame(values), "country", order=order)
        for values in ({"local": [1], "production": [2], "else": [3]}, {"local": [1]})
    )
    assert bands(both) == ["production", "local", "Other (1 value)"]
    assert both.signals["shown"] == [0, 2, REST]
    assert one.signals["shown"] == [2]


def test_rows_that_name_nothing_are_a_hollow_band_on_top_and_are_said() -> None:
    given = frame({None: [3, 3], "DE": [1, 1]})
    made = drawn(given, "country", missing_label="no country", noun=NOUN)
    assert bands(made) == ["DE", "no country"]
    assert made.signals["shown"] == [0, UNNAMED]
    assert "75 % name no country." in made.signals["notes"]


def test_beyond_the_most_the_rest_is_folded_and_nothing_is_lost() -> None:
    rng = np.random.default_rng(1)
    values: dict[str | None, list[float | None]] = {
        f"C{n}": rng.integers(1, 10**9, 4).tolist() for n in range(40)
    }
    drawing = drawn(frame(values), "country", noun=NOUN)
    datasets, signals = drawing.datasets, drawing.signals
    assert signals["names"][REST] == "Other (33 countries)"
    tops = pd.DataFrame({"at": datasets["rows"]["start"], "upper": datasets["rows"]["upper"]})
    sums = frame(values).groupby("period")["pulls"].sum()
    assert tops.groupby("at")["upper"].max().tolist() == sums.tolist()


def test_a_share_is_of_what_the_frames_own_share_is_of() -> None:
    given = frame({"DE": [10, 20]})
    given["share"] = pd.array([0.1, 0.5], dtype="Float64")
    drawing = drawn(given, "country", share=True, heading="Pulls by country")
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["rows"]["upper"] == pytest.approx([0.1, 0.5])
    assert signals["heading"] == "Share of pulls by country per week"
    assert (signals["percent"], signals["ceiling"]) == (True, 1)


def test_another_measure_is_a_share_of_all_rows_of_its_period() -> None:
    given = frame({"DE": [10, 20], "FR": [30, 20]}, "data_downloads")
    given["share"] = 0.1
    datasets = drawn(given, "country", value="data_downloads", share=True).datasets
    assert datasets["rows"]["share"] == ["75.0 %", "50.0 %", "25.0 %", "50.0 %"]


def test_a_period_of_which_nothing_is_known_is_a_band_and_no_zero() -> None:
    drawing = drawn(frame({"DE": [1, None, 2]}), "country")
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["gaps"]["text"] == ["No report for 14 – 20 Sep 2026."]
    assert len(datasets["rows"]["start"]) == 2
    assert datasets["gaps"]["text"][0] in signals["notes"]


def test_a_period_of_which_only_a_part_is_known_is_said() -> None:
    signals = drawn(frame({"DE": [1, 2], "FR": [1, None]}), "country").signals
    assert "1 week lacks some counts." in signals["notes"]


def test_notes_of_the_caller_come_before_the_interval() -> None:
    signals = drawn(frame({"DE": [1, 2]}), "country", notes=["acme/web"]).signals
    assert signals["notes"] == ["acme/web", "7 – 20 Sep 2026"]


def test_values_without_pulls_have_no_band() -> None:
    assert bands(drawn(frame({"DE": [1], "FR": [0], None: [0]}), "country")) == ["DE"]


def test_a_period_without_pulls_is_on_the_axis_all_the_same() -> None:
    whole, late, early = (
        texts(svg(band_chart(frame({"DE": counts}), "country", width=700)))
        for counts in ([9, 9, 9, 9, 9, 9], [0, 0, 0, 9, 9, 9], [9, 9, 9, 0, 0, 0])
    )
    days = [text for text in whole if re.fullmatch(r"\d+ \w{3}", text)]
    assert len(days) >= 3
    for drawn in (late, early):
        assert [text for text in drawn if re.fullmatch(r"\d+ \w{3}", text)] == days


def test_the_description_tells_the_newest_column() -> None:
    made = drawn(frame({"DE": [9, 1], "FR": [0, 3]}), "country", heading="Pulls")
    assert made.description == (
        "Pulls per week. 7 – 20 Sep 2026. In 14 – 20 Sep 2026: "
        "DE: 1 pull (25.0 %); FR: 3 pulls (75.0 %)."
    )


@pytest.mark.parametrize("values", [[None], []])
def test_a_frame_without_counts_says_so(values: list[None]) -> None:
    made = drawn(frame({"DE": values}), "country")
    assert made.datasets["rows"]["start"] == []
    assert "nothing to show" in made.description


def test_the_signals_are_the_specifications_parameters() -> None:
    for given in (frame({"DE": [1]}), frame({"DE": [None]})):
        assert set(drawn(given, "country").signals) == set(PARAMETERS) - {"room"}


def test_a_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match="cloud"):
        band_chart(frame({"DE": [1]}), "cloud")


def test_weeks_and_months_do_not_share_a_chart() -> None:
    mixed = pd.concat([frame({"DE": [1, 2]}), frame({"DE": [1]}, first="2026-10-01")])
    mixed.attrs.clear()
    with pytest.raises(MixedGranularityError):
        band_chart(mixed, "country")


def test_names_from_data_stay_text() -> None:
    chart = band_chart(frame({HOSTILE: [5], "=cmd()": [3]}), "country", width=600)
    svg = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))
    for shown in (svg, chart.to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "script>alert(1)" in shown.replace("&gt;", ">")


@pytest.mark.parametrize(
    ("palette", "background"), [(theme.LIGHT, "#ffffff"), (theme.DARK, "#16191d")]
)
def test_every_band_stands_out_from_the_page_by_its_colour_or_its_outline(
    palette: dict[str, str], background: str
) -> None:
    for fill, outline in zip(
        colours(palette.__getitem__), outlines(palette.__getitem__), strict=True
    ):
        edge = fill if outline == "transparent" else outline
        low, high = sorted([luminance(edge), luminance(background)])
        assert (high + 0.05) / (low + 0.05) >= 3, edge


def test_no_two_bands_look_alike() -> None:
    for paint in (theme.LIGHT.__getitem__, theme.DARK.__getitem__):
        assert len(set(zip(colours(paint), outlines(paint), strict=True))) == UNNAMED + 1
