"""Everything that an archive holds on the pulls of tags, added up per repository, tag and period.

Adding up is done once per report kind; what follows filters small frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from insights_nb.caching import remembered
from insights_nb.counts.coding import as_text
from insights_nb.counts.pulls import pull_table, unknown_repositories
from insights_nb.counts.sources import ALL, EVERY_LEVEL, REPOSITORY, Source
from insights_nb.counts.tables import Table
from insights_nb.periods import Granularity, Period, interval
from insights_nb.rollup import with_full_name
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
    available
        Publisher → periods that the source covers.
    repositories
        Publisher → the repositories that it names, at any level.
    """

    source: Source
    rows: pl.DataFrame
    available: Mapping[str, set[Period]]
    repositories: Mapping[str, set[str]]

    @property
    def names(self) -> set[str]:
        """Every repository that it names."""
        return {name for names in self.repositories.values() for name in names}


def tag_table(archive: Archive, granularity: Granularity, source: Source) -> TagTable:
    """Return what a source counts, computed once until something is added to the archive."""
    build = partial(_build, archive, granularity, source)
    return remembered(archive, ("tags", granularity, source), build)


def choose(
    archive: Archive, selection: Selection, sources: Sequence[Source], what: str
) -> tuple[list[Period], list[tuple[TagTable, pl.DataFrame]]]:
    """Choose for each publisher the best source available in the time range, and its rows there.

    A repository has one source throughout the time range: two of them never share a series.

    Returns
    -------
    periods : list of Period
        The time range: it ends with the newest available period by any of the sources, and begins
        no earlier than the oldest.
    parts : list
        Each table with the selected ones of its rows.

    Raises
    ------
    ReportNeededError
        If no report of that granularity answers.
    UnknownNameError
        If the selection names a repository that no report does.
    """
    granularity = selection.granularity
    available = [archive.available(source.kind, granularity, source.view) for source in sources]
    starts = {period for by_name in available for periods in by_name.values() for period in periods}
    kinds = list(dict.fromkeys(s.kind for s in sources[:3]))
    if not starts:
        raise archive.needed(what, granularity, kinds)
    span = [one for one in interval(max(starts), selection.months) if one >= min(starts)]
    parts = []
    served: set[str] = set()
    taken: set[str] = set()
    for source, by_name in zip(sources, available, strict=True):
        if not any(by_name[name].intersection(span) for name in by_name.keys() - served):
            continue
        table = tag_table(archive, granularity, source)
        names = {
            name
            for name, periods in table.available.items()
            if name not in served and periods.intersection(span)
        }
        repository = pl.col("repository")
        rows = table.rows.filter(
            pl.col("period").is_between(span[0].start, span[-1].start),
            pl.col("publisher").is_in(names),
            ~repository.is_in(taken),
        )
        if selection.repositories is not None:
            rows = rows.filter(repository.is_in(_wanted(selection.repositories, table)))
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


def _build(archive: Archive, granularity: Granularity, source: Source) -> TagTable:
    available = archive.available(source.kind, granularity, source.view)
    if source.repository is None:
        # The levels are taken together: what tags lack of a repository's pulls are those by digest.
        table = Table(Source(source.kind, EVERY_LEVEL), ("level", "reference"))
        return _from_levels(source, as_text(table.rows(archive, granularity)), available)
    rows = Table(source, ("reference",)).rows(archive, granularity)
    rows = rows.filter(pl.col("repository").is_not_null())
    return TagTable(source, rows, available, _repositories(rows))


def _from_levels(
    source: Source, small: pl.DataFrame, available: Mapping[str, set[Period]]
) -> TagTable:
    """Take one level of a report that restates the same events at several."""
    publisher, reference = pl.col("publisher"), pl.col("reference")
    small = small.with_columns(pl.col("level").str.to_lowercase())
    measures = list(source.roles.measures)
    named = reference.str.extract(_NAMED, 1)
    whole = with_full_name(
        small.filter(pl.col("level") == REPOSITORY), "reference", "publisher"
    ).select("period", "publisher", "repository", *measures)
    # Most references name no repository: theirs are all of the publisher's, or its only one.
    every = pl.col("repository").drop_nulls().unique()
    only = whole.group_by("publisher").agg(every).filter(pl.col("repository").list.len() == 1)
    lone = dict(only.explode("repository").iter_rows())
    rows = (
        small.filter(pl.col("level") == source.level)
        .select(
            "period",
            "publisher",
            *measures,
            repository=pl.coalesce(
                named,
                publisher.replace_strict(lone, default=None, return_dtype=pl.String),
                publisher + ALL,
            ),
            reference=pl.when(named.is_null())
            .then(reference)
            .otherwise(reference.str.extract(_NAMED, 2)),
        )
        .select("period", "publisher", "repository", "reference", *measures)
    )
    if source.level == "tag":
        rows = pl.concat([rows, _by_digest(rows, whole, measures)])
    return TagTable(
        source,
        rows,
        _telling(available, small.select("period", "publisher"), rows),
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
    available: Mapping[str, set[Period]], small: pl.DataFrame, rows: pl.DataFrame
) -> dict[str, set[Period]]:
    """Return the periods whose report has the level: some have no rows of tags or digests."""
    with_level = set(rows.select("publisher", "period").unique().iter_rows())
    with_rows = set(small.select("publisher", "period").unique().iter_rows())
    silent = with_rows - with_level
    return {
        name: {period for period in periods if (name, period.start) not in silent}
        for name, periods in available.items()
    }


def _repositories(rows: pl.DataFrame) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for publisher, name in rows.select("publisher", "repository").unique().iter_rows():
        found.setdefault(publisher, set()).add(name)
    return found
