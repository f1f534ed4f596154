"""Parallel gateway (formal/2011-01-03, 10.5.4, 13.3.1)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, el, end, flow, process, read, script, start, user

FORK = process(
    start(),
    el("parallelGateway", "f"),
    user("a"),
    user("b"),
    el("parallelGateway", "j"),
    user("c"),
    end(),
    chain("start", "f", "a", "j", "c", "end"),
    chain("f", "b", "j"),
)


def test_takes_all_flows_and_waits_for_all() -> None:
    case = Case(FORK)
    assert case.open == ["a", "b"]
    case.complete("a")
    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["c"]
    assert case.complete("c").done


def test_conditions_at_a_fork_are_told_and_not_looked_at() -> None:
    """10.5.4: it creates all ways without checking any conditions."""
    diagram = process(
        start(), el("parallelGateway", "f"), user("x"), user("y"), chain("start", "f"), flow("f", "x", "False"),
        flow("f", "y", "nobody == 1"),
    )  # fmt: skip
    told = [f for f in read(diagram).findings if f.rule == "condition.ignored"]
    assert [(f.element_id, f.severity) for f in told] == [("f-x", "warning"), ("f-y", "warning")]
    assert Case(diagram).open == ["x", "y"]


def test_two_flows_without_ids_between_the_same_elements_are_two() -> None:
    def bare(source: str, target: str, condition: str = "") -> str:
        return flow(source, target, condition).replace(f' id="{source}-{target}"', "")

    fork = process(
        start(), el("parallelGateway", "f"), el("parallelGateway", "j"), user("c"), end(), chain("start", "f"),
        bare("f", "j"), bare("f", "j"), chain("j", "c", "end"),
    )  # fmt: skip
    assert Case(fork).open == ["c"]
    ways = process(
        start(), el("inclusiveGateway", "x"), user("c"), end(), chain("start", "x"), bare("x", "c", "n > 0"),
        bare("x", "c", "n > 1"), chain("c", "end"),
    )  # fmt: skip
    assert [Case(ways, n=n).open for n in (1, 2)] == [["c"], ["c", "c"]]


def test_a_join_loses_no_update_and_lists_are_values() -> None:
    case = Case(FORK, x=[1, 2, 3], y=1)
    case.complete("a", x=[9], z=1)
    case.complete("b", y=2)
    assert case.variables == {"x": [9], "y": 2, "z": 1}
    assert not [line for line in case.lines if line.kind == "conflict"]


def test_two_branches_that_write_the_same_name_are_recorded_as_a_conflict() -> None:
    case = Case(FORK)
    case.complete("b", x=1)
    case.complete("a", x=2)
    assert case.variables["x"] == 2  # the last to complete
    conflicts = [line for line in case.lines if line.kind == "conflict"]
    assert [(c.element_id, dict(c.data)) for c in conflicts] == [("a", {"name": "x", "kept": 2, "replaced": 1})]
    case.complete("c", x=3)  # after the join there is no branch to be in conflict with
    assert len([line for line in case.lines if line.kind == "conflict"]) == 1


def test_excess_tokens_stay_at_the_join() -> None:
    """One token of each incoming flow is consumed; excess tokens wait (13.3.1)."""
    data = process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        el("exclusiveGateway", "m"),
        el("parallelGateway", "j"),
        user("c"),
        end(),
        chain("start", "f", "a", "m"),
        flow("f", "m", id="f-m2"),
        chain("m", "j", "c", "end"),
        chain("f", "b", "j"),
    )
    case = Case(data)
    case.complete("a")
    assert case.state is not None
    assert case.state.tokens_by_element() == {"b": 1, "j": 2}
    case.complete("b")
    assert case.open == ["c"]
    assert case.state.tokens_by_element() == {"c": 1, "j": 1}


def test_a_fork_in_a_loop_joins_right_in_every_round() -> None:
    data = process(
        start(),
        el("exclusiveGateway", "m"),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        el("parallelGateway", "j"),
        el("exclusiveGateway", "x", default="x-m"),
        end(),
        chain("start", "m", "f", "a", "j", "x"),
        chain("f", "b", "j"),
        flow("x", "m"),
        flow("x", "end", "${ok}"),
    )
    case = Case(data)
    for number in range(30):
        first, second = ("a", "b") if number % 2 else ("b", "a")
        case.complete(first)
        assert case.open == [second]
        case.complete(second, ok=number == 29)
    assert case.done


def test_the_state_does_not_grow_with_rounds() -> None:
    from engine.state import encode

    data = process(
        start(),
        el("exclusiveGateway", "m"),
        el("parallelGateway", "f"),
        user("a"),
        end("stop"),
        chain("start", "m", "f", "a", "m"),
        chain("f", "stop"),
    )
    case = Case(data)
    sizes = []
    for _ in range(200):
        case.complete("a", n=1)
        assert case.state is not None
        sizes.append(len(encode(case.state)))
    assert max(sizes[100:]) <= sizes[50] + 40


def test_fork_without_join_ends_with_its_last_token() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        script("a", "x = 1"),
        user("b"),
        end("end1"),
        end("end2"),
        chain("start", "f", "a", "end1"),
        chain("f", "b", "end2"),
    )
    case = Case(data)
    assert case.ended is None
    assert case.complete("b").done
