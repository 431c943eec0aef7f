"""Reports read for the review's answers with nothing but csv and json, and numbers in its words."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]

NOTHING = {"", "\\N", "\\\\N"}
"""What an exporter writes where a row names none."""

API = "pulls"
RAW = "image_pulls_raw"
LEGACY = "image_pulls_summary"
TITLES = {
    "summary": "Summary",
    "trends": "Trends",
    "technographic": "Technographic",
    "technographic_companies": "Technographic companies",
    "tracked_companies": "Tracked companies",
    RAW: "Image pulls raw data",
    LEGACY: "Image pulls summary data",
    "extension_core": "Extension core summary",
    "extension_premium": "Extension premium summary",
    API: "Pull data (API)",
}
"""Docker's names of the reports, in the order in which a review lists their files."""


# --- months ---------------------------------------------------------------------------------------

_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONG = "January February March April May June July August September October November December"


def shift(month: str, count: int) -> str:
    """Return the month so many later, or earlier: ``2026-10``."""
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + count
    return f"{number // 12}-{number % 12 + 1:02}"


def months(last: str, count: int) -> list[str]:
    """List so many months through the last."""
    return [shift(last, -back) for back in reversed(range(count))]


def words(month: str) -> str:
    """Say a month: ``Oct 2026``."""
    return f"{_NAMES[int(month[5:7]) - 1]} {month[:4]}"


def in_full(month: str) -> str:
    """Say a month in full: ``October 2026``."""
    return f"{_LONG.split()[int(month[5:7]) - 1]} {month[:4]}"


def day_words(day: str) -> str:
    """Say a day: ``8 Sep 2026``."""
    return f"{int(day[8:10])} {words(day)}"


def span(first: str, last: str) -> str:
    """Say from when to when, the year once where it is the same."""
    start = words(first)
    return f"{start[:3] if first[:4] == last[:4] else start} – {words(last)}"


def ends(start: date, unit: str) -> date:
    """Return the day after a week or month that begins on a day."""
    if unit == "week":
        return start + timedelta(weeks=1)
    return date.fromisoformat(f"{shift(f'{start:%Y-%m}', 1)}-01")


# --- reports --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A report's file, in the form that it was downloaded in."""

    path: Path
    kind: str
    owner: str
    unit: str
    """``week`` or ``month``."""
    starts: tuple[str, ...]
    """The first days of its periods."""
    view: str
    rows: list[Row] = field(compare=False, hash=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Reports:
    """Files of an archive, as far as they tell of what begins no later than a month's end."""

    files: list[File]

    def until(self, month: str) -> Reports:
        end = f"{shift(month, 1)}-01"
        kept = []
        for one in self.files:
            starts = tuple(start for start in one.starts if start < end)
            rows = [row for row in one.rows if row["START"] < end]
            if starts:
                kept.append(replace(one, starts=starts, rows=rows))
        return Reports(kept)

    def rows(self, kind: str, unit: str = "month", view: str = "") -> list[Row]:
        """Return the rows of a report; `START` is the first day of their period."""
        its = [one for one in self.files if (one.kind, one.unit) == (kind, unit)]
        return [row for one in its if view in {"", one.view} for row in one.rows]

    def month(self, kind: str, month: str, view: str = "") -> list[Row]:
        return [row for row in self.rows(kind, view=view) if row["START"][:7] == month]

    def held(self, kind: str, unit: str = "month", view: str = "") -> dict[str, set[str]]:
        """Tell of each publisher which periods are held, by their first days."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.files:
            if (one.kind, one.unit) == (kind, unit) and view in {"", one.view}:
                found[one.owner].update(one.starts)
        return dict(found)

    def empty(self, kind: str, month: str) -> set[str]:
        """Tell whose report of a month is held without any row."""
        rows: dict[str, int] = defaultdict(int)
        for one in self.files:
            if (one.kind, one.unit) == (kind, "month") and f"{month}-01" in one.starts:
                rows[one.owner] += len(one.rows)
        return {owner for owner, count in rows.items() if not count}

    def holds(self, kind: str, month: str, view: str = "") -> set[str]:
        """Tell whose report of a month is held."""
        its = self.held(kind, view=view).items()
        return {owner for owner, starts in its if f"{month}-01" in starts}


def read(paths: Iterable[Path]) -> Reports:
    """Read files whose folder tells the report; what is none is passed over."""
    return Reports([_file(path) for path in sorted(paths) if path.parent.name in TITLES])


def _file(path: Path) -> File:
    kind, owner = path.parent.name, path.name.split("_")[0]
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    if kind == API:
        rows = [
            {"REPOSITORY": name, "PULLS": str(point["pullCount"]), "START": point["start"][:10]}
            for name, one in json.loads(text)["repos"].items()
            for point in one["pulls"] or []
        ]
        unit = "week" if "_weeks_" in path.name else "month"
        starts = sorted({row["START"] for row in rows})
        return File(path, kind, owner, unit, tuple(starts), "", rows)
    unit, start = _period(path.name)
    rows = [row | {"START": start} for row in csv.DictReader(io.StringIO(text, newline=""))]
    view = ""
    if kind == LEGACY:
        view = "repository" if "_repo_summary_" in path.name else "reference"
    return File(path, kind, owner, unit, (start,), view, rows)


def _period(name: str) -> tuple[str, str]:
    if found := re.search(r"_(weekly|monthly)_(\d{4})_(\d\d)_(\d\d)", name):
        return found[1].removesuffix("ly"), "-".join(found.groups()[1:])
    if found := re.search(r"(\d{4})-W(\d\d)", name):
        return "week", f"{date.fromisocalendar(int(found[1]), int(found[2]), 1)}"
    found = re.search(r"(\d{4}-\d\d)", name)
    assert found
    return "month", f"{found[1]}-01"


# --- numbers in words -----------------------------------------------------------------------------

UNKNOWN = "–"


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")


def whole(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"


def signed(change: int | None) -> str:
    if change is None:
        return UNKNOWN
    return _minus(f"{change:+,}") if change else "0"


def _unsigned_zero(text: str) -> str:
    return text if re.search("[1-9]", text) else text.lstrip("+-")


def percent(ratio: float | None, digits: int = 1) -> str:
    if ratio is None:
        return UNKNOWN
    return _minus(f"{_unsigned_zero(f'{100 * ratio:,.{digits}f}')}\u00a0%")


def growth(ratio: float | None) -> str:
    if ratio is None:
        return UNKNOWN
    if ratio >= 9:
        return f"×{ratio + 1:,.0f}"
    return _minus(f"{_unsigned_zero(f'{100 * ratio:+.1f}')}\u00a0%")


def grown(now: int | None, then: int | None) -> str:
    if now is None or then is None:
        return UNKNOWN
    if not then:
        return "new" if now else growth(0)
    return growth(now / then - 1)


def points(difference: float | None) -> str:
    if difference is None:
        return UNKNOWN
    return _minus(_unsigned_zero(f"{100 * difference:+.1f}"))


def counted(number: int, one: str, several: str = "") -> str:
    return f"{number:,}\u00a0{one if number == 1 else several or f'{one}s'}"


def repositories(number: int) -> str:
    return counted(number, "repository", "repositories")


def listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def change(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


def ratio(part: float | None, of: float | None) -> float | None:
    return part / of if part is not None and of else None


def shown(text: str) -> str:
    """Write a text from data as a page may show it."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text).replace(
        "<", "‹"
    )
