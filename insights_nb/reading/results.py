"""One file, or the bytes of one, to a typed frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pandas as pd
import polars as pl

from insights_nb.errors import ReadError
from insights_nb.limits import PUBLISHERS
from insights_nb.periods import Granularity, Period
from insights_nb.reading.answers import check_repository, read_answer
from insights_nb.reading.dating import Dated, as_period, date_rows, date_unknown
from insights_nb.reading.naming import period_in_name
from insights_nb.reading.recognising import Match, check_kind, known_headers, recognise
from insights_nb.reading.resaved import resaved
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
    "It has no rows: either nothing happened in its period, or the download broke off. Compare it "
    "with Docker Hub if it is still listed there."
)
# As pandas and R write them.
_NO_NAMES = ("", "unnamed: 0", "index")


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
    repository
        The one that was stated, where the rows are of it and do not say so; else empty.
    instead
        Another period that the rows may be of, as days of one week are of a month too, where
        nothing decides; else None.
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
    repository: str = ""
    instead: Period | None = None


class Stated(TypedDict, total=False):
    """What somebody says of a file, where that does not stand in it.

    Parameters
    ----------
    kind
        A kind of `insights_nb.schema.REPORTS`, or ``"unknown"`` to have every column as text.
    period
        Which week (``"2024-W07"``) or month (``"2024-03"``) it covers.
    namespace
        Whose it is.
    repository
        Of which repository (``"acme/web"``) the points of an API answer are that names none.
    """

    kind: str | None
    period: str | Period | None
    namespace: str | None
    repository: str | None


def read_file(path: str | Path, **stated: Unpack[Stated]) -> ReadResult:
    """Read one file as `read_report` does; `Stated` names what can be said of it."""
    check_stated(stated)
    return read_bytes(load(path), str(path), **stated)


def read_bytes(data: bytes, name: str, **stated: Unpack[Stated]) -> ReadResult:
    """Read a file's bytes, such as an answer's body; see `read_file`.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What to call it in messages; its kind and period are read from it too.
    **stated
        As for `read_file`.
    """
    result = _read(data, name, stated)
    return replace(result, sha256=hashlib.sha256(data).hexdigest())


def check_stated(stated: Stated) -> None:
    """Refuse what can be refused before any file is read: each would say the same.

    Raises
    ------
    SelectionError
        If no report has that kind, or a repository is not named as ``acme/web``.
    PeriodError
        If the period is none.
    """
    check_kind(stated.get("kind"))
    as_period(stated.get("period"))
    check_repository(stated.get("repository"))


def read_report(
    path: str | Path,
    kind: str | None = None,
    period: str | Period | None = None,
    repository: str | None = None,
) -> pd.DataFrame:
    """Read one report, as Docker Hub writes it or as another program saved it again.

    What has one reading is read: other separators, encodings, orders of day and month, separated
    thousands, empty rows and repeated headers; a note says what was understood how. What has two
    readings is refused, and both are named.

    Parameters
    ----------
    path
        A CSV file, plain, gzip or alone in a zip archive, whatever its name, or a JSON answer of
        the pull-data API.
    kind
        What it is, where its header does not show it: ``"trends"``, ``"summary"``, … or
        ``"unknown"`` to have every column as text.
    period
        Which week (``"2024-W07"``) or month (``"2024-03"``) it covers, where that is not in it.
    repository
        Of which repository (``"acme/web"``) an API answer is that names none.

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
        If no report has that kind, or `repository` names none.
    PeriodError
        If `period` names none.

    Examples
    --------
    >>> trends = read_report("trends_weekly_2026_10_05.csv")  # doctest: +SKIP
    >>> trends.groupby("image_repository")["pulls"].sum()  # doctest: +SKIP
    """
    stated: Stated = {"kind": kind, "period": period, "repository": repository}
    check_stated(stated)
    result = _read(load(path), str(path), stated)
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


def _read(data: bytes, name: str, stated: Stated) -> ReadResult:
    """Read a file's bytes, leaving out their hash."""
    check_kind(stated.get("kind"))
    content = sniff(data, name)
    if content.is_json:
        return _result(content, _parse_answer(content, stated), stated)
    try:
        return _result(content, _parse(content, stated.get("kind")), stated)
    except OverLimitError:
        raise
    except ReadError:
        plain = resaved(content, known_headers())
        if plain is None:
            raise
    return _result(plain, _parse(plain, stated.get("kind")), stated)


def _result(content: Content, parsed: _Parsed, stated: Stated) -> ReadResult:
    asked = as_period(stated.get("period"))
    named = asked or period_in_name(content.name).period
    frame, notes = type_columns(parsed.raw, parsed.header, parsed.match, parsed.origin, named)
    dated = _date(frame, parsed, asked)
    owner = stated.get("namespace") or parsed.repository.partition("/")[0] or None
    namespaces, odd = _namespaces(frame, content.name, owner)
    frame = frame.select(
        pl.lit(dated.granularity, pl.String).alias("granularity"),
        dated.starts.alias("period"),
        pl.all(),
    )
    every = (*content.notes, *notes, *dated.notes, *odd, *parsed.notes)
    return ReadResult(
        frame=frame,
        kind=parsed.match.kind,
        granularity=dated.granularity,
        periods=dated.periods,
        namespaces=namespaces,
        rows=frame.height,
        notes=tuple(map(printable, every)),
        sha256="",
        gzipped=content.gzipped,
        repository=parsed.repository,
        instead=dated.instead,
    )


@dataclass(frozen=True)
class _Parsed:
    raw: pl.DataFrame
    header: tuple[str, ...]
    match: Match
    origin: Origin
    notes: tuple[str, ...]
    repository: str = ""


def _parse_answer(content: Content, stated: Stated) -> _Parsed:
    answer = read_answer(
        content.answer, content.name, stated.get("namespace"), stated.get("repository")
    )
    match = recognise(content.name, answer.header, "pulls", line=1)
    return _Parsed(answer.frame, answer.header, match, answer, answer.notes, answer.stated)


def _parse(content: Content, kind: str | None) -> _Parsed:
    source = Source.of(content.name, content.text)
    match = recognise(content.name, source.header, kind, line=source.header_line)
    raw = read_columns(source, {index: column.dtype for index, column in match.columns.items()})
    match, remarks = _without_index(match, source, raw)
    if match.report is None:
        remarks.append("No report that the schema knows: kept whole, every column as text.")
    else:
        _refuse_empty_rows(raw, source)
    if not raw.height:
        remarks.append(_EMPTY)
    if not source.ends_with_line:
        remarks.append("The last line has no line end: if the download broke off, it may be cut.")
    return _Parsed(raw, source.header, match, source, tuple(remarks))


def _without_index(match: Match, source: Source, raw: pl.DataFrame) -> tuple[Match, list[str]]:
    """Leave out columns without name: the numbers of the rows before all, nothing at the end."""
    extra = dict(match.extra)
    remarks = []
    for index in match.extra:
        if source.header[index].strip().casefold() not in _NO_NAMES or not raw.height:
            continue
        column = raw[str(index)].cast(pl.String).fill_null("")
        if index == 0 and any(
            column.equals(pl.int_range(first, first + raw.height, eager=True).cast(pl.String))
            for first in (0, 1)
        ):
            remarks.append("Left out: the first column, which counts the rows.")
        elif source.header[index].strip() or (column != "").any():
            continue
        else:
            remarks.append(f"Left out: column {index + 1}, which has neither name nor values.")
        del extra[index]
    return replace(match, extra=extra), remarks


def _refuse_empty_rows(raw: pl.DataFrame, source: Source) -> None:
    """Refuse rows in which nothing stands; they would be read as rows of missing values.

    Raises
    ------
    ReadError
        If there is one.
    """
    # Mostly some column has a value everywhere; of numbers that is known without looking.
    numbers = (column for column in raw if column.dtype != pl.String)
    texts = (column for column in raw if column.dtype == pl.String)
    if not raw.height or not all(map(_has_empty, (*numbers, *texts))):
        return
    empty = raw.select(
        pl.all_horizontal(pl.all().cast(pl.String).fill_null("").str.strip_chars() == "")
    ).to_series()
    if empty.any():
        row = empty.arg_max() or 0
        raise ReadError(
            source.name,
            "the row has nothing but separators. Remove it.",
            line=source.line(row),
        )


def _has_empty(column: pl.Series) -> bool:
    return bool(column.null_count() or (column.dtype == pl.String and (column == "").any()))


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
