"""What no design can beat: a commit of one small row by the driver itself, and the same steps without a database."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from typing import Any, cast

import psycopg

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.registry import Host
from engine.state import State
from engine.stepping import Limits, Turn, step
from storage.clock import TZ
from storage.database import Store


class BareCommits:
    """Commits of one small row each, through the driver alone, with the durability that the store has."""

    def __init__(self, store: Store) -> None:
        self.connection: Any
        if store.dialect == "sqlite":
            self.connection = sqlite3.connect(str(store.url.database), isolation_level=None)
            self.connection.execute("PRAGMA synchronous=FULL")
            self._begin, self._insert = "BEGIN IMMEDIATE", "INSERT INTO bare VALUES (?, ?)"
        else:
            address = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection = psycopg.connect(address, autocommit=True)
            self._begin, self._insert = "BEGIN", "INSERT INTO bare VALUES (%s, %s)"
        self.connection.execute("CREATE TABLE bare (id BIGINT PRIMARY KEY, word TEXT)")
        self.count = 0

    def rate(self, seconds: float) -> float:
        """Commits a second, over `seconds`."""
        began, first = time.perf_counter(), self.count
        while time.perf_counter() - began < seconds or self.count == first:
            self.count += 1
            self.connection.execute(self._begin)
            self.connection.execute(self._insert, (self.count, "word"))
            self.connection.execute("COMMIT")
        return (self.count - first) / (time.perf_counter() - began)


class BareEngine:
    """Steps of one diagram in memory: nothing is read, saved or loaded, and there is no office."""

    def __init__(self, definition: Definition, host: Any, outcome: str, variables: dict[str, Any]) -> None:
        self.definition, self.host, self.outcome, self.variables = definition, cast(Host, host), outcome, variables
        self.state: State | None = None
        self.open: list[str] = []

    def rate(self, seconds: float) -> float:
        """Completions a second (of a diagram without tasks: instances a second)."""
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds or not count:
            count += self.act()
        return count / (time.perf_counter() - began)

    def act(self) -> int:
        """A completion, or the start of an instance; gives whether it counts."""
        if self.state is None:
            self._step(cmd.Start(variables=self.variables))
            return int(self.state is None)
        self._step(cmd.Complete(task_id=self.open[0], answers={"outcome": self.outcome}))
        return 1

    def _step(self, command: cmd.Command) -> None:
        turn = Turn(
            org_id="o", instance_id="i", business_key=None, process_key=self.definition.key,
            now=datetime.now(TZ).replace(microsecond=0), actor="bench", uow=cast(Any, None), host=self.host,
            definitions=cast(Any, None), stores=cast(Any, None), limits=Limits(),
        )  # fmt: skip
        self.state, effects = step(self.definition, self.state, command, turn)
        for effect in effects:
            if isinstance(effect, fx.TaskOpened):
                self.open.append(effect.task_id)
            elif isinstance(effect, fx.TaskClosed):
                self.open.remove(effect.task_id)
        if self.state.ended:
            self.state = None
