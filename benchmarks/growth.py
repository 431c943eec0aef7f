"""How an archive grows: the same questions to 500, 2,000 and 10,000 reports.

Weekly files of two reports and ten publishers, small ones, since what grows with the number of
reports is asked here and not what grows with their rows. Each question is asked in a fresh process
that has loaded what it needs, since a command is one. The times are the processor's, of all threads
together: what else a machine does changes them little, and waiting for its disk is not in them.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import insights_nb as inb

REPORTS = (500, 2_000, 10_000)
PUBLISHERS = 10
REPEATS = 5
LAST = dt.date(2026, 11, 16)
TODAY = dt.date(2026, 11, 25)
QUESTIONS = ("opening", "adding one", "status", "coverage", "12 months of pulls", "verifying")


def write_reports(folder: Path, count: int) -> list[Path]:
    """Write so many weekly reports, the newest last."""
    folder.mkdir(parents=True)
    weeks = [LAST - dt.timedelta(weeks=n) for n in range(count // (2 * PUBLISHERS))][::-1]
    return [
        path
        for week in weeks
        for number in range(PUBLISHERS)
        for path in (_trends(folder, week, number), _summary(folder, week, number))
    ]


_TRENDS = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "IMAGE_REPOSITORY", "NAMESPACE",
    "IP_COUNTRY", "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "TAG", "DATA_DOWNLOADS",
    "VERSION_CHECKS", "PULLS", "UNIQUE_AUTHENTICATED_USERS", "UNIQUE_UNAUTHENTICATED_USERS",
]  # fmt: skip
_SUMMARY = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "LEVEL", "REFERENCE",
    "DATA_DOWNLOADS", "VERSION_CHECKS", "EVENT_COUNT",
]  # fmt: skip


def _trends(folder: Path, week: dt.date, number: int) -> Path:
    owner = f"publisher{number}"
    rows = [
        ["week", week, owner, f"{owner}/image{n % 2}", owner, "US", "no csp", "docker", f"v{n}",
         n + 1, 0, n + 1, 0, 1]
        for n in range(10)
    ]  # fmt: skip
    return _csv(folder / f"{owner}_trends_weekly_{week:%Y_%m_%d}.csv", _TRENDS, rows)


def _summary(folder: Path, week: dt.date, number: int) -> Path:
    owner = f"publisher{number}"
    rows = [
        ["week", week, owner, "repository", f"{owner}/image{n}", 20 + n, 5, 25 + n]
        for n in range(2)
    ]
    return _csv(folder / f"{owner}_summary_weekly_{week:%Y_%m_%d}.csv", _SUMMARY, rows)


def _csv(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return path


def ask(folder: Path, question: str, new: Path) -> None:
    """Ask one question of an archive, and print its seconds."""
    acts: dict[str, Callable[[], object]] = {
        "opening": lambda: inb.Archive(folder).entries(),
        "adding one": lambda: inb.Archive(folder).add(new, quiet=True),
        "status": lambda: inb.Archive(folder).status(TODAY),
        "coverage": lambda: inb.Archive(folder).coverage(TODAY),
        "12 months of pulls": lambda: inb.pulls(
            inb.Archive(folder),
            inb.Selection(granularity="week", months=12, repositories=("publisher3/image1",)),
        ),
        "verifying": lambda: inb.Archive(folder).verify(),
    }
    # What a process loads at first is the same for every archive.
    folder, asked_of = folder.parent / "small", folder
    for first in QUESTIONS:
        acts[first]()
    folder = asked_of
    begin = time.process_time()
    acts[question]()
    print(json.dumps(time.process_time() - begin))


def asked(folder: Path, question: str, new: Path) -> float:
    """Ask in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", str(folder), question, str(new)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    seconds: float = json.loads(done.stdout.splitlines()[-1])
    return seconds


def main() -> None:
    """Print the medians side by side."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        inb.Archive(place / "small").add(write_reports(place / "few", 20), quiet=True)
        table: dict[str, list[float]] = {one: [] for one in ("building", *QUESTIONS)}
        for count in REPORTS:
            files = write_reports(place / f"files-{count}", count + 20 * REPEATS)
            more, files = files[:REPEATS], files[20 * REPEATS :]
            folder = place / f"archive-{count}"
            begin = time.process_time()
            inb.Archive(folder).add(files, quiet=True)
            table["building"].append(time.process_time() - begin)
            for question in QUESTIONS:
                times = [asked(folder, question, more[n]) for n in range(REPEATS)]
                table[question].append(statistics.median(times))
        print(f"{'':<20}" + "".join(f"{count:>10,}" for count in REPORTS) + "   reports")
        for question, seconds in table.items():
            print(f"{question:<20}" + "".join(f"{one * 1000:>10.0f}" for one in seconds) + "   ms")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ask(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    else:
        main()
