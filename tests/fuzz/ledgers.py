"""Attacks on an archive's own files: harmed ledgers and journals, unions, kills."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from insights_nb import Archive
from insights_nb.archive.history import history
from insights_nb.archive.ledger import parse
from insights_nb.errors import InsightsError
from tests.fuzz import Attack
from tests.processes import kill_at_change, run
from tests.reports import trends_row, write_trends

_WEEKS = [f"2026-0{month}-{day}" for month, day in (("6", "01"), ("6", "08"), ("6", "15"))]
_Rows = set[tuple[str, int]]


@dataclass
class Prepared:
    """Two copies of an archive that went on by themselves, and the reports of both."""

    folder: Path
    files: list[Path]
    lines: list[bytes]
    rows: _Rows

    @property
    def one(self) -> Path:
        """The first copy."""
        return self.folder / "one"

    @property
    def two(self) -> Path:
        """The second."""
        return self.folder / "two"

    @contextlib.contextmanager
    def copied(self) -> Iterator[Path]:
        """Yield a copy of the first to do harm to."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            shutil.copytree(self.one, work / "archive")
            yield work / "archive"
        finally:
            shutil.rmtree(work)


@contextlib.contextmanager
def _copies() -> Iterator[Prepared]:
    folder = Path(tempfile.mkdtemp(prefix="insights-fuzz-"))
    try:
        files = [
            write_trends(
                folder,
                week,
                [trends_row(week, downloads=10 * number + n, tag=str(n)) for n in range(3)],
                name=f"{number}-{week}.csv",
            )
            for number, week in enumerate(_WEEKS * 2)
        ]
        one, two = Archive(folder / "one"), Archive(folder / "two")
        one.add(files[:4], quiet=True)
        shutil.copytree(one.folder, two.folder)
        one.add(files[4], quiet=True)
        one.withdraw(files[1].name, why="a mistake", quiet=True)
        two.add([files[4], files[5]], quiet=True)
        two.add(files[2], again=True, quiet=True)
        lines = [
            line
            for each in (one, two)
            for line in (each.folder / "ledger.jsonl").read_bytes().splitlines()
        ]
        yield Prepared(folder, files, lines, _of(one) | _of(two) | _all(files))
    finally:
        shutil.rmtree(folder)


def _all(files: list[Path]) -> _Rows:
    found = set()
    for path in files:
        header, *rows = (line.split(",") for line in path.read_text().splitlines())
        place = header.index("DATA_DOWNLOADS")
        found |= {(row[1], int(row[place])) for row in rows}
    return found


def _of(archive: Archive, *, once: bool = True) -> _Rows:
    frame = archive.read("trends")
    pairs = [
        (start.date().isoformat(), int(count))
        for start, count in zip(frame["period"], frame["data_downloads"], strict=True)
    ]
    # Who signs a line that is not true, as of other periods, can have rows count twice.
    assert not once or len(pairs) == len({*pairs}), "a row counts twice"
    return {*pairs}


def _opens(folder: Path, rows: _Rows, *, once: bool = True) -> str:
    """Ask what everybody asks; whatever is told is a part of what was added."""
    archive = Archive(folder)
    try:
        archive.verify()
        if not archive.entries():
            return "empty"
        held = _of(archive, once=once)
        archive.status()
        archive.revisions()
    except InsightsError as error:
        return type(error).__name__
    assert held <= rows, held - rows
    return "opens"


@contextlib.contextmanager
def _childless_no_more() -> Iterator[Prepared]:
    # A pool's processes are daemons, which may have no children of their own; ours ends with it.
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    before = config.get("daemon")
    config["daemon"] = False
    try:
        with _copies() as prepared:
            yield prepared
    finally:
        config["daemon"] = before


# --- ledgers --------------------------------------------------------------------------------------


def _harmed(luck: random.Random, lines: list[bytes]) -> tuple[bytes, bool]:
    """Return a ledger that something happened to, and whether no line of it is forged."""
    lines = [*lines]
    harms = [_HARMS[luck.randrange(len(_HARMS))] for _ in range(luck.randint(1, 3))]
    for harm in harms:
        harm(luck, lines)
    return b"\n".join(lines) + luck.choice([b"\n", b"", b"\r\n"]), _forge not in harms


def _flip(luck: random.Random, lines: list[bytes]) -> None:
    place = luck.randrange(len(lines))
    data = bytearray(lines[place] or b" ")
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    lines[place] = bytes(data)


def _double(luck: random.Random, lines: list[bytes]) -> None:
    lines.insert(luck.randrange(len(lines) + 1), luck.choice(lines))


def _swap(luck: random.Random, lines: list[bytes]) -> None:
    luck.shuffle(lines)


def _drop(luck: random.Random, lines: list[bytes]) -> None:
    if len(lines) > 1:
        del lines[luck.randrange(len(lines))]


def _cut(luck: random.Random, lines: list[bytes]) -> None:
    place = luck.randrange(len(lines))
    lines[place] = lines[place][: luck.randrange(len(lines[place]) + 1)]


def _join(luck: random.Random, lines: list[bytes]) -> None:
    if len(lines) > 1:
        place = luck.randrange(len(lines) - 1)
        lines[place : place + 2] = [
            lines[place] + luck.choice([b"", b", ", b" "]) + lines[place + 1]
        ]


_ODD: list[bytes] = [
    b"null", b"[]", b"{}", b'"text"', b"1e999", b"[" * 3000, b'{"check": "', b"\xff\xfe", b"\x00",
    b'{"added": 1, "check": "0000000000000000"}', b'{"rebuilt": [], "check": "x"}', b"9" * 5000,
]  # fmt: skip


def _odd(luck: random.Random, lines: list[bytes]) -> None:
    lines.insert(luck.randrange(len(lines) + 1), luck.choice(_ODD))


def _forge(luck: random.Random, lines: list[bytes]) -> None:
    """Change a field, and sign the line."""
    from tests.test_ledger import signed

    place = luck.randrange(len(lines))
    with contextlib.suppress(ValueError, AttributeError, IndexError, TypeError, RecursionError):
        values = json.loads(lines[place])
        name = luck.choice([*values])
        values[name] = luck.choice(
            [None, "", 0, -1, 3, [], {}, ["9999-12"], "9999-12-31T23:59:59+00:00", "trends", True,
             [1, 2], ["2026-W23"], "\ud800", 1e308, "week"]
        )  # fmt: skip
        lines[place] = signed(values).rstrip()


_HARMS: list[Callable[[random.Random, list[bytes]], None]] = [
    _flip, _double, _swap, _drop, _cut, _join, _odd, _forge,
]  # fmt: skip


def _ledger(luck: random.Random, given: Prepared) -> str:
    with given.copied() as folder:
        shutil.copytree(given.two, folder, dirs_exist_ok=True)
        ledger, honest = _harmed(luck, given.lines)
        (folder / "ledger.jsonl").write_bytes(ledger)
        outcome = _opens(folder, given.rows, once=honest)
        if luck.random() < 0.2:
            # Whoever writes to it is told the same, or it goes on.
            with contextlib.suppress(InsightsError):
                Archive(folder).add(given.files[luck.randrange(6)], quiet=True)
                _opens(folder, given.rows, once=honest)
        if luck.random() < 0.1:
            with contextlib.suppress(InsightsError):
                Archive(given.folder / f"m{folder.parent.name}").merge(folder, quiet=True)
                _opens(given.folder / f"m{folder.parent.name}", given.rows, once=honest)
            shutil.rmtree(given.folder / f"m{folder.parent.name}", ignore_errors=True)
        return outcome


def _union(luck: random.Random, given: Prepared) -> str:
    expected = history(parse(given.lines))
    mixed = [*given.lines, *luck.choices(given.lines, k=luck.randrange(9))]
    luck.shuffle(mixed)
    found = history(parse(mixed))
    assert found == expected
    # A part of either is a part of the reports, whatever is missing.
    some = luck.sample(mixed, luck.randrange(len(mixed)))
    partly = history(parse(some))
    assert {one.sha256 for one in partly.entries} <= {
        one.sha256 for one in (*expected.entries, *(each.entry for each in expected.withdrawn))
    }
    return "same"


# --- journals -------------------------------------------------------------------------------------


def _journal(luck: random.Random, given: Prepared) -> str:
    with given.copied() as folder:
        size = (folder / "ledger.jsonl").stat().st_size
        lines = b"".join(line + b"\n" for line in given.lines[-2:])
        values: dict[str, object] = {
            "files": [["0.part", "originals/trends/week/x.csv"]],
            "ledger_size": luck.choice([size, 0, size + 5, size // 2]),
            "lines": lines.decode(),
        }
        text = bytearray(json.dumps(values).encode())
        for _ in range(luck.randrange(4)):
            text[luck.randrange(len(text))] = luck.randrange(256)
        if luck.random() < 0.2:
            text = text[: luck.randrange(len(text))]
        if luck.random() < 0.1:
            text = bytearray(luck.choice(_ODD))
        (folder / ".incoming").mkdir(exist_ok=True)
        (folder / ".incoming" / "journal.json").write_bytes(text)
        before = _opens(folder, given.rows)
        try:
            Archive(folder).add(given.files[0], quiet=True)
        except InsightsError as error:
            # Nothing that is held is lost by it.
            outcome = type(error).__name__
            assert _opens(folder, given.rows) in {before, "LedgerError", "NewerLedgerError"}
            return outcome
        return _opens(folder, given.rows)


# --- kills ----------------------------------------------------------------------------------------


def _add(folder: Path, files: list[Path]) -> None:
    Archive(folder).add(files, quiet=True)


def _merge(folder: Path, other: Path) -> None:
    Archive(folder).merge(other, quiet=True)


def _withdraw(folder: Path, name: str) -> None:
    Archive(folder).withdraw(name, why="a mistake", quiet=True)


def _kill(luck: random.Random, given: Prepared) -> str:
    acts: list[tuple[Callable[..., None], object]] = [
        (_add, given.files[4:]),
        (_merge, given.two),
        (_withdraw, given.files[2].name),
    ]
    act, what = luck.choice(acts)
    with given.copied() as folder:
        before = _of(Archive(folder))
        code = run(kill_at_change, luck.randint(1, 24), folder, act, folder, what)
        assert _opens(folder, given.rows) == "opens"
        between = _of(Archive(folder))
        act(folder, what)
        after = _of(Archive(folder))
        assert Archive(folder).verify().clean
        assert between in (before, after)
        return f"{act.__name__[1:]} killed" if code else f"{act.__name__[1:]} done before"


ATTACKS = [
    Attack("ledgers", _ledger, tries=4_000, few=25, prepare=_copies),
    Attack("journals", _journal, tries=1_500, few=12, prepare=_copies),
    Attack("unions", _union, tries=4_000, few=30, prepare=_copies),
    Attack("archive kills", _kill, tries=1_700, few=10, prepare=_childless_no_more),
]
