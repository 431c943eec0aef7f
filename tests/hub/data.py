"""What the stand-in Hub offers: reports, exports and pull data."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights_nb.periods import Granularity, Period, add_months, parse_granularity

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"

DVP_TYPES = {
    "summary": "summary",
    "trends": "trend",
    "technographic": "technographic",
    "technographic_companies": "technographic-company",
    "tracked_companies": "tracked-company",
    "extension_core": "extension-core",
    "extension_premium": "extension-premium",
}
"""The catalogue's word for each kind of report."""

_SPANS: dict[Granularity, str] = {"week": "weekly", "month": "monthly"}
_PLURALS: dict[Granularity, str] = {"week": "weeks", "month": "months"}
_EXPORT = re.compile(r"([a-z]+)_image_pulls_(raw|summary|repo_summary)_(\d{4}-W?\d{2})\.csv")

Point = tuple[str, str, int, int]


@dataclass(frozen=True)
class File:
    """One file on the files' host."""

    path: str
    data: bytes
    size: int
    """What the listing says; the file's own length unless a test wants otherwise."""


@dataclass(frozen=True)
class Report:
    """One entry of the catalogue."""

    namespace: str
    type: str
    granularity: Granularity
    start: dt.date
    file: File


class Store:
    """Everything that can be asked for."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.today: dt.date | None = None
        self.namespaces: set[str] = set()
        self.reports: dict[tuple[str, str, str, str], list[Report]] = {}
        self.exports: dict[tuple[str, Granularity, int, int, str], list[File]] = {}
        self.points: dict[tuple[str, Granularity], dict[str, dict[str, Any]]] = {}

    # --- filling ----------------------------------------------------------------------------

    def add_report(
        self,
        namespace: str,
        type: str,
        granularity: str,
        start: str | dt.date,
        data: bytes | Sequence[bytes],
        *,
        name: str | None = None,
    ) -> str:
        """Offer a report; several files are its parts. Offered again, it takes the earlier's place.

        Returns its file name.
        """
        span = parse_granularity(granularity)
        day = start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
        stem = f"{namespace}_{type.replace('-', '_')}_{_SPANS[span]}_{day:%Y_%m_%d}"
        plain = name or f"{stem}.csv"
        parts = [data] if isinstance(data, bytes) else list(data)
        folders = ["", *(f"part-{number}/" for number in range(2, len(parts) + 1))]
        with self.lock:
            self.namespaces.add(namespace)
            self.reports[namespace, type, span, f"{day}"] = [
                Report(
                    namespace, type, span, day, _file(f"/reports/{namespace}/{folder}{plain}", part)
                )
                for folder, part in zip(folders, parts, strict=True)
            ]
        return plain

    def remove_report(self, namespace: str, type: str, granularity: str, start: str) -> None:
        """Offer a report no more, as Docker does with those that age out."""
        with self.lock:
            del self.reports[namespace, type, parse_granularity(granularity), start]

    def add_export(
        self,
        namespace: str,
        granularity: str,
        year: int,
        number: int,
        view: str,
        parts: Sequence[bytes] | Mapping[str, bytes],
        *,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """Offer a legacy export of a month, or of an ISO week; parts may be named."""
        span = parse_granularity(granularity)
        folder = f"/exports/{namespace}/{year}/{_PLURALS[span]}/{number}/{view}"
        if not isinstance(parts, Mapping):
            parts = {f"part-{index:05d}.csv": part for index, part in enumerate(parts)}
        told = sizes or [len(part) for part in parts.values()]
        with self.lock:
            self.namespaces.add(namespace)
            self.exports[namespace, span, year, number, view] = [
                File(f"{folder}/{name}", part, size)
                for (name, part), size in zip(parts.items(), told, strict=True)
            ]

    def add_pulls(self, repository: str, granularity: str, points: Iterable[Point]) -> None:
        """Add pull data of a repository: (first day, last day, pulls, addresses) per period."""
        namespace, repo = repository.split("/")
        with self.lock:
            self.namespaces.add(namespace)
            held = self.points.setdefault((repository, parse_granularity(granularity)), {})
            for start, end, pulls, addresses in points:
                held[start[:10]] = {
                    "start": f"{start[:10]}T00:00:00Z", "end": f"{end[:10]}T00:00:00Z",
                    "repo": repo, "namespace": namespace,
                    "pullCount": pulls, "ipCount": addresses, "country": None,
                }  # fmt: skip

    def fill(
        self,
        folder: Path = SAMPLES,
        *,
        namespaces: Iterable[str] | None = None,
        newest: int | None = None,
    ) -> None:
        """Offer the sample reports, or those of a folder laid out like theirs.

        `newest` keeps only as many periods of each report, as Docker does.
        """
        wanted = None if namespaces is None else set(namespaces)
        for kind, word in DVP_TYPES.items():
            self._fill_catalogue(sorted((folder / kind).glob("*.csv*")), word, wanted, newest)
        for kind in ("image_pulls_raw", "image_pulls_summary"):
            self._fill_exports(sorted((folder / kind).glob("*.csv*")), wanted, newest)
        for path in sorted((folder / "pulls").glob("*.json")):
            granularity = "week" if "_weeks_" in path.name else "month"
            for repository, inner in json.loads(path.read_bytes())["repos"].items():
                if wanted is None or repository.split("/")[0] in wanted:
                    rows = inner["pulls"] or []
                    points = [(r["start"], r["end"], r["pullCount"], r["ipCount"]) for r in rows]
                    self.add_pulls(repository, granularity, points)

    def _fill_catalogue(
        self, paths: Iterable[Path], word: str, wanted: set[str] | None, newest: int | None
    ) -> None:
        series: dict[tuple[str, Granularity], list[tuple[Period, Path]]] = {}
        for path in paths:
            namespace = path.name.partition("_")[0]
            if wanted is None or namespace in wanted:
                period = _period(path.name)
                series.setdefault((namespace, period.granularity), []).append((period, path))
        for (namespace, granularity), found in series.items():
            for period, path in sorted(found)[-(newest or 0) :]:
                suffix = ".csv.gz" if path.suffix == ".gz" else ".csv"
                stem = f"{namespace}_{word.replace('-', '_')}_{_SPANS[granularity]}"
                name = f"{stem}_{period.start:%Y_%m_%d}{suffix}"
                data = path.read_bytes()
                self.add_report(namespace, word, granularity, period.start, data, name=name)

    def _fill_exports(
        self, paths: Iterable[Path], wanted: set[str] | None, newest: int | None
    ) -> None:
        series: dict[tuple[str, str, Granularity], list[tuple[Period, Path]]] = {}
        for path in paths:
            match = _EXPORT.match(path.name)
            if match and (wanted is None or match[1] in wanted):
                period = Period.parse(match[3])
                view = match[2].replace("_", "-")
                series.setdefault((match[1], view, period.granularity), []).append((period, path))
        for (namespace, view, granularity), found in series.items():
            for period, path in sorted(found)[-(newest or 0) :]:
                year, number = numbered(period)
                suffix = ".csv.gz" if path.suffix == ".gz" else ".csv"
                self.add_export(
                    namespace, granularity, year, number, view,
                    {f"part-00000{suffix}": path.read_bytes()},
                )  # fmt: skip

    # --- answering --------------------------------------------------------------------------

    def file(self, path: str) -> File | None:
        """Return the file at a path of the files' host."""
        with self.lock:
            reports = (one.file for parts in self.reports.values() for one in parts)
            exports = (one for parts in self.exports.values() for one in parts)
            found = {one.path: one for one in (*reports, *exports)}
        return found.get(path)

    def withdraw_reports(self, namespace: str) -> None:
        """Offer none of a namespace's reports any more."""
        with self.lock:
            for key in [key for key in self.reports if key[0] == namespace]:
                del self.reports[key]

    def catalogue(self, namespace: str) -> list[Report]:
        """Return a namespace's reports in the order in which they were offered."""
        with self.lock:
            return [
                one
                for parts in self.reports.values()
                for one in parts
                if one.namespace == namespace
            ]

    def datasets(self, namespace: str) -> list[dict[str, Any]]:
        """Return the views and timespans of a namespace's exports."""
        with self.lock:
            keys = [key for key in self.exports if key[0] == namespace]
        if not keys:
            return []
        views = sorted({key[4] for key in keys})
        return [
            {
                "name": "pulls",
                "views": views,
                "timespans": sorted({_PLURALS[key[1]] for key in keys}),
            }
        ]

    def export_years(self, namespace: str) -> list[int]:
        with self.lock:
            return sorted({key[2] for key in self.exports if key[0] == namespace})

    def export_numbers(self, namespace: str, granularity: Granularity, year: int) -> list[int]:
        asked = (namespace, granularity, year)
        with self.lock:
            return sorted({key[3] for key in self.exports if key[:3] == asked})

    def pulls(self, repository: str, granularity: Granularity, months: int) -> list[dict[str, Any]]:
        """Return a repository's points of the last months, oldest first."""
        with self.lock:
            points = self.points.get((repository, granularity), {})
            begin = add_months(self._today(granularity), -months).isoformat()
            return [points[start] for start in sorted(points) if start >= begin]

    def repositories(self, namespace: str) -> list[str]:
        """Return the repositories that have pull data."""
        with self.lock:
            return sorted({name for name, _ in self.points if name.startswith(f"{namespace}/")})

    def _today(self, granularity: Granularity) -> dt.date:
        if self.today is not None:
            return self.today
        starts = [
            max(held) for (_, span), held in self.points.items() if span == granularity and held
        ]
        newest = max(starts, default="2026-11-01")
        return Period.containing(dt.date.fromisoformat(newest), granularity).end


def numbered(period: Period) -> tuple[int, int]:
    """Return a period as the exports count it: (2026, 44) for a week, (2026, 11) for a month."""
    if period.granularity == "week":
        year, week, _ = period.start.isocalendar()
        return year, week
    return period.start.year, period.start.month


def _file(path: str, data: bytes) -> File:
    return File(path, data, len(data))


def _period(name: str) -> Period:
    if match := re.search(r"_(weekly|monthly)_(\d{4})_(\d{2})_(\d{2})\.", name):
        return Period.parse("-".join(match.groups()[1:]), parse_granularity(match[1]))
    match = re.search(r"_(\d{4}-W?\d{2})\.", name)
    assert match, name
    return Period.parse(match[1])
