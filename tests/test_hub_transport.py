"""The client underneath fetching: who sees the token, how long it waits, what it keeps whole."""

from __future__ import annotations

import datetime as dt
import logging
import pickle
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from pathlib import Path

import pytest
from requests.structures import CaseInsensitiveDict

from insights_nb.errors import (
    HubAnswerError,
    HubError,
    HubSettingError,
    SignInError,
)
from insights_nb.hub import Credentials, Hub, Patience, find_credentials
from insights_nb.hub.addresses import DEFAULT_HUB, hub_address
from insights_nb.hub.downloads import download
from insights_nb.hub.patience import Failed, asked_wait, persist
from insights_nb.hub.tokens import Reply, Tokens
from tests.hub import Fault
from tests.hub import Hub as StandIn

pytestmark = pytest.mark.system

CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
QUICK = Patience(first=0.001, longest=0.01)
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DATA = b"DATE_GRANULARITY,DATE_REFERENCE\n" * 20_000


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave this machine's own account out of it."""
    for name in ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "INSIGHTS_HUB_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as hub:
        hub.add_report("acme", "trend", "week", "2026-11-16", DATA)
        yield hub


@pytest.fixture
def client(server: StandIn) -> Iterator[Hub]:
    with client_of(server) as hub:
        yield hub


def client_of(server: StandIn, **arguments: object) -> Hub:
    account = Credentials(server.user, server.secret)
    return Hub(server.url, account, patience=QUICK, **arguments)  # type: ignore[arg-type]


def listed(client: Hub) -> str:
    url: str = client.get_json(CATALOGUE).data["reports"][0]["url"]
    return url


def write_netrc(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "netrc"
    path.write_text(text)
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


# -- Credentials ------------------------------------------------------------------------------


def test_credentials_are_looked_for_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = Credentials("given", "one")
    assert find_credentials(DEFAULT_HUB, ask=False) is None
    write_netrc(tmp_path, "machine hub.docker.com login netty password two\n", monkeypatch)
    assert find_credentials(DEFAULT_HUB, ask=False) == Credentials("netty", "two")
    monkeypatch.setenv("DOCKERHUB_USERNAME", "envy")
    monkeypatch.setenv("DOCKERHUB_TOKEN", "three")
    assert find_credentials(DEFAULT_HUB, ask=False) == Credentials("envy", "three")
    assert find_credentials(DEFAULT_HUB, given, ask=False) is given


def test_another_hosts_netrc_line_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "machine example.org login a password b\ndefault login c password d\n"
    write_netrc(tmp_path, text, monkeypatch)
    assert find_credentials(DEFAULT_HUB, ask=False) is None


def test_half_of_the_credentials_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERHUB_TOKEN", "dckr_pat_lonely")
    with pytest.raises(
        HubSettingError, match="DOCKERHUB_TOKEN is set, but DOCKERHUB_USERNAME"
    ) as e:
        find_credentials(DEFAULT_HUB)
    assert "lonely" not in str(e.value)


def test_a_damaged_netrc_is_named_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_netrc(tmp_path, "machine hub.docker.com login ada\nsesame\n", monkeypatch)
    with pytest.raises(HubSettingError, match=r"netrc cannot be used: line \d") as caught:
        find_credentials(DEFAULT_HUB)
    assert "sesame" not in str(caught.value)
    assert caught.value.__context__ is None


def test_credentials_show_and_pickle_nothing() -> None:
    one = Credentials("ada", "sesame")
    assert "sesame" not in f"{one!r} {one}"
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(one)


def test_nobody_is_told_the_three_ways(server: StandIn) -> None:
    with Hub(server.url) as hub, pytest.raises(HubError) as caught:
        hub.get_json(CATALOGUE)
    for way in ("DOCKERHUB_TOKEN", "~/.netrc", "terminal"):
        assert way in str(caught.value)
    assert server.requests == []


# -- Addresses --------------------------------------------------------------------------------


def test_credentials_do_not_travel_unencrypted_to_another_machine() -> None:
    with pytest.raises(HubSettingError, match="Use https://"):
        Hub("http://hub.example.org", Credentials("ada", "sesame"))
    assert Hub("http://127.0.0.1:8900", Credentials("ada", "sesame")).url == "http://127.0.0.1:8900"
    assert Hub("http://hub.example.org").url == "http://hub.example.org"


@pytest.mark.parametrize(
    "text",
    ["hub.docker.com", "ftp://hub.docker.com", "https://", "https://ada:sesame@hub/", "http://h:x"],
)
def test_what_is_no_servers_address_is_refused(text: str) -> None:
    with pytest.raises(HubSettingError, match="is no address of a server") as caught:
        hub_address(text)
    assert "sesame" not in str(caught.value)


def test_the_environment_names_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub_address() == "https://hub.docker.com"
    monkeypatch.setenv("INSIGHTS_HUB_URL", "https://hub.example.org/")
    assert hub_address() == "https://hub.example.org"
    assert hub_address("https://other.example.org") == "https://other.example.org"


def test_a_download_that_is_not_encrypted_is_not_followed(client: Hub) -> None:
    with pytest.raises(HubError, match=r"http://files\.example\.org/a\.csv") as caught:
        download(client, "http://files.example.org/a.csv?X-Amz-Signature=sesame")
    assert "sesame" not in str(caught.value)


# -- The token --------------------------------------------------------------------------------


def sign_ins(server: StandIn) -> list[str]:
    return [seen.path for seen in server.requests if seen.method == "POST"]


def test_the_token_is_renewed_once_for_many_threads(client: Hub, server: StandIn) -> None:
    client.get_json(CATALOGUE)
    server.expire_tokens()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get_json(CATALOGUE).data, range(16)))
    assert all("reports" in data for data in answers)
    assert sign_ins(server) == ["/v2/auth/token"] * 2


def test_a_token_that_is_never_good_is_renewed_once(client: Hub, server: StandIn) -> None:
    server.fault(Fault("401", CATALOGUE, times=None))
    with pytest.raises(HubAnswerError, match="was answered 401 Unauthorized"):
        client.get_json(CATALOGUE)
    assert len(sign_ins(server)) == 2


def test_the_token_goes_to_the_apis_own_origin_only(client: Hub, server: StandIn) -> None:
    assert download(client, listed(client)).data == DATA
    assert server.leaks == []
    assert "Authorization" not in server.downloads[-1].headers


def test_a_redirect_elsewhere_does_not_take_the_token_along() -> None:
    with StandIn(files="redirect") as server:
        server.add_report("acme", "trend", "week", "2026-11-16", DATA)
        with client_of(server) as client:
            url = listed(client)
            assert url.startswith(server.url)
            assert download(client, url).data == DATA
        assert len(server.downloads) == 1
        assert server.leaks == []


def test_a_netrc_line_is_added_to_no_download(
    server: StandIn, client: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_netrc(tmp_path, "machine 127.0.0.1 login ada password sesame\n", monkeypatch)
    download(client, listed(client))
    assert server.leaks == []


def test_refused_credentials_are_tried_once(server: StandIn) -> None:
    account = Credentials(server.user, "dckr_pat_wrong_one")
    with Hub(server.url, account, patience=QUICK) as hub:
        for _ in range(3):
            with pytest.raises(SignInError, match="not accepted") as caught:
                hub.get_json(CATALOGUE)
    assert "wrong_one" not in str(caught.value)
    assert sign_ins(server) == ["/v2/auth/token"]


def test_a_server_without_the_newer_sign_in_is_asked_the_older_way() -> None:
    with StandIn(secret="a password") as server:
        server.add_report("acme", "trend", "week", "2026-11-16", DATA)
        server.fault(Fault("404", "/v2/auth/token"))
        with client_of(server) as client:
            assert listed(client)
        assert sign_ins(server) == ["/v2/auth/token", "/v2/users/login"]


def test_a_second_factor_without_a_terminal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with (
        StandIn(secret="a password", second_factor="123456") as server,
        client_of(server) as client,
        pytest.raises(SignInError, match="use a personal access token"),
    ):
        client.get_json(CATALOGUE)


def test_the_second_factors_code_completes_the_sign_in() -> None:
    asked = []

    def post(path: str, body: object) -> Reply:
        asked.append((path, body))
        answers = {
            "/v2/auth/token": Reply(401, {}, "401"),
            "/v2/users/login": Reply(401, {"detail": "…", "login_2fa_token": "pending"}, "401"),
            "/v2/users/2fa-login": Reply(200, {"token": "a.b.c"}, "200"),
        }
        return answers[path]

    tokens = Tokens(Credentials("ada", "a password"), post, lambda: "123456")
    assert tokens.current().value == "a.b.c"
    assert asked[-1] == (
        "/v2/users/2fa-login",
        {"login_2fa_token": "pending", "code": "123456"},
    )
    assert "a.b.c" not in repr(tokens.current())


# -- Waiting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7),
        (503, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True)}, 90),
        (429, {"Retry-After": format_datetime(NOW - dt.timedelta(seconds=90), usegmt=True)}, 0),
        (429, {"X-Retry-After": str(int(NOW.timestamp()) + 30)}, 30),
        (429, {"X-RateLimit-Reset": str(int(NOW.timestamp()) + 20)}, 20),
        (500, {"X-RateLimit-Reset": str(int(NOW.timestamp()) + 20)}, None),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "nan"}, None),
        (429, {}, None),
    ],
)
def test_a_wait_that_is_asked_for_is_understood(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_wait(status, CaseInsensitiveDict(headers), NOW) == seconds


def waits(failures: list[float | None], patience: Patience) -> tuple[list[float], str]:
    """Return the waits between attempts that fail so, and how it ended."""
    slept: list[float] = []
    left = iter(failures)

    def attempt() -> str | Failed:
        after = next(left, "done")
        if after == "done":
            return "done"
        return Failed(HubError("GET / got no answer"), after)  # type: ignore[arg-type]

    try:
        return slept, persist(attempt, patience, slept.append)
    except HubError:
        return slept, "failed"


def test_waits_grow_and_attempts_are_bounded() -> None:
    slept, end = waits([None] * 9, Patience(attempts=4, first=1))
    assert end == "failed"
    assert len(slept) == 3
    for low, wait in zip((1, 2, 4), slept, strict=True):
        assert low <= wait <= low + 1


def test_the_server_is_waited_for_as_long_as_it_asks() -> None:
    slept, end = waits([7.0, 90.0], Patience())
    assert end == "done"
    assert [int(wait) for wait in slept] == [7, 90]


def test_the_waiting_in_all_is_bounded() -> None:
    slept, end = waits([500.0] * 5, Patience(total=900))
    assert (len(slept), end) == (1, "failed")


def test_a_very_long_wait_ends_with_the_time_to_come_back(server: StandIn) -> None:
    server.fault(Fault("429", CATALOGUE, retry_after=7200))
    slept: list[float] = []
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    with (
        client_of(server, sleep=slept.append) as client,
        pytest.raises(HubAnswerError, match=r"after 20\d\d-\d\d-\d\d \d\d:\d\d UTC") as caught,
    ):
        client.get_json(CATALOGUE)
    until_then = str(caught.value).partition("again after ")[2].partition(": what arrived")[0]
    told = dt.datetime.strptime(until_then, "%Y-%m-%d %H:%M %Z").replace(tzinfo=dt.UTC)
    assert abs(told - until) < dt.timedelta(minutes=2)
    assert slept == []


@pytest.mark.parametrize("kind", ["429", "429-old", "429-date", "429-limit"])
def test_a_429_is_waited_out_whatever_header_it_has(server: StandIn, kind: str) -> None:
    server.fault(Fault(kind, CATALOGUE, retry_after=40))
    slept: list[float] = []
    with client_of(server, sleep=slept.append) as client:
        assert listed(client)
    assert len(slept) == 1
    assert 38 <= slept[0] <= 41


# -- Downloads --------------------------------------------------------------------------------


def test_a_download_that_breaks_off_goes_on_where_it_stopped(client: Hub, server: StandIn) -> None:
    server.fault(Fault("cut", "/reports/acme/", after=100_000))
    assert download(client, listed(client)).data == DATA
    first, second = server.downloads
    assert "Range" not in first.headers
    assert second.headers["Range"] == "bytes=100000-"
    assert second.status == 206


def test_a_server_without_ranges_is_asked_for_all_of_it_again() -> None:
    with StandIn(ranges=False) as server:
        server.add_report("acme", "trend", "week", "2026-11-16", DATA)
        server.fault(Fault("cut", "/reports/acme/", after=100_000))
        with client_of(server) as client:
            assert download(client, listed(client)).data == DATA
        assert [seen.status for seen in server.downloads] == [200, 200]


def test_a_file_that_changed_meanwhile_is_not_patched_together(
    client: Hub, server: StandIn
) -> None:
    url = listed(client)
    server.fault(Fault("cut", "/reports/acme/", after=100_000))
    newer = DATA.replace(b"DATE", b"date")
    log = server.log

    def change(seen: object) -> None:
        server.add_report("acme", "trend", "week", "2026-11-16", newer)
        log(seen)  # type: ignore[arg-type]

    server.log = change  # type: ignore[method-assign]
    assert download(client, url).data == newer


def test_a_download_that_always_breaks_off_fails(client: Hub, server: StandIn) -> None:
    server.fault(Fault("cut", "/reports/acme/", times=None, after=10))
    with pytest.raises(HubError, match=r"GET /reports/acme/.* broke off"):
        download(client, listed(client))


def test_a_transfers_compression_is_undone(client: Hub, server: StandIn) -> None:
    server.fault(Fault("encoded", "/reports/acme/"))
    assert download(client, listed(client)).data == DATA


def test_a_gzip_file_stays_one(client: Hub, server: StandIn) -> None:
    server.fault(Fault("gzip", "/reports/acme/"))
    assert download(client, listed(client)).data[:2] == b"\x1f\x8b"


def test_another_length_than_listed_is_a_note(client: Hub) -> None:
    body = download(client, listed(client), size=7)
    assert body.data == DATA
    assert body.notes == (f"{len(DATA):,} bytes came, as the answer announced; the listing has 7.",)


def test_logs_hold_no_query(client: Hub, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        url = listed(client)
        download(client, url)
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    assert "/reports/acme/acme_trend" in caplog.text
    assert "Signature=" not in caplog.text
    assert url.partition("Signature=")[2][:20] not in caplog.text


def test_a_server_that_is_not_there_is_named(unused_port: int) -> None:
    with (
        Hub(f"http://127.0.0.1:{unused_port}", patience=Patience(attempts=2, first=0.001)) as hub,
        pytest.raises(HubError, match="connection refused") as caught,
    ):
        hub.get_json("/public?X-Amz-Signature=sesame", signed_in=False)
    assert "sesame" not in str(caught.value)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
