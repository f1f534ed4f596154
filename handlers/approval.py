"""签批、审核、审批: who may not be the same person, what a return says, the opinion that is then issued (R42-R44)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, doers, empty, last_answers, last_entry, note, require
from office import documents, registers
from office.paper_forms import PAPERS
from storage.errors import Refusal

_WORDS = {"Draft": "拟办人", "SignOff": "签批人", "ReadInstruction": "阅批人", "Review": "审核人", "Approve": "审批人"}
_OPINION = ("claim", "facts", "opinion", "legal_basis", "remedies")


@check("approval.apart")
def apart(context: TaskContext) -> None:
    """Nobody reviews a draft of their own, nor approves what they drafted or reviewed (§0.7, R42-R44).

    The decision table says in `apart` with whose steps this one may not be in one hand; who acts for somebody who is
    away counts as the person that acts.
    """
    step = context.variables.get("step") or {}
    for element in filter(None, (part.strip() for part in str(step.get("apart") or "").split(","))):
        if context.actor is not None and context.actor in doers(context, element):
            text = f"{_WORDS.get(element, '前一步的经办人')}不能同时办理本步，请由他人办理。"
            raise Refusal("approval.same_person", text)


@check("approval.reasons")
def reasons(context: TaskContext) -> None:
    """A step that is sent back to the drafter says why (R44)."""
    if context.answers.get("outcome") == "return":
        require(context.answers, "return_reasons", "return.reasons_missing", "退回的请写明理由。")


@check("approval.opinion_complete")
def opinion_complete(context: TaskContext) -> None:
    """A draft of the written opinion has what Art. 32 asks; one on a review rests on a new investigation (R44)."""
    if not str(context.variables.get("chain") or "").endswith("opinion"):
        return
    for field in _OPINION:
        require(context.answers, field, "opinion.incomplete", "意见书应写明诉求、事实和理由、意见、依据和救济途径。")
    if context.variables.get("case_source") == "review":
        found = last_answers(context, "HandleMatter")
        if found.get("investigation_kind") != "again":
            text = "复查意见书应以重新调查的报告为依据，请承办单位先重新调查。"
            raise Refusal("opinion.not_reinvestigated", text)


@handler("opinion.issue")
def issue(context: HandlerContext) -> Mapping[str, Any]:
    """Number the approved 信访事项处理（复查）意见书 and make its document from the draft (FM26, R44)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    draft = last_entry(context, "Draft")
    fields = {key: (draft["answers"] if draft else {}).get(key) for key in _OPINION}
    review = context.inputs.get("case_source") == "review"
    form = "FM26_review" if review else "FM26"
    fields["result"] = case_of(context)["result"]
    made = documents.make(uow, org_id, case_id, form, fields, now=context.now, by=context.actor)
    number = next(one["number"] for one in documents.documents_of(uow, org_id, case_id) if one["id"] == made)
    registers.add_entry(
        uow, org_id, "FM26", fields | {"number": number, "kind": PAPERS[form].name},
        case_id=case_id, at=context.now, by=context.actor,
    )  # fmt: skip
    note(context, {"opinion_number": number, "opinion_form": form})
    return {"opinion_number": number}


@check("opinion.served")
def served(context: TaskContext) -> None:
    """Only an opinion that was approved and numbered is served (R44)."""
    if empty(context.variables.get("opinion_number")):
        raise Refusal("opinion.not_approved", "意见书还没有经领导审批编号，不能送达。")
