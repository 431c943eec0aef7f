"""The page that needs no server: what it holds, and what a browser makes of it."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import hashlib
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import insights_nb as inb
from insights_nb.charts.texts import harmless
from insights_nb.charts.timeline import span
from insights_nb.errors import (
    MissingReportError,
    NoArchiveError,
    SelectionError,
    UnknownNameError,
    WriteError,
)
from insights_nb.exports import to_csv
from insights_nb.metrics.pulls import in_order
from insights_nb.periods import GRANULARITIES, Period, interval
from insights_nb.publish.page import STATIC, data
from insights_nb.publish.sentences import refusal
from insights_nb.publish.series import available_series, shown_periods
from insights_nb.selection import MEASURES, MONTHS
from insights_nb.widgets import Notice
from tests.commands import command
from tests.hostile import TEXTS, hostile_archive
from tests.pages import widgets_of
from tests.reports import summary_row, trends_row, write_api, write_summary, write_trends
from tests.snapshot_page import Snapshot, counted, expected, given, run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KILN, FERRY = "moonbarrow/kiln", "moonbarrow/ferry"
BOTH = [FERRY, KILN]


@pytest.fixture(scope="module")
def written(samples: inb.Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inb.snapshot(samples, tmp_path_factory.mktemp("snapshot") / "pulls.html")


@pytest.fixture(autouse=True)
def closed_behind(browser: Browser) -> Iterator[None]:
    before = browser.contexts
    yield
    for context in browser.contexts:
        if context not in before:
            context.close()


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> inb.Archive:
    """Fourteen months of twenty repositories: gaps, zeros, revisions, three definitions, ties."""
    folder = tmp_path_factory.mktemp("mixed")
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    archive = inb.Archive(folder / "archive")
    weeks = [dt.date(2025, 8, 4) + dt.timedelta(weeks=n) for n in range(60)]
    files = []
    for number, week in enumerate(weeks):
        start = week.isoformat()
        if number % 17 == 3 or number in {40, 41, 58}:
            continue
        names = [f"acme/r{n:02d}" for n in range(17) if chance.random() > 0.1]
        counts = [chance.choice([0, 1, 1, 7, 40, 1234, 98765, 10**7]) for _ in names]
        counted_names = list(zip(names, counts, strict=True))
        rows = [summary_row(start, n, downloads=c, checks=c // 3) for n, c in counted_names]
        files.append(write_summary(folder, start, rows))
        trends = [trends_row(start, n, downloads=c, checks=c // 3) for n, c in counted_names]
        files.append(write_trends(folder, start, trends))
    for name in ("acme/new", "acme/r03", "zeta/late"):
        points = [
            (week.isoformat(), (week + dt.timedelta(days=6)).isoformat(), chance.randrange(5000))
            for number, week in enumerate(weeks[30:], 30)
            # Of the two weeks without a report, one is known from here and one is not.
            if number == 40 or (number != 41 and chance.random() > 0.2)
        ]
        files.append(write_api(folder / f"{name.replace('/', '-')}.json", name, points))
    archive.add(files, quiet=True)
    days = [weeks[0] + dt.timedelta(days=chance.randrange(-20, 440)) for _ in range(60)]
    owners = ["", "", "acme/r03", "acme/r16", "zeta/late", "else/where"]
    with (archive.folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ["date", "label", "repository", "url"],
                *(
                    [day.isoformat(), text, chance.choice(owners), ""]
                    for day in days
                    for text in "ab"
                ),
                *([days[0].isoformat(), text, "acme/r03", "https://a.example/"] for text in TEXTS),
                [days[1].isoformat(), "Ends with a stop, for acme/r03.", "acme/r03", ""],
            ]
        )
    return archive


def matrix(archive: inb.Archive, *, seed: int = 1) -> list[inb.Selection]:
    """Every granularity held, interval and measure, of one, some, many and all repositories."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    found = []
    for granularity in GRANULARITIES:
        try:
            names = inb.repositories(archive, granularity)
        except MissingReportError:
            continue
        some = chance.sample(names, min(5, len(names)))
        many = chance.sample(names, min(13, len(names)))
        ends = [names[0], names[-1]]
        sets = [*([name] for name in names), ends, some, many, names, names[::-1]]
        found += [
            inb.Selection(granularity, months, chosen, measure)
            for chosen, months, measure in product(sets, MONTHS, MEASURES)
        ]
    return found


# -- The same numbers ---------------------------------------------------------------------------


def compare(page: Page, archive: inb.Archive, path: Path) -> None:
    views = matrix(archive)
    for view, found in zip(views, counted(page, path, views), strict=True):
        wanted = expected(archive, view)
        for name, value in wanted.items():
            assert found[name] == value, f"{name} of {view}"


def test_the_page_counts_and_says_what_python_does_of_the_samples(
    blank: Page, samples: inb.Archive, written: Path
) -> None:
    compare(blank, samples, written)


def test_the_page_counts_gaps_zeros_and_other_definitions_as_python_does(
    blank: Page, mixed: inb.Archive, tmp_path: Path
) -> None:
    compare(blank, mixed, inb.snapshot(mixed, tmp_path / "pulls.html"))


def test_the_page_counts_repositories_of_hostile_names_as_python_does(
    blank: Page, tmp_path: Path
) -> None:
    archive = hostile_archive(tmp_path)
    compare(blank, archive, inb.snapshot(archive, tmp_path / "pulls.html"))


def test_the_page_counts_a_few_weeks_as_python_does(blank: Page, tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    for number in range(10):
        start = (dt.date(2026, 8, 24) + dt.timedelta(weeks=number)).isoformat()
        rows = [summary_row(start, name, downloads=number) for name in ("acme/web", "=cmd()/web")]
        write_summary(tmp_path, start, rows)
    archive.add(tmp_path / "*.csv", quiet=True)
    compare(blank, archive, inb.snapshot(archive, tmp_path / "pulls.html"))


def test_an_interval_has_as_many_periods_as_in_python(
    mixed: inb.Archive, samples: inb.Archive, tmp_path: Path
) -> None:
    for number, archive in enumerate((mixed, samples)):
        path = inb.snapshot(archive, tmp_path / f"{number}.html")
        for granularity, series in given(path)["series"].items():
            newest = Period.parse(series["periods"][-1]["day"], granularity)
            assert series["intervals"] == {str(m): len(interval(newest, m)) for m in MONTHS}


def test_the_page_says_a_range_of_periods_as_python_does(blank: Page, samples: inb.Archive) -> None:
    series = available_series(samples)
    pairs = [
        pair
        for granularity, one in series.items()
        for pair in combinations_with_replacement(
            zip(one["periods"], shown_periods(one, granularity), strict=True), 2
        )
    ]
    asked = [[first, last if last is not first else None] for (first, _), (last, _) in pairs]
    found = run(blank, "argument.map(([first, last]) => span(first, last ?? first))", asked)
    assert found == [span(first, last) for (_, first), (_, last) in pairs]


def test_the_points_drawn_are_those_of_the_frame_over_the_whole_matrix(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    shown = Snapshot(browser, written)
    sets = [[KILN], BOTH, inb.repositories(samples, "week")]
    for granularity, months, measure, names in product(GRANULARITIES, MONTHS, MEASURES, sets):
        view = inb.Selection(granularity, months, names, measure)
        shown.choose(view)
        wanted = expected(samples, view)
        rows = wanted["datasets"]["rows"]
        shown.says(wanted["description"])
        points = shown.points()
        known = [count for count in rows.get("count", []) if count is not None]
        assert len(points) == len(known), view
        assert all(count in point for count, point in zip(known, points, strict=True)), view
    assert shown.errors == []


def test_a_link_that_is_opened_while_the_address_is_written_is_not_lost(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    shown = Snapshot(browser, written)
    shown.choose(inb.Selection("week", 6, [KILN], "pulls"))
    view = inb.Selection("month", 12, BOTH, "version_checks")
    address = shown.page.evaluate(
        """(query) => {
            location.hash = query;
            dispatchEvent(new Event("pagehide")); // Writes the address, as the timer does.
            return location.hash;
        }""",
        view.to_query(),
    )
    assert address == f"#{view.to_query()}"
    shown.says(expected(samples, view)["description"])


@pytest.mark.parametrize(
    "query",
    [
        "granularity=month&months=3&repositories=acme/web,acme/b&measure=version_checks",
        "months=4&measure=stars&granularity=day",
        "months=%203&measure=",
        "repositories=a%252Cb,c%2525,,a%252Cb,d%25zz%25E9",
        "repositories=",
        "months=3&months=12&token=x",
        "measure=it's&granularity=\"'",
    ],
)
def test_a_link_is_read_as_python_reads_it(blank: Page, query: str) -> None:
    start = {"granularity": "week", "months": 6, "measure": "pulls", "repositories": ["x/y"]}
    values = {"granularity": GRANULARITIES, "months": MONTHS, "measure": MEASURES}
    offered = {name: [every, refusal(name, every)] for name, every in values.items()}
    first = inb.Selection(repositories=["x/y"])
    selection, refused = inb.Selection.read_query(query, first)
    found, said = run(blank, "readQuery(...argument)", [query, start, offered])
    assert found | {"repositories": tuple(found["repositories"])} == vars(selection)
    assert said == [str(error) for error in refused]


def test_a_link_is_written_as_python_writes_it(blank: Page) -> None:
    view = inb.Selection("month", 12, ["a,b/%c", "d/e"], "data_downloads")
    found = run(blank, "toParameters(argument)", vars(view) | {"repositories": ["a,b/%c", "d/e"]})
    assert found == view.to_parameters()


def test_the_page_holds_only_what_it_can_mark(mixed: inb.Archive, tmp_path: Path) -> None:
    path = inb.snapshot(mixed, tmp_path / "pulls.html", repositories=["acme/r16"])
    events = given(path)["events"]["week"]
    assert {one["repository"] for one in events} == {None, "acme/r16"}
    assert "else/where" not in path.read_text()
    periods = given(path)["series"]["week"]["periods"]
    assert all(0 <= one["place"] < len(periods) for one in events)


def test_a_link_that_hides_events_is_read_as_python_reads_it(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    shown = Snapshot(browser, written, "events=maybe")
    explorer = inb.PullExplorer(samples)
    explorer._link.set_state({"query": "events=maybe"})
    (sentence,) = next(one.details for one in widgets_of(explorer, Notice) if one.details)
    shown.page.get_by_text("Details (1)").first.click()
    expect(shown.page.get_by_text(sentence)).to_be_visible()


# -- In the browser -----------------------------------------------------------------------------


def test_it_opens_from_its_file_on_the_top_five_and_asks_nobody(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    shown = Snapshot(browser, written)
    top = inb.top_repositories(inb.pulls(samples))
    checked = shown.page.locator(".inb-row:has(:checked) .inb-name")
    assert checked.all_text_contents() == top
    view = inb.Selection(repositories=top)
    shown.says(expected(samples, view)["description"])
    assert [url for url in shown.requests if not url.startswith("file:")] == []
    assert len(shown.requests) == 1
    assert shown.errors == []


def test_events_are_marked_and_listed_and_can_be_hidden(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    shown = Snapshot(browser, written)
    page = shown.page
    marks = page.locator(".mark-text.role-mark [aria-label^='Event ']")
    wanted = expected(samples, inb.Selection(repositories=inb.top_repositories(inb.pulls(samples))))
    events = wanted["datasets"]["events"]
    assert [one.get_attribute("aria-label") for one in marks.all()] == events["text"]
    marks.nth(0).hover()
    assert page.locator(".inb-chart__tooltip").inner_text().split("\n") == [
        part for pair in events["tip"][0].items() for part in pair
    ]
    texts = page.locator(".inb-events .inb-what")
    assert texts.all_text_contents() == [one["text"] for one in wanted["events"]]
    page.get_by_role("checkbox", name="Events").uncheck()
    expect(marks).to_have_count(0)
    expect(texts.first).to_be_hidden()
    page.wait_for_function("() => location.hash.includes('events=hidden')")
    again = Snapshot(browser, written, "events=hidden").page
    expect(again.get_by_role("checkbox", name="Events")).not_to_be_checked()
    expect(again.locator(".mark-text.role-mark [aria-label^='Event ']")).to_have_count(0)
    assert shown.errors == []


def test_every_selector_acts(browser: Browser, samples: inb.Archive, written: Path) -> None:
    shown = Snapshot(browser, written, inb.Selection(repositories=[KILN]).to_query())
    page = shown.page
    for text in ("Monthly", "3 months", "Version checks"):
        page.get_by_role("radio", name=text).check()
    page.get_by_label("Search repositories").fill("ferr")
    expect(page.locator(".inb-row:visible")).to_have_count(1)
    page.get_by_role("checkbox", name=FERRY).check()
    view = inb.Selection("month", 3, [KILN, FERRY], "version_checks")
    wanted = expected(samples, view)
    expect(page.locator(".inb-chart")).to_have_attribute("aria-label", wanted["description"])
    tiles = page.locator(".inb-value").all_text_contents()
    assert tiles == [f"{item['value']:,}" for item in wanted["figures"]]
    page.get_by_text("Show the data").click()
    cells = page.locator(".inb-data tbody tr").first.locator("td")
    newest = inb.pulls(samples, view).groupby("repository")["version_checks"].last()
    expect(cells).to_have_text([f"{newest[KILN]:,}", f"{newest[FERRY]:,}"])
    assert shown.errors == []


def test_clearing_says_that_nothing_is_chosen_and_top_brings_it_back(
    browser: Browser, written: Path
) -> None:
    page = Snapshot(browser, written).page
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("No repository is chosen.")).to_be_visible()
    expect(page.locator(".inb-chart")).to_be_hidden()
    page.get_by_role("button", name="Top 5").click()
    expect(page.locator(".inb-chart")).to_be_visible()
    expect(page.get_by_text("No repository is chosen.")).to_have_count(0)


def test_a_repository_that_the_other_granularity_does_not_name_is_said(
    browser: Browser, tmp_path: Path
) -> None:
    archive = inb.Archive(tmp_path / "archive")
    weekly = [summary_row("2026-10-26", name) for name in ("acme/weekly", "acme/both")]
    write_summary(tmp_path, "2026-10-26", weekly)
    monthly = [summary_row("2026-10-01", "acme/both", granularity="month")]
    write_summary(tmp_path, "2026-10-01", monthly)
    archive.add(tmp_path / "*.csv", quiet=True)
    page = Snapshot(browser, inb.snapshot(archive, tmp_path / "pulls.html")).page
    page.get_by_role("radio", name="Monthly").check()
    expect(page.get_by_text("No monthly report names acme/weekly.")).to_be_visible()
    expect(page.locator(".inb-row :checked")).to_have_count(1)
    expect(page.locator(".inb-chart")).to_have_attribute("aria-label", re.compile("per month"))


def test_the_tooltip_has_the_exact_count(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    view = inb.Selection("month", 3, [KILN])
    shown = Snapshot(browser, written, view.to_query())
    shown.page.locator(".mark-symbol.role-mark path").last.hover()
    newest = inb.pulls(samples, view)["pulls"].iloc[-1]
    expect(shown.page.locator(".inb-chart__tooltip")).to_contain_text(f"{newest:,} pulls")


def test_the_address_and_the_copied_link_restore_the_selections(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    first = Snapshot(browser, written, permissions=["clipboard-read", "clipboard-write"])
    view = inb.Selection("month", 12, BOTH, "data_downloads")
    first.choose(view)
    expect(first.page).to_have_url(f"{first.address}#{view.to_query()}")
    first.page.get_by_role("button", name="Copy link").click()
    expect(first.page.get_by_text("Link copied")).to_be_visible()
    copied = first.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"{first.address}#{view.to_query()}"
    second = Snapshot(browser, written, copied.partition("#")[2])
    second.says(expected(samples, view)["description"])
    expect(second.page.get_by_role("radio", name="12 months")).to_be_checked()


def test_the_same_link_is_heeded_again(browser: Browser, written: Path) -> None:
    shown = Snapshot(browser, written)
    view = inb.Selection(repositories=[KILN])
    shown.choose(view)
    shown.page.get_by_role("radio", name="Monthly").check()
    expect(shown.page).to_have_url(re.compile("granularity=month"))
    shown.choose(view)
    expect(shown.page.get_by_role("radio", name="Weekly")).to_be_checked()


def test_what_a_link_asks_for_in_vain_is_said(browser: Browser, written: Path) -> None:
    page = Snapshot(browser, written, "months=4&repositories=acme/gone&token=secret").page
    expect(page.get_by_text("Part of this link could not be applied.")).to_be_visible()
    page.get_by_text("Details (2)").click()
    expect(page.get_by_text("months='4' is not offered. Use 3 or 6 or 12.")).to_be_visible()
    expect(page.get_by_text("No report in the archive names acme/gone.")).to_be_visible()
    expect(page.locator(".inb-row :checked")).to_have_count(5)
    expect(page).not_to_have_url(re.compile("token"))


def test_a_granularity_that_the_page_lacks_is_neither_offered_nor_taken_from_a_link(
    browser: Browser, mixed: inb.Archive, tmp_path: Path
) -> None:
    path = inb.snapshot(mixed, tmp_path / "pulls.html")
    page = Snapshot(browser, path, "granularity=month").page
    expect(page.get_by_text("The link asks for months, but this page has none.")).to_be_visible()
    expect(page.get_by_role("radio", name="Monthly")).to_have_count(0)
    expect(page.locator(".inb-chart")).to_be_visible()


def test_the_csv_is_that_of_the_documented_call(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    view = inb.Selection("month", 6, [KILN, FERRY])
    page = Snapshot(browser, written, view.to_query()).page
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    frame = in_order(inb.pulls(samples, view), [KILN, FERRY])
    saved = Path(started.value.path()).read_bytes()
    assert saved == b"\xef\xbb\xbf" + to_csv(frame).encode()
    assert re.fullmatch(r"pulls-by-month-[\d-]{21}\.csv", started.value.suggested_filename)


@pytest.mark.parametrize(("button", "start"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_pictures_are_saved(browser: Browser, written: Path, button: str, start: bytes) -> None:
    shown = Snapshot(browser, written)
    with shown.page.expect_download() as started:
        shown.page.get_by_role("button", name=button).click()
    assert Path(started.value.path()).read_bytes().startswith(start)
    assert started.value.suggested_filename.endswith(f".{button.lower()}")
    assert shown.errors == []


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    path = inb.snapshot(archive, tmp_path / "pulls.html")
    shown = Snapshot(browser, path)
    page = shown.page
    page.get_by_text("Show the data").click()
    page.locator(".inb-made summary").click()
    page.locator(".mark-symbol.role-mark path").last.hover()
    names = inb.repositories(archive, "week")
    listed = page.locator(".inb-row .inb-name").all_text_contents()
    assert sorted(listed) == sorted(map(harmless, names))
    assert page.evaluate("() => window.ran") is None
    assert page.locator("main img, main script, footer script").count() == 0
    assert shown.errors == []
    assert len(shown.requests) == 1
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    view = inb.Selection(repositories=inb.top_repositories(inb.pulls(archive)))
    frame = in_order(inb.pulls(archive, view), view.repositories or ())
    assert Path(started.value.path()).read_bytes()[3:] == to_csv(frame).encode()


def test_the_page_runs_no_script_but_its_own(browser: Browser, written: Path) -> None:
    page = Snapshot(browser, written).page
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("() => window.ran") is None


def test_where_no_script_runs_the_page_says_so(browser: Browser, written: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(written.as_uri())
    expect(page.get_by_text("open the file in a current browser")).to_be_visible()
    expect(page.get_by_text("report files")).to_be_visible()


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_the_pages_scripts_have_no_words_of_their_own(path: Path) -> None:
    code = re.sub(r"(?m)(?:^|\s)//.*$|/\*\*.*\*/$", "", path.read_text())
    texts = re.findall(r"""'[^'\n]*'|"[^"\n]*"|`[^`\n]*`""", code)
    # Of classes there are many at once.
    plain = [re.sub(r"\$\{[^{}]*\}|\binb-[\w-]+", "", text) for text in texts]
    assert [text for text in plain if re.search(r"[A-Za-z]{2,}[.,:]? [A-Za-z]{2,}", text)] == []


def test_data_cannot_end_its_script() -> None:
    assert data(["</script><!--"]) == '["\\u003c/script>\\u003c!--"]'


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_viewers_light_or_dark(browser: Browser, written: Path, scheme: str) -> None:
    page = Snapshot(browser, written, color_scheme=scheme).page
    colour = "element => getComputedStyle(element).{}"
    background = page.locator("body").evaluate(colour.format("backgroundColor"))
    line = page.locator(".mark-line path").first.evaluate(colour.format("stroke"))
    wanted = {
        "light": ("rgb(247, 248, 249)", "rgb(30, 64, 196)"),
        "dark": ("rgb(15, 18, 21)", "rgb(74, 120, 240)"),
    }
    assert (background, line) == wanted[scheme]


def test_nothing_is_cut_off_on_a_phone(browser: Browser, written: Path) -> None:
    page = Snapshot(browser, written, viewport={"width": 360, "height": 740}).page
    page.locator(".inb-made summary").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360


def test_the_viewers_time_zone_shifts_no_day(
    browser: Browser, samples: inb.Archive, written: Path
) -> None:
    wanted = expected(samples, inb.Selection("month", 3, [KILN]))["description"]
    for zone in ("America/Los_Angeles", "Pacific/Auckland"):
        query = inb.Selection("month", 3, [KILN]).to_query()
        Snapshot(browser, written, query, timezone_id=zone).says(wanted)


def test_an_archive_that_begins_late_and_other_definitions_are_said(
    browser: Browser, mixed: inb.Archive, tmp_path: Path
) -> None:
    path = inb.snapshot(mixed, tmp_path / "pulls.html")
    view = inb.Selection("week", 12, ["acme/r00", "zeta/late"])
    page = Snapshot(browser, path, view.to_query()).page
    expect(page.get_by_text("The repositories are not all counted in the same way")).to_be_visible()
    expect(page.locator(".inb-tile")).to_have_count(2)


# -- The file -----------------------------------------------------------------------------------


def test_the_last_lines_name_version_and_files_with_their_hashes(
    samples: inb.Archive, written: Path
) -> None:
    text = written.read_text()
    assert f"insights_nb {inb.__version__}" in text
    hashes = re.findall(r"<bdi>([0-9a-f]{64})</bdi>", text)
    assert f"from {len(hashes)} report files" in text
    held = {entry.sha256 for entry in samples.entries()}
    assert set(hashes) <= held
    kinds = {"summary", "trends"}
    weekly = [e for e in samples.entries() if e.kind in kinds and e.granularity == "month"]
    assert {entry.sha256 for entry in weekly} <= set(hashes)


def test_a_revised_report_is_named_once_by_the_file_that_counts(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    start = "2026-10-26"
    hashes = []
    for downloads in (1, 2):
        file = write_summary(tmp_path, start, [summary_row(start, downloads=downloads)])
        hashes.append(hashlib.sha256(file.read_bytes()).hexdigest())
        archive.add(file, quiet=True)
    text = inb.snapshot(archive, tmp_path / "pulls.html").read_text()
    assert hashes[1] in text
    assert hashes[0] not in text
    assert "from 1 report file (1 Summary)" in text


def test_the_same_archive_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        folder = tmp_path / name
        write_summary(folder, "2026-10-26", [summary_row("2026-10-26")], name="acme_weekly.csv")
        archive = inb.Archive(folder / "archive")
        archive.add(folder / "acme_weekly.csv", kind="summary", quiet=True)
        code = f"import insights_nb as inb; inb.snapshot({str(folder / 'archive')!r}, 'pulls.html')"
        environment = os.environ | {"PYTHONHASHSEED": str(len(written))}
        subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, env=environment)
        written.append((folder / "pulls.html").read_bytes())
    assert written[0] == written[1]
    assert str(tmp_path).encode() not in written[0]


def test_only_the_repositories_named_are_on_the_page(samples: inb.Archive, tmp_path: Path) -> None:
    path = inb.snapshot(samples, tmp_path / "pulls.html", repositories=[KILN])
    assert [one["repositories"] for one in given(path)["series"].values()] == [[KILN], [KILN]]
    assert "lantern" not in path.read_text()


def test_it_opens_on_the_selection_given(
    browser: Browser, samples: inb.Archive, tmp_path: Path
) -> None:
    view = inb.Selection("month", 12, BOTH, "version_checks")
    shown = Snapshot(browser, inb.snapshot(samples, tmp_path / "pulls.html", selection=view))
    shown.says(expected(samples, view)["description"])


def test_a_year_of_five_hundred_repositories_fits_in_three_megabytes(
    browser: Browser, tmp_path: Path
) -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    for number in range(52):
        start = (dt.date(2025, 11, 3) + dt.timedelta(weeks=number)).isoformat()
        rows = [
            summary_row(
                start,
                f"acme/a-repository-{n:03d}",
                downloads=chance.randrange(3_000_000),
                checks=chance.randrange(3_000_000),
            )
            for n in range(500)
        ]
        write_summary(tmp_path, start, rows)
    archive = inb.Archive(tmp_path / "archive")
    archive.add(tmp_path / "*.csv", quiet=True)
    path = inb.snapshot(archive, tmp_path / "pulls.html")
    assert path.stat().st_size < 3_000_000
    shown = Snapshot(browser, path)
    expect(shown.page.get_by_text("5 of 500 selected")).to_be_visible()


# -- Saying no ----------------------------------------------------------------------------------


def test_an_unknown_repository_is_named_with_the_nearest(
    samples: inb.Archive, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean moonbarrow/kiln"):
        inb.snapshot(samples, tmp_path / "pulls.html", repositories=["moonbarrow/kilm"])
    assert list(tmp_path.iterdir()) == []


def test_no_repository_at_all_is_refused(samples: inb.Archive, tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="at least one name"):
        inb.snapshot(samples, tmp_path / "pulls.html", repositories=[])


def test_a_selection_of_what_is_not_on_the_page_is_refused(
    samples: inb.Archive, tmp_path: Path
) -> None:
    with pytest.raises(SelectionError, match="names that are on the page"):
        inb.snapshot(
            samples,
            tmp_path / "pulls.html",
            repositories=[KILN],
            selection=inb.Selection(repositories=[FERRY]),
        )


def test_a_selection_of_a_granularity_that_is_not_held_is_refused(
    mixed: inb.Archive, tmp_path: Path
) -> None:
    with pytest.raises(SelectionError, match=r"granularity='month' is not offered\. Use 'week'"):
        inb.snapshot(mixed, tmp_path / "pulls.html", selection=inb.Selection("month"))


def test_an_archive_without_pulls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    with pytest.raises(MissingReportError, match="nothing yet"):
        inb.snapshot(tmp_path / "archive", tmp_path / "pulls.html")
    with pytest.raises(NoArchiveError, match="there is no archive to open"):
        inb.snapshot(tmp_path / "no-archive", tmp_path / "pulls.html")


def test_a_full_disk_leaves_the_old_page_and_nothing_half_written(
    samples: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pulls.html"
    path.write_text("the old one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match=r"No space left on device\. A file that was"):
        inb.snapshot(samples, path)
    assert [one.name for one in tmp_path.iterdir()] == ["pulls.html"]
    assert path.read_text() == "the old one"


def test_an_interrupt_while_writing_leaves_the_old_page(
    samples: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pulls.html"
    path.write_text("the old one")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        inb.snapshot(samples, path)
    assert [one.name for one in tmp_path.iterdir()] == ["pulls.html"]
    assert path.read_text() == "the old one"


def insights(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return command("snapshot", *arguments, cwd=cwd)


def test_the_command_writes_the_page(tmp_path: Path, written: Path) -> None:
    done = insights(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "pulls.html: 1.2 MB, opens in any browser.\n"
    assert (tmp_path / "pulls.html").read_bytes() == written.read_bytes()


def test_the_command_takes_repositories_one_by_one(tmp_path: Path) -> None:
    done = insights("--repositories", KILN, "--repositories", FERRY, cwd=tmp_path)
    assert done.returncode == 0
    assert given(tmp_path / "pulls.html")["series"]["week"]["repositories"] == BOTH


def test_the_command_takes_a_file_of_events(tmp_path: Path) -> None:
    (tmp_path / "told.csv").write_text("date,label\n2026-09-08,2.0 is out\n")
    done = insights("--events", "told.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert [one["text"] for one in given(tmp_path / "pulls.html")["events"]["week"]] == [
        "2.0 is out"
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--out", "none/pulls.html"],
            "none/pulls.html cannot be written: there is no folder none.",
        ),
        (["--out", "."], "cannot be written"),
        (["--out", "pulls.pdf"], "Give it a name that ends with .html, such as pulls.html."),
        (["--repositories", "acme/gone"], "No report in the archive names acme/gone."),
        (["--archive", "gone"], "gone does not exist"),
    ],
)
def test_the_command_says_what_is_wrong_and_ends_with_1(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    done = insights(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.startswith("Error: ")
    assert list(tmp_path.iterdir()) == []
