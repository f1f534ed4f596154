"""并案: what is merged into a case follows it to its end, or goes on by itself if the answer was not for it."""

from __future__ import annotations

from engine.registry import HandlerContext, handler
from office import cases, joint, joint_book


@handler(joint_book.FOLLOW)
def follow(context: HandlerContext) -> None:
    """The case `business_key` has come to its end, or what it had to be answered by has.

    Cases that got its answer leave what they stood in once it is closed, with its result, and are closed by their own
    course. The others go on where they stood as soon as no limit of the lead keeps theirs any more.
    """
    uow, org_id, now = context.transaction, context.org_id, context.now
    lead_id = str(context.business_key)
    ended = joint.has_ended(uow, org_id, lead_id)
    for row in joint_book.led_by(uow, org_id, lead_id):
        if not joint.is_answered(uow, row, ended=ended, now=now):
            if ended or not joint.is_kept(uow, row):
                context.resume(row.instance_id)
                joint.end(uow, row, "released", "主件没有对本件作出答复，恢复单独办理", now=now, by=None)
            continue
        if not ended:
            continue
        values = joint.outcome(uow, org_id, lead_id, row.case_id)
        context.resume(row.instance_id, leave=row.element_id, values=values)
        joint_book.end(uow, row, "closed", now=now, by=None)
        cases.apply_answers(uow, org_id, row.case_id, {}, actor=None, now=now, name="随主件办结")
