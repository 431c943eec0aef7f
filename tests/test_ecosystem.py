"""Which images are used beside the publisher's, and whether the report's shares hold."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, Unpack

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights_nb import Archive, Selection
from insights_nb.errors import (
    MixedGranularityError,
    ReportNeededError,
    SelectionError,
    UnknownNameError,
)
from insights_nb.metrics.ecosystem import (
    UNLISTED,
    newest_pairs,
    pair_changes,
    paired_images,
    popular_stack,
)
from insights_nb.metrics.share_checks import check_shares
from insights_nb.periods import GRANULARITIES, Granularity
from insights_nb.reading.values import in_percent
from tests.reports import Report, report_of, summary_row, write_csv, write_summary
from tests.sample_csv import (
    GAP,
    HALF_YEAR,
    NEWEST,
    YEAR,
    Row,
    plain,
    records,
    sample_rows,
    since,
    starts,
)

WEEK1, WEEK2, WEEK3, WEEK4 = "2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"
HEADER = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_ID", "PUBLISHER_NAME", "DVPP_IMAGE",
    "PAIRED_IMAGE", "USERS", "TOTAL_PULLERS", "PCT_USERS", "DOMAINS", "TOTAL_DOMAINS",
    "PCT_DOMAINS",
]  # fmt: skip
USERS_CHECK = "PCT_USERS = USERS / TOTAL_PULLERS"
PULLERS_CHECK = "TOTAL_PULLERS is the same on every row of an image"


def paired(
    start: str,
    image: str = "acme/web",
    other: str = "library/redis",
    *,
    users: int = 20,
    pullers: int = 100,
    share: object = None,
    **report: Unpack[Report],
) -> list[Any]:
    granularity, publisher = report_of(report)
    stated = users / pullers if share is None else share
    return [
        granularity, start, "id", publisher, image, other, users, pullers, stated, 1, 4, 0.25,
    ]  # fmt: skip


def held(tmp_path: Path, *reports: list[list[Any]], name: str = "acme_technographic") -> Archive:
    """Make an archive of one file per report."""
    archive = Archive(tmp_path / "archive")
    files = [write_csv(tmp_path / f"{name}_{n}.csv", HEADER, r) for n, r in enumerate(reports)]
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


def series(frame: pd.DataFrame, other: str, column: str) -> list[object]:
    return [plain(value) for value in frame.loc[frame["paired_image"] == other, column]]


def statuses(frame: pd.DataFrame) -> dict[object, object]:
    return {row["paired_image"]: row["status"] for row in records(frame)}


# -- paired images, against the text of the samples ---------------------------------------------


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("chosen", [None, ["moonbarrow/ferry", "moonbarrow/cairn"]])
def test_paired_images_are_the_reports_rows_with_their_gaps(
    samples: Archive, granularity: Granularity, chosen: list[str] | None
) -> None:
    rows = [
        row
        for row in since(sample_rows("technographic", granularity), YEAR[granularity])
        if chosen is None or row["DVPP_IMAGE"] in chosen
    ]
    by = {(row["START"], row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): row for row in rows}
    totals = {(row["START"], row["DVPP_IMAGE"]): row for row in rows}
    expected = []
    for period in starts(granularity, YEAR[granularity]):
        for image, other in sorted({key[1:] for key in by}):
            row, total = by.get((period, image, other)), totals.get((period, image))
            expected.append({
                "period": period, "repository": image, "paired_image": other,
                "listed": None if period == GAP else row is not None,
                "users": row and int(row["USERS"]),
                "total_pullers": total and int(total["TOTAL_PULLERS"]),
                "pct_users": row and float(row["PCT_USERS"]),
                "domains": row and int(row["DOMAINS"]),
                "total_domains": total and int(total["TOTAL_DOMAINS"]),
                "pct_domains": row and float(row["PCT_DOMAINS"]),
            })  # fmt: skip
    assert records(paired_images(samples, Selection(granularity, 12, chosen))) == expected


def test_a_frame_of_pairs_has_the_promised_types(samples: Archive) -> None:
    frame = paired_images(samples)
    assert [str(t) for t in frame.dtypes] == [
        "datetime64[s]", "str", "str", "boolean",
        "Int64", "Int64", "Float64", "Int64", "Int64", "Float64",
    ]  # fmt: skip


# -- paired images, traps -----------------------------------------------------------------------


def test_a_pair_that_is_not_listed_is_told_from_one_whose_report_is_not_held(
    tmp_path: Path,
) -> None:
    archive = held(
        tmp_path,
        [paired(WEEK1), paired(WEEK1, other="library/nginx")],
        [paired(WEEK2, other="library/nginx", pullers=50)],
        [paired(WEEK4, other="library/nginx")],
    )
    frame = paired_images(archive)
    assert series(frame, "library/redis", "listed") == [True, False, None, False]
    assert series(frame, "library/redis", "users") == [20, None, None, None]
    # The image's other rows tell its total.
    assert series(frame, "library/redis", "total_pullers") == [100, 50, None, 100]


def test_totals_are_taken_once_however_many_rows_repeat_them(tmp_path: Path) -> None:
    rows = [paired(WEEK1, other=f"library/{n}", pullers=90) for n in range(5)]
    frame = paired_images(held(tmp_path, rows))
    assert set(frame["total_pullers"]) == {90}
    assert set(frame["total_domains"]) == {4}


def test_a_pair_named_twice_is_not_added_up(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1, users=20), paired(WEEK1, users=30)])
    assert series(paired_images(archive), "library/redis", "users") == [30]


def test_an_image_called_na_keeps_its_name(tmp_path: Path) -> None:
    frame = paired_images(held(tmp_path, [paired(WEEK1, image="NA", other="NA")]))
    assert frame[["repository", "paired_image"]].to_numpy().tolist() == [["acme/NA", "NA"]]


def test_percents_are_read_as_ratios(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1, users=25, share=25)], [paired(WEEK2, users=25)])
    assert series(paired_images(archive), "library/redis", "pct_users") == [0.25, 0.25]


def test_one_publishers_missing_week_leaves_only_its_pairs_unknown(tmp_path: Path) -> None:
    zeta = paired(WEEK1, "zeta/api", "library/nginx", publisher="zeta")
    archive = held(tmp_path, [paired(WEEK1), zeta], [paired(WEEK2)])
    frame = paired_images(archive)
    assert series(frame, "library/redis", "listed") == [True, True]
    assert series(frame, "library/nginx", "listed") == [True, None]


def test_weeks_and_months_are_not_mixed(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1, users=11)],
                   [paired("2026-09-01", users=44, granularity="month")])  # fmt: skip
    frames = [paired_images(archive, Selection(one)) for one in GRANULARITIES]
    assert [series(frame, "library/redis", "users") for frame in frames] == [[11], [44]]
    both = pd.concat(frames)
    both.attrs = {}
    with pytest.raises(MixedGranularityError):
        pair_changes(both)


def test_a_missing_report_is_named_with_where_to_download_it(tmp_path: Path) -> None:
    for ask in (paired_images, check_shares):
        with pytest.raises(ReportNeededError, match=r"Technographic .*Analytics > Technographic"):
            ask(Archive(tmp_path))


def test_a_misspelt_repository_is_refused_and_one_without_pairs_is_not(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1)])
    archive.add(write_summary(tmp_path, WEEK1, [summary_row(WEEK1, "acme/quiet")]), quiet=True)
    assert paired_images(archive, Selection(repositories=["acme/quiet"])).empty
    with pytest.raises(UnknownNameError, match="acme/web"):
        paired_images(archive, Selection(repositories=["acme/wep"]))


# -- one period ---------------------------------------------------------------------------------


def test_the_newest_pairs_are_the_newest_reports_rows_by_share(samples: Archive) -> None:
    rows = [row for row in sample_rows("technographic", "week") if row["START"] == NEWEST["week"]]
    rows.sort(key=lambda row: (row["DVPP_IMAGE"], -float(row["PCT_USERS"]), row["PAIRED_IMAGE"]))
    found = newest_pairs(paired_images(samples))
    assert [(row["repository"], row["paired_image"], row["users"]) for row in records(found)] == [
        (row["DVPP_IMAGE"], row["PAIRED_IMAGE"], int(row["USERS"])) for row in rows
    ]


def test_pairs_of_a_named_period_can_be_asked_for(samples: Archive) -> None:
    frame = paired_images(samples, Selection("month", 12))
    assert {plain(day) for day in newest_pairs(frame, "2026-01")["period"]} == {"2026-01-01"}
    with pytest.raises(UnknownNameError, match="2025-11 through 2026-10"):
        newest_pairs(frame, "2025-08")


def test_a_newest_report_without_pairs_is_not_replaced_by_an_older_one(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1)])
    empty = write_csv(tmp_path / "acme_technographic_weekly_2026_09_14.csv", HEADER, [])
    assert not archive.add(empty, quiet=True).refused
    assert newest_pairs(paired_images(archive)).empty


def test_a_popular_stack_adds_no_people_over_images(samples: Archive) -> None:
    by: dict[str, list[Row]] = defaultdict(list)
    for row in sample_rows("technographic", "week"):
        if row["START"] == NEWEST["week"]:
            by[row["PAIRED_IMAGE"]].append(row)
    found = {row["paired_image"]: row for row in records(popular_stack(paired_images(samples)))}
    assert set(found) == set(by)
    for other, rows in by.items():
        users, domains = ([int(row[name]) for row in rows] for name in ("USERS", "DOMAINS"))
        assert found[other] == {
            "paired_image": other, "repositories": len(rows),
            "users_at_least": max(users), "users_at_most": sum(users),
            "domains_at_least": max(domains), "domains_at_most": sum(domains),
        }  # fmt: skip


@given(st.lists(st.frozensets(st.integers(0, 40), min_size=10), min_size=1, max_size=5))
def test_the_true_number_of_users_lies_within_its_bounds(people: list[frozenset[int]]) -> None:
    counts = pd.array([len(who) for who in people], "Int64")
    names = [f"acme/{n}" for n in range(len(people))]
    frame = pd.DataFrame({"repository": names, "users": counts, "domains": counts}).assign(
        period=pd.Timestamp(WEEK1), paired_image="library/redis", listed=True, pct_users=0.5
    )
    row = records(popular_stack(frame))[0]
    truth = len(frozenset().union(*people))
    assert row["users_at_least"] <= truth <= row["users_at_most"]  # type: ignore[operator]


def test_a_pair_without_its_users_leaves_the_stacks_users_unbounded_above(tmp_path: Path) -> None:
    unknown = paired(WEEK1, "acme/api")
    unknown[HEADER.index("USERS")] = ""
    row = records(popular_stack(paired_images(held(tmp_path, [paired(WEEK1), unknown]))))[0]
    assert (row["users_at_least"], row["users_at_most"]) == (20, None)
    assert (row["domains_at_least"], row["domains_at_most"]) == (1, 2)


# -- changes ------------------------------------------------------------------------------------


def test_one_period_is_not_compared_with_itself(tmp_path: Path) -> None:
    frame = pair_changes(paired_images(held(tmp_path, [paired(WEEK1)])))
    assert frame["status"].isna().all()
    assert frame["users_before"].isna().all()
    assert frame["users_after"].tolist() == [20]
    assert frame.attrs["after"] == "2026-W37"
    assert "before" not in frame.attrs


def test_pair_changes_are_those_between_two_reports(samples: Archive) -> None:
    sides: dict[str, dict[tuple[str, str], Row]] = {"2025-12-01": {}, NEWEST["month"]: {}}
    for row in sample_rows("technographic", "month"):
        if row["START"] in sides:
            sides[row["START"]][row["DVPP_IMAGE"], row["PAIRED_IMAGE"]] = row
    before, after = sides.values()
    frame = pair_changes(paired_images(samples, Selection("month", 12)), "2025-12", "2026-10")
    found = {(row["repository"], row["paired_image"]): row for row in records(frame)}
    assert set(found) == set(before) | set(after)
    for key, row in found.items():
        was, now = before.get(key), after.get(key)
        assert row["users_before"] == (was and int(was["USERS"]))
        assert row["users_after"] == (now and int(now["USERS"]))
        if was and now:
            change = float(now["PCT_USERS"]) - float(was["PCT_USERS"])
            assert row["pct_users_change"] == pytest.approx(change)
            up, down = change > 0.01, change < -0.01
            assert row["status"] == ("growing" if up else "shrinking" if down else "steady")
        else:
            assert row["status"] == ("vanished" if was else "appeared")
            assert row["pct_users_change"] is None
    assert {row["status"] for row in found.values()} >= {"growing", "shrinking", "vanished"}


def test_the_oldest_and_newest_reports_held_are_compared_unless_others_are_named(
    samples: Archive,
) -> None:
    frame = pair_changes(paired_images(samples))
    assert (frame.attrs["before"], frame.attrs["after"]) == ("2026-W19", "2026-W44")
    first = {
        (row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): int(row["USERS"])
        for row in sample_rows("technographic", "week")
        if row["START"] == HALF_YEAR["week"]
    }
    known = frame.dropna(subset=["users_before"])
    assert {
        (r["repository"], r["paired_image"]): r["users_before"] for r in records(known)
    } == first


def test_a_pair_that_vanished_says_that_it_may_have_fallen_under_the_threshold(
    tmp_path: Path,
) -> None:
    archive = held(
        tmp_path,
        [paired(WEEK1), paired(WEEK1, other="library/nginx")],
        [paired(WEEK2), paired(WEEK2, other="library/valkey")],
    )
    frame = pair_changes(paired_images(archive))
    assert statuses(frame) == {
        "library/valkey": "appeared", "library/redis": "steady", "library/nginx": "vanished",
    }  # fmt: skip
    assert series(frame, "library/nginx", "note") == [UNLISTED]
    assert series(frame, "library/valkey", "note") == [UNLISTED]
    assert series(frame, "library/redis", "note") == [None]
    assert "10" in UNLISTED


def test_a_pair_whose_report_is_not_held_has_neither_vanished_nor_appeared(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1)], [paired(WEEK3, other="library/nginx")])
    frame = paired_images(archive)
    assert statuses(pair_changes(frame, "2026-W37", "2026-W38")) == {"library/redis": None}
    assert statuses(pair_changes(frame, "2026-W38", "2026-W39")) == {"library/nginx": None}


def test_periods_of_a_comparison_come_in_pairs_and_from_the_frame(samples: Archive) -> None:
    frame = paired_images(samples)
    with pytest.raises(SelectionError, match="both, or neither"):
        pair_changes(frame, "2026-W40")
    with pytest.raises(UnknownNameError, match="2026-W19 through 2026-W44"):
        pair_changes(frame, "2025-W40", "2026-W40")


def test_a_frame_without_pairs_has_no_changes(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.add(
        write_csv(tmp_path / "acme_technographic_weekly_2026_09_14.csv", HEADER, []), quiet=True
    )
    frame = paired_images(archive)
    assert frame.empty
    assert pair_changes(frame).empty
    assert newest_pairs(frame).empty
    assert popular_stack(frame).empty


# -- checks of the shares -----------------------------------------------------------------------


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_the_samples_shares_are_checked_against_their_definition(
    samples: Archive, granularity: Granularity
) -> None:
    apart: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in since(sample_rows("technographic", granularity), YEAR[granularity]):
        for part, whole in (("USERS", "TOTAL_PULLERS"), ("DOMAINS", "TOTAL_DOMAINS")):
            if int(row[whole]):
                exact = int(row[part]) / int(row[whole])
                key = row["START"], f"PCT_{part} = {part} / {whole}"
                apart[key].append(abs(float(row[f"PCT_{part}"]) - exact))
    frame = check_shares(samples, Selection(granularity, 12))
    shares = {(r["period"], r["check"]): r for r in records(frame.dropna(subset=["scale"]))}
    assert set(shares) == set(apart)
    for key, differences in apart.items():
        assert shares[key]["rows"] == len(differences)
        assert shares[key]["largest_difference"] == pytest.approx(max(differences), abs=1e-12)
        assert (shares[key]["verdict"], shares[key]["scale"]) == ("agrees", "0–1")
    assert len(frame) == 2 * len(apart)
    assert GAP not in {row["period"] for row in records(frame)}


def check(archive: Archive, name: str) -> list[dict[str, object]]:
    return [row for row in records(check_shares(archive)) if row["check"] == name]


def test_a_scale_from_0_to_100_is_recognised_and_stated(tmp_path: Path) -> None:
    archive = held(tmp_path, [paired(WEEK1, users=25, share=25.0)], [paired(WEEK2, users=25)])
    found = check(archive, USERS_CHECK)
    assert [(row["scale"], row["verdict"]) for row in found] == [
        ("0–100", "agrees"), ("0–1", "agrees"),
    ]  # fmt: skip


def test_a_share_that_is_not_the_quotient_is_reported(tmp_path: Path) -> None:
    rows = [paired(WEEK1, other=f"library/{n}", users=25) for n in range(3)]
    wrong = paired(WEEK1, other="library/wrong", users=25, share=0.31)
    found = check(held(tmp_path, [*rows, wrong], [paired(WEEK2)]), USERS_CHECK)
    assert [(row["rows"], row["differ"], row["verdict"]) for row in found] == [
        (4, 1, "differs"), (1, 0, "agrees"),
    ]  # fmt: skip
    assert found[0]["largest_difference"] == pytest.approx(0.06)


def test_a_share_rounded_to_a_whole_percent_agrees(tmp_path: Path) -> None:
    rows = [paired(WEEK1, users=23, pullers=92, share=0.25),
            paired(WEEK1, other="library/nginx", users=51, pullers=200, share=0.25)]  # fmt: skip
    assert check(held(tmp_path, rows), USERS_CHECK)[0]["verdict"] == "agrees"


def test_a_total_that_changes_from_row_to_row_is_reported(tmp_path: Path) -> None:
    rows = [paired(WEEK1), paired(WEEK1, other="library/nginx", pullers=90),
            paired(WEEK1, "acme/api")]  # fmt: skip
    found = check(held(tmp_path, rows), PULLERS_CHECK)
    assert [(r["rows"], r["differ"], r["largest_difference"], r["verdict"]) for r in found] == [
        (2, 1, 10, "differs")
    ]


def test_without_anybody_there_is_nothing_to_check(tmp_path: Path) -> None:
    rows = [paired(WEEK1, users=0, pullers=0, share=0)]
    found = check(held(tmp_path, rows), USERS_CHECK)
    assert [(r["scale"], r["rows"], r["verdict"]) for r in found] == [
        (None, 0, "cannot be checked")
    ]


def test_a_scale_is_known_from_the_notes_of_former_versions_too() -> None:
    assert in_percent("PCT_USERS", ["PCT_USERS holds percents; read as ratios (12 % is 0.12)."])
    assert not in_percent("PCT_USERS", ["PCT_DOMAINS is in percent; read as ratios."])
