"""Timers: asking among a million, and a hundred that fall due in the same second.

`python -m tests.bench.timers` prints ratios and seconds; both databases are durable, with every commit synced.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from engine import timers
from engine.engine import Engine
from engine.reading import Known
from engine.registry import Registry
from engine.scheduler import Scheduler
from storage import schema
from storage.clock import TZ, SystemClock
from storage.database import Store
from storage.tables import engine as tables
from tests.engine.test_timers import due_after
from tests.support import postgres, run
from tests.support.door import QuietHost

ORG = "bench"
FEW, MANY = 1_000, 1_000_000
AT_ONCE = 100
AHEAD = 8  # seconds, for the hundred to be written
ROUNDS = 5
ASKED = 200


def main() -> int:
    """Measure on both databases."""
    run.begin()
    try:
        for name in ("sqlite", "postgresql"):
            with _engine(name) as few, _engine(name) as many:
                _measure(name, few, many)
    finally:
        run.end()
    return 0


@contextmanager
def _engine(name: str) -> Iterator[Engine]:
    with ExitStack() as stack:
        if name == "sqlite":
            url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory()))}/banjie.db"
        else:
            url = stack.enter_context(postgres.database(postgres.server_url(run.pid(), durable=True)))
        store = Store(url)
        stack.callback(store.close)
        schema.upgrade(store)
        engine = Engine(store, QuietHost(), Registry(), SystemClock())
        with store.begin() as uow:
            engine.deploy(uow, ORG, "p", {"p.bpmn": due_after("${at}", kind="timeDate")}, Known())
        yield engine


def _measure(name: str, few: Engine, many: Engine) -> None:
    _arm(few.store, FEW)
    _arm(many.store, MANY)
    ratio, seconds = _ask(few, many)
    print(f"{name}: asking among {MANY:,} takes {ratio:.2f} of what it takes among {FEW:,} ({seconds * 1e6:.0f} µs)")
    late = sorted(lateness for _ in range(ROUNDS) for lateness in _burst(many))
    p50, p99 = statistics.median(late), late[int(len(late) * 0.99) - 1]
    print(f"{name}: of {AT_ONCE} due in one second, p50 {p50:.3f} s, p99 {p99:.3f} s, last {late[-1]:.3f} s late")


def _arm(store: Store, count: int) -> None:
    """Timers of other organisations that are due in the years to come."""
    soon = datetime.now(TZ).replace(microsecond=0) + timedelta(days=1)
    for start in range(0, count, 50_000):
        rows = [
            {
                "org_id": f"o{n % 1000}", "id": f"t{n:08}", "instance_id": f"i{n}", "process_key": "p",
                "element_id": "e", "due_at": soon + timedelta(seconds=n * 7 % 100_000_000), "tries": 0,
            }
            for n in range(start, min(start + 50_000, count))
        ]  # fmt: skip
        with store.begin() as uow:
            uow.conn.execute(insert(tables.timer), rows)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("analyze timer" if store.dialect == "sqlite" else "vacuum analyze timer")


def _ask(few: Engine, many: Engine) -> tuple[float, float]:
    """A node sees that nothing is due and when the next will be: among many as a share of among few, and its seconds.

    Both are asked in turn, in a new order each time; medians.
    """
    took: list[tuple[float, float]] = []
    for _ in range(ASKED):
        times = [0.0, 0.0]
        for place in random.sample((0, 1), 2):
            engine = (few, many)[place]
            began = time.perf_counter()
            assert timers.fire_due(engine) == 0
            with engine.store.begin(write=False) as uow:
                timers.next_due(uow)
            times[place] = time.perf_counter() - began
        took.append((times[0], times[1]))
    return statistics.median(b / a for a, b in took), statistics.median(b for _, b in took)


def _burst(engine: Engine) -> list[float]:
    """Seconds after the due instant at which each of the timers was seen to be gone from the table."""
    due = datetime.now(TZ).replace(microsecond=0) + timedelta(seconds=AHEAD)
    with engine.store.begin() as uow:
        for n in range(AT_ONCE):
            key = f"c{time.time_ns()}-{n}"
            engine.start(uow, ORG, "p", business_key=key, variables={"at": due.isoformat()})
    instant = due.timestamp()
    assert time.time() < instant, "they were due before they were written"
    scheduler = Scheduler(engine)
    scheduler.start()
    late: list[float] = []
    try:
        stop = threading.Event()
        while len(late) < AT_ONCE and time.time() < instant + 30:
            with engine.store.begin(write=False) as uow:
                left = uow.conn.execute(
                    select(func.count()).select_from(tables.timer).where(tables.timer.c.org_id == ORG)
                ).scalar_one()
            late += [time.time() - instant] * (AT_ONCE - left - len(late))
            stop.wait(0.01)
    finally:
        scheduler.stop()
    assert len(late) == AT_ONCE, f"only {len(late)} fired"
    return late


if __name__ == "__main__":
    sys.exit(main())
