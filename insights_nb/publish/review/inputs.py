"""Which reports a review was made from: what is available, whether they agree, and each file."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from typing import Any

import pandas as pd

from insights_nb import __version__
from insights_nb.archive.ledger import Entry
from insights_nb.archive.sources import used_files
from insights_nb.counts.sources import DEFINITIONS
from insights_nb.metrics.quality import CHECKS, VERDICTS
from insights_nb.periods import Period
from insights_nb.publish.provenance import file_cells
from insights_nb.publish.review.numbers import UNKNOWN, counted, signed, whole
from insights_nb.publish.review.pieces import (
    Column,
    Definitions,
    Folded,
    Piece,
    Row,
    Section,
    Table,
    Words,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject
from insights_nb.schema import REPORTS, title_of
from insights_nb.selection import YEAR

_MOST = 20
_MONTHS = YEAR + 1
_MADE_WITH = ("pandas", "polars", "altair", "vl-convert-python")


def section(of: Subject) -> Section:
    """Say which reports are available, and whether they agree."""
    return Section(
        [_coverage(of), *_agreement(of)],
        {"coverage": of.coverage, "reconcile": of.reconciled},
    )


def definitions(of: Subject) -> Section:
    """Say what the numbers mean."""
    used = dict.fromkeys(of.counts["definition"])
    pulls = "; ".join(f"{DEFINITIONS[name]}" for name in used)
    return Section(
        [
            Definitions(
                [
                    ("Pull", f"{pulls[:1].upper()}{pulls[1:]}."),
                    ("Month", "A calendar month in UTC, as the monthly reports count it."),
                    (
                        UNKNOWN,
                        "Unknown: the report is missing, or does not count it. Never zero.",
                    ),
                    (
                        "Change in %",
                        "vs the month named beside it; new if that month had none.",
                    ),
                    (
                        "Share of the change",
                        "Every pull has one country, cloud, client and tag (or none), so the "
                        "changes in a table add up to the total. They say where it happened, not "
                        "why. A share of more than 100 % outweighs others that went the other way; "
                        "those are below 0.",
                    ),
                    (
                        "Version",
                        "Tags by major and minor number. Pulls by digest have no tag. A floating "
                        "tag such as latest or 2 moves to the newest release by itself. "
                        "Pre-releases such as 1.28.0-rc1 stand apart from their release.",
                    ),
                    (
                        "New, stopped pulling",
                        "A company that pulled only in the later month, or only in the earlier.",
                    ),
                ]
            )
        ]
    )


def provenance(of: Subject) -> Section:
    """Say which files the numbers come from, and what made them."""
    files = used(of)
    one = len(files) == 1
    rows = [Row(file_cells(entry)) for entry in files]
    columns = texts("File", "Report", "Period", "SHA-256")
    made = ", ".join(f"{name} {version(name)}" for name in _MADE_WITH)
    text = (
        f"Made by insights_nb {__version__} (Python {platform.python_version()}, {made}) from "
        f"{counted(len(files), 'report file')}. The same files, parameters and versions give the "
        "same page."
    )
    return Section(
        [
            Words(text),
            note(f"Parameters: {_parameters(of)}"),
            Folded(
                f"{counted(len(files), 'file')} with {'its hash' if one else 'their hashes'}",
                [Table("files", "Files that the numbers come from", columns, rows)],
            ),
        ]
    )


def used(of: Subject) -> list[Entry]:
    """Return the files that a review of a month can draw on: those of its thirteen months."""
    periods = [of.month.shift(-count) for count in range(_MONTHS)]
    return used_files(of.archive, REPORTS, periods)


def digest(of: Subject) -> str:
    """Tell one set of files from another, so that an index can say which pages are out of date."""
    hashes = sorted(entry.sha256 for entry in used(of))
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]


def _parameters(of: Subject) -> str:
    names = "all" if of.repositories is None else json.dumps(list(of.repositories))
    return f"month = {of.month.label}, repositories = {names}, compare = {of.compare}."


def _coverage(of: Subject) -> Piece:
    """Say of each report whether the month is available, and how many of the months before."""
    span = [of.month.shift(-count) for count in range(_MONTHS)]
    starts = {pd.Timestamp(period.start) for period in span}
    rows = []
    for name, own in of.coverage.groupby(["namespace", "kind"], sort=True):
        namespace, kind = (str(part) for part in name)
        chosen = own[own["period"].isin(starts)]
        now = own[own["period"] == pd.Timestamp(of.month.start)]
        status = now["status"].mask(now["empty"], "empty").tolist()
        missing = chosen.loc[chosen["status"].isin(["missing", "overdue"]), "period"]
        available = int(chosen["status"].isin(["available", "revised"]).sum())
        rows.append(
            Row(
                [
                    title_of(kind),
                    namespace,
                    _STATUS.get(status[0], "missing") if status else "ended before",
                    f"{available} of {len(chosen)}",
                    ", ".join(Period("month", day.date()).dates for day in missing),
                ]
            )
        )
    columns = [
        *texts("Report", "Publisher", of.month.dates),
        *numbers("Months available"),
        *texts("Missing"),
    ]
    if not any(row.cells[-1] for row in rows):
        columns, rows = columns[:-1], [Row(row.cells[:-1]) for row in rows]
    caption = (
        f"Monthly reports available since each first came, in the {_MONTHS} months up to "
        f"{of.month.dates}"
    )
    return Table("coverage", caption, columns, rows)


_STATUS = {
    "available": "available",
    "revised": "available, revised",
    "empty": "available, without rows",
}


def _agreement(of: Subject) -> list[Piece]:
    """Say whether reports that count the same pulls agree."""
    frame = of.reconciled
    if frame.empty:
        return [Words("No two reports of this month count the same pulls.", "nothing")]
    counts = frame.groupby(["check", "verdict"]).size()
    rows = [
        Row([check, *(whole(counts.get((check, verdict), 0)) for verdict in VERDICTS)])
        for check in CHECKS
        if check in counts.index.get_level_values(0)
    ]
    columns = [Column("Check", number=False)]
    columns += [Column(verdict.capitalize()) for verdict in VERDICTS]
    caption = f"Checks between reports of {of.month.dates}"
    differing = frame[frame["verdict"] == "differs"]
    pieces: list[Piece] = [Table("checks", caption, columns, rows)]
    if len(differing):
        pieces.append(_differing(differing))
    return pieces


def _differing(frame: pd.DataFrame) -> Piece:
    columns = [
        *texts("What differs", "Of", "Measure"),
        *numbers("One says", "the other", "Difference"),
    ]
    size = frame["difference"].abs()
    shown = frame.assign(size=size).sort_values("size", ascending=False, kind="stable").head(_MOST)
    rows = [
        Row(
            [
                str(row["compared"]),
                str(row["series"]),
                str(row["measure"]).replace("_", " "),
                whole(row["left"]),
                _range(row["right_at_least"], row["right_at_most"]),
                signed(row["difference"]),
            ]
        )
        for row in shown.to_dict("records")
    ]
    caption = "Failed checks"
    if len(frame) > _MOST:
        caption += f", the {_MOST} largest of {len(frame):,}"
    return Table("differing", caption, columns, rows)


def _range(least: Any, most: Any) -> str:  # noqa: ANN401 - cells of a frame
    if pd.isna(most):
        return f"at least {whole(least)}"
    return whole(least) if least == most else f"{whole(least)} to {whole(most)}"
