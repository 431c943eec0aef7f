"""Fetching when things go wrong: the right end, the right words, and nothing lost.

Over real HTTP, against the stand-in Hub. A fault on the way costs a report at most, and the next
run brings it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from insights_nb import Archive
from insights_nb.errors import SignInError
from insights_nb.hub import Credentials, Fetched, Patience, fetch
from tests.commands import command
from tests.hub import Fault, Hub, Seen
from tests.reports import LEGACY, TRENDS, trends_row, write_csv

pytestmark = pytest.mark.system

# Long ago on every clock: what counts as closed must not hang on the day of the test.
TODAY = dt.date(2025, 11, 24)
WEEKS = ["2025-11-17", "2025-11-10", "2025-11-03"]
MONTH = "2025-10-01"
MIDDLE = "acme_trend_weekly_2025_11_10.csv"
CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
EXPORTS = "/api/publisher/analytics/v1/namespaces/acme/pulls/exports/years"
QUICK = Patience(attempts=3, first=0.001, longest=0.01)
# Long enough for a busy machine, short enough to wait for.
SHORT = 1.5
TITLE = "'Docker Hub is down for maintenance'"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave this machine's own account out of it."""
    for name in ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "INSIGHTS_HUB_URL", "INSIGHTS_ARCHIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Three weeks and a month of one publisher's trends."""
    with Hub() as server:
        offer(server, tmp_path)
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def trends(folder: Path, start: str, granularity: str = "week", rows: int = 3) -> bytes:
    table = [
        trends_row(start, f"acme/web{n}", downloads=n + 1, granularity=granularity)
        for n in range(rows)
    ]
    return write_csv(folder / "made.csv", TRENDS, table).read_bytes()


def offer(hub: Hub, folder: Path) -> None:
    hub.today = TODAY
    for start in WEEKS:
        hub.add_report("acme", "trend", "week", start, trends(folder, start))
    hub.add_report("acme", "trend", "month", MONTH, trends(folder, MONTH, "month"))


def legacy(repository: str) -> bytes:
    return f"{','.join(LEGACY)}\nacme,{repository},latest,7,5,6,1,acme\n".encode()


def run(hub: Hub, archive: Archive, **arguments: Any) -> Fetched:  # noqa: ANN401 - fetch's own
    account = Credentials(hub.user, hub.secret)
    given = {"source": "reports", "credentials": account, "patience": QUICK, "today": TODAY}
    given |= arguments
    done = fetch(archive, "acme", hub_url=hub.url, quiet=True, **given)
    said = f"{done} {done!r} {done.reports} {done.sources} {done.problems}"
    assert [secret for secret in {*hub.secrets, "X-Amz-"} if secret in said] == []
    return done


def offered(hub: Hub) -> list[bytes]:
    files = [report.file for parts in hub.reports.values() for report in parts]
    files += [file for parts in hub.exports.values() for file in parts]
    return sorted(file.data for file in files)


def kept(archive: Archive) -> list[bytes]:
    folder = archive.folder / "originals"
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def completes(hub: Hub, archive: Archive, **arguments: Any) -> None:  # noqa: ANN401 - fetch's own
    """Look that nothing was lost, and that the next run, without the fault, has everything once."""
    assert archive.verify().clean if archive.exists else not kept(archive)
    hub.clear_faults()
    assert run(hub, archive, **arguments).exit_code == 0
    assert kept(archive) == offered(hub)
    assert archive.verify().clean
    assert hub.leaks == []


def only_failure(done: Fetched) -> str:
    """Return why the one report failed that did; all others arrived."""
    assert [one.name for one in done.failed] == [MIDDLE]
    assert (done.exit_code, len(done.new)) == (3, 3)
    assert done.failed[0].reason in str(done)
    return done.failed[0].reason


def source_failure(done: Fetched) -> str:
    assert [one.status for one in done.sources] == ["failed"]
    assert (done.exit_code, done.reports) == (1, ())
    assert done.sources[0].words in str(done)
    return done.sources[0].words


def requests_of(hub: Hub, text: str) -> list[Seen]:
    return [seen for seen in hub.requests if text in seen.path]


# --- faults that pass -------------------------------------------------------------------------

PLACES = {"catalogue": CATALOGUE, "file": MIDDLE, "sign-in": "/v2/auth/token"}
PASSING = ["500", "502", "503", "drop", "cut", "429", "429-date", "429-old", "429-limit",
           "429-bare"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_costs_nothing(
    hub: Hub, archive: Archive, kind: str, place: str
) -> None:
    fault = hub.fault(Fault(kind, PLACES[place], times=2))
    done = run(hub, archive)
    assert (done.exit_code, len(done.new), done.failed, fault.hits) == (0, 4, [], 2)
    completes(hub, archive)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("after", [None, 20], ids=["silent", "stalled"])
def test_a_server_that_is_too_slow_is_asked_again(
    hub: Hub, archive: Archive, place: str, after: int | None
) -> None:
    fault = hub.fault(Fault("slow", PLACES[place], after=after))
    done = run(hub, archive, timeout=SHORT)
    assert (done.exit_code, len(done.new), fault.hits) == (0, 4, 1)
    first, again = requests_of(hub, PLACES[place])[:2]
    # The server sees a request a moment after it was sent.
    assert SHORT / 2 < again.at - first.at < 20
    completes(hub, archive)


@pytest.mark.parametrize("kind", ["429", "429-date", "429-old", "429-limit"])
def test_too_many_requests_are_waited_out_as_long_as_asked(
    hub: Hub, archive: Archive, kind: str
) -> None:
    hub.fault(Fault(kind, CATALOGUE, retry_after=1))
    assert run(hub, archive).exit_code == 0
    first, again = requests_of(hub, CATALOGUE)
    # Those headers that hold a moment hold whole seconds.
    least = first.at + 1 if kind == "429" else int(first.at) + 1
    assert least <= again.at < first.at + 30


def test_what_one_download_is_told_to_wait_the_others_wait_too(hub: Hub, archive: Archive) -> None:
    hub.fault(Fault("429", "2025_11_17", retry_after=3))
    # The second is under way until the first has its answer.
    hub.fault(Fault("slow", MIDDLE, seconds=1.5))
    assert run(hub, archive, downloads=2).exit_code == 0
    told = hub.downloads[0] if hub.downloads[0].status == 429 else hub.downloads[1]
    assert [seen.at >= told.at + 3 for seen in hub.downloads[2:]] == [True] * 3


def test_a_wait_beyond_all_patience_ends_with_the_time_to_come_back(
    hub: Hub, archive: Archive
) -> None:
    hub.fault(Fault("429", MIDDLE, times=None, retry_after=7200))
    began = time.time()
    said = only_failure(run(hub, archive))
    assert time.time() - began < 60
    match = re.search(r"Run the command again after (\S+ \S+) UTC: what arrived is kept", said)
    assert match, said
    until = dt.datetime.fromisoformat(f"{match[1]}+00:00").timestamp()
    assert abs(until - (began + 7200)) < 120
    assert f"GET /reports/acme/{MIDDLE} was answered 429 Too Many Requests" in said
    completes(hub, archive)


# --- faults that stay -------------------------------------------------------------------------

STAYING = {
    "404": (" was answered 404 Not Found", "check the name's spelling"),
    "403": (" was answered 403 Forbidden", "use an owner's account and a token that may read"),
    "401": (" was answered 401 Unauthorized", "use an owner's account and a token that may read"),
    "429-bare": (" was answered 429 Too Many Requests", "Run the command again in an hour"),
    "500": (" was answered 500 Internal Server Error", "run the command again later"),
    "502": (
        " was answered 502 Bad Gateway with an HTML page titled '502 Bad Gateway'",
        "run the command again later",
    ),
    "html": (f" was answered 200 OK with an HTML page titled {TITLE}", "Check the address"),
    "drop": (" got no answer from http://127.0.0.1:", "Check the network"),
    "slow": (f": nothing came for {SHORT:g} seconds", "Check the network"),
    "cut": (" broke off: ", "Run the command again"),
}


@pytest.mark.parametrize("kind", STAYING)
def test_one_file_that_cannot_be_had_does_not_stop_the_others(
    hub: Hub, archive: Archive, kind: str
) -> None:
    came, remedy = STAYING[kind]
    # Nothing at all of the body, so that no attempt comes further than the last.
    hub.fault(Fault(kind, MIDDLE, times=None, after=0 if kind == "cut" else None))
    said = only_failure(run(hub, archive, timeout=SHORT if kind == "slow" else None))
    assert said.startswith(f"GET /reports/acme/{MIDDLE}")
    assert came in said
    assert remedy in said
    # What is final is asked once, or once more with a fresh signature.
    often = {"404": 1, "html": 1, "401": 2, "403": 2}.get(kind, QUICK.attempts)
    assert len(requests_of(hub, MIDDLE)) == often
    completes(hub, archive)


@pytest.mark.parametrize("kind", ["empty", "not-json", "wrong-json"])
def test_a_file_that_is_no_report_is_refused_and_the_others_kept(
    hub: Hub, archive: Archive, kind: str
) -> None:
    hub.fault(Fault(kind, MIDDLE))
    said = only_failure(run(hub, archive))
    assert MIDDLE in said
    remedy = "a list of points" if kind == "wrong-json" else "Take another copy of the file"
    assert remedy in said
    completes(hub, archive)


@pytest.mark.parametrize("kind", STAYING)
def test_a_catalogue_that_cannot_be_had_is_said_with_what_to_do(
    hub: Hub, archive: Archive, kind: str
) -> None:
    came, remedy = STAYING[kind]
    hub.fault(Fault(kind, CATALOGUE, times=None, after=0 if kind == "cut" else None))
    done = run(hub, archive, timeout=SHORT if kind == "slow" else None)
    if kind in ("401", "403", "404"):
        # Not to be seen is not the same as failed: the publisher may be in another program.
        said = done.sources[0].words
        assert (done.sources[0].status, done.exit_code) == ("none", 1)
        assert came.removeprefix(" was answered ") in said
        assert "check the namespace and the account's rights" in str(done)
    else:
        said = source_failure(done)
        assert came in said
        assert remedy in said
    assert f"GET {CATALOGUE}" in said
    completes(hub, archive)


@pytest.mark.parametrize(
    ("kind", "came"),
    [
        ("not-json", "was answered 200 OK with application/json that is not JSON"),
        ("wrong-json", "was answered JSON of another shape"),
        ("empty", "was answered 200 OK that is not JSON"),
    ],
)
@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        ("reports", CATALOGUE, 'Expected {"reports": [{"type"'),
        ("exports", "/namespaces/acme", 'Expected {"datasets": […]}'),
        ("exports", EXPORTS, 'Expected {"years": […]}'),
        ("exports", f"{EXPORTS}/2025/weeks", 'Expected {"weeks": […]}'),
    ],
)
def test_a_list_that_is_none_is_said_with_what_was_expected(
    hub: Hub, archive: Archive, kind: str, came: str, source: str, path: str, expected: str
) -> None:
    hub.add_export("acme", "week", 2025, 46, "summary", [legacy("web")])
    # The paths of the tree begin alike: only the one that was meant gets it.
    hub.fault(Fault(kind, f"{path}$"))
    said = source_failure(run(hub, archive, source=source))
    assert came in said
    assert path in said
    assert (expected if kind == "wrong-json" else "Expected JSON") in said


def test_a_source_that_fails_does_not_stop_the_other_sources(hub: Hub, archive: Archive) -> None:
    hub.add_export("acme", "week", 2025, 46, "summary", [legacy("web")])
    hub.fault(Fault("html", CATALOGUE, times=None))
    done = run(hub, archive, source="auto")
    assert (done.exit_code, [one.kind for one in done.new]) == (3, ["image_pulls_summary"])
    assert [one.status for one in done.sources] == ["failed", "had", "had"]
    completes(hub, archive, source="auto")


def test_a_list_of_exports_that_fails_does_not_stop_the_other_lists(
    hub: Hub, archive: Archive
) -> None:
    hub.add_export("acme", "week", 2025, 46, "summary", [legacy("web")])
    hub.add_export("acme", "month", 2025, 10, "summary", [legacy("worker")])
    hub.fault(Fault("500", f"{EXPORTS}/2025/weeks$", times=None))
    done = run(hub, archive, source="exports")
    assert (done.exit_code, [one.periods for one in done.new]) == (3, [("2025-10",)])
    (failed,) = done.failed
    assert failed.name == "the exports' weeks of 2025"
    assert "500" in failed.reason
    completes(hub, archive, source="auto")


def test_a_source_that_cannot_be_asked_is_not_blamed_on_the_account(
    hub: Hub, archive: Archive
) -> None:
    hub.fault(Fault("500", CATALOGUE, times=None))
    done = run(hub, archive, source="reports")
    # The last line says why: it is all that cron's mail may show.
    assert f"No source could be asked: GET {CATALOGUE} was answered 500" in done.summary
    assert "run the command again later" in done.summary
    assert "account's rights" not in str(done)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault("404", CATALOGUE, times=None), "404 Not Found"),
        (Fault("401", CATALOGUE, times=None), "401 Unauthorized"),
        (Fault("403", CATALOGUE, times=None), "403 Forbidden"),
        (Fault("empty", CATALOGUE, times=None), "its list is empty"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_source_that_had_reports_and_has_none_any_more_is_an_alarm(
    hub: Hub, archive: Archive, fault: Fault, seen: str
) -> None:
    hub.add_pulls("acme/web", "week", points(WEEKS))
    assert run(hub, archive, source="auto").exit_code == 0
    if fault.kind == "empty":
        hub.withdraw_reports("acme")
    else:
        hub.fault(fault)
    done = run(hub, archive, source="auto")
    assert done.exit_code == 3
    (said,) = done.problems
    assert said.startswith(f"acme, catalogue: failed: none ({seen}")
    assert f"though it listed {len(WEEKS) + 1} reports on {TODAY}" in said
    assert "Catalogue failed; what arrived is kept" in done.summary
    # Half a year later a program that was left is no news.
    later = TODAY + dt.timedelta(weeks=30)
    assert run(hub, archive, source="reports", today=later).exit_code == 1
    assert "failed" not in str(run(hub, archive, source="auto", today=later))


def test_another_namespaces_reports_are_no_sign_that_one_has_lost_its_own(
    hub: Hub, archive: Archive
) -> None:
    assert run(hub, archive, source="auto").exit_code == 0
    hub.add_pulls("other/web", "week", points(WEEKS))
    account = Credentials(hub.user, hub.secret)
    done = fetch(
        archive, "other", hub_url=hub.url, credentials=account, today=TODAY, patience=QUICK,
        quiet=True,
    )  # fmt: skip
    assert done.exit_code == 0, str(done)


def test_a_sign_in_that_fails_is_asked_for_once_and_said_once(hub: Hub, archive: Archive) -> None:
    hub.fault(Fault("500", "/v2/auth/token", times=None))
    done = run(hub, archive, source="auto")
    assert done.exit_code == 1
    assert len([one for one in hub.requests if one.path == "/v2/auth/token"]) == QUICK.attempts
    assert sum("POST /v2/auth/token" in line for line in done.problems) <= 2
    assert "No source could be asked: POST /v2/auth/token was answered 500" in done.summary


def test_a_namespace_that_does_not_exist_is_named(hub: Hub, archive: Archive) -> None:
    account = Credentials(hub.user, hub.secret)
    done = fetch(archive, "acne", hub_url=hub.url, credentials=account, patience=QUICK, quiet=True)
    assert done.exit_code == 1
    assert "namespace acne does not exist or you have no permission to see it" in str(done)
    assert "check the namespace and the account's rights" in str(done)
    assert not archive.exists


# --- signing in -------------------------------------------------------------------------------


def test_a_token_that_expires_mid_run_is_renewed(tmp_path: Path, archive: Archive) -> None:
    with Hub(files="api") as hub:
        offer(hub, tmp_path)
        once_seen(hub, CATALOGUE, hub.expire_tokens)
        done = run(hub, archive)
        assert (done.exit_code, len(done.new)) == (0, 4)
        # By one of the four downloads for all of them.
        assert [seen.status for seen in requests_of(hub, "/v2/auth/token")] == [200, 200]
        assert 401 in [seen.status for seen in hub.requests]
        completes(hub, archive)


def test_an_account_that_is_closed_mid_run_is_tried_once_and_what_arrived_stays(
    tmp_path: Path, archive: Archive
) -> None:
    with Hub(files="api") as hub:
        offer(hub, tmp_path)

        def close() -> None:
            hub.expire_tokens()
            hub.fault(Fault("401", "/v2/", times=None))

        once_seen(hub, MIDDLE, close)
        # One at a time, so that it is clear what came before.
        done = run(hub, archive, downloads=1)
        arrived = [one.periods for one in done.new]
        assert (done.exit_code, arrived) == (3, [("2025-W47",), ("2025-W46",)])
        assert len(done.failed) == 2
        for one in done.failed:
            assert "POST /v2/auth/token was answered 401 Unauthorized" in one.reason
            assert "the username or the secret is not accepted" in one.reason
        # Every further try would bring the account closer to being locked.
        assert [seen.status for seen in requests_of(hub, "/v2/")] == [200, 401]
        assert len(kept(archive)) == 2
        completes(hub, archive)


def test_the_cookie_of_a_sign_in_goes_nowhere(tmp_path: Path, archive: Archive) -> None:
    with Hub(secret="sesame", files="redirect") as hub:
        offer(hub, tmp_path)
        # The older sign-in sets one with the token in it, and a cookie knows no ports.
        hub.fault(Fault("404", "/v2/auth/token", times=None))
        # A download signs in anew, and is then sent on to the files' port.
        once_seen(hub, CATALOGUE, hub.expire_tokens)
        assert run(hub, archive).exit_code == 0
        assert len(requests_of(hub, "/v2/users/login")) == 2
        assert not [seen for seen in hub.requests if "Cookie" in seen.headers]
        completes(hub, archive)


def once_seen(hub: Hub, text: str, act: Callable[[], None]) -> None:
    """Do something when a path has been asked for, right before its answer is sent."""

    def watch(seen: Seen) -> None:
        if text in seen.path:
            hub.log = lambda _: None  # type: ignore[method-assign]
            act()

    hub.log = watch  # type: ignore[method-assign]


def test_a_secret_that_is_refused_ends_it_at_once(hub: Hub, archive: Archive) -> None:
    wrong = Credentials(hub.user, "dckr_pat_of_somebody_else")
    with pytest.raises(SignInError, match="answered 401 Unauthorized") as caught:
        run(hub, archive, credentials=wrong)
    assert "Check both" in str(caught.value)
    assert len(hub.requests) == 1


@pytest.mark.parametrize(
    ("kind", "came"),
    [
        ("500", " was answered 500 Internal Server Error"),
        ("html", f" was answered 200 OK with an HTML page titled {TITLE} without access_token"),
        ("not-json", " was answered 200 OK without access_token"),
        ("wrong-json", " was answered 200 OK without access_token"),
        ("drop", " got no answer from http://127.0.0.1:"),
        ("slow", f": nothing came for {SHORT:g} seconds"),
    ],
)
def test_a_sign_in_that_does_not_work_says_what_came(
    hub: Hub, archive: Archive, kind: str, came: str
) -> None:
    hub.fault(Fault(kind, "/v2/auth/token", times=None))
    said = source_failure(run(hub, archive, timeout=SHORT if kind == "slow" else None))
    assert said.startswith("failed: POST /v2/auth/token")
    assert came in said
    completes(hub, archive)


# --- downloads --------------------------------------------------------------------------------


@pytest.fixture
def large(hub: Hub, tmp_path: Path) -> bytes:
    """A report of some hundred kilobytes in the middle."""
    data = trends(tmp_path, WEEKS[1], rows=4000)
    add_middle(hub, data)
    return data


def test_a_download_that_is_cut_goes_on_where_it_stopped(
    hub: Hub, archive: Archive, large: bytes
) -> None:
    hub.fault(Fault("cut", MIDDLE, after=len(large) - 1000))
    assert run(hub, archive).exit_code == 0
    first, again = requests_of(hub, MIDDLE)
    assert "Range" not in first.headers
    assert int(re.sub(r"\D", "", again.headers["Range"])) > len(large) / 2
    assert (again.status, "If-Range" in again.headers) == (206, True)
    completes(hub, archive)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_download_that_cannot_go_on_starts_again(
    hub: Hub, archive: Archive, large: bytes, chunked: bool
) -> None:
    hub.ranges = False
    hub.fault(Fault("cut", MIDDLE, after=len(large) - 1000, chunked=chunked))
    assert run(hub, archive).exit_code == 0
    assert [seen.status for seen in requests_of(hub, MIDDLE)] == [200, 200]
    completes(hub, archive)


def test_a_report_that_changes_while_it_is_cut_is_not_patched_together(
    hub: Hub, archive: Archive, large: bytes, tmp_path: Path
) -> None:
    other = trends(tmp_path, WEEKS[1], rows=4001)
    once_seen(hub, MIDDLE, lambda: add_middle(hub, other))
    hub.fault(Fault("cut", MIDDLE, after=len(large) - 1000))
    assert run(hub, archive).exit_code == 0
    assert [seen.status for seen in requests_of(hub, MIDDLE)] == [200, 200]
    assert other in kept(archive)
    completes(hub, archive)


def add_middle(hub: Hub, data: bytes | list[bytes]) -> None:
    hub.add_report("acme", "trend", "week", WEEKS[1], data)


def test_a_download_that_is_cut_again_and_again_says_how_far_it_came(
    hub: Hub, archive: Archive, large: bytes
) -> None:
    hub.fault(Fault("cut", MIDDLE, times=None, after=0))
    said = only_failure(run(hub, archive))
    assert f"GET /reports/acme/{MIDDLE} broke off: " in said
    assert "Nothing was kept. Run the command again." in said
    assert large not in kept(archive)
    completes(hub, archive)


def test_one_lost_part_loses_no_half_report(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    parts = [trends(tmp_path, WEEKS[1], rows=n) for n in (2, 4)]
    add_middle(hub, parts)
    hub.fault(Fault("cut", f"part-2/{MIDDLE}", times=None, after=0))
    only_failure(run(hub, archive))
    assert not set(parts) & set(kept(archive))
    completes(hub, archive)
    entries = [entry for entry in archive.entries() if entry.periods == ("2025-W46",)]
    assert [(entry.part, entry.parts, entry.revisions) for entry in entries] == [
        (1, 2, (0,)),
        (2, 2, (0,)),
    ]


def test_a_gzip_file_is_kept_as_it_came(hub: Hub, archive: Archive, tmp_path: Path) -> None:
    packed = gzip.compress(trends(tmp_path, WEEKS[1]), mtime=0)
    hub.fault(Fault("gzip", MIDDLE))
    done = run(hub, archive)
    assert (done.exit_code, len(done.new)) == (0, 4)
    assert packed in kept(archive)
    assert rows(archive, "2025-W46") == 3
    assert archive.verify().clean
    assert run(hub, archive).new == []


def test_a_transfers_compression_is_undone(hub: Hub, archive: Archive) -> None:
    fault = hub.fault(Fault("encoded", "/", times=None))
    assert run(hub, archive).exit_code == 0
    assert fault.hits >= 6
    completes(hub, archive)


def rows(archive: Archive, label: str) -> int:
    found = [entry.rows for entry in archive.entries() if entry.periods == (label,)]
    assert len(found) == 1
    return found[0]


def test_a_signed_address_that_expired_is_asked_for_again(hub: Hub, archive: Archive) -> None:
    once_seen(hub, CATALOGUE, hub.expire_signatures)
    done = run(hub, archive)
    assert (done.exit_code, len(done.new)) == (0, 4)
    statuses = [seen.status for seen in hub.downloads]
    # Once for all that came too late, however many were under way.
    assert (statuses.count(200), 403 in statuses) == (4, True)
    assert len(requests_of(hub, CATALOGUE)) == 2
    completes(hub, archive)


def test_an_exports_address_that_expired_is_asked_for_again(hub: Hub, archive: Archive) -> None:
    parts = [legacy("web"), legacy("worker")]
    hub.add_export("acme", "week", 2025, 46, "summary", parts)
    hub.fault(Fault("403", "/exports/acme/2025/weeks/46/summary/part-00001"))
    done = run(hub, archive, source="exports")
    assert (done.exit_code, len(done.new)) == (0, 1)
    assert len(requests_of(hub, f"{EXPORTS}/2025/weeks/46/summary")) == 2
    assert kept(archive) == sorted(parts)


def test_a_signed_address_that_is_always_refused_is_asked_for_no_more_than_twice(
    hub: Hub, archive: Archive
) -> None:
    hub.fault(Fault("403", MIDDLE, times=None))
    said = only_failure(run(hub, archive))
    assert "was answered 403 Forbidden" in said
    assert "Signature" not in said
    assert [len(requests_of(hub, text)) for text in (MIDDLE, CATALOGUE)] == [2, 2]
    completes(hub, archive)


def test_one_export_that_cannot_be_had_does_not_stop_the_others(hub: Hub, archive: Archive) -> None:
    for week in (45, 46):
        hub.add_export("acme", "week", 2025, week, "summary", [legacy(f"web{week}")])
    hub.fault(Fault("500", "/weeks/46/summary", times=None))
    done = run(hub, archive, source="exports")
    assert (done.exit_code, [one.periods for one in done.new]) == (3, [("2025-W45",)])
    assert "500 Internal Server Error" in done.failed[0].reason
    hub.clear_faults()
    again = run(hub, archive, source="exports")
    assert (again.exit_code, [one.periods for one in again.new]) == (0, [("2025-W46",)])
    assert archive.verify().clean


# --- redirects --------------------------------------------------------------------------------


def test_a_download_that_is_sent_on_elsewhere_takes_no_token_along(
    tmp_path: Path, archive: Archive
) -> None:
    with Hub(files="redirect") as hub:
        offer(hub, tmp_path)
        assert run(hub, archive).exit_code == 0
        elsewhere = [seen.headers for seen in hub.downloads]
        assert len(elsewhere) == 4
        assert not [headers for headers in elsewhere if "Authorization" in headers]
        completes(hub, archive)


def test_a_list_that_is_sent_on_elsewhere_takes_no_token_along(hub: Hub, archive: Archive) -> None:
    hub.fault(Fault("redirect", CATALOGUE))
    done = run(hub, archive)
    assert (done.exit_code, [one.status for one in done.sources]) == (1, ["none"])
    assert [seen.path for seen in hub.downloads] == [CATALOGUE]
    completes(hub, archive)


def test_a_sign_in_that_is_sent_on_elsewhere_takes_no_secret_along(
    hub: Hub, archive: Archive
) -> None:
    hub.fault(Fault("redirect", "/v2/auth/token", times=None))
    said = source_failure(run(hub, archive))
    assert "POST /v2/auth/token was answered 302 Found" in said
    assert hub.downloads == []
    completes(hub, archive)


# --- pull data --------------------------------------------------------------------------------


def points(starts: Sequence[str]) -> list[tuple[str, str, int, int]]:
    days = [dt.date.fromisoformat(start) for start in starts]
    return [(f"{day}", f"{day + dt.timedelta(days=6)}", 5, 1) for day in days]


def test_null_pulls_are_no_failure_and_nothing_is_kept(hub: Hub, archive: Archive) -> None:
    hub.add_pulls("acme/web", "week", points(WEEKS))
    hub.fault(Fault("null-pulls", "/pulls"))
    done = run(hub, archive, source="pulls", granularity="week")
    assert (done.exit_code, [one.status for one in done.reports]) == (0, ["empty"])
    assert "no data" in str(done)
    assert not archive.exists
    again = run(hub, archive, source="pulls", granularity="week")
    assert [one.rows for one in again.new] == [3]


@pytest.mark.parametrize(
    ("kind", "came"),
    [
        ("html", f"200 OK with an HTML page titled {TITLE}"),
        ("not-json", "200 OK with application/json that is not JSON"),
        ("wrong-json", "JSON of another shape"),
        ("500", "500 Internal Server Error"),
    ],
)
def test_pull_data_that_is_none_is_not_kept(
    hub: Hub, archive: Archive, kind: str, came: str
) -> None:
    hub.add_pulls("acme/web", "week", points(WEEKS))
    hub.fault(Fault(kind, "/pulls", times=None))
    done = run(hub, archive, source="pulls", granularity="week")
    assert done.exit_code == 1
    assert [f"was answered {came}" in one.reason for one in done.failed] == [True]
    assert "GET /api/publisher/analytics/v1/namespaces/acme/pulls" in done.failed[0].reason
    assert not archive.exists
    hub.clear_faults()
    assert run(hub, archive, source="pulls", granularity="week").exit_code == 0
    assert archive.verify().clean


# --- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "place", "status", "words"),
    [
        ("drop", MIDDLE, 0, "4 new."),
        ("404", MIDDLE, 3, f"failed   {MIDDLE}: GET /reports/acme/{MIDDLE} was answered 404"),
        ("html", CATALOGUE, 1, f"GET {CATALOGUE} was answered 200 OK with an HTML page titled"),
        ("401", "/v2/auth/token", 1, "Error: POST /v2/auth/token was answered 401 Unauthorized"),
    ],
)
def test_the_command_ends_as_it_went(  # one line each, for whoever reads cron's mail
    hub: Hub, archive: Archive, kind: str, place: str, status: int, words: str
) -> None:
    hub.fault(Fault(kind, place, times=1 if kind == "drop" else None))
    done = command(
        *("fetch", "--quiet", "--namespace", "acme", "--source", "reports"),
        *("--archive", archive.folder, "--today", TODAY),
        environment=hub.environment,
    )
    assert done.returncode == status, done.stderr
    assert words in (done.stderr if status else done.stdout)
    assert "Traceback" not in done.stderr
    completes(hub, archive)
