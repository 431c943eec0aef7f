"""Tables that all processes share: the same answers, whatever becomes of the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import Archive, Selection
from insights_nb.caching import filling, kept, shared
from insights_nb.metrics import warming
from insights_nb.metrics.warming import warm, warm_aside
from insights_nb.periods import Granularity
from tests.reports import TRENDS, trends_row, write_csv, write_trends
from tests.test_pulls import WEEK1, WEEK2, archive_of

Answer = Callable[[Archive, Selection], pd.DataFrame]

DIMENSIONS = ["country", "cloud", "client", "use_case", "tag", "repository"]
WHERE: list[dict[str, Any]] = [
    {"cloud": ["aws", "no csp"]},
    {"country": ["DE", "NA"], "client": "docker"},
    {"use_case": ["Prod", "CI/CD"], "tag": [None, "latest"]},
    {"tag": None},
    {"country": ["no such country"]},
    {"repository": "acme/web"},
]
ANSWERS: dict[str, Answer] = {
    "pulls": inb.pulls,
    "tags": inb.tag_pulls,
    "digests": inb.top_digests,
    "downloads": inb.downloads_and_checks,
    "signed in": inb.signed_in,
    "signed in, Prod": lambda archive, view: inb.signed_in(
        archive, view, where={"use_case": "Prod"}
    ),
    "industry": lambda archive, view: inb.audience(archive, view, "industry"),
    "actions": inb.pull_actions,
    "companies": inb.companies,
    "deployments": inb.deployment_pattern,
    "one company's clients": lambda archive, view: inb.deployment_pattern(
        archive, view, "quarrybank.example", by=["client", "repository"]
    ),
    "stacks": inb.stacks,
    "pairs": inb.paired_images,
    "extensions": inb.extensions,
    "reconciliation": lambda archive, view: inb.reconcile(archive, view.granularity),
} | {f"by {by}": lambda archive, view, by=by: inb.audience(archive, view, by) for by in DIMENSIONS}  # type: ignore[misc]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, for an archive of any size."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(warming, "LEAST_ROWS", 0)
    return tmp_path / "cache"


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def answers(folder: Path, selection: Selection) -> dict[str, pd.DataFrame | str]:
    """Return every answer about an archive, or why there is none."""
    archive = Archive(folder)
    found: dict[str, pd.DataFrame | str] = {}
    for name, ask in ANSWERS.items():
        try:
            found[name] = ask(archive, selection)
        except inb.InsightsError as error:
            found[name] = str(error)
    return found


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, answer in expected.items():
        if isinstance(answer, str):
            assert found[name] == answer
        else:
            pd.testing.assert_frame_equal(found[name], answer, obj=name)
            assert found[name].attrs == answer.attrs


def some(folder: Path) -> dict[str, Any]:
    """Return some answers about an archive of trends."""
    archive, view = Archive(folder), Selection(months=3)
    every = {by: inb.audience(archive, view, by) for by in DIMENSIONS}
    for number, where in enumerate(WHERE):
        by = next(by for by in DIMENSIONS if by not in where)
        every[f"{number}"] = inb.audience(archive, view, by, where=where)
        every[f"{number} signed in"] = inb.signed_in(archive, view, where=where)
    return every | {"tags": inb.tag_pulls(archive, view), "pulls": inb.pulls(archive, view)}


@pytest.fixture
def of_samples(samples: Archive, tmp_path: Path) -> Path:
    """A copy of the sample archive, to do to it whatever a test likes."""
    return Path(shutil.copytree(samples.folder, tmp_path / "samples"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two weeks, the second of which was revised."""
    rows = [
        trends_row(WEEK1, downloads=3, country="NA", tag="latest"),
        # Each fits into 32 bits, and their sum does not.
        trends_row(WEEK1, "acme/api", downloads=3_000_000_000, client="kubelet", tag="1"),
        trends_row(WEEK1, "acme/api", downloads=3_000_000_000, client="kubelet", tag="2"),
    ]
    late = [trends_row(WEEK2, downloads=200, tag=str(number)) for number in range(9)]
    revised = [trends_row(WEEK2, downloads=250, tag=str(number)) for number in range(9)]
    reports = [
        write_trends(tmp_path / "first", WEEK1, rows),
        write_trends(tmp_path / "second", WEEK2, late),
        write_trends(tmp_path / "third", WEEK2, revised),
    ]
    return archive_of(tmp_path, *reports).folder


@pytest.mark.parametrize(
    ("granularity", "repositories"),
    [("month", None), ("week", ["moonbarrow/lantern", "moonbarrow/ferry"])],
)
def test_answers_from_the_cache_are_those_without_it(
    of_samples: Path, granularity: Granularity, repositories: list[str] | None
) -> None:
    view = Selection(granularity, 6, repositories)
    expected = answers(of_samples, view)
    assert sum(isinstance(answer, pd.DataFrame) for answer in expected.values()) >= 15
    assert warm(Archive(of_samples))
    # There is nothing else that they could come from.
    shutil.rmtree(of_samples / "parquet")
    assert_same(answers(of_samples, view), expected)


@st.composite
def trend_rows(draw: st.DrawFn) -> list[list[Any]]:
    texts = st.sampled_from(["", "\\\\N", "NA", "DE", "aws", "no csp", "docker", "latest", "</b>"])
    counts = st.integers(0, 300) | st.integers(0, 10**12)
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["acme", "zoo", ""]),
                st.sampled_from(["acme/web", "web", "api", "zoo/api"]),
                *[texts] * 4,
                *[counts] * 2,
                *[counts | st.just("")] * 2,
            ),
            min_size=1,
            max_size=25,
        )
    )
    return [
        ["week", WEEK1, owner, name, owner, place, cloud, client, tag, down, checks, down + checks,
         signed, anonymous]
        for owner, name, place, cloud, client, tag, down, checks, signed, anonymous in rows
    ]  # fmt: skip


@settings(max_examples=8)
@given(trend_rows())
def test_any_rows_give_the_same_answers_coded(rows: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        report = write_csv(Path(name) / f"acme_trends_weekly_{WEEK1}.csv", TRENDS, rows)
        folder = archive_of(Path(name), report).folder
        selection = Selection(months=3)
        expected = some(folder) | {"companies": answers(folder, selection)["companies"]}
        assert warm(Archive(folder))
        assert_same(some(folder) | {"companies": answers(folder, selection)["companies"]}, expected)


def test_sums_are_exact_however_narrow_the_counts(small: Path) -> None:
    assert warm(Archive(small))
    by_client = inb.audience(Archive(small), None, "client").groupby("client")["pulls"].sum()
    assert by_client["kubelet"] == 6_000_000_000
    assert by_client["docker"] == 3 + 9 * 250


def _row(publisher: str, repository: str, cloud: str, client: str, pulls: int) -> list[Any]:
    return [
        "week", WEEK1, publisher, repository, publisher, "US", cloud, client, "", pulls, 0, pulls,
        0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize("warmed", [False, True])
def test_what_rows_do_not_name_can_be_filtered_by(tmp_path: Path, warmed: bool) -> None:
    rows = [
        _row("", "web", "", "kubelet", 1),
        _row("acme", "web", "", "kubelet", 20),
        _row("acme", "web", "aws", "", 300),
        _row("acme", "web", "", "docker", 4000),
    ]
    report = write_csv(tmp_path / f"acme_trends_weekly_{WEEK1}.csv", TRENDS, rows)
    archive = archive_of(tmp_path, report)
    assert not warmed or warm(archive)

    def count(repositories: list[str] | None, use_case: str) -> int:
        view = Selection(months=3, repositories=repositories)
        frame = inb.audience(archive, view, "country", where={"use_case": use_case})
        return int(frame["pulls"].sum())

    assert count(None, "Prod") == 21
    assert count(["web"], "Prod") == 1
    assert count(["acme/web"], "Prod") == 20
    assert count(["acme/web"], "Unknown") == 300


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content), 97):
        content[place] ^= 0xFF
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped bits": _flipped,
    "another last byte": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    "the end is missing": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "nothing but a beginning": lambda path: path.write_bytes(path.read_bytes()[:30]),
    "empty": lambda path: path.write_bytes(b""),
    "something else": lambda path: path.write_bytes(b"<html>" * 500),
    "removed": Path.unlink,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_changes_no_answer(small: Path, cache: Path, damage: str) -> None:
    expected = some(small)
    assert warm(Archive(small))
    for path in files(cache):
        DAMAGE[damage](path)
    assert_same(some(small), expected)


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "a folder"])
def test_warming_again_mends_what_is_damaged(small: Path, cache: Path, damage: str) -> None:
    expected = some(small)
    assert warm(Archive(small))
    for path in files(cache):
        DAMAGE[damage](path)
    assert warm(Archive(small))
    shutil.rmtree(small / "parquet")
    assert_same(some(small), expected)


def test_a_cache_that_cannot_be_written_changes_no_answer(small: Path, cache: Path) -> None:
    expected = some(small)
    cache.write_text("no folder")
    assert not warm(Archive(small))
    assert_same(some(small), expected)


def test_what_is_added_after_warming_counts_at_once(small: Path, tmp_path: Path) -> None:
    asking = Archive(small)
    assert warm(asking)
    before = inb.audience(asking, None, "country")
    more = write_trends(tmp_path / "more", WEEK1, [trends_row(WEEK1, country="BR", downloads=7)])
    Archive(small).add(more, again=True, quiet=True)
    after = inb.audience(asking, None, "country")
    assert "BR" not in set(before["country"])
    assert dict(after.groupby("country")["pulls"].sum()) == {"US": 9 * 250, "BR": 7}


def test_warming_after_an_addition_removes_what_was_true_before(
    small: Path, tmp_path: Path, cache: Path
) -> None:
    assert warm(Archive(small))
    old = files(cache)
    more = write_trends(tmp_path / "more", WEEK1, [trends_row(WEEK1, country="BR", downloads=7)])
    Archive(small).add(more, again=True, quiet=True)
    assert warm(Archive(small))
    assert not [path for path in old if path.exists()]
    assert len(files(cache)) == len(old)


def test_other_archives_tables_stay_for_a_month(small: Path, tmp_path: Path, cache: Path) -> None:
    report = write_trends(tmp_path / "other", WEEK1, [trends_row(WEEK1)])
    other = archive_of(tmp_path / "elsewhere", report).folder
    assert warm(Archive(other))
    theirs = files(cache)
    assert warm(Archive(small))
    assert all(path.exists() for path in theirs)
    os.utime(theirs[0].parent.parent, (0, 0))
    assert warm(Archive(small))
    assert not any(path.exists() for path in theirs)


def test_what_is_added_while_a_table_is_computed_is_not_taken_for_older(
    small: Path, tmp_path: Path
) -> None:
    ledger = (small / "ledger.jsonl").read_bytes()
    more = write_trends(tmp_path / "more", WEEK1, [trends_row(WEEK1, downloads=7)])
    archive = Archive(small)

    def interrupted() -> pl.DataFrame:
        Archive(small).add(more, again=True, quiet=True)
        return pl.DataFrame({"n": [2]})

    with filling(archive):
        assert kept(archive, ("test",), interrupted)["n"].item() == 2
    (small / "ledger.jsonl").write_bytes(ledger)
    assert kept(Archive(small), ("test",), lambda: pl.DataFrame({"n": [1]}))["n"].item() == 1


def test_nothing_is_written_for_who_only_asks(small: Path, cache: Path) -> None:
    some(small)
    assert not cache.exists()


def test_a_small_archive_is_not_written(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "LEAST_ROWS", 22)
    assert warm(Archive(small))
    assert not cache.exists()


def test_the_cache_is_for_its_user_alone(small: Path, cache: Path) -> None:
    assert warm(Archive(small))
    root = files(cache)[0].parents[2]
    assert root.name == "tables"
    assert root.stat().st_mode & 0o077 == 0


def test_a_table_comes_back_as_it_was(small: Path) -> None:
    table = pl.DataFrame(
        {
            "text": ["a", None, "</script>", "\u202e"],
            "day": pl.Series([None, "2026-09-07", "2026-09-14", "1970-01-01"]).str.to_date(),
            "few": pl.Series([1, 2, None, 255], dtype=pl.UInt8),
            "ratio": [0.5, None, float("inf"), -0.0],
            "coded": pl.Series(["b", "a", None, "b"], dtype=pl.Enum(["a", "b", "ü"])),
            "said": [True, None, False, True],
            "nothing": pl.Series([None] * 4, dtype=pl.Enum([])),
        }
    )
    archive = Archive(small)
    with filling(archive) as failures:
        kept(archive, ("test",), lambda: table)
    assert not failures
    found = shared(Archive(small), ("test",), pl.DataFrame)
    assert found is not None
    assert found.schema == table.schema
    assert found.equals(table)


_WARM = """
import sys
from insights_nb import Archive
from insights_nb.metrics import warming
warming.LEAST_ROWS = 0
sys.exit(not warming.warm(Archive(sys.argv[1])))
"""


@pytest.mark.system
def test_two_processes_may_warm_at_once(small: Path, cache: Path) -> None:
    expected = some(small)
    command = [sys.executable, "-c", _WARM, str(small)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert {path.suffix for path in files(cache)} == {".arrow"}
    shutil.rmtree(small / "parquet")
    assert_same(some(small), expected)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive that is worth warming."""
    rows = 200_000
    header = dict(zip(TRENDS, trends_row(WEEK1), strict=True))
    path = tmp_path / f"acme_trends_weekly_{WEEK1}.csv"
    one = pl.DataFrame({name: [value] for name, value in header.items()})
    pl.concat([one] * rows).write_csv(path)
    return archive_of(tmp_path, path).folder


@pytest.mark.system
def test_warming_can_be_left_to_another_process(large: Path, cache: Path) -> None:
    assert warm_aside(Archive(large)).wait(120) == 0
    assert files(cache)
    shutil.rmtree(large / "parquet")
    assert inb.audience(Archive(large), None, "country")["pulls"].to_list() == [200_000]
