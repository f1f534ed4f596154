"""Asking for due timers costs the same however many wait: counted in steps of the database, not in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from engine import sql, timers
from storage.clock import FixedClock
from storage.database import Store, UnitOfWork
from storage.tables import engine as tables
from tests.engine.test_timers import due_after
from tests.support.door import ORG, Door

FEW, MANY = 300, 30_000


def arm(store: Store, clock: FixedClock, first: int, last: int) -> None:
    """Timers that are due tomorrow or later."""
    now = clock.now()
    rows = [
        {
            "org_id": f"o{n % 50}", "id": f"t{n:08}", "instance_id": f"i{n}", "process_key": "p", "element_id": "e",
            "due_at": now + timedelta(days=1, seconds=n * 7 % 10_000_000), "tries": 0,
        }
        for n in range(first, last)
    ]  # fmt: skip
    with store.begin() as uow:
        uow.conn.execute(insert(tables.timer), rows)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("analyze timer")


def cost(uow: UnitOfWork, statement: Any, **values: Any) -> int:
    """Instructions of SQLite's machine, or pages that PostgreSQL looked at."""
    if uow.dialect == "sqlite":
        steps = [0]

        def step() -> int:
            steps[0] += 1
            return 0

        driver: Any = uow.conn.connection.driver_connection
        driver.set_progress_handler(step, 1)
        try:
            statement.all(uow, **values)
        finally:
            driver.set_progress_handler(None, 1)
        return steps[0]
    form = statement.form(uow)
    cursor: Any = uow.conn.connection.driver_connection.cursor()  # type: ignore[union-attr]
    cursor.execute(f"explain (analyze, buffers, format json) {form.text}", form.parameters(values))
    plan = cursor.fetchone()[0][0]["Plan"]
    assert "Seq Scan" not in str(plan), plan
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.parametrize(
    "ask",
    [
        lambda uow, clock: cost(uow, sql.NEXT_TIMER),
        lambda uow, clock: cost(uow, sql.DUE_TIMERS, now=clock.now(), most=100),
    ],
    ids=["when is the next", "which are due"],
)
def test_asking_costs_no_more_with_a_hundred_times_as_many(
    store: Store, clock: FixedClock, ask: Callable[[UnitOfWork, FixedClock], int]
) -> None:
    arm(store, clock, 0, FEW)
    with store.begin(write=False) as uow:
        ask(uow, clock)
        few = ask(uow, clock)
    arm(store, clock, FEW, MANY)
    with store.begin(write=False) as uow:
        ask(uow, clock)
        many = ask(uow, clock)
    assert many <= few + 2, f"{few} among {FEW}, {many} among {MANY}"  # one level more of an index at most


def test_the_due_ones_are_found_among_all_that_wait(store: Store, clock: FixedClock) -> None:
    door = Door(store, clock)
    door.deploy(due_after("PT1H"))
    for n in range(20):
        door.start(business_key=f"c{n}")
    arm(store, clock, 0, 5_000)
    door.clock.advance(hours=1)
    assert timers.fire_due(door.engine) == 20
    assert door.open().count("Late") == 20
    assert all(row.due_at > clock.now() for row in door.rows(tables.timer))
    assert len(door.rows(tables.timer, org_id=ORG)) == 0
