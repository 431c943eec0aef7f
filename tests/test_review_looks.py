"""How the monthly review looks: with long names, of many repositories, on a phone and on paper."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import insights_nb as inb
from tests.reports import summary_row, trends_row, write_summary, write_trends

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = pytest.mark.system

DIGEST = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
SIGNATURE = f"sha256-{DIGEST}.sig"
LONG = "acme/no_break_at_all_" + "x" * 180
CLIENT = "a_client_without_any_break_" + "y" * 90
OCTOBER = "2026-10"
SMALL = "acme/small"
OTHERS = {f"acme/svc-{number:02}": 9000 - number for number in range(68)}


def counts(month: str) -> dict[str, int]:
    """Of 70 repositories only two change, and one of them by next to nothing."""
    last = month == OCTOBER
    return OTHERS | {LONG: 80_000 if last else 50_000, SMALL: 20_070 if last else 20_000}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> inb.Archive:
    folder = tmp_path_factory.mktemp("looks")
    archive = inb.Archive(folder / "archive")
    for number in range(1, 11):
        month = f"2026-{number:02}"
        day, its = f"{month}-01", counts(month)
        summary = [summary_row(day, n, downloads=c, granularity="month") for n, c in its.items()]
        trends = [
            trends_row(day, name, downloads=part, granularity="month", tag=tag, client=client)
            for name, count in its.items()
            for tag, client, part in (
                (SIGNATURE, CLIENT, count // 2), ("1.0", "docker", count - count // 2),
            )
        ]  # fmt: skip
        files = [write_summary(folder / month, day, summary)]
        archive.add([*files, write_trends(folder / month, day, trends)], quiet=True)
    return archive


@pytest.fixture(scope="module")
def written(archive: inb.Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inb.review(archive, tmp_path_factory.mktemp("page") / "r.html").path


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[Callable[..., Page]]:
    """Open the page as wide as asked, on a screen or as if printed."""
    contexts: list[BrowserContext] = []

    def shown(width: int, *, media: str = "screen", dark: bool = False) -> Page:
        context = browser.new_context(
            offline=True,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.emulate_media(media="print" if media == "print" else "screen")
        page.goto(written.as_uri())
        return page

    yield shown
    for context in contexts:
        context.close()


def scroller(page: Page, table: str) -> Locator:
    return page.locator(".inb-scroll", has=page.locator(f'[data-name="{table}"]'))


# --- long names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (360, "screen"), (680, "print")])
def test_a_long_name_makes_no_page_wider(
    opened: Callable[..., Page], width: int, media: str
) -> None:
    page = opened(width, media=media)
    assert page.evaluate("() => document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (390, "screen"), (680, "print")])
@pytest.mark.parametrize("part", ["country", "client", "tag"])
def test_a_long_name_leaves_the_numbers_of_a_change_in_sight(
    opened: Callable[..., Page], part: str, width: int, media: str
) -> None:
    table = opened(width, media=media).locator(f'[data-name="parts-{part}-{LONG}"]')
    expect(table).to_have_count(1)
    right = "e => e.getBoundingClientRect().right"
    edge = min(width, table.locator("xpath=..").evaluate(right))
    for cell in table.locator(".inb-n").all():
        assert cell.evaluate(right) <= edge + 1


def test_a_name_keeps_a_width_that_can_be_read(opened: Callable[..., Page]) -> None:
    for cell in opened(360).locator('[data-name="repositories"] tbody th').all():
        assert cell.evaluate("e => e.getBoundingClientRect().width") > 100


def test_the_digest_in_a_tag_is_short_and_whole_at_hand(opened: Callable[..., Page]) -> None:
    table = opened(1280).locator(f'[data-name="parts-tag-{LONG}"]')
    tag = table.get_by_title(SIGNATURE)
    assert tag.inner_text() == "sha256-2d711642b726….sig"
    assert DIGEST not in table.inner_text()


def test_a_table_of_parts_is_named_by_its_part_and_the_heading_above(
    opened: Callable[..., Page],
) -> None:
    page = opened(1280)
    table = page.locator(f'[data-name="parts-tag-{LONG}"]')
    assert table.locator("caption").inner_text() == "by tag"
    assert page.locator("h3").inner_text().startswith(LONG)
    expect(page.get_by_role("region", name=f"{LONG} by tag")).to_have_count(1)


# --- what is small, and what is many --------------------------------------------------------------


def test_a_change_of_next_to_nothing_is_listed_and_not_taken_apart(archive: inb.Archive) -> None:
    section = inb.MonthlyReview(archive, OCTOBER).movers()
    text = html.unescape(section._repr_html_())
    assert (
        "Smaller changes, of less than 0.1\u00a0% of the month's pulls, are not broken down: "
        "acme/small."
    ) in text
    assert section.frames["movers"]["repository"].tolist() == [LONG, SMALL]
    assert f"{LONG} by tag" in section.frames
    assert f"{SMALL} by tag" not in section.frames
    assert text.count("<h3>") == 1


def test_what_is_small_among_many_is_taken_apart_alone(archive: inb.Archive) -> None:
    section = inb.MonthlyReview(archive, OCTOBER, repositories=[SMALL]).movers()
    assert f"{SMALL} by tag" in section.frames
    assert "not broken down" not in section._repr_html_()


def test_every_repository_of_a_large_portfolio_is_in_the_file(opened: Callable[..., Page]) -> None:
    page = opened(1280)
    shown = page.locator('[data-name="repositories"] tbody tr')
    assert shown.count() == 61
    assert shown.last.locator("th").inner_text() == "10 smaller repositories"
    others = page.locator('[data-name="others"] tbody tr')
    expect(others.first).not_to_be_visible()
    page.get_by_text("10 smaller repositories, one by one").click()
    expect(others.first).to_be_visible()
    names = [one.removesuffix("\n") for one in others.locator("th").all_inner_texts()]
    assert names == [f"acme/svc-{number}" for number in range(58, 68)]
    counted = sum(OTHERS[name] for name in names)
    assert shown.last.locator("td").first.inner_text() == f"{counted:,}"


def test_paper_says_of_the_others_where_they_are(opened: Callable[..., Page]) -> None:
    page = opened(680, media="print")
    expect(page.get_by_text("one by one (on screen only)")).to_be_visible()
    assert page.locator('[data-name="others"]').evaluate("e => e.getClientRects().length") == 0


# --- what is wider than its window ----------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_a_shade_says_that_a_table_goes_on(opened: Callable[..., Page], *, dark: bool) -> None:
    page = opened(390, dark=dark)
    table = scroller(page, "repositories")
    table.evaluate("e => e.scrollIntoView()")

    def edge(right: bool) -> bytes:
        """Take the picture of an empty spot at an edge, beside the caption."""
        box = table.bounding_box()
        assert box is not None
        x = box["x"] + (box["width"] - 4 if right else 0)
        return page.screenshot(clip={"x": x, "y": box["y"] + 1, "width": 4, "height": 2})

    plain = edge(right=False)
    assert edge(right=True) != plain
    table.evaluate("e => { e.scrollLeft = e.scrollWidth }")
    assert edge(right=True) == plain
    assert edge(right=False) != plain


def test_a_table_that_scrolls_keeps_its_names(opened: Callable[..., Page]) -> None:
    page = opened(390)
    table = scroller(page, "repositories")
    name = table.locator("tbody th").first
    place = "e => e.getBoundingClientRect().left"
    before = name.evaluate(place)
    table.evaluate("e => { e.scrollLeft = e.scrollWidth }")
    assert table.evaluate("e => e.scrollLeft") > 50
    assert name.evaluate(place) == before


def test_a_phone_sees_the_month_reviewed_first(opened: Callable[..., Page]) -> None:
    page = opened(390)
    chart = page.locator("figure").first
    assert chart.evaluate("e => e.scrollWidth - e.clientWidth") > 100
    points = chart.locator('path[aria-label*="Oct 2026"]')
    box, frame = points.last.bounding_box(), chart.bounding_box()
    assert box is not None
    assert frame is not None
    assert frame["x"] < box["x"] < frame["x"] + frame["width"]
