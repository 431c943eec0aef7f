"""One file, or the bytes of one, to a typed frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from insights_nb.limits import PUBLISHERS
from insights_nb.periods import Granularity, Period
from insights_nb.reading.answers import read_answer
from insights_nb.reading.dating import Dated, as_period, date_rows, date_unknown
from insights_nb.reading.recognising import Match, check_kind, recognise
from insights_nb.reading.sizes import OverLimitError
from insights_nb.reading.sniffing import Content, load, sniff
from insights_nb.reading.table import Origin, Source, read_columns
from insights_nb.reading.values import type_columns
from insights_nb.schema import OWNERS
from insights_nb.texts import printable

LEADING = ("granularity", "period")
"""The columns that `ReadResult.frame` has before the report's own."""

_FEW = 10
_EMPTY = (
    "It has no rows: either nothing happened in its period, or the download broke off. Download "
    "it again to be sure."
)


@dataclass(frozen=True)
class ReadResult:
    """One file, read.

    Parameters
    ----------
    frame
        ``granularity`` (text) and ``period`` (the first day), then the report's own columns in the
        schema's order, then those that the schema does not know.
    kind
        A kind of `insights_nb.schema.REPORTS`, or ``"unknown"``.
    granularity
        ``"week"`` or ``"month"``; None where that is unknown.
    periods
        Every period of the rows, oldest first; the one that was named where there are no rows.
    namespaces
        The publisher, else the namespaces, else the owner in the data; else the one given.
    rows
        How many there are.
    notes
        What was odd, one sentence each.
    sha256
        Of the original bytes.
    gzipped
        Whether they were compressed.
    """

    frame: pl.DataFrame
    kind: str
    granularity: Granularity | None
    periods: tuple[Period, ...]
    namespaces: tuple[str, ...]
    rows: int
    notes: tuple[str, ...]
    sha256: str
    gzipped: bool


def read_file(
    path: str | Path,
    *,
    kind: str | None = None,
    period: str | Period | None = None,
    namespace: str | None = None,
) -> ReadResult:
    """Read one file as `read_report` does; `namespace` is whose it is, where that is not in it."""
    wanted = as_period(period)
    check_kind(kind)
    return read_bytes(load(path), str(path), kind=kind, period=wanted, namespace=namespace)


def read_bytes(
    data: bytes,
    name: str,
    *,
    kind: str | None = None,
    period: str | Period | None = None,
    namespace: str | None = None,
) -> ReadResult:
    """Read a file's bytes, such as an answer's body; see `read_file`.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What to call it in messages; its kind and period are read from it too.
    kind, period, namespace
        As for `read_file`.
    """
    result = _read(data, name, kind, as_period(period), namespace)
    return replace(result, sha256=hashlib.sha256(data).hexdigest())


def read_report(
    path: str | Path, kind: str | None = None, period: str | Period | None = None
) -> pd.DataFrame:
    """Read one report.

    Parameters
    ----------
    path
        A CSV file, plain or gzip whatever its name, or a JSON answer of the pull-data API.
    kind
        What it is, where its header does not show it: ``"trends"``, ``"summary"``, … or
        ``"unknown"`` to have every column as text.
    period
        Which week (``"2024-W07"``) or month (``"2024-03"``) it covers, where that is not in it.

    Returns
    -------
    pandas.DataFrame
        The report's own columns in snake_case: text as ``str``, counts as ``Int64``, shares (0.12
        is 12 %) as ``Float64``, dates as ``datetime64``. Missing values are missing; a pull by
        digest has a missing ``tag``. What was odd stands in `notes`. ``attrs`` has ``kind``,
        ``granularity``, ``periods`` (their labels) and ``notes``.

    Raises
    ------
    ReadError
        If it is no report that can be trusted; the message names file, line and column.
    SelectionError
        If no report has that kind.
    PeriodError
        If `period` names none.

    Examples
    --------
    >>> trends = read_report("trends_weekly_2026_10_05.csv")  # doctest: +SKIP
    >>> trends.groupby("image_repository")["pulls"].sum()  # doctest: +SKIP
    """
    wanted = as_period(period)
    check_kind(kind)
    result = _read(load(path), str(path), kind, wanted, None)
    frame = to_pandas(result.frame.drop(LEADING))
    frame.attrs.update(
        kind=result.kind,
        granularity=result.granularity,
        periods=tuple(str(one) for one in result.periods),
        notes=result.notes,
    )
    return frame


def notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return what was odd about a report that `read_report` read, one sentence each.

    Parameters
    ----------
    frame
        A frame from `read_report`.
    """
    return tuple(frame.attrs.get("notes", ()))


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Turn a typed frame into pandas: ``str``, ``Int64``, ``Float64`` and ``datetime64[us]``."""
    for name, dtype in frame.schema.items():
        if dtype == pl.Date:
            frame = frame.with_columns(frame[name].cast(pl.Datetime("us")))
    table = frame.to_arrow()
    result: pd.DataFrame = table.to_pandas(types_mapper=_pandas_type)
    return result


def _pandas_type(arrow: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    return {"int64": pd.Int64Dtype(), "double": pd.Float64Dtype()}.get(str(arrow))


def _read(
    data: bytes, name: str, kind: str | None, period: Period | None, namespace: str | None
) -> ReadResult:
    """Read a file's bytes, leaving out their hash."""
    check_kind(kind)
    content = sniff(data, name)
    if content.is_json:
        answer = read_answer(content.answer, name, namespace)
        match = recognise(name, answer.header, "pulls", line=1)
        parsed = _Parsed(answer.frame, answer.header, match, answer, ())
    else:
        parsed = _parse(content, kind)
    frame, notes = type_columns(parsed.raw, parsed.header, parsed.match, parsed.origin)
    dated = _date(frame, parsed, period)
    namespaces, odd = _namespaces(frame, name, namespace)
    frame = frame.select(
        pl.lit(dated.granularity, pl.String).alias("granularity"),
        dated.starts.alias("period"),
        pl.all(),
    )
    return ReadResult(
        frame=frame,
        kind=parsed.match.kind,
        granularity=dated.granularity,
        periods=dated.periods,
        namespaces=namespaces,
        rows=frame.height,
        notes=tuple(printable(note) for note in (*notes, *dated.notes, *odd, *parsed.notes)),
        sha256="",
        gzipped=content.gzipped,
    )


@dataclass(frozen=True)
class _Parsed:
    raw: pl.DataFrame
    header: tuple[str, ...]
    match: Match
    origin: Origin
    notes: tuple[str, ...]


def _parse(content: Content, kind: str | None) -> _Parsed:
    source = Source.of(content.name, content.text)
    match = recognise(content.name, source.header, kind, line=source.header_line)
    raw = read_columns(source, {index: column.dtype for index, column in match.columns.items()})
    remarks = []
    if match.report is None:
        remarks.append("No report that the schema knows: kept whole, every column as text.")
    if not raw.height:
        remarks.append(_EMPTY)
    if not source.ends_with_line:
        remarks.append("The last line has no line end: if the download broke off, it may be cut.")
    return _Parsed(raw, source.header, match, source, tuple(remarks))


def _date(frame: pl.DataFrame, parsed: _Parsed, asked: Period | None) -> Dated:
    match = parsed.match
    if match.report is None:
        return date_unknown(frame, parsed.origin, asked)
    headers = {column.name: parsed.header[index] for index, column in match.columns.items()}
    return date_rows(frame, match.report, headers, parsed.origin, asked)


def _namespaces(
    frame: pl.DataFrame, name: str, given: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for column in OWNERS:
        if column not in frame.columns:
            continue
        found = tuple(frame[column].drop_nulls().unique().sort().to_list())
        if len(found) > PUBLISHERS.value:
            raise OverLimitError(name, f"its rows are of {len(found):,} publishers", PUBLISHERS)
        if found and given and given not in found:
            shown = ", ".join(found[:_FEW]) + (" and others" if len(found) > _FEW else "")
            return found, (f"Asked for as {given}, its rows are of {shown}.",)
        if found:
            return found, ()
    return ((given,) if given else ()), ()
