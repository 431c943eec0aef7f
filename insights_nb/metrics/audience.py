"""Who pulls: by country, cloud, client, use case and tag, and signed in or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from insights_nb.counts.audience import Audience, Question, Where, ask
from insights_nb.counts.sources import AUDIENCE, DIMENSIONS, REPOSITORY, kinds
from insights_nb.counts.tables import bounds
from insights_nb.frames import RATIO, UNKNOWN, Column, frame, pair
from insights_nb.metrics.report_rows import as_frame
from insights_nb.selection import MEASURES, Selection, not_offered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insights_nb.archive import Archive
    from insights_nb.periods import Period

SIGNED_IN = "unique_authenticated_users"
ANONYMOUS = "unique_unauthenticated_users"

_PEOPLE = "how many users are signed in"


@frame(
    "a value (country, cloud, client, tag, use case, repository) in one period",
    kinds(AUDIENCE),
    "period pulls data_downloads version_checks share",
    Column(
        "share",
        "Its share of the period's pulls.",
        RATIO,
        UNKNOWN,
    ),
    may=" ".join(DIMENSIONS),
)
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
    """Count pulls in each period of the time range by where they come from.

    One report counts: trends, or the legacy raw data where no trends report names a selected
    repository or has a dimension that is asked for. The two call different things a pull.

    Parameters
    ----------
    archive
        Where the reports are.
    selection
        Granularity, time range and repositories; its measure does not matter here. None is 6 months
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
       time range. One report must be available of all of them.

    Returns
    -------
    pandas.DataFrame
        One row per period of the time range and value that its rows name, in that order, values
        with the most pulls over the time range first: ``period`` (first day), the value in a column
        called as `by` says (text, missing where the report names none: Namibia is ``NA``),
        ``pulls``, ``data_downloads``, ``version_checks`` (``Int64``; 0 where a report is available
        and names no such value, missing where one of the publishers' reports is missing or the
        report has no such count), ``share`` (``Float64``, of the pulls of that period that `where`
        lets count; a ratio, missing where these are unknown or 0). Without rows where nothing
        matches.

        ``attrs``: ``granularity``; ``source``, the report kind; ``missing``, the labels of the
        periods that are missing; ``left_out``, the repositories that are meant and that only
        another report counts; ``clients`` where any were given from which a use case was inferred.

    Raises
    ------
    ReportNeededError
        If no report of that granularity answers.
    MissingPeriodError
        If no one report is available of all `periods`.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If `by`, `where` or `source` name what is not offered, or `where` the dimension of `by`:
        choose among the frame's rows instead. If `clients` names a use case that there is not.

    Notes
    -----
    Source: Trends ``IP_COUNTRY``, ``CLOUD_SERVICE_PROVIDER``, ``USER_AGENT``, ``TAG`` and
    ``PULLS``; legacy raw ``Country``, ``Host``, ``User agent tool``, ``Tag``, ``Type`` and
    ``Domain``, one action a row. The time range ends with the newest available period of that
    report.
    """
    chosen = selection or Selection()
    if where is not None and by in where:
        others = [name for name in DIMENSIONS if name != by]
        raise not_offered("where", by, "other dimensions: " + ", ".join(map(repr, others)))
    kinds = [one.kind for one in AUDIENCE]
    if source is not None and source not in kinds:
        raise not_offered("source", source, " or ".join(map(repr, kinds)))
    sources = [one for one in AUDIENCE if source in {None, one.kind}]
    found = ask(archive, Question(chosen, by, where, clients, periods or ()), sources)
    counts = found.counts()
    measures = list(found.source.roles.measures)
    ranks = _ranks(counts, by)
    if by == REPOSITORY:
        rows = found.repositories.select("publisher", by).join(ranks, on=by, how="left")
    else:
        # Each publisher may have pulls of any value.
        rows = ranks.join(pl.DataFrame({"publisher": found.publishers}), how="cross")
    placed = counts.join(ranks, on=by, nulls_equal=True)
    grid = found.span.filled(rows, ["rank", by], placed, measures)
    whole = pl.col("pulls").sum().over("period")
    known = pl.col("available").all().over("period") & (whole > 0)
    table = grid.with_columns(
        share=pl.when(known).then(pl.col("pulls") / whole),
        **{m: pl.lit(None, pl.Int64) for m in MEASURES if m not in measures},
    )
    return _framed(table.select("period", by, *MEASURES, "share"), found)


@frame(
    "one period",
    kinds(AUDIENCE),
    "period unique_authenticated_users_at_least unique_authenticated_users_at_most "
    "unique_unauthenticated_users_at_least unique_unauthenticated_users_at_most "
    "share_at_least share_at_most",
    *pair("unique_unauthenticated_users", "Users who did not sign in", "users"),
    Column(
        "share_at_least",
        "Signed-in users among all, at least.",
        RATIO,
        UNKNOWN,
    ),
    Column(
        "share_at_most",
        "Signed-in users among all, at most.",
        RATIO,
        UNKNOWN,
    ),
)
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
        One row per period of the time range: ``period`` (first day),
        ``unique_authenticated_users_at_least`` and ``_at_most``,
        ``unique_unauthenticated_users_at_least`` and ``_at_most`` (``Int64``; 0 where the report is
        available and has no such row, missing where it is missing; the upper bound is missing too
        where a row does not say), ``share_at_least`` and ``share_at_most`` (``Float64``, a ratio:
        the signed-in among all; missing where nobody pulled or a bound is missing). ``attrs`` as
        `audience` gives them.

    Raises
    ------
    ReportNeededError
        If no Trends report of that granularity is in the archive.
    UnknownNameError
        If the selection names a repository that no report does.
    SelectionError
        If `where` names what is not offered, or `clients` a use case that there is not.

    Notes
    -----
    Source: Trends ``UNIQUE_AUTHENTICATED_USERS`` and ``UNIQUE_UNAUTHENTICATED_USERS``, people who
    are counted once per row, and one can be in many rows: at least the largest row, at most the
    sum. The bounds are equal where only one row counts. Who pulls both ways counts on both sides
    of the share. Legacy raw data does not say.
    """
    chosen = selection or Selection()
    question = Question(chosen, where=where, clients=clients, what=_PEOPLE)
    found = ask(archive, question, [one for one in AUDIENCE if SIGNED_IN in one.roles.people])
    people = [SIGNED_IN, ANONYMOUS]
    counts = found.people(people)
    # One row a period: whoever pulled, of any of the publishers.
    publishers = found.publishers or [*found.span.available]
    rows = pl.DataFrame({"publisher": publishers}).with_columns(who=pl.lit("all"))
    names = [name for name in counts.columns if name != "period"]
    table = found.span.filled(rows, ["who"], counts.with_columns(who=pl.lit("all")), names)
    table = table.select("period", *(bound for column in people for bound in bounds(column)))
    table = table.with_columns(
        share_at_least=_part(f"{SIGNED_IN}_at_least", f"{ANONYMOUS}_at_most"),
        share_at_most=_part(f"{SIGNED_IN}_at_most", f"{ANONYMOUS}_at_least"),
    )
    return _framed(table, found)


def _ranks(counts: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rank the values by their pulls over the time range, most first."""
    sums = counts.group_by(by).agg(pl.col("pulls").sum())
    ordered = sums.sort("pulls", by, descending=[True, False], nulls_last=True)
    return ordered.select(by).with_row_index("rank")


def _part(part: str, rest: str) -> pl.Expr:
    whole = pl.col(part) + pl.col(rest)
    return pl.when(whole > 0).then(pl.col(part) / whole)


def _framed(table: pl.DataFrame, found: Audience) -> pd.DataFrame:
    frame = as_frame(table, found.span.granularity)
    frame.attrs |= {
        "source": found.source.kind,
        "missing": found.missing,
        "left_out": list(found.left_out),
    }
    if found.clients:
        frame.attrs["clients"] = dict(found.clients)
    return frame
