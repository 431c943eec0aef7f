"""Whether pulls are higher or lower after an event than before, and how sure that is."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from insights_nb.counts.sources import PULLS, kinds
from insights_nb.errors import FrameError, UnknownNameError
from insights_nb.frames import UNKNOWN, Column, frame
from insights_nb.metrics.pulls import definitions_of, granularity_of
from insights_nb.periods import Period
from insights_nb.selection import MEASURES, Measure, not_offered
from insights_nb.texts import did_you_mean

CONFIDENCE = 0.95
LEAST = 3
"""With fewer available periods on one side, no verdict is given."""

HIGHER, LOWER, NO_CHANGE, TOO_LITTLE = "higher", "lower", "no clear change", "too little data"
_TEXTS = ["label", "repository", "verdict"]
_LEVELS = ["before", "after"]
_FOUND = [f"{what}{end}" for what in ("difference", "ratio") for end in ("", "_low", "_high")]
_COUNTS = ["periods_before", "periods_after", "periods_missing"]
_COLUMNS = ["date", "label", "repository", "period", *_LEVELS, *_FOUND, *_COUNTS, "verdict"]


@frame(
    "an event and a repository, the periods before it and after it",
    kinds(PULLS),
    "date label.event repository period before.level after.level difference "
    "difference_low difference_high ratio ratio_low ratio_high periods_before "
    "periods_after periods_missing verdict",
    Column(
        "difference",
        "After less before, per period.",
        "as measured",
        UNKNOWN,
    ),
    Column(
        "difference_low",
        "The lower end of the difference's interval.",
        "as measured",
        "With too few periods.",
    ),
    Column(
        "difference_high",
        "The upper end of the difference's interval.",
        "as measured",
        "With too few periods.",
    ),
    Column(
        "ratio",
        "After by before: 1.12 is 12 % more.",
        "times",
        UNKNOWN,
    ),
    Column("ratio_low", "The lower end of the ratio's interval.", "times", "With too few periods."),
    Column(
        "ratio_high", "The upper end of the ratio's interval.", "times", "With too few periods."
    ),
    Column("periods_missing", "How many periods of the window are missing.", "periods"),
)
def effect(
    frame: pd.DataFrame,
    event: pd.DataFrame | pd.Series | Mapping[str, Any] | dt.date | str,
    *,
    repository: str | None = None,
    measure: Measure = "pulls",
    window: int = 8,
) -> pd.DataFrame:
    """Compare the pulls per period before and after an event.

    It tells what followed, not what was caused: pulls that grow anyway are higher after any date.

    Parameters
    ----------
    frame
        As `insights_nb.pulls` gives it, in any order.
    event
        One day, also as text (``"2026-06-15"``); or rows of `insights_nb.read_events` or
        `insights_nb.first_seen_events`, one or all of them.
    repository
        Whose pulls; None is the event's own repository, or, where it names none, all of the
        frame's together.
    measure
        What is counted.
    window
        How many periods next to the event's own count on each side, at the most. Those that are
        missing are left out and not made up for by older ones.

    Returns
    -------
    pandas.DataFrame
        One row per event, in the order given: ``date``, ``label`` (missing for a bare day),
        ``repository`` (missing for all together), ``period`` (first day of the event's own, which
        is on neither side: it is partly before, partly after); ``before`` and ``after`` (the
        median per period), ``difference`` with ``difference_low`` and ``difference_high``,
        ``ratio`` (1.12 is 12 % more) with ``ratio_low`` and ``ratio_high`` (``Float64``);
        ``periods_before``, ``periods_after`` (how many count), ``periods_missing`` (how many of the
        window's do not, though the frame spans them; ``Int64``); ``verdict``: ``"higher"``,
        ``"lower"``, ``"no clear change"`` or ``"too little data"``.

        A side without a available period has no level; with fewer than 3 on one side, or too few on
        both for the time range, there is a difference and no interval. A ratio is missing where a
        count before is 0. ``attrs``: ``granularity``, ``measure``, ``window``, ``confidence``.

    Raises
    ------
    FrameError
        If an event holds no date, or repositories would be added up that count pulls by different
        definitions.
    UnknownNameError
        If the frame has no rows of the repository.
    MixedGranularityError
        If weeks and months share the frame.
    SelectionError
        If `measure` or `window` is not offered.

    Notes
    -----
    The difference is the median of all differences between a period after and a period before
    (Hodges and Lehmann), which need not be that of the two medians; the ratio likewise. Low and
    high are those of these differences (ratios) that the rank-sum test of Wilcoxon, Mann and
    Whitney leaves in at 95 %, with its exact distribution; no random numbers. The verdict is
    ``"higher"`` or ``"lower"`` where the time range lies wholly on one side of no difference.

    It assumes that without an effect every order of these periods is as likely. Then at most one
    comparison in twenty ends in ``"higher"`` or ``"lower"``, whatever the counts' distribution,
    single outliers included; of twenty events, one may. A trend, a season, or periods that
    resemble their neighbours break that, and it is too sure.

    Source: as for `insights_nb.pulls`. All repositories together are unknown in a period where
    one of them is.
    """
    if measure not in MEASURES:
        raise not_offered("measure", measure, " or ".join(map(repr, MEASURES)))
    if window < 1:
        raise not_offered("window", window, "a whole number from 1 up")
    granularity = granularity_of(frame)
    known: dict[str | None, dict[dt.date, float]] = {}
    days = pd.DatetimeIndex(frame["period"])
    spanned = (days.min().date(), days.max().date()) if len(days) else None
    rows = []
    for given in _events(event):
        name = _text(given.get("repository")) if repository is None else repository
        if name not in known:
            known[name] = _series(frame, name, measure)
        day = _day(given)
        rows.append(
            {"date": day, "label": _text(given.get("label")), "repository": name}
            | _compare(known[name], Period.containing(day, granularity), window, spanned)
        )
    result = pd.DataFrame(rows, columns=_COLUMNS).astype(
        dict.fromkeys(["date", "period"], "datetime64[s]")
        | dict.fromkeys(_TEXTS, "str")
        | dict.fromkeys([*_LEVELS, *_FOUND], "Float64")
        | dict.fromkeys(_COUNTS, "Int64")
    )
    result.attrs = {
        "granularity": granularity,
        "measure": measure,
        "window": window,
        "confidence": CONFIDENCE,
    }
    return result


def _events(event: object) -> list[Mapping[str, Any]]:
    if isinstance(event, pd.DataFrame):
        return [{str(k): v for k, v in row.items()} for row in event.to_dict("records")]
    if isinstance(event, (pd.Series, Mapping)):
        return [{str(k): v for k, v in event.items()}]
    return [{"date": event}]


def _day(given: Mapping[str, Any]) -> dt.date:
    day = given.get("date")
    if isinstance(day, str):
        try:
            day = dt.datetime.fromisoformat(day)
        except ValueError:
            raise _no_event(day) from None
    # A missing date is a datetime as well.
    if not isinstance(day, dt.date) or pd.isna(day):
        raise _no_event(day)
    return day.date() if isinstance(day, dt.datetime) else day


def _no_event(given: object) -> FrameError:
    return FrameError(
        f"{given!r} is no event. Give a date, such as '2026-11-16', or rows of "
        "read_events or first_seen_events, whose column date holds one."
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _series(frame: pd.DataFrame, name: str | None, measure: str) -> dict[dt.date, float]:
    """Return the known counts by first day, of one repository or of all together."""
    part = frame if name is None else frame[frame["repository"] == name]
    if name is None:
        definitions = list(dict.fromkeys(definitions_of(frame).values()))
        if len(definitions) > 1:
            raise FrameError(
                f"The frame's repositories count pulls by different definitions "
                f"({', '.join(definitions)}), which must not be added up. Name one repository, or "
                "give the rows of one definition only."
            )
    elif part.empty:
        close = difflib.get_close_matches(name, frame["repository"].unique(), n=2)
        sentences = [
            f"The frame has no rows of {name!r}.",
            did_you_mean(close),
            "Make it with a selection that includes the repository, or leave the event out.",
        ]
        raise UnknownNameError(" ".join(filter(None, sentences)))
    grouped = part.groupby("period")[measure]
    # A sum that lacks a member is unknown, not smaller.
    whole = grouped.sum()[grouped.count() == grouped.size()]
    days = pd.DatetimeIndex(whole.index)
    return {day.date(): float(count) for day, count in zip(days, whole, strict=True)}


def _compare(
    known: Mapping[dt.date, float],
    own: Period,
    window: int,
    spanned: tuple[dt.date, dt.date] | None,
) -> dict[str, object]:
    steps = range(1, window + 1)
    sides = [[own.shift(step * sign).start for step in steps] for sign in (-1, 1)]
    # What the frame was not asked for may well be available.
    inside = [day for side in sides for day in side if spanned and spanned[0] <= day <= spanned[1]]
    before, after = (np.array([known[day] for day in days if day in known]) for days in sides)
    found: dict[str, object] = {
        "period": own.start,
        "periods_before": len(before),
        "periods_after": len(after),
        "periods_missing": len(inside) - len(before) - len(after),
        "verdict": TOO_LITTLE,
    }
    for side, counts in (("before", before), ("after", after)):
        found[side] = float(np.median(counts)) if len(counts) else None
    if not (len(before) and len(after)):
        return found
    cut = _cut(len(before), len(after)) if min(len(before), len(after)) >= LEAST else 0
    differences = np.sort(np.subtract.outer(after, before), axis=None)
    found |= _interval("difference", differences, cut)
    if before.all():
        found |= _interval("ratio", np.sort(np.divide.outer(after, before), axis=None), cut)
    if cut:
        low, high = differences[cut - 1], differences[-cut]
        found["verdict"] = HIGHER if low > 0 else LOWER if high < 0 else NO_CHANGE
    return found


def _interval(what: str, ordered: np.ndarray, cut: int) -> dict[str, object]:
    found: dict[str, object] = {what: float(np.median(ordered))}
    if cut:
        found |= {f"{what}_low": float(ordered[cut - 1]), f"{what}_high": float(ordered[-cut])}
    return found


@lru_cache
def _cut(before: int, after: int) -> int:
    """Return the place, from each end, of the pairwise difference that bounds the time range.

    Where all orders are as likely, the number of pairs in which the later count is larger is
    distributed as Mann and Whitney found; the place is the largest at which fewer are as rare as
    the confidence allows. 0 is none: too few counts for any interval.
    """
    rare = (1 - CONFIDENCE) / 2 * math.comb(before + after, before)
    seen = place = 0
    for ways in _ways(before, after):
        seen += ways
        if seen > rare:
            break
        place += 1
    return place


def _ways(before: int, after: int) -> list[int]:
    """Count the orders in which 0, 1, 2, … of the pairs have the later count larger."""
    # Of the Gaussian binomial coefficient: the product of (1 - q^(after + i)) / (1 - q^i).
    size = before * after + 1
    ways = [1] + [0] * (size - 1)
    for i in range(1, before + 1):
        for place in range(size - 1, after + i - 1, -1):
            ways[place] -= ways[place - after - i]
        for place in range(i, size):
            ways[place] += ways[place - i]
    return ways
