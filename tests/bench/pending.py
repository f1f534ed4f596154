"""Timers: to ask what is due, and to fire what is, among a thousand pending ones and among a million."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from sqlalchemy import delete, text

from engine import sql, timers
from engine.engine import Engine
from engine.registry import Registry
from storage.clock import FixedClock
from storage.tables import engine as tables
from tests.bench.measures import Town
from tests.support.door import QuietHost
from tests.support.sql import asked

_MILLION = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
    "INSERT INTO timer SELECT 'other', printf('t%08d', i), printf('i%08d', i), 'loop', 'Work_due', NULL, "
    "strftime('%Y-%m-%dT%H:%M:%SZ', '2040-01-01', '+' || i || ' seconds'), 0 FROM n",
    "postgresql": "INSERT INTO timer SELECT 'other', 't' || i, 'i' || i, 'loop', 'Work_due', NULL, "
    "timestamptz '2040-01-01' + i * interval '1 second', 0 FROM generate_series(1, :count) AS i",
}


def fill(town: Town, count: int) -> None:
    """`count` timers that are due in 2040."""
    names = "org_id, id, instance_id, process_key, element_id, ref, due_at, tries"
    with town.store.begin() as uow:
        uow.conn.execute(delete(tables.timer).where(tables.timer.c.org_id == "other"))
        rows = _MILLION[town.store.dialect].replace("timer SELECT", f"timer ({names}) SELECT")
        uow.conn.execute(text(rows), {"count": count})
    with town.store.engine.connect() as conn:
        conn.exec_driver_sql("ANALYZE")
        conn.commit()


def ask(town: Town, times: int = 200) -> float:
    """Median seconds of asking when nothing is due."""
    now, took = town.engine.clock.now(), []
    for _ in range(times):
        with town.store.begin(write=False) as uow:
            began = time.perf_counter()
            found = sql.DUE_TIMERS.all(uow, now=now, most=100)
            took.append(time.perf_counter() - began)
        assert found == []
    return statistics.median(took)


def fire(town: Town, count: int = 100) -> tuple[float, int]:
    """Seconds of firing `count` due timers, each of an instance of its own, and the commits it took."""
    long_ago = FixedClock(town.engine.clock.now() - timedelta(days=60))
    town.start_many("loop", count, engine=Engine(town.store, QuietHost(), Registry(), long_ago))
    with asked(town.store) as told:
        began = time.perf_counter()
        fired = timers.fire_due(town.engine, limit=count)
        took = time.perf_counter() - began
    assert fired == count, fired
    return took, told.commits
