"""What a page without a kernel needs to know of the pulls: the numbers, packed as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from insights_nb.charts.events import event_text, events_within
from insights_nb.charts.timeline import half_way
from insights_nb.counts.pulls import (
    NO_SOURCE,
    Counts,
    PullTable,
    pull_table,
    unknown_repositories,
)
from insights_nb.counts.sources import PULLS
from insights_nb.errors import MissingReportError
from insights_nb.periods import GRANULARITIES, Granularity, Period, day_in_words, interval
from insights_nb.selection import MEASURES, MONTHS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from insights_nb.archive import Archive

_BASE = 36
_NO_SOURCE = "-"


def available_series(
    archive: Archive, repositories: Sequence[str] | None = None
) -> dict[Granularity, dict[str, Any]]:
    """Return the pulls of each available granularity, as far back as a page can show them.

    Parameters
    ----------
    archive
        Where the reports are.
    repositories
        Whose; by default everybody's.

    Returns
    -------
    dict
        Granularity → ``periods`` (oldest first: first ``day``, ``label``, ``dates`` in words, and
        the ``ends`` of a range that begins or ends with it), ``edges`` (of the bands that shade
        them, in UTC milliseconds), ``intervals`` (months → how many periods), ``repositories``
        (sorted), and ``counts``: definition → each measure and ``source`` as a list with a text
        per repository. A measure's text has a number (base 36) or nothing per period, with commas
        between them, and is empty where nothing is known; that of ``source`` has a character per
        period, the place of its kind in `kinds` or a dash.

    Raises
    ------
    MissingReportError
        If no report counts pulls, or none of these has a row.
    UnknownNameError
        If none names one of the repositories.
    """
    tables: dict[Granularity, PullTable] = {}
    refused: MissingReportError | None = None
    for granularity in GRANULARITIES:
        try:
            tables[granularity] = pull_table(archive, granularity)
        except MissingReportError as error:
            refused = refused or error
    if not tables and refused is not None:
        raise refused
    known = {name for table in tables.values() for name in table.repositories}
    if not known:
        raise archive.empty("pulls")
    if unknown := [name for name in repositories or () if name not in known]:
        raise unknown_repositories(unknown, sorted(known))
    wanted = known if repositories is None else set(repositories)
    found = {granularity: _packed(table, wanted) for granularity, table in tables.items()}
    return {granularity: one for granularity, one in found.items() if one["repositories"]}


def events_in(
    series: Mapping[Granularity, dict[str, Any]], events: pd.DataFrame | None
) -> dict[Granularity, list[dict[str, Any]]]:
    """Return the events that a page of these series can mark, oldest first.

    Parameters
    ----------
    series
        As `available_series` gives it.
    events
        As `insights_nb.read_events` gives them; None is none.

    Returns
    -------
    dict
        Granularity → a dict for each event: ``place`` (of the period that contains it), ``dates``
        and ``text`` (when, what, and whose, in words), ``repository`` and ``url`` (None where there
        is none, or no web address).
    """
    return {granularity: _marked(one, granularity, events) for granularity, one in series.items()}


def kinds() -> list[str]:
    """Return the report kinds that count pulls, in order of preference."""
    return list(dict.fromkeys(source.kind for source in PULLS))


def shown_periods(series: dict[str, Any], granularity: Granularity) -> list[Period]:
    """Return the periods of what `available_series` gives for a granularity."""
    return [Period.parse(one["day"], granularity) for one in series["periods"]]


def _marked(
    series: dict[str, Any], granularity: Granularity, events: pd.DataFrame | None
) -> list[dict[str, Any]]:
    periods = shown_periods(series, granularity)
    shown = events_within(events, periods[0], periods[-1], series["repositories"])
    columns = (shown[name] for name in ("period", "dates", "label", "repository", "url"))
    return [
        {
            "place": periods[0].steps_to(Period(granularity, start.date())),
            "dates": dates,
            "text": event_text(label, _or_none(repository)),
            "repository": _or_none(repository),
            "url": _or_none(url),
        }
        for start, dates, label, repository, url in zip(*columns, strict=True)
    ]


def _packed(table: PullTable, wanted: set[str]) -> dict[str, Any]:
    # The longest interval, and the one before it that it is compared with.
    most = 2 * len(interval(table.periods[-1], max(MONTHS)))
    periods = table.periods[-most:]
    rows = slice(len(table.periods) - len(periods), None)
    columns = [column for column, name in enumerate(table.repositories) if name in wanted]
    return {
        "periods": [*map(_period, periods)],
        "edges": [half_way(one.shift(-1), one) for one in (*periods, periods[-1].shift(1))],
        "intervals": {months: len(interval(periods[-1], months)) for months in MONTHS},
        "repositories": [table.repositories[column] for column in columns],
        "counts": {name: _texts(counts, rows, columns) for name, counts in table.counts.items()},
    }


def _period(period: Period) -> dict[str, Any]:
    days = period.start, period.last_day
    return {
        "day": period.start.isoformat(),
        "label": period.label,
        "dates": period.dates,
        "ends": [*map(day_in_words, days)] if period.granularity == "week" else [period.dates] * 2,
    }


def _texts(counts: Counts, rows: slice, columns: Sequence[int]) -> dict[str, list[str]]:
    packed: dict[str, list[str]] = {
        measure: [
            _numbers(counts.counted[measure][rows, column], counts.known[measure][rows, column])
            for column in columns
        ]
        for measure in MEASURES
    }
    place = [str(kinds().index(source.kind)) for source in PULLS]
    packed["source"] = [
        "".join(
            _NO_SOURCE if index == NO_SOURCE else place[index]
            for index in counts.source[rows, column].tolist()
        )
        for column in columns
    ]
    return packed


def _numbers(values: NDArray[np.int64], known: NDArray[np.bool_]) -> str:
    if not known.any():
        return ""
    cells = zip(values.tolist(), known.tolist(), strict=True)
    return ",".join(np.base_repr(value, _BASE).lower() if known else "" for value, known in cells)


def _or_none(text: object) -> str | None:
    return text if isinstance(text, str) else None
