"""Tags and versions over time: what is stacked, and the charts themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from insights_nb.charts import texts, theme
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.events import shown_events
from insights_nb.charts.lazy import alt
from insights_nb.charts.marks.stack import NAMED, REST, UNNAMED, Grid, Stack, nothing, summed
from insights_nb.charts.parts import Width
from insights_nb.charts.series import known_or_raise, short_names
from insights_nb.charts.timeline import placed, span
from insights_nb.metrics.pulls import definitions_of, granularity_of
from insights_nb.metrics.versions import (
    BY_DIGEST,
    OTHER,
    Version,
    rules_of,
    tag_reader,
    version_place,
)
from insights_nb.periods import Period

_NOUNS = {"tag": ("tag", "tags"), "cohort": ("version", "versions")}
_SOURCES = {"tag": "insights_nb.tag_pulls", "cohort": "insights_nb.cohorts"}
_PULLS = ("pull", "pulls")


def tag_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    events: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw the pulls of the most pulled tags, stacked, a column per period.

    The seven most pulled tags have a colour each, newest version lowest; the rest is folded into
    one grey, and pulls by digest lie on top, hollow. A period whose report is missing
    is a light band.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.tag_pulls` gives it, or some of its rows.
    share
        Draw shares of the repositories' pulls instead of counts.
    width, height, paint
        As for `insights_nb.charts.drawing.Drawing.chart`.
    events
        As for `insights_nb.pull_chart`; a mark stands in the middle of its period's column.
    """
    return adoption_drawing(frame, "tag", share=share, events=events).chart(
        width=width, height=height, paint=paint
    )


def cohort_chart(
    frame: pd.DataFrame,
    *,
    share: bool = False,
    width: Width = "container",
    height: int = 300,
    paint: theme.Paint = theme.literal,
    events: pd.DataFrame | None = None,
) -> alt.LayerChart:
    """Draw the pulls of version cohorts, stacked, newest lowest, a column per period.

    Returns and raises what every chart does: see `insights_nb.charts`.

    Parameters
    ----------
    frame
        As `insights_nb.cohorts` gives it, or some of its rows; variants are added up.
    share, width, height, paint, events
        As for `tag_chart`, whose look it has too.
    """
    return adoption_drawing(frame, "cohort", share=share, events=events).chart(
        width=width, height=height, paint=paint
    )


def adoption_drawing(
    frame: pd.DataFrame,
    by: Literal["tag", "cohort"],
    *,
    share: bool = False,
    events: pd.DataFrame | None = None,
) -> Drawing:
    """Turn a frame into what the adoption charts draw.

    Parameters
    ----------
    frame, share, events
        As for `tag_chart` or `cohort_chart`.
    by
        Which of them.
    """
    columns = ["period", "repository", by, "pulls", "share"]
    known_or_raise(frame, columns, f"The {by} chart", _SOURCES[by])
    noun = _NOUNS[by]
    heading = f"{'Share of pulls' if share else 'Pulls'} by {noun[0]}"
    title = noun[0].capitalize()
    shown = None if events is None else shown_events(frame, events)
    frame, left_out = _one_definition(frame)
    grids = _grids(frame, by) if frame["pulls"].notna().any() else None
    if grids is None:
        return nothing(heading, title)
    slots, names, values = _bands(grids, by, tag_reader(rules_of(frame)))
    text = texts.harmless(grids.repositories[0])
    if len(grids.repositories) > 1:
        text = f"{len(grids.repositories)} repositories"
    periods = grids.periods
    notes = [text, span(periods[0], periods[-1])]
    if UNNAMED in slots and (pulls := np.nansum(grids.whole)):
        ratio = values[slots.index(UNNAMED)].sum() / pulls
        notes.append(f"{texts.percent(ratio, 0)} pulled by digest (no tag).")
    made = Stack(
        values=values,
        whole=grids.whole,
        periods=periods,
        slots=slots,
        names=names,
        units=[_PULLS] * len(slots),
        before=notes,
        after=[*_partly(grids), *left_out],
        events=shown,
    )
    return made.drawing(heading, title, share=share)


@dataclass(frozen=True)
class _Grids:
    """A frame as matrices, a column per period."""

    periods: list[Period]
    repositories: list[str]
    pairs: list[tuple[str, object]]
    """Repository and tag (or cohort) of each row of `pulls`."""
    pulls: Grid
    whole: Grid
    """What shares are of."""
    known: npt.NDArray[np.bool_]
    """Whether a repository's pulls are known, and whether the frame names it at all."""
    named: npt.NDArray[np.bool_]


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


def _grids(frame: pd.DataFrame, by: str) -> _Grids:
    periods, places = placed(frame["period"], granularity_of(frame))
    pulls = frame["pulls"].to_numpy("float64", na_value=np.nan)
    shares = frame["share"].to_numpy("float64", na_value=np.nan)
    owners, repositories = pd.factorize(frame["repository"])
    values, found = pd.factorize(frame[by], use_na_sentinel=False)
    pairs, kinds = pd.factorize(owners * len(found) + values)
    size = (len(repositories), len(periods))
    sums = summed(owners, places, pulls, size)
    parts = summed(owners, places, shares, size)
    known = summed(owners, places, (~np.isnan(pulls)).astype("float64"), size) > 0
    # Of what the shares are, though the frame be a part of it.
    whole = np.divide(sums, parts, out=np.zeros_like(sums), where=parts > 0).sum(axis=0).round()
    return _Grids(
        periods=periods,
        repositories=[str(name) for name in repositories],
        pairs=[
            (str(repositories[kind // len(found)]), found[kind % len(found)])
            for kind in kinds.tolist()
        ],
        pulls=summed(pairs, places, pulls, (len(kinds), len(periods))),
        whole=np.where(known.any(axis=0), whole, np.nan),
        known=known,
        named=summed(owners, places, np.ones(len(frame)), size) > 0,
    )


def _bands(
    grids: _Grids, by: str, read: Callable[[object], Version]
) -> tuple[list[int], list[str], Grid]:
    """Return each band's slot, name and pulls, lowest first."""
    totals = grids.pulls.sum(axis=1)
    digest: list[int] = []
    other: list[int] = []
    ranked: list[int] = []
    for pair in np.argsort(-totals, kind="stable").tolist():
        value = grids.pairs[pair][1]
        if totals[pair] <= 0:
            continue
        if pd.isna(value) or (by == "cohort" and value == BY_DIGEST):
            digest.append(pair)
        elif by == "cohort" and value == OTHER:
            other.append(pair)
        else:
            ranked.append(pair)
    owners = short_names(grids.repositories)
    joint = ":" if by == "tag" else " "
    kept = []
    for pair in ranked[:NAMED]:
        repository, value = grids.pairs[pair]
        name = texts.harmless(str(value))
        name = f"{owners[repository]}{joint}{name}" if len(owners) > 1 else name
        age = version_place(str(value) if by == "cohort" else read(value).cohort("patch"))
        kept.append((repository, *age, name, pair))
    kept.sort()
    bands = [(slot, each[-2], [each[-1]]) for slot, each in enumerate(kept)]
    if rest := ranked[NAMED:] + other:
        only_other = len(rest) == len(other)
        folded = f"Other ({texts.counted(len(rest), _NOUNS[by])})"
        bands.append((REST, "other tags" if only_other else folded, rest))
    if digest:
        bands.append((UNNAMED, BY_DIGEST, digest))
    none = np.zeros((0, len(grids.periods)))
    return (
        [slot for slot, _, _ in bands],
        [name for _, name, _ in bands],
        np.vstack([none, *(grids.pulls[rows].sum(axis=0) for _, _, rows in bands)]),
    )


def _partly(grids: _Grids) -> list[str]:
    """Say how many periods lack some repository's report."""
    lacking = (grids.named & ~grids.known).any(axis=0) & grids.known.any(axis=0)
    count = int(lacking.sum())
    noun = grids.periods[0].granularity
    verb = " lacks" if count == 1 else "s lack"
    return [f"{count} {noun}{verb} some repository's report."] if count else []
