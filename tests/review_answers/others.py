"""Companies that are new or have lapsed, and images pulled together for the first time."""

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

_STATUSES = ("new", "growing", "steady", "shrinking", "lapsed")


def not_held(asked: Asked, kind: str) -> list[Piece]:
    missing = [words(m) for m in (asked.base, asked.month) if not asked.reports.holds(kind, m)]
    said = f"Not held for {listed(missing)}: the {TITLES[kind]} report."
    return [("p", "nothing", said)] if missing else []


def companies(asked: Asked) -> list[Piece]:
    if nothing := not_held(asked, "tracked_companies"):
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
        f"{[*status.values()].count(one)} {one}{' (within 10 %)' if one == 'steady' else ''}"
        for one in _STATUSES
    )
    pieces: list[Piece] = [
        (
            "p", "",
            f"{counted(number, 'company', 'companies')} pulled in {words(month)}. Against "
            f"{words(base)}: {other}.",
        )
    ]  # fmt: skip
    for one, title, when in (
        ("new", "New companies", month),
        ("lapsed", "Lapsed companies", base),
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
        "The report names companies that the account tracks. One that is new may have been tracked "
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
    if nothing := not_held(asked, "technographic"):
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
            f"{counted(len(appeared), 'pair')} appeared since {words(asked.base)}, {gone} "
            f"vanished, of {counted(len({*before, *after}), 'pair')} in either month.",
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
        "Own image", "Pulled together with", "Users", "of the image's users", "of its companies",
    ]  # fmt: skip
    if rows:
        caption = f"Pairs that appeared in {words(asked.month)}"
        pieces.append(("table", "pairs", caption, columns, rows))
    said = (
        "The report leaves out a pair with fewer than ten users, so one that appeared may have had "
        "up to nine before."
    )
    return [*pieces, ("p", "note", said)]
