"""How often each Docker extension was installed, uninstalled, updated and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.extensions import CORE, KEY, PEOPLE, PREMIUM, extension_table
from insights_nb.counts.spans import Span, span_of
from insights_nb.counts.tables import PARTS, bounds
from insights_nb.frames import frame
from insights_nb.metrics.report_rows import as_frame
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive

_EVENTS = {
    CORE: ("installs", "uninstalls", "updates"),
    PREMIUM: ("installs", "uninstalls", "usage"),
}
_STANDING = ("total_installs", "total_uninstalls")
_SUMMED = ("installs", "uninstalls", "net", "updates", "usage")


@frame(
    "an extension in one period",
    (CORE, PREMIUM),
    "period publisher extension installs uninstalls net total_installs total_uninstalls "
    "total_net updates usage unique_installs_at_least unique_installs_at_most "
    "unique_uninstalls_at_least unique_uninstalls_at_most unique_users_at_least "
    "unique_users_at_most",
)
def extensions(archive: Archive, selection: Selection | None = None) -> pd.DataFrame:
    """Count each extension's installs, uninstalls, updates and openings in each period.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        Granularity and time range; extensions are no repositories, so those do not matter here.
        The default is 6 months of weeks.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range and extension that a report of the time range knows:
        ``period`` (first day), ``publisher``, ``extension`` (missing where the files do not name
        it, as documented ones do not), ``installs``, ``uninstalls``, ``net`` (installs less
        uninstalls), ``total_installs``, ``total_uninstalls`` (of all times, as of the period's
        end), ``total_net``, ``updates``, ``usage`` (openings of the extension's tab), and
        ``unique_installs``, ``unique_uninstalls``, ``unique_users`` each as a pair ``_at_least``
        and ``_at_most`` (equal where a report has one row for the extension). All ``Int64``: 0
        where a report that counts it is available and does not name the extension (totals are
        missing there), missing where none is available. ``attrs["granularity"]`` is the
        selection's.

    Raises
    ------
    ReportNeededError
        If no extension summary of that granularity is in the archive.

    Notes
    -----
    Source: Extension core summary ``Installs``, ``TotalInstalls``, ``Uninstalls``,
    ``TotalUninstalls``, ``Updates``; Extension premium summary ``UniqueInstalls``,
    ``UniqueUninstalls``, ``Usage``, ``UniqueUsers``, and ``Installs`` and ``Uninstalls`` where no
    core summary is available. The time range ends with the newest available period of either.
    """
    chosen = selection or Selection()
    span = span_of(archive, [CORE, PREMIUM], chosen, "extensions")
    core, premium = (_completed(archive, span, kind) for kind in (CORE, PREMIUM))
    key = ["period", *KEY]
    known = pl.concat([core.select(KEY), premium.select(KEY)]).unique()
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
    pairs = [f"{name}_{bound}" for name in PEOPLE for bound in ("at_least", "at_most")]
    totals = [*_STANDING, "total_net"]
    columns = ["installs", "uninstalls", "net", *totals, "updates", "usage", *pairs]
    return as_frame(table.sort(key, nulls_last=True).select(*key, *columns), chosen.granularity)


@frame(
    "an extension over the time range",
    (CORE, PREMIUM),
    "publisher extension installs uninstalls net updates usage total_installs "
    "total_uninstalls total_net unique_installs_at_least unique_installs_at_most "
    "unique_uninstalls_at_least unique_uninstalls_at_most unique_users_at_least "
    "unique_users_at_most missing",
)
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
        for name in PEOPLE
    }
    marked = frame.sort_values("period").assign(missing=not_held, **unbounded)
    grouped = marked.groupby(list(KEY), dropna=False, sort=True)
    result = grouped[list(_SUMMED)].sum(min_count=1)
    standing = [*_STANDING, "total_net"]
    # The last that is not missing.
    result[standing] = grouped[standing].last()
    for name in PEOPLE:
        result[f"{name}_at_least"] = grouped[f"{name}_at_least"].max()
        most = grouped[f"{name}_at_most"].sum(min_count=1)
        # A sum that lacks a available period's people bounds nothing.
        result[f"{name}_at_most"] = most.where(~grouped[f"{name}_unbounded"].any())
    result["missing"] = grouped["missing"].sum().astype("Int64")
    return result.reset_index()


def _completed(archive: Archive, span: Span, kind: str) -> pl.DataFrame:
    """Return one report's counts for each of its extensions in each period of the time range."""
    own = Span(span.granularity, span.periods, archive.available(kind, span.granularity))
    rows = span.within(extension_table(archive, span.granularity, kind))
    key = ["period", *KEY]
    absent = pl.col("available") & ~pl.col("named")
    people = [name for name in PEOPLE if f"{name}_sum" in rows.columns]
    zero = [*_EVENTS[kind], *(f"{n}_{part}" for n in people for part in PARTS)]
    # Nobody installed it in a period that does not name it; its totals are not stated there.
    filled = own.grid(rows, KEY, rows).with_columns(
        pl.when(absent).then(0).otherwise(pl.col(n)).alias(n) for n in zero
    )
    standing = [name for name in _STANDING if name in rows.columns]
    pairs = [bound for name in people for bound in bounds(name)]
    return filled.select(*key, *_EVENTS[kind], *standing, *pairs)
