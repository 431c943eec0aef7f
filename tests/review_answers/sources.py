"""Which reports are held, whether they agree, what words mean, and which files there are."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

from tests.review_answers.asked import (
    ACTIONS,
    EVENT_FIELDS,
    LEGACY_FIELDS,
    SUMMARY_FIELDS,
    Asked,
    Count,
    add,
    gathered,
    legacy_name,
)
from tests.review_answers.page import Piece
from tests.review_answers.reading import (
    API,
    LEGACY,
    RAW,
    TITLES,
    Row,
    counted,
    ends,
    months,
    whole,
    words,
)

_THIRTEEN = 13
VERDICTS = ("equal", "within range", "differs", "cannot be checked")


def coverage(asked: Asked) -> Piece:
    every = months(asked.month, _THIRTEEN)
    rows = []
    for owner in sorted({one.owner for one in asked.reports.files}):
        for kind in sorted(TITLES):
            held = {start[:7] for start in asked.reports.held(kind).get(owner, ())}
            if not held:
                continue
            due = [month for month in every if month >= min(held)]
            missing = [words(month) for month in due if month not in held]
            now = "available" if asked.month in held else "missing"
            if owner in asked.reports.empty(kind, asked.month):
                now = "available, without rows"
            said = f"{len(due) - len(missing)} of {len(due)}"
            rows.append(("", [TITLES[kind], owner, now, said, ", ".join(missing)]))
    columns = ["Report", "Publisher", words(asked.month), "Months available", "Missing"]
    if not any(cells[-1] for _, cells in rows):
        columns, rows = columns[:-1], [(kind, cells[:-1]) for kind, cells in rows]
    caption = (
        f"Monthly reports available since each first came, in the {_THIRTEEN} months up to "
        f"{words(asked.month)}"
    )
    return ("table", "coverage", caption, columns, rows)


@dataclass(frozen=True)
class Compared:
    """A count, and the range in which another report says that it lies; None has no end."""

    check: str
    left: int
    least: int
    most: Count

    @property
    def verdict(self) -> str:
        if self.left < self.least or (self.most is not None and self.left > self.most):
            return "differs"
        if self.most is None:
            return "cannot be checked"
        return "equal" if self.least == self.most else "within range"


Sums = dict[str, list[int]]
"""Repository → what is counted of it."""

_KINDS = ("summary", "trends", "tracked_companies")
_NONE = [0, 0, 0]


def by_name(rows: Iterable[Row], name: str, fields: tuple[str, ...]) -> Sums:
    its = gathered(rows, lambda row: row[name])
    return {each: [add(rows, field) for field in fields] for each, rows in its.items()}


def legacy_sums(rows: Iterable[Row]) -> Sums:
    its = gathered(rows, legacy_name)
    return {name: [add(rows, field) for field in LEGACY_FIELDS] for name, rows in its.items()}


def raw_sums(rows: Iterable[Row]) -> Sums:
    its = gathered(rows, legacy_name)
    return {
        name: [sum(row["Action"] == action for row in rows) for action in ACTIONS]
        for name, rows in its.items()
    }


def of_levels(rows: list[Row], level: str) -> list[Row]:
    return [row for row in rows if row["LEVEL"] == level]


def comparisons(asked: Asked) -> list[Compared]:
    """Compare every two counts of the month that tell of the same pulls."""
    month, reports = asked.month, asked.reports
    summary_, trends, tracked = (reports.month(kind, month) for kind in _KINDS)
    repository, reference = (
        legacy_sums(reports.month(LEGACY, month, view)) for view in ("repository", "reference")
    )
    raw = raw_sums(reports.month(RAW, month))
    by_tag = by_name(trends, "IMAGE_REPOSITORY", EVENT_FIELDS)
    by_company = by_name(tracked, "IMAGE_REPOSITORY", EVENT_FIELDS)
    own = by_name(of_levels(summary_, "repository"), "REFERENCE", SUMMARY_FIELDS)
    everybody = {"all": [sum(its) for its in zip(*own.values(), strict=True)]}
    found = both(asked, "Trends add up to the Summary", by_tag, own)
    for level in ("publisher", "namespace", "tag", "digest"):
        rows = of_levels(summary_, level)
        its = {"all": [add(rows, field) for field in SUMMARY_FIELDS]}
        # Pulls by digest name no tag: of these there may be fewer.
        fewer = level in {"tag", "digest"}
        found += both(asked, "Summary levels agree", its, everybody, fewer=fewer)
    return [
        *found,
        *row_totals(asked, summary_, "LEVEL", "EVENT_COUNT"),
        *row_totals(asked, trends, "IMAGE_REPOSITORY", "PULLS"),
        *row_totals(asked, tracked, "IMAGE_REPOSITORY", "PULLS"),
        *against_weeks(asked),
        *both(asked, "Legacy summary agrees with raw data", raw, repository),
        *both(asked, "Legacy summary agrees with raw data", raw, reference),
        *both(asked, "Legacy summary levels agree", reference, repository),
        *both(asked, "Companies pull no more than everybody", by_company, by_tag, fewer=True),
    ]


def both(
    asked: Asked, check: str, left: Sums, right: Sums, *, fewer: bool = False
) -> list[Compared]:
    """Compare what both tell, if both are held; what one of them does not name is 0 there."""
    if not left or not right:
        return []
    return [
        Compared(check, one, 0 if fewer else other, other)
        for name in {*left, *right}
        if asked.chosen(name) or name == "all"
        for one, other in zip(left.get(name, _NONE), right.get(name, _NONE), strict=True)
    ]


def row_totals(asked: Asked, rows: list[Row], key: str, total: str) -> list[Compared]:
    """Compare each row's pulls with its downloads and checks."""
    return [
        Compared("Pulls are downloads and checks", left, right, right)
        for name, its in gathered(rows, lambda row: row[key]).items()
        if asked.chosen(name) or key == "LEVEL"
        for left, right in [(add(its, total), add(its, "DATA_DOWNLOADS", "VERSION_CHECKS"))]
    ]


_SUMS: dict[str, Callable[[list[Row]], Sums]] = {
    "summary": lambda rows: by_name(of_levels(rows, "repository"), "REFERENCE", SUMMARY_FIELDS),
    "trends": lambda rows: by_name(rows, "IMAGE_REPOSITORY", EVENT_FIELDS),
    "tracked_companies": lambda rows: by_name(rows, "IMAGE_REPOSITORY", EVENT_FIELDS),
    LEGACY: legacy_sums,
}


def against_weeks(asked: Asked) -> list[Compared]:
    """Compare a month with the weeks that lie in it, and with all that touch it."""
    month, reports = asked.month, asked.reports
    first = date.fromisoformat(f"{month}-01")
    after = ends(first, "month")
    week = first - timedelta(days=first.weekday())
    weeks = []
    while week < after:
        weeks.append(week)
        week = ends(week, "week")
    inside = {f"{one}" for one in weeks if first <= one and ends(one, "week") <= after}
    touching = {f"{one}" for one in weeks}
    found = []
    for kind, view in (*((kind, "") for kind in _KINDS), (LEGACY, "repository")):
        sums_ = _SUMS[kind]
        held = set().union(*reports.held(kind, "week", view).values())
        if not held & touching or not reports.holds(kind, month, view):
            continue
        weekly = reports.rows(kind, "week", view)
        own = sums_(reports.month(kind, month, view))
        least = sums_([row for row in weekly if row["START"] in inside])
        most = sums_([row for row in weekly if row["START"] in touching])
        for name in {*own, *most}:
            if asked.chosen(name):
                for place in range(3):
                    now, low, high = (its.get(name, _NONE)[place] for its in (own, least, most))
                    top = high if touching <= held else None
                    found.append(Compared("Months agree with their weeks", now, low, top))
    return found


def inputs(asked: Asked) -> list[Piece]:
    its = comparisons(asked)
    # The samples agree with each other: nothing is listed that differs.
    assert all(one.verdict != "differs" for one in its)
    said = Counter((one.check, one.verdict) for one in its)
    rows = [
        ("", [check, *(whole(said[check, verdict]) for verdict in VERDICTS)])
        for check in dict.fromkeys(one.check for one in its)
    ]
    columns = ["Check", *(verdict.capitalize() for verdict in VERDICTS)]
    caption = f"Checks between reports of {words(asked.month)}"
    return [coverage(asked), ("table", "checks", caption, columns, rows)]


_PULL = {
    "events": "data downloads and version checks, as the Summary and Trends reports count them",
    "actions": "pulls by tag and by digest, no version checks, as the legacy reports count them",
    API: "pulls as Docker's pull-data API counts them, which need not equal the reports",
}


def definitions(asked: Asked) -> list[Piece]:
    used_ = dict.fromkeys(asked.definition(name, asked.three) for name in asked.repositories)
    said = "; ".join(_PULL[one] for one in used_)
    terms = [
        ("Pull", f"{said[0].upper()}{said[1:]}."),
        ("Month", "A calendar month in UTC, as the monthly reports count it."),
        ("–", "Unknown: the report is missing, or does not count it. Never zero."),
        ("Change in %", "vs the month named beside it; new if that month had none."),
        (
            "Share of the change",
            "Every pull has one country, cloud, client and tag (or none), so the changes in a "
            "table add up to the total. They say where it happened, not why. A share of more than "
            "100 % outweighs others that went the other way; those are below 0.",
        ),
        (
            "Version",
            "Tags by major and minor number. Pulls by digest have no tag. A floating tag such as "
            "latest or 2 moves to the newest release by itself. "
            "Pre-releases such as 1.28.0-rc1 stand apart from their release.",
        ),
        (
            "New, stopped pulling",
            "A company that pulled only in the later month, or only in the earlier.",
        ),
    ]
    return [("terms", terms)]


def used(asked: Asked) -> list[Any]:
    """List the files of the thirteen months, by report, month and view."""
    wanted = {f"{month}-01" for month in months(asked.month, _THIRTEEN)}
    its = [o for o in asked.reports.files if o.unit == "month" and wanted & {*o.starts}]
    return sorted(its, key=lambda o: ([*TITLES].index(o.kind), o.starts[0], o.owner, o.view))


def provenance(asked: Asked) -> list[Piece]:
    files = used(asked)
    made = ", ".join(
        f"{name} {version(name)}" for name in ("pandas", "polars", "altair", "vl-convert-python")
    )
    names = "all" if asked.names is None else json.dumps([*asked.names])
    rows = []
    for one in files:
        first, last = one.starts[0][:7], one.starts[-1][:7]
        when = first if first == last else f"{first} – {last}"
        rows.append(
            ("", [f"{one.sha256[:12]}-{one.path.name}", TITLES[one.kind], when, one.sha256])
        )
    return [
        (
            "p", "",
            f"Made by insights_nb {version('insights-nb')} (Python {platform.python_version()}, "
            f"{made}) from {counted(len(files), 'report file')}. The same files, parameters and "
            "versions give the same page.",
        ),
        (
            "p", "note",
            f"Parameters: month = {asked.month}, repositories = {names}, compare = "
            f"{asked.compare}.",
        ),
        ("folded", f"{counted(len(files), 'file')} with their hashes"),
        (
            "table", "files", "Files that the numbers come from",
            ["File", "Report", "Period", "SHA-256"], rows,
        ),
    ]  # fmt: skip
