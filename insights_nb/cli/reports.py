"""Commands on reports and their archive: read, add."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from insights_nb._signals import interruptible
from insights_nb.cli._common import ARCHIVE_HELP, taking
from insights_nb.texts import printable, printable_lines

if TYPE_CHECKING:
    from insights_nb.archive.verification import Findings
    from insights_nb.reading.results import Stated

_STANDARD_INPUT = "standard input"


def read(
    file: Annotated[
        Path,
        typer.Argument(
            help="A report, plain, gzip or alone in a zip archive, or an API answer; - is standard "
            "input."
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help="What it is, where its header does not say.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Which week or month it covers, as 2026-W47 or 2026-11.")
    ] = None,
    repository: Annotated[
        str | None, typer.Option(help="Which one an API answer is of that names none: acme/web.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many of the first rows to print.")] = 5,
) -> None:
    """Print what a file is, what was odd about it and how it was understood, and its first rows."""
    from insights_nb.reading import read_bytes, read_file

    stated = _checked(kind, period, repository)
    if str(file) == "-":
        result = read_bytes(_standard_input(), _STANDARD_INPUT, **stated)
        file = Path(_STANDARD_INPUT)
    else:
        result = read_file(file, **stated)
    span = [str(each) for each in result.periods]
    facts = {
        "File": str(file) + (" (gzip)" if result.gzipped else ""),
        "Kind": result.kind,
        "Granularity": result.granularity or "not stated",
        "Period": "not stated"
        if not span
        else span[0]
        if len(span) == 1
        else f"{span[0]} to {span[-1]} ({len(span)} periods)",
        "Publisher": ", ".join(result.namespaces) or "not stated",
        "Rows": f"{result.rows:,}",
        "SHA-256": result.sha256,
    }
    for name, value in facts.items():
        typer.echo(f"{name + ':':<13}{printable(value)}")
    for note in result.notes:
        typer.echo(f"{'Note:':<13}{printable(note)}")
    if rows and result.rows:
        width = shutil.get_terminal_size((100, 24)).columns
        typer.echo("\nFirst rows, a column each:")
        typer.echo(_sideways(result.frame.head(rows).to_dict(as_series=False), width))


def _standard_input() -> bytes:
    """Read what is piped in, up to the limit of a file.

    Raises
    ------
    OverLimitError
        If it is more.
    """
    from insights_nb.limits import FILE
    from insights_nb.reading.sizes import OverLimitError

    data = sys.stdin.buffer.read(FILE.value + 1)
    if len(data) > FILE.value:
        raise OverLimitError(_STANDARD_INPUT, "it goes on", FILE)
    return data


def _checked(kind: str | None, period: str | None, repository: str | None) -> Stated:
    """Refuse what can be refused before any file is read: each would say the same."""
    from insights_nb.errors import InsightsError
    from insights_nb.reading.results import check_stated

    stated: Stated = {"kind": kind, "period": period, "repository": repository}
    alone: dict[str, Stated] = {
        "kind": {"kind": kind},
        "period": {"period": period},
        "repository": {"repository": repository},
    }
    for name, one in alone.items():
        try:
            check_stated(one)
        except InsightsError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{name}") from error
    return stated


@dataclass(frozen=True)
class Add:
    """The options of `add`."""

    files: Annotated[
        list[str],
        typer.Argument(help="Reports, zip archives or folders of reports, or patterns in quotes."),
    ]
    archive: Annotated[
        Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help="Folder to keep them in.")
    ] = Path("archive")
    kind: Annotated[
        str | None, typer.Option(help="What they all are, where their headers do not say.")
    ] = None
    period: Annotated[
        str | None,
        typer.Option(help="Which week or month they all cover, as 2026-W47 or 2026-11."),
    ] = None
    namespace: Annotated[
        str | None, typer.Option(help="Whose they all are, where they do not say.")
    ] = None
    repository: Annotated[
        str | None, typer.Option(help="Which one API answers are of that name none: acme/web.")
    ] = None
    parts: Annotated[
        bool,
        typer.Option(
            "--parts",
            help="Files for the same period are parts of one report. Without it, a file for a "
            "period in the archive is a revision: both are kept, and the newer counts.",
        ),
    ] = False
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Count files again that are in the archive but were replaced by a later one.",
        ),
    ] = False


@taking(Add)
def add(asked: Add) -> None:
    """Copy reports into an archive: the originals untouched, typed rows beside them.

    What each file was taken for is printed; one that is refused does not stop the others.
    """
    from insights_nb.archive import Archive

    stated = _checked(asked.kind, asked.period, asked.repository)
    stated["namespace"] = asked.namespace
    with interruptible():
        opened = Archive(asked.archive)
        done = opened.add(asked.files, parts=asked.parts, again=asked.again, **stated)
        for notice in opened.notices():
            typer.echo(printable(notice), err=True)
    if done.refused:
        raise typer.Exit(1)


_Kept = Annotated[Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help=ARCHIVE_HELP)]


def verify(archive: _Kept = Path("archive")) -> None:
    """Hash every file of an archive, and name each that is damaged, missing or stray.

    Ends with 0 where nothing is wrong, with 3 where something is, with 1 after an error. Nothing
    is changed.
    """
    from insights_nb.archive import Archive

    with interruptible():
        found = Archive(archive).verify(quiet=False)
    _conclude(found)


def repair(archive: _Kept = Path("archive")) -> None:
    """Make damaged and missing Parquet again from the originals, which are only read.

    Ends as 'insights-nb verify' does afterwards.
    """
    from insights_nb.archive import Archive

    with interruptible():
        found = Archive(archive).repair()
    _conclude(found)


def merge(
    other: Annotated[Path, typer.Argument(help="Folder of the other archive; it is only read.")],
    archive: Annotated[
        Path, typer.Option(envvar="INSIGHTS_ARCHIVE", help="Folder of the archive to bring it to.")
    ] = Path("archive"),
) -> None:
    """Bring what another copy of an archive holds: originals, rows and ledger lines.

    Whichever is merged into which, and however often, both then hold the same, and what both had
    counts once. Ends with 0, or with 1 where something damaged was refused; the rest is brought.
    """
    from insights_nb.archive import Archive

    with interruptible():
        done = Archive(archive).merge(other, quiet=True)
    typer.echo(printable_lines(str(done)))
    if done.refused:
        raise typer.Exit(1)


def withdraw(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ENTRY",
            help="The file itself, its name, the first digits of its hash, or its period, where "
            "only one file is meant by it.",
        ),
    ],
    why: Annotated[str, typer.Option(help="For whoever finds it later.", show_default=False)] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let it count again.")] = False,
    archive: _Kept = Path("archive"),
) -> None:
    """Take a report out of every count; the file and what the ledger says of it stay.

    What it had taken the place of counts again. 'insights-nb status' names what is withdrawn.
    """
    from insights_nb.archive import Archive

    with interruptible():
        done = Archive(archive).withdraw(file, why=why, undo=undo, quiet=True)
    typer.echo(printable_lines(str(done)))


def _conclude(found: Findings) -> None:
    typer.echo(printable_lines(str(found)))
    if not found.clean:
        raise typer.Exit(3)


def _sideways(columns: dict[str, list[object]], width: int) -> str:
    # Reports have up to fourteen columns, and a terminal is not that wide: rows become columns.
    shown = {
        name: ["-" if value is None else printable(str(value)) for value in values]
        for name, values in columns.items()
    }
    label = max(len(name) for name in shown)
    count = max(len(values) for values in shown.values())
    room = max(8, (width - label) // count - 2)
    lines = []
    for name, values in shown.items():
        cells = [value if len(value) <= room else value[: room - 1] + "…" for value in values]
        lines.append("  ".join([name.ljust(label), *(cell.ljust(room) for cell in cells)]).rstrip())
    return "\n".join(lines)
