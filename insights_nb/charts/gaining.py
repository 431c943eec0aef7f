"""Which tags and versions gain traction, and which lose it: bars to both sides of zero."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import Bar, Part, drawing_of
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, label_of, short_names
from insights_nb.charts.texts import counted, percent
from insights_nb.metrics.versions import BY_DIGEST

MOST = 12
"""How many bars there are at most."""

_NOUNS = {"tag": ("tag", "tags"), "cohort": ("version", "versions")}
_NAMES = ("gaining", "losing")
# What is less than this many points up or down shows as none.
_LEAST = 0.0005


def gaining_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw by how many points each tag's or version's share rose or fell, most gained first.

    The 12 largest changes have a bar each; a note says how many are smaller.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.gaining` gives it.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return gaining_drawing(frame).chart(width=width, paint=paint)


def gaining_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn changes of shares into bars; as `insights_nb.charts.marks.bars.bar_drawing`."""
    by = "cohort" if "cohort" in frame else "tag"
    columns = ["repository", by, "share_before", "share_after", "change"]
    known_or_raise(frame, columns, "The chart of what gains and loses", "insights_nb.gaining")
    noun = _NOUNS[by]
    known = frame[frame["change"].notna()]
    sizes = known["change"].abs().to_numpy(np.float64)
    moved = int((sizes >= _LEAST).sum())
    largest = np.argsort(-sizes, kind="stable")[: min(MOST, moved)]
    chosen = known.iloc[np.sort(largest)].sort_values("change", ascending=False, kind="stable")
    shares = chosen[["share_before", "share_after", "change"]].itertuples(index=False, name=None)
    owners = short_names(frame["repository"])
    labels = names_of(chosen, owners)
    bars = [_bar(label, noun[0], *each) for label, each in zip(labels, shares, strict=True)]
    notes = [
        *(label_of(name, None, None) for name in owners if len(owners) == 1),
        "By how many points of the repository’s pulls; its share before → after.",
    ]
    if rest := moved - len(chosen):
        notes.append(f"{counted(rest, noun)} changed less.")
    if still := len(known) - moved:
        notes.append(f"{counted(still, noun)} changed by less than 0.05 points.")
    if unknown := len(frame) - len(known):
        notes.append(f"Left out: {counted(unknown, noun)} without a period to compare with.")
    legend = [
        name if (side * chosen["change"] > 0).any() else ""
        for name, side in zip(_NAMES, (1, -1), strict=True)
    ]
    return drawing_of(bars, heading=f"Gaining and losing {noun[1]}", notes=notes, names=legend)


def names_of(frame: pd.DataFrame, owners: Mapping[str, str]) -> list[str]:
    """Name each row's tag or version, with its repository where there are several.

    Parameters
    ----------
    frame
        Some rows of what `insights_nb.gaining` gives.
    owners
        What each repository is called.
    """
    by = "cohort" if "cohort" in frame else "tag"
    named = [label_of(value, None, BY_DIGEST) for value in frame[by]]
    if "variant" in frame:
        variants = [label_of(value, None, "") for value in frame["variant"]]
        named = [f"{n}-{v}" if v else n for n, v in zip(named, variants, strict=True)]
    if len(owners) <= 1:
        return named
    # By digest is no tag: "web:by digest" would read as one.
    joints = [":" if by == "tag" and isinstance(value, str) else " " for value in frame[by]]
    each = zip(frame["repository"], joints, named, strict=True)
    return [f"{owners[repository]}{joint}{name}" for repository, joint, name in each]


def _bar(label: str, noun: str, before: float, after: float, change: float) -> Bar:
    points = f"{100 * change:+,.1f}".replace("-", "−")
    text = f"{percent(before)} → {percent(after)}"
    return Bar(
        label,
        f"{points} · {text}",
        f"{label}: {points} points, {text}",
        {noun.capitalize(): label, "Share": text, "Change": f"{points} points"},
        [Part(min(0.0, change), max(0.0, change), int(change < 0))],
    )
