"""What all activities share (formal/2011-01-03, 10.3, 13.3.2): how many tokens begin one, how many leave it."""

from __future__ import annotations

import pytest

from storage.errors import BadDiagram
from tests.engine.diagrams import Case, boundary, chain, el, end, flow, process, read, start, timer, user


def test_it_begins_when_as_many_tokens_have_come_as_its_start_quantity_says() -> None:
    data = process(
        start(),
        el("parallelGateway", "g"),
        user("x"),
        user("y"),
        user("a", startQuantity="2"),
        end(),
        chain("start", "g", "x", "a", "end"),
        chain("g", "y", "a"),
    )
    case = Case(data).complete("x")
    assert case.open == ["y"] and case.ended is None
    assert case.complete("y").open == ["a"]
    assert case.complete("a").done


def test_it_gives_as_many_tokens_as_its_completion_quantity_says() -> None:
    data = process(
        start(),
        user("a", completionQuantity="2"),
        user("b"),
        user("c", startQuantity="2"),
        chain("start", "a", "b", "c"),
    )
    case = Case(data).complete("a")
    assert case.open == ["b", "b"]
    assert case.complete("b").open == ["b"]
    assert case.complete("b").open == ["c"]
    assert case.complete("c").done


@pytest.mark.parametrize("number", ["0", "-1", "two", "100000"])
def test_quantities_that_cannot_be_are_refused(number: str) -> None:
    for name in ("startQuantity", "completionQuantity"):
        with pytest.raises(BadDiagram) as caught:
            read(process(start(), user("a", **{name: number}), chain("start", "a")))
        assert caught.value.code == "activity.quantity" and caught.value.element == "a"


def test_a_boundary_event_waits_only_while_the_activity_runs() -> None:
    data = process(
        start(),
        el("parallelGateway", "g"),
        user("x"),
        user("a", startQuantity="2"),
        boundary("b", "a", timer("timeDuration", "PT1H")),
        user("late"),
        flow("b", "late"),
        chain("start", "g", "x", "a"),
        flow("g", "a"),
    )
    case = Case(data)
    assert case.timers == {}
    assert case.complete("x").fire("b").open == ["late"]


def test_one_and_zero_are_booleans_too() -> None:
    """XML Schema writes `true` also as `1`."""
    event_sub = el(
        "subProcess",
        "h",
        el("startEvent", "hs", timer("timeDuration", "PT1H"), isInterrupting="0"),
        user("hu"),
        chain("hs", "hu"),
        triggeredByEvent="1",
    )
    case = Case(process(start(), event_sub, user("a"), end(), chain("start", "a", "end"))).fire("hs")
    assert case.open == ["a", "hu"]
