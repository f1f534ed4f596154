"""Telling people: notices inside Banjie and the outbox of e-mail. The same thing is told once, by its key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office import delivering
from office.access import MASKED_TITLE, Viewer, not_accused
from office.accused import free_users
from office.digest import hold
from office.notice_kinds import INSIDE, MAIL, NoticeClass, class_of
from office.notice_settings import wishes_of
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables.office import case_file, mail, notice
from storage.tables.people import user
from storage.types import new_id

MOST_TRIES = 8  # attempts to send one mail


def case_label(case: Mapping[str, Any]) -> str:
    """How a notice names a case: number and title; a confidential one by its number alone."""
    number = f"{case['number']}" if case["number"] else ""
    title = MASKED_TITLE if case["confidential"] else f"《{case['title']}》" if case["title"] else ""
    return f"{number}{title}" or "本件"


def tell(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    text: str,
    *,
    kind: str,
    key: str,
    now: datetime,
    case_id: str | None = None,
    link: str | None = None,
    step: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Tell a user; False if the user was told this `key` before, or is accused in the case (R65).

    The link is the case's page unless given. The user's wishes say by which channels, and when (`notice_settings`);
    what leaves the house has no `text`, only what `outside_text` says.
    """
    if case_id is not None and not free_users(uow, org_id, case_id, [user_id]):
        return False
    told, wishes = class_of(kind), wishes_of(uow, org_id, user_id)
    ways = wishes.ways(told)
    link = link or (f"/cases/{case_id}" if case_id else None)
    values = {
        "org_id": org_id,
        "id": new_id(),
        "user_id": user_id,
        "key": key,
        "kind": kind,
        "text": text,
        "link": link,
        "case_id": case_id,
        "at": now,
        "read_at": None if INSIDE in ways else now,  # it is kept in the list, and rings no bell
    }
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    put = make(notice).values(values).on_conflict_do_nothing().returning(notice.c.id)
    if uow.conn.execute(put).first() is None:
        return False
    outside = sorted(ways - {INSIDE})
    if outside:
        named = select(case_file.c.number).where(case_file.c.org_id == org_id, case_file.c.id == case_id)
        number = uow.conn.execute(named).scalar() if case_id else None
        short = outside_text(told, text, number=number, step=step, due_at=due_at)
        for channel in outside:
            if wishes.digest and not told.at_once:
                hold(uow, org_id, user_id, channel, short, case_id=case_id, now=now)
            else:
                go_out(
                    uow, org_id, user_id, channel, told.name, f"{short}\n{address_of(link)}", key=key, now=now,
                    not_before=wishes.held_until(told, now), case_id=case_id,
                )  # fmt: skip
    return True


def outside_text(told: NoticeClass, text: str, *, number: str | None, step: str | None, due_at: datetime | None) -> str:
    """What a notice says outside Banjie: kind, number, step and due date - no name, no title, no matter (R65).

    What is told of one's own account names nobody else and is said in full.
    """
    if told.key == "account":
        return text
    parts = [f"{told.name}：{number or '您有一条新通知'}"]
    if step:
        parts.append(f"步骤“{step}”")
    if due_at is not None:
        parts.append(f"{local(due_at):%Y-%m-%d %H:%M}到期")
    return "，".join(parts) + "。"


def address_of(link: str | None) -> str:
    """Where to read on: the page's address if the operator has said what ours is (`BANJIE_PUBLIC_URL`)."""
    public = os.environ.get("BANJIE_PUBLIC_URL", "").strip().rstrip("/")
    return f"{public}{link or '/notices'}" if public else "请登录办结查看。"


def go_out(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    channel: str,
    subject: str,
    body: str,
    *,
    key: str,
    now: datetime,
    not_before: datetime | None = None,
    case_id: str | None = None,
) -> None:
    """Have a message go to a person by a channel outside, once by its key; nothing without an address there."""
    if channel != MAIL:
        delivering.put(
            uow, org_id, delivering.NOTICE, channel, subject=f"办结提醒：{subject}", body=body,
            key=f"{key}/{user_id}/{channel}", now=now, not_before=not_before, user_id=user_id, case_id=case_id,
        )  # fmt: skip
        return
    address = select(user.c.email).where(user.c.org_id == org_id, user.c.id == user_id, user.c.active)
    to = uow.conn.execute(address).scalar()
    if to:
        post(
            uow, org_id, to, f"办结提醒：{subject}", body, key=f"{key}/{user_id}", now=now, not_before=not_before,
            user_id=user_id, case_id=case_id,
        )  # fmt: skip


def tell_of_account(uow: UnitOfWork, org_id: str, user_id: str, what: str, *, now: datetime) -> None:
    """Tell a person that the way in to their account was changed, also by mail: it may not have been them."""
    text = f"{local(now):%Y-%m-%d %H:%M} {what}。如果不是您本人或您请管理员办理的，请立即联系管理员。"
    tell(uow, org_id, user_id, text, kind="account", key=f"account/{new_id()}", now=now, link="/security")


def tell_all(
    uow: UnitOfWork,
    org_id: str,
    user_ids: Iterable[str],
    text: str,
    *,
    kind: str,
    key: str,
    now: datetime,
    case_id: str | None = None,
    link: str | None = None,
    step: str | None = None,
    due_at: datetime | None = None,
) -> list[str]:
    """Tell several users, each once; gives those who were told now."""
    return [
        user_id
        for user_id in dict.fromkeys(user_ids)
        if tell(
            uow, org_id, user_id, text, kind=kind, key=key, now=now, case_id=case_id, link=link, step=step,
            due_at=due_at,
        )
    ]  # fmt: skip


def notices_of(uow: UnitOfWork, viewer: Viewer, *, unread: bool = False, limit: int = 100) -> list[dict[str, Any]]:
    """The user's notices, newest first; none of a case that has come to accuse the user since (R65)."""
    query = select(notice).where(_shown(viewer))
    if unread:
        query = query.where(notice.c.read_at.is_(None))
    rows = uow.conn.execute(query.order_by(notice.c.at.desc(), notice.c.id.desc()).limit(limit))
    return [dict(row._mapping) for row in rows]


def unread(uow: UnitOfWork, viewer: Viewer) -> int:
    """How many notices the user has not read."""
    query = select(func.count()).select_from(notice).where(_shown(viewer), notice.c.read_at.is_(None))
    return int(uow.conn.execute(query).scalar_one())


def _shown(viewer: Viewer) -> ColumnElement[bool]:
    mine = and_(notice.c.org_id == viewer.org_id, notice.c.user_id == viewer.user_id)
    return and_(mine, or_(notice.c.case_id.is_(None), not_accused(viewer, notice.c.case_id)))


def mark_read(uow: UnitOfWork, org_id: str, user_id: str, notice_id: str | None, *, now: datetime) -> None:
    """Mark one notice, or all (None), as read. Errors: NotFound `notice.unknown`."""
    mine = (notice.c.org_id == org_id) & (notice.c.user_id == user_id)
    if notice_id is None:
        uow.conn.execute(update(notice).where(mine, notice.c.read_at.is_(None)).values(read_at=now))
        return
    mine &= notice.c.id == notice_id
    if uow.conn.execute(select(notice.c.id).where(mine)).first() is None:
        raise NotFound("notice.unknown", "没有这条通知。")
    uow.conn.execute(update(notice).where(mine, notice.c.read_at.is_(None)).values(read_at=now))


# ------------------------------------------------------------------ e-mail


def post(
    uow: UnitOfWork,
    org_id: str,
    to: str,
    subject: str,
    body: str,
    *,
    key: str,
    now: datetime,
    not_before: datetime | None = None,
    user_id: str | None = None,
    case_id: str | None = None,
) -> str | None:
    """Put a mail into the outbox, where it stays until `not_before`; gives its id, or None if one with this key is
    there."""
    mail_id = new_id()
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    values = {
        "org_id": org_id,
        "id": mail_id,
        "key": key,
        "to": to,
        "subject": subject.replace("\n", " "),
        "body": body,
        "at": now,
        "tries": 0,
        "not_before": not_before,
        "user_id": user_id,
        "case_id": case_id,
    }
    put = make(mail).values(values).on_conflict_do_nothing().returning(mail.c.id)
    return mail_id if uow.conn.execute(put).first() is not None else None


def waiting_mail(uow: UnitOfWork, *, now: datetime, org_id: str | None = None, limit: int = 50) -> Sequence[Row[Any]]:
    """Mail that is to be sent now, of one organisation or all, oldest first.

    One that failed comes again 2, 4, 8 ... minutes after it was written or let go, up to `MOST_TRIES` times; until then
    it keeps no other waiting.
    """
    since = func.coalesce(mail.c.not_before, mail.c.at)
    again = [and_(mail.c.tries == n, since <= now - timedelta(minutes=2**n)) for n in range(1, MOST_TRIES)]
    first = and_(mail.c.tries == 0, or_(mail.c.not_before.is_(None), mail.c.not_before <= now))
    query = select(mail).where(mail.c.sent_at.is_(None), or_(first, *again)).order_by(mail.c.at, mail.c.id)
    if org_id is not None:
        query = query.where(mail.c.org_id == org_id)
    return uow.conn.execute(query.limit(limit)).all()


def get_mail(uow: UnitOfWork, org_id: str, mail_id: str) -> Row[Any]:
    """A mail by its id. Errors: NotFound `mail.unknown`."""
    row = uow.conn.execute(select(mail).where(mail.c.org_id == org_id, mail.c.id == mail_id)).one_or_none()
    if row is None:
        raise NotFound("mail.unknown", "没有这封邮件。")
    return row


def may_still_go(uow: UnitOfWork, row: Row[Any]) -> bool:
    """Whether nobody has sent or tried the mail since `row` was read, and who is told by it may still hear of its case;
    else the mail is thrown away (R65)."""
    mine = (mail.c.org_id == row.org_id, mail.c.id == row.id)
    same = select(mail.c.id).where(*mine, mail.c.sent_at.is_(None), mail.c.tries == row.tries)
    if uow.conn.execute(same).first() is None:
        return False
    if row.case_id is None or row.user_id is None or free_users(uow, row.org_id, row.case_id, [row.user_id]):
        return True
    uow.conn.execute(delete(mail).where(*mine))
    return False


def mail_sent(uow: UnitOfWork, org_id: str, mail_id: str, *, now: datetime) -> None:
    """The mail has gone."""
    mine = (mail.c.org_id == org_id) & (mail.c.id == mail_id)
    uow.conn.execute(update(mail).where(mine).values(sent_at=now, error=None, tries=mail.c.tries + 1))


def mail_failed(uow: UnitOfWork, org_id: str, mail_id: str, error: str, *, tried: bool = True) -> None:
    """Sending failed; it is tried again until `MOST_TRIES`. Not `tried`: the server is away, which is no try of it."""
    mine = (mail.c.org_id == org_id) & (mail.c.id == mail_id)
    uow.conn.execute(update(mail).where(mine).values(error=error[:500], tries=mail.c.tries + int(tried)))


def retry_mail(uow: UnitOfWork, org_id: str, mail_id: str) -> None:
    """Have a mail that failed tried anew, from now on. Errors: `mail.unknown`, `mail.sent`."""
    if get_mail(uow, org_id, mail_id).sent_at is not None:
        raise Conflict("mail.sent", "这封邮件已经发出。")
    mine = (mail.c.org_id == org_id) & (mail.c.id == mail_id)
    uow.conn.execute(update(mail).where(mine).values(tries=0))


def failed_mail(uow: UnitOfWork, org_id: str, *, limit: int = 100) -> list[dict[str, Any]]:
    """Mail that could not be sent so far, newest first, without its text."""
    query = select(mail.c.id, mail.c.to, mail.c.subject, mail.c.at, mail.c.tries, mail.c.error)
    failed = (mail.c.org_id == org_id) & mail.c.sent_at.is_(None) & or_(mail.c.error.is_not(None), mail.c.tries > 0)
    return [dict(row._mapping) for row in uow.conn.execute(query.where(failed).order_by(mail.c.at.desc()).limit(limit))]
