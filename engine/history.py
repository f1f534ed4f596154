"""History: append-only, each row carrying the hash of the one before it in the same instance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storage.database import UnitOfWork
from storage.tables import engine as tables

GENESIS = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened, before it is chained."""

    kind: str
    element_id: str | None = None
    name: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass
class Chain:
    """The end of an instance's history: how many rows, and the last hash."""

    seq: int
    hash: str


def chained(
    org_id: str,
    instance_id: str,
    business_key: str | None,
    chain: Chain,
    lines: Sequence[Line],
    *,
    at: datetime,
    actor: str | None,
) -> list[dict[str, Any]]:
    """The rows of `lines` behind `chain`, which moves on to the last of them."""
    rows = []
    for line in lines:
        row: dict[str, Any] = {
            "org_id": org_id,
            "instance_id": instance_id,
            "seq": chain.seq + 1,
            "business_key": business_key,
            "at": at,
            "actor": actor,
            "kind": line.kind,
            "element_id": line.element_id,
            "name": line.name,
            "data": dict(line.data or {}),
            "prev_hash": chain.hash,
        }
        row["hash"] = row_hash(row)
        chain.seq, chain.hash = row["seq"], row["hash"]
        rows.append(row)
    return rows


_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def row_hash(row: Mapping[str, Any]) -> str:
    """The hash of a row: over all its columns but `hash` itself, with the instant in UTC seconds."""
    told = {key: row[key] for key in row if key not in ("hash", "at")}
    told["at"] = int(row["at"].timestamp())
    return hashlib.sha256(_text(told).encode()).hexdigest()


def first_broken(uow: UnitOfWork, org_id: str, instance_id: str) -> int | None:
    """The number of the first row that was touched, removed or added by hand; None if the chain is whole."""
    previous, expected = GENESIS, 1
    query = select(tables.history).where(tables.history.c.org_id == org_id, tables.history.c.instance_id == instance_id)
    for row in uow.conn.execute(query.order_by(tables.history.c.seq)).mappings():
        if row["seq"] != expected or row["prev_hash"] != previous or row_hash(dict(row)) != row["hash"]:
            return expected
        previous, expected = row["hash"], expected + 1
    tip = uow.conn.execute(
        select(tables.instance.c.history_seq, tables.instance.c.history_hash).where(
            tables.instance.c.org_id == org_id, tables.instance.c.id == instance_id
        )
    ).one()
    rows: int = expected - 1
    if rows != tip.history_seq:
        return min(rows, int(tip.history_seq)) + 1
    return None if str(tip.history_hash) == previous else rows
