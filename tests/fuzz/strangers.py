"""Archives from strangers: whatever they name, nothing beside them is read into them or changed."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from insights_nb import Archive
from insights_nb.errors import InsightsError
from tests.fuzz import Attack
from tests.reports import trends_row, write_trends

_DAYS = ("2026-09-07", "2026-09-14")
_TODAY = dt.date(2026, 9, 23)
# "{root}" is the place of the try: nothing of the machine's own is ever named.
_STEPS = ["..", ".", "", "originals", "parquet", "trends", "week", "\\..", "C:", "\x00", "a\n", "é"]
_NAMES = ["outside.txt", "elsewhere", "ledger.jsonl", "offers.json", ".gitignore", "journal.json"]
_LINKED = [
    "originals", "parquet", "originals/trends", "parquet/trends/week", ".incoming", "ledger.jsonl",
    "offers.json", ".gitignore", ".lock", ".incoming/0.part", ".incoming/journal.json",
]  # fmt: skip


@contextlib.contextmanager
def _kept() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="insights-nb-strangers-") as name:
        place = Path(name)
        for day in _DAYS:
            path = write_trends(place / "files", day, [trends_row(day)])
            Archive(place / "archive").add(path, quiet=True)
        yield place


def _path(chance: random.Random, place: Path) -> str:
    steps = chance.choices(_STEPS, k=chance.randrange(5))
    start = chance.choice(["", "", "originals/", "parquet/trends/", f"{place}/"])
    return start + "/".join([*steps, chance.choice(_NAMES)])


def _edit_ledger(chance: random.Random, place: Path) -> None:
    path = place / "archive/ledger.jsonl"
    lines = path.read_bytes().splitlines()
    number = chance.randrange(len(lines))
    values = json.loads(lines[number])
    values.pop("check")
    for field in chance.sample(["original", "parquet", "source", "kind"], chance.randrange(1, 4)):
        values[field] = _path(chance, place)
    if not chance.randrange(4):
        values = {"rebuilt": _path(chance, place), "parquet_sha256": "0", "added": values["added"]}
    body = json.dumps(values).encode()[:-1]
    check = hashlib.sha256(body).hexdigest()[:16].encode()
    lines[number] = body + b', "check": "' + check + b'"}'
    path.write_bytes(b"\n".join(lines) + b"\n")


def _leave_journal(chance: random.Random, place: Path) -> None:
    incoming = place / "archive/.incoming"
    (incoming / "0.part").write_text("brought from elsewhere")
    pairs = [
        [chance.choice(["0.part", "1.part", _path(chance, place)]), _path(chance, place)]
        for _ in range(chance.randrange(1, 3))
    ]
    size = chance.choice([0, -1, 10**12, (place / "archive/ledger.jsonl").stat().st_size, "1"])
    journal: Any = {"files": pairs, "ledger_size": size, "lines": chance.choice(["", "x\n", 5])}
    (incoming / "journal.json").write_text(json.dumps(journal))


def _edit_offers(chance: random.Random, place: Path) -> None:
    odd = ["0001-01-01T00:00:00+23:59", "9999-12-31", "9999-12", "0001-W01", [], 5, None, "\ud800"]
    offer: dict[str, Any] = {
        "namespace": "acme", "kind": "trends", "granularity": "week",
        "asked": "2026-09-22T06:00:00+00:00", "periods": ["2026-W36", "2026-W37"],
    }  # fmt: skip
    offer[chance.choice([*offer])] = chance.choice([*odd, odd[2:4], [odd[4]], [odd[5]]])
    (place / "archive/offers.json").write_text(json.dumps({"offers": [offer]}))


def _link(chance: random.Random, place: Path) -> None:
    path = place / "archive" / chance.choice(_LINKED)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.symlink_to(
            chance.choice([place / "elsewhere", place / "outside.txt", place, "..", "."])
        )


_HARMS: list[Callable[[random.Random, Path], None]] = [
    _edit_ledger, _leave_journal, _edit_offers, _link,
]  # fmt: skip


def _beside(place: Path) -> dict[str, bytes]:
    own = place / "archive"
    return {
        str(path): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and own not in path.parents
    }


def _open(chance: random.Random, kept: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="insights-nb-stranger-") as name:
        place = Path(name)
        shutil.copytree(kept, place, dirs_exist_ok=True)
        (place / "outside.txt").write_text("not yours")
        (place / "elsewhere" / "week").mkdir(parents=True)
        (place / "elsewhere" / "kept.csv").write_text("not yours either")
        for harm in chance.choices(_HARMS, k=chance.randrange(1, 3)):
            with contextlib.suppress(OSError, ValueError, KeyError):
                harm(chance, place)
        before = _beside(place)
        archive = Archive(place / "archive")
        files = sorted((place / "files").iterdir())
        acts: list[Callable[[], object]] = [
            archive.entries,
            archive.verify,
            lambda: archive.read("trends"),
            lambda: archive.status(_TODAY),
            lambda: archive.coverage(_TODAY),
            lambda: archive.add(files, quiet=True, again=chance.random() < 0.5),
            archive.repair,
            lambda: archive.record_offers([]),
        ]
        refused = 0
        for act in chance.sample(acts, 4):
            try:
                act()
            except InsightsError:
                refused += 1
        assert _beside(place) == before, "something beside the archive was changed"
        return "refused" if refused else "answered"


ATTACKS = [Attack("stranger", _open, tries=1_000, few=8, prepare=_kept)]
