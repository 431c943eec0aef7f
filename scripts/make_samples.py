"""Write data/samples: a made-up publisher's reports, the same bytes at every run.

Run it after changing ``scripts/sampling``, from anywhere: ``python scripts/make_samples.py``.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from sampling import api, dvp, extensions, legacy, truth, world
from sampling.files import csv_bytes, write_all

from insights_nb.periods import Period, between

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"

FOLDERS = {
    "summary": "summary",
    "trend": "trends",
    "technographic": "technographic",
    "technographic_company": "technographic_companies",
    "tracked_company": "tracked_companies",
}
"""Name in Docker's catalogue → folder."""

PACKED = {"summary", "trend", "technographic_company"}

ADVERBS = {"week": "weekly", "month": "monthly"}

# The API answers for 12 months at the most; it was asked twice.
FIRST_ANSWER_ENDS = dt.date(2025, 11, 3)


def weeks() -> list[Period]:
    """Return the weeks whose Mondays lie in the 15 months."""
    first = Period("week", dt.date(2025, 8, 4))
    return list(between(first, Period.containing(world.LAST_DAY, "week")))


def months() -> list[Period]:
    """Return the 15 months."""
    return list(between(Period("month", world.FIRST_DAY), Period("month", dt.date(2026, 10, 1))))


def generate() -> dict[str, bytes]:
    """Return every sample file: path below the folder → content, not yet packed."""
    happened = truth.build()
    return {
        **dict(_dvp(happened)),
        **dict(_legacy()),
        **dict(_extensions()),
        **dict(_api(happened)),
        "events.csv": _events(),
    }


def _dvp(happened: truth.Truth) -> Iterator[tuple[str, bytes]]:
    for period in _reported():
        for report in dvp.reports(happened, period):
            ending = ".csv.gz" if report.name in PACKED else ".csv"
            name = f"{world.ORG}_{report.name}_{ADVERBS[period.granularity]}_{_start(period)}"
            content = csv_bytes(report.header, report.rows)
            yield f"{FOLDERS[report.name]}/{name}{ending}", content


def _legacy() -> Iterator[tuple[str, bytes]]:
    actions = legacy.build()
    for period in [*weeks(), *months()]:
        mine = legacy.within(actions, period)
        stem = f"{world.LEGACY_ORG}_image_pulls"
        rows = legacy.summary_rows(mine, by_reference=False)
        name = f"image_pulls_summary/{stem}_repo_summary_{period.label}.csv"
        yield name, csv_bytes(legacy.BY_REPOSITORY, rows)
        if period.start >= world.LEGACY_RAW_FROM:
            rows = legacy.summary_rows(mine, by_reference=True)
            name = f"image_pulls_summary/{stem}_summary_{period.label}.csv"
            yield name, csv_bytes(legacy.BY_REFERENCE, rows)
            name = f"image_pulls_raw/{stem}_raw_{period.label}.csv.gz"
            yield name, csv_bytes(legacy.RAW, legacy.raw_rows(mine))


def _extensions() -> Iterator[tuple[str, bytes]]:
    days = extensions.build()
    for period in _reported():
        core, premium = extensions.rows(days, period)
        for kind, header, row in (
            ("extension_core", extensions.CORE, core),
            ("extension_premium", extensions.PREMIUM, premium),
        ):
            yield f"{kind}/{world.ORG}_{kind}_{period.label}.csv", csv_bytes(header, [row])


def _api(happened: truth.Truth) -> Iterator[tuple[str, bytes]]:
    for span, periods in (("weeks", weeks()), ("months", months())):
        earlier = [period for period in periods if period.end <= FIRST_ANSWER_ENDS]
        later = [period for period in periods if period.end > FIRST_ANSWER_ENDS]
        for number, part in enumerate((earlier, later), start=1):
            name = f"pulls/{world.ORG}_pulls_{span}_{number}.json"
            yield name, api.answer(happened, part)


def _events() -> bytes:
    """Return what the publisher wrote down beside the reports."""
    rows = [
        (day.isoformat(), label, f"{world.ORG}/{name}" if name else "", url)
        for day, label, name, url in world.EVENTS
    ]
    return csv_bytes(("date", "label", "repository", "url"), rows)


def _reported() -> list[Period]:
    """Return the periods of which the publisher has report files: all but one week."""
    return [p for p in [*weeks(), *months()] if p != Period("week", world.MISSING_WEEK)]


def _start(period: Period) -> str:
    return period.start.isoformat().replace("-", "_")


def main() -> None:
    """Write the samples and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write to")
    out: Path = parser.parse_args().out
    files = generate()
    written, removed = write_all(out, files)
    total = sum((out / name).stat().st_size for name in files)
    print(
        f"{len(files)} files, {total / 1e6:.2f} MB in {out}: {written} written, "
        f"{len(files) - written} as they were, {removed} removed."
    )


if __name__ == "__main__":
    main()
