"""Everything that an archive holds on the pulls of tags, added up per repository, tag and period.

Adding up is done once per report kind; what follows filters small frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import polars as pl

from insights_nb.caching import kept
from insights_nb.metrics.coding import as_text, coded
from insights_nb.metrics.pull_table import pull_table, unknown_repositories
from insights_nb.metrics.tag_sources import ALL, TagSource
from insights_nb.periods import Granularity, Period, interval
from insights_nb.rollup import total, with_full_name
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive

# ``acme/web:1.27`` and ``acme/web@sha256:…``, as one reference might name its repository.
_NAMED = r"^([a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)+)[:@](.+)$"


@dataclass(frozen=True)
class TagTable:
    """One source's counts.

    Parameters
    ----------
    source
        Where they are from.
    rows
        ``period``, ``publisher``, ``repository``, ``reference`` (missing for a pull by digest)
        and the source's measures; to be added up, as two spellings may come to one. Texts may be
        `coded`.
    held
        Publisher → periods of which the source tells.
    repositories
        Publisher → the repositories that it names, at any level.
    """

    source: TagSource
    rows: pl.DataFrame
    held: Mapping[str, set[Period]]
    repositories: Mapping[str, set[str]]

    @property
    def names(self) -> set[str]:
        """Every repository that it names."""
        return {name for names in self.repositories.values() for name in names}


_tables: WeakKeyDictionary[Archive, dict[tuple[Granularity, str, str | None], TagTable]]
_tables = WeakKeyDictionary()
_versions: WeakKeyDictionary[Archive, tuple[int, int]] = WeakKeyDictionary()


def tag_table(archive: Archive, granularity: Granularity, source: TagSource) -> TagTable:
    """Return what a source counts, computed once until something is added to the archive."""
    version = archive.version
    if _versions.get(archive) != version:
        _tables[archive] = {}
        _versions[archive] = version
    tables = _tables[archive]
    key = (granularity, source.kind, source.level)
    if key not in tables:
        tables[key] = _build(archive, granularity, source)
    return tables[key]


def choose(
    archive: Archive, selection: Selection, sources: Sequence[TagSource], what: str
) -> tuple[list[Period], list[tuple[TagTable, pl.DataFrame]]]:
    """Choose for each publisher the best source held in the interval, and its rows there.

    A repository has one source throughout the interval: two of them never share a series.

    Returns
    -------
    periods : list of Period
        The interval: it ends with the newest period held by any of the sources, and begins no
        earlier than the oldest.
    parts : list
        Each table with the selected ones of its rows.

    Raises
    ------
    ReportNeededError
        If no report of that granularity tells of it.
    UnknownNameError
        If the selection names a repository that no report does.
    """
    granularity = selection.granularity
    held = [archive.available(source.kind, granularity, source.view) for source in sources]
    starts = {period for by_name in held for periods in by_name.values() for period in periods}
    kinds = list(dict.fromkeys(s.kind for s in sources[:3]))
    if not starts:
        raise archive.needed(what, granularity, kinds)
    span = [one for one in interval(max(starts), selection.months) if one >= min(starts)]
    parts = []
    served: set[str] = set()
    taken: set[str] = set()
    for source, by_name in zip(sources, held, strict=True):
        if not any(by_name[name].intersection(span) for name in by_name.keys() - served):
            continue
        table = tag_table(archive, granularity, source)
        names = {
            name
            for name, periods in table.held.items()
            if name not in served and periods.intersection(span)
        }
        mine = pl.col("repository")
        rows = table.rows.filter(
            pl.col("period").is_between(span[0].start, span[-1].start),
            pl.col("publisher").is_in(names),
            ~mine.is_in(taken),
        )
        if selection.repositories is not None:
            rows = rows.filter(mine.is_in(_wanted(selection.repositories, table)))
        parts.append((table, as_text(rows)))
        served |= names
        taken = taken.union(*(table.repositories.get(name, ()) for name in names))
    if not served:
        raise archive.needed(what, granularity, kinds)
    _check(archive, selection, {name for table, _ in parts for name in table.names})
    return span, parts


def _wanted(selected: Sequence[str], table: TagTable) -> set[str]:
    """Return the names to take; a row about all of a publisher's repositories is about each."""
    wholes = {
        publisher + ALL
        for publisher, names in table.repositories.items()
        if any(name in names or name.startswith(f"{publisher}/") for name in selected)
    }
    return {*selected, *wholes}


def _check(archive: Archive, selection: Selection, known: set[str]) -> None:
    unknown = [name for name in selection.repositories or () if name not in known]
    if not unknown:
        return
    # Other reports may know a repository whose tags none names: it has no rows then.
    everywhere = known.union(pull_table(archive, selection.granularity).repositories)
    if nowhere := [name for name in unknown if name not in everywhere]:
        raise unknown_repositories(nowhere, sorted(everywhere))


def _build(archive: Archive, granularity: Granularity, source: TagSource) -> TagTable:
    key = ("tags", granularity, source.kind, source.view or "")
    held = archive.available(source.kind, granularity, source.view)
    if source.repository is None:
        small = kept(archive, key, partial(_total, archive, granularity, source, "level"))
        return _from_levels(source, small, held)
    rows = kept(archive, key, partial(_rows, archive, granularity, source, source.repository))
    return TagTable(source, rows, held, _repositories(rows))


def _total(archive: Archive, granularity: Granularity, source: TagSource, by: str) -> pl.DataFrame:
    """Add up the source's counts by publisher, reference and one more column."""
    scan = archive.scan(source.kind, granularity, view=source.view)
    columns = [source.publisher, by, source.reference]
    if scan is None:
        counts = dict.fromkeys(source.measures, pl.Int64)
        texts = dict.fromkeys(columns, pl.String)
        return pl.DataFrame(schema={"period": pl.Date, **texts, **counts})
    small: pl.DataFrame = total(scan, ["period", *columns], source.measures).collect(
        engine="streaming"
    )
    return small.with_columns(pl.col(source.publisher).fill_null(""))


def _rows(
    archive: Archive, granularity: Granularity, source: TagSource, repository: str
) -> pl.DataFrame:
    small = _total(archive, granularity, source, repository)
    named: pl.DataFrame = with_full_name(small, repository, source.publisher)
    return coded(
        named.filter(pl.col("repository").is_not_null()).select(
            "period",
            "repository",
            publisher=pl.col(source.publisher),
            reference=pl.col(source.reference),
            **{measure: pl.col(measure) for measure in source.measures},
        )
    )


def _from_levels(
    source: TagSource, small: pl.DataFrame, held: Mapping[str, set[Period]]
) -> TagTable:
    """Take one level of a report that restates the same events at several."""
    publisher, reference = pl.col(source.publisher), pl.col(source.reference)
    small = small.with_columns(pl.col("level").str.to_lowercase())
    measures = {measure: pl.col(measure) for measure in source.measures}
    named = reference.str.extract(_NAMED, 1)
    whole = with_full_name(
        small.filter(pl.col("level") == "repository"), source.reference, source.publisher
    ).select("period", "repository", publisher=publisher, **measures)
    # Most references name no repository: theirs are all of the publisher's, or its only one.
    every = pl.col("repository").drop_nulls().unique()
    only = whole.group_by("publisher").agg(every).filter(pl.col("repository").list.len() == 1)
    lone = dict(only.explode("repository").iter_rows())
    rows = small.filter(pl.col("level") == source.level).select(
        "period",
        publisher=publisher,
        repository=pl.coalesce(
            named,
            publisher.replace_strict(lone, default=None, return_dtype=pl.String),
            publisher + ALL,
        ),
        reference=pl.when(named.is_null())
        .then(reference)
        .otherwise(reference.str.extract(_NAMED, 2)),
        **measures,
    )
    if source.level == "tag":
        rows = pl.concat([rows, _by_digest(rows, whole, list(source.measures))])
    return TagTable(
        source,
        rows,
        _telling(held, small.select("period", publisher=publisher), rows),
        _repositories(pl.concat([whole, rows.select(whole.columns)])),
    )


def _by_digest(rows: pl.DataFrame, whole: pl.DataFrame, measures: list[str]) -> pl.DataFrame:
    """Return what a repository's own row has beyond those of its tags: its pulls by digest."""
    everything = whole.with_columns(repository=pl.col("publisher") + ALL)
    keys = ["publisher", "repository"]
    totals = pl.concat([whole, everything]).join(rows, on=keys, how="semi")
    # Without any tag, a report does not have the level: its pulls are not all by digest.
    totals = totals.join(rows, on=["period", "publisher"], how="semi")
    tagged = rows.group_by("period", *keys).agg(pl.col(measures).sum())
    rest = (
        totals.group_by("period", *keys)
        .agg(pl.col(measures).sum())
        .join(tagged, on=["period", *keys], how="left", suffix="_tagged")
        .with_columns(
            (pl.col(name) - pl.col(f"{name}_tagged").fill_null(0)).clip(0) for name in measures
        )
    )
    return rest.filter(pl.col("pulls") > 0).select(
        "period", *keys, pl.lit(None, pl.String).alias("reference"), *measures
    )


def _telling(
    held: Mapping[str, set[Period]], small: pl.DataFrame, rows: pl.DataFrame
) -> dict[str, set[Period]]:
    """Return the periods whose report has the level: some have no rows of tags or digests."""
    with_level = set(rows.select("publisher", "period").unique().iter_rows())
    with_rows = set(small.select("publisher", "period").unique().iter_rows())
    silent = with_rows - with_level
    return {
        name: {period for period in periods if (name, period.start) not in silent}
        for name, periods in held.items()
    }


def _repositories(rows: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for publisher, name in rows.select("publisher", "repository").unique().iter_rows():
        found.setdefault(publisher, set()).add(name)
    return found
