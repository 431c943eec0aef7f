"""The map: a colour for each country's pulls, in Python and in a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import vl_convert

from insights_nb.charts import theme
from insights_nb.charts.country_map import (
    COUNTRY_MAP,
    PARAMETERS,
    country_map,
    country_map_drawing,
)
from insights_nb.errors import FrameError, SelectionError
from insights_nb.geography import countries
from insights_nb.serving.security import PAGE_POLICY
from tests.chart_page import opened, receive, served, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HOSTILE = '</script><script>window.ran=1</script><img src=x onerror="window.ran=1">\u202e'
COUNTRIES = ".mark-shape [aria-label]"
# The harness's own script is inline, unlike a page's.
POLICY = PAGE_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")


def frame_of(*weeks: dict[str | None, int | None], **attrs: object) -> pd.DataFrame:
    """Return a frame as `insights_nb.audience` gives it, a mapping per week."""
    rows = [
        (day, country, pulls)
        for day, week in zip(
            pd.date_range("2026-09-07", periods=len(weeks), freq="7D"), weeks, strict=True
        )
        for country, pulls in week.items()
    ]
    frame = pd.DataFrame(rows, columns=["period", "country", "pulls"])
    frame["country"] = frame["country"].astype("str")
    frame["pulls"] = frame["pulls"].astype("Int64")
    frame["version_checks"] = frame["pulls"] // 10
    frame["data_downloads"] = pd.array([None] * len(frame), dtype="Int64")
    frame.attrs |= {"granularity": "week", "source": "trends", "missing": [], "left_out": []}
    frame.attrs |= attrs
    return frame


def rows(frame: pd.DataFrame, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the chart's
    found: list[dict[str, Any]] = country_map(frame, **options).to_dict()["datasets"]["rows"]
    return found


def notes(frame: pd.DataFrame) -> list[str]:
    found: list[str] = country_map_drawing(frame).signals["notes"]
    return found


def legend(frame: pd.DataFrame) -> list[str]:
    signals = country_map_drawing(frame).signals
    return [signals["names"][slot] for slot in signals["shown"]]


def svg(frame: pd.DataFrame) -> str:
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(country_map(frame, width=600).to_dict()))
    return drawn


# -- In Python --------------------------------------------------------------------------------


def test_a_country_has_one_exact_number_over_all_periods() -> None:
    frame = frame_of({"DE": 1000, "NA": 250}, {"DE": 234, "NA": 16})
    assert [(row["id"], row["count"], row["share"], row["text"]) for row in rows(frame)] == [
        ("DE", "1,234 pulls", "82.3 %", "Germany: 1,234 pulls, 82.3 %"),
        ("NA", "266 pulls", "17.7 %", "Namibia: 266 pulls, 17.7 %"),
    ]


def test_a_country_without_pulls_is_plain_land() -> None:
    frame = frame_of({"DE": 1, "FR": 0, "PL": None})
    assert [row["id"] for row in rows(frame)] == ["DE"]


def test_small_countries_lie_on_top_of_large_ones() -> None:
    frame = frame_of({"SG": 900, "MY": 5, "LU": 7, "DE": 10})
    assert [row["id"] for row in rows(frame)] == ["DE", "MY", "SG", "LU"]


def test_colours_stand_for_orders_of_magnitude() -> None:
    frame = frame_of({"DE": 5, "FR": 1_000, "PL": 20_000, "US": 3_000_000, "GB": 999, "BR": 9})
    assert legend(frame) == ["under 100", "100 – 1k", "1k – 10k", "10k – 100k", "1M or more"]
    slots = {row["id"]: row["slot"] for row in rows(frame)}
    assert slots == {"DE": 0, "BR": 0, "GB": 1, "FR": 2, "PL": 3, "US": 5}


def test_few_orders_of_magnitude_have_finer_classes() -> None:
    assert legend(frame_of({"DE": 12, "FR": 70, "PL": 25})) == ["under 20", "20 – 50", "50 or more"]
    assert legend(frame_of({"DE": 40, "FR": 45})) == ["40 – 45"]
    assert legend(frame_of({"DE": 1_000})) == ["1,000"]
    # Of the middle: neither the faintest colour nor the most alarming one.
    assert [row["slot"] for row in rows(frame_of({"DE": 1_000}))] == [3]


@pytest.mark.parametrize("high", [3, 10, 99, 4_321, 10**6, 10**13])
@pytest.mark.parametrize("low", [1, 3])
def test_each_number_lies_in_the_class_that_the_legend_says(low: int, high: int) -> None:
    values = sorted({low, high, *(low + (high - low) * step // 97 for step in range(97))})
    frame = frame_of(dict(zip(countries(), values, strict=False)))
    signals = country_map_drawing(frame).signals
    units = {"k": 10**3, "M": 10**6, "B": 10**9}

    def number(text: str) -> int:
        return int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text.replace(",", ""))

    for row in rows(frame):
        said = signals["names"][row["slot"]]
        if said.startswith("under "):
            assert row["value"] < number(said.removeprefix("under "))
        elif said.endswith(" or more"):
            assert row["value"] >= number(said.removesuffix(" or more"))
        else:
            least, _, below = said.partition(" – ")
            assert number(least) <= row["value"]
            assert row["value"] < number(below) or len(signals["shown"]) == 1


def test_the_notes_say_what_is_counted_and_what_is_not() -> None:
    frame = frame_of(
        {"DE": 80, None: 15, "EU": 3, HOSTILE: 2},
        {"DE": None, None: None, "EU": None, HOSTILE: None},
        missing=["2026-W38"],
        left_out=["acme/old", "acme/older"],
    )
    assert notes(frame)[:4] == [
        "Source: Trends",
        "Left out: 2 repositories of other reports.",
        "Missing, not counted: 14 – 20 Sep 2026.",
        "15 pulls (15.0 %) name no country.",
    ]
    assert notes(frame)[4].startswith("5.0 % not on the map: EU, ‹/script>")


def test_the_title_says_what_and_when() -> None:
    frame = frame_of({"DE": 1}, {"DE": 2})
    spec = country_map(frame, measure="version_checks").to_dict()
    assert spec["title"]["text"] == "Version checks by country, 7 – 20 Sep 2026"


def test_another_measure_counts_that() -> None:
    assert [row["count"] for row in rows(frame_of({"DE": 50}), measure="version_checks")] == [
        "5 version checks"
    ]


@pytest.mark.parametrize("frame", [frame_of(), frame_of({"DE": 0}), frame_of({"DE": None})])
def test_a_frame_without_counts_says_so(frame: pd.DataFrame) -> None:
    assert "Nothing to show." in svg(frame)
    assert rows(frame, measure="data_downloads") == []


def test_a_frame_without_its_columns_says_which_are_missing() -> None:
    with pytest.raises(FrameError, match=r"country.*insights_nb\.audience"):
        country_map(frame_of({"DE": 1}).drop(columns="country"))


def test_a_measure_that_is_not_offered_is_refused() -> None:
    with pytest.raises(SelectionError, match="measure"):
        country_map(frame_of({"DE": 1}), measure="stars")  # type: ignore[arg-type]


def test_every_country_is_drawn_where_it_is_named() -> None:
    drawn = svg(frame_of({"DE": 5, "SG": 3}))
    assert 'aria-label="Germany: 5 pulls, 62.5 %"' in drawn
    assert 'aria-label="Singapore: 3 pulls, 37.5 %"' in drawn


def test_the_words_name_every_country_most_pulls_first() -> None:
    frame = frame_of({"SG": 30, "DE": 5, "FR": 7, None: 2})
    assert country_map_drawing(frame).description == (
        "Pulls by country, 7 – 13 Sep 2026. Source: Trends. 2 pulls (4.5 %) name no country. "
        "Singapore: 30 pulls, 68.2 %. France: 7 pulls, 15.9 %. Germany: 5 pulls, 11.4 %."
    )


def test_the_specification_is_the_same_whatever_is_shown() -> None:
    one, other = (
        country_map(frame).to_dict() for frame in (frame_of({"DE": 1, "FR": 999}), frame_of())
    )
    for spec in (one, other):
        spec["datasets"].pop("rows")
        for part in ("params", "title", "description"):
            spec.pop(part)
    assert one == other
    drawing = country_map_drawing(frame_of({"DE": 1}))
    datasets, signals = drawing.datasets, drawing.signals
    assert set(datasets) == {"rows"}
    assert set(signals) == set(PARAMETERS) - {"room"}


def test_a_dashboard_s_specification_has_the_map_in_it_and_asks_for_nothing() -> None:
    spec = COUNTRY_MAP.specification
    assert spec["datasets"]["world"]["type"] == "Topology"
    assert '"url"' not in json.dumps(spec)


def test_a_dark_page_paints_it_with_its_own_colours() -> None:
    bare = json.dumps(COUNTRY_MAP.build(theme.themed).to_dict()).replace("transparent", "")
    assert "var(--inb-level-5, " in bare
    for colour in theme.LIGHT.values():
        assert bare.count(colour) == bare.count(f", {colour})")


@pytest.mark.parametrize(("palette", "sign"), [(theme.LIGHT, -1), (theme.DARK, 1)])
def test_more_is_farther_from_the_page_s_colour_step_by_step(
    palette: dict[str, str], sign: int
) -> None:
    # By lightness alone, which everybody sees: neighbours and the plain land are told apart.
    steps = [_lightness(palette[f"level-{level}"]) for level in range(theme.LEVELS)]
    land = _lightness(palette["grid"])
    gaps = [sign * (after - before) for before, after in zip([land, *steps], steps, strict=False)]
    assert min(gaps) >= 5
    assert min(gaps[1:]) >= 9


def _lightness(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (byte / 255 for byte in bytes.fromhex(colour[1:]))
    ]
    luminance = sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116 * luminance ** (1 / 3) - 16


def test_names_from_data_stay_text() -> None:
    html = country_map(frame_of({HOSTILE: 5, "DE": 3}), width=600).to_html()
    assert "<script>window.ran" not in html
    assert "\u202e" not in html


# -- In a browser -----------------------------------------------------------------------------


def state(frame: pd.DataFrame) -> dict[str, Any]:
    drawing = country_map_drawing(frame)
    datasets, signals = drawing.datasets, drawing.signals
    return {
        "spec": COUNTRY_MAP.specification,
        "datasets": datasets,
        "signals": signals,
        "description": drawing.description,
        "filename": "countries",
        "empty": "Nothing.",
        "vega_url": "",
        "chart_id": "one",
    }


def changes(frame: pd.DataFrame) -> dict[str, Any]:
    given = state(frame)
    return {name: given[name] for name in ("datasets", "signals", "description")}


def labels(page: Page) -> list[str]:
    return [one.get_attribute("aria-label") or "" for one in page.locator(COUNTRIES).all()]


def size(page: Page) -> tuple[float, float]:
    """Return the drawn land's width and height; all of it is inside of the picture."""
    land = page.locator(".mark-shape").first.bounding_box()
    picture = page.locator(".inb-chart svg").bounding_box()
    assert land
    assert picture
    assert land["y"] + land["height"] <= picture["y"] + picture["height"]
    assert land["x"] + land["width"] <= picture["x"] + picture["width"]
    return land["width"], land["height"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(POLICY) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = opened(browser, address)
    yield page
    page.context.close()


@pytest.mark.browser
def test_the_map_draws_under_the_pages_policy_without_any_other_host(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    show(page, state(frame_of({"DE": 1000, "SG": 30, "NA": 266})))
    assert labels(page) == [
        "Germany: 1,000 pulls, 77.2 %",
        "Namibia: 266 pulls, 20.5 %",
        "Singapore: 30 pulls, 2.3 %",
    ]
    ours = address.rsplit("/", 1)[0]
    assert asked
    assert all(url.startswith((ours, "blob:" + ours)) for url in asked), json.dumps(asked)
    assert errors == []
    page.context.close()


@pytest.mark.browser
def test_new_rows_colour_other_countries_and_leave_the_land_alone(page: Page) -> None:
    show(page, state(frame_of({"DE": 1000, "SG": 30})))
    page.evaluate("window.land = document.querySelector('.mark-shape path')")
    receive(page, changes(frame_of({"FR": 5, "DE": 7_000, "MT": 2})))
    assert labels(page) == [
        "Germany: 7,000 pulls, 99.9 %",
        "France: 5 pulls, 0.1 %",
        "Malta: 2 pulls, 0.0 %",
    ]
    assert page.evaluate("window.land === document.querySelector('.mark-shape path')")
    fills = page.evaluate(
        f"[...document.querySelectorAll('{COUNTRIES}')].map(p => p.getAttribute('fill'))"
    )
    assert len(set(fills)) == 2
    outlines = page.evaluate(
        f"[...document.querySelectorAll('{COUNTRIES}')].map(p => p.getAttribute('d').length)"
    )
    assert min(outlines) > 20


@pytest.mark.browser
def test_the_tooltip_says_the_exact_count_of_a_country(page: Page) -> None:
    show(page, state(frame_of({"BR": 1234, "SG": 30})))
    page.locator(COUNTRIES).nth(0).hover()
    tip = page.locator(".inb-chart__tooltip")
    tip.wait_for()
    assert tip.locator("> div").all_text_contents() == [
        "CountryBrazil",
        "Count1,234 pulls",
        "Share97.6 %",
    ]


@pytest.mark.browser
def test_the_keyboard_walks_the_countries(page: Page) -> None:
    show(page, state(frame_of({"SG": 30, "DE": 1000})))
    page.get_by_role("group", name="Pulls by country").focus()
    spoken = []
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        spoken.append(page.locator(".inb-chart__spoken").text_content())
    assert spoken == ["Germany: 1,000 pulls, 97.1 %", "Singapore: 30 pulls, 2.9 %"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1000])
def test_the_map_fills_phones_and_wide_screens(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, viewport={"width": width, "height": 800})
    show(page, state(frame_of({"DE": 1, "US": 10**6, None: 10**6}, missing=["2026-W37"])))
    room = width - 32
    across, down = size(page)
    assert 0.9 * room < across <= room
    assert down == pytest.approx(0.433 * room, rel=0.02)
    assert page.locator(".inb-chart svg").bounding_box()["height"] < down + 220  # type: ignore[index]
    page.context.close()


@pytest.mark.browser
def test_long_notes_do_not_make_the_map_smaller(browser: Browser, address: str) -> None:
    page = opened(browser, address, viewport={"width": 360, "height": 800})
    show(page, state(frame_of({"DE": 1})))
    before = size(page)
    codes = {f"{'very long code ' * 4}{number}": 1 for number in range(5)}
    for _ in range(3):
        receive(page, changes(frame_of({"DE": 10**9, **codes})))
        receive(page, changes(frame_of({"DE": 1})))
    receive(page, changes(frame_of({"DE": 10**9, **codes})))
    assert size(page) == pytest.approx(before, abs=2)
    page.context.close()


@pytest.mark.browser
def test_a_dark_page_recolours_the_map_without_drawing_anew(page: Page) -> None:
    show(page, state(frame_of({"DE": 1})))
    colours = f"""() => ['.mark-shape path', '{COUNTRIES}'].map(
        (name) => getComputedStyle(document.querySelector(name)).fill)"""
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(colours)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert page.locator(".inb-chart").get_attribute("data-redraws") == "1"
