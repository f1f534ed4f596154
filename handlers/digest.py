"""Sends the day's digests: one message a person, channel and day of what is not statutory."""

from __future__ import annotations

import logging
from datetime import datetime

from office import digest, notices
from storage.clock import Clock, local
from storage.database import Store, UnitOfWork

log = logging.getLogger("banjie.digest")

_AT_ONCE = 200  # digests looked at between two looks at the table
LONGEST = 50  # lines of one message; the rest is counted


def send_due(store: Store, clock: Clock) -> int:
    """Send every digest that is due; gives how many messages went out. For the scheduler of every node.

    Each is a transaction of its own: claimed, taken, put into the outbox, and set to the next day.
    """
    sent, seen = 0, set[tuple[str, str]]()
    while True:
        with store.begin(write=False) as uow:
            found = [one for one in digest.due(uow, clock.now(), _AT_ONCE) if one not in seen]
        if not found:
            return sent
        for org_id, user_id in found:
            try:
                with store.begin() as uow:
                    sent += _send(uow, org_id, user_id, clock.now())
            except Exception:
                log.exception("a digest could not be sent; it is tried again")
        seen.update(found)


def _send(uow: UnitOfWork, org_id: str, user_id: str, now: datetime) -> int:
    row = digest.claim(uow, org_id, user_id, now)
    if row is None:
        return 0
    lines = digest.take(uow, row, now)
    for channel, texts in lines.items():
        shown = [*texts[:LONGEST], *([f"另有{len(texts) - LONGEST}条"] if len(texts) > LONGEST else [])]
        body = "\n".join([f"截至{local(now):%Y-%m-%d %H:%M}的通知：", *shown, notices.address_of(None)])
        subject = f"每日汇总（{len(texts)}条）"
        notices.go_out(uow, org_id, user_id, channel, subject, body, key=f"digest/{now.isoformat()}", now=now)
    return len(lines)
