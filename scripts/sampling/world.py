"""The made-up world: who publishes what, who pulls it, and what happens to it.

Everything that a person may want to change is here. Companies end in ``.example``, a domain that
is reserved and belongs to nobody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ORG = "moonbarrow"
"""The publisher in the DVP program."""

PUBLISHER_ID = "5b0c7d1e-0000-4000-8000-6d6f6f6e6261"

NO_TAG = "\\\\N"
"""What the real Trends report writes for a pull by digest: two backslashes and N."""

NO_CLOUD = "no csp"

FIRST_DAY = dt.date(2025, 8, 1)
LAST_DAY = dt.date(2026, 11, 1)
"""The Sunday of the last week, one day after the last month."""

MISSING_WEEK = dt.date(2026, 5, 11)
"""No weekly report file of the publisher exists for it; its months are complete."""

NO_COMPANIES_WEEK = dt.date(2026, 7, 20)
"""No tracked company pulled: its report is a header without rows."""

REDIS_LEAVES = dt.date(2026, 1, 1)
"""From here on, users move from redis to valkey (Technographic)."""


@dataclass(frozen=True)
class Slot:
    """A share of a repository's pulls: those by one tag, or by digest.

    Parameters
    ----------
    tag
        The tag, or `NO_TAG`.
    weight
        Its share of the repository's usual week.
    cells
        Over how many combinations of country, cloud and client it is spread.
    release
        The release that it points to, or how many releases behind the newest.
    rises, falls
        When its share starts to grow from nothing, or to shrink.
    days
        How long that takes.
    floor
        What is left of it in the end.
    """

    tag: str
    weight: float
    cells: int
    release: str | int = 0
    rises: dt.date | None = None
    falls: dt.date | None = None
    days: int = 60
    floor: float = 0.0


@dataclass(frozen=True)
class Repository:
    """A repository and its story.

    Parameters
    ----------
    name
        Without the organisation.
    weekly
        Pulls in a usual week at the start.
    growth
        Per year, as a ratio.
    slots
        What is pulled.
    releases
        Version and day of each release, oldest first.
    born, grown
        For a launch: the first day with pulls, and the day of its full size.
    fades, dead
        For an end: when pulls begin to decline, and the first day without any.
    silent
        A Monday whose week has no pull at all.
    """

    name: str
    weekly: float
    growth: float
    slots: tuple[Slot, ...]
    releases: tuple[tuple[str, dt.date], ...]
    born: dt.date | None = None
    grown: dt.date | None = None
    fades: dt.date | None = None
    dead: dt.date | None = None
    silent: dt.date | None = None

    @property
    def full_name(self) -> str:
        """Organisation and name, as IMAGE_REPOSITORY writes them."""
        return f"{ORG}/{self.name}"


@dataclass(frozen=True)
class Client:
    """A client that pulls.

    Parameters
    ----------
    name
        As USER_AGENT writes it.
    weight
        How common it is.
    clouds
        Where it runs.
    checks
        Which part of its requests are version checks.
    signed_in
        Which part of its pulls are by signed-in users, per mille.
    weekend
        What is left of it on a Saturday or Sunday.
    """

    name: str
    weight: float
    clouds: tuple[str, ...]
    checks: float
    signed_in: int
    weekend: float


@dataclass(frozen=True)
class Company:
    """A company that the publisher tracks.

    Parameters
    ----------
    domain
        Its domain.
    countries
        Where it pulls from.
    repositories
        What it pulls.
    share
        Its part of the pulls of each cell that it uses, per mille.
    cells
        How many cells of each repository it uses.
    since, until
        When it arrives and leaves.
    """

    domain: str
    countries: tuple[str, ...]
    repositories: tuple[str, ...]
    share: int
    cells: int = 3
    since: dt.date = FIRST_DAY
    until: dt.date = LAST_DAY


@dataclass(frozen=True)
class Spike:
    """A pipeline that runs wild: one cell, many times its size, for some weeks."""

    repository: str
    tag: str
    country: str
    cloud: str
    client: str
    company: str
    first: dt.date
    last: dt.date
    weekly: float
    factor: float


COUNTRIES = (
    ("US", 0.30), ("DE", 0.12), ("IN", 0.09), ("GB", 0.07), ("FR", 0.06), ("JP", 0.05),
    ("BR", 0.05), ("NL", 0.05), ("CA", 0.04), ("CN", 0.04), ("SG", 0.03), ("AU", 0.03),
    ("PL", 0.02), ("KR", 0.02), ("ZA", 0.02), ("NA", 0.01),
)  # fmt: skip

CLIENTS = (
    Client("docker", 0.34, (NO_CLOUD, NO_CLOUD, NO_CLOUD, "aws", "azure"), 0.34, 420, 0.45),
    Client("containerd", 0.24, ("aws", "gcp", "azure", NO_CLOUD), 0.38, 120, 0.88),
    Client("buildkit-client", 0.11, ("aws", "gcp", NO_CLOUD), 0.30, 300, 0.50),
    Client("cri-o", 0.07, ("aws", NO_CLOUD, "azure"), 0.28, 60, 0.92),
    Client("kaniko", 0.06, ("gcp", "aws"), 0.42, 350, 0.60),
    Client("podman", 0.06, (NO_CLOUD, "aws"), 0.30, 180, 0.55),
    Client("node-fetch", 0.05, ("azure", "aws"), 0.88, 640, 0.95),
    Client("regclient", 0.03, ("gcp", NO_CLOUD), 0.85, 240, 0.97),
    Client("watchtower", 0.02, (NO_CLOUD,), 0.94, 20, 1.0),
    Client("skopeo", 0.02, ("aws", NO_CLOUD), 0.48, 150, 0.70),
    Client("docker-scout", 0.02, (NO_CLOUD,), 0.62, 900, 0.40),
)

HOSTILE_CLIENTS = (
    Client("<script>alert(1)</script>", 0.0, (NO_CLOUD,), 0.3, 100, 1.0),
    Client('curl/8.5, "odd"\nagent', 0.0, ("aws",), 0.5, 100, 1.0),
    Client("NA", 0.0, (NO_CLOUD,), 0.4, 100, 1.0),
)

HOSTILE_TAGS = (
    "null", "nan", "None", "N/A", "NA", "1.10", "007", "2024-01-01", "1e5",
    "=cmd()", "</script>", '1.0,"quoted"', "two\nlines", "\u200f1.0-rtl",
)  # fmt: skip


def _usual(
    major: str, old: str, new: str, new_day: dt.date, cells: tuple[int, int] = (4, 2)
) -> tuple[Slot, ...]:
    """Return the slots of an ordinary repository, in which one minor version takes over."""
    many, few = cells
    return (
        Slot(NO_TAG, 0.42, many + 1),
        Slot(NO_TAG, 0.19, many, release=1),
        Slot("latest", 0.17, many),
        Slot(major, 0.07, few),
        Slot(old, 0.15, few, release=old, falls=new_day, days=120, floor=0.15),
        Slot(new, 0.15, few, release=new, rises=new_day, days=120),
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


_FERRY_2 = _day("2025-12-01")
_FERRY = (
    Slot(NO_TAG, 0.62, 5, release="1.9", falls=_FERRY_2, days=240, floor=0.05),
    Slot("1", 0.14, 3, release="1.9", falls=_FERRY_2, days=240, floor=0.07),
    Slot("1.9", 0.10, 2, release="1.9", falls=_FERRY_2, days=240, floor=0.04),
    Slot(NO_TAG, 0.62, 5, release="2.0", rises=_FERRY_2, days=240),
    Slot("2", 0.14, 3, rises=_FERRY_2, days=240),
    Slot("2.0", 0.10, 2, release="2.0", rises=_FERRY_2, days=240),
    Slot("latest", 0.14, 3),
)
_BEACON = (
    Slot(NO_TAG, 0.60, 6),
    Slot("latest", 0.22, 4),
    Slot("0.1", 0.18, 2, release="0.1", falls=_day("2026-06-15"), days=40),
    Slot("1.0", 0.18, 3, release="1.0", rises=_day("2026-06-15"), days=40),
)
_ODDMENTS = (
    Slot(NO_TAG, 0.35, 3),
    Slot("latest", 0.20, 4),
    *(Slot(tag, 0.45 / len(HOSTILE_TAGS), 1) for tag in HOSTILE_TAGS),
)

REPOSITORIES = (
    Repository(
        "lantern", 188_000, 0.16, _usual("3", "3.4", "3.5", _day("2026-02-03"), (8, 4)),
        (("3.3", _day("2025-02-11")), ("3.4", _day("2025-07-22")), ("3.5", _day("2026-02-03"))),
    ),
    Repository(
        "ferry", 86_000, 0.10, _FERRY,
        (("1.8", _day("2024-11-05")), ("1.9", _day("2025-05-13")), ("2.0", _FERRY_2),
         ("2.1", _day("2026-05-05"))),
    ),
    Repository(
        "kiln", 41_000, 0.22, _usual("5", "5.1", "5.2", _day("2025-11-18"), (5, 3)),
        (("5.0", _day("2025-01-15")), ("5.1", _day("2025-06-10")), ("5.2", _day("2025-11-18"))),
    ),
    Repository(
        "beacon", 34_000, 0.30, _BEACON,
        (("0.1", _day("2026-03-09")), ("1.0", _day("2026-06-15"))),
        born=_day("2026-03-09"), grown=_day("2026-09-20"),
    ),
    Repository(
        "foghorn", 23_500, -0.06, _usual("2", "2.7", "2.8", _day("2026-04-14")),
        (("2.6", _day("2025-03-04")), ("2.7", _day("2025-08-26")), ("2.8", _day("2026-04-14"))),
    ),
    Repository(
        "quern", 12_400, 0.35, _usual("1", "1.13", "1.14", _day("2026-01-20")),
        (("1.12", _day("2025-04-01")), ("1.13", _day("2025-09-09")), ("1.14", _day("2026-01-20"))),
    ),
    Repository(
        "tallow", 9_200, 0.0, _usual("0", "0.8", "0.9", _day("2025-10-07"), (3, 2)),
        (("0.7", _day("2024-10-01")), ("0.8", _day("2025-02-18")), ("0.9", _day("2025-10-07"))),
        fades=_day("2025-09-15"), dead=_day("2026-06-29"),
    ),
    Repository(
        "sextant", 7_100, 0.12, _usual("4", "4.0", "4.1", _day("2026-06-02"), (3, 2)),
        (("3.9", _day("2025-01-21")), ("4.0", _day("2025-08-12")), ("4.1", _day("2026-06-02"))),
    ),
    Repository(
        "osier", 2_600, 0.05, _usual("1", "1.2", "1.3", _day("2026-03-24"), (3, 2)),
        (("1.1", _day("2025-05-06")), ("1.2", _day("2025-10-28")), ("1.3", _day("2026-03-24"))),
    ),
    Repository(
        "spindle", 1_150, 0.18, _usual("2", "2.0", "2.1", _day("2025-12-09"), (2, 1)),
        (("1.9", _day("2025-03-18")), ("2.0", _day("2025-07-01")), ("2.1", _day("2025-12-09"))),
        silent=_day("2026-02-16"),
    ),
    Repository(
        "oddments", 640, 0.0, _ODDMENTS,
        (("0.1", _day("2025-01-07")), ("0.2", _day("2026-02-24"))),
    ),
    Repository(
        "cairn", 74, 0.4, _usual("0", "0.3", "0.4", _day("2026-05-19"), (1, 1)),
        (("0.2", _day("2025-06-03")), ("0.3", _day("2025-09-30")), ("0.4", _day("2026-05-19"))),
    ),
)  # fmt: skip

SPIKE = Spike(
    repository="kiln",
    tag="latest",
    country="US",
    cloud="aws",
    client="kaniko",
    company="brambleworks.example",
    first=_day("2026-06-08"),
    last=_day("2026-06-28"),
    weekly=620,
    factor=75.0,
)

EVENTS = (
    (_FERRY_2, "2.0 is out", "ferry", "https://moonbarrow.example/ferry/2.0"),
    (_day("2025-12-20"), "Holidays until 4 January", "", ""),
    (_day("2026-03-09"), "Launch", "beacon", "https://moonbarrow.example/beacon"),
    # No tag 2.1 is ever pulled: whoever pulls this release has asked for 2, or for a digest.
    (_day("2026-05-05"), "Tag 2 moves to a new build", "ferry", "https://moonbarrow.example/ferry"),
    (SPIKE.first, "A pipeline runs wild until 28 June", SPIKE.repository, ""),
    (_day("2026-06-15"), "1.0 is out", "beacon", "https://moonbarrow.example/beacon/1.0"),
)
"""What the publisher wrote down: day, label, repository (none is all), where to read more."""

# Of the pulls in between, this part is left; each begins and ends over a few days.
SEASONS = (
    (_day("2025-07-28"), _day("2025-08-29"), 0.84),
    (_day("2025-12-20"), _day("2026-01-04"), 0.50),
    (_day("2026-08-01"), _day("2026-08-28"), 0.84),
)
SEASON_RAMP = 4

TRACKED = (
    Company("brambleworks.example", ("US", "CA"), ("lantern", "kiln"), 60),
    Company("hollowpine.example", ("US",), ("lantern", "ferry", "beacon"), 45),
    Company("nordkessel.example", ("DE", "PL", "NL"), ("ferry", "kiln", "foghorn"), 90),
    Company("saltmarsh-bank.example", ("GB", "SG"), ("lantern", "sextant"), 110),
    Company("kiteworthy.example", ("IN", "US"), ("ferry", "quern"), 80),
    Company("namib-rail.example", ("NA", "ZA"), ("lantern", "foghorn"), 220, cells=2),
    Company("tallowgate.example", ("FR", "DE"), ("tallow", "ferry"), 150),
    Company(
        "harrowgate.example", ("GB", "DE", "US"), ("beacon", "quern"), 130, 3,
        since=_day("2026-04-06"),
    ),
    Company(
        "fennmoor.example", ("US", "NL"), ("foghorn", "lantern"), 70, 3, until=_day("2026-03-29")
    ),
    Company("=cmd()", ("US", "DE"), ("oddments",), 400, cells=8),
)  # fmt: skip

OTHER_COMPANIES = (
    "alderline.example", "bluequarry.example", "copperlark.example", "duskwater.example",
    "emberfall.example", "flintrow.example", "greyotter.example", "ivorymill.example",
    "juniperfold.example", "larkspire.example", "mossgate.example", "oakhaven-med.example",
    "<script>alert(1)</script>", 'quoted, "odd"\nname.example', "\u200frtl.example", "NA",
)  # fmt: skip
"""Companies that only the Technographic companies report names."""

PAIRED = (
    ("library/postgres", 0.34), ("library/redis", 0.36), ("library/valkey", 0.04),
    ("library/nginx", 0.28), ("library/node", 0.19), ("library/python", 0.22),
    ("grafana/grafana", 0.16), ("prom/prometheus", 0.13), ("hashicorp/vault", 0.06),
    ('</script><img src=x onerror="alert(1)">', 0.05),
)  # fmt: skip
"""Other people's images and the usual part of our users who pull them too."""

PAIRS_PER_IMAGE = 6

LEGACY_ORG = "oldbarrow"
"""A second organisation, still in the legacy program."""

LEGACY_REPOSITORIES = (("anvil", 34.0), ("bellows", 15.0), ("tongs", 5.0))
"""Name and events a day."""

LEGACY_RAW_FROM = _day("2026-08-01")
"""Raw data, and summaries by reference, are kept from here on: older ones have aged out."""

EXTENSION_TOTAL = 18_240
"""Installs of the publisher's extension before the first day."""
