"""The archive's ledger: one JSON line for each original that was added, never rewritten.

A file that the ledger does not name is no part of the archive. Lines are appended
last, after the files they name are safely on disk. Each ends with a check sum of itself, so that an
edited line is noticed, and names the line it was written after, so that one that was cut out is.

Where a line stands means nothing: a writer makes its `added` later than every line that it sees,
whatever its clock shows. So two copies of an archive can be united line by line, in any order and
any number of times.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from insights_nb.errors import InsightsError, LedgerAccessError, LedgerError
from insights_nb.files import is_kept, read_whole
from insights_nb.limits import LEDGER_BYTES
from insights_nb.periods import GRANULARITIES, Granularity, Period

_CHECK = b', "check": "'
_DIGITS = 16
# What a line without a `format` has; a later version's number says that this one cannot read it.
_FORMAT = 1
_TICK = dt.timedelta(microseconds=1)
# A moment with a later one: what a writer adds to it never runs over.
_LAST_YEAR = "9999"


class NewerLedgerError(InsightsError, ValueError):
    """A ledger has lines of a version of the package that is newer than this one."""

    def __init__(self, path: object, line: int) -> None:
        self.path = path
        self.line = line
        super().__init__(
            f"{path}, line {line} was written by a newer version of insights_nb: update yours. "
            "This version neither reads nor changes the archive."
        )


@dataclass(frozen=True)
class Entry:
    """One original file of the archive.

    Parameters
    ----------
    added
        When, as an ISO time in UTC: the order of entries.
    source
        Where it came from: the path as it was given, or the address without its query.
    sha256
        Hash of the original bytes: the same bytes twice are one report.
    size
        Length of the original in bytes.
    compression
        ``"gzip"`` where the original is compressed, else empty. It is kept as it came.
    original, parquet
        Paths below the archive's folder.
    parquet_sha256
        Hash of the Parquet file.
    kind
        Report kind as in `insights_nb.schema.REPORTS`, or ``"unknown"``.
    namespaces
        Publishers whose reports it has.
    granularity, periods
        Which weeks or months, by label; empty where the file has none.
    view
        What separates several reports of one kind and period that do not replace each other:
        ``"repository"`` and ``"reference"`` for the legacy summary, the repository that was stated
        for points that name none, else empty.
    answer
        What the parts of one answer share. Of a report the newest answer counts.
    part, parts
        Which part of its answer it is, and how many there are.
    revisions
        How often the report had been revised, for each of `periods`: 0 for the first that came.
        One number where there are no periods.
    rows
        Rows read.
    notes
        What was odd about the file.
    after
        The check sum of the line it was written after; empty for the first of a ledger, None in
        lines of earlier versions.
    over
        The answers that it takes the place of, as far as its writer knew; None likewise.
    """

    added: str
    source: str
    sha256: str
    size: int
    compression: str
    original: str
    parquet: str
    parquet_sha256: str
    kind: str
    namespaces: tuple[str, ...]
    granularity: Granularity | None
    periods: tuple[str, ...]
    view: str
    answer: str
    part: int
    parts: int
    revisions: tuple[int, ...]
    rows: int
    notes: tuple[str, ...]
    after: str | None = None
    over: tuple[str, ...] | None = None

    @property
    def identity(self) -> Identity:
        """What a withdrawal names: these bytes, taken for these reports."""
        return Identity(
            self.sha256, self.kind, self.namespaces, self.granularity, self.periods, self.view
        )

    def starts(self) -> list[Period]:
        """Return its periods."""
        return [Period.parse(label) for label in self.periods]


class Identity(NamedTuple):
    """Certain bytes, taken for certain reports."""

    sha256: str
    kind: str
    namespaces: tuple[str, ...]
    granularity: str | None
    periods: tuple[str, ...]
    view: str


@dataclass(frozen=True)
class Rebuilt:
    """A Parquet file that was written again from its original."""

    rebuilt: str
    parquet_sha256: str
    added: str = ""
    after: str | None = None


@dataclass(frozen=True)
class Withdrawal:
    """A report that was taken out of every count, or brought back; the last one counts.

    Parameters
    ----------
    withdrawn
        SHA-256 of the original's bytes.
    kind, namespaces, granularity, periods, view
        What it had been taken for.
    why
        In the words of who did it.
    back
        Whether it was brought back.
    added, after
        As for an `Entry`.
    """

    withdrawn: str
    kind: str
    namespaces: tuple[str, ...]
    granularity: Granularity | None
    periods: tuple[str, ...]
    view: str
    why: str
    back: bool
    added: str = ""
    after: str | None = None

    @property
    def identity(self) -> Identity:
        """Of whose entries it is."""
        return Identity(
            self.withdrawn, self.kind, self.namespaces, self.granularity, self.periods, self.view
        )


@dataclass(frozen=True)
class Lost:
    """A line that others were written after, and that is known to be gone: its check sum."""

    lost: str
    added: str = ""
    after: str | None = None


Record: TypeAlias = Entry | Rebuilt | Withdrawal | Lost


class Last(NamedTuple):
    """The latest line of a ledger: what the next one is written after."""

    added: str = ""
    check: str = ""


NOTHING = Last()


@dataclass(frozen=True)
class Ledger:
    """The lines of a ledger, sorted.

    Parameters
    ----------
    entries
        Each once, oldest first; those of one second that an earlier version wrote, as they stand.
    damaged
        Lines that are no entry, by line number, with the reason.
    newer
        Lines of a newer version, by number.
    withdrawals
        Oldest first.
    parquets
        For each Parquet file that was made again, the hashes that it had since.
    cut
        The check sum of each line that is not there, with the number of one written after it.
    doubled
        How many lines are there again.
    last
        The latest line.
    texts
        Every line that can be read, oldest first, without its line end.
    """

    entries: list[Entry] = field(default_factory=list)
    damaged: dict[int, str] = field(default_factory=dict)
    newer: list[int] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    parquets: dict[str, set[str]] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    doubled: int = 0
    last: Last = NOTHING
    texts: list[tuple[Record, bytes]] = field(default_factory=list)

    def hashes(self) -> dict[str, set[str]]:
        """Return the hashes that each Parquet file may have, whichever version wrote it."""
        found = {path: {*hashes} for path, hashes in self.parquets.items()}
        for record, _ in self.texts:
            if isinstance(record, Entry):
                found.setdefault(record.parquet, set()).add(record.parquet_sha256)
        return found


def read(path: Path) -> Ledger:
    """Read a ledger of which every line can be read; a half-written last one is left out.

    Raises
    ------
    NewerLedgerError, LedgerError, LedgerAccessError
        As `Archive.history`.
    FileSizeError
        If it is larger than the limit.
    """
    found = inspect(path)
    for number in found.newer:
        raise NewerLedgerError(path, number)
    for number, why in found.damaged.items():
        raise no_entry(path, number, why)
    return found


def no_entry(path: object, line: int, why: str) -> LedgerError:
    """Return the error for a line that cannot be read."""
    return LedgerError(
        f"{path}, line {line} is no ledger entry: {why}. Restore the line from a copy, or remove "
        "it and add its file again. Only this package should write the ledger."
    )


def no_access(path: object, reason: str) -> LedgerAccessError:
    """Return the error for a ledger that may not be read."""
    return LedgerAccessError(
        f"{path}, the archive's ledger, cannot be opened ({reason}). Give yourself permission to "
        "read it and its folder. Nothing was changed."
    )


def inspect(path: Path) -> Ledger:
    """Read every line that can be read, and list those that cannot."""
    try:
        content = read_whole(path, LEDGER_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return Ledger()
    except OSError as error:
        raise no_access(path, error.strerror or str(error)) from error
    finished, _, rest = content.rpartition(b"\n")
    # A last line without its line end may be half written; an editor may also have cut the end off.
    return parse([*finished.split(b"\n"), *([rest] if is_line(rest) else [])])


def parse(content: Iterable[bytes]) -> Ledger:
    """Read the lines of a ledger, in whatever order and however often they stand there."""
    found = Ledger()
    numbers: dict[bytes, int] = {}
    doubled = 0
    for number, line in enumerate(map(bytes.strip, content), start=1):
        doubled += line in numbers
        if line:
            numbers.setdefault(line, number)
    records: list[tuple[str, str, int, Record, bytes]] = []
    checks = set()
    whole = [line for line in numbers if is_line(line)]
    for line, values in zip(whole, _loaded(whole), strict=True):
        try:
            record = _record(line, values)
        except _NewerError:
            found.newer.append(numbers[line])
            continue
        except (ValueError, TypeError, RecursionError) as error:
            found.damaged[numbers[line]] = _reason(error)
            continue
        check = values["check"] if values else _stated(line)
        checks.add(check)
        # Earlier versions wrote seconds, and lines in their order.
        tie = "" if record.after is None else check
        records.append((record.added, tie, numbers[line], record, line))
    for line in numbers.keys() - {*whole}:
        found.damaged[numbers[line]] = _why_damaged(line)
        # What was edited is not also missing.
        checks.add(_stated(line))
    records.sort(key=_ORDER)
    _sort_out(found, records)
    gone = {record.lost for record, _ in found.texts if type(record) is Lost} | checks
    for _, _, number, record, _ in records:
        if record.after and record.after not in gone:
            found.cut.setdefault(record.after, number)
    last = Last(records[-1][0], _stated(records[-1][-1])) if records else NOTHING
    damaged = dict(sorted(found.damaged.items()))
    return replace(found, damaged=damaged, doubled=doubled, last=last)


def _loaded(lines: Sequence[bytes]) -> Sequence[Any]:
    """Read lines as JSON, all at once where they are what they seem."""
    try:
        # The names of fields are then made once, and not for each of thousands of lines.
        values = json.loads(b"[%b]" % b",".join(lines))
    except (ValueError, RecursionError):
        values = []
    return values if len(values) == len(lines) else [None] * len(lines)


def _why_damaged(line: bytes) -> str:
    try:
        values = json.loads(line)
        for name in {*_FIELDS[_what(values)]} - {*_ADDED}:
            values[name]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return _reason(error)
    return _reason(ValueError())


_ORDER = operator.itemgetter(0, 1, 2)


def _sort_out(found: Ledger, records: Iterable[tuple[str, str, int, Record, bytes]]) -> None:
    rebuilt: dict[str, str] = {}
    found.texts[:] = [(record, line) for _, _, _, record, line in records]
    for record, _ in found.texts:
        if type(record) is Entry:
            found.entries.append(record)
        elif isinstance(record, Rebuilt):
            rebuilt[record.rebuilt] = record.parquet_sha256
            found.parquets.setdefault(record.rebuilt, set()).add(record.parquet_sha256)
        elif isinstance(record, Withdrawal):
            found.withdrawals.append(record)
    if rebuilt:
        found.entries[:] = [_with_rebuilt(entry, rebuilt) for entry in found.entries]


def lines(records: Iterable[Record], last: Last) -> bytes:
    """Return records as they are to stand in a ledger, each later than the one before.

    Parameters
    ----------
    records
        Their `added` and `after` are set here.
    last
        The latest line of the ledger.
    """
    written = []
    now = dt.datetime.now(dt.UTC)
    for record in records:
        # A clock that was put back, or another machine's that is ahead, must not change the order.
        moment = max(now, dt.datetime.fromisoformat(last.added) + _TICK) if last.added else now
        added = moment.isoformat(timespec="microseconds")
        line = _line(replace(record, added=added, after=last.check))
        last = Last(added, _stated(line))
        written.append(line)
    return b"".join(written)


def is_line(line: bytes) -> bool:
    """Return whether a line is whole, though it may lack its line end."""
    body, mark, check = line.rpartition(_CHECK)
    return bool(mark) and check.rstrip() == _check(body) + b'"}'


def _line(record: Record) -> bytes:
    # A file's name may be no text; what is none becomes question marks.
    body = json.dumps(asdict(record), ensure_ascii=False).encode(errors="replace")[:-1]
    return body + _CHECK + _check(body) + b'"}\n'


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_DIGITS].encode()


def _stated(line: bytes) -> str:
    """Return the check sum that a line states of itself."""
    return line.rpartition(_CHECK)[2].rstrip()[:-2].decode(errors="replace")


_FIELDS: dict[type, Sequence[str]] = {
    each: tuple(field.name for field in fields(each)) for each in (Entry, Rebuilt, Withdrawal, Lost)
}
# Earlier versions did not write them.
_ADDED = {"after": None, "over": None}
_TYPES: dict[str, tuple[type, ...]] = {
    "size": (int,), "part": (int,), "parts": (int,), "rows": (int,), "back": (bool,),
    "namespaces": (tuple,), "periods": (tuple,), "revisions": (tuple,), "notes": (tuple,),
    "granularity": (str, type(None)), "after": (str, type(None)), "over": (tuple, type(None)),
}  # fmt: skip
_SHAPES: dict[type, set[tuple[type, ...]]] = {
    each: set(itertools.product(*(_TYPES.get(name, (str,)) for name in names)))
    for each, names in _FIELDS.items()
}


_PATHS: dict[type, Sequence[str]] = {Entry: ("original", "parquet"), Rebuilt: ("rebuilt",)}


class _OutsideError(ValueError):
    """A line names a file that is none of the archive's."""


_SIGNS: tuple[tuple[str, type[Record]], ...] = (
    ("rebuilt", Rebuilt),
    ("withdrawn", Withdrawal),
    ("lost", Lost),
)
# Of a moment in seconds, and in millionths of them.
_LENGTHS = {25, 32}


_GETTERS = {each: operator.itemgetter(*names) for each, names in _FIELDS.items()}
_LISTS = {
    each: [name for name in names if tuple in _TYPES.get(name, ())]
    for each, names in _FIELDS.items()
}


class _NewerError(ValueError):
    """A line is whole, and of a shape that this version does not know."""


def _what(values: Any) -> type[Record]:  # noqa: ANN401 - a JSON value
    if "original" in values:
        return Entry
    return next((each for sign, each in _SIGNS if sign in values), Entry)


def _record(line: bytes, values: Any) -> Record:  # noqa: ANN401 - a JSON value
    """Return the record of a whole line."""
    if values is None:
        values = json.loads(line)
    if type(values) is not dict:
        raise TypeError
    what = _what(values)
    if "after" not in values or "over" not in values:
        values = _ADDED | values
    try:
        # A newer version's extra fields are not ours to judge.
        known = dict(zip(_FIELDS[what], _GETTERS[what](values), strict=True))
    except KeyError as error:
        raise _NewerError from error
    for name in _LISTS[what]:
        value = known[name]
        if type(value) is list:
            known[name] = tuple(value)
    if values.get("format", _FORMAT) != _FORMAT or not _fits(what, known):
        raise _NewerError
    if not all(is_kept(known[name]) for name in _PATHS.get(what, ())):
        raise _OutsideError
    record: Record = object.__new__(what)
    # Twice as fast as a frozen class's own way, for thousands of lines.
    record.__dict__.update(known)
    return record


def _fits(what: type, known: Mapping[str, Any]) -> bool:
    """Return whether values are of the kind that is written."""
    if tuple(map(type, known.values())) not in _SHAPES[what] or not _is_moment(known["added"]):
        return False
    if what is not Entry:
        return what is not Withdrawal or all(
            type(one) is str for one in (*known["namespaces"], *known["periods"])
        )
    periods, revisions = known["periods"], known["revisions"]
    for one in known["namespaces"] + periods + known["notes"] + (known["over"] or ()):
        if type(one) is not str:
            return False
    for one in revisions:
        if type(one) is not int:
            return False
    return (
        len(revisions) == (len(periods) or 1)
        and 1 <= known["part"] <= known["parts"]
        and (known["granularity"] is None or known["granularity"] in GRANULARITIES)
    )


def _is_moment(text: str) -> bool:
    """Return whether a text is a moment as it is written here: as texts they sort by time."""
    if len(text) not in _LENGTHS or text[-6:] != "+00:00" or text[:4] == _LAST_YEAR:
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"it is not JSON ({error})"
    if isinstance(error, _OutsideError):
        return "it names a file outside the archive's originals and Parquet"
    if isinstance(error, KeyError):
        return f"its field {error} is missing"
    if isinstance(error, TypeError):
        return "it is no JSON object"
    return "it does not match its check sum, so it was edited or damaged"


def _with_rebuilt(entry: Entry, rebuilt: dict[str, str]) -> Entry:
    if entry.parquet not in rebuilt:
        return entry
    return replace(entry, parquet_sha256=rebuilt[entry.parquet])
