"""Which other images the publisher's users and their companies pull."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from insights_nb.periods import Period
from sampling import world
from sampling.chance import near, people, ramp, stream
from sampling.truth import DAYS, NOTHING, Truth, index

Row = tuple[object, ...]

LEAST_USERS = 10
"""Docker leaves out pairs with fewer users."""

_HOSTILE = world.PAIRED[-1][0]
_REDIS, _VALKEY = "library/redis", "library/valkey"
_SATURDAY = 5


def pairs(truth: Truth, period: Period) -> tuple[list[Row], list[Row]]:
    """Return the rows of the Technographic and of the Technographic companies report."""
    first, last = max(0, index(period.start)), index(period.end)
    middle = (first + last) // 2
    technographic: list[Row] = []
    companies: list[Row] = []
    for repository in world.REPOSITORIES:
        name = repository.full_name
        mine = [cell for cell in truth.cells if cell.repository is repository]
        counts = [sum(cell.days[first:last], NOTHING) for cell in mine]
        signed_in = sum(count.signed_in for count in counts)
        anonymous = sum(count.anonymous for count in counts)
        pullers = people(signed_in) + people(anonymous)
        domains, by_pair = _domains(truth, name, first, last)
        for paired, usual in _paired(repository.name):
            users = min(pullers, int(pullers * _affinity(usual, paired, middle, period)))
            if users < LEAST_USERS:
                continue
            using = sorted(by_pair[paired])
            technographic.append(
                (
                    *(name, paired, users, pullers, _ratio(users, pullers)),
                    *(len(using), len(domains), _ratio(len(using), len(domains))),
                )
            )
            companies.extend((domain, name, paired) for domain in using)
    return sorted(technographic, key=str), sorted(companies, key=str)


def _domains(
    truth: Truth, repository: str, first: int, last: int
) -> tuple[set[str], dict[str, set[str]]]:
    """Return the companies that pulled a repository, and those by the image they paired it with."""
    domains: set[str] = set()
    by_pair: dict[str, set[str]] = defaultdict(set)
    for domain, day in _visits(truth, repository, first, last):
        domains.add(domain)
        for paired in _stack(domain, day >= _switch(domain)):
            by_pair[paired].add(domain)
    return domains, by_pair


def _visits(truth: Truth, repository: str, first: int, last: int) -> Iterator[tuple[str, int]]:
    for part in truth.deployments:
        if part.cell.repository.full_name == repository:
            for n in range(first, last):
                if part.days[n].pulls:
                    yield part.company.domain, n
    mine = [cell for cell in truth.cells if cell.repository.full_name == repository]
    pulled = {n for n in range(first, last) if any(cell.days[n].pulls for cell in mine)}
    for domain in world.OTHER_COMPANIES:
        visits = _visit_days(domain, repository)
        yield from ((domain, n) for n in range(first, last) if visits[n] and n in pulled)


@cache
def _visit_days(domain: str, repository: str) -> tuple[bool, ...]:
    """Return on which days a company pulls a repository, if the repository is pulled at all."""
    random = stream("visits", domain, repository)
    names = [one.full_name for one in world.REPOSITORIES]
    # The larger a repository, the more companies use it.
    uses = random.random() < 0.7 - 0.055 * names.index(repository)
    often = 0.05 + 0.4 * random.random()
    return tuple(random.random() < often and uses and day.weekday() < _SATURDAY for day in DAYS)


@cache
def _stack(domain: str, switched: bool) -> frozenset[str]:
    """Return the other images that a company uses, before or after it leaves redis."""
    random = stream("stack", domain)
    stack = {paired for paired, usual in world.PAIRED if random.random() < 0.12 + 1.2 * usual}
    if switched and _REDIS in stack:
        stack = stack - {_REDIS} | {_VALKEY}
    return frozenset(stack)


@cache
def _switch(domain: str) -> int:
    """Return the day on which a company leaves redis for valkey; for many it never comes."""
    return index(world.REDIS_LEAVES) + int(900 * stream("switch", domain).random())


@cache
def _paired(repository: str) -> tuple[tuple[str, float], ...]:
    """Return the images that a repository is paired with, and their usual part of its users."""
    random = stream("paired", repository)
    ranked = sorted(
        (-usual * near(random, 0.5), paired, usual)
        for paired, usual in world.PAIRED
        if paired not in (_REDIS, _VALKEY, _HOSTILE)
    )
    kept = [(paired, -score) for score, paired, _ in ranked[: world.PAIRS_PER_IMAGE - 2]]
    always = {_REDIS, _VALKEY} | ({_HOSTILE} if repository == "lantern" else set())
    return (*kept, *((paired, usual) for paired, usual in world.PAIRED if paired in always))


def _affinity(usual: float, paired: str, day: int, period: Period) -> float:
    moved = ramp(day, index(world.REDIS_LEAVES), 330)
    if paired == _REDIS:
        usual *= 1 - 0.55 * moved
    if paired == _VALKEY:
        usual += 0.17 * moved
    return usual * near(stream("affinity", paired, period.label), 0.05)


def _ratio(part: int, whole: int) -> str:
    """Return part / whole to four places, without a float's surprises."""
    if whole == 0:
        return "0.0000"
    number = (part * 20_000 + whole) // (2 * whole)
    return f"{number // 10_000}.{number % 10_000:04d}"
