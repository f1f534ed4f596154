"""Data stores on both databases: shared by the instances of a regulation, seen by nobody else (10.3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.stores import BoundStores
from storage.clock import FixedClock
from storage.database import Store
from tests.engine.diagrams import chain, end, process, start
from tests.support.door import ORG, Door, together


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def test_instances_share_a_data_store_and_lose_nothing(door: Door) -> None:
    store = (
        '<bpmn:dataStoreReference id="DS" name="shelf" dataStoreRef="S"/><bpmn:scriptTask id="add">'
        '<bpmn:ioSpecification><bpmn:dataInput id="given" name="given"/><bpmn:dataOutput id="made" name="made"/>'
        "</bpmn:ioSpecification><bpmn:dataInputAssociation><bpmn:sourceRef>DS</bpmn:sourceRef>"
        "<bpmn:targetRef>given</bpmn:targetRef></bpmn:dataInputAssociation><bpmn:dataOutputAssociation>"
        "<bpmn:sourceRef>made</bpmn:sourceRef><bpmn:targetRef>DS</bpmn:targetRef></bpmn:dataOutputAssociation>"
        "<bpmn:script>made = (given or []) + [n]</bpmn:script></bpmn:scriptTask>"
    )
    data = process(start(), store, end(), chain("start", "add", "end"), roots='<bpmn:dataStore id="S" name="S"/>')
    door.deploy(data)
    assert all(isinstance(id, str) for id in together(*(lambda n=n: door.start(n=n) for n in range(6))))

    def kept(org: str, key: str) -> Any:
        with door.store.begin() as uow:
            return BoundStores(uow, org, door.clock.now()).take(key, "S")

    assert sorted(kept(ORG, "p")) == list(range(6))
    assert kept("other", "p") is None and kept(ORG, "q") is None  # another office, another regulation
    door.deploy(data.replace(b'name="P"', b'name="P2"'))  # a new version goes on with it
    door.start(n=6)
    assert sorted(kept(ORG, "p")) == list(range(7))
