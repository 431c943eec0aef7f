"""Where a page's numbers come from: which files, and their hashes."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from insights_nb import __version__
from insights_nb.charts.texts import harmless
from insights_nb.charts.timeline import span
from insights_nb.holdings import counting
from insights_nb.metrics.pull_sources import SOURCES
from insights_nb.periods import Granularity
from insights_nb.publish.series import shown_periods
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.ledger import Entry


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
    spans = []
    found: list[Entry] = []
    for granularity, one in series.items():
        periods = shown_periods(one, granularity)
        spans.append(f"{granularity}s {span(periods[0], periods[-1])}")
        for source in SOURCES:
            held = counting(
                archive.entries(), source.kind, granularity, view=source.view, periods=periods
            )
            found += [each.entry for each in held]
    files = list(dict.fromkeys(found))
    noun = "file" if len(files) == 1 else "files"
    sentence = (
        f"Holds the {' and '.join(spans)}. Made by insights_nb {__version__} from "
        f"{len(files)} report {noun} ({_by_kind(files)}). This page needs no connection and sends "
        "nothing."
    )
    rows = "".join(_row(entry) for entry in files)
    return (
        f"<p>{html.escape(sentence)}</p><details><summary>{len(files)} {noun} with their hashes"
        '</summary><div class="inb-files" tabindex="0" role="region" aria-label="Files"><table>'
        '<thead><tr><th scope="col">File</th><th scope="col">Report</th><th scope="col">Period</th>'
        f'<th scope="col">SHA-256</th></tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _by_kind(files: list[Entry]) -> str:
    titles = [REPORTS[entry.kind].title for entry in files]
    return ", ".join(f"{titles.count(title)} {title}" for title in dict.fromkeys(titles))


def _row(entry: Entry) -> str:
    first, last = entry.periods[0], entry.periods[-1]
    cells = [
        harmless(PurePosixPath(entry.original).name),
        REPORTS[entry.kind].title,
        first if first == last else f"{first} – {last}",
        entry.sha256,
    ]
    return f"<tr>{''.join(f'<td><bdi>{html.escape(cell)}</bdi></td>' for cell in cells)}</tr>"
