"""One job in a process, what became of it, and an administrator who has it tried again."""

from __future__ import annotations

from typing import Any

from engine import incidents
from storage.tables import engine as tables
from tests.engine.diagrams import chain, end, process, service, start, user
from tests.support.door import ORG, Door

ONE = process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end"))


class Killed(BaseException):
    """As if the process were gone: nothing after it is done."""


def the_job(door: Door) -> Any:
    (row,) = door.rows(tables.job)
    return row


def incident(door: Door) -> Any:
    (row,) = (row for row in door.rows(tables.incident) if row.resolved_at is None)
    return row


def repaired(door: Door, **how: Any) -> None:
    with door.store.begin() as uow:
        incidents.retry(door.engine, uow, ORG, incident(door).id, actor="admin", **how)
