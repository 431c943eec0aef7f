"""Everybody can see what is held, missing, late, and soon gone for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.archive import offers
from insights_nb.archive.coverage import complete, coverage, status
from insights_nb.archive.ledger import Entry
from insights_nb.archive.offers import Offer
from insights_nb.errors import LedgerError
from insights_nb.periods import Granularity, Period, between
from tests.reports import summary_row, write_summary

TUESDAY = dt.date(2026, 11, 24)


def entry(*labels: str, revisions: tuple[int, ...] = (), **changed: object) -> Entry:
    granularity: Granularity = Period.parse(labels[0]).granularity
    values: dict[str, Any] = {
        "added": "2026-11-01T00:00:00+00:00",
        "source": "report.csv",
        "sha256": "0" * 64,
        "size": 1,
        "compression": "",
        "original": "originals/report.csv",
        "parquet": "parquet/report.parquet",
        "parquet_sha256": "0" * 64,
        "kind": "summary",
        "namespaces": ("acme",),
        "granularity": granularity,
        "periods": labels,
        "view": "",
        "answer": "1",
        "part": 1,
        "parts": 1,
        "revisions": revisions or (0,) * len(labels),
        "rows": 1,
        "notes": (),
    }
    return Entry(**values | changed)


def weeks(first: str, last: str) -> tuple[str, ...]:
    return tuple(one.label for one in between(Period.parse(first), Period.parse(last)))


def offer(*labels: str, asked: str = "2026-11-24T06:00:00+00:00", **changed: object) -> Offer:
    values: dict[str, Any] = {
        "namespace": "acme",
        "kind": "summary",
        "granularity": "week",
        "asked": asked,
        "periods": labels,
    }
    return Offer(**values | changed)


def said(frame: pd.DataFrame, column: str = "status") -> dict[str, Any]:
    return dict(zip(frame["label"], frame[column], strict=True))


def day(value: str) -> pd.Timestamp:
    return pd.Timestamp(value)


def test_an_entry_without_periods_is_no_period_and_no_obstacle() -> None:
    without = entry("2026-W24", periods=(), revisions=(0,))
    assert status([without, entry("2026-W24")], [], TUESDAY)["newest"].tolist() == ["2026-W24"]


def test_a_hole_before_the_newest_is_missing_and_what_is_late_is_overdue() -> None:
    frame = coverage([entry("2026-W43"), entry("2026-W45")], [], TUESDAY)
    assert said(frame) == {
        "2026-W43": "available",
        "2026-W44": "missing",
        "2026-W45": "available",
        "2026-W46": "overdue",
        "2026-W47": "expected",
    }


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-11-22", None),  # Sunday: the week is not over
        ("2026-11-23", "expected"),
        ("2026-11-27", "expected"),
        ("2026-11-28", "overdue"),
    ],
)
def test_a_week_is_due_on_monday_and_overdue_after_four_more_days(
    today: str, expected: str | None
) -> None:
    frame = coverage([entry("2026-W46")], [], dt.date.fromisoformat(today))
    assert said(frame).get("2026-W47") == expected
    assert said(frame, "due").get("2026-W47") == (day("2026-11-23") if expected else None)


def test_a_period_that_is_not_over_is_never_missing() -> None:
    # As of an earlier day, what was held later is held, and what lies between is not late.
    frame = coverage([entry("2026-W46"), entry("2026-W49")], [], TUESDAY)
    assert said(frame) == {"2026-W46": "available", "2026-W47": "missing", "2026-W49": "available"}


def test_what_the_source_has_not_published_yet_is_late_and_not_gone() -> None:
    # It was asked that day, and its newest was still W44: nothing can have pushed W45 out.
    listed = [offer("2026-W43", "2026-W44", asked="2026-11-24T06:00:00+00:00")]
    frame = coverage([entry("2026-W43"), entry("2026-W44")], listed, TUESDAY)
    assert said(frame)["2026-W45"] == "overdue"
    assert not frame["gone"].any()
    assert said(frame, "ages_out")["2026-W45"] == day("2026-11-25")


def test_a_month_is_due_on_the_first_of_the_next() -> None:
    held = [entry("2026-10")]
    assert "2026-11" not in said(coverage(held, [], dt.date(2026, 11, 30)))
    frame = coverage(held, [], dt.date(2026, 12, 1))
    assert said(frame)["2026-11"] == "expected"
    assert said(frame, "due")["2026-11"] == day("2026-12-01")


def test_revisions_and_parts_are_counted() -> None:
    held = [
        entry("2026-W46", answer="1", part=1, parts=2),
        entry("2026-W46", answer="1", part=2, parts=2),
        entry("2026-W46", "2026-W47", revisions=(1, 0), answer="2"),
    ]
    frame = coverage(held, [], TUESDAY)
    assert said(frame) == {"2026-W46": "revised", "2026-W47": "available"}
    assert said(frame, "files") == {"2026-W46": 3, "2026-W47": 1}
    assert said(frame, "revisions") == {"2026-W46": 1, "2026-W47": 0}


def test_a_report_is_empty_where_no_file_that_counts_has_a_row() -> None:
    held = [
        entry("2026-W43", rows=0),
        entry("2026-W44", rows=0, answer="1", part=1, parts=2),
        entry("2026-W44", rows=3, answer="1", part=2, parts=2),
        entry("2026-W45", rows=3, answer="2"),
        entry("2026-W45", rows=0, answer="3", revisions=(1,)),
        entry("2026-W46", rows=0, answer="4"),
        entry("2026-W46", rows=3, answer="5", revisions=(1,)),
    ]
    frame = coverage(held, [], TUESDAY)
    assert said(frame, "empty") == {
        "2026-W43": True,
        "2026-W44": False,
        "2026-W45": True,
        "2026-W46": False,
        "2026-W47": False,
    }
    assert set(frame["status"]) == {"available", "revised", "expected"}


def test_a_publishers_empty_report_is_not_anothers() -> None:
    held = [
        entry("2026-W46", rows=0, answer="1"),
        entry("2026-W46", namespaces=("zeta",), answer="2"),
        entry("2026-W46", rows=0, kind="image_pulls_summary", view="repository", answer="3"),
        entry("2026-W46", kind="image_pulls_summary", view="reference", answer="4"),
        entry("2026-11", rows=0, answer="5"),
    ]
    frame = coverage(held, [], dt.date(2026, 11, 17))
    empty = frame.loc[frame["empty"], ["kind", "namespace", "label"]]
    assert [tuple(row) for row in empty.to_numpy()] == [
        ("summary", "acme", "2026-11"),
        ("summary", "acme", "2026-W46"),
    ]


def test_newest_and_age_are_those_of_the_series() -> None:
    frame = coverage([entry("2026-W45"), entry("2026-W46")], [], TUESDAY)
    assert set(frame["newest"]) == {"2026-W46"}
    assert set(frame["age"]) == {(TUESDAY - dt.date(2026, 11, 16)).days}


def test_kinds_publishers_and_granularities_are_series_of_their_own() -> None:
    held = [
        entry("2026-W46", namespaces=("acme", "zeta")),
        entry("2026-10"),
        entry("2026-W45", kind="trends"),
    ]
    frame = status(held, [], TUESDAY)
    assert frame[["kind", "namespace", "granularity", "newest"]].to_numpy().tolist() == [
        ["summary", "acme", "month", "2026-10"],
        ["summary", "acme", "week", "2026-W46"],
        ["summary", "zeta", "week", "2026-W46"],
        ["trends", "acme", "week", "2026-W45"],
    ]


def test_reports_without_a_period_are_no_part_of_it() -> None:
    loose = entry("2026-W46", kind="unknown", granularity=None, periods=(), revisions=(0,))
    assert coverage([loose], [], TUESDAY).empty


def test_either_view_of_the_legacy_summary_makes_a_period_held() -> None:
    held = [
        entry("2026-W46", kind="image_pulls_summary", view="repository"),
        entry("2026-W47", kind="image_pulls_summary", view="reference"),
    ]
    assert set(said(coverage(held, [], TUESDAY)).values()) == {"available"}


# -- What ages out ----------------------------------------------------------------------------


def test_the_oldest_listed_ages_out_when_the_next_one_is_due() -> None:
    held = [entry("2026-W45"), entry("2026-W47")]
    frame = coverage(held, [offer("2026-W44", "2026-W45", "2026-W46", "2026-W47")], TUESDAY)
    assert said(frame, "ages_out")["2026-W44"] == day("2026-11-30")
    assert said(frame, "ages_out")["2026-W46"] == day("2026-12-14")
    assert said(frame, "at_risk") == {
        "2026-W44": True,
        "2026-W45": False,
        "2026-W46": False,
        "2026-W47": False,
    }


def test_what_is_held_never_ages_out() -> None:
    frame = coverage([entry("2026-W47")], [offer("2026-W47")], TUESDAY)
    assert frame["ages_out"].isna().all()
    assert not frame["at_risk"].any()


def test_a_later_next_run_puts_more_at_risk() -> None:
    held, listed = [entry("2026-W47")], [offer("2026-W46", "2026-W47")]
    assert said(coverage(held, listed, TUESDAY, 5), "at_risk")["2026-W46"] is False
    assert said(coverage(held, listed, TUESDAY, 6), "at_risk")["2026-W46"] is True


def test_what_its_source_lists_no_more_is_gone() -> None:
    frame = coverage(
        [entry("2026-W44"), entry("2026-W47")], [offer("2026-W46", "2026-W47")], TUESDAY
    )
    assert said(frame, "gone") == {
        "2026-W44": False,
        "2026-W45": True,
        "2026-W46": False,
        "2026-W47": False,
    }
    assert said(frame)["2026-W45"] == "missing"
    assert said(frame, "at_risk")["2026-W45"] is False


def test_an_old_offer_is_carried_on_to_today() -> None:
    listed = [offer("2026-W43", "2026-W44", asked="2026-11-03T06:00:00+00:00")]
    frame = coverage([entry("2026-W42")], listed, TUESDAY)
    assert said(frame, "gone") == {
        "2026-W42": False,
        "2026-W43": True,
        "2026-W44": True,
        "2026-W45": True,
        "2026-W46": False,
        "2026-W47": False,
    }
    assert said(frame, "ages_out")["2026-W46"] == day("2026-11-30")


def test_what_was_listed_today_is_not_gone_though_its_successor_is_due() -> None:
    monday = dt.date(2026, 11, 23)
    listed = [offer("2026-W45", "2026-W46", asked="2026-11-23T06:00:00+00:00")]
    frame = coverage([entry("2026-W46")], listed, monday)
    assert said(frame, "gone")["2026-W45"] is False
    assert said(frame, "at_risk")["2026-W45"] is True


def test_a_period_still_listed_is_missing_though_older_than_all_that_is_held() -> None:
    frame = coverage([entry("2026-W47")], [offer("2026-W46", "2026-W47")], TUESDAY)
    assert said(frame) == {"2026-W46": "missing", "2026-W47": "available"}


def test_a_period_that_its_source_passes_over_is_not_known_to_age_out() -> None:
    held = [entry("2026-W44"), entry("2026-W46")]
    frame = coverage(held, [offer("2026-W44", "2026-W46", "2026-W47")], TUESDAY)
    assert pd.isna(said(frame, "ages_out")["2026-W45"])
    assert said(frame)["2026-W45"] == "missing"


def test_only_the_newest_offer_counts() -> None:
    listed = [
        offer("2026-W46", "2026-W47"),
        offer("2026-W40", "2026-W41", asked="2026-10-12T06:00:00+00:00"),
    ]
    assert "2026-W40" not in said(coverage([entry("2026-W47")], listed, TUESDAY))


# -- What has ended ---------------------------------------------------------------------------


def newest_is(frame: pd.DataFrame, kind: str) -> pd.Series:
    return frame.set_index("kind").loc[kind]


def test_a_series_without_a_report_for_over_half_a_year_has_ended() -> None:
    goes_on = entry(*weeks("2026-W40", "2026-W47"))
    for last, ended in (("2026-W21", False), ("2026-W20", True)):
        frame = status([goes_on, entry(last, kind="trends")], [], TUESDAY)
        row = newest_is(frame, "trends")
        assert row["ended"] == ended
        assert (row["overdue"] > 0) == (not ended)
        assert pd.isna(row["next_due"]) == ended


def test_months_end_after_six() -> None:
    goes_on = entry("2026-10")
    for last, ended in (("2026-04", False), ("2026-03", True)):
        frame = status([goes_on, entry(last, kind="trends")], [], TUESDAY)
        assert newest_is(frame, "trends")["ended"] == ended


def test_an_archive_that_nobody_fills_any_more_is_not_complete() -> None:
    frame = status([entry("2024-W10"), entry("2024-W10", kind="trends")], [], TUESDAY)
    assert not frame["ended"].any()
    assert not complete(frame)


def test_a_legacy_program_ends_by_itself() -> None:
    frame = status([entry("2024-W10", kind="image_pulls_raw")], [], TUESDAY)
    assert frame["ended"].all()
    assert complete(frame)


def test_a_series_whose_source_lists_newer_ones_has_not_ended() -> None:
    held = [entry("2026-W47"), entry("2026-W10", kind="trends")]
    frame = status(held, [offer("2026-W46", "2026-W47", kind="trends")], TUESDAY)
    assert not newest_is(frame, "trends")["ended"]


# -- Frames -----------------------------------------------------------------------------------


def test_the_status_counts_what_the_coverage_says() -> None:
    held = [entry("2026-W41"), entry("2026-W43", revisions=(2,)), entry("2026-W45")]
    (row,) = status(held, [offer("2026-W44", "2026-W45")], TUESDAY).to_dict("records")
    assert row == {
        "kind": "summary",
        "namespace": "acme",
        "granularity": "week",
        "first": "2026-W41",
        "newest": "2026-W45",
        "age": 15,
        "available": 3,
        "revised": 1,
        "missing": 2,
        "expected": 1,
        "overdue": 1,
        "at_risk": 2,
        "gone": 1,
        "ended": False,
        "next_due": day("2026-11-30"),
    }


@pytest.mark.parametrize("make", [coverage, status])
def test_an_empty_archive_gives_the_same_columns_and_types(
    make: Callable[..., pd.DataFrame],
) -> None:
    empty, full = make([], [], TUESDAY), make([entry("2026-W46")], [], TUESDAY)
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_expected_alone_is_complete_and_overdue_is_not() -> None:
    held = [entry("2026-W46")]
    for today, whole in ((TUESDAY, True), (dt.date(2026, 11, 28), False)):
        assert complete(coverage(held, [], today)) is whole
        assert complete(status(held, [], today)) is whole


def test_an_archive_says_it_as_of_the_day_it_is_asked_for(tmp_path: Path) -> None:
    archive = inb.Archive(tmp_path / "archive")
    archive.add(write_summary(tmp_path, "2026-11-09", [summary_row("2026-11-09")]), quiet=True)
    archive.record_offers([offer("2026-W46", "2026-W47")])
    frame = archive.coverage(TUESDAY, next_run=30)
    assert said(frame) == {"2026-W46": "available", "2026-W47": "expected"}
    assert said(frame, "at_risk")["2026-W47"] is True
    assert archive.status(TUESDAY)["expected"].tolist() == [1]


# -- Offers -----------------------------------------------------------------------------------


def test_offers_come_back_as_they_were_written(tmp_path: Path) -> None:
    listed = [offer("2026-W46", "2026-W47"), offer("2026-10", granularity="month")]
    offers.write(tmp_path / "offers.json", listed)
    assert sorted(offers.read(tmp_path / "offers.json"), key=lambda one: one.series) == sorted(
        listed, key=lambda one: one.series
    )


def test_a_later_offer_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    later = offer("2026-W47")
    earlier = offer("2026-W46", asked="2026-11-17T06:00:00+00:00")
    offers.write(tmp_path / "offers.json", [later, earlier])
    assert offers.read(tmp_path / "offers.json") == [later]


def test_without_a_file_there_are_no_offers(tmp_path: Path) -> None:
    assert offers.read(tmp_path / "offers.json") == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"offers": [{}]}',
        '{"offers": [{"namespace": "a", "kind": "summary", "granularity": "day", "asked": '
        '"2026-11-24", "periods": []}]}',
        '{"offers": [{"namespace": "a", "kind": "summary", "granularity": "week", "asked": '
        '"yesterday", "periods": []}]}',
        '{"offers": [{"namespace": "a", "kind": "summary", "granularity": "week", "asked": '
        '"2026-11-24", "periods": ["2026-11"]}]}',
    ],
)
def test_a_damaged_list_of_offers_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "offers.json"
    path.write_text(content)
    with pytest.raises(LedgerError, match=r"offers\.json should list .* Remove it"):
        offers.read(path)
