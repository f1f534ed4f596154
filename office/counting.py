"""How many rows a list has, without counting all of ten years."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, literal, select

from storage.database import UnitOfWork

MOST = 10_000  # counted exactly up to here; what has more tells MOST + 1


def counted(uow: UnitOfWork, found: Select[Any]) -> int:
    """The number of rows of a query, at most MOST + 1."""
    some = found.order_by(None).limit(MOST + 1).subquery()
    return int(uow.conn.execute(select(func.count(literal(1))).select_from(some)).scalar_one())
