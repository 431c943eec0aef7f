"""From a header to a report and its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from insights_nb.errors import ReadError, SelectionError
from insights_nb.reading.naming import kind_in_name
from insights_nb.schema import REPORTS, UNKNOWN, Column, Report, find_kind, match_key, snake_case

# A header with more than half of a report's own columns was meant to be that report; where the
# file's name says so too, a third is enough.
_MEANT = 0.5
_MEANT_AND_NAMED = 0.33
_LEADING = ("granularity", "period")


@dataclass(frozen=True)
class Match:
    """A header understood.

    Parameters
    ----------
    report
        The report, or None where it is unknown.
    columns
        The schema's column of each field that has one.
    extra
        The name in our frames of each field that the schema does not know.
    """

    report: Report | None
    columns: Mapping[int, Column]
    extra: Mapping[int, str]

    @property
    def kind(self) -> str:
        """The report's kind, or ``"unknown"``."""
        return self.report.kind if self.report else UNKNOWN


def recognise(name: str, header: Sequence[str], kind: str | None, *, line: int) -> Match:
    """Return which report a header belongs to; where it fits several, the file's name decides.

    Raises
    ------
    ReadError
        If columns are missing, doubled, or it is no header at all.
    SelectionError
        If no report has the kind that was asked for.
    """
    asked = check_kind(kind)
    _refuse_doubles(name, header, line)
    if asked == UNKNOWN:
        return _unknown(header)
    matches = {report.kind: _match(report, header) for report in REPORTS.values()}
    named = kind_in_name(name)
    complete = [match for match in matches.values() if not _missing(match)]
    best = max(complete, key=lambda m: (len(m.columns), m.kind == named), default=None)
    if asked is not None:
        match = matches[asked]
        if missing := _missing(match):
            other = best.report.title if best and best.report else ""
            raise _missing_error(name, match, "its kind was given", missing, other)
        return match
    if best is not None:
        return best
    _refuse_nonsense(name, header)
    near = max(matches.values(), key=lambda m: (_nearness(m), m.kind == named))
    if _nearness(near) > _MEANT:
        raise _missing_error(name, near, "most of its columns fit", _missing(near))
    if named in matches and _nearness(matches[named]) > _MEANT_AND_NAMED:
        match = matches[named]
        raise _missing_error(name, match, "its name and some columns fit", _missing(match))
    return _unknown(header)


def check_kind(kind: str | None) -> str | None:
    """Return the kind that was asked for in the schema's spelling.

    Raises
    ------
    SelectionError
        If no report has it.
    """
    if kind is None:
        return None
    found = find_kind(kind) if isinstance(kind, str) else None
    if found is None:
        allowed = ", ".join([*REPORTS, UNKNOWN])
        raise SelectionError(f"{kind!r} is no kind of report. Use one of {allowed}.")
    return found


def _match(report: Report, header: Sequence[str]) -> Match:
    keys = [match_key(field) for field in header]
    columns: dict[int, Column] = {}
    # A column's own name comes before every alias: "Reference" is not taken for another's "ref".
    for spelt in (False, True):
        for column in report.columns:
            if column in columns.values():
                continue
            for name in column.aliases if spelt else (column.header, column.name):
                key = match_key(name)
                if key in keys and keys.index(key) not in columns:
                    columns[keys.index(key)] = column
                    break
    extra = {i: field for i, field in enumerate(header) if i not in columns}
    return Match(report, columns, _names(extra, [c.name for c in report.columns]))


def _unknown(header: Sequence[str]) -> Match:
    return Match(None, {}, _names(dict(enumerate(header)), []))


def _names(fields: Mapping[int, str], taken: Iterable[str]) -> dict[int, str]:
    used = {*_LEADING, *taken}
    names: dict[int, str] = {}
    for index, field in fields.items():
        plain = snake_case(field) or f"column_{index + 1}"
        name, count = plain, 1
        while name in used:
            count += 1
            name = f"{plain}_{count}"
        used.add(name)
        names[index] = name
    return names


def _missing(match: Match) -> list[str]:
    found = set(match.columns.values())
    return [c.header for c in match.report.required if c not in found] if match.report else []


def _nearness(match: Match) -> float:
    if match.report is None:
        return 0.0
    typical = match.report.typical
    found = set(match.columns.values())
    return sum(column in found for column in typical) / len(typical)


def _missing_error(
    name: str, match: Match, why: str, missing: Sequence[str], other: str = ""
) -> ReadError:
    title = match.report.title if match.report else ""
    verb = "is" if len(missing) == 1 else "are"
    lacking = ", ".join(missing[:-1]) + (" and " if missing[1:] else "") + missing[-1]
    looks = f" Its columns are those of a {other} report." if other else ""
    return ReadError(
        name,
        f"this is no {title} report, which it was taken for because {why}: {lacking} {verb} "
        f"missing.{looks} Name its kind (--kind, or kind= in Python), or take another copy.",
        line=1,
    )


def _refuse_doubles(name: str, header: Sequence[str], line: int) -> None:
    seen: dict[str, int] = {}
    for index, field in enumerate(header):
        key = snake_case(field)
        if key and key in seen:
            raise ReadError(
                name,
                f"the header names it twice, in fields {seen[key] + 1} and {index + 1}. Remove one "
                "of them.",
                line=line,
                column=field,
            )
        seen[key] = index


def _refuse_nonsense(name: str, header: Sequence[str]) -> None:
    if len(header) > 1:
        return
    raise ReadError(
        name,
        f"the first line is {header[0][:60]!r}, which is no report's header. Expected column names "
        "separated by commas, such as DATE_GRANULARITY,DATE_REFERENCE,…",
        line=1,
    )


def known_headers() -> frozenset[str]:
    """Return the key (`insights_nb.schema.match_key`) of whatever a report's column is called."""
    return frozenset(
        match_key(name)
        for report in REPORTS.values()
        for column in report.columns
        for name in (column.header, column.name, *column.aliases)
    )
