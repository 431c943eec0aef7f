"""Which versions were pulled, and how far the newest releases have come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.review_answers.asked import Asked, Series, age, cohorts, tags_of, total
from tests.review_answers.page import Piece
from tests.review_answers.reading import (
    LEGACY,
    counted,
    months,
    percent,
    points,
    ratio,
    repositories,
    span,
    whole,
    words,
)
from tests.review_answers.year import marks, pulls_in_words, told


def adoption(asked: Asked) -> list[Piece]:
    month, tags = asked.month, asked.tags
    held = {name: total(its.values(), month) for name, its in tags.items()}
    known = sorted(
        (name for name, count in held.items() if count is not None),
        key=lambda name: (-(held[name] or 0), name),
    )
    if not known:
        return [("p", "nothing", f"No report counts the tags of {words(month)}.")]
    largest = known[:12]
    pieces: list[Piece] = [
        ("chart", band_chart(asked)),
        (
            "p", "note",
            "Each column is one month, each band a version's share of all pulls. Pulls by digest "
            "have no tag. A light band is a month whose report is missing.",
        ),
    ]  # fmt: skip
    if marks(asked):
        pieces.append(("p", "note", "The marks are those of the chart of pulls."))
    pieces += [newest_releases(asked, largest), versions(asked, largest)]
    if unknown := len(tags) - len(known):
        said = f"The tags of {repositories(unknown)} are unknown in {words(month)}."
        pieces.append(("p", "note", said))
    if left := len(known) - len(largest):
        noun = counted(left, "smaller repository", "smaller repositories")
        pieces.append(("p", "note", f"{noun} left out."))
    return pieces


def newest_releases(asked: Asked, names: list[str]) -> Piece:
    rows = []
    for name in names:
        rows += newest_release(name, asked.tags[name])
    columns = [
        "Repository", "Newest release", "First pulled", "Share of its major", "Months to 50 %",
    ]  # fmt: skip
    caption = f"The newest release of each repository as of {words(asked.month)}"
    return ("table", "releases", caption, columns, rows)


def newest_release(name: str, tags: Mapping[str | None, Series]) -> list[tuple[str, list[str]]]:
    """Follow the newest version that was pulled at all, among those of its major."""
    releases = {
        one: series
        for one, series in cohorts(tags).items()
        if re.fullmatch(r"\d+\.\d+", one) and any(series.values())
    }
    if not releases:
        return []
    release = min(releases, key=age)
    series = releases[release]
    major = [its for one, its in releases.items() if one.split(".")[0] == release.split(".")[0]]
    held = sorted(month for month, count in series.items() if count is not None)
    shares = {month: ratio(series[month], total(major, month)) for month in held}
    first = next(month for month in held if series[month])
    since_when = words(first) if first > held[0] else f"{words(first)} or earlier"
    there = [month for month in held if month >= first and (shares[month] or 0) >= 0.5]
    took = None
    if there and first > held[0]:
        took = months(there[0], 12)[::-1].index(first)
    return [("", [name, release, since_when, percent(shares[held[-1]]), whole(took)])]


def versions(asked: Asked, names: list[str]) -> Piece:
    month, base = asked.month, asked.base
    earlier = asked.tags if asked.compare == "month" else tags_of(asked, base, 3)
    rows: list[tuple[str, list[str]]] = []
    for name in names:
        its = cohorts(asked.tags[name])
        then = cohorts(earlier[name]) if name in earlier else {}
        whole_now = total(its.values(), month)
        was_held = bool(then) and all(series.get(base) is not None for series in then.values())
        whole_then = total(then.values(), base) if was_held else None
        ordered = sorted(
            (one for one in its if one not in {"by digest", "other"} and its[one][month]),
            key=lambda one: (-(its[one][month] or 0), one),
        )
        rows += [("group", [name])] if ordered else []
        for one in ordered[:4]:
            count = its[one][month]
            now = ratio(count, whole_now)
            # What a held report does not name had no pulls.
            was = ratio(then[one][base] if one in then else 0, whole_then) if was_held else None
            assert now is not None
            rows.append(
                (
                    "",
                    [
                        one, whole(count), percent(now), percent(was),
                        points(None if was is None else now - was),
                    ],
                )
            )  # fmt: skip
    columns = [
        "Version", "Pulls", f"Share in {words(month)}", f"in {words(base)}", "Change, points",
    ]  # fmt: skip
    caption = f"Versions by their pulls in {words(month)}, shares of all of a repository's pulls"
    return ("table", "versions", caption, columns, rows)


def band_chart(asked: Asked) -> dict[str, Any]:
    """Say what the bands are, of the repositories by whose definition most pulls are counted."""
    every, events = asked.tags, told(marks(asked))
    window = [*next(iter(next(iter(every.values())).values()))]

    def pulled(names: Iterable[str]) -> int:
        return sum(count or 0 for n in names for its in every[n].values() for count in its.values())

    legacy = [name for name in every if name.split("/")[0] in asked.reports.held(LEGACY)]
    events_ = [name for name in every if name not in legacy]
    mine, left_out = (events_, legacy) if pulled(events_) >= pulled(legacy) else (legacy, events_)
    its = {
        (name, one): series for name in sorted(mine) for one, series in cohorts(every[name]).items()
    }
    whole_ = {month: total((s for (_, _), s in its.items()), month) for month in window}
    sums_ = {key: sum(count or 0 for count in series.values()) for key, series in its.items()}
    bands = bands_of(sums_, several=len(mine) > 1)
    known = [month for month in window if whole_[month] is not None]
    unknown = [month for month in window if whole_[month] is None]
    notes = [repositories(len(mine)).replace("\u00a0", " ") if len(mine) > 1 else mine[0]]
    notes.append(span(window[0], window[-1]))
    if "by digest" in bands:
        part = sum(sums_[key] for key in bands["by digest"]) / sum(sums_.values())
        notes.append(f"{100 * part:.0f} % pulled by digest (no tag).")
    gaps = [f"No report for {words(month)}." for month in unknown]
    assert len(gaps) < 2
    notes += gaps
    if left_out:
        noun = repositories(len(left_out)).replace("\u00a0", " ")
        notes.append(f"Left out: {noun} whose reports count otherwise.")
    drawn, newest = [], []
    for name, members in bands.items():
        for month in known:
            count = sum(its[key][month] or 0 for key in members)
            if not count:
                continue
            share = f"{100 * count / (whole_[month] or 1):,.1f} %"
            drawn.append(f"{name}, {words(month)}: {pulls_in_words(count)}, {share}")
            if month == known[-1]:
                newest.append(f"{name}: {pulls_in_words(count)} ({share})")
    title = "Share of pulls by version per month"
    described = [f"{title}.", *(f"{note.removesuffix('.')}." for note in notes)]
    described.append(f"In {words(known[-1])}: {'; '.join(newest)}.")
    return {
        "description": " ".join([*described, *(f"{said}." for _, said in events)]),
        "title": [title], "notes": notes, "legend": [*bands],
        "months": [words(month) for month in window], "marks": drawn, "gaps": gaps,
        "events": events,
    }  # fmt: skip


def bands_of(
    sums: Mapping[tuple[str, str], int], *, several: bool
) -> dict[str, list[tuple[str, str]]]:
    """Name the bands, lowest first, and the repositories' versions in each."""
    ranked = sorted((key for key in sums if sums[key]), key=lambda key: -sums[key])
    digest = [key for key in ranked if key[1] == "by digest"]
    other = [key for key in ranked if key[1] == "other"]
    named = [key for key in ranked if key not in digest and key not in other]
    bands: dict[str, list[tuple[str, str]]] = {}
    for name, one in sorted(named[:7], key=lambda key: (key[0], age(key[1]))):
        owner = name.split("/")[1] + " " if several else ""
        bands[owner + one] = [(name, one)]
    if rest := named[7:] + other:
        noun = "version" if len(rest) == 1 else "versions"
        bands["other tags" if len(rest) == len(other) else f"Other ({len(rest)} {noun})"] = rest
    if digest:
        bands["by digest"] = digest
    return bands
