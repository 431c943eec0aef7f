"""Tags as versions: what a tag says of version, variant, rebuild and pre-release by its text alone.

A grammar of its own rather than ``packaging.version``: that reads Python's own versions, where
``1.10`` equals ``1.10.0``, ``1-1`` is a post-release and ``1.27-alpine`` is an error. A tag is any
text, and ``1.27`` and ``1.27.0`` are two tags that one person pulled and another did not.

    tag      = number | number "." "x" | prefix number, each with words behind it
             | moving words | word "-" "latest" | any other text
    prefix   = words and a separator (amd64-2.1.0, jdk-17) | a letter or "release" (v1.2, R4.3.1)
    number   = digits, with up to three further ones behind dots; no date, no leading zero
    word     = pre-release (rc1, M1, SNAPSHOT) | rebuild (r31, ls34, a date, a commit) | variant

`docs/tags.md` has its rules as a table, with examples; a publisher's own (``tags.csv``) come first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

import pandas as pd

from insights_nb.reading.tags import TagRule, TagRules, check_rules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Part = Literal["major", "minor", "patch"]
PARTS: tuple[Part, ...] = get_args(Part)

LATEST = "latest"
BY_DIGEST = "by digest"
OTHER = "other"
VERSION = "version"

RULES = "tags"
"""The attribute in which a frame has the publisher's own rules, by which its tags are read."""

FLOATING = "(floating tag)"
PRERELEASE = "(pre-release)"

# What says that an image is not released yet, before a number (beta-6.4) or behind it.
_EARLY = (
    r"alpha|beta|rc|cr|pre|preview|prerelease|milestone|snapshot|dev|devel|develop|development"
    r"|nightly|canary|ea|unstable|experimental"
)
# Tags that somebody moves to another image now and then, without a number that says which.
_HEADS = rf"edge|rolling|testing|main|master|trunk|tip|next|insiders|{_EARLY}"
_MOVING = rf"stable|oldstable|lts|mainline|current|innovation|production|release|{_HEADS}"
# Behind these a whole number counts something else than versions: pr-12, build-7.
_COUNTED = (
    rf"build|ci|job|run|pipeline|pr|pull|mr|merge|issue|fix|bugfix|hotfix|feature|feat|branch|test"
    rf"|stage|staging|sha|sha1|sha256|git|commit|rev|revision|{_HEADS}"
)
# Systems whose own number is no version of what runs on them: debian-12, ubuntu22.04.
_SYSTEM = (
    r"alpine|debian|ubuntu|centos|rhel|ubi|fedora|rockylinux|rocky|almalinux|oraclelinux|ol"
    r"|amazonlinux|al|photon|opensuse|leap|sles|busybox|windowsservercore|windows|nanoserver|ltsc"
)
_COMMIT = r"(?:g|sha[-_.]?)?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}"
_DATE = r"\d{4}[-_]\d\d(?:[-_]\d\d)?(?![\d.])"

_ON = rf"(?:{_SYSTEM})[-_]?\d{{1,4}}(?!\d)(?:\.\d+)*"
_WORD = rf"(?!{_ON})[A-Za-z][A-Za-z0-9]*(?:\.\d{{1,2}})*"
_TAG = re.compile(
    rf"""
    (?:
        (?P<prefix> (?: (?:{_ON}|{_WORD}) [-_+] )+? )
      | (?P<letters> [A-Za-z]|release|rel|version|ver ) (?=\d+\.\d)
    )?
    (?!{_DATE})
    [vV]? (?P<major>0|[1-9]\d{{0,3}}) (?!\d)
    (?:\.(?P<minor>\d{{1,9}}) (?:\.(?P<patch>\d{{1,9}}))? (?:\.\d{{1,9}})* )?
    (?:\.[xX])*
    # Right behind a dot or digits; a whole number takes only what no commit has (1e5, 3f2a91c).
    (?P<glued> (?(minor) \.?[A-Za-z][A-Za-z0-9.]* | (?:(?i:{_EARLY})\d*|u\d+) ) )?
    (?P<rest> [-_+][\w.+-]+ )?
    """,
    re.ASCII | re.VERBOSE,
)
_WORDS = re.compile(
    rf"""
    (?: [-_+]+ | \.(?=[A-Za-z]) )
    (?:
        (?P<system> {_ON} )
      | (?P<early> (?i: (?:{_EARLY})(?:(?:[-_]\d{{1,4}}(?!\d)|\.?\d+)(?:\.\d+)*)?
                 | m\d+ | a\d+ | b\d | \d+pre ) )
      | (?P<rebuild> (?:r|rev|ls|build|p|u|k3s|rke2r|post)\.?\d+ | b\d\d+ | {_DATE} | \d{{8,14}}
                   | {_COMMIT} )
      | (?P<edition> [A-Za-z]+ ) \. (?P<nth> \d+ )
      | (?P<variant> [^-_+]+ )
    )
    (?=[-_+]|\.[A-Za-z]|$)
    """,
    re.ASCII | re.VERBOSE,
)
_NTH = re.compile(rf"[-_+]+(?!{_DATE}|\d{{8,14}}[-_+])(\d+)(?=[-_+]|$)", re.ASCII)
_GLUED_EARLY = re.compile(
    rf"\.?((?:{_EARLY})[.]?[\d.]*|m\d+|[ab]\d+)(?=\.[a-z]|$)", re.ASCII | re.IGNORECASE
)
_EARLY_PREFIX = re.compile(rf"(?:^|[-_+])({_EARLY})(?=[-_+])", re.ASCII | re.IGNORECASE)
_V_PREFIX = re.compile(r"(?:^|(?<=[-_+]))[vV][-_+]", re.ASCII)
_COUNTED_PREFIX = re.compile(rf"(?:.*[-_+])?(?:{_COUNTED}|{_COMMIT})[-_+]", re.ASCII)
_UNDERSCORED = re.compile(r"([A-Za-z]+)_(\d{1,3}(?:_\d{1,3})+)", re.ASCII)
_LATEST = re.compile(r"(?:(?P<prefix>[\w.+-]+)[-_])?latest(?:[-_](?P<variant>[\w.+-]+))?", re.ASCII)
_MOVES = re.compile(rf"(?P<name>{_MOVING})(?:[-_](?P<variant>[A-Za-z][\w.+-]*))?", re.ASCII)
_PINNED = re.compile(rf"(?:^|[-_+])(?:{_DATE}|\d{{5,14}}|{_COMMIT})(?=[-_+.]|$)", re.ASCII)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*(?= \(|$)", re.ASCII)
# As many digits as a whole number behind a prefix has at most: abc-1234 is somebody's ticket.
_DIGITS = 3
# What Docker allows a tag.
_LONGEST = 128
# Prefixes and endings are few where tags are many.
_KEPT = 1 << 14


class Version(NamedTuple):
    """What a tag says.

    Parameters
    ----------
    family
        `VERSION`, `LATEST`, `BY_DIGEST` or `OTHER`.
    parts
        Major, minor and patch as written, as many as the tag names.
    variant
        ``"alpine"`` in ``1.27-alpine``, ``"amd64"`` in ``amd64-1.27``; empty where there is none.
    rebuild
        ``"r31"`` in ``3.4.6-debian-12-r31``: the same version and variant, built again.
    prerelease
        ``"rc1"`` in ``1.28.0-rc1``; empty for what is released.
    name
        Of a tag that is no version: a moving one's word (``"lts"`` in ``lts-alpine``), else the
        whole tag.
    """

    family: str
    parts: tuple[str, ...] = ()
    variant: str = ""
    rebuild: str = ""
    prerelease: str = ""
    name: str = ""

    def cohort(self, by: Part) -> str:
        """Return the cohort's name: ``"1.27"``, ``"1 (floating tag)"``, or the family's."""
        if not self.parts:
            return self.family
        wanted = PARTS.index(by) + 1
        numbers = ".".join(self.parts[:wanted])
        if self.prerelease:
            return f"{numbers} {PRERELEASE}"
        return numbers if len(self.parts) >= wanted else f"{numbers} {FLOATING}"

    def within(self, asked: Version) -> bool:
        """Return whether it is what a question names, or a part of that.

        A question that names no variant, rebuild or pre-release means all of them.
        """
        if asked.family == VERSION:
            same = self.parts[: len(asked.parts)] == asked.parts
        else:
            same = (self.family, self.name) == (asked.family, asked.name)
        return same and all(
            one in ("", own)
            for one, own in (
                (asked.variant, self.variant),
                (asked.rebuild, self.rebuild),
                (asked.prerelease, self.prerelease),
            )
        )


def read_tag(tag: object) -> Version:
    """Read one tag as `docs/tags.md` says; a missing one is a pull by digest."""
    if not isinstance(tag, str):
        return Version(BY_DIGEST)
    if len(tag) > _LONGEST:
        return Version(OTHER, name=tag)
    if "_" in tag and (match := _UNDERSCORED.fullmatch(tag)):
        # RELEASE_3_18
        return read_tag(f"{match[1]}-{match[2].replace('_', '.')}")
    match = _TAG.fullmatch(tag)
    return _unnumbered(tag) if match is None else _numbered(tag, match)


def _numbered(tag: str, match: re.Match[str]) -> Version:
    prefix, letters, major, minor, patch, glued, rest = match.groups()
    parts = tuple(part for part in (major, minor, patch) if part is not None)
    if not (prefix or letters or glued or rest):
        return Version(VERSION, parts)
    before, early, counts = _read_prefix(prefix or "")
    if prefix and minor is None and (counts or len(major) > _DIGITS):
        return _unnumbered(tag)
    if letters and letters not in "vV":
        before = letters
    # A whole number has no variant right behind it.
    behind, rebuild, other = _read_words(glued or "", rest or "", whole=minor is None)
    variant = f"{before}-{behind}" if before and behind else before or behind
    return Version(VERSION, parts, variant, rebuild, early or other)


@lru_cache(maxsize=_KEPT)
def _read_prefix(prefix: str) -> tuple[str, str, bool]:
    """Return what a prefix says of variant and pre-release, and whether a number counts behind."""
    counts = _COUNTED_PREFIX.fullmatch(prefix.casefold()) is not None
    early = ""
    if found := _EARLY_PREFIX.search(prefix):
        early = found[1]
        prefix = prefix[: found.start(1)] + prefix[found.end() + 1 :]
    return _V_PREFIX.sub("", prefix).strip("-_+"), early, counts


@lru_cache(maxsize=_KEPT)
def _read_words(glued: str, rest: str, *, whole: bool) -> tuple[str, str, str]:
    """Return what the words behind a number say of variant, rebuild and pre-release."""
    variant, rebuild, early = "", [], ""
    if found := _GLUED_EARLY.match(glued):
        early = found[1]
        rest = glued[found.end() :] + rest
    elif glued.startswith("."):
        # 1.2.3.post1, 2.1.0.RELEASE
        rest = f"-{glued[1:]}{rest}"
    elif glued and whole:
        rebuild.append(glued)
    else:
        variant = glued
    if found := _NTH.match(rest):
        # 17.0.9_9-jdk, 1.2.3-1
        rebuild.append(found[1])
        rest = rest[found.end() :]
    for word in _WORDS.finditer(rest):
        kind = word.lastgroup
        if kind == "early" and not early:
            early = word["early"]
        elif kind == "rebuild":
            rebuild.append(word["rebuild"])
        elif kind == "nth":
            variant += f"-{word['edition']}"
            rebuild.append(word["nth"])
        else:
            variant += word[0]
    return variant.strip("-_+"), "-".join(rebuild), early


def _unnumbered(tag: str) -> Version:
    if LATEST in tag and (match := _LATEST.fullmatch(tag)):
        variant = "-".join(filter(None, match.groups()))
        return Version(LATEST, variant=variant, name=LATEST)
    if (match := _MOVES.fullmatch(tag)) and not _PINNED.search(tag):
        return Version(OTHER, variant=match["variant"] or "", name=match["name"])
    return Version(OTHER, name=tag)


# --- a publisher's own rules ----------------------------------------------------------------

_STANDS_FOR = {
    "*": r".*",
    "?": r".",
    "{version}": r"(?P<version>[vV]?\d[\w.+-]*)",
    "{variant}": r"(?P<variant>[\w.+-]+?)",
}
_PIECES = re.compile(r"(\*|\?|\{version\}|\{variant\})")


def tag_reader(rules: TagRules | None = None) -> Callable[[object], Version]:
    """Return what reads a tag: `read_tag`, behind a publisher's own rules.

    Raises
    ------
    SelectionError
        If a rule says nothing, two things at once or what cannot be.
    """
    if not rules:
        return read_tag
    check_rules(rules)
    compiled = [(_fitting(pattern), rule) for pattern, rule in rules.items()]

    def read(tag: object) -> Version:
        if isinstance(tag, str):
            for fits, rule in compiled:
                match = fits(tag)
                if match and (found := _ruled(tag, match, rule)):
                    return found
        return read_tag(tag)

    return read


def _fitting(pattern: str) -> Callable[[str], re.Match[str] | None]:
    pieces = [_STANDS_FOR.get(piece, re.escape(piece)) for piece in _PIECES.split(pattern)]
    return re.compile("".join(pieces), re.ASCII).fullmatch


def _ruled(tag: str, match: re.Match[str], rule: TagRule) -> Version | None:
    """Read a tag by a rule; None where what stands for a version is none."""
    if rule.get("ignore"):
        return Version(OTHER, name=tag)
    caught = match.groupdict()
    version = caught.get("version")
    read = read_tag(rule.get("alias") or rule.get("version") or version or tag)
    if version and read.family != VERSION:
        return None
    named = "-".join(filter(None, (caught.get("variant"), version and read.variant)))
    return read._replace(variant=rule.get("variant") or named or read.variant)


# --- frames ---------------------------------------------------------------------------------


def rules_of(frame: pd.DataFrame) -> TagRules | None:
    """Return the rules by which the tags of a frame are read, as `tag_pulls` was given them."""
    return cast("TagRules | None", frame.attrs.get(RULES))


def read_tags(
    tags: pd.Series, rules: TagRules | None = None
) -> tuple[NDArray[np.intp], list[Version]]:
    """Read each different tag of a column once.

    Returns
    -------
    codes : numpy.ndarray
        Per row, the place of its version.
    versions : list of Version
        The last is that of pulls by digest, whose code -1 finds it from the end.
    """
    codes, found = pd.factorize(tags)
    return codes, [*map(tag_reader(rules), found), Version(BY_DIGEST)]


def in_version_order(cohorts: Iterable[str]) -> list[str]:
    """Return cohorts newest version first, then `LATEST`, `OTHER` and `BY_DIGEST`."""
    return sorted(set(cohorts), key=version_place)


def version_place(cohort: str) -> tuple[int, tuple[int, ...], str]:
    """Return what `in_version_order` sorts by."""
    last = (LATEST, OTHER, BY_DIGEST)
    match = _NUMBERS.match(cohort)
    if match is None:
        return (1 + last.index(cohort if cohort in last else OTHER), (), cohort)
    numbers = tuple(-int(part) for part in match[0].split("."))
    # A tag that names no minor follows on the minors of its major.
    return (0, (*numbers, 1), cohort)
