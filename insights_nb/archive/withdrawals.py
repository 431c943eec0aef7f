"""Taking a report out of every count, and bringing it back: which file is meant."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from insights_nb.archive import history, ledger
from insights_nb.archive.commits import LEDGER, writing
from insights_nb.archive.counting import keys, whole
from insights_nb.archive.history import History, Withdrawn, alike, reports
from insights_nb.archive.ledger import Entry, Identity, Withdrawal
from insights_nb.errors import InsightsError
from insights_nb.files import inside

SHORT = 12
"""How many digits of a file's hash tell it from every other."""

_LEAST_DIGITS = 6
_FEW = 12


class WithdrawError(InsightsError, ValueError):
    """What is to be withdrawn, or brought back, is not one file of the archive."""

    def __init__(self, what: object, why: str) -> None:
        self.what = what
        super().__init__(f"{what} {why}")


class NoReasonError(InsightsError, ValueError):
    """A report is to be withdrawn without a reason."""

    def __init__(self) -> None:
        super().__init__("Give a reason, for whoever finds it later: --why TEXT (why= in Python).")


@dataclass(frozen=True)
class Decision:
    """What `Archive.withdraw` did; prints as a few lines.

    Parameters
    ----------
    entry
        The file.
    back
        Whether it was brought back.
    why
        In the words of who withdrew it.
    changed
        Whether it was not so before.
    counting
        For each of its periods, the names of the files that count now.
    """

    entry: Entry
    back: bool
    why: str
    changed: bool
    counting: dict[str, list[str]]

    def __str__(self) -> str:
        already = "" if self.changed else "already "
        word = "not withdrawn" if self.back and not self.changed else (
            "brought back" if self.back else f"{already}withdrawn"
        )  # fmt: skip
        line = f"{word}: {called(self.entry)}"
        if self.why and not self.back:
            line += f": {self.why}"
        lines = [line]
        for label, names in self.counting.items():
            span = f" for {label}" if label else ""
            lines.append(
                f"  {', '.join(names)} count{'s' if len(names) == 1 else ''}{span}"
                if names
                else f"  the archive now has no report{span}"
            )
        if not self.back:
            lines.append(f"  To bring it back: {undo(self.entry)}")
        return "\n".join(lines)


def undo(entry: Entry) -> str:
    """Return the command that brings a file back."""
    return f"insights-nb withdraw {entry.sha256[:SHORT]} --undo"


def called(entry: Entry) -> str:
    """Return a file's short hash, what it is, and its name."""
    span = entry.periods[0] if entry.periods else "no period"
    if len(entry.periods) > 1:
        span += f" … {entry.periods[-1]}"
    return f"{entry.sha256[:SHORT]} {entry.kind} {span} {plain(entry)}"


def plain(entry: Entry) -> str:
    """Return the name that a file came with."""
    return PurePosixPath(entry.original).name.partition("-")[2]


def find(archived: Sequence[Entry], withdrawn: Sequence[Entry], what: str, *, undo: bool) -> Entry:
    """Return the file that is meant, as for `Archive.withdraw`; to undo, one that is withdrawn.

    Raises
    ------
    WithdrawError
        If no file is meant, or several.
    """
    wanted, others = (withdrawn, archived) if undo else (archived, withdrawn)
    for entries in (wanted, others):
        # What is so already is found too, and nothing is changed.
        found: dict[Identity, Entry] = {}
        for entry in _meant(entries, what):
            found.setdefault(entry.identity, entry)
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise WithdrawError(what, _several(found.values()))
    raise WithdrawError(
        what,
        "matches no file in the archive, neither by content nor by name, hash or period. Name one "
        "as 'insights-nb verify' or 'add' shows it, or give the file itself.",
    )


def _several(found: Iterable[Entry]) -> str:
    listed = [called(entry) for entry in found]
    rest = f"\n  and {len(listed) - _FEW:,} more" if len(listed) > _FEW else ""
    return (
        "matches several files. Name one by the digits in front of it:"
        + "".join(f"\n  {one}" for one in listed[:_FEW])
        + rest
    )


def _meant(entries: Sequence[Entry], what: str) -> list[Entry]:
    """Return the files that a text may mean; what is surer first, and then nothing else."""
    digest = _digest(Path(what))
    if digest is not None:
        return [one for one in entries if one.sha256 == digest]
    path = what.replace("\\", "/")
    if re.fullmatch(rf"[0-9a-f]{{{_LEAST_DIGITS},64}}", what):
        by_hash = [one for one in entries if one.sha256.startswith(what)]
        if by_hash:
            return by_hash
    named = [
        one
        for one in entries
        if path in {one.original, PurePosixPath(one.original).name, plain(one), one.source}
        or path == PurePosixPath(one.source.replace("\\", "/")).name
    ]
    return named or [one for one in entries if what in one.periods]


def _digest(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def withdraw(folder: Path, what: str, why: str, *, undo: bool) -> Decision:
    """Take a file of an archive out of every count, or bring it back: `Archive.withdraw`."""
    why = " ".join(why.split())
    if not undo and not why:
        raise NoReasonError
    with writing(folder) as writer:
        known = history.read(inside(folder, LEDGER))
        archived = [*known.entries, *(entry for entry, _ in known.implausible)]
        gone = [one.entry for one in known.withdrawn]
        entry = find([*map(whole, archived)], gone, what, undo=undo)
        before = of_file(known.withdrawn, entry)
        changed = (before is not None) == undo
        if changed:
            # The same rows in other bytes are brought back with it, or they would keep it out.
            same = [entry, *(one for one in gone if undo and alike(one, entry))]
            records = [
                record(one, why, back=undo) for one in {e.identity: e for e in same}.values()
            ]
            writer.commit({}, ledger.lines(records, known.last))
        elif before is not None:
            why = before.why
        now = history.read(inside(folder, LEDGER))
    return Decision(entry, undo, why, changed, _counting(now, entry))


def record(entry: Entry, why: str, *, back: bool) -> Withdrawal:
    """Return the ledger's line for it."""
    return Withdrawal(
        entry.sha256, entry.kind, entry.namespaces, entry.granularity, entry.periods, entry.view,
        why=why, back=back,
    )  # fmt: skip


def _counting(known: History, entry: Entry) -> dict[str, list[str]]:
    """Return, for each period of a file, which files count of its report."""
    newest = {key: one.answer for one in known.entries for key in keys(one)}
    found: dict[str, list[str]] = {label: [] for label in entry.periods}
    own = reports(entry)
    for one in known.entries:
        for key in keys(one):
            if newest[key] == one.answer and key._replace(own="") in own and key.period in found:
                found[key.period].append(plain(one))
    return {label: sorted({*names}) for label, names in found.items()}


def of_file(withdrawn: Iterable[Withdrawn], entry: Entry) -> Withdrawn | None:
    """Return the withdrawal of a file, by its bytes or its rows."""
    return next((one for one in withdrawn if alike(one.entry, entry)), None)
