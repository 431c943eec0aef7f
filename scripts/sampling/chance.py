"""Repeatable chance: the same numbers on every machine and Python version.

`random.Random.random` is the one method whose sequence Python promises to keep, and sums,
products and square roots are exact everywhere; `exp`, `log` and powers differ between C libraries,
and `sum` of floats between Python 3.11 and 3.12, where `math.fsum` does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

SEED = "insights_nb samples 1"


def stream(*names: object) -> Random:
    """Return the stream of chance that belongs to these names, independent of all others."""
    return Random("/".join([SEED, *map(str, names)]))


def pick(random: Random, weights: Sequence[float]) -> int:
    """Return an index, each as likely as its weight."""
    left = random.random() * math.fsum(weights)
    for index, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return index
    return len(weights) - 1


def near(random: Random, spread: float) -> float:
    """Return a number around 1, bell-shaped, at most `spread` away."""
    return 1 + spread * ((random.random() + random.random() + random.random()) / 1.5 - 1)


def rounded(random: Random, value: float) -> int:
    """Round up or down by chance, so that small numbers keep their mean."""
    return math.floor(value + random.random())


def ramp(day: int, start: int, days: int) -> float:
    """Rise from 0 to 1 over `days` days."""
    return min(1.0, max(0.0, (day - start) / days))


def people(pulls: int, factor: float = 0.8) -> int:
    """Return how many made so many pulls: more pulls come from more people, but not in step.

    Concave, so that the people of a whole are at least those of its largest part and at most the
    sum over its parts, as real unique counts are.
    """
    root = math.sqrt(pulls)
    return min(pulls, math.ceil(factor * root * math.sqrt(root)))
