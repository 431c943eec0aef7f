"""Every number of the monthly review, worked out again from the text of the reports' files."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from functools import lru_cache

import pytest

import insights_nb as inb
from insights_nb import assets
from tests.review_answers import SECTIONS
from tests.review_answers.asked import Asked
from tests.review_answers.page import Page
from tests.review_answers.reading import Reports, read
from tests.review_answers.top import facts

pytestmark = pytest.mark.system

EVENTS = assets.samples() / "events.csv"
OCTOBER = "2026-10"

METHODS = {
    "": "summary",
    "The month in numbers": "headline",
    "Twelve months": "twelve_months",
    "What moved": "movers",
    "Adoption of versions": "adoption",
    "Companies": "companies",
    "New image pairings": "pairs",
    "Inputs": "inputs",
    "Definitions": "definitions",
    "Provenance": "provenance",
}
"""Heading → the method of `MonthlyReview` that the notebook calls below it."""


@lru_cache
def sample_reports() -> Reports:
    return read(assets.samples().glob("*/*"))


def sections(review: inb.MonthlyReview) -> Page:
    """Put a review's sections below each other, as the notebook does."""
    parts = [
        (f'<h2 id="{name}">{heading}</h2>' if heading else "")
        + getattr(review, name)()._repr_html_()
        for heading, name in METHODS.items()
    ]
    return Page(f"<main>{''.join(parts)}</main>")


def reviewed(asked: Asked, archive: inb.Archive) -> Page:
    return sections(
        inb.MonthlyReview(archive, asked.month, repositories=asked.names, compare=asked.compare)
    )


# --- the page of the samples ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of the samples' last month, as it is written."""
    out = tmp_path_factory.mktemp("numbers") / "review.html"
    inb.review(inb.samples(), out, month=OCTOBER)
    return Page(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(sample_reports(), OCTOBER, events=EVENTS)


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_says_what_the_files_do(whole: Page, asked: Asked, heading: str) -> None:
    assert whole.sections[heading] == SECTIONS[heading](asked)


def test_nothing_on_the_page_holds_a_number_that_is_not_compared(whole: Page) -> None:
    assert [*whole.sections] == [*SECTIONS]
    assert whole.unclaimed() == []


def test_the_page_is_headed_by_its_month_and_links_to_its_sections(whole: Page) -> None:
    assert whole.heading == "Docker Hub pulls in October 2026"
    assert [words for _, words in whole.links] == [*SECTIONS][1:]
    assert whole.links == whole.names


def test_what_the_page_tells_programs_is_what_the_files_say(whole: Page, asked: Asked) -> None:
    expected = facts(asked)
    assert whole.heading == expected.pop("title")
    texts = {"month", "of", "inputs", "compare"}
    said = {name: text if name in texts else json.loads(text) for name, text in whole.facts.items()}
    assert said == expected


def test_a_point_stands_where_its_count_is_on_the_axis(whole: Page) -> None:
    chart = whole.charts["Twelve months"]
    counts = [
        int(re.findall(r": ([\d,]+) pull", mark)[0].replace(",", ""))
        for mark in chart.words["marks"]
    ]
    (most, top), (least, bottom) = (
        pick(zip(counts, chart.places, strict=True)) for pick in (max, min)
    )
    assert top < bottom
    for count, place in zip(counts, chart.places, strict=True):
        part = (count - least) / (most - least)
        assert place == pytest.approx(bottom - part * (bottom - top), abs=0.01)


def test_a_bar_is_as_high_as_its_share(whole: Page) -> None:
    chart = whole.charts["Adoption of versions"]
    months: dict[str, float] = {}
    for mark, height in zip(chart.words["marks"], chart.places, strict=True):
        month = re.findall(r", (\w+ \d{4}): ", mark)[0]
        months[month] = months.get(month, 0) + height
    full = max(months.values())
    assert [*months.values()] == pytest.approx([full] * 12)
    for mark, height in zip(chart.words["marks"], chart.places, strict=True):
        said = float(re.findall(r"([\d.]+) %$", mark)[0])
        assert 100 * height / full == pytest.approx(said, abs=0.051)


# --- other months, other comparisons, fewer repositories ------------------------------------------

CASES: dict[str, tuple[str, str, tuple[str, ...] | None]] = {
    "with a year ago": (OCTOBER, "year", None),
    "June": ("2026-06", "month", None),
    "two repositories": (OCTOBER, "month", ("oldbarrow/anvil", "moonbarrow/ferry")),
    "two with a year ago": (OCTOBER, "year", ("moonbarrow/ferry", "oldbarrow/anvil")),
}


@lru_cache
def other(case: str) -> tuple[Page, Asked]:
    month, compare, names = CASES[case]
    asked = Asked(sample_reports(), month, compare, names, events=EVENTS)
    return reviewed(asked, inb.samples()), asked


@pytest.mark.parametrize("heading", SECTIONS)
@pytest.mark.parametrize("case", CASES)
def test_another_review_says_what_the_files_do(case: str, heading: str) -> None:
    page, asked = other(case)
    assert page.sections[heading] == SECTIONS[heading](asked)


@pytest.mark.parametrize("case", CASES)
def test_nothing_in_another_review_holds_a_number_that_is_not_compared(case: str) -> None:
    assert other(case)[0].unclaimed() == []


# --- months with holes ----------------------------------------------------------------------------

HOLES = {
    # Who pulls and what they pull is unknown; a year ago, another report counts.
    "no Trends": (
        "moonbarrow_trend_monthly_2026_10_01",
        "moonbarrow_tracked_company_monthly_2026_10_01",
        "moonbarrow_summary_monthly_2025_10_01",
    ),
    # Nothing of one publisher's month, nor of the other's a year ago.
    "no oldbarrow": (
        "oldbarrow_image_pulls_repo_summary_2026-10",
        "oldbarrow_image_pulls_summary_2026-10",
        "oldbarrow_image_pulls_raw_2026-10",
        "moonbarrow_summary_monthly_2025_10_01",
        "moonbarrow_trend_monthly_2025_10_01",
    ),
}
MONTHLY = re.compile(r"_monthly_|_months_|_\d{4}-\d\d\.")


@pytest.fixture(scope="module")
def holed(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[inb.Archive, Asked]]:
    """Archives of the samples' monthly reports, without some."""
    found = {}
    for name, without in HOLES.items():
        kept = [
            one
            for one in sample_reports().files
            if MONTHLY.search(one.path.name) and not one.path.name.startswith(without)
        ]
        archive = inb.Archive(tmp_path_factory.mktemp("holes") / "archive")
        archive.add([one.path for one in kept], quiet=True)
        shutil.copy(EVENTS, archive.folder / "events.csv")
        asked = Asked(Reports(kept), OCTOBER, samples=False, events=EVENTS)
        found[name] = archive, asked
    return found


Holed = dict[str, tuple[inb.Archive, Asked]]


@pytest.fixture(scope="module", params=["month", "year"])
def compare(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=HOLES)
def hole(request: pytest.FixtureRequest, holed: Holed, compare: str) -> tuple[Page, Asked]:
    archive, asked = holed[request.param]
    asked = replace(asked, compare=compare)
    return reviewed(asked, archive), asked


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_month_with_holes_has_no_number_where_there_is_none(
    hole: tuple[Page, Asked], heading: str
) -> None:
    page, asked = hole
    assert page.sections[heading] == SECTIONS[heading](asked)


def test_nothing_in_a_review_with_holes_holds_a_number_that_is_not_compared(
    hole: tuple[Page, Asked],
) -> None:
    assert hole[0].unclaimed() == []


def test_what_a_month_lacks_stands_at_the_top(holed: Holed) -> None:
    said = {
        name: reviewed(asked, archive).sections[""][1] for name, (archive, asked) in holed.items()
    }
    assert said == {
        "no Trends": (
            "warnings",
            [
                "The Tracked companies and Trends reports of moonbarrow for Oct 2026 are missing. "
                "What only they count is unknown."
            ],
        ),
        "no oldbarrow": (
            "warnings",
            [
                "Oct 2026 is partial: the pulls of oldbarrow/anvil, oldbarrow/bellows and "
                "oldbarrow/tongs are unknown.",
                "The Image pulls raw data and Image pulls summary data "
                "reports of oldbarrow for Oct 2026 are missing. What only they count is unknown.",
                "Oct 2025, the same month a year ago, is partial: the pulls of "
                "12\u00a0repositories are unknown.",
            ],
        ),
    }


# --- reports without rows -------------------------------------------------------------------------

EMPTY = (
    "moonbarrow_technographic_monthly_2026_10_01",
    "moonbarrow_technographic_company_monthly_2026_10_01",
    "moonbarrow_tracked_company_monthly_2026_09_01",
)
"""What comes with a header alone, as it does where a download broke off."""


@pytest.fixture(scope="module")
def emptied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, Asked]:
    """The review of an archive of which some reports hold no rows."""
    folder = tmp_path_factory.mktemp("emptied")
    paths = []
    for one in sample_reports().files:
        if not MONTHLY.search(one.path.name):
            continue
        paths.append(one.path)
        if one.path.name.startswith(EMPTY):
            packed = one.path.suffix == ".gz"
            content = one.path.read_bytes()
            header = (gzip.decompress(content) if packed else content).splitlines(True)[0]
            paths[-1] = folder / one.kind / one.path.name
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_bytes(gzip.compress(header) if packed else header)
    archive = inb.Archive(folder / "archive")
    archive.add(paths, quiet=True)
    shutil.copy(EVENTS, archive.folder / "events.csv")
    asked = Asked(read(paths), OCTOBER, samples=False, events=EVENTS)
    return reviewed(asked, archive), asked


@pytest.mark.parametrize("heading", SECTIONS)
def test_reports_without_rows_count_as_zero(emptied: tuple[Page, Asked], heading: str) -> None:
    page, asked = emptied
    assert page.sections[heading] == SECTIONS[heading](asked)


def test_that_a_report_holds_no_rows_stands_at_the_top_and_among_the_inputs(
    emptied: tuple[Page, Asked],
) -> None:
    top, inputs = (emptied[0].sections[heading] for heading in ("", "Inputs"))
    sure = "as zero: nothing happened, or the download broke off. Docker Hub shows which, as long"
    assert [line for line in top[1][1] if "no rows" in line] == [
        "The Technographic and Technographic companies reports of moonbarrow for Oct 2026 have no "
        f"rows. They count {sure} as it lists them.",
        "The Tracked companies report of moonbarrow for Sep 2026 has no rows. It "
        f"counts {sure} as it lists it.",
    ]
    states = {(cells[0], cells[1]): cells[2] for _, cells in inputs[0][4]}
    assert states["Technographic", "moonbarrow"] == "available, without rows"
    assert states["Tracked companies", "moonbarrow"] == "available"


# --- what nothing tells ---------------------------------------------------------------------------


def test_a_month_before_all_others_leaves_what_is_known_of_the_next() -> None:
    review = inb.MonthlyReview(inb.samples(), "2025-08", compare="year")
    page = sections(review)
    assert page.sections["What moved"] == [
        ("p", "nothing", "What moved is unknown: every report of pulls for Aug 2024 is missing.")
    ]
    tables = {piece[1]: piece for piece in page.sections["Adoption of versions"] if len(piece) == 5}
    (first,) = [cells for _, cells in tables["versions"][4] if cells[0] == "3.4"][:1]
    assert first[2] != "–"
    assert first[3:] == ["–", "–"]


def test_a_report_that_names_none_of_the_repositories_is_not_called_missing() -> None:
    page = sections(inb.MonthlyReview(inb.samples(), OCTOBER, repositories=["oldbarrow/anvil"]))
    for heading, title in (
        ("Companies", "Tracked companies"),
        ("New image pairings", "Technographic"),
    ):
        said = f"The {title} reports of Sep 2026 and Oct 2026 name none of the repositories."
        assert page.sections[heading] == [("p", "nothing", said)]
