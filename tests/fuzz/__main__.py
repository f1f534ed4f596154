"""`python -m tests.fuzz [--minutes N] [--seed N] [TARGET …]`: prints each finding with the seed that shows it again."""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter

from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import Hang, attempt


def main() -> int:
    """0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="try this seed alone")
    given = parser.parse_args()
    targets = given.targets or list(TARGETS)
    if given.seed is not None:
        for target in targets:
            print(target, given.seed, attempt(target, given.seed) or "ran")
        return 0
    until, seeds = time.monotonic() + given.minutes * 60, random.SystemRandom()
    tried: Counter[str] = Counter()
    found: dict[str, str] = {}
    while time.monotonic() < until:
        for target in targets:
            seed = seeds.randrange(2**32)
            try:
                tried[f"{target} {attempt(target, seed) or 'ran'}"] += 1
            except (Exception, Hang) as error:
                where = "".join(traceback.format_tb(error.__traceback__)[-1:])
                if where not in found:
                    found[where] = f"{target} --seed {seed}: {type(error).__name__} {str(error)[:300]}\n{where}"
                    print(found[where], flush=True)
    print(", ".join(f"{what}: {count}" for what, count in sorted(tried.items())), f"; findings: {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
