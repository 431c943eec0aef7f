"""A fetch that is killed at any instant loses nothing that had arrived."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from insights_nb import Archive, hub
from insights_nb.hub.credentials import Credentials
from tests.archives import assert_complete, assert_whole, starts, weekly_reports
from tests.hub import Hub
from tests.processes import Instants, run

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


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
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
