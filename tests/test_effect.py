"""What followed an event: found where it is clear, not where it is noise, unknown where unknown."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import Archive, Period, Selection, errors
from tests.sample_csv import GAP, records, sample_rows

FIRST = Period.parse("2026-W10")
Counts = Sequence[int | None]
few = settings(max_examples=30)


def weeks(counts: Counts, repository: str = "acme/web") -> pd.DataFrame:
    """Return a frame as `pulls` gives it: one week after the other from 2026-W10."""
    frame = pd.DataFrame(
        {
            "period": [pd.Timestamp(FIRST.shift(n).start) for n in range(len(counts))],
            "repository": pd.array([repository] * len(counts), "str"),
            "pulls": pd.array(list(counts), "Int64"),
            "data_downloads": pd.array(list(counts), "Int64"),
            "version_checks": pd.array([0] * len(counts), "Int64"),
            "source": pd.array(["summary"] * len(counts), "str"),
        }
    ).astype({"period": "datetime64[s]"})
    frame.attrs["granularity"] = "week"
    return frame


def day_in(week: int) -> dt.date:
    """Return the Thursday of a week, counted from 0."""
    return FIRST.shift(week).start + dt.timedelta(days=3)


def found(frame: pd.DataFrame, event: Any = None, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the one row of an effect, of the middle week unless told otherwise."""
    middle = day_in(frame["period"].nunique() // 2)
    (row,) = records(inb.effect(frame, middle if event is None else event, **options))
    return row


# --- levels and intervals --------------------------------------------------------------------


def test_a_row_says_what_was_compared() -> None:
    before, after = [10, 12, 11, 13], [20, 26, 22, 24]
    frame = inb.effect(weeks([*before, 999, *after]), day_in(4))
    assert records(frame) == [
        {
            "date": str(day_in(4)), "label": None, "repository": None,
            "period": str(FIRST.shift(4).start), "before": 11.5, "after": 23.0,
            # Every difference of 11.5 and more or less, sorted; four and four: the extremes.
            "difference": 11.5, "difference_low": 20.0 - 13, "difference_high": 26.0 - 10,
            "ratio": pytest.approx(statistics.median(a / b for a in after for b in before)),
            "ratio_low": 20 / 13, "ratio_high": 2.6,
            "periods_before": 4, "periods_after": 4, "periods_missing": 0, "verdict": "higher",
        }
    ]  # fmt: skip
    assert frame.attrs == {
        "granularity": "week", "measure": "pulls", "window": 8, "confidence": 0.95,
        "made_by": "effect",
    }  # fmt: skip


# Mann and Whitney's table at 5 %, two-sided: the largest count that is still that rare.
@pytest.mark.parametrize(
    ("before", "after", "critical"),
    [(3, 5, 0), (4, 4, 0), (4, 5, 1), (5, 5, 2), (6, 6, 5), (7, 8, 10), (8, 8, 13), (10, 20, 55)],
)
def test_the_interval_is_that_of_the_published_table(
    before: int, after: int, critical: int
) -> None:
    low = [10**6 + 7 * n * n for n in range(before)]
    high = [2 * 10**6 + 31 * n * n for n in range(after)]
    row = found(weeks([*low, 0, *high]), day_in(before), window=20)
    differences = sorted(b - a for a in low for b in high)
    assert row["difference_low"] == differences[critical]
    assert row["difference_high"] == differences[-1 - critical]


@settings(max_examples=10)  # Each is seventy deals.
@given(st.lists(st.integers(0, 40), min_size=8, max_size=8), st.booleans())
def test_of_all_orders_of_the_same_counts_at_most_one_in_twenty_is_called_a_change(
    counts: list[int], reverse: bool
) -> None:
    # What the interval promises, over every way to deal eight counts to the two sides.
    deals = list(itertools.combinations(range(8), 4))
    frames, events = [], []
    for number, chosen in enumerate(deals):
        before = [counts[place] for place in chosen]
        after = [counts[place] for place in range(8) if place not in chosen]
        sides = (after, before) if reverse else (before, after)
        name = f"acme/deal-{number}"
        frames.append(weeks([*sides[0], 1000, *sides[1]], name))
        events.append({"date": day_in(4), "label": "deal", "repository": name})
    every = pd.concat(frames, ignore_index=True)
    verdicts = inb.effect(every, pd.DataFrame(events))["verdict"]
    assert set(verdicts) <= {"higher", "lower", "no clear change"}
    assert (verdicts != "no clear change").sum() <= 0.05 * len(deals)


@few
@given(
    st.lists(st.integers(0, 100), min_size=8, max_size=8),
    st.lists(st.integers(0, 100), min_size=8, max_size=8),
    st.integers(201, 10**6),
    st.booleans(),
)
def test_a_shift_well_above_the_noise_is_found(
    before: list[int], after: list[int], shift: int, up: bool
) -> None:
    low, high = [500 + n for n in before], [500 + shift + n for n in after]
    sides = (low, high) if up else (high, low)
    row = found(weeks([*sides[0], None, *sides[1]]))
    assert row["verdict"] == ("higher" if up else "lower")
    sign = 1 if up else -1
    assert row["difference_low"] <= row["difference"] <= row["difference_high"]
    assert row["difference_low"] <= sign * shift + 100
    assert row["difference_high"] >= sign * shift - 100
    assert (row["ratio_low"] > 1) == up
    assert (row["ratio_high"] < 1) == (not up)


@few
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), min_size=3, max_size=25), st.data())
def test_neither_the_order_of_rows_nor_rows_of_gaps_matter(
    counts: list[int | None], data: st.DataObject
) -> None:
    frame = weeks(counts)
    event = day_in(data.draw(st.integers(0, len(counts))))
    row = found(frame, event)
    shuffled = frame.sample(frac=1, random_state=data.draw(st.integers(0, 99)))
    shuffled.attrs = frame.attrs
    assert found(shuffled, event) == row
    held = frame[frame["pulls"].notna()]
    held.attrs = frame.attrs
    if len(held):
        # Without the rows at its ends, a frame spans fewer periods.
        spans_less = held["period"].min() > frame["period"].min() or (
            held["period"].max() < frame["period"].max()
        )
        again = found(held, event)
        assert again["periods_missing"] <= row["periods_missing"]
        assert spans_less or again["periods_missing"] == row["periods_missing"]
        assert again | {"periods_missing": 0} == row | {"periods_missing": 0}
    place = round((event - FIRST.start).days / 7)
    asked = [one for one in range(len(counts)) if 0 < abs(one - place) <= 8]
    assert row["periods_before"] + row["periods_after"] + row["periods_missing"] == len(asked)


@few
@given(
    st.lists(st.integers(1, 10**6), min_size=4, max_size=10),
    st.lists(st.integers(1, 10**6), min_size=4, max_size=10),
)
def test_the_verdict_is_that_of_both_intervals(before: list[int], after: list[int]) -> None:
    row = found(weeks([*before, 0, *after]), day_in(len(before)))
    low, high = row["difference_low"], row["difference_high"]
    expected = "higher" if low > 0 else "lower" if high < 0 else "no clear change"
    assert row["verdict"] == expected
    assert (row["ratio_low"] > 1, row["ratio_high"] < 1) == (low > 0, high < 0)
    assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
    window_before, window_after = before[-8:], after[:8]
    assert row["before"] == statistics.median(window_before)
    assert row["after"] == statistics.median(window_after)


def test_constant_counts_are_no_change_and_a_clean_step_is_one() -> None:
    assert found(weeks([7] * 11))["verdict"] == "no clear change"
    row = found(weeks([7, 7, 7, 7, 7, 0, 9, 9, 9, 9, 9]))
    assert (row["verdict"], row["difference_low"], row["difference_high"]) == ("higher", 2, 2)


def test_one_outlier_makes_no_effect() -> None:
    row = found(weeks([10, 11, 12, 11, 10, 12, 0, 11, 10, 900000, 12, 11, 10]))
    assert row["verdict"] == "no clear change"
    assert row["after"] == 11.0


# --- too little data, gaps, zeros ------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "event", "held"),
    [
        ([1, 2, 0, 100, 101, 102, 103, 104, 105, 106, 107], 2, (2, 8)),
        ([1, 2, 3, 0, 100, 101, 102], 3, (3, 3)),
        ([1, 2, 3, 0, 100, 101, 102, None], 3, (3, 3)),
        ([1, 2, 3, 4, 0], 4, (4, 0)),
        ([1, 2, 3, 4, 0], 40, (0, 0)),
    ],
)
def test_too_few_held_periods_are_too_little_data(
    counts: Counts, event: int, held: tuple[int, int]
) -> None:
    row = found(weeks(counts), day_in(event))
    assert row["verdict"] == "too little data"
    assert (row["periods_before"], row["periods_after"]) == held
    assert row["difference_low"] is None
    assert row["ratio_high"] is None
    assert (row["difference"] is None) == (0 in held)
    assert (row["after"] is None) == (held[1] == 0)


def test_a_gap_is_left_out_and_not_made_up_for_by_older_periods() -> None:
    row = found(weeks([999, 10, None, 12, 0, 20, None, 22, 999]), day_in(4), window=3)
    assert (row["before"], row["after"]) == (11.0, 21.0)
    assert (row["periods_before"], row["periods_after"], row["periods_missing"]) == (2, 2, 2)


def test_periods_that_the_frame_does_not_span_are_not_called_missing() -> None:
    row = found(weeks([10, 11, None, 12, 0, 20, 21, 22]), day_in(4), window=8)
    assert (row["periods_before"], row["periods_after"], row["periods_missing"]) == (3, 3, 1)


def test_a_day_may_be_a_text() -> None:
    frame = weeks([10, 12, 11, 13, 999, 20, 26, 22, 24])
    day = day_in(4)
    expected = records(inb.effect(frame, day))
    assert records(inb.effect(frame, day.isoformat())) == expected
    assert records(inb.effect(frame, {"date": day.isoformat()})) == expected


def test_zeros_count_and_have_no_ratio() -> None:
    row = found(weeks([0, 0, 0, 4, 0, 5, 6, 7, 8]))
    assert (row["before"], row["difference"], row["ratio"]) == (0.0, 6.0, None)
    assert row["verdict"] == "higher"


def test_an_event_on_the_first_day_of_a_month_leaves_that_month_out(samples: Archive) -> None:
    frame = inb.pulls(samples, Selection("month", 12, ["moonbarrow/ferry"]))
    row = found(frame, dt.date(2026, 5, 1))
    counts = {
        r["START"]: int(r["EVENT_COUNT"])
        for r in sample_rows("summary", "month")
        if r["REFERENCE"] == "moonbarrow/ferry" and r["LEVEL"].casefold() == "repository"
    }
    older = [
        counts[f"{day:%Y-%m-%d}"] for day in pd.date_range("2025-11-01", "2026-04-01", freq="MS")
    ]
    newer = [
        counts[f"{day:%Y-%m-%d}"] for day in pd.date_range("2026-06-01", "2026-10-01", freq="MS")
    ]
    assert row["before"] == statistics.median(older)
    assert row["after"] == statistics.median(newer)
    differences = sorted(b - a for a in older for b in newer)
    # Six and five: three pairs are cut from each end.
    assert (row["difference_low"], row["difference_high"]) == (differences[3], differences[-4])


def test_the_samples_gap_is_no_zero(samples: Archive) -> None:
    frame = inb.pulls(samples, Selection("week", 12, ["moonbarrow/lantern"]))
    gap = dt.date.fromisoformat(GAP)
    row = found(frame, gap + dt.timedelta(weeks=1))
    assert (row["periods_before"], row["periods_missing"]) == (7, 1)
    counts = frame["pulls"].dropna()
    assert row["before"] >= counts.min() > 0


# --- whose events ----------------------------------------------------------------------------


def test_events_of_a_file_are_told_one_by_one_in_their_order(tmp_path: Any) -> None:  # noqa: ANN401
    path = tmp_path / "events.csv"
    path.write_text(
        f"date,label,repository\n{day_in(5)},all,\n{day_in(5)},web,acme/web\n"
        f"{day_in(5)},=api(),acme/api\n",
        encoding="utf-8",
    )
    web, api = [10, 11, 12, 13, 14], [900, 901, 902, 903, 904]
    frame = pd.concat(
        [weeks([*web, 0, *api], "acme/web"), weeks([*api, 0, *web], "acme/api")],
        ignore_index=True,
    )
    events = inb.read_events(path)
    result = inb.effect(frame, events)
    assert result["label"].tolist() == ["all", "web", "=api()"]
    assert result["verdict"].tolist() == ["no clear change", "higher", "lower"]
    assert result["before"].tolist() == [914.0, 12.0, 902.0]
    one = inb.effect(frame, events.iloc[1])
    pd.testing.assert_frame_equal(one, result.iloc[[1]].reset_index(drop=True))
    named = inb.effect(frame, events, repository="acme/api")
    assert named["verdict"].tolist() == ["lower"] * 3
    assert named["repository"].tolist() == ["acme/api"] * 3


def test_no_events_are_a_frame_without_rows() -> None:
    events = pd.DataFrame({"date": pd.array([], "datetime64[s]"), "label": pd.array([], "str")})
    result = inb.effect(weeks([1, 2, 3]), events)
    some = inb.effect(weeks([1, 2, 3]), day_in(1))
    assert result.empty
    assert result.dtypes.equals(some.dtypes)


def test_all_together_are_unknown_where_one_is() -> None:
    frame = pd.concat(
        [weeks([1, 2, 3, 0, 4, 5, 6], "acme/web"), weeks([1, None, 3, 0, 4, 5, None], "acme/api")],
        ignore_index=True,
    )
    row = found(frame)
    assert (row["periods_before"], row["periods_after"]) == (2, 2)
    assert (row["before"], row["after"]) == (4.0, 9.0)


def test_what_cannot_be_compared_is_refused() -> None:
    frame = weeks([1, 2, 3])
    legacy = weeks([1, 2, 3], "old/tool").assign(source=pd.array(["image_pulls_raw"] * 3, "str"))
    both = pd.concat([frame, legacy], ignore_index=True)
    with pytest.raises(errors.FrameError, match=r"\(events, actions\)"):
        inb.effect(both, day_in(1))
    assert found(both, repository="old/tool")["periods_before"] == 1
    with pytest.raises(errors.UnknownNameError, match="Did you mean acme/web"):
        inb.effect(frame, day_in(1), repository="acme/wep")
    for event in ("8 September", "", {"label": "x"}, pd.Series({"date": pd.NaT}), None):
        with pytest.raises(errors.FrameError, match="is no event"):
            inb.effect(frame, event)  # type: ignore[arg-type]
    with pytest.raises(errors.SelectionError, match="window=0"):
        inb.effect(frame, day_in(1), window=0)
    with pytest.raises(errors.SelectionError, match="measure='users'"):
        inb.effect(frame, day_in(1), measure="users")  # type: ignore[arg-type]
    month = weeks([1]).assign(period=pd.Timestamp("2026-10-01"))
    mixed = pd.concat([frame, month], ignore_index=True)
    with pytest.raises(errors.MixedGranularityError):
        inb.effect(mixed, day_in(1))
