"""Whether reports agree: a row per check, a cell per week or month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks import grid
from insights_nb.charts.marks.grid import (
    GROUPS,
    Form,
    Line,
    axis_of,
    distinct,
    extent,
    laid_out,
    spread,
)
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import counted, harmless
from insights_nb.periods import Granularity

FORMS: Mapping[str, Form] = {
    "equal": ((0, 1),),
    "within range": ((0.2, 0.8),),
    "differs": ((-0.25, 1.25),),
    "cannot be checked": ((0, 0.15), (0.85, 1)),
}
"""The form of each verdict: what differs is larger than its cell."""

SIGNS = {"equal": "=", "within range": "~", "differs": "≠", "cannot be checked": "?"}
"""The letter of each verdict, where a cell has room for one."""

_COLUMNS = ("check", "granularity", "period", "series", "measure", "difference", "verdict")
# The better ones first: a cell shows the worst of its comparisons.
_WORSE = ("equal", "within range", "cannot be checked", "differs")
_CHECKS = ("check", "checks")
_TOLD = 12


def reconcile_chart(
    frame: pd.DataFrame,
    *,
    width: int | Literal["container"] = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw what became of each check in each period.

    A cell has the colour, the form and, where it is wide enough, the sign of the worst verdict
    among its comparisons: ``=`` equal, ``~`` within range, ``≠`` differs, ``?`` cannot be checked.
    What differs is larger than its cell. Weeks come first, then months, on one axis of time.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.reconcile` gives it, or some of its rows.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return reconcile_drawing(frame).chart(width=width, paint=paint)


def reconcile_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn reconciled counts into what their chart draws.

    Returns
    -------
    Drawing
        Datasets: by column: ``cells``, one per check and period, with ``start`` and ``stop`` (UTC
        milliseconds), ``top`` and ``bottom`` (pixels), ``sign`` and the tooltip's words;
        ``pieces``, what is drawn of them; ``names`` and ``headings`` of the rows.
        Signals: the specification's parameters (`insights_nb.charts.marks.grid.PARAMETERS`).
    """
    known_or_raise(frame, _COLUMNS, "The chart of checks", "insights_nb.reconcile")
    periods, place_of = distinct(frame["granularity"], frame["period"])
    check_of, found = pd.factorize(frame["check"])
    many = max(1, len(periods))
    keys, cell_of = np.unique(check_of * many + place_of, return_inverse=True)
    verdicts = pd.Categorical(frame["verdict"], [*_WORSE]).codes
    counts = np.zeros((len(keys), len(_WORSE)), np.int64)
    np.add.at(counts, (cell_of, verdicts), 1)
    last = len(_WORSE) - 1
    worst = [_WORSE[last - place] for place in (counts[:, ::-1] > 0).argmax(axis=1).tolist()]
    checks, places = (keys // many).tolist(), (keys % many).tolist()
    names = [harmless(str(name)) for name in found]
    lines, line_of = _lines(names, checks, [periods[place].granularity for place in places])
    extents = [extent(period) for period in periods]
    dates = [period.dates for period in periods]
    shown = [name for name in FORMS if name in set(worst)]
    datasets, height = laid_out(
        lines,
        line_of,
        {
            "start": [extents[place][0] for place in places],
            "stop": [extents[place][1] for place in places],
            "check": repeated(names, checks),
            "dates": repeated(dates, places),
            "verdict": worst,
            "sign": [SIGNS[verdict] for verdict in worst],
            "compared": [_compared(row) for row in counts.tolist()],
            "largest": _largest(frame, cell_of, len(keys)),
            "text": [
                f"{names[check]}, {dates[place]}: {verdict}, {counted(sum(row), _CHECKS)}"
                for check, place, verdict, row in zip(
                    checks, places, worst, counts.tolist(), strict=True
                )
            ],
        },
        worst,
        FORMS,
    )
    signals = {
        "heading": f"Reports compared, {spread(periods)}" if periods else "Nothing to compare",
        "notes": _notes(counts.sum(axis=0).tolist()),
        "shown": shown,
        "height": height,
        **axis_of(periods),
    }
    return Drawing(RECONCILE, datasets, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the chart of checks shows, for those who do not see it."""
    cells = datasets["cells"]
    differ = [
        f"{text}, largest difference {largest}."
        for text, largest, verdict in zip(
            cells["text"], cells["largest"], cells["verdict"], strict=True
        )
        if verdict == "differs"
    ]
    more = [f"And {len(differ) - _TOLD} more."] if len(differ) > _TOLD else []
    return " ".join([f"{signals['heading']}.", *signals["notes"], *differ[:_TOLD], *more])


def _lines(
    names: list[str], checks: list[int], granularities: list[Granularity]
) -> tuple[list[Line], list[int]]:
    """Return the rows in their order, and each cell's."""
    pairs = [*zip(granularities, checks, strict=True)]
    order = sorted(set(pairs), key=lambda pair: ([*GROUPS].index(pair[0]), pair[1]))
    row_of = {pair: row for row, pair in enumerate(order)}
    lines = [Line(granularity, names[check]) for granularity, check in order]
    return lines, [row_of[pair] for pair in pairs]


def _compared(counts: list[int]) -> str:
    sentences = [f"{count:,} {_WORSE[place]}" for place, count in enumerate(counts) if count]
    return ", ".join(reversed(sentences))


def _largest(frame: pd.DataFrame, cell_of: npt.NDArray[np.intp], cells: int) -> list[str]:
    """Say each cell's largest difference, and where it is."""
    differences = frame["difference"].to_numpy(np.int64, na_value=0)
    order = np.argsort(np.abs(differences), kind="stable")
    row_of = np.zeros(cells, np.intp)
    # The last one written stays.
    row_of[cell_of[order]] = order
    worst = frame[["series", "measure"]].iloc[row_of]
    return [
        f"{difference:+,} ({harmless(series)}, {measure.replace('_', ' ')})".replace("-", "−", 1)
        if difference
        else "none"
        for difference, (series, measure) in zip(
            differences[row_of].tolist(), worst.itertuples(index=False, name=None), strict=True
        )
    ]


def _notes(counts: list[int]) -> list[str]:
    total = sum(counts)
    if not total:
        return []
    by = dict(zip(_WORSE, counts, strict=True))
    unknown = by["cannot be checked"]
    if unknown == total:
        return [f"None of {counted(total, _CHECKS)} could be done."]
    text = counted(total - unknown, _CHECKS)
    differs = by["differs"]
    notes = [
        f"{differs:,} of {text} found {'a mismatch' if differs == 1 else 'mismatches'}."
        if differs
        else f"{text} found no mismatch."
    ]
    if unknown:
        notes.append(f"{unknown:,} more could not be done.")
    return notes


# --- the specification ---

COLOURS = {
    "equal": "series-0",
    "within range": "series-2",
    "differs": "series-1",
    "cannot be checked": "other",
}
CALM = ("equal", "within range")
TOOLTIP = (
    ("check", "Check"),
    ("dates", "Period"),
    ("verdict", "Worst"),
    ("compared", "Compared"),
    ("largest", "Largest difference"),
)


def _build(
    paint: theme.Paint, *, width: Width = "container", values: dict[str, Any] | None = None
) -> alt.LayerChart:
    """Return the chart over its named data, without their values."""
    return grid.build(
        paint, forms=FORMS, colours=COLOURS, calm=CALM, tooltip=TOOLTIP, width=width, values=values
    )


RECONCILE = Mark("reconcile", _build, _describe)
