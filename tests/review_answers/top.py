"""What stands above the sections, what the page says of itself, and the month in numbers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

from tests.review_answers.asked import MEASURES, Asked, Count, total
from tests.review_answers.page import Piece
from tests.review_answers.reading import (
    API,
    TITLES,
    UNKNOWN,
    change,
    grown,
    in_full,
    listed,
    repositories,
    signed,
    whole,
    words,
)
from tests.review_answers.sources import used

SAMPLES = "These are sample data that ship with the package: nothing in them is real."
_MEASURE = {
    "pulls": "Pulls",
    "data_downloads": "Data downloads",
    "version_checks": "Version checks",
}
_MARK = {"events": "", "actions": " (legacy)", API: " (API)"}


def some(names: list[str]) -> str:
    return listed(names) if len(names) <= 3 else repositories(len(names))


def lacking(asked: Asked) -> list[str]:
    month, said = asked.month, []
    if unknown := [name for name, its in asked.counts.items() if its[month] is None]:
        said.append(f"{words(month)} is partial: the pulls of {some(unknown)} are unknown.")
    missing: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(TITLES):
        for owner, starts in asked.reports.held(kind).items():
            if f"{month}-01" not in starts:
                missing[owner].append(TITLES[kind])
    for owner, titles in sorted(missing.items()):
        one = len(titles) == 1
        noun, are, they = ("report", "is", "it counts") if one else ("reports", "are", "they count")
        said.append(
            f"The {listed(titles)} {noun} of {owner} for {words(month)} {are} missing. What only "
            f"{they} is unknown."
        )
    return said


def doubts(asked: Asked) -> list[str]:
    said = []
    known = {name: its for name, its in asked.counts.items() if its[asked.month] is not None}
    for month, which in (
        (asked.before, "the month before"),
        (asked.year_before, "the same month a year ago"),
    ):
        unknown = [name for name, its in known.items() if its[month] is None]
        start = f"{words(month)}, {which}, is"
        if known and all(its[month] is None for its in asked.counts.values()):
            said.append(f"{start} missing: changes since are unknown.")
        elif unknown:
            said.append(f"{start} partial: the pulls of {some(unknown)} are unknown.")
    return [*said, *(line for month in asked.three for line in without_rows(asked, month))]


def without_rows(asked: Asked, month: str) -> list[str]:
    empty: dict[str, list[str]] = defaultdict(list)
    for kind in sorted(TITLES):
        for owner in asked.reports.empty(kind, month):
            empty[owner].append(TITLES[kind])
    said = []
    for owner, titles in sorted(empty.items()):
        one = len(titles) == 1
        noun, they, it = (
            ("report", "has no rows. It counts", "it")
            if one
            else ("reports", "have no rows. They count", "them")
        )
        said.append(
            f"The {listed(titles)} {noun} of {owner} for {words(month)} "
            f"{they} as zero: nothing happened, or the download broke off. Docker Hub shows which, "
            f"as long as it lists {it}."
        )
    return said


def of_whom(asked: Asked) -> str:
    owners = sorted({name.split("/")[0] for name in asked.repositories})
    return f"{repositories(len(asked.repositories))} of {listed(owners)}"


def summary(asked: Asked) -> list[Piece]:
    which = "the month before" if asked.compare == "month" else "the same month a year ago"
    said = [*([SAMPLES] if asked.samples else []), *lacking(asked), *doubts(asked)]
    sentence = f"{of_whom(asked)}. Compared with {words(asked.base)}, {which}."
    return [("p", "", sentence), *([("warnings", said)] if said else [])]


def facts(asked: Asked) -> dict[str, Any]:
    hashes = "\n".join(sorted(one.sha256 for one in used(asked)))
    return {
        "month": asked.month,
        "title": f"Docker Hub pulls in {in_full(asked.month)}",
        "of": of_whom(asked),
        "lacking": lacking(asked),
        "repositories": None if asked.names is None else [*asked.names],
        "compare": asked.compare,
        "pulls": {name: sums(asked, its)[0] for name, its in by_definition(asked).items()},
        "before": {name: sums(asked, its)[1] for name, its in by_definition(asked).items()},
        "known": sum(its[asked.month] is not None for its in asked.counts.values()),
        "inputs": hashlib.sha256(hashes.encode()).hexdigest()[:16],
    }


def by_definition(asked: Asked) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in ("events", "actions", API):
        names = [n for n in asked.repositories if asked.definition(n, asked.three) == one]
        if names:
            found[one] = names
    return found


def sums(asked: Asked, names: list[str], measure: str = "pulls") -> list[Count]:
    """Add repositories up in the month and the two before it; one unknown makes a sum unknown."""
    its = [asked.series(name, asked.three, measure) for name in names]
    return [total(its, month) for month in asked.three]


def compared(name: str, counts: list[Count]) -> list[str]:
    now, before, year = counts
    return [
        name, whole(now), whole(before), signed(change(now, before)),
        grown(now, before), whole(year), grown(now, year),
    ]  # fmt: skip


def headline(asked: Asked) -> list[Piece]:
    now, before, year = (words(month) for month in asked.three)
    columns = [now, before, "Change", "in %", year, "in %"]
    figures, rows = [], []
    for definition, names in by_definition(asked).items():
        counts = sums(asked, names)
        against = [grown(counts[0], then) for then in counts[1:]]
        figures.append(
            [
                f"Pulls{_MARK[definition]}, {repositories(len(names))}",
                whole(counts[0]),
                *(
                    f"{'change unknown' if said == UNKNOWN else said} vs {month}".replace(
                        "new vs", "none in"
                    )
                    for said, month in zip(against, (before, year), strict=True)
                ),
            ]
        )
        for measure in MEASURES:
            its = sums(asked, names, measure)
            if its[:2] != [None, None]:
                rows.append(("", compared(_MEASURE[measure] + _MARK[definition], its)))
    pieces: list[Piece] = [
        ("figures", figures),
        ("table", "totals", f"Total of all repositories in {now}", ["", *columns], rows),
        (
            "table", "repositories", f"Pulls of each repository in {now}",
            ["Repository", *columns], each_repository(asked),
        ),
    ]  # fmt: skip
    notes = []
    if len(by_definition(asked)) > 1:
        notes.append("Pulls of different definitions do not add up, so they are shown separately.")
    if any(count is None for its in asked.counts.values() for count in its.values()):
        notes.append(f"{UNKNOWN} is unknown, never zero.")
    return [*pieces, *([("p", "note", " ".join(notes))] if notes else [])]


def each_repository(asked: Asked) -> list[tuple[str, list[str]]]:
    month = asked.month

    def most(name: str) -> tuple[bool, int, str]:
        count = asked.counts[name][month]
        return count is None, -(count or 0), name

    owners: dict[str, list[str]] = defaultdict(list)
    for name in sorted(asked.repositories, key=most):
        owners[name.split("/")[0]].append(name)
    rows: list[tuple[str, list[str]]] = []
    for owner in sorted(
        owners, key=lambda one: (-sum(asked.counts[name][month] or 0 for name in owners[one]), one)
    ):
        if len(owners) > 1:
            rows.append(("group", [owner]))
        for name in owners[owner]:
            rows.append(("", compared(name, [asked.counts[name][each] for each in asked.three])))
    return rows
