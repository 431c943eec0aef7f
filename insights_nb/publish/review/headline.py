"""The month in numbers: the total, and each repository."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.charts.pulls import TITLES
from insights_nb.counts.sources import DEFINITIONS
from insights_nb.metrics.movers import counts_in
from insights_nb.periods import Period
from insights_nb.publish.review.numbers import (
    MARKS,
    NEW,
    UNKNOWN,
    change_of,
    counted,
    grown,
    signed,
    whole,
)
from insights_nb.publish.review.pieces import (
    Column,
    Figures,
    Folded,
    Piece,
    Row,
    Section,
    Table,
    Words,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject
from insights_nb.selection import MEASURES

_MOST_ROWS = 60


def section(of: Subject) -> Section:
    """Say how often everything was pulled, and how that compares."""
    measured = {name: _summed(of, name) for name in MEASURES}
    rows = _measures(of, measured)
    pieces: list[Piece] = [
        Figures([_figure(of, row) for row in measured["pulls"].to_dict("records")]),
        Table("totals", f"Total of all repositories in {of.month.dates}", _columns(of), rows),
        *_repositories(of),
        *_notes(of),
    ]
    return Section(pieces, {"repositories": of.counts, "totals": measured["pulls"]})


def sums(of: Subject, month: Period) -> dict[str, int | None]:
    """Return a month's pulls by definition; None where a repository's are unknown."""
    return {
        str(row["definition"]): None if pd.isna(row[month.label]) else int(row[month.label])
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
        *texts(first),
        *numbers(of.month.dates, of.before.dates, "Change", "in %", of.year_before.dates, "in %"),
    ]


def _cells(of: Subject, name: str, row: dict[Any, Any]) -> list[str]:
    now, before, year = (row[p.label] for p in (of.month, of.before, of.year_before))
    change = change_of(now, before)
    return [
        name,
        whole(now),
        whole(before),
        signed(change),
        grown(now, before),
        whole(year),
        grown(now, year),
    ]


def _figure(of: Subject, row: dict[Any, Any]) -> tuple[str, str, list[str]]:
    now = row[of.month.label]
    notes = []
    for period in (of.before, of.year_before):
        then = row[period.label]
        change = grown(now, then)
        text = {UNKNOWN: "change unknown vs", NEW: "none in"}.get(change, f"{change} vs")
        notes.append(f"{text} {period.dates}")
    title = f"Pulls{MARKS[row['definition']]}, {counted(row['repositories'], 'repository', 'repositories')}"  # noqa: E501
    return title, whole(now), notes


def _measures(of: Subject, measured: dict[Any, pd.DataFrame]) -> list[Row]:
    rows = []
    for definition in measured["pulls"]["definition"]:
        for measure, frame in measured.items():
            (row,) = frame[frame["definition"] == definition].to_dict("records")
            if all(pd.isna(row[period.label]) for period in (of.month, of.before)):
                # The report does not count it at all.
                continue
            rows.append(Row(_cells(of, TITLES[measure] + MARKS[definition], row)))
    return rows


def _repositories(of: Subject) -> list[Piece]:
    """Compare each repository's pulls; of a large portfolio, the smaller ones on demand."""
    frame = of.counts.assign(owner=of.counts["repository"].str.rpartition("/")[0])
    frame = frame.sort_values([of.month.label, "repository"], ascending=[False, True])
    # A row for one other would be that other.
    most = _MOST_ROWS if len(frame) > _MOST_ROWS + 1 else len(frame)
    shown, rest = frame.iloc[:most], frame.iloc[most:]
    caption, columns = f"Pulls of each repository in {of.month.dates}", _columns(of, "Repository")
    rows = _by_owner(of, shown)
    if rest.empty:
        return [Table("repositories", caption, columns, rows)]
    smaller = f"{len(rest):,} smaller repositories"
    rows.append(Row(_cells(of, smaller, _total(of, rest)), "total"))
    return [
        Table("repositories", caption, columns, rows),
        Folded(
            f"{smaller}, one by one (on screen only)",
            [Table("others", f"{caption}: the smaller ones", columns, _by_owner(of, rest))],
            paper=False,
        ),
    ]


def _by_owner(of: Subject, frame: pd.DataFrame) -> list[Row]:
    rows: list[Row] = []
    owners = (
        frame.groupby("owner")[of.month.label].sum().sort_values(ascending=False, kind="stable")
    )
    for owner in owners.index:
        own = frame[frame["owner"] == owner]
        if len(owners) > 1:
            rows.append(Row([owner or "(no namespace)"], "group"))
        rows += [Row(_cells(of, row["repository"], row)) for row in own.to_dict("records")]
    return rows


def _total(of: Subject, rest: pd.DataFrame) -> dict[Any, Any]:
    """Add some repositories up, where each is known and all are counted alike."""
    one = rest["definition"].drop_duplicates().size == 1
    return {
        label: rest[label].sum() if one and rest[label].notna().all() else pd.NA
        for label in (period.label for period in (of.month, of.before, of.year_before))
    }


def _notes(of: Subject) -> list[Words]:
    definitions = dict.fromkeys(of.counts["definition"])
    notes = []
    if len(definitions) > 1:
        notes.append("Pulls of different definitions do not add up, so they are shown separately.")
    if of.counts[[of.month.label, of.before.label, of.year_before.label]].isna().any(axis=None):
        notes.append(f"{UNKNOWN} is unknown, never zero.")
    return [note(" ".join(notes))] if notes else []
