"""How fast releases are adopted: each one's share by days since it was first seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from insights_nb.charts import parts, texts, theme
from insights_nb.charts.drawing import Columns, Datasets, Drawing, Mark, Signals, repeated
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.lines import line_legend
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, short_names
from insights_nb.metrics.pulls import granularity_of
from insights_nb.metrics.releases import REACHED
from insights_nb.periods import Period

MOST = theme.COLOURS
"""More curves than these are not followed."""

_HEADING = "How fast releases are adopted"
_COLUMNS = ("repository", "cohort", "release", "period", "days", "pulls", "share", "censored")
_SLOTS = theme.SLOTS + len(theme.OTHER_SLOTS)
_NOT_REACHED = "–"
_KEY_WIDTH = 48


def release_chart(
    curves: pd.DataFrame,
    *,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw each release's share of its cohort by days since it was first seen.

    A larger point says where a release reached 10 % and 50 %. The seven releases that were first
    seen last have a line each. Left out, and said so, are releases that may be older than the
    first report, and those that had no other of their cohort beside them: their share is all.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    curves
        As `insights_nb.adoption_curves` gives it, or some of its rows.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    """
    return release_drawing(curves).chart(width=width, height=height, paint=paint)


def release_drawing(curves: pd.DataFrame) -> Drawing:
    """Turn a frame of adoption curves into what the release chart draws.

    Returns
    -------
    Drawing
        Datasets: ``rows``, one per release and period since: ``days``, ``share`` (``None`` where
        unknown), ``slot`` (colour, dash and shape), and in words ``name``, ``since``, ``dates``,
        ``said`` (the share), ``count``, ``reached`` (``10 %`` or ``50 %`` in the period in which it
        first was as high, else ``–``). By column; a column of repeated texts is ``{"categories":
        [...], "codes": [...]}``.
        Signals: the specification's parameters (`insights_nb.charts.releases.PARAMETERS`).
    """
    known_or_raise(curves, _COLUMNS, "The release chart", "insights_nb.adoption_curves")
    granularity = granularity_of(curves)
    drawn, notes = _chosen(curves)
    keys = drawn["repository"] + "\n" + drawn["release"]
    codes, found = pd.factorize(keys)
    names = _names([key.partition("\n")[::2] for key in found])
    starts, periods = pd.factorize(drawn["period"])
    days = drawn["days"].to_numpy("int64")
    rows: Columns = {
        "days": days.tolist(),
        "share": _or_none(drawn["share"]),
        "slot": codes.tolist(),
        "name": repeated(names, codes.tolist()),
        "since": [texts.counted(day, ("day", "days")) for day in days.tolist()],
        "dates": repeated(
            [Period(granularity, day.date()).dates for day in periods], starts.tolist()
        ),
        "said": [
            "not known" if share is None else texts.percent(share)
            for share in _or_none(drawn["share"])
        ],
        "count": [
            "not known" if count is None else texts.counted(count, ("pull", "pulls"))
            for count in _or_none(drawn["pulls"])
        ],
        "reached": _reached(drawn["share"], codes),
    }
    signals = {
        "heading": _HEADING,
        "notes": notes,
        "names": [*names, *[""] * (_SLOTS - len(names))],
        "shown": [*range(len(names))],
        "column_width": parts.legend_column(_KEY_WIDTH, names),
    }
    return Drawing(RELEASES, {"rows": rows}, signals)


def _describe(datasets: Datasets, signals: Signals) -> str:
    """Say in words what a release chart shows, for those who do not see it."""
    rows = datasets["rows"]
    sentences = [f"{signals['heading']}.", *(_sentence(note) for note in signals["notes"])]
    for slot, name in enumerate(rows["name"]["categories"]):
        own = [row for row, each in enumerate(rows["slot"]) if each == slot]
        reached = [
            f"{rows['reached'][row]} after {rows['since'][row]}"
            for row in own
            if rows["reached"][row] != _NOT_REACHED
        ]
        known = [row for row in own if rows["share"][row] is not None]
        newest = f"{rows['said'][known[-1]]} after {rows['since'][known[-1]]}"
        sentences.append(f"{name}: {', '.join([*reached, f'now {newest}'])}.")
    return " ".join(sentences)


def _chosen(curves: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that are drawn, and the notes on them."""
    keys = ["repository", "release"]
    firsts = curves[curves["days"] == 0].drop_duplicates(keys)
    rivals = curves[curves["share"] < 1][keys].drop_duplicates().assign(rivals=True)
    known = firsts.merge(rivals, on=keys, how="left")
    older = known["censored"].to_numpy(bool)
    alone = known["rivals"].isna().to_numpy() & ~older
    candidates = known[~older & ~alone].sort_values("period", ascending=False, kind="stable")
    kept = candidates.head(MOST)[keys]
    notes = [_whose(curves)] if len(curves) else ["Nothing to show."]
    wholes = set(known["cohort"])
    of = "all versions'" if wholes == {"all versions"} else "its major version's"
    notes.append(f"Each one's share of {of} pulls.")
    reasons = [
        f"{count} {why}"
        for count, why in (
            (int(older.sum()), "that may be older than the first report"),
            (int(alone.sum()), "without any other of the major"),
            (len(candidates) - len(kept), "first seen earlier than these"),
        )
        if count
    ]
    if reasons:
        notes.append(f"Left out: {', '.join(reasons)}.")
    return curves.merge(kept, on=keys), notes


def _names(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Name releases, each with its repository only where there are several, and as short."""
    owners = short_names(repository for repository, _ in pairs)
    if len(owners) == 1:
        return [texts.harmless(release) for _, release in pairs]
    return [f"{owners[repository]} {texts.harmless(release)}" for repository, release in pairs]


def _whose(curves: pd.DataFrame) -> str:
    names = curves["repository"].unique()
    return texts.harmless(str(names[0])) if len(names) == 1 else f"{len(names)} repositories"


def _reached(shares: pd.Series[Any], codes: np.ndarray[Any, np.dtype[np.intp]]) -> list[str]:
    """Say in which row each release first was at 10 % and at 50 %; the higher where at once."""
    sentences = [_NOT_REACHED] * len(shares)
    values = shares.to_numpy("float64", na_value=np.nan)
    for name, wanted in REACHED.items():
        rows = np.flatnonzero(values >= wanted)
        _, first = np.unique(codes[rows], return_index=True)
        for row in rows[first].tolist():
            sentences[row] = f"{name} %"
    return sentences


def _or_none(column: pd.Series[Any]) -> list[float | None]:
    values = column.to_numpy("float64", na_value=np.nan).tolist()
    return [None if value != value else value for value in values]


def _sentence(note: str) -> str:
    return note if note.endswith(".") else f"{note}."


# --- the specification ---

# What is shown comes in by these, so that the specification itself never changes.
PARAMETERS: dict[str, Any] = {
    "heading": "",
    "notes": [],
    "names": [""] * (theme.SLOTS + len(theme.OTHER_SLOTS)),
    "shown": [],
    "column_width": 48,
    "room": 700,
}

_EVERY_SLOT = list(range(theme.SLOTS + len(theme.OTHER_SLOTS)))
# In the unit of the axis, and as it writes them.
_REACHED = [{"level": 0.1, "said": "10 %"}, {"level": 0.5, "said": "50 %"}]


def _build(
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
        "slot:N", scale=alt.Scale(domain=_EVERY_SLOT, range=theme.colours(paint)), legend=None
    )
    levels = alt.Chart(alt.InlineData(values=_REACHED))
    level = alt.Y("level:Q", scale=y_scale, axis=y_axis)
    rules = levels.mark_rule(strokeDash=[2, 3], color=paint("muted"), aria=False).encode(y=level)
    text = levels.mark_text(
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
                "slot:N", scale=alt.Scale(domain=_EVERY_SLOT, range=theme.dashes()), legend=None
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
                "slot:N", scale=alt.Scale(domain=_EVERY_SLOT, range=theme.shapes()), legend=None
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
    chart: alt.LayerChart = alt.layer(rules, text, lines, points, line_legend(paint)).resolve_scale(
        shape="independent", fill="independent", stroke="independent"
    )
    return parts.finished(chart, paint, given, width=width, height=height)


RELEASES = Mark("releases", _build, _describe)
