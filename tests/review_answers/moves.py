"""What went up and down most, and its parts."""

from __future__ import annotations

from babel import Locale

from tests.review_answers.asked import Asked, add, gathered, legacy_name, raw_counts, text
from tests.review_answers.page import Piece
from tests.review_answers.reading import (
    RAW,
    grown,
    growth,
    listed,
    percent,
    ratio,
    repositories,
    shown,
    signed,
    whole,
    words,
)
from tests.review_answers.top import by_definition, some

_COUNTRIES = Locale("en").territories
_PARTS = {
    "country": ("Country", "IP_COUNTRY", "Country", "no country"),
    "cloud": ("Cloud", "CLOUD_SERVICE_PROVIDER", "Host", "no cloud provider"),
    "client": ("Client", "USER_AGENT", "User agent tool", "no client"),
    "tag": ("Tag", "TAG", "Tag", "by digest (no tag)"),
}


def moved(asked: Asked) -> list[tuple[str, int, int, int]]:
    """List name, before, after and change of what went up most, then of what went down most."""
    found = []
    for name, its in asked.counts.items():
        after, before = its[asked.month], its[asked.base]
        if after is not None and before is not None and after != before:
            found.append((name, before, after, after - before))
    up = sorted((one for one in found if one[3] > 0), key=lambda one: (-one[3], one[0]))
    down = sorted((one for one in found if one[3] < 0), key=lambda one: (one[3], one[0]))
    return up[:3] + down[:3]


def movers(asked: Asked) -> list[Piece]:
    now, base = words(asked.month), words(asked.base)
    its = moved(asked)
    rows: list[tuple[str, list[str]]] = []
    for sign, said in ((1, "Biggest gains"), (-1, "Biggest drops")):
        some_ = [one for one in its if one[3] * sign > 0]
        rows += [("group", [said])] if some_ else []
        rows += [
            ("", [name, whole(after), whole(before), signed(by), grown(after, before)])
            for name, before, after, by in some_
        ]
    sides = [(its[asked.base], its[asked.month]) for its in asked.counts.values()]
    unknown = [
        name for name, its in asked.counts.items() if None in (its[asked.base], its[asked.month])
    ]
    same = sum(one == other for one, other in sides if None not in (one, other))
    pieces: list[Piece] = []
    if its:
        columns = ["Repository", now, base, "Change", "in %"]
        pieces.append(("table", "movers", f"Changes from {base} to {now}", columns, rows))
    elif len(unknown) == len(asked.counts):
        said = f"What moved from {base} to {now} is unknown: no repository has a count for both."
        return [("p", "nothing", said)]
    else:
        known = " whose two counts are known" if unknown else ""
        pieces.append(("p", "nothing", f"No repository{known} changed from {base} to {now}."))
    notes = [f"{repositories(same)} did not change."] if same else []
    if unknown:
        notes.append(f"Whether {some(unknown)} changed is unknown: a count is missing.")
    pieces += [("p", "note", " ".join(notes))] if notes else []
    # Whose change is less than a thousandth of the pulls of the month is not taken apart: of the
    # definition that counts most, as far as its counts are known.
    most = max(
        sum(its_[asked.month] or 0 for name, its_ in asked.counts.items() if name in names)
        for names in by_definition(asked).values()
    )
    small = [name for name, _, _, by in its if abs(by) < most / 1000]
    told = {name: parts(asked, name, by) for name, _, _, by in its if name not in small}
    if silent := [name for name, tables in told.items() if not tables]:
        said = (
            f"What changed in {listed(silent)} by country, cloud, client and tag is unknown: no "
            f"one report that counts them is available for both {base} and {now}."
        )
        pieces.append(("p", "note", said))
    if small:
        said = (
            "Smaller changes, of less than 0.1\u00a0% of the month's pulls, are not broken down: "
            f"{listed(small)}."
        )
        pieces.append(("p", "note", said))
    for name, before, _, by in its:
        share = f" ({growth(ratio(by, before))})" if before else ""
        heading = ("h3", f"{name}: {signed(by)}{share}")
        pieces += [heading, *told[name]] if told.get(name) else []
    return pieces


def parts(asked: Asked, name: str, by: int) -> list[Piece]:
    owner = name.split("/")[0]
    both = (asked.base, asked.month)
    kind = next(
        (
            kind
            for kind in ("trends", RAW)
            if all(owner in asked.reports.holds(kind, month) for month in both)
        ),
        None,
    )
    if kind is None:
        return []
    pieces: list[Piece] = []
    for part, (title, field, legacy, none) in _PARTS.items():
        named = field if kind == "trends" else legacy
        before, after = (told_of(asked, kind, month, name, named) for month in both)
        changes = {v: after.get(v, 0) - before.get(v, 0) for v in {*before, *after}}
        whole_ = sum(changes.values())
        # The report that tells the parts tells the same whole.
        assert whole_ == by
        ordered = sorted(
            changes,
            key=lambda v: (
                -abs(changes[v]), -(before.get(v, 0) + after.get(v, 0)), v is None, v or ""
            ),
        )  # fmt: skip
        rows = [(value_name(part, v, none), changes[v]) for v in ordered]
        if len(rows) > 7:
            rest = rows[6:]
            rows = [*rows[:6], (f"other ({len(rest)} values)", sum(one for _, one in rest))]
        pieces.append(
            (
                "table", f"parts-{part}-{name}", f"by {part}",
                [title, "Change", "Share of the change"],
                [
                    *(("", [v, signed(one), percent(ratio(one, whole_), 0)]) for v, one in rows),
                    ("total", ["Total", signed(whole_), ""]),
                ],
            )
        )  # fmt: skip
    return pieces


def told_of(asked: Asked, kind: str, month: str, name: str, field: str) -> dict[str | None, int]:
    """Count a repository's pulls in a month by what a column names."""
    rows = asked.reports.month(kind, month)
    if kind == "trends":
        mine = [row for row in rows if row["IMAGE_REPOSITORY"] == name]
        its = gathered(mine, lambda row: text(row[field]))
        return {value: add(some_, "PULLS") for value, some_ in its.items()}
    mine = [row for row in rows if legacy_name(row) == name]
    its = gathered(mine, lambda row: text(row[field]))
    return {value: raw_counts(some_)["pulls"] or 0 for value, some_ in its.items()}


def value_name(part: str, value: str | None, none: str) -> str:
    if value is None:
        return none
    return _COUNTRIES.get(value, value) if part == "country" else shown(value)
