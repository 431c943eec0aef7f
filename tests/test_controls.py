"""The controls: what Python accepts, what a page shows and sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
import traitlets
from ipywidgets import Widget

from insights_nb import Selection
from insights_nb.charts import theme
from insights_nb.charts.texts import harmless
from insights_nb.widgets import (
    Actions,
    DataTable,
    Figures,
    Notice,
    RepositoryPicker,
    Segmented,
    SessionGuard,
    box,
)
from tests.controls_page import ControlsPage, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = '<img src=x onerror="document.title=1">'
MANY = [f"acme/service-{number:03d}" for number in range(512)]
PARAMETERS = {"granularity": "month", "months": "12", "repositories": "acme/web,a b&c%252C"}


def granularity() -> Segmented:
    return Segmented(label="Granularity", options=[("week", "Weekly"), ("month", "Monthly")])


# --- what Python accepts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "keyword"),
    [
        (lambda: Segmented(label="A", option=[]), "option"),
        (lambda: RepositoryPicker(options=[], selected=[]), "selected"),
        (lambda: Figures(item=[]), "item"),
        (lambda: DataTable(columns=[], row={}), "row"),
        (lambda: Actions(parameter={}), "parameter"),
        (lambda: Notice(message="x"), "message"),
        (lambda: SessionGuard(interval=3), "interval"),
    ],
)
def test_misspelt_keywords_raise(make: Callable[[], object], keyword: str) -> None:
    with pytest.raises(TypeError, match=keyword):
        make()


def test_python_cannot_choose_what_is_not_offered() -> None:
    control = granularity()
    with pytest.raises(traitlets.TraitError, match="'year' is not offered"):
        control.value = "year"
    with pytest.raises(traitlets.TraitError, match="acme/api"):
        RepositoryPicker(options=["acme/web"], value=["acme/api"])


def test_true_is_not_the_number_one() -> None:
    control = Segmented(label="Interval", options=[(1, "1 month"), (3, "3 months")])
    with pytest.raises(traitlets.TraitError):
        control.value = True


@pytest.mark.parametrize("value", ["year", 3, None, ["week"], {"week": 1}])
def test_a_browser_cannot_choose_what_is_not_offered(value: object) -> None:
    control = granularity()
    control.set_state({"value": value})
    assert control.value == "week"


@pytest.mark.parametrize("value", [["acme/web", "acme/other"], "acme/other", [3], None, {"a": 1}])
def test_a_browser_cannot_choose_unknown_repositories(value: object) -> None:
    control = RepositoryPicker(options=["acme/web", "acme/api"], value=["acme/api"])
    control.set_state({"value": value})
    assert control.value == ["acme/api"]


def test_what_is_refused_from_a_browser_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    control = granularity()
    caplog.clear()
    control.set_state({"value": "two\nlines", "label": "x"})
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert not any("\n" in message for message in messages)


def test_a_refused_value_does_not_take_the_others_with_it() -> None:
    control = granularity()
    control.set_state({"label": HOSTILE, "value": "month"})
    assert (control.label, control.value) == ("Granularity", "month")


@pytest.mark.parametrize(
    ("control", "name", "value"),
    [
        (granularity(), "options", [["year", "Yearly"]]),
        (RepositoryPicker(options=["a"]), "options", ["a", "b"]),
        (Actions(), "parameters", {"token": "x"}),
        (Actions(), "whitelist", ["token"]),
        (Notice(), "text", HOSTILE),
        (DataTable(columns=[]), "_shown", {"a": [1]}),
        (SessionGuard(), "every", 0.02),
    ],
)
def test_a_browser_sets_only_what_a_control_lets_it(
    control: Widget, name: str, value: object
) -> None:
    before = getattr(control, name)
    control.set_state({name: value})
    assert getattr(control, name) == before


def test_a_repository_that_is_no_longer_offered_is_no_longer_chosen() -> None:
    control = RepositoryPicker(options=["a", "b"], value=["b", "a"], top=["b"])
    control.options = ["a"]
    assert (control.value, control.top) == (["a"], [])


def test_a_name_counts_once() -> None:
    control = RepositoryPicker(options=["a", "b"])
    control.set_state({"value": ["b", "a", "b"]})
    assert control.value == ["b", "a"]


def test_a_closed_table_sends_no_rows() -> None:
    control = DataTable(columns=[{"key": "n", "label": "N"}])
    control.show(pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}))
    assert control.get_state("_shown") == {"_shown": None}
    control.set_state({"opened": True})
    assert control.get_state("_shown") == {"_shown": {"n": [1, None]}}
    control.set_state({"opened": False})
    assert control.get_state("_shown") == {"_shown": None}


def test_whatever_a_frame_holds_goes_over_the_wire() -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-10-05", None]),
            "ratio": [0.5, float("nan")],
            "infinite": [float("inf"), 1.0],
            "text": pd.array(["NA", None], dtype="str"),
        }
    )
    control = DataTable(columns=[{"key": key, "label": key} for key in frame])
    control.show(frame)
    control.set_state({"opened": True})
    assert control.get_state("_shown")["_shown"] == {
        "day": ["2026-10-05", None],
        "ratio": [0.5, None],
        "infinite": [None, 1.0],
        "text": ["NA", None],
    }


def test_rows_have_every_column_and_one_length() -> None:
    control = DataTable(columns=[{"key": "a", "label": "A"}, {"key": "b", "label": "B"}])
    with pytest.raises(traitlets.TraitError, match="lack the column 'b'"):
        control.rows = {"a": [1]}
    with pytest.raises(traitlets.TraitError, match="different lengths"):
        control.rows = {"a": [1], "b": [1, 2]}


def test_a_misspelt_key_raises() -> None:
    with pytest.raises(traitlets.TraitError, match="'lable'"):
        Figures(items=[{"lable": "Pulls", "value": 3}])  # type: ignore[typeddict-unknown-key]


def test_a_token_is_never_part_of_a_link() -> None:
    with pytest.raises(traitlets.TraitError, match="token"):
        Actions(whitelist=["granularity", "token"])


def test_a_query_has_an_end() -> None:
    control = Actions()
    control.set_state({"query": "x" * 100_000})
    assert control.query == ""


def test_the_controls_share_one_style_sheet() -> None:
    one, other = granularity(), Notice()
    assert one.get_state("_style_sheet") == other.get_state("_style_sheet")
    assert len(str(one.get_state())) < 4000


def test_a_box_leaves_its_layout_to_the_style_sheet() -> None:
    found = box([granularity()], name="controls")
    assert set(found._dom_classes) == {"inb-box", "inb-controls"}
    assert found.layout.display is None


# --- what a page shows and sends ----------------------------------------------------------------


@pytest.mark.browser
def test_what_cannot_be_saved_cannot_be_pressed(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(Actions(disabled=["png", "svg"]))
    names = ["CSV", "Sources", "PNG", "SVG"]
    buttons = [shown.page.get_by_role("button", name=name) for name in names]
    assert [button.is_enabled() for button in buttons] == [True, True, False, False]
    shown.receive({"disabled": []})
    assert all(button.is_enabled() for button in buttons)


@pytest.mark.browser
def test_segments_are_radio_buttons_with_names(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(Segmented(label="Interval", options=[(3, "3 months"), (6, "6 months")], value=6))
    group = shown.page.get_by_role("radiogroup", name="Interval", exact=True)
    assert group.get_by_role("radio", name="6 months", exact=True).is_checked()
    group.get_by_role("radio", name="3 months", exact=True).check()
    assert shown.saved() == [{"value": 3}]
    shown.page.keyboard.press("ArrowRight")
    assert shown.saved()[-1] == {"value": 6}
    shown.receive({"value": 3})
    assert group.get_by_role("radio", name="3 months").is_checked()


@pytest.mark.browser
def test_what_a_segment_sends_is_what_python_takes(shown: ControlsPage) -> None:
    control = Segmented(label="Interval", options=[(3, "3 months"), (6, "6 months")])
    shown.open()
    shown.mount(control)
    shown.page.get_by_role("radio", name="6 months").check()
    control.set_state(shown.saved()[0])
    assert control.value == 6


@pytest.mark.browser
def test_a_repository_is_chosen_by_its_name(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, value=MANY[100:102], top=MANY[:5]))
    group = shown.page.get_by_role("group", name="Repositories", exact=True)
    names = group.get_by_role("checkbox")
    # The chosen ones come first.
    assert names.first.evaluate("box => box.labels[0].textContent") == MANY[100]
    group.get_by_role("checkbox", name=MANY[7], exact=True).check()
    assert shown.saved() == [{"value": [MANY[100], MANY[101], MANY[7]]}]
    group.get_by_text("3 of 512 selected").wait_for()
    group.get_by_role("checkbox", name=MANY[100], exact=True).uncheck()
    assert shown.saved()[-1] == {"value": [MANY[101], MANY[7]]}


@pytest.mark.browser
def test_search_filters_and_select_shown_adds(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, value=[MANY[0]], top=MANY[:5]))
    search = shown.page.get_by_role("searchbox", name="Search repositories")
    search.press_sequentially("ACME 51")
    assert shown.page.get_by_role("checkbox").count() == 7  # 051, 151, …, 451, 510, 511
    shown.page.get_by_text("1 of 512 selected · 7 shown").wait_for()
    shown.page.get_by_role("button", name="Select all matches").click()
    assert len(shown.saved()[-1]["value"]) == 8
    search.press("Escape")
    assert search.input_value() == ""
    assert shown.page.get_by_role("checkbox").count() == 512
    shown.page.get_by_role("button", name="Top 5").click()
    assert shown.saved()[-1] == {"value": MANY[:5]}
    shown.page.get_by_role("button", name="Clear").click()
    assert shown.saved()[-1] == {"value": []}
    search.fill("nothing of the kind")
    shown.page.get_by_text("No repository matches “nothing of the kind”.").wait_for()


@pytest.mark.browser
def test_the_picker_works_from_the_keyboard(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, top=MANY[:5]))
    keyboard = shown.page.keyboard
    shown.page.get_by_role("searchbox").focus()
    for key in ["ArrowDown", "ArrowDown", "Space", "End", "Space"]:
        keyboard.press(key)
    assert shown.saved()[-1] == {"value": [MANY[1], MANY[511]]}
    # One Tab leaves a list of five hundred.
    keyboard.press("Shift+Tab")
    assert shown.page.evaluate("document.activeElement.textContent") == "Clear"


@pytest.mark.browser
def test_a_search_or_a_choice_touches_only_the_rows_that_change(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, top=MANY[:5]))
    found = shown.page.evaluate(
        """async () => {
          const list = document.querySelector(".inb-list");
          const hidden = () => [...list.children].map((row) => row.hidden);
          const watch = new MutationObserver(() => {});
          watch.observe(list, { attributes: true, childList: true, subtree: true });
          const search = document.querySelector("input[type=search]");
          const texts = ["s", "se", "service-1", "zzz", "", "4", "acme", "11", ""];
          const searches = texts.map((text) => {
            const before = hidden();
            search.value = text;
            search.dispatchEvent(new Event("input", { bubbles: true }));
            const changes = watch.takeRecords();
            return {
              turned: hidden().filter((now, at) => now !== before[at]).length,
              touched: changes.filter((one) => one.attributeName === "hidden").length,
              // Which of the rows Tab reaches.
              moved: changes.filter((one) => one.attributeName === "tabindex").length,
              all: changes.length,
            };
          });
          const sent = [...list.querySelectorAll("input")].slice(0, 9).map((box) => {
            const before = models.one.saved.length;
            box.click();
            return models.one.saved.length - before;
          });
          // What follows a choice, on the next frame.
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          return { searches, sent, redrawn: watch.takeRecords().length };
        }"""
    )
    for one in found["searches"]:
        assert one["touched"] == one["turned"]
        assert one["moved"] <= 2
        assert one["all"] == one["touched"] + one["moved"]
    assert max(one["turned"] for one in found["searches"]) == len(MANY)
    assert found["sent"] == [1] * 9
    assert found["redrawn"] == 0


@pytest.mark.browser
def test_a_restored_choice_comes_first_and_is_checked(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, value=MANY[:2]))
    shown.receive({"value": [MANY[300]]})
    first = shown.page.get_by_role("checkbox").first
    assert first.evaluate("box => box.labels[0].textContent") == MANY[300]
    assert shown.page.locator(":checked").count() == 1


@pytest.mark.browser
def test_on_a_phone_the_picker_folds_away(shown: ControlsPage) -> None:
    shown.page.set_viewport_size({"width": 320, "height": 640})
    shown.open()
    shown.mount(RepositoryPicker(options=MANY, value=MANY[:5]))
    assert shown.page.get_by_role("checkbox").count() == 0
    shown.page.get_by_text("Repositories: 5 selected").click()
    shown.page.get_by_role("checkbox", name=MANY[9], exact=True).check()
    shown.page.get_by_text("Repositories: 6 selected").wait_for()
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
def test_swatches_show_the_lines_of_the_chart(shown: ControlsPage) -> None:
    swatch = {"color": theme.colours(theme.themed)[1], "dash": [5, 4], "shape": theme.shapes()[1]}
    shown.open()
    shown.mount(RepositoryPicker(options=["a", "b"], value=["a"], swatches={"a": swatch}))
    line = shown.page.locator(".inb-row svg path").first
    colour = line.evaluate("node => getComputedStyle(node).stroke")
    assert (
        colour
        == f"rgb({', '.join(str(part) for part in bytes.fromhex(theme.LIGHT['series-1'][1:]))})"
    )
    shown.receive({"swatches": {}})
    assert shown.page.locator(".inb-row svg").count() == 0


@pytest.mark.browser
def test_hostile_text_stays_text_everywhere(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(RepositoryPicker(options=[HOSTILE, "__proto__"], limit_note=HOSTILE, label=HOSTILE))
    shown.mount(Segmented(label=HOSTILE, options=[("a", HOSTILE)]), name="two")
    shown.mount(
        Figures(items=[{"label": HOSTILE, "value": HOSTILE, "note": HOSTILE}]), name="three"
    )
    shown.mount(Notice(text=HOSTILE, details=[HOSTILE]), name="four")
    table = DataTable(
        columns=[{"key": "a", "label": HOSTILE}], rows={"a": [HOSTILE]}, caption=HOSTILE
    )
    table.opened = True
    shown.mount(table, name="five")
    shown.mount(Actions(code=HOSTILE, chart=HOSTILE), name="six")
    shown.message({"type": "failed", "text": HOSTILE}, name="six")
    shown.page.get_by_role("checkbox", name=harmless(HOSTILE)).check()
    shown.page.get_by_role("searchbox").fill(HOSTILE * 2)
    shown.page.get_by_text(f"“{HOSTILE * 2}”").wait_for()
    shown.page.get_by_role("cell").or_(shown.page.get_by_role("rowheader")).first.wait_for()
    assert shown.saved()[0] == {"value": [HOSTILE]}
    assert shown.page.locator("img").count() == 0
    assert shown.page.title() == "Controls"


@pytest.mark.browser
def test_figures_say_direction_in_words_and_signs(shown: ControlsPage) -> None:
    shown.open()
    items: list[Any] = [
        {"label": "Total", "value": 1284031, "change": 0.1234},
        {"label": "acme/web", "value": 12, "change": -0.041, "note": "all of it"},
        {"label": "acme/api", "value": None, "change": None},
        {"label": "acme/cli", "value": 5, "change": -0.0001},
    ]
    shown.mount(Figures(items=items))
    terms = shown.page.locator("dt").all_inner_texts()
    assert terms == ["Total", "acme/web", "acme/api", "acme/cli"]
    tiles = [
        text.replace("\u202f", " ").split("\n")[1:]
        for text in shown.page.locator("dl > div").all_inner_texts()
    ]
    assert tiles[0] == ["1,284,031", "▲+12.3 %"]
    assert tiles[1] == ["12", "▼−4.1 %", "all of it"]
    assert shown.page.locator("dd").filter(has_text="not known").count() == 1
    assert tiles[3] == ["5", "▬0.0 %"]


@pytest.mark.browser
def test_a_table_is_built_when_it_is_opened_and_follows_its_rows(shown: ControlsPage) -> None:
    control = DataTable(
        columns=[
            {"key": "repository", "label": "Repository"},
            {"key": "pulls", "label": "Pulls", "align": "right"},
        ],
        rows={"repository": ["a10", "a9", "a1"], "pulls": [12345, None, 0]},
        caption="One row is one repository.",
    )
    shown.open()
    shown.mount(control)
    assert shown.page.locator("table").count() == 0
    shown.page.get_by_text("Show the data").click()
    shown.page.wait_for_function("() => models.one.saved.length === 1")
    control.set_state(shown.saved()[0])
    shown.receive(control.get_state("_shown"))
    table = shown.page.get_by_role("table", name="One row is one repository.")
    # The dash is for the eyes, the words for the ears.
    cells = table.locator("tbody td").all_text_contents()
    assert cells == ["12,345", "–not known", "0"]
    control.rows = {"repository": ["b"], "pulls": [1]}
    shown.receive(control.get_state("_shown"))
    table.get_by_role("rowheader", name="b", exact=True).wait_for()
    assert table.locator("tbody tr").count() == 1


@pytest.mark.browser
def test_a_table_sorts_with_what_is_not_held_last(shown: ControlsPage) -> None:
    control = DataTable(
        columns=[{"key": "repository", "label": "Repository"}, {"key": "n", "label": "Pulls"}],
        rows={"repository": ["a10", "a9", "a1"], "n": [10, None, 9]},
    )
    control.opened = True
    shown.open()
    shown.mount(control)
    heads = shown.page.locator("tbody th")

    def by(name: str, direction: str) -> list[str]:
        shown.page.get_by_role("button", name=name).click()
        head = shown.page.get_by_role("columnheader", name=name)
        assert head.get_attribute("aria-sort") == direction
        return heads.all_inner_texts()

    assert by("Pulls", "ascending") == ["a1", "a10", "a9"]
    assert by("Pulls", "descending") == ["a10", "a1", "a9"]
    assert by("Repository", "ascending") == ["a1", "a9", "a10"]


@pytest.mark.browser
def test_a_long_table_shows_the_rest_on_request(shown: ControlsPage) -> None:
    control = DataTable(columns=[{"key": "n", "label": "N"}], rows={"n": list(range(5000))})
    control.opened = True
    shown.open()
    shown.mount(control)
    assert shown.page.locator("tbody tr").count() == 2000
    shown.page.get_by_role("button", name="Show all 5,000 rows").click()
    assert shown.page.locator("tbody tr").count() == 5000


@pytest.mark.browser
def test_the_link_says_what_is_shown_and_never_the_token(shown: ControlsPage) -> None:
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.open("?token=secret&months=3", voila=True)
    shown.mount(Actions(parameters=PARAMETERS | {"token": "secret", "other": "x"}))
    shown.page.get_by_role("button", name="Copy link").click()
    shown.page.get_by_role("status").get_by_text("Link copied").wait_for()
    link = shown.page.evaluate("navigator.clipboard.readText()")
    assert "secret" not in link
    assert "acme/web," in link
    assert dict(parse_qsl(urlsplit(link).query)) == PARAMETERS


@pytest.mark.browser
def test_without_a_clipboard_the_link_can_be_copied_by_hand(shown: ControlsPage) -> None:
    shown.open(voila=True)
    shown.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    shown.mount(Actions(parameters={"months": "3"}))
    shown.page.get_by_role("button", name="Copy link").click()
    field = shown.page.get_by_label("Copy the link from here")
    assert field.input_value().endswith("?months=3")
    assert shown.page.evaluate("getSelection().toString()") == field.input_value()
    assert field.get_attribute("readonly") is not None


@pytest.mark.browser
def test_in_jupyterlab_code_is_copied_and_the_address_left_alone(shown: ControlsPage) -> None:
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.open("?months=3")
    shown.mount(Actions(parameters=PARAMETERS, code="inb.Selection()\n"))
    assert shown.sent() == [{"type": "hello"}]
    assert shown.saved() == []
    shown.message({"type": "ready"})
    shown.receive({"parameters": {"months": "12"}})
    assert shown.page.url.endswith("?months=3")
    assert shown.page.get_by_role("button", name="Copy link").count() == 0
    shown.page.get_by_role("button", name="Copy code").click()
    shown.page.get_by_text("Code copied").wait_for()
    assert shown.page.evaluate("navigator.clipboard.readText()") == "inb.Selection()\n"


@pytest.mark.browser
def test_a_page_reads_its_query_before_it_writes_its_address(shown: ControlsPage) -> None:
    control = Actions(parameters={"months": "6"})
    query = "?token=secret&months=12&evil=%3Cscript%3E&repositories=a/b,c%2Fd"
    shown.open(query, voila=True)
    shown.mount(control)
    assert shown.saved() == [{"query": "months=12&repositories=a/b,c/d"}]
    assert shown.sent() == [{"type": "hello"}]
    # Until Python has answered, the address says what is wanted and not what is shown.
    shown.receive({"parameters": {"months": "6"}})
    assert urlsplit(shown.page.url).query == query[1:]
    shown.message({"type": "ready"})
    assert urlsplit(shown.page.url).query == "months=6"
    shown.receive({"parameters": {"months": "12", "repositories": "a/b,c/d"}})
    # Once the viewer pauses, so as not to write it at each of many clicks.
    shown.page.wait_for_url(lambda url: urlsplit(url).query == "months=12&repositories=a/b,c/d")


@pytest.mark.browser
@pytest.mark.parametrize("names", [["acme/a b"], ["a,b/c%2C", "x&y=z/é+"], []])
def test_a_link_means_the_same_to_the_browser_and_to_python(
    shown: ControlsPage, names: list[str]
) -> None:
    selection = Selection(granularity="month", repositories=names)
    shown.open(f"?{selection.to_query()}", voila=True)
    shown.mount(Actions(parameters=selection.to_parameters()))
    assert Selection.from_query(shown.saved()[0]["query"]) == selection
    shown.message({"type": "ready"})
    assert Selection.from_query(urlsplit(shown.page.url).query) == selection


def test_python_answers_a_hello_after_the_query() -> None:
    control = Actions()
    seen: list[object] = []
    control.observe(lambda change: seen.append(change["new"]), "query")
    control.on_hello(lambda: seen.append("hello"))
    control.send = lambda content, buffers=None: seen.append(content)  # noqa: ARG005
    query = {"method": "update", "state": {"query": "months=3"}}
    control._handle_msg({"content": {"data": query}, "buffers": []})
    hello = {"method": "custom", "content": {"type": "hello"}}
    control._handle_msg({"content": {"data": hello}, "buffers": []})
    assert seen == ["months=3", "hello", {"type": "ready"}]


@pytest.mark.browser
def test_csv_is_asked_for_and_saved_as_excel_reads_it(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(Actions())
    button = shown.page.get_by_role("button", name="CSV")
    button.click()
    assert shown.sent()[-1] == {"type": "csv"}
    assert button.get_attribute("aria-busy") == "true"
    with shown.page.expect_download() as download:
        shown.message({"type": "csv", "text": "a\r\né\r\n", "filename": "../pulls week.csv"})
    assert "/" not in download.value.suggested_filename
    assert download.value.suggested_filename.endswith("pulls_week.csv")
    assert download.value.path().read_bytes() == b"\xef\xbb\xbfa\r\n\xc3\xa9\r\n"
    shown.page.get_by_text("CSV saved").wait_for()
    assert button.get_attribute("aria-busy") is None


@pytest.mark.browser
def test_a_csv_that_cannot_be_made_says_why(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(Actions())
    shown.page.get_by_role("button", name="CSV").click()
    shown.message({"type": "failed", "text": "There are no rows."})
    shown.page.get_by_role("status").get_by_text("There are no rows.").wait_for()


@pytest.mark.browser
@pytest.mark.parametrize("format_", ["png", "svg"])
def test_pictures_are_asked_of_the_chart_and_announced(shown: ControlsPage, format_: str) -> None:
    shown.open()
    shown.page.evaluate(
        """() => document.addEventListener("insights-nb:export", ({ detail }) => {
          window.asked = detail;
          window.answer = (error) => document.dispatchEvent(
            new CustomEvent("insights-nb:exported", { detail: { ...detail, error } }));
        })"""
    )
    shown.mount(Actions(chart="c-1"))
    button = shown.page.get_by_role("button", name=format_.upper())
    button.click()
    assert shown.page.evaluate("window.asked") == {"chart": "c-1", "format": format_}
    assert button.get_attribute("aria-busy") == "true"
    shown.page.evaluate("answer()")
    shown.page.get_by_text(f"{format_.upper()} saved").wait_for()
    button.click()
    shown.page.evaluate("answer('It cannot be made.')")
    shown.page.get_by_text("It cannot be made.").wait_for()


@pytest.mark.browser
def test_a_notice_shows_only_while_it_says_something(shown: ControlsPage) -> None:
    shown.open()
    shown.mount(Notice())
    region = shown.page.get_by_role("status")
    assert region.inner_text() == ""
    shown.receive({"kind": "warning", "text": "One week is missing.", "details": ["2026-W31"]})
    region.get_by_text("One week is missing.").wait_for()
    region.get_by_text("Details (1)").click()
    assert shown.page.get_by_role("listitem").is_visible()
    shown.receive({"kind": "error", "text": "Something went wrong (error 1f)."})
    assert "error 1f" in shown.page.get_by_role("alert").inner_text()
    shown.receive({"text": ""})
    shown.page.wait_for_function("() => !document.querySelector('[role=alert]').textContent")


@pytest.mark.browser
def test_a_gone_kernel_brings_up_the_notice(shown: ControlsPage, site: Site) -> None:
    shown.open(voila=True, kernel="k-7")
    shown.mount(SessionGuard(every=0.05))
    dialog = shown.page.get_by_role("alertdialog", name="Session expired.")
    site.kernel_status = 404
    dialog.wait_for()
    assert set(site.asked) == {"/base/api/kernels/k-7"}
    assert "your selections are in the link" in dialog.inner_text()
    assert shown.page.evaluate("document.activeElement.textContent") == "Reload"
    with shown.page.expect_navigation():
        shown.page.keyboard.press("Enter")


@pytest.mark.browser
def test_an_ended_sign_in_asks_to_sign_in_again(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 403
    shown.open(voila=True)
    shown.mount(SessionGuard(every=0.05))
    shown.page.get_by_role("alertdialog", name="Sign in again.").wait_for()


@pytest.mark.browser
def test_a_lost_connection_is_said_and_taken_back(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 502
    shown.open(voila=True)
    shown.mount(SessionGuard(every=0.05))
    dialog = shown.page.get_by_role("alertdialog", name="Connection lost.")
    dialog.wait_for()
    site.kernel_status = 200
    dialog.wait_for(state="detached")


@pytest.mark.browser
def test_the_guard_asks_at_once_when_the_page_comes_back(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 404
    shown.open(voila=True)
    shown.mount(SessionGuard(every=3600))
    shown.page.evaluate("dispatchEvent(new Event('focus'))")
    shown.page.get_by_role("alertdialog").wait_for()


@pytest.mark.browser
def test_the_guard_asks_at_once_when_the_kernel_dies(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 404
    shown.open(voila=True)
    shown.page.evaluate(
        """() => {
          window.kernel = { statusChanged: {
            connect: (call) => (window.die = () => call(null, "dead")), disconnect() {} } };
        }"""
    )
    shown.mount(SessionGuard(every=3600))
    shown.page.evaluate("die()")
    shown.page.get_by_role("alertdialog").wait_for()


@pytest.mark.browser
def test_a_removed_guard_is_silent(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 404
    shown.open(voila=True)
    shown.mount(SessionGuard(every=0.05))
    dialog = shown.page.get_by_role("alertdialog")
    dialog.wait_for()
    shown.page.evaluate("models.one.remove()")
    assert dialog.count() == 0


@pytest.mark.browser
def test_outside_a_dashboard_the_guard_asks_nothing(shown: ControlsPage, site: Site) -> None:
    site.kernel_status = 404
    shown.open()
    shown.mount(SessionGuard(every=0.01))
    with shown.page.expect_response("**/index.html?later"):
        shown.page.evaluate("fetch('index.html?later')")
    assert site.asked == []


@pytest.mark.browser
def test_fingers_find_every_target(browser: Browser, site: Site) -> None:
    phone = {"width": 320, "height": 640}
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:  # type: ignore[arg-type]
        shown = ControlsPage(context.new_page(), site)
        shown.open()
        shown.mount(RepositoryPicker(options=MANY[:3], top=MANY[:2]), name="a")
        shown.mount(granularity(), name="b")
        shown.mount(Actions(), name="c")
        shown.mount(Notice(text="x", details=["y"]), name="d")
        table = DataTable(columns=[{"key": "n", "label": "N"}], rows={"n": [1]})
        table.opened = True
        shown.mount(table, name="e")
        shown.page.get_by_text("Repositories: 0 selected").click()
        assert shown.small_targets() == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(
    browser: Browser, site: Site, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        shown = ControlsPage(context.new_page(), site)
        shown.open(voila=True)
        shown.mount(RepositoryPicker(options=MANY[:3], limit_note="Note."), name="a")
        shown.mount(Figures(items=[{"label": "Total", "value": 1, "note": "Note."}]), name="b")
        shown.mount(granularity(), name="c")
        shown.mount(Notice(kind="warning", text="Warning."), name="d")
        worst = shown.page.evaluate(
            """() => {
              const canvas = document.createElement("canvas").getContext("2d");
              const rgb = (colour, under) => {
                canvas.fillStyle = under;
                canvas.fillRect(0, 0, 1, 1);
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
              };
              const css = (parts) => `rgb(${parts})`;
              const light = (parts) => parts
                .map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
                .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
              const ground = (node) => node
                ? rgb(getComputedStyle(node).backgroundColor, css(ground(node.parentElement)))
                : [255, 255, 255];
              return Math.min(...[...document.querySelectorAll(".inb *")]
                .filter((node) => node.checkVisibility() && [...node.childNodes].some(
                  (child) => child.nodeType === 3 && child.textContent.trim()))
                .map((node) => {
                  const back = ground(node);
                  const ink = rgb(getComputedStyle(node).color, css(back));
                  const [high, low] = [light(ink), light(back)].sort((a, b) => b - a);
                  return (high + 0.05) / (low + 0.05);
                }));
            }"""
        )
        assert worst >= 4.5


def test_state_of_every_control_is_json() -> None:
    for control in (granularity(), Notice(), Figures(), Actions(), SessionGuard()):
        state = {k: v for k, v in control.get_state().items() if k != "layout"}
        json.dumps(state, allow_nan=False)
