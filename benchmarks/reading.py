"""Reading 300,000 trend rows, side by side with a bare Polars read and its conversion to pandas.

Run ``python benchmarks/reading.py``; wanted is a ratio under 1.5.
"""

from __future__ import annotations

import csv
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from insights_nb.reading import read_report
from insights_nb.schema import REPORTS

ROWS = 300_000
REPEATS = 11
WANTED = 1.5


def write_trends(path: Path, rows: int = ROWS, *, quoting: int = csv.QUOTE_MINIMAL) -> None:
    """Write a made-up Trends report of one week."""
    chance = random.Random(7)  # noqa: S311 - repeatable data, no secret
    tags = ["\\\\N"] * 60 + [
        f"{a}.{b}.{c}" for a, b, c in itertools.product(range(3), range(4), range(5))
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=quoting)  # type: ignore[arg-type]
        writer.writerow(column.header for column in REPORTS["trends"].columns)
        for _ in range(rows):
            downloads, checks = chance.randrange(1000), chance.randrange(500)
            repository = f"acme/{chance.choice(['web', 'worker', 'api', 'cli', 'database'])}"
            writer.writerow(
                [
                    "week",
                    "2026-10-05",
                    "acme",
                    repository,
                    "acme",
                    chance.choice(["US", "DE", "NA", "FR", "JP"]),
                    chance.choice(["aws", "gcp", "azure", "no csp"]),
                    chance.choice(["docker", "containerd", "node-fetch"]),
                    chance.choice(tags),
                    downloads,
                    checks,
                    downloads + checks,
                    downloads // 3,
                    checks // 3,
                ]
            )


def measure(path: Path, repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median seconds of a bare read and of ours, taken in turns."""
    ways: tuple[Callable[[], object], ...] = (
        lambda: pl.read_csv(path).to_pandas(),
        lambda: read_report(path),
    )
    taken: tuple[list[float], list[float]] = ([], [])
    for repeat in range(repeats + 1):
        for way, times in zip(ways, taken, strict=True):
            start = time.perf_counter()
            way()
            if repeat:  # The first turn loads modules and warms the disk's cache.
                times.append(time.perf_counter() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as folder:
        for label, quoting in (("plain", csv.QUOTE_MINIMAL), ("quoted", csv.QUOTE_NONNUMERIC)):
            path = Path(folder) / f"trends_weekly_{label}_2026_10_05.csv"
            write_trends(path, quoting=quoting)
            bare, ours = measure(path)
            print(
                f"{label:>7} fields, {ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB: "
                f"read_csv + to_pandas {bare * 1000:.0f} ms, read_report {ours * 1000:.0f} ms, "
                f"ratio {ours / bare:.2f} (wanted: under {WANTED})"
            )


if __name__ == "__main__":
    main()
