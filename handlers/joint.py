"""并案: what is merged into a case follows it to its end, or goes on by itself if the lead was not answered."""

from __future__ import annotations

from engine.registry import HandlerContext, handler
from office import cases, joint, joint_book


@handler(joint_book.FOLLOW)
def follow(context: HandlerContext) -> None:
    """The case `business_key` has come to its end.

    Cases that got its answer leave what they stood in, with the lead's result, and are closed by their own course;
    the others go on where they stood.
    """
    uow, org_id, now = context.transaction, context.org_id, context.now
    lead_id = str(context.business_key)
    for row in joint_book.led_by(uow, org_id, lead_id):
        if row.answered_at is None:
            context.resume(row.instance_id)
            joint.end(uow, row, "released", "主件没有作出答复，恢复单独办理", now=now, by=None)
            continue
        values = joint.outcome(uow, org_id, lead_id, row.case_id)
        context.resume(row.instance_id, leave=row.element_id, values=values)
        joint_book.end(uow, row, "closed", now=now, by=None)
        cases.apply_answers(uow, org_id, row.case_id, {}, actor=None, now=now, name="随主件办结")
