"""Complex gateway (formal/2011-01-03, 10.5.5, 13.3.5)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, el, end, flow, process, start, user


def two_of_three(*out: str) -> bytes:
    gateway = el(
        "complexGateway", "g", "<bpmn:activationCondition>${activationCount &gt;= 2}</bpmn:activationCondition>"
    )
    return process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        user("c"),
        gateway,
        user("d"),
        user("e"),
        end(),
        chain("start", "f", "a", "g"),
        chain("f", "b", "g"),
        chain("f", "c", "g"),
        *out,
    )


def test_goes_on_when_the_activation_condition_holds_and_swallows_the_rest() -> None:
    case = Case(two_of_three(chain("g", "d", "end")))
    assert case.complete("a").open == ["b", "c"]
    assert case.complete("c").open == ["b", "d"]
    case.complete("b")
    assert case.open == ["d"]
    assert case.complete("d").done


def test_a_condition_may_ask_for_the_reset() -> None:
    case = Case(two_of_three(flow("g", "d", "${waitingForStart}"), flow("g", "e", "${not waitingForStart}")))
    case.complete("a").complete("b")
    assert case.open == ["c", "d"]
    assert case.complete("c").open == ["d", "e"]


def test_flow_ids_count_tokens() -> None:
    gateway = el("complexGateway", "g", "<bpmn:activationCondition>${x &gt;= 1}</bpmn:activationCondition>")
    data = process(
        start(),
        user("a"),
        user("b"),
        gateway,
        user("d"),
        flow("start", "a"),
        flow("start", "b"),
        flow("a", "g", id="x"),
        flow("b", "g", id="y"),
        chain("g", "d"),
    )
    case = Case(data).complete("b")
    assert case.open == ["a"]
    assert case.complete("a").open == ["d"]
