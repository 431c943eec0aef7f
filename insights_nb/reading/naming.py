"""What a file's name shows: its kind and its period."""

from __future__ import annotations

import re
from dataclasses import dataclass

from insights_nb.errors import PeriodError
from insights_nb.periods import Granularity, Period, implausibility, parse_granularity
from insights_nb.schema import UNKNOWN

# Ordered: the longer name first, for it holds the shorter one.
_KIND_PATTERNS = (
    ("technographic_companies", r"technographics?_?compan"),
    ("tracked_companies", r"tracked_?compan"),
    ("technographic", r"technographic"),
    ("trends", r"trends?"),
    ("extension_premium", r"premium"),
    ("extension_core", r"core|extensions?"),
    ("image_pulls_summary", r"(?:image_?pulls?|repo|repository|namespace|tag|legacy)_?summary"),
    ("image_pulls_raw", r"raw"),
    ("summary", r"summary"),
    ("pulls", r"pulls?"),
    (UNKNOWN, r"benchmark"),
)
_KINDS = [(kind, re.compile(rf"(?<![a-z])(?:{pattern})")) for kind, pattern in _KIND_PATTERNS]
_SUFFIX = re.compile(r"(\.(csv|json|txt|gz))+$")
_COPY = re.compile(r"( ?\(\d+\)| - copy)+$")
_GRANULARITY = re.compile(r"(?<![a-z])(weekly|monthly|weeks?|months?)(?![a-z])")
_DAY = re.compile(r"(?<!\d)(\d{4})[-_](\d{2})[-_](\d{2})(?!\d)", re.ASCII)
_WEEK = re.compile(r"(?<!\d)(\d{4})[-_]?w(\d{2})(?!\d)", re.ASCII)
_MONTH = re.compile(r"(?<![\d])(?<!\d[-_])(\d{4})[-_](\d{2})(?![-_]?\d)", re.ASCII)


@dataclass(frozen=True)
class NamedPeriod:
    """The period in a name, or the reason why there is none.

    Docker Hub has counted nothing in one that is `implausible`, so that it does not count.
    """

    period: Period | None
    reason: str
    implausible: Period | None = None


def stem(name: str) -> str:
    """Return a file's name without folder, suffixes and the browser's ``(1)``."""
    last = re.split(r"[\\/]", name)[-1].casefold()
    # "trends (1).csv.gz" and "trends.csv (1).gz" both happen.
    for _ in range(3):
        last = _COPY.sub("", _SUFFIX.sub("", last))
    return last


def kind_in_name(name: str) -> str | None:
    """Return the kind that a file's name speaks of, or None."""
    words = re.sub(r"[^a-z0-9]+", "_", stem(name))
    for kind, pattern in _KINDS:
        if pattern.search(words):
            return kind
    return None


def period_in_name(name: str) -> NamedPeriod:
    """Return the period in a file's name."""
    base = stem(name)
    words = {parse_granularity(word) for word in _GRANULARITY.findall(base)}
    granularity: Granularity | None = words.pop() if len(words) == 1 else None
    found: set[Period] = set()
    reason = "its name has no date"
    if days := _DAY.findall(base):
        # A date of download can stand before; the period's start ends the name.
        text = "-".join(days[-1])
        try:
            found.add(Period.parse(text, granularity))
        except PeriodError:
            reason = f"the date {text} in its name starts " + _problem(text, granularity)
    for pattern, form in ((_WEEK, "{}-W{}"), (_MONTH, "{}-{}")):
        if found:
            break
        for parts in pattern.findall(_DAY.sub(" ", base)):
            text = form.format(*parts)
            try:
                found.add(Period.parse(text))
            except PeriodError:
                reason = f"{text} in its name is no period"
    plausible = {period for period in found if period.is_plausible()}
    if found and not plausible:
        odd = min(found)
        return NamedPeriod(
            None, f"{odd.start.isoformat()} in its name {implausibility(odd.start)}", odd
        )
    found = plausible
    if len(found) > 1:
        return NamedPeriod(None, "its name has several periods")
    period = found.pop() if found else None
    if period and granularity and period.granularity != granularity:
        return NamedPeriod(None, f"its name has both {granularity} and {period}")
    return NamedPeriod(period, "" if period else reason)


def publisher_in_name(name: str) -> str | None:
    """Return whose report a file is by its name, ``acme_trends_weekly_2026_10_26.csv``, or None."""
    publisher, underscore, rest = stem(name).partition("_")
    named = underscore and publisher and any(pattern.match(rest) for _, pattern in _KINDS)
    return publisher if named else None


def _problem(text: str, granularity: Granularity | None) -> str:
    if granularity is not None:
        return f"no {granularity}"
    try:
        Period.parse(text, "week")
    except PeriodError:
        return "neither a week nor a month"
    return "both a week and a month"
