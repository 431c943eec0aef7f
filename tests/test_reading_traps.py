"""Each trap of real exports that reading must survive."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from insights_nb.reading import notes, read_bytes, read_report
from tests.reading_files import report, trends

TEXTS = ["NA", "null", "nan", "None", "N/A", "NaN", "NULL", "1.10", "007", "2024-01-01", "1e5",
         "0x1F", "true", "inf", "-", " ", "1,234"]  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>",
    "</script>",
    "=cmd()|'/c calc'!A0",
    "@SUM(1)",
    'a"b',
    "a'b",
    "\u202egpj.exe",
    "`${x}`",
    "a\\tb",
    "😀",
]


Read = Callable[..., pd.DataFrame]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str | bytes, name: str = "trends.csv", **options: str | None) -> pd.DataFrame:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_report(path, **options)

    return run


# -- 1: no tag --------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["\\N", "\\\\N", ""])
def test_a_pull_by_digest_is_kept_with_its_tag_missing(read: Read, mark: str) -> None:
    frame = read(trends({"tag": mark, "pulls": 5}, {"tag": "1.0"}))
    assert frame["tag"].isna().tolist() == [True, False]
    assert frame["pulls"].sum() == 10


def test_the_documented_mark_of_no_tag_is_ordinary_and_others_are_noted(read: Read) -> None:
    assert notes(read(trends({"tag": "\\\\N"}))) == ()
    assert "TAG: 2 values" in notes(read(trends({"tag": "x"}, {"tag": ""}, {"tag": "\\N"})))[0]
    assert "line 3" in notes(read(trends({"tag": "x"}, {"tag": ""})))[0]


# -- 6: Namibia -------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["ip_country", "tag", "user_agent", "publisher_name"])
def test_namibia_survives_loading(read: Read, column: str) -> None:
    frame = read(trends({column: "NA"}, {column: "US"}))
    assert frame[column].tolist() == ["NA", "US"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_looks_like_something_else_stays_text(read: Read, text: str) -> None:
    frame = read(trends({"tag": text}))
    assert str(frame["tag"].dtype) == "str"
    assert frame["tag"].tolist() == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_such_text_survives_beside_quotes_and_line_ends_too(read: Read, text: str) -> None:
    # This way through the reader is another one.
    frame = read(trends({"tag": text, "user_agent": 'a "b",\nc'}))
    assert frame["tag"].tolist() == [text]


# -- 7: the sum -------------------------------------------------------------------------------


def test_pulls_that_are_not_the_sum_are_kept_and_noted(read: Read) -> None:
    frame = read(trends({}, {"pulls": 6}, {"pulls": 7}))
    assert frame["pulls"].tolist() == [5, 6, 7]
    assert (
        "PULLS is not DATA_DOWNLOADS + VERSION_CHECKS in 2 rows, first in line 3"
        in (notes(frame)[0])
    )


def test_a_summarys_events_are_checked_too(read: Read) -> None:
    assert "EVENT_COUNT" in notes(read(report("summary", {"event_count": 6})))[0]


# -- 12: files --------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("name", ["trends.csv", "trends.csv.gz", "trends"])
def test_every_packing_of_the_same_text_reads_the_same(
    read: Read, end: str, mark: bytes, pack: Callable[[bytes], bytes], name: str
) -> None:
    text = trends({"tag": "a"}, {"tag": "é"})
    frame = read(pack(mark + text.replace("\n", end).encode()), name)
    assert frame["tag"].tolist() == ["a", "é"]
    assert frame["pulls"].tolist() == [5, 5]
    assert notes(frame) == ()


def test_a_gzip_of_several_members_is_read_whole(read: Read) -> None:
    first, second = trends({"tag": "a"}), trends({"tag": "b"}).split("\n", 1)[1]
    frame = read(gzip.compress(first.encode()) + gzip.compress(second.encode()))
    assert frame["tag"].tolist() == ["a", "b"]


@pytest.mark.parametrize("value", ["a,b", "two\nlines", "two\r\nlines", 'say "hi"', '"', ",", "\n"])
def test_quoted_fields_hold_commas_quotes_and_line_ends(read: Read, value: str) -> None:
    assert read(trends({"tag": value}, {}))["tag"].tolist() == [value, "1.0"]


def test_blank_lines_are_no_rows(read: Read) -> None:
    assert len(read(trends({}, {}).replace("\n", "\n\n"))) == 2


def test_blank_lines_are_no_rows_where_the_last_column_is_text(read: Read) -> None:
    text = report("technographic_companies", {}, {}).replace("\n", "\n\n")
    assert len(read(text)) == 2


@pytest.mark.parametrize("count", [2**31, 2**32 + 1, 2**53 + 1, 2**63 - 1])
def test_large_counts_are_exact(read: Read, count: int) -> None:
    row = {"data_downloads": count, "version_checks": 0, "pulls": count}
    assert read(trends(row))["pulls"].tolist() == [count]


def test_a_whole_table_in_quotes_is_read(read: Read) -> None:
    out = io.StringIO()
    rows = csv.reader(io.StringIO(trends({"tag": "1.10", "data_downloads": 2})))
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    frame = read(out.getvalue())
    assert (frame["tag"].tolist(), frame["data_downloads"].tolist()) == (["1.10"], [2])


def test_a_week_across_two_years_is_one_week(read: Read) -> None:
    frame = read(trends({"date_reference": "2020-12-28"}))
    assert frame.attrs["periods"] == ("2020-W53",)


@pytest.mark.parametrize("other", ["plain", 'a "b",\nc'])
def test_a_signed_or_padded_count_is_a_count(read: Read, other: str) -> None:
    row = {"user_agent": other, "data_downloads": "+2", "version_checks": " 3", "pulls": "005"}
    frame = read(trends(row))
    assert frame.loc[0, ["data_downloads", "version_checks", "pulls"]].tolist() == [2, 3, 5]


# -- 13: hostile values -----------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data(read: Read, text: str) -> None:
    frame = read(trends({"tag": text, "image_repository": text, "user_agent": text}))
    assert frame.loc[0, ["tag", "image_repository", "user_agent"]].tolist() == [text] * 3


def test_hostile_column_names_are_columns() -> None:
    text = "<script>,granularity,a b,A B?,\n1,2,3,4,5\n"
    frame = read_bytes(text.replace("A B?", "A-B!!x").encode(), "x.csv").frame
    assert frame.columns[2:] == ["script", "granularity_2", "a_b", "a_b_x", "column_5"]


def test_a_hostile_file_name_is_only_a_name(read: Read) -> None:
    frame = read(trends({}), "trends<script>%s{0}.csv")
    assert len(frame) == 1
