"""A snapshot in a browser, and its own modules on an empty page."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

import insights_nb as inb
from insights_nb.charts.pulls import pull_drawing
from insights_nb.explorers import words
from insights_nb.explorers.marks import Events, Marks
from insights_nb.exports import to_csv
from insights_nb.metrics.pulls import in_order, left_out
from insights_nb.periods import Period, interval
from insights_nb.publish import page as pages

if TYPE_CHECKING:
    import pandas as pd
    from playwright.sync_api import Browser, Page

READY = ".inb-chart:not([data-redraws='0'])"
POINTS = ".mark-symbol.role-mark [aria-label]"
_MODULES = ("texts", "frames", "events", "lines", "words", "rows", "selection")
_ANSWER = """
  const say = given.say[view.granularity][view.months][view.measure];
  const table = openTable(view.granularity, given);
  const frame = pulls(table, view.months, view.repositories, given.measures);
  const before = pullsBefore(table, view.months, view.repositories, given.measures);
  const lines = foldOther(frame, view.measure, { ...given, place: table.place });
  const events = shownEvents(frame, table.events);
  const [datasets, signals] = pullLines(lines, view.measure, given, say, events);
  const otherwise = leftOut(table, view.months, view.repositories);
  return {
    datasets,
    signals,
    events: eventItems(events),
    description: describe(datasets, signals, say),
    figures: figures(frame, before, view.measure, given.kinds, say),
    coverage: coverage(frame, otherwise, given, say),
    definitions: differences(frame, view.measure, given, say),
    table: tableOf(lines, view.measure, say),
    csv: csvOf(frame, given),
    top: topNames(frame, given.top, view.measure, table.place),
  };
"""


class Snapshot:
    """A snapshot, opened from its file."""

    def __init__(self, browser: Browser, path: Path, fragment: str = "", **options: object) -> None:
        chosen: dict[str, Any] = {"viewport": {"width": 1100, "height": 900}} | options
        self.context = browser.new_context(**chosen)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.errors.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = path.as_uri()
        self.page.goto(self.address + (f"#{fragment}" if fragment else ""))
        self.page.wait_for_selector(READY)

    def choose(self, view: inb.Selection) -> None:
        """Open a link to this selection over the page, and wait until it is drawn."""
        self.page.evaluate(
            """async (query) => {
                const drawn = new Promise((resolve) =>
                    document.addEventListener("insights-nb:drawn", resolve, { once: true }));
                location.hash = query;
                await drawn;
            }""",
            view.to_query(),
        )

    def points(self) -> list[str]:
        """Return what the chart's points say of themselves."""
        found: list[str] = self.page.locator(POINTS).evaluate_all(
            "all => all.map(one => one.getAttribute('aria-label'))"
        )
        return found

    def says(self, description: str) -> None:
        """Wait until this is what the chart says of itself.

        A page's height follows its lists, so that one choice can draw twice, and the second drawing
        can come after the next choice.
        """
        expect(self.page.locator(".inb-chart")).to_have_attribute("aria-label", description)


def given(path: Path) -> dict[str, Any]:
    """Return the data inside a snapshot."""
    (text,) = re.findall(
        r'<script id="given" type="application/json">(.*?)</script>', path.read_text()
    )
    found: dict[str, Any] = json.loads(text)
    return found


def counted(page: Page, path: Path, views: Sequence[inb.Selection]) -> list[dict[str, Any]]:
    """Let a snapshot's own modules count and say these selections."""
    asked = [
        {"granularity": v.granularity, "months": v.months, "measure": v.measure,
         "repositories": list(v.repositories or ())}
        for v in views
    ]  # fmt: skip
    code = f"""([given, views]) => {{
        {pages.joined(_MODULES)}
        return JSON.stringify(views.map((view) => {{ {_ANSWER} }}));
    }}"""
    found: list[dict[str, Any]] = json.loads(page.evaluate(code, [given(path), asked]))
    return found


def run(page: Page, expression: str, argument: object) -> Any:  # noqa: ANN401 - whatever it returns
    """Evaluate an expression over the snapshot's own modules, with `argument`."""
    return page.evaluate(
        f"(argument) => {{ {pages.joined(_MODULES)}\n return {expression}; }}", argument
    )


def expected(
    archive: inb.Archive, view: inb.Selection, events: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return what Python counts and says of a selection, as JSON has it.

    The events are by default the archive's.
    """
    measure = view.measure
    frame = in_order(inb.pulls(archive, view), view.repositories or ())
    lines = inb.fold_other(frame, measure)
    marks = Marks(Events(archive, events), lambda _: None)
    found = marks.find(frame)
    marks.tell(found)
    drawing = pull_drawing(frame, measure, view.granularity, found)
    datasets, signals = drawing.datasets, drawing.signals
    newest = Period(view.granularity, frame["period"].iloc[-1].date())
    text, details = words.coverage(
        frame, view, len(interval(newest, view.months)), left_out(archive, view)
    )
    table = words.table(lines, measure)
    rows = {
        key: [None if value is None or value != value else value for value in _plain(column)]
        for key, column in table["rows"].items()
    }
    answer = {
        "datasets": datasets,
        "signals": signals,
        "events": marks.children[1].items,
        "description": drawing.description,
        "figures": words.figures(frame, inb.pulls_before(archive, view), measure),
        # What to do about it is for those who have the archive.
        "coverage": [text, [line for line in details if line != words.REMEDY]],
        "definitions": words.definitions(frame, measure),
        "table": table | {"rows": rows},
        "csv": to_csv(frame),
        "top": inb.top_repositories(frame, 5, measure),
    }
    plain: dict[str, Any] = json.loads(json.dumps(answer))
    return plain


def _plain(column: Sequence[Any]) -> list[Any]:
    return [None if type(value).__name__ == "NAType" else value for value in column]
