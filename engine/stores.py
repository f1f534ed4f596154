"""Data stores: data that outlasts the instances and is shared by them (formal/2011-01-03, 10.3.1, table 10.54).

A store belongs to the regulation whose file draws it, whatever its version, in one organisation: all instances of that
regulation there see the same value, and nobody else does. It is read and written by data associations alone. A turn
reads it locked, so that of two instances that add to it neither is lost, and writes it in its own transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engine import effects as fx
from engine import sql
from storage.database import UnitOfWork
from storage.statements import Write


@dataclass(frozen=True)
class DataStore:
    """A data store as the diagram says it. `capacity`: how many items a list in it may have; None: unlimited."""

    id: str
    name: str
    capacity: int | None = None


class Stores(Protocol):
    """What the data stores of an organisation hold."""

    def take(self, process_key: str, store_id: str) -> Any:
        """The value in a store, locked until the turn is written; None: nothing was put in."""
        ...


class BoundStores:
    """The data stores of an organisation in a transaction."""

    def __init__(self, uow: UnitOfWork, org_id: str, now: datetime) -> None:
        self._uow, self._org_id, self._now = uow, org_id, now

    def take(self, process_key: str, store_id: str) -> Any:
        """See `Stores`."""
        row = self._row(process_key, store_id)
        if row is None:  # two instances may come for the first time at once: there must be a row to lock
            sql.OPEN_STORE.run(
                self._uow, org_id=self._org_id, process_key=process_key, id=store_id, blob=None, changed_at=self._now,
                instance_id=None,
            )  # fmt: skip
            row = self._row(process_key, store_id)
        return None if row is None or row.blob is None else json.loads(row.blob)

    def _row(self, process_key: str, store_id: str) -> Any:
        return sql.TAKE_STORE.first(self._uow, org=self._org_id, key=process_key, of=store_id)


def store_writes(org_id: str, instance_id: str, effects: Sequence[fx.Effect], *, now: datetime) -> Write:
    """What a turn has put into data stores; of several values of one store the last."""
    last = {(e.process_key, e.store_id): e for e in effects if isinstance(e, fx.StoreWritten)}
    rows = [
        {
            "org_id": org_id, "process_key": e.process_key, "id": e.store_id,
            "blob": json.dumps(e.value, ensure_ascii=False).encode(), "changed_at": now, "instance_id": instance_id,
        }
        for e in last.values()
    ]  # fmt: skip
    return sql.PUT_IN_STORE, rows
