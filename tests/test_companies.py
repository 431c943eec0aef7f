"""Which companies pull, how that changes, where from, and what else they run."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Unpack

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import Archive, Selection
from insights_nb.errors import (
    MixedGranularityError,
    ReportNeededError,
    SelectionError,
    UnknownNameError,
)
from insights_nb.metrics.companies import companies, company_changes, heavy_users
from insights_nb.metrics.deployments import deployment_pattern
from insights_nb.metrics.stacks import popular_pairs, stacks
from insights_nb.periods import GRANULARITIES, Granularity
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

WEEKS = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"]
WEEK1, WEEK2, WEEK3, WEEK4 = WEEKS
TRACKED = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "DOMAIN", "IP_COUNTRY",
    "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "INFERRED_USE_CASE", "IMAGE_REPOSITORY",
    "DATA_DOWNLOADS", "VERSION_CHECKS", "PULLS", "UNIQUE_AUTHENTICATED_USERS",
]  # fmt: skip
PAIRED = [
    "DATE_GRANULARITY", "DATE_REFERENCE", "PUBLISHER_NAME", "DOMAIN", "DVPP_IMAGE", "PAIRED_IMAGE",
]  # fmt: skip
LEAST, MOST = "unique_authenticated_users_at_least", "unique_authenticated_users_at_most"


def pulled(
    start: str,
    domain: str = "one.example",
    pulls: int = 1,
    *,
    repository: str = "acme/web",
    users: object = 0,
    country: str = "US",
    use_case: str = "Prod",
    **report: Unpack[Report],
) -> list[Any]:
    granularity, publisher = report_of(report)
    return [
        granularity, start, publisher, domain, country, "aws", "docker", use_case, repository,
        pulls, 0, pulls, users,
    ]  # fmt: skip


def held(tmp_path: Path, reports: dict[str, list[list[Any]]]) -> Archive:
    """Make an archive of tracked companies: first day → rows."""
    return held_files(
        tmp_path,
        [
            write_csv(
                tmp_path / f"acme_tracked_company_weekly_{s.replace('-', '_')}.csv", TRACKED, r
            )
            for s, r in reports.items()
        ],
    )


def held_files(tmp_path: Path, files: list[Path]) -> Archive:
    archive = Archive(tmp_path / "archive")
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


def series(frame: pd.DataFrame, domain: str, column: str = "pulls") -> list[object]:
    return [plain(value) for value in frame.loc[frame["domain"] == domain, column]]


def statuses(frame: pd.DataFrame) -> dict[object, object]:
    return {row["domain"]: row["status"] for row in records(frame)}


# -- companies, against the text of the samples -----------------------------------------------


def expected_companies(rows: list[Row], periods: list[str]) -> list[dict[str, object]]:
    by: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by[row["START"], row["DOMAIN"]].append(row)
    result: list[dict[str, object]] = []
    for period in periods:
        for domain in sorted({row["DOMAIN"] for row in rows}):
            mine = by[period, domain]
            users = [int(row["UNIQUE_AUTHENTICATED_USERS"]) for row in mine]
            counts: list[int | None] = [
                sum(int(row["PULLS"]) for row in mine),
                sum(int(row["DATA_DOWNLOADS"]) for row in mine),
                sum(int(row["VERSION_CHECKS"]) for row in mine),
                len({row["IMAGE_REPOSITORY"] for row in mine}),
                max(users, default=0),
                sum(users),
            ]
            if period == GAP:
                counts = [None] * len(counts)
            names = ["pulls", "data_downloads", "version_checks", "repositories", LEAST, MOST]
            result.append(
                {"period": period, "domain": domain} | dict(zip(names, counts, strict=True))
            )
    return result


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_companies_are_the_sums_of_the_reports_rows(
    samples: Archive, granularity: Granularity
) -> None:
    rows = since(sample_rows("tracked_companies", granularity), YEAR[granularity])
    expected = expected_companies(rows, starts(granularity, YEAR[granularity]))
    assert records(companies(samples, Selection(granularity, 12))) == expected


def test_companies_of_selected_repositories_only(samples: Archive) -> None:
    chosen = ["moonbarrow/kiln", "moonbarrow/ferry"]
    rows = [
        row
        for row in since(sample_rows("tracked_companies", "week"), HALF_YEAR["week"])
        if row["IMAGE_REPOSITORY"] in chosen
    ]
    expected = expected_companies(rows, starts("week", HALF_YEAR["week"]))
    assert records(companies(samples, Selection(repositories=chosen))) == expected


def test_a_company_frame_has_the_promised_types(samples: Archive) -> None:
    frame = companies(samples)
    assert [str(t) for t in frame.dtypes] == ["datetime64[s]", "str", *["Int64"] * 6]
    assert frame.attrs["granularity"] == "week"


# -- companies, traps ---------------------------------------------------------------------------


def test_a_held_period_without_the_company_is_zero_and_one_not_held_is_missing(
    tmp_path: Path,
) -> None:
    archive = held(
        tmp_path,
        {
            WEEK1: [pulled(WEEK1, pulls=3, users=2), pulled(WEEK1, "two.example")],
            WEEK2: [pulled(WEEK2, "two.example")],
            # WEEK3 is not held.
            WEEK4: [pulled(WEEK4, "two.example")],
        },
    )
    frame = companies(archive)
    assert series(frame, "one.example") == [3, 0, None, 0]
    assert series(frame, "one.example", "repositories") == [1, 0, None, 0]
    assert series(frame, "one.example", LEAST) == [2, 0, None, 0]
    assert series(frame, "one.example", MOST) == [2, 0, None, 0]


def test_a_report_without_rows_is_a_week_in_which_no_company_pulled(samples: Archive) -> None:
    frame = companies(samples)
    empty = frame[frame["period"] == "2026-07-20"]
    assert len(empty)
    assert set(empty["pulls"]) == {0}


def test_one_publishers_missing_week_leaves_its_companies_counts_missing(tmp_path: Path) -> None:
    zeta = {"publisher": "zeta", "repository": "zeta/api"}
    archive = held(
        tmp_path,
        {
            WEEK1: [
                pulled(WEEK1), pulled(WEEK1, "both.example"), pulled(WEEK1, "both.example", **zeta),
                pulled(WEEK1, "two.example", **zeta),
            ],
            WEEK2: [pulled(WEEK2), pulled(WEEK2, "both.example")],
        },
    )  # fmt: skip
    frame = companies(archive)
    assert series(frame, "one.example") == [1, 1]
    assert series(frame, "two.example") == [1, None]
    assert series(frame, "both.example") == [2, None]


def test_a_row_that_names_no_publisher_is_as_held_as_its_file(tmp_path: Path) -> None:
    nobody = pulled(WEEK1, "two.example", publisher="\\N")
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1), nobody], WEEK2: [pulled(WEEK2)]})
    assert series(companies(archive), "two.example") == [1, 0]


def test_a_company_called_na_keeps_its_name(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1, "NA", 2), pulled(WEEK1, "null", 3)]})
    frame = companies(archive)
    assert (series(frame, "NA"), series(frame, "null")) == ([2], [3])


def test_pulls_that_name_no_company_are_kept_apart(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1, "\\N", 5), pulled(WEEK1, pulls=2)],
                              WEEK2: [pulled(WEEK2, pulls=2)]})  # fmt: skip
    frame = companies(archive)
    assert [plain(value) for value in frame["domain"]] == ["one.example", None] * 2
    assert [plain(value) for value in frame["pulls"]] == [2, 5, 2, 0]
    assert statuses(company_changes(frame)) == {"one.example": "steady", None: "lapsed"}
    assert records(heavy_users(frame))[0]["domain"] is None


def test_users_are_exact_where_a_company_has_one_row_and_bounds_where_it_has_several(
    tmp_path: Path,
) -> None:
    rows = [
        pulled(WEEK1, users=7), pulled(WEEK1, "two.example", users=7),
        pulled(WEEK1, "two.example", users=5, country="DE"),
    ]  # fmt: skip
    frame = companies(held(tmp_path, {WEEK1: rows}))
    assert (series(frame, "one.example", LEAST), series(frame, "one.example", MOST)) == ([7], [7])
    assert (series(frame, "two.example", LEAST), series(frame, "two.example", MOST)) == ([7], [12])


def test_a_row_without_its_users_leaves_them_unbounded_above(tmp_path: Path) -> None:
    rows = [pulled(WEEK1, users=7), pulled(WEEK1, users="", country="DE")]
    frame = companies(held(tmp_path, {WEEK1: rows, WEEK2: [pulled(WEEK2, users=3)]}))
    assert series(frame, "one.example", LEAST) == [7, 3]
    assert series(frame, "one.example", MOST) == [None, 3]
    ranked = records(heavy_users(frame))[0]
    assert (ranked[LEAST], ranked[MOST]) == (7, None)


@settings(max_examples=25)
@given(
    people=st.lists(
        st.tuples(st.sampled_from(WEEKS[:2]), st.sampled_from(["US", "DE", "NA"]),
                  st.frozensets(st.integers(0, 9), max_size=6)),
        min_size=1, max_size=8, unique_by=lambda row: row[:2],
    )
)  # fmt: skip
def test_the_true_number_of_users_lies_within_its_bounds(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[str, str, frozenset[int]]],
) -> None:
    reports: dict[str, list[list[Any]]] = defaultdict(list)
    for start, country, who in people:
        reports[start].append(pulled(start, users=len(who), country=country))
    archive = held(tmp_path_factory.mktemp("people"), dict(reports))
    frame = companies(archive)
    for row in records(frame):
        truth = set().union(*(who for start, _, who in people if start == row["period"]))
        assert row[LEAST] <= len(truth) <= row[MOST]  # type: ignore[operator]
    truth = set().union(*(who for _, _, who in people))
    for result in (heavy_users(frame), deployment_pattern(archive, by=["cloud"])):
        assert result[LEAST].item() <= len(truth) <= result[MOST].item()


def test_weeks_and_months_are_not_mixed(tmp_path: Path) -> None:
    files = [
        write_csv(tmp_path / "a_tracked_company.csv", TRACKED, [pulled(WEEK1, pulls=3)]),
        write_csv(tmp_path / "b_tracked_company.csv", TRACKED,
                  [pulled("2026-09-01", pulls=30, granularity="month")]),
    ]  # fmt: skip
    archive = held_files(tmp_path, files)
    assert series(companies(archive), "one.example") == [3]
    assert series(companies(archive, Selection("month")), "one.example") == [30]
    both = pd.concat([companies(archive), companies(archive, Selection("month"))])
    both.attrs = {}
    with pytest.raises(MixedGranularityError):
        company_changes(both)


def test_a_bare_repository_name_is_completed_by_its_publisher(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1, repository="web")]})
    assert series(companies(archive, Selection(repositories=["acme/web"])), "one.example") == [1]


def test_new_reports_are_seen_by_the_next_call(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1)]})
    assert series(companies(archive), "one.example") == [1]
    held(tmp_path, {WEEK2: [pulled(WEEK2, pulls=4)]})
    assert series(companies(archive), "one.example") == [1, 4]


def test_the_interval_ends_with_this_reports_newest_period(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1)]})
    archive.add(write_summary(tmp_path, WEEK4, [summary_row(WEEK4)]), quiet=True)
    assert [plain(period) for period in companies(archive)["period"]] == [WEEK1]


def test_a_missing_report_is_named_with_where_to_download_it(tmp_path: Path) -> None:
    with pytest.raises(ReportNeededError, match=r"Tracked companies .*Analytics > Tracked"):
        companies(Archive(tmp_path))
    with pytest.raises(ReportNeededError, match=r"Tracked companies .*Analytics > Tracked"):
        deployment_pattern(Archive(tmp_path))
    with pytest.raises(ReportNeededError, match=r"Technographic companies .*Analytics > Techno"):
        stacks(Archive(tmp_path))


def test_a_misspelt_repository_is_refused_and_one_that_no_company_pulls_is_not(
    tmp_path: Path,
) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1)]})
    archive.add(write_summary(tmp_path, WEEK1, [summary_row(WEEK1, "acme/quiet")]), quiet=True)
    assert companies(archive, Selection(repositories=["acme/quiet"])).empty
    for ask in (companies, deployment_pattern):
        with pytest.raises(UnknownNameError, match="acme/web"):
            ask(archive, Selection(repositories=["acme/wep"]))


# -- heavy users --------------------------------------------------------------------------------


def test_heavy_users_are_ranked_by_what_the_reports_add_up_to(samples: Archive) -> None:
    totals: Counter[str] = Counter()
    for row in since(sample_rows("tracked_companies", "week"), HALF_YEAR["week"]):
        totals[row["DOMAIN"]] += int(row["PULLS"])
    ranked = heavy_users(companies(samples))
    expected = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    assert list(zip(ranked["domain"], ranked["pulls"], strict=True)) == expected
    every = sum(totals.values())
    assert ranked["share"].tolist() == pytest.approx([count / every for _, count in expected])
    assert set(ranked["missing"]) == {1}


def test_heavy_users_add_no_users_over_periods(samples: Archive) -> None:
    rows = since(sample_rows("tracked_companies", "month"), HALF_YEAR["month"])
    rows = [row for row in rows if row["DOMAIN"] == "namib-rail.example"]
    users = [int(row["UNIQUE_AUTHENTICATED_USERS"]) for row in rows]
    ranked = heavy_users(companies(samples, Selection("month")))
    mine = ranked[ranked["domain"] == "namib-rail.example"]
    assert mine[LEAST].item() == max(users)
    assert mine[MOST].item() == sum(users)


def test_heavy_users_can_be_cut_and_ranked_by_another_measure(samples: Archive) -> None:
    frame = companies(samples)
    checks = heavy_users(frame, 3, "version_checks")
    everyone = heavy_users(frame).set_index("domain")["version_checks"]
    assert checks["version_checks"].tolist() == sorted(everyone, reverse=True)[:3]


# -- changes ------------------------------------------------------------------------------------


def test_a_company_is_new_growing_steady_shrinking_or_lapsed(tmp_path: Path) -> None:
    counts = {"new.example": (0, 5), "up.example": (5, 6), "same.example": (100, 105),
              "down.example": (6, 5), "gone.example": (5, 0)}  # fmt: skip
    reports = {
        week: [pulled(week, name, both[side]) for name, both in counts.items() if both[side]]
        for side, week in enumerate((WEEK1, WEEK2))
    }
    changes = company_changes(companies(held(tmp_path, reports)))
    assert statuses(changes) == {
        "new.example": "new", "up.example": "growing", "same.example": "steady",
        "down.example": "shrinking", "gone.example": "lapsed",
    }  # fmt: skip
    up = records(changes[changes["domain"] == "up.example"])[0]
    assert (up["before"], up["after"], up["change"]) == (5, 6, pytest.approx(0.2))
    assert plain(changes.loc[changes["domain"] == "new.example", "change"].item()) is None


def test_companies_arrive_and_leave_as_the_samples_story_tells(samples: Archive) -> None:
    changes = company_changes(companies(samples, Selection("month", 12)), "2025-11", "2026-10")
    assert {n: s for n, s in statuses(changes).items() if s in {"new", "lapsed"}} == {
        "harrowgate.example": "new", "fennmoor.example": "lapsed",
    }  # fmt: skip
    found = changes.set_index("domain")
    assert f"{found.loc['harrowgate.example', 'first_seen']:%Y-%m}" == "2026-04"
    assert f"{found.loc['fennmoor.example', 'last_seen']:%Y-%m}" == "2026-03"


def test_changes_between_two_periods_are_those_of_the_reports_rows(samples: Archive) -> None:
    sides: dict[str, Counter[str]] = {"2025-12-08": Counter(), NEWEST["week"]: Counter()}
    for row in sample_rows("tracked_companies", "week"):
        if row["START"] in sides:
            sides[row["START"]][row["DOMAIN"]] += int(row["PULLS"])
    before, after = sides.values()
    changes = company_changes(companies(samples, Selection("week", 12)), "2025-W50", "2026-W44")
    assert {row["domain"]: (row["before"], row["after"]) for row in records(changes)} == {
        name: (before[name], after[name]) for name in before | after
    }
    for row in records(changes):
        was, now = before[str(row["domain"])], after[str(row["domain"])]
        assert row["change"] == (pytest.approx(now / was - 1) if was else None)


def test_the_halves_of_the_interval_are_compared_per_period_held(samples: Archive) -> None:
    weeks = starts("week", HALF_YEAR["week"])
    halves = (weeks[:13], weeks[13:])
    sums: list[Counter[str]] = [Counter(), Counter()]
    for row in since(sample_rows("tracked_companies", "week"), HALF_YEAR["week"]):
        sums[row["START"] in halves[1]][row["DOMAIN"]] += int(row["PULLS"])
    # The first half lacks a week.
    assert GAP in halves[0]
    for row in records(company_changes(companies(samples))):
        name = str(row["domain"])
        assert (row["periods_before"], row["periods_after"]) == (12, 13)
        assert row["before"] == pytest.approx(sums[0][name] / 12)
        assert row["after"] == pytest.approx(sums[1][name] / 13)


def test_the_middle_of_an_odd_number_of_periods_is_in_neither_half(tmp_path: Path) -> None:
    reports = {w: [pulled(w, pulls=n)] for w, n in zip(WEEKS[:3], (1, 50, 1), strict=True)}
    changes = company_changes(companies(held(tmp_path, reports)))
    assert statuses(changes) == {"one.example": "steady"}


def test_a_period_that_is_not_held_is_never_lapsed_nor_new(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1)], WEEK3: [pulled(WEEK3, "two.example")]})
    frame = companies(archive)
    after_gap = company_changes(frame, "2026-W37", "2026-W38")
    before_gap = company_changes(frame, "2026-W38", "2026-W39")
    assert statuses(after_gap) == {"one.example": None, "two.example": None}
    assert statuses(before_gap) == {"one.example": None, "two.example": None}
    assert statuses(company_changes(frame)) == {"one.example": "lapsed", "two.example": "new"}


def test_a_gap_that_was_dropped_from_the_frame_stays_a_gap(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1, pulls=4)], WEEK4: [pulled(WEEK4, pulls=4)],
                              WEEK3: [pulled(WEEK3, pulls=4)]})  # fmt: skip
    changes = company_changes(companies(archive).dropna(subset=["pulls"]))
    assert records(changes[["before", "after", "periods_before"]]) == [
        {"before": 4, "after": 4, "periods_before": 1}
    ]


def test_companies_without_pulls_on_both_sides_are_left_out(tmp_path: Path) -> None:
    archive = held(
        tmp_path,
        {
            WEEK1: [pulled(WEEK1)],
            WEEK2: [pulled(WEEK2, "two.example")],
            WEEK3: [pulled(WEEK3)],
        },
    )
    assert statuses(company_changes(companies(archive))) == {"one.example": "steady"}


def test_what_counts_as_steady_can_be_said(tmp_path: Path) -> None:
    reports = {WEEK1: [pulled(WEEK1, pulls=10)], WEEK2: [pulled(WEEK2, pulls=12)]}
    frame = companies(held(tmp_path, reports))
    assert statuses(company_changes(frame)) == {"one.example": "growing"}
    assert statuses(company_changes(frame, steady=0.2)) == {"one.example": "steady"}


def test_one_period_alone_has_no_changes(tmp_path: Path) -> None:
    frame = companies(held(tmp_path, {WEEK1: [pulled(WEEK1)]}))
    assert statuses(company_changes(frame)) == {"one.example": None}


def test_a_period_outside_the_frame_is_refused(samples: Archive) -> None:
    frame = companies(samples)
    with pytest.raises(UnknownNameError, match="2026-W19 through 2026-W44"):
        company_changes(frame, "2025-W40", "2026-W44")
    with pytest.raises(SelectionError, match="both, or neither"):
        company_changes(frame, "2026-W40")


def test_a_frame_without_companies_has_no_changes_and_no_heavy_users(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: []})
    frame = companies(archive)
    assert frame.empty
    assert company_changes(frame).empty
    assert heavy_users(frame).empty


# -- deployment pattern -------------------------------------------------------------------------

COLUMN = {
    "use_case": "INFERRED_USE_CASE",
    "cloud": "CLOUD_SERVICE_PROVIDER",
    "country": "IP_COUNTRY",
    "client": "USER_AGENT",
    "repository": "IMAGE_REPOSITORY",
}


@pytest.mark.parametrize("company", [None, "brambleworks.example", "namib-rail.example", "=cmd()"])
@pytest.mark.parametrize("by", [("use_case", "cloud", "country"), ("client", "repository")])
def test_a_deployment_pattern_adds_up_the_reports_rows(
    samples: Archive, company: str | None, by: tuple[str, ...]
) -> None:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in since(sample_rows("tracked_companies", "week"), HALF_YEAR["week"]):
        if company in {None, row["DOMAIN"]}:
            groups[tuple(row[COLUMN[name]] for name in by)].append(row)
    every = sum(int(row["PULLS"]) for rows in groups.values() for row in rows)
    frame = deployment_pattern(samples, None, company, by=by)
    found = {tuple(row[name] for name in by): row for row in records(frame)}
    assert set(found) == set(groups)
    for key, rows in groups.items():
        pulls = sum(int(row["PULLS"]) for row in rows)
        users = [int(row["UNIQUE_AUTHENTICATED_USERS"]) for row in rows]
        assert found[key]["pulls"] == pulls
        assert found[key]["data_downloads"] == sum(int(row["DATA_DOWNLOADS"]) for row in rows)
        assert found[key]["version_checks"] == sum(int(row["VERSION_CHECKS"]) for row in rows)
        assert found[key]["share"] == pytest.approx(pulls / every)
        assert (found[key][LEAST], found[key][MOST]) == (max(users), sum(users))
    assert frame["pulls"].tolist() == sorted(frame["pulls"], reverse=True)
    assert frame.attrs["missing"] == ["2026-W20"]


def test_namibia_survives_in_a_deployment_pattern(samples: Archive) -> None:
    frame = deployment_pattern(samples, None, "namib-rail.example")
    rows = since(sample_rows("tracked_companies", "week"), HALF_YEAR["week"])
    pulls = sum(
        int(row["PULLS"]) for row in rows
        if row["DOMAIN"] == "namib-rail.example" and row["IP_COUNTRY"] == "NA"
    )  # fmt: skip
    assert pulls > 0
    assert frame.loc[frame["country"] == "NA", "pulls"].sum() == pulls


def test_a_deployment_pattern_of_selected_repositories(samples: Archive) -> None:
    rows = since(sample_rows("tracked_companies", "month"), YEAR["month"])
    mine = [
        int(row["PULLS"]) for row in rows
        if row["DOMAIN"] == "brambleworks.example" and row["IMAGE_REPOSITORY"] == "moonbarrow/kiln"
    ]  # fmt: skip
    chosen = Selection("month", 12, ["moonbarrow/kiln"])
    frame = deployment_pattern(samples, chosen, "brambleworks.example", by="use_case")
    assert frame["pulls"].sum() == sum(mine)
    assert "use_case" in frame


def test_a_place_that_the_report_does_not_name_is_a_row_of_its_own(tmp_path: Path) -> None:
    archive = held(tmp_path, {WEEK1: [pulled(WEEK1, country="\\N"), pulled(WEEK1, country="NA")]})
    frame = deployment_pattern(archive, by=["country"])
    assert [plain(value) for value in frame["country"]] == ["NA", None]


def test_an_unknown_company_is_refused_with_close_names(samples: Archive) -> None:
    with pytest.raises(UnknownNameError, match=r"brambleworks\.example"):
        deployment_pattern(samples, None, "brambelworks.example")
    with pytest.raises(UnknownNameError, match=r"Name it by its domain"):
        stacks(samples, None, "zzz")


def test_a_known_company_that_pulled_nothing_in_the_interval_has_no_rows(samples: Archive) -> None:
    frame = deployment_pattern(samples, Selection("week", 3), "fennmoor.example")
    assert frame.empty
    assert "share" in frame


def test_a_dimension_that_is_none_is_refused(samples: Archive) -> None:
    with pytest.raises(SelectionError, match="'use_case', 'cloud'"):
        deployment_pattern(samples, by=["region"])
    with pytest.raises(SelectionError, match="'use_case', 'cloud'"):
        deployment_pattern(samples, by=[])


# -- stacks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("company", [None, "NA", "brambleworks.example"])
def test_stacks_are_the_pairs_that_the_reports_name(samples: Archive, company: str | None) -> None:
    weeks: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in since(sample_rows("technographic_companies", "week"), HALF_YEAR["week"]):
        if company in {None, row["DOMAIN"]}:
            weeks[row["DOMAIN"], row["DVPP_IMAGE"], row["PAIRED_IMAGE"]].add(row["START"])
    expected = [
        {
            "domain": domain, "repository": image, "paired_image": paired,
            "first_seen": min(its), "last_seen": max(its), "periods": len(its),
            "periods_available": 25, "current": NEWEST["week"] in its,
        }
        for (domain, image, paired), its in sorted(weeks.items())
    ]  # fmt: skip
    assert expected
    assert records(stacks(samples, None, company)) == expected


def test_stacks_find_the_companies_that_run_an_image(samples: Archive) -> None:
    rows = since(sample_rows("technographic_companies", "month"), HALF_YEAR["month"])
    expected = {row["DOMAIN"] for row in rows if row["PAIRED_IMAGE"] == "library/valkey"}
    frame = stacks(samples, Selection("month"), paired_image="library/valkey")
    assert set(frame["domain"]) == expected
    assert set(frame["paired_image"]) == {"library/valkey"}


def test_popular_pairs_count_each_company_once(samples: Archive) -> None:
    rows = since(sample_rows("technographic_companies", "week"), HALF_YEAR["week"])
    every = {row["DOMAIN"] for row in rows}
    ever: dict[str, set[str]] = defaultdict(set)
    now: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        ever[row["PAIRED_IMAGE"]].add(row["DOMAIN"])
        if row["START"] == NEWEST["week"]:
            now[row["PAIRED_IMAGE"]].add(row["DOMAIN"])
    found = records(popular_pairs(stacks(samples)))
    assert {row["paired_image"]: (row["companies"], row["current"]) for row in found} == {
        image: (len(its), len(now[image])) for image, its in ever.items()
    }
    assert all(
        row["share"] == pytest.approx(len(ever[str(row["paired_image"])]) / len(every))
        for row in found
    )


def paired(start: str, image: str, publisher: str = "acme") -> list[str]:
    return ["week", start, publisher, "one.example", f"{publisher}/web", image]


def held_stacks(tmp_path: Path, *reports: list[list[str]]) -> Archive:
    return held_files(
        tmp_path,
        [
            write_csv(tmp_path / f"acme_technographic_company_{n}.csv", PAIRED, rows)
            for n, rows in enumerate(reports)
        ],
    )


def test_a_stack_is_current_where_the_newest_report_held_names_it(tmp_path: Path) -> None:
    archive = held_stacks(
        tmp_path,
        [paired(WEEK1, "library/redis"), paired(WEEK1, "library/nginx")],
        [paired(WEEK3, "library/nginx"), paired(WEEK3, "library/nginx")],
    )
    found = records(stacks(archive))
    assert [
        (r["paired_image"], r["periods"], r["periods_available"], r["current"]) for r in found
    ] == [
        ("library/nginx", 2, 2, True),
        ("library/redis", 1, 2, False),
    ]


def test_another_publishers_newer_report_makes_no_stack_outdated(tmp_path: Path) -> None:
    archive = held_stacks(
        tmp_path,
        [paired(WEEK1, "library/redis"), paired(WEEK1, "library/redis", "zeta")],
        [paired(WEEK2, "library/nginx")],
    )
    found = {(r["repository"], r["paired_image"]): r["current"] for r in records(stacks(archive))}
    assert found == {
        ("acme/web", "library/nginx"): True,
        ("acme/web", "library/redis"): False,
        ("zeta/web", "library/redis"): True,
    }
