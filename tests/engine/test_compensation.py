"""Compensation and transactions (formal/2011-01-03, 10.2.5, 10.6, 13.4.5)."""

from __future__ import annotations

from tests.engine.diagrams import Case, boundary, chain, el, end, event, process, start, timer, user


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


def test_the_association_may_stand_in_the_collaboration_and_name_its_ends_by_prefix() -> None:
    """9.2, 10.6.1: an association is an artifact, its ends are QNames; which end is which does not matter."""
    line = '<bpmn:association id="as_a" sourceRef="c_a" targetRef="undo_a"/>'
    drawn = '<bpmn:collaboration id="co"><bpmn:association id="as_a" sourceRef="t:undo_a" targetRef="t:c_a"/>'
    data = process(
        start(),
        undoable("a").replace(line, ""),
        el("endEvent", "e", event("compensate")),
        chain("start", "a", "e"),
        roots=drawn + "</bpmn:collaboration>",
    ).replace(b"<bpmn:definitions", b'<bpmn:definitions xmlns:t="test"')
    case = Case(data).complete("a")
    assert case.open == ["undo_a"] and case.complete("undo_a").done


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


def test_a_throw_that_does_not_wait_goes_on_at_once() -> None:
    """`waitForCompletion="false"` (10.4.5, table 10.91)."""
    throw = el("intermediateThrowEvent", "t", event("compensate", waitForCompletion="false"))
    case = Case(
        process(
            start(), undoable("a"), undoable("b"), throw, user("z"), end(), chain("start", "a", "b", "t", "z", "end")
        )
    )
    case.complete("a").complete("b")
    assert case.open == ["undo_b", "z"]
    case.complete("z")
    assert case.open == ["undo_b"] and case.ended is None  # the instance ends with its last token
    assert case.complete("undo_b").complete("undo_a").done


def test_each_instance_of_a_repeated_activity_is_compensated_the_last_first() -> None:
    """13.4.5: loops and multi-instance activities are undone instance by instance, each with its own item."""
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="units" '
        'camunda:elementVariable="unit"/>'
    )
    undo = el("scriptTask", "undo", "<bpmn:script>undone = get('undone', []) + [unit]</bpmn:script>")
    case = Case(
        process(
            start(),
            user("a", loop),
            boundary("c", "a", event("compensate")),
            undo.replace("<bpmn:scriptTask ", '<bpmn:scriptTask isForCompensation="true" '),
            '<bpmn:association id="as" sourceRef="c" targetRef="undo"/>',
            THROW,
            end(),
            chain("start", "a", "t", "end"),
        ),
        units=["x", "y", "z"],
    )
    case.complete("a").complete("a").complete("a")
    assert case.done and case.variables["undone"] == ["z", "y", "x"]


def test_what_was_done_in_a_running_sub_process_is_undone_when_its_transaction_is_cancelled() -> None:
    """10.6.1: cancelling a sub-process that still runs undoes the parts of it that were done."""
    nested = el("subProcess", "n", start("ni"), undoable("b"), user("busy"), chain("ni", "b", "busy"))
    inner = el(
        "transaction",
        "x",
        start("i"),
        undoable("a"),
        nested,
        user("c"),
        el("endEvent", "cancel", event("cancel")),
        chain("i", "a", "c", "cancel"),
        chain("a", "n"),
    )
    case = Case(
        process(start(), inner, boundary("bc", "x", event("cancel")), user("z"), chain("start", "x"), chain("bc", "z"))
    )
    case.complete("a").complete("b").complete("c")
    assert case.open == ["undo_b"]
    assert case.complete("undo_b").open == ["undo_a"]
    assert case.complete("undo_a").open == ["z"]


def test_a_handler_that_is_interrupted_is_done() -> None:
    interrupted = undoable("b") + boundary("late", "undo_b", timer("timeDuration", "PT1H")) + user("note")
    case = Case(
        process(
            start(),
            undoable("a"),
            interrupted,
            THROW,
            end(),
            chain("start", "a", "b", "t", "end"),
            chain("late", "note"),
        )
    )
    case.complete("a").complete("b").fire("late")
    assert case.open == ["note", "undo_a"]
    assert case.complete("undo_a").complete("note").done
