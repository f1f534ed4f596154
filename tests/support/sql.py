"""Counts what a database is asked to do: statements as the driver is given them, and commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from storage.database import Store
from storage.statements import listeners


@dataclass
class Asked:
    """The texts of the statements, each once for all of its rows; BEGIN, COMMIT and savepoints are not among them."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def asked(store: Store) -> Iterator[Asked]:
    """What is asked of `store` inside the block."""
    told = Asked()

    def core(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT")):
            told.statements.append(statement)

    def commit(_conn: Any) -> None:
        told.commits += 1

    listeners.append(told.statements.append)
    event.listen(store.engine, "before_cursor_execute", core)
    event.listen(store.engine, "commit", commit)
    try:
        yield told
    finally:
        event.remove(store.engine, "commit", commit)
        event.remove(store.engine, "before_cursor_execute", core)
        listeners.remove(told.statements.append)
