"""加签, 会签 and 委派: who may ask and answer, the record of the case, and the step that goes on when all agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import assigning
from office import access, askings, cases, notices, people
from storage import spans
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound, Refusal
from web.acts import Actor, drain, viewer
from web.banjie import Banjie
from web.moving import case_of, locked, record, task_row
from web.task_form import task_form

_RESULTS = {"agreed": "同意", "refused": "不同意", "removed": "已撤销"}


class _OnlyTried(Exception):
    """What was done is taken back."""


@spans.act
def ask(
    banjie: Banjie, who: Actor, task_id: str, *, kind: askings.Kind, rule: askings.Rule, share: int | None,
    user_ids: Sequence[str], reason: str, answers: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """The holder of a task asks others; gives the round's id.

    `delegate`: one person fills the form in and gives it back. `before`: opinions, then the holder completes it.
    `after`: `answers` complete it, once the others agree; they are checked now.
    Errors: `asking.*`, `task.*`, `transfer.*`, `form.*`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        row = locked(uow, who, task_id)
        holder = viewer(uow, who, now)
        access.require_may_do(uow, holder, task_id)
        assigning.require_begun(row)
        if kind == "delegate" and row.properties.get("transfer") == "no":
            raise Refusal("transfer.forbidden", f"“{row.name}”须由本人办理，不能委派。", element=row.element_id)
        if kind == "after":
            _try(banjie, uow, who, task_id, answers or {})
        asking_id = askings.ask(
            uow, holder, row, kind=kind, rule=rule, share=share, user_ids=user_ids, reason=reason, now=now,
            answers=(answers or {}) if kind == "after" else None,
        )  # fmt: skip
        _note(banjie, uow, who, row, asking_id, "asked", user_ids, reason)
    return asking_id


@spans.act
def add(banjie: Banjie, who: Actor, asking_id: str, user_ids: Sequence[str], reason: str) -> None:
    """加签: ask more people in a round that goes on. Errors: as `ask`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        row = _held(banjie, uow, who, asking_id)
        askings.add(uow, viewer(uow, who, now), row, asking_id, user_ids, now=now)
        _note(banjie, uow, who, row, asking_id, "added", user_ids, reason)


@spans.act
def remove(banjie: Banjie, who: Actor, asking_id: str, user_id: str | None, reason: str) -> str | None:
    """减签: do not wait for one person any longer, or (None) take the round back. Gives the case's id.

    What the holder has submitted takes effect if all who are left have agreed. Errors: `asking.*`, `task.*`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        row = _held(banjie, uow, who, asking_id)
        gone, result = askings.remove(uow, who.org_id, row, asking_id, user_id, now=now)
        _note(banjie, uow, who, row, asking_id, "removed", gone, reason)
        _ended(banjie, uow, who, row, asking_id, result)
    drain(banjie, who.org_id, row.business_key)
    return case_of(row)


@spans.act
def answer(
    banjie: Banjie, who: Actor, asking_id: str, *, agrees: bool, opinion: str, answers: Mapping[str, Any] | None = None
) -> str | None:
    """Say one's opinion in a round, a delegate with the form filled in; gives the case's id.

    Errors: `asking.*`, `form.unknown_field`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        found = _seen(banjie, uow, who, asking_id)
        row = locked(uow, who, found.task_id)
        if answers:
            _require_fields(banjie, uow, who, row.id, answers)
        asked, result = askings.answer(
            uow, viewer(uow, who, now), row, asking_id, agrees=agrees, opinion=opinion, now=now,
            answers=answers if found.kind == "delegate" else None,
        )  # fmt: skip
        said = "交回" if found.kind == "delegate" else "同意" if agrees else "不同意"
        if asked != who.user_id:
            said += f"（代{people.get_user(uow, who.org_id, asked).name}）"
        record(uow, who, row, f"{askings.KIND_WORDS[found.kind]}“{row.name}”：{said}", opinion.strip(), now=now)
        data = {"asking": asking_id, "user": asked, "agrees": agrees}
        assigning.note(banjie.engine, uow, who.org_id, row.id, "task_asking_answered", data, actor=who.user_id)
        _ended(banjie, uow, who, row, asking_id, result)
    drain(banjie, who.org_id, row.business_key)
    return case_of(row)


def shown(banjie: Banjie, who: Actor, asking_id: str) -> dict[str, Any]:
    """A round as the asked see it: what is asked, the form as it stands, and whether they may answer now.

    Errors: `asking.unknown`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:  # a reading transaction would not do: reads of confidential cases are logged
        found = _seen(banjie, uow, who, asking_id)
        seen = viewer(uow, who, now)
        if found.case_id is not None:
            access.require_may_see(uow, seen, found.case_id, now=now, source=who.source)
        row = task_row(uow, who, found.task_id)
        told = next(one for one in askings.rounds_of(uow, who.org_id, row.id) if one["id"] == asking_id)
        may = row.state == "open" and found.ended_at is None and askings.asked_of(uow, seen, found) is not None
        form: Any = None
        data: dict[str, Any] = {}
        if row.state == "open":
            form, data = task_form(banjie, uow, who.org_id, row.id, given=found.answers)
    return {
        "asking": told, "task_id": row.id, "step": row.name, "case_id": found.case_id, "form": form, "data": data,
        "may": {"answer": may, "fill": may and found.kind == "delegate"},
    }  # fmt: skip


def _seen(banjie: Banjie, uow: UnitOfWork, who: Actor, asking_id: str) -> Any:
    found = askings.round_of(uow, who.org_id, asking_id)
    seen = viewer(uow, who, banjie.clock.now())
    barred = found.case_id is not None and not access.may_see_case(uow, seen, found.case_id)
    if barred or not (askings.was_asked(uow, seen, asking_id) or found.asked_by == who.user_id):
        raise NotFound("asking.unknown", "没有这次会签，或者您无权查看。")
    return found


def _held(banjie: Banjie, uow: UnitOfWork, who: Actor, asking_id: str) -> Any:
    """The task of a round, for its holder. Errors: `asking.unknown`, `task.*`."""
    row = locked(uow, who, askings.round_of(uow, who.org_id, asking_id).task_id)
    access.require_may_do(uow, viewer(uow, who, banjie.clock.now()), row.id)
    return row


def _require_fields(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str, answers: Mapping[str, Any]) -> None:
    """The fields are the form's; what is in them is validated when the holder completes the step."""
    _, form, _, _ = banjie.engine.task_form(uow, who.org_id, task_id)
    for key in answers:
        if form is None or key not in form.keys:
            raise Refusal("form.unknown_field", f"表单里没有“{key[:60]}”这一项。", field=key[:60])


def _try(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str, answers: Mapping[str, Any]) -> None:
    """Find out now what would refuse the answers."""
    try:
        with uow.savepoint():
            banjie.engine.complete(uow, who.org_id, task_id, answers, actor=who.user_id)
            raise _OnlyTried
    except _OnlyTried:
        pass


def _note(
    banjie: Banjie,
    uow: UnitOfWork,
    who: Actor,
    row: Any,
    asking_id: str,
    act: str,
    user_ids: Sequence[str],
    reason: str,
) -> None:
    found = askings.round_of(uow, who.org_id, asking_id)
    names = people.names_of(uow, who.org_id, user_ids)
    told = "、".join(names[user] for user in user_ids)
    verb = {"asked": askings.KIND_WORDS[found.kind], "added": "加签", "removed": "减签"}[act]
    arrow = "：" if act == "removed" else " → "
    record(uow, who, row, f"{verb}：{row.name}{arrow}{told}", reason.strip(), now=banjie.clock.now())
    data = {"asking": asking_id, "kind": found.kind, "rule": found.rule, "users": list(user_ids)}
    assigning.note(banjie.engine, uow, who.org_id, row.id, f"task_asking_{act}", data, actor=who.user_id)


def _ended(banjie: Banjie, uow: UnitOfWork, who: Actor, row: Any, asking_id: str, result: str | None) -> None:
    """A round has come to its end: the step goes on, or is the holder's again, who is told."""
    if result is None:
        return
    found = askings.round_of(uow, who.org_id, asking_id)
    told = _RESULTS[result]
    if found.kind == "after" and result == "agreed":
        try:
            with uow.savepoint():
                banjie.engine.complete(uow, who.org_id, row.id, found.answers or {}, actor=found.asked_by)
            return
        except BanjieError as problem:  # the case has changed meanwhile: the holder looks at it again
            told = f"同意，但现在不能提交（{problem.message}）"
    if row.assignee is None or row.assignee == who.user_id:
        return
    label = notices.case_label(cases.get_case(uow, who.org_id, row.business_key)) if row.business_key else ""
    text = f"{label}的“{row.name}”{'已办好交回' if found.kind == 'delegate' else f'会签结束：{told}'}，请继续办理。"
    notices.tell(
        uow, who.org_id, row.assignee, text, kind="asking_ended", key=f"asking_ended:{asking_id}",
        now=banjie.clock.now(), case_id=row.business_key, link=f"/tasks/{row.id}", step=row.name, due_at=row.due_at,
    )  # fmt: skip
