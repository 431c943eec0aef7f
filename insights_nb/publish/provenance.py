"""Where a page's numbers come from: which files, and their hashes."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb import __version__
from insights_nb.archive.sources import file_record, used_files
from insights_nb.charts.texts import harmless
from insights_nb.charts.timeline import span
from insights_nb.exports.sidecar import derived, sidecar
from insights_nb.periods import Granularity
from insights_nb.publish.series import kinds, shown_periods
from insights_nb.schema import REPORTS
from insights_nb.selection import MEASURES

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.archive.ledger import Entry


def provenance(archive: Archive, series: Mapping[Granularity, dict[str, Any]]) -> str:
    """Say in HTML what made a page, and of which files.

    Parameters
    ----------
    archive
        Where the reports are.
    series
        As `insights_nb.publish.series.held_series` gives it.

    Returns
    -------
    str
        A sentence, and behind it a table with a row per file: name, report, period, SHA-256.
        A file counts where it is the newest of its report and period.
    """
    shown = [shown_periods(one, granularity) for granularity, one in series.items()]
    spans = [f"{its[0].granularity}s {span(its[0], its[-1])}" for its in shown]
    files = _files(archive, series)
    noun, whose = ("file", "its hash") if len(files) == 1 else ("files", "their hashes")
    sentence = (
        f"Holds the {' and '.join(spans)}. Made by insights_nb {__version__} from "
        f"{len(files)} report {noun} ({_by_kind(files)}). This page needs no connection and sends "
        "nothing."
    )
    rows = "".join(_row(entry) for entry in files)
    return (
        f"<p>{html.escape(sentence)}</p><details><summary>{len(files)} {noun} with {whose}"
        '</summary><div class="inb-files" tabindex="0" role="region" aria-label="Files"><table>'
        '<thead><tr><th scope="col">File</th><th scope="col">Report</th><th scope="col">Period</th>'
        f'<th scope="col">SHA-256</th></tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def described(archive: Archive, series: Mapping[Granularity, dict[str, Any]]) -> dict[str, Any]:
    """Return what a page's own sidecars of its CSV files are made from.

    Parameters
    ----------
    archive, series
        As for `provenance`.

    Returns
    -------
    dict
        As `insights_nb.exports.sidecar` writes it, with every file that the page has numbers of,
        and without what only a choice tells.
    """
    columns = {"period": "datetime64[s]", "repository": "str"}
    columns |= dict.fromkeys(MEASURES, "Int64") | {"source": "str"}
    rows = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})
    made: dict[str, Any] = json.loads(sidecar(rows, ""))
    files = [derived(file_record(entry)) for entry in _files(archive, series)]
    return made | {"prov:wasDerivedFrom": files}


def _files(archive: Archive, series: Mapping[Granularity, dict[str, Any]]) -> list[Entry]:
    shown = [shown_periods(one, granularity) for granularity, one in series.items()]
    return used_files(archive, kinds(), chain.from_iterable(shown))


def _by_kind(files: list[Entry]) -> str:
    titles = [REPORTS[entry.kind].title for entry in files]
    return ", ".join(f"{titles.count(title)} {title}" for title in dict.fromkeys(titles))


def _row(entry: Entry) -> str:
    record = file_record(entry)
    first, last = record["periods"][0], record["periods"][-1]
    cells = [
        harmless(record["name"]),
        record["title"],
        first if first == last else f"{first} – {last}",
        record["sha256"],
    ]
    return f"<tr>{''.join(f'<td><bdi>{html.escape(cell)}</bdi></td>' for cell in cells)}</tr>"
