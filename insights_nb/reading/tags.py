"""A publisher's own rules for reading tags, written down in a CSV file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from insights_nb.errors import ReadError, SelectionError
from insights_nb.reading.lists import HandWritten, Line
from insights_nb.texts import quoted


class TagRule(TypedDict, total=False):
    """How the tags that fit one pattern are read; what it leaves out is read as always."""

    version: str
    """The version that they name: ``"3.4"``."""
    variant: str
    """Their variant: ``"alpine"``."""
    ignore: bool
    """Whether they name no version, whatever they look like."""
    alias: str
    """Another tag, as which they are read: ``"2.x"``."""


TagRules = Mapping[str, TagRule]
"""Pattern → rule, as `read_tag_rules` gives them; of those that fit a tag the first counts."""

_RULES = HandWritten(
    one="rule",
    several="rules for tags",
    needed=("pattern",),
    optional=("version", "variant", "ignore", "alias"),
    header_remedy="Begin a file of rules for tags with the line "
    "pattern,version,variant,ignore,alias, separated by commas; of the columns after pattern the "
    "file may leave out what no line needs.",
    quotes_remedy="No tag has a comma, a space or a quote in it. Write a line as the header says, "
    "with as many commas: stable,,,,2.x",
)
PLACEHOLDERS = ("{version}", "{variant}")
"""What a pattern writes where a tag has its version, and its variant."""

_PATTERN = re.compile(r"(?:[\w.+*?-]|\{version\}|\{variant\})+", re.ASCII)
_TAG = re.compile(r"[\w.+-]+", re.ASCII)
_NUMBER = re.compile(r"[vV]?(?:0|[1-9]\d{0,3})(?:\.\d{1,9})*", re.ASCII)
_YES, _NO = ("yes", "true", "1", "x"), ("no", "false", "0", "")


def read_tag_rules(path: str | Path) -> dict[str, TagRule]:
    """Read a file of rules: how tags are read that the package reads otherwise.

    Parameters
    ----------
    path
        A CSV file in UTF-8, plain or gzip. Its first line names the columns, in any order and
        letter case: ``pattern`` (a whole tag, in which ``*`` stands for any text, ``?`` for one
        character, ``{version}`` and ``{variant}`` for what they are called), and of ``version``,
        ``variant``, ``ignore`` (``yes`` or ``no``) and ``alias`` those that a line needs. Blank
        lines are passed over, and spaces around a value.

    Returns
    -------
    dict of str to dict
        Pattern → rule, in the file's order, as `insights_nb.tag_pulls` takes them: of those that
        fit a tag the first counts. A rule has only what its line fills in.

    Raises
    ------
    ReadError
        If the file cannot be read, a line says nothing, two things at once or what cannot be, or
        two lines have one pattern; it names the line, and the column where it is one value.

    Examples
    --------
    >>> read_tag_rules("tags.csv")  # doctest: +SKIP
    {'stable': {'alias': '2.x'}, 'build-*': {'ignore': True}, '{variant}_{version}': {}}
    """
    name = str(path)
    found: dict[str, TagRule] = {}
    first: dict[str, int] = {}
    for line in _RULES.lines(path):
        pattern, rule = line.texts["pattern"] or "", _rule_of(name, line)
        if problem := rule_problem(pattern, rule):
            column, sentence = problem
            raise ReadError(
                name, sentence, line=line.number, column=line.headers.get(column, column)
            )
        before = first.setdefault(pattern, line.number)
        if found.setdefault(pattern, rule) != rule:
            raise ReadError(
                name,
                f"the pattern {quoted(pattern)} has another rule in line {before}. Keep one of the "
                "two.",
                line=line.number,
            )
    return found


def check_rules(rules: TagRules) -> None:
    """Refuse rules that a file could not have.

    Raises
    ------
    SelectionError
        If a rule says nothing, two things at once or what cannot be.
    """
    for pattern, rule in rules.items():
        if not isinstance(rule, Mapping):
            raise SelectionError(
                f"tags[{pattern!r}] is {rule!r}. Write a rule as a dict: {{'alias': '2.x'}}."
            )
        if unknown := [name for name in rule if name not in TagRule.__annotations__]:
            raise SelectionError(
                f"tags[{pattern!r}] has {unknown[0]!r}. A rule has version, variant, ignore or "
                "alias."
            )
        texts = {name: value for name, value in rule.items() if name != "ignore"}
        if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
            raise SelectionError(
                f"tags[{pattern!r}]: {wrong[0]} is {texts[wrong[0]]!r}. Write it as text: '3.10'."
            )
        if problem := rule_problem(pattern, rule):
            raise SelectionError(f"tags[{pattern!r}]: {problem[1]}")


def rule_problem(pattern: str, rule: TagRule) -> tuple[str, str] | None:
    """Return the column and a sentence on what is wrong with a rule, or None."""
    version, alias = rule.get("version", ""), rule.get("alias", "")
    whole = quoted(pattern)
    if not _PATTERN.fullmatch(pattern):
        seen = f"{whole} is no pattern of tags" if pattern else "the rule has no pattern"
        return "pattern", (
            f"{seen}. Write a tag, with * for any text, ? for one character, {{version}} and "
            "{variant} where these stand: web_{version}"
        )
    for one in PLACEHOLDERS:
        if pattern.count(one) > 1:
            return "pattern", f"{whole} has {one} twice. A tag has one: write * for the other."
    if rule.get("ignore") and (version or alias or rule.get("variant")):
        return "ignore", (
            f"the tags {whole} are ignored, and have a version, a variant or an alias. Keep one of "
            "the two."
        )
    if version and not _NUMBER.fullmatch(version):
        return "version", (
            f"{quoted(version)} is no version. Write a number such as 3 or 3.4.6; for another tag "
            "use the column alias."
        )
    if alias and not _TAG.fullmatch(alias):
        return "alias", f"{quoted(alias)} is no tag. Write one such as 2.x or latest."
    if len([one for one in (version, alias, "{version}" in pattern) if one]) > 1:
        return "version", (
            f"the tags {whole} have their version in more than one place. Keep one of {{version}} "
            "in the pattern, the column version, and the column alias."
        )
    if not (any(rule.values()) or any(one in pattern for one in PLACEHOLDERS)):
        return "pattern", (
            f"the rule does not say how the tags {whole} are read. Fill in version, variant, "
            "ignore or alias."
        )
    return None


def _rule_of(name: str, line: Line) -> TagRule:
    """Return what a line fills in."""
    rule: TagRule = {}
    if version := line.texts.get("version"):
        rule["version"] = version
    if variant := line.texts.get("variant"):
        rule["variant"] = variant
    ignore = line.texts.get("ignore") or ""
    if ignore.casefold() in _YES:
        rule["ignore"] = True
    elif ignore.casefold() not in _NO:
        raise ReadError(
            name,
            f"{quoted(ignore)} is neither yes nor no. Write yes where the tags name no version.",
            line=line.number,
            column=line.headers["ignore"],
        )
    if alias := line.texts.get("alias"):
        rule["alias"] = alias
    return rule
