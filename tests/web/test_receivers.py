"""To whom a matter may be given is asked in one place, whichever way it is given."""

from __future__ import annotations

import pytest

from office import people
from office.accused import add_accused
from tests.support.office import Office
from tests.web.test_moves import classified, code, user


@pytest.fixture
def given(sqlite_office: Office) -> tuple[Office, dict[str, str]]:
    """The office, and the ways to give the matter of linhai's step to somebody: path and field, by how."""
    case_id = classified(sqlite_office)
    task = sqlite_office.task(case_id, "Inform")
    sqlite_office.browser("linhai").done(f"/tasks/{task}/claim")
    ways = {"transfer": f"/tasks/{task}/transfer", "ask": f"/tasks/{task}/askings", "copy": f"/cases/{case_id}/copies"}
    return sqlite_office, ways | {"case": case_id}


def _refusals(office: Office, ways: dict[str, str], whom: str) -> dict[str, tuple[str, str | None]]:
    bodies = {
        "transfer": {"user_id": whom, "reason": "出差"},
        "ask": {"kind": "before", "user_ids": [whom], "reason": "请把关"},
        "copy": {"user_ids": [whom], "note": "请知悉"},
    }
    told = {}
    for how, body in bodies.items():
        answer = office.browser("linhai").post(ways[how], body)
        told[how] = (code(answer), answer.json()["error"]["field"])
    return told


def test_nobody_who_has_left(given: tuple[Office, dict[str, str]]) -> None:
    office, ways = given
    gone = user(office, "denglei")
    with office.banjie.store.begin() as uow:
        people.change_user(uow, office.org_id, gone, active=False)
    away = "receiver.away"
    assert _refusals(office, ways, gone) == {
        "transfer": (away, "user_id"), "ask": (away, "user_ids"), "copy": (away, "user_ids"),
    }  # fmt: skip
    leaving = f"/admin/users/{user(office, 'linhai')}/hand-over"
    assert code(office.browser("admin").post(leaving, {"to": gone, "reason": "调离"})) == away


def test_nobody_whom_it_accuses(given: tuple[Office, dict[str, str]]) -> None:
    office, ways = given
    with office.banjie.store.begin() as uow:
        add_accused(uow, office.org_id, ways["case"], ["邓磊"], now=office.clock.now(), by="admin")
    accused = "transfer.accused"
    assert _refusals(office, ways, user(office, "denglei")) == {
        "transfer": (accused, "user_id"), "ask": (accused, "user_ids"), "copy": (accused, "user_ids"),
    }  # fmt: skip
