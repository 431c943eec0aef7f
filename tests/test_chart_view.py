"""The chart widget: what it sends, and what a browser makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import pytest

from insights_nb.charts import specs
from insights_nb.charts.bands import BandLook, band_drawing
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pulls import pull_drawing
from insights_nb.charts.texts import harmless
from insights_nb.errors import FrameTypeError
from insights_nb.widgets.chart_view import VEGA_FILE, ChartView, vega_version
from tests.chart_page import opened, receive, served, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

POINTS = ".mark-symbol.role-mark [aria-label]"
DRAWN_LINES = ".mark-line path"
HOSTILE = '<img src=x onerror="window.ran=1"></script><script>window.ran=1</script>'


# -- In Python --------------------------------------------------------------------------------


def test_a_misspelt_keyword_raises() -> None:
    with pytest.raises(TypeError, match="dataset"):
        ChartView({}, dataset={})  # type: ignore[call-arg]


def test_something_that_is_no_chart_is_refused() -> None:
    with pytest.raises(FrameTypeError, match="int is no chart"):
        ChartView(3)  # type: ignore[arg-type]


def test_an_altair_chart_and_its_dictionary_show_the_same() -> None:
    chart = alt.Chart(alt.NamedData("rows")).mark_point().encode(x="x:Q")
    assert ChartView(chart).spec == ChartView(chart.to_dict()).spec


def test_the_page_knows_the_chart_by_its_model() -> None:
    view = ChartView({})
    assert view.chart_id == view.model_id


def test_update_sends_one_message() -> None:
    view = ChartView({}, datasets={"rows": {"x": [1]}, "gaps": {"x": []}}, signals={"a": 1})
    sent = []
    view.send_state = lambda key=None: sent.append(set(key))  # type: ignore[method-assign]
    view.update(datasets={"rows": {"x": [2]}}, signals={"b": 2}, description="Two")
    assert sent == [{"datasets", "signals", "description"}]
    assert view.datasets == {"rows": {"x": [2]}, "gaps": {"x": []}}
    assert view.signals == {"a": 1, "b": 2}


def test_a_chart_without_rows_is_blank() -> None:
    coded = {"categories": ["a"], "codes": [0, 0]}
    view = ChartView({}, datasets={"rows": {}, "gaps": {"text": []}})
    assert view.blank
    view.update(datasets={"gaps": {"text": coded}})
    assert not view.blank
    assert not ChartView({}).blank


def test_a_viewer_cannot_change_what_python_holds() -> None:
    view = ChartView({}, filename="pulls")
    view.set_state({"filename": "../../etc/passwd"})
    assert view.filename == "pulls"


def test_the_kernel_gives_the_bundle_to_a_page_that_asks() -> None:
    view = ChartView({})
    sent = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))  # type: ignore[method-assign]
    view._handle_custom_msg({"type": "other"}, [])
    view._handle_custom_msg({"type": "vega"}, [])
    assert sent == [({"type": "vega"}, [VEGA_FILE.read_bytes()])]


def test_the_server_says_where_the_bundle_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_NB_VEGA_URL", f"static/vega.js?v={vega_version()}")
    assert ChartView({}).vega_url == f"static/vega.js?v={vega_version()}"


def test_each_chart_carries_little_code() -> None:
    assert len(ChartView({})._esm) < 14_000


# -- In a browser -----------------------------------------------------------------------------


def state(counts: dict[str, list[int | None]], first: str = "2026-09-07", **more: object) -> dict:
    length = len(next(iter(counts.values())))
    rows = [
        (period, name, values[index])
        for index, period in enumerate(pd.date_range(first, periods=length, freq="7D"))
        for name, values in counts.items()
    ]
    frame = pd.DataFrame(rows, columns=["period", "repository", "pulls"])
    frame["pulls"] = pd.array(frame["pulls"], dtype="Int64")
    frame.attrs["granularity"] = "week"
    drawing = pull_drawing(frame)
    datasets, signals = drawing.datasets, drawing.signals
    return {
        "spec": LINES.specification,
        "datasets": datasets,
        "signals": signals,
        "description": drawing.description,
        "filename": "pulls",
        "empty": "Choose a repository.",
        "vega_url": "",
        "chart_id": "one",
        **more,
    }


def stacked(counts: dict[str, list[int | None]], **more: object) -> dict:
    """Make the state of a chart of stacked columns."""
    length = len(next(iter(counts.values())))
    weeks = pd.date_range("2026-09-07", periods=length, freq="7D")
    rows = [(week, name, counts[name][i]) for i, week in enumerate(weeks) for name in counts]
    frame = pd.DataFrame(rows, columns=["period", "country", "pulls"])
    frame["pulls"] = pd.array(frame["pulls"], dtype="Int64")
    drawing = band_drawing(frame, "country", BandLook(heading="Pulls by country"))
    datasets, signals = drawing.datasets, drawing.signals
    return state({"acme/a": [1]}) | {
        "spec": specs.load("bands"),
        "datasets": datasets,
        "signals": signals,
        "description": drawing.description,
        **more,
    }


def growing(count: int, *, by: str) -> dict:
    """Make the state of a chart that is as high as it has rows: by its scale, or by a signal."""
    chart = (
        alt.Chart(alt.NamedData("rows"), width="container", height=alt.Step(30))
        .mark_bar()
        .encode(x="n:Q", y=alt.Y("name:N", title=None))
        .properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    )
    if by == "signal":
        chart = chart.properties(height=30).add_params(
            alt.param(name="count", value=1), alt.param(name="height", expr="30 * count")
        )
    rows = {"name": [f"row {n:02}" for n in range(count)], "n": [*range(count)]}
    return state({"acme/a": [1]}) | {
        "spec": chart.to_dict(),
        "datasets": {"rows": rows},
        "signals": {"count": count},
    }


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as address:
        yield address


def labels(page: Page) -> list[str]:
    return [one.get_attribute("aria-label") or "" for one in page.locator(POINTS).all()]


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = opened(browser, address)
    yield page
    page.context.close()


@pytest.mark.browser
def test_drawn_points_say_the_exact_numbers(page: Page) -> None:
    show(page, state({"acme/a": [1000, 1123], "acme/b": [0, 12345678]}))
    assert labels(page) == [
        "acme/a, 7 – 13 Sep 2026: 1,000 pulls",
        "acme/a, 14 – 20 Sep 2026: 1,123 pulls, +12.3 %",
        "acme/b, 7 – 13 Sep 2026: 0 pulls",
        "acme/b, 14 – 20 Sep 2026: 12,345,678 pulls, new",
    ]


@pytest.mark.browser
def test_new_rows_keep_the_drawing(page: Page) -> None:
    show(page, state({"acme/a": [1, 2]}))
    page.evaluate("window.before = document.querySelector('.inb-chart svg')")
    fresh = state({"acme/b": [5, 6, 7]})
    receive(page, {name: fresh[name] for name in ("datasets", "signals", "description")})
    assert page.evaluate("window.before === document.querySelector('.inb-chart svg')")
    assert page.locator(".inb-chart").get_attribute("data-redraws") == "2"
    assert [label.split(":")[1] for label in labels(page)] == [
        " 5 pulls",
        " 6 pulls, +20.0 %",
        " 7 pulls, +16.7 %",
    ]
    assert page.get_by_text("acme/b", exact=True).count() == 1
    assert page.get_by_text("acme/a", exact=True).count() == 0


@pytest.mark.browser
def test_the_words_never_run_ahead_of_the_drawing(page: Page) -> None:
    shown, next_one, last = (
        state({name: counts})
        for name, counts in (("acme/a", [1, 2]), ("acme/b", [50, 60]), ("acme/c", [700, 800]))
    )
    show(page, shown)
    new = [
        {name: one[name] for name in ("datasets", "signals", "description")}
        for one in (next_one, last)
    ]
    # The last one comes while the one before it is being drawn.
    said = page.evaluate(
        f"""async ([next, last]) => {{
            const said = [];
            const done = new Promise((resolve) =>
                document.addEventListener("insights-nb:drawn", () => {{
                    const label = document.querySelector(".inb-chart").ariaLabel;
                    const points = [...document.querySelectorAll("{POINTS}")];
                    said.push([label, points.map((one) => one.ariaLabel)]);
                    if (label.includes("acme/c") && said.at(-1)[1][0].includes("700")) resolve();
                }}));
            charts.one.model.receive(next);
            await Promise.resolve();
            await Promise.resolve();
            charts.one.model.receive(last);
            await done;
            return said;
        }}""",
        new,
    )
    assert said
    for label, points in said:
        assert ("acme/c" in label) == ("700" in points[0]), (label, points)


def test_a_gap_breaks_the_line_and_shows_as_a_band(page: Page) -> None:
    show(page, state({"acme/a": [5, 6, None, 7, 8]}))
    path = page.locator(DRAWN_LINES).first.get_attribute("d") or ""
    assert path.count("M") == 2
    band = page.locator(".mark-rect [aria-label]")
    assert band.get_attribute("aria-label") == "No count for 21 – 27 Sep 2026."


@pytest.mark.browser
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_every_time_zone_shows_the_same_dates(browser: Browser, address: str, zone: str) -> None:
    page = opened(browser, address, timezone_id=zone)
    show(page, state({"acme/a": [1, 2, 3]}, "2026-10-05"))
    shown = page.locator(".role-axis-label text").all_text_contents()
    assert shown[:3] == ["5 Oct", "12 Oct", "19 Oct"]
    page.context.close()


@pytest.mark.browser
def test_the_tooltip_shows_the_exact_value(page: Page) -> None:
    show(page, state({"acme/a": [1000, 1123]}))
    page.locator(POINTS).nth(1).hover()
    tip = page.locator(".inb-chart__tooltip")
    tip.wait_for()
    assert tip.locator("> div").all_text_contents() == [
        "Period14 – 20 Sep 2026",
        "Repositoryacme/a",
        "Count1,123 pulls",
        "Change+12.3 %",
    ]


@pytest.mark.browser
def test_the_keyboard_walks_the_points(page: Page) -> None:
    show(page, state({"acme/a": [1000, 1123]}))
    chart = page.get_by_role("group", name="Pulls per week")
    chart.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    said = "acme/a, 14 – 20 Sep 2026: 1,123 pulls, +12.3 %"
    assert page.locator(".inb-chart__spoken").text_content() == said
    assert page.locator(".inb-chart__tooltip").text_content() == said


@pytest.mark.browser
def test_the_keyboard_walks_columns_and_shows_where_it_is(page: Page) -> None:
    show(page, stacked({"DE": [3, 4], "FR": [1, 2]}))
    page.get_by_role("group", name="Pulls by country").focus()
    said = page.locator(".inb-chart__spoken")
    walked = []
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        walked.append(said.text_content())
    assert walked == [
        "DE, 7 – 13 Sep 2026: 3 pulls, 75.0 %",
        "DE, 14 – 20 Sep 2026: 4 pulls, 66.7 %",
        "FR, 7 – 13 Sep 2026: 1 pull, 25.0 %",
        "FR, 14 – 20 Sep 2026: 2 pulls, 33.3 %",
    ]
    here = page.locator(".inb-chart__at")
    assert here.get_attribute("aria-label") == walked[-1]
    page.keyboard.press("Escape")
    assert here.count() == 0


@pytest.mark.browser
def test_the_mark_of_the_keyboard_goes_when_the_chart_changes(page: Page) -> None:
    show(page, stacked({"DE": [3, 4]}))
    page.get_by_role("group", name="Pulls by country").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".inb-chart__at").count() == 1
    receive(page, {"signals": stacked({"DE": [3, 4]})["signals"] | {"heading": "Pulls"}})
    assert page.locator(".inb-chart__at").count() == 0


@pytest.mark.browser
def test_a_tooltip_calls_its_rows_as_the_signals_say(page: Page) -> None:
    show(page, stacked({"DE": [3]}))
    page.locator(".mark-rect [aria-label]").first.hover()
    tip = page.locator(".inb-chart__tooltip")
    tip.wait_for()
    assert tip.locator("> div span").all_text_contents() == ["Period", "Country", "Count", "Share"]
    fresh = stacked({"DE": [3]})
    receive(page, {"signals": fresh["signals"] | {"titles": {"Series": "Cloud"}}})
    page.mouse.move(0, 0)
    page.locator(".mark-rect [aria-label]").first.hover()
    tip.wait_for()
    assert tip.locator("> div span").all_text_contents()[1] == "Cloud"


@pytest.mark.browser
def test_long_notes_are_broken_where_there_is_no_room(browser: Browser, address: str) -> None:
    page = opened(browser, address, viewport={"width": 360, "height": 700})
    note = "Left out: 18 releases that may be older than the first of the reports that are held."
    given = stacked({"DE": [3]})
    given["signals"] |= {"notes": [note, "Short."]}
    show(page, given)
    lines = page.locator(".role-title-subtitle tspan").all_text_contents()
    assert " ".join(lines) == f"{note} Short."
    assert lines[-1] == "Short."
    assert len(lines) > 2
    frame = page.locator(".inb-chart svg").bounding_box()
    shown = page.locator(".role-title-subtitle").bounding_box()
    assert frame
    assert shown
    assert shown["x"] + shown["width"] <= frame["x"] + frame["width"]
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("by", ["scale", "signal"])
@pytest.mark.parametrize(("first", "then"), [(3, 12), (12, 3)])
def test_a_chart_as_high_as_its_rows_follows_them(
    page: Page, first: int, then: int, by: str
) -> None:
    show(page, growing(first, by=by))
    fresh = growing(then, by=by)
    receive(page, {"datasets": fresh["datasets"], "signals": fresh["signals"]})
    frame = page.locator(".inb-chart svg").bounding_box()
    plot = page.locator(".inb-chart__plot").bounding_box()
    assert frame
    assert plot
    assert then * 30 < frame["height"] < then * 30 + 70
    assert plot["height"] == pytest.approx(frame["height"], abs=1)
    names = page.locator(".role-axis-label text").get_by_text("row")
    assert names.count() == then
    for name in names.all():
        box = name.bounding_box()
        assert box
        assert frame["y"] <= box["y"]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"]


@pytest.mark.browser
def test_each_of_several_charts_saves_its_own_picture(page: Page) -> None:
    show(page, state({"acme/a": [1]}))
    show(page, stacked({"DE": [3]}, chart_id="two", filename="countries"))
    with page.expect_download() as download:
        answers = page.evaluate(
            """async () => {
                const answers = [];
                const answered = new Promise((resolve) =>
                    document.addEventListener("insights-nb:exported", ({ detail }) => {
                        answers.push(detail);
                        resolve();
                    }));
                document.dispatchEvent(new CustomEvent("insights-nb:export",
                    { detail: { chart: "two", format: "svg" } }));
                await answered;
                return answers;
            }"""
        )
    assert download.value.suggested_filename == "countries.svg"
    assert answers == [{"chart": "two", "format": "svg"}]
    assert "Pulls by country" in Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.browser
def test_hostile_names_run_no_script(page: Page) -> None:
    show(page, state({HOSTILE: [1, 2]}))
    page.locator(POINTS).nth(0).hover()
    tip = page.locator(".inb-chart__tooltip")
    tip.wait_for()
    assert harmless(HOSTILE) in (tip.text_content() or "")
    assert page.evaluate("window.ran") is None
    assert page.locator(".inb-chart img, .inb-chart script").count() == 0


def export(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.evaluate(
            """format => document.dispatchEvent(new CustomEvent("insights-nb:export",
                { detail: { chart: "one", format } }))""",
            kind,
        )
    assert download.value.suggested_filename == f"pulls.{kind}"
    return Path(download.value.path()).read_bytes()


@pytest.mark.browser
def test_pictures_hold_what_is_shown_on_white(browser: Browser, address: str) -> None:
    page = opened(browser, address, color_scheme="dark", viewport={"width": 400, "height": 700})
    show(page, state({"acme/a": [1000, 1123], HOSTILE: [1, 2]}))
    svg = export(page, "svg").decode()
    assert "acme/a, 14 – 20 Sep 2026: 1,123 pulls, +12.3 %" in svg
    assert "Pulls per week, 7 – 20 Sep 2026" in svg
    assert "var(" not in svg
    assert "<script" not in svg
    assert 'fill="#ffffff"' in svg
    png = export(page, "png")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 2 * 720
    page.context.close()


@pytest.mark.browser
def test_a_failed_picture_says_so(page: Page) -> None:
    show(page, state({"acme/a": [1]}))
    answer = page.evaluate(
        """async () => {
            HTMLCanvasElement.prototype.toBlob = (done) => done(null);
            const answer = new Promise((resolve) =>
                document.addEventListener("insights-nb:exported", (e) => resolve(e.detail)));
            document.dispatchEvent(new CustomEvent("insights-nb:export",
                { detail: { chart: "one", format: "png" } }));
            return answer;
        }"""
    )
    assert answer["error"].startswith("The PNG cannot be made")


@pytest.mark.browser
def test_the_chart_follows_a_dark_page_without_drawing_anew(page: Page) -> None:
    show(page, state({"acme/a": [1, 2]}))
    colour = f"getComputedStyle(document.querySelector('{DRAWN_LINES}')).stroke"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) != light
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    assert page.evaluate(colour) == light
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert page.evaluate(colour) != light
    assert page.locator(".inb-chart").get_attribute("data-redraws") == "1"


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 960, 2000])
def test_the_chart_fits_phones_and_wide_screens(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address)
    show(page, state({f"acme/a-rather-long-name-{i}": [i, 2 * i] for i in range(12)}))
    page.set_viewport_size({"width": width, "height": 700})
    page.wait_for_function("() => document.querySelector('.inb-chart').dataset.redraws > 1")
    drawing = page.evaluate(
        "document.querySelector('.inb-chart svg').getBoundingClientRect().width"
    )
    assert drawing == pytest.approx(width - 32, abs=2)
    cut = page.evaluate(
        """() => {
            const frame = document.querySelector(".inb-chart svg").getBoundingClientRect();
            return [...document.querySelectorAll(".inb-chart svg text")].filter((text) => {
                const box = text.getBoundingClientRect();
                const shown = getComputedStyle(text).opacity !== "0" && text.textContent;
                return shown && (box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
            }).map((text) => text.textContent);
        }"""
    )
    assert cut == []
    page.context.close()


@pytest.mark.browser
def test_nothing_but_zeros_lie_on_the_axis(page: Page) -> None:
    show(page, state({"acme/a": [0, 0]}))
    assert page.locator(".role-axis-label text").all_text_contents()[-3:] == ["0", "", "1"]
    points = page.locator(POINTS).all()
    height = page.evaluate("charts.one.model.get('spec').height")
    assert all(f",{height})" in (point.get_attribute("transform") or "") for point in points)


@pytest.mark.browser
def test_no_rows_show_a_sentence_and_rows_bring_the_chart_back(page: Page) -> None:
    show(page, state({"acme/a": [None, None]}))
    assert page.get_by_text("Choose a repository.").is_visible()
    heading = page.locator(".inb-chart__title")
    assert heading.text_content() == state({"acme/a": [None, None]})["signals"]["heading"]
    assert heading.is_visible()
    fresh = state({"acme/a": [1, 2]})
    receive(page, {"datasets": fresh["datasets"], "signals": fresh["signals"]})
    assert page.get_by_text("Choose a repository.").count() == 0
    assert not heading.is_visible()
    assert len(labels(page)) == 2


@pytest.mark.browser
def test_removing_the_chart_lets_everything_go(page: Page) -> None:
    show(page, state({"acme/a": [1, 2]}))
    answers = page.evaluate(
        """() => {
            const { model, el, remove } = charts.one;
            remove();
            let answers = 0;
            document.addEventListener("insights-nb:exported", () => answers++);
            document.dispatchEvent(new CustomEvent("insights-nb:export",
                { detail: { chart: "one", format: "svg" } }));
            return [model.listeners.length, el.childElementCount, answers];
        }"""
    )
    assert answers == [0, 0, 0]


@pytest.mark.browser
def test_several_charts_ask_for_the_bundle_once(page: Page) -> None:
    for name in ("one", "two", "three"):
        page.evaluate("state => show(state)", state({"acme/a": [1]}, chart_id=name))
    page.wait_for_function(
        "() => document.querySelectorAll('.inb-chart:not([data-redraws=\"0\"])').length === 3"
    )
    asked = page.evaluate("Object.values(charts).map(({ model }) => model.sent.length)")
    assert asked == [1, 0, 0]


@pytest.mark.browser
def test_a_server_with_the_bundle_spares_the_kernel(page: Page) -> None:
    show(page, state({"acme/a": [1]}, vega_url="voila/static/vega.js?v=1"))
    assert page.evaluate("charts.one.model.sent.length") == 0


@pytest.mark.browser
def test_a_server_without_the_bundle_leaves_it_to_the_kernel(page: Page) -> None:
    show(page, state({"acme/a": [1]}, vega_url="voila/static/none.js"))
    assert page.evaluate("charts.one.model.sent.length") == 1


@pytest.mark.browser
def test_no_request_leaves_the_host(browser: Browser, address: str) -> None:
    page = opened(browser, address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, state({"acme/a": [1]}))
    ours = address.rsplit("/", 1)[0]
    assert asked
    assert all(url.startswith((ours, "blob:" + ours)) for url in asked), json.dumps(asked)
    page.context.close()
