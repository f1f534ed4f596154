"""What stops a diagram that would go on for ever, and what length may not break."""

from __future__ import annotations

from engine.stepping import Limits
from tests.engine.diagrams import Case, chain, el, end, extension, flow, parameters, process, script, start, user
from tests.engine.test_multi_instance import OWN, around, multi


def test_a_chain_of_two_thousand_tasks() -> None:
    ids = [f"t{n}" for n in range(2000)]
    case = Case(process(start(), *(el("task", id) for id in ids), end(), chain("start", *ids, "end")))
    assert case.done and len(case.trace) == 2002


def test_ten_thousand_rounds_of_a_script() -> None:
    data = process(
        start(),
        el("exclusiveGateway", "m"),
        script("s", "n = n + 1"),
        el("exclusiveGateway", "x", default="x-m"),
        end(),
        chain("start", "m", "s", "x"),
        flow("x", "m"),
        flow("x", "end", "${n >= 6000}"),
    )
    assert Case(data, n=0).done


LOOP = process(
    start(),
    el("exclusiveGateway", "m"),
    el("task", "s"),
    el("exclusiveGateway", "x", default="x-m"),
    user("u"),
    end(),
    chain("start", "m", "s", "x"),
    flow("x", "m"),
    flow("x", "end", "${stop}"),
    chain("start", "u", "end"),
)


def test_a_loop_without_a_wait_stops_with_one_incident_and_can_be_resumed() -> None:
    case = Case(LOOP, stop=False, limits=Limits(steps=500))
    assert [i.code for i in case.incidents] == ["limit.steps"]
    case.complete("u", stop=True)
    case.retry()
    assert case.done


def test_tokens_that_multiply_are_stopped() -> None:
    data = process(
        start(), el("parallelGateway", "f"), chain("start", "f"), flow("f", "f", id="x"), flow("f", "f", id="y")
    )
    data = process(
        start(),
        el("exclusiveGateway", "m"),
        el("parallelGateway", "f"),
        chain("start", "m", "f"),
        flow("f", "m", id="x"),
        flow("f", "m", id="y"),
    )
    case = Case(data, limits=Limits(tokens=300, steps=2000))
    assert case.incidents and {i.code for i in case.incidents} <= {"limit.tokens", "limit.steps"}


def test_variables_too_large_are_an_incident() -> None:
    case = Case(
        process(start(), script("s", "x = ['0123456789', '0123456789']"), chain("start", "s")),
        limits=Limits(variables=20),
    )
    assert case.incidents[0].code == "limit.variables"


def test_elements_called_as_the_library_calls_its_own() -> None:
    ids = ["Start", "StartEventSplit", "Root", "p.EndJoin", "End"]
    case = Case(
        process(
            start("Start"),
            user("StartEventSplit"),
            el("task", "Root"),
            el("task", "p.EndJoin"),
            end("End"),
            chain(*ids),
        )
    )
    case.complete("StartEventSplit")
    assert case.done and case.trace == ids


def test_inputs_that_are_too_large_in_all_are_one_incident() -> None:
    """Each is small, and so are the variables; ten thousand of them would not be."""
    task = user("a", extension(parameters({"copy": "${t}"})), multi(camunda__collection="items"))
    case = Case(around(task), items=[1] * 30, t="x" * 100, limits=Limits(inputs=1000))
    assert [one.code for one in case.incidents] == ["limit.inputs"]
    assert Case(around(task), items=[1] * 30, t="x" * 100).open == ["a"] * 30


def test_an_item_that_grows_is_stopped() -> None:
    inside = (
        start("i"), el("exclusiveGateway", "m"), script("w", "item = item + item"),
        el("exclusiveGateway", "g", default="g-m"), end("e"), chain("i", "m", "w", "g", "m"),
        flow("g", "e", "${item == 'y'}"),
    )  # fmt: skip
    case = Case(around(el("subProcess", "a", multi(OWN), *inside)), items=["x"], limits=Limits(inputs=1000))
    assert [one.code for one in case.incidents] == ["limit.inputs"]
