"""What a page without a kernel says: sentences, with places only for what its viewer chooses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from insights_nb.charts import texts, timeline
from insights_nb.charts.marks.lines import UNKNOWN_CHANGE
from insights_nb.charts.pulls import TITLES
from insights_nb.explorers import words
from insights_nb.explorers.choice import LABELS, LIMIT
from insights_nb.explorers.panel import NOTHING
from insights_nb.explorers.shell import NOT_HERE, NOTHING_CHOSEN, SAMPLES, UNNAMED, UNNAMED_BY
from insights_nb.periods import Granularity, Period, interval
from insights_nb.selection import MEASURES, MONTHS, not_offered
from insights_nb.widgets import RepositoryPicker

PAGE = {
    "labels": {**LABELS, "repositories": RepositoryPicker.label.default_value},
    "limit": LIMIT,
    "nothing": NOTHING,
    "nothing_chosen": NOTHING_CHOSEN,
    "samples": SAMPLES,
    "not_here": NOT_HERE,
    "unnamed": UNNAMED,
    "unnamed_by": UNNAMED_BY,
    "not_on_page": "The link asks for {granularity}s, but this page has none.",
}
"""What is said of the whole page."""


class _Open(dict[str, object]):
    """Values of places; one that is not known yet stays a place."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def sentences(
    periods: Mapping[Granularity, list[Period]],
) -> dict[Granularity, dict[int, dict[str, dict[str, Any]]]]:
    """Return sentences on what a page's periods count: by granularity, months, measure and name."""
    return {
        granularity: {
            months: {measure: _sentences(every, months, TITLES[measure]) for measure in MEASURES}
            for months in MONTHS
        }
        for granularity, every in periods.items()
    }


def refusal(name: str, offered: Iterable[object]) -> str:
    """Return what is said of a link's value that is not offered, with a place for the value."""
    sentence = str(not_offered(name, "?", " or ".join(map(repr, offered))))
    return sentence.replace(repr("?"), "{value}")


def _sentences(every: list[Period], months: int, title: str) -> dict[str, Any]:
    expected = len(interval(every[-1], months))
    shown = every[-expected:]
    first, last, unit = shown[0], shown[-1], every[-1].granularity
    known = _Open(
        title=title,
        measure=title.lower(),
        unit=unit,
        periods=len(shown),
        length=words.counted(len(shown), unit),
        interval=words.span(first, last),
        newest=last.dates,
    )
    heading = _Open(known, heading=title, span=timeline.span(first, last))
    filled = {one.name.lower(): one.format_map(known) for one in (*words.Sentence, *texts.Sentence)}
    return filled | {
        "heading": texts.Sentence.HEADING.format_map(heading),
        "begins": words.begins(shown, months, expected),
        "counted": [one.format_map(known) for one in words.COUNTED],
        "are": words.ARE,
        "period": unit.capitalize(),
        "unknown_change": UNKNOWN_CHANGE,
    }
