"""首问负责: handed to another window only; ended only with a registered or closed petition."""

from __future__ import annotations

from office import cases, numbers, registers
from tests.handlers.desk import NOW, Desk, refusal


def test_sent_on_means_another_window(desk: Desk) -> None:
    desk.variables = {"window_unit": "water"}
    desk.check("first_inquiry.handover_accept", handover="accept")
    desk.check("first_inquiry.handover_accept", handover="redirect", window_unit="roads")
    for window in ("water", "", None):
        with refusal("first_inquiry.same_window"):
            desk.check("first_inquiry.handover_accept", handover="redirect", window_unit=window)


def test_the_contact_ends_with_a_registered_and_numbered_petition(desk: Desk) -> None:
    code = "first_inquiry.petition_record_missing"
    with refusal(code):
        desk.check("first_inquiry.petition_registered")
    registers.add_entry(desk.uow, desk.org_id, "FM18a", {}, case_id=desk.case_id, at=NOW, by="wang")
    number = numbers.series_number(desk.uow, desk.org_id, "F", NOW)
    cases.set_number(desk.uow, desk.org_id, desk.case_id, number, now=NOW)
    with refusal(code):
        desk.check("first_inquiry.petition_registered")
    desk.handle("petition.number")
    desk.check("first_inquiry.petition_registered")


def test_the_leader_follows_the_petition_to_its_end(desk: Desk) -> None:
    with refusal("first_inquiry.petition_open"):
        desk.check("first_inquiry.petition_closed")
    cases.set_state(desk.uow, desk.org_id, desk.case_id, "closed", now=NOW)
    desk.check("first_inquiry.petition_closed")
