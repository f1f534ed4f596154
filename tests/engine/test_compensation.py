"""Compensation and transactions (formal/2011-01-03, 10.2.5, 10.7, 13.4.4, 13.5.5)."""

from __future__ import annotations

from tests.engine.diagrams import Case, boundary, chain, el, end, event, process, start, user


def undoable(id: str) -> str:
    return (
        user(id)
        + boundary(f"c_{id}", id, event("compensate"))
        + user(f"undo_{id}", isForCompensation="true")
        + f'<bpmn:association id="as_{id}" sourceRef="c_{id}" targetRef="undo_{id}"/>'
    )


THROW = el("intermediateThrowEvent", "t", event("compensate"))


def test_handlers_run_in_reverse_order_and_the_throw_waits() -> None:
    case = Case(
        process(
            start(),
            undoable("a"),
            undoable("b"),
            undoable("never"),
            THROW,
            user("z"),
            end(),
            chain("start", "a", "b", "t", "z", "end"),
        )
    )
    case.complete("a").complete("b")
    assert case.open == ["undo_b"]
    assert case.complete("undo_b").open == ["undo_a"]
    assert case.complete("undo_a").open == ["z"]
    assert case.complete("z").done


def test_one_activity_by_name_and_only_once() -> None:
    named = el("intermediateThrowEvent", "t", event("compensate", activityRef="a"))
    again = el("endEvent", "e", event("compensate"))
    case = Case(process(start(), undoable("a"), undoable("b"), named, again, chain("start", "a", "b", "t", "e")))
    case.complete("a").complete("b")
    assert case.open == ["undo_a"]
    assert case.complete("undo_a").open == ["undo_b"]
    assert case.complete("undo_b").done


def test_nothing_to_undo_passes_at_once() -> None:
    assert Case(process(start(), undoable("a"), THROW, end(), chain("start", "t", "end"), chain("a", "end"))).done


def test_a_completed_sub_process_is_undone_from_inside() -> None:
    inner = el("subProcess", "s", start("i"), undoable("a"), undoable("b"), end("e"), chain("i", "a", "b", "e"))
    case = Case(process(start(), inner, THROW, end(), chain("start", "s", "t", "end"))).complete("a").complete("b")
    assert case.open == ["undo_b"]
    assert case.complete("undo_b").complete("undo_a").done


def test_a_compensation_event_sub_process_decides_instead() -> None:
    handler = el(
        "subProcess",
        "h",
        el("startEvent", "hs", event("compensate")),
        user("hu"),
        el("intermediateThrowEvent", "ht", event("compensate")),
        end("he"),
        chain("hs", "hu", "ht", "he"),
        triggeredByEvent="true",
    )
    inner = el("subProcess", "s", start("i"), undoable("a"), end("e"), chain("i", "a", "e"), handler)
    case = Case(process(start(), inner, THROW, end(), chain("start", "s", "t", "end"))).complete("a")
    assert case.open == ["hu"]
    assert case.complete("hu").open == ["undo_a"]
    assert case.complete("undo_a").done


def transaction(with_boundary: str) -> bytes:
    inner = el(
        "transaction",
        "x",
        start("i"),
        undoable("a"),
        undoable("b"),
        user("side"),
        user("c"),
        el("endEvent", "cancel", event("cancel")),
        chain("i", "a", "b", "c", "cancel"),
        chain("i", "side"),
    )
    return process(
        start(),
        inner,
        with_boundary,
        user("z"),
        user("ok"),
        chain("start", "x", "ok"),
        chain("bc", "z") if with_boundary else "",
    )


def test_cancel_rolls_a_transaction_back_and_leaves_by_its_cancel_event() -> None:
    case = Case(transaction(boundary("bc", "x", event("cancel"))))
    case.complete("a").complete("b").complete("c")
    assert case.open == ["undo_b"]  # everything else in it has ended
    case.complete("undo_b").complete("undo_a")
    assert case.open == ["z"]
    assert case.complete("z").done


def test_a_transaction_that_is_not_cancelled_goes_on() -> None:
    inner = el("transaction", "x", start("i"), undoable("a"), end("e"), chain("i", "a", "e"))
    assert Case(process(start(), inner, user("ok"), chain("start", "x", "ok"))).complete("a").open == ["ok"]
