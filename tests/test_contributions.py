"""What accounts for a change, and who moved, against the text of the reports."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import Archive, Period, Selection
from insights_nb.errors import (
    MissingPeriodError,
    MissingReportError,
    PeriodError,
    SelectionError,
    UnknownNameError,
)
from insights_nb.metrics import warming
from insights_nb.selection import Measure
from tests.hostile import FORMULA, TEXTS, WEEKS, hostile_archive
from tests.reports import (
    LEGACY,
    summary_row,
    trends_row,
    write_csv,
    write_summary,
    write_trends,
)
from tests.sample_csv import records, sample_rows
from tests.test_pulls import WEEK1, WEEK2, WEEK3, archive_of

HEADER = {
    "country": "IP_COUNTRY",
    "cloud": "CLOUD_SERVICE_PROVIDER",
    "client": "USER_AGENT",
    "tag": "TAG",
    "repository": "IMAGE_REPOSITORY",
}
COLUMN = {"pulls": "PULLS", "data_downloads": "DATA_DOWNLOADS", "version_checks": "VERSION_CHECKS"}
ROW = ["before", "after", "change", "share_of_change"]


def counted(
    day: str, by: str, measure: str = "pulls", repository: str | None = None
) -> Counter[str | None]:
    """Add up the samples' text of one period."""
    sums: Counter[str | None] = Counter()
    for row in sample_rows("trends", "month" if day.endswith("-01") else "week"):
        if row["START"] == day and repository in {None, row["IMAGE_REPOSITORY"]}:
            text = row[HEADER[by]]
            sums[None if text == "\\\\N" else text] += int(row[COLUMN[measure]])
    assert sums
    return sums


def found(frame: pd.DataFrame, by: str) -> dict[Any, tuple[Any, ...]]:
    rows = {row[by]: tuple(row[name] for name in ROW[:3]) for row in records(frame)}
    assert len(rows) == len(frame)
    return rows


def parts(frame: pd.DataFrame) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in frame["change"]]


# --- contributions, against the samples' text ------------------------------------------------


@pytest.mark.parametrize("by", list(HEADER))
@pytest.mark.parametrize(
    ("period", "before", "days"),
    [
        ("2026-10", None, ("2026-09-01", "2026-10-01")),
        ("2026-10", "year", ("2025-10-01", "2026-10-01")),
        ("2026-W44", None, ("2026-10-19", "2026-10-26")),
        ("2026-W44", "year", ("2025-10-27", "2026-10-26")),
        ("2026-W44", "2026-W40", ("2026-09-28", "2026-10-26")),
    ],
)
def test_every_value_contributes_what_the_text_says(
    samples: Archive, by: str, period: str, before: str | None, days: tuple[str, str]
) -> None:
    sides = [counted(day, by) for day in days]
    frame = inb.contributions(samples, period, by=by, before=before)
    named = {text: row for text, row in found(frame, by).items() if row != (0, 0, 0)}
    assert named == {
        text: (sides[0][text], sides[1][text], sides[1][text] - sides[0][text])
        for text in {*sides[0], *sides[1]}
    }
    totals = [side.total() for side in sides]
    assert [frame.attrs["total_before"], frame.attrs["total_after"]] == totals
    assert frame.attrs["change"] == totals[1] - totals[0] == sum(frame["change"])
    assert frame["share_of_change"].sum() == pytest.approx(1)


@pytest.mark.parametrize("measure", list(COLUMN))
@pytest.mark.parametrize("name", ["moonbarrow/ferry", "moonbarrow/beacon"])
def test_one_repositorys_measures_are_those_of_its_rows(
    samples: Archive, name: str, measure: Measure
) -> None:
    old, new = (counted(day, "cloud", measure, name) for day in ("2026-09-01", "2026-10-01"))
    frame = inb.contributions(samples, "2026-10", name, by="cloud", measure=measure)
    assert found(frame, "cloud") == {
        text: (old[text], new[text], new[text] - old[text]) for text in {*old, *new}
    }
    assert frame.attrs["measure"] == measure


def test_every_dimension_accounts_for_the_same_change(samples: Archive) -> None:
    names = ["moonbarrow/lantern", "moonbarrow/kiln"]
    frames = [
        inb.contributions(samples, Period.parse("2026-10"), names, by=by)
        for by in ("country", "cloud", "client", "use_case", "tag", "repository")
    ]
    whole = sum(counted("2026-10-01", "tag", repository=name).total() for name in names)
    assert {frame.attrs["total_after"] for frame in frames} == {whole}
    assert len({sum(frame["change"]) for frame in frames}) == 1


def test_the_counts_are_those_of_the_audience(samples: Archive) -> None:
    frame = inb.contributions(samples, "2026-10", by="use_case")
    audience = inb.audience(samples, Selection("month", 3), "use_case")
    for day, side in (("2026-09-01", "before"), ("2026-10-01", "after")):
        its = audience[audience["period"] == day]
        expected = dict(zip(its["use_case"], its["pulls"], strict=True))
        assert dict(zip(frame["use_case"], frame[side], strict=True)) == expected


def test_a_client_may_be_said_to_be_for_a_use_case(samples: Archive) -> None:
    clients = {"docker": "Prod"}
    frame = inb.contributions(samples, "2026-10", by="use_case", clients=clients)
    audience = inb.audience(samples, Selection("month", 3), "use_case", clients=clients)
    its = audience[audience["period"] == "2026-10-01"]
    assert dict(zip(frame["use_case"], frame["after"], strict=True)) == dict(
        zip(its["use_case"], its["pulls"], strict=True)
    )
    plain = inb.contributions(samples, "2026-10", by="use_case")
    assert found(frame, "use_case") != found(plain, "use_case")
    assert frame.attrs["change"] == plain.attrs["change"]


def test_columns_and_types_are_those_promised(samples: Archive) -> None:
    frame = inb.contributions(samples, "2026-10", by="tag")
    assert list(frame) == ["tag", *ROW]
    assert [str(one) for one in frame.dtypes] == ["str", "Int64", "Int64", "Int64", "Float64"]
    assert frame["tag"].isna().sum() == 1
    assert frame.attrs | {
        "before": "2026-09", "after": "2026-10", "by": "tag", "measure": "pulls",
        "granularity": "month", "source": "trends", "missing": [],
    } == frame.attrs  # fmt: skip


def test_the_largest_changes_come_first_whichever_way_they_go(samples: Archive) -> None:
    frame = inb.contributions(samples, "2026-10", "moonbarrow/ferry", by="country", before="year")
    sizes = frame["change"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert (frame["change"] < 0).any()


# --- contributions, whatever the data --------------------------------------------------------

TEXT = st.sampled_from(["US", "NA", "", "\\\\N", "=1+1"])
CELLS = st.dictionaries(
    st.tuples(TEXT, st.sampled_from(["1", "\\\\N"]), st.sampled_from(["acme/web", "acme/api"])),
    st.integers(0, 2**40),
    min_size=1,
    max_size=8,
)
few = settings(max_examples=25)


def weekly(folder: Path, weeks: dict[str, dict[tuple[str, str, str], int]]) -> Archive:
    files = [
        write_trends(
            folder,
            week,
            [
                trends_row(week, name, country=country, tag=tag, downloads=count)
                for (country, tag, name), count in cells.items()
            ],
        )
        for week, cells in weeks.items()
    ]
    return archive_of(folder, *files)


@few
@given(CELLS, CELLS, st.sampled_from(["country", "tag", "repository"]), st.integers(1, 6))
def test_contributions_add_up_to_the_change(
    old: dict[Any, int], new: dict[Any, int], by: str, rows: int
) -> None:
    place = ["country", "tag", "repository"].index(by)
    with tempfile.TemporaryDirectory() as folder:
        # The week between is not held, and is not needed.
        archive = weekly(Path(folder), {WEEK1: old, WEEK3: new})
        frame = inb.contributions(archive, "2026-W39", by=by, before="2026-W37")
        with pytest.raises(MissingPeriodError):
            inb.contributions(archive, "2026-W39", by=by)
    change = sum(new.values()) - sum(old.values())
    assert sum(frame["change"]) == frame.attrs["change"] == change
    sides: list[Counter[Any]] = [Counter(), Counter()]
    for side, cells in zip(sides, (old, new), strict=True):
        for key, count in cells.items():
            side[None if key[place] in {"", "\\\\N"} else key[place]] += count
    assert found(frame, by) == {
        text: (sides[0][text], sides[1][text], sides[1][text] - sides[0][text])
        for text in {*sides[0], *sides[1]}
    }
    folded = inb.fold_contributions(frame, rows)
    assert len(folded) == min(rows, len(frame))
    assert sum(folded["change"]) == change
    assert sum(folded["values"]) == len(frame)
    assert folded["before"].sum() == sum(old.values())
    if change:
        assert folded["share_of_change"].sum() == pytest.approx(1)
    else:
        assert frame["share_of_change"].isna().all()


@few
@given(CELLS, CELLS, st.booleans())
def test_what_one_publisher_lacks_makes_the_total_unknown_and_never_zero(
    old: dict[Any, int], new: dict[Any, int], by_repository: bool
) -> None:
    by = "repository" if by_repository else "country"
    with tempfile.TemporaryDirectory() as folder:
        archive = weekly(Path(folder), {WEEK1: old, WEEK2: new})
        rows = [trends_row(WEEK2, "other/app", publisher="other", downloads=7)]
        archive.add(
            write_trends(Path(folder), WEEK2, rows, name="other_trends_weekly_2026_09_14.csv"),
            quiet=True,
        )
        frame = inb.contributions(archive, "2026-W38", by=by)
    assert frame.attrs["missing"] == ["2026-W37"]
    assert (frame.attrs["total_before"], frame.attrs["change"]) == (None, None)
    assert frame.attrs["total_after"] == sum(new.values()) + 7
    assert frame["share_of_change"].isna().all()
    rows_of = frame[frame["repository"] == "other/app"] if by_repository else frame
    assert rows_of["before"].isna().all()
    assert rows_of["change"].isna().all()
    if by_repository:
        known = frame[frame["repository"] != "other/app"]
        assert sum(known["change"]) == sum(new.values()) - sum(old.values())
        # What is unknown comes last, and stays unknown when folded.
        assert frame["repository"].iloc[-1] == "other/app"
        assert pd.isna(inb.fold_contributions(frame, 1)["change"].iloc[0])


# --- contributions, traps --------------------------------------------------------------------


def test_new_and_vanished_values_count_from_and_to_zero(tmp_path: Path) -> None:
    archive = weekly(
        tmp_path,
        {
            WEEK1: {("US", "1", "acme/web"): 5, ("DE", "1", "acme/web"): 2},
            WEEK2: {("US", "1", "acme/web"): 5, ("NA", "\\\\N", "acme/web"): 9},
        },
    )
    frame = inb.contributions(archive, "2026-W38")
    assert found(frame, "country") == {"NA": (0, 9, 9), "DE": (2, 0, -2), "US": (5, 5, 0)}
    assert frame["share_of_change"].tolist() == [9 / 7, -2 / 7, 0.0]
    by_tag = inb.contributions(archive, "2026-W38", by="tag")
    assert found(by_tag, "tag") == {None: (0, 9, 9), "1": (7, 5, -2)}


def test_an_unchanged_total_has_no_shares(tmp_path: Path) -> None:
    archive = weekly(
        tmp_path,
        {WEEK1: {("US", "1", "acme/web"): 5}, WEEK2: {("DE", "1", "acme/web"): 5}},
    )
    frame = inb.contributions(archive, "2026-W38")
    assert frame.attrs["change"] == 0
    assert parts(frame) == [5, -5]
    assert frame["share_of_change"].isna().all()


def test_an_empty_report_of_a_held_week_is_zero(tmp_path: Path) -> None:
    archive = weekly(tmp_path, {WEEK1: {("US", "1", "acme/web"): 5}})
    archive.add(write_trends(tmp_path, WEEK2, []), quiet=True, namespace="acme")
    frame = inb.contributions(archive, "2026-W38")
    assert found(frame, "country") == {"US": (5, 0, -5)}
    assert frame.attrs["total_after"] == 0


def test_no_rows_are_unknown_too_where_a_publishers_report_is_not_held(tmp_path: Path) -> None:
    archive = weekly(tmp_path, {WEEK3: {("US", "1", "acme/web"): 5}})
    for week, name in ((WEEK1, "acme"), (WEEK2, "other")):
        path = f"{name}_trends_weekly_{week.replace('-', '_')}.csv"
        archive.add(write_trends(tmp_path, week, [], name=path), quiet=True, namespace=name)
    frame = inb.contributions(archive, "2026-W38")
    assert frame.empty
    assert (frame.attrs["total_before"], frame.attrs["total_after"]) == (0, None)
    assert frame.attrs["change"] is None


@pytest.mark.parametrize(
    ("period", "before", "words"),
    [
        ("2026-W20", None, "2026-W19 and 2026-W20 (2026-W20: missing altogether)"),
        ("2026-W21", None, "2026-W20 and 2026-W21 (2026-W20: missing altogether)"),
        ("2026-11", None, "from 2025-08 through 2026-10"),
        ("2025-09", "year", "2024-09 and 2025-09"),
    ],
)
@pytest.mark.parametrize("call", [inb.contributions, inb.movers, inb.changes])
def test_a_period_that_is_not_held_is_an_error_that_names_it(
    tmp_path: Path,
    samples: Archive,
    call: Callable[..., pd.DataFrame],
    period: str,
    before: str | None,
    words: str,
) -> None:
    # Of one publisher: the samples' other one has that week, by another definition.
    kinds = [entry for entry in samples.entries() if entry.kind == "trends"]
    archive = archive_of(tmp_path, *(samples.folder / entry.original for entry in kinds))
    with pytest.raises(MissingPeriodError) as caught:
        call(archive, period, before=before)
    assert words in str(caught.value)
    assert "insights-nb fetch" in str(caught.value)


def test_a_report_that_does_not_name_a_repository_does_not_say_zero_of_it(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1)]),
        write_trends(tmp_path, WEEK2, [trends_row(WEEK2)]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1), summary_row(WEEK1, "acme/api")]),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2), summary_row(WEEK2, "acme/api")]),
    )
    with pytest.raises(MissingPeriodError, match="where pulls of acme/api come from"):
        inb.contributions(archive, "2026-W38", "acme/api")
    both = inb.contributions(archive, "2026-W38", ["acme/api", "acme/web"])
    assert both.attrs["left_out"] == ["acme/api"]


def test_one_report_counts_both_periods(samples: Archive) -> None:
    frame = inb.contributions(samples, "2026-W40", "oldbarrow/anvil", by="industry")
    assert frame.attrs["source"] == "image_pulls_raw"
    weeks = {"2026-W39": "before", "2026-W40": "after"}
    for week, side in weeks.items():
        start = str(Period.parse(week).start)
        truth = Counter(
            row["Type"] or None
            for row in sample_rows("image_pulls_raw", "week")
            if row["START"] == start
            and row["Repository"] == "anvil"
            and row["Action"] != "version_check"
        )
        assert truth
        assert frame.attrs[f"total_{side}"] == truth.total()


def test_a_cache_changes_nothing(
    samples: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(samples.folder, tmp_path / "archive")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(warming, "LEAST_ROWS", 0)
    asked = [
        (period, by, name)
        for period in ("2026-10", "2026-W44")
        for by in (*HEADER, "use_case")
        for name in (None, "moonbarrow/ferry")
    ]

    def answers() -> list[pd.DataFrame]:
        # The year between the two periods must not count.
        return [
            inb.contributions(Archive(folder), period, name, by=by, before="year")
            for period, by, name in asked
        ]

    cold = answers()
    assert warming.warm(Archive(folder))
    assert any((tmp_path / "cache").rglob("*"))
    for found_warm, expected in zip(answers(), cold, strict=True):
        pd.testing.assert_frame_equal(found_warm, expected)
        assert found_warm.attrs == expected.attrs


@pytest.mark.parametrize("call", [inb.contributions, inb.movers, inb.changes])
def test_what_is_not_offered_is_refused(
    samples: Archive, call: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(PeriodError, match="'2026-W10 as a month' names no period"):
        call(samples, "2026-10", before="2026-W10")
    with pytest.raises(PeriodError):
        call(samples, "October")
    for before in ("2026-10", "2026-11"):
        with pytest.raises(SelectionError, match="a month before 2026-10"):
            call(samples, "2026-10", before=before)
    with pytest.raises(SelectionError, match="measure='users'"):
        call(samples, "2026-10", measure="users")


def test_unknown_names_are_refused(samples: Archive, tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="by='city' is not offered"):
        inb.contributions(samples, "2026-10", by="city")
    with pytest.raises(UnknownNameError, match="Did you mean moonbarrow/ferry"):
        inb.contributions(samples, "2026-10", "moonbarrow/fery")
    with pytest.raises(SelectionError, match="rows=0"):
        inb.fold_contributions(inb.contributions(samples, "2026-10"), 0)
    with pytest.raises(SelectionError, match="count=0"):
        inb.movers(samples, "2026-10", count=0)
    for call in (inb.contributions, inb.movers, inb.changes):
        with pytest.raises(MissingReportError):
            call(Archive(tmp_path / "none"), "2026-10")


def test_hostile_texts_stay_what_they_are(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    week = Period("week", dt.date.fromisoformat(WEEKS[-1]))
    frame = inb.contributions(archive, week, by="client")
    assert set(frame["client"]) == set(TEXTS)
    assert FORMULA in set(inb.contributions(archive, week, by="tag")["tag"])
    folded = inb.fold_contributions(frame, 2)
    assert folded["client"].iloc[-1] == f"other ({len(TEXTS) - 1} values)"


# --- folding ---------------------------------------------------------------------------------


def test_a_value_called_other_is_not_the_others(tmp_path: Path) -> None:
    cells = {("US", tag, "acme/web"): 5 for tag in ("other", "other (2 values)", "1", "2")}
    more = {key: 50 + place for place, key in enumerate(cells)}
    frame = inb.contributions(weekly(tmp_path, {WEEK1: cells, WEEK2: more}), "2026-W38", by="tag")
    folded = inb.fold_contributions(frame, 3)
    assert folded["values"].tolist() == [1, 1, 2]
    assert folded["tag"].tolist() == ["2", "1", "other (2 values)"]
    assert parts(folded) == [48, 47, 46 + 45]
    assert folded.attrs == frame.attrs | {"made_by": "fold_contributions"}


def test_a_frame_of_no_more_rows_keeps_them(samples: Archive) -> None:
    frame = inb.contributions(samples, "2026-10", by="cloud")
    folded = inb.fold_contributions(frame, len(frame))
    pd.testing.assert_frame_equal(folded.drop(columns="values"), frame)
    assert set(folded["values"]) == {1}


# --- changes ---------------------------------------------------------------------------------


def test_changes_name_every_repository(samples: Archive) -> None:
    frame = inb.changes(samples, "2026-10")
    both = inb.pulls(samples, Selection("month", 3)).set_index(["period", "repository"])["pulls"]
    assert frame["repository"].tolist() == sorted(inb.repositories(samples, "month"))
    for side, day in (("before", "2026-09-01"), ("after", "2026-10-01")):
        assert frame[side].tolist() == both[pd.Timestamp(day)][frame["repository"]].tolist()
    assert (frame["change"] == frame["after"] - frame["before"]).all()
    assert frame.attrs["before"] == "2026-09"


def test_changes_can_be_of_some_repositories_in_their_order(samples: Archive) -> None:
    names = ["moonbarrow/kiln", "moonbarrow/beacon"]
    assert inb.changes(samples, "2026-10", names)["repository"].tolist() == names
    assert inb.movers(samples, "2026-10", names)["repository"].tolist() == names
    with pytest.raises(UnknownNameError, match=r"moonbarrow/kiln"):
        inb.changes(samples, "2026-10", ["moonbarrow/klin"])


# --- movers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, "year"])
@pytest.mark.parametrize("measure", ["pulls", "data_downloads"])
def test_movers_are_those_of_the_text(
    samples: Archive, before: str | None, measure: Measure
) -> None:
    header = {"pulls": "EVENT_COUNT", "data_downloads": "DATA_DOWNLOADS"}[measure]
    days = ["2025-10-01" if before else "2026-09-01", "2026-10-01"]
    sides = [
        {
            row["REFERENCE"]: int(row[header])
            for row in sample_rows("summary", "month")
            if row["START"] == day and row["LEVEL"].casefold() == "repository"
        }
        for day in days
    ]
    truth = {
        name: (sides[0].get(name, 0), sides[1].get(name, 0)) for name in {*sides[0], *sides[1]}
    }
    frame = inb.movers(samples, "2026-10", before=before, measure=measure, count=100)
    mine = frame[frame["definition"] == "events"]
    assert {row["repository"]: (row["before"], row["after"]) for row in records(mine)} == {
        name: counts for name, counts in truth.items() if counts[0] != counts[1]
    }
    for row in records(frame):
        assert row["change"] == row["after"] - row["before"]  # type: ignore[operator]
        assert row["direction"] == ("up" if row["change"] > 0 else "down")  # type: ignore[operator]
        expected = row["change"] / row["before"] if row["before"] else None  # type: ignore[operator]
        assert row["ratio"] == (None if expected is None else pytest.approx(expected))
    ups = frame.loc[frame["direction"] == "up", "change"].tolist()
    downs = frame.loc[frame["direction"] == "down", "change"].tolist()
    assert frame["change"].tolist() == [*sorted(ups, reverse=True), *sorted(downs)]
    first = inb.movers(samples, "2026-10", before=before, measure=measure, count=2)
    assert first["change"].tolist() == [*sorted(ups, reverse=True)[:2], *sorted(downs)[:2]]


def test_a_count_that_is_missing_on_one_side_is_told_and_moves_nobody(tmp_path: Path) -> None:
    legacy = write_csv(
        tmp_path / "old_image_pulls_summary_2026-W38.csv",
        LEGACY,
        [["old", "tool", "1", 1, 8, 0, 0, "old"]],
    )
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, "acme/web", downloads=4)]),
        write_summary(
            tmp_path,
            WEEK2,
            [
                summary_row(WEEK2, "acme/web", downloads=4),
                summary_row(WEEK2, "acme/new", downloads=6),
            ],
        ),
        legacy,
    )
    frame = inb.movers(archive, "2026-W38")
    assert [tuple(row.values()) for row in records(frame)] == [
        ("acme/new", "up", 0, 6, 6, None, "events")
    ]
    assert frame.attrs == {
        "granularity": "week", "before": "2026-W37", "after": "2026-W38", "measure": "pulls",
        "unknown": ["old/tool"], "unchanged": 1, "made_by": "movers",
    }  # fmt: skip


@few
@given(CELLS, CELLS)
def test_movers_are_the_repositories_contributions(
    old: dict[Any, int], new: dict[Any, int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = weekly(Path(folder), {WEEK1: old, WEEK2: new})
        frame = inb.movers(archive, "2026-W38")
        parts_of = inb.contributions(archive, "2026-W38", by="repository")
    moved = parts_of[parts_of["change"] != 0]
    assert dict(zip(frame["repository"], frame["change"], strict=True)) == dict(
        zip(moved["repository"], moved["change"], strict=True)
    )
    assert frame.attrs["unchanged"] == len(parts_of) - len(moved)


def test_a_repository_keeps_one_definition_for_both_periods(samples: Archive) -> None:
    frame = inb.movers(samples, "2026-10", count=100)
    its = dict(zip(frame["repository"], frame["definition"], strict=True))
    assert its["oldbarrow/bellows"] == "actions"
    assert its["moonbarrow/lantern"] == "events"
