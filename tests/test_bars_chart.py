"""Ranked bars: their order, numbers, bounds, what is folded, and both layouts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from insights_nb.charts import specs, theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.bars import (
    FOLDED,
    Bar,
    BarLook,
    Part,
    bar_drawing,
    both_ends,
    drawing_of,
)
from insights_nb.errors import FrameError
from tests.chart_page import opened, receive, served, show
from tests.drawing import HOSTILE, WIDTHS, described, shipped, size, svg, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


def ranked(values: dict[str | None, int | None], **told: Any) -> Drawing:  # noqa: ANN401 - as bar_drawing takes them
    frame = pd.DataFrame(
        {
            "name": pd.array([*values], dtype="str"),
            "pulls": pd.array([*values.values()], dtype="Int64"),
        }
    )
    frame["share"] = (frame["pulls"] / frame["pulls"].sum()).astype("Float64")
    columns = {name: told.pop(name) for name in ("share",) if name in told}
    look = BarLook(**{"heading": "Pulls by name", **told})
    return bar_drawing(frame, "name", "pulls", look, **columns)


def bounded(values: dict[str, tuple[int, int | None]], **told: Any) -> Drawing:  # noqa: ANN401 - as bar_drawing takes them
    frame = pd.DataFrame(
        {
            "name": pd.array([*values], dtype="str"),
            "least": pd.array([least for least, _ in values.values()], dtype="Int64"),
            "most": pd.array([most for _, most in values.values()], dtype="Int64"),
        }
    )
    given: dict[str, Any] = {"heading": "Users", "unit": ("user", "users"), **told}
    return bar_drawing(frame, "name", "least", BarLook(**given), upper="most")


def column(made: Drawing, name: str, dataset: str = "rows") -> list[Any]:
    found: list[Any] = made.datasets[dataset][name]
    return found


def test_the_largest_bar_is_the_first_whatever_the_frames_order() -> None:
    made = ranked({"b": 5, "a": 1200, "c": 7})
    assert column(made, "label") == ["a", "c", "b"]
    assert column(made, "stop", "bars") == [1200, 7, 5]


def test_a_bar_says_its_exact_count_and_share() -> None:
    made = ranked({"a": 1200, "b": 1}, share="share", title="Company")
    assert column(made, "number") == ["1,200 · 99.9 %", "1 · 0.1 %"]
    assert column(made, "tip") == [
        {"Company": "a", "Count": "1,200 pulls", "Share": "99.9 %"},
        {"Company": "b", "Count": "1 pull", "Share": "0.1 %"},
    ]
    assert column(made, "text", "bars") == ["a: 1,200 pulls, 99.9 %", "b: 1 pull, 0.1 %"]


def test_what_is_not_known_is_left_out_and_said_not_drawn_as_zero() -> None:
    made = ranked({"a": 3, "b": None, "c": 0}, noun=("company", "companies"))
    assert column(made, "label") == ["a", "c"]
    assert made.signals["notes"] == ["1 company left out: not known."]


def test_labels_are_translated_and_a_missing_one_has_its_words() -> None:
    made = ranked({"NA": 3, None: 2, "XX": 1}, labels={"NA": "Namibia"}, missing_label="nowhere")
    assert column(made, "label") == ["Namibia", "nowhere", "XX"]


def test_the_smallest_are_added_up_in_the_last_bar() -> None:
    values = {f"n{number:02}": number for number in range(1, 21)}
    made = ranked(values, share="share", most=5, noun=("country", "countries"))
    assert column(made, "label")[-1] == "Other (16 countries)"
    assert column(made, "number")[-1] == "136 · 64.8 %"
    assert column(made, "slot", "bars") == [0, 0, 0, 0, FOLDED]
    assert sum(column(made, "stop", "bars")) == 210


def test_as_many_bars_as_there_may_be_are_not_folded() -> None:
    made = ranked({f"n{number}": number for number in range(5)}, most=5)
    assert len(column(made, "label")) == 5


def test_bounds_are_solid_to_the_lower_and_light_to_the_upper() -> None:
    made = bounded({"a": (480, 2693), "b": (7, 7)})
    assert column(made, "number") == ["480 – 2,693", "7"]
    drawn_parts = [
        *zip(*(column(made, n, "bars") for n in ("start", "stop", "faint")), strict=True)
    ]
    assert drawn_parts == [(0, 480, False), (480, 2693, True), (0, 7, False)]
    assert column(made, "text")[0] == "a: between 480 and 2,693 users"
    assert made.signals["notes"] == ["Solid: at least so many. Light: at most."]


def test_a_missing_upper_bound_is_said_and_not_drawn() -> None:
    made = bounded({"a": (480, None)})
    assert column(made, "number") == ["≥ 480"]
    assert column(made, "text") == ["a: at least 480 users"]
    assert column(made, "stop", "bars") == [480]


def test_folded_people_are_bounded_not_added_up() -> None:
    made = bounded({"a": (90, 99), "b": (5, 20), "c": (4, 30)}, most=2)
    assert column(made, "text")[-1] == "Other (2 others): between 5 and 50 users"
    unknown = bounded({"a": (90, 99), "b": (5, None), "c": (4, 30)}, most=2)
    assert column(unknown, "text")[-1] == "Other (2 others): at least 5 users"


def test_losses_reach_to_the_left_of_zero() -> None:
    made = drawing_of(
        [
            Bar(name, name, name, {}, [Part(min(0, n), max(0, n))])
            for name, n in [("a", 4), ("b", -9)]
        ],
        heading="Change",
    )
    assert (made.signals["low"], made.signals["high"]) == (-9, 4)
    for width in WIDTHS:
        assert {"a", "b"} <= {*texts(shipped(made, width))}


def test_both_sides_of_a_change_have_their_bars() -> None:
    assert both_ends(np.array([1.0, -5, 3, -1, 9, 2]), 4).tolist() == [4, 2, 3, 1]
    assert both_ends(np.array([1.0, 2, 3, -1]), 3).tolist() == [2, 1, 3]
    assert both_ends(np.array([-1.0, -2, -3]), 2).tolist() == [1, 2]
    assert both_ends(np.array([2.0, -1]), 15).tolist() == [0, 1]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_height_follows_the_rows_and_a_phones_rows_are_higher(width: int) -> None:
    low, high = (
        size(shipped(ranked({f"n{number}": 1 for number in range(count)}), width))
        for count in (3, 9)
    )
    assert low[0] == high[0] == width
    assert high[1] - low[1] == 6 * (42 if width < 520 else 28)


def test_nothing_to_show_says_so() -> None:
    made = ranked({})
    assert "Nothing to show." in texts(shipped(made, 700))
    assert made.description == "Pulls by name. Nothing to show."


def test_all_zero_is_drawn() -> None:
    assert "0" in texts(shipped(ranked({"a": 0, "b": 0}), 700))


def test_the_description_says_every_bar() -> None:
    made = ranked({"a": 3, "b": 1}, notes=["A note."])
    assert made.description == "Pulls by name. A note. a: 3 pulls. b: 1 pull."


def test_each_bar_is_read_out_once() -> None:
    said = described(shipped(bounded({"a": (480, 2693), "b": (7, 7)}), 700))
    assert said == ["a: between 480 and 2,693 users", "b: 7 users"]


def test_a_notebook_and_a_dashboard_draw_the_same() -> None:
    made = ranked({"a": 3, "b": 1}, share="share", notes=["A note."])
    assert texts(svg(made.chart(width=700))) == texts(shipped(made, 700))


def test_names_from_data_stay_text() -> None:
    made = ranked({HOSTILE: 2, "=cmd()": 1})
    for shown in (svg(made.chart(width=700)), made.chart().to_html()):
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
        assert "=cmd()" in shown


def test_a_dark_page_paints_it_with_its_own_colours() -> None:
    text = json.dumps(specs.load("bars")).replace("transparent", "")
    for colour in theme.LIGHT.values():
        assert text.count(colour) == text.count(f", {colour})")


def test_a_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"share.*some\.metric"):
        bar_drawing(
            pd.DataFrame({"a": [], "b": []}),
            "a",
            "b",
            BarLook(heading=""),
            share="share",
            source="some.metric",
        )


def test_the_signals_are_the_specifications_parameters() -> None:
    fixed = {p["name"] for p in specs.load("bars")["params"] if "expr" not in p}
    assert set(ranked({"a": 1}).signals) == fixed - {"room"}


# -- In a browser -----------------------------------------------------------------------------


def state(made: Drawing) -> dict[str, Any]:
    datasets, signals = made.datasets, made.signals
    return {
        "spec": specs.load("bars"),
        "datasets": datasets,
        "signals": signals,
        "description": made.description,
        "filename": "bars",
        "empty": "Nothing.",
        "vega_url": "",
        "chart_id": "one",
    }


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with served() as address:
        page = opened(browser, address)
        yield page
        page.context.close()


@pytest.mark.browser
def test_new_rows_make_the_drawing_higher(page: Page) -> None:
    show(page, state(ranked({"a": 5, "b": 3})))
    before = page.locator(".inb-chart svg").bounding_box()
    fresh = state(ranked({f"n{number}": number + 1 for number in range(6)}))
    receive(page, {name: fresh[name] for name in ("datasets", "signals", "description")})
    after = page.locator(".inb-chart svg").bounding_box()
    assert before is not None
    assert after is not None
    assert round(after["height"] - before["height"]) == 4 * 28
    assert page.get_by_text("n5", exact=True).count() == 1
    assert page.get_by_text("a", exact=True).count() == 0


@pytest.mark.browser
def test_the_tooltip_names_what_the_row_is(page: Page) -> None:
    show(page, state(ranked({"a": 1200, HOSTILE: 3}, share="share", title="Company")))
    page.locator(".role-mark [aria-label]").first.hover()
    lines = page.locator(".inb-chart__tooltip > div")
    lines.first.wait_for()
    assert lines.all_text_contents() == ["Companya", "Count1,200 pulls", "Share99.8 %"]


@pytest.mark.browser
def test_the_keyboard_walks_the_bars(page: Page) -> None:
    show(page, state(bounded({"a": (480, 2693), "b": (7, 9)})))
    page.get_by_role("group", name="Users").focus()
    said = []
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        said.append(page.locator(".inb-chart__spoken").text_content())
    assert said == ["a: between 480 and 2,693 users", "b: between 7 and 9 users"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1000])
def test_no_page_is_wider_than_its_screen(browser: Browser, width: int) -> None:
    with served() as address:
        page = opened(browser, address, viewport={"width": width, "height": 700})
        show(page, state(ranked({"a very long name" * 6: 12345678, "b": 2}, share="share")))
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.context.close()
