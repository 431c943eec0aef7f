"""Small reports in Docker's shapes, written for one test at a time."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, TypedDict, Unpack

TRENDS = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "IMAGE_REPOSITORY", "NAMESPACE",
    "IP_COUNTRY", "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "TAG", "DATA_DOWNLOADS",
    "VERSION_CHECKS", "PULLS", "UNIQUE_AUTHENTICATED_USERS", "UNIQUE_UNAUTHENTICATED_USERS",
]  # fmt: skip
SUMMARY = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "LEVEL", "REFERENCE",
    "DATA_DOWNLOADS", "VERSION_CHECKS", "EVENT_COUNT",
]  # fmt: skip
LEGACY = [
    "Namespace", "Repository", "Reference", "Unique IP address", "Pull by tag", "Pull by digest",
    "Version check", "Owner",
]  # fmt: skip


def write_csv(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    """Write a CSV file as an exporter would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


class Report(TypedDict, total=False):
    """Which report a row is of."""

    granularity: str
    publisher: str


def report_of(given: Report) -> tuple[str, str]:
    """Return a report's granularity and publisher."""
    return given.get("granularity", "week"), given.get("publisher", "acme")


def trends_row(
    start: str,
    repository: str = "acme/web",
    *,
    downloads: int = 1,
    checks: int = 0,
    country: str = "US",
    tag: str = "\\\\N",
    client: str = "docker",
    **report: Unpack[Report],
) -> list[Any]:
    """Return one row of a trends report."""
    granularity, publisher = report_of(report)
    return [
        granularity, start, publisher, repository, publisher, country, "no csp", client, tag,
        downloads, checks, downloads + checks, 0, min(1, downloads + checks),
    ]  # fmt: skip


def summary_row(
    start: str,
    reference: str = "acme/web",
    *,
    level: str = "repository",
    downloads: int = 1,
    checks: int = 0,
    granularity: str = "week",
    publisher: str = "acme",
) -> list[Any]:
    """Return one row of a summary report."""
    return [granularity, start, publisher, level, reference, downloads, checks, downloads + checks]


def write_trends(folder: Path, start: str, rows: list[list[Any]], *, name: str = "") -> Path:
    """Write a trends report of one period under Docker's file name."""
    span = "monthly" if rows and rows[0][0] == "month" else "weekly"
    plain = name or f"acme_trends_{span}_{start.replace('-', '_')}.csv"
    return write_csv(folder / plain, TRENDS, rows)


def write_summary(folder: Path, start: str, rows: list[list[Any]], *, name: str = "") -> Path:
    """Write a summary report of one period under Docker's file name."""
    span = "monthly" if rows and rows[0][0] == "month" else "weekly"
    plain = name or f"acme_summary_{span}_{start.replace('-', '_')}.csv"
    return write_csv(folder / plain, SUMMARY, rows)


def write_api(path: Path, repository: str, points: list[tuple[str, str, int]]) -> Path:
    """Write an answer of the pull-data API: (start, end, pull count) for one repository."""
    namespace, bare = repository.split("/")
    rows = [
        {"start": start, "end": end, "repo": bare, "namespace": namespace, "pullCount": count,
         "ipCount": 1, "country": ""}
        for start, end, count in points
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"repos": {repository: {"pulls": rows}}}), encoding="utf-8")
    return path
