"""No control of a terminal comes out of a command, whatever names and values it tells of."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pty
import re
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from insights_nb import Archive, logs
from insights_nb.cli import main
from tests.reports import trends_row, write_trends
from tests.servers import dashboard

pytestmark = pytest.mark.system

# A title set, a bell, a cleared screen, C1's own escape, text turned round, an overwritten line.
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\x08\r"
# What a terminal needs for its own: an end of line.
_OURS = {"\n"}


def controls(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) in {"Cc", "Cf"}} - _OURS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reports and an archive that have hostile names and values."""
    folder = tmp_path_factory.mktemp("work")
    row = trends_row("2026-09-07", f"acme/{HOSTILE}", tag=HOSTILE)
    report = write_trends(folder, "2026-09-07", [row])
    report.rename(folder / f"{report.stem}{HOSTILE}.csv")
    (folder / f"broken{HOSTILE}.csv").write_text(f"{HOSTILE},b\n1,2\n")
    archive = Archive(folder / f"kept{HOSTILE}")
    archive.add(
        write_trends(folder, "2026-09-14", [trends_row("2026-09-14", "acme/a")]), quiet=True
    )
    (archive.folder / f"stray{HOSTILE}").write_text("x")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("add", "*.csv", "--archive", "new"),
        ("add", "broken*", "--archive", "new"),
        ("read", "trends"),
        ("read", "broken"),
        ("status", "--archive", "kept"),
        ("status", "--archive", "kept", "--json"),
        ("verify", "--archive", "kept"),
        ("fetch", "--archive", "kept", "--source", "pulls", "--repository", f"acme/{HOSTILE}"),
        ("review", "--archive", "kept"),
        ("review", "--archive", "kept", "--out", f"out{HOSTILE}", "--notebook", f"none{HOSTILE}"),
        ("snapshot", "--archive", "kept"),
        ("snapshot", "--archive", "kept", "--out", f"out{HOSTILE}.html"),
        ("snapshot", "--archive", f"none{HOSTILE}"),
        ("read", f"--{HOSTILE}"),
        (HOSTILE,),
        ("--debug", "read", "broken"),
    ],
    ids=" ".join,
)
def test_no_control_comes_out_of_a_command(
    place: Path,
    command: tuple[str, ...],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("INSIGHTS_HUB_URL", "http://127.0.0.1:9")
    # The shell would write out such names.
    found = [each.name for each in place.iterdir() if HOSTILE in each.name]
    names = {part: name for name in found for part in ("kept", "broken") if name.startswith(part)}
    (names["trends"],) = set(found) - {*names.values()} - {f"out{HOSTILE}.html"}
    with pytest.raises(SystemExit):
        main([names.get(part, part) for part in command])
    said = "".join(capfd.readouterr())
    assert said
    assert controls(said) == set()


def test_on_a_terminal_too_none_comes_out_of_a_name(place: Path) -> None:
    ours, theirs = pty.openpty()
    path = next(each for each in place.iterdir() if each.name.startswith("broken"))
    process = subprocess.Popen(
        [sys.executable, "-m", "insights_nb", "read", path], stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    # Linux reports an end as an error.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 4096):
            said += more
    os.close(ours)
    process.wait(60)
    assert b"broken" in said
    # The terminal itself puts a return before each end of line.
    assert controls(said.decode().replace("\r\n", "\n")) == set()


def test_the_log_of_a_dashboard_obeys_nobody_and_holds_no_token(
    tmp_path: Path,
) -> None:
    token = "a-token-that-is-long-enough"
    cells = [f"import sys; print({HOSTILE!r}, file=sys.stderr); raise OSError({HOSTILE!r})"]
    path = tmp_path / "book.ipynb"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    nbformat.write(book, path)
    from tests.viewers import Viewer

    with dashboard("--notebook", str(path), environment={"INSIGHTS_TOKEN": token}) as served:
        viewer = Viewer(served.url, token)
        viewer.start()
        viewer.http.close()
        host, port = re.findall(r"//([^:/]+):(\d+)", served.url)[0]
        for line in (b"GET /\x1b[2J\x9b\x07?token=%s HTTP/1.1", b"GET /?token=%s&x=%%ff HTTP/1.1"):
            with socket.create_connection((host, int(port))) as link:
                line = line % token.encode()
                link.sendall(line + b"\r\nHost: \x1b[2J\r\nConnection: close\r\n\r\n")
                link.recv(65536)
        log = served.log()
    assert "OSError" in log
    assert controls(log) == set()
    assert token not in log.partition("Stop with")[2]


@contextlib.contextmanager
def logged() -> Iterator[io.StringIO]:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("tests.terminal")
    logger.addHandler(handler)
    with logs.tamed():
        yield said
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        "GET /?token=hunter2hunter2hunter2 (127.0.0.1)",
        "uri='/?a=1&token=hunter2hunter2hunter2'",
        "Authorization: Bearer hunter2hunter2hunter2",
        "{'Authorization': 'token hunter2hunter2hunter2'}",
    ],
)
def test_a_line_of_a_log_holds_no_token(text: str) -> None:
    with logged() as said:
        logging.getLogger("tests.terminal").error("%s", text)
    assert "hunter2" not in said.getvalue()
    assert said.getvalue().strip()


def test_a_traceback_in_a_log_is_made_harmless() -> None:
    with logged() as said:
        try:
            Path(f"/{HOSTILE}").stat()
        except OSError:
            logging.getLogger("tests.terminal").exception("Error in %s", HOSTILE)
    assert "Traceback" in said.getvalue()
    assert controls(said.getvalue()) == set()
