from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from insights_nb.errors import PeriodError, SelectionError
from insights_nb.periods import Period
from insights_nb.reading import LEADING, ReadResult, notes, read_bytes, read_file, read_report
from insights_nb.schema import REPORTS
from tests.reading_files import NAMES, header, report, trends

CSV_KINDS = [kind for kind in REPORTS if kind != "pulls"]
WEEK = Period("week", dt.date(2026, 10, 5))


Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(text: str | bytes, name: str = "report.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def read(text: str | bytes, name: str = "report.csv", **options: str | None) -> ReadResult:
    return read_bytes(text.encode() if isinstance(text, str) else text, name, **options)


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_each_report_is_recognised_by_its_header(kind: str, save: Save) -> None:
    name = NAMES.get(kind, "x.csv").replace(kind, "x")
    frame = read_report(save(report(kind, {}), name))
    assert frame.attrs["kind"] == kind
    assert list(frame.columns) == [column.name for column in REPORTS[kind].columns]
    assert frame.attrs["periods"] == ("2026-W41",)
    assert frame.attrs["granularity"] == "week"
    assert notes(frame) == ()


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_each_column_has_the_dtype_of_the_schema(kind: str, save: Save) -> None:
    frame = read_report(save(report(kind, {}), NAMES.get(kind, "x.csv")))
    wanted = {
        "text": "str",
        "count": "Int64",
        "share": "Float64",
        "date": "datetime64[us]",
        "timestamp": "datetime64[us]",
    }
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: wanted[column.dtype] for column in REPORTS[kind].columns
    }


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_a_report_without_rows_is_a_report_of_a_period_in_which_nothing_happened(kind: str) -> None:
    result = read(report(kind), f"{kind}_monthly_2026_06_01.csv")
    assert (result.kind, result.rows) == (kind, 0)
    assert result.periods == (Period("month", dt.date(2026, 6, 1)),)
    full = read(report(kind, {}), NAMES.get(kind, "x.csv"))
    assert result.frame.schema == full.frame.schema


@pytest.mark.parametrize("kind", CSV_KINDS)
def test_a_report_without_rows_may_be_a_download_that_broke_off_and_says_so(kind: str) -> None:
    said = "It has no rows: either nothing happened in its period, or the download broke off."
    result = read(report(kind), f"{kind}_monthly_2026_06_01.csv")
    assert any(note.startswith(said) for note in result.notes)
    full = read(report(kind, {}), NAMES.get(kind, "x.csv"))
    assert not any("no rows" in note for note in full.notes)


def test_the_archives_frame_leads_with_granularity_and_period() -> None:
    for kind in CSV_KINDS:
        frame = read(report(kind, {}, {}), NAMES.get(kind, "x.csv")).frame
        assert tuple(frame.columns[:2]) == LEADING
        assert frame["granularity"].to_list() == ["week", "week"]
        assert frame["period"].to_list() == [dt.date(2026, 10, 5)] * 2


def test_values_arrive_as_written(save: Save) -> None:
    row = {"data_downloads": 1158, "version_checks": 456, "pulls": 1614, "user_agent": "a b"}
    frame = read_report(save(trends(row)))
    got = frame.iloc[0]
    assert (got["data_downloads"], got["version_checks"], got["pulls"]) == (1158, 456, 1614)
    assert got["user_agent"] == "a b"
    assert got["date_reference"] == pd.Timestamp("2026-10-05")


def test_columns_are_read_by_name_not_by_position(save: Save) -> None:
    rows = list(csv.reader(io.StringIO(trends({"tag": "x"}))))
    text = "\n".join(",".join(reversed(row)) for row in rows) + "\n"
    frame = read_report(save(text))
    assert list(frame.columns) == [column.name for column in REPORTS["trends"].columns]
    assert frame["tag"].tolist() == ["x"]


@pytest.mark.parametrize("spell", [str.lower, str.title, lambda h: h.replace("_", " ")])
def test_other_spellings_of_the_header_are_the_same_report(spell: Callable[[str], str]) -> None:
    first, _, rest = trends({}).partition("\n")
    assert read(spell(first) + "\n" + rest).kind == "trends"


def test_camel_case_and_aliases_of_the_legacy_reports_match() -> None:
    text = "namespace,repo,unique_ips,PullByTag,pulls_by_digest,VersionChecks\nacme,web,1,2,3,4\n"
    result = read(text, period="2024-W07")
    assert result.kind == "image_pulls_summary"
    assert result.frame["unique_ip_address"].to_list() == [1]
    assert result.frame["version_check"].to_list() == [4]


def test_a_file_may_hold_several_weeks(save: Save) -> None:
    text = trends({}, {"date_reference": "2026-10-12"}, {"date_reference": "2026-09-28"})
    assert read_report(save(text)).attrs["periods"] == ("2026-W40", "2026-W41", "2026-W42")


@pytest.mark.parametrize("spelling", ["week", "WEEK", "Weekly", "weekly"])
def test_granularity_is_read_in_any_spelling(spelling: str) -> None:
    assert read(trends({"date_granularity": spelling})).granularity == "week"


@pytest.mark.parametrize("spelling", ["month", "Monthly", "MONTH"])
def test_months_are_read_in_any_spelling(spelling: str) -> None:
    row = {"date_granularity": spelling, "date_reference": "2026-06-01"}
    # A Monday too: only the granularity tells that it is the month.
    assert read(trends(row)).periods == (Period("month", dt.date(2026, 6, 1)),)


# -- Names and arguments ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("acme_summary_weekly_2026_10_05.csv", "2026-W41"),
        ("acme_summary_weekly_2026_10_05.csv.gz", "2026-W41"),
        ("acme_summary_weekly_2026_10_05 (1).csv", "2026-W41"),
        ("acme_summary_monthly_2026_06_01.csv", "2026-06"),
        ("acme_summary_weekly_2026_06_01.csv", "2026-W23"),
        ("summary 2024-W07.csv", "2024-W07"),
        ("summary-2024-03.csv", "2024-03"),
        ("summary-2024-02-12.csv", "2024-W07"),
        ("Summary_2024_W07 - Copy.csv", "2024-W07"),
    ],
)
def test_the_files_name_tells_the_period(name: str, label: str) -> None:
    result = read(report("image_pulls_summary", {}), name)
    assert [str(period) for period in result.periods] == [label]


def test_the_argument_tells_the_period() -> None:
    for period in ("2024-W07", Period.parse("2024-W07")):
        result = read(report("image_pulls_summary", {}), period=period)
        assert result.frame["period"].to_list() == [dt.date(2024, 2, 12)]


def test_rows_are_believed_before_the_files_name() -> None:
    result = read(trends({}), "trends_weekly_2026_10_12.csv")
    assert result.periods == (WEEK,)
    assert "2026-W42" in result.notes[0]


def test_an_argument_that_is_no_period_is_refused(save: Save) -> None:
    with pytest.raises(PeriodError, match="soon"):
        read_report(save(trends({})), period="soon")


def test_an_argument_that_is_no_kind_is_refused(save: Save) -> None:
    with pytest.raises(SelectionError, match=r"'trands' is no kind of report.*trends"):
        read_report(save(trends({})), kind="trands")


def test_dockers_summary_and_the_legacy_one_differ_by_header_not_by_name() -> None:
    name = "summary_weekly_2026_10_05.csv"
    assert read(report("summary", {}), name).kind == "summary"
    assert read(report("image_pulls_summary", {}), name).kind == "image_pulls_summary"


def test_core_and_premium_differ_by_header_not_by_name() -> None:
    assert read(report("extension_premium", {}), "core_2026-10.csv").kind == "extension_premium"


def test_an_extension_report_may_lack_the_extension() -> None:
    result = read(report("extension_core", {}, without=["extension"]), "core_2026-10.csv")
    assert result.frame["extension"].to_list() == [None]
    assert result.notes == ()


def test_raw_data_of_one_week_is_taken_for_that_week_and_says_so() -> None:
    rows = [{"action_day": "2026-10-05"}, {"action_day": "2026-10-11"}]
    result = read(report("image_pulls_raw", *rows))
    assert result.periods == (WEEK,)
    assert any("inferred" in note for note in result.notes)


def test_raw_data_of_several_weeks_is_taken_for_their_month() -> None:
    rows = [{"action_day": "2026-10-05"}, {"action_day": "2026-10-31"}]
    assert [str(p) for p in read(report("image_pulls_raw", *rows)).periods] == ["2026-10"]


def test_a_timestamp_keeps_its_time() -> None:
    text = report("image_pulls_raw", {"timestamp": "2026-10-06 13:14:15"})
    assert read(text).frame["timestamp"].to_list() == [dt.datetime(2026, 10, 6, 13, 14, 15)]  # noqa: DTZ001


def test_the_namespace_is_the_publisher_else_the_owner_else_the_argument() -> None:
    assert read(trends({"publisher_name": "acme"})).namespaces == ("acme",)
    assert read(report("image_pulls_summary", {}), period="2024-03").namespaces == ("acme",)
    empty = read(report("trends"), period="2026-W41", namespace="acme")
    assert empty.namespaces == ("acme",)


def test_the_hash_is_that_of_the_original_bytes(save: Save) -> None:
    data = gzip.compress(trends({}).encode())
    result = read_file(save(data, "trends.csv"))
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert result.gzipped


# -- Notes ------------------------------------------------------------------------------------


def test_an_unknown_column_is_kept_and_reported(save: Save) -> None:
    text = trends({}).replace("PULLS,", "PULLS,Carbon Cost,").replace(",5,", ",5,12 g,")
    frame = read_report(save(text))
    assert frame["carbon_cost"].tolist() == ["12 g"]
    assert "Carbon Cost" in notes(frame)[0]


def test_a_column_newer_than_the_file_is_missing_with_a_note(save: Save) -> None:
    text = report("image_pulls_raw", {}, without=["owner", "domain"])
    frame = read_report(save(text))
    assert frame["owner"].isna().all()
    assert any("Owner" in note and "2022-12-19" in note for note in notes(frame))
    assert any("Domain" in note and "2022-10-11" in note for note in notes(frame))


def test_one_publisher_column_is_enough_for_technographic() -> None:
    result = read(report("technographic", {}, without=["publisher_id"]))
    assert result.kind == "technographic"
    assert any("PUBLISHER_ID" in note for note in result.notes)


def test_an_empty_count_is_missing_with_a_note() -> None:
    result = read(trends({}, {"unique_authenticated_users": ""}))
    assert result.frame["unique_authenticated_users"].to_list() == [1, None]
    assert any("line 3" in note for note in result.notes)


def test_percents_are_read_as_ratios() -> None:
    result = read(report("technographic", {"pct_users": 25, "pct_domains": 25}))
    assert result.frame["pct_users"].to_list() == [0.25]
    assert any("PCT_USERS" in note for note in result.notes)


def test_an_unfinished_last_line_is_noted() -> None:
    assert any("line end" in note for note in read(trends({}).rstrip("\n")).notes)


def test_an_unknown_report_is_kept_whole_as_text() -> None:
    text = "IMAGE,SCORE,period\nacme/web,007,\nacme/api,NA,x\n"
    result = read(text, "benchmark.csv")
    assert (result.kind, result.periods, result.granularity) == ("unknown", (), None)
    assert result.frame["score"].to_list() == ["007", "NA"]
    assert result.frame["period_2"].to_list() == ["", "x"]
    assert any("whole" in note for note in result.notes)


def test_an_unknown_report_takes_its_period_from_the_usual_columns() -> None:
    text = "DATE_GRANULARITY,DATE_REFERENCE,SCORE\nweek,2026-10-05,1\n"
    result = read(text)
    assert result.periods == (WEEK,)
    assert result.frame["period"].to_list() == [dt.date(2026, 10, 5)]


def test_a_known_report_can_be_read_as_unknown() -> None:
    frame = read(trends({}), kind="unknown").frame
    assert frame["pulls"].to_list() == ["5"]


# -- The pull-data API ------------------------------------------------------------------------

ENTRY = {
    "start": "2026-10-05T00:00:00Z",
    "end": "2026-10-11T00:00:00Z",
    "repo": "web",
    "namespace": "acme",
    "pullCount": 3_000_000_000,
    "ipCount": 4,
    "country": "NA",
}


def test_an_answer_reads_like_a_report(save: Save) -> None:
    frame = read_report(save(json.dumps({"pulls": [ENTRY]}), "answer.json"))
    got = frame.iloc[0]
    assert (got["pull_count"], got["ip_count"], got["country"]) == (3_000_000_000, 4, "NA")
    assert got["repository"] == "acme/web"
    assert got["start"] == pd.Timestamp("2026-10-05")
    assert frame.attrs["periods"] == ("2026-W41",)


def test_the_outer_key_names_the_repository() -> None:
    entry = ENTRY | {"start": "2026-10-01", "end": "2026-10-31"}
    result = read(json.dumps({"repos": {"other/web": {"pulls": [entry]}}}))
    assert result.frame["repository"].to_list() == ["other/web"]
    assert str(result.periods[0]) == "2026-10"


@pytest.mark.parametrize("answer", [{"pulls": None}, {"pulls": []}, {"repos": {"a/b": None}}])
def test_an_answer_without_pulls_is_empty(answer: object) -> None:
    result = read(json.dumps(answer))
    assert (result.kind, result.rows) == ("pulls", 0)


# -- Against Python's csv module --------------------------------------------------------------

UGLY = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from(",\"\n\r'\\;\t N"),
    max_size=8,
)


@settings(max_examples=300)
@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(UGLY, min_size=n, max_size=n), min_size=1, max_size=5)
    ),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_comes_back_as_the_csv_module_wrote_it(
    rows: list[list[str]], quoting: int, end: str
) -> None:
    # Python's writer leaves a lone return bare, which its own reader takes for a line's end.
    bare = quoting == csv.QUOTE_MINIMAL and end == "\n"
    assume(not (bare and any("\r" in value for row in rows for value in row)))
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    names = [f"col{index}" for index in range(len(rows[0]))]
    writer.writerow(names)
    writer.writerows(rows)
    frame = read(out.getvalue(), kind="unknown").frame.select(names)
    assert frame.rows() == [tuple(row) for row in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_large_table_with_quoted_line_ends_comes_back_whole(end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(header("trends"))
    tags = ["plain", 'say "hi"', "a,b", "two\nlines", "", "\r\n", '"', "\u2028"]
    rows = 30_000
    for index in range(rows):
        tag = tags[index % len(tags)] if index % 97 == 0 else "1.0"
        row = ["week", "2026-10-05", "acme", "acme/web", "acme", "US", "aws", "docker", tag]
        writer.writerow([*row, index, 1, index + 1, 0, 0])
    text = out.getvalue()
    frame = read(text).frame
    expected = list(csv.DictReader(io.StringIO(text, newline="")))
    assert frame["data_downloads"].to_list() == list(range(rows))
    assert frame["tag"].fill_null("").to_list() == [row["TAG"] for row in expected]
    assert isinstance(frame, pl.DataFrame)
