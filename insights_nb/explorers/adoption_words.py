"""What the page on adoption says of its numbers: pure text and figures from frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from insights_nb.charts.gaining import names_of
from insights_nb.charts.series import short_names
from insights_nb.charts.texts import counted, harmless, percent
from insights_nb.counts.sources import ALL
from insights_nb.explorers import words
from insights_nb.explorers.panel import ONE_PERIOD
from insights_nb.metrics.versions import BY_DIGEST, OTHER, Part
from insights_nb.periods import Granularity, Period

CURVES = "How fast releases are adopted"
_UNNAMED = "No tag of these repositories names a {} version."
_OLDER = "Every release was in the first report already, so that it may be older: none has a start."
_ALONE = (
    "No release can be followed: each was in the first report already, or has no other to compare "
    "it with."
)
HALVES = (
    "The second half of the interval against the first. Shares are compared rather than counts: "
    "where a repository grows, each of its tags does."
)
RELEASES = "When releases were first seen, and how long they took"
YEAR = (
    "Of the last 12 months, whatever the interval; days are exact to one week or month. “Or "
    "before”: it was in the first report already, so that its days are not known. A release with "
    "none to compare it with has the whole share from its first day."
)
_CHECK = "A version check asks whether there is something new, and downloads nothing."
NO_TAGS = (
    "No report that is held names tags of these repositories; Trends does, and so do the legacy "
    "reports."
)
MIXED = (
    "The Summary names tags without their repository, and the same number can be the release of "
    "several products. How fast releases are adopted and which versions may be dropped is told by "
    "the Trends report (on Docker Hub: Analytics > Trends)."
)
NO_DOWNLOADS = (
    "The reports that count these repositories do not tell data downloads from version checks; "
    "the Summary and Trends do."
)
ACTIONS = (
    "The legacy reports do not count downloads. A pull by tag or by digest may have downloaded "
    "nothing; a version check is a HEAD request by tag that no GET followed."
)
RELEASE_LABELS = {
    "release": "Release",
    "first": "First seen",
    "days_to_10": "Days to 10 %",
    "days_to_50": "Days to 50 %",
    "share": "Share now",
}
_TAGGED_TOO = "The Summary counts a pull by tag under the digest that the tag led to"
_SIDES = 2
_ASKED_FOR = "legacy reports count only what was asked for by digest"


def left_out(selected: Iterable[str] | None, told: Iterable[str]) -> list[str]:
    """Return the selected repositories that no row is about; ``acme/*`` is about all of acme's."""
    names = set(told)
    wholes = {name.removesuffix(ALL) for name in names if name.endswith(ALL)}
    return [
        name
        for name in selected or ()
        if name not in names and name.rpartition("/")[0] not in wholes
    ]


def tagless(names: list[str]) -> str:
    """Say of which repositories no held report names tags."""
    return f"No report of the interval names tags of {words.some(names)}."


def whole_publishers(told: Iterable[str]) -> str:
    """Say where rows are about all of a publisher's repositories."""
    names = set(told)
    wholes = sorted(name for name in names if name.endswith(ALL))
    if not wholes:
        return ""
    said = (
        f"{', '.join(map(harmless, wholes))}: the Summary names tags without their repository, so "
        "that this is about all of the publisher’s, whichever are chosen."
    )
    if every_mixed(names):
        # What is left out says so itself.
        return said
    return f"{said} Below, its releases are left out: a number would stand for several products."


def unmoved(tags: pd.DataFrame, moves: pd.DataFrame) -> str:
    """Say why nothing is drawn that gains or loses.

    Parameters
    ----------
    tags, moves
        As `figures` takes them.
    """
    if moves["change"].notna().any():
        return "No share changed by 0.05 points or more."
    if tags.dropna(subset=["pulls"])["period"].nunique() < _SIDES:
        return ONE_PERIOD
    return "Of each repository one half of the interval has no report, or no pulls."


def unfollowed(curves: pd.DataFrame, by: Part) -> str:
    """Say why no release's curve is drawn.

    Parameters
    ----------
    curves
        As `insights_nb.adoption_curves` gives it.
    by
        How far its releases are told apart.
    """
    if curves.empty:
        return _UNNAMED.format(by)
    return _OLDER if curves["censored"].astype(bool).all() else _ALONE


def every_mixed(told: Iterable[str]) -> bool:
    """Tell whether no row is about a single repository, whose numbers are its releases."""
    return all(name.endswith(ALL) for name in told)


def digests(frame: pd.DataFrame, periods: Sequence[Period], missing: int) -> str:
    """Say what a ranking of digests counts.

    Parameters
    ----------
    frame
        As `insights_nb.top_digests` gives it.
    periods
        The interval.
    missing
        How many of these are not held.
    """
    sources = set(frame["source"])
    said = [_TAGGED_TOO] if "summary" in sources else []
    if "image_pulls_summary" in sources:
        said.append(_ASKED_FOR if said else _ASKED_FOR.capitalize())
    text = f"{'; '.join(said)}." if said else ""
    if any(name.endswith(ALL) for name in frame["repository"]):
        text += " It does not name the repository: these are of all, whichever are chosen."
    if missing:
        unit, verb = periods[0].granularity, "is" if missing == 1 else "are"
        text += f" {missing} of {counted(len(periods), (unit, f'{unit}s'))} {verb} not held."
    return text.strip()


def downloads(frame: pd.DataFrame) -> str:
    """Say how downloads compare with version checks.

    Parameters
    ----------
    frame
        As `insights_nb.downloads_and_checks` gives it.
    """
    known = frame.dropna(subset=["data_downloads", "version_checks"])
    loads, checks = (int(known[name].sum()) for name in ("data_downloads", "version_checks"))
    if not checks:
        return _CHECK
    return f"{loads / checks:,.2f} downloads for each version check over the interval. {_CHECK}"


def releases(frame: pd.DataFrame, unit: Granularity) -> pd.DataFrame:
    """Return what is shown of releases: when first seen, in words, and how fast."""
    owners = short_names(frame["repository"])
    names = [
        f"{owners[repository]} {release}" if len(owners) > 1 else release
        for repository, release in zip(frame["repository"], frame["release"], strict=True)
    ]
    seen = [
        f"{_dates(day, unit)}{' or before' if older else ''}"
        for day, older in zip(frame["first_seen"], frame["censored"], strict=True)
    ]
    columns = ["days_to_10", "days_to_50", "share", "pulls"]
    return frame[columns].assign(release=names, first=seen)[["release", "first", *columns]]


def figures(
    tags: pd.DataFrame, moves: pd.DataFrame, adopted: pd.DataFrame, unit: Granularity
) -> list[dict[str, Any]]:
    """Say the few numbers that the page is about.

    Parameters
    ----------
    tags
        As `insights_nb.tag_pulls` gives it.
    moves
        As `insights_nb.gaining` gives it, of tags or versions.
    adopted
        As `insights_nb.release_adoption` gives it.
    unit
        ``"week"`` or ``"month"``.
    """
    said = (
        _named(tags),
        _moved(moves, most=True),
        _moved(moves, most=False),
        _newest(adopted, unit),
    )
    return [item for item in said if item is not None]


def _named(tags: pd.DataFrame) -> dict[str, Any] | None:
    counts = tags["pulls"].groupby(tags["tag"].notna()).sum()
    whole = int(counts.sum())
    if not whole:
        return None
    share = int(counts.get(True, 0)) / whole
    return {
        "label": "Pulls that name a tag",
        "value": percent(share),
        "note": f"{percent(1 - share)} are by digest",
    }


def _moved(moves: pd.DataFrame, *, most: bool) -> dict[str, Any] | None:
    """Name the tag or version that gained or lost most; what is none cannot gain traction."""
    by = "cohort" if "cohort" in moves else "tag"
    rows = moves[moves[by].notna() & ~moves[by].isin([BY_DIGEST, OTHER])]
    rows = rows[rows["change"] > 0] if most else rows[rows["change"] < 0]
    if rows.empty:
        return None
    row = rows.sort_values("change", ascending=not most, kind="stable").head(1)
    change = float(row["change"].iloc[0])
    after = float(row["share_after"].iloc[0])
    points = f"{100 * change:+.1f} points".replace("-", "−")
    return {
        "label": "Gained most" if most else "Lost most",
        "value": names_of(row, short_names(moves["repository"]))[0],
        "note": f"{points}, to {percent(after)}",
    }


def _newest(adopted: pd.DataFrame, unit: Granularity) -> dict[str, Any] | None:
    known = adopted[~adopted["censored"].astype(bool)]
    if known.empty:
        return None
    row = known.sort_values("first_seen", ascending=False, kind="stable").iloc[0]
    names = short_names(adopted["repository"])
    release = harmless(row["release"])
    return {
        "label": "Newest release",
        "value": f"{names[row['repository']]} {release}" if len(names) > 1 else release,
        "note": f"first seen {_dates(row['first_seen'], unit)}",
    }


def _dates(day: pd.Timestamp, unit: Granularity) -> str:
    return Period(unit, day.date()).dates
