"""The pull chart: its rows, its words, its colours, and the specification that is shipped."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from pathlib import Path

import altair as alt
import build_specs
import build_vega
import numpy as np
import pandas as pd
import pytest

from insights_nb.charts import theme
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pulls import pull_chart, pull_drawing
from insights_nb.errors import FrameError, MixedGranularityError, SelectionError
from insights_nb.metrics.pulls import fold_other, growth

STATIC = Path(build_vega.TARGET).parent


def frame(
    counts: dict[str, list[int | None]], first: str = "2026-09-07", freq: str = "7D"
) -> pd.DataFrame:
    """Make what `insights_nb.pulls` gives: None stands for a report that is not held."""
    length = len(next(iter(counts.values())))
    periods = pd.date_range(first, periods=length, freq=freq)
    rows = [
        (period, name, values[index])
        for index, period in enumerate(periods)
        for name, values in counts.items()
    ]
    made = pd.DataFrame(rows, columns=["period", "repository", "pulls"])
    made["pulls"] = pd.array(made["pulls"], dtype="Int64")
    made["source"] = pd.Series("summary", made.index, dtype="str").where(made["pulls"].notna())
    made.attrs["granularity"] = "month" if freq == "MS" else "week"
    return made


def plain(columns: dict) -> dict[str, list]:
    return {
        name: [column["categories"][code] for code in column["codes"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }


def test_a_row_says_period_number_and_change_exactly() -> None:
    datasets = pull_drawing(frame({"acme/web": [1000, 1123, 1]})).datasets
    rows = plain(datasets["rows"])
    assert rows["dates"] == ["7 – 13 Sep 2026", "14 – 20 Sep 2026", "21 – 27 Sep 2026"]
    assert rows["count"] == ["1,000 pulls", "1,123 pulls", "1 pull"]
    assert rows["change"] == ["–", "+12.3 %", "−99.9 %"]
    assert rows["value"] == [1000, 1123, 1]


def test_counts_beyond_32_bits_stay_exact() -> None:
    datasets = pull_drawing(frame({"acme/web": [2**40 + 1]})).datasets
    assert datasets["rows"]["value"] == [2**40 + 1]


def test_change_is_unknown_after_a_gap_and_new_after_zero() -> None:
    datasets = pull_drawing(frame({"acme/web": [5, None, 7, 0, 9]})).datasets
    assert datasets["rows"]["change"] == ["–", "–", "–", "−100.0 %", "new"]


def test_change_is_the_one_that_growth_computes() -> None:
    rng = np.random.default_rng(4)
    counts = {name: rng.integers(1, 900, 20).tolist() for name in ("acme/a", "acme/b")}
    counts["acme/b"][7] = None
    given = frame(counts)
    rows = pd.DataFrame(plain(pull_drawing(given).datasets["rows"]))
    expected = growth(given).sort_values(["repository", "period"])["change"]
    words = [
        "–" if pd.isna(x) else f"{100 * x:+,.1f} %".replace("-", "−").replace("+0.0", "0.0")
        for x in expected
    ]
    assert rows["change"].tolist() == words


def test_a_period_without_report_breaks_the_line_and_is_marked() -> None:
    drawing = pull_drawing(frame({"acme/a": [5, None, 7], "acme/b": [1, None, 2]}))
    datasets, signals = drawing.datasets, drawing.signals
    assert datasets["rows"]["value"] == [5, None, 7, 1, None, 2]
    assert datasets["gaps"]["text"] == ["No count for 14 – 20 Sep 2026."]
    assert signals["notes"] == ["No count for 14 – 20 Sep 2026."]
    middle = pd.Timestamp("2026-09-14").timestamp() * 1000
    half_a_week = 3.5 * 86_400_000
    assert datasets["gaps"]["start"] == [middle - half_a_week]
    assert datasets["gaps"]["end"] == [middle + half_a_week]


def test_a_period_that_the_frame_leaves_out_is_a_gap_too() -> None:
    given = frame({"acme/a": [5, 6, 7]})
    datasets = pull_drawing(given[given["pulls"] != 6]).datasets
    assert datasets["rows"]["value"] == [5, None, 7]
    assert len(datasets["gaps"]["start"]) == 1


def test_a_count_that_held_reports_do_not_have_is_not_called_a_missing_report() -> None:
    given = frame({"acme/a": [5, None, 7]})
    given["source"] = "pulls"
    assert pull_drawing(given).datasets["gaps"]["text"] == [
        "Not counted in the reports of 14 – 20 Sep 2026."
    ]


def test_a_repository_that_is_unknown_alone_marks_no_gap() -> None:
    datasets = pull_drawing(frame({"acme/a": [5, None, 7], "acme/b": [1, 1, 2]})).datasets
    assert datasets["gaps"]["text"] == []


@pytest.mark.parametrize(
    ("first", "freq", "heading"),
    [
        ("2026-04-06", "7D", "Pulls per week, 6 – 26 Apr 2026"),
        ("2026-04-01", "MS", "Pulls per month, Apr – Jun 2026"),
        ("2025-12-01", "MS", "Pulls per month, Dec 2025 – Feb 2026"),
    ],
)
def test_the_heading_states_what_is_shown(first: str, freq: str, heading: str) -> None:
    signals = pull_drawing(frame({"acme/a": [1, 2, 3]}, first, freq)).signals
    assert signals["heading"] == heading
    chart = pull_chart(frame({"acme/a": [1, 2, 3]}, first, freq)).to_dict()
    assert chart["title"]["text"] == heading


def test_dates_are_utc_times_that_no_time_zone_shifts() -> None:
    drawing = pull_drawing(frame({"acme/a": [1]}, "2026-10-05"))
    datasets, signals = drawing.datasets, drawing.signals
    midnight = pd.Timestamp("2026-10-05", tz="UTC").timestamp() * 1000
    assert datasets["rows"]["period"] == signals["periods"] == [midnight]
    scales = {
        layer["encoding"]["x"]["scale"]["type"]
        for layer in LINES.specification["layer"]
        if "x" in layer["encoding"]
    }
    assert scales == {"utc"}


def test_lines_keep_their_order_and_what_is_folded_is_neutral() -> None:
    given = frame({"Other (9 repositories)": [3], "acme/b": [1], "acme/a": [2]})
    signals = pull_drawing(given).signals
    assert signals["names"][:2] == ["acme/b", "acme/a"]
    assert signals["names"][12] == "Other (9 repositories)"
    assert signals["shown"] == [0, 1, 12]
    assert signals["notes"] == ["Other (9 repositories): the smaller ones, in one line."]


def test_five_hundred_repositories_fold_into_twelve_lines() -> None:
    rng = np.random.default_rng(0)
    counts = {f"acme/r{i:03}": rng.integers(0, 10**6, 52).tolist() for i in range(500)}
    given = frame(counts, "2025-10-06")
    given["data_downloads"] = given["version_checks"] = given["pulls"]
    chart = pull_chart(given).to_dict()
    assert len({row["name"] for row in chart["datasets"]["rows"]}) == 12
    assert sum(row["value"] for row in chart["datasets"]["rows"]) == given["pulls"].sum()


def test_a_frame_without_counts_gives_no_rows() -> None:
    for given in (frame({"acme/a": [None, None]}), frame({"acme/a": [1]}).iloc[:0]):
        drawing = pull_drawing(given)
        datasets = drawing.datasets
        assert datasets["rows"]["period"] == []
        assert "nothing" in drawing.description


def test_the_description_says_the_newest_known_number() -> None:
    drawing = pull_drawing(frame({"acme/a": [5, 7, None]}))
    said = drawing.description
    assert "acme/a: 7 pulls in 14 – 20 Sep 2026." in said
    assert "No count for 21 – 27 Sep 2026." in said


def test_a_frame_without_the_measure_says_what_is_missing() -> None:
    with pytest.raises(FrameError, match=r"version_checks.*insights_nb\.pulls"):
        pull_chart(frame({"acme/a": [1]}), measure="version_checks")


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(SelectionError, match="offered"):
        pull_drawing(frame({"acme/a": [1]}), "stars")  # type: ignore[arg-type]


def test_weeks_and_months_do_not_share_a_chart() -> None:
    mixed = pd.concat(
        [frame({"acme/a": [1, 2]}), frame({"acme/a": [1, 2]}, "2026-10-01", "MS")],
        ignore_index=True,
    )
    mixed.attrs.clear()
    with pytest.raises(MixedGranularityError):
        pull_chart(mixed)


@pytest.mark.parametrize("name", build_specs.MARKS)
def test_a_shipped_specification_is_what_altair_builds(name: str) -> None:
    shipped = build_specs.target(name).read_text(encoding="utf-8")
    assert shipped == build_specs.specification(name)


def test_every_shipped_specification_is_built() -> None:
    shipped = {path.name for path in build_specs.FOLDER.iterdir()}
    assert shipped == {build_specs.target(name).name for name in build_specs.MARKS}


def test_the_notebook_chart_and_the_dashboard_chart_encode_alike() -> None:
    def encodings(spec: dict) -> str:
        # Only the colours differ: on a page they are variables with these as a fallback.
        text = repr([(layer["mark"], layer["encoding"]) for layer in spec["layer"]])
        return re.sub(r"var\(--[\w-]+, ([^)]+)\)", r"\1", text)

    chart = pull_chart(frame({"acme/a": [1, 2]})).to_dict()
    # What a tooltip's rows are called is a signal on a page.
    assert encodings(chart) == encodings(LINES.specification).replace("'Series'", "'Repository'")


def test_the_specification_names_no_repository() -> None:
    signals = pull_drawing(frame({"acme/a": [1, 2]})).signals
    names = {parameter["name"] for parameter in LINES.specification["params"]}
    assert set(signals) == names - {"room"}


def test_altair_and_the_bundle_speak_the_same_vega_lite() -> None:
    assert alt.SCHEMA_VERSION.removeprefix("v").rsplit(".", 1)[0] == build_vega.VEGA_LITE


def test_the_bundle_is_what_the_script_builds_and_names_no_cdn() -> None:
    text = build_vega.TARGET.read_text(encoding="utf-8")
    assert text == build_vega.bundle()
    assert not re.search(
        r"cdn\.jsdelivr|unpkg\.com|cdnjs\.cloudflare|esm\.sh|vega\.github\.io/editor", text
    )


# -- Colours ----------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes 2009, severity 1.
_SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_CONE = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
_OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def linear(colour: str) -> np.ndarray:
    value = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def series(palette: Mapping[str, str]) -> list[str]:
    return [palette[f"series-{slot}"] for slot in range(theme.COLOURS)]


@pytest.mark.parametrize("sight", _SIGHT)
@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colour_blind_people_can_tell_the_colours_apart(
    palette: Mapping[str, str], sight: str
) -> None:
    seen = [
        np.array(_OKLAB)
        @ np.cbrt(np.array(_CONE) @ np.clip(np.array(_SIGHT[sight]) @ linear(colour), 0, 1))
        for colour in series(palette)
    ]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > 0.08


@pytest.mark.parametrize(
    ("palette", "background"), [(theme.LIGHT, "#ffffff"), (theme.DARK, "#111111")]
)
def test_colours_stand_out_from_the_page(palette: Mapping[str, str], background: str) -> None:
    for colour in [*series(palette), palette["other"]]:
        low, high = sorted([luminance(colour), luminance(background)])
        assert (high + 0.05) / (low + 0.05) >= 3, colour


def test_lines_of_one_colour_differ_in_dash_and_every_line_in_shape() -> None:
    looks = list(zip(theme.colours(theme.literal), map(str, theme.dashes()), strict=True))
    assert len(set(looks)) == len(looks)
    assert len(set(theme.shapes()[: theme.SLOTS])) == theme.SLOTS


def test_the_page_style_has_the_dark_colours_of_the_theme() -> None:
    css = (STATIC / "chart_view.css").read_text(encoding="utf-8")
    for name, colour in theme.DARK.items():
        found = re.findall(rf"--inb-{name}:[^;]*(#[0-9a-f]{{6}})\)?;", css)
        assert found.count(colour) == 2, name


def test_what_is_folded_of_three_definitions_is_three_grey_lines() -> None:
    counted = ["summary", "image_pulls_summary", "pulls"] * 8
    frame = pd.DataFrame(
        {
            "period": pd.Timestamp("2026-10-26"),
            "repository": [f"acme/image-{n:02d}" for n in range(len(counted))],
            "pulls": range(100, 100 + len(counted)),
            "data_downloads": 1,
            "version_checks": 1,
            "source": counted,
        }
    )
    frame.attrs["granularity"] = "week"
    drawing = pull_drawing(fold_other(frame))
    datasets, signals = drawing.datasets, drawing.signals
    others = [name for name in signals["names"][12:] if name]
    assert len(others) == 3
    assert sum(value for value in datasets["rows"]["value"]) == frame["pulls"].sum()
    assert "Other" in str(pull_chart(frame).to_dict()["datasets"])
