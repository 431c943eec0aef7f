"""The scatter of paired images, built with Altair: the same for every frame."""

from __future__ import annotations

from typing import Any

import altair as alt

from insights_nb.charts import parts, theme
from insights_nb.charts.pairs import AREAS, NARROW
from insights_nb.charts.parts import Width

_SLOTS = [*range(theme.COLOURS + 1)]

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * len(_SLOTS),
    "shown": [],
    "column_width": 48,
    "most_users": 1,
    "x_end": 1,
    "y_end": 1,
    "room": 700,
}


def build(
    paint: theme.Paint,
    *,
    width: Width = "container",
    height: int = 320,
    values: dict[str, Any] | None = None,
) -> alt.LayerChart:
    """Return the chart over the named data ``rows`` and ``labels``, without their values."""
    paints = [*(paint(f"series-{slot}") for slot in range(theme.COLOURS)), paint("other")]
    colour = alt.Scale(domain=_SLOTS, range=paints)
    shape = alt.Scale(domain=_SLOTS, range=theme.shapes()[: len(_SLOTS)])
    layers = alt.layer(
        _points(colour, shape), _labels(paint), _legend(colour, shape)
    ).resolve_scale(shape="independent", fill="independent")
    given = PARAMETERS | (values or {})
    return parts.finished(layers, paint, given, width=width, height=height)


def _points(colour: alt.Scale, shape: alt.Scale) -> alt.Chart:
    size = alt.Scale(
        type="linear", domainMin=0, domainMax=alt.ExprRef("most_users"), range=[*AREAS]
    )
    chart: alt.Chart = (
        alt.Chart(parts.named("rows"))
        .mark_point(filled=True, opacity=0.8)
        .encode(
            x=_x(),
            y=_y(),
            size=alt.Size("users:Q", scale=size, legend=None),
            color=alt.Color("slot:N", scale=colour, legend=None),
            shape=alt.Shape("slot:N", scale=shape, legend=None),
            tooltip=[
                alt.Tooltip("pair:N", title="Paired image"),
                alt.Tooltip("repository:N", title="With"),
                alt.Tooltip("people:N", title="Users"),
                alt.Tooltip("companies:N", title="Company domains"),
            ],
            description=alt.Description("text:N"),
        )
    )
    return chart


def _labels(paint: theme.Paint) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(parts.named("labels"))
        .transform_filter(f"datum.narrow === (room < {NARROW})")
        .mark_text(
            fontSize=11.5,
            baseline="middle",
            align=alt.ExprRef("datum.align"),
            dx=alt.ExprRef("datum.dx"),
            dy=alt.ExprRef("datum.dy"),
            color=paint("text"),
            aria=False,
        )
        .encode(x=_x(), y=_y(), text=alt.Text("text:N"))
    )
    return chart


def _legend(colour: alt.Scale, shape: alt.Scale) -> alt.Chart:
    """Return a layer without rows whose legend shows each repository's colour and marker."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        values=parts.if_shown("shown", "[-1]"),
        **parts.legend_labels(40, empty=True),
        columns=alt.ExprRef(parts.LEGEND_COLUMNS),
        columnPadding=14,
        rowPadding=0,
        symbolSize=parts.if_shown("110", "0"),
        symbolStrokeWidth=0,
        labelOffset=6,
        offset=parts.if_shown("28", "-13"),
        aria=False,
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[]))
        .mark_point(opacity=1)
        .encode(
            shape=alt.Shape("slot:N", scale=shape, legend=legend),
            fill=alt.Fill("slot:N", scale=colour, legend=legend),
        )
    )
    return chart


def _x() -> alt.X:
    scale = alt.Scale(zero=True, nice=False, domainMax=alt.ExprRef("x_end"))
    return alt.X("x:Q", scale=scale, axis=_axis("Share of the repository's users"))


def _y() -> alt.Y:
    scale = alt.Scale(zero=True, nice=False, domainMax=alt.ExprRef("y_end"))
    # Above the axis, where it takes no width from the points.
    above = {"titleAngle": 0, "titleAnchor": "end", "titleAlign": "left", "titleX": 2, "titleY": -8}
    return alt.Y("y:Q", scale=scale, axis=_axis("Share of its company domains", **above))


def _axis(title: str, **more: Any) -> alt.Axis:  # noqa: ANN401 - axis options
    return alt.Axis(
        title=title,
        titleFontWeight="normal",
        labelExpr=parts.SHORT_SHARE,
        tickCount=alt.ExprRef(f"room < {NARROW} ? 4 : 6"),
        tickMinStep=0.0001,
        domain=False,
        ticks=False,
        aria=False,
        **more,
    )
