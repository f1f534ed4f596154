"""Messages between pools of one file, and how they find their instance (formal/2011-01-03, 8.3.2, 9)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BadDiagram
from storage.tables import engine as tables
from tests.engine.diagrams import (
    Case,
    chain,
    el,
    end,
    event,
    extension,
    file,
    parameters,
    process,
    read,
    start,
    user,
)
from tests.support.door import ORG, Door

KEY = (
    '<bpmn:correlationProperty id="P_no" name="no">'
    '<bpmn:correlationPropertyRetrievalExpression messageRef="m1"><bpmn:messagePath>no</bpmn:messagePath>'
    "</bpmn:correlationPropertyRetrievalExpression>"
    '<bpmn:correlationPropertyRetrievalExpression messageRef="m2"><bpmn:messagePath>ref</bpmn:messagePath>'
    "</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
    '<bpmn:collaboration id="Co"><bpmn:correlationKey id="K" name="K">'
    "<bpmn:correlationPropertyRef>P_no</bpmn:correlationPropertyRef></bpmn:correlationKey></bpmn:collaboration>"
)


def send(id: str, message: str, **values: str) -> str:
    return el("intermediateThrowEvent", id, extension(parameters(values)), event("message", message))


def test_what_was_sent_says_which_answer_is_waited_for() -> None:
    """8.3.2: key-based correlation, the key set by the first message."""
    data = process(
        start(),
        send("ask", "m1", no="${number}"),
        el("intermediateCatchEvent", "answer", event("message", "m2")),
        end(),
        chain("start", "ask", "answer", "end"),
        roots=KEY,
    )
    case = Case(data, number=17)
    assert [m.correlation for m in case.thrown] == ["17"]
    assert [s.correlation for s in case.subscriptions.values()] == ["17"]
    assert case.deliver("m2", ref=17).done


def test_what_began_the_process_says_which_message_is_waited_for() -> None:
    data = process(
        el("startEvent", "begin", event("message", "m1")),
        el("receiveTask", "more", messageRef="m2"),
        send("echo", "m2", ref="${no}"),
        chain("begin", "more", "echo"),
        roots=KEY,
    )
    case = Case(data, message="m1", no="a-1")
    assert [s.correlation for s in case.subscriptions.values()] == ["a-1"]
    assert case.deliver("m2", ref="a-1").done
    assert case.thrown[0].correlation == "a-1"


def test_a_subscription_waits_for_the_messages_that_equal_its_data() -> None:
    """8.3.2: context-based correlation."""
    subscription = (
        '<bpmn:correlationSubscription id="CS" correlationKeyRef="K">'
        '<bpmn:correlationPropertyBinding correlationPropertyRef="P_no"><bpmn:dataPath>mine + 1</bpmn:dataPath>'
        "</bpmn:correlationPropertyBinding></bpmn:correlationSubscription>"
    )
    data = process(
        subscription,
        start(),
        el("intermediateCatchEvent", "c", event("message", "m1")),
        end(),
        chain("start", "c", "end"),
        roots=KEY,
    )
    case = Case(data, mine=4)
    assert [s.correlation for s in case.subscriptions.values()] == ["5"]
    empty = subscription.replace("<bpmn:dataPath>mine + 1</bpmn:dataPath>", "")
    for wrong, code in (
        (empty, "correlation.path"),
        (subscription.replace('Ref="P_no"', 'Ref="P"'), "correlation.binding"),
    ):
        with pytest.raises(BadDiagram) as caught:
            read(data.replace(subscription.encode(), wrong.encode()))
        assert caught.value.code == code and caught.value.element == "c"


def pool(id: str, *inside: str) -> str:
    return f'<bpmn:process id="{id}" isExecutable="true">{"".join(inside)}</bpmn:process>'


FLOWS = (
    '<bpmn:collaboration id="Two"><bpmn:participant id="A" processRef="p"/><bpmn:participant id="B" processRef="q"/>'
    '<bpmn:messageFlow id="F1" sourceRef="ask" targetRef="begin"/>'
    '<bpmn:messageFlow id="F2" sourceRef="reply" targetRef="answer"/></bpmn:collaboration>'
)


def test_two_pools_of_one_file_talk_by_message(store: Store, clock: FixedClock) -> None:
    """9.3: the throw of one pool starts the other, whose answer finds the instance that asked."""
    asks = pool(
        "p",
        start(),
        send("ask", "m1", question="${number}"),
        el("intermediateCatchEvent", "answer", event("message", "m2")),
        user("Read"),
        end(),
        chain("start", "ask", "answer", "Read", "end"),
    )
    answers = pool(
        "q",
        el("startEvent", "begin", event("message", "m1")),
        user("Think"),
        send("reply", "m2", said="${question}"),
        end("qe"),
        chain("begin", "Think", "reply", "qe"),
    )
    door = Door(store, clock)
    door.deploy(file(asks, answers, roots=FLOWS))
    door.start(number=3)
    door.complete("Think")
    door.complete("Read")
    with store.begin(write=False) as uow:
        assert uow.conn.execute(select(tables.instance.c.state)).scalars().all() == ["completed", "completed"]


def test_a_signal_starts_every_pool_that_begins_with_it(store: Store, clock: FixedClock) -> None:
    """10.4.5: a signal is broadcast; a message has one receiver."""

    def begins(id: str, kind: str) -> str:
        ref = event(kind, f"{kind[0]}1")
        return pool(id, el("startEvent", f"{id}s", ref), user(f"{id}u"), chain(f"{id}s", f"{id}u"))

    door = Door(store, clock)
    door.deploy(file(begins("p", "signal"), begins("q", "signal")))
    with store.begin() as uow:
        door.engine.broadcast(uow, ORG, "s1")
    assert sorted(door.open()) == ["pu", "qu"]
    with pytest.raises(BadDiagram) as caught:
        read(file(begins("p", "message"), begins("q", "message")))
    assert caught.value.code == "start.twice" and caught.value.element == "qs"


def test_a_signal_from_outside_reaches_all_and_starts_what_begins_with_it(store: Store, clock: FixedClock) -> None:
    door = Door(store, clock)
    catch = el("intermediateCatchEvent", "c", event("signal", "s1"))
    door.deploy(
        process(start(), catch, user("Heard"), el("startEvent", "ss", event("signal", "s1")), user("Begun"),
                end(), end("stop"), chain("start", "c", "Heard", "end"), chain("ss", "Begun", "stop"))
    )  # fmt: skip
    door.start()
    door.start()
    with store.begin() as uow:
        door.engine.broadcast(uow, ORG, "s1", {"x": 1})
    assert sorted(door.open()) == ["Begun", "Heard", "Heard"]


def test_the_messages_of_a_parallel_multiple_start_meet_in_one_instance(store: Store, clock: FixedClock) -> None:
    """10.4.6: the first message makes the instance, the others find it by its correlation."""
    both = event("message", "m1") + event("message", "m2")
    door = Door(store, clock)
    door.deploy(process(el("startEvent", "begin", both, parallelMultiple="true"), user("Both"), chain("begin", "Both")))
    assert door.publish("m2", "c1") and door.open() == []
    assert door.publish("m1", "c1") and door.open() == ["Both"]
    assert door.publish("m1", "c2") and door.open() == ["Both"]  # another correlation, another instance
    assert len(door.rows(tables.instance)) == 2
