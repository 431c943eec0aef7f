"""A fetch that is killed at any instant loses nothing that had arrived."""

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

import pytest

from insights_nb import Archive, hub
from insights_nb.archive.offers import Offer
from insights_nb.hub.credentials import Credentials
from tests.archives import assert_complete, assert_whole, starts, weekly_reports
from tests.hub import Hub
from tests.processes import Instants, run
from tests.test_archive_kills import _kill_at

pytestmark = pytest.mark.system

KILLS = 25


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return weekly_reports(tmp_path_factory.mktemp("reports"))


def fetch(folder: Path, url: str, user: str, secret: str) -> None:
    hub.fetch(
        folder,
        "acme",
        source="reports",
        hub_url=url,
        credentials=Credentials(user, secret),
        quiet=True,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_fetch_killed_at_random_instants_is_completed_by_the_next(
    reports: list[Path], tmp_path: Path, seed: int
) -> None:
    with Hub() as server:
        for path, start in zip(reports, starts(), strict=True):
            server.add_report("acme", "trend", "week", start.isoformat(), path.read_bytes())
        asked = (server.url, server.user, server.secret)
        assert run(fetch, tmp_path / "warm", *asked) == 0
        begin = time.monotonic()
        assert run(fetch, tmp_path / "timed", *asked) == 0
        lasted = time.monotonic() - begin
        instants = Instants(KILLS, seed, lasted)
        for number in instants:
            folder = tmp_path / str(number)
            instants.run(fetch, folder, *asked)
            assert_whole(folder)
            before = len(Archive(folder).entries())
            server.requests.clear()
            fetch(folder, *asked)
            assert_complete(folder, reports)
            # What had arrived is not downloaded again; a commit that was under way counts too.
            assert len(reports) - before - 1 <= len(server.downloads) <= len(reports) - before


def offered(folder: Path) -> tuple[str, ...]:
    """Return the periods that the source listed, as the archive remembers them."""
    found: list[Offer] = Archive(folder).offers()
    return tuple(label for one in found for label in one.periods)


def test_a_kill_at_every_single_step_leaves_the_old_state_or_the_new(
    reports: list[Path], tmp_path: Path
) -> None:
    days, before = [start.isoformat() for start in starts()[:2]], tmp_path / "before"
    with Hub() as server:
        asked = (server.url, server.user, server.secret)
        server.add_report("acme", "trend", "week", days[0], reports[0].read_bytes())
        fetch(before, *asked)
        old = offered(before)
        server.add_report("acme", "trend", "week", days[1], reports[1].read_bytes())
        for number in itertools.count(1):
            folder = tmp_path / str(number)
            shutil.copytree(before, folder)
            code = run(_kill_at, number, folder, fetch, folder, *asked)
            assert_whole(folder)
            held = Archive(folder).entries()
            assert 1 <= len(held) <= 2
            # What is listed is written last, and whole.
            assert len(offered(folder)) in ((1, 2) if len(held) == 2 else (1,))
            assert offered(folder)[:1] == old
            fetch(folder, *asked)
            assert_complete(folder, reports[:2])
            assert len(offered(folder)) == 2
            if code == 0:
                break
    assert number > 20
