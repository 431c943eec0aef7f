"""The monthly review: one command, one file, and a promised end for every broken input."""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd
import psutil
import pytest
from playwright.sync_api import expect

import insights_nb as inb
from insights_nb import assets
from insights_nb.cli._common import size_in_words
from insights_nb.errors import (
    MissingReportError,
    NoArchiveError,
    NotebookError,
    PeriodError,
    ReadError,
    SelectionError,
    UnknownNameError,
    WriteError,
)
from insights_nb.periods import Period
from tests import commands
from tests.hostile import TEXTS, hostile_archive
from tests.reports import (
    LEGACY,
    summary_row,
    trends_row,
    write_csv,
    write_summary,
    write_trends,
)
from tests.servers import process_wait

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.system

COMMAND = Path(sys.executable).parent / "insights-nb"
SECTIONS = [
    "headline", "twelve_months", "movers", "adoption", "companies", "pairs", "inputs",
    "definitions", "provenance",
]  # fmt: skip


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return commands.command("review", *arguments, cwd=cwd)


def process(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as from a prompt, in a folder."""
    return subprocess.run(
        [COMMAND, "review", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def this_month() -> Period:
    """The month that is not over."""
    return Period.containing(dt.datetime.now(dt.UTC).date(), "month")


def monthly(folder: Path, months: dict[str, dict[str, int]]) -> inb.Archive:
    """Make an archive of Summary and Trends reports: month → repository → pulls."""
    archive = inb.Archive(folder / "archive")
    for month, counts in months.items():
        day = f"{month}-01"
        summary = [
            summary_row(day, name, downloads=count, granularity="month")
            for name, count in counts.items()
        ]
        trends = [
            trends_row(day, name, downloads=count, granularity="month", tag="1.0")
            for name, count in counts.items()
        ]
        files = [
            write_summary(folder / month, day, summary),
            write_trends(folder / month, day, trends),
        ]
        archive.add(files, quiet=True)
    return archive


def moved_archive(folder: Path) -> inb.Archive:
    """Make an archive of a publisher whose legacy reports ended with August."""
    archive = monthly(folder, {"2026-09": {"acme/web": 500, "acme/api": 80}})
    for month, pulls in (("2026-07", 20), ("2026-08", 30)):
        rows = [["acme", name, "latest", 1, pulls, 5, 0, "acme"] for name in ("web", "api")]
        archive.add(
            write_csv(folder / f"acme_image_pulls_summary_{month}.csv", LEGACY, rows), quiet=True
        )
    return archive


THREE = {
    "2026-08": {"acme/web": 100, "acme/api": 7},
    "2026-09": {"acme/web": 150, "acme/api": 7},
    "2026-10": {"acme/web": 120, "acme/api": 9},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of the samples, with its PDF, as the command writes it without a word more."""
    folder = tmp_path_factory.mktemp("review")
    done = process("--pdf", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("review-2026-10.html: Oct 2026, ")
    assert sorted(path.name for path in folder.iterdir()) == [
        "review-2026-10.html",
        "review-2026-10.pdf",
    ]
    return folder / "review-2026-10.html"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> inb.Archive:
    return monthly(tmp_path_factory.mktemp("three"), THREE)


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[tuple[BrowserContext, Page, list[str]]]:
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(written.as_uri())
    yield context, page, told
    context.close()


class Reader(HTMLParser):
    """Collects what a page refers to, and its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"href", "src", "xlink:href", "action", "srcset", "data"}:
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def own_notebook(folder: Path, *cells: str, names: str = "archive = None\nmonth = None") -> Path:
    """Write a notebook of one's own."""
    node = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell(names, metadata={"tags": ["parameters"]})
    node.cells = [first]
    for source in cells:
        make = (
            nbformat.v4.new_markdown_cell if source.startswith("#") else nbformat.v4.new_code_cell
        )
        node.cells.append(make(source))
    node.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    path = folder / "own.ipynb"
    nbformat.write(node, path)
    return path


# --- the file ------------------------------------------------------------------------------------


def test_the_same_archive_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = process(
        "--month", "2026-10", "--out", tmp_path / "again.html",
        cwd=tmp_path, TMPDIR=str(scratch), PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.html").read_bytes() == written.read_bytes()
    assert list(scratch.iterdir()) == []


def test_it_refers_to_nothing_outside_and_runs_nothing(written: Path) -> None:
    text = written.read_text()
    found = Reader(text)
    assert {link.partition("#")[0] for link in found.links} <= {"", "data:,"}
    assert "script" not in found.tags
    assert found.handlers == []
    assert "default-src 'none'" in html.unescape(text)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text


def test_it_says_nothing_of_the_machine(written: Path, samples: inb.Archive) -> None:
    text = written.read_text()
    assert str(samples.folder) not in text
    assert str(Path.home()) not in text
    assert str(written.parent) not in text


def test_a_browser_without_network_shows_all_of_it(
    opened: tuple[BrowserContext, Page, list[str]], written: Path
) -> None:
    _, page, told = opened
    assert told == [written.as_uri()]
    assert page.title() == page.locator("h1").inner_text() == "Docker Hub pulls in October 2026"
    assert page.locator("h2").all_inner_texts() == [
        "The month in numbers", "Twelve months", "What moved", "Adoption of versions", "Companies",
        "New image pairings", "Inputs", "Definitions", "Provenance",
    ]  # fmt: skip
    assert page.locator("nav a").count() == 9
    page.locator("nav a", has_text="Companies").click()
    expect(page.locator("h2", has_text="Companies")).to_be_in_viewport()
    assert page.url.startswith(f"{written.as_uri()}#")


def test_charts_are_drawings_with_their_content_in_words_and_as_tables(
    opened: tuple[BrowserContext, Page, list[str]],
) -> None:
    _, page, _ = opened
    drawings = page.get_by_role("img")
    assert drawings.count() == 2
    assert "moonbarrow/lantern: 1,029,903 pulls in Oct 2026." in (
        drawings.first.get_attribute("aria-label") or ""
    )
    page.locator("summary", has_text="The numbers of the chart").click()
    assert page.locator('[data-name="months"] tbody tr').count() == 12
    # Parts of several drawings with one name would be taken for each other.
    names = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(names) == len({*names})
    for table in page.locator("table").all():
        assert table.locator("caption").text_content()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_window(
    opened: tuple[BrowserContext, Page, list[str]], width: int
) -> None:
    _, page, _ = opened
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") == width


def test_it_follows_the_dark_theme_and_prints_light(
    opened: tuple[BrowserContext, Page, list[str]],
) -> None:
    _, page, _ = opened
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(22, 25, 29)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_paper_shows_what_is_folded_on_screen(
    opened: tuple[BrowserContext, Page, list[str]],
) -> None:
    _, page, _ = opened
    hash_cell = page.locator('[data-name="files"] td').last
    height = "e => e.getBoundingClientRect().height"
    assert not hash_cell.is_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})
    assert hash_cell.evaluate(height) > 0
    # Nothing is cut at the margin.
    assert page.evaluate("() => document.documentElement.scrollWidth") == 680


def test_the_pdf_is_of_a4_pages(written: Path) -> None:
    content = written.with_suffix(".pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", content)
    assert 8 <= len(boxes) <= 20
    for box in boxes:
        width, height = (float(size) for size in box.split()[2:])
        assert (round(width), round(height)) == (595, 842)


# --- what is asked for ---------------------------------------------------------------------------


def test_a_notebook_shows_the_sections_and_hands_out_their_frames(samples: inb.Archive) -> None:
    review = inb.MonthlyReview(samples, "2026-10")
    for name in SECTIONS:
        assert "<" in getattr(review, name)()._repr_html_()
    frames = review.movers().frames
    pd.testing.assert_frame_equal(frames["movers"], inb.movers(samples, "2026-10", count=3))
    pd.testing.assert_frame_equal(
        frames["moonbarrow/kiln by country"],
        inb.contributions(samples, "2026-10", "moonbarrow/kiln", by="country"),
    )


def test_the_month_is_the_last_one_that_is_whole(tmp_path: Path, samples: inb.Archive) -> None:
    assert inb.MonthlyReview(samples).month.label == "2026-10"
    # A report that comes before its month is over tells of a part of it.
    archive = monthly(tmp_path, {"2026-09": {"acme/web": 5}, this_month().label: {"acme/web": 1}})
    assert inb.MonthlyReview(archive).month.label == "2026-09"


def test_an_older_month_is_as_it_was(samples: inb.Archive) -> None:
    review = inb.MonthlyReview(samples, "2026-03", compare="year")
    frame = review.twelve_months().frames["pulls"]
    assert frame["period"].max() == pd.Timestamp("2026-03-01")
    assert "Mar 2025" in review.movers()._repr_html_()


def test_only_the_repositories_asked_for_are_reviewed(samples: inb.Archive) -> None:
    names = ["moonbarrow/kiln", "moonbarrow/ferry"]
    review = inb.MonthlyReview(samples, "2026-10", repositories=names)
    for name in ("headline", "twelve_months", "movers", "adoption"):
        text = getattr(review, name)()._repr_html_()
        assert "kiln" in text
        assert "lantern" not in text


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"month": "October"}, PeriodError, "'October' names no period"),
        ({"month": "2026-W40"}, SelectionError, "a month such as"),
        ({"month": "2020-01"}, SelectionError, "or later"),
        ({"compare": "week"}, SelectionError, "compare='week'"),
        ({"repositories": []}, SelectionError, "at least one name"),
        ({"repositories": ["moonbarrow/klin"]}, UnknownNameError, "Did you mean moonbarrow/kiln"),
        ({"archive": "no/such/folder"}, NoArchiveError, "there is no archive to open"),
    ],
)
def test_what_is_not_offered_is_refused_before_anything_runs(
    samples: inb.Archive,
    tmp_path: Path,
    given: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    asked = {"archive": samples} | given
    with pytest.raises(error, match=words):
        inb.MonthlyReview(**asked)
    with pytest.raises(error, match=words):
        inb.review(out=tmp_path / "review.html", **asked)
    assert list(tmp_path.iterdir()) == []


# --- what is missing -----------------------------------------------------------------------------


def warnings(section: Any) -> list[str]:  # noqa: ANN401 - a section of the review
    return re.findall(r"<li>(.*?)</li>", section._repr_html_())


def test_a_month_that_is_not_held_is_said_on_top(three: inb.Archive) -> None:
    review = inb.MonthlyReview(three, "2026-11")
    assert warnings(review.summary()) == [
        "Nov 2026 is missing: no monthly report counts its pulls. The newest month before it is "
        "Oct 2026."
    ]
    for name in SECTIONS:
        text = getattr(review, name)()._repr_html_()
        assert "Traceback" not in text
    assert "120" not in review.headline()._repr_html_().partition("data-name")[0]


def test_a_partial_month_is_said_on_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two months that are not over: as if the clock were behind by years.
    monkeypatch.setattr("insights_nb.periods.latest_day", lambda *_: dt.date(2099, 2, 28))
    archive = monthly(tmp_path, {"2099-01": {"acme/web": 5}, "2099-02": {"acme/web": 1}})
    said = warnings(inb.MonthlyReview(archive, "2099-02").summary())
    assert len([one for one in said if "before the month was over" in one]) == 2


def test_a_publisher_whose_report_is_missing_makes_the_month_partial(tmp_path: Path) -> None:
    archive = monthly(tmp_path, THREE)
    for day, name in (("2026-08-01", "b"), ("2026-09-01", "b")):
        row = summary_row(day, "other/tool", downloads=3, granularity="month", publisher="other")
        file = write_summary(tmp_path / f"{name}{day}", day, [row], name=f"other_summary_{day}.csv")
        archive.add(file, kind="summary", namespace="other", quiet=True)
    said = warnings(inb.MonthlyReview(archive, "2026-10").summary())
    assert "Oct 2026 is partial: the pulls of other/tool are unknown." in said
    assert (
        "The Summary report of other for Oct 2026 is missing. What only it counts is unknown."
        in said
    )


def test_months_to_compare_with_that_are_missing_are_said(three: inb.Archive) -> None:
    said = warnings(inb.MonthlyReview(three, "2026-08").summary())
    assert said == [
        "Jul 2026, the month before, is missing: changes since are unknown.",
        "Aug 2025, the same month a year ago, is missing: changes since are unknown.",
    ]


def test_reports_that_differ_are_said_and_listed(tmp_path: Path) -> None:
    archive = monthly(tmp_path, THREE)
    day = "2026-10-01"
    row = trends_row(day, "acme/web", downloads=999, granularity="month")
    archive.add(write_trends(tmp_path / "new", day, [row]), again=True, quiet=True)
    review = inb.MonthlyReview(archive, "2026-10")
    assert any("see Inputs" in one for one in warnings(review.summary()))
    text = review.inputs()._repr_html_()
    assert "Failed checks" in text
    assert "999" in text


def test_strict_ends_with_3_and_writes_the_page_all_the_same(tmp_path: Path) -> None:
    archive = monthly(tmp_path, {"2024-01": {"acme/web": 1}, "2024-03": {"acme/web": 2}})
    asked = ["--archive", archive.folder, "--month", "2024-02", "--out", tmp_path / "r.html"]
    done = command(*asked, "--strict", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "The newest month before it is Jan 2024." in done.stderr
    page = (tmp_path / "r.html").read_text()
    assert page.index("Feb 2024 is missing") < page.index("<h2")


def test_a_month_that_is_not_over_is_refused(three: inb.Archive, tmp_path: Path) -> None:
    done = command("--archive", three.folder, "--month", "2099-05", cwd=tmp_path)
    assert done.returncode == 1
    assert "May 2099 is not over yet" in done.stderr
    assert "from 1 Jun 2099 on" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_publisher_that_moved_to_another_program_lacks_nothing(tmp_path: Path) -> None:
    review = inb.MonthlyReview(moved_archive(tmp_path), "2026-09")
    assert warnings(review.summary()) == [
        "Aug 2026, the month before, is counted differently (legacy): no change since is given.",
        "Sep 2025, the same month a year ago, is missing: changes since are unknown.",
    ]
    assert review.lacking == []
    year = review.twelve_months()._repr_html_()
    assert "No count held" not in year
    assert (
        "is a month whose report is missing, or counts differently (legacy), as in Jul – Aug 2026: "
        "unknown, not zero."
    ) in year
    inputs = re.sub("<[^>]+>", " ", review.inputs()._repr_html_().partition("<table")[2])
    assert "Image pulls summary data acme ended before 2 of 2" in " ".join(inputs.split())


def test_a_summary_that_is_missing_is_no_move_to_another_program(tmp_path: Path) -> None:
    archive = monthly(tmp_path, {"2026-06": {"acme/web": 3}, "2026-09": {"acme/web": 5}})
    row = ["acme", "web", "latest", 1, 20, 5, 0, "acme"]
    path = tmp_path / "acme_image_pulls_summary_2026-08.csv"
    archive.add(write_csv(path, LEGACY, [row]), quiet=True)
    said = warnings(inb.MonthlyReview(archive, "2026-09").summary())
    assert "Aug 2026, the month before, is missing: changes since are unknown." in said


def test_what_no_report_tells_is_a_line_on_the_page_and_advice_beside_it(
    three: inb.Archive, tmp_path: Path
) -> None:
    done = inb.review(three, tmp_path / "r.html")
    text = done.path.read_text()
    assert "No monthly report in the archive covers the companies that pull." in text
    assert "insights-nb add" not in text
    assert [one.partition(" by month")[0] for one in done.advice] == [
        "To have the companies that pull in the review, download Tracked companies",
        "To have paired images in the review, download Technographic",
    ]


def test_nobody_is_told_to_download_what_their_program_does_not_have(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    header = [name for name in LEGACY if name != "Reference"]
    rows = [["acme", "web", 1, 20, 5, 0, "acme"]]
    path = tmp_path / "acme_image_pulls_repo_summary_2026-08.csv"
    archive.add(write_csv(path, header, rows), quiet=True)
    review = inb.MonthlyReview(archive)
    adoption, companies = review.adoption(), review.companies()
    assert "Image pulls summary data at tag or digest level is missing" in adoption._repr_html_()
    (advice,) = adoption.facts.values()
    assert "download Image pulls summary data at tag or digest level by month" in str(advice)
    shown = html.unescape(companies._repr_html_())
    assert "the publisher's program has none that does" in shown
    assert companies.facts == {}


def test_what_had_no_pulls_before_is_new(tmp_path: Path) -> None:
    archive = monthly(
        tmp_path, {"2026-09": {"acme/web": 5}, "2026-10": {"acme/web": 5, "acme/api": 7}}
    )
    review = inb.MonthlyReview(archive)
    cells = r'<td class="inb-n">7</td><td class="inb-n">0</td><td class="inb-n">\+7</td>'
    for section in (review.headline(), review.movers()):
        assert re.search(rf'{cells}<td class="inb-n">new</td>', section._repr_html_())


def test_strict_says_that_a_newer_month_is_due(tmp_path: Path) -> None:
    archive = monthly(tmp_path, {"2024-01": {"acme/web": 1}, "2024-02": {"acme/web": 2}})
    done = command("--archive", archive.folder, "--strict", cwd=tmp_path)
    assert done.returncode == 3
    assert "its monthly report of pulls is missing: the newest review is of Feb 2024" in done.stderr
    assert (tmp_path / "review-2024-02.html").is_file()


def test_an_empty_archive_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    done = command("--archive", tmp_path / "archive", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]
    with pytest.raises(MissingReportError, match="report of pulls by month"):
        inb.MonthlyReview(inb.Archive(tmp_path / "archive"))


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_misspelt_parameter_is_named_and_nothing_is_run(tmp_path: Path) -> None:
    done = command("--parameter", "repositorys=[]", cwd=tmp_path)
    assert done.returncode == 1
    assert "has no parameter 'repositorys'" in done.stderr
    assert "Did you mean repositories?" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["archive", "month", "repositories", "compare", "events"])
def test_what_has_an_option_of_its_own_is_no_parameter(
    three: inb.Archive, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SelectionError, match=f"Use --{name}"):
        inb.review(three, tmp_path / "r.html", parameters={name: "2026-08"})
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_which_option_to_use(tmp_path: Path) -> None:
    done = command("-p", "month=2026-08", cwd=tmp_path)
    assert done.returncode == 1
    assert "Use --month" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["name", "=1", " =1"])
def test_a_parameter_without_name_or_value_is_refused(tmp_path: Path, text: str) -> None:
    done = command("-p", text, cwd=tmp_path)
    assert done.returncode == 2
    assert "is no NAME=VALUE" in done.stderr


def test_values_of_parameters_are_values_whatever_they_hold(
    three: inb.Archive, tmp_path: Path
) -> None:
    hostile = '"); import os; os.abort() #{month}\n\\'
    folder = tmp_path / "we\"ird {place} 'n\\t"
    shutil.copytree(three.folder, folder)
    notebook = own_notebook(
        tmp_path,
        "import json, pathlib\n"
        "pathlib.Path(out).write_text(json.dumps([archive, month, word, many]))",
        names="archive = None\nmonth = None\nout = None\nword = None\nmany = None",
    )
    given = {"out": str(tmp_path / "told.json"), "word": hostile, "many": [1, None, True, hostile]}
    inb.review(folder, tmp_path / "r.html", notebook=notebook, parameters=given)
    assert json.loads((tmp_path / "told.json").read_text()) == [
        str(folder), "2026-10", hostile, [1, None, True, hostile],
    ]  # fmt: skip


def test_a_cell_that_fails_is_named_kept_and_changes_nothing(
    three: inb.Archive, tmp_path: Path
) -> None:
    notebook = own_notebook(tmp_path, "print('fine')", "## What broke", "1 / 0", "print('never')")
    out = tmp_path / "r.html"
    out.write_text("last month's")
    done = command("--archive", three.folder, "--notebook", notebook, "--out", out, cwd=tmp_path)
    assert done.returncode == 1
    assert "Code cell 3 under 'What broke' failed with ZeroDivisionError" in done.stderr
    assert done.stderr.count("\n") == 1
    assert out.read_text() == "last month's"
    kept = nbformat.read(tmp_path / "r.failed.ipynb", as_version=4)
    assert "An Exception was encountered" in kept.cells[0].source
    assert any("fine" in str(cell.get("outputs")) for cell in kept.cells)
    # The next one that works takes the failed one's place.
    good = own_notebook(tmp_path, "print('fine')")
    inb.review(three, out, notebook=good)
    assert not (tmp_path / "r.failed.ipynb").exists()
    assert out.read_text().startswith("<!doctype html>")


def test_a_kernel_that_is_slow_to_come_back_from_its_last_answer_adds_no_line_of_its_own(
    three: inb.Archive, tmp_path: Path
) -> None:
    # papermill asks at the end what the kernel is, and waits for the answer alone.
    late = (
        "import threading\n"
        "handlers = get_ipython().kernel.shell_handlers\n"
        "answer = handlers['kernel_info_request']\n"
        "async def slow(*given):\n"
        "    await answer(*given)\n"
        "    threading.Event().wait(2)\n"
        "handlers['kernel_info_request'] = slow\n"
    )
    for name, last in {"fails": "1 / 0", "works": "1"}.items():
        notebook = own_notebook(tmp_path, late + last)
        out = tmp_path / f"{name}.html"
        asked = ["--archive", three.folder, "--notebook", notebook, "--out", out]
        done = process(*asked, cwd=tmp_path)
        assert done.returncode == (name == "fails"), done.stderr
        assert "KeyboardInterrupt" not in done.stderr
        assert "IPKernelApp" not in done.stderr


def test_a_process_that_is_ended_is_no_riddle(three: inb.Archive, tmp_path: Path) -> None:
    notebook = own_notebook(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match="want of memory"):
        inb.review(three, tmp_path / "r.html", notebook=notebook)
    assert [path.name for path in tmp_path.iterdir()] == ["own.ipynb"]


def test_a_process_that_does_not_come_up_is_no_riddle(
    three: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insights_nb.publish.review.running._START", "raise SystemExit(1)")
    with pytest.raises(NotebookError, match="want of memory"):
        inb.review(three, tmp_path / "r.html", notebook=own_notebook(tmp_path, "1"))
    assert [path.name for path in tmp_path.iterdir()] == ["own.ipynb"]


@pytest.mark.parametrize("content", ["", "not json", "{}", '{"cells": 3}'])
def test_what_is_no_notebook_is_said(three: inb.Archive, tmp_path: Path, content: str) -> None:
    path = tmp_path / "own.ipynb"
    path.write_text(content)
    with pytest.raises(ReadError, match="cannot be read as a notebook"):
        inb.review(three, tmp_path / "r.html", notebook=path)
    with pytest.raises(ReadError, match="cannot be read as a notebook"):
        inb.review(three, tmp_path / "r.html", notebook=tmp_path / "none.ipynb")


def test_a_notebook_without_parameters_is_refused(three: inb.Archive, tmp_path: Path) -> None:
    notebook = own_notebook(tmp_path, "1", names="")
    with pytest.raises(SelectionError, match="no cell of it is tagged 'parameters'"):
        inb.review(three, tmp_path / "r.html", notebook=notebook)


@pytest.mark.parametrize("room", [4_000, 60_000])
def test_a_full_disk_leaves_what_was_there(three: inb.Archive, tmp_path: Path, room: int) -> None:
    out = tmp_path / "r.html"
    out.write_text("last month's")
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def starve() -> None:
        # The kernel refuses to let any file grow beyond this, as a full disk would: in mid-write.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = subprocess.run(
        [COMMAND, "review", "--archive", three.folder, "--out", out],
        env=os.environ | {"TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=starve,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert re.search(r"^Error: .* cannot be (written|used)", done.stderr, re.MULTILINE)
    assert out.read_text() == "last month's"
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".ipynb") == [
        "r.html",
        "scratch",
    ]


def test_a_folder_that_is_not_there_is_said_before_anything_runs(three: inb.Archive) -> None:
    with pytest.raises(WriteError, match="there is no folder"):
        inb.review(three, "no/such/folder/r.html")


@pytest.mark.parametrize("name", ["r.pdf", "r.csv", "r"])
def test_a_name_that_is_no_pages_is_refused_before_anything_runs(
    three: inb.Archive, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    out.write_text("last month's")
    for write in (inb.review, inb.snapshot):
        with pytest.raises(SelectionError, match=r"such as \S+r\.html\."):
            write(three, out)
    with pytest.raises(SelectionError, match="is no name for a page"):
        inb.review(three, out, pdf=True)
    assert out.read_text() == "last month's"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_size_is_never_written_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page"
    for size, words in ((31_400, "31 kB"), (94_999, "95 kB"), (95_000, "0.1 MB")):
        path.write_bytes(bytes(size))
        assert size_in_words(path) == words


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_at_once_and_leaves_nothing(
    three: inb.Archive, tmp_path: Path, sent: signal.Signals
) -> None:
    notebook = own_notebook(tmp_path, "import time\ntime.sleep(600)")
    out, scratch = tmp_path / "r.html", tmp_path / "scratch"
    out.write_text("last month's")
    scratch.mkdir()
    process = subprocess.Popen(
        [COMMAND, "review", "--archive", three.folder, "--notebook", notebook, "--out", out],
        env=os.environ | {"TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    kernel = _kernel_of(process)
    process.send_signal(sent)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    kernel.wait(60)
    assert out.read_text() == "last month's"
    assert not (tmp_path / "r.failed.ipynb").exists()
    assert list(scratch.iterdir()) == []


def _kernel_of(process: subprocess.Popen[bytes]) -> psutil.Process:
    """Wait for the process that runs the notebook, at work."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "ipykernel" in " ".join(child.cmdline()) and child.num_threads() > 5:
                    return child
        process_wait(process, 0.05)
    pytest.fail("The notebook was never run.")


def test_without_a_browser_the_page_stays_and_the_remedy_is_said(
    three: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHTS_BROWSER", "no-such-browser")
    with pytest.raises(NotebookError, match="INSIGHTS_BROWSER"):
        inb.review(three, tmp_path / "r.html", pdf=True)
    assert (tmp_path / "r.html").is_file()


# --- other people's texts ------------------------------------------------------------------------


def test_hostile_texts_stay_text(
    browser: Browser, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = hostile_archive(tmp_path_factory.mktemp("hostile"), by="month")
    (archive.folder / "events.csv").write_text(
        "date,label,repository\n2026-10-05,<img src=x onerror=window.ran=true>,\n"
        "2026-10-06,</script><script>window.ran=true</script>,\n",
        encoding="utf-8",
    )
    path = inb.review(archive, tmp_path / "r.html").path
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("() => window.ran") is None
    assert asked == [path.as_uri()]
    shown = page.locator("main").inner_text()
    for text in TEXTS:
        if text.isprintable():
            assert text.replace("<", "‹") in shown
    found = Reader(path.read_text())
    assert not {"script", "img"} & {*found.tags}
    assert found.handlers == []
    context.close()


# --- one's own notebook --------------------------------------------------------------------------


def test_charts_of_ones_own_are_drawings_too(three: inb.Archive, tmp_path: Path) -> None:
    notebook = own_notebook(
        tmp_path,
        "# Mine",
        "import insights_nb as inb\n"
        "view = inb.Selection('month', 3)\n"
        "inb.pull_chart(inb.pulls(inb.open_archive(archive), view))",
    )
    text = inb.review(three, tmp_path / "r.html", notebook=notebook).path.read_text()
    assert text.count("<svg") == 1
    assert "acme/web: 120 pulls in Oct 2026." in text
    assert "script" not in Reader(text).tags
    assert "widget" not in text.partition("</style>")[2]


def test_the_notebook_runs_as_it_is(samples: inb.Archive) -> None:
    node = nbformat.read(assets.notebooks() / "monthly_review.ipynb", as_version=4)
    sources = [cell.source for cell in node.cells if cell.cell_type == "code"]
    called = [match[1] for one in sources if (match := re.fullmatch(r"review\.(\w+)\(\)", one))]
    assert called == SECTIONS
    assert samples.exists


# --- a folder of reviews -------------------------------------------------------------------------


def test_all_writes_what_is_missing_and_lists_it(tmp_path: Path, browser: Browser) -> None:
    archive = monthly(tmp_path, {month: THREE[month] for month in ("2026-09", "2026-10")})
    folder = tmp_path / "reviews"
    done = command("--all", "--archive", archive.folder, "--out", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html",
        "review-2026-09.html",
        "review-2026-10.html",
    ]
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    # Nothing is missing any more: nothing is run, and the same pages are there.
    again, index = inb.reviews(archive, folder)
    assert again == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    page = browser.new_page()
    page.goto(index.as_uri())
    rows = page.locator("tbody tr").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [
        "Oct 2026 129 −17.8 %",
        "Sep 2026 157 –",
    ]
    page.get_by_role("link", name="Sep 2026").click()
    assert page.locator("h1").inner_text() == "Docker Hub pulls in September 2026"
    page.context.close()
    # A revision makes the pages of its months out of date; they are written again when asked.
    row = summary_row("2026-10-01", "acme/web", downloads=500, granularity="month")
    archive.add(write_summary(tmp_path / "revised", "2026-10-01", [row]), again=True, quiet=True)
    inb.reviews(archive, folder)
    assert index.read_text().count("write it again with --renew") == 1
    renewed, _ = inb.reviews(archive, folder, renew=True)
    assert [one.month.label for one in renewed] == ["2026-10"]
    assert "--renew" not in index.read_text()
    assert "500" in index.read_text()


def rows_of(index: Path) -> list[list[str]]:
    """Return the cells of the list of reviews, a line break as a stroke."""
    rows = re.findall("<tr>(.*?)</tr>", index.read_text().replace("<br>", " / "))[1:]
    cells = [re.split("</t[dh]>", row)[:-1] for row in rows]
    return [[html.unescape(re.sub("<[^>]+>", "", cell)) for cell in row] for row in cells]


def test_the_list_compares_only_what_compares(tmp_path: Path) -> None:
    archive, folder = moved_archive(tmp_path), tmp_path / "reviews"
    _, index = inb.reviews(archive, folder)
    assert rows_of(index) == [
        ["Sep 2026", "580", "–", ""],
        ["Aug 2026", "70 (legacy)", "+40.0\u00a0%", ""],
        ["Jul 2026", "50 (legacy)", "–", ""],
    ]
    # Others than those asked for are listed and left as they are, out of date or not.
    (folder / "review-2026-09.html").unlink()
    old = (folder / "review-2026-08.html").read_bytes()
    rows = [["acme", "web", "latest", 1, 99, 5, 0, "acme"]]
    path = tmp_path / "new" / "acme_image_pulls_summary_2026-08.csv"
    archive.add(write_csv(path, LEGACY, rows), quiet=True)
    written, _ = inb.reviews(archive, folder, repositories=["acme/web"], renew=True)
    assert [one.month.label for one in written] == ["2026-09"]
    assert (folder / "review-2026-08.html").read_bytes() == old
    now, august, july = rows_of(index)
    assert now == ["Sep 2026", "500", "–", ""]
    for row in (august, july):
        assert "other parameters: all repositories, compared with the month before." in row[3]
    assert "Pulls of acme/web, and the change vs the month before" in index.read_text()


def test_all_prints_those_too_that_are_there(tmp_path: Path) -> None:
    archive = monthly(tmp_path, {"2026-10": THREE["2026-10"]})
    folder = tmp_path / "reviews"
    inb.reviews(archive, folder)
    (printed,) = inb.reviews(archive, folder, pdf=True)[0]
    assert printed.pdf == folder / "review-2026-10.pdf"
    assert printed.pdf.read_bytes().startswith(b"%PDF-")
    assert inb.reviews(archive, folder, pdf=True)[0] == []


def test_all_strict_ends_with_3_where_a_review_is_of_a_partial_month(tmp_path: Path) -> None:
    # The reports of the second came before it was over.
    now = this_month()
    archive = monthly(tmp_path, {"2026-09": {"acme/web": 4}, now.label: {"acme/web": 5}})
    folder = tmp_path / "reviews"
    inb.reviews(archive, folder)
    asked = ["--all", "--archive", archive.folder, "--out", folder]
    done = command(*asked, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Every available month has its review already.\n")
    done = command(*asked, "--strict", cwd=tmp_path)
    assert done.returncode == 3
    assert f"review-{now.label}.html: {now.dates} is partial" in done.stderr


def test_all_strict_ends_with_3_where_a_newer_month_is_due(tmp_path: Path) -> None:
    archive = monthly(tmp_path, {"2024-01": {"acme/web": 5}})
    done = command("--all", "--strict", "--archive", archive.folder, cwd=tmp_path)
    assert done.returncode == 3
    assert "the newest review is of Jan 2024. Fetch or add newer reports." in done.stderr


def test_a_failed_month_keeps_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = monthly(tmp_path, {month: THREE[month] for month in ("2026-09", "2026-10")})
    folder = tmp_path / "reviews"
    from insights_nb.publish.review import folder as reviews

    real = reviews.review

    def failing(*given: Any, month: inb.Period, **more: Any) -> Any:  # noqa: ANN401
        if month.label == "2026-10":
            raise NotebookError("Code cell 1 failed with Error: made up.")
        return real(*given, month=month, **more)

    monkeypatch.setattr(reviews, "review", failing)
    with pytest.raises(NotebookError, match="Code cell 1 failed"):
        inb.reviews(archive, folder)
    assert [path.name for path in folder.iterdir()] == ["review-2026-09.html"]


@pytest.mark.parametrize(
    "asked", [["--all", "--month", "2026-10"], ["--renew"], ["--all", "-p", "a=1"]]
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, asked: list[str]) -> None:
    done = command(*asked, cwd=tmp_path)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []
