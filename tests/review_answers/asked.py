"""What is asked for, and the counts that answer it: of repositories, and of their tags."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.review_answers.reading import API, LEGACY, NOTHING, RAW, Reports, Row, months, shift

Count = int | None
Series = dict[str, Count]

MEASURES = ("pulls", "data_downloads", "version_checks")
SUMMARY_FIELDS = ("EVENT_COUNT", "DATA_DOWNLOADS", "VERSION_CHECKS")
EVENT_FIELDS = ("PULLS", "DATA_DOWNLOADS", "VERSION_CHECKS")
LEGACY_FIELDS = ("Pull by tag", "Pull by digest", "Version check")
ACTIONS = ("pull_by_tag", "pull_by_digest", "version_check")


@dataclass(frozen=True)
class Asked:
    """A review: of which reports and month, whose pulls, and compared with what.

    Parameters
    ----------
    held
        Every report of the archive.
    month
        Such as ``2026-10``.
    compare
        ``month`` or ``year``.
    names
        Full names of repositories; None is all.
    samples
        Whether it is of the sample data.
    events
        The publisher's own file of events.
    """

    held: Reports
    month: str
    compare: str = "month"
    names: tuple[str, ...] | None = None
    samples: bool = True
    events: Path | None = None

    @cached_property
    def reports(self) -> Reports:
        return self.held.until(self.month)

    @property
    def before(self) -> str:
        return shift(self.month, -1)

    @property
    def year_before(self) -> str:
        return shift(self.month, -12)

    @property
    def base(self) -> str:
        return self.before if self.compare == "month" else self.year_before

    @property
    def three(self) -> list[str]:
        return [self.month, self.before, self.year_before]

    def chosen(self, name: str) -> bool:
        return self.names is None or name in self.names

    @cached_property
    def cells(self) -> dict[str, dict[tuple[str, str], dict[str, Count]]]:
        """Counts of every repository and month: definition → repository, month → measure."""
        return pulls_of(self.reports)

    @cached_property
    def every(self) -> list[str]:
        return sorted({name for its in self.cells.values() for name, _ in its})

    @cached_property
    def repositories(self) -> list[str]:
        return self.every if self.names is None else [*self.names]

    def definition(self, name: str, span: list[str]) -> str:
        """Return the first definition that counts a repository in any of some months."""
        for one, cells in self.cells.items():
            if any((name, month) in cells for month in span):
                return one
        return "events"

    def series(self, name: str, span: list[str], measure: str = "pulls") -> Series:
        cells = self.cells[self.definition(name, span)]
        return {month: cells.get((name, month), {}).get(measure) for month in span}

    @cached_property
    def counts(self) -> dict[str, Series]:
        return {name: self.series(name, self.three) for name in self.repositories}

    @cached_property
    def window(self) -> list[str]:
        """Twelve months, or as many as there are."""
        held = {month for its in self.cells.values() for _, month in its}
        return [month for month in months(self.month, 12) if month >= min(held)]

    @cached_property
    def tags(self) -> dict[str, dict[str | None, Series]]:
        return tags_of(self, self.month, 12)


def add(rows: Iterable[Row], *fields: str) -> int:
    return sum(int(row[field]) for row in rows for field in fields)


def gathered(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def text(value: str) -> str | None:
    return None if value in NOTHING else value


def legacy_name(row: Row) -> str:
    return f"{row['Namespace']}/{row['Repository']}"


def legacy_counts(rows: list[Row]) -> dict[str, Count]:
    """A legacy pull is no version check, and nobody counts downloads."""
    pulls = add(rows, "Pull by tag", "Pull by digest")
    return {"pulls": pulls, "data_downloads": None, "version_checks": add(rows, "Version check")}


def raw_counts(rows: list[Row]) -> dict[str, Count]:
    done = [row["Action"] for row in rows]
    pulls = done.count("pull_by_tag") + done.count("pull_by_digest")
    checks = done.count("version_check")
    return {"pulls": pulls, "data_downloads": None, "version_checks": checks}


def event_counts(rows: list[Row], fields: tuple[str, ...] = EVENT_FIELDS) -> dict[str, Count]:
    return {name: add(rows, field) for name, field in zip(MEASURES, fields, strict=True)}


def pulls_of(reports: Reports) -> dict[str, dict[tuple[str, str], dict[str, Count]]]:
    """Count each repository in each month by the best report held: a held one says 0 too."""
    level = [row for row in reports.rows("summary") if row["LEVEL"] == "repository"]
    trends = reports.rows("trends")
    views = [reports.rows(LEGACY, view=view) for view in ("repository", "reference")]
    raw = reports.rows(RAW)
    sources: list[tuple[str, str, str, list[Row], Callable[[Row], str], Any]] = [
        ("events", "summary", "", level, lambda row: row["REFERENCE"],
         lambda rows: event_counts(rows, SUMMARY_FIELDS)),
        ("events", "trends", "", trends, lambda row: row["IMAGE_REPOSITORY"], event_counts),
        ("actions", LEGACY, "repository", views[0], legacy_name, legacy_counts),
        ("actions", LEGACY, "reference", views[1], legacy_name, legacy_counts),
        ("actions", RAW, "", raw, legacy_name, raw_counts),
    ]  # fmt: skip
    point = reports.rows(API)
    names = {name(row) for *_, rows, name, _ in sources for row in rows}
    names |= {row["REPOSITORY"] for row in point}
    found: dict[str, dict[tuple[str, str], dict[str, Count]]] = {"events": {}, "actions": {}}
    for definition, kind, view, rows, name, count in sources:
        its = gathered(rows, lambda row, name=name: (name(row), row["START"][:7]))
        for owner, starts in reports.held(kind, view=view).items():
            for each in names:
                for start in starts if each.startswith(f"{owner}/") else ():
                    key = each, start[:7]
                    found[definition].setdefault(key, count(its.get(key, [])))
    # Its points come in late: what it does not tell is unknown.
    found[API] = {
        (row["REPOSITORY"], row["START"][:7]): dict.fromkeys(MEASURES)
        | {"pulls": int(row["PULLS"])}
        for row in point
    }
    return found


def tags_of(asked: Asked, last: str, count: int) -> dict[str, dict[str | None, Series]]:
    """Count each repository's tags: repository → tag, None by digest → month → pulls."""
    reports = asked.held.until(last)
    kinds = [("trends", ""), ("summary", ""), (LEGACY, "reference"), (RAW, "")]
    held = sorted(
        start[:7]
        for kind, view in kinds
        for its in reports.held(kind, view=view).values()
        for start in its
    )
    if not held:
        return {}
    window = [month for month in months(held[-1], count) if month >= held[0]]
    found: dict[str, dict[str | None, Series]] = {}
    sources: list[tuple[str, str, Callable[[Row], str], Callable[[Row], str | None], Any]] = [
        ("trends", "", lambda row: row["IMAGE_REPOSITORY"], lambda row: text(row["TAG"]),
         lambda rows: add(rows, "PULLS")),
        (LEGACY, "reference", legacy_name,
         lambda row: None if row["Reference"].startswith("sha256:") else row["Reference"],
         lambda rows: add(rows, "Pull by tag", "Pull by digest")),
    ]  # fmt: skip
    for kind, view, name, tag, number in sources:
        its = gathered(
            (row for row in reports.rows(kind, view=view) if row["START"][:7] in window),
            lambda row, name=name, tag=tag: (name(row), tag(row), row["START"][:7]),
        )
        starts = reports.held(kind, view=view)
        for repository, each, _ in its:
            if not asked.chosen(repository):
                continue
            owner = repository.split("/")[0]
            found.setdefault(repository, {})[each] = {
                month: number(its.get((repository, each, month), []))
                if f"{month}-01" in starts[owner]
                else None
                for month in window
            }
    return found


VERSION = re.compile(r"v?(0|[1-9]\d{0,3})(?:\.(\d+)(?:\.\d+)*)?")


def cohort(tag: str | None) -> str:
    if tag is None:
        return "by digest"
    if read := VERSION.fullmatch(tag):
        return f"{read[1]}.{read[2]}" if read[2] else f"{read[1]} (floating tag)"
    return "latest" if tag == "latest" else "other"


def age(name: str) -> tuple[Any, ...]:
    """Sort versions newest first, then what names none."""
    if name in {"latest", "other", "by digest"}:
        return 1, ["latest", "other", "by digest"].index(name)
    read = VERSION.match(name)
    assert read
    # A tag that names no minor follows on the minors of its major.
    return 0, -int(read[1]), 1 if read[2] is None else -int(read[2])


def cohorts(tags: Mapping[str | None, Series]) -> dict[str, Series]:
    """Add a repository's tags up by version."""
    found: dict[str, Series] = {}
    for tag, series in tags.items():
        so_far = found.setdefault(cohort(tag), dict.fromkeys(series))
        for month, count in series.items():
            if count is not None:
                so_far[month] = (so_far[month] or 0) + count
    return found


def total(series: Iterable[Series], month: str) -> Count:
    known = [its[month] for its in series]
    return None if not known or None in known else sum(count or 0 for count in known)
