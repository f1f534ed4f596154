"""What becomes of answers that no expression reads: they do not stay with the instance."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.reading import Known
from engine.registry import HandlerContext, Registry
from engine.state import encode
from storage.clock import FixedClock
from storage.database import Store
from storage.tables import engine as tables
from tests.engine.diagrams import chain, end, form, process, service, start, user
from tests.support.door import ORG, Door, dump

SECRET = "咳嗽发热三天"


@pytest.mark.parametrize("key", ["suspected_condition", "health_note", "disorder_note"])
def test_a_note_that_nothing_reads_is_in_no_table_of_the_engine(store: Store, clock: FixedClock, key: str) -> None:
    """Neither as a variable nor in a job's inputs nor in history (requirements 0.8)."""
    registry = Registry()
    seen: list[Mapping[str, object]] = []

    @registry.handler("h")
    def note(context: HandlerContext) -> None:
        seen.append({**context.inputs, **context.variables})

    door = Door(store, clock, registry)
    diagram = process(
        start("start", camunda__formKey="f"), user("First", camunda__formKey="f"), service("auto", "h"), user("Second"),
        end(), chain("start", "First", "auto", "Second", "end"),
    )  # fmt: skip
    known = Known(handlers=frozenset({"h"}))
    with store.begin() as uow:
        door.engine.deploy(uow, ORG, "p", {"p.bpmn": diagram, "f.form": form(key)}, known)
        instance = door.engine.start(uow, ORG, "p", business_key="c1", answers={key: SECRET}, actor="wang")
    door.complete("First", **{key: SECRET})
    door.run()
    with store.begin(write=False) as uow:
        _, state = door.engine.state(uow, ORG, instance)
    assert door.open() == ["Second"] and state is not None
    assert SECRET not in encode(state).decode("utf-8") and SECRET not in str(seen)
    kept = {name: rows for name, rows in dump(store).items() if name != tables.instance.name}
    assert SECRET not in str(kept)
