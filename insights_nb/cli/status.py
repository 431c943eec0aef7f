"""The command that says what is available, what is late and what will soon be gone."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from insights_nb.cli._common import ARCHIVE_HELP
from insights_nb.texts import printable

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.archive import Archive
    from insights_nb.archive.ledger import Entry

_INCOMPLETE = 3
_NARROWEST = 40
_LEAST = 20
# Keeps a number and its word on one line.
_TIED = "\u00a0"


def status(
    archive: Annotated[Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help=ARCHIVE_HELP)] = Path(
        "archive"
    ),
    today: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="As of which day, as 2026-11-24. Without it, today in UTC.",
            show_default=False,
        ),
    ] = None,
    next_run: Annotated[
        int,
        typer.Option(min=0, max=3650, help="In how many days reports are fetched or added again."),
    ] = 7,
    since: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m"],
            help="Leave out the periods that begin before this day, such as those that are gone "
            "for good.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, for programs.")
    ] = False,
) -> None:
    """Say which reports are available, missing, late, or soon no longer listed.

    Ends with 0 where nothing is missing or overdue, with 3 where something is, and with 1 after an
    error.
    """
    from insights_nb.archive import Archive
    from insights_nb.archive.coverage import complete

    opened = Archive(archive, today=today.date() if today else None).require()
    day = today.date() if today else dt.datetime.now(dt.UTC).date()
    first = since.date() if since else None
    series = opened.status(day, next_run=next_run, since=first)
    if series.empty:
        if not as_json:
            for line in _uncounted(opened, archive, 80):
                typer.echo(line)
        wanted = "report that states its period" + (f" since {first.isoformat()}" if first else "")
        raise opened.missing(wanted)
    periods = opened.coverage(day, next_run=next_run, since=first)
    for notice in opened.notices():
        typer.echo(printable(notice), err=True)
    whole = complete(series)
    if as_json:
        document = _document(series, periods, day, first, whole) | _taken_out(opened)
        typer.echo(json.dumps(document, indent=2))
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        reach = f", from {first.isoformat()} on" if first else ""
        typer.echo(f"{printable(str(archive))}, as of {day.isoformat()}{reach}")
        for line in (
            *_available(series, width),
            *_missing(periods, next_run, width),
            *_uncounted(opened, archive, width),
            *_advice(series, periods, archive, width),
        ):
            typer.echo(line)
    if not whole:
        raise typer.Exit(_INCOMPLETE)


# --- for programs -------------------------------------------------------------------------------


def _document(
    series: pd.DataFrame,
    periods: pd.DataFrame,
    day: dt.date,
    since: dt.date | None,
    whole: bool,
) -> dict[str, Any]:
    """Return what ``--json`` prints; these names stay.

    ``today`` and ``since`` (ISO dates), ``complete`` (nothing is missing or overdue), ``series``
    (one object each, with the columns of `Archive.status`) and ``periods`` (one object for each
    that is revised, missing or late, or has no rows, with the columns of `Archive.coverage`). Dates
    are ISO; what is not known is null.
    """
    notable = periods[(periods["status"] != "available") | periods["empty"]]
    return {
        "today": day.isoformat(),
        "since": None if since is None else since.isoformat(),
        "complete": whole,
        "series": [_plain(row) for row in series.to_dict("records")],
        "periods": [_plain(row) for row in notable.to_dict("records")],
    }


def _taken_out(archive: Archive) -> dict[str, Any]:
    """Return what is in the archive and not counted, as ``--json`` prints it; these names stay.

    ``withdrawn`` (``sha256``, ``kind``, ``periods``, ``file``, ``on``, ``why``) and ``implausible``
    (``sha256``, ``kind``, ``periods``: those that cannot be, ``file``).
    """
    history = archive.history()
    return {
        "withdrawn": [
            _file(one.entry, one.entry.periods) | {"on": one.on, "why": one.why}
            for one in history.withdrawn
        ],
        "implausible": [_file(entry, labels) for entry, labels in history.implausible],
    }


def _file(entry: Entry, labels: Sequence[str]) -> dict[str, Any]:
    return {
        "sha256": entry.sha256,
        "kind": entry.kind,
        "periods": [*labels],
        "file": entry.original,
    }


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    import pandas as pd

    return {
        str(name): None
        if pd.isna(value)
        else value.date().isoformat()
        if isinstance(value, pd.Timestamp)
        else value
        for name, value in row.items()
    }


# --- for people ---------------------------------------------------------------------------------


def _available(series: pd.DataFrame, width: int) -> Iterator[str]:
    for namespace, rows in series.groupby("namespace", sort=True):
        yield ""
        yield printable(str(namespace)) or "(no publisher named)"
        yield from _table(rows, width)
    if series["ended"].any():
        yield ""
        yield from _hang("", "Ended: nothing newer came for more than 26 weeks or 6 months.", width)


def _missing(periods: pd.DataFrame, next_run: int, width: int) -> Iterator[str]:
    def having(status: str) -> pd.DataFrame:
        return periods[periods["status"] == status]

    yield from _listed(
        "Without rows (nothing happened, or the download broke off):",
        periods[periods["empty"]],
        width,
    )
    yield from _listed("Gaps between reports:", having("missing"), width)
    yield from _listed("Overdue:", having("overdue"), width, "due", "due {}")
    yield from _listed("Expected any day:", having("expected"), width, "due", "due {}")
    yield from _listed(
        f"At risk, no longer listed by the source within {next_run} days:",
        periods[periods["at_risk"]],
        width,
        "ages_out",
        "fetch before {}",
    )
    yield from _listed(
        "Gone, no longer listed by the source:",
        periods[periods["gone"]],
        width,
        "ages_out",
        "since {}",
    )


def _uncounted(opened: Archive, archive: Path, width: int) -> Iterator[str]:
    """Name what is in the archive and not counted, and what to do about it."""
    from insights_nb.archive.withdrawals import SHORT, called

    history = opened.history()
    if ahead := opened.unfinished():
        yield ""
        yield "Not over yet, so in no total (a later report takes its place):"
        for period in ahead:
            kinds = sorted({e.kind for e in opened.entries() if period.label in e.periods})
            yield from _hang("  ", f"{period.label} ({period.dates}): {', '.join(kinds)}", width)
    if history.implausible:
        yield ""
        yield "Not counted, since their periods cannot be right:"
        for entry, labels in history.implausible:
            yield from _hang("  ", printable(f"{', '.join(labels[:3])}: {called(entry)}"), width)
        # A command has a line of its own.
        first = next(
            (entry for entry, odd in history.implausible if len(odd) == len(entry.periods)), None
        )
        if first is not None:
            folder = shlex.quote(printable(str(archive)))
            yield "Take such a file out:"
            yield f"  insights-nb withdraw {first.sha256[:SHORT]} --why TEXT --archive {folder}"
    if history.withdrawn:
        yield ""
        yield "Withdrawn, so not counted:"
        for one in history.withdrawn:
            text = f"{called(one.entry)}, {one}"
            yield from _hang("  ", printable(text), width)


def _table(rows: pd.DataFrame, width: int) -> Iterator[str]:
    cells = [("Report", "Per", "Newest", "Age", "Available", "State")]
    cells += [
        (
            printable(row["kind"]),
            row["granularity"],
            row["newest"],
            f"{row['age']} d",
            str(row["available"]),
            _state(row),
        )
        for row in rows.to_dict("records")
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    for row in cells:
        sized = [*zip(row[:5], widths, strict=True)]
        left = [value.ljust(size) for value, size in sized[:3]]
        right = [value.rjust(size) for value, size in sized[3:]]
        start = "  " + "  ".join([*left, *right]) + "  "
        yield from _hang(start, row[5], width)


def _state(row: dict[Any, Any]) -> str:
    states = [
        f"{row[name]}{_TIED}{name}" for name in ("missing", "overdue", "expected") if row[name]
    ]
    states = states or (["ended"] if row["ended"] else ["complete"])
    if row["revised"]:
        states.append(f"{row['revised']}{_TIED}revised")
    return ", ".join(states)


def _listed(
    heading: str, periods: pd.DataFrame, width: int, date: str = "", words: str = ""
) -> Iterator[str]:
    """List periods by name, those that follow each other as a range; equal series share a line."""
    if periods.empty:
        return
    yield ""
    yield heading
    alike: dict[tuple[str, str], list[str]] = {}
    for name, rows in periods.groupby(["kind", "namespace", "granularity"], sort=False):
        kind, namespace, _ = (printable(str(part)) for part in name)
        alike.setdefault(("; ".join(_runs(rows, date, words)), namespace), []).append(kind)
    for (runs, namespace), kinds in alike.items():
        of = f" of {namespace}" if namespace else ""
        yield from _hang("  ", f"{runs}: {', '.join(kinds)}{of}", width)


def _runs(rows: pd.DataFrame, date: str, words: str) -> Iterator[str]:
    """Write periods that follow each other as one range, with the first one's date."""
    run: list[dict[Any, Any]] = []
    for row in [*rows.to_dict("records"), None]:
        if run and (row is None or row["period"] != run[-1]["due"]):
            first, last = run[0], run[-1]
            run_in_words = str(first["label"])
            if len(run) > 1:
                run_in_words += f" to {last['label']}"
            if date:
                day = words.format(first[date].date().isoformat())
                run_in_words += f" ({'the first ' if len(run) > 1 else ''}{day})"
            yield run_in_words
            run = []
        if row is not None:
            run.append(row)


def _advice(
    series: pd.DataFrame, periods: pd.DataFrame, archive: Path, width: int
) -> Iterator[str]:
    """Say what to do next; a command has a line of its own, however long, so that it is copied."""
    yield ""
    waiting = periods[periods["status"].isin(["missing", "overdue"])]
    folder = shlex.quote(printable(str(archive)))
    if waiting.empty:
        due = series["next_due"].dropna()
        soon = f" The next report is due on {due.min().date().isoformat()}." if len(due) else ""
        yield f"Complete: nothing is missing or overdue.{soon}"
        return
    left = waiting[~waiting["gone"]]
    if left.empty:
        how = "The source no longer lists these periods. If somebody kept the files, add them:"
    else:
        yield "Next: fetch what the source still lists:"
        for namespace in sorted({*left["namespace"]}):
            name = shlex.quote(printable(namespace)) if namespace else "NAME"
            yield f"  insights-nb fetch --namespace {name} --archive {folder}"
        how = "Or download them from Docker Hub (Analytics), and add them:"
    yield from _hang("", how, width)
    yield f"  insights-nb add FILES --archive {folder}"
    if left.empty:
        later = max(waiting["due"]).date().isoformat()
        yield "Or look only at what came later:"
        yield f"  insights-nb status --since {later} --archive {folder}"


def _hang(start: str, text: str, width: int) -> list[str]:
    """Break a text at spaces, and let its further lines stand below its first."""
    # Where the start leaves no room for words, they run on below it.
    indent = " " * (len(start) if len(start) <= width - _LEAST else 4)
    lines = textwrap.wrap(
        text,
        max(width, _NARROWEST),
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TIED, " ") for line in lines]
