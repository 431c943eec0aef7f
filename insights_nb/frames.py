"""What this package's frames are: what one row is, and what each column means.

A function that makes a frame declares it with `frame`, and the frame then says in its ``attrs``
who made it, which pandas keeps through filtering, sorting and choosing columns. Exports and the
documentation read the declarations. Nobody guesses who made a frame that has lost its ``attrs``:
its columns mean what they mean in most frames (`COLUMNS`), or in the only one that has them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from insights_nb.schema import DIMENSIONS, REPORTS

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
F = TypeVar("F", bound="pd.DataFrame")

MADE_BY = "made_by"
"""The frame's attribute that names the function."""

RATIO = "ratio"
"""The unit of what is shown as percent: 0.12 is 12 %."""


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name
        Its header.
    meaning
        One sentence.
    unit
        What a count counts, or `RATIO`; empty for text, dates and plain numbers.
    missing
        When a cell is empty; nothing where it never is.
    """

    name: str
    meaning: str
    unit: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Frame:
    """One function's frame.

    Parameters
    ----------
    call
        What a user types to get it, but for the arguments.
    row
        What one row is.
    reports
        The report kinds that may be behind its numbers.
    columns
        Every column that it can have, by name.
    always
        The names of those that it has whatever is asked.
    """

    call: str
    row: str
    reports: tuple[str, ...]
    columns: Mapping[str, Column]
    always: frozenset[str]


# When a cell is empty, in the words that many columns share.
MISSING = "Where the report is missing."
UNCOUNTED = "Where the report is missing, or has no such count."
UNKNOWN = "Where a count that it is made of is unknown."
NEVER = "Where it never was in an available period."
UNNAMED = "Where the report names none."
KEPT = "Where the report is available, or its source was never asked or does not say."
NOT_LISTED = "Where it is not listed."


def pair(name: str, what: str, unit: str, missing: str = UNCOUNTED) -> tuple[Column, Column]:
    """Return the two columns of a unique count that rows only bound."""
    most = "at most: rows or periods added up, in which one can be counted again"
    return (
        Column(f"{name}_at_least", f"{what}, at least: no row or period has more.", unit, missing),
        Column(f"{name}_at_most", f"{what}, {most}.", unit, missing),
    )


COLUMNS: dict[str, Column] = {
    **{name: Column(name, one.meaning, "", one.empty) for name, one in DIMENSIONS.items()},
    "period": Column("period", "The first day of the week (a Monday) or of the month."),
    "granularity": Column(
        "granularity",
        'Whether the period is a "week" or a "month".',
        "",
        UNNAMED,
    ),
    "label": Column("label", "The period's name, 2026-W47 or 2026-11.", "", UNNAMED),
    "label.event": Column("label", "The event, in words.", "", "For a bare day."),
    "date": Column("date", "The day of the event."),
    "first_seen": Column(
        "first_seen",
        "The first day of the first period that has it.",
        "",
        NEVER,
    ),
    "last_seen": Column(
        "last_seen",
        "The first day of the last period that has it.",
        "",
        NEVER,
    ),
    "last_period": Column(
        "last_period",
        "The first day of the last period with pulls.",
        "",
        NEVER,
    ),
    "publisher": Column("publisher", "The publisher that the extension is of.", "", UNNAMED),
    "namespace": Column("namespace", "The publisher that the report is of.", "", UNNAMED),
    "extension": Column("extension", "The extension.", "", "Where the files do not name it."),
    "digest": Column("digest", "The digest.", "", "Where it is not known."),
    "cohort": Column("cohort", 'The version, "latest", "by digest", or "other" for what is none.'),
    "cohort.release": Column(
        "cohort", 'The major version that the release is of, or "all versions".'
    ),
    "variant": Column(
        "variant", "What follows the version in the tag, such as alpine.", "", "Without one."
    ),
    "release": Column("release", "The release: a version with its minor, or as asked for."),
    "paired_image": Column(
        "paired_image", "Another image that the same people or companies pulled."
    ),
    "source": Column(
        "source", "The report kind that it was counted from.", "", "Where none, or several."
    ),
    "definition": Column("definition", 'What is called a pull: "events", "actions" or "API".'),
    "pulls": Column(
        "pulls",
        "Pulls, in what the source calls one.",
        "pulls",
        UNCOUNTED,
    ),
    "data_downloads": Column(
        "data_downloads",
        "Downloads of image data.",
        "downloads",
        UNCOUNTED,
    ),
    "version_checks": Column(
        "version_checks",
        "Requests that looked for an update and downloaded nothing.",
        "checks",
        UNCOUNTED,
    ),
    "repositories": Column(
        "repositories",
        "How many repositories it is of.",
        "repositories",
        MISSING,
    ),
    "kind": Column(
        "kind", "The report kind, or for an action version_check, pull_by_tag or pull_by_digest."
    ),
    "share.repository": Column(
        "share",
        "Its share of its repository's pulls, those by digest included.",
        RATIO,
        UNKNOWN,
    ),
    "share.release": Column(
        "share",
        "Its share of its version's pulls in the period (the newest available one).",
        RATIO,
        UNKNOWN,
    ),
    "share.company": Column(
        "share",
        "Its share of all companies' measure.",
        RATIO,
        UNKNOWN,
    ),
    "before": Column("before", "The measure in the earlier period.", "as measured", MISSING),
    "after": Column("after", "The measure in the later period.", "as measured", MISSING),
    "before.level": Column(
        "before",
        "The measure per available period of the earlier ones (their median, in effect).",
        "as measured",
        MISSING,
    ),
    "after.level": Column(
        "after",
        "The measure per available period of the later ones (their median, in effect).",
        "as measured",
        MISSING,
    ),
    "change.count": Column(
        "change",
        "After less before.",
        "as measured",
        UNKNOWN,
    ),
    "change.ratio": Column(
        "change",
        "The change since the period before: 0.12 is 12 % more.",
        RATIO,
        "In a first period, after a gap and after a zero.",
    ),
    "ratio": Column(
        "ratio",
        "The change by what was before: 0.12 is 12 % more.",
        RATIO,
        UNKNOWN,
    ),
    "status": Column(
        "status", "What became of it, from before to after.", "", "Where a side is missing."
    ),
    "current": Column("current", "Whether the newest report names it.", "", MISSING),
    "installs": Column("installs", "Installs of the extension.", "events", MISSING),
    "uninstalls": Column("uninstalls", "Removals of the extension.", "events", MISSING),
    "net": Column("net", "Installs less removals.", "events", MISSING),
    "updates": Column("updates", "Updates of the extension.", "events", MISSING),
    "usage": Column("usage", "How often the extension's tab was opened.", "events", MISSING),
    "total_installs": Column(
        "total_installs",
        "Installs of all times, as of the period's end.",
        "events",
        MISSING,
    ),
    "total_uninstalls": Column(
        "total_uninstalls", "Removals of all times, likewise.", "events", MISSING
    ),
    "total_net": Column("total_net", "Installs less removals of all times.", "events", MISSING),
    "missing": Column("missing", "How many periods are not known.", "periods"),
    "periods": Column("periods", "How many periods have it.", "periods"),
    "periods_before": Column("periods_before", "How many periods before are available.", "periods"),
    "periods_after": Column("periods_after", "How many periods after are available.", "periods"),
    "censored": Column(
        "censored", "Whether no available period without it comes before, so it may be older."
    ),
    "check": Column("check", "What is checked."),
    "measure": Column("measure", "What is counted."),
    "verdict": Column("verdict", "What follows from it."),
    "newest": Column("newest", "The newest available period of the series, by label."),
    "age": Column("age", "Days since the newest period was due.", "days"),
    "ended": Column("ended", "Whether the series brought nothing for more than half a year."),
    "tags": Column("tags", "How many of its tags had pulls.", "tags", MISSING),
    "share_of_change": Column(
        "share_of_change", "Its share of the total's change.", RATIO, UNKNOWN
    ),
    **{
        column.name: column
        for column in (
            *pair("unique_authenticated_users", "Signed-in users", "users"),
            *pair("unique_installs", "People who installed the extension", "people"),
            *pair("unique_uninstalls", "People who removed the extension", "people"),
            *pair("unique_users", "People who opened the extension", "people"),
        )
    },
}
"""Those that several frames have; what follows a dot tells two of one name apart."""

FRAMES: dict[str, Frame] = {}
"""By the function, or the archive's method, that makes them; of those modules that are imported."""


def frame(
    row: str, reports: Iterable[str], names: str, *own: Column, may: str = ""
) -> Callable[[Callable[P, F]], Callable[P, F]]:
    """Declare the frame that a function makes.

    Parameters
    ----------
    row
        What one row is.
    reports
        The report kinds that may be behind it.
    names
        The columns that it always has, separated by spaces: keys of `COLUMNS`, or names of `own`.
    own
        Columns that mean something in this frame alone.
    may
        Further columns, which an argument brings.
    """
    known = COLUMNS | {column.name: column for column in own}
    always = [known[key] for key in names.split()]
    columns = {column.name: column for column in [*always, *(known[key] for key in may.split())]}

    def declared(function: Callable[P, F]) -> Callable[P, F]:
        name = function.__name__
        owner = function.__qualname__.rpartition(".")[0]
        call = f"{owner}.{name}" if owner else name
        FRAMES[name] = Frame(
            call, row, tuple(reports), columns, frozenset(column.name for column in always)
        )

        @functools.wraps(function)
        def signing(*args: P.args, **kwargs: P.kwargs) -> F:
            made = function(*args, **kwargs)
            made.attrs[MADE_BY] = name
            return made

        return signing

    return declared


def frame_of(made: pd.DataFrame) -> Frame | None:
    """Return what a frame is, by what it says of itself and still has, or None."""
    names = set(map(str, made.columns))
    kind = made.attrs.get("kind")
    if kind in REPORTS:
        report = REPORTS[kind]
        needed = frozenset(column.name for column in report.typical if column.required)
        found = Frame("read_report", report.row, (kind,), _reported(kind), needed)
    else:
        known = FRAMES.get(str(made.attrs.get(MADE_BY)))
        if known is None:
            return None
        found = known
    return found if found.always <= names else None


def column_of(name: str, of: Frame | None) -> Column | None:
    """Return what a column of a frame means, or None where nobody has said, or two differ."""
    if of is not None or name in COLUMNS:
        return COLUMNS.get(name) if of is None else of.columns.get(name)
    meant = {one.columns[name] for one in FRAMES.values() if name in one.columns}
    return meant.pop() if len(meant) == 1 else None


def _reported(kind: str) -> dict[str, Column]:
    found = {name: COLUMNS[name] for name in ("granularity", "period")}
    for column in REPORTS[kind].columns:
        unit = RATIO if column.dtype == "share" else column.unit
        meaning = " ".join(part for part in (column.meaning, column.note) if part)
        found[column.name] = Column(column.name, meaning, unit, "Where the report says nothing.")
    return found
