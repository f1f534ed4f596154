"""Incidents over the API: many at once, each in its own transaction; who looks at inputs is written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.scheduler import run_all
from storage.tables import office as office_tables
from tests.support.office import Office
from tests.web.test_pages_admin import LETTER, WELL


def stopped(office: Office, count: int) -> list[dict[str, Any]]:
    """So many matters whose mail cannot be sent, because no mail server is set; gives their incidents."""
    admin = office.browser("admin")
    admin.done("/admin/deploy", {"key": "well_letter", "bpmn": LETTER, "forms": {"well": WELL}})
    for number in range(count):
        admin.done("/starts/well_letter", {"answers": {"matter": f"{number}号机井"}})
    while run_all(office.banjie.engine):
        pass
    found: list[dict[str, Any]] = admin.told("/admin/incidents")
    assert len(found) == count
    return found


def test_many_are_retried_and_skipped(office: Office) -> None:
    admin = office.browser("admin")
    ids = [one["id"] for one in stopped(office, 4)]
    told = admin.done("/admin/incidents/repair", {"ids": ids[:2], "act": "retry"})
    assert told == {"done": 2, "refused": []}
    assert [one["id"] for one in admin.told("/admin/incidents")] == ids[2:]
    told = admin.done("/admin/incidents/repair", {"ids": [*ids, "none"], "act": "skip", "reason": "已电话通知"})
    assert told["done"] == 2
    assert [one["code"] for one in told["refused"]] == ["incident.resolved", "incident.resolved", "instance.unknown"]
    while run_all(office.banjie.engine):
        pass
    again = admin.told("/admin/incidents")
    assert len(again) == 2 and not {one["id"] for one in again} & set(ids), "no mail server yet: it stopped again"
    done = admin.told("/admin/instances?state=completed&key=well_letter")
    assert done["total"] == 2


def test_who_looks_at_the_inputs_is_written_down(sqlite_office: Office) -> None:
    office = sqlite_office
    (one,) = stopped(office, 1)
    inputs = office.browser("admin").told(f"/admin/incidents/{one['id']}/inputs")
    assert inputs["to"] == "shuili@example.gov.cn"
    log = office_tables.access_log
    with office.banjie.store.begin(write=False) as uow:
        rows = uow.conn.execute(select(log).where(log.c.act == "inputs")).all()
    assert [(row.user_id, row.case_id) for row in rows] == [("admin", one["case_id"])]
    office.browser("admin").done(f"/admin/incidents/{one['id']}/skip", {"reason": "已电话通知"})
    assert office.browser("admin").get(f"/admin/incidents/{one['id']}/inputs").status_code == 422
    assert office.browser("linhai").get(f"/admin/incidents/{one['id']}/inputs").status_code == 403
