"""What tells a report's rows apart, compared with that of the report whose place it would take.

Counts are revised; tags, countries and clients are not. Where some are gone, or are written as a
spreadsheet writes them (1.10 → 1.1, 007 → 7, 3-2 → 03-Feb), the file is more likely another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from insights_nb.errors import ReadError
from insights_nb.schema import REPORTS
from insights_nb.texts import quoted

# Raw pulls are events, each its own; API answers are told apart point by point.
_WITHOUT_KEYS = {"image_pulls_raw", "pulls"}
_FEW = 5
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DAY = re.compile(
    r"\d{1,2}-[A-Z][a-z]{2}(-\d\d)?|[A-Z][a-z]{2}-\d\d|\d{1,4}[./-]\d{1,2}([./-]\d{1,4})?"
)
_TWO_NUMBERS = re.compile(r"\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?")


class ChangedKeysError(ReadError):
    """A report came again with other keys; it does not count until somebody says so."""

    def __init__(self, file: str, seen: str) -> None:
        super().__init__(
            file,
            f"{seen} Nothing was changed. If it is right all the same, add it with --again "
            "(again=True); if it is another part of the same report, with --parts (parts=True).",
        )


@dataclass(frozen=True)
class ChangedKeys:
    """How the keys of two answers for one report differ.

    Parameters
    ----------
    vanished, appeared
        How many combinations of texts only the former has, and only the latter.
    columns
        For each column, the values that only the former has, and only the latter.
    """

    vanished: int
    appeared: int
    columns: dict[str, tuple[list[str], list[str]]]

    @property
    def resaved(self) -> dict[str, list[tuple[str, str]]]:
        """Column → the values that a spreadsheet may have rewritten, before and after."""
        found = {
            column: [(old, new) for old in gone if (new := _rewritten(old, came)) is not None]
            for column, (gone, came) in self.columns.items()
        }
        return {column: pairs for column, pairs in found.items() if pairs}

    def __str__(self) -> str:
        """In a sentence: which are gone, which came, and which look rewritten."""
        parts = []
        for column, pairs in self.resaved.items():
            shown = ", ".join(f"{quoted(old)} is now {quoted(new)}" for old, new in pairs[:_FEW])
            parts.append(f"{column} looks saved again by a spreadsheet ({shown}{_more(pairs)})")
        for column, (gone, came) in self.columns.items():
            known = {text for pair in self.resaved.get(column, ()) for text in pair}
            for values, verb in ((gone, "lacks"), (came, "has the new")):
                if rest := [value for value in values if value not in known]:
                    shown = ", ".join(map(quoted, rest[:_FEW]))
                    parts.append(f"{column} {verb} {shown}{_more(rest)}")
        rows = f"Of its rows {self.vanished:,} are gone and {self.appeared:,} are new"
        return f"{rows}: {'; '.join(parts)}." if parts else f"{rows}."


def changed_keys(kind: str, before: pl.LazyFrame, after: pl.LazyFrame) -> ChangedKeys | None:
    """Compare what tells the rows of two answers apart; None where nothing of it differs."""
    report = REPORTS.get(kind)
    if report is None or kind in _WITHOUT_KEYS:
        return None
    names = {*before.collect_schema().names()} & {*after.collect_schema().names()}
    keys = [c.name for c in report.columns if c.dtype == "text" and c.name in names]
    old, new = (frame.select("period", *keys).unique().collect() for frame in (before, after))
    gone, came = _only(old, new), _only(new, old)
    if not gone.height and not came.height:
        return None
    columns = {}
    for key in keys:
        values = [
            _texts(_only(one.select(key).unique(), other.select(key).unique())[key])
            for one, other in ((old, new), (new, old))
        ]
        if any(values):
            columns[report.column(key).header] = (values[0], values[1])
    return ChangedKeys(gone.height, came.height, columns)


def _only(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return one.join(other, on=one.columns, how="anti", nulls_equal=True)


def _texts(values: pl.Series) -> list[str]:
    return values.drop_nulls().sort().to_list()


def _more(values: Sequence[object]) -> str:
    return f", and {len(values) - _FEW:,} more" if len(values) > _FEW else ""


def _rewritten(old: str, came: Sequence[str]) -> str | None:
    """Return what a spreadsheet may have made of a text."""
    if _NUMBER.fullmatch(old):
        same = (new for new in came if _NUMBER.fullmatch(_plus(new)) and _close(old, new))
        if (new := next(same, None)) is not None:
            return new
    if _TWO_NUMBERS.fullmatch(old):
        numbers = {int(part) for part in re.split(r"[-/.]", old)}
        for new in came:
            if _DAY.fullmatch(new) and {int(part) for part in re.findall(r"\d+", new)} <= numbers:
                return new
    return None


def _plus(text: str) -> str:
    return text.replace("E+", "E").replace(",", ".")


def _close(old: str, new: str) -> bool:
    # A spreadsheet shows six digits of a large number: 1.23E+08.
    one, other = float(old), float(_plus(new))
    return one == other or ("E" in new and abs(one - other) <= abs(one) * 0.01)
