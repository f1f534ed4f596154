"""来访引导: the leader in charge receives now, or at a time that is fixed and told (R41)."""

from __future__ import annotations

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_of, empty, instant, require, tell
from office import notices
from storage.errors import Refusal


@check("visit.meeting_time")
def meeting_time(context: TaskContext) -> None:
    """A visitor whose leader is away leaves with a time of reception, told to the visitor, that is not past (R41)."""
    answers = context.answers
    if answers.get("presence") != "absent":
        return
    require(answers, "meeting_at", "visit.no_meeting_time", "分管领导不在的，应确定接待时间。")
    at = instant(answers.get("meeting_at"))
    if at is not None and at < context.now:
        raise Refusal("date.past", "这个时间已经过去，请重新填写。", field="meeting_at")
    if empty(answers.get("told_visitor")) or answers.get("told_visitor") is False:
        raise Refusal("visit.not_told", "请把接待时间告知来访人，并勾选。", field="told_visitor")


@handler("visit.appointment")
def appointment(context: HandlerContext) -> None:
    """Tell the leader of the time that was fixed."""
    at = instant(context.inputs.get("meeting_at"))
    if at is None:
        return
    when = f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
    text = f"{notices.case_label(case_of(context))}：已约定{when}接待来访人，请准时接待。"
    tell(context, [str(context.inputs["leader"])], text, kind="appointment")
