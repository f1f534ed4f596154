"""Inclusive gateway (formal/2011-01-03, 10.5.3, 13.3.3)."""

from __future__ import annotations

from tests.engine.diagrams import Case, boundary, chain, el, end, flow, process, start, timer, user

SOME = process(
    start(),
    el("inclusiveGateway", "f", default="f-c"),
    user("a"),
    user("b"),
    user("c"),
    el("inclusiveGateway", "j"),
    user("d"),
    end(),
    chain("start", "f"),
    flow("f", "a", "${n > 1}"),
    flow("f", "b", "${n > 2}"),
    flow("f", "c"),
    chain("a", "j", "d", "end"),
    chain("b", "j"),
    chain("c", "j"),
)


def test_takes_every_flow_whose_condition_holds_and_waits_for_just_these() -> None:
    case = Case(SOME, n=3)
    assert case.open == ["a", "b"]
    case.complete("a")
    assert case.open == ["b"]
    assert case.complete("b").open == ["d"]
    assert case.complete("d").done


def test_takes_the_default_alone_when_no_condition_holds() -> None:
    case = Case(SOME, n=0)
    assert case.open == ["c"]
    assert case.complete("c").open == ["d"]


def test_one_branch_passes_the_join_at_once() -> None:
    assert Case(SOME, n=2).complete("a").open == ["d"]


def test_join_waits_for_a_token_that_can_still_come_from_far() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        el("exclusiveGateway", "x", default="x-j"),
        el("inclusiveGateway", "j"),
        user("d"),
        end("away"),
        end(),
        chain("start", "f", "a", "j", "d", "end"),
        chain("f", "b", "x"),
        flow("x", "j"),
        flow("x", "away", "${leave}"),
    )
    case = Case(data)
    case.complete("a")
    assert case.open == ["b"]
    case.complete("b", leave=True)  # it goes elsewhere: nothing more can come
    assert case.open == ["d"]
    again = Case(data).complete("a").complete("b", leave=False)
    assert again.open == ["d"]


def test_a_token_behind_the_join_does_not_hold_it() -> None:
    """(iii): a path that visits the gateway itself does not count."""
    data = process(
        start(),
        el("inclusiveGateway", "j"),
        user("a"),
        el("parallelGateway", "f"),
        user("b"),
        end(),
        chain("start", "j", "a", "f", "j"),
        chain("f", "b", "end"),
    )
    case = Case(data)
    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["a", "b"]


def test_a_token_with_a_path_to_a_flow_that_has_one_does_not_hold_it() -> None:
    """The exception of 13.3.3: a path from the same token to an incoming flow that already has a token."""
    data = process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        el("exclusiveGateway", "x", default="x-m"),
        el("exclusiveGateway", "m"),
        el("inclusiveGateway", "j"),
        user("d"),
        chain("start", "f", "a", "m"),
        flow("m", "j", id="one"),
        chain("f", "b", "x"),
        flow("x", "m"),
        flow("x", "j", "${two}", id="two"),
        chain("j", "d"),
    )
    case = Case(data)
    case.complete("a")
    assert case.open == ["b", "d"]


def test_a_boundary_event_may_still_bring_a_token() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        boundary("late", "b", timer("timeDuration", "PT1H")),
        el("inclusiveGateway", "j"),
        user("d"),
        end("away"),
        chain("start", "f", "a", "j", "d"),
        chain("f", "b", "away"),
        chain("late", "j"),
    )
    case = Case(data)
    case.complete("a")
    assert case.open == ["b"]
    case.fire("late")
    assert case.open == ["d"]


def test_no_flow_is_an_incident() -> None:
    data = process(start(), el("inclusiveGateway", "f"), end("a"), chain("start", "f"), flow("f", "a", "${n == 1}"))
    assert Case(data, n=2).incidents[0].code == "gateway.no_flow"
