"""The sample data: it repeats, it is small, its reports agree, and its stories can be seen.

Reports are read here with the plain `csv` module, so that the samples do not lean on the reader
which is tested with them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from insights_nb.schema import REPORTS

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "data" / "samples"
SCRIPT = ROOT / "scripts" / "make_samples.py"
NO_TAG = "\\\\N"
DVP = ("summary", "trends", "technographic", "technographic_companies", "tracked_companies")
EXTENSIONS = ("extension_core", "extension_premium")
MISSING = dt.date(2026, 5, 11)

Row = dict[str, str]


def sample_files(folder: Path = SAMPLES) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix in {".csv", ".gz", ".json"})


def generate(out: Path, hash_seed: str) -> None:
    subprocess.run(
        [sys.executable, SCRIPT, "--out", out],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    generate(out, "1")
    return out


def text(path: Path) -> str:
    from sampling.files import content

    return content(path).decode()


@cache
def rows(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text(path), newline="")))


def paths(kind: str, granularity: str) -> dict[dt.date, Path]:
    """Catalogue files of one kind, by the first day of their period."""
    found = {}
    for path in (SAMPLES / kind).glob(f"*_{granularity}ly_*"):
        year, month, day = path.name.split(".")[0].split("_")[-3:]
        found[dt.date(int(year), int(month), int(day))] = path
    return dict(sorted(found.items()))


def periods() -> list[tuple[str, dt.date]]:
    return [(unit, start) for unit in ("week", "month") for start in paths("trends", unit)]


def read(kind: str, unit: str, start: dt.date) -> list[Row]:
    return rows(paths(kind, unit)[start])


def weekly(repository: str, kind: str = "trends", **where: str) -> dict[dt.date, int]:
    """A repository's pulls by week, 0 where a held report does not name it."""
    return {
        start: sum(
            int(row["PULLS"])
            for row in rows(path)
            if row["IMAGE_REPOSITORY"] == f"moonbarrow/{repository}"
            and all(row[column] == value for column, value in where.items())
        )
        for start, path in paths(kind, "week").items()
    }


def mean(values: list[int]) -> float:
    return sum(values) / len(values)


# --- they repeat and stay small ---------------------------------------------------------------


@pytest.mark.system
def test_the_samples_are_what_the_generator_writes(fresh: Path) -> None:
    made = {path.relative_to(fresh): text(path) for path in sample_files(fresh)}
    kept = {path.relative_to(SAMPLES): text(path) for path in sample_files()}
    assert sorted(kept) == sorted(made)
    assert [name for name in kept if kept[name] != made[name]] == []


@pytest.mark.system
def test_two_runs_write_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    generate(tmp_path, "2")
    first = {path.relative_to(fresh): path.read_bytes() for path in sample_files(fresh)}
    second = {path.relative_to(tmp_path): path.read_bytes() for path in sample_files(tmp_path)}
    assert first == second


def test_packed_files_name_no_time_no_file_and_no_system() -> None:
    packed = [path for path in sample_files() if path.suffix == ".gz"]
    assert packed
    assert {path.read_bytes()[:10] for path in packed} == {b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"}


def test_a_second_run_removes_stale_reports_and_nothing_else(tmp_path: Path) -> None:
    from sampling.files import write_all

    files = {"trends/a.csv": b"1\n", "trends/b.csv.gz": b"2\n"}
    write_all(tmp_path, files)
    (tmp_path / "README.md").write_text("kept")
    (tmp_path / "trends" / "notes.txt").write_text("kept")
    (tmp_path / "trends" / "b.csv.gz").write_bytes(b"broken")
    assert write_all(tmp_path, {"trends/b.csv.gz": b"2\n"}) == (1, 1)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"README.md", "trends/b.csv.gz", "trends/notes.txt"}
    assert text(tmp_path / "trends" / "b.csv.gz") == "2\n"


def test_they_stay_small() -> None:
    sizes = [path.stat().st_size for path in sample_files()]
    assert sum(sizes) < 4_000_000
    assert max(sizes) < 500_000
    assert len(sizes) < 700


def test_no_two_files_are_the_same() -> None:
    counts = Counter(text(path) for path in sample_files() if "tracked" not in path.name)
    assert max(counts.values()) == 1


# --- shapes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind != "pulls"])
def test_headers_are_the_documented_ones(kind: str) -> None:
    documented = [column.header for column in REPORTS[kind].columns if not column.optional]
    found = {text(path).splitlines()[0] for path in (SAMPLES / kind).iterdir()}
    expected = {",".join(documented)}
    if kind == "image_pulls_summary":
        every = [column.header for column in REPORTS[kind].columns]
        expected.add(",".join(every))
    assert found == expected


@pytest.mark.parametrize("kind", DVP)
def test_reports_cover_every_period_but_the_missing_week(kind: str) -> None:
    first = dt.date(2025, 8, 4)
    weeks = [first + dt.timedelta(weeks=n) for n in range(65)]
    assert list(paths(kind, "week")) == [week for week in weeks if week != MISSING]
    months = [dt.date(2025 + n // 12, n % 12 + 1, 1) for n in range(7, 22)]
    assert list(paths(kind, "month")) == months


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_extension_summaries_lack_the_same_week(kind: str) -> None:
    labels = {path.stem.split("_")[-1] for path in (SAMPLES / kind).iterdir()}
    assert len([label for label in labels if "W" in label]) == 64
    assert len([label for label in labels if "W" not in label]) == 15
    assert "2026-W20" not in labels
    assert "2026-05" in labels


def test_periods_in_the_rows_are_those_of_the_name() -> None:
    for kind in DVP:
        for unit in ("week", "month"):
            for start, path in paths(kind, unit).items():
                found = {(row["DATE_GRANULARITY"], row["DATE_REFERENCE"]) for row in rows(path)}
                assert found <= {(unit, start.isoformat())}, path.name


def test_a_weekly_trends_report_has_a_few_hundred_rows() -> None:
    lengths = [len(rows(path)) for path in paths("trends", "week").values()]
    assert min(lengths) >= 120
    assert max(lengths) <= 260


# --- they agree -------------------------------------------------------------------------------


def trend_sums(unit: str, start: dt.date, *columns: str) -> dict[tuple[str, ...], list[int]]:
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in read("trends", unit, start):
        key = tuple(row[column] for column in columns)
        for place, measure in enumerate(("DATA_DOWNLOADS", "VERSION_CHECKS", "PULLS")):
            sums[key][place] += int(row[measure])
    return sums


def summary_rows(unit: str, start: dt.date, level: str) -> dict[tuple[str, ...], list[int]]:
    found = {}
    for row in read("summary", unit, start):
        if row["LEVEL"] == level:
            assert (row["REFERENCE"],) not in found
            counts = [int(row[c]) for c in ("DATA_DOWNLOADS", "VERSION_CHECKS", "EVENT_COUNT")]
            found[row["REFERENCE"],] = counts
    return found


def test_trends_sum_to_the_summarys_repository_rows() -> None:
    for unit, start in periods():
        assert trend_sums(unit, start, "IMAGE_REPOSITORY") == summary_rows(
            unit, start, "repository"
        ), (unit, start)


def test_summary_levels_restate_each_other() -> None:
    for unit, start in periods():
        whole = trend_sums(unit, start)[()]
        for level in ("publisher", "namespace", "repository", "digest"):
            parts = summary_rows(unit, start, level).values()
            assert [sum(column) for column in zip(*parts, strict=True)] == whole, (start, level)
        by_tag = trend_sums(unit, start, "TAG")
        del by_tag[NO_TAG,]
        assert by_tag == summary_rows(unit, start, "tag"), (unit, start)


def test_pulls_are_downloads_and_version_checks() -> None:
    for kind, total in (
        ("summary", "EVENT_COUNT"),
        ("trends", "PULLS"),
        ("tracked_companies", "PULLS"),
    ):
        for unit, start in periods():
            for row in read(kind, unit, start):
                assert int(row[total]) == int(row["DATA_DOWNLOADS"]) + int(row["VERSION_CHECKS"])
                assert int(row[total]) > 0


@pytest.mark.parametrize(
    ("kind", "columns", "measure"),
    [
        ("trends", ("IMAGE_REPOSITORY", "IP_COUNTRY", "USER_AGENT", "TAG"), "PULLS"),
        ("summary", ("LEVEL", "REFERENCE"), "EVENT_COUNT"),
        ("tracked_companies", ("DOMAIN", "IMAGE_REPOSITORY"), "PULLS"),
    ],
)
def test_three_months_are_the_thirteen_weeks_they_consist_of(
    kind: str, columns: tuple[str, ...], measure: str
) -> None:
    # 1 September 2025 and 1 December 2025 are Mondays.
    first, after = dt.date(2025, 9, 1), dt.date(2025, 12, 1)
    sums = {}
    for unit in ("week", "month"):
        found: Counter[tuple[str, ...]] = Counter()
        for start, path in paths(kind, unit).items():
            if first <= start < after:
                for row in rows(path):
                    found[tuple(row[column] for column in columns)] += int(row[measure])
        sums[unit] = found
    assert sums["week"] == sums["month"]
    assert sums["week"].total() > 100_000


def test_the_months_hold_the_missing_weeks_pulls() -> None:
    # 1 December 2025 and 1 June 2026 are Mondays, too; the missing week lies between.
    def total(unit: str) -> int:
        return sum(
            trend_sums(unit, start)[()][2]
            for start in paths("trends", unit)
            if dt.date(2025, 12, 1) <= start < dt.date(2026, 6, 1)
        )

    near = [trend_sums("week", MISSING + dt.timedelta(days=days))[()][2] for days in (-7, 7)]
    assert total("month") - total("week") == pytest.approx(mean(near), rel=0.15)


def test_tracked_companies_are_part_of_trends() -> None:
    by = ("IMAGE_REPOSITORY", "IP_COUNTRY", "CLOUD_SERVICE_PROVIDER", "USER_AGENT")
    for unit, start in periods():
        everybody = trend_sums(unit, start, *by)
        companies: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in read("tracked_companies", unit, start):
            key = tuple(row[column] for column in by)
            for place, measure in enumerate(("DATA_DOWNLOADS", "VERSION_CHECKS", "PULLS")):
                companies[key][place] += int(row[measure])
        for key, counts in companies.items():
            assert all(a <= b for a, b in zip(counts, everybody[key], strict=True)), (start, key)


def test_unique_users_are_plausible() -> None:
    for unit, start in periods():
        for row in read("trends", unit, start):
            users = int(row["UNIQUE_AUTHENTICATED_USERS"]) + int(
                row["UNIQUE_UNAUTHENTICATED_USERS"]
            )
            assert 0 < users <= int(row["PULLS"])
        for row in read("tracked_companies", unit, start):
            assert int(row["UNIQUE_AUTHENTICATED_USERS"]) <= int(row["PULLS"])


def test_unique_users_of_a_month_lie_between_its_largest_week_and_the_sum() -> None:
    by = ("IMAGE_REPOSITORY", "IP_COUNTRY", "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "TAG")
    column = "UNIQUE_UNAUTHENTICATED_USERS"

    def users(unit: str, start: dt.date) -> dict[tuple[str, ...], int]:
        return {tuple(row[c] for c in by): int(row[column]) for row in read("trends", unit, start)}

    def in_february(unit: str, start: dt.date) -> bool:
        return unit == "week" and dt.date(2026, 1, 26) <= start <= dt.date(2026, 2, 23)

    month = users("month", dt.date(2026, 2, 1))
    weeks = [users(unit, start) for unit, start in periods() if in_february(unit, start)]
    inside = weeks[1:-1]
    assert len(weeks) == 5
    for key, count in month.items():
        assert max(week.get(key, 0) for week in inside) <= count
        assert count <= sum(week.get(key, 0) for week in weeks)


def test_technographic_totals_repeat_and_shares_are_ratios() -> None:
    for unit, start in periods():
        totals: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in read("technographic", unit, start):
            totals[row["DVPP_IMAGE"]].add((row["TOTAL_PULLERS"], row["TOTAL_DOMAINS"]))
            assert 10 <= int(row["USERS"]) <= int(row["TOTAL_PULLERS"])
            assert int(row["DOMAINS"]) <= int(row["TOTAL_DOMAINS"])
            for part, whole, share in (
                ("USERS", "TOTAL_PULLERS", "PCT_USERS"),
                ("DOMAINS", "TOTAL_DOMAINS", "PCT_DOMAINS"),
            ):
                ratio = int(row[part]) / max(1, int(row[whole]))
                assert float(row[share]) == pytest.approx(ratio, abs=0.000_051)
        assert {len(found) for found in totals.values()} == {1}


def test_technographic_domains_count_the_companies() -> None:
    for unit, start in periods():
        companies = Counter(
            (row["DVPP_IMAGE"], row["PAIRED_IMAGE"])
            for row in read("technographic_companies", unit, start)
        )
        domains = {
            (row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): int(row["DOMAINS"])
            for row in read("technographic", unit, start)
        }
        assert companies == Counter({pair: count for pair, count in domains.items() if count})


def legacy(kind: str, label: str) -> list[Row]:
    (path,) = (SAMPLES / kind.split("/")[0]).glob(f"*_{kind.split('/')[1]}_{label}.*")
    return rows(path)


@pytest.mark.parametrize("label", ["2026-W32", "2026-W44", "2026-08", "2026-10"])
def test_the_legacy_summary_adds_up_the_raw_data(label: str) -> None:
    raw = legacy("image_pulls_raw/raw", label)
    for view, by in (
        ("repo_summary", ("Repository",)),
        ("pulls_summary", ("Repository", "Reference")),
    ):
        counted = Counter((*(row[column] for column in by), row["Action"]) for row in raw)
        summed: Counter[tuple[str, ...]] = Counter()
        for row in legacy(f"image_pulls_summary/{view}", label):
            key = tuple(row[column] for column in by)
            for action in ("pull_by_tag", "pull_by_digest", "version_check"):
                summed[*key, action] = int(row[action.replace("_", " ").capitalize()])
            actions = sum(
                summed[*key, a] for a in ("pull_by_tag", "pull_by_digest", "version_check")
            )
            assert 0 < int(row["Unique IP address"]) <= actions
        assert +summed == counted


def test_legacy_raw_rows_keep_the_classification_rules() -> None:
    for row in legacy("image_pulls_raw/raw", "2026-10"):
        assert row["Timestamp"].startswith(row["Action day"] + " ")
        assert row["Reference"] == (row["Tag"] or row["Digest"])
        assert (row["Tag"] == "") == (row["Action"] == "pull_by_digest")
        assert row["Action"] != "version_check" or row["HTTP method"] == "HEAD"
        assert row["Type"] in {"business", "isp", "hosting", "education", "null"}


def test_extension_totals_grow_by_what_was_installed() -> None:
    files = sorted((SAMPLES / "extension_core").glob("*W*"))
    for before, after in pairwise(files):
        (old,), (new,) = rows(before), rows(after)
        if "W21" not in after.name:
            assert int(new["TotalInstalls"]) == int(old["TotalInstalls"]) + int(new["Installs"])
    core = {path.name[-12:]: rows(path)[0] for path in files}
    for path in (SAMPLES / "extension_premium").glob("*W*"):
        (premium,) = rows(path)
        assert premium["Installs"] == core[path.name[-12:]]["Installs"]
        assert int(premium["UniqueInstalls"]) <= int(premium["Installs"])


def answers(span: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for path in sorted((SAMPLES / "pulls").glob(f"*_{span}_*.json")):
        repos = json.loads(path.read_text())["repos"]
        assert len(repos) <= 50
        for name, answer in repos.items():
            found[name].extend(answer["pulls"] or [])
    return found


@pytest.mark.parametrize(("span", "unit"), [("weeks", "week"), ("months", "month")])
def test_the_api_counts_otherwise_than_the_reports(span: str, unit: str) -> None:
    points = 0
    for name, series in answers(span).items():
        starts = [point["start"] for point in series]
        assert starts == sorted(set(starts))
        for point in series:
            start = dt.datetime.fromisoformat(str(point["start"])).date()
            end = dt.datetime.fromisoformat(str(point["end"])).date()
            if unit == "week":
                assert (start.weekday(), (end - start).days) == (0, 6)
            else:
                assert (start.day, (end + dt.timedelta(days=1)).day) == (1, 1)
            if start == MISSING:
                continue
            events = summary_rows(unit, start, "repository")[name,][2]
            assert 0.4 * events < int(str(point["pullCount"])) < events
            points += 1
    assert points > (700 if unit == "week" else 160)


# --- the stories can be seen ------------------------------------------------------------------


def test_the_top_repository_is_pulled_about_200_000_times_a_week() -> None:
    pulls = weekly("lantern")
    assert mean(list(pulls.values())) == pytest.approx(200_000, rel=0.1)
    assert mean([pulls[w] for w in list(pulls)[-8:]]) > 1.1 * mean(
        [pulls[w] for w in list(pulls)[4:12]]
    )


def test_most_pulls_name_no_tag_and_four_in_ten_are_version_checks() -> None:
    counts: Counter[str] = Counter()
    for start in paths("trends", "week"):
        for tag, (_, checks, pulls) in trend_sums("week", start, "TAG").items():
            counts["no tag" if tag == (NO_TAG,) else "tag"] += pulls
            counts["checks"] += checks
    pulls = counts["no tag"] + counts["tag"]
    assert counts["no tag"] / pulls == pytest.approx(0.6, abs=0.03)
    assert 0.3 < counts["checks"] / pulls < 0.6


def test_a_launch_rises_from_nothing() -> None:
    pulls = weekly("beacon")
    before = [count for week, count in pulls.items() if week < dt.date(2026, 3, 9)]
    assert set(before) == {0}
    assert 0 < pulls[dt.date(2026, 3, 9)] < 2_000
    assert pulls[dt.date(2026, 10, 26)] > 40_000


def test_users_migrate_from_v1_to_v2() -> None:
    old, new = weekly("ferry", TAG="1"), weekly("ferry", TAG="2")
    assert new[dt.date(2025, 11, 24)] == 0
    assert old[dt.date(2025, 11, 24)] > 8_000
    assert new[dt.date(2026, 10, 26)] > 8_000
    assert old[dt.date(2026, 10, 26)] < 0.1 * old[dt.date(2025, 11, 24)]
    whole = list(weekly("ferry").values())
    assert max(whole) < 1.5 * mean(whole)


def test_one_pipeline_doubles_a_repository_for_three_weeks() -> None:
    pulls = weekly("kiln")
    spike = [week for week, count in pulls.items() if count > 80_000]
    assert spike == [dt.date(2026, 6, 8), dt.date(2026, 6, 15), dt.date(2026, 6, 22)]
    wild = {"USER_AGENT": "kaniko", "CLOUD_SERVICE_PROVIDER": "aws"}
    cell = weekly("kiln", **wild)
    company = weekly("kiln", "tracked_companies", DOMAIN="brambleworks.example", **wild)
    for week in spike:
        assert cell[week] > 0.45 * pulls[week]
        assert company[week] > 0.8 * cell[week]


def test_pulls_dip_at_the_end_of_the_year_and_in_august() -> None:
    pulls = weekly("lantern")
    usual = mean([pulls[dt.date(2025, 11, 3) + dt.timedelta(weeks=n)] for n in range(5)])
    assert pulls[dt.date(2025, 12, 22)] < 0.6 * usual
    assert pulls[dt.date(2026, 1, 12)] > 0.85 * usual
    august, july = pulls[dt.date(2026, 8, 10)], pulls[dt.date(2026, 7, 6)]
    assert august < 0.9 * july


def test_a_repository_dies() -> None:
    pulls = weekly("tallow")
    assert pulls[dt.date(2025, 9, 1)] > 8_000
    assert {count for week, count in pulls.items() if week >= dt.date(2026, 6, 29)} == {0}


def test_a_zero_week_is_held_without_a_row() -> None:
    pulls = weekly("spindle")
    assert [week for week, count in pulls.items() if count == 0] == [dt.date(2026, 2, 16)]
    for kind in ("trends", "summary", "technographic", "tracked_companies"):
        assert "moonbarrow/spindle" not in text(paths(kind, "week")[dt.date(2026, 2, 16)])


def test_one_tracked_companies_report_is_a_header_without_rows() -> None:
    lengths = {start: len(rows(path)) for start, path in paths("tracked_companies", "week").items()}
    assert [start for start, length in lengths.items() if not length] == [dt.date(2026, 7, 20)]


def test_companies_arrive_and_leave() -> None:
    weeks: dict[str, list[dt.date]] = defaultdict(list)
    for start, path in paths("tracked_companies", "week").items():
        for domain in {row["DOMAIN"] for row in rows(path)}:
            weeks[domain].append(start)
    assert weeks["harrowgate.example"][0] == dt.date(2026, 4, 6)
    assert weeks["fennmoor.example"][-1] == dt.date(2026, 3, 23)


def test_users_move_from_redis_to_valkey() -> None:
    def users(start: dt.date, image: str) -> int:
        found = read("technographic", "month", start)
        return sum(int(row["USERS"]) for row in found if row["PAIRED_IMAGE"] == image)

    before, after = dt.date(2025, 12, 1), dt.date(2026, 10, 1)
    assert users(before, "library/valkey") < 0.3 * users(before, "library/redis")
    assert users(after, "library/valkey") > users(after, "library/redis")


def test_the_api_knows_the_missing_week_and_one_point_is_late() -> None:
    weeks = answers("weeks")
    missing, newest = f"{MISSING}T00:00:00Z", "2026-10-26T00:00:00Z"
    assert missing in {point["start"] for point in weeks["moonbarrow/lantern"]}
    without = [n for n, s in weeks.items() if newest not in {point["start"] for point in s}]
    assert sorted(without) == ["moonbarrow/cairn", "moonbarrow/tallow"]
    first = json.loads((SAMPLES / "pulls" / "moonbarrow_pulls_weeks_1.json").read_text())
    assert first["repos"]["moonbarrow/beacon"]["pulls"] is None


@pytest.mark.parametrize("unit", ["week", "month"])
def test_hostile_values_are_there(unit: str) -> None:
    def values(kind: str, column: str) -> set[str]:
        return {row[column] for path in paths(kind, unit).values() for row in rows(path)}

    tags = {"null", "nan", "None", "N/A", "NA", "1.10", "007", "2024-01-01", "1e5", "=cmd()"}
    tags |= {"</script>", '1.0,"quoted"', "two\nlines", "\u200f1.0-rtl", NO_TAG}
    assert tags <= values("trends", "TAG")
    assert tags - {NO_TAG} <= values("summary", "REFERENCE")
    assert "NA" in values("trends", "IP_COUNTRY")
    assert "NA" in values("tracked_companies", "IP_COUNTRY")
    clients = {"NA", "<script>alert(1)</script>", 'curl/8.5, "odd"\nagent'}
    assert clients <= values("trends", "USER_AGENT")
    domains = {"NA", "=cmd()", "<script>alert(1)</script>", 'quoted, "odd"\nname.example'}
    assert domains | {"\u200frtl.example"} <= values("technographic_companies", "DOMAIN")
    assert "=cmd()" in values("tracked_companies", "DOMAIN")
    assert any(image.startswith("</script>") for image in values("technographic", "PAIRED_IMAGE"))


def test_a_release_among_the_events_is_a_tag_that_is_pulled() -> None:
    newest = read("trends", "week", max(paths("trends", "week")))
    pulled = {(row["IMAGE_REPOSITORY"], row["TAG"]) for row in newest}
    events = csv.DictReader(io.StringIO((SAMPLES / "events.csv").read_text()))
    out = [row for row in events if row["label"].endswith(" is out")]
    assert out
    for row in out:
        assert (row["repository"], row["label"].removesuffix(" is out")) in pulled


def test_the_readme_tells_of_every_folder() -> None:
    page = (SAMPLES / "README.md").read_text()
    folders = [path.name for path in SAMPLES.iterdir() if path.is_dir()]
    assert sorted(folders) == sorted(REPORTS)
    assert [name for name in folders if f"`{name}`" not in page] == []
