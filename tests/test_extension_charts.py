"""The charts of extensions: events as lines, people as bounds."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.extensions import (
    FLOW,
    MEASURES,
    PEOPLE,
    extension_drawing,
    extension_people_drawing,
)
from insights_nb.errors import FrameError, SelectionError
from tests.drawing import HOSTILE, WIDTHS, shipped, svg, texts


def extensions(counts: dict[tuple[str, str | None], list[int | None]]) -> pd.DataFrame:
    """Make what `insights_nb.extensions` gives: None is a week that is not held."""
    weeks = pd.date_range("2026-09-07", periods=len(next(iter(counts.values()))), freq="7D")
    rows = [(week, *key, counts[key][i]) for i, week in enumerate(weeks) for key in counts]
    made = pd.DataFrame(rows, columns=["period", "publisher", "extension", "installs"])
    made["installs"] = pd.array(made["installs"], dtype="Int64")
    for name in MEASURES:
        made[name] = made["installs"]
    made["uninstalls"] = made["installs"] // 2
    made["net"] = made["installs"] - made["uninstalls"]
    for name in PEOPLE:
        made[f"{name}_at_least"], made[f"{name}_at_most"] = made["installs"], made["installs"] * 2
    made.attrs["granularity"] = "week"
    return made.astype({"publisher": "str", "extension": "str"})


def column(made: Drawing, name: str, dataset: str = "rows") -> list[Any]:
    found = made.datasets[dataset][name]
    if isinstance(found, dict):
        return [found["categories"][code] for code in found["codes"]]
    return list(found)


def test_installs_uninstalls_and_net_are_the_frames(samples: inb.Archive) -> None:
    frame = inb.extensions(samples)
    made = extension_drawing(frame)
    assert made.signals["names"][:3] == ["Installs", "Uninstalls", "Net installs"]
    expected = [None if pd.isna(n) else n for name in FLOW for n in frame[name]]
    assert column(made, "value") == expected
    assert made.signals["notes"] == [
        "Extension: of moonbarrow, not named.",
        "No count for 11 – 17 May 2026.",
    ]
    assert "Installs: 396 in 26 Oct – 1 Nov 2026." in made.description


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_can_be_drawn_alone(samples: inb.Archive, measure: str) -> None:
    frame = inb.extensions(samples)
    made = extension_drawing(frame, measure)
    assert column(made, "value") == [None if pd.isna(n) else n for n in frame[measure]]
    assert made.signals["heading"].startswith(f"{MEASURES[measure]} per week, ")


def test_a_week_that_is_not_held_breaks_the_lines_and_is_not_zero() -> None:
    made = extension_drawing(extensions({("acme", "lint"): [4, None, 0]}), "installs")
    assert column(made, "value") == [4, None, 0]
    assert column(made, "text", "gaps") == ["No count for 14 – 20 Sep 2026."]


def test_several_extensions_have_a_line_for_each_measure_the_largest_first() -> None:
    frame = extensions({("acme", "small"): [2], ("acme", "large"): [8]})
    made = extension_drawing(frame, ["installs", "net"])
    assert made.signals["names"][:4] == [
        "large: installs",
        "large: net installs",
        "small: installs",
        "small: net installs",
    ]
    assert column(made, "value") == [8, 4, 2, 1]


def test_of_one_measure_the_smallest_are_added_up_of_several_they_are_not_drawn() -> None:
    frame = extensions({("acme", f"e{n:02}"): [n] for n in range(1, 21)})
    one, three = extension_drawing(frame, "installs"), extension_drawing(frame)
    assert sum(column(one, "value")) == 210
    assert "Other (9 extensions)" in one.signals["names"]
    assert len(three.signals["shown"]) == 12
    assert "16 extensions with fewer not drawn." in three.signals["notes"]


def test_extensions_of_several_publishers_are_told_apart() -> None:
    frame = extensions({("acme", "lint"): [3], ("zeta", "lint"): [2], ("zeta", None): [1]})
    made = extension_drawing(frame, "installs")
    assert made.signals["names"][:3] == ["acme/lint", "zeta/lint", "of zeta, not named"]


def test_the_people_of_one_extension_are_three_ranges(samples: inb.Archive) -> None:
    frame = inb.extensions(samples)
    made = extension_people_drawing(frame)
    assert made.signals["names"] == ["Who installed", "Who uninstalled", "Who opened it"]
    held = frame.dropna(subset=["unique_users_at_least"])
    assert column(made, "lower")[-len(held) :] == [*held["unique_users_at_least"]]
    assert column(made, "text", "gaps") == ["No count for 11 – 17 May 2026."]


def test_people_of_several_extensions_are_never_added_up() -> None:
    frame = extensions({("acme", f"e{n}"): [n] for n in range(1, 6)})
    made = extension_people_drawing(frame, "unique_installs")
    assert made.signals["names"] == ["e5", "e4", "e3"]
    assert column(made, "count") == [
        "between 5 and 10 people",
        "between 4 and 8 people",
        "between 3 and 6 people",
    ]
    assert "2 extensions with fewer not drawn." in made.signals["notes"]


def test_what_is_not_offered_is_refused() -> None:
    frame = extensions({("acme", "lint"): [1]})
    with pytest.raises(SelectionError, match="total_net"):
        extension_drawing(frame, "stars")
    with pytest.raises(SelectionError, match="unique_users"):
        extension_people_drawing(frame, "everybody")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_draws_the_samples(samples: inb.Archive, width: int) -> None:
    frame = inb.extensions(samples)
    assert "Net installs" in texts(shipped(extension_drawing(frame), width))
    assert "Who installed" in texts(shipped(extension_people_drawing(frame), width))


def test_nothing_to_show_is_no_error() -> None:
    frame = extensions({("acme", "lint"): [1]}).iloc[:0]
    assert column(extension_drawing(frame), "value") == []
    assert "Nothing to show." in extension_people_drawing(frame).signals["notes"]


def test_names_from_data_stay_text_and_missing_columns_are_named() -> None:
    frame = extensions({("acme", HOSTILE): [3, 4], ("acme", "=cmd()"): [1, 2]})
    for draw in (inb.extension_chart, inb.extension_people_chart):
        shown = svg(draw(frame, width=1000))
        assert "<script>alert" not in draw(frame).to_html()
        assert "\u202e" not in shown
        assert "=cmd()" in shown
        with pytest.raises(FrameError, match=r"extension.*insights_nb\.extensions"):
            draw(frame.drop(columns="extension"))
