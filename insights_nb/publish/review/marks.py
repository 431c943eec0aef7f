"""What the review's charts mark: the month reviewed, and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts import theme
from insights_nb.charts.events import event_text
from insights_nb.charts.timeline import half_way
from insights_nb.periods import Period
from insights_nb.publish.review.pieces import Column, Piece, Row, Table

if TYPE_CHECKING:
    import altair as alt


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
    columns = [
        Column("Mark"),
        Column("Date", number=False),
        Column("Event", number=False),
        Column("More", number=False),
    ]
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
