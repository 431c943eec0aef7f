"""An archive whose every text is hostile: other people's names that are code, markup or tricks."""

from __future__ import annotations

import csv
from pathlib import Path

import insights_nb as inb
from insights_nb.schema import REPORTS

SCRIPT = "<script>window.ran=true</script>"
IMAGE = "<img src=x onerror=window.ran=true>"
CLOSING = "</script><script>window.ran=true</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TURNED = "\u202egpj.exe"
QUOTED = "\"quoted\"'name'\\"
TEXTS = [SCRIPT, IMAGE, CLOSING, FORMULA, TURNED, QUOTED]

WEEKS = ["2026-10-12", "2026-10-19", "2026-10-26"]
MONTHS = ["2026-08-01", "2026-09-01", "2026-10-01"]
_USER_TEXTS = {
    "image_repository", "reference", "user_agent", "tag", "cloud_service_provider", "ip_country",
    "domain", "dvpp_image", "paired_image", "extension", "inferred_use_case",
}  # fmt: skip
_REPOSITORY = {"image_repository", "dvpp_image"}
_COUNTS = {
    "data_downloads": 30, "version_checks": 10, "pulls": 40, "event_count": 40,
    "unique_authenticated_users": 5, "unique_unauthenticated_users": 6, "users": 20,
    "total_pullers": 40, "pct_users": 0.5, "domains": 4, "total_domains": 8, "pct_domains": 0.5,
}  # fmt: skip
KINDS = [
    "summary", "trends", "technographic", "technographic_companies", "tracked_companies",
    "extension_core", "extension_premium",
]  # fmt: skip


def hostile_archive(folder: Path, *, by: str = "week") -> inb.Archive:
    """Write every current report with hostile texts in every text column, and add them."""
    days = WEEKS if by == "week" else MONTHS
    archive = inb.Archive(folder / "archive")
    for kind in KINDS:
        report = REPORTS[kind]
        for number, day in enumerate(days):
            path = folder / f"acme_{kind}_{by}ly_{day.replace('-', '_')}.csv"
            rows = [_row(kind, text, by, day, number) for text in TEXTS]
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([column.header for column in report.columns])
                writer.writerows(rows)
            archive.add(path, kind=kind, period=day, namespace="acme", quiet=True)
    return archive


def _row(kind: str, text: str, by: str, day: str, number: int) -> list[object]:
    values: list[object] = []
    for column in REPORTS[kind].columns:
        name = column.name
        if name == "date_granularity":
            values.append(by)
        elif name == "date_reference":
            values.append(day)
        elif name == "level":
            values.append("repository")
        elif name in _REPOSITORY or (kind == "summary" and name == "reference"):
            values.append(f"acme/{text}")
        elif name in _USER_TEXTS:
            values.append(text)
        elif name in {"publisher_name", "namespace", "publisher_id"}:
            values.append("acme")
        else:
            count = _COUNTS.get(name, 7)
            values.append(count if isinstance(count, float) else count + number)
    return values
