"""The units of an organisation as the tree they are: read once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from storage.database import UnitOfWork
from storage.tables.people import unit


@dataclass(frozen=True, slots=True)
class UnitTree:
    """Which unit stands below which, and who heads it, by the id of the unit; those not in use among them."""

    parents: Mapping[str, str | None]
    heads: Mapping[str, str]  # as entered with a unit that is in use

    def below(self, unit_ids: Iterable[str]) -> frozenset[str]:
        """The units themselves and all units below them."""
        children: dict[str, list[str]] = {}
        for unit_id, parent_id in self.parents.items():
            if parent_id is not None:
                children.setdefault(parent_id, []).append(unit_id)
        found: set[str] = set()
        waiting = list(unit_ids)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += children.get(current, [])
        return frozenset(found)

    def above(self, unit_id: str | None) -> list[str]:
        """The unit and the units above it, nearest first; empty for None and for a unit that is not there."""
        chain: list[str] = []
        while unit_id is not None and unit_id in self.parents and unit_id not in chain:
            chain.append(unit_id)
            unit_id = self.parents[unit_id]
        return chain

    def headed_by(self, user_id: str) -> frozenset[str]:
        """The units in use with which the user is entered as head."""
        return frozenset(unit_id for unit_id, head_id in self.heads.items() if head_id == user_id)


def unit_tree(uow: UnitOfWork, org_id: str) -> UnitTree:
    """The tree as it stands now."""
    query = select(unit.c.id, unit.c.parent_id, unit.c.head_id, unit.c.active).where(unit.c.org_id == org_id)
    rows = uow.conn.execute(query).all()
    return UnitTree(
        {row.id: row.parent_id for row in rows},
        {row.id: row.head_id for row in rows if row.active and row.head_id is not None},
    )
