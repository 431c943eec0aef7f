"""The biggest gains and drops, and the countries, clouds, clients and tags that account for it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.errors import InsightsError, MissingPeriodError, MissingReportError
from insights_nb.geography import country_name
from insights_nb.metrics.contributions import contributions, fold_contributions
from insights_nb.metrics.movers import movers
from insights_nb.publish.review.numbers import (
    counted,
    grown,
    growth,
    listed,
    percent,
    signed,
    whole,
)
from insights_nb.publish.review.pieces import (
    Column,
    Heading,
    Piece,
    Row,
    Section,
    Side,
    Table,
    Words,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject

COUNT = 3
"""How many each way are explained."""

PARTS = {"country": "Country", "cloud": "Cloud", "client": "Client", "tag": "Tag"}
"""What a change is divided by."""

_ROWS = 7
_NAMED = 3
# Below this part of the month's pulls, what a change is made of is noise: one in so many.
_SMALL = 1000
_UNNAMED = {
    "country": "no country",
    "cloud": "no cloud provider",
    "client": "no client",
    "tag": "by digest (no tag)",
}


def section(of: Subject) -> Section:
    """Name the biggest gains and drops, and which parts account for it."""
    try:
        frame = movers(of.archive, of.month, of.repositories, before=of.base, count=COUNT)
    except MissingPeriodError:
        missing = [one for one in (of.base, of.month) if of.counts[one.label].isna().all()]
        dates = listed([one.dates for one in missing])
        words = f"What moved is unknown: every report of pulls for {dates} is missing."
        return Section([Words(words, "nothing")])
    frames: dict[str, pd.DataFrame] = {"movers": frame}
    explained: list[Piece] = []
    silent: list[str] = []
    small: list[str] = []
    total = _largest(of)
    for row in frame.to_dict("records"):
        name = str(row["repository"])
        if abs(row["change"]) * _SMALL < total:
            small.append(name)
            continue
        tables, text = _parts(of, row, frames)
        if not tables and not text:
            silent.append(name)
            continue
        # What had no pulls before has no ratio.
        ratio = "" if pd.isna(row["ratio"]) else f" ({growth(row['ratio'])})"
        explained.append(Heading(f": {signed(row['change'])}{ratio}", name))
        explained += [*([Side(tables)] if tables else []), *text]
    left = [*_left_out(of, frame), *_silent(of, silent), *_small(small)]
    return Section([_table(of, frame), *left, *explained], frames)


def _table(of: Subject, frame: pd.DataFrame) -> Piece:
    if frame.empty:
        span = f"from {of.base.dates} to {of.month.dates}"
        if frame.attrs["unknown"] and not frame.attrs["unchanged"]:
            text = f"What moved {span} is unknown: no repository has a count for both."
            return Words(text, "nothing")
        # What is unknown may have changed.
        known = " whose two counts are known" if frame.attrs["unknown"] else ""
        return Words(f"No repository{known} changed {span}.", "nothing")
    columns = [*texts("Repository"), *numbers(of.month.dates, of.base.dates, "Change", "in %")]
    rows = []
    for direction, words in (("up", "Biggest gains"), ("down", "Biggest drops")):
        own = frame[frame["direction"] == direction]
        if len(own):
            rows.append(Row([words], "group"))
        rows += [
            Row(
                [
                    str(row["repository"]),
                    whole(row["after"]),
                    whole(row["before"]),
                    signed(row["change"]),
                    grown(row["after"], row["before"]),
                ]
            )
            for row in own.to_dict("records")
        ]
    return Table("movers", f"Changes from {of.base.dates} to {of.month.dates}", columns, rows)


def _left_out(of: Subject, frame: pd.DataFrame) -> list[Piece]:
    sentences = []
    if unchanged := frame.attrs["unchanged"]:
        sentences.append(f"{counted(unchanged, 'repository', 'repositories')} did not change.")
    unknown = frame.attrs["unknown"]
    if unknown and len(unknown) < len(of.counts):
        whom = listed(unknown)
        if len(unknown) > _NAMED:
            whom = counted(len(unknown), "repository", "repositories")
        sentences.append(f"Whether {whom} changed is unknown: a count is missing.")
    return [note(" ".join(sentences))] if sentences else []


def _largest(of: Subject) -> int:
    """Return how many pulls the definition that counts most has in the month, as far as known."""
    sums = of.counts.groupby("definition")[of.month.label].sum()
    return int(sums.max()) if len(sums) else 0


def _small(names: list[str]) -> list[Piece]:
    """Say whose change is too small to be worth its parts."""
    if not names:
        return []
    return [
        note(
            f"Smaller changes, of less than {percent(1 / _SMALL)} of the month's pulls, are not "
            f"broken down: {listed(names)}."
        )
    ]


def _silent(of: Subject, names: list[str]) -> list[Piece]:
    """Say of whom no report says where the change was, in words for who can add no reports."""
    if not names:
        return []
    return [
        note(
            f"What changed in {listed(names)} by country, cloud, client and tag is unknown: no one "
            f"report that counts them is available for both {of.base.dates} and {of.month.dates}."
        )
    ]


def _parts(
    of: Subject, mover: dict[Any, Any], frames: dict[str, pd.DataFrame]
) -> tuple[list[Piece], list[Piece]]:
    """Return a table for each division of a repository's change, and what is to be said of them.

    Both are empty where no available report divides it.
    """
    name = str(mover["repository"])
    tables: list[Piece] = []
    refused: dict[str, list[str]] = {}
    known: set[int] = set()
    for by, title in PARTS.items():
        try:
            frame = contributions(of.archive, of.month, name, by=by, before=of.base)
        except MissingReportError:
            continue
        except InsightsError as error:
            refused.setdefault(str(error), []).append(title.casefold())
            continue
        frames[f"{name} by {by}"] = frame
        tables.append(_contributed(name, by, title, frame))
        if frame.attrs["change"] is not None:
            known.add(frame.attrs["change"])
    sentences: list[Piece] = [
        note(f"By {listed(titles)}: {error}") for error, titles in refused.items()
    ]
    if others := known - {int(mover["change"])}:
        sentences.append(
            note(
                "The report of the parts counts differently from the report of the total: its "
                f" change is {signed(others.pop())}."
            )
        )
    return tables, sentences


def _contributed(name: str, by: str, title: str, frame: pd.DataFrame) -> Piece:
    folded = fold_contributions(frame, _ROWS)
    rows = [
        Row(
            [
                _value(by, row[by]),
                signed(row["change"]),
                percent(row["share_of_change"], 0),
            ]
        )
        for row in folded.to_dict("records")
    ]
    rows.append(Row(["Total", signed(_or_missing(frame.attrs["change"])), ""], "total"))
    columns = [
        Column(title, number=False, tags=by == "tag"),
        Column("Change"),
        Column("Share of the change"),
    ]
    return Table(f"parts-{by}-{name}", f"by {title.casefold()}", columns, rows, of=name)


def _value(by: str, value: Any) -> str:  # noqa: ANN401 - text or missing
    if pd.isna(value):
        return _UNNAMED[by]
    return country_name(value) if by == "country" and len(value) == 2 else str(value)


def _or_missing(value: int | None) -> Any:  # noqa: ANN401
    return pd.NA if value is None else value
