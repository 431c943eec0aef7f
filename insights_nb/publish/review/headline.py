"""The month in numbers: everything together, and each repository."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.charts.pulls import TITLES
from insights_nb.metrics.movers import counts_in
from insights_nb.metrics.pull_sources import DEFINITIONS
from insights_nb.publish.review.numbers import (
    UNKNOWN,
    change_of,
    counted,
    growth,
    ratio_of,
    signed,
    whole,
)
from insights_nb.publish.review.pieces import Column, Figures, Piece, Row, Section, Table, Words
from insights_nb.publish.review.subject import Subject
from insights_nb.selection import MEASURES

_MOST_ROWS = 60
_NAMES = {"events": "", "actions": " (legacy)", "API": " (API)"}


def section(of: Subject) -> Section:
    """Say how often everything was pulled, and how that compares."""
    measured = {name: _summed(of, name) for name in MEASURES}
    rows = _measures(of, measured)
    pieces: list[Piece] = [
        Figures([_figure(of, row) for row in measured["pulls"].to_dict("records")]),
        Table("totals", f"All repositories together in {of.month.dates}", _columns(of), rows),
        Table(
            "repositories",
            f"Pulls of each repository in {of.month.dates}",
            _columns(of, "Repository"),
            _repositories(of),
        ),
        *_notes(of),
    ]
    return Section(pieces, {"repositories": of.counts, "totals": measured["pulls"]})


def sums(of: Subject) -> dict[str, int | None]:
    """Return the month's pulls by definition; None where a repository's are unknown."""
    return {
        str(row["definition"]): None if pd.isna(row[of.month.label]) else int(row[of.month.label])
        for row in _summed(of, "pulls").to_dict("records")
    }


def _summed(of: Subject, measure: Any) -> pd.DataFrame:  # noqa: ANN401 - one of MEASURES
    """Add up the repositories, by definition: counts of different ones do not add up."""
    periods = [of.month, of.before, of.year_before]
    frame = of.counts
    if measure != "pulls":
        frame = counts_in(of.archive, periods, of.repositories, measure)
    labels = [period.label for period in periods]
    grouped = frame.groupby("definition", sort=False)[labels]
    # A sum that lacks a member is unknown, not smaller.
    complete = frame[labels].notna().groupby(frame["definition"], sort=False).all()
    total = grouped.sum().where(complete)
    size = frame.groupby("definition", sort=False).size()
    order = [name for name in DEFINITIONS if name in total.index]
    return total.loc[order].assign(repositories=size[order]).reset_index()


def _columns(of: Subject, first: str = "") -> list[Column]:
    return [
        Column(first, number=False),
        Column(of.month.dates),
        Column(of.before.dates),
        Column("Change"),
        Column("in %"),
        Column(of.year_before.dates),
        Column("in %"),
    ]


def _cells(of: Subject, name: str, row: dict[Any, Any]) -> list[str]:
    now, before, year = (row[p.label] for p in (of.month, of.before, of.year_before))
    change = change_of(now, before)
    return [
        name,
        whole(now),
        whole(before),
        signed(change),
        growth(ratio_of(change, before)),
        whole(year),
        growth(ratio_of(change_of(now, year), year)),
    ]


def _figure(of: Subject, row: dict[Any, Any]) -> tuple[str, str, list[str]]:
    now = row[of.month.label]
    notes = []
    for period in (of.before, of.year_before):
        then = row[period.label]
        change = growth(ratio_of(change_of(now, then), then))
        said = "change unknown" if change == UNKNOWN else change
        notes.append(f"{said} against {period.dates}")
    title = f"Pulls{_NAMES[row['definition']]}, {counted(row['repositories'], 'repository', 'repositories')}"  # noqa: E501
    return title, whole(now), notes


def _measures(of: Subject, measured: dict[Any, pd.DataFrame]) -> list[Row]:
    rows = []
    for definition in measured["pulls"]["definition"]:
        for measure, frame in measured.items():
            (row,) = frame[frame["definition"] == definition].to_dict("records")
            if all(pd.isna(row[period.label]) for period in (of.month, of.before)):
                # The report does not count it at all.
                continue
            rows.append(Row(_cells(of, TITLES[measure] + _NAMES[definition], row)))
    return rows


def _repositories(of: Subject) -> list[Row]:
    frame = of.counts.assign(owner=of.counts["repository"].str.rpartition("/")[0])
    month = of.month.label
    frame = frame.sort_values([month, "repository"], ascending=[False, True])
    shown, rest = frame.iloc[:_MOST_ROWS], frame.iloc[_MOST_ROWS:]
    rows: list[Row] = []
    owners = shown.groupby("owner")[month].sum().sort_values(ascending=False, kind="stable")
    for owner in owners.index:
        its = shown[shown["owner"] == owner]
        if len(owners) > 1:
            rows.append(Row([owner or "(no namespace)"], "group"))
        rows += [Row(_cells(of, row["repository"], row)) for row in its.to_dict("records")]
    if len(rest):
        labels = [p.label for p in (of.month, of.before, of.year_before)]
        one = rest["definition"].drop_duplicates().size == 1
        folded = {
            label: rest[label].sum() if one and rest[label].notna().all() else pd.NA
            for label in labels
        }
        rows.append(Row(_cells(of, f"{len(rest)} others, the smallest", folded), "total"))
    return rows


def _notes(of: Subject) -> list[Words]:
    definitions = dict.fromkeys(of.counts["definition"])
    notes = []
    if len(definitions) > 1:
        notes.append("Pulls of different definitions do not add up, so they are told apart.")
    if of.counts[[of.month.label, of.before.label, of.year_before.label]].isna().any(axis=None):
        notes.append(f"{UNKNOWN} is unknown, never zero.")
    return [Words(" ".join(notes), "note")] if notes else []
