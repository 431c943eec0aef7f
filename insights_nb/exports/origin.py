"""Which files a frame's numbers come from, as far as the frame and what was asked for tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.archive.sources import used_files
from insights_nb.errors import FrameError
from insights_nb.frames import Frame, frame_of
from insights_nb.periods import Granularity, Period, infer_granularity, interval
from insights_nb.schema import REPORTS
from insights_nb.selection import MEASURES

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.archive.ledger import Entry
    from insights_nb.selection import Selection

_SIDES = ("before", "after")
# What was in none of the periods before its first counts, too.
_LOOKING_BACK = frozenset({"censored", "after_gap"})


def files_behind(
    frame: pd.DataFrame,
    archive: Archive,
    selection: Selection | None = None,
    reports: Iterable[str] | None = None,
) -> list[Entry]:
    """Return the files that a frame's numbers may come from: never too few, at times too many.

    Parameters
    ----------
    frame
        Its column, or attribute, ``source`` names the reports exactly.
    archive
        Where the reports are.
    selection
        What was asked for; its time range counts where the frame has no periods of its own.
    reports
        Which report kinds, where the frame does not tell.

    Raises
    ------
    FrameError
        If neither the frame nor `reports` tells the kinds.
    """
    known = frame_of(frame)
    possible = tuple(reports) if reports is not None else known.reports if known else ()
    kinds = possible if reports is not None else _named(frame, known) or possible
    if not kinds:
        raise FrameError(
            f"A frame with the columns {', '.join(map(str, frame.columns))} is none that this "
            "package gives, so its source files cannot be told. Name its reports, "
            f"reports=['summary', …], out of {', '.join(REPORTS)}; or leave out the archive."
        )
    periods = _own(frame, selection)
    if selection is not None and (periods is None or not _LOOKING_BACK.isdisjoint(frame.columns)):
        # Whichever of them the time range was counted back from.
        asked = {*_asked(archive, kinds, selection), *_asked(archive, possible, selection)}
        periods = asked.union(periods or ())
    return used_files(archive, kinds, None if periods is None else sorted(periods))


def _named(frame: pd.DataFrame, known: Frame | None) -> list[str]:
    """Return the kinds that the frame itself names."""
    attribute = frame.attrs.get("source", frame.attrs.get("kind"))
    if attribute in REPORTS:
        return [attribute]
    if "source" not in frame or known is None or "source" not in known.columns:
        return []
    column = frame["source"]
    unknown = column.isna()
    # Where several are added up, or nothing is available, the frame does not say which.
    counts = [name for name in MEASURES if name in frame]
    if bool((unknown & frame[counts].notna().any(axis="columns")).any()):
        return []
    named = set(column.dropna())
    return [kind for kind in known.reports if kind in named]


def _own(frame: pd.DataFrame, selection: Selection | None) -> set[Period] | None:
    """Return the periods that the frame itself names, or None."""
    attrs = frame.attrs
    granularity: Granularity | None = attrs.get("granularity")
    if "period" in frame and pd.api.types.is_datetime64_any_dtype(frame["period"]):
        days = frame["period"].dropna()
        if "granularity" in frame:
            pairs = frame.loc[days.index, ["granularity", "period"]].drop_duplicates()
            return {Period(unit, day.date()) for unit, day in pairs.itertuples(index=False)}
        if granularity is None and selection is not None:
            granularity = selection.granularity
        starts = [day.date() for day in days.drop_duplicates()]
        unit = granularity or infer_granularity(starts)
        return {Period.containing(day, unit) for day in starts} or None
    labels = attrs.get("periods") or [attrs[side] for side in _SIDES if side in attrs]
    return {Period.parse(str(label), granularity) for label in labels} or None


def _asked(archive: Archive, kinds: Iterable[str], selection: Selection) -> list[Period]:
    unit = selection.granularity
    available = [one for kind in kinds for one in archive.available(kind, unit).values()]
    every = {period for periods in available for period in periods}
    return interval(max(every), selection.months) if every else []
