"""The steps to come."""

from __future__ import annotations

from engine.coming import Step, coming
from tests.engine.diagrams import Case, chain, el, end, flow, process, start, user


def test_the_default_way_is_told_in_order() -> None:
    inner = el("subProcess", "s", start("i"), user("c", name="C", camunda__candidateGroups="head"), chain("i", "c"))
    data = process(
        start(),
        user("a"),
        el("exclusiveGateway", "g", default="g-s"),
        user("b"),
        inner,
        user("e", name="D"),
        end(),
        chain("start", "a", "g"),
        flow("g", "b", "${n == 1}"),
        flow("g", "s"),
        chain("s", "e", "end"),
    )
    case = Case(data)
    assert coming(case.definition, case.state) == [Step("c", "C", "head"), Step("e", "D", "clerk")]
    case.complete("a", n=0)
    assert coming(case.definition, case.state) == [Step("e", "D", "clerk")]
