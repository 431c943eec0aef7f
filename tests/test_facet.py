"""Lists that filter, tabs, code and words: what Python accepts, what a page shows and sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
import traitlets
from playwright.sync_api import expect

from insights_nb.charts.texts import harmless
from insights_nb.widgets import Code, Facet, Item, Select, Tabs, Words
from tests.controls_page import ControlsPage, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = '<img src=x onerror="document.title=1">'
TURNED = "\u202ereggub.example"
COUNTRIES: list[Item] = [
    {"value": "US", "label": "United States", "count": 6000, "share": 0.6},
    {"value": "NA", "label": "Namibia", "count": 3999, "share": 0.3999},
    {"value": None, "label": "not named", "count": 1, "share": 0.0001},
    {"value": "DE", "label": "Germany", "count": 0, "share": 0.0},
    {"value": "XK", "label": "Kosovo", "count": None},
    {"value": "AQ", "label": "Antarctica", "note": "not tracked"},
]
MANY: list[Item] = [
    {"value": f"c{number:03d}", "label": f"Company {number:03d}", "count": 1000 - number}
    for number in range(250)
]


def countries(*, single: bool = False, **given: Any) -> Facet:  # noqa: ANN401 - Facet's own
    return Facet(label="Country", items=COUNTRIES, single=single, **given)


@pytest.fixture
def shown(shown: ControlsPage) -> ControlsPage:
    shown.page.set_viewport_size({"width": 900, "height": 800})
    shown.open()
    return shown


def answer(shown: ControlsPage, control: Facet) -> None:
    """Bring what Python has to the page."""
    names = ["items", "value", "query", "_answered", "_total"]
    shown.receive({name: control.get_state(name)[name] for name in names})


# --- what Python accepts ------------------------------------------------------------------------


def test_misspelt_items_and_keywords_raise() -> None:
    with pytest.raises(TypeError, match="selected"):
        Facet(label="Country", selected=[])  # type: ignore[call-arg]
    with pytest.raises(traitlets.TraitError, match="'name'"):
        Facet(label="Country", items=[{"value": "US", "name": "x"}])  # type: ignore[typeddict-item]


def test_python_cannot_choose_what_is_not_listed() -> None:
    control = countries()
    with pytest.raises(traitlets.TraitError, match="'FR' is not among the 6 offered"):
        control.value = ["US", "FR"]
    with pytest.raises(traitlets.TraitError, match="only one"):
        countries(single=True, value=["US", "DE"])


@pytest.mark.parametrize("value", [["FR"], "FR", [3], None, [["US"]], {"US": 1}, ["US", "FR"]])
def test_a_browser_cannot_choose_what_is_not_listed(value: object) -> None:
    control = countries(value=["DE"])
    control.set_state({"value": value})
    assert control.value == ["DE"]


def test_a_browser_sets_the_choice_and_the_search_alone() -> None:
    control = countries(asks=True)
    before = control.get_state()
    control.set_state({"items": [], "single": True, "_total": 9, "label": HOSTILE})
    assert control.get_state() == before
    control.set_state({"query": "x" * 5000, "value": [None]})
    assert (control.query, control.value) == ("x" * 200, [None])


def test_what_is_no_longer_listed_is_no_longer_chosen() -> None:
    control = countries(value=["NA", None])
    control.items = [dict(item) for item in COUNTRIES if item["value"] != "NA"]
    assert control.value == [None]


def test_items_and_choice_are_exchanged_together() -> None:
    control = countries(value=["US"])
    seen: list[list[str | None]] = []
    control.observe(lambda change: seen.append(change["new"]), "value")
    control.fill([{"value": "c1", "label": "One"}], ["c1"])
    assert control.value == ["c1"]
    assert seen[-1] == ["c1"]


# --- what a list shows --------------------------------------------------------------------------


@pytest.mark.browser
def test_every_box_has_a_name_with_its_exact_count(shown: ControlsPage) -> None:
    shown.mount(countries())
    group = shown.page.get_by_role("group", name="Country", exact=True)
    for name in (
        "United States, 6,000 pulls, 60.0\u202f%",
        "Namibia, 3,999 pulls, 40.0\u202f%",
        "not named, 1 pulls, 0.0\u202f%",
        "Kosovo, unknown",
        "Antarctica, not tracked",
    ):
        expect(group.get_by_role("checkbox", name=name, exact=True)).to_be_visible()
    widths = group.locator(".inb-row").evaluate_all(
        """(rows) => rows.map((row) => {
          const bar = row.querySelector(".inb-bar-fill").getBoundingClientRect().width;
          return Math.round(1000 * bar / row.getBoundingClientRect().width);
        })"""
    )
    assert widths[0] == pytest.approx(600, abs=3)
    assert widths[1] == pytest.approx(400, abs=3)
    # What is there is seen, however little; what is not has no bar.
    assert widths[2] > 0
    assert widths[3:] == [0, 0, 0]


@pytest.mark.browser
def test_boxes_stand_above_their_bars(shown: ControlsPage) -> None:
    shown.mount(countries())
    box = shown.page.get_by_role("checkbox", name="United States")
    assert box.evaluate(
        """(box) => {
          const at = box.getBoundingClientRect();
          return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2) === box;
        }"""
    )


@pytest.mark.browser
def test_what_is_ticked_is_what_python_takes(shown: ControlsPage) -> None:
    control = countries(value=["US"])
    shown.mount(control)
    page = shown.page
    page.get_by_role("checkbox", name="not named").check()
    control.set_state(shown.saved()[-1])
    assert control.value == ["US", None]
    expect(page.get_by_role("status")).to_have_text("Country: 2 chosen")
    page.get_by_text("United States").click()
    assert shown.saved()[-1] == {"value": [None]}
    page.get_by_role("button", name="Clear country", exact=True).click()
    assert shown.saved()[-1] == {"value": []}
    expect(page.get_by_role("button", name="Clear country")).to_be_hidden()


@pytest.mark.browser
def test_one_of_a_list_is_chosen_and_let_go_again(shown: ControlsPage) -> None:
    shown.mount(countries(single=True))
    namibia = shown.page.get_by_role("radio", name="Namibia, 3,999 pulls, 40.0\u202f%", exact=True)
    namibia.click()
    assert shown.saved()[-1] == {"value": ["NA"]}
    shown.page.get_by_role("radio", name="Germany").click()
    assert shown.saved()[-1] == {"value": ["DE"]}
    expect(namibia).not_to_be_checked()
    shown.page.get_by_role("radio", name="Germany").click()
    assert shown.saved()[-1] == {"value": []}
    expect(shown.page.get_by_role("radio", checked=True)).to_have_count(0)
    shown.page.keyboard.press("Space")
    assert shown.saved()[-1] == {"value": ["DE"]}
    shown.page.keyboard.press("Space")
    assert shown.saved()[-1] == {"value": []}


@pytest.mark.browser
def test_a_long_list_shows_its_head_the_chosen_and_the_rest_on_request(
    shown: ControlsPage,
) -> None:
    shown.mount(Facet(label="Company", items=MANY, value=["c200"], shown=6))
    boxes = shown.page.get_by_role("checkbox")
    expect(boxes).to_have_count(7)
    expect(shown.page.get_by_role("checkbox", name="Company 200")).to_be_checked()
    shown.page.get_by_role("button", name="Show all 250").click()
    expect(boxes).to_have_count(250)
    shown.page.get_by_role("button", name="Show fewer").click()
    expect(boxes).to_have_count(7)
    shown.page.get_by_role("checkbox", name="Company 200").uncheck()
    expect(boxes).to_have_count(6)


@pytest.mark.browser
def test_a_short_list_has_no_search_and_nothing_to_unfold(shown: ControlsPage) -> None:
    shown.mount(countries())
    expect(shown.page.get_by_role("searchbox")).to_have_count(0)
    expect(shown.page.get_by_role("button")).to_have_count(0)


@pytest.mark.browser
def test_an_empty_list_says_so(shown: ControlsPage) -> None:
    shown.mount(Facet(label="Company", empty="No company is left."))
    shown.page.get_by_text("No company is left.", exact=True).wait_for()


@pytest.mark.browser
def test_a_search_finds_every_word_anywhere(shown: ControlsPage) -> None:
    shown.mount(Facet(label="Company", items=MANY))
    search = shown.page.get_by_role("searchbox", name="Search company", exact=True)
    search.press_sequentially("24 COMP")
    expect(shown.page.get_by_role("checkbox")).to_have_count(13)  # 024, 124, 224, 240 to 249
    search.press("Escape")
    assert search.input_value() == ""
    expect(shown.page.get_by_role("checkbox")).to_have_count(8)
    search.fill("nobody")
    shown.page.get_by_text("Nothing matches “nobody”. Escape clears the search.").wait_for()
    # Only a list that asks tells Python what is searched for.
    assert shown.saved() == []


@pytest.mark.browser
def test_a_list_works_from_the_keyboard(shown: ControlsPage) -> None:
    shown.mount(Facet(label="Company", items=MANY, value=["c001"]))
    keyboard = shown.page.keyboard
    shown.page.get_by_role("searchbox").focus()
    for key in ["ArrowDown", "ArrowDown", "ArrowDown", "Space", "End", "Space"]:
        keyboard.press(key)
    assert shown.saved()[-1] == {"value": ["c001", "c002", "c007"]}
    # One Tab leaves the list, and comes back to where it was left.
    keyboard.press("Tab")
    expect(shown.page.get_by_role("button", name="Show all 250")).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(shown.page.get_by_role("checkbox", name="Company 007")).to_be_focused()
    for key in ["Home", "ArrowUp"]:
        keyboard.press(key)
    expect(shown.page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.browser
def test_arrows_walk_radio_buttons_below_a_search(shown: ControlsPage) -> None:
    shown.mount(Facet(label="Company", items=MANY, single=True))
    shown.page.get_by_role("searchbox").press("ArrowDown")
    expect(shown.page.get_by_role("radio", name="Company 000")).to_be_focused()
    # To look is not to choose.
    assert shown.saved() == []
    shown.page.keyboard.press("ArrowDown")
    assert shown.saved()[-1] == {"value": ["c001"]}


@pytest.mark.browser
def test_counts_change_beneath_a_focus_that_stays(shown: ControlsPage) -> None:
    control = countries()
    shown.mount(control)
    shown.page.get_by_role("checkbox", name="Namibia").focus()
    control.fill([COUNTRIES[1] | {"count": 7, "share": 1.0}, COUNTRIES[0]], [])
    answer(shown, control)
    expect(
        shown.page.get_by_role("checkbox", name="Namibia, 7 pulls, 100.0\u202f%", exact=True)
    ).to_be_focused()
    expect(shown.page.get_by_role("checkbox")).to_have_count(2)


# --- a list that asks ---------------------------------------------------------------------------


@pytest.mark.browser
def test_what_is_typed_is_asked_of_python_once(shown: ControlsPage) -> None:
    control = Facet(label="Company", asks=True)
    control.fill(MANY[:100], [], total=20_000)
    shown.mount(control)
    page = shown.page
    page.get_by_role("button", name="Show 100 of 20,000").click()
    page.get_by_text("The first 100 of 20,000 are listed: search for the others.").wait_for()
    search = page.get_by_role("searchbox", name="Search company")
    # Faster than anybody types.
    search.evaluate(
        """(field) => {
          for (const text of [" far", " far  a", " far  away "]) {
            field.value = text;
            field.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }"""
    )
    page.get_by_text("Searching …").wait_for()
    page.wait_for_function("() => models.one.saved.length > 0")
    assert shown.saved() == [{"query": "far  away"}]
    control.set_state(shown.saved()[0])
    control.fill([{"value": "f", "label": "Far and away", "count": 1}], [], total=1)
    # An answer must not take back what is typed meanwhile.
    search.press("End")
    search.press_sequentially("w")
    answer(shown, control)
    page.get_by_role("checkbox", name="Far and away, 1 pulls", exact=True).wait_for()
    assert search.input_value() == " far  away w"
    page.wait_for_function("() => models.one.saved.at(-1).query === 'far  away w'")
    page.get_by_role("checkbox", name="Far and away").check()
    assert shown.saved()[-1] == {"value": ["f"]}
    search.fill("zzz")
    page.wait_for_function("() => models.one.saved.at(-1).query === 'zzz'")
    control.set_state({"query": "zzz"})
    control.fill([], [], total=0)
    answer(shown, control)
    page.get_by_text("Nothing matches “zzz”.").wait_for()


@pytest.mark.browser
def test_a_links_search_stands_in_the_field(shown: ControlsPage) -> None:
    control = Facet(label="Company", asks=True)
    control.query = "company 00"
    control.fill(MANY[:10], [])
    shown.mount(control)
    search = shown.page.get_by_role("searchbox")
    assert search.input_value() == "company 00"
    control.query = "company 000"
    control.fill(MANY[:1], [])
    answer(shown, control)
    expect(search).to_have_value("company 000")
    expect(shown.page.get_by_role("checkbox")).to_have_count(1)


@pytest.mark.browser
def test_escape_asks_for_all_again(shown: ControlsPage) -> None:
    control = Facet(label="Company", asks=True)
    control.query = "x"
    control.fill([{"value": "x", "label": "x"}], [])
    shown.mount(control)
    shown.page.get_by_role("searchbox").press("Escape")
    shown.page.wait_for_function("() => models.one.saved.length > 0")
    assert shown.saved() == [{"query": ""}]
    # What is left of other filters may be little: the search stays.
    expect(shown.page.get_by_role("searchbox")).to_be_visible()


# --- a choice that folds ------------------------------------------------------------------------


@pytest.mark.browser
def test_a_folded_choice_has_a_label_and_sends_what_python_takes(shown: ControlsPage) -> None:
    control = Select(label="Before", options=[(3, "Three"), (4, HOSTILE)], value=3)
    shown.mount(control)
    box = shown.page.get_by_role("combobox", name="Before", exact=True)
    expect(box).to_have_value("Three")
    box.select_option(HOSTILE)
    control.set_state(shown.saved()[0])
    assert control.value == 4
    control.options = [(5, "Five")]
    shown.receive(control.get_state(["options", "value"]))
    expect(box).to_have_value("Five")
    control.set_state({"value": 9})
    assert control.value == 5


# --- tabs ---------------------------------------------------------------------------------------

PAGES = [("pulls", "Pulls"), ("audience", "Audience"), ("health", "Data health")]


def open_page(shown: ControlsPage, name: str) -> None:
    """Put a page into the explorer's box, as one that is opened."""
    shown.boxes(".inb-explorer", f"page inb-page-{name} inb-shown")
    shown.page.locator(f".inb-page-{name}").evaluate("(box) => box.append('Charts')")


@pytest.mark.browser
def test_tabs_have_roles_and_say_which_is_open(shown: ControlsPage) -> None:
    shown.mount(Tabs(options=PAGES))
    tabs = shown.page.get_by_role("tablist", name="Questions").get_by_role("tab")
    assert tabs.all_inner_texts() == ["Pulls", "Audience", "Data health"]
    assert tabs.evaluate_all("(all) => all.map((tab) => tab.ariaSelected)") == [
        "true", "false", "false",
    ]  # fmt: skip
    tabs.nth(2).click()
    assert shown.saved() == [{"value": "health"}]
    expect(shown.page.get_by_role("tab", selected=True)).to_have_text("Data health")
    shown.receive({"value": "audience"})
    expect(shown.page.get_by_role("tab", selected=True)).to_have_text("Audience")


@pytest.mark.browser
def test_arrows_move_between_tabs_and_enter_opens(shown: ControlsPage) -> None:
    shown.mount(Tabs(options=PAGES))
    page = shown.page
    page.get_by_role("tab", name="Pulls").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Audience")).to_be_focused()
    # To look is not to open: that can take a second.
    assert shown.saved() == []
    page.keyboard.press("Enter")
    assert shown.saved() == [{"value": "audience"}]
    for key, name in {
        "End": "Data health",
        "ArrowRight": "Pulls",
        "ArrowLeft": "Data health",
    }.items():
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    assert shown.saved()[-1] == {"value": "pulls"}
    # The row is one stop for Tab.
    reached = page.get_by_role("tab").evaluate_all(
        "(all) => all.filter((t) => t.tabIndex === 0).length"
    )
    assert reached == 1


@pytest.mark.browser
def test_a_page_that_comes_later_is_its_tabs_panel(shown: ControlsPage) -> None:
    shown.boxes("#rendered_cells", "explorer")
    open_page(shown, "pulls")
    shown.mount(Tabs(options=PAGES), into=".inb-explorer")
    expect(shown.page.get_by_role("tabpanel", name="Pulls", exact=True)).to_be_visible()
    open_page(shown, "audience")
    panel = shown.page.get_by_role("tabpanel", name="Audience", exact=True)
    expect(panel).to_be_visible()
    tab = shown.page.get_by_role("tab", name="Audience")
    assert tab.get_attribute("aria-controls") == panel.get_attribute("id")


def test_a_browser_cannot_open_what_is_no_tab() -> None:
    control = Tabs(options=PAGES)
    for value in ("companies", None, 3, ["pulls"]):
        control.set_state({"value": value})
    assert control.value == "pulls"
    with pytest.raises(traitlets.TraitError, match="not offered"):
        control.value = "companies"


@pytest.mark.browser
def test_the_open_tab_is_in_sight_where_there_is_no_room(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 320, "height": 600}) as context:
        found = ControlsPage(context.new_page(), site)
        found.open()
        many = [(f"p{number}", f"Question {number}") for number in range(9)]
        found.mount(Tabs(options=many, value="p7"))
        expect(found.page.get_by_role("tab", name="Question 7")).to_be_in_viewport()
        assert found.page.evaluate("document.documentElement.scrollWidth") == 320


# --- code and words -----------------------------------------------------------------------------


@pytest.mark.browser
def test_code_is_shown_and_copied_as_text(shown: ControlsPage) -> None:
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = f"frame = inb.stacks(archive, view, {HOSTILE!r})\nframe"
    shown.mount(Code(code=code))
    block = shown.page.locator("pre")
    expect(block).to_be_hidden()
    shown.page.get_by_text("Show code").click()
    assert block.inner_text() == code
    shown.page.get_by_role("button", name="Copy").click()
    expect(shown.page.get_by_role("status")).to_have_text("Code copied")
    assert shown.page.evaluate("navigator.clipboard.readText()") == code
    shown.receive({"code": "frame"})
    expect(block).to_have_text("frame")
    expect(shown.page.get_by_role("status")).to_have_text("")
    shown.receive({"code": ""})
    expect(shown.page.get_by_text("Show code")).to_be_hidden()
    assert shown.page.locator("img").count() == 0


@pytest.mark.browser
def test_without_a_clipboard_the_code_is_selected(shown: ControlsPage) -> None:
    shown.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    shown.mount(Code(code="one\ntwo"))
    shown.page.get_by_text("Show code").click()
    shown.page.get_by_role("button", name="Copy").click()
    shown.page.get_by_text("copy it by hand").wait_for()
    assert shown.page.evaluate("getSelection().toString()") == "one\ntwo"


@pytest.mark.browser
def test_words_take_no_room_while_they_say_nothing(shown: ControlsPage) -> None:
    shown.mount(Words(heading="A heading", text="A sentence."))
    heading = shown.page.get_by_role("heading", name="A heading", level=2)
    expect(heading).to_be_visible()
    shown.receive({"heading": ""})
    expect(heading).to_have_count(0)
    expect(shown.page.get_by_text("A sentence.")).to_be_visible()
    shown.receive({"text": ""})
    expect(shown.page.locator(".inb-words")).to_be_hidden()


@pytest.mark.browser
def test_hostile_texts_stay_text(shown: ControlsPage) -> None:
    items: list[Item] = [
        {"value": HOSTILE, "label": HOSTILE, "note": HOSTILE},
        {"value": TURNED, "label": TURNED, "count": 1},
    ]
    shown.mount(Facet(label=HOSTILE, items=items, empty=HOSTILE, unit=HOSTILE), name="a")
    shown.mount(Words(heading=HOSTILE, text=HOSTILE), name="b")
    shown.mount(Tabs(options=[("a", HOSTILE)]), name="c")
    shown.mount(Select(label=HOSTILE, options=[("a", HOSTILE)]), name="d")
    name = f"{harmless(HOSTILE)}, {HOSTILE}"
    shown.page.get_by_role("checkbox", name=name, exact=True).check()
    assert shown.saved(name="a") == [{"value": [HOSTILE]}]
    # A mark that turns a name round leaves what stands beside it.
    row = shown.page.locator(".inb-row").nth(1)
    name, amount = row.locator(".inb-name"), row.locator(".inb-amount")
    left, right = name.bounding_box(), amount.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] < right["x"]
    assert amount.inner_text() == "1"
    assert shown.page.locator("img").count() == 0
    assert shown.page.title() == "Controls"


# --- how it looks -------------------------------------------------------------------------------


@pytest.mark.browser
def test_fingers_find_every_row_and_tab(browser: Browser, site: Site) -> None:
    phone = {"width": 320, "height": 640}
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:  # type: ignore[arg-type]
        found = ControlsPage(context.new_page(), site)
        found.open()
        found.mount(Facet(label="Company", items=MANY, value=["c000"]), name="a")
        found.mount(Tabs(options=PAGES), name="b")
        found.mount(Code(code="x"), name="c")
        found.mount(Select(label="Before", options=[("a", "A")]), name="d")
        assert found.small_targets() == []
        assert found.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_can_be_read_on_their_bars(
    browser: Browser, site: Site, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        found = ControlsPage(context.new_page(), site)
        found.open(voila=True)
        items: list[Item] = [
            {"value": "a", "label": "Chosen", "count": 2, "share": 1.0},
            {"value": "b", "label": "Other", "count": 2, "share": 1.0},
        ]
        found.mount(Facet(label="Company", items=items, value=["a"]))
        found.mount(Facet(label="Country", items=items), name="two")
        contrasts = found.page.evaluate(
            """() => {
              const canvas = document.createElement("canvas").getContext("2d");
              const light = (colour) => {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)]
                  .map((part) => part / 255)
                  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
                  .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
              };
              return [...document.querySelectorAll(".inb-row")].flatMap((row) => {
                const style = (node) => getComputedStyle(node);
                const bar = light(style(row.querySelector(".inb-bar-fill")).backgroundColor);
                return [...row.querySelectorAll(".inb-name, .inb-amount")].map((node) => {
                  const ink = light(style(node).color);
                  return (Math.max(ink, bar) + 0.05) / (Math.min(ink, bar) + 0.05);
                });
              });
            }"""
        )
        assert len(contrasts) == 8
        assert min(contrasts) >= 4.5
