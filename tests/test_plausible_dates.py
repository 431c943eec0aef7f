"""A report of a day on which Docker Hub cannot have counted is refused, wherever the day stands."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from insights_nb import periods
from insights_nb.archive import Archive
from insights_nb.archive.additions import Download
from insights_nb.cli import main
from insights_nb.errors import InsightsError, ReadError
from insights_nb.periods import ImplausiblePeriodError, Period
from insights_nb.reading import notes, read_report
from insights_nb.reading.dating import ImplausibleDateError
from tests.reading_files import NAMES, report

At = Callable[[str], None]
ODD = [
    ("month", "9999-12-01", "has not begun"),
    ("month", "2226-01-01", "has not begun"),
    ("week", "0001-01-01", "before 2013"),
    ("month", "2012-12-01", "before 2013"),
]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(path: Path) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_report(path)
    return caught.value


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Set the clock that dates are held against."""

    class Clock(dt.datetime):
        now_is = dt.datetime.now(dt.UTC)

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return cls.now_is.astimezone(tz)

    def to(text: str) -> None:
        Clock.now_is = dt.datetime.fromisoformat(text)
        monkeypatch.setattr(periods.dt, "datetime", Clock)

    return to


@pytest.mark.parametrize(("granularity", "day", "why"), ODD)
def test_a_row_is_refused_with_its_line_and_a_remedy(
    tmp_path: Path, granularity: str, day: str, why: str
) -> None:
    rows = [
        {"date_granularity": granularity, "date_reference": day},
    ]
    path = write(tmp_path, "trends.csv", report("trends", *rows))
    error = refused(path)
    assert isinstance(error, ImplausibleDateError)
    assert (error.line, error.column, error.value) == (2, "DATE_REFERENCE", day)
    assert f"{day} " in str(error)
    assert why in str(error)
    assert "correct the date" in str(error)


def test_year_0_is_no_date(tmp_path: Path) -> None:
    for kind, row in (
        ("trends", {"date_granularity": "month", "date_reference": "0000-01-01"}),
        ("image_pulls_raw", {"action_day": "0000-01-01"}),
        ("image_pulls_raw", {"timestamp": "0000-01-01 00:00:00"}),
    ):
        error = refused(write(tmp_path, NAMES.get(kind, "trends.csv"), report(kind, row)))
        assert "is no date of the form" in str(error)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action_day", "2226-10-06"),
        ("action_day", "1999-10-06"),
        ("timestamp", "2226-10-06 00:00:00"),
        ("timestamp", "0999-10-06 00:00:00"),
    ],
)
def test_an_action_is_refused_by_its_day_and_by_its_time(
    tmp_path: Path, column: str, value: str
) -> None:
    text = report("image_pulls_raw", {}, {column: value})
    error = refused(write(tmp_path, NAMES["image_pulls_raw"], text))
    assert isinstance(error, ImplausibleDateError)
    assert error.line == 3
    assert value[:10] in str(error)


@pytest.mark.parametrize("day", ["9999-12-01", "2226-01-01", "0001-01-01"])
def test_a_point_of_an_answer_is_refused_by_its_place(tmp_path: Path, day: str) -> None:
    good = {"start": "2026-10-05", "end": "2026-10-11", "repo": "web", "namespace": "acme"}
    points = [good | {"pullCount": 1}, good | {"start": day, "end": day, "pullCount": 1}]
    error = refused(write(tmp_path, "pulls.json", json.dumps({"pulls": points})))
    assert isinstance(error, ImplausibleDateError)
    assert error.column == "pulls[1].start"


@pytest.mark.parametrize("name", ["core_9999-12.csv", "core_weekly_0001_01_01.csv"])
def test_a_name_tells_no_period_that_cannot_be(tmp_path: Path, name: str) -> None:
    error = refused(write(tmp_path, name, report("extension_core", {})))
    assert "it is not known which period" in str(error)
    assert "in its name" in str(error)
    assert read_report(tmp_path / name, period="2026-10").attrs["periods"] == ("2026-10",)


def test_rows_are_believed_where_only_the_name_is_odd(tmp_path: Path) -> None:
    frame = read_report(write(tmp_path, "trends_weekly_2226_10_07.csv", report("trends", {})))
    assert frame.attrs["periods"] == ("2026-W41",)
    frame = read_report(write(tmp_path, "trends_monthly_9999_12_01.csv", report("trends", {})))
    assert any("Its name has 9999-12" in note for note in notes(frame))
    raw = write(tmp_path, "raw_9999-12.csv", report("image_pulls_raw", {}))
    assert read_report(raw).attrs["periods"] == ("2026-W41",)


def test_an_unknown_report_is_refused_by_its_dates(tmp_path: Path) -> None:
    text = "DATE_GRANULARITY,DATE_REFERENCE,SCORE\nmonth,2026-10-01,1\nmonth,9999-12-01,2\n"
    error = refused(write(tmp_path, "benchmark.csv", text))
    assert (error.line, error.column) == (3, "date_reference")


@pytest.mark.parametrize("period", ["9999-12", "0001-W01", "2012-06"])
def test_a_period_that_is_asked_for_is_refused(
    tmp_path: Path, period: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "core.csv", report("extension_core", {}))
    for given in (period, Period.parse(period)):
        with pytest.raises(ImplausiblePeriodError, match="Name a week or month from 2013 on"):
            read_report(path, period=given)
    with pytest.raises(SystemExit):
        main(["read", str(path), "--period", period])
    assert "2013" in " ".join(capsys.readouterr().err.split())


def test_what_a_source_sends_is_refused_likewise(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    text = report("trends", {"date_granularity": "month", "date_reference": "9999-12-01"})
    (one,) = archive.add_downloads([Download(text.encode(), "trends_9999.csv", "https://hub")])
    assert one.status == "refused"
    core = Download(report("extension_core", {}).encode(), "core.csv", "https://hub")
    (two,) = archive.add_downloads([core], period=Period.parse("9999-12"))
    assert isinstance(two.error, InsightsError)
    assert "9999-12" in str(two.error)
    assert not archive.exists


def test_a_period_that_begins_today_anywhere_on_earth_is_read(tmp_path: Path, at: At) -> None:
    row = {"date_granularity": "month", "date_reference": "2026-08-01"}
    path = write(tmp_path, "trends.csv", report("trends", row))
    # In Kiritimati, 14 hours ahead, August has begun.
    at("2026-07-31T10:00:00+00:00")
    assert read_report(path).attrs["periods"] == ("2026-08",)
    at("2026-07-31T09:59:00+00:00")
    assert "has not begun: it is 31 Jul 2026 by this computer's clock" in str(refused(path))
