"""Companies that are new or stopped pulling, and new image pairings."""

from __future__ import annotations

from tests.review_answers.asked import Asked
from tests.review_answers.page import Piece
from tests.review_answers.reading import (
    NOTHING,
    TITLES,
    counted,
    grown,
    listed,
    percent,
    shown,
    whole,
    words,
)

_NAMED = {"steady": "steady (within 10 %)", "lapsed": "stopped pulling"}
_STATUSES = ("new", "growing", "steady", "shrinking", "lapsed")


def missing_report(asked: Asked, kind: str) -> list[Piece]:
    missing = [words(m) for m in (asked.base, asked.month) if not asked.reports.holds(kind, m)]
    said = f"The {TITLES[kind]} report for {listed(missing)} is missing."
    return [("p", "nothing", said)] if missing else []


def companies(asked: Asked) -> list[Piece]:
    if nothing := missing_report(asked, "tracked_companies"):
        return nothing
    base, month = asked.base, asked.month
    pulls: dict[str, dict[str, int]] = {}
    for each in (base, month):
        for row in asked.reports.month("tracked_companies", each):
            if asked.chosen(row["IMAGE_REPOSITORY"]):
                its = pulls.setdefault(row["DOMAIN"], {base: 0, month: 0})
                its[each] += int(row["PULLS"])
    assert not NOTHING & {*pulls}
    status = {
        domain: company_status(its[base], its[month])
        for domain, its in pulls.items()
        if its[base] or its[month]
    }
    number = sum(its[month] > 0 for its in pulls.values())
    other = ", ".join(
        f"{[*status.values()].count(one)} {_NAMED.get(one, one)}" for one in _STATUSES
    )
    pieces: list[Piece] = [
        (
            "p", "",
            f"{counted(number, 'tracked company', 'tracked companies')} pulled in {words(month)}. "
            f"Compared with {words(base)}: {other}.",
        )
    ]  # fmt: skip
    for one, title, when in (
        ("new", "New companies", month),
        ("lapsed", "Companies that stopped pulling", base),
    ):
        its = sorted((-pulls[d][when], d) for d in status if status[d] == one)
        assert len(its) <= 20
        if its:
            rows = [("", [shown(domain), whole(-count)]) for count, domain in its]
            columns = ["Company", f"Pulls in {words(when)}"]
            pieces.append(("table", f"companies-{one}", title, columns, rows))
    most = sorted((-its[month], domain) for domain, its in pulls.items() if its[month])[:10]
    rows = [
        (
            "",
            [
                shown(domain), whole(pulls[domain][month]), whole(pulls[domain][base]),
                grown(pulls[domain][month], pulls[domain][base]),
            ],
        )
        for _, domain in most
    ]  # fmt: skip
    if rows:
        columns = ["Company", words(month), words(base), "in %"]
        caption = "Companies that pulled most"
        pieces.append(("table", "companies-largest", caption, columns, rows))
    said = (
        "The report covers the companies that the account tracks. A new one may have been tracked "
        "only from then on."
    )
    return [*pieces, ("p", "note", said)]


def company_status(before: int, after: int) -> str:
    if not before:
        return "new"
    if not after:
        return "lapsed"
    by = after / before - 1
    return "growing" if by > 0.1 else "shrinking" if by < -0.1 else "steady"


def pairs(asked: Asked) -> list[Piece]:
    if nothing := missing_report(asked, "technographic"):
        return nothing
    before, after = (
        {
            (row["DVPP_IMAGE"], row["PAIRED_IMAGE"]): row
            for row in asked.reports.month("technographic", month)
            if asked.chosen(row["DVPP_IMAGE"])
        }
        for month in (asked.base, asked.month)
    )
    appeared = sorted(
        (pair for pair in after if pair not in before),
        key=lambda pair: (-float(after[pair]["PCT_USERS"]), pair),
    )
    gone = sum(pair not in after for pair in before)
    pieces: list[Piece] = [
        (
            "p", "",
            f"Since {words(asked.base)}: {counted(len(appeared), 'new image pairing')}, "
            f"{gone} gone. In either month there were {len({*before, *after})}.",
        )
    ]  # fmt: skip
    rows = [
        (
            "",
            [
                *map(shown, pair), whole(int(after[pair]["USERS"])),
                percent(float(after[pair]["PCT_USERS"])),
                percent(float(after[pair]["PCT_DOMAINS"])),
            ],
        )
        for pair in appeared
    ]  # fmt: skip
    assert len(rows) <= 20
    columns = [
        "Your image", "Users also use", "Users", "of the image's users", "of its companies",
    ]  # fmt: skip
    if rows:
        caption = f"New image pairings in {words(asked.month)}"
        pieces.append(("table", "pairs", caption, columns, rows))
    said = (
        "The report leaves out pairings with fewer than ten users, so a new one may have had "
        "up to nine before."
    )
    return [*pieces, ("p", "note", said)]
