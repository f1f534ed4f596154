"""`banjie verify`: a whole database has no findings; each kind of damage is found and named."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete, text, update

from office import documents, registers
from storage.database import UnitOfWork
from storage.tables import engine as tables
from storage.tables.office import attachment, register_entry
from tests.support.office import VISIT, Office
from tests.web.test_incidents import stopped
from web.verifying import findings, verify


class Undone(Exception):
    """The damage is taken back with the transaction."""


def worked(office: Office) -> None:
    """Cases at several stages, timers, a document, register entries, a failed job, tasks that are done."""
    office.accepted()
    office.start(matter="另一件")
    stopped(office, 1)
    now = office.clock.now()
    with office.banjie.store.begin() as uow:
        for number in range(3):
            fields = {"name": VISIT["name"], "matter": f"第{number}件"}
            registers.add_entry(uow, office.org_id, "FM18a", fields, case_id=None, at=now, by="linhai")
        documents.store(uow, office.org_id, "c", "a.txt", b"abc", "text/plain", now=now, by="linhai")


def lose(uow: UnitOfWork, table: Any, *where: Any) -> None:
    """Delete one row."""
    row = uow.conn.execute(table.select().where(*where).limit(1)).one()
    keys = [column == getattr(row, column.name) for column in table.primary_key.columns]
    assert uow.conn.execute(delete(table).where(*keys)).rowcount == 1


def harm(uow: UnitOfWork, kind: str) -> str:
    """Do damage of a kind; gives what must be said of it."""
    timer, history, instance, entry = tables.timer.c, tables.history.c, tables.instance, register_entry.c
    match kind:
        case "timer lost":
            lose(uow, tables.timer, timer.instance_id.is_not(None))
            return "的定时 .* 在状态里有、在表里没有"
        case "timer moved":
            uow.conn.execute(text("update timer set due_at = '2031-01-01T00:00:00Z' where instance_id is not null"))
            return "的定时 .* 在状态里是 .*，在表里是"
        case "task lost":
            lose(uow, tables.task, tables.task.c.state == "open")
            return "的待办 .* 在状态里有、在表里没有"
        case "job lost":
            lose(uow, tables.job)
            return "的自动处理 .* 在状态里有、在表里没有"
        case "history cut":
            lose(uow, tables.history, history.seq == 2)
            return "的历史自第 .* 条起与校验不符"
        case "history changed":
            uow.conn.execute(update(tables.history).where(history.seq == 1).values(actor="other"))
            return "的历史自第 .* 条起与校验不符"
        case "instance lost":
            lose(uow, instance)
            return "条历史不属于任何流程实例"
        case "state lost":
            uow.conn.execute(update(instance).values(blob=None))
            return "没有状态"
        case "state torn":
            uow.conn.execute(update(instance).values(blob=b"{"))
            return "的状态读不出来"
        case "bytes changed":
            uow.conn.execute(update(attachment).values(content=b"abd"))
            return "的内容与校验不符"
        case "bytes lost":
            lose(uow, attachment)
            return "的附件缺失或大小不符"
        case "register torn":
            lose(uow, register_entry, entry.register == "FM18a", entry.seq == 2)
            return "登记簿 FM18a 最后一号是 4，但只有 3 号"
        case _:
            uow.conn.execute(text("alter table job add column more text"))
            return "表结构与程序不符"


KINDS = (
    "timer lost", "timer moved", "task lost", "job lost", "history cut", "history changed", "instance lost",
    "state lost", "state torn", "bytes changed", "bytes lost", "register torn", "table changed",
)  # fmt: skip


def test_damage_is_found(office: Office) -> None:
    worked(office)
    assert verify(office.banjie) == []
    for kind in KINDS:
        try:
            with office.banjie.store.begin() as uow:
                wanted = harm(uow, kind)
                told = list(findings(uow))
                assert any(re.search(wanted, line) for line in told), (kind, told)
                raise Undone
        except Undone:
            pass
    assert verify(office.banjie) == []
