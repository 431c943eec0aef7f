"""Attacks on what the package promises, at random but repeatable: ``make fuzz``.

An attack is one try with its own source of chance. It raises where a promise does not hold; what it
returns is a word for how the try ended, which is counted. `make test` makes a few tries of each
(`tests/test_fuzz.py`), `make fuzz` as many as it has minutes for.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any


@contextlib.contextmanager
def nothing() -> Iterator[None]:
    """Prepare nothing."""
    yield None


@dataclass(frozen=True)
class Attack:
    """One kind of attack.

    Parameters
    ----------
    name
        On the command line and in the table of outcomes.
    attempt
        One try: takes its source of chance and what was prepared; returns a word for the outcome.
    tries
        How many `make fuzz` makes.
    few
        How many `make test` makes.
    prepare
        What all tries of one process share, such as a server or a folder of reports.
    """

    name: str
    attempt: Callable[[random.Random, Any], str]
    tries: int
    few: int = 20
    prepare: Callable[[], AbstractContextManager[Any]] = nothing

    def chance(self, seed: int, number: int) -> random.Random:
        """Return the source of chance of one try; the same for the same numbers."""
        return random.Random(f"{self.name}:{seed}:{number}")


def attacks() -> dict[str, Attack]:
    """Return every attack by its name: each module of this package that has ``ATTACKS``."""
    import importlib
    import pkgutil

    found: dict[str, Attack] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            listed = getattr(importlib.import_module(f"{__name__}.{module.name}"), "ATTACKS", ())
            found |= {attack.name: attack for attack in listed}
    return found
