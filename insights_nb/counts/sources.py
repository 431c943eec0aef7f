"""Which reports answer what, the preferred ones first, as the reports' own `Roles` declare it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from insights_nb.schema import REPORTS, Count, Definition, Roles, Rows, Sum

REPOSITORY = "repository"
EVERY_LEVEL = "*"
"""In place of a level: all of them, to be told apart by the column of that name."""
USE_CASE = "use_case"

ALL = "/*"
"""Ends the name of a row that is about all of a publisher's repositories: ``acme/*``."""

DIGEST = r"^[a-z0-9]+:[0-9a-fA-F]{32,}$"
"""What a reference looks like that is a digest and no tag."""


@dataclass(frozen=True)
class Source:
    """A report, or those of its rows that count each pull once (`insights_nb.schema.Rows`)."""

    kind: str
    level: str = ""
    view: str | None = None

    @property
    def roles(self) -> Roles:
        """What the report's columns are."""
        return REPORTS[self.kind].roles

    @cached_property
    def repository(self) -> str | None:
        """The column of the repository; at other levels than its own none names it."""
        return self.roles.repository if self.level in {"", REPOSITORY} else None

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Dimension → its column; the use case is inferred where no column tells it."""
        named = {} if self.repository is None else {REPOSITORY: self.repository}
        dimensions = self.roles.dimensions
        return {**dimensions, USE_CASE: dimensions.get(USE_CASE, USE_CASE), **named}

    @property
    def apart(self) -> Mapping[str, Sum | Count]:
        """What it counts: of the legacy reports each action by itself."""
        if self.roles.definition != "actions":
            return self.roles.measures
        return {
            name: each
            for measure in self.roles.measures.values()
            for name, each in (
                [(column, Sum((column,))) for column in measure.columns]
                if isinstance(measure, Sum)
                else [(value, Count(measure.column, (value,))) for value in measure.values]
            )
        }


DEFINITIONS: Mapping[str, str] = {
    "events": "data downloads and version checks, as the Summary and Trends reports count them",
    "actions": "pulls by tag and by digest, no version checks, as the legacy reports count them",
    "API": "pulls as Docker's pull-data API counts them, which need not equal the reports",
}
"""What a pull is, by definition."""

ASIDES: Mapping[str, str] = {"events": "", "actions": "legacy", "API": "API"}
"""What is said in brackets of pulls by each definition; nothing of those by the usual one."""


def _preferred(found: Iterable[tuple[str, Iterable[Rows]]]) -> tuple[Source, ...]:
    order = {name: place for place, name in enumerate(get_args(Definition))}
    sources = [Source(kind, one.level, one.view) for kind, rows in found for one in rows]

    def place(source: Source) -> tuple[int, bool, int]:
        definition = order.get(source.roles.definition or "", len(order))
        # Rows that name the repository tell more.
        return definition, source.repository is None, source.roles.preference

    return tuple(sorted(sources, key=place))


_COUNTING = {
    kind: report.roles
    for kind, report in REPORTS.items()
    if report.roles.definition and report.roles.everybody
}

PULLS = _preferred((kind, roles.repositories) for kind, roles in _COUNTING.items())
"""How often repositories were pulled."""
ACTIONS = tuple(source for source in PULLS if source.roles.definition == "actions")
"""Which of them tell pulls by tag from pulls by digest."""
TAGS = _preferred((kind, roles.tags) for kind, roles in _COUNTING.items())
"""Which tags were pulled."""
DIGESTS = _preferred((kind, roles.digests) for kind, roles in _COUNTING.items())
"""Which digests were pulled."""
AUDIENCE = _preferred((kind, (Rows(),)) for kind, roles in _COUNTING.items() if roles.dimensions)
"""Where pulls come from."""

DIMENSIONS = tuple(dict.fromkeys(name for source in AUDIENCE for name in source.columns))
"""What pulls are told apart by; industry and domain are in the legacy raw data only."""

DEFINITION_OF: Mapping[str, Definition] = {
    kind: roles.definition for kind, roles in _COUNTING.items() if roles.definition
}
"""Report kind → its definition of a pull."""


def kinds(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the report kinds of some sources, each once."""
    return tuple(dict.fromkeys(source.kind for source in sources))
