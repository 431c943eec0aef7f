from __future__ import annotations

from pathlib import Path

import pytest

from insights_nb.schema import REPORTS, UNKNOWN, find_kind, match_key, snake_case

TEN = {
    "summary",
    "trends",
    "technographic",
    "technographic_companies",
    "tracked_companies",
    "image_pulls_raw",
    "image_pulls_summary",
    "extension_core",
    "extension_premium",
    "pulls",
}


def test_ten_reports_are_declared() -> None:
    assert set(REPORTS) == TEN
    assert all(kind == report.kind for kind, report in REPORTS.items())


@pytest.mark.parametrize("kind", sorted(TEN))
def test_no_two_columns_of_a_report_share_a_name_or_header(kind: str) -> None:
    columns = REPORTS[kind].columns
    assert len({column.name for column in columns}) == len(columns)
    assert len({match_key(column.header) for column in columns}) == len(columns)


@pytest.mark.parametrize("kind", sorted(TEN))
def test_a_column_is_named_as_its_header_in_snake_case(kind: str) -> None:
    for column in REPORTS[kind].columns:
        assert column.name == snake_case(column.header)


@pytest.mark.parametrize("kind", sorted(TEN))
def test_every_column_says_what_it_means(kind: str) -> None:
    assert all(column.meaning for column in REPORTS[kind].columns)


def test_people_never_add_up() -> None:
    people = ("unique", "users", "total_pullers", "domains", "total_domains", "ip_count")
    for report in REPORTS.values():
        for column in report.columns:
            if column.name.startswith(people):
                assert not column.additive, (report.kind, column.name)


def test_a_running_total_does_not_add_up() -> None:
    assert not REPORTS["extension_core"].column("total_installs").additive


@pytest.mark.parametrize(
    "spelling", ["Action day", "ACTION_DAY", "ActionDay", "action-day", " action  day "]
)
def test_spellings_of_a_header_match(spelling: str) -> None:
    assert match_key(spelling) == match_key("action_day")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("TotalInstalls", "total_installs"),
        ("pullCount", "pull_count"),
        ("HTTP method", "http_method"),
        ("Unique IP address", "unique_ip_address"),
    ],
)
def test_headers_become_snake_case(header: str, name: str) -> None:
    assert snake_case(header) == name


def test_a_kind_answers_to_dockers_names() -> None:
    assert find_kind("trend") == "trends"
    assert find_kind("Tracked companies") == "tracked_companies"
    assert find_kind("unknown") == UNKNOWN
    assert find_kind("nonsense") is None


def test_the_column_dates_are_those_of_the_documentation() -> None:
    raw = REPORTS["image_pulls_raw"]
    assert str(raw.column("domain").since) == "2022-10-11"
    assert str(raw.column("owner").since) == "2022-12-19"
    assert str(REPORTS["extension_core"].column("updates").since) == "2024-02-01"


def test_the_schema_needs_no_data_library() -> None:
    source = Path(__file__).parents[1].joinpath("insights_nb", "schema.py").read_text("utf-8")
    assert "polars" not in source
    assert "pandas" not in source
