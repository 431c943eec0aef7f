"""Damaged reports: each is read as a plain reader reads it, or refused in a sentence that names it.

The judge knows the csv and json modules and the documented columns, and nothing of `reading`.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import csv
import datetime as dt
import gzip
import io
import json
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from insights_nb.assets import samples
from insights_nb.errors import InsightsError
from insights_nb.reading import read_bytes, to_pandas
from insights_nb.schema import REPORTS, Report
from tests.fuzz import Attack

ROWS = 12
# Far below what people have, so that small files reach them.
LIMITS = {
    "INSIGHTS_MAX_UNPACKED": "1M",
    "INSIGHTS_MAX_RATIO": "50",
    "INSIGHTS_MAX_RATIO_FROM": "64K",
    "INSIGHTS_MAX_COLUMNS": "60",
    "INSIGHTS_MAX_LINE": "4K",
    "INSIGHTS_MAX_MEMBERS": "40",
    "INSIGHTS_MAX_JSON": "200K",
    "INSIGHTS_MAX_JSON_DEPTH": "12",
    "INSIGHTS_MAX_JSON_KEYS": "2000",
}
NUMBERS = (
    "-1", "-0", "+3", "1e3", "1.0", "0x1F", "9" * 18, "9" * 19, "9" * 5000, "1,000", "1_000", "١٢٣",
    "１２", "²", "NaN", "inf", " 7 ", "\t8", "", "\\N", "\\\\N", "null", "true", "١", "00012", "½",
)  # fmt: skip
DATES = (
    "0000-01-01", "0001-01-01", "1970-01-01", "2012-12-31", "2013-01-07", "2226-01-01",
    "9999-12-01",
    "9999-12-31", "2026-02-30", "2026-10-05T00:00:00Z", "2026-10-05 00:00", "05.10.2026",
    "10/5/2026",
    "2026-W41", "٢٠٢٦-١٠-٠٥", "-026-10-05", "20261005", " 2026-10-05 ", "2027-01-04", "2026-10-06",
)  # fmt: skip
WORDS = (
    "NA", "null", "nan", "None", "\\N", "\\\\N", "", " ", "=cmd()", "<script>",
    "\u202eabc", "\x1b[31m",
    "a,b", 'say "hi"', '"', "two\nlines", "x\ry", "\ufeff", "\u2028", "x" * 5000, "1.10",
    "007", "é",
    "\U0001f600", "\x85", "\x0b", "\x1c",
)  # fmt: skip
BYTES = (
    b"\0", b"\xff", b"\xed\xa0\x80", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b'"', b'""', b",", b"\r",
    b"\n", b"\r\n", b"\n\n", b";", b"\t", b"\x1a", b"\x85", b"\xe2\x80\xa8", b"\xc3",
    b"'", b"\\", b" ",
    b"\x1f\x8b", b"{", b"PK\x03\x04", b"<html", b"-", b"0", b"\x1b",
)  # fmt: skip


@dataclass(frozen=True)
class Good:
    """A small good report, to be damaged."""

    name: str
    header: list[str]
    rows: list[list[str]]


@contextlib.contextmanager
def _prepared(kind: str) -> Iterator[list[Good]]:
    before = {name: os.environ.get(name) for name in LIMITS}
    os.environ |= LIMITS
    try:
        yield _pulls() if kind == "pulls" else _good(kind)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _good(kind: str) -> list[Good]:
    found = []
    paths = sorted((samples() / kind).glob("*.csv*"))
    for path in (paths[0], paths[len(paths) // 2], paths[-1]):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        found.append(Good(path.name, header, rows[:ROWS]))
    return found


def _pulls() -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted((samples() / "pulls").glob("*.json"))]


# -- Damage ------------------------------------------------------------------------------------


def _attempt_csv(kind: str, chance: random.Random, goods: list[Good]) -> str:
    good = chance.choice(goods)
    header, rows = list(good.header), [list(row) for row in good.rows]
    for _ in range(chance.choice((0, 1, 1, 2))):
        if header:
            chance.choice(TABLES)(chance, header, rows)
    data = _written(chance, [header, *rows])
    for _ in range(chance.choice((0, 0, 1, 1, 3))):
        data = chance.choice(BLOBS)(chance, data)
    return _judge(chance.choice((good.name, good.name, "odd.csv")), kind, _packed(chance, data))


def _value(chance: random.Random, header: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    row = chance.choice(rows)
    if not row:
        return
    index = chance.randrange(len(row))
    title = header[index].casefold() if index < len(header) else ""
    pool = DATES if "date" in title or "day" in title or "timestamp" in title else NUMBERS
    row[index] = chance.choice((*pool, *WORDS))
    if chance.random() < 0.2:
        for other in rows:
            if index < len(other):
                other[index] = row[index]


def _title(chance: random.Random, header: list[str], _rows: list[list[str]]) -> None:
    header[chance.randrange(len(header))] = chance.choice((*WORDS, chance.choice(header)))


def _swapped(chance: random.Random, header: list[str], rows: list[list[str]]) -> None:
    one, other = chance.randrange(len(header)), chance.randrange(len(header))
    for row in [header, *rows] if chance.random() < 0.7 else rows:
        if max(one, other) < len(row):
            row[one], row[other] = row[other], row[one]


def _column(chance: random.Random, header: list[str], rows: list[list[str]]) -> None:
    at, count = chance.randrange(len(header)), chance.choice((1, 1, 1, 100))
    for row in [header, *rows]:
        if chance.random() < 0.02:
            continue
        if chance.random() < 0.5 or len(header) < 3:
            row[at:at] = [f"more_{n}" if row is header else "x" for n in range(count)]
        else:
            del row[at : at + 1]


def _lines(chance: random.Random, header: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    at = chance.randrange(len(rows))
    change = chance.randrange(5)
    if change == 0:
        rows[at:at] = [list(rows[at])]
    elif change == 1:
        rows[at:at] = [list(header)]
    elif change == 2:
        rows[at] = rows[at][: chance.randrange(len(rows[at]) + 1)]
    elif change == 3:
        rows[at] = [*rows[at], "one too many"]
    else:
        del rows[at:]


TABLES: Sequence[Callable[[random.Random, list[str], list[list[str]]], None]] = (
    _value, _value, _value, _title, _swapped, _column, _lines,
)  # fmt: skip


def _written(chance: random.Random, table: list[list[str]]) -> bytes:
    end = chance.choice(("\n", "\n", "\n", "\r\n", "\r"))
    separator = chance.choice((*"," * 40, ";", "\t", "|"))
    quoting = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerows(table)
    text = out.getvalue()
    if chance.random() < 0.1:
        text = text.rstrip("\r\n")
    coding = chance.choice((*("utf-8",) * 30, "utf-8-sig", "utf-8-sig", "utf-16", "cp1252"))
    return text.encode(coding, errors="replace")


def _flip(chance: random.Random, data: bytes) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _without(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 1, 2, 10, 200)) :]


def _repeated(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    piece = data[at : at + chance.choice((1, 5, 50, 500))]
    return data[:at] + piece * chance.choice((2, 2, 3, 20)) + data[at:]


def _inserted(chance: random.Random, data: bytes) -> bytes:
    at = chance.choice((0, chance.randrange(len(data) + 1), len(data)))
    return data[:at] + chance.choice(BYTES) * chance.choice((1, 1, 2)) + data[at:]


def _twice(chance: random.Random, data: bytes) -> bytes:
    return data + chance.choice((b"", b"\n")) + data


BLOBS: Sequence[Callable[[random.Random, bytes], bytes]] = (
    _flip, _cut, _without, _repeated, _inserted, _inserted, _twice,
)  # fmt: skip


def _packed(chance: random.Random, data: bytes) -> bytes:
    how = chance.randrange(40)
    if how > 9:
        return data
    half = len(data) // 2
    packed = gzip.compress(data, mtime=0)
    return (
        packed,
        packed,
        gzip.compress(data[:half]) + gzip.compress(data[half:]) + b"\0" * chance.randrange(3),
        gzip.compress(packed),
        packed[: chance.randrange(len(packed))],
        _flip(chance, packed),
        packed + chance.choice(BYTES),
        gzip.compress(data + b"0" * chance.choice((10_000, 300_000, 2_000_000))),
        gzip.compress(b"") * chance.choice((3, 50)) + packed,
        gzip.compress(gzip.compress(gzip.compress(packed))),
    )[how]


# -- JSON --------------------------------------------------------------------------------------


def _attempt_json(chance: random.Random, goods: list[Any]) -> str:
    answer = json.loads(json.dumps(chance.choice(goods)))
    if "repos" in answer:
        few = chance.sample(sorted(answer["repos"]), 2)
        pulls = {name: answer["repos"][name]["pulls"] or [] for name in few}
        answer = {"repos": {name: {"pulls": pulls[name][-6:]} for name in few}}
    if isinstance(answer.get("pulls"), list):
        answer["pulls"] = answer["pulls"][-ROWS:]
    for _ in range(chance.choice((0, 1, 1, 2))):
        _damage(chance, answer)
    data = json.dumps(answer, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    for odd, number in (("HUGE", "1" * 5000), ("DEEP", "[" * 40 + "]" * 40)):
        data = data.replace(f'"{odd}"'.encode(), number.encode())
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        data = chance.choice(BLOBS)(chance, data)
    return _judge("pulls.json", "pulls", _packed(chance, data))


ODD = (
    None, True, -1, 1e3, 1.5, 1e400, float("nan"), 10**18, 10**19, "", "7", "HUGE",
    "DEEP", [], {}, [1],
    "\ud800", "w\udc00", "\U0001f600", {"a": {"b": []}}, "x" * 5000, *DATES[:12],
)  # fmt: skip


def _damage(chance: random.Random, answer: Any) -> None:  # noqa: ANN401
    """Change one spot somewhere in it."""
    where = answer
    while True:
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(where[key], dict | list) and chance.random() < 0.95:
            where = where[key]
            continue
        change = chance.randrange(6)
        if change == 0:
            del where[key]
        elif change == 1 and isinstance(where, dict):
            where[chance.choice((*WORDS, "\udfff", "start", "repo"))] = where.pop(key)
        else:
            # A copy: the next change may be made within it.
            where[key] = copy.deepcopy(chance.choice(ODD))
        return


# -- Judgement ---------------------------------------------------------------------------------


def _judge(name: str, kind: str, data: bytes) -> str:
    try:
        result = read_bytes(data, name, kind=None)
    except InsightsError as error:
        told = str(error)
        named, shown = told.startswith(name), told.replace("\n", "").isprintable()
        return f"refused: {type(error).__name__}" if named and shown else _broken(told)
    text = _plain_text(data)
    if result.kind == "pulls" and text.lstrip()[:1] in ("{", "["):
        expected = _json_rows(_loaded(text))
    else:
        expected = _csv_rows(text, result.kind)
    _compare(to_pandas(result.frame), result.kind, *expected)
    for period in result.periods:
        assert period.start.year >= 2013, period
        assert period.start <= dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1), period
    return "read as it is" if result.kind == kind else "read as another kind"


def _broken(told: str) -> str:
    raise AssertionError(f"no sentence about the file: {told!r}")


def _plain_text(data: bytes) -> str:
    while data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(codec)
    if data[1:200:2].count(0) > 50:
        return data.decode("utf-16-le")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _csv_rows(text: str, kind: str) -> tuple[list[str], list[list[str]]]:
    report = REPORTS.get(kind)
    known = (
        {_key(name) for c in report.columns for name in (c.header, *c.aliases)} if report else ()
    )
    first = re.match(r"\s*\"?sep=(.)", text, re.IGNORECASE)
    text = text[re.match(r"[^\r\n]*", text).end() :] if first else text  # type: ignore[union-attr]

    def split(separator: str) -> list[list[str]]:
        read = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
        return [record for record in read if record]

    def fit(separator: str) -> int:
        with contextlib.suppress(csv.Error, IndexError):
            return sum(_key(field) in known for field in split(separator)[0])
        return -1

    separator = max(",;\t|", key=fit)
    header, *rows = split(separator if fit(separator) > 1 else ",")
    if report:
        stripped = [field.strip() for field in header]
        rows = [row for row in rows if any(map(str.strip, row))]
        rows = [row for row in rows if [field.strip() for field in row] != stripped]
    assert all(len(row) == len(header) for row in rows), "a row of another width was read"
    gone = [
        place
        for place, name in enumerate(header)
        if not name.strip() and rows and not any(row[place] for row in rows)
    ]
    for place in reversed(gone):
        for row in (header, *rows):
            del row[place]
    return header, rows


def _loaded(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _json_rows(answer: Any) -> tuple[list[str], list[list[str]]]:  # noqa: ANN401
    points = _json_points(answer)
    header = list(dict.fromkeys(key for point in points for key in point))
    return header, [[_as_text(point.get(key)) for key in header] for point in points]


def _json_points(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    if isinstance(answer, list):
        return [
            point
            for one in answer
            for point in (_json_points(one) if {"repos", "pulls"} & one.keys() else [one])
        ]
    if "repos" in answer:
        return [
            point | {"repository": name or point.get("repository")}
            for name, inner in (answer["repos"] or {}).items()
            for point in (inner or {}).get("pulls") or []
        ]
    return answer["pulls"] or []


def _as_text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _compare(frame: pd.DataFrame, kind: str, header: list[str], rows: list[list[str]]) -> None:
    assert len(frame) == len(rows), f"{len(frame)} rows read, {len(rows)} are there"
    where = _columns(REPORTS[kind], header) if kind in REPORTS else {}
    named = list(frame.columns)[2:]
    known = [column.name for column in REPORTS[kind].columns] if kind in REPORTS else []
    extra = [name for name in named if name not in known]
    others = [index for index in range(len(header)) if index not in where.values()]
    assert len(extra) == len(others), f"{extra} read, {[header[i] for i in others]} are there"
    for name, index in zip(extra, others, strict=True):
        assert frame[name].tolist() == [row[index] for row in rows], name
    ratio = kind == "technographic"
    for name, index in where.items():
        column = REPORTS[kind].column(name)
        for got, row in zip(frame[name].tolist(), rows, strict=True):
            _same(column, got, row[index], percent=ratio)


def _columns(report: Report, header: list[str]) -> dict[str, int]:
    """Tell which field each documented column is: by its own name first, else by an alias."""
    keys, found = [_key(field) for field in header], {}
    for spelt in (False, True):
        for column in report.columns:
            names = column.aliases if spelt else (column.header, column.name)
            for key in map(_key, names):
                if column.name not in found and key in keys:
                    index = keys.index(key)
                    if index not in found.values():
                        found[column.name] = index
    return found


def _same(column: Any, got: Any, written: str, *, percent: bool) -> None:  # noqa: ANN401
    told = f"{column.name}: read {got!r}, written {written!r}"
    plain = written.strip()
    if column.dtype == "text":
        expected = None if written in column.missing else written
        assert (None if pd.isna(got) else got) == expected, told
        return
    if pd.isna(got):
        assert plain in column.missing, told
    elif column.dtype == "count":
        assert got in _counts(plain), told
    elif column.dtype == "share":
        number = float(plain.rstrip("% ").replace(",", "."))
        assert got == number or ((percent or "%" in plain) and got == number / 100), told
    else:
        assert got.to_pydatetime() in _moments(plain), told


def _counts(text: str) -> set[int]:
    """Return what a count may be: its digits, with or without what looks like decimals."""
    plain = text.removeprefix("+").replace("\u00a0", " ")
    if not re.fullmatch(r"[0-9][0-9,.'_ ]*|-0+", plain):
        return set()
    digits = re.sub(r"[,.'_ ]", "", plain)
    found = {int(digits)}
    if decimals := re.fullmatch(r"(.*)[.,]0+", plain):
        found.add(int(re.sub(r"[,.'_ ]", "", decimals[1])))
    return found


def _moments(text: str) -> set[dt.datetime]:
    """Return what a date may be in any order."""
    if re.fullmatch(r"[0-9]{5}", text):
        firsts = map(dt.date.fromisoformat, ("1899-12-30", "1904-01-01"))
        days = (first + dt.timedelta(int(text)) for first in firsts)
        return {dt.datetime.combine(day, dt.time()) for day in days}
    day, time = re.fullmatch(r"(.{8,10}?)(?:[T ](.*?)(?:Z|\+00:00| ?UTC)?)?", text).groups()  # type: ignore[union-attr]
    clock = dt.time.fromisoformat(time.zfill(5)) if time else dt.time()
    found = set()
    for order in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%Y"):
        with contextlib.suppress(ValueError):
            date = dt.datetime.strptime(day, order)  # noqa: DTZ007
            found.add(dt.datetime.combine(date, clock))
    return found


ATTACKS = [
    *(
        Attack(
            f"files-{kind.replace('_', '-')}",
            partial(_attempt_csv, kind),
            tries=2_000,
            few=60,
            prepare=partial(_prepared, kind),
        )
        for kind in REPORTS
        if kind != "pulls"
    ),
    Attack("files-json", _attempt_json, tries=4_000, few=120, prepare=partial(_prepared, "pulls")),
]
