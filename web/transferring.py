"""转办: the holder of a task gives it to another person, or to the people of another unit, with the reason (R65)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import assigning
from office import access, askings, cases, notices, people
from office.accused import require_may_be_given
from office.receivers import receiver
from storage.errors import BanjieError, Refusal
from web.acts import Actor, viewer
from web.banjie import Banjie
from web.moving import case_of, locked, record


def transfer(
    banjie: Banjie, who: Actor, task_id: str, reason: str, *, user_id: str | None, unit_id: str | None
) -> str | None:
    """Give the task that one holds to a person, or offer it to a unit. Gives the case's id.

    The reason is an entry of the case; the person is told. Errors: `transfer.nobody`, `transfer.same`,
    `transfer.forbidden` (the diagram: property `transfer` is `no`), `transfer.unit`, `task.*`; of a person those of
    `receivers.receiver`, of a unit `transfer.accused`.
    """
    now = banjie.clock.now()
    if (user_id is None) == (unit_id is None):
        raise Refusal("transfer.nobody", "请选择转给哪一位，或转给哪个机构。", field="user_id")
    with banjie.store.begin() as uow:
        row = locked(uow, who, task_id)
        access.require_may_do(uow, viewer(uow, who, now), task_id)
        askings.require_none(uow, who.org_id, task_id)
        if row.properties.get("transfer") == "no":
            raise Refusal("transfer.forbidden", f"“{row.name}”须由本人办理，不能转办。", element=row.element_id)
        if user_id is not None:
            if user_id == row.assignee:
                raise Refusal("transfer.same", "请转给另一位工作人员。", field="user_id")
            to = receiver(uow, who.org_id, user_id, row.business_key, field="user_id").name
        else:
            known = {unit.id: unit.name for unit in people.units(uow, who.org_id) if not unit.outside}
            if unit_id not in known:
                raise Refusal("transfer.unit", "没有这个机构，或它不在本单位。", field="unit_id")
            to = known[unit_id]
            if row.business_key is not None:
                require_may_be_given(uow, who.org_id, row.business_key, unit_id=unit_id, field="unit_id")
        groups = [f"unit:{unit_id}"] if unit_id is not None else []
        assigning.transfer(banjie.engine, uow, who.org_id, task_id, user_id=user_id, groups=groups, actor=who.user_id)
        record(uow, who, row, f"转办：{row.name} → {to}", reason, now=now)
        if user_id is not None and row.business_key is not None:
            label = notices.case_label(cases.get_case(uow, who.org_id, row.business_key))
            key = f"transferred:{task_id}:{user_id}:{now:%Y%m%d%H%M%S}"
            text = f"{label}的“{row.name}”转给您办理。"
            notices.tell(
                uow, who.org_id, user_id, text, kind="transferred", key=key, now=now, case_id=row.business_key,
                step=row.name, due_at=row.due_at,
            )  # fmt: skip
    return case_of(row)


def transfer_several(
    banjie: Banjie, who: Actor, task_ids: Sequence[str], reason: str, *, user_id: str | None, unit_id: str | None
) -> list[dict[str, Any]]:
    """Transfer several tasks to the same person or unit; tells how each went. One that is refused stops no other."""
    told: list[dict[str, Any]] = []
    for task_id in dict.fromkeys(task_ids):
        try:
            transfer(banjie, who, task_id, reason, user_id=user_id, unit_id=unit_id)
        except BanjieError as error:
            told.append({"id": task_id, "ok": False, "code": error.code, "message": error.message})
        else:
            told.append({"id": task_id, "ok": True, "code": None, "message": None})
    return told
