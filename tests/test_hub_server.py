"""The stand-in Hub does what it says: otherwise no test against it means anything."""

from __future__ import annotations

import email.utils
import gzip
import re
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.hub import Fault, Hub

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[1]
API = "/api/publisher/analytics/v1"
CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
DATA = b"DATE_GRANULARITY,DATE_REFERENCE\nweek,2026-11-16\n"


class Client:
    """Requests as they are, with nothing between: no netrc file, no retries."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.session = requests.Session()
        self.session.trust_env = False
        self.token = ""

    def post(self, path: str, **body: str) -> requests.Response:
        return self.session.post(self.hub.url + path, json=body, timeout=20)

    def sign_in(self) -> str:
        told = self.post("/v2/auth/token", identifier=self.hub.user, secret=self.hub.secret)
        self.token = told.json()["access_token"]
        return self.token

    def get(self, path: str, **kwargs: bool) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token or self.sign_in()}"}
        url = path if path.startswith("http") else self.hub.url + path
        return self.session.get(url, timeout=20, headers=headers, **kwargs)  # type: ignore[arg-type]

    def plain(self, url: str, **headers: str) -> requests.Response:
        return self.session.get(url, timeout=20, headers=headers)

    def address(self) -> str:
        """A report's signed address."""
        return str(self.get(CATALOGUE).json()["reports"][0]["url"])


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        hub.add_report("acme", "trend", "week", "2026-11-16", DATA)
        yield hub


@pytest.fixture
def client(hub: Hub) -> Iterator[Client]:
    one = Client(hub)
    with one.session:
        yield one


# --- signing in -------------------------------------------------------------------------------


def test_a_personal_access_token_is_exchanged_and_is_no_bearer_itself(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.hub.secret}"}
    refused = client.session.get(client.hub.url + CATALOGUE, headers=headers, timeout=20)
    assert refused.status_code == 401
    assert client.get(CATALOGUE).status_code == 200


def test_a_token_expires(client: Client) -> None:
    assert client.get(CATALOGUE).status_code == 200
    client.hub.expire_tokens()
    assert client.get(CATALOGUE).status_code == 401
    client.sign_in()
    assert client.get(CATALOGUE).status_code == 200


def test_a_wrong_secret_gets_no_token(client: Client) -> None:
    told = client.post("/v2/auth/token", identifier="ada", secret="guess")
    assert (told.status_code, "access_token" in told.json()) == (401, False)


def test_a_second_factor_takes_two_steps() -> None:
    with Hub(secret="sesame", second_factor="123456") as hub:
        client = Client(hub)
        with client.session:
            told = client.post("/v2/auth/token", identifier="ada", secret="sesame")
            assert told.status_code == 401
            first = client.post("/v2/users/login", username="ada", password="sesame")
            assert (first.status_code, set(first.json())) == (401, {"detail", "login_2fa_token"})
            step = first.json()["login_2fa_token"]
            wrong = client.post("/v2/users/2fa-login", login_2fa_token=step, code="000000")
            assert wrong.status_code == 401
            right = client.post("/v2/users/2fa-login", login_2fa_token=step, code="123456")
            client.token = right.json()["token"]
            assert client.get(f"{API}/").json() == {"namespaces": []}
            assert {"sesame", "123456", step, client.token} <= hub.secrets


# --- shapes -----------------------------------------------------------------------------------


def test_the_catalogue_lists_type_and_signed_address_for_each_file(client: Client) -> None:
    client.hub.add_report("acme", "technographic-company", "month", "2026-10-01", [b"a", b"b"])
    reports = client.get(CATALOGUE).json()["reports"]
    assert [one["type"] for one in reports] == ["trend", *["technographic-company"] * 2]
    names = [one["url"].partition("?")[0].rpartition("/")[2] for one in reports]
    assert names[0] == "acme_trend_weekly_2026_11_16.csv"
    assert names[1:] == ["acme_technographic_company_monthly_2026_10_01.csv"] * 2
    assert [client.plain(one["url"]).content for one in reports] == [DATA, b"a", b"b"]
    assert all("X-Amz-Signature=" in one["url"] for one in reports)


def test_exports_are_found_by_year_span_number_and_view(client: Client) -> None:
    client.hub.add_export("acme", "week", 2026, 47, "raw", [b"one", b"two"], sizes=[3, 4])
    namespace = f"{API}/namespaces/acme"
    datasets = [{"name": "pulls", "views": ["raw"], "timespans": ["weeks"]}]
    assert client.get(namespace).json()["datasets"] == datasets
    years = f"{namespace}/pulls/exports/years"
    assert client.get(years).json() == {"years": [{"year": 2026}]}
    assert client.get(f"{years}/2026/weeks").json() == {"weeks": [{"week": 47}]}
    assert client.get(f"{years}/2026/months").status_code == 404
    files = client.get(f"{years}/2026/weeks/47/raw").json()["data"]
    assert [one["size"] for one in files] == [3, 4]
    assert [client.plain(one["url"]).content for one in files] == [b"one", b"two"]
    assert client.get(f"{years}/2026/weeks/47/summary").status_code == 404


def test_an_unknown_namespace_is_not_found(client: Client) -> None:
    for path in (f"{API}/namespaces/nobody", CATALOGUE.replace("acme", "nobody")):
        answer = client.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["message"])


def points(first: int, count: int) -> list[tuple[str, str, int, int]]:
    months = [(year, month) for year in (2025, 2026) for month in range(1, 13)]
    return [(f"{y}-{m:02d}-01", f"{y}-{m:02d}-28", 100 + m, 7) for y, m in months][
        first : first + count
    ]


def test_pulls_leave_out_what_is_older_than_the_period_asked_for(client: Client) -> None:
    client.hub.add_pulls("acme/web", "month", points(0, 20))
    path = f"{API}/namespaces/acme/repos/web/pulls"
    longest = client.get(f"{path}?timespan=months&period=last-12-months").json()["pulls"]
    assert [longest[0]["start"][:7], longest[-1]["start"][:7]] == ["2025-09", "2026-08"]
    assert len(client.get(f"{path}?timespan=months").json()["pulls"]) == 2
    assert client.get(f"{path}?timespan=weeks").json() == {"pulls": None}
    assert client.get(f"{path}?period=last-9-months").status_code == 400


def test_a_namespaces_pulls_are_one_sum_unless_grouped_by_repository(client: Client) -> None:
    for repo in ("web", "worker"):
        client.hub.add_pulls(f"acme/{repo}", "month", points(20, 1))
    path = f"{API}/namespaces/acme/pulls?timespan=months"
    assert [one["pullCount"] for one in client.get(path).json()["pulls"]] == [218]
    grouped = client.get(f"{path}&group=repo").json()["pulls"]
    assert [(one["repo"], one["pullCount"]) for one in grouped] == [("web", 109), ("worker", 109)]


def test_public_pulls_need_no_credentials_and_take_50_repositories(client: Client) -> None:
    client.hub.add_pulls("acme/web", "month", points(20, 1))
    url = f"{client.hub.url}/api/publisher/proxylytics/v1/repos/pulls?"
    answer = client.plain(f"{url}repos=acme/web&repos=acme/none").json()["repos"]
    assert answer["acme/web"]["pulls"][0]["repo"] == "web"
    assert answer["acme/none"] == {"pulls": None}
    many = "&".join(f"repos=acme/r{n}" for n in range(51))
    assert client.plain(url + many).status_code == 400
    assert client.plain(url + many.partition("&")[2]).status_code == 200


# --- files ------------------------------------------------------------------------------------


def test_a_signature_opens_one_file_for_a_while(client: Client) -> None:
    url = client.address()
    assert client.plain(url).content == DATA
    assert client.plain(url.partition("?")[0]).status_code == 403
    client.hub.add_report("acme", "trend", "week", "2026-11-09", DATA)
    assert client.plain(url.replace("2026_11_16", "2026_11_09")).status_code == 403
    assert client.plain(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    client.hub.expire_signatures()
    late = client.plain(url)
    assert (late.status_code, "Request has expired" in late.text) == (403, True)
    assert client.plain(client.address()).content == DATA


def test_a_token_at_the_files_port_is_refused_and_remembered(client: Client) -> None:
    assert client.get(client.address()).status_code == 400
    assert [leak.headers["Authorization"] for leak in client.hub.leaks] == [
        f"Bearer {client.token}"
    ]


def test_a_part_of_a_file_comes_while_it_is_the_same_file(client: Client) -> None:
    url = client.address()
    tag = client.plain(url).headers["ETag"]
    part = client.plain(url, Range="bytes=10-", **{"If-Range": tag})
    assert (part.status_code, part.content) == (206, DATA[10:])
    assert part.headers["Content-Range"] == f"bytes 10-{len(DATA) - 1}/{len(DATA)}"
    assert client.plain(url, Range=f"bytes={len(DATA)}-").status_code == 416
    other = client.plain(url, Range="bytes=10-", **{"If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, DATA)
    client.hub.ranges = False
    assert client.plain(url, Range="bytes=10-").status_code == 200


@pytest.mark.parametrize("files", ["redirect", "api"])
def test_listings_can_point_to_the_api_itself(files: str) -> None:
    with Hub(files=files) as hub:
        hub.add_report("acme", "trend", "week", "2026-11-16", DATA)
        client = Client(hub)
        with client.session:
            url = client.address()
            assert url.startswith(f"{hub.url}/")
            assert client.plain(url).status_code == 401
            answer = client.get(url, allow_redirects=False)
            if files == "redirect":
                answer = client.plain(answer.headers["Location"])
            assert answer.content == DATA


# --- faults -----------------------------------------------------------------------------------


def test_a_fault_meets_the_next_requests_that_match_and_no_others(client: Client) -> None:
    fault = client.hub.fault(Fault("500", "/reports", times=2))
    statuses = [client.get(path).status_code for path in (f"{API}/", *[CATALOGUE] * 3)]
    assert (statuses, fault.hits) == ([200, 500, 500, 200], 2)
    assert [seen.status for seen in client.hub.requests][1:] == statuses


def test_a_fault_of_no_known_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no kind of fault"):
        Fault("418", "/")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_cut_answer_breaks_off_on_the_wire(client: Client, chunked: bool) -> None:
    url = client.address()
    client.hub.fault(Fault("cut", ".csv", after=10, chunked=chunked))
    answer = client.session.get(url, stream=True, timeout=20)
    assert answer.headers.get("Content-Length") == (None if chunked else str(len(DATA)))
    came: deque[bytes] = deque()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        came.extend(answer.iter_content(1))
    assert b"".join(came) == DATA[:10]


def test_a_dropped_connection_gives_no_answer(client: Client) -> None:
    url = client.address()
    client.hub.fault(Fault("drop", ".csv"))
    with pytest.raises(requests.exceptions.ConnectionError):
        client.plain(url)
    assert client.hub.requests[-1].status == 0


def test_a_slow_answer_outlasts_a_short_patience(client: Client) -> None:
    url = client.address()
    client.hub.fault(Fault("slow", ".csv", seconds=60))
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.session.get(url, timeout=1)
    client.hub.fault(Fault("slow", ".csv", seconds=60, after=10))
    with client.session.get(url, timeout=1, stream=True) as answer:
        assert answer.raw.read(10) == DATA[:10]
        with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
            list(answer.iter_content(1))


def test_too_many_requests_say_in_each_style_when_to_come_back(client: Client) -> None:
    kinds = ["429", "429-date", "429-old", "429-limit", "429-bare"]
    for kind in kinds:
        client.hub.fault(Fault(kind, "/reports", retry_after=90))
    now = time.time()
    answers = [client.get(CATALOGUE) for _ in kinds]
    seconds, date, old, limit, bare = (answer.headers for answer in answers)
    assert {answer.status_code for answer in answers} == {429}
    assert seconds["Retry-After"] == "90"
    moment = email.utils.parsedate_to_datetime(date["Retry-After"]).timestamp()
    for then in (moment, int(old["X-Retry-After"]), int(limit["X-RateLimit-Reset"])):
        assert 88 <= then - now <= 100
    told = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    assert told <= set(old)
    assert told <= set(limit)
    assert "Retry-After" not in {**old, **limit, **bare}


@pytest.mark.parametrize("kind", ["401", "403", "404", "500", "502", "503"])
def test_a_status_comes_on_both_ports(client: Client, kind: str) -> None:
    url = client.address()
    client.hub.fault(Fault(kind, times=2))
    assert (client.get(CATALOGUE).status_code, client.plain(url).status_code) == (int(kind),) * 2


def test_pages_and_other_json_come_as_success(client: Client) -> None:
    for kind in ("html", "not-json", "wrong-json", "empty"):
        client.hub.fault(Fault(kind, "/reports"))
    page, torn, other, empty = (client.get(CATALOGUE) for _ in range(4))
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<title>" in page.text
    with pytest.raises(requests.exceptions.JSONDecodeError):
        torn.json()
    assert "reports" not in other.json()
    assert (empty.status_code, empty.content) == (200, b"")


def test_gzip_is_the_file_and_encoded_is_the_transfer(client: Client) -> None:
    url = client.address()
    client.hub.fault(Fault("gzip", ".csv"))
    client.hub.fault(Fault("encoded", ".csv"))
    assert gzip.decompress(client.plain(url).content) == DATA
    answer = client.plain(url)
    assert (answer.headers["Content-Encoding"], answer.content) == ("gzip", DATA)


def test_null_pulls_keep_the_answers_shape(client: Client) -> None:
    client.hub.add_pulls("acme/web", "month", points(20, 1))
    client.hub.fault(Fault("null-pulls", "/pulls", times=2))
    assert client.get(f"{API}/namespaces/acme/pulls").json() == {"pulls": None}
    many = client.get(f"{API}/repos/pulls?repos=acme/web").json()
    assert many == {"repos": {"acme/web": {"pulls": None}}}


def test_a_redirect_leads_to_the_files_port(client: Client) -> None:
    client.hub.fault(Fault("redirect", "/reports"))
    answer = client.get(CATALOGUE, allow_redirects=False)
    assert answer.headers["Location"] == f"{client.hub.files_url}{CATALOGUE}"


def test_an_echo_repeats_everything_that_is_secret(client: Client) -> None:
    url = client.address()
    for match in ("/reports/acme/", "/reports", "/v2/"):
        client.hub.fault(Fault("echo", match))
    assert url.rpartition("=")[2] in client.plain(url).text
    answer = client.get(CATALOGUE)
    assert (answer.status_code, client.token in answer.json()["message"]) == (400, True)
    told = client.post("/v2/auth/token", identifier="ada", secret=client.hub.secret)
    assert client.hub.secret in told.json()["message"]


# --- by hand ----------------------------------------------------------------------------------


def test_every_report_of_the_samples_is_offered(client: Client) -> None:
    client.hub.fill(newest=2)
    path = CATALOGUE.replace("acme", "moonbarrow")
    reports = client.get(path).json()["reports"]
    assert len(reports) == 7 * 2 * 2
    datasets = client.get(f"{API}/namespaces/oldbarrow").json()["datasets"]
    assert datasets[0]["views"] == ["raw", "repo-summary", "summary"]
    query = "timespan=weeks&period=last-12-months&group=repo"
    pulls = client.get(f"{API}/namespaces/moonbarrow/pulls?{query}").json()["pulls"]
    assert len({one["start"] for one in pulls}) == 52


def test_it_runs_by_hand_and_ends_with_ctrl_c() -> None:
    command = [sys.executable, "-m", "tests.hub", "--newest", "1", "--fault", "500:/reports:1"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        url = re.search(r"INSIGHTS_HUB_URL=(\S+)", said)
        assert url, said
        with requests.Session() as session:
            session.trust_env = False
            path = "/api/publisher/proxylytics/v1/namespaces/moonbarrow/reports"
            assert session.get(url[1] + path, timeout=20).status_code == 500
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
        assert process.wait(60) == 0
    assert "insights-nb fetch --namespace moonbarrow --archive archive" in said
    assert f"500  GET {url[1].removeprefix('http://')}{path}" in said
    assert "Traceback" not in said


def test_a_client_that_keeps_its_connection_does_not_keep_the_stand_in() -> None:
    with requests.Session() as session:
        session.trust_env = False
        with Hub() as hub:
            session.get(hub.url, timeout=20)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(hub.url.rpartition(":")[2])), timeout=5)
