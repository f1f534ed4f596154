"""The engine on a real database with an office that does nothing: for tests of the door, jobs, timers and history."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select, text

from engine.engine import Engine
from engine.history import first_broken
from engine.reading import Known
from engine.registry import Registry
from engine.scheduler import run_all
from engine.versions import Deployed
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from storage.tables import metadata

ORG = "o"


class QuietHost:
    """An office that asks nothing and refuses what a test tells it to refuse."""

    def __init__(self) -> None:
        self.refusal: BanjieError | None = None

    @property
    def functions(self) -> Mapping[str, Any]:
        return {"now": lambda context: context.now, "today": lambda context: context.now.date()}

    def check(self, context: Any) -> None:
        if self.refusal is not None:
            raise self.refusal

    def started(self, context: Any) -> None: ...
    def completed(self, context: Any) -> None: ...
    def passed(self, context: Any) -> None: ...
    def timer_dropped(self, context: Any, ref: str, *, completed: bool) -> None: ...
    def timer_restored(self, context: Any, ref: str) -> None: ...

    def replaced(self, context: Any, user_ids: Any) -> Mapping[str, Any]:
        return {user_id: ["others"] for user_id in user_ids if user_id.startswith("gone")}

    def options(self, context: Any, keys: Any) -> Mapping[str, Any]:
        return {}

    def form_data(self, context: Any) -> Mapping[str, Any]:
        return {}


@dataclass
class Door:
    """One engine of an installation; `second` gives another one, as a second process would have it."""

    store: Store
    clock: FixedClock
    registry: Registry = field(default_factory=Registry)
    host: QuietHost = field(default_factory=QuietHost)

    def __post_init__(self) -> None:
        self.engine = Engine(self.store, self.host, self.registry, self.clock)

    def second(self) -> Door:
        """Another engine on the same database: own caches, same handlers."""
        return Door(self.store, self.clock, self.registry)

    def deploy(self, data: bytes, key: str = "p", *, org: str = ORG, base_version: int | None = None) -> Deployed:
        """Deploy a diagram."""
        known = Known(handlers=frozenset(self.registry.handlers), functions=frozenset(self.host.functions))
        with self.store.begin() as uow:
            return self.engine.deploy(
                uow, org, key, {f"{key}.bpmn": data}, known, actor="admin", base_version=base_version
            )

    def start(self, key: str = "p", *, business_key: str | None = "c1", **variables: Any) -> str:
        """Start an instance; gives its id."""
        with self.store.begin() as uow:
            return self.engine.start(uow, ORG, key, business_key=business_key, variables=variables, actor="wang")

    def complete(self, element: str, instance: str | None = None, **answers: Any) -> None:
        """Complete the open task of an element."""
        self.complete_task(self.task(element, instance), **answers)

    def complete_task(self, task_id: str, *, actor: str = "wang", **answers: Any) -> None:
        """Complete a task by its id."""
        with self.store.begin() as uow:
            self.engine.complete(uow, ORG, task_id, answers, actor=actor)

    def publish(self, name: str, correlation: str | None = "c1", **payload: Any) -> bool:
        """Publish a message."""
        with self.store.begin() as uow:
            return self.engine.publish(uow, ORG, name, correlation, payload, actor="wang")

    def run(self) -> int:
        """Fire and run everything due at this instant; gives how much was done."""
        done = 0
        while step := run_all(self.engine):
            done += step
        return done

    # -- what is there ---------------------------------------------------------------------------------------------

    def rows(self, table: Table, **wanted: Any) -> list[Any]:
        """Rows by column values, in primary key order."""
        query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
        with self.store.begin(write=False) as uow:
            return list(uow.conn.execute(query.order_by(*table.primary_key.columns)).all())

    def open(self, instance: str | None = None) -> list[str]:
        """Elements of the open tasks, sorted."""
        wanted = {"state": "open"} | ({"instance_id": instance} if instance else {})
        return sorted(row.element_id for row in self.rows(tables.task, **wanted))

    def task(self, element: str, instance: str | None = None) -> str:
        """The id of the one open task of an element."""
        wanted = {"state": "open", "element_id": element} | ({"instance_id": instance} if instance else {})
        (row,) = self.rows(tables.task, **wanted)
        return str(row.id)

    def instance(self, instance: str) -> Any:
        """The row of an instance."""
        (row,) = self.rows(tables.instance, id=instance)
        return row

    def kinds(self, instance: str) -> list[str]:
        """The kinds of an instance's history, in order."""
        return [row.kind for row in self.rows(tables.history, instance_id=instance)]

    def variables(self, instance: str) -> dict[str, Any]:
        """The process's variables."""
        with self.store.begin(write=False) as uow:
            _, state = self.engine.state(uow, ORG, instance)
        assert state is not None
        return state.variables()

    def broken(self) -> list[str]:
        """Instances whose history does not hold together."""
        with self.store.begin(write=False) as uow:
            found = uow.conn.execute(select(tables.instance.c.id)).scalars().all()
            return [id for id in found if first_broken(uow, ORG, id) is not None]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return dump(self.store)


def dump(store: Store, *, but: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table (`but`: tables left out), to compare before and after."""
    with store.begin(write=False) as uow:
        return {
            table.name: sorted((tuple(row) for row in uow.conn.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in but
        }


def wait_until_blocked(store: Store) -> None:
    """Wait until another connection waits for a lock. SQLite has one writer at a time, so there is nothing to see."""
    if store.dialect == "sqlite":
        return
    query = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with store.begin(write=False) as uow:
            if uow.conn.execute(query).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at the same time, each in a thread of its own; gives what each returned or raised."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def do(number: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=do, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "an act never ended"
    return results
