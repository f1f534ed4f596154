"""首问负责: a contact ends only when somebody has taken it over or the petition is registered (R01, R53)."""

from __future__ import annotations

from engine.registry import TaskContext, check
from handlers._common import case_id_of, case_of, empty, param
from office import petitions, registers
from storage.errors import Refusal

_ENDED = frozenset({"closed", "archived", "followed_up", "not_accepted", "merged", "withdrawn", "terminated"})


@check("first_inquiry.handover_accept")
def handover_accept(context: TaskContext) -> None:
    """Sent on to the right window means another window; nobody is sent back (R01 四)."""
    if context.answers.get("handover") != "redirect":
        return
    window = context.answers.get("window_unit")
    if empty(window) or window == context.variables.get("window_unit"):
        raise Refusal("first_inquiry.same_window", "转办应选择本窗口以外的正确窗口。", field="window_unit")


@check("first_inquiry.petition_registered")
def petition_registered(context: TaskContext) -> None:
    """The contact is settled when the petition stands in its register and bears a petition number (R01, R47)."""
    form = str(param(context, "registration.form"))
    entries = registers.entries_of_case(context.uow, context.org_id, case_id_of(context))
    registered = any(entry["register"] == form for entry in entries)
    if not registered or not petitions.is_petition_number(case_of(context)["number"]):
        raise Refusal("first_inquiry.petition_record_missing", "信访登记和统一编号还没有完成，不能结束首问。")


@check("first_inquiry.petition_closed")
def petition_closed(context: TaskContext) -> None:
    """The leader who first received follows the matter to its end (R53)."""
    if case_of(context)["state"] not in _ENDED:
        raise Refusal("first_inquiry.petition_open", "信访事项尚未办结，首接领导应继续跟踪督办。")
