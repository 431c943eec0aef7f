"""What docs/scheduling.md tells people to copy, and a machine that runs it as cron would."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from insights_nb.periods import Granularity, Period
from tests.conftest import ROOT
from tests.hub import Hub
from tests.reports import SUMMARY, TRENDS, summary_row, trends_row, write_csv

PAGE = (ROOT / "docs" / "scheduling.md").read_text()
INSIGHTS = Path(sys.executable).parent / "insights-nb"

REPOSITORIES = ("acme/web", "acme/worker")

_RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
_PATIENCE = 290


def examples(name: str) -> list[str]:
    """Return the fenced blocks that are marked with a name."""
    marked = rf"^<!-- test: {re.escape(name)} -->\n```\w*\n(.*?)^```$"
    found: list[str] = re.findall(marked, PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no example is marked {name!r}"
    return found


def example(name: str) -> str:
    """Return the one block of that name."""
    (text,) = examples(name)
    return text


def last(granularity: Granularity, back: int = 1) -> Period:
    """Return the newest period that is over on the machine's clock, or one before it."""
    return Period.containing(dt.datetime.now(dt.UTC).date(), granularity).shift(-back)


def offer(hub: Hub, folder: Path, period: Period) -> None:
    """Offer the reports of a period."""
    start, span = f"{period.start}", period.granularity
    for kind, header, row in (("trend", TRENDS, trends_row), ("summary", SUMMARY, summary_row)):
        rows = [row(start, name, granularity=span) for name in REPOSITORIES]
        data = write_csv(folder / "made.csv", header, rows).read_bytes()
        hub.add_report("acme", kind, span, start, data)


@dataclass(frozen=True)
class Job:
    """A line of a crontab, read as cron reads it."""

    minutes: list[int]
    hours: list[int]
    days: list[int]
    months: list[int]
    weekdays: list[int]
    command: str
    given: str
    """What the command gets on its standard input."""
    environment: dict[str, str]


def jobs(crontab: str) -> list[Job]:
    """Read a crontab; settings count for the lines below them."""
    found = []
    environment: dict[str, str] = {}
    for line in map(str.strip, crontab.splitlines()):
        if not line or line.startswith("#"):
            continue
        if setting := re.fullmatch(r"(\w+)\s*=\s*(.*)", line):
            environment[setting[1]] = setting[2].strip("\"'")
            continue
        *fields, rest = line.split(None, 5)
        times = [_times(text, *bounds) for text, bounds in zip(fields, _RANGES, strict=True)]
        # The first bare percent sign ends the command; the others are line ends of its input.
        command, *given = re.split(r"(?<!\\)%", rest)
        plain = [text.replace(r"\%", "%") for text in (command, "\n".join(given))]
        found.append(Job(*times, *plain, dict(environment)))
    return found


def _times(text: str, least: int, most: int) -> list[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("*-*" if span == "*" else span).partition("-")
        start = least if first == "*" else int(first)
        end = most if last == "*" else int(last or first)
        assert least <= start <= end <= most, text
        found |= {*range(start, end + 1, int(step or 1))}
    return sorted(found)


@dataclass
class Machine:
    """An account on which somebody did what the page says."""

    home: Path
    credentials: dict[str, str]
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.home / "insights" / "insights.log"
        self.archive = self.home / "insights" / "archive"
        self.reviews = self.home / "insights" / "reviews"
        self.script = self.home / "insights" / "insights.sh"
        self.script.parent.mkdir(parents=True)
        self.write_script()
        program = self.home / ".venv" / "bin" / "insights-nb"
        program.parent.mkdir(parents=True)
        program.symlink_to(INSIGHTS)
        self.write_credentials(**self.credentials)

    def write_script(self, **values: str) -> None:
        """Write the script, and what stands at its top as somebody would change it."""
        text = example("script")
        for name, value in values.items():
            text, count = re.subn(rf"^{name}=\S+", f"{name}={value}", text, flags=re.MULTILINE)
            assert count == 1, name
        self.script.write_text(text)
        self.script.chmod(0o755)

    def write_credentials(self, **values: str) -> None:
        """Write the file that the script reads."""
        path = self.home / ".config" / "insights.env"
        path.parent.mkdir(exist_ok=True)
        path.touch(0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    def cron(self, job: Job) -> str:
        """Run a line as cron does; return what is mailed."""
        return self._run(["/bin/sh", "-c", job.command], job.environment, job.given).stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script itself, for its exit code."""
        return self._run([str(self.script), *arguments])

    def _run(
        self, command: list[str], more: dict[str, str] | None = None, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            check=False,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home,
            # Nothing else: that is all cron gives.
            env={
                "HOME": str(self.home),
                "LOGNAME": "ada",
                "SHELL": "/bin/sh",
                "PATH": "/usr/bin:/bin",
                **(more or {}),
            },
            start_new_session=True,
            timeout=_PATIENCE,
        )
