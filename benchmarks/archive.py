"""Adding a year of ten reports, against bare Polars; and opening the archive for one pull chart.

The rival reads the same files with Polars and writes them as Parquet: no original kept, no hash,
no check of a single value, nothing flushed to disk.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

import insights_nb as inb
from benchmarks.trends import write_months, write_weeks

ROWS, MONTHS = 300_000, 12
REPEATS = 7
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
SPEED_WANTED = 1 / 3
OPEN_WANTED = 0.150


def year_of_reports(folder: Path) -> list[Path]:
    """Write twelve files of each of the ten reports: trends in full size, the others as samples."""
    paths = write_months(folder / "trends", rows=ROWS, repositories=100)
    for kind in inb.REPORTS:
        if kind == "trends":
            continue
        if kind == "pulls":
            paths += _answers(folder / kind)
            continue
        files = sorted((SAMPLES / kind).iterdir())
        months = [file for file in files if "month" in file.name]
        paths += (months if len(months) >= MONTHS else files)[-MONTHS:]
    return paths


def _answers(folder: Path) -> list[Path]:
    folder.mkdir()
    answer = json.loads((SAMPLES / "pulls" / "moonbarrow_pulls_months_1.json").read_bytes())
    paths = []
    for number in range(MONTHS):
        # What a year of fetching leaves: the same points, asked for again month by month.
        path = folder / f"moonbarrow_pulls_months_{number}.json"
        path.write_text(json.dumps(answer) + "\n" * number)
        paths.append(path)
    return paths


def bare(paths: list[Path], folder: Path) -> None:
    """Read and write Parquet with Polars alone."""
    folder.mkdir()
    for number, path in enumerate(paths):
        if path.suffix == ".json":
            repos = json.loads(path.read_bytes())["repos"]
            frame = pl.DataFrame([row for each in repos.values() for row in each["pulls"] or ()])
        else:
            frame = pl.read_csv(path)
        frame.write_parquet(folder / f"{number}.parquet", compression_level=1)


def ours(paths: list[Path], folder: Path) -> None:
    """Add the files to a new archive."""
    done = inb.Archive(folder).add(paths, quiet=True)
    assert not done.refused, done


def in_turns(ways: list[Callable[[Path], None]], repeats: int = REPEATS) -> list[float]:
    """Return each way's median seconds, taken in turns."""
    taken: list[list[float]] = [[] for _ in ways]
    for repeat in range(repeats + 1):
        for way, times in zip(ways, taken, strict=True):
            folder = Path(tempfile.mkdtemp())
            start = time.perf_counter()
            way(folder / "new")
            if repeat:  # The first turn loads modules and warms the disk's cache.
                times.append(time.perf_counter() - start)
            shutil.rmtree(folder)
    return [statistics.median(times) for times in taken]


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as name:
        paths = year_of_reports(Path(name))
        rival, own = in_turns([lambda to: bare(paths, to), lambda to: ours(paths, to)])
        print(
            f"Adding {len(paths)} files of 10 reports, {ROWS:,} trend rows: bare Polars "
            f"{rival * 1000:.0f} ms, Archive.add {own * 1000:.0f} ms, {rival / own:.2f} of its "
            f"speed (wanted: at least {SPEED_WANTED:.2f})"
        )
        folder = Path(name) / "archive"
        weeks = write_weeks(Path(name) / "weeks", weeks=52, rows=ROWS, repositories=500)
        inb.Archive(folder).add(weeks, quiet=True)
        view = inb.Selection(granularity="week", months=12)

        def answer(_: Path) -> None:
            assert len(inb.pulls(inb.Archive(folder), view)) == 52 * 500

        (took,) = in_turns([answer])
        print(
            f"Opening an archive of 52 weeks and answering inb.pulls for 500 repositories: "
            f"{took * 1000:.0f} ms (wanted: at most {OPEN_WANTED * 1000:.0f})"
        )


if __name__ == "__main__":
    main()
