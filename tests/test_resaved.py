"""Reports as people have them: what other programs saved again is read for what it was, or asked.

Every file is made here from one small report, so that what is right is known.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import errors
from insights_nb.reading import read_bytes
from insights_nb.reading.day_orders import MONTHS_FILE
from insights_nb.reading.results import ReadResult
from insights_nb.schema import REPORTS, Column
from tests.commands import command
from tests.reading_files import DEFAULTS, NAMES, header

WEEK = "2025-09-29"
HEADER = header("summary")
ROWS = [
    ["week", WEEK, "northmill", "repository", "northmill/kiln", "1200", "300", "1500"],
    ["week", WEEK, "northmill", "repository", "northmill/loom", "800", "40", "840"],
    ["week", WEEK, "northmill", "tag", "1.10", "700", "200", "900"],
    ["week", WEEK, "northmill", "tag", "latest", "12", "0", "12"],
]
NAME = "northmill_summary_weekly_2025_09_29.csv"
COUNTS = (5, 6, 7)


def written(rows: list[list[str]], separator: str = ",", end: str = "\n", **how: Any) -> str:  # noqa: ANN401
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end, **how).writerows(rows)
    return out.getvalue()


def changed(change: Callable[[str], str], *places: int) -> list[list[str]]:
    """The report with some fields of every row rewritten."""
    return [HEADER] + [
        [change(field) if place in places else field for place, field in enumerate(row)]
        for row in ROWS
    ]


def read(data: str | bytes, name: str = NAME, **stated: Any) -> ReadResult:  # noqa: ANN401
    return read_bytes(data.encode() if isinstance(data, str) else data, name, **stated)


def same(result: ReadResult, *notes: str, of: str = "summary") -> None:
    """Compare with the report as Docker wrote it, and see that each note is there."""
    expected = read(written([HEADER, *ROWS]))
    assert expected.notes == ()
    assert result.kind == of
    assert result.frame.equals(expected.frame)
    assert [str(period) for period in result.periods] == ["2025-W40"]
    told = "\n".join(result.notes)
    for note in notes:
        assert note in told
    assert bool(notes) == bool(result.notes)


# -- Separators -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("separator", "called"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_other_separators_are_read(separator: str, called: str, named: bool, end: str) -> None:
    text = (f"sep={separator}{end}" if named else "") + written([HEADER, *ROWS], separator, end)
    notes = [f"separated by {called}"] + ["names the separator (sep="] * named
    same(read(text), *notes)


def test_excels_line_may_name_the_comma() -> None:
    same(read("sep=,\r\n" + written([HEADER, *ROWS], end="\r\n")), "sep=,")


def test_a_value_may_have_the_separator_and_line_ends_in_quotes() -> None:
    rows = [[*ROWS[0][:4], 'a;b,"c"\nd\re', *ROWS[0][5:]], *ROWS[1:]]
    found = read(written([HEADER, *rows], ";"))
    assert found.frame["reference"].to_list()[0] == 'a;b,"c"\nd\re'
    assert found.frame["data_downloads"].to_list() == [1200, 800, 700, 12]


def test_a_refusal_names_the_line_of_the_file_that_was_given() -> None:
    rows = [HEADER, *ROWS[:2], [""] * 8, [*ROWS[2][:5], "x", *ROWS[2][6:]]]
    with pytest.raises(errors.ReadError, match="is no count") as caught:
        read("sep=;\n\n" + written(rows, ";"))
    assert (caught.value.line, caught.value.column) == (7, "DATA_DOWNLOADS")


@pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind != "pulls"])
def test_every_report_may_be_separated_by_semicolons(kind: str) -> None:
    row = [str(DEFAULTS.get(column.name, 3)) for column in REPORTS[kind].columns]
    name = NAMES.get(kind, f"{kind}.csv")
    plain = read(written([header(kind), row]), name)
    assert read(written([header(kind), row], ";"), name).frame.equals(plain.frame)


def test_an_unknown_report_keeps_its_columns() -> None:
    found = read("Region;Score\nEU;1,5\nUS;2\n", "acme_benchmark_weekly_2026_10_05.csv")
    assert found.kind == "unknown"
    assert found.frame.rows() == [
        ("week", dt.date(2026, 10, 5), "EU", "1,5"),
        ("week", dt.date(2026, 10, 5), "US", "2"),
    ]


# -- Encodings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "called"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
@pytest.mark.parametrize("separator", [",", "\t"])
def test_wide_encodings_are_read(codec: str, called: str, separator: str) -> None:
    same(read(written([HEADER, *ROWS], separator).encode(codec)), called)


@pytest.mark.parametrize("publisher", ["Müller & Söhne", "Łódź"[1:], "“acme” €"])
def test_windows_1252_is_the_last_resort(publisher: str) -> None:
    rows = [[*row[:2], publisher, *row[3:]] for row in ROWS]
    data = written([HEADER, *rows]).encode("cp1252", errors="replace")
    found = read(data)
    expected = publisher.encode("cp1252", errors="replace").decode("cp1252")
    assert found.frame["publisher_name"].to_list() == [expected] * 4
    assert any("Windows-1252" in note and "line 2" in note for note in found.notes)


def test_a_text_in_two_encodings_is_refused() -> None:
    data = written([HEADER, *ROWS]).replace("kiln", "é").encode().replace(b"loom", b"\xe9")
    with pytest.raises(errors.ReadError, match="two encodings") as caught:
        read(data)
    assert caught.value.line == 3
    assert "'é'" in str(caught.value)


@pytest.mark.parametrize("keep", [1, 3])
def test_wide_text_that_ends_inside_a_character_is_cut(keep: int) -> None:
    with pytest.raises(errors.ReadError, match="cut short"):
        read(written([HEADER, *ROWS]).encode("utf-16")[:-keep])


# -- Dates ------------------------------------------------------------------------------------

SPELT = {
    "29/09/2025": "day, month, year",
    "29.09.2025": "day, month, year",
    "29. 9. 2025": "day, month, year",
    "29-09-2025": "day, month, year",
    "29.09.25": "day, month, year",
    "9/29/2025": "month, day, year",
    "09/29/2025 0:00": "month, day, year",
    "9/29/2025 12:00:00 AM": "month, day, year",
    "Sep 29, 2025": "month, day, year",
    "2025/09/29": "year, month, day",
    "2025-9-29": "year, month, day",
    "20250929": "year, month, day",
    "29-Sep-25": "day, month, year",
    "29 September 2025": "day, month, year",
    "29 sept. 2025": "day, month, year",
    "29-set-25": "day, month, year",
    "45929": "days since 1900",
}


@pytest.mark.parametrize(("text", "order"), SPELT.items())
@pytest.mark.parametrize("name", [NAME, "export.csv"])
def test_dates_in_any_order_are_read_where_one_fits(text: str, order: str, name: str) -> None:
    same(read(written(changed(lambda _: text, 1)), name), order, repr(text), "29 Sep 2025")


def test_the_months_names_are_what_the_script_writes() -> None:
    assert import_module("build_months").text() == MONTHS_FILE.read_text(encoding="utf-8")


def test_a_week_that_starts_on_a_monday_decides() -> None:
    # 7 December 2026 is no Monday in July: 12 July 2026 is a Sunday.
    rows = [[row[0], "07/12/2025", *row[2:]] for row in ROWS]
    with pytest.raises(errors.ReadError, match="7 Dec 2025 or 12 Jul 2025") as caught:
        read(written([HEADER, *rows]), "export.csv")
    assert "a week starts on a Monday" in str(caught.value)
    rows = [[row[0], "06/10/2025", *row[2:]] for row in ROWS]
    found = read(written([HEADER, *rows]), "export.csv")
    assert [str(period) for period in found.periods] == ["2025-W41"]
    assert "since a week starts on a Monday, a month on the 1st" in found.notes[0]


def test_a_months_first_decides() -> None:
    rows = [["month", "9/1/2025", *row[2:]] for row in ROWS]
    assert str(read(written([HEADER, *rows]), "export.csv").periods[0]) == "2025-09"
    rows = [["month", "01.09.2025", *row[2:]] for row in ROWS]
    assert str(read(written([HEADER, *rows]), "export.csv").periods[0]) == "2025-09"


@pytest.mark.parametrize(
    ("granularity", "text", "period"),
    [
        # 5 January 2026 is a Monday, 1 May a Friday; 6 July a Monday, 7 June a Sunday.
        ("week", "05/01/2026", "2026-W02"),
        ("week", "1/5/2026", "2026-W02"),
        ("week", "6/7/2026", "2026-W28"),
        ("month", "1/1/2026", "2026-01"),
        ("month", "01/10/2026", "2026-10"),
        ("month", "10/1/2026", "2026-10"),
    ],
)
def test_the_start_of_a_period_decides(granularity: str, text: str, period: str) -> None:
    rows = [[granularity, text, *row[2:]] for row in ROWS]
    assert [str(one) for one in read(written([HEADER, *rows]), "export.csv").periods] == [period]


def test_two_mondays_are_decided_by_the_files_name_or_the_period_or_are_asked() -> None:
    pairs = [
        (dt.date(year, one, two), dt.date(year, two, one))
        for year in range(2014, 2026)
        for one in range(1, 13)
        for two in range(1, one)
    ]
    first, second = next(
        pair for pair in pairs if {day.weekday() for day in pair} == {0} and pair[0] != pair[1]
    )
    text = written([HEADER] + [[row[0], f"{first:%d/%m/%Y}", *row[2:]] for row in ROWS])
    with pytest.raises(errors.ReadError, match="nothing in the file or its name decides") as caught:
        read(text, "export.csv")
    assert (caught.value.line, caught.value.column) == (2, "DATE_REFERENCE")
    assert "--period" in str(caught.value)
    for day in (first, second):
        named = read(text, f"northmill_summary_weekly_{day:%Y_%m_%d}.csv")
        asked = read(text, "export.csv", period=inb.Period("week", day))
        for found in (named, asked):
            assert [period.start for period in found.periods] == [day]
    # Another row that is a day in one order only.
    more = written([HEADER] + [[row[0], f"{first:%d/%m/%Y}", *row[2:]] for row in ROWS[:2]])
    more += written([[ROWS[2][0], "29/09/2025", *ROWS[2][2:]]])
    assert [p.start for p in read(more, "export.csv").periods] == sorted(
        {first, dt.date(2025, 9, 29)}
    )


def test_raw_days_and_moments_are_in_one_order() -> None:
    kind = "image_pulls_raw"
    rows = []
    for day in (1, 2, 30):
        values = DEFAULTS | {
            "action_day": f"{day:02d}.09.2026",
            "timestamp": f"{day:02d}.09.2026 14:03",
        }
        rows.append([str(values[column.name]) for column in REPORTS[kind].columns])
    found = read(written([header(kind), *rows], ";"), "pulls_raw_monthly_2026_09_01.csv")
    assert found.frame["action_day"].to_list() == [dt.date(2026, 9, day) for day in (1, 2, 30)]
    assert found.frame["timestamp"][2] == dt.datetime(2026, 9, 30, 14, 3)  # noqa: DTZ001
    # 9/8 to 9/12: by the name days of September, else 9 August to 9 December.
    for row, day in zip(rows, (8, 9, 12), strict=True):
        row[1], row[10] = f"9/{day}/2026", f"9/{day}/2026 2:03:04 PM"
    found = read(written([header(kind), *rows]), "pulls_raw_monthly_2026_09_01.csv")
    assert found.frame["action_day"].to_list() == [dt.date(2026, 9, day) for day in (8, 9, 12)]
    assert found.frame["timestamp"][0] == dt.datetime(2026, 9, 8, 14, 3, 4)  # noqa: DTZ001


# -- Numbers ----------------------------------------------------------------------------------

SEPARATED = {
    ",": "a comma between thousands",
    ".": "a point between thousands",
    " ": "a space between thousands",
    "\u00a0": "a space between thousands",
    "\u202f": "a space between thousands",
    "'": "an apostrophe between thousands",
    "\u2019": "an apostrophe between thousands",
}


@pytest.mark.parametrize(("separator", "called"), SEPARATED.items())
def test_separated_thousands_are_read(separator: str, called: str) -> None:
    rows = changed(lambda text: f"{int(text):,}".replace(",", separator), *COUNTS)
    same(read(written(rows)), called, "is 1200")


@pytest.mark.parametrize("ending", [".0", ".00", ",0", ".0000"])
def test_useless_decimals_are_read(ending: str) -> None:
    same(read(written(changed(lambda text: text + ending, *COUNTS))), "decimal")


def test_both_at_once_are_read() -> None:
    german = changed(lambda text: f"{int(text):,}".replace(",", ".") + ",00", *COUNTS)
    same(read(written(german, ";")), "a point between thousands and a decimal comma", "semicolons")


def test_india_groups_otherwise() -> None:
    rows = [[*ROWS[0][:5], "12,34,567", "0", "12,34,567"]]
    assert read(written([HEADER, *rows])).frame["event_count"].to_list() == [1_234_567]


def test_thousands_that_might_be_decimals_are_asked() -> None:
    rows = [[*ROWS[0][:5], "1.000", "2.000", "3.000"]]
    with pytest.raises(
        errors.ReadError, match=r"'1\.000' is 1 with a decimal point or 1,000"
    ) as caught:
        read(written([HEADER, *rows]))
    assert (caught.value.line, caught.value.column) == (2, "DATA_DOWNLOADS")
    # Another column that has a longer number decides.
    rows = [[*ROWS[0][:5], "1.000", "2.000", "1.003.000"]]
    assert read(written([HEADER, *rows])).frame["data_downloads"].to_list() == [1000]
    rows = [[*ROWS[0][:5], "1.000", "2.000", "3.500"]]
    assert read(written([HEADER, *rows])).frame["data_downloads"].to_list() == [1000]


@pytest.mark.parametrize("value", ["1.5", "1,5", "1.2E+11", "1e5", "-3", "1,20", "12,34", "1..000"])
def test_what_is_no_whole_number_is_refused(value: str) -> None:
    rows = [[*ROWS[0][:5], value, *ROWS[0][6:]], *ROWS[1:]]
    with pytest.raises(errors.ReadError, match="is no count") as caught:
        read(written([HEADER, *rows]))
    assert (caught.value.line, caught.value.column) == (2, "DATA_DOWNLOADS")
    assert "preadsheet" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0,25", 0.25), ("25%", 0.25), ("12,5 %", 0.125), ("25.0%", 0.25), ("0,125", 0.125)],
)
def test_shares_may_have_a_decimal_comma_or_be_percents(text: str, value: float) -> None:
    row = DEFAULTS | {"pct_users": text, "users": 80 * value, "total_pullers": 80}
    row |= {"users": str(int(80 * value))}
    fields = [str(row[column.name]) for column in REPORTS["technographic"].columns]
    found = read(written([header("technographic"), fields]), "technographic.csv")
    assert found.frame["pct_users"].to_list() == [value]
    assert any("PCT_USERS" in note for note in found.notes)


# -- Rows and columns that are none -----------------------------------------------------------


def test_rows_of_separators_are_left_out() -> None:
    rows = [HEADER, *ROWS[:2], [""] * 8, *ROWS[2:], *[[""] * 8] * 3]
    same(read(written(rows)), "4 rows with nothing but separators (lines 4, 7, 8, …)")
    same(read(written(rows, ";")), "4 rows with nothing but separators", "semicolons")


@pytest.mark.parametrize(
    "kind", ["image_pulls_summary", "extension_core", "technographic_companies"]
)
def test_rows_of_separators_are_no_rows_in_reports_without_dates_either(kind: str) -> None:
    row = [str(DEFAULTS.get(column.name, 3)) for column in REPORTS[kind].columns]
    name = NAMES.get(kind, f"{kind}.csv")
    found = read(written([header(kind), row, [""] * len(row)]), name)
    assert found.rows == 1
    assert any("Left out: 1 row" in note for note in found.notes)


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_repeated_headers_are_left_out(quoting: Any) -> None:  # noqa: ANN401
    other = [[row[0], "2025-10-06", *row[2:]] for row in ROWS]
    text = written([HEADER, *ROWS], quoting=quoting) + written([HEADER, *other])
    found = read(text)
    assert [str(period) for period in found.periods] == ["2025-W40", "2025-W41"]
    assert found.rows == 8
    assert "1 repeated header (line 6)" in found.notes[0]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_a_column_that_counts_the_rows_is_left_out(first: int, name: str) -> None:
    rows = [[name, *HEADER], *([str(n), *row] for n, row in enumerate(ROWS, start=first))]
    same(read(written(rows)), "which counts the rows")


def test_a_column_without_name_that_counts_nothing_is_kept() -> None:
    rows = [["", *HEADER], *([word, *row] for word, row in zip("dabc", ROWS, strict=True))]
    assert read(written(rows)).frame["column_1"].to_list() == ["d", "a", "b", "c"]


def test_empty_columns_at_the_end_are_left_out() -> None:
    same(read(written([[*row, "", ""] for row in (HEADER, *ROWS)])), "column 9", "column 10")


# -- Zip archives -----------------------------------------------------------------------------


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def test_one_report_in_a_zip_archive_is_read() -> None:
    text = written([HEADER, *ROWS])
    same(read(zipped({NAME: text}), "reports.zip"), f"Read from a zip archive: {NAME}")
    system = {"__MACOSX/._x.csv": "x", "folder/.DS_Store": b"\0", f"folder/{NAME}": text}
    same(read(zipped(system), "reports.zip"), "zip archive")
    same(read(zipped({"README.txt": "hello", NAME: text}), "reports.zip"), "zip archive")


def test_a_messages_file_is_the_one_inside() -> None:
    rows = [HEADER, [*ROWS[0][:5], "x", *ROWS[0][6:]]]
    with pytest.raises(errors.ReadError, match=rf"^reports\.zip/{NAME}, line 2"):
        read(zipped({NAME: written(rows)}), "reports.zip")


def test_several_are_added_each_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "reports.zip"
    other = [[row[0], "2025-10-06", *row[2:]] for row in ROWS]
    later = NAME.replace("09_29", "10_06")
    path.write_bytes(
        zipped(
            {
                f"2025/{NAME}": written([HEADER, *ROWS]),
                f"2025/{later}": written([HEADER, *other], ";"),
                "2025/broken.csv": "hello\n",
                "2025/within.zip": zipped({NAME: "x"}),
            }
        )
    )
    archive = inb.Archive(tmp_path / "archive")
    done = archive.add(path, quiet=True)
    assert [(one.path.name, one.status) for one in done] == [
        (NAME, "added"),
        (later, "added"),
        ("broken.csv", "refused"),
    ]
    assert archive.verify(quiet=True).clean
    assert [one.status for one in archive.add(path, quiet=True)] == [
        "unchanged",
        "unchanged",
        "refused",
    ]
    with pytest.raises(errors.ReadError, match=r"has 3 files .*insights-nb add"):
        inb.read_report(path)


@pytest.mark.parametrize("name", ["deep.zip", "deep.csv"])
def test_an_archive_in_an_archive_is_refused(name: str) -> None:
    with pytest.raises(errors.ReadError, match="archive within an archive"):
        read(zipped({name: zipped({NAME: "x"})}), "reports.zip")


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(zipped({NAME: written([HEADER, *ROWS])}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    with pytest.raises(errors.ReadError, match="is encrypted"):
        read(bytes(data), "reports.zip")


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_RATIO", "20")
    monkeypatch.setenv("INSIGHTS_MAX_RATIO_FROM", "64K")
    with pytest.raises(errors.ReadError, match="INSIGHTS_MAX_RATIO"):
        read(zipped({NAME: written([HEADER, *ROWS * 100_000])}), "reports.zip")


def test_a_damaged_archive_is_refused() -> None:
    data = zipped({NAME: written([HEADER, *ROWS])})
    for broken in (data[:60], data[:-5], data[:50] + b"\xff" * 20 + data[70:]):
        with pytest.raises(errors.ReadError, match=r"zip archive is damaged|cannot be unpacked"):
            read(broken, "reports.zip")


# -- API answers ------------------------------------------------------------------------------

POINTS = [
    {"start": "2026-09-07", "end": "2026-09-13", "pullCount": 1000, "ipCount": 70},
    {"start": "2026-09-14", "end": "2026-09-20", "pullCount": 1050, "ipCount": 71},
]
SAVED: list[tuple[object, str]] = [
    ({"pulls": POINTS}, ""),
    (POINTS, ""),
    ({"2026-09-13T00:00Z": POINTS[0], "2026-09-20": POINTS[1]}, "by the last day of their weeks"),
    ({one["start"]: one for one in POINTS}, "by the first day of their weeks"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "note"), SAVED)
@pytest.mark.parametrize("lines", [False, True])
def test_points_of_one_repository_need_its_name(answer: object, note: str, lines: bool) -> None:
    if lines and isinstance(answer, list):
        text = "\n".join(map(json.dumps, answer)) + "\n"
    else:
        text = json.dumps(answer, indent=1)
    with pytest.raises(errors.ReadError, match="--repository acme/web"):
        read(text, "pulls.json")
    found = read(text, "pulls.json", repository="acme/web")
    columns = ["period", "repository", "pull_count", "ip_count", "end"]
    assert found.frame.select(columns).rows() == [
        (dt.date(2026, 9, 7), "acme/web", 1000, 70, dt.date(2026, 9, 13)),
        (dt.date(2026, 9, 14), "acme/web", 1050, 71, dt.date(2026, 9, 20)),
    ]
    assert found.namespaces == ("acme",)
    assert any(note in one for one in found.notes)


def test_months_that_were_saved_by_hand_are_read() -> None:
    text = json.dumps({"2026-08-31": 5, "2026-09-30": 7})
    found = read(text, "pulls.json", repository="acme/web")
    assert [str(period) for period in found.periods] == ["2026-08", "2026-09"]
    assert found.frame["pull_count"].to_list() == [5, 7]


@pytest.mark.parametrize("keys", [["2026-06-01"], ["2026-09-09"], ["2026-09-07", "2026-09-20"]])
def test_days_of_two_kinds_or_none_are_refused(keys: list[str]) -> None:
    with pytest.raises(errors.ReadError, match="its points are kept by dates such as"):
        read(json.dumps(dict.fromkeys(keys, 1)), "pulls.json", repository="acme/web")


def test_points_of_a_whole_namespace_are_kept_with_a_note() -> None:
    answer = {"pulls": [POINTS[0] | {"namespace": "acme"}]}
    assert "no page shows them" in read(json.dumps(answer), "pulls.json").notes[0]


def test_a_stated_repository_is_kept_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "pulls.json"
    path.write_text(json.dumps({"pulls": POINTS}))
    archive = inb.Archive(tmp_path / "archive")
    assert archive.add(path, quiet=True)[0].status == "refused"
    for name in ("acme/web", "acme/api"):
        assert archive.add(path, repository=name, quiet=True)[0].status == "added"
    assert archive.add(path, repository="acme/web", quiet=True)[0].status == "unchanged"
    for parquet in (archive.folder / "parquet").rglob("*.parquet"):
        parquet.unlink()
    assert archive.repair().clean
    rows = archive.read("pulls").groupby("repository")["pull_count"].sum().to_dict()
    assert rows == {"acme/web": 2050, "acme/api": 2050}


# -- Commands ---------------------------------------------------------------------------------


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(changed(lambda _: "29.09.2025", 1), ";")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = command("read", "-")
    assert done.returncode == 0, done.stderr
    assert "standard input" in done.stdout
    assert "'29.09.2025' is 29 Sep 2025" in done.stdout


def test_the_repository_is_an_option(tmp_path: Path) -> None:
    path = tmp_path / "pulls.json"
    path.write_text(json.dumps(POINTS))
    assert command("read", path).returncode == 1
    assert "2026-W38" in command("read", path, "--repository", "acme/web").stdout
    refused = command("add", path, "--archive", tmp_path / "archive", "--repository", "web")
    assert refused.returncode == 2
    assert "names no repository" in refused.stderr


# -- Any report through any program -----------------------------------------------------------

DAYS: dict[str, Callable[[dt.date], str]] = {
    "iso": lambda day: f"{day:%Y-%m-%d}",
    "dots": lambda day: f"{day:%d.%m.%Y}",
    "slashes": lambda day: f"{day.day}/{day.month}/{day.year}",
    "us": lambda day: f"{day.month}/{day.day}/{day.year}",
    "us time": lambda day: f"{day:%m/%d/%Y} 0:00",
    "year": lambda day: f"{day:%Y/%m/%d}",
    "short": lambda day: f"{day:%d-%b-%y}",
    "serial": lambda day: str((day - dt.date(1899, 12, 30)).days),
}
THOUSANDS: dict[str, Callable[[int], str]] = {
    "plain": str,
    "comma": lambda n: f"{n:,}",
    "point": lambda n: f"{n:,}".replace(",", "."),
    "space": lambda n: f"{n:,}".replace(",", "\u00a0"),
    "apostrophe": lambda n: f"{n:,}".replace(",", "'"),
    "float": lambda n: f"{n}.0",
}
MONDAYS = st.integers(0, 600).map(lambda n: dt.date(2014, 1, 6) + dt.timedelta(weeks=n))
TEXT = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Zs")), min_size=1, max_size=6
)
COUNT = st.one_of(st.integers(0, 999), st.integers(1_000, 10**9))
KINDS = [kind for kind in REPORTS if kind != "pulls"]


def values(draw: st.DrawFn, column: Column, week: dt.date) -> Any:  # noqa: ANN401
    """A value of a column, as Python has it."""
    if column.name == "date_granularity":
        return "week"
    if column.name == "date_reference":
        return week
    return {
        "date": lambda: week + dt.timedelta(draw(st.integers(0, 6))),
        "timestamp": lambda: dt.datetime.combine(week, dt.time(draw(st.integers(0, 23)), 5)),
        "count": lambda: draw(COUNT),
        "share": lambda: draw(st.sampled_from([0.25, 0.5, 0.125])),
        "text": lambda: draw(TEXT),
    }[column.dtype]()


def plain(value: Any) -> str:  # noqa: ANN401
    """As Docker writes it."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else str(value)


@st.composite
def savers(draw: st.DrawFn) -> Callable[[Any], str]:
    """How a program writes values."""
    day = DAYS[draw(st.sampled_from(sorted(DAYS)))]
    number = THOUSANDS[draw(st.sampled_from(sorted(THOUSANDS)))]
    comma = draw(st.booleans())

    def save(value: Any) -> str:  # noqa: ANN401
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return day(value)
        if isinstance(value, float) and comma:
            return str(value).replace(".", ",")
        return number(value) if isinstance(value, int) else plain(value)

    return save


@st.composite
def resaved_reports(draw: st.DrawFn) -> tuple[str, str, bytes, bytes]:
    """A report's name and kind, its bytes as Docker writes them and as a program saved them."""
    kind = draw(st.sampled_from(KINDS))
    week = draw(MONDAYS)
    columns = REPORTS[kind].columns
    titles = [column.header for column in columns]
    rows = [
        [values(draw, column, week) for column in columns] for _ in range(draw(st.integers(1, 4)))
    ]
    save = draw(savers())
    again = [[save(value) for value in row] for row in rows]
    if draw(st.booleans()):
        again += [[""] * len(titles)] * draw(st.integers(1, 3))
    if draw(st.booleans()):
        again.insert(draw(st.integers(1, len(rows))), titles)
    separator = draw(st.sampled_from(",;\t|"))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    text = written([titles, *again], separator, end, quoting=quoting)
    if draw(st.booleans()):
        text = f"sep={separator}{end}" + text
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    data = text.encode(codec)
    # Bytes that are also UTF-8 are read as that, as they have to be.
    assume(codec != "cp1252" or text.isascii() or not _is_utf8(data))
    good = written([titles, *([plain(value) for value in row] for row in rows)]).encode()
    return f"acme_{kind}_weekly_{week:%Y_%m_%d}.csv", kind, good, data


@settings(max_examples=300)
@given(resaved_reports())
def test_a_resaved_report_is_the_same_or_two_readings_are_named(
    made: tuple[str, str, bytes, bytes],
) -> None:
    name, kind, good, data = made
    expected = read(good, name)
    assert expected.kind == kind
    try:
        found = read(data, name)
    except errors.ReadError as error:
        if " or " not in str(error):
            raise
    else:
        assert found.kind == kind
        assert found.frame.equals(expected.frame)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
