"""Steps that are offered in a sequential ad-hoc sub-process, on both databases (formal/2011-01-03, 13.2.5)."""

from __future__ import annotations

import pytest

from engine.migration.batch import Wish, migrate
from engine.migration.undoing import undo
from engine.verifying import findings
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError, Conflict
from storage.tables import engine as tables
from tests.engine.diagrams import chain, el, end, process, start, user
from tests.support.door import ORG, Door, together

OFFERED = process(
    start(),
    el("adHocSubProcess", "h", user("a"), user("b"), ordering="Sequential"),
    end(),
    chain("start", "h", "end"),
)


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def test_an_offered_step_is_begun_before_anything_else(door: Door) -> None:
    door.deploy(OFFERED)
    instance = door.start()
    a, b = door.task("a"), door.task("b")
    assert all(row.offered for row in door.rows(tables.task))

    def begin(task_id: str, user_id: str) -> str | None:
        with door.store.begin() as uow:
            return door.engine.begin(uow, ORG, task_id, user_id, actor=user_id)

    def claim() -> None:
        with door.store.begin() as uow:
            door.engine.claim(uow, ORG, a, "wang", actor="wang")

    for act in (claim, lambda: door.complete_task(a)):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "task.not_begun"
    told = together(lambda: begin(a, "wang"), lambda: begin(b, "li"))
    (error,) = [one for one in told if isinstance(one, BanjieError)]
    assert error.code in ("task.already_begun", "instance.changed")
    (now,) = door.rows(tables.task, state="open")
    assert not now.offered and now.assignee in ("wang", "li") and now.id not in (a, b)
    assert door.kinds(instance).count("step_begun") == 1
    door.complete_task(now.id, actor=now.assignee)
    (left,) = door.rows(tables.task, state="open")
    assert not left.offered  # nothing is left to choose: it has begun by itself
    door.complete_task(left.id)
    assert door.instance(instance).state == "completed" and door.broken() == []
    with door.store.begin(write=False) as uow:
        assert not list(findings(uow))


def test_what_is_offered_moves_with_its_instance_to_a_new_version(door: Door) -> None:
    door.deploy(OFFERED)
    instance = door.start()
    task = door.task("a")
    door.deploy(OFFERED.replace(b'id="a"', b'id="a" name="A step"').replace(b'"clerk"', b'"deputy"'))
    wish = Wish(process_key="p", from_version=1, to_version=2)
    batch, told = migrate(door.engine, ORG, wish, [instance], reason="r", actor="admin")
    assert [one.done for one in told] == [True]
    (row,) = door.rows(tables.task, id=task)
    assert (row.name, row.candidate_groups, row.offered, row.state) == ("A step", ["deputy"], True, "open")
    assert [one["done"] for one in undo(door.engine, ORG, batch, actor="admin")] == [True]
    (row,) = door.rows(tables.task, id=task)
    assert (row.name, row.candidate_groups, row.offered) == ("a", ["clerk"], True)
