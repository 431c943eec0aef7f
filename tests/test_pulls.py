"""What a number of pulls is, and what it is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import (
    Archive,
    Selection,
    fold_other,
    growth,
    pulls,
    pulls_before,
    top_repositories,
    totals,
)
from insights_nb.errors import MissingReportError, MixedGranularityError, UnknownNameError
from insights_nb.periods import Period, add_months
from tests.reports import (
    LEGACY,
    summary_row,
    trends_row,
    write_api,
    write_csv,
    write_summary,
    write_trends,
)

WEEK1, WEEK2, WEEK3, WEEK4 = "2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"


def archive_of(tmp_path: Path, *files: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


def series(frame: pd.DataFrame, repository: str, measure: str = "pulls") -> dict[str, object]:
    rows = frame[frame["repository"] == repository]
    return {
        f"{period:%Y-%m-%d}": None if pd.isna(value) else int(value)
        for period, value in zip(rows["period"], rows[measure], strict=True)
    }


def test_a_frame_has_the_promised_columns_and_types(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    frame = pulls(archive)
    assert list(frame.columns) == [
        "period", "repository", "pulls", "data_downloads", "version_checks", "source",
    ]  # fmt: skip
    assert [str(t) for t in frame.dtypes] == ["datetime64[s]", "str", *["Int64"] * 3, "str"]


def test_a_choice_gives_its_order_to_the_rows_of_each_period(tmp_path: Path) -> None:
    rows = [summary_row(WEEK1, name) for name in ("acme/a", "acme/b", "acme/c")]
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows))
    chosen = ["acme/c", "acme/a", "acme/b"]
    assert pulls(archive, Selection(repositories=chosen))["repository"].tolist() == chosen
    assert pulls(archive)["repository"].tolist() == sorted(chosen)


def test_pulls_by_digest_count(tmp_path: Path) -> None:
    rows = [trends_row(WEEK1, downloads=963), trends_row(WEEK1, tag="latest", downloads=651)]
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows))
    assert series(pulls(archive), "acme/web") == {WEEK1: 1614}


def test_levels_of_the_summary_are_not_added(tmp_path: Path) -> None:
    rows = [
        summary_row(WEEK1, "acme", level="namespace", downloads=7),
        summary_row(WEEK1, "acme", level="publisher", downloads=7),
        summary_row(WEEK1, "acme/web", level="REPOSITORY", downloads=7),
        summary_row(WEEK1, "acme/web:latest", level="tag", downloads=5),
        summary_row(WEEK1, "sha256:00", level="digest", downloads=2),
    ]
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, rows))
    frame = pulls(archive)
    assert frame["repository"].tolist() == ["acme/web"]
    assert frame["pulls"].tolist() == [7]


def test_weeks_and_months_never_share_a_series(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=3)]),
        write_summary(
            tmp_path, "2026-09-01", [summary_row("2026-09-01", downloads=30, granularity="month")]
        ),
    )
    assert series(pulls(archive, Selection("week")), "acme/web") == {WEEK1: 3}
    assert series(pulls(archive, Selection("month")), "acme/web") == {"2026-09-01": 30}


def test_absent_is_not_zero(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1), summary_row(WEEK1, "acme/api")]),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2, "acme/api")]),
        # WEEK3 is not held.
        write_summary(tmp_path, WEEK4, [summary_row(WEEK4, downloads=4)]),
    )
    frame = pulls(archive)
    assert series(frame, "acme/web") == {WEEK1: 1, WEEK2: 0, WEEK3: None, WEEK4: 4}
    assert frame.loc[frame["period"] == WEEK3, "source"].isna().all()


def test_a_report_without_rows_is_a_week_without_pulls(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]),
        write_summary(tmp_path, WEEK2, []),
    )
    assert series(pulls(archive), "acme/web") == {WEEK1: 1, WEEK2: 0}


def test_one_publishers_missing_week_is_not_zero_because_another_has_it(tmp_path: Path) -> None:
    other = {"publisher": "zeta"}
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1)], name="a_summary_weekly_1.csv"),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, "zeta/x", **other)], name="z1.csv"),
        write_summary(tmp_path, WEEK2, [summary_row(WEEK2, "zeta/x", **other)], name="z2.csv"),
    )
    assert series(pulls(archive), "acme/web") == {WEEK1: 1, WEEK2: None}


def test_trends_fill_in_where_the_summary_is_missing(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=10, checks=5)]),
        # A contradiction on purpose: the summary of that week counts.
        write_trends(tmp_path, WEEK1, [trends_row(WEEK1, downloads=99)]),
        write_trends(
            tmp_path, WEEK2, [trends_row(WEEK2, downloads=1), trends_row(WEEK2, checks=2)]
        ),
    )
    frame = pulls(archive)
    assert series(frame, "acme/web") == {WEEK1: 15, WEEK2: 4}
    assert frame["source"].tolist() == ["summary", "trends"]
    assert series(frame, "acme/web", "version_checks") == {WEEK1: 5, WEEK2: 2}


def test_two_definitions_never_share_a_series(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=10)]),
        write_api(
            tmp_path / "pulls.json",
            "acme/web",
            [(WEEK1, "2026-09-13", 900), (WEEK2, "2026-09-20", 910)],
        ),
    )
    assert series(pulls(archive), "acme/web") == {WEEK1: 10, WEEK2: None}
    assert series(pulls(archive, source="pulls"), "acme/web") == {WEEK1: 900, WEEK2: 910}


def test_a_legacy_pull_excludes_version_checks(tmp_path: Path) -> None:
    header = [name for name in LEGACY if name != "Reference"]
    path = write_csv(
        tmp_path / "image_pulls_summary_2026-W37.csv",
        header,
        [["acme", "web", 3, 20, 30, 400, "acme"]],
    )
    frame = pulls(archive_of(tmp_path, path))
    assert frame["repository"].tolist() == ["acme/web"]
    assert frame[["pulls", "version_checks"]].to_numpy().tolist() == [[50, 400]]
    assert frame["data_downloads"].isna().all()


def test_both_levels_of_a_legacy_summary_are_counted_once(tmp_path: Path) -> None:
    flat = write_csv(
        tmp_path / "repo-summary-2026-W37.csv",
        [name for name in LEGACY if name != "Reference"],
        [["acme", "web", 3, 20, 30, 400, "acme"]],
    )
    deep = write_csv(
        tmp_path / "summary-2026-W37.csv",
        LEGACY,
        [
            ["acme", "web", "latest", 3, 20, 0, 400, "acme"],
            ["acme", "web", "sha256:00", 3, 0, 30, 0, "acme"],
        ],
    )
    both = archive_of(tmp_path, flat, deep)
    assert series(pulls(both), "acme/web") == {"2026-09-07": 50}
    alone = Archive(tmp_path / "alone")
    alone.add(deep, quiet=True)
    assert series(pulls(alone), "acme/web") == {"2026-09-07": 50}


def test_a_report_that_comes_again_replaces_the_older(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=10)]),
        write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=12)], name="again.csv"),
    )
    assert series(pulls(archive), "acme/web") == {WEEK1: 12}


def test_counts_beyond_32_bits_stay_exact(tmp_path: Path) -> None:
    big = 2**53 + 1
    archive = archive_of(
        tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1, downloads=big)])
    )
    assert series(pulls(archive), "acme/web") == {WEEK1: big}


def test_a_repository_that_no_report_names_is_refused_with_the_nearest(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    with pytest.raises(UnknownNameError, match=r"acme/wbe.*Did you mean acme/web"):
        pulls(archive, Selection(repositories=["acme/wbe"]))


def test_a_granularity_that_is_not_held_is_said(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    with pytest.raises(MissingReportError, match=r"by month\. Available: Summary by week"):
        pulls(archive, Selection("month"))


def test_what_was_added_meanwhile_counts_at_once(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    assert len(pulls(archive)) == 1
    Archive(archive.folder).add(write_summary(tmp_path, WEEK2, [summary_row(WEEK2)]), quiet=True)
    assert len(pulls(archive)) == 2


@settings(max_examples=15)
@given(
    held=st.sets(st.integers(0, 60), min_size=1, max_size=12),
    months=st.sampled_from([3, 6, 12]),
)
def test_nothing_outside_the_interval_is_counted(
    tmp_path_factory: pytest.TempPathFactory, held: set[int], months: int
) -> None:
    folder = tmp_path_factory.mktemp("interval")
    newest = Period("week", dt.date(2026, 9, 28))
    weeks = {newest.shift(-n): 2**n for n in held}
    files = [
        write_summary(folder, str(week.start), [summary_row(str(week.start), downloads=count)])
        for week, count in weeks.items()
    ]
    archive = Archive(folder / "archive")
    archive.add(files, quiet=True)
    last = max(weeks)
    begin = add_months(last.end, -months)
    inside = {week: count for week, count in weeks.items() if week.start >= begin}
    frame = pulls(archive, Selection("week", months))
    # Powers of two: the sum tells exactly which weeks were counted.
    assert frame["pulls"].sum() == sum(inside.values())
    assert frame["period"].min() >= pd.Timestamp(begin)
    assert frame["pulls"].notna().sum() == len(inside)


def test_the_interval_before_ends_where_the_interval_begins(tmp_path: Path) -> None:
    starts = [add_months(dt.date(2026, 9, 1), -n).isoformat() for n in range(8)]
    files = [
        write_summary(tmp_path, s, [summary_row(s, downloads=10**n, granularity="month")])
        for n, s in enumerate(starts)
    ]
    archive = archive_of(tmp_path, *files)
    selection = Selection("month", 3, ["acme/web"])
    assert pulls(archive, selection)["pulls"].sum() == 111
    assert pulls_before(archive, selection)["pulls"].sum() == 111_000
    assert pulls_before(archive, Selection("month", 6)).empty


def frame_of(values: dict[str, list[int | None]], start: str = WEEK1) -> pd.DataFrame:
    periods = pd.date_range(start, periods=len(next(iter(values.values()))), freq="7D")
    rows = [
        (period, name, counts[i], counts[i], counts[i], None if counts[i] is None else "summary")
        for i, period in enumerate(periods)
        for name, counts in values.items()
    ]
    columns = ["period", "repository", "pulls", "data_downloads", "version_checks", "source"]
    frame = pd.DataFrame(rows, columns=columns).astype(
        {"pulls": "Int64", "data_downloads": "Int64", "version_checks": "Int64",
         "repository": "str", "source": "str"}
    )  # fmt: skip
    frame.attrs["granularity"] = "week"
    return frame


def test_growth_is_missing_first_after_a_gap_and_after_zero() -> None:
    frame = growth(frame_of({"a": [10, 15, None, 20, 0, 5], "b": [4, 2, 2, 2, 2, 3]}))
    change = frame.pivot_table("change", "period", "repository", dropna=False, aggfunc="first")
    assert [None if pd.isna(v) else round(v, 6) for v in change["a"]] == [
        None, 0.5, None, None, -1.0, None,
    ]  # fmt: skip
    assert change["b"].iloc[-1] == pytest.approx(0.5)


def test_growth_does_not_bridge_a_period_without_a_row() -> None:
    frame = frame_of({"a": [10, 20, 30]})
    assert growth(frame.drop(index=1))["change"].isna().all()


def test_growth_refuses_weeks_with_months() -> None:
    frame = frame_of({"a": [1, 2]})
    mixed = pd.concat([frame, frame.assign(period=pd.Timestamp("2026-09-01"))])
    with pytest.raises(MixedGranularityError):
        growth(mixed)


def test_the_top_repositories_are_those_with_the_most_pulls() -> None:
    frame = frame_of({"a": [1, 1], "b": [5, None], "c": [None, None], "d": [1, 1]})
    assert top_repositories(frame, 3) == ["b", "a", "d"]
    assert top_repositories(frame, 9) == ["b", "a", "d", "c"]


def test_beyond_twelve_lines_the_rest_folds_into_other_and_says_so() -> None:
    frame = frame_of({f"r{n:02d}": [n, 2 * n] for n in range(1, 21)})
    folded = fold_other(frame)
    assert folded["repository"].nunique() == 12
    other = folded[folded["repository"] == "Other (9 repositories)"]
    assert other["pulls"].tolist() == [sum(range(1, 10)), 2 * sum(range(1, 10))]
    assert folded["pulls"].sum() == frame["pulls"].sum()
    assert folded.attrs["granularity"] == "week"


def test_twelve_lines_are_left_as_they_are() -> None:
    frame = frame_of({f"r{n:02d}": [n] for n in range(12)})
    assert fold_other(frame) is frame


def test_other_is_unknown_where_a_member_is() -> None:
    frame = frame_of({f"r{n:02d}": [n, None if n == 1 else n] for n in range(1, 15)})
    other = fold_other(frame).query("repository.str.startswith('Other')")
    assert other["pulls"].tolist()[0] == 1 + 2 + 3
    assert pd.isna(other["pulls"].tolist()[1])


def test_members_of_different_definitions_are_folded_apart() -> None:
    frame = frame_of({f"r{n:02d}": [n] for n in range(1, 17)})
    small = frame["repository"].isin(["r01", "r02"])
    frame["source"] = frame["source"].where(~small, "pulls")
    folded = fold_other(frame)
    others = folded[folded["repository"].str.startswith("Other")]
    assert dict(zip(others["repository"], others["pulls"], strict=True)) == {
        "Other (4 repositories)": 3 + 4 + 5 + 6,
        "Other (2 repositories, API)": 1 + 2,
    }


def test_totals_say_what_is_missing() -> None:
    (row,) = totals(frame_of({"a": [1, None, 3], "b": [1, 2, 3]})).to_dict("records")
    assert row == {"definition": "events", "repositories": 2, "total": 10, "missing": 1}
