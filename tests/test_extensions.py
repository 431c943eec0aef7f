"""Installs, uninstalls, updates and openings of extensions, and what is not known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from insights_nb import Archive, Selection
from insights_nb.errors import ReportNeededError
from insights_nb.metrics.extensions import extension_totals, extensions
from insights_nb.periods import GRANULARITIES, Granularity
from tests.reports import write_csv
from tests.sample_csv import GAP, YEAR, plain, records, sample_rows, starts

CORE = ["Installs", "TotalInstalls", "Uninstalls", "TotalUninstalls", "Updates"]
PREMIUM = ["Installs", "UniqueInstalls", "Uninstalls", "UniqueUninstalls", "Usage", "UniqueUsers"]
FROM_CORE = ["total_installs", "total_uninstalls", "total_net", "updates"]
PEOPLE = ["unique_installs", "unique_uninstalls", "unique_users"]
BOUNDS = [f"{name}_{bound}" for name in PEOPLE for bound in ("at_least", "at_most")]


def core(folder: Path, week: str, *rows: list[Any], named: bool = False) -> Path:
    header = ["Extension", *CORE] if named else CORE
    return write_csv(folder / f"acme_extension_core_{week}.csv", header, [*rows])


def premium(folder: Path, week: str, *rows: list[Any], named: bool = False) -> Path:
    header = ["Extension", *PREMIUM] if named else PREMIUM
    return write_csv(folder / f"acme_extension_premium_{week}.csv", header, [*rows])


def held(tmp_path: Path, *files: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    outcome = archive.add(files, quiet=True)
    assert not outcome.refused, outcome
    return archive


def column(frame: pd.DataFrame, name: str) -> list[object]:
    return [plain(value) for value in frame[name]]


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_extensions_are_the_two_reports_side_by_side(
    samples: Archive, granularity: Granularity
) -> None:
    by_core = {row["START"]: row for row in sample_rows("extension_core", granularity)}
    by_premium = {row["START"]: row for row in sample_rows("extension_premium", granularity)}
    expected = []
    for period in starts(granularity, YEAR[granularity]):
        row: dict[str, object] = {"period": period, "publisher": "moonbarrow", "extension": None}
        if period == GAP:
            names = ["installs", "uninstalls", "net", *FROM_CORE, "usage", *BOUNDS]
            expected.append(row | dict.fromkeys(names))
            continue
        one = {name: int(by_core[period][name]) for name in CORE}
        two = {name: int(by_premium[period][name]) for name in PREMIUM}
        unique = (two["UniqueInstalls"], two["UniqueUninstalls"], two["UniqueUsers"])
        row |= {
            "installs": one["Installs"], "uninstalls": one["Uninstalls"],
            "net": one["Installs"] - one["Uninstalls"],
            "total_installs": one["TotalInstalls"], "total_uninstalls": one["TotalUninstalls"],
            "total_net": one["TotalInstalls"] - one["TotalUninstalls"],
            "updates": one["Updates"], "usage": two["Usage"],
        }  # fmt: skip
        expected.append(row | dict(zip(BOUNDS, (n for n in unique for _ in "ab"), strict=True)))
    assert records(extensions(samples, Selection(granularity, 12))) == expected


def test_each_column_is_missing_where_its_report_is_not_held(tmp_path: Path) -> None:
    archive = held(
        tmp_path,
        core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]),
        premium(tmp_path, "2026-W38", [6, 4, 3, 1, 9, 8]),
        # Neither is held of 2026-W39.
        core(tmp_path, "2026-W40", [8, 64, 1, 24, 3]),
        premium(tmp_path, "2026-W40", [8, 6, 1, 1, 10, 9]),
    )
    frame = extensions(archive)
    assert column(frame, "installs") == [5, 6, None, 8]
    assert column(frame, "net") == [3, 3, None, 7]
    assert column(frame, "total_installs") == [50, None, None, 64]
    assert column(frame, "updates") == [7, None, None, 3]
    assert column(frame, "usage") == [None, 9, None, 10]
    assert column(frame, "unique_users_at_least") == [None, 8, None, 9]


@pytest.mark.parametrize("kind", ["core", "premium"])
def test_one_of_the_two_reports_is_enough(tmp_path: Path, kind: str) -> None:
    if kind == "core":
        archive = held(tmp_path, core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]))
    else:
        archive = held(tmp_path, premium(tmp_path, "2026-W37", [5, 4, 2, 1, 9, 8]))
    row = records(extensions(archive))[0]
    missing = {name for name, value in row.items() if value is None} - {"extension"}
    assert row["installs"] == 5
    assert missing == set({"core": ["usage", *BOUNDS], "premium": FROM_CORE}[kind])


def test_an_extension_that_a_held_report_does_not_name_had_no_installs(tmp_path: Path) -> None:
    archive = held(
        tmp_path,
        core(tmp_path, "2026-W37", ["a", 5, 50, 2, 20, 7], ["NA", 1, 1, 0, 0, 0], named=True),
        core(tmp_path, "2026-W38", ["a", 6, 56, 1, 21, 7], named=True),
    )
    frame = extensions(archive)
    na = frame[frame["extension"] == "NA"]
    assert column(na, "installs") == [1, 0]
    assert column(na, "updates") == [0, 0]
    # What was installed of all times is not stated, and certainly not none.
    assert column(na, "total_installs") == [1, None]


def test_a_report_that_never_names_an_extension_says_nothing_of_it(tmp_path: Path) -> None:
    archive = held(
        tmp_path,
        core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]),
        premium(tmp_path, "2026-W37", ["a", 5, 4, 2, 1, 9, 8], named=True),
    )
    rows = {row["extension"]: row for row in records(extensions(archive))}
    assert (rows["a"]["updates"], rows["a"]["usage"]) == (None, 9)
    assert (rows[None]["updates"], rows[None]["usage"]) == (7, None)


def test_the_unique_people_of_unnamed_rows_are_bounds(tmp_path: Path) -> None:
    archive = held(tmp_path, premium(tmp_path, "2026-W37", [5, 4, 2, 1, 9, 8], [3, 3, 0, 0, 7, 5]))
    row = records(extensions(archive))[0]
    assert (row["installs"], row["usage"]) == (8, 16)
    assert (row["unique_users_at_least"], row["unique_users_at_most"]) == (8, 13)


def test_an_older_files_missing_column_is_missing_not_zero(tmp_path: Path) -> None:
    old = write_csv(
        tmp_path / "acme_extension_core_2026-W37.csv", ["Installs", "TotalInstalls"], [[5, 50]]
    )
    frame = extensions(held(tmp_path, old, core(tmp_path, "2026-W38", [6, 56, 1, 3, 4])))
    assert column(frame, "uninstalls") == [None, 1]
    assert column(frame, "net") == [None, 5]
    assert column(frame, "updates") == [None, 4]


def test_two_publishers_unnamed_extensions_are_kept_apart(tmp_path: Path) -> None:
    zeta = tmp_path / "zeta_extension_core_2026-W37.csv"
    write_csv(zeta, CORE, [[1, 1, 0, 0, 0]])
    archive = held(
        tmp_path,
        zeta,
        core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]),
        core(tmp_path, "2026-W38", [6, 56, 2, 22, 7]),
    )
    frame = extensions(archive)
    assert column(frame[frame["publisher"] == "acme"], "installs") == [5, 6]
    assert column(frame[frame["publisher"] == "zeta"], "installs") == [1, None]


def test_a_revised_report_replaces_the_earlier_one(tmp_path: Path) -> None:
    held(tmp_path, core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]))
    archive = held(tmp_path, core(tmp_path, "2026-W37", [6, 51, 2, 20, 7]))
    assert column(extensions(archive), "installs") == [6]


def test_weeks_and_months_are_not_mixed(tmp_path: Path) -> None:
    archive = held(
        tmp_path,
        core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]),
        core(tmp_path, "2026-09", [21, 70, 8, 26, 30]),
    )
    assert column(extensions(archive), "installs") == [5]
    assert column(extensions(archive, Selection("month")), "installs") == [21]


def test_missing_reports_are_named_with_where_to_download_them(tmp_path: Path) -> None:
    with pytest.raises(ReportNeededError, match=r"Extension core .*Extensions.*Extension premium"):
        extensions(Archive(tmp_path))


# -- over the interval --------------------------------------------------------------------------


def test_events_add_up_over_periods_and_people_do_not(samples: Archive) -> None:
    first = YEAR["month"]
    one = [row for row in sample_rows("extension_core", "month") if row["START"] >= first]
    two = [row for row in sample_rows("extension_premium", "month") if row["START"] >= first]
    total = records(extension_totals(extensions(samples, Selection("month", 12))))[0]
    assert total["installs"] == sum(int(row["Installs"]) for row in one)
    assert total["updates"] == sum(int(row["Updates"]) for row in one)
    assert total["usage"] == sum(int(row["Usage"]) for row in two)
    assert total["total_installs"] == max(int(row["TotalInstalls"]) for row in one)
    users = [int(row["UniqueUsers"]) for row in two]
    assert total["unique_users_at_least"] == max(users)
    assert total["unique_users_at_most"] == sum(users)
    assert total["missing"] == 0


def test_totals_of_all_times_are_those_of_the_newest_period_that_states_them(
    tmp_path: Path,
) -> None:
    archive = held(
        tmp_path,
        core(tmp_path, "2026-W37", [5, 50, 2, 20, 7]),
        core(tmp_path, "2026-W39", [6, 70, 2, 25, 7]),
        premium(tmp_path, "2026-W40", [4, 4, 2, 1, 9, 8]),
    )
    total = records(extension_totals(extensions(archive)))[0]
    assert (total["total_installs"], total["total_net"]) == (70, 45)
    assert (total["installs"], total["missing"]) == (15, 1)


def test_people_are_unbounded_above_where_a_held_period_does_not_state_them(
    tmp_path: Path,
) -> None:
    archive = held(
        tmp_path,
        premium(tmp_path, "2026-W37", [5, 4, 2, 1, 9, 8]),
        premium(tmp_path, "2026-W38", [5, 4, 2, 1, 9, ""]),
    )
    total = records(extension_totals(extensions(archive)))[0]
    assert (total["unique_users_at_least"], total["unique_users_at_most"]) == (8, None)
    assert (total["unique_installs_at_least"], total["unique_installs_at_most"]) == (4, 8)
