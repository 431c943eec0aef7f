"""How shares of paired images' users change: as lines, and between two periods.

The points of one period are drawn by `insights_nb.charts.pairs`. Importing this module does not
load Altair.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import FOLDED, Bar, Part, both_ends, drawing_of
from insights_nb.charts.marks.lines import LineLook, Lines, lines_of
from insights_nb.charts.pairs import PAIR, short_name
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, short_names
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.counts.pairs import TECHNOGRAPHIC
from insights_nb.metrics.ecosystem import UNLISTED

MOST_PAIRS = 7
"""How many pairs have a line: shares of users cannot be added up, so that none is folded."""

_PAIR = ["repository", "paired_image"]


def pair_trend_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw the shares of users of the largest pairs, a line each.

    A line breaks where its pair is not listed: it then has fewer than 10 users, or none, which is
    not zero. A period whose report is missing shows as a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.paired_images` gives it, or some of its rows; the seven pairs with most
        users in any one period are drawn.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return pair_trend_drawing(frame).chart(width=width, height=height, paint=paint)


def pair_trend_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn pairs into lines; as `insights_nb.charts.marks.lines.line_drawing`."""
    columns = ["period", *_PAIR, "listed", "users", "pct_users"]
    known_or_raise(frame, columns, "The chart of pairs over time", "insights_nb.paired_images")
    pair_of, first = _coded(frame)
    most = np.full(len(first), -1.0)
    np.maximum.at(most, pair_of, frame["users"].to_numpy(np.float64, na_value=-1))
    ranked = np.argsort(-most, kind="stable")[:MOST_PAIRS]
    chosen = frame.iloc[np.flatnonzero(np.isin(pair_of, ranked))]
    names = _names(frame[_PAIR].iloc[first[ranked]])
    place = np.empty(len(first), np.int64)
    place[ranked] = np.arange(len(ranked))
    line_of = place[pair_of[np.isin(pair_of, ranked)]]
    # Only a period whose report is missing is a gap.
    available = pd.Series(TECHNOGRAPHIC, chosen.index, dtype="str").where(chosen["listed"].notna())
    rows = chosen.assign(source=available)
    rows.attrs = dict(frame.attrs)
    look = LineLook(heading="Share of users", title="Pair", unit=PAIR, percent=True)
    drawing = lines_of(rows, Lines(line_of, names), "pct_users", look)
    notes = [f"Where a line breaks: {UNLISTED}."]
    if rest := len(first) - len(ranked):
        notes.append(f"{counted(rest, PAIR)} with fewer users not drawn.")
    return drawing.noted(after=notes)


def pair_changes_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw by how much each pair's share of users changed, most gained first.

    A pair that appeared or vanished has a light bar as long as its share: by so much it changed
    at most, since fewer than 10 users are not listed.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.pair_changes` gives it.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return pair_changes_drawing(frame).chart(width=width, paint=paint)


def pair_changes_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn changes of pairs into bars to the left and right of zero.

    The largest gains and losses are drawing_of, 15 in all; a note tells how many are not. As
    `insights_nb.charts.marks.bars.bar_drawing`.
    """
    columns = [*_PAIR, "status", "pct_users_before", "pct_users_after"]
    known_or_raise(frame, columns, "The chart of changes", "insights_nb.pair_changes")
    known = frame[frame["status"].notna()]
    shares = known[["pct_users_before", "pct_users_after"]].to_numpy(np.float64, na_value=0)
    change = shares[:, 1] - shares[:, 0]
    chosen = both_ends(change)
    names = _names(known[_PAIR].iloc[chosen])
    statuses = known["status"].iloc[chosen].tolist()
    values = zip(names, statuses, shares[chosen].tolist(), strict=True)
    bars = [_change(name, status, *share) for name, status, share in values]
    when = [str(frame.attrs.get(name, "")) for name in ("before", "after")]
    notes = [f"{when[0]} to {when[1]}, in percentage points."] if all(when) else []
    if {"appeared", "vanished"} & {*statuses}:
        notes.append("Light: at most; under 10 users is not listed.")
    if rest := len(known) - len(chosen):
        notes.append(f"{counted(rest, PAIR)} with smaller changes not drawn.")
    if unknown := len(frame) - len(known):
        notes.append(f"{counted(unknown, PAIR)} left out: one side is missing.")
    slots = {part.slot for bar in bars for part in bar.parts}
    directions = {0: "more", 1: "less", FOLDED: "steady"}
    words = [directions.get(slot, "") if slot in slots else "" for slot in range(FOLDED + 1)]
    return drawing_of(bars, heading="Change of pairs' shares of users", notes=notes, names=words)


def _change(label: str, status: str, before: float, after: float) -> Bar:
    difference = after - before
    unsure = status in {"appeared", "vanished"}
    shares = [
        UNLISTED if status == "appeared" else percent(before),
        UNLISTED if status == "vanished" else percent(after),
    ]
    points = f"{100 * difference:+.1f} points".replace("-", "−")
    number = {
        "appeared": f"appeared, {shares[1]}",
        "vanished": f"vanished, was {shares[0]}",
    }.get(status, f"{status} {points}")
    tip = {"Pair": label, "Status": status, "Before": shares[0], "After": shares[1]}
    slot = FOLDED if status == "steady" else int(difference < 0)
    # The light part is not read out; a solid one of no length is.
    parts = [Part(min(0.0, difference), max(0.0, difference), slot, faint=unsure)]
    parts += [Part(0, 0, slot)] if unsure else []
    text = f"{label}: {status}, before {shares[0]}, after {shares[1]}"
    return Bar(label, number, text, tip if unsure else tip | {"Change": points}, parts)


def _coded(frame: pd.DataFrame) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return each row's pair, and the first row of each pair."""
    repositories, _ = pd.factorize(frame["repository"])
    images, found = pd.factorize(frame["paired_image"])
    _, first, codes = np.unique(
        repositories * len(found) + images, return_index=True, return_inverse=True
    )
    return codes, first


def _names(pairs: pd.DataFrame) -> list[str]:
    """Call each pair by what tells it apart from the others: ``redis · web``."""
    if pairs.empty:
        return []
    shown = short_names(pairs["repository"])
    return [
        " · ".join([harmless(short_name(image)), *([shown[name]] if len(shown) > 1 else [])])
        for name, image in pairs.itertuples(index=False, name=None)
    ]
