"""Random sound diagrams, random runs: saved and loaded at every step against kept whole in memory.

Same open tasks, timers, jobs and subscriptions, same history, same data, and every run ends with its last token
(formal/2011-01-03, 13.1). `make differential` runs many more.
"""

from __future__ import annotations

import pytest

from tests.engine.differential import make, run

PARTS, DIAGRAMS, RUNS = 10, 80, 5  # 4,000 cases


CONSTRUCTS = (
    "boundaryEvent:timer boundaryEvent:message boundaryEvent:signal boundaryEvent:conditional boundaryEvent:error "
    "boundaryEvent:escalation boundaryEvent:cancel boundaryEvent:compensate startEvent:message startEvent:timer "
    "startEvent:signal eventSubProcess transaction adHocSubProcess callActivity MultiInstance StandardLoop "
    "eventBasedGateway receiveTask inclusiveGateway complexGateway parallelGateway exclusiveGateway "
    "endEvent:terminate endEvent:error endEvent:escalation endEvent:cancel intermediateThrowEvent:compensate "
    "intermediateThrowEvent:link serviceTask scriptTask"
)


@pytest.mark.parametrize("part", range(PARTS))
def test_saved_and_reloaded_is_the_same_as_kept_whole(part: int) -> None:
    for seed in range(part * DIAGRAMS, (part + 1) * DIAGRAMS):
        definition = make(seed)
        for again in range(RUNS):
            try:
                run(definition, seed * 1000 + again)
            except Exception as error:
                raise AssertionError(f"diagram {seed}, run {again}") from error


def test_the_diagrams_hold_every_construct() -> None:
    """What the maker can make is made, several times, in the cases above."""
    found: dict[str, int] = {}
    for seed in range(0, PARTS * DIAGRAMS):
        definition = make(seed)
        for node in definition.elements.values():
            loop = getattr(node, "loop", None)
            kinds = [node.kind] + [f"{node.kind}:{d.kind}" for d in node.definitions]
            kinds += [type(loop).__name__] if loop is not None else []
            for kind in kinds:
                found[kind] = found.get(kind, 0) + 1
    for kind in CONSTRUCTS.split():
        assert found.get(kind, 0) >= 5, (kind, found)
