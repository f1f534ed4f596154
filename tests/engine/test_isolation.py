"""Handlers in processes of their own: what they answer comes back, one that hangs or crashes takes nothing along."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.isolation import Isolated
from engine.outside import Call, Interrupted
from engine.registry import BpmnError, Delivery, HandlerContext, HandlerFailed, HandlerSpec
from storage.clock import FixedClock
from storage.errors import Refusal

PATIENCE = 60.0  # seconds


@pytest.fixture
def caller() -> Iterator[Isolated]:
    made = Isolated("tests.support.far_handlers")
    yield made
    made.close()


def spec(name: str, **more: Any) -> HandlerSpec:
    return HandlerSpec(name=name, call=lambda context: {}, outside=True, timeout=30, retries=1, **more)


def context(clock: FixedClock, **inputs: Any) -> HandlerContext:
    return HandlerContext(
        org_id="o", instance_id="i", process_key="p", business_key="c1", element_id="e", element_name="寄信",
        properties={}, variables={"when": clock.now()}, now=clock.now(), actor=None, key="k1", inputs=inputs,
    )  # fmt: skip


def begun(caller: Isolated, declared: HandlerSpec, given: HandlerContext, **more: Any) -> Call:
    call = caller.begin(declared, given, **more)
    call.go()
    return call


def told(caller: Isolated, name: str, given: HandlerContext, **more: Any) -> Any:
    call = begun(caller, spec(name), given, **more)
    assert call.wait(PATIENCE)
    return call.result()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_it_answers_and_sends_comes_back(caller: Isolated, clock: FixedClock) -> None:
    given = context(clock, to="王小华")
    result = told(caller, "far.answer", given)
    assert result["inputs"] == {"to": "王小华"} and result["at"] == clock.now()
    assert given.outbox == [("told", "c1", {"by": "k1"})]
    assert result["pid"] != os.getpid()
    assert told(caller, "far.answer", context(clock))["pid"] == result["pid"], "the process is used again"


def test_what_it_raises_comes_back(caller: Isolated, clock: FixedClock) -> None:
    with pytest.raises(BpmnError) as bpmn:
        told(caller, "far.fail", context(clock, how="bpmn"))
    assert (bpmn.value.code, str(bpmn.value)) == ("E1", "材料不全")
    with pytest.raises(Exception) as refused:
        told(caller, "far.fail", context(clock, how="refused"))
    assert not isinstance(refused.value, HandlerFailed)
    assert refused.value.to_json() == Refusal("far.refused", "不行。", field="to").to_json()  # type: ignore[attr-defined]
    with pytest.raises(HandlerFailed, match="ConnectionError: no route"):
        told(caller, "far.fail", context(clock, how="else"))


def test_what_undoes_it_is_called_there_too(caller: Isolated, clock: FixedClock) -> None:
    declared = spec("far.undone", delivery=Delivery.COMPENSABLE, undo=lambda context: {})
    call = begun(caller, declared, context(clock), undo=True)
    assert call.wait(PATIENCE) and call.result() == {"undone": "k1"}


def test_one_that_crashes_takes_nothing_along(caller: Isolated, clock: FixedClock) -> None:
    with pytest.raises(HandlerFailed, match=r"中途结束（7）"):
        told(caller, "far.crash", context(clock))
    assert told(caller, "far.answer", context(clock))["pid"]


def test_one_that_hangs_is_ended(caller: Isolated, clock: FixedClock) -> None:
    pid = told(caller, "far.answer", context(clock))["pid"]
    call = begun(caller, spec("far.hang"), context(clock))
    assert alive(pid) and not call.wait(0.05)
    call.cut_off()
    assert not alive(pid)
    assert told(caller, "far.answer", context(clock))["pid"] != pid


def test_calls_at_the_same_time_have_a_process_each(caller: Isolated, clock: FixedClock) -> None:
    hanging = begun(caller, spec("far.hang"), context(clock))
    assert told(caller, "far.answer", context(clock))
    assert not hanging.wait(0)


def test_a_node_that_stops_interrupts_them(caller: Isolated, clock: FixedClock) -> None:
    call = begun(caller, spec("far.hang"), context(clock))
    threading.Timer(0.05, caller.close).start()
    assert call.wait(PATIENCE)
    with pytest.raises(Interrupted):
        call.result()
    with pytest.raises(Interrupted):
        caller.begin(spec("far.answer"), context(clock))
