"""Run: `make bench`. Prints ratios; the times beside them are of this machine and this moment."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert, select

from engine.engine import Engine
from engine.reading import Known
from engine.registry import Registry
from storage import schema
from storage.clock import SystemClock
from storage.database import Store
from storage.tables import engine as tables
from storage.types import new_id
from tests.bench import workloads
from tests.support import postgres, run

ORG = "bench"
CASES = 8  # instances of the sequence, 20 completions each
REPEATS = 5  # of each measurement; medians are printed
WINDOW = 20  # rounds around the measured round of the loop


class NoOffice:
    """A host without an office: only the engine is measured."""

    functions: Mapping[str, Any] = {}

    def started(self, context: Any) -> None: ...
    def check(self, context: Any) -> None: ...
    def completed(self, context: Any) -> None: ...
    def passed(self, context: Any) -> None: ...
    def timer_dropped(self, context: Any, ref: str, *, completed: bool) -> None: ...
    def timer_restored(self, context: Any, ref: str) -> None: ...
    def options(self, context: Any, keys: Any) -> Mapping[str, Any]:
        return {}

    def form_data(self, context: Any) -> Mapping[str, Any]:
        return {}


class Bench:
    """One database with both workloads deployed."""

    def __init__(self, url: str) -> None:
        self.store = Store(url)
        schema.upgrade(self.store)
        self.engine = Engine(self.store, NoOffice(), Registry(), SystemClock())
        with self.store.begin() as uow:
            for key, diagram in (("sequence", workloads.sequence()), ("loop", workloads.loop())):
                self.engine.deploy(uow, ORG, key, {f"{key}.bpmn": diagram}, Known())

    def start(self, key: str) -> str:
        with self.store.begin() as uow:
            return self.engine.start(uow, ORG, key, variables={"outcome": None})

    def complete(self, instance_id: str, outcome: str) -> None:
        """One person's act: find the open task, complete it, commit."""
        with self.store.begin() as uow:
            query = select(tables.task.c.id).where(
                tables.task.c.org_id == ORG, tables.task.c.instance_id == instance_id, tables.task.c.state == "open"
            )
            task_id = uow.conn.execute(query).scalar_one()
            self.engine.complete(uow, ORG, task_id, {"outcome": outcome}, actor="bench")

    def bare_commits(self, count: int) -> float:
        """Commits per second of one small row each, through the same driver and settings."""
        began = time.perf_counter()
        for number in range(count):
            with self.store.begin() as uow:
                uow.conn.execute(insert(tables.setting).values(name=new_id(), value=str(number), locked=False))
        return count / (time.perf_counter() - began)

    def sequence_rate(self) -> float:
        """Completions per second over whole instances of the sequence, each loaded cold."""
        ids = [self.start("sequence") for _ in range(CASES)]
        began = time.perf_counter()
        for _ in range(20):
            for instance_id in ids:
                self.complete(instance_id, "go")
        return CASES * 20 / (time.perf_counter() - began)

    def round_cost(self, instance_id: str, count: int) -> float:
        """Median seconds of a loop round over the next `count` rounds."""
        costs = []
        for _ in range(count):
            began = time.perf_counter()
            self.complete(instance_id, "again")
            costs.append(time.perf_counter() - began)
        return statistics.median(costs)

    def statements(self, act: Callable[[], None]) -> int:
        """SQL statements of `act`, BEGIN and COMMIT left out."""
        counted = 0

        def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            nonlocal counted
            counted += not statement.startswith(("BEGIN", "COMMIT"))

        event.listen(self.store.engine, "before_cursor_execute", count)
        try:
            act()
        finally:
            event.remove(self.store.engine, "before_cursor_execute", count)
        return counted


def measure(name: str, url: str) -> None:
    bench = Bench(url)
    bench.sequence_rate()  # warm
    bare, ours = [], []
    for repeat in range(REPEATS):
        print(f"\r{name}: {repeat + 1}/{REPEATS}", end="", file=sys.stderr, flush=True)
        bare.append(bench.bare_commits(300))
        ours.append(bench.sequence_rate())
    late = bench.start("loop")
    for _ in range(200):
        bench.complete(late, "again")
    early_costs, late_costs = [], []
    for _ in range(REPEATS):  # A B A B: a fresh instance in its first rounds, the old one from round 200 on
        early_costs.append(bench.round_cost(bench.start("loop"), WINDOW))
        late_costs.append(bench.round_cost(late, WINDOW))
    fresh = bench.start("loop")
    statements = bench.statements(lambda: bench.complete(fresh, "again"))
    print("\r", end="", file=sys.stderr)
    rate, commits = statistics.median(ours), statistics.median(bare)
    print(f"{name}")
    print(f"  completions / bare commits     {rate / commits:6.2f}   ({rate:.0f}/s of {commits:.0f}/s)")
    ratio = statistics.median(late_costs) / statistics.median(early_costs)
    print(f"  loop round 200+ / round 0      {ratio:6.2f}   ({statistics.median(late_costs) * 1000:.2f} ms)")
    print(f"  SQL statements per completion  {statements:6d}   (1 commit)")
    bench.store.close()


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, str]]]:
    run.begin()
    try:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BANJIE_BENCH_DIR")) as folder:
            server = postgres.server_url(run.pid(), durable=True)
            with postgres.database(server) as url:
                yield iter([("SQLite (WAL, synchronous=FULL)", f"sqlite:///{folder}/bench.db"), ("PostgreSQL", url)])
    finally:
        run.end()


if __name__ == "__main__":
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; medians of {REPEATS}")
    with databases() as found:
        for name, url in found:
            measure(name, url)
