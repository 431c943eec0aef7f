"""The publisher's one extension: its core and premium summaries."""

from __future__ import annotations

from insights_nb.periods import Period
from sampling import world
from sampling.chance import near, people, rounded, stream
from sampling.dvp import window
from sampling.truth import DAYS

CORE = ("Installs", "TotalInstalls", "Uninstalls", "TotalUninstalls", "Updates")
PREMIUM = ("Installs", "UniqueInstalls", "Uninstalls", "UniqueUninstalls", "Usage", "UniqueUsers")

_INSTALLS, _UNINSTALLS, _UPDATES, _USAGE = 46.0, 19.0, 31.0, 520.0


def build() -> list[tuple[int, int, int, int]]:
    """Make each day's installs, uninstalls, updates and openings."""
    random = stream("extension")
    days = []
    for n, day in enumerate(DAYS):
        size = (1 + 0.3 * n / 365) * (0.4 if day.weekday() >= 5 else 1.0)
        days.append(
            (
                rounded(random, _INSTALLS * size * near(random, 0.3)),
                rounded(random, _UNINSTALLS * size * near(random, 0.3)),
                # A release comes out on the first of a month; many update in the week after it.
                rounded(random, _UPDATES * size * (6.0 if day.day <= 7 else 1.0)),
                rounded(random, _USAGE * size * near(random, 0.15)),
            )
        )
    return days


def rows(
    days: list[tuple[int, int, int, int]], period: Period
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a period's row of the core and of the premium summary."""
    span = window(period)
    installs, uninstalls, updates, usage = (sum(values) for values in zip(*days[span], strict=True))
    before = days[: span.stop]
    all_installs = world.EXTENSION_TOTAL + sum(day[0] for day in before)
    all_uninstalls = world.EXTENSION_TOTAL * 2 // 5 + sum(day[1] for day in before)
    core = (installs, all_installs, uninstalls, all_uninstalls, updates)
    premium = (
        *(installs, installs - installs // 14, uninstalls, uninstalls - uninstalls // 20),
        *(usage, people(usage, 0.9)),
    )
    return core, premium
