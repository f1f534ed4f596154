"""Mutated diagrams: read, started and run for a while. Nothing but typed errors and incidents may come of it."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from lxml import etree

from engine import commands as cmd
from engine.reading import Known, read_definition
from engine.reading.notes import AnyName
from engine.stepping import Limits
from storage.errors import BanjieError
from tests.engine.diagrams import FUNCTIONS, Case
from tests.engine.random_diagrams import Maker
from tests.engine.test_compensation import transaction
from tests.engine.test_event_based_gateway import RACE
from tests.engine.test_lint import WRONG

KNOWN = Known(functions=FUNCTIONS, handlers=AnyName(), checks=AnyName())
SEEDS = [data for data, _ in WRONG.values()] + [transaction(""), RACE] + [Maker(seed).diagram() for seed in range(20)]
VALUES = [
    "",
    "x",
    "true",
    "-1",
    "9" * 20,
    "${",
    "${a.b}",
    "__class__",
    "p",
    "start",
    "m1",
    "P1D",
    "R/PT0S",
    "中",
    "a" * 300,
]
LIMITS = Limits(steps=300, tokens=200, instances=50)


def mutated(chance: random.Random) -> bytes:
    root: Any = etree.fromstring(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 4)):
        elements = list(root.iter())
        one, other = chance.choice(elements), chance.choice(elements)
        match chance.randrange(7):
            case 0 if one.getparent() is not None:
                one.getparent().remove(one)
            case 1 if one.attrib:
                one.set(chance.choice(list(one.attrib)), chance.choice(VALUES))
            case 2 if one.attrib:
                del one.attrib[chance.choice(list(one.attrib))]
            case 3:
                one.text = chance.choice(VALUES)
            case 4:
                one.tag = other.tag
            case 5:
                other.append(copy.deepcopy(one))
            case 6 if one.attrib and other.attrib:
                one.set(chance.choice(list(one.attrib)), chance.choice(list(other.attrib.values())))
    return etree.tostring(root)


def run(data: bytes, chance: random.Random) -> None:
    case = Case(read_definition("p", {"p.bpmn": data}, KNOWN), limits=LIMITS, n=1)
    for _ in range(10):
        if case.tasks:
            case.do(cmd.Complete(task_id=chance.choice(sorted(case.tasks)), answers={"c": chance.randrange(5)}))
        elif case.timers:
            timer_id = chance.choice(sorted(case.timers))
            case.now = max(case.now, case.timers[timer_id].due_at)
            case.do(cmd.Fire(timer_id=timer_id))
        elif case.subscriptions:
            case.do(cmd.Deliver(subscription_id=chance.choice(sorted(case.subscriptions)), payload={"q": 1}))
        else:
            break
    assert case.ended is None or case.done


@pytest.mark.parametrize("seed", range(6))
def test_mutated_diagrams(seed: int) -> None:
    chance = random.Random(seed)
    accepted = 0
    for _ in range(60):
        data = mutated(chance)
        try:
            run(data, chance)
            accepted += 1
        except BanjieError:
            continue
    assert accepted > 0  # the mutations do not only make rubbish
