"""Fetching: what the sources have and the archive has not, into the archive."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from insights_nb import Archive
from insights_nb.errors import (
    HubError,
    HubSettingError,
    SelectionError,
    SignInError,
)
from insights_nb.hub import Credentials, Fetched, Patience, fetch
from insights_nb.periods import Period
from tests import commands
from tests.hub import Fault, Hub
from tests.reports import LEGACY, TRENDS, trends_row, write_csv

pytestmark = pytest.mark.system

# Long ago on every clock: what counts as closed must not hang on the day of the test.
TODAY = dt.date(2025, 11, 24)
WEEKS = ["2025-10-27", "2025-11-03", "2025-11-10", "2025-11-17"]
QUICK = Patience(attempts=2, first=0.001, longest=0.01)
CATALOGUE = "/proxylytics/v1/namespaces/acme/reports"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave this machine's own account out of it."""
    for name in ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "INSIGHTS_HUB_URL", "INSIGHTS_ARCHIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        server.today = TODAY
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def trends(folder: Path, start: str, downloads: int = 1, granularity: str = "week") -> bytes:
    row = trends_row(start, downloads=downloads, granularity=granularity)
    return write_csv(folder / "made.csv", TRENDS, [row]).read_bytes()


def offer_weeks(hub: Hub, folder: Path, starts: list[str] = WEEKS) -> None:
    for start in starts:
        hub.add_report("acme", "trend", "week", start, trends(folder, start))


def points(count: int, granularity: str = "week", last: int = 1) -> list[tuple[str, str, int, int]]:
    newest = Period.containing(TODAY, "week" if granularity == "week" else "month").shift(-last)
    periods = [newest.shift(-n) for n in range(count)]
    return [(f"{one.start}", f"{one.last_day}", 5, 1) for one in periods]


def run(
    hub: Hub,
    archive: Archive,
    namespace: str | None = "acme",
    **arguments: Any,  # noqa: ANN401 - fetch's own arguments
) -> Fetched:
    account = Credentials(hub.user, hub.secret)
    arguments = {"credentials": account, "today": TODAY, "quiet": True} | arguments
    return fetch(archive, namespace, hub_url=hub.url, patience=QUICK, **arguments)


def command(hub: Hub, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return commands.command("fetch", *arguments, environment=hub.environment | environment)


# -- What is fetched --------------------------------------------------------------------------


def test_an_empty_archive_is_filled_with_everything_offered(archive: Archive) -> None:
    with Hub() as hub:
        hub.fill(newest=2)
        today = dt.date(2026, 11, 5)
        done = [run(hub, archive, name, today=today) for name in sorted(hub.namespaces)]
        offered = {file.data for one in hub.reports.values() for file in [one[0].file]}
        offered |= {files[0].data for files in hub.exports.values()}
        before = len(hub.downloads)
        again = [run(hub, archive, name, today=today) for name in sorted(hub.namespaces)]
        assert len(hub.downloads) == before
        assert hub.leaks == []
    assert [one.exit_code for one in (*done, *again)] == [0] * 4
    kept = {p.read_bytes() for p in (archive.folder / "originals").rglob("*") if p.is_file()}
    assert offered <= kept
    assert not [*again[0].new, *again[1].new]
    assert list(archive.verify()) == []


def test_a_second_run_downloads_nothing(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    hub.add_pulls("acme/web", "week", points(6))
    hub.add_pulls("acme/web", "month", points(3, "month"))
    assert len(run(hub, archive).new) == 6
    before = len(hub.requests)
    done = run(hub, archive)
    assert (len(done.unchanged), done.new, done.exit_code) == (6, [], 0)
    paths = [seen.path for seen in hub.requests[before:]]
    # The lists are asked again; no report, and no pull data.
    assert not [path for path in paths if path.endswith("/pulls") or ".csv" in path]


def test_a_new_period_is_all_that_is_downloaded(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path, WEEKS[:3])
    run(hub, archive, source="reports")
    before = len(hub.downloads)
    offer_weeks(hub, tmp_path)
    done = run(hub, archive, source="reports")
    assert [one.periods for one in done.new] == [("2025-W47",)]
    assert len(hub.downloads) == before + 1


def test_a_report_added_by_hand_is_not_fetched(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    path = tmp_path / "by-hand.csv"
    path.write_bytes(trends(tmp_path, WEEKS[0]))
    archive.add(path, quiet=True)
    done = run(hub, archive, source="reports")
    assert (len(done.new), len(done.unchanged)) == (3, 1)


def test_newest_periods_come_first(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path, [WEEKS[2], WEEKS[0], WEEKS[3], WEEKS[1]])
    run(hub, archive, source="reports", downloads=1)
    assert [seen.path[-14:-4] for seen in hub.downloads] == [
        start.replace("-", "_") for start in WEEKS[::-1]
    ]


def test_downloads_at_once_are_bounded(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    starts = [f"{dt.date(2025, 1, 6) + dt.timedelta(weeks=n)}" for n in range(12)]
    offer_weeks(hub, tmp_path, starts)
    hub.fault(Fault("slow", "/reports/acme/", times=None, seconds=0.1))
    run(hub, archive, source="reports", downloads=3)
    assert hub.most_at_once == 3


def test_a_period_that_is_not_over_is_left_for_later(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    early = run(hub, archive, source="reports", today=dt.date(2025, 11, 23))
    assert {one.periods[0] for one in early.new} == {"2025-W46", "2025-W45", "2025-W44"}
    assert "1 for periods that are not over" in str(early)
    assert [one.periods for one in run(hub, archive, source="reports").new] == [("2025-W47",)]


def test_recheck_finds_a_revision(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    run(hub, archive, source="reports")
    newer = trends(tmp_path, WEEKS[2], downloads=9)
    hub.add_report("acme", "trend", "week", WEEKS[2], newer)
    assert run(hub, archive, source="reports").revised == []
    done = run(hub, archive, source="reports", recheck=2)
    assert [one.periods for one in done.revised] == [("2025-W46",)]
    assert len(done.unchanged) == 3
    assert archive.read("trends", periods=["2025-W46"])["pulls"].tolist() == [9]


def test_several_files_of_one_period_are_one_report(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    parts = [trends(tmp_path, WEEKS[3], downloads=n) for n in (1, 2)]
    hub.add_report("acme", "trend", "week", WEEKS[3], parts)
    done = run(hub, archive, source="reports")
    assert [(one.rows, one.status) for one in done.reports] == [(2, "new")]
    assert sorted(archive.read("trends")["pulls"]) == [1, 2]


def test_a_report_whose_second_part_came_later_is_fetched_again(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    parts = [trends(tmp_path, WEEKS[3], downloads=n) for n in (1, 2)]
    hub.add_report("acme", "trend", "week", WEEKS[3], parts[:1])
    run(hub, archive, source="reports")
    hub.add_report("acme", "trend", "week", WEEKS[3], parts)
    assert len(run(hub, archive, source="reports").revised) == 1
    assert sorted(archive.read("trends")["pulls"]) == [1, 2]


def test_a_type_that_nobody_knows_is_fetched_all_the_same(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    data = write_csv(tmp_path / "x.csv", ["SCORE", "RANK", "PEERS"], [["9.5", 1, 40]]).read_bytes()
    hub.add_report("acme", "benchmark", "week", WEEKS[3], data)
    assert [one.kind for one in run(hub, archive, source="reports").new] == ["unknown"]
    assert len(run(hub, archive, source="reports").unchanged) == 1


def test_one_granularity_can_be_asked_for(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    month = trends(tmp_path, "2025-10-01", granularity="month")
    hub.add_report("acme", "trend", "month", "2025-10-01", month)
    done = run(hub, archive, granularity="month", source="reports")
    assert [one.periods for one in done.new] == [("2025-10",)]


def test_exports_are_found_down_their_tree(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    row = ["acme", "web", "latest", 1, 2, 3, 4, "acme"]
    by_reference = write_csv(tmp_path / "a.csv", LEGACY, [row]).read_bytes()
    header, bare = [LEGACY[0], LEGACY[1], *LEGACY[3:]], [row[0], row[1], *row[3:]]
    by_repository = write_csv(tmp_path / "b.csv", header, [bare]).read_bytes()
    whole = write_csv(tmp_path / "c.csv", ["Namespace", "Total"], [["acme", 9]]).read_bytes()
    hub.add_export("acme", "week", 2025, 47, "summary", [by_reference])
    hub.add_export("acme", "week", 2025, 47, "repo-summary", [by_repository])
    hub.add_export("acme", "month", 2025, 10, "namespace-summary", [whole])
    done = run(hub, archive, source="exports")
    got = sorted((one.kind, one.periods[0], one.status) for one in done.reports if one.periods)
    new = [each for each in got if each[2] == "new"]
    assert new == [
        ("image_pulls_summary", "2025-W47", "new"),
        ("image_pulls_summary", "2025-W47", "new"),
        ("unknown", "2025-10", "new"),
    ]
    assert {entry.view for entry in archive.entries()} == {"", "reference", "repository"}
    assert "kept whole" in str(done)
    assert done.exit_code == 0
    assert len(run(hub, archive, source="exports").unchanged) == 3


def test_what_the_sources_list_is_remembered(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    run(hub, archive, source="reports")
    (offer,) = archive.offers()
    assert (offer.namespace, offer.kind, offer.granularity) == ("acme", "trends", "week")
    assert offer.periods == ("2025-W44", "2025-W45", "2025-W46", "2025-W47")
    assert offer.asked.startswith("2025-11-24T")


def test_a_signed_address_that_is_too_old_is_asked_for_anew(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    listed = threading.Event()

    def expire(seen: Any) -> None:  # noqa: ANN401 - the stand-in's own record
        if seen.path.endswith(CATALOGUE) and not listed.is_set():
            listed.set()
            hub.expire_signatures()

    hub.log = expire  # type: ignore[method-assign]
    done = run(hub, archive, source="reports")
    assert (len(done.new), done.failed) == (4, [])
    assert len([seen for seen in hub.requests if seen.path.endswith(CATALOGUE)]) == 2


# -- Pull data --------------------------------------------------------------------------------


def asked_for_pulls(hub: Hub) -> list[Any]:
    return [seen for seen in hub.requests if seen.path.endswith("/pulls")]


def test_public_pull_data_needs_no_account_and_comes_50_at_a_time(
    hub: Hub, archive: Archive
) -> None:
    names = [f"acme/r{n}" for n in range(120)]
    for name in names:
        hub.add_pulls(name, "week", points(5))
    done = run(
        hub, archive, None, source="pulls", repositories=names, granularity="week", credentials=None
    )
    assert done.exit_code == 0
    sent = asked_for_pulls(hub)
    assert sorted([len(seen.query["repos"]) for seen in sent]) == [20, 50, 50]
    assert {seen.query["period"][0] for seen in sent} == {"last-12-months"}
    assert not [seen for seen in hub.requests if "Authorization" in seen.headers]
    assert archive.read("pulls")["repository"].nunique() == 120


def test_repositories_are_asked_for_by_name(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5))
    hub.add_pulls("acme/worker", "week", points(5))
    run(hub, archive, source="pulls", repositories=["acme/web"], granularity="week")
    assert set(archive.read("pulls")["repository"]) == {"acme/web"}
    assert asked_for_pulls(hub)[0].path == "/api/publisher/analytics/v1/repos/pulls"


def test_an_account_without_rights_gets_what_is_public(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5))
    hub.fault(Fault("404", "/analytics/v1/repos/pulls"))
    done = run(hub, archive, source="pulls", repositories=["acme/web"], granularity="week")
    assert len(done.new) == 1
    assert asked_for_pulls(hub)[-1].path == "/api/publisher/proxylytics/v1/repos/pulls"


def test_a_week_that_is_late_is_asked_for_until_it_is_there(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5, last=2))
    wish = {"source": "pulls", "granularity": "week"}
    run(hub, archive, **wish)
    assert [one.status for one in run(hub, archive, **wish).reports] == ["unchanged"]
    hub.add_pulls("acme/web", "week", points(1))
    assert [one.status for one in run(hub, archive, **wish).reports] == ["new"]
    before = len(hub.requests)
    assert run(hub, archive, **wish).exit_code == 0
    assert len(hub.requests) == before


def test_an_empty_answer_is_said_and_not_kept(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5))
    hub.fault(Fault("null-pulls", "/pulls"))
    done = run(hub, archive, source="pulls", granularity="week")
    assert (done.exit_code, [one.status for one in done.reports]) == (0, ["empty"])
    assert "The answer has no pulls." in str(done)
    assert archive.entries() == []


def test_a_repository_that_nobody_knows_is_named_each_time(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5))
    hub.add_pulls("acme/web", "month", points(5, "month"))
    wish = {"source": "pulls", "repositories": ["acme/web", "acme/wbe"]}
    done = run(hub, archive, None, **wish)
    assert done.exit_code == 3
    assert [one.name for one in done.failed] == ["acme/wbe"]
    assert "Check the spelling" in done.failed[0].reason
    assert [line for line in done.problems if "acme/wbe" in line] == done.problems
    assert run(hub, archive, None, **wish).exit_code == 3
    assert run(hub, archive, None, source="pulls", repositories=["acme/web"]).exit_code == 0


def test_a_repository_that_was_pulled_once_may_be_quiet(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(5))
    wish = {"source": "pulls", "repositories": ["acme/web"], "granularity": "week"}
    assert run(hub, archive, None, **wish).exit_code == 0
    hub.fault(Fault("null-pulls", "/pulls"))
    assert run(hub, archive, None, **wish, recheck=1).exit_code == 0


@pytest.mark.parametrize("name", ["web", "acme/", "/web", "acme/web/x", "acme/we b", "a/b?c=d"])
def test_a_repository_needs_its_namespace(hub: Hub, archive: Archive, name: str) -> None:
    with pytest.raises(HubSettingError, match="NAMESPACE/REPOSITORY"):
        run(hub, archive, source="pulls", repositories=[name])


# -- Outcomes ---------------------------------------------------------------------------------


def test_auto_says_what_each_source_had(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    hub.fault(Fault("404", "/analytics/v1/namespaces/acme", times=2))
    hub.add_pulls("acme/web", "week", points(5))
    done = run(hub, archive, granularity="week")
    said = str(done).splitlines()
    assert said[0] == "acme, catalogue: 4 reports, 4 not in the archive"
    assert said[1].startswith("acme, exports: none (404 Not Found ('object not found")
    assert said[2].startswith("acme, pull data: none (404 Not Found")
    assert done.exit_code == 0


def test_a_namespace_that_nobody_knows_ends_with_1(hub: Hub, archive: Archive) -> None:
    done = run(hub, archive, "nobody")
    assert (done.exit_code, len(done.sources), done.reports) == (1, 3, ())
    assert "No source had anything" in done.summary
    assert not archive.folder.exists()


def test_one_bad_report_does_not_stop_the_others(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    fault = hub.fault(Fault("500", "2025_11_10", times=None))
    done = run(hub, archive, source="reports")
    assert (len(done.new), len(done.failed), done.exit_code) == (3, 1, 3)
    assert "was answered 500 Internal Server Error" in done.failed[0].reason
    fault.times = 0
    done = run(hub, archive, source="reports")
    assert ([one.periods for one in done.new], done.exit_code) == ([("2025-W46",)], 0)


def test_a_file_that_is_no_report_is_refused_and_named(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    hub.fault(Fault("wrong-json", "2025_11_10"))
    done = run(hub, archive, source="reports")
    assert (len(done.new), len(done.failed)) == (3, 1)
    assert "2025_11_10" in done.failed[0].reason


def test_without_a_namespace_all_those_of_the_account_are_fetched(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    data = trends(tmp_path, WEEKS[0])
    hub.add_report("zeta", "trend", "week", WEEKS[0], data)
    done = run(hub, archive, None, source="reports")
    assert {one.namespace for one in done.reports} == {"acme", "zeta"}


def test_an_account_without_a_namespace_is_asked_for_one(hub: Hub, archive: Archive) -> None:
    with pytest.raises(HubError, match="--namespace acme"):
        run(hub, archive, None)


def test_credentials_that_are_refused_end_it_at_once(
    hub: Hub, archive: Archive, tmp_path: Path
) -> None:
    offer_weeks(hub, tmp_path)
    with pytest.raises(SignInError, match="POST /v2/auth/token was answered 401"):
        run(hub, archive, credentials=Credentials("ada", "dckr_pat_wrong"))
    assert len(hub.requests) == 1


def test_an_account_is_needed_for_all_but_public_pull_data(hub: Hub, archive: Archive) -> None:
    with pytest.raises(HubError, match="--source pulls --repository"):
        run(hub, archive, credentials=None)


@pytest.mark.parametrize(
    "wrong", [{"source": "all"}, {"granularity": "day"}, {"recheck": -1}, {"downloads": 0}]
)
def test_values_that_are_not_offered_are_refused(
    hub: Hub, archive: Archive, wrong: dict[str, Any]
) -> None:
    with pytest.raises(SelectionError, match="is not offered"):
        run(hub, archive, **wrong)
    assert hub.requests == []


# -- The command ------------------------------------------------------------------------------


def test_the_command_fetches_and_says_so(hub: Hub, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    folder = tmp_path / "archive"
    arguments = ["--namespace", "acme", "--source", "reports", "--archive", str(folder)]
    done = command(hub, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "new      acme trends, 4 weeks 2025-W44 to 2025-W47: 4 reports, 4 rows" in done.stdout
    assert done.stdout.splitlines()[-1] == f"{folder}: 4 new."
    quiet = command(hub, *arguments, "--quiet")
    assert (quiet.stdout, quiet.stderr) == (f"{folder}: 4 unchanged.\n", "")


def test_the_command_ends_with_3_where_something_failed(hub: Hub, tmp_path: Path) -> None:
    offer_weeks(hub, tmp_path)
    hub.fault(Fault("404", "2025_11_10"))
    arguments = ["--namespace", "acme", "--source", "reports", "-q"]
    done = command(hub, *arguments, INSIGHTS_ARCHIVE=str(tmp_path / "archive"))
    assert done.returncode == 3
    assert "acme_trend_weekly_2025_11_10.csv: GET /reports/acme/" in done.stderr
    assert "3 new, 1 failed" in done.stdout


def test_the_command_ends_with_1_where_nothing_could_be_had(hub: Hub, tmp_path: Path) -> None:
    folder = str(tmp_path / "archive")
    done = command(hub, "--namespace", "nobody", "--archive", folder)
    assert done.returncode == 1
    assert "No source had anything" in done.stdout
    done = command(hub, "--namespace", "acme", "--archive", folder, DOCKERHUB_TOKEN="dckr_pat_no")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: POST /v2/auth/token was answered 401")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_what_arrived_before_an_interrupt_stays(
    hub: Hub, archive: Archive, tmp_path: Path, stop: signal.Signals
) -> None:
    offer_weeks(hub, tmp_path)
    # The two older weeks never come.
    for start in WEEKS[:2]:
        hub.fault(Fault("slow", start.replace("-", "_"), times=None, seconds=60))
    arguments = ["--namespace", "acme", "--source", "reports", "--archive", str(archive.folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "insights_nb", "fetch", *arguments],
        env=os.environ | hub.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pause = threading.Event()
    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    try:
        while len(archive.entries()) < 2 and dt.datetime.now(dt.UTC) < deadline:
            # Nothing tells when another process has written; the ledger is looked at again shortly.
            pause.wait(0.02)
        process.send_signal(stop)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, errors
    # Stopped in the middle of a commit, it finishes that one, and finds its report held.
    assert re.search(
        r"(2 new|1 new, 1 unchanged)\. Interrupted with 2 reports still to fetch", output
    )
    assert "what arrived stays" in output
    assert "Traceback" not in errors
    assert list(archive.verify()) == []
    hub.clear_faults()
    done = run(hub, archive, source="reports")
    assert (len(done.new), len(done.unchanged)) == (2, 2)
