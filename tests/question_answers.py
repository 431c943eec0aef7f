"""What the questions of Docker's documentation should be answered, from the samples' CSV text.

Worked out with nothing but Python and its csv module: no code of the package, and no pandas.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from tests.sample_csv import GAP, HALF_YEAR, NEWEST, YEAR, Row, sample_rows, since

USERS = "unique_authenticated_users"
DIGEST = "sha256:"

Rows = list[dict[str, Any]]
Answer = Callable[[], Rows]
ANSWERS: dict[str, dict[str, Answer]] = {}


def answers(report: str, question: str) -> Callable[[Answer], Answer]:
    """Say which question of which report the decorated function answers from the CSV text."""

    def register(answer: Answer) -> Answer:
        ANSWERS.setdefault(report, {})[question] = answer
        return answer

    return register


# --- reading the text -------------------------------------------------------------------------


def days(first: str) -> list[str]:
    """List the weeks from a Monday through the newest of the samples."""
    start, last = dt.date.fromisoformat(first), dt.date.fromisoformat(NEWEST["week"])
    return [str(start + dt.timedelta(weeks=n)) for n in range((last - start).days // 7 + 1)]


WEEKS = days(HALF_YEAR["week"])


def half_year(kind: str) -> list[Row]:
    return since(sample_rows(kind, "week"), HALF_YEAR["week"])


def newest(kind: str) -> list[Row]:
    return [row for row in sample_rows(kind, "week") if row["START"] == NEWEST["week"]]


def grouped(rows: Iterable[Row], *fields: str) -> dict[tuple[str, ...], list[Row]]:
    """Gather rows by the text of some fields."""
    found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[field] for field in fields)].append(row)
    return dict(found)


def by(rows: Iterable[Row], field: str) -> dict[str, list[Row]]:
    """Gather rows by the text of one field."""
    return {value: its for (value,), its in grouped(rows, field).items()}


def add(rows: Iterable[Row], *fields: str) -> int:
    return sum(int(row[field]) for row in rows for field in fields)


def ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def users(rows: Iterable[Row]) -> dict[str, int]:
    """Bound the users of some rows: at least the largest, at most the sum."""
    counts = [int(row["UNIQUE_AUTHENTICATED_USERS"]) for row in rows]
    return {f"{USERS}_at_least": max(counts, default=0), f"{USERS}_at_most": sum(counts)}


EVENTS = ("EVENT_COUNT", "DATA_DOWNLOADS", "VERSION_CHECKS")
PULLS = ("PULLS", "DATA_DOWNLOADS", "VERSION_CHECKS")
MEASURES = ("pulls", "data_downloads", "version_checks")


def counts(rows: list[Row], fields: tuple[str, ...] = PULLS) -> dict[str, Any]:
    return {name: add(rows, field) for name, field in zip(MEASURES, fields, strict=True)}


def legacy_counts(rows: list[Row]) -> dict[str, Any]:
    """A legacy pull is no version check, and nobody counts downloads."""
    pulls = add(rows, "Pull by tag", "Pull by digest")
    return {
        "pulls": pulls,
        "data_downloads": None,
        "version_checks": add(rows, "Version check"),
    }


UNKNOWN: dict[str, Any] = dict.fromkeys(MEASURES)


def of_repositories() -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Count each repository in each week: publisher → repository/week → counts."""
    summary = [row for row in half_year("summary") if row["LEVEL"] == "repository"]
    legacy = [row for row in half_year("image_pulls_summary") if "Reference" not in row]
    new, old = grouped(summary, "REFERENCE", "START"), grouped(legacy, "Repository", "START")
    found: dict[str, dict[str, Any]] = {"events": {}, "actions": {}}
    for name in {key[0] for key in new}:
        for week in WEEKS:
            held = week != GAP
            cell = counts(new.get((name, week), []), EVENTS) if held else UNKNOWN
            found["events"].setdefault(name, {})[week] = cell
    for name in {key[0] for key in old}:
        for week in WEEKS:
            cell = legacy_counts(old.get((name, week), []))
            found["actions"].setdefault(f"oldbarrow/{name}", {})[week] = cell
    return found


def summed(cells: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Add up what is known of each measure; nothing known is unknown."""
    every = list(cells)
    known = {m: [cell[m] for cell in every if cell[m] is not None] for m in MEASURES}
    return {m: sum(its) if its else None for m, its in known.items()}


# --- Summary ----------------------------------------------------------------------------------


@answers("Summary", "Which of my repositories are getting the most usage?")
def most_usage() -> Rows:
    rows: Rows = []
    for definition, its in of_repositories().items():
        totals = {name: summed(cells.values()) for name, cells in its.items()}
        whole = sum(total["pulls"] or 0 for total in totals.values())
        rows += [
            {
                "repository": name, **total, "share": ratio(total["pulls"], whole),
                "definition": definition,
                "missing": sum(cell["pulls"] is None for cell in its[name].values()),
            }
            for name, total in sorted(
                totals.items(), key=lambda pair: (-(pair[1]["pulls"] or 0), pair[0])
            )
        ]  # fmt: skip
    return rows


@answers("Summary", "How do different image tags compare in terms of adoption?")
def tags_compared() -> Rows:
    trends = grouped(
        (row | {"TAG": row["TAG"].replace("\\\\N", "")} for row in half_year("trends")),
        "IMAGE_REPOSITORY", "TAG", "START",
    )  # fmt: skip
    # A legacy reference is a tag or a digest.
    legacy = grouped(
        (
            row | {"TAG": "" if row["Reference"].startswith(DIGEST) else row["Reference"]}
            for row in half_year("image_pulls_summary")
            if "Reference" in row
        ),
        "Repository", "TAG", "START",
    )  # fmt: skip
    old_weeks = {week for _, _, week in legacy}
    cells: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for name, tag in {key[:2] for key in trends}:
        for week in WEEKS:
            cell = counts(trends.get((name, tag, week), [])) | {"source": "trends"}
            missing = UNKNOWN | {"source": None}
            cells.setdefault((name, tag), {})[week] = missing if week == GAP else cell
    for name, tag in {key[:2] for key in legacy}:
        for week in WEEKS:
            cell = legacy_counts(legacy.get((name, tag, week), []))
            held = cell | {"source": "image_pulls_summary"}
            missing = UNKNOWN | {"source": None}
            key = f"oldbarrow/{name}", tag
            cells.setdefault(key, {})[week] = held if week in old_weeks else missing
    whole: dict[tuple[str, str], int] = defaultdict(int)
    for (name, _), its in cells.items():
        for week, cell in its.items():
            whole[name, week] += cell["pulls"] or 0
    # By digest, without a tag, comes last.
    order = sorted(cells, key=lambda key: (key[0], not key[1], key[1]))
    return [
        {
            "period": week, "repository": name, "tag": tag or None,
            **{m: cells[name, tag][week][m] for m in MEASURES},
            "share": ratio(cells[name, tag][week]["pulls"], whole[name, week]),
            "source": cells[name, tag][week]["source"],
        }
        for week in WEEKS
        for name, tag in order
    ]  # fmt: skip


@answers(
    "Summary",
    "What's the ratio of actual downloads versus version checks across my portfolio?",
)
def downloads_against_checks() -> Rows:
    rows = [row for row in half_year("summary") if row["LEVEL"] == "repository"]
    weeks = by(rows, "START")
    found: Rows = []
    for week in WEEKS:
        row: dict[str, Any] = {"period": week, "repository": "all repositories"}
        if week == GAP:
            names = ["data_downloads", "version_checks", "ratio", "download_share", "source"]
            found.append(row | dict.fromkeys(names))
            continue
        downloads, checks = (add(weeks[week], field) for field in EVENTS[1:])
        found.append(
            row
            | {
                "data_downloads": downloads, "version_checks": checks,
                "ratio": downloads / checks, "download_share": downloads / (downloads + checks),
                "source": "summary",
            }
        )  # fmt: skip
    return found


@answers("Summary", "Which specific image digests are being pulled most frequently?")
def digests() -> Rows:
    new = [row for row in half_year("summary") if row["LEVEL"] == "digest"]
    old = [
        row | {"REFERENCE": row["Reference"]}
        for row in half_year("image_pulls_summary")
        if row.get("Reference", "").startswith(DIGEST)
    ]
    found: Rows = []
    sides = {("moonbarrow/*", "summary"): new}
    for name, its in by(old, "Repository").items():
        sides[f"oldbarrow/{name}", "image_pulls_summary"] = its
    for (name, source), rows in sides.items():
        count = (lambda r: counts(r, EVENTS)) if source == "summary" else legacy_counts
        whole = count(rows)["pulls"]
        for digest, its in by(rows, "REFERENCE").items():
            weeks = sorted(week for week, part in by(its, "START").items() if count(part)["pulls"])
            found.append(
                {
                    "repository": name, "digest": digest, **count(its),
                    "share": ratio(count(its)["pulls"], whole), "periods": len(weeks),
                    "first_period": min(weeks, default=None),
                    "last_period": max(weeks, default=None), "source": source,
                }
            )  # fmt: skip
    return sorted(found, key=lambda row: (-row["pulls"], row["repository"], row["digest"]))[:20]


@answers(
    "Summary",
    "How has overall usage changed over time for my entire image collection?",
)
def collection() -> Rows:
    found: Rows = []
    sources = {"events": "summary", "actions": "image_pulls_summary"}
    for definition, its in of_repositories().items():
        before: int | None = None
        for week in WEEKS:
            cells = [cells[week] for cells in its.values()]
            total = summed(cells)
            found.append(
                {
                    "period": week, "repository": f"all repositories ({definition})", **total,
                    "source": None if total["pulls"] is None else sources[definition],
                    "repositories": len(its),
                    "change": ratio(total["pulls"], before) and total["pulls"] / before - 1,
                }
            )  # fmt: skip
            before = total["pulls"]
    return sorted(found, key=lambda row: WEEKS.index(row["period"]))


# --- Trends -----------------------------------------------------------------------------------

CHOSEN = ("moonbarrow/ferry", "moonbarrow/lantern")
VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.\d+)*")


def year_of_tags() -> list[Row]:
    rows = since(sample_rows("trends", "week"), YEAR["week"])
    return [row for row in rows if row["IMAGE_REPOSITORY"] in CHOSEN]


def cohort(tag: str) -> str:
    if tag == "\\\\N":
        return "by digest"
    found = VERSION.fullmatch(tag)
    return found[1] if found else "latest" if tag == "latest" else "other"


@answers("Trends", "Which versions are gaining or losing traction?")
def gaining_versions() -> Rows:
    found: Rows = []
    for name, rows in by(year_of_tags(), "IMAGE_REPOSITORY").items():
        weeks = sorted({row["START"] for row in rows})
        half = len(weeks) // 2
        # The middle one of an odd number is on neither side.
        sides = [set(weeks[:half]), set(weeks[-half:])]
        parts = [[row for row in rows if row["START"] in side] for side in sides]
        for version in {cohort(row["TAG"]) for row in rows}:
            mine = [[row for row in part if cohort(row["TAG"]) == version] for part in parts]
            before, after = (
                ratio(add(one, "PULLS"), add(part, "PULLS"))
                for one, part in zip(mine, parts, strict=True)
            )
            assert before is not None
            assert after is not None
            found.append(
                {
                    "repository": name, "cohort": version, "pulls_before": add(mine[0], "PULLS"),
                    "pulls_after": add(mine[1], "PULLS"), "share_before": before,
                    "share_after": after, "change": after - before,
                }
            )  # fmt: skip
    return sorted(found, key=lambda row: -row["change"])


@answers("Trends", "Is a new release being adopted?")
def releases() -> Rows:
    found: Rows = []
    for name, rows in by(year_of_tags(), "IMAGE_REPOSITORY").items():
        weeks = sorted({row["START"] for row in rows})
        pulls: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for tag, its in by(rows, "TAG").items():
            read = VERSION.fullmatch(tag)
            # A tag that leaves the minor open moves with each release.
            if read and read[2]:
                series = {week: add(part, "PULLS") for week, part in by(its, "START").items()}
                pulls[read[1]][f"{read[1]}.{read[2]}"] = series
        for major, cohorts in pulls.items():
            for release, series in cohorts.items():
                found.append(
                    {
                        "repository": name, "cohort": major, "release": release,
                        "pulls": sum(series.values()), **adopted(weeks, series, cohorts),
                    }
                )  # fmt: skip
    return sorted(found, key=lambda row: (row["repository"], -float(row["release"])))


def adopted(
    weeks: list[str], series: dict[str, int], cohort: dict[str, dict[str, int]]
) -> dict[str, Any]:
    """Follow one release through the weeks of its major's."""
    shares = {
        week: ratio(series.get(week, 0), sum(its.get(week, 0) for its in cohort.values()))
        for week in weeks
    }
    first = min(week for week, count in series.items() if count)
    absent = [week for week in weeks if week < first]
    found: dict[str, Any] = {
        "first_seen": first, "last_absent": max(absent, default=None), "censored": not absent,
    }  # fmt: skip
    for name, wanted in (("10", 0.1), ("50", 0.5)):
        there = [week for week in weeks if week >= first and (shares[week] or 0) >= wanted]
        took = dt.date.fromisoformat(min(there, default=first)) - dt.date.fromisoformat(first)
        known = bool(there and absent)
        found[f"periods_to_{name}"] = took.days // 7 if known else None
        found[f"days_to_{name}"] = took.days if known else None
    return found | {"share": shares[weeks[-1]]}


@answers("Trends", "How does usage vary across cloud providers?")
def clouds() -> Rows:
    rows = half_year("trends")
    cells = grouped(rows, "CLOUD_SERVICE_PROVIDER", "START")
    ranks = {cloud: add(its, "PULLS") for cloud, its in by(rows, "CLOUD_SERVICE_PROVIDER").items()}
    whole = {week: add(its, "PULLS") for week, its in by(rows, "START").items()}
    found: Rows = []
    for week in WEEKS:
        for cloud in sorted(ranks, key=lambda name: (-ranks[name], name)):
            cell = UNKNOWN if week == GAP else counts(cells.get((cloud, week), []))
            share = ratio(cell["pulls"], whole.get(week))
            found.append({"period": week, "cloud": cloud, **cell, "share": share})
    return found


# --- Technographic ----------------------------------------------------------------------------


def pair(row: Row) -> dict[str, Any]:
    return {
        "period": row["START"], "repository": row["DVPP_IMAGE"],
        "paired_image": row["PAIRED_IMAGE"], "listed": True, "users": int(row["USERS"]),
        "total_pullers": int(row["TOTAL_PULLERS"]), "pct_users": float(row["PCT_USERS"]),
        "domains": int(row["DOMAINS"]), "total_domains": int(row["TOTAL_DOMAINS"]),
        "pct_domains": float(row["PCT_DOMAINS"]),
    }  # fmt: skip


@answers("Technographic", "Which other images are commonly used together with your images?")
def together() -> Rows:
    return sorted(
        map(pair, newest("technographic")),
        key=lambda row: (row["repository"], -row["pct_users"], row["paired_image"]),
    )


@answers(
    "Technographic",
    "What percentage of your user base also uses specific complementary technologies?",
)
def percentages() -> Rows:
    rows = half_year("technographic")
    wanted = {"library/redis", "library/valkey"}
    by_pair = {(row["START"], row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): row for row in rows}
    by_image = {(row["START"], row["DVPP_IMAGE"]): pair(row) for row in rows}
    ever = {key[1:] for key in by_pair if key[2] in wanted}
    found: Rows = []
    for week in WEEKS:
        for name, other in sorted(ever):
            row = by_pair.get((week, name, other))
            if row is not None:
                found.append(pair(row))
                continue
            # Not listed: maybe up to nine users. The image's other pairs still tell its totals.
            totals = by_image.get((week, name), {})
            found.append(
                {
                    "period": week, "repository": name, "paired_image": other,
                    "listed": None if week == GAP else False, "users": None,
                    "total_pullers": totals.get("total_pullers"), "pct_users": None,
                    "domains": None, "total_domains": totals.get("total_domains"),
                    "pct_domains": None,
                }
            )  # fmt: skip
    return found


@answers(
    "Technographic",
    "How many companies in your ecosystem use both your image and other popular images?",
)
def companies_of_pairs() -> Rows:
    names = ("repository", "paired_image", "domains", "total_domains", "pct_domains")
    rows = [{name: pair(row)[name] for name in names} for row in newest("technographic")]
    key = ("domains", "repository", "paired_image")
    return sorted(rows, key=lambda row: tuple(row[name] for name in key), reverse=True)


@answers("Technographic", "What technology stacks are most popular among your users?")
def popular() -> Rows:
    found: Rows = []
    for other, rows in by(newest("technographic"), "PAIRED_IMAGE").items():
        people, domains = ([int(row[name]) for row in rows] for name in ("USERS", "DOMAINS"))
        found.append(
            {
                "paired_image": other, "repositories": len(rows),
                "users_at_least": max(people), "users_at_most": sum(people),
                "domains_at_least": max(domains), "domains_at_most": sum(domains),
            }
        )  # fmt: skip
    return sorted(found, key=lambda row: (-row["users_at_least"], row["paired_image"]))


# --- Technographic companies ------------------------------------------------------------------

HELD = len(WEEKS) - 1


@answers(
    "Technographic companies",
    "Which companies are using my image alongside specific complementary technologies?",
)
def companies_beside() -> Rows:
    rows = [r for r in half_year("technographic_companies") if r["PAIRED_IMAGE"] == "library/redis"]
    found: Rows = []
    for key, its in sorted(grouped(rows, "DOMAIN", "DVPP_IMAGE", "PAIRED_IMAGE").items()):
        weeks = {row["START"] for row in its}
        found.append(
            dict(zip(("domain", "repository", "paired_image"), key, strict=True))
            | {
                "first_seen": min(weeks), "last_seen": max(weeks), "periods": len(weeks),
                "periods_available": HELD, "current": NEWEST["week"] in weeks,
            }
        )  # fmt: skip
    return found


def profiles(related: set[str] | None = None) -> Rows:
    """What the two reports of companies tell of each, in the order that the frame promises."""
    tracked = by(half_year("tracked_companies"), "DOMAIN")
    paired = by(half_year("technographic_companies"), "DOMAIN")
    every = sum(add(rows, "PULLS") for rows in tracked.values())
    found: Rows = []
    for domain in {*tracked, *paired}:
        beside = [
            row
            for row in paired.get(domain, [])
            if related is None or row["PAIRED_IMAGE"] in related
        ]
        row: dict[str, Any] = {"domain": domain, "tracked": domain in tracked}
        if rows := tracked.get(domain):
            row |= {
                "pulls": add(rows, "PULLS"), "share": add(rows, "PULLS") / every,
                "status": status(rows), "country": main(rows, "IP_COUNTRY"),
                "use_case": main(rows, "INFERRED_USE_CASE"),
            }  # fmt: skip
        else:
            row |= dict.fromkeys(["pulls", "share", "status", "country", "use_case"])
        found.append(
            row
            | {
                "related": len({one["PAIRED_IMAGE"] for one in beside}),
                "repositories": len({one["DVPP_IMAGE"] for one in beside}),
                "current": any(one["START"] == NEWEST["week"] for one in beside),
            }
        )
    return sorted(found, key=lambda row: (-(row["pulls"] or 0), -row["related"], row["domain"]))


def status(rows: list[Row]) -> str:
    """Compare the halves of the interval, per week held: the first of them lacks one."""
    half = len(WEEKS) // 2
    before, after = (
        add((row for row in rows if row["START"] in weeks), "PULLS") / len(set(weeks) - {GAP})
        for weeks in (WEEKS[:half], WEEKS[half:])
    )
    if not before:
        return "new"
    if not after:
        return "lapsed"
    change = after / before - 1
    return "growing" if change > 0.1 else "shrinking" if change < -0.1 else "steady"


def main(rows: list[Row], field: str) -> str:
    sums = {value: add(its, "PULLS") for value, its in by(rows, field).items()}
    return min(sums, key=lambda value: (-sums[value], value))


@answers(
    "Technographic companies",
    "What technology stacks are adopted by enterprise customers in my target market?",
)
def stacks_of_a_market() -> Rows:
    market = {
        row["domain"]
        for row in profiles()
        if row["country"] in {"DE", "NL", "SG"} and row["pulls"] >= 10_000
    }
    rows = [row for row in half_year("technographic_companies") if row["DOMAIN"] in market]
    every = {row["DOMAIN"] for row in rows}
    found: Rows = []
    for image, its in by(rows, "PAIRED_IMAGE").items():
        ever = {row["DOMAIN"] for row in its}
        now = {row["DOMAIN"] for row in its if row["START"] == NEWEST["week"]}
        found.append(
            {
                "paired_image": image, "companies": len(ever), "current": len(now),
                "share": len(ever) / len(every),
            }
        )  # fmt: skip
    return sorted(found, key=lambda row: (-row["companies"], row["paired_image"]))


@answers(
    "Technographic companies",
    "Which organizations might be good candidates for partnership discussions?",
)
def candidates() -> Rows:
    kept = {"new", "growing", "steady"}
    return [row for row in profiles() if row["status"] in kept and row["current"]]


@answers(
    "Technographic companies",
    "How can I identify potential customers who are already using related technologies?",
)
def potential_customers() -> Rows:
    rows = profiles({"library/redis", "library/valkey"})
    return [row for row in rows if row["related"] and not row["tracked"]]


# --- Tracked companies ------------------------------------------------------------------------

COLUMN = {
    "domain": "DOMAIN",
    "use_case": "INFERRED_USE_CASE",
    "repository": "IMAGE_REPOSITORY",
    "country": "IP_COUNTRY",
    "cloud": "CLOUD_SERVICE_PROVIDER",
}


def pattern(*names: str) -> Rows:
    rows = half_year("tracked_companies")
    every = add(rows, "PULLS")
    found: Rows = [
        dict(zip(names, key, strict=True))
        | counts(its)
        | {"share": add(its, "PULLS") / every}
        | users(its)
        for key, its in grouped(rows, *(COLUMN[name] for name in names)).items()
    ]
    return sorted(found, key=lambda row: (-row["pulls"], *(row[name] for name in names)))


@answers(
    "Tracked companies",
    "How are specific companies using my images across different environments?",
)
def environments() -> Rows:
    return pattern("domain", "use_case", "repository")


@answers(
    "Tracked companies",
    "What deployment patterns do I see across local development, CI/CD, and production?",
)
def use_cases() -> Rows:
    return pattern("use_case")


@answers("Tracked companies", "Which companies are heavy users of my images?")
def heavy() -> Rows:
    rows = half_year("tracked_companies")
    every = add(rows, "PULLS")
    found = [
        {
            "domain": domain, **counts(its), "share": add(its, "PULLS") / every, **users(its),
            "missing": len(WEEKS) - HELD,
        }
        for domain, its in by(rows, "DOMAIN").items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["pulls"], row["domain"]))


@answers(
    "Tracked companies",
    "How does usage vary by geography and cloud providers for tracked companies?",
)
def places() -> Rows:
    return pattern("country", "cloud")
