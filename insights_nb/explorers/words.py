"""What an explorer says about its numbers: pure text from frames."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts.pulls import TITLES
from insights_nb.charts.texts import between, harmless
from insights_nb.metrics.pull_sources import DEFINITIONS
from insights_nb.metrics.pulls import definitions_of, granularity_of, totals
from insights_nb.periods import Granularity, Period, date_range, interval
from insights_nb.schema import REPORTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from insights_nb.selection import Measure, Selection

GRANULARITY_LABELS: dict[Granularity, str] = {"week": "Weekly", "month": "Monthly"}
REMEDY = (
    "Fetch the missing reports while Docker Hub still lists them: insights-nb fetch. Or download "
    "them from Docker Hub (Analytics) and add them: insights-nb add FILES."
)
_MANY = 4


def figures(now: pd.DataFrame, before: pd.DataFrame, measure: Measure) -> list[dict[str, Any]]:
    """Say the interval's total, its latest period and its average.

    A change is given only between complete intervals: a gap must not read as a loss. Counts of
    different definitions stay apart.
    """
    if now.empty:
        return []
    granularity = granularity_of(now)
    sums, earlier = totals(now, measure), totals(before, measure)
    items = [
        _total(row, earlier, now, measure, granularity, several=len(sums) > 1)
        for row in sums.to_dict("records")
    ]
    if len(sums) == 1:
        items += [_latest(now, measure, granularity), _average(now, measure, granularity)]
    return items


def coverage(
    frame: pd.DataFrame, selection: Selection, expected: int, otherwise: Mapping[str, int]
) -> tuple[str, list[str]]:
    """Say what is missing from the interval: a sentence, and details.

    Parameters
    ----------
    frame
        What is shown.
    selection
        What was asked for.
    expected
        How many periods the interval has.
    otherwise
        As `insights_nb.metrics.pulls.left_out` gives it.
    """
    sentences: list[str] = []
    details: list[str] = []
    unit = selection.granularity
    periods = [Period(unit, day.date()) for day in frame["period"].drop_duplicates()]
    if periods and len(periods) < expected:
        sentences.append(
            f"The archive begins with {periods[0].dates}, so only {counted(len(periods), unit)} of "
            f"the {selection.months} months' {expected} can be shown."
        )
    missing = sorted(frame.loc[frame["source"].isna(), "period"].drop_duplicates())
    if missing:
        spans = [Period(unit, day.date()).dates for day in missing]
        verb = "is" if len(spans) == 1 else "are"
        named = f": {', '.join(spans)}" if len(spans) <= _MANY else ""
        sentences.append(
            f"{counted(len(spans), unit)} of {len(periods)} {verb} not held{named}. The lines are "
            "broken there: the counts are unknown, not zero."
        )
        details += [
            f"{counted(number, unit)} of them {'is' if number == 1 else 'are'} held as "
            f"{DEFINITIONS[name]}: left out, since a line has one definition."
            for name, number in otherwise.items()
        ]
        details += [*(spans if len(spans) > _MANY else []), REMEDY]
    return " ".join(sentences), details


def gaps(
    periods: Sequence[Period], missing: Sequence[str], selection: Selection
) -> tuple[str, list[str]]:
    """Say which periods of a report's interval are not held: a sentence, and details.

    Parameters
    ----------
    periods
        The interval, as far as the archive reaches back.
    missing
        The labels of those that are not held.
    selection
        What was asked for.
    """
    unit = selection.granularity
    sentences: list[str] = []
    details: list[str] = []
    expected = len(interval(periods[-1], selection.months))
    if len(periods) < expected:
        sentences.append(
            f"These reports begin with {periods[0].dates}, so only {counted(len(periods), unit)} "
            f"of the {selection.months} months' {expected} can be shown."
        )
    spans = [period.dates for period in periods if period.label in set(missing)]
    if spans:
        verb = "is" if len(spans) == 1 else "are"
        named = f": {', '.join(spans)}" if len(spans) <= _MANY else ""
        sentences.append(
            f"{counted(len(spans), unit)} of {len(periods)} {verb} not held{named}. What happened "
            "then is unknown, not zero."
        )
        details += [*(spans if len(spans) > _MANY else []), REMEDY]
    return " ".join(sentences), details


def only_elsewhere(names: Sequence[str]) -> str:
    """Say which repositories only a report counts that is not the one shown."""
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return f"{some(names)} {verb} left out: only another report counts {them}."


def call(selection: Selection) -> str:
    """Write a selection as the Python that makes it."""
    given: list[object] = [selection.granularity, selection.months]
    if selection.repositories is not None:
        given.append(list(selection.repositories))
    written = ", ".join(map(repr, given))
    if selection.measure != "pulls":
        written += f", measure={selection.measure!r}"
    return f"inb.Selection({written})"


def overdue(
    coverage: pd.DataFrame, kinds: Collection[str], newest: Period
) -> tuple[str, list[str]]:
    """Say that what is shown ends too early: a sentence, and details.

    Parameters
    ----------
    coverage
        As `Archive.coverage` gives it.
    kinds
        The reports that tell of what is shown.
    newest
        The newest period shown. One of its kind that is missing before it is a gap, of which
        `coverage` and `gaps` tell.
    """
    late = coverage[
        (coverage["status"] == "overdue")
        & (coverage["granularity"] == newest.granularity)
        & coverage["kind"].isin([*kinds])
        & (coverage["period"] > pd.Timestamp(newest.start))
    ]
    starts = sorted({day.date() for day in late["period"]})
    if not starts:
        return "", []
    periods = [Period(newest.granularity, day) for day in starts]
    first, last = periods[0], periods[-1]
    ending = f"these charts end with {newest.dates}."
    # When it was due, as Data health says it, and not since when it is overdue: that is later.
    if len(periods) == 1:
        return (
            f"{first.label} ({first.dates}), due since {day_of(first.end)}, is not held: {ending}",
            [REMEDY],
        )
    return (
        f"{counted(len(periods), newest.granularity)} are overdue, the first {first.label} "
        f"({first.dates}), due since {day_of(first.end)}: {ending}",
        [f"Not held: {first.label} to {last.label} (due since {day_of(last.end)}).", REMEDY],
    )


def without_rows(
    coverage: pd.DataFrame, reports: Collection[tuple[str, Period]]
) -> tuple[str, list[str]]:
    """Say which reports count as zero since they hold no rows: a sentence, and details.

    Parameters
    ----------
    coverage
        As `Archive.coverage` gives it.
    reports
        The kind and period of each report that is behind what is shown.
    """
    wanted = {(kind, period.label) for kind, period in reports}
    several = coverage.groupby("kind")["namespace"].nunique()
    named = []
    for row in coverage[coverage["empty"]].to_dict("records"):
        if (row["kind"], row["label"]) in wanted:
            of = f" of {harmless(row['namespace'])}" if several[row["kind"]] > 1 else ""
            period = Period(row["granularity"], row["period"].date())
            report = REPORTS[row["kind"]].title
            named.append(f"{report} {period.label} ({period.dates}){of}")
    if not named:
        return "", []
    one = len(named) == 1
    verbs, them = ("is held and names", "it") if one else ("are held and name", "them")
    text = f"{some(named)} {verbs} nothing: zero, or a broken download. Download {them} again to "
    return f"{text}be sure.", named if len(named) > _MANY else []


def definitions(frame: pd.DataFrame, measure: Measure) -> list[str]:
    """Say where repositories are counted in different ways, or not counted at all."""
    found = definitions_of(frame)
    said = []
    if len(set(found.values())) > 1:
        said.append("The repositories are not all counted in the same way; do not add them up.")
        for definition in dict.fromkeys(found.values()):
            names = [name for name, its in found.items() if its == definition]
            said.append(f"{some(names)}: {DEFINITIONS[definition]}.")
    known = frame.groupby("repository", sort=False)[[measure, "source"]].count()
    without = known.index[(known[measure] == 0) & (known["source"] > 0)]
    if len(without):
        label = TITLES[measure].lower()
        said.append(f"{some(list(without))}: the reports held do not count {label}.")
    return said


def table(frame: pd.DataFrame, measure: Measure) -> dict[str, Any]:
    """Turn a frame into a table: one row per period, newest first, one column per repository."""
    if frame.empty:
        return {"columns": [], "rows": {}, "caption": ""}
    unit = granularity_of(frame)
    names = list(dict.fromkeys(frame["repository"]))
    wide = frame.pivot_table(
        measure, "period", "repository", aggfunc="first", dropna=False, observed=False
    ).iloc[::-1]
    keys = {f"r{index}": name for index, name in enumerate(names)}
    rows: dict[str, list[Any]] = {
        "period": [Period(unit, day.date()).dates for day in wide.index],
        **{key: wide[name].tolist() for key, name in keys.items()},
    }
    columns = [{"key": "period", "label": "Week" if unit == "week" else "Month"}]
    columns += [{"key": key, "label": name, "align": "right"} for key, name in keys.items()]
    return {"columns": columns, "rows": rows, "caption": f"{TITLES[measure]} per {unit}"}


def _total(
    row: dict[Any, Any],
    earlier: pd.DataFrame,
    now: pd.DataFrame,
    measure: Measure,
    unit: Granularity,
    *,
    several: bool,
) -> dict[str, Any]:
    label = f"{TITLES[measure]}, {_span(now, unit)}"
    if several:
        label += f" ({row['definition']})"
    length = now["period"].nunique()
    value = None if pd.isna(row["total"]) else int(row["total"])
    item: dict[str, Any] = {"label": label, "value": value}
    same = earlier[earlier["definition"] == row["definition"]].to_dict("records")
    if row["missing"]:
        item["note"] = f"at least: {counted(row['missing'], unit)} not held"
    elif not same or pd.isna(same[0]["total"]):
        item["note"] = f"{counted(length, unit)}; nothing held to compare with"
    elif same[0]["missing"]:
        item["note"] = f"the {counted(length, unit)} before are not all held"
    else:
        total = int(same[0]["total"])
        item["note"] = f"{total:,} in the {counted(length, unit)} before"
        if total and value is not None:
            item["change"] = value / total - 1
    return item


def _latest(now: pd.DataFrame, measure: Measure, unit: Granularity) -> dict[str, Any]:
    sums = _by_period(now, measure)
    newest = Period(unit, sums.index[-1].date())
    value = sums.iloc[-1]
    item: dict[str, Any] = {
        "label": f"Latest {unit}, {newest.dates}",
        "value": None if pd.isna(value) else int(value),
    }
    if len(sums) > 1 and not pd.isna(value):
        before = sums.iloc[-2]
        if pd.isna(before):
            item["note"] = f"the {unit} before is not held"
        else:
            item["note"] = f"{int(before):,} the {unit} before"
            if before:
                item["change"] = float(value / before - 1)
    return item


def _average(now: pd.DataFrame, measure: Measure, unit: Granularity) -> dict[str, Any]:
    sums = _by_period(now, measure).dropna()
    value = round(float(sums.mean())) if len(sums) else None
    return {
        "label": f"Average per {unit}",
        "value": value,
        "note": f"over {counted(len(sums), unit)} held",
    }


def _by_period(frame: pd.DataFrame, measure: Measure) -> pd.Series:
    # min_count: a sum that lacks a repository is unknown, not smaller.
    return frame.groupby("period")[measure].sum(min_count=frame["repository"].nunique())


def _span(frame: pd.DataFrame, unit: Granularity) -> str:
    first = Period(unit, frame["period"].min().date())
    last = Period(unit, frame["period"].max().date())
    if unit == "week":
        return date_range(first.start, last.last_day)
    return first.dates if first == last else f"{first.dates} – {last.dates}"


def day_of(day: dt.date) -> str:
    """Write a day as it is read: ``2 Nov 2026``."""
    # A range of one day says it twice.
    return date_range(day, day).partition(" – ")[2]


def counted(number: int, unit: str) -> str:
    """Write a number of something: ``1 week``, ``2 weeks``."""
    return f"{number} {unit}{'' if number == 1 else 's'}"


def bounds(least: float | None, most: float | None) -> str | None:
    """Write bounds as metrics give them, ``1,200 – 3,400``; None where nothing is known."""
    if pd.isna(least):
        return None
    return between(float(least), None if pd.isna(most) else float(most))


def some(names: Sequence[str]) -> str:
    """Write the first few of many names, as charts show them."""
    first = ", ".join(map(harmless, names[:_MANY]))
    return first if len(names) <= _MANY else f"{first} and {len(names) - _MANY} more"
