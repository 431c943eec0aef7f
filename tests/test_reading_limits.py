"""Nothing is read whole before its size is known to be fit; each limit is named when reached."""

from __future__ import annotations

import csv
import gzip
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from insights_nb import errors
from insights_nb.errors import ReadError
from insights_nb.limits import LIMITS
from insights_nb.reading import read_report
from insights_nb.reading.sizes import NestedGzipError, OverLimitError, line_at
from insights_nb.reading.sniffing import AnswerValueError, SpecialFileError
from tests.reading_files import report

Refuse = Callable[..., ReadError]
Limit = Callable[[str, str], None]
POINT = {"start": "2026-10-05", "end": "2026-10-11", "repo": "w", "namespace": "a", "pullCount": 1}


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    return lambda name, value: monkeypatch.setenv(LIMITS[name].variable, value)


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    def run(content: str | bytes, name: str = "trends.csv") -> ReadError:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ReadError) as caught:
            read_report(path)
        assert str(caught.value).startswith(str(path))
        return caught.value

    return run


def trends(*rows: dict[str, Any]) -> str:
    return report("trends", *rows)


def answer(**fields: object) -> str:
    return json.dumps({"pulls": [POINT | fields]})


def said(error: ReadError, name: str) -> str:
    assert isinstance(error, OverLimitError)
    assert LIMITS[name].variable in str(error)
    return str(error)


# -- Files ------------------------------------------------------------------------------------


def test_a_file_is_measured_before_it_is_opened(
    tmp_path: Path, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trends.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    monkeypatch.setattr("insights_nb.reading.sniffing.open", None, raising=False)
    with pytest.raises(OverLimitError, match=r"1,024.0 GB.*INSIGHTS_MAX_FILE \(now 16 GB\)"):
        read_report(path)
    limit("file", "2T")
    with pytest.raises(TypeError):
        read_report(path)


@pytest.mark.system
def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.csv"))
        for path, what in (
            (tmp_path / "pipe.csv", "pipe"),
            (tmp_path / "socket.csv", "socket"),
            (Path("/dev/zero"), "device"),
        ):
            with pytest.raises(SpecialFileError, match=f"this is a {what}"):
                read_report(path)


def test_a_file_without_a_size_is_read_as_far_as_is_fit(limit: Limit) -> None:
    # What the system makes up has none.
    with pytest.raises(ReadError, match="no report's header"):
        read_report("/proc/self/status")
    limit("file", "100")
    with pytest.raises(OverLimitError, match="grows without end"):
        read_report("/proc/self/status")


# -- Compression ------------------------------------------------------------------------------


@pytest.mark.system
def test_a_bomb_ends_where_its_ratio_does_and_not_in_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "trends.csv.gz"
    piece = gzip.compress(trends({}).encode() + b"0" * (16 << 20))
    # Five gigabytes in as many megabytes: the members of a gzip file follow each other.
    bomb.write_bytes(piece * 320)
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2500 << 20, 2500 << 20))\n"
        "from insights_nb.reading import read_report\n"
        "read_report(sys.argv[1])"
    )
    limits = os.environ | {"INSIGHTS_MAX_RATIO": "50"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(bomb)],
        capture_output=True, text=True, timeout=60, check=False, env=limits,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1].startswith("insights_nb.reading.sizes.OverLimitError: ")
    assert "5.0 MB unpack to over 256.0 MB, 50 times its size" in done.stderr


def test_a_ratio_counts_only_beyond_some_size(tmp_path: Path, limit: Limit, refuse: Refuse) -> None:
    text = trends(*[{}] * 2000)
    packed = gzip.compress(text.encode())
    assert len(text) / len(packed) > 50
    limit("ratio", "50")
    (tmp_path / "good.csv").write_bytes(packed)
    assert len(read_report(tmp_path / "good.csv")) == 2000
    limit("ratio_from", "10K")
    assert "50 times its size" in said(refuse(packed), "ratio")
    limit("ratio", "5000")
    assert len(read_report(tmp_path / "good.csv")) == 2000
    limit("unpacked", "20K")
    assert "unpack to over 20.0 KB" in said(refuse(packed), "unpacked")


def test_gzip_in_gzip_is_unpacked_a_few_times(tmp_path: Path, refuse: Refuse) -> None:
    data = trends({}).encode()
    for _ in range(3):
        data = gzip.compress(data)
    (tmp_path / "trends.gz").write_bytes(data)
    assert len(read_report(tmp_path / "trends.gz")) == 1
    assert isinstance(refuse(gzip.compress(data)), NestedGzipError)


def test_members_are_joined_and_counted(tmp_path: Path, limit: Limit, refuse: Refuse) -> None:
    text = trends({}, {}, {}).encode()
    pieces = b"".join(gzip.compress(text[at : at + 20]) for at in range(0, len(text), 20))
    (tmp_path / "trends.gz").write_bytes(pieces + b"\0" * 512)
    assert len(read_report(tmp_path / "trends.gz")) == 3
    assert "compression is damaged" in str(refuse(pieces + b"more"))
    assert "the file was cut short" in str(refuse(pieces[:-9]))
    limit("members", "10")
    said(refuse(pieces), "members")


# -- Tables -----------------------------------------------------------------------------------


def test_columns_are_counted_before_they_are_compared(refuse: Refuse, limit: Limit) -> None:
    header = ",".join(f"c{number}" for number in range(2_001))
    assert "there are 2,001 columns" in said(refuse(f"{header}\n"), "columns")
    limit("line", "2M")
    wide = ",".join(f"c{number}" for number in range(100_000))
    assert "there are 100,000 columns" in said(refuse(f"{wide}\n"), "columns")


def test_a_line_without_end_is_refused_by_its_length(refuse: Refuse) -> None:
    rows = trends({}, {"tag": "x" * 140_000}, {})
    error = refuse(rows)
    assert (error.line, "136.8 KB long" in said(error, "line")) == (3, True)
    assert said(refuse(rows.replace("\n", "\r")), "line").count("line 3") == 1
    assert said(refuse("x" * 300_000), "line").count("line 1") == 1
    # Within the limit it is a tag as any other.
    refuse(trends({"tag": "x" * 120_000, "pulls": "?"}))


def test_a_value_of_many_lines_is_refused_by_its_length(
    tmp_path: Path, refuse: Refuse, limit: Limit
) -> None:
    many = trends({"tag": "x\n" * 70_000}, {})
    error = refuse(many)
    assert (error.line, "a value has over 128 KB" in said(error, "line")) == (2, True)
    odd = many.replace("docker", 'dock"er')
    assert "a value has over 128 KB" in said(refuse(odd), "line")
    limit("line", "1M")
    (tmp_path / "trends.csv").write_text(many)
    assert read_report(tmp_path / "trends.csv")["tag"].str.len().tolist() == [140_000, 3]
    assert csv.field_size_limit() >= 1 << 20
    limit("line", "1K")
    assert "a value has over 1 KB" in said(refuse(odd), "line")


def test_publishers_are_counted(refuse: Refuse, limit: Limit) -> None:
    limit("publishers", "3")
    rows = [{"publisher_name": f"p{number}"} for number in range(4)]
    assert "its rows are of 4 publishers" in said(refuse(trends(*rows)), "publishers")


def test_a_note_names_a_few_of_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "trends.csv"
    header, row = trends({}).splitlines()
    more = ",".join(f"more_{number}" for number in range(500))
    path.write_text(f"{header},{more}\n{row},{',' * 499}\n")
    (note,) = [one for one in read_report(path).attrs["notes"] if "does not know" in one]
    assert "and 470 more" in note


# -- Answers ----------------------------------------------------------------------------------


def test_an_answer_is_measured_before_it_is_read(refuse: Refuse, limit: Limit) -> None:
    limit("json", "1K")
    assert "this JSON has 1" in said(refuse(answer(x="y" * 1000), "pulls.json"), "json")


@pytest.mark.parametrize(("depth", "kept"), [(20, True), (40, False), (100_000, False)])
def test_an_answer_is_nested_as_deeply_as_answers_are(
    tmp_path: Path, depth: int, kept: bool, refuse: Refuse
) -> None:
    text = answer(x="deep").replace('"deep"', "[" * depth + "]" * depth)
    if kept:
        (tmp_path / "p.json").write_text(text)
        assert len(read_report(tmp_path / "p.json")) == 1
    else:
        assert "nested" in str(refuse(text, "pulls.json"))


def test_keys_fields_and_texts_of_an_answer_are_counted(refuse: Refuse, limit: Limit) -> None:
    wide = answer(**{f"x{number}": 1 for number in range(3_000)})
    assert "fields" in said(refuse(wide, "pulls.json"), "columns")
    assert "200,000 characters" in said(refuse(answer(x="y" * 200_000), "pulls.json"), "line")
    limit("json_keys", "2000")
    assert "over 2,000 keys" in said(refuse(wide, "pulls.json"), "json_keys")


def test_a_number_of_5000_digits_and_half_a_character_are_named(refuse: Refuse) -> None:
    huge = answer().replace('"pullCount": 1', f'"pullCount": {"1" * 5000}')
    assert "a number of more than 4,300 digits" in str(refuse(huge, "pulls.json"))
    for odd in (answer(repo="w\ud800"), answer(**{"\udc00": 1}), answer(x=["\ude00"])):
        error = refuse(odd, "pulls.json")
        assert isinstance(error, AnswerValueError)
        assert "half of a character ('\\ud" in str(error)
    # A whole one is written the same way.
    assert "no count" in str(refuse(answer(repo="\U0001f600", pullCount=-1), "pulls.json"))


# -- Messages that are true -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"data_downloads": "١٢٣"}, "Its digits are none of 0 to 9. Write '123'."),
        ({"data_downloads": "１２"}, "Its digits are none of 0 to 9. Write '12'."),
        ({"date_reference": "٢٠٢٦-١٠-٠٥"}, "Its digits are none of 0 to 9. Write '2026-10-05'."),
        ({"data_downloads": "9" * 5000}, "It is larger than any count can be."),
        ({"data_downloads": "9,9" * 2000}, "It is larger than any count can be."),
    ],
)
def test_numbers_that_are_none_are_called_what_they_are(
    refuse: Refuse, row: dict[str, str], expected: str
) -> None:
    told = str(refuse(trends(row)))
    assert expected in told
    assert len(told) < 600


def test_digits_of_another_script_name_no_period() -> None:
    with pytest.raises(errors.PeriodError, match="Write a week as 2026-W47"):
        read_report("any.csv", period="٢٠٢٦-١٠")


def test_a_byte_order_mark_within_is_a_value(refuse: Refuse) -> None:
    header = "Installs,TotalInstalls,Uninstalls,TotalUninstalls,Updates"
    assert "is no count" in str(refuse(f"{header}\n\ufeff,1,1,1,\n", "core_2026-10.csv"))
    text = trends({"tag": '"a,\nb"'}).replace("week", "\ufeffweek")
    assert "'\\ufeffweek' is no granularity" in str(refuse(text))


@pytest.mark.parametrize("offset", range(9))
def test_lines_count_as_in_an_editor(offset: int) -> None:
    text = b"a\nb\rc\r\nd"
    expected = [1, 1, 2, 2, 3, 3, 4, 4, 4]
    # Between the two bytes of one line end, either answer is right.
    assert line_at(text, offset) in {expected[offset], expected[min(offset + 1, 8)]}
