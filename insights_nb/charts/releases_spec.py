"""The release chart's Vega-Lite specification, built with Altair: the same for every frame."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import parts, theme
from insights_nb.charts.lines_spec import line_legend
from insights_nb.charts.parts import Width

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (theme.SLOTS + len(theme.OTHER_SLOTS)),
    "shown": [],
    "column_width": 48,
    "room": 700,
}

_SLOTS = list(range(theme.SLOTS + len(theme.OTHER_SLOTS)))
# In the unit of the axis, and as it writes them.
_REACHED = [{"level": 0.1, "said": "10 %"}, {"level": 0.5, "said": "50 %"}]


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 300,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows``, without their values."""
    given = PARAMETERS | (values or {})
    x = alt.X(
        "days:Q",
        # So that the last period's point is not cut.
        scale=alt.Scale(zero=True, nice=False, padding=10),
        axis=alt.Axis(
            title="Days since the release was first seen",
            titleFontWeight="normal",
            titlePadding=8,
            labelExpr="datum.value < 0 ? '' : format(datum.value, ',')",
            tickCount=alt.ExprRef("room / 90"),
            tickMinStep=1,
            labelFlush=20,
            grid=False,
            tickSize=4,
            aria=False,
        ),
    )
    y_scale = alt.Scale(domain=[0, 1], nice=False)
    y_axis = alt.Axis(
        title=None,
        labelExpr=parts.SHORT_SHARE,
        tickCount=5,
        domain=False,
        ticks=False,
        aria=False,
    )
    y = alt.Y("share:Q", scale=y_scale, axis=y_axis)
    colour = alt.Color(
        "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.colours(paint)), legend=None
    )
    levels = alt.Chart(alt.InlineData(values=_REACHED))
    level = alt.Y("level:Q", scale=y_scale, axis=y_axis)
    rules = levels.mark_rule(strokeDash=[2, 3], color=paint("muted"), aria=False).encode(y=level)
    said = levels.mark_text(
        align="right",
        baseline="bottom",
        dx=-2,
        dy=-2,
        fontSize=12,
        color=paint("muted"),
        aria=False,
    ).encode(x=alt.value(alt.ExprRef("width")), y=level, text=alt.Text("said:N"))
    lines = (
        alt.Chart(parts.named("rows"))
        .mark_line(strokeWidth=2, strokeJoin="round", strokeCap="round", aria=False)
        .encode(
            x=x,
            y=y,
            color=colour,
            strokeDash=alt.StrokeDash(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.dashes()), legend=None
            ),
        )
    )
    points = (
        alt.Chart(parts.named("rows"))
        .transform_calculate(
            text="datum.name + ', ' + datum.since + ': ' + datum.said"
            " + (datum.reached === '–' ? '' : ', reached ' + datum.reached)"
        )
        # The invisible rim makes a small point easy to hit.
        .mark_point(filled=True, opacity=1, stroke="transparent", strokeWidth=6, strokeJoin="round")
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=alt.Shape(
                "slot:N", scale=alt.Scale(domain=_SLOTS, range=theme.shapes()), legend=None
            ),
            # Where a mark is reached the point is larger.
            size=alt.SizeValue(alt.ExprRef("datum.reached === '–' ? 14 : 120")),
            tooltip=[
                alt.Tooltip("name:N", title="Release"),
                alt.Tooltip("since:N", title="Since first seen"),
                alt.Tooltip("dates:N", title="Period"),
                alt.Tooltip("said:N", title="Share"),
                alt.Tooltip("count:N", title="Count"),
                alt.Tooltip("reached:N", title="Reached"),
            ],
            description=alt.Description("text:N"),
        )
    )
    chart: alt.LayerChart = alt.layer(rules, said, lines, points, line_legend(paint)).resolve_scale(
        shape="independent", fill="independent", stroke="independent"
    )
    return parts.finished(chart, paint, given, width=width, height=height)
