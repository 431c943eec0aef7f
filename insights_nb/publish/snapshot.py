"""The pull explorer as one HTML file, for those who have no server to ask."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from insights_nb.archive import Archive
from insights_nb.charts.events import MOST_ROWS, NUMBER, PLOTS
from insights_nb.charts.marks.lines import LINES
from insights_nb.charts.pulls import FOLDED, UNITS, pull_drawing
from insights_nb.charts.theme import OTHER_SLOTS, SLOTS, swatch
from insights_nb.counts.sources import ASIDES, DEFINITION_OF, DEFINITIONS
from insights_nb.explorers.choice import OPTIONS, TOP
from insights_nb.explorers.marks import HIDDEN, SHOWN, Events, Given
from insights_nb.explorers.words import MANY
from insights_nb.exports import SIDECAR
from insights_nb.exports.guard import INSIDE, START
from insights_nb.files import write_atomically
from insights_nb.metrics.pulls import MEMBERS, MOST_LINES, OTHER
from insights_nb.opening import is_samples, open_archive
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.publish import page
from insights_nb.publish.provenance import described, provenance
from insights_nb.publish.rendering import render
from insights_nb.publish.sentences import PAGE, refusal, sentences
from insights_nb.publish.series import available_series, events_in, kinds, shown_periods
from insights_nb.selection import MEASURES, MONTHS, PARAMETERS, Selection, not_offered
from insights_nb.widgets._base import Look
from insights_nb.widgets.chart_view import ChartView
from insights_nb.widgets.picker import labels_of

_WIDGETS = (
    "segmented",
    "picker",
    "figures",
    "notice",
    "table",
    "actions",
    "chart_view",
    "event_list",
    "vega",
)
# The link's parameter that says whether events are marked.
EVENTS = "events"
_OWN = (
    "texts",
    "frames",
    "events",
    "lines",
    "words",
    "rows",
    "selection",
    "sources",
    "model",
    "explorer",
)


def snapshot(
    archive: Archive | str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "pulls.html",
    *,
    repositories: Sequence[str] | None = None,
    selection: Selection | None = None,
    events: Given = None,
) -> Path:
    """Write the pull explorer as one HTML file that needs no server and no connection.

    Opened from a disk or a mail's attachment it has the selectors, chart, totals, table, downloads
    and links of `insights_nb.PullExplorer`. It holds the pulls of two years (the longest interval
    and the one before it) and the names and hashes of the files that they come from, so whoever
    has the file has those. The same archive, selection and package give the same bytes.

    Parameters
    ----------
    archive
        An `Archive` or its folder; None is what `insights_nb.open_archive` finds.
    out
        The file to write. One that is there is replaced when the new one is complete.
    repositories
        Full names of those that the page offers; by default all.
    selection
        What it shows first. By default half a year of the finest granularity available, of the top
        five repositories.
    events
        What the chart marks: a file as `insights_nb.read_events` takes it, or its rows; None is
        what `insights_nb.events_of` finds. The page holds those of its periods and repositories.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    NoArchiveError
        If the archive's folder does not exist.
    ReadError
        If the file of events cannot be read, or a line of it is wrong.
    MissingReportError
        If no report counts pulls.
    UnknownNameError
        If no available report names one of the repositories.
    SelectionError
        If the selection's granularity is missing, its repositories are not on the page, or none
        is to be on it; if the file's name does not end with ``.html``. Nothing was written.
    WriteError
        If the file cannot be written; one that was there is unchanged.

    Examples
    --------
    >>> inb.snapshot(inb.samples(), "pulls.html")  # doctest: +SKIP
    PosixPath('pulls.html')
    """
    path = page.target(out, "A browser that has it open prints it to a PDF.")
    opened = archive if isinstance(archive, Archive) else open_archive(archive)
    content = _page(opened, repositories, selection, Events(opened, events).read()).encode()
    try:
        write_atomically(path, lambda file: file.write(content))
    except OSError as error:
        raise page.unwritable(path, error) from error
    return path


def _page(
    archive: Archive,
    repositories: Sequence[str] | None,
    selection: Selection | None,
    events: pd.DataFrame | None,
) -> str:
    if repositories is not None and not repositories:
        raise not_offered("repositories", [], "at least one name, or leave it out for all")
    series = available_series(archive, repositories)
    first = selection or Selection(next(iter(series)))
    if first.granularity not in series:
        raise not_offered("granularity", first.granularity, " or ".join(map(repr, series)))
    offered = series[first.granularity]["repositories"]
    if gone := [name for name in first.repositories or () if name not in offered]:
        raise not_offered("repositories", gone[0], "names that are on the page")
    given = _settings(series) | {
        "series": series,
        "first": asdict(first),
        "events": events_in(series, events),
        "samples": is_samples(archive),
        "sidecars": described(archive, series),
    }
    scripts = [*map(page.widget, _WIDGETS), page.joined(_OWN)]
    return render(
        "snapshot.html.j2",
        styles=[Look._css, ChartView._css, page.style("snapshot")],
        provenance=provenance(archive, series),
        given=page.data(given),
        scripts=scripts,
        hashes=page.hashes(scripts),
    )


def _settings(series: dict[Granularity, dict[str, Any]]) -> dict[str, Any]:
    """Return what a page knows besides what is in its archive."""
    periods = {granularity: shown_periods(one, granularity) for granularity, one in series.items()}
    offered: dict[str, Sequence[object]] = {
        "granularity": GRANULARITIES,
        "months": MONTHS,
        "measure": MEASURES,
        EVENTS: (SHOWN, HIDDEN),
    }
    nothing = pull_drawing(pd.DataFrame({"period": [], "repository": [], "pulls": []}))
    return {
        "page": PAGE,
        "say": sentences(periods),
        "many": MANY,
        "options": OPTIONS
        | {"granularity": [one for one in OPTIONS["granularity"] if one[0] in series]},
        "offered": {name: [values, refusal(name, values)] for name, values in offered.items()},
        "measures": MEASURES,
        "parameters": [*PARAMETERS, EVENTS],
        "units": UNITS,
        "definitions": DEFINITIONS,
        "kinds": [[kind, DEFINITION_OF[kind]] for kind in kinds()],
        "most": MOST_LINES,
        "other": {"name": OTHER, "members": MEMBERS, "asides": dict(ASIDES), "is": FOLDED.pattern},
        "top": TOP,
        "neutral": OTHER_SLOTS,
        "swatches": [swatch(slot) for slot in range(SLOTS + len(OTHER_SLOTS))],
        "marks": {"plots": PLOTS, "number": NUMBER, "rows": MOST_ROWS},
        "spec": LINES.specification,
        "nothing": [nothing.datasets, nothing.signals],
        "labels": {
            name: called
            for one in series.values()
            for name, called in labels_of(one["repositories"]).items()
        },
        "guard": [START.pattern, INSIDE.pattern],
        "ending": SIDECAR,
    }
