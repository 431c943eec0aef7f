"""The monthly review by its command, as a whole process: kernel, numbers, charts and page.

Twelve months of 12 repositories: 300,000 trend rows by month, and as many by week, which months are
compared with. Then the same with a PDF.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import insights_nb as inb
from benchmarks.trends import write_months, write_weeks

REPEATS = 5
REPOSITORIES, ROWS = 12, 300_000
WANTED = 20.0


def archive_of(folder: Path) -> inb.Archive:
    """Write a year of reports and add them."""
    files = write_months(folder / "months", rows=ROWS, repositories=REPOSITORIES)
    files += write_weeks(folder / "weeks", weeks=52, rows=ROWS, repositories=REPOSITORIES)
    archive = inb.Archive(folder / "archive")
    archive.add(files, quiet=True)
    return archive


def taken(archive: inb.Archive, out: Path, *more: str) -> float:
    """Return how long the command takes, in seconds."""
    command = [sys.executable, "-m", "insights_nb", "review", "--archive", archive.folder]
    start = time.perf_counter()
    subprocess.run([*command, "--out", out, *more], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as name:
        archive, out = archive_of(Path(name)), Path(name) / "review.html"
        page = statistics.median(taken(archive, out) for _ in range(REPEATS))
        paper = statistics.median(taken(archive, out, "--pdf") for _ in range(REPEATS))
        size = out.stat().st_size / 1e6
    print(
        f"Review of 12 months, {ROWS:,} trend rows a year and {REPOSITORIES} repositories: "
        f"{page:.1f} s (wanted: at most {WANTED:.0f}), {size:.1f} MB; with a PDF {paper:.1f} s"
    )


if __name__ == "__main__":
    main()
