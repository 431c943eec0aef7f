"""A few tries of every attack of `make fuzz`, the same ones each time."""

from __future__ import annotations

import pytest

from tests.fuzz import attacks

pytestmark = pytest.mark.system

SEED = 20261130


@pytest.mark.parametrize("name", sorted(attacks()))
def test_the_promises_hold_in_a_few_tries(name: str) -> None:
    attack = attacks()[name]
    with attack.prepare() as prepared:
        for number in range(attack.few):
            assert attack.attempt(attack.chance(SEED, number), prepared)
