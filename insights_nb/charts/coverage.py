"""Which reports are available: a row per series of reports, a cell per week or month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks import grid
from insights_nb.charts.marks.grid import Form, Line, axis_of, distinct, extent, laid_out, spread
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise
from insights_nb.charts.texts import harmless
from insights_nb.periods import date_range
from insights_nb.schema import REPORTS, title_of

FORMS: Mapping[str, Form] = {
    "available": ((0, 1),),
    "revised": ((0, 0.4), (0.6, 1)),
    "without rows": ((0, 0.18), (0.41, 0.59), (0.82, 1)),
    "missing": ((0, 0.18), (0.82, 1)),
    "overdue": ((0.5, 1),),
    "expected": ((0.8, 1),),
}
"""The form of each status, and of reports without rows."""

_COLUMNS = (
    "kind", "namespace", "granularity", "period", "label", "status", "files", "revisions", "empty",
    "due", "ages_out", "at_risk", "gone", "ended",
)  # fmt: skip

_WORDS = {
    "available": "available",
    "revised": "available, revised",
    "without rows": "available, without rows: zero, or a broken download",
    "missing": "missing, a gap between reports",
    "overdue": "overdue",
    "expected": "expected any day",
}
# What is not simply there is told one by one, up to so many.
_TOLD = 12


def coverage_chart(
    coverage: pd.DataFrame,
    *,
    width: int | Literal["container"] = "container",
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw which reports are available, missing, expected and overdue.

    Weeks come first, then months, on one axis of time. A status has a form as well as a colour: a
    full cell is available, one with a stripe was revised, one of three lines has no rows, an
    empty one is missing, a half one overdue.
    A wedge above a cell says that its source will list it no more before the next run.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    coverage
        As `Archive.coverage` gives it, or some of its rows.
    width, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return coverage_drawing(coverage).chart(width=width, paint=paint)


def coverage_drawing(coverage: pd.DataFrame) -> Drawing:
    """Turn coverage into what its chart draws.

    Returns
    -------
    Drawing
        Datasets: by column: ``cells``, one per series and period, with ``start`` and ``stop`` (UTC
        milliseconds), ``top`` and ``bottom`` (pixels), ``at_risk`` and the tooltip's words;
        ``pieces``, what is drawn of them; ``names`` and ``headings`` of the rows.
        Signals: the specification's parameters (`insights_nb.charts.marks.grid.PARAMETERS`).
    """
    known_or_raise(coverage, _COLUMNS, "The coverage chart", "Archive.coverage")
    periods, placed = distinct(coverage["granularity"], coverage["period"])
    lines, line_of, titles = _lines(coverage)
    extents = [extent(period) for period in periods]
    dates = [period.dates for period in periods]
    places = placed.tolist()
    statuses = coverage["status"].mask(coverage["empty"], "without rows").tolist()
    reports = [titles[line] for line in line_of]
    words = [_WORDS.get(status, status) for status in statuses]
    labels = zip(places, coverage["label"], strict=True)
    available = zip(coverage["files"].tolist(), coverage["revisions"].tolist(), strict=True)
    offers = zip(*(coverage[name].tolist() for name in ("files", "ages_out", "gone")), strict=True)
    cells: Columns = {
        "start": [extents[place][0] for place in places],
        "stop": [extents[place][1] for place in places],
        "report": reports,
        "dates": [f"{dates[place]} ({label})" for place, label in labels],
        "status": words,
        "files": [_files(*each) for each in available],
        "due": [_day(day.date()) for day in coverage["due"].tolist()],
        "offered": [_offered(*each) for each in offers],
        "at_risk": coverage["at_risk"].tolist(),
        "text": [
            f"{report}, {dates[place]}: {word}"
            for report, place, word in zip(reports, places, words, strict=True)
        ],
    }
    datasets, height = laid_out(lines, line_of, cells, statuses, FORMS)
    signals = {
        "heading": (
            f"Reports available, {spread(periods)}" if periods else "No report available yet"
        ),
        "notes": _notes(coverage),
        "shown": [name for name in FORMS if name in set(statuses)],
        "height": height,
        **axis_of(periods),
    }
    return Drawing(COVERAGE, datasets, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the coverage chart shows, for those who do not see it."""
    cells = datasets["cells"]
    calm = {_WORDS["available"], _WORDS["revised"]}
    open_ones = [
        text
        for text, status in zip(cells["text"], cells["status"], strict=True)
        if status not in calm
    ]
    notes = (f"{note.rstrip('.')}." for note in signals["notes"])
    sentences = [f"{signals['heading']}.", *notes, *(f"{t}." for t in open_ones[:_TOLD])]
    if more := len(open_ones) - _TOLD:
        sentences += [f"And {more} more."] if more > 0 else []
    return " ".join(sentences)


def _lines(coverage: pd.DataFrame) -> tuple[list[Line], list[int], list[str]]:
    """Return the rows in their order, each cell's row, and what a row's cells are called."""
    several = len(coverage["namespace"].unique()) > 1
    keys = ["granularity", "kind", "namespace"]
    grouped = coverage.groupby(keys, sort=False)
    codes = grouped.ngroup().to_numpy()
    whole = coverage.assign(
        ended=grouped["ended"].transform("any"), label=grouped["label"].transform("last")
    )
    found = [
        *whole.drop_duplicates(keys)[[*keys, "label", "ended"]].itertuples(index=False, name=None)
    ]
    order = sorted(range(len(found)), key=lambda place: _place(*found[place][1:3]))
    lines, titles = [], []
    for place in order:
        granularity, kind, namespace, label, ended = found[place]
        kind, namespace = harmless(kind), harmless(namespace)
        title = title_of(kind)
        text = f"{title} · {namespace or 'no publisher'}" if several else title
        lines.append(Line(granularity, f"{text}, ended with {label}" if ended else text))
        titles.append(f"{title} of {namespace}" if namespace else title)
    row_of = {place: row for row, place in enumerate(order)}
    return lines, [row_of[code] for code in codes.tolist()], titles


def _files(files: int, revisions: int) -> str:
    if not files:
        return "none"
    text = f"{files} file{'' if files == 1 else 's'}"
    times = "once" if revisions == 1 else f"{revisions} times"
    return f"{text}, revised {times}" if revisions else text


def _offered(files: int, ages_out: object, gone: bool) -> str:
    if files:
        return "in the archive, whatever the source lists"
    if not isinstance(ages_out, pd.Timestamp):
        return "not known"
    day = ages_out.date()
    if gone:
        return f"no longer, since {_day(day)}"
    return f"until {_day(day - dt.timedelta(days=1))}"


def _notes(coverage: pd.DataFrame) -> list[str]:
    if coverage.empty:
        return []
    counts = coverage["status"].value_counts()
    open_ones = [name for name in ("missing", "overdue", "expected") if counts.get(name)]
    # One line each: a phone has no room for them side by side.
    sentences = [", ".join(f"{counts[name]} {name}" for name in open_ones)] if open_ones else []
    if not {"missing", "overdue"} & {*open_ones}:
        sentences.insert(0, "Nothing is missing.")
    if empty := int(coverage["empty"].sum()):
        sentences.append(f"{empty} without rows: zero, or a broken download")
    if risky := int(coverage["at_risk"].sum()):
        sentences.append(f"▼ {risky} soon no longer listed: fetch now")
    if gone := int(coverage["gone"].sum()):
        sentences.append(f"{gone} no longer listed by the source")
    return sentences


def _place(kind: str, namespace: str) -> tuple[int, str, str]:
    kinds = [*REPORTS]
    return (kinds.index(kind) if kind in kinds else len(kinds), kind, namespace)


def _day(day: dt.date) -> str:
    # A range of one day says it twice.
    return date_range(day, day).partition(" – ")[2]


# --- the specification ---

COLOURS = {
    "available": "series-0",
    "revised": "series-4",
    "without rows": "series-2",
    "missing": "series-1",
    "overdue": "series-3",
    "expected": "other",
}
CALM = ("available",)
TOOLTIP = (
    ("report", "Report"),
    ("dates", "Period"),
    ("status", "Status"),
    ("files", "Available"),
    ("due", "Due"),
    ("offered", "Listed"),
)


def _build(
    paint: theme.Paint, *, width: Width = "container", values: dict[str, Any] | None = None
) -> alt.LayerChart:
    """Return the chart over its named data, without their values."""
    return grid.build(
        paint, forms=FORMS, colours=COLOURS, calm=CALM, tooltip=TOOLTIP, width=width, values=values
    )


COVERAGE = Mark("coverage", _build, _describe)
