"""A year of seven reports of a made-up large publisher: 5.2 million weekly trend rows and more.

Popularity falls off as it does on Docker Hub: few repositories, countries and clients have most of
the pulls. Most pulls are by digest, the others by moving tags and by releases that come and fade.
The Summary is what the Trends rows add up to. Some reports came twice, the second time corrected.

``python -m benchmarks.large FOLDER`` makes the archive to look at by hand; it takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from insights_nb.archive import Archive
from insights_nb.periods import GRANULARITIES, Granularity, Period
from insights_nb.schema import REPORTS

PUBLISHER = "grandbarrow"
NEWEST: dict[Granularity, Period] = {
    "week": Period.parse("2026-W44"),
    "month": Period.parse("2026-10"),
}
PERIODS: dict[Granularity, int] = {"week": 52, "month": 12}
TRENDS_ROWS = 100_000
COMPANY_ROWS = 20_000
PAIR_ROWS = 5_000
DIGESTS = 1_000
REVISED = 3
"""How many of the newest periods' Trends and Summary came twice."""

REPOSITORIES = [f"{PUBLISHER}/image-{number:03d}" for number in range(150)]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNTRIES = ["US", "DE", "NA", *[a + b for a in _LETTERS for b in _LETTERS if a != "U"][::3]][:200]
CLOUDS = ["no csp", "aws", "gcp", "azure", "digitalocean", "oracle", "alibaba", "ibm"]
CLIENTS = [
    "docker", "containerd", "kubelet", "buildkit-client", "node-fetch", "skopeo", "podman",
    "cri-o", "kaniko", "regclient", "go-containerregistry", "harbor-registry-client", "watchtower",
    "curl", "buildah", "crane", "artifactory", "gitlab-runner", "nexus", "renovate", "jib",
    "amazon-ecs-agent", "docker-compose", "nerdctl", "oras",
]  # fmt: skip
USE_CASES = ["Prod", "CI/CD", "Local Dev", "Unknown"]
MOVING = ["latest", "stable", "edge", "nightly", "1", "2", "3", "latest-alpine"]
DOMAINS = [f"company-{number:04d}.example" for number in range(1_500)]
PAIRED = [f"library/base-{number:03d}" for number in range(400)]
# A release every nine days, from half a year before the first period on.
RELEASES = [f"{n // 40 + 1}.{n % 40 // 4}.{n % 4}" for n in range(64)]
NO_TAG = "\\\\N"


def build(folder: Path) -> Archive:
    """Add everything to a new archive."""
    archive = Archive(folder)
    for granularity in GRANULARITIES:
        for number in range(PERIODS[granularity]):
            period = NEWEST[granularity].shift(number + 1 - PERIODS[granularity])
            age = PERIODS[granularity] - number
            with tempfile.TemporaryDirectory() as name:
                archive.add(_write(Path(name), period, age), quiet=True)
            if age <= REVISED:
                with tempfile.TemporaryDirectory() as name:
                    archive.add(_write_revised(Path(name), period, age), quiet=True)
    return archive


def _write(folder: Path, period: Period, age: int) -> list[Path]:
    random = np.random.default_rng(period.start.toordinal())
    rows = trends(random, age, PERIODS[period.granularity])
    return [
        _file(folder, "trends", period, rows),
        _file(folder, "summary", period, summary(random, rows)),
        _file(folder, "tracked_companies", period, companies(random)),
        _file(folder, "technographic", period, pairs(random)),
        _file(folder, "technographic_companies", period, company_pairs(random)),
        *(_extension(folder, kind, period, random) for kind in _EXTENSIONS),
    ]


def _write_revised(folder: Path, period: Period, age: int) -> list[Path]:
    random = np.random.default_rng(period.start.toordinal())
    rows = trends(random, age, PERIODS[period.granularity])
    late = pl.int_range(pl.len()) % 500 == 0
    rows = rows.with_columns(
        (pl.col(name) + late.cast(pl.Int64) * count).alias(name)
        for name, count in {"DATA_DOWNLOADS": 7, "PULLS": 7}.items()
    )
    return [
        _file(folder, "trends", period, rows),
        _file(folder, "summary", period, summary(random, rows)),
    ]


def trends(random: np.random.Generator, age: int, periods: int) -> pl.DataFrame:
    """Return one period's report, its rows all different."""
    drawn = int(TRENDS_ROWS * 1.9)
    released = len(RELEASES) * (1.5 * periods - age) / (1.5 * periods)
    # How many releases ago: most pull one of the last few.
    behind = random.geometric(0.08, drawn)
    release = np.clip(released - behind, 0, len(RELEASES) - 1).astype(np.int64)
    tags = pl.Series([NO_TAG, *MOVING, *RELEASES])
    kind = random.random(drawn)
    moving = 1 + _few(random, len(MOVING), drawn)
    tag = np.where(kind < 0.55, 0, np.where(kind < 0.8, moving, 1 + len(MOVING) + release))
    repository = _few(random, len(REPOSITORIES), drawn, 0.8)
    # Each repository has a release line of its own.
    tag = np.where(tag > len(MOVING), 1 + len(MOVING) + (release + repository) % len(RELEASES), tag)
    rows = pl.DataFrame(
        {
            "IMAGE_REPOSITORY": pl.Series(REPOSITORIES).gather(repository),
            "IP_COUNTRY": pl.Series(COUNTRIES).gather(_few(random, len(COUNTRIES), drawn)),
            "CLOUD_SERVICE_PROVIDER": pl.Series(CLOUDS).gather(_few(random, len(CLOUDS), drawn)),
            "USER_AGENT": pl.Series(CLIENTS).gather(_few(random, len(CLIENTS), drawn)),
            "TAG": tags.gather(tag),
        }
    ).unique(maintain_order=True)
    # In no order, as a warehouse writes them.
    rows = rows.head(TRENDS_ROWS).select(pl.all().gather(random.permutation(TRENDS_ROWS)))
    size = random.lognormal(2, 1.6, rows.height)
    downloads, checks = random.poisson(size), random.poisson(size * 1.5)
    signed, anonymous = random.poisson(size / 6), random.poisson(size / 3)
    return rows.with_columns(
        PUBLISHER_NAME=pl.lit(PUBLISHER),
        NAMESPACE=pl.lit(PUBLISHER),
        DATA_DOWNLOADS=pl.Series(downloads),
        VERSION_CHECKS=pl.Series(checks),
        PULLS=pl.Series(downloads + checks),
        UNIQUE_AUTHENTICATED_USERS=pl.Series(signed),
        UNIQUE_UNAUTHENTICATED_USERS=pl.Series(anonymous),
    )


def summary(random: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what trends rows add up to, by publisher, repository, tag and digest."""
    counts = pl.col("DATA_DOWNLOADS", "VERSION_CHECKS").sum()
    levels = [
        rows.group_by(LEVEL=pl.lit("repository"), REFERENCE="IMAGE_REPOSITORY").agg(counts),
        rows.group_by(LEVEL=pl.lit("publisher"), REFERENCE="PUBLISHER_NAME").agg(counts),
        rows.filter(pl.col("TAG") != NO_TAG)
        .group_by(LEVEL=pl.lit("tag"), REFERENCE="TAG")
        .agg(counts),
    ]
    digests = [f"sha256:{number:064x}" for number in range(DIGESTS)]
    size = random.lognormal(3, 1, DIGESTS)
    levels.append(
        pl.DataFrame(
            {
                "LEVEL": ["digest"] * DIGESTS,
                "REFERENCE": digests,
                "DATA_DOWNLOADS": random.poisson(size),
                "VERSION_CHECKS": random.poisson(size),
            }
        )
    )
    return pl.concat(levels).with_columns(
        PUBLISHER_NAME=pl.lit(PUBLISHER),
        EVENT_COUNT=pl.col("DATA_DOWNLOADS") + pl.col("VERSION_CHECKS"),
    )


def companies(random: np.random.Generator) -> pl.DataFrame:
    """Return one period's Tracked companies report."""
    pick = _picker(random, COMPANY_ROWS)
    size = random.lognormal(0.5, 1, COMPANY_ROWS)
    downloads, checks = random.poisson(size), random.poisson(size)
    return pl.DataFrame(
        {
            "PUBLISHER_NAME": [PUBLISHER] * COMPANY_ROWS,
            "DOMAIN": pick(DOMAINS),
            "IP_COUNTRY": pick(COUNTRIES),
            "CLOUD_SERVICE_PROVIDER": pick(CLOUDS),
            "USER_AGENT": pick(CLIENTS),
            "INFERRED_USE_CASE": pick(USE_CASES),
            "IMAGE_REPOSITORY": pick(REPOSITORIES),
            "DATA_DOWNLOADS": downloads,
            "VERSION_CHECKS": checks,
            "PULLS": downloads + checks,
            "UNIQUE_AUTHENTICATED_USERS": random.poisson(size / 4),
        }
    )


def pairs(random: np.random.Generator) -> pl.DataFrame:
    """Return one period's Technographic report."""
    pick = _picker(random, PAIR_ROWS * 3)
    rows = pl.DataFrame({"DVPP_IMAGE": pick(REPOSITORIES), "PAIRED_IMAGE": pick(PAIRED)})
    rows = rows.unique(maintain_order=True).head(PAIR_ROWS)
    people = pl.Series(random.integers(10, 900, rows.height))
    places = pl.Series(random.integers(0, 90, rows.height))
    return rows.with_columns(
        PUBLISHER_ID=pl.lit("5b0c7d1e-0000-4000-8000-6d6f6f6e6261"),
        PUBLISHER_NAME=pl.lit(PUBLISHER),
        USERS=people,
        TOTAL_PULLERS=pl.lit(1_000),
        PCT_USERS=people / 1_000,
        DOMAINS=places,
        TOTAL_DOMAINS=pl.lit(100),
        PCT_DOMAINS=places / 100,
    )


def company_pairs(random: np.random.Generator) -> pl.DataFrame:
    """Return one period's Technographic companies report."""
    pick = _picker(random, PAIR_ROWS * 2)
    rows = pl.DataFrame(
        {"DOMAIN": pick(DOMAINS), "DVPP_IMAGE": pick(REPOSITORIES), "PAIRED_IMAGE": pick(PAIRED)}
    )
    rows = rows.unique(maintain_order=True).head(PAIR_ROWS)
    return rows.with_columns(PUBLISHER_NAME=pl.lit(PUBLISHER))


_EXTENSIONS = {
    "extension_core": ["Installs", "TotalInstalls", "Uninstalls", "TotalUninstalls", "Updates"],
    "extension_premium": [
        "Installs", "UniqueInstalls", "Uninstalls", "UniqueUninstalls", "Usage", "UniqueUsers",
    ],
}  # fmt: skip


def _extension(folder: Path, kind: str, period: Period, random: np.random.Generator) -> Path:
    path = folder / f"{PUBLISHER}_{kind}_{period.label}.csv"
    counts = {name: random.integers(1, 5_000, 1) for name in _EXTENSIONS[kind]}
    pl.DataFrame(counts).write_csv(path)
    return path


def _file(folder: Path, kind: str, period: Period, rows: pl.DataFrame) -> Path:
    path = folder / f"{PUBLISHER}_{kind}_{period.granularity}ly_{period.start:%Y_%m_%d}.csv"
    rows = rows.with_columns(
        DATE_GRANULARITY=pl.lit(period.granularity),
        DATE_REFERENCE=pl.lit(period.start.isoformat()),
    )
    rows.select(column.header for column in REPORTS[kind].columns).write_csv(path)
    return path


def _picker(random: np.random.Generator, rows: int) -> Callable[[Sequence[str]], pl.Series]:
    return lambda values: pl.Series(values).gather(_few(random, len(values), rows))


def _few(
    random: np.random.Generator, values: int, rows: int, steep: float = 1.0
) -> NDArray[np.int64]:
    """Draw numbers below `values`, small ones far more often than large ones."""
    weights = 1 / np.arange(1, values + 1) ** steep
    return random.choice(values, rows, p=weights / weights.sum())


def main() -> None:
    """Make the archive in the folder that the command line names."""
    archive = build(Path(sys.argv[1]))
    print(archive.describe())


if __name__ == "__main__":
    main()
