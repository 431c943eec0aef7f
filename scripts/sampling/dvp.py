"""The five reports of the DVP program, for one week or month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from insights_nb.periods import Period
from sampling import ecosystem, world
from sampling.chance import people
from sampling.truth import DAYS, NOTHING, Count, Truth, digest, index, release_on

Row = tuple[object, ...]

_PERIOD = ("DATE_GRANULARITY", "DATE_REFERENCE")
_COUNTS = ("DATA_DOWNLOADS", "VERSION_CHECKS")

SUMMARY = (*_PERIOD, "PUBLISHER_NAME", "LEVEL", "REFERENCE", *_COUNTS, "EVENT_COUNT")
TRENDS = (
    *_PERIOD, "PUBLISHER_NAME", "IMAGE_REPOSITORY", "NAMESPACE", "IP_COUNTRY",
    "CLOUD_SERVICE_PROVIDER", "USER_AGENT", "TAG", *_COUNTS, "PULLS",
    "UNIQUE_AUTHENTICATED_USERS", "UNIQUE_UNAUTHENTICATED_USERS",
)  # fmt: skip
TECHNOGRAPHIC = (
    *_PERIOD, "PUBLISHER_ID", "PUBLISHER_NAME", "DVPP_IMAGE", "PAIRED_IMAGE", "USERS",
    "TOTAL_PULLERS", "PCT_USERS", "DOMAINS", "TOTAL_DOMAINS", "PCT_DOMAINS",
)  # fmt: skip
TECHNOGRAPHIC_COMPANIES = (*_PERIOD, "PUBLISHER_NAME", "DOMAIN", "DVPP_IMAGE", "PAIRED_IMAGE")
TRACKED_COMPANIES = (
    *_PERIOD, "PUBLISHER_NAME", "DOMAIN", "IP_COUNTRY", "CLOUD_SERVICE_PROVIDER", "USER_AGENT",
    "INFERRED_USE_CASE", "IMAGE_REPOSITORY", *_COUNTS, "PULLS", "UNIQUE_AUTHENTICATED_USERS",
)  # fmt: skip

_LOCAL = {"docker", "docker-scout", "podman"}
_PIPELINE = {"containerd", "buildkit-client", "kaniko", "skopeo", "regclient", "node-fetch"}
_PRODUCTION = {"cri-o"}
# A company's pulls come from fewer people than a crowd's.
_COMPANY_PEOPLE = 0.3


@dataclass(frozen=True)
class Report:
    """A report's name in the catalogue, its header and its rows."""

    name: str
    header: tuple[str, ...]
    rows: list[Row]


def reports(truth: Truth, period: Period) -> list[Report]:
    """Return the five reports of a period."""
    lead = (period.granularity, period.start.isoformat())
    publisher = (*lead, world.ORG)
    pairs, companies = ecosystem.pairs(truth, period)
    return [
        Report("summary", SUMMARY, [(*publisher, *row) for row in _summary(truth, period)]),
        Report("trend", TRENDS, [(*publisher, *row) for row in _trends(truth, period)]),
        Report(
            "technographic",
            TECHNOGRAPHIC,
            [(*lead, world.PUBLISHER_ID, world.ORG, *row) for row in pairs],
        ),
        Report(
            "technographic_company",
            TECHNOGRAPHIC_COMPANIES,
            [(*publisher, *row) for row in companies],
        ),
        Report(
            "tracked_company",
            TRACKED_COMPANIES,
            [(*publisher, *row) for row in _tracked(truth, period)],
        ),
    ]


def window(period: Period) -> slice:
    """Return the places of a period's days in `DAYS`."""
    return slice(max(0, index(period.start)), index(period.end))


def total(counts: Iterable[Count]) -> Count:
    """Add counts up."""
    return sum(counts, NOTHING)


def use_case(client: str, cloud: str) -> str:
    """Infer where a pull ran: local tools in a cloud are CI, CI tools in a cloud production."""
    in_cloud = cloud != world.NO_CLOUD
    if client in _LOCAL:
        return "CI/CD" if in_cloud else "Local Dev"
    if client in _PIPELINE:
        return "Prod" if in_cloud else "CI/CD"
    return "Prod" if client in _PRODUCTION else "Unknown"


def _summary(truth: Truth, period: Period) -> Iterable[Row]:
    days = window(period)
    levels: dict[tuple[int, str, str], Count] = defaultdict(Count)
    for cell in truth.cells:
        repository = cell.repository.full_name
        whole = total(cell.days[days])
        levels[0, "publisher", world.ORG] += whole
        levels[1, "namespace", world.ORG] += whole
        levels[2, "repository", repository] += whole
        if cell.slot.tag != world.NO_TAG:
            levels[3, "tag", cell.slot.tag] += whole
        # A moving tag points to another digest from the day of a release on.
        for day, count in zip(DAYS[days], cell.days[days], strict=True):
            if count.pulls:
                levels[4, "digest", digest(repository, release_on(cell, day))] += count
    for (_, level, reference), count in sorted(levels.items(), key=lambda item: item[0]):
        if count.pulls:
            yield (level, reference, count.downloads, count.checks, count.pulls)


def _trends(truth: Truth, period: Period) -> Iterable[Row]:
    rows: dict[tuple[str, ...], Count] = defaultdict(Count)
    for cell in truth.cells:
        key = (cell.repository.full_name, world.ORG, cell.country, cell.cloud)
        rows[*key, cell.client.name, cell.slot.tag] += total(cell.days[window(period)])
    for where, count in sorted(rows.items()):
        if count.pulls:
            users = (people(count.signed_in), people(count.anonymous))
            yield (*where, count.downloads, count.checks, count.pulls, *users)


def _tracked(truth: Truth, period: Period) -> Iterable[Row]:
    rows: dict[tuple[str, ...], Count] = defaultdict(Count)
    for part in truth.deployments:
        cell, client = part.cell, part.cell.client.name
        key = (part.company.domain, cell.country, cell.cloud, client, use_case(client, cell.cloud))
        rows[*key, cell.repository.full_name] += total(part.days[window(period)])
    for where, count in sorted(rows.items()):
        if count.pulls:
            users = people(count.signed_in, _COMPANY_PEOPLE)
            yield (*where, count.downloads, count.checks, count.pulls, users)
