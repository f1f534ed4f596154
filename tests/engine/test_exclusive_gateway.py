"""Exclusive gateway (formal/2011-01-03, 10.5.2, 13.3.2)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, el, end, flow, process, start, user

BOTH = process(
    start(),
    el("exclusiveGateway", "g", default="g-c"),
    user("a"),
    user("b"),
    user("c"),
    chain("start", "g"),
    flow("g", "a", "${n > 10}"),
    flow("g", "b", "${n > 5}"),
    flow("g", "c"),
)


def test_takes_the_first_flow_whose_condition_holds() -> None:
    assert Case(BOTH, n=20).open == ["a"]
    assert Case(BOTH, n=7).open == ["b"]


def test_takes_the_default_flow_when_no_condition_holds() -> None:
    assert Case(BOTH, n=1).open == ["c"]


def test_no_flow_is_an_incident_at_the_gateway_that_can_be_retried() -> None:
    case = Case(
        process(
            start(),
            el("exclusiveGateway", "g"),
            end("a"),
            user("b"),
            end("z"),
            chain("start", "g"),
            flow("g", "a", "${n == 1}"),
            flow("g", "b", "${n == 2}"),
            chain("b", "z"),
        ),
        n=3,
    )
    assert [(i.element_id, i.code) for i in case.incidents] == [("g", "gateway.no_flow")]
    assert case.ended is None
    case.retry()
    assert len(case.incidents) == 2
    assert case.state is not None and case.state.root is not None and case.state.root.variables is not None
    case.state.root.variables["n"] = 2
    case.retry()
    assert case.open == ["b"]
    assert case.complete("b").done


def test_an_unknown_variable_is_an_incident_and_the_other_branch_goes_on() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        el("exclusiveGateway", "g"),
        user("a"),
        user("b"),
        chain("start", "f", "g"),
        chain("f", "b"),
        flow("g", "a", "${nobody == 1}"),
    )
    case = Case(data)
    assert [(i.element_id, i.code) for i in case.incidents] == [("g", "expression.unknown_variable")]
    assert case.open == ["b"]


def test_each_token_passes_on_its_own() -> None:
    """A merge does not wait: two tokens give two passages (13.3.2)."""
    data = process(
        start(),
        el("parallelGateway", "f"),
        el("exclusiveGateway", "m"),
        user("a"),
        end(),
        chain("start", "f"),
        flow("f", "m", id="x"),
        flow("f", "m", id="y"),
        chain("m", "a", "end"),
    )
    case = Case(data)
    assert case.open == ["a", "a"]
    case.complete("a").complete("a")
    assert case.done


def test_a_condition_must_be_true_or_false() -> None:
    case = Case(BOTH, n="x")
    assert case.incidents[0].code == "expression.type"
