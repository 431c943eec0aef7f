"""Where a page's numbers come from: which files, and their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from insights_nb import __version__
from insights_nb.archive.sources import file_record, used_files
from insights_nb.charts.timeline import span
from insights_nb.exports.sidecar import derived, sidecar
from insights_nb.metrics.pulls import pulls
from insights_nb.periods import Granularity
from insights_nb.publish.series import kinds, shown_periods
from insights_nb.schema import REPORTS
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.archive.ledger import Entry


@dataclass(frozen=True)
class Provenance:
    """What made a page, and of which files.

    Parameters
    ----------
    sentence
        Its periods, what made it, and how many files of which report.
    summary
        What the table of files is.
    files
        `file_cells` of each. A file counts where it is the newest of its report and period.
    """

    sentence: str
    summary: str
    files: list[list[str]]


def provenance(archive: Archive, series: Mapping[Granularity, dict[str, Any]]) -> Provenance:
    """Say what made a page, and of which files.

    Parameters
    ----------
    archive
        Where the reports are.
    series
        As `insights_nb.publish.series.available_series` gives it.
    """
    shown = [shown_periods(one, granularity) for granularity, one in series.items()]
    spans = [f"{periods[0].granularity}s {span(periods[0], periods[-1])}" for periods in shown]
    files = _files(archive, series)
    noun, whose = ("file", "its hash") if len(files) == 1 else ("files", "their hashes")
    return Provenance(
        f"Holds the {' and '.join(spans)}. Made by insights_nb {__version__} from "
        f"{len(files)} report {noun} ({_by_kind(files)}). This page needs no connection and sends "
        "nothing.",
        f"{len(files)} {noun} with {whose}",
        [file_cells(entry) for entry in files],
    )


def file_cells(entry: Entry) -> list[str]:
    """Return a file's name, report, period and SHA-256, as tables of files show them."""
    record = file_record(entry)
    first, last = record["periods"][0], record["periods"][-1]
    return [
        record["name"],
        record["title"],
        first if first == last else f"{first} – {last}",
        record["sha256"],
    ]


def described(
    archive: Archive, series: Mapping[Granularity, dict[str, Any]]
) -> dict[Granularity, dict[str, Any]]:
    """Return what a page's own sidecars of its CSV files are made from.

    Parameters
    ----------
    archive, series
        As for `provenance`.

    Returns
    -------
    dict
        Granularity → what `insights_nb.exports.sidecar` writes, with every file that the page has
        numbers of. What only a choice tells is there already, to be replaced.
    """
    found = {}
    for granularity, one in series.items():
        nobody = Selection(granularity, repositories=[])
        made = json.loads(sidecar(pulls(archive, nobody), "", b"", selection=nobody))
        files = _files(archive, {granularity: one})
        found[granularity] = made | {
            "prov:wasDerivedFrom": [*map(derived, map(file_record, files))]
        }
    return found


def _files(archive: Archive, series: Mapping[Granularity, dict[str, Any]]) -> list[Entry]:
    shown = [shown_periods(one, granularity) for granularity, one in series.items()]
    return used_files(archive, kinds(), chain.from_iterable(shown))


def _by_kind(files: list[Entry]) -> str:
    titles = [REPORTS[entry.kind].title for entry in files]
    return ", ".join(f"{titles.count(title)} {title}" for title in dict.fromkeys(titles))
