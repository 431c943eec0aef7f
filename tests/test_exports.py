"""CSV that a spreadsheet opens and does not run, and that a machine reads back as it was."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb.exports.guard import guard

HOSTILE = ["=cmd()", "+1", "-1", "@SUM(A1)", "＝cmd()", "＋1", "－1", "＠SUM(A1)", "﹦1", "−1"]
HIDDEN = [" =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", '"=1', "'=1", '" =1', "“=1"]
LEADING = ["\tx", "\rx", "\nx", "\0x"]
INNER = {
    "a;=1": "a;'=1",
    "a,+1": "a,'+1",
    "a\t@x": "a\t'@x",
    'a;"=1': "a;'\"=1",
    "a; -1": "a;' -1",
    "a\n=1": "a\n'=1",
    "a|=1": "a|'=1",
}
ORDINARY = ["acme/web", "1.27-alpine", "a=b", "a-b", "1;2", "docker/27.0 (linux; amd64)", "NA", ""]


def frame(names: list[str], header: str = "repository") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": pd.to_datetime(["2026-10-26"] * len(names)),
            header: pd.array(names, dtype="str"),
            "pulls": pd.array([1] * len(names), dtype="Int64"),
        }
    )


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", [*HOSTILE, *HIDDEN, *LEADING])
def test_a_spreadsheet_does_not_run_text(name: str) -> None:
    (row,) = rows_of(inb.to_csv(frame([name])))
    assert row["repository"] == "'" + name


@pytest.mark.parametrize("name", INNER)
def test_nor_where_its_separator_is_another_one(name: str) -> None:
    (row,) = rows_of(inb.to_csv(frame([name])))
    assert row["repository"] == INNER[name]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_text_stays_as_it_is(name: str) -> None:
    (row,) = rows_of(inb.to_csv(frame([name])))
    assert row["repository"] == name


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
RISKY = st.text(st.sampled_from("=+-@＝;,|\t\r\n\"' \u200ba1"), max_size=12)
CELL = re.compile("[,;|\t\r\n]")


@given(st.one_of(TEXT, RISKY))
def test_no_cell_begins_a_formula_however_it_is_split(name: str) -> None:
    (row,) = rows_of(inb.to_csv(frame([name])))
    for part in CELL.split(row["repository"]):
        shown = part.lstrip('\0\t\r\n "\u200b\u00a0\ufeff\u202e')
        assert not shown.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(st.one_of(TEXT, RISKY))
def test_machines_get_text_as_it_is(name: str) -> None:
    # A null character has no place in CSV as Python reads it.
    name = name.replace("\0", "")
    (row,) = rows_of(inb.to_csv(frame([name]), raw=True))
    assert row == {"period": "2026-10-26", "repository": name, "pulls": "1"}


@given(st.one_of(TEXT, RISKY))
def test_a_text_that_is_guarded_twice_gets_one_more_apostrophe_and_no_formula(name: str) -> None:
    assert len(guard(name)) <= 2 * len(name) + 1
    assert guard(name).replace("'", "") == name.replace("'", "")


def test_headers_that_are_data_are_guarded_too() -> None:
    wide = frame(["=cmd()", "acme/web"]).pivot_table("pulls", "period", "repository")
    assert inb.to_csv(wide).startswith("period,'=cmd(),acme/web\r\n2026-10-26,")
    assert inb.to_csv(wide, raw=True).startswith("period,=cmd(),acme/web\r\n")


def test_an_index_that_has_a_name_is_written_and_another_is_not() -> None:
    held = frame(["a/b"])
    assert inb.to_csv(held.set_index("repository")).startswith("repository,period,pulls\r\n")
    held.index = pd.Index([7])
    assert inb.to_csv(held) == "period,repository,pulls\r\n2026-10-26,a/b,1\r\n"


def test_headers_of_several_levels_become_one() -> None:
    held = pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_tuples([("pulls", "a"), ("pulls", "b")])
    )
    assert inb.to_csv(held) == "pulls / a,pulls / b\r\n1,2\r\n"


def test_two_columns_of_one_name_are_both_written() -> None:
    held = pd.DataFrame([["=1", -2]], columns=["a", "a"])
    assert inb.to_csv(held) == "a,a\r\n'=1,-2\r\n"


def test_negative_numbers_stay_numbers_also_beside_text() -> None:
    held = pd.DataFrame(
        {
            "change": pd.array([-5, -6], "Int64"),
            "ratio": pd.array([-0.25, pd.NA], "Float64"),
            "mixed": pd.Series([-7, "-7"], dtype=object),
        }
    )
    assert inb.to_csv(held) == "change,ratio,mixed\r\n-5,-0.25,-7\r\n-6,,'-7\r\n"


def test_a_column_of_anything_keeps_what_each_value_is() -> None:
    held = pd.DataFrame({"mixed": pd.Series([1, True, 1.0, "1"], dtype=object)})
    assert inb.to_csv(held) == "mixed\r\n1\r\nTrue\r\n1.0\r\n1\r\n"


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_text_is_guarded_whatever_its_dtype(dtype: str) -> None:
    held = pd.DataFrame({"tag": pd.Series(["=1", None, "x"]).astype(dtype)})  # type: ignore[call-overload]
    assert inb.to_csv(held) == 'tag\r\n\'=1\r\n""\r\nx\r\n'


def test_missing_counts_are_empty_and_zeros_are_zeros() -> None:
    held = frame(["a/b", "a/c"])
    held["pulls"] = pd.array([pd.NA, 0], dtype="Int64")
    assert inb.to_csv(held) == "period,repository,pulls\r\n2026-10-26,a/b,\r\n2026-10-26,a/c,0\r\n"


def test_days_are_iso_dates_and_times_are_kept() -> None:
    day, time = pd.Timestamp("2026-10-26"), pd.Timestamp("2026-10-26 13:45:01")
    held = pd.DataFrame({"day": [day], "time": [time], "utc": [time.tz_localize("Europe/Paris")]})
    assert inb.to_csv(held).splitlines()[1] == "2026-10-26,2026-10-26T13:45:01,2026-10-26T12:45:01Z"


def test_lists_are_json() -> None:
    held = pd.DataFrame({"events": pd.Series([(1, 2), ("a", "b")], dtype=object)})
    assert [row["events"] for row in rows_of(inb.to_csv(held))] == ["[1, 2]", '["a", "b"]']


def test_the_file_is_what_excel_takes_for_utf_8_and_a_raw_one_is_plain(tmp_path: Path) -> None:
    held = frame(["é"])
    assert (
        inb.to_csv(held, tmp_path / "a.csv").read_bytes()
        == b"\xef\xbb\xbf" + inb.to_csv(held).encode()
    )
    plain = inb.to_csv(held, tmp_path / "raw.csv", raw=True)
    assert plain.read_bytes() == inb.to_csv(held, raw=True).encode()


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(inb.InsightsError, match=r"cannot be written: .*there is no folder"):
        inb.to_csv(frame(["a"]), tmp_path / "none" / "a.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(inb.InsightsError, match=r"a\.csv cannot be written"):
        inb.to_csv(frame(["a"]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").is_dir()
