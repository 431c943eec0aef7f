"""Small reports, as text, for the tests of reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from insights_nb.schema import REPORTS

DEFAULTS: dict[str, Any] = {
    "date_granularity": "week",
    "date_reference": "2026-10-05",
    "publisher_name": "acme",
    "level": "repository",
    "reference": "acme/web",
    "image_repository": "acme/web",
    "namespace": "acme",
    "ip_country": "US",
    "cloud_service_provider": "aws",
    "user_agent": "docker",
    "tag": "1.0",
    "data_downloads": 2,
    "version_checks": 3,
    "pulls": 5,
    "event_count": 5,
    "unique_authenticated_users": 1,
    "unique_unauthenticated_users": 1,
    "publisher_id": "p1",
    "dvpp_image": "acme/web",
    "paired_image": "library/redis",
    "users": 20,
    "total_pullers": 80,
    "pct_users": 0.25,
    "domains": 3,
    "total_domains": 12,
    "pct_domains": 0.25,
    "domain": "example.com",
    "inferred_use_case": "CI/CD",
    "action": "pull_by_tag",
    "action_day": "2026-10-06",
    "country": "US",
    "digest": "sha256:0a",
    "http_method": "GET",
    "host": "aws",
    "repository": "web",
    "timestamp": "2026-10-06 00:00:00",
    "type": "business",
    "user_agent_tool": "docker",
    "user_agent_version": "28.1",
    "owner": "acme",
    "unique_ip_address": 4,
    "pull_by_tag": 5,
    "pull_by_digest": 6,
    "version_check": 7,
    "extension": "acme/tool",
    "start": "2026-10-05",
    "end": "2026-10-11",
    "repo": "web",
    "pull_count": 9,
    "ip_count": 4,
}
NAMES = {
    kind: f"{kind}_weekly_2026_10_05.csv"
    for kind in ("image_pulls_raw", "image_pulls_summary", "extension_core", "extension_premium")
}


def header(kind: str) -> list[str]:
    """The documented header of a report."""
    return [column.header for column in REPORTS[kind].columns]


def report(kind: str, *rows: Mapping[str, Any], without: Iterable[str] = ()) -> str:
    """A report's text: each row gives what differs from the defaults."""
    columns = [c for c in REPORTS[kind].columns if c.name not in without]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.header for column in columns)
    for row in rows:
        assert set(row) <= {column.name for column in columns}
        writer.writerow(row.get(c.name, DEFAULTS.get(c.name, 1)) for c in columns)
    return out.getvalue()


def trends(*rows: Mapping[str, Any], without: Iterable[str] = ()) -> str:
    """A Trends report's text."""
    return report("trends", *rows, without=without)
