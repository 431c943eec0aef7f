"""Numbers as spreadsheets write them: separated thousands, decimal commas, a useless ``.0``.

A value is read where only one number can be meant by it: by the value itself (``1,200`` is a whole
number only with a comma between thousands), by its column, or by the file's other columns. Where
two remain (a column of nothing but ``1.000``) it is refused, and both are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from insights_nb.schema import Dtype

_SPACES = r"[\u00a0\u2007\u2009\u202f]"
_APOSTROPHES = r"[\u2019\u02bc`]"
_PLAIN = r"^[0-9]+$"
_SEPARATORS = {
    ",": "a comma",
    ".": "a point",
    " ": "a space",
    "'": "an apostrophe",
    "_": "an underscore",
}
_DECIMALS = {".": "a decimal point", ",": "a decimal comma"}
# In percent; a ratio is at most 1.
_LARGEST_SHARE = 100.0
_TYPES: dict[Dtype, type[pl.DataType]] = {"count": pl.Int64, "share": pl.Float64}


class Style(NamedTuple):
    """How numbers are written: what stands between thousands, and before decimals."""

    group: str = ""
    decimal: str = ""

    def __str__(self) -> str:
        group = f"{_SEPARATORS[self.group]} between thousands" if self.group else ""
        return " and ".join(filter(None, (group, _DECIMALS.get(self.decimal, ""))))

    def pattern(self, dtype: Dtype, *, strict: bool) -> str:
        """Return the pattern of a value; `strict` where every value is written alike."""
        whole = "[0-9]+"
        if self.group:
            group = f"[{self.group}]"
            # India groups 12,34,567.
            whole = (
                f"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
                f"|[1-9][0-9]?(?:{group}[0-9]{{2}})+{group}[0-9]{{3}}"
                f"|[0-9]{{1,3}}" + ("" if strict else "|[0-9]+")
            )
        decimals = ""
        if self.decimal:
            digits = "0+" if dtype == "count" else "[0-9]+"
            decimals = f"(?:[{self.decimal}]{digits})" + ("" if strict else "?")
        return rf"^\+?(?:{whole}){decimals}$"

    def read(self, texts: pl.Series, dtype: Dtype, *, strict: bool) -> pl.Series | None:
        """Return the numbers of texts; None where one of them is not written so."""
        if not texts.str.contains(self.pattern(dtype, strict=strict)).all():
            return None
        plain = texts.str.replace_all(f"[+{self.group}]" if self.group else "[+]", "")
        if self.decimal == ",":
            plain = plain.str.replace(",", ".", literal=True)
        if dtype == "count":
            plain = plain.str.replace(r"\..*$", "")
        numbers = plain.cast(_TYPES[dtype], strict=False)
        if numbers.null_count() or (dtype == "share" and (numbers > _LARGEST_SHARE).any()):
            return None
        return numbers


_STYLES = [
    Style(group, decimal)
    for group in ("", *_SEPARATORS)
    for decimal in ("", *_DECIMALS)
    if group != decimal
] + [Style()]


class Texts(NamedTuple):
    """A column's fields, which of them are missing, and what it has."""

    fields: pl.Series
    missing: pl.Series
    dtype: Dtype


@dataclass(frozen=True)
class Numbers:
    """What a column's numbers are: by style, a table from text to number.

    Parameters
    ----------
    styles
        Each way to read them that differs from the others; mostly one, none where a value is no
        number however it is read.
    texts
        The different values that are not missing.
    percent
        Whether each ends with a percent sign.
    """

    styles: Mapping[Style, pl.Series]
    texts: pl.Series
    percent: bool

    @property
    def odd(self) -> str:
        """A value that is more than digits."""
        odd = self.texts.filter(~self.texts.str.contains(_PLAIN))
        return str(odd[0] if len(odd) else self.texts[0])

    def value_of(self, text: str, style: Style) -> int | float:
        """Return what a text is in a style."""
        place = (self.texts == text).arg_max() or 0
        number: int | float = self.styles[style][place]
        return number


def understand(columns: Mapping[str, Texts]) -> dict[str, Numbers]:
    """Find out how the numbers of columns are written.

    Columns of one file are written alike: what is certain in one decides another.
    """
    found = {name: _styles(column) for name, column in columns.items()}
    sure = {next(iter(each.styles)) for each in found.values() if len(each.styles) == 1}
    return {name: _decided(each, sure) for name, each in found.items()}


def typed(column: Texts, numbers: Numbers) -> pl.Series:
    """Return a column's numbers, where there is one way to read them."""
    (values,) = numbers.styles.values()
    if numbers.percent:
        values = values / 100
    return plain(column.fields).replace_strict(
        numbers.texts, values, default=None, return_dtype=_TYPES[column.dtype]
    )


def plain(fields: pl.Series) -> pl.Series:
    """Return texts with one kind of space and of apostrophe, and none around them."""
    spaces = fields.str.replace_all(_SPACES, " ").str.replace_all(_APOSTROPHES, "'")
    return spaces.str.strip_chars()


def _styles(column: Texts) -> Numbers:
    distinct = plain(column.fields).filter(~column.missing).unique(maintain_order=True)
    texts = distinct
    percent = column.dtype == "share" and bool(texts.str.ends_with("%").all())
    if percent:
        texts = texts.str.strip_chars_end("% ")
    # Mostly every value is written alike; a file that was edited by hand mixes.
    for strict in (True, False):
        styles: dict[Style, pl.Series] = {}
        for style in _STYLES:
            numbers = style.read(texts, column.dtype, strict=strict)
            if numbers is not None and not any((numbers == one).all() for one in styles.values()):
                styles[style] = numbers
        if styles:
            break
    return Numbers(styles, distinct, percent)


def _decided(numbers: Numbers, sure: set[Style]) -> Numbers:
    """Leave the readings that the other columns are certainly written in."""
    kept = {style: each for style, each in numbers.styles.items() if style in sure}
    if len(numbers.styles) > 1 and len(kept) == 1:
        return Numbers(kept, numbers.texts, numbers.percent)
    return numbers
