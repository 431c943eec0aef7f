"""Which files the numbers come from: the newest answer of each report, with its hash."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from insights_nb.archive.counting import counting
from insights_nb.archive.ledger import Entry
from insights_nb.periods import Granularity, Period
from insights_nb.schema import title_of

if TYPE_CHECKING:
    from insights_nb.archive.folder import Archive


def used_files(
    archive: Archive, kinds: Iterable[str], periods: Iterable[Period] | None = None
) -> list[Entry]:
    """Return the files that count for some reports and periods.

    Parameters
    ----------
    archive
        Where the reports are.
    kinds
        Which reports, as in `insights_nb.REPORTS`.
    periods
        Which weeks or months; all in the archive unless given. A report without a period counts
        only then.

    Returns
    -------
    list of Entry
        Each file once: of every report and period the newest answer, with all its parts. By
        report, in the order asked for, weeks before months, then by first period and name; not by
        when it was added, so that two archives of the same files give the same list.
    """
    wanted = None if periods is None else list(periods)
    spans = _ORDER if wanted is None else tuple({period.granularity for period in wanted})
    found = []
    for kind in dict.fromkeys(kinds):
        for granularity in sorted(spans, key=_ORDER.index):
            same = None if wanted is None else [p for p in wanted if p.granularity == granularity]
            chosen = counting(archive.finished(), kind, granularity, periods=same)
            found += sorted((one.entry for one in chosen), key=_place)
    return found


def file_record(entry: Entry) -> dict[str, Any]:
    """Return what identifies a file anywhere, and nothing of the machine it lies on.

    Parameters
    ----------
    entry
        As `used_files` gives it.

    Returns
    -------
    dict
        ``name`` (in the archive; text of whoever made the file), ``report`` (its kind), ``title``
        (Docker's name of the report), ``granularity`` (None where the file has none),
        ``periods`` (labels; only those that were asked for of an archive `until` a period),
        ``sha256`` (of the original bytes), ``bytes``.
    """
    return {
        "name": PurePosixPath(entry.original).name,
        "report": entry.kind,
        "title": title_of(entry.kind),
        "granularity": entry.granularity,
        "periods": list(entry.periods),
        "sha256": entry.sha256,
        "bytes": entry.size,
    }


# Months restate weeks; a file may have neither.
_ORDER: tuple[Granularity | None, ...] = ("week", "month", None)


def _place(entry: Entry) -> tuple[Any, ...]:
    return (entry.starts()[:1], entry.namespaces, entry.view, entry.part, entry.original)
