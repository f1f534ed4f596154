"""`banjie verify`: whether a database is whole - after a restore, after an upgrade, every day after the backup."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import func, select

from engine import verifying
from office import closings
from storage import schema
from storage.database import UnitOfWork
from storage.errors import BanjieError
from storage.tables.office import attachment, document, register_entry
from web.banjie import Banjie


def verify(banjie: Banjie) -> list[str]:
    """A line for each thing that is wrong, read in one snapshot while people work on: nothing is written.

    The hash chain of every instance's history; timers, tasks, jobs and subscriptions against the instances' states; the
    tables against this program's; attachments by their SHA-256; entries of registers without a gap; the
    counted closings against the cases.
    """
    with banjie.store.snapshot() as uow:
        return list(findings(uow))


def findings(uow: UnitOfWork) -> Iterator[str]:
    """The same inside a transaction of the caller's."""
    yield from (f"表结构与程序不符：{difference}" for difference in schema.differences_in(uow))
    yield from verifying.findings(uow)
    yield from _attachments(uow)
    yield from _registers(uow)
    yield from closings.differences(uow)


def _attachments(uow: UnitOfWork) -> Iterator[str]:
    """Every document has its bytes, and they are those that were put in."""
    keys = uow.conn.execute(select(attachment.c.org_id, attachment.c.sha256, attachment.c.size)).all()
    for key in keys:
        mine = (attachment.c.org_id == key.org_id) & (attachment.c.sha256 == key.sha256)
        try:
            content = uow.conn.execute(select(attachment.c.content).where(mine)).scalar_one()
        except BanjieError as error:
            yield f"附件 {key.sha256[:12]}… 打不开：{error.message}"
            continue
        if len(content) != key.size or hashlib.sha256(content).hexdigest() != key.sha256:
            yield f"附件 {key.sha256[:12]}… 的内容与校验不符"
    there = {(key.org_id, key.sha256): key.size for key in keys}
    for row in uow.conn.execute(select(document.c.org_id, document.c.id, document.c.sha256, document.c.size)):
        if there.get((row.org_id, row.sha256)) != row.size:
            yield f"文书 {row.id} 的附件缺失或大小不符"


def _registers(uow: UnitOfWork) -> Iterator[str]:
    """Entries are numbered from 1 without a gap."""
    table = register_entry
    query = select(table.c.org_id, table.c.register, func.count(table.c.seq.distinct()), func.max(table.c.seq))
    for _, register, count, last in uow.conn.execute(query.group_by(table.c.org_id, table.c.register)):
        if count != last:
            yield f"登记簿 {register} 最后一号是 {last}，但只有 {count} 号"
