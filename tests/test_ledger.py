"""A ledger says the same in any order and any number of times, and in whichever copy."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import Archive
from insights_nb.archive import ledger
from insights_nb.archive.additions import Download, Prepared
from insights_nb.archive.counting import counting, keys
from insights_nb.archive.history import History, history
from insights_nb.archive.ledger import NewerLedgerError
from insights_nb.archive.planning import Plan
from insights_nb.archive.withdrawals import record
from insights_nb.errors import LedgerError
from insights_nb.periods import Period
from tests.reports import trends_row, write_api, write_trends

WEEKS = ["2026-W37", "2026-W38"]
DATA = Path(__file__).parent / "data" / "earlier"


# --- two copies, without files ------------------------------------------------------------------


def prepared(content: int, week: int, kind: str = "trends") -> Prepared:
    """Return a file as if it had been read; an odd content is the one before in other bytes."""
    data = f"{kind}:{content}:{week}".encode()
    result: Any = SimpleNamespace(
        kind=kind,
        granularity="week" if week < 2 else None,
        periods=[Period.parse(WEEKS[week])] if week < 2 else [],
        namespaces=("acme",),
        sha256=hashlib.sha256(data).hexdigest(),
        gzipped=False,
        rows=1,
        notes=(),
        repository="",
        instead=None,
    )
    rows = f"{kind}:{content // 2}:{week}".encode()
    return Prepared(Download(data, f"{kind}-{content}.csv", "here"), result, rows)


@dataclass
class Copy:
    """One copy of an archive: its ledger's lines."""

    lines: list[bytes] = field(default_factory=list)

    @property
    def history(self) -> History:
        return history(ledger.parse(self.lines))

    def do(self, act: str, content: int, week: int) -> None:
        kind = "unknown" if week == 2 else "trends"
        plan = Plan(self.history, lambda _: True, Path())
        if act == "fetch":
            plan.answer([prepared(content, week, kind), prepared(content + 2, week, kind)])
        elif act == "withdraw":
            self._withdraw(prepared(content, week, kind).digest)
        else:
            plan.add(prepared(content, week, kind), parts=act == "parts", again=act == "again")
        self.lines += ledger.lines(plan.new, plan.history.last).splitlines()

    def _withdraw(self, digest: str) -> None:
        found = self.history
        gone = {one.entry.sha256 for one in found.withdrawn}
        entries = [*found.entries, *(one.entry for one in found.withdrawn)]
        meant = [one for one in entries if one.sha256 == digest][:1]
        said = [record(one, "wrong", back=digest in gone) for one in meant]
        self.lines += ledger.lines(said, found.last).splitlines()


def answers(lines: Iterable[bytes]) -> tuple[object, ...]:
    found = history(ledger.parse(lines))
    chosen = {
        (one.entry.sha256, one.keys)
        for kind, granularity in (("trends", "week"), ("unknown", None))
        for one in counting(found.entries, kind, granularity)  # type: ignore[arg-type]
    }
    return found.entries, chosen, found.withdrawn, found.parts, found.last


def assert_counted_once(lines: Iterable[bytes]) -> None:
    found = history(ledger.parse(lines))
    newest = {key: one.answer for one in found.entries for key in keys(one)}
    said = [
        (key._replace(own=""), one.parquet_sha256)
        for one in found.entries
        for key in keys(one)
        if newest[key] == one.answer
    ]
    assert len(said) == len({*said})
    numbers: dict[object, dict[str, int]] = {}
    for one in found.entries:
        for key in keys(one):
            numbers.setdefault(key, {})[one.answer] = one.revisions[0]
    # As many revisions as answers, numbered without a gap.
    assert all([*its.values()] == [*range(len(its))] for its in numbers.values())


ACTS = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["add", "add", "fetch", "again", "parts", "withdraw"]),
    st.integers(0, 4),
    st.integers(0, 2),
)


@settings(max_examples=120)
@given(before=st.lists(ACTS, max_size=4), acts=st.lists(ACTS, max_size=9), seed=st.integers(0, 99))
def test_two_histories_united_in_any_way_give_the_same_answers(
    before: list[tuple[str, str, int, int]], acts: list[tuple[str, str, int, int]], seed: int
) -> None:
    common = Copy()
    for _, act, content, week in before:
        common.do(act, content, week)
    copies = {"a": Copy([*common.lines]), "b": Copy([*common.lines])}
    for name, act, content, week in acts:
        copies[name].do(act, content, week)
    united = [*copies["a"].lines, *copies["b"].lines]
    expected = answers(united)
    luck = random.Random(seed)  # noqa: S311 - repeatable
    for _ in range(3):
        mixed = [*united, *luck.choices(united, k=3)] if united else []
        luck.shuffle(mixed)
        assert answers(mixed) == expected
    # Split anywhere and united again, and merged the other way round.
    assert answers(copies["b"].lines + copies["a"].lines) == expected
    assert_counted_once(united)


# --- lines by hand --------------------------------------------------------------------------------


def lines_of(archive: Archive) -> list[bytes]:
    return (archive.folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def write(archive: Archive, lines: Iterable[bytes]) -> Archive:
    (archive.folder / "ledger.jsonl").write_bytes(b"".join(lines))
    return Archive(archive.folder)


def signed(values: dict[str, Any]) -> bytes:
    """Return a line with a right check sum."""
    body = json.dumps({k: v for k, v in values.items() if k != "check"}).encode()[:-1]
    return body + b', "check": "' + hashlib.sha256(body).hexdigest()[:16].encode() + b'"}\n'


def as_earlier(line: bytes, **changed: object) -> bytes:
    """Return a line as an earlier version wrote it."""
    values = json.loads(line) | {"added": "2026-11-01T00:00:00+00:00"} | changed
    return signed({k: v for k, v in values.items() if k not in {"after", "over"}})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    for name, count in (("a", 9), ("b", 5)):
        archive.add(report(tmp_path, name, count), quiet=True)
    return archive


def report(folder: Path, name: str, *counts: int, start: str = "2026-09-07") -> Path:
    rows = [trends_row(start, downloads=n, tag=f"v{place}") for place, n in enumerate(counts)]
    return write_trends(folder, start, rows, name=f"{name}.csv")


def test_a_doubled_line_counts_once_and_is_told(archive: Archive) -> None:
    first, second = lines_of(archive)
    doubled = write(archive, [first, second, second, first])
    assert doubled.read("trends")["pulls"].tolist() == [5]
    assert [entry.revisions for entry in doubled.entries()] == [(0,), (1,)]
    found = doubled.verify()
    assert found.clean
    assert found.notes == ("2 lines of the ledger repeat others and count once.",)


def test_swapped_lines_change_nothing(archive: Archive) -> None:
    before = archive.entries()
    assert write(archive, lines_of(archive)[::-1]).entries() == before


def test_swapped_lines_of_an_earlier_version_change_nothing(archive: Archive) -> None:
    earlier = [as_earlier(line) for line in lines_of(archive)]
    before = write(archive, earlier).entries()
    assert [entry.revisions for entry in before] == [(0,), (1,)]
    assert write(archive, earlier[::-1]).entries() == before


@pytest.mark.parametrize("number", [0, 1])
def test_an_answer_counts_only_with_all_its_parts(
    archive: Archive, tmp_path: Path, number: int
) -> None:
    parts = [
        Download(path.read_bytes(), path.name, f"https://hub.test/{path.name}")
        for path in (report(tmp_path, "c", 1), report(tmp_path, "d", 2))
    ]
    archive.add_downloads(parts)
    lines = lines_of(archive)
    kept = [lines[0], lines[3 - number], lines[1]]
    cut = write(archive, kept)
    assert cut.read("trends")["pulls"].tolist() == [5]
    whole = write(archive, [lines[3], lines[1], lines[2], lines[0]])
    assert sorted(whole.read("trends")["pulls"]) == [1, 2]


def test_a_clock_that_was_put_back_changes_no_order(archive: Archive, tmp_path: Path) -> None:
    ahead = "2199-12-31T23:59:59.999999+00:00"
    lines = lines_of(archive)
    values = json.loads(lines[1]) | {"added": ahead}
    later = write(archive, [lines[0], signed(values)])
    later.add(report(tmp_path, "c", 7), quiet=True)
    assert later.entries()[-1].added == "2200-01-01T00:00:00.000000+00:00"
    assert later.read("trends")["pulls"].tolist() == [7]


def test_a_line_that_was_cut_out_is_named_until_it_is_noted_or_back(
    archive: Archive, tmp_path: Path
) -> None:
    archive.add(report(tmp_path, "c", 7), quiet=True)
    lines = lines_of(archive)
    cut = write(archive, [lines[0], lines[2]])
    found = {one.problem: one for one in cut.verify()}
    assert {*found} == {"missing ledger line", "stray file"}
    assert found["missing ledger line"].line == 2
    assert write(archive, lines).verify().clean
    cut = write(archive, [lines[0], lines[2]])
    for path in ("originals", "parquet"):
        for stray in (one.path for one in cut.verify() if one.path.startswith(path)):
            (archive.folder / stray).unlink()
    assert [one.problem for one in cut.verify()] == ["missing ledger line"]
    assert cut.repair().clean
    assert cut.verify().clean


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"rows": "many"}, {"periods": None}, {"added": "soon"}]
)
def test_a_newer_version_is_called_that_and_nothing_is_written(
    archive: Archive, tmp_path: Path, change: dict[str, object]
) -> None:
    lines = lines_of(archive)
    newer = write(archive, [*lines, signed(json.loads(lines[1]) | change)])
    before = (archive.folder / "ledger.jsonl").read_bytes()
    said = r"ledger.jsonl, line 3 was written by a newer version of insights_nb: update yours"
    for act in (
        newer.entries,
        lambda: newer.add(report(tmp_path, "c", 1), quiet=True),
        lambda: newer.record_offers([]),
        lambda: newer.withdraw("a.csv", why="wrong", quiet=True),
        lambda: newer.merge(tmp_path / "archive", quiet=True),
        newer.repair,
    ):
        with pytest.raises(NewerLedgerError, match=said):
            act()
    assert (archive.folder / "ledger.jsonl").read_bytes() == before
    assert not (archive.folder / "offers.json").exists()
    (found,) = newer.verify()
    assert (found.problem, found.line) == ("newer ledger line", 3)


def test_an_unknown_kind_of_line_is_a_newer_versions(archive: Archive) -> None:
    more = write(archive, [*lines_of(archive), signed({"renamed": "a", "added": "x"})])
    with pytest.raises(NewerLedgerError):
        more.entries()


def test_an_extra_field_is_read_past(archive: Archive) -> None:
    first, second = lines_of(archive)
    before = archive.entries()
    assert len(before) == 2
    more = write(archive, [first, signed(json.loads(second) | {"colour": "blue"})])
    assert more.entries() == before


def test_what_two_copies_of_an_earlier_version_each_added_counts_once(
    tmp_path: Path,
) -> None:
    one, two = Archive(tmp_path / "one"), Archive(tmp_path / "two")
    one.add([report(tmp_path, "a", 9), report(tmp_path, "c", 3, start="2026-09-14")], quiet=True)
    two.add([report(tmp_path, "c", 3, start="2026-09-14"), report(tmp_path, "a", 9)], quiet=True)
    shutil.copytree(two.folder, one.folder, dirs_exist_ok=True)
    lines = [
        *(as_earlier(line) for line in lines_of(one)),
        *(as_earlier(line, added="2026-11-02T00:00:00+00:00") for line in lines_of(two)),
    ]
    united = write(one, lines)
    assert sorted(united.read("trends")["pulls"]) == [3, 9]
    assert {entry.revisions for entry in united.entries()} == {(0,)}
    assert united.verify().clean


# --- an archive of an earlier version -----------------------------------------------------------


@pytest.fixture
def earlier(tmp_path: Path) -> Archive:
    shutil.copytree(DATA / "archive", tmp_path / "earlier")
    archive = Archive(tmp_path / "earlier")
    # Its Parquet is left out of the repository.
    assert archive.repair().clean
    return archive


def told(frame: pd.DataFrame) -> list[dict[str, Any]]:
    with pytest.warns(pd.errors.Pandas4Warning) if _has_dates(frame) else _quiet():
        return list(json.loads(frame.to_json(orient="records")))


def _has_dates(frame: pd.DataFrame) -> bool:
    return any(str(each).startswith("datetime") for each in frame.dtypes)


def _quiet() -> Any:  # noqa: ANN401
    import contextlib

    return contextlib.nullcontext()


def test_an_archive_of_an_earlier_version_gives_the_very_same_answers(earlier: Archive) -> None:
    said = json.loads((DATA / "answers.json").read_text())
    entries = [
        {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(entry).items()
            if name in said["entries"][0]
        }
        for entry in earlier.entries()
    ]
    for one in (*entries, *said["entries"]):
        # Another version of Polars may type the same rows in other bytes.
        del one["parquet_sha256"]
    assert entries == said["entries"]
    day = dt.date(2026, 10, 20)
    assert told(earlier.read("trends")) == said["trends"]
    assert told(earlier.read("pulls")) == said["pulls"]
    # Its keys have a row and a column of their own since.
    revisions = earlier.revisions()
    counts = revisions[revisions["measure"] != "keys"].drop(columns="keys")
    assert told(counts) == said["revisions"]
    assert told(earlier.coverage(day)) == said["coverage"]
    assert told(earlier.status(day)) == said["status"]


def test_an_archive_of_an_earlier_version_goes_on(earlier: Archive, tmp_path: Path) -> None:
    before = earlier.entries()
    earlier.add(report(tmp_path, "h", 8, start="2026-10-05"), quiet=True)
    assert earlier.entries()[:-1] == before
    after = earlier.entries()[-1].after
    assert after
    lines = lines_of(earlier)
    assert after in {json.loads(line)["check"] for line in lines[:-1]}
    luck = random.Random(1)  # noqa: S311 - repeatable
    rows = sorted(earlier.read("trends")["pulls"])
    for _ in range(5):
        luck.shuffle(lines)
        assert sorted(write(earlier, lines).read("trends")["pulls"]) == rows


# --- periods that cannot be ---------------------------------------------------------------------


ODD = ["9999-12", "1-01", "2226-03", "soon"]


@pytest.fixture(params=ODD)
def implausible(archive: Archive, tmp_path: Path, request: pytest.FixtureRequest) -> Archive:
    """An archive of an earlier version, which took a report of a period that cannot be."""
    rows = [trends_row("2026-09-01", granularity="month", downloads=3)]
    archive.add(write_trends(tmp_path, "2026-09-01", rows, name="good.csv"), quiet=True)
    rows = [trends_row("2026-10-01", granularity="month", downloads=77)]
    archive.add(write_trends(tmp_path, "2026-10-01", rows, name="odd.csv"), quiet=True)
    lines = lines_of(archive)
    return write(archive, [*lines[:3], as_earlier(lines[3], periods=[request.param])])


def test_a_period_that_cannot_be_counts_nowhere_and_breaks_nothing(
    implausible: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    import insights_nb as inb
    from insights_nb import cli
    from insights_nb.publish.review.subject import last_complete_month
    from insights_nb.publish.series import available_series

    day = dt.date(2026, 10, 20)
    assert implausible.status(day)["newest"].tolist() == ["2026-09", "2026-W37"]
    assert set(implausible.coverage(day)["status"]) <= {
        "available",
        "revised",
        "overdue",
        "expected",
    }
    assert implausible.read("trends", granularity="month")["pulls"].tolist() == [3]
    assert implausible.revisions()["label"].unique().tolist() == ["2026-W37"]
    assert last_complete_month(implausible).label == "2026-09"
    assert inb.pulls(implausible, inb.Selection("month", 3))["pulls"].sum() == 3
    assert "month" in available_series(implausible)
    (found,) = implausible.verify()
    assert found.problem == "implausible period"
    with pytest.raises(SystemExit):
        cli.main(["status", "--archive", str(implausible.folder), "--today", "2026-10-20"])
    said = capsys.readouterr().out
    (command,) = [line for line in said.splitlines() if line.startswith("  insights-nb withdraw")]
    digits = command.split()[2]
    assert digits in found.remedy
    implausible.withdraw(digits, why="no such month", quiet=True)
    assert implausible.verify().clean
    with pytest.raises(SystemExit):
        cli.main(["status", "--archive", str(implausible.folder), "--today", "2026-10-20"])
    assert "no such month" in capsys.readouterr().out


def test_a_good_answer_with_one_odd_point_keeps_the_others(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    points = [("2026-09-07", "2026-09-13", 10), ("2026-09-14", "2026-09-20", 20)]
    archive.add(write_api(tmp_path / "one.json", "acme/web", points), quiet=True)
    (line,) = lines_of(archive)
    opened = write(archive, [as_earlier(line, periods=["2026-W37", "9999-W01"])])
    assert opened.read("pulls")["pull_count"].tolist() == [10]
    found = opened.verify()
    assert found.clean
    assert (
        "9999-W01, when Docker Hub cannot have counted anything; these rows do not count."
        in str(found)
    )
    assert opened.status(dt.date(2026, 9, 20))["newest"].tolist() == ["2026-W37"]


def test_a_machine_whose_clock_stands_in_the_past_keeps_what_it_holds(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Past(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Past:
            return cls(2020, 1, 1, tzinfo=tz)

    monkeypatch.setattr("insights_nb.archive.history.dt.datetime", Past)
    assert len(Archive(archive.folder).entries()) == 2


def test_an_edited_line_is_damaged_and_not_also_missing(archive: Archive, tmp_path: Path) -> None:
    archive.add(report(tmp_path, "c", 7), quiet=True)
    lines = lines_of(archive)
    edited = write(archive, [lines[0], lines[1].replace(b"W37", b"W36"), lines[2]])
    problems = [one.problem for one in edited.verify()]
    assert "damaged ledger line" in problems
    assert "missing ledger line" not in problems
    with pytest.raises(LedgerError):
        edited.entries()
