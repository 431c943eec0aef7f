"""The pull dashboard, in a real Chromium against the real Voilà on the sample data."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

import insights_nb as inb
from insights_nb.charts.texts import harmless
from insights_nb.metrics.pulls import fold_other
from insights_nb.selection import Selection
from tests.reports import summary_row, write_summary
from tests.servers import Server, dashboard

pytestmark = [pytest.mark.browser, pytest.mark.system]

POINTS = ".inb-chart [aria-roledescription='point']"
THREE = ["moonbarrow/kiln", "moonbarrow/cairn", "moonbarrow/beacon"]
_POINT = re.compile(r"^(?P<repository>.+), (?P<dates>[^,]+): (?P<count>[\d,]+) ")


@pytest.fixture(scope="module")
def shared(browser: Browser, server: Server) -> Iterator[Page]:
    """One page that many questions are asked of: opening it costs seconds, a click does not."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield opened(context, server.url)
    context.close()


@pytest.fixture
def page(shared: Page) -> Page:
    """The shared page, as it opens."""
    shared.mouse.move(0, 0)
    for fold in shared.locator("details[open] > summary").locator("visible=true").all():
        fold.click()
    shared.get_by_role("searchbox").fill("")
    for group, name in (
        ("Granularity", "Weekly"),
        ("Time range", "6 months"),
        ("Measure", "Pulls"),
    ):
        choose(shared, group, name)
    picked = shared.locator(".inb-picker").get_by_role("checkbox", checked=True)
    shared.get_by_role("button", name="Clear", exact=True).click()
    expect(picked).to_have_count(0)
    expect(shared.locator(POINTS)).to_have_count(0)
    shared.get_by_role("button", name="Top 5", exact=True).click()
    expect(picked).to_have_count(5)
    shared.locator(POINTS).first.wait_for()
    # Shown where what is chosen has any.
    shared.get_by_role("checkbox", name="Events", exact=True).check()
    return shared


@pytest.fixture
def fresh(context: BrowserContext, server: Server) -> Page:
    """A page just opened."""
    return opened(context, server.url)


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.locator(POINTS).first.wait_for(timeout=120_000)
    return page


def redraws(page: Page) -> int:
    return int(page.locator(".inb-chart").get_attribute("data-redraws") or 0)


def choose(page: Page, group: str, name: str) -> None:
    """Press a radio button and wait until the chart is drawn again."""
    radio = page.get_by_role("radiogroup", name=group).get_by_role("radio", name=name, exact=True)
    if radio.is_checked():
        return
    before = redraws(page)
    # The native control lies below its face, which is what a person presses.
    radio.locator("xpath=..").click()
    page.wait_for_function(
        "n => Number(document.querySelector('.inb-chart').dataset.redraws) > n", arg=before
    )
    expect(radio).to_be_checked()


def tick(page: Page, names: list[str]) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(POINTS)).to_have_count(0)
    for name in names:
        before = redraws(page)
        page.get_by_role("checkbox", name=name, exact=True).check()
        page.wait_for_function(
            "n => Number(document.querySelector('.inb-chart').dataset.redraws) > n", arg=before
        )
        # What was cleared may have been drawn only now.
        page.locator(f"{POINTS}[aria-label^='{name},']").first.wait_for()


def drawn(page: Page) -> dict[tuple[str, str], int]:
    """Read the points from the page: (repository, dates) and number."""
    labels = page.locator(POINTS).evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    found = {}
    for label in labels:
        match = _POINT.match(label)
        assert match, label
        key = (match["repository"], match["dates"])
        assert key not in found, "a point is drawn twice"
        found[key] = int(match["count"].replace(",", ""))
    return found


def promised(archive: inb.Archive, selection: Selection) -> dict[tuple[str, str], int]:
    """Compute what has to be drawn: the numbers of `inb.pulls`."""
    frame = fold_other(inb.pulls(archive, selection), selection.measure)
    return {
        (row.repository, inb.Period(selection.granularity, row.period.date()).dates): int(value)
        for row in frame.itertuples()
        if not pd.isna(value := getattr(row, selection.measure))
    }


def top5(archive: inb.Archive, granularity: str = "week", months: int = 6) -> list[str]:
    return inb.top_repositories(inb.pulls(archive, Selection(granularity, months)))


def test_the_page_opens_on_the_top_five(fresh: Page, samples: inb.Archive) -> None:
    page = fresh
    assert drawn(page) == promised(samples, Selection(repositories=top5(samples)))
    expect(page.locator(".inb-picker").get_by_role("checkbox", checked=True)).to_have_count(5)


def test_every_choice_draws_exactly_the_numbers(page: Page, samples: inb.Archive) -> None:
    tick(page, THREE)
    for granularity, face in (("week", "Weekly"), ("month", "Monthly")):
        choose(page, "Granularity", face)
        for months in (3, 12, 6):
            choose(page, "Time range", f"{months} months")
            for measure, name in (
                ("pulls", "Pulls"),
                ("data_downloads", "Data downloads"),
                ("version_checks", "Version checks"),
            ):
                choose(page, "Measure", name)
                selection = Selection(granularity, months, THREE, measure)
                assert drawn(page) == promised(samples, selection), selection


def test_every_choice_works_from_the_keyboard(page: Page, samples: inb.Archive) -> None:
    choose(page, "Time range", "3 months")
    page.get_by_role("radio", name="3 months", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="6 months", exact=True)).to_be_checked()
    box = page.get_by_role("checkbox", name="moonbarrow/cairn", exact=True)
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    names = [*top5(samples), "moonbarrow/cairn"]
    expect(page.locator(POINTS)).to_have_count(
        len(promised(samples, Selection(repositories=names)))
    )


def test_the_repository_search_finds_and_selects(page: Page) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("searchbox").fill("OLDBAR")
    expect(page.get_by_role("checkbox")).to_have_count(3)
    page.get_by_role("button", name="Select all matches").click()
    expect(page.get_by_text("3 of 15 selected")).to_be_visible()


def test_an_empty_choice_says_what_to_do(page: Page) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("No repository is chosen.")).to_be_visible()


def test_beyond_twelve_lines_the_rest_folds_and_says_so(page: Page, samples: inb.Archive) -> None:
    page.get_by_role("button", name="Select all matches").click()
    expect(
        page.locator(".inb-chart svg").get_by_text(re.compile(r"^Other \(\d+ "))
    ).not_to_have_count(0)
    everything = Selection(repositories=inb.repositories(samples, "week"))
    assert drawn(page) == promised(samples, everything)


def test_the_title_stays_in_the_picture_when_the_legend_grows(page: Page) -> None:
    page.get_by_role("button", name="Select all matches").click()
    expect(page.locator(".inb-chart svg").get_by_text(re.compile(r"^Other "))).not_to_have_count(0)
    # Both at one instant: what is said above the chart may come meanwhile and move it down.
    above = page.locator(".inb-chart").evaluate(
        """chart => chart.querySelector('.role-title-text').getBoundingClientRect().top
             - chart.getBoundingClientRect().top"""
    )
    assert above >= 0


def test_the_tooltip_shows_the_exact_value(page: Page, samples: inb.Archive) -> None:
    name = top5(samples)[0]
    point = page.locator(f"{POINTS}[aria-label^='{name},']").last
    label = point.get_attribute("aria-label") or ""
    match = _POINT.match(label)
    assert match
    tooltip = page.locator(".inb-chart__tooltip, #vg-tooltip-element").locator("visible=true")
    for _ in range(20):
        # A chart that is drawn again below the pointer tells nothing until that moves.
        point.hover(force=True)
        page.wait_for_timeout(100)
        if tooltip.count():
            break
        page.mouse.move(0, 0)
    expect(tooltip).to_contain_text(match["count"])
    expect(tooltip).to_contain_text(name)
    expect(tooltip).to_contain_text(match["dates"])


def test_a_missing_week_is_said_and_breaks_the_line(page: Page) -> None:
    # Another definition counts it, of which the lines are not.
    expect(page.get_by_text("1 week of 26 is available as pulls as")).to_be_visible()
    paths = page.locator(".inb-chart .mark-line path").evaluate_all(
        "all => all.map(e => e.getAttribute('d'))"
    )
    assert all(path.count("M") == 2 for path in paths if path)
    band = page.locator(".inb-chart .mark-rect path")
    expect(band).to_have_attribute("aria-label", "No count for 11 – 17 May 2026.")
    # The colour is a variable of the page's: one that something else names alike paints nothing.
    assert band.evaluate("e => getComputedStyle(e).fill").startswith("rgb")


def test_the_copied_link_restores_everything_elsewhere(
    page: Page, browser: Browser, samples: inb.Archive
) -> None:
    tick(page, THREE)
    choose(page, "Granularity", "Monthly")
    choose(page, "Time range", "12 months")
    choose(page, "Measure", "Version checks")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert set(parse_qs(urlsplit(link).query)) == {
        "tab",
        "granularity",
        "months",
        "repositories",
        "measure",
    }
    other = browser.new_context()
    restored = opened(other, link)
    selection = Selection("month", 12, THREE, "version_checks")
    expect(restored.get_by_role("radio", name="Monthly")).to_be_checked()
    expect(restored.locator(POINTS)).to_have_count(len(promised(samples, selection)))
    assert drawn(restored) == promised(samples, selection)
    checked = restored.locator(".inb-picker").get_by_role("checkbox", checked=True)
    expect(checked).to_have_count(3)
    other.close()


def test_the_address_bar_stays_true(fresh: Page) -> None:
    page = fresh
    choose(page, "Time range", "12 months")
    page.wait_for_url(re.compile(r"months=12"))
    page.reload(wait_until="commit")
    page.locator(POINTS).first.wait_for(timeout=120_000)
    expect(page.get_by_role("radio", name="12 months")).to_be_checked()


def test_a_link_opens_on_exactly_what_it_says(
    context: BrowserContext, server: Server, samples: inb.Archive
) -> None:
    names = ["moonbarrow/ferry", "moonbarrow/osier"]
    page = opened(
        context, f"{server.url}?granularity=month&months=12&repositories={','.join(names)}"
    )
    selection = Selection("month", 12, names)
    expect(page.locator(POINTS)).to_have_count(len(promised(samples, selection)))
    assert drawn(page) == promised(samples, selection)


def test_unknown_values_in_a_link_fall_back_with_a_note(
    context: BrowserContext, server: Server, samples: inb.Archive
) -> None:
    page = opened(context, f"{server.url}?months=7&granularity=month&repositories=acme/nothing")
    expect(page.get_by_text("Part of this link could not be applied.")).to_be_visible()
    page.get_by_text("Details").first.click()
    expect(page.get_by_text("No report in the archive names acme/nothing.")).to_be_visible()
    expect(page.get_by_text("months='7' is not offered. Use 3 or 6 or 12.")).to_be_visible()
    expect(page.get_by_role("radio", name="Monthly")).to_be_checked()
    assert drawn(page) == promised(samples, Selection("month", 6, top5(samples, "month")))


def download(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download() as event:
        page.get_by_role("button", name=name, exact=True).click()
    return event.value.suggested_filename, Path(event.value.path()).read_bytes()


def test_the_csv_holds_what_is_shown(page: Page, samples: inb.Archive) -> None:
    tick(page, THREE)
    name, content = download(page, "CSV")
    assert re.fullmatch(r"pulls-by-week-2026-05-04-2026-10-26\.csv", name)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    found = {
        (row["repository"], inb.Period("week", dt.date.fromisoformat(row["period"])).dates): int(
            row["pulls"]
        )
        for row in rows
        if row["pulls"]
    }
    assert found == promised(samples, Selection(repositories=THREE))


def test_png_and_svg_arrive_and_hold_what_is_shown(page: Page, samples: inb.Archive) -> None:
    tick(page, THREE)
    name, png = download(page, "PNG")
    assert name.endswith(".png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width = int.from_bytes(png[16:20], "big")
    assert width >= 1440
    name, svg = download(page, "SVG")
    assert name.endswith(".svg")
    text = svg.decode()
    assert "Pulls per week, 4 May – 1 Nov 2026" in text
    for key, count in promised(samples, Selection(repositories=THREE)).items():
        assert f"{key[0]}, {key[1]}: {count:,} " in text
    assert "http" not in text.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_every_clock_shows_the_same_dates(
    browser: Browser, server: Server, samples: inb.Archive, zone: str
) -> None:
    context = browser.new_context(timezone_id=zone, viewport={"width": 1280, "height": 1000})
    page = opened(context, f"{server.url}?granularity=month&months=6")
    assert drawn(page) == promised(samples, Selection("month", 6, top5(samples, "month")))
    ticks = page.locator(".inb-chart .role-axis-label text").all_text_contents()
    assert {"May", "Jun", "Jul", "Aug", "Sep", "Oct"} <= {t.partition(" ")[0] for t in ticks}
    context.close()


def test_no_request_leaves_the_host_and_a_hanging_one_delays_nothing(
    context: BrowserContext, server: Server
) -> None:
    asked: list[str] = []
    # Whatever goes elsewhere hangs: neither answered nor refused.
    context.route(
        lambda url: not url.startswith((server.url, "blob:", "data:")),
        lambda route: asked.append(route.request.url),
    )
    page = opened(context, server.url)
    choose(page, "Granularity", "Monthly")
    download(page, "PNG")
    assert asked == []


def test_a_theme_in_the_link_runs_no_script(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.add_init_script("window.ran = false")
    page.goto(
        f"{server.url}?theme=%22%3E%3Cscript%3Ewindow.ran=true%3C/script%3E", wait_until="commit"
    )
    page.locator(POINTS).first.wait_for(timeout=120_000)
    assert page.evaluate("window.ran") is False
    assert "window.ran=true" not in page.content()


HOSTILE = [
    "acme/<script>window.ran=true</script>",
    "acme/<img src=x onerror=window.ran=true>",
    "acme/a,b%2C&repositories=x",
    "acme/\u202egpj.exe",
    "acme/\"quoted\"'name'",
]


def test_hostile_repository_names_stay_text_everywhere(
    context: BrowserContext, tmp_path: Path
) -> None:
    rows = [summary_row("2026-10-26", name, downloads=n + 1) for n, name in enumerate(HOSTILE)]
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, "2026-10-26", rows), quiet=True)
    with dashboard("--archive", str(archive.folder)) as server:
        page = context.new_page()
        page.add_init_script("window.ran = false")
        page.goto(server.url, wait_until="commit")
        page.locator(POINTS).first.wait_for(timeout=120_000)
        for name in HOSTILE:
            box = page.get_by_role("checkbox", name=harmless(name), exact=True)
            expect(box).to_be_checked()
        for index in range(len(HOSTILE)):
            page.locator(POINTS).nth(index).hover(force=True)
        page.get_by_text("Show the data").click()
        expect(page.get_by_role("table")).to_contain_text("<script>window.ran=true</script>")
        _, svg = download(page, "SVG")
        assert b"<script>" not in svg
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_text("Link copied")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        assert Selection.from_query(urlsplit(link).query).repositories == tuple(HOSTILE[::-1])
        again = opened(context, link)
        expect(again.locator(".inb-picker").get_by_role("checkbox", checked=True)).to_have_count(
            len(HOSTILE)
        )
        assert page.evaluate("window.ran") is False


def test_the_data_table_shows_the_numbers(page: Page, samples: inb.Archive) -> None:
    tick(page, ["moonbarrow/kiln"])
    page.get_by_text("Show the data").click()
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + 26)
    frame = inb.pulls(samples, Selection(repositories=["moonbarrow/kiln"]))
    expect(table.get_by_role("row").nth(1)).to_contain_text(f"{frame['pulls'].iloc[-1]:,}")
    missing = table.get_by_role("row").filter(has_text="11 – 17 May 2026")
    expect(missing).to_contain_text("–")


def test_closing_the_tab_ends_its_kernel(whole_browser: Browser, server: Server) -> None:
    before = {one.pid for one in server.kernels()}
    page = opened(whole_browser.new_context(), server.url)
    (kernel,) = (one for one in server.kernels() if one.pid not in before)
    page.close(run_before_unload=True)
    kernel.wait(timeout=120)


def test_a_culled_kernel_brings_up_the_notice(
    context: BrowserContext, samples: inb.Archive
) -> None:
    with dashboard("--archive", str(samples.folder), "--cull-after", "5") as server:
        page = opened(context, server.url)
        notice = page.get_by_text("Session expired")
        notice.wait_for(timeout=120_000)
        page.get_by_role("button", name="Reload").click()
        page.locator(POINTS).first.wait_for(timeout=120_000)


def week(folder: Path, start: dt.date) -> Path:
    return write_summary(folder, start.isoformat(), [summary_row(start.isoformat())])


def test_what_arrives_shows_up_on_reload_and_ends_the_warning(
    context: BrowserContext, tmp_path: Path
) -> None:
    # The server goes by the real date: the report that closed two weeks ago is overdue.
    today = dt.datetime.now(dt.UTC).date()
    late = inb.Period.containing(today, "week").shift(-2)
    archive = inb.Archive(tmp_path / "archive")
    archive.folder.mkdir()
    overdue = re.compile(r"(is missing|overdue, .*): these charts end with")
    with dashboard("--archive", str(archive.folder)) as server:
        page = context.new_page()
        page.goto(server.url, wait_until="commit")
        expect(page.get_by_text("Available: nothing yet")).to_be_visible(timeout=120_000)
        assert "Traceback" not in page.content()
        archive.add(week(tmp_path, late.shift(-1).start), quiet=True)
        page.reload(wait_until="commit")
        expect(page.locator(POINTS)).to_have_count(1, timeout=120_000)
        expect(page.get_by_text(overdue)).to_contain_text(f"{late.label} ({late.dates})")
        archive.add([week(tmp_path, late.start), week(tmp_path, late.shift(1).start)], quiet=True)
        page.reload(wait_until="commit")
        expect(page.locator(POINTS)).to_have_count(3, timeout=120_000)
        expect(page.get_by_text(overdue)).to_have_count(0)
        page.get_by_text("Show the data").click()
        expect(page.get_by_role("table")).to_contain_text(late.shift(1).dates)


@pytest.mark.parametrize("first", [320, 1920])
def test_nothing_is_cut_off_at_any_width(browser: Browser, server: Server, first: int) -> None:
    context = browser.new_context(viewport={"width": first, "height": 900})
    page = opened(context, server.url)
    for width in (first, 390, 768, 1280, 2240 - first):
        page.set_viewport_size({"width": width, "height": 900})
        # Drawn anew for the room that there is now.
        page.wait_for_function(
            """width => {
                const { right, width: wide } =
                    document.querySelector(".inb-chart svg").getBoundingClientRect();
                return right <= innerWidth && wide > 0.5 * Math.min(width, 800);
            }""",
            arg=width,
        )
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, width
    context.close()


def test_dark_follows_the_viewers_setting(browser: Browser, server: Server) -> None:
    context = browser.new_context(color_scheme="dark")
    page = opened(context, server.url)

    def brightness(of: Locator, what: str) -> float:
        colour = of.evaluate(f"e => getComputedStyle(e).{what}")
        return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3

    assert brightness(page.locator("body"), "backgroundColor") < 80
    assert brightness(page.get_by_role("heading", name="Insights"), "color") > 160
    context.close()


def test_events_are_marked_and_listed_and_hidden_at_a_click(fresh: Page) -> None:
    page = fresh
    marks = page.locator(".inb-chart .mark-text [aria-label^='Event ']")
    texts = page.locator(".inb-events li")
    expect(marks).to_have_count(3)
    expect(texts).to_have_count(3)
    expect(texts.first).to_contain_text("Tag 2 moves to a new build (moonbarrow/ferry)")
    before = redraws(page)
    page.get_by_role("checkbox", name="Events", exact=True).uncheck()
    page.wait_for_function(
        "n => Number(document.querySelector('.inb-chart').dataset.redraws) > n", arg=before
    )
    expect(marks).to_have_count(0)
    expect(texts.first).to_be_hidden()
    expect(page).to_have_url(re.compile("events=hidden"))
    page.reload(wait_until="commit")
    page.locator(POINTS).first.wait_for(timeout=120_000)
    expect(page.get_by_role("checkbox", name="Events", exact=True)).not_to_be_checked()
    expect(marks).to_have_count(0)
