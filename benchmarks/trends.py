"""Trends reports of a made-up publisher, as large as a benchmark asks for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from insights_nb.periods import add_months
from insights_nb.schema import REPORTS

NEWEST = dt.date(2026, 10, 26)
HEADER = [column.header for column in REPORTS["trends"].columns]


def report(start: dt.date, rows: int, repositories: int, granularity: str = "week") -> pl.DataFrame:
    """Return one period's report, the same for the same arguments."""
    random = np.random.default_rng(start.toordinal())

    def pick(values: list[str]) -> pl.Series:
        return pl.Series(values).gather(random.integers(0, len(values), rows))

    downloads = random.integers(0, 400, rows)
    checks = random.integers(0, 600, rows)
    # Every repository occurs in every week, so that both sides draw the same points.
    which = np.concatenate(
        [np.arange(repositories), random.integers(0, repositories, max(0, rows - repositories))]
    )[:rows]
    columns = {
        "DATE_GRANULARITY": pl.repeat(granularity, rows, eager=True),
        "DATE_REFERENCE": pl.repeat(start.isoformat(), rows, eager=True),
        "PUBLISHER_NAME": pl.repeat("bench", rows, eager=True),
        "IMAGE_REPOSITORY": pl.Series([f"bench/image-{n:03d}" for n in which.tolist()]),
        "NAMESPACE": pl.repeat("bench", rows, eager=True),
        "IP_COUNTRY": pick(["US", "DE", "NA", "IN", "CN", "BR", "FR", "JP", "GB", "CA"]),
        "CLOUD_SERVICE_PROVIDER": pick(["aws", "gcp", "azure", "no csp"]),
        "USER_AGENT": pick(["docker", "containerd", "buildkit", "regclient", "skopeo", "kaniko"]),
        "TAG": pick(["\\\\N", "latest", *(f"{a}.{b}" for a in range(4) for b in range(12))]),
        "DATA_DOWNLOADS": downloads,
        "VERSION_CHECKS": checks,
        "PULLS": downloads + checks,
        "UNIQUE_AUTHENTICATED_USERS": random.integers(0, 40, rows),
        "UNIQUE_UNAUTHENTICATED_USERS": random.integers(0, 80, rows),
    }
    return pl.DataFrame(columns).select(HEADER)


def write_weeks(folder: Path, *, weeks: int, rows: int, repositories: int) -> list[Path]:
    """Write the newest weeks as the files that Docker Hub gives, `rows` rows in all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(weeks):
        start = NEWEST - dt.timedelta(weeks=index)
        path = folder / f"bench_trends_weekly_{start:%Y_%m_%d}.csv"
        report(start, rows // weeks, repositories).write_csv(path)
        paths.append(path)
    return paths


def write_months(folder: Path, *, rows: int, repositories: int) -> list[Path]:
    """Write the newest twelve months as the files that Docker Hub gives, `rows` rows in all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(12):
        start = add_months(NEWEST.replace(day=1), -1 - index)
        path = folder / f"bench_trends_monthly_{start:%Y_%m_%d}.csv"
        report(start, rows // 12, repositories, "month").write_csv(path)
        paths.append(path)
    return paths
