"""The dashboard of all questions, in a real Chromium against the real Voilà."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

import insights_nb as inb
from insights_nb.geography import country_name
from tests.hostile import hostile_archive
from tests.reports import summary_row, write_summary
from tests.servers import Server, dashboard

pytestmark = [pytest.mark.browser, pytest.mark.system]

TABS = ["Pulls", "Adoption", "Audience", "Companies", "Ecosystem", "Extensions", "Data health"]
DRAWN = '.inb-chart[data-redraws]:not([data-redraws="0"])'
MARKS = '.inb-chart__plot [role="graphics-symbol"][aria-label]'


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.get_by_role("tablist").wait_for(timeout=120_000)
    return page


def drawn(context: BrowserContext, server: Server) -> Page:
    made = opened(context, server.url)
    made.locator(DRAWN).first.wait_for(timeout=120_000)
    return made


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Page:
    """A page just opened, for who changes what it shows."""
    return drawn(context, server)


@pytest.fixture(scope="module")
def shared(browser: Browser, server: Server) -> Iterator[Page]:
    """One page for who only looks: its selections stay as it opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    yield drawn(context, server)
    context.close()


@pytest.fixture
def seen(shared: Page) -> Page:
    """The shared page on its first tab, with nothing unfolded."""
    shared.mouse.move(0, 0)
    shared.get_by_role("tab").first.click()
    return shared


def turn(page: Page, tab: str) -> Locator:
    """Open a tab, and return its panel once a chart is drawn in it."""
    page.get_by_role("tab", name=tab, exact=True).click()
    panel = page.get_by_role("tabpanel", name=tab, exact=True)
    panel.locator(DRAWN).locator("visible=true").first.wait_for()
    return panel


def labels(place: Locator) -> list[str]:
    found: list[str] = place.locator(MARKS).evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label'))"
    )
    return found


def test_every_tab_opens_on_the_samples_with_its_charts(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    assert page.get_by_role("tab").all_text_contents() == TABS
    for tab in [*TABS[1:], TABS[0]]:
        panel = turn(page, tab)
        expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        expect(page.get_by_role("tabpanel")).to_have_count(1)
        charts = panel.locator(".inb-chart").locator("visible=true")
        for index in range(charts.count()):
            expect(charts.nth(index).locator("svg")).to_be_visible()
            assert labels(charts.nth(index)), f"{tab}, chart {index} has no marks"
    assert errors == []
    expect(page.get_by_text(re.compile("went wrong"))).to_have_count(0)


def test_tabs_work_from_the_keyboard(seen: Page) -> None:
    page = seen
    page.get_by_role("tab", name="Pulls").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Audience")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tabpanel", name="Audience")).to_be_visible()


def test_the_map_is_drawn_offline_and_tells_exact_numbers(seen: Page, samples: inb.Archive) -> None:
    page = seen
    panel = turn(page, "Audience")
    frame = inb.audience(samples, inb.Selection(repositories=top5(samples)), "country")
    sums = frame.groupby("country")["pulls"].sum()
    said = labels(panel.locator(".inb-chart").first)
    for code, count in sums[sums > 0].items():
        assert any(
            one.startswith(f"{country_name(code)}") and f"{count:,} pulls" in one for one in said
        ), code
    # Land that nobody pulls from is drawn, too.
    outlines = panel.locator(".inb-chart").first.locator("svg path")
    assert outlines.count() > 150


def top5(archive: inb.Archive) -> list[str]:
    return inb.top_repositories(inb.pulls(archive))


def test_a_filter_acts_on_every_chart_and_facet(page: Page, samples: inb.Archive) -> None:
    panel = turn(page, "Audience")
    panel.get_by_role("checkbox", name=re.compile("^aws, ")).check()
    view = inb.Selection(repositories=top5(samples))
    where = {"cloud": ["aws"]}
    countries = inb.audience(samples, view, "country", where=where)
    sums = countries.groupby("country")["pulls"].sum()
    code = sums.idxmax()
    first = panel.locator(".inb-chart").nth(0)
    expect(
        first.locator(f'[aria-label^="{country_name(code)}"][aria-label*="{sums[code]:,} pulls"]')
    ).not_to_have_count(0)
    cases = inb.audience(samples, view, "use_case", where=where)
    sums = cases.groupby("use_case")["pulls"].sum()
    share = sums["Prod"] / sums.sum()
    box = panel.get_by_role("checkbox", name=re.compile("^Production|^Prod"))
    expect(box).to_have_attribute(
        "aria-label", re.compile(f"{sums['Prod']:,} pulls, {share:.1%}"[:-1])
    )
    newest = cases[cases["period"] == cases["period"].max()].set_index("use_case")["pulls"]
    second = panel.locator(".inb-chart").nth(1)
    expect(second.locator(f'[aria-label*="{newest["Prod"]:,} pulls"]')).not_to_have_count(0)
    # The filter itself still lists the clouds that it leaves out.
    expect(panel.get_by_role("checkbox", name=re.compile("^gcp, "))).to_be_visible()


def test_the_link_restores_tab_and_selections_elsewhere(
    page: Page, browser: Browser, samples: inb.Archive
) -> None:
    panel = turn(page, "Audience")
    page.get_by_role("radio", name="3 months").locator("xpath=..").click()
    panel.get_by_role("checkbox", name=re.compile("^aws, ")).check()
    panel.get_by_role("checkbox", name=re.compile("^Germany, ")).check()
    panel.get_by_role("radio", name="Share", exact=True).locator("xpath=..").click()
    page.wait_for_url(re.compile("country=DE.*"))
    page.wait_for_url(re.compile("show=share"))
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    query = parse_qs(urlsplit(link).query)
    assert query["tab"] == ["audience"]
    assert "token" not in query
    other = browser.new_context(viewport={"width": 1280, "height": 1000})
    restored = opened(other, link)
    again = restored.get_by_role("tabpanel", name="Audience")
    again.locator(DRAWN).first.wait_for(timeout=120_000)
    expect(again.get_by_role("checkbox", name=re.compile("^aws, "))).to_be_checked()
    expect(again.get_by_role("checkbox", name=re.compile("^Germany, "))).to_be_checked()
    expect(again.get_by_role("radio", name="Share", exact=True)).to_be_checked()
    expect(restored.get_by_role("radio", name="3 months")).to_be_checked()
    view = inb.Selection("week", 3, top5(samples))
    frame = inb.audience(samples, view, "country", where={"cloud": ["aws"]})
    total = frame.loc[frame["country"] == "DE", "pulls"].sum()
    expect(again.get_by_text(f"{total:,}", exact=True).first).to_be_visible()
    other.close()


def test_a_choice_made_on_one_tab_holds_on_the_others(page: Page, samples: inb.Archive) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("checkbox", name="moonbarrow/kiln", exact=True).check()
    panel = turn(page, "Audience")
    view = inb.Selection(repositories=["moonbarrow/kiln"])
    total = inb.audience(samples, view, "country")["pulls"].sum()
    expect(panel.get_by_text(f"{total:,}", exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Pulls").click()
    expect(page.get_by_role("checkbox", name="moonbarrow/kiln", exact=True)).to_be_checked()


def test_the_search_finds_a_company(page: Page, samples: inb.Archive) -> None:
    panel = turn(page, "Companies")
    domain = inb.heavy_users(inb.companies(samples, inb.Selection(repositories=top5(samples))))
    wanted = str(domain["domain"].iloc[-1])
    panel.get_by_role("searchbox").first.fill(wanted)
    expect(panel.get_by_text(wanted, exact=True).first).to_be_visible()


def test_the_code_shown_is_the_call_that_gives_the_rows(seen: Page, samples: inb.Archive) -> None:
    page = seen
    panel = turn(page, "Audience")
    panel.get_by_text("Show code").first.click()
    code = panel.locator(".inb-code code").first.text_content() or ""
    assert "inb.audience(archive, view, 'country')" in code
    with page.expect_download() as event:
        panel.get_by_role("button", name="CSV").first.click()
    content = Path(event.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    frame = inb.audience(samples, inb.Selection(repositories=top5(samples)), "country")
    assert sum(int(row["pulls"] or 0) for row in rows) == frame["pulls"].sum()
    assert len(rows) == len(frame)


NEEDS = {
    "Adoption": "Trends",
    "Audience": "Trends",
    "Companies": "Tracked companies",
    "Ecosystem": "Technographic",
    "Extensions": "Extension",
}


def test_a_tab_whose_report_is_not_held_says_which_it_needs(
    context: BrowserContext, tmp_path: Path
) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, "2026-10-26", [summary_row("2026-10-26")]), quiet=True)
    with dashboard("--archive", str(archive.folder)) as running:
        page = opened(context, running.url)
        for tab, report in NEEDS.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            notice = page.locator(".inb-notice").filter(has_text=f"Download {report}")
            expect(notice.locator("visible=true").first).to_contain_text("insights-nb add FILES")
        turn(page, "Data health")
        turn(page, "Pulls")


def test_hostile_texts_stay_text_on_every_page(context: BrowserContext, tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    with dashboard("--archive", str(archive.folder)) as running:
        page = context.new_page()
        page.add_init_script("window.ran = false")
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        page.goto(running.url, wait_until="commit")
        page.get_by_role("tablist").wait_for(timeout=120_000)
        for tab in TABS:
            panel = turn(page, tab)
            for fold in panel.get_by_text("Show the data").all():
                if fold.is_visible():
                    fold.click()
            for fold in panel.get_by_text("Show code").all():
                if fold.is_visible():
                    fold.click()
            chart = panel.locator(".inb-chart").locator("visible=true").first
            chart.focus()
            page.keyboard.press("ArrowRight")
            assert page.evaluate("() => window.ran") is False, tab
            assert page.locator("script:not([src]):not([type])").count() == 0, tab
            assert panel.locator("img").count() == 0, tab
        assert dialogs == []


def test_no_tab_asks_another_host_for_anything(context: BrowserContext, server: Server) -> None:
    asked: list[str] = []
    context.route(
        lambda url: not url.startswith((server.url, "blob:", "data:")),
        lambda route: asked.append(route.request.url),
    )
    page = opened(context, server.url)
    page.locator(DRAWN).first.wait_for(timeout=120_000)
    for tab in TABS[1:]:
        turn(page, tab)
    assert asked == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(browser: Browser, server: Server, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = opened(context, server.url)
    page.locator(DRAWN).first.wait_for(timeout=120_000)
    for tab in TABS:
        turn(page, tab)
        over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, tab
    context.close()


def test_the_open_tab_keeps_its_mark_under_the_mouse(seen: Page) -> None:
    page = seen
    tab = page.get_by_role("tab", name="Pulls", exact=True)
    look = "e => { const s = getComputedStyle(e); return [s.borderBottomColor, s.color]; }"
    before = tab.evaluate(look)
    tab.hover()
    assert tab.evaluate(look) == before
    other = page.get_by_role("tab", name="Adoption", exact=True)
    plain = other.evaluate(look)
    other.hover()
    assert other.evaluate(look) != plain


def test_an_unknown_tab_in_a_link_opens_the_first_and_says_so(
    context: BrowserContext, server: Server
) -> None:
    page = opened(context, f"{server.url}?tab=secrets&months=3")
    expect(page.get_by_text("Part of this link could not be applied.")).to_be_visible()
    expect(page.get_by_role("tab", name="Pulls")).to_have_attribute("aria-selected", "true")


def test_a_missing_count_is_a_dash_and_never_zero(seen: Page, samples: inb.Archive) -> None:
    page = seen
    panel = turn(page, "Audience")
    panel.get_by_text("Show the data").first.click()
    frame = inb.audience(samples, inb.Selection(repositories=top5(samples)), "country")
    assert frame["pulls"].isna().any()
    day = frame.loc[frame["pulls"].isna(), "period"].iloc[0]
    dates = inb.Period("week", pd.Timestamp(day).date()).dates
    row = panel.get_by_role("row").filter(has_text=dates).first
    expect(row).to_contain_text("not known")
