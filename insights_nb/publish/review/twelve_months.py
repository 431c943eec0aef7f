"""Twelve months of pulls, up to the month reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.events import event_text
from insights_nb.charts.pulls import pull_drawing
from insights_nb.charts.svg import WIDTH
from insights_nb.charts.timeline import half_way, span
from insights_nb.periods import Period
from insights_nb.publish.review.numbers import counted, whole
from insights_nb.publish.review.pieces import (
    Column,
    Folded,
    Picture,
    Piece,
    Row,
    Section,
    Table,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject, programs

if TYPE_CHECKING:
    import altair as alt


def section(of: Subject) -> Section:
    """Draw the pulls of twelve months, up to the month reviewed."""
    folded = of.lines
    names = [str(name) for name in folded["repository"].unique()]
    columns = [Column("Month", number=False), *(Column(name) for name in names)]
    rows = []
    for day, month in folded.groupby(folded["period"].dt.date):
        counts = dict(zip(month["repository"], month["pulls"], strict=True))
        known = (whole(counts.get(name, pd.NA)) for name in names)
        rows.append(Row([Period("month", day).dates, *known]))
    uncounted = [month for month, names in of.otherwise.items() if names]
    drawing = pull_drawing(folded, events=of.pinned, uncounted=uncounted)
    return Section(
        [
            Picture(
                "months",
                lambda paint: marked(
                    drawing.chart(width=WIDTH, height=340, paint=paint), of.month, paint
                ),
            ),
            note(
                f"A point is one calendar month; the blue band at the right is {of.month.dates}. "
                "A broken line or a grey band is a month whose report is missing"
                f"{_otherwise(of)}: unknown, not zero."
            ),
            *events_table("months", of.marked),
            Folded(
                "The numbers of the chart",
                [Table("months", "Pulls per month", columns, rows)],
            ),
        ],
        {"pulls": folded, "events": of.marked},
    )


def _otherwise(of: Subject) -> str:
    """Say which months' counts are available and do not compare."""
    months = [period for period, own in of.otherwise.items() if own]
    if not months:
        return ""
    names = {name for own in of.otherwise.values() for name in own}
    every = len(names) == of.pulls["repository"].nunique()
    whose = "" if every else f" for {counted(len(names), 'repository', 'repositories')}"
    by = programs([one for own in of.otherwise.values() for one in own.values()])
    return f", or counts differently ({by}){whose}, as in {span(months[0], months[-1])}"


def marked(chart: alt.LayerChart, month: Period, paint: theme.Paint) -> alt.LayerChart:
    """Shade a month on a chart of lines, from half-way before its point to half-way after.

    Parameters
    ----------
    chart
        As `insights_nb.pull_chart` gives it.
    month
        Which.
    paint
        As the chart was given it.
    """
    import altair as alt

    span = {"start": half_way(month.shift(-1), month), "end": half_way(month, month.shift(1))}
    band = (
        alt.Chart(alt.InlineData(values=[span]))
        .mark_rect(color=paint("level-0"), opacity=0.45, clip=True, aria=False)
        .encode(x=alt.X("start:T"), x2=alt.X2("end"))
    )
    chart.layer = [band, *chart.layer]
    return chart


def events_table(name: str, shown: pd.DataFrame) -> list[Piece]:
    """List the events that a chart marks, if there are any."""
    if shown.empty:
        return []
    columns = [*numbers("Mark"), *texts("Date", "Event", "More")]
    rows = [
        Row(
            [
                str(row["number"]),
                f"{row['date']:%Y-%m-%d}",
                event_text(row["label"], _text(row["repository"]) or None),
                _text(row["url"]),
            ]
        )
        for row in shown.to_dict("records")
    ]
    return [Table(f"{name}-events", "Events, by the number of their mark", columns, rows)]


def _text(value: Any) -> str:  # noqa: ANN401 - text or missing
    return "" if pd.isna(value) else str(value)
