import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights_nb.errors import MixedGranularityError, PeriodError
from insights_nb.periods import (
    GRANULARITIES,
    Period,
    add_months,
    between,
    infer_granularity,
    interval,
    parse_granularity,
)

days = st.dates(dt.date(2015, 1, 1), dt.date(2050, 12, 31))
granularities = st.sampled_from(GRANULARITIES)


@pytest.mark.parametrize("text", ["week", "Weekly", "WEEKS", " weekly "])
def test_granularity_is_read_in_any_spelling(text: str) -> None:
    assert parse_granularity(text) == "week"


def test_an_unknown_granularity_is_refused_with_the_remedy() -> None:
    with pytest.raises(PeriodError, match=r"'daily' names no period\. Write a week as"):
        parse_granularity("daily")


@given(days, granularities)
def test_every_day_belongs_to_exactly_one_period(day: dt.date, granularity: str) -> None:
    period = Period.containing(day, granularity)
    assert period.start <= day <= period.last_day < period.end
    assert period.shift(1).start == period.end
    assert period.shift(-1).end == period.start


@given(days, granularities)
def test_labels_and_start_dates_read_back(day: dt.date, granularity: str) -> None:
    period = Period.containing(day, granularity)
    assert Period.parse(period.label) == period
    assert Period.parse(period.start.isoformat(), granularity) == period


@pytest.mark.parametrize("text", ["2026-W54", "2026-13", "2026-02-30", "2026-11-18", "soon", ""])
def test_texts_that_name_no_period_are_refused(text: str) -> None:
    with pytest.raises(PeriodError):
        Period.parse(text)


def test_a_monday_that_is_also_a_first_needs_to_be_told_which_it_starts() -> None:
    with pytest.raises(PeriodError):
        Period.parse("2026-06-01")
    assert Period.parse("2026-06-01", "week").last_day == dt.date(2026, 6, 7)
    assert Period.parse("2026-06-01", "month").last_day == dt.date(2026, 6, 30)


@given(days, st.sampled_from([3, 6, 12]))
def test_three_months_of_months_are_three_periods(day: dt.date, months: int) -> None:
    newest = Period.containing(day, "month")
    found = interval(newest, months)
    assert len(found) == months
    assert found[-1] == newest


@given(days, st.sampled_from([3, 6, 12]))
def test_weeks_of_an_interval_start_within_its_months(day: dt.date, months: int) -> None:
    newest = Period.containing(day, "week")
    found = interval(newest, months)
    begin = add_months(newest.end, -months)
    assert found == list(between(found[0], newest))
    assert found[0].start >= begin
    assert found[0].shift(-1).start < begin


def test_months_are_cut_to_the_last_day_that_exists() -> None:
    assert add_months(dt.date(2026, 3, 31), -1) == dt.date(2026, 2, 28)
    assert add_months(dt.date(2026, 12, 31), 2) == dt.date(2027, 2, 28)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2026-W47", "16 – 22 Nov 2026"),
        ("2026-W40", "28 Sep – 4 Oct 2026"),
        ("2026-W53", "28 Dec 2026 – 3 Jan 2027"),
        ("2026-11", "Nov 2026"),
    ],
)
def test_periods_are_written_as_dates(label: str, words: str) -> None:
    assert Period.parse(label).dates == words


def test_weeks_and_months_in_one_frame_are_refused() -> None:
    assert infer_granularity([dt.date(2026, 11, 2), dt.date(2026, 11, 9)]) == "week"
    assert infer_granularity([dt.date(2026, 6, 1), dt.date(2026, 7, 1)]) == "month"
    with pytest.raises(MixedGranularityError, match="restate each other"):
        infer_granularity([dt.date(2026, 11, 2), dt.date(2026, 11, 1)])


def test_a_period_is_plausible_from_docker_hubs_first_year_until_it_has_begun() -> None:
    today = dt.date(2026, 11, 30)
    assert Period.parse("2013-01").is_plausible(today)
    assert Period.parse("2026-W49").is_plausible(today)
    assert not Period.parse("2012-12").is_plausible(today)
    assert not Period.parse("2026-12").is_plausible(today)
    assert not Period.parse("9999-12").is_plausible()
    assert Period.parse("2020-01").is_plausible()
