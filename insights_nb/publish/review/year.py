"""Twelve months of pulls, up to the month reviewed."""

from __future__ import annotations

from insights_nb.charts.pulls import pull_drawing
from insights_nb.charts.svg import WIDTH
from insights_nb.charts.timeline import span
from insights_nb.periods import Period
from insights_nb.publish.review.marks import events_table, marked
from insights_nb.publish.review.numbers import counted, whole
from insights_nb.publish.review.otherwise import programs
from insights_nb.publish.review.pieces import Column, Folded, Picture, Row, Section, Table, Words
from insights_nb.publish.review.subject import Subject


def section(of: Subject) -> Section:
    """Draw the pulls of twelve months, up to the month reviewed."""
    folded = of.lines
    names = [str(name) for name in folded["repository"].unique()]
    columns = [Column("Month", number=False), *(Column(name) for name in names)]
    table = folded.pivot(index="period", columns="repository", values="pulls")[names]
    rows = [
        Row([Period("month", day.date()).dates, *(whole(count) for count in counts)])
        for day, counts in zip(table.index, table.itertuples(index=False), strict=True)
    ]
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
            Words(
                f"A point is one calendar month; the blue band at the right is {of.month.dates}. "
                "A broken line, or a grey band, is a month whose report is not held"
                f"{_otherwise(of)}: unknown, not zero.",
                "note",
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
    """Say which months' counts are held and do not compare."""
    months = [period for period, its in of.otherwise.items() if its]
    if not months:
        return ""
    names = {name for its in of.otherwise.values() for name in its}
    every = len(names) == of.pulls["repository"].nunique()
    whose = "" if every else f" for {counted(len(names), 'repository', 'repositories')}"
    by = programs([one for its in of.otherwise.values() for one in its.values()])
    return f", or counts otherwise ({by}){whose}, as in {span(months[0], months[-1])}"
