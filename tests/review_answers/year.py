"""The chart of twelve months, its table, and the events that charts mark."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.review_answers.asked import Asked, Count, Series, cohorts, total
from tests.review_answers.page import Piece
from tests.review_answers.reading import API, day_words, ratio, shift, span, whole, words

LINES = 8


def lines(asked: Asked) -> dict[str, Series]:
    """Return the lines of the chart: the largest repositories, and the others folded."""
    window = asked.window
    every = {name: asked.series(name, window) for name in sorted(asked.repositories)}
    largest = sorted(
        every, key=lambda name: (-sum(each or 0 for each in every[name].values()), name)
    )
    if len(every) <= LINES:
        return {name: every[name] for name in largest}
    definitions = {name: asked.definition(name, window) for name in every}
    kept = largest[: LINES - len(set(definitions.values()))]
    found = {name: every[name] for name in kept}
    rest = [name for name in every if name not in kept]
    kinds = [one for one in ("events", "actions", API) if one in {definitions[n] for n in rest}]
    for definition in kinds:
        members = [name for name in rest if definitions[name] == definition]
        noun = "repository" if len(members) == 1 else "repositories"
        aside = {"events": "", "actions": ", legacy", API: ", API"}[definition]
        apart = aside if len(kinds) > 1 else ""
        found[f"Other ({len(members)} {noun}{apart})"] = {
            month: total([every[name] for name in members], month) for month in window
        }
    return found


@dataclass(frozen=True)
class Event:
    number: int
    day: str
    label: str
    repository: str
    url: str

    @property
    def said(self) -> str:
        whose = self.repository and self.repository not in self.label
        return f"{self.label} ({self.repository})" if whose else self.label


def marks(asked: Asked) -> list[Event]:
    """List what the charts mark: the publisher's own events, and versions that reach 5 %.

    The latter only of repositories with a line of their own.
    """
    own: list[dict[str, str]] = []
    if asked.events is not None:
        with asked.events.open(encoding="utf-8", newline="") as file:
            rows = [row | {"day": row["date"]} for row in csv.DictReader(file)]
        own = [row for row in rows if row["repository"] in {"", *asked.repositories}]
    drawn, window = lines(asked), asked.window
    seen = [one for one in first_seen(asked) if one["repository"] in drawn]
    kept = [one for one in [*own, *seen] if window[0] <= one["day"][:7] <= window[-1]]
    kept.sort(key=lambda one: one["day"])
    places = sorted({one["day"][:7] for one in kept})
    return [
        Event(
            places.index(one["day"][:7]) + 1,
            *(one[name] for name in ("day", "label", "repository", "url")),
        )
        for one in kept
    ]


def first_seen(asked: Asked) -> list[dict[str, str]]:
    found = []
    for name, tags in asked.tags.items():
        held = sorted(
            month for month, count in next(iter(tags.values())).items() if count is not None
        )
        for version_, series in cohorts(tags).items():
            if "(" in version_ or version_ in {"latest", "other", "by digest"}:
                continue
            reached = [
                month
                for month in held
                if (ratio(series[month], total(tags.values(), month)) or 0) >= 0.05
            ]
            if reached and reached[0] > held[0]:
                said = f"{version_} reaches 5 % of {name}"
                found.append((reached[0], name, version_, said))
    return [
        {"day": f"{month}-01", "label": said, "repository": name, "url": ""}
        for month, name, _, said in sorted(found)
    ]


def told(events: list[Event]) -> list[tuple[str, str]]:
    """Say what each number of a chart stands for."""
    numbers = gathered_events(events)
    return [
        (
            str(number),
            f"Event {number}, " + "; ".join(f"{day_words(one.day)}: {one.said}" for one in its),
        )
        for number, its in numbers.items()
    ]


def gathered_events(events: list[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for one in events:
        found[one.number].append(one)
    return dict(found)


def pulls_in_words(count: int) -> str:
    return f"{count:,} {'pull' if count == 1 else 'pulls'}"


def line_chart(asked: Asked) -> dict[str, Any]:
    window, its, events = asked.window, lines(asked), told(marks(asked))
    title = f"Pulls per month, {span(window[0], window[-1])}"
    notes = [
        f"{name}: the smaller ones, in one line." for name in its if name.startswith("Other (")
    ]
    sentences, points_ = [], []
    for name, series in its.items():
        known = [month for month in window if series[month] is not None]
        newest = series[known[-1]]
        assert newest is not None
        sentences.append(f"{name}: {pulls_in_words(newest)} in {words(known[-1])}.")
        for month in known:
            count, before = series[month], series.get(shift(month, -1))
            assert count is not None
            points_.append(f"{name}, {words(month)}: {pulls_in_words(count)}{since(count, before)}")
    described = [f"{title}.", *notes, *sentences, *(f"{said}." for _, said in events)]
    return {
        "description": " ".join(described), "title": [title], "notes": notes, "legend": [*its],
        "months": [words(month) for month in window], "marks": points_, "gaps": [],
        "events": events,
    }  # fmt: skip


def since(count: int, before: Count) -> str:
    if before is None or (not before and not count):
        return ""
    if not before:
        return ", new"
    percents = 100 * (count / before - 1)
    return ", " + (f"{percents:+,.1f} %" if round(percents, 1) else "0.0 %").replace("-", "\u2212")


def event_table(asked: Asked, name: str) -> list[Piece]:
    rows = [("", [str(e.number), e.day, e.said, e.url]) for e in marks(asked)]
    columns = ["Mark", "Date", "Event", "More"]
    caption = "Events, by the number of their mark"
    return [("table", f"{name}-events", caption, columns, rows)] if rows else []


def twelve_months(asked: Asked) -> list[Piece]:
    its = lines(asked)
    rows = [
        ("", [words(month), *(whole(series[month]) for series in its.values())])
        for month in asked.window
    ]
    return [
        ("chart", line_chart(asked)),
        (
            "p", "note",
            f"A point is one calendar month; the blue band at the right is {words(asked.month)}. "
            "A broken line or a grey band is a month whose report is missing: unknown, not "
            "zero.",
        ),
        *event_table(asked, "months"),
        ("folded", "The numbers of the chart"),
        ("table", "months", "Pulls per month", ["Month", *its], rows),
    ]  # fmt: skip
