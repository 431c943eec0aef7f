"""Lines of any column's values: counts and shares, folded, named, and what is unknown."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
import vl_convert

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.lines import LineLook, line_chart, line_drawing
from insights_nb.charts.pulls import pull_chart
from insights_nb.errors import FrameError, MixedGranularityError

HOSTILE = "</script><script>alert(1)</script>\u202e"


def frame(
    values: dict[str | None, list[float | None]],
    value: str = "pulls",
    first: str = "2026-09-07",
) -> pd.DataFrame:
    """Make what `insights_nb.audience` gives, by country."""
    length = len(next(iter(values.values())))
    rows = [
        (period, name, counts[place])
        for place, period in enumerate(pd.date_range(first, periods=length, freq="7D"))
        for name, counts in values.items()
    ]
    made = pd.DataFrame(rows, columns=["period", "country", value]).astype({"country": "str"})
    made[value] = pd.array(made[value], dtype="Float64" if value == "share" else "Int64")
    made.attrs["granularity"] = "week"
    return made


def drawn(given: pd.DataFrame, series: str, value: str = "pulls", **look: Any) -> Drawing:  # noqa: ANN401 - those of LineLook
    return line_drawing(given, series, value, LineLook(**look))


def named(datasets: dict[str, Any]) -> list[str]:
    names: list[str] = datasets["rows"]["name"]["categories"]
    return names


def test_a_share_says_its_percent_and_its_change_in_points() -> None:
    given = frame({"DE": [0.25, 0.262, 0.25, None, 0.25, 0.25]}, "share")
    drawing = drawn(given, "country", "share", percent=True)
    datasets, signals = drawing.datasets, drawing.signals
    rows = datasets["rows"]
    assert rows["value"] == [0.25, 0.262, 0.25, None, 0.25, 0.25]
    assert rows["count"] == ["25.0 %", "26.2 %", "25.0 %", None, "25.0 %", "25.0 %"]
    assert rows["change"] == ["–", "+1.2 points", "−1.2 points", "–", "–", "0.0 points"]
    assert signals["percent"]
    assert signals["titles"] == {"Series": "Country", "Count": "Share"}


def test_an_axis_of_shares_is_labelled_in_percent_and_one_of_counts_in_pulls() -> None:
    share = line_chart(frame({"DE": [0.002, 0.004]}, "share"), "country", "share", percent=True)
    count = line_chart(frame({"DE": [2000, 4000]}), "country")
    shown = [
        vl_convert.vegalite_to_svg(json.dumps(chart.properties(width=500).to_dict()))
        for chart in (share, count)
    ]
    assert ">0.3 %<" in shown[0]
    assert ">3k<" in shown[1]


def test_the_heading_the_unit_and_the_title_are_the_callers() -> None:
    drawing = drawn(
        frame({"DE": [1, 2]}),
        "country",
        heading="Users by country",
        unit=("user", "users"),
        title="Where",
    )
    datasets, signals = drawing.datasets, drawing.signals
    assert signals["heading"] == "Users by country per week, 7 – 20 Sep 2026"
    assert datasets["rows"]["count"] == ["1 user", "2 users"]
    assert signals["titles"]["Series"] == "Where"


def test_a_tooltip_in_a_notebook_is_titled_as_the_chart_says() -> None:
    spec = line_chart(frame({"DE": [1, 2]}), "country", title="Where").to_dict()
    points = next(layer for layer in spec["layer"] if layer["mark"].get("type") == "point")
    titles = [each["title"] for each in points["encoding"]["tooltip"]]
    assert titles == ["Period", "Where", "Count", "Change"]


def test_beyond_the_most_the_smallest_are_added_up_in_grey() -> None:
    values: dict[str | None, list[float | None]] = {f"C{n}": [n, 2 * n] for n in range(20)}
    drawing = drawn(frame(values), "country", most=4, noun=("country", "countries"))
    datasets, signals = drawing.datasets, drawing.signals
    assert named(datasets) == ["C17", "C18", "C19", "Other (17 countries)"]
    assert datasets["rows"]["value"][-2:] == [sum(range(17)), 2 * sum(range(17))]
    assert signals["shown"] == [0, 1, 2, 12]
    assert signals["notes"] == ["Other (17 countries): the smaller ones, in one line."]


def test_a_sum_that_lacks_one_of_its_lines_is_unknown() -> None:
    given = frame({"A": [9, 9], "B": [1, 1], "C": [1, None]})
    datasets = drawn(given, "country", most=2).datasets
    assert datasets["rows"]["value"] == [9, 9, 2, None]


def test_rows_without_a_value_are_a_line_only_when_they_have_a_name() -> None:
    given = frame({"DE": [1, 2], None: [3, 4]})
    assert named(drawn(given, "country").datasets) == ["DE"]
    datasets = drawn(given, "country", missing_label="no country").datasets
    assert named(datasets) == ["DE", "no country"]
    assert datasets["rows"]["value"] == [1, 2, 3, 4]


@pytest.mark.parametrize("labels", [{"NA": "Namibia"}, {"NA": "Namibia"}.get])
def test_values_are_called_by_their_labels(labels: Any) -> None:  # noqa: ANN401 - both kinds
    assert named(drawn(frame({"NA": [1]}), "country", labels=labels).datasets) == ["Namibia"]


def test_a_value_without_a_label_is_called_as_it_is() -> None:
    datasets = drawn(frame({"NA": [1], "DE": [1]}), "country", labels={"DE": "Germany"}).datasets
    assert named(datasets) == ["NA", "Germany"]


def test_what_adds_up_others_is_grey_by_the_callers_word() -> None:
    given = frame({"DE": [1], "the rest": [2]})
    signals = drawn(given, "country", neutral=lambda name: name == "the rest").signals
    assert signals["names"][12] == "the rest"


def test_a_period_of_which_nothing_is_known_breaks_every_line() -> None:
    drawing = drawn(frame({"DE": [1, None, 2], "FR": [1, None, 2]}), "country")
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["gaps"]["text"] == ["No count for 14 – 20 Sep 2026."]
    assert signals["notes"] == datasets["gaps"]["text"]


def test_the_description_says_the_newest_number_of_each_line() -> None:
    given = frame({"DE": [0.25, 0.5], "FR": [0.75, None]}, "share")
    said = drawn(given, "country", "share", percent=True).description
    assert "DE: 50.0 % in 14 – 20 Sep 2026." in said
    assert "FR: 75.0 % in 7 – 13 Sep 2026." in said


def test_a_frame_without_rows_gives_none() -> None:
    drawing = drawn(frame({"DE": [1]}).iloc[:0], "country")
    datasets = drawing.datasets
    assert datasets["rows"]["period"] == []
    assert "nothing to show" in drawing.description


def test_a_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match="cloud"):
        line_chart(frame({"DE": [1]}), "cloud")


def test_weeks_and_months_do_not_share_a_chart() -> None:
    mixed = pd.concat([frame({"DE": [1, 2]}), frame({"DE": [1]}, first="2026-10-01")])
    mixed.attrs.clear()
    with pytest.raises(MixedGranularityError):
        line_chart(mixed, "country")


def test_a_dark_page_paints_it_with_its_own_colours() -> None:
    spec = line_chart(frame({"DE": [1]}), "country", paint=theme.themed).to_dict()
    assert "var(--inb-series-1, " in json.dumps(spec)


def test_names_from_data_stay_text() -> None:
    lines = line_chart(frame({HOSTILE: [1, 2]}), "country", width=600)
    pulls = pull_chart(frame({HOSTILE: [1, 2]}).rename(columns={"country": "repository"}))
    for chart in (lines, pulls):
        assert "<script>alert" not in chart.to_html()
        assert "script>alert(1)" in chart.to_html()
