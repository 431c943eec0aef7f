import csv
import io

import pandas as pd
import pytest

from insights_nb.exports import to_csv

HOSTILE = ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝cmd()"]


def frame(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": pd.to_datetime(["2026-10-26"] * len(names)),
            "repository": pd.array(names, dtype="str"),
            "pulls": pd.array([1] * len(names), dtype="Int64"),
        }
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_spreadsheet_does_not_run_text(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(frame([name])), newline=""))
    assert row["repository"] == "'" + name


@pytest.mark.parametrize("name", [*HOSTILE, 'a"b', "a,b", "NA"])
def test_machines_get_text_as_it_is(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(frame([name]), raw=True), newline=""))
    assert row == {"period": "2026-10-26", "repository": name, "pulls": "1"}


def test_missing_counts_are_empty_and_zeros_are_zeros() -> None:
    held = frame(["a/b", "a/c"])
    held["pulls"] = pd.array([pd.NA, 0], dtype="Int64")
    assert to_csv(held) == "period,repository,pulls\r\n2026-10-26,a/b,\r\n2026-10-26,a/c,0\r\n"
