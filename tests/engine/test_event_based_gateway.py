"""Event-based gateway (formal/2011-01-03, 10.5.6, 13.3.4)."""

from __future__ import annotations

from datetime import timedelta

from tests.engine.diagrams import NOW, Case, chain, el, event, process, read, start, timer, user


def catch(id: str, definition: str) -> str:
    return el("intermediateCatchEvent", id, definition)


RACE = process(
    start(),
    el("eventBasedGateway", "g"),
    catch("m", event("message", "m1")),
    catch("t1", timer("timeDuration", "PT2H")),
    catch("t2", timer("timeDuration", "PT1H")),
    el("receiveTask", "r", messageRef="m2"),
    user("um"),
    user("u1"),
    user("u2"),
    user("ur"),
    chain("start", "g", "m", "um"),
    chain("g", "t1", "u1"),
    chain("g", "t2", "u2"),
    chain("g", "r", "ur"),
)


def test_exactly_one_wins() -> None:
    assert len(Case(RACE).timers) == 2
    for act, expected in (
        (lambda c: c.deliver("m1"), "um"),
        (lambda c: c.deliver("m2"), "ur"),
        (lambda c: c.fire("t1"), "u1"),
        (lambda c: c.fire("t2"), "u2"),
    ):
        case = act(Case(RACE))
        assert case.open == [expected]
        assert not case.timers and not case.subscriptions
        assert case.complete(expected).done


def test_the_one_that_lost_changes_nothing_when_it_comes_late() -> None:
    from engine import commands as cmd

    case = Case(RACE)
    lost = next(t for t in case.timers.values() if t.element_id == "t2").timer_id
    case.now = NOW + timedelta(hours=3)
    case.deliver("m1")
    case.timers[lost] = None  # type: ignore[assignment]  # the door had read it already
    case.do(cmd.Fire(timer_id=lost))
    assert case.open == ["um"]


def starting(kind: str) -> bytes:
    return process(
        el("eventBasedGateway", "g", instantiate="true", eventGatewayType=kind),
        catch("a", event("message", "m1")),
        catch("b", event("message", "m2")),
        user("ua"),
        user("ub"),
        chain("g", "a", "ua"),
        chain("g", "b", "ub"),
    )


def test_instantiating() -> None:
    definition = read(starting("Exclusive"))
    assert definition.message_starts == {"m1": "a", "m2": "b"}
    case = Case(definition, message="m2", x=1)
    assert case.open == ["ub"] and not case.subscriptions and case.variables == {"x": 1}


def test_instantiating_parallel_waits_for_all() -> None:
    case = Case(read(starting("Parallel")), message="m2")
    assert case.open == ["ub"] and [s.name for s in case.subscriptions.values()] == ["m1"]
    case.complete("ub")
    assert case.ended is None
    case.deliver("m1")
    assert case.open == ["ua"]
    assert case.complete("ua").done


def test_instantiating_receive_task() -> None:
    data = process(el("receiveTask", "r", messageRef="m1", instantiate="true"), user("a"), chain("r", "a"))
    assert Case(data, message="m1").open == ["a"]
