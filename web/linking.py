"""关联 by hand: two matters that belong together refer to each other; who may not see one is not told of it (R65)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from office import access, case_links, cases
from storage import spans
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, NotFound, Refusal
from storage.tables.office import case_file, case_link
from web.acts import Actor, viewer
from web.banjie import Banjie

KIND = "linked"  # by hand; the other kinds are made by regulations, and stay


@spans.act
def link(banjie: Banjie, who: Actor, case_id: str, other_id: str, reason: str) -> None:
    """Link a case with another that the actor may open as well. Both keep that they were linked, and why.

    The record of neither names the other: who may see both finds it in the list of links. Linked twice is refused.
    Errors: `case.unknown`, `case.not_yours`, `link.unknown`, `link.itself`, `link.already`, `link.reason`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        _require(uow, who, case_id, other_id, reason, now)
        if uow.conn.execute(select(case_link.c.kind).where(_linked(who.org_id, case_id, other_id))).first() is not None:
            raise Conflict("link.already", "这两件已经关联。")
        case_links.link_cases(uow, who.org_id, case_id, other_id, KIND, now=now, by=who.user_id)
        _keep(uow, who, case_id, other_id, "登记关联事项", reason, now)


@spans.act
def unlink(banjie: Banjie, who: Actor, case_id: str, other_id: str, reason: str) -> None:
    """Take back a link that was made by hand. Errors: as `link`, `link.not_linked`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        _require(uow, who, case_id, other_id, reason, now)
        if not uow.conn.execute(delete(case_link).where(_linked(who.org_id, case_id, other_id))).rowcount:
            raise NotFound("link.not_linked", "这两件没有人工登记的关联；办理中形成的关联不能解除。")
        _keep(uow, who, case_id, other_id, "解除关联", reason, now)


def _require(uow: UnitOfWork, who: Actor, case_id: str, other_id: str, reason: str, now: datetime) -> None:
    seen = viewer(uow, who, now)
    if not access.may_see_case(uow, seen, case_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if not access.may_write_for(uow, seen, case_id):
        raise Forbidden("case.not_yours", "只有本件的经办人员、信访办、督办人员和领导可以这样办理。")
    if not access.may_see_case(uow, seen, other_id):
        raise Refusal("link.unknown", "没有要关联的事项，或者您无权查看。", field="other_id")
    if case_id == other_id:
        raise Refusal("link.itself", "不能与本件自身关联，请选择另一件。", field="other_id")
    if not reason.strip():
        raise Refusal("link.reason", "请写明关联的理由。", field="reason")
    # Both cases are locked, in one order whoever begins.
    both = select(case_file.c.id).where(case_file.c.org_id == who.org_id, case_file.c.id.in_([case_id, other_id]))
    uow.conn.execute(both.order_by(case_file.c.id).with_for_update()).all()


def _keep(uow: UnitOfWork, who: Actor, case_id: str, other_id: str, name: str, reason: str, now: datetime) -> None:
    """The reason stands where it was written; the other's people may not be meant to read it."""
    kept = {"remarks": reason.strip()}
    cases.apply_answers(uow, who.org_id, case_id, kept, actor=who.user_id, now=now, name=name)
    cases.apply_answers(uow, who.org_id, other_id, {}, actor=None, now=now, name=name)


def _linked(org_id: str, case_id: str, other_id: str) -> ColumnElement[bool]:
    there = and_(case_link.c.case_id == case_id, case_link.c.other_id == other_id)
    back = and_(case_link.c.case_id == other_id, case_link.c.other_id == case_id)
    return and_(case_link.c.org_id == org_id, case_link.c.kind == KIND, or_(there, back))
