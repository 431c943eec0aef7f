"""Bad files end in an error that names file, line and column, and says what is wrong."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import errors
from insights_nb.reading import read_bytes, read_report
from insights_nb.schema import REPORTS
from tests.reading_files import report, trends


def refuse(
    words: str, text: str | bytes, name: str = "report.csv", **options: str | None
) -> errors.ReadError:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(errors.ReadError) as caught:
        read_bytes(data, name, **options)
    assert isinstance(caught.value, errors.InsightsError)
    message = str(caught.value)
    assert message.startswith(name)
    assert words in message
    return caught.value


def refuse_at(
    words: str,
    text: str | bytes,
    line: int,
    column: str | None,
    *parts: str,
    **options: str | None,
) -> errors.ReadError:
    found = refuse(words, text, **options)
    assert (found.line, found.column) == (line, column)
    message = str(found)
    assert f"line {line}" in message
    assert column is None or f"column {column}" in message
    for part in parts:
        assert part in message
    return found


# -- What is no report ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>Docker Hub &amp; more</title></head></html>",
        "\n\n  <html lang=en><title>Docker Hub &amp; more</title>",
    ],
)
def test_a_sign_in_page_is_named_for_what_it_is(page: str) -> None:
    found = refuse("this is a web page", page, "trends.csv")
    assert "signed out" in str(found)
    assert "Docker Hub & more" in str(found)


@pytest.mark.parametrize("data", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_no_report(data: bytes) -> None:
    refuse("the file is empty", data)


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_cut_gzip_is_refused(keep: float) -> None:
    rows = [{"tag": os.urandom(20).hex()} for _ in range(200)]
    data = gzip.compress(trends(*rows).encode())
    refuse("the file was cut short", data[: int(len(data) * keep)], "trends.csv.gz")


def test_a_damaged_gzip_is_refused() -> None:
    data = bytearray(gzip.compress(trends({}, {}).encode()))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(errors.ReadError, match=r"compression is damaged|file was cut short"):
        read_bytes(bytes(data), "x.csv.gz")


@pytest.mark.parametrize(
    "members",
    [
        {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"},
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<office/>"},
    ],
)
def test_a_spreadsheet_is_to_be_saved_as_csv(members: dict[str, str]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    said = str(refuse("this is a spreadsheet", out.getvalue(), "trends.csv"))
    assert "Save its sheet as CSV" in said


def test_a_file_cut_inside_a_character_is_cut() -> None:
    data = trends({}, {"tag": "é"}).encode()
    refuse("the file was cut short", data[: data.index("é".encode()) + 1])


def test_a_nul_byte_is_binary() -> None:
    refuse_at("this is no text", trends({}, {"tag": "a\0b"}), 3, None)


def test_binary_data_is_no_text() -> None:
    with pytest.raises(errors.ReadError, match="this is no text"):
        read_bytes(bytes(range(256)) * 20, "x.csv")


@pytest.mark.parametrize("text", ["hello\n", "Too many requests", "hello\nworld\n"])
def test_plain_text_is_no_report(text: str) -> None:
    refuse("no report's header", text)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"detail": "Not found"}, "Not found"),
        ({"message": "unauthorized"}, "unauthorized"),
        ([], "a list"),
        ({"pulls": "x"}, "a text"),
        ({"repos": {"a/b": {}}}, "a/b"),
        ({"pulls": [1]}, "entry 0"),
    ],
)
def test_another_json_answer_is_quoted(answer: object, seen: str) -> None:
    assert seen in str(refuse("has no pull data", json.dumps(answer), "answer.json"))


def test_cut_json_is_cut() -> None:
    refuse("the file was cut short", '{"pulls": [{"start": "2026-10-', "answer.json")


# -- The file itself --------------------------------------------------------------------------


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(errors.IsFolderError, match="folder"):
        read_report(tmp_path)


def test_a_missing_file_suggests_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "trends-09.csv").write_text("x")
    with pytest.raises(errors.MissingFileError, match=r"Did you mean trends-09\.csv\?"):
        read_report(tmp_path / "trends-9.csv")


def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trends.csv"
    path.write_text(trends({}))

    def deny(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Tests may run as root, whom no mode stops.
    monkeypatch.setattr("insights_nb.reading.sniffing.open", deny, raising=False)
    with pytest.raises(errors.ReportAccessError, match="Permission denied"):
        read_report(path)


# -- Rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind != "pulls"])
def test_half_a_row_at_the_end_is_a_cut_file(kind: str) -> None:
    text = report(kind, {}, {}, {})
    cut = text.rstrip("\n").rsplit(",", 1)[0]
    refuse_at("the file was cut short", cut, 4, None, "cut short", period="2026-W41")


def test_a_short_row_in_the_middle_is_no_row_with_missing_values() -> None:
    lines = trends({}, {}, {}).splitlines()
    lines[2] = lines[2].rsplit(",", 2)[0]
    refuse_at("the row has", "\n".join(lines) + "\n", 3, None, "12 fields", "14")


def test_a_long_row_is_refused() -> None:
    lines = trends({}, {}).splitlines()
    lines[2] += ",7"
    refuse_at("the row has", "\n".join(lines), 3, None, "15 fields")


def test_an_open_quote_is_refused_where_it_opens() -> None:
    text = trends({}, {"tag": "OPEN"}, {}, {}).replace("OPEN", '"open')
    refuse_at("the file was cut short", text, 3, None, "quote")


def test_misplaced_quotes_are_refused() -> None:
    text = trends({}, {"tag": "ODD"}, {}).replace("ODD", '"4"5"')
    refuse_at("misplaced quotes", text, 3, None)


def test_a_comma_too_many_at_the_very_end_is_refused() -> None:
    refuse_at("the row has", trends({}, {}).rstrip("\n") + ",", 3, None, "15 fields")


def test_a_lone_quote_at_the_very_end_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    text = trends({}, {}).rstrip("\n")[:-1] + '"'
    refuse("the file was cut short", text)
    # The reader beneath would panic at it, in capitals.
    assert capfd.readouterr().err == ""


# -- Columns ----------------------------------------------------------------------------------


def test_a_missing_column_is_named_with_the_kind_and_the_reason() -> None:
    found = refuse("which it was taken for because", trends({}, without=["tag", "pulls"]))
    assert "TAG and PULLS are missing." in str(found)
    assert "no Trends report" in str(found)
    assert "most of its columns fit" in str(found)


def test_a_kind_that_does_not_fit_says_what_would() -> None:
    found = refuse("which it was taken for because", trends({}), kind="summary")
    assert "LEVEL and REFERENCE" not in str(found)
    assert "LEVEL, REFERENCE and EVENT_COUNT" in str(found)
    assert "its kind was given" in str(found)
    assert "Trends" in str(found)


@pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind not in {"pulls"}])
def test_every_required_column_is_missed(kind: str) -> None:
    for column in REPORTS[kind].required:
        text = report(kind, {}, without=[column.name])
        found = refuse("which it was taken for because", text, kind=kind, period="2026-W41")
        assert f": {column.header} is missing." in str(found)


def test_a_doubled_column_is_refused() -> None:
    text = trends({}).replace("VERSION_CHECKS", "pulls")
    refuse_at("names it twice", text, 1, "PULLS", "fields 11 and 12")


# -- Values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["abc", "-1", "1.5", "1.2E+11", "1e3", "0x1F", "++8", "12 34", "NA", "null", "١", str(2**63)],
)
@pytest.mark.parametrize("other", ["plain", 'a "b",\nc'])
def test_what_is_no_count_is_refused_at_its_place(value: str, other: str) -> None:
    text = trends({}, {"user_agent": other}, {"data_downloads": value}, {})
    line = 4 + other.count("\n")
    refuse_at("is no count", text, line, "DATA_DOWNLOADS", repr(value))


def test_the_first_bad_value_of_the_file_is_named() -> None:
    text = trends({}, {"unique_authenticated_users": "x"}, {"data_downloads": "y"})
    refuse_at("is no count", text, 3, "UNIQUE_AUTHENTICATED_USERS", "'x'")


@pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "12%", "x"])
def test_what_is_no_share_is_refused(value: str) -> None:
    text = report("technographic", {}, {"pct_users": value})
    refuse_at("is no share", text, 3, "PCT_USERS", repr(value))


@pytest.mark.parametrize("value", ["2026-02-30", "31/02/2026", "2026-13-01", "5 Foo 2026", "x", ""])
def test_an_impossible_date_is_refused(value: str) -> None:
    text = trends({}, {"date_reference": value})
    refuse_at("is no date of the form", text, 3, "DATE_REFERENCE", repr(value))


def test_an_impossible_time_is_refused() -> None:
    text = report("image_pulls_raw", {}, {"timestamp": "2026-10-06 25:00:00"})
    refuse_at("is no date of the form", text, 3, "Timestamp")


def test_a_count_in_an_answer_is_refused_at_its_entry() -> None:
    entry = {"start": "2026-10-05", "end": "2026-10-11", "repo": "web"}
    answer = {"pulls": [entry | {"pullCount": 1}, entry | {"pullCount": True}]}
    found = refuse("is no count", json.dumps(answer))
    assert found.column == "pulls[1].pullCount"


# -- Periods ----------------------------------------------------------------------------------


def test_a_start_must_start_its_period() -> None:
    refuse_at(
        "starts no",
        trends({}, {"date_reference": "2026-10-07"}),
        3,
        "DATE_REFERENCE",
        "a Monday",
    )
    month = {"date_granularity": "month", "date_reference": "2026-10-05"}
    refuse_at("starts no", trends(month), 2, "DATE_REFERENCE", "first of a month")


@pytest.mark.parametrize("value", ["daily", "", "wek"])
def test_another_granularity_is_refused(value: str) -> None:
    text = trends({}, {"date_granularity": value})
    refuse_at("is no granularity", text, 3, "DATE_GRANULARITY", repr(value))


def test_weeks_and_months_never_share_a_file() -> None:
    month = {"date_granularity": "month", "date_reference": "2026-10-01"}
    text = trends({}, {}, month)
    found = refuse_at("weeks and months share this file", text, 4, None)
    assert isinstance(found, errors.MixedGranularityError)


@pytest.mark.parametrize("kind", ["image_pulls_summary", "extension_core", "extension_premium"])
def test_a_report_without_any_period_is_refused(kind: str) -> None:
    found = refuse("it is not known which period", report(kind, {}), "x.csv")
    assert "--period 2024-W07" in str(found)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("summary_weekly_2026_10_07.csv", "no week"),
        ("summary_2026_06_01.csv", "both a week and a month"),
        ("summary_monthly_2026-W41.csv", "month and 2026-W41"),
    ],
)
def test_a_name_that_tells_no_period_says_why(name: str, reason: str) -> None:
    found = refuse("it is not known which period", report("image_pulls_summary", {}), name)
    assert reason in str(found)


def test_an_empty_report_without_a_period_is_refused() -> None:
    assert "no rows" in str(refuse("it is not known which period", report("trends")))


def test_an_argument_that_the_rows_deny_is_refused() -> None:
    text = trends({})
    refuse_at("it was to be read as", text, 2, "DATE_REFERENCE", "2026-W42", period="2026-W42")
    refuse("it was to be read as", text, period="2026-10")


def test_days_outside_the_period_that_was_named_are_refused() -> None:
    text = report("image_pulls_raw", {}, {"action_day": "2026-10-12"})
    refuse_at("it was to be read as", text, 3, "Action day", period="2026-W41")


def test_raw_data_of_several_months_needs_its_period() -> None:
    text = report("image_pulls_raw", {}, {"action_day": "2026-11-30"})
    refuse("it is not known which period", text)


def test_an_answers_entry_of_ten_days_is_refused() -> None:
    entry = {"start": "2026-10-05", "end": "2026-10-15", "repo": "web", "pullCount": 1}
    assert "pulls[0]" in str(
        refuse("neither Monday through Sunday", json.dumps({"pulls": [entry]}))
    )


def test_an_answer_of_weeks_and_months_is_refused() -> None:
    week = {"start": "2026-10-05", "end": "2026-10-11", "repo": "web", "pullCount": 1}
    month = week | {"start": "2026-10-01", "end": "2026-10-31"}
    refuse("weeks and months share this file", json.dumps({"pulls": [week, month]}))


# -- Anything ---------------------------------------------------------------------------------

SEEDS = [report(kind, {}, {}).encode() for kind in REPORTS if kind != "pulls"]
SEEDS += [
    gzip.compress(trends({}).encode(), mtime=0),
    b'{"pulls": [{"start": "2026-10-05", "end": "2026-10-11", "repo": "a", "pullCount": 1}]}',
]
BITS = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3",
    b"-",
    b"9" * 20,
    b"{",
    b"\xef\xbb\xbf",
    b"",
]
EDIT = st.tuples(st.floats(0, 1), st.sampled_from(BITS), st.integers(0, 40))


@settings(max_examples=400)
@given(st.sampled_from(SEEDS), st.lists(EDIT, max_size=3))
def test_whatever_the_damage_it_is_read_or_refused_in_words(
    data: bytes, edits: list[tuple[float, bytes, int]]
) -> None:
    for where, bit, length in edits:
        at = int(where * len(data))
        data = data[:at] + bit + data[at + length :]
    # Any other exception is a failure.
    with contextlib.suppress(errors.InsightsError):
        result = read_bytes(data, "report.csv", period="2026-W41")
        assert result.rows == result.frame.height


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    with contextlib.suppress(errors.InsightsError):
        read_bytes(data, "report.csv")
