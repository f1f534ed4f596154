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


def test_the_tasks_of_called_processes_are_told_where_they_can_be_looked_up() -> None:
    inside = chain("start", "x", "r", "end")
    asked = process(start(), user("x", name="问"), user("r", name="复核"), end(), inside, id="q")
    call = el("callActivity", "c", calledElement="q")
    data = process(start(), user("a"), call, user("z", name="办结"), end(), chain("start", "a", "c", "z", "end"))
    case = Case(data, asked)
    assert [step.name for step in coming(case.definition, case.state)] == ["办结"]
    assert [step.name for step in coming(case.definition, case.state, case.shelf)] == ["问", "复核", "办结"]
    case.complete("a")
    assert [step.name for step in coming(case.definition, case.state, case.shelf)] == ["复核", "办结"]
    case.complete("x")
    assert [step.name for step in coming(case.definition, case.state, case.shelf)] == ["办结"]
