"""Definitions as versions: the same files once, nobody overwrites unseen, running instances keep their own."""

from __future__ import annotations

from typing import Any

import pytest

from engine.reading import read_definition
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from tests.engine.diagrams import chain, end, process, start, user
from tests.support.door import ORG, Door, together

TWO_STEPS = process(start(), user("First"), user("Second"), end(), chain("start", "First", "Second", "end"))


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def test_the_same_files_are_the_same_version(door: Door) -> None:
    first = door.deploy(TWO_STEPS)
    again = door.second().deploy(TWO_STEPS)
    assert (first.version, first.new, again.version, again.new) == (1, True, 1, False)
    assert len(door.rows(tables.deployment)) == len(door.rows(tables.definition)) == 1
    changed = door.deploy(TWO_STEPS.replace(b'name="P"', b'name="Q"'))
    assert (changed.version, changed.new) == (2, True)
    back = door.deploy(TWO_STEPS)
    assert (back.version, back.hash) == (3, first.hash)
    assert len(door.rows(tables.definition)) == 2


def test_an_editor_who_started_from_an_old_version_is_refused(door: Door) -> None:
    door.deploy(TWO_STEPS, base_version=0)
    changed = TWO_STEPS.replace(b'name="P"', b'name="Q"')
    door.deploy(changed, base_version=1)
    before = door.dump()
    with pytest.raises(BanjieError, match=r"^deploy\.newer_version:") as told:
        door.deploy(TWO_STEPS.replace(b'name="P"', b'name="R"'), base_version=1)
    assert told.value.status == 409
    assert door.dump() == before
    assert door.deploy(changed, base_version=1).version == 2, "the same files again do no harm"


def test_a_running_instance_keeps_its_version(door: Door) -> None:
    door.deploy(TWO_STEPS)
    old = door.start()
    door.deploy(process(start(), user("First"), user("Third"), end(), chain("start", "First", "Third", "end")))
    new = door.start()
    door.complete("First", old)
    door.complete("First", new)
    assert (door.open(old), door.open(new)) == (["Second"], ["Third"])
    fresh = door.second()  # a process that has compiled nothing yet
    fresh.complete("Second", old)
    assert door.instance(old).state == "completed"


def test_definitions_are_compiled_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(key: str, *args: Any) -> Any:
        read.append(key)
        return read_definition(key, *args)

    monkeypatch.setattr("engine.versions.read_definition", counted)
    door.deploy(TWO_STEPS)
    door.deploy(TWO_STEPS, org="another")
    read.clear()
    for _ in range(3):
        door.start()
    with door.store.begin(write=False) as uow:
        here = door.engine.versions.current(uow, ORG, "p")
        there = door.engine.versions.current(uow, "another", "p")
    assert read == ["p"] and here is there, "one object for all organisations with these files"


def test_two_administrators_deploy_at_once(door: Door) -> None:
    """Both get a version of their own, or one is refused; never two versions with one number."""
    drafts = [TWO_STEPS.replace(b'name="P"', f'name="P{n}"'.encode()) for n in range(3)]
    told = together(*(lambda data=data: door.second().deploy(data) for data in drafts))
    versions = sorted(row.version for row in door.rows(tables.deployment))
    assert versions == list(range(1, len(versions) + 1)) and versions
    assert all(not isinstance(result, Exception) or isinstance(result, BanjieError) for result in told), told
