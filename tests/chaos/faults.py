"""What goes wrong, when: all from one seed, so that a failing run can be had again.

A fault names a node by number or nothing. Kills are the bulk; the others come in between.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("kill", "cut_socket", "cut_database", "shift", "restart", "full", "power")
WEIGHTS = {
    "kill": 60,  # -9 to one node; another is started a moment later
    "cut_socket": 12,  # a client goes away in the middle of a request
    "cut_database": 8,  # all connections of the nodes to the database are dropped
    "shift": 12,  # the clock of all nodes jumps
    "restart": 3,  # the database crashes
    "full": 2,  # the file system of the database has no room for a while
    "power": 3,  # everything at once
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong after `pause` seconds and `acts` acts; `node` and `amount` as the kind needs."""

    pause: float
    acts: int
    kind: str
    node: int
    amount: float


def schedule(seed: int, nodes: int) -> Iterator[Fault]:
    """The faults of a seed, without end."""
    chance = random.Random(f"{seed}/faults")
    while True:
        kind = chance.choices(KINDS, [WEIGHTS[kind] for kind in KINDS])[0]
        pause = chance.expovariate(1 / 0.5) if kind == "kill" else chance.uniform(0, 0.5)
        acts = chance.choice((0, 0, 1, 2, 3, 5, 8))
        yield Fault(min(pause, 2.0), acts, kind, chance.randrange(nodes), _amount(chance, kind))


def _amount(chance: random.Random, kind: str) -> float:
    """Seconds: how far the clock jumps, how long it stays broken."""
    if kind == "shift":
        return chance.choice([-60.0, -5.0, 5.0, 60.0, 900.0, 3600.0, 6 * 3600.0])
    if kind == "full":
        return chance.uniform(0.3, 1.5)
    return chance.uniform(0.0, 0.4)  # until the killed one is back
