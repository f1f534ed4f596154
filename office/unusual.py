"""Reading far beyond a day's work: who watches is told, once a day for each person and act (R65)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from office import notices, people
from office.access import ADMIN
from office.people import names_of
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables.office import access_log
from storage.tables.people import organisation

HOUR = timedelta(hours=1)
MOST = {
    "export": ("导出", 20),
    "reveal": ("查看信访人身份", 30),
    "download": ("下载文书", 100),
    "read": ("查看事项", 200),
}
"""What is in the access log, its name, and how often an hour nobody needs to do it."""


def tell_of_unusual(uow: UnitOfWork, *, now: datetime) -> int:
    """Look at the last hour of every organisation's access log: administrators and supervisors are told of others.

    Gives how many notices that made.
    """
    query = (
        select(access_log.c.org_id, access_log.c.user_id, access_log.c.act, func.count().label("n"))
        .where(
            access_log.c.org_id.in_(select(organisation.c.id)),
            access_log.c.at > now - HOUR,
            access_log.c.at <= now,
            access_log.c.act.in_(MOST),
        )
        .group_by(access_log.c.org_id, access_log.c.user_id, access_log.c.act)
        .order_by(access_log.c.org_id, access_log.c.user_id, access_log.c.act)
    )
    told = 0
    for row in uow.conn.execute(query).all():
        name, most = MOST[row.act]
        if row.n <= most:
            continue
        who = names_of(uow, row.org_id, [row.user_id]).get(row.user_id, row.user_id)
        text = f"{who}在一小时内{name}{row.n}次，超过{most}次，请在“查阅记录”中核对是否为工作需要。"
        key = f"unusual/{row.user_id}/{row.act}/{local(now):%Y-%m-%d}"
        watching = {one for role in (ADMIN, "supervisor") for one in people.users_in_group(uow, row.org_id, role)}
        for user_id in sorted(watching - {row.user_id}):
            told += notices.tell(uow, row.org_id, user_id, text, kind="unusual", key=key, link="/access-log", now=now)
    return told
