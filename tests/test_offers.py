"""A list of offers with whatever in it breaks nothing: no report depends on it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from insights_nb import Archive
from insights_nb.archive.offers import Offer
from insights_nb.cli import app
from insights_nb.errors import LedgerError
from insights_nb.hub.needs import Holdings
from tests.reports import trends_row, write_trends

TODAY = dt.date(2026, 9, 23)
GOOD: dict[str, Any] = {
    "namespace": "acme",
    "kind": "trends",
    "granularity": "week",
    "asked": "2026-09-22T06:00:00+00:00",
    "periods": ["2026-W35", "2026-W36", "2026-W37"],
    "source": "reports",
    "asked_for": "acme",
}
BROKEN: list[dict[str, Any]] = [
    {"asked": "0001-01-01T00:00:00+23:59"},
    {"asked": "0001-01-01"},
    {"asked": "9999-12-31T23:59:59-23:59"},
    {"asked": "9999-12-31"},
    {"asked": "yesterday"},
    {"asked": ""},
    {"asked": 5},
    {"asked": None},
    {"periods": []},
    {"periods": "2026-11"},
    {"periods": None},
    {"periods": {"2026-W37": 1}},
    {"periods": ["9999-12"], "granularity": "month"},
    {"periods": ["9999-W52"]},
    {"periods": ["0001-W01"]},
    {"periods": ["2026-11"]},
    {"periods": [["2026-W37"]]},
    {"periods": [202637]},
    {"periods": ["2026-W37" * 1000]},
    {"granularity": "day"},
    {"granularity": ["week"]},
    {"namespace": None},
    {"namespace": "\ud800"},
    {"kind": {}},
    {"source": 1},
]
READ: list[dict[str, Any]] = [
    {"asked": "2026-09-22T06:00:00+23:59"},
    {"asked": "2026-09-22T06:00:00"},
    {"asked": "2026-09-22"},
    {"asked": "2013-01-01T00:00:00-12:00"},
    {"periods": ["2026-W37", "2026-W37"]},
    {"more": "of a newer version"},
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    place = tmp_path_factory.mktemp("offers")
    archive = Archive(place / "archive")
    for day in ("2026-08-31", "2026-09-07"):
        archive.add(write_trends(place, day, [trends_row(day)]), quiet=True)
    return archive


def leave(archive: Archive, content: str) -> Path:
    path = archive.folder / "offers.json"
    path.unlink(missing_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def ask_everything(archive: Archive) -> None:
    assert len(archive.status(TODAY)) == 1
    assert set(archive.coverage(TODAY)["status"]) >= {"available"}
    assert Holdings(archive, TODAY).listed("reports", "acme") in ([], archive.known_offers())


@pytest.mark.parametrize("changes", BROKEN, ids=str)
def test_an_odd_offer_is_named_and_everything_goes_on_without(
    archive: Archive, changes: dict[str, Any]
) -> None:
    leave(archive, json.dumps({"offers": [GOOD, GOOD | changes]}))
    with pytest.raises(LedgerError, match=r"offers\.json should list .* Remove it: the next fetch"):
        archive.offers()
    ask_everything(archive)
    assert len(archive.notices()) == 1
    # The next fetch heals it.
    archive.record_offers([Offer(**GOOD | {"periods": tuple(GOOD["periods"])})])
    assert [one.series for one in archive.offers()] == [("trends", "acme", "week")]
    assert archive.notices() == []


@pytest.mark.parametrize("changes", READ, ids=str)
def test_what_is_merely_unusual_is_read(archive: Archive, changes: dict[str, Any]) -> None:
    leave(archive, json.dumps({"offers": [GOOD | changes]}))
    assert len(archive.offers()) == 1
    ask_everything(archive)
    assert archive.notices() == []


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"offers": 5}', '{"offers": [5]}', "[" * 100_000, '{"offers": [1e'],
    ids=lambda text: text[:12],
)
def test_what_is_no_list_of_offers_is_named(archive: Archive, content: str) -> None:
    leave(archive, content)
    with pytest.raises(LedgerError, match=r"offers\.json"):
        archive.offers()
    ask_everything(archive)


def test_a_number_of_thousands_of_digits_is_named(archive: Archive) -> None:
    leave(archive, json.dumps({"offers": [GOOD]}).replace('"week"', "9" * 5000))
    with pytest.raises(LedgerError, match=r"offers\.json should list"):
        archive.offers()


def test_a_million_entries_are_not_read(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_OFFERS_BYTES", "4K")
    leave(archive, json.dumps({"offers": [GOOD] * 50}))
    with pytest.raises(LedgerError, match=r"too large\. To allow more, set INSIGHTS_MAX_OFFERS"):
        archive.offers()
    ask_everything(archive)


def test_no_period_that_cannot_be_is_recorded(archive: Archive) -> None:
    odd = ("9999-W52", "2026-W37", "0001-W01")
    archive.record_offers([Offer(**GOOD | {"periods": odd}), Offer("b", "x", "week", "", odd[:1])])
    (found,) = (one for one in archive.offers() if one.kind == "trends")
    assert found.periods == ("2026-W37",)


def test_status_says_what_is_odd_and_answers(archive: Archive) -> None:
    leave(archive, json.dumps({"offers": [GOOD | {"asked": "0001-01-01T00:00:00+23:59"}]}))
    command = ["status", "--archive", str(archive.folder), "--today", TODAY.isoformat()]
    done = CliRunner().invoke(app, command)
    assert "trends" in done.stdout
    assert "offers.json should list the periods" in done.stderr
    assert done.exit_code in {0, 3}


def test_an_archive_of_very_many_reports_is_said_to_be_one(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(archive, '{"offers": []}')
    monkeypatch.setenv("INSIGHTS_MAX_REPORTS", "1")
    command = ["status", "--archive", str(archive.folder), "--today", TODAY.isoformat()]
    done = CliRunner().invoke(app, command)
    assert "has 2 reports. With more than 1, every command" in " ".join(done.stderr.split())
    assert "set INSIGHTS_MAX_REPORTS" in done.stderr
