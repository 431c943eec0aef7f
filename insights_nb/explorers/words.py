"""What an explorer says about its numbers: pure text from frames."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights_nb.charts.pulls import TITLES
from insights_nb.charts.texts import between, harmless
from insights_nb.counts.sources import DEFINITIONS
from insights_nb.metrics.pulls import definitions_of, granularity_of, totals
from insights_nb.periods import Granularity, Period, date_range, day_in_words, interval
from insights_nb.schema import title_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from insights_nb.selection import Measure, Selection

GRANULARITY_LABELS: dict[Granularity, str] = {"week": "Weekly", "month": "Monthly"}
REMEDY = (
    "Fetch the missing reports while Docker Hub still lists them: insights-nb fetch. Or download "
    "them from Docker Hub (Analytics) and add them: insights-nb add FILES."
)
MANY = 4
"""How many of many names a sentence gives."""
ARE = ("is", "are")
COUNTED = ("{number} {unit}", "{number} {unit}s")
"""Of one, and of another number."""
_ONLY = "{dates}, so only {length} of the {months} months' {expected} can be shown."
_MISSING = "{missing} of {periods} {are} missing{named}."
_REPORTS_BEGIN = f"These reports begin with {_ONLY}"
_REPORTS_MISSING = f"{_MISSING} What happened then is unknown, not zero."


class Sentence(StrEnum):
    """What is said of pulls, with places to fill in: here, and in a snapshot's browser."""

    TOTAL = "{title}, {interval}"
    TOTAL_OF = "{title}, {interval} ({definition})"
    AT_LEAST = "at least ({missing} missing)"
    NO_COMPARISON = "{length}; nothing to compare with"
    PARTLY_BEFORE = "the {length} before are not all available"
    BEFORE = "{total} in the {length} before"
    LATEST = "Latest {unit}, {newest}"
    LATEST_ALONE = "the {unit} before is missing"
    LATEST_BEFORE = "{total} the {unit} before"
    AVERAGE = "Average per {unit}"
    AVERAGE_OVER = "over {known} available"
    AVERAGE_SINCE = "over {known} available since {first}, the first above zero"
    BEGINS = f"The archive begins with {_ONLY}"
    MISSING = f"{_MISSING} The lines are broken there: the counts are unknown, not zero."
    LEFT_OUT = (
        "{missing} of {periods} {are} available as {definition}: left out, since a line has one "
        "definition."
    )
    DIFFERENT = "The repositories are not all counted in the same way; do not add them up."
    COUNTED_AS = "{names}: {definition}."
    NO_SUCH_COUNT = "{names}: the reports do not count {measure}."
    CAPTION = "{title} per {unit}"
    MORE = "{names} and {more} more"


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
    unit = selection.granularity
    periods = [Period(unit, day.date()) for day in frame["period"].drop_duplicates()]
    missing = sorted(frame.loc[frame["source"].isna(), "period"].drop_duplicates())
    spans = [Period(unit, day.date()).dates for day in missing]
    begun = begins(periods, selection.months, expected)
    apart = [
        Sentence.LEFT_OUT.format(
            missing=counted(number, unit),
            periods=len(periods),
            are=ARE[number != 1],
            definition=DEFINITIONS[name],
        )
        for name, number in otherwise.items()
    ]
    if not apart or not spans:
        return _lacking(begun, Sentence.MISSING, periods, spans)
    # What is there, if counted in another way, is not missing.
    if sum(otherwise.values()) >= len(spans):
        return " ".join(filter(None, [begun, *apart])), [*spans, REMEDY]
    text, details = _lacking("", Sentence.MISSING, periods, spans)
    return " ".join(filter(None, [begun, *apart, text])), details


def gaps(
    periods: Sequence[Period], missing: Sequence[str], selection: Selection
) -> tuple[str, list[str]]:
    """Say which periods of a report's interval are missing: a sentence, and details.

    Parameters
    ----------
    periods
        The interval, as far as the archive reaches back.
    missing
        The labels of those that are missing.
    selection
        What was asked for.
    """
    expected = len(interval(periods[-1], selection.months))
    begun = begins(periods, selection.months, expected, _REPORTS_BEGIN)
    spans = [period.dates for period in periods if period.label in set(missing)]
    return _lacking(begun, _REPORTS_MISSING, periods, spans)


def only_elsewhere(names: Sequence[str]) -> str:
    """Say which repositories only a report counts that is not the one shown."""
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return f"{some(names)} {verb} left out: only another report counts {them}."


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
    due = day_in_words(first.end)
    if len(periods) == 1:
        return (
            f"{first.label} ({first.dates}), due since {due}, is missing: {ending}",
            [REMEDY],
        )
    return (
        f"{counted(len(periods), newest.granularity)} are overdue, the first {first.label} "
        f"({first.dates}), due since {due}: {ending}",
        [f"Missing: {first.label} to {last.label} (due since {day_in_words(last.end)}).", REMEDY],
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
            report = title_of(row["kind"])
            named.append(f"{report} {period.label} ({period.dates}){of}")
    if not named:
        return "", []
    one = len(named) == 1
    verbs, them = ("is available and names", "it") if one else ("are available and name", "them")
    text = f"{some(named)} {verbs} nothing: zero, or a broken download. Docker Hub shows which, as "
    return f"{text}long as it lists {them}.", named if len(named) > MANY else []


def definitions(frame: pd.DataFrame, measure: Measure) -> list[str]:
    """Say where repositories are counted in different ways, or not counted at all."""
    found = definitions_of(frame)
    sentences: list[str] = []
    if len(set(found.values())) > 1:
        sentences.append(Sentence.DIFFERENT)
        for definition in dict.fromkeys(found.values()):
            names = [name for name, own in found.items() if own == definition]
            sentences.append(
                Sentence.COUNTED_AS.format(names=some(names), definition=DEFINITIONS[definition])
            )
    known = frame.groupby("repository", sort=False)[[measure, "source"]].count()
    without = known.index[(known[measure] == 0) & (known["source"] > 0)]
    if len(without):
        label = TITLES[measure].lower()
        sentences.append(Sentence.NO_SUCH_COUNT.format(names=some(list(without)), measure=label))
    return sentences


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
    columns = [{"key": "period", "label": unit.capitalize()}]
    columns += [{"key": key, "label": name, "align": "right"} for key, name in keys.items()]
    caption = Sentence.CAPTION.format(title=TITLES[measure], unit=unit)
    return {"columns": columns, "rows": rows, "caption": caption}


def _total(
    row: dict[Any, Any],
    earlier: pd.DataFrame,
    now: pd.DataFrame,
    measure: Measure,
    unit: Granularity,
    *,
    several: bool,
) -> dict[str, Any]:
    first, last = (Period(unit, day.date()) for day in (now["period"].min(), now["period"].max()))
    label = (Sentence.TOTAL_OF if several else Sentence.TOTAL).format(
        title=TITLES[measure], interval=span(first, last), definition=row["definition"]
    )
    length = counted(now["period"].nunique(), unit)
    value = None if pd.isna(row["total"]) else int(row["total"])
    item: dict[str, Any] = {"label": label, "value": value}
    same = earlier[earlier["definition"] == row["definition"]].to_dict("records")
    if row["missing"]:
        item["note"] = Sentence.AT_LEAST.format(missing=counted(row["missing"], unit))
    elif not same or pd.isna(same[0]["total"]):
        item["note"] = Sentence.NO_COMPARISON.format(length=length)
    elif same[0]["missing"]:
        item["note"] = Sentence.PARTLY_BEFORE.format(length=length)
    else:
        total = int(same[0]["total"])
        item["note"] = Sentence.BEFORE.format(total=f"{total:,}", length=length)
        if total and value is not None:
            item["change"] = value / total - 1
    return item


def _latest(now: pd.DataFrame, measure: Measure, unit: Granularity) -> dict[str, Any]:
    sums = _by_period(now, measure)
    newest = Period(unit, sums.index[-1].date())
    value = sums.iloc[-1]
    item: dict[str, Any] = {
        "label": Sentence.LATEST.format(unit=unit, newest=newest.dates),
        "value": None if pd.isna(value) else int(value),
    }
    if len(sums) > 1 and not pd.isna(value):
        before = sums.iloc[-2]
        if pd.isna(before):
            item["note"] = Sentence.LATEST_ALONE.format(unit=unit)
        else:
            item["note"] = Sentence.LATEST_BEFORE.format(total=f"{int(before):,}", unit=unit)
            if before:
                item["change"] = float(value / before - 1)
    return item


def _average(now: pd.DataFrame, measure: Measure, unit: Granularity) -> dict[str, Any]:
    sums = _by_period(now, measure).dropna()
    # Before it was there for the first time nobody could have pulled it.
    begun = sums[sums.cumsum() > 0]
    if len(begun) in (0, len(sums)):
        note = Sentence.AVERAGE_OVER.format(known=counted(len(sums), unit))
    else:
        first = Period(unit, begun.index[0].date()).dates
        note = Sentence.AVERAGE_SINCE.format(known=counted(len(begun), unit), first=first)
        sums = begun
    value = round(float(sums.mean())) if len(sums) else None
    return {"label": Sentence.AVERAGE.format(unit=unit), "value": value, "note": note}


def _by_period(frame: pd.DataFrame, measure: Measure) -> pd.Series:
    # min_count: a sum that lacks a repository is unknown, not smaller.
    return frame.groupby("period")[measure].sum(min_count=frame["repository"].nunique())


def begins(
    periods: Sequence[Period], months: int, expected: int, sentence: str = Sentence.BEGINS
) -> str:
    """Say that there are only the last of an interval's periods, where that is so."""
    if not 0 < len(periods) < expected:
        return ""
    length = counted(len(periods), periods[0].granularity)
    return sentence.format(dates=periods[0].dates, length=length, months=months, expected=expected)


def _lacking(
    begun: str,
    sentence: str,
    periods: Sequence[Period],
    spans: list[str],
) -> tuple[str, list[str]]:
    """Say which of the periods are missing, behind from when on there are any."""
    if not spans:
        return begun, []
    few = len(spans) <= MANY
    text = sentence.format(
        missing=counted(len(spans), periods[0].granularity),
        periods=len(periods),
        are=ARE[len(spans) != 1],
        named=f": {', '.join(spans)}" if few else "",
    )
    return f"{begun} {text}".lstrip(), [*([] if few else spans), REMEDY]


def span(first: Period, last: Period) -> str:
    """Say from when to when a total is, with both months in full."""
    if first.granularity == "week":
        return date_range(first.start, last.last_day)
    return first.dates if first == last else f"{first.dates} – {last.dates}"


def counted(number: int, unit: str) -> str:
    """Write a number of something: ``1 week``, ``2 weeks``."""
    return COUNTED[number != 1].format(number=number, unit=unit)


def bounds(least: float | None, most: float | None) -> str | None:
    """Write bounds as metrics give them, ``1,200 – 3,400``; None where nothing is known."""
    if pd.isna(least):
        return None
    return between(float(least), None if pd.isna(most) else float(most))


def some(names: Sequence[str]) -> str:
    """Write the first few of many names, as charts show them."""
    first = ", ".join(map(harmless, names[:MANY]))
    more = len(names) - MANY
    return first if more <= 0 else Sentence.MORE.format(names=first, more=more)
