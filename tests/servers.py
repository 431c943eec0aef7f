"""Real servers for tests: the dashboard as the command line starts it, on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

_STARTED = re.compile(r"http://[\w.\[\]:]+:\d+/\S*")
_PATIENCE = 300


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    url: str
    process: subprocess.Popen[bytes]
    log_path: Path

    def get(self, path: str = "", **kwargs: object) -> requests.Response:
        return requests.get(self.url + path, timeout=60, **kwargs)  # type: ignore[arg-type]

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def kernels(self) -> list[psutil.Process]:
        """The kernels that it has running."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        found = []
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                if any("kernel" in part for part in child.cmdline()):
                    found.append(child)
        return found


@contextlib.contextmanager
def dashboard(
    *arguments: str,
    executable: Path | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run ``insights-nb dashboard`` until the block ends; its log is kept whole."""
    command = [str(executable or Path(sys.executable).parent / "insights-nb"), "dashboard"]
    command += ["--no-open", "--port", "0", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        log_path = Path(folder) / "log.txt"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=os.environ | (environment or {}),
                stdout=log,
                stderr=log,
                preexec_fn=_hear_hangups,
            )
        try:
            yield Server(_wait(process, log_path), process, log_path)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _hear_hangups() -> None:
    # Whoever runs the tests may have ignored it, as nohup does, and it is handed down.
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _wait(process: subprocess.Popen[bytes], log_path: Path) -> str:
    """Wait until the server answers, and return its URL."""
    deadline = time.monotonic() + _PATIENCE
    with requests.Session() as session:
        while time.monotonic() < deadline and process.poll() is None:
            match = _STARTED.search(log_path.read_text(errors="replace"))
            if match:
                url = match[0].partition("?")[0].rstrip("/") + "/"
                with contextlib.suppress(requests.ConnectionError):
                    # Not the page itself, which would start a kernel.
                    session.get(f"{url}voila/static/none", timeout=60)
                    return url
            # Nothing tells when a process starts to listen; the log is looked at again shortly.
            process_wait(process, 0.05)
    raise AssertionError(f"The server did not start:\n{log_path.read_text(errors='replace')}")


def process_wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process to end, at most this long."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
