"""Paired images as points: share of users against share of company domains."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from insights_nb.charts import parts, theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.lazy import alt
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, short_names
from insights_nb.charts.texts import Unit, counted, harmless, percent
from insights_nb.metrics.pulls import granularity_of
from insights_nb.periods import Period

NARROW = 520
"""Below so many pixels for the whole chart it has a phone's labels."""

PAIR: Unit = ("pair", "pairs")
MOST_POINTS = 400
"""How many pairs are drawn: more points lie on each other, and take long to draw."""

_COLUMNS = (
    "period", "repository", "paired_image", "users", "total_pullers", "pct_users", "domains",
    "total_domains", "pct_domains",
)  # fmt: skip
_OTHER = theme.COLOURS
_KEY_WIDTH = 52
# The plot on which labels must not overlap: in a wider one they are farther apart.
_HEIGHT = 320
_PLOTS = {False: (440, 9), True: (250, 4)}
AREAS = (24, 420)
"""A point's area in pixels: with no users, and with the most."""
_LETTER_WIDTH = 6.4
_LINE_HEIGHT = 15
_LABEL_LENGTH = 26
_DESCRIBED = 10

Box = tuple[float, float, float, float]


def short_name(image: str) -> str:
    """Return what a paired image is called where there is little room."""
    name = image.removeprefix("library/")
    return name if len(name) <= _LABEL_LENGTH else f"{name[: _LABEL_LENGTH - 1]}…"


def pair_chart(
    frame: pd.DataFrame,
    *,
    width: Width = "container",
    height: int = _HEIGHT,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw each paired image as a point: users to the right, company domains upwards.

    A point is as large as its users are many; colour and shape are the publisher's repository.
    Of very many pairs the 400 with most users are drawn, which a note says.
    The seven repositories with most users have one each, the others are grey. The largest points
    are labelled where there is room.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.newest_pairs` gives it, or some of its rows; of several periods the newest
        is drawn.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return pair_drawing(frame).chart(width=width, height=height, paint=paint)


def pair_drawing(frame: pd.DataFrame) -> Drawing:
    """Turn pairs into points.

    Returns
    -------
    Drawing
        Datasets: by column: ``rows``, one per pair, most users first, with ``x`` and ``y``
        (ratios), ``users``, ``slot``, and in words ``pair``, ``repository``, ``people``,
        ``companies`` and ``text``; ``labels`` with ``x``, ``y``, ``text``, ``align``, ``dx``,
        ``dy`` and whether they are a phone's (``narrow``).
        Signals: the specification's parameters (`insights_nb.charts.pairs.PARAMETERS`).
    """
    known_or_raise(frame, _COLUMNS, "The pair chart", "insights_nb.newest_pairs")
    listed = frame[frame["pct_users"].notna()]
    newest = listed[listed["period"] == listed["period"].max()]
    known = newest[newest["pct_domains"].notna()]
    if known.empty:
        signals = _signals("Paired images", ["Nothing to show."], [], known)
        return Drawing(PAIRS, {"rows": {"x": []}, "labels": {"x": []}}, signals)
    known = known.iloc[np.argsort(-known["users"].to_numpy(np.int64), kind="stable")]
    rest = len(known) - MOST_POINTS
    known = known.head(MOST_POINTS)
    codes, found = pd.factorize(known["repository"])
    # A repository's users are the same ones in all its pairs: the largest pair ranks it.
    names = [*short_names(found).values()]
    pairs = [harmless(str(name)) for name in known["paired_image"]]
    people = _parts(known, "users", "total_pullers", "pct_users")
    companies = _parts(known, "domains", "total_domains", "pct_domains")
    rows: Columns = {
        "x": known["pct_users"].tolist(),
        "y": known["pct_domains"].tolist(),
        "users": known["users"].tolist(),
        "slot": np.minimum(codes, _OTHER).tolist(),
        "pair": pairs,
        "repository": repeated(names, codes.tolist()),
        "people": people,
        "companies": companies,
        "text": [
            f"{pair} with {names[code]}: users {of_users}, company domains {of_domains}"
            for pair, code, of_users, of_domains in zip(
                pairs, codes.tolist(), people, companies, strict=True
            )
        ],
    }
    period = Period(granularity_of(known), known["period"].iloc[0].date())
    notes = ["Fewer than 10 users: not listed."]
    if rest > 0:
        notes.append(f"{counted(rest, PAIR)} with fewer users not drawn.")
    if unknown := int(newest["pct_domains"].isna().sum()):
        notes.append(f"{counted(unknown, PAIR)} left out: no company domains known.")
    signals = _signals(f"Paired images, {period.dates}", notes, names, known)
    return Drawing(PAIRS, {"rows": rows, "labels": _label_rows(rows, signals)}, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what the points show, for those who do not see them."""
    texts = datasets["rows"].get("text", [])
    sentences = [
        f"{signals['heading']}.",
        *signals["notes"],
        *(f"{t}." for t in texts[:_DESCRIBED]),
    ]
    return " ".join(
        [*sentences, *([f"And {len(texts) - _DESCRIBED} more."] if texts[_DESCRIBED:] else [])]
    )


def _signals(heading: str, notes: list[str], names: list[str], known: pd.DataFrame) -> Signals:
    shown = [*names[:_OTHER]]
    if len(names) > _OTHER:
        rest = len(names) - _OTHER
        shown.append(f"Other ({counted(rest, ('repository', 'repositories'))})")
    return {
        "heading": heading,
        "notes": notes,
        "names": [*shown, *[""] * (_OTHER + 1 - len(shown))],
        "shown": [*range(len(shown))],
        "column_width": _KEY_WIDTH + 7 * max(map(len, shown), default=1),
        "most_users": int(known["users"].max()) if len(known) else 1,
        "x_end": _end(known["pct_users"]),
        "y_end": _end(known["pct_domains"]),
    }


def _end(shares: pd.Series[Any]) -> float:
    """Return where an axis ends: a little beyond the largest, at a round number."""
    largest = float(shares.max()) if len(shares) else 0.0
    return max(0.02, math.ceil(largest * 1.06 * 50) / 50)


def _parts(frame: pd.DataFrame, part: str, whole: str, share: str) -> list[str]:
    return [
        f"{some:,} of {total:,} ({percent(ratio)})"
        for some, total, ratio in frame[[part, whole, share]].itertuples(index=False, name=None)
    ]


def _label_rows(rows: Columns, signals: Signals) -> Columns:
    """Place the labels of the largest points so that none lies on another, for both widths."""
    made: Columns = {name: [] for name in ("x", "y", "text", "align", "dx", "dy", "narrow")}
    for narrow, (width, most) in _PLOTS.items():
        left = [x / signals["x_end"] * width for x in rows["x"]]
        top = [(1 - y / signals["y_end"]) * _HEIGHT for y in rows["y"]]
        area = [AREAS[0] + (AREAS[1] - AREAS[0]) * n / signals["most_users"] for n in rows["users"]]
        radius = [math.sqrt(each / math.pi) for each in area]
        points = [(x - r, y - r, x + r, y + r) for x, y, r in zip(left, top, radius, strict=True)]
        taken: list[Box] = []
        for point, name in enumerate(map(short_name, rows["pair"])):
            if made["narrow"].count(narrow) == most:
                break
            places = [
                each
                for each in _places(left[point], top[point], radius[point], name)
                if _free(each[0], taken, width)
            ]
            if not places:
                continue
            # Beside all points, if there is such a place; else beside those with a label.
            best = next((each for each in places if _free(each[0], points, width)), places[0])
            taken += [best[0], points[point]]
            values = (rows["x"][point], rows["y"][point], name, *best[1:], narrow)
            for column, value in zip(made, values, strict=True):
                made[column].append(value)
    return made


def _places(
    left: float, top: float, radius: float, text: str
) -> Iterator[tuple[Box, str, float, float]]:
    """Return where a point's label can stand, and how it is drawn there."""
    half, apart, length = _LINE_HEIGHT / 2, radius + 4, len(text) * _LETTER_WIDTH
    yield (left + apart, top - half, left + apart + length, top + half), "left", apart, 0
    yield (left - apart - length, top - half, left - apart, top + half), "right", -apart, 0
    for dy in (-apart - half, apart + half):
        box = (left - length / 2, top + dy - half, left + length / 2, top + dy + half)
        yield box, "center", 0, dy


def _free(box: Box, taken: list[Box], width: float) -> bool:
    left, top, right, bottom = box
    if left < 0 or right > width or top < 0 or bottom > _HEIGHT:
        return False
    return all(
        right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3]
        for other in taken
    )


# --- the specification ---

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


def _build(
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


PAIRS = Mark("pairs", _build, _describe)
