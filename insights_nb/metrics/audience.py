"""Who pulls: by country, cloud, client, use case and tag, and signed in or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.metrics.audience_sources import (
    ANONYMOUS,
    AUDIENCE_SOURCES,
    DIMENSIONS,
    REPOSITORY,
    SIGNED_IN,
    TRENDS,
)
from insights_nb.metrics.audience_view import View, Where, view_of
from insights_nb.metrics.coding import as_text
from insights_nb.metrics.report_rows import as_frame, bounds, largest_and_sum
from insights_nb.rollup import total
from insights_nb.selection import MEASURES, Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insights_nb.archive import Archive
    from insights_nb.periods import Period

_PEOPLE = "how many users are signed in"


def audience(
    archive: Archive,
    selection: Selection | None,
    by: str,
    *,
    where: Where | None = None,
    clients: Mapping[str, str] | None = None,
    source: str | None = None,
    periods: Sequence[Period] | None = None,
) -> pd.DataFrame:
    """Count pulls in each period of the interval by where they come from.

    One report counts: trends, or the legacy raw data where no trends report names a selected
    repository or has a dimension that is asked for. The two call different things a pull.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        Granularity, interval and repositories; its measure does not matter here. None is 6 months
        of weeks of every repository.
    by
        ``"country"``, ``"cloud"``, ``"client"``, ``"use_case"`` (as `insights_nb.infer_use_case`
        infers it), ``"tag"`` or ``"repository"``; of legacy raw data also ``"industry"`` and
        ``"domain"``.
    where
        Count only some rows: another dimension → its values, as ``{"cloud": ["aws"], "country":
        ["DE", "NA"]}``. None among them stands for rows that name none, such as pulls by digest.
    clients
        Client → use case, for `insights_nb.infer_use_case`; `insights_nb.clients_of` reads them
        from a file.
    source
        Take this report kind: ``"trends"`` or ``"image_pulls_raw"``.
    periods
        Count in these, in order of time and of the selection's granularity, in place of its
        interval. One report must be held of all of them.

    Returns
    -------
    pandas.DataFrame
        One row per period of the interval and value that its rows name, in that order, values
        with the most pulls over the interval first: ``period`` (first day), the value in a column
        called as `by` says (text, missing where the report names none: Namibia is ``NA``),
        ``pulls``, ``data_downloads``, ``version_checks`` (``Int64``; 0 where a report is held and
        names no such value, missing where one of the publishers' reports is not held or the
        report has no such count), ``share`` (``Float64``, of the pulls of that period that `where`
        lets count; a ratio, missing where these are unknown or 0). Without rows where nothing
        matches.

        ``attrs``: ``granularity``; ``source``, the report kind; ``missing``, the labels of the
        periods that are not held; ``left_out``, the repositories that are meant and that only
        another report counts; ``clients`` where any were given from which a use case was inferred.

    Raises
    ------
    ReportNeededError
        If no report of that granularity tells.
    MissingPeriodError
        If no one report is held of all `periods`.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If `by`, `where` or `source` name what is not offered, or `where` the dimension of `by`:
        choose among the frame's rows instead. If `clients` names a use case that there is not.

    Notes
    -----
    Source: Trends ``IP_COUNTRY``, ``CLOUD_SERVICE_PROVIDER``, ``USER_AGENT``, ``TAG`` and
    ``PULLS``; legacy raw ``Country``, ``Host``, ``User agent tool``, ``Tag``, ``Type`` and
    ``Domain``, one action a row. The interval ends with the newest period held of that report.
    """
    chosen = selection or Selection()
    if where is not None and by in where:
        others = [name for name in DIMENSIONS if name != by]
        raise not_offered("where", by, "other dimensions: " + ", ".join(map(repr, others)))
    kinds = [one.kind for one in AUDIENCE_SOURCES]
    if source is not None and source not in kinds:
        raise not_offered("source", source, " or ".join(map(repr, kinds)))
    sources = [one for one in AUDIENCE_SOURCES if source in {None, one.kind}]
    view = view_of(archive, chosen, sources, by, where, clients, periods)
    counts = _counts(view, by)
    ranks = _ranks(counts, by)
    if by == REPOSITORY:
        rows = view.repositories.select("publisher", by).join(ranks, on=by, how="left")
    else:
        # Each publisher may have pulls of any value.
        rows = ranks.join(pl.DataFrame({"publisher": view.publishers()}), how="cross")
    placed = counts.join(ranks, on=by, nulls_equal=True)
    grid = view.span.grid(rows, ["rank", by], placed).with_columns(
        pl.when("held").then(pl.when("named").then(name).otherwise(0)).alias(name)
        for name in view.source.measures
    )
    whole = pl.col("pulls").sum().over("period")
    known = pl.col("held").all().over("period") & (whole > 0)
    table = grid.with_columns(
        share=pl.when(known).then(pl.col("pulls") / whole),
        **{m: pl.lit(None, pl.Int64) for m in MEASURES if m not in view.source.measures},
    )
    return _framed(table.select("period", by, *MEASURES, "share"), view)


def signed_in(
    archive: Archive,
    selection: Selection | None = None,
    *,
    where: Where | None = None,
    clients: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Bound how many users pulled signed in and how many did not, in each period.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        As for `audience`.
    where, clients
        As for `audience`, of the Trends report's dimensions.

    Returns
    -------
    pandas.DataFrame
        One row per period of the interval: ``period`` (first day),
        ``unique_authenticated_users_at_least`` and ``_at_most``,
        ``unique_unauthenticated_users_at_least`` and ``_at_most`` (``Int64``; 0 where the report
        is held and has no such row, missing where it is not held; the upper bound is missing too
        where a row does not tell), ``share_at_least`` and ``share_at_most`` (``Float64``, a
        ratio: the signed-in among all; missing where nobody pulled or a bound is missing).
        ``attrs`` as `audience` gives them.

    Raises
    ------
    ReportNeededError
        If no Trends report of that granularity is held.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If `where` names what is not offered, or `clients` a use case that there is not.

    Notes
    -----
    Source: Trends ``UNIQUE_AUTHENTICATED_USERS`` and ``UNIQUE_UNAUTHENTICATED_USERS``, people who
    are counted once per row, and one can be in many rows: at least the largest row, at most the
    sum. The bounds are equal where only one row counts. Who pulls both ways counts on both sides
    of the share. Legacy raw data does not tell.
    """
    chosen = selection or Selection()
    view = view_of(archive, chosen, [TRENDS], where=where, clients=clients, what=_PEOPLE)
    people = [SIGNED_IN, ANONYMOUS]
    counts: pl.DataFrame = (
        view.rows.group_by("period")
        .agg(*(part for column in people for part in largest_and_sum(column)))
        .to_native()
        .collect(engine="streaming")
    )
    held = _held(view)
    rows = held.join(counts.with_columns(counted=True), on="period", how="left")
    # No row is nobody where the report is held; a row whose users are missing is not.
    absent = pl.col("held") & pl.col("counted").is_null()
    table = rows.with_columns(
        pl.when(absent).then(0).when(pl.col("held")).then(pl.col(name)).alias(name)
        for name in counts.columns
        if name != "period"
    ).select("period", *(bound for column in people for bound in bounds(column)))
    table = table.sort("period").with_columns(
        share_at_least=_part(f"{SIGNED_IN}_at_least", f"{ANONYMOUS}_at_most"),
        share_at_most=_part(f"{SIGNED_IN}_at_most", f"{ANONYMOUS}_at_least"),
    )
    return _framed(table, view)


def _counts(view: View, by: str) -> pl.DataFrame:
    keys, values = view.keys(by)
    rows = view.rows.to_native()
    small = as_text(
        total(rows, ["period", *keys], view.source.measures).collect(engine="streaming")
    )
    value = pl.col(keys[0])
    if values is not None:
        small = small.join(values, on=keys, how="left", nulls_equal=True)
        value = pl.col("value")
    # One repository may come under two spellings.
    return small.group_by("period", value.alias(by)).agg(pl.col(list(view.source.measures)).sum())


def _ranks(counts: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rank the values by their pulls over the interval, most first."""
    sums = counts.group_by(by).agg(pl.col("pulls").sum())
    ordered = sums.sort("pulls", by, descending=[True, False], nulls_last=True)
    return ordered.select(by).with_row_index("rank")


def _held(view: View) -> pl.DataFrame:
    missing = set(view.missing())
    held = [(period.start, period.label not in missing) for period in view.span.periods]
    return pl.DataFrame(held, schema={"period": pl.Date, "held": pl.Boolean}, orient="row")


def _part(part: str, rest: str) -> pl.Expr:
    whole = pl.col(part) + pl.col(rest)
    return pl.when(whole > 0).then(pl.col(part) / whole)


def _framed(table: pl.DataFrame, view: View) -> pd.DataFrame:
    frame = as_frame(table, view.span.granularity)
    frame.attrs |= {
        "source": view.source.kind,
        "missing": view.missing(),
        "left_out": list(view.left_out),
    }
    if view.clients:
        frame.attrs["clients"] = dict(view.clients)
    return frame
