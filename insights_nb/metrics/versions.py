"""Tags as versions: which major, minor and patch a tag names, read from its text alone.

A regular expression rather than ``packaging.version``: that reads Python's own versions, where
``1.10`` equals ``1.10.0``, ``1-1`` is a post-release and ``1.27-alpine`` is an error. A tag is any
text, and ``1.27`` and ``1.27.0`` are two tags that one person pulled and another did not.

- ``1``, ``1.27``, ``1.27.3``, ``v1.27.3`` and ``1.27.3.1`` are versions. A number is compared as a
  number (1.10 comes after 1.9) and kept as it was written (``24.04`` is not ``24.4``).
- What follows after ``-``, ``_`` or ``+`` is a variant (``1.27-alpine``, ``1.27.3-rc.1``,
  ``latest-slim``), and so is a word right after a minor or patch (``3.14rc1``).
- Calendar versions with dots (``2026.1``, ``24.04``) read as any other: their major is the year.
- All else is no version: dates with dashes (``2024-01-01``) and numbers of five digits and more
  (``20240101``), which name a build and not a series; leading zeros (``007``); ``1e5``; ``stable``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Part = Literal["major", "minor", "patch"]
PARTS: tuple[Part, ...] = get_args(Part)

LATEST = "latest"
BY_DIGEST = "by digest"
OTHER = "other"

_VERSION = re.compile(
    r"[vV]?(?P<major>0|[1-9]\d{0,3})"
    r"(?:\.(?P<minor>\d{1,9})(?:\.(?P<patch>\d{1,9}))?(?:\.\d{1,9})*(?P<word>[A-Za-z][\w.-]*)?)?"
    r"(?:[-_+](?P<variant>[\w.+-]+))?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}[-_]\d\d(?:[-_]\d\d)?(?![\d.]).*", re.ASCII | re.DOTALL)
_LATEST = re.compile(r"latest(?:[-_](?P<variant>[\w.+-]+))?", re.ASCII)


@dataclass(frozen=True)
class Version:
    """What a tag says.

    Parameters
    ----------
    family
        ``"version"``, `LATEST`, `BY_DIGEST` or `OTHER`.
    parts
        Major, minor and patch as written, as many as the tag names.
    variant
        ``"alpine"`` in ``1.27-alpine``; empty where there is none.
    """

    family: str
    parts: tuple[str, ...] = ()
    variant: str = ""

    def cohort(self, by: Part) -> str:
        """Return the cohort's name: ``"1.27"``, ``"1 (no minor)"``, or the family's."""
        if not self.parts:
            return self.family
        wanted = PARTS.index(by) + 1
        if len(self.parts) < wanted:
            return f"{'.'.join(self.parts)} (no {PARTS[len(self.parts)]})"
        return ".".join(self.parts[:wanted])


def read_tag(tag: object) -> Version:
    """Read one tag; a missing one is a pull by digest."""
    if not isinstance(tag, str):
        return Version(BY_DIGEST)
    if match := _LATEST.fullmatch(tag):
        return Version(LATEST, variant=match["variant"] or "")
    match = _VERSION.fullmatch(tag)
    if match is None or _DATE.fullmatch(tag):
        return Version(OTHER)
    parts = tuple(part for part in match.group("major", "minor", "patch") if part is not None)
    variant = "-".join(part for part in match.group("word", "variant") if part)
    return Version("version", parts, variant)


def read_tags(tags: pd.Series) -> tuple[NDArray[np.intp], list[Version]]:
    """Read each different tag of a column once.

    Returns
    -------
    codes : numpy.ndarray
        Per row, the place of its version.
    versions : list of Version
        The last is that of pulls by digest, whose code -1 finds it from the end.
    """
    codes, found = pd.factorize(tags)
    return codes, [*map(read_tag, found), Version(BY_DIGEST)]


def in_version_order(cohorts: Iterable[str]) -> list[str]:
    """Return cohorts newest version first, then `LATEST`, `OTHER` and `BY_DIGEST`."""
    return sorted(set(cohorts), key=version_place)


def version_place(cohort: str) -> tuple[int, tuple[int, ...], str]:
    """Return what `in_version_order` sorts by."""
    last = (LATEST, OTHER, BY_DIGEST)
    if cohort in last:
        return (1 + last.index(cohort), (), cohort)
    numbers = tuple(-int(part) for part in cohort.split(" ", 1)[0].split("."))
    # A tag that names no minor follows on the minors of its major.
    return (0, (*numbers, 1), cohort)
