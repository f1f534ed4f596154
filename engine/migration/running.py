"""Which instances run a definition: those of the regulation itself, and those of others that have called it.

A called process runs inside its caller's instance, by the version that was in force or asked for when the call began.
The states do not tell the database which versions they run, so whoever could have called is asked: the definitions
from which calls lead to the process. Their states are looked through as text; only those that name it are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.definition import Definition
from engine.elements.containers.call_activity import CallActivity
from engine.state import Scope, State, decode
from storage.database import UnitOfWork
from storage.tables import engine as tables

if TYPE_CHECKING:
    from engine.engine import Engine


def process_scopes(state: State, digest: str) -> list[Scope]:
    """The processes of an instance, itself or called, that run by a definition."""
    return [s for s in state.scopes.values() if s.kind in ("process", "call") and s.hash == digest]


def instances(engine: Engine, uow: UnitOfWork, org_id: str, definition: Definition) -> list[Any]:
    """The active instances in which a definition runs: id, process_key, business_key, blob; oldest first."""
    table = tables.instance
    active = (table.c.org_id == org_id) & (table.c.state == "active")
    used = uow.conn.execute(select(table.c.definition_hash).where(active).distinct()).scalars().all()
    callers = _Callers(engine, uow, org_id, definition)
    hosts = [digest for digest in used if digest == definition.hash or callers.lead(digest)]
    query = select(table.c.id, table.c.process_key, table.c.business_key, table.c.definition_hash, table.c.blob).where(
        active, table.c.definition_hash.in_(hosts)
    )
    named = definition.hash.encode()
    return [
        row
        for row in uow.conn.execute(query.order_by(table.c.started_at, table.c.id))
        if row.definition_hash == definition.hash
        or (named in row.blob and process_scopes(decode(row.blob), definition.hash))
    ]


class _Callers:
    """Finds out whether calls lead from one definition to another; versions that are no longer in force count too."""

    def __init__(self, engine: Engine, uow: UnitOfWork, org_id: str, target: Definition) -> None:
        self.engine, self.uow, self.org_id, self.target = engine, uow, org_id, target
        self._calls: dict[str, set[str | None]] = {}

    def lead(self, digest: str) -> bool:
        """Whether an instance of the definition with this hash may have called the target, however deep."""
        seen, ahead = {digest}, [digest]
        for one in ahead:  # grows while it is read
            keys = self._called(one)
            if None in keys or self.target.key in keys:
                return True
            ahead += (found := set(self._versions(keys)) - seen)
            seen |= found
        return False

    def _called(self, digest: str) -> set[str | None]:
        """The keys of the processes that a definition calls; None among them: one that an expression names."""
        if digest not in self._calls:
            definition = self.engine.versions.by_hash(self.uow, digest)
            nodes = (node for node in definition.elements.values() if isinstance(node, CallActivity))
            named = [node.called for node in nodes if node.called is not None]
            self._calls[digest] = {called.source if called.constant else None for called in named}
        return self._calls[digest]

    def _versions(self, keys: Iterable[str | None]) -> list[str]:
        table = tables.deployment
        query = select(table.c.hash).where(table.c.org_id == self.org_id, table.c.key.in_(list(keys)))
        return list(self.uow.conn.execute(query).scalars())
