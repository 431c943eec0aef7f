"""The legacy program's reports: one row per pull, and what those rows add up to."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from insights_nb.periods import Period
from sampling import world
from sampling.chance import near, people, pick, rounded, stream
from sampling.truth import DAYS

Row = tuple[object, ...]

RAW = (
    "Action", "Action day", "Country", "Digest", "HTTP method", "Host", "Namespace", "Reference",
    "Repository", "Tag", "Timestamp", "Type", "User agent tool", "User agent version", "Domain",
    "Owner",
)  # fmt: skip
_COUNTS = ("Unique IP address", "Pull by tag", "Pull by digest", "Version check", "Owner")
BY_REPOSITORY = ("Namespace", "Repository", *_COUNTS)
BY_REFERENCE = ("Namespace", "Repository", "Reference", *_COUNTS)

_ACTIONS = ("pull_by_tag", "pull_by_digest", "version_check")
_ACTION_WEIGHTS = (0.46, 0.24, 0.30)
_TAGS = (("latest", 0.5), ("2", 0.18), ("1.10", 0.14), ("1.9", 0.10), ("2024-01-01", 0.08))
_TYPES = (
    ("business", 0.30), ("isp", 0.28), ("hosting", 0.30), ("education", 0.04), ("null", 0.08),
)  # fmt: skip
_DOMAINS = {
    "business": ("brambleworks.example", "nordkessel.example", "mossgate.example", "=cmd()"),
    "isp": ("fibre-one.example", "citynet.example", "ruralnet.example"),
    "hosting": ("stackfield.example", "rackhollow.example"),
    "education": ("northcape-university.example",),
    "null": ("",),
}
_CLOUDS = ("aws", "gcp", "azure")
_TOOLS = (
    ("docker", "24.0.7", 0.4), ("docker", "27.3.1", 0.2), ("containerd", "1.7.22", 0.25),
    ("podman", "5.2.3", 0.1), ("curl", "", 0.05),
)  # fmt: skip
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Action:
    """One pull or version check."""

    action: str
    day: dt.date
    second: int
    repository: str
    tag: str
    digest: str
    country: str
    method: str
    host: str
    type: str
    tool: str
    version: str
    domain: str

    @property
    def reference(self) -> str:
        """What was asked for: the digest in a pull by digest, else the tag."""
        return self.digest if self.action == "pull_by_digest" else self.tag


def build() -> dict[dt.date, list[Action]]:
    """Make every action of the legacy organisation, by day and in order of time."""
    return {
        day: sorted(
            (
                action
                for name, daily in world.LEGACY_REPOSITORIES
                for action in _actions(name, daily, day)
            ),
            key=lambda action: (action.second, action.repository),
        )
        for day in DAYS
    }


def within(actions: Mapping[dt.date, list[Action]], period: Period) -> list[Action]:
    """Return a period's actions."""
    return [action for day in DAYS if period.start <= day < period.end for action in actions[day]]


def raw_rows(actions: Iterable[Action]) -> list[Row]:
    """Return the rows of the raw report."""
    return [
        (
            *(one.action, one.day.isoformat(), one.country, one.digest, one.method, one.host),
            *(world.LEGACY_ORG, one.reference, one.repository, one.tag, _time(one), one.type),
            *(one.tool, one.version, one.domain, world.LEGACY_ORG),
        )
        for one in actions
    ]


def summary_rows(actions: Iterable[Action], *, by_reference: bool) -> list[Row]:
    """Return the rows of the summary, per repository or per repository and reference."""
    rows: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for one in actions:
        key = (one.repository, one.reference) if by_reference else (one.repository,)
        rows[key][one.action] += 1
    return [
        (
            *(world.LEGACY_ORG, *key, people(count.total())),
            *(*(count[action] for action in _ACTIONS), world.LEGACY_ORG),
        )
        for key, count in sorted(rows.items())
    ]


def _time(one: Action) -> str:
    clock = dt.datetime.combine(one.day, dt.time()) + dt.timedelta(seconds=one.second)
    return clock.isoformat(sep=" ")


def _actions(repository: str, daily: float, day: dt.date) -> Iterable[Action]:
    random = stream("legacy", repository, day)
    usual = daily * near(random, 0.25) * (0.6 if day.weekday() >= 5 else 1.1)
    # The program ends: its users move on.
    usual *= 1 - 0.4 * (day - world.FIRST_DAY).days / len(DAYS)
    for _ in range(rounded(random, usual)):
        action = _ACTIONS[pick(random, _ACTION_WEIGHTS)]
        tag = _TAGS[pick(random, [weight for _, weight in _TAGS])][0]
        kind = _TYPES[pick(random, [weight for _, weight in _TYPES])][0]
        tool, version, _ = _TOOLS[pick(random, [weight for *_, weight in _TOOLS])]
        domains = _DOMAINS[kind]
        domain = domains[pick(random, [1.0] * len(domains))]
        in_cloud = kind == "hosting" or random.random() < 0.15
        cloud = _CLOUDS[pick(random, (0.6, 0.25, 0.15))]
        head = action == "version_check" or random.random() < 0.3
        yield Action(
            action=action,
            day=day,
            second=int(random.random() * _DAY_SECONDS),
            repository=repository,
            tag="" if action == "pull_by_digest" else tag,
            digest="sha256:" + hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest(),
            country=world.COUNTRIES[pick(random, [weight for _, weight in world.COUNTRIES])][0],
            method="HEAD" if head else "GET",
            host=cloud if in_cloud else world.NO_CLOUD,
            type=kind,
            tool=tool,
            version=version,
            domain=domain,
        )
