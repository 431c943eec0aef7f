"""What happened, day by day: the truth that every report of the publisher adds up.

A cell is one combination of repository, tag (or none), country, cloud and client. Weeks and
months are sums over its days, so all reports agree.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sampling import world
from sampling.chance import near, pick, ramp, rounded, stream
from sampling.world import Client, Company, Repository, Slot

DAYS = [
    world.FIRST_DAY + dt.timedelta(days=n)
    for n in range((world.LAST_DAY - world.FIRST_DAY).days + 1)
]
_SATURDAY = 5
# Keeps the mean day of a usual week at a seventh of it.
_WEEKDAYS = 5


@dataclass(frozen=True)
class Count:
    """Requests: downloads, version checks, and how many of both came from signed-in users."""

    downloads: int = 0
    checks: int = 0
    signed_in: int = 0

    @property
    def pulls(self) -> int:
        """Downloads and version checks."""
        return self.downloads + self.checks

    @property
    def anonymous(self) -> int:
        """Pulls without a signed-in user."""
        return self.pulls - self.signed_in

    def __add__(self, other: Count) -> Count:
        return Count(
            self.downloads + other.downloads,
            self.checks + other.checks,
            self.signed_in + other.signed_in,
        )


NOTHING = Count()


@dataclass(frozen=True)
class Cell:
    """One combination, and its count on each of `DAYS`."""

    repository: Repository
    slot: Slot
    country: str
    cloud: str
    client: Client
    days: tuple[Count, ...]


@dataclass(frozen=True)
class Deployment:
    """A company's part of a cell on each of `DAYS`."""

    company: Company
    cell: Cell
    days: tuple[Count, ...]


@dataclass(frozen=True)
class Truth:
    """All cells and all companies' parts of them."""

    cells: tuple[Cell, ...]
    deployments: tuple[Deployment, ...]


def index(day: dt.date) -> int:
    """Return a day's place in `DAYS`; days before the first are negative."""
    return (day - world.FIRST_DAY).days


def digest(repository: str, release: str) -> str:
    """Return the made-up digest of a release."""
    return "sha256:" + hashlib.sha256(f"{repository}@{release}".encode()).hexdigest()


def release_on(cell: Cell, day: dt.date) -> str:
    """Return the release that a cell's pulls of one day were of."""
    wanted = cell.slot.release
    if isinstance(wanted, str):
        return wanted
    out = [version for version, since in cell.repository.releases if since <= day]
    return out[max(0, len(out) - 1 - wanted)]


def build() -> Truth:
    """Make the truth; the same at every call."""
    cells = tuple(cell for repository in world.REPOSITORIES for cell in _cells(repository))
    return Truth(cells, tuple(_deployments(cells)))


def _cells(repository: Repository) -> Iterator[Cell]:
    random = stream("cells", repository.name)
    levels = _levels(repository)
    taken: set[tuple[str, str, str, str]] = set()
    for slot in repository.slots:
        chosen: list[tuple[str, str, Client]] = []
        while len(chosen) < slot.cells:
            country, _ = world.COUNTRIES[pick(random, [weight for _, weight in world.COUNTRIES])]
            client = world.CLIENTS[pick(random, [client.weight for client in world.CLIENTS])]
            cloud = client.clouds[pick(random, [1.0] * len(client.clouds))]
            if (key := (slot.tag, country, cloud, client.name)) not in taken:
                taken.add(key)
                chosen.append((country, cloud, client))
        shares = [1 / (place + 1) for place in range(len(chosen))]
        for share, (country, cloud, client) in zip(shares, chosen, strict=True):
            weekly = repository.weekly * slot.weight * share / math.fsum(shares)
            yield _cell(repository, slot, country, cloud, client, weekly, levels)
    yield from _special_cells(repository, levels, taken)


def _special_cells(
    repository: Repository, levels: Sequence[float], taken: set[tuple[str, str, str, str]]
) -> Iterator[Cell]:
    latest = next((slot for slot in repository.slots if slot.tag == "latest"), None)
    if latest is None:
        return
    docker = world.CLIENTS[0]
    if (
        repository.name in ("lantern", "foghorn")
        and ("latest", "NA", world.NO_CLOUD, docker.name) not in taken
    ):
        weekly = repository.weekly * 0.006
        yield _cell(repository, latest, "NA", world.NO_CLOUD, docker, weekly, levels)
    if repository.name == "oddments":
        for client in world.HOSTILE_CLIENTS:
            yield _cell(repository, latest, "US", client.clouds[0], client, 45, levels)
    spike = world.SPIKE
    if repository.name == spike.repository:
        if (spike.tag, spike.country, spike.cloud, spike.client) in taken:
            raise ValueError("The spike's cell has to be its own: choose another.")
        client = next(client for client in world.CLIENTS if client.name == spike.client)
        first, last = index(spike.first), index(spike.last)
        wild = [
            level * (spike.factor if first <= n <= last else 1.0) for n, level in enumerate(levels)
        ]
        yield _cell(repository, latest, spike.country, spike.cloud, client, spike.weekly, wild)


def _levels(repository: Repository) -> list[float]:
    """Return a repository's size on each day, 1 being its usual size at the start."""
    random = stream("levels", repository.name)
    # A week shares its luck, so that weekly numbers are not smoother than real ones.
    weeks = [near(random, 0.13) for _ in range(len(DAYS) // 7 + 2)]
    offset = world.FIRST_DAY.weekday()
    levels = []
    for n, day in enumerate(DAYS):
        level = weeks[(n + offset) // 7] * _season(day) * (1 + repository.growth * n / 365)
        if repository.born is not None and repository.grown is not None:
            age = (day - repository.born).days
            grown = ramp(age, 0, (repository.grown - repository.born).days)
            # Slow, then fast, then slow.
            level *= 0.0 if age < 0 else 0.02 + 0.98 * grown * grown * (3 - 2 * grown)
        if repository.fades is not None and repository.dead is not None:
            gone = ramp(n, index(repository.fades), (repository.dead - repository.fades).days)
            level *= (1 - gone) * (1 - gone)
        if repository.silent is not None and 0 <= (day - repository.silent).days < 7:
            level = 0.0
        levels.append(level)
    return levels


def _season(day: dt.date) -> float:
    factor = 1.0
    for first, last, left in world.SEASONS:
        begun = ramp((day - first).days, -world.SEASON_RAMP, world.SEASON_RAMP)
        over = ramp((day - last).days, 0, world.SEASON_RAMP)
        factor *= 1 - (1 - left) * min(begun, 1 - over)
    return factor


def _cell(
    repository: Repository,
    slot: Slot,
    country: str,
    cloud: str,
    client: Client,
    weekly: float,
    levels: Sequence[float],
) -> Cell:
    random = stream("cell", repository.name, slot.tag, slot.release, country, cloud, client.name)
    workday = 1 / (_WEEKDAYS + (7 - _WEEKDAYS) * client.weekend)
    checks = client.checks * near(random, 0.12)
    days = []
    for n, day in enumerate(DAYS):
        part = workday * (client.weekend if day.weekday() >= _SATURDAY else 1.0)
        usual = weekly * part * levels[n] * _adoption(slot, n) * near(random, 0.12)
        pulls = rounded(random, usual)
        checked = min(pulls, rounded(random, pulls * min(0.97, checks * near(random, 0.06))))
        days.append(Count(pulls - checked, checked, pulls * client.signed_in // 1000))
    return Cell(repository, slot, country, cloud, client, tuple(days))


def _adoption(slot: Slot, n: int) -> float:
    share = 1.0
    if slot.rises is not None:
        share *= ramp(n, index(slot.rises) - 1, slot.days)
    if slot.falls is not None:
        share *= 1 - (1 - slot.floor) * ramp(n, index(slot.falls), slot.days)
    return share


def _deployments(cells: Sequence[Cell]) -> Iterator[Deployment]:
    spike = world.SPIKE
    # The companies' parts of one cell must never exceed the cell.
    left = dict.fromkeys(range(len(cells)), 1000)
    for company in world.TRACKED:
        for name in company.repositories:
            mine = [
                n
                for n, cell in enumerate(cells)
                if cell.repository.name == name and cell.country in company.countries
            ]
            # Shuffled, so that a company uses old and new versions alike.
            random = stream("uses", company.domain, name)
            mine = [n for _, n in sorted((random.random(), n) for n in mine)]
            for n in mine[: company.cells]:
                share = min(company.share, left[n])
                left[n] -= share
                yield _deployment(company, cells[n], share)
        if company.domain == spike.company:
            n = next(
                n
                for n, cell in enumerate(cells)
                if (cell.repository.name, cell.slot.tag, cell.country, cell.cloud, cell.client.name)
                == (spike.repository, spike.tag, spike.country, spike.cloud, spike.client)
            )
            share = left[n] - 60
            left[n] -= share
            yield _deployment(company, cells[n], share)


def _deployment(company: Company, cell: Cell, share: int) -> Deployment:
    days = []
    for day, count in zip(DAYS, cell.days, strict=True):
        off = 0 <= (day - world.NO_COMPANIES_WEEK).days < 7
        if off or not company.since <= day <= company.until:
            days.append(NOTHING)
            continue
        downloads, checks = count.downloads * share // 1000, count.checks * share // 1000
        signed_in = (downloads + checks) * cell.client.signed_in // 1000
        days.append(Count(downloads, checks, signed_in))
    return Deployment(company, cell, tuple(days))
