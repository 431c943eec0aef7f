"""What the two reports of companies tell of each company, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from insights_nb import Archive, Selection, company_profiles
from insights_nb.errors import ReportNeededError, UnknownNameError
from tests.reports import write_csv
from tests.sample_csv import plain, records
from tests.test_companies import PAIRED, TRACKED, WEEK1, WEEK2, held_files, pulled

KNOWN = ["domain", "tracked", "pulls", "share", "status", "country", "use_case"]
BESIDE = ["related", "repositories", "current"]


def tracked(folder: Path, *rows: list[object]) -> Path:
    return write_csv(folder / "acme_tracked_company.csv", TRACKED, [*rows])


def beside(folder: Path, *rows: tuple[str, str, str], start: str = WEEK1) -> Path:
    """Write a report of (company, own image, other image)."""
    lines = [["week", start, "acme", *row] for row in rows]
    return write_csv(folder / f"acme_technographic_company_{start}.csv", PAIRED, lines)


def profile(archive: Archive, domain: str, **arguments: object) -> dict[str, object]:
    frame = company_profiles(archive, **arguments)  # type: ignore[arg-type]
    return records(frame[frame["domain"] == domain])[0]


def test_a_company_is_placed_where_most_of_its_pulls_are(tmp_path: Path) -> None:
    archive = held_files(
        tmp_path,
        [
            tracked(
                tmp_path,
                pulled(WEEK1, pulls=5, country="DE", use_case="CI/CD"),
                pulled(WEEK1, pulls=4, country="NA", use_case="Prod"),
                pulled(WEEK2, pulls=3, country="NA", use_case="Local Dev"),
            )
        ],
    )
    row = profile(archive, "one.example")
    assert (row["country"], row["use_case"]) == ("NA", "CI/CD")
    assert (row["pulls"], row["share"], row["status"]) == (12, 1.0, "shrinking")


def test_an_untracked_companys_pulls_are_unknown_and_not_none(tmp_path: Path) -> None:
    files = [
        tracked(tmp_path, pulled(WEEK1)),
        beside(tmp_path, ("two.example", "acme/web", "library/redis")),
    ]
    row = profile(held_files(tmp_path, files), "two.example")
    assert [row[name] for name in KNOWN] == ["two.example", False, None, None, None, None, None]
    assert [row[name] for name in BESIDE] == [1, 1, True]


def test_a_tracked_company_that_no_pair_names_runs_none(tmp_path: Path) -> None:
    files = [
        tracked(tmp_path, pulled(WEEK1)),
        beside(tmp_path, ("two.example", "acme/web", "library/redis")),
    ]
    row = profile(held_files(tmp_path, files), "one.example")
    assert [row[name] for name in BESIDE] == [0, 0, False]


def test_only_related_images_are_counted_where_some_are_named(tmp_path: Path) -> None:
    pairs = [("one.example", "acme/web", "library/redis"), ("one.example", "acme/api", "x/redis"),
             ("one.example", "acme/api", "library/node")]  # fmt: skip
    archive = held_files(tmp_path, [beside(tmp_path, *pairs)])
    everything = profile(archive, "one.example")
    redis = profile(archive, "one.example", related=["library/redis", "library/valkey"])
    nothing = profile(archive, "one.example", related=["library/valkey"])
    assert [everything[name] for name in BESIDE] == [3, 2, True]
    assert [redis[name] for name in BESIDE] == [1, 1, True]
    assert [nothing[name] for name in BESIDE] == [0, 0, False]


def test_a_pair_that_the_newest_report_no_longer_names_is_not_current(tmp_path: Path) -> None:
    files = [
        beside(tmp_path, ("one.example", "acme/web", "library/redis")),
        beside(tmp_path, ("two.example", "acme/web", "library/redis"), start=WEEK2),
    ]
    archive = held_files(tmp_path, files)
    assert profile(archive, "one.example")["current"] is False
    assert profile(archive, "two.example")["current"] is True


def test_a_report_that_is_not_held_leaves_its_columns_missing(tmp_path: Path) -> None:
    companies = held_files(tmp_path / "a", [tracked(tmp_path, pulled(WEEK1))])
    stacks = held_files(
        tmp_path / "b", [beside(tmp_path, ("one.example", "acme/web", "library/redis"))]
    )
    one, other = (profile(archive, "one.example") for archive in (companies, stacks))
    assert [one[name] for name in BESIDE] == [None] * 3
    assert [other[name] for name in KNOWN[1:]] == [None] * 6
    assert company_profiles(companies).dtypes.equals(company_profiles(stacks).dtypes)


def test_a_company_called_na_and_one_without_a_name_stay_two(tmp_path: Path) -> None:
    files = [
        tracked(tmp_path, pulled(WEEK1, "NA", 3), pulled(WEEK1, "\\N", 2)),
        beside(tmp_path, ("NA", "acme/web", "library/redis"), ("\\N", "acme/web", "x/y")),
    ]
    found = company_profiles(held_files(tmp_path, files))
    assert [(plain(d), p, r) for d, p, r in found[["domain", "pulls", "related"]].to_numpy()] == [
        ("NA", 3, 1), (None, 2, 1),
    ]  # fmt: skip


def test_selected_repositories_alone_count(tmp_path: Path) -> None:
    files = [
        tracked(tmp_path, pulled(WEEK1, pulls=3), pulled(WEEK1, pulls=9, repository="acme/api")),
        beside(tmp_path, ("one.example", "acme/web", "x/y"), ("one.example", "acme/api", "x/z")),
    ]
    archive = held_files(tmp_path, files)
    row = profile(archive, "one.example", selection=Selection(repositories=["acme/web"]))
    assert (row["pulls"], row["related"], row["repositories"]) == (3, 1, 1)
    with pytest.raises(UnknownNameError, match="acme/web"):
        company_profiles(archive, Selection(repositories=["acme/wep"]))


def test_without_either_report_both_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReportNeededError, match=r"Tracked companies .*Technographic companies"):
        company_profiles(Archive(tmp_path))
