"""The measures: each completes tasks (or starts instances) of one workload and tells the seconds of each act."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select

from engine.engine import Engine
from engine.reading import Known
from engine.registry import Registry
from engine.sharing import share
from storage.clock import SystemClock
from storage.database import Store, UnitOfWork
from storage.tables import engine as tables
from tests.bench import workloads
from tests.bench.limits import BareEngine
from tests.support.door import QuietHost

ORG = "bench"


class Town:
    """One database with all workloads deployed, and acts on it."""

    def __init__(self, store: Store, *, deploy: bool = True) -> None:
        self.store = store
        self.engine = self.fresh()
        if deploy:
            self._deploy()

    def _deploy(self) -> None:
        diagrams = {
            "sequence20": workloads.sequence(20), "sequence60": workloads.sequence(60), "loop": workloads.loop(),
            "parallel": workloads.parallel(), "offered": workloads.offered(),
            "inTurn": workloads.repeated(sequential=True), "atOnce": workloads.repeated(sequential=False),
            **workloads.benchflow(),
        }  # fmt: skip
        with self.store.begin() as uow:
            for key, diagram in diagrams.items():
                self.engine.deploy(uow, ORG, key, {f"{key}.bpmn": diagram}, Known())

    def fresh(self) -> Engine:
        """An engine that has compiled nothing yet, as a process that has just begun."""
        return Engine(self.store, QuietHost(), Registry(), SystemClock())

    def start(self, key: str, variables: Mapping[str, Any]) -> str:
        """One act: start an instance, commit."""
        with self.store.begin() as uow:
            return self.engine.start(uow, ORG, key, variables=variables)

    def start_many(self, key: str, count: int, *, engine: Engine | None = None) -> list[str]:
        """Instances that are started in shared commits."""

        def one(uow: UnitOfWork, wait: bool) -> str:
            return (engine or self.engine).start(uow, ORG, key, variables={"outcome": None})

        return [id for id in share(self.store, [one] * count) if isinstance(id, str)]

    def complete(self, task_id: str, outcome: str) -> None:
        """One act of one person: complete a task, commit."""
        with self.store.begin() as uow:
            self.engine.complete(uow, ORG, task_id, {"outcome": outcome}, actor="bench")

    def complete_in(self, task_id: str, outcome: str, uow: UnitOfWork, wait: bool) -> None:
        """The same, in a transaction that is shared."""
        self.engine.complete(uow, ORG, task_id, {"outcome": outcome}, actor="bench")

    def open_task(self, instance_id: str) -> str | None:
        """An open task of an instance."""
        with self.store.begin(write=False) as uow:
            query = select(tables.task.c.id).where(
                tables.task.c.org_id == ORG, tables.task.c.instance_id == instance_id, tables.task.c.state == "open"
            )
            found: str | None = uow.conn.execute(query.limit(1)).scalar()
            return found


class Measure:
    """Acts on `cases` instances in turn. `together` of them share a commit; `at` rounds are done before."""

    def __init__(
        self, town: Town, name: str, key: str, *, outcome: str = "go", cases: int = 8, together: int = 1, at: int = 0,
        data: int = 0, items: int = 0, tasks: bool = True,
    ) -> None:  # fmt: skip
        self.town, self.name, self.key, self.outcome, self.together, self.at = town, name, key, outcome, together, at
        words = {f"word{n}": "字" * (1024 // 3) for n in range(data // 1024)}
        self.variables: dict[str, Any] = {"outcome": None} | words if tasks else {}
        if items:
            self.variables["items"] = list(range(items))
        self.tasks = tasks
        self.worked = 0.0  # seconds of this process's processor in the acts so far
        self.instances: list[str | None] = [None] * (cases if tasks else 0)
        self.next = 0
        with town.store.begin(write=False) as uow:
            definition = town.engine.versions.current(uow, ORG, key)
        self.bare = BareEngine(definition, QuietHost(), outcome, self.variables)

    def prepare(self) -> list[str]:
        """The tasks that the next commit completes: looked for before the time counts."""
        return [self._task() for _ in range(self.together)] if self.tasks else []

    def commit(self, ids: list[str]) -> tuple[float, int]:
        """One commit: its seconds, and how many completions (or instances) it holds."""
        town = self.town
        if not ids:
            return self._timed(lambda: town.start(self.key, {}), 1)
        if self.together == 1:
            return self._timed(lambda: town.complete(ids[0], self.outcome), 1)
        acts = [partial(town.complete_in, id, self.outcome) for id in ids]
        return self._timed(lambda: self._share(acts), self.together)

    def _share(self, acts: list[Any]) -> None:
        failed = [result for result in share(self.town.store, acts) if isinstance(result, Exception)]
        if failed:
            raise failed[0]

    def _timed(self, act: Callable[[], Any], count: int) -> tuple[float, int]:
        began, worked = time.perf_counter(), time.process_time()
        act()
        self.worked += time.process_time() - worked
        return time.perf_counter() - began, count

    def _task(self) -> str:
        """The next open task; instances that have ended are replaced by new ones that have done their rounds."""
        place = self.next = (self.next + 1) % len(self.instances)
        instance = self.instances[place]
        task = self.town.open_task(instance) if instance is not None else None
        if task is None:
            instance = self.instances[place] = self.town.start(self.key, self.variables)
            self._advance(instance)
            task = self.town.open_task(instance)
        assert task is not None
        return task

    def _advance(self, instance: str) -> None:
        def one(uow: UnitOfWork, wait: bool) -> None:
            query = select(tables.task.c.id).where(
                tables.task.c.org_id == ORG, tables.task.c.instance_id == instance, tables.task.c.state == "open"
            )
            self.town.complete_in(uow.conn.execute(query).scalar_one(), self.outcome, uow, wait)

        self._share([one] * self.at)

    def rate(self, seconds: float) -> tuple[float, float]:
        """Completions (or instances) a second over acts that took `seconds` together; processor seconds of each."""
        spent, done, self.worked = 0.0, 0, 0.0
        while spent < seconds or not done:
            took, count = self.commit(self.prepare())
            spent, done = spent + took, done + count
        return done / spent, self.worked / done
