"""Running matters go over to another version of their regulation: what the page and the command line both do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from engine.migration import batch, undoing
from engine.migration.batch import Wish
from engine.migration.running import instances
from office import access, people
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables import engine as tables
from storage.tables.office import case_file
from web.banjie import Banjie


def preview(banjie: Banjie, uow: UnitOfWork, org_id: str, wish: Wish, *, by: str | None) -> dict[str, Any]:
    """What would happen to the running instances of a version; each with its case's number.

    `by`: an administrator, who is shown none that accuses them (R65); None: the command line.
    """
    shown = _shown(banjie, uow, org_id, wish, by)
    told = batch.preview(banjie.engine, uow, org_id, wish, list(shown))
    table = tables.deployment
    query = select(table.c.key, table.c.name).where(table.c.org_id == org_id).order_by(table.c.version)
    names: dict[str, str] = {row.key: row.name for row in uow.conn.execute(query)}
    for one in told["instances"]:
        one["number"] = shown[one["id"]]
        one["inside_name"] = names.get(one["inside"], one["inside"])
    return told


def migrate(
    banjie: Banjie, org_id: str, wish: Wish, chosen: Sequence[str] | None, *, reason: str, by: str | None
) -> dict[str, Any]:
    """Let the chosen instances (None: all of the version) go over; gives the batch's id and what became of each."""
    with banjie.store.begin(write=False) as uow:
        shown = _shown(banjie, uow, org_id, wish, by)
    wanted = set(shown if chosen is None else chosen) & set(shown)
    if not wanted:
        raise Refusal("migration.nothing", "没有选中可以迁移的在办事项。")
    ids = sorted(wanted)
    batch_id, outcomes = batch.migrate(banjie.engine, org_id, wish, ids, reason=reason, actor=by)
    return {"batch_id": batch_id, "outcomes": [{**asdict(one), "number": shown[one.instance_id]} for one in outcomes]}


def undo(banjie: Banjie, org_id: str, batch_id: str, *, by: str | None) -> list[dict[str, Any]]:
    """Take a batch back as far as nothing has happened since; gives what became of each instance."""
    with banjie.store.begin(write=False) as uow:
        rows = batch.batch_rows(uow, org_id, batch_id)
        shown = _numbers(uow, org_id, [row.instance_id for row in rows], by)
    outcomes = undoing.undo(banjie.engine, org_id, batch_id, actor=by, only=shown.keys())
    return [{**one, "number": shown[one["instance_id"]]} for one in outcomes]


def history(uow: UnitOfWork, org_id: str, process_key: str) -> list[dict[str, Any]]:
    """The migrations of a process with the numbers of the versions and the administrator's name."""
    found = batch.batches(uow, org_id, process_key)
    table = tables.deployment
    query = select(table.c.hash, table.c.version).where(table.c.org_id == org_id, table.c.key == process_key)
    versions: dict[str, int] = {row.hash: row.version for row in uow.conn.execute(query.order_by(table.c.version))}
    names = people.names_of(uow, org_id, [one["by"] for one in found])
    return [
        {
            **{key: value for key, value in one.items() if not key.endswith("_hash")},
            "from_version": versions.get(one["from_hash"]),
            "to_version": versions.get(one["to_hash"]),
            "by": names.get(one["by"], one["by"]),
        }
        for one in found
    ]


def _shown(banjie: Banjie, uow: UnitOfWork, org_id: str, wish: Wish, by: str | None) -> Mapping[str, str | None]:
    """The instances in which the old version runs, itself or called, and that `by` may know of: see `_numbers`."""
    old, _ = batch.definitions(banjie.engine, uow, org_id, wish)
    return _numbers(uow, org_id, [row.id for row in instances(banjie.engine, uow, org_id, old)], by)


def _numbers(uow: UnitOfWork, org_id: str, ids: Sequence[str], by: str | None) -> dict[str, str | None]:
    """Those of some instances that `by` may know of, with their cases' numbers."""
    table = tables.instance
    found: dict[str, str | None] = {}
    for first in range(0, len(ids), 1000):  # a statement takes only so many values
        query = (
            select(table.c.id, case_file.c.number)
            .outerjoin(case_file, (case_file.c.org_id == table.c.org_id) & (case_file.c.id == table.c.business_key))
            .where(table.c.org_id == org_id, table.c.id.in_(ids[first : first + 1000]))
        )
        if by is not None:
            query = query.where(access.not_accused(access.viewer_of(uow, org_id, by), table.c.business_key))
        found |= {row.id: row.number for row in uow.conn.execute(query)}
    return found
