"""Where pulls come from, and what for: clouds and countries by use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.audience import cloud_name, missing_periods
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.bars import MOST, PULLS, Bar, Part, drawing_of
from insights_nb.charts.parts import Width
from insights_nb.charts.series import Labels, known_or_raise, label_of
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.counts.clients import USE_CASES
from insights_nb.geography import country_name

_LABELS: Mapping[str, Labels] = {"cloud": cloud_name, "country": country_name}


def deployment_chart(
    frame: pd.DataFrame,
    *,
    company: str | None = None,
    width: Width = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw where pulls come from, a bar per cloud and country, by use case in its parts.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.deployment_pattern` gives it by use case, cloud and country, or by use case
        and one of the two.
    company
        Whose pattern it is, for the title.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return deployment_drawing(frame, company=company).chart(width=width, paint=paint)


def deployment_drawing(frame: pd.DataFrame, *, company: str | None = None) -> Drawing:
    """Turn a deployment pattern into bars; as `insights_nb.charts.marks.bars.bar_drawing`."""
    source = "insights_nb.deployment_pattern"
    by = [name for name in ("cloud", "country") if name in frame] or ["cloud", "country"]
    known_or_raise(frame, [*by, "use_case", "pulls"], "The deployment chart", source)
    codes = frame.groupby(by, dropna=False, sort=False).ngroup().to_numpy()
    first = frame.drop_duplicates(by)
    case_of = pd.Index([*USE_CASES]).get_indexer(pd.Index(frame["use_case"]))
    grid = np.zeros((len(first), len(USE_CASES)))
    # A use case that is missing or unheard of has the code -1, the last one: Unknown.
    np.add.at(grid, (codes, case_of), frame["pulls"].to_numpy(np.float64, na_value=0))
    order = np.argsort(-grid.sum(axis=1), kind="stable")
    names = [
        " · ".join(
            label_of(part, _LABELS[name], "not named") for name, part in zip(by, each, strict=True)
        )
        for each in first[by].itertuples(index=False, name=None)
    ]
    labels = [names[place] for place in order]
    grid = grid[order]
    if len(labels) > MOST:
        rest = len(labels) - MOST + 1
        labels = [*labels[: MOST - 1], f"Other ({rest} places)"]
        grid = np.vstack([grid[: MOST - 1], grid[MOST - 1 :].sum(axis=0)])
    whole = grid.sum()
    bars = [_stacked(*each, whole) for each in zip(labels, grid.tolist(), strict=True)]
    cases = [case if total else "" for case, total in zip(USE_CASES, grid.sum(axis=0), strict=True)]
    whose = "" if company is None else f" of {harmless(company)}"
    heading = f"Pulls{whose} by {' and '.join(by)}"
    return drawing_of(bars, heading=heading, notes=missing_periods(frame), names=cases)


def _stacked(label: str, counts: Sequence[float], whole: float) -> Bar:
    total = sum(counts)
    words = f"{counted(total, PULLS)}, {percent(total / whole) if whole else '–'}"
    parts = []
    start = 0.0
    for slot, (case, count) in enumerate(zip(USE_CASES, counts, strict=True)):
        if not count:
            continue
        sentence, share = counted(count, PULLS), percent(count / whole)
        tip = {"From": label, "Use case": case, "Count": sentence, "Share": share}
        text = f"{label}, {case}: {sentence}, {share}"
        parts.append(Part(start, start + count, slot, text, tip))
        start += count
    cases = {p.tip["Use case"]: p.tip["Count"] for p in parts}
    number = f"{total:,.0f} · {percent(total / whole)}" if whole else "0"
    return Bar(label, number, f"{label}: {words}", {"From": label, "All": words, **cases}, parts)
