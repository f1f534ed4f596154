"""加签, 会签 and 委派: the holder of a task asks others, before it is completed or before that takes effect.

The task stays with its holder and its limit runs on; what was asked ends with the task. One round at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, insert, or_, select, update

from office import notices, people
from office.access import MASKED_TITLE, Viewer, acting_as, masked, not_accused
from office.cases import add_participant, get_case
from office.due_text import due_text
from office.inbox import task_light
from office.organisations import calendar_of
from office.receivers import receiver
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, NotFound, Refusal
from storage.tables.asking import asked_person, asking
from storage.tables.engine import task
from storage.tables.office import case_file, case_participant
from storage.types import new_id

Kind = Literal["delegate", "before", "after"]
Rule = Literal["all", "any", "share", "order"]
Result = Literal["agreed", "refused", "removed"]
KIND_WORDS: Mapping[str, str] = {"delegate": "委派", "before": "会签", "after": "办后会签"}
MOST = 20  # people in a round
REASON = "asked"  # why somebody takes part in the case


def settled(kind: str, rule: str, share: int | None, said: Sequence[bool | None]) -> Result | None:
    """What a round has come to, by who agreed (None: not yet said; those removed are left out); None: it goes on.

    Opinions asked beforehand are all heard, whatever they say; afterwards one refusal ends what all must agree to.
    `share`: per cent of those asked.
    """
    if not said:
        return "removed"
    yes, no = said.count(True), said.count(False)
    left = len(said) - yes - no
    if rule == "share":
        needed = (share or 100) * len(said)
        return "agreed" if yes * 100 >= needed else "refused" if (yes + left) * 100 < needed else None
    if rule == "any":
        if kind == "after":
            return "agreed" if yes else None if left else "refused"
        return "agreed" if yes else "refused" if no else None
    if no and (kind == "after" or not left):
        return "refused"
    return None if left else "agreed"


def ask(
    uow: UnitOfWork, holder: Viewer, row: Row[Any], *, kind: Kind, rule: Rule, share: int | None,
    user_ids: Sequence[str], reason: str, answers: Mapping[str, Any] | None, now: datetime,
) -> str:  # fmt: skip
    """Begin a round about the open task `row`, which the holder has; gives its id. The asked are told, in their turn.

    Errors: `asking.open` (there is one), `asking.nobody`, `asking.too_many`, `asking.one` (a task is delegated to one),
    `asking.share`, `asking.reason`, `asking.self`, and those of `receivers.receiver`.
    """
    if open_round(uow, holder.org_id, row.id) is not None:
        raise Conflict("asking.open", "这一步正在会签或委派，办完或撤销后才能再请别人；也可以增加会签人员。")
    if kind == "delegate" and len(set(user_ids)) != 1:
        raise Refusal("asking.one", "委派请选择一位工作人员。", field="user_ids")
    if rule == "share" and not (share and 0 < share <= 100):
        raise Refusal("asking.share", "请填写同意须达到的比例，1至100。", field="share")
    if not reason.strip():
        raise Refusal("asking.reason", "请说明请人会签或委派的事由。", field="reason")
    asking_id = new_id()
    values = dict(
        org_id=holder.org_id, id=asking_id, task_id=row.id, case_id=row.business_key, kind=kind,
        rule="any" if kind == "delegate" else rule, share=share if rule == "share" else None, reason=reason.strip(),
        asked_by=holder.user_id, asked_at=now, answers=None if answers is None else dict(answers),
    )  # fmt: skip
    uow.conn.execute(insert(asking).values(values))
    add(uow, holder, row, asking_id, user_ids, now=now)
    return asking_id


def add(
    uow: UnitOfWork, holder: Viewer, row: Row[Any], asking_id: str, user_ids: Sequence[str], *, now: datetime
) -> None:
    """加签: ask more people in an open round, after those already asked. Errors: as `ask`, and `asking.ended`."""
    found = _open(uow, holder.org_id, asking_id)
    known = {one.user_id: one for one in _people(uow, holder.org_id, [asking_id])}
    wanted = [user for user in dict.fromkeys(user_ids) if user not in known or known[user].state == "removed"]
    if not wanted:
        raise Refusal("asking.nobody", "请选择要请的工作人员。", field="user_ids")
    if found.kind == "delegate" and any(one.state != "removed" for one in known.values()):
        raise Refusal("asking.one", "委派请选择一位工作人员。", field="user_ids")
    if len(known) + len(wanted) > MOST:
        raise Refusal("asking.too_many", f"一次最多请{MOST}人。", field="user_ids")
    place = max((one.position for one in known.values()), default=0)
    for position, user_id in enumerate(wanted, place + 1):
        if user_id in (holder.user_id, row.assignee):
            raise Refusal("asking.self", "不能请承办人自己会签。", field="user_ids")
        receiver(uow, holder.org_id, user_id, row.business_key, field="user_ids")
        if row.business_key is not None:
            add_participant(uow, holder.org_id, row.business_key, user_id, REASON, now=now)
        values = dict(position=position, state="waiting", agrees=None, opinion=None, answers=None, answered_at=None)
        if user_id in known:
            uow.conn.execute(update(asked_person).where(_person(holder.org_id, asking_id, user_id)).values(values))
        else:
            values |= dict(org_id=holder.org_id, asking_id=asking_id, user_id=user_id, case_id=row.business_key)
            uow.conn.execute(insert(asked_person).values(values))
    _open_next(uow, found, row, now=now)


def answer(
    uow: UnitOfWork, viewer: Viewer, row: Row[Any], asking_id: str, *, agrees: bool, opinion: str,
    answers: Mapping[str, Any] | None, now: datetime,
) -> tuple[str, Result | None]:  # fmt: skip
    """Say one's opinion, also for somebody away (R05); gives for whom, and what the round has come to.

    Errors: `asking.unknown`, `asking.ended`, `asking.not_yours`, `asking.opinion` (who refuses says why).
    """
    found = _open(uow, viewer.org_id, asking_id)
    asked = asked_of(uow, viewer, found)
    if asked is None:
        raise Forbidden("asking.not_yours", "这次没有请您会签，或者您已经答复。")
    if not opinion.strip() and (not agrees or found.kind == "delegate"):
        raise Refusal("asking.opinion", "请填写意见。", field="opinion")
    values = dict(
        state="answered", agrees=agrees or found.kind == "delegate", opinion=opinion.strip(), answered_at=now,
        answered_by=viewer.user_id, answers=None if answers is None else dict(answers),
    )  # fmt: skip
    uow.conn.execute(update(asked_person).where(_person(viewer.org_id, asking_id, asked.user_id)).values(values))
    return asked.user_id, _go_on(uow, found, row, now=now)


def remove(
    uow: UnitOfWork, org_id: str, row: Row[Any], asking_id: str, user_id: str | None, *, now: datetime
) -> tuple[list[str], Result | None]:
    """减签: who has not answered yet is asked no more, one or (None) all; gives whom, and what the round has come to.

    All taken back, the round ends as `removed`, whatever was answered. Errors: `asking.unknown`, `asking.ended`,
    `asking.answered`.
    """
    found = _open(uow, org_id, asking_id)
    waiting = [one.user_id for one in _people(uow, org_id, [asking_id]) if one.state in ("waiting", "open")]
    gone = waiting if user_id is None else [one for one in waiting if one == user_id]
    if not gone:
        raise Conflict("asking.answered", "已经答复，不能再减签。")
    of_round = and_(asked_person.c.org_id == org_id, asked_person.c.asking_id == asking_id)
    uow.conn.execute(update(asked_person).where(of_round, asked_person.c.user_id.in_(gone)).values(state="removed"))
    if found.case_id is not None:
        _let_go(uow, org_id, found.case_id, gone)
    if user_id is None:
        _end(uow, found, "removed", now=now)
        return gone, "removed"
    return gone, _go_on(uow, found, row, now=now)


def pass_on(
    uow: UnitOfWork, org_id: str, row: Row[Any], asking_id: str, user_id: str, to_id: str, *, now: datetime
) -> None:
    """Another is asked in the person's place, who has not answered; while the task rests, as soon as it goes on.

    Errors: `asking.ended`, `asking.self`, `asking.answered` (or the other is asked already), `transfer.accused`.
    """
    found = _open(uow, org_id, asking_id, resting=True)
    known = {one.user_id: one for one in _people(uow, org_id, [asking_id])}
    if known[user_id].state not in ("waiting", "open") or to_id in known:
        raise Conflict("asking.answered", "已经答复，或者接收人也在会签之列。")
    if to_id in (row.assignee, found.asked_by):
        raise Refusal("asking.self", "不能请承办人自己会签。", field="user_ids")
    if found.case_id is not None:
        add_participant(uow, org_id, found.case_id, to_id, REASON, now=now)
    rests = row.state != "open"
    values = dict(user_id=to_id, state=known[user_id].state if rests else "waiting")
    uow.conn.execute(update(asked_person).where(_person(org_id, asking_id, user_id)).values(values))
    if found.case_id is not None:
        _let_go(uow, org_id, found.case_id, [user_id])
    if not rests:
        _open_next(uow, found, row, now=now)


def require_none(uow: UnitOfWork, org_id: str, task_id: str) -> None:
    """Refuse to go on while somebody is asked about the task. Errors: `asking.open`."""
    found = open_round(uow, org_id, task_id)
    if found is not None:
        told = "、".join(still_asked(uow, org_id, task_id))
        raise Conflict("asking.open", f"还在等{told}{_waits(found.kind)}，请等办完，或者先减签、撤销。")


def still_asked(uow: UnitOfWork, org_id: str, task_id: str) -> list[str]:
    """The names of those who have not answered yet about a task, in their order."""
    found = open_round(uow, org_id, task_id)
    if found is None:
        return []
    waiting = [one.user_id for one in _people(uow, org_id, [found.id]) if one.state in ("waiting", "open")]
    names = people.names_of(uow, org_id, waiting)
    return [names.get(user, user) for user in waiting]


def open_round(uow: UnitOfWork, org_id: str, task_id: str) -> Row[Any] | None:
    """The round about a task that is not ended, if any."""
    query = select(asking).where(asking.c.org_id == org_id, asking.c.task_id == task_id, asking.c.ended_at.is_(None))
    return uow.conn.execute(query).first()


def round_of(uow: UnitOfWork, org_id: str, asking_id: str) -> Row[Any]:
    """A round. Errors: `asking.unknown`."""
    row = uow.conn.execute(select(asking).where(asking.c.org_id == org_id, asking.c.id == asking_id)).first()
    if row is None:
        raise NotFound("asking.unknown", "没有这次会签，或者您无权查看。")
    return row


def asked_of(uow: UnitOfWork, viewer: Viewer, found: Row[Any]) -> Row[Any] | None:
    """The row by which the viewer, or one for whom the viewer stands in, is asked now."""
    hands = [one.user_id for one in acting_as(uow, viewer, found.case_id)]
    query = select(asked_person).where(
        asked_person.c.org_id == viewer.org_id, asked_person.c.asking_id == found.id, asked_person.c.state == "open",
        asked_person.c.user_id.in_(hands),
    )  # fmt: skip
    rows = {row.user_id: row for row in uow.conn.execute(query)}
    return next((rows[user] for user in hands if user in rows), None)


def was_asked(uow: UnitOfWork, viewer: Viewer, asking_id: str) -> bool:
    """True for whoever is or was asked in the round, or stands in for one, and not taken out of it."""
    hands = [viewer.user_id, *(away.user_id for away in viewer.stands_for)]
    query = select(asked_person.c.user_id).where(
        asked_person.c.org_id == viewer.org_id, asked_person.c.asking_id == asking_id,
        asked_person.c.user_id.in_(hands), asked_person.c.state.in_(("open", "answered", "needless")),
    )  # fmt: skip
    return uow.conn.execute(query).first() is not None


def prepared(uow: UnitOfWork, org_id: str, task_id: str) -> dict[str, Any]:
    """What the form of a task begins with: filled in by a delegate, or held back by a round that did not agree."""
    query = select(asking).where(asking.c.org_id == org_id, asking.c.task_id == task_id, asking.c.ended_at.is_not(None))
    found: dict[str, Any] = {}
    for one in uow.conn.execute(query.order_by(asking.c.ended_at, asking.c.id)).all():
        found |= one.answers or {}
        for person in _people(uow, org_id, [one.id]):
            found |= person.answers or {}
    return found


def waiting_for(uow: UnitOfWork, viewer: Viewer, *, now: datetime) -> list[dict[str, Any]]:
    """Who asks the viewer now, the most urgent first, also in place of those who are away."""
    query = (
        _waiting(viewer)
        .with_only_columns(
            asking, asked_person.c.user_id.label("asked"), task.c.name, task.c.due_at, task.c.yellow_at,
            case_file.c.number, case_file.c.title, masked(viewer).label("masked"),
        )
        .order_by(task.c.due_at.is_(None), task.c.due_at, asking.c.asked_at, asking.c.id)
    )  # fmt: skip
    rows = uow.conn.execute(query).all()
    names = people.names_of(uow, viewer.org_id, [user for row in rows for user in (row.asked_by, row.asked)])
    calendar = calendar_of(uow, viewer.org_id)
    return [
        {
            "id": row.id,
            "case_id": row.case_id,
            "number": row.number,
            "title": MASKED_TITLE if row.masked else row.title,
            "step": row.name,
            "kind": row.kind,
            "asked_by_name": names.get(row.asked_by),
            "instead_of": names.get(row.asked) if row.asked != viewer.user_id else None,
            "asked_at": row.asked_at,
            "light": task_light(row, now),
            "due_at": row.due_at,
            "due_text": due_text(row.due_at, now, calendar),
        }
        for row in rows
    ]


def count(uow: UnitOfWork, viewer: Viewer) -> int:
    """How many ask the viewer now."""
    return int(uow.conn.execute(_waiting(viewer).with_only_columns(func.count())).scalar_one())


def _waiting(viewer: Viewer) -> Select[Any]:
    """What asks the viewer, also in place of those who are away, with its round, task and case."""
    passed_on = (and_(asked_person.c.user_id == away.user_id, _not_against(away)) for away in viewer.stands_for)
    return (
        select(asked_person)
        .join(asking, and_(asking.c.org_id == asked_person.c.org_id, asking.c.id == asked_person.c.asking_id))
        .join(task, and_(task.c.org_id == asking.c.org_id, task.c.id == asking.c.task_id))
        .outerjoin(case_file, and_(case_file.c.org_id == asking.c.org_id, case_file.c.id == asking.c.case_id))
        .where(
            asked_person.c.org_id == viewer.org_id, asked_person.c.state == "open", asking.c.ended_at.is_(None),
            task.c.state == "open", or_(asked_person.c.user_id == viewer.user_id, *passed_on), _not_against(viewer),
        )
    )  # fmt: skip


def rounds_of(uow: UnitOfWork, org_id: str, task_id: str) -> list[dict[str, Any]]:
    """The rounds about a task, the latest first, with who is asked and what they said."""
    query = select(asking).where(asking.c.org_id == org_id, asking.c.task_id == task_id)
    rounds = uow.conn.execute(query.order_by(asking.c.asked_at.desc(), asking.c.id.desc())).all()
    asked = _people(uow, org_id, [one.id for one in rounds])
    who = [one.asked_by for one in rounds] + [user for one in asked for user in (one.user_id, one.answered_by) if user]
    names = people.names_of(uow, org_id, who)
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "rule": one.rule,
            "share": one.share,
            "reason": one.reason,
            "asked_by_name": names.get(one.asked_by),
            "asked_at": one.asked_at,
            "ended_at": one.ended_at,
            "result": one.result,
            "people": [
                {
                    "user_id": person.user_id,
                    "name": names.get(person.user_id),
                    "by_name": names.get(person.answered_by) if person.answered_by != person.user_id else None,
                    "state": person.state,
                    "agrees": person.agrees,
                    "opinion": person.opinion,
                    "at": person.answered_at,
                }
                for person in asked
                if person.asking_id == one.id
            ],
        }
        for one in rounds
    ]


def _waits(kind: str) -> str:
    return "办理委派" if kind == "delegate" else "会签"


def _open(uow: UnitOfWork, org_id: str, asking_id: str, *, resting: bool = False) -> Row[Any]:
    found = round_of(uow, org_id, asking_id)
    states = ("open", "suspended") if resting else ("open",)
    holds = exists().where(task.c.org_id == org_id, task.c.id == found.task_id, task.c.state.in_(states))
    if found.ended_at is not None or not uow.conn.execute(select(holds)).scalar():
        raise Conflict("asking.ended", "这次会签已经结束，请刷新页面。")
    return found


def _people(uow: UnitOfWork, org_id: str, asking_ids: Iterable[str]) -> Sequence[Row[Any]]:
    query = select(asked_person).where(asked_person.c.org_id == org_id, asked_person.c.asking_id.in_(list(asking_ids)))
    return uow.conn.execute(query.order_by(asked_person.c.position)).all()


def _person(org_id: str, asking_id: str, user_id: str) -> ColumnElement[bool]:
    one = asked_person.c
    return and_(one.org_id == org_id, one.asking_id == asking_id, one.user_id == user_id)


def _not_against(viewer: Viewer) -> ColumnElement[bool]:
    return or_(asking.c.case_id.is_(None), not_accused(viewer, asking.c.case_id))


def _go_on(uow: UnitOfWork, found: Row[Any], row: Row[Any], *, now: datetime) -> Result | None:
    said = [one.agrees for one in _people(uow, found.org_id, [found.id]) if one.state != "removed"]
    result = settled(found.kind, found.rule, found.share, said)
    if result is None:
        _open_next(uow, found, row, now=now)
    else:
        _end(uow, found, result, now=now)
    return result


def _end(uow: UnitOfWork, found: Row[Any], result: Result, *, now: datetime) -> None:
    of_round = and_(asked_person.c.org_id == found.org_id, asked_person.c.asking_id == found.id)
    left = asked_person.c.state.in_(("waiting", "open"))
    uow.conn.execute(update(asked_person).where(of_round, left).values(state="needless"))
    mine = and_(asking.c.org_id == found.org_id, asking.c.id == found.id)
    uow.conn.execute(update(asking).where(mine).values(ended_at=now, result=result))


def _open_next(uow: UnitOfWork, found: Row[Any], row: Row[Any], *, now: datetime) -> None:
    """Let those answer whose turn it is, and tell them."""
    asked = [one for one in _people(uow, found.org_id, [found.id]) if one.state in ("waiting", "open")]
    if found.rule == "order":
        asked = asked[:1]
    by = people.get_user(uow, found.org_id, found.asked_by).name
    label = notices.case_label(get_case(uow, found.org_id, found.case_id)) if found.case_id else ""
    words = "委派您办理" if found.kind == "delegate" else "请您会签"
    for one in asked:
        if one.state == "open":
            continue
        mine = _person(found.org_id, found.id, one.user_id)
        uow.conn.execute(update(asked_person).where(mine).values(state="open"))
        key = f"asked:{found.id}:{one.user_id}:{one.position}"
        notices.tell(
            uow, found.org_id, one.user_id, f"{by}{words}{label}的“{row.name}”。", kind="asked", key=key, now=now,
            case_id=found.case_id, link=f"/askings/{found.id}", step=row.name, due_at=row.due_at,
        )  # fmt: skip


def _let_go(uow: UnitOfWork, org_id: str, case_id: str, user_ids: Sequence[str]) -> None:
    """Who took part only because they were asked, and said nothing, takes part no more."""
    part, other, held = case_participant, asked_person.alias(), task.alias()
    uow.conn.execute(
        delete(part).where(
            part.c.org_id == org_id,
            part.c.case_id == case_id,
            part.c.user_id.in_(user_ids),
            part.c.reason == REASON,
            ~exists().where(
                other.c.org_id == org_id, other.c.case_id == case_id, other.c.user_id == part.c.user_id,
                other.c.state != "removed",
            ),
            ~exists().where(
                held.c.org_id == org_id, held.c.business_key == case_id,
                or_(held.c.assignee == part.c.user_id, held.c.finished_by == part.c.user_id),
            ),
        )
    )  # fmt: skip
