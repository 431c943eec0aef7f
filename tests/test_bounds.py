"""Unique people never add up: every number of them is a pair of bounds that the truth lies in.

People are generated, and so is what each of them pulled; the reports' rows count them as Docker
does, once per row. What a function then says is held against the people themselves.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import Archive, Selection
from tests.reports import LEGACY, TRENDS, write_csv
from tests.sample_csv import Row, plain, records, sample_rows
from tests.test_companies import PAIRED, TRACKED
from tests.test_ecosystem import HEADER as TECHNOGRAPHIC
from tests.test_extensions import PREMIUM

WEEKS = ["2026-09-07", "2026-09-14", "2026-09-21"]
REPOSITORIES = ["acme/web", "acme/api"]
COUNTRIES = ["US", "NA"]
CLOUDS = ["aws", "no csp"]
# Few people, so that many of them are in several rows.
PERSON = st.integers(0, 3)

Event = tuple[Any, ...]
Person = set[Any]

# A few examples on real files each; what differs is which rows share people.
few = settings(max_examples=15)


def events(*dimensions: Collection[str]) -> st.SearchStrategy[list[Event]]:
    """Draw who did what: a value of each dimension, and a person."""
    one = st.tuples(*(st.sampled_from(list(values)) for values in dimensions), PERSON)
    return st.lists(one, min_size=1, max_size=30)


def people(drawn: Iterable[Event], *places: int) -> dict[Event, Person]:
    """Gather the people of each combination of some of the events' values; the last is who."""
    found: dict[Event, Person] = defaultdict(set)
    for event in drawn:
        found[tuple(event[place] for place in places)].add(event[-1])
    return dict(found)


def rows_behind(drawn: Iterable[Event], *places: int) -> dict[Event, int]:
    """Count the report's rows of each combination: one for each that has people."""
    found: dict[Event, set[Event]] = defaultdict(set)
    for event in drawn:
        found[tuple(event[place] for place in places)].add(event[:-1])
    return {key: len(rows) for key, rows in found.items()}


@contextmanager
def held(files: Mapping[str, tuple[list[str], list[list[Any]]]]) -> Iterator[Archive]:
    """Make an archive of files: name → header and rows."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder) / "archive")
        paths = [write_csv(Path(folder) / name, *content) for name, content in files.items()]
        outcome = archive.add(paths, quiet=True)
        assert not outcome.refused, outcome
        yield archive


def by_week(
    name: str, header: list[str], rows: Iterable[list[Any]]
) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """Write one file for each week that has rows; a row's second field is its week."""
    found: dict[str, tuple[list[str], list[list[Any]]]] = {}
    for row in rows:
        found.setdefault(name.format(row[1].replace("-", "_")), (header, []))[1].append(row)
    return found


def assert_bounds(row: Mapping[str, Any], name: str, truth: Person, behind: int) -> None:
    """At least ≤ truth ≤ at most; all three are equal where one row is behind them."""
    least, most = row[f"{name}_at_least"], row[f"{name}_at_most"]
    assert least <= len(truth) <= most
    if behind <= 1:
        assert least == most


def names_of(chosen: list[str] | None) -> list[str]:
    return REPOSITORIES if chosen is None else chosen


SELECTED = st.sampled_from([None, ["acme/web"], ["acme/api"]])

# --- trends -----------------------------------------------------------------------------------


@few
@given(
    events(WEEKS, REPOSITORIES, COUNTRIES, CLOUDS, ["1", "\\\\N"], ["known", "anonymous"]),
    SELECTED,
    st.sampled_from([{}, {"country": ["NA"]}, {"cloud": "aws", "tag": [None]}]),
)
def test_signed_in_users_lie_within_their_bounds(
    drawn: list[Event], chosen: list[str] | None, where: dict[str, Any]
) -> None:
    rows = []
    both = people(drawn, 0, 1, 2, 3, 4, 5)
    for week, name, country, cloud, tag in dict.fromkeys(key[:-1] for key in both):
        known, anonymous = (
            len(both.get((week, name, country, cloud, tag, kind), ()))
            for kind in ("known", "anonymous")
        )
        rows.append(
            ["week", week, "acme", name, "acme", country, cloud, "docker", tag, 1, 0, 1, known,
             anonymous]
        )  # fmt: skip
    with held(by_week("acme_trends_weekly_{}.csv", TRENDS, rows)) as archive:
        mine = {row[3] for row in rows}
        if not mine.intersection(names_of(chosen)):
            return
        selected = [name for name in names_of(chosen) if name in mine]
        view = Selection("week", 3, selected)
        frame = inb.signed_in(archive, view, where=where)
        # Dimension → place in an event, and its values that count.
        tags = {"\\\\N"} if "tag" in where else {"1", "\\\\N"}
        countries = set(where.get("country", COUNTRIES))
        clouds = {where["cloud"]} if "cloud" in where else set(CLOUDS)
        counted = [
            event
            for event in drawn
            if event[1] in selected
            and event[2] in countries
            and event[3] in clouds
            and event[4] in tags
        ]
        # One row of the report has both kinds of users.
        behind = rows_behind([(*event[:5], event[-1]) for event in counted], 0)
        truth = people(counted, 0, 5)
        for row in records(frame):
            if row["unique_authenticated_users_at_least"] is None:
                assert row["period"] not in {event[0] for event in drawn}
                continue
            week = str(row["period"])
            users = truth.get((week, "known"), set()), truth.get((week, "anonymous"), set())
            for kind, who in zip(("", "un"), users, strict=True):
                name = f"unique_{kind}authenticated_users"
                assert_bounds(row, name, who, behind.get((week,), 0))
            if any(users):
                share = len(users[0]) / (len(users[0]) + len(users[1]))
                assert row["share_at_least"] <= share + 1e-12  # type: ignore[operator]
                assert share <= row["share_at_most"] + 1e-12  # type: ignore[operator]


# --- tracked companies ------------------------------------------------------------------------

USERS = "unique_authenticated_users"
DOMAINS = ["one.example", "two.example"]
COMPANY_EVENTS = events(WEEKS, DOMAINS, COUNTRIES, CLOUDS, ["Prod", "CI/CD"], REPOSITORIES)
PLACES = {"domain": 1, "country": 2, "cloud": 3, "use_case": 4, "repository": 5}


@contextmanager
def companies_of(drawn: list[Event]) -> Iterator[Archive]:
    rows = [
        ["week", week, "acme", domain, country, cloud, "docker", use_case, name, 1, 0, 1, len(who)]
        for (week, domain, country, cloud, use_case, name), who in people(
            drawn, 0, *PLACES.values()
        ).items()
    ]
    with held(by_week("acme_tracked_company_weekly_{}.csv", TRACKED, rows)) as archive:
        yield archive


@few
@given(COMPANY_EVENTS)
def test_companies_users_lie_within_their_bounds(drawn: list[Event]) -> None:
    with companies_of(drawn) as archive:
        frame = inb.companies(archive, Selection("week", 3))
    truth, behind = people(drawn, 0, 1), rows_behind(drawn, 0, 1)
    weeks = {event[0] for event in drawn}
    for row in records(frame):
        if row["period"] in weeks:
            key = row["period"], row["domain"]
            assert_bounds(row, USERS, truth.get(key, set()), behind.get(key, 0))
        else:
            assert row[f"{USERS}_at_least"] is None
            assert row[f"{USERS}_at_most"] is None
    truth, behind = people(drawn, 1), rows_behind(drawn, 1)
    for row in records(inb.heavy_users(frame)):
        assert_bounds(row, USERS, truth[row["domain"],], behind[row["domain"],])


@few
@given(
    COMPANY_EVENTS,
    st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=3, unique=True),
    SELECTED,
    st.sampled_from([None, *DOMAINS]),
)
def test_a_deployment_patterns_users_lie_within_their_bounds(
    drawn: list[Event], by: list[str], chosen: list[str] | None, company: str | None
) -> None:
    with companies_of(drawn) as archive:
        pulled = {event[5] for event in drawn}
        selected = [name for name in names_of(chosen) if name in pulled]
        asked = company if company in {event[1] for event in drawn} else None
        frame = inb.deployment_pattern(archive, Selection("week", 3, selected), asked, by=by)
    counted = [
        event for event in drawn if event[5] in selected and asked in {None, event[1]}
    ]  # fmt: skip
    places = [PLACES[name] for name in by]
    truth, behind = people(counted, *places), rows_behind(counted, *places)
    assert len(frame) == len(truth)
    for row in records(frame):
        key = tuple(row[name] for name in by)
        assert_bounds(row, USERS, truth[key], behind[key])


# --- technographic ----------------------------------------------------------------------------

OTHERS = ["library/redis", "library/node"]
# Who pulled what: ten people of one company each, as pairs with fewer users are not listed.
TEAMS = st.lists(
    st.tuples(
        st.sampled_from(WEEKS),
        st.sampled_from(DOMAINS),
        st.sets(st.sampled_from(REPOSITORIES), min_size=1),
        st.sets(st.sampled_from(OTHERS), min_size=1),
        PERSON,
    ),
    min_size=1,
    max_size=12,
)


def pair_rows(drawn: list[Event]) -> dict[Event, tuple[Person, Person, Person, Person]]:
    """Return users, pullers, domains and total domains of each week, own and other image."""
    found: dict[Event, tuple[Person, Person, Person, Person]] = {}
    for week in {event[0] for event in drawn}:
        mine = [event for event in drawn if event[0] == week]
        for name in REPOSITORIES:
            for other in OTHERS:
                every = [event for event in mine if name in event[2]]
                both = [event for event in every if other in event[3]]
                if both:
                    found[week, name, other] = tuple(  # type: ignore[assignment]
                        people for part in (both, every) for people in (team(part), companies(part))
                    )
    return found


def team(drawn: Iterable[Event]) -> Person:
    return {(event[-1], n) for event in drawn for n in range(10)}


def companies(drawn: Iterable[Event]) -> Person:
    return {event[1] for event in drawn}


@few
@given(TEAMS)
def test_paired_images_users_are_one_rows_or_lie_within_their_bounds(drawn: list[Event]) -> None:
    pairs = pair_rows(drawn)
    rows = [
        ["week", week, "id", "acme", name, other, len(users), len(pullers),
         len(users) / len(pullers), len(domains), len(every), len(domains) / len(every)]
        for (week, name, other), (users, domains, pullers, every) in pairs.items()
    ]  # fmt: skip
    with held(by_week("acme_technographic_weekly_{}.csv", TECHNOGRAPHIC, rows)) as archive:
        frame = inb.paired_images(archive, Selection("week", 3))
    for row in records(frame[frame["listed"].fillna(value=False)]):
        users, domains, pullers, every = pairs[
            row["period"], row["repository"], row["paired_image"]
        ]
        assert (row["users"], row["domains"]) == (len(users), len(domains))
        assert (row["total_pullers"], row["total_domains"]) == (len(pullers), len(every))
    for week in {event[0] for event in drawn}:
        its = {key[1:]: found for key, found in pairs.items() if key[0] == week}
        period = inb.Period("week", dt.date.fromisoformat(week))
        for row in records(inb.popular_stack(frame, period)):
            mine = [found for (_, other), found in its.items() if other == row["paired_image"]]
            users = set().union(*(found[0] for found in mine))
            domains = set().union(*(found[1] for found in mine))
            assert_bounds(row, "users", users, len(mine))
            assert_bounds(row, "domains", domains, len(mine))


@few
@given(TEAMS)
def test_companies_beside_an_image_are_counted_by_name(drawn: list[Event]) -> None:
    pairs = pair_rows(drawn)
    rows = [
        ["week", week, "acme", domain, name, other]
        for (week, name, other), (_, domains, *_) in pairs.items()
        for domain in sorted(domains)
    ]
    with held(by_week("acme_technographic_company_weekly_{}.csv", PAIRED, rows)) as archive:
        frame = inb.stacks(archive, Selection("week", 3))
    for row in records(inb.popular_pairs(frame)):
        truth = [its[1] for (*_, other), its in pairs.items() if other == row["paired_image"]]
        assert row["companies"] == len(set().union(*truth))


# --- extensions -------------------------------------------------------------------------------

WEEK_NAMES = {"2026-09-07": "2026-W37", "2026-09-14": "2026-W38", "2026-09-21": "2026-W39"}


@few
@given(events(WEEKS, ["acme/dock", "acme/crane"], ["first row", "second row"], "iuo"))
def test_an_extensions_people_lie_within_their_bounds(drawn: list[Event]) -> None:
    did = people(drawn, 0, 1, 2, 3)
    files: dict[str, tuple[list[str], list[list[Any]]]] = {}
    for week, name, part in dict.fromkeys(key[:3] for key in did):
        installed, removed, opened = (len(did.get((week, name, part, k), ())) for k in "iuo")
        line = [name, installed, installed, removed, removed, opened, opened]
        file = f"acme_extension_premium_{WEEK_NAMES[week]}.csv"
        files.setdefault(file, (["Extension", *PREMIUM], []))[1].append(line)
    with held(files) as archive:
        frame = inb.extensions(archive, Selection("week", 3))
    names = {"i": "unique_installs", "u": "unique_uninstalls", "o": "unique_users"}
    # One row of the report has all three kinds of people.
    alike = [(*event[:3], event[-1]) for event in drawn]
    weeks = {event[0] for event in drawn}
    for rows, places in ((frame, (0, 1)), (inb.extension_totals(frame), (1,))):
        truth, behind = people(drawn, *places, 3), rows_behind(alike, *places)
        for row in records(rows):
            key = tuple(row[name] for name in ("period", "extension") if name in row)
            if row.get("period", min(weeks)) not in weeks:
                continue
            for kind, name in names.items():
                assert_bounds(row, name, truth.get((*key, kind), set()), behind.get(key, 0))


# --- legacy -----------------------------------------------------------------------------------


@few
@given(events(WEEKS, REPOSITORIES, ["1", "2", "sha256:" + "0" * 64]), st.booleans())
def test_unique_addresses_lie_within_their_bounds(drawn: list[Event], by_reference: bool) -> None:
    files: dict[str, tuple[list[str], list[list[Any]]]] = {}
    header = LEGACY if by_reference else [name for name in LEGACY if name != "Reference"]
    view = "summary" if by_reference else "repo_summary"
    counted = drawn if by_reference else [(*event[:2], event[-1]) for event in drawn]
    for (week, name, *reference), who in people(counted, *range(len(counted[0]) - 1)).items():
        file = f"acme_image_pulls_{view}_{WEEK_NAMES[week]}.csv"
        line = ["acme", name.removeprefix("acme/"), *reference, len(who), 1, 0, 0, "acme"]
        files.setdefault(file, (header, []))[1].append(line)
    with held(files) as archive:
        frame = inb.pull_actions(archive, Selection("week", 3))
    truth, behind = people(drawn, 0, 1), rows_behind(counted, 0, 1)
    weeks = {event[0] for event in drawn}
    for row in records(frame):
        if row["period"] in weeks:
            key = row["period"], row["repository"]
            assert_bounds(row, "unique_ip_addresses", truth.get(key, set()), behind.get(key, 0))


# --- no function gives a bare sum -------------------------------------------------------------


def tags(archive: Archive) -> pd.DataFrame:
    return inb.tag_pulls(archive, Selection("week", 12, ["moonbarrow/ferry"]))


def request() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "client": ["a"], "time": [pd.Timestamp("2026-09-07")], "method": ["HEAD"],
            "reference": ["1"], "digest": ["sha256:00"], "repository": ["acme/web"],
        }
    )  # fmt: skip


CALLS: dict[str, Callable[[Archive], object]] = {
    "adoption_curves": lambda a: inb.adoption_curves(tags(a)),
    "audience": lambda a: inb.audience(a, None, "country"),
    "changes": lambda a: inb.changes(a, "2026-10"),
    "check_shares": lambda a: inb.check_shares(a),
    "classify_actions": lambda _: inb.classify_actions(request()),
    "cohort_pulls": lambda a: inb.cohort_pulls(tags(a), "1"),
    "cohorts": lambda a: inb.cohorts(tags(a)),
    "collection_pulls": lambda a: inb.collection_pulls(inb.pulls(a)),
    "companies": lambda a: inb.companies(a),
    "company_changes": lambda a: inb.company_changes(inb.companies(a)),
    "company_profiles": lambda a: inb.company_profiles(a),
    "contributions": lambda a: inb.contributions(a, "2026-10"),
    "deployment_pattern": lambda a: inb.deployment_pattern(a),
    "downloads_and_checks": lambda a: inb.downloads_and_checks(a),
    "effect": lambda a: inb.effect(inb.pulls(a), inb.first_seen_events(tags(a))),
    "extension_totals": lambda a: inb.extension_totals(inb.extensions(a)),
    "extensions": lambda a: inb.extensions(a),
    "first_seen_events": lambda a: inb.first_seen_events(tags(a)),
    "fold_contributions": lambda a: inb.fold_contributions(inb.contributions(a, "2026-10")),
    "fold_other": lambda a: inb.fold_other(inb.pulls(a)),
    "gaining": lambda a: inb.gaining(tags(a)),
    "growth": lambda a: inb.growth(inb.pulls(a)),
    "heavy_users": lambda a: inb.heavy_users(inb.companies(a)),
    "infer_use_case": lambda _: inb.infer_use_case(
        pd.DataFrame({"user_agent": ["docker"], "cloud_service_provider": ["aws"]})
    ),
    "movers": lambda a: inb.movers(a, "2026-10"),
    "newest_pairs": lambda a: inb.newest_pairs(inb.paired_images(a)),
    "pair_changes": lambda a: inb.pair_changes(inb.paired_images(a)),
    "paired_images": lambda a: inb.paired_images(a),
    "popular_pairs": lambda a: inb.popular_pairs(inb.stacks(a)),
    "popular_stack": lambda a: inb.popular_stack(inb.paired_images(a)),
    "pull_actions": lambda a: inb.pull_actions(a),
    "pulls": lambda a: inb.pulls(a),
    "pulls_before": lambda a: inb.pulls_before(a, Selection()),
    "reconcile": lambda a: inb.reconcile(a, "month"),
    "release_adoption": lambda a: inb.release_adoption(tags(a)),
    "repositories": lambda a: inb.repositories(a, "week"),
    "repository_totals": lambda a: inb.repository_totals(inb.pulls(a)),
    "signed_in": lambda a: inb.signed_in(a),
    "stacks": lambda a: inb.stacks(a),
    "still_used": lambda a: inb.still_used(tags(a), "1"),
    "tag_pulls": tags,
    "top_digests": lambda a: inb.top_digests(a),
    "top_repositories": lambda a: inb.top_repositories(inb.pulls(a)),
    "totals": lambda a: inb.totals(inb.pulls(a)),
}
PEOPLE = re.compile(r"unique|user|puller|domain|compan|people|address|(?:^|_)ips?(?:_|$)")
BOUND = re.compile(r"_at_(?:least|most)$")
TECHNOGRAPHIC_NUMBERS = ("users", "total_pullers", "pct_users", "domains", "total_domains",
                         "pct_domains")  # fmt: skip
SIDES = [
    f"{name}_{side}" for name in ("users", "pct_users", "pct_domains")
    for side in ("before", "after")
]  # fmt: skip
# One row of a report behind each value (a change is of two shares), or companies by name.
UNBOUNDED = {
    "paired_images": {*TECHNOGRAPHIC_NUMBERS},
    "newest_pairs": {*TECHNOGRAPHIC_NUMBERS},
    "pair_changes": {*SIDES, "pct_users_change", "pct_domains_change"},
    "popular_pairs": {"companies"},
}


LOOKED_AT = ("insights_nb.metrics.", "insights_nb.counts.")


def metric_functions() -> set[str]:
    found = {name: getattr(inb, name) for name in inb.__all__}
    return {
        name
        for name, value in found.items()
        if inspect.isfunction(value) and value.__module__.startswith(LOOKED_AT)
    }


def test_every_public_metric_is_looked_at() -> None:
    assert set(CALLS) == metric_functions()


@pytest.mark.parametrize("name", CALLS)
def test_numbers_of_people_come_in_pairs_unless_one_row_states_them(
    samples: Archive, name: str
) -> None:
    frame = CALLS[name](samples)
    if not isinstance(frame, pd.DataFrame):
        return
    numbers = frame.select_dtypes("number")
    columns = [str(column) for column in numbers]
    bounds = {column for column in columns if BOUND.search(column)}
    for stem in {BOUND.sub("", column) for column in bounds}:
        least, most = numbers[f"{stem}_at_least"], numbers[f"{stem}_at_most"]
        assert (least <= most).fillna(value=True).all()
    bare = {column for column in columns if PEOPLE.search(column)} - bounds
    assert bare == UNBOUNDED.get(name, set())


def technographic(period: str) -> dict[tuple[str, str], Row]:
    rows = [row for row in sample_rows("technographic", "week") if row["START"] == period]
    assert rows
    return {(row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): row for row in rows}


@pytest.mark.parametrize("name", ["paired_images", "newest_pairs"])
def test_a_pairs_numbers_are_those_of_one_row(samples: Archive, name: str) -> None:
    frame = CALLS[name](samples)
    assert isinstance(frame, pd.DataFrame)
    listed = frame[frame["listed"].fillna(value=False)]
    for day, its in listed.groupby("period"):
        rows = technographic(str(plain(day)))
        for row in records(its):
            mine = rows[str(row["repository"]), str(row["paired_image"])]
            for column in TECHNOGRAPHIC_NUMBERS:
                assert row[column] == float(mine[column.upper()])


def test_a_pairs_numbers_on_each_side_of_a_change_are_those_of_one_row(samples: Archive) -> None:
    frame = inb.pair_changes(inb.paired_images(samples))
    for side in ("before", "after"):
        year, week = frame.attrs[side].split("-W")
        rows = technographic(str(dt.date.fromisocalendar(int(year), int(week), 1)))
        for row in records(frame):
            mine = rows.get((str(row["repository"]), str(row["paired_image"])))
            for column in ("users", "pct_users", "pct_domains"):
                stated = None if mine is None else float(mine[column.upper()])
                assert row[f"{column}_{side}"] == stated
