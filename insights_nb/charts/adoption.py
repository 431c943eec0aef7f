"""Tags and versions over time: what is stacked, and the charts themselves.

Importing this module does not load Altair.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from insights_nb.charts import theme
from insights_nb.errors import ChartFrameError
from insights_nb.metrics.pulls import definitions_of, granularity_of
from insights_nb.metrics.versions import BY_DIGEST, OTHER, read_tag, version_place
from insights_nb.periods import Period, between, date_range

if TYPE_CHECKING:
    import altair as alt

Rows = list[dict[str, Any]]
Signals = dict[str, Any]

MOST = 7
"""More colours than these are not told apart."""

_REST, _DIGEST = MOST, MOST + 1
_DAY = 86_400_000
# So that neighbouring periods stay apart in every width.
_APART = {"week": int(0.5 * _DAY), "month": 2 * _DAY}
# A legend column's width: its symbol, and about this much for a letter.
_KEY_WIDTH = 36
_LETTER_WIDTH = 7


def tag_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: int | Literal["container"] = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw the pulls of the most pulled tags, stacked, a column per period.

    The seven most pulled tags have a colour each, newest version lowest; the rest is folded into
    one grey, and pulls by digest lie on top in a lighter one. A period whose report is not held
    is a light band.

    Parameters
    ----------
    frame
        As `insights_nb.tag_pulls` gives it, or some of its rows.
    share
        Draw shares of the repositories' pulls instead of counts.
    width
        In pixels, or ``"container"`` to fill the cell.
    height
        Of the plot without title, legend and axis, in pixels.
    paint
        Gives each colour: `insights_nb.charts.theme.themed` for a page whose style decides between
        light and dark, else the light colours on white.

    Returns
    -------
    altair.LayerChart
        Its rows are in it, however many.

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    return _chart(adoption_datasets(frame, "tag", share=share), width, height, paint)


def cohort_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: int | Literal["container"] = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
) -> alt.LayerChart:
    """Draw the pulls of version cohorts, stacked, newest lowest, a column per period.

    Parameters
    ----------
    frame
        As `insights_nb.cohorts` gives it, or some of its rows; variants are added up.
    share, width, height, paint
        As for `tag_chart`, whose look it has too.

    Returns
    -------
    altair.LayerChart
        Its rows are in it, however many.

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    return _chart(adoption_datasets(frame, "cohort", share=share), width, height, paint)


def adoption_datasets(
    frame: pd.DataFrame, by: Literal["tag", "cohort"], *, share: bool = False
) -> tuple[dict[str, Rows], Signals]:
    """Turn a frame into what the adoption charts draw.

    Returns
    -------
    datasets : dict
        ``rows``, one per period and band with pulls: ``start``, ``stop`` (UTC milliseconds),
        ``lower``, ``upper``, ``slot``, and in words ``name``, ``dates``, ``count``, ``share``.
        ``gaps``, one per run of periods of which nothing is known: ``start``, ``stop``, ``text``.
    signals : dict
        The specification's parameters (`insights_nb.charts.adoption_spec.PARAMETERS`).

    Raises
    ------
    ChartFrameError
        If the frame lacks a column.
    MixedGranularityError
        If weeks and months share the frame.
    """
    missing = [n for n in ("period", "repository", by, "pulls", "share") if n not in frame]
    if missing:
        source = {"tag": "insights_nb.tag_pulls", "cohort": "insights_nb.cohorts"}[by]
        raise ChartFrameError(f"The {by} chart", missing, source)
    what = f"{'Share of pulls' if share else 'Pulls'} by {'tag' if by == 'tag' else 'version'}"
    frame, left_out = _one_definition(frame)
    known = frame.dropna(subset=["pulls"])
    if known.empty:
        return {"rows": [], "gaps": []}, {"heading": what, "notes": ["Nothing to show."]}
    granularity = granularity_of(frame)
    days = [day.date() for day in (frame["period"].min(), frame["period"].max())]
    periods = list(between(*(Period(granularity, day) for day in days)))
    bands = _bands(known, by)
    counts = bands.pivot_table("pulls", "period", "slot", "sum").astype("float64")
    index = pd.DatetimeIndex([period.start for period in periods])
    slots = [int(slot) for slot in bands["slot"].unique()]
    counts = counts.reindex(index=index, columns=slots)
    whole = _whole(known).reindex(index).astype("float64")
    names = [""] * (_DIGEST + 1)
    for slot, name in bands[["slot", "name"]].drop_duplicates().itertuples(index=False):
        names[slot] = str(name)
    rows = _rows(counts, whole, names, periods, share=share)
    gaps = _gaps(whole, periods)
    signals = {
        "heading": f"{what} per {granularity}",
        "notes": _notes(frame, counts, whole, gaps, periods) + left_out,
        "names": names,
        "shown": slots,
        "periods": [_milliseconds(period.start) for period in periods],
        "monthly": granularity == "month",
        "percent": share,
        "column_width": _KEY_WIDTH + _LETTER_WIDTH * max(map(len, names)),
        "ceiling": 1 if share or not counts.to_numpy(na_value=0).any() else None,
    }
    return {"rows": rows, "gaps": gaps}, signals


def _one_definition(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out repositories whose pulls are counted otherwise than most: a stack adds up."""
    definitions = definitions_of(frame) if "source" in frame else {}
    if len(set(definitions.values())) <= 1:
        return frame, []
    of = frame["repository"].map(definitions)
    main = frame["pulls"].groupby(of).sum().idxmax()
    count = frame.loc[of != main, "repository"].drop_duplicates().size
    noun = "repository" if count == 1 else "repositories"
    return frame[of == main], [f"Left out: {count} {noun} whose reports count otherwise."]


def _chart(
    made: tuple[dict[str, Rows], Signals],
    width: int | Literal["container"],
    height: int,
    paint: theme.Paint,
) -> alt.LayerChart:
    from insights_nb.charts.adoption_spec import build

    datasets, signals = made
    chart = build(paint, width=width, height=height, values=signals)
    # Not as data of the layers: Altair refuses more than 5,000 rows there.
    chart.datasets = dict(datasets)
    return chart


def _bands(known: pd.DataFrame, by: Literal["tag", "cohort"]) -> pd.DataFrame:
    """Add each row's band, ``name`` and ``slot``, lowest band first."""
    keys = ["repository", by]
    pairs = known.groupby(keys, dropna=False)["pulls"].sum().reset_index()
    pairs = pairs[pairs["pulls"] > 0]
    digest = pairs[by].isna() | ((pairs[by] == BY_DIGEST) & (by == "cohort"))
    other = (pairs[by] == OTHER) & (by == "cohort")
    ranked = pairs[~digest & ~other]
    kept = ranked.sort_values("pulls", ascending=False, kind="stable").index[:MOST]
    rest = _folded(pairs[~digest].drop(kept), by)
    pairs = pairs.assign(
        slot=np.where(digest, _DIGEST, _REST), name=np.where(digest, BY_DIGEST, rest)
    )
    several = len(known["repository"].unique()) > 1
    named = {}
    for index, repository, value in pairs.loc[kept, keys].itertuples():
        joined = f"{repository}{':' if by == 'tag' else ' '}{value}" if several else str(value)
        named[index] = (repository, *_age(value), _harmless(joined))
    order = sorted(named, key=named.__getitem__)
    pairs.loc[order, "slot"] = range(len(order))
    pairs.loc[order, "name"] = [named[index][-1] for index in order]
    bands = known[[*keys, "period", "pulls"]].merge(pairs[[*keys, "slot", "name"]], on=keys)
    return bands.sort_values("slot", kind="stable", ignore_index=True)


def _folded(rest: pd.DataFrame, by: Literal["tag", "cohort"]) -> str:
    if by == "cohort" and set(rest["cohort"]) == {OTHER}:
        return "other tags"
    count = len(rest)
    noun = "tag" if by == "tag" else "version"
    return f"Other ({count} {noun}{'' if count == 1 else 's'})"


def _age(name: str) -> tuple[int, tuple[int, ...], str]:
    """Return a sorting key: versions newest first, then ``latest``, then all else by name."""
    return version_place(name if " (no " in name else read_tag(name).cohort("patch"))


def _whole(known: pd.DataFrame) -> pd.Series:
    """Return the pulls of each period that shares are of, though the frame be a part of them."""
    sums = known.groupby(["period", "repository"])[["pulls", "share"]].sum(min_count=1)
    whole = (sums["pulls"] / sums["share"].where(sums["share"] > 0)).fillna(0)
    return whole.groupby("period").sum().round()


def _rows(
    counts: pd.DataFrame, whole: pd.Series, names: list[str], periods: list[Period], *, share: bool
) -> Rows:
    values = counts.to_numpy(na_value=0)
    total = whole.to_numpy(na_value=0)
    shares = np.divide(values, total[:, None], out=np.zeros_like(values), where=total[:, None] > 0)
    drawn = shares if share else values
    upper = drawn.cumsum(axis=1)
    lower = upper - drawn
    return [
        {
            "start": _milliseconds(period.start),
            "stop": _milliseconds(period.end) - _APART[period.granularity],
            "lower": float(lower[row, line]),
            "upper": float(upper[row, line]),
            "slot": int(slot),
            "name": names[slot],
            "dates": period.dates,
            "count": f"{values[row, line]:,.0f} pull{'' if values[row, line] == 1 else 's'}",
            "share": f"{shares[row, line]:.1%}".replace("%", " %"),
        }
        for line, slot in enumerate(counts.columns.to_numpy(np.intp))
        for row, period in enumerate(periods)
        if values[row, line] > 0
    ]


def _gaps(whole: pd.Series, periods: list[Period]) -> Rows:
    unknown = whole.isna().to_numpy()
    starts = [row for row in np.flatnonzero(unknown) if row == 0 or not unknown[row - 1]]
    stops = [
        row for row in np.flatnonzero(unknown) if row == len(unknown) - 1 or not unknown[row + 1]
    ]
    return [
        {
            "start": _milliseconds(periods[first].start),
            "stop": _milliseconds(periods[last].end) - _APART[periods[last].granularity],
            "text": f"No report held for {_span(periods[first], periods[last])}.",
        }
        for first, last in zip(starts, stops, strict=True)
    ]


def _notes(
    frame: pd.DataFrame,
    counts: pd.DataFrame,
    whole: pd.Series,
    gaps: Rows,
    periods: list[Period],
) -> list[str]:
    names = frame["repository"].unique()
    noun = periods[0].granularity
    said = _harmless(str(names[0])) if len(names) == 1 else f"{len(names)} repositories"
    # One line each: a phone has no room for them side by side.
    notes = [said, _span(periods[0], periods[-1])]
    if _DIGEST in counts and (pulls := whole.sum()):
        notes.append(f"{100 * counts[_DIGEST].sum() / pulls:.0f} % name no tag (by digest).")
    if len(gaps) == 1:
        notes.append(gaps[0]["text"])
    elif gaps:
        notes.append(f"{int(whole.isna().sum())} {noun}s are unknown (shaded).")
    held = frame.groupby(["period", "repository"])["pulls"].count().gt(0).groupby("period")
    if partly := int((held.any() & ~held.all()).sum()):
        verb = " lacks" if partly == 1 else "s lack"
        notes.append(f"{partly} {noun}{verb} some repository's report.")
    return notes


def _span(first: Period, last: Period) -> str:
    if first == last:
        return first.dates
    if first.granularity == "week":
        return date_range(first.start, last.last_day)
    month = first.dates if first.start.year != last.start.year else first.dates.split()[0]
    return f"{month} – {last.dates}"


def _harmless(name: str) -> str:
    # Altair's own HTML page has the rows inside a script, which such a name would end; and a mark
    # for right-to-left writing would turn round the words around it.
    shown = (each if each.isprintable() else repr(each)[1:-1] for each in name)
    return "".join(shown).replace("<", "‹")


def _milliseconds(day: dt.date) -> int:
    """Return a day's start in UTC: as a time of its own a bare date shifts with the viewer."""
    return (day - dt.date(1970, 1, 1)).days * _DAY
