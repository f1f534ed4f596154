"""A case that ran into a limit: one incident, everybody else goes on; after a corrected version so does the case."""

from __future__ import annotations

import pytest

from engine.migration import batch
from engine.migration.batch import Wish
from engine.stepping import Limits
from storage.clock import FixedClock
from storage.database import Store
from tests.engine.diagrams import Case, chain, el, end, flow, process, script, start, user
from tests.engine.test_door import incidents, retry
from tests.support.door import ORG, Door

MULTI = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{}</bpmn:loopCardinality></bpmn:{}>"


def many(count: str) -> str:
    return MULTI.format(count, "multiInstanceLoopCharacteristics")


def calling(called: str) -> bytes:
    return process(
        start(),
        el("callActivity", "x", calledElement=called),
        user("after"),
        end(),
        chain("start", "x", "after", "end"),
    )


def loop(condition: str) -> bytes:
    return process(
        start(), el("exclusiveGateway", "m"), script("x", "n = n + 1"), el("exclusiveGateway", "g", default="g-m"),
        user("after"), end(), chain("start", "m", "x", "g", "m"), flow("g", "after", condition), chain("after", "end"),
    )  # fmt: skip


def times(count: str) -> bytes:
    return process(start(), el("task", "x", many(count)), user("after"), end(), chain("start", "x", "after", "end"))


def giant(text: str) -> bytes:
    return process(start(), script("x", text), user("after"), end(), chain("start", "x", "after", "end"))


WRONG_AND_RIGHT = {
    "limit.depth": (calling("p"), calling("q")),
    "limit.steps": (loop("n < 0"), loop("n > 5")),
    "limit.instances": (times("1000000"), times("3")),
    "limit.variables": (giant("t = [[k for z in xs] for y in xs]"), giant("t = 1")),
    "expression.too_big": (giant("t = [[[z for z in xs] for y in xs] for x in xs]"), giant("t = 1")),
}


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    made = Door(store, clock)
    made.deploy(process(start(), user("u"), end(), chain("start", "u", "end"), id="other"), "other")
    made.deploy(process(start(), end(), chain("start", "end"), id="q"), "q")
    return made


@pytest.mark.parametrize("code", WRONG_AND_RIGHT)
def test_stopped_corrected_and_resumed(door: Door, code: str) -> None:
    wrong, right = WRONG_AND_RIGHT[code]
    door.deploy(wrong)
    instance = door.start(n=0, k="k" * 20, xs=list(range(300)))
    (incident,) = incidents(door)
    assert incident.code == code and door.open(instance) == []

    other = door.start("other", business_key="c2")  # nobody else is harmed
    door.complete("u", other)
    assert door.instance(other).state == "completed"

    retry(door, incident.id)  # nothing was corrected: the same again
    (incident,) = incidents(door)
    assert incident.code == code

    door.deploy(right)
    wish = Wish(process_key="p", from_version=1, to_version=2)
    _, (outcome,) = batch.migrate(door.engine, ORG, wish, [instance], reason="改正", actor="admin")
    assert outcome.done, outcome.error
    (incident,) = incidents(door)
    retry(door, incident.id)
    assert incidents(door) == [] and door.open(instance) == ["after"]
    door.complete("after", instance)
    assert door.instance(instance).state == "completed" and door.broken() == []


def test_a_process_that_calls_itself_stops_where_it_began_to() -> None:
    """None of the calls inside each other is left; those begun with work in earlier turns are."""
    case = Case(calling("p"))
    assert [i.code for i in case.incidents] == ["limit.depth"]
    assert case.state is not None and len(case.state.tokens) == 1 and len(case.state.scopes) == 1

    work = process(
        start(), user("u"), el("callActivity", "x", calledElement="p"), end(), chain("start", "u", "x", "end")
    )
    deep = Case(work, limits=Limits(depth=3))
    for _ in range(4):
        deep.complete("u")
    assert [i.code for i in deep.incidents] == ["limit.depth"]
    assert deep.state is not None and len(deep.state.scopes) == 4


def test_a_turn_that_takes_too_long_is_stopped() -> None:
    case = Case(loop("n > 5"), limits=Limits(seconds=-1), n=0)
    assert [i.code for i in case.incidents] == ["limit.time"]
    case.limits = Limits()
    assert case.retry().open == ["after"]
