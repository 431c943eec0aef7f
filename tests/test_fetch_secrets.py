"""Fetching shows no secret: no credential, no token, no code, no signature, wherever one looks.

The real command runs against the stand-in Hub, with and without faults; everything that it leaves
behind is searched for everything secret that was used.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gc
import logging
import os
import pickle
import pty
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import psutil
import pytest

from insights_nb import Archive
from insights_nb import hub as client
from insights_nb.errors import HubError
from insights_nb.hub import Credentials, Fetched, Patience, fetch
from insights_nb.hub.catalogue import Catalogue
from insights_nb.hub.downloads import download
from tests.hub import Fault, Hub, Seen
from tests.reports import TRENDS, trends_row, write_csv

pytestmark = pytest.mark.system

COMMAND = Path(sys.executable).parent / "insights-nb"
TODAY = dt.date(2025, 11, 24)
WEEKS = [f"2025-{day}" for day in ("11-17", "11-10", "11-03", "10-27", "10-20", "10-13")]
FILES = [f"acme_trend_weekly_{start.replace('-', '_')}.csv" for start in WEEKS]
CATALOGUE = "/api/publisher/proxylytics/v1/namespaces/acme/reports"
SIGN_IN = "/v2/auth/token"
# Characters that addresses, JSON and shells write in other ways.
SECRET = "dckr_pat_Zx9+k/Q~7=vW&u%41"
PASSWORD = "tr0ub4dor & 3/\\é"
CODE = "731946"
QUICK = Patience(attempts=3, first=0.001, longest=0.01)
_PATIENCE = 60


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(secret=SECRET) as server:
        offer(server, tmp_path)
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave this machine's own account out of it."""
    for name in ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "INSIGHTS_HUB_URL", "INSIGHTS_ARCHIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


def offer(hub: Hub, folder: Path) -> None:
    hub.today = TODAY
    for start in WEEKS:
        data = write_csv(folder / "made.csv", TRENDS, [trends_row(start)]).read_bytes()
        hub.add_report("acme", "trend", "week", start, data)
    weeks = [(start, f"{dt.date.fromisoformat(start) + dt.timedelta(6)}", 5, 1) for start in WEEKS]
    hub.add_pulls("acme/web", "week", weeks)


# --- looking ----------------------------------------------------------------------------------


def shown(hub: Hub, text: str) -> list[str]:
    """Return the secrets that a text holds, plain or as requests, JSON and shells write them."""
    found = []
    for secret in hub.secrets:
        spellings = {secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1]}
        spellings.add(base64.b64encode(f"{hub.user}:{secret}".encode()).decode())
        # Half a secret is one too: messages are cut to a length.
        spellings.add(secret[: max(16, len(secret) // 2)])
        found += [secret for spelling in spellings if spelling in text]
    return found + [word for word in ("X-Amz-", "Bearer e") if word in text]


def files_of(folder: Path) -> str:
    """Return everything that a folder holds, names included, as text."""
    texts = []
    for path in sorted(folder.rglob("*")):
        texts.append(str(path))
        if path.suffix == ".parquet":
            texts.append(pl.read_parquet(path).write_csv())
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


class Watched:
    """A real `insights-nb fetch`, whose arguments are read each time that it asks for something."""

    def __init__(self, hub: Hub, archive: Archive) -> None:
        self.hub = hub
        self.archive = archive
        self.arguments: set[str] = set()
        self.process: subprocess.Popen[bytes] | None = None
        self.on_request: Callable[[Seen], None] = lambda _: None
        hub.log = self._look  # type: ignore[method-assign]

    def command(self, *options: str, debug: bool) -> list[str]:
        return [
            *(str(COMMAND), *(["--debug"] if debug else []), "fetch", "--namespace", "acme"),
            *("--archive", str(self.archive.folder), "--today", str(TODAY)),
            *("--hub-url", self.hub.url, *options),
        ]

    def run(self, *options: str, debug: bool = True, **environment: str) -> tuple[int, str]:
        """Run it to its end; return how it ended and all that it said."""
        with subprocess.Popen(
            self.command(*options, debug=debug),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"NO_COLOR": "1"} | environment,
        ) as self.process:
            said, _ = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, said.decode()

    def leaves_no_secret(self, said: str) -> None:
        """Look at what it said, at its arguments and at every file that it wrote."""
        assert self.arguments, "it never asked for anything"
        assert shown(self.hub, said) == []
        assert shown(self.hub, "\n".join(self.arguments)) == []
        assert shown(self.hub, files_of(self.archive.folder)) == []
        assert self.hub.leaks == []

    def _look(self, seen: Seen) -> None:
        while self.process is None:
            # It asked before the test had it in hand.
            time.sleep(0)
        with contextlib.suppress(psutil.NoSuchProcess):
            one = psutil.Process(self.process.pid)
            for each in (one, *one.children(recursive=True)):
                self.arguments.add("\0".join(each.cmdline()))
        self.on_request(seen)


@pytest.fixture
def watched(hub: Hub, archive: Archive) -> Watched:
    return Watched(hub, archive)


def account(hub: Hub) -> dict[str, str]:
    return {"DOCKERHUB_USERNAME": hub.user, "DOCKERHUB_TOKEN": hub.secret}


def test_a_secret_that_shows_is_found(hub: Hub, archive: Archive) -> None:
    # The search itself: without it, every other test here would pass whatever happens.
    run(hub, archive)
    for secret in hub.secrets:
        assert shown(hub, f"… {secret} …")
    assert shown(hub, f"identifier={quote(SECRET, safe='')}")
    basic = base64.b64encode(f"{hub.user}:{SECRET}".encode()).decode()
    assert shown(hub, f"Authorization: Basic {basic}")
    assert len(hub.secrets) >= 1 + 1 + len(FILES)
    (archive.folder / "note.txt").write_text(hub.secret)
    assert set(shown(hub, files_of(archive.folder))) == {hub.secret}


# --- the command ------------------------------------------------------------------------------


def break_files(hub: Hub) -> None:
    for kind, name in zip(("404", "html", "echo", "403", "cut", "401"), FILES, strict=True):
        hub.fault(Fault(kind, name, times=1 if kind == "cut" else None))
    hub.fault(Fault("echo", "/analytics/", times=None))


def break_catalogue(hub: Hub) -> None:
    hub.fault(Fault("echo", "/api/", times=None))


def break_sign_in(hub: Hub) -> None:
    hub.fault(Fault("echo", SIGN_IN, times=None))


def refuse_tokens(hub: Hub) -> None:
    hub.fault(Fault("401", "/api/", times=None))


def break_nothing(hub: Hub) -> None:
    """All is well."""


@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
@pytest.mark.parametrize(
    ("spoil", "status", "words"),
    [
        (break_nothing, 0, "7 new"),
        (break_files, 3, "7 failed"),
        (break_catalogue, 1, "400 Bad Request"),
        (break_sign_in, 1, "400 Bad Request"),
        (refuse_tokens, 1, "401 Unauthorized"),
    ],
)
def test_the_command_shows_no_secret_whatever_fails(
    watched: Watched, spoil: Callable[[Hub], None], status: int, words: str, debug: bool
) -> None:
    spoil(watched.hub)
    ended, said = watched.run(debug=debug, **account(watched.hub))
    assert ended == status, said
    assert words in said
    watched.leaves_no_secret(said)


def test_an_interrupt_in_the_middle_of_a_download_shows_no_secret(watched: Watched) -> None:
    def interrupt(seen: Seen) -> None:
        if FILES[2] in seen.path and watched.process is not None:
            watched.process.send_signal(signal.SIGINT)

    watched.on_request = interrupt
    # It stops half-way, with a signed address and a token in hand.
    watched.hub.fault(Fault("slow", FILES[2], after=10))
    ended, said = watched.run(**account(watched.hub))
    assert ended == 130, said
    assert "Interrupted" in said
    watched.leaves_no_secret(said)


@pytest.mark.parametrize("place", ["NETRC", "HOME"])
def test_credentials_from_a_netrc_file_show_nowhere(
    watched: Watched, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETRC")
    home = tmp_path / "home"
    home.mkdir()
    netrc = home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login {watched.hub.user} password {SECRET}\n")
    netrc.chmod(0o600)
    break_files(watched.hub)
    told = {"NETRC": str(netrc)} if place == "NETRC" else {"HOME": str(home)}
    ended, said = watched.run(**told)
    assert ended == 3, said
    assert "7 failed" in said
    watched.leaves_no_secret(said)


def test_a_netrc_file_that_is_not_understood_is_not_quoted(
    watched: Watched, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login ada {SECRET}\n")
    ended, said = watched.run(NETRC=str(netrc))
    assert (ended, watched.hub.requests) == (1, [])
    assert "is not understood" in said
    assert shown(watched.hub, said) == []


# --- the prompts ------------------------------------------------------------------------------


def converse(watched: Watched, answers: dict[str, str], *, debug: bool) -> tuple[int, str]:
    """Run it in a terminal, answer its prompts; return how it ended and all that was on screen."""
    here, there = pty.openpty()
    # The terminal becomes its own, so that it can be asked where nothing is shown.
    adopt = "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", adopt, *watched.command(debug=debug)]
    screen = b""
    try:
        with subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, start_new_session=True
        ) as watched.process:
            os.close(there)
            deadline = time.monotonic() + _PATIENCE
            while select.select([here], [], [], max(0.0, deadline - time.monotonic()))[0]:
                # A terminal that everybody left answers with an error.
                with contextlib.suppress(OSError):
                    if piece := os.read(here, 4096):
                        screen += piece
                        for prompt in [one for one in answers if one in screen.decode()]:
                            os.write(here, f"{answers.pop(prompt)}\n".encode())
                        continue
                break
            else:
                watched.process.kill()
            watched.process.wait(_PATIENCE)
    finally:
        os.close(here)
    assert not answers, f"never asked for {', '.join(answers)}: {screen.decode()}"
    return watched.process.returncode, screen.decode()


@pytest.mark.parametrize("code", [CODE, "000000"], ids=["right-code", "wrong-code"])
@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
def test_what_is_typed_at_the_prompts_shows_nowhere(
    tmp_path: Path, archive: Archive, code: str, debug: bool
) -> None:
    with Hub(secret=PASSWORD, second_factor=CODE) as hub:
        offer(hub, tmp_path)
        watched = Watched(hub, archive)
        answers = {
            "Docker Hub username: ": hub.user,
            "Personal access token (not shown): ": PASSWORD,
            "second-factor code: ": code,
        }
        ended, screen = converse(watched, answers, debug=debug)
        assert ended == (0 if code == CODE else 1), screen
        assert ("7 new" if code == CODE else "the code was not accepted") in screen
        # What is not secret is echoed, as everywhere.
        assert f"username: {hub.user}" in screen
        assert code not in screen
        watched.leaves_no_secret(screen)


# --- in the same process ----------------------------------------------------------------------


def run(hub: Hub, archive: Archive, **arguments: str) -> Fetched:
    who = Credentials(hub.user, hub.secret)
    return fetch(
        archive,
        "acme",
        hub_url=hub.url,
        credentials=who,
        patience=QUICK,
        today=TODAY,
        quiet=True,
        **arguments,  # type: ignore[arg-type]
    )


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every record of every logger, however it was set."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def spoil_everything(hub: Hub) -> None:
    break_files(hub)
    hub.fault(Fault("500", CATALOGUE))
    hub.fault(Fault("drop", SIGN_IN))
    hub.fault(Fault("429", FILES[0]))


def test_no_logger_writes_a_secret_down(
    hub: Hub, archive: Archive, everything_logged: pytest.LogCaptureFixture
) -> None:
    spoil_everything(hub)
    assert run(hub, archive).exit_code == 3
    names = {record.name for record in everything_logged.records}
    assert {"urllib3.connectionpool", "insights_nb.hub.connections"} <= names
    assert f"/reports/acme/{FILES[0]}" in everything_logged.text
    assert shown(hub, everything_logged.text) == []
    # A handler may write down more than the message.
    assert shown(hub, "\n".join(repr(vars(one)) for one in everything_logged.records)) == []


def test_nothing_of_ours_shows_a_secret_when_it_is_printed(hub: Hub, archive: Archive) -> None:
    seen: set[str] = set()
    printed: list[str] = []

    def look(request: Seen) -> None:
        if FILES[3] in request.path:
            for one in gc.get_objects():
                # Asked of the type: the object may be a proxy that only pretends.
                if str(type(one).__module__).startswith("insights_nb."):
                    seen.add(type(one).__name__)
                    printed.extend((repr(one), str(one)))

    hub.log = look  # type: ignore[method-assign]
    spoil_everything(hub)
    done = run(hub, archive)
    printed += [repr(done), str(done), *(repr(one) for one in (*done.reports, *done.sources))]
    public = {name for name in client.__all__ if isinstance(getattr(client, name), type)}
    assert public - {"Fetched", "ReportOutcome", "SourceOutcome"} <= seen
    assert {"Tokens", "Token", "Offered", "Part", "Connections"} <= seen
    assert [text for text in printed if shown(hub, text)] == []


SPOILT = ["echo", "404", "401", "html", "500", "cut", "drop", "slow", "redirect", "429"]


@pytest.fixture
def one(hub: Hub) -> Iterator[client.Hub]:
    who = Credentials(hub.user, hub.secret)
    patience = Patience(attempts=2, first=0.001, longest=0.01, timeout=1)
    with client.Hub(hub.url, who, patience=patience) as one:
        yield one


@pytest.mark.parametrize("kind", [*SPOILT, "403"])
def test_no_error_of_a_download_holds_a_secret(hub: Hub, one: client.Hub, kind: str) -> None:
    reports = one.get_json(CATALOGUE).data["reports"]
    address = next(each["url"] for each in reports if FILES[0] in each["url"])
    spoil(hub, kind, FILES[0])
    error = raised(lambda: download(one, address))
    holds_no_secret(hub, error, f"GET /reports/acme/{FILES[0]}")


def test_no_error_of_a_server_that_is_gone_holds_a_secret(hub: Hub, one: client.Hub) -> None:
    with Hub() as away:
        address = away.api.sign(f"/reports/acme/{FILES[0]}")
    error = raised(lambda: download(one, address))
    holds_no_secret(hub, error, f"GET /reports/acme/{FILES[0]}")
    holds_no_secret(away, error, "onnection refused")


@pytest.mark.parametrize("kind", [*SPOILT, "not-json", "wrong-json"])
def test_no_error_of_the_catalogue_holds_a_secret(hub: Hub, one: client.Hub, kind: str) -> None:
    spoil(hub, kind, CATALOGUE)
    error = raised(Catalogue(one, "acme").listing)
    holds_no_secret(hub, error, f"GET {CATALOGUE}")


@pytest.mark.parametrize("kind", [*SPOILT, "not-json", "wrong-json"])
def test_no_error_of_a_sign_in_holds_a_secret(hub: Hub, one: client.Hub, kind: str) -> None:
    spoil(hub, kind, "/v2/")
    error = raised(lambda: one.get_json(CATALOGUE))
    holds_no_secret(hub, error, "POST /v2/")


def spoil(hub: Hub, kind: str, match: str) -> None:
    hub.fault(Fault(kind, match, times=None, after=0 if kind == "cut" else None))


def raised(act: Callable[[], object]) -> HubError:
    with pytest.raises(HubError) as caught:
        act()
    return caught.value


def holds_no_secret(hub: Hub, error: HubError, asked: str) -> None:
    told = "".join(traceback.format_exception(error))
    assert asked in told
    assert shown(hub, told) == []
    # Whatever led to it goes where the error goes: into a report of the crash, into a pickle.
    following: BaseException | None = error
    while following is not None:
        assert shown(hub, f"{following} {following!r} {following.args} {vars(following)}") == []
        following = following.__cause__ or following.__context__
    assert shown(hub, pickle.dumps(error).decode("latin-1")) == []
