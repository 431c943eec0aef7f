"""Answers of the pull-data API for the publisher's repositories."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from insights_nb.periods import Period
from sampling import world
from sampling.chance import people
from sampling.dvp import window
from sampling.truth import NOTHING, Count, Truth

LATE = "cairn"
"""Its newest week had not come in when the API was asked."""


def answer(truth: Truth, periods: Iterable[Period]) -> bytes:
    """Return the answer for many repositories as the API writes it.

    Parameters
    ----------
    truth
        What happened.
    periods
        The periods asked for, oldest first.
    """
    asked = list(periods)
    repos = {}
    for repository in world.REPOSITORIES:
        points = [point for period in asked if (point := _point(truth, repository.name, period))]
        repos[repository.full_name] = {"pulls": points or None}
    return (json.dumps({"repos": repos}, indent=1) + "\n").encode()


def _point(truth: Truth, name: str, period: Period) -> dict[str, object] | None:
    if name == LATE and period.last_day == world.LAST_DAY:
        return None
    mine = [cell.days[window(period)] for cell in truth.cells if cell.repository.name == name]
    pulls = sum(_counted(sum(day, NOTHING)) for day in zip(*mine, strict=True))
    if not pulls:
        return None
    return {
        "start": _label(period.start),
        "end": _label(period.last_day),
        "repo": name,
        "namespace": world.ORG,
        "pullCount": pulls,
        "ipCount": people(pulls, 0.9),
        "country": None,
    }


def _counted(count: Count) -> int:
    # The API's definition of a pull is its own: nearly every download, half of the checks.
    return (count.downloads * 97 + count.checks * 52) // 100


def _label(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
