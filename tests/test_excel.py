"""Excel files: typed cells, never a formula, and a sheet on what the rows mean and come from."""

from __future__ import annotations

import builtins
import datetime as dt
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import insights_nb as inb
from insights_nb.exports import excel
from tests.test_exports import HIDDEN, HOSTILE, frame

VIEW = inb.Selection("month", 3)


def opened(path: Path) -> tuple[Worksheet, Worksheet]:
    book = load_workbook(path)
    assert book.sheetnames == ["Rows", "Sources"]
    return book["Rows"], book["Sources"]


def written(tmp_path: Path, held: pd.DataFrame) -> Worksheet:
    return opened(inb.to_excel(held, tmp_path / "a.xlsx"))[0]


@pytest.fixture(scope="module")
def companies(samples: inb.Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = inb.heavy_users(inb.companies(samples, VIEW))
    path = tmp_path_factory.mktemp("excel") / "companies.xlsx"
    return inb.to_excel(frame, path, archive=samples, selection=VIEW)


def test_cells_have_the_types_of_their_values(tmp_path: Path) -> None:
    held = pd.DataFrame(
        {
            "period": pd.to_datetime(["2026-10-26", None]),
            "start": pd.to_datetime(["2026-10-26 13:45:01", None]),
            "repository": pd.array(["acme/web", None], "str"),
            "pulls": pd.array([-1234, pd.NA], "Int64"),
            "ratio": pd.array([0.125, pd.NA], "Float64"),
            "listed": pd.array([True, pd.NA], "boolean"),
        }
    )
    sheet = written(tmp_path, held)
    first, second = sheet.iter_rows(min_row=2, max_row=3)
    assert [cell.value for cell in first] == [
        pd.Timestamp("2026-10-26"), pd.Timestamp("2026-10-26 13:45:01"), "acme/web", -1234, 0.125,
        True,
    ]  # fmt: skip
    assert [cell.data_type for cell in first] == ["d", "d", "s", "n", "n", "b"]
    assert [cell.number_format for cell in first[:5]] == [
        "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General", "#,##0", "0.0%",
    ]  # fmt: skip
    assert {cell.value for cell in second} == {None}


def test_only_ratios_are_percent(tmp_path: Path, samples: inb.Archive) -> None:
    held = inb.downloads_and_checks(samples, VIEW).dropna()
    sheet = written(tmp_path, held)
    formats = dict(zip(held.columns, (cell.number_format for cell in sheet[2]), strict=True))
    # Two downloads per check are not 200 % of anything.
    assert (formats["ratio"], formats["download_share"]) == ("#,##0.0##", "0.0%")


@pytest.mark.parametrize("text", [*HOSTILE, *HIDDEN, "#N/A", "#REF!", "=", "TRUE", "1e5", "007"])
def test_no_text_is_a_formula_an_error_or_a_number(tmp_path: Path, text: str) -> None:
    sheet = written(tmp_path, frame([text], header=text))
    for cell in (sheet["B1"], sheet["B2"]):
        assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize("text", [*HOSTILE, *HIDDEN])
def test_a_text_stays_text_when_somebody_edits_it(tmp_path: Path, text: str) -> None:
    sheet = written(tmp_path, frame([text, "acme/web"]))
    assert sheet["B2"].quotePrefix
    assert not sheet["B3"].quotePrefix


def test_the_file_holds_no_formula_whatever_the_data(tmp_path: Path) -> None:
    path = inb.to_excel(frame([*HOSTILE, *HIDDEN]), tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as made:
        sheets = [made.read(n) for n in made.namelist() if n.startswith("xl/worksheets/")]
    assert len(sheets) == 2
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


# A file each, so fewer of them; how long that takes says nothing.
@settings(max_examples=30)
@given(text=st.text(max_size=20))
def test_any_text_can_be_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    sheet = written(tmp_path_factory.mktemp("any"), frame([text]))
    found = sheet["B2"].value or ""
    assert len(found) <= len(text)
    plain = "".join(c for c in text if c.isprintable())
    assert "".join(c for c in found if c.isprintable() and c != "\ufffd") == plain.replace(
        "\ufffd", ""
    )


def test_what_a_sheet_cannot_hold_is_replaced_and_said(tmp_path: Path) -> None:
    path = inb.to_excel(frame(["a\x00b", "c\x1bd", "e" * 40_000]), tmp_path / "a.xlsx")
    rows, sources = opened(path)
    assert [rows["B2"].value, rows["B3"].value] == ["a\ufffdb", "c\ufffdd"]
    assert len(rows["B4"].value) == 32_767
    said = dict(sources.iter_rows(max_col=2, values_only=True))
    assert "3 texts hold what a sheet cannot" in said["Changed"]


def test_what_excel_would_read_as_a_character_stays_its_own_text(tmp_path: Path) -> None:
    path = inb.to_excel(frame(["_x0041_"]), tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as made:
        assert b"_x005F_x0041_" in made.read("xl/worksheets/sheet1.xml")


def test_a_number_of_more_digits_than_excel_keeps_stays_whole(tmp_path: Path) -> None:
    held = pd.DataFrame({"pulls": pd.array([12345678901234567], "Int64")})
    assert written(tmp_path, held)["A2"].value == "12345678901234567"


def test_the_header_stays_in_sight_and_filters(companies: Path) -> None:
    rows, _ = opened(companies)
    assert rows.freeze_panes == "A2"
    assert rows.auto_filter.ref == rows.dimensions
    assert all(cell.font.bold for cell in rows[1])
    assert not any(cell.font.bold for cell in rows[2])
    widths = {name: rows.column_dimensions[name].width for name in "AB"}
    assert widths["A"] >= max(len(str(cell.value)) for cell in rows["A"])


def test_the_second_sheet_says_what_the_rows_mean_and_come_from(
    companies: Path, samples: inb.Archive
) -> None:
    _, sources = opened(companies)
    lines = [[value for value in line if value] for line in sources.iter_rows(values_only=True)]
    assert ["Function", "insights_nb.heavy_users"] in lines
    assert ["One row is", "a company over the time range"] in lines
    assert ["Asked for", VIEW.to_query()] in lines
    meanings = {line[0]: line[1] for line in lines if len(line) > 2}
    assert "Downloads of image data." in meanings["data_downloads"]
    hashes = {entry.sha256 for entry in samples.entries() if entry.kind == "tracked_companies"}
    named = [line for line in lines if len(line) == 5 and line[0] != "File"]
    assert [line[2] for line in named] == ["2026-08", "2026-09", "2026-10"]
    assert {line[4] for line in named} <= hashes


def test_the_same_frame_gives_the_same_bytes(tmp_path: Path, samples: inb.Archive) -> None:
    made = [
        inb.to_excel(inb.pulls(samples, VIEW), tmp_path / name, archive=samples)
        for name in ("a.xlsx", "b.xlsx")
    ]
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert str(dt.datetime.now(dt.UTC).year).encode() not in book.read("docProps/core.xml")


def test_an_empty_frame_has_a_header(tmp_path: Path) -> None:
    sheet = written(tmp_path, frame([]))
    assert [cell.value for cell in sheet[1]] == ["period", "repository", "pulls"]
    assert sheet.max_row == 1


def test_a_frame_that_is_too_long_is_for_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    inb.to_excel(frame(["a"] * 2), tmp_path / "fits.xlsx")
    with pytest.raises(inb.InsightsError, match=r"3 rows, and an Excel sheet holds 2.*to_csv"):
        inb.to_excel(frame(["a"] * 3), tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_an_excel_sheet_holds_what_excel_says() -> None:
    assert (excel.MOST_ROWS, excel.MOST_COLUMNS) == (1_048_576, 16_384)


def test_without_openpyxl_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.partition(".")[0] == "openpyxl":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(inb.InsightsError, match=r"pip install 'insights-nb\[excel\]'"):
        inb.to_excel(frame(["a"]), tmp_path / "a.xlsx")


def test_a_file_that_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inb.to_excel(frame(["a"]), tmp_path / "a.xlsx")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(inb.InsightsError, match=r"a\.xlsx cannot be written: No space left"):
        inb.to_excel(frame(["b"]), path)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]
