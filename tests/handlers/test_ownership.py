"""领导包案: units, dates, guarantees, and the public note."""

from __future__ import annotations

from typing import Any

import pytest

from office import people
from tests.handlers.desk import Desk, refusal


def test_the_lead_unit_does_not_assist_itself(desk: Desk) -> None:
    desk.check("ownership.units_distinct", lead_unit="water", assisting_units=["roads"], contact_unit="hall")
    with refusal("ownership.lead_is_assisting"):
        desk.check("ownership.units_distinct", lead_unit="water", assisting_units=["roads", "water"])


@pytest.mark.parametrize(
    "named", [{"lead_unit": "water"}, {"assisting_units": ["roads", "water"]}, {"contact_unit": "water"}]
)
def test_no_unit_is_accused(desk: Desk, named: dict[str, Any]) -> None:
    desk.done("CompleteRegistration", accused_units=["water"])
    with refusal("transfer.accused"):
        desk.check("ownership.units_distinct", **named)


@pytest.mark.parametrize("field", ["limit_date", "due_date"])
def test_a_limit_lies_ahead(desk: Desk, field: str) -> None:
    desk.check("ownership.date_not_past", **{field: "2026-11-26"})
    with refusal("assignment.limit_past"):
        desk.check("ownership.date_not_past", **{field: "2026-11-25"})


def test_all_five_guarantees_or_an_exception(desk: Desk) -> None:
    desk.open_task("RequestClose", assignee="kang")
    desk.check("ownership.guarantees", close_basis="five_done")
    desk.open_task("包解决问题", properties={"guarantee": "solution"})
    with refusal("ownership.guarantees_missing") as caught:
        desk.check("ownership.guarantees", close_basis="five_done")
    assert caught.value.details == ["包解决问题"]
    desk.check("ownership.guarantees", close_basis="exception")


def test_the_owner_does_not_approve_the_exception(desk: Desk) -> None:
    desk.variables = {"reception_leader": "kang"}
    desk.check("ownership.not_owner", actor="zhao")
    with refusal("ownership.own_exception"):
        desk.check("ownership.not_owner", actor="kang")


def test_the_public_note_names_nothing_of_the_petitioner(desk: Desk) -> None:
    desk.handle("petition.number")
    desk.done("Classify", matter_classes=[3])
    people.change_user(desk.uow, desk.org_id, "kang", title="党委书记")
    found, _ = desk.handle("ownership.publish", reception_leader="kang", lead_unit="water", limit_date="2026-12-20")
    note = found["public_note"]
    for word in ("康书记（党委书记）", "涉及到具体信访事项的", "农业服务中心", "2026年12月20日", "FWZX-2026-V-0001"):
        assert word in note
    for word in ("李大明", "13800000001", "东街", "排水沟"):
        assert word not in note
    assert desk.register("FM16")[0] == {
        "audience": "public",
        "class": "leader_case_ownership",
        "content": note,
        "published_at": desk.now.isoformat(),
    }


def test_of_a_confidential_case_neither_class_nor_unit_is_public(desk: Desk) -> None:
    desk.handle("petition.number")
    desk.done("Classify", matter_classes=[3], confidential=True)
    note = desk.handle("ownership.publish", reception_leader="kang", lead_unit="water", limit_date="2026-12-20")[0]
    assert "农业服务中心" not in note["public_note"] and "具体信访" not in note["public_note"]
