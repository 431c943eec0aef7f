"""What changed when a report came again with other bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from insights_nb.archive.changed_keys import changed_keys
from insights_nb.archive.counting import Counting, Key, keys
from insights_nb.archive.ledger import Entry
from insights_nb.periods import Period
from insights_nb.rollup import with_full_name
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    import pandas as pd

_SCHEMA = {
    "kind": pl.String, "namespace": pl.String, "granularity": pl.String, "period": pl.Date,
    "label": pl.String, "revision": pl.Int64, "added": pl.String, "repository": pl.String,
    "measure": pl.String, "before": pl.Int64, "after": pl.Int64, "change": pl.Int64,
    "keys": pl.String,
}  # fmt: skip
ROWS = "rows"
"""The measure that every report has: how many rows it has for a repository."""
KEYS = "keys"
"""The measure of what tells rows apart: how many only the former has, and only the latter."""

# What a report is about, the first that it has; a legacy repository is a bare name.
_SUBJECTS = ("image_repository", "dvpp_image", "extension", "repository", "reference", "repo")
_PERIODS = ("granularity", "period")
_COUNTS = ("before", "after", "change")


def revisions(folder: Path, entries: Sequence[Entry]) -> pd.DataFrame:
    """Compare each revision with the answer it took the place of, repository by repository.

    Returns
    -------
    pandas.DataFrame
        See `insights_nb.Archive.revisions`.
    """
    frames = [
        frame
        for key, revision, before, after in _pairs(entries)
        for frame in _compared(
            key, revision, _scan(folder, key, before), _scan(folder, key, after), after
        )
    ]
    frames += _api_changes(folder, [entry for entry in entries if entry.kind == "pulls"])
    changed = pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])
    from insights_nb.reading import to_pandas

    return to_pandas(changed)


def _pairs(entries: Sequence[Entry]) -> Iterable[tuple[Key, int, list[Entry], list[Entry]]]:
    answers: dict[Key, dict[str, list[Entry]]] = {}
    for entry in entries:
        for key in keys(entry):
            answers.setdefault(key, {}).setdefault(entry.answer, []).append(entry)
    for key in sorted(answers):
        in_order = list(answers[key].values())
        for number, (before, after) in enumerate(pairwise(in_order), 1):
            yield key, number, before, after


def _scan(folder: Path, key: Key, answer: Sequence[Entry]) -> pl.LazyFrame:
    """Return one report's rows."""
    return pl.concat(
        [Counting(entry, frozenset({key})).scan(folder) for entry in answer],
        how="diagonal_relaxed",
    )


def _counted(rows: pl.LazyFrame, kind: str, by: Sequence[str]) -> pl.DataFrame:
    columns = rows.collect_schema().names()
    report = REPORTS.get(kind)
    measures = (
        [c.name for c in report.columns if c.additive and c.name in columns] if report else []
    )
    subject = next((name for name in _SUBJECTS if name in columns), None)
    if subject is None:
        rows = rows.with_columns(repository=pl.lit(None, pl.String))
    elif subject == "repository" and "namespace" in columns:
        rows = with_full_name(rows, "repository", "namespace")
    else:
        rows = rows.with_columns(repository=subject)
    if kind == "summary":
        # Levels restate the same events: one of them is compared.
        rows = rows.filter(pl.col("level").str.to_lowercase() == "repository")
    counted = rows.group_by(*by, "repository").agg(
        pl.len().cast(pl.Int64).alias(ROWS), *(pl.col(name).sum() for name in measures)
    )
    return counted.collect().unpivot(
        index=[*by, "repository"], variable_name="measure", value_name="count"
    )


def _compared(
    key: Key, revision: int, before: pl.LazyFrame, after: pl.LazyFrame, answer: Sequence[Entry]
) -> Iterable[pl.DataFrame]:
    """Yield what differs of one report: its counts by repository, and its keys."""
    start = Period.parse(key.period).start if key.period else None
    counts = [_counted(rows, key.kind, []) for rows in (before, after)]
    same = pl.lit(None, pl.String).alias("keys")
    differences = [_differences(counts[0], counts[1], []).with_columns(same)]
    if changed := changed_keys(key.kind, before, after):
        row = {
            "repository": None,
            "measure": KEYS,
            "before": changed.vanished,
            "after": changed.appeared,
            "change": changed.appeared - changed.vanished,
            "keys": str(changed),
        }
        differences.append(pl.DataFrame([row], schema={name: _SCHEMA[name] for name in row}))
    for found in differences:
        yield found.select(
            pl.lit(key.kind).alias("kind"),
            pl.lit(key.namespace).alias("namespace"),
            pl.lit(key.granularity).alias("granularity"),
            pl.lit(start, pl.Date).alias("period"),
            pl.lit(key.period).alias("label"),
            pl.lit(revision, pl.Int64).alias("revision"),
            pl.lit(answer[-1].added).alias("added"),
            "repository", "measure", *_COUNTS, "keys",
        )  # fmt: skip


def _differences(before: pl.DataFrame, after: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    both = before.join(
        after, on=[*by, "repository", "measure"], how="full", coalesce=True, nulls_equal=True
    )
    both = both.rename({"count": "before", "count_right": "after"})
    # A repository that only one of them names was not pulled according to the other.
    counts = pl.col("before", "after").fill_null(0)
    return (
        both.with_columns(counts)
        .with_columns((pl.col("after") - pl.col("before")).alias("change"))
        .filter(pl.col("change") != 0)
        .sort(*by, "repository", "measure", nulls_last=True)
    )


def _api_changes(folder: Path, answers: Sequence[Entry]) -> list[pl.DataFrame]:
    """Compare API answers point by point: each brings a year, and the newest counts."""
    known: pl.DataFrame | None = None
    by = [*_PERIODS, "namespace"]
    times: dict[tuple[object, ...], int] = {}
    frames = []
    for entry in answers:
        rows = Counting(entry, frozenset(keys(entry))).scan(folder)
        now = _counted(rows, "pulls", by).filter(pl.col("measure") != ROWS)
        if known is not None:
            again = known.join(now, on=[*by, "repository", "measure"], how="semi", nulls_equal=True)
            changed = _differences(again, _kept(now, again, by), by)
            frames += [_api_frame(changed, entry, times)] if changed.height else []
            rest = known.join(now, on=[*by, "repository", "measure"], how="anti", nulls_equal=True)
            known = pl.concat([rest, now])
        else:
            known = now
    return frames


def _kept(now: pl.DataFrame, again: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    return now.join(again, on=[*by, "repository", "measure"], how="semi", nulls_equal=True)


def _api_frame(
    changed: pl.DataFrame, entry: Entry, times: dict[tuple[object, ...], int]
) -> pl.DataFrame:
    numbers, labels = [], []
    for row in changed.iter_rows(named=True):
        key = (row["granularity"], row["period"], row["repository"], row["measure"])
        times[key] = times.get(key, 0) + 1
        numbers.append(times[key])
        labels.append(Period(row["granularity"], row["period"]).label)
    return changed.select(
        pl.lit("pulls").alias("kind"),
        pl.col("namespace"),
        "granularity",
        "period",
        pl.Series("label", labels, pl.String),
        pl.Series("revision", numbers, pl.Int64),
        pl.lit(entry.added).alias("added"),
        "repository", "measure", *_COUNTS,
        pl.lit(None, pl.String).alias("keys"),
    )  # fmt: skip
