"""What a viewer takes away: files whose names pair, sharp pictures, fonts that exist anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

import insights_nb as inb
from insights_nb.exports import sidecar, to_bytes, to_csv
from insights_nb.exports.guard import INSIDE, START
from insights_nb.metrics.pulls import in_order
from tests.servers import Server
from tests.snapshot_page import Snapshot, run
from tests.test_exports import HIDDEN, HOSTILE, INNER, LEADING, ORDINARY

pytestmark = [pytest.mark.browser, pytest.mark.system]

VIEW = inb.Selection("month", 6, ["moonbarrow/kiln", "oldbarrow/anvil"])
GENERIC = {"serif", "sans-serif", "monospace", "system-ui"}
SVG = "{http://www.w3.org/2000/svg}"
POINTS = ".inb-chart [aria-roledescription='point']"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def written(samples: inb.Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inb.snapshot(samples, tmp_path_factory.mktemp("snapshot") / "pulls.html")


@pytest.fixture(scope="module", params=["dashboard", "snapshot"])
def kept(
    request: pytest.FixtureRequest, browser: Browser, server: Server, written: Path
) -> Iterator[Open]:
    """Open the selection's pulls in either kind of page, once on each kind of screen."""
    made: dict[str, Page] = {}

    def live(**options: Any) -> Page:  # noqa: ANN401 - the browser's
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}} | options)
        page = context.new_page()
        page.goto(f"{server.url}?{VIEW.to_query()}", wait_until="commit")
        page.locator(POINTS).first.wait_for(timeout=120_000)
        return page

    def file(**options: Any) -> Page:  # noqa: ANN401 - the browser's
        return Snapshot(browser, written, VIEW.to_query(), **options).page

    def once(**options: Any) -> Page:  # noqa: ANN401 - the browser's
        key = json.dumps(options, sort_keys=True)
        if key not in made:
            made[key] = (live if request.param == "dashboard" else file)(**options)
        return made[key]

    yield once
    for page in made.values():
        page.context.close()


@pytest.fixture
def opened(kept: Open) -> Open:
    """The page that is open already, with its events shown."""

    def ready(**options: Any) -> Page:  # noqa: ANN401 - the browser's
        page = kept(**options)
        page.get_by_role("checkbox", name="Events").check()
        return page

    return ready


def download(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download() as event:
        page.get_by_role("button", name=name, exact=True).click()
    return event.value.suggested_filename, Path(event.value.path()).read_bytes()


def pixels(browser: Browser, png: bytes) -> tuple[int, int, list[list[int]]]:
    """Return a picture's width, height and corners, as the browser shows it."""
    page = browser.new_page()
    found = page.evaluate(
        """async (text) => {
            const image = new Image();
            image.src = `data:image/png;base64,${text}`;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const drawn = canvas.getContext("2d");
            drawn.drawImage(image, 0, 0);
            const [right, bottom] = [image.width - 1, image.height - 1];
            return [image.width, image.height, [[0, 0], [right, 0], [0, bottom], [right, bottom]]
                .map(([x, y]) => [...drawn.getImageData(x, y, 1, 1).data])];
        }""",
        base64.b64encode(png).decode(),
    )
    page.context.close()
    return found[0], found[1], found[2]


def test_the_sources_are_those_of_the_csv(opened: Open, samples: inb.Archive) -> None:
    page = opened()
    name, rows = download(page, "CSV")
    told, text = download(page, "Sources")
    assert told == f"{name}-metadata.json"
    frame = in_order(inb.pulls(samples, VIEW), VIEW.repositories or ())
    assert rows == to_bytes(to_csv(frame))
    made = json.loads(text)
    # A dashboard's link also names the tab.
    made["schema:query"] = made["schema:query"].removeprefix("tab=pulls&")
    assert made["schema:sha256"] == hashlib.sha256(rows).hexdigest()
    expected = sidecar(frame, name, rows, archive=samples, selection=VIEW)
    assert made == json.loads(expected)


def test_all_files_of_a_chart_are_named_alike(opened: Open) -> None:
    page = opened()
    names = [download(page, button)[0] for button in ("CSV", "Sources", "PNG", "SVG")]
    assert len({name.partition(".")[0] for name in names}) == 1
    assert [name.partition(".")[2] for name in names] == [
        "csv", "csv-metadata.json", "png", "svg",
    ]  # fmt: skip


def test_a_snapshot_guards_text_as_python_does(browser: Browser) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    signs = "=+-@＝−﹫;,|\t\r\n\"' \u00a0\u200b\ufeff“a1é\0"
    texts = [*HOSTILE, *HIDDEN, *LEADING, *INNER, *ORDINARY]
    texts += ["".join(chance.choices(signs, k=chance.randint(0, 8))) for _ in range(3_000)]
    page = browser.new_page()
    patterns = [START.pattern, INSIDE.pattern]
    code = "argument[0].map((text) => `1,${cell(text, argument[1])}\\r\\n`)"
    found = run(page, code, [texts, patterns])
    page.context.close()
    held = [pd.DataFrame([[1, text]], columns=["a", "b"]) for text in texts]
    assert found == [to_csv(one).removeprefix("a,b\r\n") for one in held]


@pytest.mark.parametrize(
    "screen",
    [
        {},
        {"color_scheme": "dark"},
        {"device_scale_factor": 3},
        {"device_scale_factor": 1.25, "color_scheme": "dark"},
    ],
    ids=["plain", "dark", "sharp", "scaled"],
)
def test_a_png_has_two_pixels_for_each_of_the_charts_on_white(
    opened: Open, browser: Browser, screen: dict[str, Any]
) -> None:
    page = opened(**screen)
    width, height, corners = pixels(browser, download(page, "PNG")[1])
    drawing = ET.fromstring(download(page, "SVG")[1])  # noqa: S314 - our own
    assert [width, height] == [2 * float(drawing.attrib[side]) for side in ("width", "height")]
    assert corners == [[255, 255, 255, 255]] * 4


def test_an_svg_is_text_in_fonts_that_exist_everywhere(opened: Open) -> None:
    text = download(opened(), "SVG")[1].decode()
    drawing = ET.fromstring(text)  # noqa: S314 - our own
    families = {node.attrib["font-family"] for node in drawing.iter(f"{SVG}text")}
    assert families
    for family in families:
        assert family.rpartition(",")[2].strip() in GENERIC
    assert not re.search(r"@font-face|@import|url\(|<image|<foreignObject|<script|href", text)
    words = [node.text for node in drawing.iter(f"{SVG}text")]
    assert "Pulls per month, May – Oct 2026" in words
    assert set(VIEW.repositories or ()) <= set(words)


def test_a_picture_says_what_the_numbers_of_its_events_stand_for(opened: Open) -> None:
    page = opened()
    drawing = ET.fromstring(download(page, "SVG")[1])  # noqa: S314 - our own
    written = [" ".join(node.itertext()) for node in drawing.iter(f"{SVG}text")]
    key = next(text for text in written if "Event 1" in text)
    marks = page.locator(".inb-events li").all_inner_texts()
    assert marks
    for mark in marks:
        number, *_, label = (part.strip() for part in mark.split("\n") if part.strip())
        assert f"Event {number}, " in key
        assert label in key
    # Without marks there is nothing to say.
    page.get_by_role("checkbox", name="Events").uncheck()
    expect(page.locator("[aria-label^='Event ']")).to_have_count(0)
    text = download(page, "SVG")[1].decode()
    assert "Event 1" not in text


@pytest.mark.parametrize("width", [390, 1280])
def test_a_button_stays_under_the_pointer_that_pressed_it(opened: Open, width: int) -> None:
    page = opened(viewport={"width": width, "height": 900})
    button = page.get_by_role("button", name="Sources", exact=True)

    def place() -> list[float]:
        found: list[float] = button.evaluate(
            """(node) => {
                const mine = node.getBoundingClientRect();
                const foot = node.closest(".inb-foot").getBoundingClientRect();
                return [mine.x - foot.x, mine.y - foot.y];
            }"""
        )
        return found

    before = place()
    download(page, "Sources")
    page.get_by_text("Sources saved").wait_for()
    assert place() == before
