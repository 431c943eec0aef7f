"""Run the attacks: ``python -m tests.fuzz [--only NAME] [--minutes 20] [--seed 1] [--tries N]``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz import attacks

# Findings beyond these of one attack are mostly the same one.
_FEW = 5


@dataclass
class Outcome:
    """How the tries of one attack ended, in one process."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0


def _run(name: str, seed: int, numbers: range, seconds: float) -> Outcome:
    attack, outcome = attacks()[name], Outcome(name)
    began = time.monotonic()
    with attack.prepare() as prepared:
        for number in numbers:
            if time.monotonic() - began > seconds:
                outcome.counts["not tried: out of time"] += 1
                continue
            try:
                outcome.counts[attack.attempt(attack.chance(seed, number), prepared)] += 1
            except Exception:
                outcome.counts["BROKEN"] += 1
                if len(outcome.findings) < _FEW:
                    where = f"--only {name} --seed {seed} --number {number}"
                    outcome.findings.append(f"{where}\n{traceback.format_exc()}")
    outcome.seconds = time.monotonic() - began
    return outcome


def main() -> int:
    """Make every try there is time for; 1 where a promise did not hold."""
    # A fresh process finds what a module holds by the module's name, which `__main__` is not.
    from tests.fuzz.__main__ import _run as run

    found = attacks()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(found), default=[])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--tries", type=int, help="of each attack, instead of its own number")
    parser.add_argument("--number", type=int, help="one try alone, to see it again")
    given = parser.parse_args()
    # The longest last: to it goes what the others leave of the minutes.
    names = given.only or sorted(found, key=lambda name: (name == "archive kills", name))
    workers = min(os.cpu_count() or 1, 8)
    until = time.monotonic() + given.minutes * 60
    print(f"Seed {given.seed}, {workers} processes, {given.minutes:g} minutes at most", flush=True)
    outcomes: dict[str, Outcome] = {name: Outcome(name) for name in names}
    # A fresh process for each attack: what one leaves behind is not the next one's.
    with multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=1) as pool:
        for place, name in enumerate(names):
            seconds = (until - time.monotonic()) / (len(names) - place)
            tries = given.tries or found[name].tries
            shares = [range(worker, tries, workers) for worker in range(workers)]
            if given.number is not None:
                shares = [range(given.number, given.number + 1)]
            tasks = [(name, given.seed, numbers, seconds) for numbers in shares]
            for one in pool.starmap(run, tasks, chunksize=1):
                outcomes[name].counts += one.counts
                outcomes[name].findings += one.findings
                outcomes[name].seconds += one.seconds
    for one in outcomes.values():
        counts = ", ".join(f"{count:,} {word}" for word, count in one.counts.most_common())
        print(f"{one.name}: {counts} ({one.seconds:.0f} s)")
    broken = [finding for one in outcomes.values() for finding in one.findings]
    for finding in broken:
        print(f"\n{finding}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
