"""Hostile catalogues, answers, redirects and heads, given to the real client over HTTP.

Beside them stand reports as they should be: these arrive, whatever else comes. A second server,
which the hostile addresses name, never sees who asks.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

from insights_nb import Archive
from insights_nb.errors import InsightsError
from insights_nb.hub import Credentials, Patience, fetch
from tests.fuzz import Attack
from tests.hub.raw import TOKEN, Raw, Said, http, in_json
from tests.reports import TRENDS, trends_row, write_csv

_SECRET = "dckr_pat_made_up_for_attacks"
_PATIENCE = Patience(attempts=2, first=0.001, longest=0.002, asked=0.01, total=0.1, timeout=5)
_GOOD = ("2025-11-03", "2025-11-10")
_API = "/api/publisher/analytics/v1"
_CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
_TODAY = dt.date(2025, 11, 24)
# So that what goes on for ever ends soon.
_LIMITS = {"FILE": "1M", "JSON": "1M", "ANSWER_SECONDS": "5", "DOWNLOAD_SECONDS": "10"}
_LONGEST = 60.0
# Flushing to a disk is most of the time that a try takes.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
_ODD = "\ud800\x00\x07\t\n\r\x1b[31m\x7f\x9b\u202e\u2028\ufeff＠／。\\@#?%:;&[]{}\"'<>é日𒀀"


@dataclass
class Battlefield:
    """The API, a stranger beside it, and what the API answers now, by the path's beginning."""

    api: Raw
    stranger: Raw
    good: dict[str, bytes]
    other: bytes
    said: dict[str, Callable[[], Said]] = field(default_factory=dict)

    def answer(self, path: str) -> Said:
        """Answer as the one who attacks wants it, or that there is nothing."""
        for start in sorted(self.said, key=len, reverse=True):
            if path.startswith(start):
                return self.said[start]()
        return http(status="404 Not Found")


@contextlib.contextmanager
def battlefield() -> Iterator[Battlefield]:
    """Start both servers, and keep this machine's own account out of it."""
    settings = {f"INSIGHTS_MAX_{name}": value for name, value in _LIMITS.items()}
    with (
        tempfile.TemporaryDirectory() as made,
        mock.patch.dict(os.environ, settings | {"NETRC": f"{made}/none"}),
        Raw(lambda _: http(b"a,b\n1,2\n")) as stranger,
        Raw(lambda _: b"") as api,
    ):
        good = {
            f"/good_trend_weekly_{start.replace('-', '_')}.csv": write_csv(
                Path(made) / "made.csv", TRENDS, [trends_row(start, "acme/web", downloads=4)]
            ).read_bytes()
            for start in _GOOD
        }
        other = next(iter(good.values())).replace(_GOOD[0].encode(), b"2024-09-02")
        field = Battlefield(api, stranger, good, other)
        api.answer = field.answer
        yield field


def fetch_from(chance: random.Random, field: Battlefield) -> str:
    """Fetch what a hostile hub offers beside two good reports."""
    field.stranger.requests.clear()
    field.said = {path: _always(http(data)) for path, data in field.good.items()}
    bad = [_entry(chance, field, number) for number in range(chance.randint(1, 5))]
    listed = [{"type": "trend", "url": path} for path in field.good] + bad
    chance.shuffle(listed)
    field.said[_CATALOGUE] = _always(in_json(listed))
    for path, tree in _TREES.items():
        field.said[path] = _answer_of(chance, field, tree)
    # What the catalogue offers is what this is about; the rest is there now and then.
    source = chance.choice(("reports", "reports", "reports", "auto"))
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        began = time.monotonic()
        try:
            done = fetch(
                folder, "acme", hub_url=field.api.url, credentials=Credentials("ada", _SECRET),
                today=_TODAY, patience=_PATIENCE, quiet=True, source=source,
            )  # fmt: skip
        except InsightsError as error:
            raise AssertionError(f"the good reports did not arrive: {error}") from error
        assert time.monotonic() - began < _LONGEST
        _assert_silent(field)
        text = "\n".join([str(done), *done.problems, done.summary])
        assert all(line.isprintable() for line in text.split("\n")), text
        assert "fault in insights-nb" not in text, text
        assert not any(secret in text for secret in (_SECRET, TOKEN))
        archive = Archive(folder)
        digests = {entry.source.rpartition("/")[2] for entry in archive.entries()}
        assert {path.removeprefix("/") for path in field.good} <= digests, text
        assert chance.random() < 0.9 or archive.verify().clean
        assert all(entry.source.isprintable() for entry in archive.entries())
    return f"exit {done.exit_code}"


def ask_all(chance: random.Random, field: Battlefield) -> str:
    """Fetch where everything is hostile, also sign-in and the catalogue; it ends in a sentence."""
    field.stranger.requests.clear()
    field.said = {}
    for path, tree in _TREES.items():
        field.said[path] = _answer_of(chance, field, tree)
    field.said[_CATALOGUE] = _answer_of(
        chance, field, {"reports": [_entry(chance, field, number) for number in range(3)]}
    )
    namespace = None if chance.random() < 0.3 else "acme"
    signing = _answer_of(chance, field, {"access_token": TOKEN, "token": TOKEN})
    hostile = chance.random() < 0.3
    field.api.sign_in = signing if hostile else None
    try:
        with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
            began = time.monotonic()
            try:
                done = fetch(
                    folder, namespace, hub_url=field.api.url, today=_TODAY, patience=_PATIENCE,
                    credentials=Credentials("ada", _SECRET), quiet=True,
                )  # fmt: skip
                text, ended = str(done), f"exit {done.exit_code}"
                assert "fault in insights-nb" not in text, text
            except InsightsError as error:
                text, ended = str(error), "refused"
            assert time.monotonic() - began < _LONGEST
    finally:
        field.api.sign_in = None
    assert all(line.isprintable() for line in text.split("\n")), text
    assert not any(secret in text for secret in (_SECRET, TOKEN)), text
    _assert_silent(field)
    return ended


def _assert_silent(field: Battlefield) -> None:
    for request in field.stranger.requests:
        assert "authorization:" not in request.casefold(), request
        assert not any(secret in request for secret in (_SECRET, TOKEN)), request


_VIEWS = ["raw", "summary", "repo-summary", "namespace-summary"]
_POINT = {
    "start": "2025-11-03T00:00:00Z", "end": "2025-11-10T00:00:00Z", "repo": "web",
    "namespace": "acme", "pullCount": 3, "ipCount": 2, "country": None,
}  # fmt: skip
_TREES: dict[str, Any] = {
    f"{_API}/": {"namespaces": ["acme"]},
    f"{_API}/namespaces/acme": {
        "namespace": "acme",
        "datasets": [{"name": "pulls", "views": _VIEWS, "timespans": ["weeks", "months"]}],
    },
    f"{_API}/namespaces/acme/pulls?": {"pulls": [_POINT]},
    f"{_API}/namespaces/acme/pulls/exports/years": {"years": [{"year": 2025}]},
    f"{_API}/namespaces/acme/pulls/exports/years/2025/weeks": {"weeks": [{"week": 45}]},
    f"{_API}/namespaces/acme/pulls/exports/years/2025/months": {"months": [{"month": 10}]},
    f"{_API}/namespaces/acme/pulls/exports/years/2025/weeks/45/": {
        "data": [{"url": "/file", "size": 3}]
    },
    f"{_API}/namespaces/acme/pulls/exports/years/2025/months/10/": {
        "data": [{"url": "/file", "size": 3}]
    },
}


def _always(data: bytes) -> Callable[[], Said]:
    return lambda: data


def _text(chance: random.Random) -> str:
    return "".join(chance.choice(_ODD + "abc./-_019") for _ in range(chance.randint(0, 12)))


def _value(chance: random.Random) -> Any:  # noqa: ANN401 - any JSON
    return chance.choice(
        [
            None,
            True,
            0,
            -1,
            10**400,
            1e308,
            "",
            [],
            {},
            [[]],
            {"": {}},
            "2025",
            "٢٠٢٥",
            _text(chance),
        ]
    )


def _mutated(chance: random.Random, tree: Any, odds: float = 0.15) -> Any:  # noqa: ANN401
    """Return JSON with some of its values replaced, left out or doubled."""
    if chance.random() < odds:
        return _value(chance)
    if isinstance(tree, dict):
        kept = {key: _mutated(chance, value, odds) for key, value in tree.items()}
        if kept and chance.random() < odds:
            kept.pop(chance.choice(sorted(kept)))
        return kept
    if isinstance(tree, list):
        return [
            _mutated(chance, one, odds) for one in tree for _ in range(chance.choice((1, 1, 2)))
        ]
    return tree


def _answer_of(chance: random.Random, field: Battlefield, tree: Any) -> Callable[[], Said]:  # noqa: ANN401
    """Return an answer of JSON, which may be hostile in what it says or in how."""
    if chance.random() < 0.2:
        return _hostile(chance, field)
    try:
        return _always(in_json(_mutated(chance, tree)))
    except (ValueError, UnicodeError):
        return _always(http(b'{"reports": "\xff"}'))


def _address(chance: random.Random, field: Battlefield) -> str:
    """Return an address that names either server or none, in some odd way."""
    port = chance.choice((field.api.port, field.stranger.port))
    other = chance.choice((field.api.port, field.stranger.port))
    name = chance.choice(("127.0.0.1", "localhost", "127.1", "[::1]", "127.0.0.1.", "LOCALHOST"))
    between = chance.choice(("", "\\@", "@", "#@", "?@", "\t@", "%40", ";@", "\\", _text(chance)))
    second = f"127.0.0.1:{other}" if between else ""
    scheme = chance.choice(
        ("http://", "HTTP://", "http:\\\\", "//", "https://", "http:/", "\thttp://")
    )
    tail = chance.choice(("/x.csv", "", "/?X-Amz-Signature=1", f"/{_text(chance)}", "#x"))
    whole = [
        f"{scheme}{name}:{port}{between}{second}{tail}",
        f"{scheme}127.0.0.1:{port}{between}{second}{tail}",
        chance.choice(("http://[", "https://10.0.0.7/x", "https://169.254.169.254/x", "file:///etc/passwd",
                       "http://0x7f000001/x", "data:,x", "http://[fe80::1%25lo]/", "", "?", "//", "http://")),
        _text(chance),
    ]  # fmt: skip
    return chance.choice(whole)


def _entry(chance: random.Random, field: Battlefield, number: int) -> Any:  # noqa: ANN401
    """Return an entry of a catalogue, and let the API answer what it names."""
    if chance.random() < 0.1:
        return _value(chance)
    path = f"/bad{number}_trend_weekly_2024_0{number + 1}_0{chance.randint(1, 9)}"
    field.said[path] = _hostile(chance, field)
    url = chance.choice(
        (path, f"{path}{quote(_text(chance), errors='replace')}.csv", _address(chance, field))
    )
    word = chance.choice(("trend", "summary", _text(chance) or "x"))
    if chance.random() < 0.05:
        word, url = f"{word}\ud800", f"{url}\udc80"
    return {"type": word, "url": url} | ({"size": _value(chance)} if chance.random() < 0.3 else {})


def _hostile(chance: random.Random, field: Battlefield) -> Callable[[], Said]:
    """Return an answer that breaks some rule, or keeps to all of them."""
    body = chance.choice((b"", b"a,b\n1,2\n", b"<html><title>\x1b[31m</title>", b"{", b"[" * 50_000,
                          chance.randbytes(40), field.other))  # fmt: skip
    status = chance.choice(_STATUSES)
    headers: dict[str, object] = {}
    for _ in range(chance.randint(0, 3)):
        name, value = chance.choice(_HEADERS)
        headers[name] = value
    if chance.random() < 0.3 or status.startswith("30"):
        headers["Location"] = _latin(_address(chance, field))
    if chance.random() < 0.2:
        headers[chance.choice(("X_Odd", "ETag", "Content_Type"))] = _latin(_text(chance))
    if "Content_Encoding" in headers and chance.random() < 0.5:
        body = gzip.compress(body)
    whole = http(body, status, **headers)
    kind = chance.random()
    if kind < 0.1:
        return _always(chance.randbytes(chance.randint(0, 60)))
    if kind < 0.2:
        return _always(whole[: chance.randint(0, len(whole))])
    if kind < 0.25:
        head = http(b"", **{"Content_Length": None} | headers)
        return lambda: (piece for piece in (head, *[b"x," * 8192] * 200))
    return _always(whole)


def _latin(text: str) -> str:
    """Return a text as a header can hold it."""
    return text.encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "")


_STATUSES = (
    "200 OK", "200 OK", "200", "206 Part", "204 None", "302 Found", "307 Go", "400 \x1b[31m",
    "401 No", "403 No", "404 No", "416 No", "429 Wait", "500 No", "999 No", "100 Continue", "0 No",
    "-1 No", "200000 No",
)  # fmt: skip
_HEADERS: list[tuple[str, object]] = [
    ("Content_Length", 3), ("Content_Length", 10**9), ("Content_Length", "9" * 5000),
    ("Content_Length", "5, 6"), ("Content_Length", "-1"), ("Content_Length", "x"),
    ("Content_Length", None), ("Content_Encoding", "gzip"), ("Content_Encoding", "deflate, gzip"),
    ("Content_Encoding", "br"), ("Content_Encoding", "\x1b"), ("Transfer_Encoding", "chunked"),
    ("Transfer_Encoding", "x"), ("Content_Range", "bytes 0-1/2"), ("Content_Range", "bytes 9-1/*"),
    ("Content_Range", "bytes " + "9" * 5000 + "-1/2"), ("Retry_After", "1e999"),
    ("Retry_After", "-5"), ("Retry_After", "Mon, 99 Foo 99999 99:99:99 +999999"),
    ("Retry_After", "nan"), ("X_RateLimit_Reset", "9" * 400), ("X_Retry_After", "1e308"),
    ("Set_Cookie", "a=b; expires=\x1b"), ("Set_Cookie", "token=x; Max-Age=" + "9" * 5000),
    ("Content_Type", "text/html"), ("ETag", '"\x9b"'), ("Last_Modified", "\x1b"),
    ("X_Long", "x" * 70_000), ("WWW_Authenticate", "Basic realm=x"),
    ("Content_Type", "application/json; charset=utf-7"), ("Refresh", "0; url=http://127.0.0.1/"),
]  # fmt: skip

ATTACKS = [
    Attack("catalogues", fetch_from, tries=3000, few=8, prepare=battlefield),
    Attack("answers", ask_all, tries=3000, few=8, prepare=battlefield),
]
