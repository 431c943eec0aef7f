"""How often each Docker extension was installed, uninstalled, updated and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd
import polars as pl

from insights_nb.archive.counting import counting
from insights_nb.caching import kept
from insights_nb.metrics.report_rows import Span, as_frame, bounds, largest_and_sum, span_of
from insights_nb.schema import REPORTS
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.periods import Granularity

CORE = "extension_core"
PREMIUM = "extension_premium"
_KEY = ("publisher", "extension")
_EVENTS = {
    CORE: ("installs", "uninstalls", "updates"),
    PREMIUM: ("installs", "uninstalls", "usage"),
}
_STANDING = ("total_installs", "total_uninstalls")
_PEOPLE = ("unique_installs", "unique_uninstalls", "unique_users")
_PARTS = ("largest", "sum", "unknown")
_SUMMED = ("installs", "uninstalls", "net", "updates", "usage")


def extensions(archive: Archive, selection: Selection | None = None) -> pd.DataFrame:
    """Count each extension's installs, uninstalls, updates and openings in each period.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        Granularity and interval; extensions are no repositories, so those do not matter here.
        The default is 6 months of weeks.

    Returns
    -------
    pandas.DataFrame
        One row per period of the interval and extension that a report of the interval knows:
        ``period`` (first day), ``publisher``, ``extension`` (missing where the files do not name
        it, as documented ones do not), ``installs``, ``uninstalls``, ``net`` (installs less
        uninstalls), ``total_installs``, ``total_uninstalls`` (of all times, as of the period's
        end), ``total_net``, ``updates``, ``usage`` (openings of the extension's tab), and
        ``unique_installs``, ``unique_uninstalls``, ``unique_users`` each as a pair ``_at_least``
        and ``_at_most`` (equal where a report has one row for the extension). All ``Int64``:
        0 where a report that counts it is held and does not name the extension (totals are
        missing there), missing where none is held. ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If no extension summary of that granularity is held.

    Notes
    -----
    Source: Extension core summary ``Installs``, ``TotalInstalls``, ``Uninstalls``,
    ``TotalUninstalls``, ``Updates``; Extension premium summary ``UniqueInstalls``,
    ``UniqueUninstalls``, ``Usage``, ``UniqueUsers``, and ``Installs`` and ``Uninstalls`` where no
    core summary is held. The interval ends with the newest period held of either.
    """
    chosen = selection or Selection()
    span = span_of(archive, [CORE, PREMIUM], chosen, "extensions")
    core, premium = (_completed(archive, span, kind) for kind in (CORE, PREMIUM))
    key = ["period", *_KEY]
    known = pl.concat([core.select(_KEY), premium.select(_KEY)]).unique()
    days = pl.DataFrame({"period": [period.start for period in span.periods]})
    table = known.join(days, how="cross")
    for kind, counts in ((CORE, core), (PREMIUM, premium)):
        named = counts.rename({name: f"{kind}.{name}" for name in ("installs", "uninstalls")})
        table = table.join(named, on=key, how="left", nulls_equal=True)
    table = table.with_columns(
        pl.coalesce(f"{CORE}.{name}", f"{PREMIUM}.{name}").alias(name)
        for name in ("installs", "uninstalls")
    ).with_columns(
        net=pl.col("installs") - pl.col("uninstalls"),
        total_net=pl.col("total_installs") - pl.col("total_uninstalls"),
    )
    pairs = [f"{name}_{bound}" for name in _PEOPLE for bound in ("at_least", "at_most")]
    totals = [*_STANDING, "total_net"]
    columns = ["installs", "uninstalls", "net", *totals, "updates", "usage", *pairs]
    return as_frame(table.sort(key, nulls_last=True).select(*key, *columns), chosen.granularity)


def extension_totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up each extension's events over a frame's periods.

    Parameters
    ----------
    frame
        As `extensions` gives it.

    Returns
    -------
    pandas.DataFrame
        One row per publisher and extension: ``installs``, ``uninstalls``, ``net``, ``updates``,
        ``usage`` (sums over the periods that are known; missing where none is),
        ``total_installs``, ``total_uninstalls``, ``total_net`` (of the newest period that states
        them), the unique people each as ``_at_least`` (the largest period's) and ``_at_most`` (the
        sum, for nobody can tell who came twice), ``missing`` (periods without installs).
        Counts are ``Int64``.
    """
    not_held = frame["installs"].isna()
    unbounded = {
        f"{name}_unbounded": frame[f"{name}_at_most"].isna() & frame["usage"].notna()
        for name in _PEOPLE
    }
    marked = frame.sort_values("period").assign(missing=not_held, **unbounded)
    grouped = marked.groupby(list(_KEY), dropna=False, sort=True)
    result = grouped[list(_SUMMED)].sum(min_count=1)
    standing = [*_STANDING, "total_net"]
    # The last that is not missing.
    result[standing] = grouped[standing].last()
    for name in _PEOPLE:
        result[f"{name}_at_least"] = grouped[f"{name}_at_least"].max()
        most = grouped[f"{name}_at_most"].sum(min_count=1)
        # A sum that lacks a held period's people bounds nothing.
        result[f"{name}_at_most"] = most.where(~grouped[f"{name}_unbounded"].any())
    result["missing"] = grouped["missing"].sum().astype("Int64")
    return result.reset_index()


def _completed(archive: Archive, span: Span, kind: str) -> pl.DataFrame:
    """Return one report's counts for each of its extensions in each period of the interval."""
    mine = Span(span.granularity, span.periods, archive.available(kind, span.granularity))
    rows = span.within(_table(archive, span.granularity, kind))
    key = ["period", *_KEY]
    absent = pl.col("held") & ~pl.col("named")
    people = [name for name in _PEOPLE if f"{name}_sum" in rows.columns]
    zero = [*_EVENTS[kind], *(f"{n}_{part}" for n in people for part in _PARTS)]
    # Nobody installed it in a period that does not name it; its totals are not stated there.
    filled = mine.grid(rows, _KEY, rows).with_columns(
        pl.when(absent).then(0).otherwise(pl.col(n)).alias(n) for n in zero
    )
    standing = [name for name in _STANDING if name in rows.columns]
    pairs = [bound for name in people for bound in bounds(name)]
    return filled.select(*key, *_EVENTS[kind], *standing, *pairs)


def _table(archive: Archive, granularity: Granularity, kind: str) -> pl.DataFrame:
    """Return a report's counts per period, publisher and extension."""

    def build() -> pl.DataFrame:
        # No column says whose an extension is: the ledger does, file by file.
        files = [
            one.scan(archive.folder).with_columns(
                publisher=pl.lit("".join(one.entry.namespaces[:1]))
            )
            for one in counting(archive.entries(), kind, granularity)
        ]
        report = REPORTS[kind]
        counts = [column.name for column in report.columns if column.dtype == "count"]
        types = {"period": pl.Date(), "publisher": pl.String(), "extension": pl.String()}
        nothing = pl.LazyFrame(schema=types | dict.fromkeys(counts, pl.Int64()))
        rows = nw.from_native(pl.concat([nothing, *files], how="diagonal_relaxed"))
        people = [name for name in counts if name in _PEOPLE]
        events = [name for name in counts if name not in _PEOPLE]
        table: pl.DataFrame = (
            rows.group_by("period", *_KEY)
            .agg(
                *(nw.col(name).sum() for name in events),
                *(nw.col(name).count().alias(f"{name}_stated") for name in events),
                *(part for name in people for part in largest_and_sum(name)),
            )
            # An older file lacks a column: that is missing, not zero.
            .with_columns(nw.when(nw.col(f"{name}_stated") > 0).then(name) for name in events)
            .drop(f"{name}_stated" for name in events)
            .to_native()
            .collect()
        )
        return table

    return kept(archive, (kind, granularity), build)
