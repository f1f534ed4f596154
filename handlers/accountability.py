"""问责: who may be named, who may judge, what may be decided (R73, R06, §0.8)."""

from __future__ import annotations

from typing import Any

from engine.registry import TaskContext, check
from handlers._common import case_of, last_answers, require
from office import parties, people
from storage.errors import NotFound, Refusal

_MEASURES = {
    "R73": ("none", "circulated_criticism", "referred_to_departments"),
    "R06": (
        "none",
        "circulated_criticism",
        "written_self_criticism",
        "admonition_talk",
        "transfer_out",
        "ordered_resignation",
        "demotion_or_dismissal",
        "discipline_supervision",
        "judicial_organs",
    ),
}
_GRAVE = ("leak", "concealment")  # R65, R67: no repetition of the petition need have followed


@check("accountability.person_is_staff")
def person_is_staff(context: TaskContext) -> None:
    """Accountability is for staff, never for a petitioner (§0.8)."""
    if context.answers.get("judgement") == "unfounded":
        return
    user_id = str(context.answers.get("responsible_person") or "")
    try:
        person = people.get_user(context.uow, context.org_id, user_id)
    except NotFound:
        raise _not_staff() from None
    if not person.active or _is_petitioner(context, person):
        raise _not_staff()


@check("accountability.not_self")
def not_self(context: TaskContext) -> None:
    """Nobody judges or decides a matter of his own."""
    if context.actor is not None and context.actor == _person(context):
        raise Refusal("accountability.own_matter", "不能核实、处理涉及本人的问责事项，请由他人办理。")


@check("accountability.statement")
def statement(context: TaskContext) -> None:
    """The person is heard before anything is decided; a statement may only be missing where it was declined (§0.8)."""
    if context.answers.get("hearing_way") != "declined":
        require(context.answers, "statement", "accountability.statement_missing", "请记录本人的陈述申辩内容。")


@check("accountability.measure")
def measure(context: TaskContext) -> None:
    """Only the measures of the regulation: R73 where a repeated petition followed, or for a leak or concealment."""
    basis = str(context.variables.get("basis") or "R73")
    chosen = context.answers.get("measure")
    if chosen not in _MEASURES.get(basis, _MEASURES["R73"]):
        raise Refusal("accountability.measure_not_allowed", "所依据的制度没有规定这种处理，请另选。", field="measure")
    judged = {**last_answers(context, "Judge"), **context.variables, **context.answers}
    repeated = judged.get("caused_repeat") in ("yes", True)
    if basis != "R06" and chosen != "none" and not repeated and judged.get("ground") not in _GRAVE:
        raise Refusal(
            "accountability.measure_not_allowed",
            "没有引发重复来访、越级走访，也不属于泄密、隐瞒的，不能给予通报批评或移送追责。", field="measure",
        )  # fmt: skip


def _person(context: TaskContext) -> Any:
    return (
        context.answers.get("responsible_person")
        or context.variables.get("responsible_person")
        or last_answers(context, "Judge").get("responsible_person")
    )


def _is_petitioner(context: TaskContext, person: people.User) -> bool:
    """The petitioner of the case bears the same name and telephone."""
    if context.business_key is None:
        return False
    party = parties.get_party(context.uow, context.org_id, case_of(context)["petitioner_id"]) or {}
    return bool(party.get("phone")) and (party.get("name"), party.get("phone")) == (person.name, person.phone)


def _not_staff() -> Refusal:
    return Refusal("accountability.not_staff", "责任人应为在职工作人员，请从名单中选择。", field="responsible_person")
