"""What a server says is taken in up to its limits, and one bad entry is one failure."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from insights_nb import Archive
from insights_nb.errors import HubAnswerError, HubError
from insights_nb.files import plain_name
from insights_nb.hub import Credentials, Fetched, Hub, Patience, fetch
from insights_nb.hub.downloads import download
from insights_nb.hub.receiving import Allowance, AnswerLimitError, decoded
from insights_nb.limits import DOWNLOAD_PACE, DOWNLOAD_SECONDS, LimitError
from tests.hub.raw import Raw, Said, http, in_json
from tests.reports import TRENDS, trends_row, write_csv

pytestmark = pytest.mark.system

TODAY = dt.date(2025, 11, 24)
CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
PULLS = "/api/publisher/analytics/v1/namespaces/acme/pulls?"
QUICK = Patience(attempts=2, first=0.001, longest=0.01, timeout=20)
ACCOUNT = Credentials("ada", "dckr_pat_made_up_for_limits")
WEEKS = ["2025-11-17", "2025-11-10", "2025-11-03", "2025-10-27"]
DEEP = b"[" * 100_000


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A report of each week, by its path."""
    folder = tmp_path_factory.mktemp("made")
    return {
        f"/acme_trend_weekly_{start.replace('-', '_')}.csv": write_csv(
            folder / "made.csv", TRENDS, [trends_row(start, "acme/web", downloads=4)]
        ).read_bytes()
        for start in WEEKS
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with Raw(lambda _: http(status="404 Not Found")) as raw:
        yield raw


def serve(server: Raw, answers: dict[str, Callable[[], Said]]) -> None:
    """Answer each path that begins with one of these; the longest that fits."""

    def answer(path: str) -> Said:
        for start in sorted(answers, key=len, reverse=True):
            if path.startswith(start):
                return answers[start]()
        return http(status="404 Not Found")

    server.answer = answer


def always(data: bytes) -> Callable[[], Said]:
    return lambda: data


def run(server: Raw, folder: Path, **arguments: object) -> Fetched:
    return fetch(
        folder, "acme", hub_url=server.url, credentials=ACCOUNT, today=TODAY, patience=QUICK,
        quiet=True, **arguments,  # type: ignore[arg-type]
    )  # fmt: skip


def failure(server: Raw, said: Callable[[], Said] | bytes, *, size: int | None = None) -> HubError:
    """Download what the server says, and return why that failed."""
    serve(server, {"/r.csv": always(said) if isinstance(said, bytes) else said})
    with (
        Hub(server.url, ACCOUNT, patience=QUICK) as hub,
        pytest.raises(HubError) as caught,
    ):
        download(hub, f"{server.url}/r.csv?X-Signature=1", size)
    return caught.value


# -- One entry --------------------------------------------------------------------------------


def test_a_bad_entry_is_one_failure_and_the_others_arrive(
    server: Raw, reports: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_FILE", "64K")
    paths = list(reports)
    endless = (http(b"", Content_Length=None), b"x," * 5000)
    long_name = f"/{'日本' * 100}_trend_weekly_2025_09_01.csv"
    bad: dict[str, tuple[Callable[[], Said], str]] = {
        "/endless_trend_weekly_2025_01_06.csv": (
            lambda: server.dribble(*endless, 0), "more than 64 KB came. To allow more, set",
        ),
        "/large_trend_weekly_2025_01_13.csv": (
            always(http(b"x", Content_Length=10**12)), "its 1,000,000,000,000 bytes are over 64 KB",
        ),
        "/cut_trend_weekly_2025_01_20.csv": (
            always(http(reports[paths[0]], Content_Length=60)), "more than the 60 bytes",
        ),
        "/moved_trend_weekly_2025_01_27.csv": (
            always(http(b"", "302 Found", Location="http://[")), "cannot be used",
        ),
        "/round_trend_weekly_2025_02_03.csv": (
            always(http(b"", "302 Found", Location="/round_trend_weekly_2025_02_03.csv")),
            "more than 5 redirects",
        ),
        "/inside_trend_weekly_2025_02_10.csv": (
            always(http(b"", "307 Moved", Location="https://169.254.169.254/latest")),
            "169.254.169.254 is this machine's own link",
        ),
        "/length_trend_weekly_2025_02_17.csv": (
            always(http(b"x", Content_Length="9" * 5000)), "",
        ),
    }  # fmt: skip
    listed = [{"type": "trend", "url": url} for url in (paths[0], *map(quote, bad), paths[1])]
    listed += [{"type": "trend", "url": url} for url in ("http://[", "https://10.0.0.7/t.csv")]
    listed += [{"type": "trend\ud800", "url": "/\ud800\x1b[31m.csv"}, {"type": 3, "url": [1]}]
    listed += [{"type": "trend", "url": quote(long_name)}, {"type": "trend", "url": paths[2]}]
    serve(
        server,
        {CATALOGUE: always(in_json({"reports": listed})), PULLS: always(http(DEEP))}
        | {path: always(http(data)) for path, data in reports.items()}
        | {path: said for path, (said, _) in bad.items()}
        | {quote(long_name): always(http(reports[paths[3]]))},
    )
    done = run(server, tmp_path / "archive", source="auto")
    assert done.exit_code == 3
    assert {one.name for one in done.new} == {
        *(path.removeprefix("/") for path in paths[:3]),
        plain_name(long_name.removeprefix("/")),
    }
    said = str(done)
    assert all(line.isprintable() for line in said.split("\n"))
    for path, (_, words) in bad.items():
        (reason,) = {one.reason for one in done.failed if one.name == path.removeprefix("/")}
        assert words in reason
    assert "10.0.0.7 is a private network" in said
    assert "entry 10 of the catalogue" in said  # http://[
    assert "nested more than 32 levels deep" in said
    assert "fault in insights-nb" not in said
    assert Archive(tmp_path / "archive").verify().clean


@pytest.mark.parametrize("character", ["a", "é", "日", "𒀀"])
def test_a_long_name_is_cut_to_bytes_and_keeps_its_end(character: str) -> None:
    name = plain_name(character * 300 + "_2025_11_17.csv")
    assert len(name.encode()) + 13 <= 255
    assert name.endswith(f"{character}_2025_11_17.csv")
    assert set(name) <= {character, *"_20251117.csv"}


def test_what_nobody_foresaw_costs_one_report(
    server: Raw, reports: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    paths, secret = list(reports)[:2], "sesame"
    serve(
        server,
        {CATALOGUE: always(in_json([{"type": "trend", "url": path} for path in paths]))}
        | {path: always(http(data)) for path, data in reports.items()},
    )

    def odd(hub: Hub, url: str, size: int | None = None) -> object:
        if paths[0] in url:
            raise KeyError(f"https://files.example/?X-Amz-Signature={secret}")
        return download(hub, url, size)

    monkeypatch.setattr("insights_nb.hub.offered.download", odd)
    with caplog.at_level(logging.DEBUG, logger="insights_nb"):
        done = run(server, tmp_path / "archive", source="reports")
    assert (len(done.new), len(done.failed), done.exit_code) == (1, 1, 3)
    assert "a bug in insights-nb (KeyError)" in done.failed[0].reason
    assert "in odd" in caplog.text
    assert "sesame" not in caplog.text + str(done)


# -- Sizes and times --------------------------------------------------------------------------


def test_a_byte_at_a_time_ends(server: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_DOWNLOAD_PACE", "1")
    began = time.monotonic()
    error = failure(server, lambda: server.dribble(http(Content_Length=9999), b"x", 0.05))
    assert isinstance(error, AnswerLimitError)
    words = r"bytes had come after \d+ seconds\. To allow more, set INSIGHTS_MAX_DOWNLOAD_PACE"
    assert re.search(words, str(error))
    assert time.monotonic() - began < 15


def test_what_a_server_asked_to_wait_is_no_slowness() -> None:
    allowance = Allowance.of_download("GET /x")
    now = time.monotonic()
    # Two waits of nearly ten minutes, and a MB in each of two attempts that took five.
    allowance.began, allowance.spent, allowance.came = now - 1800, 600, 2 << 20
    assert allowance.until(now) == (now + 1200, DOWNLOAD_PACE)
    allowance.came = 1 << 30
    assert allowance.until(now) == (now - 1800 + 6 * 3600, DOWNLOAD_SECONDS)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (http(Content_Length=None, Transfer_Encoding="chunked"), b"0"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: x\r\n"),
    ],
    ids=["a head without end", "100 Continue", "a chunk's length", "trailers"],
)
def test_an_answer_without_end_ends(
    head: bytes, piece: bytes, server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANSWER_SECONDS", "DOWNLOAD_SECONDS"):
        monkeypatch.setenv(f"INSIGHTS_MAX_{name}", "1")
    error = failure(server, lambda: server.dribble(head, piece, 0.05))
    assert isinstance(error, AnswerLimitError)
    assert re.search(r"after \d+ seconds\. To allow more, set INSIGHTS_MAX_\w+_SECONDS", str(error))


def test_the_body_of_a_redirect_and_of_a_complaint_is_not_waited_for(
    server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_ANSWER_SECONDS", "1")
    moved = http(b"", "302 Found", Location="/lost", Content_Length=10**9)
    complaint = http(b"", "404 Not Found", Content_Length=10**9)
    serve(
        server,
        {
            "/r.csv": lambda: server.dribble(moved, b"x", 0.05),
            "/lost": lambda: server.dribble(complaint, b"no such file ", 0.05),
        },
    )
    with Hub(server.url, ACCOUNT, patience=QUICK) as hub, pytest.raises(HubAnswerError) as caught:
        download(hub, f"{server.url}/r.csv?X-Signature=1")
    assert caught.value.status == 404


def test_an_answer_over_its_size_is_given_up(server: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_JSON", "1000")
    serve(
        server,
        {
            "/told": lambda: server.dribble(http(Content_Length=10**9), b"", 0.05),
            "/endless": lambda: server.dribble(http(Content_Length=None), b" " * 600, 0),
            "/fits": always(in_json(["x" * 900])),
        },
    )
    with Hub(server.url, ACCOUNT, patience=QUICK) as hub:
        for path, words in (("/told", "its 1,000,000,000 bytes"), ("/endless", "more than 1,000")):
            with pytest.raises(AnswerLimitError, match=words):
                hub.get_json(path)
        assert hub.get_json("/fits").data == ["x" * 900]


def test_a_transfers_compression_is_undone_within_the_limits(
    server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_RATIO_FROM", "1M")
    bomb = gzip.compress(b"x" * (16 << 20))
    for body, encoding in ((bomb, "gzip"), (gzip.compress(bomb), "gzip, gzip")):
        error = failure(server, http(body, Content_Encoding=encoding))
        assert "unpack to more than" in str(error)
        assert "set INSIGHTS_MAX_RATIO" in str(error)
    error = failure(server, http(bomb, Content_Encoding="gzip, gzip, gzip"))
    assert "in the encoding 'gzip, gzip, gzip'" in str(error)


def test_a_limit_that_is_none_ends_it_before_it_begins(
    server: Raw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_DOWNLOAD_SECONDS", "a while")
    before = len(server.requests)
    with pytest.raises(LimitError, match="INSIGHTS_MAX_DOWNLOAD_SECONDS='a while' is no limit"):
        run(server, tmp_path / "archive")
    assert len(server.requests) == before


def test_json_is_as_deep_as_its_brackets_outside_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSIGHTS_MAX_JSON_DEPTH", "3")
    flat = [["[[[[" * 9, '\\"[[[['], [{"{": 1}], ["]]]"]]
    assert decoded(json.dumps(flat).encode(), "GET /x") == flat
    for body in (b"[[[[1]]]]", b'{"a":[{"b":[]}]}', '[[[["é"]]]]'.encode("utf-16"), DEEP):
        with pytest.raises(AnswerLimitError, match="GET /x was given up: its JSON is nested"):
            decoded(body, "GET /x")
    monkeypatch.setenv("INSIGHTS_MAX_JSON_DEPTH", "1T")
    with pytest.raises(AnswerLimitError):
        decoded(DEEP + b"]" * len(DEEP), "GET /x")
    with pytest.raises(ValueError, match="Unterminated string"):
        decoded(b'["' + b'\\"[' * 100_000, "GET /x")


# -- Lengths that are not so ------------------------------------------------------------------


@pytest.mark.parametrize("size", [None, 200])
def test_more_than_the_answer_says_is_said_to_be_more(server: Raw, size: int | None) -> None:
    error = failure(server, http(b"x" * 200, Content_Length=100), size=size)
    assert "was answered more than the 100 bytes that the answer announced" in str(error)


def test_less_than_the_answer_says_is_said_to_be_less(server: Raw) -> None:
    error = failure(server, http(b"x" * 100, Content_Length=200))
    assert "broke off" in str(error)
    assert "the connection was closed half-way, after 100 of 200 bytes" in str(error)


def test_an_answer_of_json_that_goes_on_is_said_to(server: Raw) -> None:
    serve(server, {"/x": always(http(b'{"reports": []}', Content_Length=9))})
    with (
        Hub(server.url, ACCOUNT, patience=QUICK) as hub,
        pytest.raises(HubAnswerError, match="goes on after the 9 bytes that it announced"),
    ):
        hub.get_json("/x")


def test_what_is_no_http_is_said_to_be_none(server: Raw) -> None:
    for said in (b"SSH-2.0-OpenSSH_9.6\r\n", http(b"x", Content_Length="5, 6")):
        assert "what came is no HTTP answer" in str(failure(server, said))


# -- Terminals --------------------------------------------------------------------------------


def test_no_control_of_a_server_reaches_the_terminal_the_log_or_the_ledger(
    server: Raw, reports: dict[str, bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nasty = "\x1b]0;owned\x07\x9b31m\u202eevil\nForged: line"
    path, data = next(iter(reports.items()))
    listed = [
        {"type": "trend", "url": path},
        {"type": nasty, "url": f"/{quote(nasty)}_trend_weekly_2025_11_10.csv"},
        {"type": "trend", "url": f"/{nasty}.csv?X-Signature=1"},
        {"type": "trend", "url": "/moved.csv"},
        {"type": "trend", "url": "/complains.csv"},
    ]
    location = f"http://127.0.0.1.{nasty.replace(chr(10), '')}/".encode().decode("latin-1")
    serve(
        server,
        {
            CATALOGUE: always(in_json(listed)),
            path: always(http(data)),
            "/%1B": always(http(reports[list(reports)[1]])),
            "/moved": always(http(b"", "302 Found", Location=location)),
            "/complains": always(
                http(
                    json.dumps({"message": nasty}).encode(), "403 \x1b[31mNo",
                    Content_Type="text/\x1b[31mplain", X_Odd="\x1b[5m\x9b",
                )
            ),
            PULLS: always(http(b"{", Content_Type="x/\x1b[31m\x9b")),
        },
    )  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        done = run(server, tmp_path / "archive", source="auto")
    assert len(done.new) >= 2
    assert done.exit_code == 3
    lines = [*str(done).split("\n"), *done.problems, done.summary]
    lines += [record.getMessage() for record in caplog.records]
    lines += [one.source for one in Archive(tmp_path / "archive").entries()]
    for line in lines:
        assert line.isprintable(), line
    assert not any(line.startswith("Forged") for line in lines)
