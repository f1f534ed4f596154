"""The chain of history: whole after ordinary work, and pointing at the first row that a hand has touched."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from engine.history import first_broken, row_hash
from storage.clock import FixedClock
from storage.database import Store
from storage.tables.engine import history, instance
from tests.engine.diagrams import chain, end, process, start, user
from tests.support.door import ORG, Door


@pytest.fixture
def told(store: Store, clock: FixedClock) -> tuple[Door, str]:
    """An instance with some history."""
    door = Door(store, clock)
    door.deploy(process(start(), user("A"), user("B"), end(), chain("start", "A", "B", "end")))
    id = door.start(text="“村口”水渠🀄", number=1.50, nothing=None, many=[1, {"a": True}])
    door.complete("A", x="值", y=[1.0, 2])
    door.complete("B")
    return door, id


def broken(door: Door, id: str) -> int | None:
    with door.store.begin(write=False) as uow:
        return first_broken(uow, ORG, id)


def change(door: Door, statement: Any) -> None:
    with door.store.begin() as uow:
        assert uow.conn.execute(statement).rowcount == 1


def row(seq: int) -> Any:
    return history.c.seq == seq


def test_ordinary_work_leaves_a_whole_chain(told: tuple[Door, str]) -> None:
    door, id = told
    assert broken(door, id) is None
    rows = door.rows(history)
    assert rows[0].prev_hash == "0" * 64 and rows[0].kind == "instance_started"
    assert all(a.hash == b.prev_hash for a, b in pairwise(rows))
    assert [r.actor for r in rows] == ["wang"] * len(rows)


EDITS: list[dict[str, Any]] = [
    {"actor": "li"}, {"kind": "repair"}, {"element_id": "other"}, {"name": "other"}, {"data": {"answers": {}}},
    {"business_key": "c2"}, {"prev_hash": "1" * 64}, {"hash": "1" * 64},
]  # fmt: skip


@pytest.mark.parametrize("values", EDITS, ids=lambda values: next(iter(values)))
def test_an_edited_row_is_found(told: tuple[Door, str], values: dict[str, Any]) -> None:
    door, id = told
    change(door, update(history).where(row(3)).values(**values))
    assert broken(door, id) == 3


def test_an_instant_moved_by_a_second_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    change(door, update(history).where(row(2)).values(at=door.clock.now() + timedelta(seconds=1)))
    assert broken(door, id) == 2


def test_an_edit_with_a_new_hash_is_found_at_the_next_row(told: tuple[Door, str]) -> None:
    door, id = told
    with door.store.begin() as uow:
        found = dict(uow.conn.execute(select(history).where(row(3))).mappings().one())
        found["actor"] = "li"
        uow.conn.execute(update(history).where(row(3)).values(actor="li", hash=row_hash(found)))
    assert broken(door, id) == 4


def test_a_removed_row_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    change(door, delete(history).where(row(4)))
    assert broken(door, id) == 4


def test_a_removed_end_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    last = len(door.rows(history))
    change(door, delete(history).where(row(last)))
    assert broken(door, id) == last


def test_an_added_row_is_found(told: tuple[Door, str]) -> None:
    """Even with a right hash behind the last one: the instance knows how many rows it has."""
    door, id = told
    with door.store.begin() as uow:
        last = dict(uow.conn.execute(select(history).order_by(history.c.seq.desc()).limit(1)).mappings().one())
        added = {**last, "seq": last["seq"] + 1, "kind": "repair", "prev_hash": last["hash"]}
        added["hash"] = row_hash(added)
        uow.conn.execute(insert(history).values(**added))
    assert broken(door, id) == last["seq"] + 1


def test_the_whole_history_removed_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    with door.store.begin() as uow:
        uow.conn.execute(delete(history).where(history.c.instance_id == id))
    assert broken(door, id) == 1


def test_a_last_row_with_a_new_hash_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    with door.store.begin() as uow:
        last = dict(uow.conn.execute(select(history).order_by(history.c.seq.desc()).limit(1)).mappings().one())
        forged = row_hash({**last, "actor": "li"})
        uow.conn.execute(update(history).where(row(last["seq"])).values(actor="li", hash=forged))
    assert broken(door, id) == last["seq"]


def test_a_forged_tip_is_found(told: tuple[Door, str]) -> None:
    door, id = told
    last = len(door.rows(history))
    change(door, update(instance).values(history_hash="2" * 64))
    assert broken(door, id) == last
