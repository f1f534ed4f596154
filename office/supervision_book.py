"""The supervisor's list (R58): every 督办 with its date, its yellow and red cards, and what the unit replies.

A supervisor warns a unit by a yellow card; when that does not help, by a red one. Each sets a day by which the unit
puts it right and reports in writing (整改报告): its reply. All are entries of the case and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, case, exists, func, insert, select

from office import cases, notices
from office.access import MASK, MASKED_TITLE, Viewer, masked, visible_cases
from office.due_text import due_text
from office.organisations import calendar_of
from office.people import head_of, names_of, superior_of, units, users_in_group
from office.supervision import CAUSES
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, NotFound, Refusal
from storage.tables.office import case_file, supervision, supervision_word

CARDS: Mapping[str, str] = {"yellow": "黄牌", "red": "红牌"}
_WORKING_DAYS = 2  # before its day a supervision is yellow


def warn(
    uow: UnitOfWork, viewer: Viewer, supervision_id: str, *, colour: str, text: str, due_on: date, now: datetime
) -> None:
    """A yellow card, or after it a red one, to the supervised unit; its head is told, at red the head's superior too.

    `due_on`: by when the unit puts it right and replies. Ask first whether the viewer may. Errors:
    `supervision.unknown`, `supervision.closed`, `supervision.no_card`, `supervision.no_text`, `supervision.past_date`,
    `supervision.no_yellow`, `supervision.carded`.
    """
    if colour not in CARDS:
        raise Refusal("supervision.no_card", f"督办牌应为：{'、'.join(CARDS.values())}。", field="colour")
    row = _open(uow, viewer.org_id, supervision_id)
    if not text.strip():
        raise Refusal("supervision.no_text", "请填写亮牌的事由和整改要求。", field="text")
    if due_on < local(now).date():
        raise Refusal("supervision.past_date", "整改期限不能早于今天。", field="due")
    given = {word.kind for word in _words(uow, viewer.org_id, [supervision_id])}
    if colour in given:
        raise Conflict("supervision.carded", f"{row.card_no}已经亮过{CARDS[colour]}。")
    if colour == "red" and "yellow" not in given:
        raise Refusal("supervision.no_yellow", "请先亮黄牌；黄牌后仍不落实的，再亮红牌。", field="colour")
    _say(uow, viewer, row, colour, text, now=now, due_on=due_on)
    head = head_of(uow, viewer.org_id, row.unit_id) if row.unit_id else None
    above = superior_of(uow, viewer.org_id, head) if head and colour == "red" else None
    told = f"{row.card_no}：{_label(uow, row)}亮{CARDS[colour]}，{due_on:%Y-%m-%d}前整改并答复。{text.strip()}"
    for user_id in {one for one in (head, above) if one}:
        _tell(uow, row, user_id, told, f"{colour}", now)


def reply(uow: UnitOfWork, viewer: Viewer, supervision_id: str, *, text: str, now: datetime) -> None:
    """The unit's answer: what was done, or the report of what was put right; who supervises is told.

    Errors: `supervision.unknown`, `supervision.closed`, `supervision.not_yours`, `supervision.no_text`.
    """
    row = _open(uow, viewer.org_id, supervision_id)
    if not may_reply(viewer, row):
        raise Forbidden("supervision.not_yours", "这次督办不是督办您的单位的，请由被督办的单位答复。")
    if not text.strip():
        raise Refusal("supervision.no_text", "请填写办理情况。", field="text")
    number = _say(uow, viewer, row, "reply", text, now=now)
    by = row.leader_id or row.opened_by
    receivers = [by] if by else users_in_group(uow, viewer.org_id, "supervisor")
    for user_id in receivers:
        _tell(uow, row, user_id, f"{row.card_no}已答复：{_label(uow, row)}。", f"reply{number}", now)


def may_reply(viewer: Viewer, row: Row[Any] | Mapping[str, Any]) -> bool:
    """True for the people of the supervised unit."""
    unit_id = row["unit_id"] if isinstance(row, Mapping) else row.unit_id
    return unit_id is not None and unit_id in viewer.unit_ids


def case_of(uow: UnitOfWork, org_id: str, supervision_id: str) -> str:
    """The case of a supervision. Errors: NotFound `supervision.unknown`."""
    mine = (supervision.c.org_id == org_id) & (supervision.c.id == supervision_id)
    found = uow.conn.execute(select(supervision.c.case_id).where(mine)).scalar()
    if found is None:
        raise NotFound("supervision.unknown", "没有这次督办。")
    return str(found)


def with_words(uow: UnitOfWork, org_id: str, told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Supervisions (with id and due_on) each with its cards and replies, and its light."""
    items = [dict(one) for one in told]
    said: dict[str, list[dict[str, Any]]] = {}
    words = _words(uow, org_id, [one["id"] for one in items])
    names = names_of(uow, org_id, [word.by for word in words])
    for word in words:
        shown = {"kind": word.kind, "text": word.text, "due_on": word.due_on, "at": word.at}
        said.setdefault(word.supervision_id, []).append({**shown, "by_name": names.get(word.by)})
    for one in items:
        one["words"] = said.get(one["id"], [])
        kinds = {word["kind"] for word in one["words"]}
        one["card"] = "red" if "red" in kinds else "yellow" if "yellow" in kinds else None
    return items


def listed(
    uow: UnitOfWork,
    viewer: Viewer,
    *,
    now: datetime,
    state: str = "open",
    card: str | None = None,
    unit_id: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """Supervisions of the cases that the viewer's lists show, what is due first: {total, counts, items}.

    `state`: open, overdue, closed or all. `counts`: of those open, how many there are, are overdue, have which card.
    """
    today = local(now).date()
    carded = case((_has("red"), "red"), (_has("yellow"), "yellow"), else_="none")
    over = supervision.c.due_on.is_not(None) & (supervision.c.due_on < today)
    of_cases = (case_file.c.org_id == supervision.c.org_id) & (case_file.c.id == supervision.c.case_id)
    mine = select(supervision).join(case_file, of_cases).where(visible_cases(viewer))
    is_open = supervision.c.closed_at.is_(None)
    counted = mine.where(is_open).with_only_columns(carded.label("card"), over.label("over"), func.count().label("n"))
    rows = uow.conn.execute(counted.group_by("card", "over")).all()
    found = mine.add_columns(
        case_file.c.number, case_file.c.title, case_file.c.confidential, masked(viewer).label("masked")
    )
    if state in ("open", "overdue"):
        found = found.where(is_open)
    elif state == "closed":
        found = found.where(~is_open)
    if state == "overdue":
        found = found.where(over)
    if card:
        found = found.where(carded == card)
    if unit_id:
        found = found.where(supervision.c.unit_id == unit_id)
    total = uow.conn.execute(select(func.count()).select_from(found.subquery())).scalar()
    order = (~is_open, supervision.c.due_on.is_(None), supervision.c.due_on, supervision.c.opened_at, supervision.c.id)
    page = uow.conn.execute(found.order_by(*order).offset(offset).limit(limit)).all()
    return {
        "total": int(total or 0),
        "counts": {
            "open": sum(row.n for row in rows),
            "overdue": sum(row.n for row in rows if row.over),
            **{colour: sum(row.n for row in rows if row.card == colour) for colour in CARDS},
        },
        "items": _shown(uow, viewer, page, now),
    }


def _shown(uow: UnitOfWork, viewer: Viewer, page: Iterable[Row[Any]], now: datetime) -> list[dict[str, Any]]:
    rows = list(page)
    names = names_of(uow, viewer.org_id, [who for row in rows for who in (row.leader_id, row.opened_by)])
    unit_names = {unit.id: unit.name for unit in units(uow, viewer.org_id, inactive=True)}
    calendar = calendar_of(uow, viewer.org_id)
    soon = calendar.working_day_after(local(now).date(), _WORKING_DAYS)
    items = with_words(uow, viewer.org_id, [dict(row._mapping) for row in rows])
    for row, item in zip(rows, items, strict=True):
        due_at = datetime.combine(row.due_on, time(23, 59, 59), TZ) if row.due_on else None
        item["light"] = (
            "closed" if row.closed_at else "none" if due_at is None else "red" if due_at < now
            else "yellow" if row.due_on <= soon else "green"
        )  # fmt: skip
        item["due_text"] = due_text(due_at, now, calendar) if row.closed_at is None else ""
        item["due_at"] = due_at
        item["cause_text"] = CAUSES[row.cause]
        item["unit"] = unit_names.get(row.unit_id)
        item["by_name"] = names.get(row.leader_id) or names.get(row.opened_by)
        item["last"] = item["words"][-1]["text"] if item["words"] else None
        if row.masked:
            item.update(title=MASKED_TITLE, opinion=MASK, result=MASK if row.result else None, words=[], last=None)
    return items


def _has(kind: str) -> Any:
    word = supervision_word.alias()
    return exists().where(
        word.c.org_id == supervision.c.org_id, word.c.supervision_id == supervision.c.id, word.c.kind == kind
    )


def _open(uow: UnitOfWork, org_id: str, supervision_id: str) -> Row[Any]:
    mine = (supervision.c.org_id == org_id) & (supervision.c.id == supervision_id)
    row = uow.conn.execute(select(supervision).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("supervision.unknown", "没有这次督办。")
    if row.closed_at is not None:
        raise Conflict("supervision.closed", f"{row.card_no}已经销号。")
    return row


def _words(uow: UnitOfWork, org_id: str, supervision_ids: list[str]) -> list[Row[Any]]:
    query = select(supervision_word).where(
        supervision_word.c.org_id == org_id, supervision_word.c.supervision_id.in_(supervision_ids)
    )
    return list(uow.conn.execute(query.order_by(supervision_word.c.supervision_id, supervision_word.c.seq)))


def _say(
    uow: UnitOfWork, viewer: Viewer, row: Row[Any], kind: str, text: str, *, now: datetime, due_on: date | None = None
) -> int:
    last = select(func.max(supervision_word.c.seq)).where(
        supervision_word.c.org_id == viewer.org_id, supervision_word.c.supervision_id == row.id
    )
    number = int(uow.conn.execute(last).scalar() or 0) + 1
    uow.conn.execute(
        insert(supervision_word).values(
            org_id=viewer.org_id, supervision_id=row.id, seq=number, case_id=row.case_id, kind=kind,
            text=text.strip(), due_on=due_on, at=now, by=viewer.user_id,
        )
    )  # fmt: skip
    name = f"{row.card_no}：{CARDS.get(kind, '答复')}"
    told = {"remarks": text.strip()}
    cases.apply_answers(uow, viewer.org_id, row.case_id, told, actor=viewer.user_id, now=now, name=name)
    return number


def _label(uow: UnitOfWork, row: Row[Any]) -> str:
    return notices.case_label(cases.get_case(uow, row.org_id, row.case_id))


def _tell(uow: UnitOfWork, row: Row[Any], user_id: str, text: str, what: str, now: datetime) -> None:
    key = f"supervision/{row.id}/{what}"
    notices.tell(uow, row.org_id, user_id, text, kind="supervision", key=key, case_id=row.case_id, now=now)
